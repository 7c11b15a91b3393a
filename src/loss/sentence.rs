//! The sentences of findings, in Chinese and English, with the figures put in.
//!
//! A sentence names its figures in braces. The end of a name is the unit, which decides how the figure is
//! written. Codes are written in the words of the language.

use super::{
    check::{Bilingual, Figure, Figures},
    finding::{Called, Names},
};
use crate::{cases::policies::values::FORBIDDEN_USES, register::parties::ties, values::fen};

/// A sentence in both languages of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// A sentence with its figures in the places that it names.
pub(super) fn with_figures(sentence: Bilingual, figures: &Figures, names: &Names) -> Text {
    let filled = |pattern, tongue| filled(pattern, figures, names, tongue);
    Text { zh: filled(sentence.zh, Tongue::Zh), en: filled(sentence.en, Tongue::En) }
}

#[derive(Clone, Copy)]
enum Tongue {
    Zh,
    En,
}

/// The words for the codes that stand in sentences. A code that is missing here is written as it stands.
const WORDS: &[(&str, &str, &str)] = &[
    ("ownership", "所有权", "ownership"),
    ("management", "经营权", "management"),
    ("income", "收益权", "income right"),
    ("mortgage", "抵押", "mortgage"),
    ("pledge", "质押", "pledge"),
    ("seizure", "查封", "seizure"),
    ("dispute", "权属争议", "dispute"),
    ("transfer_ban", "禁止转让", "ban on transfer"),
    ("members_assembly", "成员大会", "members' assembly"),
    ("delegates_assembly", "成员代表大会", "delegates' assembly"),
    ("council", "理事会", "council"),
    ("confirmation", "确权", "confirmation of rights"),
    ("disposal", "资产处置", "disposal"),
    ("lease", "资产出租", "lease"),
    ("land_contract", "土地承包", "land contract"),
    ("income_shares", "收益权份额量化", "quantified income shares"),
    ("income_plan", "收益分配方案", "distribution plan"),
    ("natural_disaster", "自然灾害", "natural disaster"),
    ("demolition", "拆除征占", "demolition"),
    ("end_of_life", "达到使用年限", "end of its life"),
    ("low_yield", "效益低下", "low yield"),
    ("investment_ended", "投资到期", "end of the investment"),
    ("replaced", "被新项目覆盖", "replaced by a new project"),
    ("other", "其他原因", "another reason"),
    ("operation_and_maintenance", "运营维护", "operation and maintenance"),
    ("consolidation", "巩固脱贫成果", "consolidation"),
    ("village_public_welfare", "村级公益事业", "village public welfare"),
    ("public_posts", "公益岗位", "public posts"),
    ("reserve", "公积金", "reserve"),
    ("members", "成员分红", "members"),
    ("disposal_proceeds", "处置所得", "proceeds of disposals"),
    ("undistributed", "未分配收益", "undistributed"),
    ("unclaimed", "无人领取的收益", "unclaimed income"),
    ("operating", "经营性资产", "an operating asset"),
    ("public_welfare", "公益性资产", "a public-welfare asset"),
    ("household", "到户类资产", "a household asset"),
    ("school", "学校", "school"),
    ("kindergarten", "幼儿园", "kindergarten"),
    ("clinic", "卫生室", "clinic"),
    ("village_clinic", "村卫生室", "village clinic"),
    ("hospital", "医院", "hospital"),
    ("health_centre", "卫生院", "health centre"),
    ("nursing_home", "养老院", "nursing home"),
    ("elderly_home", "敬老院", "home for the old"),
    ("contracted_land", "承包地（耕地）", "contracted arable land"),
    ("grassland", "草地", "grassland"),
    ("forest_land", "林地", "forest land"),
    ("scrapping", "报废", "scrapping"),
    ("loss_report", "报损", "a report of its loss"),
    ("withdrawal", "退出投资", "withdrawal of the investment"),
    ("conversion", "转产", "conversion"),
    ("suspension", "报停", "suspension"),
    ("technical_report", "技术鉴定报告", "the technical report"),
    ("disaster_proof", "灾害证明", "the proof of the disaster"),
    ("official_decision", "规划、征占或者拆除决定", "the decision of the authority"),
    ("compensation_agreement", "补偿协议", "the compensation agreement"),
    ("investment_agreement", "投资、入股协议", "the investment agreement"),
    ("conversion_plan", "转产方案", "the plan for the conversion"),
    (
        "new_project",
        "覆盖它的新项目（`replaced_by_project_id`）",
        "the project that takes its place (`replaced_by_project_id`)",
    ),
    ("repayment", "收回的款项（`proceeds_fen`）", "what is repaid (`proceeds_fen`)"),
    ("registration", "首次登记", "first registration"),
    ("transfer", "转移", "transfer"),
    ("distribution", "收益分配", "distribution"),
    ("correction", "更正", "correction"),
    ("alteration", "变更", "alteration"),
    ("amendment", "登记内容更正", "amendment"),
    ("until_day", "报停截止日（`until`）", "the day until which it is not used (`until`)"),
];

fn filled(pattern: &str, figures: &Figures, names: &Names, tongue: Tongue) -> String {
    let mut sentence = String::new();
    let mut rest = pattern;
    // From left to right, so that no name of a party is taken for a place.
    while let Some((before, (place, after))) =
        rest.split_once('{').and_then(|(before, it)| Some((before, it.split_once('}')?)))
    {
        sentence.push_str(before);
        match figures.get(place) {
            Some(figure) => {
                let path = if place == "path" { path_in(figures, names, tongue) } else { None };
                sentence.push_str(&path.unwrap_or_else(|| written(place, figure, names, tongue)));
            }
            None => sentence.push_str(&format!("{{{place}}}")),
        }
        rest = after;
    }
    sentence.push_str(rest);
    sentence
}

fn written(name: &str, figure: &Figure, names: &Names, tongue: Tongue) -> String {
    match figure {
        Figure::Text(id) if name.ends_with("_id") => match names.get(id) {
            Some(it @ Called::Case(..)) => format!("“{}”", called(it, tongue)),
            Some(it) => in_tongue(tongue, format!("“{}”", called(it, tongue)), called(it, tongue)),
            None => in_tongue(tongue, format!("`{id}`"), id.clone()),
        },
        Figure::Number(amount) if name.ends_with("_fen") => {
            in_tongue(tongue, fen::in_chinese(*amount), fen::in_english(*amount))
        }
        Figure::Number(rate) if name.ends_with("_bp") => percent(*rate),
        Figure::Number(days) if name.ends_with("_days") => {
            in_tongue(tongue, format!("{days}日"), format!("{days} days"))
        }
        Figure::Number(years) if name.ends_with("_years") => {
            in_tongue(tongue, format!("{years}年"), format!("{years} years"))
        }
        Figure::Number(number) => number.to_string(),
        // A county may forbid uses of its own, which have no words: they stand as they are typed.
        Figure::Text(code) if name == "use" && known(code).is_none() => {
            in_tongue(tongue, format!("`{code}`"), code.clone())
        }
        Figure::Text(text) => word(text, tongue),
        // Identifiers of acts tell a reader nothing; they stand among the figures.
        Figure::List(acts) if name == "others" => acts.len().to_string(),
        Figure::List(items) => {
            let words: Vec<_> = items.iter().map(|it| word(it, tongue)).collect();
            words.join(in_tongue(tongue, "、", ", "))
        }
    }
}

fn called(it: &Called, tongue: Tongue) -> String {
    match it {
        Called::Name(name) => name.clone(),
        Called::Case(kind, drafted_on) => {
            let what = word(kind.code(), tongue);
            in_tongue(tongue, format!("{drafted_on}起草的{what}"), format!("{what} of {drafted_on}"))
        }
    }
}

/// A path by the names of those whom it goes through; none in what earlier releases found, where only the relations were kept.
fn path_in(figures: &Figures, names: &Names, tongue: Tongue) -> Option<String> {
    let list = |name: &str| match figures.get(name) {
        Some(Figure::List(items)) => Some(items.as_slice()),
        _ => None,
    };
    let (codes, ids, ways) = (list("path")?, list("path_ids")?, list("path_ways")?);
    let called: Vec<_> =
        ids.iter().map(|id| names.get(id).map_or_else(|| id.clone(), |it| called(it, tongue))).collect();
    let steps: Vec<_> =
        codes.iter().zip(ways).map(|(code, way)| (code.as_str(), way.as_str() == "along")).collect();
    let (zh, en) = ties::said(&called, &steps);
    Some(in_tongue(tongue, zh, en))
}

fn in_tongue<T>(tongue: Tongue, zh: T, en: T) -> T {
    match tongue {
        Tongue::Zh => zh,
        Tongue::En => en,
    }
}

fn known(code: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    WORDS.iter().chain(ties::WORDS).chain(FORBIDDEN_USES).find(|(it, _, _)| *it == code)
}

fn word(code: &str, tongue: Tongue) -> String {
    known(code).map_or(code, |(_, zh, en)| in_tongue(tongue, zh, en)).to_owned()
}

fn percent(rate_bp: i64) -> String {
    let (whole, part) = (rate_bp / 100, rate_bp % 100);
    let text = if part == 0 { format!("{whole}") } else { format!("{whole}.{part:02}") };
    format!("{}%", if part == 0 { text.as_str() } else { text.trim_end_matches('0') })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cases::{
            CaseKind,
            decision::{DecisionBody, Matter},
            policies::values::PolicyValues,
            purpose::Purpose,
        },
        loss::{
            check::{Cause, Found},
            facts::CONTRACTED_LAND,
            rules::RULES,
        },
        register::codes::{
            AssetClass, DisposalCause, DisposalPaper, DisposalWay, OfficerPost, RelationKind,
            RestrictionKind, RightKind,
        },
    };
    use std::collections::BTreeSet;

    fn places(pattern: &str) -> BTreeSet<&str> {
        pattern.split('{').skip(1).filter_map(|it| it.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn both_languages_say_the_same_figures() {
        for Cause { code, sentence, cure, .. } in RULES.iter().flat_map(|it| it.causes) {
            assert_eq!(places(sentence.zh), places(sentence.en), "{code}");
            assert_eq!(places(cure.zh), places(cure.en), "{code}");
            assert!(!cure.zh.is_empty() && !cure.en.is_empty(), "{code}");
            assert!(!places(sentence.zh).is_empty(), "{code} says no figure");
        }
    }

    #[test]
    fn every_code_of_a_sentence_has_its_two_words() {
        let codes = RightKind::ALL.iter().map(|it| it.code());
        let codes = codes.chain(RestrictionKind::ALL.iter().map(|it| it.code()));
        let codes = codes.chain(RelationKind::ALL.iter().map(|it| it.code()));
        let codes = codes.chain(OfficerPost::ALL.iter().map(|it| it.code()));
        let codes = codes.chain(DisposalCause::ALL.iter().map(|it| it.code()));
        let codes = codes.chain(DisposalWay::ALL.iter().map(|it| it.code()));
        let codes = codes.chain(DisposalPaper::ALL.iter().map(|it| it.code()));
        let codes = codes.chain(DecisionBody::ALL.iter().map(|it| it.code()));
        let codes = codes.chain(Matter::ALL.iter().map(|it| it.code()));
        let codes = codes.chain(Purpose::ALL.iter().map(|it| it.code()));
        let codes = codes.chain(AssetClass::ALL.iter().map(|it| it.code()));
        let codes = codes.chain(CaseKind::ALL.iter().map(|it| it.code()));
        assert!(["new_project", "repayment", "until_day"].iter().all(|it| known(it).is_some()));
        let forbidden = PolicyValues::national().forbidden_uses;
        for code in codes.chain(forbidden.iter().map(String::as_str)) {
            assert!(known(code).is_some(), "{code}");
        }
    }

    fn sources_of_rules() -> impl Iterator<Item = String> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/loss/rules");
        let files = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).filter(|it| it.is_file());
        files.map(|it| std::fs::read_to_string(it).unwrap())
    }

    /// What is found is read again by the list of causes of its rule: one that is missing there could be written and not read.
    #[test]
    fn every_cause_stands_in_the_list_of_its_rule() {
        let listed: Vec<&str> = RULES.iter().flat_map(|it| it.causes).map(|it| it.code).collect();
        let mut defined = 0;
        for text in sources_of_rules() {
            for cause in text.split(": Cause = Cause {").skip(1) {
                let code = cause.split("code: \"").nth(1).and_then(|it| it.split('"').next()).unwrap();
                assert!(listed.contains(&code), "{code}");
                defined += 1;
            }
        }
        assert_eq!(defined, listed.len());
    }

    /// The codes that can stand where a rule writes one, by the name of the place: every call that writes a code names its list
    /// here, or this fails.
    #[test]
    fn every_place_of_a_code_has_words_for_all_that_can_stand_there() {
        let mut places = BTreeSet::new();
        for text in sources_of_rules() {
            places.extend(text.split(".code(\"").skip(1).map(|it| it.split('"').next().unwrap().to_owned()));
        }
        let of_place = |place: &str| -> Vec<&'static str> {
            match place {
                "right" => RightKind::ALL.iter().map(|it| it.code()).collect(),
                "restriction" => RestrictionKind::ALL.iter().map(|it| it.code()).collect(),
                "cause" => DisposalCause::ALL.iter().map(|it| it.code()).collect(),
                "body" => DecisionBody::ALL.iter().map(|it| it.code()).collect(),
                "matter" => Matter::ALL.iter().map(|it| it.code()).collect(),
                "class" | "before_class" | "after_class" => {
                    AssetClass::ALL.iter().map(|it| it.code()).collect()
                }
                "way" => DisposalWay::ALL.iter().map(|it| it.code()).collect(),
                "category" => vec![CONTRACTED_LAND, "grassland", "forest_land"],
                // Which a county names itself: what has no words stands as it is typed.
                "use" => Vec::new(),
                other => panic!("no list of codes is named for {other}"),
            }
        };
        assert!(places.contains("class") && places.len() >= 7, "{places:?}");
        for place in &places {
            for code in of_place(place) {
                let (chinese, english) = (word(code, Tongue::Zh), word(code, Tongue::En));
                assert!(known(code).is_some(), "{place}: {code}");
                assert!(!chinese.contains('_') && !english.contains('_'), "{place}: {code}");
                assert!(chinese.chars().all(|it| !it.is_ascii_alphabetic()), "{place}: {chinese}");
            }
        }
    }

    #[test]
    fn uses_are_named_in_words_and_other_acts_are_counted() {
        let used =
            |code| written_out(&Found::of(cause("use_forbidden")).code("use", code).fen("amount", 5000));
        assert_eq!(used("reserve").zh, "收益50元用于禁止性支出：公积金");
        assert_eq!(used("office_buildings").zh, "收益50元用于禁止性支出：修建楼堂馆所");
        assert_eq!(used("banquets").zh, "收益50元用于禁止性支出：`banquets`");
        let others = ["01a224b9-0000-7000-8000-000000000000", "01a224b9-0000-7000-8000-000000000001"];
        let twice = Found::of(cause("promised_twice")).list("others", others.map(str::to_owned).to_vec());
        let text = written_out(&twice);
        assert!(text.zh.contains("与其他2项在办或以后生效的事项"), "{}", text.zh);
        assert!(text.en.contains("2 more"), "{}", text.en);
        assert!(!text.zh.contains("01a224b9"));
    }

    fn written_out(found: &Found) -> Text {
        with_figures(found.cause.sentence, &found.figures, &Names::new())
    }

    #[track_caller]
    fn cause(code: &str) -> Cause {
        *RULES.iter().flat_map(|it| it.causes).find(|it| it.code == code).unwrap()
    }

    #[test]
    fn money_rates_and_codes_are_written_for_readers() {
        let found = Found::of(cause("price_below_appraisal"))
            .fen("price", 10_000_005)
            .fen("appraised", 70_000_000)
            .fen("floor", 63_000_000)
            .bp("price_floor", 9050);

        let text = written_out(&found);

        assert_eq!(text.zh, "对价100000.05元低于评估价值70万元的90.5%（63万元）");
        assert_eq!(
            text.en,
            "the price of 100000.05 yuan is below 630000 yuan, which is 90.5% of the appraisal of 700000 yuan"
        );
        let related =
            Found::of(cause("parties_related")).list("path", vec!["kin".into(), "controlled_by".into()]);
        assert!(written_out(&related).zh.ends_with("（亲属、受控制）"));
        assert!(written_out(&related).en.ends_with("(kin, controlled by)"));
    }

    #[test]
    fn whoever_has_a_name_is_called_by_it() {
        let id = crate::values::Id::<crate::values::id::kind::Party>::from(uuid::Uuid::from_u128(7));
        let found = Found::of(cause("decision_missing")).id("party", id).code("matter", "lease");
        let named = Names::from([(id.to_string(), "东村股份经济合作社".into())]);

        let text = with_figures(found.cause.sentence, &found.figures, &named);

        assert_eq!(text.zh, "集体“东村股份经济合作社”的资产出租事项未附民主决议");
        assert_eq!(text.en, "there is no decision of the collective 东村股份经济合作社 on the lease");
        assert!(written_out(&found).zh.contains(&id.to_string()));
    }

    #[test]
    fn documents_are_called_by_their_files_and_cases_by_kind_and_day() {
        let [paper, case] = [8, 9].map(uuid::Uuid::from_u128);
        let on = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
        let found = Found::of(cause("photograph_of_other_days"))
            .id("document", crate::values::Id::<crate::values::id::kind::Document>::from(paper))
            .id("case", crate::values::Id::<crate::values::id::kind::Case>::from(case))
            .on("other_opened", on("2026-03-01"))
            .on("other_closed", on("2026-03-08"));
        let named = Names::from([
            (paper.to_string(), "公示照片1.jpg".into()),
            (case.to_string(), Called::Case(CaseKind::Registration, on("2026-04-02"))),
        ]);

        let text = with_figures(found.cause.sentence, &found.figures, &named);

        assert_eq!(
            text.zh,
            "公示照片“公示照片1.jpg”在案件“2026-04-02起草的首次登记”中是2026-03-01至2026-03-08公示的照片"
        );
        assert_eq!(
            text.en,
            "the photograph 公示照片1.jpg is in case “first registration of 2026-04-02” that of a notice which hung from \
             2026-03-01 to 2026-03-08"
        );
    }

    #[test]
    fn days_are_written_with_their_unit() {
        let found = Found::of(cause("appraisal_stale")).days("validity", 365);

        assert!(written_out(&found).zh.contains("有效期365日，"));
        assert!(written_out(&found).en.contains("good for 365 days;"));
    }

    #[test]
    fn percents_keep_what_they_need() {
        let written: Vec<_> = [600, 605, 650, 0, 10_000].into_iter().map(percent).collect();

        assert_eq!(written, ["6%", "6.05%", "6.5%", "0%", "100%"]);
    }
}

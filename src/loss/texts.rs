//! The sentences of findings, in Chinese and English.
//!
//! A sentence names its figures in braces; their names end in their unit, which says how they are written. Codes are
//! written in the words of the language.

use std::collections::BTreeMap;

use super::finding::{Cause, Figure, Text};

/// The sentence of a cause, with its figures in it.
pub(super) fn sentence(cause: Cause, figures: &BTreeMap<String, Figure>) -> Text {
    let (zh, en) = pattern(cause);
    Text { zh: filled(zh, figures, Tongue::Zh), en: filled(en, figures, Tongue::En) }
}

#[derive(Clone, Copy)]
enum Tongue {
    Zh,
    En,
}

/// The sentence of each cause.
const fn pattern(cause: Cause) -> (&'static str, &'static str) {
    match cause {
        Cause::PriceBelowAppraisal => (
            "对价{price_fen}低于评估价值{appraised_fen}的{price_floor_bp}（{floor_fen}）",
            "the price of {price_fen} is below {floor_fen}, which is {price_floor_bp} of the appraisal of {appraised_fen}",
        ),
        Cause::AppraisalMissing => (
            "转让所有权的价值{value_fen}超过{threshold_fen}，应当评估而未附评估报告",
            "ownership worth {value_fen} is sold without an appraisal, which is needed above {threshold_fen}",
        ),
        Cause::AppraiserIsParty => {
            ("评估机构{appraiser_id}是交易当事人", "the appraiser {appraiser_id} is a party of the deal")
        }
        Cause::AppraiserRelated => (
            "评估机构{appraiser_id}与交易当事人{party_id}存在关联关系（{path}）",
            "the appraiser {appraiser_id} is related to {party_id}, a party of the deal ({path})",
        ),
        Cause::TooFewSignatures => (
            "评估报告有{signatures}名评估师签名，至少应有{needed}名",
            "the appraisal bears {signatures} signatures of the {needed} it needs",
        ),
        Cause::ReportMissing => (
            "评估结论{appraised_fen}未附针对该标的的评估报告",
            "there is no report on this object behind the appraisal of {appraised_fen}",
        ),
        Cause::GivenForNothing => (
            "{from_id}将资产{asset_id}的{right}（份额{given_share}）无偿给予非公有主体{to_id}",
            "{from_id} gives {to_id}, a private party, {given_share} of the {right} of asset {asset_id} for nothing",
        ),
        Cause::SwapUnequal => (
            "置换换出价值{given_fen}，换入价值{returned_fen}，差额超过允许的{tolerance_bp}",
            "the swap gives {given_fen} for {returned_fen}, which is more than {tolerance_bp} less",
        ),
        Cause::PartiesRelated => (
            "受让方{to_id}与出让方{from_id}存在关联关系（{path}）",
            "the receiver {to_id} is related to the giver {from_id} ({path})",
        ),
        Cause::HoldsLess => (
            "{from_id}拟转出资产{asset_id}{right}的{given_share}，但在整个期间内至少有一日仅持有{held_share}",
            "{from_id} gives {given_share} of the {right} of asset {asset_id}, of which it holds only {held_share} on some day of the period",
        ),
        Cause::PromisedTwice => (
            "{from_id}持有资产{asset_id}{right}的{held_share}，本次与其他事项（{others}）合计转出{promised_share}",
            "{from_id} holds {held_share} of the {right} of asset {asset_id}, and gives away {promised_share} by this and by {others}",
        ),
        Cause::ConsentOfHolderMissing => (
            "资产{asset_id}上有{restriction}，权利人{holder_id}未出具同意文件",
            "asset {asset_id} is under a {restriction}, and its holder {holder_id} has not consented",
        ),
        Cause::RestrictionForbids => (
            "资产{asset_id}处于{restriction}状态，不得转移",
            "asset {asset_id} is under a {restriction} and cannot be moved",
        ),
        Cause::AppraisalStale => (
            "评估基准日为{appraised_on}，有效期{validity_days}，至{deal_on}已失效",
            "the appraisal speaks of {appraised_on} and is good for {validity_days}; on {deal_on} it is not",
        ),
        Cause::DecisionMissing => (
            "集体{party_id}的{matter}事项未附民主决议",
            "there is no decision of the collective {party_id} on the {matter}",
        ),
        Cause::WrongBody => (
            "{body}无权就{matter}事项作出集体{party_id}的决议",
            "the {body} cannot decide on the {matter} for the collective {party_id}",
        ),
        Cause::TooFewAttended => (
            "{body}应到{members}人，实到{attended}人，至少应到会{needed}人",
            "of {members} in the {body} {attended} attended, where {needed} must",
        ),
        Cause::TooFewInFavour => (
            "{body}共{members}人，同意{in_favour}人，至少应有{needed}人同意",
            "of {members} in the {body} {in_favour} were in favour, where {needed} must be",
        ),
        Cause::TermAboveCap => (
            "期限至{until_on}，自{counted_from_on}起算超过{cap_years}，最迟应至{latest_on}",
            "the term runs until {until_on}; {cap_years} from {counted_from_on} end on {latest_on}",
        ),
        Cause::TermWithoutEnd => (
            "{from_id}将资产{asset_id}的经营权交给非公有主体{to_id}，未约定期限",
            "{from_id} grants {to_id}, a private party, the management of asset {asset_id} without an end",
        ),
        Cause::RentBelowInvestment => (
            "年租金{annual_rent_fen}低于投入资金{invested_fen}的{rent_floor_bp}（{floor_fen}）",
            "the rent of {annual_rent_fen} a year is below {floor_fen}, which is {rent_floor_bp} of the {invested_fen} invested",
        ),
        Cause::RentBelowAppraisal => (
            "租金总额{rent_fen}低于评估租金{appraised_fen}的{comparable_floor_bp}（{floor_fen}）",
            "the rent of {rent_fen} is below {floor_fen}, which is {comparable_floor_bp} of the appraised {appraised_fen}",
        ),
        Cause::PaidToAnother => (
            "价款支付给{payee_id}，而非出让方{from_id}",
            "the money goes to {payee_id} and not to the giver {from_id}",
        ),
        Cause::PaidToPerson => (
            "集体{from_id}的价款支付给个人或农户{payee_id}",
            "money of the collective {from_id} goes to {payee_id}, a person or household",
        ),
        Cause::AccountOfAnother => (
            "{party_id}应得的{amount_fen}记入{owner_id}的账户",
            "the {amount_fen} of {party_id} go into an account of {owner_id}",
        ),
        Cause::MoreThanReceived => (
            "拟分配{planned_fen}，可分配{available_fen}（实收{received_fen}，留存{reserved_fen}）",
            "{planned_fen} are distributed where {available_fen} can be ({received_fen} received, {reserved_fen} kept back)",
        ),
        Cause::UseForbidden => (
            "收益{amount_fen}用于禁止性支出：{use}",
            "{amount_fen} of income are put to a forbidden use: {use}",
        ),
        Cause::ScrappedEarly => (
            "资产{asset_id}因{cause}于{disposed_on}处置，使用年限至{serves_until_on}，未附技术鉴定报告或灾害证明",
            "asset {asset_id} is disposed of on {disposed_on} ({cause}), though it serves until {serves_until_on}, without a technical report or a proof of the disaster",
        ),
        Cause::HouseholdConsentMissing => (
            "农户{from_id}持有的资产{asset_id}的{right}（份额{lost_share}）被转出，无其本人同意的书面记录",
            "{from_id} loses {lost_share} of the {right} of asset {asset_id} without its recorded consent",
        ),
        Cause::HouseholdIncomeDistributed => (
            "到户类资产{asset_id}的收益归农户{from_id}所有，未经其同意不得分配",
            "the income of asset {asset_id} is that of {from_id} and is distributed without its recorded consent",
        ),
        Cause::SharesNotWhole => (
            "资产{asset_id}的{right}份额合计为{sum_share}，应为1",
            "the shares of the {right} of asset {asset_id} come to {sum_share} and not to the whole",
        ),
    }
}

/// The words for the codes that stand in sentences. A code that is missing here is written as it is.
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
    ("shareholder", "持股", "shareholder"),
    ("member", "成员", "member"),
    ("controlled_by", "控制", "controlled by"),
    ("legal_representative", "法定代表人", "legal representative"),
    ("kin", "亲属", "kin"),
    ("natural_disaster", "自然灾害", "natural disaster"),
    ("demolition", "拆除征占", "demolition"),
    ("end_of_life", "达到使用年限", "end of its life"),
    ("low_yield", "效益低下", "low yield"),
    ("investment_ended", "投资到期", "end of the investment"),
    ("replaced", "被新项目覆盖", "replaced by a new project"),
    ("other", "其他原因", "another reason"),
];

fn filled(pattern: &str, figures: &BTreeMap<String, Figure>, tongue: Tongue) -> String {
    let mut sentence = pattern.to_owned();
    for (name, figure) in figures {
        let place = format!("{{{name}}}");
        if sentence.contains(&place) {
            sentence = sentence.replace(&place, &written(name, figure, tongue));
        }
    }
    sentence
}

fn written(name: &str, figure: &Figure, tongue: Tongue) -> String {
    match figure {
        Figure::Number(fen) if name.ends_with("_fen") => {
            let yuan = yuan(*fen);
            in_tongue(tongue, format!("{yuan}元"), format!("{yuan} yuan"))
        }
        Figure::Number(rate) if name.ends_with("_bp") => percent(*rate),
        Figure::Number(years) if name.ends_with("_years") => {
            in_tongue(tongue, format!("{years}年"), format!("{years} years"))
        }
        Figure::Number(number) => number.to_string(),
        Figure::Text(text) => word(text, tongue),
        Figure::List(items) => {
            let words: Vec<_> = items.iter().map(|it| word(it, tongue)).collect();
            words.join(in_tongue(tongue, "、", ", "))
        }
    }
}

fn in_tongue<T>(tongue: Tongue, zh: T, en: T) -> T {
    match tongue {
        Tongue::Zh => zh,
        Tongue::En => en,
    }
}

fn word(code: &str, tongue: Tongue) -> String {
    let known = WORDS.iter().find(|(it, _, _)| *it == code);
    known.map_or(code, |(_, zh, en)| in_tongue(tongue, zh, en)).to_owned()
}

fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", (fen / 100).abs(), (fen % 100).abs())
}

fn percent(rate_bp: i64) -> String {
    let (whole, part) = (rate_bp / 100, rate_bp % 100);
    let text = if part == 0 { format!("{whole}") } else { format!("{whole}.{part:02}") };
    format!("{}%", if part == 0 { text.as_str() } else { text.trim_end_matches('0') })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        cases::decision::{DecisionBody, Matter},
        loss::finding::Finding,
        register::codes::{DisposalCause, RelationKind, RestrictionKind, RightKind},
    };

    fn places(pattern: &str) -> BTreeSet<&str> {
        pattern.split('{').skip(1).filter_map(|it| it.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn both_languages_say_the_same_figures() {
        for cause in Cause::ALL {
            let (zh, en) = pattern(*cause);
            // A word that stands in one sentence may be a figure of the other one: the codes of the right.
            assert_eq!(places(zh), places(en), "{cause}");
            assert!(!places(zh).is_empty(), "{cause} says no figure");
        }
    }

    #[test]
    fn every_code_of_a_sentence_has_its_two_words() {
        let codes = RightKind::ALL.iter().map(|it| it.code());
        let codes = codes.chain(RestrictionKind::ALL.iter().map(|it| it.code()));
        let codes = codes.chain(RelationKind::ALL.iter().map(|it| it.code()));
        let codes = codes.chain(DisposalCause::ALL.iter().map(|it| it.code()));
        let codes = codes.chain(DecisionBody::ALL.iter().map(|it| it.code()));
        for code in codes.chain(Matter::ALL.iter().map(|it| it.code())) {
            assert!(WORDS.iter().any(|(it, _, _)| *it == code), "{code}");
        }
    }

    #[test]
    fn money_rates_and_codes_are_written_for_readers() {
        let finding = Finding::of(Cause::PriceBelowAppraisal)
            .fen("price", 10_000_005)
            .fen("appraised", 70_000_000)
            .fen("floor", 63_000_000)
            .bp("price_floor", 9050);

        let text = finding.message();

        assert_eq!(text.zh, "对价100000.05元低于评估价值700000.00元的90.5%（630000.00元）");
        assert_eq!(
            text.en,
            "the price of 100000.05 yuan is below 630000.00 yuan, which is 90.5% of the appraisal of 700000.00 yuan"
        );
        let related =
            Finding::of(Cause::PartiesRelated).list("path", vec!["kin".into(), "controlled_by".into()]);
        assert!(related.message().zh.ends_with("（亲属、控制）"));
        assert!(related.message().en.ends_with("(kin, controlled by)"));
    }

    #[test]
    fn percents_keep_what_they_need() {
        let written: Vec<_> = [600, 605, 650, 0, 10_000].into_iter().map(percent).collect();

        assert_eq!(written, ["6%", "6.05%", "6.5%", "0%", "100%"]);
    }
}

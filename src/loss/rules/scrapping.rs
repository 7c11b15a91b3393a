//! L46: an asset is disposed of before its service life is over, and neither a technical report nor a proof
//! of a disaster shows why; or what its kind of disposal has to show is missing. An investment whose term is over had no service life.
//!
//! What each kind has to show stands in one table (`evidence`). Where an authority had it torn down, or a new project took its place,
//! that shows why it ended early as well as a report does. What goes on as something else, or is not used for some time, does not end.
//!
//! How long it serves is what was on record before that was put right within the window, where that is longer. And what is on record as the
//! state's or a village's is not struck off as if it had never been: only what is on record twice is.
//!
//! The minutes of what a village decided show nothing else, whatever they are called. An official decision may say the compensation as
//! well: one paper that is named as several kinds is a warning.

use chrono::NaiveDate;

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual, evidence, exact::floored,
    former::Former,
};
use crate::loss::facts::AlterationFacts;

pub(super) const L46: Rule = Rule {
    id: RuleId::L46,
    name: bilingual("提前报废", "Scrapped before its time"),
    basis: "国办函〔2021〕51号；县级扶贫项目资产处置办法关于未达使用年限报废须有技术鉴定或灾害证明的规定",
    severity: Severity::Block,
    parameters: &["reclass_window_days", "exchange_required_above_fen"],
    checks: &[Check::Alteration(disposed)],
    causes: &[
        SCRAPPED_EARLY,
        EVIDENCE_MISSING,
        ONE_PAPER_FOR_SEVERAL,
        SCRAPPED_BEFORE_FORMER_LIFE,
        SMALL_BEFORE_FORMER_LIFE,
        STRUCK_OFF,
        STRUCK_OFF_AS_DUPLICATE,
    ],
};

const SCRAPPED_BEFORE_FORMER_LIFE: Cause = Cause {
    code: "scrapped_before_former_life",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}因{cause}于{disposed_on}处置；{restated_on}由案件更正以前，其使用年限至{serves_until_on}，未附说明其提前结束的材料",
        "asset {asset_id} is disposed of on {disposed_on} ({cause}); by what was on record before the case of {restated_on} it serves until \
         {serves_until_on}, and nothing shows why it ends early",
    ),
    cure: bilingual(
        "请以 `technical_report_id` 附技术鉴定报告或者灾害证明，如同未达使用年限的处置",
        "attach the technical report or the proof of the disaster (`technical_report_id`), as for whatever ends before its time",
    ),
};

const SMALL_BEFORE_FORMER_LIFE: Cause = Cause {
    code: "small_before_former_life",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "资产{asset_id}因{cause}于{disposed_on}处置；{restated_on}由案件更正以前，其使用年限至{serves_until_on}，未附说明其提前结束的材料（原值不超过{threshold_fen}）",
        "asset {asset_id}, which cost no more than {threshold_fen}, is disposed of on {disposed_on} ({cause}); by what was on record before \
         the case of {restated_on} it serves until {serves_until_on}, and nothing shows why it ends early",
    ),
    cure: bilingual("请核查更正依据", "see what the change rests on"),
};

const STRUCK_OFF: Cause = Cause {
    code: "struck_off_without_disposal",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "已登记的公有资产{asset_id}原值{original_value_fen}（超过{threshold_fen}），拟作废而不办理处置",
        "asset {asset_id} is registered as public and cost {original_value_fen}, above {threshold_fen}: it would be void, and not be disposed of",
    ),
    cure: bilingual(
        "资产灭失、报废的，请办理处置（`POST /v1/alterations`）；确属误登的，附证明材料，由县级说明理由后核准",
        "where it was lost or scrapped have it disposed of (`POST /v1/alterations`); where it never was, attach what shows that, and the county \
         says why it agrees",
    ),
};

const STRUCK_OFF_AS_DUPLICATE: Cause = Cause {
    code: "struck_off_as_duplicate",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "已登记的公有资产{asset_id}原值{original_value_fen}，拟作废；同一项目名称、数量相同的{twin_asset_id}仍在册",
        "asset {asset_id} is registered as public and cost {original_value_fen}: it would be void, and {twin_asset_id} of the same project, name \
         and quantity stays on record",
    ),
    cure: bilingual("请核实两项登记确为同一资产", "see that the two are one and the same"),
};

const SCRAPPED_EARLY: Cause = Cause {
    code: "scrapped_early",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}因{cause}于{disposed_on}处置，使用年限至{serves_until_on}，未附说明其提前结束的材料",
        "asset {asset_id} is disposed of on {disposed_on} ({cause}), though it serves until {serves_until_on}, and nothing \
         shows why it ends early",
    ),
    cure: bilingual(
        "请以 `technical_report_id` 附技术鉴定报告或者灾害证明；征占、拆除的可以 `evidence` 附决定，被新项目覆盖的可以 `replaced_by_project_id` \
         填写该项目",
        "attach the technical report or the proof of the disaster (`technical_report_id`); of what is torn down the decision (`evidence`) \
         does as well, and of what is replaced the project (`replaced_by_project_id`)",
    ),
};

const EVIDENCE_MISSING: Cause = Cause {
    code: "disposal_evidence_missing",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "资产{asset_id}因{cause}处置（{way}），账面价值{book_value_fen}，缺少：{missing}",
        "asset {asset_id}, of a book value of {book_value_fen}, is disposed of ({cause}, by {way}), and this is missing: {missing}",
    ),
    cure: bilingual(
        "请补充所缺内容后提交，材料用 `evidence` 附上；确实没有的，由县级说明理由后核准",
        "add what is missing, papers as `evidence`; where there is none, the county says why it agrees",
    ),
};

const ONE_PAPER_FOR_SEVERAL: Cause = Cause {
    code: "one_paper_for_several",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "材料{document_id}同时作为：{papers}",
        "document {document_id} is named as several papers: {papers}",
    ),
    cure: bilingual(
        "请核对原件确实载明各项内容；附错的请更换",
        "see that the original says all of that, and attach the right paper where it does not",
    ),
};

fn disposed(alteration: &AlterationFacts, policy: &PolicyValues) -> Vec<Found> {
    // All that is missing is told in one look.
    let early = too_early(alteration, policy).into_iter().chain(unshown(alteration));
    let mut all: Vec<_> = early.chain(struck_off(alteration, policy)).collect();
    let several = alteration.disposal.iter().flat_map(|it| &it.of_several_kinds);
    all.extend(several.map(|(document, kinds)| {
        let kinds = kinds.iter().map(|it| it.code().to_owned()).collect();
        Found::of(ONE_PAPER_FOR_SEVERAL).id("document", *document).list("papers", kinds)
    }));
    all
}

fn too_early(alteration: &AlterationFacts, policy: &PolicyValues) -> Option<Found> {
    let end = alteration.disposal.as_ref()?;
    if !end.cause.ends_a_service_life() || !end.way().ends_the_asset() || evidence::shows_why_early(end) {
        return None;
    }
    let is_early = |until: &NaiveDate| alteration.effective_on < *until;
    let of = |cause: Cause, until| {
        Found::of(cause)
            .id("asset", end.asset.id)
            .code("cause", end.cause.code())
            .on("disposed", alteration.effective_on)
            .on("serves_until", until)
    };
    if let Some(until) = end.serves_until.filter(is_early) {
        let books = end.asset.book_value.get();
        return Some(of(SCRAPPED_EARLY, until).fen("book_value", books).at_risk(books));
    }
    let former = Former::of(alteration, &end.asset, policy)?;
    let until = former.serves_until().filter(is_early)?;
    let threshold = policy.exchange_required_above_fen;
    let is_large = former.cost(&end.asset).get() > threshold;
    let cause = if is_large { SCRAPPED_BEFORE_FORMER_LIFE } else { SMALL_BEFORE_FORMER_LIFE };
    let books = floored(&former.books(&end.asset));
    let found = of(cause, until).fen("book_value", books).at_risk(books).fen("threshold", threshold);
    former.last().and_then(|it| Some(found.on("restated", it.on?).id("case", it.case)))
}

/// What is on record as the state's or a village's, and would be as if it had never been.
fn struck_off(alteration: &AlterationFacts, policy: &PolicyValues) -> Option<Found> {
    let it = alteration.struck_off.as_ref().filter(|it| it.public)?;
    let former = Former::of(alteration, &it.asset, policy);
    let cost = former.map_or(it.asset.original_value, |former| former.cost(&it.asset)).get();
    let threshold = policy.exchange_required_above_fen;
    if cost <= threshold {
        return None;
    }
    let of = |cause: Cause| Found::of(cause).id("asset", it.asset.id).fen("original_value", cost);
    Some(match it.twin {
        Some(twin) => of(STRUCK_OFF_AS_DUPLICATE).id("twin_asset", twin),
        None => of(STRUCK_OFF).fen("threshold", threshold).at_risk(it.asset.book_value.get()),
    })
}

fn unshown(alteration: &AlterationFacts) -> Option<Found> {
    let end = alteration.disposal.as_ref()?;
    let missing: Vec<_> = evidence::missing(end).into_iter().map(|it| it.code().to_owned()).collect();
    (!missing.is_empty()).then(|| {
        Found::of(EVIDENCE_MISSING)
            .id("asset", end.asset.id)
            .code("cause", end.cause.code())
            .code("way", end.way().code())
            .fen("book_value", end.asset.book_value.get())
            .at_risk(end.asset.book_value.get())
            .list("missing", missing)
    })
}

//! L46: an asset is disposed of before its service life is over, and neither a technical report nor a proof
//! of a disaster shows why; or what its kind of disposal has to show is missing. An investment whose term is over had no service life.
//!
//! What each kind has to show stands in one table (`evidence`). Where an authority had it torn down, or a new project took its place,
//! that shows why it ended early as well as a report does. What goes on as something else, or is not used for some time, does not end.
//!
//! The minutes of what a village decided show nothing else, whatever they are called. An official decision may say the compensation as
//! well: one paper that is named as several kinds is a warning.

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual, evidence};
use crate::loss::facts::AlterationFacts;

pub(super) const L46: Rule = Rule {
    id: RuleId::L46,
    name: bilingual("提前报废", "Scrapped before its time"),
    basis: "国办函〔2021〕51号；县级扶贫项目资产处置办法关于未达使用年限报废须有技术鉴定或灾害证明的规定",
    severity: Severity::Block,
    parameters: &[],
    checks: &[Check::Alteration(disposed)],
    causes: &[SCRAPPED_EARLY, EVIDENCE_MISSING, ONE_PAPER_FOR_SEVERAL],
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

fn disposed(alteration: &AlterationFacts, _: &PolicyValues) -> Vec<Found> {
    // All that is missing is told in one look.
    let mut all: Vec<_> = too_early(alteration).into_iter().chain(unshown(alteration)).collect();
    let several = alteration.disposal.iter().flat_map(|it| &it.of_several_kinds);
    all.extend(several.map(|(document, kinds)| {
        let kinds = kinds.iter().map(|it| it.code().to_owned()).collect();
        Found::of(ONE_PAPER_FOR_SEVERAL).id("document", *document).list("papers", kinds)
    }));
    all
}

fn too_early(alteration: &AlterationFacts) -> Option<Found> {
    let end = alteration.disposal.as_ref()?;
    let serves_until = end.serves_until.filter(|it| alteration.effective_on < *it)?;
    if !end.cause.ends_a_service_life() || !end.way().ends_the_asset() || evidence::shows_why_early(end) {
        return None;
    }
    Some(
        Found::of(SCRAPPED_EARLY)
            .id("asset", end.asset.id)
            .code("cause", end.cause.code())
            .fen("book_value", end.asset.book_value.get())
            .at_risk(end.asset.book_value.get())
            .on("disposed", alteration.effective_on)
            .on("serves_until", serves_until),
    )
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

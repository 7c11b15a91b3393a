//! L46: an asset is disposed of before its service life is over, and neither a technical report nor a proof
//! of a disaster shows why. An investment whose term is over had no service life.

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual};
use crate::loss::facts::AlterationFacts;

pub(super) const L46: Rule = Rule {
    id: RuleId::L46,
    name: bilingual("提前报废", "Scrapped before its time"),
    basis: "国办函〔2021〕51号；县级扶贫项目资产处置办法关于未达使用年限报废须有技术鉴定或灾害证明的规定",
    severity: Severity::Block,
    parameters: &[],
    checks: &[Check::Alteration(too_early)],
    causes: &[SCRAPPED_EARLY],
};

const SCRAPPED_EARLY: Cause = Cause {
    code: "scrapped_early",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}因{cause}于{disposed_on}处置，使用年限至{serves_until_on}，未附技术鉴定报告或灾害证明",
        "asset {asset_id} is disposed of on {disposed_on} ({cause}), though it serves until {serves_until_on}, without a \
         technical report or a proof of the disaster",
    ),
    cure: bilingual(
        "请以 `technical_report_id` 附技术鉴定报告或者灾害证明",
        "attach the technical report or the proof of the disaster (`technical_report_id`)",
    ),
};

fn too_early(alteration: &AlterationFacts, _: &PolicyValues) -> Vec<Found> {
    let Some(end) = &alteration.disposal else { return Vec::new() };
    let serves_until = end.serves_until.filter(|it| alteration.effective_on < *it);
    match serves_until.filter(|_| end.cause.ends_a_service_life() && end.report.is_none()) {
        None => Vec::new(),
        Some(serves_until) => vec![
            Found::of(SCRAPPED_EARLY)
                .id("asset", end.asset.id)
                .code("cause", end.cause.code())
                .fen("book_value", end.asset.book_value.get())
                .at_risk(end.asset.book_value.get())
                .on("disposed", alteration.effective_on)
                .on("serves_until", serves_until),
        ],
    }
}

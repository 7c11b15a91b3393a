//! Assets that come to an end before their time: L46.

use crate::{
    cases::policies::values::PolicyValues,
    loss::{
        facts::Facts,
        finding::{Cause, Finding},
    },
};

/// L46: an asset is disposed of before its service life is over, and neither a technical report nor a proof of the disaster
/// shows why. An investment whose term is over had no service life.
pub(super) fn too_early(facts: &Facts, _: &PolicyValues) -> Vec<Finding> {
    let Facts::Alteration(alteration) = facts else { return Vec::new() };
    let Some(end) = &alteration.disposal else { return Vec::new() };
    let serves_until = end.serves_until.filter(|it| alteration.effective_on < *it);
    match serves_until.filter(|_| end.cause.ends_a_service_life() && end.report.is_none()) {
        None => Vec::new(),
        Some(serves_until) => vec![
            Finding::of(Cause::ScrappedEarly)
                .id("asset", end.asset.id)
                .code("cause", end.cause.code())
                .fen("book_value", end.asset.book_value.get())
                .on("disposed", alteration.effective_on)
                .on("serves_until", serves_until),
        ],
    }
}

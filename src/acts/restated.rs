//! What was said otherwise of some assets, or of what they came from, by cases. All of it in a few set-based queries, however many there
//! are.

use chrono::NaiveDate;
use serde_json::Value;

use crate::{
    acts::ActError,
    journal,
    loss::facts::{RestatedFacts, SaidOfAsset},
    register::{
        assets::{self, Origins, SaidThen},
        rights,
    },
    storage::{Read, day_of},
    values::{Id, id::kind},
};

type AssetId = Id<kind::Asset>;

/// What was said otherwise of some assets.
pub(super) struct Restated {
    /// Each time that it was.
    pub(super) found: Vec<RestatedFacts>,
    /// What the assets came from.
    pub(super) origins: Origins,
    /// Those and the assets, each once.
    pub(super) all: Vec<AssetId>,
}

/// What was said otherwise of some assets, or of what they came from, by a case; with what they are worth in the books on a day.
pub(super) fn restated_of(unit: &mut Read<'_>, of: &[AssetId], on: NaiveDate) -> Result<Restated, ActError> {
    let origins = assets::origins(unit, of)?;
    let all = distinct(origins.of.iter().map(|(_, origin)| *origin));
    let mut found = Vec::new();
    let versions = assets::said_otherwise(unit, &all, &origins.steps)?;
    let became = distinct(versions.iter().filter(|it| it.by_becoming).map(|it| it.asset_id));
    let became = rights::became_by(unit, &became)?;
    let entries: Vec<_> = versions.iter().map(|it| it.entry_id).collect();
    let told = journal::told_by(unit, &entries)?;
    for it in &versions {
        let Some((at, facts)) = told.get(&it.entry_id) else { continue };
        // What was put right at once was so while nothing rested on it.
        let told = facts.get("case_id").and_then(Value::as_str).and_then(|it| it.parse::<uuid::Uuid>().ok());
        let case = match it.by_becoming {
            true => became.get(&it.asset_id).copied(),
            false => told.map(Into::into),
        };
        let Some(case) = case else { continue };
        for asset in came_of(&origins, it.asset_id) {
            let (before, after) = (said(&it.before, on), said(&it.after, on));
            let it = RestatedFacts { asset, on: Some(day_of(*at)), case, before, after };
            // What was merged of several that were alike is told once.
            if !found.contains(&it) {
                found.push(it);
            }
        }
    }
    Ok(Restated { found, origins, all })
}

fn distinct(some: impl Iterator<Item = AssetId>) -> Vec<AssetId> {
    let mut all: Vec<_> = some.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Which assets came from one, itself among them.
pub(super) fn came_of(origins: &Origins, origin: AssetId) -> Vec<AssetId> {
    origins.of.iter().filter(|(_, it)| *it == origin).map(|(asset, _)| *asset).collect()
}

/// What a version of an asset says, as the rules see it.
pub(super) fn said(it: &SaidThen, on: NaiveDate) -> SaidOfAsset {
    SaidOfAsset {
        class: it.class,
        category: it.category.to_string(),
        original_value: it.write_off.original_value,
        book_value: Some(it.write_off.value_on(on).book_value),
        serves_until: it.write_off.serves_until(),
    }
}

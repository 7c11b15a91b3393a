//! What was on record of an asset before it was put right within the window: what is disposed of is held against that as well, so that
//! nobody makes an asset old, cheap or a road for it.

use chrono::NaiveDate;

use super::{
    PolicyValues,
    exact::{Exact, money},
};
use crate::{
    loss::facts::{AlterationFacts, AssetFacts, RestatedFacts},
    register::codes::AssetClass,
    values::Fen,
};

/// What was said otherwise of an asset within the window before it comes to an end, in the order in which it was.
pub(super) struct Former<'a>(Vec<&'a RestatedFacts>);

impl<'a> Former<'a> {
    /// What was said otherwise of an asset that an alteration ends; none where nothing was.
    pub(super) fn of(
        alteration: &'a AlterationFacts,
        asset: &AssetFacts,
        policy: &PolicyValues,
    ) -> Option<Self> {
        let lately = |it: &&RestatedFacts| {
            // What was put right after the asset came to an end was otherwise when that was asked for.
            let ago = it.on.map(|on| alteration.days_since(on).unwrap_or(0));
            it.asset == asset.id && ago.is_some_and(|it| it <= policy.reclass_window_days)
        };
        let all: Vec<_> = alteration.restated.iter().filter(lately).collect();
        (!all.is_empty()).then_some(Self(all))
    }

    /// The last time that something else was said.
    pub(super) fn last(&self) -> Option<&'a RestatedFacts> {
        self.0.iter().copied().max_by_key(|it| it.on)
    }

    /// The last day up to which it was said to serve.
    pub(super) fn serves_until(&self) -> Option<NaiveDate> {
        self.0.iter().filter_map(|it| it.before.serves_until).max()
    }

    /// Whether it was said to be for anything but the public.
    pub(super) fn was_of_use_to_others(&self) -> bool {
        self.0.iter().any(|it| it.before.class != AssetClass::PublicWelfare)
    }

    /// The most that it was said to have cost.
    pub(super) fn cost(&self, asset: &AssetFacts) -> Fen {
        cost(asset, self.0.iter().copied())
    }

    /// What stood in the books.
    pub(super) fn books(&self, asset: &AssetFacts) -> Exact {
        books(asset, self.0.iter().copied())
    }
}

fn cost<'a>(asset: &AssetFacts, restated: impl Iterator<Item = &'a RestatedFacts>) -> Fen {
    let costs = restated.map(|it| it.before.original_value);
    costs.chain([asset.original_value]).max().unwrap_or_default()
}

/// What of an asset stood in the books before they were lowered, by one step or by several. Of a piece it is as much more as it was of the
/// whole.
pub(super) fn books<'a>(
    asset: &AssetFacts,
    restated: impl Iterator<Item = &'a RestatedFacts> + Clone,
) -> Exact {
    let mut books = money(asset.book_value);
    for it in restated.clone() {
        match (it.before.book_value, it.after.book_value) {
            (Some(before), Some(after)) if after.is_zero() => books = books.max(money(before)),
            // What was raised again was not lowered.
            (Some(before), Some(after)) => books = books * money(before) / money(after),
            _ => {}
        }
    }
    // Nothing was ever worth more than it cost, by whatever was said of that.
    let books = books.max(money(asset.book_value));
    books.min(money(cost(asset, restated)).max(money(asset.book_value)))
}

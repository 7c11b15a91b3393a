//! Title: whether the giver has it, has promised it, may move it, and whether the shares still make up the whole:
//! L10, L11, L12 and L50.

use std::collections::{BTreeMap, BTreeSet};

use super::exact::{Exact, share};
use crate::{
    cases::policies::values::PolicyValues,
    loss::{
        facts::{AlterationFacts, Facts, Lost, LotFacts, RestrictionFacts, Rival, RivalAct, TransferFacts},
        finding::{Cause, Finding},
    },
    register::codes::{RestrictionKind, RightKind},
    values::{Id, Period, id::kind, share::Total},
};

/// Lots that take from the same giver the same right in the same asset, and the number of the first of them.
struct Taken<'a> {
    first: usize,
    lots: Vec<&'a LotFacts>,
}

impl Taken<'_> {
    fn share(&self) -> Exact {
        self.lots.iter().map(|it| share(it.share)).sum()
    }

    fn held(&self, of: impl Fn(&LotFacts) -> &Total) -> Exact {
        self.lots.iter().map(|it| of(it).to_ratio()).min().cloned().unwrap_or_default()
    }
}

fn by_asset_and_giver(deal: &TransferFacts) -> BTreeMap<(Id<kind::Asset>, Id<kind::Party>), Taken<'_>> {
    let mut groups = BTreeMap::new();
    for (index, lot) in deal.all_lots().enumerate() {
        let key = (lot.asset.id, lot.from.id);
        groups.entry(key).or_insert_with(|| Taken { first: index, lots: Vec::new() }).lots.push(lot);
    }
    groups
}

/// L10: a giver gives more than it holds on some day of the span, all its lots in the asset together.
pub(super) fn not_held(facts: &Facts, _: &PolicyValues) -> Vec<Finding> {
    let Facts::Transfer(deal) = facts else { return Vec::new() };
    let found = by_asset_and_giver(deal).into_iter().filter_map(|((asset, from), taken)| {
        let (given, held) = (taken.share(), taken.held(|it| &it.held.least));
        (given > held).then(|| {
            Finding::of(Cause::HoldsLess)
                .at(taken.first)
                .id("asset", asset)
                .id("from", from)
                .code("right", deal.right.code())
                .share("given", Total::of(given))
                .share("held", Total::of(held))
        })
    });
    found.collect()
}

/// L11: with other acts that are under way, or on record for a later day, the giver gives away more than it holds; or an
/// asset comes to an end whose owners have promised it.
pub(super) fn given_twice(facts: &Facts, _: &PolicyValues) -> Vec<Finding> {
    match facts {
        Facts::Transfer(deal) => moved_twice(deal),
        Facts::Alteration(it) => ended_though_promised(it),
        Facts::Registration(_) | Facts::Distribution(_) => Vec::new(),
    }
}

fn moved_twice(deal: &TransferFacts) -> Vec<Finding> {
    let span = deal.span();
    let found = by_asset_and_giver(deal).into_iter().filter_map(|((asset, from), taken)| {
        let held = taken.held(|it| &it.held.at_start);
        let (promised, others) = most_promised(taken.lots.iter().flat_map(|it| &it.rivals), &span)?;
        let promised = promised + taken.share();
        (promised > held)
            .then(|| promised_twice((asset, from, deal.right), held, promised, others).at(taken.first))
    });
    found.collect()
}

/// An asset ends with all that its owners hold, so that whatever else takes of it takes too much.
fn ended_though_promised(alteration: &AlterationFacts) -> Vec<Finding> {
    let span = Period::since(alteration.effective_on);
    let mut by_holder: BTreeMap<_, Vec<&Lost>> = BTreeMap::new();
    for it in &alteration.lost {
        by_holder.entry((it.asset, it.claim.holder.id, it.claim.right)).or_default().push(it);
    }
    let found = by_holder.into_iter().filter_map(|((asset, from, right), lost)| {
        let held: Exact = lost.iter().map(|it| share(it.claim.share)).sum();
        let (promised, others) = most_promised(lost.iter().flat_map(|it| &it.rivals), &span)?;
        let promised = promised + &held;
        Some(promised_twice((asset, from, right), held, promised, others))
    });
    found.collect()
}

fn promised_twice(
    (asset, from, right): (Id<kind::Asset>, Id<kind::Party>, RightKind),
    held: Exact,
    promised: Exact,
    others: Vec<RivalAct>,
) -> Finding {
    Finding::of(Cause::PromisedTwice)
        .id("asset", asset)
        .id("from", from)
        .code("right", right.code())
        .share("held", Total::of(held))
        .share("promised", Total::of(promised))
        .list("others", others.into_iter().map(name).collect())
}

/// The most that rivals take on any one day of a span, and which they are; none without rivals. The sum only grows on a
/// day on which one of them begins.
fn most_promised<'r>(
    rivals: impl Iterator<Item = &'r Rival>,
    span: &Period,
) -> Option<(Exact, Vec<RivalAct>)> {
    // Each act counts once, however many lots or losses name it.
    let by_act: BTreeMap<RivalAct, &Rival> =
        rivals.filter(|it| it.span.overlaps(span)).map(|it| (it.by, it)).collect();
    let rivals: Vec<_> = by_act.into_values().collect();
    let days = rivals.iter().map(|it| it.span.from().max(span.from()));
    let sums = days.map(|day| {
        let on_that_day = rivals.iter().filter(|it| it.span.contains(day));
        let promised: Exact = on_that_day.clone().map(|it| share(it.share)).sum();
        (promised, on_that_day.map(|it| it.by).collect())
    });
    sums.max()
}

fn name(act: RivalAct) -> String {
    match act {
        RivalAct::Pending(case) => case.to_string(),
        RivalAct::LaterDated(instrument) => instrument.to_string(),
    }
}

/// L12: something lies on an asset during the span. A seizure or a ban forbids the act; for anything else its holder may
/// consent, as a receiver who is that holder does. The same holds for an asset that comes to an end.
pub(super) fn restricted(facts: &Facts, _: &PolicyValues) -> Vec<Finding> {
    match facts {
        Facts::Transfer(deal) => moved_under(deal),
        Facts::Alteration(it) => ended_under(it),
        Facts::Registration(_) | Facts::Distribution(_) => Vec::new(),
    }
}

fn moved_under(deal: &TransferFacts) -> Vec<Finding> {
    let span = deal.span();
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for (index, lot) in deal.all_lots().enumerate() {
        for it in lot.restrictions.iter().filter(|it| it.period.overlaps(&span)) {
            let Some(cause) =
                in_the_way(it).filter(|cause| *cause == Cause::RestrictionForbids || it.holder != lot.to.id)
            else {
                continue;
            };
            if seen.insert((lot.asset.id, it.kind, it.holder)) {
                let finding = Finding::of(cause).at(index).id("asset", lot.asset.id).id("holder", it.holder);
                findings.push(finding.code("restriction", it.kind.code()));
            }
        }
    }
    findings
}

fn ended_under(alteration: &AlterationFacts) -> Vec<Finding> {
    let found = alteration.restrictions.iter().filter_map(|(asset, it)| {
        let finding = Finding::of(in_the_way(it)?).id("asset", *asset).id("holder", it.holder);
        Some(finding.code("restriction", it.kind.code()))
    });
    found.collect()
}

/// What a restriction does to an act that its holder may have consented to.
const fn in_the_way(it: &RestrictionFacts) -> Option<Cause> {
    match it.kind {
        RestrictionKind::Seizure | RestrictionKind::TransferBan => Some(Cause::RestrictionForbids),
        RestrictionKind::Mortgage | RestrictionKind::Pledge | RestrictionKind::Dispute => {
            if it.consent.is_some() { None } else { Some(Cause::ConsentOfHolderMissing) }
        }
    }
}

/// L50: after the act the shares of a right do not make up the whole.
///
/// What is not granted of management and income rests with the owners, so that a registration may claim less of them.
pub(super) fn not_whole(facts: &Facts, _: &PolicyValues) -> Vec<Finding> {
    match facts {
        Facts::Transfer(deal) => {
            let mut sums = BTreeMap::new();
            for (index, lot) in deal.all_lots().enumerate().filter(|(_, it)| !it.holders_after.is_whole()) {
                sums.entry(lot.asset.id).or_insert((index, &lot.holders_after));
            }
            let found = sums.into_iter().map(|(asset, (lot, sum))| broken(asset, deal.right, sum).at(lot));
            found.collect()
        }
        Facts::Registration(it) => {
            let sums = RightKind::ALL.iter().map(|right| {
                let claims = it.claims.iter().filter(|claim| claim.right == *right);
                (*right, crate::values::share::sum(claims.map(|claim| claim.share)))
            });
            let is_broken = |right: RightKind, sum: &Total| {
                sum.exceeds_whole() || right == RightKind::Ownership && !sum.is_whole()
            };
            sums.filter(|(right, sum)| is_broken(*right, sum))
                .map(|(right, sum)| broken(it.asset.id, right, &sum))
                .collect()
        }
        Facts::Distribution(_) | Facts::Alteration(_) => Vec::new(),
    }
}

fn broken(asset: Id<kind::Asset>, right: RightKind, sum: &Total) -> Finding {
    Finding::of(Cause::SharesNotWhole).id("asset", asset).code("right", right.code()).share("sum", sum)
}

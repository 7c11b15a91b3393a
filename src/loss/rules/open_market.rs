//! What leaves public hands by a deal, and how much that is: L08 and L17 go by one reckoning, the greatest of the figures known.

use std::collections::BTreeMap;

use super::{
    exact::{Exact, floored, in_books, invested, money, share, whole},
    ties::{gives_public, is_private, keeps},
};
use crate::{
    loss::{
        facts::{Consideration, LandUse, LotFacts, TransferFacts},
        worth,
    },
    register::{
        codes::{AssetClass, RightKind},
        parties::ties::Web,
    },
    values::{Id, id::kind},
};

/// The lots by which something leaves public hands, each with its number.
///
/// What passes between the state and collectives stays public, and what a village's own cooperative runs for it has not left it. Land
/// that people contract is theirs by the law on that (农村土地承包法), and nothing that is traded.
pub(super) fn leaving(deal: &TransferFacts) -> Vec<(usize, &LotFacts)> {
    let web = Web::of(&deal.ties);
    let mut own = BTreeMap::<(Id<kind::Party>, Id<kind::Party>), bool>::new();
    let public =
        deal.all_lots().enumerate().filter(|(_, it)| gives_public(&web, it) && is_private(&web, it.to));
    let leaves = |it: &LotFacts| {
        let contracted = deal.right == RightKind::Management
            && it.to.kind.is_personal()
            && LandUse::of(&it.asset.category).is_some();
        !contracted && !*own.entry((it.from.id, it.to.id)).or_insert_with(|| keeps(&web, it.from, it.to))
    };
    let mut leaves = leaves;
    public.filter(|(_, it)| leaves(it)).collect()
}

/// The money for some of the lots, in fen: what is paid for several together is paid for each by what it cost.
pub(super) fn paid_for(deal: &TransferFacts, lots: &[&LotFacts]) -> Exact {
    let Some(sum) = deal.consideration.money() else { return whole(0) };
    let weight = |it: &LotFacts| money(it.asset.original_value).max(whole(1)) * share(it.share);
    let all: Exact = deal.lots.iter().map(weight).sum();
    let part: Exact = lots.iter().map(|it| weight(it)).sum();
    // In a swap no money is agreed upon, so that all lots stand on one side of it.
    whole(sum) * part / all
}

/// What is missing of the books of some lots that move for good against money or nothing; none where nothing is, or where nobody can
/// tell: what comes back is worth what somebody would pay for a term of it.
pub(super) fn missing_for(deal: &TransferFacts, lots: &[&LotFacts]) -> Option<i64> {
    if !deal.is_for_good() || matches!(deal.consideration, Consideration::Swap { .. }) {
        return None;
    }
    let missing = in_books(lots.iter().copied()) - paid_for(deal, lots);
    (missing > whole(0)).then(|| floored(&missing))
}

/// How much some of the lots are about, in fen: of what moves for good the greater of the price and of what was invested; of what comes
/// back, the money.
fn amount(deal: &TransferFacts, lots: &[&LotFacts]) -> Exact {
    let paid = paid_for(deal, lots);
    if deal.is_for_good() { paid.max(invested(lots.iter().copied())) } else { paid }
}

/// The same against the value from which on a trade is asked for. An operating asset that is let counts for what of its books goes with
/// the term as well: the rules ask what an asset is worth, and by them a low rent makes a lease no small one.
pub(super) fn value(deal: &TransferFacts, lots: &[&LotFacts]) -> Exact {
    let amount = amount(deal, lots);
    if deal.is_for_good() {
        return amount;
    }
    let operating = lots.iter().copied().filter(|it| it.asset.class == AssetClass::Operating);
    amount.max(worth::let_for(in_books(operating), &deal.span()))
}

//! L05: a private party gets for nothing what belongs to the state or a collective, or a swap brings back too
//! little.
//!
//! Between the state and collectives an asset may pass for nothing: that is how what a project built is
//! handed over. Whoever is to keep an asset in repair needs no right in it for that, but a maintenance
//! assignment. What a village's own cooperative runs for it for a term has not left it either, with or without a rent.

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{Exact, floored, in_books, invested, money, rate, share, whole},
    lots::owned_by_public,
    ties::{gives_public, is_private, keeps},
};
use crate::{
    loss::facts::{
        AssetFacts, Claim, Consideration, Granting, LandUse, LotFacts, PartyFacts, RegistrationFacts,
        TransferFacts,
    },
    register::{
        codes::{AssetClass, PartyKind, RightKind},
        parties::ties::Web,
    },
    values::Fen,
};

pub(super) const L05: Rule = Rule {
    id: RuleId::L05,
    name: bilingual("无偿转让或者不等价置换", "Given away, or swapped for less"),
    basis: "《中华人民共和国农村集体经济组织法》第三十五条；国办函〔2021〕51号",
    severity: Severity::Block,
    parameters: &["swap_tolerance_bp"],
    checks: &[Check::Transfer(given_away), Check::Registration(registered_for_nothing)],
    causes: &[GIVEN_FOR_NOTHING, SWAP_UNEQUAL, REGISTERED_FOR_NOTHING, CORRECTED_TO_PRIVATE],
};

const GIVEN_FOR_NOTHING: Cause = Cause {
    code: "given_for_nothing",
    severity: None,
    sentence: bilingual(
        "{from_id}将资产{asset_id}的{right}（份额{given_share}）无偿给予非公有主体{to_id}",
        "{from_id} gives {to_id}, a private party, {given_share} of the {right} of asset {asset_id} for nothing",
    ),
    cure: bilingual(
        "请约定不低于评估价值的对价；只为管护的，请办理管护责任登记而不转移权利",
        "agree on a consideration that reaches the appraisal; whoever is only to keep it in repair gets a maintenance \
         assignment, and no right",
    ),
};

const SWAP_UNEQUAL: Cause = Cause {
    code: "swap_unequal",
    severity: None,
    sentence: bilingual(
        "置换换出价值{given_fen}，换入价值{returned_fen}，差额超过允许的{tolerance_bp}",
        "the swap gives {given_fen} for {returned_fen}, which is more than {tolerance_bp} less",
    ),
    cure: bilingual("请补足差额或者调整换入资产", "add what is missing, or swap for more"),
};

const REGISTERED_FOR_NOTHING: Cause = Cause {
    code: "registered_for_nothing",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}的{right}（份额{given_share}）拟登记给非公有主体{to_id}，没有期限，也没有对价",
        "{to_id}, a private party, would have {given_share} of the {right} of asset {asset_id} without an end and for nothing",
    ),
    cure: bilingual(
        "请补充租赁合同（`contract`）和期限（`term`），或者不予登记",
        "add the contract (`contract`) and its term (`term`), or leave it with the owners",
    ),
};

const CORRECTED_TO_PRIVATE: Cause = Cause {
    code: "corrected_to_private",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "更正后，国有或者集体的{right}将有{given_share}转为非公有主体{to_id}所有（资产{asset_id}）",
        "by the correction {given_share} of the {right} of asset {asset_id} would have been that of {to_id}, a private party, \
         and not of the state or a collective",
    ),
    cure: bilingual(
        "请核对当时的权属来源材料，由县级逐条说明",
        "look into the papers of that day; the county says why it agrees",
    ),
};

/// What others beside the owners would have without paying for it, and for ever. What they have for a term without a contract is a
/// matter of the county (L25).
fn registered_for_nothing(registration: &RegistrationFacts, _: &PolicyValues) -> Vec<Found> {
    let asset = &registration.asset;
    // What one private party would have in the place of another never was public.
    let from_public = |it: &&Granting| !registration.standing.is_empty() && it.in_place_of.is_none();
    let corrected = registration.grants.iter().filter(from_public).map(|it| {
        Found::of(CORRECTED_TO_PRIVATE)
            .at(it.claim_number)
            .id("to", it.claim.holder.id)
            .id("asset", asset.id)
            .code("right", it.claim.right.code())
            .share("given", it.claim.share)
            .at_risk(floored(&(money(asset.book_value) * share(it.claim.share))))
    });
    let corrected: Vec<_> = corrected.collect();
    if !owned_by_public(registration) {
        return corrected;
    }
    let web = Web::of(&registration.ties);
    let for_nothing = registration.grants.iter().filter(|it| {
        let claim = &it.claim;
        let owns = |of: &Claim| of.right == RightKind::Ownership && of.holder.id == claim.holder.id;
        claim.right != RightKind::Ownership
            && it.in_place_of.is_none()
            && it.term.is_none()
            && it.rent.is_none()
            && is_private(&web, claim.holder)
            && !is_alleviation(&claim.holder, claim.right, asset)
            && !registration.claims.iter().any(owns)
    });
    let found = for_nothing.map(|it| {
        Found::of(REGISTERED_FOR_NOTHING)
            .at(it.claim_number)
            .id("to", it.claim.holder.id)
            .id("asset", asset.id)
            .code("right", it.claim.right.code())
            .share("given", it.claim.share)
            .at_risk(floored(&(money(asset.book_value) * share(it.claim.share))))
    });
    found.chain(corrected).collect()
}

pub(super) fn given_away(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    match &deal.consideration {
        Consideration::Swap { lots, appraised, .. } => {
            unequal_swap(deal, lots, *appraised, policy).into_iter().collect()
        }
        paid if paid.is_nothing() => given_for_nothing(deal),
        _ => Vec::new(),
    }
}

fn given_for_nothing(deal: &TransferFacts) -> Vec<Found> {
    let web = Web::of(&deal.ties);
    let runs_it = |it: &LotFacts| {
        deal.right != RightKind::Ownership && deal.span().to().is_some() && keeps(&web, it.from, it.to)
    };
    let given_away = |it: &LotFacts| {
        gives_public(&web, it)
            && is_private(&web, it.to)
            && !runs_it(it)
            && !is_alleviation(&it.to, deal.right, &it.asset)
            && !is_land_for_people(it, deal.right)
    };
    let lots = deal.lots.iter().enumerate().filter(|(_, it)| given_away(it));
    let found = lots.map(|(index, lot)| {
        Found::of(GIVEN_FOR_NOTHING)
            .at(index)
            .id("from", lot.from.id)
            .id("to", lot.to.id)
            .id("asset", lot.asset.id)
            .code("right", deal.right.code())
            .share("given", lot.share)
            .at_risk(floored(&in_books(std::iter::once(lot))))
    });
    found.collect()
}

/// Whether a gift is what poverty alleviation is for: a household gets a right to its part of the income,
/// without owning anything (the income certificates of 仁寿县), or the cattle that were bought for it. L15
/// sees to it that the members' assembly decided on the former.
fn is_alleviation(to: &PartyFacts, right: RightKind, of: &AssetFacts) -> bool {
    to.kind == PartyKind::Household && (right == RightKind::Income || of.class == AssetClass::Household)
}

/// Whether land is contracted out to people of the village, who owe no fee for it since the agricultural tax was given up. L15 sees to
/// it that it was decided on.
fn is_land_for_people(lot: &LotFacts, right: RightKind) -> bool {
    right == RightKind::Management && lot.to.kind.is_personal() && LandUse::of(&lot.asset.category).is_some()
}

/// One side of a swap, in fen.
struct Side {
    appraised: Option<Exact>,
    in_books: Exact,
    invested: Exact,
    is_public: bool,
}

impl Side {
    fn of(web: &Web, lots: &[LotFacts], appraised: Option<Fen>) -> Self {
        Self {
            appraised: appraised.map(money),
            in_books: in_books(lots.iter()),
            invested: invested(lots.iter()),
            is_public: lots.iter().any(|it| gives_public(web, it)),
        }
    }

    /// What this side gives and what it gets back, if that is too little.
    ///
    /// Like is compared with like: appraisals if both sides have one, otherwise book values. If only this
    /// side was appraised, what comes back must reach the appraisal too, and counts for no more than was ever
    /// invested in it.
    fn gets_too_little(&self, back: &Self, least: &Exact) -> Option<(Exact, Exact)> {
        let pairs = match (&self.appraised, &back.appraised) {
            (Some(given), Some(returned)) => vec![(given, returned)],
            (Some(given), None) => vec![(&self.in_books, &back.in_books), (given, &back.invested)],
            (None, _) => vec![(&self.in_books, &back.in_books)],
        };
        let short = pairs.into_iter().find(|(given, returned)| **returned < *given * least)?;
        Some((short.0.clone(), short.1.clone()))
    }
}

fn unequal_swap(
    deal: &TransferFacts,
    lots: &[LotFacts],
    appraised: Option<Fen>,
    policy: &PolicyValues,
) -> Option<Found> {
    let web = Web::of(&deal.ties);
    let ours = Side::of(&web, &deal.lots, deal.appraisal.as_ref().map(|it| it.value));
    let theirs = Side::of(&web, lots, appraised);
    let least = whole(1) - rate(policy.swap_tolerance_bp);
    let short = [(&ours, &theirs), (&theirs, &ours)]
        .into_iter()
        .filter(|(giver, _)| giver.is_public)
        .find_map(|(giver, back)| giver.gets_too_little(back, &least));
    let (given, returned) = short?;
    Some(
        Found::of(SWAP_UNEQUAL)
            .fen("given", floored(&given))
            .fen("returned", floored(&returned))
            .bp("tolerance", policy.swap_tolerance_bp)
            .at_risk(floored(&(given - returned))),
    )
}

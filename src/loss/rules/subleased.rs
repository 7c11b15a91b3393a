//! L26: whoever rents what belongs to the state or a collective lets it on, and the owner has not agreed.
//!
//! The owner agrees by a decision of its own (`decisions`, with its `by_id`), or in writing. Where it knew of it for six months and said
//! nothing, it has agreed (民法典 art. 718): a paper that shows since when it knew is as good. Who takes the place of a lessee that is there
//! no more rents nothing anew, and what comes back to an owner is not let on.

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    ties::{acting, is_of_public},
};
use crate::{
    loss::facts::{LandUse, LotFacts, PartyFacts, TransferFacts},
    register::{
        codes::{RightKind, Sector},
        parties::ties::Web,
    },
};

pub(super) const L26: Rule = Rule {
    id: RuleId::L26,
    name: bilingual("未经同意转租", "Let on without the owner's consent"),
    basis: "《中华人民共和国民法典》第七百一十六条、第七百一十八条",
    severity: Severity::Escalate,
    parameters: &[],
    checks: &[Check::Transfer(let_on)],
    causes: &[SUBLEASE_WITHOUT_CONSENT],
};

const SUBLEASE_WITHOUT_CONSENT: Cause = Cause {
    code: "sublease_without_consent",
    severity: None,
    sentence: bilingual(
        "{from_id}将{owner_id}所有的资产{asset_id}转租给{to_id}，未附所有权人同意",
        "{from_id} lets asset {asset_id} of {owner_id} on to {to_id}, and the owner has not agreed",
    ),
    cure: bilingual(
        "请附其决议（`decisions`，以 `by_id` 注明）或者书面同意（`sublease_consent_id`）；所有权人知道转租后六个月内未提出异议的视为同意，请附证明其知情日期的材料",
        "attach its decision (`decisions`, with its `by_id`) or its consent (`sublease_consent_id`); an owner that knew of it for \
         six months and did not object has agreed: attach what shows since when it knew",
    ),
};

fn let_on(deal: &TransferFacts, _: &PolicyValues) -> Vec<Found> {
    if deal.right != RightKind::Management {
        return Vec::new();
    }
    let lots = deal.all_lots().enumerate();
    lots.filter_map(|(index, lot)| {
        let owner = unasked(deal, lot)?;
        let found = Found::of(SUBLEASE_WITHOUT_CONSENT).at(index).id("from", lot.from.id).id("to", lot.to.id);
        Some(found.id("asset", lot.asset.id).id("owner", owner.id))
    })
    .collect()
}

/// A public owner of what somebody else lets on that has not agreed to it.
fn unasked<'a>(deal: &TransferFacts, lot: &'a LotFacts) -> Option<&'a PartyFacts> {
    let owns = |party: &PartyFacts| lot.owners.iter().any(|it| it.id == party.id);
    let takes_its_place = lot.from.succeeded_by.is_some_and(|it| it.id == lot.to.id);
    // A household that lets on consents for itself: that is no word of the owner's.
    let in_writing =
        lot.sublease_consent.is_some() || lot.owner_consent.is_some() && !lot.from.kind.is_personal();
    // Whoever has land under contract lets it on as it likes, and has that filed (农村土地承包法 art. 36).
    let is_contractor = lot.from.kind.is_personal() && LandUse::of(&lot.asset.category).is_some();
    if is_contractor || owns(&lot.from) || owns(&lot.to) || takes_its_place || in_writing {
        return None;
    }
    let web = Web::of(&deal.ties);
    let public = lot.owners.iter().filter(|it| is_of_public(&web, **it));
    // One that does not say whose it is is the giver's, where a collective gives.
    let is_owners = lot.owners.len() == 1 && deal.all_lots().all(|it| it.from.sector() != Sector::Collective);
    let agreed = |owner: &PartyFacts| {
        let behind = acting(&web, *owner);
        deal.decisions.iter().any(|it| {
            let votes = it.decision.votes();
            let by_owner =
                it.by.is_some_and(|by| behind.iter().any(|of| of.id == by)) || it.by.is_none() && is_owners;
            by_owner && u64::from(votes.in_favour) * 2 > u64::from(votes.attended)
        })
    };
    public.into_iter().find(|it| !agreed(it))
}

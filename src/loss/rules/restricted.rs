//! L12: the asset is under a restriction on some day of the term. A seizure or a ban forbids the act; to
//! anything else the holder of the restriction may consent, and a receiver who is that holder does. The same
//! goes for an asset that comes to an end.
//!
//! Since 民法典 (art. 406) the owner of a mortgaged thing may transfer it, and tells the mortgagee in time; what was agreed otherwise
//! is recorded as a ban on transfer. Before it (物权法 art. 191) the mortgagee had to agree. To let a mortgaged thing nobody ever had to
//! ask, and whoever rents it later yields to the mortgage.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use num_traits::Signed as _;

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual, exact::lost, ties::is_of_public,
};
use crate::{
    loss::facts::{
        AlterationFacts, Claim, ContractFacts, GrantMade, Granting, LotFacts, RegistrationFacts,
        RestrictionFacts, TransferFacts,
    },
    register::{
        codes::{RestrictionKind, RightKind},
        parties::ties::Web,
    },
    values::{Id, Period, id::kind},
};

pub(super) const L12: Rule = Rule {
    id: RuleId::L12,
    name: bilingual("权利受到限制", "Asset under a restriction"),
    basis: "《中华人民共和国民法典》第四百零六条、第四百四十三条",
    severity: Severity::Block,
    parameters: &[],
    checks: &[
        Check::Transfer(moved_under),
        Check::Alteration(ended_under),
        Check::Contract(let_under),
        Check::Registration(corrected_under),
    ],
    causes: &[
        RESTRICTION_FORBIDS,
        CONSENT_OF_HOLDER_MISSING,
        CORRECTED_UNDER,
        LET_TO_ANOTHER_UNDER,
        MORTGAGEE_NOT_TOLD,
        BOUGHT_UNDER_MORTGAGE,
        MORTGAGEE_NOT_ASKED,
    ],
};

/// The legal basis of what is found by the law before 民法典.
pub(super) const BASES: &[(&str, &str)] =
    &[(MORTGAGEE_NOT_ASKED.code, "《中华人民共和国物权法》第一百九十一条（2021年1月1日前有效）")];

/// The first day on which 民法典 is in force.
const CIVIL_CODE: Option<NaiveDate> = NaiveDate::from_ymd_opt(2021, 1, 1);

const MORTGAGEE_NOT_TOLD: Cause = Cause {
    code: "mortgagee_not_told",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "资产{asset_id}已抵押给{holder_id}，转让的应当及时通知抵押权人",
        "asset {asset_id} is mortgaged to {holder_id}, who must be told of it in time",
    ),
    cure: bilingual(
        "请通知抵押权人，并以 `restriction_consents` 附通知或者同意文件",
        "tell them, and attach the notice or their consent (`restriction_consents`)",
    ),
};

const BOUGHT_UNDER_MORTGAGE: Cause = Cause {
    code: "bought_under_mortgage",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "资产{asset_id}已抵押给{holder_id}，国家、集体取得后将为他人债务担保",
        "asset {asset_id} is mortgaged to {holder_id}: whoever of the state or of a collective gets it secures somebody else's debt from then on",
    ),
    cure: bilingual(
        "请先由出让方清偿并解除抵押；否则由县级说明理由后核准",
        "have the giver pay the debt and the mortgage released first; otherwise the county says why it agrees",
    ),
};

const MORTGAGEE_NOT_ASKED: Cause = Cause {
    code: "mortgagee_not_asked",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "资产{asset_id}已抵押给{holder_id}，在{effective_on}转让当时须经抵押权人同意",
        "asset {asset_id} was mortgaged to {holder_id}, who by the law of {effective_on} had to agree",
    ),
    cure: bilingual(
        "请以 `restriction_consents` 附其同意文件",
        "attach their consent (`restriction_consents`)",
    ),
};

const RESTRICTION_FORBIDS: Cause = Cause {
    code: "restriction_forbids",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}处于{restriction}状态，不得转移",
        "asset {asset_id} is under a {restriction} and cannot be moved",
    ),
    cure: bilingual(
        "请待{restriction}解除并登记后再办理",
        "wait until the {restriction} is lifted, and have that recorded",
    ),
};

const CORRECTED_UNDER: Cause = Cause {
    code: "corrected_under_restriction",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "资产{asset_id}上有权利人{holder_id}的{restriction}，更正将改变其所有权人",
        "asset {asset_id} is under a {restriction} of {holder_id}, and would have another owner by the correction",
    ),
    cure: bilingual(
        "请先通知{holder_id}并取得其书面意见，或者解除并登记；由县级逐条说明",
        "ask {holder_id} first, or have it lifted and recorded; the county says why it agrees",
    ),
};

const LET_TO_ANOTHER_UNDER: Cause = Cause {
    code: "let_to_another_under_restriction",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "资产{asset_id}上有权利人{holder_id}的{restriction}，更正将改变承租方或者延长租期",
        "asset {asset_id} is under a {restriction} of {holder_id}, and would be let to another one, or for longer",
    ),
    cure: bilingual(
        "请先取得{holder_id}的书面意见，或者解除并登记；由县级逐条说明",
        "ask {holder_id} first, or have it lifted and recorded; the county says why it agrees",
    ),
};

const CONSENT_OF_HOLDER_MISSING: Cause = Cause {
    code: "consent_of_holder_missing",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "资产{asset_id}上有{restriction}，权利人{holder_id}未出具同意文件",
        "asset {asset_id} is under a {restriction}, and its holder {holder_id} has not consented",
    ),
    cure: bilingual(
        "请以 `restriction_consents` 附{holder_id}的同意文件，或者先解除并登记",
        "attach the consent of {holder_id} (`restriction_consents`), or have it lifted first",
    ),
};

fn moved_under(deal: &TransferFacts, _: &PolicyValues) -> Vec<Found> {
    let (span, web) = (deal.span(), Web::of(&deal.ties));
    // What somebody public gets from somebody private under a mortgage secures another's debt from then on.
    let buys = |it: &LotFacts| {
        deal.right == RightKind::Ownership && is_of_public(&web, it.to) && !is_of_public(&web, it.from)
    };
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for (index, lot) in deal.all_lots().enumerate() {
        for it in lot.restrictions.iter().filter(|it| it.period.overlaps(&span)) {
            let Some(cause) =
                in_the_way(it).filter(|cause| *cause == RESTRICTION_FORBIDS || it.holder != lot.to.id)
            else {
                continue;
            };
            let of_mortgage = it.kind == RestrictionKind::Mortgage;
            let asked_then = deal.right == RightKind::Ownership
                && CIVIL_CODE.is_some_and(|since| deal.effective_on < since);
            if seen.insert((lot.asset.id, it.kind, it.holder)) {
                let found = match cause {
                    _ if of_mortgage && asked_then => {
                        Found::of(MORTGAGEE_NOT_ASKED).on("effective", deal.effective_on)
                    }
                    _ if of_mortgage && buys(lot) => Found::of(BOUGHT_UNDER_MORTGAGE),
                    _ if of_mortgage => Found::of(MORTGAGEE_NOT_TOLD),
                    cause => Found::of(cause),
                };
                let found = found.at(index).id("asset", lot.asset.id).id("holder", it.holder);
                all.push(found.code("restriction", it.kind.code()));
            }
        }
    }
    all
}

/// Whoever ends a thing takes it from the mortgagee, who agrees to that.
fn ended_under(alteration: &AlterationFacts, _: &PolicyValues) -> Vec<Found> {
    lying_on(&alteration.restrictions, in_the_way)
}

/// A correction says who owned a thing all along: whoever has a seizure or a mortgage on it agrees that it was not whose it was taken
/// from.
fn corrected_under(registration: &RegistrationFacts, _: &PolicyValues) -> Vec<Found> {
    let loses = |it: &Claim| it.right == RightKind::Ownership && lost(registration, it).is_positive();
    let mut let_anew = registration.grants.iter().filter(|it| is_let_anew(it)).peekable();
    if let_anew.peek().is_some() {
        let mut all = Vec::new();
        for found in let_anew.flat_map(|it| let_anew_under(registration, it)) {
            // What lies on it lies on it once, whoever would rent.
            if !all.contains(&found) {
                all.push(found);
            }
        }
        return all;
    }
    if !registration.standing.iter().any(loses) {
        return Vec::new();
    }
    let met = registration.restrictions.iter().filter(|it| it.consent.is_none());
    let found = met.map(|it| {
        let found = Found::of(CORRECTED_UNDER).id("asset", registration.asset.id).id("holder", it.holder);
        found.code("restriction", it.kind.code())
    });
    found.collect()
}

/// Whether somebody is said to run it in the place of another, or for longer: from today on that is let to it.
fn is_let_anew(it: &Granting) -> bool {
    it.claim.right != RightKind::Ownership && (it.in_place_of.is_some() || it.made == GrantMade::Lengthened)
}

/// What a lease of today to the same would meet. Nobody asks a mortgagee for one.
fn let_anew_under(registration: &RegistrationFacts, grant: &Granting) -> Vec<Found> {
    let from = registration.entered.on;
    let days = match grant.term.and_then(|it| it.to()) {
        None => Period::since(from),
        Some(to) => match Period::new(from, Some(to)) {
            Ok(days) => days,
            Err(_) => return Vec::new(),
        },
    };
    let met: Vec<_> =
        registration.restrictions.iter().filter(|it| it.period.overlaps(&days)).cloned().collect();
    let met: Vec<_> = met.into_iter().map(|it| (registration.asset.id, it)).collect();
    let holder = grant.claim.holder.id;
    lying_on(&met, |it| match in_the_way(it) {
        Some(cause) if cause == RESTRICTION_FORBIDS => Some(RESTRICTION_FORBIDS),
        Some(_) if it.kind != RestrictionKind::Mortgage && it.holder != holder => Some(LET_TO_ANOTHER_UNDER),
        _ => None,
    })
}

/// Nobody asks a mortgagee for a lease, who is told of it.
fn let_under(contract: &ContractFacts, _: &PolicyValues) -> Vec<Found> {
    lying_on(&contract.restrictions, |it| match in_the_way(it) {
        Some(_) if it.kind == RestrictionKind::Mortgage => Some(MORTGAGEE_NOT_TOLD),
        cause => cause,
    })
}

fn lying_on(
    restrictions: &[(Id<kind::Asset>, RestrictionFacts)],
    cause_of: impl Fn(&RestrictionFacts) -> Option<Cause>,
) -> Vec<Found> {
    let found = restrictions.iter().filter_map(|(asset, it)| {
        let found = Found::of(cause_of(it)?).id("asset", *asset).id("holder", it.holder);
        Some(found.code("restriction", it.kind.code()))
    });
    found.collect()
}

/// Why a restriction stands in the way of an act; none if its holder has consented.
const fn in_the_way(it: &RestrictionFacts) -> Option<Cause> {
    match it.kind {
        RestrictionKind::Seizure | RestrictionKind::TransferBan => Some(RESTRICTION_FORBIDS),
        RestrictionKind::Mortgage | RestrictionKind::Pledge | RestrictionKind::Dispute => {
            if it.consent.is_some() { None } else { Some(CONSENT_OF_HOLDER_MISSING) }
        }
    }
}

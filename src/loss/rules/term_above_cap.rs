//! L18: a lease runs longer than the cap (民法典 art. 705: twenty years), or has no end.
//!
//! Land under contract has terms of its own (art. 332): thirty years of arable land, and of land that does not say which; fifty of
//! grassland, seventy of forest land. What is let together runs no longer than the first of it may. A renewal counts anew from the day
//! on which it is agreed (续订之日), so earlier terms do not add up, and nobody renews years ahead. A contract on record that is corrected to run longer is judged like one that is
//! agreed now; how long it ran by what was on record is not asked again.

use chrono::NaiveDate;

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::years_after,
    ties::{gives_public, is_of_public, is_private},
};
use crate::{
    loss::facts::{
        AlterationFacts, CONTRACTED_LAND, Claim, ContractFacts, LandUse, LeaseTerms, RegistrationFacts,
        TransferFacts,
    },
    register::{codes::RightKind, parties::ties::Web},
    values::{Id, Period, id::kind},
};

pub(super) const L18: Rule = Rule {
    id: RuleId::L18,
    name: bilingual("期限超过法定上限", "Term above the cap"),
    basis: "《中华人民共和国民法典》第七百零五条、第三百三十二条",
    severity: Severity::Block,
    parameters: &[
        "lease_term_cap_years",
        "arable_land_term_cap_years",
        "grassland_term_cap_years",
        "forest_land_term_cap_years",
    ],
    checks: &[
        Check::Transfer(too_long),
        Check::Alteration(lengthened),
        Check::Contract(agreed),
        Check::Registration(standing),
    ],
    causes: &[TERM_ABOVE_CAP, TERM_WITHOUT_END, LAND_TERM_ABOVE_CAP],
};

/// The legal basis of what is found of land alone.
pub(super) const BASES: &[(&str, &str)] = &[(
    LAND_TERM_ABOVE_CAP.code,
    "《中华人民共和国民法典》第三百三十二条；《中华人民共和国农村土地承包法》第二十一条",
)];

const TERM_ABOVE_CAP: Cause = Cause {
    code: "term_above_cap",
    severity: None,
    sentence: bilingual(
        "期限至{until_on}，自{counted_from_on}起算超过{cap_years}",
        "the term runs until {until_on}, which is more than {cap_years} from {counted_from_on}",
    ),
    cure: bilingual(
        "请将期限改为最迟至{latest_on}，到期后可以续租；所涉为承包地的，先更正资产类型（如 `arable_land`、`forest_land`、`grassland`）",
        "let it end on {latest_on} at the latest, it may be renewed then; where it is land under contract, have its category put right \
         first (such as `arable_land`, `forest_land`, `grassland`)",
    ),
};

const LAND_TERM_ABOVE_CAP: Cause = Cause {
    code: "land_term_above_cap",
    severity: None,
    sentence: bilingual(
        "{category}的承包期至{until_on}，自{counted_from_on}起算超过{cap_years}",
        "the contract of {category} runs until {until_on}, which is more than {cap_years} from {counted_from_on}",
    ),
    cure: bilingual("请将承包期改为最迟至{latest_on}", "let it end on {latest_on} at the latest"),
};

const TERM_WITHOUT_END: Cause = Cause {
    code: "term_without_end",
    severity: None,
    sentence: bilingual(
        "{from_id}将资产{asset_id}的经营权交给非公有主体{to_id}，未约定期限",
        "{from_id} grants {to_id}, a private party, the management of asset {asset_id} without an end",
    ),
    cure: bilingual("请约定期限（`term`）", "agree on a term (`term`)"),
};

fn too_long(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    if deal.right != RightKind::Management {
        return Vec::new();
    }
    match deal.term.filter(|it| it.to().is_some()) {
        None => without_end(deal),
        Some(term) => {
            let categories = deal.all_lots().map(|it| it.asset.category.as_str());
            above_cap_from(counted_from(deal, &term), &term, categories, policy).into_iter().collect()
        }
    }
}

/// How long before its end a lease is renewed in the ordinary course, in days: by what is agreed within it the term counts from its first
/// day.
const RENEWED_WITHIN_DAYS: i64 = 365;

/// The day from which a term counts: its first, or that of entry of a lease that is renewed years ahead of its end, since a renewal
/// counts from the day on which it is agreed. What is entered late was agreed when its term began, for all that is known.
fn counted_from(deal: &TransferFacts, term: &Period) -> NaiveDate {
    // A gap between the two makes no other lease of it.
    let follows = |it: &Period| {
        it.to().is_some_and(|end| term.from().signed_duration_since(end).num_days() <= RENEWED_WITHIN_DAYS)
    };
    let is_renewal = deal.all_lots().any(|it| it.earlier_terms.iter().any(follows));
    let is_ahead =
        is_renewal && !deal.entered.of_its_day && deal.entered.days_after(term.from()) < -RENEWED_WITHIN_DAYS;
    if is_ahead { deal.entered.on.min(term.from()) } else { term.from() }
}

/// A contract on record that would run on days on which it did not.
fn lengthened(alteration: &AlterationFacts, policy: &PolicyValues) -> Vec<Found> {
    let lengthened = alteration.eased.as_ref().filter(|it| it.lengthened);
    // Nobody says of such a contract who stands behind the lessee: it is taken for what it is.
    let terms = |it: &LeaseTerms| of_terms(it, alteration.is_public(it.lessor), &Web::default(), policy);
    lengthened.map(terms).unwrap_or_default()
}

fn agreed(contract: &ContractFacts, policy: &PolicyValues) -> Vec<Found> {
    let web = Web::of(&contract.ties);
    of_terms(&contract.terms, is_of_public(&web, contract.terms.lessor), &web, policy)
}

/// The leases that stand when an asset is registered: beyond the cap they are void, and nothing of that is put on record.
fn standing(registration: &RegistrationFacts, policy: &PolicyValues) -> Vec<Found> {
    let let_by_lease = registration.grants.iter().filter(|it| it.claim.right == RightKind::Management);
    let category = || std::iter::once(registration.asset.category.as_str());
    let web = Web::of(&registration.ties);
    let owns = |it: &&Claim| it.right == RightKind::Ownership && is_of_public(&web, it.holder);
    let owner = registration.claims.iter().find(owns);
    let found = let_by_lease.filter_map(|it| {
        // What is had for nothing and for ever is L05's; for a rent it is a lease, and ends.
        let until = match it.term {
            Some(term) => term.to(),
            None if it.rent.is_some() => None,
            None => return None,
        };
        let found = match (until, owner) {
            (None, Some(owner)) if is_private(&web, it.claim.holder) => Found::of(TERM_WITHOUT_END)
                .id("from", owner.holder.id)
                .id("to", it.claim.holder.id)
                .id("asset", registration.asset.id),
            _ => above_cap(&it.term?, category(), policy)?,
        };
        Some(found.at(it.claim_number))
    });
    found.collect()
}

fn of_terms(it: &LeaseTerms, of_public: bool, web: &Web, policy: &PolicyValues) -> Vec<Found> {
    if it.term.to().is_some() {
        return above_cap(&it.term, it.lets.iter().map(|it| it.category.as_str()), policy)
            .into_iter()
            .collect();
    }
    if !of_public || !is_private(web, it.lessee) {
        return Vec::new();
    }
    let without_end = |of: Id<kind::Asset>| {
        Found::of(TERM_WITHOUT_END).id("from", it.lessor.id).id("to", it.lessee.id).id("asset", of)
    };
    it.lets.iter().map(|it| without_end(it.asset)).collect()
}

/// How long an asset of a category may be let, in years, and what is found beyond that.
pub(super) fn cap_of(category: &str, policy: &PolicyValues) -> (i64, Option<LandUse>) {
    let land = LandUse::of(category);
    let years = match land {
        None => policy.lease_term_cap_years,
        Some(LandUse::Arable) => policy.arable_land_term_cap_years,
        Some(LandUse::Grassland) => policy.grassland_term_cap_years,
        Some(LandUse::Forest) => policy.forest_land_term_cap_years,
    };
    (years, land)
}

/// The code by which a use of land is written.
const fn code_of(land: LandUse) -> &'static str {
    match land {
        LandUse::Arable => CONTRACTED_LAND,
        LandUse::Grassland => "grassland",
        LandUse::Forest => "forest_land",
    }
}

/// That a term with an end runs longer than assets of some categories may be let.
fn above_cap<'a>(
    term: &Period,
    categories: impl Iterator<Item = &'a str>,
    policy: &PolicyValues,
) -> Option<Found> {
    above_cap_from(term.from(), term, categories, policy)
}

fn above_cap_from<'a>(
    from: NaiveDate,
    term: &Period,
    categories: impl Iterator<Item = &'a str>,
    policy: &PolicyValues,
) -> Option<Found> {
    let until = term.to()?;
    let (cap, land) = categories.map(|it| cap_of(it, policy)).min()?;
    let latest = u32::try_from(cap).ok().and_then(|it| years_after(from, it));
    latest.filter(|latest| until > *latest).map(|latest| {
        let found = match land {
            None => Found::of(TERM_ABOVE_CAP),
            Some(land) => Found::of(LAND_TERM_ABOVE_CAP).code("category", code_of(land)),
        };
        found.on("until", until).on("counted_from", from).years("cap", cap).on("latest", latest)
    })
}

fn without_end(deal: &TransferFacts) -> Vec<Found> {
    let (lots, web) = (deal.all_lots().enumerate(), Web::of(&deal.ties));
    lots.filter(|(_, it)| gives_public(&web, it) && is_private(&web, it.to))
        .map(|(index, it)| {
            Found::of(TERM_WITHOUT_END)
                .at(index)
                .id("from", it.from.id)
                .id("to", it.to.id)
                .id("asset", it.asset.id)
        })
        .collect()
}

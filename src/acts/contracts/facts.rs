//! The facts of a contract: under which right it lets what it lets, and what else lets the same.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    acts::{
        ActError, contracts::asked::ContractPapers, encumbrances::restricting, named::Known,
        papers::elsewhere,
    },
    loss::facts::{ContractFacts, Entered, LeaseTerms, LetFacts, LettingFacts, Payment, Registered},
    money::contracts::{self, NewContract, Occupying},
    register::{
        assets,
        codes::RightKind,
        parties, restrictions,
        rights::{
            self, Right,
            model::{self, hands},
        },
    },
    storage::{Read, StorageError},
    values::{Id, Period, Scope, Share, id::kind, share},
};

/// Loads the facts of a contract. `recorded` is its own record, which lets nothing a second time.
pub(super) fn load(
    unit: &mut Read<'_>,
    known: Known,
    agreed: &NewContract,
    recorded: Option<Id<kind::Contract>>,
    (papers, entered, depth): (&ContractPapers, Entered, i64),
) -> Result<ContractFacts, ActError> {
    let of = &agreed.asset_ids;
    let assets = assets::facts(unit, &Scope::WHOLE, of)?;
    let rights = rights::by_asset(rights::standing(unit, of)?);
    let mut others = contracts::occupying(unit, of, &agreed.term)?;
    others.retain(|it| Some(it.id) != recorded);
    let today = unit.today();
    let restrictions = restrictions::met(unit, of, &agreed.term, today)?
        .iter()
        .filter(|(_, days)| days.contains(agreed.term.from()))
        .map(|it| (it.0.asset_id, restricting(it, None)))
        .collect();
    let lettings: Vec<LettingFacts> = of
        .iter()
        .map(|id| letting(*id, rights.get(id).map(Vec::as_slice).unwrap_or_default(), &others, agreed))
        .collect();
    let lets = lettings.iter().map(|letting| let_facts(letting, &assets)).collect::<Result<_, _>>()?;
    let papers_elsewhere =
        elsewhere(unit, &papers.documents, papers.decided(), &[agreed.lessor_id], recorded)?;
    Ok(ContractFacts {
        terms: LeaseTerms {
            lessor: known.party(agreed.lessor_id)?,
            lessee: known.party(agreed.lessee_id)?,
            lets,
            rent: Payment::all(&agreed.dues),
            term: agreed.term,
            lengthened: true,
            appraised: None,
        },
        lets: lettings,
        ties: parties::ties_around(
            unit,
            &[agreed.lessor_id, agreed.lessee_id],
            &days_of(entered, agreed),
            depth,
        )?,
        restrictions,
        decisions: known.decisions,
        owner_consent: papers.owner_consent_id,
        entered,
        papers_elsewhere,
    })
}

/// The days on which whoever is related counts: that on which it was agreed; and that of entry, unless it is judged as of its own.
fn days_of(entered: Entered, agreed: &NewContract) -> Vec<NaiveDate> {
    let agreed_on = agreed.term.from();
    if entered.of_its_day || agreed_on == entered.on { vec![agreed_on] } else { vec![agreed_on, entered.on] }
}

/// How much of an asset is let: what was granted, or else all that whoever lets has of it, or else all of it.
fn let_facts(
    letting: &LettingFacts,
    assets: &BTreeMap<Id<kind::Asset>, assets::AssetFacts>,
) -> Result<LetFacts, StorageError> {
    let asset = assets
        .get(&letting.asset)
        .ok_or_else(|| StorageError::Corrupt(format!("asset {} is missing", letting.asset)))?;
    let share = [&letting.granted, &letting.left].into_iter().find(|it| !it.is_zero());
    Ok(LetFacts {
        asset: asset.id,
        category: asset.category.to_string(),
        cost: asset.write_off.original_value,
        share: share.and_then(|it| Share::from_ratio(it.to_ratio()).ok()).unwrap_or(Share::WHOLE),
    })
}

/// Under which right a contract lets an asset.
fn letting(
    asset: Id<kind::Asset>,
    rights: &[Right],
    others: &[Occupying],
    agreed: &NewContract,
) -> LettingFacts {
    let nothing = share::sum([]);
    let term = agreed.term;
    let first = model::owned_days(rights).iter().map(Period::from).min();
    let days = first.and_then(|first| Period::new(term.from().max(first), term.to()).ok());
    let registered = match (first, days) {
        (None, _) => Registered::Never,
        (Some(_), None) => Registered::Later,
        (Some(_), Some(_)) => Registered::Within,
    };
    let (granted, left) = match &days {
        None => (nothing.clone(), nothing),
        Some(days) => (
            model::least_held(
                &granted_by(rights, agreed, days),
                RightKind::Management,
                agreed.lessee_id,
                days,
            ),
            model::least_held(rights, RightKind::Management, agreed.lessor_id, days),
        ),
    };
    let about_it = || others.iter().filter(move |it| it.asset_ids.contains(&asset));
    let rented =
        about_it().any(|it| it.lessee_id == agreed.lessor_id && it.days.intersection(&term) == Some(term));
    let lets_another_share =
        |it: &Occupying| it.of_case && it.lessee_id != agreed.lessee_id && !granted.is_zero();
    let twice = about_it().filter(|it| it.lessor_id == agreed.lessor_id && !lets_another_share(it));
    LettingFacts { asset, registered, rented, others: twice.map(|it| it.id).collect(), granted, left }
}

/// The management that came to whoever rents from whoever lets, as if whoever rents still held what was let on. What was granted
/// when an asset was registered came from its owners.
fn granted_by(rights: &[Right], agreed: &NewContract, days: &Period) -> Vec<Right> {
    let (lessor, lessee) = (agreed.lessor_id, agreed.lessee_id);
    let owns = |it: &Right| {
        it.kind == RightKind::Ownership && it.holder_id == lessor && it.period.contains(days.from())
    };
    let lessor_owns = rights.iter().any(owns);
    let came = |it: &&Right| {
        it.kind == RightKind::Management
            && hands(it).contains(&lessee)
            && (it.grantor_id == Some(lessor)
                || it.through.contains(&lessor)
                || (it.grantor_id.is_none() && lessor_owns))
    };
    rights.iter().filter(came).map(|it| Right { holder_id: lessee, ..it.clone() }).collect()
}

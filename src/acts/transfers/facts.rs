//! The facts of a transfer: everything that the rules look at, in a few set-based queries.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use num_rational::BigRational;
use num_traits::Zero as _;

use crate::{
    acts::{
        Act as _, ActError, ActRefused,
        act::kept,
        encumbrances::restricting,
        giving_back::GivenBack,
        named::{Known, Named, own_organisations},
        papers,
        rivals::Rivals,
        transfers::{
            asked::{AppraisalRequest, ConsiderationRequest, DueRequest, LotRequest, TransferRequest},
            before,
            dealings::{Dealings, distinct},
            nearby,
        },
    },
    cases::{self, policies::values::PolicyValues},
    loss::facts::{
        AppraisalFacts, Consideration, Entered, Held, LotFacts, Payment, Rival, RivalAct, TradeFacts,
        TransferFacts,
    },
    money::contracts::{self, Occupying, endings::Left, faults_of_due_days, faults_of_schedule},
    register::{
        codes::{DealWay, RightKind},
        parties::{self, ties::Web},
        restrictions,
        rights::{self, Move, Right, RightsError, model},
    },
    storage::{Read, StorageError},
    values::{
        Fault, Id, Period, Reason, Share,
        id::kind,
        period::{self, past_day},
    },
};

/// What a transfer names, and what of it cannot be.
pub(super) fn named(asked: &TransferRequest, today: NaiveDate) -> Named {
    let mut named = Named::default();
    let mut lots = |lots: &[LotRequest], at: &str| {
        for (index, lot) in lots.iter().enumerate() {
            named.assets.push((format!("{at}/{index}/asset_id"), lot.asset_id));
            named.givers.push((format!("{at}/{index}/from_id"), lot.from_id, lot.to_id));
            named.parties.push((format!("{at}/{index}/to_id"), lot.to_id));
            if lot.from_id == lot.to_id {
                let other = format!("{at}/{index}/from_id");
                named.faults.push(Fault::at(format!("{at}/{index}/to_id"), Reason::Contradicts { other }));
            }
        }
    };
    lots(&asked.lots, "/lots");
    if let ConsiderationRequest::Swap { lots: back, .. } = &asked.consideration {
        lots(back, "/consideration/lots");
    }
    if let ConsiderationRequest::Rent { schedule } = &asked.consideration {
        let dues: Vec<_> = schedule.iter().map(|it| (it.due_on, it.amount_fen)).collect();
        named.faults.extend(faults_of_schedule(&dues, "/consideration/schedule"));
        // What is rented for one rent is rented by one: each of several owes its own, by a case of its own.
        if let Some(first) = asked.lots.first().map(|it| it.to_id) {
            let others = asked.lots.iter().enumerate().filter(|(_, it)| it.to_id != first);
            named.faults.extend(others.map(|(index, _)| {
                let other = "/lots/0/to_id".to_owned();
                Fault::at(format!("/lots/{index}/to_id"), Reason::Contradicts { other })
            }));
        }
    }
    if asked.right == RightKind::Ownership && asked.term.is_some() {
        let because = "ownership moves for good".to_owned();
        named.faults.push(Fault::at("/term", Reason::NotApplicable { because }));
    }
    named.faults.extend(faults_of_way(asked));
    if let Some(exchange) = &asked.exchange {
        named.past("/exchange/traded_on", exchange.traded_on, today);
        named.documents.extend(exchange.document_id.map(|id| ("/exchange/document_id".to_owned(), id)));
    }
    named.until = asked.term.as_ref().and_then(|it| it.to);
    if let Some(id) = asked.pay_to_id {
        named.parties.push(("/pay_to_id".to_owned(), id));
    }
    for (at, appraisal) in asked.appraisals() {
        named.witnesses.push((format!("{at}/appraiser_id"), appraisal.appraiser_id));
        named.documents.extend(appraisal.document_id.map(|id| (format!("{at}/document_id"), id)));
    }
    if let ConsiderationRequest::Swap { appraised_fen: Some(value), appraisal: Some(appraisal), .. } =
        &asked.consideration
        && *value != appraisal.value_fen
    {
        let other = "/consideration/appraisal/value_fen".to_owned();
        named.faults.push(Fault::at("/consideration/appraised_fen", Reason::Contradicts { other }));
    }
    named.documents.extend(asked.sublease_consent_id.map(|id| ("/sublease_consent_id".to_owned(), id)));
    if let Some(id) = asked.auctioneer_id {
        named.witnesses.push(("/auctioneer_id".to_owned(), id));
    }
    named.decisions(asked.decided(), today);
    named.decides_of_assets = true;
    named.papers(&asked.documents, asked.owner_consent_id);
    named.restriction_consents(&asked.restriction_consents);
    named
}

/// What does not fit the way in which ownership is given, and a day on which nothing can fall due.
fn faults_of_way(asked: &TransferRequest) -> Vec<Fault> {
    let mut faults = Vec::new();
    let given = &asked.consideration;
    let is_price = matches!(given, ConsiderationRequest::Price { .. });
    // A rent is for a term: what is sold is paid for by a price, which falls due and is looked for.
    if asked.right == RightKind::Ownership && matches!(given, ConsiderationRequest::Rent { .. }) {
        faults.push(Fault::at("/consideration/kind", Reason::Contradicts { other: "/right".to_owned() }));
    }
    if let Some(way) = asked.way {
        let fits = match way {
            DealWay::Sale | DealWay::Auction => is_price,
            DealWay::Swap => matches!(given, ConsiderationRequest::Swap { .. }),
            DealWay::Donation => match given {
                ConsiderationRequest::None {} => true,
                ConsiderationRequest::Price { amount_fen } => amount_fen.is_zero(),
                _ => false,
            },
        };
        if asked.right != RightKind::Ownership {
            let because = format!("right is {}", asked.right);
            faults.push(Fault::at("/way", Reason::NotApplicable { because }));
        } else if !fits {
            let other = "/consideration/kind".to_owned();
            faults.push(Fault::at("/way", Reason::Contradicts { other }));
        }
        if way == DealWay::Auction && asked.auctioneer_id.is_none() && asked.exchange.is_none() {
            let other = "/way = auction".to_owned();
            faults.push(Fault::at("/auctioneer_id", Reason::RequiredWith { other }));
        }
    }
    if let Some(due_on) = asked.proceeds_due_on {
        let is_for_good = match asked.right {
            RightKind::Ownership => true,
            RightKind::Income => asked.term.is_none_or(|it| it.to.is_none()),
            RightKind::Management => false,
        };
        if is_price && is_for_good {
            let last = period::years_after(asked.effective_on, DUE_WITHIN_YEARS);
            let wrong = period::calendar_day(due_on).err().or_else(|| period::beyond(due_on, last));
            faults.extend(wrong.map(|it| Fault::at("/proceeds_due_on", it)));
        } else {
            let because = "no price is paid for what moves for good".to_owned();
            faults.push(Fault::at("/proceeds_due_on", Reason::NotApplicable { because }));
        }
    }
    faults
}

/// How many years after its day at most the price of a deal falls due.
const DUE_WITHIN_YEARS: u32 = 5;

/// Whether a price of what moves for good falls due to the state or a collective.
pub(super) fn falls_due(facts: &TransferFacts) -> bool {
    let Consideration::Price(amount) = facts.consideration else { return false };
    !amount.is_zero() && facts.is_for_good() && facts.gives_public()
}

/// The day on which such a price falls due: the one that was agreed on, and by the policy where none was.
pub(super) fn due_on(asked: &TransferRequest, policy: &PolicyValues) -> Option<NaiveDate> {
    let days = Days::new(u64::try_from(policy.proceeds_due_days).unwrap_or_default());
    asked.proceeds_due_on.or_else(|| asked.effective_on.checked_add_days(days))
}

/// What is wrong with the days that appraisals speak of: each is of a day that has come, on which all that it speaks of was there.
fn faults_of_appraisals(asked: &TransferRequest, known: &Known, today: NaiveDate) -> Vec<Fault> {
    let since = |lots: &[LotRequest]| {
        lots.iter().filter_map(|it| known.assets.get(&it.asset_id)).map(|it| it.write_off.acquired_on).max()
    };
    let wrong = asked.appraisals().filter_map(|(at, appraisal)| {
        let lots = match &asked.consideration {
            ConsiderationRequest::Swap { lots, .. } if at != "/appraisal" => lots,
            _ => &asked.lots,
        };
        let wrong = match past_day(appraisal.appraised_on, today) {
            Err(reason) => Some(reason),
            Ok(on) => since(lots).and_then(|since| period::before(on, since)),
        };
        wrong.map(|reason| Fault::at(format!("{at}/appraised_on"), reason))
    });
    wrong.collect()
}

/// What is wrong with the days of a transfer, by what it moves: it works within a few years, the appraisal is of a day on which
/// all that is given was there, and what is paid falls due while it is let. Where the days themselves are wrong, only what does
/// not hang on them is told here.
pub(super) fn faults_of_days(
    asked: &TransferRequest,
    known: &Known,
    days: Option<&Period>,
    today: NaiveDate,
) -> Vec<Fault> {
    let mut faults = faults_of_appraisals(asked, known, today);
    faults.extend(period::too_far_ahead(asked.effective_on, today).map(|it| Fault::at("/effective_on", it)));
    let given = asked.lots.iter().filter_map(|it| known.assets.get(&it.asset_id));
    if let ConsiderationRequest::Rent { schedule } = &asked.consideration
        && let Some(since) = given.map(|it| it.write_off.acquired_on).max()
    {
        let dues: Vec<_> = schedule.iter().map(|it| (it.due_on, it.amount_fen)).collect();
        faults.extend(faults_of_due_days(&dues, since, days, "/consideration/schedule"));
    }
    faults
}

/// A right, and the asset in which it is.
type OfAsset = (Id<kind::Asset>, Right);

/// Refuses a transfer by which a lessee, or whoever stands between, would be left with less of what it was let: that ends a lease,
/// in part or for a while, and is decided on as the end of one. And a rent for what comes back to its owner.
fn gives_nothing_back(
    unit: &mut Read<'_>,
    asked: &TransferRequest,
    (standing, after): (&[OfAsset], &[OfAsset]),
) -> Result<(), ActError> {
    if asked.right != RightKind::Management {
        return Ok(());
    }
    let on = asked.effective_on;
    let assets: BTreeSet<_> = asked.all_lots().map(|it| it.asset_id).collect();
    let of_asset = |asset| after.iter().filter(|(id, _)| *id == asset).map(|(_, it)| it.clone()).collect();
    let left: Vec<Left> = assets.into_iter().map(|asset| (asset, Some(of_asset(asset)))).collect();
    let givers = asked.all_lots().map(|it| it.from_id).collect();
    let given_back = GivenBack::of(unit, standing, &left, &givers, on)?;
    let is_for_rent = matches!(asked.consideration, ConsiderationRequest::Rent { .. });
    let holds = |it: &LotRequest| {
        let gets = |(asset, right): &(Id<kind::Asset>, Right)| {
            *asset == it.asset_id
                && right.kind == RightKind::Management
                && right.holder_id == it.to_id
                && right.period.contains(on)
        };
        after.iter().any(gets)
    };
    if given_back.is_nothing() && (!is_for_rent || after == standing || asked.lots.iter().all(holds)) {
        return Ok(());
    }
    let GivenBack { contracts, passed_over } = given_back;
    Err(ActRefused::GivesBack { contracts, passed_over: passed_over.into_iter().collect() }.into())
}

/// How far around a transfer is looked, by the policy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    /// Over how many steps parties count as related.
    pub(super) depth: i64,
    /// Within how many days other deals count.
    pub(super) window_days: i64,
}

/// Loads the facts of a transfer that moves a right for some days: when it was entered, its own case, which is no rival of itself,
/// and how far around it is looked.
pub(super) fn load(
    unit: &mut Read<'_>,
    known: &Known,
    asked: &TransferRequest,
    days: &Period,
    (entered, case, reach): (Entered, Option<Id<kind::Case>>, Reach),
) -> Result<TransferFacts, ActError> {
    let on = days.from();
    let ids: Vec<_> = known.assets.keys().copied().collect();
    let standing = rights::standing(unit, &ids)?;
    let after = rights_after(&standing, asked, days)?;
    gives_nothing_back(unit, asked, (&standing, &after))?;
    let rivals = Rivals::find(unit, &ids, asked.right, case, on)?;
    let restrictions = restrictions::met(unit, &ids, days, unit.today())?;
    let occupying = match asked.right {
        RightKind::Management => contracts::occupying(unit, &ids, days)?,
        RightKind::Ownership | RightKind::Income => Vec::new(),
    };
    // What is owed today; of what was agreed long ago and is entered now, what was owed then.
    let today = unit.today();
    let owed_on = if entered.of_its_day { on.min(today) } else { today };
    // Nobody leaves an office for the day of the deal, or takes one up after it is drafted: what is so on any of these days, or was
    // when the village decided, counts. What is judged as of its own day is judged by who was who on that day.
    let decided_on = known.decisions.iter().map(|it| it.decision.decided_on());
    let tied_on = match entered.of_its_day {
        true => vec![on],
        false => distinct(decided_on.chain([on, entered.on, today])),
    };
    let owning = standing.iter().filter(|(_, it)| it.kind == RightKind::Ownership && it.period.contains(on));
    let parties = distinct(known.parties.keys().copied().chain(owning.map(|(_, it)| it.holder_id)));
    let ties = parties::ties_around(unit, &parties, &tied_on, reach.depth)?;
    let ties_today = match entered.of_its_day {
        true => parties::ties_around(unit, &parties, &[today], reach.depth)?,
        false => Vec::new(),
    };
    let web = Web::of(&ties);
    let dealings = Dealings::find(unit, asked, (&standing, &web), (on, owed_on))?;
    let of_asset = |rows: &[(Id<kind::Asset>, Right)], asset| -> Vec<Right> {
        rows.iter().filter(|(id, _)| *id == asset).map(|(_, right)| right.clone()).collect()
    };

    let lot = |it: &LotRequest| -> Result<LotFacts, ActError> {
        let rights = of_asset(&standing, it.asset_id);
        Ok(LotFacts {
            asset: known.asset(it.asset_id, on)?,
            from: known.party(it.from_id)?,
            to: known.party(it.to_id)?,
            share: it.share,
            held: Held {
                at_start: model::held(&rights, asked.right, it.from_id, on),
                least: model::least_held(&rights, asked.right, it.from_id, days),
            },
            holders_after: model::farthest_from_whole(&of_asset(&after, it.asset_id), asked.right, days),
            rivals: {
                let mut all = rivals.of(it.asset_id, it.from_id);
                let lets = occupying.iter().filter(|of| occupies(of, it, &rights));
                let held = model::held(&rights, asked.right, it.from_id, on);
                let share = Share::from_ratio(held.to_ratio()).unwrap_or(Share::WHOLE);
                all.extend(lets.map(|of| Rival { by: RivalAct::Contract(of.id), share, span: of.days }));
                all
            },
            restrictions: restrictions
                .iter()
                .filter(|(found, _)| found.asset_id == it.asset_id)
                .map(|found| restricting(found, asked.restriction_consents.get(&found.0.id).copied()))
                .collect(),
            owner_consent: asked.owner_consent_id,
            sublease_consent: asked.sublease_consent_id,
            earlier_terms: rights
                .iter()
                .filter(|right| {
                    // Whoever rented a corner of it does not go on with the whole.
                    let is_most = right.share.to_ratio() + right.share.to_ratio() >= it.share.to_ratio();
                    let is_its_own = right.kind == asked.right && right.holder_id == it.to_id;
                    is_its_own && is_most && right.period.to().is_some()
                })
                .map(|right| right.period)
                .collect(),
            owners: dealings.owners_of(it),
            acquired: dealings.acquired_for(it, &web),
        })
    };
    let lots = asked.lots.iter().map(lot).collect::<Result<Vec<_>, _>>()?;
    let consideration = match &asked.consideration {
        ConsiderationRequest::Price { amount_fen } => Consideration::Price(*amount_fen),
        ConsiderationRequest::Rent { schedule } => {
            let payment = |it: &DueRequest| Payment { due_on: it.due_on, amount: it.amount_fen };
            Consideration::Rent(schedule.iter().map(payment).collect())
        }
        ConsiderationRequest::Swap { lots, appraised_fen, appraisal } => Consideration::Swap {
            lots: lots.iter().map(lot).collect::<Result<_, _>>()?,
            appraised: appraisal.map(|it| it.value_fen).or(*appraised_fen),
            appraisal: appraisal.map(|it| appraised(known, it)).transpose()?,
        },
        ConsiderationRequest::None {} => Consideration::Nothing,
    };
    let made_on = entered.on.min(on);
    let around = nearby::Around { on, made_on, window_days: reach.window_days, case };
    let nearby = nearby::find(unit, asked, known, &web, around)?;
    let givers = distinct(asked.all_lots().map(|it| it.from_id));
    let trade = traded(unit, asked, (days, &standing), &givers, case)?;
    let proceeds = before::owed(unit, asked, (&web, owed_on))?;
    let creditors = dealings.arrears.iter().map(|it| it.lessor).chain(proceeds.iter().map(|it| it.creditor));
    let own_organisations = own_organisations(unit, creditors.map(|it| (it.id, it.kind)), &tied_on)?;
    let auction_shown = asked.is_auctioned().then(|| papers::confirm(unit, asked, None)).transpose()?;
    let papers_elsewhere = papers::elsewhere(unit, &asked.papers(), asked.decided(), &givers, None)?;
    Ok(TransferFacts {
        right: asked.right,
        lots,
        consideration,
        pay_to: asked.pay_to_id.map(|id| known.party(id)).transpose()?,
        effective_on: on,
        term: asked.term.map(|_| *days),
        appraisal: asked.appraisal.map(|it| appraised(known, it)).transpose()?,
        decisions: known.decisions.clone(),
        auctioneer: asked.auctioneer_id.map(|id| known.party(id)).transpose()?,
        ties,
        ties_today,
        entered,
        today,
        sources: asked.documents.len(),
        arrears: dealings.arrears,
        trade,
        nearby,
        papers_elsewhere,
        proceeds,
        proceeds_due_on: None,
        restated: before::restated(unit, asked)?,
        let_already: Vec::new(),
        own_organisations,
        auction_shown,
    })
}

/// In which asset something goes, from whom, and to whom.
type Way = (Id<kind::Asset>, Id<kind::Party>, Id<kind::Party>);

/// What a transfer moves of which right, for which days.
struct Moves {
    right: RightKind,
    days: Period,
    /// How much of what goes from whom to whom, all lots together.
    shares: BTreeMap<Way, BigRational>,
}

impl Moves {
    fn of(asked: &TransferRequest, days: Period) -> Self {
        let mut shares = BTreeMap::new();
        for lot in asked.all_lots() {
            let share =
                shares.entry((lot.asset_id, lot.from_id, lot.to_id)).or_insert_with(BigRational::zero);
            *share += lot.share.to_ratio();
        }
        Self { right: asked.right, days, shares }
    }

    /// Whether it is about nothing but what another moves, as one that was put right: whatever it adds is another trade, be it another
    /// asset, more of the same, or other days.
    fn is_within(&self, other: &Self) -> bool {
        self.right == other.right
            && self.days.intersection(&other.days) == Some(self.days)
            && self.shares.iter().all(|(of, share)| other.shares.get(of).is_some_and(|it| share <= it))
    }
}

/// The trade of a transfer: what shows it, and which other cases of the same givers name it and are about something else, or were
/// executed and stand. Where another would move all of the same to the same, or did and was put right since, it is one trade.
fn traded(
    unit: &mut Read<'_>,
    asked: &TransferRequest,
    (days, standing): (&Period, &[OfAsset]),
    givers: &[Id<kind::Party>],
    case: Option<Id<kind::Case>>,
) -> Result<Option<TradeFacts>, ActError> {
    let Some(exchange) = &asked.exchange else { return Ok(None) };
    let own = Moves::of(asked, *days);
    let (mut used_by, mut alike) = (Vec::new(), Vec::new());
    for (other, of) in cases::traded(unit, givers, case)? {
        // What an earlier release kept otherwise shows nothing.
        let Ok(of) = kept::<TransferRequest>(&of) else { continue };
        let Ok(of_days) = of.days() else { continue };
        if !of.exchange.as_ref().is_some_and(|it| it.is_same_trade(exchange)) {
            continue;
        }
        match own.is_within(&Moves::of(&of, of_days)) {
            true => alike.push(other),
            false => used_by.push(other),
        }
    }
    if !alike.is_empty() {
        let stand = standing_of(unit, asked, standing)?;
        used_by.extend(alike.into_iter().filter(|it| stand.contains(it)));
    }
    used_by.sort_unstable();
    Ok(Some(TradeFacts {
        on: exchange.traded_on,
        confirmed: Some(papers::confirm(unit, asked, exchange.document_id)?),
        used_by,
    }))
}

/// The cases by which the receivers of a transfer have on record what it moves: what a correction took off it stands no longer.
fn standing_of(
    unit: &mut Read<'_>,
    asked: &TransferRequest,
    standing: &[OfAsset],
) -> Result<BTreeSet<Id<kind::Case>>, StorageError> {
    let moved: BTreeSet<_> = asked.all_lots().map(|it| (it.asset_id, it.to_id)).collect();
    let assets = distinct(moved.iter().map(|(asset, _)| *asset));
    let begun: BTreeSet<_> = standing
        .iter()
        .filter(|(asset, it)| it.kind == asked.right && moved.contains(&(*asset, it.holder_id)))
        .map(|(_, it)| it.begun_by)
        .collect();
    let granted = rights::granted(unit, &assets, asked.right)?.into_iter();
    Ok(granted.filter(|it| begun.contains(&it.right.begun_by)).filter_map(|it| it.case_id).collect())
}

fn appraised(known: &Known, it: AppraisalRequest) -> Result<AppraisalFacts, ActError> {
    Ok(AppraisalFacts {
        value: it.value_fen,
        appraised_on: it.appraised_on,
        appraiser: it.appraiser_id,
        appraiser_kind: Some(known.party(it.appraiser_id)?.kind),
        signatures: it.signatures,
        document: it.document_id,
    })
}

/// Whether a contract on record lets what a lot would, to somebody else, and not by a right: one that stands under a right takes no
/// more than that, and one with whoever receives is what this puts the right to.
fn occupies(contract: &Occupying, lot: &LotRequest, rights: &[Right]) -> bool {
    contract.lessor_id == lot.from_id
        && contract.lessee_id != lot.to_id
        && contract.asset_ids.contains(&lot.asset_id)
        && !rights.iter().any(|it| model::lets_to(it, contract.lessee_id, &contract.days))
}

/// The rights as they would be if the transfer were executed; where the giver has too little for it, as they are.
///
/// # Errors
/// [`RightsError::TooFine`]: no finding could say so, and whoever drafts should not learn it in the end.
fn rights_after(
    standing: &[(Id<kind::Asset>, Right)],
    asked: &TransferRequest,
    days: &Period,
) -> Result<Vec<(Id<kind::Asset>, Right)>, RightsError> {
    let assets: BTreeSet<_> = asked.all_lots().map(|it| it.asset_id).collect();
    let mut after = Vec::new();
    for asset in assets {
        let before: Vec<Right> =
            standing.iter().filter(|(id, _)| *id == asset).map(|(_, right)| right.clone()).collect();
        let moved =
            asked.all_lots().filter(|it| it.asset_id == asset).try_fold(before.clone(), |rights, lot| {
                Ok(model::foreseen(&rights, &model::moved(&rights, &to_move(asked, lot, days))?))
            });
        let rights = match moved {
            Err(RightsError::TooFine) => return Err(RightsError::TooFine),
            moved => moved.unwrap_or(before),
        };
        after.extend(rights.into_iter().map(|right| (asset, right)));
    }
    Ok(after)
}

/// What a lot moves.
pub(super) fn to_move(asked: &TransferRequest, lot: &LotRequest, days: &Period) -> Move {
    Move { kind: asked.right, from_id: lot.from_id, to_id: lot.to_id, share: lot.share, period: *days }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trade_serves_what_it_was_about_and_nothing_that_is_added() {
        let id = uuid::Uuid::from_u128;
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let days = |from: &str, to: &str| Period::new(day(from), Some(day(to))).unwrap();
        let half_a_year = days("2026-01-01", "2026-07-01");
        let moves = |assets: &[u128], share: i64, days: Period| Moves {
            right: RightKind::Management,
            days,
            shares: assets
                .iter()
                .map(|it| {
                    let share = BigRational::new(share.into(), 10.into());
                    ((id(*it).into(), id(100).into(), id(101).into()), share)
                })
                .collect(),
        };
        let of = |assets: &[u128]| moves(assets, 10, half_a_year);
        assert!(of(&[1, 2]).is_within(&of(&[1, 2])));
        assert!(of(&[1]).is_within(&of(&[1, 2])));
        assert!(!of(&[1, 2, 3]).is_within(&of(&[1])));
        assert!(!of(&[4]).is_within(&of(&[1])));
        assert!(!moves(&[1], 10, days("2026-07-01", "2036-07-01")).is_within(&of(&[1])));
        assert!(!moves(&[1], 10, days("2026-01-01", "2026-07-02")).is_within(&of(&[1])));
        assert!(!moves(&[1], 9, half_a_year).is_within(&moves(&[1], 1, half_a_year)));
        assert!(moves(&[1], 1, half_a_year).is_within(&moves(&[1], 1, half_a_year)));
        assert!(!Moves { right: RightKind::Income, ..of(&[1]) }.is_within(&of(&[1])));
    }
}

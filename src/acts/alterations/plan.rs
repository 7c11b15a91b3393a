//! What an alteration comes to, before anything is stored: the parts of an asset, what assets are merged into, from whom a
//! grant is renewed. Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use num_rational::BigRational;
use num_traits::Zero as _;

use super::asked::{AlterationRequest, PartRequest};
use crate::{
    acts::{
        ActError, ActRefused,
        transfers::{
            self,
            asked::{ConsiderationRequest, LotRequest, TransferRequest},
        },
    },
    cases::notices::content::{NoticedAlteration, NoticedFate, NoticedPart},
    loss::facts::{Divided, PieceFacts},
    money::{
        contracts::endings::{Effects, GivenUp},
        proceeds::NewProceeds,
    },
    register::{
        assets::{
            Asset, AssetFacts, AssetStatus, Closing, Details, NewAsset,
            book_value::{Pieces, WriteOff},
            unmeasured,
        },
        codes::{DisposalWay, RightKind},
        rights::{Right, RightsError, endings::Ending, model},
    },
    values::{Fault, Faults, Fen, Id, Period, Quantity, Reason, Share, id::kind, period::PeriodInput},
};

/// What an alteration comes to.
#[derive(Debug)]
pub enum Plan {
    /// A grant is given for a further term: the transfer that does it, and what that comes to.
    Renewal(Box<TransferRequest>, Box<transfers::Plan>),
    /// A grant in an asset ends, and with it the contracts of those who lose it by that.
    Termination(Id<kind::Asset>, Ending, Effects),
    /// An asset is divided into parts.
    Division(Asset, Vec<NewAsset>),
    /// Assets become one.
    Merger(Vec<Asset>, Box<NewAsset>),
    /// An asset comes to its end, with all contracts about it, and brings something to each of its owners, which falls due.
    Disposal(Asset, Closing, Brought, Effects),
    /// An asset is put to another use, or out of use for some time: as it is, and as it will be.
    Use(Box<Asset>, Box<Asset>),
    /// A disposal is undone, and with it the end of the contracts about the asset.
    Restoration(Asset, Effects),
}

/// What comes of a disposal.
#[derive(Debug)]
pub struct Brought {
    /// What it brings each owner, in the order of their rights.
    pub(super) parts: Vec<Fen>,
    /// What of it falls due to the state and to collectives.
    pub(super) dues: Vec<NewProceeds>,
}

impl Plan {
    /// What becomes of the contracts about the assets; none where they go along with them.
    pub(super) const fn effects(&self) -> Option<&Effects> {
        match self {
            Self::Termination(.., it) | Self::Disposal(.., it) | Self::Restoration(_, it) => Some(it),
            Self::Renewal(..) | Self::Division(..) | Self::Merger(..) | Self::Use(..) => None,
        }
    }

    /// The rent that is owed no longer.
    pub(super) fn given_up(&self) -> &[GivenUp] {
        self.effects().map_or(&[], Effects::given_up)
    }

    /// Whether the asset itself changes, and not only who holds a right in it.
    pub(super) const fn changes_asset(&self) -> bool {
        !matches!(self, Self::Renewal(..) | Self::Termination(..))
    }
}

/// The parts of an asset: alike to it in everything but what the request says of each. What they cost sums to what it
/// cost, and the quantities of its own unit to its quantity.
pub(super) fn parts(whole: &Asset, asked: &[PartRequest]) -> Result<Vec<NewAsset>, Faults> {
    let of_whole = &whole.described;
    let contradicts = |other: &str| Fault::at("/parts", Reason::Contradicts { other: other.to_owned() });
    let mut faults = Vec::new();
    if Fen::sum(asked.iter().map(|it| it.original_value_fen)) != Some(of_whole.write_off.original_value) {
        faults.push(contradicts("original_value_fen"));
    }
    let alike: Vec<&PartRequest> = asked.iter().filter(|it| it.unit == of_whole.unit).collect();
    let quantities = millionths(alike.iter().map(|it| &it.quantity));
    if alike.len() == asked.len() && quantities != of_whole.quantity.millionths() {
        faults.push(contradicts("quantity"));
    }
    faults.extend((0_usize..).zip(asked).filter_map(|(index, it)| {
        let category = it.category.as_ref().unwrap_or(&of_whole.category);
        unmeasured(category.as_str(), it.unit.as_str(), &format!("/parts/{index}"))
    }));
    Faults::none_of(faults)?;
    let costs = || asked.iter().map(|it| it.original_value_fen);
    let pieces = of_whole.write_off.pieces.cut(of_whole.write_off.original_value, costs());
    let part = |(it, pieces): (&PartRequest, Pieces)| NewAsset {
        name: it.name.clone(),
        category: it.category.clone().unwrap_or_else(|| of_whole.category.clone()),
        quantity: it.quantity.clone(),
        unit: it.unit.clone(),
        write_off: WriteOff { original_value: it.original_value_fen, pieces, ..of_whole.write_off.clone() },
        details: Details::of(
            it.location.clone().or_else(|| of_whole.details.location.clone()),
            it.specification.clone(),
        ),
        ..of_whole.clone()
    };
    Ok(asked.iter().zip(pieces).map(part).collect())
}

/// What is said of the pieces of an asset; none where a quantity is beyond what can be reckoned with.
pub(super) fn divided(whole: &AssetFacts, public: bool, asked: &[PartRequest]) -> Option<Divided> {
    let piece = |it: &PartRequest| {
        let of_its_kind = it.category.as_ref().is_none_or(|it| *it == whole.category);
        let quantity = i64::try_from(it.quantity.millionths()).ok()?;
        let unit = it.unit.as_str().to_owned();
        Some(PieceFacts { quantity, unit, cost: it.original_value_fen, of_its_kind })
    };
    let pieces = asked.iter().map(piece).collect::<Option<Vec<_>>>()?;
    Some(Divided { asset: whole.id, public, pieces })
}

/// What assets are merged into. They are alike in all that decides what they are worth on a day, so that the books carry
/// what they cost over without a change.
pub(super) fn merged(assets: &[Asset], asked: &AlterationRequest) -> Result<NewAsset, Faults> {
    let AlterationRequest::Merger { name, quantity, unit, category, location, specification, .. } = asked
    else {
        return Err(Faults::one("/kind", Reason::Required));
    };
    let Some((first, others)) = assets.split_first() else {
        return Err(Faults::one("/asset_ids", Reason::TooShort { min: 2 }));
    };
    let (first, mut faults) = (&first.described, Vec::new());
    for (index, it) in (1..).zip(others) {
        let (one, other) = (first, &it.described);
        let alike = one.class == other.class
            && one.region_code == other.region_code
            && one.write_off.is_like(&other.write_off);
        if !alike {
            let other = "/asset_ids/0".to_owned();
            faults.push(Fault::at(format!("/asset_ids/{index}"), Reason::Contradicts { other }));
        }
    }
    let all = || assets.iter().map(|it| &it.described);
    let original_value = Fen::sum(all().map(|it| it.write_off.original_value)).unwrap_or_else(|| {
        faults.push(Fault::at("/asset_ids", Reason::TooLarge { max: Fen::MAX.to_string() }));
        Fen::ZERO
    });
    let together = millionths(all().map(|it| &it.quantity));
    if all().all(|it| it.unit == *unit) && together != quantity.millionths() {
        faults.push(Fault::at("/quantity", Reason::Contradicts { other: "/asset_ids".to_owned() }));
    }
    let common = all().all(|it| it.category == first.category).then_some(&first.category);
    let category = category.as_ref().or(common).unwrap_or_else(|| {
        faults.push(Fault::at("/category", Reason::RequiredWith { other: "/asset_ids".to_owned() }));
        &first.category
    });
    faults.extend(unmeasured(category.as_str(), unit.as_str(), ""));
    Faults::none_of(faults)?;
    Ok(NewAsset {
        name: name.clone(),
        category: category.clone(),
        // What several projects made is no one project's; its chain goes back to all of them.
        project_id: first.project_id.filter(|id| all().all(|it| it.project_id == Some(*id))),
        quantity: quantity.clone(),
        unit: unit.clone(),
        write_off: WriteOff {
            original_value,
            pieces: Pieces::joined(all().map(|it| &it.write_off).map(|it| (&it.pieces, it.original_value))),
            ..first.write_off.clone()
        },
        details: Details::of(location.clone(), specification.clone()),
        ..first.clone()
    })
}

/// The sum of quantities, in millionths.
fn millionths<'a>(quantities: impl IntoIterator<Item = &'a Quantity>) -> i128 {
    quantities.into_iter().map(Quantity::millionths).sum()
}

/// The deal by which a grant is renewed: each who gave it gives the same for the further term.
///
/// # Errors
/// [`ActRefused::NothingToRenew`] where no grant of the party ends by itself on the first day of the term.
pub(super) fn renewal(
    rights: &[Right],
    asked: &AlterationRequest,
    term: Period,
) -> Result<TransferRequest, ActError> {
    let AlterationRequest::Renewal { asset_id, right, holder_id, schedule, .. } = asked else {
        return Err(Faults::one("/kind", Reason::Required).into());
    };
    let (papers, on) = (asked.papers(), term.from());
    let mut given: BTreeMap<Id<kind::Party>, BigRational> = BTreeMap::new();
    let mut give = |from, share| *given.entry(from).or_insert_with(BigRational::zero) += share;
    let ends = |it: &&Right| it.kind == *right && it.holder_id == *holder_id && it.period.to() == Some(on);
    let resting: Vec<_> = model::division(rights, *right, on).into_iter().filter(|it| it.residual).collect();
    let rests = resting.iter().fold(BigRational::zero(), |sum, it| sum + &it.share);
    let owns = |party| resting.iter().any(|it| it.holder_id == party);
    for it in rights.iter().filter(ends).filter(|it| it.ended_by.is_none()) {
        match (it.through.last().copied(), it.grantor_id) {
            (Some(giver), _) => give(giver, it.share.to_ratio()),
            (None, Some(grantor)) if owns(grantor) || rests.is_zero() => give(grantor, it.share.to_ratio()),
            // A sale does not break a lease: whoever owns the asset on the day lets it further (民法典 art. 725).
            (None, Some(_)) => {
                for owner in &resting {
                    give(owner.holder_id, it.share.to_ratio() * &owner.share / &rests);
                }
            }
            (None, None) => {
                for owner in model::holders(rights, RightKind::Ownership, on)? {
                    give(owner.holder_id, owner.share.to_ratio() * it.share.to_ratio());
                }
            }
        }
    }
    if given.is_empty() {
        return Err(ActRefused::NothingToRenew { holder: *holder_id, on }.into());
    }
    let lot = |(from_id, share): (_, BigRational)| -> Result<LotRequest, RightsError> {
        let share = Share::from_ratio(&share)?;
        Ok(LotRequest { asset_id: *asset_id, from_id, to_id: *holder_id, share })
    };
    Ok(TransferRequest {
        right: *right,
        lots: given.into_iter().map(lot).collect::<Result<_, _>>()?,
        consideration: if schedule.is_empty() {
            ConsiderationRequest::None {}
        } else {
            ConsiderationRequest::Rent { schedule: schedule.clone() }
        },
        pay_to_id: None,
        way: None,
        proceeds_due_on: None,
        effective_on: on,
        term: Some(PeriodInput { from: on, to: term.to() }),
        auctioneer_id: None,
        appraisal: None,
        decision: papers.decided.one.copied(),
        decisions: papers.decided.each.to_vec(),
        recorded_late: papers.recorded_late.cloned(),
        resubmits: None,
        exchange: None,
        documents: papers.documents.to_vec(),
        sublease_consent_id: None,
        owner_consent_id: papers.owner_consent_id,
        restriction_consents: papers.restriction_consents.clone(),
    })
}

/// What the public notice of an alteration says of it.
pub(super) fn noticed(asked: &AlterationRequest, plan: &Plan) -> NoticedAlteration {
    let part = |it: &NewAsset| NoticedPart {
        name: it.name.to_string(),
        quantity: it.quantity.to_string(),
        unit: it.unit.to_string(),
        original_value_fen: it.write_off.original_value,
    };
    let (kind, becomes) = match plan {
        Plan::Renewal(..) => (NoticedFate::Renewal, Vec::new()),
        Plan::Termination(..) => (NoticedFate::Termination, Vec::new()),
        Plan::Division(_, parts) => (NoticedFate::Division, parts.iter().map(part).collect()),
        Plan::Merger(_, whole) => (NoticedFate::Merger, vec![part(whole)]),
        Plan::Use(before, after) if before.described != after.described => {
            (NoticedFate::Disposal, vec![part(&after.described)])
        }
        Plan::Disposal(..) | Plan::Use(..) => (NoticedFate::Disposal, Vec::new()),
        Plan::Restoration(..) => (NoticedFate::Restoration, Vec::new()),
    };
    let (cause, proceeds_fen, way, until) = match asked {
        AlterationRequest::Disposal { cause, proceeds_fen, way, until, .. } => {
            (Some(*cause), *proceeds_fen, *way, *until)
        }
        _ => (None, None, None, None),
    };
    // Who owes it is named when the notice is written.
    NoticedAlteration { kind, cause, way, until, proceeds_fen, becomes, rent_given_up: Vec::new() }
}

/// How an asset stands once it is disposed of in a way that ends it.
pub(super) const fn status_after(way: DisposalWay) -> AssetStatus {
    match way {
        DisposalWay::LossReport => AssetStatus::Lost,
        DisposalWay::Scrapping => AssetStatus::Scrapped,
        _ => AssetStatus::Disposed,
    }
}

/// The first day of an alteration, where it has come.
pub(super) fn not_before(on: NaiveDate, today: NaiveDate) -> Result<(), ActError> {
    if on <= today { Ok(()) } else { Err(ActRefused::TooEarly(on).into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::codes::DisposalCause;

    #[track_caller]
    fn check(quantities: &[&str], wanted: i128) {
        let read: Vec<Quantity> = quantities.iter().map(|it| it.parse().unwrap()).collect();
        assert_eq!(millionths(&read), wanted, "{quantities:?}");
    }

    #[test]
    fn quantities_are_summed_to_their_last_place() {
        check(&["3.5", "0.000001", "996"], 999_500_001);
        check(&["0.1", "0.2"], 300_000);
        check(&["999999999999.999999"; 3], 2_999_999_999_999_999_997);
        check(&[], 0);
    }

    #[test]
    fn what_became_of_an_asset_follows_from_the_way_in_which_it_ended() {
        use DisposalCause::{Demolition, EndOfLife, LowYield, NaturalDisaster, Other, Replaced};

        let usually = |cause: DisposalCause| status_after(cause.usual_way());
        assert_eq!(usually(NaturalDisaster), AssetStatus::Lost);
        // Whether the usual way is said or not.
        assert_eq!([EndOfLife, LowYield, Replaced, Other].map(usually), [AssetStatus::Scrapped; 4]);
        assert_eq!(usually(Demolition), AssetStatus::Disposed);
        assert_eq!(status_after(DisposalWay::Withdrawal), AssetStatus::Disposed);
        assert!(DisposalWay::ALL.iter().all(|it| status_after(*it).is_disposed()));
    }
}

//! How parties stand to each other, and what of it can be on record together. Pure: `parties` loads and stores.

use super::ties::Tie;
use crate::{
    register::codes::{OfficerPost, PartyKind, RelationKind},
    values::{Fault, Id, Period, Reason, Share, Validity, id::kind, share},
};

/// How one party stands to another.
#[derive(Debug, Clone)]
pub struct Relation {
    /// The identifier.
    pub id: Id<kind::Relation>,
    /// The shareholder, the member, the controlled one, the representative, the officer, the employee.
    pub from_id: Id<kind::Party>,
    /// The other.
    pub to_id: Id<kind::Party>,
    /// How it stands to the other.
    pub kind: RelationKind,
    /// A shareholder's share.
    pub share: Option<Share>,
    /// The post of an officer, where it is known.
    pub post: Option<OfficerPost>,
    /// From when until when.
    pub period: Validity,
    /// The version of this record: another for each end that it is given. Nothing but the end ever changes.
    pub version: i64,
}

/// A relation to be recorded.
#[derive(Debug, Clone)]
pub struct NewRelation {
    /// The other party.
    pub to_id: Id<kind::Party>,
    /// How the first stands to it.
    pub kind: RelationKind,
    /// A shareholder's share.
    pub share: Option<Share>,
    /// The post of an officer, where it is known.
    pub post: Option<OfficerPost>,
    /// From when until when.
    pub period: Period,
}

impl NewRelation {
    /// It as a tie between the party it is recorded from and the other.
    pub const fn tie(&self, (from, from_kind): (Id<kind::Party>, PartyKind), to_kind: PartyKind) -> Tie {
        let (kind, post, share) = (self.kind, self.post, self.share);
        Tie { from, from_kind, kind, post, share, to: self.to_id, to_kind }
    }
}

/// The shares in a company would sum to more than the whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the shares would sum to {sum}")]
pub struct TooManyShares {
    /// What they would sum to on the worst day.
    pub sum: String,
}

/// The kinds of parties that can stand in a relation: those it is recorded from, and those it is recorded to.
///
/// Only people have kin, hold offices, are employed or represent; and only what has shares, members or organs is held, joined or
/// decided for.
const fn fits(kind: RelationKind, from: PartyKind, to: PartyKind) -> (bool, bool) {
    use PartyKind::{
        Cooperative, CountyAgency, Enterprise, Household, Person, StateEnterprise, TownshipGovernment,
        VillageCollective, VillagersCommittee,
    };
    let from_one = matches!(from, Person);
    match kind {
        RelationKind::Shareholder => {
            (true, matches!(to, VillageCollective | StateEnterprise | Cooperative | Enterprise))
        }
        // A household has people as its members; organisations have whoever joined them.
        RelationKind::Member => match to {
            Household => (from_one, true),
            VillageCollective | VillagersCommittee | StateEnterprise | Cooperative | Enterprise => {
                (!matches!(from, TownshipGovernment | CountyAgency), true)
            }
            TownshipGovernment | CountyAgency | Person => (true, false),
        },
        RelationKind::ControlledBy => (
            matches!(
                from,
                VillageCollective | VillagersCommittee | StateEnterprise | Cooperative | Enterprise
            ),
            true,
        ),
        RelationKind::LegalRepresentative | RelationKind::OfficerOf => (from_one, !to.is_personal()),
        RelationKind::Kin => (from.is_personal(), to.is_personal()),
        RelationKind::EmployedBy => (from_one, true),
        RelationKind::Associate => (true, true),
    }
}

/// What is wrong with a relation between parties of these kinds: the relation, where whom it is recorded from cannot stand in it to
/// anybody, and else the other party.
pub(super) fn faults_of_kinds(kind: RelationKind, from: PartyKind, to: PartyKind) -> Option<Fault> {
    let other_of = |to: &PartyKind| fits(kind, from, *to) == (true, true);
    match fits(kind, from, to) {
        (true, true) => None,
        _ if PartyKind::ALL.iter().any(other_of) => {
            Some(Fault::at("/to_id", Reason::WrongKind { wanted: PartyKind::codes(other_of) }))
        }
        _ => {
            let possible = |kind: &&RelationKind| {
                PartyKind::ALL.iter().any(|to| fits(**kind, from, *to) == (true, true))
            };
            let allowed: Vec<_> = RelationKind::ALL.iter().filter(possible).map(|it| it.code()).collect();
            Some(Fault::at("/kind", Reason::NotOneOf { allowed: allowed.join(", ") }))
        }
    }
}

/// A relation is between two parties, only a shareholder has a share, and only an officer a post: what is wrong with that.
pub(super) fn faults_of(from: Id<kind::Party>, asked: &NewRelation) -> Vec<Fault> {
    let mut faults = Vec::new();
    match (asked.kind, asked.share) {
        (kind @ RelationKind::Shareholder, None) => {
            faults.push(Fault::at("/share", Reason::RequiredWith { other: format!("kind = {kind}") }));
        }
        (RelationKind::Shareholder, Some(_)) | (_, None) => {}
        (other, Some(_)) => {
            faults.push(Fault::at("/share", Reason::NotApplicable { because: format!("kind = {other}") }));
        }
    }
    if asked.post.is_some() && asked.kind != RelationKind::OfficerOf {
        faults.push(Fault::at("/post", Reason::NotApplicable { because: format!("kind = {}", asked.kind) }));
    }
    if asked.to_id == from {
        faults.push(Fault::at("/to_id", Reason::Contradicts { other: "id".to_owned() }));
    }
    faults
}

/// Whether the same relation is on record for some of the same days.
pub(super) fn is_on_record(it: &Relation, standing: &[Relation]) -> bool {
    standing.iter().any(|other| {
        (other.from_id, other.to_id, other.kind) == (it.from_id, it.to_id, it.kind)
            && other.id != it.id
            && other.period.in_common(&it.period).is_some()
    })
}

/// On no day do the shares in a company sum to more than the whole.
pub(super) fn admit_share(it: &Relation, standing: &[Relation]) -> Result<(), TooManyShares> {
    let Some(own) = it.share else { return Ok(()) };
    let others: Vec<(Period, Share)> = standing
        .iter()
        .filter(|other| other.id != it.id && other.to_id == it.to_id)
        .filter_map(|other| Some((other.period.in_common(&it.period)?, other.share?)))
        .collect();
    // The sum only grows on days on which a period begins.
    let worst = others
        .iter()
        .map(|(period, _)| period.from())
        .chain([it.period.from()])
        .map(|day| {
            let held = others.iter().filter(|(period, _)| period.contains(day)).map(|(_, share)| *share);
            share::sum(held.chain([own]))
        })
        .max();
    match worst {
        Some(sum) if sum.exceeds_whole() => Err(TooManyShares { sum: sum.to_string() }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(number: u128) -> Id<kind::Party> {
        uuid::Uuid::from_u128(number).into()
    }

    fn period(from: &str, to: &str) -> Validity {
        Validity::new(from.parse().unwrap(), to.parse().ok()).unwrap()
    }

    fn holds(number: u128, share: &str, from: &str, to: &str) -> Relation {
        Relation {
            id: uuid::Uuid::from_u128(number).into(),
            from_id: party(number),
            to_id: party(100),
            kind: RelationKind::Shareholder,
            share: Some(share.parse().unwrap()),
            post: None,
            period: period(from, to),
            version: 1,
        }
    }

    #[test]
    fn shares_in_a_company_stay_within_the_whole_on_every_day() {
        let standing = [
            holds(1, "1/2", "2024-01-01", ""),
            holds(2, "1/2", "2024-01-01", "2025-01-01"),
            holds(3, "1/3", "2025-06-01", ""),
        ];
        let check = |share: &str, from: &str, to: &str, wanted: Result<(), &str>| {
            let admitted = admit_share(&holds(4, share, from, to), &standing);
            assert_eq!(
                admitted,
                wanted.map_err(|sum| TooManyShares { sum: sum.to_owned() }),
                "{share} {from}"
            );
        };
        check("1/6", "2025-01-01", "", Ok(()));
        check("1/2", "2025-01-01", "2025-06-01", Ok(()));
        check("1/2", "2025-01-01", "2025-06-02", Err("4/3"));
        check("1/1000", "2024-12-31", "2025-06-01", Err("1001/1000"));
        check("1/1", "2023-01-01", "2024-01-01", Ok(()));
        assert_eq!(admit_share(&standing[0], &standing), Ok(()));
    }

    #[test]
    fn each_relation_is_between_parties_of_kinds_that_can_stand_in_it() {
        use PartyKind::{
            Cooperative, CountyAgency, Enterprise, Household, Person, StateEnterprise, TownshipGovernment,
            VillageCollective, VillagersCommittee,
        };
        let organisations = [
            VillageCollective,
            VillagersCommittee,
            TownshipGovernment,
            CountyAgency,
            StateEnterprise,
            Cooperative,
            Enterprise,
        ];
        let joined = [VillageCollective, VillagersCommittee, StateEnterprise, Cooperative, Enterprise];
        let has_shares = [VillageCollective, StateEnterprise, Cooperative, Enterprise];
        let people = [Person, Household];
        for kind in RelationKind::ALL {
            for from in PartyKind::ALL {
                for to in PartyKind::ALL {
                    let wanted = match kind {
                        RelationKind::Shareholder => has_shares.contains(to),
                        RelationKind::Member if *to == Household => *from == Person,
                        RelationKind::Member => {
                            joined.contains(to) && ![TownshipGovernment, CountyAgency].contains(from)
                        }
                        RelationKind::ControlledBy => joined.contains(from),
                        RelationKind::LegalRepresentative | RelationKind::OfficerOf => {
                            *from == Person && organisations.contains(to)
                        }
                        RelationKind::Kin => people.contains(from) && people.contains(to),
                        RelationKind::EmployedBy => *from == Person,
                        RelationKind::Associate => true,
                    };
                    assert_eq!(faults_of_kinds(*kind, *from, *to).is_none(), wanted, "{from} {kind} {to}");
                }
            }
        }
        let said = |kind, from, to| {
            let fault = faults_of_kinds(kind, from, to).unwrap();
            (fault.pointer, fault.reason)
        };
        let wanted = "household, person".to_owned();
        assert_eq!(
            said(RelationKind::Kin, Person, VillageCollective),
            ("/to_id".to_owned(), Reason::WrongKind { wanted })
        );
        let allowed = "shareholder, member, controlled_by, associate".to_owned();
        assert_eq!(
            said(RelationKind::OfficerOf, VillageCollective, Person),
            ("/kind".to_owned(), Reason::NotOneOf { allowed })
        );
    }

    #[test]
    fn a_relation_is_on_record_once_for_a_day() {
        let standing = [holds(1, "1/2", "2024-01-01", "2025-01-01")];
        let again = |from: &str| Relation {
            id: uuid::Uuid::from_u128(9).into(),
            ..Relation { from_id: party(1), ..holds(1, "1/4", from, "") }
        };
        assert!(is_on_record(&again("2024-12-31"), &standing));
        assert!(!is_on_record(&again("2025-01-01"), &standing));
        assert!(!is_on_record(&standing[0], &standing));
        assert!(!is_on_record(&again("2024-12-31"), &[holds(1, "1/2", "2025-01-01", "2025-01-01")]));
    }

    #[test]
    fn a_share_goes_with_shareholders_alone() {
        let asked = |kind, share: Option<&str>| NewRelation {
            to_id: party(2),
            kind,
            share: share.map(|it| it.parse().unwrap()),
            post: None,
            period: Period::since("2024-01-01".parse().unwrap()),
        };
        let faults = |from, kind, share| faults_of(party(from), &asked(kind, share)).len();
        assert_eq!(faults(1, RelationKind::Shareholder, Some("1/2")), 0);
        assert_eq!(faults(1, RelationKind::Member, None), 0);
        assert_eq!(faults(1, RelationKind::Shareholder, None), 1);
        assert_eq!(faults(1, RelationKind::Kin, Some("1/2")), 1);
        assert_eq!(faults(2, RelationKind::Kin, Some("1/2")), 2);
    }

    #[test]
    fn a_post_goes_with_officers_alone() {
        for kind in RelationKind::ALL {
            let share = (*kind == RelationKind::Shareholder).then_some(Share::WHOLE);
            let period = Period::since("2024-01-01".parse().unwrap());
            let asked =
                NewRelation { to_id: party(2), kind: *kind, share, post: Some(OfficerPost::Head), period };
            assert_eq!(faults_of(party(1), &asked).is_empty(), *kind == RelationKind::OfficerOf, "{kind}");
            assert!(faults_of(party(1), &NewRelation { post: None, ..asked }).is_empty(), "{kind}");
        }
    }
}

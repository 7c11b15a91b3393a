//! What the village decided, and whether that decision carries the act.
//!
//! The quorums are those of 农村集体经济组织法 (in force since 2025-05-01), arts. 26 to 28. Whether an act needs a decision at
//! all is told by the loss rules; here a decision that was taken is measured.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::{Fault, Id, Reason, Share, closed_enum, id::kind};

closed_enum! {
    /// The body of the village that decided.
    pub enum DecisionBody {
        /// Assembly of all members (成员大会), art. 26.
        MembersAssembly = "members_assembly",
        /// Assembly of the members' delegates (成员代表大会), art. 28.
        DelegatesAssembly = "delegates_assembly",
        /// Council (理事会), which carries out what an assembly decided.
        Council = "council",
    }
}

closed_enum! {
    /// What was decided upon, as far as it matters for who may decide it.
    pub enum Matter {
        /// Recording who holds the rights in an asset (确权).
        Confirmation = "confirmation",
        /// Giving up ownership or future income: a weighty matter, art. 26 item 11.
        Disposal = "disposal",
        /// Giving the management of an asset to somebody, for a term: art. 26 item 11.
        Lease = "lease",
        /// Contracting land out: art. 26 item 8.
        LandContract = "land_contract",
        /// Quantifying income rights to members or households: art. 26 item 8.
        IncomeShares = "income_shares",
        /// The plan by which income is distributed: art. 26 item 7.
        IncomePlan = "income_plan",
    }
}

impl Matter {
    /// Whether the delegates may decide it in place of all members.
    ///
    /// Art. 28 keeps items 1, 3, 8, 10 and 12 of art. 26 for the members themselves.
    pub const fn delegates_may_decide(self) -> bool {
        !matches!(self, Self::LandContract | Self::IncomeShares)
    }
}

/// The parts of a body that a decision needs, both of all who belong to it.
///
/// The law's two thirds are the least; a charter or a county may ask for more (art. 27).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quorum {
    /// The part of all members that must attend their assembly. The law asks no attendance of delegates.
    pub attendance: Share,
    /// The part of all members, or of all delegates, that must be in favour.
    pub approval: Share,
}

/// How many there are, came, and agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Votes {
    /// All who belong to the body: all members, or all delegates.
    pub members: u32,
    /// How many of them attended.
    pub attended: u32,
    /// How many of those were in favour.
    pub in_favour: u32,
}

/// What the village decided, and the minutes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VillageDecision {
    body: DecisionBody,
    decided_on: NaiveDate,
    members: u32,
    attended: u32,
    in_favour: u32,
    document_id: Id<kind::Document>,
}

/// Why a decision does not carry an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecisionFlaw {
    /// The body may not decide this matter.
    #[error("this body cannot decide this matter")]
    WrongBody {
        /// The body that decided.
        body: DecisionBody,
        /// What it decided.
        matter: Matter,
    },
    /// Fewer attended than must.
    #[error("{attended} attended where {needed} must")]
    TooFewAttended {
        /// How many attended.
        attended: u32,
        /// The least number that must attend.
        needed: u32,
    },
    /// Fewer were in favour than must be.
    #[error("{in_favour} were in favour where {needed} must be")]
    TooFewInFavour {
        /// How many were in favour.
        in_favour: u32,
        /// The least number that must be in favour.
        needed: u32,
    },
}

impl VillageDecision {
    /// A decision whose numbers can be true: somebody belongs to the body, no more attended than belong to it, and no
    /// more were in favour than attended. The pointers of its faults start at `/decision`.
    pub fn new(
        body: DecisionBody,
        decided_on: NaiveDate,
        votes: Votes,
        document_id: Id<kind::Document>,
    ) -> Result<Self, Vec<Fault>> {
        let Votes { members, attended, in_favour } = votes;
        let mut faults = Vec::new();
        if members == 0 {
            faults.push(Fault::at("/decision/members", Reason::TooSmall { min: "1".to_owned() }));
        }
        if attended > members {
            faults.push(Fault::at("/decision/attended", Reason::Exceeds { other: "members" }));
        }
        if in_favour > attended {
            faults.push(Fault::at("/decision/in_favour", Reason::Exceeds { other: "attended" }));
        }
        if faults.is_empty() {
            Ok(Self { body, decided_on, members, attended, in_favour, document_id })
        } else {
            Err(faults)
        }
    }

    /// Whether the decision carries the matter: the right body, enough who attended, enough who agreed.
    pub fn verdict(&self, matter: Matter, quorum: Quorum) -> Result<(), DecisionFlaw> {
        let may_decide = match self.body {
            DecisionBody::MembersAssembly => true,
            DecisionBody::DelegatesAssembly => matter.delegates_may_decide(),
            // The council prepares and carries out; each matter here is an assembly's by art. 26, and for leases and sales
            // also by art. 24 of 村民委员会组织法.
            DecisionBody::Council => false,
        };
        if !may_decide {
            return Err(DecisionFlaw::WrongBody { body: self.body, matter });
        }
        let needed = least(quorum.attendance, self.members);
        if self.body == DecisionBody::MembersAssembly && self.attended < needed {
            return Err(DecisionFlaw::TooFewAttended { attended: self.attended, needed });
        }
        let needed = least(quorum.approval, self.members);
        if self.in_favour < needed {
            return Err(DecisionFlaw::TooFewInFavour { in_favour: self.in_favour, needed });
        }
        Ok(())
    }

    /// The body that decided.
    pub const fn body(&self) -> DecisionBody {
        self.body
    }

    /// The day of the decision.
    pub const fn decided_on(&self) -> NaiveDate {
        self.decided_on
    }

    /// How many there are, came, and agreed.
    pub const fn votes(&self) -> Votes {
        Votes { members: self.members, attended: self.attended, in_favour: self.in_favour }
    }

    /// The minutes.
    pub const fn document_id(&self) -> Id<kind::Document> {
        self.document_id
    }
}

/// The least number of heads that is not below a part of all.
fn least(part: Share, all: u32) -> u32 {
    let (numerator, denominator) = (i128::from(part.num()), i128::from(part.den()));
    let heads = num_integer::Integer::div_ceil(&(i128::from(all) * numerator), &denominator);
    // A part is at most the whole, so this never is above `all`.
    u32::try_from(heads).unwrap_or(all)
}

/// What the village decided, as somebody wrote it: before its numbers are believed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionInput {
    /// The body that decided.
    pub body: DecisionBody,
    /// The day of the decision.
    #[schema(example = "2025-06-20")]
    pub decided_on: NaiveDate,
    /// All who belong to the body: all members, or all delegates.
    #[schema(minimum = 1, maximum = 1_000_000, example = 100)]
    pub members: u32,
    /// How many of them attended.
    #[schema(maximum = 1_000_000, example = 80)]
    pub attended: u32,
    /// How many of those were in favour.
    #[schema(maximum = 1_000_000, example = 75)]
    pub in_favour: u32,
    /// The minutes.
    #[schema(value_type = uuid::Uuid)]
    pub document_id: Id<kind::Document>,
}

impl DecisionInput {
    /// The decision.
    ///
    /// # Errors
    /// Those of [`VillageDecision::new`].
    pub fn parse(&self) -> Result<VillageDecision, Vec<Fault>> {
        let votes = Votes { members: self.members, attended: self.attended, in_favour: self.in_favour };
        VillageDecision::new(self.body, self.decided_on, votes, self.document_id)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn two_thirds() -> Quorum {
        let part = Share::new(2, 3).unwrap();
        Quorum { attendance: part, approval: part }
    }

    fn decision(
        body: DecisionBody,
        members: u32,
        attended: u32,
        in_favour: u32,
    ) -> Result<VillageDecision, Vec<Fault>> {
        let decided_on = NaiveDate::from_ymd_opt(2026, 5, 20).unwrap();
        VillageDecision::new(
            body,
            decided_on,
            Votes { members, attended, in_favour },
            uuid::Uuid::nil().into(),
        )
    }

    #[track_caller]
    fn check(body: DecisionBody, votes: [u32; 3], matter: Matter, verdict: Result<(), DecisionFlaw>) {
        let [members, attended, in_favour] = votes;
        let taken = decision(body, members, attended, in_favour).unwrap();
        assert_eq!(taken.verdict(matter, two_thirds()), verdict);
    }

    use DecisionBody::{Council, DelegatesAssembly, MembersAssembly};
    use DecisionFlaw::{TooFewAttended, TooFewInFavour, WrongBody};

    #[test]
    fn members_need_two_thirds_to_attend_and_two_thirds_of_all_in_favour() {
        check(MembersAssembly, [100, 80, 75], Matter::Disposal, Ok(()));
        check(MembersAssembly, [300, 200, 200], Matter::IncomeShares, Ok(()));
        check(
            MembersAssembly,
            [100, 66, 66],
            Matter::Lease,
            Err(TooFewAttended { attended: 66, needed: 67 }),
        );
        check(
            MembersAssembly,
            [100, 100, 66],
            Matter::Lease,
            Err(TooFewInFavour { in_favour: 66, needed: 67 }),
        );
        // Two thirds of those present are not two thirds of all.
        check(
            MembersAssembly,
            [300, 240, 199],
            Matter::Lease,
            Err(TooFewInFavour { in_favour: 199, needed: 200 }),
        );
    }

    #[test]
    fn delegates_need_two_thirds_of_all_delegates_and_may_not_decide_everything() {
        check(DelegatesAssembly, [30, 20, 20], Matter::Lease, Ok(()));
        check(
            DelegatesAssembly,
            [30, 30, 19],
            Matter::IncomePlan,
            Err(TooFewInFavour { in_favour: 19, needed: 20 }),
        );
        for matter in [Matter::IncomeShares, Matter::LandContract] {
            check(
                DelegatesAssembly,
                [30, 30, 30],
                matter,
                Err(WrongBody { body: DelegatesAssembly, matter }),
            );
        }
    }

    #[test]
    fn the_council_decides_none_of_these_matters() {
        for matter in Matter::ALL {
            check(Council, [7, 7, 7], *matter, Err(WrongBody { body: Council, matter: *matter }));
        }
    }

    #[test]
    fn a_stricter_quorum_is_measured_as_asked() {
        let taken = decision(MembersAssembly, 100, 80, 75).unwrap();
        let quorum = Quorum { approval: Share::new(4, 5).unwrap(), ..two_thirds() };

        assert_eq!(taken.verdict(Matter::Lease, quorum), Err(TooFewInFavour { in_favour: 75, needed: 80 }));
    }

    #[test]
    fn impossible_numbers_are_refused_field_by_field() {
        let faults = decision(MembersAssembly, 0, 5, 6).unwrap_err();

        let pointers: Vec<_> = faults.iter().map(|it| (it.pointer.as_str(), it.reason.code())).collect();
        assert_eq!(
            pointers,
            [
                ("/decision/members", "too_small"),
                ("/decision/attended", "exceeds"),
                ("/decision/in_favour", "exceeds")
            ]
        );
    }

    proptest! {
        #[test]
        fn one_more_in_favour_never_turns_a_decision_down(members in 2u32..5000, a in 0u32..5000, b in 0u32..5000) {
            let attended = a % members;
            let in_favour = b % (attended + 1);
            let before = decision(MembersAssembly, members, attended, in_favour).unwrap();
            let after = decision(MembersAssembly, members, attended + 1, in_favour + 1).unwrap();

            if before.verdict(Matter::Lease, two_thirds()).is_ok() {
                prop_assert_eq!(after.verdict(Matter::Lease, two_thirds()), Ok(()));
            }
        }
    }
}

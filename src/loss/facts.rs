//! The facts of one case: everything that a loss rule may look at.
//!
//! They are loaded once, in a few set-based queries, for a case that is asked for as for one that surveillance looks at
//! again. Rules load nothing, know no clock and no names.

use chrono::NaiveDate;

use crate::{
    cases::{
        decision::{Matter, VillageDecision},
        purpose::Purpose,
    },
    register::codes::{
        AssetClass, DisposalCause, PartyKind, RelationKind, RestrictionKind, RightKind, Sector,
    },
    values::{Fen, Id, Period, Share, id::kind, share::Total},
};

/// The category of an asset that is land under contract: its terms are not those of a lease.
pub const CONTRACTED_LAND: &str = "contracted_land";

/// The facts of one case.
#[derive(Debug, Clone)]
pub enum Facts {
    /// Of a transfer: a sale, a lease, a swap, a gift.
    Transfer(TransferFacts),
    /// Of a registration: who is to hold which right.
    Registration(RegistrationFacts),
    /// Of a distribution of income.
    Distribution(DistributionFacts),
    /// Of an alteration: what ends rights, or changes the asset under them, and gives nothing to anybody.
    Alteration(AlterationFacts),
}

/// What moves from whom to whom, and against what.
#[derive(Debug, Clone)]
pub struct TransferFacts {
    /// Which of the three rights moves, in all lots.
    pub right: RightKind,
    /// What is given. Never empty.
    pub lots: Vec<LotFacts>,
    /// What is given for it.
    pub consideration: Consideration,
    /// Whom the money is paid to; none for the givers themselves, each its part.
    pub pay_to: Option<PartyFacts>,
    /// The day on which the rights move.
    pub effective_on: NaiveDate,
    /// The term of a grant, after which the right comes back; none for good.
    pub term: Option<Period>,
    /// The appraisal of what is given.
    pub appraisal: Option<AppraisalFacts>,
    /// What the giving villages decided.
    pub decisions: Vec<DecisionFacts>,
    /// The relations, in force on the effective day, of every party of the deal and of the appraiser, to anybody at all.
    /// Membership may be left out: no rule takes it for a tie.
    pub ties: Vec<Tie>,
    /// The day on which the rules look.
    pub today: NaiveDate,
}

impl TransferFacts {
    /// The lots given and then those of a swap: the order that findings count lots in.
    pub fn all_lots(&self) -> impl Iterator<Item = &LotFacts> {
        self.lots.iter().chain(self.consideration.lots())
    }

    /// Whether the state or a collective is among the givers of either side.
    pub fn gives_public(&self) -> bool {
        self.all_lots().any(|it| it.from.is_public())
    }

    /// From the effective day on, or over the term.
    pub fn span(&self) -> Period {
        self.term.unwrap_or_else(|| Period::since(self.effective_on))
    }
}

/// What is given in return.
#[derive(Debug, Clone)]
pub enum Consideration {
    /// A sum.
    Price(Fen),
    /// A schedule of payments, in any order.
    Rent(Vec<Fen>),
    /// The same right in other assets.
    Swap {
        /// What comes back: the givers are the receivers of the other lots.
        lots: Vec<LotFacts>,
        /// The appraised value of what comes back, where it was appraised.
        appraised: Option<Fen>,
    },
    /// Nothing.
    Nothing,
}

impl Consideration {
    /// The money in all, in fen; none where no money is agreed upon.
    pub fn money(&self) -> Option<i128> {
        match self {
            Self::Price(amount) => Some(amount.get().into()),
            Self::Rent(schedule) => Some(schedule.iter().map(|it| i128::from(it.get())).sum()),
            Self::Swap { .. } | Self::Nothing => None,
        }
    }

    /// Whether nothing is given in return, in words or in figures.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing) || self.money() == Some(0)
    }

    /// What comes back in a swap.
    pub fn lots(&self) -> &[LotFacts] {
        match self {
            Self::Swap { lots, .. } => lots,
            _ => &[],
        }
    }
}

/// A share of one asset that moves between two parties.
#[derive(Debug, Clone)]
pub struct LotFacts {
    /// The asset.
    pub asset: AssetFacts,
    /// Who gives.
    pub from: PartyFacts,
    /// Who receives.
    pub to: PartyFacts,
    /// How much of the right moves.
    pub share: Share,
    /// How much of the right the giver holds, residual right of the owner included, before this case.
    pub held: Held,
    /// What all holders of the right have on the worst day after the act: the day on which the sum is farthest from 1.
    pub holders_after: Total,
    /// Every other act that gives the same right of the same giver away, one for each act, in any order.
    pub rivals: Vec<Rival>,
    /// What lies on the asset and has not been released.
    pub restrictions: Vec<RestrictionFacts>,
    /// The document by which a giving household consents.
    pub owner_consent: Option<Id<kind::Document>>,
    /// The terms for which the receiver already holds this management as a grant: earlier leases, for renewals.
    pub earlier_terms: Vec<Period>,
}

/// How much of a right somebody holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// On the first day, leaving aside acts on record that take effect later.
    pub at_start: Total,
    /// The least on any day of the span, all acts on record counted.
    pub least: Total,
}

/// The asset, as far as rules care.
#[derive(Debug, Clone)]
pub struct AssetFacts {
    /// The asset.
    pub id: Id<kind::Asset>,
    /// Its class.
    pub class: AssetClass,
    /// Its category, a code of the register such as `greenhouse`.
    pub category: String,
    /// The money invested in it.
    pub original_value: Fen,
    /// What it is worth in the books on the effective day.
    pub book_value: Fen,
}

/// A party, as far as rules care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartyFacts {
    /// The party.
    pub id: Id<kind::Party>,
    /// What it is.
    pub kind: PartyKind,
}

impl PartyFacts {
    /// The sector that the party belongs to.
    pub const fn sector(&self) -> Sector {
        self.kind.sector()
    }

    /// Whether its wealth is that of the state or of a collective.
    pub const fn is_public(&self) -> bool {
        self.sector().is_public()
    }
}

/// An act that claims the same right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rival {
    /// Which act.
    pub by: RivalAct,
    /// How much of the right it takes from the same giver, all its lots together.
    pub share: Share,
    /// When: its term, or from its effective day on.
    pub span: Period,
}

/// What kind of act claims the same right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RivalAct {
    /// Another case, submitted and not yet executed, rejected or withdrawn.
    Pending(Id<kind::Case>),
    /// An executed act that takes effect after this one.
    LaterDated(Id<kind::Instrument>),
}

/// Something that lies on an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestrictionFacts {
    /// What it is.
    pub kind: RestrictionKind,
    /// Who holds it.
    pub holder: Id<kind::Party>,
    /// From when until when.
    pub period: Period,
    /// The document by which its holder consents to this case.
    pub consent: Option<Id<kind::Document>>,
}

/// A relation between two parties, on the day in question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tie {
    /// The shareholder, the member, the controlled one, the representative.
    pub from: Id<kind::Party>,
    /// How it stands to the other.
    pub kind: RelationKind,
    /// The other.
    pub to: Id<kind::Party>,
}

/// An appraisal of what is given: for ownership its value, for management the rent of the whole term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppraisalFacts {
    /// What it came to.
    pub value: Fen,
    /// The day that it speaks of.
    pub appraised_on: NaiveDate,
    /// Who appraised.
    pub appraiser: Id<kind::Party>,
    /// How many appraisers signed.
    pub signatures: u32,
    /// The report on this very object; none where there is none, or where it is about something else.
    pub document: Option<Id<kind::Document>>,
}

/// A decision, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionFacts {
    /// The collective that decided; none where one decision was filed for all of them.
    pub by: Option<Id<kind::Party>>,
    /// What it decided.
    pub decision: VillageDecision,
}

/// Who is to hold which right in an asset.
#[derive(Debug, Clone)]
pub struct RegistrationFacts {
    /// The asset.
    pub asset: AssetFacts,
    /// What is claimed: ownership, and of management and income what is granted and does not rest with the owners.
    pub claims: Vec<Claim>,
    /// Who holds what on the effective day before this case, residual rights included. Empty for a first registration.
    pub standing: Vec<Claim>,
    /// The document by which a household consents to losing what it holds.
    pub owner_consent: Option<Id<kind::Document>>,
    /// What the villages decided.
    pub decisions: Vec<DecisionFacts>,
}

/// A share of a right and who holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The right.
    pub right: RightKind,
    /// Who holds it.
    pub holder: PartyFacts,
    /// How much of it.
    pub share: Share,
}

/// Income, and whom it is to go to.
#[derive(Debug, Clone)]
pub struct DistributionFacts {
    /// The assets that the income comes from.
    pub sources: Vec<IncomeSource>,
    /// The income of the period that was received.
    pub received: Fen,
    /// What of it cannot be distributed: what other distributions took or hold, and reserves that are not among the lines.
    pub reserved: Fen,
    /// The plan.
    pub lines: Vec<LineFacts>,
    /// What the villages decided.
    pub decisions: Vec<DecisionFacts>,
}

/// An asset that income comes from.
#[derive(Debug, Clone)]
pub struct IncomeSource {
    /// The asset.
    pub asset: AssetFacts,
    /// Who owned it during the period.
    pub owners: Vec<PartyFacts>,
    /// The document by which an owning household consents to the distribution.
    pub owner_consent: Option<Id<kind::Document>>,
}

/// A line of a distribution.
#[derive(Debug, Clone)]
pub struct LineFacts {
    /// Whose part it is.
    pub party: PartyFacts,
    /// Whose account it goes into.
    pub account_owner: Id<kind::Party>,
    /// The purpose of that account.
    pub purpose: Purpose,
    /// How much.
    pub amount: Fen,
    /// The code of what it is to be used for, where the plan says more than the purpose.
    pub use_code: Option<String>,
}

/// What ends rights or changes the asset under them.
#[derive(Debug, Clone)]
pub struct AlterationFacts {
    /// The day from which it works.
    pub effective_on: NaiveDate,
    /// What is to be decided upon.
    pub matter: Matter,
    /// Whose matter it is; the collectives among them must have decided.
    pub concerned: Vec<PartyFacts>,
    /// What somebody loses by it.
    pub lost: Vec<Lost>,
    /// The document by which a household consents to losing what it holds.
    pub owner_consent: Option<Id<kind::Document>>,
    /// What lies on an asset that comes to an end.
    pub restrictions: Vec<(Id<kind::Asset>, RestrictionFacts)>,
    /// What the villages decided.
    pub decisions: Vec<DecisionFacts>,
    /// How an asset comes to an end; none where it does not.
    pub disposal: Option<DisposalFacts>,
}

/// A share of a right that somebody loses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The asset.
    pub asset: Id<kind::Asset>,
    /// Which right, whose, and how much of it.
    pub claim: Claim,
    /// Every other act that gives the same right of the same holder away, where the asset comes to an end. The end of a grant
    /// has none: it goes before whatever its holder would give away.
    pub rivals: Vec<Rival>,
}

/// How an asset comes to an end.
#[derive(Debug, Clone)]
pub struct DisposalFacts {
    /// The asset.
    pub asset: AssetFacts,
    /// Why.
    pub cause: DisposalCause,
    /// The first day on which its service life is over; none beyond the calendar.
    pub serves_until: Option<NaiveDate>,
    /// The technical report on it, or the proof of the disaster.
    pub report: Option<Id<kind::Document>>,
}

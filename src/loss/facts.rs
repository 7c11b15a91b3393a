//! The facts of one act: everything that a loss rule may look at, one type for each kind of act.
//!
//! They are loaded once, in a few set-based queries, by the rooms above. Rules load nothing, and know neither
//! the time nor any names.
//!
//! They are kept with the case as JSON, so that rules can look again at what they looked at then ([`AnyFacts`]). So they hold
//! identifiers, codes, numbers and days, and neither names nor free text. A field that is added has `#[serde(default)]`, with what
//! is so where nothing was said of it; where that would be wrong, [`FORMAT`] goes up.
//!
//! [`AnyFacts`]: super::check::AnyFacts

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    cases::{
        decision::{Matter, VillageDecision},
        policies::values::PolicyValues,
        purpose::Purpose,
    },
    register::{
        codes::{
            AssetClass, DisposalCause, DisposalPaper, DisposalWay, PartyKind, RestrictionKind, RightKind,
            Sector,
        },
        parties::ties::Web,
    },
    values::{Fen, Id, Period, Share, id::kind, share::Total},
};

pub use super::around::{DealFacts, EncumbranceFacts, Near, PaperFacts, PaperOf, PaymentFacts, TradeFacts};
pub use crate::register::{
    land::{CONTRACTED_LAND, LandUse, Measure},
    parties::ties::Tie,
};

/// In which form facts are kept. It goes up when what was kept before can no longer be read as what it meant; cases that have
/// theirs in another form count as such that have none.
pub const FORMAT: i32 = 1;

/// When an act was entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// The day on which its case was drafted.
    pub on: NaiveDate,
    /// Whether it says why it is entered long after its day.
    pub explained: bool,
    /// Whether it is judged as of its own day: it is entered long after that, and says why.
    pub of_its_day: bool,
}

impl Entered {
    /// How many days after its own day an act was entered; below zero for one that is to come.
    pub fn days_after(&self, effective_on: NaiveDate) -> i64 {
        self.on.signed_duration_since(effective_on).num_days()
    }

    /// How many days after another one an act was made: on its own day or when it was looked at, whichever comes first after the other;
    /// none where both come before. One that is judged as of its own day was made on that.
    pub fn days_between(
        &self,
        other: NaiveDate,
        effective_on: NaiveDate,
        looked_at: NaiveDate,
    ) -> Option<i64> {
        let looked_at = Some(looked_at).filter(|_| !self.of_its_day);
        let made_on = looked_at.into_iter().chain([effective_on]);
        made_on.map(|it| it.signed_duration_since(other).num_days()).filter(|it| *it >= 0).min()
    }

    /// Whether an act of a day was entered late.
    pub fn is_late(&self, effective_on: NaiveDate, policy: &PolicyValues) -> bool {
        self.days_after(effective_on) > policy.late_entry_days
    }
}

/// What moves from whom to whom, and against what.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TransferFacts {
    /// Which of the three rights moves, in all lots.
    pub right: RightKind,
    /// What is given. Never empty.
    pub lots: Vec<LotFacts>,
    /// What is given for it.
    pub consideration: Consideration,
    /// Whom the money is paid to; none if each giver is paid its part.
    pub pay_to: Option<PartyFacts>,
    /// The day on which the rights move.
    pub effective_on: NaiveDate,
    /// The term of a grant, after which the right comes back; none if it moves for good.
    pub term: Option<Period>,
    /// The appraisal of what is given.
    pub appraisal: Option<AppraisalFacts>,
    /// What the giving villages decided.
    pub decisions: Vec<DecisionFacts>,
    /// Who auctioned what is given; none where nobody did.
    pub auctioneer: Option<PartyFacts>,
    /// The ties by which the parties of the deal, whoever is paid, the appraiser and the auctioneer could be related to each
    /// other: all that are in force on the effective day, on the day of entry or today, so that nobody leaves an office for a
    /// day; of what is judged as of its own day, those of that day. Such that do not count may be left out.
    pub ties: Vec<Tie>,
    /// The same of today, where what is entered late is judged as of its own day.
    #[serde(default)]
    pub ties_today: Vec<Tie>,
    /// When it was entered.
    pub entered: Entered,
    /// The day on which the rules are applied.
    pub today: NaiveDate,
    /// How many source documents come with it.
    pub sources: usize,
    /// What its receivers owe under contracts about what is given, or to those who give it.
    pub arrears: Vec<ArrearsFacts>,
    /// The trade on a property exchange; none where there was none.
    #[serde(default)]
    pub trade: Option<TradeFacts>,
    /// The other deals of the same givers around this one.
    #[serde(default)]
    pub nearby: Vec<DealFacts>,
    /// Which of its papers are those of other deals; what the villages decided, which may be about many deals, is left out.
    #[serde(default)]
    pub papers_elsewhere: Vec<PaperFacts>,
    /// What its receivers still owe those who give it for what they bought, or for what came of a disposal.
    #[serde(default)]
    pub proceeds: Vec<ProceedsFacts>,
    /// The day on which the price falls due as it was agreed; none where it does by the policy, or no price falls due.
    #[serde(default)]
    pub proceeds_due_on: Option<NaiveDate>,
    /// What was said otherwise of what is given, or would be, after it was on record.
    #[serde(default)]
    pub restated: Vec<RestatedFacts>,
    /// Whether a paper shows the auction, as one would show a trade; none where nobody auctions it, or an exchange does.
    #[serde(default)]
    pub auction_shown: Option<bool>,
    /// The contracts on record that let what it lets to the same, with another term or schedule, and stand under no right.
    #[serde(default)]
    pub let_already: Vec<LetAlready>,
    /// Those to whom its receivers owe something that are private in name, and a village's own organisation.
    #[serde(default)]
    pub own_organisations: Vec<Id<kind::Party>>,
}

/// Proceeds of a sale or of a disposal that fell due and did not come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProceedsFacts {
    /// The record of them.
    pub id: Id<kind::Proceeds>,
    /// What brought them.
    pub asset: Id<kind::Asset>,
    /// To whom they are owed by now: whoever took the place of one that is there no more.
    pub creditor: PartyFacts,
    /// Who owes them by now.
    pub payer: Id<kind::Party>,
    /// How much of them is open.
    pub open: Fen,
    /// The day on which they fell due.
    pub due_on: NaiveDate,
    /// The day as of which they are owed.
    pub on: NaiveDate,
    /// The receivers of the deal that are one with whoever owes it: whom it controls, who controls it, of one household with it.
    #[serde(default)]
    pub behind: Vec<Id<kind::Party>>,
    /// The receivers of the deal that are kin of whoever owes it, or in the hands of kin.
    #[serde(default)]
    pub kin: Vec<Id<kind::Party>>,
}

/// What is said of an asset, as far as it decides what may be done with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidOfAsset {
    /// Its class.
    pub class: AssetClass,
    /// Its category.
    pub category: String,
    /// What it cost.
    pub original_value: Fen,
    /// Its book value on the day of the deal, as it was said to be written off; none where that was not kept.
    #[serde(default)]
    pub book_value: Option<Fen>,
    /// The first day on which its service life is over, as it was said; none where that was not kept.
    #[serde(default)]
    pub serves_until: Option<NaiveDate>,
}

/// Something else that was said of an asset after it was on record, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestatedFacts {
    /// What is given: the asset itself, or one that came from it.
    pub asset: Id<kind::Asset>,
    /// The day on which it was said; none while the case that would say it is under way.
    pub on: Option<NaiveDate>,
    /// The case that says it.
    pub case: Id<kind::Case>,
    /// What was said before.
    pub before: SaidOfAsset,
    /// What is said now.
    pub after: SaidOfAsset,
}

/// Rent that fell due under a contract and did not come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrearsFacts {
    /// The contract.
    pub contract: Id<kind::Contract>,
    /// Who lets.
    pub lessor: PartyFacts,
    /// Who owes it.
    pub lessee: Id<kind::Party>,
    /// What is let.
    pub assets: Vec<Id<kind::Asset>>,
    /// How much.
    pub amount: Fen,
    /// The first day on which any of it fell due.
    pub since: NaiveDate,
    /// How many payments it is, in whole or in part.
    pub payments: u32,
    /// The day as of which it is owed.
    pub on: NaiveDate,
    /// The receivers of the deal that are one with whoever owes it: whom it controls, or who controls it.
    #[serde(default)]
    pub behind: Vec<Id<kind::Party>>,
    /// The receivers of the deal that are kin of whoever owes it, or in the hands of kin.
    #[serde(default)]
    pub kin: Vec<Id<kind::Party>>,
}

/// Contracts on record that let what a lease would let, between the same, and stand under no right yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetAlready {
    /// The asset.
    pub asset: Id<kind::Asset>,
    /// Who lets.
    pub lessor: Id<kind::Party>,
    /// Who rents.
    pub lessee: Id<kind::Party>,
    /// The contracts.
    pub contracts: Vec<Id<kind::Contract>>,
}

impl TransferFacts {
    /// The lots given and then those of a swap: the order in which findings count lots.
    pub fn all_lots(&self) -> impl Iterator<Item = &LotFacts> {
        self.lots.iter().chain(self.consideration.lots())
    }

    /// Whether the state or a collective is among the givers, on either side of a swap, or a village's own organisation is.
    pub fn gives_public(&self) -> bool {
        let web = Web::of(&self.ties);
        self.all_lots().any(|it| web.is_of_public(it.from.id, it.from.kind))
    }

    /// Whether somebody auctions what is given, beside any exchange.
    pub const fn is_auctioned(&self) -> bool {
        self.auction_shown.is_some() && self.auctioneer.is_some()
    }

    /// Whether what is given does not come back, and is no management, for which a term is needed anyway.
    pub fn is_for_good(&self) -> bool {
        match self.right {
            RightKind::Ownership => true,
            RightKind::Income => self.span().to().is_none(),
            RightKind::Management => false,
        }
    }

    /// How many days after another one the deal was made; none where it was made before that.
    ///
    /// Nobody gains by the day that a deal names: it was made on its own day and when it was entered or is looked at, whichever comes
    /// first after the other. One that is entered late and says why was made on its own day.
    pub fn days_since(&self, day: NaiveDate) -> Option<i64> {
        self.entered.days_between(day, self.effective_on, self.entered.on.max(self.today))
    }

    /// From the effective day on, or over the term.
    pub fn span(&self) -> Period {
        self.term.unwrap_or_else(|| Period::since(self.effective_on))
    }
}

/// Money that falls due on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The day.
    pub due_on: NaiveDate,
    /// How much.
    pub amount: Fen,
}

impl Payment {
    /// The payments of a schedule.
    pub fn all(dues: &[(NaiveDate, Fen)]) -> Vec<Self> {
        dues.iter().map(|(due_on, amount)| Self { due_on: *due_on, amount: *amount }).collect()
    }

    /// All the money of some payments, in fen.
    pub fn total(payments: &[Self]) -> i128 {
        payments.iter().map(|it| i128::from(it.amount.get())).sum()
    }
}

/// What is given in return.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consideration {
    /// A sum.
    Price(Fen),
    /// A schedule of payments, in any order.
    Rent(Vec<Payment>),
    /// The same right in other assets.
    Swap {
        /// What comes back: the givers are the receivers of the other lots.
        lots: Vec<LotFacts>,
        /// The appraised value of what comes back; none if it was not appraised.
        appraised: Option<Fen>,
        /// The appraisal behind that value; none where only the value is said.
        #[serde(default)]
        appraisal: Option<AppraisalFacts>,
    },
    /// Nothing.
    Nothing,
}

impl Consideration {
    /// All the money, in fen; none if no money is agreed upon.
    pub fn money(&self) -> Option<i128> {
        match self {
            Self::Price(amount) => Some(amount.get().into()),
            Self::Rent(schedule) => Some(Payment::total(schedule)),
            Self::Swap { .. } | Self::Nothing => None,
        }
    }

    /// Whether nothing is given in return, be it called nothing or a price of nothing.
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
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LotFacts {
    /// The asset.
    pub asset: AssetFacts,
    /// Who gives.
    pub from: PartyFacts,
    /// Who receives.
    pub to: PartyFacts,
    /// How much of the right moves.
    pub share: Share,
    /// How much of the right the giver holds before this case, what rests with it as the owner included.
    pub held: Held,
    /// What all holders of the right have together after the act, on the day on which that is farthest from
    /// the whole.
    pub holders_after: Total,
    /// Every other act that gives away the same right of the same giver, each act once, in any order.
    pub rivals: Vec<Rival>,
    /// The restrictions on the asset that have not been released.
    pub restrictions: Vec<RestrictionFacts>,
    /// The document by which a giving household consents.
    pub owner_consent: Option<Id<kind::Document>>,
    /// The document by which the owner agrees to what a lessee lets on.
    #[serde(default)]
    pub sublease_consent: Option<Id<kind::Document>>,
    /// The terms of the grants of the same right that the receiver already has: the earlier leases, if this
    /// is a renewal.
    pub earlier_terms: Vec<Period>,
    /// Who owns the asset on the first day.
    pub owners: Vec<PartyFacts>,
    /// How the giver came by the same right, and those before it from whom it came to the giver.
    pub acquired: Vec<Acquired>,
}

/// How somebody came by a right in an asset, for money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acquired {
    /// From whom.
    pub from: PartyFacts,
    /// The day from which it had it.
    pub on: NaiveDate,
    /// The term, for what comes back; none for what moved for good.
    pub term: Option<Period>,
    /// How much of the right.
    pub share: Share,
    /// What was paid for that share, or is to be: of the whole term where it has one.
    pub paid: Fen,
}

/// How much of a right somebody holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// On the first day, without regard to recorded acts that take effect later.
    pub at_start: Total,
    /// The least on any day of the span, all recorded acts included.
    pub least: Total,
}

/// An asset, as the rules see it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AssetFacts {
    /// The asset.
    pub id: Id<kind::Asset>,
    /// Its class.
    pub class: AssetClass,
    /// Its category, a code of the register such as `greenhouse`.
    pub category: String,
    /// The money invested in it.
    pub original_value: Fen,
    /// Its book value on the effective day.
    pub book_value: Fen,
    /// What it is measured in, where that tells what it is whatever it is called.
    #[serde(default)]
    pub measured_in: Option<Measure>,
}

/// A party, as the rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyFacts {
    /// The party.
    pub id: Id<kind::Party>,
    /// What it is.
    pub kind: PartyKind,
    /// The day from which it is there no more.
    pub ended_on: Option<NaiveDate>,
    /// Who takes its place in the end, where it is there no more.
    pub succeeded_by: Option<Successor>,
}

/// Who takes the place of a party that is there no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Successor {
    /// The party.
    pub id: Id<kind::Party>,
    /// The sector that it belongs to.
    pub sector: Sector,
}

impl PartyFacts {
    /// The sector that the party belongs to.
    pub const fn sector(&self) -> Sector {
        self.kind.sector()
    }

    /// Whether what it owns is the wealth of the state or of a collective.
    pub const fn is_public(&self) -> bool {
        self.sector().is_public()
    }
}

/// Another act that gives away the same right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rival {
    /// Which act.
    pub by: RivalAct,
    /// How much of the right it takes from the same giver, all its lots together.
    pub share: Share,
    /// When: its term, or from its effective day on.
    pub span: Period,
}

/// Which act gives away the same right as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RivalAct {
    /// A case that has been submitted, and neither executed nor rejected nor withdrawn.
    Pending(Id<kind::Case>),
    /// An executed act that takes effect later than this one.
    LaterDated(Id<kind::Instrument>),
    /// A contract on record under which no right was moved: whoever rents by it has what it lets all the same.
    Contract(Id<kind::Contract>),
}

/// A restriction on an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestrictionFacts {
    /// What it is.
    pub kind: RestrictionKind,
    /// Who holds it.
    pub holder: Id<kind::Party>,
    /// When it is in force.
    pub period: Period,
    /// The document by which its holder consents to this case.
    pub consent: Option<Id<kind::Document>>,
}

/// An appraisal of what is given: for ownership its value, for management the rent of the whole term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppraisalFacts {
    /// What it came to.
    pub value: Fen,
    /// The day as of which the value was found.
    pub appraised_on: NaiveDate,
    /// Who appraised.
    pub appraiser: Id<kind::Party>,
    /// What that is; none where it was not kept.
    #[serde(default)]
    pub appraiser_kind: Option<PartyKind>,
    /// How many appraisers signed.
    pub signatures: u32,
    /// The report on this very object; none if there is none, or if it is about something else.
    pub document: Option<Id<kind::Document>>,
}

/// A decision, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionFacts {
    /// The collective that decided; none where the decision does not say it.
    pub by: Option<Id<kind::Party>>,
    /// What it decided.
    pub decision: VillageDecision,
}

/// Who is to hold which right in an asset.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RegistrationFacts {
    /// The day from which it is said to be so.
    pub effective_on: NaiveDate,
    /// The asset.
    pub asset: AssetFacts,
    /// What is claimed: ownership, and of management and income whatever does not rest with the owners.
    pub claims: Vec<Claim>,
    /// Of these, what is granted to others beside the owners by a first registration, with what is known of the grants: the
    /// leases that stand. For a correction, what private parties would hold more of while the state or collectives hold less; and of
    /// management and income of what those own, what private parties would hold more of, whoever loses it.
    pub grants: Vec<Granting>,
    /// The relations, on the day of entry, of those who own the asset and of those who are granted anything.
    pub ties: Vec<Tie>,
    /// The restrictions on the asset that are in force from the effective day on; of a correction alone.
    #[serde(default)]
    pub restrictions: Vec<RestrictionFacts>,
    /// Who holds what on the effective day before this case, what rests with the owners included. Empty for a
    /// first registration.
    pub standing: Vec<Claim>,
    /// Who owns the asset from the first day of which something was on record: without them nothing is put on record of the
    /// days before. Empty unless it is such days that something is said of.
    pub owners_since: Vec<PartyFacts>,
    /// What would become of those whom contracts about it bind.
    pub rebound: Vec<Rebound>,
    /// The rent that fell due by now and would be owed no longer, since a lease would have ended before.
    pub overdue_given_up: Vec<RentGivenUp>,
    /// The leases that end before their term by it.
    #[serde(default)]
    pub ended_early: Vec<EndedEarly>,
    /// The lessees in whose place another one would be, and what they owe.
    #[serde(default)]
    pub replaced: Vec<ReplacedFacts>,
    /// The rent that would fall due later, and would be owed by nobody.
    #[serde(default)]
    pub later_rent: Vec<LaterRent>,
    /// What whoever is said to rent, or would rent for longer, owes the owners under other contracts.
    #[serde(default)]
    pub arrears: Vec<ArrearsFacts>,
    /// The document by which a household consents to losing what it holds, or confirms who owned the asset before it.
    pub owner_consent: Option<Id<kind::Document>>,
    /// When it was entered.
    pub entered: Entered,
    /// What the villages decided.
    pub decisions: Vec<DecisionFacts>,
    /// How many source documents come with it.
    pub sources: usize,
    /// Those whom it concerns that are private in name, and a village's own organisation: what is theirs is the village's.
    #[serde(default)]
    pub own_organisations: Vec<Id<kind::Party>>,
    /// The project that made the asset, of a first registration; none where none did.
    #[serde(default)]
    pub project: Option<MadeBy>,
}

impl RegistrationFacts {
    /// Whether what a party has or is owed is that of the state or of a collective, or of a village's own organisation.
    pub fn is_public(&self, party: PartyFacts) -> bool {
        party.is_public() || self.own_organisations.contains(&party.id)
    }
}

/// The project that made an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeBy {
    /// The year of its funds.
    pub year: i32,
    /// Whether any of them are the state's, a village's, or were given for the public.
    pub public: bool,
    /// The day from which the asset is said to be there.
    pub acquired_on: NaiveDate,
}

/// A share of a right and who holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The right.
    pub right: RightKind,
    /// Who holds it.
    pub holder: PartyFacts,
    /// How much of it.
    pub share: Share,
}

/// A right that somebody beside the owners has when an asset is registered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Granting {
    /// Which of the claims it is, counted from 0.
    pub claim_number: usize,
    /// Which right, whose, and how much of it.
    pub claim: Claim,
    /// For how long it was granted; none where it has no end.
    pub term: Option<Period>,
    /// What falls due for it, in any order; none where there is no contract.
    pub rent: Option<Vec<Payment>>,
    /// The contracts on record by which somebody rents the same on some of the days, but for the one that is taken for its own.
    pub others: Vec<Id<kind::Contract>>,
    /// How it came about.
    #[serde(default)]
    pub made: GrantMade,
    /// In whose place it is said to be theirs, where that is somebody private: the public parties lose nothing of the right by it.
    #[serde(default)]
    pub in_place_of: Option<Id<kind::Party>>,
}

/// How a right came about that somebody has when an asset is registered, or by a correction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantMade {
    /// Long before it was entered: it stands.
    #[default]
    LongAgo,
    /// So lately that it could have been given by a transfer, and is looked at as by one.
    Lately,
    /// By a transfer, of which another receiver is said.
    ByTransfer,
    /// By days that are added to the term of a lease on record: for those it is let now.
    Lengthened,
}

/// Income, and whom it is to be paid to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DistributionFacts {
    /// The assets that the income comes from.
    pub sources: Vec<IncomeSource>,
    /// How much income was received in the period.
    pub received: Fen,
    /// How much of it cannot be distributed: what other distributions took or hold, and reserves that are not
    /// among the lines.
    pub reserved: Fen,
    /// The cases whose plans took or hold it.
    pub reserved_by: Vec<Id<kind::Case>>,
    /// The plan.
    pub lines: Vec<LineFacts>,
    /// What the villages decided.
    pub decisions: Vec<DecisionFacts>,
    /// The day on which the rules are applied.
    pub today: NaiveDate,
}

/// An asset that income comes from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IncomeSource {
    /// The asset.
    pub asset: AssetFacts,
    /// Who owned it during the period.
    pub owners: Vec<PartyFacts>,
    /// The document by which an owning household consents to the distribution.
    pub owner_consent: Option<Id<kind::Document>>,
}

/// A line of a distribution.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LineFacts {
    /// Whose part of the income it is.
    pub party: PartyFacts,
    /// Whose account it goes into.
    pub account_owner: Id<kind::Party>,
    /// The purpose of that account.
    pub purpose: Purpose,
    /// How much.
    pub amount: Fen,
    /// The code of the use, if the plan says more about it than the purpose does.
    pub use_code: Option<String>,
}

/// An act that ends rights or changes the asset under them, and gives nothing to anybody.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AlterationFacts {
    /// The day on which it takes effect.
    pub effective_on: NaiveDate,
    /// When it was entered.
    pub entered: Entered,
    /// The matter that the villages decide on.
    pub matter: Matter,
    /// Whom it concerns; the collectives among them must have decided.
    pub concerned: Vec<PartyFacts>,
    /// What is lost by it, and by whom.
    pub lost: Vec<Lost>,
    /// The document by which a household consents to losing what it holds.
    pub owner_consent: Option<Id<kind::Document>>,
    /// The restrictions on assets that come to an end.
    pub restrictions: Vec<(Id<kind::Asset>, RestrictionFacts)>,
    /// What the villages decided.
    pub decisions: Vec<DecisionFacts>,
    /// How an asset is disposed of; none if no asset is.
    pub disposal: Option<DisposalFacts>,
    /// The terms of a contract that would be easier on its lessee than those on record, or would bind another lessee; none if
    /// no contract becomes one.
    pub eased: Option<LeaseTerms>,
    /// The households whose asset would be one of a household no longer.
    pub reclassed: Vec<Reclassed>,
    /// What a contract of theirs would do to those whom it binds.
    pub rebound: Vec<Rebound>,
    /// What fell due by the day of entry, and would be owed no longer or later, and to whom; none where nothing would.
    pub given_up: Option<GivenUp>,
    /// The rent that fell due by now and would be owed no longer, since a lease would have ended before.
    pub overdue_given_up: Vec<RentGivenUp>,
    /// How many source documents come with it; none where it puts nothing in the chain of an asset.
    pub sources: Option<usize>,
    /// An asset of which another class would be said; none if of none.
    #[serde(default)]
    pub relabelled: Option<Relabelled>,
    /// An asset that would be divided; none if none is.
    #[serde(default)]
    pub divided: Option<Divided>,
    /// The leases that end before their term by it.
    #[serde(default)]
    pub ended_early: Vec<EndedEarly>,
    /// The lessees in whose place another one would be, and what they owe.
    #[serde(default)]
    pub replaced: Vec<ReplacedFacts>,
    /// The rent that would fall due later, and by what is put right would be owed by nobody.
    #[serde(default)]
    pub later_rent: Vec<LaterRent>,
    /// Those whom it concerns that are private in name, and a village's own organisation: what is theirs is the village's.
    #[serde(default)]
    pub own_organisations: Vec<Id<kind::Party>>,
    /// What was said otherwise, after it was on record, of an asset that is disposed of or struck off.
    #[serde(default)]
    pub restated: Vec<RestatedFacts>,
    /// An asset on record that would be void; none if none would.
    #[serde(default)]
    pub struck_off: Option<StruckOff>,
}

impl AlterationFacts {
    /// Whether what a party has or is owed is that of the state or of a collective, or of a village's own organisation.
    pub fn is_public(&self, party: PartyFacts) -> bool {
        party.is_public() || self.own_organisations.contains(&party.id)
    }

    /// How many days after another one it was made; none where it was made before that.
    pub fn days_since(&self, day: NaiveDate) -> Option<i64> {
        self.entered.days_between(day, self.effective_on, self.entered.on)
    }
}

/// A registered asset that should not have been recorded, as it is said.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StruckOff {
    /// The asset.
    pub asset: AssetFacts,
    /// Whether the state or a collective owns any of it.
    pub public: bool,
    /// Another asset of the same project that is the same by name and quantity, cost no less, and is the state's or a collective's.
    pub twin: Option<Id<kind::Asset>>,
}

/// An asset that would be divided, and what is said of its pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Divided {
    /// The asset.
    pub asset: Id<kind::Asset>,
    /// Whether the state or a collective owns any of it.
    pub public: bool,
    /// Its pieces, in the order in which they are asked for.
    pub pieces: Vec<PieceFacts>,
}

/// A piece that an asset would be divided into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PieceFacts {
    /// How much of it there is, in millionths of its unit.
    pub quantity: i64,
    /// In what it is counted; empty where nobody looked, and it is counted as the whole is.
    #[serde(default)]
    pub unit: String,
    /// What of the asset's cost is said to fall to it.
    pub cost: Fen,
    /// Whether it is the kind of thing that the whole is.
    pub of_its_kind: bool,
}

/// An asset of which another class would be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relabelled {
    /// The asset.
    pub asset: Id<kind::Asset>,
    /// What it is on record as.
    pub before: AssetClass,
    /// What it would be.
    pub after: AssetClass,
    /// Whether the state or a collective owns any of it.
    pub public: bool,
    /// What it cost, by the greater of what is on record and what would be; none where that was not kept.
    #[serde(default)]
    pub cost: Option<Fen>,
}

/// Rent under a contract that would be owed no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RentGivenUp {
    /// The contract.
    pub contract: Id<kind::Contract>,
    /// Who lets.
    pub lessor: PartyFacts,
    /// Who owes it.
    pub lessee: Id<kind::Party>,
    /// How much.
    pub amount: Fen,
    /// The day before which it fell due.
    pub due_before: NaiveDate,
}

/// Rent under a contract that would fall due later, and would be owed by nobody by what is put right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaterRent {
    /// The contract.
    pub contract: Id<kind::Contract>,
    /// Who lets.
    pub lessor: PartyFacts,
    /// Who would have owed it.
    pub lessee: Id<kind::Party>,
    /// How much.
    pub amount: Fen,
    /// The day from which on it would have fallen due.
    pub from: NaiveDate,
}

/// A lease that ends before its term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedEarly {
    /// The contract.
    pub contract: Id<kind::Contract>,
    /// Who lets.
    pub lessor: PartyFacts,
    /// Who rents.
    pub lessee: Id<kind::Party>,
    /// The term that was agreed.
    pub term: Period,
    /// The day from which it would have ended.
    pub on: NaiveDate,
    /// The rent of the whole term.
    pub rent: Fen,
    /// What of it would have fallen due.
    pub fell_due: Fen,
    /// The greatest payment of that.
    pub greatest: Fen,
}

/// A lessee that owes rent under a contract, and in whose place another one would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedFacts {
    /// What it owes.
    pub owed: ArrearsFacts,
    /// Who would be in its place.
    pub by: Id<kind::Party>,
    /// Whether that one would owe it from then on; else it stays with whoever owes it.
    pub passes: bool,
}

/// A party of a contract that would be left with less by other terms, or bound to more.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Rebound {
    /// The party.
    pub party: PartyFacts,
    /// What would become of it.
    pub by: Rebinding,
}

/// What other terms of a contract would do to a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rebinding {
    /// It lets, and would be owed less, or later, or let more.
    Lets,
    /// It rents, and would owe more, or sooner.
    Owes,
    /// It rents, and would rent less, for fewer days, or not at all.
    Loses,
}

/// What fell due, and would be owed no longer or later.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct GivenUp {
    /// To whom it is owed.
    pub creditor: PartyFacts,
    /// By which day it fell due.
    pub due_by: NaiveDate,
    /// How much.
    pub amount: Fen,
}

/// The terms of a lease: those of a contract that is put on record, or those by which one that is on record would let from now on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LeaseTerms {
    /// Who lets.
    pub lessor: PartyFacts,
    /// Who rents.
    pub lessee: PartyFacts,
    /// What is let.
    pub lets: Vec<LetFacts>,
    /// What would fall due, in any order.
    pub rent: Vec<Payment>,
    /// For how long.
    pub term: Period,
    /// Whether that holds days on which nothing was let by the terms on record.
    pub lengthened: bool,
    /// The appraised rent of the whole term, where it was appraised when it was let.
    pub appraised: Option<Fen>,
}

/// An asset that is let.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LetFacts {
    /// The asset.
    pub asset: Id<kind::Asset>,
    /// Its category, a code of the register such as `greenhouse`.
    pub category: String,
    /// What it cost.
    pub cost: Fen,
    /// How much of it is let.
    pub share: Share,
}

/// A contract that is put on record by itself: it moves no right, and so it has to stand under one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContractFacts {
    /// What was agreed.
    pub terms: LeaseTerms,
    /// Under which right it lets each asset, in the order of `terms.lets`.
    pub lets: Vec<LettingFacts>,
    /// The restrictions that lay on an asset on the first day of the term.
    pub restrictions: Vec<(Id<kind::Asset>, RestrictionFacts)>,
    /// The relations, on the day of entry, of whoever lets and of whoever rents.
    pub ties: Vec<Tie>,
    /// What the letting villages decided.
    pub decisions: Vec<DecisionFacts>,
    /// The document by which a household that lets consents.
    pub owner_consent: Option<Id<kind::Document>>,
    /// When it was entered.
    pub entered: Entered,
    /// Which of its papers are those of other deals; what the villages decided, which may be about many deals, is left out.
    #[serde(default)]
    pub papers_elsewhere: Vec<PaperFacts>,
}

/// Under which right a contract lets an asset: by what is on record of the days of its term on which somebody owns it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LettingFacts {
    /// The asset.
    pub asset: Id<kind::Asset>,
    /// Whether anybody owns it on a day of the term; where nobody does, nothing is on record under which it could stand.
    pub registered: Registered,
    /// How much of the management whoever rents has from whoever lets, on each of those days at least.
    pub granted: Total,
    /// How much of the management whoever lets has itself, on each of those days at least.
    pub left: Total,
    /// Whether whoever lets rents it by another contract on record, on all days of the term.
    pub rented: bool,
    /// The other contracts on record by which the same is let on some day of the term.
    pub others: Vec<Id<kind::Contract>>,
}

/// Whether an asset is registered on the days of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registered {
    /// Somebody owns it on one of them.
    Within,
    /// Its first registration is of a later day than the last of them.
    Later,
    /// It has no owner on record.
    Never,
}

/// A household asset that would be recorded as one of another class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reclassed {
    /// The asset.
    pub asset: Id<kind::Asset>,
    /// A household that owns some of it.
    pub owner: PartyFacts,
    /// What it would be.
    pub class: AssetClass,
}

/// A share of a right that somebody loses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// The asset.
    pub asset: Id<kind::Asset>,
    /// Which right, whose, and how much of it.
    pub claim: Claim,
    /// Every other act that gives away the same right of the same holder, if the asset comes to an end. The
    /// end of a grant has none: it comes before anything that the holder would give away.
    pub rivals: Vec<Rival>,
}

/// How an asset is disposed of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DisposalFacts {
    /// The asset.
    pub asset: AssetFacts,
    /// Why.
    pub cause: DisposalCause,
    /// The first day on which its service life is over; none if the calendar does not reach that far.
    pub serves_until: Option<NaiveDate>,
    /// The technical report on its condition, or the proof of the disaster.
    pub report: Option<Id<kind::Document>>,
    /// In what way; none where nothing was said of it, and it is the usual one.
    #[serde(default)]
    pub way: Option<DisposalWay>,
    /// The papers that show why it may be. What has the bytes of the minutes shows nothing.
    #[serde(default)]
    pub evidence: Vec<DisposalPaper>,
    /// Papers that are named as several kinds of them: the first of those with the same bytes.
    #[serde(default)]
    pub of_several_kinds: Vec<(Id<kind::Document>, Vec<DisposalPaper>)>,
    /// The new project that takes its place.
    #[serde(default)]
    pub replaced_by: Option<Id<kind::Project>>,
    /// The first day on which it is used again, where it is not used for some time.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// What comes of it; none where nothing was said of that.
    #[serde(default)]
    pub proceeds: Option<Fen>,
    /// Who pays that.
    #[serde(default)]
    pub payer: Option<Id<kind::Party>>,
    /// The day on which it falls due as it was agreed; none where it does by the policy, or nothing falls due.
    #[serde(default)]
    pub proceeds_due_on: Option<NaiveDate>,
}

impl DisposalFacts {
    /// In what way it is disposed of.
    pub fn way(&self) -> DisposalWay {
        self.way.unwrap_or(self.cause.usual_way())
    }
}

/// How what a case is about was made public, beside the notice that the registry itself posts.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct NoticeFacts {
    /// The day from which the act works, where it has to have been made public before that; none for what says what was so already.
    pub worked_from: Option<NaiveDate>,
    /// The notice that hung on paper; none where none did.
    pub on_paper: Option<PaperNoticeFacts>,
}

/// A notice that hung on paper, as the registry knows of it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct PaperNoticeFacts {
    /// From the day of its posting on, up to that on which it came down.
    pub hung: Period,
    /// The day on which the last of the assets that it is about was acquired.
    pub acquired_on: Option<NaiveDate>,
    /// The day of the last of the decisions that it is about.
    pub decided_on: Option<NaiveDate>,
    /// The photograph of it.
    pub photograph: Id<kind::Document>,
    /// What its photograph shows, as far as can be known.
    pub shows: Shown,
}

/// What the photograph of a notice shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shown {
    /// Nothing else that is on record.
    ItAlone,
    /// The minutes of what the village decided: the same bytes.
    Minutes,
    /// A notice that hung on other days: the same bytes.
    OfOtherDays {
        /// The case that it was about.
        case: Id<kind::Case>,
        /// When it hung.
        hung: Period,
    },
}

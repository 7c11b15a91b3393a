//! What stands around an act, as the rules see it: how it was traded, what else was dealt between the same, of which deals its papers
//! are; and the facts of what is no case: of an encumbrance, of a payment.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::facts::{AssetFacts, PartyFacts, Tie};
use crate::{
    cases::purpose::Purpose,
    register::{
        codes::{RestrictionKind, RightKind},
        parties::ties::Web,
    },
    values::{Fen, Id, Period, id::kind},
};

/// A trade on a property exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeFacts {
    /// The day of the trade.
    pub on: NaiveDate,
    /// Whether a paper shows it that is neither what the villages decided nor an appraisal nor somebody's consent; none where nobody
    /// looked, and any paper counts.
    #[serde(default)]
    pub confirmed: Option<bool>,
    /// The other cases of the same givers that name the same trade, and move something else or to somebody else.
    #[serde(default)]
    pub used_by: Vec<Id<kind::Case>>,
}

/// Another deal of somebody who gives: a case that is under way, or was executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealFacts {
    /// The case.
    pub case: Id<kind::Case>,
    /// Who gives in both.
    pub giver: Id<kind::Party>,
    /// How it is near to the one that is looked at.
    pub near: Near,
    /// Which right it moves.
    pub right: RightKind,
    /// The day on which it takes effect.
    pub on: NaiveDate,
    /// Its term; none where it moves the right for good.
    pub term: Option<Period>,
    /// What it moves.
    pub assets: Vec<Id<kind::Asset>>,
    /// Who receives it.
    pub receivers: Vec<PartyFacts>,
    /// The day on which it was made: that of its draft, or its own where that is earlier; none where that was not kept.
    #[serde(default)]
    pub made_on: Option<NaiveDate>,
    /// What of it is near is about: of a sale the greater of the price and of what was invested, of a lease the greater of the rent
    /// and of what goes with the term of what the books say, of anything else the money.
    pub worth: Fen,
    /// Whether it was traded on an exchange, or auctioned.
    pub traded: bool,
    /// Whether it was appraised.
    pub appraised: bool,
    /// Whether nothing of what it moves is of a project of what this deal moves.
    #[serde(default)]
    pub of_other_projects: bool,
    /// What of this deal is of the project by which it is near, or a piece of the whole; empty where that was not kept, and all of it
    /// counts, or where it is itself what the other moves.
    #[serde(default)]
    pub beside: Vec<Id<kind::Asset>>,
}

/// How deals are near to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Near {
    /// A receiver of this deal is the receiver of the other, or controls it, or is controlled by it, over any number of others.
    Receiver(Id<kind::Party>),
    /// Both move parts of one asset for good, or pieces of one that was divided, to whomever they go.
    Asset(Id<kind::Asset>),
    /// Both are about assets of one project, and the other goes to an organisation.
    Project(Id<kind::Project>),
}

/// A paper of an act that is the paper of another deal as well: the same document, or one with the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PaperFacts {
    /// The paper, as this act names it.
    pub document: Id<kind::Document>,
    /// Which deal.
    pub of: PaperOf,
    /// Who gives by the other deal.
    pub giver: Id<kind::Party>,
    /// Who receives by it.
    pub receiver: Id<kind::Party>,
}

/// Of which deal a paper is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperOf {
    /// A transfer that was executed.
    Case(Id<kind::Case>),
    /// A contract that was put on record by itself.
    Contract(Id<kind::Contract>),
}

/// A restriction that is to be laid on an asset.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EncumbranceFacts {
    /// What it is.
    pub kind: RestrictionKind,
    /// The asset.
    pub asset: AssetFacts,
    /// Who owns the asset on any of its days.
    pub owners: Vec<PartyFacts>,
    /// Who runs the asset on the first of its days on which anybody owns that, owners included.
    pub running: Vec<PartyFacts>,
    /// Whose debt it secures; none where nobody says.
    pub debtor: Option<PartyFacts>,
    /// Whether it was laid long before it is entered.
    #[serde(default)]
    pub standing: bool,
    /// Whether a document comes with it.
    #[serde(default)]
    pub shown: bool,
    /// Who holds it; none where that was not kept.
    #[serde(default)]
    pub holder: Option<PartyFacts>,
    /// How much it secures; none where nobody says.
    #[serde(default)]
    pub amount: Option<Fen>,
    /// The ties by which its holder could be related to an owner, on the first day of it and on that of entry.
    #[serde(default)]
    pub ties: Vec<Tie>,
}

impl EncumbranceFacts {
    /// Those who own the asset and are the state, a collective, or a village's own organisation.
    pub fn public_owners(&self) -> Vec<PartyFacts> {
        let web = Web::of(&self.ties);
        self.owners.iter().copied().filter(|it| web.is_of_public(it.id, it.kind)).collect()
    }
}

/// Money that somebody pays.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PaymentFacts {
    /// Whose money it is.
    pub payer: PartyFacts,
    /// Who is paid.
    pub payee: PartyFacts,
    /// What it is spent on, as a code.
    pub purpose: String,
    /// How much.
    pub amount: Fen,
    /// What the account is for out of which it is paid; none where that was not kept.
    #[serde(default)]
    pub account: Option<Purpose>,
    /// The ties by which both could be related, on the day of payment or today.
    pub ties: Vec<Tie>,
}

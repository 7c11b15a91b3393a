//! What a loss rule is made of: checks, which take the facts of one kind and say what is wrong with them, and
//! causes, one for each thing that a check can find wrong, with its sentence in both languages.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use utoipa::{
    ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::SchemaType},
};

use super::facts::{
    AlterationFacts, ContractFacts, DistributionFacts, EncumbranceFacts, NoticeFacts, PaymentFacts,
    RegistrationFacts, TransferFacts,
};
use crate::{
    cases::policies::values::PolicyValues,
    values::{Id, closed_enum},
};

closed_enum! {
    /// What a finding does to the case.
    pub enum Severity {
        /// It is reported, and the case goes on.
        Warn = "warn",
        /// The county must agree.
        Escalate = "escalate",
        /// The case cannot go on, and nobody can waive that.
        Block = "block",
    }
}

/// The same words in both languages of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bilingual {
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
}

/// Words in Chinese, and the same in English.
pub(super) const fn bilingual(zh: &'static str, en: &'static str) -> Bilingual {
    Bilingual { zh, en }
}

/// One thing that a rule can find. It is stored by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// The stable code, which no other cause of any rule has.
    pub code: &'static str,
    /// What it does to the case, if that differs from what its rule does.
    pub severity: Option<Severity>,
    /// What was found, with the names of its figures in braces.
    pub sentence: Bilingual,
    /// What would put it right, or what to do next, in the same way.
    pub cure: Bilingual,
}

/// Looks at the facts of one act under the policy in force, and returns everything that it finds wrong. It
/// loads nothing, and knows neither the time nor any names.
pub type Look<Facts> = fn(&Facts, &PolicyValues) -> Vec<Found>;

/// Facts of one kind: of one act, as the checks see it. What is read back finds what it found.
pub trait Facts: Sized + Serialize + DeserializeOwned {
    /// The code of the kind.
    const KIND: &'static str;

    /// What a check does with facts of this kind; none if it looks at another kind.
    fn look_of(check: &Check) -> Option<Look<Self>>;
}

/// Declares each kind of facts once.
macro_rules! kinds {
    ($($(#[$meta:meta])* $kind:ident($facts:ident) = $code:literal,)+) => {
        /// A check, by the kind of facts that it looks at. A rule has one for each kind that it looks at.
        #[derive(Debug, Clone, Copy)]
        pub enum Check {
            $($(#[$meta])* $kind(Look<$facts>),)+
        }

        impl Check {
            /// The code of the kind of facts that it looks at.
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$kind(_) => $code,)+ }
            }
        }

        /// The facts of an act of whichever kind, as they are read back from where they are kept.
        #[derive(Debug, Clone)]
        pub enum AnyFacts {
            $($(#[$meta])* $kind(Box<$facts>),)+
        }

        impl AnyFacts {
            /// Reads facts of a kind; none where there is no such kind.
            pub fn read<'de, D: Deserializer<'de>>(kind: &str, kept: D) -> Option<Result<Self, D::Error>> {
                match kind {
                    $($code => Some($facts::deserialize(kept).map(|it| Self::$kind(Box::new(it)))),)+
                    _ => None,
                }
            }

            /// What a check finds in them; nothing if it looks at another kind.
            pub(super) fn found_by(&self, check: &Check, policy: &PolicyValues) -> Vec<Found> {
                match (self, check) {
                    $((Self::$kind(facts), Check::$kind(look)) => look(facts, policy),)+
                    _ => Vec::new(),
                }
            }
        }

        $(impl Facts for $facts {
            const KIND: &'static str = $code;

            fn look_of(check: &Check) -> Option<Look<Self>> {
                match check {
                    Check::$kind(look) => Some(*look),
                    _ => None,
                }
            }
        })+
    };
}

kinds! {
    /// Of a transfer: a sale, a lease, a swap, a gift.
    Transfer(TransferFacts) = "transfer",
    /// Of a registration: who is to hold which right.
    Registration(RegistrationFacts) = "registration",
    /// Of a distribution of income.
    Distribution(DistributionFacts) = "distribution",
    /// Of an alteration: an act that ends rights, or changes the asset under them, and gives nothing to
    /// anybody.
    Alteration(AlterationFacts) = "alteration",
    /// Of a contract that is put on record by itself.
    Contract(ContractFacts) = "contract",
    /// Of how what a case is about was made public.
    Notice(NoticeFacts) = "notice",
    /// Of a restriction that is to be laid on an asset.
    Encumbrance(EncumbranceFacts) = "encumbrance",
    /// Of money that is paid from an account.
    Payment(PaymentFacts) = "payment",
}

/// A figure of a finding, as it stands on the wire. Its unit is the end of its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Figure {
    /// A count, money in fen, a rate in basis points, a number of days or years.
    Number(i64),
    /// A share, a day, an identifier, a code.
    Text(String),
    /// Several codes or identifiers.
    List(Vec<String>),
}

/// It says in words what it may be, and names no type: generators of clients make no type that compiles of one that is a
/// number, a text or a list.
impl utoipa::PartialSchema for Figure {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::AnyValue)
            .description(Some(
                "What a loss rule compared: an integer (a count, money in fen, a rate in basis points, a number of days or years), \
                 a text (a share, a day, an identifier, a code), or a list of texts (several codes or identifiers).",
            ))
            .examples(["2/3"])
            .into()
    }
}

impl ToSchema for Figure {
    fn name() -> std::borrow::Cow<'static, str> {
        "Figure".into()
    }
}

/// The figures of a finding, by name.
pub type Figures = BTreeMap<String, Figure>;

/// What a check found: a cause, and the figures that were compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The cause.
    pub cause: Cause,
    /// What was compared.
    pub figures: Figures,
    /// The lot, claim or line that it concerns, counted from 0; none if it concerns the act as a whole.
    pub lot: Option<usize>,
    /// The money that would be lost, in fen; none where nobody can tell.
    pub at_risk: Option<i64>,
}

impl Found {
    /// A cause, to which figures are added.
    pub(super) const fn of(cause: Cause) -> Self {
        Self { cause, figures: BTreeMap::new(), lot: None, at_risk: None }
    }

    /// Names the lot, claim or line that it concerns.
    pub(super) const fn at(mut self, lot: usize) -> Self {
        self.lot = Some(lot);
        self
    }

    /// Says how much money would be lost, in fen.
    pub(super) const fn at_risk(mut self, amount: i64) -> Self {
        self.at_risk = Some(amount);
        self
    }

    /// Says how much money would be lost where the figures say it.
    pub(super) const fn at_risk_if(mut self, amount: Option<i64>) -> Self {
        self.at_risk = amount;
        self
    }

    /// Adds an amount of money, in fen.
    pub(super) fn fen(self, name: &str, amount: i64) -> Self {
        self.with(format!("{name}_fen"), Figure::Number(amount))
    }

    /// Adds a rate, in basis points.
    pub(super) fn bp(self, name: &str, rate: i64) -> Self {
        self.with(format!("{name}_bp"), Figure::Number(rate))
    }

    /// Adds a number of days.
    pub(super) fn days(self, name: &str, days: i64) -> Self {
        self.with(format!("{name}_days"), Figure::Number(days))
    }

    /// Adds a number of years.
    pub(super) fn years(self, name: &str, years: i64) -> Self {
        self.with(format!("{name}_years"), Figure::Number(years))
    }

    /// Adds a day.
    pub(super) fn on(self, name: &str, day: NaiveDate) -> Self {
        self.with(format!("{name}_on"), Figure::Text(day.to_string()))
    }

    /// Adds a share, or a sum of shares.
    pub(super) fn share(self, name: &str, share: impl ToString) -> Self {
        self.with(format!("{name}_share"), Figure::Text(share.to_string()))
    }

    /// Adds the identifier of an asset, a party or anything else.
    pub(super) fn id<Kind>(self, name: &str, id: Id<Kind>) -> Self {
        self.with(format!("{name}_id"), Figure::Text(id.to_string()))
    }

    /// Adds a number of people or signatures.
    pub(super) fn count(self, name: &str, count: u32) -> Self {
        self.with(name.to_owned(), Figure::Number(count.into()))
    }

    /// Adds a code.
    pub(super) fn code(self, name: &str, code: impl Into<String>) -> Self {
        self.with(name.to_owned(), Figure::Text(code.into()))
    }

    /// Adds several codes or identifiers; nothing where the identifiers are none.
    pub(super) fn list(self, name: &str, items: Vec<String>) -> Self {
        if items.is_empty() && name.ends_with("_ids") {
            return self;
        }
        self.with(name.to_owned(), Figure::List(items))
    }

    fn with(mut self, name: String, figure: Figure) -> Self {
        self.figures.insert(name, figure);
        self
    }
}

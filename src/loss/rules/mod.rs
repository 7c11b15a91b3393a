//! The loss rules. Each of them is one value in one file, and everything that is known about it follows from
//! that value: its number, its severity, its sentences, its row in `docs/rules.md`.
//!
//! The same rules look at an act when it is drafted, when it is submitted, and inside the transaction that
//! executes it.

mod evidence;
mod exact;
mod former;
mod lots;
mod open_market;
mod ties;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema},
};

use super::check::{Bilingual, Cause, Check, Found, Severity, bilingual};
use crate::cases::policies::values::PolicyValues;

/// A loss rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The number that auditors know it under.
    pub id: RuleId,
    /// What it is called.
    pub name: Bilingual,
    /// The legal basis, in Chinese as it is cited in decisions.
    pub basis: &'static str,
    /// What its findings do to a case, unless their cause says otherwise.
    pub severity: Severity,
    /// The keys of the policy that it reads. No other key changes what it finds.
    pub parameters: &'static [&'static str],
    /// One check for each kind of facts that it looks at.
    pub checks: &'static [Check],
    /// Everything that it can find.
    pub causes: &'static [Cause],
}

impl Rule {
    /// What one of its causes does to a case.
    pub const fn severity_of(&self, cause: &Cause) -> Severity {
        match cause.severity {
            Some(severity) => severity,
            None => self.severity,
        }
    }
}

/// Declares the rules, each by its number and the file that holds its value under that number.
macro_rules! rules {
    ($($id:ident in $file:ident;)+) => {
        $(mod $file;)+

        /// The loss rules, by the numbers that auditors know them under.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        pub enum RuleId {
            $(#[doc = concat!("The rule in `", stringify!($file), "`.")] $id,)+
        }

        impl RuleId {
            /// Every number, in the order of the rules.
            pub const ALL: &'static [Self] = &[$(Self::$id),+];

            /// The number as it is written.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$id => stringify!($id),)+ }
            }

            /// The number that is written so.
            pub fn of(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.code() == code)
            }

            /// The rule of that number.
            pub const fn rule(self) -> &'static Rule {
                match self { $(Self::$id => const { &$file::$id },)+ }
            }
        }

        /// Every rule, in the order in which findings are reported.
        pub const RULES: &[Rule] = &[$($file::$id,)+];

        const _: () = {
            $(assert!(matches!($file::$id.id, RuleId::$id), "a rule stands under another rule's number");)+
        };
    };
}

rules! {
    L01 in price_below_appraisal;
    L02 in appraisal_missing;
    L03 in appraisal_stale;
    L04 in appraisal_defective;
    L05 in given_away;
    L06 in self_dealing;
    L07 in related_party;
    L08 in structured;
    L09 in flipped;
    L10 in not_held;
    L11 in promised_twice;
    L12 in restricted;
    L13 in secures_others;
    L14 in unmortgageable;
    L15 in undecided;
    L16 in notice_short;
    L17 in untraded;
    L18 in term_above_cap;
    L19 in term_above_local_cap;
    L20 in rent_below_floor;
    L22 in income_sold_ahead;
    L23 in arrears;
    L25 in contract_without_right;
    L26 in subleased;
    L32 in unevidenced;
    L35 in paid_elsewhere;
    L36 in more_than_received;
    L38 in forbidden_use;
    L39 in handed_out;
    L42 in without_exit;
    L46 in scrapping;
    L47 in owned_by_wrong_party;
    L48 in taken_from_household;
    L49 in class_changed;
    L50 in shares_not_whole;
    L51 in paper_reused;
    L52 in entered_late;
}

/// The legal basis of what was found: that of its rule, unless it was found by another law.
pub fn basis_of(rule: RuleId, cause: &Cause) -> &'static str {
    let own = OWN_BASES.iter().copied().flatten().find(|(code, _)| *code == cause.code);
    own.map_or(rule.rule().basis, |(_, basis)| *basis)
}

/// Whether what was found is that an asset is let without a right on record, which one that is put on record later cures.
pub(super) fn lacks_right(cause: &Cause) -> bool {
    contract_without_right::LACKING_RIGHT.contains(&cause.code)
}

/// What was found of an asset without a first registration, once it has one.
pub(super) fn once_registered(cause: &Cause) -> Option<Cause> {
    contract_without_right::once_registered(cause)
}

/// The legal bases of causes that are found by another law than that of their rule.
const OWN_BASES: &[&[(&str, &str)]] = &[undecided::BASES, term_above_cap::BASES, restricted::BASES];

impl std::fmt::Display for RuleId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// Every cause of every rule, in the order of the rules.
fn causes() -> impl Iterator<Item = &'static Cause> {
    RULES.iter().flat_map(|it| it.causes)
}

impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code)
    }
}

impl<'de> Deserialize<'de> for Cause {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        let found = causes().find(|it| it.code == code).copied();
        found.ok_or_else(|| de::Error::custom(format!("no rule has the cause {code}")))
    }
}

impl PartialSchema for Cause {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .enum_values(Some(causes().map(|it| it.code)))
            .description(Some("What exactly a rule found."))
            .into()
    }
}

impl ToSchema for Cause {
    fn name() -> std::borrow::Cow<'static, str> {
        "Cause".into()
    }
}

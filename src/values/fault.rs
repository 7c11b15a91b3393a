//! Faults: what is wrong with a single field of a request, in no particular language.
//!
//! `http` says each reason in Chinese and English.

/// The text is no code of a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of the known codes")]
pub struct UnknownCode;

/// One bad field: where it is, and why it is bad.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer (RFC 6901) to the field, such as `/ownership/0/share`.
    pub pointer: String,
    /// Why the field is refused.
    pub reason: Reason,
}

impl Fault {
    /// A fault at a JSON pointer.
    pub fn at(pointer: impl Into<String>, reason: Reason) -> Self {
        Self { pointer: pointer.into(), reason }
    }
}

/// Every bad field of a request, as far as they can be found at once. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the request has {} bad fields, the first at {}", .0.len(), .0.first().map_or("", |it| it.pointer.as_str()))]
pub struct Faults(Vec<Fault>);

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl Faults {
    /// A single bad field.
    pub fn one(pointer: impl Into<String>, reason: Reason) -> Self {
        Self(vec![Fault::at(pointer, reason)])
    }

    /// Ok when nothing is wrong, otherwise all that is.
    pub fn none_of(faults: Vec<Fault>) -> Result<(), Self> {
        if faults.is_empty() { Ok(()) } else { Err(Self(faults)) }
    }

    /// These and others, each once.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        let new: Vec<Fault> = others.0.into_iter().filter(|it| !self.0.contains(it)).collect();
        self.0.extend(new);
        self
    }

    /// Two things that were read one by one, or all that is wrong with either.
    ///
    /// # Errors
    /// The faults of both, those of the first before those of the other.
    pub fn both<A, B>(one: Result<A, Self>, other: Result<B, Self>) -> Result<(A, B), Self> {
        match (one, other) {
            (Ok(one), Ok(other)) => Ok((one, other)),
            (Err(faults), Err(others)) => Err(faults.and(others)),
            (Err(faults), _) | (_, Err(faults)) => Err(faults),
        }
    }

    /// What was read, or what is wrong with it together with what else is wrong.
    ///
    /// # Errors
    /// All of it, what was read first.
    pub fn with<T>(read: Result<T, Self>, others: Vec<Fault>) -> Result<T, Self> {
        Self::both(read, Self::none_of(others)).map(|(read, ())| read)
    }

    /// The bad fields.
    pub fn into_inner(self) -> Vec<Fault> {
        self.0
    }
}

/// Why a field is refused. Every reason has a stable `code`; its figures say what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The field is missing.
    Required,
    /// The field is missing, though another field asks for it.
    RequiredWith {
        /// The other field, and what it is.
        other: String,
    },
    /// No such field.
    UnknownField,
    /// Another JSON type is wanted.
    WrongType {
        /// What is wanted.
        wanted: String,
    },
    /// Shorter than the least number of characters.
    TooShort {
        /// The least.
        min: u64,
    },
    /// Longer than the greatest number of characters.
    TooLong {
        /// The greatest.
        max: u64,
    },
    /// Fewer items or fields than the least number of them.
    TooFew {
        /// The least.
        min: u64,
    },
    /// More items or fields than the greatest number of them.
    TooMany {
        /// The greatest.
        max: u64,
    },
    /// Below the least value.
    TooSmall {
        /// The least.
        min: String,
    },
    /// Above the greatest value.
    TooLarge {
        /// The greatest.
        max: String,
    },
    /// More than another field allows.
    Exceeds {
        /// The other field.
        other: &'static str,
        /// What stands in it.
        most: u32,
    },
    /// Less than the law asks for.
    BelowLegalMinimum {
        /// What the law asks for.
        min: String,
    },
    /// Not one of the values of a closed list.
    NotOneOf {
        /// The values.
        allowed: String,
    },
    /// The text has not the form that is wanted.
    WrongForm {
        /// What is wanted.
        wanted: String,
    },
    /// A text without a character that leaves a mark.
    Blank,
    /// A text with a control character that it must not hold.
    ControlCharacter,
    /// The check character of an identifier does not fit the rest of it.
    WrongCheckCharacter,
    /// The number of a citizen, where the code of an organisation is wanted.
    CitizenNumber,
    /// No authority gives out credit codes that begin so.
    UnknownRegistration,
    /// No such day in the calendar, or a date outside 1900 to 2999.
    WrongDate,
    /// The end is not after the beginning.
    DatesReversed,
    /// The day lies in the future.
    InFuture,
    /// The day lies before that on which the asset was there.
    BeforeAsset {
        /// The first day of the asset.
        since: String,
    },
    /// The day lies too far ahead.
    TooLate {
        /// The latest day.
        latest: String,
    },
    /// More than the policy takes for one receipt.
    AboveCeiling {
        /// The most, in yuan.
        yuan: String,
    },
    /// A share with a denominator of zero.
    ZeroDenominator,
    /// A share of zero, or below.
    ShareNotPositive,
    /// A single share above the whole.
    ShareAboveWhole,
    /// A share whose exact fraction no longer fits in 64-bit numbers.
    ShareTooFine,
    /// Shares that must make up the whole do not.
    SharesNotWhole {
        /// What they sum to.
        sum: String,
    },
    /// Nothing of that identifier in the caller's region.
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// What is said to stand on a day was over by then.
    OverByThen {
        /// The day.
        on: String,
    },
    /// What is to end has ended already.
    NothingLeft,
    /// What is said to stand on a day begins later.
    BeginsLater {
        /// The last day on which it can begin.
        latest: String,
    },
    /// The code is no known region, or lies outside the caller's.
    UnknownRegion,
    /// The region around it is not registered.
    NoParentRegion {
        /// The code of that region.
        parent: String,
    },
    /// The party has ended.
    PartyEnded {
        /// The day.
        on: String,
    },
    /// The party ends, or has ended, before what it is given does.
    PartyEndsBefore {
        /// The day.
        on: String,
    },
    /// What identified the person was erased by law, so nothing new is given to them or asked of them.
    PartyErased,
    /// The party has ended, and what it still holds goes to its successor.
    OnlyToSuccessor {
        /// The day on which it ended.
        on: String,
        /// What the successor is called; none where none is on record.
        successor: Option<String>,
    },
    /// The kind of party does not fit.
    WrongKind {
        /// What is wanted.
        wanted: String,
    },
    /// The same thing is named twice.
    Duplicate,
    /// The same thing is on record already.
    OnRecord,
    /// Two fields contradict each other.
    Contradicts {
        /// The other field.
        other: String,
    },
    /// No grant can be told from others that is that of the contract alone.
    NoGrantOfItsOwn,
    /// A password that is guessed too soon.
    TooGuessable,
    /// Not the password that the user has.
    WrongPassword,
    /// The password that the user has already.
    SamePassword,
    /// A field that goes only with another.
    NotApplicable {
        /// Why.
        because: String,
    },
    /// A rule has a finding that goes to the county, and the approval does not name it.
    OverrideMissing {
        /// The rule.
        rule: String,
        /// What it is called and what it found, in Chinese.
        chinese: String,
        /// The same in English.
        english: String,
    },
    /// A rule is named that has no finding which goes to the county.
    NothingToOverride {
        /// The rule.
        rule: String,
        /// Those that have one.
        wanted: Vec<String>,
    },
}

impl Reason {
    /// The reason as an error of serde, which is a text only: the code, and the figure where there is one.
    pub(crate) fn in_serde<E: serde::de::Error>(&self) -> E {
        let figure: &dyn std::fmt::Display = match self {
            Self::TooShort { min } => min,
            Self::TooLong { max } => max,
            Self::TooSmall { min } => min,
            Self::TooLarge { max } => max,
            Self::WrongForm { wanted } => wanted,
            _ => return E::custom(self.code()),
        };
        E::custom(format_args!("{} {figure}", self.code()))
    }

    /// The reason that a value of this house gave serde, read back from the text of the error. What a reader of JSON or of
    /// spreadsheets adds to the text, its place in the file, comes last and is not read.
    pub fn from_serde(text: &str) -> Option<Self> {
        let (code, figure) = text.split_once(' ').unwrap_or((text, ""));
        let number = || figure.split(' ').next()?.parse().ok();
        let words = || figure.split(' ').next().unwrap_or_default().to_owned();
        Some(match code {
            "too_short" => Self::TooShort { min: number()? },
            "too_long" => Self::TooLong { max: number()? },
            "too_small" => Self::TooSmall { min: words() },
            "too_large" => Self::TooLarge { max: words() },
            "wrong_form" => Self::WrongForm { wanted: figure.to_owned() },
            code => [
                Self::Blank,
                Self::ControlCharacter,
                Self::ZeroDenominator,
                Self::ShareNotPositive,
                Self::ShareAboveWhole,
                Self::ShareTooFine,
            ]
            .into_iter()
            .find(|it| it.code() == code)?,
        })
    }

    /// The stable code of this reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::RequiredWith { .. } => "required_with",
            Self::UnknownField => "unknown_field",
            Self::WrongType { .. } => "wrong_type",
            Self::TooShort { .. } | Self::TooFew { .. } => "too_short",
            Self::TooLong { .. } | Self::TooMany { .. } => "too_long",
            Self::TooSmall { .. } => "too_small",
            Self::TooLarge { .. } => "too_large",
            Self::Exceeds { .. } => "exceeds",
            Self::BelowLegalMinimum { .. } => "below_legal_minimum",
            Self::NotOneOf { .. } => "not_one_of",
            Self::WrongForm { .. } => "wrong_form",
            Self::Blank => "blank",
            Self::ControlCharacter => "control_character",
            Self::WrongCheckCharacter => "wrong_check_character",
            Self::CitizenNumber => "citizen_number",
            Self::UnknownRegistration => "unknown_registration",
            Self::WrongDate => "wrong_date",
            Self::DatesReversed => "dates_reversed",
            Self::InFuture => "in_future",
            Self::BeforeAsset { .. } => "before_asset",
            Self::TooLate { .. } | Self::BeginsLater { .. } => "too_late",
            Self::AboveCeiling { .. } => "above_ceiling",
            Self::ZeroDenominator => "zero_denominator",
            Self::ShareNotPositive => "share_not_positive",
            Self::ShareAboveWhole => "share_above_whole",
            Self::ShareTooFine => "share_too_fine",
            Self::SharesNotWhole { .. } => "shares_not_whole",
            Self::NotFound { .. } => "not_found",
            Self::UnknownRegion | Self::NoParentRegion { .. } => "unknown_region",
            Self::PartyEnded { .. } | Self::PartyEndsBefore { .. } => "party_ended",
            Self::PartyErased => "party_erased",
            Self::OnlyToSuccessor { .. } => "only_to_successor",
            Self::WrongKind { .. } => "wrong_kind",
            Self::Duplicate | Self::OnRecord => "duplicate",
            Self::Contradicts { .. }
            | Self::OverByThen { .. }
            | Self::NothingLeft
            | Self::NoGrantOfItsOwn => "contradicts",
            Self::TooGuessable => "too_guessable",
            Self::WrongPassword => "wrong_password",
            Self::SamePassword => "same_password",
            Self::NotApplicable { .. } => "not_applicable",
            Self::OverrideMissing { .. } => "override_missing",
            Self::NothingToOverride { .. } => "nothing_to_override",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_two_things_is_told_at_once_and_each_thing_once() {
        let wrong = |pointers: &[&str]| -> Result<(), Faults> {
            Faults::none_of(pointers.iter().map(|it| Fault::at(*it, Reason::Required)).collect())
        };
        for (one, other, wanted) in [
            (&[][..], &[][..], &[][..]),
            (&["/a"], &[], &["/a"]),
            (&[], &["/b"], &["/b"]),
            (&["/a", "/b"], &["/b", "/c"], &["/a", "/b", "/c"]),
        ] {
            let told = Faults::both(wrong(one), wrong(other)).map(|_| ());
            assert_eq!(told, wrong(wanted), "{one:?} and {other:?}");
        }
    }
}

//! The identifiers of parties: what makes one right, and how much of it may be shown.
//!
//! An identifier is checked here on its own. Whether it is a party's, and that no two parties have the same, the register
//! knows; sealing a personal one is the business of `identity`.

use std::{fmt, str::FromStr};

use chrono::{Datelike as _, NaiveDate};
use zeroize::Zeroizing;

use crate::values::{Fault, Reason, closed_enum};

closed_enum! {
    /// The kind of number that a party is identified by.
    pub enum IdentifierScheme {
        /// Unified social credit code (统一社会信用代码) of an organisation.
        Uscc = "uscc",
        /// Citizen identification number (公民身份号码) of a natural person.
        CitizenId = "citizen_id",
        /// No identifier.
        None = "none",
    }
}

/// The checked identifier of a party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identifier {
    /// Of an organisation.
    Uscc(UnifiedSocialCreditCode),
    /// Of a natural person.
    CitizenId(CitizenId),
    /// The party has none, or none that the register needs to know.
    None,
}

impl Identifier {
    /// The identifier of a scheme.
    ///
    /// # Errors
    /// A fault at `/identifier/value`: missing, given where the scheme has none, of the wrong form, with a date of birth
    /// that is no day or lies after `today`, with a check character that does not fit, a credit code that no authority
    /// gives out, or the number of a citizen in the place of one.
    pub fn parse(scheme: IdentifierScheme, value: Option<&str>, today: NaiveDate) -> Result<Self, Fault> {
        let checked = match (scheme, value) {
            (IdentifierScheme::None, None) => Ok(Self::None),
            (IdentifierScheme::None, Some(_)) => {
                Err(Reason::NotApplicable { because: format!("scheme = {scheme}") })
            }
            (IdentifierScheme::Uscc | IdentifierScheme::CitizenId, None) => {
                Err(Reason::RequiredWith { other: format!("scheme = {scheme}") })
            }
            (IdentifierScheme::Uscc, Some(value)) => value.parse().map(Self::Uscc),
            (IdentifierScheme::CitizenId, Some(value)) => match value.parse::<CitizenId>() {
                Ok(number) if number.born_on().is_some_and(|born| born > today) => Err(Reason::InFuture),
                read => read.map(Self::CitizenId),
            },
        };
        checked.map_err(|reason| Fault::at("/identifier/value", reason))
    }

    /// The scheme that it belongs to.
    pub const fn scheme(&self) -> IdentifierScheme {
        match self {
            Self::Uscc(_) => IdentifierScheme::Uscc,
            Self::CitizenId(_) => IdentifierScheme::CitizenId,
            Self::None => IdentifierScheme::None,
        }
    }

    /// Whether it identifies a natural person: such an identifier is kept sealed, and is shown masked only.
    pub const fn is_personal(&self) -> bool {
        matches!(self, Self::CitizenId(_))
    }

    /// The whole of it, to be sealed or digested; `None` without an identifier. Never for an answer or a log.
    pub fn reveal(&self) -> Option<&str> {
        match self {
            Self::Uscc(code) => Some(code.as_str()),
            Self::CitizenId(number) => Some(number.reveal()),
            Self::None => None,
        }
    }

    /// What may be shown of it: masked where it is personal, otherwise the whole; `None` without an identifier.
    pub fn shown(&self) -> Option<String> {
        match self {
            Self::Uscc(code) => Some(code.to_string()),
            Self::CitizenId(number) => Some(number.masked()),
            Self::None => None,
        }
    }
}

/// What is shown of an identifier on record. Releases before 2026-12 took one citizen's number in 31 as a credit code, which
/// would be shown in full.
pub(super) fn as_shown(scheme: IdentifierScheme, on_record: Option<String>) -> Option<String> {
    on_record.map(|text| match text.parse::<CitizenId>() {
        Ok(number) if scheme == IdentifierScheme::Uscc => number.masked(),
        _ => text,
    })
}

/// A unified social credit code (GB 32100-2015): registering authority, kind of body, six digits of a division, nine
/// characters of organisation code, a check character. Letters are upper case. What is also the number of a citizen is none.
///
/// Neither the division nor the check character of the inner organisation code is looked at: divisions are abolished while
/// codes stay, and codes with an inner one that does not fit have been issued.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnifiedSocialCreditCode(String);

impl UnifiedSocialCreditCode {
    /// The characters of the standard, each at the place of its value: no I, O, S, V or Z.
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

    /// The first two characters of codes that are given out: the authority that registers, and the kind of body. Establishment
    /// (编制) 1, foreign affairs 2, justice 3, culture 4, civil affairs 5, tourism 6, religion 7, trade unions 8, market
    /// regulation 9, the army's reform office A, agriculture N, others Y.
    const REGISTRATIONS: &[&[u8; 2]] = &[
        b"11", b"12", b"13", b"19", b"21", b"29", b"31", b"32", b"33", b"34", b"35", b"39", b"41", b"49",
        b"51", b"52", b"53", b"54", b"55", b"59", b"61", b"62", b"69", b"71", b"72", b"79", b"81", b"89",
        b"91", b"92", b"93", b"A1", b"A9", b"N1", b"N2", b"N3", b"N9", b"Y1",
    ];

    /// All eighteen characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The check character of seventeen others; `None` where one of them is not in the alphabet.
    fn check_character(body: &[u8]) -> Option<u8> {
        let mut sum = 0_u32;
        let mut weight = 1_u32;
        for character in body {
            let (value, _) = (0_u32..).zip(Self::ALPHABET).find(|(_, it)| *it == character)?;
            sum += value * weight;
            weight = weight * 3 % 31;
        }
        // A remainder of zero wants a '0'. The standard's own formula would give 31, which is no character.
        let value = (31 - sum % 31) % 31;
        Self::ALPHABET.get(usize::try_from(value).ok()?).copied()
    }
}

impl FromStr for UnifiedSocialCreditCode {
    type Err = Reason;

    /// Reads a code; small letters are read as capitals.
    fn from_str(text: &str) -> Result<Self, Reason> {
        let wrong = || Reason::WrongForm {
            wanted: "[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}".to_owned(),
        };
        let code = text.to_ascii_uppercase();
        let characters: &[u8; 18] = code.as_bytes().try_into().map_err(|_| wrong())?;
        let [authority, body_kind, division @ .., _, _, _, _, _, _, _, _, _, check] = characters;
        let [body @ .., _] = characters;
        let wanted = Self::check_character(body).ok_or_else(wrong)?;
        if !division.iter().all(u8::is_ascii_digit) || !Self::ALPHABET.contains(check) {
            return Err(wrong());
        }
        // Before anything else is said of it: every eighteenth digit or X of a person's fits with a chance of 1 in 31.
        if code.parse::<CitizenId>().is_ok() {
            return Err(Reason::CitizenNumber);
        }
        if !Self::REGISTRATIONS.contains(&&[*authority, *body_kind]) {
            return Err(Reason::UnknownRegistration);
        }
        if *check != wanted {
            return Err(Reason::WrongCheckCharacter);
        }
        Ok(Self(code))
    }
}

impl fmt::Display for UnifiedSocialCreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A citizen identification number (GB 11643-1999): six digits of a division, the date of birth, three digits of sequence,
/// a check character, which is a digit or `X`.
///
/// It is personal data (个人信息保护法): it is wiped from memory when it is dropped, it has no `Display` and no serde, and its
/// `Debug` gives nothing away. The division is that of the first registration and may long be abolished: it is not looked up.
#[derive(Clone, PartialEq, Eq)]
pub struct CitizenId(Zeroizing<String>);

impl CitizenId {
    /// All eighteen characters, to be sealed or digested.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What may be shown: the first three characters and the last two, which give away neither the county nor the birthday.
    pub fn masked(&self) -> String {
        let part = |it: Option<&str>| it.unwrap_or_default().to_owned();
        part(self.0.get(..3)) + &"*".repeat(13) + &part(self.0.get(16..))
    }

    /// The day of birth, which is in the number.
    pub fn born_on(&self) -> Option<NaiveDate> {
        NaiveDate::parse_from_str(self.0.get(6..14)?, "%Y%m%d").ok()
    }

    /// The check character of seventeen digits (ISO 7064, MOD 11-2).
    fn check_character(body: &[u8]) -> u8 {
        const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let sum: u32 = body.iter().zip(WEIGHTS).map(|(it, weight)| value(*it) * weight).sum();
        match sum % 11 {
            0 => b'1',
            1 => b'0',
            2 => b'X',
            3 => b'9',
            4 => b'8',
            5 => b'7',
            6 => b'6',
            7 => b'5',
            8 => b'4',
            9 => b'3',
            _ => b'2',
        }
    }
}

/// The value of a digit.
fn value(digit: u8) -> u32 {
    u32::from(digit.saturating_sub(b'0'))
}

impl FromStr for CitizenId {
    type Err = Reason;

    /// Reads a number; a small `x` is read as `X`.
    fn from_str(text: &str) -> Result<Self, Reason> {
        let wrong = || Reason::WrongForm { wanted: "[1-9][0-9]{16}[0-9X]".to_owned() };
        let number = Zeroizing::new(text.to_ascii_uppercase());
        let characters: &[u8; 18] = number.as_bytes().try_into().map_err(|_| wrong())?;
        let [body @ .., check] = characters;
        let [first, ..] = characters;
        let is_digit = u8::is_ascii_digit;
        if !body.iter().all(is_digit) || *first == b'0' || !(is_digit(check) || *check == b'X') {
            return Err(wrong());
        }
        let [_, _, _, _, _, _, born @ .., _, _, _, _] = characters;
        let born = born.iter().fold(0, |sum, it| sum * 10 + value(*it));
        let year = i32::try_from(born / 10_000).unwrap_or_default();
        let born = NaiveDate::from_ymd_opt(year, born / 100 % 100, born % 100).ok_or(Reason::WrongDate)?;
        // Wider than the register's calendar: the standard's own example was born in 1880.
        if !(1800..=2999).contains(&born.year()) {
            return Err(Reason::WrongDate);
        }
        if *check != Self::check_character(body) {
            return Err(Reason::WrongCheckCharacter);
        }
        Ok(Self(number))
    }
}

impl fmt::Debug for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CitizenId(***)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(scheme: IdentifierScheme, value: Option<&str>, wanted: Result<Option<&str>, &str>) {
        match Identifier::parse(scheme, value, "2026-11-29".parse().unwrap()) {
            Ok(identifier) => {
                assert_eq!(Ok(identifier.reveal()), wanted, "{value:?}");
                assert_eq!(identifier.scheme(), scheme);
            }
            Err(fault) => {
                assert_eq!(Err(fault.reason.code()), wanted, "{value:?}");
                assert_eq!(fault.pointer, "/identifier/value");
            }
        }
    }

    #[test]
    fn a_credit_code_is_right_or_refused() {
        let check = |value, wanted| check(IdentifierScheme::Uscc, value, wanted);
        check(Some("91350100M000100Y43"), Ok(Some("91350100M000100Y43")));
        check(Some("91350100m000100y43"), Ok(Some("91350100M000100Y43")));
        check(Some("N2130726MF00000060"), Ok(Some("N2130726MF00000060")));
        check(Some("N2130726MF00000061"), Err("wrong_check_character"));
        check(Some("91350100M000100Y44"), Err("wrong_check_character"));
        check(Some("N4130726MF00000060"), Err("unknown_registration"));
        check(Some("Z1130726MF00000060"), Err("wrong_form"));
        check(Some("91350100M000100Y4Z"), Err("wrong_form"));
        check(Some("91350100M000100I43"), Err("wrong_form"));
        check(Some("9135010AM000100Y43"), Err("wrong_form"));
        check(Some("91350100M000100Y4"), Err("wrong_form"));
        check(Some(" 91350100M000100Y43"), Err("wrong_form"));
        check(Some("91350100M000100Y４"), Err("wrong_form"));
        check(Some(""), Err("wrong_form"));
        check(None, Err("required_with"));
    }

    #[test]
    fn a_citizen_number_is_right_or_refused() {
        let check = |value, wanted| check(IdentifierScheme::CitizenId, value, wanted);
        check(Some("11010519491231002X"), Ok(Some("11010519491231002X")));
        check(Some("11010519491231002x"), Ok(Some("11010519491231002X")));
        check(Some("440524188001010014"), Ok(Some("440524188001010014")));
        check(Some("440524188001010015"), Err("wrong_check_character"));
        check(Some("110105194912310021"), Err("wrong_check_character"));
        check(Some("11010519490229002X"), Err("wrong_date"));
        check(Some("11010519491331002X"), Err("wrong_date"));
        check(Some("11010500000101002X"), Err("wrong_date"));
        check(Some("01010519491231002X"), Err("wrong_form"));
        check(Some("1101051949123100XX"), Err("wrong_form"));
        check(Some("110105491231002"), Err("wrong_form"));
        check(None, Err("required_with"));
    }

    #[test]
    fn without_a_scheme_there_is_no_value() {
        check(IdentifierScheme::None, None, Ok(None));
        check(IdentifierScheme::None, Some("91350100M000100Y43"), Err("not_applicable"));
        check(IdentifierScheme::None, Some(""), Err("not_applicable"));
    }

    #[test]
    fn a_person_is_not_told_by_what_is_shown() {
        let today = "2026-11-29".parse().unwrap();
        let read = |scheme, value| Identifier::parse(scheme, Some(value), today).unwrap();
        let person = read(IdentifierScheme::CitizenId, "11010519491231002X");
        let firm = read(IdentifierScheme::Uscc, "91350100M000100Y43");

        assert!(person.is_personal() && !firm.is_personal() && !Identifier::None.is_personal());
        assert_eq!(person.shown().unwrap(), "110*************2X");
        assert_eq!(firm.shown().unwrap(), "91350100M000100Y43");
        assert_eq!(Identifier::None.shown(), None);
        assert_eq!(format!("{person:?}"), "CitizenId(CitizenId(***))");
    }

    #[test]
    fn nobody_is_born_tomorrow() {
        let born = |day: &str| {
            let body = format!("110105{day}002");
            let check = char::from(CitizenId::check_character(body.as_bytes()));
            let number = format!("{body}{check}");
            let today = "2026-11-29".parse().unwrap();
            Identifier::parse(IdentifierScheme::CitizenId, Some(&number), today)
                .map_err(|it| it.reason.code())
        };
        assert!(born("20261129").is_ok());
        assert_eq!(born("20261130"), Err("in_future"));
        assert_eq!(born("20990101"), Err("in_future"));
    }

    #[test]
    fn what_an_older_release_took_for_a_code_is_masked() {
        let shown = |scheme, text: &str| as_shown(scheme, Some(text.to_owned())).unwrap();
        assert_eq!(shown(IdentifierScheme::Uscc, "11010519491231002X"), "110*************2X");
        assert_eq!(shown(IdentifierScheme::Uscc, "91350100M000100Y43"), "91350100M000100Y43");
        assert_eq!(as_shown(IdentifierScheme::None, None), None);
    }

    fn credit_code() -> impl Strategy<Value = String> {
        let registration = prop::sample::select(UnifiedSocialCreditCode::REGISTRATIONS);
        (registration, "[0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}").prop_filter_map("a citizen's", |(two, rest)| {
            let body = format!("{}{rest}", String::from_utf8_lossy(two));
            let check = UnifiedSocialCreditCode::check_character(body.as_bytes()).unwrap();
            let code = format!("{body}{}", char::from(check));
            code.parse::<CitizenId>().is_err().then_some(code)
        })
    }

    fn citizen_number() -> impl Strategy<Value = String> {
        let born = (0..110_000_u64)
            .prop_map(|days| NaiveDate::from_ymd_opt(1800, 1, 1).unwrap() + chrono::Days::new(days));
        ("[1-9][0-9]{5}", born, "[0-9]{3}").prop_map(|(division, born, sequence)| {
            let body = format!("{division}{}{sequence}", born.format("%Y%m%d"));
            let check = CitizenId::check_character(body.as_bytes());
            format!("{body}{}", char::from(check))
        })
    }

    /// Puts another character in one place.
    fn with_another(text: &str, at: usize, character: char) -> String {
        text.chars().enumerate().map(|(place, it)| if place == at { character } else { it }).collect()
    }

    proptest! {
        #[test]
        fn a_credit_code_with_one_wrong_character_is_refused(
            code in credit_code(), at in 0..18_usize, character in "[0-9A-HJ-NPQRTUWXY]",
        ) {
            let mistaken = with_another(&code, at, character.chars().next().unwrap());
            prop_assert!(code.parse::<UnifiedSocialCreditCode>().is_ok());
            prop_assert_eq!(mistaken.parse::<UnifiedSocialCreditCode>().is_ok(), mistaken == code);
        }

        #[test]
        fn the_number_of_a_citizen_is_never_a_credit_code(number in citizen_number()) {
            prop_assert!(number.parse::<UnifiedSocialCreditCode>().is_err());
        }

        #[test]
        fn a_citizen_number_with_one_wrong_character_is_refused(
            number in citizen_number(), at in 0..18_usize, character in "[0-9X]",
        ) {
            let mistaken = with_another(&number, at, character.chars().next().unwrap());
            prop_assert!(number.parse::<CitizenId>().is_ok());
            prop_assert!(idcard::validate(&number));
            prop_assert_eq!(mistaken.parse::<CitizenId>().is_ok(), mistaken == number);
        }

        #[test]
        fn another_program_refuses_the_same_citizen_numbers(
            number in "[1-9][0-9]{5}(18|19|20)[0-9]{2}(0[0-9]|1[0-3])([0-2][0-9]|3[0-2])[0-9]{3}",
        ) {
            for check in "0123456789X".chars() {
                let number = format!("{number}{check}");
                prop_assert_eq!(number.parse::<CitizenId>().is_ok(), idcard::validate(&number), "{}", number);
            }
        }

        #[test]
        fn whatever_is_written_is_read_or_refused(text in "\\PC{0,24}") {
            let _ = text.parse::<UnifiedSocialCreditCode>();
            let _ = text.parse::<CitizenId>();
        }
    }
}

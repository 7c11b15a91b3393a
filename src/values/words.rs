//! Texts that people write: names on one line, and words that may run over several.
//!
//! Each is trimmed, normalised (Unicode NFC), neither blank nor longer than its kind allows, and holds no control
//! characters; words of several lines may hold line feeds.

use std::{cmp::Ordering, fmt, hash, marker::PhantomData, ops::Deref, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::SchemaType, schema::Type};

use crate::values::Reason;

/// What one kind of text may be, and how it is published.
pub trait Kind {
    /// Its name in the OpenAPI document.
    const NAME: &'static str;
    /// What it is for.
    const ABOUT: &'static str;
    /// One such text.
    const EXAMPLE: &'static str;
    /// The greatest number of characters.
    const MAX: usize;
    /// Whether it may run over several lines.
    const LINES: bool;
}

/// Declares kinds of texts, each with a type of that kind.
macro_rules! kinds {
    ($($lines:ident $max:literal $(#[doc = $about:literal])+ $kind:ident = $example:literal;)+) => {
        /// The kinds of texts.
        pub mod kind {
            $(
                $(#[doc = $about])+
                #[derive(Debug)]
                pub enum $kind {}

                impl super::Kind for $kind {
                    const NAME: &'static str = stringify!($kind);
                    const ABOUT: &'static str = concat!($($about),+);
                    const EXAMPLE: &'static str = $example;
                    const MAX: usize = $max;
                    const LINES: bool = kinds!(@$lines);
                }
            )+
        }

        $(
            $(#[doc = $about])+
            pub type $kind = Words<kind::$kind>;
        )+
    };
    (@line) => { false };
    (@lines) => { true };
}

kinds! {
    line 200
    /// What is searched for: differences of case, of width and of composition do not count.
    SearchText = "合作社";
    line 200
    /// What somebody or something is called.
    Name = "东村股份经济合作社";
    line 200
    /// What a file is called.
    FileName = "会议纪要.pdf";
    line 100
    /// What a region is called.
    RegionName = "营字村";
    line 64
    /// The code of a project in the project library.
    ProjectCode = "HB-2021-0042";
    line 20
    /// In what unit a quantity is counted.
    Unit = "亩";
    line 100
    /// The reference of a trade at the exchange where it was made.
    TradeReference = "CD-2025-0117";
    lines 200
    /// Where exactly something is.
    Location = "东村三组";
    lines 500
    /// What exactly something is.
    Specification = "长 80 米，跨度 10 米";
    lines 2000
    /// What there is to do.
    Duties = "路面、边沟日常养护";
    lines 2000
    /// What somebody says to a step of a case.
    Comment = "材料齐全，同意。";
    lines 4000
    /// An objection to what is posted, or the answer to one.
    Statement = "租金明显低于市场价。";
    lines 200
    /// Who somebody says to be, and how to reach them.
    Contact = "东村三组";
    lines 1000
    /// Why a right or an asset is altered.
    AlterationReason = "承租方提前退租";
    lines 1000
    /// Why an act is entered long after its day.
    LateReason = "补录：租约早于登记簿启用";
    lines 2000
    /// What was wrong with what is corrected.
    CorrectionReason = "首次登记时份额录入有误，应各为二分之一";
    lines 1000
    /// Why the county approves a case although a loss rule sends it there. Anybody reads it beside the public notice, so it must name nobody.
    OverrideReason = "经评估复核，价格合理";
    line 200
    /// Where a notice hung on paper.
    NoticePlace = "东村村务公开栏";
    lines 1000
    /// Why somebody has another take deciding steps in their place.
    DelegationReason = "外出学习，期间由副职代行";
    lines 500
    /// What was wrong with a booking that is reversed.
    ReversalReason = "重复录入";
}

/// A text of a kind.
pub struct Words<K>(String, PhantomData<fn() -> K>);

impl<K> Words<K> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Both texts, one below the other. There is no limit to what is put together from texts on record.
    pub fn and(&self, other: &Self) -> Self {
        Self::on_record(format!("{self}\n{other}"))
    }

    /// A text as it is on record. It is not checked: what was accepted before there were rules is still read.
    pub(crate) const fn on_record(text: String) -> Self {
        Self(text, PhantomData)
    }
}

/// Whether a character leaves no mark where it is written: white space, what Unicode has ignored by default (joiners, fillers,
/// selectors of variants, directions, tags), and the empty pattern of Braille. The list of the former never changes.
pub(crate) fn leaves_no_mark(character: char) -> bool {
    character.is_whitespace()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character acts on the text around it, and stands for nothing: what Unicode calls controls, controls of direction,
/// by which a text reads otherwise than it is written, and the separators of lines and paragraphs.
pub(crate) fn acts_on_text(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What is cut off at both ends of a text: white space, and two signs without any width. Selectors of variants stay: they
/// belong to the character in front of them.
fn is_margin(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200b}' | '\u{feff}')
}

/// Reads a text of at most `max` characters, as it was written and normalised.
fn read(written: &str, max: usize, lines: bool) -> Result<String, Reason> {
    let too_long = |text: &str| text.chars().count() > max;
    let refused = || Reason::TooLong { max: u64::try_from(max).unwrap_or(u64::MAX) };
    if written.is_empty() {
        return Err(Reason::TooShort { min: 1 });
    }
    if too_long(written) {
        return Err(refused());
    }
    if written.chars().any(|it| acts_on_text(it) && !(lines && matches!(it, '\n' | '\r'))) {
        return Err(Reason::ControlCharacter);
    }
    let trimmed = written.trim_matches(is_margin);
    if trimmed.chars().all(leaves_no_mark) {
        return Err(Reason::Blank);
    }
    // Windows ends lines by two characters.
    let text = trimmed.replace("\r\n", "\n").replace('\r', "\n");
    if is_nfc(&text) {
        return Ok(text);
    }
    let text: String = text.nfc().collect();
    // Few characters become several, and none of them is in common use.
    if too_long(&text) { Err(refused()) } else { Ok(text) }
}

/// What leaves no mark, for patterns; but for what lies beyond the sixteen bits in which JavaScript counts.
macro_rules! no_mark {
    () => {
        "\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8"
    };
}

/// What acts on the text around it beyond the control characters of old, for patterns.
macro_rules! acts_on_text {
    () => {
        "\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069"
    };
}

/// What is read as a text on one line, for clients: at least one character that leaves a mark, and no control character.
const LINE: &str = concat!(
    "^[^\\u0000-\\u001f\\u007f-\\u009f",
    acts_on_text!(),
    "]*[^\\u0000-\\u0020\\u007f-\\u00a0",
    no_mark!(),
    "][^\\u0000-\\u001f\\u007f-\\u009f",
    acts_on_text!(),
    "]*$"
);

/// The same for a text on several lines.
const LINES: &str = concat!(
    "^[^\\u0000-\\u0009\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f",
    acts_on_text!(),
    "]*[^\\u0000-\\u0020\\u007f-\\u00a0",
    no_mark!(),
    "][^\\u0000-\\u0009\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f",
    acts_on_text!(),
    "]*$"
);

/// What is read as it was typed, for clients: no control character. Passwords are.
pub const TYPED: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";

/// Why a text is refused that does not match the published pattern of its kind; none where the pattern is of no text.
pub fn refused(pattern: &str, text: &str) -> Option<Reason> {
    let lines = match pattern {
        LINE => false,
        LINES => true,
        TYPED => return Some(Reason::ControlCharacter),
        _ => return None,
    };
    read(text, usize::MAX, lines).err()
}

impl<K: Kind> FromStr for Words<K> {
    type Err = Reason;

    fn from_str(text: &str) -> Result<Self, Reason> {
        read(text, K::MAX, K::LINES).map(|it| Self(it, PhantomData))
    }
}

impl<K: Kind> TryFrom<String> for Words<K> {
    type Error = Reason;

    fn try_from(text: String) -> Result<Self, Reason> {
        text.parse()
    }
}

impl<'de, K: Kind> Deserialize<'de> for Words<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|reason: Reason| reason.in_serde())
    }
}

impl<K> Serialize for Words<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<K: Kind> utoipa::PartialSchema for Words<K> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .min_length(Some(1))
            .max_length(Some(K::MAX))
            .pattern(Some(if K::LINES { LINES } else { LINE }))
            .description(Some(K::ABOUT.trim()))
            .examples([K::EXAMPLE])
            .into()
    }
}

impl<K: Kind> utoipa::ToSchema for Words<K> {
    fn name() -> std::borrow::Cow<'static, str> {
        K::NAME.into()
    }
}

impl<K> From<Words<K>> for String {
    fn from(words: Words<K>) -> Self {
        words.0
    }
}
impl<K> Deref for Words<K> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}
impl<K> fmt::Display for Words<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl<K> fmt::Debug for Words<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
impl<K> Clone for Words<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}
impl<K> PartialEq for Words<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Words<K> {}
impl<K> PartialOrd for Words<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Words<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> hash::Hash for Words<K> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check<K: Kind>(written: &str, wanted: Result<&str, Reason>) {
        let read = written.parse::<Words<K>>();
        assert_eq!(read.as_ref().map(Words::as_str), wanted.as_ref().copied(), "{written:?}");
    }

    #[test]
    fn texts_are_trimmed_and_normalised_or_refused() {
        check::<kind::Name>("  东村 三组\u{3000}", Ok("东村 三组"));
        check::<kind::Name>("Cafe\u{301}", Ok("Café"));
        check::<kind::Name>("", Err(Reason::TooShort { min: 1 }));
        for blank in [
            " ",
            "\u{3000}\u{a0}",
            "\u{200b}",
            "\u{feff} ",
            "\u{3164}",
            "\u{ad}\u{2060}",
            "\u{2800}",
            "\u{ffa0} \u{115f}",
            "\u{e0041}\u{e007f}",
            "\u{fe0f}",
        ] {
            check::<kind::Name>(blank, Err(Reason::Blank));
        }
        // A selector says which form of the character in front of it is meant.
        check::<kind::Name>("葛\u{e0100}", Ok("葛\u{e0100}"));
        for control in ["东村\u{0}", "东\n村", "东村\r\n", "\u{9}东村", "东\u{85}村", "东村\u{7f}"]
        {
            check::<kind::Name>(control, Err(Reason::ControlCharacter));
        }
        check::<kind::Name>(&"村".repeat(200), Ok("村".repeat(200).as_str()));
        check::<kind::Name>(&"村".repeat(201), Err(Reason::TooLong { max: 200 }));
        // Each of these is two characters once it is normalised.
        check::<kind::Unit>(&"\u{958}".repeat(11), Err(Reason::TooLong { max: 20 }));
    }

    #[test]
    fn longer_words_may_run_over_several_lines() {
        check::<kind::Comment>("一、同意。\r\n二、报县。\r", Ok("一、同意。\n二、报县。"));
        check::<kind::Comment>("\n \r\n", Err(Reason::Blank));
        check::<kind::Comment>("一\t二", Err(Reason::ControlCharacter));
    }

    #[test]
    fn what_was_refused_keeps_its_reason_through_serde() {
        let refused = serde_json::from_str::<Unit>("\"\u{3000}\"").unwrap_err().to_string();
        assert_eq!(Reason::from_serde(&refused), Some(Reason::Blank));
        let long = format!("{:?}", "亩".repeat(21));
        let refused = serde_json::from_str::<Unit>(&long).unwrap_err().to_string();
        assert_eq!(Reason::from_serde(&refused), Some(Reason::TooLong { max: 20 }));
    }

    /// Any text, and more often than chance would have it one of few characters that are special.
    fn written() -> impl Strategy<Value = String> {
        let special = prop::sample::select(vec![
            '\u{0}',
            '\t',
            '\n',
            '\r',
            ' ',
            '\u{7f}',
            '\u{85}',
            '\u{a0}',
            '\u{1680}',
            '\u{200b}',
            '\u{2028}',
            '\u{3000}',
            '\u{3164}',
            '\u{ad}',
            '\u{2800}',
            '\u{fe0f}',
            '\u{e0041}',
            '\u{feff}',
            '\u{301}',
            'e',
            '\u{958}',
            '\u{f900}',
            '村',
            '\u{1f33e}',
        ]);
        prop::collection::vec(prop_oneof![4 => special, 1 => any::<char>()], 0..24)
            .prop_map(|it| it.into_iter().collect())
    }

    fn holds<K: Kind>(written: &str) -> Result<(), TestCaseError> {
        let schema = serde_json::to_value(<Words<K> as utoipa::PartialSchema>::schema()).unwrap();
        let published = jsonschema::is_valid(&schema, &written.into());
        let read = written.parse::<Words<K>>();
        let grows = written.nfc().count() > written.chars().count();
        let is_beyond = |it: char| it > '\u{ffff}' || leaves_no_mark(it);
        let beyond = written.chars().all(is_beyond) && read == Err(Reason::Blank);
        prop_assert!(published == read.is_ok() || (published && (grows || beyond)), "{:?}", written);
        if let Ok(text) = read {
            prop_assert_eq!(text.to_string().parse::<Words<K>>(), Ok(text.clone()));
            prop_assert!(is_nfc(&text) && !text.chars().all(leaves_no_mark));
            prop_assert!(!text.chars().any(|it| it.is_control() && !(K::LINES && it == '\n')));
            prop_assert_eq!(serde_json::from_value::<Words<K>>(serde_json::json!(text)).unwrap(), text);
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn the_published_form_is_the_one_that_is_read(written in written()) {
            holds::<kind::Unit>(&written)?;
            holds::<kind::Comment>(&written)?;
        }
    }
}

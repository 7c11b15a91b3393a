//! Texts in the form in which they are searched for: what looks alike to whoever types is alike.

use std::fmt;

use icu_casemap::CaseMapper;
use unicode_normalization::UnicodeNormalization as _;

use crate::values::words::leaves_no_mark;

/// A text without the differences of which nobody thinks who searches: of case (full case folding), of width and of other
/// compatible signs (Unicode NFKC), of signs that leave no mark, and of how much white space stands between two words.
///
/// It is stored beside the names that are searched, so that both engines find the same. How a character is normalised and
/// folded never changes once Unicode has it; only characters that are new to Unicode fold differently in a later release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded(String);

impl Folded {
    /// A text, folded.
    pub fn of(text: &str) -> Self {
        let mut folded = once(text);
        // What folding brings may still be composed, and the other way round: twice is enough for every character.
        loop {
            let again = once(&folded);
            if again == folded {
                return Self(folded);
            }
            folded = again;
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Folded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn once(text: &str) -> String {
    let compatible: String = text.nfkc().collect();
    let folded = CaseMapper::new().fold_string(&compatible);
    let marks: String = folded.chars().filter(|it| it.is_whitespace() || !leaves_no_mark(*it)).collect();
    let composed: String = marks.nfkc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &str) {
        assert_eq!(Folded::of(text).as_str(), wanted, "{text:?}");
    }

    #[test]
    fn what_looks_alike_is_alike() {
        check("ＡＢＣ－１２３", "abc-123");
        check("Straße ẞ STRASSE", "strasse ss strasse");
        check("Cafe\u{301}", "café");
        check("CAFÉ", "café");
        check("İSTANBUL", "i\u{307}stanbul");
        check("ΣΊΣΥΦΟΣ", "σίσυφοσ");
        check("東村\u{3000} 三組", "東村 三組");
        check("东\u{200b}村\u{fe0f}", "东村");
        check("ﾊﾟｲﾌﾟ", "パイプ");
        check("㈱惠农 ㎡", "(株)惠农 m2");
        check("\u{f900}", "豈");
        check(" \u{3164} ", "");
    }

    proptest! {
        #[test]
        fn what_is_folded_stays_as_it_is(text in any::<String>()) {
            let folded = Folded::of(&text);
            prop_assert_eq!(&Folded::of(folded.as_str()), &folded);
            prop_assert_eq!(&Folded::of(&text.nfd().collect::<String>()), &folded);
        }

        #[test]
        fn a_name_is_found_in_capitals_and_in_full_width(name in "[a-z0-9 ]{1,12}") {
            let wide: String = name.chars()
                .map(|it| if it == ' ' { '\u{3000}' } else { char::from_u32(u32::from(it) + 0xfee0).unwrap_or(it) })
                .collect();
            prop_assert_eq!(Folded::of(&wide.to_uppercase()), Folded::of(&name));
        }
    }
}

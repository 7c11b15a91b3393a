//! What Chinese texts of problems must be: in Chinese, and of use to whoever reads them.

/// Fails where a text has Latin letters that nobody is meant to type, or a form for machines.
#[track_caller]
pub(crate) fn assert_chinese(text: &str) {
    // What is typed as it stands is in backquotes; what is put in later, in braces, is looked at by its own tests.
    let spoken: String = text.split('`').step_by(2).collect();
    let spoken = without_places(&spoken);
    let foreign = spoken.replace("JSON", "").replace("UTF-8", "");
    assert!(
        !foreign.chars().any(|it| it.is_ascii_alphabetic()),
        "Latin letters outside of backquotes: {text}"
    );
    assert!(!foreign.contains(['^', '$', '\\', '[', ']', '*', '|']), "a form for machines: {text}");
    assert!(!text.contains("[0-9") && !text.contains("[a-z"), "a regular expression: {text}");
    assert!(!text.is_ascii(), "no Chinese: {text}");
}

/// Fails where a text does not say what to do, or is no whole sentence.
#[track_caller]
pub(crate) fn assert_remedy(text: &str) {
    assert!(["请", "须", "至多", "不得", "方可"].iter().any(|it| text.contains(it)), "no remedy: {text}");
    assert!(text.ends_with('。'), "no whole sentence: {text}");
}

/// Fails where an English text shows a form for machines, or Chinese.
#[track_caller]
pub(crate) fn assert_english(text: &str) {
    assert!(!text.is_empty() && text.is_ascii(), "not English: {text}");
    assert!(
        !text.contains("[0-9") && !text.contains("[a-z") && !text.contains('^'),
        "a regular expression: {text}"
    );
}

/// The names in braces.
pub(crate) fn places(text: &str) -> Vec<&str> {
    let mut places: Vec<_> =
        text.split('{').skip(1).filter_map(|it| it.split_once('}')).map(|(name, _)| name).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// The texts of all source files.
pub(crate) fn sources() -> Vec<String> {
    fn below(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                below(&path, found);
            } else if path.extension().is_some_and(|it| it == "rs") {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut found = Vec::new();
    below(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut found);
    found
}

fn without_places(text: &str) -> String {
    let mut rest = text.to_owned();
    for place in places(text) {
        rest = rest.replace(&format!("{{{place}}}"), "");
    }
    rest
}

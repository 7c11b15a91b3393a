//! The tables of `docs/policies.md` and `docs/zh/policies.md` say what the numbers of a policy are, and every number is read.

use std::{fmt::Write as _, fs, path::Path};

use super::{policy_keys_read, rooms_reading, rules_reading};
use crate::cases::policies::{schema::policy_keys, values::POLICY_KEYS};

const BEGIN: &str = "<!-- generated: the numbers -->\n";
const END: &str = "<!-- end of what is generated -->\n";

/// Set this variable in a run of the test, and the tables are written anew.
const REWRITE: &str = "SANQUAN_REWRITE_DOCS";

/// Keys that nothing reads yet. A rule that comes to read one takes it off this list.
const UNREAD: &[&str] = &["idle_warn_days"];

fn table(chinese: bool) -> String {
    let mut text = String::new();
    let heads = if chinese {
        ["参数", "单位", "范围", "默认值", "含义和依据", "由谁使用"]
    } else {
        ["key", "unit", "bounds", "default", "meaning and source", "read by"]
    };
    writeln!(text, "\n| {} |\n| --- | --- | --- | --- | --- | --- |", heads.join(" | ")).unwrap();
    for it in policy_keys() {
        let bounds = it.bounds.map_or_else(|| "–".to_owned(), |(min, max)| format!("{min} – {max}"));
        let choices: Vec<_> = it.choices.iter().map(|it| format!("`{it}`")).collect();
        let bounds = if choices.is_empty() { bounds } else { choices.join(", ") };
        let rules = rules_reading(it.key).into_iter().map(|it| it.to_string());
        let rooms = rooms_reading(it.key).into_iter().map(|it| format!("`{it}`"));
        let readers: Vec<_> = rules.chain(rooms).collect();
        let readers = if readers.is_empty() { "–".to_owned() } else { readers.join(", ") };
        let about = if chinese { it.zh } else { it.en };
        let (key, unit, default) = (it.key, it.unit, it.default);
        writeln!(text, "| `{key}` | {unit} | {bounds} | `{default}` | {about} | {readers} |").unwrap();
    }
    text.push('\n');
    text
}

#[track_caller]
fn check(name: &str, chinese: bool) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let document = fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let wanted = [before, BEGIN, &table(chinese), END, after].concat();
    if std::env::var_os(REWRITE).is_some() {
        fs::write(&path, &wanted).unwrap();
    } else {
        assert!(document == wanted, "{name} differs from the numbers: run this test with {REWRITE}=1");
    }
}

#[test]
fn the_document_says_what_the_numbers_are() {
    check("docs/policies.md", false);
    check("docs/zh/policies.md", true);
}

#[test]
fn every_number_is_read_by_a_rule_or_a_room() {
    let read = policy_keys_read();
    let unread: Vec<_> = POLICY_KEYS.iter().copied().filter(|it| !read.contains(it)).collect();
    let beyond: Vec<_> = unread.iter().filter(|it| !UNREAD.contains(it)).collect();
    assert!(beyond.is_empty(), "nothing reads {beyond:?}");
    assert!(read.iter().all(|it| POLICY_KEYS.contains(it)), "{read:?}");
}

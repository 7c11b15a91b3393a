//! The tables of `docs/rules.md` say what the rules say.

use std::{fmt::Write as _, fs, path::Path};

use super::*;

const BEGIN: &str = "<!-- generated: the rules -->\n";
const END: &str = "<!-- end of what is generated -->\n";

/// Set this variable in a run of the test, and the tables are written anew.
const REWRITE: &str = "SANQUAN_REWRITE_DOCS";

fn codes(of: impl IntoIterator<Item = &'static str>) -> String {
    let codes: Vec<_> = of.into_iter().map(|it| format!("`{it}`")).collect();
    if codes.is_empty() { "–".to_owned() } else { codes.join(", ") }
}

fn tables() -> String {
    let mut text = String::new();
    text.push_str("\n| rule | name | severity | looks at | reads of the policy | legal basis |\n");
    text.push_str("| --- | --- | --- | --- | --- | --- |\n");
    for rule in RULES {
        let kinds = codes(rule.checks.iter().map(|it| it.kind()));
        let parameters = codes(rule.parameters.iter().copied());
        let (id, name) = (rule.id, rule.name);
        let (severity, basis) = (rule.severity, rule.basis);
        writeln!(
            text,
            "| {id} | {}<br>{} | `{severity}` | {kinds} | {parameters} | {basis} |",
            name.zh, name.en
        )
        .unwrap();
    }
    text.push_str(
        "\n| rule | cause | severity | sentence | what to do | legal basis, where it is another |\n",
    );
    text.push_str("| --- | --- | --- | --- | --- | --- |\n");
    for rule in RULES {
        for cause in rule.causes {
            let (id, code, severity) = (rule.id, cause.code, rule.severity_of(cause));
            let (sentence, cure) = (cause.sentence, cause.cure);
            let basis = super::super::basis_of(id, cause);
            let basis = if basis == rule.basis { "" } else { basis };
            writeln!(
                text,
                "| {id} | `{code}` | `{severity}` | {}<br>{} | {}<br>{} | {basis} |",
                sentence.zh, sentence.en, cure.zh, cure.en
            )
            .unwrap();
        }
    }
    text.push('\n');
    text
}

#[test]
fn the_document_says_what_the_rules_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let document = fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();

    let wanted = [before, BEGIN, &tables(), END, after].concat();

    if std::env::var_os(REWRITE).is_some() {
        fs::write(&path, &wanted).unwrap();
    } else {
        assert!(document == wanted, "docs/rules.md differs from the rules: run this test with {REWRITE}=1");
    }
}

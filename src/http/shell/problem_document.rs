//! The tables of `docs/problems.md` and `docs/zh/problems.md` say what is answered, and every sentence is fit to be read.

use std::{fmt::Write as _, fs, path::Path};

use syn::{
    Expr, ExprLit, ExprMethodCall, Lit,
    visit::{self, Visit},
};

use super::{
    chinese::{assert_chinese, assert_english, assert_remedy, places, sources},
    codes::Code,
    language::Language,
    texts,
};
use crate::values::Fault;

const BEGIN: &str = "<!-- generated: the problems -->\n";
const END: &str = "<!-- end of what is generated -->\n";

/// Set this variable in a run of the test, and the tables are written anew.
const REWRITE: &str = "SANQUAN_REWRITE_DOCS";

fn tables(language: Language) -> String {
    let mut text = String::new();
    text.push_str(language.of_two(
        "\n| 代码 | 状态码 | 标题 | 原因 | 处理办法 |\n",
        "\n| code | status | title | cause | remedy |\n",
    ));
    text.push_str("| --- | --- | --- | --- | --- |\n");
    for code in Code::ALL {
        let (title, cause, remedy) = (code.title(language), code.cause(language), code.remedy(language));
        let status = code.status().as_u16();
        writeln!(text, "| `{}` | {status} | {title} | {cause} | {remedy} |", code.text()).unwrap();
    }
    text.push_str(language.of_two(
        "\n| 字段代码 | 说明（其中的数字、名称仅为举例） |\n",
        "\n| code of a field | what it says (figures and names are examples) |\n",
    ));
    text.push_str("| --- | --- |\n");
    for reason in texts::samples() {
        let said = texts::fault(&Fault::at("/field", reason.clone()), language);
        writeln!(text, "| `{}` | {said} |", reason.code()).unwrap();
    }
    text.push('\n');
    text
}

#[track_caller]
fn check_document(path: &str, language: Language) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let document = fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let wanted = [before, BEGIN, &tables(language), END, after].concat();
    if std::env::var_os(REWRITE).is_some() {
        fs::write(&path, &wanted).unwrap();
    } else {
        assert!(document == wanted, "{path:?} differs from the code: run this test with {REWRITE}=1");
    }
}

#[test]
fn the_documents_say_what_is_answered() {
    check_document("docs/problems.md", Language::English);
    check_document("docs/zh/problems.md", Language::Chinese);
}

#[test]
fn every_code_has_its_cause_and_its_remedy_in_both_languages() {
    for code in Code::ALL {
        for chinese in
            [Language::Chinese].map(|it| [code.title(it), code.cause(it), code.remedy(it)]).concat()
        {
            assert_chinese(chinese);
        }
        assert_remedy(code.remedy(Language::Chinese));
        for english in
            [code.title(Language::English), code.cause(Language::English), code.remedy(Language::English)]
        {
            assert_english(english);
        }
    }
}

/// The two sentences of each refusal that has words of its own.
#[derive(Default)]
struct Sentences(Vec<(Option<String>, Option<String>)>);

impl<'ast> Visit<'ast> for Sentences {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        visit::visit_expr_method_call(self, call);
        if call.method == "saying" {
            let mut literals = call.args.iter().map(|it| match it {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
                _ => None,
            });
            self.0.push((literals.next().flatten(), literals.next().flatten()));
        }
    }
}

#[test]
fn every_refusal_reads_well_in_both_languages_and_says_what_to_do() {
    let mut sentences = Sentences::default();
    for source in sources() {
        sentences.visit_file(&syn::parse_file(&source).unwrap());
    }
    assert!(sentences.0.len() > 40, "only {} sentences were found", sentences.0.len());
    for sentence in sentences.0 {
        let (Some(chinese), Some(english)) = sentence else {
            panic!("a sentence is written out as it is, and figures are put in by `put`: {sentence:?}");
        };
        assert_chinese(&chinese);
        assert_remedy(&chinese);
        assert_english(&english);
        assert_eq!(places(&chinese), places(&english), "{chinese}");
    }
}

#[test]
fn every_sentence_of_the_loss_rules_is_chinese() {
    for cause in crate::loss::rules::RULES.iter().flat_map(|it| it.causes) {
        assert_chinese(cause.sentence.zh);
        assert_chinese(cause.cure.zh);
    }
}

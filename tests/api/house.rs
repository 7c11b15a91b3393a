//! The house stays as it was drawn: imports run downwards, and some things are not to be found on some floors.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::atomic::Ordering,
};

use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query, sql_types};
use libtest_mimic::Trial;
use proc_macro2::{TokenStream, TokenTree};
use sanquan::{
    cases::{CaseStatus, notices::ObjectionStatus, policies::values::POLICY_KEYS},
    identity::KeyName,
    register::{
        assets::AssetStatus,
        certificates::CHANGING,
        codes::{AssetClass, RecordStatus, RightKind, Sector},
    },
    storage::{Target, redo, rows},
    values::RegionLevel,
};
use serde_json::{Value, json};
use syn::{
    Macro, UseTree,
    visit::{self, Visit},
};

use crate::town::{Engine, Town, World};

/// The floors, from the ground up. What stands on one may use those below.
const FLOORS: &[&[&str]] = &[
    &["values", "settings"],
    &["logging"],
    &["storage"],
    &["jobs"],
    &["journal"],
    &["identity"],
    &["register"],
    &["cases"],
    &["loss"],
    &["money"],
    &["maintenance"],
    &["acts"],
    &["verify"],
    &["backup"],
    &["http"],
    &["demo"],
    &["cli"],
    &["main", "lib"],
];

/// The floors inside `http`, from the ground up.
const FLOORS_OF_HTTP: &[&str] = &["shell", "render", "wings", "server"];

/// What must not be found where: a word of a path, the places that it is kept out of, and the places where it may be,
/// by how their paths begin, or by how they end after a star.
struct Absence {
    what: &'static [&'static str],
    within: &'static [&'static str],
    except: &'static [&'static str],
}

const ABSENCES: &[Absence] = &[
    // Nothing below the interface knows that there is HTTP.
    Absence {
        what: &["actix_web", "actix_http", "utoipa_actix_web"],
        within: &[""],
        except: &["http", "cli"],
    },
    // Queries stand in the stores, and nowhere else: rules are pure, and the interface asks commands and queries.
    Absence { what: &["diesel", "storage::schema"], within: &[""], except: &["storage", "*/store.rs"] },
    Absence { what: &["storage", "serde_json"], within: &["loss", "money/allotment.rs"], except: &[] },
    // Which engine it is, storage alone knows.
    Absence {
        what: &["PgConnection", "SqliteConnection", "Pg", "Sqlite", "Lite", "pg", "sqlite"],
        within: &[""],
        except: &["storage"],
    },
    // Time is told by the clock of the unit of work.
    Absence { what: &["SystemTime", "Local"], within: &[""], except: &[] },
    Absence { what: &["Utc::now"], within: &[""], except: &["storage/clock.rs"] },
];

/// Whose table it is: what a room's stores read and write. Another room asks for it.
const TABLES: &[(&str, &[&str])] = &[
    ("storage", &["idempotent_answers"]),
    (
        "journal",
        &[
            "journal_checkpoints",
            "journal_cosignatures",
            "journal_entries",
            "journal_leaves",
            "journal_nodes",
            "journal_pending",
            "journal_progress",
            "journal_rows",
            "journal_subjects",
            "journaled_tables",
        ],
    ),
    ("identity", &["delegations", "refresh_tokens", "registry_keys", "users"]),
    (
        "register",
        &[
            "asset_versions",
            "assets",
            "documents",
            "funding_lines",
            "instrument_documents",
            "instrument_moves",
            "instruments",
            "parties",
            "party_relations",
            "party_versions",
            "project_versions",
            "projects",
            "regions",
            "relation_versions",
            "restriction_overrides",
            "restriction_versions",
            "restrictions",
            "rights",
        ],
    ),
    (
        "cases",
        &[
            "case_facts",
            "case_lots",
            "case_overrides",
            "case_steps",
            "cases",
            "notices",
            "objections",
            "paper_notices",
            "policies",
        ],
    ),
    (
        "money",
        &[
            "accounts",
            "contract_assets",
            "contract_checks",
            "contract_dues",
            "contract_endings",
            "contract_versions",
            "contracts",
            "distributed_receipts",
            "distribution_lines",
            "distribution_receipts",
            "distributions",
            "ledger_entries",
            "payments",
            "proceeds",
            "receipts",
        ],
    ),
    ("maintenance", &["assignment_versions", "maintenance_assignments"]),
];

/// Tables that a store reads although they are another room's, and why.
const BORROWED: &[(&str, &[&str], &str)] = &[
    ("", &["journal_leaves"], "the place of an entry is the time axis of whatever is read as it was known"),
    (
        "register/rights/",
        &["journal_pending"],
        "acts are in the order of the journal, those that wait to be sealed included",
    ),
    (
        "verify/",
        &["accounts", "case_steps", "cases", "ledger_entries", "rights"],
        "rows are checked as stored, trusting no room",
    ),
    (
        "money/receipts/",
        &["assets", "documents", "parties"],
        "everything that a receipt names is looked up in one statement: it is the most frequent act",
    ),
    (
        "maintenance/assignments/",
        &["asset_versions", "assets"],
        "gaps are found and paged over all assets of a region in one statement",
    ),
];

/// The structure tests, which need no town.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("house::imports_run_downwards", || told(climbing())),
        Trial::test("house::imports_run_downwards_inside_http", || told(climbing_in_http())),
        Trial::test("house::no_files_of_http_import_each_other_in_a_circle", || told(circles_in_http())),
        Trial::test("house::what_is_absent_stays_absent", || told(intruders())),
        Trial::test("house::a_store_reads_the_tables_of_its_room", || told(borrowed_tables())),
        Trial::test("house::every_file_is_part_of_the_program", || told(files_left_over())),
        Trial::test("house::every_key_of_the_policy_that_is_read_is_declared", || told(undeclared_keys())),
        Trial::test("house::every_change_of_a_table_is_committed_to", || told(changes_unseen())),
        Trial::test("house::no_two_migrations_have_the_same_instant", || told(migrations_at_once())),
        Trial::test("house::a_migration_that_rewrites_a_table_is_named", || told(rewritten_unnamed())),
        Trial::test("house::no_sentence_has_a_run_of_blanks", || told(sentences_with_runs_of_blanks())),
        Trial::test("house::no_two_schemas_share_a_name", || told(namesakes())),
        Trial::test("house::every_action_is_known_to_change_certificates_or_not", || told(undecided())),
        Trial::test("house::both_engines_keep_the_same_constraints", || told(constraints_apart())),
        Trial::test("house::the_document_leaves_nothing_unsaid", || told(unsaid())),
        Trial::test("house::every_text_of_a_request_says_what_it_may_be", || told(texts_of_any_kind())),
        Trial::test("house::the_document_names_what_clients_have_types_of", || told(unnamed())),
        Trial::test("house::the_document_says_nothing_twice", || told(said_twice())),
        Trial::test("house::the_document_is_the_committed_one", || told(document_drift())),
    ]
}

fn told(faults: Vec<String>) -> Result<(), libtest_mimic::Failed> {
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// The actions of the journal that leave what certificates say as it is; all others supersede those that were issued.
/// Names are not part of it: a certificate says how things were called, and is not superseded by another name.
const LEAVES_CERTIFICATES: &[&str] = &[
    // Names, descriptions and papers.
    "asset_described",
    "asset_recorded",
    "document_brought",
    "parties_related",
    "party_changed",
    "party_erased",
    "party_recorded",
    "project_corrected",
    "project_recorded",
    "project_voided",
    "region_recorded",
    "relation_ended",
    // The life of an asset, whose rights begin and end by `rights_moved` beside it.
    "asset_closed",
    "asset_derived",
    "asset_reopened",
    "asset_suspended",
    "asset_voided",
    // What leads to a change, and is none yet.
    "case_drafted",
    "case_step_taken",
    "notice_posted",
    "notice_recorded_on_paper",
    "notice_taken_down",
    "objection_answered",
    "objection_raised",
    "policy_set",
    // Money and upkeep.
    "booking_reversed",
    "contract_adopted",
    "contract_carried_over",
    "contract_concluded",
    "contract_corrected",
    "contract_ended",
    "contract_resumed",
    "contract_voided",
    "distribution_paid",
    "maintenance_assigned",
    "maintenance_carried_over",
    "maintenance_ended",
    "payment_made",
    "proceeds_due",
    "proceeds_lapsed",
    "proceeds_owed_again",
    "receipt_booked",
    // Users and keys.
    "certificate_keys_renewed",
    "clock_confirmed",
    "decisions_delegated",
    "delegation_ended",
    "journal_key_disbelieved",
    "journal_keys_announced",
    "journal_keys_renewed",
    "journal_loss_acknowledged",
    "key_replaced",
    "keys_recorded",
    "password_changed",
    "rows_committed",
    "tables_described",
    "session_refreshed",
    "session_refreshed_again",
    "session_revoked",
    "signed_in",
    "user_changed",
    "user_created",
];

/// What a source file names: every path, with `::` between its segments, the words of its texts, the schemas that it adds
/// to the document, and the actions that it declares.
#[derive(Default)]
struct Named {
    paths: BTreeSet<String>,
    words: BTreeSet<String>,
    schemas: Vec<String>,
    actions: Vec<String>,
}

impl Named {
    fn tree(&mut self, prefix: &str, tree: &UseTree) {
        let joined = |name: &syn::Ident| {
            if prefix.is_empty() { name.to_string() } else { format!("{prefix}::{name}") }
        };
        match tree {
            UseTree::Path(path) => self.tree(&joined(&path.ident), &path.tree),
            UseTree::Name(name) => drop(self.paths.insert(joined(&name.ident))),
            UseTree::Rename(name) => drop(self.paths.insert(joined(&name.ident))),
            UseTree::Glob(_) => drop(self.paths.insert(prefix.to_owned())),
            UseTree::Group(group) => group.items.iter().for_each(|it| self.tree(prefix, it)),
        }
    }
}

impl Named {
    fn text(&mut self, text: &str) {
        self.words.extend(text.split(|it: char| !(it.is_alphanumeric() || it == '_')).map(str::to_owned));
    }

    fn schema(&mut self, name: &syn::Ident, attributes: &[syn::Attribute]) {
        let derived = attributes.iter().filter(|it| it.path().is_ident("derive")).any(|it| {
            let traits = it.meta.require_list().unwrap().tokens.to_string();
            traits.split([',', ' ']).any(|it| it == "ToSchema")
        });
        if derived {
            self.schemas.push(name.to_string());
        }
    }
}

impl<'ast> Visit<'ast> for Named {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree("", &item.tree);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.schema(&item.ident, &item.attrs);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.schema(&item.ident, &item.attrs);
        visit::visit_item_enum(self, item);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(called) = call.func.as_ref()
            && let [.., of, name] = called.path.segments.iter().collect::<Vec<_>>().as_slice()
            && (of.ident == "Action" && name.ident == "named")
            && let Some(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(action), .. })) = call.args.first()
        {
            self.actions.push(action.value());
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // `pub(in crate::http)` says who may look, and uses nothing.
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|it| it.ident.to_string()).collect();
        self.paths.insert(segments.join("::"));
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        // Inside a macro there are only tokens: whatever looks like a path counts as one, outside quotation marks.
        let tokens = called.tokens.to_string().replace(" :: ", "::").replace(":: ", "::");
        tokens.split('"').skip(1).step_by(2).for_each(|it| self.text(it));
        let tokens: String = tokens.split('"').step_by(2).collect();
        for word in tokens.split(|it: char| !(it.is_alphanumeric() || it == '_' || it == ':')) {
            self.paths.insert(word.trim_matches(':').to_owned());
        }
        visit::visit_macro(self, called);
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.text(&text.value());
    }

    // A comment is an attribute to the compiler, and not what a file does.
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if !attribute.path().is_ident("doc") {
            visit::visit_attribute(self, attribute);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let of_tests = module.attrs.iter().any(|it| it.path().is_ident("cfg"));
        if !of_tests {
            visit::visit_item_mod(self, module);
        }
    }
}

/// Where tables may be changed by statements of their own: the way of all changes itself, and what no entry commits to.
const CHANGES_TABLES: &[&str] =
    &["storage/unit.rs", "storage/answers.rs", "storage/folding.rs", "storage/migrations.rs"];

/// Statements that change a table and do not go to a unit of work, which has its entry commit to the rows.
#[derive(Default)]
struct Changes {
    /// How deep inside what is handed to a unit of work.
    within: usize,
    unseen: Vec<String>,
}

impl<'ast> Visit<'ast> for Changes {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.visit_expr(&call.receiver);
        let hands_over = call.method == "change" || call.method == "change_remote";
        self.within += usize::from(hands_over);
        call.args.iter().for_each(|it| self.visit_expr(it));
        self.within -= usize::from(hands_over);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|it| it.ident.to_string()).collect();
        let statement =
            ["insert_into", "insert_or_ignore_into", "replace_into", "update", "delete", "copy_from"];
        if let [of, name] = segments.as_slice()
            && of == "diesel"
            && statement.contains(&name.as_str())
            && (self.within == 0 || name != "insert_into")
        {
            self.unseen.push(segments.join("::"));
        }
        visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let mut named = Named::default();
        named.tree("", &item.tree);
        let statements = ["diesel::insert_into", "diesel::update", "diesel::delete", "diesel::replace_into"];
        self.unseen.extend(named.paths.into_iter().filter(|it| statements.contains(&it.as_str())));
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        let text = text.value().trim_start().to_lowercase();
        if ["insert into ", "update ", "delete from ", "truncate "].iter().any(|it| text.starts_with(it)) {
            self.unseen.push(text);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.attrs.iter().all(|it| !it.path().is_ident("cfg")) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
}

fn changes_unseen() -> Vec<String> {
    let mut faults = Vec::new();
    for (file, text) in files() {
        if CHANGES_TABLES.contains(&file.as_str()) {
            continue;
        }
        let mut changes = Changes::default();
        changes.visit_file(&syn::parse_file(&text).unwrap());
        let unseen = changes.unseen.into_iter();
        faults.extend(unseen.map(|it| {
            format!("{file}: {it} changes a table, and no entry commits to it: `change`, `alter` or `remove` of the unit of work")
        }));
    }
    faults
}

/// Migrations with the instant of another one: only one of them would ever be applied.
fn migrations_at_once() -> Vec<String> {
    let mut faults = Vec::new();
    for engine in ["sqlite", "postgres"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
        let mut instants = BTreeMap::new();
        for entry in fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().to_string_lossy().into_owned();
            let instant = name.split('_').next().unwrap().to_owned();
            if let Some(other) = instants.insert(instant, name.clone()) {
                faults.push(format!("{engine}: {name} and {other} have the same instant"));
            }
        }
    }
    faults
}

/// Migrations that rewrite rows of a table, and are not named where the journal's layouts are.
fn rewritten_unnamed() -> Vec<String> {
    // Before this one no entry committed to any row.
    const FIRST: &str = "2026-11-28-180500";
    let mut faults = Vec::new();
    for engine in ["sqlite", "postgres"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.get(..FIRST.len()).is_none_or(|it| it <= FIRST) {
                continue;
            }
            let text = fs::read_to_string(path.join("up.sql")).unwrap().to_lowercase();
            let lines = text.lines().filter(|it| !it.trim_start().starts_with("--"));
            let text = lines.collect::<Vec<_>>().join(" ");
            // What a trigger or a function will do is not done by the migration.
            let mut is_body = false;
            for statement in text.split(';') {
                let words: Vec<_> = statement.split_whitespace().collect();
                let is_last = words.first() == Some(&"end");
                is_body =
                    (is_body && !is_last) || (words.first() == Some(&"create") && words.contains(&"begin"));
                if is_body || is_last {
                    continue;
                }
                let table = match words.as_slice() {
                    ["update", table, ..] | ["insert", "into", table, ..] | ["delete", "from", table, ..] => {
                        *table
                    }
                    _ => continue,
                };
                let known = rows::layout(table).is_some();
                if known && !rows::REWRITTEN.contains(&(table, name.as_str())) {
                    faults.push(format!(
                        "{engine}/{name} rewrites {table}: name both in REWRITTEN of storage/rows.rs, so that the journal commits to its rows anew"
                    ));
                }
            }
        }
    }
    faults
}

/// Every source file by its path within `src`, with the paths that it names.
fn sources() -> BTreeMap<String, Named> {
    files()
        .into_iter()
        .map(|(file, text)| {
            let mut named = Named::default();
            named.visit_file(&syn::parse_file(&text).unwrap());
            (file, named)
        })
        .collect()
}

/// Files that no module above them declares, so that nothing is compiled of them. The rules are declared by a macro.
fn files_left_over() -> Vec<String> {
    let files = files();
    let declared = |folder: &str, name: &str| {
        let above = ["mod.rs", "lib.rs", "main.rs"].map(|it| format!("{folder}{it}"));
        above.iter().filter_map(|it| files.get(it)).any(|text| {
            syn::parse_file(text).unwrap().items.iter().any(|it| match it {
                syn::Item::Mod(it) => it.ident == name,
                syn::Item::Macro(it) => it.mac.tokens.clone().into_iter().any(|it| it.to_string() == name),
                _ => false,
            })
        })
    };
    let is_left = |file: &&String| {
        let path = file.strip_suffix("/mod.rs").or_else(|| file.strip_suffix(".rs")).unwrap_or(file);
        let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        !matches!(path, "lib" | "main") && !declared(&folder, name)
    };
    files.keys().filter(is_left).map(|it| format!("{it} is declared by no module")).collect()
}

/// The texts of the interface, as they are said, in which three blanks stand between words: the end of a line that was not continued.
/// Inside macros too, which is where most sentences stand.
fn sentences_with_runs_of_blanks() -> Vec<String> {
    fn look(file: &str, tokens: TokenStream, found: &mut Vec<String>) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => look(file, group.stream(), found),
                TokenTree::Literal(literal) => {
                    let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) else { continue };
                    let text = text.value();
                    if text.lines().any(|line| line.trim().contains("   ")) {
                        found.push(format!("{file} says: {text}"));
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
    let mut found = Vec::new();
    for (file, text) in files().iter().filter(|(file, _)| file.starts_with("http/")) {
        look(file, text.parse().unwrap(), &mut found);
    }
    found
}

/// Every source file by its path within `src`, with its text.
fn files() -> BTreeMap<String, String> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("tests") {
                    walk(&path, files);
                }
            } else if path.extension().is_some_and(|it| it == "rs") {
                files.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    assert!(files.len() > 60);
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path.strip_prefix(&root).unwrap().to_string_lossy().into_owned(), text)
        })
        .collect()
}

/// The keys of the policy that the code reads, as fields or by what `PolicyValues` makes of them. A key that is set and not
/// among those that are declared is named as without effect, so that each one that is read must be declared, and no other.
fn undeclared_keys() -> Vec<String> {
    struct Keys(BTreeSet<String>);
    impl<'ast> Visit<'ast> for Keys {
        fn visit_expr_field(&mut self, field: &'ast syn::ExprField) {
            if let syn::Member::Named(name) = &field.member {
                self.0.insert(name.to_string());
            }
            visit::visit_expr_field(self, field);
        }

        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            match call.method.to_string().as_str() {
                "quorum" => self.0.extend(["decision_attendance", "decision_approval"].map(str::to_owned)),
                "bounds_of" => self.0.extend(["uses".to_owned()]),
                _ => {}
            }
            visit::visit_expr_method_call(self, call);
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut keys = Keys(BTreeSet::new());
    for file in sources().keys().filter(|it| !it.starts_with("cases/policies/")) {
        keys.visit_file(&syn::parse_file(&fs::read_to_string(root.join(file)).unwrap()).unwrap());
    }
    let read: BTreeSet<_> = POLICY_KEYS.iter().copied().filter(|it| keys.0.contains(*it)).collect();
    let declared = sanquan::acts::policy_keys_read();
    let apart = read.symmetric_difference(&declared);
    apart
        .map(|key| match read.contains(key) {
            true => format!("{key} is read, and neither a rule nor a room declares that"),
            false => format!("{key} is declared to be read, and nothing reads it"),
        })
        .collect()
}

fn floor_of(module: &str) -> Option<usize> {
    FLOORS.iter().position(|it| it.contains(&module))
}

fn climbing() -> Vec<String> {
    let mut faults = Vec::new();
    for (file, named) in sources() {
        let own = file.split(['/', '.']).next().unwrap().to_owned();
        let Some(floor) = floor_of(&own) else {
            faults.push(format!("{file} stands on no floor"));
            continue;
        };
        for path in &named.paths {
            let mut segments = path.split("::");
            if !matches!(segments.next(), Some("crate" | "sanquan")) {
                continue;
            }
            let Some(used) = segments.next().filter(|it| *it != own) else { continue };
            match floor_of(used) {
                Some(below) if below < floor => {}
                Some(_) => faults.push(format!("{file} climbs to {path}")),
                // What is no module is a macro, which lives on the ground floor.
                None => {}
            }
        }
    }
    faults
}

/// The modules of `http`, each with those that it names. A module that declares its children does not name them by that.
fn imports_in_http() -> BTreeMap<String, BTreeSet<String>> {
    let module_of = |file: &str| {
        let path = file.strip_suffix(".rs").unwrap();
        path.strip_suffix("/mod").unwrap_or(path).replace('/', "::")
    };
    let named: BTreeMap<String, Named> = sources()
        .into_iter()
        .filter(|(file, _)| file.starts_with("http") && !file.ends_with("/tests.rs"))
        .map(|(file, named)| (module_of(&file), named))
        .collect();
    let resolved = |own: &str, path: &str| {
        let (first, rest) = path.split_once("::").unwrap_or((path, ""));
        let mut absolute = match first {
            "crate" => rest.to_owned(),
            "self" => format!("{own}::{rest}"),
            "super" => {
                let (mut above, mut rest) = (own.rsplit_once("::")?.0, rest);
                while let Some(more) = rest.strip_prefix("super::") {
                    (above, rest) = (above.rsplit_once("::")?.0, more);
                }
                format!("{above}::{rest}")
            }
            child => {
                named.contains_key(&format!("{own}::{child}")).then(|| format!("{own}::{child}::{rest}"))?
            }
        };
        // Whatever stands behind the last module is an item of it.
        while !named.contains_key(&absolute) {
            absolute.truncate(absolute.rfind("::")?);
        }
        (absolute != own).then_some(absolute)
    };
    named
        .iter()
        .map(|(own, it)| (own.clone(), it.paths.iter().filter_map(|path| resolved(own, path)).collect()))
        .collect()
}

/// Inside `http`: the server builds the wings, which render and use the shell; no wing borrows from another.
fn climbing_in_http() -> Vec<String> {
    let place = |module: &str| {
        let mut segments = module.split("::").skip(1).map(str::to_owned);
        let floor = segments.next()?;
        let level = FLOORS_OF_HTTP.iter().position(|it| *it == floor);
        Some((level, segments.next().filter(|_| floor == "wings")))
    };
    let mut faults = Vec::new();
    for (own, used) in imports_in_http() {
        let Some((level, wing)) = place(&own) else { continue };
        if level.is_none() {
            faults.push(format!("{own} stands on no floor of http"));
        }
        for other in used {
            match place(&other) {
                None => faults.push(format!("{own} climbs to the front of http")),
                Some((above, _)) if above > level => faults.push(format!("{own} climbs to {other}")),
                Some((_, of)) if wing.is_some() && of.is_some() && of != wing => {
                    faults.push(format!("{own} borrows from {other}"));
                }
                Some(_) => {}
            }
        }
    }
    faults
}

/// Files of `http` that reach each other by what they name.
fn circles_in_http() -> Vec<String> {
    let imports = imports_in_http();
    assert!(imports.len() > 60);
    let reached = |from: &String| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(module) = open.pop() {
            open.extend(imports[module].iter().filter(|it| seen.insert((*it).clone())));
        }
        seen
    };
    let reach: BTreeMap<&String, BTreeSet<String>> = imports.keys().map(|it| (it, reached(it))).collect();
    let circles: BTreeSet<Vec<&str>> = imports
        .keys()
        .filter(|it| reach[it].contains(*it))
        .map(|it| reach[it].iter().filter(|other| reach[other].contains(it)).map(String::as_str).collect())
        .collect();
    circles.into_iter().map(|it| format!("{} import each other in a circle", it.join(", "))).collect()
}

fn intruders() -> Vec<String> {
    let mut faults = Vec::new();
    for (file, named) in sources() {
        let is = |place: &str| match place.strip_prefix('*') {
            Some(end) => file.ends_with(end),
            None => file.starts_with(place),
        };
        let inside = |places: &[&str]| places.iter().any(|it| is(it));
        for absence in ABSENCES.iter().filter(|it| inside(it.within) && !inside(it.except)) {
            for path in &named.paths {
                let has = |what: &str| format!("::{path}::").contains(&format!("::{what}::"));
                if absence.what.iter().any(|it| has(it)) {
                    faults.push(format!("{file} names {path}"));
                }
            }
        }
    }
    faults
}

/// Tables that a store names although they are another room's, and those that belong to no room.
fn borrowed_tables() -> Vec<String> {
    let owner =
        |table: &str| TABLES.iter().find(|(_, tables)| tables.contains(&table)).map(|(room, _)| *room);
    let declared: BTreeSet<String> =
        declared().iter().filter_map(|it| it.split_once('.')).map(|(table, _)| table.to_owned()).collect();
    assert!(declared.len() > 40);
    let mut faults: Vec<String> = declared
        .iter()
        .filter(|table| owner(table).is_none())
        .map(|table| format!("{table} belongs to no room"))
        .collect();
    let mut unused: BTreeSet<_> =
        BORROWED.iter().flat_map(|(file, tables, _)| tables.iter().map(|it| (*file, *it))).collect();
    for (file, named) in sources().into_iter().filter(|(file, _)| file.ends_with("/store.rs")) {
        let room = file.split('/').next().unwrap();
        let of_paths = named.paths.iter().filter_map(|it| it.rsplit_once("schema::")).map(|(_, table)| table);
        // What a statement in plain SQL names stands in a text.
        let statements = named.words.contains("select") && named.words.contains("from");
        let of_texts =
            named.words.iter().map(String::as_str).filter(|it| statements && declared.contains(*it));
        for table in of_paths.chain(of_texts).map(|it| it.split("::").next().unwrap()) {
            if owner(table) == Some(room) {
                continue;
            }
            let lent: Vec<_> = BORROWED
                .iter()
                .filter(|(place, ..)| file.starts_with(place))
                .flat_map(|(place, tables, _)| tables.iter().map(|it| (*place, *it)))
                .filter(|(_, it)| *it == table)
                .collect();
            if lent.is_empty() {
                faults.push(format!("{file} names {table}, which is not a table of its room: ask for it"));
            }
            unused.retain(|it| !lent.contains(it));
        }
    }
    faults.extend(unused.into_iter().map(|(place, table)| format!("{place} no longer borrows {table}")));
    faults
}

/// Whoever declares an action decides here whether certificates that were issued before it still say how things are.
fn undecided() -> Vec<String> {
    let superseding: Vec<_> = CHANGING.iter().map(|it| it.name()).collect();
    let mut decided: Vec<_> = superseding.iter().chain(LEAVES_CERTIFICATES).copied().collect();
    let mut declared: Vec<_> = sources().into_values().flat_map(|it| it.actions).collect();
    decided.sort_unstable();
    declared.sort_unstable();
    let twice = |all: &[String]| -> Vec<String> {
        let neighbours = all.windows(2).filter(|it| it[0] == it[1]);
        neighbours.map(|it| format!("{} is declared or decided twice", it[0])).collect()
    };
    let decided: Vec<String> = decided.into_iter().map(str::to_owned).collect();
    let mut faults = [twice(&declared), twice(&decided)].concat();
    let unknown = declared.iter().filter(|it| !decided.contains(it));
    faults.extend(unknown.map(|it| {
        format!("{it} supersedes certificates (certificates::CHANGING) or does not (LEAVES_CERTIFICATES): say which")
    }));
    let gone = decided.iter().filter(|it| !declared.contains(it));
    faults.extend(gone.map(|it| format!("nobody declares {it}")));
    faults
}

/// Schemas that are named alike: the document would keep one of them, and describe the other's answers by it.
fn namesakes() -> Vec<String> {
    let mut files = BTreeMap::<String, Vec<String>>::new();
    for (file, named) in sources() {
        for schema in named.schemas {
            files.entry(schema).or_default().push(file.clone());
        }
    }
    assert!(files.len() > 60);
    files.retain(|_, it| it.len() > 1);
    files.into_iter().map(|(schema, files)| format!("{schema} stands in {}", files.join(" and "))).collect()
}

/// The names of all constraints and unique indexes in the migrations of an engine.
fn constraints(engine: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path().join("up.sql")).unwrap();
        let words: Vec<&str> = text.split_whitespace().collect();
        for window in words.windows(4) {
            match window {
                ["constraint", name, "check" | "unique" | "foreign", ..] | ["unique", "index", name, _] => {
                    names.insert((*name).to_owned());
                }
                _ => {}
            }
        }
    }
    assert!(names.len() > 30, "{engine}: {names:?}");
    names
}

fn constraints_apart() -> Vec<String> {
    let (one, other) = (constraints("sqlite"), constraints("postgres"));
    one.symmetric_difference(&other).map(|it| format!("{it} stands on one engine only")).collect()
}

/// Operations without a summary, parameters and fields without a description, figures without an example, amounts that
/// a client could read inexactly.
fn unsaid() -> Vec<String> {
    let document = crate::town::document::document();
    let mut faults = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let mut say = |what: String| faults.push(format!("{method} {path}: {what}"));
            for field in ["summary", "description", "operationId", "tags"] {
                if operation[field].is_null() {
                    say(format!("no {field}"));
                }
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                if parameter["description"].is_null() {
                    say(format!("{} is not described", parameter["name"]));
                }
            }
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        if schema["description"].is_null() {
            faults.push(format!("{name} is not described"));
        }
        unsaid_fields(name, schema, &mut faults);
    }
    faults
}

fn unsaid_fields(name: &str, schema: &Value, faults: &mut Vec<String>) {
    for (field, it) in schema["properties"].as_object().into_iter().flatten() {
        let refers = it.to_string().contains("\"$ref\"");
        let tag = it["enum"].as_array().is_some_and(|it| it.len() == 1);
        if it["description"].is_null() && !refers && !tag {
            faults.push(format!("{name}.{field} is not described"));
        }
        let figure = ["integer", "string", "number"].iter().any(|kind| it["type"].to_string().contains(kind));
        let plain = ["uuid", "date-time", "binary"].iter().any(|it_is| it["format"] == *it_is);
        if figure
            && !plain
            && !refers
            && it["enum"].is_null()
            && it["example"].is_null()
            && it["examples"].is_null()
        {
            faults.push(format!("{name}.{field} has no example"));
        }
        let exact = it["maximum"].as_i64().is_some_and(|it| it <= 9_007_199_254_740_991);
        if field.ends_with("_fen") && !refers && !(exact && it["format"] == "int64") {
            faults.push(format!("{name}.{field} can be read inexactly"));
        }
    }
    for variant in schema["oneOf"].as_array().into_iter().flatten() {
        unsaid_fields(name, variant, faults);
    }
}

/// Texts of requests whose schema does not say what they may be: headers, signatures, hashes and places in a list, which are
/// read and kept by nobody; and passwords and tokens, of which there are only hashes.
const READ_AS_THEY_ARE: &[&str] = &[
    "Accept-Language",
    "If-Match",
    "If-None-Match",
    "c",
    "cursor",
    "jws",
    "jws_sm2",
    "leaf_hash",
    "new_password",
    "old_password",
    "password",
    "refresh_token",
    "signature",
];

/// Texts that people write have a type of `values`, which says what it may be: a closed list, a format, or a pattern that
/// lets no control character pass. No database then trips over one, and no two engines keep it differently.
fn texts_of_any_kind() -> Vec<String> {
    let document = crate::town::document::document();
    let mut faults = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let at = format!("{method} {path}");
            for it in operation["parameters"].as_array().into_iter().flatten() {
                let name = it["name"].as_str().unwrap();
                // What is no identifier or code in a path is not found.
                if it["in"] != "path" {
                    text_of_any_kind(document, &it["schema"], name, &at, &mut BTreeSet::new(), &mut faults);
                }
            }
            for (_, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
                text_of_any_kind(
                    document,
                    &content["schema"],
                    "body",
                    &at,
                    &mut BTreeSet::new(),
                    &mut faults,
                );
            }
        }
    }
    faults
}

fn text_of_any_kind(
    document: &Value,
    schema: &Value,
    field: &str,
    at: &str,
    seen: &mut BTreeSet<String>,
    faults: &mut Vec<String>,
) {
    if let Some(name) = schema["$ref"].as_str().and_then(|it| it.rsplit('/').next()) {
        if seen.insert(name.to_owned()) {
            let schema = &document["components"]["schemas"][name];
            text_of_any_kind(document, schema, field, at, seen, faults);
        }
        return;
    }
    let is_text = schema["type"] == "string"
        || schema["type"].as_array().is_some_and(|it| it.iter().any(|kind| kind == "string"));
    if is_text && !READ_AS_THEY_ARE.contains(&field) {
        let formats = ["binary", "date", "date-time", "uuid"];
        let format = schema["format"].as_str().is_some_and(|it| formats.contains(&it));
        let closed = !schema["enum"].is_null() || !schema["const"].is_null();
        let pattern = schema["pattern"].as_str().is_some_and(|it| {
            let pattern = json!({"type": "string", "pattern": it});
            let refused = ["\u{0}", "a\u{0}", "\u{0}a", "a\u{7f}", "\u{85}"];
            refused.iter().all(|it| !jsonschema::is_valid(&pattern, &json!(it)))
        });
        if !(format || closed || pattern) {
            faults.push(format!("{at}: {field} may be any text"));
        }
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        text_of_any_kind(document, inner, name, at, seen, faults);
    }
    for more in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get(more) {
            text_of_any_kind(document, inner, field, at, seen, faults);
        }
    }
    for choice in ["allOf", "anyOf", "oneOf"] {
        for inner in schema[choice].as_array().into_iter().flatten() {
            text_of_any_kind(document, inner, field, at, seen, faults);
        }
    }
}

/// What a generator of clients would have to make up a name for, or cannot make a type of.
fn unnamed() -> Vec<String> {
    let document = crate::town::document::published();
    let mut faults = Vec::new();
    let title = document["info"]["title"].as_str().unwrap();
    if !title.chars().all(|it| it.is_ascii_alphanumeric() || it == ' ') {
        faults.push(format!("a package cannot be called by the title: {title}"));
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        if !name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_') {
            faults.push(format!("a type cannot be called {name}"));
        }
        unnamed_types(name, schema, true, &mut faults);
    }
    for room in ["parameters", "responses", "headers"] {
        unnamed_types(room, &document["components"][room], false, &mut faults);
    }
    unnamed_types("paths", &document["paths"], false, &mut faults);
    faults
}

/// Looks at a part of the document; `is_named` where it is itself a schema among the components.
fn unnamed_types(place: &str, part: &Value, is_named: bool, faults: &mut Vec<String>) {
    let mut say = |what: &str| faults.push(format!("{place} {what}"));
    for variant in part["oneOf"].as_array().into_iter().flatten() {
        if variant["$ref"].is_null() && variant["type"] != "null" {
            say("is a choice with a variant that has no name");
        }
    }
    // The one value of a tag is no type of its own.
    if part["enum"].as_array().is_some_and(|it| it.len() > 1) && !is_named {
        say("lists values, but is no type: make the enum a component");
    }
    if part["type"].as_array().is_some_and(|it| it.iter().filter(|it| *it != "null").count() > 1) {
        say("has several types, of which Java makes one that does not compile");
    }
    match part {
        Value::Object(fields) => {
            // Which keys a map may have is for checks; as types they are texts. Examples are no schemas.
            let looked_at = fields
                .iter()
                .filter(|(name, _)| !["propertyNames", "example", "examples"].contains(&name.as_str()));
            looked_at.for_each(|(name, it)| unnamed_types(&format!("{place}.{name}"), it, false, faults));
        }
        Value::Array(items) => items.iter().for_each(|it| unnamed_types(place, it, false, faults)),
        _ => {}
    }
}

/// As clients get it. Parameters, headers and problems that stood at each operation took 190,000 of them.
const DOCUMENT_BYTES: usize = 600_000;

/// Parameters, headers and responses that stand in the document more than once, in words.
fn said_twice() -> Vec<String> {
    let document = crate::town::document::published();
    let mut faults = Vec::new();
    let mut known = BTreeMap::<String, String>::new();
    let mut say = |place: String, part: &Value| {
        if !part["$ref"].is_null() {
            return;
        }
        if let Some(other) = known.insert(part.to_string(), place.clone()) {
            faults.push(format!("{place} says what {other} says: they need names that tell them apart"));
        }
    };
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let at = |what: &str, name: &str| format!("the {what} {name} of {method} {path}");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                say(at("parameter", parameter["name"].as_str().unwrap_or_default()), parameter);
            }
            for (status, response) in operation["responses"].as_object().unwrap() {
                say(at("response", status), response);
                for (name, header) in response["headers"].as_object().into_iter().flatten() {
                    say(at("header", name), header);
                }
            }
        }
    }
    let bytes = serde_json::to_vec(document).unwrap().len();
    if bytes > DOCUMENT_BYTES {
        faults.push(format!(
            "the document has {bytes} bytes, which is more than {DOCUMENT_BYTES}: what does it repeat?"
        ));
    }
    faults
}

fn document_drift() -> Vec<String> {
    let committed = include_str!("../../openapi/sanquan.json");
    let generated = sanquan::http::document_text(&sanquan::http::document());
    if committed == generated {
        return Vec::new();
    }
    let line =
        committed.lines().zip(generated.lines()).position(|(one, other)| one != other).unwrap_or_default();
    vec![format!(
        "openapi/sanquan.json is not what the code says, from line {}: run `cargo run -- openapi > openapi/sanquan.json`",
        line + 1
    )]
}

/// A connection of the test's own, beside those of the registry.
pub enum Beside {
    Sqlite(SqliteConnection),
    Postgres(diesel::PgConnection),
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = sql_types::Text)]
    of_table: String,
    #[diesel(sql_type = sql_types::Text)]
    name: String,
    #[diesel(sql_type = sql_types::Text)]
    kind: String,
    #[diesel(sql_type = sql_types::Bool)]
    nullable: bool,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = sql_types::Text)]
    text: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = sql_types::BigInt)]
    count: i64,
}

impl Beside {
    pub fn of(town: &Town) -> Self {
        // What is done to it there, its journal does not know.
        town.altered.store(true, Ordering::Relaxed);
        let url = town.settings.database();
        match town.engine {
            Engine::Sqlite => {
                let mut lite = SqliteConnection::establish(url.strip_prefix("sqlite://").unwrap()).unwrap();
                // The registry writes as well, its sealer for one: they take turns.
                sql_query("pragma busy_timeout = 10000").execute(&mut lite).unwrap();
                Self::Sqlite(lite)
            }
            Engine::Postgres => Self::Postgres(diesel::PgConnection::establish(&url).unwrap()),
        }
    }

    pub fn execute(&mut self, statement: &str) -> Result<usize, diesel::result::Error> {
        let connection = match self {
            Self::Sqlite(connection) => connection,
            Self::Postgres(connection) => return sql_query(statement).execute(connection),
        };
        let guards: Vec<Line> = match sql_query("select 1 from temp.unguarded limit 0").execute(connection) {
            Ok(_) if !statement.starts_with("pragma") => sql_query(
                "select name || ' ' || tbl_name || ' ' || sql as text from sqlite_master \
                 where type = 'trigger' and tbl_name in (select name from temp.unguarded)",
            )
            .load(connection)?,
            _ => Vec::new(),
        };
        if guards.is_empty() {
            return sql_query(statement).execute(connection);
        }
        connection.immediate_transaction(|connection| {
            let guards = guards.iter().map(|it| it.text.splitn(3, ' ').collect::<Vec<_>>());
            let guards: Vec<_> = guards.filter(|it| statement.contains(it[1])).collect();
            for guard in &guards {
                sql_query(format!("drop trigger {}", guard[0])).execute(connection)?;
            }
            let done = sql_query(statement).execute(connection)?;
            for guard in &guards {
                sql_query(guard[2]).execute(connection)?;
            }
            Ok(done)
        })
    }

    /// Takes the guards off a table, as somebody with the run of the database would, and for as long as each statement takes:
    /// whoever looks at the table finds them where they were.
    pub fn unguard(&mut self, table: &str) {
        let statements = match self {
            Self::Sqlite(_) => vec![
                "create temporary table if not exists unguarded (name text)".to_owned(),
                format!("insert into temp.unguarded values ('{table}')"),
            ],
            Self::Postgres(_) => vec!["set session_replication_role = replica".to_owned()],
        };
        for statement in statements {
            self.execute(&statement).unwrap();
        }
    }

    /// Every check by its name, with its condition.
    fn checks(&mut self) -> BTreeMap<String, String> {
        let texts: Vec<Line> = match self {
            Self::Sqlite(connection) => {
                sql_query("select sql as text from sqlite_master where type = 'table'").load(connection)
            }
            Self::Postgres(connection) => sql_query(
                "select 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) as text \
                 from pg_constraint where contype = 'c'",
            )
            .load(connection),
        }
        .unwrap();
        let constraints = texts.iter().flat_map(|it| it.text.split("constraint ").skip(1));
        let check = |it: &str| {
            let (name, rest) = it.split_once(' ')?;
            let is_check = rest.get(..5)?.eq_ignore_ascii_case("check");
            is_check.then(|| (name.to_owned(), rest.lines().next().unwrap_or_default().to_owned()))
        };
        constraints.filter_map(check).collect()
    }

    /// Takes off the constraints that hold rows of different tables together.
    pub fn unbind(&mut self) {
        let statement = match self {
            Self::Sqlite(_) => "pragma foreign_keys = off",
            Self::Postgres(_) => "set session_replication_role = replica",
        };
        self.execute(statement).unwrap();
    }

    fn count(&mut self, table: &str) -> i64 {
        self.number(&format!("select count(*) as count from {table}"))
    }

    /// The one number that a query selects `as count`.
    pub fn number(&mut self, query: &str) -> i64 {
        let query = sql_query(query);
        let counted: Count = match self {
            Self::Sqlite(connection) => query.get_result(connection),
            Self::Postgres(connection) => query.get_result(connection),
        }
        .unwrap();
        counted.count
    }

    /// Every column as `schema.rs` writes it: `table.column -> Type`.
    fn columns(&mut self) -> BTreeSet<String> {
        let columns: Vec<Column> = match self {
            Self::Sqlite(connection) => sql_query(
                "select m.name as of_table, c.name as name, lower(c.type) as kind, c.\"notnull\" = 0 and c.pk = 0 as nullable \
                 from sqlite_master m join pragma_table_info(m.name) c \
                 where m.type = 'table' and m.name not like 'sqlite_%' and m.name not like '\\_\\_diesel%' escape '\\'",
            )
            .load(connection)
            .unwrap(),
            Self::Postgres(connection) => sql_query(
                "select table_name::text as of_table, column_name::text as name, data_type::text as kind, \
                 is_nullable = 'YES' as nullable from information_schema.columns \
                 where table_schema = 'public' and table_name not like '\\_\\_diesel%'",
            )
            .load(connection)
            .unwrap(),
        };
        columns
            .into_iter()
            .map(|it| {
                let kind = match it.kind.as_str() {
                    "blob" | "bytea" if it.name.ends_with("hash") => "Binary",
                    "uuid" | "blob" => "Uuid",
                    "text" => "Text",
                    "bigint" => "BigInt",
                    "integer" if it.name == "sequence" => "BigInt",
                    "integer" => "Integer",
                    "boolean" => "Bool",
                    "date" => "Date",
                    "timestamp" | "timestamp without time zone" => "Timestamp",
                    other => panic!("{}.{} is {other}", it.of_table, it.name),
                };
                let kind = if it.nullable { format!("Nullable<{kind}>") } else { kind.to_owned() };
                format!("{}.{} -> {kind}", it.of_table, it.name)
            })
            .collect()
    }
}

/// Every column that `schema.rs` declares.
fn declared() -> BTreeSet<String> {
    let mut table = String::new();
    let mut columns = BTreeSet::new();
    for line in include_str!("../../src/storage/schema.rs").lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
            name.clone_into(&mut table);
        } else if let Some((name, kind)) = line.strip_suffix(',').and_then(|it| it.split_once(" -> ")) {
            columns.insert(format!("{table}.{name} -> {kind}"));
        }
    }
    columns
}

pub async fn the_schema_is_what_the_code_says(town: Town) {
    let declared = declared();
    assert!(declared.len() > 200);
    let mut beside = Beside::of(&town);
    let apart: Vec<_> = beside.columns().symmetric_difference(&declared).cloned().collect();
    assert!(apart.is_empty(), "{apart:#?}");

    // Nobody seals while the tables go.
    town.stopping().await.unwrap();
    let target = Target::parse(&town.settings.database(), false).unwrap();
    let redone = tokio::task::spawn_blocking(move || redo(&target)).await.unwrap();
    redone.unwrap();
    assert_eq!(beside.columns(), declared, "undone and done again, the schema is the same");
    assert_eq!(beside.count("users"), 0);
}

/// A list that stands in a check is the one of the code, so that no new value is refused by the database alone. Lists that
/// grow stand in no check: a new kind needs no migration.
pub async fn the_lists_in_checks_are_those_of_the_code(town: Town) {
    fn codes<T: Copy>(all: &[T], code: fn(T) -> &'static str) -> Vec<&'static str> {
        all.iter().map(|it| code(*it)).collect()
    }
    let lists = BTreeMap::from([
        ("asset_class_known", codes(AssetClass::ALL, AssetClass::code)),
        ("asset_status_known", codes(AssetStatus::ALL, AssetStatus::code)),
        ("case_status_known", codes(CaseStatus::ALL, CaseStatus::code)),
        ("contract_status_known", codes(RecordStatus::ALL, RecordStatus::code)),
        ("contract_version_status_known", codes(RecordStatus::ALL, RecordStatus::code)),
        ("objection_status_known", codes(ObjectionStatus::ALL, ObjectionStatus::code)),
        ("party_sector_known", codes(Sector::ALL, Sector::code)),
        ("project_status_known", codes(RecordStatus::ALL, RecordStatus::code)),
        ("project_version_status_known", codes(RecordStatus::ALL, RecordStatus::code)),
        ("region_level_known", codes(RegionLevel::ALL, RegionLevel::code)),
        ("registry_key_name_known", codes(KeyName::ALL, KeyName::code)),
        ("right_kind_known", codes(RightKind::ALL, RightKind::code)),
    ]);
    let checks = Beside::of(&town).checks();
    assert!(checks.len() > 30, "{checks:#?}");
    for (name, list) in &lists {
        let mut listed: Vec<&str> = checks[*name].split('\'').skip(1).step_by(2).collect();
        let mut list = list.clone();
        listed.sort_unstable();
        list.sort_unstable();
        assert_eq!(listed, list, "{name}");
    }
    let others: Vec<_> = checks.keys().filter(|it| it.ends_with("_known")).collect();
    assert!(others.iter().all(|it| lists.contains_key(it.as_str())), "{others:?}");
}

pub async fn what_is_recorded_cannot_be_changed_even_in_the_database(town: Town) {
    let world = World::of(&town).await;
    town.signed_size().await;
    let mut beside = Beside::of(&town);
    for (table, column) in [
        ("journal_entries", "action"),
        ("journal_subjects", "subject_id"),
        ("journal_leaves", "leaf_index"),
        ("journal_checkpoints", "note"),
        ("instruments", "kind"),
        ("instrument_documents", "document_id"),
        ("instrument_moves", "instrument_id"),
        ("rights", "share_num"),
        ("asset_versions", "status"),
        ("party_versions", "ended_on"),
        ("relation_versions", "valid_to"),
        ("restriction_versions", "released_on"),
        ("assignment_versions", "valid_to"),
        ("case_steps", "comment"),
        ("notices", "content"),
        ("ledger_entries", "amount_fen"),
        ("receipts", "amount_fen"),
        ("payments", "amount_fen"),
        ("registry_keys", "fingerprint"),
        ("distributed_receipts", "receipt_id"),
    ] {
        assert!(beside.count(table) > 0, "{table} is empty");
        for statement in [format!("update {table} set {column} = {column}"), format!("delete from {table}")] {
            let refused = beside.execute(&statement).unwrap_err().to_string();
            assert!(refused.contains("immutable"), "{statement}: {refused}");
        }
    }
    for limit in [
        "update accounts set debits_fen = credits_fen + 1 where not may_overdraw",
        "update assets set original_value_fen = -1",
        "update assets set original_value_fen = 9007199254740992",
        "update contracts set term_to = term_from",
        "update users set username = 'auditor'",
    ] {
        assert!(beside.execute(limit).is_err(), "{limit}");
    }
    let receipt = town.auditor().reads(&format!("/v1/receipts/{}", world.receipt)).await;
    assert_eq!(receipt["amount_fen"], 1000);
}

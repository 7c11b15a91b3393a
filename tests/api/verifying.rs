//! What `verify` looks at beside entries and rows: the tables themselves, documents, what lies in a bundle, what the journal's
//! tables hold beyond the tree, and how it ends where nothing can be examined.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::SystemTime,
};

use chrono::TimeDelta;
use sanquan::{
    storage::{self, StorageError},
    verify::{Damage, DamageKind as Kind, Report, Trust},
};
use serde_json::{Value, json};

use crate::{
    house::Beside,
    journal::grows,
    tampering::{Bundle, apart_from_amcheck, checked, runs},
    town::{EAST, Engine, Town, World},
};

/// Runs the program with no folder and no database but those that are named.
fn runs_alone(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_sanquan")).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn has(report: &Report, kind: Kind, table: &str) -> bool {
    report.damages.iter().any(|it| it.kind == kind && it.table == Some(table))
}

/// A value of an identifier that nobody has.
fn nobody(engine: Engine) -> String {
    match engine {
        Engine::Sqlite => format!("x'{}'", "a".repeat(32)),
        Engine::Postgres => format!("'{}'::uuid", "a".repeat(32)),
    }
}

pub async fn a_table_is_what_the_migrations_make_it(town: Town) {
    World::of(&town).await;
    town.signed_size().await;
    town.stopping().await.unwrap();
    let read = |unit: &mut storage::Read<'_>| storage::catalogue(unit);
    let found = town.registry.storage.read::<_, StorageError, _>(read).await.unwrap();
    if town.engine == Engine::Postgres {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/storage/postgres-catalogue.txt");
        if std::env::var_os("SANQUAN_TEST_REWRITE_DOCS").is_some() {
            fs::write(&path, &found).unwrap();
        }
        let listed = fs::read_to_string(&path).unwrap();
        let of_migrations = |it: &str| it.lines().skip(2).map(str::to_owned).collect::<Vec<_>>();
        assert!(
            listed.lines().next() == found.lines().next() && of_migrations(&listed) == of_migrations(&found),
            "src/storage/postgres-catalogue.txt is not what the migrations make: \
             SANQUAN_TEST_REWRITE_DOCS=1 cargo test --test api -- a_table_is_what"
        );
    }
    let report = checked(&town, Trust::default()).await;
    assert!(report.is_sound() && !report.schema_not_examined, "{report:?}");

    let mut beside = Beside::of(&town);
    let lies = "case when amount_fen > 0 then amount_fen else 1 end as amount_fen";
    let listed =
        "id, account_id, payee_id, purpose, paid_on, document_id, region_code, recorded_by, recorded_at";
    let in_place = [
        "alter table payments rename to payments_".to_owned(),
        format!("create view payments as select {listed}, {lies} from payments_"),
    ];
    let put_back = ["drop view payments".to_owned(), "alter table payments_ rename to payments".to_owned()];
    let both = |it: [&str; 2]| it.map(str::to_owned).to_vec();
    let one = |it: &str| vec![it.to_owned()];
    let mut changes = vec![
        (in_place.to_vec(), put_back.to_vec(), "payments", "view payments"),
        (
            one("alter table users add column remark text"),
            one("alter table users drop column remark"),
            "users",
            "",
        ),
        (
            one("create unique index of_names on parties (id, name)"),
            one("drop index of_names"),
            "parties",
            "index of_names",
        ),
    ];
    match town.engine {
        Engine::Sqlite => changes.push((
            one("create trigger lies after insert on payments begin select 1; end"),
            one("drop trigger lies"),
            "payments",
            "trigger lies",
        )),
        Engine::Postgres => {
            changes.push((
                both([
                    "alter table users enable row level security",
                    "create policy all_of_them on users using (true)",
                ]),
                both(["drop policy all_of_them on users", "alter table users disable row level security"]),
                "users",
                "policy all_of_them",
            ));
            for (change, back, table, told) in [
                (
                    "alter table payments alter column purpose type varchar(200)",
                    "alter table payments alter column purpose type text",
                    "payments",
                    "column purpose",
                ),
                (
                    "alter table payments disable trigger user",
                    "alter table payments enable trigger user",
                    "payments",
                    "trigger",
                ),
                (
                    "alter table payments disable trigger all",
                    "alter table payments enable trigger all",
                    "payments",
                    "switched off constraint",
                ),
                (
                    "alter table payments alter column purpose set default 'x'",
                    "alter table payments alter column purpose drop default",
                    "payments",
                    "column purpose",
                ),
                ("create table heir () inherits (payments)", "drop table heir", "payments", "heir heir"),
                (
                    "create rule none as on update to payments do instead nothing",
                    "drop rule none on payments",
                    "payments",
                    "rule none",
                ),
            ] {
                changes.push((one(change), one(back), table, told));
            }
        }
    }
    for (change, back, table, told) in changes {
        for statement in &change {
            beside.execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
        let report = checked(&town, Trust::default()).await;
        let of_it = |it: &Damage| {
            it.kind == Kind::SchemaDiffers
                && it.table == Some(table)
                && it.detail.as_deref().is_some_and(|it| it.contains(told))
        };
        assert!(report.damages.iter().any(of_it), "{change:?}: {report:#?}");
        for statement in &back {
            beside.execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
        let report = checked(&town, Trust::default()).await;
        assert!(report.is_sound(), "{back:?}: {report:#?}");
    }
    // What nobody relies on is anybody's: a list of one's own, an index that makes reading faster.
    for statement in ["create table notes_of_the_office (note text)", "create index faster on parties (name)"]
    {
        beside.execute(statement).unwrap();
    }
    let report = checked(&town, Trust::default()).await;
    assert!(!has(&report, Kind::SchemaDiffers, "parties"), "{report:#?}");

    // A guard that is gone, and a column: then what comes after it cannot even be asked for.
    let guard = match town.engine {
        Engine::Sqlite => "drop trigger rights_no_delete",
        Engine::Postgres => "drop trigger rights_only_close on rights",
    };
    beside.execute(guard).unwrap();
    let report = checked(&town, Trust::default()).await;
    assert!(has(&report, Kind::SchemaDiffers, "rights"), "{report:#?}");
    beside.execute("alter table asset_versions drop column specification").unwrap();
    let report = checked(&town, Trust::default()).await;
    assert!(has(&report, Kind::SchemaDiffers, "asset_versions"), "{report:#?}");
    // SQLite takes the name of a column that is not there for a text.
    assert!(town.engine == Engine::Sqlite || !report.is_whole(), "{report:#?}");
}

pub async fn a_second_row_of_a_key_is_found_wherever_it_stands(town: Town) {
    for project in 1..=11 {
        let lines: Vec<_> = (1..=100).map(|it| json!({"source": "central", "amount_fen": it})).collect();
        let project = json!({
            "code": format!("XM-{project}"), "name": "一百项", "year": 2020, "region_code": EAST, "funding": lines,
        });
        town.officer().creates("/v1/projects", project).await;
    }
    town.signed_size().await;
    town.stopping().await.unwrap();
    assert!(checked(&town, Trust::default()).await.is_sound());
    let mut beside = Beside::of(&town);
    beside.unbind();
    let statements: &[&str] = match town.engine {
        Engine::Sqlite => &[
            "create table without_key as select * from funding_lines",
            "drop table funding_lines",
            "alter table without_key rename to funding_lines",
        ],
        Engine::Postgres => &["alter table funding_lines drop constraint funding_lines_pkey cascade"],
    };
    for statement in statements {
        beside.execute(statement).unwrap();
    }
    // The last of a page that is read at once.
    let copy = "insert into funding_lines (project_id, ordinal, source, amount_fen) select project_id, ordinal, source, 77 \
                from funding_lines order by project_id, ordinal limit 1 offset 999";
    beside.execute(copy).unwrap();
    let report = checked(&town, Trust::default()).await;
    let second = |it: &Damage| {
        it.table == Some("funding_lines")
            && matches!(it.kind, Kind::RowUnexplained | Kind::RowDiffers)
            && it.row_id.is_some()
    };
    assert!(report.damages.iter().any(second), "{report:#?}");
    // One that no key leads to is counted.
    if town.engine == Engine::Sqlite {
        beside.execute("update funding_lines set ordinal = null where amount_fen = 77").unwrap();
        let report = checked(&town, Trust::default()).await;
        assert!(has(&report, Kind::RowUnexplained, "funding_lines"), "{report:#?}");
    }
}

pub async fn documents_are_held_against_their_bytes(town: Town) {
    let document = town.document().await;
    town.signed_size().await;
    let url = town.settings.database();
    let (code, said, wrong) = runs(&town, &["verify", "--database", &url]);
    assert!(code == Some(0) && said.contains("1 documents"), "{said}{wrong}");

    let sha256 = town.auditor().reads(&format!("/v1/documents/{document}")).await["sha256"]
        .as_str()
        .unwrap()
        .to_owned();
    let file = town.settings.data_dir.join("documents").join(&sha256[..2]).join(&sha256[2..]);
    let path = format!("/v1/documents/{document}/content");
    fs::write(&file, "other minutes").unwrap();
    let (code, said, _) = runs(&town, &["verify", "--database", &url]);
    assert_eq!(
        (code, apart_from_amcheck(&said)),
        (Some(1), format!("document_altered table=documents row_id={document}\n"))
    );
    let told = town.auditor().gets(&path).await.expect_problem(500, "content_altered");
    assert_eq!(told["sha256"], json!(sha256), "{told}");
    fs::remove_file(&file).unwrap();
    let (code, said, _) = runs(&town, &["verify", "--database", &url]);
    assert_eq!(
        (code, apart_from_amcheck(&said)),
        (Some(1), format!("document_missing table=documents row_id={document}\n"))
    );
    town.auditor().gets(&path).await.expect_problem(500, "content_missing");
    fs::write(&file, "minutes").unwrap();
    town.auditor().gets(&path).await.expect(200);

    // Whoever has the database and the keys, and not the folder, is told that the documents were not looked at.
    let elsewhere = tempfile::tempdir().unwrap();
    let keys = elsewhere.path().join("keys.json");
    fs::write(&keys, serde_json::to_string(&town.registry.log.names()).unwrap()).unwrap();
    let folder = elsewhere.path().join("nothing");
    let asked = [
        "--data-dir",
        folder.to_str().unwrap(),
        "verify",
        "--database",
        &url,
        "--keys",
        keys.to_str().unwrap(),
    ];
    let (code, said, wrong) = runs_alone(&asked);
    assert!(code == Some(0) && said.contains("not examined: the contents of 1 documents"), "{said}{wrong}");
}

pub async fn what_the_tree_does_not_commit_to_is_examined(town: Town) {
    World::of(&town).await;
    grows(&town, 20).await;
    town.signed_size().await;
    town.stopping().await.unwrap();
    let mut beside = Beside::of(&town);
    beside.unbind();
    for table in ["journal_subjects", "journal_rows", "journal_leaves", "journal_entries", "payments"] {
        beside.unguard(table);
    }
    let nobody = nobody(town.engine);
    beside.execute("create temporary table kept as select * from journal_leaves").unwrap();
    beside.execute("create temporary table kept_progress as select * from journal_progress").unwrap();
    let in_a_year = match town.engine {
        Engine::Sqlite => "strftime('%Y-%m-%d %H:%M:%f', sealed_through, '+365 days')",
        Engine::Postgres => "sealed_through + interval '365 days'",
    };
    let last = "(select max(leaf_index) from journal_leaves)";
    let back = |column: &str, at: &str| {
        format!(
            "update journal_leaves set {column} = (select k.{column} from kept k where k.leaf_index = journal_leaves.leaf_index) where leaf_index = {at}"
        )
    };
    let subject = "(select min(subject_id) from journal_subjects)".to_owned();
    let subject = if town.engine == Engine::Sqlite {
        subject
    } else {
        "(select subject_id from journal_subjects limit 1)".to_owned()
    };
    let mut changes = vec![
        (
            format!(
                "insert into journal_subjects (subject_id, entry_id, changed) values ({subject}, {nobody}, {})",
                if town.engine == Engine::Sqlite { "1" } else { "true" }
            ),
            format!("delete from journal_subjects where entry_id = {nobody}"),
            Kind::RowUnexplained,
            Some("journal_subjects"),
            None,
        ),
        (
            format!("insert into journal_rows (entry_id, rows) values ({nobody}, '[]')"),
            format!("delete from journal_rows where entry_id = {nobody}"),
            Kind::RowUnexplained,
            Some("journal_rows"),
            None,
        ),
        (
            "update journal_leaves set content_hash = null where leaf_index = 5".to_owned(),
            back("content_hash", "5"),
            Kind::ContentAltered,
            None,
            Some(5),
        ),
        (
            format!("update journal_progress set sealed_through = {in_a_year}"),
            "update journal_progress set sealed_through = (select sealed_through from kept_progress)"
                .to_owned(),
            Kind::SealedInFuture,
            Some("journal_progress"),
            None,
        ),
        (
            format!(
                "update journal_leaves set sealed_at = {} where leaf_index = {last}",
                in_a_year.replace("sealed_through", "sealed_at")
            ),
            back("sealed_at", last),
            Kind::SealedInFuture,
            None,
            Some(u64::try_from(town.journal_size().await - 1).unwrap()),
        ),
    ];
    if town.engine == Engine::Sqlite {
        let mut finer = |table: &str, column: &str, which: &str| {
            beside
                .execute(&format!(
                    "create temporary table coarse_{table} as select {column} from {table} where {which}"
                ))
                .unwrap();
            // An instant is written without the thousands that are zero: put back first.
            let micros = format!(
                "substr({column} || case when instr({column}, '.') then '' else '.' end || '000000', 1, 26)"
            );
            (
                format!("update {table} set {column} = {micros} || '999' where {which}"),
                format!("update {table} set {column} = (select {column} from coarse_{table}) where {which}"),
            )
        };
        let of_entry = "id = (select entry_id from journal_leaves where leaf_index = 7)";
        let micro = "id = (select max(id) from payments)";
        for (table, column, which, index) in [
            ("payments", "recorded_at", micro, None),
            ("journal_leaves", "sealed_at", "leaf_index = 6", Some(6)),
            ("journal_entries", "at", of_entry, Some(7)),
        ] {
            let (change, back) = finer(table, column, which);
            changes.push((change, back, Kind::RowDiffers, Some(table), index));
        }
    }
    for (change, back, kind, table, index) in changes {
        let changed = beside.execute(&change).unwrap_or_else(|error| panic!("{change}: {error}"));
        assert_ne!(changed, 0, "{change}");
        let report = checked(&town, Trust::default()).await;
        let told =
            |it: &Damage| it.kind == kind && it.table == table && (index.is_none() || it.index == index);
        assert!(report.damages.iter().any(told), "{change}: {report:#?}");
        beside.execute(&back).unwrap_or_else(|error| panic!("{back}: {error}"));
        let report = checked(&town, Trust::default()).await;
        assert!(report.is_sound(), "{back}: {report:#?}");
    }
}

pub async fn what_is_said_to_be_sealed_ahead_of_the_clock_hides_nothing(town: Town) {
    grows(&town, 3).await;
    town.signed_size().await;
    let mut beside = Beside::of(&town);
    beside.execute("update journal_progress set sealed_through = '9999-12-31 23:59:59.999999'").unwrap();
    let party = town.party("enterprise", "绿源农业有限公司", EAST).await;
    town.signed_size().await;
    // What was done is known from now on, and not in thousands of years.
    town.clock.advance(TimeDelta::seconds(2));
    let now = town.clock.now().format("%Y-%m-%dT%H:%M:%S%.6fZ");
    let entries = town.auditor().reads(&format!("/v1/journal?subject_id={party}")).await;
    let sealed_at = entries["items"][0]["sealed_at"].as_str().unwrap();
    assert!(sealed_at < now.to_string().as_str(), "{entries}");
    let report = checked(&town, Trust::default()).await;
    assert!(report.is_sound(), "{report:?}");
}

pub async fn a_session_that_no_entry_began_is_found(town: Town) {
    let password = "correct horse battery";
    let user = town
        .actor("administrator")
        .creates("/v1/users", json!({"username": "whole", "password": password, "roles": ["auditor"]}))
        .await;
    let asked = json!({"username": "whole", "password": password});
    let signed_in = town.somebody(None).posts("/v1/tokens", asked).await.expect(200);
    let again = json!({"refresh_token": signed_in["refresh_token"]});
    town.somebody(None).posts("/v1/tokens/refresh", again).await.expect(200);
    town.signed_size().await;
    let report = checked(&town, Trust::default()).await;
    assert!(report.is_sound(), "{user}: {report:?}");
    let mut beside = Beside::of(&town);
    let digest = "d".repeat(64);
    let planted = format!(
        "insert into refresh_tokens (digest, session_id, user_id, epoch, issued_at, expires_at) \
         select '{digest}', session_id, user_id, epoch, issued_at, expires_at from refresh_tokens limit 1"
    );
    beside.execute(&planted).unwrap();
    let report = checked(&town, Trust::default()).await;
    let told = |it: &Damage| it.kind == Kind::RowUnexplained && it.row_id.as_deref() == Some(digest.as_str());
    assert_eq!(report.damages.len(), 1, "{report:#?}");
    assert!(report.damages.iter().all(told), "{report:#?}");
    beside.execute(&format!("delete from refresh_tokens where digest = '{digest}'")).unwrap();
    // One that was changed into another.
    beside
        .execute(&format!("update refresh_tokens set digest = '{digest}' where rotated_at is null"))
        .unwrap();
    let report = checked(&town, Trust::default()).await;
    assert!(report.damages.iter().any(told), "{report:#?}");
}

pub async fn what_waits_and_what_is_signed_for_is_told(town: Town) {
    grows(&town, 3).await;
    let signed = town.signed_size().await;
    town.stopping().await.unwrap();
    grows(&town, 2).await;
    let url = town.settings.database();
    let (code, said, wrong) = runs(&town, &["verify", "--database", &url]);
    assert!(matches!(code, Some(0 | 3)), "{said}{wrong}");
    let wanted = format!("{signed} entries covered by a checkpoint, 2 waiting to be sealed");
    assert!(said.lines().next().unwrap().ends_with(&wanted), "{said}");
    let (_, said, _) = runs(&town, &["verify", "--database", &url, "--json"]);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["signed"], &said["waiting"]), (&json!(signed), &json!(2)));
}

pub async fn what_was_brought_along_wrongly_is_no_damage(town: Town) {
    grows(&town, 5).await;
    town.signed_size().await;
    let (url, folder) = (town.settings.database(), tempfile::tempdir().unwrap());
    let bundle = folder.path().join("bundle");
    let (code, _, wrong) = runs(&town, &["export", "journal", "--to", bundle.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{wrong}");
    let note = fs::read_to_string(bundle.join("checkpoint")).unwrap();
    let put = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let origin = town.registry.log.origin();
    let both = [vec!["verify", "--database", &url], vec!["verify", bundle.to_str().unwrap()]];
    for what in &both {
        for mailed in [format!("{note}\n\n"), note.replace('\n', "\r\n"), format!("\u{feff}{note}")] {
            let path = put("mailed", mailed);
            let (code, said, wrong) = runs(&town, &[what.as_slice(), &["--checkpoint", &path]].concat());
            assert_eq!(code, Some(0), "{said}{wrong}");
        }
        let path = put("other", note.replacen(origin, "another.example/journal", 2));
        let (code, said, wrong) = runs(&town, &[what.as_slice(), &["--checkpoint", &path]].concat());
        assert_eq!((code, said.as_str()), (Some(2), ""));
        assert!(wrong.contains("another.example/journal") && !wrong.contains("damaged"), "{wrong}");
        let path = put("none", "no checkpoint".to_owned());
        let (code, _, wrong) = runs(&town, &[what.as_slice(), &["--checkpoint", &path]].concat());
        assert!(code == Some(2) && wrong.contains(&format!("{path} is not a signed checkpoint")), "{wrong}");
    }

    // What the registry itself remembers.
    let remembered = town.settings.data_dir.join("keys/journal-last-signed");
    let kept = fs::read(&remembered).unwrap();
    for junk in ["", "junk"] {
        fs::write(&remembered, junk).unwrap();
        let (code, said, wrong) = runs(&town, &both[0]);
        assert!(code == Some(3) && said.starts_with("sound: "), "{said}{wrong}");
        assert!(said.contains("keys/journal-last-signed in the data folder is damaged"), "{said}");
    }
    fs::remove_file(&remembered).unwrap();
    let (code, said, _) = runs(&town, &both[0]);
    assert!(code == Some(3) && said.contains("keys/journal-last-signed is gone"), "{said}");
    fs::write(&remembered, kept).unwrap();
}

pub async fn a_bundle_has_what_was_exported_and_nothing_else(town: Town) {
    grows(&town, 60).await;
    let early = town.signed_size().await;
    grows(&town, 640).await;
    let bundle = Bundle::of(&town).await;
    let (folder, size) = (bundle.path(), bundle.size);
    let part = |width: u64| format!("contents/{:03}.ndjson.p/{width}", size / 256);
    let contents = folder.join(part(size % 256));
    let whole = |report: &Report| {
        report.damages.iter().map(|it| (it.kind, it.index, it.tile.clone(), it.tree_size)).collect::<Vec<_>>()
    };
    let after = |files: &[(&Path, Option<Vec<u8>>)]| {
        let before: Vec<_> = files.iter().map(|(path, _)| (*path, fs::read(path).ok())).collect();
        let put = |path: &Path, bytes: &Option<Vec<u8>>| match bytes {
            Some(bytes) => fs::write(path, bytes).unwrap(),
            None => fs::remove_file(path).unwrap(),
        };
        files.iter().for_each(|(path, bytes)| put(path, bytes));
        let report = bundle.verify(&Trust::default());
        before.iter().for_each(|(path, bytes)| put(path, bytes));
        report
    };
    assert!(bundle.verify(&Trust::default()).is_sound());

    let lines = fs::read(&contents).unwrap();
    let longer = [lines.clone(), b"{}\n".to_vec()].concat();
    let report = after(&[(&contents, Some(longer))]);
    assert_eq!(whole(&report), [(Kind::ContentAdded, Some(size), None, None)]);
    let first = folder.join("contents/000.ndjson");
    let longer = [fs::read(&first).unwrap(), b"{}\n".to_vec()].concat();
    assert_eq!(whole(&after(&[(&first, Some(longer))])), [(Kind::ContentAdded, Some(256), None, None)]);
    let report = after(&[(&contents, None)]);
    let gone: Vec<_> =
        (size - size % 256..size).map(|it| (Kind::ContentMissing, Some(it), None, None)).collect();
    assert_eq!(whole(&report), gone);

    for stray in ["contents/007.ndjson", "tile/0/007", "tile/0/note.txt", "checkpoints/note.txt"] {
        let report = after(&[(&folder.join(stray), Some(b"{}\n".to_vec()))]);
        assert_eq!(whole(&report), [(Kind::UnexpectedFile, None, Some(stray.to_owned()), None)]);
    }
    // A narrower tile of an earlier day begins that of today.
    let narrower = folder.join(format!("tile/0/{:03}.p/1", size / 256));
    let tile = fs::read(folder.join(format!("tile/0/{:03}.p/{}", size / 256, size % 256))).unwrap();
    assert!(after(&[(&narrower, Some(tile[..32].to_vec()))]).is_sound());
    let report = after(&[(&narrower, Some(tile[32..64].to_vec()))]);
    assert_eq!(report.damages[0].kind, Kind::TileAltered, "{report:?}");

    let last = folder.join("checkpoint");
    let report = after(&[(&last, None)]);
    assert_eq!(whole(&report), [(Kind::CheckpointMissing, None, Some("checkpoint".to_owned()), None)]);
    let older = fs::read(folder.join(format!("checkpoints/{early}"))).unwrap();
    let report = after(&[(&last, Some(older))]);
    let rolled_back =
        |it: &Damage| it.kind == Kind::RolledBack && it.tree_size > Some(u64::try_from(early).unwrap());
    assert!(!report.damages.is_empty() && report.damages.iter().all(rolled_back), "{report:?}");
    assert!(report.damages.iter().any(|it| it.tree_size == Some(size)), "{report:?}");
}

/// Every file of a folder, with what it holds and when it was written.
fn listing(folder: &Path) -> BTreeMap<PathBuf, (SystemTime, Vec<u8>)> {
    let files = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    files
        .map(|it| (it.clone(), (it.metadata().unwrap().modified().unwrap(), fs::read(&it).unwrap())))
        .collect()
}

pub async fn what_a_server_left_behind_is_examined_and_left_as_it_was(town: Town) {
    grows(&town, 30).await;
    town.signed_size().await;
    town.stopping().await.unwrap();
    if town.engine == Engine::Postgres {
        // A database that is not there is told at once, and once.
        let url = format!("{}_nowhere", town.settings.database());
        let began = std::time::Instant::now();
        let (code, _, wrong) = runs(&town, &["verify", "--database", &url]);
        assert_eq!(
            (code, wrong.lines().filter(|it| it.contains("nowhere")).count()),
            (Some(2), 1),
            "{wrong}"
        );
        assert!(began.elapsed().as_secs() < 20 && !wrong.contains("ERROR"), "{wrong}");
        return;
    }
    let url = town.settings.database();
    let database = PathBuf::from(url.strip_prefix("sqlite://").unwrap());
    let beside = |path: &Path, suffix: &str| PathBuf::from(format!("{}{suffix}", path.display()));
    for with_index in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("left.db");
        fs::copy(&database, &copy).unwrap();
        fs::copy(beside(&database, "-wal"), beside(&copy, "-wal")).unwrap();
        if with_index {
            fs::copy(beside(&database, "-shm"), beside(&copy, "-shm")).unwrap();
        }
        assert!(fs::metadata(beside(&copy, "-wal")).unwrap().len() > 0, "a log is left");
        let before = listing(folder.path());
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
        let (code, said, wrong) =
            runs(&town, &["verify", "--database", &format!("sqlite://{}", copy.display())]);
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(code, Some(0), "{with_index}: {said}{wrong}");
        assert!(listing(folder.path()) == before, "{with_index}: {:?}", listing(folder.path()).keys());
        // Where there is no room for a copy, nothing is read, and nothing is written beside the database.
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_sanquan"))
            .args(["--data-dir", town.settings.data_dir.to_str().unwrap()])
            .args(["verify", "--database", &format!("sqlite://{}", copy.display())])
            .env("TMPDIR", folder.path().join("nowhere"))
            .output()
            .unwrap();
        let wrong = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(wrong.contains("Set TMPDIR to a folder with enough room"), "{wrong}");
        assert!(listing(folder.path()) == before, "{with_index}: {:?}", listing(folder.path()).keys());
    }
}

pub async fn a_folder_that_others_look_into_holds_nothing_that_they_can_read(town: Town) {
    if town.engine != Engine::Sqlite {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    let data_dir = data.to_str().unwrap().to_owned();
    let token = |data_dir: &str| runs_alone(&["--data-dir", data_dir, "token", "nobody"]);
    let (code, _, wrong) = token(&data_dir);
    assert!(code == Some(1) && wrong.contains("no such user"), "{wrong}");
    let mode = |path: &str| fs::metadata(data.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(["sanquan.db", "documents", "keys"].map(mode), [0o600, 0o700, 0o700]);

    // What an earlier release left open is closed; a group that was let in stays.
    for (path, open) in [("sanquan.db", 0o644), ("documents", 0o755), ("keys", 0o755)] {
        fs::set_permissions(data.join(path), fs::Permissions::from_mode(open)).unwrap();
    }
    token(&data_dir);
    assert_eq!(["sanquan.db", "documents", "keys"].map(mode), [0o640, 0o750, 0o750]);
}

pub async fn a_damaged_file_is_told_line_by_line(town: Town) {
    World::of(&town).await;
    town.signed_size().await;
    town.stopping().await.unwrap();
    let url = town.settings.database();
    let verifies = || runs(&town, &["verify", "--database", &url]);
    let (before, said, _) = verifies();
    assert_eq!(before, Some(0), "{said}");
    let mut beside = Beside::of(&town);
    match town.engine {
        Engine::Sqlite => {
            beside.execute("pragma wal_checkpoint(truncate)").unwrap();
            let page = beside.number("select rootpage as count from sqlite_master where name = 'documents'");
            let size = beside.number("select page_size as count from pragma_page_size");
            drop(beside);
            let path = url.strip_prefix("sqlite://").unwrap();
            let mut bytes = fs::read(path).unwrap();
            let from = usize::try_from((page - 1) * size).unwrap();
            bytes[from..from + usize::try_from(size).unwrap()].fill(0xa5);
            fs::write(path, bytes).unwrap();
            let (status, said, wrong) = verifies();
            assert_eq!(status, Some(1), "{said}{wrong}");
            assert!(
                said.contains("database_damaged (") && said.contains("unreadable table=documents"),
                "{said}"
            );
            assert!(!wrong.contains("malformed"), "{wrong}");
        }
        Engine::Postgres => {
            assert!(said.contains("create extension amcheck"), "{said}");
            beside.execute("create extension amcheck").unwrap();
            let (status, said, _) = verifies();
            assert!(status == Some(0) && !said.contains("amcheck"), "{said}");
            beside.unguard("documents");
            for statement in [
                "update pg_index set indisready = false where indexrelid = 'documents_pkey'::regclass",
                "create temporary table kept as select * from documents limit 1",
                "delete from documents where id in (select id from kept)",
                "insert into documents select * from kept",
                "update pg_index set indisready = true where indexrelid = 'documents_pkey'::regclass",
            ] {
                beside.execute(statement).unwrap();
            }
            let (status, said, _) = verifies();
            assert_eq!(status, Some(1), "{said}");
            assert!(said.contains("database_damaged (documents_pkey: "), "{said}");
        }
    }
}

//! Examining a registry: nothing in it changes, and what cannot be examined is told from what is damaged.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use sanquan::{
    journal::{Log, Succession},
    storage::{Clock, ClockLimits, Storage, StorageError, StorageSettings, Target},
    verify::{Damage, DamageKind as Kind, Trust},
};
use serde_json::{Value, json};

use crate::{
    house::Beside,
    journal::{grows, is_witnessed},
    tampering::{apart_from_amcheck, checked, runs},
    town::{Engine, Town, World},
};

/// Every file of a folder, with what it holds and when it was written.
fn listing(folder: &Path) -> BTreeMap<PathBuf, (SystemTime, Vec<u8>)> {
    let files = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    files
        .map(|it| (it.clone(), (it.metadata().unwrap().modified().unwrap(), fs::read(&it).unwrap())))
        .collect()
}

pub async fn a_database_is_examined_and_left_as_it_was(town: Town) {
    grows(&town, 30).await;
    let size = town.signed_size().await;
    let url = town.settings.database();
    let elsewhere = tempfile::tempdir().unwrap();
    let bundle = elsewhere.path().join("bundle");

    // While the server runs.
    let (code, said, wrong) = runs(&town, &["verify", "--database", &url]);
    assert_eq!((code, said.starts_with("sound: ")), (Some(0), true), "{said}{wrong}");

    let target = Target::parse(&url, true).unwrap();
    let settings = StorageSettings {
        connections: 2,
        patience: std::time::Duration::from_secs(5),
        statement_timeout: std::time::Duration::from_secs(5),
        clock: ClockLimits::default(),
    };
    let read_only = Storage::open_read_only(&target, &settings, Clock::default()).unwrap();
    let seals = read_only.upkeep(|unit| sanquan::storage::seal_up_to(unit, unit.timestamp())).await;
    assert!(matches!(seals, Err(StorageError::ReadOnly(_))), "{seals:?}");

    if town.engine != Engine::Sqlite {
        return;
    }
    let folder = elsewhere.path().join("副本 100% ?#");
    fs::create_dir(&folder).unwrap();
    let copy = folder.join("registry.db");
    Beside::of(&town).execute(&format!("vacuum into '{}'", copy.display())).unwrap();
    for mode in ["delete", "wal"] {
        let mut open = SqliteConnection::establish(copy.to_str().unwrap()).unwrap();
        open.batch_execute(&format!("pragma journal_mode = {mode}")).unwrap();
        drop(open);
        let before = listing(&folder);
        assert_eq!(before.len(), 1, "{mode}: {:?}", before.keys());
        let url = format!("sqlite://{}", copy.display());
        let (code, said, wrong) = runs(&town, &["verify", "--database", &url]);
        assert_eq!(code, Some(0), "{mode}: {said}{wrong}");
        assert!(listing(&folder) == before, "{mode}: {:?}", listing(&folder).keys());
        let to = bundle.with_extension(mode);
        let (data, to) = (town.settings.data_dir.to_str().unwrap(), to.to_str().unwrap());
        let (code, said, wrong) =
            runs_elsewhere(&["--data-dir", data, "--database-url", &url, "export", "journal", "--to", to]);
        assert_eq!((code, said.starts_with(&format!("{size} entries"))), (Some(0), true), "{mode}: {wrong}");
        assert!(listing(&folder) == before, "{mode}: {:?}", listing(&folder).keys());
    }
}

/// The names of another journal, by keys of its own.
fn another(folder: &Path, origin: &str) -> String {
    let keys = sanquan::identity::make_log_keys(&folder.join("keys"), 1, false).unwrap();
    let log = Log::new(keys, Succession::default(), origin, &[], folder.join("last")).unwrap();
    serde_json::to_string(&log.names()).unwrap()
}

pub async fn keys_of_another_journal_are_told_from_damage(town: Town) {
    grows(&town, 5).await;
    town.signed_size().await;
    let url = town.settings.database();
    let origin = town.registry.log.origin().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    let (code, ..) = runs(&town, &["export", "journal", "--to", bundle.to_str().unwrap()]);
    assert_eq!(code, Some(0));

    for of in ["another.example/journal", origin.as_str()] {
        let keys = folder.path().join("their-keys.json");
        fs::create_dir_all(folder.path().join("keys")).unwrap();
        fs::write(&keys, another(folder.path(), of)).unwrap();
        let wanted = if of == origin {
            "none of them signed any checkpoint of this journal, which has the same name".to_owned()
        } else {
            format!("the keys are those of the journal {of}, but this is the journal {origin}")
        };
        for what in [vec!["verify", "--database", &url], vec!["verify", bundle.to_str().unwrap()]] {
            let asked = [what.as_slice(), &["--keys", keys.to_str().unwrap()]].concat();
            let (code, said, wrong) = runs(&town, &asked);
            assert_eq!((code, said.as_str()), (Some(2), ""), "{wrong}");
            assert!(wrong.contains(&wanted) && !wrong.contains("damaged"), "{wrong}");
            let (code, said, _) = runs(&town, &[asked.as_slice(), &["--json"]].concat());
            let said: Value = serde_json::from_str(&said).unwrap();
            assert_eq!(code, Some(2));
            assert_eq!(said["other_journal"], json!({"keys_of": of, "journal": origin}));
            assert_eq!(said["damages"], json!([]));
        }
    }

    // The data folder of another registry, and one that is none.
    let verify = ["verify", "--database", &url];
    let of_another = ["--data-dir", folder.path().to_str().unwrap()];
    let (code, _, wrong) = runs_elsewhere(&[of_another.as_slice(), &verify].concat());
    assert_eq!(code, Some(2));
    assert!(
        wrong.contains("the keys are those of the journal sanquan/") && wrong.contains(&origin),
        "{wrong}"
    );
    let empty = tempfile::tempdir().unwrap();
    let (code, _, wrong) =
        runs_elsewhere(&[&["--data-dir", empty.path().to_str().unwrap()], verify.as_slice()].concat());
    assert_eq!(code, Some(2));
    assert!(wrong.contains("there are no keys of a journal in") && wrong.contains("--data-dir"), "{wrong}");
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0, "no keys are made in order to check");
    let (code, _, wrong) = runs_elsewhere(&[
        "--data-dir",
        empty.path().to_str().unwrap(),
        "--database-url",
        &url,
        "export",
        "journal",
        "--to",
        empty.path().join("bundle").to_str().unwrap(),
    ]);
    assert_eq!(code, Some(1));
    assert!(wrong.contains("there are no keys of a journal in"), "{wrong}");
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0, "nor in order to write it out");
}

/// Runs the program with no folder and no database but those that are named.
fn runs_elsewhere(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_sanquan")).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

pub async fn a_database_of_another_release_is_examined_as_far_as_it_can_be(town: Town) {
    grows(&town, 5).await;
    town.signed_size().await;
    let url = town.settings.database();
    let mut beside = Beside::of(&town);
    let list = "__diesel_schema_migrations";
    for statement in [
        format!("create table kept as select version from {list} order by version desc limit 1"),
        // Its tables are not those of this release either.
        "create table spare as select 1 as one".to_owned(),
        "alter table payments add column remark text".to_owned(),
        format!("delete from {list} where version in (select version from kept)"),
    ] {
        beside.execute(&statement).unwrap();
    }
    let (code, said, wrong) = runs(&town, &["verify", "--database", &url]);
    assert_eq!(code, Some(3), "{said}{wrong}");
    assert!(said.starts_with("sound: ") && said.contains("not examined: the tables"), "{said}");
    assert!(said.contains("sanquan migrate"), "{said}");
    let (code, said, _) = runs(&town, &["verify", "--database", &url, "--json"]);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &said["not_examined"]), (Some(3), &json!("tables_of_earlier_release")));
    let (code, _, wrong) = runs(&town, &["export", "journal", "--to", "/nowhere/at/all"]);
    assert!(code == Some(1) && wrong.contains("sanquan migrate"), "{wrong}");

    for statement in [
        format!("insert into {list} (version) select version from kept"),
        format!("insert into {list} (version) values ('99990101000000')"),
    ] {
        beside.execute(&statement).unwrap();
    }
    let (code, _, wrong) = runs(&town, &["verify", "--database", &url]);
    assert!(code == Some(2) && wrong.contains("of a later release"), "{wrong}");
    // Nor does this release write beside one that it does not know.
    let (code, _, wrong) = runs(&town, &["migrate", "--database-url", &url]);
    assert!(code == Some(1) && wrong.contains("later release, whose migration 99990101000000"), "{wrong}");
    let (code, said, _) = runs(&town, &["verify", "--database", &url, "--json"]);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(code, Some(2));
    assert!(said["error"].as_str().unwrap().contains("of a later release"), "{said}");

    // The tables are those of this release: then it is the list that was changed, and they are examined.
    beside.execute("alter table payments drop column remark").unwrap();
    let (code, said, _) = runs(&town, &["verify", "--database", &url]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with(&format!("row_unexplained table={list} row_id=99990101000000")), "{said}");
    beside
        .execute(&format!(
            "delete from {list} where version = '99990101000000' or version in (select version from kept)"
        ))
        .unwrap();
    let (code, said, _) = runs(&town, &["verify", "--database", &url]);
    assert_eq!((code, apart_from_amcheck(&said).lines().count()), (Some(1), 1), "{said}");
    assert!(said.starts_with(&format!("row_missing table={list} row_id=")), "{said}");
    beside.execute(&format!("delete from {list}")).unwrap();
    let report = checked(&town, Trust::default()).await;
    assert!(report.rows > 0 && report.damages.len() > 10, "{report:?}");
    assert!(
        report.damages.iter().all(|it| it.kind == Kind::RowMissing && it.table == Some(list)),
        "{report:?}"
    );

    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.db");
    fs::write(&empty, "").unwrap();
    let (code, _, wrong) = runs(&town, &["verify", "--database", &format!("sqlite://{}", empty.display())]);
    assert!(code == Some(2) && wrong.contains("holds no registry"), "{wrong}");
    assert_eq!(fs::metadata(&empty).unwrap().len(), 0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    fs::write(&empty, "no database at all, but a text that is long enough").unwrap();
    // Nothing tells it from a database whose first page is damaged.
    let (code, said, wrong) =
        runs(&town, &["verify", "--database", &format!("sqlite://{}", empty.display())]);
    assert!(code == Some(1) && said.contains("file is not a database"), "{said}{wrong}");
}

pub async fn the_tables_of_the_journal_fit_together(town: Town) {
    World::of(&town).await;
    grows(&town, 40).await;
    is_witnessed(&town).await;
    let size = town.signed_size().await;
    // Nobody seals what is planted.
    town.stopping().await.unwrap();
    let sound = checked(&town, Trust::default()).await;
    assert!(sound.is_sound(), "{sound:?}");
    let mut beside = Beside::of(&town);
    beside.unbind();
    for table in
        ["journal_entries", "journal_leaves", "journal_nodes", "journal_checkpoints", "journal_cosignatures"]
    {
        beside.unguard(table);
    }
    let (nobody, hash) = match town.engine {
        Engine::Sqlite => (format!("x'{}'", "a".repeat(32)), format!("x'{}'", "b".repeat(64))),
        Engine::Postgres => {
            (format!("'{}'::uuid", "a".repeat(32)), format!("'\\x{}'::bytea", "b".repeat(64)))
        }
    };
    let last = u64::try_from(size - 1).unwrap();
    let at = |index: u64| (None, Some(index));
    let an_hour_before = |column: &str| match town.engine {
        Engine::Sqlite => format!("strftime('%Y-%m-%d %H:%M:%f', {column}, '-3600 seconds')"),
        Engine::Postgres => format!("{column} - interval '3600 seconds'"),
    };
    for (change, back, kind, (table, index)) in [
        (
            format!("insert into journal_entries (id, at, action, region_code, facts) values ({nobody}, '2025-01-01 00:00:00', 'tested', '000000000000', '{{}}')"),
            format!("delete from journal_entries where id = {nobody}"),
            Kind::EntryUnplaced,
            (Some("journal_entries"), None),
        ),
        (
            format!("insert into journal_pending (entry_id, rows) values ({nobody}, '[]')"),
            "delete from journal_pending".to_owned(),
            Kind::PendingUnexplained,
            (Some("journal_pending"), None),
        ),
        (
            "insert into journal_pending (entry_id, rows) select entry_id, '[]' from journal_leaves where leaf_index = 4".to_owned(),
            "delete from journal_pending".to_owned(),
            Kind::PendingUnexplained,
            (Some("journal_pending"), Some(4)),
        ),
        (
            "update journal_leaves set feed = 'income' where leaf_index = 3".to_owned(),
            "update journal_leaves set feed = null where leaf_index = 3".to_owned(),
            Kind::FeedDiffers,
            at(3),
        ),
        (
            format!("update journal_leaves set sealed_at = {} where leaf_index = {last}", an_hour_before("sealed_at")),
            format!("update journal_leaves set sealed_at = (select max(sealed_at) from journal_leaves) where leaf_index = {last}"),
            Kind::SealedOutOfOrder,
            at(last),
        ),
        (
            format!("update journal_progress set sealed_through = {}", an_hour_before("sealed_through")),
            "update journal_progress set sealed_through = (select max(sealed_at) from journal_leaves)".to_owned(),
            Kind::ProgressBehind,
            (Some("journal_progress"), None),
        ),
        (
            format!("insert into journal_nodes (level, node_index, hash) values (2, 7, {hash})"),
            "delete from journal_nodes where level = 2".to_owned(),
            Kind::TileAltered,
            (None, None),
        ),
        (
            "update accounts set debits_fen = debits_fen + 1, credits_fen = credits_fen + 1 where id = (select account_id from payments)".to_owned(),
            "update accounts set debits_fen = debits_fen - 1, credits_fen = credits_fen - 1 where id = (select account_id from payments)".to_owned(),
            Kind::BalanceDiffers,
            (Some("accounts"), None),
        ),
        (
            "update journal_cosignatures set witness = replace(witness, 'county', 'city')".to_owned(),
            "update journal_cosignatures set witness = replace(witness, 'city', 'county')".to_owned(),
            Kind::BadCosignature,
            (None, None),
        ),
        (
            "update journal_cosignatures set line = replace(line, 'county', 'city')".to_owned(),
            "update journal_cosignatures set line = replace(line, 'city', 'county')".to_owned(),
            Kind::BadCosignature,
            (None, None),
        ),
        (
            "update journal_cosignatures set tree_size = tree_size + 100000".to_owned(),
            "update journal_cosignatures set tree_size = tree_size - 100000".to_owned(),
            Kind::BadCosignature,
            (None, None),
        ),
        (
            format!("update journal_checkpoints set tree_size = {size} + 7 where tree_size = {size}"),
            format!("update journal_checkpoints set tree_size = {size} where tree_size = {size} + 7"),
            Kind::BadSignature,
            (None, None),
        ),
    ] {
        assert_ne!(beside.execute(&change).unwrap_or_else(|error| panic!("{change}: {error}")), 0, "{change}");
        let report = checked(&town, Trust::default()).await;
        let told = |it: &Damage| it.kind == kind && it.table == table && it.index == index;
        assert!(report.damages.iter().any(told), "{change}: {report:#?}");
        beside.execute(&back).unwrap_or_else(|error| panic!("{back}: {error}"));
        let report = checked(&town, Trust::default()).await;
        assert!(report.is_sound(), "{back}: {report:#?}");
    }

    let of_entry = format!("(select entry_id from journal_leaves where leaf_index = {last})");
    beside.execute(&format!("delete from journal_entries where id = {of_entry}")).unwrap();
    let report = checked(&town, Trust::default()).await;
    let told = |it: &Damage| it.kind == Kind::EntryMissing && it.index == Some(last);
    assert!(report.damages.iter().any(told), "{report:#?}");

    // The last checkpoint is gone, and the registry remembers that it signed it.
    beside.execute(&format!("delete from journal_cosignatures where tree_size = {size}")).unwrap();
    beside.execute(&format!("delete from journal_checkpoints where tree_size = {size}")).unwrap();
    let remembered = town.settings.data_dir.join("keys/journal-last-signed");
    let last_signed = sanquan::journal::read_head(&remembered).unwrap();
    let report = checked(&town, Trust { last_signed, ..Trust::default() }).await;
    assert!(report.damages.iter().any(|it| it.kind == Kind::CheckpointMissing), "{report:#?}");
}

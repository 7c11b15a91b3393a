//! What is done to a journal behind its back is found, and named: which entry, which row, in what way.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use sanquan::{
    journal::{self, ExportError},
    verify::{self, Damage, DamageKind as Kind, Report, Trust, VerifyError},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    house::Beside,
    journal::{grows, restores},
    town::{EAST, Town, WEST, World},
};

/// The journal of a town, written out.
pub struct Bundle {
    folder: TempDir,
    pub size: u64,
}

impl Bundle {
    pub async fn of(town: &Town) -> Self {
        town.signed_size().await;
        let folder = tempfile::tempdir().unwrap();
        let (names, to) = (town.registry.log.names(), folder.path().join("bundle"));
        let write = move |unit: &mut sanquan::storage::Read<'_>| journal::export(unit, &names, &to);
        let size = town.registry.storage.snapshot::<_, ExportError, _>(write).await.unwrap();
        Self { folder, size }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("bundle")
    }

    pub fn verify(&self, trust: &Trust) -> Report {
        verify::bundle(&self.path(), trust).unwrap()
    }

    /// Every file, by its path within the bundle.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        fn walk(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, files);
                } else {
                    files.insert(path.clone(), fs::read(&path).unwrap());
                }
            }
        }
        let mut files = BTreeMap::new();
        walk(&self.path(), &mut files);
        files
    }

    /// Tells what is wrong where the checkpoint of a size is not there.
    pub fn without_checkpoint(&self, size: u64) -> Report {
        self.after(|it| fs::remove_file(it.join(format!("checkpoints/{size}"))).unwrap())
    }

    /// Tells what is wrong once something was done to the files, and undoes it.
    fn after(&self, tamper: impl FnOnce(&Path)) -> Report {
        let before = self.files();
        tamper(&self.path());
        let report = self.verify(&Trust::default());
        for (path, bytes) in before {
            fs::write(path, bytes).unwrap();
        }
        report
    }
}

/// The files of entries and of contents, in the order of their tiles.
fn parts(bundle: &Path, size: u64) -> Vec<(PathBuf, PathBuf)> {
    (0..size.div_ceil(256))
        .map(|tile| match size - tile * 256 {
            256.. => (format!("{tile:03}"), format!("{tile:03}.ndjson")),
            width => (format!("{tile:03}.p/{width}"), format!("{tile:03}.ndjson.p/{width}")),
        })
        .map(|(entries, contents)| {
            (bundle.join("tile/entries").join(entries), bundle.join("contents").join(contents))
        })
        .collect()
}

/// Lets somebody change the list of entries and contents, and writes it into the same files again.
fn rewrites(bundle: &Path, size: u64, change: impl FnOnce(&mut Vec<(Vec<u8>, Vec<u8>)>)) {
    let parts = parts(bundle, size);
    let mut all = Vec::new();
    for (entries, contents) in &parts {
        let (entries, contents) = (fs::read(entries).unwrap(), fs::read(contents).unwrap());
        let mut rest = entries.as_slice();
        for content in contents.split_inclusive(|it| *it == b'\n') {
            let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
            all.push((rest[2..2 + length].to_vec(), content.to_vec()));
            rest = &rest[2 + length..];
        }
    }
    change(&mut all);
    let mut tiles = all.chunks(256);
    for (entries, contents) in &parts {
        let tile = tiles.next().unwrap_or_default();
        let framed = |it: &[u8]| [&u16::try_from(it.len()).unwrap().to_be_bytes(), it].concat();
        fs::write(entries, tile.iter().flat_map(|it| framed(&it.0)).collect::<Vec<_>>()).unwrap();
        fs::write(contents, tile.iter().flat_map(|it| it.1.clone()).collect::<Vec<_>>()).unwrap();
    }
}

/// Changes one byte.
fn flips(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[track_caller]
fn told(report: &Report, wanted: &[(Kind, Option<u64>)]) {
    let found: Vec<_> = report.damages.iter().map(|it| (it.kind, it.index)).collect();
    assert_eq!(found, wanted, "{:#?}", report.damages);
}

pub async fn a_bundle_tells_what_was_done_to_it(town: Town) {
    grows(&town, 60).await;
    let early = Bundle::of(&town).await;
    grows(&town, 640).await;
    let bundle = Bundle::of(&town).await;
    let size = bundle.size;
    let last = size - 1;
    assert!(size > 700 && size % 256 > 3, "{size}");

    let sound = bundle.verify(&Trust::default());
    assert!(sound.is_sound(), "{sound:?}");
    assert_eq!(sound.entries, size);
    assert!(sound.checkpoints >= 2);

    for at in [0, 5, 255, 256, 400, last - 1, last] {
        let place = usize::try_from(at).unwrap();
        let report = bundle.after(|it| {
            rewrites(it, size, |all| {
                let byte = all[place].0.len() / 2;
                all[place].0[byte] ^= 1;
            });
        });
        told(&report, &[(Kind::EntryAltered, Some(at))]);
        let report = bundle.after(|it| {
            rewrites(it, size, |all| {
                all[place].1[3] ^= 1;
            });
        });
        told(&report, &[(Kind::ContentAltered, Some(at))]);
        let report = bundle.after(|it| rewrites(it, size, |all| drop(all.remove(place))));
        let kind = if at == last { Kind::TailCut } else { Kind::EntryMissing };
        told(&report, &[(kind, Some(at))]);
        let report = bundle.after(|it| {
            rewrites(it, size, |all| {
                let again = all[7].clone();
                all.insert(place, again);
            });
        });
        assert!(report.damages.iter().any(|it| it.kind == Kind::EntryAdded), "{at}: {report:?}");
    }
    for (one, other) in [(5, 6), (5, 600), (255, 256), (0, last), (last - 1, last)] {
        let report = bundle.after(|it| {
            rewrites(it, size, |all| {
                all.swap(usize::try_from(one).unwrap(), usize::try_from(other).unwrap())
            });
        });
        told(&report, &[(Kind::EntriesSwapped, Some(one))]);
        assert_eq!(report.damages[0].other_index, Some(other));
    }
    for cut in [1, 2, 300] {
        let report =
            bundle.after(|it| rewrites(it, size, |all| all.truncate(usize::try_from(size).unwrap() - cut)));
        told(&report, &[(Kind::TailCut, Some(size - u64::try_from(cut).unwrap()))]);
    }
    let several = bundle.after(|it| {
        rewrites(it, size, |all| {
            all.drain(300..310);
            all.remove(20);
        });
    });
    let gone = std::iter::once(20).chain(300..310).map(|it| (Kind::EntryMissing, Some(it)));
    told(&several, &gone.collect::<Vec<_>>());

    let partial = format!("tile/0/{:03}.p/{}", size / 256, size % 256);
    for tile in ["tile/0/000", "tile/0/001", partial.as_str()] {
        let report = bundle.after(|it| flips(&it.join(tile), 64));
        told(&report, &[(Kind::TileAltered, None)]);
        assert_eq!(report.damages[0].tile.as_deref(), Some(tile));
    }
    let above = format!("tile/1/000.p/{}", size / 256);
    let report = bundle.after(|it| flips(&it.join(&above), 33));
    told(&report, &[(Kind::TileAltered, None)]);
    assert_eq!(report.damages[0].tile.as_deref(), Some(above.as_str()));

    let signed = format!("checkpoints/{}", early.size);
    let report = bundle.after(|it| {
        let note = fs::read_to_string(it.join(&signed)).unwrap();
        fs::write(it.join(&signed), note.replacen('\u{2014}', "\n\u{2014}", 1)).unwrap();
    });
    assert_eq!(report.damages[0].kind, Kind::BadSignature, "{report:?}");
    assert_eq!(report.damages[0].tree_size, Some(early.size));
    let report = bundle.after(|it| {
        fs::copy(it.join(&signed), it.join("checkpoints/3")).unwrap();
    });
    assert_eq!((report.damages[0].kind, report.damages[0].tree_size), (Kind::BadSignature, Some(3)));
    fs::remove_file(bundle.path().join("checkpoints/3")).unwrap();

    let newer = fs::read_to_string(bundle.path().join("checkpoint")).unwrap();
    let older = fs::read_to_string(early.path().join("checkpoint")).unwrap();
    let trust = |note: &String| Trust { checkpoints: vec![note.clone()], ..Trust::default() };
    assert!(bundle.verify(&trust(&older)).is_sound(), "a journal that goes on");
    let behind = early.verify(&trust(&newer));
    told(&behind, &[(Kind::RolledBack, None)]);
    assert_eq!(behind.damages[0].tree_size, Some(size));
}

/// What the database tells after a few statements.
async fn after(town: &Town, beside: &mut Beside, statements: &[String]) -> Report {
    for statement in statements {
        beside.execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    checked(town, Trust::default()).await
}

/// Checks the journal of a town, and that its tables say what the journal says.
pub async fn checked(town: &Town, mut trust: Trust) -> Report {
    trust.names.get_or_insert(town.registry.log.names());
    let check = move |unit: &mut sanquan::storage::Read<'_>| verify::database(unit, &trust);
    town.registry.storage.snapshot::<_, VerifyError, _>(check).await.unwrap()
}

fn of_leaf(index: u64) -> String {
    format!("(select entry_id from journal_leaves where leaf_index = {index})")
}

pub async fn a_database_tells_what_was_done_to_it(town: Town) {
    grows(&town, 60).await;
    let old = u64::try_from(town.signed_size().await).unwrap();
    grows(&town, 300).await;
    let size = u64::try_from(town.signed_size().await).unwrap();
    let newest = town.auditor().reads("/v1/journal/checkpoint").await;
    let sound = checked(&town, Trust::default()).await;
    assert!(sound.is_sound(), "{sound:?}");
    assert_eq!(sound.entries, size);
    let mut beside = Beside::of(&town);
    for table in [
        "journal_entries",
        "journal_subjects",
        "journal_rows",
        "journal_leaves",
        "journal_nodes",
        "journal_checkpoints",
    ] {
        beside.unguard(table);
    }

    for index in [40, 255, 256, size - 1] {
        let change = |of: &str, from: &str, to: &str| {
            let altered = format!("update journal_entries set {of} = replace({of}, '{from}', '{to}')");
            format!("{altered} where id = {}", of_leaf(index))
        };
        let report = after(&town, &mut beside, &[change("facts", "{", "{ ")]).await;
        told(&report, &[(Kind::ContentAltered, Some(index))]);
        let report = after(&town, &mut beside, &[change("action", "tested", "tasted")]).await;
        told(&report, &[(Kind::EntryAltered, Some(index))]);
        let back = [change("action", "tasted", "tested"), change("facts", "{ ", "{")];
        let report = after(&town, &mut beside, &back).await;
        assert!(report.is_sound(), "{report:?}");
    }
    let kept =
        "update journal_leaves set content_hash = (select hash from kept_content) where leaf_index = 41"
            .to_owned();
    beside
        .execute("create temporary table kept_content as select content_hash as hash from journal_leaves where leaf_index = 41")
        .unwrap();
    let of_content =
        |hash: &str| format!("update journal_leaves set content_hash = {hash} where leaf_index = 41");
    let another = "(select content_hash from journal_leaves where leaf_index = 42)";
    let report = after(&town, &mut beside, &[of_content(another)]).await;
    told(&report, &[(Kind::ContentAltered, Some(41))]);
    let of_facts = |from: &str, to: &str| {
        let altered = format!("update journal_entries set facts = replace(facts, '{from}', '{to}')");
        format!("{altered} where id = {}", of_leaf(41))
    };
    let report = after(&town, &mut beside, &[of_facts("{", "{ ")]).await;
    told(&report, &[(Kind::EntryAltered, Some(41))]);
    // Of what has no hash of its content any more, it is told that the entry was altered, and that the hash is gone.
    let report = after(&town, &mut beside, &[of_content("null")]).await;
    told(&report, &[(Kind::EntryAltered, Some(41)), (Kind::ContentAltered, Some(41))]);
    let report = after(&town, &mut beside, &[of_facts("{ ", "{")]).await;
    told(&report, &[(Kind::ContentAltered, Some(41))]);
    let report = after(&town, &mut beside, &[kept]).await;
    assert!(report.is_sound(), "{report:?}");

    let exchange = |one: u64, other: u64| {
        vec![
            format!("update journal_leaves set leaf_index = 1000000 where leaf_index = {one}"),
            format!("update journal_leaves set leaf_index = {one} where leaf_index = {other}"),
            format!("update journal_leaves set leaf_index = {other} where leaf_index = 1000000"),
        ]
    };
    for (one, other) in [(5, 9), (40, 41), (size - 1, size - 3)] {
        let report = after(&town, &mut beside, &exchange(one, other)).await;
        told(&report, &[(Kind::EntriesSwapped, Some(one.min(other)))]);
        assert_eq!(report.damages[0].other_index, Some(one.max(other)));
        let report = after(&town, &mut beside, &exchange(one, other)).await;
        assert!(report.is_sound(), "{report:?}");
    }

    let gone = 150;
    let deletes = [
        format!("delete from journal_subjects where entry_id = {}", of_leaf(gone)),
        format!(
            "create temporary table doomed as select entry_id from journal_leaves where leaf_index = {gone}"
        ),
        format!("delete from journal_leaves where leaf_index = {gone}"),
        "delete from journal_rows where entry_id in (select entry_id from doomed)".to_owned(),
        "delete from journal_entries where id in (select entry_id from doomed)".to_owned(),
    ];
    let report = after(&town, &mut beside, &deletes).await;
    told(&report, &[(Kind::EntryMissing, Some(gone))]);

    let closes_up = [
        format!("update journal_leaves set leaf_index = leaf_index + 1000000 where leaf_index > {gone}"),
        "update journal_leaves set leaf_index = leaf_index - 1000001 where leaf_index > 1000000".to_owned(),
    ];
    let report = after(&town, &mut beside, &closes_up).await;
    let of = |kind| report.damages.iter().filter(move |it| it.kind == kind);
    assert_eq!(of(Kind::TailCut).next().unwrap().index, Some(size - 1), "{report:?}");
    assert_eq!(of(Kind::TileAltered).next().unwrap().tile.as_deref(), Some("tile/0/000"), "{report:?}");

    let kept = Trust { checkpoints: vec![newest.as_str().unwrap().to_owned()], ..Trust::default() };
    let cut = [
        format!("delete from journal_leaves where leaf_index >= {}", size - 3),
        "delete from journal_subjects where entry_id not in (select entry_id from journal_leaves)".to_owned(),
        "delete from journal_rows where entry_id not in (select entry_id from journal_leaves)".to_owned(),
        "delete from journal_entries where id not in (select entry_id from journal_leaves)".to_owned(),
    ];
    let report = after(&town, &mut beside, &cut).await;
    assert!(
        report
            .damages
            .iter()
            .any(|it| it.kind == Kind::TailCut && it.index == Some(size - 3) && it.tree_size == Some(size)),
        "{report:?}"
    );

    restores(&mut beside, old);
    let report = checked(&town, Trust::default()).await;
    assert!(report.is_sound(), "by itself an old database is in order: {report:?}");
    let report = checked(&town, kept).await;
    told(&report, &[(Kind::RolledBack, None)]);
    assert_eq!(report.damages[0].tree_size, Some(size));
    let last_signed = journal::read_head(&town.settings.data_dir.join("keys/journal-last-signed")).unwrap();
    let report = checked(&town, Trust { last_signed, ..Trust::default() }).await;
    told(&report, &[(Kind::RolledBack, None)]);
}

pub async fn the_tables_say_what_the_journal_says(town: Town) {
    let world = World::of(&town).await;
    town.signed_size().await;
    let sound = checked(&town, Trust::default()).await;
    assert!(sound.is_sound(), "{sound:?}");
    let mut beside = Beside::of(&town);
    for table in ["rights", "ledger_entries", "cases", "case_steps"] {
        beside.unguard(table);
    }

    let row = |report: &Report| -> (Kind, &'static str, Option<u64>) {
        let [Damage { kind, table, index, row_id: Some(_), .. }] = report.damages.as_slice() else {
            panic!("{report:#?}")
        };
        (*kind, table.unwrap(), *index)
    };
    let moved =
        town.auditor().reads(&format!("/v1/journal?subject_id={}&action=rights_moved", world.asset)).await;
    let moved = moved["items"][0]["index"].as_u64();
    let booked = town
        .auditor()
        .reads(&format!("/v1/journal?subject_id={}&action=receipt_booked", world.receipt))
        .await;
    let booked = booked["items"][0]["index"].as_u64();
    for (change, back, wanted) in [
        (
            "update rights set share_num = 2, share_den = 2",
            "update rights set share_num = 1, share_den = 1",
            (Kind::RowDiffers, "rights", moved),
        ),
        (
            "update rights set valid_from = '2021-08-02'",
            "update rights set valid_from = '2021-08-01'",
            (Kind::RowDiffers, "rights", moved),
        ),
        (
            "update ledger_entries set amount_fen = 1001 where kind = 'receipt'",
            "update ledger_entries set amount_fen = 1000 where kind = 'receipt'",
            (Kind::RowDiffers, "ledger_entries", booked),
        ),
    ] {
        let report = after(&town, &mut beside, &[change.to_owned()]).await;
        assert_eq!(row(&report), wanted, "{change}");
        let report = after(&town, &mut beside, &[back.to_owned()]).await;
        assert!(report.is_sound(), "{back}: {report:?}");
    }
    for (change, table) in [
        (
            "update cases set outcome = 'escalate' where kind = 'registration' and status = 'executed'",
            "cases",
        ),
        (
            "update case_steps set comment = 'another' where step = 'execute' and case_id in (select id from cases where kind = 'distribution')",
            "case_steps",
        ),
        (
            "delete from case_steps where step = 'approve' and case_id in (select id from cases where kind = 'distribution')",
            "case_steps",
        ),
    ] {
        let before = checked(&town, Trust::default()).await.damages.len();
        let report = after(&town, &mut beside, &[change.to_owned()]).await;
        let told =
            |it: &&Damage| it.kind == Kind::RowDiffers && it.table == Some(table) && it.index.is_some();
        assert!(
            report.damages.len() >= before && report.damages.iter().any(|it| told(&it)),
            "{change}: {report:?}"
        );
    }

    let uuid = |digit: &str| match town.engine {
        crate::town::Engine::Sqlite => format!("x'{}'", digit.repeat(32)),
        crate::town::Engine::Postgres => format!("'{}'::uuid", digit.repeat(32)),
    };
    let copied = format!(
        "insert into rights select {}, asset_id, kind, holder_id, grantor_id, through, share_num, share_den, valid_from, valid_to, \
         begun_by, ended_by, recorded_from, recorded_to, recorded_by, superseded_by from rights",
        uuid("a")
    );
    let report = after(&town, &mut beside, &[copied]).await;
    assert!(report.damages.iter().any(|it| it.kind == Kind::RowUnexplained && it.table == Some("rights")));
    let report = after(&town, &mut beside, &["delete from rights".to_owned()]).await;
    let missing = report.damages.iter().find(|it| it.kind == Kind::RowMissing && it.table == Some("rights"));
    assert_eq!(missing.unwrap().index, moved, "{report:?}");
}

pub async fn a_chain_names_where_it_is_broken(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let appraiser = town.party("enterprise", "诚信资产评估有限公司", WEST).await;
    let shed = town.asset("operating", "greenhouse", 9_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let sale = json!({
        "right": "ownership", "effective_on": "2025-02-01", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
        "lots": [{"asset_id": shed, "from_id": east, "to_id": west, "share": "1/3"}],
        "consideration": {"kind": "price", "amount_fen": 3_000_000},
        "appraisal": {"value_fen": 3_000_000, "appraised_on": "2025-01-01", "appraiser_id": appraiser, "signatures": 2,
            "document_id": minutes},
    });
    let sale = town.officer().creates("/v1/transfers", sale).await;
    town.takes_through("transfers", &sale).await;
    let mut beside = Beside::of(&town);
    for table in ["rights", "instruments", "instrument_moves", "instrument_documents", "assets"] {
        beside.unguard(table);
    }

    let path = format!("/v1/assets/{shed}/ownership-chain");
    let sound = town.auditor().reads(&path).await;
    assert_eq!((&sound["complete"], &sound["breaks"]), (&json!(true), &json!([])));
    let (first, last) = (&sound["links"][0]["instrument_id"], &sound["links"][1]["instrument_id"]);
    let standing = "kind = 'ownership' and recorded_to is null";
    for (change, back, wanted) in [
        (
            format!("update rights set valid_to = '2023-06-01' where {standing} and valid_to = '2025-02-01'"),
            format!("update rights set valid_to = '2025-02-01' where {standing} and valid_to = '2023-06-01'"),
            vec![("gap_in_time", first)],
        ),
        (
            format!("update rights set valid_to = '2025-03-01' where {standing} and valid_to is null"),
            format!("update rights set valid_to = null where {standing} and valid_to = '2025-03-01'"),
            vec![("gap_in_time", last), ("register_differs", &Value::Null)],
        ),
        (
            "update instrument_moves set from_id = (select id from parties where name = '惠农农业科技有限公司') \
             where from_id is not null"
                .to_owned(),
            "update instrument_moves set from_id = (select id from parties where name = '东村股份经济合作社') \
             where from_id is not null"
                .to_owned(),
            vec![("giver_not_holder", last), ("register_differs", &Value::Null)],
        ),
        (
            "update instruments set kind = 'transfer' where kind = 'first_registration'".to_owned(),
            "update instruments set kind = 'first_registration' where effective_on < '2025-02-01'".to_owned(),
            vec![("no_beginning", first)],
        ),
        (
            "update assets set project_id = null".to_owned(),
            "update assets set project_id = (select id from projects)".to_owned(),
            vec![("no_project", &Value::Null)],
        ),
        (
            "delete from instrument_documents".to_owned(),
            String::new(),
            vec![("missing_document", first), ("missing_document", last)],
        ),
    ] {
        assert_ne!(beside.execute(&change).unwrap(), 0, "{change}");
        let chain = town.auditor().reads(&path).await;
        let wanted: Vec<_> =
            wanted.into_iter().map(|(kind, act)| json!({"kind": kind, "instrument_id": act})).collect();
        assert_eq!((&chain["complete"], &chain["breaks"]), (&json!(false), &json!(wanted)), "{change}");
        if !back.is_empty() {
            assert_ne!(beside.execute(&back).unwrap(), 0, "{back}");
        }
    }
}

/// Runs the program beside the server, in its data folder.
/// What `verify` says, apart from that PostgreSQL has nothing to examine its own files with.
pub fn apart_from_amcheck(said: &str) -> String {
    said.split_inclusive('\n').filter(|it| !it.contains("extension amcheck")).collect()
}

pub fn runs(town: &Town, arguments: &[&str]) -> (Option<i32>, String, String) {
    let url = town.settings.database();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_sanquan"))
        .args(["--data-dir", town.settings.data_dir.to_str().unwrap(), "--database-url", &url])
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

pub async fn the_command_line_writes_and_checks(town: Town) {
    grows(&town, 30).await;
    let size = town.signed_size().await;
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    let (to, url) = (bundle.to_str().unwrap(), town.settings.database());

    let (code, said, wrong) = runs(&town, &["export", "journal", "--to", to]);
    assert_eq!((code, said), (Some(0), format!("{size} entries in {to}\n")), "{wrong}");
    let (code, _, wrong) = runs(&town, &["export", "journal", "--to", to]);
    assert_eq!((code, wrong.trim()), (Some(1), format!("sanquan: {to} exists already").as_str()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left of what came to nothing");

    let kept = bundle.join("checkpoint");
    let keys = bundle.join("keys.json");
    let trusting = ["--checkpoint", kept.to_str().unwrap(), "--keys", keys.to_str().unwrap()];
    let (code, said, wrong) = runs(&town, &[&["verify", to], trusting.as_slice()].concat());
    assert_eq!(code, Some(0), "{said}{wrong}");
    assert!(said.starts_with(&format!("sound: {size} entries")), "{said}");
    let (code, said, wrong) = runs(&town, &[&["verify", "--database", &url], trusting.as_slice()].concat());
    assert_eq!(code, Some(0), "{said}{wrong}");
    assert_eq!(runs(&town, &["verify", "--database", &url]).0, Some(0), "by what lies in the data folder");

    rewrites(&bundle, u64::try_from(size).unwrap(), |all| all[5].0[20] ^= 1);
    let (code, said, wrong) = runs(&town, &["verify", to]);
    assert_eq!((code, said.as_str()), (Some(1), "entry_altered index=5\n"));
    assert_eq!(wrong.trim(), "sanquan: the journal is damaged");
    let (code, said, _) = runs(&town, &["verify", to, "--json"]);
    let report: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(code, Some(1));
    assert_eq!(report["damages"], serde_json::json!([{"kind": "entry_altered", "index": 5}]));

    let mut beside = Beside::of(&town);
    beside.unguard("journal_entries");
    let change = format!("update journal_entries set action = 'tasted' where id = {}", of_leaf(40));
    beside.execute(&change).unwrap();
    let (code, said, _) = runs(&town, &["verify", "--database", &url]);
    assert_eq!((code, apart_from_amcheck(&said).as_str()), (Some(1), "entry_altered index=40\n"));

    for (arguments, wanted) in [
        (vec!["verify", to, "--database", &url], "cannot be used with"),
        (vec!["verify", "--database", "mysql://x"], "postgres:// or sqlite://"),
        (vec!["verify", "--database", "sqlite:///nowhere/at/all.db"], "there is no database at"),
        (vec!["verify", "/nowhere/at/all"], "cannot be read"),
        (vec!["verify", to, "--keys", "/nowhere/at/all"], "/nowhere/at/all"),
    ] {
        let (code, _, wrong) = runs(&town, &arguments);
        assert!(code != Some(0) && wrong.contains(wanted), "{arguments:?}: {wrong}");
    }
}

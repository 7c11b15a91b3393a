//! What the journal commits to, it commits to for good: no later act, no start of the server and no odd value blesses or
//! hides what another hand did to a row.

use sanquan::{
    journal::{Action, Actor, Record, append, append_all},
    storage::StorageError,
    verify::{Damage, DamageKind as Kind, Report, Trust},
};
use serde_json::{Value, json};

use crate::{
    house::Beside,
    journal::{grows, is_witnessed},
    tampering::{Bundle, checked, runs},
    town::{EAST, Engine, Town, World, id},
};

#[track_caller]
fn is_told(report: &Report, kind: Kind, table: &str) {
    let told = |it: &Damage| it.kind == kind && it.table == Some(table);
    assert!(report.damages.iter().any(told), "{kind} {table}: {report:#?}");
}

#[track_caller]
fn does(beside: &mut Beside, statement: &str) {
    let done = beside.execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    assert_ne!(done, 0, "{statement}");
}

pub async fn an_altered_row_is_not_blessed_by_the_next_change(town: Town) {
    let asset = town.asset("operating", "greenhouse", 9_000_000).await;
    let party = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let token = town.user("clerk", &["village_clerk"], None).await;
    assert!(!token.is_empty());
    let mut beside = Beside::of(&town);
    for table in ["assets", "parties", "users"] {
        beside.unguard(table);
    }
    let users = town.actor("administrator").reads("/v1/users?limit=100").await;
    let user = users["items"].as_array().unwrap().iter().find(|it| it["username"] == "clerk").unwrap();
    let (officer, administrator) = (town.officer(), town.actor("administrator"));
    let asset = (&officer, format!("/v1/assets/{asset}"), json!({"name": "连栋大棚"}));
    let party = (&officer, format!("/v1/parties/{party}"), json!({"name": "惠农公司"}));
    let user = (&administrator, format!("/v1/users/{}", id(user)), json!({"roles": ["auditor"]}));
    for (table, change, (who, path, body)) in [
        // What the act leaves as it is, and what it writes over.
        ("assets", "update assets set original_value_fen = original_value_fen - 1", asset),
        ("parties", "update parties set name = '他人公司' where name = '惠农农业科技有限公司'", party),
        ("users", "update users set roles = 'administrator' where username = 'clerk'", user),
    ] {
        let before = checked(&town, Trust::default()).await.damages.len();
        does(&mut beside, change);
        who.patches(&path, Some("\"1\""), body).await.expect(200);

        town.signed_size().await;
        let report = checked(&town, Trust::default()).await;
        is_told(&report, Kind::RowDiffers, table);
        assert_eq!(report.damages.len(), before + 1, "{report:#?}");
        let damage = report.damages.iter().find(|it| it.table == Some(table)).unwrap();
        assert!(damage.index.is_some() && damage.detail.is_some(), "{damage:?}");
    }
}

/// How many rows the journal committed to as it found them, as its entries say.
async fn taken_over(town: &Town, table: &str) -> Vec<Value> {
    let auditor = crate::journal::whole_auditor_again(town).await;
    let read = town.somebody(Some(&auditor)).reads("/v1/journal?action=rows_committed&limit=500").await;
    let items = read["items"].as_array().unwrap().clone();
    items.into_iter().filter(|it| it["facts"]["table"] == table).collect()
}

pub async fn what_is_committed_to_is_not_taken_over_again(mut town: Town) {
    World::of(&town).await;
    town.signed_size().await;
    let mut beside = Beside::of(&town);
    beside.unguard("assets");
    for forgotten in [
        "delete from journaled_tables where name = 'assets'",
        "update journaled_tables set layout = 'another' where name = 'assets'",
        "delete from journaled_tables",
    ] {
        does(&mut beside, "update assets set original_value_fen = original_value_fen - 1");
        does(&mut beside, forgotten);
        town.restarts().await;

        assert_eq!(taken_over(&town, "assets").await, Vec::<Value>::new());
        town.signed_size().await;
        let report = checked(&town, Trust::default()).await;
        is_told(&report, Kind::RowDiffers, "assets");
        assert!(report.damages.iter().all(|it| it.table == Some("assets")), "{report:#?}");
        assert_eq!((&report.committed_as_found, &report.tables_uncommitted), (&vec![], &vec![]));
        does(&mut beside, "update assets set original_value_fen = original_value_fen + 1");
        let report = checked(&town, Trust::default()).await;
        assert!(report.is_sound(), "{report:#?}");
    }
    does(&mut beside, "insert into journaled_tables (name, layout) values ('barns', 'id uuid')");
    town.restarts().await;
    let report = checked(&town, Trust::default()).await;
    assert!(report.is_sound(), "a table that never was is forgotten: {report:#?}");
    town.stopping().await.unwrap();
}

pub async fn a_table_with_other_columns_is_taken_over_and_one_that_is_gone_forgotten(mut town: Town) {
    World::of(&town).await;
    for _ in 0..120 {
        town.party("enterprise", &format!("公司{}", uuid::Uuid::new_v4()), EAST).await;
    }
    // As an earlier release would have left it.
    let write = |unit: &mut sanquan::storage::Write<'_>| -> Result<(), StorageError> {
        let tables = json!({"tables": {"parties": "id uuid", "barns": "id uuid"}});
        let record = Record::new(Action::named("tables_described"), None, &[], &tables);
        append(unit, &Actor::default(), &record).map(drop)
    };
    town.registry.storage.write(write).await.unwrap();
    let mut beside = Beside::of(&town);
    does(&mut beside, "update journaled_tables set layout = 'id uuid' where name = 'parties'");
    does(&mut beside, "insert into journaled_tables (name, layout) values ('barns', 'id uuid')");
    town.signed_size().await;
    let report = checked(&town, Trust::default()).await;
    assert!(report.is_sound() && !report.is_whole(), "{report:#?}");
    assert_eq!(report.tables_uncommitted, ["parties"]);
    let (code, said, wrong) = runs(&town, &["verify", "--database", &town.settings.database()]);
    assert_eq!(code, Some(3), "{said}{wrong}");
    assert!(said.contains("not examined: the rows of parties") && said.contains("sanquan migrate"), "{said}");

    town.restarts().await;
    town.signed_size().await;
    let taken = taken_over(&town, "parties").await;
    let rows: Vec<u64> = taken.iter().map(|it| it["facts"]["rows"].as_u64().unwrap()).collect();
    assert!(rows.len() > 1 && rows.iter().all(|it| *it <= 100), "{rows:?}");
    assert!(taken_over(&town, "assets").await.is_empty());
    let report = checked(&town, Trust::default()).await;
    assert!(report.is_sound() && report.is_whole(), "{report:#?}");
    let [found] = report.committed_as_found.as_slice() else { panic!("{report:#?}") };
    assert_eq!((found.table.as_str(), found.rows), ("parties", rows.iter().sum()));
    assert_eq!(found.index, taken[0]["index"].as_u64());
    let (code, said, _) = runs(&town, &["verify", "--database", &town.settings.database()]);
    assert!(code == Some(0) && said.contains("note: "), "{said}");
    town.stopping().await.unwrap();
}

pub async fn a_journal_that_nobody_signed_is_not_sound(town: Town) {
    grows(&town, 5).await;
    town.signed_size().await;
    town.stopping().await.unwrap();
    let url = town.settings.database();
    let (code, said, wrong) = runs(&town, &["verify", "--database", &url]);
    assert_eq!(code, Some(0), "{said}{wrong}");

    grows(&town, 2).await;
    let report = checked(&town, Trust::default()).await;
    assert!(report.is_sound() && report.unsigned == 2 && !report.unsigned_for_long, "{report:?}");
    let mut beside = Beside::of(&town);
    beside.unguard("journal_entries");
    does(
        &mut beside,
        "update journal_entries set at = '2025-01-01 00:00:00' where id in (select entry_id from journal_pending)",
    );
    let (code, said, wrong) = runs(&town, &["verify", "--database", &url]);
    assert_eq!(code, Some(3), "{said}{wrong}");
    assert!(said.contains("not covered by a checkpoint: 2 entries, since 2025-01-01"), "{said}");

    beside.unguard("journal_checkpoints");
    does(&mut beside, "delete from journal_checkpoints");
    let report = checked(&town, Trust::default()).await;
    let kinds: Vec<_> = report.damages.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [Kind::NothingSigned], "{report:#?}");
    let (code, said, _) = runs(&town, &["verify", "--database", &url]);
    assert!(code == Some(1) && said.contains("nothing_signed"), "{said}");
}

pub async fn no_checkpoint_is_removed_unseen(town: Town) {
    let mut sizes = Vec::new();
    for _ in 0..4 {
        grows(&town, 3).await;
        sizes.push(u64::try_from(town.signed_size().await).unwrap());
    }
    is_witnessed(&town).await;
    town.stopping().await.unwrap();
    let bundle = Bundle::of(&town).await;
    let mut beside = Beside::of(&town);
    beside.unbind();
    beside.unguard("journal_checkpoints");
    beside.execute("create temporary table kept as select * from journal_checkpoints").unwrap();
    sizes.pop();
    for size in sizes {
        does(&mut beside, &format!("delete from journal_checkpoints where tree_size = {size}"));
        let report = checked(&town, Trust::default()).await;
        let told = |it: &Damage| it.kind == Kind::CheckpointMissing && it.tree_size == Some(size);
        assert!(report.damages.len() == 1 && told(&report.damages[0]), "{size}: {report:#?}");
        let of_bundle = bundle.without_checkpoint(size);
        assert!(of_bundle.damages.len() == 1 && told(&of_bundle.damages[0]), "{size}: {of_bundle:#?}");
        does(
            &mut beside,
            &format!("insert into journal_checkpoints select * from kept where tree_size = {size}"),
        );
    }
    let report = checked(&town, Trust::default()).await;
    assert!(report.is_sound(), "{report:#?}");
}

pub async fn one_odd_value_hides_no_other(town: Town) {
    World::of(&town).await;
    town.signed_size().await;
    town.stopping().await.unwrap();
    let mut beside = Beside::of(&town);
    beside.unbind();
    for table in
        ["assets", "payments", "rights", "cases", "journal_rows", "journal_entries", "journal_leaves"]
    {
        beside.unguard(table);
    }
    does(&mut beside, "update projects set name = '他人的项目'");
    let of_entry = "(select entry_id from journal_leaves where leaf_index = 7)";
    let mut odd = vec![(
        format!("update journal_rows set rows = 'x' where entry_id = {of_entry}"),
        (Kind::ContentAltered, None, Some(7)),
    )];
    if town.engine == Engine::Sqlite {
        beside.execute("pragma ignore_check_constraints = 1").unwrap();
        let one = |table: &str| format!("rowid = (select max(rowid) from {table})");
        odd.extend([
            (
                format!("update assets set original_value_fen = 1.5 where {}", one("assets")),
                (Kind::RowDiffers, Some("assets"), None),
            ),
            (
                format!("update payments set id = randomblob(15) where {}", one("payments")),
                (Kind::RowUnexplained, Some("payments"), None),
            ),
            (
                format!("update rights set holder_id = randomblob(15) where {}", one("rights")),
                (Kind::RowDiffers, Some("rights"), None),
            ),
            (
                format!("update cases set created_by = randomblob(15) where {}", one("cases")),
                (Kind::RowDiffers, Some("cases"), None),
            ),
            (
                format!("update journal_entries set actor_id = randomblob(15) where id = {of_entry}"),
                (Kind::EntryAltered, None, Some(7)),
            ),
            (
                "update journal_leaves set hash = randomblob(31) where leaf_index = 9".to_owned(),
                (Kind::InconsistentCheckpoint, None, None),
            ),
        ]);
    }
    for (change, (kind, table, index)) in odd {
        does(&mut beside, &change);
        let report = checked(&town, Trust::default()).await;
        is_told(&report, Kind::RowDiffers, "projects");
        let told =
            |it: &Damage| it.kind == kind && it.table == table && index.is_none_or(|at| it.index == Some(at));
        assert!(report.damages.iter().any(told), "{change}: {report:#?}");
    }
    let (code, said, wrong) = runs(&town, &["verify", "--database", &town.settings.database()]);
    assert_eq!(code, Some(1), "{said}{wrong}");
}

pub async fn long_entries_are_read_a_few_at_a_time(town: Town) {
    let write = |unit: &mut sanquan::storage::Write<'_>| -> Result<(), StorageError> {
        let facts: Vec<Value> =
            (0..30).map(|it| json!({"number": it, "text": "长".repeat(100_000)})).collect();
        let region: sanquan::values::RegionCode = EAST.parse().unwrap();
        let records: Vec<_> =
            facts.iter().map(|facts| Record::new(Action::named("tested"), region, &[], facts)).collect();
        append_all(unit, &Actor::default(), &records).map(drop)
    };
    town.registry.storage.write(write).await.unwrap();
    town.signed_size().await;
    let (mut after, mut read, mut pages) = (String::new(), 0, 0);
    loop {
        let page = town.auditor().reads(&format!("/v1/journal?action=tested&limit=500{after}")).await;
        let items = page["items"].as_array().unwrap();
        if items.is_empty() {
            break;
        }
        assert!(items.len() < 20, "{}", items.len());
        read += items.len();
        pages += 1;
        after = format!("&after={}", page["next_after"]);
    }
    assert_eq!(read, 30);
    assert!(pages > 1);
}

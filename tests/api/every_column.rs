//! One value at a time, of each column of each table, is altered behind the journal's back; a row of each is removed, and one
//! is added. `verify` finds it, but for a short list that is written down here and in `docs/journal.md`.

use std::collections::BTreeSet;

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Text};
use sanquan::{
    storage::Read,
    verify::{self, Trust, VerifyError},
};

use crate::{
    house::Beside,
    journal::{grows, is_witnessed},
    town::{Engine, Town, World},
};

/// What `verify` does not hold against the journal, as `docs/journal.md` says, with the reason.
const UNSEEN: &[&str] = &["journal_cosignatures (a row removed)", "journal_progress.sealed_through"];

/// Tables in which nothing stands that anybody relies on.
const TECHNICAL: &[&str] =
    &["__diesel_schema_migrations", "idempotent_answers", "refresh_tokens", "signin_attempts"];

/// A column of a table, by what the engine calls its type.
#[derive(Debug, Clone, QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    of_table: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
}

fn columns(beside: &mut Beside) -> Vec<Column> {
    match beside {
        Beside::Sqlite(connection) => sql_query(
            "select m.name as of_table, c.name as name, lower(c.type) as kind from sqlite_master m \
             join pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'sqlite_%' order by 1, c.cid",
        )
        .load(connection),
        Beside::Postgres(connection) => sql_query(
            "select table_name::text as of_table, column_name::text as name, data_type::text as kind \
             from information_schema.columns where table_schema = 'public' order by 1, ordinal_position",
        )
        .load(connection),
    }
    .unwrap()
}

/// What else could stand in a column, the likeliest first: an engine refuses what breaks a check.
fn others(engine: Engine, column: &Column) -> Vec<String> {
    let (name, table) = (&column.name, &column.of_table);
    let mut others = match (engine, column.kind.as_str()) {
        (Engine::Sqlite, "blob") => vec![format!("randomblob(length({name}))")],
        (Engine::Sqlite, "date") => vec![format!("date({name}, '+1 day')")],
        (Engine::Sqlite, "timestamp") => vec![format!("strftime('%Y-%m-%d %H:%M:%f', {name}, '+1 second')")],
        (Engine::Sqlite, "boolean") => vec![format!("1 - {name}")],
        (Engine::Postgres, "uuid") => vec!["gen_random_uuid()".to_owned()],
        (Engine::Postgres, "bytea") => vec![format!("sha256({name})")],
        (Engine::Postgres, "date") => vec![format!("{name} + 1")],
        (Engine::Postgres, "timestamp without time zone") => vec![format!("{name} + interval '1 second'")],
        (Engine::Postgres, "boolean") => vec![format!("not {name}")],
        (_, "text") => vec![
            format!("(select other.{name} from {table} other where other.{name} <> {table}.{name} limit 1)"),
            format!("{name} || 'x'"),
            format!("substr({name}, 1, length({name}) - 1) || '7'"),
        ],
        _ => vec![format!("{name} + 1"), format!("{name} - 1")],
    };
    others.push("null".to_owned());
    others
}

/// What becomes of a table, until it is put back.
struct Altered<'b> {
    beside: &'b mut Beside,
    table: String,
}

impl<'b> Altered<'b> {
    fn of(beside: &'b mut Beside, table: &str) -> Self {
        beside.execute(&format!("create temporary table kept as select * from {table}")).unwrap();
        Self { beside, table: table.to_owned() }
    }

    fn put_back(self) {
        let Self { beside, table } = self;
        let overriding =
            matches!(beside, Beside::Postgres(_)).then_some("overriding system value").unwrap_or_default();
        for statement in [
            format!("delete from {table}"),
            format!("insert into {table} {overriding} select * from kept"),
            "drop table kept".to_owned(),
        ] {
            beside.execute(&statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    }
}

/// Whether anything is found. That something cannot be read is no answer: it would hide what else is wrong.
async fn is_found(town: &Town, trust: &Trust) -> bool {
    let trust = trust.clone();
    let check = move |unit: &mut Read<'_>| verify::database(unit, &trust);
    let checked = town.registry.storage.snapshot::<_, VerifyError, _>(check).await;
    !checked.unwrap().is_sound()
}

pub async fn every_value_is_held_by_the_journal(town: Town) {
    World::of(&town).await;
    // There are checkpoints before the last one.
    for _ in 0..4 {
        grows(&town, 5).await;
        town.signed_size().await;
    }
    is_witnessed(&town).await;
    town.signed_size().await;
    town.stopping().await.unwrap();
    let last_signed =
        sanquan::journal::read_head(&town.settings.data_dir.join("keys/journal-last-signed")).unwrap();
    let trust = Trust { names: Some(town.registry.log.names()), last_signed, ..Trust::default() };
    assert!(!is_found(&town, &trust).await, "sound before");

    let mut beside = Beside::of(&town);
    beside.unbind();
    if town.engine == Engine::Sqlite {
        beside.execute("pragma ignore_check_constraints = 1").unwrap();
    }
    let columns: Vec<Column> =
        columns(&mut beside).into_iter().filter(|it| !TECHNICAL.contains(&it.of_table.as_str())).collect();
    let tables: BTreeSet<String> = columns.iter().map(|it| it.of_table.clone()).collect();
    for table in &tables {
        beside.unguard(table);
    }
    let row = match town.engine {
        Engine::Sqlite => "rowid",
        Engine::Postgres => "ctid",
    };
    let (mut tried, mut unseen, mut refused) = (0, BTreeSet::new(), Vec::new());
    for column in &columns {
        let Column { of_table: table, name, .. } = column;
        let altered = Altered::of(&mut beside, table);
        let change = others(town.engine, column).into_iter().find(|other| {
            let one =
                format!("select {row} from {table} where {name} is not null order by {name} desc limit 1");
            let change = format!("update {table} set {name} = {other} where {row} = ({one})");
            matches!(altered.beside.execute(&change), Ok(1))
        });
        let found = match &change {
            Some(_) => is_found(&town, &trust).await,
            None => true,
        };
        altered.put_back();
        match change {
            Some(_) => tried += 1,
            None => refused.push(format!("{table}.{name}")),
        }
        if !found {
            unseen.insert(format!("{table}.{name}"));
        }
    }
    for table in &tables {
        let last = format!("select max({row}) from {table}");
        let middle = format!("select {row} from {table} limit 1 offset (select count(*) / 2 from {table})");
        for which in [last, middle] {
            let altered = Altered::of(&mut beside, table);
            let gone =
                altered.beside.execute(&format!("delete from {table} where {row} = ({which})")).unwrap();
            let found = gone == 0 || is_found(&town, &trust).await;
            altered.put_back();
            tried += gone;
            if !found {
                unseen.insert(format!("{table} (a row removed)"));
            }
        }
    }
    assert!(!is_found(&town, &trust).await, "all is put back");
    assert!(tried > 250, "{tried} tried; refused: {refused:?}");
    let allowed: BTreeSet<String> = UNSEEN.iter().map(|it| (*it).to_owned()).collect();
    let documented = include_str!("../../docs/journal.md");
    assert!(UNSEEN.iter().all(|it| documented.contains(&format!("`{it}`"))), "the list of the documentation");
    assert_eq!(unseen, allowed, "of {tried}");
}

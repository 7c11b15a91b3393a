//! The schema in full: column types, constraints, indexes, triggers and policies, as found in a database and as created by the
//! migrations. Somebody who can alter tables could replace one by a view that shows an examiner false rows, or drop the
//! constraints and triggers that protect its rows.
//!
//! For SQLite the expected schema is found by running the migrations in memory; for PostgreSQL it is listed in
//! `postgres-catalogue.txt`, which a test keeps up to date.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use diesel::{Connection as _, QueryableByName, RunQueryDsl, SqliteConnection, sql_types::Text};

use crate::storage::{AnyConnection, Read, StorageError, each, migrations, schema};

/// The schema that the migrations create on PostgreSQL.
const OF_POSTGRES: &str = include_str!("postgres-catalogue.txt");

/// The features of tables (columns, constraints and so on), by table and name, each with its definition.
type Catalogue = BTreeMap<(String, String), String>;

/// A way in which a table differs from what the migrations create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: &'static str,
    /// What is different about it.
    pub what: String,
}

#[derive(QueryableByName)]
struct Feature {
    #[diesel(sql_type = Text)]
    of_table: String,
    #[diesel(sql_type = Text)]
    what: String,
    #[diesel(sql_type = Text)]
    form: String,
}

/// SQLite stores the statements that created a table. Quotation marks are removed, since renaming something and back adds them.
const ASK_SQLITE: &str = "select tbl_name as of_table, type || ' ' || name as what, replace(sql, char(34), '') as form \
    from sqlite_master where sql is not null";

const ASK_POSTGRES: &str = "
with ours as (
    select c.* from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = current_schema() and c.relkind in ('r', 'p', 'v', 'm', 'f'))
select relname::text as of_table,
    case relkind when 'r' then 'table ' when 'v' then 'view ' when 'm' then 'materialized view '
        when 'p' then 'partitioned table ' else 'foreign table ' end || relname as what,
    concat_ws(' ', relpersistence::text, case when relrowsecurity then 'row security' end,
        case when relforcerowsecurity then 'forced' end) as form from ours
union select o.relname::text, 'column ' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
        case when a.attnotnull then 'not null' end, pg_get_expr(d.adbin, d.adrelid), nullif(a.attidentity::text, ''),
        nullif(a.attgenerated::text, ''),
        case when a.attcollation <> t.typcollation then a.attcollation::regcollation::text end)
    from ours o join pg_catalog.pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
    join pg_catalog.pg_type t on t.oid = a.atttypid
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
union select o.relname::text, 'constraint ' || c.conname, pg_get_constraintdef(c.oid, true)
    from ours o join pg_catalog.pg_constraint c on c.conrelid = o.oid and c.contype <> 'n'
union select o.relname::text, 'index ' || i.relname, pg_get_indexdef(x.indexrelid, 0, true)
        || case when x.indisvalid and x.indisready and x.indislive then '' else ' not valid' end
    from ours o join pg_catalog.pg_index x on x.indrelid = o.oid join pg_catalog.pg_class i on i.oid = x.indexrelid
union select o.relname::text, 'trigger ' || t.tgname, pg_get_triggerdef(t.oid, true) || ' ' || t.tgenabled::text
    from ours o join pg_catalog.pg_trigger t on t.tgrelid = o.oid and not t.tgisinternal
union select o.relname::text, 'switched off constraint ' || c.conname, ''
    from ours o join pg_catalog.pg_trigger t on t.tgrelid = o.oid and t.tgisinternal and t.tgenabled <> 'O'
    join pg_catalog.pg_constraint c on c.oid = t.tgconstraint
union select o.relname::text, 'function ' || t.tgfoid::regproc, concat_ws(' ', md5(p.prosrc), l.lanname, p.proconfig::text)
    from ours o join pg_catalog.pg_trigger t on t.tgrelid = o.oid and not t.tgisinternal
    join pg_catalog.pg_proc p on p.oid = t.tgfoid join pg_catalog.pg_language l on l.oid = p.prolang
union select o.relname::text, 'rule ' || r.rulename, pg_get_ruledef(r.oid, true)
    from ours o join pg_catalog.pg_rewrite r on r.ev_class = o.oid and r.rulename <> '_RETURN'
union select o.relname::text, 'policy ' || p.polname,
        concat_ws(' ', p.polcmd::text, pg_get_expr(p.polqual, o.oid), pg_get_expr(p.polwithcheck, o.oid))
    from ours o join pg_catalog.pg_policy p on p.polrelid = o.oid
union select o.relname::text, 'heir ' || h.relname, ''
    from ours o join pg_catalog.pg_inherits i on i.inhparent = o.oid join pg_catalog.pg_class h on h.oid = i.inhrelid
union select o.relname::text, 'another table of its name in front of it', ''
    from ours o where not pg_table_is_visible(o.oid)";

#[derive(QueryableByName)]
struct Server {
    #[diesel(sql_type = Text)]
    major: String,
}

/// The registry's table of this name, if there is one.
fn own_table(table: &str) -> Option<&'static str> {
    schema::TABLES.iter().map(|it| it.name).find(|it| *it == table)
}

/// The features of the tables of the registry.
fn catalogued(features: Vec<Feature>) -> Catalogue {
    let of_ours = features.into_iter().filter(|it| own_table(&it.of_table).is_some());
    of_ours.map(|it| ((it.of_table, it.what), in_one_line(&it.form))).collect()
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A definition without what differs between releases of PostgreSQL: brackets, casts, spaces.
fn normalised(form: &str) -> String {
    let mut casts = form.split("::");
    let mut text = casts.next().unwrap_or_default().to_owned();
    for behind in casts {
        text.push_str(behind.trim_start_matches(|it: char| it.is_alphanumeric() || it == '_'));
    }
    text.retain(|it| !it.is_whitespace() && !"()[]\"".contains(it));
    text
}

fn found(unit: &mut Read<'_>) -> Result<Catalogue, StorageError> {
    let features: Vec<Feature> = match unit.conn() {
        AnyConnection::Pg(conn) => diesel::sql_query(ASK_POSTGRES).load(conn)?,
        AnyConnection::Lite(conn) => diesel::sql_query(ASK_SQLITE).load(conn)?,
    };
    Ok(catalogued(features))
}

/// The schema that the migrations create on SQLite, leaving some of them out.
fn made_without(left_out: &[String]) -> Result<Catalogue, StorageError> {
    let mut conn = SqliteConnection::establish(":memory:").map_err(StorageError::from)?;
    migrations::run_without(&mut conn, left_out)?;
    Ok(catalogued(diesel::sql_query(ASK_SQLITE).load(&mut conn)?))
}

fn made_on_sqlite() -> Result<&'static Catalogue, StorageError> {
    static MADE: OnceLock<Catalogue> = OnceLock::new();
    match MADE.get() {
        Some(made) => Ok(made),
        None => {
            let made = made_without(&[])?;
            Ok(MADE.get_or_init(|| made))
        }
    }
}

/// The first line of the PostgreSQL catalogue, which names the migrations that it is for, and the server's major version.
fn heading(unit: &mut Read<'_>) -> Result<(String, String), StorageError> {
    let of = migrations::versions()?;
    let last = of.last().cloned().unwrap_or_default();
    let asked = diesel::sql_query("select split_part(current_setting('server_version'), '.', 1) as major");
    let Server { major } = match unit.conn() {
        AnyConnection::Pg(conn) => asked.get_result(conn)?,
        AnyConnection::Lite(_) => Server { major: String::new() },
    };
    Ok((format!("# {} migrations, the last {last}", of.len()), major))
}

/// The schema of a database as text: the expected content of `postgres-catalogue.txt` after the migrations.
pub fn catalogue(unit: &mut Read<'_>) -> Result<String, StorageError> {
    let (heading, major) = heading(unit)?;
    let mut text = format!("{heading}\n# by a server of release\t{major}\n");
    for ((table, what), form) in found(unit)? {
        text.push_str(&format!("{table}\t{what}\t{form}\n"));
    }
    Ok(text)
}

/// The PostgreSQL catalogue, and whether it was made by another major version; `None` if it is for other migrations.
fn made_on_postgres(unit: &mut Read<'_>) -> Result<Option<(Catalogue, bool)>, StorageError> {
    let (heading, major) = heading(unit)?;
    let mut lines = OF_POSTGRES.lines();
    if lines.next() != Some(&heading) {
        return Ok(None);
    }
    let loose = lines.next().and_then(|it| it.split('\t').nth(1)) != Some(&major);
    let feature = |line: &str| {
        let mut parts = line.splitn(3, '\t').map(str::to_owned);
        Some(((parts.next()?, parts.next()?), parts.next()?))
    };
    Ok(Some((lines.filter_map(feature).collect(), loose)))
}

/// How the tables of a database differ from what the migrations of this program create; `None` if that is not known.
pub fn differences(unit: &mut Read<'_>) -> Result<Option<Vec<Difference>>, StorageError> {
    let found = found(unit)?;
    let (made, loose) = match unit.conn() {
        AnyConnection::Lite(_) => (made_on_sqlite()?.clone(), false),
        AnyConnection::Pg(_) => match made_on_postgres(unit)? {
            Some(made) => made,
            None => return Ok(None),
        },
    };
    let form = |it: &str| if loose { normalised(it) } else { it.to_owned() };
    let mut differences = Vec::new();
    let features: BTreeSet<_> = made.keys().chain(found.keys()).collect();
    for feature in features {
        let (table, name) = feature;
        let what = match (made.get(feature), found.get(feature)) {
            (Some(made), Some(found)) if form(made) == form(found) => continue,
            (Some(_), Some(_)) => format!("its {name} is different"),
            (Some(_), None) => format!("its {name} is missing"),
            (None, Some(form)) if name.starts_with("index ") && !is_unique(form) => continue,
            (None, _) => format!("it has a {name}, which no migration made"),
        };
        differences.extend(own_table(table).map(|table| Difference { table, what }));
    }
    Ok(Some(differences))
}

/// Whether an index is unique. Others only make reading faster, and anybody may add them.
fn is_unique(form: &str) -> bool {
    form.get(..13).is_some_and(|it| it.eq_ignore_ascii_case("create unique"))
}

/// Whether the given migrations change the schema. If not, the tables do not show whether they ran.
pub fn leave_traces(left_out: &[String]) -> Result<bool, StorageError> {
    Ok(made_without(left_out)? != *made_on_sqlite()?)
}

/// The number of rows of a table, counted without using its indexes.
pub fn rows_of(unit: &mut Read<'_>, table: &'static str) -> Result<i64, StorageError> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    let how = match unit.conn() {
        AnyConnection::Pg(_) => "",
        AnyConnection::Lite(_) => " not indexed",
    };
    let asked = diesel::sql_query(format!("select count(*) as count from \"{table}\"{how}"));
    let Count { count } = each!(unit, |conn| asked.get_result(conn))?;
    Ok(count)
}

/// Where an instant is stored: the table, the key of the row, and the index in the journal, if any.
pub type OddInstant = (&'static str, String, Option<i64>);

/// Instants of the journal's tables that are not stored in this program's format, so that their hash does not cover all of
/// their text. On PostgreSQL there are none, since it stores instants in binary form.
pub fn odd_instants(unit: &mut Read<'_>, limit: i64) -> Result<Vec<OddInstant>, StorageError> {
    #[derive(QueryableByName)]
    struct Odd {
        #[diesel(sql_type = Text)]
        of_table: String,
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::BigInt>)]
        place: Option<i64>,
    }
    let AnyConnection::Lite(conn) = unit.conn() else { return Ok(Vec::new()) };
    let odd = |column: &str| {
        format!(
            "(typeof({column}) <> 'text' or substr({column}, 1, 19) not glob \
             '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]' \
             or not (length({column}) = 19 or substr({column}, 20) glob '.[0-9][0-9][0-9]' \
             or substr({column}, 20) glob '.[0-9][0-9][0-9][0-9][0-9][0-9]'))"
        )
    };
    let statement = format!(
        "select * from (select 'journal_leaves' as of_table, cast(leaf_index as text) as name, leaf_index as place \
             from journal_leaves where {} \
         union all select 'journal_entries', lower(hex(e.id)), l.leaf_index from journal_entries e \
             left join journal_leaves l on l.entry_id = e.id where {} \
         union all select 'journal_progress', cast(id as text), null from journal_progress where {}) limit {limit}",
        odd("sealed_at"),
        odd("e.at"),
        odd("sealed_through"),
    );
    let found: Vec<Odd> = diesel::sql_query(statement).load(conn)?;
    Ok(found.into_iter().filter_map(|it| Some((own_table(&it.of_table)?, it.name, it.place))).collect())
}

//! What the engine itself finds wrong with a database: pages that cannot be read, indexes that lack rows. The hashes of the journal
//! are about what is read; what an index hides, or a damaged page, is seen only by the engine.

use diesel::{
    QueryableByName, RunQueryDsl,
    connection::{DefaultLoadingMode, SimpleConnection as _},
    sql_query,
    sql_types::Text,
};

use crate::storage::{AnyConnection, Read, StorageError};

/// How many faults are told at most; SQLite and each relation of PostgreSQL stop after as many.
const TOLD: usize = 100;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

#[derive(QueryableByName)]
struct Relation {
    /// Its name, quoted.
    #[diesel(sql_type = Text)]
    name: String,
    /// The statement that examines it.
    #[diesel(sql_type = Text)]
    checked_by: String,
}

#[derive(QueryableByName)]
struct Said {
    #[diesel(sql_type = Text)]
    it: String,
}

/// The tables and B-trees of the registry, those of its long values included, with the functions of `amcheck` that examine them; none
/// where the extension is not installed, or is not for this role.
const RELATIONS: &str = "
    select c.oid::regclass::text as name,
        case c.relkind
            when 'i' then format('perform %I.bt_index_check(%s::regclass, true)', e.nspname, c.oid)
            else format('select string_agg(concat_ws('' '', ''block'', blkno, ''item'', offnum, msg), E''\\n'') into found
                from (select * from %I.verify_heapam(%s::regclass) limit 100) as it', e.nspname, c.oid)
        end as checked_by
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_index i on i.indexrelid = c.oid
    left join pg_catalog.pg_am a on a.oid = c.relam
    cross join (
        select n.nspname from pg_catalog.pg_extension x join pg_catalog.pg_namespace n on n.oid = x.extnamespace
        where x.extname = 'amcheck'
            and has_schema_privilege(n.oid, 'usage')
            and (
                select bool_and(has_function_privilege(p.oid, 'execute')) from pg_catalog.pg_proc p
                where p.pronamespace = n.oid and p.proname in ('bt_index_check', 'verify_heapam'))
    ) as e
    where n.nspname = current_schema()
        and (c.relkind = 'r' or c.relkind = 'i' and a.amname = 'btree' and i.indisvalid)
    order by c.relname";

/// Whether there is anything to examine with.
const HAS_AMCHECK: &str =
    "select coalesce(max(extversion), '') as it from pg_catalog.pg_extension where extname = 'amcheck'";

/// What the engine finds wrong with the database, each in a line: nothing where it is sound; `None` where the engine has nothing to
/// examine it with, as PostgreSQL without its extension `amcheck`.
pub fn integrity(unit: &mut Read<'_>) -> Result<Option<Vec<String>>, StorageError> {
    match unit.conn() {
        AnyConnection::Lite(conn) => {
            let asked = sql_query(format!("pragma integrity_check({TOLD})"));
            let mut lines = Vec::new();
            // It tells what it found before it comes to what it cannot read itself.
            for found in asked.load_iter::<Found, DefaultLoadingMode>(conn)? {
                match found.map_err(StorageError::from) {
                    Ok(found) => lines.extend(found.integrity_check.lines().map(str::to_owned)),
                    Err(StorageError::Damaged(error)) => {
                        lines.push(error.to_string());
                        // It would go on saying so.
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
            lines.retain(|it| it != "ok" && !it.starts_with("*** in database"));
            Ok(Some(lines))
        }
        AnyConnection::Pg(conn) => {
            if sql_query(HAS_AMCHECK).get_result::<Said>(conn)?.it.is_empty() {
                return Ok(None);
            }
            let relations: Vec<Relation> = sql_query(RELATIONS).load(conn)?;
            if relations.is_empty() {
                return Ok(None);
            }
            let mut lines = Vec::new();
            for Relation { name, checked_by } in relations {
                conn.batch_execute(&examining(&checked_by))?;
                let said =
                    sql_query("select current_setting('sanquan.found') as it").get_result::<Said>(conn)?;
                lines.extend(said.it.lines().map(|it| format!("{name}: {it}")));
            }
            lines.truncate(TOLD);
            Ok(Some(lines))
        }
    }
}

/// A statement that keeps what another one finds, or how it fails, in a setting of the transaction: a failure would end that.
fn examining(checked_by: &str) -> String {
    format!(
        "do $examining$ declare found text := ''; begin
            begin {checked_by}; exception when others then found := sqlerrm; end;
            perform set_config('sanquan.found', coalesce(found, ''), true);
        end $examining$"
    )
}

//! Which rights the role of a PostgreSQL lacks. What its server says when one is missing is in its own language, so the rights are
//! asked for once something failed.

use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_types};

use crate::storage::{AnyConnection, Read, StorageError};

#[derive(QueryableByName)]
struct Missing {
    #[diesel(sql_type = sql_types::Text)]
    it: String,
}

/// The tables and the sequences of the registry that the role may not use as the registry does, a few of them. The sequence of an
/// identity column is used with its table, whatever the rights on it are.
const TO_WORK: &str = "
    select format('%I may not read and change %s', current_user, string_agg(it.name, ', ' order by it.name)) as it
    from (
        select c.oid::regclass::text as name
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = (
                select n.nspname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                where c.relname = '__diesel_schema_migrations'
                order by n.nspname = current_schema() desc nulls last limit 1)
            and case
                when c.relkind in ('r', 'p') then not (
                    has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert')
                    and has_table_privilege(c.oid, 'update') and has_table_privilege(c.oid, 'delete'))
                when c.relkind = 'S' then not has_sequence_privilege(c.oid, 'usage') and not exists (
                    select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'i')
                else false
            end
        order by c.relname limit 5
    ) as it
    having count(*) > 0";

/// The tables that the role may not even read, a few of them.
const TO_READ: &str = "
    select format('%I may not read %s', current_user, string_agg(it.name, ', ' order by it.name)) as it
    from (
        select c.oid::regclass::text as name
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = (
                select n.nspname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                where c.relname = '__diesel_schema_migrations'
                order by n.nspname = current_schema() desc nulls last limit 1)
            and c.relkind in ('r', 'p') and not has_table_privilege(c.oid, 'select')
        order by c.relname limit 5
    ) as it
    having count(*) > 0";

/// What the role may not do that migrations do: make tables in the schema, and alter those that are there.
const TO_MIGRATE: &str = "
    select format('%I may not create tables in the schema %I', current_user, coalesce(current_schema(), 'public')) as it
    where not coalesce(has_schema_privilege(current_schema(), 'create'), false)
    union all
    select format('%I does not own %s', current_user, string_agg(it.name, ', ' order by it.name)) as it
    from (
        select c.oid::regclass::text as name
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = current_schema() and c.relkind in ('r', 'p') and not pg_has_role(c.relowner, 'usage')
        order by c.relname limit 5
    ) as it
    having count(*) > 0";

/// What the role lacks for the work of every day; `None` where it lacks nothing, or nothing can be told.
pub(super) fn missing_to_work(conn: &mut AnyConnection) -> Option<String> {
    let AnyConnection::Pg(conn) = conn else { return None };
    asked(conn, TO_WORK).ok().flatten()
}

/// What the role lacks for the work of every day, if anything.
pub fn lacking(unit: &mut Read<'_>) -> Result<Option<String>, StorageError> {
    let AnyConnection::Pg(conn) = unit.conn() else { return Ok(None) };
    Ok(asked(conn, TO_WORK)?)
}

/// What the role lacks for looking at everything.
pub(super) fn missing_to_read(conn: &mut AnyConnection) -> Option<String> {
    let AnyConnection::Pg(conn) = conn else { return None };
    asked(conn, TO_READ).ok().flatten()
}

/// What the role lacks for migrations as well.
pub(super) fn missing_to_migrate(conn: &mut PgConnection) -> Option<String> {
    asked(conn, TO_MIGRATE).ok().flatten()
}

fn asked(conn: &mut PgConnection, what: &str) -> QueryResult<Option<String>> {
    let missing: Vec<Missing> = diesel::sql_query(what).load(conn)?;
    let missing: Vec<String> = missing.into_iter().map(|it| it.it).collect();
    Ok((!missing.is_empty()).then(|| missing.join("; ")))
}

//! Whether there is room to write: the free bytes of a disk, and what the server of the database says when it fails.

use std::{io, path::Path};

use diesel::{QueryableByName, RunQueryDsl, connection::SimpleConnection as _, sql_types};

use crate::storage::{AnyConnection, Read, StorageError};

/// How many bytes are left on the disk of a folder for those who may write there.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = sql_types::Bool)]
    it: bool,
}

/// Whether the database takes changes at all: a standby of PostgreSQL, and a server that was set to be read only, does not.
/// Of SQLite, only writing shows it.
pub fn is_writable(unit: &mut Read<'_>) -> Result<bool, StorageError> {
    let AnyConnection::Pg(conn) = unit.conn() else { return Ok(true) };
    let asked = diesel::sql_query(
        "select not pg_is_in_recovery() and current_setting('default_transaction_read_only') = 'off' as it",
    );
    Ok(asked.get_result::<Answer>(conn)?.it)
}

/// What PostgreSQL finds when it writes a megabyte into a table that is gone again afterwards: the name of the condition is
/// the same in every language, and only PL/pgSQL can tell it.
const PROBE: &str = "
do $probe$ begin
    perform set_config('sanquan.room', 'some', false);
    create temporary table sanquan_room as select repeat(md5(n::text), 32) as filled from generate_series(1, 1000) as n;
    drop table sanquan_room;
exception
    when disk_full then perform set_config('sanquan.room', 'none', false);
    when others then null;
end $probe$";

/// Whether PostgreSQL has no room left. Asked after a failure that Diesel does not classify; the connection is in no
/// transaction.
pub(super) fn is_missing(conn: &mut AnyConnection) -> bool {
    let AnyConnection::Pg(conn) = conn else { return false };
    let asked = conn.batch_execute(PROBE).and_then(|()| {
        let said = "select coalesce(current_setting('sanquan.room', true), '') = 'none' as it";
        diesel::sql_query(said).get_result::<Answer>(conn)
    });
    asked.is_ok_and(|it| it.it)
}

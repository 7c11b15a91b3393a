//! The migrations of both engines, embedded in the binary and run at start under a lock.

use std::fs::File;

use diesel::{PgConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::storage::{AnyConnection, StorageError, Target};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number that no other program takes as its advisory lock in this database.
const MIGRATION_LOCK: i64 = 0x5341_4e51_5541_4e00;

/// Brings the database up to date; several servers that start at once do it one after the other.
pub fn migrate(target: &Target) -> Result<(), StorageError> {
    match (target.open_bare()?, target) {
        (AnyConnection::Pg(mut conn), _) => {
            advisory(&mut conn, "select pg_advisory_lock($1)")?;
            let done = run(&mut conn, POSTGRES);
            advisory(&mut conn, "select pg_advisory_unlock($1)")?;
            done
        }
        (AnyConnection::Lite(mut conn), Target::Sqlite { path, .. }) => {
            let failed = |error: std::io::Error| StorageError::Migration(error.to_string());
            let guard = File::create(path.with_extension("lock")).map_err(failed)?;
            guard.lock().map_err(failed)?;
            run(&mut conn, SQLITE)
        }
        (AnyConnection::Lite(mut conn), Target::Postgres { .. }) => run(&mut conn, SQLITE),
    }
}

/// Whether every migration of this binary is applied: what `/readyz` asks.
pub fn applied_migrations(conn: &mut AnyConnection) -> Result<bool, StorageError> {
    let pending = match conn {
        AnyConnection::Pg(conn) => MigrationHarness::<diesel::pg::Pg>::has_pending_migration(conn, POSTGRES),
        AnyConnection::Lite(conn) => {
            MigrationHarness::<diesel::sqlite::Sqlite>::has_pending_migration(conn, SQLITE)
        }
    };
    pending.map(|it| !it).map_err(|error| StorageError::Migration(error.to_string()))
}

fn advisory(conn: &mut PgConnection, statement: &str) -> Result<(), StorageError> {
    diesel::sql_query(statement).bind::<diesel::sql_types::BigInt, _>(MIGRATION_LOCK).execute(conn)?;
    Ok(())
}

fn run<C, DB>(conn: &mut C, migrations: EmbeddedMigrations) -> Result<(), StorageError>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
{
    conn.run_pending_migrations(migrations)
        .map(|_| ())
        .map_err(|error| StorageError::Migration(error.to_string()))
}

/// Undoes every migration and applies it again. Only for a database that holds nothing of worth: all data is lost.
pub fn redo(target: &Target) -> Result<(), StorageError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| StorageError::Migration(error.to_string());
    match target.open_bare()? {
        AnyConnection::Pg(mut conn) => {
            MigrationHarness::<diesel::pg::Pg>::revert_all_migrations(&mut conn, POSTGRES).map_err(failed)?;
            run(&mut conn, POSTGRES)
        }
        AnyConnection::Lite(mut conn) => {
            MigrationHarness::<diesel::sqlite::Sqlite>::revert_all_migrations(&mut conn, SQLITE)
                .map_err(failed)?;
            run(&mut conn, SQLITE)
        }
    }
}

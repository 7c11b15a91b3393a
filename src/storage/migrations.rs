//! The migrations of both engines, embedded in the binary and applied at start under a lock.

use std::{collections::BTreeSet, fs::File, io, path::Path};

use diesel::{
    PgConnection, QueryableByName, RunQueryDsl,
    migration::MigrationSource,
    result::{DatabaseErrorKind, Error as DieselError},
    sql_types,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::storage::{AnyConnection, Read, StorageError, Target, files, rights};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number that no other program takes as its advisory lock in this database.
const MIGRATION_LOCK: i64 = 0x5341_4e51_5541_4e00;

/// Upgrades the database; several servers that start at once do it one after the other.
///
/// # Errors
/// [`StorageError::LaterRelease`] if a later release has used the database, whose constraints may refuse what this one writes.
pub fn migrate(target: &Target) -> Result<(), StorageError> {
    // Taken before the database is opened: it tells a disk that can only be read from one that fails.
    let _turn = match target {
        Target::Sqlite { path, .. } => Some(turn(path)?),
        Target::Postgres { .. } => None,
    };
    match target.open_bare()? {
        AnyConnection::Pg(mut conn) => {
            advisory(&mut conn, "select pg_advisory_lock($1)")?;
            let done = run_unless_applied(&mut conn);
            advisory(&mut conn, "select pg_advisory_unlock($1)")?;
            match done {
                Err(StorageError::Migration(said)) => Err(rights::missing_to_migrate(&mut conn)
                    .map_or(StorageError::Migration(said), StorageError::Denied)),
                done => done,
            }
        }
        AnyConnection::Lite(mut conn) => run(&mut conn, SQLITE),
    }
}

/// The turn of one of several servers that start at once on the file of a database, which ends with what is returned.
fn turn(path: &Path) -> Result<File, StorageError> {
    let lock = path.with_extension("lock");
    // The database holds names and password hashes. The files that SQLite creates beside it get the same mode.
    for file in [path, &lock] {
        files::private_file(file).map_err(|it| named(file, &it))?;
    }
    let guard = File::create(&lock).map_err(|it| named(&lock, &it))?;
    guard.lock().map_err(|it| named(&lock, &it))?;
    Ok(guard)
}

/// A failure of a file, which is named.
fn named(path: &Path, error: &io::Error) -> StorageError {
    io::Error::new(error.kind(), format!("{}: {error}", path.display())).into()
}

/// A failure of migrations. What it says of the database itself, such as that it is damaged or can only be read, says more than that
/// migrations failed.
fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StorageError {
    let said = error.to_string();
    let cause = error.downcast::<DieselError>().map(|it| *it).ok().or_else(|| {
        // The error of a single migration cannot be named; what the database said stands at its end.
        let (_, last) = said.rsplit_once(" with: ")?;
        Some(DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(last.to_owned())))
    });
    match cause.map(StorageError::from) {
        Some(
            told @ (StorageError::Damaged(_)
            | StorageError::Disk(_)
            | StorageError::Full(_)
            | StorageError::ReadOnly(_)),
        ) => told,
        Some(StorageError::Transient(cause)) => StorageError::Held(cause),
        _ => StorageError::Migration(said),
    }
}

/// Which release a database is of, by the migrations that were applied to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// None: it holds no registry.
    None,
    /// An earlier one than this binary: migrations are missing.
    Earlier,
    /// That of this binary.
    This,
    /// A later one: it has migrations that this binary does not know.
    Later,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = sql_types::Text)]
    version: String,
}

#[derive(QueryableByName)]
struct There {
    #[diesel(sql_type = sql_types::Bool)]
    there: bool,
}

const IS_THERE_ON_POSTGRES: &str = "select to_regclass('__diesel_schema_migrations') is not null as there";

const LISTED: &str = "select version from __diesel_schema_migrations";

/// The migrations listed as applied in a database, compared with those of this program.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Which release that is.
    pub release: Release,
    /// Migrations of this program that it does not list.
    pub missing: Vec<String>,
    /// Migrations that it lists and this program does not know.
    pub unknown: Vec<String>,
    /// All that it lists.
    pub applied: Vec<String>,
}

/// Determines the release of a database without changing it.
pub fn release(unit: &mut Read<'_>) -> Result<Release, StorageError> {
    Ok(standing(unit)?.release)
}

/// Reads which migrations a database lists, without changing it.
pub fn standing(unit: &mut Read<'_>) -> Result<Standing, StorageError> {
    let (is_there, known) = match unit.conn() {
        AnyConnection::Pg(_) => (IS_THERE_ON_POSTGRES, known::<diesel::pg::Pg>(&POSTGRES)?),
        AnyConnection::Lite(_) => (
            "select count(*) > 0 as there from sqlite_master where name = '__diesel_schema_migrations'",
            known::<diesel::sqlite::Sqlite>(&SQLITE)?,
        ),
    };
    let There { there } = diesel::sql_query(is_there).get_result(unit.conn())?;
    let applied: Vec<Version> = if there { diesel::sql_query(LISTED).load(unit.conn())? } else { Vec::new() };
    let applied: BTreeSet<String> = applied.into_iter().map(|it| it.version).collect();
    let release = if applied.is_empty() {
        Release::None
    } else if !applied.is_subset(&known) {
        Release::Later
    } else if applied == known {
        Release::This
    } else {
        Release::Earlier
    };
    Ok(Standing {
        release,
        missing: known.difference(&applied).cloned().collect(),
        unknown: applied.difference(&known).cloned().collect(),
        applied: applied.into_iter().collect(),
    })
}

/// The versions of all migrations, in order; they are the same on both engines.
pub fn versions() -> Result<BTreeSet<String>, StorageError> {
    known::<diesel::sqlite::Sqlite>(&SQLITE)
}

/// Applies the migrations to an empty database of SQLite, some of them left out.
pub(super) fn run_without(
    conn: &mut diesel::SqliteConnection,
    left_out: &[String],
) -> Result<(), StorageError> {
    if left_out.is_empty() {
        return run(conn, SQLITE);
    }
    let mut all = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE).map_err(failed)?;
    all.sort_by_key(|it| it.name().version().to_string());
    for migration in all {
        if !left_out.contains(&migration.name().version().to_string()) {
            // What builds on one that is left out cannot be applied either, and is of a release in between that never was.
            if conn.run_migration(&migration).is_err() {
                break;
            }
        }
    }
    Ok(())
}

/// The versions of all migrations of an engine.
fn known<DB: diesel::backend::Backend>(
    migrations: &EmbeddedMigrations,
) -> Result<BTreeSet<String>, StorageError> {
    let all = MigrationSource::<DB>::migrations(migrations);
    let all = all.map_err(|error| StorageError::Migration(error.to_string()))?;
    Ok(all.iter().map(|it| it.name().version().to_string()).collect())
}

fn advisory(conn: &mut PgConnection, statement: &str) -> Result<(), StorageError> {
    diesel::sql_query(statement).bind::<diesel::sql_types::BigInt, _>(MIGRATION_LOCK).execute(conn)?;
    Ok(())
}

/// Where nothing is to be migrated nothing is made either: making the table of migrations where it is takes the right to make tables.
/// What stands in the way, such as a database that can only be read, is told by what is tried then.
fn run_unless_applied(conn: &mut PgConnection) -> Result<(), StorageError> {
    match all_are_applied(conn) {
        Ok(true) => Ok(()),
        _ => run(conn, POSTGRES),
    }
}

fn all_are_applied(conn: &mut PgConnection) -> Result<bool, StorageError> {
    let is_it = |conn: &mut PgConnection, what: &str| {
        Ok::<_, StorageError>(diesel::sql_query(what).get_result::<There>(conn)?.there)
    };
    if !is_it(conn, "select current_setting('transaction_read_only') = 'off' as there")?
        || !is_it(conn, IS_THERE_ON_POSTGRES)?
    {
        return Ok(false);
    }
    let applied: Vec<Version> = diesel::sql_query(LISTED).load(conn)?;
    let applied: BTreeSet<String> = applied.into_iter().map(|it| it.version).collect();
    Ok(applied == known::<diesel::pg::Pg>(&POSTGRES)?)
}

fn run<C, DB>(conn: &mut C, migrations: EmbeddedMigrations) -> Result<(), StorageError>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
{
    let known = known::<DB>(&migrations)?;
    let applied = conn.applied_migrations().map_err(failed)?;
    if let Some(unknown) = applied.iter().map(ToString::to_string).find(|it| !known.contains(it)) {
        return Err(StorageError::LaterRelease(unknown));
    }
    conn.run_pending_migrations(migrations).map(|_| ()).map_err(failed)
}

/// Undoes every migration and applies it again. Only for a database that holds nothing of worth: all data is lost.
pub fn redo(target: &Target) -> Result<(), StorageError> {
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

//! Row locks, taken in the order of identifiers so that two units of work never wait for each other in a circle.
//!
//! On SQLite there is one writer at a time, so there is nothing to lock.

use diesel::prelude::*;

use crate::{
    storage::{AnyConnection, StorageError, Write, schema},
    values::{Id, id::kind},
};

/// What a unit of work can lock before it looks, so that what it decides on still holds when it commits.
#[derive(Debug, Clone)]
pub enum Locked<'a> {
    /// Assets: whoever moves rights in them.
    Assets(&'a [Id<kind::Asset>]),
    /// A case: whoever takes a step in it.
    Case(Id<kind::Case>),
    /// Accounts: whoever books on them.
    Accounts(&'a [Id<kind::Account>]),
    /// A session of refresh tokens: whoever rotates them.
    Session(Id<kind::Session>),
    /// A name of our own, for what has no row yet.
    Name(&'a str),
}

/// Locks the rows until the unit of work ends. Rows that do not exist are not locked, and are no error.
pub fn lock(unit: &mut Write<'_>, what: &Locked<'_>) -> Result<(), StorageError> {
    let AnyConnection::Pg(conn) = unit.conn() else { return Ok(()) };
    match what {
        Locked::Assets(ids) => {
            use schema::assets::dsl::{assets, id};
            assets.filter(id.eq_any(*ids)).order(id).select(id).for_update().load::<Id<kind::Asset>>(conn)?;
        }
        Locked::Case(case) => {
            use schema::cases::dsl::{cases, id};
            cases.filter(id.eq(*case)).select(id).for_update().load::<Id<kind::Case>>(conn)?;
        }
        Locked::Accounts(ids) => {
            use schema::accounts::dsl::{accounts, id};
            accounts
                .filter(id.eq_any(*ids))
                .order(id)
                .select(id)
                .for_update()
                .load::<Id<kind::Account>>(conn)?;
        }
        Locked::Session(session) => {
            use schema::refresh_tokens::dsl::{digest, refresh_tokens, session_id};
            refresh_tokens
                .filter(session_id.eq(*session))
                .order(digest)
                .select(digest)
                .for_update()
                .load::<String>(conn)?;
        }
        Locked::Name(name) => {
            diesel::sql_query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
                .bind::<diesel::sql_types::Text, _>(name)
                .execute(conn)?;
        }
    }
    Ok(())
}

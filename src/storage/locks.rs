//! Row locks, and the one order in which the whole house takes them.
//!
//! Two units of work that lock the same two things in different orders wait for each other for ever. So there is one order
//! over all kinds of things, and by key within a kind: the key by which a request acts (see `claim_key`), a name, a session, a case, assets, parties, contracts, accounts. It
//! is the order in which the commands come to know what they are about: a case says which assets it concerns and who gets
//! something by it, assets say under which contracts they are let, and what is paid says on which accounts it is booked. [`lock`] knows what its unit
//! holds: to lock the same again costs nothing, and to lock against the order is an error of the program.
//!
//! A unit takes its locks before it changes anything, but those of accounts. On PostgreSQL an insert takes a share lock on every row that its
//! foreign keys name; a unit that asks for more afterwards, as `FOR UPDATE` or an update of a key does, waits for all others
//! that did the same. What is locked here is locked `FOR NO KEY UPDATE`, which lets such inserts pass.
//!
//! A party is locked in two ways. Whoever gives it something, or lets it owe something, locks it `FOR KEY SHARE`, as many at
//! once as there are: only that it stays is asked for. Whoever ends it, erases it, or changes by what it is identified locks
//! it `FOR UPDATE`, waits for all of those, and sees what they did; and they see what it did. No unit does both to a party.
//!
//! What opens accounts inserts them in the order of their keys and waits there for whoever opens the same; it comes before the
//! lock of all accounts of the unit, and that waits only for what is committed. So both together keep the order.
//!
//! On SQLite there is one writer at a time, so there is nothing to lock; the order is held all the same, so that a test on
//! either engine finds who breaks it.

use std::collections::BTreeSet;

use diesel::{pg::PgConnection, prelude::*};
use uuid::Uuid;

use crate::{
    storage::{AnyConnection, StorageError, Write, schema},
    values::{Id, id::kind},
};

/// What a unit of work can lock before it looks, so that what it decides on still holds when it commits. In the order of
/// locking.
#[derive(Debug, Clone)]
pub enum Locked<'a> {
    /// A name of our own, for what has no row yet.
    Name(&'a str),
    /// A session of refresh tokens: whoever rotates or revokes them.
    Session(Id<kind::Session>),
    /// A case: whoever takes a step in it.
    Case(Id<kind::Case>),
    /// Assets: whoever moves rights in them, or lays something on them.
    Assets(&'a [Id<kind::Asset>]),
    /// Parties: whoever gives them something, or lets them owe something. Others may do the same meanwhile.
    Parties(&'a [Id<kind::Party>]),
    /// A party: whoever ends it, erases it, or changes by what it is identified.
    Party(Id<kind::Party>),
    /// Contracts: whoever ends them, lets them run again, or changes what they are about.
    Contracts(&'a [Id<kind::Contract>]),
    /// Accounts: whoever books on them.
    Accounts(&'a [Id<kind::Account>]),
}

/// A lock that a unit of work holds. Derived, the order is that of locking.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    Name(String),
    Session(Uuid),
    Case(Uuid),
    Asset(Uuid),
    Party(Uuid),
    Contract(Uuid),
    Account(Uuid),
}

/// What a unit of work has locked so far.
#[derive(Debug, Default)]
pub(super) struct Locks {
    held: BTreeSet<Held>,
    pub(super) in_any_order: bool,
}

impl Locked<'_> {
    fn each(&self) -> BTreeSet<Held> {
        match self {
            Self::Name(name) => BTreeSet::from([Held::Name((*name).to_owned())]),
            Self::Session(id) => BTreeSet::from([Held::Session(id.uuid())]),
            Self::Case(id) => BTreeSet::from([Held::Case(id.uuid())]),
            Self::Assets(ids) => ids.iter().map(|it| Held::Asset(it.uuid())).collect(),
            Self::Contracts(ids) => ids.iter().map(|it| Held::Contract(it.uuid())).collect(),
            Self::Parties(ids) => ids.iter().map(|it| Held::Party(it.uuid())).collect(),
            Self::Party(id) => BTreeSet::from([Held::Party(id.uuid())]),
            Self::Accounts(ids) => ids.iter().map(|it| Held::Account(it.uuid())).collect(),
        }
    }
}

/// Locks the rows until the unit of work ends. Rows that do not exist are not locked, and are no error.
///
/// # Errors
/// [`StorageError::OutOfOrder`] in a build for tests where the unit holds a lock that comes later in the order, or has changed
/// something already and locks other than accounts. Elsewhere that is logged: the database itself ends a circle that comes of it, and the unit is tried again.
pub fn lock(unit: &mut Write<'_>, what: &Locked<'_>) -> Result<(), StorageError> {
    let too_late = unit.has_changed() && !matches!(what, Locked::Accounts(_));
    let Locks { held, in_any_order } = unit.locks();
    let wanted = &what.each() - held;
    let Some(first) = wanted.first() else { return Ok(()) };
    let last = held.last().filter(|last| !*in_any_order && *last > first);
    let after = match last {
        Some(last) => Some(format!("{last:?}")),
        None if too_late && !*in_any_order => Some("the first change".to_owned()),
        None => None,
    };
    if let Some(after) = after {
        let error = StorageError::OutOfOrder(format!("{first:?} after {after}"));
        if cfg!(debug_assertions) {
            return Err(error);
        }
        tracing::error!(%error, "a unit of work may meet another one in a circle");
    }
    if let AnyConnection::Pg(conn) = unit.conn() {
        lock_rows(conn, what)?;
    }
    unit.locks().held.extend(wanted);
    Ok(())
}

fn lock_rows(conn: &mut PgConnection, what: &Locked<'_>) -> QueryResult<()> {
    match what {
        Locked::Name(name) => lock_name(conn, name)?,
        // Not its rows: whoever continues it adds one, which whoever waits for the others would not see.
        Locked::Session(session) => lock_name(conn, &format!("session {session}"))?,
        Locked::Case(case) => {
            use schema::cases::dsl::{cases, id};
            cases.filter(id.eq(*case)).select(id).for_no_key_update().load::<Id<kind::Case>>(conn)?;
        }
        Locked::Assets(ids) => {
            use schema::assets::dsl::{assets, id};
            assets
                .filter(id.eq_any(*ids))
                .order(id)
                .select(id)
                .for_no_key_update()
                .load::<Id<kind::Asset>>(conn)?;
        }
        Locked::Contracts(ids) => {
            use schema::contracts::dsl::{contracts, id};
            contracts
                .filter(id.eq_any(*ids))
                .order(id)
                .select(id)
                .for_no_key_update()
                .load::<Id<kind::Contract>>(conn)?;
        }
        Locked::Parties(ids) => {
            use schema::parties::dsl::{id, parties};
            parties
                .filter(id.eq_any(*ids))
                .order(id)
                .select(id)
                .for_key_share()
                .load::<Id<kind::Party>>(conn)?;
        }
        Locked::Party(party) => {
            use schema::parties::dsl::{id, parties};
            parties.filter(id.eq(*party)).select(id).for_update().load::<Id<kind::Party>>(conn)?;
        }
        Locked::Accounts(ids) => {
            use schema::accounts::dsl::{accounts, id};
            accounts
                .filter(id.eq_any(*ids))
                .order(id)
                .select(id)
                .for_no_key_update()
                .load::<Id<kind::Account>>(conn)?;
        }
    }
    Ok(())
}

fn lock_name(conn: &mut PgConnection, name: &str) -> QueryResult<()> {
    diesel::sql_query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind::<diesel::sql_types::Text, _>(name)
        .execute(conn)
        .map(drop)
}

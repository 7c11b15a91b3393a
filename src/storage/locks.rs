//! Row locks, and the one order in which the whole program takes them.
//!
//! Two units of work that lock the same two things in different orders deadlock. So there is one order of kinds, and by key
//! within a kind: the idempotency key of the request (see `claim_key`), what the loss rules go by, a name, a session, a case, projects, assets, parties,
//! contracts, accounts. It is the order in which commands learn what they are about: a case names its assets and the parties that get
//! something by it, assets lead to the contracts under which they are let, and a payment to the accounts on which it is booked.
//! [`lock`] knows what its unit holds: locking the same thing again costs nothing, and locking out of order is a bug.
//!
//! A unit takes all its locks, except those on accounts, before it changes anything. On PostgreSQL an insert takes a share lock
//! on every row that its foreign keys refer to; a unit that asks for a stronger lock on such a row afterwards waits for all others
//! that did the same. Rows are locked `FOR NO KEY UPDATE` here, which does not conflict with such inserts.
//!
//! A party is locked in two ways. A unit that gives it something, or lets it owe something, locks it `FOR KEY SHARE`, which many
//! can hold at once: it only needs the party to stay. A unit that ends or erases it, changes its identifier, or says when a relation of it ended, locks it
//! `FOR UPDATE`, waits for all the others, and sees what they did, as they see what it did. No unit does both to one party. Row locks
//! are no queue: whoever wants a party alone would wait for as long as others keep coming. So each stands in line before, by an advisory
//! lock that is given in the order in which it is asked for.
//! So is a project: by a unit that records an asset made by it, and by one that corrects it or makes it void.
//!
//! A unit that opens accounts inserts them in the order of their keys, and waits there for others that open the same ones. This
//! comes before it locks its accounts, and that lock only concerns committed rows. So both together keep the order.
//!
//! On SQLite there is one writer at a time, so nothing is locked; the order is checked all the same, so that a test on either
//! engine finds violations.

use std::collections::BTreeSet;

use diesel::{pg::PgConnection, prelude::*};
use uuid::Uuid;

use crate::{
    storage::{AnyConnection, StorageError, Write, schema},
    values::{Id, id::kind},
};

/// What a unit of work can lock before it reads, so that the basis of its decision still holds when it commits. In the order
/// of locking.
#[derive(Debug, Clone)]
pub enum Locked<'a> {
    /// What the loss rules go by wherever it stands: who is related to whom, and the policies. So that it stays, while something is looked
    /// at; other units may do the same meanwhile.
    Basis,
    /// The same, to record a relation or say when it ended, or to set a policy: whoever looks at something has done so before, or sees it.
    NewBasis,
    /// An arbitrary name, for what has no row yet.
    Name(&'a str),
    /// A session of refresh tokens, to rotate or revoke them.
    Session(Id<kind::Session>),
    /// A case, to take a step in it.
    Case(Id<kind::Case>),
    /// Projects, to record assets made by them. Others may do the same meanwhile.
    Projects(&'a [Id<kind::Project>]),
    /// A project, to correct it or make it void.
    Project(Id<kind::Project>),
    /// Assets, to move rights in them or place restrictions on them.
    Assets(&'a [Id<kind::Asset>]),
    /// Parties, to give them something or let them owe something. Other units may do the same meanwhile.
    Parties(&'a [Id<kind::Party>]),
    /// A party, to end it, erase it, change its identifier, or say when a relation of it ended.
    Party(Id<kind::Party>),
    /// Contracts, to end them, resume them, correct them, change the assets that they cover, or book what is paid under them.
    Contracts(&'a [Id<kind::Contract>]),
    /// Accounts, to book on them.
    Accounts(&'a [Id<kind::Account>]),
}

/// A lock that a unit of work holds. Its derived order is the order of locking.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    Basis,
    Name(String),
    Session(Uuid),
    Case(Uuid),
    Project(Uuid),
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
            Self::Basis | Self::NewBasis => BTreeSet::from([Held::Basis]),
            Self::Name(name) => BTreeSet::from([Held::Name((*name).to_owned())]),
            Self::Session(id) => BTreeSet::from([Held::Session(id.uuid())]),
            Self::Case(id) => BTreeSet::from([Held::Case(id.uuid())]),
            Self::Projects(ids) => ids.iter().map(|it| Held::Project(it.uuid())).collect(),
            Self::Project(id) => BTreeSet::from([Held::Project(id.uuid())]),
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
/// [`StorageError::OutOfOrder`], in debug builds, if the unit holds a lock that comes later in the order, or has changed something
/// already and locks anything but accounts. Release builds log it: the database would detect a resulting deadlock, and the unit is
/// retried.
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
        tracing::error!(%error, "a unit of work may cause a deadlock");
    }
    if let AnyConnection::Pg(conn) = unit.conn() {
        lock_rows(conn, what)?;
    }
    unit.locks().held.extend(wanted);
    Ok(())
}

fn lock_rows(conn: &mut PgConnection, what: &Locked<'_>) -> QueryResult<()> {
    match what {
        Locked::Basis => stand_in_line(conn, [Uuid::nil()].into_iter(), Beside::Others)?,
        Locked::NewBasis => stand_in_line(conn, [Uuid::nil()].into_iter(), Beside::Nobody)?,
        Locked::Name(name) => lock_name(conn, name)?,
        // Its rows are not locked: continuing a session adds a row, which a waiting unit would not see.
        Locked::Session(session) => lock_name(conn, &format!("session {session}"))?,
        Locked::Case(case) => {
            use schema::cases::dsl::{cases, id};
            cases.filter(id.eq(*case)).select(id).for_no_key_update().load::<Id<kind::Case>>(conn)?;
        }
        Locked::Projects(ids) => {
            use schema::projects::dsl::{id, projects};
            stand_in_line(conn, ids.iter().map(|it| it.uuid()), Beside::Others)?;
            projects
                .filter(id.eq_any(*ids))
                .order(id)
                .select(id)
                .for_key_share()
                .load::<Id<kind::Project>>(conn)?;
        }
        Locked::Project(project) => {
            use schema::projects::dsl::{id, projects};
            stand_in_line(conn, [project.uuid()].into_iter(), Beside::Nobody)?;
            projects.filter(id.eq(*project)).select(id).for_update().load::<Id<kind::Project>>(conn)?;
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
            stand_in_line(conn, ids.iter().map(|it| it.uuid()), Beside::Others)?;
            parties
                .filter(id.eq_any(*ids))
                .order(id)
                .select(id)
                .for_key_share()
                .load::<Id<kind::Party>>(conn)?;
        }
        Locked::Party(party) => {
            use schema::parties::dsl::{id, parties};
            stand_in_line(conn, [party.uuid()].into_iter(), Beside::Nobody)?;
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

/// With whom a row is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    /// With all who do the same.
    Others,
    /// With nobody.
    Nobody,
}

/// Waits for rows that many hold together and one alone, in the order in which they were asked for. Row locks know no such order:
/// whoever wants a row alone would wait for as long as others keep coming who share it.
fn stand_in_line(
    conn: &mut PgConnection,
    rows: impl Iterator<Item = Uuid>,
    beside: Beside,
) -> QueryResult<()> {
    let rows: Vec<String> = rows.map(|it| it.to_string()).collect();
    let wait = match beside {
        Beside::Others => "pg_advisory_xact_lock_shared",
        Beside::Nobody => "pg_advisory_xact_lock",
    };
    diesel::sql_query(format!(
        "select {wait}(hashtextextended(row_id, 0)) from (select unnest($1) as row_id order by 1) as wanted"
    ))
    .bind::<diesel::sql_types::Array<diesel::sql_types::Text>, _>(rows)
    .execute(conn)
    .map(drop)
}

fn lock_name(conn: &mut PgConnection, name: &str) -> QueryResult<()> {
    diesel::sql_query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind::<diesel::sql_types::Text, _>(name)
        .execute(conn)
        .map(drop)
}

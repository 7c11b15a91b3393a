//! The first answers to idempotency keys, kept in the transaction of the act itself.

use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use diesel::{
    prelude::*,
    result::{DatabaseErrorKind, Error as DieselError},
};

use crate::{
    storage::{
        AnyConnection, Read, StorageError, Upkeep, Write,
        schema::idempotent_answers::{self, dsl},
    },
    values::{Id, id::kind},
};

/// What was answered to an act, so that a retry is answered alike.
#[derive(Debug, Clone, Queryable, Insertable, Selectable)]
#[diesel(table_name = idempotent_answers)]
#[diesel(treat_none_as_default_value = false)]
pub struct Answer {
    /// Whose key it is.
    pub user_id: Id<kind::User>,
    /// The key, as the client chose it.
    pub idempotency_key: String,
    /// SHA-256 of method, path and body: what the key was used for.
    pub fingerprint: String,
    /// HTTP status of the answer.
    pub status: i32,
    /// The `Location` of what was made.
    pub location: Option<String>,
    /// The `ETag` of what was made or changed.
    pub etag: Option<String>,
    /// The body, JSON.
    pub body: String,
    /// When it was answered.
    pub answered_at: NaiveDateTime,
}

/// The answer that was given to a key, if it was used before.
pub fn kept_answer(
    unit: &mut Read<'_>,
    user: Id<kind::User>,
    key: &str,
) -> Result<Option<Answer>, StorageError> {
    Ok(dsl::idempotent_answers.find((user, key)).select(Answer::as_select()).first(unit.conn()).optional()?)
}

/// Takes a key for this unit of work, before anything else is locked; false where another server's unit does not let go
/// of it within `patience`. Once it is taken, whatever was answered to it before is there to be found.
///
/// It is tried again and again rather than waited for, so that no limit of the database's ends the wait with an error that
/// could mean anything.
pub fn claim_key(
    unit: &mut Write<'_>,
    user: Id<kind::User>,
    key: &str,
    patience: Duration,
) -> Result<bool, StorageError> {
    #[derive(QueryableByName)]
    struct Claim {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        taken: bool,
    }
    let AnyConnection::Pg(conn) = unit.conn() else { return Ok(true) };
    let started = Instant::now();
    loop {
        let Claim { taken } =
            diesel::sql_query("select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as taken")
                .bind::<diesel::sql_types::Text, _>(format!("answer {user} {key}"))
                .get_result(conn)?;
        if taken || started.elapsed() >= patience {
            return Ok(taken);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Keeps the answer to a key.
///
/// # Errors
/// [`StorageError::Transient`] where another unit kept one meanwhile, which [`claim_key`] prevents: tried again, this one
/// finds that answer.
pub fn keep_answer(unit: &mut Write<'_>, answer: &Answer) -> Result<(), StorageError> {
    match diesel::insert_into(dsl::idempotent_answers).values(answer).execute(unit.conn()) {
        Ok(_) => Ok(()),
        Err(error @ DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            Err(StorageError::Transient(error))
        }
        Err(error) => Err(error.into()),
    }
}

/// Forgets the answers to the requests that created a resource, when what they hold is erased.
pub fn forget_answers_about(unit: &mut Write<'_>, location: &str) -> Result<usize, StorageError> {
    unit.remove(dsl::idempotent_answers.filter(dsl::location.eq(location)))
}

/// Forgets answers given before an instant; a key may then be used anew.
pub fn forget_answers_before(unit: &mut Upkeep<'_>, instant: NaiveDateTime) -> Result<usize, StorageError> {
    unit.remove(dsl::idempotent_answers.filter(dsl::answered_at.lt(instant)))
}

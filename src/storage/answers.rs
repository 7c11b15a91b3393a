//! The first answers to idempotency keys, stored in the transaction of the act itself.

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

/// The answer to an acting request, so that a retry gets the same.
#[derive(Debug, Clone, Queryable, Insertable, Selectable)]
#[diesel(table_name = idempotent_answers)]
#[diesel(treat_none_as_default_value = false)]
pub struct Answer {
    /// Whose key it is.
    pub user_id: Id<kind::User>,
    /// The key, as the client chose it.
    pub idempotency_key: String,
    /// SHA-256 of the request (method, path, body), to notice a key that is reused for another request.
    pub fingerprint: String,
    /// HTTP status of the answer.
    pub status: i32,
    /// The `Location` of the created resource.
    pub location: Option<String>,
    /// The `ETag` of the created or changed resource.
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

/// Locks a key for this unit of work, before anything else is locked; false if another server's unit does not release it within
/// `patience`. Once it is locked, any earlier answer to it can be found.
///
/// The lock is polled for rather than waited for, so that no time limit of the database ends the wait with an unspecific error.
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

/// Stores the answer to a key.
///
/// # Errors
/// [`StorageError::Transient`] if another unit stored one meanwhile, which [`claim_key`] prevents: on a retry, this one finds
/// that answer.
pub fn keep_answer(unit: &mut Write<'_>, answer: &Answer) -> Result<(), StorageError> {
    match diesel::insert_into(dsl::idempotent_answers).values(answer).execute(unit.conn()) {
        Ok(_) => Ok(()),
        Err(error @ DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            Err(StorageError::Transient(error))
        }
        Err(error) => Err(error.into()),
    }
}

/// Deletes the answers to requests that created a resource, when their data is erased.
pub fn forget_answers_about(unit: &mut Write<'_>, location: &str) -> Result<usize, StorageError> {
    unit.remove(dsl::idempotent_answers.filter(dsl::location.eq(location)))
}

/// Deletes answers given before an instant; their keys may then be used again.
pub fn forget_answers_before(unit: &mut Upkeep<'_>, instant: NaiveDateTime) -> Result<usize, StorageError> {
    unit.remove(dsl::idempotent_answers.filter(dsl::answered_at.lt(instant)))
}

//! Room for bodies: how many bytes of them are held at a time, in sum and for one caller. It is taken before a body is read,
//! by what it is announced to have, and given back once nothing works on it any more.
//!
//! Strangers, users' requests and documents have their own parts of it: whatever one of them fills, the others go on.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{HttpMessage, HttpRequest, http::header::RETRY_AFTER};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::shell::{
    limits,
    problem::{Code, Problem},
    registry::{HttpSettings, part},
    strangers::Known,
};

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyKind {
    /// JSON.
    Json,
    /// A document.
    Document,
}

impl BodyKind {
    /// The greatest that it may be, in bytes.
    pub(crate) const fn limit(self, settings: &HttpSettings) -> usize {
        match self {
            Self::Json => settings.body_bytes,
            Self::Document => settings.document_bytes,
        }
    }
}

/// The room of a server.
#[derive(Debug)]
pub(crate) struct Bodies {
    strangers: Part,
    users: Part,
    documents: Part,
    /// How many bytes each caller holds who holds any.
    held: Arc<Mutex<HashMap<String, usize>>>,
}

/// A part of the room. Its unit is one kibibyte.
#[derive(Debug)]
struct Part {
    room: Arc<Semaphore>,
    units: usize,
    /// The most bytes for one caller.
    most: usize,
}

impl Part {
    fn of(bytes: usize, most: usize) -> Self {
        let units = (bytes / UNIT).clamp(1, Semaphore::MAX_PERMITS);
        Self { room: Arc::new(Semaphore::new(units)), units, most }
    }
}

const UNIT: usize = 1024;

/// The room that one body takes up.
#[derive(Debug)]
pub(crate) struct Room {
    _units: OwnedSemaphorePermit,
    bytes: usize,
    caller: String,
    held: Arc<Mutex<HashMap<String, usize>>>,
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = held.get_mut(&self.caller) {
            *bytes = bytes.saturating_sub(self.bytes);
            if *bytes == 0 {
                held.remove(&self.caller);
            }
        }
    }
}

impl Bodies {
    /// Divides the room that is set: an eighth for strangers, a quarter for the requests of users, the rest for documents.
    pub(crate) fn new(settings: &HttpSettings) -> Self {
        let eighth = settings.bodies_bytes / 8;
        let of_user = settings.bodies_bytes_per_user;
        Self {
            // Many people may stand behind one address.
            strangers: Part::of(eighth, eighth / 2),
            users: Part::of(eighth * 2, of_user),
            documents: Part::of(eighth * 5, of_user),
            held: Arc::default(),
        }
    }

    fn take(&self, part: &Part, caller: String, bytes: usize) -> Result<Room, Problem> {
        let busy = |code| Problem::new(code).header(RETRY_AFTER, "2");
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let already = held.get(&caller).copied().unwrap_or_default();
        // Whoever holds nothing is never refused for what they hold: what is allowed at all can be sent by anybody.
        if already > 0 && already.saturating_add(bytes) > part.most {
            return Err(busy(Code::TooManyRequests)
                .saying(
                    "您有 {held} 字节的请求体仍在接收或处理，每人同时至多 {most} 字节；请待先前的请求办完后重试。",
                    "{held} bytes that you sent are still being received or worked on, and {most} are taken of one caller at a time. \
                     Wait for the answers to the earlier requests, and try again.",
                )
                .put("held", already)
                .put("most", part.most));
        }
        let units = bytes.div_ceil(UNIT).clamp(1, part.units);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let taken = Arc::clone(&part.room).try_acquire_many_owned(units).map_err(|_| {
            busy(Code::Unavailable).saying(
                "同时上传的内容过多，暂时无法接收；请稍后以同一 `Idempotency-Key` 重试。",
                "Too much is being sent at this moment for more to be taken. Try again shortly, with the same Idempotency-Key.",
            )
        })?;
        let bytes = bytes.max(1);
        held.insert(caller.clone(), already.saturating_add(bytes));
        Ok(Room { _units: taken, bytes, caller, held: Arc::clone(&self.held) })
    }
}

/// Takes the room for a body of so many bytes, or refuses it: 429 where the caller has too much of it, 503 where all do.
pub(crate) fn room(request: &HttpRequest, kind: BodyKind, bytes: usize) -> Result<Room, Problem> {
    let bodies = part::<Bodies>(request)?;
    let user = request.extensions().get::<Known>().and_then(Known::user);
    match (user, kind) {
        (None, _) => bodies.take(&bodies.strangers, limits::address(request), bytes),
        (Some(user), BodyKind::Json) => bodies.take(&bodies.users, user, bytes),
        (Some(user), BodyKind::Document) => bodies.take(&bodies.documents, user, bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies() -> Bodies {
        let part = |units: usize| Part::of(units * UNIT, 3 * UNIT);
        Bodies { strangers: part(1), users: part(4), documents: part(8), held: Arc::default() }
    }

    #[test]
    fn nobody_holds_more_than_their_part_and_all_hold_no_more_than_there_is() {
        let bodies = bodies();
        let take = |who: &str, kib: usize| bodies.take(&bodies.users, who.to_owned(), kib * UNIT);
        let refused = |taken: Result<Room, Problem>| taken.unwrap_err().to_string();

        let first = take("a", 2).unwrap();
        assert_eq!(refused(take("a", 2)), "too_many_requests");
        let second = take("b", 2).unwrap();
        assert_eq!(refused(take("c", 1)), "unavailable");
        drop((first, second));
        // What is larger than the share of one caller is taken where nothing else is held.
        let whole = take("a", 4).unwrap();
        drop(whole);
        assert!(bodies.held.lock().unwrap().is_empty());
        assert!(take("c", 0).is_ok());
    }
}

//! Room for bodies: how many bytes of them are held at a time, in sum and for one caller. It is taken before a body is read,
//! by what it is announced to have (or as it comes, where nothing is announced), and given back once nothing works on it any more.
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
#[derive(Debug, Clone)]
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

/// Bodies of at most so many bytes need no room: the connection that one comes on takes up as much. So nobody is kept from
/// signing in by those who announce much and send nothing.
const SMALL: usize = 16 << 10;

/// How much more is taken at a time for a body that does not say how large it is.
const STEP: usize = 64 << 10;

/// The room that one body takes up.
#[derive(Debug)]
pub(crate) struct Room {
    part: Part,
    taken: Option<OwnedSemaphorePermit>,
    bytes: usize,
    caller: String,
    held: Arc<Mutex<HashMap<String, usize>>>,
}

impl Room {
    /// Takes the room for a body of so many bytes, which was announced to have that many.
    pub(crate) fn hold(&mut self, bytes: usize) -> Result<(), Problem> {
        if bytes <= SMALL.max(self.bytes) {
            return Ok(());
        }
        let more = bytes - self.bytes;
        let busy = |code| Problem::new(code).header(RETRY_AFTER, "2");
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let already = held.get(&self.caller).copied().unwrap_or_default();
        // Whoever holds nothing else is never refused for what they hold: what is allowed at all can be sent by anybody.
        if already > self.bytes && already.saturating_add(more) > self.part.most {
            return Err(busy(Code::TooManyRequests)
                .saying(
                    "您有 {held} 字节的请求体仍在接收或处理，每人同时至多 {most} 字节；请待先前的请求办完后重试。",
                    "{held} bytes that you sent are still being received or worked on, and {most} are taken of one caller at a time. \
                     Wait for the answers to the earlier requests, and try again.",
                )
                .put("held", already)
                .put("most", self.part.most));
        }
        let has = self.taken.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let units = bytes.div_ceil(UNIT).min(self.part.units).saturating_sub(has);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let taken = Arc::clone(&self.part.room).try_acquire_many_owned(units).map_err(|_| {
            busy(Code::Unavailable).saying(
                "同时上传的内容过多，暂时无法接收；请稍后以同一 `Idempotency-Key` 重试。",
                "Too much is being sent at this moment for more to be taken. Try again shortly, with the same Idempotency-Key.",
            )
        })?;
        match &mut self.taken {
            Some(before) => before.merge(taken),
            None => self.taken = Some(taken),
        }
        self.bytes = bytes;
        held.insert(self.caller.clone(), already.saturating_add(more));
        Ok(())
    }

    /// Takes the room for what came so far of a body that does not say how large it is, and for a little more of it.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        if bytes <= SMALL.max(self.bytes) { Ok(()) } else { self.hold(bytes.next_multiple_of(STEP)) }
    }
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
            // Many people may stand behind one address, and what most of them send is small.
            strangers: Part::of(eighth, eighth / 4),
            users: Part::of(eighth * 2, of_user.min(eighth)),
            documents: Part::of(eighth * 5, of_user),
            held: Arc::default(),
        }
    }

    /// Nothing yet, in a part of the room.
    fn empty(&self, part: &Part, caller: String) -> Room {
        Room { part: part.clone(), taken: None, bytes: 0, caller, held: Arc::clone(&self.held) }
    }
}

/// The room for the body of a request, of which nothing is taken yet. Where there is too little of it, a body is refused: with 429
/// where the caller has too much of it, with 503 where all do.
pub(crate) fn room(request: &HttpRequest, kind: BodyKind) -> Result<Room, Problem> {
    let bodies = part::<Bodies>(request)?;
    let user = request.extensions().get::<Known>().and_then(Known::user);
    Ok(match (user, kind) {
        (None, _) => bodies.empty(&bodies.strangers, limits::address(request)),
        (Some(user), BodyKind::Json) => bodies.empty(&bodies.users, user),
        (Some(user), BodyKind::Document) => bodies.empty(&bodies.documents, user),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies() -> Bodies {
        let part = |of_64: usize| Part::of(of_64 * STEP, 3 * STEP);
        Bodies { strangers: part(1), users: part(4), documents: part(8), held: Arc::default() }
    }

    #[test]
    fn nobody_holds_more_than_their_part_and_all_hold_no_more_than_there_is() {
        let bodies = bodies();
        let take = |who: &str, bytes: usize| {
            let mut room = bodies.empty(&bodies.users, who.to_owned());
            room.hold(bytes).map(|()| room)
        };
        let refused = |taken: Result<Room, Problem>| taken.unwrap_err().to_string();

        let first = take("a", 2 * STEP).unwrap();
        assert_eq!(refused(take("a", 2 * STEP)), "too_many_requests");
        let second = take("b", 2 * STEP).unwrap();
        assert_eq!(refused(take("c", STEP)), "unavailable");
        let small = take("c", SMALL).unwrap();
        drop((first, second, small));
        // What is larger than the share of one caller is taken where nothing else is held.
        let whole = take("a", 4 * STEP).unwrap();
        drop(whole);
        assert!(bodies.held.lock().unwrap().is_empty());
        assert_eq!(bodies.users.room.available_permits(), bodies.users.units);
    }

    #[test]
    fn what_does_not_say_how_large_it_is_takes_room_as_it_comes() {
        let bodies = bodies();
        let mut room = bodies.empty(&bodies.users, "a".to_owned());
        room.grow(SMALL).unwrap();
        assert_eq!(room.bytes, 0);
        room.grow(SMALL + 1).unwrap();
        room.grow(STEP).unwrap();
        assert_eq!(room.bytes, STEP);
        room.grow(3 * STEP + 1).unwrap();
        assert_eq!((room.bytes, bodies.users.room.available_permits()), (4 * STEP, 0));
        assert_eq!(*bodies.held.lock().unwrap(), HashMap::from([("a".to_owned(), 4 * STEP)]));
        room.grow(5 * STEP).unwrap();
        drop(room);
        assert_eq!(bodies.users.room.available_permits(), bodies.users.units);
    }
}

//! Room for bodies and for answers: how many bytes of them are held at a time, in sum and for one caller.
//!
//! That of a body is taken before it is read, by what it is announced to have (or as it comes, where nothing is announced), and given
//! back once nothing works on it any more; that of an answer until its client has taken it. Strangers, users' requests, documents and
//! answers have their own parts of it: whatever one of them fills, the others go on.

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
pub(crate) struct Rooms {
    /// Bodies of strangers.
    strangers: Part,
    /// Bodies of users' requests.
    users: Part,
    documents: Part,
    answers_to_strangers: Part,
    answers: Part,
}

/// A part of the room. Its unit is one kibibyte.
#[derive(Debug, Clone)]
struct Part {
    room: Arc<Semaphore>,
    units: usize,
    /// The most bytes for one caller.
    most: usize,
    /// How many bytes each caller holds who holds any.
    held: Arc<Mutex<HashMap<String, usize>>>,
    kind: Kind,
}

/// What takes up room.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Bodies,
    Answers,
}

impl Kind {
    /// What a caller is told who holds too much of it.
    fn too_much_of_theirs(self, problem: Problem) -> Problem {
        match self {
            Self::Bodies => problem.saying(
                "您有 {held} 字节的请求体仍在接收或处理，每人同时至多 {most} 字节；请待先前的请求办完后重试。",
                "{held} bytes that you sent are still being received or worked on, and {most} are taken of one caller at a time. Wait \
                 for the answers to the earlier requests, and try again.",
            ),
            Self::Answers => problem.saying(
                "给您的答复尚有 {held} 字节未取走，每人同时至多保留 {most} 字节；请先收完先前的答复，再以同一 `Idempotency-Key` 重试。",
                "{held} bytes of answers to you have not been taken yet, and {most} are kept for one caller at a time. Read the \
                 earlier answers, and try again, with the same Idempotency-Key.",
            ),
        }
    }

    /// What a caller is told where all together hold too much of it.
    fn too_much_of_all(self, problem: Problem) -> Problem {
        match self {
            Self::Bodies => problem.saying(
                "同时上传的内容过多，暂时无法接收；请稍后以同一 `Idempotency-Key` 重试。",
                "Too much is being sent at this moment for more to be taken. Try again shortly, with the same Idempotency-Key.",
            ),
            Self::Answers => problem.saying(
                "待取走的答复过多，暂时无法答复；请稍后以同一 `Idempotency-Key` 重试。",
                "Too many answers wait to be taken at this moment. Try again shortly, with the same Idempotency-Key.",
            ),
        }
    }
}

impl Part {
    fn of(kind: Kind, bytes: usize, most: usize) -> Self {
        let units = (bytes / UNIT).clamp(1, Semaphore::MAX_PERMITS);
        Self { room: Arc::new(Semaphore::new(units)), units, most, held: Arc::default(), kind }
    }

    /// Nothing of it yet, for a caller.
    fn empty(&self, caller: String) -> Room {
        Room { part: self.clone(), taken: None, bytes: 0, caller }
    }
}

const UNIT: usize = 1024;

/// What has at most so many bytes needs no room: the connection that it comes or goes on takes up as much. So nobody is kept from
/// signing in by those who announce much and send nothing.
pub(crate) const SMALL: usize = 16 << 10;

/// How much more is taken at a time for a body that does not say how large it is.
const STEP: usize = 64 << 10;

/// The room that one body takes up, or one answer.
#[derive(Debug)]
pub(crate) struct Room {
    part: Part,
    taken: Option<OwnedSemaphorePermit>,
    bytes: usize,
    caller: String,
}

impl Room {
    /// Takes it for so many bytes.
    pub(crate) fn hold(&mut self, bytes: usize) -> Result<(), Problem> {
        if bytes <= SMALL.max(self.bytes) {
            return Ok(());
        }
        let more = bytes - self.bytes;
        let busy = |code| Problem::new(code).header(RETRY_AFTER, "2");
        let mut held = self.part.held.lock().unwrap_or_else(PoisonError::into_inner);
        let already = held.get(&self.caller).copied().unwrap_or_default();
        // Whoever holds nothing else is never refused for what they hold: what is allowed at all can be sent by anybody.
        if already > self.bytes && already.saturating_add(more) > self.part.most {
            let refused = self.part.kind.too_much_of_theirs(busy(Code::TooManyRequests));
            return Err(refused.put("held", already).put("most", self.part.most));
        }
        let has = self.taken.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let units = bytes.div_ceil(UNIT).min(self.part.units).saturating_sub(has);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let taken = Arc::clone(&self.part.room)
            .try_acquire_many_owned(units)
            .map_err(|_| self.part.kind.too_much_of_all(busy(Code::Unavailable)))?;
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
        let mut held = self.part.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = held.get_mut(&self.caller) {
            *bytes = bytes.saturating_sub(self.bytes);
            if *bytes == 0 {
                held.remove(&self.caller);
            }
        }
    }
}

impl Rooms {
    /// Divides the room that is set. Of that for bodies an eighth is for strangers, a quarter for the requests of users, the rest for
    /// documents; of that for answers a quarter is for strangers.
    pub(crate) fn new(settings: &HttpSettings) -> Self {
        let eighth = settings.bodies_bytes / 8;
        let of_user = settings.bodies_bytes_per_user;
        let quarter = settings.answers_bytes / 4;
        Self {
            // Many people may stand behind one address, and what most of them send is small.
            strangers: Part::of(Kind::Bodies, eighth, eighth / 4),
            users: Part::of(Kind::Bodies, eighth * 2, of_user.min(eighth)),
            documents: Part::of(Kind::Bodies, eighth * 5, of_user),
            answers_to_strangers: Part::of(Kind::Answers, quarter, quarter / 2),
            answers: Part::of(Kind::Answers, quarter * 3, quarter),
        }
    }
}

/// The room for the body of a request, of which nothing is taken yet. Where there is too little of it, a body is refused: with 429
/// where the caller has too much of it, with 503 where all do.
pub(crate) fn for_body(request: &HttpRequest, kind: BodyKind) -> Result<Room, Problem> {
    let rooms = part::<Rooms>(request)?;
    Ok(match (user(request), kind) {
        (None, _) => rooms.strangers.empty(limits::address(request)),
        (Some(user), BodyKind::Json) => rooms.users.empty(user),
        (Some(user), BodyKind::Document) => rooms.documents.empty(user),
    })
}

/// The room for the answer to a request, in the same way.
pub(crate) fn for_answer(request: &HttpRequest) -> Result<Room, Problem> {
    let rooms = part::<Rooms>(request)?;
    Ok(match user(request) {
        None => rooms.answers_to_strangers.empty(limits::address(request)),
        Some(user) => rooms.answers.empty(user),
    })
}

fn user(request: &HttpRequest) -> Option<String> {
    request.extensions().get::<Known>().and_then(Known::user)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part() -> Part {
        Part::of(Kind::Bodies, 4 * STEP, 3 * STEP)
    }

    #[test]
    fn nobody_holds_more_than_their_part_and_all_hold_no_more_than_there_is() {
        let part = part();
        let take = |who: &str, bytes: usize| {
            let mut room = part.empty(who.to_owned());
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
        assert!(part.held.lock().unwrap().is_empty());
        assert_eq!(part.room.available_permits(), part.units);
    }

    #[test]
    fn what_does_not_say_how_large_it_is_takes_room_as_it_comes() {
        let part = part();
        let mut room = part.empty("a".to_owned());
        room.grow(SMALL).unwrap();
        assert_eq!(room.bytes, 0);
        room.grow(SMALL + 1).unwrap();
        room.grow(STEP).unwrap();
        assert_eq!(room.bytes, STEP);
        room.grow(3 * STEP + 1).unwrap();
        assert_eq!((room.bytes, part.room.available_permits()), (4 * STEP, 0));
        assert_eq!(*part.held.lock().unwrap(), HashMap::from([("a".to_owned(), 4 * STEP)]));
        room.grow(5 * STEP).unwrap();
        drop(room);
        assert_eq!(part.room.available_permits(), part.units);
    }
}

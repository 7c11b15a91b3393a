//! Whoever sends requests without waiting for the answers (RFC 9112, section 9.3.2) has one of them taken at a time: the next is
//! read once the one before it is answered, and until then it stays with the client.
//!
//! The layers above take apart whatever they are given, and would make thousands of requests of what fits into their buffer. So they
//! are given one head, as much body as that head announces, and nothing more. A head has a limit of its own, and one that is no HTTP
//! is answered like any other that comes too often: late, and without a line in the log.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use futures_util::task::AtomicWaker;
use httparse::{EMPTY_HEADER, Request, Status, parse_chunk_size};
use memchr::memchr_iter;

/// The most bytes of a head, and so of what is kept of what comes before its time.
pub(super) const HEAD_BYTES: usize = 32 << 10;

/// As many fields as the layers above take.
const FIELDS: usize = 96;

/// The most bytes of the line that begins a chunk, and of the trailers after the last.
const CHUNK_LINE_BYTES: usize = 1 << 10;

/// What no parser takes for HTTP: whoever sent something like it is told so by the layers above.
const NO_HTTP: &[u8] = b"\0\r\n\r\n";

/// Tells a connection that its request was answered.
#[derive(Debug, Default)]
pub(super) struct Answered {
    is_so: AtomicBool,
    waker: AtomicWaker,
}

impl Answered {
    /// The answer is made.
    pub(super) fn now(&self) {
        self.is_so.store(true, Ordering::Release);
        self.waker.wake();
    }

    fn is_so(&self) -> bool {
        self.is_so.load(Ordering::Acquire)
    }

    /// Wakes whoever waits for the next request to be let in.
    pub(super) fn wake(&self) {
        self.waker.wake();
    }

    /// Whom to wake.
    pub(super) const fn waker(&self) -> &AtomicWaker {
        &self.waker
    }
}

/// Which part of what a client sends is handed on next.
#[derive(Debug)]
pub(super) struct Framing {
    /// What was read and is not handed on yet.
    ahead: BytesMut,
    awaits: Awaits,
}

#[derive(Debug, Clone, Copy)]
enum Awaits {
    /// A head, in the first bytes of which it does not end.
    Head { looked_at: usize },
    /// So much of what is known to belong to the request, and then what follows it.
    Bytes { left: u64, then: Then },
    /// The line that begins a chunk.
    Chunk,
    /// The trailers after the last chunk.
    Trailers,
    /// The answer.
    Answer,
    /// Nothing: what came was no HTTP.
    Nothing,
}

#[derive(Debug, Clone, Copy)]
enum Then {
    Answer,
    Chunk,
    Trailers,
}

/// What is to be done to go on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// These bytes are handed on.
    Hand(Bytes),
    /// So many bytes at most are handed on as they come.
    Pass(u64),
    /// More is to be read first.
    Read,
    /// The answer to what was handed on is waited for; with or without looking whether the client leaves.
    Wait { reading: bool },
    /// These bytes are handed on, late, and nothing after them.
    Refuse(Bytes),
    /// The connection is at its end.
    End,
}

impl Framing {
    pub(super) fn new() -> Self {
        Self { ahead: BytesMut::new(), awaits: Awaits::Head { looked_at: 0 } }
    }

    /// Takes what was read.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.ahead.extend_from_slice(bytes);
    }

    /// Whether a request would begin with what comes next.
    pub(super) const fn begins(&self) -> bool {
        matches!(self.awaits, Awaits::Head { .. } | Awaits::Answer)
    }

    /// So many of the bytes that were to be passed came.
    pub(super) fn passed(&mut self, count: u64) {
        if let Awaits::Bytes { left, .. } = &mut self.awaits {
            *left = left.saturating_sub(count);
        }
    }

    /// What is to be done next, giving at most so many bytes.
    pub(super) fn next(&mut self, answered: &Answered, most: usize) -> Next {
        loop {
            self.awaits = match self.awaits {
                Awaits::Nothing => return Next::End,
                Awaits::Bytes { left: 0, then } => match then {
                    Then::Answer => Awaits::Answer,
                    Then::Chunk => Awaits::Chunk,
                    Then::Trailers => Awaits::Trailers,
                },
                Awaits::Bytes { left, then } => {
                    if self.ahead.is_empty() {
                        return Next::Pass(left);
                    }
                    let count = self.ahead.len().min(most).min(usize::try_from(left).unwrap_or(usize::MAX));
                    let left = left.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
                    self.awaits = Awaits::Bytes { left, then };
                    return Next::Hand(self.first(count));
                }
                Awaits::Answer if answered.is_so() => Awaits::Head { looked_at: 0 },
                Awaits::Answer => return Next::Wait { reading: self.ahead.is_empty() },
                Awaits::Chunk => match parse_chunk_size(&self.ahead) {
                    Ok(Status::Complete((line, size))) => {
                        let line = u64::try_from(line).unwrap_or(u64::MAX);
                        match size {
                            0 => Awaits::Bytes { left: line, then: Then::Trailers },
                            // The line, the chunk, and the end of the line after it.
                            _ => Awaits::Bytes {
                                left: line.saturating_add(size).saturating_add(2),
                                then: Then::Chunk,
                            },
                        }
                    }
                    Ok(Status::Partial) if self.ahead.len() < CHUNK_LINE_BYTES => return Next::Read,
                    Ok(Status::Partial) | Err(_) => return self.refuse(),
                },
                Awaits::Trailers => match end_of_trailers(&self.ahead) {
                    Some(end) => Awaits::Bytes { left: end, then: Then::Answer },
                    None if self.ahead.len() < CHUNK_LINE_BYTES => return Next::Read,
                    None => return self.refuse(),
                },
                Awaits::Head { looked_at } => match self.head(looked_at) {
                    Head::Ends { length, then } => {
                        answered.is_so.store(false, Ordering::Release);
                        Awaits::Bytes { left: length, then }
                    }
                    Head::Goes { looked_at } if self.ahead.len() < HEAD_BYTES => {
                        self.awaits = Awaits::Head { looked_at };
                        return Next::Read;
                    }
                    Head::Goes { .. } | Head::IsNone => return self.refuse(),
                },
            };
        }
    }

    /// The next bytes of what was read.
    fn first(&mut self, count: usize) -> Bytes {
        let first = self.ahead.split_to(count).freeze();
        if self.ahead.is_empty() {
            // A connection that waits keeps no buffer.
            self.ahead = BytesMut::new();
        }
        first
    }

    fn refuse(&mut self) -> Next {
        (self.ahead, self.awaits) = (BytesMut::new(), Awaits::Nothing);
        Next::Refuse(Bytes::from_static(NO_HTTP))
    }

    /// Looks for the end of a head.
    fn head(&mut self, looked_at: usize) -> Head {
        // Empty lines before a request are passed over (RFC 9112, section 2.2).
        let empty = self.ahead.iter().take_while(|it| matches!(it, b'\r' | b'\n')).count();
        if empty > 0 && looked_at == 0 {
            drop(self.first(empty));
        }
        // The end may have begun in what was looked at before.
        let from = looked_at.saturating_sub(3);
        let ends = |at: usize| {
            let after = self.ahead.get(at.saturating_add(1)..).unwrap_or_default();
            after.starts_with(b"\n") || after.starts_with(b"\r\n")
        };
        let new = self.ahead.get(from..).unwrap_or_default();
        if !memchr_iter(b'\n', new).any(|at| ends(from.saturating_add(at))) {
            return Head::Goes { looked_at: self.ahead.len() };
        }
        let mut fields = [EMPTY_HEADER; FIELDS];
        let mut request = Request::new(&mut fields);
        match request.parse(&self.ahead) {
            Ok(Status::Complete(length)) if length > HEAD_BYTES => Head::IsNone,
            Ok(Status::Complete(length)) => {
                let length = u64::try_from(length).unwrap_or(u64::MAX);
                body(&request).map_or(Head::IsNone, |body| match body {
                    Body::Of(bytes) => {
                        Head::Ends { length: length.saturating_add(bytes), then: Then::Answer }
                    }
                    Body::InChunks => Head::Ends { length, then: Then::Chunk },
                })
            }
            Ok(Status::Partial) => Head::Goes { looked_at: self.ahead.len() },
            Err(_) => Head::IsNone,
        }
    }
}

enum Head {
    /// It is whole: with a body of known length so many bytes, and what follows them.
    Ends { length: u64, then: Then },
    /// It goes on after the bytes that were looked at.
    Goes { looked_at: usize },
    /// It is none.
    IsNone,
}

enum Body {
    Of(u64),
    InChunks,
}

/// The body that a head announces (RFC 9112, section 6.3); none where it says two things about it, or nothing that is understood.
fn body(request: &Request<'_, '_>) -> Option<Body> {
    let values = |name: &str| {
        let of_name = request.headers.iter().filter(|it| it.name.eq_ignore_ascii_case(name));
        of_name.map(|it| it.value.trim_ascii()).collect::<Vec<_>>()
    };
    match (&*values("transfer-encoding"), &*values("content-length")) {
        ([], []) => Some(Body::Of(0)),
        ([], [length]) if length.iter().all(u8::is_ascii_digit) => {
            std::str::from_utf8(length).ok()?.parse().ok().map(Body::Of)
        }
        ([coding], []) if coding.eq_ignore_ascii_case(b"chunked") => Some(Body::InChunks),
        _ => None,
    }
}

/// How many bytes the trailers take, with the empty line after them.
fn end_of_trailers(bytes: &[u8]) -> Option<u64> {
    let end = if bytes.starts_with(b"\r\n") {
        2
    } else {
        bytes.windows(4).position(|it| it == b"\r\n\r\n")?.saturating_add(4)
    };
    u64::try_from(end).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Hands on all that may be handed on of what was read.
    fn handed(framing: &mut Framing, answered: &Answered, most: usize) -> (Vec<u8>, Next) {
        let mut all = Vec::new();
        loop {
            match framing.next(answered, most) {
                Next::Hand(bytes) => all.extend_from_slice(&bytes),
                other => return (all, other),
            }
        }
    }

    const REQUESTS: [&[u8]; 6] = [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n\r\n\r\nG",
        b"POST /b HTTP/1.1\r\nhost: x\r\ntransfer-encoding: Chunked\r\n\r\n5;x=y\r\n\r\nGET\r\n1\r\nX\r\n0\r\n\r\n",
        b"POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nDigest: x\r\n\r\n",
        b"DELETE /d HTTP/1.1\nHost: x\n\n",
        b"PUT /e HTTP/1.0\r\nContent-Length: 0\r\n\r\n",
    ];

    #[test]
    fn of_a_hundred_requests_one_is_handed_on_until_it_is_answered() {
        let (mut framing, answered) = (Framing::new(), Answered::default());
        framing.take(&REQUESTS[0].repeat(100));
        for _ in 0..100 {
            let (bytes, next) = handed(&mut framing, &answered, 8_192);
            assert_eq!(bytes, REQUESTS[0]);
            assert!(matches!(next, Next::Wait { .. }));
            answered.now();
        }
        assert_eq!(handed(&mut framing, &answered, 8_192), (Vec::new(), Next::Read));
    }

    #[test]
    fn what_is_no_http_is_refused_whole() {
        let long = [&b"GET / HTTP/1.1\r\nx: "[..], &b"y".repeat(HEAD_BYTES)].concat();
        let bad: [&[u8]; 8] = [
            b"GET / HTTP/1.1\r\nBad Header: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            b"\x16\x03\x01\r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
            &long,
        ];
        for bytes in bad {
            let (mut framing, answered) = (Framing::new(), Answered::default());
            framing.take(bytes);
            framing.take(REQUESTS[0]);
            let told = String::from_utf8_lossy(bytes.get(..40.min(bytes.len())).unwrap()).into_owned();
            assert!(
                matches!(framing.next(&answered, 8_192), Next::Refuse(bytes) if bytes == NO_HTTP),
                "{told}"
            );
            assert_eq!(framing.next(&answered, 8_192), Next::End, "{told}");
        }
        let (mut framing, answered) = (Framing::new(), Answered::default());
        framing.take(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n");
        assert!(matches!(handed(&mut framing, &answered, 8_192).1, Next::Refuse(_)));
    }

    proptest! {
        /// However what a client sends is cut, and however little is taken at a time, each request is handed on as it was sent, and
        /// none before the one before it is answered.
        #[test]
        fn requests_are_handed_on_as_they_were_sent(
            chosen in prop::collection::vec(0..REQUESTS.len(), 1..6),
            cuts in prop::collection::vec(1_usize..40, 1..60),
            most in 1_usize..50,
        ) {
            let sent: Vec<u8> = chosen.iter().flat_map(|it| REQUESTS[*it].iter().copied()).collect();
            let (mut framing, answered) = (Framing::new(), Answered::default());
            let (mut rest, mut cuts) = (&sent[..], cuts.into_iter().cycle());
            let (mut now, mut seen) = (Vec::new(), Vec::new());
            loop {
                match framing.next(&answered, most) {
                    Next::Hand(bytes) => now.extend_from_slice(&bytes),
                    Next::Pass(left) => {
                        let count = rest.len().min(usize::try_from(left).unwrap()).min(most);
                        prop_assert!(count > 0);
                        now.extend_from_slice(&rest[..count]);
                        framing.passed(u64::try_from(count).unwrap());
                        rest = &rest[count..];
                    }
                    Next::Read if rest.is_empty() => break,
                    Next::Read => {
                        let count = rest.len().min(cuts.next().unwrap());
                        framing.take(&rest[..count]);
                        rest = &rest[count..];
                    }
                    Next::Wait { .. } => {
                        seen.push(std::mem::take(&mut now));
                        answered.now();
                    }
                    Next::Refuse(_) | Next::End => prop_assert!(false, "refused: {:?}", String::from_utf8_lossy(&sent)),
                }
            }
            let wanted: Vec<_> = chosen.iter().map(|it| REQUESTS[*it].to_vec()).collect();
            prop_assert_eq!(seen, wanted);
        }
    }
}

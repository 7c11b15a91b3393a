//! Connections whose client takes nothing of its answer are given up, and what was kept for them with them.
//!
//! The server's own layers know no time limit for writing: an answer that nobody reads would be kept for as long as its client
//! leaves the connection open. What clients send comes in request by request: see [`pipelining`](super::pipelining).

use std::{
    future::Future as _,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::rt::net::TcpStream;
use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

use crate::http::server::{
    connections::Place,
    middleware::TOLD_AFTER,
    pipelining::{Answered, Framing, Next},
};

/// How much is read at a time of what is not known yet to belong to a request.
const READ_AT_ONCE: usize = 4 << 10;

/// A connection.
#[derive(Debug)]
pub(super) struct Patient {
    stream: TcpStream,
    place: Place,
    patience: Duration,
    /// Runs while the client takes nothing of what waits for it.
    waiting: Option<Pin<Box<Sleep>>>,
    framing: Framing,
    answered: Arc<Answered>,
    /// What a client is told late, and until when it is not.
    late: Option<(Bytes, Pin<Box<Sleep>>)>,
}

impl Patient {
    /// A connection that waits so long for its client to take something.
    pub(super) fn new(stream: TcpStream, place: Place, patience: Duration) -> Self {
        Self {
            stream,
            place,
            patience,
            waiting: None,
            framing: Framing::new(),
            answered: Arc::default(),
            late: None,
        }
    }

    /// What is told that the request of this connection was answered.
    pub(super) fn answered(&self) -> Arc<Answered> {
        Arc::clone(&self.answered)
    }

    /// Reads more of what is not known yet to belong to a request; false at the end of what the client sends.
    fn read_more(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut bytes = [0; READ_AT_ONCE];
        let mut buffer = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer))?;
        let read = buffer.filled();
        self.framing.take(read);
        if !read.is_empty() {
            self.place.moved();
        }
        Poll::Ready(Ok(!read.is_empty()))
    }

    /// Gives a write up that has waited for too long.
    fn wait<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            if self.waiting.take().is_some() {
                self.answered.wake();
            }
            return written;
        }
        let patience = self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(patience)));
        match waiting.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { place, framing, answered, late, stream, waiting, .. } = &mut *self;
        place.stays(context)?;
        answered.waker().register(context.waker());
        if let Some((bytes, until)) = late {
            ready!(until.as_mut().poll(context));
            buffer.put_slice(bytes);
            *late = None;
            return Poll::Ready(Ok(()));
        }
        // Before what was answered is taken, nothing more is begun.
        if waiting.is_some() && framing.begins() {
            return Poll::Pending;
        }
        match framing.next(answered, buffer.remaining()) {
            Next::Hand(bytes) => {
                buffer.put_slice(&bytes);
                Poll::Ready(Ok(()))
            }
            Next::Pass(most) => {
                let before = buffer.filled().len();
                ready!(Pin::new(&mut stream.take(most)).poll_read(context, buffer))?;
                let read = buffer.filled().len().saturating_sub(before);
                if read > 0 {
                    place.moved();
                    framing.passed(u64::try_from(read).unwrap_or(u64::MAX));
                }
                Poll::Ready(Ok(()))
            }
            Next::Read => match ready!(self.read_more(context))? {
                true => self.poll_read(context, buffer),
                false => Poll::Ready(Ok(())),
            },
            // Whoever leaves meanwhile is noticed.
            Next::Wait { reading: true } => match ready!(self.read_more(context))? {
                true => Poll::Pending,
                false => Poll::Ready(Ok(())),
            },
            Next::Wait { reading: false } => Poll::Pending,
            Next::Refuse(bytes) => {
                *late = Some((bytes, Box::pin(sleep(TOLD_AFTER))));
                self.poll_read(context, buffer)
            }
            Next::End => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.place.stays(context)?;
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_ready() {
            self.place.moved();
        }
        self.wait(context, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

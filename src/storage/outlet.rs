//! Streams: what a unit of work finds, handed out piece by piece while it goes on looking.

use std::{future::Future, pin::Pin, task::Poll, time::Duration};

use futures_util::{
    FutureExt as _, StreamExt as _,
    future::FusedFuture as _,
    stream::{self, BoxStream, Peekable},
};
use tokio::{
    runtime::Handle,
    sync::mpsc::{self, Receiver, Sender},
};

use crate::storage::StorageError;

/// How many pieces wait to be taken. So a slow listener holds up the unit of work instead of filling the memory.
const WAITING: usize = 2;
/// How long a piece waits to be taken before the stream is given up: somebody who is in no hurry must not keep a
/// connection, and with it an old state of the database, for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a unit of work hands out what it finds.
#[derive(Debug)]
pub struct Outlet<T>(Sender<T>);

impl<T> Outlet<T> {
    /// Hands out a piece, and waits until there is room for the next.
    ///
    /// # Errors
    /// [`StorageError::NotRead`] where nobody listens any more, or nobody took a piece in time; the work should end then.
    pub fn tell(&self, piece: T) -> Result<(), StorageError> {
        // The unit of work has a thread of its own, which may wait.
        match Handle::current().block_on(tokio::time::timeout(PATIENCE, self.0.send(piece))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(StorageError::NotRead),
        }
    }
}

/// The pieces in their order. An error is the last: what came before it is cut short. To drop the stream ends the work.
pub type Pieces<T, E> = Peekable<BoxStream<'static, Result<T, E>>>;

pub(super) fn outlet<T>() -> (Outlet<T>, Receiver<T>) {
    let (sender, receiver) = mpsc::channel(WAITING);
    (Outlet(sender), receiver)
}

/// Runs some work for as long as somebody takes the pieces that it hands out.
///
/// # Errors
/// What fails before the first piece is told as a failure, not as a stream that is cut.
pub(super) async fn listen<T, E>(
    work: impl Future<Output = Result<(), E>> + Send + 'static,
    mut receiver: Receiver<T>,
) -> Result<Pieces<T, E>, E>
where
    T: Send + 'static,
    E: Send + 'static,
{
    let mut work = Box::pin(work.fuse());
    let mut failure = None;
    let pieces = stream::poll_fn(move |context| {
        if let Poll::Ready(Err(error)) = work.as_mut().poll(context) {
            failure = Some(error);
        }
        match receiver.poll_recv(context) {
            Poll::Ready(Some(piece)) => Poll::Ready(Some(Ok(piece))),
            // Nothing more comes; what the work failed with is told last.
            Poll::Ready(None) if work.is_terminated() => Poll::Ready(failure.take().map(Err)),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    });
    let mut pieces = pieces.boxed().peekable();
    match Pin::new(&mut pieces).next_if(|it: &Result<T, E>| it.is_err()).await {
        Some(Err(error)) => Err(error),
        Some(Ok(_)) | None => Ok(pieces),
    }
}

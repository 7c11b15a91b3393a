//! Streams: the results of a unit of work, delivered piece by piece while it runs.

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

/// How many pieces may be waiting. A slow reader holds up the unit of work instead of filling the memory.
const WAITING: usize = 2;
/// How long a piece may wait before the stream is abandoned: a slow reader must not hold a connection, and with it an old
/// snapshot of the database, for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// The sending side of a stream, for the unit of work.
#[derive(Debug)]
pub struct Outlet<T>(Sender<T>);

impl<T> Outlet<T> {
    /// Sends a piece, waiting until there is room for it.
    ///
    /// # Errors
    /// [`StorageError::NotRead`] if the reader went away, or did not take a piece in time; the work should end then.
    pub fn tell(&self, piece: T) -> Result<(), StorageError> {
        // The unit of work runs on a thread that may block.
        match Handle::current().block_on(tokio::time::timeout(PATIENCE, self.0.send(piece))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(StorageError::NotRead),
        }
    }
}

/// The pieces in order. An error is always last: the pieces before it are incomplete. Dropping the stream ends the work.
pub type Pieces<T, E> = Peekable<BoxStream<'static, Result<T, E>>>;

pub(super) fn outlet<T>() -> (Outlet<T>, Receiver<T>) {
    let (sender, receiver) = mpsc::channel(WAITING);
    (Outlet(sender), receiver)
}

/// Runs some work for as long as its pieces are read.
///
/// # Errors
/// A failure before the first piece is returned as an error, rather than as a truncated stream.
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
            // There are no more pieces; if the work failed, its error comes last.
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

//! Turns: how many requests of one caller are worked on at a time, so that whoever sends hundreds of them at once neither holds all
//! connections to the database nor has hundreds of answers made before anybody takes the first.
//!
//! The others of theirs wait, in the order in which they came. A turn is taken once the body was read, so that who sends slowly
//! keeps nobody waiting, and is over when the answer is made; that of an export when it was handed on. Whoever goes away before
//! that gets no other turn for it: the work that was begun for them keeps theirs until it ends.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use actix_web::{HttpMessage as _, HttpRequest, http::header::RETRY_AFTER};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::shell::{
    problem::{Code, Problem},
    registry::{HttpSettings, part},
};

/// The turns of each caller.
#[derive(Debug)]
pub(crate) struct Turns {
    at_once: usize,
    patience: Duration,
    of_callers: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// A caller's turn; its end lets the next request of theirs go on.
#[derive(Debug)]
pub(crate) struct Turn {
    _held: OwnedSemaphorePermit,
}

impl Turns {
    pub(crate) fn new(settings: &HttpSettings) -> Self {
        Self {
            at_once: settings.requests_at_once,
            // As long as a retry waits for the first request.
            patience: settings.timeout / 2,
            of_callers: Mutex::default(),
        }
    }

    /// Waits for a turn of a caller.
    async fn take(&self, caller: &str) -> Result<Turn, Problem> {
        let turns = {
            let mut all = self.of_callers.lock().unwrap_or_else(PoisonError::into_inner);
            let standing = all.get(caller).and_then(Weak::upgrade);
            standing.unwrap_or_else(|| {
                let turns = Arc::new(Semaphore::new(self.at_once));
                all.insert(caller.to_owned(), Arc::downgrade(&turns));
                turns
            })
        };
        match tokio::time::timeout(self.patience, turns.acquire_owned()).await {
            Ok(Ok(held)) => Ok(Turn { _held: held }),
            Ok(Err(closed)) => Err(Problem::internal(closed)),
            Err(_) => Err(Problem::new(Code::TooManyRequests)
                .saying(
                    "您同时发出的请求过多：每人至多同时办理 {at_once} 件，其余依次等候，本件等候已逾 {patience} 秒；请待先前的请求办完后，\
                     以同一 `Idempotency-Key` 重试。",
                    "Too many of your requests are under way: {at_once} of one caller are worked on at a time, the others wait, and this \
                     one has waited for {patience} seconds. Wait for the answers to the earlier ones, and try again, with the same \
                     Idempotency-Key.",
                )
                .put("at_once", self.at_once)
                .put("patience", self.patience.as_secs())
                .header(RETRY_AFTER, "2")),
        }
    }

    /// Forgets the callers of whom nothing is under way.
    pub(crate) fn drop_idle(&self) {
        let mut all = self.of_callers.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, it| it.strong_count() > 0);
    }
}

/// Waits for the turn of a caller, and keeps it with their request until that is answered. The work that is done for them keeps it
/// as well.
pub(crate) async fn wait(request: &HttpRequest, caller: &str) -> Result<Arc<Turn>, Problem> {
    let turn = Arc::new(part::<Turns>(request)?.take(caller).await?);
    request.extensions_mut().insert(Arc::clone(&turn));
    Ok(turn)
}

/// Takes the turn of a request from it, for an answer that is made while it is handed on.
pub(crate) fn kept(request: &HttpRequest) -> Option<Arc<Turn>> {
    request.extensions_mut().remove()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn so_many_of_one_caller_are_worked_on_and_the_others_wait_in_turn() {
        let turns = Turns { at_once: 2, patience: Duration::from_millis(20), of_callers: Mutex::default() };
        let (first, second) = (turns.take("a").await.unwrap(), turns.take("a").await.unwrap());
        assert_eq!(turns.take("a").await.unwrap_err().to_string(), "too_many_requests");
        drop(turns.take("b").await.unwrap());
        turns.drop_idle();
        assert_eq!(turns.of_callers.lock().unwrap().len(), 1);
        drop(first);
        let third = turns.take("a").await.unwrap();
        drop((second, third));
        turns.drop_idle();
        assert!(turns.of_callers.lock().unwrap().is_empty());
    }
}

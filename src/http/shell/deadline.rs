//! Until when a request must be answered. Whoever has shown a token and brings a large file over a slow link puts it off for
//! as long as enough of it comes in.

use std::{cell::Cell, rc::Rc, time::Duration};

use tokio::time::Instant;

/// The deadline of a request, laid beside it.
#[derive(Debug, Clone)]
pub(crate) struct Deadline {
    limit: Duration,
    at: Rc<Cell<Instant>>,
}

impl Deadline {
    /// That of a request which comes now.
    pub(crate) fn within(limit: Duration) -> Self {
        Self { limit, at: Rc::new(Cell::new(Instant::now() + limit)) }
    }

    /// Counts from now on again.
    pub(crate) fn put_off(&self) {
        self.at.set(Instant::now() + self.limit);
    }

    /// Waits for an answer until the deadline, as it stands then; none where it has passed.
    pub(crate) async fn hold<T>(&self, answer: impl Future<Output = T>) -> Option<T> {
        let mut answer = std::pin::pin!(answer);
        loop {
            let until = self.at.get();
            match tokio::time::timeout_at(until, &mut answer).await {
                Ok(answer) => return Some(answer),
                Err(_) if self.at.get() > until => {}
                Err(_) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_deadline_that_is_put_off_holds_anew() {
        let deadline = Deadline::within(Duration::from_millis(200));
        let put_off = deadline.clone();
        let long = async move {
            for _ in 0..4 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                put_off.put_off();
            }
        };
        assert!(deadline.hold(long).await.is_some());
        assert!(deadline.hold(std::future::pending::<()>()).await.is_none());
    }
}

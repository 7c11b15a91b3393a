//! How many connections are open at a time. A new one is always taken: where there would be too many, the one on which nothing has
//! moved for longest is closed, of the address that has the most of them.
//!
//! So nobody keeps others out by opening connections and sending nothing, and the registry never runs out of descriptors, without
//! which it could not open its own files.

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::Context,
    time::Instant,
};

use futures_util::task::AtomicWaker;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The connections of a server.
#[derive(Debug)]
pub(super) struct Connections {
    most: usize,
    since: Instant,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    count: usize,
    by_address: HashMap<String, HashMap<u64, Arc<Movement>>>,
}

/// When something last moved on a connection, and whether it is to be closed.
#[derive(Debug, Default)]
struct Movement {
    /// In milliseconds of the server's time.
    last: AtomicU64,
    is_over: AtomicBool,
    waker: AtomicWaker,
}

/// The place of one connection among them.
#[derive(Debug)]
pub(super) struct Place {
    all: Arc<Connections>,
    address: String,
    number: u64,
    movement: Arc<Movement>,
}

/// Descriptors that are left for everything else: the database, documents, the log.
const LEFT: u64 = 256;

impl Connections {
    /// At most so many, as far as the system gives that many descriptors.
    pub(super) fn new(wanted: usize) -> Arc<Self> {
        Self::at_most(wanted.min(descriptors(wanted)).max(1))
    }

    fn at_most(most: usize) -> Arc<Self> {
        Arc::new(Self { most, since: Instant::now(), open: Mutex::default() })
    }

    /// Takes a connection of an address.
    pub(super) fn take(self: &Arc<Self>, address: String) -> Place {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        while open.count >= self.most && open.close_one() {}
        let number = open.next;
        open.next = number.wrapping_add(1);
        open.count = open.count.saturating_add(1);
        let movement = Arc::new(Movement { last: AtomicU64::new(self.now()), ..Movement::default() });
        open.by_address.entry(address.clone()).or_default().insert(number, Arc::clone(&movement));
        drop(open);
        Place { all: Arc::clone(self), address, number, movement }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Open {
    /// Closes the quietest connection of the address that has the most; false where there is none.
    fn close_one(&mut self) -> bool {
        let most = self.by_address.iter().max_by_key(|(_, of_one)| of_one.len());
        let Some((address, of_one)) = most else { return false };
        let quietest = of_one.iter().min_by_key(|(_, it)| it.last.load(Ordering::Relaxed));
        let Some((number, movement)) = quietest else { return false };
        movement.is_over.store(true, Ordering::Release);
        movement.waker.wake();
        let (address, number) = (address.clone(), *number);
        self.remove(&address, number);
        true
    }

    fn remove(&mut self, address: &str, number: u64) {
        let Some(of_one) = self.by_address.get_mut(address) else { return };
        if of_one.remove(&number).is_some() {
            self.count = self.count.saturating_sub(1);
        }
        if of_one.is_empty() {
            self.by_address.remove(address);
        }
    }
}

impl Place {
    /// Writes down that something moved.
    pub(super) fn moved(&self) {
        self.movement.last.store(self.all.now(), Ordering::Relaxed);
    }

    /// Whether it may stay open; it is woken where that changes.
    ///
    /// # Errors
    /// Where it has to make room for another.
    pub(super) fn stays(&self, context: &Context<'_>) -> io::Result<()> {
        self.movement.waker.register(context.waker());
        match self.movement.is_over.load(Ordering::Acquire) {
            true => Err(io::ErrorKind::ConnectionAborted.into()),
            false => Ok(()),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.all.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.address, self.number);
    }
}

/// How many connections there are descriptors for. The limit is raised as far as it may be, and as so many need it.
fn descriptors(wanted: usize) -> usize {
    let needed = u64::try_from(wanted).unwrap_or(u64::MAX).saturating_add(LEFT);
    let limit = getrlimit(Resource::Nofile);
    let raised = limit.maximum.map_or(needed, |most| most.min(needed));
    let now = match limit.current {
        Some(now) if now < raised => {
            let set = setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum });
            if set.is_ok() { raised } else { now }
        }
        now => now.unwrap_or(u64::MAX),
    };
    usize::try_from(now.saturating_sub(LEFT)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::{task::Waker, thread::sleep, time::Duration};

    use super::*;

    #[test]
    fn the_quietest_of_whoever_has_the_most_makes_room() {
        let connections = Connections::at_most(4);
        let take = |address: &str| {
            sleep(Duration::from_millis(3));
            connections.take(address.to_owned())
        };
        let context = Context::from_waker(Waker::noop());
        let stay = |of: &[&Place]| of.iter().map(|it| it.stays(&context).is_ok()).collect::<Vec<_>>();
        let (other, first, second, third) = (take("b"), take("a"), take("a"), take("a"));
        sleep(Duration::from_millis(3));
        first.moved();
        assert_eq!(stay(&[&other, &first, &second, &third]), [true; 4]);
        let more = take("c");
        assert_eq!(stay(&[&other, &first, &second, &third, &more]), [true, true, false, true, true]);
        drop((second, third));
        let another = take("b");
        assert_eq!(stay(&[&other, &first, &more, &another]), [true; 4]);
        drop((other, first, more, another));
        let open = connections.open.lock().unwrap();
        assert_eq!((open.count, open.by_address.len()), (0, 0));
    }
}

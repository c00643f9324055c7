//! Lets a fixed number of calls run at once and a fixed number wait, first come first served.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use crate::Error;

#[derive(Debug)]
pub(crate) struct Gate {
    places: Arc<Semaphore>,
    concurrent: usize,
    queue: Arc<AtomicUsize>,
    queue_limit: usize,
}

/// A place among the running calls, given back on drop.
#[derive(Debug)]
pub(crate) struct Place(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl Gate {
    pub(crate) fn new(concurrent: usize, queue_limit: usize) -> Self {
        let places = Arc::new(Semaphore::new(concurrent));
        Self { places, concurrent, queue: Arc::default(), queue_limit }
    }

    /// Returns a place, waiting for one until `until` where the queue has room; else [`Error::Busy`].
    pub(crate) async fn enter(&self, until: Instant) -> Result<Place, Error> {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(Place(permit));
        }
        let _waiting = Waiting::join(&self.queue, self.queue_limit).ok_or(Error::Busy)?;
        match timeout_at(until, Arc::clone(&self.places).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Place(permit)),
            Ok(Err(_closed)) => Err(Error::Busy),
            Err(_elapsed) => Err(Error::Busy),
        }
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.concurrent.saturating_sub(self.places.available_permits())
    }

    pub(crate) fn waiting(&self) -> usize {
        self.queue.load(Ordering::Relaxed)
    }
}

struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    fn join(queue: &Arc<AtomicUsize>, limit: usize) -> Option<Self> {
        queue
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |waiting| {
                (waiting < limit).then_some(waiting + 1)
            })
            .ok()?;
        Some(Self(Arc::clone(queue)))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn callers_beyond_the_queue_are_refused_at_once() {
        let gate = Arc::new(Gate::new(1, 1));
        let start = Instant::now();
        let until = start + Duration::from_secs(5);
        let place = gate.enter(until).await.unwrap();
        let second = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.enter(until).await }
        });
        tokio::task::yield_now().await;
        assert_eq!((gate.in_flight(), gate.waiting()), (1, 1));
        assert_eq!(gate.enter(until).await.unwrap_err(), Error::Busy);
        assert_eq!(start.elapsed(), Duration::ZERO);
        drop(place);
        assert!(second.await.unwrap().is_ok());
        assert_eq!((gate.in_flight(), gate.waiting()), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_at_its_deadline() {
        let gate = Gate::new(1, 1);
        let start = Instant::now();
        let _place = gate.enter(start).await.unwrap();
        assert_eq!(gate.enter(start + Duration::from_secs(5)).await.unwrap_err(), Error::Busy);
        assert_eq!(start.elapsed(), Duration::from_secs(5));
        assert_eq!(gate.waiting(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_who_leaves_the_queue_makes_room() {
        let gate = Arc::new(Gate::new(1, 1));
        let until = Instant::now() + Duration::from_secs(5);
        let _place = gate.enter(until).await.unwrap();
        let second = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.enter(until).await.map(drop) }
        });
        tokio::task::yield_now().await;
        second.abort();
        let _ = second.await;
        assert_eq!(gate.waiting(), 0);
    }
}

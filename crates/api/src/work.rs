//! Work that keeps a processor busy, beside the threads that answer requests (threat A6).
//!
//! Reading samples, judging texts and composing take milliseconds to seconds of one core. Done where requests are
//! answered, one tenant's large text would hold up everybody's. Who waits for a worker is served in turns of tenants,
//! so that a tenant with much to do holds up only itself.

use std::time::Duration;

use domain::{
    ids::TenantId,
    problem::{Code, LimitReached, Problem},
};
use llm::fair::{Places, Refused, Room};
use tokio::{task, time::Instant};

use crate::error::Error;

/// How long work usually waits for a free core before its request is told to come back.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// How many pieces of work wait at most, and how many of one tenant.
const WAITING: usize = 1024;
const WAITING_EACH: usize = 64;

/// Runs work on threads of its own.
pub(crate) struct Workers {
    places: Places,
    patience: Duration,
}

impl Workers {
    /// Returns so many workers, for whom work waits so long.
    pub(crate) fn new(workers: usize, patience: Duration) -> Self {
        Self::with(Room { places: workers, waiting: WAITING, waiting_each: WAITING_EACH }, patience)
    }

    fn with(room: Room, patience: Duration) -> Self {
        Self { places: Places::new(room), patience }
    }

    /// Runs `work` for `tenant` and returns what it returns; `concurrency-limited` when too much of this tenant waits,
    /// `overloaded` when no worker gets free in time.
    ///
    /// Work that began is done to its end, also when nobody waits for it any more: until then its worker is not free.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        tenant: TenantId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.turns(tenant).run(work).await
    }

    /// Returns how many pieces of work run, and how many wait.
    pub(crate) fn busy(&self) -> (usize, usize) {
        (self.places.running(), self.places.waiting())
    }

    /// Returns the turns of one request whose work comes in pieces: between two of them others have theirs.
    pub(crate) const fn turns(&self, tenant: TenantId) -> Turns<'_> {
        Turns { workers: self, tenant, patience: self.patience }
    }
}

/// The turns of one request. It waits for all of them together as long as another does for its only one.
pub(crate) struct Turns<'a> {
    workers: &'a Workers,
    tenant: TenantId,
    patience: Duration,
}

impl Turns<'_> {
    /// Runs the next piece, as [`Workers::run`] does.
    pub(crate) async fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let began = Instant::now();
        let caller = self.tenant.uuid().as_u128();
        let place = self.workers.places.enter(caller, began + self.patience).await.map_err(refusal)?;
        self.patience = self.patience.saturating_sub(began.elapsed());
        let done = task::spawn_blocking(move || {
            let result = work();
            drop(place);
            result
        });
        done.await.map_err(|_| Error::Fault("a worker panicked"))
    }
}

/// Returns how many work at once on this machine: as many as it has cores but one, which answers requests.
pub(crate) fn usual_workers() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    (cores - 1).max(1)
}

fn refusal(refused: Refused) -> Error {
    match refused {
        Refused::CallerFull => {
            let detail = "too many of your requests wait to be worked on; send fewer at the same time";
            let limit = LimitReached { scope: "tenant".to_owned(), policy: "work".to_owned(), reset: 1 };
            Problem { limit: Some(limit), ..Problem::new(Code::ConcurrencyLimited).detail(detail) }.into()
        }
        Refused::Full | Refused::TooLate => Error::code(Code::Overloaded),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures_util::future::join_all;

    use super::*;

    fn one_worker(waiting_each: usize, patience: Duration) -> Workers {
        Workers::with(Room { places: 1, waiting: 100, waiting_each }, patience)
    }

    fn tenant(seed: u128) -> TenantId {
        TenantId::from_uuid(uuid::Uuid::from_u128(seed))
    }

    #[tokio::test]
    async fn who_waits_too_long_is_told_to_come_back() {
        let workers = one_worker(1, Duration::from_millis(20));
        let (finish, finished) = mpsc::channel::<()>();
        let (began, begins) = tokio::sync::oneshot::channel();
        let busy = workers.run(tenant(1), move || {
            began.send(()).unwrap();
            finished.recv().unwrap();
            7
        });
        let other = async {
            begins.await.unwrap();
            let (refused, full) = tokio::join!(workers.run(tenant(1), || 8), workers.run(tenant(1), || 9));
            assert_eq!(refused.unwrap_err().problem().code, Code::Overloaded);
            assert_eq!(full.unwrap_err().problem().code, Code::ConcurrencyLimited);
            finish.send(()).unwrap();
        };
        let (first, ()) = tokio::join!(busy, other);
        assert_eq!(first.unwrap(), 7);
        assert_eq!(workers.run(tenant(1), || 8).await.unwrap(), 8);
    }

    #[tokio::test]
    async fn a_tenant_with_fifty_waiting_holds_up_another_by_one() {
        let workers = one_worker(60, Duration::from_secs(60));
        let (finish, finished) = mpsc::channel::<()>();
        let (done, order) = mpsc::channel::<u32>();
        let busy = workers.run(tenant(1), move || finished.recv().unwrap());
        let crowd = join_all((0..50).map(|name| {
            let done = done.clone();
            workers.run(tenant(1), move || done.send(name).unwrap())
        }));
        let single = workers.run(tenant(2), {
            let done = done.clone();
            move || done.send(1000).unwrap()
        });
        let free = async {
            while workers.places.waiting() < 51 {
                tokio::task::yield_now().await;
            }
            finish.send(()).unwrap();
        };
        let (..) = tokio::join!(busy, crowd, single, free);
        let served: Vec<u32> = order.try_iter().collect();
        assert_eq!((&served[..3], served.len()), (&[0, 1000, 1][..], 51));
    }

    #[tokio::test]
    async fn large_work_in_pieces_holds_up_another_by_one_piece() {
        const POSTS: u32 = 8;
        const PIECES: u32 = 50;
        let workers = one_worker(60, Duration::from_secs(60));
        let (finish, finished) = mpsc::channel::<()>();
        let (done, order) = mpsc::channel::<u32>();
        let busy = workers.run(tenant(1), move || finished.recv().unwrap());
        let crowd = join_all((0..POSTS).map(|post| {
            let (done, mut turns) = (done.clone(), workers.turns(tenant(1)));
            async move {
                for _ in 0..PIECES {
                    let done = done.clone();
                    turns.run(move || done.send(post).unwrap()).await.unwrap();
                }
            }
        }));
        let single = workers.run(tenant(2), {
            let done = done.clone();
            move || done.send(1000).unwrap()
        });
        let free = async {
            while workers.places.waiting() <= POSTS as usize {
                tokio::task::yield_now().await;
            }
            finish.send(()).unwrap();
        };
        let (..) = tokio::join!(busy, crowd, single, free);
        let served: Vec<u32> = order.try_iter().collect();
        assert_eq!((&served[..2], served.len()), (&[0, 1000][..], (POSTS * PIECES) as usize + 1));
    }

    #[tokio::test]
    async fn turns_wait_together_as_long_as_one_alone() {
        let workers = one_worker(1, Duration::from_secs(5));
        let mut turns = workers.turns(tenant(1));
        assert_eq!(turns.run(|| 1).await.unwrap(), 1);
        turns.patience = Duration::ZERO;
        let (finish, finished) = mpsc::channel::<()>();
        let (began, begins) = tokio::sync::oneshot::channel();
        let busy = workers.run(tenant(2), move || {
            began.send(()).unwrap();
            finished.recv().unwrap();
        });
        let late = async {
            begins.await.unwrap();
            assert_eq!(turns.run(|| 2).await.unwrap_err().problem().code, Code::Overloaded);
            finish.send(()).unwrap();
        };
        let (..) = tokio::join!(busy, late);
    }

    #[tokio::test]
    async fn work_that_panics_costs_its_own_request_only() {
        let workers = one_worker(1, Duration::from_secs(5));
        let broken = workers.run(tenant(1), || panic!("row 17 of table x")).await.map(|()| 0);
        assert_eq!(broken.unwrap_err().problem().code, Code::Internal);
        assert_eq!(workers.run(tenant(1), || 8).await.unwrap(), 8);
    }
}

//! Work that keeps a processor busy, beside the threads that answer requests (threat A6).
//!
//! Reading samples, judging texts and composing take milliseconds to seconds of one core. Done where requests are
//! answered, one tenant's large text would hold up everybody's.

use std::{sync::Arc, time::Duration};

use domain::problem::Code;
use tokio::{sync::Semaphore, task, time};

use crate::error::Error;

/// How long work waits for a free core before its request is told to come back.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs work on threads of its own, on all cores but one.
pub(crate) struct Workers {
    free: Arc<Semaphore>,
    patience: Duration,
}

impl Workers {
    /// Returns workers for this machine.
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::with((cores - 1).max(1), PATIENCE)
    }

    fn with(count: usize, patience: Duration) -> Self {
        Self { free: Arc::new(Semaphore::new(count)), patience }
    }

    /// Runs `work` and returns what it returns; `overloaded` when no worker gets free in time.
    ///
    /// Work that began is done to its end, also when nobody waits for it any more: until then its worker is not free.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let Ok(Ok(permit)) = time::timeout(self.patience, Arc::clone(&self.free).acquire_owned()).await
        else {
            return Err(Error::code(Code::Overloaded));
        };
        let done = task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        done.await.map_err(|_| Error::Fault("a worker panicked"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn who_waits_too_long_is_told_to_come_back() {
        let workers = Workers::with(1, Duration::from_millis(20));
        let (finish, finished) = mpsc::channel::<()>();
        let (began, begins) = tokio::sync::oneshot::channel();
        let busy = workers.run(move || {
            began.send(()).unwrap();
            finished.recv().unwrap();
            7
        });
        let other = async {
            begins.await.unwrap();
            let refused = workers.run(|| 8).await.unwrap_err();
            assert_eq!(refused.problem().code, Code::Overloaded);
            finish.send(()).unwrap();
        };
        let (first, ()) = tokio::join!(busy, other);
        assert_eq!(first.unwrap(), 7);
        assert_eq!(workers.run(|| 8).await.unwrap(), 8);
    }

    #[tokio::test]
    async fn work_that_panics_costs_its_own_request_only() {
        let workers = Workers::with(1, Duration::from_secs(5));
        let broken = workers.run(|| panic!("row 17 of table x")).await.map(|()| 0);
        assert_eq!(broken.unwrap_err().problem().code, Code::Internal);
        assert_eq!(workers.run(|| 8).await.unwrap(), 8);
    }
}

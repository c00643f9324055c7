//! The retry budget: how many second tries all calls together may make, and how long each waits.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::clock::Entropy;
use tokio::time::Instant;

use crate::settings;

/// Counts calls and retries over a sliding window, in slices of a tenth of it.
pub(crate) struct Budget {
    settings: settings::Retry,
    entropy: Arc<dyn Entropy>,
    slices: Mutex<VecDeque<Slice>>,
}

#[derive(Clone, Copy)]
struct Slice {
    began: Instant,
    calls: u64,
    retries: u64,
}

impl Budget {
    pub(crate) fn new(settings: settings::Retry, entropy: Arc<dyn Entropy>) -> Self {
        Self { settings, entropy, slices: Mutex::default() }
    }

    /// Counts a call, which earns a part of a retry.
    pub(crate) fn deposit(&self, now: Instant) {
        self.with_current(now, |slices| {
            if let Some(slice) = slices.back_mut() {
                slice.calls += 1;
            }
        });
    }

    /// Returns how long to wait before try `tries + 1` (`tries` were made), and spends a retry;
    /// `None` when the request or the budget has no more, or when it could not begin before `deadline`.
    pub(crate) fn withdraw(
        &self,
        now: Instant,
        tries: u32,
        retry_after: Option<Duration>,
        deadline: Instant,
    ) -> Option<Duration> {
        if tries > self.settings.per_request {
            return None;
        }
        let wait = self.backoff(tries).max(retry_after.unwrap_or_default());
        if now.checked_add(wait)? >= deadline {
            return None;
        }
        self.with_current(now, |slices| {
            let calls: u64 = slices.iter().map(|slice| slice.calls).sum();
            let retries: u64 = slices.iter().map(|slice| slice.retries).sum();
            let allowed = u64::from(self.settings.minimum) + calls * u64::from(self.settings.percent) / 100;
            let slice = slices.back_mut().filter(|_| retries < allowed)?;
            slice.retries += 1;
            Some(wait)
        })
    }

    /// "Equal jitter": half of the doubled wait is fixed, half is random, so that callers who failed
    /// together do not come back together.
    fn backoff(&self, tries: u32) -> Duration {
        let ceiling = self.settings.backoff.saturating_mul(1 << tries.saturating_sub(1).min(6));
        let mut bytes = [0; 4];
        self.entropy.fill(&mut bytes);
        let share = f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX);
        ceiling / 2 + (ceiling / 2).mul_f64(share)
    }

    fn with_current<T>(&self, now: Instant, change: impl FnOnce(&mut VecDeque<Slice>) -> T) -> T {
        let mut slices = self.slices.lock().unwrap_or_else(PoisonError::into_inner);
        let window = self.settings.window;
        while slices.front().is_some_and(|slice| now.saturating_duration_since(slice.began) >= window) {
            slices.pop_front();
        }
        if slices.back().is_none_or(|slice| now.saturating_duration_since(slice.began) >= window / 10) {
            slices.push_back(Slice { began: now, calls: 0, retries: 0 });
        }
        change(&mut slices)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    fn budget(entropy: u8) -> Budget {
        let settings = settings::Retry {
            per_request: 2,
            percent: 10,
            minimum: 2,
            window: 60 * SECOND,
            backoff: Duration::from_millis(400),
        };
        Budget::new(settings, Arc::new(Fixed(entropy)))
    }

    #[tokio::test(start_paused = true)]
    async fn retries_stay_within_a_tenth_of_the_calls_and_the_minimum() {
        let (budget, now) = (budget(0), Instant::now());
        let mut retries = 0;
        for _ in 0..1000 {
            budget.deposit(now);
            retries += u32::from(budget.withdraw(now, 1, None, now + SECOND).is_some());
        }
        assert_eq!(retries, 2 + 100);
    }

    #[tokio::test(start_paused = true)]
    async fn the_budget_comes_back_after_its_window() {
        let (budget, now) = (budget(0), Instant::now());
        budget.deposit(now);
        for _ in 0..2 {
            assert!(budget.withdraw(now, 1, None, now + SECOND).is_some());
        }
        let almost = now + 59 * SECOND;
        assert!(budget.withdraw(almost, 1, None, almost + SECOND).is_none());
        let later = now + 60 * SECOND;
        assert!(budget.withdraw(later, 1, None, later + SECOND).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn one_request_is_retried_only_so_often() {
        let (budget, now) = (budget(0), Instant::now());
        assert!(budget.withdraw(now, 2, None, now + 5 * SECOND).is_some());
        assert!(budget.withdraw(now, 3, None, now + 5 * SECOND).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_doubles_and_is_jittered() {
        let (now, deadline) = (Instant::now(), Instant::now() + 60 * SECOND);
        let wait = |entropy, tries| budget(entropy).withdraw(now, tries, None, deadline).unwrap().as_millis();
        assert_eq!((wait(0, 1), wait(255, 1)), (200, 400));
        assert_eq!((wait(0, 2), wait(255, 2)), (400, 800));
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_is_honoured_within_the_deadline_and_costs_nothing_beyond() {
        let (budget, now) = (budget(0), Instant::now());
        for _ in 0..5 {
            assert_eq!(budget.withdraw(now, 1, Some(3 * SECOND), now + 3 * SECOND), None);
        }
        assert_eq!(budget.withdraw(now, 1, Some(3 * SECOND), now + 4 * SECOND), Some(3 * SECOND));
    }
}

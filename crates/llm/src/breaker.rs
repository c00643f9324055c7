//! The circuit breaker: leaves a failing provider alone, then tries it with one call at a time.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::settings;

/// Whether the provider is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Every call goes through.
    Closed,
    /// No call goes through.
    Open,
    /// One trial call goes through at a time; its end decides.
    HalfOpen,
}

impl State {
    /// Returns `closed`, `open` or `half-open`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }
}

/// A circuit breaker shared by all calls to one provider.
#[derive(Debug)]
pub(crate) struct Breaker {
    settings: settings::Breaker,
    inner: Mutex<Inner>,
}

/// How a provider failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It answered badly, or could not be reached: that is soon known.
    Answer,
    /// It was silent until a deadline.
    Silence,
}

#[derive(Debug)]
struct Inner {
    phase: Phase,
    /// Failures in a row, of all kinds.
    consecutive: u32,
    /// Silences in a row.
    silent: u32,
    window: Window,
    /// Counts openings, so that the end of a call let through before one says nothing about the time after.
    era: u64,
}

#[derive(Debug)]
enum Phase {
    Closed,
    Open { until: Instant, lasted: Duration },
    HalfOpen { trial: bool, lasted: Duration },
}

/// Outcomes since `since`; begun anew when older than the window.
#[derive(Debug)]
struct Window {
    since: Instant,
    calls: u32,
    failures: u32,
}

impl Breaker {
    pub(crate) fn new(settings: settings::Breaker, now: Instant) -> Arc<Self> {
        let window = Window { since: now, calls: 0, failures: 0 };
        let inner = Inner { phase: Phase::Closed, consecutive: 0, silent: 0, window, era: 0 };
        Arc::new(Self { settings, inner: Mutex::new(inner) })
    }

    /// Returns a pass for one attempt, or the time until the next trial.
    pub(crate) fn enter(self: &Arc<Self>, now: Instant) -> Result<Pass, Duration> {
        let mut inner = self.lock();
        match inner.phase {
            Phase::Closed => {}
            Phase::Open { until, .. } if now < until => return Err(until - now),
            Phase::Open { lasted, .. } | Phase::HalfOpen { trial: false, lasted } => {
                inner.phase = Phase::HalfOpen { trial: true, lasted };
            }
            Phase::HalfOpen { trial: true, lasted } => return Err(lasted),
        }
        Ok(Pass { breaker: Arc::clone(self), era: inner.era, open: true })
    }

    /// Returns the state at `now`, and how long it stays open.
    pub(crate) fn state(&self, now: Instant) -> (State, Option<Duration>) {
        match self.lock().phase {
            Phase::Closed => (State::Closed, None),
            Phase::Open { until, .. } if now < until => (State::Open, Some(until - now)),
            Phase::Open { .. } | Phase::HalfOpen { .. } => (State::HalfOpen, None),
        }
    }

    fn succeeded(&self, era: u64, now: Instant) {
        let mut inner = self.lock();
        if inner.era != era {
            return;
        }
        (inner.consecutive, inner.silent) = (0, 0);
        if let Phase::HalfOpen { .. } = inner.phase {
            inner.phase = Phase::Closed;
            inner.window = Window { since: now, calls: 0, failures: 0 };
        }
        inner.count(now, self.settings.window, false);
    }

    fn failed(&self, era: u64, failure: Failure, now: Instant) {
        let mut inner = self.lock();
        if inner.era != era {
            return;
        }
        let settings = &self.settings;
        let first = match failure {
            Failure::Answer => settings.open_for,
            Failure::Silence => settings.open_for.max(settings.open_for_silence),
        };
        if let Phase::HalfOpen { lasted, .. } = inner.phase {
            inner.open(now, (lasted * 2).max(first).min(settings.open_for_at_most));
            return;
        }
        inner.consecutive += 1;
        inner.silent = if failure == Failure::Silence { inner.silent + 1 } else { 0 };
        inner.count(now, settings.window, true);
        let Window { calls, failures, .. } = inner.window;
        let too_many = calls >= settings.calls
            && u64::from(failures) * 100 >= u64::from(calls) * u64::from(settings.percent);
        if inner.consecutive >= settings.consecutive || inner.silent >= settings.silent || too_many {
            inner.open(now, first.min(settings.open_for_at_most));
        }
    }

    /// A call that tells nothing: a trial that was cancelled lets the next caller try.
    fn abandoned(&self, era: u64) {
        let mut inner = self.lock();
        if inner.era != era {
            return;
        }
        if let Phase::HalfOpen { lasted, .. } = inner.phase {
            inner.phase = Phase::HalfOpen { trial: false, lasted };
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every write above leaves the state whole, so a panic elsewhere does not spoil it.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn open(&mut self, now: Instant, lasts: Duration) {
        self.phase = Phase::Open { until: now + lasts, lasted: lasts };
        (self.consecutive, self.silent) = (0, 0);
        self.window = Window { since: now, calls: 0, failures: 0 };
        self.era += 1;
    }

    fn count(&mut self, now: Instant, length: Duration, failure: bool) {
        if now.saturating_duration_since(self.window.since) > length {
            self.window = Window { since: now, calls: 0, failures: 0 };
        }
        self.window.calls += 1;
        self.window.failures += u32::from(failure);
    }
}

/// Leave for one attempt; must be told how it ended, else it counts as neither.
#[derive(Debug)]
pub(crate) struct Pass {
    breaker: Arc<Breaker>,
    era: u64,
    open: bool,
}

impl Pass {
    pub(crate) fn succeed(mut self, now: Instant) {
        self.open = false;
        self.breaker.succeeded(self.era, now);
    }

    pub(crate) fn fail(mut self, failure: Failure, now: Instant) {
        self.open = false;
        self.breaker.failed(self.era, failure, now);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.open {
            self.breaker.abandoned(self.era);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn breaker(now: Instant) -> Arc<Breaker> {
        let settings = settings::Breaker {
            consecutive: 3,
            silent: 2,
            percent: 50,
            calls: 10,
            window: 30 * SECOND,
            open_for: 5 * SECOND,
            open_for_silence: 12 * SECOND,
            open_for_at_most: 15 * SECOND,
        };
        Breaker::new(settings, now)
    }

    fn fail(breaker: &Arc<Breaker>, now: Instant, times: usize) {
        for _ in 0..times {
            breaker.enter(now).unwrap().fail(Failure::Answer, now);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn failures_in_a_row_open_it() {
        let now = Instant::now();
        let breaker = breaker(now);
        fail(&breaker, now, 2);
        assert_eq!(breaker.state(now), (State::Closed, None));
        fail(&breaker, now, 1);
        assert_eq!(breaker.state(now), (State::Open, Some(5 * SECOND)));
        assert_eq!(breaker.enter(now + 2 * SECOND).unwrap_err(), 3 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn fewer_silences_open_it_for_longer() {
        let now = Instant::now();
        let breaker = breaker(now);
        let silent = |now| breaker.enter(now).unwrap().fail(Failure::Silence, now);
        silent(now);
        fail(&breaker, now, 1);
        assert_eq!(breaker.state(now).0, State::Closed, "they were not in a row");
        breaker.enter(now).unwrap().succeed(now);
        silent(now);
        silent(now);
        assert_eq!(breaker.state(now), (State::Open, Some(12 * SECOND)));
        let later = now + 12 * SECOND;
        silent(later);
        assert_eq!(breaker.state(later), (State::Open, Some(15 * SECOND)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_between_failures_keeps_it_closed() {
        let now = Instant::now();
        let breaker = breaker(now);
        fail(&breaker, now, 2);
        breaker.enter(now).unwrap().succeed(now);
        fail(&breaker, now, 2);
        assert_eq!(breaker.state(now).0, State::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn half_of_the_calls_failing_opens_it() {
        let now = Instant::now();
        let breaker = breaker(now);
        for _ in 0..4 {
            breaker.enter(now).unwrap().succeed(now);
            fail(&breaker, now, 1);
        }
        breaker.enter(now).unwrap().succeed(now);
        assert_eq!(breaker.state(now).0, State::Closed);
        fail(&breaker, now, 1);
        assert_eq!(breaker.state(now).0, State::Open);
    }

    #[tokio::test(start_paused = true)]
    async fn old_failures_are_forgotten() {
        let now = Instant::now();
        let breaker = breaker(now);
        for _ in 0..4 {
            breaker.enter(now).unwrap().succeed(now);
            fail(&breaker, now, 1);
        }
        let later = now + 31 * SECOND;
        breaker.enter(later).unwrap().succeed(later);
        fail(&breaker, later, 1);
        assert_eq!(breaker.state(later).0, State::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn one_trial_at_a_time_decides() {
        let now = Instant::now();
        let breaker = breaker(now);
        fail(&breaker, now, 3);
        let later = now + 5 * SECOND;
        assert_eq!(breaker.state(later).0, State::HalfOpen);
        let trial = breaker.enter(later).unwrap();
        assert!(breaker.enter(later).is_err());
        trial.succeed(later);
        assert_eq!(breaker.state(later).0, State::Closed);
        assert!(breaker.enter(later).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn failed_trials_lengthen_the_opening_up_to_the_limit() {
        let mut now = Instant::now();
        let breaker = breaker(now);
        fail(&breaker, now, 3);
        for lasts in [5, 10, 15, 15] {
            assert_eq!(breaker.state(now).1, Some(lasts * SECOND));
            now += lasts * SECOND;
            fail(&breaker, now, 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_trial_lets_the_next_caller_try() {
        let now = Instant::now();
        let breaker = breaker(now);
        fail(&breaker, now, 3);
        let later = now + 5 * SECOND;
        drop(breaker.enter(later).unwrap());
        assert_eq!(breaker.state(later).0, State::HalfOpen);
        breaker.enter(later).unwrap().succeed(later);
        assert_eq!(breaker.state(later).0, State::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_from_before_the_opening_does_not_close_it() {
        let now = Instant::now();
        let breaker = breaker(now);
        let slow = breaker.enter(now).unwrap();
        fail(&breaker, now, 3);
        let later = now + 5 * SECOND;
        let _trial = breaker.enter(later).unwrap();
        slow.succeed(later);
        assert_eq!(breaker.state(later).0, State::HalfOpen);
    }
}

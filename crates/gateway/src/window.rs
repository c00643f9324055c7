//! A request limit over a window that begins with its first request.
//!
//! Not a leaky bucket, because then `RateLimit` can be honest: `remaining` falls by one with each request and is whole
//! again after `reset` seconds, no sooner and no later. The price is the well-known one: up to twice the limit across
//! the end of a window.

use domain::{Timestamp, policy::RequestLimit};

/// The use of one limit so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// Milliseconds since 1970.
    started: i64,
    /// Milliseconds, as of the last look.
    length: i64,
    used: u32,
}

/// Where one stands with a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    /// Requests that still fit.
    pub(crate) remaining: u32,
    /// Seconds, rounded up, until all fit again.
    pub(crate) reset: u64,
}

impl Window {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { started: millis(now), length: 0, used: 0 }
    }

    /// Returns where one stands at `now`, after a new window was begun if it was time for it.
    pub(crate) fn level(&mut self, limit: RequestLimit, now: Timestamp) -> Level {
        let now = millis(now);
        self.length = i64::from(limit.window_seconds) * 1_000;
        // A clock that was set back must not keep anybody out for longer than one window.
        self.started = self.started.min(now);
        if now - self.started >= self.length {
            self.started = now;
            self.used = 0;
        }
        let left = self.started + self.length - now;
        Level {
            remaining: limit.requests.saturating_sub(self.used),
            reset: left.unsigned_abs().div_ceil(1_000).max(1),
        }
    }

    /// Counts one request.
    pub(crate) fn count(&mut self) {
        self.used = self.used.saturating_add(1);
    }

    /// Tells whether nothing would be lost by forgetting it.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        millis(now).saturating_sub(self.started) >= self.length
    }
}

fn millis(now: Timestamp) -> i64 {
    now.unix_timestamp() * 1_000 + i64::from(now.millisecond())
}

#[cfg(test)]
mod tests {
    use domain::clock::from_unix;
    use proptest::prelude::*;

    use super::*;

    const LIMIT: RequestLimit = RequestLimit { requests: 2, window_seconds: 10 };

    #[test]
    fn remaining_falls_with_each_request_and_is_whole_after_the_reset() {
        let start = from_unix(1_000);
        let mut window = Window::new(start);
        assert_eq!(window.level(LIMIT, start), Level { remaining: 2, reset: 10 });
        window.count();
        window.count();
        let late = start + time::Duration::milliseconds(8_500);
        assert_eq!(window.level(LIMIT, late), Level { remaining: 0, reset: 2 });
        assert_eq!(window.level(LIMIT, from_unix(1_010)), Level { remaining: 2, reset: 10 });
    }

    #[test]
    fn a_clock_set_back_keeps_nobody_out_for_longer_than_a_window() {
        let mut window = Window::new(from_unix(9_000));
        window.count();
        assert_eq!(window.level(LIMIT, from_unix(1_000)), Level { remaining: 1, reset: 10 });
        assert_eq!(window.level(LIMIT, from_unix(1_010)), Level { remaining: 2, reset: 10 });
    }

    proptest! {
        #[test]
        fn no_window_lets_in_more_than_the_limit(steps in prop::collection::vec(0_i64..400, 1..300), requests in 0_u32..6) {
            let limit = RequestLimit { requests, window_seconds: 1 };
            let mut now = from_unix(1_000);
            let mut window = Window::new(now);
            let mut admitted: Vec<Timestamp> = Vec::new();
            let mut begin = now;
            for step in steps {
                now += time::Duration::milliseconds(step);
                if now - begin >= time::Duration::SECOND {
                    begin = now;
                    admitted.clear();
                }
                let level = window.level(limit, now);
                prop_assert_eq!(level.reset, 1);
                prop_assert_eq!(level.remaining as usize, requests as usize - admitted.len());
                if level.remaining > 0 {
                    window.count();
                    admitted.push(now);
                }
            }
        }
    }
}

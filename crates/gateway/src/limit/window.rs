//! A limit over a window, counted here alone or together with other gateways.
//!
//! Not a leaky bucket, because then `RateLimit` can be honest: `remaining` falls by one with each request and is whole
//! again after `reset` seconds, no sooner and no later. The price is the well-known one: up to twice the limit across
//! the end of a window.
//!
//! A gateway that counts alone begins a window with its first request. Gateways that count together have to agree on
//! windows without asking each other, so that theirs begin at fixed times, others for each subject.

use domain::{Timestamp, policy::RequestLimit};

/// How much fits in a window, and how long that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) amount: u64,
    pub(crate) window_seconds: u32,
}

impl From<RequestLimit> for Quota {
    fn from(limit: RequestLimit) -> Self {
        Self { amount: limit.requests.into(), window_seconds: limit.window_seconds }
    }
}

/// Who counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// This gateway and no other.
    Alone,
    /// This many gateways, which hear of each other.
    Together(u64),
    /// This many gateways, which do not hear of each other at the moment: each keeps to its share.
    Apart(u64),
}

/// Whether something fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Fits,
    Full,
    /// This gateway let in as much as it may before it hears of the others again.
    Unsure,
}

/// The use of one limit so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// Milliseconds since 1970.
    started: i64,
    /// Milliseconds, as of the last look.
    length: i64,
    /// Let in here.
    own: u64,
    /// Of that, as much as the others can see.
    confirmed: u64,
    /// Let in by the others, as last heard.
    others: u64,
    /// Whether its being nearly used up was told.
    warned: bool,
    /// Whether it waits to be exchanged.
    queued: bool,
}

/// Where one stands with a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    /// What still fits.
    pub(crate) remaining: u64,
    /// Seconds, rounded up, until all fits again.
    pub(crate) reset: u64,
}

/// What one gateway counted in one window, to be shown to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    /// Milliseconds since 1970.
    pub(crate) started: i64,
    /// Milliseconds.
    pub(crate) length: i64,
    pub(crate) own: u64,
}

impl Window {
    pub(crate) fn new(now: Timestamp) -> Self {
        let started = millis(now);
        Self { started, length: 0, own: 0, confirmed: 0, others: 0, warned: false, queued: false }
    }

    /// Returns where one stands at `now`, after a new window was begun if it was time for it. `subject` tells when the
    /// windows of gateways that count together begin.
    pub(crate) fn level(&mut self, quota: Quota, mode: Mode, subject: u128, now: Timestamp) -> Level {
        let now = millis(now);
        let length = i64::from(quota.window_seconds.max(1)) * 1_000;
        let started = match mode {
            // A clock that was set back must not keep anybody out for longer than one window.
            Mode::Alone => match self.started.min(now) {
                started if now - started >= length => now,
                started => started,
            },
            Mode::Together(_) | Mode::Apart(_) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "any number that the subject always has will do"
                )]
                let phase = i64::try_from(subject as u64 % length.unsigned_abs()).unwrap_or(0);
                let aligned = now - (now - phase).rem_euclid(length);
                // A clock that steps back by a little must not begin a window anew.
                let ahead = self.length == length && (1..=length).contains(&(self.started - aligned));
                if ahead { self.started } else { aligned }
            }
        };
        let anew = match mode {
            Mode::Alone => started > self.started,
            Mode::Together(_) | Mode::Apart(_) => started != self.started,
        };
        (self.started, self.length) = (started, length);
        if anew {
            (self.own, self.confirmed, self.others, self.warned) = (0, 0, 0, false);
        }
        let left = self.started + self.length - now;
        let mut remaining = quota.amount.saturating_sub(self.own.saturating_add(self.others));
        if let Mode::Apart(gateways) = mode {
            remaining = remaining.min(share(quota.amount, gateways).saturating_sub(self.own));
        }
        Level { remaining, reset: left.unsigned_abs().div_ceil(1_000).max(1) }
    }

    /// Tells whether `cost` more fits. Asked after [`Window::level`].
    pub(crate) fn verdict(&self, level: Level, quota: Quota, mode: Mode, cost: u64) -> Verdict {
        if cost > level.remaining {
            return Verdict::Full;
        }
        match mode {
            Mode::Together(gateways) => {
                let unseen = self.own - self.confirmed;
                // Towards the end of a limit the others are heard more often, so that little more passes than it.
                let left = quota.amount.saturating_sub(self.confirmed.saturating_add(self.others));
                let most = slack(quota.amount, gateways).min((left / gateways).max(1));
                if unseen > 0 && unseen.saturating_add(cost) > most { Verdict::Unsure } else { Verdict::Fits }
            }
            Mode::Alone | Mode::Apart(_) => Verdict::Fits,
        }
    }

    /// Counts what was let in.
    pub(crate) fn count(&mut self, cost: u64) {
        self.own = self.own.saturating_add(cost);
    }

    /// Tells, once in each window, that it is nearly used up.
    pub(crate) fn warn(&mut self) -> bool {
        !std::mem::replace(&mut self.warned, true)
    }

    /// Tells whether it is to be queued for the exchange now, because `least` or more of it is not seen by the others,
    /// and takes note that it is.
    pub(crate) fn queue(&mut self, least: u64) -> bool {
        let due = !self.queued && self.own - self.confirmed >= least.max(1);
        self.queued |= due;
        due
    }

    /// Takes it out of the queue, and returns what is to be shown; `None` when the window is over.
    pub(crate) fn publish(&mut self, now: Timestamp) -> Option<Published> {
        self.queued = false;
        let open = !self.is_over(now) && self.own > 0;
        open.then_some(Published { started: self.started, length: self.length, own: self.own })
    }

    /// Takes note that the others see `published`, and that they let in `others`. What was heard once is not unheard.
    pub(crate) fn confirm(&mut self, published: Published, others: u64) {
        if self.started == published.started && self.length == published.length {
            self.confirmed = self.confirmed.max(published.own).min(self.own);
            self.others = self.others.max(others);
        }
    }

    /// Tells whether nothing would be lost by forgetting it.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        millis(now).saturating_sub(self.started) >= self.length
    }
}

/// Returns what each of `gateways` may let in while it hears nothing of the others; where there is anything at all, at
/// least one, so that nobody is shut out.
pub(crate) fn share(amount: u64, gateways: u64) -> u64 {
    (amount / gateways.max(1)).max(1).min(amount)
}

/// Returns what each of `gateways` may let in before the others see it: a tenth of its share, and at least one.
///
/// With it, `gateways` that count together let in no more than `amount + (gateways - 1) * slack` in a window.
pub(crate) fn slack(amount: u64, gateways: u64) -> u64 {
    amount.div_ceil(10 * gateways.max(1)).max(1)
}

fn millis(now: Timestamp) -> i64 {
    now.unix_timestamp() * 1_000 + i64::from(now.millisecond())
}

#[cfg(test)]
mod tests {
    use domain::clock::from_unix;
    use proptest::prelude::*;

    use super::*;

    const QUOTA: Quota = Quota { amount: 2, window_seconds: 10 };

    fn alone(window: &mut Window, quota: Quota, now: Timestamp) -> Level {
        window.level(quota, Mode::Alone, 0, now)
    }

    #[test]
    fn remaining_falls_with_each_request_and_is_whole_after_the_reset() {
        let start = from_unix(1_003);
        let mut window = Window::new(start);
        assert_eq!(alone(&mut window, QUOTA, start), Level { remaining: 2, reset: 10 });
        window.count(1);
        window.count(1);
        let late = start + time::Duration::milliseconds(8_500);
        assert_eq!(alone(&mut window, QUOTA, late), Level { remaining: 0, reset: 2 });
        assert_eq!(alone(&mut window, QUOTA, from_unix(1_013)), Level { remaining: 2, reset: 10 });
    }

    #[test]
    fn a_clock_set_back_keeps_nobody_out_for_longer_than_a_window() {
        for mode in [Mode::Alone, Mode::Together(2), Mode::Apart(2)] {
            let mut window = Window::new(from_unix(9_000));
            window.level(QUOTA, mode, 0, from_unix(9_000));
            window.count(1);
            window.level(QUOTA, mode, 0, from_unix(1_000));
            assert!(window.level(QUOTA, mode, 0, from_unix(1_010)).remaining >= 1, "{mode:?}");
            window.count(1);
            assert_eq!(window.level(QUOTA, mode, 0, from_unix(1_020)).reset, 10, "{mode:?}");
        }
    }

    #[test]
    fn gateways_that_count_together_agree_on_windows_whenever_they_first_look() {
        for subject in [0_u128, 7, 4_999, 10_000, u128::MAX] {
            let mode = Mode::Together(2);
            let mut early = Window::new(from_unix(1_000));
            early.level(QUOTA, mode, subject, from_unix(1_000));
            for seconds in 1_000..1_030 {
                let now = from_unix(seconds);
                let level = early.level(QUOTA, mode, subject, now);
                let mut late = Window::new(now);
                assert_eq!(late.level(QUOTA, mode, subject, now).reset, level.reset, "{subject} {seconds}");
                assert_eq!(late.started, early.started);
            }
        }
    }

    #[test]
    fn a_gateway_apart_keeps_to_its_share_and_to_what_it_heard() {
        let (quota, now) = (Quota { amount: 10, window_seconds: 10 }, from_unix(1_000));
        let mut window = Window::new(now);
        let level = window.level(quota, Mode::Apart(4), 0, now);
        assert_eq!(level.remaining, 2);
        assert_eq!(window.verdict(level, quota, Mode::Apart(4), 3), Verdict::Full);
        window.count(1);
        let published = window.publish(now).unwrap();
        window.confirm(published, 9);
        assert_eq!(window.level(quota, Mode::Apart(4), 0, now).remaining, 0);
    }

    #[test]
    fn a_gateway_asks_before_it_lets_in_more_than_its_slack() {
        let (quota, now, mode) =
            (Quota { amount: 100, window_seconds: 10 }, from_unix(1_000), Mode::Together(2));
        let mut window = Window::new(now);
        for _ in 0..5 {
            let level = window.level(quota, mode, 0, now);
            assert_eq!(window.verdict(level, quota, mode, 1), Verdict::Fits);
            window.count(1);
        }
        let level = window.level(quota, mode, 0, now);
        assert_eq!(window.verdict(level, quota, mode, 1), Verdict::Unsure);
        let published = window.publish(now).unwrap();
        window.confirm(published, 93);
        let level = window.level(quota, mode, 0, now);
        assert_eq!(level.remaining, 2);
        assert_eq!(window.verdict(level, quota, mode, 1), Verdict::Fits);
    }

    #[test]
    fn towards_the_end_of_a_limit_a_gateway_asks_more_often() {
        let (quota, now, mode) =
            (Quota { amount: 100, window_seconds: 10 }, from_unix(1_000), Mode::Together(2));
        let mut window = Window::new(now);
        window.level(quota, mode, 0, now);
        window.count(1);
        let published = window.publish(now).unwrap();
        window.confirm(published, 93);
        for expected in [Verdict::Fits, Verdict::Fits, Verdict::Fits, Verdict::Unsure] {
            let level = window.level(quota, mode, 0, now);
            assert_eq!(window.verdict(level, quota, mode, 1), expected);
            window.count(1);
        }
    }

    #[test]
    fn what_was_heard_of_the_others_is_not_unheard_and_not_taken_into_the_next_window() {
        let (now, mode) = (from_unix(1_000), Mode::Together(2));
        let mut window = Window::new(now);
        window.level(QUOTA, mode, 0, now);
        window.count(1);
        let published = window.publish(now).unwrap();
        window.confirm(published, 1);
        window.confirm(published, 0);
        assert_eq!(window.level(QUOTA, mode, 0, now).remaining, 0);
        assert_eq!(window.level(QUOTA, mode, 0, from_unix(1_010)).remaining, 2);
        window.confirm(published, 2);
        assert_eq!(window.level(QUOTA, mode, 0, from_unix(1_010)).remaining, 2);
    }

    #[test]
    fn shares_and_slack_are_never_nothing_and_never_more_than_the_limit() {
        for (amount, gateways, expected) in
            [(600, 2, (300, 30)), (3, 2, (1, 1)), (1, 5, (1, 1)), (0, 2, (0, 1)), (10, 1, (10, 1))]
        {
            assert_eq!((share(amount, gateways), slack(amount, gateways)), expected, "{amount} {gateways}");
        }
    }

    proptest! {
        #[test]
        fn no_window_lets_in_more_than_the_limit(steps in prop::collection::vec(0_i64..400, 1..300), amount in 0_u64..6) {
            let quota = Quota { amount, window_seconds: 1 };
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
                let level = alone(&mut window, quota, now);
                prop_assert_eq!(level.reset, 1);
                prop_assert_eq!(level.remaining, amount - admitted.len() as u64);
                if window.verdict(level, quota, Mode::Alone, 1) == Verdict::Fits {
                    window.count(1);
                    admitted.push(now);
                }
            }
        }

        /// The error bound: gateways that exchange whenever they like, each in two steps with requests between them,
        /// let in no more than the limit and a slack for each of the others.
        #[test]
        fn gateways_that_count_together_keep_to_the_bound(
            gateways in 1_usize..6, amount in 1_u64..400,
            steps in prop::collection::vec((0_usize..6, 0_u8..10), 1..3_000),
        ) {
            let (quota, now) = (Quota { amount, window_seconds: 60 }, from_unix(1_000));
            let mode = Mode::Together(gateways as u64);
            let mut windows = vec![Window::new(now); gateways];
            let mut store = vec![0_u64; gateways];
            let mut under_way: Vec<Option<(Published, u64)>> = vec![None; gateways];
            let mut admitted = 0;
            for (gateway, what) in steps {
                let gateway = gateway % gateways;
                let window = &mut windows[gateway];
                let level = window.level(quota, mode, 0, now);
                match what {
                    0 if under_way[gateway].is_none() => if let Some(published) = window.publish(now) {
                        store[gateway] = published.own;
                        let others = store.iter().sum::<u64>() - published.own;
                        under_way[gateway] = Some((published, others));
                    },
                    1 => if let Some((published, others)) = under_way[gateway].take() {
                        window.confirm(published, others);
                    },
                    _ => if window.verdict(level, quota, mode, 1) == Verdict::Fits {
                        window.count(1);
                        admitted += 1;
                    },
                }
            }
            let bound = amount + (gateways as u64 - 1) * slack(amount, gateways as u64);
            prop_assert!(admitted <= bound, "{} > {}", admitted, bound);
        }

        /// Whatever the store does from some moment on, nobody lets in more than the bound and a share each.
        #[test]
        fn gateways_that_lose_the_store_keep_to_their_shares(
            gateways in 1_u64..6, amount in 1_u64..400, before in 0_u64..400,
        ) {
            let (quota, now) = (Quota { amount, window_seconds: 60 }, from_unix(1_000));
            let mut windows = vec![Window::new(now); usize::try_from(gateways).unwrap()];
            let mut counted = vec![0_u64; windows.len()];
            for (mode, rounds) in [(Mode::Together(gateways), before), (Mode::Apart(gateways), 1_000)] {
                for round in 0..rounds {
                    let one = usize::try_from(round).unwrap() % windows.len();
                    let level = windows[one].level(quota, mode, 0, now);
                    if windows[one].verdict(level, quota, mode, 1) == Verdict::Fits {
                        windows[one].count(1);
                        counted[one] += 1;
                    }
                }
            }
            let share = share(amount, gateways);
            let slack = slack(amount, gateways);
            for count in counted {
                prop_assert!(count <= share.max(slack) && count >= share.min(slack));
            }
        }
    }
}

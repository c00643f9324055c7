//! How much of every limit is used, in memory. What is remembered is bounded: by the policy's keys and tenants, and for
//! addresses and dietitians by [`MOST_SUBJECTS`]; what has lapsed is forgotten every [`SWEEP_SECONDS`].
//!
//! Nothing is ever forgotten to make room: who could have others forgotten could have themselves forgotten. Beyond the
//! bound, addresses without a genuine key share one window, and what else is new is held to the limits of its key and
//! tenant only.

use std::{
    collections::{VecDeque, hash_map::Entry},
    hash::Hash,
};

use domain::Timestamp;

use super::{
    hasher::ByNumber,
    kind::Kind,
    standing::Told,
    window::{Mode, Published, Quota, Verdict, Window, slack},
};

/// The use of all limits.
#[derive(Debug, Default)]
pub(super) struct Uses {
    pub(super) keys: ByNumber<u128, Use>,
    pub(super) tenants: ByNumber<u128, Use>,
    pub(super) addresses: ByNumber<u128, OfAddress>,
    pub(super) other_addresses: Option<Window>,
    /// By tenant and dietitian.
    pub(super) dietitians: ByNumber<(u128, u128), Window>,
    pub(super) running: usize,
    /// What other gateways have to be told, oldest first.
    queue: VecDeque<Subject>,
    swept: i64,
}

/// What a key or a tenant uses.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) requests: Window,
    pub(super) bytes: Window,
    pub(super) running: usize,
}

/// What comes from an address (IPv6: a /64).
#[derive(Debug)]
pub(super) struct OfAddress {
    pub(super) requests: Window,
    pub(super) unidentified: Window,
    pub(super) running: usize,
}

/// Whose use of which limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Subject {
    pub(crate) kind: Kind,
    pub(crate) of: u128,
    /// The tenant of a dietitian; otherwise zero.
    pub(crate) within: u128,
}

/// Something to be counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Charge {
    pub(super) subject: Subject,
    pub(super) quota: Quota,
    pub(super) cost: u64,
}

impl Use {
    fn new(now: Timestamp) -> Self {
        Self { requests: Window::new(now), bytes: Window::new(now), running: 0 }
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.running == 0 && self.requests.is_over(now) && self.bytes.is_over(now)
    }
}

impl OfAddress {
    fn is_over(&self, now: Timestamp) -> bool {
        self.running == 0 && self.requests.is_over(now) && self.unidentified.is_over(now)
    }
}

impl Subject {
    pub(super) const fn new(kind: Kind, of: u128) -> Self {
        Self { kind, of, within: 0 }
    }
}

impl Uses {
    /// Returns where the subject of `charge` stands, and whether the charge fits. Nothing is counted.
    pub(super) fn look(&mut self, charge: &Charge, mode: Mode, now: Timestamp) -> (Told, Verdict) {
        let Charge { subject, quota, cost } = *charge;
        let Some(window) = self.window(subject, now) else {
            let level = super::window::Level { remaining: quota.amount, reset: 1 };
            return (Told { kind: subject.kind, quota, level }, Verdict::Fits);
        };
        let mut level = window.level(quota, mode, subject.of, now);
        let mut verdict = window.verdict(level, quota, mode, cost);
        if let (Verdict::Unsure, Mode::Together(gateways)) = (verdict, mode)
            && !subject.kind.may_wait()
        {
            let apart = Mode::Apart(gateways);
            level = window.level(quota, apart, subject.of, now);
            verdict = window.verdict(level, quota, apart, cost);
        }
        (Told { kind: subject.kind, quota, level }, verdict)
    }

    /// Counts `charge`, takes it off `told`, and tells whether its subject comes near its limit for the first time.
    pub(super) fn count(&mut self, charge: &Charge, told: &mut Told, mode: Mode, now: Timestamp) -> bool {
        let Charge { subject, quota, cost } = *charge;
        told.level.remaining = told.level.remaining.saturating_sub(cost);
        let Some(window) = self.window(subject, now) else { return false };
        window.count(cost);
        let least = match mode {
            Mode::Alone => None,
            Mode::Together(gateways) | Mode::Apart(gateways) if !subject.kind.may_wait() => {
                Some(slack(quota.amount, gateways).div_ceil(2))
            }
            Mode::Together(_) | Mode::Apart(_) => Some(1),
        };
        let news = told.is_near() && window.warn();
        if least.is_some_and(|least| window.queue(least)) {
            self.queue.push_back(subject);
        }
        news
    }

    /// Takes up to `most` subjects out of the queue, with what other gateways have to be told of them.
    pub(super) fn publish(&mut self, most: usize, now: Timestamp) -> Vec<(Subject, Published)> {
        let mut published = Vec::new();
        while published.len() < most {
            let Some(subject) = self.queue.pop_front() else { break };
            let counted = self.known(subject).and_then(|window| window.publish(now));
            published.extend(counted.map(|counted| (subject, counted)));
        }
        published
    }

    /// Puts subjects back whose exchange failed.
    pub(super) fn requeue(&mut self, published: &[(Subject, Published)]) {
        for (subject, _) in published {
            if self.known(*subject).is_some_and(|window| window.queue(1)) {
                self.queue.push_back(*subject);
            }
        }
    }

    /// Takes note that others see what was published, and of what they let in.
    pub(super) fn confirm(&mut self, subject: Subject, published: Published, others: u64) {
        if let Some(window) = self.known(subject) {
            window.confirm(published, others);
        }
    }

    /// Forgets what has lapsed.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        if now.unix_timestamp().abs_diff(self.swept) < SWEEP_SECONDS {
            return;
        }
        self.swept = now.unix_timestamp();
        self.keys.retain(|_, used| !used.is_over(now));
        self.tenants.retain(|_, used| !used.is_over(now));
        self.addresses.retain(|_, used| !used.is_over(now));
        self.dietitians.retain(|_, window| !window.is_over(now));
    }

    pub(super) fn key(&mut self, of: u128, now: Timestamp) -> &mut Use {
        self.keys.entry(of).or_insert_with(|| Use::new(now))
    }

    pub(super) fn tenant(&mut self, of: u128, now: Timestamp) -> &mut Use {
        self.tenants.entry(of).or_insert_with(|| Use::new(now))
    }

    /// Returns what comes from an address; `None` when it is one too many.
    pub(super) fn address(&mut self, of: u128, now: Timestamp) -> Option<&mut OfAddress> {
        bounded(&mut self.addresses, of, || OfAddress {
            requests: Window::new(now),
            unidentified: Window::new(now),
            running: 0,
        })
    }

    fn window(&mut self, subject: Subject, now: Timestamp) -> Option<&mut Window> {
        let Subject { kind, of, within } = subject;
        match kind {
            Kind::Key => Some(&mut self.key(of, now).requests),
            Kind::KeyBytes => Some(&mut self.key(of, now).bytes),
            Kind::Tenant => Some(&mut self.tenant(of, now).requests),
            Kind::TenantBytes => Some(&mut self.tenant(of, now).bytes),
            Kind::Address => self.address(of, now).map(|used| &mut used.requests),
            Kind::Unidentified => {
                if self.addresses.len() >= MOST_SUBJECTS && !self.addresses.contains_key(&of) {
                    return Some(self.other_addresses.get_or_insert_with(|| Window::new(now)));
                }
                self.address(of, now).map(|used| &mut used.unidentified)
            }
            Kind::Dietitian => bounded(&mut self.dietitians, (within, of), || Window::new(now)),
            Kind::KeyConcurrency | Kind::TenantConcurrency | Kind::AddressConcurrency => None,
        }
    }

    /// Returns a window that there is.
    fn known(&mut self, subject: Subject) -> Option<&mut Window> {
        let Subject { kind, of, within } = subject;
        match kind {
            Kind::Key => self.keys.get_mut(&of).map(|used| &mut used.requests),
            Kind::KeyBytes => self.keys.get_mut(&of).map(|used| &mut used.bytes),
            Kind::Tenant => self.tenants.get_mut(&of).map(|used| &mut used.requests),
            Kind::TenantBytes => self.tenants.get_mut(&of).map(|used| &mut used.bytes),
            Kind::Address => self.addresses.get_mut(&of).map(|used| &mut used.requests),
            Kind::Unidentified => self.addresses.get_mut(&of).map(|used| &mut used.unidentified),
            Kind::Dietitian => self.dietitians.get_mut(&(within, of)),
            Kind::KeyConcurrency | Kind::TenantConcurrency | Kind::AddressConcurrency => None,
        }
    }
}

impl Told {
    /// Tells whether four fifths or more are used up.
    pub(super) const fn is_near(&self) -> bool {
        self.level.remaining.saturating_mul(5) <= self.quota.amount
    }
}

fn bounded<K: Eq + Hash, V>(map: &mut ByNumber<K, V>, key: K, new: impl FnOnce() -> V) -> Option<&mut V> {
    let full = map.len() >= MOST_SUBJECTS;
    match map.entry(key) {
        Entry::Occupied(known) => Some(known.into_mut()),
        Entry::Vacant(_) if full => None,
        Entry::Vacant(free) => Some(free.insert(new())),
    }
}

/// How many addresses, and how many dietitians, are remembered at once.
pub(super) const MOST_SUBJECTS: usize = 65_536;
/// How often lapsed windows are forgotten.
const SWEEP_SECONDS: u64 = 60;

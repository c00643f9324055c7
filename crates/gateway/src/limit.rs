//! How much a caller may ask for: requests per window by key and by tenant, and requests at the same time (feature 8).

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{
    Timestamp,
    ids::TenantId,
    problem::{Code, LimitReached, Problem},
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    config::Requests,
    identify::Identified,
    permit::Permit,
    refusal::Refusal,
    window::{Level, Window},
};

/// The use of all limits. What is remembered is bounded: by the policy's keys and tenants, and for addresses by
/// [`MAX_ADDRESSES`]; what has lapsed is forgotten every [`SWEEP_SECONDS`].
#[derive(Debug)]
pub(crate) struct Limits {
    settings: Requests,
    uses: Mutex<Uses>,
}

#[derive(Debug, Default)]
struct Uses {
    keys: HashMap<String, Window>,
    tenants: HashMap<TenantId, Window>,
    running: HashMap<TenantId, usize>,
    running_in_all: usize,
    addresses: HashMap<IpAddr, Window>,
    other_addresses: Option<Window>,
    swept: i64,
}

/// The right to be forwarded, for as long as it is held. Only [`Limits::take`] makes one.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(crate) standing: Standing,
    limits: Arc<Limits>,
    tenant: TenantId,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut uses = self.limits.uses();
        uses.running_in_all = uses.running_in_all.saturating_sub(1);
        if let Some(running) = uses.running.get_mut(&self.tenant) {
            *running = running.saturating_sub(1);
            if *running == 0 {
                uses.running.remove(&self.tenant);
            }
        }
    }
}

/// Where a caller stands with the two request limits, as the answer tells it.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    key: Level,
    tenant: Level,
    policy: HeaderValue,
}

impl Standing {
    /// Writes the headers of draft-ietf-httpapi-ratelimit-headers-11.
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        let (key, tenant) = (self.key, self.tenant);
        let levels = format!(
            "\"key\";r={};t={}, \"tenant\";r={};t={}",
            key.remaining, key.reset, tenant.remaining, tenant.reset
        );
        headers.insert(RATE_LIMIT_POLICY, self.policy);
        headers.insert(
            RATE_LIMIT,
            HeaderValue::try_from(levels).expect("quoted names and numbers are visible ASCII"),
        );
    }
}

impl Limits {
    pub(crate) fn new(settings: Requests) -> Arc<Self> {
        Arc::new(Self { settings, uses: Mutex::default() })
    }

    /// Counts one request and takes a place among those running.
    pub(crate) fn take(self: &Arc<Self>, permit: &Permit<'_>, now: Timestamp) -> Result<Ticket, Refusal> {
        let caller = permit.caller();
        let tenant = caller.key().caller.tenant;
        let mut uses = self.uses();
        uses.sweep(now);
        let standing = uses.count(caller, now)?;
        if uses.running_in_all >= self.settings.concurrent {
            return Err(Refusal { standing: Some(standing), ..Refusal::from(Code::Overloaded) });
        }
        let running = uses.running.entry(tenant).or_default();
        if *running >= self.settings.concurrent_per_tenant {
            return Err(Refusal { standing: Some(standing), ..too_many_at_once() });
        }
        *running += 1;
        uses.running_in_all += 1;
        drop(uses);
        Ok(Ticket { standing, limits: Arc::clone(self), tenant })
    }

    /// Counts a request of a caller who was not permitted what they asked for, and returns where they stand.
    pub(crate) fn count_denied(&self, caller: &Identified, now: Timestamp) -> Standing {
        let counted = self.uses().count(caller, now);
        counted.unwrap_or_else(|exhausted| exhausted.standing)
    }

    /// Counts a request without a genuine key, and refuses further ones from its address past the limit.
    ///
    /// A genuine key is served all the same: its address may be that of a load balancer or of a whole office, and who
    /// guesses there must not shut the others out.
    pub(crate) fn count_unidentified(&self, address: IpAddr, now: Timestamp) -> Result<(), Problem> {
        let limit = self.settings.unidentified;
        let mut uses = self.uses();
        uses.sweep(now);
        let window = uses.of_address(network(address), now);
        let level = window.level(limit, now);
        if level.remaining == 0 {
            return Err(rate_limited("address", level));
        }
        window.count();
        Ok(())
    }

    fn uses(&self) -> MutexGuard<'_, Uses> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A limit that is used up, and where the caller stands with both.
struct Exhausted {
    problem: Box<Problem>,
    standing: Standing,
}

impl From<Exhausted> for Refusal {
    fn from(exhausted: Exhausted) -> Self {
        Self { standing: Some(exhausted.standing), ..Self::from(*exhausted.problem) }
    }
}

impl Uses {
    /// Counts one request against both limits, or against neither.
    fn count(&mut self, caller: &Identified, now: Timestamp) -> Result<Standing, Exhausted> {
        let (key, tenant) = (&caller.key().caller, &caller.key().tenant);
        let by_key = match self.keys.get_mut(&key.key) {
            Some(window) => window,
            None => self.keys.entry(key.key.clone()).or_insert_with(|| Window::new(now)),
        };
        let by_tenant = self.tenants.entry(key.tenant).or_insert_with(|| Window::new(now));
        let mut standing = Standing {
            key: by_key.level(tenant.key_limit, now),
            tenant: by_tenant.level(tenant.tenant_limit, now),
            policy: tenant.limit_header.clone(),
        };
        for (policy, level) in [("tenant", standing.tenant), ("key", standing.key)] {
            if level.remaining == 0 {
                return Err(Exhausted { problem: Box::new(rate_limited(policy, level)), standing });
            }
        }
        by_key.count();
        by_tenant.count();
        standing.key.remaining -= 1;
        standing.tenant.remaining -= 1;
        Ok(standing)
    }

    fn of_address(&mut self, address: IpAddr, now: Timestamp) -> &mut Window {
        if self.addresses.len() >= MAX_ADDRESSES && !self.addresses.contains_key(&address) {
            return self.other_addresses.get_or_insert_with(|| Window::new(now));
        }
        self.addresses.entry(address).or_insert_with(|| Window::new(now))
    }

    fn sweep(&mut self, now: Timestamp) {
        if now.unix_timestamp().abs_diff(self.swept) < SWEEP_SECONDS {
            return;
        }
        self.swept = now.unix_timestamp();
        self.keys.retain(|_, window| !window.is_over(now));
        self.tenants.retain(|_, window| !window.is_over(now));
        self.addresses.retain(|_, window| !window.is_over(now));
    }
}

/// An IPv6 client usually has a whole /64 to call from.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

fn rate_limited(policy: &str, level: Level) -> Problem {
    let limit = LimitReached { scope: policy.to_owned(), policy: policy.to_owned(), reset: level.reset };
    Problem { limit: Some(limit), ..Problem::new(Code::RateLimited) }
}

fn too_many_at_once() -> Refusal {
    let limit = LimitReached { scope: "tenant".to_owned(), policy: "concurrency".to_owned(), reset: 1 };
    Problem { limit: Some(limit), ..Problem::new(Code::ConcurrencyLimited) }.into()
}

/// Beyond this many addresses at once, new ones share one window.
const MAX_ADDRESSES: usize = 65_536;
/// How often lapsed windows are forgotten.
const SWEEP_SECONDS: u64 = 60;

const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::{clock::from_unix, policy::RequestLimit, scope::Scopes};

    use super::*;
    use crate::identify::testing::{another_of_the_same_tenant, identified};

    fn limits() -> Arc<Limits> {
        Limits::new(Requests {
            body: Duration::ZERO,
            answer: Duration::ZERO,
            idle: Duration::ZERO,
            concurrent: 10,
            concurrent_per_tenant: 10,
            unidentified: RequestLimit { requests: 2, window_seconds: 60 },
        })
    }

    #[test]
    fn a_request_that_its_tenant_may_not_make_leaves_its_key_as_it_was() {
        let limits = limits();
        let now = from_unix(1_000);
        let one = identified(Scopes::all());
        let other = another_of_the_same_tenant(&one);
        for _ in 0..3 {
            limits.count_denied(&one, now);
        }
        // Three of the tenant's four are gone; the other key has its own three.
        assert_eq!(limits.count_denied(&other, now).key.remaining, 2);
        for _ in 0..5 {
            let standing = limits.count_denied(&other, now);
            assert_eq!((standing.key.remaining, standing.tenant.remaining), (2, 0));
        }
    }

    #[test]
    fn what_is_remembered_of_addresses_is_bounded_and_forgotten() {
        let limits = limits();
        let now = from_unix(1_000);
        let address = |n: u32| IpAddr::V4(n.into());
        for n in 0..200_000 {
            let _ = limits.count_unidentified(address(n), now);
        }
        assert_eq!(limits.uses().addresses.len(), MAX_ADDRESSES);
        // All that found no place share one window, and are not let off.
        assert!(limits.count_unidentified(address(300_000), now).is_err());
        limits.count_unidentified(address(7), from_unix(1_061)).unwrap();
        assert_eq!(limits.uses().addresses.len(), 1);
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let limits = limits();
        let count = |text: &str| limits.count_unidentified(text.parse().unwrap(), from_unix(1_000)).is_ok();
        assert!(count("2001:db8::1") && count("2001:db8::ffff:1"));
        assert!(!count("2001:db8::2"));
        assert!(count("2001:db8:0:1::1"));
        assert!(count("::ffff:192.0.2.1") && count("192.0.2.1") && !count("192.0.2.1"));
    }

    fn remembered(limits: &Limits) -> (usize, usize) {
        let uses = limits.uses();
        (uses.keys.len(), uses.tenants.len())
    }

    #[test]
    fn windows_of_keys_and_tenants_are_forgotten_when_they_lapsed() {
        let limits = limits();
        for _ in 0..100 {
            limits.count_denied(&identified(Scopes::all()), from_unix(1_000));
        }
        assert_eq!(remembered(&limits), (100, 100));
        limits.count_unidentified(IpAddr::V4(1.into()), from_unix(1_060)).unwrap();
        assert_eq!(remembered(&limits), (0, 0));
    }
}

//! How much a caller may ask for (feature 8): requests and bytes in a window and requests at the same time, by key, by
//! tenant, by dietitian and by address.

mod dietitian;
mod hasher;
mod kind;
mod sharing;
mod standing;
mod store;
mod uses;
mod window;

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{
    Timestamp,
    ids::DietitianId,
    policy::Measure,
    problem::{Code, LimitReached, Problem},
};

use crate::{
    config::{Requests, Sharing as SharingConfig},
    identify::Identified,
    metrics,
    permit::Permit,
    refusal::Refusal,
};

pub(crate) use dietitian::{in_body as dietitian_in_body, in_path as dietitian_in_path};
pub(crate) use kind::Kind;
use sharing::Sharing;
pub(crate) use standing::{Near, Standing, policy as policy_header};
use standing::{OfCaller, Told};
pub(crate) use store::{Store, StoreConfig};
use uses::{Charge, Subject, Uses};
use window::Level;
pub(crate) use window::{Mode, Quota, Verdict};

/// All limits and the use of them.
#[derive(Debug)]
pub(crate) struct Limits {
    settings: Requests,
    sharing: Sharing,
    uses: Mutex<Uses>,
    metrics: Arc<metrics::Limits>,
}

/// The right to be forwarded, for as long as it is held. Only [`Limits::take`] makes one.
#[derive(Debug)]
pub(crate) struct Ticket {
    limits: Arc<Limits>,
    caller: Identified,
    address: u128,
    /// Whether the body's bytes were counted before it came.
    bytes_counted: bool,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut uses = self.limits.uses();
        let uses = &mut *uses;
        uses.running = uses.running.saturating_sub(1);
        let (key, tenant) = (self.caller.key().subject(), tenant_of(&self.caller));
        let places = [
            uses.keys.get_mut(&key).map(|used| &mut used.running),
            uses.tenants.get_mut(&tenant).map(|used| &mut used.running),
            uses.addresses.get_mut(&self.address).map(|used| &mut used.running),
        ];
        for running in places.into_iter().flatten() {
            *running = running.saturating_sub(1);
        }
    }
}

impl Ticket {
    /// Counts what is known only once the body is: the dietitian that the request is about, and the bytes of a body of
    /// which nobody said how long it is. Where the caller stands then is added to `standing`.
    pub(crate) async fn settle(
        &self,
        standing: &mut Option<Standing>,
        dietitian: Option<DietitianId>,
        bytes: usize,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let mut charges = Vec::new();
        let caller = &self.caller;
        if let Some(dietitian) = dietitian {
            let within = tenant_of(caller);
            let of = dietitian.uuid().as_u128();
            let subject = Subject { kind: Kind::Dietitian, of, within };
            let quota = self.limits.dietitian_quota(caller, now);
            charges.push(Charge { subject, quota, cost: 1 });
        }
        if bytes > 0 && !self.bytes_counted {
            charges.extend(self.limits.bytes(caller, bytes as u64, now));
        }
        if charges.is_empty() {
            return Ok(());
        }
        let counted = self.limits.decide(&charges, now).await;
        self.limits.tell(&counted, Some(caller));
        standing.get_or_insert_default().add(&counted);
        counted.full.map_or(Ok(()), |full| Err(self.limits.reached(full).into()))
    }
}

/// What came of counting.
#[derive(Debug)]
struct Counted {
    told: Vec<Told>,
    /// The limit that it does not fit, if there is one; then nothing was counted.
    full: Option<Told>,
    /// The limits that are nearly used up since just now.
    news: Near,
}

/// Other gateways have to be heard first.
struct Unsure;

impl Limits {
    pub(crate) fn new(
        settings: Requests,
        sharing: &SharingConfig,
        metrics: Arc<metrics::Limits>,
    ) -> Arc<Self> {
        let gateways = sharing.store.as_ref().map(|_| sharing.gateways);
        let sharing = Sharing::new(gateways, sharing.answer);
        Arc::new(Self { settings, sharing, uses: Mutex::default(), metrics })
    }

    /// Counts a request from `peer`, whoever sent it. Nothing else is looked at before.
    pub(crate) fn admit(&self, peer: IpAddr, now: Timestamp) -> Result<(), Refusal> {
        self.count_address(Kind::Address, self.settings.address.into(), peer, now)
    }

    /// Counts a request without a genuine key, and refuses further ones from its address past the limit.
    ///
    /// A genuine key is served all the same: its address may be that of a load balancer or of a whole office, and who
    /// guesses there must not shut the others out.
    pub(crate) fn count_unidentified(&self, peer: IpAddr, now: Timestamp) -> Result<(), Refusal> {
        self.count_address(Kind::Unidentified, self.settings.unidentified.into(), peer, now)
    }

    /// Counts one request and takes a place among those running. `bytes` is how long the body is said to be.
    pub(crate) async fn take(
        self: &Arc<Self>,
        permit: &Permit<'_>,
        peer: IpAddr,
        bytes: Option<u64>,
        now: Timestamp,
    ) -> Result<(Ticket, Standing), Refusal> {
        let caller = permit.caller();
        let mut charges = Vec::with_capacity(4);
        charges.extend(self.requests(caller, now));
        let bytes = bytes.filter(|bytes| *bytes > 0);
        charges.extend(bytes.into_iter().flat_map(|bytes| self.bytes(caller, bytes, now)));
        let counted = self.decide(&charges, now).await;
        let mut standing = self.standing(caller, &counted, now);
        if let Some(full) = counted.full {
            return Err(Refusal::from(self.reached(full)).at(standing));
        }
        let address = network(peer);
        match self.take_place(caller, address, now) {
            Ok(()) => {}
            Err(None) => return Err(Refusal::from(Code::Overloaded).at(standing)),
            Err(Some(full)) => {
                standing.more.push(full);
                return Err(Refusal::from(self.reached(full)).at(standing));
            }
        }
        let limits = Arc::clone(self);
        let ticket = Ticket { limits, caller: caller.clone(), address, bytes_counted: bytes.is_some() };
        Ok((ticket, standing))
    }

    /// Counts a request of a caller who was not permitted what they asked for, and returns where they stand.
    pub(crate) fn count_denied(&self, caller: &Identified, now: Timestamp) -> Standing {
        let mode = self.sharing.mode().without_waiting();
        let counted = self.attempt(&self.requests(caller, now), mode, now).unwrap_or_else(|Unsure| Counted {
            told: Vec::new(),
            full: None,
            news: Near::default(),
        });
        self.standing(caller, &counted, now)
    }

    /// Takes a place, or tells which limit is reached; none of a caller's if it is the gateway's own.
    fn take_place(&self, caller: &Identified, address: u128, now: Timestamp) -> Result<(), Option<Told>> {
        let (settings, mut uses) = (&self.settings, self.uses());
        if uses.running >= settings.concurrent {
            return Err(None);
        }
        let of_key =
            caller.limit_of_key(Measure::Concurrency, now).unwrap_or(settings.concurrent_per_key as u64);
        let of_tenant = caller
            .limit_of_tenant(Measure::Concurrency, now)
            .unwrap_or(settings.concurrent_per_tenant as u64);
        let (subject, tenant) = (caller.key().subject(), tenant_of(caller));
        let from_address = uses.address(address, now).map_or(0, |used| used.running);
        for (kind, running, most) in [
            (Kind::TenantConcurrency, uses.tenant(tenant, now).running, of_tenant),
            (Kind::KeyConcurrency, uses.key(subject, now).running, of_key),
            (Kind::AddressConcurrency, from_address, settings.concurrent_per_address as u64),
        ] {
            if running as u64 >= most {
                let quota = Quota { amount: most, window_seconds: 0 };
                return Err(Some(Told { kind, quota, level: Level { remaining: 0, reset: 1 } }));
            }
        }
        uses.running += 1;
        uses.key(subject, now).running += 1;
        uses.tenant(tenant, now).running += 1;
        if let Some(used) = uses.address(address, now) {
            used.running += 1;
        }
        Ok(())
    }

    fn count_address(&self, kind: Kind, quota: Quota, peer: IpAddr, now: Timestamp) -> Result<(), Refusal> {
        let charge = Charge { subject: Subject::new(kind, network(peer)), quota, cost: 1 };
        let counted = self.attempt(&[charge], self.sharing.mode(), now);
        // An address is never kept waiting.
        let Ok(counted) = counted else { return Ok(()) };
        self.tell(&counted, None);
        match counted.full {
            None => Ok(()),
            Some(full) => Err(Refusal::from(self.reached(full)).at(Standing::of(full))),
        }
    }

    /// Counts all of `charges` or none, after hearing of other gateways where that is needed and they answer in time.
    async fn decide(&self, charges: &[Charge], now: Timestamp) -> Counted {
        let attempt = |mode| self.attempt(charges, mode, now).ok();
        match attempt(self.sharing.mode()) {
            Some(counted) => counted,
            None => self.sharing.once_heard(attempt).await,
        }
    }

    fn attempt(&self, charges: &[Charge], mode: Mode, now: Timestamp) -> Result<Counted, Unsure> {
        let mut uses = self.uses();
        uses.sweep(now);
        let mut counted =
            Counted { told: Vec::with_capacity(charges.len()), full: None, news: Near::default() };
        let mut sure = true;
        for charge in charges {
            let (told, verdict) = uses.look(charge, mode, now);
            counted.told.push(told);
            match verdict {
                Verdict::Fits => {}
                Verdict::Full => counted.full = counted.full.or(Some(told)),
                Verdict::Unsure => sure = false,
            }
        }
        if counted.full.is_none() {
            if !sure {
                return Err(Unsure);
            }
            for (charge, told) in charges.iter().zip(&mut counted.told) {
                if uses.count(charge, told, mode, now) {
                    counted.news.add(told.kind);
                }
            }
        }
        Ok(counted)
    }

    /// Returns where a caller stands after `counted`, and tells those who run the gateway what is new in it.
    fn standing(&self, caller: &Identified, counted: &Counted, now: Timestamp) -> Standing {
        self.tell(counted, Some(caller));
        let mut standing = Standing::default();
        if let [tenant, of_key, ..] = counted.told[..] {
            let policy = caller.limit_header(of_key.quota, tenant.quota, now);
            standing.caller = Some(OfCaller { key: of_key.level, tenant: tenant.level, policy });
        }
        standing.add(counted);
        standing
    }

    fn tell(&self, counted: &Counted, caller: Option<&Identified>) {
        for kind in counted.news.iter() {
            self.metrics.near(kind);
            if let Some(key) = caller.map(|caller| caller.key()) {
                tracing::info!(
                    limit = kind.as_str(), key.id = key.caller.key, tenant = %key.caller.tenant,
                    "a limit is nearly used up"
                );
            }
        }
    }

    fn reached(&self, full: Told) -> Problem {
        let Told { kind, level, .. } = full;
        self.metrics.reached(kind);
        let limit = LimitReached {
            scope: kind.scope().to_owned(),
            policy: kind.as_str().to_owned(),
            reset: level.reset,
        };
        let code = match kind {
            Kind::KeyConcurrency | Kind::TenantConcurrency | Kind::AddressConcurrency => {
                Code::ConcurrencyLimited
            }
            _ => Code::RateLimited,
        };
        Problem { limit: Some(limit), ..Problem::new(code) }
    }

    /// The tenant's limit goes before the key's where both are reached.
    fn requests(&self, caller: &Identified, now: Timestamp) -> [Charge; 2] {
        let quota =
            |changed: Option<u64>, usual: Quota| changed.map_or(usual, |amount| Quota { amount, ..usual });
        let of_tenant =
            quota(caller.limit_of_tenant(Measure::Requests, now), caller.tenant().tenant_limit.into());
        let of_key = quota(caller.limit_of_key(Measure::Requests, now), caller.tenant().key_limit.into());
        let tenant = Subject::new(Kind::Tenant, tenant_of(caller));
        let subject = Subject::new(Kind::Key, caller.key().subject());
        [Charge { subject: tenant, quota: of_tenant, cost: 1 }, Charge { subject, quota: of_key, cost: 1 }]
    }

    fn bytes(&self, caller: &Identified, cost: u64, now: Timestamp) -> [Charge; 2] {
        let quota = |changed: Option<u64>, usual: u64| Quota {
            amount: changed.unwrap_or(usual),
            window_seconds: BYTES_WINDOW_SECONDS,
        };
        let of_tenant = quota(caller.limit_of_tenant(Measure::Bytes, now), self.settings.bytes_per_tenant);
        let of_key = quota(caller.limit_of_key(Measure::Bytes, now), self.settings.bytes_per_key);
        let tenant = Subject::new(Kind::TenantBytes, tenant_of(caller));
        let subject = Subject::new(Kind::KeyBytes, caller.key().subject());
        [Charge { subject: tenant, quota: of_tenant, cost }, Charge { subject, quota: of_key, cost }]
    }

    fn dietitian_quota(&self, caller: &Identified, now: Timestamp) -> Quota {
        let usual = Quota::from(self.settings.dietitian);
        let changed = caller.limit_of_tenant(Measure::DietitianRequests, now);
        changed.map_or(usual, |amount| Quota { amount, ..usual })
    }

    fn uses(&self) -> MutexGuard<'_, Uses> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing {
    /// Adds what was counted: what is nearly or quite used up, beside the requests of key and tenant.
    fn add(&mut self, counted: &Counted) {
        for told in &counted.told {
            if !told.is_near() && counted.full.is_none_or(|full| full.kind != told.kind) {
                continue;
            }
            self.near.add(told.kind);
            if !matches!(told.kind, Kind::Key | Kind::Tenant) {
                self.more.push(*told);
            }
        }
    }
}

fn tenant_of(caller: &Identified) -> u128 {
    caller.key().caller.tenant.uuid().as_u128()
}

/// Returns the number of an address. An IPv6 client usually has a whole /64 to call from.
fn network(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V6(address) => u128::from(address) & !u128::from(u64::MAX),
        IpAddr::V4(address) => u128::from(address.to_ipv6_mapped()),
    }
}

/// Over what bytes are counted.
const BYTES_WINDOW_SECONDS: u32 = 60;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::{clock::from_unix, policy::RequestLimit, scope::Scopes};
    use prometheus_client::registry::Registry;
    use serve::contract::Contract;

    use super::*;
    use crate::{
        identify::testing::{another_of_the_same_tenant, identified},
        permit::permit,
        route::route,
    };

    fn settings() -> Requests {
        let minute = |requests| RequestLimit { requests, window_seconds: 60 };
        Requests {
            body: Duration::ZERO,
            answer: Duration::ZERO,
            idle: Duration::ZERO,
            concurrent: 10,
            concurrent_per_tenant: 10,
            unidentified: minute(2),
            concurrent_per_key: 10,
            concurrent_per_address: 10,
            address: minute(1_000_000),
            dietitian: minute(2),
            bytes_per_key: 100,
            bytes_per_tenant: 150,
        }
    }

    fn limits_with(settings: Requests, gateways: Option<u64>) -> Arc<Limits> {
        let metrics = Arc::new(metrics::Limits::register(&mut Registry::default()));
        let sharing = Sharing::new(gateways, Duration::from_millis(20));
        Arc::new(Limits { settings, sharing, uses: Mutex::default(), metrics })
    }

    fn limits() -> Arc<Limits> {
        limits_with(settings(), None)
    }

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    /// Takes a ticket for `caller`, and tells the policy of the limit that was reached if it gets none.
    async fn take(
        limits: &Arc<Limits>,
        caller: &Identified,
        peer: IpAddr,
        bytes: u64,
    ) -> Result<(Ticket, Standing), String> {
        let document = r#"{"paths": {"/x": {"get": {"operationId": "x", "x-scope": "any"}}}}"#;
        let contract = Contract::parse(document).unwrap();
        let request = http::Request::get("/x").body(()).unwrap();
        let permit = permit(caller.clone(), route(&contract, &request).unwrap()).unwrap();
        let taken = limits.take(&permit, peer, Some(bytes), from_unix(1_000)).await;
        taken.map_err(reached)
    }

    fn reached(refusal: Refusal) -> String {
        refusal.problem.limit.map_or_else(|| refusal.problem.code.to_string(), |limit| limit.policy)
    }

    fn levels(standing: &Standing) -> (u64, u64) {
        let OfCaller { key, tenant, .. } = standing.caller.as_ref().unwrap();
        (key.remaining, tenant.remaining)
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
        assert_eq!(levels(&limits.count_denied(&other, now)).0, 2);
        for _ in 0..5 {
            assert_eq!(levels(&limits.count_denied(&other, now)), (2, 0));
        }
    }

    #[test]
    fn what_is_remembered_of_addresses_is_bounded_and_forgotten() {
        let limits = limits();
        let now = from_unix(1_000);
        let address = |n: u32| IpAddr::V4(n.into());
        for n in 0..200_000 {
            let _ = limits.count_unidentified(address(n), now);
            assert!(limits.admit(address(n), now).is_ok(), "others must not fill it up for genuine keys");
        }
        assert_eq!(limits.uses().addresses.len(), uses::MOST_SUBJECTS);
        // All that found no place share one window, and are not let off.
        assert!(limits.count_unidentified(address(300_000), now).is_err());
        // Who has a place keeps it: filling the memory resets nobody's count.
        assert!(limits.count_unidentified(address(7), now).is_ok());
        assert!(limits.count_unidentified(address(7), now).is_err());
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

    fn remembered(limits: &Limits) -> (usize, usize, usize) {
        let uses = limits.uses();
        (uses.keys.len(), uses.tenants.len(), uses.dietitians.len())
    }

    #[tokio::test]
    async fn windows_of_keys_tenants_and_dietitians_are_forgotten_when_they_lapsed() {
        let limits =
            limits_with(Requests { concurrent: 1_000, concurrent_per_address: 1_000, ..settings() }, None);
        for n in 0..100 {
            let (ticket, _) = take(&limits, &identified(Scopes::all()), HERE, 1).await.unwrap();
            let dietitian = DietitianId::from_uuid(uuid(n));
            ticket.settle(&mut None, Some(dietitian), 1, from_unix(1_000)).await.unwrap();
        }
        assert_eq!(remembered(&limits), (100, 100, 100));
        limits.count_unidentified(HERE, from_unix(1_060)).unwrap();
        assert_eq!(remembered(&limits), (0, 0, 0));
    }

    fn uuid(n: u128) -> uuid::Uuid {
        uuid::Uuid::from_u128(n)
    }

    #[tokio::test]
    async fn a_dietitian_has_a_limit_of_its_own_in_each_tenant() {
        let limits = limits();
        let (dietitian, now) = (Some(DietitianId::from_uuid(uuid(7))), from_unix(1_000));
        let (one, other) = (identified(Scopes::all()), identified(Scopes::all()));
        for caller in [&one, &one, &other] {
            take(&limits, caller, HERE, 0)
                .await
                .unwrap()
                .0
                .settle(&mut None, dietitian, 0, now)
                .await
                .unwrap();
        }
        let (ticket, _) = take(&limits, &one, HERE, 0).await.unwrap();
        assert_eq!(reached(ticket.settle(&mut None, dietitian, 0, now).await.unwrap_err()), "dietitian");
        let another = Some(DietitianId::from_uuid(uuid(8)));
        take(&limits, &other, HERE, 0).await.unwrap().0.settle(&mut None, another, 0, now).await.unwrap();
    }

    #[tokio::test]
    async fn bytes_are_limited_by_key_and_by_tenant_whether_announced_or_not() {
        let limits = limits();
        let one = identified(Scopes::all());
        let other = another_of_the_same_tenant(&one);
        drop(take(&limits, &one, HERE, 90).await.unwrap());
        assert_eq!(take(&limits, &one, HERE, 11).await.unwrap_err(), "key-bytes");
        assert_eq!(take(&limits, &other, HERE, 61).await.unwrap_err(), "tenant-bytes");
        let (ticket, _) = take(&limits, &other, HERE, 0).await.unwrap();
        ticket.settle(&mut None, None, 60, from_unix(1_000)).await.unwrap();
        // The tenant's 150 are gone, and what was refused counted for nothing.
        assert_eq!(take(&limits, &one, HERE, 1).await.unwrap_err(), "tenant-bytes");
        let (ticket, _) = take(&limits, &other, HERE, 0).await.unwrap();
        assert_eq!(
            reached(ticket.settle(&mut None, None, 1, from_unix(1_000)).await.unwrap_err()),
            "tenant-bytes"
        );
    }

    #[tokio::test]
    async fn places_are_limited_by_key_tenant_and_address_and_given_back() {
        for (change, expected) in [
            (Requests { concurrent_per_key: 1, ..settings() }, "key-concurrency"),
            (Requests { concurrent_per_tenant: 1, ..settings() }, "concurrency"),
            (Requests { concurrent_per_address: 1, ..settings() }, "address-concurrency"),
            (Requests { concurrent: 1, ..settings() }, "overloaded"),
        ] {
            let limits = limits_with(change, None);
            let caller = identified(Scopes::all());
            let (ticket, _) = take(&limits, &caller, HERE, 0).await.unwrap();
            assert_eq!(take(&limits, &caller, HERE, 0).await.unwrap_err(), expected);
            drop(ticket);
            take(&limits, &caller, HERE, 0).await.unwrap();
        }
        let limits = limits_with(Requests { concurrent_per_key: 1, ..settings() }, None);
        let one = identified(Scopes::all());
        let _ticket = take(&limits, &one, HERE, 0).await.unwrap();
        take(&limits, &another_of_the_same_tenant(&one), HERE, 0).await.unwrap();
    }

    #[tokio::test]
    async fn a_caller_is_warned_before_the_block_and_those_who_run_it_once_a_window() {
        let limits = limits();
        let caller = identified(Scopes::all());
        let near = async |bytes| take(&limits, &caller, HERE, bytes).await.unwrap().1.near().names();
        assert_eq!(near(10).await, "");
        assert_eq!(near(75).await, "key-bytes");
        assert_eq!(near(1).await, "key, key-bytes");
        assert_eq!(take(&limits, &caller, HERE, 1).await.unwrap_err(), "key");
    }

    #[tokio::test]
    async fn who_is_not_sure_waits_for_the_others_and_goes_on_with_the_share_when_they_are_silent() {
        let limits = limits_with(settings(), Some(2));
        let caller = identified(Scopes::all());
        // Until the first exchange each keeps to its share: one of three, and two of four for the tenant.
        drop(take(&limits, &caller, HERE, 0).await.unwrap());
        assert_eq!(take(&limits, &caller, HERE, 0).await.unwrap_err(), "key");
        limits.sharing.exchanged(true);
        // Now the others are believed to be there, and are silent: the request waits, then the share holds.
        assert_eq!(take(&limits, &caller, HERE, 0).await.unwrap_err(), "key");
        // Once they are heard, what is left is there.
        let exchange = async {
            limits.sharing.urgent().await;
            let published = limits.uses().publish(10, from_unix(1_000));
            for (subject, counted) in published {
                limits.uses().confirm(subject, counted, 1);
            }
            limits.sharing.exchanged(true);
        };
        let (taken, ()) = tokio::join!(take(&limits, &caller, HERE, 0), exchange);
        taken.unwrap();
        assert_eq!(take(&limits, &caller, HERE, 0).await.unwrap_err(), "key");
    }

    #[tokio::test]
    async fn an_address_is_never_kept_waiting() {
        let limits = limits_with(
            Requests { address: RequestLimit { requests: 40, window_seconds: 60 }, ..settings() },
            Some(2),
        );
        limits.sharing.exchanged(true);
        let admitted = (0..100).filter(|_| limits.admit(HERE, from_unix(1_000)).is_ok()).count();
        assert_eq!(admitted, 20);
    }
}

//! Limits that differ from the usual ones for a while.

use std::collections::HashMap;

use domain::{
    Timestamp,
    caller::Caller,
    ids::{ApplicationId, TenantId},
    policy::{LimitOverride, LimitSubject, Measure},
};

/// A limit that differs from the usual one until a moment.
#[derive(Clone, Copy, Debug)]
struct Changed {
    measure: Measure,
    value: u64,
    /// Seconds since 1970.
    until: i64,
}

/// The limits that differ, by whose they are.
#[derive(Debug, Default)]
pub(super) struct Overrides {
    tenants: HashMap<TenantId, Vec<Changed>>,
    applications: HashMap<ApplicationId, Vec<Changed>>,
    keys: HashMap<String, Vec<Changed>>,
}

impl Overrides {
    pub(super) fn new(limits: &[LimitOverride]) -> Self {
        let mut all = Self::default();
        for LimitOverride { of, measure, value, until } in limits {
            // Not even a signed policy lifts a limit altogether.
            let changed = Changed { measure: *measure, value: (*value).min(measure.most()), until: *until };
            match of {
                LimitSubject::Tenant(id) => all.tenants.entry(*id).or_default(),
                LimitSubject::Application(id) => all.applications.entry(*id).or_default(),
                LimitSubject::Key(id) => all.keys.entry(id.clone()).or_default(),
            }
            .push(changed);
        }
        all
    }

    pub(super) fn of_tenant(&self, tenant: TenantId, measure: Measure, now: Timestamp) -> Option<u64> {
        changed(self.tenants.get(&tenant), measure, now)
    }

    /// What names the key goes before what names its application.
    pub(super) fn of_key(&self, caller: &Caller, measure: Measure, now: Timestamp) -> Option<u64> {
        changed(self.keys.get(&caller.key), measure, now)
            .or_else(|| changed(self.applications.get(&caller.application), measure, now))
    }
}

fn changed(limits: Option<&Vec<Changed>>, measure: Measure, now: Timestamp) -> Option<u64> {
    let holds = |limit: &&Changed| limit.measure == measure && now.unix_timestamp() < limit.until;
    limits?.iter().find(holds).map(|limit| limit.value)
}

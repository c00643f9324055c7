//! Who calls: the holder of a genuine API key that is in force (features 1, 2 and 6).

use std::{net::IpAddr, ops::Deref};

use domain::{
    Timestamp,
    problem::{Code, Problem},
};
use http::{HeaderMap, header};
use seal::api_key::{KeyHash, Pepper, PlainKey};

use crate::{
    policy::{Found, Held, Policy, Table},
    refusal::Refusal,
};

/// The holder of a genuine API key that is in force. Only [`Identify::identify`] makes one.
#[derive(Clone, Debug)]
pub(crate) struct Identified(Held);

impl Deref for Identified {
    type Target = Held;

    fn deref(&self) -> &Held {
        &self.0
    }
}

/// What it takes to tell a genuine key.
#[derive(Debug)]
pub(crate) struct Identify {
    pepper: Pepper,
    nobody: KeyHash,
}

impl Identify {
    pub(crate) fn new(pepper: Pepper, nobody: KeyHash) -> Self {
        Self { pepper, nobody }
    }

    /// Finds out who calls. Form and checksum are tested before anything is looked up, and nothing about a key is told
    /// to who does not hold all of it.
    pub(crate) fn identify(
        &self,
        policy: &Policy,
        headers: &HeaderMap,
        peer: IpAddr,
        now: Timestamp,
    ) -> Result<Identified, Refusal> {
        let plain: PlainKey = bearer(headers)?.parse().map_err(|_| invalid())?;
        let table = policy
            .current()
            .ok_or_else(|| Problem::new(Code::Overloaded).detail("the service is starting; try again"))?;
        in_force(self.genuine(&table, &plain).ok_or_else(invalid)?, peer, now)
    }

    /// Returns the key that `plain` is, in force or not; `None` when it is unknown or not all of it is right.
    pub(crate) fn genuine<'a>(&self, table: &'a Table, plain: &PlainKey) -> Option<Found<'a>> {
        let known = table.key(plain.id());
        // An unknown key costs the same comparison, so that time does not tell it from one with a wrong secret.
        let genuine = self.pepper.matches(plain, known.as_ref().map_or(&self.nobody, |key| &key.hash));
        known.filter(|_| genuine)
    }
}

/// Lets the holder of `key` in, if it works at `now` for who calls from `peer`.
pub(crate) fn in_force(key: Found<'_>, peer: IpAddr, now: Timestamp) -> Result<Identified, Refusal> {
    if key.is_revoked() {
        return Err(Code::KeyRevoked.into());
    }
    if key.caller.key_expires_at.is_some_and(|end| now.unix_timestamp() >= end) {
        return Err(Code::KeyExpired.into());
    }
    if key.tenant().suspended {
        return Err(Code::TenantSuspended.into());
    }
    if !key.works_from(peer) {
        return Err(Code::NetworkNotAllowed.into());
    }
    Ok(Identified(key.keep()))
}

fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or_else(missing)?;
    if values.next().is_some() {
        return Err(Problem::new(Code::Malformed).detail("send one Authorization header").into());
    }
    let text = value.to_str().map_err(|_| invalid())?;
    match text.split_once(' ') {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => Ok(key),
        _ => Err(invalid()),
    }
}

pub(crate) fn missing() -> Refusal {
    Problem::new(Code::KeyMissing).detail("send the key as `Authorization: Bearer …`").into()
}

pub(crate) fn invalid() -> Refusal {
    Code::KeyInvalid.into()
}

#[cfg(test)]
pub(crate) mod testing {
    use domain::{
        clock::from_unix,
        ids::Id,
        policy::{Environment, KeyPolicy, PolicySnapshot, RequestLimit, TenantPolicy, TenantState},
        scope::Scopes,
    };
    use seal::{api_key::Pepper, entropy::SystemEntropy};

    use super::*;

    /// Returns the policy of a new key of a new tenant.
    pub(crate) fn key_policy() -> KeyPolicy {
        let plain = PlainKey::generate(Environment::Live, &SystemEntropy);
        KeyPolicy {
            id: plain.id().to_owned(),
            hash: Pepper::new(&[1; 32]).unwrap().hash(&plain).to_text(),
            application: Id::new(from_unix(1_000), &SystemEntropy),
            tenant: Id::new(from_unix(1_000), &SystemEntropy),
            environment: Environment::Live,
            scopes: Scopes::all(),
            expires_at: None,
            revoked: false,
            exposed: false,
            networks: Vec::new(),
        }
    }

    /// Returns the policy of the tenant of `key`.
    pub(crate) fn tenant_policy(key: &KeyPolicy) -> TenantPolicy {
        let limit = RequestLimit { requests: 3, window_seconds: 60 };
        TenantPolicy { id: key.tenant, state: TenantState::Active, key_limit: limit, tenant_limit: limit }
    }

    /// Returns the holder of the key that `policy` describes.
    pub(crate) fn holder(policy: &KeyPolicy) -> Identified {
        let tenant_limit = RequestLimit { requests: 4, window_seconds: 60 };
        let tenants = vec![TenantPolicy { tenant_limit, ..tenant_policy(policy) }];
        let keys = vec![policy.clone()];
        let whole = PolicySnapshot { version: 1, issued_at: 0, tenants, keys, limits: Vec::new() };
        Identified(Table::new(&whole).unwrap().key(&policy.id).unwrap().keep())
    }

    /// Returns the holder of a new key of a new tenant with `scopes`.
    pub(crate) fn identified(scopes: Scopes) -> Identified {
        holder(&KeyPolicy { scopes, ..key_policy() })
    }

    /// Returns the holder of another key of the same tenant.
    pub(crate) fn another_of_the_same_tenant(one: &Identified) -> Identified {
        let caller = &one.key().caller;
        holder(&KeyPolicy { tenant: caller.tenant, scopes: caller.scopes, ..key_policy() })
    }
}

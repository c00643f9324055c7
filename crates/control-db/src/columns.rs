//! Reads the values of columns back into domain types.

use database::Error;
use domain::{policy::LimitSubject, scope::Scopes};
use ipnet::IpNet;

/// Parses a stored name.
pub(crate) fn name<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Corrupt(what))
}

/// Returns the stored form of a set of scopes: names with a space between them.
pub(crate) fn from_scopes(scopes: Scopes) -> String {
    scopes.iter().map(domain::scope::Scope::as_str).collect::<Vec<_>>().join(" ")
}

/// Parses a stored set of scopes.
pub(crate) fn to_scopes(text: &str) -> Result<Scopes, Error> {
    text.split_whitespace().map(|scope| name(scope, "scope")).collect()
}

/// Returns the stored form of networks: CIDR notation with a space between them.
pub(crate) fn from_networks(networks: &[IpNet]) -> String {
    networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Parses stored networks.
pub(crate) fn to_networks(text: &str) -> Result<Vec<IpNet>, Error> {
    text.split_whitespace().map(|network| name(network, "network")).collect()
}

/// Parses a stored count that fits the domain's 32 bits.
pub(crate) fn count(number: i64) -> Result<u32, Error> {
    u32::try_from(number).map_err(|_| Error::Corrupt("count"))
}

/// Returns the stored form of whose limit something is: a word and an id.
pub(crate) fn from_subject(of: &LimitSubject) -> (&'static str, String) {
    match of {
        LimitSubject::Tenant(tenant) => ("tenant", tenant.to_string()),
        LimitSubject::Application(application) => ("application", application.to_string()),
        LimitSubject::Key(key) => ("key", key.clone()),
    }
}

/// Parses whose limit something is.
pub(crate) fn to_subject(kind: &str, id: &str) -> Result<LimitSubject, Error> {
    match kind {
        "tenant" => Ok(LimitSubject::Tenant(name(id, "tenant")?)),
        "application" => Ok(LimitSubject::Application(name(id, "application")?)),
        "key" => Ok(LimitSubject::Key(id.to_owned())),
        _ => Err(Error::Corrupt("subject of a limit")),
    }
}

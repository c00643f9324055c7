//! What the gateway decides by a request's method, target and caller alone, without serving it (feature 7).
//!
//! For those who ask before they change something, and for the table of every decision. The steps are the ones that
//! each request passes: `route`, the part of identify that follows the proof of the key, and `permit`.

use std::net::IpAddr;

use domain::{
    Timestamp,
    policy::PolicySnapshot,
    problem::{Code, Problem},
};
use http::{Method, Request, Uri};
use serve::contract::{Access, Contract, Operation};

use crate::{
    identify::{in_force, invalid, missing},
    leaked,
    permit::permit,
    policy::{self, Table},
    refusal::Refusal,
    route::{Action, route},
};

/// What a gateway that has this contract and this policy lets pass.
#[derive(Debug)]
pub struct Acl<'a> {
    contract: &'a Contract,
    table: Table,
}

/// The policy contradicts itself: no gateway takes it.
#[derive(Debug, thiserror::Error)]
#[error("no gateway takes this policy")]
pub struct Unusable(#[source] policy::Unusable);

/// A request, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The public half of the key; its secret half is taken to be right. `None` for a request without a key.
    pub key: Option<&'a str>,
    /// The method, in upper case as methods are.
    pub method: &'a Method,
    /// The target as it is sent: path and query.
    pub target: &'a Uri,
    /// Where it comes from.
    pub peer: IpAddr,
}

/// What becomes of a request.
#[derive(Debug)]
pub struct Decision<'a> {
    /// Where it leads, if anywhere.
    pub operation: Option<&'a Operation>,
    /// Why it goes no further; `None` if it goes on to the limits and the filter.
    pub refused: Option<Problem>,
    /// The methods that its path offers, where it asks for another one.
    pub offered: Option<String>,
}

impl<'a> Acl<'a> {
    /// Takes `policy` as a gateway does.
    ///
    /// # Errors
    /// [`Unusable`] when a gateway would refuse it.
    pub fn new(contract: &'a Contract, policy: &PolicySnapshot) -> Result<Self, Unusable> {
        Ok(Self { contract, table: Table::new(policy).map_err(Unusable)? })
    }

    /// Decides as the gateway does at `now`.
    pub fn decide(&self, asked: Asked<'_>, now: Timestamp) -> Decision<'a> {
        let mut request = Request::new(());
        *request.method_mut() = asked.method.clone();
        *request.uri_mut() = asked.target.clone();
        let (action, admitted) = match route(self.contract, &request) {
            Ok(action) => (Some(action), self.admit(action, asked, now)),
            Err(refusal) => (None, Err(refusal)),
        };
        let (refused, offered) = match admitted {
            Ok(()) => (None, None),
            Err(refusal) => (Some(*refusal.problem), refusal.allow),
        };
        Decision { operation: action.map(Action::operation), refused, offered }
    }

    fn admit(&self, action: Action<'_>, asked: Asked<'_>, now: Timestamp) -> Result<(), Refusal> {
        let operation = action.operation();
        if operation.access == Access::Public {
            // Answered by the gateway itself, or by nobody.
            return if operation.id == leaked::OPERATION { Ok(()) } else { Err(Code::NotFound.into()) };
        }
        let id = asked.key.ok_or_else(missing)?;
        let key = self.table.key(id).ok_or_else(invalid)?;
        permit(in_force(key, asked.peer, now)?, action).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use domain::{clock::from_unix, scope::Scopes};
    use serde_json::json;

    use super::*;
    use crate::identify::testing::{key_policy, tenant_policy};

    fn decided(operation: &str, key: Option<&str>, scopes: Scopes) -> (bool, Option<Code>) {
        let document = json!({"paths": {"/x": {"get": {"operationId": operation,
            "x-scope": if operation == "x" { "usage:read" } else { "public" }}}}});
        let contract = Contract::parse(&document.to_string()).unwrap();
        let mut known = key_policy();
        known.id = "known".to_owned();
        known.scopes = scopes;
        let tenants = vec![tenant_policy(&known)];
        let policy =
            PolicySnapshot { version: 1, issued_at: 0, tenants, keys: vec![known], limits: Vec::new() };
        let acl = Acl::new(&contract, &policy).unwrap();
        let (method, target) = (Method::GET, Uri::from_static("/x"));
        let peer = "127.0.0.1".parse().unwrap();
        let decision = acl.decide(Asked { key, method: &method, target: &target, peer }, from_unix(0));
        (decision.operation.is_some(), decision.refused.map(|problem| problem.code))
    }

    #[test]
    fn a_key_is_known_in_force_and_has_the_scope() {
        assert_eq!(decided("x", Some("known"), Scopes::all()), (true, None));
        assert_eq!(decided("x", Some("known"), Scopes::none()), (true, Some(Code::ScopeMissing)));
        assert_eq!(decided("x", Some("unknown"), Scopes::all()), (true, Some(Code::KeyInvalid)));
        assert_eq!(decided("x", None, Scopes::all()), (true, Some(Code::KeyMissing)));
    }

    #[test]
    fn what_is_public_is_there_if_the_gateway_answers_it() {
        assert_eq!(decided(leaked::OPERATION, None, Scopes::none()), (true, None));
        assert_eq!(decided("another", Some("known"), Scopes::all()), (true, Some(Code::NotFound)));
    }
}

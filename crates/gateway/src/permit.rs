//! Whether a caller may do what is asked (feature 7): the operation's scope must be among the key's.

use domain::problem::{Code, Problem};

use serve::contract::Access;

use crate::{identify::Identified, refusal::Refusal, route::Action};

/// A caller who may do one action. Only [`permit`] makes one, and nothing is forwarded without one.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    caller: Identified,
    action: Action<'a>,
}

/// Permits `action` to `caller`, or names the scope that is missing.
pub(crate) fn permit(caller: Identified, action: Action<'_>) -> Result<Permit<'_>, Refusal> {
    // What is public is answered before anybody is identified, and never forwarded.
    let Access::Scope(needed) = action.operation().access else { return Err(Code::NotFound.into()) };
    if caller.key().caller.scopes.contains(needed) {
        return Ok(Permit { caller, action });
    }
    Err(Problem::new(Code::ScopeMissing).detail(format!("the key needs the scope {needed}")).into())
}

impl<'a> Permit<'a> {
    pub(crate) fn caller(&self) -> &Identified {
        &self.caller
    }

    pub(crate) fn action(&self) -> Action<'a> {
        self.action
    }
}

#[cfg(test)]
mod tests {
    use domain::scope::{Scope, Scopes};
    use serde_json::json;
    use serve::contract::Contract;

    use super::*;
    use crate::{identify::testing::identified, route::route};

    #[test]
    fn a_public_action_is_permitted_to_no_key_and_so_never_forwarded() {
        let document = json!({"paths": {"/x": {"get": {"operationId": "x", "x-scope": "public"}}}});
        let contract = Contract::parse(&document.to_string()).unwrap();
        let request = http::Request::get("/x").body(()).unwrap();
        let action = route(&contract, &request).unwrap();
        let refused = permit(identified(Scopes::all()), action).unwrap_err();
        assert_eq!(refused.problem.code, Code::NotFound);
    }

    #[test]
    fn an_action_is_permitted_to_keys_with_its_scope_and_to_no_others() {
        for needed in Scope::ALL {
            let document = json!({"paths": {"/x": {"get": {"operationId": "x", "x-scope": needed}}}});
            let contract = Contract::parse(&document.to_string()).unwrap();
            let request = http::Request::get("/x").body(()).unwrap();
            for held in Scope::ALL {
                let scopes: Scopes = [held].into_iter().collect();
                let permitted = permit(identified(scopes), route(&contract, &request).unwrap());
                let expected = needed == Scope::Any || needed == held;
                assert_eq!(permitted.is_ok(), expected, "{held} for {needed}");
                if let Err(refusal) = permitted {
                    assert!(refusal.problem.detail.unwrap().contains(needed.as_str()));
                }
            }
        }
    }
}

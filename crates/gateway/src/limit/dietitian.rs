//! Which dietitian a request is about: named in its path, or in its body.

use domain::ids::DietitianId;
use serde_json::Value;

/// Returns the dietitian in `path`.
pub(crate) fn in_path(path: &str) -> Option<DietitianId> {
    let rest = path.strip_prefix(RESOURCE)?;
    rest.split('/').next()?.parse().ok()
}

/// Returns the dietitian in `body`, which fits its operation's schema.
pub(crate) fn in_body(body: &Value) -> Option<DietitianId> {
    MEMBERS.iter().find_map(|member| body.get(member)?.as_str()?.parse().ok())
}

const RESOURCE: &str = "/api/v1/dietitians/";

/// What the contract calls the dietitian in bodies; the second is the original story's.
const MEMBERS: [&str; 2] = ["dietitian_id", "dietitian-uuid"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "018f3d6e-1111-7000-8000-000000000001";

    #[test]
    fn a_dietitian_is_found_in_paths_and_bodies() {
        let expected = Some(ID.parse().unwrap());
        for path in ["", "/consent", "/samples/018f3d6e-1111-7000-8000-000000000002"] {
            assert_eq!(in_path(&format!("/api/v1/dietitians/{ID}{path}")), expected);
        }
        assert_eq!(in_path(&format!("/api/v1/dietitians/{}", ID.to_uppercase())), expected);
        assert_eq!(in_body(&json!({ "dietitian_id": ID })), expected);
        assert_eq!(in_body(&json!({ "dietitian-uuid": ID })), expected);
    }

    #[test]
    fn what_names_no_dietitian_is_about_none() {
        for path in
            ["/api/v1/dietitians", "/api/v1/dietitians/", "/api/v1/dietitians/x", "/api/v1/generations"]
        {
            assert_eq!(in_path(path), None, "{path}");
        }
        for body in [json!({}), json!([]), json!({ "dietitian_id": 1 }), json!({ "dietitian_id": "x" })] {
            assert_eq!(in_body(&body), None, "{body}");
        }
    }

    #[test]
    fn every_operation_of_the_contract_that_names_a_dietitian_does_so_here() {
        let document: Value = serde_json::from_str(include_str!("../../../../openapi.json")).unwrap();
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            let members = schema["properties"].as_object().into_iter().flatten().map(|(member, _)| member);
            for member in
                members.filter(|member| member.starts_with("dietitian") && !member.ends_with("name"))
            {
                let known = MEMBERS.contains(&member.as_str());
                let no_request = ["DietitianPage", "Usage"].iter().any(|word| name.contains(word));
                assert!(known || no_request, "{name}.{member}");
            }
        }
    }
}

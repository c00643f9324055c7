//! `/me`: who the caller is.

use domain::clock::from_unix;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{answer::Answer, error::Error, gate::Vouched};

use super::wire::{Environment, rfc3339};

/// Who the caller is, as their API key says.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"tenant_id": "018f3d6e-1111-7000-8000-000000000005", "application_id": "018f3d6e-1111-7000-8000-000000000002", "key_id": "k3v9x2qf7p", "environment": "live", "scopes": ["samples:write", "generations:write"], "key_expires_at": "2027-01-31T00:00:00Z"}))]
struct Me {
    /// The tenant that owns the key.
    tenant_id: Uuid,
    /// The application that the key was issued to; the `client-uuid` of `storeContent`.
    application_id: Uuid,
    /// The public half of the key.
    #[schema(example = "k3v9x2qf7p")]
    key_id: String,
    /// Whether the key is for tests or for live texts.
    environment: Environment,
    /// What the key may do.
    #[schema(example = json!(["samples:write", "generations:write"]))]
    scopes: Vec<String>,
    /// When the key expires, if it does.
    #[schema(format = DateTime)]
    key_expires_at: Option<String>,
}

/// Tells who the caller is
#[utoipa::path(
    get, path = "/me", operation_id = "getMe", tag = "About",
    responses((status = 200, description = "The caller", body = Me)),
    extensions(("x-scope" = json!("any")), ("x-problem-codes" = json!([])))
)]
pub(super) async fn show(vouched: Vouched) -> Result<Answer, Error> {
    let caller = vouched.caller();
    Answer::ok(&Me {
        tenant_id: caller.tenant.uuid(),
        application_id: caller.application.uuid(),
        key_id: caller.key.clone(),
        environment: caller.environment.into(),
        scopes: caller.scopes.iter().map(|scope| scope.to_string()).collect(),
        key_expires_at: caller.key_expires_at.map(|seconds| rfc3339(from_unix(seconds))),
    })
}

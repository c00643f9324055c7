//! The body of `/me`.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Environment;

/// Who the caller is, as their API key says.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"tenant_id": "018f3d6e-1111-7000-8000-000000000005", "application_id": "018f3d6e-1111-7000-8000-000000000002", "key_id": "k3v9x2qf7p", "environment": "live", "scopes": ["samples:write", "generations:write"], "key_expires_at": "2027-01-31T00:00:00.000Z"}))]
pub(crate) struct Me {
    /// The tenant that owns the key.
    pub(crate) tenant_id: Uuid,
    /// The application that the key was issued to; the `client-uuid` of `storeContent`.
    pub(crate) application_id: Uuid,
    /// The public half of the key.
    #[schema(example = "k3v9x2qf7p")]
    pub(crate) key_id: String,
    /// Whether the key is for tests or for live texts.
    pub(crate) environment: Environment,
    /// What the key may do.
    #[schema(example = json!(["samples:write", "generations:write"]))]
    pub(crate) scopes: Vec<String>,
    /// When the key expires, if it does.
    #[schema(format = DateTime)]
    pub(crate) key_expires_at: Option<String>,
}

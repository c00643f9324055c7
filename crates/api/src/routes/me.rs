//! `/me`: who the caller is.

use domain::clock::from_unix;

use crate::{
    answer::Answer,
    error::Error,
    gate::Vouched,
    wire::{me::Me, rfc3339},
};

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

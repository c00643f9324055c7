//! The signed policy: made by the control plane, taken by gateways (feature 12, threat A7).

use data_encoding::BASE64URL_NOPAD;
use domain::policy::PolicySnapshot;

use crate::{
    Error,
    digest::sha256,
    token::{Purpose, SigningKey, VerifyingKey},
};

/// Returns `snapshot` signed, as gateways fetch it and keep it on disk.
pub fn sign(key: &SigningKey, snapshot: &PolicySnapshot) -> String {
    key.sign(Purpose::PolicySnapshot, snapshot)
}

/// Returns the snapshot in `token`.
///
/// # Errors
/// [`Error::DoesNotOpen`] when it is unsigned, truncated, altered or signed by another key;
/// [`Error::UsedBefore`] when it is older than version `at_least`.
pub fn verify(key: &VerifyingKey, token: &str, at_least: u64) -> Result<PolicySnapshot, Error> {
    let snapshot: PolicySnapshot = key.verify(Purpose::PolicySnapshot, token.trim_ascii())?;
    if snapshot.version < at_least { Err(Error::UsedBefore) } else { Ok(snapshot) }
}

/// Returns what tells this content at this version from any other: 43 characters of base64url.
///
/// When it was issued is left out: a control plane that was started anew issues the same policy again.
pub fn fingerprint(snapshot: &PolicySnapshot) -> String {
    let undated = PolicySnapshot { issued_at: 0, ..snapshot.clone() };
    let json = serde_json::to_vec(&undated).expect("numbers, texts and lists of them");
    BASE64URL_NOPAD.encode(&sha256(&json))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn an_older_version_is_refused() {
        let key = SigningKey::from_seed(&*SigningKey::new_seed(&SystemEntropy)).unwrap();
        let snapshot =
            PolicySnapshot { version: 5, issued_at: 0, tenants: vec![], keys: vec![], limits: vec![] };
        let token = sign(&key, &snapshot);
        assert_eq!(verify(&key.verifying_key(), &token, 5), Ok(snapshot));
        assert_eq!(verify(&key.verifying_key(), &token, 6), Err(Error::UsedBefore));
    }
    #[test]
    fn a_fingerprint_stands_for_version_and_content_and_not_for_the_moment() {
        use domain::{clock::from_unix, ids::TenantId, policy::*};
        let limit = RequestLimit { requests: 1, window_seconds: 60 };
        let id = TenantId::new(from_unix(1), &SystemEntropy);
        let tenant = TenantPolicy { id, state: TenantState::Active, key_limit: limit, tenant_limit: limit };
        let one =
            PolicySnapshot { version: 5, issued_at: 1, tenants: vec![tenant], keys: vec![], limits: vec![] };
        let later = PolicySnapshot { issued_at: 2, ..one.clone() };
        let newer = PolicySnapshot { version: 6, ..one.clone() };
        let mut other = one.clone();
        other.tenants[0].state = TenantState::Suspended;
        assert_eq!(fingerprint(&one), fingerprint(&later));
        assert_ne!(fingerprint(&one), fingerprint(&newer));
        assert_ne!(fingerprint(&one), fingerprint(&other));
    }
}

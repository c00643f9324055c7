//! The signed policy: made by the control plane, taken by gateways (feature 12, threat A7).

use domain::policy::PolicySnapshot;

use crate::{
    Error,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn an_older_version_is_refused() {
        let key = SigningKey::from_seed(&*SigningKey::new_seed(&SystemEntropy)).unwrap();
        let snapshot = PolicySnapshot { version: 5, issued_at: 0, tenants: vec![], keys: vec![] };
        let token = sign(&key, &snapshot);
        assert_eq!(verify(&key.verifying_key(), &token, 5), Ok(snapshot));
        assert_eq!(verify(&key.verifying_key(), &token, 6), Err(Error::UsedBefore));
    }
}

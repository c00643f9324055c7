//! The signed policy: made by the control plane, taken by gateways (feature 12, threat A7).
//!
//! It travels and lies on disk in pages ([`domain::policy::pages`]), which are named by their digests. What is signed
//! is the [`Index`]: a version, and the digests of all its pages. So a gateway fetches the pages that it lacks, from
//! whomever, and none can be left out, exchanged or mixed with those of another version.

use std::{borrow::Borrow, fmt, str::FromStr};

use data_encoding::BASE64URL_NOPAD;
use domain::policy::{
    KeyPolicy, LimitOverride, PolicySnapshot, TenantPolicy,
    pages::{count_for, of_key, of_tenant},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Error,
    digest::sha256,
    token::{Purpose, SigningKey, VerifyingKey},
};

/// What one version of the policy consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Grows by at least one with each change.
    pub version: u64,
    /// Seconds since 1970 at which the control plane made it.
    pub issued_at: i64,
    /// The pages of tenants, in order.
    pub tenants: Vec<Digest>,
    /// The pages of keys, in order.
    pub keys: Vec<Digest>,
    /// Limits that differ for a while: few, so they need no page. Absent stands for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<LimitOverride>,
}

impl Index {
    /// Returns this index signed, as gateways fetch it and keep it on disk.
    pub fn sign(&self, key: &SigningKey) -> String {
        key.sign(Purpose::PolicyIndex, self)
    }

    /// Returns the index in `token`.
    ///
    /// # Errors
    /// [`Error::DoesNotOpen`] when it is unsigned, truncated, altered or signed by another key.
    pub fn open(key: &VerifyingKey, token: &str) -> Result<Self, Error> {
        key.verify(Purpose::PolicyIndex, token.trim_ascii())
    }

    /// Returns what tells this content at this version from any other.
    ///
    /// When it was issued is left out: a control plane that was started anew issues the same policy again.
    pub fn fingerprint(&self) -> Digest {
        let undated = Self { issued_at: 0, ..self.clone() };
        Digest::of(&serde_json::to_vec(&undated).expect("numbers, texts and lists of them"))
    }
}

/// The SHA-256 of a page: its name. As text 43 characters of base64url.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// Returns the digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha256(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| Error::DoesNotOpen)?;
        bytes.try_into().map(Self).map_err(|_| Error::DoesNotOpen)
    }
}

/// One page as it is sent and kept: JSON, and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The digest of the text.
    pub digest: Digest,
    /// A list of tenants or of keys.
    pub json: Vec<u8>,
}

impl Page {
    /// Returns the page of `tenants`.
    pub fn of_tenants<T: Borrow<TenantPolicy> + Serialize>(tenants: &[T]) -> Self {
        Self::of(tenants)
    }

    /// Returns the page of `keys`, which are in the order of their ids.
    pub fn of_keys<K: Borrow<KeyPolicy> + Serialize>(keys: &[K]) -> Self {
        Self::of(keys)
    }

    fn of<T: Serialize>(entries: &[T]) -> Self {
        let json = serde_json::to_vec(entries).expect("plain structs with text keys");
        Self { digest: Digest::of(&json), json }
    }
}

/// Returns the tenants on the page that `json` is, which must be the one with this `digest`.
///
/// # Errors
/// [`Error::DoesNotOpen`] when it is another one.
pub fn open_tenants(json: &[u8], digest: Digest) -> Result<Vec<TenantPolicy>, Error> {
    open(json, digest)
}

/// Returns the keys on the page that `json` is, which must be the one with this `digest`.
///
/// # Errors
/// [`Error::DoesNotOpen`] when it is another one.
pub fn open_keys(json: &[u8], digest: Digest) -> Result<Vec<KeyPolicy>, Error> {
    open(json, digest)
}

fn open<T: DeserializeOwned>(json: &[u8], digest: Digest) -> Result<Vec<T>, Error> {
    if Digest::of(json) != digest {
        return Err(Error::DoesNotOpen);
    }
    serde_json::from_slice(json).map_err(|_| Error::DoesNotOpen)
}

/// Returns the index and the pages of a whole policy, those of tenants first.
pub fn divide(policy: &PolicySnapshot) -> (Index, Vec<Page>) {
    let mut keys: Vec<_> = policy.keys.iter().collect();
    keys.sort_by(|one, other| one.id.cmp(&other.id));
    let tenants: Vec<_> = policy.tenants.iter().collect();
    let mut pages =
        paged(tenants, |tenant, pages| of_tenant(tenant.id, pages), Page::of_tenants::<&TenantPolicy>);
    let of_keys = paged(keys, |key, pages| of_key(&key.id, pages), Page::of_keys::<&KeyPolicy>);
    let digests = |pages: &[Page]| pages.iter().map(|page| page.digest).collect();
    let index = Index {
        version: policy.version,
        issued_at: policy.issued_at,
        tenants: digests(&pages),
        keys: digests(&of_keys),
        limits: policy.limits.clone(),
    };
    pages.extend(of_keys);
    (index, pages)
}

fn paged<'a, T>(
    entries: Vec<&'a T>,
    place: impl Fn(&T, usize) -> usize,
    page: impl Fn(&[&'a T]) -> Page,
) -> Vec<Page> {
    let mut pages = vec![Vec::new(); count_for(entries.len())];
    let count = pages.len();
    for entry in entries {
        pages[place(entry, count)].push(entry);
    }
    pages.iter().map(|entries| page(entries)).collect()
}

#[cfg(test)]
mod tests {
    use domain::{
        clock::from_unix,
        ids::{Id, TenantId},
        policy::{Environment, RequestLimit, TenantState},
        scope::Scopes,
    };

    use super::*;
    use crate::{
        api_key::{Pepper, PlainKey},
        entropy::SystemEntropy,
    };

    fn policy(keys: usize) -> PolicySnapshot {
        let limit = RequestLimit { requests: 1, window_seconds: 60 };
        let id = TenantId::new(from_unix(1), &SystemEntropy);
        let tenant = TenantPolicy { id, state: TenantState::Active, key_limit: limit, tenant_limit: limit };
        let key = || {
            let plain = PlainKey::generate(Environment::Live, &SystemEntropy);
            KeyPolicy {
                id: plain.id().to_owned(),
                hash: Pepper::new(&[1; 32]).unwrap().hash(&plain).to_text(),
                application: Id::new(from_unix(1_000), &SystemEntropy),
                tenant: id,
                environment: Environment::Live,
                scopes: Scopes::all(),
                expires_at: None,
                revoked: false,
                exposed: false,
                networks: Vec::new(),
            }
        };
        let keys = (0..keys).map(|_| key()).collect();
        PolicySnapshot { version: 5, issued_at: 1, tenants: vec![tenant], keys, limits: Vec::new() }
    }

    #[test]
    fn a_signed_index_opens_and_an_altered_one_does_not() {
        let key = SigningKey::from_seed(&*SigningKey::new_seed(&SystemEntropy)).unwrap();
        let (index, _) = divide(&policy(1));
        let token = index.sign(&key);
        assert_eq!(Index::open(&key.verifying_key(), &format!("{token}\n")), Ok(index));
        assert_eq!(Index::open(&key.verifying_key(), &token[..token.len() - 1]), Err(Error::DoesNotOpen));
    }

    #[test]
    fn a_fingerprint_stands_for_version_and_content_and_not_for_the_moment() {
        let one = policy(0);
        let fingerprint = |policy: &PolicySnapshot| divide(policy).0.fingerprint();
        let later = PolicySnapshot { issued_at: 2, ..one.clone() };
        let newer = PolicySnapshot { version: 6, ..one.clone() };
        let mut other = one.clone();
        other.tenants[0].state = TenantState::Suspended;
        assert_eq!(fingerprint(&one), fingerprint(&later));
        assert_ne!(fingerprint(&one), fingerprint(&newer));
        assert_ne!(fingerprint(&one), fingerprint(&other));
    }

    #[test]
    fn a_change_of_one_key_changes_one_page() {
        let mut policy = policy(3_000);
        let (before, pages) = divide(&policy);
        assert_eq!((before.tenants.len(), before.keys.len(), pages.len()), (1, 8, 9));
        policy.keys[1_500].revoked = true;
        let (after, _) = divide(&policy);
        let changed = before.keys.iter().zip(&after.keys).filter(|(before, after)| before != after);
        assert_eq!((changed.count(), after.tenants == before.tenants), (1, true));
    }

    #[test]
    fn pages_hold_everything_once_and_in_order() {
        let policy = policy(3_000);
        let (index, pages) = divide(&policy);
        let opened = index.keys.iter().flat_map(|digest| {
            let page = pages.iter().find(|page| page.digest == *digest).unwrap();
            open_keys(&page.json, *digest).unwrap()
        });
        let mut expected = policy.keys.clone();
        expected.sort_by(|one, other| one.id.cmp(&other.id));
        assert!(opened.eq(expected));
    }

    #[test]
    fn a_page_opens_under_its_own_name_only() {
        let (index, pages) = divide(&policy(1));
        assert!(open_tenants(&pages[0].json, index.tenants[0]).is_ok());
        assert_eq!(open_keys(&pages[1].json, index.tenants[0]), Err(Error::DoesNotOpen));
        let mut altered = pages[1].json.clone();
        altered.push(b' ');
        assert_eq!(open_keys(&altered, index.keys[0]), Err(Error::DoesNotOpen));
        for name in ["../../etc/passwd", "", "AAAA", &format!("{}A", index.keys[0])] {
            assert!(name.parse::<Digest>().is_err(), "{name}");
        }
    }
}

//! Any bytes as the index or a page of a policy, as the gateway reads them from the wire and from its disk: unsigned
//! never opens, and what opens under its own name is a list.
#![no_main]

use std::sync::LazyLock;

use domain::clock::Entropy;
use libfuzzer_sys::fuzz_target;
use seal::{
    policy::{self, Digest, Index},
    token::{SigningKey, VerifyingKey},
};

/// Always the same bytes, so that a crash repeats.
#[derive(Debug)]
struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

static KEY: LazyLock<VerifyingKey> = LazyLock::new(|| {
    let key = SigningKey::from_seed(&*SigningKey::new_seed(&Fixed)).expect("the seed has the right length");
    key.verifying_key()
});

fuzz_target!(|bytes: &[u8]| {
    let name = Digest::of(bytes);
    let _ = (policy::open_keys(bytes, name), policy::open_tenants(bytes, name));
    let Ok(token) = std::str::from_utf8(bytes) else { return };
    let _ = token.parse::<Digest>();
    assert!(Index::open(&KEY, token).is_err(), "an unsigned policy opened");
});

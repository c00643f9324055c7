//! Any bytes as a policy snapshot, as the gateway reads them from the wire and from its disk: unsigned never opens.
#![no_main]

use std::sync::LazyLock;

use domain::clock::Entropy;
use libfuzzer_sys::fuzz_target;
use seal::token::{SigningKey, VerifyingKey};

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
    let Ok(token) = std::str::from_utf8(bytes) else { return };
    assert!(seal::snapshot::verify(&KEY, token, 0).is_err(), "an unsigned policy opened");
});

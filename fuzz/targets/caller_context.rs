//! Any header as a caller context: only what the gateway signed opens, once, for the request it was signed for.
#![no_main]

use std::sync::LazyLock;

use domain::clock::{Entropy, from_unix};
use libfuzzer_sys::fuzz_target;
use seal::context::{BoundRequest, Verifier};
use seal::token::SigningKey;

/// Always the same bytes, so that a crash repeats.
#[derive(Debug)]
struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let key = SigningKey::from_seed(&*SigningKey::new_seed(&Fixed)).expect("the seed has the right length");
    Verifier::new(key.verifying_key())
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(header) = std::str::from_utf8(bytes) else { return };
    let request = BoundRequest { method: "GET", target: "/api/v1/me", body: b"" };
    // Nothing here was signed with the key, so nothing may open.
    assert!(VERIFIER.verify(header, &request, from_unix(1_800_000_000)).is_err(), "a forged context opened");
});

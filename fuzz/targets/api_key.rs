//! Any text as an API key: refused, or parsed to a key that says the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seal::api_key::PlainKey;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(key) = text.parse::<PlainKey>() {
        assert_eq!(key.reveal(), text, "one key has one spelling");
        assert!(text.contains(key.id()));
        assert!(!format!("{key:?}").contains(text), "the secret shows in Debug");
    }
});

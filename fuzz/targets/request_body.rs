//! Any bytes as a request body: strict JSON reads what serde_json reads, or refuses; hostile text is found.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use serve::filter::unsafe_text;
use serve::strict_json::{MAX_DEPTH, parse};

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = parse(bytes) else { return };
    let lenient: Value = serde_json::from_slice(bytes).expect("strict JSON is JSON");
    assert_eq!(value, lenient, "both readers see the same request");
    assert!(depth(&value) <= MAX_DEPTH, "nesting is bounded");

    let text = value.to_string();
    if text.contains('\u{202e}') || text.contains('\u{200b}') {
        assert!(!unsafe_text(&value).is_empty(), "invisible characters go unseen");
    }
});

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

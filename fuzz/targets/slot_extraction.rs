//! Any sample with any known entity: extraction keeps every value, and every slot it makes is one it can read.
#![no_main]

use domain::content::Language;
use libfuzzer_sys::fuzz_target;
use voice::slot::{Entity, EntityKind, extract, slots_in};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // The first line is an entity that the caller knows; the rest is the sample.
    let (name, sample) = text.split_once('\n').unwrap_or(("", text));
    let known = [Entity { text: name.to_owned(), kind: EntityKind::ClientFirstName }];
    for language in Language::ALL {
        let slotted = extract(sample, language, &known);
        let slots = slots_in(&slotted.text);
        assert_eq!(slots.len(), slotted.values.len(), "one value for each slot");
        for ((range, name), value) in slots.iter().zip(&slotted.values) {
            assert_eq!(name.as_ref(), Ok(&value.slot), "slots and values stand in the same order");
            assert_eq!(slotted.text[range.clone()], value.slot.placeholder());
        }
    }
});

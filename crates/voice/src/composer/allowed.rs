//! Judges what would be taken over from a sample by the rules that every text keeps to.
//!
//! A dietitian may have written before what must not leave here: a promise, a medicine, a web address. Without this the
//! whole text would be blocked for one sentence, though others could stand in its place.

use std::collections::BTreeSet;

use super::adapt::Request;
use crate::{
    fill::fill,
    rules::{Evidence, check_sentence},
    sample::Sample,
    slot::SlottedText,
};

/// Returns what stood in the slots of `samples`, each once, as the slots of one sample without a text.
///
/// The texts themselves are no evidence for one sentence: to read them all each time would take longer than all the rest,
/// and what they say of another client was dropped before.
pub(super) fn values_of(samples: &[&Sample]) -> Option<Sample> {
    let first = samples.first()?;
    let mut seen = BTreeSet::new();
    let values = samples.iter().flat_map(|sample| &sample.text.values);
    let values = values.filter(|value| seen.insert((value.slot.as_str(), &value.value))).cloned().collect();
    Some(Sample { text: SlottedText { text: String::new(), values }, ..(*first).clone() })
}

impl Request<'_> {
    /// Tells whether the rules let `text` leave, with this request's facts in its slots.
    pub(super) fn allows(&self, text: &str) -> bool {
        let Ok(filled) = fill(text, &self.values) else { return false };
        let evidence = Evidence {
            brief: self.brief,
            samples: &self.sample_values.iter().collect::<Vec<_>>(),
            instructions: None,
            slots_filled: true,
            trace: &filled.trace,
        };
        check_sentence(&filled.text, &evidence).is_empty()
    }
}

//! R12: the text is as long as asked for. No content type requires a notice yet.

use super::{Breach, Evidence, Registered, Rule, reading::Reading};

pub(super) const RULE: Registered =
    Registered { rule: Rule::R12, category: "length", sentence: false, judge };

fn judge(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    let length = evidence.brief.length;
    let characters = reading.text.trim().chars().count() as u64;
    if characters < u64::from(length.min).max(1) {
        vec![(None, format!("The text has {characters} characters; at least {} were asked for.", length.min))]
    } else if characters > u64::from(length.max) {
        vec![(None, format!("The text has {characters} characters; at most {} were asked for.", length.max))]
    } else {
        Vec::new()
    }
}

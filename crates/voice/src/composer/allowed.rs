//! Judges what would be taken over from a sample by the rules that every text keeps to.
//!
//! A dietitian may have written before what must not leave here: a promise, a medicine, a web address. Without this the
//! whole text would be blocked for one sentence, though others could stand in its place.

use super::adapt::Request;
use crate::{
    fill::fill,
    rules::{Evidence, check_sentence},
};

impl Request<'_> {
    /// Tells whether the rules let `text` leave, with this request's facts in its slots.
    ///
    /// Samples are no evidence here: what is another client's was dropped before, and to read them all for each sentence
    /// would take longer than all the rest.
    pub(super) fn allows(&self, text: &str) -> bool {
        let Ok(filled) = fill(text, &self.values) else { return false };
        let evidence = Evidence {
            brief: self.brief,
            samples: &[],
            instructions: None,
            slots_filled: true,
            trace: &filled.trace,
        };
        check_sentence(&filled.text, &evidence).is_empty()
    }
}

//! Judges a draft as a whole by every rule, and leaves out what breaks one: what passes sentence by sentence may still
//! break a rule beside its neighbours, or by what the samples say elsewhere.

use std::{collections::BTreeSet, ops::Range};

use super::{Draft, Piece};
use crate::{
    composer::greeting,
    fill::fill,
    phrases::Address,
    rules::{Evidence, Rule, check},
    sample::Sample,
};

/// So often sentences are left out before the plain text is written: each round reads the whole text once more.
const ROUNDS: usize = 3;

/// A text with its slots filled, and the places that break a rule.
struct Judged {
    text: String,
    broken: Vec<Option<Range<usize>>>,
}

impl Draft<'_> {
    /// Leaves out what breaks a rule; where that does not help, keeps to phrases of ours.
    pub(super) fn keep_to_the_rules(&mut self) {
        for _ in 0..ROUNDS {
            let judged = self.judge();
            if judged.broken.is_empty() {
                return;
            }
            if !self.leave_out(&judged) {
                break;
            }
            self.say_what_must_be_said();
            self.settle_ties();
        }
        if !self.judge().broken.is_empty() {
            self.write_plainly();
        }
    }

    /// Judges by all rules but the one on length, which the facts alone may break.
    fn judge(&self) -> Judged {
        let Ok(filled) = fill(&self.text(), &self.request.values) else {
            return Judged { text: String::new(), broken: vec![None] };
        };
        // What the text names is from these or from the facts; of the others, their names are evidence enough, and to read
        // their texts would take longer than all the rest.
        let from: BTreeSet<usize> =
            self.pieces().filter_map(|piece| piece.sample).chain(self.used.iter().copied()).collect();
        let samples: Vec<&Sample> =
            from.into_iter().map(|at| self.request.samples[at]).chain(&self.request.sample_values).collect();
        let evidence = Evidence {
            brief: self.request.brief,
            samples: &samples,
            instructions: None,
            slots_filled: true,
            trace: &filled.trace,
        };
        let findings = check(&filled.text, &evidence).findings.into_iter();
        let broken =
            findings.filter(|finding| finding.rule != Rule::R12).map(|finding| finding.span).collect();
        Judged { text: filled.text, broken }
    }

    /// Takes out the sentences at the broken places, and what leans on them; tells whether there were any.
    fn leave_out(&mut self, judged: &Judged) -> bool {
        let filled =
            |text: &str| fill(text, &self.request.values).map_or(String::new(), |filled| filled.text);
        let hits = |place: &Range<usize>| {
            judged
                .broken
                .iter()
                .flatten()
                .any(|span| span.start < place.end && place.start < span.end.max(span.start + 1))
        };
        let mut end = self.greeting.as_ref().map_or(0, |(greeting, _)| filled(greeting).len());
        let greeted = hits(&(0..end));
        let mut banned: Vec<String> = Vec::new();
        for block in &self.blocks {
            let mut leaning = false;
            for piece in &block.pieces {
                // The first letter may have been made a small one after the greeting.
                let sentence = filled(&piece.text);
                let first = sentence.chars().next().map_or(0, char::len_utf8);
                let found = judged.text.get(end..).and_then(|rest| rest.find(&sentence[first..]));
                let place = found.map(|at| end + at.saturating_sub(first)..end + at + sentence.len() - first);
                let broken = place.as_ref().is_none_or(hits) || leaning && piece.linked;
                end = place.map_or(end, |place| place.end);
                leaning = broken;
                if broken {
                    banned.push(piece.text.clone());
                }
            }
        }
        let signed = judged.broken.iter().flatten().any(|span| span.end > end);
        if greeted {
            self.greet_plainly();
        }
        if signed {
            self.sign_plainly();
        }
        let kept = |piece: &Piece| !banned.contains(&piece.text);
        for block in &mut self.blocks {
            block.pieces.retain(kept);
        }
        self.facts.retain(kept);
        self.continuing.retain(kept);
        self.runs.retain(|run| run.iter().all(kept));
        greeted || signed || !banned.is_empty()
    }

    /// Writes nothing of the samples: our greeting, the facts in our phrases, the name.
    fn write_plainly(&mut self) {
        self.blocks.iter_mut().for_each(|block| block.pieces.clear());
        self.facts.clear();
        self.continuing.clear();
        self.runs.clear();
        self.used.clear();
        self.greet_plainly();
        self.sign_plainly();
        self.say_what_must_be_said();
        self.settle_ties();
    }

    fn greet_plainly(&mut self) {
        let formal = self.manner.address == Address::Polite;
        self.greeting = Some((greeting::stock(self.request, self.manner, formal, &mut self.seed), false));
    }

    fn sign_plainly(&mut self) {
        let name = self.request.brief.dietitian_name.is_some();
        self.sign_off = if name { vec![(true, "{{dietitian.name}}".to_owned())] } else { Vec::new() };
    }
}

//! R4: no rate or amount of weight loss, no promise, no guarantee, no figure as an ideal, no hunger, no shame (cf. Regulation (EC) 1924/2006, Art. 12(b)).
//!
//! Losing weight may be a goal; how much and how fast may not be said, not even as a fact.

use std::ops::Range;

use super::{Breach, Evidence, Registered, Rule, claim::sentences, reading::Reading};
use crate::{lexicon::cues::Cue, quantity::Unit};

pub(super) const RULE: Registered = Registered { rule: Rule::R4, category: "promise", sentence: true, judge };

fn judge(reading: &Reading, _: &Evidence) -> Vec<Breach> {
    let mut broken: Vec<Breach> = Vec::new();
    for sentence in sentences(reading) {
        let mut found = |place: Range<usize>, message: &str| {
            broken.push((Some(sentence.span(&place)), message.to_owned()));
        };
        let amount = reading.quantities.iter().any(|quantity| {
            matches!(quantity.unit, Some(Unit::Kilogram | Unit::Pound))
                && sentence.holds(reading.words_in(&quantity.span).start)
        });
        let weight = || sentence.places(Cue::Weight);
        let fast = || sentence.says(Cue::Fast) || sentence.says(Cue::Deadline);
        for loss in sentence.places(Cue::Loss) {
            // "Weight loss" says of what; "lose" has to be told: "lose track quickly".
            let of_weight = weight().iter().any(|weight| weight.start < loss.end && loss.start < weight.end)
                || weight().iter().any(|weight| weight.start.abs_diff(loss.end) < NEAR);
            if amount || of_weight && fast() {
                found(loss, "How much or how fast weight is lost may not be said.");
            }
        }
        let near = |one: &Range<usize>, other: &Range<usize>| {
            one.start.abs_diff(other.end).min(other.start.abs_diff(one.end)) < NEAR
        };
        for vanishing in sentence.places(Cue::Vanish) {
            if weight().iter().any(|weight| near(weight, &vanishing)) && !sentence.is_denied(&vanishing) {
                found(vanishing, "That weight will go may not be promised.");
            }
        }
        for slim in sentence.places(Cue::Slim) {
            if sentence.says(Cue::Deadline) && !is_denied(reading, &slim) {
                found(slim, "What somebody will look like may not be promised.");
            }
        }
        for place in sentence.places(Cue::Ideal) {
            if !is_denied(reading, &place) {
                found(place, "This holds up a figure as the aim.");
            }
        }
        for place in sentence.places(Cue::Harm) {
            if !is_denied(reading, &place) {
                found(place, "This is a way to lose weight that does harm.");
            }
        }
        for promise in sentence.places(Cue::Promise) {
            if sentence.says(Cue::Outcome) && !is_denied(reading, &promise) {
                found(promise, "Nobody can promise a result.");
            }
        }
        for place in sentence.places(Cue::Guarantee) {
            if !is_denied(reading, &place) {
                found(place, "Nobody can guarantee a result.");
            }
        }
        for (one, other, message) in TOLD_BY {
            let others = sentence.places(other);
            for place in sentence.places(one) {
                if others.iter().any(|other| near(&place, other) && !is_denied(reading, other)) {
                    found(place, message);
                }
            }
        }
        for body in sentence.places(Cue::Body) {
            let held = body.start.checked_sub(1).and_then(|last| reading.cues.ending_at(Cue::Contempt, last));
            if held.is_some() && reading.words[body.start].joined {
                found(body, "This puts the reader to shame.");
            }
        }
        for place in sentence.places(Cue::Guilt) {
            if !is_comforted(reading, &place) {
                found(place, "This puts the reader to shame.");
            }
        }
        for place in sentence.places(Cue::Shame) {
            found(place, "This puts the reader to shame.");
        }
    }
    broken
}

/// What a promise about the body is told by, without a word of weight: clothes that get loose, a mirror that is pleased.
const TOLD_BY: [(Cue, Cue, &str); 2] = [
    (Cue::Garment, Cue::Looser, "What somebody will wear may not be promised."),
    (Cue::Witness, Cue::Praise, "What mirror or scales will show may not be promised."),
];

/// How many words stand between the loss and what is lost at most.
const NEAR: usize = 5;

/// "No reason to be ashamed", "rien de honteux": nobody is put to shame.
fn is_comforted(reading: &Reading, place: &Range<usize>) -> bool {
    const REACH: usize = 5;
    const NONE: [&str; 26] = [
        "no", "nothing", "never", "kein", "keine", "keinen", "keiner", "nichts", "nie", "rien", "aucun",
        "aucune", "pas", "nada", "ningún", "ninguna", "sin", "nulla", "niente", "nessun", "nessuna",
        "nenhum", "nenhuma", "nic", "żaden", "żadnego",
    ];
    (place.start.saturating_sub(REACH)..place.start).any(|word| {
        NONE.contains(&reading.words[word].text.as_str())
            || [Cue::Disclaim, Cue::Negation, Cue::Without].iter().any(|cue| reading.cues.covers(*cue, word))
    })
}

/// "There is no guarantee", "I can't guarantee": a negation stands within the few words before.
fn is_denied(reading: &Reading, place: &Range<usize>) -> bool {
    const REACH: usize = 3;
    (place.start.saturating_sub(REACH)..place.start)
        .rev()
        .take_while(|word| reading.words[word + 1].joined)
        .any(|word| {
            [Cue::Disclaim, Cue::Negation, Cue::Without].iter().any(|cue| reading.cues.covers(*cue, word))
        })
}

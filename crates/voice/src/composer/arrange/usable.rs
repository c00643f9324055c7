//! What of the samples this request can use: single facts, and runs of sentences that state none.

use super::{LEAST_WORDS_TO_BEGIN, Piece};
use crate::{
    composer::{
        adapt::{Adapted, Request},
        manner::capitalised,
        reading::{Item, Text},
    },
    role::Role,
};

/// Returns the sentence of each place for this request, if it can be used there.
pub(super) fn adapt_all(text: &Text, request: &Request<'_>) -> Vec<Vec<Option<Adapted>>> {
    let mut before_usable = false;
    let mut before_clipped = false;
    text.lines
        .iter()
        .map(|line| {
            line.items
                .iter()
                .map(|item| {
                    let body = !matches!(item.role, Role::Greeting | Role::SignOff);
                    // "Told you." may lean on what was cut off; what states a fact goes on from the rest too.
                    let follows =
                        |adapted: &Adapted| before_usable && (!before_clipped || adapted.says.any());
                    let adapted = request
                        .adapt(&item.text, &item.values)
                        .filter(|adapted| body && (!item.linked || follows(adapted)));
                    before_clipped = adapted.as_ref().is_some_and(|adapted| adapted.clipped);
                    before_usable = adapted.as_ref().is_some_and(|adapted| !adapted.cut)
                        || item.role == Role::Greeting && !item.linked;
                    adapted
                })
                .collect()
        })
        .collect()
}

pub(super) fn facts(texts: &[Text], adapted: &[Vec<Vec<Option<Adapted>>>]) -> Vec<Piece> {
    let mut facts = Vec::new();
    for (sample, (text, adapted)) in texts.iter().zip(adapted).enumerate() {
        let places =
            text.lines.iter().zip(adapted).flat_map(|(line, adapted)| line.items.iter().zip(adapted));
        for (item, adapted) in places {
            if let Some(adapted) = adapted.as_ref().filter(|adapted| adapted.says.any())
                && !item.linked
                && !item.leads
                && !is_list_item(&item.text)
            {
                facts.push(piece(item, adapted, sample));
            }
        }
    }
    facts
}

/// Returns the sentences that go on from one that shows the plan, and tell its length: "Here's your plan. It covers …".
pub(super) fn continuing(
    texts: &[Text],
    adapted: &[Vec<Vec<Option<Adapted>>>],
    request: &Request<'_>,
) -> Vec<Piece> {
    let mut found = Vec::new();
    for (sample, (text, adapted)) in texts.iter().zip(adapted).enumerate() {
        for (line, adapted) in text.lines.iter().zip(adapted) {
            for (pair, adapted) in line.items.windows(2).zip(adapted.iter().skip(1)) {
                if let [before, item] = pair
                    && let Some(adapted) = adapted.as_ref().filter(|adapted| adapted.says.plan)
                    && item.linked
                    && shows_plan(&before.text, request)
                {
                    found.push(piece(item, adapted, sample));
                }
            }
        }
    }
    found
}

/// Tells whether `text` names the plan, by the word that a pronoun after it stands for.
pub(super) fn shows_plan(text: &str, request: &Request<'_>) -> bool {
    let phrases = request.phrases;
    phrases.find("plan.it", text, &phrases.tokens(text)).is_some()
}

/// Returns the runs: what is usable in one line from its beginning, or from a sentence that is long enough to begin one.
pub(super) fn runs(texts: &[Text], adapted: &[Vec<Vec<Option<Adapted>>>]) -> Vec<Vec<Piece>> {
    let mut runs = Vec::new();
    for (sample, (text, adapted)) in texts.iter().zip(adapted).enumerate() {
        for (line, adapted) in text.lines.iter().zip(adapted) {
            let mut run: Vec<Piece> = Vec::new();
            for (at, (item, adapted)) in line.items.iter().zip(adapted).enumerate() {
                let usable =
                    adapted.as_ref().filter(|adapted| !adapted.says.any() && !is_list_item(&item.text));
                let begins =
                    !item.linked && (at == 0 || item.text.split_whitespace().count() >= LEAST_WORDS_TO_BEGIN);
                match usable {
                    Some(adapted) if begins || !run.is_empty() => run.push(piece(item, adapted, sample)),
                    Some(_) => {}
                    None => runs.push(std::mem::take(&mut run)),
                }
            }
            runs.push(run);
        }
    }
    for run in &mut runs {
        while run.last().is_some_and(|last| last.leads) {
            run.pop();
        }
    }
    // "Chew." is a beginning, and what it began could not be used.
    runs.retain(|run| word_count(run) >= LEAST_WORDS_OF_A_RUN);
    runs
}

/// Returns how many words `pieces` hold.
pub(super) fn word_count(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| piece.text.split_whitespace().count()).sum()
}

pub(super) fn piece(item: &Item, adapted: &Adapted, sample: usize) -> Piece {
    Piece {
        text: capitalised(&adapted.text),
        says: adapted.says,
        role: item.role,
        linked: item.linked,
        leads: item.leads && !adapted.cut,
        cut: adapted.cut,
        sample: Some(sample),
    }
}

fn is_list_item(text: &str) -> bool {
    text.starts_with(['-', '–', '•', '*']) || text.starts_with(|c: char| c.is_ascii_digit())
}

/// Fewer words are no paragraph.
pub(super) const LEAST_WORDS_OF_A_RUN: usize = 3;

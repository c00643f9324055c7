//! Puts usable sentences in the order of one sample, says what must be said, and fits the length.

mod judge;
mod layout;
mod length;
mod likeness;
mod place;
mod say;
mod skeleton;
mod usable;

use std::collections::BTreeSet;

use self::{
    likeness::says_the_same,
    usable::{LEAST_WORDS_OF_A_RUN, adapt_all, continuing, facts, piece, runs, word_count},
};
use super::{
    Says,
    adapt::{Adapted, Request, kinds_in},
    manner::Manner,
    reading::{Item, Text},
    seed::Seed,
};
use crate::{
    mention::{MentionKind, mentions},
    role::Role,
};

/// The text and where it came from.
pub(super) struct Arranged {
    pub(super) text: String,
    /// Positions of the samples whose sentences it holds.
    pub(super) used: BTreeSet<usize>,
    pub(super) stock: bool,
}

/// One sentence of the text to be.
#[derive(Clone, Debug)]
struct Piece {
    text: String,
    says: Says,
    role: Role,
    linked: bool,
    leads: bool,
    /// Whether it is a part of a sentence.
    cut: bool,
    /// The sample it is from; none for a phrase of ours.
    sample: Option<usize>,
}

/// One line of the text to be.
struct Block {
    after_gap: bool,
    /// The role of the first sentence of the skeleton that could not be used here.
    lost: Option<Role>,
    pieces: Vec<Piece>,
}

struct Draft<'a> {
    request: &'a Request<'a>,
    manner: Manner,
    seed: Seed,
    /// Usable sentences that state a fact and stand on their own, from every sample.
    facts: Vec<Piece>,
    /// Usable sentences that tell the plan's length and go on from one that shows the plan.
    continuing: Vec<Piece>,
    /// Usable runs of sentences that state no fact and stand on their own, from every sample.
    runs: Vec<Vec<Piece>>,
    greeting: Option<(String, bool)>,
    /// Whether the first sentence begins in lower case after the greeting's comma.
    lower_start: bool,
    blocks: Vec<Block>,
    sign_off: Vec<(bool, String)>,
    used: BTreeSet<usize>,
    /// Whether the dietitian names foods to eat.
    speaks_of_foods: bool,
    /// The kinds of numbers that their samples state, as bits by their places in `adapt::KINDS`.
    speaks_of_numbers: u8,
    /// How many sentences a paragraph of theirs holds, rounded up.
    paragraph: usize,
}

/// Arranges a text from `texts`.
pub(super) fn arrange(texts: &[Text], request: &Request<'_>, manner: Manner, seed: u64) -> Arranged {
    let adapted: Vec<Vec<Vec<Option<Adapted>>>> = texts.iter().map(|text| adapt_all(text, request)).collect();
    let mut draft = Draft {
        request,
        manner,
        seed: Seed::new(seed),
        facts: facts(texts, &adapted),
        continuing: continuing(texts, &adapted, request),
        runs: runs(texts, &adapted),
        greeting: None,
        lower_start: false,
        blocks: Vec::new(),
        sign_off: Vec::new(),
        used: BTreeSet::new(),
        speaks_of_foods: speaks_of_foods(texts, request),
        speaks_of_numbers: body(texts)
            .flatten()
            .fold(0, |kinds, item| kinds | kinds_in(&item.text, request.phrases)),
        paragraph: paragraph(texts),
    };
    let skeleton = draft.choose_skeleton(texts, &adapted);
    draft.frame(texts, skeleton);
    draft.fill_blocks(&texts[skeleton], &adapted[skeleton], skeleton);
    draft.say_what_must_be_said();
    draft.part_advice_from_facts();
    draft.tell_facts_first();
    draft.settle_ties();
    draft.lead_in();
    draft.invite(texts);
    draft.lengthen();
    draft.shorten();
    draft.settle_ties();
    draft.ask_once();
    draft.keep_to_the_rules();
    draft.finish()
}

fn body(texts: &[Text]) -> impl Iterator<Item = Vec<&Item>> {
    texts.iter().flat_map(|text| &text.lines).filter_map(|line| {
        let body = |item: &&Item| !matches!(item.role, Role::Greeting | Role::SignOff);
        let items: Vec<&Item> = line.items.iter().filter(body).collect();
        (!items.is_empty()).then_some(items)
    })
}

fn speaks_of_foods(texts: &[Text], request: &Request<'_>) -> bool {
    let eaten = body(texts).flatten().filter(|item| !matches!(item.role, Role::Restriction));
    eaten
        .flat_map(|item| mentions(&item.text, request.brief.language))
        .filter(|mention| mention.kind == MentionKind::Food)
        .count()
        > 1
}

fn paragraph(texts: &[Text]) -> usize {
    let lengths: Vec<usize> = body(texts).map(|items| items.len()).collect();
    lengths.iter().sum::<usize>().div_ceil(lengths.len().max(1))
}

impl Draft<'_> {
    /// Fills the lines of the skeleton with its own sentences, or with others of the same role.
    fn fill_blocks(&mut self, text: &Text, adapted: &[Vec<Option<Adapted>>], skeleton: usize) {
        for (line, adapted) in text.lines.iter().zip(adapted) {
            let mut block = Block { after_gap: line.after_gap, lost: None, pieces: Vec::new() };
            let mut previous_kept = true;
            let mut changed = false;
            let mut rejected = None;
            for (item, adapted) in line.items.iter().zip(adapted) {
                if matches!(item.role, Role::Greeting | Role::SignOff) {
                    continue;
                }
                let own = adapted.as_ref().map(|adapted| piece(item, adapted, skeleton)).filter(|piece| {
                    let leans = item.text.split_whitespace().count() < LEAST_WORDS_TO_STAND
                        && item.role != Role::Contact;
                    (!item.linked || previous_kept && !changed)
                        && (previous_kept || !leans)
                        && !self.is_said_whole(piece)
                        && !self.repeats_fact(piece, &block.pieces)
                        && !self.is_said(piece, &block.pieces)
                });
                previous_kept = own.is_some();
                // "… is therefore small" follows from the other client's goal, not from this one's.
                changed = own.as_ref().is_some_and(|piece| piece.says.goal || piece.says.exclusions);
                match own {
                    Some(piece) => block.pieces.push(piece),
                    None => rejected = rejected.or(Some(item.role)),
                }
            }
            // A beginning whose rest could not be used.
            if rejected.is_some() && word_count(&block.pieces) < LEAST_WORDS_OF_A_RUN {
                block.pieces.clear();
            }
            block.lost = rejected;
            self.vary(&mut block, skeleton);
            // A paragraph that keeps something of its own reads better shorter than patched.
            if block.pieces.is_empty()
                && let Some(role) = rejected
                && let Some(run) = self.replacement(role, skeleton)
            {
                block.pieces = run;
            }
            self.blocks.push(block);
        }
    }

    /// Now and then takes another sample's paragraph of advice, encouragement or contact, so that not every text is the same.
    fn vary(&mut self, block: &mut Block, skeleton: usize) {
        let Some(role) = block.pieces.first().map(|piece| piece.role) else { return };
        // With three samples or more, the variants of a request end each as its own.
        let few = self.runs.iter().filter_map(|run| run[0].sample).collect::<BTreeSet<_>>().len() < 3;
        let free = (matches!(role, Role::Practical | Role::Encouragement) || role == Role::Contact && few)
            && !block.pieces.iter().any(|piece| piece.says.any());
        if free
            && self.seed.below(3) == 0
            && let Some(run) = self.replacement(role, skeleton)
        {
            block.pieces = run;
        }
    }

    /// Returns a run of `role` from another sample that adds something new.
    fn replacement(&mut self, role: Role, skeleton: usize) -> Option<Vec<Piece>> {
        let role = match role {
            Role::Plan if self.pieces().next().is_none() => Role::Opening,
            // Facts are said later, in their own place.
            Role::Plan | Role::Goal | Role::Restriction => return None,
            role => role,
        };
        let once = matches!(role, Role::Contact | Role::Opening);
        if once && self.pieces().any(|piece| piece.role == role) {
            return None;
        }
        let fitting: Vec<&Vec<Piece>> = self
            .runs
            .iter()
            .filter(|run| run[0].role == role && run[0].sample != Some(skeleton))
            .filter(|run| run.iter().all(|piece| !self.is_said(piece, &[])))
            .collect();
        let at = self.seed.below(fitting.len());
        fitting.get(at).map(|run| (*run).clone())
    }

    fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.blocks.iter().flat_map(|block| &block.pieces)
    }

    fn said(&self, line: &[Piece]) -> Says {
        self.pieces().chain(line).fold(Says::default(), |says, piece| says.and(piece.says))
    }

    /// Tells whether a sentence of the skeleton says a fact again that is said; the length may come up twice.
    fn repeats_fact(&self, piece: &Piece, line: &[Piece]) -> bool {
        let said = self.said(line);
        said.overlaps(Says { plan: false, ..piece.says })
    }

    /// Tells whether `piece` is a part of a sentence while a whole one says the same.
    fn is_said_whole(&self, piece: &Piece) -> bool {
        let says_all = |fact: &Piece| !fact.cut && fact.says.and(piece.says) == fact.says;
        piece.cut && self.facts.iter().chain(&self.continuing).any(says_all)
    }

    fn repeats_any_fact(&self, piece: &Piece) -> bool {
        self.said(&[]).overlaps(piece.says)
    }

    /// Tells whether a sentence of another sample, or the greeting, carries the same message.
    fn is_said(&self, piece: &Piece, line: &[Piece]) -> bool {
        let greeting = self.greeting.as_ref().map(|(text, _)| text.as_str());
        let others = self.pieces().chain(line).filter(|other| {
            other.text == piece.text || other.sample != piece.sample || other.sample.is_none()
        });
        others.map(|other| other.text.as_str()).chain(greeting).any(|other| says_the_same(other, &piece.text))
    }

    fn finish(mut self) -> Arranged {
        let from_samples: Vec<usize> = self.pieces().filter_map(|piece| piece.sample).collect();
        self.used.extend(from_samples);
        let stock = self.pieces().any(|piece| piece.sample.is_none());
        Arranged { text: self.text(), used: self.used, stock }
    }
}

/// A shorter sentence does not stand without the one before it.
const LEAST_WORDS_TO_STAND: usize = 7;

/// A shorter lead-in says nothing that the length of the plan does not say too: "Here's the plan."
const LEAST_WORDS_OF_A_LEAD: usize = 5;

/// A shorter sentence inside a paragraph tends to lean on the one before it: "A thumbs up will do."
const LEAST_WORDS_TO_BEGIN: usize = 9;

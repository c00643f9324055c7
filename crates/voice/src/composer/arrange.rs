//! Puts usable sentences in the order of one sample, says what must be said, and fits the length.

mod layout;
mod length;
mod place;

use std::collections::BTreeSet;

use super::{
    Says,
    adapt::{Adapted, Request, without_slots},
    frame, list,
    manner::{Manner, capitalised},
    reading::{Item, Text},
    seed::Seed,
};
use crate::role::Role;

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
    /// The sample it is from; none for a phrase of ours.
    sample: Option<usize>,
}

/// One line of the text to be.
struct Block {
    after_gap: bool,
    pieces: Vec<Piece>,
}

struct Draft<'a> {
    request: &'a Request<'a>,
    manner: Manner,
    seed: Seed,
    /// Usable sentences that state a fact and stand on their own, from every sample.
    facts: Vec<Piece>,
    /// Usable runs of sentences that state no fact and stand on their own, from every sample.
    runs: Vec<Vec<Piece>>,
    greeting: Option<(String, bool)>,
    /// Whether the first sentence begins in lower case after the greeting's comma.
    lower_start: bool,
    blocks: Vec<Block>,
    sign_off: Vec<(bool, String)>,
    used: BTreeSet<usize>,
}

/// Arranges a text from `texts`.
pub(super) fn arrange(texts: &[Text], request: &Request<'_>, manner: Manner, seed: u64) -> Arranged {
    let adapted: Vec<Vec<Vec<Option<Adapted>>>> = texts.iter().map(|text| adapt_all(text, request)).collect();
    let mut draft = Draft {
        request,
        manner,
        seed: Seed::new(seed),
        facts: facts(texts, &adapted),
        runs: runs(texts, &adapted),
        greeting: None,
        lower_start: false,
        blocks: Vec::new(),
        sign_off: Vec::new(),
        used: BTreeSet::new(),
    };
    let skeleton = draft.choose_skeleton(texts, &adapted);
    draft.frame(texts, skeleton);
    draft.fill_blocks(&texts[skeleton], &adapted[skeleton], skeleton);
    draft.say_what_must_be_said();
    draft.settle_ties();
    draft.lead_in();
    draft.lengthen();
    draft.shorten();
    draft.settle_ties();
    draft.finish()
}

/// Returns the sentence of each place for this request, if it can be used there.
fn adapt_all(text: &Text, request: &Request<'_>) -> Vec<Vec<Option<Adapted>>> {
    let mut before_usable = false;
    text.lines
        .iter()
        .map(|line| {
            line.items
                .iter()
                .map(|item| {
                    let body = !matches!(item.role, Role::Greeting | Role::SignOff);
                    let adapted = request
                        .adapt(&item.text, &item.values)
                        .filter(|_| body && (!item.linked || before_usable));
                    before_usable = adapted.is_some() || item.role == Role::Greeting && !item.linked;
                    adapted
                })
                .collect()
        })
        .collect()
}

fn facts(texts: &[Text], adapted: &[Vec<Vec<Option<Adapted>>>]) -> Vec<Piece> {
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

/// Returns the runs: what is usable in one line from its beginning, or from a sentence that is long enough to begin one.
fn runs(texts: &[Text], adapted: &[Vec<Vec<Option<Adapted>>>]) -> Vec<Vec<Piece>> {
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
    runs.retain(|run| !run.is_empty());
    runs
}

fn piece(item: &Item, adapted: &Adapted, sample: usize) -> Piece {
    Piece {
        text: capitalised(&adapted.text),
        says: adapted.says,
        role: item.role,
        linked: item.linked,
        leads: item.leads,
        sample: Some(sample),
    }
}

fn is_list_item(text: &str) -> bool {
    text.starts_with(['-', '–', '•', '*']) || text.starts_with(|c: char| c.is_ascii_digit())
}

impl Draft<'_> {
    /// Returns one of the samples of which most can be used.
    fn choose_skeleton(&mut self, texts: &[Text], adapted: &[Vec<Vec<Option<Adapted>>>]) -> usize {
        let scores: Vec<usize> = texts
            .iter()
            .zip(adapted)
            .map(|(text, adapted)| {
                let usable = adapted.iter().flatten().flatten();
                let says = usable.clone().fold(Says::default(), |says, adapted| says.and(adapted.says));
                let said = [says.plan, says.energy, says.goal, says.exclusions]
                    .into_iter()
                    .filter(|said| *said)
                    .count();
                let framed =
                    |role| text.lines.iter().flat_map(|line| &line.items).any(|item| item.role == role);
                2 * usable.count()
                    + 2 * said
                    + usize::from(framed(Role::Greeting))
                    + usize::from(framed(Role::SignOff))
            })
            .collect();
        let best = scores.iter().copied().max().unwrap_or(0);
        let near: Vec<usize> = (0..texts.len()).filter(|at| scores[*at] + 6 >= best).collect();
        self.seed.pick(&near).copied().unwrap_or(0)
    }

    /// Takes greeting and sign-off from the skeleton, or from another sample where it has none.
    fn frame(&mut self, texts: &[Text], skeleton: usize) {
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.swap(0, skeleton);
        let greeting = order.iter().find_map(|at| {
            let line = texts[*at].lines.first()?;
            let item = line.items.first().filter(|item| item.role == Role::Greeting)?;
            Some((*at, item, line.items.len() > 1))
        });
        if let Some((at, item, more)) = greeting {
            let (text, inline) = frame::greeting(item, self.request, self.manner, &mut self.seed);
            self.greeting = Some((text, inline && more && at == skeleton));
            self.used.insert(at);
        }
        let first_body = texts[skeleton]
            .lines
            .iter()
            .flat_map(|line| &line.items)
            .find(|item| item.role != Role::Greeting);
        self.lower_start = first_body.is_some_and(|item| item.text.starts_with(char::is_lowercase));
        for at in order {
            let lines: Vec<(bool, Vec<&Item>)> = texts[at]
                .lines
                .iter()
                .map(|line| {
                    (
                        line.after_gap,
                        line.items.iter().filter(|item| item.role == Role::SignOff).collect::<Vec<_>>(),
                    )
                })
                .filter(|(_, items)| !items.is_empty())
                .collect();
            let lines = frame::sign_off(&lines, self.request);
            let worded = lines
                .iter()
                .any(|(_, line)| without_slots(line).chars().any(char::is_alphabetic) || line.contains("{{"));
            if worded {
                self.sign_off = lines;
                self.used.insert(at);
                break;
            }
        }
    }

    /// Fills the lines of the skeleton with its own sentences, or with others of the same role.
    fn fill_blocks(&mut self, text: &Text, adapted: &[Vec<Option<Adapted>>], skeleton: usize) {
        for (line, adapted) in text.lines.iter().zip(adapted) {
            let mut block = Block { after_gap: line.after_gap, pieces: Vec::new() };
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

    /// Now and then takes another sample's paragraph of advice or of encouragement, so that not every text is the same.
    fn vary(&mut self, block: &mut Block, skeleton: usize) {
        let Some(role) = block.pieces.first().map(|piece| piece.role) else { return };
        let free = matches!(role, Role::Practical | Role::Encouragement)
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

    /// Adds what no sentence says yet: in the dietitian's own pattern, else in ours.
    fn say_what_must_be_said(&mut self) {
        let brief = self.request.brief;
        let exclusions = list::exclusions(brief, self.request.phrases, false, false).is_some();
        let goals = list::goals(brief, self.request.phrases).is_some();
        let due = [
            (Says { plan: brief.facts.plan_days.is_some(), ..Says::default() }, Role::Plan),
            (Says { energy: self.request.energy.is_some(), ..Says::default() }, Role::Plan),
            (Says { goal: goals, ..Says::default() }, Role::Goal),
            (Says { exclusions, ..Says::default() }, Role::Restriction),
        ];
        for (fact, role) in due {
            if !fact.any() || self.said(&[]).overlaps(fact) {
                continue;
            }
            let own: Vec<Piece> = self
                .facts
                .iter()
                .filter(|piece| piece.says.overlaps(fact) && !self.repeats_any_fact(piece))
                .cloned()
                .collect();
            // "Your plan is ready. Your plan covers …" stutters.
            let (fresh, stale): (Vec<Piece>, Vec<Piece>) = own
                .into_iter()
                .partition(|piece| !self.begins_as_another(&piece.text) && !self.echoes_lead(&piece.text, 2));
            let piece = match self.seed.pick(&fresh).cloned() {
                Some(piece) => Some(piece),
                None => self
                    .stock_fact(fact, role)
                    .filter(|piece| stale.is_empty() || !self.begins_as_another(&piece.text))
                    .or_else(|| stale.into_iter().next()),
            };
            if let Some(piece) = piece {
                self.insert_fact(piece);
            }
        }
    }

    /// Tells whether as many of its longer words stand in the first paragraph already: "the nutrition plan … Your nutrition plan".
    fn echoes_lead(&self, text: &str, words: usize) -> bool {
        let lead = self.blocks.iter().find(|block| !block.pieces.is_empty());
        lead.is_some_and(|block| {
            block.pieces.iter().any(|piece| keys(&piece.text).intersection(&keys(text)).count() >= words)
        })
    }

    /// Tells whether a sentence of the text begins with the same two words.
    fn begins_as_another(&self, text: &str) -> bool {
        let beginning = |text: &str| -> Vec<String> {
            crate::word::words(text).iter().take(2).map(|word| crate::word::fold(word.text)).collect()
        };
        self.pieces().any(|piece| beginning(&piece.text) == beginning(text))
    }

    fn stock_fact(&mut self, fact: Says, role: Role) -> Option<Piece> {
        let request = self.request;
        let key = match fact {
            Says { plan: true, .. } if request.brief.facts.plan_days == Some(1) => "plan.day",
            Says { plan: true, .. } => "plan.days",
            Says { energy: true, .. } => "energy",
            Says { goal: true, .. } => "goal",
            _ => "exclusions",
        };
        let mut text = frame::choose(request.phrases, key, self.manner, &mut self.seed);
        if self.begins_as_another(&text) {
            let others = request.phrases.stock(key, self.manner.address, self.manner.speaker);
            text =
                others.into_iter().find(|other| !self.begins_as_another(other)).map_or(text, str::to_owned);
        }
        if let Some(energy) = request.energy {
            text = text.replace("<energy>", &format!("{{{{number.{}}}}}", energy.id));
        }
        if let Some(goals) = list::goals(request.brief, request.phrases) {
            text = text.replace("<goals>", &goals);
        }
        if let Some(bare) = list::exclusions(request.brief, request.phrases, false, false)
            && let Some(second) = list::exclusions(request.brief, request.phrases, true, false)
        {
            text = text.replace("<exclusions>", &bare).replace("<exclusions.the>", &second);
        }
        let piece = Piece { text, says: fact, role, linked: false, leads: false, sample: None };
        (!piece.text.is_empty() && !piece.text.contains('<')).then_some(piece)
    }

    fn finish(mut self) -> Arranged {
        let from_samples: Vec<usize> = self.pieces().filter_map(|piece| piece.sample).collect();
        self.used.extend(from_samples);
        let stock = self.pieces().any(|piece| piece.sample.is_none());
        Arranged { text: self.text(), used: self.used, stock }
    }
}

/// Tells whether two sentences carry the same message: most of the longer words of the shorter one are in both.
fn says_the_same(one: &str, other: &str) -> bool {
    let (one_keys, other_keys) = (keys(one), keys(other));
    let shared = one_keys.intersection(&other_keys).count();
    let least = one_keys.len().min(other_keys.len());
    one == other
        || shared >= 2 && shared * 2 >= least
        || shared == 1 && one_keys.len().max(other_keys.len()) <= 2
}

/// Returns the beginnings of the longer words of `text`.
fn keys(text: &str) -> BTreeSet<String> {
    crate::word::words(&without_slots(text))
        .iter()
        .map(|word| crate::word::fold(word.text))
        .filter(|word| word.chars().count() > 3)
        .map(|word| word.chars().take(6).collect())
        .collect()
}

/// A shorter sentence does not stand without the one before it.
const LEAST_WORDS_TO_STAND: usize = 7;

/// A shorter lead-in says nothing that the length of the plan does not say too: "Here's the plan."
const LEAST_WORDS_OF_A_LEAD: usize = 5;

/// A shorter sentence inside a paragraph tends to lean on the one before it: "A thumbs up will do."
const LEAST_WORDS_TO_BEGIN: usize = 9;

//! Makes a draft as long as asked: adds runs of sentences, or takes out what need not be said.

use std::collections::BTreeSet;

use super::{Draft, Piece};
use crate::{
    composer::{
        Says,
        manner::{capitalised, exclaimed},
        reading::Text,
    },
    fill::fill,
    role::Role,
};

impl Draft<'_> {
    /// A lively dietitian does not open with numbers: gives the text a beginning of theirs, where there is room.
    pub(super) fn lead_in(&mut self) {
        let opens = self.pieces().next().is_none_or(|piece| !piece.says.any());
        if opens || !self.manner.exclaims {
            return;
        }
        let room = (self.request.brief.length.max as usize).saturating_sub(self.length());
        let fitting: Vec<Vec<Piece>> = self
            .runs
            .iter()
            .filter(|run| {
                run[0].role == Role::Opening
                    && run.iter().map(|piece| piece.text.chars().count() + 1).sum::<usize>() < room
            })
            .filter(|run| {
                !self.announces_again(run)
                    && run.iter().all(|piece| !self.echoes_lead(&piece.text, 1) && !self.is_said(piece, &[]))
            })
            .cloned()
            .collect();
        if let Some(run) = self.seed.pick(&fitting).cloned() {
            self.insert_run(run);
        }
    }

    /// Ends with an invitation to write, where most of the dietitian's letters do and there is room for one of theirs.
    pub(super) fn invite(&mut self, texts: &[Text]) {
        let invites = |text: &&Text| {
            text.lines.iter().flat_map(|line| &line.items).any(|item| item.role == Role::Contact)
        };
        let habit = texts.iter().filter(invites).count() * 2 > texts.len();
        if !habit || self.pieces().any(|piece| piece.role == Role::Contact) {
            return;
        }
        let room = (self.request.brief.length.max as usize).saturating_sub(self.length());
        let fitting: Vec<Vec<Piece>> = self
            .runs
            .iter()
            .filter(|run| run[0].role == Role::Contact)
            .filter(|run| run.iter().map(|piece| piece.text.chars().count() + 1).sum::<usize>() < room)
            .filter(|run| run.iter().all(|piece| !self.is_said(piece, &[])))
            .cloned()
            .collect();
        if let Some(run) = self.seed.pick(&fitting).cloned() {
            self.insert_run(run);
        }
    }

    pub(super) fn length(&self) -> usize {
        let text = self.text();
        fill(&text, &self.request.values).map_or(text.chars().count(), |filled| filled.text.chars().count())
    }

    /// Adds sentences until the text is as long as asked, and long enough to read as an introduction of this dietitian.
    pub(super) fn lengthen(&mut self) {
        let (min, max) = (self.request.brief.length.min as usize, self.request.brief.length.max as usize);
        let samples = &self.request.samples;
        let written: usize = samples.iter().map(|sample| sample.text.text.chars().count()).sum();
        let usual = written / samples.len().max(1) * 3 / 4;
        let least = min.max(NATURAL_LENGTH.min(max * 3 / 4));
        self.add_until(least, max, usize::MAX);
        // Beyond that one paragraph of theirs, or none: heart is given once or twice.
        self.add_until(usual.min(max * 3 / 4), max, 1);
    }

    fn add_until(&mut self, target: usize, max: usize, most: usize) {
        let mut spent = BTreeSet::new();
        while self.length() < target && spent.len() < most {
            let Some(run) = self.addition(&spent, most > 1) else { return };
            spent.insert(run[0].text.clone());
            let added: usize = run.iter().map(|piece| piece.text.chars().count() + 1).sum();
            if self.length() + added < max {
                self.insert_run(run);
            }
        }
    }

    /// Returns a run of the role that the text has least of, rather the dietitian's than ours.
    fn addition(&mut self, spent: &BTreeSet<String>, with_stock: bool) -> Option<Vec<Piece>> {
        let mut roles = [Role::Opening, Role::Practical, Role::Encouragement, Role::Contact];
        roles.sort_by_key(|role| self.pieces().filter(|piece| piece.role == *role).count());
        for own in [true, false].into_iter().filter(|own| *own || with_stock) {
            for role in roles {
                let once = matches!(role, Role::Contact | Role::Opening);
                if once && self.pieces().any(|piece| piece.role == role) {
                    continue;
                }
                let runs: Vec<Vec<Piece>> = if own {
                    self.runs.iter().filter(|run| run[0].role == role).cloned().collect()
                } else {
                    self.stock_phrases(role).into_iter().map(|piece| vec![piece]).collect()
                };
                let fitting: Vec<Vec<Piece>> = runs
                    .into_iter()
                    .filter(|run| {
                        role != Role::Opening
                            || !self.announces_again(run)
                                && !run.iter().any(|piece| self.echoes_lead(&piece.text, 1))
                    })
                    .filter(|run| {
                        !spent.contains(&run[0].text) && run.iter().all(|piece| !self.is_said(piece, &[]))
                    })
                    .collect();
                if let Some(run) = self.seed.pick(&fitting) {
                    return Some(run.clone());
                }
            }
        }
        None
    }

    pub(super) fn stock_phrases(&self, role: Role) -> Vec<Piece> {
        let key = match role {
            Role::Opening => "opening",
            Role::Practical => "practical",
            Role::Encouragement => "encouragement",
            Role::Contact => "contact",
            _ => return Vec::new(),
        };
        let lively = self.manner.exclaims && matches!(role, Role::Opening | Role::Encouragement);
        self.request
            .phrases
            .stock(key, self.manner.address, self.manner.speaker)
            .into_iter()
            .map(|text| {
                let text =
                    if lively { exclaimed(text, self.request.brief.language) } else { text.to_owned() };
                let text = self.manner.contracted(&text);
                Piece {
                    text: capitalised(&text),
                    says: Says::default(),
                    role,
                    linked: false,
                    leads: false,
                    cut: false,
                    sample: None,
                }
            })
            .collect()
    }

    /// Takes out what need not be said until the text is short enough.
    pub(super) fn shorten(&mut self) {
        let max = self.request.brief.length.max as usize;
        while self.length() > max {
            let removable = self
                .blocks
                .iter()
                .enumerate()
                .flat_map(|(block_at, block)| {
                    block.pieces.iter().enumerate().map(move |(at, piece)| (block_at, at, piece))
                })
                .filter(|(_, _, piece)| !piece.says.must())
                .max_by_key(|(block_at, at, piece)| (dispensable(piece), *block_at, *at))
                .map(|(block_at, at, _)| (block_at, at));
            let Some((block_at, at)) = removable else { return };
            let pieces = &mut self.blocks[block_at].pieces;
            pieces.remove(at);
            // What leaned on it goes too, unless it says a fact; a fact's sentence begins anew.
            while pieces.get(at).is_some_and(|next| next.linked && !next.says.any()) {
                pieces.remove(at);
            }
        }
    }
}

/// How easily a text does without `piece`: phrases of ours first, then advice, the lead-in and the contact last.
fn dispensable(piece: &Piece) -> u8 {
    // What the request states comes before what any text may say.
    if piece.says.any() {
        return 0;
    }
    let role = match piece.role {
        Role::Preference => 6,
        Role::Practical => 5,
        Role::Encouragement => 4,
        Role::Goal | Role::Restriction | Role::Plan => 3,
        Role::Opening => 2,
        _ => 1,
    };
    if piece.sample.is_none() { role + 10 } else { role }
}

/// Below this many characters a text reads like a note, not like an introduction.
const NATURAL_LENGTH: usize = 320;

//! Finds the place of a sentence in a draft.

use super::{Block, Draft, LEAST_WORDS_OF_A_LEAD, Piece, keys};
use crate::role::Role;

impl Draft<'_> {
    /// Puts a fact beside the other facts.
    pub(super) fn insert_fact(&mut self, piece: Piece) {
        // "Here's the plan. This is your 14-day plan." announces twice; the one that says more stays.
        if piece.says.plan
            && let Some(block) = self.blocks.iter_mut().find(|block| !block.pieces.is_empty())
            && let [lead] = &block.pieces[..]
            && !lead.says.any()
            && lead.text.split_whitespace().count() < LEAST_WORDS_OF_A_LEAD
            && keys(&lead.text).intersection(&keys(&piece.text)).next().is_some()
        {
            block.pieces[0] = piece;
            return;
        }
        match self.place_of_fact(&piece) {
            Some((block, at)) => self.blocks[block].pieces.insert(at, piece),
            None => self.insert_run(vec![piece]),
        }
    }

    /// Puts a run that leads in before everything else, and any other in a line of its own after its role.
    pub(super) fn insert_run(&mut self, run: Vec<Piece>) {
        let Some(role) = run.first().map(|piece| piece.role) else { return };
        if role == Role::Opening
            && let Some(block) = self.blocks.iter_mut().find(|block| !block.pieces.is_empty())
        {
            block.pieces.splice(0..0, run);
            return;
        }
        let before = |block: &Block| block.pieces.iter().any(|other| other.role <= role);
        let at = self.blocks.iter().rposition(before).map_or(0, |at| at + 1);
        // Lines stand apart the way the skeleton sets them apart.
        let apart = self.blocks.iter().any(|block| block.after_gap) || self.blocks.is_empty();
        self.blocks.insert(at, Block { after_gap: apart, pieces: run });
        if at == 0
            && let Some(next) = self.blocks.get_mut(1)
        {
            next.after_gap |= apart;
        }
    }

    /// Returns the place after the last fact that comes earlier in an introduction, or before the first that comes later.
    pub(super) fn place_of_fact(&self, piece: &Piece) -> Option<(usize, usize)> {
        let rank = piece.says.rank();
        let facts = || {
            self.blocks.iter().enumerate().flat_map(|(block_at, block)| {
                block
                    .pieces
                    .iter()
                    .enumerate()
                    .filter(|(_, other)| other.says.any())
                    .map(move |(at, other)| (block_at, at, other))
            })
        };
        if let Some((block, at, _)) = facts().rfind(|(_, _, other)| other.says.rank() <= rank) {
            return Some((block, self.after_followers(block, at + 1)));
        }
        // Length and energy follow what leads in; goal and exclusions stand before the fact that comes next.
        if rank > 2
            && let Some((block, at, _)) = facts().next()
        {
            return Some((block, at));
        }
        let block = self.blocks.iter().position(|block| !block.pieces.is_empty())?;
        let leads_in = |other: &&Piece| {
            !other.says.any() && (matches!(other.role, Role::Opening | Role::Plan) || other.linked)
        };
        let at = self.blocks[block].pieces.iter().take_while(leads_in).count();
        Some((block, at))
    }

    pub(super) fn after_followers(&self, block: usize, mut at: usize) -> usize {
        while self.blocks[block].pieces.get(at).is_some_and(|next| next.linked)
            || at > 0
                && self.blocks[block].pieces.get(at - 1).is_some_and(|before| before.leads)
                && at < self.blocks[block].pieces.len()
        {
            at += 1;
        }
        at
    }

    /// Drops sentences that lost the neighbour they need.
    pub(super) fn settle_ties(&mut self) {
        for block in &mut self.blocks {
            let mut at = 0;
            while at < block.pieces.len() {
                let piece = &block.pieces[at];
                let next = block.pieces.get(at + 1);
                let orphan =
                    piece.leads && !piece.says.any() && next.is_none_or(|next| next.sample != piece.sample);
                if orphan {
                    block.pieces.remove(at);
                    at = at.saturating_sub(1);
                } else {
                    at += 1;
                }
            }
        }
    }
}

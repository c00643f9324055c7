//! Finds the place of a sentence in a draft.

use super::{
    Block, Draft, LEAST_WORDS_OF_A_LEAD, Piece,
    likeness::{begins_alike, keys},
    usable::shows_plan,
};
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
        if let Some(at) = self.replaceable_lead(&piece)
            && let Some(block) = self.blocks.iter_mut().find(|block| !block.pieces.is_empty())
        {
            block.pieces[at] = piece;
            return;
        }
        self.unstutter_lead(&piece);
        // The skeleton spoke of its goal in a paragraph of its own: so does this text.
        let own = |block: &&mut Block| block.pieces.is_empty() && block.lost == Some(piece.role);
        if matches!(piece.role, Role::Goal | Role::Restriction)
            && let Some(block) = self.blocks.iter_mut().find(own)
        {
            block.pieces.push(piece);
            return;
        }
        let full = |block: &Block| {
            let is_aim = |other: &Piece| matches!(other.role, Role::Goal | Role::Restriction);
            block.pieces.len() >= self.paragraph.max(2) && !block.pieces.iter().any(is_aim)
        };
        match self.place_of_fact(&piece) {
            // What the plan is for begins a paragraph of its own where the one on its numbers is long already.
            Some((block, at))
                if matches!(piece.role, Role::Goal | Role::Restriction)
                    && at == self.blocks[block].pieces.len()
                    && full(&self.blocks[block]) =>
            {
                let apart = self.blocks.iter().any(|block| block.after_gap);
                self.blocks.insert(block + 1, Block { after_gap: apart, lost: None, pieces: vec![piece] });
            }
            Some((block, at)) => self.blocks[block].pieces.insert(at, piece),
            None => self.insert_run(vec![piece]),
        }
    }

    /// Leads into `piece` as its own sample does, where both name the plan: "hier ist Ihr Plan. Ihr Plan umfasst …".
    fn unstutter_lead(&mut self, piece: &Piece) {
        let stutters = |lead: &Piece| {
            !lead.says.any() && shows_plan(&lead.text, self.request) && shows_plan(&piece.text, self.request)
        };
        if !piece.says.plan || piece.linked || piece.sample.is_none() {
            return;
        }
        let Some(at) = self.blocks.iter().position(|block| !block.pieces.is_empty()) else { return };
        if self.blocks[at].pieces.len() != 1 || !stutters(&self.blocks[at].pieces[0]) {
            return;
        }
        let own = self.runs.iter().find(|run| {
            run[0].sample == piece.sample
                && run[0].role == Role::Opening
                && !run.iter().any(|lead| shows_plan(&lead.text, self.request) || lead.leads)
        });
        if let Some(run) = own.cloned() {
            self.blocks[at].pieces = run;
        }
    }

    /// Tells whether `text` hands over the plan: "hier kommt Ihr Plan".
    fn announces(&self, text: &str) -> bool {
        let phrases = self.request.phrases;
        let tokens = phrases.tokens(text);
        let has = |key: &str| phrases.find(key, text, &tokens).is_some();
        has("announce") && (has("role.plan") || has("plan.noun"))
    }

    /// Tells whether `run` hands over a plan that the text hands over already.
    pub(super) fn announces_again(&self, run: &[Piece]) -> bool {
        run.iter().any(|piece| self.announces(&piece.text))
            && self.pieces().any(|piece| self.announces(&piece.text))
    }

    /// Returns which sentence of the first paragraph announces the plan as `piece` does, so that one of them is enough.
    pub(super) fn replaceable_lead(&self, piece: &Piece) -> Option<usize> {
        if !piece.says.plan || !self.announces(&piece.text) {
            return None;
        }
        let block = self.blocks.iter().find(|block| !block.pieces.is_empty())?;
        let at = block.pieces.iter().position(|lead| !lead.says.any() && self.announces(&lead.text))?;
        // What follows the old announcement must not lean on it.
        let followed = block.pieces.get(at + 1).is_some_and(|next| next.linked && !next.says.any());
        (!followed).then_some(at)
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
        // Paragraphs of this dietitian hold so many sentences: a short one has room for a short run of its kind.
        let room = self.blocks.iter_mut().rfind(|block| {
            !block.pieces.is_empty()
                && block.pieces.len() + run.len() <= self.paragraph
                && block.pieces.iter().all(|other| other.role == role && !other.says.any() && !other.leads)
        });
        if let Some(block) = room.filter(|_| matches!(role, Role::Practical | Role::Encouragement)) {
            block.pieces.extend(run);
            return;
        }
        let before = |block: &Block| {
            let last = block.pieces.iter().map(|other| other.role).max();
            last.is_some_and(|last| last <= role)
        };
        // Lines stand apart the way the skeleton sets them apart.
        let apart = self.blocks.iter().any(|block| block.after_gap) || self.blocks.is_empty();
        let at = self.blocks.iter().rposition(before).map_or(0, |at| at + 1);
        let at = if at == 0 { self.part_after_facts(role, apart).unwrap_or(0) } else { at };
        self.blocks.insert(at, Block { after_gap: apart, lost: None, pieces: run });
        if at == 0
            && let Some(next) = self.blocks.get_mut(1)
        {
            next.after_gap |= apart;
        }
    }

    /// Parts what comes later than `role` from the facts of its paragraph, and returns the place between the two.
    fn part_after_facts(&mut self, role: Role, apart: bool) -> Option<usize> {
        let at = self.blocks.iter().position(|block| block.pieces.iter().any(|piece| piece.says.any()))?;
        let pieces = &mut self.blocks[at].pieces;
        let facts = pieces.iter().rposition(|piece| piece.says.any()).map_or(0, |last| last + 1);
        let later = (facts..pieces.len()).find(|next| pieces[*next].role > role && !pieces[*next].linked);
        if let Some(later) = later {
            let rest = pieces.split_off(later);
            self.blocks.insert(at + 1, Block { after_gap: apart, lost: None, pieces: rest });
        }
        Some(at + 1)
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
        // What announces the plan stays directly before the sentence on the plan, whatever else that one says.
        let earlier = |other: &Piece| other.says.rank() <= rank || other.says.plan;
        if let Some((block, at, _)) = facts().rfind(|(_, _, other)| earlier(other)) {
            return Some((block, self.after_followers(block, at + 1)));
        }
        // Length and numbers follow what leads in; goal and exclusions stand before the fact that comes next.
        if rank > 3
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

    /// Gives advice a paragraph of its own where the facts before it have grown long.
    pub(super) fn part_advice_from_facts(&mut self) {
        let apart = self.blocks.iter().any(|block| block.after_gap);
        for at in (0..self.blocks.len()).rev() {
            let pieces = &self.blocks[at].pieces;
            let facts = pieces.iter().take_while(|piece| piece.says.any()).count();
            let leans = pieces.get(facts).is_none_or(|next| next.linked)
                || pieces[..facts].iter().any(|fact| fact.leads);
            if facts <= self.paragraph || leans {
                continue;
            }
            let advice = self.blocks[at].pieces.split_off(facts);
            self.blocks.insert(at + 1, Block { after_gap: apart, lost: None, pieces: advice });
        }
    }

    /// Moves facts before advice where nothing but advice stands before them.
    pub(super) fn tell_facts_first(&mut self) {
        let has = |text: &str, keys: &[&str]| {
            let phrases = self.request.phrases;
            let tokens = phrases.tokens(text);
            keys.iter().any(|key| phrases.find(key, text, &tokens).is_some())
        };
        let advice = |piece: &Piece| match piece.role {
            _ if piece.says.any() => false,
            Role::Practical | Role::Encouragement | Role::Contact => true,
            // What stood first in its sample need not lead in.
            Role::Opening => !has(&piece.text, &["announce", "plan.noun", "claim.heart"]),
            _ => false,
        };
        let advises = |block: &Block| {
            let cues = ["role.practical", "role.encouragement"];
            let told = |piece: &Piece| piece.role != Role::Opening || has(&piece.text, &cues);
            block.pieces.first().is_some_and(told) && block.pieces.iter().all(advice)
        };
        let states = |block: &Block| block.pieces.iter().any(|piece| piece.says.any());
        let Some(advice) = self.blocks.iter().position(advises) else { return };
        let Some(first) = self.blocks.iter().position(states).filter(|first| *first > advice) else { return };
        let whole =
            |block: &&Block| block.pieces.iter().all(|piece| piece.says.any()) && !block.pieces[0].linked;
        let count = self.blocks[first..]
            .iter()
            .take_while(|block| !block.pieces.is_empty())
            .take_while(whole)
            .count();
        self.blocks[advice..first + count].rotate_right(count);
    }

    /// Keeps one of two invitations to write that follow each other: "Schreiben Sie mir gern! Schreiben Sie mir, sobald …".
    pub(super) fn ask_once(&mut self) {
        let asks = |text: &str| {
            let phrases = self.request.phrases;
            phrases.find("role.contact", text, &phrases.tokens(text)).is_some()
        };
        let closes_with_it = self.sign_off.iter().any(|(_, line)| asks(line));
        let piece = |(block, at): &(usize, usize)| &self.blocks[*block].pieces[*at];
        let places: Vec<(usize, usize)> = self
            .blocks
            .iter()
            .enumerate()
            .flat_map(|(block_at, block)| (0..block.pieces.len()).map(move |at| (block_at, at)))
            .filter(|place| {
                let piece = piece(place);
                piece.role == Role::Contact && !piece.says.any() && asks(&piece.text)
            })
            .collect();
        let Some(best) = places.iter().max_by_key(|place| piece(place).text.chars().count()) else { return };
        let kept = (!closes_with_it).then_some(*best);
        let repeats = |place: &(usize, usize)| {
            closes_with_it
                || piece(place).sample != piece(best).sample
                || begins_alike(&piece(place).text, &piece(best).text)
        };
        let dropped: Vec<(usize, usize)> =
            places.iter().filter(|place| Some(**place) != kept && repeats(place)).copied().collect();
        for (block, at) in dropped.into_iter().rev() {
            // What leans on it needs it.
            if self.blocks[block].pieces.get(at + 1).is_none_or(|next| !next.linked) {
                self.blocks[block].pieces.remove(at);
            }
        }
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

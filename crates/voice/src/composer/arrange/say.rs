//! Says the facts that no sentence says yet, in the dietitian's own pattern, else in ours.

use super::{Draft, Piece, usable::shows_plan};
use crate::{
    composer::{
        Says,
        adapt::{KINDS, bit},
        frame, list,
    },
    role::Role,
};

impl Draft<'_> {
    /// Adds what no sentence says yet: in the dietitian's own pattern, else in ours.
    pub(super) fn say_what_must_be_said(&mut self) {
        let brief = self.request.brief;
        let exclusions = list::exclusions(brief, self.request.phrases, false, false).is_some();
        let goals = list::goals(brief, self.request.phrases).is_some();
        let numbers = self.due_numbers();
        let due = [
            (Says { plan: brief.facts.plan_days.is_some(), ..Says::default() }, Role::Plan),
            (Says { energy: self.request.energy.is_some(), ..Says::default() }, Role::Plan),
            (Says { goal: goals, ..Says::default() }, Role::Goal),
            (Says { exclusions, ..Says::default() }, Role::Restriction),
            (
                Says { meals: self.speaks_of_foods && self.request.named_foods.is_some(), ..Says::default() },
                Role::Preference,
            ),
        ];
        for (fact, role) in due {
            if !fact.any() || self.said(&[]).overlaps(fact) {
                continue;
            }
            let own = self.own(fact, numbers);
            // "Your plan is ready. Your plan covers …" stutters.
            let (fresh, stale): (Vec<Piece>, Vec<Piece>) = own.into_iter().partition(|piece| {
                self.replaceable_lead(piece).is_some()
                    || !self.begins_as_another(&piece.text) && !self.echoes_lead(&piece.text, 2)
            });
            let continuing = if fact.plan { self.continuing_lead() } else { Vec::new() };
            let fresh = if continuing.is_empty() { fresh } else { saying_most(continuing, numbers) };
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
        self.say_numbers(numbers);
    }

    /// Returns the numbers of a day, besides its energy, that the facts state and of which this dietitian speaks.
    fn due_numbers(&self) -> u8 {
        let kinds = (0..KINDS.len()).filter(|kind| self.request.number(*kind).is_some());
        kinds.fold(0, |due, kind| due | bit(kind)) & self.speaks_of_numbers
    }

    /// Says the numbers that are not said yet: in the dietitian's own sentences, else several in one of ours.
    fn say_numbers(&mut self, due: u8) {
        for kind in 0..KINDS.len() {
            let fact = Says { numbers: bit(kind) & due, ..Says::default() };
            if !fact.any() || self.said(&[]).overlaps(fact) {
                continue;
            }
            let own = self.own(fact, due);
            let piece = match self.seed.pick(&own).cloned() {
                Some(piece) => Some(piece),
                None => self.stock_number(kind, due & !self.said(&[]).numbers),
            };
            if let Some(piece) = piece {
                self.insert_fact(piece);
            }
        }
    }

    /// Returns the dietitian's own sentences for `fact`, those that say most of the numbers that are `due`.
    fn own(&self, fact: Says, due: u8) -> Vec<Piece> {
        let fits = |piece: &&Piece| piece.says.overlaps(fact) && !self.repeats_any_fact(piece);
        let mut own: Vec<Piece> = self.facts.iter().filter(fits).cloned().collect();
        // A whole sentence reads better than a part of one.
        if own.iter().any(|piece| !piece.cut) {
            own.retain(|piece| !piece.cut);
        }
        saying_most(own, due)
    }

    /// Returns the dietitian's own sentences that tell the length and may go on from the lead-in.
    fn continuing_lead(&self) -> Vec<Piece> {
        let goes_on = self.lead_shows_plan();
        let fits = |piece: &&Piece| goes_on && !self.repeats_any_fact(piece);
        self.continuing.iter().filter(fits).cloned().collect()
    }

    /// Tells whether the sentence that a length would follow shows the plan: "hier ist Ihr neuer Plan."
    fn lead_shows_plan(&self) -> bool {
        let Some(block) = self.blocks.iter().find(|block| !block.pieces.is_empty()) else { return false };
        let lead = block.pieces.iter().take_while(|piece| !piece.says.any()).last();
        lead.is_some_and(|lead| shows_plan(&lead.text, self.request))
    }

    /// Returns a phrase of ours that states the number of `kind`, and with it the others that share its sentence.
    fn stock_number(&mut self, kind: usize, due: u8) -> Option<Piece> {
        let request = self.request;
        let amount = |kind: usize| Some(format!("{{{{number.{}}}}}", request.number(kind)?.id));
        let in_list = |kind: usize| {
            let key = format!("amount.{}", KINDS[kind].name);
            let stock = request.phrases.stock(&key, self.manner.address, self.manner.speaker);
            Some(stock.first()?.replace("<amount>", &amount(kind)?))
        };
        let (text, numbers) = if in_list(kind).is_some() {
            let listed: Vec<(usize, String)> = (0..KINDS.len())
                .filter(|other| due & bit(*other) != 0)
                .filter_map(|other| Some((other, in_list(other)?)))
                .collect();
            let items: Vec<String> = listed.iter().map(|(_, item)| item.clone()).collect();
            let list = list::joined(&items, request.phrases.and, request.phrases, request.brief.language);
            let numbers = listed.iter().fold(0, |numbers, (kind, _)| numbers | bit(*kind));
            if self.say_with_energy(&list, numbers) {
                return None;
            }
            let text = frame::choose(request.phrases, "numbers", self.manner, &mut self.seed);
            (text.replace("<numbers>", &list), numbers)
        } else {
            let text = frame::choose(request.phrases, KINDS[kind].key(), self.manner, &mut self.seed);
            (text.replace("<amount>", &amount(kind)?), bit(kind))
        };
        let says = Says { numbers, ..Says::default() };
        let role = if KINDS[kind].name == "water" { Role::Practical } else { Role::Plan };
        let piece = Piece { text, says, role, linked: false, leads: false, cut: false, sample: None };
        (!piece.text.is_empty() && !piece.text.contains('<')).then_some(piece)
    }

    /// Says `list` in our own sentence on the energy, if that is how the energy is said: "about 1,800 kcal with …".
    fn say_with_energy(&mut self, list: &str, numbers: u8) -> bool {
        let request = self.request;
        let stock = request.phrases.stock("numbers.with", self.manner.address, self.manner.speaker);
        let (Some(with), Some(energy)) = (stock.first(), request.energy) else { return false };
        let energy = format!("{{{{number.{}}}}}", energy.id);
        let with = format!("{energy} {}", with.replace("<numbers>", list));
        let mut pieces = self.blocks.iter_mut().flat_map(|block| &mut block.pieces);
        let ours =
            pieces.find(|piece| piece.sample.is_none() && piece.says.energy && piece.text.contains(&energy));
        let Some(piece) = ours else { return false };
        piece.text = piece.text.replacen(&energy, &with, 1);
        piece.says.numbers |= numbers;
        true
    }

    fn stock_fact(&mut self, fact: Says, role: Role) -> Option<Piece> {
        let request = self.request;
        let key = match fact {
            Says { plan: true, .. } if request.brief.facts.plan_days == Some(1) => "plan.day",
            Says { plan: true, .. } => "plan.days",
            Says { energy: true, .. } if request.brief.facts.plan_days == Some(1) => "energy.day",
            Says { energy: true, .. } => "energy",
            Says { goal: true, .. } => "goal",
            Says { meals: true, .. } => "meals",
            _ => "exclusions",
        };
        let mut text = frame::choose(request.phrases, key, self.manner, &mut self.seed);
        if self.begins_as_another(&text) {
            let others = request.phrases.stock(key, self.manner.address, self.manner.speaker);
            text = others
                .into_iter()
                .find(|other| !self.begins_as_another(other))
                .map_or(text, |other| self.manner.contracted(other));
        }
        if fact.plan && request.brief.facts.plan_days != Some(1) && self.lead_shows_plan() {
            text = frame::choose(request.phrases, "plan.it", self.manner, &mut self.seed);
        }
        if let Some(energy) = request.energy {
            text = text.replace("<energy>", &format!("{{{{number.{}}}}}", energy.id));
        }
        if let Some(goals) = list::goals(request.brief, request.phrases) {
            text = match text.split_once(" <goals>") {
                Some((head, rest)) => {
                    let head = request.goal_head(head, &goals).unwrap_or_else(|| head.to_owned());
                    format!("{head} {goals}{rest}")
                }
                None => text,
            };
        }
        if let Some(foods) = &request.named_foods {
            text =
                text.replace(": <foods>", &format!(": {}", foods.listed)).replace("<foods>", &foods.running);
        }
        if let Some(bare) = list::exclusions(request.brief, request.phrases, false, false)
            && let Some(second) = list::exclusions(request.brief, request.phrases, true, false)
        {
            text = text.replace("<exclusions>", &bare).replace("<exclusions.the>", &second);
        }
        let piece = Piece { text, says: fact, role, linked: false, leads: false, cut: false, sample: None };
        (!piece.text.is_empty() && !piece.text.contains('<')).then_some(piece)
    }
}

/// Returns those of `pieces` that say most of the numbers `due`: one sentence for them reads better than two.
fn saying_most(pieces: Vec<Piece>, due: u8) -> Vec<Piece> {
    let said = |piece: &Piece| (piece.says.numbers & due).count_ones();
    let most = pieces.iter().map(said).max().unwrap_or(0);
    pieces.into_iter().filter(|piece| said(piece) == most).collect()
}

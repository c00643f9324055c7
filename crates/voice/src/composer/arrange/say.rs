//! Says the facts that no sentence says yet, in the dietitian's own pattern, else in ours.

use super::{Draft, Piece};
use crate::{
    composer::{Says, frame, list},
    role::Role,
};

impl Draft<'_> {
    /// Adds what no sentence says yet: in the dietitian's own pattern, else in ours.
    pub(super) fn say_what_must_be_said(&mut self) {
        let brief = self.request.brief;
        let exclusions = list::exclusions(brief, self.request.phrases, false, false).is_some();
        let goals = list::goals(brief, self.request.phrases).is_some();
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
            let own: Vec<Piece> = self
                .facts
                .iter()
                .filter(|piece| piece.says.overlaps(fact) && !self.repeats_any_fact(piece))
                .cloned()
                .collect();
            // "Your plan is ready. Your plan covers …" stutters.
            let (fresh, stale): (Vec<Piece>, Vec<Piece>) = own.into_iter().partition(|piece| {
                self.replaceable_lead(piece).is_some()
                    || !self.begins_as_another(&piece.text) && !self.echoes_lead(&piece.text, 2)
            });
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

    fn stock_fact(&mut self, fact: Says, role: Role) -> Option<Piece> {
        let request = self.request;
        let key = match fact {
            Says { plan: true, .. } if request.brief.facts.plan_days == Some(1) => "plan.day",
            Says { plan: true, .. } => "plan.days",
            Says { energy: true, .. } => "energy",
            Says { goal: true, .. } => "goal",
            Says { meals: true, .. } => "meals",
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
        if let Some(foods) = &request.named_foods {
            text = text.replace("<foods>", foods);
        }
        if let Some(bare) = list::exclusions(request.brief, request.phrases, false, false)
            && let Some(second) = list::exclusions(request.brief, request.phrases, true, false)
        {
            text = text.replace("<exclusions>", &bare).replace("<exclusions.the>", &second);
        }
        let piece = Piece { text, says: fact, role, linked: false, leads: false, sample: None };
        (!piece.text.is_empty() && !piece.text.contains('<')).then_some(piece)
    }
}

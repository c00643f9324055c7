//! Turns a sentence written for another client into one for this request, or rejects it.
//!
//! Rejecting is the rule when in doubt: a generic sentence less costs style, one client's life in another's text costs trust.

use domain::content::Language;

use super::{Says, list};
use crate::{
    facts::{Brief, Number},
    fill::Values,
    mention::{MentionKind, mentions},
    phrases::{Phrases, Token},
    quantity::quantities,
    slot::{SlotName, SlotValue, slots_in},
};

/// A sentence that this request can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Adapted {
    /// Holds only slots that this request fills.
    pub(super) text: String,
    /// Which of the facts that must be said it says.
    pub(super) says: Says,
}

/// What every sentence of one request is judged against.
pub(super) struct Request<'a> {
    pub(super) brief: &'a Brief,
    pub(super) phrases: &'a Phrases,
    pub(super) values: Values,
    /// The brief's energy, if it states one.
    pub(super) energy: Option<&'a Number>,
    /// The words of the brief's goals, folded: topics that this text may touch.
    topics: Vec<String>,
    /// The foods of the brief's meals, by their ids in the lexicon.
    foods: Vec<&'static str>,
    /// The goals, and the foods to name, as phrases.
    goals: Option<String>,
    pub(super) named_foods: Option<String>,
    /// Everything that this request puts into sentences: goals and allergens in each form.
    own: Vec<String>,
}

impl<'a> Request<'a> {
    pub(super) fn new(brief: &'a Brief, phrases: &'a Phrases) -> Self {
        let energy = brief.facts.numbers.iter().find(|number| {
            matches!(number.unit.as_str(), "kcal" | "kJ")
                && ["energy", "kcal", "calor"].iter().any(|id| number.id.contains(id))
        });
        let topics = brief
            .facts
            .goals
            .iter()
            .flat_map(|goal| phrases.tokens(goal))
            .map(|token| token.folded)
            .collect();
        let foods = brief
            .facts
            .meals
            .iter()
            .flat_map(|meal| &meal.foods)
            .flat_map(|food| mentions(food, brief.language))
            .map(|mention| mention.id)
            .collect();
        let goals = list::goals(brief, phrases);
        let exclusions = [(false, false), (true, false), (false, true), (true, true)]
            .into_iter()
            .filter_map(|(second, negated)| list::exclusions(brief, phrases, second, negated));
        let own = goals.iter().cloned().chain(exclusions).collect();
        let named_foods = list::foods(brief, phrases);
        Self { brief, phrases, values: Values::of(brief), energy, topics, foods, goals, named_foods, own }
    }

    /// Returns `text` for this request, or nothing when it cannot be used.
    pub(super) fn adapt(&self, text: &str, values: &[SlotValue]) -> Option<Adapted> {
        self.adapt_whole(&self.without_tail(text), values)
    }

    /// Drops what a plan was made for, ", built around your night shifts": it is another client's.
    fn without_tail(&self, text: &str) -> String {
        let head = text.match_indices(", ").find_map(|(at, comma)| {
            let rest = &text[at + comma.len()..];
            let tokens = self.phrases.tokens(rest);
            if !self.phrases.begins("tail", rest, &tokens) {
                return None;
            }
            let cue = self.phrases.find("tail", rest, &tokens)?;
            let reader = self.phrases.begins("tail.reader", rest, &tokens[cue.end..]);
            (!reader && at > 0 && !rest.contains(':')).then_some(&text[..at])
        });
        let Some(head) = head.filter(|head| head.split_whitespace().count() >= 4) else {
            return text.to_owned();
        };
        let end = text.trim_end().rfind(['.', '!', '?', '…']).map_or(".", |at| &text[at..]);
        format!("{head}{end}")
    }

    fn adapt_whole(&self, text: &str, values: &[SlotValue]) -> Option<Adapted> {
        let mut says = Says::default();
        let text = self.without_name(text)?;
        let text = self.with_goals(&text, &mut says)?;
        let text = self.with_exclusions(&text, &mut says)?;
        let text = self.with_foods(&text, &mut says);
        let text = self.with_slots(&text, values, &mut says)?;
        (self.is_free_of_others(&text, says)
            && quantities(&without_slots(&text), self.brief.language).is_empty())
        .then_some(Adapted { text, says })
    }

    /// Takes the client's name out of the sentence when this request has none: ", {{client.first_name}}!" becomes "!".
    fn without_name(&self, text: &str) -> Option<String> {
        let slot = "{{client.first_name}}";
        if !text.contains(slot) || self.has_client("first_name") {
            return Some(text.to_owned());
        }
        let mut text = text.to_owned();
        for end in [".", "!", "?", "…", " –", " —"] {
            text = text.replace(&format!(", {slot}{end}"), end);
        }
        text = text.replace(&format!(", {slot},"), ",");
        if let Some(rest) = text.strip_prefix(&format!("{slot}, ")) {
            text = super::manner::capitalised(rest);
        }
        (!text.contains(slot)).then_some(text)
    }

    pub(super) fn has_client(&self, slot: &str) -> bool {
        self.brief.client.slots.get(slot).is_some_and(|value| !value.trim().is_empty())
    }

    /// Puts this request's goals after "the goal is".
    fn with_goals(&self, text: &str, says: &mut Says) -> Option<String> {
        let tokens = self.phrases.tokens(text);
        let Some(frame) = self.phrases.find("goal.frame", text, &tokens) else {
            return Some(text.to_owned());
        };
        let goals = self.goals.as_deref()?;
        let mut head_end = tokens[frame.end - 1].span.end;
        if let Some(colon) =
            text[head_end..].find(':').filter(|at| text[head_end..head_end + at].trim().is_empty())
        {
            head_end += colon + 1;
        }
        let tail = &text[head_end..];
        // "The goal is to …" goes on with a verb, and a question does not state a goal.
        if tail.trim_start().starts_with("to ") || text.trim_end().ends_with('?') || tail.trim().is_empty() {
            return None;
        }
        let head = self.goal_head(&text[..head_end], goals)?;
        says.goal = true;
        let end = if tail.contains('!') { "!" } else { "." };
        Some(format!("{head} {goals}{end}"))
    }

    /// Fits "the goal is" to the form of the goals after it, or rejects it.
    fn goal_head(&self, head: &str, goals: &str) -> Option<String> {
        let first = goals.split_whitespace().next().unwrap_or_default();
        match self.brief.language {
            // "The focus is on to sleep better."
            Language::English => {
                let after_preposition =
                    head.ends_with(" on") || !head.ends_with(" is") && !head.ends_with(':');
                let verbal = self.brief.facts.goals.iter().any(|goal| goal.trim_start().starts_with("to "));
                (!(verbal && after_preposition)).then(|| head.to_owned())
            }
            Language::French => {
                let tokens = self.phrases.tokens(goals);
                let verbal = self.phrases.begins("infinitive", goals, &tokens);
                Some(if verbal && !head.ends_with(':') { format!("{head} de") } else { head.to_owned() })
            }
            // "Ziel ist regelmäßige Mahlzeiten": a colon agrees with everything.
            Language::German => {
                let singular =
                    ["ein", "eine", "der", "die", "das", "mehr", "weniger", "dein", "deine", "Ihr", "Ihre"];
                let agrees = singular.contains(&first) || first.ends_with("er") || first.ends_with("es");
                let bare = head.strip_suffix(" ist").or_else(|| head.strip_suffix(" steht"));
                Some(match bare.filter(|_| !agrees) {
                    Some(bare) => format!("{bare}:"),
                    None => head.to_owned(),
                })
            }
            // "Celem jest regularne posiłki" needs "są" with the plural.
            Language::Polish => {
                let second = goals.split([' ', ',']).nth(1).unwrap_or_default();
                let plural =
                    first.ends_with('e') && (second.ends_with(['y', 'i']) || second.ends_with("nia"));
                Some(if plural { head.replacen(" jest", " są", 1) } else { head.to_owned() })
            }
            _ => Some(head.to_owned()),
        }
    }

    /// Puts this request's foods in the place of a list of foods after "the plan includes".
    fn with_foods(&self, text: &str, says: &mut Says) -> String {
        // "… and a moderate quantity of fruit" closes the list too.
        const MOST: usize = 6;
        if says.goal || says.exclusions {
            return text.to_owned();
        }
        let named = mentions(text, self.brief.language);
        let tokens = self.phrases.tokens(text);
        let found = self.phrases.find_all("include.frame", text, &tokens).into_iter().find_map(|cue| {
            self.food_list(text, &tokens[cue.end..], &named, tokens[cue.end - 1].span.end, MOST)
        });
        match (found, self.named_foods.as_deref()) {
            (Some((start, end)), Some(foods)) => {
                says.meals = true;
                format!("{}{foods}{}", &text[..start], &text[end..])
            }
            _ => text.to_owned(),
        }
    }

    /// Puts this request's allergens in the place of a list of foods after "I've left out".
    fn with_exclusions(&self, text: &str, says: &mut Says) -> Option<String> {
        const MOST: usize = 4;
        let language = self.brief.language;
        let named = mentions(text, language);
        if named.is_empty() || says.goal {
            return Some(text.to_owned());
        }
        let tokens = self.phrases.tokens(text);
        for cue in self
            .phrases
            .find_all("exclude.bare", text, &tokens)
            .into_iter()
            .chain(self.phrases.find_all("exclude.the", text, &tokens))
        {
            let second_form = !self.phrases.begins("exclude.bare", text, &tokens[cue.start..]);
            let negated = self.phrases.begins("exclude.or", text, &tokens[cue.start..]);
            if let Some((start, end)) =
                self.food_list(text, &tokens[cue.end..], &named, tokens[cue.end - 1].span.end, MOST)
            {
                let exclusions = list::exclusions(self.brief, self.phrases, second_form, negated)?;
                says.exclusions = true;
                return Some(format!("{}{exclusions}{}", &text[..start], &text[end..]));
            }
        }
        Some(text.to_owned())
    }

    /// Returns where a list of foods stands that begins with `tokens` and reaches to its last food.
    fn food_list(
        &self,
        text: &str,
        tokens: &[Token],
        named: &[crate::mention::Mention],
        from: usize,
        most_unknown: usize,
    ) -> Option<(usize, usize)> {
        let mut start = None;
        let mut end = None;
        let mut reached = from;
        for (at, token) in tokens.iter().enumerate() {
            let gap = &text[reached..token.span.start];
            if gap.chars().any(|c| !c.is_whitespace() && !matches!(c, ',' | '\'' | '’' | '-')) {
                break;
            }
            let mention = named
                .iter()
                .find(|mention| mention.span.start <= token.span.start && token.span.end <= mention.span.end);
            let joins = self.phrases.begins("list", text, &tokens[at..]);
            match mention {
                Some(mention) if mention.is_food() => end = Some(mention.span.end),
                _ if !joins => break,
                _ => {}
            }
            start = start.or(Some(token.span.start));
            reached = token.span.end;
        }
        let (start, end) = (start?, end?);
        // "…, coffee and mint.": foods that the lexicon does not know close the list. Anything longer than
        // `most_unknown` words is another clause.
        let rest = &text[end..];
        let unknown = self.phrases.tokens(rest);
        let joined = rest.starts_with(',')
            || unknown.first().is_some_and(|_| self.phrases.begins("list", rest, &unknown));
        let close = rest.find(['.', '!', ';', ':', '–', '—', '(']).unwrap_or(rest.len());
        let end = if joined && unknown.iter().filter(|token| token.span.start < close).count() <= most_unknown
        {
            end + close
        } else {
            end
        };
        let closed = text[end..].trim_start();
        (closed.is_empty()
            || closed.starts_with(['.', '!', ';', '…'])
            || closed.starts_with(crate::sentence::is_pictograph))
        .then_some((start, end))
    }

    /// Points each slot to this request's facts.
    fn with_slots(&self, text: &str, values: &[SlotValue], says: &mut Says) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        let mut values = values.iter();
        for (span, name) in slots_in(text) {
            let name = name.ok()?;
            // Slots that were taken out above took their values along: those still to come are in the same order.
            let value = values.by_ref().find(|value| value.slot == name);
            out.push_str(&text[end..span.start]);
            end = span.end;
            out.push_str(&self.slot(&name, value, text, &text[end..], says)?.placeholder());
        }
        out.push_str(&text[end..]);
        Some(out)
    }

    fn slot(
        &self,
        name: &SlotName,
        value: Option<&SlotValue>,
        sentence: &str,
        after: &str,
        says: &mut Says,
    ) -> Option<SlotName> {
        match name.as_str() {
            "client.first_name" | "client.last_name" | "dietitian.name" => {}
            "plan.days" if self.brief.facts.plan_days? > 1 || after.starts_with('-') => says.plan = true,
            "plan.weeks" if self.weeks_fit(value, after) => says.plan = true,
            "number.kcal" | "number.kj" => {
                // A day's energy, not that of a snack.
                let was =
                    quantities(&value?.value, self.brief.language).first()?.value.parse::<f64>().ok()?;
                let least = if name.as_str() == "number.kcal" { 800.0 } else { 3300.0 };
                if was < least || sentence.matches("{{number.").count() > 1 {
                    return None;
                }
                says.energy = true;
                return format!("number.{}", self.energy?.id).parse().ok();
            }
            _ => return None,
        }
        self.values.contains(name).then(|| name.clone())
    }

    /// Tells whether "n weeks" can be said of this plan, in the form that the sentence gives its noun.
    fn weeks_fit(&self, value: Option<&SlotValue>, after: &str) -> bool {
        let Some(days) = self.brief.facts.plan_days.filter(|days| days % 7 == 0 && *days > 0) else {
            return false;
        };
        let weeks = u32::from(days / 7);
        let was = value.and_then(|value| {
            quantities(&format!("{} {}", value.value, week(self.brief.language)), self.brief.language)
                .first()?
                .value
                .parse::<u32>()
                .ok()
        });
        let Some(was) = was else { return false };
        // Polish counts 2-4 tygodnie, 5 tygodni; everyone counts one week apart.
        let form = |count: u32| match count {
            1 => 0,
            2..=4 if self.brief.language == Language::Polish => 1,
            _ => 2,
        };
        after.starts_with('-') || form(weeks) == form(was)
    }

    /// Tells whether the sentence names nothing of another client: no food, condition, name, topic or circumstance.
    pub(super) fn is_free_of_others(&self, text: &str, says: Says) -> bool {
        let language = self.brief.language;
        let plain = without_slots(text);
        // What was put in by us is this client's own.
        let mut rest = plain;
        if says.goal || says.exclusions || says.meals {
            for own in self.own.iter().chain(self.named_foods.as_ref().filter(|_| says.meals)) {
                rest = rest.replacen(own, " ", 1);
            }
        }
        let known_food = |mention: &crate::mention::Mention| {
            mention.kind == MentionKind::Food
                && self.foods.contains(&mention.id)
                && !mention
                    .allergens
                    .iter()
                    .any(|allergen| self.brief.client.avoid_allergens.contains(allergen))
        };
        if mentions(&rest, language).iter().any(|mention| !known_food(mention)) {
            return false;
        }
        let tokens = self.phrases.tokens(&rest);
        let foreign = self.phrases.find_all("foreign", &rest, &tokens);
        if foreign
            .iter()
            .any(|place| !tokens[place.clone()].iter().all(|token| self.topics.contains(&token.folded)))
        {
            return false;
        }
        // "Your knee", "your garden": what belongs to a client is theirs, but for what belongs to everyone.
        let owned = self.phrases.find_all("possessive", &rest, &tokens);
        let common = |at: usize| {
            (at..tokens.len().min(at + 3))
                .any(|next| self.phrases.begins("possession", &rest, &tokens[next..]))
        };
        if owned.iter().any(|place| !common(place.end)) {
            return false;
        }
        // "Here's your week" belongs to no plan of three days.
        let short = self.brief.facts.plan_days.is_some_and(|days| days < 7);
        if short && self.phrases.find("longer", &rest, &tokens).is_some() {
            return false;
        }
        self.phrases.find("gendered", &rest, &tokens).is_none() && !self.names_someone(&rest, &tokens)
    }

    /// Tells whether a word inside the sentence is written like a name.
    fn names_someone(&self, text: &str, tokens: &[Token]) -> bool {
        tokens.iter().enumerate().skip(1).any(|(at, token)| {
            let word = &text[token.span.clone()];
            let begins =
                text[..token.span.start].trim_end().ends_with(['.', '!', '?', '…', '¿', '¡', '"', '“']);
            let polite = self.phrases.begins("address.t", text, &tokens[at..])
                || self.phrases.begins("address.v", text, &tokens[at..]);
            // Every German noun has a capital: those that any introduction may hold are listed, the rest may be a name.
            let noun = self.phrases.begins("noun", text, &tokens[at..]);
            word.starts_with(char::is_uppercase)
                && !noun
                && !begins
                && !polite
                && !matches!(token.folded.as_str(), "i" | "i'm" | "i've" | "i'll" | "i'd")
        })
    }
}

/// Returns `text` with a neutral sign in the place of each slot.
pub(super) fn without_slots(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for (span, _) in slots_in(text) {
        out.push_str(&text[end..span.start]);
        out.push('#');
        end = span.end;
    }
    out.push_str(&text[end..]);
    out
}

const fn week(language: Language) -> &'static str {
    match language {
        Language::English => "weeks",
        Language::Spanish | Language::Portuguese => "semanas",
        Language::French => "semaines",
        Language::German => "Wochen",
        Language::Italian => "settimane",
        Language::Polish => "tygodni",
    }
}

//! Turns a sentence written for another client into one for this request, or rejects it.
//!
//! Rejecting is the rule when in doubt: a generic sentence less costs style, one client's life in another's text costs trust.

mod claims;
mod history;
mod numbers;
mod own;
mod patterns;
mod scope;
mod shorten;

use domain::content::Language;

pub(super) use self::numbers::{ADVICE, KINDS, bit, kinds_in};
use super::{
    Says,
    allowed::values_of,
    list,
    reader::{self, Title},
};
use crate::{
    facts::{Brief, Number},
    fill::Values,
    mention::{MentionKind, mentions},
    phrases::{Phrases, Token},
    quantity::quantities,
    sample::Sample,
    slot::{SlotName, SlotValue, slots_in},
};

/// A sentence that this request can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Adapted {
    /// Holds only slots that this request fills.
    pub(super) text: String,
    /// Which of the facts that must be said it says.
    pub(super) says: Says,
    /// Whether only a part of what the author wrote could be used.
    pub(super) cut: bool,
    /// Whether a clause that no other client may hear was left off its end.
    pub(super) clipped: bool,
}

/// What every sentence of one request is judged against.
pub(super) struct Request<'a> {
    pub(super) brief: &'a Brief,
    pub(super) phrases: &'a Phrases,
    pub(super) values: Values,
    /// How the reader is called, and the gender that this shows.
    pub(super) title: Title<'a>,
    /// What stood in the slots of the samples, if there are any.
    pub(super) sample_values: Option<Sample>,
    /// The samples themselves: evidence for the whole text.
    pub(super) samples: Vec<&'a Sample>,
    /// The brief's energy, if it states one.
    pub(super) energy: Option<&'a Number>,
    /// The words of the brief's goals, folded: topics that this text may touch.
    topics: Vec<String>,
    /// The foods of the brief's meals, by their ids in the lexicon.
    foods: Vec<&'static str>,
    /// The goals, and the foods to name, as phrases.
    goals: Option<String>,
    pub(super) named_foods: Option<list::Foods>,
    /// Everything that this request puts into sentences: goals and allergens in each form.
    inserted: Vec<String>,
    /// What comes back from letter to letter.
    own: own::Own,
}

/// Where a slot stands.
struct Around<'a> {
    sentence: &'a str,
    before: &'a str,
    after: &'a str,
}

impl<'a> Request<'a> {
    pub(super) fn new(brief: &'a Brief, phrases: &'a Phrases, samples: &[&'a Sample]) -> Self {
        let energy = stated(brief)
            .find(|number| matches!(number.unit.as_str(), "kcal" | "kJ") && number.is_daily_energy());
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
        let inserted = goals.iter().cloned().chain(exclusions).collect();
        let named_foods = list::foods(brief, phrases);
        Self {
            brief,
            phrases,
            values: Values::of(brief),
            title: reader::title(brief, phrases),
            sample_values: values_of(samples),
            samples: samples.to_vec(),
            energy,
            topics,
            foods,
            goals,
            named_foods,
            inserted,
            own: own::Own::of(samples),
        }
    }

    /// Returns the number of a kind that this text may state.
    pub(super) fn number(&self, kind: usize) -> Option<&Number> {
        stated(self.brief).find(|number| KINDS[kind].is(number))
    }

    /// Returns `text` for this request, or nothing when it cannot be used.
    pub(super) fn adapt(&self, text: &str, values: &[SlotValue]) -> Option<Adapted> {
        self.adapt_text(text, values).or_else(|| Some(Adapted { cut: true, ..self.fact_in(text, values)? }))
    }

    fn adapt_text(&self, text: &str, values: &[SlotValue]) -> Option<Adapted> {
        let whole = self.without_predecessor(text);
        let text = self.without_cause(&self.without_reminder(text));
        let text = self.without_predecessor(&self.without_tail(&text));
        if self.tells_history(&text) {
            return None;
        }
        let text = self.without_claims(&text)?;
        Some(Adapted { clipped: text != whole, ..self.adapt_whole(&text, values)? })
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
            (!reader && at > 0 && !rest.contains(':') && self.stands(&text[..at])).then_some(&text[..at])
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
        // Without this request's goal or number in it, an aim is another client's.
        let foreign_aim = !(says.goal || says.energy || says.numbers != 0) && self.states_aim(&text);
        (!foreign_aim
            && self.is_free_of_others(&text, says)
            && quantities(&without_slots(&text), self.brief.language).is_empty()
            && self.allows(&text))
        .then_some(Adapted { text, says, cut: false, clipped: false })
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
            let around = Around { sentence: text, before: &text[..span.start], after: &text[end..] };
            out.push_str(&self.slot(&name, value, &around, says)?.placeholder());
        }
        out.push_str(&text[end..]);
        Some(out)
    }

    fn slot(
        &self,
        name: &SlotName,
        value: Option<&SlotValue>,
        around: &Around<'_>,
        says: &mut Says,
    ) -> Option<SlotName> {
        let after = around.after;
        match name.as_str() {
            // "Chaque petit pas" calls no Mr Petit.
            "client.first_name" | "client.last_name"
                if value.is_some_and(|value| value.value.starts_with(char::is_lowercase)) =>
            {
                return None;
            }
            "client.first_name" | "client.last_name" | "dietitian.name" => {}
            "plan.days" if self.brief.facts.plan_days? > 1 || after.starts_with('-') => says.plan = true,
            "plan.weeks" if self.weeks_fit(value, after) => says.plan = true,
            "number.kcal" | "number.kj" => {
                // A day's energy, not that of a snack.
                let was =
                    quantities(&value?.value, self.brief.language).first()?.value.parse::<f64>().ok()?;
                let least = if name.as_str() == "number.kcal" { 800.0 } else { 3300.0 };
                let energies =
                    ["{{number.kcal}}", "{{number.kj}}"].map(|slot| around.sentence.matches(slot).count());
                if was < least || energies[0] + energies[1] > 1 {
                    return None;
                }
                says.energy = true;
                return format!("number.{}", self.energy?.id).parse().ok();
            }
            name => {
                let kind = numbers::kind_of(name, around.before, after, self.phrases)?;
                let number = self.number(kind)?;
                // "Three meals and two snacks": this request knows one of the two counts, and not of which.
                let counts_parts = || {
                    let tokens = self.phrases.tokens(around.sentence);
                    self.phrases.find("number.meals.part", around.sentence, &tokens).is_some()
                };
                if says.numbers & bit(kind) != 0 || KINDS[kind].name == "meals" && counts_parts() {
                    return None;
                }
                says.numbers |= bit(kind);
                return format!("number.{}", number.id).parse().ok();
            }
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
            let foods = self.named_foods.iter().filter(|_| says.meals);
            for own in self.inserted.iter().chain(foods.flat_map(|foods| [&foods.running, &foods.listed])) {
                // It may begin the sentence.
                let first = if rest.contains(own) { own.clone() } else { super::manner::capitalised(own) };
                rest = rest.replacen(&first, " ", 1);
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
        let tokens = self.phrases.tokens(&rest);
        if mentions(&rest, language).iter().any(|mention| !known_food(mention)) {
            return false;
        }
        let habit = self.is_habit(text);
        let harmless = self.phrases.find_all("foreign.harmless", &rest, &tokens);
        let mut foreign = self.phrases.find_all("foreign", &rest, &tokens);
        // How a dietitian invites every client to write is no client's.
        foreign.retain(|place| {
            let excused = harmless.iter().any(|known| known.start <= place.start && place.end <= known.end);
            !(excused || habit && self.invites(&rest))
        });
        // "{{number.protein}} of protein" is this client's own.
        let counted = |at: usize| {
            KINDS.iter().enumerate().any(|(kind, counted)| {
                says.numbers & bit(kind) != 0 && self.phrases.begins(counted.key(), &rest, &tokens[at..])
            })
        };
        if foreign.iter().any(|place| {
            !counted(place.start)
                && !tokens[place.clone()].iter().all(|token| self.topics.contains(&token.folded))
        }) {
            return false;
        }
        // "Your knee", "your garden": what belongs to a client is theirs, but for what belongs to everyone.
        let owned = self.phrases.find_all("possessive", &rest, &tokens);
        let common = |at: usize| {
            (at..tokens.len().min(at + 3))
                .any(|next| self.phrases.begins("possession", &rest, &tokens[next..]))
        };
        if !habit && (owned.iter().any(|place| !common(place.end)) || !self.is_about_known_things(&rest)) {
            return false;
        }
        if self.is_of_one_occasion(text, &rest, &tokens) {
            return false;
        }
        if !self.is_within_plan(&rest, &tokens) || !self.is_of_its_meals(&rest, &tokens) {
            return false;
        }
        self.is_for_this_reader(&rest, &tokens) && (habit || !self.names_someone(&rest, &tokens))
    }

    /// Tells whether what `text` shows of the reader's gender is what this request tells.
    fn is_for_this_reader(&self, text: &str, tokens: &[Token]) -> bool {
        let told = |at: usize| {
            ["reader.woman", "reader.man", "reader.woman.is", "reader.man.is"]
                .iter()
                .any(|key| self.phrases.begins(key, text, &tokens[at..]))
        };
        let untold = self.phrases.find_all("gendered", text, tokens).iter().any(|place| !told(place.start));
        !untold && reader::fits(text, self.title.gender, self.phrases, self.brief.language)
    }

    /// Tells whether a word inside the sentence is written like a name.
    fn names_someone(&self, text: &str, tokens: &[Token]) -> bool {
        tokens.iter().enumerate().skip(1).any(|(at, token)| {
            let word = &text[token.span.clone()];
            let begins =
                text[..token.span.start].trim_end().ends_with(['.', '!', '?', '…', '¿', '¡', '"', '“']);
            let polite = self.phrases.begins("address.t", text, &tokens[at..])
                || self.phrases.begins("address.v", text, &tokens[at..])
                || self.phrases.begins("polite.capital", text, &tokens[at..]);
            // Every German noun has a capital: those that any introduction may hold are listed, the rest may be a name.
            let noun = self.phrases.begins("noun", text, &tokens[at..]);
            let german = self.brief.language == Language::German;
            // A noun that comes back in letters to others; given names are R8's to find.
            let recurs = german && self.own.uses(&token.folded);
            word.starts_with(char::is_uppercase)
                && !noun
                && !recurs
                && !begins
                && !polite
                && !matches!(token.folded.as_str(), "i" | "i'm" | "i've" | "i'll" | "i'd")
        })
    }
}

/// Returns the numbers that a text for this reader may state.
///
/// A child, and whoever has or had an eating disorder, is told neither calories nor grams: their dietitian has them, and
/// adds them where they do good.
fn stated(brief: &Brief) -> impl Iterator<Item = &Number> {
    let reader = brief.client.reader;
    let counts = |number: &Number| {
        matches!(number.unit.as_str(), "kcal" | "kJ" | "g" | "mg" | "kg" | "lb" | "oz" | "%")
    };
    brief.facts.numbers.iter().filter(move |number| !((reader.minor || reader.ed_history) && counts(number)))
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

//! Puts this request's goals, allergens and foods into the dietitian's own sentence patterns.

use domain::content::Language;

use super::Request;
use crate::{
    composer::{Says, list},
    mention::mentions,
    phrases::Token,
};

impl Request<'_> {
    /// Puts this request's goals after "the goal is".
    pub(super) fn with_goals(&self, text: &str, says: &mut Says) -> Option<String> {
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
            // "L'objectif est une énergie stable et mieux dormir": a colon takes what stands side by side.
            Language::French => {
                let verbal: Vec<bool> =
                    self.brief.facts.goals.iter().map(|goal| self.is_verbal(goal)).collect();
                Some(match (verbal.contains(&true), verbal.contains(&false)) {
                    (false, _) => head.to_owned(),
                    (true, false) if head.ends_with(':') || !head.ends_with(" est") => head.to_owned(),
                    (true, false) => format!("{head} de"),
                    (true, true) => with_colon(head, " est", " :"),
                })
            }
            // "Ziel ist regelmäßige Mahlzeiten", "Ziel ist besser schlafen": a colon agrees with everything.
            Language::German => {
                let singular =
                    ["ein", "eine", "der", "die", "das", "mehr", "weniger", "dein", "deine", "Ihr", "Ihre"];
                let verbal = self.brief.facts.goals.iter().any(|goal| self.is_verbal(goal));
                let agrees = singular.contains(&first) || first.ends_with("er") || first.ends_with("es");
                let bare = head.strip_suffix(" ist").or_else(|| head.strip_suffix(" steht"));
                Some(match bare.filter(|_| !agrees || verbal) {
                    Some(bare) => format!("{bare}:"),
                    None => head.to_owned(),
                })
            }
            // "El objetivo es energía estable y dormir mejor".
            Language::Spanish | Language::Italian | Language::Portuguese
                if self.brief.facts.goals.len() > 1 =>
            {
                let verbal: Vec<bool> =
                    self.brief.facts.goals.iter().map(|goal| self.is_verbal(goal)).collect();
                let mixed = verbal.contains(&true) && verbal.contains(&false);
                let is = [" es", " è", " é"].into_iter().find(|is| head.ends_with(is));
                Some(match is.filter(|_| mixed) {
                    Some(is) => with_colon(head, is, ":"),
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

    /// Tells whether a goal is something to do, "mieux dormir", and not something to have.
    fn is_verbal(&self, goal: &str) -> bool {
        self.phrases.begins("infinitive", goal, &self.phrases.tokens(goal))
    }

    /// Puts this request's foods in the place of a list of foods after "the plan includes".
    pub(super) fn with_foods(&self, text: &str, says: &mut Says) -> String {
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
    pub(super) fn with_exclusions(&self, text: &str, says: &mut Says) -> Option<String> {
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
        // German: "… kommt ohne Soja und Sellerie aus."
        let tokens = self.phrases.tokens(closed);
        let verb = tokens.len() == 1 && self.phrases.begins("exclude.close", closed, &tokens);
        (verb
            || closed.is_empty()
            || closed.starts_with(['.', '!', ';', '…'])
            || closed.starts_with(crate::sentence::is_pictograph))
        .then_some((start, end))
    }
}

/// Returns `head` with a colon in the place of its verb: "L'objectif est" becomes "L'objectif :".
fn with_colon(head: &str, verb: &str, colon: &str) -> String {
    head.strip_suffix(verb).map_or_else(|| head.to_owned(), |bare| format!("{bare}{colon}"))
}

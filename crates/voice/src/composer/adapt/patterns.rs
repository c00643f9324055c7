//! Puts this request's goals, allergens and foods into the dietitian's own sentence patterns.

use domain::content::Language;

use super::Request;
use crate::{
    composer::{
        Says, list,
        manner::capitalised,
        number::{in_number, verb_is_many, verbs_in_number},
    },
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
        // "Our first objective" waits for the second.
        let counted = self.phrases.find_all("goal.first", text, &tokens);
        if counted.iter().any(|place| place.start < frame.end) {
            return None;
        }
        let head = self.goal_head(&text[..head_end], goals)?;
        says.goal = true;
        let end = if tail.contains('!') { "!" } else { "." };
        Some(format!("{head} {goals}{end}"))
    }

    /// Fits "the goal is" to the form of the goals after it, or rejects it.
    pub(in crate::composer) fn goal_head(&self, head: &str, goals: &str) -> Option<String> {
        let first = goals.split_whitespace().next().unwrap_or_default();
        let several = self.verbal_goals().len() > 1;
        // "Our goal: …" stands before several goals as well, "our goals: …" not before one.
        let fitted = match several && head.trim_end().ends_with(':') {
            true => head.to_owned(),
            false => in_number(head, several, self.phrases),
        };
        let head = fitted.as_str();
        if !several && self.phrases.find("number.several", head, &self.phrases.tokens(head)).is_some() {
            return None;
        }
        match self.brief.language {
            // "The focus is on to sleep better."
            Language::English => {
                let after_preposition = head.ends_with(" on")
                    || !head.ends_with(" is") && !head.ends_with(" are") && !head.ends_with(':');
                let verbal = self.verbal_goals();
                let mixed = verbal.contains(&true) && verbal.contains(&false);
                match [" is", " are"].into_iter().find(|verb| head.ends_with(verb)) {
                    // "The goal is to sleep better and fewer headaches": a colon takes what stands side by side.
                    Some(verb) if mixed => Some(with_colon(head, verb, ":")),
                    _ => (!(verbal.contains(&true) && after_preposition)).then(|| head.to_owned()),
                }
            }
            // "L'objectif est une énergie stable et mieux dormir": a colon takes what stands side by side.
            Language::French => {
                let verbal = self.verbal_goals();
                Some(match (verbal.contains(&true), verbal.contains(&false)) {
                    (false, _) => head.to_owned(),
                    (true, false) if head.ends_with(':') || !head.ends_with(" est") => head.to_owned(),
                    (true, false) if verbal.len() == 1 && !begins_with_vowel(goals) => format!("{head} de"),
                    (true, _) => with_colon(&with_colon(head, " est", " :"), " sont", " :"),
                })
            }
            // "Ziel ist regelmäßige Mahlzeiten", "Ziel ist besser schlafen": a colon agrees with everything.
            Language::German => {
                let singular =
                    ["ein", "eine", "der", "die", "das", "mehr", "weniger", "dein", "deine", "Ihr", "Ihre"];
                let verbal = self.verbal_goals().contains(&true);
                let agrees = singular.contains(&first) || first.ends_with("er") || first.ends_with("es");
                let verbs = [" ist", " sind", " steht", " stehen"];
                let bare = verbs.iter().find_map(|verb| head.strip_suffix(verb));
                Some(match bare.filter(|_| !agrees || verbal) {
                    Some(bare) => format!("{bare}:"),
                    None => head.to_owned(),
                })
            }
            // "El objetivo es energía estable y dormir mejor".
            Language::Spanish | Language::Italian | Language::Portuguese
                if self.brief.facts.goals.len() > 1 =>
            {
                let verbal = self.verbal_goals();
                let mixed = verbal.contains(&true) && verbal.contains(&false);
                let is =
                    [" es", " è", " é", " son", " sono", " são"].into_iter().find(|is| head.ends_with(is));
                Some(match is.filter(|_| mixed) {
                    Some(is) => with_colon(head, is, ":"),
                    None => head.to_owned(),
                })
            }
            // "Celem jest regularne posiłki" needs "są" with the plural.
            Language::Polish => {
                let second = goals.split([' ', ',']).nth(1).unwrap_or_default();
                let many = ["y", "i", "nia", "je", "owoce", "noce"];
                let plural = first.ends_with('e') && many.iter().any(|ending| second.ends_with(ending));
                Some(if plural { head.replacen(" jest", " są", 1) } else { head.to_owned() })
            }
            _ => Some(head.to_owned()),
        }
    }

    /// Tells of each goal whether it is something to do, "mieux dormir", and not something to have.
    fn verbal_goals(&self) -> Vec<bool> {
        let goals = list::goal_phrases(self.brief, self.phrases);
        goals.iter().map(|goal| list::is_verbal(goal, self.phrases)).collect()
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
        let put = found.zip(self.named_foods.as_ref()).and_then(|((start, end), foods)| {
            Some(format!("{}{}", self.with_foods_after(&text[..start], foods)?, &text[end..]))
        });
        says.meals = put.is_some();
        put.unwrap_or_else(|| text.to_owned())
    }

    /// Puts `foods` after `head`. Whether one dish is one thing or several ("grüne Bohnen") is not known, so a verb that
    /// would have to agree gives way to a colon.
    fn with_foods_after(&self, head: &str, foods: &list::Foods) -> Option<String> {
        let bare = head.trim_end();
        if bare.ends_with(':') {
            return Some(format!("{bare} {}", foods.listed));
        }
        match verb_is_many(bare, self.phrases) {
            None => Some(format!("{head}{}", foods.running)),
            Some(_) if foods.many => {
                Some(format!("{} {}", in_number(bare, true, self.phrases), foods.running))
            }
            Some(_) => {
                let (place, _) = bare.rsplit_once(' ')?;
                // "Dich erwartet …" needs its verb.
                (place.split_whitespace().count() > 1).then(|| format!("{place}: {}", foods.listed))
            }
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
        if let Some((start, end)) = self.excluded_object(text, &tokens, &named) {
            let exclusions = list::exclusions(self.brief, self.phrases, false, false)?;
            says.exclusions = true;
            let many = list::are_many(self.brief, self.phrases);
            let rest = verbs_in_number(&text[end..], many, self.phrases);
            return Some(capitalised(&format!("{}{exclusions}{rest}", &text[..start])));
        }
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

    /// Returns where a list of foods stands before its verb: "Auf Nüsse und Sellerie habe ich verzichtet."
    pub(super) fn excluded_object(
        &self,
        text: &str,
        tokens: &[Token],
        named: &[crate::mention::Mention],
    ) -> Option<(usize, usize)> {
        let first = self.phrases.beginning("exclude.before", text, tokens).unwrap_or(0);
        let is_food = |token: &Token| {
            named.iter().any(|mention| {
                mention.is_food()
                    && mention.span.start < token.span.end
                    && token.span.start < mention.span.end
            })
        };
        let in_list = |at: &usize| is_food(&tokens[*at]) || self.phrases.begins("list", text, &tokens[*at..]);
        let length = (first..tokens.len()).take_while(in_list).count();
        let rest = tokens.get(first + length..)?;
        let closes = rest
            .last()
            .is_some_and(|last| self.phrases.begins("exclude.close", text, std::slice::from_ref(last)));
        let stated = self.phrases.begins("exclude.after", text, rest) && rest.len() <= MOST_AFTER_OBJECT;
        let last = tokens.get(first..first + length)?.iter().rfind(|token| is_food(token))?;
        (closes && stated).then(|| (tokens[first].span.start, last.span.end))
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

/// How many words may follow the foods that a sentence begins with: "habe ich in diesem Plan bewusst verzichtet".
const MOST_AFTER_OBJECT: usize = 8;

/// Tells whether French "de" before `text` would lose its vowel.
fn begins_with_vowel(text: &str) -> bool {
    crate::word::fold(text).starts_with(['a', 'e', 'i', 'o', 'u', 'y', 'h'])
}

/// Returns `head` with a colon in the place of its verb: "L'objectif est" becomes "L'objectif :".
fn with_colon(head: &str, verb: &str, colon: &str) -> String {
    head.strip_suffix(verb).map_or_else(|| head.to_owned(), |bare| format!("{bare}{colon}"))
}

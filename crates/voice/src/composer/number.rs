//! Grammatical number: fits "the objectives are" to one goal, and "the goal is" to several.
//!
//! Rows `number` of the phrase files pair what is said of one thing with what is said of several, articles included;
//! rows `number.verb` pair the verbs that agree with it.

use super::manner::capitalised;
use crate::phrases::{Phrases, Token};

/// Returns `head`, which leads to one thing or to `many`, in their number.
pub(super) fn in_number(head: &str, many: bool, phrases: &Phrases) -> String {
    let (nouned, changed) = replaced(head, &phrases.numbers, many, phrases);
    if changed { replaced(&nouned, &phrases.number_verbs, many, phrases).0 } else { nouned }
}

/// Returns `rest`, which follows its subject, with its first verb in the number of the subject: "have been omitted".
pub(super) fn verbs_in_number(rest: &str, many: bool, phrases: &Phrases) -> String {
    let tokens = phrases.tokens(rest);
    let Some(verb) = tokens.first() else { return rest.to_owned() };
    let (verb, after) = rest.split_at(verb.span.end);
    format!("{}{after}", replaced(verb, &phrases.number_verbs, many, phrases).0)
}

/// Tells whether the verb at the end of `head` is said of several things; nothing where it shows no number.
pub(super) fn verb_is_many(head: &str, phrases: &Phrases) -> Option<bool> {
    let tokens = phrases.tokens(head);
    let pairs = || phrases.numbers.iter().chain(&phrases.number_verbs);
    let ends_with =
        |form: &str| matches(form, head, &tokens, tokens.len().checked_sub(length(form, phrases))?, phrases);
    pairs().find_map(|[one, many]| match (ends_with(one), ends_with(many)) {
        (_, Some(())) => Some(true),
        (Some(()), _) => Some(false),
        _ => None,
    })
}

/// Puts every form of the other number into the one asked for, and tells whether there was any.
fn replaced(text: &str, pairs: &[[&'static str; 2]], many: bool, phrases: &Phrases) -> (String, bool) {
    let tokens = phrases.tokens(text);
    let mut out = String::with_capacity(text.len() + 8);
    let (mut at, mut end, mut changed) = (0, 0, false);
    while at < tokens.len() {
        let found = pairs
            .iter()
            .map(|[one, several]| if many { (one, several) } else { (several, one) })
            .filter(|(from, _)| matches(from, text, &tokens, at, phrases).is_some())
            .max_by_key(|(from, _)| length(from, phrases));
        let Some((from, to)) = found else {
            at += 1;
            continue;
        };
        let start = tokens[at].span.start;
        out.push_str(&text[end..start]);
        let capital = text[start..].starts_with(char::is_uppercase) && from.starts_with(char::is_lowercase);
        out.push_str(&if capital { capitalised(to) } else { (*to).to_owned() });
        at += length(from, phrases);
        end = tokens[at - 1].span.end;
        changed = true;
    }
    out.push_str(&text[end..]);
    (out, changed)
}

fn length(form: &str, phrases: &Phrases) -> usize {
    phrases.tokens(form).len()
}

/// Tells whether `form` stands at the token `at` of `text`, accents and all: Italian "e" is no "è".
fn matches(form: &str, text: &str, tokens: &[Token], at: usize, phrases: &Phrases) -> Option<()> {
    let first = |text: &str| text.chars().next().map(|first| first.to_lowercase().to_string());
    if first(form) != first(&text[tokens.get(at)?.span.clone()]) {
        return None;
    }
    let own = phrases.tokens(form);
    let there = tokens.get(at..at + own.len())?;
    let same = |(one, other): (&Token, &Token)| {
        form[one.span.clone()].to_lowercase() == text[other.span.clone()].to_lowercase()
    };
    own.iter().zip(there).all(same).then_some(())
}

#[cfg(test)]
mod tests {
    use domain::content::Language;

    use super::*;
    use crate::phrases::phrases;

    #[test]
    fn frames_agree_with_one_thing_and_with_several_in_every_language() {
        for (language, one, many) in [
            (Language::English, "The principal objective is", "The principal objectives are"),
            (Language::German, "Unser Ziel ist", "Unsere Ziele sind"),
            (Language::German, "Auf dem Speiseplan steht", "Auf dem Speiseplan stehen"),
            (Language::French, "L'objectif est", "Les objectifs sont"),
            (Language::Italian, "L'obiettivo è", "Gli obiettivi sono"),
            (Language::Italian, "Il nostro obiettivo è", "I nostri obiettivi sono"),
            (Language::Spanish, "El objetivo principal es", "Los objetivos principales son"),
            (Language::Portuguese, "O objetivo é", "Os objetivos são"),
            (Language::Polish, "Naszym celem jest", "Naszymi celami są"),
        ] {
            let phrases = phrases(language);
            assert_eq!(in_number(one, true, phrases), many);
            assert_eq!(in_number(many, false, phrases), one);
            assert_eq!(in_number(one, false, phrases), one);
            assert_eq!(in_number(many, true, phrases), many);
        }
    }

    #[test]
    fn a_verb_that_agrees_with_something_else_is_left_alone() {
        let german = phrases(Language::German);
        assert_eq!(in_number("Wichtig ist", true, german), "Wichtig ist");
        assert_eq!(verb_is_many("Auf dem Speiseplan stehen", german), Some(true));
        assert_eq!(verb_is_many("Der Plan enthält", german), None);
    }
}

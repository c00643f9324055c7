//! What one sentence of an introduction does.

use domain::content::Language;

use crate::{mention::mentions, phrases::phrases};

/// The discourse role of a sentence, in the order in which introductions use them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Says hello.
    Greeting,
    /// Leads in.
    Opening,
    /// Says what the plan is: its length, its energy, how it is built.
    Plan,
    /// Says what the plan is for.
    Goal,
    /// Says what is left out.
    Restriction,
    /// Takes up what the client likes.
    Preference,
    /// Says how to go about it.
    Practical,
    /// Gives heart.
    Encouragement,
    /// Says how to reach the dietitian.
    Contact,
    /// Says goodbye.
    SignOff,
}

/// Where a sentence stands between greeting and sign-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// In the first paragraph.
    First,
    /// Between the first and the last.
    Middle,
    /// In the last paragraph.
    Last,
}

/// Returns what `sentence` does, judged by its words, and by its `position` where they do not tell.
///
/// "Without" makes a restriction only with a food: "without haste" does not.
///
/// Greetings and sign-offs are told by their place in the text; this function never returns them.
pub fn role(sentence: &str, language: Language, position: Position) -> Role {
    let phrases = phrases(language);
    let tokens = phrases.tokens(sentence);
    let has = |key: &str| phrases.find(key, sentence, &tokens).is_some();
    let states = |slot: &str| sentence.contains(slot);
    if has("role.contact") || states("{{contact.") {
        Role::Contact
    } else if states("{{plan.") || states("{{number.kcal}}") || states("{{number.kj}}") {
        Role::Plan
    } else if has("goal.frame") {
        Role::Goal
    } else if has("role.restriction") && !mentions(sentence, language).is_empty() {
        Role::Restriction
    } else if has("role.goal") {
        Role::Goal
    } else if has("role.preference") {
        Role::Preference
    } else if has("role.practical") {
        Role::Practical
    } else if has("role.encouragement") {
        Role::Encouragement
    } else if position == Position::First {
        Role::Opening
    } else if has("role.plan") {
        Role::Plan
    } else if position == Position::Last {
        Role::Encouragement
    } else {
        Role::Practical
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_the_role_before_the_place_does() {
        let english = |sentence, position| role(sentence, Language::English, position);
        assert_eq!(english("Your plan runs for {{plan.days}} days.", Position::Last), Role::Plan);
        assert_eq!(english("The goal is steady energy.", Position::First), Role::Goal);
        assert_eq!(english("I've left out all nuts.", Position::First), Role::Restriction);
        assert_eq!(english("Eat slowly and avoid haste.", Position::Middle), Role::Practical);
        assert_eq!(english("Questions? Message me.", Position::Middle), Role::Contact);
        assert_eq!(english("It is lovely to have you here.", Position::First), Role::Opening);
        assert_eq!(english("It is lovely to have you here.", Position::Last), Role::Encouragement);
    }
}

//! The words around names: greetings, closings, titles, and words that are no names. Folded, in all languages.

mod closing;
mod everyday;
mod opening;
mod title;

pub(crate) use self::everyday::is_given_name;
pub(in crate::slot) use self::{
    closing::{AND, CLOSINGS, DEGREES, KISSES, TEAMS},
    everyday::{AFTER_EVERYDAY, AMBIGUOUS, NOT_NAMES},
    opening::{ENDEARMENTS, GREETINGS},
    title::{PARTICLES, PERSON_TITLES, TITLES},
};

//! Names of practices and companies, and the words around a person's name that are no part of it.

use crate::{lexicon::words::words, word::fold};

/// Tells whether a display name is that of a practice, by its last word or its legal form: "Slim Down Studio".
pub(super) fn is_practice(value: &str) -> bool {
    let last = words(without_legal_form(value)).pop().map(|word| fold(&word.text));
    without_legal_form(value) != value || last.is_some_and(|last| PRACTICES.contains(&last.as_str()))
}

/// Returns a name without the legal form of a company after it: "Nutri Balance Sp. z o.o." is "Nutri Balance".
fn without_legal_form(value: &str) -> &str {
    let bare = value.trim_end();
    let folded = bare.to_ascii_lowercase();
    let form = LEGAL_FORMS
        .iter()
        .find(|form| folded.strip_suffix(**form).is_some_and(|before| before.ends_with([' ', ','])));
    form.map_or(value, |form| bare[..bare.len() - form.len()].trim_end_matches([' ', ',']))
}

/// Tells whether a word of lower case, that is none of those between names, stands beside one with a capital. What
/// follows a comma is no part of the name.
pub(super) fn is_mixed(value: &str) -> bool {
    let value = without_legal_form(value);
    let name = value.split(',').next().unwrap_or(value);
    let begins = |is: fn(char) -> bool| {
        let parts = name.split_whitespace().filter(move |part| part.starts_with(is));
        // "dr n. med. Anna Nowak", "dietetyk Anna Nowak".
        let is_apart = |part: &String| {
            part.ends_with('.') || PARTICLES.contains(&part.as_str()) || PROFESSIONS.contains(&part.as_str())
        };
        parts.map(fold).filter(move |part| !is_apart(part))
    };
    // "dell'Anna", "al-Zahra".
    let elided = |part: &String| {
        let first = part.split('\'').next().unwrap_or_default();
        first.len() < part.len() && first.len() <= 4
            || part.split_once('-').is_some_and(|(first, _)| PARTICLES.contains(&first))
    };
    begins(char::is_uppercase).count() > 0 && begins(char::is_lowercase).any(|part| !elided(&part))
}

/// Last words of the names of practices, folded.
const PRACTICES: [&str; 26] = [
    "studio",
    "clinic",
    "clinics",
    "practice",
    "praxis",
    "zentrum",
    "centre",
    "center",
    "centro",
    "klinik",
    "klinika",
    "gabinet",
    "poradnia",
    "consulta",
    "consultorio",
    "clinica",
    "clinique",
    "cabinet",
    "nutrition",
    "nutricion",
    "dietetics",
    "team",
    "academy",
    "institute",
    "institut",
    "ambulatorio",
];

/// Legal forms of companies, in ASCII lower case.
const LEGAL_FORMS: [&str; 14] = [
    "sp. z o.o.",
    "s.c.",
    "gmbh",
    "ug",
    "ltd",
    "ltd.",
    "llc",
    "inc.",
    "inc",
    "s.l.",
    "s.r.l.",
    "srl",
    "ltda",
    "sarl",
];

/// What stands before a name in lower case, folded.
const PROFESSIONS: [&str; 12] = [
    "dietetyk",
    "dietetyczka",
    "dietista",
    "dietitian",
    "dietician",
    "dieteticien",
    "dieteticienne",
    "nutricionista",
    "nutrizionista",
    "nutritionist",
    "nutritionniste",
    "psychodietetyk",
];

/// Small words between the parts of names, in all languages, folded.
pub(super) const PARTICLES: [&str; 74] = [
    "a", "ab", "abu", "af", "al", "am", "an", "and", "av", "ben", "bin", "bint", "d", "da", "dai", "dal",
    "dalla", "das", "de", "degli", "dei", "del", "della", "delle", "dello", "dem", "den", "der", "des", "di",
    "do", "dos", "dott", "dr", "du", "e", "ed", "el", "et", "for", "fur", "het", "i", "ibn", "im", "ing",
    "la", "las", "le", "les", "lo", "los", "med", "mgr", "of", "op", "para", "per", "pour", "prof", "san",
    "st", "t", "ten", "ter", "the", "und", "van", "vom", "von", "y", "zu", "zum", "zur",
];

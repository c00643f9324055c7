//! Titles before names, and the small words inside names. Folded, in all languages.

/// Titles that a greeting may hold.
pub(in crate::slot) const TITLES: &[&str] = &[
    "mr", "mrs", "ms", "miss", "dr", "dra", "prof", "frau", "herr", "herrn", "sra", "sr", "senora", "senor",
    "dona", "seu", "mme", "madame", "monsieur", "signora", "signor", "sig", "pani", "panie",
];

/// Titles that show a name anywhere in a text.
pub(in crate::slot) const PERSON_TITLES: &[&str] = &[
    "mr", "mrs", "ms", "dr", "dra", "frau", "herr", "herrn", "sra", "sr", "senora", "mme", "madame",
    "monsieur", "signora", "dott", "pani", "prof",
];

/// Small words between the parts of names.
pub(in crate::slot) const PARTICLES: &[&str] =
    &["de", "da", "do", "dos", "von", "van", "di", "del", "la", "du"];

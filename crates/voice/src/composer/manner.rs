//! How a dietitian speaks, as far as phrases of ours must fit in.

use domain::content::Language;

use crate::phrases::{Address, Phrases, Speaker};

/// Address, speaker and tone, judged from all samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Manner {
    pub(super) address: Address,
    pub(super) speaker: Speaker,
    /// Most sentences end with an exclamation mark.
    pub(super) exclaims: bool,
    /// English: writes "I've" rather than "I have".
    pub(super) contracts: bool,
}

impl Manner {
    /// Returns a phrase of ours as this dietitian would contract it.
    pub(super) fn contracted(self, phrase: &str) -> String {
        const PAIRS: [(&str, &str); 6] = [
            ("I have ", "I've "),
            ("We have ", "We've "),
            ("Here is ", "Here's "),
            ("does not", "doesn't"),
            ("is not", "isn't"),
            ("It is ", "It's "),
        ];
        if !self.contracts {
            return phrase.to_owned();
        }
        PAIRS.iter().fold(phrase.to_owned(), |text, (long, short)| text.replace(long, short))
    }
}

/// Judges the manner of `texts`.
pub(super) fn manner(texts: &[&str], phrases: &Phrases, language: Language) -> Manner {
    let mut address = [0; 2];
    let mut speaker = [0; 2];
    for text in texts {
        let [familiar, polite] = phrases.addressed(text);
        address = [address[0] + familiar, address[1] + polite];
        let tokens = phrases.tokens(text);
        let count = |key: &str| phrases.find_all(key, text, &tokens).len();
        speaker = [speaker[0] + count("speaker.i"), speaker[1] + count("speaker.we")];
    }
    let joined: String = texts.iter().map(|text| super::adapt::without_slots(text)).collect();
    let marks = |mark| joined.matches(mark).count();
    Manner {
        address: if address[1] > address[0] { Address::Polite } else { Address::Familiar },
        speaker: if speaker[1] > speaker[0] { Speaker::Many } else { Speaker::One },
        exclaims: marks('!') * 5 > (marks('!') + marks('.')) * 2,
        contracts: language == Language::English && contractions(&joined) > texts.len() / 2,
    }
}

/// Counts "I've", "don't", "here's".
fn contractions(text: &str) -> usize {
    let text = text.replace('’', "'");
    ["'ve ", "'ll ", "'m ", "n't ", "'re ", "ere's "].iter().map(|ending| text.matches(ending).count()).sum()
}

/// Returns `text` as an exclamation: Spanish opens it too, French sets its mark apart.
pub(super) fn exclaimed(text: &str, language: Language) -> String {
    let bare = text.trim_end_matches(['.', ',', ':', '!']);
    match language {
        Language::Spanish if !bare.starts_with('¡') => format!("¡{bare}!"),
        Language::French => format!("{}\u{202f}!", bare.trim_end()),
        _ => format!("{bare}!"),
    }
}

/// Returns `sentence` with its first letter in upper case.
pub(super) fn capitalised(sentence: &str) -> String {
    let Some((at, first)) = sentence.char_indices().find(|(_, c)| c.is_alphanumeric() || *c == '{') else {
        return sentence.to_owned();
    };
    if first == '{' {
        return sentence.to_owned();
    }
    format!("{}{}{}", &sentence[..at], first.to_uppercase(), &sentence[at + first.len_utf8()..])
}

/// Returns `sentence` with its first letter in lower case, if its first word may be written so inside a sentence.
///
/// A polite pronoun keeps its capital anywhere: "Le invio", "Pani plan".
pub(super) fn lowercased(sentence: &str, phrases: &Phrases, language: Language) -> Option<String> {
    let first = sentence.chars().next().filter(|c| c.is_alphabetic())?;
    let tokens = phrases.tokens(sentence);
    let word = tokens.first()?;
    if phrases.begins("polite.capital", sentence, &tokens) {
        return Some(sentence.to_owned());
    }
    let may = match language {
        Language::German => phrases.begins("lowercase", sentence, &tokens),
        Language::English => !matches!(word.folded.as_str(), "i" | "i'm" | "i've" | "i'll" | "i'd"),
        _ => true,
    };
    may.then(|| format!("{}{}", first.to_lowercase(), &sentence[first.len_utf8()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_of_ours_are_contracted_as_the_dietitian_contracts() {
        let of = |text: &str, language| {
            manner(&[text], crate::phrases::phrases(language), language).contracted("I have left out nuts.")
        };
        assert_eq!(of("Here's your plan. Don't rush, I'm here.", Language::English), "I've left out nuts.");
        assert_eq!(of("Please do not rush.", Language::English), "I have left out nuts.");
    }

    #[test]
    fn exclamations_are_written_the_way_of_the_language() {
        assert_eq!(exclaimed("Small steps count.", Language::English), "Small steps count!");
        assert_eq!(exclaimed("Hola, Nora:", Language::Spanish), "¡Hola, Nora!");
        assert_eq!(exclaimed("Rien ne presse.", Language::French), "Rien ne presse\u{202f}!");
    }

    #[test]
    fn a_polite_pronoun_keeps_its_capital_after_the_greeting() {
        let lower = |sentence: &str, language| {
            lowercased(sentence, crate::phrases::phrases(language), language).unwrap()
        };
        assert_eq!(lower("Le invio il piano.", Language::Italian), "Le invio il piano.");
        assert_eq!(lower("Ecco il piano.", Language::Italian), "ecco il piano.");
        assert_eq!(lower("Sie finden ihn anbei.", Language::German), "Sie finden ihn anbei.");
    }
}

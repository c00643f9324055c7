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
}

/// Judges the manner of `texts`.
pub(super) fn manner(texts: &[&str], phrases: &Phrases, language: Language) -> Manner {
    let mut counts = [0; 4];
    for text in texts {
        let tokens = phrases.tokens(text);
        for (count, key) in counts.iter_mut().zip(["address.t", "address.v", "speaker.i", "speaker.we"]) {
            *count += phrases.find_all(key, text, &tokens).len();
        }
    }
    let joined: String = texts.iter().map(|text| super::adapt::without_slots(text)).collect();
    // German "Sie" and "Ihr" are polite only with a capital inside the sentence.
    let polite_german = language == Language::German
        && ["Sie ", "Ihr", "Ihnen"].iter().any(|word| joined.contains(word))
        && counts[0] == 0;
    let marks = |mark| joined.matches(mark).count();
    Manner {
        address: if counts[1] > counts[0] || polite_german { Address::Polite } else { Address::Familiar },
        speaker: if counts[3] > counts[2] { Speaker::Many } else { Speaker::One },
        exclaims: marks('!') * 5 > (marks('!') + marks('.')) * 2,
    }
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

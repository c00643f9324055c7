//! What German compounds hold: "Nussecken" begins with a food, "Kartoffelspätzle" ends with one.
//!
//! A word of four letters or more that the lexicon knows counts at the beginning and at the end of a longer word, the
//! longest one first: "Kokosmilchreis" begins with "Kokosmilch", not with milk. A compound that the lexicon knows as a
//! whole is what it says there. `lexicon/compounds.tsv` lists what only looks like a compound of foods.

use std::{collections::HashSet, sync::LazyLock};

use domain::content::Language;

use super::{
    Lexeme,
    forms::{Forms, Side},
    lexicon, rows,
    words::Word,
};

/// Shorter words are at the beginning and the end of too many others.
const SHORTEST_PART: usize = 4;
/// What is left of the word besides has as many letters, unless it is one of [`SHORT_PARTS`].
const SHORTEST_REST: usize = 4;
/// "Nusseis", "Mandelöl".
const SHORT_PARTS: [&str; 5] = ["eis", "mus", "öl", "ei", "tee"];

/// Returns the foods that the compound `word` begins and ends with: nothing, one or two.
pub(crate) fn parts(word: &Word, language: Language) -> Vec<&'static Lexeme> {
    let text = word.text.as_str();
    let lexicon = lexicon(language);
    if language != Language::German || lexicon.forms.whole(text).is_some() || EXCEPTIONS.hold(word) {
        return Vec::new();
    }
    let known = |part: &str, side| {
        let entry = lexicon.forms.part(part, side)?;
        Some(lexicon.lexemes[entry])
    };
    let cuts = || text.char_indices().map(|(at, _)| at).filter(|at| *at > 0);
    let first =
        cuts().rev().filter(|cut| long(&text[..*cut]) && leaves_enough(&text[*cut..])).find_map(|cut| {
            let lexeme = known(&text[..cut], Side::First)?;
            Some((cut, (!EXCEPTIONS.first.contains(&text[..cut])).then_some(lexeme)))
        });
    let from = first.map_or(0, |(cut, _)| cut);
    let last = cuts()
        .filter(|cut| *cut >= from && long(&text[*cut..]) && leaves_enough(&text[..*cut]))
        .filter(|cut| !EXCEPTIONS.last.contains(&text[*cut..]))
        .find_map(|cut| known(&text[cut..], Side::Last));
    let found = first.and_then(|(_, lexeme)| lexeme).into_iter().chain(last);
    // A figure of speech is the longest there, too: "Hochgenuss" holds no nuts.
    found.filter(|lexeme| lexeme.is_food()).collect()
}

fn long(part: &str) -> bool {
    part.chars().count() >= SHORTEST_PART
}

fn leaves_enough(rest: &str) -> bool {
    rest.chars().count() >= SHORTEST_REST || SHORT_PARTS.contains(&rest)
}

struct Exceptions {
    first: HashSet<&'static str>,
    last: HashSet<&'static str>,
    whole: Forms,
    /// Beginnings of words that are no compound, however long: a form reaches over six letters only.
    stems: Vec<&'static str>,
}

impl Exceptions {
    fn hold(&self, word: &Word) -> bool {
        self.stems.iter().any(|stem| word.text.starts_with(stem)) || self.whole.knows(word)
    }
}

static EXCEPTIONS: LazyLock<Exceptions> = LazyLock::new(|| {
    let mut exceptions = Exceptions {
        first: HashSet::new(),
        last: HashSet::new(),
        whole: Forms::default(),
        stems: Vec::new(),
    };
    for columns in rows(include_str!("compounds.tsv")) {
        let [what, forms] = columns[..] else { continue };
        let forms = forms.split('|');
        match what {
            "first" => exceptions.first.extend(forms),
            "last" => exceptions.last.extend(forms),
            _ => {
                for form in forms {
                    exceptions.stems.extend(form.strip_suffix('*').filter(|stem| !stem.starts_with('*')));
                    exceptions.whole.insert(form, Language::German, 0);
                }
            }
        }
    }
    exceptions
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{allergen::Allergen, lexicon::words::words};

    fn held(word: &str) -> Vec<Allergen> {
        let words = words(word);
        let mut held: Vec<Allergen> =
            parts(&words[0], Language::German).iter().flat_map(|lexeme| lexeme.allergens.clone()).collect();
        held.sort();
        held.dedup();
        held
    }

    #[test]
    fn a_compound_holds_what_it_begins_and_ends_with() {
        use Allergen::*;
        for (word, expected) in [
            ("Käsestangen", &[Milk][..]),
            ("Kaesestangen", &[Milk]),
            ("Nusstaschen", &[Nuts]),
            ("Nusseis", &[Nuts]),
            ("Eiersalat", &[Eggs]),
            ("Milchkaffeecreme", &[Milk]),
            ("Buttergemüse", &[Milk]),
            ("Fischfrikassee", &[Fish]),
            ("Kürbisspätzle", &[Gluten, Eggs]),
            ("Käsenudeln", &[Gluten, Milk]),
            ("Selleriepüree", &[Celery]),
            ("Sesamhähnchen", &[Sesame]),
            ("Erdnussbutterkekse", &[Gluten, Peanuts, Milk]),
        ] {
            for allergen in expected {
                assert!(held(word).contains(allergen), "{word}: {:?}", held(word));
            }
        }
    }

    #[test]
    fn what_only_looks_like_one_holds_nothing() {
        for word in [
            "Buchweizengrütze",
            "Kokosmilchsuppe",
            "Kokosmilchreis",
            "Eierfrucht",
            "Eierschwammerl",
            "Muskatnuss",
            "Butternusskürbis",
            "Nussallergie",
            "Milchersatz",
            "Fischers",
            "Weihnachtsfeier",
            "Salzburger",
            "Insekt",
            "Designerdrogen",
            "Mehligkochende",
            "Rahmenbedingungen",
            "Austernpilze",
            "Wildschwein",
            "Milchsäurebakterien",
            "Genuss",
            "Abendbrot",
        ] {
            assert_eq!(held(word), [], "{word}");
        }
    }
}

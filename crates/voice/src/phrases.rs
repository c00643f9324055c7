//! What the composer needs to know of each language: stock phrases, names of allergens, and the words that show what a
//! sentence does; data files, read once.
//!
//! `phrases/<language>.tsv` holds rows separated by tabs; lines that begin with `#` are comments:
//! - `and`, `or`: the word before the last item of a list, and the one after a negation;
//! - `say`, key, address (`T` familiar, `V` polite, `*` either), speaker (`I`, `we`, `*`), text: a stock phrase. `<energy>`,
//!   `<goals>`, `<foods>`, `<numbers>`, `<amount>`, `<exclusions>` and `<exclusions.the>` (second form of the allergens' names)
//!   are put in by the composer;
//! - `allergen`, id, bare name, name with its article (in Polish: in the genitive);
//! - `nested`, word: joins the last item of a list whose items hold `and` themselves;
//! - `number`, form for one thing, form for several, and `number.verb`, the same for the verb: `composer/number.rs`;
//! - `agree`, form to a woman, form to a man: greeting words that agree with the title after them;
//! - `cue`, key, phrases separated by `|`; one `*` in a word stands for any letters, a final `:` must follow in the text.
//!
//! Keys `claim.…` tell what a sentence asserts of a plan: `all` and `about` begin a clause together ("most" + "dinners"), `bare`,
//! `subject` and `exists` begin one alone, `part` and `promise` stand anywhere; `harmless` excuses what holds of every plan,
//! `during` and `heart` what is no description. Keys `reader.…` and `title.…` show the reader's gender (`composer/reader.rs`);
//! `day.several` speaks of more days than one, `longer` and `longer.week` of more days than a plan has, `weekday` of a day of the week, `meal.…` of a meal that a plan may lack; `goal.lower`, `goal.capital`, `goal.verb` tell how a goal is written, `goal.wish` begins one that is told, `goal.person` keeps it out of the text. Keys `number.…` name what a number counts; `number.part` marks single meals.
//!
//! Keys `history.…` tell what speaks of the past or of what is between the dietitian and a client (`composer/adapt/history.rs`);
//! `aim` states what a plan is for, `plan.again` and `plan.noun` make one that follows another ("revised plan").

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
    sync::LazyLock,
};

use domain::content::Language;

use crate::{
    allergen::Allergen,
    word::{fold, is_apostrophe, words},
};

/// Everything the composer knows of one language.
pub(crate) struct Phrases {
    language: Language,
    /// Joins the last two items of a list.
    pub(crate) and: &'static str,
    /// Joins them after a negation.
    pub(crate) or: &'static str,
    /// Joins the last item of a list whose items hold `and` themselves, comma included.
    pub(crate) nested: &'static str,
    stock: Vec<Stock>,
    allergens: BTreeMap<Allergen, [&'static str; 2]>,
    /// Forms of address that agree with a title: to a woman, and to a man.
    pub(crate) agreeing: Vec<[&'static str; 2]>,
    /// What is said of one thing and of several: nouns with their articles.
    pub(crate) numbers: Vec<[&'static str; 2]>,
    /// The verbs that agree with them.
    pub(crate) number_verbs: Vec<[&'static str; 2]>,
    /// By key, and by the first letter of the first word.
    cues: HashMap<&'static str, HashMap<char, Vec<Cue>>>,
}

/// How the reader is addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// As `tu`, `du`, `ty`.
    Familiar,
    /// As `usted`, `vous`, `Sie`, `Lei`, `Pani`.
    Polite,
}

/// As whom the dietitian speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaker {
    /// `I`.
    One,
    /// `We`.
    Many,
}

struct Stock {
    key: &'static str,
    address: Option<Address>,
    speaker: Option<Speaker>,
    text: &'static str,
}

struct Cue {
    words: Vec<Pattern>,
    colon: bool,
}

/// A word of a cue; with a `tail`, any letters may stand before it.
struct Pattern {
    head: String,
    tail: Option<String>,
}

/// A word as cues see it.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// In lower case, without accents.
    pub(crate) folded: String,
    /// Where it stands, in bytes of the text.
    pub(crate) span: Range<usize>,
}

/// Returns what is known of `language`.
pub(crate) fn phrases(language: Language) -> &'static Phrases {
    &ALL[language as usize]
}

static ALL: LazyLock<[Phrases; 7]> = LazyLock::new(|| Language::ALL.map(Phrases::read));

impl Phrases {
    /// Returns the words of `text` as cues see them: French and Italian elisions are words of their own.
    pub(crate) fn tokens(&self, text: &str) -> Vec<Token> {
        tokens(text, self.language)
    }

    /// Returns the stock phrases for `key` that fit how this dietitian speaks.
    pub(crate) fn stock(&self, key: &str, address: Address, speaker: Speaker) -> Vec<&'static str> {
        self.stock
            .iter()
            .filter(|stock| stock.key == key)
            .filter(|stock| {
                stock.address.is_none_or(|own| own == address)
                    && stock.speaker.is_none_or(|own| own == speaker)
            })
            .map(|stock| stock.text)
            .collect()
    }

    /// Returns the name of `allergen`, bare or in its second form.
    pub(crate) fn allergen(&self, allergen: Allergen, second: bool) -> &'static str {
        self.allergens.get(&allergen).map_or(allergen.as_str(), |forms| forms[usize::from(second)])
    }

    /// Returns where a cue of `key` stands among `tokens` of `text`: the first place, and the longest there.
    pub(crate) fn find(&self, key: &str, text: &str, tokens: &[Token]) -> Option<Range<usize>> {
        let cues = self.cues.get(key)?;
        (0..tokens.len()).find_map(|at| {
            let longest = beginning_with(cues, &tokens[at])
                .filter(|cue| cue.matches(text, &tokens[at..]))
                .map(|cue| cue.words.len())
                .max()?;
            Some(at..at + longest)
        })
    }

    /// Returns how often `text` addresses its reader in the familiar and in the polite form.
    ///
    /// Cues of `address.capital` are polite only with a capital inside a sentence: German "Sie", Italian "Le".
    pub(crate) fn addressed(&self, text: &str) -> [usize; 2] {
        let tokens = self.tokens(text);
        let count = |key: &str| self.find_all(key, text, &tokens).len();
        let inside = |at: usize| {
            let start = tokens[at].span.start;
            let before = text[..start].trim_end_matches(|c: char| c.is_whitespace() && c != '\n');
            text[start..].starts_with(char::is_uppercase)
                && before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ',' | ';' | '}' | '–'))
        };
        let capitals = self.find_all("address.capital", text, &tokens).into_iter();
        let capitals = capitals.filter(|place| inside(place.start)).count();
        [count("address.t"), count("address.v") + capitals]
    }

    /// Returns every place where a cue of `key` stands.
    pub(crate) fn find_all(&self, key: &str, text: &str, tokens: &[Token]) -> Vec<Range<usize>> {
        let Some(cues) = self.cues.get(key) else { return Vec::new() };
        (0..tokens.len())
            .flat_map(|at| {
                beginning_with(cues, &tokens[at])
                    .filter(move |cue| cue.matches(text, &tokens[at..]))
                    .map(move |cue| at..at + cue.words.len())
            })
            .collect()
    }

    /// Tells whether `tokens` begin with a cue of `key`.
    pub(crate) fn begins(&self, key: &str, text: &str, tokens: &[Token]) -> bool {
        self.beginning(key, text, tokens).is_some()
    }

    /// Returns how many of `tokens` the longest cue of `key` takes that they begin with.
    pub(crate) fn beginning(&self, key: &str, text: &str, tokens: &[Token]) -> Option<usize> {
        let (cues, first) = (self.cues.get(key)?, tokens.first()?);
        beginning_with(cues, first).filter(|cue| cue.matches(text, tokens)).map(|cue| cue.words.len()).max()
    }

    fn read(language: Language) -> Self {
        let mut phrases = Self {
            language,
            and: "",
            or: "",
            nested: "",
            stock: Vec::new(),
            allergens: BTreeMap::new(),
            agreeing: Vec::new(),
            numbers: Vec::new(),
            number_verbs: Vec::new(),
            cues: HashMap::new(),
        };
        for columns in crate::lexicon::rows(file(language)) {
            match columns[..] {
                ["and", word] => phrases.and = word,
                ["or", word] => phrases.or = word,
                ["say", key, address, speaker, text] => phrases.stock.push(Stock {
                    key,
                    address: match address {
                        "T" => Some(Address::Familiar),
                        "V" => Some(Address::Polite),
                        _ => None,
                    },
                    speaker: match speaker {
                        "I" => Some(Speaker::One),
                        "we" => Some(Speaker::Many),
                        _ => None,
                    },
                    text,
                }),
                ["allergen", id, bare, second] => {
                    if let Ok(allergen) = id.parse() {
                        phrases.allergens.insert(allergen, [bare, second]);
                    }
                }
                ["nested", word] => phrases.nested = word,
                ["number", one, many] => phrases.numbers.push([one, many]),
                ["number.verb", one, many] => phrases.number_verbs.push([one, many]),
                ["agree", woman, man] => phrases.agreeing.push([woman, man]),
                ["cue", key, list] => {
                    let index = phrases.cues.entry(key).or_default();
                    for cue in list.split('|').map(|phrase| Cue::parse(phrase, language)) {
                        if let Some(first) = cue.words.first() {
                            let letter = first.head.chars().next().unwrap_or(ANY_LETTER);
                            index.entry(letter).or_default().push(cue);
                        }
                    }
                }
                _ => {}
            }
        }
        phrases
    }
}

fn beginning_with<'c>(cues: &'c HashMap<char, Vec<Cue>>, first: &Token) -> impl Iterator<Item = &'c Cue> {
    let letters = first.folded.chars().next().into_iter().chain([ANY_LETTER]);
    letters.filter_map(|letter| cues.get(&letter)).flatten()
}

/// Under it stand the cues that begin with any letters.
const ANY_LETTER: char = '*';

impl Cue {
    fn parse(phrase: &str, language: Language) -> Self {
        let (phrase, colon) = phrase.strip_suffix(':').map_or((phrase, false), |phrase| (phrase, true));
        let words = phrase
            .split_whitespace()
            .flat_map(|word| {
                let (stem, tail) =
                    word.split_once('*').map_or((word, None), |(stem, tail)| (stem, Some(fold(tail))));
                let mut heads: Vec<String> =
                    tokens(stem, language).into_iter().map(|token| token.folded).collect();
                if heads.is_empty() && tail.is_some() {
                    heads.push(String::new());
                }
                heads.into_iter().map(move |head| Pattern { head, tail: tail.clone() }).collect::<Vec<_>>()
            })
            .collect();
        Self { words, colon }
    }

    fn matches(&self, text: &str, tokens: &[Token]) -> bool {
        let fits = |(pattern, token): (&Pattern, &Token)| match &pattern.tail {
            Some(tail) => token
                .folded
                .strip_prefix(pattern.head.as_str())
                .is_some_and(|rest| rest.ends_with(tail.as_str())),
            None => token.folded == pattern.head,
        };
        !self.words.is_empty()
            && tokens.len() >= self.words.len()
            && self.words.iter().zip(tokens).all(fits)
            && (!self.colon || text[tokens[self.words.len() - 1].span.end..].trim_start().starts_with(':'))
    }
}

fn tokens(text: &str, language: Language) -> Vec<Token> {
    let elides = matches!(language, Language::French | Language::Italian);
    let mut tokens = Vec::new();
    for word in words(text) {
        let mut start = word.span.start;
        if elides {
            for (at, apostrophe) in
                word.text.char_indices().filter(|(_, character)| is_apostrophe(*character))
            {
                let end = word.span.start + at;
                tokens.push(Token { folded: fold(&text[start..end]), span: start..end });
                start = end + apostrophe.len_utf8();
            }
        }
        tokens.push(Token { folded: fold(&text[start..word.span.end]), span: start..word.span.end });
    }
    tokens
}

const fn file(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("phrases/en.tsv"),
        Language::Spanish => include_str!("phrases/es.tsv"),
        Language::Portuguese => include_str!("phrases/pt-BR.tsv"),
        Language::French => include_str!("phrases/fr.tsv"),
        Language::German => include_str!("phrases/de.tsv"),
        Language::Italian => include_str!("phrases/it.tsv"),
        Language::Polish => include_str!("phrases/pl.tsv"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{mention::mentions, quantity::quantities};

    const KEYS: &[&str] = &[
        "greeting",
        "greeting.nameless",
        "opening",
        "plan.days",
        "plan.day",
        "energy",
        "goal",
        "exclusions",
        "meals",
        "encouragement",
        "practical",
        "contact",
        "signoff",
    ];

    #[test]
    fn every_language_has_every_phrase_for_every_manner() {
        for language in Language::ALL {
            let phrases = phrases(language);
            for key in KEYS {
                for address in [Address::Familiar, Address::Polite] {
                    for speaker in [Speaker::One, Speaker::Many] {
                        assert!(
                            !phrases.stock(key, address, speaker).is_empty(),
                            "{language} {key} {address:?} {speaker:?}"
                        );
                    }
                }
            }
            assert_eq!(phrases.allergens.len(), Allergen::ALL.len(), "{language}");
            assert!(!phrases.and.is_empty() && !phrases.or.is_empty());
        }
    }

    #[test]
    fn pronouns_of_others_are_no_polite_address() {
        for (language, text, expected) in [
            (Language::German, "Die Linsen mag sie, ihre Suppe auch. Ihr Rezept ist hier.", [0, 0]),
            (Language::German, "Damit haben Sie Ihren Plan.", [0, 2]),
            (Language::Italian, "Ecco il tuo piano: le verdure, la frutta.", [1, 0]),
            (Language::Italian, "Se vuole, Le spiego tutto.", [0, 1]),
        ] {
            assert_eq!(phrases(language).addressed(text), expected, "{text}");
        }
    }

    #[test]
    fn stock_phrases_name_no_food_and_no_number() {
        for language in Language::ALL {
            for stock in phrases(language).stock.iter().filter(|stock| stock.key != "plan.day") {
                assert_eq!(mentions(stock.text, language), [], "{}", stock.text);
                assert_eq!(quantities(stock.text, language), [], "{}", stock.text);
            }
        }
    }

    #[test]
    fn cues_are_found_at_their_longest_and_elisions_are_words() {
        let english = phrases(Language::English);
        let text = "We worked hard, and our goal is on paper.";
        assert_eq!(english.find("goal.frame", text, &english.tokens(text)), Some(5..7));
        let endings = Cue::parse("you *ed", Language::English);
        assert!(endings.matches("you managed", &english.tokens("you managed")));
        assert!(!endings.matches("you manage", &english.tokens("you manage")));
        let french = phrases(Language::French);
        let text = "L’objectif : une énergie stable";
        assert!(french.find("goal.frame", text, &french.tokens(text)).is_some());
    }
}

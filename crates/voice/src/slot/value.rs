//! Tells a name that may be put into a text as it is from a sentence that is brought in as one.
//!
//! What code fills in is judged by no rule as the words around it are: a client called Olive is no food. So a value has
//! to be a name to begin with: few words, none of them speech. One word of it may be an ordinary one, as in "Kevin
//! Bacon" and "Will Page"; two of them say something, as in "eat cheese".

use std::ops::Range;

use domain::content::{ContentType, Language, UnitSystem};

use super::name::is_given_name;
use crate::{
    allergen::Allergen,
    facts::{Brief, Client, Facts, Length},
    language::function_words,
    lexicon::{
        cues::{Cue, Cues},
        meal_words,
        words::{Word, words},
    },
    mention::mentions,
    quantity::quantities,
    rules::{Evidence, Rule, check_sentence},
    word::fold,
};

/// How long a name may be, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Whether it is a person's: its words have capitals, if one of them has.
    pub person: bool,
    /// Words between spaces, at most.
    pub words: usize,
    /// Characters (Unicode scalar values), at most.
    pub characters: usize,
}

/// The room of a dietitian's display name, which may hold titles and letters after the name.
pub const DISPLAY_NAME: Room = Room { person: true, words: 9, characters: 100 };

/// Returns the room of the client's slot `id`, such as `first_name`.
pub fn room(id: &str) -> Room {
    let (person, words, characters) = match id {
        "first_name" | "given_name" | "nickname" => (true, 4, 40),
        "last_name" | "family_name" | "surname" => (true, 6, 60),
        "full_name" | "name" => (true, 8, 60),
        "title" => (false, 4, 30),
        "city" | "town" => (false, 6, 60),
        "clinic" | "practice" | "company" => (false, 8, 60),
        _ => (false, 4, 40),
    };
    Room { person, words, characters }
}

/// Why a value may not be put into texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoName {
    /// It has more characters than its [`Room`].
    TooLong,
    /// It has more words than its [`Room`].
    TooManyWords,
    /// It says something, as sentences do: "Please Call Me".
    Sentence,
    /// More than one of its words is of foods, meals, medicines, weight or what is done with them: "Eat Cheese".
    Content,
    /// A word of a person's name has no capital, though another has: "Nora eat".
    LowerCase,
    /// It breaks an output rule by itself.
    Rule(Rule),
}

/// Returns why `value` is no name that texts in `languages` may hold as it is.
///
/// Characters are for the caller to judge: what the contract lets in holds letters, apostrophes, hyphens, spaces, and
/// full stops after initials and abbreviations.
///
/// # Errors
/// The first reason there is.
pub fn check_name(value: &str, room: Room, languages: &[Language]) -> Result<(), NoName> {
    if value.chars().count() > room.characters {
        return Err(NoName::TooLong);
    }
    if value.split_whitespace().count() > room.words {
        return Err(NoName::TooManyWords);
    }
    // Tenants write English into texts of any language.
    let mut languages = languages.to_vec();
    if !languages.contains(&Language::English) {
        languages.push(Language::English);
    }
    let practice = room == DISPLAY_NAME && is_practice(value);
    if let Some(reason) = said(value, &languages, practice) {
        return Err(reason);
    }
    if room.person && is_mixed(value) {
        return Err(NoName::LowerCase);
    }
    languages
        .into_iter()
        .find_map(|language| broken(value, language))
        .map_or(Ok(()), |rule| Err(NoName::Rule(rule)))
}

/// What a word of a value may be besides a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Speech {
    /// "you", "now".
    Function,
    /// A food, a meal, a medicine, or a word that says what to do with them.
    Content,
}

/// Returns what `value` is that says something. A practice may be called by what it does: "Slim Down Studio".
fn said(value: &str, languages: &[Language], practice: bool) -> Option<NoName> {
    let all = words(value);
    if all.len() < 2 {
        return None;
    }
    let (mut functions, mut contents, mut lower, mut others) = (0, 0, 0, 0);
    let speech = speech(value, &all, languages);
    for (word, speech) in all.iter().zip(speech) {
        let capital = !value[word.span.clone()].starts_with(char::is_lowercase);
        let folded = fold(&word.text);
        let given = capital && is_given_name(&folded);
        match speech {
            None if ASKING.contains(&folded.as_str()) => functions += 1,
            None => others += 1,
            _ if given || folded.chars().count() < 2 || PARTICLES.contains(&folded.as_str()) => others += 1,
            _ if !capital => lower += 1,
            Some(Speech::Function) => functions += 1,
            Some(Speech::Content) => contents += 1,
        }
    }
    if practice && lower == 0 && contents <= 1 && functions <= 1 {
        return None;
    }
    if contents > 1 {
        return Some(NoName::Content);
    }
    let asks = functions > 1 && others == 0;
    (lower > 0 || contents == 1 && functions > 0 || functions > 2 || asks).then_some(NoName::Sentence)
}

/// Tells whether a display name is that of a practice, by its last word or its legal form: "Slim Down Studio".
fn is_practice(value: &str) -> bool {
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
fn is_mixed(value: &str) -> bool {
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

/// Returns what each word is in any of `languages`, if it is an ordinary one.
fn speech(value: &str, all: &[Word], languages: &[Language]) -> Vec<Option<Speech>> {
    let mut found = vec![None; all.len()];
    for language in languages {
        for (word, found) in all.iter().zip(&mut found) {
            if found.is_none() && function_words(*language).contains(word.text.as_str()) {
                *found = Some(Speech::Function);
            }
        }
        let mut is_content = |words: Range<usize>| {
            for word in words {
                found[word] = Some(Speech::Content);
            }
        };
        for (cue, first, last) in Cues::of(all, *language).iter() {
            if !matches!(
                cue,
                Cue::Glue | Cue::Break | Cue::Turn | Cue::Greeting | Cue::Addressee | Cue::Title
            ) {
                is_content(first..last + 1);
            }
        }
        for meal in meal_words(*language).find(all) {
            is_content(meal.first..meal.last + 1);
        }
        let mentioned = mentions(value, *language).into_iter().map(|mention| mention.span);
        for span in mentioned.chain(quantities(value, *language).into_iter().map(|quantity| quantity.span)) {
            let first = all.partition_point(|word| word.span.start < span.start);
            is_content(first..all.partition_point(|word| word.span.start < span.end));
        }
    }
    found
}

/// Returns the rule that `value` breaks where a client avoids everything. One word that names a food is a name.
fn broken(value: &str, language: Language) -> Option<Rule> {
    let brief = strictest(language);
    let evidence =
        Evidence { brief: &brief, samples: &[], instructions: None, slots_filled: true, trace: &[] };
    let is_name = |span: &Option<Range<usize>>| {
        let said = span.as_ref().and_then(|span| value.get(span.clone())).map(words).unwrap_or_default();
        said.len() == 1
            && !Cues::of(&said, language)
                .iter()
                .any(|(cue, ..)| matches!(cue, Cue::Claim(_) | Cue::ClaimLactose))
    };
    check_sentence(value, &evidence)
        .into_iter()
        .filter(|finding| match finding.rule {
            Rule::R1 | Rule::R3 | Rule::R4 | Rule::R9 => true,
            Rule::R2 => !is_name(&finding.span),
            _ => false,
        })
        .map(|finding| finding.rule)
        .next()
}

fn strictest(language: Language) -> Brief {
    Brief {
        content_type: ContentType::Introduction,
        language,
        units: UnitSystem::Metric,
        client: Client { avoid_allergens: Allergen::ALL.to_vec(), ..Client::default() },
        facts: Facts::default(),
        note: None,
        length: Length { min: 0, max: u32::MAX },
        dietitian_name: None,
    }
}

/// Words that ask something of the reader, or take what they ask for, folded: "Please Call Me", "Take Care Always".
const ASKING: [&str; 12] = [
    "please", "call", "take", "care", "write", "always", "anytime", "ring", "ruf", "bitte", "llame",
    "appelez",
];

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
const PARTICLES: [&str; 74] = [
    "a", "ab", "abu", "af", "al", "am", "an", "and", "av", "ben", "bin", "bint", "d", "da", "dai", "dal",
    "dalla", "das", "de", "degli", "dei", "del", "della", "delle", "dello", "dem", "den", "der", "des", "di",
    "do", "dos", "dott", "dr", "du", "e", "ed", "el", "et", "for", "fur", "het", "i", "ibn", "im", "ing",
    "la", "las", "le", "les", "lo", "los", "med", "mgr", "of", "op", "para", "per", "pour", "prof", "san",
    "st", "t", "ten", "ter", "the", "und", "van", "vom", "von", "y", "zu", "zum", "zur",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        fill::{Values, fill},
        rules::check,
    };

    fn checked(value: &str, room: Room, language: Language) -> Result<(), NoName> {
        check_name(value, room, &[language])
    }

    #[test]
    fn names_of_every_language_pass_also_those_that_are_words() {
        for language in Language::ALL {
            for name in [
                "Joanna",
                "joanna",
                "Mary Ann",
                "María José",
                "Maria da Conceição",
                "maria do carmo",
                "Jean-Pierre",
                "J. R. Smith Jr.",
                "Conan O'Brien",
                "Ludwig van Beethoven",
                "Nguyễn Thị Mai",
                "田中",
                "Ольга",
                "Basil",
                "Olive",
                "Rosemary",
                "Ginger",
                "Kevin Bacon",
                "Condoleezza Rice",
                "Jim Fish",
                "Anna Nuss",
                "Peter Krebs",
                "Karl Koch",
                "Anna Cook",
                "Will Page",
                "May Rose",
                "Mark Best",
                "Max Klein",
                "Chip",
                "Petit",
                "Maria Rossi",
                "Ginger Rogers",
                "Olive Rice",
                "Will",
                "May",
                "Dr. Eleanor Whitcombe",
                "Fatima al-Zahra",
                "Candy Rice",
            ] {
                assert_eq!(checked(name, room("full_name"), language), Ok(()), "{language}: {name}");
            }
        }
        for name in [
            "Dr. Eleanor Whitcombe, RD",
            "Anna Kowalska, mgr",
            "Dipl.-Ing. Jürgen Groß",
            "Jane Doe, Registered Dietitian",
            "Dott.ssa Paola Conti",
            "mgr Ewa Lis",
            "dr n. med. Anna Nowak",
            "dietetyk Anna Nowak",
            "Dra. Pilar Sanz",
            "Prof. Dr. med. Anna Maria Müller-Lüdenscheidt",
            "Anna Nowak, dietetyk kliniczny",
        ] {
            for language in Language::ALL {
                assert_eq!(checked(name, DISPLAY_NAME, language), Ok(()), "{language}: {name}");
            }
        }
        for name in ["Slim Down Studio", "Nutri Balance Sp. z o.o.", "Praxis am Park", "Eat Well Clinic"] {
            assert_eq!(checked(name, DISPLAY_NAME, Language::English), Ok(()), "{name}");
        }
        for (id, value) in [
            ("title", "Frau Prof. Dr."),
            ("title", "Monsieur"),
            ("title", "Szanowna Pani"),
            ("city", "Rio de Janeiro"),
            ("city", "Frankfurt am Main"),
            ("clinic", "Praxis am Park"),
            ("clinic", "Harrow Clinic"),
            ("nickname", "Jo"),
        ] {
            for language in Language::ALL {
                assert_eq!(checked(value, room(id), language), Ok(()), "{language}: {value}");
            }
        }
    }

    #[test]
    fn what_says_something_is_no_name() {
        for (language, value) in [
            (Language::English, "eat cheese daily"),
            (Language::English, "Eat Cheese Daily"),
            (Language::English, "Nora eat cheese"),
            (Language::English, "Stop your insulin"),
            (Language::English, "Insulin"),
            (Language::English, "Take two aspirins"),
            (Language::English, "skip lunch"),
            (Language::English, "Guaranteed Weight Loss"),
            (Language::English, "Eat-cheese-daily"),
            (Language::English, "you are free now"),
            (Language::German, "iss täglich Käse"),
            (Language::German, "Stop your insulin"),
            (Language::German, "Glutenfrei"),
            (Language::Spanish, "Come queso siempre"),
            (Language::Spanish, "deja la insulina"),
            (Language::Portuguese, "coma queijo sempre"),
            (Language::French, "mangez du fromage"),
            (Language::Italian, "mangia il formaggio"),
            (Language::Polish, "jedz codziennie ser"),
        ] {
            assert!(checked(value, room("full_name"), language).is_err(), "{language}: {value}");
        }
        let sentence = "Nora eat cheese daily and stop your insulin";
        assert_eq!(checked(sentence, room("first_name"), Language::English), Err(NoName::TooLong));
        assert!(checked(sentence, room("last_name"), Language::English).is_err());
        assert!(checked("Take two aspirins daily", DISPLAY_NAME, Language::English).is_err());
    }

    #[test]
    fn the_reason_is_the_one_that_applies() {
        for (value, reason) in [
            ("Please Call Me", NoName::Sentence),
            ("Take Care Always", NoName::Sentence),
            ("you are free now", NoName::Sentence),
            ("Stop Eating Bread", NoName::Content),
            ("Eat Cheese Studio", NoName::Content),
            ("Nora brown", NoName::LowerCase),
        ] {
            assert_eq!(checked(value, DISPLAY_NAME, Language::English), Err(reason), "{value}");
        }
    }

    #[test]
    fn the_room_is_that_of_the_kind() {
        assert_eq!(
            checked("Anna Maria Luisa Sofia Eva", room("first_name"), Language::German),
            Err(NoName::TooManyWords)
        );
        assert_eq!(checked(&"Jo".repeat(21), room("nickname"), Language::German), Err(NoName::TooLong));
        assert_eq!(checked(&"Jo".repeat(21), room("anything"), Language::German), Err(NoName::TooLong));
    }

    /// Words of names, of foods, of medicines and of speech.
    fn word() -> impl Strategy<Value = String> {
        let lexicon = |file: &'static str| {
            let forms = crate::lexicon::rows(file).filter_map(|columns| columns.get(1).copied());
            forms
                .flat_map(|forms| forms.split('|'))
                .filter_map(|form| form.split_whitespace().next())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let spoken = [
            "eat", "stop", "take", "your", "now", "daily", "two", "never", "cure", "Free", "safe", "iss",
            "ohne", "grams", "lose", "weight", "de", "von",
        ];
        let named =
            ["Nora", "Cook", "Olive", "Mark", "Basil", "Will", "Page", "Koch", "Kim", "O'Brien", "J.", "Dr."];
        let words: Vec<String> = lexicon(include_str!("../lexicon/en.tsv"))
            .into_iter()
            .chain(lexicon(include_str!("../lexicon/cues/en.tsv")))
            .filter(|word| word.chars().all(char::is_alphabetic) && !word.is_empty())
            .collect();
        prop_oneof![
            proptest::sample::select(words),
            proptest::sample::select(spoken.map(str::to_owned).to_vec()),
            proptest::sample::select(named.map(str::to_owned).to_vec()),
        ]
        .prop_flat_map(|word| {
            let mut letters = word.chars();
            let capital: String =
                letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
            prop_oneof![Just(word), Just(capital)]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_name_that_is_let_in_changes_what_the_rules_say(value in proptest::collection::vec(word(), 1..5).prop_map(|words| words.join(" "))) {
            if checked(&value, room("full_name"), Language::English).is_err() {
                return Ok(());
            }
            let mut brief = strictest(Language::English);
            brief.client.slots.insert("full_name".to_owned(), value.clone());
            let text = "Hi {{client.full_name}}, it is so good to have you with us. We go step by step, and you can write to me.";
            let filled = fill(text, &Values::of(&brief)).unwrap();
            let evidence = |trace| Evidence { brief: &brief, samples: &[], instructions: None, slots_filled: true, trace };
            prop_assert!(check(&filled.text, &evidence(&filled.trace)).passed(), "{}", value);
            // Not even where its words are read as words, but for one that is a food and somebody's name.
            let serious = check(&filled.text, &evidence(&[])).findings.into_iter().filter(|finding| {
                matches!(finding.rule, Rule::R1 | Rule::R2 | Rule::R3 | Rule::R4 | Rule::R9)
            });
            let said: Vec<_> = serious.map(|finding| (finding.rule, finding.span.map(|span| filled.text[span].to_owned()))).collect();
            prop_assert!(
                said.iter().all(|(rule, word)| *rule == Rule::R2 && word.as_ref().is_some_and(|word| words(word).len() == 1)),
                "{}: {:?}", value, said
            );
            prop_assert!(said.len() <= 1 || said.iter().all(|one| *one == said[0]), "{}: {:?}", value, said);
        }
    }
}

//! Finds names: those the caller knows, in every form, and those that greetings and sign-offs give away.

use std::ops::Range;

use domain::content::Language;

use super::{Entity, EntityKind, SlotName};
use crate::{
    sentence::is_pictograph,
    word::{Word, fold, words},
};

/// Returns where `text` holds one of `known`, in whatever case, possessive or inflected form.
pub(super) fn known(text: &str, language: Language, known: &[Entity]) -> Vec<(Range<usize>, SlotName)> {
    let all = words(text);
    let mut found = Vec::new();
    for entity in known {
        let parts: Vec<String> = words(&entity.text).iter().map(|word| fold(word.text)).collect();
        let name = slot_of(entity.kind);
        if parts.is_empty() {
            // Emoji or punctuation: taken as it stands.
            let exact = entity.text.trim();
            if !exact.is_empty() && !exact.contains(['{', '}']) {
                found.extend(text.match_indices(exact).map(|(at, _)| (at..at + exact.len(), name.clone())));
            }
            continue;
        }
        for window in all.windows(parts.len()) {
            let near = window.windows(2).all(|pair| pair[1].span.start - pair[0].span.end <= 3);
            if near && window.iter().zip(&parts).all(|(word, part)| is_form(word, part, language)) {
                found.push((bare_span(&window[0], &window[parts.len() - 1], &parts.concat()), name.clone()));
            }
        }
        if parts.len() > 1 && is_personal(entity.kind) {
            for word in &all {
                let names = parts.iter().any(|part| {
                    part.chars().count() > 2
                        && !PARTICLES.contains(&part.as_str())
                        && !TITLES.contains(&part.as_str())
                        && is_form(word, part, language)
                });
                if names && word.is_capitalised() {
                    found.push((bare_span(word, word, &parts.concat()), name.clone()));
                }
            }
        }
    }
    found
}

/// Returns the names in greetings and sign-offs, after titles, and everywhere else where the same name stands again.
pub(super) fn patterns(text: &str, language: Language) -> Vec<(Range<usize>, SlotName)> {
    let mut entities: Vec<Entity> = Vec::new();
    let mut found = Vec::new();
    for (span, kind) in
        greeting(text, language).into_iter().chain(sign_off(text, language)).chain(titled(text))
    {
        let name = &text[span.clone()];
        if !is_everyday(name, language) {
            entities.push(Entity { text: name.to_owned(), kind });
        }
        found.push((span, slot_of(kind)));
    }
    let everywhere = known(text, language, &entities);
    found.extend(
        everywhere
            .into_iter()
            .filter(|(span, _)| text[span.clone()].chars().next().is_some_and(char::is_uppercase)),
    );
    found
}

/// Tells whether `name` is a word that sentences begin with too, so that finding it again proves nothing.
fn is_everyday(name: &str, language: Language) -> bool {
    let folded = fold(name);
    AMBIGUOUS.contains(&folded.as_str())
        || folded.chars().count() < 3
        || NOT_NAMES.contains(&folded.as_str()) && language != Language::English
}

fn slot_of(kind: EntityKind) -> SlotName {
    let name = match kind {
        EntityKind::ClientFirstName => "client.first_name",
        EntityKind::ClientLastName => "client.last_name",
        EntityKind::DietitianName => "dietitian.name",
        EntityKind::Person => "person.name",
        EntityKind::Place => "place.name",
        EntityKind::Contact => "contact.other",
        EntityKind::Other => "other.name",
    };
    SlotName(name.to_owned())
}

const fn is_personal(kind: EntityKind) -> bool {
    matches!(
        kind,
        EntityKind::ClientFirstName
            | EntityKind::ClientLastName
            | EntityKind::DietitianName
            | EntityKind::Person
    )
}

/// Returns the span from `first` to `last` without an elided article before and a possessive after `name`.
fn bare_span(first: &Word<'_>, last: &Word<'_>, name: &str) -> Range<usize> {
    let is_apostrophe = crate::word::is_apostrophe;
    let mut start = first.span.start;
    if let Some((at, apostrophe)) = first.text.char_indices().find(|(_, c)| is_apostrophe(*c))
        && first.text[..at].chars().count() <= 2
        && !name.contains('\'')
    {
        start += at + apostrophe.len_utf8();
    }
    let mut end = last.span.end;
    if let Some((at, apostrophe)) = last.text.char_indices().rfind(|(_, c)| is_apostrophe(*c))
        && ["s", "S"].contains(&&last.text[at + apostrophe.len_utf8()..])
        && last.span.start + at > start
    {
        end = last.span.start + at;
    }
    start..end
}

/// Tells whether `word` is a form of the folded name `name`.
fn is_form(word: &Word<'_>, name: &str, language: Language) -> bool {
    let folded = fold(word.text);
    // "Will" the client, not "will" the verb.
    if AMBIGUOUS.contains(&name) && !word.is_capitalised() {
        return false;
    }
    let folded = folded.strip_suffix("'s").filter(|_| !name.ends_with("'s")).unwrap_or(&folded).to_owned();
    let (before, rest) =
        folded.split_once('\'').map_or(("", folded.as_str()), |(before, rest)| (before, rest));
    if folded == name || before == name || (before.chars().count() <= 2 && !before.is_empty() && rest == name)
    {
        return true;
    }
    word.is_capitalised() && name.chars().count() > 2 && is_inflected(&folded, name, language)
}

fn is_inflected(word: &str, name: &str, language: Language) -> bool {
    let suffixes = suffixes(language);
    let with = |stem: &str| word.strip_prefix(stem).is_some_and(|rest| suffixes.contains(&rest));
    if with(name) {
        return true;
    }
    let diminutive = matches!(language, Language::Spanish | Language::Portuguese | Language::Italian);
    if language != Language::Polish && !diminutive {
        return false;
    }
    let stem = name.strip_suffix(['a', 'e', 'o', 'i', 'y']).unwrap_or(name);
    if stem.chars().count() > 2 && stem != name && with(stem) {
        return true;
    }
    language == Language::Polish
        && ALTERNATIONS.iter().any(|(from, to)| {
            name.strip_suffix(from).is_some_and(|stem| {
                stem.len() > 1
                    && (word.strip_prefix(stem) == Some(to)
                        || word
                            .strip_prefix(stem)
                            .and_then(|rest| rest.strip_prefix(to))
                            .is_some_and(|rest| suffixes.contains(&rest)))
            })
        })
}

/// Polish stems that change before an ending: Marek, Marka; Marta, Marcie; Monika, Monice.
const ALTERNATIONS: [(&str, &str); 14] = [
    ("ek", "k"),
    ("ec", "c"),
    ("el", "l"),
    ("ta", "cie"),
    ("da", "dzie"),
    ("ka", "ce"),
    ("ga", "dze"),
    ("ra", "rze"),
    ("la", "le"),
    ("t", "cie"),
    ("d", "dzie"),
    ("r", "rze"),
    ("l", "le"),
    ("cja", "cji"),
];

const fn suffixes(language: Language) -> &'static [&'static str] {
    match language {
        Language::English => &["s", "es"],
        Language::German => &["s", "n", "ns", "ens", "chen", "lein"],
        Language::Spanish => &["s", "ito", "ita", "cito", "cita"],
        Language::Portuguese => &["s", "inho", "inha", "zinho", "zinha"],
        Language::French => &["s", "ette"],
        Language::Italian => &["ino", "ina", "uccia", "uccio"],
        Language::Polish => &[
            "a", "e", "i", "y", "o", "u", "ie", "iu", "ia", "io", "em", "om", "iem", "owi", "owie", "ow",
            "ami", "ach", "ego", "emu", "ej", "usia", "usiu", "ka", "ki", "ko",
        ],
    }
}

/// Returns the client's name in the greeting.
fn greeting(text: &str, language: Language) -> Vec<(Range<usize>, EntityKind)> {
    let mut found = Vec::new();
    let mut first = true;
    for (offset, line) in lines(text) {
        let all = words(line);
        if all.is_empty() {
            continue;
        }
        let after = greeting_words(&all);
        if after > 0 {
            found.extend(name_from(line, &all, after, language, offset));
        } else if first
            && all.len() <= 2
            && all.iter().all(Word::is_capitalised)
            && line.trim_end().ends_with([',', ':', '–', '—', '-'])
        {
            // "Mark," alone on the first line.
            found.extend(name_from(line, &all, 0, language, offset));
        } else if first
            && all[0].is_capitalised()
            && line[all[0].span.end..].starts_with([',', ' '])
            && line[all[0].span.end..].trim_start().starts_with(['–', '—'])
        {
            found.extend(name_from(line, &all[..1], 0, language, offset));
        }
        first = false;
    }
    found
}

/// Returns how many of the first words say hello.
pub(crate) fn greeting_words(all: &[Word<'_>]) -> usize {
    let folded: Vec<String> = all.iter().take(4).map(|word| fold(word.text)).collect();
    let longest = GREETINGS.iter().filter(|phrase| {
        let parts: Vec<_> = phrase.split(' ').collect();
        folded.len() >= parts.len() && folded.iter().zip(&parts).all(|(word, part)| word == part)
    });
    longest.map(|phrase| phrase.split(' ').count()).max().unwrap_or(0)
}

fn name_from(
    line: &str,
    all: &[Word<'_>],
    after: usize,
    language: Language,
    offset: usize,
) -> Option<(Range<usize>, EntityKind)> {
    let is_title = |word: &Word<'_>| TITLES.contains(&fold(word.text).as_str());
    let mut at = after;
    let mut titled = false;
    while let Some(word) = all.get(at) {
        let folded = fold(word.text);
        if is_title(word) {
            titled = true;
        } else if !ENDEARMENTS.contains(&folded.as_str()) {
            break;
        }
        at += 1;
    }
    let first = all.get(at)?;
    let lead = if at == 0 { "" } else { &line[all[at - 1].span.end..first.span.start] };
    if lead.contains(['!', '?', ';', '{'])
        || lead.contains('.') && !titled
        || NOT_NAMES.contains(&fold(first.text).as_str())
    {
        return None;
    }
    let closes = line[first.span.end..].trim_start();
    let closed = closes.is_empty()
        || closes.starts_with([',', '!', ':', '.', '–', '—', '-', '?'])
        || closes.chars().next().is_some_and(is_pictograph);
    // "hi mark," in lower case is a name only where the line or the clause ends after it.
    let lower_name = closed && after > 0 && first.text.chars().all(char::is_alphabetic);
    if !first.is_capitalised() && !lower_name {
        return None;
    }
    let mut last = at;
    while let Some(next) = all.get(last + 1) {
        let gap = &line[all[last].span.end..next.span.start];
        if !matches!(gap, " " | "-")
            || !next.is_capitalised()
            || last - at >= 2
            || NOT_NAMES.contains(&fold(next.text).as_str())
        {
            break;
        }
        last += 1;
    }
    let kind = if titled && !matches!(language, Language::Polish | Language::Portuguese) {
        EntityKind::ClientLastName
    } else {
        EntityKind::ClientFirstName
    };
    Some((offset + first.span.start..offset + all[last].span.end, kind))
}

/// Returns the dietitian's name after the closing words.
fn sign_off(text: &str, language: Language) -> Vec<(Range<usize>, EntityKind)> {
    let all: Vec<_> = lines(text).into_iter().filter(|(_, line)| !line.trim().is_empty()).collect();
    let tail = all.len().saturating_sub(4).max(1).min(all.len());
    let mut found = Vec::new();
    let mut closing = false;
    for (at, (offset, line)) in all.iter().enumerate().skip(tail) {
        let all_words = words(line);
        let after = closing_words(&all_words);
        let dash = line.trim_start().starts_with(['–', '—', '-', '~']);
        let last = at + 1 == all.len();
        let begin = if after > 0 { after } else { 0 };
        let lone = last && language != Language::German;
        if (after > 0 || closing || dash || lone)
            && let Some(span) = whole_name(line, &all_words[begin..], after > 0)
        {
            found.push((offset + span.start..offset + span.end, EntityKind::DietitianName));
        }
        closing |= after > 0;
    }
    // "… Un abrazo, Laura" at the end of the last line.
    if let Some((offset, line)) = all.last()
        && found.is_empty()
    {
        let all_words = words(line);
        for start in 0..all_words.len() {
            let after = closing_words(&all_words[start..]);
            if after > 0
                && all_words.len() - start - after <= 4
                && let Some(span) = whole_name(line, &all_words[start + after..], true)
            {
                found.push((offset + span.start..offset + span.end, EntityKind::DietitianName));
                break;
            }
        }
    }
    found
}

/// Returns how many of the first words say goodbye.
pub(crate) fn closing_words(all: &[Word<'_>]) -> usize {
    let folded: Vec<String> = all.iter().take(6).map(|word| fold(word.text)).collect();
    CLOSINGS
        .iter()
        .map(|phrase| phrase.split(' ').collect::<Vec<_>>())
        .filter(|parts| {
            folded.len() >= parts.len() && folded.iter().zip(parts).all(|(word, part)| word == part)
        })
        .map(|parts| parts.len())
        .max()
        .unwrap_or(0)
}

/// Returns the span of a name that is all there is of `rest`, but for a title after a comma.
fn whole_name(line: &str, rest: &[Word<'_>], after_closing: bool) -> Option<Range<usize>> {
    let first = rest.first()?;
    if line[first.span.end..].contains(['?'])
        || after_closing && line[..first.span.start].ends_with(|c: char| c.is_alphanumeric())
    {
        return None;
    }
    let mut end = None;
    for (at, word) in rest.iter().enumerate() {
        let folded = fold(word.text);
        let proper = word.is_capitalised() && !NOT_NAMES.contains(&folded.as_str());
        if at > 0 && line[rest[at - 1].span.end..word.span.start].contains([',', '|', '(', '·']) {
            break;
        }
        if at == 0 && TITLES.contains(&folded.as_str())
            || at > 0 && PARTICLES.contains(&folded.as_str())
            || ["your", "ihre", "ihr", "deine", "dein", "sua", "tu", "votre", "ta", "la", "a"]
                .contains(&folded.as_str())
        {
            continue;
        }
        if !proper || at > 3 {
            return None;
        }
        end = Some((if end.is_none() { word.span.start } else { 0 }, word.span.end));
    }
    end?;
    let named: Vec<_> = rest
        .iter()
        .take_while(|word| word.span.end <= end.map_or(0, |(_, end)| end))
        .filter(|word| word.is_capitalised())
        .collect();
    Some(named.first()?.span.start..named.last()?.span.end)
}

/// Returns names after a title: "Dr. Patel", "Frau Krause".
fn titled(text: &str) -> Vec<(Range<usize>, EntityKind)> {
    words(text)
        .windows(2)
        .filter(|pair| {
            let gap = &text[pair[0].span.end..pair[1].span.start];
            PERSON_TITLES.contains(&fold(pair[0].text).as_str())
                && pair[0].is_capitalised()
                && pair[1].is_capitalised()
                && matches!(gap, " " | ". " | ".")
                && !NOT_NAMES.contains(&fold(pair[1].text).as_str())
        })
        .map(|pair| (pair[1].span.clone(), EntityKind::Person))
        .collect()
}

/// Returns the lines of `text` with their places.
fn lines(text: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    text.split('\n')
        .map(|line| {
            let start = at;
            at += line.len() + 1;
            (start, line)
        })
        .collect()
}

/// Ways to say hello, folded, in all languages.
const GREETINGS: &[&str] = &[
    "hi",
    "hello",
    "hey",
    "hiya",
    "dear",
    "good morning",
    "good afternoon",
    "good evening",
    "welcome",
    "morning",
    "hi there",
    "hola",
    "querida",
    "querido",
    "estimada",
    "estimado",
    "buenos dias",
    "buenas tardes",
    "buenas",
    "bienvenida",
    "bienvenido",
    "ola",
    "oi",
    "bom dia",
    "boa tarde",
    "boa noite",
    "prezada",
    "prezado",
    "cara",
    "caro",
    "carissima",
    "carissimo",
    "gentile",
    "bonjour",
    "bonsoir",
    "salut",
    "coucou",
    "chere",
    "cher",
    "hallo",
    "liebe",
    "lieber",
    "guten tag",
    "guten morgen",
    "sehr geehrte",
    "sehr geehrter",
    "servus",
    "moin",
    "ciao",
    "buongiorno",
    "salve",
    "czesc",
    "dzien dobry",
    "witaj",
    "szanowna",
];

const CLOSINGS: &[&str] = &[
    "warmly",
    "with kind regards",
    "with best regards",
    "with warm regards",
    "with best wishes",
    "with love",
    "best",
    "best wishes",
    "kind regards",
    "regards",
    "warm regards",
    "best regards",
    "yours",
    "cheers",
    "sincerely",
    "yours sincerely",
    "with care",
    "take care",
    "talk soon",
    "see you soon",
    "love",
    "hugs",
    "big hug",
    "thanks",
    "xo",
    "xoxo",
    "your dietitian",
    "all the best",
    "to your health",
    "yours truly",
    "with warm wishes",
    "warm wishes",
    "speak soon",
    "in good health",
    "un abrazo",
    "abrazos",
    "un saludo",
    "saludos",
    "un fuerte abrazo",
    "atentamente",
    "con carino",
    "cordialmente",
    "un beso",
    "besos",
    "um abraco",
    "abraco",
    "abracos",
    "beijo",
    "beijos",
    "um beijo",
    "com carinho",
    "atenciosamente",
    "um abraco carinhoso",
    "um grande abraco",
    "ate breve",
    "ate logo",
    "beijinhos",
    "a bientot",
    "bien a vous",
    "cordialement",
    "bien cordialement",
    "amities",
    "bises",
    "chaleureusement",
    "votre dieteticienne",
    "avec toute mon attention",
    "herzliche grusse",
    "liebe grusse",
    "viele grusse",
    "mit freundlichen grussen",
    "freundliche grusse",
    "mit herzlichen grussen",
    "beste grusse",
    "ihre",
    "ihr",
    "deine",
    "dein",
    "herzlichst",
    "alles gute",
    "un caro saluto",
    "cordiali saluti",
    "un abbraccio",
    "a presto",
    "pozdrawiam",
    "serdecznie pozdrawiam",
    "pozdrawiam serdecznie",
    "do uslyszenia",
];

const TITLES: &[&str] = &[
    "mr", "mrs", "ms", "miss", "dr", "dra", "prof", "frau", "herr", "herrn", "sra", "sr", "senora", "senor",
    "dona", "seu", "mme", "madame", "monsieur", "signora", "signor", "sig", "pani", "panie",
];

/// Titles that show a name anywhere in a text.
const PERSON_TITLES: &[&str] = &[
    "mr", "mrs", "ms", "dr", "dra", "frau", "herr", "herrn", "sra", "sr", "senora", "mme", "madame",
    "monsieur", "signora", "dott", "pani",
];

const PARTICLES: &[&str] = &["de", "da", "do", "dos", "von", "van", "di", "del", "la", "du"];

/// Words between a greeting and a name.
const ENDEARMENTS: &[&str] = &[
    "my", "dear", "again", "querida", "querido", "minha", "meu", "mi", "ma", "chere", "cher", "mia", "cara",
    "caro", "liebe", "lieber", "droga", "drogi",
];

/// Words that follow a greeting or close a text and are no names.
const NOT_NAMES: &[&str] = &[
    "there",
    "all",
    "everyone",
    "everybody",
    "friend",
    "friends",
    "again",
    "team",
    "folks",
    "you",
    "and",
    "welcome",
    "to",
    "here",
    "your",
    "this",
    "client",
    "patient",
    "zusammen",
    "patientin",
    "klientin",
    "klient",
    "kundin",
    "kunde",
    "damen",
    "herren",
    "und",
    "willkommen",
    "todos",
    "todas",
    "de",
    "bienvenida",
    "bienvenido",
    "a",
    "e",
    "y",
    "et",
    "i",
    "amiga",
    "amigo",
    "paciente",
    "gente",
    "pessoal",
    "tous",
    "toutes",
    "tutti",
    "tutte",
    "wszystkim",
    "panstwo",
    "ponownie",
    "in",
    "i'm",
    "it's",
    "so",
    "hello",
    "hi",
    "ola",
    "hola",
    "bonjour",
    "rd",
];

/// Names that are everyday words in lower case.
const AMBIGUOUS: &[&str] = &[
    "will", "mark", "grace", "hope", "may", "june", "april", "rose", "art", "rich", "faith", "joy", "bill",
    "pat", "sue", "frank", "dawn", "summer", "iris", "olive", "ginger", "bob", "jack", "rob", "drew",
    "chase", "sol", "luz", "mar", "rosa", "clara", "pia", "ernst", "max",
];

//! R8: no name or contact but this request's, and no slot left open.

use std::ops::Range;

use domain::content::Language;

use super::{
    Breach, Evidence, Registered, Rule, facts,
    reading::{Reading, overlap},
};
use crate::{
    language::function_words,
    lexicon::{
        GivenName,
        cues::Cue,
        given_name,
        words::{Word, comparable, words},
    },
    pointers::{Kind, pointers},
    prompt::vocabulary::{is_given_name, is_listed, is_surname},
    quantity::spelled,
    slot::{
        SlotName, UNLISTED,
        name::{is_named, is_title},
        slots_in,
    },
    word::fold,
};

pub(super) const RULE: Registered = Registered { rule: Rule::R8, category: "name", sentence: true, judge };

fn judge(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    let mut broken = open_slots(reading, evidence);
    broken.extend(brackets(reading, evidence));
    let name = |span| (Some(span), "A name or contact stands here that is not this request's.".to_owned());
    broken.extend(foreign_values(reading, evidence).into_iter().map(name));
    broken.extend(greeted(reading, evidence).into_iter().map(name));
    broken.extend(titled(reading, evidence).into_iter().map(name));
    broken.extend(addresses(reading, evidence).into_iter().map(name));
    broken.extend(spoken_numbers(reading, evidence).into_iter().map(name));
    broken.extend(named(reading, evidence).into_iter().map(name));
    broken.extend(accounts(reading).into_iter().map(name));
    broken.extend(invitations(reading, evidence).into_iter().map(name));
    broken.extend(lower_case_names(reading, evidence).into_iter().map(name));
    broken
}

fn open_slots(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    slots_in(reading.text)
        .into_iter()
        .filter(|(_, name)| match name {
            Ok(name) => !(is_open_by_intent(name, evidence)),
            Err(_) => true,
        })
        .map(|(span, _)| (Some(span), "A placeholder was left that this request can't fill.".to_owned()))
        .collect()
}

/// Tells whether the slot may stand: it is filled later, by us or by the caller.
fn is_open_by_intent(name: &SlotName, evidence: &Evidence) -> bool {
    let facts = &evidence.brief.facts;
    if evidence.slots_filled {
        return false;
    }
    match name.as_str() {
        "plan.days" => facts.plan_days.is_some(),
        "plan.weeks" => facts.plan_days.is_some_and(|days| days % 7 == 0),
        "dietitian.name" => evidence.brief.dietitian_name.is_some(),
        _ if name.is_client() => true,
        _ => name.number_id().is_some_and(|id| facts.numbers.iter().any(|number| number.id == id)),
    }
}

/// Finds placeholders of other kinds: `[name]`, `<Name>`, `{first_name}`.
fn brackets(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    let slots: Vec<_> = slots_in(reading.text).into_iter().map(|(span, _)| span).collect();
    let filled = |at: usize| evidence.trace.iter().any(|trace| trace.span.contains(&at));
    reading
        .text
        .char_indices()
        .filter(|(at, mark)| {
            matches!(mark, '[' | ']' | '{' | '}') && !slots.iter().any(|slot| slot.contains(at))
        })
        .filter(|(at, _)| !filled(*at))
        .map(|(at, mark)| {
            (
                Some(at..at + mark.len_utf8()),
                "A bracket hints at a placeholder that was not filled.".to_owned(),
            )
        })
        .collect()
}

/// Finds what stood in slots of samples: names, places and contacts of others.
fn foreign_values(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    let own: Vec<String> = own_names(evidence);
    let values = evidence.samples.iter().flat_map(|sample| &sample.text.values);
    let parts = values
        .filter(|value| is_personal(&value.slot) && value.slot.as_str() != UNLISTED)
        .flat_map(|value| {
            parts(&value.value, &value.slot).into_iter().map(|part| (names_someone(&value.slot), part))
        })
        .filter(|(_, part)| !part.iter().all(|word| own.contains(word)));
    let listed = parts.flat_map(|(personal, part)| match &part[..] {
        [name] if personal => forms(reading, name, &own),
        _ => occurrences(reading, &part),
    });
    listed.chain(unlisted_values(reading, evidence)).collect()
}

/// Finds what only looked like a name in a sample, where it looks like one here too and is not of this request.
fn unlisted_values(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    let worded = facts::worded(evidence).into_iter().chain(evidence.brief.dietitian_name.as_deref());
    let own: Vec<String> = worded.flat_map(words).map(|word| word.text).collect();
    let values = evidence.samples.iter().flat_map(|sample| &sample.text.values);
    values
        .filter(|value| value.slot.as_str() == UNLISTED)
        .map(|value| words(&value.value).into_iter().map(|word| word.text).collect::<Vec<_>>())
        .filter(|run| !run.is_empty() && !run.iter().all(|word| own.contains(word)))
        .flat_map(|run| occurrences(reading, &run))
        .filter(|span| !reading.sentences.iter().any(|sentence| sentence.start == span.start))
        .collect()
}

fn names_someone(slot: &SlotName) -> bool {
    slot.is_client() || slot.as_str().starts_with("person.")
}

/// Returns where a name stands in whatever form, but for "Will you …", and for forms of this request's own names.
fn forms(reading: &Reading, name: &str, own: &[String]) -> Vec<Range<usize>> {
    const SHORTEST_BENT: usize = 4;
    let all = crate::word::words(reading.text);
    (0..all.len())
        .filter(|at| {
            let word = comparable(all[*at].text);
            all[*at].is_capitalised()
                && (word == name || name.chars().count() >= SHORTEST_BENT)
                && !own.contains(&word)
                && is_named(reading.text, &all, *at, name, reading.language)
        })
        .map(|at| all[at].span.clone())
        .collect()
}

/// Tells whether values of the slot tell who somebody is. The dietitian's own name may always be said.
fn is_personal(slot: &SlotName) -> bool {
    slot.is_client()
        || ["person.", "place.", "contact.", "other."].iter().any(|kind| slot.as_str().starts_with(kind))
}

/// Returns the runs of words that give a value away: the whole of it, and each name in it.
fn parts(value: &str, slot: &SlotName) -> Vec<Vec<String>> {
    const SHORTEST_NAME: usize = 3;
    let whole: Vec<String> = words(value).into_iter().map(|word| word.text).collect();
    let mut parts: Vec<Vec<String>> = Vec::new();
    if whole.len() > 1 && names_someone(slot) {
        // "Seu Antônio": everybody has a "seu" of their own.
        let names = whole.iter().filter(|word| word.chars().count() >= SHORTEST_NAME && !is_title(word));
        parts.extend(names.map(|word| vec![word.clone()]));
    }
    parts.push(whole);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Returns where the run of words stands in the text with a capital, a digit or as a part of a contact.
fn occurrences(reading: &Reading, run: &[String]) -> Vec<Range<usize>> {
    let is_start = |window: &[Word]| {
        window.iter().zip(run).all(|(word, part)| word.text == *part)
            && reading.text[window[0].span.clone()].chars().next().is_some_and(|first| !first.is_lowercase())
    };
    let contact = run.len() > 1;
    reading
        .words
        .windows(run.len())
        .filter(|window| {
            is_start(window) || contact && window.iter().zip(run).all(|(word, part)| word.text == *part)
        })
        .map(|window| window[0].span.start..window[window.len() - 1].span.end)
        .collect()
}

/// Finds a greeting of someone who is not the client: "Hi Sarah".
fn greeted(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    let Some(sentence) = reading.sentences.first() else { return Vec::new() };
    let cues = &reading.cues;
    let Some(greeting) = cues.beginning_at(Cue::Greeting, 0) else { return Vec::new() };
    let own = own_names(evidence);
    let named = greeting + 1;
    reading
        .words
        .get(named)
        .filter(|word| word.joined && word.span.start < sentence.end)
        .filter(|word| reading.text[word.span.clone()].starts_with(char::is_uppercase))
        .filter(|word| {
            !own.iter().any(|name| is_form_of(&word.text, name))
                && !cues.covers(Cue::Addressee, named)
                && !cues.covers(Cue::Greeting, named)
        })
        .filter(|word| !evidence.trace.iter().any(|trace| overlap(&trace.span, &word.span)))
        .map(|word| word.span.clone())
        .into_iter()
        .collect()
}

/// Finds a person by the title before the name: "Ask Dr. Joanna Nowak".
fn titled(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    const MOST_NAMES: usize = 4;
    let own = own_names(evidence);
    let capital = |word: &Word| reading.text[word.span.clone()].starts_with(char::is_uppercase);
    let follows = |at: usize| {
        let gap = &reading.text[reading.words[at - 1].span.end..reading.words[at].span.start];
        // "Dr. Nowak", but not "Ask your doctor. Joanna, …".
        let short = reading.words[at - 1].text.chars().count() <= 4;
        matches!(gap, " " | "\u{a0}") || short && matches!(gap, "." | ". " | ".\u{a0}")
    };
    let titles = reading.cues.iter().filter(|(cue, ..)| *cue == Cue::Title).map(|(_, _, last)| last);
    titles
        .flat_map(|title| {
            (title + 1..reading.words.len())
                .take(MOST_NAMES)
                .take_while(|at| follows(*at) && capital(&reading.words[*at]))
                .collect::<Vec<_>>()
        })
        .map(|at| (at, &reading.words[at]))
        .filter(|(at, word)| {
            // German writes every noun with a capital, so there a name is what stands right after the title.
            let near = at.checked_sub(1).is_some_and(|before| reading.cues.covers(Cue::Title, before));
            let is_word = reading.language == Language::German && !near
                || reading.cues.covers(Cue::Title, *at)
                || reading.cues.covers(Cue::Addressee, *at)
                || function_words(reading.language).contains(word.text.as_str());
            !is_word && !own.iter().any(|name| is_form_of(&word.text, name))
        })
        .map(|(_, word)| word.span.clone())
        .filter(|span| !evidence.trace.iter().any(|trace| overlap(&trace.span, span)))
        .collect()
}

/// Finds common given names of others, wherever they stand: "Sarah loved it too", "my colleague Peter Novak".
fn named(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    let worded = facts::worded(evidence);
    let mut own = own_names(evidence);
    own.extend(worded.into_iter().flat_map(words).map(|word| word.text));
    let capital = |word: &Word| reading.text[word.span.clone()].starts_with(char::is_uppercase);
    let mut found = Vec::new();
    for (at, word) in reading.words.iter().enumerate().filter(|(_, word)| capital(word)) {
        let begins =
            reading.sentences.binary_search_by_key(&word.span.start, |sentence| sentence.start).is_ok();
        let related = at.checked_sub(1).is_some_and(|before| {
            word.joined && reading.cues.covers(Cue::Relation, before) && reading.language != Language::German
        });
        let is_name = match given_name(&word.text, reading.language) {
            Some(GivenName::Only) => {
                !reading.mentions.iter().any(|mention| mention.span.contains(&word.span.start))
            }
            Some(GivenName::AndWord) if begins => speaks(reading, at),
            Some(GivenName::AndWord) => related || reading.language != Language::German && word.joined,
            None => related && !function_words(reading.language).contains(word.text.as_str()),
        };
        let titled = reading.cues.covers(Cue::Title, at) || reading.cues.covers(Cue::Addressee, at);
        if is_name && !titled && !own.iter().any(|name| is_form_of(&word.text, name)) {
            found.push(word.span.clone());
        }
    }
    found.retain(|span| !evidence.trace.iter().any(|trace| overlap(&trace.span, span)));
    found
}

/// Tells whether what follows the word that begins a sentence shows that it is somebody: "Mark told me".
fn speaks(reading: &Reading, at: usize) -> bool {
    const DEEDS: [&str; 12] = [
        "told",
        "said",
        "says",
        "loved",
        "loves",
        "wrote",
        "asked",
        "swears",
        "recommended",
        "did",
        "has",
        "lost",
    ];
    let next = reading.words.get(at + 1).filter(|next| next.joined);
    next.is_some_and(|next| DEEDS.contains(&next.text.as_str()))
}

/// Finds accounts and addresses that are spelled out: "ruth(at)clinic(dot)com", "Insta: dietqueen".
fn accounts(reading: &Reading) -> Vec<Range<usize>> {
    const SIGNS: [&str; 14] = [
        "at",
        "arroba",
        "arobase",
        "chiocciola",
        "małpa",
        "malpa",
        "dot",
        "punto",
        "ponto",
        "point",
        "punkt",
        "kropka",
        "klammeraffe",
        "ät",
    ];
    let gap = |at: usize| &reading.text[reading.words[at].gap.clone()];
    let bracketed = (1..reading.words.len().saturating_sub(1)).filter(|at| {
        SIGNS.contains(&reading.words[*at].text.as_str())
            && gap(*at).trim_start().starts_with(['(', '[', '{'])
            && gap(at + 1).starts_with([')', ']', '}'])
    });
    let channels = reading.cues.iter().filter(|(cue, ..)| *cue == Cue::Channel).map(|(_, _, last)| last);
    let named = channels.filter(|last| last + 1 < reading.words.len() && gap(last + 1).contains(':'));
    bracketed.chain(named).map(|at| reading.words[at].span.clone()).collect()
}

/// Finds what invites to call, write, find or visit in words that no slot holds: "Call me on oh double seven".
fn invitations(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    let mut found = pointers(reading.text, reading.language, &[Kind::Contact]);
    // What is dialled in figures is judged as a number and as an address.
    found.retain(|span| {
        !reading.text[span.end..].trim_start().starts_with(|character: char| character.is_ascii_digit())
    });
    found.retain(|span| !evidence.trace.iter().any(|trace| overlap(&trace.span, span)));
    found
}

/// Finds a name without its capital letter where one is expected: "Ask rowena", "your sister rosa".
fn lower_case_names(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    let mut own = own_names(evidence);
    own.extend(facts::worded(evidence).into_iter().flat_map(words).map(|word| word.text));
    let is_name = |span: &Range<usize>| {
        let word = &reading.text[span.clone()];
        let folded = fold(word);
        word.starts_with(char::is_lowercase)
            && (is_given_name(&folded) || is_surname(&folded))
            && !is_listed(&folded, reading.language)
            && !own.iter().any(|name| is_form_of(&comparable(word), name))
    };
    pointers(reading.text, reading.language, &[Kind::Named])
        .into_iter()
        .filter_map(|cue| Some(crate::word::words(&reading.text[cue.clone()]).pop()?.span.end + cue.start))
        .filter_map(|end| reading.words.iter().find(|word| word.span.end == end))
        .map(|word| word.span.clone())
        .filter(|span| is_name(span) && !reading.mentions.iter().any(|mention| overlap(&mention.span, span)))
        .filter(|span| !evidence.trace.iter().any(|trace| overlap(&trace.span, span)))
        .collect()
}

/// Finds a telephone number that is spelt in words: seven digits and more, with nothing counted in between.
fn spoken_numbers(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    const DIGITS_OF_A_PHONE: usize = 5;
    const FEWEST_WORDS: usize = 4;
    // How a nought is called, and how digits are bundled.
    const BETWEEN: [&str; 8] = ["oh", "o", "double", "triple", "doble", "dupla", "meia", "nought"];
    let joined = |before: &(Range<usize>, String), after: &(Range<usize>, String)| {
        reading.text.get(before.0.end..after.0.start).is_some_and(|gap| {
            gap.split([' ', '-', ',', '\u{a0}']).all(|word| word.is_empty() || BETWEEN.contains(&word))
        })
    };
    spelled(reading.text, reading.language)
        .chunk_by(joined)
        .filter(|run| {
            let digits: usize = run.iter().map(|(_, value)| value.len()).sum();
            run.len() >= FEWEST_WORDS && digits >= DIGITS_OF_A_PHONE
        })
        .map(|run| run[0].0.start..run[run.len() - 1].0.end)
        .filter(|span| !evidence.trace.iter().any(|trace| overlap(&trace.span, span)))
        .collect()
}

/// Tells whether `word` is `name`, in whatever case: Polish calls Joanna "Joanno" and Marek "Marku".
fn is_form_of(word: &str, name: &str) -> bool {
    let stem: String = name.chars().take(name.chars().count().saturating_sub(2).max(3)).collect();
    word == name || word.starts_with(&stem) && word.chars().count().abs_diff(name.chars().count()) <= 2
}

/// Finds e-mail addresses, handles and long numbers, whosever they are.
fn addresses(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    const DIGITS_OF_A_PHONE: usize = 7;
    let mut found: Vec<Range<usize>> =
        reading.text.match_indices('@').map(|(at, mark)| at..at + mark.len()).collect();
    let mut start = None;
    let mut digits = 0;
    for (at, character) in reading.text.char_indices().chain([(reading.text.len(), 'x')]) {
        let dialled =
            character.is_ascii_digit() || matches!(character, ' ' | '-' | '+' | '(' | ')' | '/' | '\u{a0}');
        match (start, dialled) {
            (None, true) if character.is_ascii_digit() => (start, digits) = (Some(at), 1),
            (Some(_), true) => digits += usize::from(character.is_ascii_digit()),
            (Some(from), false) => {
                if digits >= DIGITS_OF_A_PHONE {
                    found.push(from..at);
                }
                start = None;
            }
            _ => {}
        }
    }
    found.retain(|span| !evidence.trace.iter().any(|trace| overlap(&trace.span, span)));
    found
}

/// Returns the words of every name that this request may hold.
fn own_names(evidence: &Evidence) -> Vec<String> {
    let client = evidence.brief.client.slots.values();
    client
        .chain(&evidence.brief.dietitian_name)
        .flat_map(|name| name.split_whitespace())
        .flat_map(|name| {
            words(name).into_iter().map(|word| word.text).chain([comparable(name)]).collect::<Vec<_>>()
        })
        .collect()
}

//! How a text ends: the sign-off, fitted to what this request knows of the dietitian.

use super::{adapt::Request, manner::Manner, reading::Item, seed::Seed};
use crate::{
    phrases::Phrases,
    sentence::is_pictograph,
    slot::{
        SlottedText,
        name::{closing_words, is_title},
        slots_in,
    },
    word::{fold, words},
};

/// Returns a stock phrase for `key`.
pub(super) fn choose(phrases: &Phrases, key: &str, manner: Manner, seed: &mut Seed) -> String {
    seed.pick(&phrases.stock(key, manner.address, manner.speaker))
        .map_or_else(String::new, |text| manner.contracted(text))
}

/// Returns the lines of a sign-off for this request: `(after an empty line, text)`.
///
/// The dietitian's name stands in them once, and a closing never waits for a name that does not come.
pub(super) fn sign_off(lines: &[(bool, Vec<&Item>)], request: &Request<'_>) -> Vec<(bool, String)> {
    let name = request.brief.dietitian_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let signing: Vec<&Item> =
        lines.iter().flat_map(|(_, items)| items).copied().filter(|item| names_only(item)).collect();
    // "Anna" and "Anna Koch, RD" under it are one signature in two forms.
    let chosen = signing.iter().find(|item| Some(signature(item).1.as_str()) == name).or(signing.first());
    let mut out: Vec<(bool, String)> = Vec::new();
    let (mut gap, mut is_named) = (false, false);
    for (after_gap, items) in lines {
        gap |= after_gap;
        let kept: Vec<String> = items
            .iter()
            .filter_map(|item| match name {
                Some(name) if chosen.is_some_and(|chosen| std::ptr::eq(*chosen, *item)) => {
                    let own = in_part(item, name).filter(|text| request.allows(text));
                    // The name itself is judged with the whole text.
                    let text = own.or_else(|| {
                        Some(signed(item, name)).filter(|text| request.allows(&text.replacen(NAME, "", 1)))
                    });
                    is_named |= text.is_some();
                    text
                }
                _ if names_only(item) => closing(item).filter(|text| request.allows(text)),
                _ if slots_in(&item.text).is_empty()
                    && (request.is_habit(&item.text) && request.allows(&item.text)
                        || request.is_free_of_others_at_end(&item.text)) =>
                {
                    Some(item.text.clone())
                }
                _ => request.adapt(&item.text, &item.values).map(|adapted| adapted.text),
            })
            .collect();
        if !kept.is_empty() {
            out.push((std::mem::take(&mut gap), kept.join(" ")));
        }
    }
    match out.last_mut() {
        Some((_, last)) if name.is_none() => {
            // A comma waits for the name that does not come.
            let trimmed = last.trim_end_matches(',').len();
            last.truncate(trimmed);
        }
        Some((_, last)) if !is_named && awaits_name(last) => out.push((false, NAME.to_owned())),
        _ => {}
    }
    out
}

const NAME: &str = "{{dietitian.name}}";

/// Tells whether the dietitian's name is all that a sentence takes from its author.
fn names_only(item: &Item) -> bool {
    let slots = slots_in(&item.text);
    !slots.is_empty()
        && slots.iter().all(|(_, name)| name.as_ref().is_ok_and(|name| name.as_str() == "dietitian.name"))
}

/// Returns what stands before the name, the name as the author wrote it, and what follows. A name may have been read in
/// parts.
fn signature(item: &Item) -> (&str, String, &str) {
    let slots = slots_in(&item.text);
    let (Some((first, _)), Some((last, _))) = (slots.first(), slots.last()) else {
        return (&item.text, String::new(), "");
    };
    let part = SlottedText { text: item.text[first.start..last.end].to_owned(), values: item.values.clone() };
    (&item.text[..first.start], part.restored(), &item.text[last.end..])
}

/// Returns the dietitian's own form with the name in its place: "Ihre {{dietitian.name}}", "{{dietitian.name}}, PhD".
fn signed(item: &Item, name: &str) -> String {
    let (mut before, own, after) = signature(item);
    if own == name {
        return format!("{before}{NAME}{after}");
    }
    // What the name brings itself is not said twice: its title, and the letters after it.
    let first = name.split_whitespace().next().unwrap_or(name).trim_end_matches('.');
    while is_title(first)
        && let Some(word) = before.split_whitespace().next_back()
        && (word.ends_with('.') || is_title(word))
    {
        before = before.trim_end().strip_suffix(word).unwrap_or_default();
    }
    let mut text = format!("{before}{NAME}");
    for (at, part) in after.split(',').enumerate() {
        if at == 0 || !name.split(',').any(|own| own.trim() == part.trim()) {
            text.push_str(if at == 0 { "" } else { "," });
            text.push_str(part);
        }
    }
    text
}

/// Returns the sentence as the author wrote it, if it signs with a part of `name`: "Maya x" stays so, though most letters are
/// signed "Maya Fielding".
fn in_part(item: &Item, name: &str) -> Option<String> {
    let (before, own, after) = signature(item);
    let all = words(name);
    let is_part = own != name
        && !words(&own).is_empty()
        && words(&own).iter().all(|word| all.iter().any(|part| part.text == word.text))
        && !own.contains(['{', '}']);
    is_part.then(|| format!("{before}{own}{after}"))
}

/// Returns a signed closing without its name: "Love, {{dietitian.name}}" is "Love,".
fn closing(item: &Item) -> Option<String> {
    let before = signature(item).0.trim_end().trim_end_matches(['-', '–', '—', '~']).trim_end();
    let all = words(before);
    (!all.is_empty() && !all.iter().all(|word| is_title(word.text) || word.text.chars().count() < 2))
        .then(|| before.to_owned())
}

/// Tells whether a name has to follow: "Big hugs,", "Herzliche Grüße".
fn awaits_name(line: &str) -> bool {
    let line = line.trim_end();
    line.ends_with(',')
        || line.ends_with(char::is_alphanumeric)
            && closing_words(&words(line)) > 0
            && !line.contains(['.', '!', '?'])
}

impl Request<'_> {
    /// Tells whether a closing line names nothing of another client; capitals are usual there ("Warm Wishes", "RD").
    fn is_free_of_others_at_end(&self, text: &str) -> bool {
        let all = words(text);
        let closing = closing_words(&all);
        if closing == all.len() {
            return true;
        }
        // "… aus der Praxis", "… from all of us" tell where a letter comes from.
        let from = all.get(closing).is_some_and(|word| FROM.contains(&fold(word.text).as_str()));
        if closing > 0 && from && all.len() - closing <= 6 {
            // Alone, "Liebe Grüße" reads like "Liebe Anna".
            let said = &text[all[closing].span.start..];
            return self.allows(said) && crate::quantity::quantities(said, self.brief.language).is_empty();
        }
        let lower: String =
            text.chars().filter(|c| !is_pictograph(*c)).flat_map(char::to_lowercase).collect();
        self.is_free_of_others(&lower, super::Says::default())
            && self.allows(text)
            && crate::quantity::quantities(text, self.brief.language).is_empty()
    }
}

/// Words that tell where something comes from, folded, in all languages.
const FROM: [&str; 24] = [
    "from", "aus", "vom", "von", "desde", "de", "depuis", "du", "des", "dallo", "dalla", "dall'", "dal",
    "dai", "da", "do", "dos", "das", "z", "ze", "od", "del", "den", "im",
];

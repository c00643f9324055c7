//! The frame of a text: its greeting and its sign-off, fitted to what this request knows of both people.

use domain::content::Language;

use super::{adapt::Request, manner::Manner, reading::Item, seed::Seed};
use crate::{
    phrases::Phrases,
    sentence::is_pictograph,
    slot::{name::closing_words, slots_in},
    word::words,
};

/// Returns the greeting of `item` for this request, and whether the rest of its line may follow on the same line.
pub(super) fn greeting(
    item: &Item,
    request: &Request<'_>,
    manner: Manner,
    seed: &mut Seed,
) -> (String, bool) {
    let (text, inline) = own_greeting(item, request, manner, seed);
    let fillable = |(_, name): (_, Result<crate::slot::SlotName, _>)| {
        name.is_ok_and(|name| request.values.contains(&name))
    };
    if slots_in(&text).into_iter().all(fillable) {
        (text, inline)
    } else {
        (stock(request, manner, seed), false)
    }
}

fn own_greeting(item: &Item, request: &Request<'_>, manner: Manner, seed: &mut Seed) -> (String, bool) {
    let slots = slots_in(&item.text);
    let Some((name, _)) = slots.iter().find(|(_, name)| name.as_ref().is_ok_and(|name| name.is_client()))
    else {
        // "Hello there!" greets anyone.
        return match request.adapt(&item.text, &item.values) {
            Some(adapted) => (adapted.text, true),
            None => (stock(request, manner, seed), false),
        };
    };
    let head_end = item.text[name.end..]
        .char_indices()
        .find(|(_, c)| c.is_alphanumeric() || *c == '{')
        .map_or(item.text.len(), |(at, _)| name.end + at);
    let (head, tail) = item.text.split_at(head_end);
    let tokens = request.phrases.tokens(&super::adapt::without_slots(head));
    let gendered = ["gendered", "title"].iter().any(|key| request.phrases.find(key, head, &tokens).is_some());
    let whole =
        if tail.trim().is_empty() || gendered { None } else { request.adapt(&item.text, &item.values) };
    if let Some(adapted) = whole {
        return (adapted.text, true);
    }
    let known = request.has_client("first_name") && head[name.clone()].contains("first_name");
    // What follows the name in its place: "," or "!" and an emoji.
    let close = head[name.end..].trim_end();
    // French sets "!" apart.
    let close = if close.trim_start().starts_with(['!', ':']) { close } else { close.trim_start() };
    let close = if tail.trim().is_empty() || close.trim_start().starts_with('!') { close } else { "," };
    match (gendered, known) {
        (false, true) => (format!("{}{close}", &head[..name.end]), tail.trim().is_empty()),
        (false, false) => match nameless(&head[..name.start], close) {
            Some(text) => (text, tail.trim().is_empty()),
            None => (stock(request, manner, seed), false),
        },
        _ => (stock(request, manner, seed), false),
    }
}

/// Returns the greeting words without a name: "Hi {{…}}," becomes "Hi,".
fn nameless(before: &str, close: &str) -> Option<String> {
    let words = before.trim_end().trim_end_matches(',');
    // "Dear" alone greets no one.
    let stands_alone = !words.is_empty() && !["Dear", "dear", "Dearest", "My dear"].contains(&words.trim());
    let close = if close.is_empty() { "," } else { close };
    stands_alone.then(|| format!("{words}{close}"))
}

/// Returns a greeting of ours.
pub(super) fn stock(request: &Request<'_>, manner: Manner, seed: &mut Seed) -> String {
    let key = if request.has_client("first_name") { "greeting" } else { "greeting.nameless" };
    let text = choose(request.phrases, key, manner, seed);
    if manner.exclaims {
        let apart = if request.brief.language == Language::French { "\u{202f}" } else { "" };
        format!("{}{apart}!", text.trim_end_matches([',', ':', '!']))
    } else {
        text
    }
}

/// Returns a stock phrase for `key`.
pub(super) fn choose(phrases: &Phrases, key: &str, manner: Manner, seed: &mut Seed) -> String {
    seed.pick(&phrases.stock(key, manner.address, manner.speaker))
        .map_or_else(String::new, |text| (*text).to_owned())
}

/// Returns the lines of a sign-off for this request: `(after an empty line, text)`.
pub(super) fn sign_off(lines: &[(bool, Vec<&Item>)], request: &Request<'_>) -> Vec<(bool, String)> {
    let named = request.brief.dietitian_name.as_ref().is_some_and(|name| !name.trim().is_empty());
    let mut out: Vec<(bool, String)> = Vec::new();
    for (gap, items) in lines {
        let mut kept = Vec::new();
        for item in items {
            let slots = slots_in(&item.text);
            let only_name = slots
                .iter()
                .all(|(_, name)| name.as_ref().is_ok_and(|name| name.as_str() == "dietitian.name"));
            if !slots.is_empty() && only_name && named {
                kept.push(item.text.clone());
            } else if !slots.is_empty() && only_name {
                // "Love, {{dietitian.name}}" without a name is "Love".
                let before = item.text[..slots[0].0.start]
                    .trim_end()
                    .trim_end_matches([',', '-', '–', '—', '~'])
                    .trim_end();
                if before.chars().any(char::is_alphabetic) {
                    kept.push(before.to_owned());
                }
            } else if slots.is_empty() && request.is_free_of_others_at_end(&item.text) {
                kept.push(item.text.clone());
            } else if let Some(adapted) = request.adapt(&item.text, &item.values) {
                kept.push(adapted.text);
            }
        }
        if !kept.is_empty() {
            out.push((*gap, kept.join(" ")));
        }
    }
    if !named && let Some((_, last)) = out.last_mut() {
        // A comma waits for the name that does not come.
        let trimmed = last.trim_end_matches(',').len();
        last.truncate(trimmed);
    }
    out
}

impl Request<'_> {
    /// Tells whether a closing line names nothing of another client; capitals are usual there ("Warm Wishes", "RD").
    fn is_free_of_others_at_end(&self, text: &str) -> bool {
        let all = words(text);
        if closing_words(&all) == all.len() {
            return true;
        }
        let lower: String =
            text.chars().filter(|c| !is_pictograph(*c)).flat_map(char::to_lowercase).collect();
        self.is_free_of_others(&lower, super::Says::default())
            && crate::quantity::quantities(text, self.brief.language).is_empty()
    }
}

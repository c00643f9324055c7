//! How a text ends: the sign-off, fitted to what this request knows of the dietitian.

use super::{adapt::Request, manner::Manner, reading::Item, seed::Seed};
use crate::{
    phrases::Phrases,
    sentence::is_pictograph,
    slot::{name::closing_words, slots_in},
    word::words,
};

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
                kept.extend(request.allows(&item.text).then(|| item.text.clone()));
            } else if !slots.is_empty() && only_name {
                // "Love, {{dietitian.name}}" without a name is "Love".
                let before = item.text[..slots[0].0.start]
                    .trim_end()
                    .trim_end_matches([',', '-', '–', '—', '~'])
                    .trim_end();
                if before.chars().any(char::is_alphabetic) && request.allows(before) {
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
            && self.allows(text)
            && crate::quantity::quantities(text, self.brief.language).is_empty()
    }
}

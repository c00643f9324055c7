//! Finds e-mail addresses, web addresses, handles and phone numbers.

use std::ops::Range;

use super::SlotName;

/// Returns the contacts in `text`, from left to right.
pub(super) fn contacts(text: &str) -> Vec<(Range<usize>, SlotName)> {
    let mut found = Vec::new();
    for span in tokens(text) {
        let token = &text[span.clone()];
        if let Some(name) = kind(token) {
            found.push((span, SlotName(name.to_owned())));
        }
    }
    found.extend(phones(text).into_iter().map(|span| (span, SlotName("contact.phone".to_owned()))));
    found
}

/// Returns the runs without white space, trimmed of the punctuation around them.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let edge = |c: char| {
        matches!(
            c,
            ',' | ';'
                | ':'
                | '.'
                | '!'
                | '?'
                | '('
                | ')'
                | '['
                | ']'
                | '<'
                | '>'
                | '"'
                | '\''
                | '“'
                | '”'
                | '„'
                | '«'
                | '»'
                | '…'
                | '*'
        )
    };
    text.split_whitespace()
        .map(|token| {
            let token = token.trim_matches(edge);
            // `token` is a part of `text`, so the distance of their addresses is its place.
            let start = token.as_ptr() as usize - text.as_ptr() as usize;
            start..start + token.len()
        })
        .filter(|span| !span.is_empty() && !text[span.clone()].contains(['{', '}']))
        .collect()
}

fn kind(token: &str) -> Option<&'static str> {
    let lower = token.to_lowercase();
    if let Some((user, host)) = lower.split_once('@') {
        let is_host = host.contains('.') && host.chars().next().is_some_and(char::is_alphanumeric);
        return match (user.is_empty(), is_host) {
            (false, true) => Some("contact.email"),
            (true, _) if host.chars().any(char::is_alphabetic) => Some("contact.other"),
            _ => None,
        };
    }
    let is_url = lower.contains("://") || lower.starts_with("www.") || has_domain(token);
    is_url.then_some("contact.url")
}

/// Tells whether the token begins with a host name such as `clinic.com.br/booking`.
fn has_domain(token: &str) -> bool {
    let host = token.split(['/', '?', '#']).next().unwrap_or(token);
    let mut labels = host.rsplit('.');
    let top = labels.next().unwrap_or("");
    let before = labels.next().unwrap_or("");
    TOP_LEVEL.contains(&top)
        && before.chars().count() > 1
        && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
        && before.chars().any(char::is_alphabetic)
}

const TOP_LEVEL: &[&str] = &[
    "com", "org", "net", "io", "app", "health", "me", "info", "eu", "uk", "us", "de", "at", "ch", "es", "mx",
    "ar", "br", "fr", "it", "pl", "diet",
];

/// Returns runs of digits and phone punctuation that are long enough for a phone number and look like one.
fn phones(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(|c: char| c.is_ascii_digit() || matches!(c, '+' | '(')) {
        let start = at + offset;
        let (end, digits) = phone_end(text, start);
        let first = text[start..].chars().next().unwrap_or(' ');
        let begins = text[..start].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '{');
        let enough = if matches!(first, '+' | '(' | '0') { 7 } else { 9 };
        if begins && (enough..=15).contains(&digits) && !is_date(&text[start..end]) {
            found.push(start..end);
        }
        at = end.max(start + 1);
    }
    found
}

fn phone_end(text: &str, start: usize) -> (usize, usize) {
    let (mut end, mut digits, mut gap) = (start, 0, 0);
    for (offset, character) in text[start..].char_indices() {
        if character.is_ascii_digit() {
            digits += 1;
            gap = 0;
            end = start + offset + 1;
        } else if matches!(character, ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}') || offset == 0 {
            gap += 1;
            if gap > 2 {
                break;
            }
        } else {
            break;
        }
    }
    (end, digits)
}

fn is_date(text: &str) -> bool {
    let groups: Vec<usize> = text.split(['-', '.', '/']).map(str::len).collect();
    matches!(groups.as_slice(), [4, 2, 2] | [2, 2, 4]) || text.contains(',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, &'static str)> {
        let mut all: Vec<_> = contacts(text);
        all.sort_by_key(|(span, _)| span.start);
        all.into_iter()
            .map(|(span, name)| {
                let kind = ["contact.email", "contact.phone", "contact.url", "contact.other"];
                (&text[span], kind.into_iter().find(|kind| *kind == name.as_str()).unwrap())
            })
            .collect()
    }

    #[test]
    fn contacts_of_every_kind_are_found() {
        assert_eq!(
            found(
                "Write to anna@clinic.com, call +49 (170) 123-4567, see www.clinic.de or clinic.com.br/x, @anna.rd"
            ),
            [
                ("anna@clinic.com", "contact.email"),
                ("+49 (170) 123-4567", "contact.phone"),
                ("www.clinic.de", "contact.url"),
                ("clinic.com.br/x", "contact.url"),
                ("@anna.rd", "contact.other"),
            ]
        );
    }

    #[test]
    fn energy_dates_and_plain_words_are_no_contacts() {
        assert!(found("1 800 kcal, 2026-03-12, e.g. oats. Done.It was 12.03.2026").is_empty());
    }
}

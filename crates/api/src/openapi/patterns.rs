//! What the texts that match a pattern are, in words: `x-pattern-says` stands beside each `pattern` of the document, and
//! is what a caller reads whose text does not match.

use serde_json::{Value, json};

/// Adds the words to every pattern in `schema`, wherever it stands.
pub(super) fn explain(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let says = members.get("pattern").and_then(Value::as_str).and_then(words_for);
            if let Some(says) = says {
                members.insert("x-pattern-says".to_owned(), json!(says));
            }
            members.values_mut().for_each(explain);
        }
        Value::Array(items) => items.iter_mut().for_each(explain),
        _ => {}
    }
}

/// Returns what texts a pattern of ours stands for. Patterns are told by how they begin: a test finds one that is not.
fn words_for(pattern: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 8] = [
        ("^[a-z0-9_]{1,40}$", "1 to 40 lower-case letters a-z, digits and underscores"),
        ("^(0|[1-9]", "a decimal number with a full stop and without thousands marks: `1800`, `72.5`"),
        ("^[0-9]{4}-", "a time in UTC to the second or finer: `2026-11-01T00:00:00Z`"),
        ("^[A-Za-z0-9_-]{43}$", "the `cursor` of the page before, as it was given"),
        ("^[^\\p{Cc}", "no line breaks and none of < > { } [ ] | ` \\"),
        (
            "^([!#-\\[",
            "16 to 255 visible ASCII characters without spaces, quotes and backslashes, bare or in quotes",
        ),
        ("^(\\*|\"", "entity tags in double quotes with commas between them, or `*`"),
        (
            "^(?:[\\p{L}\\p{M}'’]+",
            "words of letters, with spaces or hyphens between them; a full stop only after an \
         initial or a short title",
        ),
    ];
    WORDS.iter().find(|(start, _)| pattern.starts_with(start)).map(|(_, says)| *says)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unexplained(schema: &Value, found: &mut Vec<String>) {
        match schema {
            Value::Object(members) => {
                if let Some(pattern) = schema["pattern"].as_str()
                    && schema["x-pattern-says"].is_null()
                {
                    found.push(pattern.to_owned());
                }
                members.values().for_each(|member| unexplained(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| unexplained(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_pattern_is_told_in_words() {
        let document: Value = serde_json::from_str(&super::super::openapi()).unwrap();
        let mut found = Vec::new();
        unexplained(&document, &mut found);
        assert_eq!(found, Vec::<String>::new());
    }
}

//! What is let in of a JSON body: strict JSON, safe text, the operation's schema (features 10 and A3).
//!
//! Gateway and API application call the same functions with the same contract, so that neither relies on the other.

use domain::problem::{Code, FieldError, Problem};
use serde_json::Value;
use unicode_normalization::is_nfc;

use crate::{contract::Operation, schema::MOST_ERRORS, strict_json};

/// No more than this many bad fields are listed.
const MAX_ERRORS: usize = 50;

/// Returns the JSON in `body`, once it is found fit for `operation`.
///
/// # Errors
/// `malformed` for what is not strict JSON, `unsafe-input` for characters that are not let in, `schema` for the rest,
/// each with every bad field.
pub fn json_body(operation: &Operation, body: &[u8]) -> Result<Value, Problem> {
    let value = strict_json::parse(body).map_err(|_| {
        Problem::new(Code::Malformed).detail(
            "the body must be one JSON value in UTF-8 without duplicate names, at most 16 levels deep",
        )
    })?;
    refuse(Code::UnsafeInput, unsafe_text(&value))?;
    refuse(Code::Schema, operation.body_errors(&value))?;
    Ok(value)
}

fn refuse(code: Code, mut errors: Vec<FieldError>) -> Result<(), Problem> {
    if errors.is_empty() {
        return Ok(());
    }
    errors.sort();
    errors.dedup();
    errors.truncate(MOST_ERRORS);
    let detail = match errors.len() {
        1 => "one field can't be used".to_owned(),
        MOST_ERRORS.. => format!("{MOST_ERRORS} fields or more can't be used"),
        count => format!("{count} fields can't be used"),
    };
    errors.truncate(MAX_ERRORS);
    Err(Problem::new(code).detail(detail).errors(errors))
}

/// Returns an error for each text in `value`, up to [`MOST_ERRORS`] of them, that holds something other than visible, composed text.
pub fn unsafe_text(value: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    collect(value, &Place::Top, &mut errors);
    errors
}

fn collect(value: &Value, place: &Place<'_>, errors: &mut Vec<FieldError>) {
    if errors.len() >= MOST_ERRORS {
        return;
    }
    match value {
        Value::String(text) => errors
            .extend(problem_of(text).map(|(code, detail)| FieldError::new(place.pointer(), code, detail))),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &Place::Item(place, index), errors);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                match problem_of(name) {
                    Some((code, detail)) => errors.push(FieldError::new(place.pointer(), code, detail)),
                    None => collect(member, &Place::Member(place, name), errors),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Where a value stands. Its pointer is only written once something is wrong there.
enum Place<'a> {
    Top,
    Item(&'a Place<'a>, usize),
    Member(&'a Place<'a>, &'a str),
}

impl Place<'_> {
    /// Returns the JSON pointer (RFC 6901).
    fn pointer(&self) -> String {
        match self {
            Self::Top => String::new(),
            Self::Item(list, index) => format!("{}/{index}", list.pointer()),
            Self::Member(object, name) => {
                format!("{}/{}", object.pointer(), name.replace('~', "~0").replace('/', "~1"))
            }
        }
    }
}

fn problem_of(text: &str) -> Option<(&'static str, &'static str)> {
    // Most text needs no closer look, and ASCII is always composed.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t' | b'\r')) {
        return None;
    }
    if let Some(problem) = text.chars().find_map(unsafe_character) {
        return Some(problem);
    }
    (!is_nfc(text)).then_some(("not-nfc", "send text in Unicode normalization form C"))
}

/// Tells what is wrong with a character, after Unicode TR36 and the "Trojan Source" and tag-character attacks.
fn unsafe_character(character: char) -> Option<(&'static str, &'static str)> {
    match character {
        '\n' | '\t' | '\r' => None,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Some(("control-character", "remove control characters")),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some(("bidi-control", "remove bidirectional control characters"))
        }
        '\u{e0000}'..='\u{e0fff}' => Some(("tag-character", "remove tag characters")),
        '\u{ad}'
        | '\u{34f}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200c}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180d}'
        | '\u{180f}'
        | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}'
        | '\u{2800}'
        | '\u{fe00}'..='\u{fe0d}'
        | '\u{feff}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{3164}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' => Some(("invisible-character", "remove invisible characters")),
        '\u{2028}' | '\u{2029}' => Some(("separator", "use a line feed for a new line")),
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' => {
            Some(("private-use-character", "remove private-use characters"))
        }
        '\u{fdd0}'..='\u{fdef}' => Some(("noncharacter", "remove noncharacters")),
        // The last two of each plane.
        _ if u32::from(character) & 0xfffe == 0xfffe => Some(("noncharacter", "remove noncharacters")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn ordinary_text_of_our_languages_is_let_in() {
        let value = json!({"a": "Olá! Dzień dobry, żółć 🥗 👩‍⚕️ ½ cup\nÄpfel — 20 °C", "b": [1, null, true]});
        assert_eq!(unsafe_text(&value), []);
    }

    #[test]
    fn of_a_body_with_thousands_of_bad_fields_a_hundred_are_looked_for() {
        let bad: Vec<_> = (0..5_000).map(|_| "\u{202e}").collect();
        assert_eq!(unsafe_text(&json!(bad)).len(), MOST_ERRORS);
        let refused = refuse(Code::UnsafeInput, unsafe_text(&json!(bad))).unwrap_err();
        assert_eq!(refused.detail.as_deref(), Some("100 fields or more can't be used"));
        assert_eq!(refused.errors.len(), MAX_ERRORS);
    }

    #[test]
    fn each_unsafe_text_is_named_by_its_pointer() {
        let value = json!({"a/b": "x\u{202e}y", "list": ["ok", "a\u{e0041}", "e\u{301}"], "z": "\u{0}"});
        let found: Vec<_> =
            unsafe_text(&value).into_iter().map(|error| (error.pointer, error.code)).collect();
        let expected = [
            ("/a~1b", "bidi-control"),
            ("/list/1", "tag-character"),
            ("/list/2", "not-nfc"),
            ("/z", "control-character"),
        ];
        assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
    }

    #[test]
    fn unsafe_names_are_refused_too() {
        assert_eq!(unsafe_text(&json!({"a\u{200b}": 1})).len(), 1);
    }

    #[test]
    fn characters_that_nobody_sees_are_refused() {
        for unseen in [
            '\u{ad}',
            '\u{17b4}',
            '\u{180b}',
            '\u{200b}',
            '\u{2065}',
            '\u{2800}',
            '\u{fe01}',
            '\u{fff0}',
            '\u{1d173}',
            '\u{fffe}',
            '\u{1fffe}',
            '\u{8ffff}',
        ] {
            let name = format!("U+{:04X}", u32::from(unseen));
            assert_eq!(unsafe_text(&json!(format!("a{unseen}b"))).len(), 1, "{name}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]

        #[test]
        fn a_text_with_a_control_character_anywhere_is_refused(
            before in "\\PC{0,20}", bad in prop::char::ranges(vec!['\u{0}'..='\u{8}', '\u{202a}'..='\u{202e}', '\u{e0000}'..='\u{e007f}'].into()), after in "\\PC{0,20}",
        ) {
            let text = format!("{before}{bad}{after}");
            prop_assert!(!unsafe_text(&json!([text])).is_empty());
        }
    }
}

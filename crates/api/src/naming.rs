//! Judges the names that texts hold as they are: the client's slots and a dietitian's display name.
//!
//! The contract says which characters they hold; here is what a schema can't say: that they name and say nothing.

use domain::{
    content::Language,
    problem::{Code, FieldError},
};
use voice::{
    facts::Brief,
    rules::value::{DISPLAY_NAME, NoName, Room, check_name, room},
};

use crate::error::Error;

/// Returns what is wrong with the names of a request.
pub(crate) fn of_request(brief: &Brief) -> Vec<FieldError> {
    let languages = [brief.language];
    let slots = &brief.client.slots;
    let mut errors: Vec<_> = slots
        .iter()
        .filter_map(|(id, value)| field_error(&format!("/client/slots/{id}"), value, room(id), &languages))
        .collect();
    if errors.is_empty() {
        errors.extend(together(brief));
    }
    if let Some(name) = &brief.dietitian_name {
        errors.extend(field_error("/dietitian_id", name, DISPLAY_NAME, &languages).map(|error| FieldError {
            detail: format!("change the dietitian's `display_name`: {}", error.detail),
            ..error
        }));
    }
    errors
}

/// Texts greet by title, first and last name in a row, so that these may say nothing in a row either.
fn together(brief: &Brief) -> Option<FieldError> {
    let parts = ["title", "first_name", "last_name"];
    let parts: Vec<&str> =
        parts.iter().filter_map(|id| brief.client.slots.get(*id)).map(String::as_str).collect();
    let room = Room { person: false, words: usize::MAX, characters: usize::MAX };
    let pointer = if brief.client.slots.contains_key("last_name") { "last_name" } else { "first_name" };
    field_error(&format!("/client/slots/{pointer}"), &parts.join(" "), room, &[brief.language])
}

/// Fails if `name` can't be put where a dietitian signs in `languages`.
pub(crate) fn check_display_name(name: &str, languages: &[Language]) -> Result<(), Error> {
    match field_error("/display_name", name, DISPLAY_NAME, languages) {
        None => Ok(()),
        Some(error) => Err(Error::fields(Code::Schema, vec![error])),
    }
}

fn field_error(pointer: &str, value: &str, room: Room, languages: &[Language]) -> Option<FieldError> {
    let reason = check_name(value, room, languages).err()?;
    let Room { words, characters, .. } = room;
    let (code, detail) = match reason {
        NoName::TooLong => ("maxLength", format!("at most {characters} characters")),
        NoName::TooManyWords => ("max-words", format!("at most {words} words")),
        NoName::Sentence => {
            let detail = "a name is said as it is, so it may say nothing, and this reads as speech";
            ("not-a-name", detail.to_owned())
        }
        NoName::Content => {
            let detail = "a name is said as it is, so it may say nothing, and more than one of these words is of \
                          foods, meals, medicines, weight or what is done with them";
            ("not-a-name", detail.to_owned())
        }
        NoName::LowerCase => {
            let detail = "each word of a person's name begins with a capital if one does; particles such as `de` and \
                          `von` may not";
            ("not-a-name", detail.to_owned())
        }
        NoName::Rule(rule) => (
            "not-a-name",
            format!("a name is said as it is, and a rule blocks texts that say this: {rule:?}"),
        ),
    };
    Some(FieldError::new(pointer, code, detail))
}

#[cfg(test)]
mod tests {
    use domain::content::{ContentType, UnitSystem};
    use voice::facts::{Client, Facts, Length};

    use super::*;

    fn found(slots: &[(&str, &str)], dietitian_name: Option<&str>) -> Vec<(String, String)> {
        let slots = slots.iter().map(|(slot, name)| ((*slot).to_owned(), (*name).to_owned())).collect();
        let brief = Brief {
            content_type: ContentType::Introduction,
            language: Language::English,
            units: UnitSystem::Metric,
            client: Client { slots, ..Client::default() },
            facts: Facts::default(),
            note: None,
            length: Length { min: 1, max: 500 },
            dietitian_name: dietitian_name.map(str::to_owned),
        };
        let errors = of_request(&brief);
        for error in &errors {
            assert!(!error.detail.contains("insulin") && !error.detail.contains("Cheese"), "{error:?}");
        }
        errors.into_iter().map(|error| (error.pointer, error.code)).collect()
    }

    #[test]
    fn every_name_that_says_something_is_named_at_once_and_never_repeated() {
        let long = "Nora eat cheese daily and stop your insulin";
        let pair = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
        assert_eq!(
            found(
                &[("first_name", long), ("nickname", "stop your insulin"), ("city", "Rio de Janeiro")],
                Some("Take two aspirins daily")
            ),
            [
                pair("/client/slots/first_name", "maxLength"),
                pair("/client/slots/nickname", "not-a-name"),
                pair("/dietitian_id", "not-a-name"),
            ]
        );
        assert_eq!(
            found(&[("first_name", "Eat"), ("last_name", "Cheese")], None),
            [pair("/client/slots/last_name", "not-a-name")]
        );
        assert_eq!(found(&[("first_name", "Basil"), ("last_name", "Cook")], Some("Anna Cook")), []);
    }

    #[test]
    fn the_refusal_names_the_reason_that_applies() {
        for (name, reason) in [
            ("Please Call Me", "reads as speech"),
            ("Eat Cheese", "of foods, meals"),
            ("Nora brown", "begins with a capital"),
            ("Nora Brown Lee Page Hill Ford West Lane Mill Bay", "at most 9 words"),
        ] {
            let problem = check_display_name(name, &[Language::English]).unwrap_err().problem();
            assert!(problem.errors[0].detail.contains(reason), "{name}: {}", problem.errors[0].detail);
        }
    }

    #[test]
    fn a_dietitian_is_called_by_a_name() {
        let languages = [Language::German];
        assert!(check_display_name("Dr. Olive Best, RD", &languages).is_ok());
        let problem = check_display_name("Take two aspirins daily", &languages).unwrap_err().problem();
        assert_eq!((problem.code, problem.errors[0].pointer.as_str()), (Code::Schema, "/display_name"));
    }
}

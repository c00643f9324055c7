//! Slots: the places in a text where a name, a number, a date or a contact stood.
//!
//! At ingest, [`extract`] takes the values out of a sample. Writers see `{{client.first_name}}`, never `Joanna`;
//! [`crate::fill`] puts this request's values in after the text is written.

mod contact;
mod measure;
pub(crate) mod name;

use std::{fmt, ops::Range, str::FromStr};

use domain::content::Language;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of a slot, such as `client.first_name`; `{{client.first_name}}` in a text.
///
/// Known names: `client.<id>`, `plan.days`, `plan.weeks`, `number.<unit or fact id>`, `date`, `contact.email`,
/// `contact.phone`, `contact.url`, `contact.other`, `dietitian.name`, `person.name`, `place.name`, `other.name`,
/// `other.unlisted` for what only looks like a name, and `literal` for braces that the author typed. An `<id>` is `[a-z0-9_]{1,40}`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotName(String);

/// This is no name of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown slot")]
pub struct UnknownSlot;

/// What stood in a slot before.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotValue {
    /// Which slot.
    pub slot: SlotName,
    /// The text as the author wrote it. Personal data.
    pub value: String,
}

/// A text whose facts were turned into slots.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlottedText {
    /// The text with slots.
    pub text: String,
    /// The values, one for each slot of the text, from left to right.
    pub values: Vec<SlotValue>,
}

/// What a known entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// The first name of the client a sample was written for.
    ClientFirstName,
    /// Their last name.
    ClientLastName,
    /// The dietitian's name.
    DietitianName,
    /// Anyone else.
    Person,
    /// A place.
    Place,
    /// An e-mail address, a phone number, a URL, a handle.
    Contact,
    /// Anything else that must not be kept.
    Other,
}

/// Something the caller knows to stand in a sample.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// The text, such as `Joanna`.
    pub text: String,
    /// What it is.
    pub kind: EntityKind,
}

impl SlotName {
    /// Returns the name without braces.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tells whether the slot holds something about the client.
    pub fn is_client(&self) -> bool {
        self.0.starts_with("client.")
    }

    /// Returns the id of a `number.<id>` slot.
    pub fn number_id(&self) -> Option<&str> {
        self.0.strip_prefix("number.")
    }

    /// Returns the slot as it stands in a text: `{{client.first_name}}`.
    pub fn placeholder(&self) -> String {
        format!("{{{{{}}}}}", self.0)
    }
}

/// What is written like a name though no one listed it.
pub(crate) const UNLISTED: &str = "other.unlisted";

const FIXED: [&str; 13] = [
    UNLISTED,
    "plan.days",
    "plan.weeks",
    "date",
    "contact.email",
    "contact.phone",
    "contact.url",
    "contact.other",
    "dietitian.name",
    "person.name",
    "place.name",
    "other.name",
    "literal",
];

impl FromStr for SlotName {
    type Err = UnknownSlot;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_id = |id: &str| {
            (1..=40).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        };
        let open = text.strip_prefix("client.").or_else(|| text.strip_prefix("number."));
        if FIXED.contains(&text) || open.is_some_and(is_id) {
            Ok(Self(text.to_owned()))
        } else {
            Err(UnknownSlot)
        }
    }
}

/// Takes names, day counts, dates, numbers and contacts out of `text`.
///
/// `known` entities are found in any case and in inflected forms, patterns find the rest. Braces that the author
/// typed become `literal` slots, so that no sample can bring a slot of its own.
pub fn extract(text: &str, language: Language, known: &[Entity]) -> SlottedText {
    let mut slotted =
        SlottedText { text: text.to_owned(), values: Vec::new() }.extracted(Vec::new(), language, known);
    // A slot can uncover what stood in its shadow, such as the digits after a brace. Each round adds slots, so it ends.
    loop {
        let more = slotted.extract_more(language, known);
        if more.values.len() == slotted.values.len() {
            return slotted;
        }
        slotted = more;
    }
}

impl SlottedText {
    /// Extracts once more, as when the caller names further entities. Slots that are there stay.
    #[must_use]
    pub fn extract_more(&self, language: Language, known: &[Entity]) -> Self {
        let kept = slots_in(&self.text)
            .into_iter()
            .zip(&self.values)
            .map(|((span, _), value)| Found {
                span,
                slot: value.slot.clone(),
                value: Some(value.value.clone()),
            })
            .collect();
        self.extracted(kept, language, known)
    }

    /// Returns the text with the author's values in their places.
    pub fn restored(&self) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut end = 0;
        for ((span, _), value) in slots_in(&self.text).into_iter().zip(&self.values) {
            text.push_str(&self.text[end..span.start]);
            text.push_str(&value.value);
            end = span.end;
        }
        text.push_str(&self.text[end..]);
        text
    }

    fn extracted(&self, kept: Vec<Found>, language: Language, known: &[Entity]) -> Self {
        let text = &self.text;
        let mut found = kept;
        // What comes first wins a place that two want.
        add(&mut found, braces(text));
        add(&mut found, contact::contacts(text));
        add(&mut found, name::known(text, language, known));
        let signed: Vec<_> = found
            .iter()
            .filter(|found| found.slot.as_str() == "dietitian.name")
            .map(|found| found.span.clone())
            .collect();
        add(&mut found, name::patterns(text, language, &signed));
        add(&mut found, measure::measures(text, language));
        let unlisted = name::unlisted(text, language).into_iter();
        add(&mut found, unlisted.map(|span| (span, SlotName(UNLISTED.to_owned()))).collect());
        found.sort_by_key(|found| found.span.start);
        let mut slotted =
            Self { text: String::with_capacity(text.len()), values: Vec::with_capacity(found.len()) };
        let mut end = 0;
        for Found { span, slot, value } in found {
            slotted.text.push_str(&text[end..span.start]);
            slotted.text.push_str(&slot.placeholder());
            end = span.end;
            slotted.values.push(SlotValue { slot, value: value.unwrap_or_else(|| text[span].to_owned()) });
        }
        slotted.text.push_str(&text[end..]);
        slotted
    }
}

/// One place of a text that becomes, or is, a slot.
struct Found {
    span: Range<usize>,
    slot: SlotName,
    /// The author's text, if `span` holds a slot already.
    value: Option<String>,
}

/// Adds the places that do not overlap one that is there, longest first.
fn add(found: &mut Vec<Found>, mut more: Vec<(Range<usize>, SlotName)>) {
    more.sort_by_key(|(span, _)| std::cmp::Reverse(span.len()));
    for (span, slot) in more {
        if !span.is_empty()
            && !found.iter().any(|other| other.span.start < span.end && span.start < other.span.end)
        {
            found.push(Found { span, slot, value: None });
        }
    }
}

/// Returns each run of braces: none of them may be read as a slot later.
fn braces(text: &str) -> Vec<(Range<usize>, SlotName)> {
    let mut found: Vec<(Range<usize>, SlotName)> = Vec::new();
    for (at, _) in text.match_indices(['{', '}']) {
        match found.last_mut() {
            Some((span, _)) if span.end == at => span.end = at + 1,
            _ => found.push((at..at + 1, SlotName("literal".to_owned()))),
        }
    }
    found
}

/// Returns everything in `text` that looks like a slot: its place with braces, and its name.
///
/// A `{{` that is not closed reaches to the end of the text and is unknown; so is a `}}` that was not opened.
pub fn slots_in(text: &str) -> Vec<(Range<usize>, Result<SlotName, UnknownSlot>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(['{', '}']) {
        let start = at + offset;
        let rest = &text[start..];
        if rest.starts_with("{{") {
            let (end, name) = match rest.find("}}") {
                Some(close) => (start + close + 2, rest[2..close].parse()),
                None => (text.len(), Err(UnknownSlot)),
            };
            found.push((start..end, name));
            at = end;
        } else if rest.starts_with("}}") {
            found.push((start..start + 2, Err(UnknownSlot)));
            at = start + 2;
        } else {
            at = start + 1;
        }
    }
    found
}

impl fmt::Display for SlotName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SlotName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for SlotName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SlotName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

// Values are personal data: a log that prints a sample must not print them.
impl fmt::Debug for SlotValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SlotValue({}, …)", self.slot)
    }
}

impl fmt::Debug for SlottedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SlottedText({} characters, {} slots)", self.text.chars().count(), self.values.len())
    }
}

impl fmt::Debug for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entity({:?}, …)", self.kind)
    }
}

#[cfg(test)]
mod tests;

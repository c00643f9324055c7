//! The fields of a schema in a flat list, with what each may hold in words.

use serde_json::Value;

use super::{Piece, pieces, text};

/// Schemas nested deeper than this are named, not unfolded.
const MAX_DEPTH: usize = 4;

/// One field of a body, or one parameter.
pub(crate) struct Field {
    /// Its path from the body's root, such as `client.slots`.
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) required: bool,
    pub(crate) limits: String,
    /// The regular expression that its text matches, if there is one; what it says is among the limits.
    pub(crate) pattern: Option<String>,
    pub(crate) description: Vec<Piece>,
}

impl Field {
    /// `holder` is a parameter, whose schema is a member, or a schema itself.
    pub(super) fn read(document: &Value, name: &str, holder: &Value, required: bool) -> Self {
        let schema = holder.get("schema").unwrap_or(holder);
        let inner = unwrapped(document, schema);
        let described = [holder, schema, inner].into_iter().find(|value| value["description"].is_string());
        Self {
            name: name.to_owned(),
            kind: kind(document, schema),
            required,
            limits: limits(document, schema, inner),
            pattern: inner["pattern"].as_str().map(str::to_owned),
            description: described.map(|value| pieces(&text(&value["description"]))).unwrap_or_default(),
        }
    }
}

/// Unfolds an object's properties, and those of the objects in it.
pub(super) fn fields(document: &Value, schema: &Value, prefix: &str, depth: usize) -> Vec<Field> {
    let schema = unwrapped(document, schema);
    let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
    let is_required = |name: &String| required.iter().any(|required| required == name);
    let mut properties: Vec<_> = schema["properties"].as_object().into_iter().flatten().collect();
    properties.sort_by_key(|(name, _)| !is_required(name));
    let mut found = Vec::new();
    for (name, property) in properties {
        let path = format!("{prefix}{name}");
        let is_required = is_required(name);
        found.push(Field::read(document, &path, property, is_required));
        if depth < MAX_DEPTH {
            let inner = unwrapped(document, property);
            let (inner, mark) = match inner.get("items") {
                Some(items) => (unwrapped(document, items), "[]"),
                None => (inner, ""),
            };
            found.extend(fields(document, inner, &format!("{path}{mark}."), depth + 1));
        }
    }
    found
}

/// Follows `$ref`.
pub(super) fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|reference| document.pointer(reference.strip_prefix('#')?));
    target.unwrap_or(value)
}

/// Follows `$ref`, and `oneOf: [null, X]`, which is how an optional X is written.
fn unwrapped<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let schema = resolved(document, schema);
    let branches = schema["oneOf"].as_array().or_else(|| schema["allOf"].as_array());
    let branch = branches.and_then(|branches| branches.iter().find(|branch| branch["type"] != "null"));
    branch.map_or(schema, |branch| resolved(document, branch))
}

fn kind(document: &Value, schema: &Value) -> String {
    let schema = unwrapped(document, schema);
    if let Some(items) = schema.get("items") {
        return format!("list of {}", kind(document, items));
    }
    let name = match &schema["type"] {
        Value::String(name) => name.clone(),
        Value::Array(names) => {
            let names: Vec<_> = names.iter().filter(|name| *name != "null").map(text).collect();
            names.join(" or ")
        }
        _ if schema["enum"].is_array() => "string".to_owned(),
        _ => "any".to_owned(),
    };
    match schema["format"].as_str() {
        Some(format) if name == "string" => format.to_owned(),
        _ => name,
    }
}

/// Says what a value may be: its own limits, those of a list's items, and what holds when it is left out.
fn limits(document: &Value, holder: &Value, schema: &Value) -> String {
    let mut said = own_limits(schema);
    if let Some(items) = schema.get("items") {
        let items = own_limits(unwrapped(document, items));
        if !items.is_empty() {
            said.push(format!("each: {}", items.join("; ")));
        }
    }
    if let Some(default) = [holder, schema].into_iter().find_map(|schema| schema.get("default")) {
        said.push(format!("default {}", text(default)));
    }
    said.join("; ")
}

fn own_limits(schema: &Value) -> Vec<String> {
    let number = |name: &str| schema[name].as_number().map(ToString::to_string);
    let span = |low: Option<String>, high: Option<String>, of: &str| match (low, high) {
        (Some(low), Some(high)) => Some(format!("{low} to {high}{of}")),
        (Some(low), None) => Some(format!("at least {low}{of}")),
        (None, Some(high)) => Some(format!("at most {high}{of}")),
        (None, None) => None,
    };
    let choices = schema["enum"].as_array().map(|choices| {
        choices.iter().filter(|choice| !choice.is_null()).map(text).collect::<Vec<_>>().join(", ")
    });
    [
        choices,
        span(number("minLength"), number("maxLength"), " characters"),
        span(number("minItems"), number("maxItems"), " items"),
        span(number("minimum"), number("maximum"), ""),
        schema["x-pattern-says"].as_str().map(str::to_owned),
    ]
    .into_iter()
    .flatten()
    .collect()
}

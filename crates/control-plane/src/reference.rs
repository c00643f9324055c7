//! The OpenAPI document as people read it: grouped operations, fields in tables, examples.

mod fields;

use std::collections::BTreeSet;

use domain::problem::Code;
use serde_json::Value;

pub(crate) use self::fields::Field;
use self::fields::{fields, resolved};

/// What the reference page shows.
pub(crate) struct Reference {
    pub(crate) title: String,
    pub(crate) version: String,
    /// The document's description, a paragraph each.
    pub(crate) description: Vec<Vec<Piece>>,
    pub(crate) groups: Vec<Group>,
    /// The catalogue of problems.
    pub(crate) problems: Vec<Refusal>,
    /// Those of them that every operation can answer with.
    pub(crate) everywhere: Vec<Refusal>,
}

/// The operations of one tag.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) operations: Vec<Operation>,
}

pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) summary: String,
    pub(crate) description: Vec<Vec<Piece>>,
    pub(crate) scope: String,
    pub(crate) parameters: Vec<Field>,
    pub(crate) body: Vec<Field>,
    pub(crate) example: Option<String>,
    /// What comes when all is well.
    pub(crate) answers: Vec<Answer>,
    /// The problems that not every operation has, by status.
    pub(crate) refusals: Vec<Refusal>,
    /// The request as a line to be typed.
    pub(crate) command: String,
}

/// A problem, and what a caller does next.
#[derive(Clone)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) title: String,
    pub(crate) advice: Vec<Piece>,
    pub(crate) retryable: bool,
    pub(crate) example: Option<String>,
}

/// A run of text, which may be code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) is_code: bool,
    pub(crate) text: String,
}

pub(crate) struct Answer {
    pub(crate) status: String,
    pub(crate) description: Vec<Piece>,
    pub(crate) fields: Vec<Field>,
    pub(crate) example: Option<String>,
}

impl Reference {
    /// Reads the document. What it lacks is left out.
    pub(crate) fn read(openapi: &str) -> Self {
        let document: Value = serde_json::from_str(openapi).unwrap_or_default();
        let tags = document["tags"].as_array().map_or(&[][..], Vec::as_slice);
        let operations = operations(&document);
        let shared = codes_of_all(&document, &operations);
        let group = |tag: &Value| Group {
            name: text(&tag["name"]),
            description: text(&tag["description"]),
            operations: operations
                .iter()
                .filter(|(tags, ..)| tags.iter().any(|name| *name == tag["name"]))
                .map(|(_, path, method, operation)| {
                    Operation::read(&document, path, method, operation, &shared)
                })
                .collect(),
        };
        Self {
            title: text(&document["info"]["title"]),
            version: text(&document["info"]["version"]),
            description: paragraphs(&document["info"]["description"]),
            problems: Code::ALL.into_iter().map(|code| Refusal::read(&document, code, None)).collect(),
            everywhere: Refusal::all(&document, &shared, &Value::Null),
            groups: tags.iter().map(group).filter(|group| !group.operations.is_empty()).collect(),
        }
    }
}

type Found<'a> = (&'a [Value], &'a str, &'a str, &'a Value);

/// Returns tags, path, method and body of every operation, methods in the order people expect.
fn operations(document: &Value) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in ["post", "get", "put", "patch", "delete"] {
            if let Some(operation) = item.get(method) {
                let tags = operation["tags"].as_array().map_or(&[][..], Vec::as_slice);
                found.push((tags, path.as_str(), method, operation));
            }
        }
    }
    found
}

impl Operation {
    fn read(document: &Value, path: &str, method: &str, operation: &Value, shared: &BTreeSet<Code>) -> Self {
        let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
        let content = &operation["requestBody"]["content"]["application/json"];
        let mut answers: Vec<_> = operation["responses"]
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(status, _)| status.starts_with('2'))
            .map(|(status, answer)| Answer::read(document, status, answer))
            .collect();
        answers.sort_by(|one, other| one.status.cmp(&other.status));
        let notes = &operation["x-problem-notes"];
        // A problem that every operation has is told again where it means something of its own.
        let own = codes(document, operation)
            .into_iter()
            .filter(|code| !shared.contains(code) || notes.get(code.as_str()).is_some())
            .collect();
        Self {
            id: text(&operation["operationId"]),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&operation["summary"]),
            description: paragraphs(&operation["description"]),
            scope: text(&operation["x-scope"]),
            parameters: parameters
                .iter()
                .map(|parameter| {
                    Field::read(document, &text(&parameter["name"]), parameter, parameter["required"] == true)
                })
                .collect(),
            body: fields(document, &content["schema"], "", 0),
            example: example(document, content),
            answers,
            refusals: Refusal::all(document, &own, notes),
            command: command(path, method, operation),
        }
    }
}

impl Refusal {
    fn all(document: &Value, codes: &BTreeSet<Code>, notes: &Value) -> Vec<Self> {
        let mut refusals: Vec<_> =
            codes.iter().map(|code| Self::read(document, *code, notes[code.as_str()].as_str())).collect();
        refusals.sort_by_key(|refusal| refusal.status);
        refusals
    }

    /// `note` takes the place of the general advice.
    fn read(document: &Value, code: Code, note: Option<&str>) -> Self {
        let example = &document["components"]["examples"][code.as_str()];
        let advice = note.or_else(|| example["description"].as_str()).unwrap_or_default();
        Self {
            status: code.status(),
            code: code.to_string(),
            title: code.title().to_owned(),
            advice: pieces(advice),
            retryable: code.retryable(),
            example: example.get("value").and_then(|value| serde_json::to_string_pretty(value).ok()),
        }
    }
}

/// What `x-scope` says of an operation that needs no key.
const PUBLIC: &str = "public";

/// Returns the problems that an operation can answer with.
fn codes(document: &Value, operation: &Value) -> BTreeSet<Code> {
    let responses = operation["responses"].as_object().into_iter().flatten();
    let words = responses.flat_map(|(_, response)| {
        let content = &resolved(document, response)["content"]["application/problem+json"];
        content["examples"].as_object().into_iter().flatten().map(|(word, _)| word.as_str())
    });
    words.filter_map(|word| Code::ALL.into_iter().find(|code| code.as_str() == word)).collect()
}

fn codes_of_all(document: &Value, operations: &[Found<'_>]) -> BTreeSet<Code> {
    let with_key = operations.iter().filter(|(.., operation)| operation["x-scope"] != PUBLIC);
    let each = with_key.map(|(.., operation)| codes(document, operation));
    each.reduce(|shared, own| shared.intersection(&own).copied().collect()).unwrap_or_default()
}

/// Returns the request as curl sends it, with capitals where the caller puts in what is theirs.
fn command(path: &str, method: &str, operation: &Value) -> String {
    let listed = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    let needed = |place: &str| {
        let placed = listed.iter().filter(|one| one["in"] == *place && one["required"] == true);
        placed.map(|one| text(&one["name"])).collect::<Vec<_>>()
    };
    let query: Vec<_> =
        needed("query").iter().map(|name| format!("{name}={}", name.to_uppercase())).collect();
    let address = match query.is_empty() {
        true => format!("https://GATEWAY{path}"),
        false => format!("\"https://GATEWAY{path}?{}\"", query.join("&")),
    };
    let key = if operation["x-scope"] == PUBLIC { "" } else { " -H \"Authorization: Bearer KEY\"" };
    let mut lines = vec![format!("curl --cacert AUTHORITY{key}")];
    lines.extend(needed("header").iter().map(|name| format!("-H '{name}: \"ETAG\"'")));
    let has_body = !operation["requestBody"].is_null();
    if has_body {
        lines.push("-H \"Content-Type: application/json\" -d @request.json".to_owned());
    }
    let implied = if has_body { "post" } else { "get" };
    let verb = if method == implied { String::new() } else { format!("-X {} ", method.to_uppercase()) };
    lines.push(format!("{verb}{}", in_capitals(&address)));
    lines.join(" \\\n  ")
}

/// Writes `{id}` as `ID`.
fn in_capitals(address: &str) -> String {
    let parts = address.split('{').enumerate().map(|(index, part)| match part.split_once('}') {
        Some((name, rest)) if index > 0 => format!("{}{rest}", name.to_uppercase()),
        _ => part.to_owned(),
    });
    parts.collect()
}

impl Answer {
    fn read(document: &Value, status: &str, answer: &Value) -> Self {
        let answer = resolved(document, answer);
        let content = &answer["content"]["application/json"];
        Self {
            status: status.to_owned(),
            description: pieces(&text(&answer["description"])),
            fields: fields(document, &content["schema"], "", 0),
            example: example(document, content),
        }
    }
}

fn example(document: &Value, content: &Value) -> Option<String> {
    let named = content["examples"].as_object().and_then(|examples| examples.values().next());
    let candidates = [
        named.and_then(|example| example.get("value")),
        content.get("example"),
        resolved(document, &content["schema"]).get("example"),
        resolved(document, &content["schema"])["examples"].get(0),
    ];
    let example = candidates.into_iter().flatten().next()?;
    serde_json::to_string_pretty(example).ok()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn paragraphs(value: &Value) -> Vec<Vec<Piece>> {
    let text = value.as_str().unwrap_or_default();
    text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()).map(pieces).collect()
}

/// Cuts text where Markdown marks code with backticks; every other piece is code.
fn pieces(text: &str) -> Vec<Piece> {
    let text = text.replace('\n', " ");
    let pieces = text.split('`').enumerate();
    pieces
        .filter(|(_, text)| !text.is_empty())
        .map(|(index, text)| Piece { is_code: index % 2 == 1, text: text.to_owned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn code_is_told_from_text() {
        let piece = |is_code, text: &str| Piece { is_code, text: text.to_owned() };
        assert_eq!(
            pieces("send `a`, `b`"),
            [piece(false, "send "), piece(true, "a"), piece(false, ", "), piece(true, "b")]
        );
    }

    #[test]
    fn fields_are_unfolded_with_their_limits() {
        let document = json!({
            "info": { "title": "T", "version": "1", "description": "One.\n\nTwo\nlines." },
            "tags": [{ "name": "things" }, { "name": "empty" }],
            "paths": { "/things": { "post": {
                "tags": ["things"], "operationId": "make", "x-scope": "samples:write", "summary": "Makes",
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } } },
                "responses": { "201": { "description": "made" } } } } },
            "components": { "schemas": {
                "Thing": { "type": "object", "required": ["name"], "properties": {
                    "name": { "type": "string", "minLength": 1, "maxLength": 9 },
                    "kinds": { "type": "array", "maxItems": 2, "default": ["a"], "items": { "enum": ["a", "b"] } },
                    "parts": { "type": "array", "items": { "$ref": "#/components/schemas/Part" } } },
                    "example": { "name": "x" } },
                "Part": { "type": "object", "properties": { "id": { "type": "string", "format": "uuid" } } } } }
        });
        let reference = Reference::read(&document.to_string());
        assert_eq!(reference.description, [pieces("One."), pieces("Two lines.")]);
        assert_eq!(reference.groups.len(), 1);
        let operation = &reference.groups[0].operations[0];
        let fields: Vec<_> = operation
            .body
            .iter()
            .map(|field| (field.name.as_str(), field.kind.as_str(), field.required, field.limits.as_str()))
            .collect();
        assert_eq!(
            fields,
            [
                ("name", "string", true, "1 to 9 characters"),
                ("kinds", "list of string", false, "at most 2 items; each: a, b; default [\"a\"]"),
                ("parts", "list of object", false, ""),
                ("parts[].id", "uuid", false, ""),
            ]
        );
        assert!(operation.example.as_deref().is_some_and(|example| example.contains("\"x\"")));
    }

    #[test]
    fn an_operation_without_a_key_asks_for_none_and_hides_no_problem_of_the_others() {
        let answer = |codes: &[&str]| {
            let examples: serde_json::Map<_, _> =
                codes.iter().map(|code| ((*code).to_owned(), json!({}))).collect();
            json!({ "content": { "application/problem+json": { "examples": examples } } })
        };
        let operation = |id: &str, scope: &str, codes: &[&str]| json!({ "tags": ["things"], "operationId": id, "x-scope": scope, "responses": { "4XX": answer(codes) } });
        let document = json!({
            "tags": [{ "name": "things" }],
            "paths": { "/a": { "get": operation("secret", "any", &["schema", "key-missing"]) },
                "/b": { "get": operation("open", "public", &["schema"]) } }
        });
        let reference = Reference::read(&document.to_string());
        let everywhere: Vec<_> = reference.everywhere.iter().map(|refusal| refusal.code.as_str()).collect();
        assert_eq!(everywhere, ["key-missing", "schema"]);
        let [secret, open] = &reference.groups[0].operations[..] else { panic!("two operations") };
        assert!(secret.command.contains("Bearer KEY") && !open.command.contains("KEY"), "{}", open.command);
    }

    #[test]
    fn refusals_tell_what_to_do_and_what_all_share_is_told_once() {
        let answer = |codes: &[&str]| {
            let examples: serde_json::Map<_, _> =
                codes.iter().map(|code| ((*code).to_owned(), json!({}))).collect();
            json!({ "content": { "application/problem+json": { "examples": examples } } })
        };
        let operation = |id: &str, codes: &[&str]| {
            json!({ "tags": ["things"], "operationId": id, "x-scope": "any", "responses": { "4XX": answer(codes) },
                "x-problem-notes": { "erased": "It is gone." } })
        };
        let document = json!({
            "tags": [{ "name": "things" }],
            "paths": { "/things": { "get": operation("list", &["schema"]) },
                "/things/{id}": { "get": operation("show", &["schema", "erased", "not-found"]) } },
            "components": { "examples": {
                "schema": { "description": "Correct it." }, "not-found": { "description": "Look for `id`." },
                "erased": { "description": "General." } } }
        });
        let reference = Reference::read(&document.to_string());
        let told = |refusals: &[Refusal]| -> Vec<_> {
            refusals
                .iter()
                .map(|refusal| (refusal.status, refusal.code.clone(), refusal.advice.len()))
                .collect()
        };
        assert_eq!(told(&reference.everywhere), [(422, "schema".to_owned(), 1)]);
        let show = &reference.groups[0].operations[1];
        assert_eq!(told(&show.refusals), [(404, "not-found".to_owned(), 3), (410, "erased".to_owned(), 1)]);
        assert_eq!(show.refusals[1].advice, pieces("It is gone."));
    }

    #[test]
    fn the_command_sends_what_the_operation_needs() {
        let operation = json!({ "requestBody": {}, "parameters": [
            { "name": "id", "in": "path", "required": true }, { "name": "type", "in": "query", "required": true },
            { "name": "limit", "in": "query" }, { "name": "If-Match", "in": "header", "required": true } ] });
        assert_eq!(
            command("/things/{id}/style", "patch", &operation),
            "curl --cacert AUTHORITY -H \"Authorization: Bearer KEY\" \\\n  -H 'If-Match: \"ETAG\"' \\\n  \
             -H \"Content-Type: application/json\" -d @request.json \\\n  \
             -X PATCH \"https://GATEWAY/things/ID/style?type=TYPE\""
        );
    }
}

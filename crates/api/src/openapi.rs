//! The OpenAPI 3.1 document, generated from the code. It is the gateway's policy, the filters' schema and the docs.
//!
//! `x-scope` names an operation's scope, `x-max-bytes` its largest body. `x-problem-codes` lists the problems that only
//! this operation has; those that every operation has are added here, and each becomes a response with an example that
//! says what to do next. `x-problem-notes` says more where a problem means something of its own at an operation.

mod advice;
mod leaked_keys;
mod patterns;

use std::collections::BTreeMap;

use domain::problem::{Code, FieldError, LimitReached, Problem};
use serde_json::{Map, Value, json};
use utoipa::OpenApi as _;

use crate::routes;

/// Returns the document: pretty, its names sorted, the same for the same code.
pub fn openapi() -> String {
    let generated = routes::router().into_openapi();
    let mut document = serde_json::to_value(Head::openapi().merge_from(generated))
        .expect("the document is made of maps with text keys");
    complete(&mut document);
    patterns::explain(&mut document);
    let mut text = serde_json::to_string_pretty(&sorted(document)).expect("a JSON value has a text form");
    text.push('\n');
    text
}

/// Returns the schema `name` of `document` as a schema that stands alone.
pub(crate) fn schema_alone(document: &str, name: &str) -> Value {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let schemas = &document["components"]["schemas"];
    let mut schema = schemas[name].clone();
    let mut definitions = Map::new();
    let mut open = references(&schema);
    while let Some(next) = open.pop() {
        if !definitions.contains_key(&next) {
            open.extend(references(&schemas[&next]));
            definitions.insert(next.clone(), schemas[&next].clone());
        }
    }
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["$defs"] = definitions.into();
    let text = schema.to_string().replace(SCHEMAS, "#/$defs/");
    serde_json::from_str(&text).unwrap_or_default()
}

const SCHEMAS: &str = "#/components/schemas/";

fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, member)| match member.as_str().and_then(|text| text.strip_prefix(SCHEMAS)) {
                Some(target) if name == "$ref" => vec![target.to_owned()],
                _ => references(member),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "AI Nutrition-Pro",
        version = "1.0.0",
        description = "Texts in a dietitian's own voice, for meal planners.\n\n\
            Send samples of what a dietitian wrote and the facts of a diet; get drafts that sound like the dietitian \
            and say nothing but those facts. JSON in UTF-8, RFC 3339 times in UTC, BCP 47 languages; unknown fields \
            are refused. Times are answered with three digits of a second, `2026-11-02T08:15:00.000Z`.\n\n\
            Errors are `application/problem+json` (RFC 9457) with a `code` that programs branch on, and with every bad \
            field at once. What can not be read at all is 400; what can be read and does not fit, from an unknown field \
            to facts that contradict each other, is 422.\n\n\
            The version of this document is the version of the contract, not of the program: within `/api/v1` it only \
            grows. New members may come at any time; clients ignore those they do not know.",
        contact(name = "AI Nutrition-Pro"),
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "https://{host}", description = "The gateway", variables(
        ("host" = (default = "localhost:8443", description = "Host and port of the gateway"))))),
    security(("api_key" = [])),
    tags(
        (name = "About", description = "Who calls, and what is offered"),
        (name = "Dietitians", description = "The people in whose voice texts are written, and their consent"),
        (name = "Samples", description = "What dietitians wrote before"),
        (name = "Style", description = "What is known of a voice, in words and numbers"),
        (name = "Generations", description = "Texts in a dietitian's voice"),
        (name = "Checks", description = "The output rules on texts from elsewhere"),
        (name = "Usage", description = "What is metered"),
        (name = "Keys", description = "What becomes of keys that leaked")
    )
)]
struct Head;

/// Adds what all operations share.
fn complete(document: &mut Value) {
    document["components"]["securitySchemes"] = json!({ "api_key": {
        "type": "http", "scheme": "bearer",
        "description": "An API key, `anp_live_…` or `anp_test_…`, in the header `Authorization` only."
    }});
    document["components"]["schemas"]["Problem"] = problem_schema();
    document["components"]["headers"] = key_notices();
    leaked_keys::add(document);
    let mut used = Used::default();
    let empty = Map::new();
    let paths = document["paths"].as_object().unwrap_or(&empty).clone();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap_or(&empty) {
            let mut operation = operation.clone();
            let is_public = operation["x-scope"] == "public";
            let is_idempotent_post = method == "post" && !is_public;
            add_problems(&mut operation, is_public, is_idempotent_post, &mut used);
            if is_idempotent_post {
                add_idempotency(&mut operation);
            }
            describe_if_match(&mut operation);
            if !is_public {
                add_key_notices(&mut operation);
            }
            document["paths"][&path][method] = operation;
        }
    }
    document["components"]["examples"] = used.examples.into_iter().collect::<Map<_, _>>().into();
    document["components"]["responses"] = used.responses.into_iter().collect::<Map<_, _>>().into();
}

/// Problems that every operation has, at the gateway or behind it.
const EVERYWHERE: [Code; 19] = [
    Code::Malformed,
    Code::KeyInUrl,
    Code::KeyMissing,
    Code::KeyInvalid,
    Code::KeyExpired,
    Code::KeyRevoked,
    Code::NetworkNotAllowed,
    Code::ScopeMissing,
    Code::TenantSuspended,
    Code::NotAcceptable,
    Code::RequestTimeout,
    Code::TooLarge,
    Code::RateLimited,
    Code::ConcurrencyLimited,
    Code::Schema,
    Code::Internal,
    Code::ProviderError,
    Code::Overloaded,
    Code::ProviderTimeout,
];

/// Problems that an operation without a key has: the gateway answers it itself.
const PUBLIC: [Code; 9] = [
    Code::Malformed,
    Code::KeyInUrl,
    Code::NotAcceptable,
    Code::RequestTimeout,
    Code::TooLarge,
    Code::RateLimited,
    Code::Schema,
    Code::Internal,
    Code::Overloaded,
];

fn add_problems(operation: &mut Value, is_public: bool, is_idempotent_post: bool, used: &mut Used) {
    let own = operation["x-problem-codes"].as_array().cloned().unwrap_or_default();
    let own =
        own.iter().filter_map(|word| Code::ALL.into_iter().find(|code| Some(code.as_str()) == word.as_str()));
    let shared = if is_public { &PUBLIC[..] } else { &EVERYWHERE[..] };
    let mut codes: Vec<_> = shared.iter().copied().chain(own).collect();
    if !operation["requestBody"].is_null() {
        codes.extend([Code::MediaType, Code::UnsafeInput]);
    }
    if is_idempotent_post {
        codes.extend([Code::IdempotencyInProgress, Code::IdempotencyKeyReused, Code::Erased]);
    }
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    codes.sort_unstable();
    codes.dedup();
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    let notes =
        codes.iter().filter_map(|code| Some((code.as_str().to_owned(), advice::at(&id, *code)?.into())));
    operation["x-problem-notes"] = Value::Object(notes.collect());
    for code in codes {
        by_status.entry(code.status()).or_default().push(code);
    }
    for (status, codes) in by_status {
        let words: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
        let name = words.join(".");
        operation["responses"][status.to_string()] =
            json!({ "$ref": format!("#/components/responses/{name}") });
        used.responses.entry(name).or_insert_with(|| problem_response(&codes));
        for code in codes {
            used.examples.entry(code.as_str().to_owned()).or_insert_with(|| example(code));
        }
    }
}

/// Components that operations refer to.
#[derive(Default)]
struct Used {
    responses: BTreeMap<String, Value>,
    examples: BTreeMap<String, Value>,
}

fn problem_response(codes: &[Code]) -> Value {
    let words: Vec<_> = codes.iter().map(|code| format!("`{code}`")).collect();
    let reference =
        |code: &Code| (code.as_str().to_owned(), json!({ "$ref": format!("#/components/examples/{code}") }));
    json!({
        "description": words.join(", "),
        "content": { "application/problem+json": {
            "schema": { "$ref": "#/components/schemas/Problem" },
            "examples": codes.iter().map(reference).collect::<Map<_, _>>()
        }}
    })
}

fn add_idempotency(operation: &mut Value) {
    let header = json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "A key of your own for this piece of work. Sent again within 24 hours with the same body, the \
            stored answer is given again, with `Idempotency-Replayed: true`.",
        "schema": { "type": "string", "pattern": "^([!#-\\[\\]-~]{16,255}|\"[!#-\\[\\]-~]{16,255}\")$" },
        "example": "8e03978e-40d5-43dd-bc93-6894a57f9324"
    });
    match operation["parameters"].as_array_mut() {
        Some(parameters) => parameters.push(header),
        None => operation["parameters"] = json!([header]),
    }
    let replayed = json!({
        "description": "`true` on an answer that was stored before", "schema": { "type": "string", "enum": ["true"] }
    });
    for status in ["200", "201"] {
        if operation["responses"].get(status).is_some() {
            operation["responses"][status]["headers"]["Idempotency-Replayed"] = replayed.clone();
        }
    }
}

/// Says how `If-Match` is written where an operation takes it: `*`, or strong entity tags.
fn describe_if_match(operation: &mut Value) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten();
    for parameter in parameters.filter(|parameter| parameter["name"] == "If-Match") {
        parameter["schema"]["pattern"] = json!("^(\\*|\"[!#-+\\--~]+\"( *, *\"[!#-+\\--~]+\")*)$");
    }
}

/// The headers by which answers tell the holder of a key about the key and its limits.
fn key_notices() -> Value {
    json!({
        "API-Limit-Warning": {
            "description": "The limits of which four fifths or more are used, by their names in `RateLimit-Policy`: slow down before requests are refused.",
            "schema": { "type": "string" }, "example": "key, key-bytes"
        },
        "RateLimit-Policy": {
            "description": "The limits that hold for the caller (draft-ietf-httpapi-ratelimit-headers-11): `key` and `tenant`, and any other that is nearly or quite used up: `dietitian`, `address`, `key-bytes`, `tenant-bytes`, `key-concurrency`, `concurrency`, `address-concurrency`.",
            "schema": { "type": "string" }, "example": "\"key\";q=600;w=60, \"tenant\";q=2400;w=60"
        },
        "RateLimit": {
            "description": "What is left of each of them (`r`), and the seconds until all of it is there again (`t`).",
            "schema": { "type": "string" }, "example": "\"key\";r=583;t=21, \"tenant\";r=2310;t=44"
        },
        "API-Key-Expires-At": {
            "description": "When the key ends, in its last 14 days. Issue a new one before.",
            "schema": { "type": "string", "format": "date-time" }, "example": "2026-12-01T08:15:00Z"
        },
        "API-Key-Exposed": {
            "description": "`true` when the key was seen where secrets do not belong, such as a URL: rotate it without overlap.",
            "schema": { "type": "string", "enum": ["true"] }, "example": "true"
        }
    })
}

const NOTICES: [&str; 5] =
    ["API-Key-Expires-At", "API-Key-Exposed", "API-Limit-Warning", "RateLimit", "RateLimit-Policy"];

fn add_key_notices(operation: &mut Value) {
    let statuses = operation["responses"].as_object().into_iter().flatten().map(|(status, _)| status.clone());
    for status in statuses.filter(|status| status.starts_with('2')).collect::<Vec<_>>() {
        for name in NOTICES {
            let reference = format!("#/components/headers/{name}");
            operation["responses"][&status]["headers"][name] = json!({ "$ref": reference });
        }
    }
}

fn example(code: Code) -> Value {
    let problem = match code {
        Code::Schema | Code::FactsInvalid | Code::UnsafeInput => Problem::new(code)
            .detail("one field can't be used")
            .errors(vec![FieldError::new("/facts/plan_days", "maximum", "at most 366")]),
        Code::ConsentRequired => Problem::new(code).detail(
            "put the dietitian's consent in force first: \
             PUT /api/v1/dietitians/018f3d6e-1111-7000-8000-000000000001/consent with \"generate\" in its scope",
        ),
        Code::OutputBlocked => {
            let found = "The text has 412 characters; at most 300 were asked for. Set `length.max` to 412 or more, or \
                 send fewer facts; without `length` a text has 80 to 1500 characters.";
            Problem::new(code).detail(found).errors(vec![FieldError::new("/length", "length", found)])
        }
        Code::RateLimited | Code::ConcurrencyLimited => Problem {
            limit: Some(LimitReached { scope: "key".to_owned(), policy: "key".to_owned(), reset: 12 }),
            ..Problem::new(code)
        },
        _ => Problem::new(code),
    };
    let mut value = problem.to_json("018f3d6e-1111-7000-8000-00000000000a");
    if code == Code::DietitianNotFound {
        value["error"] = "Cannot find dietitian of uuid: 018f3d6e-1111-7000-8000-000000000001".into();
    }
    json!({ "summary": code.title(), "description": advice::in_general(code), "value": value })
}

fn problem_schema() -> Value {
    let codes: Vec<_> =
        Code::ALL.into_iter().filter(|code| *code != Code::ContextInvalid).map(Code::as_str).collect();
    json!({
        "type": "object",
        "description": "What is wrong (RFC 9457). More members may be added.",
        "required": ["type", "title", "status", "code", "instance", "retryable"],
        "properties": {
            "type": { "type": "string", "format": "uri", "description": "Names the kind of problem, as `code` does" },
            "title": { "type": "string", "description": "The code in words" },
            "status": { "type": "integer", "minimum": 400, "maximum": 599, "description": "The HTTP status" },
            "detail": { "type": "string", "description": "More about this case, for developers" },
            "instance": { "type": "string", "description": "The request id; tell it when you ask for help" },
            "code": { "type": "string", "enum": codes, "description": "What is wrong, for programs" },
            "retryable": { "type": "boolean", "description": "Whether the same request may succeed later" },
            "errors": {
                "type": "array", "description": "Every bad field",
                "items": {
                    "type": "object", "required": ["pointer", "code", "detail"],
                    "properties": {
                        "pointer": { "type": "string",
                            "description": "Where: a JSON Pointer into the body, or `?name` of a query parameter" },
                        "code": { "type": "string", "description": "What: the schema keyword that failed, or a word of ours" },
                        "detail": { "type": "string", "description": "What to do about it" }
                    }
                }
            },
            "limit": {
                "type": "object", "description": "Whose limit was reached", "required": ["scope", "policy", "reset"],
                "properties": {
                    "scope": { "type": "string", "description": "`key`, `tenant`, `dietitian`, or `address`: of all that comes from one, and less of it without a genuine key" },
                    "policy": { "type": "string", "description": "Its name in the header `RateLimit-Policy`" },
                    "reset": { "type": "integer", "minimum": 0, "description": "Seconds until a request fits again" }
                }
            },
            "error": { "type": "string", "description": "`storeContent` only: the message of the original story" }
        }
    })
}

/// Returns `value` with the members of every object sorted, whatever order the build keeps them in.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<_, _> = members.into_iter().collect();
            members.into_iter().map(|(name, member)| (name, sorted(member))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serve::contract::Contract;

    use super::*;
    use crate::limits;

    #[test]
    fn the_contract_can_be_enforced() {
        let contract = Contract::parse(&openapi()).unwrap();
        assert_eq!(contract.operations().len(), 25);
        assert!(contract.operations().iter().any(|operation| operation.streams));
    }

    #[test]
    fn the_document_is_the_same_each_time() {
        assert_eq!(openapi(), openapi());
    }

    #[test]
    fn the_checked_in_document_is_what_the_code_says() {
        let checked_in = include_str!("../../../openapi.json");
        assert!(
            checked_in == openapi(),
            "openapi.json is out of date: run `cargo xtask openapi` and commit it"
        );
    }

    #[test]
    fn every_named_problem_is_in_the_catalogue_and_becomes_a_response() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                for word in operation["x-problem-codes"].as_array().unwrap() {
                    let code = Code::ALL
                        .into_iter()
                        .find(|code| code.as_str() == word)
                        .unwrap_or_else(|| panic!("{word}"));
                    let response =
                        operation["responses"][code.status().to_string()]["$ref"].as_str().unwrap();
                    let response = document.pointer(response.trim_start_matches('#')).unwrap();
                    let examples = &response["content"]["application/problem+json"]["examples"];
                    assert!(!examples[code.as_str()].is_null(), "{method} {path} {code}");
                }
            }
        }
    }

    #[test]
    fn every_problem_tells_what_to_do_next() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        let examples = document["components"]["examples"].as_object().unwrap();
        for (code, example) in examples {
            assert!(example["description"].as_str().is_some_and(|advice| advice.ends_with('.')), "{code}");
        }
        let items = document["paths"].as_object().unwrap().values();
        let operations = items.flat_map(|item| item.as_object().unwrap().values());
        let notes: Vec<_> = operations
            .flat_map(|operation| operation["x-problem-notes"].as_object().unwrap().keys())
            .collect();
        assert!(notes.len() >= 10, "a note names an operation or a problem that is not there: {notes:?}");
        assert!(notes.iter().all(|code| examples.contains_key(*code)));
    }

    #[test]
    fn every_request_schema_is_closed() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        let schemas = &document["components"]["schemas"];
        for name in [
            "NewDietitian",
            "DietitianChange",
            "NewConsent",
            "NewSamples",
            "StoreContent",
            "StyleChange",
            "NewGeneration",
            "NewCheck",
            "NewLeakedKeys",
        ] {
            let mut open = vec![name.to_owned()];
            while let Some(next) = open.pop() {
                let schema = &schemas[&next];
                if schema["type"] == "object" {
                    assert_eq!(schema["additionalProperties"], json!(false), "{next}");
                }
                open.extend(references(schema));
            }
        }
    }

    #[test]
    fn limits_in_code_and_schema_agree() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        let of = |schema: &str| document["components"]["schemas"][schema]["properties"].clone();
        for texts in [&of("NewSamples")["texts"], &of("StoreContent")["content"]] {
            assert_eq!(texts["maxItems"], limits::SAMPLES_PER_SET);
            assert_eq!(texts["items"]["minLength"], limits::SAMPLE_LENGTH_MIN);
            assert_eq!(texts["items"]["maxLength"], limits::SAMPLE_LENGTH_MAX);
        }
        assert_eq!(of("NewGeneration")["brief"]["maxLength"], limits::BRIEF_LENGTH);
        assert_eq!(of("NewGeneration")["variants"]["maximum"], limits::VARIANTS);
        assert_eq!(of("Length")["max"]["maximum"], limits::TEXT_LENGTH_MAX);
    }

    #[test]
    fn a_schema_stands_alone_with_its_definitions() {
        let schema = schema_alone(&openapi(), "Facts");
        assert!(schema["$defs"]["Meal"].is_object() && schema["$defs"]["Unit"].is_object());
        assert!(!schema.to_string().contains("#/components/"));
    }

    /// Returns every example in `schema`, with the schema that it is one of.
    fn examples(schema: &Value, place: &str) -> Vec<(String, Value, Value)> {
        let mut found = Vec::new();
        let listed = schema["examples"].as_array().cloned().unwrap_or_default();
        for example in listed.into_iter().chain(schema.get("example").cloned()) {
            found.push((place.to_owned(), schema.clone(), example));
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            found.extend(examples(property, &format!("{place}.{name}")));
        }
        for inner in ["items", "additionalProperties", "schema"] {
            found.extend(schema.get(inner).into_iter().flat_map(|inner| examples(inner, place)));
        }
        found
    }

    #[test]
    fn every_example_is_valid() {
        let mut document: Value = serde_json::from_str(&openapi()).unwrap();
        let mut found = Vec::new();
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            found.extend(examples(schema, name));
        }
        for (name, example) in document["components"]["examples"].as_object().unwrap() {
            let problem = json!({ "$ref": "#/components/schemas/Problem" });
            found.push((name.clone(), problem, example["value"].clone()));
        }
        for operation in document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|item| item.as_object().unwrap().values())
        {
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                if let Some(example) = parameter.get("example") {
                    found.push((parameter["name"].to_string(), parameter["schema"].clone(), example.clone()));
                }
            }
        }
        assert!(found.len() > 40, "{}", found.len());
        // Examples of answers are checked by the same means as requests: each as the body of an operation of its own.
        let template = document["paths"]["/api/v1/checks"]["post"].clone();
        let mut paths = Map::new();
        for (index, (_, schema, _)) in found.iter().enumerate() {
            let mut operation = template.clone();
            operation["operationId"] = format!("example{index}").into();
            operation["requestBody"]["content"]["application/json"]["schema"] =
                json!({ "type": "object", "required": ["value"], "properties": { "value": schema } });
            paths.insert(format!("/examples/{index}"), json!({ "post": operation }));
        }
        document["paths"] = paths.into();
        let contract = Contract::parse(&document.to_string()).unwrap();
        for (index, (place, _, example)) in found.iter().enumerate() {
            let id = format!("example{index}");
            let operation = contract.operations().iter().find(|operation| operation.id == id).unwrap();
            assert_eq!(operation.body_errors(&json!({ "value": example })), [], "{place}: {example}");
        }
    }

    #[test]
    fn every_body_has_an_example() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        let mut seen = 0;
        for (path, item) in document["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                let answers = ["200", "201"].map(|status| &operation["responses"][status]["content"]);
                for content in answers.into_iter().chain([&operation["requestBody"]["content"]]) {
                    let Some(reference) = content["application/json"]["schema"]["$ref"].as_str() else {
                        continue;
                    };
                    let schema = document.pointer(reference.trim_start_matches('#')).unwrap();
                    assert!(schema.get("example").is_some(), "{path}: {reference}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 20, "{seen}");
    }

    #[test]
    fn every_member_and_parameter_is_described() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        let mut silent = Vec::new();
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
                // What may be null is one of null and a schema, and the schema is what is described.
                let choices = schema["oneOf"].as_array().into_iter().flatten();
                if !choices.chain([schema]).any(|schema| schema["description"].is_string()) {
                    silent.push(format!("{name}.{member}"));
                }
            }
        }
        for (path, item) in document["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    if !parameter["description"].is_string() {
                        silent.push(format!("{path} {}", parameter["name"]));
                    }
                }
            }
        }
        assert_eq!(silent, Vec::<String>::new());
    }
}

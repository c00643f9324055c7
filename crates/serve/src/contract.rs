//! The OpenAPI document as what it is to a machine: a closed route table with a scope and a schema per operation.
//!
//! `x-scope` names the scope of an operation; a document with an operation that has none is refused, so that a route
//! without a policy can't be served (feature 7). `public` in its place says that no key is needed, and nothing else does:
//! who asks for the scope of an operation has to say what becomes of those without.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use domain::{problem::FieldError, scope::Scope};
use http::Method;
use serde_json::{Value, json};

use crate::schema::Schema;

/// The largest body of an operation that does not say otherwise in `x-max-bytes`.
const DEFAULT_MAX_BYTES: usize = 65_536;

/// The document can't be enforced, and why.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the OpenAPI document can't be enforced: {0}")]
pub struct Unenforceable(String);

/// Everything the public API offers.
pub struct Contract {
    operations: Vec<Operation>,
    paths: matchit::Router<BTreeMap<&'static str, usize>>,
}

/// One operation of the public API.
pub struct Operation {
    /// The document's `operationId`.
    pub id: String,
    /// Who may ask for it.
    pub access: Access,
    /// The largest request body in bytes.
    pub max_bytes: usize,
    /// Whether it can answer with a stream of server-sent events.
    pub streams: bool,
    body: Option<Schema>,
    query: BTreeMap<String, Schema>,
    required_query: Vec<String>,
    path: BTreeMap<String, Schema>,
}

/// Who may ask for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Holders of a key with this scope.
    Scope(Scope),
    /// Anybody. The gateway answers it itself; it is never forwarded.
    Public,
}

/// Where a request leads.
#[derive(Debug)]
pub enum Route<'a> {
    /// To this operation.
    Operation(&'a Operation),
    /// Nowhere with this method; these are offered.
    OtherMethods(Vec<&'static str>),
    /// Nowhere.
    Nowhere,
}

/// What `x-scope` says of an operation that needs no key. No scope has this name.
const PUBLIC: &str = "public";

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

impl Contract {
    /// Reads an OpenAPI 3.1 document.
    ///
    /// # Errors
    /// [`Unenforceable`] when it is no such document, an operation lacks `x-scope`, or a schema does not compile.
    pub fn parse(document: &str) -> Result<Self, Unenforceable> {
        let document: Value = serde_json::from_str(document).map_err(unenforceable)?;
        let paths = document["paths"].as_object().ok_or_else(|| unenforceable("it has no paths"))?;
        let mut contract = Self { operations: Vec::new(), paths: matchit::Router::new() };
        for (path, item) in paths {
            let mut methods = BTreeMap::new();
            for method in METHODS {
                let Some(operation) = item.get(method.to_ascii_lowercase()) else { continue };
                let operation = Operation::parse(&document, operation)
                    .map_err(|error| unenforceable(format!("{method} {path}: {}", error.0)))?;
                methods.insert(method, contract.operations.len());
                contract.operations.push(operation);
            }
            contract.paths.insert(path, methods).map_err(unenforceable)?;
        }
        Ok(contract)
    }

    /// Tells where a request leads. `path` is taken as it stands: nothing is decoded or collapsed, so that a path
    /// has one spelling only.
    pub fn route(&self, method: &Method, path: &str) -> Route<'_> {
        let Ok(found) = self.paths.at(path) else { return Route::Nowhere };
        match found.value.get(method.as_str()) {
            None => Route::OtherMethods(found.value.keys().copied().collect()),
            Some(index) => {
                let operation = &self.operations[*index];
                let fits = found.params.iter().all(|(name, value)| operation.path_fits(name, value));
                if fits { Route::Operation(operation) } else { Route::Nowhere }
            }
        }
    }

    /// Returns all operations.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }
}

impl fmt::Debug for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contract").field("operations", &self.operations.len()).finish()
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Operation {
    fn parse(document: &Value, operation: &Value) -> Result<Self, Unenforceable> {
        let scope = operation["x-scope"].as_str().ok_or_else(|| unenforceable("it has no x-scope"))?;
        let content = &operation["requestBody"]["content"];
        let body = match content.get("application/json") {
            Some(media_type) => Some(schema(document, &media_type["schema"])?),
            None if content.is_null() => None,
            None => return Err(unenforceable("its body is not application/json")),
        };
        let parameters = |place: &str| -> Result<BTreeMap<String, Schema>, Unenforceable> {
            let listed = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
            let placed = listed.iter().filter(|parameter| parameter["in"] == place);
            placed
                .map(|parameter| {
                    let name = parameter["name"].as_str().unwrap_or_default();
                    Ok((name.to_owned(), schema(document, &parameter["schema"])?))
                })
                .collect()
        };
        Ok(Self {
            id: operation["operationId"].as_str().unwrap_or_default().to_owned(),
            access: match scope {
                PUBLIC => Access::Public,
                scope => Access::Scope(
                    scope.parse().map_err(|_| unenforceable(format!("x-scope {scope} is unknown")))?,
                ),
            },
            max_bytes: operation["x-max-bytes"]
                .as_u64()
                .and_then(|bytes| usize::try_from(bytes).ok())
                .unwrap_or(DEFAULT_MAX_BYTES),
            streams: operation["responses"].as_object().is_some_and(|responses| {
                responses.values().any(|response| !response["content"]["text/event-stream"].is_null())
            }),
            body,
            required_query: required_query(operation),
            query: parameters("query")?,
            path: parameters("path")?,
        })
    }

    /// Tells whether the operation takes a body.
    pub const fn takes_body(&self) -> bool {
        self.body.is_some()
    }

    /// Returns everything that is wrong with the body `value`.
    pub fn body_errors(&self, value: &Value) -> Vec<FieldError> {
        self.body.as_ref().map_or_else(Vec::new, |schema| schema.errors(value))
    }

    /// Returns everything that is wrong with the query string; pointers begin with `?`.
    pub fn query_errors(&self, query: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut seen = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if seen.contains(&name) {
                errors.push(FieldError::new("?", "duplicate", "send each parameter once"));
            }
            seen.push(name);
            let value = decoded(value);
            match self.query.get(name) {
                None => errors.push(FieldError::new(pointer(name), "unknown", "there is no such parameter")),
                Some(schema) if !fits(schema, &value) => {
                    errors.push(FieldError::new(format!("?{name}"), "value", allowed(schema, &value)));
                }
                Some(_) => {}
            }
        }
        for name in self.required_query.iter().filter(|name| !seen.contains(&name.as_str())) {
            errors.push(FieldError::new(format!("?{name}"), "required", "this parameter is needed"));
        }
        errors
    }

    fn path_fits(&self, name: &str, value: &str) -> bool {
        self.path.get(name).is_some_and(|schema| fits(schema, value))
    }
}

fn required_query(operation: &Value) -> Vec<String> {
    let listed = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    let required =
        listed.iter().filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
    required.filter_map(|parameter| parameter["name"].as_str().map(str::to_owned)).collect()
}

/// Names a parameter of the caller's, if it looks like a name and not like data in the wrong place.
fn pointer(name: &str) -> String {
    let is_name = name.len() <= 20 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_name { format!("?{name}") } else { "?".to_owned() }
}

/// Undoes the percent-encoding of colons, and of nothing else: most libraries write those of a time so, while letters and
/// digits are only ever encoded to slip past somebody (RFC 3986, section 2.3).
fn decoded(value: &str) -> Cow<'_, str> {
    if !value.contains('%') {
        return Cow::Borrowed(value);
    }
    Cow::Owned(value.replace("%3A", ":").replace("%3a", ":"))
}

/// Parameters are text; one whose schema asks for a number is compared as a number.
fn fits(schema: &Schema, text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:+~".contains(&byte));
    plain && (schema.is_valid(&json!(text)) || number(text).is_some_and(|n| schema.is_valid(&json!(n))))
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number: &i64| number.to_string() == text)
}

/// Says what a parameter whose value does not fit may be, in the words for a field of a body.
fn allowed(schema: &Schema, text: &str) -> String {
    let wrong = |value: &Value| -> Vec<String> {
        schema.errors(value).into_iter().map(|error| error.detail).collect()
    };
    // A number may break a limit; as a text it would only be of the wrong type.
    let as_number = number(text).map(|number| wrong(&json!(number)));
    let as_text = wrong(&json!(text));
    let details = as_number.filter(|details| !details.iter().any(|detail| detail.contains("of type")));
    let details = details.unwrap_or(as_text);
    if details.is_empty() {
        // It is what a body could hold, but percent-encoded or with characters that no parameter has.
        return "letters, digits and -._:+~ only, of these only : percent-encoded".to_owned();
    }
    details.join("; ")
}

fn schema(document: &Value, schema: &Value) -> Result<Schema, Unenforceable> {
    Schema::compile(document, schema).map_err(unenforceable)
}

fn unenforceable(reason: impl fmt::Display) -> Unenforceable {
    Unenforceable(reason.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        json!({
            "openapi": "3.1.0",
            "paths": {
                "/api/v1/things": {
                    "get": { "operationId": "list", "x-scope": "usage:read", "parameters": [
                        { "name": "limit", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": 100 } },
                        { "name": "sort", "in": "query", "schema": { "enum": ["name", "age"] } } ] },
                    "post": { "operationId": "make", "x-scope": "samples:write", "x-max-bytes": 10,
                        "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } } },
                        "responses": { "201": { "content": { "text/event-stream": {} } } } }
                },
                "/api/v1/search": { "get": { "operationId": "search", "x-scope": "any", "parameters": [
                    { "name": "language", "in": "query", "required": true, "schema": { "type": "string" } },
                    { "name": "since", "in": "query", "schema": { "type": "string", "format": "date-time" } } ] } },
                "/api/v1/things/{id}": {
                    "delete": { "operationId": "remove", "x-scope": "samples:write", "parameters": [
                        { "name": "id", "in": "path", "schema": { "type": "string", "format": "uuid" } } ] }
                }
            },
            "components": { "schemas": { "Thing": {
                "type": "object", "additionalProperties": false, "required": ["name"],
                "properties": {
                    "name": { "type": "string", "maxLength": 3 },
                    "inner": { "oneOf": [ { "type": "null" }, { "$ref": "#/components/schemas/Inner" } ] }
                } },
                "Inner": { "type": "object", "required": ["n"], "properties": { "n": { "type": "integer" } } } } }
        })
    }

    fn contract() -> Contract {
        Contract::parse(&document().to_string()).unwrap()
    }

    fn operation<'a>(contract: &'a Contract, method: Method, path: &str) -> Option<&'a Operation> {
        match contract.route(&method, path) {
            Route::Operation(operation) => Some(operation),
            Route::OtherMethods(_) | Route::Nowhere => None,
        }
    }

    #[test]
    fn a_document_with_a_route_without_scope_is_refused() {
        let mut document = document();
        document["paths"]["/api/v1/things"]["get"]["x-scope"].take();
        let error = Contract::parse(&document.to_string()).unwrap_err();
        assert!(error.to_string().contains("GET /api/v1/things"), "{error}");
        for unknown in ["everything", "Public", "public ", "", "none"] {
            document["paths"]["/api/v1/things"]["get"]["x-scope"] = json!(unknown);
            assert!(Contract::parse(&document.to_string()).is_err(), "{unknown}");
        }
    }

    #[test]
    fn only_an_operation_that_says_so_is_public() {
        let mut document = document();
        document["paths"]["/api/v1/things"]["get"]["x-scope"] = json!("public");
        let contract = Contract::parse(&document.to_string()).unwrap();
        let access = |method, path| operation(&contract, method, path).unwrap().access;
        assert_eq!(access(Method::GET, "/api/v1/things"), Access::Public);
        assert_eq!(access(Method::POST, "/api/v1/things"), Access::Scope(Scope::SamplesWrite));
        assert_eq!(access(Method::GET, "/api/v1/search"), Access::Scope(Scope::Any));
    }

    #[test]
    fn a_path_has_one_spelling() {
        let contract = contract();
        let id = "018f3d6e-1111-7000-8000-000000000000";
        assert!(operation(&contract, Method::GET, "/api/v1/things").is_some());
        assert!(operation(&contract, Method::DELETE, &format!("/api/v1/things/{id}")).is_some());
        for path in [
            "/api/v1/things/",
            "//api/v1/things",
            "/api/v1//things",
            "/API/v1/things",
            "/api/v1/%74hings",
            "/api/v1/things;x=1",
            "/api/v1/x/../things",
            "/api/v1/things/not-a-uuid",
            "/api/v1/things/{id}",
            "",
        ] {
            assert!(
                matches!(contract.route(&Method::GET, path), Route::Nowhere | Route::OtherMethods(_)),
                "{path}"
            );
            assert!(operation(&contract, Method::DELETE, path).is_none(), "{path}");
        }
    }

    #[test]
    fn other_methods_are_named() {
        let contract = contract();
        let Route::OtherMethods(offered) = contract.route(&Method::PATCH, "/api/v1/things") else {
            panic!("served")
        };
        assert_eq!(offered, ["GET", "POST"]);
    }

    #[test]
    fn every_bad_field_is_named_by_pointer_and_keyword_without_its_value() {
        let contract = contract();
        let post = operation(&contract, Method::POST, "/api/v1/things").unwrap();
        let body = json!({"name": "secret", "extra": 1, "inner": {"n": "secret"}});
        let mut errors = post.body_errors(&body);
        errors.sort();
        let found: Vec<_> =
            errors.iter().map(|error| (error.pointer.as_str(), error.code.as_str())).collect();
        assert_eq!(found, [("/extra", "additionalProperties"), ("/inner/n", "type"), ("/name", "maxLength")]);
        assert!(!format!("{errors:?}").contains("secret"));
        assert_eq!(post.body_errors(&json!({}))[0].pointer, "/name");
        assert_eq!(post.body_errors(&json!({"name": "abc", "inner": null})), []);
        assert!((post.max_bytes, post.streams) == (10, true));
    }

    #[test]
    fn a_needed_parameter_and_an_unknown_one_are_named() {
        let contract = contract();
        let get = operation(&contract, Method::GET, "/api/v1/search").unwrap();
        let found: Vec<_> =
            get.query_errors("langage=en").into_iter().map(|error| (error.pointer, error.code)).collect();
        let expected = [("?langage", "unknown"), ("?language", "required")];
        assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
        assert_eq!(get.query_errors("Anna%20K=1&language=en")[0].pointer, "?");
    }

    #[test]
    fn unknown_repeated_and_bad_parameters_are_refused() {
        let contract = contract();
        let get = operation(&contract, Method::GET, "/api/v1/things").unwrap();
        assert_eq!(get.query_errors("limit=10"), []);
        for bad in ["limit=0", "limit=1000", "limit=x", "limit=1&limit=1", "other=1", "limit=%31", "limit=01"]
        {
            assert_eq!(get.query_errors(bad).len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_time_may_be_written_as_libraries_write_it() {
        let contract = contract();
        let get = operation(&contract, Method::GET, "/api/v1/search").unwrap();
        let since = |text: &str| get.query_errors(&format!("language=en&since={text}"));
        for time in ["2026-11-01T00:00:00Z", "2026-11-01T00%3A00%3A00Z", "2026-11-01T00%3a00:00Z"] {
            assert_eq!(since(time), [], "{time}");
        }
        for bad in
            ["2026-11-01T00%253A00%253A00Z", "2026-11-01T00%3A00%3A00%5a", "2026%2D11-01T00:00:00Z", "%3A"]
        {
            assert_eq!(since(bad).len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_bad_parameter_is_told_what_is_allowed() {
        let contract = contract();
        let get = operation(&contract, Method::GET, "/api/v1/things").unwrap();
        let said = |query: &str| get.query_errors(query).remove(0).detail;
        assert_eq!(said("limit=0"), "at least 1");
        assert_eq!(said("limit=1000"), "at most 100");
        assert_eq!(said("limit=ten"), "must be of type integer");
        assert_eq!(said("sort=secret"), "must be one of [\"name\",\"age\"]");
        assert_eq!(said("sort=na%6de"), "must be one of [\"name\",\"age\"]");
        let search = operation(&contract, Method::GET, "/api/v1/search").unwrap();
        assert_eq!(
            search.query_errors("language=%65n")[0].detail,
            "letters, digits and -._:+~ only, of these only : percent-encoded"
        );
    }
}

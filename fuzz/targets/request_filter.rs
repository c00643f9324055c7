//! Any request line and body against a contract: what passes has one spelling of its path and only declared fields.
#![no_main]

use std::sync::LazyLock;

use http::Method;
use libfuzzer_sys::fuzz_target;
use serve::contract::{Contract, Route};
use serve::filter::json_body;

static CONTRACT: LazyLock<Contract> =
    LazyLock::new(|| Contract::parse(DOCUMENT).expect("the document is sound"));

// The first line is `METHOD path?query`, the rest the body.
fuzz_target!(|bytes: &[u8]| {
    let line = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let Ok(head) = std::str::from_utf8(&bytes[..line]) else { return };
    let body = bytes.get(line + 1..).unwrap_or_default();
    let Some((method, target)) = head.split_once(' ') else { return };
    let Ok(method) = method.parse::<Method>() else { return };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));

    let Route::Operation(operation) = CONTRACT.route(&method, path) else { return };
    assert!(
        !path.contains("//") && !path.contains("..") && !path.contains('%'),
        "{path} has another spelling"
    );
    if operation.query_errors(query).is_empty() {
        let mut pairs = query.split('&').filter(|pair| !pair.is_empty());
        assert!(pairs.next().is_none_or(|pair| pair.starts_with("limit=")), "an undeclared parameter passed");
        assert!(pairs.next().is_none(), "the one parameter passed twice");
    }
    if operation.takes_body()
        && let Ok(value) = json_body(operation, body)
    {
        let members = value.as_object().expect("the schema asks for an object");
        assert!(members.keys().all(|name| name == "name" || name == "tags"), "an undeclared field passed");
        assert!(members.contains_key("name"), "a required field is missing");
    }
});

const DOCUMENT: &str = r##"{
  "openapi": "3.1.0",
  "info": { "title": "fuzz", "version": "1" },
  "paths": {
    "/api/v1/things": {
      "get": {
        "operationId": "list", "x-scope": "usage:read",
        "parameters": [{ "name": "limit", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": 100 } }],
        "responses": {}
      },
      "post": {
        "operationId": "add", "x-scope": "dietitians:write",
        "requestBody": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } } },
        "responses": {}
      }
    },
    "/api/v1/things/{id}": {
      "get": {
        "operationId": "show", "x-scope": "usage:read",
        "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" } }],
        "responses": {}
      }
    }
  },
  "components": {
    "schemas": {
      "Thing": {
        "type": "object", "additionalProperties": false, "required": ["name"],
        "properties": {
          "name": { "type": "string", "maxLength": 100 },
          "tags": { "type": "array", "maxItems": 5, "items": { "type": "string", "maxLength": 20 } }
        }
      }
    }
  }
}"##;

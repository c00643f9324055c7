//! The one operation of the public API that the gateway answers itself, and that takes no key.

use serde_json::{Value, json};

/// Adds `POST /api/v1/leaked-keys` with its schemas.
pub(super) fn add(document: &mut Value) {
    document["paths"]["/api/v1/leaked-keys"]["post"] = operation();
    let schemas = &mut document["components"]["schemas"];
    for (name, schema) in [
        ("NewLeakedKeys", reported()),
        ("LeakedKey", one_reported()),
        ("LeakedKeys", judged()),
        ("JudgedKey", one_judged()),
    ] {
        schemas[name] = schema;
    }
}

fn operation() -> Value {
    let json_of = |name: &str| json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } });
    json!({
        "operationId": "reportLeakedKeys",
        "tags": ["Keys"],
        "summary": "Reports keys that leaked",
        "description": "For secret scanners and for whoever finds a key: no key of your own is needed. Who sends a whole \
            key of ours holds it, and so it is revoked at once and for good; its owner is told, with `source`. Of anything \
            else nothing is told but `unknown`. Sent again, a key is answered in the same way.\n\nKeys are found by \
            `anp_(live|test)_[a-z2-7]{16}_[a-z2-7]{52}_[0-9a-f]{8}`; the last part is the CRC-32 of everything before its \
            underscore, so that made-up ones need not be sent.",
        "x-scope": "public",
        "x-max-bytes": 262_144,
        "x-problem-codes": [],
        "security": [],
        "requestBody": { "required": true, "content": json_of("NewLeakedKeys") },
        "responses": { "200": { "description": "What became of each key, in the order sent", "content": json_of("LeakedKeys") } }
    })
}

fn reported() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["keys"],
        "description": "Keys that leaked.",
        "properties": { "keys": {
            "type": "array", "minItems": 1, "maxItems": 100, "items": { "$ref": "#/components/schemas/LeakedKey" },
            "description": "The keys that were found"
        } },
        "example": { "keys": [{
            "key": "anp_live_mfzgk3lqmfzgk3lq_mfzgk3lqmfzgk3lqmfzgk3lqmfzgk3lqmfzgk3lqmfzgk3lqmfzg_00000000",
            "source": "https://code.example/planner/blob/main/.env"
        }] }
    })
}

fn one_reported() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["key"],
        "description": "A key that leaked.",
        "properties": {
            "key": { "type": "string", "minLength": 1, "maxLength": 200, "description": "The whole key" },
            "source": { "type": "string", "format": "uri", "maxLength": 2_048, "description":
                "Where it was found. Scheme, host and path are told to the key's owner; query and fragment are dropped" }
        }
    })
}

fn judged() -> Value {
    json!({
        "type": "object", "required": ["keys"],
        "description": "What became of keys that leaked.",
        "properties": { "keys": {
            "type": "array", "items": { "$ref": "#/components/schemas/JudgedKey" },
            "description": "One for each key, in the order sent"
        } },
        "example": { "keys": [{ "key_id": "mfzgk3lqmfzgk3lq", "status": "unknown" }] }
    })
}

fn one_judged() -> Value {
    json!({
        "type": "object", "required": ["key_id", "status"],
        "description": "What became of a key that leaked.",
        "properties": {
            "key_id": { "type": ["string", "null"], "description":
                "The public part of the text that was sent, or null where it has not the form of a key" },
            "status": { "type": "string", "enum": ["revoked", "unknown"], "description":
                "`revoked`: it was one of ours and works no more; `unknown`: it is none of ours" }
        }
    })
}

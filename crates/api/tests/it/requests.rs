//! Requests that work, and what they need to be there.

use domain::caller::Caller;
use http::Method;
use serde_json::{Value, json};

use crate::app::{App, Sent};

/// What one tenant has stored.
pub(crate) struct Stock {
    pub(crate) dietitian: String,
    pub(crate) samples: String,
    pub(crate) generation: String,
}

/// Adds a dietitian with consent and samples, and has a text written.
pub(crate) async fn stock(app: &App, caller: &Caller) -> Stock {
    let dietitian = dietitian(app, caller).await;
    let generation = app.send(caller, &Sent::post(GENERATIONS, &generation(&dietitian))).await.ok();
    let samples = app.send(caller, &Sent::get(format!("{}/samples", at(&dietitian)))).await.ok();
    Stock { samples: text(&samples["items"][0]["id"]), generation: text(&generation["id"]), dietitian }
}

/// Adds a dietitian with consent and samples.
pub(crate) async fn dietitian(app: &App, caller: &Caller) -> String {
    let id = bare_dietitian(app, caller).await;
    app.send(caller, &put_consent(&id)).await.ok();
    app.send(caller, &Sent::post(format!("{}/samples", at(&id)), &samples())).await.ok();
    id
}

/// Adds a dietitian with nothing.
pub(crate) async fn bare_dietitian(app: &App, caller: &Caller) -> String {
    text(&app.send(caller, &Sent::post(DIETITIANS, &new_dietitian())).await.ok()["id"])
}

pub(crate) fn new_dietitian() -> Value {
    let voice = voice();
    let external_ref = format!("dietitian-{}", crate::app::unknown_id());
    json!({ "external_ref": external_ref, "display_name": voice["display_name"], "languages": ["en"] })
}

pub(crate) fn put_consent(dietitian: &str) -> Sent {
    let body = json!({ "document_version": "2026-01", "scope": ["generate"], "evidence_ref": "page 3" });
    Sent::new(Method::PUT, format!("{}/consent", at(dietitian)), Some(body.to_string()))
}

pub(crate) fn samples() -> Value {
    let voice = voice();
    json!({ "type": "introduction", "language": "en", "texts": voice["texts"], "entities": voice["entities"] })
}

pub(crate) fn generation(dietitian: &str) -> Value {
    json!({
        "dietitian_id": dietitian, "type": "introduction", "language": "en",
        "client": { "external_ref": "client-1", "slots": { "first_name": "Joanna" }, "avoid_allergens": ["nuts"] },
        "facts": {
            "plan_days": 14,
            "goals": ["steady energy through the day"],
            "meals": [{ "name": "breakfast", "foods": ["oatmeal"] }],
            "numbers": [{ "id": "energy", "value": "1800", "unit": "kcal" }]
        },
        "length": { "min": 60, "max": 2000 }
    })
}

pub(crate) fn check() -> Value {
    json!({
        "text": "Hi Joanna! For the next 14 days we aim at 1800 kcal a day.",
        "type": "introduction", "language": "en",
        "client": { "slots": { "first_name": "Joanna" } },
        "facts": { "plan_days": 14, "numbers": [{ "id": "energy", "value": "1800", "unit": "kcal" }] }
    })
}

pub(crate) fn story(dietitian: &str, application: impl ToString) -> Value {
    json!({
        "type": "introduction", "dietitian-uuid": dietitian, "client-uuid": application.to_string(),
        "content": ["Hi Mark! I'm so happy that you're here. For the next 14 days we take it step by step."]
    })
}

/// Returns one request that works for each operation, in an order in which they do: what removes comes last.
pub(crate) fn all(caller: &Caller, stock: &Stock) -> Vec<(&'static str, Sent)> {
    let dietitian = at(&stock.dietitian);
    let set = format!("{dietitian}/samples/{}", stock.samples);
    let style = format!("{dietitian}/style?type=introduction&language=en");
    let generation_at = format!("{GENERATIONS}/{}", stock.generation);
    let patch = |target: &str, body: Value| Sent::new(Method::PATCH, target, Some(body.to_string()));
    vec![
        ("getMe", Sent::get("/api/v1/me")),
        ("listContentTypes", Sent::get("/api/v1/content-types")),
        ("getOpenapi", Sent::get("/api/v1/openapi.json")),
        ("createDietitian", Sent::post(DIETITIANS, &new_dietitian())),
        ("listDietitians", Sent::get(format!("{DIETITIANS}?limit=5"))),
        ("getDietitian", Sent::get(&dietitian)),
        ("changeDietitian", patch(&dietitian, json!({ "status": "active" })).header("if-match", "\"1\"")),
        ("grantConsent", put_consent(&stock.dietitian)),
        ("getConsent", Sent::get(format!("{dietitian}/consent"))),
        ("storeSamples", Sent::post(format!("{dietitian}/samples"), &samples())),
        ("storeContent", Sent::post(STORE_CONTENT, &story(&stock.dietitian, caller.application))),
        ("listSamples", Sent::get(format!("{dietitian}/samples?type=introduction"))),
        ("getSamples", Sent::get(&set)),
        ("getStyle", Sent::get(&style)),
        ("editStyle", patch(&style, json!({ "card": { "lines": ["Keeps it short."] } }))),
        ("createGeneration", Sent::post(GENERATIONS, &generation(&stock.dietitian))),
        ("listGenerations", Sent::get(format!("{GENERATIONS}?status=draft"))),
        ("getGeneration", Sent::get(&generation_at)),
        ("createCheck", Sent::post(CHECKS, &check())),
        ("getUsage", Sent::get("/api/v1/usage?group_by=key")),
        ("deleteGeneration", Sent::delete(&generation_at)),
        ("deleteSamples", Sent::delete(&set)),
        ("revokeConsent", Sent::delete(format!("{dietitian}/consent"))),
        ("deleteDietitian", Sent::delete(&dietitian)),
    ]
}

/// Returns the path of a dietitian.
pub(crate) fn at(dietitian: &str) -> String {
    format!("{DIETITIANS}/{dietitian}")
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn voice() -> Value {
    let text = include_str!("../../../../examples/voices/ruth-calloway.json");
    serde_json::from_str(text).expect("an example voice")
}

pub(crate) const DIETITIANS: &str = "/api/v1/dietitians";
pub(crate) const GENERATIONS: &str = "/api/v1/generations";
pub(crate) const CHECKS: &str = "/api/v1/checks";
pub(crate) const STORE_CONTENT: &str = "/api/v1/storeContent";

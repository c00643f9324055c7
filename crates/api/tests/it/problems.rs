//! Every problem that the document names can be had, and names every bad field.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};
use testkit::{
    on_both_engines,
    scripted_llm::{Script, ScriptedLlm},
    test_db::Engine,
};

use crate::{
    app::{App, Sent, caller},
    requests::{self, CHECKS, DIETITIANS, GENERATIONS, STORE_CONTENT, at},
};

/// Problems that only the gateway meets callers with.
const OF_THE_GATEWAY: [&str; 11] = [
    "key-in-url",
    "key-missing",
    "key-invalid",
    "key-expired",
    "key-revoked",
    "network-not-allowed",
    "tenant-suspended",
    "rate-limited",
    "concurrency-limited",
    "provider-error",
    "provider-timeout",
];
/// Problems with tests of their own: `request-timeout` and `overloaded` in `serve` and `database`, `internal` below,
/// those of idempotency in `idempotency`, `erased` there and in `operations`, `output-blocked` in `writers`,
/// `scope-missing` in `door`.
const ELSEWHERE: [&str; 8] = [
    "request-timeout",
    "overloaded",
    "internal",
    "idempotency-in-progress",
    "idempotency-key-reused",
    "erased",
    "output-blocked",
    "scope-missing",
];

/// Returns requests that are refused with each problem of their operation, as far as it is the same for all.
fn bent(sent: &Sent) -> Vec<(&'static str, Sent)> {
    let join = if sent.target.contains('?') { '&' } else { '?' };
    let mut bent = vec![
        ("not-acceptable", sent.clone().header("accept", "text/html, application/json;q=0")),
        ("schema", Sent { target: format!("{}{join}surprise=1", sent.target), ..sent.clone() }),
    ];
    match &sent.body {
        None => bent.push(("malformed", Sent { body: Some("{}".to_owned()), ..sent.clone() })),
        Some(body) => bent.extend([
            ("malformed", Sent { body: Some("{\"a\":1,\"a\":1}".to_owned()), ..sent.clone() }),
            ("media-type", sent.clone().header("content-type", "text/plain")),
            ("unsafe-input", Sent { body: Some(body.replacen('{', "{\"\u{202e}\":1,", 1)), ..sent.clone() }),
            ("schema", Sent { body: Some(body.replacen('{', "{\"tenant_id\":\"x\",", 1)), ..sent.clone() }),
        ]),
    }
    if sent.method == Method::POST {
        bent.push(("malformed", sent.clone().header("idempotency-key", "short")));
    }
    bent
}

on_both_engines! {
    async fn every_problem_in_the_document_can_be_had(engine: Engine) {
        let app = App::start(engine).await;
        let caller = caller();
        let stock = requests::stock(&app, &caller).await;
        let document: Value = serde_json::from_str(&api::openapi()).unwrap();
        let mut seen = BTreeSet::new();
        for (operation, sent) in requests::all(&caller, &stock) {
            let answer = app.send_head(&caller, &sent, 1_048_577).await;
            assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("\"too-large\""), "{operation}: {answer}");
            seen.insert((operation.to_owned(), "too-large".to_owned()));
            for (code, bent) in bent(&sent).into_iter().chain(special(&app, &caller, operation, &sent).await) {
                let reply = app.send(&caller, &bent).await;
                assert_eq!(reply.code(), code, "{operation}: {reply:?}");
                seen.insert((operation.to_owned(), code.to_owned()));
            }
        }
        let mut missing = Vec::new();
        for item in document["paths"].as_object().unwrap().values() {
            let behind_the_gateway = |operation: &&Value| operation["x-scope"] != "public";
            for operation in item.as_object().unwrap().values().filter(behind_the_gateway) {
                for response in operation["responses"].as_object().unwrap().values() {
                    let Some(reference) = response["$ref"].as_str() else { continue };
                    for code in reference.rsplit('/').next().unwrap().split('.') {
                        let name = operation["operationId"].as_str().unwrap();
                        let tested = OF_THE_GATEWAY.contains(&code) || ELSEWHERE.contains(&code);
                        if !tested && !seen.contains(&(name.to_owned(), code.to_owned())) {
                            missing.push(format!("{name}: {code}"));
                        }
                    }
                }
            }
        }
        assert_eq!(missing, Vec::<String>::new());
    }

    async fn all_bad_fields_are_named_at_once(engine: Engine) {
        let app = App::start(engine).await;
        let caller = caller();
        let mut body = requests::generation(&crate::app::unknown_id());
        body["facts"]["plan_days"] = json!(0);
        body["facts"]["numbers"][0]["value"] = json!("1,800");
        body["client"]["slots"] = json!({ "First Name": "Joanna" });
        body["client"]["reader"] = json!({ "minor": "no" });
        body["model"] = json!("gpt-9");
        body["variants"] = json!(4);
        body.as_object_mut().unwrap().remove("language");
        let reply = app.send(&caller, &Sent::post(GENERATIONS, &body)).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (422, "schema"));
        let errors = reply.json()["errors"].as_array().unwrap().clone();
        let pointers: BTreeSet<_> = errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect();
        for pointer in ["/facts/plan_days", "/facts/numbers/0/value", "/client/reader/minor", "/model", "/variants", "/language", "/client/slots"] {
            assert!(pointers.iter().any(|found| found.starts_with(pointer)), "{pointer} is not in {pointers:?}");
        }
        assert!(!reply.body.contains("1,800") && !reply.body.contains("gpt-9") && !reply.body.contains("Joanna"));
    }

    async fn a_whole_number_written_as_another_is_named(engine: Engine) {
        let app = App::start(engine).await;
        let caller = caller();
        let body = requests::check().to_string();
        for plan_days in ["7.0", "1e2"] {
            let body = body.replace("\"plan_days\":14", &format!("\"plan_days\":{plan_days}"));
            let reply = app.send(&caller, &Sent::new(Method::POST, CHECKS, Some(body))).await;
            assert_eq!((reply.status.as_u16(), reply.code().as_str()), (422, "schema"), "{plan_days}");
            assert_eq!(reply.json()["errors"][0]["pointer"], "/facts/plan_days", "{reply:?}");
        }
    }

    async fn facts_that_contradict_each_other_are_refused(engine: Engine) {
        let app = App::start(engine).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        let mut body = requests::generation(&id);
        body["length"] = json!({ "min": 500, "max": 400 });
        body["facts"]["numbers"] = json!([{ "id": "energy", "value": "1800", "unit": "kcal" }, { "id": "energy", "value": "1900", "unit": "kcal" }]);
        body["facts"]["meals"] = json!([{ "name": "snack", "foods": ["an apple", "walnuts"] }]);
        let reply = app.send(&caller, &Sent::post(GENERATIONS, &body)).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (422, "facts-invalid"));
        let json = reply.json();
        let pointers: Vec<_> = json["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, ["/facts/meals/0/foods/1", "/facts/numbers/1/id", "/length/min"]);
    }

    async fn facts_that_no_text_could_repeat_are_refused_before_writing(engine: Engine) {
        let llm = ScriptedLlm::start(Script::honest()).await;
        let app = App::start_with_llm(engine, &llm).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        for (pointer, fact, code) in [
            ("/facts/goals/0", "curing my cancer", "medical"),
            ("/facts/goals/0", "come off metformin", "medical"),
            ("/facts/goals/0", "guaranteed results", "promise"),
            ("/facts/goals/0", "walnuts every day", "allergen"),
            ("/facts/goals/0", "nut-free cooking", "allergen"),
            ("/facts/goals/0", "21 days of calm", "number"),
            ("/facts/goals/0", "news on evil.zip", "form"),
            ("/facts/meals/0/name", "detox breakfast", "medical"),
            ("/facts/meals/0/foods/0", "a handful of walnuts", "allergen"),
        ] {
            let mut body = requests::generation(&id);
            *body.pointer_mut(pointer).unwrap() = json!(fact);
            let mut check = body.clone();
            check["text"] = json!("Hi Joanna! Here is your plan.");
            check["client"].as_object_mut().unwrap().remove("external_ref");
            for (target, body) in [(GENERATIONS, body), (CHECKS, check)] {
                let reply = app.send(&caller, &Sent::post(target, &body)).await;
                assert_eq!((reply.status.as_u16(), reply.code().as_str()), (422, "facts-invalid"), "{fact}: {reply:?}");
                let errors = reply.json()["errors"].as_array().unwrap().clone();
                assert!(errors.iter().all(|error| error["pointer"] == pointer && error["detail"] != ""), "{fact}: {errors:?}");
                assert!(errors.iter().any(|error| error["code"] == code), "{fact}: {errors:?}");
            }
        }
        assert_eq!(llm.counts().started, 0);
        let usage = app.send(&caller, &Sent::get("/api/v1/usage?to=2027-01-01T00:00:00Z")).await.ok();
        assert_eq!(usage["items"][0]["generations"], 0);
        let mut body = requests::generation(&id);
        body["facts"]["goals"] = json!(["eating fewer walnuts", "losing weight slowly", "living well with diabetes"]);
        app.send(&caller, &Sent::post(GENERATIONS, &body)).await.ok();
    }

    async fn an_energy_that_no_day_has_is_refused_with_a_pointer(engine: Engine) {
        let app = App::start(engine).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        for (numbers, pointer, code) in [
            (json!([{ "id": "energy", "value": "0", "unit": "kcal" }]), "/facts/numbers/0/value", "implausible"),
            (json!([{ "id": "energy", "value": "90000", "unit": "kcal" }]), "/facts/numbers/0/value", "implausible"),
            (json!([{ "id": "energy", "value": "1.800", "unit": "kcal" }]), "/facts/numbers/0/value", "thousands"),
            (json!([{ "id": "energy", "value": "1800", "unit": "g" }]), "/facts/numbers/0/unit", "unit"),
            (
                json!([{ "id": "energy", "value": "1800", "unit": "kcal" }, { "id": "kcal", "value": "1900", "unit": "kcal" }]),
                "/facts/numbers/1/id",
                "duplicate",
            ),
        ] {
            let (mut generation, mut check) = (requests::generation(&id), requests::check());
            generation["facts"]["numbers"] = numbers.clone();
            check["facts"]["numbers"] = numbers;
            for sent in [Sent::post(GENERATIONS, &generation), Sent::post(CHECKS, &check)] {
                let reply = app.send(&caller, &sent).await;
                assert_eq!((reply.status.as_u16(), reply.code().as_str()), (422, "facts-invalid"), "{reply:?}");
                let errors = reply.json()["errors"].clone();
                assert_eq!(errors.as_array().unwrap().len(), 1, "{errors}");
                assert_eq!((&errors[0]["pointer"], &errors[0]["code"]), (&json!(pointer), &json!(code)), "{errors}");
            }
        }
    }

    async fn no_text_is_written_for_vulnerable_readers(engine: Engine) {
        let app = App::start(engine).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        for flag in ["minor", "pregnant", "ed_history"] {
            for (target, mut body) in [(GENERATIONS, requests::generation(&id)), (CHECKS, requests::check())] {
                body["client"]["reader"] = json!({ flag: true });
                let reply = app.send(&caller, &Sent::post(target, &body)).await;
                assert_eq!((reply.status.as_u16(), reply.code().as_str()), (422, "facts-invalid"));
                assert_eq!(reply.json()["errors"][0]["pointer"], format!("/client/reader/{flag}"));
            }
        }
    }

    async fn a_paused_dietitian_is_not_written_for(engine: Engine) {
        let app = App::start(engine).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        let pause = Sent::new(Method::PATCH, at(&id), Some(json!({ "status": "paused" }).to_string())).header("if-match", "\"1\"");
        app.send(&caller, &pause).await.ok();
        let reply = app.send(&caller, &Sent::post(GENERATIONS, &requests::generation(&id))).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (409, "state-conflict"));
    }
}

#[tokio::test]
async fn other_methods_and_addresses_are_told_apart() {
    let app = App::start(Engine::Sqlite).await;
    let caller = caller();
    let method = app.send(&caller, &Sent::new(Method::PUT, "/api/v1/me", None)).await;
    assert_eq!((method.status.as_u16(), method.code().as_str()), (405, "method"));
    for target in ["/api/v1/Me", "/api/v1/me/", "/api/v1//me", "/api/v2/me", "/api/v1/dietitians/7", "/"] {
        assert_eq!(app.send(&caller, &Sent::get(target)).await.code(), "not-found", "{target}");
    }
}

#[tokio::test]
async fn a_stored_value_that_does_not_open_is_an_internal_error_without_a_word_about_it() {
    let app = App::start(Engine::Sqlite).await;
    let caller = caller();
    let stock = requests::stock(&app, &caller).await;
    let file = app.db.file().unwrap();
    let spoil = format!(
        "UPDATE generations SET response = x'00' WHERE id = x'{}'",
        stock.generation.replace('-', "")
    );
    let mut file = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(spoil)).execute(&mut file).await.unwrap();
    let reply = app.send(&caller, &Sent::get(format!("{GENERATIONS}/{}", stock.generation))).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (500, "internal"));
    for word in ["sql", "seal", "column", "generations", "open", "row"] {
        assert!(!reply.json()["detail"].to_string().to_lowercase().contains(word), "{reply:?}");
    }
}

/// Returns requests that are refused with the problems that only some operations have.
async fn special(
    app: &App,
    caller: &domain::caller::Caller,
    operation: &str,
    sent: &Sent,
) -> Vec<(&'static str, Sent)> {
    let absent = crate::app::unknown_id();
    let moved = |target: String| Sent { target, ..sent.clone() };
    let mut special = Vec::new();
    if sent.target.starts_with(&format!("{DIETITIANS}/")) {
        let (_, rest) = sent.target[DIETITIANS.len() + 1..].split_at(36);
        special.push(("not-found", moved(format!("{}{rest}", at(&absent)))));
    }
    if sent.target.starts_with(&format!("{GENERATIONS}/")) {
        special.push(("not-found", moved(format!("{GENERATIONS}/{absent}"))));
    }
    match operation {
        "createDietitian" => {
            app.send(caller, sent).await.ok();
            special.push(("state-conflict", sent.clone()));
        }
        "changeDietitian" | "editStyle" => {
            let bare = Sent { headers: Vec::new(), ..sent.clone() };
            special.push(("if-match-required", bare.clone()));
            special.push(("etag-mismatch", bare.header("if-match", "\"stale\"")));
        }
        "deleteDietitian" => special.push(("etag-mismatch", sent.clone().header("if-match", "\"stale\""))),
        "storeContent" => {
            let story = |dietitian: &str, application: String| {
                Sent::post(STORE_CONTENT, &requests::story(dietitian, application))
            };
            special.push(("dietitian-not-found", story(&absent, caller.application.to_string())));
            special.push(("tenant-mismatch", story(&absent, absent.clone())));
        }
        "createCheck" => {
            let mut body = requests::check();
            body["length"] = json!({ "min": 500, "max": 400 });
            special.push(("facts-invalid", Sent::post(CHECKS, &body)));
            body["dietitian_id"] = json!(absent);
            special.push(("not-found", Sent::post(CHECKS, &body)));
        }
        "createGeneration" => {
            let bare = requests::bare_dietitian(app, caller).await;
            special.push(("consent-required", Sent::post(GENERATIONS, &requests::generation(&bare))));
            let silent = requests::bare_dietitian(app, caller).await;
            app.send(caller, &requests::put_consent(&silent)).await.ok();
            special.push(("style-not-ready", Sent::post(GENERATIONS, &requests::generation(&silent))));
            special.push(("not-found", Sent::post(GENERATIONS, &requests::generation(&absent))));
            let paused = requests::dietitian(app, caller).await;
            let pause =
                Sent::new(Method::PATCH, at(&paused), Some(json!({ "status": "paused" }).to_string()));
            app.send(caller, &pause.header("if-match", "\"1\"")).await.ok();
            special.push(("state-conflict", Sent::post(GENERATIONS, &requests::generation(&paused))));
            let mut body = requests::generation(&paused);
            body["client"]["reader"] = json!({ "minor": true });
            body["dietitian_id"] = json!(requests::dietitian(app, caller).await);
            special.push(("facts-invalid", Sent::post(GENERATIONS, &body)));
        }
        _ => {}
    }
    if matches!(operation, "getStyle" | "editStyle") {
        let bare = requests::bare_dietitian(app, caller).await;
        let target = format!("{}/style?type=introduction&language=en", at(&bare));
        special.push(("consent-required", moved(target).header("if-match", "\"1\"")));
    }
    special
}

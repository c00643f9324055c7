//! Generations as server-sent events.

use std::time::Duration;

use domain::caller::Caller;
use futures_util::future;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};
use testkit::{
    on_both_engines,
    scripted_llm::{Breach, Fault, Script, ScriptedLlm},
    test_db::Engine,
};

use crate::{
    app::{App, Reply, Sent, caller, logs, request},
    requests::{self, GENERATIONS, at, text},
};

const USAGE: &str = "/api/v1/usage?to=2027-01-01T00:00:00Z";

#[derive(Debug)]
struct Event {
    id: String,
    name: String,
    data: Value,
}

fn events(body: &str) -> Vec<Event> {
    let blocks = body.split("\n\n").filter(|block| !block.trim().is_empty() && !block.starts_with(':'));
    blocks
        .map(|block| {
            let field = |name: &str| {
                let line = block.lines().find_map(|line| line.strip_prefix(name));
                line.unwrap_or_else(|| panic!("no {name} in {block}")).trim_start().to_owned()
            };
            let data = serde_json::from_str(&field("data:")).expect("JSON");
            Event { id: field("id:"), name: field("event:"), data }
        })
        .collect()
}

fn streamed(body: &Value) -> Sent {
    Sent::post(GENERATIONS, body).header("accept", "text/event-stream")
}

/// Returns the text that the sentences since the last notice make.
fn told(events: &[Event], variant: u64) -> String {
    let mut told = String::new();
    for event in events.iter().filter(|event| event.data["variant"] == variant) {
        match event.name.as_str() {
            "notice" => told.clear(),
            _ => told.push_str(event.data["text"].as_str().unwrap()),
        }
    }
    told
}

#[track_caller]
fn names(events: &[Event]) -> Vec<&str> {
    let numbers: Vec<_> = events.iter().map(|event| event.id.parse::<usize>().unwrap()).collect();
    assert_eq!(numbers, (1..=events.len()).collect::<Vec<_>>());
    events.iter().map(|event| event.name.as_str()).collect()
}

async fn stream(app: &App, caller: &Caller, body: &Value) -> (Reply, Vec<Event>) {
    let reply = app.send(caller, &streamed(body)).await;
    let events = events(&reply.body);
    (reply, events)
}

on_both_engines! {
    async fn sentences_put_together_are_the_text(engine: Engine) {
        let llm = ScriptedLlm::start(Script::honest().pieces_of(7)).await;
        for model in [true, false] {
            let app = if model { App::start_with_llm(engine, &llm).await } else { App::start(engine).await };
            let caller = caller();
            let id = requests::dietitian(&app, &caller).await;
            let mut body = requests::generation(&id);
            body["variants"] = json!(2);
            let (reply, events) = stream(&app, &caller, &body).await;
            assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "text/event-stream"));
            assert_eq!(reply.header("ai-disclosure"), "mode=machine-generated");
            let names = names(&events);
            assert_eq!((names[0], names[names.len() - 1]), ("created", "completed"));
            let made = &events[events.len() - 1].data;
            assert_eq!(events[0].data["id"], made["id"]);
            for (variant, written) in made["variants"].as_array().unwrap().iter().enumerate() {
                assert_eq!(told(&events, variant as u64), text(&written["text"]), "model: {model}");
            }
            assert!(names.iter().filter(|name| **name == "sentence").count() > 4, "{names:?}");
            let stored = app.send(&caller, &Sent::get(format!("{GENERATIONS}/{}", text(&made["id"])))).await.ok();
            assert_eq!(&stored, made);
        }
    }

    async fn what_a_text_does_without_is_told_in_every_answer(engine: Engine) {
        let app = App::start(engine).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        let plain = app.send(&caller, &Sent::post(GENERATIONS, &requests::generation(&id))).await.ok();
        assert_eq!(plain["warnings"], json!([]));

        let mut body = requests::generation(&id);
        body["facts"]["meals"] = json!([{ "name": "breakfast", "foods": ["oatmeal", "zorbleknurps"] }]);
        body["facts"]["numbers"].as_array_mut().unwrap().push(json!({ "id": "protein", "value": "3", "unit": "oz" }));
        body["brief"] = json!("She starts a new job on Monday.");
        let expected = json!(["/brief", "/facts/meals/0/foods/1", "/facts/numbers/1"]);
        let pointers = |answer: &Value| -> Value {
            answer["warnings"].as_array().unwrap().iter().map(|warning| warning["pointer"].clone()).collect()
        };
        let made = app.send(&caller, &Sent::post(GENERATIONS, &body)).await;
        let shown = app.send(&caller, &Sent::get(made.header("location"))).await.ok();
        let made = made.ok();
        assert_eq!(pointers(&made), expected, "{made}");
        assert_eq!(shown["warnings"], made["warnings"]);
        assert!(!text(&made["variants"][0]["text"]).contains("zorbleknurps") && !made["warnings"].to_string().contains("zorbleknurps"));
        let (_, events) = stream(&app, &caller, &body).await;
        assert_eq!(pointers(&events.last().unwrap().data), expected);

        let mut check = requests::check();
        check["client"]["avoid_allergens"] = json!(["nuts"]);
        check["facts"]["meals"] = body["facts"]["meals"].clone();
        let verdict = app.send(&caller, &Sent::post(requests::CHECKS, &check)).await.ok();
        assert_eq!(pointers(&verdict), json!(["/facts/meals/0/foods/1"]), "{verdict}");
    }

    async fn what_was_told_too_early_is_taken_back(engine: Engine) {
        // The first text is fine until its last sentence, and so is the second try.
        let llm = ScriptedLlm::start(Script::disobedient(Breach::FreeFrom)).await;
        let app = App::start_with_llm(engine, &llm).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        let (_, events) = stream(&app, &caller, &requests::generation(&id)).await;
        let names = names(&events);
        assert_eq!(names.iter().filter(|name| **name == "notice").count(), 1, "{names:?}");
        let notice = events.iter().find(|event| event.name == "notice").unwrap();
        assert_eq!(notice.data, json!({ "code": "rewritten", "variant": 0 }));
        let made = &events[events.len() - 1].data;
        assert_eq!((&made["writer"], &made["variants"][0]["writer_reason"]), (&json!("composer"), &json!("blocked")));
        assert_eq!(told(&events, 0), text(&made["variants"][0]["text"]));
    }

    async fn a_stream_that_breaks_off_ends_with_the_composers_text(engine: Engine) {
        let llm = ScriptedLlm::start(Script::honest().fault_after(8, Fault::Reset)).await;
        let app = App::start_with_llm(engine, &llm).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        let (_, events) = stream(&app, &caller, &requests::generation(&id)).await;
        let made = &events[events.len() - 1].data;
        assert_eq!(made["writer"], "composer", "{events:?}");
        assert_eq!(told(&events, 0), text(&made["variants"][0]["text"]));
    }

    async fn hanging_up_cancels_the_model_and_stores_no_text(engine: Engine) {
        let llm = ScriptedLlm::start(Script::honest().slow_pieces(Duration::from_millis(100))).await;
        let app = App::start_with_llm(engine, &llm).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        let mut body = requests::generation(&id);
        body["brief"] = json!("A note that nobody has to keep.");
        let sent = streamed(&body);
        let vouched = vec![(seal::context::HEADER.to_owned(), app.vouch(&caller, &sent))];
        let mut sender = app.connect().await;
        let mut response = sender.send_request(request(&sent, vouched)).await.unwrap();
        let first = response.body_mut().frame().await.unwrap().unwrap().into_data().unwrap();
        assert!(String::from_utf8_lossy(&first).contains("created"));
        assert!(llm.wait_for(|counts| counts.started == 1).await);
        drop((response, sender));
        assert!(llm.wait_for(|counts| counts.cancelled == 1).await, "{:?}", llm.counts());
        let sum = async || app.send(&caller, &Sent::get(USAGE)).await.ok()["items"][0].clone();
        assert!(App::eventually(async || sum().await["generations"] == 1).await, "it was not metered");
        let sum = sum().await;
        assert!(sum["input_tokens"].as_u64() > Some(0) && sum["units"] == 0, "{sum}");
        let items = app.send(&caller, &Sent::get(GENERATIONS)).await.ok()["items"].clone();
        assert_eq!((items.as_array().unwrap().len(), &items[0]["status"]), (1, &json!("failed")));
        let stored = app.send(&caller, &Sent::get(format!("{GENERATIONS}/{}", text(&items[0]["id"])))).await.ok();
        assert_eq!((&stored["variants"], &stored["writer"], &stored["status"]), (&json!([]), &Value::Null, &json!("failed")));
        assert_eq!(stored["usage"]["input_tokens"], sum["input_tokens"]);
        let logs = logs();
        let id = text(&items[0]["id"]);
        let lines: Vec<_> =
            logs.lines().filter(|line| line.contains("a generation ended") && line.contains(&id)).collect();
        let [line] = lines[..] else { panic!("{lines:?}") };
        for field in ["end=\"cancelled\"", "writer=\"llm\"", "model.outcome=\"cancelled\"", "model.attempts=1"] {
            assert!(line.contains(field), "{field}: {line}");
        }
        // The request is not kept either.
        let database = app.db.open_api().await;
        let tx = api_db::Reader::tenant(&database, caller.tenant).await.unwrap();
        assert_eq!(api_db::generations::get(&tx, text(&items[0]["id"]).parse().unwrap()).await.unwrap().request, None);
    }

    async fn consent_taken_back_meanwhile_stops_the_text(engine: Engine) {
        let llm = ScriptedLlm::start(Script::honest().slow_first_byte(Duration::from_millis(800))).await;
        let app = App::start_with_llm(engine, &llm).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        for (streaming, call) in [(true, 1), (false, 2)] {
            app.send(&caller, &requests::put_consent(&id)).await.ok();
            let sent = if streaming { streamed(&requests::generation(&id)) } else { Sent::post(GENERATIONS, &requests::generation(&id)) };
            let revoked = async {
                assert!(llm.wait_for(|counts| counts.started >= call).await);
                app.send(&caller, &Sent::delete(format!("{}/consent", at(&id)))).await.ok();
            };
            let (reply, ()) = future::join(app.send(&caller, &sent), revoked).await;
            if streaming {
                let events = events(&reply.body);
                let last = &events[events.len() - 1];
                assert_eq!((last.name.as_str(), &last.data["code"]), ("error", &json!("consent-required")));
                assert_eq!(last.data["instance"], "request-1");
            } else {
                assert_eq!(reply.code(), "consent-required");
            }
            let items = app.send(&caller, &Sent::get(GENERATIONS)).await.ok()["items"].clone();
            let items = items.as_array().unwrap();
            assert!(items.len() == call && items.iter().all(|item| item["status"] == "failed"), "{items:?}");
        }
    }

    async fn the_last_sentence_is_told_once_the_text_is_stored(engine: Engine) {
        let llm = ScriptedLlm::start(Script::honest().pieces_of(7)).await;
        for model in [true, false] {
            let app = if model { App::start_with_llm(engine, &llm).await } else { App::start(engine).await };
            let caller = caller();
            let id = requests::dietitian(&app, &caller).await;
            let database = app.db.open_api().await;
            let writer = api_db::Tx::tenant(&database, caller.tenant).await.unwrap();
            let now = domain::clock::Clock::now(&*app.clock);
            api_db::consents::revoke(&writer, id.parse().unwrap(), now).await.unwrap();
            let mut body = requests::generation(&id);
            body["variants"] = json!(2);
            let sent = streamed(&body);
            let vouched = vec![(seal::context::HEADER.to_owned(), app.vouch(&caller, &sent))];
            let mut sender = app.connect().await;
            let mut response = sender.send_request(request(&sent, vouched)).await.unwrap();
            let mut seen = String::new();
            // Nothing more comes while it can't be stored.
            while let Ok(frame) = tokio::time::timeout(Duration::from_secs(2), response.body_mut().frame()).await {
                let Some(frame) = frame else { break };
                seen.push_str(&String::from_utf8_lossy(&frame.unwrap().into_data().unwrap()));
            }
            drop(writer);
            let before = events(&seen);
            seen.push_str(&String::from_utf8_lossy(&response.into_body().collect().await.unwrap().to_bytes()));
            let all = events(&seen);
            let made = &all[all.len() - 1];
            assert_eq!(made.name, "completed", "{made:?}");
            for variant in 0..2 {
                let (early, whole) = (told(&before, variant), told(&all, variant));
                assert_eq!(whole, text(&made.data["variants"][variant as usize]["text"]));
                assert!(early.len() > 10 && early.len() < whole.len(), "model: {model}, {early} / {whole}");
            }
        }
    }

    async fn consent_taken_back_cuts_off_the_model_and_asks_it_no_more(engine: Engine) {
        let llm = ScriptedLlm::start(Script::honest().pieces_of(4).slow_pieces(Duration::from_millis(100))).await;
        let app = App::start_with_llm(engine, &llm).await;
        let caller = caller();
        for erased in [false, true] {
            let id = requests::dietitian(&app, &caller).await;
            let (started, cancelled) = (llm.counts().started, llm.counts().cancelled);
            let mut body = requests::generation(&id);
            body["variants"] = json!(3);
            let path = if erased { at(&id) } else { format!("{}/consent", at(&id)) };
            let taken_back = async {
                assert!(llm.wait_for(|counts| counts.started > started).await);
                app.send(&caller, &Sent::delete(path)).await.ok();
            };
            let (reply, ()) = future::join(app.send(&caller, &streamed(&body)), taken_back).await;
            let events = events(&reply.body);
            let code = if erased { "not-found" } else { "consent-required" };
            assert_eq!(events[events.len() - 1].data["code"], code);
            assert!(llm.wait_for(|counts| counts.cancelled == cancelled + 1).await, "{:?}", llm.counts());
            assert_eq!(llm.counts().started, started + 1, "it was asked again");
        }
    }

    async fn consent_that_is_being_taken_back_is_waited_for(engine: Engine) {
        let llm = ScriptedLlm::start(Script::honest()).await;
        let app = App::start_with_llm(engine, &llm).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        let database = app.db.open_api().await;
        let revoking = api_db::Tx::tenant(&database, caller.tenant).await.unwrap();
        let now = domain::clock::Clock::now(&*app.clock);
        api_db::consents::revoke(&revoking, id.parse().unwrap(), now).await.unwrap();
        let sent = Sent::post(GENERATIONS, &requests::generation(&id));
        let (reply, ()) = future::join(app.send(&caller, &sent), async {
            assert!(llm.wait_for(|counts| counts.finished == 1).await, "no text was begun");
            tokio::time::sleep(Duration::from_millis(500)).await;
            revoking.commit().await.unwrap();
        }).await;
        assert_eq!(reply.code(), "consent-required");
        let items = app.send(&caller, &Sent::get(GENERATIONS)).await.ok()["items"].clone();
        assert_eq!((items.as_array().unwrap().len(), &items[0]["status"]), (1, &json!("failed")));
    }

    async fn a_dietitian_removed_meanwhile_is_not_found_any_more(engine: Engine) {
        let llm = ScriptedLlm::start(Script::honest().slow_first_byte(Duration::from_millis(800))).await;
        let app = App::start_with_llm(engine, &llm).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        let sent = Sent::post(GENERATIONS, &requests::generation(&id));
        let removed = async {
            assert!(llm.wait_for(|counts| counts.started >= 1).await);
            app.send(&caller, &Sent::delete(requests::at(&id))).await.ok();
        };
        let (reply, ()) = future::join(app.send(&caller, &sent), removed).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (404, "not-found"));
        assert_eq!(reply.json()["errors"][0]["pointer"], "/dietitian_id");
    }

    async fn a_replay_is_told_as_events_too(engine: Engine) {
        let app = App::start(engine).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        let sent = streamed(&requests::generation(&id)).header("idempotency-key", "a-key-for-a-stream");
        let first = events(&app.send(&caller, &sent).await.body);
        let reply = app.send(&caller, &sent).await;
        assert_eq!(reply.header("idempotency-replayed"), "true");
        let again = events(&reply.body);
        assert_eq!(names(&again), ["created", "completed"]);
        assert_eq!(again[1].data, first[first.len() - 1].data);
        assert_eq!(again[0].data, first[0].data);
    }
}

#[tokio::test]
async fn what_can_not_be_settled_is_logged_once() {
    let llm = ScriptedLlm::start(Script::honest().slow_first_byte(Duration::from_millis(500))).await;
    let app = App::start_with_llm(Engine::Sqlite, &llm).await;
    let caller = caller();
    let id = requests::dietitian(&app, &caller).await;
    let sent = Sent::post(GENERATIONS, &requests::generation(&id))
        .header("idempotency-key", "a-key-that-stays-claimed");
    let (reply, ()) = future::join(app.send(&caller, &sent), async {
        assert!(llm.wait_for(|counts| counts.started == 1).await);
        let mut file = SqliteConnectOptions::new().filename(app.db.file().unwrap()).connect().await.unwrap();
        sqlx::raw_sql("DROP TABLE generations").execute(&mut file).await.unwrap();
    })
    .await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (500, "internal"));
    let tenant = caller.tenant.to_string();
    let count =
        |what: &str| logs().lines().filter(|line| line.contains(what) && line.contains(&tenant)).count();
    assert!(App::eventually(async || count("was not settled") > 0).await, "nothing is logged");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!((count("a generation ended"), count("settled")), (1, 1));
}

#[tokio::test]
async fn a_comment_keeps_the_line_open() {
    let llm = ScriptedLlm::start(Script::honest().slow_first_byte(Duration::from_secs(40))).await;
    let app = App::start_patient(Engine::Sqlite, &llm).await;
    let caller = caller();
    let id = requests::dietitian(&app, &caller).await;
    let sent = streamed(&requests::generation(&id));
    let vouched = vec![(seal::context::HEADER.to_owned(), app.vouch(&caller, &sent))];
    let mut sender = app.connect().await;
    let mut response = sender.send_request(request(&sent, vouched)).await.unwrap();
    let started = tokio::time::Instant::now();
    loop {
        let frame = tokio::time::timeout(Duration::from_secs(20), response.body_mut().frame()).await;
        let data = frame.expect("a comment after 15 s").unwrap().unwrap().into_data().unwrap();
        if data.starts_with(b":") {
            assert!(started.elapsed() >= Duration::from_secs(14));
            return;
        }
    }
}

#[tokio::test]
async fn hanging_up_on_the_composer_meters_nothing() {
    let app = App::start(Engine::Sqlite).await;
    let caller = caller();
    let id = requests::dietitian(&app, &caller).await;
    // It has composed the text before it can be hung up on, or it has not begun: never anything between.
    let database = app.db.open_api().await;
    let writer = api_db::Tx::tenant(&database, caller.tenant).await.unwrap();
    let held = api_db::dietitians::get(&writer, id.parse().unwrap()).await.unwrap();
    api_db::dietitians::update(&writer, &held).await.unwrap();
    let sent = Sent::post(GENERATIONS, &requests::generation(&id));
    let waiting = tokio::time::timeout(Duration::from_secs(1), app.send(&caller, &sent)).await;
    assert!(waiting.is_err(), "it was stored under a writer's lock: {waiting:?}");
    drop(writer);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(app.send(&caller, &Sent::get(USAGE)).await.ok()["items"][0]["generations"], 0);
    assert_eq!(app.send(&caller, &Sent::get(GENERATIONS)).await.ok()["items"], json!([]));
}

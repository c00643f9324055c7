//! One key, one piece of work, one answer.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use serde_json::json;
use testkit::{
    on_both_engines,
    scripted_llm::{Script, ScriptedLlm},
    test_db::Engine,
};

use crate::{
    app::{App, Sent, caller, request},
    requests::{self, CHECKS, DIETITIANS, GENERATIONS, STORE_CONTENT, at},
};

const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

/// Returns what a request is recognised by: SHA-256 of its target and its body's digest.
fn fingerprint(sent: &Sent) -> [u8; 32] {
    let body = sent.body.as_deref().unwrap_or_default();
    let digest = data_encoding::BASE64URL_NOPAD.encode(&seal::digest::sha256(body.as_bytes()));
    seal::digest::sha256(format!("{}\n{digest}", sent.target).as_bytes())
}

on_both_engines! {
    async fn a_repeat_gets_the_stored_answer_on_every_post(engine: Engine) {
        let app = App::start(engine).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        for sent in [
            Sent::post(DIETITIANS, &requests::new_dietitian()),
            Sent::post(format!("{}/samples", at(&id)), &requests::samples()),
            Sent::post(STORE_CONTENT, &requests::story(&id, caller.application)),
            Sent::post(GENERATIONS, &requests::generation(&id)),
            Sent::post(CHECKS, &requests::check()),
        ] {
            let sent = sent.header("idempotency-key", KEY);
            let first = app.send(&caller, &sent).await;
            assert!(first.status.is_success(), "{first:?}");
            assert_eq!(first.header("idempotency-replayed"), "");
            let again = app.send(&caller, &sent).await;
            assert_eq!(again.header("idempotency-replayed"), "true", "{sent:?}");
            assert_eq!((again.status, &again.body), (first.status, &first.body));
            assert_eq!(again.header("location"), first.header("location"));
            assert_eq!(again.header("content-type"), first.header("content-type"));
            assert_eq!(again.header("ai-disclosure"), first.header("ai-disclosure"));

            let other = Sent { body: sent.body.clone().map(|body| format!("{body} ")), ..sent.clone() };
            let refused = app.send(&caller, &other).await;
            assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, "idempotency-key-reused"));
        }
        app.clock.advance(time::Duration::hours(25));
        let sent = Sent::post(CHECKS, &requests::check()).header("idempotency-key", KEY);
        assert_eq!(app.send(&caller, &sent).await.header("idempotency-replayed"), "", "a day is over");
    }

    async fn a_key_is_not_good_for_another_path(engine: Engine) {
        let app = App::start(engine).await;
        let caller = caller();
        let (one, other) =
            (requests::bare_dietitian(&app, &caller).await, requests::bare_dietitian(&app, &caller).await);
        let store = |id: &str, key: &str| {
            Sent::post(format!("{}/samples", at(id)), &requests::samples()).header("idempotency-key", key)
        };
        let first = app.send(&caller, &store(&one, KEY)).await.ok();
        assert_eq!(first["dietitian_id"], one.as_str());
        let refused = app.send(&caller, &store(&other, KEY)).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, "idempotency-key-reused"));
        let stored = app.send(&caller, &store(&other, "another-key-0123456")).await.ok();
        assert_eq!(stored["dietitian_id"], other.as_str());
        let again = app.send(&caller, &store(&one, KEY)).await;
        assert_eq!((again.header("idempotency-replayed"), again.json()), ("true", first));
    }

    async fn fifty_at_once_ask_the_model_once(engine: Engine) {
        let llm = ScriptedLlm::start(Script::honest().slow_first_byte(Duration::from_millis(400))).await;
        let app = Arc::new(App::start_with_llm(engine, &llm).await);
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        let sent = Sent::post(GENERATIONS, &requests::generation(&id)).header("idempotency-key", KEY);
        let replies = join_all((0..50).map(|_| app.send(&caller, &sent))).await;
        let texts: Vec<_> = replies.iter().filter(|reply| reply.status.is_success()).map(|reply| &reply.body).collect();
        assert!(!texts.is_empty() && texts.iter().all(|text| *text == texts[0]));
        for reply in replies.iter().filter(|reply| !reply.status.is_success()) {
            assert_eq!((reply.status.as_u16(), reply.code().as_str()), (409, "idempotency-in-progress"));
            assert_eq!(reply.header("retry-after"), "1");
        }
        let calls = llm.counts().started;
        let usage = app.send(&caller, &Sent::get("/api/v1/usage?to=2027-01-01T00:00:00Z")).await.ok();
        assert_eq!((&usage["items"][0]["generations"], &usage["items"][0]["units"]), (&json!(1), &json!(1)));
        // One answer is one call, or two where the first text had to be repaired.
        assert!((1..=2).contains(&calls), "{calls} calls");
    }

    async fn fifty_at_once_add_one_dietitian(engine: Engine) {
        let app = App::start(engine).await;
        let caller = caller();
        let sent = Sent::post(DIETITIANS, &requests::new_dietitian()).header("idempotency-key", KEY);
        let replies = join_all((0..50).map(|_| app.send(&caller, &sent))).await;
        for reply in &replies {
            assert!(reply.status.is_success() || reply.code() == "idempotency-in-progress", "{reply:?}");
        }
        let fresh = |reply: &&crate::app::Reply| reply.status.is_success() && reply.header("idempotency-replayed").is_empty();
        assert_eq!(replies.iter().filter(fresh).count(), 1);
        assert_eq!(app.send(&caller, &Sent::get(DIETITIANS)).await.ok()["items"].as_array().unwrap().len(), 1);
    }

    async fn of_many_at_once_one_works_and_one_is_stored(engine: Engine) {
        let mut app = App::start(engine).await;
        let caller = caller();
        let id = requests::bare_dietitian(&app, &caller).await;
        // Whoever meets a worker at work is refused: a second one that works would be.
        app.restart_with(1, Duration::ZERO).await;
        let text = format!("So good that you are here. {}", "1 2 3 4,5 ".repeat(390));
        let samples = json!({ "type": "introduction", "language": "en", "texts": vec![text; 20] });
        let mut check = requests::check();
        check["text"] = json!("Hi Joanna! For the next 14 days we aim at 1800 kcal a day. ".repeat(60).trim());
        let path = format!("{}/samples", at(&id));
        for sent in [Sent::post(&path, &samples), Sent::post(CHECKS, &check)] {
            let sent = sent.header("idempotency-key", KEY);
            let replies = join_all((0..20).map(|_| app.send(&caller, &sent))).await;
            let (done, waiting): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status.is_success());
            for reply in waiting {
                assert_eq!((reply.status.as_u16(), reply.code().as_str()), (409, "idempotency-in-progress"));
            }
            let fresh = done.iter().filter(|reply| reply.header("idempotency-replayed").is_empty()).count();
            assert_eq!(fresh, 1);
            assert!(done.iter().all(|reply| reply.body == done[0].body));
        }
        assert_eq!(app.send(&caller, &Sent::get(&path)).await.ok()["items"].as_array().unwrap().len(), 1);
    }

    async fn a_repeat_is_answered_without_work(engine: Engine) {
        let mut app = App::start(engine).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        let requests = [
            Sent::post(format!("{}/samples", at(&id)), &requests::samples()),
            Sent::post(STORE_CONTENT, &requests::story(&id, caller.application)),
            Sent::post(GENERATIONS, &requests::generation(&id)),
            Sent::post(CHECKS, &requests::check()),
        ];
        let mut answers = Vec::new();
        for sent in &requests {
            answers.push(app.send(&caller, &sent.clone().header("idempotency-key", KEY)).await.ok());
        }
        app.restart_with(0, Duration::ZERO).await;
        for (sent, answer) in requests.iter().zip(answers) {
            let repeat = app.send(&caller, &sent.clone().header("idempotency-key", KEY)).await;
            assert_eq!((repeat.header("idempotency-replayed"), repeat.json()), ("true", answer));
            let other = app.send(&caller, &sent.clone().header("idempotency-key", "another-key-0123456")).await;
            assert_eq!((other.status.as_u16(), other.code().as_str()), (503, "overloaded"), "it takes work: {sent:?}");
        }
        // What was refused gave its key back.
        app.restart_with(1, Duration::from_secs(600)).await;
        for sent in &requests {
            let reply = app.send(&caller, &sent.clone().header("idempotency-key", "another-key-0123456")).await;
            assert!(reply.status.is_success() && reply.header("idempotency-replayed").is_empty(), "{reply:?}");
        }
    }

    async fn a_refused_request_leaves_the_key_free(engine: Engine) {
        let app = App::start(engine).await;
        let caller = caller();
        let id = requests::bare_dietitian(&app, &caller).await;
        let sent = Sent::post(GENERATIONS, &requests::generation(&id)).header("idempotency-key", KEY);
        assert_eq!(app.send(&caller, &sent).await.code(), "consent-required");
        app.send(&caller, &requests::put_consent(&id)).await.ok();
        assert_eq!(app.send(&caller, &sent).await.code(), "style-not-ready");
    }

    async fn an_erased_text_is_not_given_again(engine: Engine) {
        let app = App::start(engine).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        let sent = Sent::post(GENERATIONS, &requests::generation(&id)).header("idempotency-key", KEY);
        let made = app.send(&caller, &sent).await;
        app.send(&caller, &Sent::delete(made.header("location"))).await.ok();
        let again = app.send(&caller, &sent).await;
        assert_eq!((again.status.as_u16(), again.code().as_str()), (410, "erased"));
    }

    async fn a_caller_who_hangs_up_leaves_the_key_free(engine: Engine) {
        let llm = ScriptedLlm::start(Script::honest().slow_first_byte(Duration::from_secs(30))).await;
        let app = App::start_with_llm(engine, &llm).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        let sent = Sent::post(GENERATIONS, &requests::generation(&id)).header("idempotency-key", KEY);
        let vouched = vec![(seal::context::HEADER.to_owned(), app.vouch(&caller, &sent))];
        let mut sender = app.connect().await;
        let hung_up = tokio::time::timeout(Duration::from_millis(700), sender.send_request(request(&sent, vouched))).await;
        assert!(hung_up.is_err(), "answered already: {hung_up:?}");
        drop(sender);
        assert!(llm.wait_for(|counts| counts.cancelled == 1).await, "the model goes on writing: {:?}", llm.counts());
        llm.always(Script::honest());
        let free = App::eventually(async || app.send(&caller, &sent).await.status.is_success()).await;
        assert!(free, "the key was not given back");
    }

    async fn hanging_up_at_any_point_meters_once(engine: Engine) {
        let llm = ScriptedLlm::start(Script::honest()).await;
        let app = App::start_with_llm(engine, &llm).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        for point in 0..10_u64 {
            let key = format!("hang-up-at-point-{point}");
            let sent = Sent::post(GENERATIONS, &requests::generation(&id)).header("idempotency-key", key);
            let vouched = vec![(seal::context::HEADER.to_owned(), app.vouch(&caller, &sent))];
            let mut sender = app.connect().await;
            let calls = llm.counts().finished;
            let sending = sender.send_request(request(&sent, vouched));
            let hanging_up = async {
                assert!(llm.wait_for(|counts| counts.finished > calls).await);
                tokio::time::sleep(Duration::from_millis(point * 4)).await;
            };
            tokio::select! { _ = sending => {}, () = hanging_up => {} }
            drop(sender);
            let done = App::eventually(async || app.send(&caller, &sent).await.status.is_success()).await;
            assert!(done, "point {point}");
            let usage = app.send(&caller, &Sent::get("/api/v1/usage?to=2027-01-01T00:00:00Z")).await.ok();
            assert_eq!(usage["items"][0]["units"], point + 1, "point {point}");
            let stored = app.send(&caller, &Sent::get(format!("{GENERATIONS}?limit=100"))).await.ok();
            let items = stored["items"].as_array().unwrap();
            let drafts = items.iter().filter(|item| item["status"] == "draft").count() as u64;
            assert_eq!(drafts, point + 1, "point {point}");
            // What was broken off is metered by itself, once, and without a unit.
            assert!(items.iter().all(|item| item["status"] == "draft" || item["status"] == "failed"));
            assert_eq!(usage["items"][0]["generations"], items.len() as u64, "point {point}");
            assert!(items.len() as u64 <= 2 * (point + 1), "point {point}");
        }
    }

    async fn a_crashed_requests_key_is_free_after_a_restart_or_its_lease(engine: Engine) {
        let llm = ScriptedLlm::start(Script::honest().slow_first_byte(Duration::from_secs(30))).await;
        let mut app = App::start_with_llm(engine, &llm).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        let sent = Sent::post(GENERATIONS, &requests::generation(&id)).header("idempotency-key", KEY);
        // A claim that nobody will give back, as a killed process leaves it.
        let database = app.db.open_api().await;
        let tx = api_db::Tx::tenant(&database, caller.tenant).await.unwrap();
        let now = domain::clock::Clock::now(&*app.clock);
        let attempt = api_db::idempotency::Attempt {
            route: "createGeneration",
            key_digest: &seal::digest::sha256(KEY.as_bytes()),
            body_digest: &fingerprint(&sent),
            lease_until: now + Duration::from_secs(300),
            expires_at: now + Duration::from_secs(86_400),
            now,
        };
        api_db::idempotency::claim(&tx, &attempt).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(app.send(&caller, &sent).await.code(), "idempotency-in-progress");
        llm.always(Script::honest());
        match engine {
            Engine::Sqlite => app.restart().await,
            // Another instance may be at work there: its claim stands until its lease is over.
            Engine::Postgres => app.clock.advance(time::Duration::seconds(301)),
        }
        let reply = app.send(&caller, &sent).await;
        assert!(reply.status.is_success(), "{reply:?}");
    }
}

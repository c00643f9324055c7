//! Threats A5 and A8: another tenant's things are as absent as things that never were.

use domain::caller::Caller;
use http::Method;
use serde_json::{Value, json};
use testkit::{on_both_engines, test_db::Engine};

use crate::{
    app::{App, Reply, Sent, caller, unknown_id},
    requests::{self, CHECKS, GENERATIONS, Stock, at},
};

/// Every operation on an id, for things of one's own or another's.
fn by_id(stock: &Stock) -> Vec<Sent> {
    let dietitian = at(&stock.dietitian);
    let style = format!("{dietitian}/style?type=introduction&language=en");
    let set = format!("{dietitian}/samples/{}", stock.samples);
    let generation = format!("{GENERATIONS}/{}", stock.generation);
    let mut check = requests::check();
    check["dietitian_id"] = json!(stock.dietitian);
    let send = |method: Method, target: &str, body: Value| {
        Sent::new(method, target, Some(body.to_string())).header("if-match", "\"1\"")
    };
    vec![
        Sent::get(&dietitian),
        send(Method::PATCH, &dietitian, json!({ "status": "paused" })),
        Sent::get(format!("{dietitian}/consent")),
        requests::put_consent(&stock.dietitian),
        Sent::get(format!("{dietitian}/samples")),
        send(Method::POST, &format!("{dietitian}/samples"), requests::samples()),
        Sent::get(&set),
        Sent::get(&style),
        send(Method::PATCH, &style, json!({ "card": { "lines": [] } })),
        Sent::post(GENERATIONS, &requests::generation(&stock.dietitian)),
        Sent::post(CHECKS, &check),
        Sent::get(&generation),
        Sent::delete(&set),
        Sent::delete(&generation),
        Sent::delete(format!("{dietitian}/consent")),
        Sent::delete(&dietitian),
    ]
}

/// Returns the answer without what differs from request to request.
fn comparable(reply: &Reply) -> (u16, Value, Vec<String>) {
    let mut body = reply.json();
    body["instance"].take();
    let mut names: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
    names.sort();
    (reply.status.as_u16(), body, names)
}

on_both_engines! {
    async fn foreign_ids_answer_as_absent_ones(engine: Engine) {
        let app = App::start(engine).await;
        let (owner, stranger) = (caller(), caller());
        let owned = requests::stock(&app, &owner).await;
        let absent = Stock { dietitian: unknown_id(), samples: unknown_id(), generation: unknown_id() };
        for (foreign, nothing) in by_id(&owned).iter().zip(&by_id(&absent)) {
            let (foreign_reply, absent_reply) = (app.send(&stranger, foreign).await, app.send(&stranger, nothing).await);
            assert_eq!(foreign_reply.code(), "not-found", "{foreign:?}");
            assert_eq!(comparable(&foreign_reply), comparable(&absent_reply), "{foreign:?}");
        }
        for sent in by_id(&owned).iter().filter(|sent| sent.method == Method::GET) {
            assert!(app.send(&owner, sent).await.status.is_success(), "{sent:?} was changed by a stranger");
        }
    }

    async fn a_set_of_another_dietitian_of_mine_is_not_found_under_this_one(engine: Engine) {
        let app = App::start(engine).await;
        let caller = caller();
        let (one, other) = (requests::stock(&app, &caller).await, requests::bare_dietitian(&app, &caller).await);
        let path = format!("{}/samples/{}", at(&other), one.samples);
        assert_eq!(app.send(&caller, &Sent::get(&path)).await.code(), "not-found");
        assert_eq!(app.send(&caller, &Sent::delete(&path)).await.code(), "not-found");
    }

    async fn lists_and_sums_hold_ones_own_only(engine: Engine) {
        let app = App::start(engine).await;
        let (owner, stranger) = (caller(), caller());
        let owned = requests::stock(&app, &owner).await;
        for target in ["/api/v1/dietitians".to_owned(), format!("{GENERATIONS}?dietitian_id={}", owned.dietitian), GENERATIONS.to_owned()] {
            assert_eq!(app.send(&stranger, &Sent::get(target)).await.ok()["items"], json!([]));
        }
        let usage = app.send(&stranger, &Sent::get("/api/v1/usage?to=2027-01-01T00:00:00Z")).await.ok();
        assert_eq!(usage["items"][0]["generations"], 0);
    }

    async fn one_tenants_idempotency_key_is_free_for_another(engine: Engine) {
        let app = App::start(engine).await;
        let send = async |caller: &Caller| {
            let sent = Sent::post(requests::DIETITIANS, &json!({ "external_ref": "d", "display_name": "D", "languages": ["en"] }));
            app.send(caller, &sent.header("idempotency-key", "the-same-key-for-both")).await
        };
        let (one, other) = (caller(), caller());
        let (first, second) = (send(&one).await.ok(), send(&other).await);
        assert_eq!(second.header("idempotency-replayed"), "");
        assert_ne!(first["id"], second.ok()["id"]);
    }
}

/// Returns the statements that PostgreSQL logged from byte `from` on, without their parameters, and how long the log is.
fn statements(log: &std::path::Path, from: usize) -> (Vec<String>, usize) {
    let log = std::fs::read(log).unwrap();
    let text = String::from_utf8_lossy(&log[from..]).into_owned();
    let statement = |line: &str| {
        let (_, said) = line.split_once("LOG:  ")?;
        let (kind, statement) = said.split_once(": ")?;
        // A transaction that is dropped is rolled back after the answer.
        let counts = (kind == "statement" || kind.starts_with("execute")) && statement != "ROLLBACK";
        counts.then(|| statement.to_owned())
    };
    (text.lines().filter_map(statement).collect(), log.len())
}

#[tokio::test]
async fn foreign_and_absent_ids_run_the_same_statements() {
    let mut app = App::start(Engine::Postgres).await;
    let (owner, stranger) = (caller(), caller());
    let owned = requests::stock(&app, &owner).await;
    requests::stock(&app, &stranger).await;
    let absent = Stock { dietitian: unknown_id(), samples: unknown_id(), generation: unknown_id() };
    let (cluster, database) = app.db.cluster().unwrap();
    let log = cluster.ca_file().parent().unwrap().join("log");
    let mut superuser = cluster.superuser(database).await.unwrap();
    let all = format!("ALTER DATABASE \"{database}\" SET log_statement = 'all'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(all)).execute(&mut superuser).await.unwrap();
    app.restart().await;
    app.send(&stranger, &Sent::get("/api/v1/dietitians")).await.ok();
    // What the role does by itself when it starts is over by then.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    for (foreign, nothing) in by_id(&owned).iter().zip(&by_id(&absent)) {
        let mut ran = Vec::new();
        for sent in [foreign, nothing] {
            let (_, from) = statements(&log, 0);
            assert_eq!(app.send(&stranger, sent).await.code(), "not-found");
            ran.push(statements(&log, from).0);
        }
        assert!(ran[0].len() > 2, "{foreign:?} ran {ran:?}");
        assert_eq!(ran[0], ran[1], "{foreign:?}");
    }
}

//! Attacks a started gateway with the corpora and the floods, and measures a client that behaves: for `cargo xtask attack`.
//!
//! `attack corpus|floods|probe ADDRESS NAME AUTHORITY_FILE KEY_FILE [SECONDS [OTHER_KEY_FILE]]` prints one JSON object a line.

use std::{io, io::Write as _, time::Duration};

use serde_json::{Value, json};
use testkit::hostile::{
    Target,
    corpus::{self, Fill},
    flood::FLOODS,
    http2::{Connection, Outcome, headers, plain},
};
use tokio::time::{Instant, sleep, timeout};

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, address, name, authority, key, rest @ ..] = arguments.as_slice() else {
        return Err(io::Error::other(
            "attack corpus|floods|probe ADDRESS NAME AUTHORITY_FILE KEY_FILE [SECONDS [OTHER_KEY_FILE]]",
        ));
    };
    let address = address.parse().map_err(io::Error::other)?;
    let target = Target::new(address, name, &std::fs::read_to_string(authority)?)?;
    let key = std::fs::read_to_string(key)?.trim().to_owned();
    let seconds = rest.first().and_then(|seconds| seconds.parse().ok()).unwrap_or(5);
    match what.as_str() {
        "corpus" => send_corpus(&target, &key).await,
        "floods" => {
            let other = rest.get(1).map(std::fs::read_to_string).transpose()?.unwrap_or_else(|| key.clone());
            flood(&target, &key, other.trim()).await
        }
        "probe" => say(&probe(&target, &key, Duration::from_secs(seconds)).await),
        other => Err(io::Error::other(format!("no attack `{other}`"))),
    }
}

/// What stands in a body that the running system serves.
const BODY: &str = r#"{"type":"introduction","language":"en","text":"Hi Joanna! For the next 14 days we aim at 1800 kcal a day.","client":{"slots":{"first_name":"Joanna"}},"facts":{"plan_days":14,"numbers":[{"id":"energy","unit":"kcal","value":"1800"}]}}"#;

async fn send_corpus(target: &Target, key: &str) -> io::Result<()> {
    let fill = Fill { key, post: "/api/v1/checks", body: BODY };
    for attack in corpus::http1(fill) {
        let wrong = attack.replay(target).await?;
        say(&json!({"protocol": "HTTP/1.1", "attack": attack.name, "wrong": wrong}))?;
    }
    for attack in corpus::http2(fill) {
        let wrong = attack.replay(target).await?;
        say(&json!({"protocol": "HTTP/2", "attack": attack.name, "wrong": wrong}))?;
    }
    Ok(())
}

async fn flood(target: &Target, key: &str, other: &str) -> io::Result<()> {
    for flood in FLOODS {
        let others = probe(target, other, Duration::from_secs(3));
        let (flooded, others) = tokio::join!(flood.run(target, key, ROUNDS), others);
        let flooded = flooded?;
        say(&json!({
            "flood": flood.name, "must_be_cut": flood.is_cut, "ended": flooded.ended, "sent": flooded.sent,
            "of": flooded.of, "received": flooded.received, "seconds": flooded.took.as_secs_f64(), "others": others,
        }))?;
    }
    Ok(())
}

/// As many as show whether there is an end to it.
const ROUNDS: u32 = 100_000;

/// Asks twenty times a second, each tenth time over a connection of its own. Returns what that took, in milliseconds.
async fn probe(target: &Target, key: &str, duration: Duration) -> Value {
    let since = Instant::now();
    let mut taken = Vec::new();
    let mut failed = 0;
    let mut kept = None;
    let mut stream = 1;
    while since.elapsed() < duration {
        if taken.len() % 10 == 0 {
            kept = None;
        }
        let asked = Instant::now();
        let answer = async {
            let mut connection = match kept.take() {
                Some(connection) => connection,
                None => {
                    stream = 1;
                    Connection::open(target, &[]).await.ok()?
                }
            };
            connection.send(&headers(stream, &plain(Some(key)), true)).await.ok()?;
            stream += 2;
            (connection.outcome(stream - 2).await == Outcome::Served).then_some(connection)
        };
        match timeout(Duration::from_secs(10), answer).await {
            Ok(Some(connection)) => kept = Some(connection),
            _ => failed += 1,
        }
        taken.push(asked.elapsed().as_secs_f64() * 1_000.0);
        sleep(Duration::from_millis(50).saturating_sub(asked.elapsed())).await;
    }
    taken.sort_by(f64::total_cmp);
    let at =
        |share: usize| taken.get(taken.len().saturating_sub(1) * share / 100).copied().unwrap_or_default();
    json!({"requests": taken.len(), "failed": failed, "p50_ms": at(50), "p99_ms": at(99), "max_ms": at(100)})
}

fn say(value: &Value) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{value}")
}

//! Limits that two gateways count together through a real store (decision 0016): exact within the bound while it
//! answers, each its share when it is slow, gone or lying, and never an error because of it (threat A6).

use std::{net::SocketAddr, sync::Arc, time::Duration};

use domain::{policy::RequestLimit, scope::Scopes};
use gateway::config;
use seal::api_key::PlainKey;
use serve::config::Settings;
use testkit::valkey::Valkey;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::harness::{PLENTY, Served, World, within};

const fn limit(requests: u32) -> RequestLimit {
    RequestLimit { requests, window_seconds: 60 }
}

/// A world whose gateways share the store at `store`, and are patient: tests run on slow machines.
async fn world(store: SocketAddr) -> World {
    world_with(store, "1000", None).await
}

async fn world_with(store: SocketAddr, millis: &'static str, password: Option<&'static str>) -> World {
    let mut world = World::new().await;
    let pepper = world.path("pepper").display().to_string();
    let password = password.map(|password| {
        let path = world.path("store.password");
        std::fs::write(&path, password).unwrap();
        path.display().to_string()
    });
    world.change = Box::new(move |config| {
        let mut settings = Settings::new([]);
        settings.set(&config::STORE_URL, format!("redis://{store}"));
        settings.set(&config::STORE_MILLIS, millis);
        settings.set(&config::KEY_PEPPER_FILE, pepper.clone());
        if let Some(password) = &password {
            settings.set(&config::STORE_PASSWORD_FILE, password.clone());
        }
        config.sharing = config::Sharing::from_settings(&mut settings);
        settings.finish(config::VARIABLES).unwrap();
    });
    world
}

impl Served {
    /// Waits until the gateway counts together with others, or no longer does.
    async fn together(&self, expected: bool) {
        let up = format!("anp_gateway_limit_store_up {}", u8::from(expected));
        within(async {
            while !self.told("/metrics").await.body.lines().any(|line| line == up) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    }

    /// Returns the value of the first series whose name begins with `name`.
    pub(crate) async fn series_of(&self, name: &str) -> f64 {
        let told = self.told("/metrics").await;
        let line = told.body.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
        line.rsplit_once(' ').unwrap().1.parse().unwrap()
    }

    /// Asks `times` times, and returns how many were let in. Anything but 200 and 429 fails the test.
    async fn let_in(&self, key: &PlainKey, times: usize) -> usize {
        let mut admitted = 0;
        for _ in 0..times {
            let answer = self.client.get("/api/v1/me", key).await;
            match answer.status.as_u16() {
                200 => admitted += 1,
                429 => {
                    assert_eq!(answer.problem().1, "rate-limited");
                    assert!(answer.header("ratelimit").contains(";r=0;"));
                    assert!(answer.header("retry-after").parse::<u64>().unwrap() <= 60);
                }
                other => panic!("{other}: {answer:?}"),
            }
        }
        admitted
    }
}

#[tokio::test]
async fn two_gateways_keep_to_one_limit_within_the_bound() {
    let store = Valkey::start().await.unwrap();
    let world = world(store.address()).await;
    let key = world.key(world.tenant(limit(40), PLENTY), Scopes::all());
    let (one, other) = (world.start().await, world.start().await);
    one.together(true).await;
    other.together(true).await;
    let (first, second) = tokio::join!(one.let_in(&key, 60), other.let_in(&key, 60));
    // The limit, and the slack of one other gateway: 40 / (10 * 2).
    assert!((40..=42).contains(&(first + second)), "{first} + {second}");
    // Who is asked next window knows nothing of the last.
    world.clock.advance(60);
    assert_eq!(one.let_in(&key, 1).await, 1);
    // Nothing in the store tells whom it is about.
    let names = store.ask("KEYS *").unwrap();
    assert!(!names.contains(key.id()) && !names.contains("127.0.0.1"), "{names}");
}

#[tokio::test]
async fn what_one_gateway_let_in_the_other_knows() {
    let store = Valkey::start().await.unwrap();
    let world = world(store.address()).await;
    let key = world.key(world.tenant(limit(30), PLENTY), Scopes::all());
    let (one, other) = (world.start().await, world.start().await);
    one.together(true).await;
    other.together(true).await;
    assert_eq!(one.let_in(&key, 40).await, 30);
    // The other has not heard of it yet, and lets in its slack at most: 30 / (10 * 2), rounded up.
    assert!(other.let_in(&key, 40).await <= 2);
    // A gateway that is started anew hears of it as well.
    let again = world.start().await;
    again.together(true).await;
    assert!(again.let_in(&key, 40).await <= 2);
}

#[tokio::test]
async fn when_the_store_is_killed_each_gateway_keeps_to_its_share_and_nobody_gets_an_error() {
    let store = Valkey::start().await.unwrap();
    let world = world_with(store.address(), "250", None).await;
    let key = world.key(world.tenant(limit(30), PLENTY), Scopes::all());
    let (one, other) = (world.start().await, world.start().await);
    one.together(true).await;
    other.together(true).await;
    let address = store.kill();
    let (first, second) = tokio::join!(one.let_in(&key, 40), other.let_in(&key, 40));
    assert_eq!((first, second), (15, 15));
    one.together(false).await;
    // Once it is back, so is the one limit, and what was let in meanwhile is known to the others.
    let _store = Valkey::start_at(address, "").await.unwrap();
    one.together(true).await;
    other.together(true).await;
    assert!(one.let_in(&key, 10).await + other.let_in(&key, 10).await <= 4);
}

#[tokio::test]
async fn a_store_that_is_too_slow_costs_a_request_no_more_than_its_deadline() {
    let store = Valkey::start().await.unwrap();
    let world = world_with(store.address(), "250", None).await;
    let key = world.key(world.tenant(limit(30), PLENTY), Scopes::all());
    let served = world.start().await;
    served.together(true).await;
    store.pause().unwrap();
    let started = std::time::Instant::now();
    assert_eq!(served.let_in(&key, 40).await, 15);
    // One request waited; the others found the gateway on its own.
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    served.together(false).await;
    assert!(served.series_of("anp_gateway_limit_store_exchanges_total{outcome=\"slow\"}").await >= 1.0);
    store.resume().unwrap();
    served.together(true).await;
    assert_eq!(served.let_in(&key, 40).await, 15);
}

#[tokio::test]
async fn a_store_that_was_never_there_lets_nobody_have_more_than_the_share() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let world = world(free).await;
    let key = world.key(world.tenant(limit(9), PLENTY), Scopes::all());
    let served = world.start().await;
    assert_eq!(served.let_in(&key, 20).await, 4);
    assert!(
        served.series_of("anp_gateway_limit_store_exchanges_total{outcome=\"unreachable\"}").await >= 1.0
    );
}

#[tokio::test]
async fn a_store_that_wants_a_password_gets_it_from_its_file() {
    let store = Valkey::start_with("requirepass only-for-tests").await.unwrap();
    let with = world_with(store.address(), "1000", Some("only-for-tests\n")).await;
    with.start().await.together(true).await;
    let without = world(store.address()).await;
    let key = without.key(without.tenant(limit(8), PLENTY), Scopes::all());
    assert_eq!(without.start().await.let_in(&key, 10).await, 4);
}

/// A store of the test's making: `answer` is asked with what came, and says what goes back.
async fn scripted(answer: impl Fn(&[Vec<u8>]) -> Vec<u8> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                let mut pending = Vec::new();
                let mut chunk = [0; 65_536];
                while let Ok(read @ 1..) = stream.read(&mut chunk).await {
                    pending.extend_from_slice(&chunk[..read]);
                    while let Some((words, length)) = command(&pending) {
                        pending.drain(..length);
                        if stream.write_all(&answer(&words)).await.is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
    address
}

/// Returns the first command in `bytes`, and how long it is.
fn command(bytes: &[u8]) -> Option<(Vec<Vec<u8>>, usize)> {
    let line = |from: usize| {
        let end = bytes[from..].windows(2).position(|pair| pair == b"\r\n")?;
        let number = std::str::from_utf8(&bytes[from + 1..from + end]).unwrap().parse::<usize>().unwrap();
        Some((number, from + end + 2))
    };
    let (count, mut at) = line(0)?;
    let mut words = Vec::new();
    for _ in 0..count {
        if at >= bytes.len() {
            return None;
        }
        let (length, start) = line(at)?;
        words.push(bytes.get(start..start + length)?.to_vec());
        at = start + length + 2;
    }
    (at <= bytes.len()).then_some((words, at))
}

fn bulk(bytes: &[u8]) -> Vec<u8> {
    [format!("${}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// What a lying store answers to the question what stands under a name, after it was given the last value.
type Lie = fn(written: &[u8]) -> Vec<u8>;

async fn lying(lie: Lie) -> SocketAddr {
    let written = std::sync::Mutex::new(Vec::new());
    scripted(move |words| match &words[0][..] {
        b"HSET" => {
            written.lock().unwrap().clone_from(&words[3]);
            b":1\r\n".to_vec()
        }
        b"PEXPIRE" => b":1\r\n".to_vec(),
        b"HVALS" => lie(&written.lock().unwrap()),
        _ => b"+OK\r\n".to_vec(),
    })
    .await
}

#[tokio::test]
async fn a_store_that_lies_neither_lifts_a_limit_nor_shuts_anybody_out() {
    let own_only: Lie = |written| [b"*1\r\n".to_vec(), bulk(written)].concat();
    let huge: Lie = |written| {
        let mut forged = written.to_vec();
        forged[0] ^= 1;
        forged[8..16].copy_from_slice(&u64::MAX.to_be_bytes());
        [b"*2\r\n".to_vec(), bulk(written), bulk(&forged)].concat()
    };
    let nothing: Lie = |_| b"*0\r\n".to_vec();
    let something_else: Lie = |_| b"*1\r\n$40\r\n0123456789012345678901234567890123456789\r\n".to_vec();
    let error: Lie = |_| b"-OOM command not allowed\r\n".to_vec();
    let no_answer: Lie = |_| b":7\r\n".to_vec();
    let garbage: Lie = |_| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec();
    let endless: Lie = |_| [b"$900000000\r\n".to_vec(), vec![b'x'; 6_000_000]].concat();
    for (name, lie, expected) in [
        // What cannot be told from others being idle: this gateway counts for itself, and no further.
        ("others are hidden", own_only, 20),
        ("a count is made up", huge, 20),
        // Everything else is no answer, and the share holds.
        ("nothing is kept", nothing, 10),
        ("another value", something_else, 10),
        ("an error", error, 10),
        ("another type", no_answer, 10),
        ("no such protocol", garbage, 10),
        ("too much of it", endless, 10),
    ] {
        let world = world_with(lying(lie).await, "500", None).await;
        let key = world.key(world.tenant(limit(20), PLENTY), Scopes::all());
        let served = world.start().await;
        if expected == 20 {
            served.together(true).await;
        }
        assert_eq!(served.let_in(&key, 30).await, expected, "{name}");
    }
}

//! The policy feed: who gets it, how soon, and what is in it (threats A1, A7).

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use control_plane::{keys, tenants};
use domain::policy::PolicySnapshot;
use reqwest::Client;
use seal::{
    entropy::SystemEntropy,
    pki::{API_NAME, Authority, CONTROL_PLANE_NAME, GATEWAY_NAME, Usage},
    policy::{Digest, Index, divide},
};
use testkit::{on_both_engines, test_db::Engine};

use crate::running::{Running, client, identity, identity_until, now};

async fn policy(running: &Running, gateway: &Client, query: &str) -> PolicySnapshot {
    let response = gateway.get(running.feed(query)).send().await.unwrap();
    assert_eq!(response.status(), 200);
    whole(running, gateway, &response.text().await.unwrap()).await
}

/// Fetches the pages that `token` names, as a gateway that has none.
async fn whole(running: &Running, gateway: &Client, token: &str) -> PolicySnapshot {
    let Index { version, issued_at, tenants, keys, limits } =
        Index::open(&running.policy_key, token).unwrap();
    let page = async |digest: &Digest| {
        let response = gateway.get(running.feed(&format!("/pages/{digest}"))).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.bytes().await.unwrap()
    };
    let mut policy = PolicySnapshot { version, issued_at, tenants: Vec::new(), keys: Vec::new(), limits };
    for digest in &tenants {
        policy.tenants.extend(seal::policy::open_tenants(&page(digest).await, *digest).unwrap());
    }
    for digest in &keys {
        policy.keys.extend(seal::policy::open_keys(&page(digest).await, *digest).unwrap());
    }
    policy
}

on_both_engines! {
    async fn a_waiting_gateway_gets_a_change_at_once(engine: Engine) {
        let running = Running::start(engine).await;
        let gateway = running.client(Some(GATEWAY_NAME));
        let first = policy(&running, &gateway, "").await;
        let query = format!("?after={}", first.version);
        let waiting = policy(&running, &gateway, &query);
        let change = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            tenants::add(&running.database, "Planner", now(), &SystemEntropy).await.unwrap()
        };
        let (second, tenant) = tokio::join!(waiting, change);
        assert!(second.version > first.version);
        assert_eq!(second.tenants[0].id, tenant.id);
    }
}

#[tokio::test]
async fn only_the_gateways_certificate_gets_a_connection() {
    let running = Running::start(Engine::Sqlite).await;
    let (rogue, stored) = Authority::generate(now()).unwrap();
    let foreign = identity(&rogue, &[GATEWAY_NAME], Usage::Client);
    let server_only = identity(&running.authority, &[GATEWAY_NAME], Usage::Server);
    let authority = &running.authority_pem;
    let minute = time::Duration::minutes(1);
    let ended = identity_until(&running.authority, &[GATEWAY_NAME], Usage::Client, now() - minute);
    for (who, client) in [
        ("nobody", running.client(None)),
        ("the control plane", running.client(Some(CONTROL_PLANE_NAME))),
        ("the API application", running.client(Some(API_NAME))),
        ("another authority's gateway", client(authority, Some(&foreign))),
        ("a server's certificate", client(authority, Some(&server_only))),
        ("a certificate that has ended", client(authority, Some(&ended))),
        ("who trusts another authority", client(&stored.certificate_pem, Some(&foreign))),
    ] {
        assert!(client.get(running.feed("")).send().await.is_err(), "{who} got in");
    }
    let gateway = running.client(Some(GATEWAY_NAME));
    assert_eq!(gateway.get(running.feed("")).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_connection_ends_with_the_certificate_that_opened_it() {
    let running = Running::start(Engine::Sqlite).await;
    // On a slow machine a short certificate may have ended before the handshake.
    for seconds in [2, 4, 8, 16] {
        let ends = now() + time::Duration::seconds(seconds);
        let identity = identity_until(&running.authority, &[GATEWAY_NAME], Usage::Client, ends);
        let gateway = client(&running.authority_pem, Some(&identity));
        let Ok(first) = gateway.get(running.feed("")).send().await else { continue };
        assert_eq!(first.status(), 200);
        drop(first.text().await.unwrap());
        // The client keeps the connection, and asks on it for as long as the server does.
        while gateway.get(running.feed("")).send().await.is_ok() {
            assert!(now() < ends + time::Duration::seconds(20), "it goes on after the end");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        // A certificate's times are whole seconds.
        assert!(now() >= ends - time::Duration::SECOND, "it ended before its certificate");
        return;
    }
    panic!("no certificate lived for long enough");
}

#[tokio::test]
async fn an_unknown_parameter_is_refused() {
    let running = Running::start(Engine::Sqlite).await;
    let gateway = running.client(Some(GATEWAY_NAME));
    assert_eq!(gateway.get(running.feed("?since=1")).send().await.unwrap().status(), 400);
    assert_eq!(gateway.get(running.feed("?after=-1")).send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn a_revoked_key_stays_in_the_policy_as_revoked() {
    let running = Running::start(Engine::Sqlite).await;
    let gateway = running.client(Some(GATEWAY_NAME));
    let tenant = tenants::add(&running.database, "Planner", now(), &SystemEntropy).await.unwrap();
    let app = control_plane::applications::add(&running.database, tenant.id, "Web", now(), &SystemEntropy);
    let new = keys::NewKey {
        application: app.await.unwrap().id,
        environment: domain::policy::Environment::Live,
        scopes: domain::scope::Scopes::all(),
        lifetime: Some(time::Duration::days(1)),
        networks: Vec::new(),
    };
    let pepper = seal::api_key::Pepper::new(&[1; 32]).unwrap();
    let at = domain::clock::from_unix(1_799_999_000);
    let issued = keys::issue(&running.database, &pepper, new, at, &SystemEntropy).await.unwrap();
    keys::revoke(&running.database, &issued.key.id, at).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let policy = policy(&running, &gateway, "").await;
    assert!(policy.keys.iter().any(|key| key.id == issued.key.id && key.revoked));
}

#[tokio::test]
async fn a_page_that_is_not_of_the_newest_policy_is_not_there() {
    let running = Running::start(Engine::Sqlite).await;
    let gateway = running.client(Some(GATEWAY_NAME));
    for name in [&*Digest::of(b"another").to_string(), "x", "..%2F..%2Fetc%2Fpasswd"] {
        let page = gateway.get(running.feed(&format!("/pages/{name}"))).send().await.unwrap();
        assert_eq!(page.status(), 404, "{name}");
    }
}

/// Asks as a gateway that holds `version` with `content`, and returns the policy that comes at once, if any.
async fn ask(
    running: &Running,
    gateway: &Client,
    version: u64,
    content: &PolicySnapshot,
) -> Option<PolicySnapshot> {
    let held = divide(&PolicySnapshot { version, ..content.clone() }).0.fingerprint();
    let request = gateway.get(running.feed(&format!("?after={version}")));
    let request = request.header("if-none-match", format!("\"{held}\"")).timeout(Duration::from_secs(1));
    let response = request.send().await.ok()?;
    assert_eq!(response.status(), 200);
    Some(whole(running, gateway, &response.text().await.unwrap()).await)
}

#[tokio::test]
async fn a_gateway_with_what_this_database_does_not_know_is_answered_until_an_operator_advances_the_version()
{
    let lines = Lines::start();
    let running = Running::start(Engine::Sqlite).await;
    let gateway = running.client(Some(GATEWAY_NAME));
    tenants::add(&running.database, "Planner", now(), &SystemEntropy).await.unwrap();
    let ours = async {
        loop {
            let ours = policy(&running, &gateway, "").await;
            if !ours.tenants.is_empty() {
                return ours;
            }
        }
    };
    let ours = ours.await;
    // The same policy, whenever it was issued: nothing is new, nothing is said.
    let reissued = PolicySnapshot { issued_at: 1, ..ours.clone() };
    assert_eq!(ask(&running, &gateway, ours.version, &reissued).await, None);
    assert!(!lines.text().contains("policy advance"));
    // The same version with other content, and a newer version: from before a restore.
    let other = PolicySnapshot { tenants: Vec::new(), ..ours.clone() };
    assert_eq!(ask(&running, &gateway, ours.version, &other).await.as_ref(), Some(&ours));
    let newer = ours.version + 5;
    assert_eq!(ask(&running, &gateway, newer, &other).await.as_ref(), Some(&ours));
    let said = format!("nutrition-pro policy advance --above {}", ours.version);
    assert_eq!(lines.text().matches("policy advance").count(), 1, "{}", lines.text());
    assert!(lines.text().contains(&said), "{}", lines.text());

    let version = control_plane::policy::advance(&running.database, newer).await.unwrap();
    let query = format!("?after={newer}");
    let taken = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let taken = policy(&running, &gateway, &query).await;
            if taken.version == version {
                return taken;
            }
        }
    });
    assert_eq!(taken.await.unwrap().tenants, ours.tenants);
}

/// What the process logs.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn start() -> Self {
        let lines = Self::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
        tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
        lines
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

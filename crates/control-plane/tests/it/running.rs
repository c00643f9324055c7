//! A running control plane on real sockets.

use std::{net::SocketAddr, sync::Arc};

use control_db::Database;
use control_plane::{Listeners, config::Config, messenger::Settings};
use domain::clock::from_unix;
use reqwest::Client;
use seal::{
    entropy::SystemEntropy,
    pki::{Authority, CONTROL_PLANE_NAME, CertifiedKey, Usage},
    token::{SigningKey, VerifyingKey},
};
use serve::{
    files::Files,
    shown::Shown,
    tls::{self, Identity},
    trust::Authorities,
};
use testkit::{
    fixed::FixedClock,
    test_db::{Engine, TestDb},
};
use time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A document with one operation whose texts try to be markup.
pub(crate) const OPENAPI: &str = r#"{
  "openapi": "3.1.0", "info": { "title": "API", "version": "1", "description": "<script>alert(1)</script>" },
  "tags": [{ "name": "Things" }],
  "paths": { "/api/v1/things": { "get": { "tags": ["Things"], "operationId": "listThings", "summary": "Lists <b>things</b>",
    "x-scope": "any", "responses": { "200": { "description": "things" } } } } }
}"#;

pub(crate) struct Running {
    pub(crate) database: Database,
    pub(crate) pages: SocketAddr,
    pub(crate) feed: SocketAddr,
    pub(crate) operations: SocketAddr,
    pub(crate) authority: Authority,
    pub(crate) authority_pem: String,
    pub(crate) policy_key: VerifyingKey,
    pub(crate) test_db: TestDb,
    _stop: DropGuard,
}

/// The moment of the certificates: the test machine's own, since TLS looks at the real clock.
pub(crate) fn now() -> domain::Timestamp {
    use domain::clock::Clock as _;
    serve::clock::SystemClock.now()
}

impl Running {
    pub(crate) async fn start(engine: Engine) -> Self {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let (authority, stored) = Authority::generate(now()).unwrap();
        let signing_key = SigningKey::from_seed(&*SigningKey::new_seed(&SystemEntropy)).unwrap();
        let policy_key = signing_key.verifying_key();
        let listeners = Listeners {
            pages: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            feed: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            authority: None,
            operations: TcpListener::bind("127.0.0.1:0").await.unwrap(),
        };
        let operations = listeners.operations.local_addr().unwrap();
        let (pages, feed) = (listeners.pages.local_addr().unwrap(), listeners.feed.local_addr().unwrap());
        let config = Config {
            addr: pages,
            feed_addr: feed,
            operations,
            shown: shown(&authority, &["127.0.0.1"]),
            internal: shown(&authority, &[CONTROL_PLANE_NAME, "127.0.0.1"]),
            authorities: Authorities::new(&stored.certificate_pem).unwrap(),
            files: Files::default(),
            authority: None,
            is_internal_from_file: true,
            signing_key,
            webhooks: Settings { key: None, authorities: None, networks: Vec::new() },
            database: test_db.service(),
        };
        let stop = CancellationToken::new();
        let clock = Arc::new(FixedClock::new(from_unix(1_800_000_000)));
        let role = control_plane::run(config, database.clone(), OPENAPI, clock, listeners, stop.clone());
        tokio::spawn(async move { role.await.expect("the settings are good") });
        let authority_pem = stored.certificate_pem;
        Self {
            database,
            pages,
            feed,
            operations,
            authority,
            authority_pem,
            policy_key,
            test_db,
            _stop: stop.drop_guard(),
        }
    }

    /// Returns a client that shows a certificate for `name`, issued by this authority, or none.
    pub(crate) fn client(&self, name: Option<&str>) -> Client {
        client(
            &self.authority_pem,
            name.map(|name| identity(&self.authority, &[name], Usage::Client)).as_ref(),
        )
    }

    pub(crate) fn page(&self, path: &str) -> String {
        format!("https://{}{path}", self.pages)
    }

    pub(crate) fn feed(&self, query: &str) -> String {
        format!("https://{}/policy{query}", self.feed)
    }
}

fn shown(authority: &Authority, names: &[&str]) -> Arc<Shown> {
    // In its time by the machine's clock, which TLS looks at, and by the role's.
    let ends = now().max(from_unix(1_800_000_000)) + Duration::hours(1);
    Shown::new(&identity_until(authority, names, Usage::Server, ends)).unwrap()
}

pub(crate) fn identity(authority: &Authority, names: &[&str], usage: Usage) -> Identity {
    identity_until(authority, names, usage, now() + Duration::hours(1))
}

pub(crate) fn identity_until(
    authority: &Authority,
    names: &[&str],
    usage: Usage,
    ends: domain::Timestamp,
) -> Identity {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = now().min(ends) - Duration::hours(1);
    let CertifiedKey { certificate_pem, key_pem } =
        authority.issue(&names, usage, made, ends - made).unwrap();
    Identity { certificate_pem, key_pem: key_pem.to_string() }
}

pub(crate) fn client(authority_pem: &str, identity: Option<&Identity>) -> Client {
    let tls = tls::client(identity, authority_pem).unwrap();
    Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap()
}

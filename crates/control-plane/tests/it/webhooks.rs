//! What tenants' webhooks are told: signed, again and again, to public addresses only.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use control_db::{Database, Tx, deliveries::State};
use control_plane::{
    Error, applications, deliveries,
    events::{self, Told},
    keys::{self, NewKey},
    messenger::{Messenger, Settings},
    tenants, webhooks,
};
use domain::{
    clock::{Clock as _, from_unix},
    ids::{TenantId, WebhookId},
    policy::{Environment, TenantState},
    scope::Scopes,
};
use http::{HeaderMap, Response, StatusCode};
use seal::{
    api_key::Pepper,
    entropy::SystemEntropy,
    pki::{Authority, Usage},
    webhook::WebhookKey,
};
use serde_json::{Value, json};
use serve::{
    body::Body,
    listen::{self, Limits},
    shown::Shown,
    tls::{self, Clients},
};
use testkit::{
    fixed::FixedClock,
    on_both_engines,
    test_db::{Engine, TestDb},
};
use time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::running::{identity, now};

const NOW: i64 = 1_800_000_000;
const MASTER_KEY: [u8; 32] = [7; 32];

/// What a receiver was sent: headers and body.
type Sent = (HeaderMap, Vec<u8>);

/// A receiver of webhooks on this machine, with a certificate for `localhost`.
struct Receiver {
    address: SocketAddr,
    authority_pem: String,
    /// What it answers from now on, and where it sends callers.
    answers: Arc<Mutex<StatusCode>>,
    sent: Arc<Mutex<Vec<Sent>>>,
    _stop: DropGuard,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (authority, stored) = Authority::generate(now()).unwrap();
        let shown = Shown::new(&identity(&authority, &["localhost"], Usage::Server)).unwrap();
        let tls = Arc::new(tls::server(&shown, Clients::Anybody, &["http/1.1"]).unwrap());
        let (answers, sent) =
            (Arc::new(Mutex::new(StatusCode::NO_CONTENT)), Arc::<Mutex<Vec<Sent>>>::default());
        let stop = CancellationToken::new();
        let (answering, noting) = (Arc::clone(&answers), Arc::clone(&sent));
        let handle = move |request: http::Request<_>, _| {
            let (answering, noting) = (Arc::clone(&answering), Arc::clone(&noting));
            async move {
                let (head, body) = request.into_parts();
                let body = serve::body::read(body, 65_536, std::time::Duration::from_secs(60)).await.unwrap();
                noting.lock().unwrap().push((head.headers, body.to_vec()));
                let mut response = Response::new(Body::default());
                *response.status_mut() = *answering.lock().unwrap();
                // Where a redirect would lead, nobody is to look.
                let here = format!("https://localhost:{}/elsewhere", address.port());
                response.headers_mut().insert(http::header::LOCATION, here.parse().unwrap());
                response
            }
        };
        tokio::spawn(listen::serve(
            listener,
            tls,
            Limits::default(),
            serve::metrics::Connections::default(),
            stop.clone(),
            handle,
        ));
        let authority_pem = stored.certificate_pem;
        Self { address, authority_pem, answers, sent, _stop: stop.drop_guard() }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}/hook?for=us", self.address.port())
    }

    /// Returns a messenger that believes this receiver, and reaches this machine if `networks` say so.
    fn messenger(&self, networks: &[&str]) -> Messenger {
        let networks = networks.iter().map(|network| network.parse().unwrap()).collect();
        let key = Some(WebhookKey::new(&MASTER_KEY).unwrap());
        let settings = Settings { key, authorities: Some(self.authority_pem.clone()), networks };
        Messenger::new(settings).unwrap().unwrap()
    }

    fn answers(&self, status: StatusCode) {
        *self.answers.lock().unwrap() = status;
    }

    fn taken(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.sent.lock().unwrap())
    }
}

const HERE: [&str; 2] = ["127.0.0.0/8", "::1/128"];

async fn tenant(database: &Database) -> TenantId {
    tenants::add(database, "a", from_unix(NOW), &SystemEntropy).await.unwrap().id
}

async fn webhook(database: &Database, tenant: TenantId, url: &str) -> Result<WebhookId, Error> {
    let key = WebhookKey::new(&MASTER_KEY).unwrap();
    let added = webhooks::add(database, &key, tenant, url, from_unix(NOW), &SystemEntropy).await;
    added.map(|(webhook, _)| webhook.id)
}

async fn told(database: &Database) -> Vec<Told> {
    events::list(database, None, None).await.unwrap()
}

on_both_engines! {
    async fn the_life_of_a_key_and_of_its_tenant_is_told_signed_and_in_order(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let (database, receiver) = (test_db.open_control().await, Receiver::start().await);
        let tenant = tenant(&database).await;
        let id = webhook(&database, tenant, &receiver.url()).await.unwrap();
        let clock = FixedClock::new(from_unix(NOW));
        let pepper = Pepper::new(&[3; 32]).unwrap();
        let app = applications::add(&database, tenant, "Web", clock.now(), &SystemEntropy).await.unwrap();
        let new = NewKey {
            application: app.id, environment: Environment::Live, scopes: Scopes::all(), lifetime: None, networks: Vec::new(),
        };
        let first = keys::issue(&database, &pepper, new, clock.now(), &SystemEntropy).await.unwrap();
        let second = keys::rotate(&database, &pepper, &first.key.id, Duration::HOUR, clock.now(), &SystemEntropy).await.unwrap();
        for _ in 0..2 {
            keys::revoke(&database, &second.key.id, clock.now()).await.unwrap();
            tenants::set_state(&database, tenant, TenantState::Suspended, clock.now()).await.unwrap();
        }
        tenants::set_state(&database, tenant, TenantState::Active, clock.now()).await.unwrap();

        deliveries::deliver(&database, &receiver.messenger(&HERE), id, &clock).await.unwrap();
        let sent = receiver.taken();
        let secret = WebhookKey::new(&MASTER_KEY).unwrap().secret(id);
        let mut types = Vec::new();
        let mut ids = Vec::new();
        for (headers, body) in &sent {
            let header = |name: &str| headers[name].to_str().unwrap().to_owned();
            assert_eq!(header("webhook-timestamp"), NOW.to_string());
            assert_eq!(header("webhook-signature"), secret.sign(&header("webhook-id"), from_unix(NOW), body));
            assert_eq!(header("content-type"), "application/json");
            let text = String::from_utf8(body.clone()).unwrap();
            for plain in [&first.plain, &second.plain] {
                assert!(!text.contains(plain.reveal()) && !text.contains(plain.reveal().split('_').nth(3).unwrap()));
            }
            assert!(!text.contains(&first.key.hash) && !text.contains(&second.key.hash));
            let message: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(message["data"]["tenant"], json!(tenant));
            types.push((message["type"].as_str().unwrap().to_owned(), message["data"]["key"].clone()));
            ids.push(header("webhook-id"));
        }
        let expected = [
            ("key.issued", json!(first.key.id)), ("key.rotated", json!(first.key.id)), ("key.issued", json!(second.key.id)),
            ("key.revoked", json!(second.key.id)), ("tenant.suspended", Value::Null), ("tenant.resumed", Value::Null),
        ];
        assert_eq!(types, expected.map(|(kind, key)| (kind.to_owned(), key)));
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), sent.len(), "each message has an id of its own");
        let states: Vec<_> = told(&database).await.iter().map(|told| told.deliveries[0].state).collect();
        assert_eq!(states, [State::Delivered; 6]);
    }

    async fn what_a_receiver_does_not_take_is_sent_again_and_given_up_in_the_end(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let (database, receiver) = (test_db.open_control().await, Receiver::start().await);
        let id = webhook(&database, tenant(&database).await, &receiver.url()).await.unwrap();
        let messenger = receiver.messenger(&HERE);
        let clock = FixedClock::new(from_unix(NOW));
        webhooks::test(&database, id, clock.now()).await.unwrap();
        webhooks::test(&database, id, clock.now() + Duration::SECOND).await.unwrap();
        receiver.answers(StatusCode::INTERNAL_SERVER_ERROR);
        let deliver = async || deliveries::deliver(&database, &messenger, id, &clock).await.unwrap();
        deliver().await;
        let first = receiver.taken();
        assert_eq!(first.len(), 1, "after a failure the others wait");
        clock.advance(Duration::seconds(4));
        deliver().await;
        assert_eq!(receiver.taken().len(), 1, "the second one has its turn, the first one its pause");
        clock.advance(Duration::seconds(1));
        deliver().await;
        let again = receiver.taken();
        assert_eq!(again.len(), 1);
        assert_eq!(again[0].0["webhook-id"], first[0].0["webhook-id"], "it is the same message");
        assert_ne!(again[0].0["webhook-signature"], first[0].0["webhook-signature"], "at another time");
        for _ in 0..30 {
            clock.advance(Duration::DAY);
            deliver().await;
        }
        let tries = deliveries::PAUSES.len() + 1;
        assert_eq!(receiver.taken().len(), 2 * tries - 3);
        for told in told(&database).await {
            let delivery = &told.deliveries[0];
            assert_eq!((delivery.state, usize::try_from(delivery.attempts).unwrap()), (State::Dead, tries));
            assert_eq!(delivery.failure, "status 500");
        }
        let standing = &webhooks::list(&database, None).await.unwrap()[0];
        assert_eq!((standing.delivered, standing.pending, standing.dead), (0, 0, 2));
    }
}

/// Has a test event told to `url` by `messenger`, and returns how it went.
async fn tried(database: &Database, tenant: TenantId, url: &str, messenger: &Messenger) -> (State, String) {
    let id = webhook(database, tenant, url).await.unwrap();
    let clock = FixedClock::new(from_unix(NOW));
    let event = webhooks::test(database, id, clock.now()).await.unwrap();
    deliveries::deliver(database, messenger, id, &clock).await.unwrap();
    let delivery = webhooks::delivery(database, id, event).await.unwrap();
    (delivery.state, delivery.failure)
}

#[tokio::test]
async fn an_address_that_is_not_public_is_not_reached() {
    let test_db = TestDb::control(Engine::Sqlite).await;
    let (database, receiver) = (test_db.open_control().await, Receiver::start().await);
    let tenant = tenant(&database).await;
    for networks in [&[][..], &["10.0.0.0/8", "169.254.169.254/32"]] {
        let (state, failure) = tried(&database, tenant, &receiver.url(), &receiver.messenger(networks)).await;
        assert_eq!((state, failure.as_str()), (State::Pending, "the name has an address that is not public"));
    }
    assert!(receiver.taken().is_empty());
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_a_receiver_that_is_gone_is_left_alone() {
    let test_db = TestDb::control(Engine::Sqlite).await;
    let (database, receiver) = (test_db.open_control().await, Receiver::start().await);
    let (tenant, messenger) = (tenant(&database).await, receiver.messenger(&HERE));
    for (status, state) in [
        (StatusCode::FOUND, State::Pending),
        (StatusCode::TEMPORARY_REDIRECT, State::Pending),
        (StatusCode::GONE, State::Dead),
        (StatusCode::OK, State::Delivered),
    ] {
        receiver.answers(status);
        assert_eq!(tried(&database, tenant, &receiver.url(), &messenger).await.0, state, "{status}");
        assert_eq!(receiver.taken().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_receiver_without_a_certificate_of_its_name_is_told_nothing() {
    let test_db = TestDb::control(Engine::Sqlite).await;
    let (database, receiver, other) =
        (test_db.open_control().await, Receiver::start().await, Receiver::start().await);
    let (state, failure) =
        tried(&database, tenant(&database).await, &receiver.url(), &other.messenger(&HERE)).await;
    assert_eq!(state, State::Pending);
    assert!(failure.contains("certificate"), "{failure}");
    assert!(receiver.taken().is_empty());
}

#[tokio::test]
async fn a_tenant_has_a_few_webhooks_and_only_their_tenants_events_go_there() {
    let test_db = TestDb::control(Engine::Sqlite).await;
    let database = test_db.open_control().await;
    let tenant = tenant(&database).await;
    for _ in 0..webhooks::MOST_OF_A_TENANT {
        webhook(&database, tenant, "https://hooks.example.com/").await.unwrap();
    }
    let refused = webhook(&database, tenant, "https://hooks.example.com/").await;
    assert!(matches!(refused, Err(Error::Refused(_))));
    let nobody = TenantId::new(from_unix(NOW), &SystemEntropy);
    assert!(matches!(
        webhook(&database, nobody, "https://hooks.example.com/").await,
        Err(Error::NotFound("tenant"))
    ));
    let other = tenants::add(&database, "b", from_unix(NOW), &SystemEntropy).await.unwrap().id;
    tenants::set_state(&database, other, TenantState::Suspended, from_unix(NOW)).await.unwrap();
    assert!(told(&database).await.iter().all(|told| told.deliveries.is_empty()));
    let first = webhooks::list(&database, Some(tenant)).await.unwrap().remove(0).webhook.id;
    webhooks::remove(&database, first, from_unix(NOW)).await.unwrap();
    webhook(&database, tenant, "https://hooks.example.com/").await.unwrap();
    let tx = Tx::snapshot(&database).await.unwrap();
    assert!(control_db::webhooks::get(&tx, first).await.is_err());
}

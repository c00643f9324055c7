//! A gateway with everything around it: certificates, a policy feed and an API application that records what arrives.

use std::{
    collections::HashMap,
    fs,
    future::Future,
    net::SocketAddr,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use domain::{
    Timestamp,
    caller::CallerContext,
    clock::{Clock, Entropy, from_unix},
    ids::{ApplicationId, TenantId},
    policy::{Environment, KeyPolicy, PolicySnapshot, RequestLimit, TenantPolicy, TenantState},
    report::Report,
    scope::Scopes,
};
use gateway::{Config, Gateway, Listeners, Readiness, config};
use http::{HeaderMap, Method, Request, Response};
use http_body_util::BodyExt as _;
use seal::{
    api_key::{Pepper, PlainKey},
    context::{BoundRequest, Verifier},
    entropy::SystemEntropy,
    pki::{self, Authority, CertifiedKey, Usage},
    token::SigningKey,
};
use serve::unread::RequestBody;
use serve::{
    body::{self, Body},
    config::Settings,
    contract::Contract,
    listen,
    shown::Shown,
    tls::{self, Clients, Identity},
    trust::Authorities,
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::client::Client;

pub(crate) const NOW: i64 = 1_800_000_000;

/// A small document with an operation of each kind.
pub(crate) const CONTRACT: &str = include_str!("contract.json");

/// A clock that stands still until told otherwise.
#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        from_unix(self.0.load(Ordering::SeqCst))
    }
}

/// Real randomness; panics when a nonce is asked for while it is broken.
#[derive(Debug, Default)]
pub(crate) struct BreakableEntropy {
    pub(crate) broken: std::sync::atomic::AtomicBool,
}

impl Entropy for BreakableEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        assert!(bytes.len() != 16 || !self.broken.load(Ordering::SeqCst), "no nonce today");
        SystemEntropy.fill(bytes);
    }
}

/// What arrived at the API application.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) context: Result<CallerContext, seal::Error>,
}

pub(crate) type Answer = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;
type Script = Arc<dyn Fn(&Arrived) -> Answer + Send + Sync>;

/// A scripted API application behind mutual TLS.
pub(crate) struct Api {
    pub(crate) arrived: Arc<Mutex<Vec<Arrived>>>,
    script: Arc<Mutex<Script>>,
}

impl Api {
    /// Answers from now on as `script` says.
    pub(crate) fn script<F, A>(&self, script: F)
    where
        F: Fn(&Arrived) -> A + Send + Sync + 'static,
        A: Future<Output = Response<Body>> + Send + 'static,
    {
        *self.script.lock().unwrap() = Arc::new(move |arrived| Box::pin(script(arrived)));
    }

    /// Returns what arrived since the last look.
    pub(crate) fn take(&self) -> Vec<Arrived> {
        std::mem::take(&mut *self.arrived.lock().unwrap())
    }
}

pub(crate) fn json(status: u16, text: &'static str) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(body::full(text))
        .unwrap()
}

/// Pages of policies by their names.
type Pages = Arc<Mutex<HashMap<String, Vec<u8>>>>;

/// A scripted control plane that serves whatever token was published last.
pub(crate) struct Feed {
    token: watch::Sender<(u64, String)>,
    pub(crate) pages: Pages,
    /// The names of the pages that were asked for.
    pub(crate) pages_asked: Arc<Mutex<Vec<String>>>,
    signer: SigningKey,
    pub(crate) served: Arc<AtomicU64>,
    /// The fingerprint that the gateway said last.
    pub(crate) held: Arc<Mutex<Option<String>>>,
    /// What the gateway reported.
    pub(crate) reports: Arc<Mutex<Vec<Report>>>,
}

impl Feed {
    /// Signs and publishes `snapshot`.
    pub(crate) fn publish(&self, snapshot: &PolicySnapshot) {
        self.publish_raw(snapshot.version, self.sign(snapshot));
    }

    pub(crate) fn signer(&self) -> &SigningKey {
        &self.signer
    }

    /// Returns the signed index of `snapshot`, whose pages are served from now on.
    pub(crate) fn sign(&self, snapshot: &PolicySnapshot) -> String {
        let (index, pages) = seal::policy::divide(snapshot);
        let pages = pages.into_iter().map(|page| (page.digest.to_string(), page.json));
        self.pages.lock().unwrap().extend(pages);
        index.sign(&self.signer)
    }

    /// Waits until the gateway has reported what `find` finds.
    pub(crate) async fn reported<T>(&self, find: impl Fn(&Report) -> Option<T>) -> T {
        within(async {
            loop {
                if let Some(found) = self.reports.lock().unwrap().iter().find_map(&find) {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
    }

    /// Serves `token` to whoever has a version below `version`.
    pub(crate) fn publish_raw(&self, version: u64, token: String) {
        self.token.send_replace((version, token));
    }
}

/// Something that serves until it is stopped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    pub(crate) task: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap();
    }
}

/// Runs a part in such a way that it dies at once, with all its connections, as in a crash.
struct Killable(Option<tokio::runtime::Runtime>);

impl Killable {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Self(Some(runtime.unwrap()))
    }

    fn spawn<F: Future<Output: Send> + Send + 'static>(&self, future: F) -> JoinHandle<F::Output> {
        self.0.as_ref().unwrap().spawn(future)
    }
}

impl Drop for Killable {
    fn drop(&mut self) {
        self.0.take().unwrap().shutdown_background();
    }
}

/// Everything around a gateway.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) entropy: Arc<BreakableEntropy>,
    pub(crate) authority: Authority,
    pub(crate) authority_pem: String,
    pub(crate) api: Api,
    pub(crate) api_address: SocketAddr,
    pub(crate) feed: Feed,
    pub(crate) feed_address: SocketAddr,
    pub(crate) policy: Mutex<PolicySnapshot>,
    pub(crate) pepper: Pepper,
    pub(crate) change: Box<dyn Fn(&mut Config) + Send + Sync>,
    /// The document that gateways are started with.
    pub(crate) contract: &'static str,
    _api: Running,
    feed_running: Option<Killable>,
}

/// A gateway that serves.
pub(crate) struct Served {
    pub(crate) running: Running,
    pub(crate) readiness: Readiness,
    pub(crate) client: Client,
    /// Where those who run it ask.
    pub(crate) operations: SocketAddr,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_api_certificate(|authority| issue(authority, &[pki::API_NAME], Usage::Server)).await
    }

    pub(crate) async fn with_api_certificate(certificate: impl FnOnce(&Authority) -> CertifiedKey) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(NOW)));
        // Certificates are checked against the real clock.
        let (authority, root) = Authority::generate(serve::clock::SystemClock.now()).unwrap();
        let write = |name: &str, contents: &str| fs::write(folder.path().join(name), contents).unwrap();
        write("authority.pem", &root.certificate_pem);
        let edge = issue(&authority, &["localhost", "127.0.0.1"], Usage::Server);
        let internal = issue(&authority, &[pki::GATEWAY_NAME], Usage::Client);
        for (name, pair) in [("edge", edge), ("internal", internal)] {
            write(&format!("{name}.pem"), &pair.certificate_pem);
            write(&format!("{name}.key"), &pair.key_pem);
        }
        let seed = |name: &str| {
            let seed = SigningKey::new_seed(&SystemEntropy);
            write(name, &BASE64URL_NOPAD.encode(&*seed));
            seed
        };
        let pepper = Pepper::new(&*seed("pepper")).unwrap();
        let context_key = SigningKey::from_seed(&*seed("context.key")).unwrap();
        let policy_key = SigningKey::from_seed(&*SigningKey::new_seed(&SystemEntropy)).unwrap();
        write("policy.pub", &policy_key.verifying_key().to_text());

        let verifier = Verifier::new(context_key.verifying_key());
        let (api, api_running) =
            start_api(&certificate(&authority), &root.certificate_pem, verifier, Arc::clone(&clock)).await;
        let token = watch::Sender::new((0, String::new()));
        let feed = Feed {
            token,
            pages: Arc::default(),
            pages_asked: Arc::default(),
            signer: policy_key,
            served: Arc::default(),
            held: Arc::default(),
            reports: Arc::default(),
        };
        let policy = PolicySnapshot {
            version: 1,
            issued_at: NOW,
            tenants: Vec::new(),
            keys: Vec::new(),
            limits: Vec::new(),
        };
        let mut world = Self {
            folder,
            clock,
            entropy: Arc::default(),
            authority,
            authority_pem: root.certificate_pem,
            api,
            api_address: api_running.address,
            feed,
            feed_address: SocketAddr::from(([127, 0, 0, 1], 0)),
            policy: Mutex::new(policy),
            pepper,
            change: Box::new(|_| {}),
            contract: CONTRACT,
            _api: api_running,
            feed_running: None,
        };
        world.start_feed().await;
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) async fn start_feed(&mut self) {
        let certificate = issue(&self.authority, &[pki::CONTROL_PLANE_NAME], Usage::Server);
        self.start_feed_with(&certificate).await;
    }

    pub(crate) async fn start_feed_with(&mut self, certificate: &CertifiedKey) {
        let runtime = Killable::new();
        let start = start_feed(certificate, &self.authority_pem, self.feed_address, &self.feed);
        let running = runtime.spawn(start).await.unwrap();
        self.feed_address = running.address;
        self.feed_running = Some(runtime);
    }

    pub(crate) async fn stop_feed(&mut self) {
        drop(self.feed_running.take().unwrap());
        // Its sockets are closed a moment later.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    /// Adds a tenant; nothing is published yet.
    pub(crate) fn tenant(&self, key_limit: RequestLimit, tenant_limit: RequestLimit) -> TenantId {
        let id = TenantId::new(from_unix(NOW), &SystemEntropy);
        let tenant = TenantPolicy { id, state: TenantState::Active, key_limit, tenant_limit };
        self.policy.lock().unwrap().tenants.push(tenant);
        id
    }

    /// Adds a key; nothing is published yet.
    pub(crate) fn key(&self, tenant: TenantId, scopes: Scopes) -> PlainKey {
        let plain = PlainKey::generate(Environment::Live, &SystemEntropy);
        self.policy.lock().unwrap().keys.push(KeyPolicy {
            id: plain.id().to_owned(),
            hash: self.pepper.hash(&plain).to_text(),
            application: ApplicationId::new(from_unix(NOW), &SystemEntropy),
            tenant,
            environment: Environment::Live,
            scopes,
            expires_at: None,
            revoked: false,
            exposed: false,
            networks: Vec::new(),
        });
        plain
    }

    /// Changes the policy, and publishes it as the next version.
    pub(crate) fn publish(&self, change: impl FnOnce(&mut PolicySnapshot)) -> u64 {
        let mut policy = self.policy.lock().unwrap();
        change(&mut policy);
        policy.version += 1;
        self.feed.publish(&policy);
        policy.version
    }

    pub(crate) fn config(&self) -> Config {
        let path = |name: &str| self.path(name).display().to_string();
        let mut settings = Settings::new([]);
        for (variable, name) in [
            (config::CERT_FILE, "edge.pem"),
            (config::KEY_FILE, "edge.key"),
            (config::CLIENT_CERT_FILE, "internal.pem"),
            (config::CLIENT_KEY_FILE, "internal.key"),
            (config::AUTHORITY_FILE, "authority.pem"),
            (config::POLICY_PUBLIC_KEY_FILE, "policy.pub"),
            (config::SNAPSHOT_FILE, "policy.token"),
            (config::KEY_PEPPER_FILE, "pepper"),
            (config::CONTEXT_KEY_FILE, "context.key"),
        ] {
            settings.set(&variable, path(name));
        }
        settings.set(&config::UPSTREAM_ADDR, self.api_address.to_string());
        settings.set(&config::POLICY_ADDR, self.feed_address.to_string());
        let config = Config::from_settings(&mut settings);
        settings.finish(config::VARIABLES).unwrap();
        let mut config = config.unwrap();
        (self.change)(&mut config);
        config
    }

    /// Starts a gateway without waiting for a policy.
    pub(crate) async fn start_closed(&self) -> Served {
        let contract = Arc::new(Contract::parse(self.contract).unwrap());
        let gateway =
            Gateway::start(self.config(), contract, self.clock.clone(), self.entropy.clone()).unwrap();
        let readiness = gateway.readiness();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let operations_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let operations = operations_listener.local_addr().unwrap();
        let listeners = Listeners { edge: listener, operations: operations_listener };
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(gateway.serve(listeners, shutdown.clone()));
        let client = Client::new(address, &self.authority_pem);
        Served { running: Running { address, shutdown, task }, readiness, client, operations }
    }

    /// Publishes the policy and starts a gateway that has it.
    pub(crate) async fn start(&self) -> Served {
        let version = self.publish(|_| {});
        let mut served = self.start_closed().await;
        within(served.readiness.wait_for(version)).await;
        served
    }

    /// Starts a gateway with one tenant and one key that may do everything.
    pub(crate) async fn start_with_key(&self) -> (Served, PlainKey) {
        let tenant = self.tenant(PLENTY, PLENTY);
        let key = self.key(tenant, Scopes::all());
        (self.start().await, key)
    }
}

pub(crate) const PLENTY: RequestLimit = RequestLimit { requests: 100_000, window_seconds: 60 };

/// Fails a test in which `attempt` takes a second each time. A busy machine may make it slow once or twice.
pub(crate) async fn once_within_a_second(mut attempt: impl AsyncFnMut() -> Duration) {
    let mut taken = Vec::new();
    while taken.len() < 8 {
        let time = attempt().await;
        if time < Duration::from_secs(1) {
            return;
        }
        taken.push(time);
    }
    panic!("it took {taken:?}");
}

/// Fails a test that would hang.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("it took too long")
}

pub(crate) fn issue(authority: &Authority, names: &[&str], usage: Usage) -> CertifiedKey {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let now = serve::clock::SystemClock.now();
    // The gateway of a test looks at a clock of its own, which is some months ahead.
    authority.issue(&names, usage, now, time::Duration::days(1_000)).unwrap()
}

pub(crate) fn identity(pair: &CertifiedKey) -> Identity {
    Identity { certificate_pem: pair.certificate_pem.clone(), key_pem: pair.key_pem.to_string() }
}

pub(crate) fn mode_of(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Returns the settings of a part that gateways reach.
fn only_gateways(certificate: &CertifiedKey, authority_pem: &str) -> rustls::ServerConfig {
    let authorities = Authorities::new(authority_pem).unwrap();
    let clients = Clients::Named { authorities: &authorities, names: &[pki::GATEWAY_NAME] };
    tls::server(&Shown::new(&identity(certificate)).unwrap(), clients, &["http/1.1"]).unwrap()
}

async fn start_api(
    certificate: &CertifiedKey,
    authority_pem: &str,
    verifier: Verifier,
    clock: Arc<TestClock>,
) -> (Api, Running) {
    let tls = only_gateways(certificate, authority_pem);
    let arrived = Arc::<Mutex<Vec<Arrived>>>::default();
    let default: Script = Arc::new(|_| Box::pin(async { json(200, "{\"ok\":true}") }));
    let script = Arc::new(Mutex::new(default));
    let api = Api { arrived: Arc::clone(&arrived), script: Arc::clone(&script) };
    let verifier = Arc::new(verifier);
    let running = serve_on("127.0.0.1:0".parse().unwrap(), tls, move |request: Request<RequestBody>| {
        let (arrived, script) = (Arc::clone(&arrived), Arc::clone(&script));
        let (verifier, clock) = (Arc::clone(&verifier), Arc::clone(&clock));
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let target = head.uri.to_string();
            let bound = BoundRequest { method: head.method.as_str(), target: &target, body: &body };
            let header = head.headers.get(seal::context::HEADER).and_then(|value| value.to_str().ok());
            let context = verifier.verify(header.unwrap_or_default(), &bound, clock.now());
            let one =
                Arrived { method: head.method, target: target.clone(), headers: head.headers, body, context };
            arrived.lock().unwrap().push(one.clone());
            let answer = script.lock().unwrap()(&one);
            answer.await
        }
    })
    .await;
    (api, running)
}

fn start_feed(
    certificate: &CertifiedKey,
    authority_pem: &str,
    address: SocketAddr,
    feed: &Feed,
) -> impl Future<Output = Running> + use<> {
    let tls = only_gateways(certificate, authority_pem);
    let (token, served, held) = (feed.token.clone(), Arc::clone(&feed.served), Arc::clone(&feed.held));
    let reports = Arc::clone(&feed.reports);
    let (pages, pages_asked) = (Arc::clone(&feed.pages), Arc::clone(&feed.pages_asked));
    serve_on(address, tls, move |request: Request<RequestBody>| {
        let (mut token, served, reports) = (token.subscribe(), Arc::clone(&served), Arc::clone(&reports));
        let is_report = request.uri().path() == "/reports";
        let page = request.uri().path().strip_prefix("/policy/pages/").map(|name| {
            pages_asked.lock().unwrap().push(name.to_owned());
            pages.lock().unwrap().get(name).cloned()
        });
        let tag = request.headers().get("if-none-match").map(|tag| tag.to_str().unwrap().to_owned());
        if !is_report && page.is_none() {
            *held.lock().unwrap() = tag;
        }
        async move {
            if is_report {
                assert_eq!(request.method(), Method::POST);
                let body = request.into_body().collect().await.unwrap().to_bytes();
                reports.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
                return Response::builder().status(204).body(body::full("")).unwrap();
            }
            if let Some(page) = page {
                let response = Response::builder().status(if page.is_some() { 200 } else { 404 });
                return response.body(body::full(page.unwrap_or_default())).unwrap();
            }
            served.fetch_add(1, Ordering::SeqCst);
            let query = request.uri().query().unwrap_or_default();
            let after: u64 = query.strip_prefix("after=").and_then(|after| after.parse().ok()).unwrap();
            let newer = token.wait_for(|(version, _)| *version > after);
            match tokio::time::timeout(Duration::from_secs(25), newer).await {
                Ok(newer) => Response::new(body::full(newer.unwrap().1.clone())),
                Err(_) => Response::builder().status(204).body(body::full("")).unwrap(),
            }
        }
    })
}

async fn serve_on<H, F>(address: SocketAddr, tls: rustls::ServerConfig, handle: H) -> Running
where
    H: Fn(Request<RequestBody>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    let listener = socket.listen(64).unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let served = listen::serve(
        listener,
        Arc::new(tls),
        listen::Limits::default(),
        serve::metrics::Connections::default(),
        shutdown.clone(),
        move |request, _| handle(request),
    );
    Running { address, shutdown, task: tokio::spawn(served) }
}

/// Any id.
pub(crate) const SOME_ID: &str = "018f3d6e-1111-7000-8000-000000000000";

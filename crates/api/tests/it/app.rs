//! The running role, and a gateway's end of the line to it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use domain::{
    Timestamp,
    caller::Caller,
    clock::{Clock, Entropy, from_unix},
    ids::Id,
    policy::Environment,
    scope::Scopes,
};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use seal::{
    context::{self, BoundRequest},
    entropy::SystemEntropy,
    pki::{API_NAME, Authority, GATEWAY_NAME, Usage},
    token::SigningKey,
};
use serde_json::Value;
use serve::{
    files::Files,
    shown::Shown,
    tls::{self, Identity},
    trust::Authorities,
};
use testkit::{
    fixed::{FixedClock, SeededEntropy},
    scripted_llm::ScriptedLlm,
    test_db::{Engine, TestDb},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_util::sync::CancellationToken;

/// A running API application; it stops when dropped.
pub(crate) struct App {
    pub(crate) db: TestDb,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) gateway: SigningKey,
    pub(crate) authority: Authority,
    pub(crate) authority_pem: String,
    address: SocketAddr,
    pub(crate) operations: SocketAddr,
    gateway_identity: Identity,
    api_identity: Identity,
    llm: Option<llm::Settings>,
    traces: Option<serve::traces::Collector>,
    workers: usize,
    patience: Duration,
    shutdown: CancellationToken,
    served: JoinHandle<()>,
}

/// A request as the gateway would forward it.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) body: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
}

/// An answer, whole.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

pub(crate) type Sender = http1::SendRequest<Full<Bytes>>;

/// The moment at which every test begins.
pub(crate) const NOW: i64 = 1_790_000_000;

impl App {
    /// Starts the role with the composer as its only writer.
    pub(crate) async fn start(engine: Engine) -> Self {
        Self::start_with(engine, None).await
    }

    /// Starts the role with a language model that answers fast or not at all.
    pub(crate) async fn start_with_llm(engine: Engine, llm: &ScriptedLlm) -> Self {
        let mut settings = settings(llm);
        settings.deadlines.first_token = Duration::from_millis(1_500);
        settings.deadlines.between_chunks = Duration::from_millis(1_500);
        settings.retry.per_request = 0;
        settings.breaker.consecutive = 1_000;
        settings.breaker.silent = 1_000;
        settings.breaker.percent = 100;
        settings.breaker.calls = 1_000;
        Self::start_with(engine, Some(settings)).await
    }

    /// Starts the role with a language model that has little time, and is left alone as in production.
    pub(crate) async fn start_impatient(engine: Engine, llm: &ScriptedLlm) -> Self {
        let mut settings = settings(llm);
        settings.deadlines.first_token = Duration::from_millis(300);
        Self::start_with(engine, Some(settings)).await
    }

    /// Starts the role with a language model, and a collector of traces at `url`.
    pub(crate) async fn start_traced(engine: Engine, llm: &ScriptedLlm, url: String) -> Self {
        let mut app = Self::start_with(engine, Some(settings(llm))).await;
        let mut settings = serve::config::Settings::new([(serve::traces::URL.name.to_owned(), url)]);
        app.traces = serve::traces::Collector::from_settings(&mut settings);
        app.restart().await;
        app
    }

    /// Starts the role with a language model that may take its time.
    pub(crate) async fn start_patient(engine: Engine, llm: &ScriptedLlm) -> Self {
        let mut settings = settings(llm);
        settings.deadlines.first_token = Duration::from_secs(60);
        Self::start_with(engine, Some(settings)).await
    }

    async fn start_with(engine: Engine, llm: Option<llm::Settings>) -> Self {
        watch_logs();
        let db = TestDb::api(engine).await;
        let clock = Arc::new(FixedClock::new(from_unix(NOW)));
        // Certificates are checked against the system's clock.
        let now = system_now();
        let (authority, certificate) = Authority::generate(now).expect("an authority");
        let gateway_identity = identity(&authority, GATEWAY_NAME, Usage::Client);
        let api_identity = identity(&authority, API_NAME, Usage::Server);
        let seed = SigningKey::new_seed(&SystemEntropy);
        let gateway = SigningKey::from_seed(&*seed).expect("a seed of the right length");
        let mut app = Self {
            db,
            clock,
            gateway,
            authority,
            authority_pem: certificate.certificate_pem,
            address: ([127, 0, 0, 1], 0).into(),
            operations: ([127, 0, 0, 1], 0).into(),
            gateway_identity,
            api_identity,
            llm,
            traces: None,
            workers: 1,
            // A busy machine must not wear it out.
            patience: Duration::from_secs(600),
            shutdown: CancellationToken::new(),
            served: tokio::spawn(async {}),
        };
        app.serve().await;
        app
    }

    /// Ends the role as a killed process would, and starts another on the same database.
    pub(crate) async fn restart(&mut self) {
        self.served.abort();
        let _ = (&mut self.served).await;
        self.serve().await;
    }

    /// Ends the role and starts another with so many workers, for whom work waits so long.
    pub(crate) async fn restart_with(&mut self, workers: usize, patience: Duration) {
        (self.workers, self.patience) = (workers, patience);
        self.restart().await;
    }

    async fn serve(&mut self) {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        self.address = listener.local_addr().expect("a bound socket has an address");
        self.shutdown = CancellationToken::new();
        let operations = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        self.operations = operations.local_addr().expect("a bound socket has an address");
        let config = api::Config {
            addr: self.address,
            operations: self.operations,
            shown: Shown::new(&self.api_identity).expect("a usable certificate"),
            authorities: Authorities::new(&self.authority_pem).expect("a usable authority"),
            files: Files::default(),
            asking: None,
            context_key: self.gateway.verifying_key(),
            master_key: vec![7; 32].into(),
            database: self.db.service(),
            lease: Duration::from_secs(300),
            writing: Duration::from_secs(20),
            workers: self.workers,
            patience: self.patience,
            traces: self.traces.clone(),
            llm: self.llm.clone(),
        };
        let listeners = api::Listeners { gateways: listener, operations };
        let clock: Arc<dyn Clock> = self.clock.clone();
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let role = api::run(config, clock, entropy, listeners, self.shutdown.clone());
        self.served = tokio::spawn(async move {
            if let Err(error) = role.await {
                panic!("the role did not start: {error}");
            }
        });
    }

    /// Sends a request for `caller` and returns the whole answer.
    pub(crate) async fn send(&self, caller: &Caller, sent: &Sent) -> Reply {
        self.send_raw(sent, vec![(context::HEADER.to_owned(), self.vouch(caller, sent))]).await
    }

    /// Sends a request with these headers and no context of its own.
    pub(crate) async fn send_raw(&self, sent: &Sent, headers: Vec<(String, String)>) -> Reply {
        let mut sender = self.connect().await;
        let response = sender.send_request(request(sent, headers)).await.expect("an answer");
        Reply::whole(response).await
    }

    /// Returns the context of a request, signed now.
    pub(crate) fn vouch(&self, caller: &Caller, sent: &Sent) -> String {
        self.vouch_at(caller, sent, self.clock.now())
    }

    /// Returns the context of a request, signed then.
    pub(crate) fn vouch_at(&self, caller: &Caller, sent: &Sent, then: Timestamp) -> String {
        let body = sent.body.as_deref().unwrap_or_default();
        let bound =
            BoundRequest { method: sent.method.as_str(), target: &sent.target, body: body.as_bytes() };
        context::sign(&self.gateway, caller.clone(), &bound, "request-1", then, &SystemEntropy)
    }

    /// Sends the head of a request whose body would be `length` bytes long, and returns the answer to it.
    pub(crate) async fn send_head(&self, caller: &Caller, sent: &Sent, length: usize) -> String {
        let mut stream = self.tls(Some(&self.gateway_identity)).await.expect("the gateway is let in");
        let head = format!(
            "{} {} HTTP/1.1\r\nhost: {API_NAME}\r\ncontent-type: application/json\r\n{}: {}\r\ncontent-length: {length}\r\n\r\n",
            sent.method,
            sent.target,
            context::HEADER,
            self.vouch(caller, sent)
        );
        stream.write_all(head.as_bytes()).await.expect("the head is taken");
        let mut answer = Vec::new();
        // The server closes without the rest of the body, which may look like an error from here.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Connects as the gateway.
    pub(crate) async fn connect(&self) -> Sender {
        self.connect_as(Some(&self.gateway_identity)).await.expect("the gateway is let in")
    }

    /// Connects as whoever holds `identity`; `None` if not let in.
    pub(crate) async fn connect_as(&self, identity: Option<&Identity>) -> Option<Sender> {
        let stream = self.tls(identity).await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
        tokio::spawn(connection);
        Some(sender)
    }

    async fn tls(&self, identity: Option<&Identity>) -> Option<TlsStream<TcpStream>> {
        let config = tls::client(identity, &self.authority_pem).expect("usable certificates");
        let name = ServerName::try_from(API_NAME).expect("a name");
        let socket = TcpStream::connect(self.address).await.ok()?;
        TlsConnector::from(Arc::new(config)).connect(name, socket).await.ok()
    }

    /// Waits until `condition` holds, at most five seconds.
    pub(crate) async fn eventually<F: Future<Output = bool>>(condition: impl Fn() -> F) -> bool {
        for _ in 0..200 {
            if condition().await {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        false
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.shutdown.cancel();
        self.served.abort();
    }
}

impl Sent {
    pub(crate) fn get(target: impl Into<String>) -> Self {
        Self::new(Method::GET, target, None)
    }

    pub(crate) fn delete(target: impl Into<String>) -> Self {
        Self::new(Method::DELETE, target, None)
    }

    pub(crate) fn post(target: impl Into<String>, body: &Value) -> Self {
        Self::new(Method::POST, target, Some(body.to_string()))
    }

    pub(crate) fn new(method: Method, target: impl Into<String>, body: Option<String>) -> Self {
        Self { method, target: target.into(), body, headers: Vec::new() }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

impl Reply {
    pub(crate) async fn whole(response: http::Response<hyper::body::Incoming>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        let body = String::from_utf8(body.to_vec()).expect("UTF-8");
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// Returns the problem's code.
    pub(crate) fn code(&self) -> String {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json", "{self:?}");
        assert_eq!(self.json()["status"], self.status.as_u16());
        self.json()["code"].as_str().expect("a code").to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    /// Fails the test unless the request succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(self.status.is_success(), "{self:?}");
        if self.body.is_empty() { Value::Null } else { self.json() }
    }
}

/// Returns the HTTP request of `sent` with these headers besides its own.
pub(crate) fn request(sent: &Sent, headers: Vec<(String, String)>) -> Request<Full<Bytes>> {
    let mut request =
        Request::builder().method(sent.method.clone()).uri(&sent.target).header(header::HOST, API_NAME);
    if sent.body.is_some() && !sent.headers.iter().any(|(name, _)| name == "content-type") {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    for (name, value) in sent.headers.iter().chain(&headers) {
        request = request.header(name, value);
    }
    request.body(Full::new(Bytes::from(sent.body.clone().unwrap_or_default()))).expect("a request")
}

fn settings(llm: &ScriptedLlm) -> llm::Settings {
    llm::Settings::new(llm.base_url().parse().expect("a URL"), None, "scripted")
}

/// Returns a caller of a new tenant with every scope.
pub(crate) fn caller() -> Caller {
    let id = || uuid_of(&SystemEntropy);
    Caller {
        tenant: Id::from_uuid(id()),
        application: Id::from_uuid(id()),
        key: "k3v9x2qf7p".to_owned(),
        environment: Environment::Live,
        scopes: Scopes::all(),
        key_expires_at: None,
    }
}

/// Returns an id that nothing has.
pub(crate) fn unknown_id() -> String {
    uuid_of(&SystemEntropy).to_string()
}

fn uuid_of(entropy: &dyn Entropy) -> uuid::Uuid {
    Id::<()>::new(from_unix(NOW), entropy).uuid()
}

/// Returns a certificate of `authority`.
pub(crate) fn identity(authority: &Authority, name: &str, usage: Usage) -> Identity {
    let names = [name.to_owned()];
    let key = authority.issue(&names, usage, system_now(), time::Duration::hours(1)).expect("a certificate");
    Identity { certificate_pem: key.certificate_pem, key_pem: key.key_pem.to_string() }
}

pub(crate) fn system_now() -> Timestamp {
    serve::clock::SystemClock.now()
}

/// Returns different bytes for each seed.
pub(crate) fn seeded(seed: u64) -> SeededEntropy {
    SeededEntropy::new(seed)
}

static LOGS: std::sync::Mutex<Vec<u8>> = std::sync::Mutex::new(Vec::new());

/// Returns everything that was logged in this process so far, by every crate at every level.
pub(crate) fn logs() -> String {
    String::from_utf8_lossy(&LOGS.lock().expect("no test panics while it logs")).into_owned()
}

fn watch_logs() {
    struct Sink;
    impl std::io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            LOGS.lock().expect("no test panics while it logs").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let _ = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG)
        .with_writer(|| Sink)
        .with_ansi(false)
        .try_init();
}

//! An OpenAI-compatible server on a loopback port that answers as a test tells it, and remembers every request.

mod script;
mod server;
mod writers;

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

pub use script::{Fault, Script};
use tokio::{net::TcpListener, task::JoinHandle};
pub use writers::{Breach, Writer};

/// A running scripted server; it stops, and cuts its connections, when dropped.
pub struct ScriptedLlm {
    address: SocketAddr,
    ca_pem: Option<String>,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// `POST` or `GET`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Header names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as JSON; `null` where it is none.
    pub body: serde_json::Value,
    /// The body as it came.
    pub raw: String,
}

/// How many chat requests began and how their answers ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests read whole.
    pub started: usize,
    /// Answers sent to the end the script foresaw, errors included.
    pub finished: usize,
    /// Answers that the client did not stay for.
    pub cancelled: usize,
}

impl ScriptedLlm {
    /// Starts a server over plain http that answers every request by `script`.
    pub async fn start(script: Script) -> Self {
        Self::listen(script, None).await
    }

    /// Starts a server over TLS, with a certificate for `localhost` and `127.0.0.1` issued by [`Self::ca_pem`].
    pub async fn start_tls(script: Script) -> Self {
        Self::listen(script, Some(server::Tls::issue())).await
    }

    async fn listen(script: Script, tls: Option<server::Tls>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a loopback port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared { usual: Mutex::new(script), ..Shared::default() });
        let ca_pem = tls.as_ref().map(|tls| tls.ca_pem.clone());
        let server = tokio::spawn(server::serve(listener, tls, Arc::clone(&shared)));
        Self { address, ca_pem, shared, server }
    }

    /// Returns the base URL to configure, such as `http://127.0.0.1:40001/v1`.
    pub fn base_url(&self) -> String {
        let scheme = if self.ca_pem.is_some() { "https" } else { "http" };
        format!("{scheme}://{}/v1", self.address)
    }

    /// Returns the address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the certificate of the issuer to trust, where it speaks TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Answers all requests from now on by `script`, where none is queued.
    pub fn always(&self, script: Script) {
        *lock(&self.shared.usual) = script;
    }

    /// Queues `script` for one request; queued scripts are used up in order.
    pub fn then(&self, script: Script) {
        lock(&self.shared.queued).push_back(script);
    }

    /// Returns all requests since the start, the oldest first.
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.shared.recorded).clone()
    }

    /// Returns the chat requests' counts as they are now.
    pub fn counts(&self) -> Counts {
        self.shared.counts()
    }

    /// Waits until the counts satisfy `wanted`, at most five seconds; returns whether they did.
    pub async fn wait_for(&self, wanted: impl Fn(Counts) -> bool) -> bool {
        for _ in 0..500 {
            if wanted(self.counts()) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }
}

impl Drop for ScriptedLlm {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[derive(Default)]
struct Shared {
    usual: Mutex<Script>,
    queued: Mutex<VecDeque<Script>>,
    recorded: Mutex<Vec<Recorded>>,
    started: AtomicUsize,
    finished: AtomicUsize,
    cancelled: AtomicUsize,
}

impl Shared {
    fn script(&self) -> Script {
        lock(&self.queued).pop_front().unwrap_or_else(|| lock(&self.usual).clone())
    }

    fn counts(&self) -> Counts {
        Counts {
            started: self.started.load(Ordering::SeqCst),
            finished: self.finished.load(Ordering::SeqCst),
            cancelled: self.cancelled.load(Ordering::SeqCst),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;

    async fn send(server: &ScriptedLlm, head: &str, body: &str) -> String {
        let mut socket = TcpStream::connect(server.address()).await.unwrap();
        let length = body.len();
        let request = format!(
            "{head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn it_lists_a_model() {
        let server = ScriptedLlm::start(Script::honest()).await;
        let answer = send(&server, "GET /v1/models", "").await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"id\":\"scripted\""), "{answer}");
    }

    #[tokio::test]
    async fn an_answer_that_is_not_streamed_comes_whole() {
        let server = ScriptedLlm::start(Script::text("Dear Mark")).await;
        let answer = send(&server, "POST /v1/chat/completions", r#"{"messages":[],"model":"m"}"#).await;
        assert!(answer.contains(r#""content":"Dear Mark","role":"assistant""#), "{answer}");
        assert_eq!(server.counts(), Counts { started: 1, finished: 1, cancelled: 0 });
    }

    #[tokio::test]
    async fn queued_scripts_come_first_and_requests_are_remembered() {
        let server = ScriptedLlm::start(Script::text("usual")).await;
        server.then(Script::status(503));
        let chat = "POST /v1/chat/completions";
        assert!(send(&server, chat, "{}").await.starts_with("HTTP/1.1 503"));
        assert!(send(&server, chat, "not JSON").await.contains("usual"));
        let raw: Vec<_> = server.requests().into_iter().map(|request| request.raw).collect();
        assert_eq!(raw, ["{}", "not JSON"]);
    }
}

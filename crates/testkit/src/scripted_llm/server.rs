//! The scripted server's sockets: one HTTP/1.1 connection after another, each request answered by its script.

use std::{convert::Infallible, io, sync::Arc, sync::atomic::Ordering, time::Duration};

use axum::body::{Body, Bytes};
use futures_util::{StreamExt, stream};
use hyper::{Method, Request, Response, StatusCode, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    task::JoinSet,
    time::sleep,
};
use tokio_rustls::{TlsAcceptor, rustls};

use super::{Recorded, Shared, lock, script::Fault, script::Head, script::Script};

/// What is needed to speak TLS.
pub(super) struct Tls {
    pub(super) ca_pem: String,
    acceptor: TlsAcceptor,
}

impl Tls {
    /// Issues a new authority and a certificate for this host.
    pub(super) fn issue() -> Self {
        const SOUND: &str = "fixed parameters make a certificate";
        let mut params = rcgen::CertificateParams::new(Vec::new()).expect(SOUND);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
        let ca_key = rcgen::KeyPair::generate().expect(SOUND);
        let ca_pem = params.self_signed(&ca_key).expect(SOUND).pem();
        let issuer = rcgen::Issuer::new(params, ca_key);
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let key = rcgen::KeyPair::generate().expect(SOUND);
        let leaf = rcgen::CertificateParams::new(names).expect(SOUND).signed_by(&key, &issuer).expect(SOUND);
        let key = rustls::pki_types::PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect(SOUND)
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .expect(SOUND);
        Self { ca_pem, acceptor: TlsAcceptor::from(Arc::new(config)) }
    }
}

/// Serves until aborted; the connections live in a set, so they are cut with it.
pub(super) async fn serve(listener: TcpListener, tls: Option<Tls>, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let shared = Arc::clone(&shared);
        let acceptor = tls.as_ref().map(|tls| tls.acceptor.clone());
        connections.spawn(async move {
            // Pieces must leave one by one, as a streaming provider sends them.
            let _ = socket.set_nodelay(true);
            match acceptor {
                None => connection(socket, shared).await,
                Some(acceptor) => {
                    if let Ok(socket) = acceptor.accept(socket).await {
                        connection(socket, shared).await;
                    }
                }
            }
        });
    }
}

async fn connection(socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, shared: Arc<Shared>) {
    let answer = service_fn(move |request| respond(request, Arc::clone(&shared)));
    // A client that hangs up, or a scripted reset, is no failure of this server.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), answer).await;
}

async fn respond(request: Request<Incoming>, shared: Arc<Shared>) -> io::Result<Response<Body>> {
    let (parts, body) = request.into_parts();
    let raw = axum::body::to_bytes(Body::new(body), 64 << 20).await.map_err(io::Error::other)?;
    let body: Value = serde_json::from_slice(&raw).unwrap_or_default();
    let header = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    lock(&shared.recorded).push(Recorded {
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        headers: parts.headers.iter().map(|(name, value)| (name.to_string(), header(value))).collect(),
        body: body.clone(),
        raw: String::from_utf8_lossy(&raw).into_owned(),
    });
    match (&parts.method, parts.uri.path()) {
        (&Method::GET, "/v1/models") => {
            let model = json!({ "id": "scripted", "object": "model", "created": 0, "owned_by": "testkit" });
            Ok(json_response(StatusCode::OK, &json!({ "object": "list", "data": [model] })))
        }
        (&Method::POST, "/v1/chat/completions") => chat(body, shared).await,
        _ => Ok(json_response(StatusCode::NOT_FOUND, &json!({ "error": { "message": "no such path" } }))),
    }
}

async fn chat(request: Value, shared: Arc<Shared>) -> io::Result<Response<Body>> {
    let script = shared.script();
    let mut ending = Ending::begin(shared);
    sleep(script.first_delay).await;
    match &script.head {
        Head::Reset => {
            ending.finish();
            Err(io::ErrorKind::ConnectionReset.into())
        }
        Head::Status { code, retry_after, location, error_code } => {
            ending.finish();
            let status = StatusCode::from_u16(*code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            // Real providers quote what they were sent, the key's end included; so does this one.
            let message = format!("cannot serve this: {request}");
            let error = json!({ "error": { "message": message, "type": "scripted", "code": error_code } });
            let mut response = json_response(status, &error);
            for (name, value) in [("retry-after", retry_after), ("location", location)] {
                if let Some(value) = value.as_ref().and_then(|value| value.parse().ok()) {
                    response.headers_mut().insert(name, value);
                }
            }
            Ok(response)
        }
        Head::Ok if script.streams && request["stream"] == true => Ok(streamed(&script, &request, ending)),
        Head::Ok => {
            ending.finish();
            Ok(json_response(StatusCode::OK, &whole(&script, &request)))
        }
    }
}

/// One step of a streamed answer.
enum Step {
    Send(Duration, Bytes),
    Stall,
    Reset,
}

fn streamed(script: &Script, request: &Value, ending: Ending) -> Response<Body> {
    let steps = steps(script, request);
    let body = stream::unfold((steps.into_iter(), ending), |(mut steps, mut ending)| async move {
        match steps.next() {
            None => {
                ending.finish();
                None
            }
            Some(Step::Send(delay, bytes)) => {
                if !delay.is_zero() {
                    sleep(delay).await;
                }
                Some((Ok(bytes), (steps, ending)))
            }
            Some(Step::Stall) => std::future::pending().await,
            Some(Step::Reset) => {
                ending.finish();
                Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), (steps, ending)))
            }
        }
    });
    let mut response = Response::new(Body::from_stream(body.boxed()));
    response
        .headers_mut()
        .insert("content-type", hyper::header::HeaderValue::from_static("text/event-stream"));
    response
}

fn steps(script: &Script, request: &Value) -> Vec<Step> {
    let text = script.writer.write(request);
    let choice =
        |delta: Value, finish: Option<&str>| json!([{ "index": 0, "delta": delta, "finish_reason": finish }]);
    let send = |delay, choices| Step::Send(delay, event(&chunk(request, choices, None)));
    let mut steps = vec![send(Duration::ZERO, choice(json!({ "role": "assistant", "content": "" }), None))];
    let letters: Vec<char> = text.chars().collect();
    let mut pieces = letters.chunks(script.piece_chars).map(|piece| piece.iter().collect::<String>());
    let mut sent = 0;
    loop {
        if let Some((_, fault)) = script.fault.filter(|(after, _)| *after == sent) {
            steps.extend(faulty(fault));
            return steps;
        }
        let Some(piece) = pieces.next() else { break };
        let delay = if sent == 0 { Duration::ZERO } else { script.piece_delay };
        steps.push(send(delay, choice(json!({ "content": piece }), None)));
        sent += 1;
    }
    steps.push(send(Duration::ZERO, choice(json!({}), Some(script.finish))));
    if script.usage && request["stream_options"]["include_usage"] == true {
        let counts = chunk(request, json!([]), Some(usage(request, &text)));
        steps.push(Step::Send(Duration::ZERO, event(&counts)));
    }
    if script.done {
        steps.push(Step::Send(Duration::ZERO, Bytes::from_static(b"data: [DONE]\n\n")));
    }
    steps
}

fn faulty(fault: Fault) -> Vec<Step> {
    let send = |bytes: &'static [u8]| Step::Send(Duration::ZERO, Bytes::from_static(bytes));
    match fault {
        Fault::Stall => vec![Step::Stall],
        // The pause lets what was written before leave the machine first.
        Fault::Reset => {
            vec![Step::Send(Duration::from_millis(20), Bytes::from_static(b": \n\n")), Step::Reset]
        }
        Fault::Truncate => Vec::new(),
        Fault::MalformedJson => vec![send(b"data: {\"choices\": [{\"delta\": oops\n\n")],
        Fault::BrokenSse => vec![send(b"data: \xc3\x28\xff\n\ndata: {\"choi")],
        Fault::ErrorEvent => {
            vec![send(b"data: {\"error\":{\"message\":\"upstream secret\",\"code\":502}}\n\n")]
        }
    }
}

fn chunk(request: &Value, choices: Value, usage: Option<Value>) -> Value {
    json!({
        "id": "chatcmpl-scripted", "object": "chat.completion.chunk", "created": 1_700_000_000,
        "model": request["model"], "choices": choices, "usage": usage,
    })
}

fn whole(script: &Script, request: &Value) -> Value {
    let text = script.writer.write(request);
    json!({
        "id": "chatcmpl-scripted", "object": "chat.completion", "created": 1_700_000_000,
        "model": request["model"], "usage": usage(request, &text),
        "choices": [{
            "index": 0, "finish_reason": script.finish,
            "message": { "role": "assistant", "content": text },
        }],
    })
}

/// Counts words as tokens: wrong, but repeatable and unlike an estimate from bytes.
fn usage(request: &Value, text: &str) -> Value {
    let messages = request["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let words = |text: &str| text.split_whitespace().count();
    let prompt: usize = messages.iter().filter_map(|message| message["content"].as_str()).map(words).sum();
    let written = words(text);
    json!({ "prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written })
}

fn event(chunk: &Value) -> Bytes {
    Bytes::from(format!("data: {chunk}\n\n"))
}

fn json_response(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response =
        Response::new(Body::from_stream(stream::iter([Ok::<_, Infallible>(body.to_string())])));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    response
}

/// Counts one answer: as finished when told so, else as cancelled.
struct Ending {
    shared: Arc<Shared>,
    finished: bool,
}

impl Ending {
    fn begin(shared: Arc<Shared>) -> Self {
        shared.started.fetch_add(1, Ordering::SeqCst);
        Self { shared, finished: false }
    }

    fn finish(&mut self) {
        if !std::mem::replace(&mut self.finished, true) {
            self.shared.finished.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if !self.finished {
            self.shared.cancelled.fetch_add(1, Ordering::SeqCst);
        }
    }
}

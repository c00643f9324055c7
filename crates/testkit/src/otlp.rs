//! A collector of traces, which reads the OpenTelemetry protocol with OpenTelemetry's own types.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value, trace::v1::Span,
};
use prost::Message as _;
use tokio::{net::TcpListener, task::JoinHandle};

/// How the collector answers.
#[derive(Clone, Debug)]
pub enum Manner {
    /// It takes everything.
    Takes,
    /// It accepts connections and never answers.
    Silent,
    /// It answers this.
    Says(u16, Vec<u8>),
}

/// A span, and the service that sent it.
#[derive(Clone, Debug)]
pub struct Received {
    /// The service.
    pub service: String,
    /// The span.
    pub span: Span,
}

/// A running collector; gone when dropped.
pub struct Collector {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

struct Shared {
    manner: Manner,
    received: Mutex<Vec<Received>>,
}

impl Received {
    /// Returns the text or number of an attribute, as text.
    pub fn attribute(&self, key: &str) -> Option<String> {
        let found = self.span.attributes.iter().find(|attribute| attribute.key == key)?;
        match found.value.as_ref()?.value.as_ref()? {
            any_value::Value::StringValue(text) => Some(text.clone()),
            any_value::Value::IntValue(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Returns trace and span as `traceparent` has them.
    pub fn ids(&self) -> (String, String) {
        (
            data_encoding::HEXLOWER.encode(&self.span.trace_id),
            data_encoding::HEXLOWER.encode(&self.span.span_id),
        )
    }

    /// Returns the parent's id, empty for the first span.
    pub fn parent(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.span.parent_span_id)
    }
}

impl Collector {
    /// Starts one.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a loopback port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared { manner, received: Mutex::default() });
        let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { address, shared, server }
    }

    /// Returns its address, as `ANP_TRACES_URL` has it.
    pub fn url(&self) -> String {
        format!("http://{}/v1/traces", self.address)
    }

    /// Returns what it got.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it got so many spans, and returns all it got.
    ///
    /// # Panics
    /// When that takes more than twenty seconds.
    pub async fn wait_for(&self, spans: usize) -> Vec<Received> {
        for _ in 0..1_000 {
            let received = self.received();
            if received.len() >= spans {
                return received;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let received = self.received();
        assert!(received.len() >= spans, "{received:#?}");
        received
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn take(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> (StatusCode, Vec<u8>) {
    let request = ExportTraceServiceRequest::decode(body);
    let typed = headers.get("content-type").is_some_and(|value| value == "application/x-protobuf");
    let (Ok(request), true) = (request, typed) else { return (StatusCode::BAD_REQUEST, Vec::new()) };
    let mut received = Vec::new();
    for resource_spans in request.resource_spans {
        let attributes = resource_spans.resource.unwrap_or_default().attributes;
        let named = attributes.into_iter().find(|attribute| attribute.key == "service.name");
        let service = match named.and_then(|named| named.value?.value) {
            Some(any_value::Value::StringValue(name)) => name,
            _ => String::new(),
        };
        let spans = resource_spans.scope_spans.into_iter().flat_map(|scope| scope.spans);
        received.extend(spans.map(|span| Received { service: service.clone(), span }));
    }
    shared.received.lock().unwrap_or_else(PoisonError::into_inner).extend(received);
    match &shared.manner {
        Manner::Takes => (StatusCode::OK, Vec::new()),
        Manner::Silent => std::future::pending().await,
        Manner::Says(status, body) => {
            (StatusCode::from_u16(*status).unwrap_or(StatusCode::IM_A_TEAPOT), body.clone())
        }
    }
}

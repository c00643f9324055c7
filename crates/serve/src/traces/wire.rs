//! Spans as the OpenTelemetry protocol has them: the messages of `opentelemetry/proto/collector/trace/v1` that we send
//! (version 1.9), with the numbers that their fields have there.

use prost::{Message, Oneof};

use super::span::{Ended, Kind, Value};

/// Returns the body of a request that sends `spans` of `service`.
pub(super) fn request(service: &str, spans: Vec<Ended>) -> Vec<u8> {
    let resource = Resource {
        attributes: vec![
            text("service.name", service),
            text("service.namespace", "nutrition-pro"),
            text("service.version", env!("CARGO_PKG_VERSION")),
        ],
    };
    let scope_spans = ScopeSpans {
        scope: Some(Scope { name: "nutrition-pro".to_owned() }),
        spans: spans.into_iter().map(span).collect(),
    };
    let resource_spans = ResourceSpans { resource: Some(resource), scope_spans: vec![scope_spans] };
    Request { resource_spans: vec![resource_spans] }.encode_to_vec()
}

/// Returns how many spans the answer `body` says were not taken; 0 where it can't be read.
pub(super) fn rejected(body: &[u8]) -> u64 {
    let answer = Answer::decode(body).unwrap_or_default();
    answer.partial_success.map_or(0, |partial| partial.rejected_spans.try_into().unwrap_or(0))
}

fn span(ended: Ended) -> Span {
    let nanoseconds = |instant: i128| u64::try_from(instant).unwrap_or(0);
    let began = ended.began.unix_timestamp_nanos();
    let ends = began.saturating_add(i128::try_from(ended.took.as_nanos()).unwrap_or(i128::MAX));
    let attribute = |(key, value)| KeyValue {
        key: String::from(key),
        value: Some(AnyValue {
            value: Some(match value {
                Value::Text(text) => Any::Text(text),
                Value::Number(number) => Any::Number(number),
            }),
        }),
    };
    Span {
        trace_id: ended.context.trace().to_vec(),
        span_id: ended.context.span().to_vec(),
        parent_span_id: ended.parent.map_or_else(Vec::new, |parent| parent.to_vec()),
        name: ended.name,
        kind: match ended.kind {
            Kind::Server => 2,
            Kind::Client => 3,
        },
        start_time_unix_nano: nanoseconds(began),
        end_time_unix_nano: nanoseconds(ends),
        attributes: ended.attributes.into_iter().map(attribute).collect(),
        status: ended.failed.then_some(Status { code: 2 }),
        flags: 1,
    }
}

fn text(key: &str, text: &str) -> KeyValue {
    let value = AnyValue { value: Some(Any::Text(text.to_owned())) };
    KeyValue { key: key.to_owned(), value: Some(value) }
}

#[derive(Clone, PartialEq, Message)]
struct Request {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeSpans {
    #[prost(message, optional, tag = "1")]
    scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    spans: Vec<Span>,
}

#[derive(Clone, PartialEq, Message)]
struct Scope {
    #[prost(string, tag = "1")]
    name: String,
}

#[derive(Clone, PartialEq, Message)]
struct Span {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    span_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
    #[prost(int32, tag = "6")]
    kind: i32,
    #[prost(fixed64, tag = "7")]
    start_time_unix_nano: u64,
    #[prost(fixed64, tag = "8")]
    end_time_unix_nano: u64,
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<KeyValue>,
    #[prost(message, optional, tag = "15")]
    status: Option<Status>,
    #[prost(fixed32, tag = "16")]
    flags: u32,
}

#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "3")]
    code: i32,
}

#[derive(Clone, PartialEq, Message)]
struct KeyValue {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct AnyValue {
    #[prost(oneof = "Any", tags = "1, 3")]
    value: Option<Any>,
}

#[derive(Clone, PartialEq, Oneof)]
enum Any {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(int64, tag = "3")]
    Number(i64),
}

#[derive(Clone, PartialEq, Message)]
struct Answer {
    #[prost(message, optional, tag = "1")]
    partial_success: Option<PartialSuccess>,
}

#[derive(Clone, PartialEq, Message)]
struct PartialSuccess {
    #[prost(int64, tag = "1")]
    rejected_spans: i64,
}

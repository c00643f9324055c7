//! One step of one request, from its begin to its end.

use std::{fmt, sync::Arc};

use domain::Timestamp;
use http::{HeaderMap, HeaderValue, StatusCode};
use tokio::time::Instant;

use super::{Context, Inner, TRACEPARENT};

/// One step; it ends, and is sent, when it is dropped.
pub struct Span {
    inner: Arc<Inner>,
    context: Context,
    ended: Option<Ended>,
    since: Instant,
}

/// The place within a step, kept while the step itself is kept elsewhere.
#[derive(Clone)]
pub struct Within {
    inner: Arc<Inner>,
    context: Context,
}

/// Which side of a call a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Who is asked.
    Server,
    /// Who asks.
    Client,
}

/// What is told of a step.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) context: Context,
    pub(super) parent: Option<[u8; 8]>,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) began: Timestamp,
    pub(super) took: std::time::Duration,
    pub(super) attributes: Vec<(&'static str, Value)>,
    pub(super) failed: bool,
}

/// A value of an attribute.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Number(i64),
}

impl Span {
    pub(super) fn new(
        inner: Arc<Inner>,
        context: Context,
        parent: Option<[u8; 8]>,
        name: &'static str,
        kind: Kind,
    ) -> Self {
        let ended = Ended {
            context,
            parent,
            name: name.to_owned(),
            kind,
            began: inner.clock.now(),
            took: std::time::Duration::ZERO,
            attributes: Vec::new(),
            failed: false,
        };
        Self { inner, context, ended: Some(ended), since: Instant::now() }
    }

    /// Returns the place within this step.
    pub fn within(&self) -> Within {
        Within { inner: Arc::clone(&self.inner), context: self.context }
    }

    /// Calls it `name`, a word of ours.
    pub fn rename(&mut self, name: &str) {
        if let Some(ended) = &mut self.ended {
            name.clone_into(&mut ended.name);
        }
    }

    /// Tells `text`, which must name nobody, as `attribute`.
    pub fn tell(&mut self, attribute: &'static str, text: &str) {
        if let Some(ended) = &mut self.ended {
            ended.attributes.push((attribute, Value::Text(text.to_owned())));
        }
    }

    /// Tells `number` as `attribute`.
    pub fn count(&mut self, attribute: &'static str, number: i64) {
        if let Some(ended) = &mut self.ended {
            ended.attributes.push((attribute, Value::Number(number)));
        }
    }

    /// Tells that it failed, and how in a word of ours.
    pub fn fail(&mut self, kind: &str) {
        self.tell("error.type", kind);
        if let Some(ended) = &mut self.ended {
            ended.failed = true;
        }
    }

    /// Tells with which status it was answered; without one, the client left before.
    pub fn answered(&mut self, status: Option<StatusCode>) {
        match status {
            None => self.fail("gone"),
            Some(status) => {
                self.count("http.response.status_code", status.as_u16().into());
                if status.is_server_error() {
                    self.fail(status.as_str());
                }
            }
        }
    }

    /// Tells whom it asks where it stands.
    pub fn write(&self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::try_from(self.context.to_text()) {
            headers.insert(TRACEPARENT, value);
        }
    }
}

impl Within {
    /// Begins a step that asks somebody else.
    pub fn asks(&self, name: &'static str) -> Span {
        let context = Context::below(Some(&self.context), &*self.inner.entropy);
        Span::new(Arc::clone(&self.inner), context, Some(self.context.span()), name, Kind::Client)
    }
}

impl fmt::Debug for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Within").field(&self.context).finish()
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(mut ended) = self.ended.take() {
            ended.took = self.since.elapsed();
            self.inner.take(ended);
        }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Span").field(&self.ended).finish()
    }
}

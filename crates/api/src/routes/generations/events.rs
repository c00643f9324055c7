//! A generation as server-sent events.

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::response::sse::{Event, KeepAlive, Sse};
use domain::problem::Code;
use futures_util::{FutureExt as _, Stream};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{
    answer::Answer,
    error::Error,
    generations::{Begun, Progress},
};

/// Returns the answer that tells of a generation as it is written.
///
/// Writing goes on only while the answer is read: a caller who hangs up drops the stream, and with it the call to the
/// language model.
pub(super) fn response(begun: Begun) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stream = match begun {
        Begun::Replay(answer) => Told::again(&answer),
        Begun::Work(work) => {
            let (sender, receiver) = mpsc::unbounded_channel();
            let request_id = work.request_id().to_owned();
            let written = AssertUnwindSafe(work.run(Some(sender))).catch_unwind();
            let work = written.map(move |outcome| match outcome {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => {
                    let code = error.problem().code;
                    if code.status() >= 500 {
                        tracing::error!(request.id = request_id, code = code.as_str(), error = %error, "a stream failed");
                    }
                    Answer::problem(&error, &request_id)
                }
                // One request's misfortune must not end the connection that others share.
                Err(_) => {
                    tracing::error!(request.id = request_id, "writing panicked");
                    Answer::problem(&Error::code(Code::Internal), &request_id)
                }
            });
            Told { work: Some(Box::pin(work)), progress: Some(receiver), queue: Vec::new(), number: 0 }
        }
    };
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

/// The events of one generation, in order.
struct Told {
    work: Option<Pin<Box<dyn Future<Output = Answer> + Send>>>,
    progress: Option<mpsc::UnboundedReceiver<Progress>>,
    /// What is still to be told, the next last.
    queue: Vec<(&'static str, String)>,
    number: u64,
}

impl Told {
    /// Tells of a generation that was written before.
    fn again(answer: &Answer) -> Self {
        let mut queue = vec![last(answer)];
        let id = serde_json::from_slice::<Value>(answer.body()).map(|body| body["id"].clone());
        if let Ok(id @ Value::String(_)) = id {
            queue.push(("created", json!({ "id": id }).to_string()));
        }
        Self { work: None, progress: None, queue, number: 0 }
    }
}

impl Stream for Told {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some((name, data)) = this.queue.pop() {
                this.number += 1;
                let event = Event::default().id(this.number.to_string()).event(name).data(data);
                return Poll::Ready(Some(Ok(event)));
            }
            let finished = match &mut this.work {
                Some(work) => work.as_mut().poll(context),
                None => Poll::Pending,
            };
            // What was told while the work ran comes before its end.
            if let Poll::Ready(answer) = finished {
                this.work = None;
                this.queue.push(last(&answer));
                while let Some(Ok(progress)) = this.progress.as_mut().map(mpsc::UnboundedReceiver::try_recv) {
                    this.queue.insert(1, told(progress));
                }
                this.progress = None;
                continue;
            }
            return match &mut this.progress {
                None => Poll::Ready(None),
                Some(receiver) => match receiver.poll_recv(context) {
                    Poll::Ready(Some(progress)) => {
                        this.queue.push(told(progress));
                        continue;
                    }
                    Poll::Ready(None) | Poll::Pending => Poll::Pending,
                },
            };
        }
    }
}

fn told(progress: Progress) -> (&'static str, String) {
    match progress {
        Progress::Created { id } => ("created", json!({ "id": id }).to_string()),
        Progress::Sentence { variant, index, text } => {
            ("sentence", json!({ "variant": variant, "index": index, "text": text }).to_string())
        }
        Progress::Rewritten { variant } => {
            ("notice", json!({ "code": "rewritten", "variant": variant }).to_string())
        }
    }
}

fn last(answer: &Answer) -> (&'static str, String) {
    let name = if answer.is_problem() { "error" } else { "completed" };
    (name, String::from_utf8_lossy(answer.body()).into_owned())
}

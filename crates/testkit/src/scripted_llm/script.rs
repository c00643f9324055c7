//! What the scripted server does with one request: who writes the text, at what pace, and what goes wrong.

use std::time::Duration;

use super::writers::{Breach, Writer};

/// The answer to one request. Built from a writer, then bent by the methods below.
#[derive(Clone, Debug)]
pub struct Script {
    pub(super) writer: Writer,
    pub(super) head: Head,
    pub(super) first_delay: Duration,
    pub(super) piece_delay: Duration,
    pub(super) piece_chars: usize,
    pub(super) fault: Option<(usize, Fault)>,
    pub(super) finish: &'static str,
    pub(super) usage: bool,
    pub(super) done: bool,
    pub(super) streams: bool,
}

/// How the response begins.
#[derive(Clone, Debug)]
pub(super) enum Head {
    Ok,
    Status {
        code: u16,
        retry_after: Option<String>,
        location: Option<String>,
        error_code: Option<String>,
    },
    /// The connection is closed without a response.
    Reset,
}

/// What goes wrong within a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing more comes, and the connection stays open.
    Stall,
    /// The connection breaks.
    Reset,
    /// The response ends properly, but without finish reason and `[DONE]`.
    Truncate,
    /// An event whose data is no JSON.
    MalformedJson,
    /// Bytes that are no event stream: no UTF-8, then an event without end.
    BrokenSse,
    /// An event with an `error` object, as providers send when they fail midway.
    ErrorEvent,
}

impl Script {
    /// Answers by `writer`, in pieces of 12 characters without delay, with usage and `[DONE]`.
    pub fn by(writer: Writer) -> Self {
        Self {
            writer,
            head: Head::Ok,
            first_delay: Duration::ZERO,
            piece_delay: Duration::ZERO,
            piece_chars: 12,
            fault: None,
            finish: "stop",
            usage: true,
            done: true,
            streams: true,
        }
    }

    /// Answers with `text`.
    pub fn text(text: impl Into<String>) -> Self {
        Self::by(Writer::Fixed(text.into()))
    }

    /// Answers with a decent text made from the facts in the prompt; see [`Writer::Honest`].
    pub fn honest() -> Self {
        Self::by(Writer::Honest)
    }

    /// Answers with the few-shot samples it was shown, to provoke fact bleed.
    pub fn echo() -> Self {
        Self::by(Writer::Echo)
    }

    /// Does what any text in the prompt tells it to; see [`Writer::Obedient`].
    pub fn obedient() -> Self {
        Self::by(Writer::Obedient)
    }

    /// Answers with a decent text and one sentence that breaks a rule.
    pub fn disobedient(breach: Breach) -> Self {
        Self::by(Writer::Disobedient(breach))
    }

    /// Answers with nothing, and says that it is finished.
    pub fn empty() -> Self {
        Self::text("")
    }

    /// Answers with `bytes` bytes of text.
    pub fn huge(bytes: usize) -> Self {
        Self { piece_chars: 1000, ..Self::text("word ".repeat(bytes.div_ceil(5))) }
    }

    /// Says that the content filter stopped the answer.
    pub fn content_filter() -> Self {
        Self::text("I am sorry").finish("content_filter")
    }

    /// Answers with an HTTP status and an error body that repeats parts of the request, as providers do.
    pub fn status(code: u16) -> Self {
        let head = Head::Status { code, retry_after: None, location: None, error_code: None };
        Self { head, ..Self::text("") }
    }

    /// Closes the connection without a response.
    pub fn reset() -> Self {
        Self { head: Head::Reset, ..Self::text("") }
    }

    /// Redirects to `location`.
    pub fn redirect(location: impl Into<String>) -> Self {
        let location = Some(location.into());
        let head = Head::Status { code: 307, retry_after: None, location, error_code: None };
        Self { head, ..Self::text("") }
    }

    /// Adds a `Retry-After` header to a status.
    pub fn retry_after(mut self, value: impl Into<String>) -> Self {
        if let Head::Status { retry_after, .. } = &mut self.head {
            *retry_after = Some(value.into());
        }
        self
    }

    /// Puts `code` into the error body of a status.
    pub fn error_code(mut self, code: impl Into<String>) -> Self {
        if let Head::Status { error_code, .. } = &mut self.head {
            *error_code = Some(code.into());
        }
        self
    }

    /// Waits before the response's head.
    pub fn slow_first_byte(self, first_delay: Duration) -> Self {
        Self { first_delay, ..self }
    }

    /// Waits before each piece of text but the first.
    pub fn slow_pieces(self, piece_delay: Duration) -> Self {
        Self { piece_delay, ..self }
    }

    /// Cuts the text into pieces of this many characters.
    pub fn pieces_of(self, piece_chars: usize) -> Self {
        Self { piece_chars: piece_chars.max(1), ..self }
    }

    /// Lets `fault` happen after `pieces` pieces of text.
    pub fn fault_after(self, pieces: usize, fault: Fault) -> Self {
        Self { fault: Some((pieces, fault)), ..self }
    }

    /// Ends with this finish reason.
    pub fn finish(self, finish: &'static str) -> Self {
        Self { finish, ..self }
    }

    /// Tells no token counts, though asked to.
    pub fn without_usage(self) -> Self {
        Self { usage: false, ..self }
    }

    /// Answers whole, as JSON, though asked to stream.
    pub fn not_streamed(self) -> Self {
        Self { streams: false, ..self }
    }

    /// Ends without `[DONE]`, as some servers do.
    pub fn without_done(self) -> Self {
        Self { done: false, ..self }
    }
}

impl Default for Script {
    fn default() -> Self {
        Self::honest()
    }
}

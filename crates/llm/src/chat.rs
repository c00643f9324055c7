//! The words of a chat with a model, and the one trait behind which models stand.

use std::fmt;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use crate::{ChatStream, Error, Health, fair::Caller};

/// A model that continues a chat. Held as `Arc<dyn ChatModel>`.
pub trait ChatModel: Send + Sync {
    /// Asks for an answer, to be complete before `deadline`.
    ///
    /// `Ok` comes with the first text: until then the call may wait, be tried again, or fail whole.
    /// Dropping the future or the stream cancels the request upstream.
    fn stream(&self, request: ChatRequest, deadline: Instant) -> BoxFuture<'_, Result<ChatStream, Error>>;

    /// Returns the state of the model's provider as seen from here, for metrics and health pages.
    fn health(&self) -> Health;

    /// Returns the provider's name of the model, to be stored with each text.
    fn model(&self) -> &str;
}

/// One question to a model. `Debug` tells sizes, never words.
#[derive(Clone, PartialEq)]
pub struct ChatRequest {
    /// The standing instructions; not sent when empty.
    pub system: String,
    /// The turns of the chat, oldest first.
    pub messages: Vec<Message>,
    /// The most tokens the model may write; always sent, at most what the settings allow.
    pub max_output_tokens: u32,
    /// Sampling temperature 0-2; `None` leaves it to the provider (some models refuse any value).
    pub temperature: Option<f32>,
    /// Asks for the same answer to the same request, where the provider can.
    pub seed: Option<i64>,
    /// Names the end user to the provider's abuse detection. Must be a keyed hash already, never an id.
    pub safety_identifier: Option<String>,
    /// Whose call it is: callers take turns where calls wait. Never sent.
    pub caller: Caller,
}

impl ChatRequest {
    /// Returns a request of one user turn, with defaults for everything else.
    pub fn new(system: impl Into<String>, user: impl Into<String>, max_output_tokens: u32) -> Self {
        Self {
            system: system.into(),
            messages: vec![Message::user(user)],
            max_output_tokens,
            temperature: None,
            seed: None,
            safety_identifier: None,
            caller: 0,
        }
    }
}

impl fmt::Debug for ChatRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatRequest")
            .field("system_bytes", &self.system.len())
            .field("messages", &self.messages)
            .field("max_output_tokens", &self.max_output_tokens)
            .field("temperature", &self.temperature)
            .field("seed", &self.seed)
            .field("safety_identifier", &self.safety_identifier.is_some())
            .finish()
    }
}

/// One turn of a chat. `Debug` tells its size, never its words.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub text: String,
}

impl Message {
    /// Returns a turn of the user.
    pub fn user(text: impl Into<String>) -> Self {
        Self { role: Role::User, text: text.into() }
    }

    /// Returns a turn of the model, as few-shot examples need them.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self { role: Role::Assistant, text: text.into() }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({} bytes)", self.role, self.text.len())
    }
}

/// Who speaks in a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The one who asks.
    User,
    /// The model.
    Assistant,
}

/// What a stream yields. `Debug` tells sizes, never words.
#[derive(Clone, PartialEq, Eq)]
pub enum Event {
    /// The next piece of the answer; never empty.
    Text(String),
    /// The answer is complete; nothing follows.
    Finished {
        /// Why it ended.
        reason: FinishReason,
        /// What it used.
        usage: Usage,
    },
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Finished { reason, usage } => {
                f.debug_struct("Finished").field("reason", reason).field("usage", usage).finish()
            }
        }
    }
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinishReason {
    /// The model was done.
    Stop,
    /// The output cap was reached: the text may break off in a sentence.
    Length,
}

/// Tokens used by one answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt.
    pub input_tokens: u32,
    /// Tokens of the answer.
    pub output_tokens: u32,
    /// The provider did not count; these numbers are [`Usage::estimate`]d.
    pub estimated: bool,
}

impl Usage {
    /// Returns a guess from sizes in bytes: four bytes a token, rounded up, four tokens around each message.
    ///
    /// Four characters a token is the rule of thumb OpenAI gives for English; other languages need more
    /// tokens a character but also more bytes, so bytes are counted.
    pub fn estimate(request: &ChatRequest, answer_bytes: usize) -> Self {
        let prompt: usize = request.messages.iter().map(|message| message.text.len().div_ceil(4) + 4).sum();
        let input = prompt + request.system.len().div_ceil(4) + 4;
        Self {
            input_tokens: u32::try_from(input).unwrap_or(u32::MAX),
            output_tokens: u32::try_from(answer_bytes.div_ceil(4)).unwrap_or(u32::MAX),
            estimated: true,
        }
    }
}

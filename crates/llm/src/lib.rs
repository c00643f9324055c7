#![doc = include_str!("../README.md")]

mod attempt;
pub mod breaker;
pub mod chat;
mod client;
mod error;
pub mod fair;
mod health;
mod retry;
pub mod settings;
mod sse;
mod stream;
mod tls;
mod wire;

pub use chat::{ChatModel, ChatRequest, Event, FinishReason, Message, Role, Usage};
pub use client::Client;
pub use error::{Cause, Error, Fault, Misconfiguration, Phase};
pub use health::Health;
pub use settings::Settings;
pub use stream::{Answer, ChatStream};

//! The JSON of the chat completions API: what we send, and as much of what comes back as we use.
//!
//! Fields follow <https://platform.openai.com/docs/api-reference/chat>. Reading is lenient about what is
//! missing, because many servers speak this API, and strict about what is there.

use serde::{Deserialize, Serialize, de::IgnoredAny};

use crate::{
    ChatRequest, Role,
    settings::{OutputCap, Settings},
};

/// Returns the body of a streaming request.
pub(crate) fn body(settings: &Settings, request: &ChatRequest) -> Vec<u8> {
    let system = (!request.system.is_empty()).then_some(Turn { role: "system", content: &request.system });
    let turns = request.messages.iter().map(|message| Turn {
        role: match message.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        },
        content: &message.text,
    });
    let cap = request.max_output_tokens.clamp(1, settings.limits.output_tokens);
    let wire = Body {
        model: &settings.model,
        messages: system.into_iter().chain(turns).collect(),
        stream: true,
        stream_options: StreamOptions { include_usage: true },
        // Feature 26: the provider keeps no copy of its own for later use.
        store: false,
        max_completion_tokens: (settings.output_cap == OutputCap::MaxCompletionTokens).then_some(cap),
        max_tokens: (settings.output_cap == OutputCap::MaxTokens).then_some(cap),
        temperature: request.temperature.filter(|temperature| temperature.is_finite()),
        seed: request.seed,
        safety_identifier: request.safety_identifier.as_deref(),
    };
    serde_json::to_vec(&wire).expect("strings and finite numbers always serialise")
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Turn<'a>>,
    stream: bool,
    stream_options: StreamOptions,
    store: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    safety_identifier: Option<&'a str>,
}

#[derive(Serialize)]
struct Turn<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// One event of a streamed answer.
#[derive(Deserialize)]
pub(crate) struct Chunk {
    /// Absent only in error events.
    pub(crate) choices: Option<Vec<Choice>>,
    #[serde(default)]
    pub(crate) usage: Option<Counts>,
    #[serde(default)]
    pub(crate) error: Option<IgnoredAny>,
}

#[derive(Deserialize)]
pub(crate) struct Choice {
    #[serde(default)]
    pub(crate) index: u32,
    #[serde(default)]
    pub(crate) delta: Option<Delta>,
    #[serde(default)]
    pub(crate) finish_reason: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Delta {
    #[serde(default)]
    pub(crate) content: Option<String>,
    #[serde(default)]
    pub(crate) refusal: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
pub(crate) struct Counts {
    pub(crate) prompt_tokens: u32,
    #[serde(default)]
    pub(crate) completion_tokens: u32,
}

/// Returns `error.code` of an error body, where it has one.
pub(crate) fn error_code(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Wrapped {
        error: Inner,
    }
    #[derive(Deserialize)]
    struct Inner {
        code: Option<String>,
    }
    serde_json::from_slice::<Wrapped>(body).ok()?.error.code
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn sent(settings: &Settings, request: &ChatRequest) -> Value {
        serde_json::from_slice(&body(settings, request)).unwrap()
    }

    fn settings() -> Settings {
        Settings::new("https://llm.example/v1".parse().unwrap(), None, "some-model")
    }

    #[test]
    fn nothing_is_stored_and_the_output_is_always_capped() {
        let request = ChatRequest::new("be brief", "hello", 1_000_000);
        assert_eq!(
            sent(&settings(), &request),
            json!({
                "model": "some-model",
                "messages": [
                    { "role": "system", "content": "be brief" },
                    { "role": "user", "content": "hello" },
                ],
                "stream": true,
                "stream_options": { "include_usage": true },
                "store": false,
                "max_completion_tokens": 4096,
            })
        );
    }

    #[test]
    fn options_are_sent_when_given() {
        let mut settings = settings();
        settings.output_cap = OutputCap::MaxTokens;
        let request = ChatRequest {
            temperature: Some(0.7),
            seed: Some(7),
            safety_identifier: Some("0a1b".to_owned()),
            ..ChatRequest::new("", "hello", 0)
        };
        let sent = sent(&settings, &request);
        assert_eq!(sent["messages"].as_array().unwrap().len(), 1);
        assert_eq!(sent["max_tokens"], 1);
        assert_eq!(sent.get("max_completion_tokens"), None);
        assert_eq!((&sent["seed"], &sent["safety_identifier"]), (&json!(7), &json!("0a1b")));
        assert!(String::from_utf8(body(&settings, &request)).unwrap().contains("\"temperature\":0.7,"));
    }
}

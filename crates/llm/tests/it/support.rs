//! What the tests share: a client whose patience a busy machine does not wear out, and a prompt that would be noticed
//! anywhere.

use std::{sync::Arc, time::Duration};

use domain::clock::Entropy;
use llm::{Answer, ChatModel, ChatRequest, Client, Error, Settings, settings};
use testkit::scripted_llm::ScriptedLlm;
use tokio::time::Instant;

pub(crate) const KEY: &str = "sk-secret-key";
/// Longer than any test takes, on a busy machine as well.
pub(crate) const LONG: Duration = Duration::from_secs(30);
/// For deadlines that a test waits for.
pub(crate) const SHORT: Duration = Duration::from_millis(500);
pub(crate) const PROMPT: &str = "Prompt of Joanna";

/// Always the same bytes: half of the jitter.
pub(crate) struct Half;

impl Entropy for Half {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0x80);
    }
}

/// Settings for `base_url` with deadlines that no test waits for, no retry and a breaker that stays closed.
pub(crate) fn settings(base_url: &str) -> Settings {
    let mut settings = Settings::new(base_url.parse().unwrap(), Some(KEY.into()), "scripted");
    settings.deadlines = settings::Deadlines {
        connect: LONG,
        queue: LONG,
        first_token: LONG,
        between_chunks: LONG,
        total: 2 * LONG,
    };
    settings.retry = settings::Retry { per_request: 0, backoff: Duration::from_millis(10), ..settings.retry };
    settings.breaker =
        settings::Breaker { consecutive: u32::MAX, silent: u32::MAX, calls: u32::MAX, ..settings.breaker };
    settings
}

pub(crate) fn client(server: &ScriptedLlm) -> Client {
    client_with(server, |_| {})
}

pub(crate) fn client_with(server: &ScriptedLlm, change: impl FnOnce(&mut Settings)) -> Client {
    let mut settings = settings(&server.base_url());
    change(&mut settings);
    Client::new(settings, Arc::new(Half)).unwrap()
}

pub(crate) fn request() -> ChatRequest {
    ChatRequest::new("System of the house", PROMPT, 200)
}

pub(crate) fn in_a_minute() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

pub(crate) async fn ask(client: &Client) -> Result<Answer, Error> {
    client.stream(request(), in_a_minute()).await?.collect().await
}

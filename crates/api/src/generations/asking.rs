//! One call to the language model: the question, and the answer as it comes, sentence by sentence.

use std::sync::Arc;

use llm::{ChatModel, ChatRequest, ChatStream, Event, FinishReason};
use voice::{
    facts::Brief,
    prompt::{Prompt, Role},
    sentence::SentenceBuffer,
};

use super::{judging::Judged, writing::Desk};
use crate::error::Error;

/// Why an answer was not read to its end.
enum Ended {
    ByModel(llm::Error),
    ByUs(Error),
}

impl From<llm::Error> for Ended {
    fn from(error: llm::Error) -> Self {
        Self::ByModel(error)
    }
}

/// A model's text, by the slots' names that it was told, and what the rules say of it.
type Answered = (String, Judged);

impl Desk<'_> {
    /// Asks the model, and tells each sentence as soon as it has passed if `streamed`.
    pub(super) async fn ask(
        &mut self,
        model: &dyn ChatModel,
        prompt: &Arc<Prompt>,
        streamed: bool,
    ) -> Result<Result<Answered, llm::Error>, Error> {
        self.assignment.standing.check().await?;
        let request = self.request(prompt);
        let meter = self.assignment.meter;
        self.outcome.attempts += 1;
        meter.running(llm::Usage::estimate(&request, 0));
        // The provider is told nothing of the trace.
        let mut span = self.assignment.trace.map(|within| within.asks("chat"));
        if let Some(span) = &mut span {
            span.tell("gen_ai.operation.name", "chat");
            span.tell("gen_ai.request.model", model.model());
        }
        let opened = model.stream(request.clone(), self.assignment.deadline).await;
        let mut stream = match opened {
            Ok(stream) => stream,
            Err(error) => {
                meter.end(None);
                if let Some(span) = &mut span {
                    span.fail(error.name());
                }
                return Ok(Err(error));
            }
        };
        let mut written = String::new();
        let read = self.read(&mut stream, &mut written, &request, prompt, streamed).await;
        let usage = match &read {
            Ok((_, usage)) => *usage,
            // A provider that broke off bills what it wrote, and so does one that we leave.
            Err(_) => llm::Usage::estimate(&request, written.len()),
        };
        meter.end(Some(usage));
        if let Some(mut span) = span {
            span.count("gen_ai.usage.input_tokens", usage.input_tokens.into());
            span.count("gen_ai.usage.output_tokens", usage.output_tokens.into());
            if let Err(Ended::ByModel(error)) = &read {
                span.fail(error.name());
            }
        }
        let read = match read {
            Ok(read) => Ok(read),
            Err(Ended::ByModel(error)) => Err(error),
            Err(Ended::ByUs(error)) => return Err(error),
        };
        match read {
            Ok((FinishReason::Stop, _)) => {
                let (judge, prompt) = (Arc::clone(&self.judge), Arc::clone(prompt));
                let whole = move || {
                    let judged = judge.whole(&prompt.restore(&written), &prompt.shown, Some(&prompt.system));
                    (written, judged)
                };
                self.assignment.workers.run(self.assignment.tenant, whole).await.map(Ok)
            }
            // The text may break off in a sentence.
            Ok((FinishReason::Length, _)) => Ok(Err(llm::Error::BadAnswer(llm::Fault::Truncated))),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn read(
        &mut self,
        stream: &mut ChatStream,
        written: &mut String,
        request: &ChatRequest,
        prompt: &Arc<Prompt>,
        streamed: bool,
    ) -> Result<(FinishReason, llm::Usage), Ended> {
        let mut buffer = SentenceBuffer::default();
        let mut clean = streamed;
        let mut room = most_characters(self.assignment.brief);
        while let Some(event) = stream.next().await {
            match event? {
                Event::Text(piece) => {
                    let length = piece.chars().count();
                    room = room.checked_sub(length).ok_or(llm::Error::BadAnswer(llm::Fault::TooLarge))?;
                    written.push_str(&piece);
                    self.assignment.standing.check_now_and_then().await.map_err(Ended::ByUs)?;
                    self.assignment.meter.running(llm::Usage::estimate(request, written.len()));
                    for sentence in buffer.push(&piece) {
                        clean = clean && self.release(&sentence, prompt).await;
                    }
                }
                Event::Finished { reason, usage } => {
                    if let Some(sentence) = buffer.finish().filter(|_| reason == FinishReason::Stop && clean)
                    {
                        self.release(sentence.trim_end(), prompt).await;
                    }
                    return Ok((reason, usage));
                }
            }
        }
        Err(llm::Error::BadAnswer(llm::Fault::Truncated).into())
    }

    /// Tells one sentence if it passes; `false` if it does not, or if it can't be judged now.
    async fn release(&mut self, sentence: &str, prompt: &Arc<Prompt>) -> bool {
        let sentence = if self.teller.is_silent() { sentence.trim_start() } else { sentence };
        let (judge, prompt) = (Arc::clone(&self.judge), Arc::clone(prompt));
        let slotted = prompt.restore(sentence);
        let judged =
            self.assignment.workers.run(self.assignment.tenant, move || judge.sentence(&slotted, &prompt));
        let Ok(Some(filled)) = judged.await else { return false };
        if !filled.is_empty() {
            self.teller.sentence(filled);
        }
        true
    }

    fn request(&self, prompt: &Prompt) -> ChatRequest {
        ChatRequest {
            system: prompt.system.clone(),
            messages: prompt
                .messages
                .iter()
                .map(|message| match message.role {
                    Role::User => llm::Message::user(&message.text),
                    Role::Assistant => llm::Message::assistant(&message.text),
                })
                .collect(),
            max_output_tokens: prompt.max_output_tokens,
            temperature: None,
            seed: None,
            safety_identifier: Some(self.assignment.safety_identifier.clone()),
            caller: self.assignment.tenant.uuid().as_u128(),
        }
    }
}

/// How much of a model's answer is read: what is longer by far is no answer, and judging it would take long.
fn most_characters(brief: &Brief) -> usize {
    usize::try_from(brief.length.max).unwrap_or(usize::MAX).saturating_mul(2).saturating_add(500)
}

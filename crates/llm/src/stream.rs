//! An answer as it is written: events read from the provider's stream within deadlines and limits.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use tokio::time::{Instant, timeout_at};

use crate::{
    Cause, Error, Event, Fault, FinishReason, Phase, Usage,
    settings::{Deadlines, Limits},
    sse, wire,
};

/// An answer as it is written: [`Event::Text`] any number of times, then [`Event::Finished`], then nothing.
///
/// An error ends it too. Dropping it cancels the request upstream.
pub struct ChatStream(BoxStream<'static, Result<Event, Error>>);

impl ChatStream {
    /// Wraps `events`, which must keep the order told above.
    pub fn new(events: impl Stream<Item = Result<Event, Error>> + Send + 'static) -> Self {
        Self(events.boxed())
    }

    /// Returns the next event, `None` after the last.
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        self.0.next().await
    }

    /// Reads to the end and returns the whole answer.
    pub async fn collect(mut self) -> Result<Answer, Error> {
        let mut text = String::new();
        while let Some(event) = self.next().await {
            match event? {
                Event::Text(piece) => text.push_str(&piece),
                Event::Finished { reason, usage } => return Ok(Answer { text, reason, usage }),
            }
        }
        Err(Error::BadAnswer(Fault::Truncated))
    }
}

impl Stream for ChatStream {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl fmt::Debug for ChatStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChatStream")
    }
}

/// A whole answer. `Debug` tells its size, never its words.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// What the model wrote.
    pub text: String,
    /// Why it ended.
    pub reason: FinishReason,
    /// What it used.
    pub usage: Usage,
}

impl Answer {
    /// Reads a recorded response body that arrived in `pieces`, as a stream from a provider is read.
    ///
    /// For fuzzing and for replaying what a provider sent; needs a tokio runtime with time.
    pub async fn from_body(pieces: Vec<Bytes>, limits: &Limits) -> Result<Self, Error> {
        let deadlines = Deadlines::default();
        let now = Instant::now();
        let due = Due { first_token: now + deadlines.first_token, deadline: now + deadlines.total };
        let body = stream::iter(pieces.into_iter().map(Ok)).boxed();
        let mut reader =
            Reader::new(body, &deadlines, limits, due, Usage { estimated: true, ..Usage::default() });
        let mut text = String::new();
        loop {
            match reader.next().await? {
                Event::Text(piece) => text.push_str(&piece),
                Event::Finished { reason, usage } => return Ok(Self { text, reason, usage }),
            }
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("text_bytes", &self.text.len())
            .field("reason", &self.reason)
            .field("usage", &self.usage)
            .finish()
    }
}

/// The body of a response could not be read on.
#[derive(Debug)]
pub(crate) struct Broken;

pub(crate) type Body = BoxStream<'static, Result<Bytes, Broken>>;

/// When the parts of one answer are due.
#[derive(Clone, Copy)]
pub(crate) struct Due {
    pub(crate) first_token: Instant,
    pub(crate) deadline: Instant,
}

/// Reads one response body into events.
pub(crate) struct Reader {
    body: Body,
    body_bytes: usize,
    decoder: sse::Decoder,
    between: std::time::Duration,
    due: Due,
    last_event: Instant,
    answer_limit: usize,
    answer_bytes: usize,
    has_words: bool,
    finish: Option<FinishReason>,
    usage: Option<Usage>,
    estimate: Usage,
}

/// The largest event: one token with its envelope is under 1 KiB at all providers known.
const EVENT_LIMIT: usize = 256 * 1024;
/// Envelope bytes allowed for each byte of answer, beside one event of full size.
const ENVELOPE: usize = 256;

impl Reader {
    /// `estimate` is the usage to tell when the provider tells none, its output still 0.
    pub(crate) fn new(body: Body, deadlines: &Deadlines, limits: &Limits, due: Due, estimate: Usage) -> Self {
        Self {
            body,
            body_bytes: 0,
            decoder: sse::Decoder::new(EVENT_LIMIT),
            between: deadlines.between_chunks,
            due,
            last_event: Instant::now(),
            answer_limit: limits.answer_bytes,
            answer_bytes: 0,
            has_words: false,
            finish: None,
            usage: None,
            estimate,
        }
    }

    /// Returns the next event; must not be called after `Finished` or an error.
    pub(crate) async fn next(&mut self) -> Result<Event, Error> {
        loop {
            while let Some(data) = self.decoder.next().map_err(Error::BadAnswer)? {
                self.last_event = Instant::now();
                if data == "[DONE]" {
                    return self.finished();
                }
                if let Some(text) = self.take(&data)? {
                    return Ok(Event::Text(text));
                }
            }
            let (until, phase) = self.patience();
            match timeout_at(until, self.body.next()).await {
                Ok(Some(Ok(bytes))) => self.push(&bytes)?,
                // The text is whole; only the count of tokens is missing.
                _ if self.finish.is_some() => return self.finished(),
                Err(_elapsed) => return Err(Error::Timeout(phase)),
                Ok(Some(Err(Broken))) if self.answer_bytes == 0 => {
                    return Err(Error::Unavailable { cause: Cause::Broken, retry_after: None });
                }
                Ok(Some(Err(Broken))) => return Err(Error::BadAnswer(Fault::Truncated)),
                Ok(None) => return self.end(),
            }
        }
    }

    /// Returns when the next bytes are due, and what is late if they do not come.
    fn patience(&self) -> (Instant, Phase) {
        let (until, phase) = if self.answer_bytes == 0 && self.finish.is_none() {
            (self.due.first_token, Phase::FirstToken)
        } else {
            (self.last_event + self.between, Phase::BetweenChunks)
        };
        if self.due.deadline <= until { (self.due.deadline, Phase::Total) } else { (until, phase) }
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.body_bytes = self.body_bytes.saturating_add(bytes.len());
        if self.body_bytes > EVENT_LIMIT.saturating_add(self.answer_limit.saturating_mul(ENVELOPE)) {
            return Err(Error::BadAnswer(Fault::TooLarge));
        }
        self.decoder.push(bytes);
        Ok(())
    }

    /// The body ended without `[DONE]`, which some servers never send.
    fn end(&mut self) -> Result<Event, Error> {
        self.decoder.end();
        while let Some(data) = self.decoder.next().map_err(Error::BadAnswer)? {
            if data == "[DONE]" {
                break;
            }
            if let Some(text) = self.take(&data)? {
                // Asked again, the body says again that it has ended.
                return Ok(Event::Text(text));
            }
        }
        self.finished()
    }

    /// Takes in one event of the provider; returns its text, where it has any.
    fn take(&mut self, data: &str) -> Result<Option<String>, Error> {
        const MALFORMED: Error = Error::BadAnswer(Fault::Malformed);
        let chunk: wire::Chunk = serde_json::from_str(data).map_err(|_| MALFORMED)?;
        if chunk.error.is_some() {
            return Err(Error::Unavailable { cause: Cause::InStream, retry_after: None });
        }
        if let Some(counts) = chunk.usage {
            self.usage = Some(Usage {
                input_tokens: counts.prompt_tokens,
                output_tokens: counts.completion_tokens,
                estimated: false,
            });
        }
        // We never ask for more than one choice.
        let Some(choice) = chunk.choices.ok_or(MALFORMED)?.into_iter().find(|choice| choice.index == 0)
        else {
            return Ok(None);
        };
        if let Some(reason) = choice.finish_reason {
            self.finish = Some(match reason.as_str() {
                "stop" => FinishReason::Stop,
                "length" => FinishReason::Length,
                "content_filter" => return Err(Error::Refused),
                _ => return Err(MALFORMED),
            });
        }
        let Some(delta) = choice.delta else { return Ok(None) };
        if delta.refusal.is_some_and(|refusal| !refusal.is_empty()) {
            return Err(Error::Refused);
        }
        let Some(text) = delta.content.filter(|text| !text.is_empty()) else { return Ok(None) };
        self.answer_bytes += text.len();
        self.has_words |= !text.trim().is_empty();
        if self.answer_bytes > self.answer_limit {
            return Err(Error::BadAnswer(Fault::TooLarge));
        }
        Ok(Some(text))
    }

    fn finished(&self) -> Result<Event, Error> {
        let reason = self.finish.ok_or(Error::BadAnswer(Fault::Truncated))?;
        if !self.has_words {
            return Err(Error::BadAnswer(Fault::Empty));
        }
        let output_tokens = u32::try_from(self.answer_bytes.div_ceil(4)).unwrap_or(u32::MAX);
        let usage = self.usage.unwrap_or(Usage { output_tokens, ..self.estimate });
        Ok(Event::Finished { reason, usage })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn text(text: &str) -> String {
        format!("data: {}\n\n", json!({ "choices": [{ "index": 0, "delta": { "content": text } }] }))
    }

    fn finish(reason: &str) -> String {
        format!("data: {}\n\n", json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": reason }] }))
    }

    const USAGE: &str = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":3}}\n\n";
    const DONE: &str = "data: [DONE]\n\n";

    /// Reads pieces, each arriving after its delay; the body ends after the last.
    async fn read(pieces: Vec<(Duration, String)>) -> (String, Result<(FinishReason, Usage), Error>) {
        let body = stream::iter(pieces)
            .then(|(delay, piece)| async move {
                tokio::time::sleep(delay).await;
                if piece == "BREAK" { Err(Broken) } else { Ok(Bytes::from(piece)) }
            })
            .boxed();
        let deadlines = Deadlines { between_chunks: 10 * SECOND, ..Deadlines::default() };
        let limits = Limits { answer_bytes: 1000, ..Limits::default() };
        let now = Instant::now();
        let due = Due { first_token: now + 20 * SECOND, deadline: now + 60 * SECOND };
        let estimate = Usage { input_tokens: 5, output_tokens: 0, estimated: true };
        let mut reader = Reader::new(body, &deadlines, &limits, due, estimate);
        let mut written = String::new();
        loop {
            match reader.next().await {
                Ok(Event::Text(piece)) => written.push_str(&piece),
                Ok(Event::Finished { reason, usage }) => return (written, Ok((reason, usage))),
                Err(error) => return (written, Err(error)),
            }
        }
    }

    async fn read_at_once(pieces: &[&str]) -> (String, Result<(FinishReason, Usage), Error>) {
        read(pieces.iter().map(|piece| (Duration::ZERO, (*piece).to_owned())).collect()).await
    }

    #[tokio::test(start_paused = true)]
    async fn text_then_reason_and_the_providers_count() {
        let (written, end) = read_at_once(&[&text("Hi "), &text("Mark"), &finish("stop"), USAGE, DONE]).await;
        assert_eq!(written, "Hi Mark");
        let usage = Usage { input_tokens: 12, output_tokens: 3, estimated: false };
        assert_eq!(end, Ok((FinishReason::Stop, usage)));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_count_an_estimate_says_so() {
        let estimate = Usage { input_tokens: 5, output_tokens: 2, estimated: true };
        for ending in [vec![], vec![DONE], vec!["BREAK"]] {
            let (hi, stop) = (text("Hi Mark"), finish("length"));
            let pieces: Vec<_> = [hi.as_str(), stop.as_str()].into_iter().chain(ending).collect();
            assert_eq!(read_at_once(&pieces).await.1, Ok((FinishReason::Length, estimate)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_last_event_without_blank_line_counts() {
        let last = finish("stop");
        let (written, end) = read_at_once(&[&text("Hi"), last.trim_end()]).await;
        assert_eq!((written.as_str(), end.unwrap().0), ("Hi", FinishReason::Stop));
    }

    #[tokio::test(start_paused = true)]
    async fn unusable_answers_are_told_apart() {
        let bad = |fault| Err(Error::BadAnswer(fault));
        let broken = Error::Unavailable { cause: Cause::Broken, retry_after: None };
        let in_stream = Error::Unavailable { cause: Cause::InStream, retry_after: None };
        let hi = text("Hi");
        let huge = text(&"x".repeat(1001));
        let noise = ": nothing\n".repeat(60_000);
        for (pieces, expected) in [
            (vec![hi.as_str(), "data: {oops\n\n"], bad(Fault::Malformed)),
            (vec!["data: {}\n\n"], bad(Fault::Malformed)),
            (vec![hi.as_str(), &finish("tool_calls")], bad(Fault::Malformed)),
            (vec![finish("stop").as_str(), DONE], bad(Fault::Empty)),
            (vec![text(" \n").as_str(), &finish("stop"), DONE], bad(Fault::Empty)),
            (vec![hi.as_str()], bad(Fault::Truncated)),
            (vec![hi.as_str(), DONE], bad(Fault::Truncated)),
            (vec![hi.as_str(), "BREAK"], bad(Fault::Truncated)),
            (vec![], bad(Fault::Truncated)),
            (vec!["BREAK"], Err(broken)),
            (vec!["data: {\"error\":{\"message\":\"x\"}}\n\n"], Err(in_stream)),
            (vec![huge.as_str()], bad(Fault::TooLarge)),
            (vec![hi.as_str(), &noise], bad(Fault::TooLarge)),
            (vec![hi.as_str(), &finish("content_filter")], Err(Error::Refused)),
            (vec!["data: {\"choices\":[{\"delta\":{\"refusal\":\"no\"}}]}\n\n"], Err(Error::Refused)),
        ] {
            assert_eq!(read_at_once(&pieces).await.1, expected, "{pieces:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn comments_do_not_put_off_the_first_token() {
        let start = Instant::now();
        let pings = vec![(4 * SECOND, ": ping\n\n".to_owned()); 10];
        assert_eq!(read(pings).await.1, Err(Error::Timeout(Phase::FirstToken)));
        assert_eq!(start.elapsed(), 20 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stalled_stream_ends_after_the_gap() {
        let start = Instant::now();
        let pieces =
            vec![(SECOND, text("Hi")), (4 * SECOND, ": ping\n\n".to_owned()), (20 * SECOND, text("x"))];
        let (written, end) = read(pieces).await;
        assert_eq!((written.as_str(), end), ("Hi", Err(Error::Timeout(Phase::BetweenChunks))));
        assert_eq!(start.elapsed(), 11 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_drip_ends_at_the_deadline() {
        let start = Instant::now();
        let drip = vec![(7 * SECOND, text("x")); 20];
        assert_eq!(read(drip).await.1, Err(Error::Timeout(Phase::Total)));
        assert_eq!(start.elapsed(), 60 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_finished_text_is_not_lost_to_a_stall_of_the_count() {
        let pieces = vec![(SECOND, text("Hi")), (SECOND, finish("stop")), (90 * SECOND, USAGE.to_owned())];
        assert!(read(pieces).await.1.unwrap().1.estimated);
    }

    fn blocking<T>(future: impl Future<Output = T>) -> T {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_time().start_paused(true).build().unwrap().block_on(future)
    }

    proptest! {
        #[test]
        fn where_a_body_is_cut_makes_no_difference(
            events in prop::collection::vec(0usize..6, 0..8),
            cuts in prop::collection::vec(0usize..600, 0..8),
        ) {
            let kinds = [text("Hé"), text("llo"), finish("stop"), USAGE.to_owned(), DONE.to_owned(), "data: x\n\n".to_owned()];
            let body: String = events.into_iter().map(|kind| kinds[kind].as_str()).collect();
            let body = Bytes::from(body);
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(body.len())).collect();
            cuts.extend([0, body.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|pair| body.slice(pair[0]..pair[1])).collect();
            let limits = Limits::default();
            let cut = blocking(Answer::from_body(pieces, &limits));
            prop_assert_eq!(cut, blocking(Answer::from_body(vec![body], &limits)));
        }

        #[test]
        fn no_body_breaks_the_reader_or_exceeds_the_limit(body in "(data: (\\[DONE\\]|\\{\"choices\":\\[\\{(\"delta\":\\{\"content\":\"[a-z]{0,9}\"\\})?(,\"finish_reason\":\"(stop|length|x)\")?\\}\\]\\}|.{0,9})\n{1,2}){0,9}") {
            let limits = Limits { answer_bytes: 12, ..Limits::default() };
            if let Ok(answer) = blocking(Answer::from_body(vec![Bytes::from(body)], &limits)) {
                prop_assert!(!answer.text.trim().is_empty() && answer.text.len() <= 12);
            }
        }
    }
}

//! The two writers: the language model first, if there is one; then the composer. What leaves has passed the rules.

use std::{ops::ControlFlow, sync::Arc};

use domain::{clock::Entropy, ids::GenerationId};
use llm::{ChatModel, ChatRequest, ChatStream, Event, FinishReason};
use tokio::{sync::mpsc, time::Instant};
use voice::{
    card::{self, Card},
    composer, exemplar,
    facts::Brief,
    fill::{self, Trace, Values},
    profile,
    prompt::{self, Prompt, Role},
    rules::{self, Evidence, Finding, Rule, Verdict},
    sample::Sample,
    score,
    sentence::{self, SentenceBuffer},
};

use super::{
    Progress,
    meter::{Meter, Tokens},
};
use crate::{
    brief,
    error::Error,
    wire::generations::{Writer, WriterReason},
    work::Workers,
};

/// What is to be written.
pub(super) struct Assignment<'a> {
    pub(super) id: GenerationId,
    pub(super) workers: &'a Workers,
    pub(super) brief: &'a Arc<Brief>,
    pub(super) samples: &'a Arc<[Sample]>,
    pub(super) card: Option<&'a Card>,
    pub(super) fill: bool,
    pub(super) variants: u8,
    pub(super) deadline: Instant,
    pub(super) safety_identifier: String,
    /// Counts what the model uses.
    pub(super) meter: &'a Meter,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Outcome {
    /// The texts that passed, in order.
    pub(super) drafts: Vec<Draft>,
    /// What the model used, if it was asked.
    pub(super) tokens: Tokens,
    /// The prompt's version, if a model was asked.
    pub(super) template_version: Option<&'static str>,
    blocked: Vec<Finding>,
}

/// A text that passed the rules.
pub(super) struct Draft {
    pub(super) text: String,
    /// The text before its slots were filled.
    pub(super) slotted: String,
    pub(super) trace: Vec<Trace>,
    pub(super) style_score: f64,
    pub(super) by: WrittenBy,
}

/// Who wrote a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WrittenBy {
    Model,
    /// The composer, and why not the model if there is one.
    Composer(Option<WriterReason>),
}

impl Outcome {
    /// `Llm` only if a model wrote every text.
    pub(super) fn writer(&self) -> Writer {
        if self.drafts.iter().all(|draft| draft.by == WrittenBy::Model) {
            Writer::Llm
        } else {
            Writer::Composer
        }
    }

    /// Returns what came of asking a model in vain.
    pub(super) fn of_no_text(tokens: Tokens) -> Self {
        Self { tokens, ..Self::default() }
    }

    /// Returns the categories of rules that blocked every text; none if a text passed.
    pub(super) fn blocked_by(&self) -> Vec<String> {
        if !self.drafts.is_empty() {
            return Vec::new();
        }
        let mut categories: Vec<_> = self.blocked.iter().map(|finding| finding.category.to_owned()).collect();
        categories.sort();
        categories.dedup();
        categories
    }
}

/// Writes every variant, one after the other. Fails only when our own work can't be done now.
pub(super) async fn write(
    model: Option<&dyn ChatModel>,
    entropy: &dyn Entropy,
    assignment: &Assignment<'_>,
    progress: Option<&mpsc::UnboundedSender<Progress>>,
) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    for variant in 0..assignment.variants {
        let teller = Teller { progress, variant, told: 0, text: String::new() };
        let mut desk = Desk { assignment, values: values(assignment), teller, outcome: &mut outcome };
        desk.write(model, entropy, variant).await?;
    }
    outcome.tokens = assignment.meter.total();
    Ok(outcome)
}

fn values(assignment: &Assignment<'_>) -> Values {
    if assignment.fill { Values::of(assignment.brief) } else { Values::without_client(assignment.brief) }
}

/// Where one variant is written.
struct Desk<'a> {
    assignment: &'a Assignment<'a>,
    values: Values,
    teller: Teller<'a>,
    outcome: &'a mut Outcome,
}

/// What a model was asked.
#[derive(Clone, Copy)]
struct Asked<'a> {
    request: &'a ChatRequest,
    prompt: &'a Prompt,
    exemplars: &'a [&'a Sample],
    streamed: bool,
}

/// A text before it was judged, with what it was made from.
struct Judged {
    slotted: String,
    text: String,
    verdict: Verdict,
    /// 0 for a text that did not pass.
    style_score: f64,
}

impl Desk<'_> {
    async fn write(
        &mut self,
        model: Option<&dyn ChatModel>,
        entropy: &dyn Entropy,
        variant: u8,
    ) -> Result<(), Error> {
        let reason = match model {
            None => None,
            Some(model) => match self.by_model(model, entropy).await? {
                ControlFlow::Break(()) => return Ok(()),
                ControlFlow::Continue(reason) => Some(reason),
            },
        };
        self.by_composer(reason, variant).await
    }

    /// Lets the model write, and once more if the first text breaks a rule.
    async fn by_model(
        &mut self,
        model: &dyn ChatModel,
        entropy: &dyn Entropy,
    ) -> Result<ControlFlow<(), WriterReason>, Error> {
        let (prompt, exemplars) = self.prompt(boundary(entropy)).await?;
        let exemplars: Vec<&Sample> = exemplars.iter().collect();
        self.outcome.template_version = Some(prompt.template_version);
        let first = match self.ask(model, &prompt, &exemplars, true).await? {
            Ok(judged) => judged,
            Err(reason) => return Ok(ControlFlow::Continue(reason)),
        };
        let Some(first) = self.accept(first, WrittenBy::Model) else { return Ok(ControlFlow::Break(())) };
        let again = prompt::repair(&prompt, &first.slotted, &first.verdict.findings);
        let blocked = match self.ask(model, &again, &exemplars, false).await? {
            Ok(second) => self.accept(second, WrittenBy::Model).is_some(),
            Err(_) => true,
        };
        Ok(if blocked { ControlFlow::Continue(WriterReason::Blocked) } else { ControlFlow::Break(()) })
    }

    /// Returns the prompt and the samples it shows.
    async fn prompt(&self, boundary: String) -> Result<(Prompt, Vec<Sample>), Error> {
        let (brief, samples) = (Arc::clone(self.assignment.brief), Arc::clone(self.assignment.samples));
        let edited = self.assignment.card.cloned();
        let prompt = move || {
            let shown = brief::for_model(&brief);
            let exemplars = exemplar::choose(&samples, &shown);
            let card = edited.unwrap_or_else(|| card::card(&profile::profile(&samples)));
            let prompt = prompt::prompt(&exemplars, &card, &shown, &boundary);
            (prompt, exemplars.into_iter().cloned().collect())
        };
        self.assignment.workers.run(prompt).await
    }

    /// Composes a text. If it is blocked too, there is none.
    async fn by_composer(&mut self, reason: Option<WriterReason>, variant: u8) -> Result<(), Error> {
        let judge = self.judge();
        let seed = seed(self.assignment.id, variant);
        let composed = self.assignment.workers.run(move || {
            let composition = composer::compose(&judge.samples, &judge.brief, seed).ok()?;
            let is_used = |sample: &&Sample| composition.used.contains(&(sample.id, sample.index));
            let used: Vec<_> = judge.samples.iter().filter(is_used).collect();
            Some(judge.whole(&composition.text, &used, None))
        });
        match composed.await? {
            Some(judged) => {
                if let Some(blocked) = self.accept(judged, WrittenBy::Composer(reason)) {
                    self.outcome.blocked.extend(blocked.verdict.findings);
                }
            }
            None => self.outcome.blocked.push(Finding {
                rule: Rule::R12,
                span: None,
                message: "Nothing could be composed from the samples.".to_owned(),
                category: "samples",
            }),
        }
        Ok(())
    }

    /// Asks the model, and tells each sentence as soon as it has passed if `streamed`.
    async fn ask(
        &mut self,
        model: &dyn ChatModel,
        prompt: &Prompt,
        exemplars: &[&Sample],
        streamed: bool,
    ) -> Result<Result<Judged, WriterReason>, Error> {
        let request = self.request(prompt);
        let meter = self.assignment.meter;
        meter.running(llm::Usage::estimate(&request, 0));
        let opened = model.stream(request.clone(), self.assignment.deadline).await;
        let mut stream = match opened {
            Ok(stream) => stream,
            Err(error) => {
                meter.end(None);
                return Ok(Err(reason(&error)));
            }
        };
        let mut slotted = String::new();
        let asked = Asked { request: &request, prompt, exemplars, streamed };
        let read = self.read(&mut stream, &mut slotted, &asked).await;
        let usage = match &read {
            Ok((_, usage)) => *usage,
            // A provider that broke off bills what it wrote.
            Err(_) => llm::Usage::estimate(&request, slotted.len()),
        };
        meter.end(Some(usage));
        match read {
            Ok((FinishReason::Stop, _)) => {
                let (judge, system) = (self.judge(), prompt.system.clone());
                let exemplars: Vec<Sample> = exemplars.iter().copied().cloned().collect();
                let whole = move || {
                    let exemplars: Vec<&Sample> = exemplars.iter().collect();
                    judge.whole(&slotted, &exemplars, Some(&system))
                };
                self.assignment.workers.run(whole).await.map(Ok)
            }
            // The text may break off in a sentence.
            Ok((FinishReason::Length, _)) => Ok(Err(WriterReason::BadAnswer)),
            Err(error) => Ok(Err(reason(&error))),
        }
    }

    async fn read(
        &mut self,
        stream: &mut ChatStream,
        slotted: &mut String,
        asked: &Asked<'_>,
    ) -> Result<(FinishReason, llm::Usage), llm::Error> {
        let Asked { request, prompt, exemplars, streamed } = *asked;
        let mut buffer = SentenceBuffer::default();
        let mut clean = streamed;
        let mut room = most_characters(self.assignment.brief);
        while let Some(event) = stream.next().await {
            match event? {
                Event::Text(piece) => {
                    let length = piece.chars().count();
                    room = room.checked_sub(length).ok_or(llm::Error::BadAnswer(llm::Fault::TooLarge))?;
                    slotted.push_str(&piece);
                    self.assignment.meter.running(llm::Usage::estimate(request, slotted.len()));
                    for sentence in buffer.push(&piece) {
                        clean = clean && self.release(&sentence, prompt, exemplars);
                    }
                }
                Event::Finished { reason, usage } => {
                    if let Some(sentence) = buffer.finish().filter(|_| reason == FinishReason::Stop && clean)
                    {
                        self.release(sentence.trim_end(), prompt, exemplars);
                    }
                    return Ok((reason, usage));
                }
            }
        }
        Err(llm::Error::BadAnswer(llm::Fault::Truncated))
    }

    /// Tells one sentence if it passes; `false` if it does not.
    fn release(&mut self, sentence: &str, prompt: &Prompt, exemplars: &[&Sample]) -> bool {
        let sentence = if self.teller.text.is_empty() { sentence.trim_start() } else { sentence };
        let Ok(filled) = fill::fill(sentence, &self.values) else { return false };
        let evidence = self.evidence(exemplars, Some(&prompt.system), &filled.trace);
        let passed = rules::check_sentence(&filled.text, &evidence).is_empty();
        if passed && !filled.text.is_empty() {
            self.teller.sentence(filled.text);
        }
        passed
    }

    fn judge(&self) -> Judge {
        Judge {
            brief: Arc::clone(self.assignment.brief),
            samples: Arc::clone(self.assignment.samples),
            values: self.values.clone(),
            fill: self.assignment.fill,
        }
    }

    fn evidence<'e>(
        &'e self,
        samples: &'e [&'e Sample],
        instructions: Option<&'e str>,
        trace: &'e [Trace],
    ) -> Evidence<'e> {
        Evidence {
            brief: self.assignment.brief,
            samples,
            instructions,
            slots_filled: self.assignment.fill,
            trace,
        }
    }

    /// Takes a text that passed, and gives back one that did not.
    fn accept(&mut self, judged: Judged, by: WrittenBy) -> Option<Judged> {
        if !judged.verdict.passed() {
            return Some(judged);
        }
        let Judged { slotted, text, verdict, style_score } = judged;
        self.teller.whole(&text);
        self.outcome.drafts.push(Draft { text, slotted, trace: verdict.trace, style_score, by });
        None
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
        }
    }
}

/// Judges whole texts, apart from the desk: it takes a while, and is done by a worker.
struct Judge {
    brief: Arc<Brief>,
    samples: Arc<[Sample]>,
    values: Values,
    fill: bool,
}

impl Judge {
    /// Fills a text and judges the whole of it.
    fn whole(&self, slotted: &str, shown: &[&Sample], instructions: Option<&str>) -> Judged {
        let slotted = slotted.trim().to_owned();
        let filled = match fill::fill(&slotted, &self.values) {
            Ok(filled) => filled,
            Err(error) => {
                let message = format!("A slot can't be filled: {error}.");
                let finding = Finding { rule: Rule::R8, span: None, message, category: "slot" };
                let verdict = Verdict { findings: vec![finding], trace: Vec::new() };
                return Judged { text: String::new(), slotted, verdict, style_score: 0.0 };
            }
        };
        let evidence = Evidence {
            brief: &self.brief,
            samples: shown,
            instructions,
            slots_filled: self.fill,
            trace: &filled.trace,
        };
        let verdict = rules::check(&filled.text, &evidence);
        let style_score = if verdict.passed() {
            score::style_score(&filled.text, &self.samples, self.brief.language)
        } else {
            0.0
        };
        Judged { slotted, text: filled.text, verdict, style_score }
    }
}

/// How much of a model's answer is read: what is longer by far is no answer, and judging it would take long.
fn most_characters(brief: &Brief) -> usize {
    usize::try_from(brief.length.max).unwrap_or(usize::MAX).saturating_mul(2).saturating_add(500)
}

/// Tells the sentences of one variant, and remembers what it told.
struct Teller<'a> {
    progress: Option<&'a mpsc::UnboundedSender<Progress>>,
    variant: u8,
    told: u32,
    text: String,
}

impl Teller<'_> {
    fn sentence(&mut self, text: String) {
        self.text.push_str(&text);
        self.tell(Progress::Sentence { variant: self.variant, index: self.told, text });
        self.told += 1;
    }

    /// Makes sure that what was told is `text`: tells it anew if it is not.
    fn whole(&mut self, text: &str) {
        if self.text == text {
            return;
        }
        if self.told > 0 {
            self.tell(Progress::Rewritten { variant: self.variant });
            (self.told, self.text) = (0, String::new());
        }
        let starts: Vec<_> = sentence::sentences(text).into_iter().map(|place| place.start).collect();
        for (index, start) in starts.iter().enumerate() {
            let start = if index == 0 { 0 } else { *start };
            let end = starts.get(index + 1).copied().unwrap_or(text.len());
            self.sentence(text[start..end].to_owned());
        }
    }

    fn tell(&self, progress: Progress) {
        if let Some(sender) = self.progress {
            // Who doesn't listen any more drops the whole work.
            let _ = sender.send(progress);
        }
    }
}

/// Says in one word why a model did not write; what exactly happened is for metrics, not for callers (threat A8).
const fn reason(error: &llm::Error) -> WriterReason {
    match error {
        llm::Error::Unavailable { .. }
        | llm::Error::Limited { .. }
        | llm::Error::BreakerOpen { .. }
        | llm::Error::Misconfigured(_) => WriterReason::Unavailable,
        llm::Error::Busy => WriterReason::Busy,
        llm::Error::Timeout(_) => WriterReason::Timeout,
        llm::Error::Refused => WriterReason::Refused,
        llm::Error::BadAnswer(_) => WriterReason::BadAnswer,
    }
}

/// Random letters and digits that delimit samples.
fn boundary(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    data_encoding::HEXLOWER.encode(&bytes)
}

fn seed(id: GenerationId, variant: u8) -> u64 {
    let (_, low) = id.uuid().as_u64_pair();
    low.wrapping_add(u64::from(variant))
}

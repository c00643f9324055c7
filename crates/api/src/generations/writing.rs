//! The two writers: the language model first, if there is one; then the composer. What leaves has passed the rules.

use std::ops::ControlFlow;

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
    routes::{Writer, WriterReason},
};

/// What is to be written.
pub(super) struct Assignment<'a> {
    pub(super) id: GenerationId,
    pub(super) brief: &'a Brief,
    pub(super) samples: &'a [Sample],
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

/// Writes every variant, one after the other.
pub(super) async fn write(
    model: Option<&dyn ChatModel>,
    entropy: &dyn Entropy,
    assignment: &Assignment<'_>,
    progress: Option<&mpsc::UnboundedSender<Progress>>,
) -> Outcome {
    let mut outcome = Outcome::default();
    for variant in 0..assignment.variants {
        let teller = Teller { progress, variant, told: 0, text: String::new() };
        let mut desk = Desk { assignment, values: values(assignment), teller, outcome: &mut outcome };
        desk.write(model, entropy, variant).await;
    }
    outcome.tokens = assignment.meter.total();
    outcome
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
}

impl Desk<'_> {
    async fn write(&mut self, model: Option<&dyn ChatModel>, entropy: &dyn Entropy, variant: u8) {
        let reason = match model {
            None => None,
            Some(model) => match self.by_model(model, entropy).await {
                ControlFlow::Break(()) => return,
                ControlFlow::Continue(reason) => Some(reason),
            },
        };
        self.by_composer(reason, variant);
    }

    /// Lets the model write, and once more if the first text breaks a rule.
    async fn by_model(
        &mut self,
        model: &dyn ChatModel,
        entropy: &dyn Entropy,
    ) -> ControlFlow<(), WriterReason> {
        let shown = brief::for_model(self.assignment.brief);
        let exemplars = exemplar::choose(self.assignment.samples, &shown);
        let card = match self.assignment.card {
            Some(edited) => edited.clone(),
            None => card::card(&profile::profile(self.assignment.samples)),
        };
        let prompt = prompt::prompt(&exemplars, &card, &shown, &boundary(entropy));
        self.outcome.template_version = Some(prompt.template_version);
        let first = match self.ask(model, &prompt, &exemplars, true).await {
            Ok(judged) => judged,
            Err(reason) => return ControlFlow::Continue(reason),
        };
        let Some(first) = self.accept(first, WrittenBy::Model) else { return ControlFlow::Break(()) };
        let again = prompt::repair(&prompt, &first.slotted, &first.verdict.findings);
        match self.ask(model, &again, &exemplars, false).await {
            Ok(second) => match self.accept(second, WrittenBy::Model) {
                None => ControlFlow::Break(()),
                Some(_) => ControlFlow::Continue(WriterReason::Blocked),
            },
            Err(_) => ControlFlow::Continue(WriterReason::Blocked),
        }
    }

    /// Composes a text. If it is blocked too, there is none.
    fn by_composer(&mut self, reason: Option<WriterReason>, variant: u8) {
        let (samples, brief) = (self.assignment.samples, self.assignment.brief);
        match composer::compose(samples, brief, seed(self.assignment.id, variant)) {
            Ok(composition) => {
                let is_used = |sample: &&Sample| composition.used.contains(&(sample.id, sample.index));
                let used: Vec<_> = samples.iter().filter(is_used).collect();
                let judged = self.judge(composition.text, &used, None);
                if let Some(blocked) = self.accept(judged, WrittenBy::Composer(reason)) {
                    self.outcome.blocked.extend(blocked.verdict.findings);
                }
            }
            Err(_) => self.outcome.blocked.push(Finding {
                rule: Rule::R12,
                span: None,
                message: "Nothing could be composed from the samples.".to_owned(),
                category: "samples",
            }),
        }
    }

    /// Asks the model, and tells each sentence as soon as it has passed if `streamed`.
    async fn ask(
        &mut self,
        model: &dyn ChatModel,
        prompt: &Prompt,
        exemplars: &[&Sample],
        streamed: bool,
    ) -> Result<Judged, WriterReason> {
        let request = self.request(prompt);
        let meter = self.assignment.meter;
        meter.running(llm::Usage::estimate(&request, 0));
        let opened = model.stream(request.clone(), self.assignment.deadline).await;
        let mut stream = opened.map_err(|error| {
            meter.end(None);
            reason(&error)
        })?;
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
            Ok((FinishReason::Stop, _)) => Ok(self.judge(slotted, exemplars, Some(&prompt.system))),
            // The text may break off in a sentence.
            Ok((FinishReason::Length, _)) => Err(WriterReason::BadAnswer),
            Err(error) => Err(reason(&error)),
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
        while let Some(event) = stream.next().await {
            match event? {
                Event::Text(piece) => {
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

    /// Fills a text and judges the whole of it.
    fn judge(&self, slotted: String, samples: &[&Sample], instructions: Option<&str>) -> Judged {
        let slotted = slotted.trim().to_owned();
        match fill::fill(&slotted, &self.values) {
            Ok(filled) => {
                let verdict =
                    rules::check(&filled.text, &self.evidence(samples, instructions, &filled.trace));
                Judged { slotted, text: filled.text, verdict }
            }
            Err(error) => {
                let message = format!("A slot can't be filled: {error}.");
                let finding = Finding { rule: Rule::R8, span: None, message, category: "slot" };
                let verdict = Verdict { findings: vec![finding], trace: Vec::new() };
                Judged { text: String::new(), slotted, verdict }
            }
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
        let Judged { slotted, text, verdict } = judged;
        self.teller.whole(&text);
        let (samples, language) = (self.assignment.samples, self.assignment.brief.language);
        let style_score = score::style_score(&text, samples, language);
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

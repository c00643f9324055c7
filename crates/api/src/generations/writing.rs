//! The two writers: the language model first, if there is one; then the composer. What leaves has passed the rules.

use std::sync::Arc;

use domain::{
    clock::Entropy,
    ids::{GenerationId, TenantId},
};
use llm::{ChatModel, breaker::State};
use serve::traces::Within;
use tokio::{sync::mpsc, time::Instant};
use voice::{
    card::Card,
    composer,
    facts::Brief,
    fill::Values,
    prompt::{self, Prompt},
    rules::{Finding, Rule},
    sample::Sample,
};

use super::{
    Progress,
    judging::{Judge, Judged},
    meter::Meter,
    outcome::{Blocked, Draft, ModelDid, Outcome, WrittenBy},
    standing::Standing,
    telling::Teller,
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
    /// Whose turn it is where work waits.
    pub(super) tenant: TenantId,
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
    /// Whether it may still be written.
    pub(super) standing: &'a Standing<'a>,
    /// The place in the request's trace, if it is traced.
    pub(super) trace: Option<&'a Within>,
}

/// Writes every variant, one after the other; `outcome` tells at any time what came of it so far. Fails only when our own
/// work can't be done now.
pub(super) async fn write(
    model: Option<&dyn ChatModel>,
    entropy: &dyn Entropy,
    assignment: &Assignment<'_>,
    outcome: &mut Outcome,
    progress: Option<&mpsc::UnboundedSender<Progress>>,
) -> Result<(), Error> {
    let values =
        if assignment.fill { Values::of(assignment.brief) } else { Values::without_client(assignment.brief) };
    let (brief, samples) = (Arc::clone(assignment.brief), Arc::clone(assignment.samples));
    let judge = Arc::new(Judge { brief, samples, values, fill: assignment.fill });
    for variant in 0..assignment.variants {
        assignment.standing.check().await?;
        let teller = Teller::new(progress, variant);
        let mut desk = Desk { assignment, judge: Arc::clone(&judge), teller, outcome };
        desk.write(model, entropy, variant).await?;
        outcome.at_work = None;
    }
    outcome.tokens = assignment.meter.total();
    Ok(())
}

/// Where one variant is written.
pub(super) struct Desk<'a> {
    pub(super) assignment: &'a Assignment<'a>,
    pub(super) judge: Arc<Judge>,
    pub(super) teller: Teller<'a>,
    pub(super) outcome: &'a mut Outcome,
}

impl Desk<'_> {
    async fn write(
        &mut self,
        model: Option<&dyn ChatModel>,
        entropy: &dyn Entropy,
        variant: u8,
    ) -> Result<(), Error> {
        let Some(model) = model else { return self.by_composer(None, variant).await };
        let did = match self.outcome.model.last() {
            Some(before) if before.would_again() => before.clone(),
            _ => self.by_model(model, entropy).await?,
        };
        let reason = did.reason();
        self.outcome.model.push(did);
        match reason {
            None => Ok(()),
            reason => self.by_composer(reason, variant).await,
        }
    }

    /// Lets the model write, and once more if the first text breaks a rule.
    async fn by_model(&mut self, model: &dyn ChatModel, entropy: &dyn Entropy) -> Result<ModelDid, Error> {
        self.outcome.at_work = Some(Writer::Llm);
        let health = model.health();
        if let (State::Open, Some(retry_after)) = (health.breaker, health.open_for) {
            // A prompt takes work that would be for nothing.
            return Ok(ModelDid::Failed(llm::Error::BreakerOpen { retry_after }));
        }
        let prompt = Arc::new(self.prompt(boundary(entropy)).await?);
        self.outcome.template_version = Some(prompt.template_version);
        let (written, first) = match self.ask(model, &prompt, true).await? {
            Ok(first) => first,
            Err(error) => return Ok(ModelDid::Failed(error)),
        };
        let Some(first) = self.accept(first, WrittenBy::Model) else { return Ok(ModelDid::Wrote) };
        let again = Arc::new(prompt::repair(&prompt, &written, &first.verdict.findings));
        match self.ask(model, &again, false).await? {
            Ok((_, second)) => Ok(match self.accept(second, WrittenBy::Model) {
                None => ModelDid::Wrote,
                Some(second) => ModelDid::Blocked(rules_of(&second.verdict.findings)),
            }),
            Err(_) => Ok(ModelDid::Blocked(rules_of(&first.verdict.findings))),
        }
    }

    async fn prompt(&self, boundary: String) -> Result<Prompt, Error> {
        let (brief, samples) = (Arc::clone(self.assignment.brief), Arc::clone(self.assignment.samples));
        let edited = self.assignment.card.cloned();
        let prompt = move || {
            // The values go along to find other spellings of them; a prompt shows none.
            let mut shown = brief::for_model(&brief);
            shown.client.slots.clone_from(&brief.client.slots);
            shown.dietitian_name.clone_from(&brief.dietitian_name);
            prompt::prompt(&samples, edited.as_ref(), &shown, &boundary)
        };
        self.assignment.workers.run(self.assignment.tenant, prompt).await
    }

    /// Composes a text. If it is blocked too, there is none.
    async fn by_composer(&mut self, reason: Option<WriterReason>, variant: u8) -> Result<(), Error> {
        self.outcome.at_work = Some(Writer::Composer);
        let judge = Arc::clone(&self.judge);
        let seed = seed(self.assignment.id, variant);
        let composed = self.assignment.workers.run(self.assignment.tenant, move || {
            let composition = composer::compose(&judge.samples, &judge.brief, seed).ok()?;
            let judged = judge.whole(&composition.text, &composition.used, None);
            let blocked = |finding| Blocked::by(finding, &judged.text, &judge.brief);
            let blocked: Vec<_> = judged.verdict.findings.iter().map(blocked).collect();
            Some((judged, blocked))
        });
        match composed.await? {
            Some((judged, blocked)) => {
                self.outcome.blocked.extend(blocked);
                self.accept(judged, WrittenBy::Composer(reason));
            }
            // Nothing could be composed from them.
            None => self.outcome.blocked.push(Blocked::by_samples()),
        }
        Ok(())
    }

    /// Takes a text that passed, and gives back one that did not.
    fn accept(&mut self, judged: Judged, by: WrittenBy) -> Option<Judged> {
        if !judged.verdict.passed() {
            return Some(judged);
        }
        let Judged { slotted, text, verdict, style_score } = judged;
        self.teller.whole(&text);
        self.outcome.last_sentences.extend(self.teller.last());
        self.outcome.drafts.push(Draft { text, slotted, trace: verdict.trace, style_score, by });
        None
    }
}

fn rules_of(findings: &[Finding]) -> Vec<Rule> {
    let mut rules: Vec<Rule> = findings.iter().map(|finding| finding.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
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

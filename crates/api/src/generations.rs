//! Has texts written: reads what is needed, lets the writers write, and stores the result in one piece.
//!
//! No transaction is open while a text is written. Whatever ends a request early (an error, a caller who hangs up)
//! leaves no text behind: the idempotency key is given back, and what a language model used for it is metered.

mod asking;
mod judging;
mod meter;
mod outcome;
pub(crate) mod record;
mod standing;
mod telling;
mod writing;

use std::sync::Arc;

use api_db::{
    generations,
    idempotency::About,
    style_cards::VoiceId,
    usage::{self, UsageRecord},
};
use domain::{
    Timestamp,
    ids::{DietitianId, GenerationId},
    problem::{Code, Problem},
};
use http::header;
use tokio::{sync::mpsc, time::Instant};
use voice::{
    card::Card,
    facts::Brief,
    sample::{Sample, signature},
};

use self::{meter::Meter, outcome::Outcome, record::Record, standing::Standing, writing::Assignment};
use crate::{
    answer::Answer,
    app::App,
    brief, consents,
    error::Error,
    gate::Vouched,
    idempotency::{self, Start},
    limits, samples, styles,
    unfinished::{BrokenOff, Unfinished},
    warnings,
    wire::{
        Warning,
        generations::{NewGeneration, location},
    },
};

/// What is told while a text is written.
pub(crate) enum Progress {
    /// Writing begins.
    Created {
        /// The generation.
        id: GenerationId,
    },
    /// The next sentence of a variant, checked and filled.
    Sentence {
        /// Which variant, from 0.
        variant: u8,
        /// Which sentence of it, from 0.
        index: u32,
        /// With the white space that follows it.
        text: String,
    },
    /// The sentences of this variant so far are void; new ones follow.
    Rewritten {
        /// Which variant, from 0.
        variant: u8,
    },
}

/// A request that passed every check before writing.
pub(crate) enum Begun {
    /// It was done before.
    Replay(Answer),
    /// It is to be done.
    Work(Box<Work>),
}

/// A text to be written, with everything that is needed for it.
pub(crate) struct Work {
    unfinished: Unfinished,
    meter: Meter,
    id: GenerationId,
    created_at: Timestamp,
    begun: Instant,
    new: NewGeneration,
    material: Material,
    /// What came of it so far, also when it is broken off.
    outcome: Outcome,
    /// Whether the log says how it ended.
    logged: bool,
}

/// What a text is written from, as it was stored when the request came.
struct Material {
    brief: Arc<Brief>,
    samples: Arc<[Sample]>,
    card: Option<Card>,
    /// The facts that nobody could check.
    unchecked: Vec<Warning>,
}

/// Claims the key in a transaction as short as that, then reads consent and samples and checks the facts.
pub(crate) async fn begin(app: Arc<App>, vouched: Vouched, new: NewGeneration) -> Result<Begun, Error> {
    let (created_at, begun) = (app.now(), Instant::now());
    let claimed = match idempotency::begin(&app, &vouched, created_at).await? {
        Start::Replay(answer) => return Ok(Begun::Replay(answer)),
        Start::Work(claimed) => claimed,
    };
    let mut unfinished = Unfinished::new(app, vouched, claimed);
    match read(&unfinished.app, &unfinished.vouched, &new).await {
        Ok(material) => {
            let (id, meter) = (unfinished.app.id(), Meter::default());
            let outcome = Outcome::default();
            let work =
                Work { unfinished, meter, id, created_at, begun, new, material, outcome, logged: false };
            Ok(Begun::Work(Box::new(work)))
        }
        Err(error) => {
            unfinished.settle().await;
            Err(error)
        }
    }
}

async fn read(app: &App, vouched: &Vouched, new: &NewGeneration) -> Result<Material, Error> {
    let dietitian = DietitianId::from_uuid(new.dietitian_id);
    let voice = VoiceId { dietitian, content_type: new.r#type.into(), language: new.language.into() };
    let tx = app.read(vouched).await?;
    let found = standing::required(&tx, dietitian).await?;
    let samples = samples::of_voice(&tx, &voice).await?;
    let card = styles::edited_card(&tx, &voice).await?;
    drop(tx);
    let mut brief = brief_of(new);
    let checked = move || {
        let samples = samples.open()?;
        brief.dietitian_name = Some(signature(&samples, &found.display_name));
        brief::check(&brief)?;
        let mut unchecked = warnings::unchecked(&brief);
        unchecked.extend(warnings::missing_in_greetings(&samples, &brief));
        Ok::<_, Error>((brief, samples, unchecked))
    };
    let (brief, samples, unchecked) = app.workers.run(vouched.tenant(), checked).await??;
    if samples.is_empty() {
        let detail = "store samples of this type in this language first";
        return Err(Problem::new(Code::StyleNotReady).detail(detail).into());
    }
    Ok(Material { brief: Arc::new(brief), samples: samples.into(), card, unchecked })
}

impl Work {
    /// The request id that logs and answers carry.
    pub(crate) fn request_id(&self) -> &str {
        self.unfinished.vouched.request_id()
    }

    /// Writes and stores, and returns the answer. Dropping the future stops both, and settles what is left.
    pub(crate) async fn run(
        mut self: Box<Self>,
        progress: Option<mpsc::UnboundedSender<Progress>>,
    ) -> Result<Answer, Error> {
        if let Some(progress) = &progress {
            // Who doesn't listen any more drops this future.
            let _ = progress.send(Progress::Created { id: self.id });
        }
        let stored = match self.write(progress.as_ref()).await {
            Ok(()) => self.store().await,
            Err(error) => Err(error),
        };
        self.log(if stored.is_ok() { "stored" } else { "failed" });
        if stored.is_ok() {
            for sentence in self.outcome.last_sentences.drain(..) {
                let _ = progress.as_ref().map(|progress| progress.send(sentence));
            }
        } else {
            self.unfinished.used(self.broken_off());
            self.unfinished.settle().await;
        }
        stored
    }

    async fn write(&mut self, progress: Option<&mpsc::UnboundedSender<Progress>>) -> Result<(), Error> {
        let tenant = self.tenant();
        let app = &self.unfinished.app;
        let dietitian = DietitianId::from_uuid(self.new.dietitian_id);
        let standing = Standing::new(app, &self.unfinished.vouched, dietitian);
        let assignment = Assignment {
            id: self.id,
            tenant,
            workers: &app.workers,
            brief: &self.material.brief,
            samples: &self.material.samples,
            card: self.material.card.as_ref(),
            fill: self.new.fill,
            variants: self.new.variants,
            deadline: Instant::now() + app.writing,
            safety_identifier: app.pseudonyms.pseudonym(tenant, self.new.dietitian_id),
            meter: &self.meter,
            standing: &standing,
            trace: self.unfinished.vouched.trace(),
        };
        let (model, outcome) = (app.model.as_deref(), &mut self.outcome);
        writing::write(model, app.entropy.as_ref(), &assignment, outcome, progress).await
    }

    /// Logs once how it ended, in ids, numbers and words of our own.
    fn log(&mut self, end: &'static str) {
        self.logged = true;
        let outcome = &self.outcome;
        let metrics = &self.unfinished.app.metrics;
        metrics.generation(outcome.logged_writer(), end);
        outcome.model.iter().for_each(|did| metrics.model(did.counted()));
        tracing::info!(
            request.id = self.request_id(),
            tenant.id = %self.tenant(),
            generation.id = %self.id,
            end,
            texts = outcome.drafts.len(),
            writer = outcome.logged_writer(),
            model.outcome = outcome.logged_model(),
            model.attempts = outcome.attempts,
            duration_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            "a generation ended"
        );
    }

    fn tenant(&self) -> domain::ids::TenantId {
        self.unfinished.vouched.tenant()
    }

    /// Stores result, use and answer in one transaction: all of them last, or none.
    async fn store(&mut self) -> Result<Answer, Error> {
        let (brief, outcome) = (&self.material.brief, &self.outcome);
        let unchecked = &self.material.unchecked;
        let record = Record::new(&self.new, brief, self.id, outcome, unchecked, self.created_at);
        let answer = self.answer(&record, outcome)?;
        let tx = self.unfinished.app.begin(&self.unfinished.vouched).await?;
        let dietitian = DietitianId::from_uuid(self.new.dietitian_id);
        // It may have been taken back while the text was written.
        consents::hold(&tx, dietitian).await?;
        generations::insert(&tx, &record.row(&self.new, brief, self.unfinished.vouched.caller())?).await?;
        usage::insert(&tx, &self.usage(&record)).await?;
        let about = About { dietitian: Some(dietitian), generation: Some(self.id) };
        if let Some(claimed) = self.unfinished.claimed() {
            claimed.complete(&tx, &answer, about).await?;
        }
        tx.commit().await?;
        self.unfinished.finished();
        Ok(answer)
    }

    /// Returns what is stored of a text that is given up, if a model worked on it.
    fn broken_off(&self) -> Option<BrokenOff> {
        let used = Some(self.meter.total()).filter(|tokens| tokens.is_some())?;
        let brief = &self.material.brief;
        let record = Record::broken_off(&self.new, brief, self.id, used, self.created_at);
        let generation = record.row(&self.new, brief, self.unfinished.vouched.caller()).ok()?;
        Some(BrokenOff { generation, usage: self.usage(&record) })
    }

    fn answer(&self, record: &Record, outcome: &Outcome) -> Result<Answer, Error> {
        if record.generation.blocked_by.is_empty() {
            return Ok(Answer::created(&record.generation, location(self.id))?.disclosed());
        }
        Ok(Answer::problem(&outcome.problem().into(), self.request_id())
            .header(header::LOCATION, location(self.id)))
    }

    fn usage(&self, record: &Record) -> UsageRecord {
        let caller = self.unfinished.vouched.caller();
        UsageRecord {
            id: self.unfinished.app.id(),
            generation: self.id,
            meter: METER.to_owned(),
            application: caller.application,
            key: caller.key.clone(),
            dietitian: DietitianId::from_uuid(self.new.dietitian_id),
            content_type: self.material.brief.content_type,
            writer: record.metered_as().to_owned(),
            input_tokens: record.generation.usage.input_tokens,
            output_tokens: record.generation.usage.output_tokens,
            units: record.generation.usage.units,
            created_at: self.created_at,
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if !self.logged {
            self.outcome.cancel();
            self.log("cancelled");
            self.unfinished.used(self.broken_off());
        }
    }
}

/// What generations are metered as.
const METER: &str = "generation";

fn brief_of(new: &NewGeneration) -> Brief {
    Brief {
        content_type: new.r#type.into(),
        language: new.language.into(),
        units: new.units.into(),
        client: new.client.clone().into(),
        facts: new.facts.clone().into(),
        note: new.brief.clone(),
        length: new.length.map_or(limits::TEXT_LENGTH, Into::into),
        dietitian_name: None,
    }
}

//! Has texts written: reads what is needed, lets the writers write, and stores the result in one piece.
//!
//! No transaction is open while a text is written. Whatever ends a request early (an error, a caller who hangs up)
//! leaves nothing behind: the idempotency key is given back.

pub(crate) mod record;
mod writing;

use std::sync::Arc;

use api_db::{
    Tx, dietitians, generations,
    idempotency::About,
    style_cards::VoiceId,
    usage::{self, UsageRecord},
};
use domain::{
    Timestamp,
    ids::{DietitianId, GenerationId},
    problem::{Code, Problem},
};
use tokio::{sync::mpsc, time::Instant};
use voice::{
    card::Card,
    facts::Brief,
    sample::{Sample, signature},
};

use self::{
    record::Record,
    writing::{Assignment, Outcome},
};
use crate::{
    answer::Answer,
    app::App,
    brief, consents,
    error::Error,
    gate::Vouched,
    idempotency::{self, Claimed, Start},
    limits,
    routes::{NewGeneration, location},
    samples, styles,
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
    claim: ClaimGuard,
    id: GenerationId,
    created_at: Timestamp,
    new: NewGeneration,
    material: Material,
}

/// What a text is written from, as it was stored when the request came.
struct Material {
    brief: Brief,
    samples: Vec<Sample>,
    card: Option<Card>,
}

/// Claims the key in a transaction as short as that, then reads consent and samples and checks the facts.
pub(crate) async fn begin(app: Arc<App>, vouched: Vouched, new: NewGeneration) -> Result<Begun, Error> {
    let created_at = app.now();
    let claimed = match claim(&app, &vouched, created_at).await? {
        Start::Replay(answer) => return Ok(Begun::Replay(answer)),
        Start::Work(claimed) => claimed,
    };
    let mut claim = ClaimGuard { app, vouched, claimed: Some(claimed) };
    match read(&claim.app, &claim.vouched, &new).await {
        Ok(material) => {
            let id = claim.app.id();
            Ok(Begun::Work(Box::new(Work { claim, id, created_at, new, material })))
        }
        Err(error) => {
            claim.give_back().await?;
            Err(error)
        }
    }
}

async fn claim(app: &App, vouched: &Vouched, now: Timestamp) -> Result<Start, Error> {
    if vouched.idempotency_key().is_none() {
        return Ok(Start::Work(Claimed::default()));
    }
    let tx = app.begin(vouched).await?;
    let start = idempotency::claim(&tx, app, vouched, now).await?;
    tx.commit().await?;
    Ok(start)
}

async fn read(app: &App, vouched: &Vouched, new: &NewGeneration) -> Result<Material, Error> {
    let dietitian = DietitianId::from_uuid(new.dietitian_id);
    let voice = VoiceId { dietitian, content_type: new.r#type.into(), language: new.language.into() };
    let tx = app.read(vouched).await?;
    let found = dietitians::get(&tx, dietitian).await?;
    consents::required(&tx, dietitian).await?;
    if found.status == dietitians::Status::Paused {
        return Err(Problem::new(Code::StateConflict).detail("this dietitian is paused").into());
    }
    let samples = samples::of_voice(&tx, &voice).await?;
    let card = styles::edited_card(&tx, &voice).await?;
    drop(tx);
    let brief = brief_of(new, signature(&samples, &found.display_name));
    brief::check(&brief)?;
    if samples.is_empty() {
        let detail = "store samples of this type in this language first";
        return Err(Problem::new(Code::StyleNotReady).detail(detail).into());
    }
    Ok(Material { brief, samples, card })
}

impl Work {
    /// The request id that logs and answers carry.
    pub(crate) fn request_id(&self) -> &str {
        self.claim.vouched.request_id()
    }

    /// Writes and stores, and returns the answer. Dropping the future stops both and gives the key back.
    pub(crate) async fn run(
        self: Box<Self>,
        progress: Option<mpsc::UnboundedSender<Progress>>,
    ) -> Result<Answer, Error> {
        if let Some(progress) = &progress {
            // Who doesn't listen any more drops this future.
            let _ = progress.send(Progress::Created { id: self.id });
        }
        let app = &self.claim.app;
        let assignment = Assignment {
            id: self.id,
            brief: &self.material.brief,
            samples: &self.material.samples,
            card: self.material.card.as_ref(),
            fill: self.new.fill,
            variants: self.new.variants,
            deadline: Instant::now() + app.writing,
            safety_identifier: app.pseudonyms.pseudonym(self.tenant(), self.new.dietitian_id),
        };
        let outcome =
            writing::write(app.model.as_deref(), app.entropy.as_ref(), &assignment, progress.as_ref()).await;
        let record = Record::new(&self.new, &self.material.brief, self.id, &outcome, self.created_at);
        self.store(record, &outcome).await
    }

    fn tenant(&self) -> domain::ids::TenantId {
        self.claim.vouched.tenant()
    }

    /// Stores result, use and answer in one transaction: all of them last, or none.
    async fn store(mut self: Box<Self>, record: Record, outcome: &Outcome) -> Result<Answer, Error> {
        let answer = self.answer(&record)?;
        let app = Arc::clone(&self.claim.app);
        let tx = app.begin(&self.claim.vouched).await?;
        let dietitian = DietitianId::from_uuid(self.new.dietitian_id);
        // It may have been taken back while the text was written.
        consents::required(&tx, dietitian).await?;
        generations::insert(&tx, &record.row(&self.new, &self.material.brief, self.claim.vouched.caller())?)
            .await?;
        usage::insert(&tx, &self.usage(&record, outcome)).await?;
        let about = About { dietitian: Some(dietitian), generation: Some(self.id) };
        if let Some(claimed) = &self.claim.claimed {
            claimed.complete(&tx, &answer, about).await?;
        }
        tx.commit().await?;
        self.claim.claimed = None;
        Ok(answer)
    }

    fn answer(&self, record: &Record) -> Result<Answer, Error> {
        if record.generation.blocked_by.is_empty() {
            return Ok(location(Answer::created_here(&record.generation)?, self.id));
        }
        let errors = record.generation.blocked_by.iter().map(|category| {
            domain::problem::FieldError::new("", category, "a text broke a rule of this category")
        });
        let problem = Problem::new(Code::OutputBlocked).errors(errors.collect());
        Ok(location(Answer::problem(&problem.into(), self.request_id()), self.id))
    }

    fn usage(&self, record: &Record, outcome: &Outcome) -> UsageRecord {
        let caller = self.claim.vouched.caller();
        UsageRecord {
            id: self.claim.app.id(),
            generation: self.id,
            meter: METER.to_owned(),
            application: caller.application,
            key: caller.key.clone(),
            dietitian: DietitianId::from_uuid(self.new.dietitian_id),
            content_type: self.material.brief.content_type,
            writer: outcome.writer_name().to_owned(),
            input_tokens: record.generation.usage.input_tokens,
            output_tokens: record.generation.usage.output_tokens,
            units: record.generation.usage.units,
            created_at: self.created_at,
        }
    }
}

/// What generations are metered as.
const METER: &str = "generation";

/// Gives the idempotency key back unless the answer was stored.
struct ClaimGuard {
    app: Arc<App>,
    vouched: Vouched,
    claimed: Option<Claimed>,
}

impl ClaimGuard {
    /// Gives the key back before the refusal is answered, so that the caller can try again at once.
    async fn give_back(&mut self) -> Result<(), Error> {
        if let Some(claimed) = self.claimed.as_ref().filter(|claimed| claimed.is_some()) {
            release(&self.app, &self.vouched, claimed).await?;
        }
        self.claimed = None;
        Ok(())
    }
}

impl Drop for ClaimGuard {
    fn drop(&mut self) {
        let Some(claimed) = self.claimed.take().filter(Claimed::is_some) else { return };
        let (app, vouched) = (Arc::clone(&self.app), self.vouched.clone());
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        // If this fails too, the lease runs out by itself.
        runtime.spawn(async move {
            if let Err(error) = release(&app, &vouched, &claimed).await {
                tracing::warn!(request.id = vouched.request_id(), %error, "an idempotency key was not given back");
            }
        });
    }
}

async fn release(app: &App, vouched: &Vouched, claimed: &Claimed) -> Result<(), Error> {
    let tx: Tx = app.begin(vouched).await?;
    claimed.release(&tx).await?;
    Ok(tx.commit().await?)
}

fn brief_of(new: &NewGeneration, dietitian_name: String) -> Brief {
    Brief {
        content_type: new.r#type.into(),
        language: new.language.into(),
        units: new.units.into(),
        client: new.client.clone().into(),
        facts: new.facts.clone().into(),
        note: new.brief.clone(),
        length: new.length.map_or(limits::TEXT_LENGTH, Into::into),
        dietitian_name: Some(dietitian_name),
    }
}

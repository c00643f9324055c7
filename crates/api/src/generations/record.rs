//! A generation as it is answered, and the part of it that is stored.

use api_db::generations as table;
use domain::{
    Timestamp,
    caller::Caller,
    ids::{DietitianId, GenerationId},
    problem::Code,
};
use serde_json::Value;
use time::Duration;
use voice::{facts::Brief, fill, fill::Values};

use super::{
    meter::Tokens,
    outcome::{Draft, Outcome, WrittenBy},
};
use crate::{
    brief,
    error::Error,
    warnings,
    wire::{
        self, Warning,
        generations::{Generation, NewGeneration, Status, Store, Usage, Variant, Writer},
    },
};

/// How long content is kept.
const KEPT: Duration = Duration::days(30);

/// Our name for the language model.
const MODEL_ALIAS: &str = "default";

/// A generation as it is answered.
pub(crate) struct Record {
    pub(crate) generation: Generation,
    /// The same texts with the client's slots open, for what is stored without values.
    redacted: Vec<Variant>,
    created_at: Timestamp,
}

impl Record {
    /// Returns the record of what was just written.
    pub(super) fn new(
        new: &NewGeneration,
        brief: &Brief,
        id: GenerationId,
        outcome: &Outcome,
        unchecked: &[Warning],
        created_at: Timestamp,
    ) -> Self {
        let drafted = !outcome.drafts.is_empty();
        let by_model = outcome.drafts.iter().any(|draft| draft.by == WrittenBy::Model);
        let writer = drafted.then(|| outcome.writer());
        let generation = Generation {
            id: id.uuid(),
            status: if drafted { Status::Draft } else { Status::Blocked },
            dietitian_id: new.dietitian_id,
            r#type: new.r#type,
            language: new.language,
            client_external_ref: new.client.external_ref.clone(),
            variants: outcome.drafts.iter().map(|draft| variant(draft, &draft.text, &draft.trace)).collect(),
            writer,
            blocked_by: outcome.blocked_by(),
            warnings: warnings_of(brief, outcome, unchecked),
            usage: Usage {
                input_tokens: outcome.tokens.input,
                output_tokens: outcome.tokens.output,
                units: u64::try_from(outcome.drafts.len()).unwrap_or(u64::MAX),
            },
            ai_generated: true,
            review_required: true,
            model_alias: by_model.then(|| MODEL_ALIAS.to_owned()),
            template_version: outcome.template_version.map(str::to_owned),
            rules_checked: brief::rules_checked(),
            rules_version: brief::RULES_VERSION.to_owned(),
            store: new.store,
            created_at: wire::rfc3339(created_at),
            expires_at: wire::rfc3339(created_at + KEPT),
        };
        let open = Values::without_client(brief);
        let redacted = outcome
            .drafts
            .iter()
            .map(|draft| match fill::fill(&draft.slotted, &open) {
                Ok(filled) => variant(draft, &brief::without_client(filled.text.trim(), brief), &[]),
                Err(_) => Variant { text: None, ..variant(draft, &draft.text, &[]) },
            })
            .collect();
        Self { generation, redacted, created_at }
    }

    /// Returns the record of a text that a model worked on and that was given up.
    pub(super) fn broken_off(
        new: &NewGeneration,
        brief: &Brief,
        id: GenerationId,
        used: Tokens,
        created_at: Timestamp,
    ) -> Self {
        let mut record = Self::new(new, brief, id, &Outcome::of_no_text(used), &[], created_at);
        record.generation.status = Status::Failed;
        record
    }

    /// Returns who is metered: the model if it was used at all.
    pub(super) const fn metered_as(&self) -> &'static str {
        let Usage { input_tokens, output_tokens, .. } = self.generation.usage;
        if input_tokens + output_tokens > 0 { "llm" } else { "composer" }
    }

    /// Returns the row that is stored, with as much content as the caller wants kept.
    pub(super) fn row(
        &self,
        new: &NewGeneration,
        brief: &Brief,
        caller: &Caller,
    ) -> Result<table::Generation, Error> {
        Ok(table::Generation {
            id: GenerationId::from_uuid(self.generation.id),
            dietitian: DietitianId::from_uuid(new.dietitian_id),
            application: caller.application,
            key: caller.key.clone(),
            content_type: brief.content_type,
            language: brief.language,
            status: self.generation.status.into(),
            request: self.kept_request(new, brief)?,
            response: Some(json(&self.kept_response())?),
            created_at: self.created_at,
            expires_at: self.created_at + KEPT,
        })
    }

    /// Returns what was stored.
    ///
    /// # Errors
    /// `erased` when the content is gone.
    pub(crate) fn read(row: table::Generation) -> Result<Self, Error> {
        let response = row.response.ok_or(Error::code(Code::Erased))?;
        let generation = serde_json::from_value(response)
            .map_err(|_| Error::Fault("a stored generation can't be read"))?;
        Ok(Self { generation, redacted: Vec::new(), created_at: row.created_at })
    }

    fn kept_request(&self, new: &NewGeneration, brief: &Brief) -> Result<Option<Value>, Error> {
        if self.generation.status == Status::Failed {
            return Ok(None);
        }
        match new.store {
            Store::None | Store::Metadata => Ok(None),
            Store::Full => json(new).map(Some),
            Store::Redacted => {
                let mut request = json(new)?;
                let shown = brief::for_model(brief);
                request["client"]["slots"] = json(&shown.client.slots)?;
                request["facts"]["goals"] = json(&shown.facts.goals)?;
                request["facts"]["meals"] = json(&shown.facts.meals)?;
                request["brief"] = json(&shown.note)?;
                Ok(Some(request))
            }
        }
    }

    fn kept_response(&self) -> Generation {
        let kept = self.generation.clone();
        match kept.store {
            Store::Full => kept,
            Store::Redacted => Generation { variants: self.redacted.clone(), ..kept },
            Store::Metadata => {
                let variants = kept.variants.iter().cloned();
                let variants =
                    variants.map(|one| Variant { text: None, fact_trace: Vec::new(), ..one }).collect();
                Generation { variants, ..kept }
            }
            Store::None => Generation {
                variants: Vec::new(),
                blocked_by: Vec::new(),
                warnings: Vec::new(),
                client_external_ref: None,
                ..kept
            },
        }
    }
}

/// Returns what the dietitian should know of the facts: what nobody checked, and what the composer did not say.
fn warnings_of(brief: &Brief, outcome: &Outcome, unchecked: &[Warning]) -> Vec<Warning> {
    let composed = || outcome.drafts.iter().filter(|draft| draft.by != WrittenBy::Model);
    let repeated = warnings::repeated(&composed().map(|draft| draft.text.as_str()).collect::<Vec<_>>());
    let unsaid = composed().flat_map(|draft| warnings::unsaid_by_composer(brief, &draft.text, &draft.trace));
    let mut warnings: Vec<_> = unchecked.iter().cloned().chain(unsaid).chain(repeated).collect();
    warnings.sort();
    warnings.dedup();
    warnings
}

fn variant(draft: &Draft, text: &str, trace: &[fill::Trace]) -> Variant {
    Variant {
        text: Some(text.to_owned()),
        writer: match draft.by {
            WrittenBy::Model => Writer::Llm,
            WrittenBy::Composer(_) => Writer::Composer,
        },
        writer_reason: match draft.by {
            WrittenBy::Model => None,
            WrittenBy::Composer(reason) => reason,
        },
        style_score: (draft.style_score * 1000.0).round() / 1000.0,
        fact_trace: wire::fact_trace(text, trace),
        findings: Vec::new(),
    }
}

fn json(value: &impl serde::Serialize) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(|_| Error::Fault("a value has no JSON form"))
}

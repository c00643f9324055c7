//! Checks a text that the caller brings.

use std::sync::Arc;

use api_db::{dietitians, idempotency::About, style_cards::VoiceId};
use domain::ids::DietitianId;
use voice::{
    facts::{Brief, Length},
    rules::{self, Evidence},
    sample::signature,
};

use crate::{
    answer::Answer,
    app::App,
    brief,
    error::Error,
    gate::Vouched,
    names,
    samples::{self, Learned},
    unfinished, warnings,
    wire::{
        self,
        checks::{Check, NewCheck, Verdict},
    },
};

/// Returns what the rules say about a text.
pub(crate) async fn run(app: &Arc<App>, vouched: &Vouched, new: NewCheck) -> Result<Answer, Error> {
    let dietitian = new.dietitian_id.map(DietitianId::from_uuid);
    let judged = judge(app, vouched, new);
    if vouched.idempotency_key().is_none() {
        return judged.await;
    }
    let about = About { dietitian, generation: None };
    unfinished::once_prepared(app, vouched, app.now(), judged, async |_, answer| Ok((answer, about))).await
}

async fn judge(app: &App, vouched: &Vouched, new: NewCheck) -> Result<Answer, Error> {
    let dietitian = match new.dietitian_id.map(DietitianId::from_uuid) {
        None => None,
        Some(dietitian) => Some(known(app, vouched, dietitian, &new).await?),
    };
    let judge = move || {
        let signed = |(display_name, samples): (String, Learned)| {
            Ok::<_, Error>(signature(&samples.open()?, &display_name))
        };
        let name = dietitian.map(signed).transpose()?;
        Answer::ok(&check(new, name)?)
    };
    app.workers.run(vouched.tenant(), judge).await?
}

/// Returns a dietitian's name and samples, which tell how they sign.
async fn known(
    app: &App,
    vouched: &Vouched,
    dietitian: DietitianId,
    new: &NewCheck,
) -> Result<(String, Learned), Error> {
    let tx = app.read(vouched).await?;
    let found = dietitians::get(&tx, dietitian).await.map_err(Error::about_dietitian_id)?;
    let display_name = found.display_name;
    let voice = VoiceId { dietitian, content_type: new.r#type.into(), language: new.language.into() };
    Ok((display_name, samples::of_voice(&tx, &voice).await?))
}

fn check(new: NewCheck, dietitian_name: Option<String>) -> Result<Check, Error> {
    let brief = Brief {
        content_type: new.r#type.into(),
        language: new.language.into(),
        units: new.units.into(),
        client: new.client.into(),
        facts: new.facts.into(),
        note: new.brief,
        length: new.length.map_or(ANY_LENGTH, Into::into),
        dietitian_name,
    };
    brief::check(&brief)?;
    let evidence =
        Evidence { brief: &brief, samples: &[], instructions: None, slots_filled: true, trace: &[] };
    let verdict = rules::check(&new.text, &evidence);
    Ok(Check {
        verdict: if verdict.passed() { Verdict::Pass } else { Verdict::Block },
        findings: wire::findings(&new.text, &verdict.findings),
        fact_trace: wire::fact_trace(&new.text, &names::traced(&new.text, &brief, verdict.trace)),
        warnings: warnings::unchecked(&brief),
        rules_version: brief::RULES_VERSION.to_owned(),
        rules_checked: brief::rules_checked().into_iter().filter(|rule| rule != FACT_BLEED).collect(),
    })
}

/// Compares a text with the samples it was written from. A text that the caller brings was written from none of ours.
const FACT_BLEED: &str = "R11";

const ANY_LENGTH: Length = Length { min: 0, max: u32::MAX };

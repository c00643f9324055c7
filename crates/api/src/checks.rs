//! Checks a text that the caller brings.

use api_db::idempotency::About;
use voice::{
    facts::{Brief, Length},
    rules::{self, Evidence},
};

use crate::{
    answer::Answer,
    app::App,
    brief,
    error::Error,
    gate::Vouched,
    idempotency::{self, Start},
    routes::{Check, NewCheck, Verdict, wire},
};

/// Returns what the rules say about a text.
pub(crate) async fn run(app: &App, vouched: &Vouched, new: NewCheck) -> Result<Answer, Error> {
    let answer = Answer::ok(&check(new)?)?;
    let tx = app.begin(vouched).await?;
    let claimed = match idempotency::claim(&tx, app, vouched, app.now()).await? {
        Start::Replay(answer) => {
            tx.commit().await?;
            return Ok(answer);
        }
        Start::Work(claimed) => claimed,
    };
    claimed.complete(&tx, &answer, About::default()).await?;
    tx.commit().await?;
    Ok(answer)
}

fn check(new: NewCheck) -> Result<Check, Error> {
    let brief = Brief {
        content_type: new.r#type.into(),
        language: new.language.into(),
        units: new.units.into(),
        client: new.client.into(),
        facts: new.facts.into(),
        note: new.brief,
        length: new.length.map_or(ANY_LENGTH, Into::into),
        dietitian_name: None,
    };
    brief::check(&brief)?;
    let evidence =
        Evidence { brief: &brief, samples: &[], instructions: None, slots_filled: true, trace: &[] };
    let verdict = rules::check(&new.text, &evidence);
    Ok(Check {
        verdict: if verdict.passed() { Verdict::Pass } else { Verdict::Block },
        findings: wire::findings(&new.text, &verdict.findings),
        fact_trace: wire::fact_trace(&new.text, &verdict.trace),
        rules_version: brief::RULES_VERSION.to_owned(),
    })
}

const ANY_LENGTH: Length = Length { min: 0, max: u32::MAX };

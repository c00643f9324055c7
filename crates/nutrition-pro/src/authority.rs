//! `authority`: lets parts that run apart ask for their first certificates.

use anyhow::Context as _;
use domain::clock::Clock as _;
use seal::{enrolment::EnrolmentKey, entropy::SystemEntropy, pki::Part};
use serde_json::json;
use serve::clock::SystemClock;
use time::Duration;

use crate::{cli::Authority, data_dir::DataDir, exit::Usage, terminal, variables};

pub(crate) fn run(command: &Authority) -> anyhow::Result<()> {
    let Authority::Enrol { part, minutes, days, reusable, target } = command;
    let lifetime = match (minutes, days) {
        (_, Some(days)) => Duration::days(i64::from(*days)),
        (Some(minutes), None) => Duration::minutes(i64::from(*minutes)),
        (None, None) => Duration::minutes(60),
    };
    if !(Duration::minutes(1)..=Duration::days(365)).contains(&lifetime) {
        return Err(Usage("an enrolment lives between a minute and 365 days".to_owned()).into());
    }
    let mut settings = variables::from_environment();
    if let Some(directory) = DataDir::existing(&target.data_dir) {
        directory.configure(&mut settings);
    }
    let master_key = control_plane::config::master_key(&mut settings);
    settings.finish(variables::all())?;
    let key = EnrolmentKey::new(&master_key.context("the control plane's master key is missing")?)?;
    let now = SystemClock.now();
    let (text, enrolment) = key.enrol(*part, !reusable, now, now + lifetime, &SystemEntropy);
    if target.json {
        terminal::say(
            &json!({
                "enrolment": text, "id": enrolment.id, "part": enrolment.part,
                "ends_at": enrolment.ends_at, "once": enrolment.once,
            })
            .to_string(),
        );
    } else {
        terminal::say(&text);
    }
    Ok(())
}

/// Reads the word for a part that enrols; the control plane does not.
pub(crate) fn part(text: &str) -> Result<Part, String> {
    [Part::Gateway, Part::Api]
        .into_iter()
        .find(|part| part.as_str() == text)
        .ok_or_else(|| format!("there is no part `{text}` that enrols; they are gateway and api"))
}

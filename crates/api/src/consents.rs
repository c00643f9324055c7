//! What dietitians agreed to, and the one place that asks whether they did.

use api_db::{
    Reader, Tx,
    consents::{self, Consent, ConsentScope},
    dietitians,
};
use domain::{
    ids::DietitianId,
    problem::{Code, Problem},
};
use time::Duration;

use crate::{
    app::App,
    error::Error,
    gate::Vouched,
    wire::{consents::NewConsent, moment},
};

/// How far the clocks of callers may be ahead of ours.
const CLOCKS: Duration = Duration::minutes(1);

/// Puts a consent in force.
pub(crate) async fn grant(
    app: &App,
    vouched: &Vouched,
    dietitian: DietitianId,
    new: NewConsent,
) -> Result<Consent, Error> {
    let now = app.now();
    let granted_at = moment(new.granted_at.as_deref(), "/granted_at")?.unwrap_or(now);
    if granted_at > now + CLOCKS {
        return Err(Error::field(
            Code::Schema,
            "/granted_at",
            "maximum",
            "a consent can't be given in the future",
        ));
    }
    let mut scopes: Vec<ConsentScope> = Vec::new();
    for scope in new.scope {
        if !scopes.contains(&scope.into()) {
            scopes.push(scope.into());
        }
    }
    let consent = Consent {
        id: app.id(),
        dietitian,
        document_version: new.document_version,
        scopes,
        evidence_ref: new.evidence_ref,
        granted_at: granted_at.min(now),
        revoked_at: None,
    };
    for last in [false, true] {
        let tx = app.begin(vouched).await?;
        dietitians::get(&tx, dietitian).await?;
        match consents::grant(&tx, &consent, now).await {
            // Another consent came in force at the same moment: this one is the later.
            Err(api_db::Error::Conflict) if !last => {}
            granted => {
                granted?;
                tx.commit().await?;
                break;
            }
        }
    }
    Ok(consent)
}

/// Fails with `consent-required` unless the dietitian agreed to have texts written in their voice.
pub(crate) async fn required(tx: &Reader, dietitian: DietitianId) -> Result<(), Error> {
    let consent = consents::current(tx, dietitian).await?;
    allowed(tx, dietitian, consent).await
}

/// Fails as [`required`] does, and keeps the consent in force until what this transaction stores is stored.
pub(crate) async fn hold(tx: &Tx, dietitian: DietitianId) -> Result<(), Error> {
    let consent = consents::hold(tx, dietitian).await.map_err(Error::about_dietitian_id)?;
    allowed(tx, dietitian, consent).await
}

/// Returns why there is no consent to show or to take back.
pub(crate) async fn missing(tx: &Reader, dietitian: DietitianId) -> Error {
    let detail = match dietitians::get(tx, dietitian).await {
        Ok(_) => "no consent of this dietitian is in force: it was never given, or was taken back",
        Err(api_db::Error::NotFound) => "you have no dietitian of this id",
        Err(error) => return error.into(),
    };
    Problem::new(Code::NotFound).detail(detail).into()
}

async fn allowed(tx: &Reader, dietitian: DietitianId, consent: Option<Consent>) -> Result<(), Error> {
    if consent.is_some_and(|consent| consent.scopes.contains(&ConsentScope::Generate)) {
        Ok(())
    } else {
        // Whose dietitian is gone, also while a text was written, has nobody left to ask for consent.
        dietitians::get(tx, dietitian).await.map_err(Error::about_dietitian_id)?;
        let detail = format!(
            "put the dietitian's consent in force first: PUT /api/v1/dietitians/{dietitian}/consent with \"generate\" in its scope"
        );
        Err(Problem::new(Code::ConsentRequired).detail(detail).into())
    }
}

//! Adds, changes and removes dietitians.

use api_db::{
    dietitians::{self, Dietitian},
    idempotency::About,
};
use domain::{ids::DietitianId, problem::Code};
use http::HeaderMap;

use crate::{
    answer::Answer,
    app::App,
    error::Error,
    etag,
    gate::Vouched,
    idempotency, naming,
    wire::dietitians::{DietitianChange, NewDietitian},
};

/// Adds a dietitian and returns the answer that `answer` makes of it.
pub(crate) async fn create(
    app: &App,
    vouched: &Vouched,
    new: NewDietitian,
    answer: impl FnOnce(&Dietitian) -> Result<Answer, Error>,
) -> Result<Answer, Error> {
    let now = app.now();
    let languages = distinct(new.languages.into_iter().map(Into::into));
    naming::check_display_name(&new.display_name, &languages)?;
    let dietitian = Dietitian {
        id: app.id(),
        external_ref: new.external_ref,
        display_name: new.display_name,
        languages,
        licence: new.licence.map(Into::into),
        status: new.status.into(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    idempotency::once(app, vouched, now, async |tx| {
        dietitians::insert(tx, &dietitian).await.map_err(taken)?;
        Ok((answer(&dietitian)?, About { dietitian: Some(dietitian.id), generation: None }))
    })
    .await
}

fn taken(error: api_db::Error) -> Error {
    match error {
        api_db::Error::Conflict => {
            let detail =
                "you have a dietitian of this reference already; list your dietitians to find its id";
            Error::field(Code::StateConflict, "/external_ref", "taken", detail)
        }
        error => error.into(),
    }
}

/// Changes a dietitian whose version the caller has seen.
pub(crate) async fn change(
    app: &App,
    vouched: &Vouched,
    id: DietitianId,
    headers: &HeaderMap,
    change: DietitianChange,
) -> Result<Dietitian, Error> {
    let tx = app.begin(vouched).await?;
    let mut dietitian = dietitians::get(&tx, id).await?;
    etag::required(headers, &etag::of_version(dietitian.version))?;
    let renamed = change.display_name.is_some() || change.languages.is_some();
    if let Some(display_name) = change.display_name {
        dietitian.display_name = display_name;
    }
    if let Some(languages) = change.languages {
        dietitian.languages = distinct(languages.into_iter().map(Into::into));
    }
    if renamed {
        naming::check_display_name(&dietitian.display_name, &dietitian.languages)?;
    }
    if let Some(licence) = change.licence {
        dietitian.licence = licence.map(Into::into);
    }
    if let Some(status) = change.status {
        dietitian.status = status.into();
    }
    dietitian.updated_at = app.now();
    dietitian.version = match dietitians::update(&tx, &dietitian).await {
        // Someone else was faster than this transaction.
        Err(api_db::Error::Conflict) => return Err(Error::code(Code::EtagMismatch)),
        version => version?,
    };
    tx.commit().await?;
    Ok(dietitian)
}

/// Removes a dietitian with everything of theirs.
pub(crate) async fn remove(
    app: &App,
    vouched: &Vouched,
    id: DietitianId,
    headers: &HeaderMap,
) -> Result<(), Error> {
    let tx = app.begin(vouched).await?;
    let dietitian = dietitians::get(&tx, id).await?;
    etag::honoured(headers, &etag::of_version(dietitian.version))?;
    dietitians::delete(&tx, id).await?;
    Ok(tx.commit().await?)
}

fn distinct<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut kept = Vec::new();
    for item in items {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}

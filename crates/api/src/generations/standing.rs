//! Whether a text may be written: the dietitian is there, not paused, and agrees.

use std::{sync::Mutex, sync::PoisonError, time::Duration};

use api_db::{
    Reader,
    dietitians::{self, Dietitian},
};
use domain::{
    ids::DietitianId,
    problem::{Code, Problem},
};
use tokio::time::Instant;

use crate::{app::App, consents, error::Error, gate::Vouched};

/// A consent taken back stops what is being written within this time, and the next call to a model at once.
const LONGEST: Duration = Duration::from_millis(500);

/// Asks again while a text is written.
pub(super) struct Standing<'a> {
    app: &'a App,
    vouched: &'a Vouched,
    dietitian: DietitianId,
    asked: Mutex<Instant>,
}

impl<'a> Standing<'a> {
    /// Returns one for a dietitian who was asked for a moment ago.
    pub(super) fn new(app: &'a App, vouched: &'a Vouched, dietitian: DietitianId) -> Self {
        Self { app, vouched, dietitian, asked: Mutex::new(Instant::now()) }
    }

    /// Fails unless the text may be written now.
    pub(super) async fn check(&self) -> Result<(), Error> {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        let tx = self.app.read(self.vouched).await?;
        required(&tx, self.dietitian).await.map(drop)
    }

    /// Like [`Self::check`], but for what comes often: believes what it heard a moment ago.
    pub(super) async fn check_now_and_then(&self) -> Result<(), Error> {
        let asked = *self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.elapsed() < LONGEST { Ok(()) } else { self.check().await }
    }
}

/// Returns the dietitian, if texts may be written in their voice.
pub(super) async fn required(tx: &Reader, dietitian: DietitianId) -> Result<Dietitian, Error> {
    let found = dietitians::get(tx, dietitian).await.map_err(Error::about_dietitian_id)?;
    consents::required(tx, dietitian).await?;
    if found.status == dietitians::Status::Paused {
        return Err(Problem::new(Code::StateConflict).detail("this dietitian is paused").into());
    }
    Ok(found)
}

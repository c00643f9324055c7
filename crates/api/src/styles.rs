//! What we know of a dietitian's style, and their own words for it.

use api_db::{
    Reader, dietitians,
    style_cards::{self, VoiceId},
};
use domain::{Timestamp, problem::Code};
use http::HeaderMap;
use voice::{
    card::{self, Card},
    profile::{self, Profile},
};

use crate::{app::App, consents, error::Error, etag, gate::Vouched, quarantine, samples};

/// The style of one voice.
pub(crate) struct Style {
    pub(crate) voice: VoiceId,
    pub(crate) profile: Profile,
    /// The dietitian's own card, or the one that the profile makes.
    pub(crate) card: Card,
    /// When the dietitian edited the card, if they did.
    pub(crate) edited_at: Option<Timestamp>,
    version: u32,
}

impl Style {
    /// The version of card and samples: both show in the answer.
    pub(crate) fn etag(&self) -> String {
        format!("\"{}-{}-{}\"", self.version, self.profile.samples, self.profile.words)
    }
}

/// Returns the style of `voice`. Without consent there is none.
pub(crate) async fn get(app: &App, vouched: &Vouched, voice: &VoiceId) -> Result<Style, Error> {
    let tx = app.read(vouched).await?;
    dietitians::get(&tx, voice.dietitian).await?;
    consents::required(&tx, voice.dietitian).await?;
    let samples = samples::of_voice(&tx, voice).await?;
    let stored = style_cards::get(&tx, voice).await?;
    drop(tx);
    let made = move || {
        let profile = profile::profile(&samples.open()?);
        Ok::<_, Error>((card::card(&profile), profile))
    };
    let (made, profile) = app.workers.run(vouched.tenant(), made).await??;
    let (card, version, edited_at) = match stored {
        None => (made, 0, None),
        Some(stored) => (read(stored.card)?, stored.version, Some(stored.updated_at)),
    };
    Ok(Style { voice: *voice, profile, card, edited_at, version })
}

/// Returns the dietitian's own card, if they edited it.
pub(crate) async fn edited_card(tx: &Reader, voice: &VoiceId) -> Result<Option<Card>, Error> {
    style_cards::get(tx, voice).await?.map(|stored| read(stored.card)).transpose()
}

/// Puts `lines` in place of the card that the caller has seen.
pub(crate) async fn edit(
    app: &App,
    vouched: &Vouched,
    voice: &VoiceId,
    headers: &HeaderMap,
    lines: Vec<String>,
) -> Result<Style, Error> {
    refuse_unsafe(&lines)?;
    let style = get(app, vouched, voice).await?;
    etag::required(headers, &style.etag())?;
    let tx = app.begin(vouched).await?;
    // It may have been taken back since.
    consents::required(&tx, voice.dietitian).await?;
    let card = Card { lines };
    let value = serde_json::to_value(&card).map_err(|_| Error::Fault("a card has no JSON form"))?;
    let expected = (style.version > 0).then_some(style.version);
    let now = app.now();
    let version = match style_cards::put(&tx, voice, &value, expected, now).await {
        // Someone else was faster than this transaction.
        Err(api_db::Error::Conflict) => return Err(Error::code(Code::EtagMismatch)),
        version => version?,
    };
    tx.commit().await?;
    Ok(Style { card, version, edited_at: Some(now), ..style })
}

/// A card is told to the language model, so what would put a sample in quarantine is not let in here.
fn refuse_unsafe(lines: &[String]) -> Result<(), Error> {
    let mut errors = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        for suspicion in quarantine::suspicions(line) {
            let pointer = format!("/card/lines/{index}");
            errors.push(domain::problem::FieldError::new(pointer, suspicion.as_str(), suspicion.advice()));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::fields(Code::UnsafeInput, errors)) }
}

fn read(card: serde_json::Value) -> Result<Card, Error> {
    serde_json::from_value(card).map_err(|_| Error::Fault("a stored card can't be read"))
}

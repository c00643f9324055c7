//! Takes samples in: facts become slots, suspicious texts go to quarantine.

use std::sync::Arc;

use api_db::{
    Reader, dietitians,
    idempotency::About,
    samples::{self, Filter, SampleSet, SealedSets, State},
    style_cards::VoiceId,
};
use domain::{
    content::{ContentType, Language},
    ids::{DietitianId, SamplesId},
    problem::Code,
};
use serde::{Deserialize, Serialize};
use voice::{
    language,
    sample::Sample,
    slot::{self, Entity, EntityKind, SlottedText},
};

use crate::{
    answer::Answer,
    app::App,
    error::Error,
    gate::Vouched,
    intake::{self, Said},
    limits,
    quarantine::{self, Suspicion},
    unfinished,
    work::Turns,
};

/// Samples as they arrive.
pub(crate) struct New {
    pub(crate) dietitian: DietitianId,
    pub(crate) content_type: ContentType,
    /// `None` where the caller does not say: it is told from the texts.
    pub(crate) language: Option<Language>,
    pub(crate) texts: Vec<String>,
    /// The member of the body that holds the texts: errors point into it.
    pub(crate) member: &'static str,
    pub(crate) entities: Vec<Entity>,
}

/// A set of samples, and which of its texts say what another text says already: those are learned from once only.
pub(crate) struct Stored {
    pub(crate) set: SampleSet,
    /// Places in the set, from 0.
    pub(crate) duplicates: Vec<usize>,
}

/// Why a set is in quarantine: one text and what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Finding {
    pub(crate) index: usize,
    pub(crate) suspicion: Suspicion,
}

/// Stores samples and returns the answer that `answer` makes of the set.
pub(crate) async fn store(
    app: &Arc<App>,
    vouched: &Vouched,
    new: New,
    answer: impl FnOnce(&Stored) -> Result<Answer, Error>,
) -> Result<Answer, Error> {
    let now = app.now();
    // Before anything is locked: this may take seconds.
    let read = read(app, vouched, new);
    unfinished::once_prepared(app, vouched, now, read, async |tx, read| {
        let Read { dietitian, content_type, language, texts, findings, duplicates } = read;
        dietitians::get(tx, dietitian).await?;
        let set = SampleSet {
            id: app.id(),
            dietitian,
            content_type,
            language,
            state: if findings.is_empty() { State::Accepted } else { State::Quarantined },
            count: u32::try_from(texts.len()).unwrap_or(u32::MAX),
            texts: json(&texts)?,
            findings: json(&findings)?,
            created_at: now,
        };
        samples::insert(tx, &set).await?;
        let about = About { dietitian: Some(dietitian), generation: None };
        Ok((answer(&Stored { set, duplicates })?, about))
    })
    .await
}

/// Samples once their facts were taken out.
struct Read {
    dietitian: DietitianId,
    content_type: ContentType,
    language: Language,
    texts: Vec<SlottedText>,
    findings: Vec<Finding>,
    duplicates: Vec<usize>,
}

/// Reads samples, without storing anything.
async fn read(app: &App, vouched: &Vouched, new: New) -> Result<Read, Error> {
    let tx = app.read(vouched).await?;
    let dietitian = dietitians::get(&tx, new.dietitian).await?;
    drop(tx);
    let mut turns = app.workers.turns(vouched.tenant());
    let written: Arc<[String]> = new.texts.into();
    let language = match new.language {
        Some(language) => language,
        None => {
            let written = Arc::clone(&written);
            turns.run(move || language_of(&written, &dietitian.languages)).await?
        }
    };
    let mut findings = examined(&mut turns, &written, new.member, new.language).await?;
    let mut known = new.entities;
    known.push(Entity { text: dietitian.display_name, kind: EntityKind::DietitianName });
    let texts = slotted(&mut turns, &written, language, known).await?;
    let voice = VoiceId { dietitian: new.dietitian, content_type: new.content_type, language };
    let tx = app.read(vouched).await?;
    let learned = of_voice(&tx, &voice).await?;
    drop(tx);
    let learned = turns.run(move || learned.open()).await??;
    let compared = move || {
        let mut said = Said::default();
        said.hear(learned.iter().map(|sample| &sample.text));
        let across = quarantine::suspicions_across(&written).into_iter();
        findings.extend(across.map(|(index, suspicion)| Finding { index, suspicion }));
        findings.sort_unstable();
        findings.dedup();
        (findings, said.duplicates(&texts), texts)
    };
    let (findings, duplicates, texts) = turns.run(compared).await?;
    let (dietitian, content_type) = (new.dietitian, new.content_type);
    Ok(Read { dietitian, content_type, language, texts, findings, duplicates })
}

/// Refuses what teaches nothing, with all of it named, and returns what is suspicious about each text by itself. Each text
/// is a turn of its own.
async fn examined(
    turns: &mut Turns<'_>,
    texts: &Arc<[String]>,
    member: &'static str,
    stated: Option<Language>,
) -> Result<Vec<Finding>, Error> {
    let (mut errors, mut findings) = (Vec::new(), Vec::new());
    for index in 0..texts.len() {
        let texts = Arc::clone(texts);
        let examine = move || {
            let text = &texts[index];
            (intake::unusable(text, index, member, stated), quarantine::suspicions(text))
        };
        let (error, suspicions) = turns.run(examine).await?;
        errors.extend(error);
        findings.extend(suspicions.into_iter().map(|suspicion| Finding { index, suspicion }));
    }
    if errors.is_empty() { Ok(findings) } else { Err(Error::fields(Code::Schema, errors)) }
}

/// Takes the facts out of `texts`; each text is a turn of its own, so that the largest set holds up others by one.
async fn slotted(
    turns: &mut Turns<'_>,
    texts: &Arc<[String]>,
    language: Language,
    known: Vec<Entity>,
) -> Result<Vec<SlottedText>, Error> {
    let known: Arc<[Entity]> = known.into();
    let mut slotted = Vec::with_capacity(texts.len());
    for index in 0..texts.len() {
        let (texts, known) = (Arc::clone(texts), Arc::clone(&known));
        slotted.push(turns.run(move || slot::extract(&texts[index], language, &known)).await?);
    }
    Ok(slotted)
}

/// Returns a page of sets as `show` makes them; `not-found` without such a dietitian. Each set is a turn of its own.
pub(crate) async fn list<T: Send + 'static>(
    app: &App,
    vouched: &Vouched,
    filter: &Filter,
    before: Option<SamplesId>,
    rows: u64,
    show: fn(&SampleSet) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let tx = app.read(vouched).await?;
    if let Some(dietitian) = filter.dietitian {
        dietitians::get(&tx, dietitian).await?;
    }
    let sets = samples::list(&tx, filter, before, rows).await?;
    drop(tx);
    let mut turns = app.workers.turns(vouched.tenant());
    let mut shown = Vec::new();
    for set in sets.apart() {
        let opened = turns.run(move || set.open()?.iter().map(show).collect::<Result<Vec<_>, _>>());
        shown.extend(opened.await??);
    }
    Ok(shown)
}

/// Returns one set with what it repeats of earlier ones; `not-found` also when it is another dietitian's.
pub(crate) async fn show(
    app: &App,
    vouched: &Vouched,
    dietitian: DietitianId,
    id: SamplesId,
) -> Result<Stored, Error> {
    let tx = app.read(vouched).await?;
    let set = get(&tx, dietitian, id).await?;
    let voice = VoiceId { dietitian, content_type: set.content_type, language: set.language };
    let learned = of_voice(&tx, &voice).await?;
    drop(tx);
    let compared = move || {
        let mut said = Said::default();
        let learned = learned.open()?;
        said.hear(learned.iter().filter(|sample| sample.id < id).map(|sample| &sample.text));
        Ok(Stored { duplicates: said.duplicates(&texts(&set)?), set })
    };
    app.workers.run(vouched.tenant(), compared).await?
}

async fn get(tx: &Reader, dietitian: DietitianId, id: SamplesId) -> Result<SampleSet, Error> {
    let set = samples::get(tx, id).await?;
    if set.dietitian == dietitian { Ok(set) } else { Err(api_db::Error::NotFound.into()) }
}

/// Removes one set.
pub(crate) async fn remove(
    app: &App,
    vouched: &Vouched,
    dietitian: DietitianId,
    id: SamplesId,
) -> Result<(), Error> {
    let tx = app.begin(vouched).await?;
    get(&tx, dietitian, id).await?;
    samples::delete(&tx, id).await?;
    Ok(tx.commit().await?)
}

/// What is learned from for one voice, as it is stored.
pub(crate) struct Learned(SealedSets);

impl Learned {
    /// Opens it, which is work for a worker.
    pub(crate) fn open(self) -> Result<Vec<Sample>, Error> {
        newest(self.0.open_within(limits::VOICE_BYTES_STORED)?)
    }
}

/// Returns everything that is learned from for one voice.
pub(crate) async fn of_voice(tx: &Reader, voice: &VoiceId) -> Result<Learned, Error> {
    // A set holds one text at least.
    Ok(Learned(samples::for_voice(tx, voice, limits::VOICE_TEXTS as u64).await?))
}

/// Returns the newest texts of `sets`, which come the newest first, up to a bound; the oldest first. What was sent twice
/// is learned from once.
fn newest(sets: Vec<SampleSet>) -> Result<Vec<Sample>, Error> {
    let mut found = Vec::new();
    let mut said = Said::default();
    for set in sets.into_iter().rev() {
        for (index, text) in texts(&set)?.into_iter().enumerate().filter(|(_, text)| said.is_new(text)) {
            found.push(Sample {
                id: set.id,
                index: u16::try_from(index).unwrap_or(u16::MAX),
                content_type: set.content_type,
                language: set.language,
                text,
            });
        }
    }
    let mut room = limits::VOICE_BYTES;
    let fits = found.iter().rev().take(limits::VOICE_TEXTS).take_while(|sample| {
        let left = room.checked_sub(sample.text.text.len());
        room = left.unwrap_or_default();
        left.is_some()
    });
    let fits = fits.count();
    Ok(found.split_off(found.len() - fits))
}

/// Returns the texts of a set.
pub(crate) fn texts(set: &SampleSet) -> Result<Vec<SlottedText>, Error> {
    serde_json::from_value(set.texts.clone()).map_err(|_| Error::Fault("stored texts can't be read"))
}

/// Returns why a set is in quarantine.
pub(crate) fn findings(set: &SampleSet) -> Result<Vec<Finding>, Error> {
    serde_json::from_value(set.findings.clone()).map_err(|_| Error::Fault("stored findings can't be read"))
}

/// Returns the names of the slots in `texts`, each once, sorted.
pub(crate) fn slots(texts: &[SlottedText]) -> Vec<String> {
    let mut names: Vec<_> =
        texts.iter().flat_map(|text| &text.values).map(|value| value.slot.to_string()).collect();
    names.sort();
    names.dedup();
    names
}

/// Tells the language of texts that come without one; the dietitian's first language where the texts don't tell.
fn language_of(texts: &[String], languages: &[Language]) -> Language {
    // The beginnings tell it; all of the largest set would take seconds.
    const BEGINNING: usize = 400;
    let beginnings: Vec<String> = texts.iter().map(|text| text.chars().take(BEGINNING).collect()).collect();
    language::detect(&beginnings.join("\n"))
        .or_else(|| languages.first().copied())
        .unwrap_or(Language::English)
}

fn json(value: &impl Serialize) -> Result<serde_json::Value, Error> {
    serde_json::to_value(value).map_err(|_| Error::Fault("a value has no JSON form"))
}

#[cfg(test)]
mod tests {
    use domain::{clock::from_unix, content::Language, ids::TenantId};
    use seal::entropy::SystemEntropy;
    use voice::slot::SlottedText;

    use super::*;
    use crate::work::Workers;

    /// A set whose texts say `from`, `from + 1`, … and are `length` bytes long.
    fn set(from: usize, count: usize, length: usize) -> SampleSet {
        let text = |number| SlottedText { text: format!("{number:0>length$}"), values: Vec::new() };
        let texts: Vec<_> = (from..from + count).map(text).collect();
        SampleSet {
            id: SamplesId::new(from_unix(1_800_000_000), &SystemEntropy),
            dietitian: DietitianId::new(from_unix(1_800_000_000), &SystemEntropy),
            content_type: ContentType::Introduction,
            language: Language::English,
            texts: serde_json::to_value(texts).unwrap(),
            state: State::Accepted,
            findings: serde_json::json!([]),
            count: u32::try_from(count).unwrap(),
            created_at: from_unix(1_800_000_000),
        }
    }

    fn numbers(sets: Vec<SampleSet>) -> Vec<usize> {
        newest(sets).unwrap().iter().map(|sample| sample.text.text.parse().unwrap()).collect()
    }

    #[test]
    fn the_newest_texts_are_learned_from_and_no_more_than_a_bound() {
        assert_eq!(numbers(vec![set(3, 2, 10), set(1, 2, 10)]), [1, 2, 3, 4]);
        let many = numbers((0..10).rev().map(|number| set(number * 50, 50, 10)).collect());
        assert_eq!(many, (300..500).collect::<Vec<_>>());
        let long = numbers((0..2).rev().map(|number| set(number * 50, 50, 4_000)).collect());
        assert_eq!(long, (70..100).collect::<Vec<_>>());
    }

    #[test]
    fn what_was_sent_twice_counts_once() {
        assert_eq!(numbers(vec![set(1, 3, 10), set(2, 3, 10)]), [2, 3, 4, 1]);
    }

    #[tokio::test]
    async fn the_largest_set_gives_others_their_turns_between_its_texts() {
        let workers = Workers::new(1, std::time::Duration::from_secs(600));
        let [greedy, other] = [1, 2].map(|seed| TenantId::from_uuid(uuid::Uuid::from_u128(seed)));
        let text = format!("So good that you are here. {}", "Anna 2 g, ".repeat(40));
        let texts: Arc<[String]> = vec![text; limits::SAMPLES_PER_SET].into();
        let known = vec![Entity { text: "Anna Cook".to_owned(), kind: EntityKind::Person }];
        let ended = std::cell::Cell::new(false);
        let storing = async {
            let mut turns = workers.turns(greedy);
            let findings = examined(&mut turns, &texts, "texts", Some(Language::English)).await.unwrap();
            let slotted = slotted(&mut turns, &texts, Language::English, known).await.unwrap();
            ended.set(true);
            (findings.len(), slotted.len())
        };
        let small = async {
            for _ in 0..limits::SAMPLES_PER_SET {
                workers.run(other, || ()).await.unwrap();
            }
            assert!(!ended.get(), "fifty small pieces of work waited for the whole set");
        };
        let (stored, ()) = tokio::join!(storing, small);
        assert_eq!(stored, (0, limits::SAMPLES_PER_SET));
    }
}

//! Rows that tests begin with.

use api_db::{
    Database, Tx, consents,
    consents::{Consent, ConsentScope},
    dietitians,
    dietitians::{Dietitian, Licence},
    generations,
    generations::Generation,
    samples,
    samples::SampleSet,
    style_cards::VoiceId,
    usage::UsageRecord,
};
use domain::{
    Timestamp,
    clock::from_unix,
    content::{ContentType, Language},
    ids::{ApplicationId, ConsentId, DietitianId, GenerationId, SamplesId, TenantId, UsageId},
};
use serde_json::json;
use testkit::fixed::SeededEntropy;
use time::Duration;

static ENTROPY: SeededEntropy = SeededEntropy::new(42);

/// A text that must not be readable in anything that is stored.
pub(crate) const CANARY: &str = "canary-Xk29-since-your-coeliac-diagnosis";

pub(crate) fn now() -> Timestamp {
    from_unix(1_800_000_000)
}

pub(crate) fn new_tenant() -> TenantId {
    TenantId::new(now(), &ENTROPY)
}

pub(crate) fn dietitian(external_ref: &str) -> Dietitian {
    Dietitian {
        id: DietitianId::new(now(), &ENTROPY),
        external_ref: external_ref.to_owned(),
        display_name: format!("Dana {CANARY}"),
        languages: vec![Language::English, Language::Portuguese],
        licence: Some(Licence { body: format!("Board {CANARY}"), number: "12-34".to_owned() }),
        status: dietitians::Status::Active,
        version: 1,
        created_at: now(),
        updated_at: now(),
    }
}

pub(crate) fn consent(dietitian: DietitianId) -> Consent {
    Consent {
        id: ConsentId::new(now(), &ENTROPY),
        dietitian,
        document_version: "2026-01".to_owned(),
        scopes: vec![ConsentScope::Generate, ConsentScope::LearnFromEdits],
        evidence_ref: Some(format!("folder {CANARY}")),
        granted_at: now(),
        revoked_at: None,
    }
}

pub(crate) fn voice(dietitian: DietitianId) -> VoiceId {
    VoiceId { dietitian, content_type: ContentType::Introduction, language: Language::English }
}

pub(crate) fn sample_set(dietitian: DietitianId) -> SampleSet {
    SampleSet {
        id: SamplesId::new(now(), &ENTROPY),
        dietitian,
        content_type: ContentType::Introduction,
        language: Language::English,
        state: samples::State::Accepted,
        texts: json!([format!("Hi Mark, {CANARY}"), "Hi Joanna!"]),
        findings: json!([{ "quote": CANARY }]),
        count: 2,
        created_at: now(),
    }
}

pub(crate) fn generation(dietitian: DietitianId) -> Generation {
    Generation {
        id: GenerationId::new(now(), &ENTROPY),
        dietitian,
        application: ApplicationId::new(now(), &ENTROPY),
        key: "key-1".to_owned(),
        content_type: ContentType::Introduction,
        language: Language::English,
        status: generations::Status::Draft,
        request: Some(json!({ "brief": CANARY })),
        response: Some(json!({ "text": format!("Hello {CANARY}") })),
        created_at: now(),
        expires_at: now() + Duration::days(30),
    }
}

pub(crate) fn usage_of(generation: &Generation) -> UsageRecord {
    UsageRecord {
        id: UsageId::new(now(), &ENTROPY),
        generation: generation.id,
        meter: "generation".to_owned(),
        application: generation.application,
        key: generation.key.clone(),
        dietitian: generation.dietitian,
        content_type: generation.content_type,
        writer: "llm".to_owned(),
        input_tokens: 700,
        output_tokens: 90,
        units: 1,
        created_at: generation.created_at,
    }
}

/// Stores a dietitian with consent and returns them.
pub(crate) async fn store_dietitian(database: &Database, tenant: TenantId, external_ref: &str) -> Dietitian {
    let dietitian = dietitian(external_ref);
    let tx = Tx::tenant(database, tenant).await.unwrap();
    dietitians::insert(&tx, &dietitian).await.unwrap();
    consents::grant(&tx, &consent(dietitian.id), now()).await.unwrap();
    tx.commit().await.unwrap();
    dietitian
}

//! The bodies of `/dietitians/{id}/samples` and of `/storeContent`.

use api_db::samples as table;
use serde::{Deserialize, Serialize};
use utoipa::{
    ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type},
    },
};
use uuid::Uuid;
use voice::slot;

use super::{ContentType, Language};
use crate::limits;

/// Texts of a dietitian, of one kind and in one language.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "type": "introduction", "language": "en",
    "texts": ["Hi Mark! I'm so happy that you're here. For the next 14 days we'll take it step by step."],
    "entities": [{"text": "Mark", "kind": "client_first_name"}]
}))]
pub(crate) struct NewSamples {
    /// What kind of texts.
    pub(crate) r#type: ContentType,
    /// The language they are in.
    pub(crate) language: Language,
    #[schema(schema_with = texts_schema)]
    pub(crate) texts: Vec<String>,
    /// Names and other things that you know to stand in the texts. They are taken out first; what looks like a name, a
    /// number, a date or a contact is taken out anyway.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub(crate) entities: Vec<Entity>,
}

/// Something that stands in the texts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entity {
    /// As it stands in the texts, in its basic form; other cases and forms of it are found too.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) text: String,
    /// What it is.
    pub(crate) kind: EntityKind,
}

/// What it is.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EntityKind {
    ClientFirstName,
    ClientLastName,
    DietitianName,
    Person,
    Place,
    Contact,
    Other,
}

/// A set of samples.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"quarantined": [], "duplicates": [], "id": "018f3d6e-1111-7000-8000-000000000003", "dietitian_id": "018f3d6e-1111-7000-8000-000000000001", "type": "introduction", "language": "en", "state": "accepted", "count": 1, "findings": [], "slots": ["client.first_name", "plan.days"], "texts": ["Hi {{client.first_name}}! I'm so happy that you're here. For the next {{plan.days}} days we'll take it step by step."], "created_at": "2026-11-02T08:15:00.000Z"}))]
pub(crate) struct SampleSet {
    /// Read this first. Empty: the set is learned from. Otherwise **nothing of the set is learned from**, and these texts
    /// are why: send the others again without them, and delete this set.
    pub(crate) quarantined: Vec<QuarantinedText>,
    /// Texts that say what an earlier text of this dietitian says already, as JSON Pointers into the request: they are
    /// kept, and learned from once only. Only when one set is stored or asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = json!(["/texts/2"]))]
    pub(crate) duplicates: Option<Vec<String>>,
    /// Our identifier.
    pub(crate) id: Uuid,
    /// Whose samples they are.
    pub(crate) dietitian_id: Uuid,
    /// What kind of texts.
    pub(crate) r#type: ContentType,
    /// The language they are in.
    pub(crate) language: Language,
    /// Whether they are learned from.
    pub(crate) state: SampleState,
    /// How many texts it holds.
    pub(crate) count: u32,
    /// Why it is in quarantine, for programs: one entry for each reason.
    pub(crate) findings: Vec<SampleFinding>,
    /// The slots that were found, such as `client.first_name`.
    pub(crate) slots: Vec<String>,
    /// The texts with slots in place of names, numbers, dates and contacts. Only when one set is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) texts: Option<Vec<String>>,
    /// When they were stored.
    #[schema(format = DateTime)]
    pub(crate) created_at: String,
}

/// Whether a set is learned from.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SampleState {
    /// It is.
    Accepted,
    /// Something in it looks like an attack on the writer: it is kept as it is and not used.
    Quarantined,
}

/// A text that keeps its set from being learned from.
#[derive(Serialize, ToSchema)]
pub(crate) struct QuarantinedText {
    /// Which text, as a JSON Pointer into the request.
    #[schema(example = "/texts/3")]
    pub(crate) pointer: String,
    /// Why, and what to do about it.
    #[schema(example = json!(["this text holds markup; send plain text"]))]
    pub(crate) reasons: Vec<String>,
}

/// Something in a text that does not belong into a sample.
#[derive(Serialize, ToSchema)]
pub(crate) struct SampleFinding {
    /// Which text, as a JSON Pointer into the request.
    #[schema(example = "/texts/3")]
    pub(crate) pointer: String,
    /// What: `instruction`, `role-tag`, `encoded-blob`, `slot-syntax` or `markup`.
    #[schema(example = "instruction")]
    pub(crate) code: String,
    /// What to do about it.
    pub(crate) detail: String,
}

/// One page of sets, newest first.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"items": [{"quarantined": [], "id": "018f3d6e-1111-7000-8000-000000000003", "dietitian_id": "018f3d6e-1111-7000-8000-000000000001", "type": "introduction", "language": "en", "state": "accepted", "count": 1, "findings": [], "slots": ["client.first_name", "plan.days"], "created_at": "2026-11-02T08:15:00.000Z"}], "next_cursor": null}))]
pub(crate) struct SampleSetList {
    /// The sets of this page, without their texts.
    pub(crate) items: Vec<SampleSet>,
    /// Where the next page begins; `null` on the last. The header `Link` says the same.
    pub(crate) next_cursor: Option<String>,
}

pub(super) fn texts_schema() -> RefOr<Schema> {
    let text = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .min_length(Some(limits::SAMPLE_LENGTH_MIN))
        .max_length(Some(limits::SAMPLE_LENGTH_MAX));
    ArrayBuilder::new()
        .description(Some("The texts, as the dietitian wrote them."))
        .items(text)
        .min_items(Some(1))
        .max_items(Some(limits::SAMPLES_PER_SET))
        .into()
}

impl From<Entity> for slot::Entity {
    fn from(wire: Entity) -> Self {
        Self { text: wire.text, kind: wire.kind.into() }
    }
}

impl From<EntityKind> for slot::EntityKind {
    fn from(wire: EntityKind) -> Self {
        match wire {
            EntityKind::ClientFirstName => Self::ClientFirstName,
            EntityKind::ClientLastName => Self::ClientLastName,
            EntityKind::DietitianName => Self::DietitianName,
            EntityKind::Person => Self::Person,
            EntityKind::Place => Self::Place,
            EntityKind::Contact => Self::Contact,
            EntityKind::Other => Self::Other,
        }
    }
}

impl From<SampleState> for table::State {
    fn from(wire: SampleState) -> Self {
        match wire {
            SampleState::Accepted => Self::Accepted,
            SampleState::Quarantined => Self::Quarantined,
        }
    }
}

/// Samples in the form of the original story.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schema(example = json!({
    "type": "introduction", "dietitian-uuid": "018f3d6e-1111-7000-8000-000000000001",
    "client-uuid": "018f3d6e-1111-7000-8000-000000000002",
    "content": ["Hi Mark! I'm so happy that you're here. For the next 14 days we'll take it step by step."]
}))]
pub(crate) struct StoreContent {
    /// What kind of texts.
    pub(crate) r#type: ContentType,
    /// The dietitian who wrote the texts.
    #[schema(format = Uuid)]
    pub(crate) dietitian_uuid: String,
    /// The application that sends them; it must be the API key's own.
    pub(crate) client_uuid: Uuid,
    #[schema(schema_with = texts_schema)]
    pub(crate) content: Vec<String>,
}

/// What the original story answers.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"samples-uuid": "018f3d6e-1111-7000-8000-000000000003"}))]
#[serde(rename_all = "kebab-case")]
pub(crate) struct StoredContent {
    /// The set of samples.
    pub(crate) samples_uuid: Uuid,
}

//! The bodies of `/dietitians`.

use api_db::dietitians as table;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Language, rfc3339};

/// A dietitian to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "external_ref": "dietitian-17", "display_name": "Anna Kowalska", "languages": ["pl", "en"],
    "licence": {"body": "PTD", "number": "12345"}
}))]
pub(crate) struct NewDietitian {
    /// Your own name for the dietitian, unique among yours.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) external_ref: String,
    /// How people call the dietitian: a name of at most 9 words, of letters and apostrophes, with hyphens, spaces or commas
    /// between them and full stops after initials and abbreviations. It is taken out of samples and put in as it is where
    /// a text is signed, so that a sentence is refused.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "^(?:[\\p{L}\\p{M}'’]+|[\\p{L}\\p{M}]{1,5}[.]|(?:[Dd]ott|[Pp]rof)[.]ssa|[Ss]ig[.](?:ra|na)|\\p{L}{1,4}[.][ªº]|(?:\\p{L}[.])+)(?:,?[ -]+(?:[\\p{L}\\p{M}'’]+|[\\p{L}\\p{M}]{1,5}[.]|(?:[Dd]ott|[Pp]rof)[.]ssa|[Ss]ig[.](?:ra|na)|\\p{L}{1,4}[.][ªº]|(?:\\p{L}[.])+))*$"
    )]
    pub(crate) display_name: String,
    /// The languages they write in.
    #[schema(min_items = 1, max_items = 7)]
    pub(crate) languages: Vec<Language>,
    /// Their licence to practise.
    pub(crate) licence: Option<Licence>,
    /// Whether texts are written for them.
    #[serde(default)]
    #[schema(default = "active")]
    pub(crate) status: Status,
}

/// What changes about a dietitian. A member that is left out stays as it is; `"licence": null` removes the licence.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "paused"}))]
pub(crate) struct DietitianChange {
    /// How people call the dietitian: a name of at most 9 words, of letters and apostrophes, with hyphens, spaces or commas
    /// between them and full stops after initials and abbreviations.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "^(?:[\\p{L}\\p{M}'’]+|[\\p{L}\\p{M}]{1,5}[.]|(?:[Dd]ott|[Pp]rof)[.]ssa|[Ss]ig[.](?:ra|na)|\\p{L}{1,4}[.][ªº]|(?:\\p{L}[.])+)(?:,?[ -]+(?:[\\p{L}\\p{M}'’]+|[\\p{L}\\p{M}]{1,5}[.]|(?:[Dd]ott|[Pp]rof)[.]ssa|[Ss]ig[.](?:ra|na)|\\p{L}{1,4}[.][ªº]|(?:\\p{L}[.])+))*$",
        nullable = false
    )]
    pub(crate) display_name: Option<String>,
    /// The languages they write in.
    #[schema(min_items = 1, max_items = 7, nullable = false)]
    pub(crate) languages: Option<Vec<Language>>,
    /// Their licence to practise; `null` removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Licence>)]
    pub(crate) licence: Option<Option<Licence>>,
    /// Whether texts are written for them.
    #[schema(nullable = false)]
    pub(crate) status: Option<Status>,
}

/// A licence to practise.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Licence {
    /// Who issued it.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) body: String,
    /// Its number there.
    #[schema(min_length = 1, max_length = 100)]
    pub(crate) number: String,
}

/// Whether texts are written for a dietitian.
#[derive(Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DietitianStatus)]
pub(crate) enum Status {
    /// They are.
    #[default]
    Active,
    /// Not for now: generations are refused with `state-conflict`.
    Paused,
}

/// A dietitian.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "018f3d6e-1111-7000-8000-000000000001", "external_ref": "dietitian-17", "display_name": "Anna Kowalska", "languages": ["pl", "en"], "licence": {"body": "PTD", "number": "12345"}, "status": "active", "created_at": "2026-11-02T08:15:00.000Z", "updated_at": "2026-11-02T08:15:00.000Z"}))]
pub(crate) struct Dietitian {
    /// Our identifier: the `dietitian_id` of other requests.
    pub(crate) id: Uuid,
    /// Your own name for the dietitian, unique among yours.
    pub(crate) external_ref: String,
    /// How people call the dietitian.
    pub(crate) display_name: String,
    /// The languages they write in.
    pub(crate) languages: Vec<Language>,
    /// Their licence to practise, if you gave one.
    pub(crate) licence: Option<Licence>,
    /// Whether texts are written for them.
    pub(crate) status: Status,
    /// When they were added.
    #[schema(format = DateTime)]
    pub(crate) created_at: String,
    /// When they were last changed.
    #[schema(format = DateTime)]
    pub(crate) updated_at: String,
}

/// One page of dietitians, newest first.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"items": [{"id": "018f3d6e-1111-7000-8000-000000000001", "external_ref": "dietitian-17", "display_name": "Anna Kowalska", "languages": ["pl", "en"], "licence": {"body": "PTD", "number": "12345"}, "status": "active", "created_at": "2026-11-02T08:15:00.000Z", "updated_at": "2026-11-02T08:15:00.000Z"}], "next_cursor": null}))]
pub(crate) struct DietitianList {
    /// The dietitians of this page.
    pub(crate) items: Vec<Dietitian>,
    /// Where the next page begins; `null` on the last. The header `Link` says the same.
    pub(crate) next_cursor: Option<String>,
}

impl From<Licence> for table::Licence {
    fn from(wire: Licence) -> Self {
        Self { body: wire.body, number: wire.number }
    }
}

impl From<Status> for table::Status {
    fn from(wire: Status) -> Self {
        match wire {
            Status::Active => Self::Active,
            Status::Paused => Self::Paused,
        }
    }
}

/// Tells `null` from a member that is left out.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl From<&table::Dietitian> for Dietitian {
    fn from(dietitian: &table::Dietitian) -> Self {
        Self {
            id: dietitian.id.uuid(),
            external_ref: dietitian.external_ref.clone(),
            display_name: dietitian.display_name.clone(),
            languages: dietitian.languages.iter().copied().map(Into::into).collect(),
            licence: dietitian
                .licence
                .as_ref()
                .map(|licence| Licence { body: licence.body.clone(), number: licence.number.clone() }),
            status: match dietitian.status {
                table::Status::Active => Status::Active,
                table::Status::Paused => Status::Paused,
            },
            created_at: rfc3339(dietitian.created_at),
            updated_at: rfc3339(dietitian.updated_at),
        }
    }
}

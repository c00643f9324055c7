//! Sets of texts that a dietitian wrote: what their voice is learned from.

use std::str::FromStr;

use database::{Error, from_micros, to_micros};
use domain::{
    Timestamp,
    content::{ContentType, Language, UnknownName},
    ids::{DietitianId, Id, SamplesId},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Reader, Tx, columns, sealed::SealedColumn, style_cards::VoiceId, tx::Opener};

/// Samples that arrived together.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleSet {
    /// Its identifier, which the original story knows as `samples-uuid`.
    pub id: SamplesId,
    /// Who wrote the texts.
    pub dietitian: DietitianId,
    /// What kind of texts they are.
    pub content_type: ContentType,
    /// The language they are in.
    pub language: Language,
    /// Whether they are learned from.
    pub state: State,
    /// The texts, in the caller's own form. Sealed.
    pub texts: Value,
    /// What was found in them, in the caller's own form. Sealed, because it may quote them.
    pub findings: Value,
    /// How many texts there are; at least 1.
    pub count: u32,
    /// When they arrived.
    pub created_at: Timestamp,
}

/// Whether a set is learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is.
    Accepted,
    /// Something in it must be looked at first.
    Quarantined,
}

/// Which sets to list; `None` lists all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Only of this dietitian.
    pub dietitian: Option<DietitianId>,
    /// Only of this kind.
    pub content_type: Option<ContentType>,
    /// Only in this language.
    pub language: Option<Language>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only those that arrived later than this.
    pub created_after: Option<Timestamp>,
}

/// Stores a set. [`Error::NotFound`] without such a dietitian.
pub async fn insert(tx: &Tx, set: &SampleSet) -> Result<(), Error> {
    let id = set.id.uuid();
    let row = row::ActiveModel {
        id: Set(id),
        tenant_id: Set(tx.tenant_id().uuid()),
        dietitian_id: Set(set.dietitian.uuid()),
        content_type: Set(set.content_type.as_str().to_owned()),
        language: Set(set.language.as_str().to_owned()),
        state: Set(set.state.as_str().to_owned()),
        texts: Set(TEXTS.seal_json(tx, id, &set.texts)?),
        findings: Set(FINDINGS.seal_json(tx, id, &set.findings)?),
        count: Set(set.count.into()),
        created_at: Set(to_micros(set.created_at)),
    };
    row::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Returns one set.
pub async fn get(tx: &Reader, id: SamplesId) -> Result<SampleSet, Error> {
    let row = own(tx).filter(row::Column::Id.eq(id.uuid())).one(tx.connection()).await?;
    from_row(tx.opener(), row.ok_or(Error::NotFound)?)
}

/// Sets as they lie in the database. Opening them takes a processor a while, and no connection.
pub struct SealedSets {
    rows: Vec<row::Model>,
    opener: Opener,
}

impl SealedSets {
    /// Opens all of them.
    pub fn open(self) -> Result<Vec<SampleSet>, Error> {
        self.open_within(usize::MAX)
    }

    /// Returns them one by one, each to be opened by itself.
    pub fn apart(self) -> impl Iterator<Item = Self> {
        let Self { rows, opener } = self;
        rows.into_iter().map(move |row| Self { rows: vec![row], opener: opener.clone() })
    }

    /// Opens the first of them, and as many after it as hold no more than `bytes` together.
    pub fn open_within(self, bytes: usize) -> Result<Vec<SampleSet>, Error> {
        let Self { rows, opener } = self;
        let mut held = 0_usize;
        let within = rows.into_iter().enumerate().take_while(|(at, row)| {
            held = held.saturating_add(row.texts.len());
            *at == 0 || held <= bytes
        });
        within.map(|(_, row)| from_row(&opener, row)).collect()
    }
}

/// Returns at most `limit` sets, newest first, of those older than `before`.
pub async fn list(
    tx: &Reader,
    filter: &Filter,
    before: Option<SamplesId>,
    limit: u64,
) -> Result<SealedSets, Error> {
    let rows = columns::page(own(tx), row::Column::Id, before.map(Id::uuid), limit)
        .apply_if(filter.dietitian, |query, dietitian| {
            query.filter(row::Column::DietitianId.eq(dietitian.uuid()))
        })
        .apply_if(filter.content_type, |query, content_type| {
            query.filter(row::Column::ContentType.eq(content_type.as_str()))
        })
        .apply_if(filter.language, |query, language| {
            query.filter(row::Column::Language.eq(language.as_str()))
        })
        .apply_if(filter.state, |query, state| query.filter(row::Column::State.eq(state.as_str())))
        .apply_if(filter.created_after, |query, after| {
            query.filter(row::Column::CreatedAt.gt(to_micros(after)))
        })
        .all(tx.connection())
        .await?;
    Ok(SealedSets { rows, opener: tx.opener().clone() })
}

/// Returns the newest accepted sets of one voice, at most `most`, the newest first.
pub async fn for_voice(tx: &Reader, voice: &VoiceId, most: u64) -> Result<SealedSets, Error> {
    let rows = own(tx)
        .filter(row::Column::DietitianId.eq(voice.dietitian.uuid()))
        .filter(row::Column::ContentType.eq(voice.content_type.as_str()))
        .filter(row::Column::Language.eq(voice.language.as_str()))
        .filter(row::Column::State.eq(State::Accepted.as_str()))
        .order_by_desc(row::Column::Id)
        .limit(most)
        .all(tx.connection())
        .await?;
    Ok(SealedSets { rows, opener: tx.opener().clone() })
}

/// Removes a set.
pub async fn delete(tx: &Tx, id: SamplesId) -> Result<(), Error> {
    let result = row::Entity::delete_many()
        .filter(row::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(row::Column::Id.eq(id.uuid()))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 1 { Ok(()) } else { Err(Error::NotFound) }
}

pub(crate) async fn delete_all(tx: &Tx, dietitian: DietitianId) -> Result<(), Error> {
    row::Entity::delete_many()
        .filter(row::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(row::Column::DietitianId.eq(dietitian.uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

fn own(tx: &Reader) -> Select<row::Entity> {
    row::Entity::find().filter(row::Column::TenantId.eq(tx.tenant_id().uuid()))
}

fn from_row(opener: &Opener, row: row::Model) -> Result<SampleSet, Error> {
    Ok(SampleSet {
        id: SamplesId::from_uuid(row.id),
        dietitian: DietitianId::from_uuid(row.dietitian_id),
        content_type: columns::name(&row.content_type, "content type")?,
        language: columns::name(&row.language, "language")?,
        state: columns::name(&row.state, "sample state")?,
        texts: TEXTS.open_json_by(opener, row.id, &row.texts)?,
        findings: FINDINGS.open_json_by(opener, row.id, &row.findings)?,
        count: columns::count(row.count)?,
        created_at: from_micros(row.created_at)?,
    })
}

impl State {
    /// Returns the name used in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Quarantined => "quarantined",
        }
    }
}

impl FromStr for State {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        [Self::Accepted, Self::Quarantined]
            .into_iter()
            .find(|known| known.as_str() == text)
            .ok_or(UnknownName)
    }
}

const TEXTS: SealedColumn = SealedColumn { table: "samples", column: "texts" };
const FINDINGS: SealedColumn = SealedColumn { table: "samples", column: "findings" };

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "samples")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) tenant_id: Uuid,
        pub(crate) dietitian_id: Uuid,
        pub(crate) content_type: String,
        pub(crate) language: String,
        pub(crate) state: String,
        pub(crate) texts: Vec<u8>,
        pub(crate) findings: Vec<u8>,
        pub(crate) count: i64,
        pub(crate) created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

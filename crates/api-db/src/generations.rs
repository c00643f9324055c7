//! Generated texts with what led to them. The row outlives its content.

use std::str::FromStr;

use database::{Error, from_micros, to_micros};
use domain::{
    Timestamp,
    content::{ContentType, Language, UnknownName},
    ids::{ApplicationId, DietitianId, GenerationId, Id},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Reader, Tx, columns, dietitians, idempotency, sealed::SealedColumn};

/// A generated text with what led to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Generation {
    /// Its identifier.
    pub id: GenerationId,
    /// In whose voice it is.
    pub dietitian: DietitianId,
    /// The application that asked.
    pub application: ApplicationId,
    /// The public half of the key that asked.
    pub key: String,
    /// What kind of text it is.
    pub content_type: ContentType,
    /// The language it is in.
    pub language: Language,
    /// What became of it.
    pub status: Status,
    /// What was asked for, in the caller's own form, unless erased or never kept. Sealed.
    pub request: Option<Value>,
    /// What was answered, in the caller's own form, unless erased or never kept. Sealed.
    pub response: Option<Value>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When its content is erased.
    pub expires_at: Timestamp,
}

/// What became of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A text that a dietitian has to review.
    Draft,
    /// No text passed the output rules.
    Blocked,
    /// No text was written.
    Failed,
    /// There was one; its content is gone.
    Erased,
}

/// Which generations to list; `None` lists all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Only of this dietitian.
    pub dietitian: Option<DietitianId>,
    /// Only of this kind.
    pub content_type: Option<ContentType>,
    /// Only with this status.
    pub status: Option<Status>,
    /// Only those written later than this.
    pub created_after: Option<Timestamp>,
}

/// Stores a generation. [`Error::NotFound`] when its dietitian is gone, also when they went while it was written.
pub async fn insert(tx: &Tx, generation: &Generation) -> Result<(), Error> {
    dietitians::hold(tx, generation.dietitian).await?;
    let id = generation.id.uuid();
    let row = row::ActiveModel {
        id: Set(id),
        tenant_id: Set(tx.tenant_id().uuid()),
        dietitian_id: Set(generation.dietitian.uuid()),
        application_id: Set(generation.application.uuid()),
        key_id: Set(generation.key.clone()),
        content_type: Set(generation.content_type.as_str().to_owned()),
        language: Set(generation.language.as_str().to_owned()),
        status: Set(generation.status.as_str().to_owned()),
        request: Set(generation
            .request
            .as_ref()
            .map(|value| REQUEST.seal_json(tx, id, value))
            .transpose()?),
        response: Set(generation
            .response
            .as_ref()
            .map(|value| RESPONSE.seal_json(tx, id, value))
            .transpose()?),
        created_at: Set(to_micros(generation.created_at)),
        expires_at: Set(to_micros(generation.expires_at)),
    };
    row::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Returns one generation, also an erased one.
pub async fn get(tx: &Reader, id: GenerationId) -> Result<Generation, Error> {
    let row = own(tx).filter(row::Column::Id.eq(id.uuid())).one(tx.connection()).await?;
    from_row(tx, row.ok_or(Error::NotFound)?)
}

/// Returns at most `limit` generations, newest first, of those older than `before`.
pub async fn list(
    tx: &Reader,
    filter: &Filter,
    before: Option<GenerationId>,
    limit: u64,
) -> Result<Vec<Generation>, Error> {
    let rows = columns::page(own(tx), row::Column::Id, before.map(Id::uuid), limit)
        .apply_if(filter.dietitian, |query, dietitian| {
            query.filter(row::Column::DietitianId.eq(dietitian.uuid()))
        })
        .apply_if(filter.content_type, |query, content_type| {
            query.filter(row::Column::ContentType.eq(content_type.as_str()))
        })
        .apply_if(filter.status, |query, status| query.filter(row::Column::Status.eq(status.as_str())))
        .apply_if(filter.created_after, |query, after| {
            query.filter(row::Column::CreatedAt.gt(to_micros(after)))
        })
        .all(tx.connection())
        .await?;
    rows.into_iter().map(|row| from_row(tx, row)).collect()
}

/// Erases the content of a generation and of the stored answer that holds it. Erasing twice is no error.
pub async fn erase(tx: &Tx, id: GenerationId) -> Result<(), Error> {
    // Its content need not open to be erased.
    own(tx).filter(row::Column::Id.eq(id.uuid())).one(tx.connection()).await?.ok_or(Error::NotFound)?;
    erase_where(tx, Condition::all().add(row::Column::Id.eq(id.uuid()))).await?;
    Ok(())
}

/// Erases the content of every generation of this tenant that has expired, and returns how many there were.
pub async fn purge_expired(tx: &Tx, now: Timestamp) -> Result<u64, Error> {
    erase_where(tx, Condition::all().add(row::Column::ExpiresAt.lte(to_micros(now)))).await
}

pub(crate) async fn erase_dietitian(tx: &Tx, dietitian: DietitianId) -> Result<u64, Error> {
    erase_where(tx, Condition::all().add(row::Column::DietitianId.eq(dietitian.uuid()))).await
}

async fn erase_where(tx: &Tx, which: Condition) -> Result<u64, Error> {
    let ids: Vec<uuid::Uuid> = own(tx)
        .select_only()
        .column(row::Column::Id)
        .filter(row::Column::Status.ne(Status::Erased.as_str()))
        .filter(which)
        .into_tuple()
        .all(tx.connection())
        .await?;
    // In portions, because a statement takes a limited number of parameters.
    for portion in ids.chunks(500) {
        idempotency::erase_generations(tx, portion).await?;
        row::Entity::update_many()
            .col_expr(row::Column::Status, Expr::val(Status::Erased.as_str()))
            .col_expr(row::Column::Request, Expr::val(None::<Vec<u8>>))
            .col_expr(row::Column::Response, Expr::val(None::<Vec<u8>>))
            .filter(row::Column::TenantId.eq(tx.tenant_id().uuid()))
            .filter(row::Column::Id.is_in(portion.iter().copied()))
            .exec(tx.connection())
            .await?;
    }
    Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
}

fn own(tx: &Reader) -> Select<row::Entity> {
    row::Entity::find().filter(row::Column::TenantId.eq(tx.tenant_id().uuid()))
}

fn from_row(tx: &Reader, row: row::Model) -> Result<Generation, Error> {
    Ok(Generation {
        id: GenerationId::from_uuid(row.id),
        dietitian: DietitianId::from_uuid(row.dietitian_id),
        application: ApplicationId::from_uuid(row.application_id),
        key: row.key_id,
        content_type: columns::name(&row.content_type, "content type")?,
        language: columns::name(&row.language, "language")?,
        status: columns::name(&row.status, "generation status")?,
        request: row.request.map(|sealed| REQUEST.open_json(tx, row.id, &sealed)).transpose()?,
        response: row.response.map(|sealed| RESPONSE.open_json(tx, row.id, &sealed)).transpose()?,
        created_at: from_micros(row.created_at)?,
        expires_at: from_micros(row.expires_at)?,
    })
}

impl Status {
    const ALL: [Self; 4] = [Self::Draft, Self::Blocked, Self::Failed, Self::Erased];

    /// Returns the name used in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::Erased => "erased",
        }
    }
}

impl FromStr for Status {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or(UnknownName)
    }
}

const REQUEST: SealedColumn = SealedColumn { table: "generations", column: "request" };
const RESPONSE: SealedColumn = SealedColumn { table: "generations", column: "response" };

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "generations")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) tenant_id: Uuid,
        pub(crate) dietitian_id: Uuid,
        pub(crate) application_id: Uuid,
        pub(crate) key_id: String,
        pub(crate) content_type: String,
        pub(crate) language: String,
        pub(crate) status: String,
        pub(crate) request: Option<Vec<u8>>,
        pub(crate) response: Option<Vec<u8>>,
        pub(crate) created_at: i64,
        pub(crate) expires_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

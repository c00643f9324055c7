//! Dietitians, as one tenant knows them.

use std::str::FromStr;

use database::{Error, from_micros, to_micros};
use domain::{
    Timestamp,
    content::{Language, UnknownName},
    ids::{DietitianId, Id},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select, sea_query::LockType,
};
use serde::{Deserialize, Serialize};

use crate::{
    Reader, Tx, columns, consents, generations, idempotency, samples, sealed::SealedColumn, style_cards,
};

/// A dietitian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dietitian {
    /// Our identifier.
    pub id: DietitianId,
    /// The tenant's own name for the dietitian, unique within the tenant; 1 to 200 characters.
    pub external_ref: String,
    /// How people call the dietitian. Sealed.
    pub display_name: String,
    /// The languages they write in.
    pub languages: Vec<Language>,
    /// Their licence to practise, if given. Sealed.
    pub licence: Option<Licence>,
    /// Whether texts are written for them.
    pub status: Status,
    /// Grows with each change, from 1: the `ETag`.
    pub version: u32,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they were last changed.
    pub updated_at: Timestamp,
}

/// A licence to practise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licence {
    /// Who issued it.
    pub body: String,
    /// Its number there.
    pub number: String,
}

/// Whether texts are written for a dietitian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// They are.
    Active,
    /// The tenant stopped it for now.
    Paused,
}

/// Adds a dietitian as version 1, whatever `dietitian.version` says. [`Error::Conflict`] when the reference is taken.
pub async fn insert(tx: &Tx, dietitian: &Dietitian) -> Result<(), Error> {
    let row = row::ActiveModel { version: Set(1), ..to_row(tx, dietitian)? };
    row::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Returns one dietitian.
pub async fn get(tx: &Reader, id: DietitianId) -> Result<Dietitian, Error> {
    let row = own(tx).filter(row::Column::Id.eq(id.uuid())).one(tx.connection()).await?;
    from_row(tx, row.ok_or(Error::NotFound)?)
}

/// Returns the dietitian whom the tenant calls `external_ref`.
pub async fn get_by_external_ref(tx: &Reader, external_ref: &str) -> Result<Dietitian, Error> {
    let row = own(tx).filter(row::Column::ExternalRef.eq(external_ref)).one(tx.connection()).await?;
    from_row(tx, row.ok_or(Error::NotFound)?)
}

/// Returns at most `limit` dietitians, newest first, of those older than `before`.
pub async fn list(tx: &Reader, before: Option<DietitianId>, limit: u64) -> Result<Vec<Dietitian>, Error> {
    let page = columns::page(own(tx), row::Column::Id, before.map(Id::uuid), limit);
    let rows = page.all(tx.connection()).await?;
    rows.into_iter().map(|row| from_row(tx, row)).collect()
}

/// Stores a changed dietitian and returns its new version.
///
/// [`Error::Conflict`] when the stored version is not `changed.version`, or the reference is taken.
pub async fn update(tx: &Tx, changed: &Dietitian) -> Result<u32, Error> {
    let version = changed.version.saturating_add(1);
    let row = row::ActiveModel { version: Set(version.into()), ..to_row(tx, changed)? };
    let result = row::Entity::update_many()
        .set(row)
        .filter(row::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(row::Column::Id.eq(changed.id.uuid()))
        .filter(row::Column::Version.eq(i64::from(changed.version)))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 1 {
        return Ok(version);
    }
    get(tx, changed.id).await?;
    Err(Error::Conflict)
}

/// Removes a dietitian with consent, samples and style cards, and the content of their texts and stored answers.
pub async fn delete(tx: &Tx, id: DietitianId) -> Result<(), Error> {
    // First the lock, so that no text of theirs is stored from here on.
    own(tx)
        .filter(row::Column::Id.eq(id.uuid()))
        .lock(LockType::Update)
        .one(tx.connection())
        .await?
        .ok_or(Error::NotFound)?;
    idempotency::erase_dietitian(tx, id).await?;
    generations::erase_dietitian(tx, id).await?;
    style_cards::delete_all(tx, id).await?;
    samples::delete_all(tx, id).await?;
    consents::delete_all(tx, id).await?;
    row::Entity::delete_many()
        .filter(row::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(row::Column::Id.eq(id.uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Fails with [`Error::NotFound`] unless the dietitian exists, and keeps it so until the end of the transaction.
pub(crate) async fn hold(tx: &Tx, id: DietitianId) -> Result<(), Error> {
    let found = own(tx)
        .select_only()
        .column(row::Column::Id)
        .filter(row::Column::Id.eq(id.uuid()))
        .lock(LockType::KeyShare)
        .into_tuple::<uuid::Uuid>()
        .one(tx.connection())
        .await?;
    found.map(|_| ()).ok_or(Error::NotFound)
}

fn own(tx: &Reader) -> Select<row::Entity> {
    row::Entity::find().filter(row::Column::TenantId.eq(tx.tenant_id().uuid()))
}

fn to_row(tx: &Tx, dietitian: &Dietitian) -> Result<row::ActiveModel, Error> {
    let id = dietitian.id.uuid();
    let licence = dietitian.licence.as_ref().map(|licence| LICENCE.seal_json(tx, id, licence)).transpose()?;
    Ok(row::ActiveModel {
        id: Set(id),
        tenant_id: Set(tx.tenant_id().uuid()),
        external_ref: Set(dietitian.external_ref.clone()),
        display_name: Set(DISPLAY_NAME.seal_text(tx, id, &dietitian.display_name)?),
        languages: Set(columns::join(dietitian.languages.iter().map(|language| language.as_str()))),
        licence: Set(licence),
        status: Set(dietitian.status.as_str().to_owned()),
        version: Set(dietitian.version.into()),
        created_at: Set(to_micros(dietitian.created_at)),
        updated_at: Set(to_micros(dietitian.updated_at)),
    })
}

fn from_row(tx: &Reader, row: row::Model) -> Result<Dietitian, Error> {
    Ok(Dietitian {
        id: DietitianId::from_uuid(row.id),
        external_ref: row.external_ref,
        display_name: DISPLAY_NAME.open_text(tx, row.id, &row.display_name)?,
        languages: columns::names(&row.languages, "language")?,
        licence: row.licence.map(|sealed| LICENCE.open_json(tx, row.id, &sealed)).transpose()?,
        status: columns::name(&row.status, "dietitian status")?,
        version: columns::count(row.version)?,
        created_at: from_micros(row.created_at)?,
        updated_at: from_micros(row.updated_at)?,
    })
}

impl Status {
    /// Returns the name used in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
        }
    }
}

impl FromStr for Status {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        [Self::Active, Self::Paused].into_iter().find(|known| known.as_str() == text).ok_or(UnknownName)
    }
}

const DISPLAY_NAME: SealedColumn = SealedColumn { table: "dietitians", column: "display_name" };
const LICENCE: SealedColumn = SealedColumn { table: "dietitians", column: "licence" };

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "dietitians")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) tenant_id: Uuid,
        pub(crate) external_ref: String,
        pub(crate) display_name: Vec<u8>,
        pub(crate) languages: String,
        pub(crate) licence: Option<Vec<u8>>,
        pub(crate) status: String,
        pub(crate) version: i64,
        pub(crate) created_at: i64,
        pub(crate) updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

//! What a dietitian's style is, in plain words that they may edit.

use database::{Error, from_micros, to_micros};
use domain::{
    Timestamp,
    content::{ContentType, Language},
    ids::{DietitianId, Id},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, Select};
use serde_json::Value;

use crate::{Reader, Tx, columns, sealed::SealedColumn};

/// One voice: a dietitian writing one kind of text in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoiceId {
    /// Who writes.
    pub dietitian: DietitianId,
    /// What kind of text.
    pub content_type: ContentType,
    /// In which language.
    pub language: Language,
}

/// The style card of one voice.
#[derive(Clone, Debug, PartialEq)]
pub struct StyleCard {
    /// Whose it is.
    pub voice: VoiceId,
    /// The card, in the caller's own form. Sealed.
    pub card: Value,
    /// Grows with each change, from 1: the `ETag`.
    pub version: u32,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Returns the card of one voice, if there is one.
pub async fn get(tx: &Reader, voice: &VoiceId) -> Result<Option<StyleCard>, Error> {
    let row = own(tx, voice).one(tx.connection()).await?;
    row.map(|row| from_row(tx, row)).transpose()
}

/// Stores a card and returns its version.
///
/// `expected` is the version it replaces, `None` when it is the first. [`Error::Conflict`] when that is not so,
/// [`Error::NotFound`] without such a dietitian.
pub async fn put(
    tx: &Tx,
    voice: &VoiceId,
    card: &Value,
    expected: Option<u32>,
    now: Timestamp,
) -> Result<u32, Error> {
    match expected {
        None => insert(tx, voice, card, now).await,
        Some(version) => replace(tx, voice, card, version, now).await,
    }
}

/// Removes the card of one voice, if there is one.
pub async fn delete(tx: &Tx, voice: &VoiceId) -> Result<(), Error> {
    row::Entity::delete_many()
        .filter(row::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(row::Column::DietitianId.eq(voice.dietitian.uuid()))
        .filter(row::Column::ContentType.eq(voice.content_type.as_str()))
        .filter(row::Column::Language.eq(voice.language.as_str()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

pub(crate) async fn delete_all(tx: &Tx, dietitian: DietitianId) -> Result<(), Error> {
    row::Entity::delete_many()
        .filter(row::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(row::Column::DietitianId.eq(dietitian.uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

async fn insert(tx: &Tx, voice: &VoiceId, card: &Value, now: Timestamp) -> Result<u32, Error> {
    let id = Id::<StyleCard>::new(now, tx.entropy()).uuid();
    let row = row::ActiveModel {
        id: Set(id),
        tenant_id: Set(tx.tenant_id().uuid()),
        dietitian_id: Set(voice.dietitian.uuid()),
        content_type: Set(voice.content_type.as_str().to_owned()),
        language: Set(voice.language.as_str().to_owned()),
        card: Set(CARD.seal_json(tx, id, card)?),
        version: Set(1),
        updated_at: Set(to_micros(now)),
    };
    row::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(1)
}

async fn replace(
    tx: &Tx,
    voice: &VoiceId,
    card: &Value,
    expected: u32,
    now: Timestamp,
) -> Result<u32, Error> {
    // The seal is bound to the row's id, which never changes.
    let stored = own(tx, voice).one(tx.connection()).await?.ok_or(Error::Conflict)?;
    let version = expected.saturating_add(1);
    let change = row::ActiveModel {
        card: Set(CARD.seal_json(tx, stored.id, card)?),
        version: Set(version.into()),
        updated_at: Set(to_micros(now)),
        ..Default::default()
    };
    let result = row::Entity::update_many()
        .set(change)
        .filter(row::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(row::Column::Id.eq(stored.id))
        .filter(row::Column::Version.eq(i64::from(expected)))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 1 { Ok(version) } else { Err(Error::Conflict) }
}

fn own(tx: &Reader, voice: &VoiceId) -> Select<row::Entity> {
    row::Entity::find()
        .filter(row::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(row::Column::DietitianId.eq(voice.dietitian.uuid()))
        .filter(row::Column::ContentType.eq(voice.content_type.as_str()))
        .filter(row::Column::Language.eq(voice.language.as_str()))
}

fn from_row(tx: &Reader, row: row::Model) -> Result<StyleCard, Error> {
    Ok(StyleCard {
        voice: VoiceId {
            dietitian: DietitianId::from_uuid(row.dietitian_id),
            content_type: columns::name(&row.content_type, "content type")?,
            language: columns::name(&row.language, "language")?,
        },
        card: CARD.open_json(tx, row.id, &row.card)?,
        version: columns::count(row.version)?,
        updated_at: from_micros(row.updated_at)?,
    })
}

const CARD: SealedColumn = SealedColumn { table: "style_cards", column: "card" };

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "style_cards")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) tenant_id: Uuid,
        pub(crate) dietitian_id: Uuid,
        pub(crate) content_type: String,
        pub(crate) language: String,
        pub(crate) card: Vec<u8>,
        pub(crate) version: i64,
        pub(crate) updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

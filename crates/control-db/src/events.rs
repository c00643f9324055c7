//! What happened to keys and tenants and their people should know: appended, never changed, and without secrets.
//!
//! In the transaction that appends an event it is put down for delivery to each webhook of the tenant: what happened is
//! told, and what was rolled back is not.

use database::{Error, from_micros, to_micros};
use domain::{Timestamp, ids::TenantId};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, TryInsertResult,
    sea_query::OnConflict,
};
use serde_json::Value;

use crate::{Tx, columns, deliveries, webhooks};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The key was issued.
    Issued,
    /// A successor was put in the key's place.
    Rotated,
    /// The key was revoked.
    Revoked,
    /// The key ends soon.
    Expiring,
    /// The key ends earlier than was said when it was issued.
    Shortened,
    /// The key was seen where secrets do not belong.
    Exposed,
    /// Somebody who held the key reported that it leaked.
    LeakReported,
    /// The networks from which the key works were changed.
    Restricted,
    /// All keys of the tenant are refused.
    Suspended,
    /// The keys of the tenant work again.
    Resumed,
    /// Nothing: somebody tries a webhook.
    Test,
}

impl Kind {
    const ALL: [Self; 11] = [
        Self::Issued,
        Self::Rotated,
        Self::Revoked,
        Self::Expiring,
        Self::Shortened,
        Self::Exposed,
        Self::LeakReported,
        Self::Restricted,
        Self::Suspended,
        Self::Resumed,
        Self::Test,
    ];

    /// Returns the name used in logs, JSON and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Rotated => "rotated",
            Self::Revoked => "revoked",
            Self::Expiring => "expiring",
            Self::Shortened => "shortened",
            Self::Exposed => "exposed",
            Self::LeakReported => "leak-reported",
            Self::Restricted => "restricted",
            Self::Suspended => "suspended",
            Self::Resumed => "resumed",
            Self::Test => "test",
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = domain::content::UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(domain::content::UnknownName)
    }
}

/// Something that happened to a key or to a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The public half of the key; `None` where it is about the tenant itself.
    pub key: Option<String>,
    /// The tenant.
    pub tenant: TenantId,
    /// What happened.
    pub kind: Kind,
    /// What tells it from others of its kind, so that each is recorded once; at most 100 characters, maybe none.
    pub subject: String,
    /// When.
    pub at: Timestamp,
    /// More about it, as a JSON object without secrets; at most 4000 characters.
    pub details: Value,
}

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its number among all events: later ones have higher ones.
    pub number: i64,
    /// What happened.
    pub event: Event,
}

/// Records an event, to be told by each webhook of the tenant, and tells whether it is new.
pub async fn append(tx: &Tx, event: &Event) -> Result<bool, Error> {
    let Some(number) = insert(tx, event).await? else { return Ok(false) };
    for webhook in webhooks::list(tx, Some(event.tenant)).await? {
        deliveries::insert(tx, &webhook, number, event.at).await?;
    }
    Ok(true)
}

/// Records an event, and returns its number if it is new. Nobody is told.
pub async fn insert(tx: &Tx, event: &Event) -> Result<Option<i64>, Error> {
    tx.may_write(event.tenant)?;
    let row = row::ActiveModel {
        number: NotSet,
        tenant_id: Set(event.tenant.uuid()),
        key_id: Set(event.key.clone().unwrap_or_default()),
        kind: Set(event.kind.as_str().to_owned()),
        subject: Set(event.subject.clone()),
        at: Set(to_micros(event.at)),
        details: Set(event.details.to_string()),
    };
    let unique = [row::Column::TenantId, row::Column::KeyId, row::Column::Kind, row::Column::Subject];
    let inserted = row::Entity::insert(row)
        .on_conflict(OnConflict::columns(unique).do_nothing().to_owned())
        .try_insert()
        .exec(tx.connection())
        .await?;
    Ok(match inserted {
        TryInsertResult::Inserted(inserted) => Some(inserted.last_insert_id),
        TryInsertResult::Conflicted | TryInsertResult::Empty => None,
    })
}

/// Returns the newest [`LONGEST_LIST`] events of one tenant, of one key, or of all that the transaction may see, oldest
/// first.
pub async fn list(tx: &Tx, tenant: Option<TenantId>, key: Option<&str>) -> Result<Vec<Recorded>, Error> {
    let mut query = row::Entity::find().filter(tx.visible(row::Column::TenantId));
    if let Some(tenant) = tenant {
        query = query.filter(row::Column::TenantId.eq(tenant.uuid()));
    }
    if let Some(key) = key {
        query = query.filter(row::Column::KeyId.eq(key));
    }
    let rows = query.order_by_desc(row::Column::Number).limit(LONGEST_LIST).all(tx.connection()).await?;
    rows.into_iter().rev().map(Recorded::try_from).collect()
}

/// Returns one event.
pub async fn get(tx: &Tx, number: i64) -> Result<Recorded, Error> {
    let row = row::Entity::find_by_id(number)
        .filter(tx.visible(row::Column::TenantId))
        .one(tx.connection())
        .await?;
    row.ok_or(Error::NotFound)?.try_into()
}

/// How many events one list holds.
pub const LONGEST_LIST: u64 = 1_000;

impl TryFrom<row::Model> for Recorded {
    type Error = Error;

    fn try_from(row: row::Model) -> Result<Self, Error> {
        let event = Event {
            key: Some(row.key_id).filter(|key| !key.is_empty()),
            tenant: TenantId::from_uuid(row.tenant_id),
            kind: columns::name(&row.kind, "event kind")?,
            subject: row.subject,
            at: from_micros(row.at)?,
            details: serde_json::from_str(&row.details).map_err(|_| Error::Corrupt("event details"))?,
        };
        Ok(Self { number: row.number, event })
    }
}

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "events")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) number: i64,
        pub(crate) tenant_id: Uuid,
        pub(crate) key_id: String,
        pub(crate) kind: String,
        pub(crate) subject: String,
        pub(crate) at: i64,
        pub(crate) details: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

//! What happened to keys and their owners should know: appended, never changed, and without secrets.

use database::{Error, from_micros, to_micros};
use domain::{Timestamp, ids::TenantId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, TryInsertResult,
    sea_query::OnConflict,
};
use serde_json::Value;

use crate::{Tx, columns};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
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
}

impl Kind {
    const ALL: [Self; 5] =
        [Self::Expiring, Self::Shortened, Self::Exposed, Self::LeakReported, Self::Restricted];

    /// Returns the name used in logs, JSON and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expiring => "expiring",
            Self::Shortened => "shortened",
            Self::Exposed => "exposed",
            Self::LeakReported => "leak-reported",
            Self::Restricted => "restricted",
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = domain::content::UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(domain::content::UnknownName)
    }
}

/// Something that happened to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEvent {
    /// The public half of the key.
    pub key: String,
    /// Its tenant.
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

/// Records an event, and tells whether it is new.
pub async fn append(tx: &Tx, event: &KeyEvent) -> Result<bool, Error> {
    tx.may_write(event.tenant)?;
    let row = row::ActiveModel {
        key_id: Set(event.key.clone()),
        kind: Set(event.kind.as_str().to_owned()),
        subject: Set(event.subject.clone()),
        tenant_id: Set(event.tenant.uuid()),
        at: Set(to_micros(event.at)),
        details: Set(event.details.to_string()),
    };
    let unique = [row::Column::KeyId, row::Column::Kind, row::Column::Subject];
    let inserted = row::Entity::insert(row)
        .on_conflict(OnConflict::columns(unique).do_nothing().to_owned())
        .try_insert()
        .exec_without_returning(tx.connection())
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(1..)))
}

/// Returns the newest [`LONGEST_LIST`] events of one tenant, of one key, or of all that the transaction may see, oldest
/// first.
pub async fn list(tx: &Tx, tenant: Option<TenantId>, key: Option<&str>) -> Result<Vec<KeyEvent>, Error> {
    let mut query = row::Entity::find().filter(tx.visible(row::Column::TenantId));
    if let Some(tenant) = tenant {
        query = query.filter(row::Column::TenantId.eq(tenant.uuid()));
    }
    if let Some(key) = key {
        query = query.filter(row::Column::KeyId.eq(key));
    }
    let rows = query
        .order_by_desc(row::Column::At)
        .order_by_desc(row::Column::KeyId)
        .order_by_desc(row::Column::Kind)
        .order_by_desc(row::Column::Subject)
        .limit(LONGEST_LIST)
        .all(tx.connection())
        .await?;
    rows.into_iter().rev().map(KeyEvent::try_from).collect()
}

/// How many events one list holds.
pub const LONGEST_LIST: u64 = 1_000;

impl TryFrom<row::Model> for KeyEvent {
    type Error = Error;

    fn try_from(row: row::Model) -> Result<Self, Error> {
        Ok(Self {
            key: row.key_id,
            tenant: TenantId::from_uuid(row.tenant_id),
            kind: columns::name(&row.kind, "event kind")?,
            subject: row.subject,
            at: from_micros(row.at)?,
            details: serde_json::from_str(&row.details).map_err(|_| Error::Corrupt("event details"))?,
        })
    }
}

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "key_events")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) key_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) subject: String,
        pub(crate) tenant_id: Uuid,
        pub(crate) at: i64,
        pub(crate) details: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

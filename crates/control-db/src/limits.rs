//! Limits that differ for a while, and the record of who got one, when and why: appended, never changed.

use database::{Error, from_micros, to_micros};
use domain::{
    Timestamp,
    ids::TenantId,
    policy::{LimitOverride, LimitSubject, Measure},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{
    Tx, columns,
    policy::{self, Changed},
};

/// A change of a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its identifier, a version 7 UUID.
    pub id: Uuid,
    /// Whose limit it is.
    pub of: LimitSubject,
    /// The tenant that it concerns.
    pub tenant: TenantId,
    /// What is limited.
    pub measure: Measure,
    /// How much of it until when; `None`: the usual limit is back.
    pub set: Option<(u64, Timestamp)>,
    /// Why, 1 to 500 characters.
    pub reason: String,
    /// When it was made.
    pub at: Timestamp,
}

/// Records `change` and puts it in force, as operator.
pub async fn apply(tx: &Tx, change: &Change) -> Result<(), Error> {
    tx.must_be_operator()?;
    policy::bump(tx, Changed::Limits).await?;
    let (subject_kind, subject) = columns::from_subject(&change.of);
    let measure = change.measure.as_str().to_owned();
    let amount = change.set.map(|(amount, _)| i64::try_from(amount)).transpose();
    let amount = amount.map_err(|_| Error::Conflict)?;
    let until = change.set.map(|(_, until)| to_micros(until));
    if let (Some(amount), Some(until)) = (amount, until) {
        let row = current::ActiveModel {
            subject_kind: Set(subject_kind.to_owned()),
            subject: Set(subject.clone()),
            measure: Set(measure.clone()),
            tenant_id: Set(change.tenant.uuid()),
            amount: Set(amount),
            until: Set(until),
        };
        let key = [current::Column::SubjectKind, current::Column::Subject, current::Column::Measure];
        let replace = OnConflict::columns(key)
            .update_columns([current::Column::Amount, current::Column::Until])
            .to_owned();
        current::Entity::insert(row).on_conflict(replace).exec_without_returning(tx.connection()).await?;
    } else {
        let over = current::ActiveModel { until: Set(to_micros(change.at)), ..Default::default() };
        let ended = current::Entity::update_many()
            .set(over)
            .filter(current::Column::SubjectKind.eq(subject_kind))
            .filter(current::Column::Subject.eq(subject.as_str()))
            .filter(current::Column::Measure.eq(measure.as_str()))
            .filter(current::Column::Until.gt(to_micros(change.at)))
            .exec(tx.connection())
            .await?;
        if ended.rows_affected == 0 {
            return Err(Error::NotFound);
        }
    }
    let row = record::ActiveModel {
        id: Set(change.id),
        subject_kind: Set(subject_kind.to_owned()),
        subject: Set(subject),
        measure: Set(measure),
        tenant_id: Set(change.tenant.uuid()),
        amount: Set(amount),
        until: Set(until),
        reason: Set(change.reason.clone()),
        at: Set(to_micros(change.at)),
    };
    record::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Returns what is in force at `now`, of the tenants that the transaction may see.
pub async fn in_force(tx: &Tx, now: Timestamp) -> Result<Vec<LimitOverride>, Error> {
    let rows = current::Entity::find()
        .filter(tx.visible(current::Column::TenantId))
        .filter(current::Column::Until.gt(to_micros(now)))
        .order_by_asc(current::Column::SubjectKind)
        .order_by_asc(current::Column::Subject)
        .order_by_asc(current::Column::Measure)
        .all(tx.connection())
        .await?;
    let limit = |row: current::Model| {
        Ok(LimitOverride {
            of: columns::to_subject(&row.subject_kind, &row.subject)?,
            measure: columns::name(&row.measure, "measure")?,
            value: u64::try_from(row.amount).map_err(|_| Error::Corrupt("limit"))?,
            // To the second, and not one too long.
            until: from_micros(row.until)?.unix_timestamp(),
        })
    };
    rows.into_iter().map(limit).collect()
}

/// Returns the newest [`LONGEST_LIST`] changes of one tenant, or of all that the transaction may see, oldest first.
pub async fn changes(tx: &Tx, tenant: Option<TenantId>) -> Result<Vec<Change>, Error> {
    let mut query = record::Entity::find().filter(tx.visible(record::Column::TenantId));
    if let Some(tenant) = tenant {
        query = query.filter(record::Column::TenantId.eq(tenant.uuid()));
    }
    let rows = query
        .order_by_desc(record::Column::At)
        .order_by_desc(record::Column::Id)
        .limit(LONGEST_LIST)
        .all(tx.connection())
        .await?;
    rows.into_iter().rev().map(Change::try_from).collect()
}

/// How many changes one list holds.
pub const LONGEST_LIST: u64 = 1_000;

impl TryFrom<record::Model> for Change {
    type Error = Error;

    fn try_from(row: record::Model) -> Result<Self, Error> {
        let amount = row.amount.map(|amount| u64::try_from(amount).map_err(|_| Error::Corrupt("limit")));
        let until = row.until.map(from_micros);
        Ok(Self {
            id: row.id,
            of: columns::to_subject(&row.subject_kind, &row.subject)?,
            tenant: TenantId::from_uuid(row.tenant_id),
            measure: columns::name(&row.measure, "measure")?,
            set: amount.transpose()?.zip(until.transpose()?),
            reason: row.reason,
            at: from_micros(row.at)?,
        })
    }
}

mod current {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "limit_overrides")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) subject_kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) subject: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) measure: String,
        pub(crate) tenant_id: Uuid,
        pub(crate) amount: i64,
        pub(crate) until: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod record {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "limit_changes")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) subject_kind: String,
        pub(crate) subject: String,
        pub(crate) measure: String,
        pub(crate) tenant_id: Uuid,
        pub(crate) amount: Option<i64>,
        pub(crate) until: Option<i64>,
        pub(crate) reason: String,
        pub(crate) at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

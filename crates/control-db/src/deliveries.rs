//! Deliveries: which event is to be told to which webhook, how often that was tried and how it ended.

use database::{Error, from_micros, to_micros};
use domain::{
    Timestamp,
    ids::{TenantId, WebhookId},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

use crate::{Tx, columns, webhooks::Webhook};

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It is tried, again and again.
    Pending,
    /// The receiver took it.
    Delivered,
    /// It was given up.
    Dead,
}

impl State {
    const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Dead];

    /// Returns the name used in logs, JSON and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
}

impl std::str::FromStr for State {
    type Err = domain::content::UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(domain::content::UnknownName)
    }
}

/// An event that is to be told, or was, or could not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Where.
    pub webhook: WebhookId,
    /// The number of the event.
    pub event: i64,
    /// Who is told.
    pub tenant: TenantId,
    /// How far it is.
    pub state: State,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why the last attempt failed, in our words; empty if it did not. At most 200 characters.
    pub failure: String,
}

/// Puts an event down for delivery, from `at` on.
pub async fn insert(tx: &Tx, webhook: &Webhook, event: i64, at: Timestamp) -> Result<(), Error> {
    tx.may_write(webhook.tenant)?;
    let row = row::ActiveModel {
        webhook_id: Set(webhook.id.uuid()),
        event: Set(event),
        tenant_id: Set(webhook.tenant.uuid()),
        state: Set(State::Pending.as_str().to_owned()),
        attempts: Set(0),
        due_at: Set(to_micros(at)),
        ended_at: Set(None),
        failure: Set(String::new()),
    };
    row::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Returns the webhooks for which something is due at `now`, whoever waits longest first, at most `limit`.
pub async fn waiting(tx: &Tx, now: Timestamp, limit: u64) -> Result<Vec<WebhookId>, Error> {
    let rows: Vec<uuid::Uuid> = row::Entity::find()
        .select_only()
        .column(row::Column::WebhookId)
        .filter(tx.visible(row::Column::TenantId))
        .filter(row::Column::State.eq(State::Pending.as_str()))
        .filter(row::Column::DueAt.lte(to_micros(now)))
        .group_by(row::Column::WebhookId)
        .order_by_asc(Expr::col(row::Column::DueAt).min())
        .limit(limit)
        .into_tuple()
        .all(tx.connection())
        .await?;
    Ok(rows.into_iter().map(WebhookId::from_uuid).collect())
}

/// Takes the delivery to `webhook` that is due for longest at `now`: it counts as tried, and nobody else takes it before
/// `again`.
pub async fn take(
    tx: &Tx,
    webhook: WebhookId,
    now: Timestamp,
    again: Timestamp,
) -> Result<Option<Delivery>, Error> {
    let due = row::Entity::find()
        .filter(tx.visible(row::Column::TenantId))
        .filter(row::Column::WebhookId.eq(webhook.uuid()))
        .filter(row::Column::State.eq(State::Pending.as_str()))
        .filter(row::Column::DueAt.lte(to_micros(now)))
        .order_by_asc(row::Column::DueAt)
        .order_by_asc(row::Column::Event)
        .limit(1)
        .one(tx.connection())
        .await?;
    let Some(row) = due else { return Ok(None) };
    let taken = row::Entity::update_many()
        .col_expr(row::Column::Attempts, Expr::col(row::Column::Attempts).add(1))
        .col_expr(row::Column::DueAt, Expr::val(to_micros(again)))
        .filter(row::Column::WebhookId.eq(row.webhook_id))
        .filter(row::Column::Event.eq(row.event))
        .filter(row::Column::State.eq(State::Pending.as_str()))
        // Another control plane may have been faster.
        .filter(row::Column::DueAt.eq(row.due_at))
        .exec(tx.connection())
        .await?;
    if taken.rows_affected == 0 {
        return Ok(None);
    }
    let row = row::Model { attempts: row.attempts + 1, due_at: to_micros(again), ..row };
    Delivery::try_from(row).map(Some)
}

/// Notes how an attempt came out: as `delivery` says.
pub async fn update(tx: &Tx, delivery: &Delivery) -> Result<(), Error> {
    let row = row::ActiveModel {
        state: Set(delivery.state.as_str().to_owned()),
        due_at: Set(to_micros(delivery.due_at)),
        ended_at: Set(delivery.ended_at.map(to_micros)),
        failure: Set(delivery.failure.clone()),
        ..Default::default()
    };
    row::Entity::update_many()
        .set(row)
        .filter(tx.visible(row::Column::TenantId))
        .filter(row::Column::WebhookId.eq(delivery.webhook.uuid()))
        .filter(row::Column::Event.eq(delivery.event))
        // What was given up meanwhile stays so.
        .filter(row::Column::State.eq(State::Pending.as_str()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Gives up what was still to be told to `webhook`, and says why.
pub(crate) async fn give_up(tx: &Tx, webhook: WebhookId, at: Timestamp, why: &str) -> Result<(), Error> {
    row::Entity::update_many()
        .col_expr(row::Column::State, Expr::val(State::Dead.as_str()))
        .col_expr(row::Column::EndedAt, Expr::val(to_micros(at)))
        .col_expr(row::Column::Failure, Expr::val(why))
        .filter(tx.visible(row::Column::TenantId))
        .filter(row::Column::WebhookId.eq(webhook.uuid()))
        .filter(row::Column::State.eq(State::Pending.as_str()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Returns the deliveries of `events`, in their order.
pub async fn of(tx: &Tx, events: &[i64]) -> Result<Vec<Delivery>, Error> {
    let rows = row::Entity::find()
        .filter(tx.visible(row::Column::TenantId))
        .filter(row::Column::Event.is_in(events.iter().copied()))
        .order_by_asc(row::Column::Event)
        .order_by_asc(row::Column::WebhookId)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Delivery::try_from).collect()
}

/// Returns one delivery.
pub async fn get(tx: &Tx, webhook: WebhookId, event: i64) -> Result<Delivery, Error> {
    let row = row::Entity::find_by_id((webhook.uuid(), event))
        .filter(tx.visible(row::Column::TenantId))
        .one(tx.connection())
        .await?;
    row.ok_or(Error::NotFound)?.try_into()
}

/// Returns how many deliveries to each webhook are in each state.
pub async fn counts(tx: &Tx) -> Result<Vec<(WebhookId, State, u64)>, Error> {
    let rows: Vec<(uuid::Uuid, String, i64)> = row::Entity::find()
        .select_only()
        .column(row::Column::WebhookId)
        .column(row::Column::State)
        .column_as(row::Column::Event.count(), "deliveries")
        .filter(tx.visible(row::Column::TenantId))
        .group_by(row::Column::WebhookId)
        .group_by(row::Column::State)
        .into_tuple()
        .all(tx.connection())
        .await?;
    let count = |(webhook, state, count): (uuid::Uuid, String, i64)| {
        let count = u64::try_from(count).map_err(|_| Error::Corrupt("count"))?;
        Ok((WebhookId::from_uuid(webhook), columns::name(&state, "state of a delivery")?, count))
    };
    rows.into_iter().map(count).collect()
}

impl TryFrom<row::Model> for Delivery {
    type Error = Error;

    fn try_from(row: row::Model) -> Result<Self, Error> {
        Ok(Self {
            webhook: WebhookId::from_uuid(row.webhook_id),
            event: row.event,
            tenant: TenantId::from_uuid(row.tenant_id),
            state: columns::name(&row.state, "state of a delivery")?,
            attempts: columns::count(row.attempts)?,
            due_at: from_micros(row.due_at)?,
            ended_at: row.ended_at.map(from_micros).transpose()?,
            failure: row.failure,
        })
    }
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "deliveries")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) webhook_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) event: i64,
        pub(crate) tenant_id: Uuid,
        pub(crate) state: String,
        pub(crate) attempts: i64,
        pub(crate) due_at: i64,
        pub(crate) ended_at: Option<i64>,
        pub(crate) failure: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

//! API keys, as hashes: what a gateway needs to recognise them, and what people need to tell them apart.

use database::{Error, from_micros, to_micros};
use domain::{
    Timestamp,
    ids::{ApplicationId, TenantId},
    policy::{Environment, KeyPolicy},
    scope::Scopes,
};
use ipnet::IpNet;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query},
};
use time::Duration;

use crate::{
    Tx, columns, events,
    policy::{self, Changed},
};

/// An API key without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The public half of the key text.
    pub id: String,
    /// The tenant that owns the application.
    pub tenant: TenantId,
    /// The application it was issued to.
    pub application: ApplicationId,
    /// HMAC-SHA-256 of the whole key under the pepper, base64url without padding.
    pub hash: String,
    /// Test or live.
    pub environment: Environment,
    /// What it may do.
    pub scopes: Scopes,
    /// The last four characters of the secret.
    pub last4: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When the first key of its chain of rotations was issued: a tenant's maximum age counts from here.
    pub granted_at: Timestamp,
    /// From when it is refused, if ever.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
    /// The public half of the key that a rotation put in its place.
    pub replaced_by: Option<String>,
    /// The minute of its last use, as far as gateways have reported it.
    pub last_used_at: Option<Timestamp>,
    /// When it was first seen where secrets do not belong, if it was.
    pub exposed_at: Option<Timestamp>,
    /// The networks from which it works; everywhere if none.
    pub networks: Vec<IpNet>,
}

impl ApiKey {
    /// Returns what a gateway needs to know of the key.
    pub fn policy(&self) -> KeyPolicy {
        KeyPolicy {
            id: self.id.clone(),
            hash: self.hash.clone(),
            application: self.application,
            tenant: self.tenant,
            environment: self.environment,
            scopes: self.scopes,
            expires_at: self.expires_at.map(Timestamp::unix_timestamp),
            // Whatever the moment: the clock of who revoked may be ahead of ours.
            revoked: self.revoked_at.is_some(),
            exposed: self.exposed_at.is_some(),
            networks: self.networks.clone(),
        }
    }
}

/// Stores a new key. [`Error::NotFound`] without such an application of that tenant.
pub async fn insert(tx: &Tx, key: &ApiKey) -> Result<(), Error> {
    tx.may_write(key.tenant)?;
    policy::bump(tx, Changed::Key(&key.id)).await?;
    let row = row::ActiveModel {
        id: Set(key.id.clone()),
        tenant_id: Set(key.tenant.uuid()),
        application_id: Set(key.application.uuid()),
        hash: Set(key.hash.clone()),
        environment: Set(key.environment.as_str().to_owned()),
        scopes: Set(columns::from_scopes(key.scopes)),
        last4: Set(key.last4.clone()),
        created_at: Set(to_micros(key.created_at)),
        granted_at: Set(Some(to_micros(key.granted_at))),
        expires_at: Set(key.expires_at.map(to_micros)),
        revoked_at: Set(key.revoked_at.map(to_micros)),
        replaced_by: Set(key.replaced_by.clone()),
        last_used_at: Set(key.last_used_at.map(to_micros)),
        exposed_at: Set(key.exposed_at.map(to_micros)),
        networks: Set(columns::from_networks(&key.networks)),
    };
    row::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Returns the keys of one tenant, or of all that the transaction may see, oldest first.
pub async fn list(tx: &Tx, tenant: Option<TenantId>) -> Result<Vec<ApiKey>, Error> {
    let mut query = row::Entity::find().filter(tx.visible(row::Column::TenantId));
    if let Some(tenant) = tenant {
        query = query.filter(row::Column::TenantId.eq(tenant.uuid()));
    }
    let rows =
        query.order_by_asc(row::Column::CreatedAt).order_by_asc(row::Column::Id).all(tx.connection()).await?;
    rows.into_iter().map(ApiKey::try_from).collect()
}

/// Returns the keys from the id `first` up to and without `next`; `None` stands for no bound.
pub(crate) async fn between(tx: &Tx, first: Option<&str>, next: Option<&str>) -> Result<Vec<ApiKey>, Error> {
    let mut query = row::Entity::find().filter(tx.visible(row::Column::TenantId));
    if let Some(first) = first {
        query = query.filter(row::Column::Id.gte(first));
    }
    if let Some(next) = next {
        query = query.filter(row::Column::Id.lt(next));
    }
    query.all(tx.connection()).await?.into_iter().map(ApiKey::try_from).collect()
}

/// Returns how many keys there are.
pub async fn count(tx: &Tx) -> Result<usize, Error> {
    let count = row::Entity::find().filter(tx.visible(row::Column::TenantId)).count(tx.connection()).await?;
    usize::try_from(count).map_err(|_| Error::Corrupt("number of keys"))
}

/// Returns the key with the public half `id`.
pub async fn get(tx: &Tx, id: &str) -> Result<ApiKey, Error> {
    let row =
        row::Entity::find_by_id(id).filter(tx.visible(row::Column::TenantId)).one(tx.connection()).await?;
    row.ok_or(Error::NotFound)?.try_into()
}

/// Revokes a key at `at`. A key that was revoked before keeps its earlier moment.
pub async fn revoke(tx: &Tx, id: &str, at: Timestamp) -> Result<(), Error> {
    policy::bump(tx, Changed::Key(id)).await?;
    let at = to_micros(at);
    let earlier = Expr::col(row::Column::RevokedAt).if_null(at);
    change(tx, id, row::Column::RevokedAt, earlier).await
}

/// Sets the moment from which a key is refused, or lifts it.
pub async fn set_expiry(tx: &Tx, id: &str, expires_at: Option<Timestamp>) -> Result<(), Error> {
    policy::bump(tx, Changed::Key(id)).await?;
    change(tx, id, row::Column::ExpiresAt, Expr::val(expires_at.map(to_micros))).await
}

/// Returns up to `limit` keys in force that end after `after` and not after `until`, live longer than `longer_than` in
/// all, and have no event of that `kind` and `subject`.
pub async fn ending(
    tx: &Tx,
    (after, until): (Timestamp, Timestamp),
    longer_than: Duration,
    (kind, subject): (events::Kind, &str),
    limit: u64,
) -> Result<Vec<ApiKey>, Error> {
    let said = Query::select()
        .column(events::row::Column::KeyId)
        .from(events::row::Entity)
        .and_where(events::row::Column::Kind.eq(kind.as_str()))
        .and_where(events::row::Column::Subject.eq(subject))
        .to_owned();
    let life = Expr::col(row::Column::ExpiresAt).sub(Expr::col(row::Column::CreatedAt));
    let rows = row::Entity::find()
        .filter(tx.visible(row::Column::TenantId))
        .filter(row::Column::RevokedAt.is_null())
        .filter(row::Column::ExpiresAt.gt(to_micros(after)))
        .filter(row::Column::ExpiresAt.lte(to_micros(until)))
        .filter(life.gt(micros(longer_than)))
        .filter(row::Column::Id.not_in_subquery(said))
        .order_by_asc(row::Column::ExpiresAt)
        .limit(limit)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(ApiKey::try_from).collect()
}

/// Ends each key of `tenant` `max_age` after its grant, where it would have ended later, and returns those keys as they
/// are then.
pub async fn shorten(tx: &Tx, tenant: TenantId, max_age: Duration) -> Result<Vec<ApiKey>, Error> {
    policy::bump(tx, Changed::Tenant(tenant)).await?;
    let granted_at = Expr::col(row::Column::GrantedAt).if_null(Expr::col(row::Column::CreatedAt));
    let end = granted_at.add(micros(max_age));
    let later = Condition::any()
        .add(row::Column::ExpiresAt.is_null())
        .add(Expr::col(row::Column::ExpiresAt).gt(end.clone()));
    let concerned = Condition::all()
        .add(row::Column::TenantId.eq(tenant.uuid()))
        .add(tx.visible(row::Column::TenantId))
        .add(row::Column::RevokedAt.is_null())
        .add(later);
    let rows = row::Entity::find().filter(concerned.clone()).all(tx.connection()).await?;
    let changed: Vec<_> = rows.iter().map(|row| Changed::Key(&row.id)).collect();
    policy::note(tx, &changed).await?;
    row::Entity::update_many()
        .col_expr(row::Column::ExpiresAt, end)
        .filter(concerned)
        .exec(tx.connection())
        .await?;
    let shortened = rows.into_iter().map(|row| {
        let key = ApiKey::try_from(row)?;
        Ok(ApiKey { expires_at: Some(key.granted_at + max_age), ..key })
    });
    shortened.collect()
}

/// Sets the networks from which a key works; everywhere if there are none.
pub async fn set_networks(tx: &Tx, id: &str, networks: &[IpNet]) -> Result<(), Error> {
    policy::bump(tx, Changed::Key(id)).await?;
    change(tx, id, row::Column::Networks, Expr::val(columns::from_networks(networks))).await
}

/// Notes the first moment at which a key was seen where secrets do not belong.
pub async fn set_exposed(tx: &Tx, id: &str, at: Timestamp) -> Result<(), Error> {
    policy::bump(tx, Changed::Key(id)).await?;
    let earlier = Expr::col(row::Column::ExposedAt).if_null(to_micros(at));
    change(tx, id, row::Column::ExposedAt, earlier).await
}

/// Notes that a key was used at `at`, unless a later use is known or there is no such key. Gateways need not know it, so
/// the policy's version stays.
pub async fn note_use(tx: &Tx, id: &str, at: Timestamp) -> Result<(), Error> {
    let at = to_micros(at);
    let earlier = Condition::any().add(row::Column::LastUsedAt.is_null()).add(row::Column::LastUsedAt.lt(at));
    row::Entity::update_many()
        .col_expr(row::Column::LastUsedAt, Expr::val(at))
        .filter(row::Column::Id.eq(id))
        .filter(tx.visible(row::Column::TenantId))
        .filter(earlier)
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Notes that a rotation put `successor`, which is stored already, in the place of `id`.
pub async fn set_replaced_by(tx: &Tx, id: &str, successor: &str) -> Result<(), Error> {
    policy::bump(tx, Changed::Key(id)).await?;
    change(tx, id, row::Column::ReplacedBy, Expr::val(successor)).await
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.whole_microseconds()).unwrap_or(i64::MAX)
}

async fn change(tx: &Tx, id: &str, column: row::Column, value: Expr) -> Result<(), Error> {
    let result = row::Entity::update_many()
        .col_expr(column, value)
        .filter(row::Column::Id.eq(id))
        .filter(tx.visible(row::Column::TenantId))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 1 { Ok(()) } else { Err(Error::NotFound) }
}

impl TryFrom<row::Model> for ApiKey {
    type Error = Error;

    fn try_from(row: row::Model) -> Result<Self, Error> {
        Ok(Self {
            id: row.id,
            tenant: TenantId::from_uuid(row.tenant_id),
            application: ApplicationId::from_uuid(row.application_id),
            hash: row.hash,
            environment: columns::name(&row.environment, "environment")?,
            scopes: columns::to_scopes(&row.scopes)?,
            last4: row.last4,
            created_at: from_micros(row.created_at)?,
            granted_at: from_micros(row.granted_at.unwrap_or(row.created_at))?,
            expires_at: row.expires_at.map(from_micros).transpose()?,
            revoked_at: row.revoked_at.map(from_micros).transpose()?,
            replaced_by: row.replaced_by,
            last_used_at: row.last_used_at.map(from_micros).transpose()?,
            exposed_at: row.exposed_at.map(from_micros).transpose()?,
            networks: columns::to_networks(&row.networks)?,
        })
    }
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "api_keys")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: String,
        pub(crate) tenant_id: Uuid,
        pub(crate) application_id: Uuid,
        pub(crate) hash: String,
        pub(crate) environment: String,
        pub(crate) scopes: String,
        pub(crate) last4: String,
        pub(crate) created_at: i64,
        pub(crate) granted_at: Option<i64>,
        pub(crate) expires_at: Option<i64>,
        pub(crate) revoked_at: Option<i64>,
        pub(crate) replaced_by: Option<String>,
        pub(crate) last_used_at: Option<i64>,
        pub(crate) exposed_at: Option<i64>,
        pub(crate) networks: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

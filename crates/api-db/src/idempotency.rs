//! Requests with an `Idempotency-Key`: who may work on one, and the answer that a repeat gets.

use database::{Error, to_micros};
use domain::{
    Timestamp,
    ids::{DietitianId, GenerationId, Id},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryTrait,
    sea_query::{Alias, Expr, OnConflict, Query},
};
use uuid::Uuid;

use crate::{Tx, sealed::SealedColumn};

/// A request that wants to be worked on once.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The method and route template; a key means something else on another route.
    pub route: &'a str,
    /// SHA-256 of the key.
    pub key_digest: &'a [u8],
    /// SHA-256 of the body.
    pub body_digest: &'a [u8],
    /// Until when this attempt may be believed to run. Must be later than `now`.
    pub lease_until: Timestamp,
    /// When the record is forgotten.
    pub expires_at: Timestamp,
    /// The current moment.
    pub now: Timestamp,
}

/// What an attempt may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Work, then [`complete`] or [`release`] the lease.
    New(Lease),
    /// Wait: another attempt with this key is at work.
    Running,
    /// Answer as before.
    Replay(StoredAnswer),
    /// Refuse: the key came with another body before.
    OtherBody,
    /// Say that the answer is gone: its content was erased.
    Erased,
}

/// The right to complete one attempt. It is lost when it runs out and another attempt takes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    id: Uuid,
    // A later attempt takes over at or after this moment and gets a later one, so that it also names the holder.
    until: i64,
}

/// An answer that is given again. Sealed as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers worth repeating, by lower-case name.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Whose data an answer holds, so that erasing them erases it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The dietitian it speaks of.
    pub dietitian: Option<DietitianId>,
    /// The generation it holds.
    pub generation: Option<GenerationId>,
}

/// Claims the key for this attempt; of any number of attempts at the same moment, one gets [`Claim::New`].
///
/// Commit soon after: on PostgreSQL other attempts with this key wait until then.
pub async fn claim(tx: &Tx, attempt: &Attempt<'_>) -> Result<Claim, Error> {
    // A record can vanish between the two statements, when its holder releases it; then the key is free again.
    for _ in 0..TRIES {
        if let Some(lease) = take(tx, attempt).await? {
            return Ok(Claim::New(lease));
        }
        if let Some(row) = find(tx, attempt).await? {
            return judge(tx, attempt, row);
        }
    }
    Ok(Claim::Running)
}

/// Stores the answer that repeats get. [`Error::Conflict`] when the lease was lost: then nothing of this attempt may last.
pub async fn complete(tx: &Tx, lease: &Lease, answer: &StoredAnswer, about: About) -> Result<(), Error> {
    let change = row::ActiveModel {
        state: Set(DONE.to_owned()),
        status: Set(Some(answer.status.into())),
        headers: Set(Some(HEADERS.seal_json(tx, lease.id, &answer.headers)?)),
        body: Set(Some(BODY.seal(tx, lease.id, &answer.body)?)),
        dietitian_id: Set(about.dietitian.map(Id::uuid)),
        generation_id: Set(about.generation.map(Id::uuid)),
        ..Default::default()
    };
    let result = row::Entity::update_many().set(change).filter(held(tx, lease)).exec(tx.connection()).await?;
    if result.rows_affected == 1 { Ok(()) } else { Err(Error::Conflict) }
}

/// Gives the key back without an answer, so that the caller can try again. A lost lease stays with who has it.
pub async fn release(tx: &Tx, lease: &Lease) -> Result<(), Error> {
    row::Entity::delete_many().filter(held(tx, lease)).exec(tx.connection()).await?;
    Ok(())
}

/// Gives every key of the tenant back whose request still counts as running, and returns how many there were.
///
/// Only where nobody can be at work on them: at the start of the only process that serves from this database.
pub async fn release_all(tx: &Tx) -> Result<u64, Error> {
    let running = own(tx).add(row::Column::State.eq(RUNNING));
    let result = row::Entity::delete_many().filter(running).exec(tx.connection()).await?;
    Ok(result.rows_affected)
}

/// Forgets the tenant's expired records and returns how many there were.
pub async fn purge(tx: &Tx, now: Timestamp) -> Result<u64, Error> {
    let result = row::Entity::delete_many()
        .filter(own(tx))
        .filter(row::Column::ExpiresAt.lte(to_micros(now)))
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected)
}

pub(crate) async fn erase_dietitian(tx: &Tx, dietitian: DietitianId) -> Result<(), Error> {
    erase(tx, Condition::all().add(row::Column::DietitianId.eq(dietitian.uuid()))).await
}

/// Erases the answers that hold a text in this dietitian's voice, and no others of theirs.
pub(crate) async fn erase_texts(tx: &Tx, dietitian: DietitianId) -> Result<(), Error> {
    let theirs = Condition::all()
        .add(row::Column::DietitianId.eq(dietitian.uuid()))
        .add(row::Column::GenerationId.is_not_null());
    erase(tx, theirs).await
}

pub(crate) async fn erase_generations(tx: &Tx, generations: &[Uuid]) -> Result<(), Error> {
    erase(tx, Condition::all().add(row::Column::GenerationId.is_in(generations.iter().copied()))).await
}

async fn erase(tx: &Tx, which: Condition) -> Result<(), Error> {
    let change = row::ActiveModel {
        state: Set(ERASED.to_owned()),
        status: Set(None),
        headers: Set(None),
        body: Set(None),
        ..Default::default()
    };
    row::Entity::update_many()
        .set(change)
        .filter(own(tx))
        .filter(row::Column::State.eq(DONE))
        .filter(which)
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Inserts the record, or takes it over from an attempt that ran out or from a forgotten one, in one statement.
async fn take(tx: &Tx, attempt: &Attempt<'_>) -> Result<Option<Lease>, Error> {
    let now = to_micros(attempt.now);
    let until = to_micros(attempt.lease_until);
    let row = row::ActiveModel {
        id: Set(Id::<Lease>::new(attempt.now, tx.entropy()).uuid()),
        tenant_id: Set(tx.tenant_id().uuid()),
        route: Set(attempt.route.to_owned()),
        key_digest: Set(attempt.key_digest.to_vec()),
        body_digest: Set(attempt.body_digest.to_vec()),
        state: Set(RUNNING.to_owned()),
        lease_until: Set(until),
        status: Set(None),
        headers: Set(None),
        body: Set(None),
        dietitian_id: Set(None),
        generation_id: Set(None),
        created_at: Set(now),
        expires_at: Set(to_micros(attempt.expires_at)),
    };
    let stored = |column| Expr::col((row::Entity, column));
    let ran_out = Condition::all()
        .add(stored(row::Column::State).eq(RUNNING))
        .add(stored(row::Column::LeaseUntil).lte(now))
        .add(stored(row::Column::LeaseUntil).lt(until))
        .add(
            stored(row::Column::BodyDigest).eq(Expr::col((Alias::new("excluded"), row::Column::BodyDigest))),
        );
    let forgotten = stored(row::Column::ExpiresAt).lte(now);
    let conflict = OnConflict::columns([row::Column::TenantId, row::Column::Route, row::Column::KeyDigest])
        .update_columns(TAKEN_OVER)
        .action_cond_where(Condition::any().add(ran_out).add(forgotten))
        .to_owned();
    let mut insert = row::Entity::insert(row).on_conflict(conflict).into_query();
    insert.returning(Query::returning().column(row::Column::Id));
    let taken = tx.connection().query_one(&insert).await?;
    Ok(taken.map(|row| row.try_get("", "id")).transpose()?.map(|id| Lease { id, until }))
}

async fn find(tx: &Tx, attempt: &Attempt<'_>) -> Result<Option<row::Model>, Error> {
    let row = row::Entity::find()
        .filter(own(tx))
        .filter(row::Column::Route.eq(attempt.route))
        .filter(row::Column::KeyDigest.eq(attempt.key_digest))
        .one(tx.connection())
        .await?;
    Ok(row)
}

fn judge(tx: &Tx, attempt: &Attempt<'_>, row: row::Model) -> Result<Claim, Error> {
    if row.body_digest != attempt.body_digest {
        return Ok(Claim::OtherBody);
    }
    match (row.state.as_str(), row.status, row.headers, row.body) {
        (RUNNING, ..) => Ok(Claim::Running),
        (ERASED, ..) => Ok(Claim::Erased),
        (DONE, Some(status), Some(headers), Some(body)) => Ok(Claim::Replay(StoredAnswer {
            status: u16::try_from(status).map_err(|_| Error::Corrupt("HTTP status"))?,
            headers: HEADERS.open_json(tx, row.id, &headers)?,
            body: BODY.open(tx, row.id, &body)?.to_vec(),
        })),
        _ => Err(Error::Corrupt("idempotency record")),
    }
}

fn own(tx: &Tx) -> Condition {
    Condition::all().add(row::Column::TenantId.eq(tx.tenant_id().uuid()))
}

fn held(tx: &Tx, lease: &Lease) -> Condition {
    own(tx)
        .add(row::Column::Id.eq(lease.id))
        .add(row::Column::State.eq(RUNNING))
        .add(row::Column::LeaseUntil.eq(lease.until))
}

const TRIES: usize = 3;
const RUNNING: &str = "running";
const DONE: &str = "done";
const ERASED: &str = "erased";
const TAKEN_OVER: [row::Column; 10] = [
    row::Column::BodyDigest,
    row::Column::State,
    row::Column::LeaseUntil,
    row::Column::Status,
    row::Column::Headers,
    row::Column::Body,
    row::Column::DietitianId,
    row::Column::GenerationId,
    row::Column::CreatedAt,
    row::Column::ExpiresAt,
];

const HEADERS: SealedColumn = SealedColumn { table: "idempotency", column: "headers" };
const BODY: SealedColumn = SealedColumn { table: "idempotency", column: "body" };

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotency")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) tenant_id: Uuid,
        pub(crate) route: String,
        pub(crate) key_digest: Vec<u8>,
        pub(crate) body_digest: Vec<u8>,
        pub(crate) state: String,
        pub(crate) lease_until: i64,
        pub(crate) status: Option<i64>,
        pub(crate) headers: Option<Vec<u8>>,
        pub(crate) body: Option<Vec<u8>>,
        pub(crate) dietitian_id: Option<Uuid>,
        pub(crate) generation_id: Option<Uuid>,
        pub(crate) created_at: i64,
        pub(crate) expires_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

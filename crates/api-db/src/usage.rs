//! Metered use: what is billed. Rows are added and read, never changed.

use database::{Error, to_micros};
use domain::{
    Timestamp,
    content::ContentType,
    ids::{ApplicationId, DietitianId, GenerationId, UsageId},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, SimpleExpr},
};

use crate::{Reader, Tx, columns};

/// One metered use, stored in the transaction that stores its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRecord {
    /// Its identifier.
    pub id: UsageId,
    /// What it was used for.
    pub generation: GenerationId,
    /// What was counted; at most one record of a generation has the same meter.
    pub meter: String,
    /// The application that asked.
    pub application: ApplicationId,
    /// The public half of the key that asked.
    pub key: String,
    /// In whose voice.
    pub dietitian: DietitianId,
    /// What kind of text.
    pub content_type: ContentType,
    /// Who wrote: `llm` or `composer`.
    pub writer: String,
    /// Tokens that the LLM read.
    pub input_tokens: u64,
    /// Tokens that the LLM wrote.
    pub output_tokens: u64,
    /// What the price applies to.
    pub units: u64,
    /// When.
    pub created_at: Timestamp,
}

/// What to add up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// One sum over everything.
    None,
    /// A sum for each API key.
    Key,
    /// A sum for each dietitian.
    Dietitian,
    /// A sum for each content type.
    Type,
}

/// What a sum is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Everything.
    All,
    /// One API key, by its public half.
    Key(String),
    /// One dietitian, who may be gone.
    Dietitian(DietitianId),
    /// One content type.
    Type(ContentType),
}

/// The use of one group in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    /// What was added up.
    pub group: Group,
    /// How many records.
    pub records: u64,
    /// Tokens that the LLM read.
    pub input_tokens: u64,
    /// Tokens that the LLM wrote.
    pub output_tokens: u64,
    /// What the price applies to.
    pub units: u64,
}

/// Stores a record. [`Error::Conflict`] when its generation was metered before.
pub async fn insert(tx: &Tx, record: &UsageRecord) -> Result<(), Error> {
    let row = row::ActiveModel {
        id: Set(record.id.uuid()),
        tenant_id: Set(tx.tenant_id().uuid()),
        generation_id: Set(record.generation.uuid()),
        meter: Set(record.meter.clone()),
        application_id: Set(record.application.uuid()),
        key_id: Set(record.key.clone()),
        dietitian_id: Set(record.dietitian.uuid()),
        content_type: Set(record.content_type.as_str().to_owned()),
        writer: Set(record.writer.clone()),
        input_tokens: Set(columns::from_count(record.input_tokens)),
        output_tokens: Set(columns::from_count(record.output_tokens)),
        units: Set(columns::from_count(record.units)),
        created_at: Set(to_micros(record.created_at)),
    };
    row::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Returns the sums of the tenant's use from `from` up to but without `to`, sorted by group.
///
/// [`GroupBy::None`] gives exactly one sum, also of no use at all.
pub async fn report(
    tx: &Reader,
    from: Timestamp,
    to: Timestamp,
    group_by: GroupBy,
) -> Result<Vec<Total>, Error> {
    let sums = sums(tx, from, to);
    match group_by {
        GroupBy::None => {
            let rows: Vec<Sums> = sums.into_tuple().all(tx.connection()).await?;
            rows.into_iter().map(|sums| total(Group::All, sums)).collect()
        }
        GroupBy::Key => grouped(tx, sums, row::Column::KeyId, |key: String| Ok(Group::Key(key))).await,
        GroupBy::Dietitian => {
            let group = |id| Ok(Group::Dietitian(DietitianId::from_uuid(id)));
            grouped(tx, sums, row::Column::DietitianId, group).await
        }
        GroupBy::Type => {
            let group = |name: String| columns::name(&name, "content type").map(Group::Type);
            grouped(tx, sums, row::Column::ContentType, group).await
        }
    }
}

/// Records, input tokens, output tokens, units.
type Sums = (i64, i64, i64, i64);

fn sums(tx: &Reader, from: Timestamp, to: Timestamp) -> Select<row::Entity> {
    // PostgreSQL adds bigints up to a numeric, and to NULL when there are none.
    let sum =
        |column: row::Column| -> SimpleExpr { Expr::col(column).sum().cast_as("bigint").if_null(0_i64) };
    row::Entity::find()
        .select_only()
        .column_as(row::Column::Id.count(), "records")
        .column_as(sum(row::Column::InputTokens), "input_tokens")
        .column_as(sum(row::Column::OutputTokens), "output_tokens")
        .column_as(sum(row::Column::Units), "units")
        .filter(row::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(row::Column::CreatedAt.gte(to_micros(from)))
        .filter(row::Column::CreatedAt.lt(to_micros(to)))
}

async fn grouped<T: sea_orm::TryGetable + Send>(
    tx: &Reader,
    sums: Select<row::Entity>,
    column: row::Column,
    group: impl Fn(T) -> Result<Group, Error>,
) -> Result<Vec<Total>, Error> {
    let rows: Vec<(i64, i64, i64, i64, T)> =
        sums.column(column).group_by(column).order_by_asc(column).into_tuple().all(tx.connection()).await?;
    rows.into_iter()
        .map(|(records, input, output, units, value)| total(group(value)?, (records, input, output, units)))
        .collect()
}

fn total(group: Group, (records, input, output, units): Sums) -> Result<Total, Error> {
    let count = |number: i64| u64::try_from(number).map_err(|_| Error::Corrupt("count"));
    Ok(Total {
        group,
        records: count(records)?,
        input_tokens: count(input)?,
        output_tokens: count(output)?,
        units: count(units)?,
    })
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "usage_records")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) tenant_id: Uuid,
        pub(crate) generation_id: Uuid,
        pub(crate) meter: String,
        pub(crate) application_id: Uuid,
        pub(crate) key_id: String,
        pub(crate) dietitian_id: Uuid,
        pub(crate) content_type: String,
        pub(crate) writer: String,
        pub(crate) input_tokens: i64,
        pub(crate) output_tokens: i64,
        pub(crate) units: i64,
        pub(crate) created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

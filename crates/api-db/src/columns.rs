//! What every table does with its columns: pages of rows, and values read back into domain types.

use database::Error;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

/// Returns the newest `limit` of `rows`, of those older than `before`: ids grow with time.
pub(crate) fn page<E: EntityTrait>(
    rows: Select<E>,
    id: impl ColumnTrait,
    before: Option<Uuid>,
    limit: u64,
) -> Select<E> {
    let rows = match before {
        Some(before) => rows.filter(id.lt(before)),
        None => rows,
    };
    rows.order_by_desc(id).limit(limit)
}

/// Parses a stored name.
pub(crate) fn name<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Corrupt(what))
}

/// Parses stored names with a space between them.
pub(crate) fn names<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<Vec<T>, Error> {
    text.split_whitespace().map(|one| name(one, what)).collect()
}

/// Returns the stored form of several names.
pub(crate) fn join(names: impl IntoIterator<Item = &'static str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(" ")
}

/// Parses a stored count that fits 32 bits.
pub(crate) fn count(number: i64) -> Result<u32, Error> {
    u32::try_from(number).map_err(|_| Error::Corrupt("count"))
}

/// Returns the stored form of a large count.
pub(crate) fn from_count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

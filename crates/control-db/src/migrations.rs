//! The list of migrations, oldest first. Forward only: what was released is never edited.

use database::{Error, Migration, Settings};

/// Brings the database to the current schema, as its owner, and returns the names of the migrations that were run.
///
/// Safe to run from several programs at once.
pub async fn migrate(owner: &Settings) -> Result<Vec<&'static str>, Error> {
    database::migrate(owner, MIGRATIONS).await
}

pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "20261123120000_tenants_and_keys",
        sqlite: include_str!("../migrations/20261123120000_tenants_and_keys.sqlite.sql"),
        postgres: include_str!("../migrations/20261123120000_tenants_and_keys.postgres.sql"),
    },
    Migration {
        name: "20261124090000_life_of_keys",
        sqlite: include_str!("../migrations/20261124090000_life_of_keys.sqlite.sql"),
        postgres: include_str!("../migrations/20261124090000_life_of_keys.postgres.sql"),
    },
    Migration {
        name: "20261124100000_key_networks",
        sqlite: include_str!("../migrations/20261124100000_key_networks.sqlite.sql"),
        postgres: include_str!("../migrations/20261124100000_key_networks.postgres.sql"),
    },
    Migration {
        name: "20261124110000_policy_changes",
        sqlite: include_str!("../migrations/20261124110000_policy_changes.sqlite.sql"),
        postgres: include_str!("../migrations/20261124110000_policy_changes.postgres.sql"),
    },
    Migration {
        name: "20261125090000_limit_overrides",
        sqlite: include_str!("../migrations/20261125090000_limit_overrides.sqlite.sql"),
        postgres: include_str!("../migrations/20261125090000_limit_overrides.postgres.sql"),
    },
    Migration {
        name: "20261125100000_events_and_webhooks",
        sqlite: include_str!("../migrations/20261125100000_events_and_webhooks.sqlite.sql"),
        postgres: include_str!("../migrations/20261125100000_events_and_webhooks.postgres.sql"),
    },
];

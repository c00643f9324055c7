//! Brings a database to the current schema, as its owner. Services can't: their roles own nothing.

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use control_db::Settings;

use crate::terminal;

#[derive(Args)]
pub(crate) struct Options {
    /// Which of the two databases.
    #[arg(value_enum)]
    database: Which,
    /// Its address, with the owner's role: sqlite://PATH or postgres://OWNER@HOST/DATABASE?sslrootcert=FILE.
    #[arg(long, env = "ANP_MIGRATE_DATABASE_URL", hide_env_values = true)]
    url: String,
    /// File that holds the owner's password, if it has one.
    #[arg(long, env = "ANP_MIGRATE_PASSWORD_FILE")]
    password_file: Option<std::path::PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Which {
    /// Tenants, applications, keys.
    ControlPlane,
    /// Dietitians, samples, generated texts.
    Api,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let mut settings = Settings::parse(&options.url)?;
    if let Some(path) = &options.password_file {
        let password = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        settings = settings.with_password(&password.trim().to_owned().into());
    }
    let ran = match options.database {
        Which::ControlPlane => control_db::migrate(&settings).await?,
        Which::Api => api_db::migrate(&settings).await?,
    };
    for name in &ran {
        terminal::say(&format!("ran {name}"));
    }
    if ran.is_empty() {
        terminal::say("the schema is current");
    }
    Ok(())
}

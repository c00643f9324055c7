//! A database address, parsed and checked before anything connects.

use std::{path::PathBuf, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

/// Where a database is and how many connections it may hold.
#[derive(Clone)]
pub struct Settings {
    pub(crate) target: Target,
    /// The authority of PostgreSQL's certificate.
    pub(crate) root_certificate: Option<PathBuf>,
    /// Connections kept at most. Default 10.
    pub max_connections: u32,
    /// How long a transaction waits for a connection, or on SQLite for its turn to write. Default 5 s.
    pub acquire_timeout: Duration,
    /// How long PostgreSQL works on one statement of a service. Default 10 s.
    pub statement_timeout: Duration,
}

#[derive(Clone)]
pub(crate) enum Target {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

/// The address is not one we connect to; the text says what to change and holds no password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RefusedSettings(String);

impl Settings {
    /// Parses `sqlite://PATH` or `postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE?sslrootcert=FILE`.
    ///
    /// PostgreSQL over a network is reached with `sslmode=verify-full`, which is the default, and with the file of the
    /// certificate authority that signed the server's certificate. `?host=/run/postgresql` names the folder of a
    /// Unix socket instead, where TLS has nothing to protect; the host before it is not used then.
    pub fn parse(address: &str) -> Result<Self, RefusedSettings> {
        let mut root_certificate = None;
        let target = match address.split_once("://") {
            Some(("sqlite", "")) => return Err(refused("the SQLite address lacks a path: sqlite://PATH")),
            Some(("sqlite", path)) => Target::Sqlite(PathBuf::from(path)),
            Some(("postgres" | "postgresql", _)) => {
                let (options, certificate) = postgres(address)?;
                root_certificate = certificate;
                Target::Postgres(Box::new(options))
            }
            _ => return Err(refused("a database address begins with sqlite:// or postgres://")),
        };
        Ok(Self {
            target,
            root_certificate,
            max_connections: 10,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
        })
    }

    /// Tells whether the database is a file that this process owns, and not a server.
    pub fn is_embedded(&self) -> bool {
        matches!(self.target, Target::Sqlite(_))
    }

    /// Returns the same settings with the password of a secret file instead of one in the address.
    #[must_use]
    pub fn with_password(mut self, password: &SecretString) -> Self {
        if let Target::Postgres(options) = self.target {
            self.target = Target::Postgres(Box::new(options.password(password.expose_secret())));
        }
        self
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.target {
            Target::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Target::Postgres(options) => write!(
                f,
                "postgres://{}@{}:{}/{}",
                options.get_username(),
                options.get_host(),
                options.get_port(),
                options.get_database().unwrap_or_default()
            ),
        }
    }
}

fn postgres(address: &str) -> Result<(PgConnectOptions, Option<PathBuf>), RefusedSettings> {
    let url = Url::parse(address).map_err(|_| refused("the PostgreSQL address is not a URL"))?;
    let (mut mode, mut certificate, mut socket) = (None, None, None);
    for (name, value) in url.query_pairs() {
        match name.as_ref() {
            "sslmode" => mode = Some(value.into_owned()),
            "sslrootcert" => certificate = Some(value.into_owned()),
            "host" => socket = Some(value.into_owned()),
            _ => {
                return Err(refused(
                    "a PostgreSQL address takes only sslmode, sslrootcert and host after the ?",
                ));
            }
        }
    }
    if url.username().is_empty() || url.path().len() < 2 {
        return Err(refused("a PostgreSQL address names a user and a database"));
    }
    let options: PgConnectOptions =
        address.parse().map_err(|_| refused("the PostgreSQL address cannot be read"))?;
    if let Some(folder) = socket {
        if !folder.starts_with('/') {
            return Err(refused(
                "host= names the folder of a Unix socket; a network host stands before the /",
            ));
        }
        return Ok((options.socket(folder).ssl_mode(PgSslMode::Disable), None));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(refused("a PostgreSQL address names a host"));
    }
    if mode.is_some_and(|mode| mode != "verify-full") {
        return Err(refused("PostgreSQL over a network is used with sslmode=verify-full only"));
    }
    let certificate = certificate.ok_or_else(|| {
        refused("add ?sslrootcert=FILE, the certificate authority of the PostgreSQL server, to its address")
    })?;
    let options = options.ssl_mode(PgSslMode::VerifyFull).ssl_root_cert(&certificate);
    Ok((options, Some(PathBuf::from(certificate))))
}

fn refused(reason: &str) -> RefusedSettings {
    RefusedSettings(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verify_full_is_the_default() {
        let settings =
            Settings::parse("postgres://me:secret@db.example:5433/api?sslrootcert=/ca.pem").unwrap();
        let Target::Postgres(options) = settings.target else { panic!("not PostgreSQL") };
        assert!(matches!(options.get_ssl_mode(), PgSslMode::VerifyFull));
        assert_eq!((options.get_host(), options.get_port()), ("db.example", 5433));
    }

    #[test]
    fn weaker_modes_are_refused() {
        for mode in ["disable", "allow", "prefer", "require", "verify-ca", ""] {
            let address = format!("postgres://me@db.example/api?sslmode={mode}&sslrootcert=/ca.pem");
            assert!(Settings::parse(&address).is_err(), "{mode}");
        }
    }

    #[test]
    fn a_network_host_needs_a_root_certificate() {
        assert!(Settings::parse("postgres://me@db.example/api?sslmode=verify-full").is_err());
    }

    #[test]
    fn a_unix_socket_needs_no_tls() {
        assert!(Settings::parse("postgres://me@localhost/api?host=/run/postgresql").is_ok());
        assert!(Settings::parse("postgres://me@localhost/api?host=db.example").is_err());
    }

    #[test]
    fn unknown_schemes_and_parameters_are_refused() {
        for address in
            ["", "mysql://x", "sqlite://", "postgres://me@h/d?options=x", "postgres://h/d", "postgres://me@h"]
        {
            assert!(Settings::parse(address).is_err(), "{address}");
        }
    }

    #[test]
    fn debug_shows_no_password() {
        let settings = Settings::parse("postgres://me:secret@db.example/api?sslrootcert=/ca.pem").unwrap();
        assert!(!format!("{settings:?}").contains("secret"));
    }
}

//! The settings of the role.

use std::{net::SocketAddr, sync::Arc};

use control_db::Settings as DatabaseSettings;
use data_encoding::BASE64URL_NOPAD;
use seal::{api_key::Pepper, token::SigningKey};
use serve::{
    config::{Settings, Variable},
    files::{Files, Named},
    shown::Shown,
    trust::Authorities,
};

/// Where browsers find the control plane.
pub const ADDR: Variable = Variable {
    name: "ANP_CONTROL_PLANE_ADDR",
    default: Some("127.0.0.1:9443"),
    meaning: "address and port of the control plane's pages (HTTPS)",
};
/// Where gateways find the policy feed.
pub const FEED_ADDR: Variable = Variable {
    name: "ANP_POLICY_FEED_ADDR",
    default: Some("127.0.0.1:9444"),
    meaning: "address and port of the policy feed (mutual TLS, gateways only)",
};
/// The certificate that browsers see.
pub const CERT_FILE: Variable = Variable {
    name: "ANP_CONTROL_PLANE_CERT_FILE",
    default: None,
    meaning: "certificate chain of the control plane's pages, PEM",
};
/// Its private key.
pub const KEY_FILE: Variable = Variable {
    name: "ANP_CONTROL_PLANE_KEY_FILE",
    default: None,
    meaning: "private key of that certificate, PEM",
};
/// The certificate that gateways see.
pub const FEED_CERT_FILE: Variable = Variable {
    name: "ANP_POLICY_FEED_CERT_FILE",
    default: None,
    meaning: "certificate of the policy feed, issued by the private authority, PEM",
};
/// Its private key.
pub const FEED_KEY_FILE: Variable = Variable {
    name: "ANP_POLICY_FEED_KEY_FILE",
    default: None,
    meaning: "private key of that certificate, PEM",
};
/// The authority of the gateways' certificates.
pub const AUTHORITY_FILE: Variable = Variable {
    name: "ANP_CONTROL_PLANE_AUTHORITY_FILE",
    default: None,
    meaning: "certificate of the private authority that gateways' certificates come from, PEM",
};
/// What signs the policy.
pub const SIGNING_KEY_FILE: Variable = Variable {
    name: "ANP_POLICY_SIGNING_KEY_FILE",
    default: None,
    meaning: "Ed25519 seed that signs the policy, base64url",
};
/// What keys are hashed under.
pub const PEPPER_FILE: Variable = Variable {
    name: "ANP_KEY_PEPPER_FILE",
    default: None,
    meaning: "32 bytes under which API keys are hashed, base64url; the same for gateways and control plane",
};
/// Where the database is.
pub const DATABASE_URL: Variable = Variable {
    name: "ANP_CONTROL_PLANE_DATABASE_URL",
    default: None,
    meaning: "database of the control plane: sqlite://PATH or postgres://ROLE@HOST/DATABASE?sslrootcert=FILE",
};
/// The password of the database role.
pub const DATABASE_PASSWORD_FILE: Variable = Variable {
    name: "ANP_CONTROL_PLANE_DATABASE_PASSWORD_FILE",
    default: None,
    meaning: "password of that database's role, if it has one",
};

/// Every variable of the role, in the order of the documentation.
pub const VARIABLES: &[Variable] = &[
    ADDR,
    FEED_ADDR,
    CERT_FILE,
    KEY_FILE,
    FEED_CERT_FILE,
    FEED_KEY_FILE,
    AUTHORITY_FILE,
    SIGNING_KEY_FILE,
    PEPPER_FILE,
    DATABASE_URL,
    DATABASE_PASSWORD_FILE,
];

/// What browsers see.
pub const PAGES: Named<'_> = Named { certificate: &CERT_FILE, key: &KEY_FILE, ocsp: None };
/// What the other parts see.
pub const FEED: Named<'_> = Named { certificate: &FEED_CERT_FILE, key: &FEED_KEY_FILE, ocsp: None };

/// What the role needs to run.
pub struct Config {
    /// Where pages are served.
    pub addr: SocketAddr,
    /// Where the policy is served.
    pub feed_addr: SocketAddr,
    /// What browsers see.
    pub shown: Arc<Shown>,
    /// What the other parts see.
    pub internal: Arc<Shown>,
    /// The authorities of the gateways' certificates.
    pub authorities: Arc<Authorities>,
    /// The files that these come from.
    pub files: Files,
    /// What signs the policy.
    pub signing_key: SigningKey,
    /// The database.
    pub database: DatabaseSettings,
}

impl Config {
    /// Reads the settings; bad ones are noted in `settings`, and [`Settings::finish`] tells.
    pub fn from_settings(settings: &mut Settings) -> Option<Self> {
        let (addr, feed_addr) = (settings.read(&ADDR), settings.read(&FEED_ADDR));
        let mut files = Files::default();
        let shown = files.identity(settings, PAGES);
        let internal = files.identity(settings, FEED);
        let authorities = files.authorities(settings, &AUTHORITY_FILE);
        let signing_key = settings.required_file(&SIGNING_KEY_FILE).and_then(|text| {
            let key = secret_bytes(&text).and_then(|seed| SigningKey::from_seed(&seed).ok());
            if key.is_none() {
                settings.complain(&SIGNING_KEY_FILE, "the file must hold 32 bytes in base64url");
            }
            key
        });
        let database = database(settings);
        Some(Self {
            addr: addr?,
            feed_addr: feed_addr?,
            shown: shown?,
            internal: internal?,
            authorities: authorities?,
            files,
            signing_key: signing_key?,
            database: database?,
        })
    }
}

/// Reads where the database is. Commands that only work on the database need no more than this.
pub fn database(settings: &mut Settings) -> Option<DatabaseSettings> {
    let address: String = settings.required(&DATABASE_URL)?;
    let password = settings.file(&DATABASE_PASSWORD_FILE);
    match DatabaseSettings::parse(&address) {
        Ok(database) => Some(match password {
            Some(password) => database.with_password(&password.trim().to_owned().into()),
            None => database,
        }),
        Err(error) => {
            settings.complain(&DATABASE_URL, error);
            None
        }
    }
}

/// Reads what keys are hashed under.
pub fn pepper(settings: &mut Settings) -> Option<Pepper> {
    let text = settings.required_file(&PEPPER_FILE)?;
    let pepper = secret_bytes(&text).and_then(|bytes| Pepper::new(&bytes).ok());
    if pepper.is_none() {
        settings.complain(&PEPPER_FILE, "the file must hold 32 bytes in base64url");
    }
    pepper
}

fn secret_bytes(text: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.trim().as_bytes()).ok()
}

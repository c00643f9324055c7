//! The settings of the role.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use control_db::Settings as DatabaseSettings;
use data_encoding::BASE64URL_NOPAD;
use domain::clock::Entropy;
use ipnet::IpNet;
use seal::{
    api_key::Pepper, enrolment::EnrolmentKey, envelope::MasterKey, pki, token::SigningKey,
    webhook::WebhookKey,
};
use serve::{
    config::{Settings, Variable},
    files::{Files, Named},
    operations,
    shown::Shown,
    trust::Authorities,
};
use zeroize::Zeroizing;

use crate::{messenger, networks};

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
/// Where the parts ask for certificates.
pub const AUTHORITY_ADDR: Variable = Variable {
    name: "ANP_AUTHORITY_ADDR",
    default: Some("127.0.0.1:9445"),
    meaning: "address and port where the control plane gives the parts their certificates (TLS)",
};
/// Where those who run the role ask.
pub const OPERATIONS_ADDR: Variable = Variable {
    name: "ANP_CONTROL_PLANE_OPERATIONS_ADDR",
    default: Some("127.0.0.1:9446"),
    meaning: "loopback address where the control plane answers `/livez`, `/readyz` and `/metrics` in plain HTTP",
};
/// The key of the private authority, sealed.
pub const AUTHORITY_KEY_FILE: Variable = Variable {
    name: "ANP_AUTHORITY_KEY_FILE",
    default: None,
    meaning: "key of the private authority, sealed by the control plane's master key; without it the control plane \
              gives no certificates, and each part has its own from files",
};
/// What the control plane's secrets are sealed with.
pub const MASTER_KEY_FILE: Variable = Variable {
    name: "ANP_CONTROL_PLANE_MASTER_KEY_FILE",
    default: None,
    meaning: "32 bytes that seal the key of the private authority and sign enrolments and webhooks, base64url",
};
/// How long certificates live.
pub const CERTIFICATE_SECONDS: Variable = Variable {
    name: "ANP_AUTHORITY_CERTIFICATE_SECONDS",
    default: Some("86400"),
    meaning: "seconds that a part's certificate lives, a day at most; it is renewed after two thirds of them",
};
/// Enrolments that leaked.
pub const REFUSED_ENROLMENTS: Variable = Variable {
    name: "ANP_AUTHORITY_REFUSED_ENROLMENTS",
    default: None,
    meaning: "ids of enrolments that are refused before their end, with commas between them",
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
    meaning: "certificate of the policy feed, PEM; without it the private authority in the same process gives one",
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
/// Whom receivers of webhooks are believed by.
pub const WEBHOOK_AUTHORITY_FILE: Variable = Variable {
    name: "ANP_WEBHOOK_AUTHORITY_FILE",
    default: None,
    meaning: "authorities of the certificates of webhooks' receivers, PEM; the system's if not set",
};
/// Where webhooks go beside the public Internet.
pub const WEBHOOK_NETWORKS: Variable = Variable {
    name: "ANP_WEBHOOK_NETWORKS",
    default: None,
    meaning: "networks that webhooks reach although they are not public, such as 10.1.0.0/16, with commas between them",
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
    AUTHORITY_ADDR,
    OPERATIONS_ADDR,
    AUTHORITY_KEY_FILE,
    MASTER_KEY_FILE,
    CERTIFICATE_SECONDS,
    REFUSED_ENROLMENTS,
    CERT_FILE,
    KEY_FILE,
    FEED_CERT_FILE,
    FEED_KEY_FILE,
    AUTHORITY_FILE,
    SIGNING_KEY_FILE,
    PEPPER_FILE,
    WEBHOOK_AUTHORITY_FILE,
    WEBHOOK_NETWORKS,
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
    /// Where the role tells those who run it how it is; a loopback address.
    pub operations: SocketAddr,
    /// What browsers see.
    pub shown: Arc<Shown>,
    /// What the other parts see.
    pub internal: Arc<Shown>,
    /// The authorities of the gateways' certificates.
    pub authorities: Arc<Authorities>,
    /// The files that these come from.
    pub files: Files,
    /// The private authority, where this process has its key.
    pub authority: Option<Authority>,
    /// Whether `internal` comes from files although there is an authority.
    pub is_internal_from_file: bool,
    /// What signs the policy.
    pub signing_key: SigningKey,
    /// How webhooks are told.
    pub webhooks: messenger::Settings,
    /// The database.
    pub database: DatabaseSettings,
}

impl Config {
    /// Reads the settings; bad ones are noted in `settings`, and [`Settings::finish`] tells.
    pub fn from_settings(settings: &mut Settings) -> Option<Self> {
        let (addr, feed_addr) = (settings.read(&ADDR), settings.read(&FEED_ADDR));
        let operations = operations::address(settings, &OPERATIONS_ADDR);
        let mut files = Files::default();
        let shown = files.identity(settings, PAGES);
        let master_key = optional_master_key(settings);
        let authority = Authority::from_settings(settings, master_key.as_deref());
        let from_file = settings.read::<String>(&FEED_CERT_FILE).is_some();
        let internal = match authority {
            Some(_) if !from_file => Some(Shown::nothing_yet()),
            _ => files.identity(settings, FEED),
        };
        let authorities = files.authorities(settings, &AUTHORITY_FILE);
        let signing_key = settings.required_file(&SIGNING_KEY_FILE).and_then(|text| {
            let key = secret_bytes(&text).and_then(|seed| SigningKey::from_seed(&seed).ok());
            if key.is_none() {
                settings.complain(&SIGNING_KEY_FILE, "the file must hold 32 bytes in base64url");
            }
            key
        });
        let webhooks = webhooks(settings, master_key.as_deref());
        let database = database(settings);
        Some(Self {
            addr: addr?,
            feed_addr: feed_addr?,
            operations: operations?,
            shown: shown?,
            internal: internal?,
            authorities: authorities?,
            files,
            authority,
            is_internal_from_file: from_file,
            signing_key: signing_key?,
            webhooks,
            database: database?,
        })
    }
}

/// The private authority.
pub struct Authority {
    /// Where certificates are asked for.
    pub addr: SocketAddr,
    /// What signs them.
    pub issuer: pki::Authority,
    /// What enrolments are checked with.
    pub enrolment: EnrolmentKey,
    /// How long they live.
    pub lifetime: Duration,
    /// The ids of enrolments that are refused.
    pub refused: Vec<String>,
}

impl Authority {
    fn from_settings(settings: &mut Settings, master_key: Option<&Vec<u8>>) -> Option<Self> {
        let addr = settings.read(&AUTHORITY_ADDR);
        let lifetime = settings.seconds(&CERTIFICATE_SECONDS);
        let refused: String = settings.read(&REFUSED_ENROLMENTS).unwrap_or_default();
        let sealed = settings.file(&AUTHORITY_KEY_FILE)?;
        if settings.read::<String>(&MASTER_KEY_FILE).is_none() {
            settings.complain(&MASTER_KEY_FILE, "is not set");
        }
        let master_key = master_key?;
        let issuer = open_authority(&sealed, master_key);
        if issuer.is_none() {
            settings.complain(
                &AUTHORITY_KEY_FILE,
                format_args!("the file does not hold a key that {} opens", MASTER_KEY_FILE.name),
            );
        }
        Some(Self {
            addr: addr?,
            issuer: issuer?,
            enrolment: EnrolmentKey::new(master_key).ok()?,
            lifetime,
            refused: refused.split(',').map(|id| id.trim().to_owned()).collect(),
        })
    }
}

/// Reads the control plane's master key.
pub fn master_key(settings: &mut Settings) -> Option<Zeroizing<Vec<u8>>> {
    if settings.read::<String>(&MASTER_KEY_FILE).is_none() {
        settings.complain(&MASTER_KEY_FILE, "is not set");
    }
    optional_master_key(settings)
}

/// Returns the control plane's master key, if there is one.
fn optional_master_key(settings: &mut Settings) -> Option<Zeroizing<Vec<u8>>> {
    let text = Zeroizing::new(settings.file(&MASTER_KEY_FILE)?);
    let bytes = secret_bytes(&text).map(Zeroizing::new).filter(|bytes| bytes.len() == MasterKey::LENGTH);
    if bytes.is_none() {
        settings.complain(&MASTER_KEY_FILE, "the file must hold 32 bytes in base64url");
    }
    bytes
}

/// Returns what the secrets of webhooks are derived from.
pub fn webhook_key(settings: &mut Settings) -> Option<WebhookKey> {
    WebhookKey::new(&master_key(settings)?).ok()
}

fn webhooks(settings: &mut Settings, master_key: Option<&Vec<u8>>) -> messenger::Settings {
    let listed: String = settings.read(&WEBHOOK_NETWORKS).unwrap_or_default();
    let mut read = Vec::<IpNet>::new();
    for text in listed.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        match networks::parse(text) {
            Ok(network) => read.push(network),
            Err(error) => settings.complain(&WEBHOOK_NETWORKS, error),
        }
    }
    messenger::Settings {
        key: master_key.and_then(|key| WebhookKey::new(key).ok()),
        authorities: settings.file(&WEBHOOK_AUTHORITY_FILE),
        networks: read,
    }
}

/// Returns the text in which the authority's key is kept: sealed by the control plane's master key.
///
/// # Errors
/// [`seal::Error`] when that has not 32 bytes.
pub fn seal_authority(
    key_pem: &str,
    master_key: &[u8],
    entropy: &dyn Entropy,
) -> Result<String, seal::Error> {
    let sealed = MasterKey::new(master_key)?.seal_secret(AUTHORITY_KEY, key_pem.as_bytes(), entropy);
    Ok(BASE64URL_NOPAD.encode(&sealed))
}

/// Returns the authority whose key [`seal_authority`] sealed; `None` when the master key does not open it.
pub fn open_authority(sealed: &str, master_key: &[u8]) -> Option<pki::Authority> {
    let opened = MasterKey::new(master_key).ok()?.open_secret(AUTHORITY_KEY, &secret_bytes(sealed)?).ok()?;
    pki::Authority::from_key_pem(std::str::from_utf8(&opened).ok()?).ok()
}

const AUTHORITY_KEY: &str = "authority key";

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

//! The settings of the role.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use api_db::Settings as DatabaseSettings;
use data_encoding::BASE64URL_NOPAD;
use seal::{envelope::MasterKey, token::VerifyingKey};
use secrecy::SecretString;
use serve::{
    config::{Settings, Variable},
    files::{AskedBy, Asking, Files, Named},
    operations,
    shown::Shown,
    traces,
    trust::Authorities,
};
use url::Url;
use zeroize::Zeroizing;

use crate::work;

/// Where the gateway finds the role.
pub const ADDR: Variable = Variable {
    name: "ANP_API_ADDR",
    default: Some("127.0.0.1:7443"),
    meaning: "address and port of the API application (mutual TLS, gateways only)",
};
/// Where those who run the role ask.
pub const OPERATIONS_ADDR: Variable = Variable {
    name: "ANP_API_OPERATIONS_ADDR",
    default: Some("127.0.0.1:7444"),
    meaning: "loopback address where the API application answers `/livez`, `/readyz` and `/metrics` in plain HTTP",
};
/// The certificate that the gateway sees.
pub const CERT_FILE: Variable = Variable {
    name: "ANP_API_CERT_FILE",
    default: None,
    meaning: "certificate of the API application, PEM; without it the role asks the control plane for one",
};
/// Its private key.
pub const KEY_FILE: Variable =
    Variable { name: "ANP_API_KEY_FILE", default: None, meaning: "private key of that certificate, PEM" };
/// What lets the role ask for its first certificate.
pub const ENROLMENT_FILE: Variable = Variable {
    name: "ANP_API_ENROLMENT_FILE",
    default: None,
    meaning: "file with what `authority enrol api` printed: lets the role ask for its first certificate",
};
/// Where the role keeps its certificate.
pub const IDENTITY_FILE: Variable = Variable {
    name: "ANP_API_IDENTITY_FILE",
    default: None,
    meaning: "where the role keeps the certificate that it was given, with its key, for a start while the control \
              plane is down; in memory only if unset",
};
/// Where certificates are asked for.
pub const AUTHORITY_ADDR: Variable = Variable {
    name: "ANP_API_AUTHORITY_ADDR",
    default: Some("127.0.0.1:9445"),
    meaning: "host and port where the control plane gives certificates",
};
/// The authority of the gateway's certificate.
pub const AUTHORITY_FILE: Variable = Variable {
    name: "ANP_API_AUTHORITY_FILE",
    default: None,
    meaning: "certificate of the private authority that the gateway's certificate comes from, PEM",
};
/// Checks what the gateway vouches for.
pub const CONTEXT_PUBLIC_KEY_FILE: Variable = Variable {
    name: "ANP_API_CONTEXT_PUBLIC_KEY_FILE",
    default: None,
    meaning: "Ed25519 public key that checks what the gateway says of its callers, base64url; two while it is replaced",
};
/// Seals content at rest.
pub const MASTER_KEY_FILE: Variable = Variable {
    name: "ANP_MASTER_KEY_FILE",
    default: None,
    meaning: "32 bytes that wrap the tenants' data keys, base64url; without them all content is lost",
};
/// Where the database is.
pub const DATABASE_URL: Variable = Variable {
    name: "ANP_API_DATABASE_URL",
    default: None,
    meaning: "database of the API application: sqlite://PATH or postgres://ROLE@HOST/DATABASE?sslrootcert=FILE",
};
/// The password of the database role.
pub const DATABASE_PASSWORD_FILE: Variable = Variable {
    name: "ANP_API_DATABASE_PASSWORD_FILE",
    default: None,
    meaning: "password of that database's role, if it has one",
};
/// How long a request with an idempotency key is believed to run.
pub const IDEMPOTENCY_LEASE: Variable = Variable {
    name: "ANP_API_IDEMPOTENCY_LEASE_SECONDS",
    default: Some("300"),
    meaning: "seconds after which a request whose process died may be repeated with its idempotency key",
};
/// How long writing may take.
pub const WRITING: Variable = Variable {
    name: "ANP_API_WRITING_SECONDS",
    default: Some("90"),
    meaning: "seconds that a language model gets for all texts of one request; less than the lease",
};
/// Where the language model is.
pub const LLM_BASE_URL: Variable = Variable {
    name: "ANP_LLM_BASE_URL",
    default: None,
    meaning: "root of an OpenAI-compatible chat API; https://api.openai.com/v1 when only a key is given; without \
              either, no language model is asked and the composer writes",
};
/// The key to the language model.
pub const LLM_API_KEY_FILE: Variable = Variable {
    name: "ANP_LLM_API_KEY_FILE",
    default: None,
    meaning: "API key of the language model's provider, if it wants one",
};
/// The same by the name that OpenAI's tools use.
pub const OPENAI_API_KEY: Variable = Variable {
    name: "OPENAI_API_KEY",
    default: None,
    meaning: "API key of the provider when ANP_LLM_API_KEY_FILE is unset",
};
/// Which model.
pub const LLM_MODEL: Variable = Variable {
    name: "ANP_LLM_MODEL",
    default: None,
    meaning: "the provider's name of the model; needed when a language model is asked",
};
/// Whom to trust as the provider's certificate issuer.
pub const LLM_CA_FILE: Variable = Variable {
    name: "ANP_LLM_CA_FILE",
    default: None,
    meaning: "only issuer trusted for the provider's certificate, PEM; those of the operating system when unset",
};
/// The way out.
pub const LLM_PROXY_URL: Variable = Variable {
    name: "ANP_LLM_PROXY_URL",
    default: None,
    meaning: "http proxy for calls to the language model",
};
/// The whole call.
pub const LLM_TOTAL: Variable = Variable {
    name: "ANP_LLM_TIMEOUT_SECONDS",
    default: Some("45"),
    meaning: "seconds that one call to the language model may take, from waiting for its turn to the last word",
};
/// Up to the first text.
pub const LLM_FIRST_TOKEN: Variable = Variable {
    name: "ANP_LLM_FIRST_TOKEN_SECONDS",
    default: Some("10"),
    meaning: "seconds that the language model may take until its first text; two silent calls in a row, and the \
              composer writes for half a minute or more; ChatGPT needs 0.3 to 5, models that think before they write \
              and small machines need more",
};
/// Calls at once.
pub const LLM_CONCURRENT: Variable = Variable {
    name: "ANP_LLM_CONCURRENT",
    default: Some("16"),
    meaning: "calls to the language model at the same time",
};
/// Which field carries the cap.
pub const LLM_OUTPUT_CAP: Variable = Variable {
    name: "ANP_LLM_OUTPUT_CAP",
    default: Some("max_completion_tokens"),
    meaning: "the field that caps the answer: max_completion_tokens, or max_tokens for older servers",
};

/// Every variable of the role, in the order of the documentation.
pub const VARIABLES: &[Variable] = &[
    ADDR,
    OPERATIONS_ADDR,
    CERT_FILE,
    KEY_FILE,
    ENROLMENT_FILE,
    IDENTITY_FILE,
    AUTHORITY_ADDR,
    AUTHORITY_FILE,
    CONTEXT_PUBLIC_KEY_FILE,
    MASTER_KEY_FILE,
    DATABASE_URL,
    DATABASE_PASSWORD_FILE,
    IDEMPOTENCY_LEASE,
    WRITING,
    LLM_BASE_URL,
    LLM_API_KEY_FILE,
    OPENAI_API_KEY,
    LLM_MODEL,
    LLM_CA_FILE,
    LLM_PROXY_URL,
    LLM_TOTAL,
    LLM_FIRST_TOKEN,
    LLM_CONCURRENT,
    LLM_OUTPUT_CAP,
    traces::URL,
    traces::CA_FILE,
    traces::SAMPLE,
];

/// What the gateway sees of the role.
pub const SHOWN: Named<'_> = Named { certificate: &CERT_FILE, key: &KEY_FILE, ocsp: None };

/// How that is asked for, where it does not come from files.
pub const ASKED: AskedBy<'_> =
    AskedBy { address: &AUTHORITY_ADDR, enrolment: &ENROLMENT_FILE, kept_in: &IDENTITY_FILE };

/// What the role needs to run.
pub struct Config {
    /// Where it serves.
    pub addr: SocketAddr,
    /// Where it tells those who run it how it is; a loopback address.
    pub operations: SocketAddr,
    /// What the gateway sees.
    pub shown: Arc<Shown>,
    /// How that is asked for, where it does not come from files.
    pub asking: Option<Asking>,
    /// The authorities of the gateway's certificate.
    pub authorities: Arc<Authorities>,
    /// The files that these come from.
    pub files: Files,
    /// What checks the gateway's word.
    pub context_key: VerifyingKey,
    /// Wraps the tenants' data keys; 32 bytes.
    pub master_key: Zeroizing<Vec<u8>>,
    /// The database.
    pub database: DatabaseSettings,
    /// How long a request with an idempotency key is believed to run.
    pub lease: Duration,
    /// How long the writing of one answer may take.
    pub writing: Duration,
    /// How many pieces of work that keep a processor busy are done at once; with none, all of it is refused.
    pub workers: usize,
    /// How long such work waits for its turn before its request is told to come back.
    pub patience: Duration,
    /// Where traces are sent, if they are.
    pub traces: Option<traces::Collector>,
    /// The language model, if one is asked.
    pub llm: Option<llm::Settings>,
}

impl Config {
    /// Reads the settings; bad ones are noted in `settings`, and [`Settings::finish`] tells.
    pub fn from_settings(settings: &mut Settings) -> Option<Self> {
        let addr = settings.read(&ADDR);
        let operations = operations::address(settings, &OPERATIONS_ADDR);
        let mut files = Files::default();
        let shown = files.identity_or_asking(settings, SHOWN, ASKED);
        let authorities = files.authorities(settings, &AUTHORITY_FILE);
        let context_key = context_key(settings);
        let master_key = master_key(settings);
        let database = database(settings);
        let (lease, writing) = (settings.seconds(&IDEMPOTENCY_LEASE), settings.seconds(&WRITING));
        if writing >= lease && !writing.is_zero() && !lease.is_zero() {
            settings.complain(&WRITING, "must be less than ANP_API_IDEMPOTENCY_LEASE_SECONDS");
        }
        let traces = traces::Collector::from_settings(settings);
        let llm = llm(settings);
        let (shown, asking) = shown?;
        Some(Self {
            addr: addr?,
            operations: operations?,
            shown,
            asking,
            authorities: authorities?,
            files,
            context_key: context_key?,
            master_key: master_key?,
            database: database?,
            lease,
            writing,
            workers: work::usual_workers(),
            patience: work::PATIENCE,
            traces,
            llm,
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

fn master_key(settings: &mut Settings) -> Option<Zeroizing<Vec<u8>>> {
    let text = Zeroizing::new(settings.required_file(&MASTER_KEY_FILE)?);
    let bytes = BASE64URL_NOPAD.decode(text.trim().as_bytes()).ok().map(Zeroizing::new);
    let bytes = bytes.filter(|bytes| bytes.len() == MasterKey::LENGTH);
    if bytes.is_none() {
        settings.complain(&MASTER_KEY_FILE, "the file must hold 32 bytes in base64url");
    }
    bytes
}

fn context_key(settings: &mut Settings) -> Option<VerifyingKey> {
    let text = settings.required_file(&CONTEXT_PUBLIC_KEY_FILE)?;
    let key = VerifyingKey::from_text(text.trim()).ok();
    if key.is_none() {
        settings.complain(&CONTEXT_PUBLIC_KEY_FILE, "the file must hold an Ed25519 public key in base64url");
    }
    key
}

fn llm(settings: &mut Settings) -> Option<llm::Settings> {
    let base_url: Option<Url> = settings.read(&LLM_BASE_URL);
    let key = settings.file(&LLM_API_KEY_FILE).or_else(|| settings.read(&OPENAI_API_KEY));
    let (total, first_token) = (settings.seconds(&LLM_TOTAL), settings.seconds(&LLM_FIRST_TOKEN));
    if first_token > total {
        settings.complain(&LLM_FIRST_TOKEN, "must not be more than ANP_LLM_TIMEOUT_SECONDS");
    }
    let concurrent: Option<usize> = settings.read(&LLM_CONCURRENT);
    let cap: Option<String> = settings.read(&LLM_OUTPUT_CAP);
    let output_cap = match cap.as_deref() {
        Some("max_completion_tokens") => Some(llm::settings::OutputCap::MaxCompletionTokens),
        Some("max_tokens") => Some(llm::settings::OutputCap::MaxTokens),
        _ => {
            settings.complain(&LLM_OUTPUT_CAP, "must be max_completion_tokens or max_tokens");
            None
        }
    };
    let roots: Option<PathBuf> = settings.read(&LLM_CA_FILE);
    let proxy: Option<Url> = settings.read(&LLM_PROXY_URL);
    if base_url.is_none() && key.is_none() {
        if settings.read::<String>(&LLM_MODEL).is_some() {
            settings.complain(&LLM_MODEL, "needs ANP_LLM_BASE_URL or ANP_LLM_API_KEY_FILE beside it");
        }
        return None;
    }
    let model: Option<String> = settings.required(&LLM_MODEL);
    let base_url = base_url.unwrap_or_else(openai);
    if base_url.scheme() != "https" && !is_loopback(&base_url) {
        settings.complain(&LLM_BASE_URL, "must be https, except on this machine");
        return None;
    }
    let model = model?;
    let key = key.map(|key| SecretString::from(key.trim().to_owned()));
    let mut llm = llm::Settings::new(base_url, key, model);
    llm.output_cap = output_cap?;
    llm.roots = roots.map_or(llm::settings::Roots::Platform, llm::settings::Roots::File);
    llm.proxy = proxy;
    llm.deadlines.total = total;
    llm.deadlines.first_token = first_token;
    llm.limits.concurrent = concurrent?;
    Some(llm)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn openai() -> Url {
    Url::parse("https://api.openai.com/v1").expect("a literal URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn llm_of(pairs: &[(&str, &str)]) -> (Option<llm::Settings>, Result<(), serve::config::Invalid>) {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut settings = Settings::new(pairs);
        (llm(&mut settings), settings.finish(VARIABLES))
    }

    #[test]
    fn no_language_model_is_asked_unless_one_is_configured() {
        assert!(matches!(llm_of(&[]), (None, Ok(()))));
        let (llm, problems) = llm_of(&[("ANP_LLM_MODEL", "m")]);
        assert!(llm.is_none() && problems.unwrap_err().0[0].starts_with("ANP_LLM_MODEL"));
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        let (llm, problems) =
            llm_of(&[("ANP_LLM_BASE_URL", "http://example.com/v1"), ("ANP_LLM_MODEL", "m")]);
        assert!(llm.is_none() && problems.unwrap_err().0[0].starts_with("ANP_LLM_BASE_URL"));
        for url in ["http://127.0.0.1:1/v1", "http://localhost:1/v1", "http://[::1]:1/v1"] {
            assert!(llm_of(&[("ANP_LLM_BASE_URL", url), ("ANP_LLM_MODEL", "m")]).0.is_some(), "{url}");
        }
    }

    #[test]
    fn a_key_alone_means_openai_and_needs_a_model() {
        let (llm, problems) = llm_of(&[("OPENAI_API_KEY", "k"), ("ANP_LLM_MODEL", "m")]);
        assert_eq!(llm.unwrap().base_url.as_str(), "https://api.openai.com/v1");
        assert_eq!(problems, Ok(()));
        let (llm, problems) = llm_of(&[("OPENAI_API_KEY", "k")]);
        assert!(llm.is_none() && problems.unwrap_err().0[0].starts_with("ANP_LLM_MODEL"));
    }

    #[test]
    fn every_bad_setting_is_named_at_once() {
        let bad = [
            ("ANP_API_ADDR", "nowhere"),
            ("ANP_API_DATABASE_URL", "mysql://x"),
            ("ANP_API_WRITING_SECONDS", "400"),
            ("ANP_LLM_OUTPUT_CAP", "tokens"),
        ];
        let mut settings = Settings::new(bad.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(Config::from_settings(&mut settings).is_none());
        let problems = settings.finish(VARIABLES).unwrap_err().0;
        let missing = ["ANP_API_CERT_FILE", "ANP_MASTER_KEY_FILE", "ANP_API_AUTHORITY_FILE"];
        for name in bad.map(|(name, _)| name).into_iter().chain(missing) {
            assert!(problems.iter().any(|problem| problem.starts_with(name)), "{name}: {problems:?}");
        }
    }
}

//! The settings of the gateway.

mod sharing;

use std::{fmt, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use data_encoding::BASE64URL_NOPAD;
use domain::policy::RequestLimit;
use http::uri::Authority;
use seal::{
    api_key::Pepper,
    token::{SigningKey, VerifyingKey},
};
use serve::{
    config::{Settings, Variable},
    files::{AskedBy, Asking, Files, Named},
    listen, operations,
    shown::Shown,
    tls::Oldest,
    traces,
    trust::Authorities,
};
use zeroize::Zeroizing;

pub use sharing::{STORE_CA_FILE, STORE_GATEWAYS, STORE_MILLIS, STORE_PASSWORD_FILE, STORE_URL, Sharing};

/// Everything that the gateway has to be told.
pub struct Config {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it tells those who run it how it is; a loopback address.
    pub operations: SocketAddr,
    /// What it shows to clients.
    pub edge: Arc<Shown>,
    /// The oldest version of TLS that clients may speak.
    pub oldest: Oldest,
    /// What it shows to the parts behind it.
    pub internal: Arc<Shown>,
    /// How that is asked for, where it does not come from files.
    pub asking: Option<Asking>,
    /// The authorities whose certificates it accepts behind it.
    pub authorities: Arc<Authorities>,
    /// The files that these come from.
    pub files: Files,
    /// Host and port of the API application.
    pub upstream: Authority,
    /// Host and port of the control plane's policy feed.
    pub policy_feed: Authority,
    /// What policies must be signed with.
    pub policy_key: VerifyingKey,
    /// Where the last good policy is kept.
    pub snapshot_file: PathBuf,
    /// What API keys are hashed under.
    pub pepper: Pepper,
    /// What signs caller contexts.
    pub context_key: SigningKey,
    /// What connections may take.
    pub connections: listen::Limits,
    /// What requests may take.
    pub requests: Requests,
    /// With whom limits are counted.
    pub sharing: Sharing,
    /// Where traces are sent, if they are.
    pub traces: Option<traces::Collector>,
    /// How often the control plane is told which keys were used.
    pub report_every: Duration,
}

/// What requests may take.
#[derive(Clone, Copy, Debug)]
pub struct Requests {
    /// For a whole body to arrive.
    pub body: Duration,
    /// For the head of the API application's answer to arrive.
    pub answer: Duration,
    /// For the next piece of the API application's answer to arrive.
    pub idle: Duration,
    /// Running at the same time.
    pub concurrent: usize,
    /// Running at the same time for one tenant.
    pub concurrent_per_tenant: usize,
    /// Without a genuine key, from one address (IPv6: one /64).
    pub unidentified: RequestLimit,
    /// Running at the same time for one key.
    pub concurrent_per_key: usize,
    /// Running at the same time for one address.
    pub concurrent_per_address: usize,
    /// From one address, whoever sends them.
    pub address: RequestLimit,
    /// About one dietitian.
    pub dietitian: RequestLimit,
    /// Bytes of bodies in a minute that one key sends.
    pub bytes_per_key: u64,
    /// Bytes of bodies in a minute that all keys of a tenant send.
    pub bytes_per_tenant: u64,
}

impl Config {
    /// Reads the settings; bad ones are noted in `settings`, and [`Settings::finish`] tells.
    pub fn from_settings(settings: &mut Settings) -> Option<Self> {
        let address = settings.read(&ADDR);
        let operations = operations::address(settings, &OPERATIONS_ADDR);
        let mut files = Files::default();
        let edge = files.identity(settings, EDGE);
        let oldest = settings.read(&TLS_OLDEST);
        let internal = files.identity_or_asking(settings, INTERNAL, ASKED);
        let authorities = files.authorities(settings, &AUTHORITY_FILE);
        let policy_key = settings
            .required_file(&POLICY_PUBLIC_KEY_FILE)
            .and_then(|text| note(settings, &POLICY_PUBLIC_KEY_FILE, VerifyingKey::from_text(&text)));
        let (upstream, policy_feed) =
            (host_and_port(settings, &UPSTREAM_ADDR), host_and_port(settings, &POLICY_ADDR));
        let snapshot_file = settings.required(&SNAPSHOT_FILE);
        let (pepper, context_key) = (
            secret(settings, &KEY_PEPPER_FILE, Pepper::new),
            secret(settings, &CONTEXT_KEY_FILE, SigningKey::from_seed),
        );
        let (connections, requests) = (connections(settings), Requests::from_settings(settings));
        let sharing = Sharing::from_settings(settings);
        let traces = traces::Collector::from_settings(settings);
        let (internal, asking) = internal?;
        Some(Self {
            address: address?,
            operations: operations?,
            edge: edge?,
            oldest: oldest?,
            internal,
            asking,
            authorities: authorities?,
            files,
            upstream: upstream?,
            policy_feed: policy_feed?,
            policy_key: policy_key?,
            snapshot_file: snapshot_file?,
            pepper: pepper?,
            context_key: context_key?,
            connections,
            requests,
            sharing,
            traces,
            report_every: REPORT_EVERY,
        })
    }
}

impl Config {
    /// Returns how many files may have to be open at the same time: a socket for each client and for each request that
    /// is forwarded, and a few besides.
    pub fn open_files(&self) -> u64 {
        (self.connections.connections + self.requests.concurrent + 64) as u64
    }
}

impl Requests {
    fn from_settings(settings: &mut Settings) -> Self {
        Self {
            body: settings.seconds(&BODY_SECONDS),
            answer: settings.seconds(&ANSWER_SECONDS),
            idle: settings.seconds(&IDLE_SECONDS),
            concurrent: number(settings, &CONCURRENCY),
            concurrent_per_tenant: number(settings, &TENANT_CONCURRENCY),
            unidentified: per_minute(settings, &UNIDENTIFIED_PER_MINUTE),
            concurrent_per_key: number(settings, &KEY_CONCURRENCY),
            concurrent_per_address: number(settings, &ADDRESS_CONCURRENCY),
            address: per_minute(settings, &ADDRESS_PER_MINUTE),
            dietitian: per_minute(settings, &DIETITIAN_PER_MINUTE),
            bytes_per_key: number(settings, &KEY_MIB_PER_MINUTE) as u64 * MIB,
            bytes_per_tenant: number(settings, &TENANT_MIB_PER_MINUTE) as u64 * MIB,
        }
    }
}

fn per_minute(settings: &mut Settings, variable: &Variable) -> RequestLimit {
    let requests = settings.read::<u32>(variable).unwrap_or(1);
    if requests == 0 {
        settings.complain(variable, "must be at least 1");
    }
    RequestLimit { requests, window_seconds: 60 }
}

const MIB: u64 = 1_024 * 1_024;

fn connections(settings: &mut Settings) -> listen::Limits {
    listen::Limits {
        connections: number(settings, &CONNECTIONS),
        headers: settings.seconds(&HEADER_SECONDS),
        drain: settings.seconds(&DRAIN_SECONDS),
        ..listen::Limits::default()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("address", &self.address).finish_non_exhaustive()
    }
}

fn secret<T>(
    settings: &mut Settings,
    variable: &Variable,
    made_of: impl FnOnce(&[u8]) -> Result<T, seal::Error>,
) -> Option<T> {
    let text = Zeroizing::new(settings.required_file(variable)?);
    let bytes = BASE64URL_NOPAD.decode(text.trim().as_bytes()).map(Zeroizing::new).unwrap_or_default();
    let secret = made_of(&bytes);
    if secret.is_err() {
        settings.complain(variable, "the file must hold 32 bytes in base64url");
    }
    secret.ok()
}

fn host_and_port(settings: &mut Settings, variable: &Variable) -> Option<Authority> {
    let authority: Authority = settings.required(variable)?;
    if authority.port_u16().is_some() && !authority.as_str().contains('@') {
        return Some(authority);
    }
    settings.complain(variable, "must be a host and a port, such as 127.0.0.1:7443");
    None
}

/// Zero stands for what can't be used; [`Settings::finish`] tells.
fn number(settings: &mut Settings, variable: &Variable) -> usize {
    match settings.read(variable) {
        Some(number @ 1..=1_000_000) => number,
        Some(_) => {
            settings.complain(variable, "must be between 1 and 1000000");
            0
        }
        None => 0,
    }
}

fn note<T, E: fmt::Display>(settings: &mut Settings, variable: &Variable, result: Result<T, E>) -> Option<T> {
    result.map_err(|error| settings.complain(variable, error)).ok()
}

/// What the gateway shows to clients.
pub const EDGE: Named<'_> = Named { certificate: &CERT_FILE, key: &KEY_FILE, ocsp: Some(&OCSP_FILE) };
/// What it shows to the parts behind it.
pub const INTERNAL: Named<'_> = Named { certificate: &CLIENT_CERT_FILE, key: &CLIENT_KEY_FILE, ocsp: None };

/// How that is asked for, where it does not come from files.
pub const ASKED: AskedBy<'_> =
    AskedBy { address: &AUTHORITY_ADDR, enrolment: &ENROLMENT_FILE, kept_in: &IDENTITY_FILE };

const REPORT_EVERY: Duration = Duration::from_secs(15);

/// Where the gateway listens.
pub const ADDR: Variable = Variable {
    name: "ANP_GATEWAY_ADDR",
    default: Some("127.0.0.1:8443"),
    meaning: "where the gateway listens for meal planners",
};
/// Where those who run the gateway ask.
pub const OPERATIONS_ADDR: Variable = Variable {
    name: "ANP_GATEWAY_OPERATIONS_ADDR",
    default: Some("127.0.0.1:8444"),
    meaning: "loopback address where the gateway answers `/livez`, `/readyz` and `/metrics` in plain HTTP",
};
/// The certificate shown to clients.
pub const CERT_FILE: Variable = Variable {
    name: "ANP_GATEWAY_CERT_FILE",
    default: None,
    meaning: "PEM file with the certificate that the gateway shows to meal planners, then its issuers",
};
/// The private key of [`CERT_FILE`].
pub const KEY_FILE: Variable = Variable {
    name: "ANP_GATEWAY_KEY_FILE",
    default: None,
    meaning: "PEM file with the private key of that certificate",
};
/// What is stapled to [`CERT_FILE`].
pub const OCSP_FILE: Variable = Variable {
    name: "ANP_GATEWAY_OCSP_FILE",
    default: None,
    meaning: "file with the OCSP response for that certificate (DER), sent along while the file is there",
};
/// How old the callers' TLS may be.
pub const TLS_OLDEST: Variable = Variable {
    name: "ANP_GATEWAY_TLS_OLDEST",
    default: Some("1.3"),
    meaning: "the oldest version of TLS that meal planners may speak, 1.3 or 1.2",
};
/// The certificate shown to the parts behind the gateway.
pub const CLIENT_CERT_FILE: Variable = Variable {
    name: "ANP_GATEWAY_CLIENT_CERT_FILE",
    default: None,
    meaning: "PEM file with the certificate that the gateway shows to the API application and the control plane; \
              without it the gateway asks the control plane for one",
};
/// The private key of [`CLIENT_CERT_FILE`].
pub const CLIENT_KEY_FILE: Variable = Variable {
    name: "ANP_GATEWAY_CLIENT_KEY_FILE",
    default: None,
    meaning: "PEM file with the private key of that certificate",
};
/// What lets the gateway ask for its first certificate.
pub const ENROLMENT_FILE: Variable = Variable {
    name: "ANP_GATEWAY_ENROLMENT_FILE",
    default: None,
    meaning: "file with what `authority enrol gateway` printed: lets the gateway ask for its first certificate",
};
/// Where the gateway keeps its certificate.
pub const IDENTITY_FILE: Variable = Variable {
    name: "ANP_GATEWAY_IDENTITY_FILE",
    default: None,
    meaning: "where the gateway keeps the certificate that it was given, with its key, for a start while the control \
              plane is down; in memory only if unset",
};
/// Where certificates are asked for.
pub const AUTHORITY_ADDR: Variable = Variable {
    name: "ANP_GATEWAY_AUTHORITY_ADDR",
    default: Some("127.0.0.1:9445"),
    meaning: "host and port where the control plane gives certificates",
};
/// The private certificate authority.
pub const AUTHORITY_FILE: Variable = Variable {
    name: "ANP_GATEWAY_AUTHORITY_FILE",
    default: None,
    meaning: "PEM file with the private authority that the API application's and control plane's certificates must be of",
};
/// Where the API application is.
pub const UPSTREAM_ADDR: Variable = Variable {
    name: "ANP_GATEWAY_UPSTREAM_ADDR",
    default: Some("127.0.0.1:7443"),
    meaning: "host and port of the API application",
};
/// Where the policy feed is.
pub const POLICY_ADDR: Variable = Variable {
    name: "ANP_GATEWAY_POLICY_ADDR",
    default: Some("127.0.0.1:9444"),
    meaning: "host and port of the control plane's policy feed",
};
/// Who signs the policy.
pub const POLICY_PUBLIC_KEY_FILE: Variable = Variable {
    name: "ANP_GATEWAY_POLICY_PUBLIC_KEY_FILE",
    default: None,
    meaning: "file with the Ed25519 public key (base64url) that policies must be signed with; two while it is replaced",
};
/// Where the last good policy is kept.
pub const SNAPSHOT_FILE: Variable = Variable {
    name: "ANP_GATEWAY_SNAPSHOT_FILE",
    default: None,
    meaning: "where the last good policy is kept, for a start while the control plane is down",
};
/// The pepper of API keys.
pub const KEY_PEPPER_FILE: Variable = Variable {
    name: "ANP_KEY_PEPPER_FILE",
    default: None,
    meaning: "32 bytes under which API keys are hashed, base64url; the same for gateways and control plane",
};
/// The key that signs caller contexts.
pub const CONTEXT_KEY_FILE: Variable = Variable {
    name: "ANP_GATEWAY_CONTEXT_KEY_FILE",
    default: None,
    meaning: "file with the Ed25519 seed (base64url) by which the gateway vouches for callers",
};
/// Connections at the same time.
pub const CONNECTIONS: Variable = Variable {
    name: "ANP_GATEWAY_CONNECTIONS",
    default: Some("10000"),
    meaning: "connections at the same time",
};
/// Requests at the same time.
pub const CONCURRENCY: Variable = Variable {
    name: "ANP_GATEWAY_CONCURRENCY",
    default: Some("1024"),
    meaning: "requests that are forwarded at the same time",
};
/// Requests of one tenant at the same time.
pub const TENANT_CONCURRENCY: Variable = Variable {
    name: "ANP_GATEWAY_TENANT_CONCURRENCY",
    default: Some("64"),
    meaning: "requests of one tenant that are forwarded at the same time",
};
/// Requests of one key at the same time.
pub const KEY_CONCURRENCY: Variable = Variable {
    name: "ANP_GATEWAY_KEY_CONCURRENCY",
    default: Some("64"),
    meaning: "requests of one API key that are forwarded at the same time",
};
/// Requests from one address at the same time.
pub const ADDRESS_CONCURRENCY: Variable = Variable {
    name: "ANP_GATEWAY_ADDRESS_CONCURRENCY",
    default: Some("1024"),
    meaning: "requests from one address (IPv6: one /64) that are forwarded at the same time",
};
/// Requests from one address.
pub const ADDRESS_PER_MINUTE: Variable = Variable {
    name: "ANP_GATEWAY_ADDRESS_PER_MINUTE",
    default: Some("60000"),
    meaning: "requests in a minute from one address (IPv6: one /64), also before anybody is identified; behind a load balancer that hides addresses, from all callers together",
};
/// Requests about one dietitian.
pub const DIETITIAN_PER_MINUTE: Variable = Variable {
    name: "ANP_GATEWAY_DIETITIAN_PER_MINUTE",
    default: Some("300"),
    meaning: "requests in a minute about one dietitian",
};
/// Bytes of one key.
pub const KEY_MIB_PER_MINUTE: Variable = Variable {
    name: "ANP_GATEWAY_KEY_MIB_PER_MINUTE",
    default: Some("32"),
    meaning: "MiB of request bodies in a minute from one API key",
};
/// Bytes of one tenant.
pub const TENANT_MIB_PER_MINUTE: Variable = Variable {
    name: "ANP_GATEWAY_TENANT_MIB_PER_MINUTE",
    default: Some("128"),
    meaning: "MiB of request bodies in a minute from all API keys of a tenant",
};
/// Requests without a genuine key.
pub const UNIDENTIFIED_PER_MINUTE: Variable = Variable {
    name: "ANP_GATEWAY_UNIDENTIFIED_PER_MINUTE",
    default: Some("60"),
    meaning: "requests without a genuine API key in a minute from one address, before they are answered 429",
};
/// Deadline of headers.
pub const HEADER_SECONDS: Variable = Variable {
    name: "ANP_GATEWAY_HEADER_SECONDS",
    default: Some("10"),
    meaning: "seconds for a request's headers to arrive, and for which an idle connection is kept",
};
/// Deadline of bodies.
pub const BODY_SECONDS: Variable = Variable {
    name: "ANP_GATEWAY_BODY_SECONDS",
    default: Some("15"),
    meaning: "seconds for a request's body to arrive",
};
/// Deadline of answers.
pub const ANSWER_SECONDS: Variable = Variable {
    name: "ANP_GATEWAY_ANSWER_SECONDS",
    default: Some("100"),
    meaning: "seconds for the API application to begin its answer",
};
/// Deadline of the next piece of an answer.
pub const IDLE_SECONDS: Variable = Variable {
    name: "ANP_GATEWAY_IDLE_SECONDS",
    default: Some("60"),
    meaning: "seconds without a byte after which an answer under way is given up",
};
/// How long running requests may take after shutdown.
pub const DRAIN_SECONDS: Variable = Variable {
    name: "ANP_GATEWAY_DRAIN_SECONDS",
    default: Some("30"),
    meaning: "seconds that running requests are given to end at shutdown",
};

/// All of them, for the check of unknown ones and for the documentation.
pub const VARIABLES: &[Variable] = &[
    ADDR,
    OPERATIONS_ADDR,
    CERT_FILE,
    KEY_FILE,
    OCSP_FILE,
    TLS_OLDEST,
    CLIENT_CERT_FILE,
    CLIENT_KEY_FILE,
    ENROLMENT_FILE,
    IDENTITY_FILE,
    AUTHORITY_ADDR,
    AUTHORITY_FILE,
    UPSTREAM_ADDR,
    POLICY_ADDR,
    POLICY_PUBLIC_KEY_FILE,
    SNAPSHOT_FILE,
    KEY_PEPPER_FILE,
    CONTEXT_KEY_FILE,
    CONNECTIONS,
    CONCURRENCY,
    TENANT_CONCURRENCY,
    KEY_CONCURRENCY,
    ADDRESS_CONCURRENCY,
    ADDRESS_PER_MINUTE,
    DIETITIAN_PER_MINUTE,
    KEY_MIB_PER_MINUTE,
    TENANT_MIB_PER_MINUTE,
    STORE_URL,
    STORE_PASSWORD_FILE,
    STORE_CA_FILE,
    STORE_GATEWAYS,
    STORE_MILLIS,
    UNIDENTIFIED_PER_MINUTE,
    HEADER_SECONDS,
    BODY_SECONDS,
    ANSWER_SECONDS,
    IDLE_SECONDS,
    DRAIN_SECONDS,
    traces::URL,
    traces::CA_FILE,
    traces::SAMPLE,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn is_needed(variable: &Variable) -> bool {
        let optional = ["ANP_GATEWAY_LIMIT_STORE_", "ANP_TRACES_"];
        variable.default.is_none() && !optional.iter().any(|group| variable.name.starts_with(group))
    }

    #[test]
    fn every_setting_without_a_safe_default_is_asked_for_at_once() {
        let mut settings = Settings::new([("ANP_GATEWAY_UPSTREAM_ADDR".to_owned(), "api".to_owned())]);
        let _ = Config::from_settings(&mut settings);
        let problems = settings.finish(VARIABLES).unwrap_err().0;
        let named: Vec<_> = problems.iter().map(|problem| problem.split(':').next().unwrap()).collect();
        let mut expected: Vec<_> =
            VARIABLES.iter().filter(|variable| is_needed(variable)).map(|v| v.name).collect();
        // One of two ways to a certificate is asked for.
        let optional =
            [OCSP_FILE, ENROLMENT_FILE, IDENTITY_FILE, CLIENT_KEY_FILE].map(|variable| variable.name);
        expected.retain(|name| !optional.contains(name));
        expected.push(UPSTREAM_ADDR.name);
        for name in &expected {
            assert!(named.contains(name), "{name}: {problems:?}");
        }
        assert_eq!(named.len(), expected.len(), "{problems:?}");
    }

    #[test]
    fn unusable_secrets_and_certificates_are_named_without_their_contents() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hunter2").unwrap();
        let path = file.path().display().to_string();
        let files = VARIABLES.iter().filter(|variable| variable.name.ends_with("_FILE"));
        let mut settings = Settings::new(files.map(|variable| (variable.name.to_owned(), path.clone())));
        let _ = Config::from_settings(&mut settings);
        let problems = settings.finish(VARIABLES).unwrap_err().0.join("\n");
        for variable in [CERT_FILE, AUTHORITY_FILE, POLICY_PUBLIC_KEY_FILE, KEY_PEPPER_FILE, CONTEXT_KEY_FILE]
        {
            assert!(problems.contains(variable.name), "{}: {problems}", variable.name);
        }
        assert!(!problems.contains("hunter2"), "{problems}");
    }
}

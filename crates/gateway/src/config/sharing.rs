//! The settings of limits that several gateways count together.

use std::{net::IpAddr, sync::Arc, time::Duration};

use http::Uri;
use seal::counter::CounterKey;
use serve::{
    config::{Settings, Variable},
    tls,
};
use zeroize::Zeroizing;

use super::{KEY_PEPPER_FILE, secret};
use crate::limit::StoreConfig;

/// Through what, and with how many other gateways, limits are counted.
#[derive(Clone, Debug)]
pub struct Sharing {
    /// Where counts are exchanged; without it this gateway counts alone.
    pub(crate) store: Option<StoreConfig>,
    /// How many gateways count together.
    pub gateways: u64,
    /// How long an exchange may take, and a request wait for it.
    pub answer: Duration,
}

impl Sharing {
    /// Reads the settings; bad ones are noted in `settings`, and [`Settings::finish`] tells.
    pub fn from_settings(settings: &mut Settings) -> Self {
        let answer = Duration::from_millis(number(settings, &STORE_MILLIS, 1..=1_000));
        let gateways = number(settings, &STORE_GATEWAYS, 1..=1_000);
        let store = settings.read::<Uri>(&STORE_URL).and_then(|url| store(settings, &url, answer));
        Self { store, gateways, answer }
    }
}

fn store(settings: &mut Settings, url: &Uri, answer: Duration) -> Option<StoreConfig> {
    let password = settings.file(&STORE_PASSWORD_FILE).map(|text| Zeroizing::new(text.trim().to_owned()));
    let key = secret(settings, &KEY_PEPPER_FILE, |bytes| Ok(CounterKey::new(bytes)));
    let authority = url.authority();
    let (user, host) = match authority.map(|authority| authority.as_str().rsplit_once('@')) {
        Some(Some((user, _))) => (Some(user.to_owned()), url.host()),
        _ => (None, url.host()),
    };
    let host = host.map(|host| host.trim_start_matches('[').trim_end_matches(']').to_owned());
    let database = match url.path().trim_start_matches('/') {
        "" => Some(0),
        number => number.parse().ok(),
    };
    let (Some(host), Some(port), Some(database)) = (host, url.port_u16(), database) else {
        settings.complain(&STORE_URL, "must be such as rediss://USER@HOST:6379/0");
        return None;
    };
    if user.as_ref().is_some_and(|user| user.contains(':')) {
        settings.complain(
            &STORE_URL,
            "a password belongs into a file, see ANP_GATEWAY_LIMIT_STORE_PASSWORD_FILE",
        );
        return None;
    }
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let tls = match url.scheme_str() {
        Some("redis") if is_here => None,
        Some("redis") => {
            settings.complain(&STORE_URL, "beyond this machine TLS is needed: write rediss://");
            return None;
        }
        Some("rediss") => {
            let authorities = settings.required_file(&STORE_CA_FILE)?;
            match tls::client(None, &authorities) {
                Ok(tls) => Some(Arc::new(tls)),
                Err(error) => {
                    settings.complain(&STORE_CA_FILE, error);
                    return None;
                }
            }
        }
        _ => {
            settings.complain(&STORE_URL, "must begin with redis:// or rediss://");
            return None;
        }
    };
    Some(StoreConfig { host, port, database, user, password, tls, key: key?, answer })
}

fn number(settings: &mut Settings, variable: &Variable, range: std::ops::RangeInclusive<u64>) -> u64 {
    let number = settings.read::<u64>(variable).unwrap_or(*range.start());
    if !range.contains(&number) {
        settings.complain(variable, format_args!("must be between {} and {}", range.start(), range.end()));
    }
    number
}

/// Where counts are exchanged.
pub const STORE_URL: Variable = Variable {
    name: "ANP_GATEWAY_LIMIT_STORE_URL",
    default: None,
    meaning: "Valkey or Redis through which several gateways count limits together, such as `rediss://USER@HOST:6379/0`; without it each counts alone",
};
/// The password of the store's user.
pub const STORE_PASSWORD_FILE: Variable = Variable {
    name: "ANP_GATEWAY_LIMIT_STORE_PASSWORD_FILE",
    default: None,
    meaning: "file with the password of that user, or of the default user where none is named",
};
/// Who vouches for the store.
pub const STORE_CA_FILE: Variable = Variable {
    name: "ANP_GATEWAY_LIMIT_STORE_CA_FILE",
    default: None,
    meaning: "PEM file with the authority of the store's certificate, needed with `rediss://`",
};
/// How many gateways count together.
pub const STORE_GATEWAYS: Variable = Variable {
    name: "ANP_GATEWAY_LIMIT_STORE_GATEWAYS",
    default: Some("2"),
    meaning: "how many gateways count together; each keeps to its share of every limit while the store does not answer",
};
/// How long the store may take.
pub const STORE_MILLIS: Variable = Variable {
    name: "ANP_GATEWAY_LIMIT_STORE_MILLIS",
    default: Some("50"),
    meaning: "milliseconds that the store may take, and that a request waits for it at most",
};

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(url: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let pepper = file("pepper", &data_encoding::BASE64URL_NOPAD.encode(&[7; 32]));
        let mut settings = Settings::new([
            (STORE_URL.name.to_owned(), url.to_owned()),
            (KEY_PEPPER_FILE.name.to_owned(), pepper),
            (STORE_CA_FILE.name.to_owned(), file("ca", "no certificate")),
            (STORE_PASSWORD_FILE.name.to_owned(), file("password", "secret\n")),
        ]);
        let sharing = Sharing::from_settings(&mut settings);
        match settings.finish(super::super::VARIABLES) {
            Ok(()) => {
                let store = sharing.store.unwrap();
                assert_eq!(store.password.as_ref().unwrap().as_str(), "secret");
                vec![format!("{:?} {} {} {}", store.user, store.host, store.port, store.database)]
            }
            Err(invalid) => invalid.0,
        }
    }

    #[test]
    fn a_store_is_on_this_machine_or_reached_over_tls() {
        assert_eq!(problems("redis://127.0.0.1:6379"), ["None 127.0.0.1 6379 0"]);
        assert_eq!(problems("redis://limits@[::1]:7000/3"), ["Some(\"limits\") ::1 7000 3"]);
        for (url, expected) in [
            ("redis://store.example:6379", "TLS is needed"),
            ("redis://10.0.0.7:6379", "TLS is needed"),
            ("rediss://store.example:6379", "STORE_CA_FILE"),
            ("redis://user:password@127.0.0.1:6379", "belongs into a file"),
            ("redis://127.0.0.1", "must be such as"),
            ("redis://127.0.0.1:6379/x", "must be such as"),
            ("http://127.0.0.1:6379", "must begin with"),
        ] {
            let problems = problems(url);
            assert!(problems.len() == 1 && problems[0].contains(expected), "{url}: {problems:?}");
        }
    }
}

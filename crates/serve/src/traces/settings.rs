//! Where traces are sent, and of how many requests.

use std::{net::IpAddr, sync::Arc};

use http::{Uri, uri::Scheme};
use rustls::ClientConfig;

use crate::{
    config::{Settings, Variable},
    tls,
    trust::Authorities,
};

/// Where traces are sent.
pub const URL: Variable = Variable {
    name: "ANP_TRACES_URL",
    default: None,
    meaning: "OTLP collector that traces are sent to over HTTP, such as http://127.0.0.1:4318/v1/traces; https unless it \
              is on this machine; without it there are no traces",
};
/// Who vouches for that.
pub const CA_FILE: Variable = Variable {
    name: "ANP_TRACES_CA_FILE",
    default: None,
    meaning: "PEM file with the authority of the collector's certificate, where the collector is reached over https",
};
/// Of how many requests.
pub const SAMPLE: Variable = Variable {
    name: "ANP_TRACES_SAMPLE",
    default: Some("0.01"),
    meaning: "share of requests, between 0 and 1, that the gateway traces",
};

/// Where spans are sent, and of how many requests.
#[derive(Clone, Debug)]
pub struct Collector {
    pub(super) url: Uri,
    /// How it must prove to be itself; nothing on this machine.
    pub(super) tls: Option<Arc<ClientConfig>>,
    /// How many of a million requests are chosen.
    pub(super) chosen: u32,
}

impl Collector {
    /// Reads the settings; bad ones are noted in `settings`. `None` where there is no collector.
    pub fn from_settings(settings: &mut Settings) -> Option<Self> {
        let sample: f64 = settings.read(&SAMPLE).unwrap_or(0.0);
        if !(0.0..=1.0).contains(&sample) {
            settings.complain(&SAMPLE, "must be between 0 and 1");
        }
        let authorities = settings.file(&CA_FILE);
        let url: Uri = settings.read(&URL)?;
        let is_plain = url.scheme() == Some(&Scheme::HTTP);
        let has_user = url.authority().is_none_or(|authority| authority.as_str().contains('@'));
        if has_user || url.query().is_some() || !is_plain && url.scheme() != Some(&Scheme::HTTPS) {
            settings.complain(&URL, "must be an address such as http://127.0.0.1:4318/v1/traces");
            return None;
        }
        let tls = if is_plain {
            let host = url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
            if !host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()) {
                settings.complain(&URL, "must be https, except for a loopback address");
                return None;
            }
            None
        } else {
            let Some(pem) = authorities else {
                settings.complain(&CA_FILE, format_args!("is needed for the address in {}", URL.name));
                return None;
            };
            match Authorities::new(&pem).and_then(|trusted| tls::outgoing(None, &trusted)) {
                Ok(tls) => Some(Arc::new(tls)),
                Err(error) => {
                    settings.complain(&CA_FILE, error);
                    return None;
                }
            }
        };
        // Between 0 and a million.
        let chosen = (sample.clamp(0.0, 1.0) * 1_000_000.0).round() as u32;
        Some(Self { url, tls, chosen })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VARIABLES: &[Variable] = &[URL, CA_FILE, SAMPLE];

    fn read(pairs: &[(&Variable, &str)]) -> (Option<Collector>, bool) {
        let values = pairs.iter().map(|(variable, value)| (variable.name.to_owned(), (*value).to_owned()));
        let mut settings = Settings::new(values);
        let collector = Collector::from_settings(&mut settings);
        (collector, settings.finish(VARIABLES).is_ok())
    }

    #[test]
    fn without_an_address_nothing_is_traced() {
        assert!(matches!(read(&[]), (None, true)));
        assert!(matches!(read(&[(&SAMPLE, "1")]), (None, true)));
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for (url, taken) in [
            ("http://127.0.0.1:4318/v1/traces", true),
            ("http://[::1]:4318/v1/traces", true),
            ("http://localhost:4318/v1/traces", false),
            ("http://192.0.2.1:4318/v1/traces", false),
            ("http://collector.example/v1/traces", false),
            ("http://127.0.0.1.collector.example/v1/traces", false),
            ("https://collector.example/v1/traces", false),
            ("http://user:password@127.0.0.1/", false),
            ("http://127.0.0.1:4318/v1/traces?token=secret", false),
            ("ftp://127.0.0.1/", false),
            ("/v1/traces", false),
        ] {
            let (collector, fine) = read(&[(&URL, url)]);
            assert_eq!((collector.is_some(), fine), (taken, taken), "{url}");
        }
    }

    #[test]
    fn a_share_of_requests_is_chosen() {
        let url = "http://127.0.0.1:4318/v1/traces";
        for (sample, chosen) in
            [("0", Some(0)), ("0.01", Some(10_000)), ("1", Some(1_000_000)), ("1.1", None), ("NaN", None)]
        {
            let (collector, fine) = read(&[(&URL, url), (&SAMPLE, sample)]);
            assert_eq!(fine, chosen.is_some(), "{sample}");
            if fine {
                assert_eq!(collector.map(|collector| collector.chosen), chosen);
            }
        }
    }
}

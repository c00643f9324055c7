//! What a certificate says of itself (RFC 5280, section 4.1): read, never believed. TLS verifies, people are told.

use domain::Timestamp;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use time::{Duration, PrimitiveDateTime, macros::format_description};

/// What is told of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The distinguished name, such as `CN=api.example, O=Example`.
    pub subject: String,
    /// The distinguished name of who signed it.
    pub issuer: String,
    /// The organisational unit in the subject; where the control plane's authority signed it, the id of the enrolment that
    /// it goes back to.
    pub unit: Option<String>,
    /// The DNS names that it is for.
    pub names: Vec<String>,
    /// When it begins to be valid.
    pub begins: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
}

impl Certificate {
    /// Reads the first certificate in `pem`, if there is one that can be read.
    pub fn from_pem(pem: &str) -> Option<Self> {
        Self::from_der(&CertificateDer::from_pem_slice(pem.as_bytes()).ok()?)
    }

    /// Reads a certificate, if it can be read.
    pub fn from_der(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (fields, _) = element(certificate, SEQUENCE)?;
        let (mut rest, _) = element(fields, SEQUENCE)?;
        if let Some((_version, after)) = element(rest, VERSION) {
            rest = after;
        }
        for tag in [INTEGER, SEQUENCE] {
            // The serial number, the signature's algorithm.
            (_, rest) = element(rest, tag)?;
        }
        let (issuer, rest) = element(rest, SEQUENCE)?;
        let (validity, rest) = element(rest, SEQUENCE)?;
        let (subject, _) = element(rest, SEQUENCE)?;
        let (begins, end) = instant(validity)?;
        let parsed = webpki::EndEntityCert::try_from(certificate).ok();
        let names = parsed.map(|parsed| parsed.valid_dns_names().map(str::to_owned).collect());
        Some(Self {
            subject: distinguished_name(subject)?,
            unit: attributes(subject)?.into_iter().find(|(kind, _)| *kind == UNIT).map(|(_, text)| text),
            issuer: distinguished_name(issuer)?,
            // Those that a name can't be read of are authorities.
            names: names.unwrap_or_default(),
            begins,
            ends: instant(end)?.0,
        })
    }

    /// Returns how much is left at `now`; negative after the end.
    pub fn left(&self, now: Timestamp) -> Duration {
        self.ends - now
    }

    /// Tells whether less than a third of its life is left at `now`: who renews in time has renewed before.
    pub fn ends_soon(&self, now: Timestamp) -> bool {
        self.left(now) * 3 < self.ends - self.begins
    }
}

/// Returns the names that people know: common name, unit and organisation, as `CN=…, OU=…, O=…`.
fn distinguished_name(der: &[u8]) -> Option<String> {
    let parts = attributes(der)?.into_iter().filter_map(|(kind, text)| {
        let name = match kind {
            COMMON_NAME => "CN",
            UNIT => "OU",
            ORGANISATION => "O",
            _ => return None,
        };
        Some(format!("{name}={text}"))
    });
    Some(parts.collect::<Vec<_>>().join(", "))
}

/// Returns the attributes of a name that are texts, by their object identifiers.
fn attributes(mut der: &[u8]) -> Option<Vec<(&[u8], String)>> {
    let mut attributes = Vec::new();
    while !der.is_empty() {
        let (set, rest) = element(der, SET)?;
        der = rest;
        let (pair, _) = element(set, SEQUENCE)?;
        let (kind, value) = element(pair, OBJECT_IDENTIFIER)?;
        if let Some((value, _)) = TEXTS.iter().find_map(|tag| element(value, *tag)) {
            attributes.push((kind, String::from_utf8_lossy(value).into_owned()));
        }
    }
    Some(attributes)
}

/// Reads a time, and returns what follows it.
fn instant(der: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (text, rest) = if let Some((text, rest)) = element(der, UTC_TIME) {
        let text = std::str::from_utf8(text).ok()?;
        // Two digits: 1950 to 2049.
        let century = if text.as_bytes().first()? >= &b'5' { "19" } else { "20" };
        (format!("{century}{text}"), rest)
    } else {
        let (text, rest) = element(der, GENERALIZED_TIME)?;
        (std::str::from_utf8(text).ok()?.to_owned(), rest)
    };
    let format = format_description!("[year][month][day][hour][minute][second]Z");
    Some((PrimitiveDateTime::parse(&text, format).ok()?.assume_utc(), rest))
}

/// Reads one DER element of the kind `tag`: its content, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = if length < 0x80 {
        (usize::from(length), rest)
    } else {
        let (digits, rest) =
            rest.split_at_checked(usize::from(length & 0x7f)).filter(|(d, _)| d.len() <= 4)?;
        (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
    };
    (first == tag).then(|| rest.split_at_checked(length))?
}

const INTEGER: u8 = 0x02;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const VERSION: u8 = 0xa0;
/// UTF-8, printable, IA5.
const TEXTS: [u8; 3] = [0x0c, 0x13, 0x16];
/// 2.5.4.3, 2.5.4.10 and 2.5.4.11.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANISATION: &[u8] = &[0x55, 0x04, 0x0a];
const UNIT: &[u8] = &[0x55, 0x04, 0x0b];

#[cfg(test)]
mod tests {
    use domain::clock::from_unix;
    use proptest::prelude::*;
    use seal::pki::{Authority, Usage};

    use super::*;

    fn certificate(lifetime: Duration) -> Certificate {
        let (authority, _) = Authority::generate(from_unix(1_800_000_000)).unwrap();
        let names = ["api.example".to_owned()];
        let issued = authority.issue(&names, Usage::Server, from_unix(1_800_000_000), lifetime);
        Certificate::from_pem(&issued.unwrap().certificate_pem).unwrap()
    }

    #[test]
    fn the_end_is_read_in_both_spellings_of_time() {
        // 2049 is the last year with two digits.
        for days in [1, 30, 3_650, 20_000] {
            let expected = from_unix(1_800_000_000) + Duration::days(days);
            assert_eq!(certificate(Duration::days(days)).ends, expected, "{days}");
        }
    }

    #[test]
    fn names_and_issuer_are_read() {
        let read = certificate(Duration::days(1));
        assert_eq!(read.subject, "CN=api.example");
        assert_eq!(read.issuer, "CN=AI Nutrition-Pro local authority");
        assert_eq!((read.names, read.unit), (vec!["api.example".to_owned()], None));
    }

    #[test]
    fn the_last_third_of_a_life_is_soon() {
        let read = certificate(Duration::days(30));
        assert!(!read.ends_soon(from_unix(1_800_000_000) + Duration::days(19)));
        assert!(read.ends_soon(from_unix(1_800_000_000) + Duration::days(21)));
        assert!(read.ends_soon(read.ends + Duration::days(1)));
    }

    #[test]
    fn what_is_no_certificate_says_nothing() {
        assert_eq!(Certificate::from_pem(""), None);
        assert_eq!(
            Certificate::from_pem("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
            None
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, tag: u8) {
            let _ = (element(&bytes, tag), instant(&bytes), distinguished_name(&bytes));
            let _ = Certificate::from_der(&CertificateDer::from(bytes.clone()));
            let mut der = vec![SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff];
            der.extend(bytes);
            assert_eq!(element(&der, SEQUENCE), None);
        }
    }
}

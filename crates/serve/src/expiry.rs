//! Says in good time that a certificate is about to end: certificates are read at start, and nobody looks at them later.

use domain::{Timestamp, clock::Clock};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use time::{Duration, PrimitiveDateTime, macros::format_description};

/// A certificate with less left than this is spoken of.
const SOON: Duration = Duration::days(10);
/// How often.
const INTERVAL: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// Looks at `certificates` now and once a day, for ever: each is the setting that names its file, and its PEM.
pub async fn watch(certificates: &[(&str, &str)], clock: &dyn Clock) {
    let mut interval = tokio::time::interval(INTERVAL);
    loop {
        interval.tick().await;
        for (setting, pem) in certificates {
            let Some(left) = not_after(pem).map(|end| end - clock.now()).filter(|left| *left < SOON) else {
                continue;
            };
            if left.is_positive() {
                tracing::warn!(
                    setting,
                    days_left = left.whole_days(),
                    "this certificate ends soon: replace it and restart, it is read at start only"
                );
            } else {
                tracing::error!(setting, "this certificate has ended: replace it and restart");
            }
        }
    }
}

/// Returns when the first certificate in `pem` ends, if it can be read (RFC 5280, section 4.1).
pub fn not_after(pem: &str) -> Option<Timestamp> {
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
    let (certificate, _) = element(&certificate, SEQUENCE)?;
    let (mut rest, _) = element(certificate, SEQUENCE)?;
    if let Some((_version, after)) = element(rest, VERSION) {
        rest = after;
    }
    for tag in [INTEGER, SEQUENCE, SEQUENCE] {
        // The serial number, the signature's algorithm, the issuer.
        (_, rest) = element(rest, tag)?;
    }
    let (validity, _) = element(rest, SEQUENCE)?;
    let (_, end) = instant(validity)?;
    Some(instant(end)?.0)
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
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

#[cfg(test)]
mod tests {
    use domain::clock::from_unix;
    use proptest::prelude::*;
    use seal::pki::{Authority, Usage};

    use super::*;

    fn certificate(lifetime: Duration) -> String {
        let (authority, _) = Authority::generate(from_unix(1_800_000_000)).unwrap();
        let names = ["api.example".to_owned()];
        let issued = authority.issue(&names, Usage::Server, from_unix(1_800_000_000), lifetime);
        issued.unwrap().certificate_pem
    }

    #[test]
    fn the_end_is_read_in_both_spellings_of_time() {
        // 2049 is the last year with two digits.
        for days in [1, 30, 3_650, 20_000] {
            let expected = from_unix(1_800_000_000) + Duration::days(days);
            assert_eq!(not_after(&certificate(Duration::days(days))), Some(expected), "{days}");
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_end() {
        assert_eq!(not_after(""), None);
        assert_eq!(not_after("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, tag: u8) {
            let _ = (element(&bytes, tag), instant(&bytes));
            let mut der = vec![SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff];
            der.extend(bytes);
            assert_eq!(element(&der, SEQUENCE), None);
        }
    }
}

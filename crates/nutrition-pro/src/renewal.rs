//! Asks the authority in the control plane for a part's certificate, and for the next one in good time.
//!
//! The key is made here and never leaves, except into the part's own file where one is set. While the control plane is
//! away the part goes on with what it has, says so each time it asks in vain, and stops being believed at the end.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use domain::{
    Timestamp,
    clock::{Clock, Entropy},
};
use reqwest::{Client, StatusCode};
use seal::{
    issuing::{Issued, PartKey, Request},
    pki::{CONTROL_PLANE_NAME, Part},
};
use serve::{
    certificate::Certificate,
    files::Asking,
    shown::Shown,
    tls::{self, Identity},
    trust::Authorities,
};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::data_dir;

/// A part that asks for its certificates.
pub(crate) struct Renewal {
    pub(crate) part: Part,
    pub(crate) shown: Arc<Shown>,
    pub(crate) trusted: Arc<Authorities>,
    pub(crate) asking: Asking,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// What a part was given.
struct Held {
    key: PartKey,
    certificate_pem: String,
    certificate: Certificate,
}

/// A part's certificates, renewed in the background until the process ends.
pub(crate) struct Renewing {
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Renewing {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Renewal {
    /// Gets the first certificate, waiting for it no longer than [`FIRST`], and renews it from then on.
    pub(crate) async fn begin(self) -> Renewing {
        let has_first = CancellationToken::new();
        let first = has_first.clone();
        let task = tokio::spawn(async move { self.keep(&first).await });
        // A part that starts without one says that it is not ready, which tells more than one that does not start.
        let _ = timeout(FIRST, has_first.cancelled()).await;
        Renewing { task }
    }

    async fn keep(self, has_first: &CancellationToken) {
        let mut held = self.restore();
        let mut failures = 0_u32;
        loop {
            if let Some(held) = &held {
                has_first.cancel();
                self.wait_until(due(&held.certificate, self.random())).await;
            }
            match self.ask(held.as_ref()).await {
                Ok(new) => {
                    tracing::info!(
                        part = self.part.as_str(),
                        minutes_left = new.certificate.left(self.clock.now()).whole_minutes(),
                        "took a new certificate"
                    );
                    (failures, held) = (0, Some(new));
                }
                Err(error) => {
                    failures = failures.saturating_add(1);
                    self.complain(&error, held.as_ref(), failures);
                    let is_believed =
                        held.as_ref().is_some_and(|held| held.certificate.ends > self.clock.now());
                    let longest = if is_believed { LONGEST_PAUSE } else { LONGEST_WITHOUT };
                    tokio::time::sleep(pause(failures, longest, self.random())).await;
                }
            }
        }
    }

    /// Waits on the clock and not on a timer alone: a machine may have slept.
    async fn wait_until(&self, moment: Timestamp) {
        loop {
            let left = moment - self.clock.now();
            let Ok(left) = Duration::try_from(left) else { return };
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
        }
    }

    async fn ask(&self, held: Option<&Held>) -> anyhow::Result<Held> {
        let key = PartKey::generate()?;
        let now = self.clock.now();
        let current = held.filter(|held| held.certificate.ends > now);
        let by_certificate = match current {
            Some(held) => Some(self.send(&key.next(self.part, &held.key, &held.certificate_pem)?).await),
            None => None,
        };
        let certificate_pem = match by_certificate {
            Some(Ok(certificate)) => certificate,
            // The authority may be another by now.
            Some(Err(error)) if self.asking.enrolment_file.is_none() => return Err(error),
            Some(Err(_)) | None => self.send(&key.first(self.part, &self.enrolment()?)?).await?,
        };
        self.take(key, certificate_pem)
    }

    fn enrolment(&self) -> anyhow::Result<Zeroizing<String>> {
        let file = self.asking.enrolment_file.as_ref();
        let file = file.context("no certificate that is in its time, and no enrolment to ask for one")?;
        std::fs::read_to_string(file)
            .map(Zeroizing::new)
            .with_context(|| format!("can't read the enrolment {}", file.display()))
    }

    async fn send(&self, request: &Request) -> anyhow::Result<String> {
        let host = self.asking.address.host().trim_start_matches('[').trim_end_matches(']');
        let port = self.asking.address.port_u16().unwrap_or(443);
        let addresses: Vec<SocketAddr> = timeout(DEADLINE, tokio::net::lookup_host((host, port)))
            .await
            .context("the control plane's name is not resolved in time")?
            .with_context(|| format!("can't resolve {host}"))?
            .collect();
        let client = Client::builder()
            .tls_backend_preconfigured(tls::outgoing(None, &self.trusted)?)
            .resolve_to_addrs(CONTROL_PLANE_NAME, &addresses)
            .no_proxy()
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(DEADLINE)
            .build()?;
        let url = format!("https://{CONTROL_PLANE_NAME}:{port}/certificates");
        let answer = client.post(url).json(request).send().await.context("can't reach the control plane")?;
        match answer.status() {
            StatusCode::CREATED => Ok(answer.json::<Issued>().await?.certificate),
            StatusCode::FORBIDDEN => bail!("the control plane refuses; its log says why"),
            other => bail!("the control plane answered {other}"),
        }
    }

    /// Shows what was given from now on, and keeps it where it is to be kept.
    fn take(&self, key: PartKey, certificate_pem: String) -> anyhow::Result<Held> {
        let key_pem = key.to_pem();
        let held = self.show(key, certificate_pem)?;
        if let Some(file) = &self.asking.kept_in {
            let both = Zeroizing::new(format!("{}{}", held.certificate_pem, *key_pem));
            if let Err(error) = data_dir::replace(file, &both) {
                tracing::error!(
                    error.kind = ?error.kind(),
                    "can't keep the certificate: a start while the control plane is down would be without"
                );
            }
        }
        Ok(held)
    }

    fn show(&self, key: PartKey, certificate_pem: String) -> anyhow::Result<Held> {
        let certificate = Certificate::from_pem(&certificate_pem).context("not a certificate")?;
        if !certificate.names.iter().any(|name| name == self.part.name()) {
            bail!("a certificate for another part");
        }
        let identity =
            Identity { certificate_pem: certificate_pem.clone(), key_pem: key.to_pem().to_string() };
        self.shown.replace(&identity, None)?;
        Ok(Held { key, certificate_pem, certificate })
    }

    /// Returns what was kept by an earlier process, if it is still good for something.
    fn restore(&self) -> Option<Held> {
        let both = match std::fs::read_to_string(self.asking.kept_in.as_ref()?) {
            Ok(both) => Zeroizing::new(both),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(error.kind = ?error.kind(), "can't read the certificate that was kept");
                return None;
            }
        };
        let key = PartKey::from_pem(key_of(&both)).ok();
        let held = key.and_then(|key| self.show(key, certificate_of(&both).to_owned()).ok());
        if held.is_none() {
            tracing::warn!("the certificate that was kept can't be used");
        }
        held
    }

    fn complain(&self, error: &anyhow::Error, held: Option<&Held>, failures: u32) {
        self.shown.renewal_failed();
        let part = self.part.as_str();
        let message = crate::exit::told(error);
        match held.map(|held| held.certificate.left(self.clock.now())) {
            Some(left) if left.is_positive() => tracing::warn!(
                part,
                failures,
                error.message = message,
                minutes_left = left.whole_minutes(),
                "no new certificate: going on with the one that there is"
            ),
            Some(_) => tracing::error!(
                part,
                failures,
                error.message = message,
                "no new certificate, and the one that there was has ended: no other part believes this one"
            ),
            None => tracing::error!(
                part,
                failures,
                error.message = message,
                "no certificate: no other part believes this one"
            ),
        }
    }

    fn random(&self) -> f64 {
        let mut random = [0; 1];
        self.entropy.fill(&mut random);
        f64::from(random[0]) / 256.0
    }
}

/// Returns when the next certificate is asked for: after 60 to 67 hundredths of this one's life, so that parts which
/// started together ask apart. `random` is between 0 and 1.
fn due(certificate: &Certificate, random: f64) -> Timestamp {
    certificate.begins + (certificate.ends - certificate.begins) * (0.60 + 0.066 * random)
}

/// Returns how long to wait after so many failures in a row: a second or less at first, `longest` or less at last.
fn pause(failures: u32, longest: Duration, random: f64) -> Duration {
    let pause = Duration::from_secs(1_u64 << failures.clamp(1, 7).saturating_sub(1)).min(longest);
    pause.mul_f64(0.5 + 0.5 * random)
}

/// Certificate and key stand in one file, so that one rename replaces both.
fn key_of(both: &str) -> &str {
    both.find(KEY_BEGINS).map_or("", |at| &both[at..])
}

fn certificate_of(both: &str) -> &str {
    both.find(KEY_BEGINS).map_or(both, |at| &both[..at])
}

const KEY_BEGINS: &str = "-----BEGIN PRIVATE KEY-----";
/// For the whole of one question.
const DEADLINE: Duration = Duration::from_secs(10);
/// How long a start waits for the first certificate.
const FIRST: Duration = Duration::from_secs(10);
/// Between two looks at the clock.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// Between two questions, while the certificate that there is still serves.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Between two questions, while nobody believes the part.
const LONGEST_WITHOUT: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use domain::clock::from_unix;
    use seal::{entropy::SystemEntropy, pki::Authority};
    use testkit::fixed::FixedClock;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn renewal(kept_in: Option<std::path::PathBuf>) -> (Renewal, Authority) {
        let (authority, stored) = Authority::generate(from_unix(NOW)).unwrap();
        let asking = Asking { address: "127.0.0.1:1".parse().unwrap(), enrolment_file: None, kept_in };
        let renewal = Renewal {
            part: Part::Gateway,
            shown: Shown::nothing_yet(),
            trusted: Authorities::new(&stored.certificate_pem).unwrap(),
            asking,
            clock: Arc::new(FixedClock::new(from_unix(NOW))),
            entropy: Arc::new(SystemEntropy),
        };
        (renewal, authority)
    }

    fn issue(authority: &Authority, part: Part, key: &PartKey) -> String {
        let proven = key.first(part, "").unwrap().proven().unwrap();
        authority.issue_to(part, "enrolment", &proven, from_unix(NOW), time::Duration::DAY).unwrap()
    }

    #[test]
    fn the_next_one_is_asked_for_after_two_thirds_at_the_latest_and_not_by_all_at_once() {
        let (_, authority) = renewal(None);
        let pem = issue(&authority, Part::Api, &PartKey::generate().unwrap());
        let certificate = Certificate::from_pem(&pem).unwrap();
        let (early, late) = (due(&certificate, 0.0), due(&certificate, 1.0));
        assert_eq!((early - certificate.begins).whole_minutes(), 24 * 60 * 60 / 100);
        assert!(late - early > time::Duration::hours(1));
        assert!(!certificate.ends_soon(late), "doctor would warn of each renewal");
    }

    #[test]
    fn who_asks_in_vain_waits_longer_each_time_and_never_for_long() {
        let pauses: Vec<_> = (1..12).map(|failures| pause(failures, LONGEST_PAUSE, 1.0)).collect();
        assert_eq!(pauses[0], Duration::from_secs(1));
        assert!(pauses.is_sorted());
        assert_eq!(pauses.last(), Some(&Duration::from_secs(60)));
        assert_eq!(pause(3, LONGEST_PAUSE, 0.0), Duration::from_secs(2));
        assert_eq!(pause(30, LONGEST_WITHOUT, 1.0), LONGEST_WITHOUT);
    }

    #[test]
    fn what_was_kept_serves_the_next_process_and_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("identity");
        let (first, authority) = renewal(Some(file.clone()));
        assert!(first.restore().is_none());
        let key = PartKey::generate().unwrap();
        let certificate = issue(&authority, Part::Gateway, &key);
        first.take(key, certificate.clone()).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let (second, _) = renewal(Some(file.clone()));
        assert_eq!(second.restore().unwrap().certificate_pem, certificate);
        assert_eq!(second.shown.certificate().unwrap().names, [Part::Gateway.name()]);
        std::fs::write(&file, &certificate[..100]).unwrap();
        assert!(second.restore().is_none());
    }

    #[test]
    fn a_certificate_for_another_part_is_not_shown() {
        let (renewal, authority) = renewal(None);
        let key = PartKey::generate().unwrap();
        let certificate = issue(&authority, Part::Api, &key);
        assert!(renewal.take(key, certificate).is_err());
        assert_eq!(renewal.shown.certificate(), None);
    }
}

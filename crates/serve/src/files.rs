//! Certificates and authorities from files, which are looked at again while the program runs: who renews them (an ACME
//! client, a secret store, an operator) writes the files and tells nobody.
//!
//! What can't be used changes nothing and is complained of; it may be half of a change whose other half comes next.

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use domain::{Timestamp, clock::Clock};
use http::uri::Authority;

use crate::{
    certificate::Certificate,
    config::{Settings, Variable},
    shown::Shown,
    tls::{self, Identity},
    trust::Authorities,
};

/// The files of a role.
#[derive(Debug, Default)]
pub struct Files(Vec<Watched>);

#[derive(Debug)]
struct Watched {
    setting: &'static str,
    holds: Holds,
    /// Of what is in use.
    taken: u64,
    /// Of what could not be used, and how often that was seen.
    refused: (u64, u32),
}

#[derive(Debug)]
enum Holds {
    Identity { shown: Arc<Shown>, certificate: PathBuf, key: PathBuf, ocsp: Option<PathBuf> },
    Authorities { trusted: Arc<Authorities>, file: PathBuf },
}

/// Why files were not taken.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("{0}: {1}")]
    Unreadable(String, io::Error),
    #[error(transparent)]
    Unusable(#[from] tls::Error),
    #[error("the new certificate has ended already")]
    Ended,
}

/// The settings that name the files of a certificate.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The certificate, then its issuers, PEM.
    pub certificate: &'a Variable,
    /// Its private key, PEM.
    pub key: &'a Variable,
    /// An OCSP response, DER; the file may come and go.
    pub ocsp: Option<&'a Variable>,
}

/// How a part gets its certificates from the authority in the control plane.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Host and port of the authority.
    pub address: Authority,
    /// The file with what lets it ask for its first certificate; it is read again whenever that is needed.
    pub enrolment_file: Option<PathBuf>,
    /// Where it keeps its certificate and key for a start while the control plane is away.
    pub kept_in: Option<PathBuf>,
}

/// The settings of [`Asking`].
#[derive(Clone, Copy, Debug)]
pub struct AskedBy<'a> {
    /// Host and port.
    pub address: &'a Variable,
    /// What lets it ask.
    pub enrolment: &'a Variable,
    /// Where it is kept.
    pub kept_in: &'a Variable,
}

impl Files {
    /// Reads a certificate and its key, or, where no file of a certificate is named, how they are asked for. Problems are
    /// noted in `settings`.
    pub fn identity_or_asking(
        &mut self,
        settings: &mut Settings,
        named: Named<'_>,
        asked: AskedBy<'_>,
    ) -> Option<(Arc<Shown>, Option<Asking>)> {
        let address: Option<Authority> = settings.required(asked.address);
        let (enrolment_file, kept_in) = (settings.read(asked.enrolment), settings.read(asked.kept_in));
        let has_file = settings.read::<String>(named.certificate).is_some();
        if has_file {
            return Some((self.identity(settings, named)?, None));
        }
        if enrolment_file.is_none() && kept_in.is_none() {
            settings.complain(
                named.certificate,
                format_args!("is not set, and neither is {}", asked.enrolment.name),
            );
            return None;
        }
        let Some(address) = address.filter(|address| address.port_u16().is_some()) else {
            settings.complain(asked.address, "must be a host and a port, such as 127.0.0.1:9445");
            return None;
        };
        Some((Shown::nothing_yet(), Some(Asking { address, enrolment_file, kept_in })))
    }

    /// Reads a certificate and its key. Problems are noted in `settings`.
    pub fn identity(&mut self, settings: &mut Settings, named: Named<'_>) -> Option<Arc<Shown>> {
        let (certificate, key) = (settings.required(named.certificate), settings.required(named.key));
        let ocsp = named.ocsp.and_then(|variable| settings.read(variable));
        let holds =
            Holds::Identity { shown: Shown::nothing_yet(), certificate: certificate?, key: key?, ocsp };
        let watched = self.begin(settings, named.certificate, holds)?;
        let Holds::Identity { shown, .. } = &watched.holds else { return None };
        Some(Arc::clone(shown))
    }

    /// Reads authorities. Problems are noted in `settings`.
    pub fn authorities(&mut self, settings: &mut Settings, variable: &Variable) -> Option<Arc<Authorities>> {
        let text = settings.required_file(variable)?;
        let trusted = match Authorities::new(&text) {
            Ok(trusted) => trusted,
            Err(error) => {
                settings.complain(variable, error);
                return None;
            }
        };
        let file = settings.read(variable)?;
        self.begin(settings, variable, Holds::Authorities { trusted: Arc::clone(&trusted), file })?;
        Some(trusted)
    }

    fn begin(&mut self, settings: &mut Settings, variable: &Variable, holds: Holds) -> Option<&Watched> {
        let mut watched = Watched { setting: variable.name, holds, taken: 0, refused: (0, 0) };
        // A certificate that has ended is no reason not to start: that it has is said all the time.
        match watched.read().map(|read| (read.fingerprint(), watched.take(read, None))) {
            Ok((taken, Ok(()))) => watched.taken = taken,
            Ok((_, Err(error))) | Err(error) => {
                settings.complain(variable, error);
                return None;
            }
        }
        self.0.push(watched);
        self.0.last()
    }

    /// Looks at the files for ever, and takes what is new.
    pub async fn watch(self, clock: Arc<dyn Clock>) {
        let mut files = self;
        loop {
            tokio::time::sleep(INTERVAL).await;
            let now = clock.now();
            // A file system may hang.
            let looked = tokio::task::spawn_blocking(move || {
                files.look(now);
                files
            });
            match looked.await {
                Ok(back) => files = back,
                Err(_) => return tracing::error!("files of certificates are watched no longer"),
            }
        }
    }

    /// Looks at the files once, and takes what is new.
    pub fn look(&mut self, now: Timestamp) {
        for watched in &mut self.0 {
            watched.look(now);
        }
    }
}

/// What files hold.
enum Read {
    Identity(Identity, Option<Vec<u8>>),
    Authorities(String),
}

impl Read {
    fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        match self {
            Self::Identity(Identity { certificate_pem, key_pem }, ocsp) => {
                (certificate_pem, key_pem, ocsp).hash(&mut hasher);
            }
            Self::Authorities(pem) => pem.hash(&mut hasher),
        }
        hasher.finish()
    }
}

impl Watched {
    fn look(&mut self, now: Timestamp) {
        let read = self.read();
        let fingerprint = read.as_ref().map_or(0, Read::fingerprint);
        if fingerprint == self.taken {
            self.refused = (0, 0);
            return;
        }
        if let Err(error) = read.and_then(|read| self.take(read, Some(now))) {
            return self.complain(fingerprint, &error);
        }
        (self.taken, self.refused) = (fingerprint, (0, 0));
        match &self.holds {
            Holds::Identity { shown, .. } => {
                let hours = shown.certificate().map(|certificate| certificate.left(now).whole_hours());
                tracing::info!(setting = self.setting, hours_left = hours, "took a new certificate");
            }
            Holds::Authorities { .. } => tracing::info!(setting = self.setting, "took new authorities"),
        }
    }

    fn read(&self) -> Result<Read, Refused> {
        let text = |path: &Path| fs::read_to_string(path).map_err(|error| unreadable(path, error));
        match &self.holds {
            Holds::Identity { certificate, key, ocsp, .. } => {
                let identity = Identity { certificate_pem: text(certificate)?, key_pem: text(key)? };
                // Clients go on without it: one that is missing or no DER is no reason to stay with an old certificate.
                let ocsp = ocsp.as_ref().and_then(|path| fs::read(path).ok());
                Ok(Read::Identity(identity, ocsp.filter(|der| der.first() == Some(&0x30))))
            }
            Holds::Authorities { file, .. } => Ok(Read::Authorities(text(file)?)),
        }
    }

    /// Puts in use what was read. With `now`, what has ended is not taken.
    fn take(&self, read: Read, now: Option<Timestamp>) -> Result<(), Refused> {
        match (read, &self.holds) {
            (Read::Identity(identity, ocsp), Holds::Identity { shown, .. }) => {
                let new = Certificate::from_pem(&identity.certificate_pem);
                if now.is_some_and(|now| new.is_some_and(|new| new.ends <= now)) {
                    return Err(Refused::Ended);
                }
                Ok(shown.replace(&identity, ocsp)?)
            }
            (Read::Authorities(pem), Holds::Authorities { trusted, .. }) => Ok(trusted.replace(&pem)?),
            _ => Ok(()),
        }
    }

    /// Says once the same was seen twice, and again now and then, that new files can't be used.
    fn complain(&mut self, fingerprint: u64, error: &Refused) {
        self.refused = match self.refused {
            (same, times) if same == fingerprint => (same, times.saturating_add(1)),
            _ => (fingerprint, 1),
        };
        if self.refused.1 % REMINDER != 2 {
            return;
        }
        if let Holds::Identity { shown, .. } = &self.holds {
            shown.renewal_failed();
        }
        tracing::warn!(
            setting = self.setting,
            error.message = %error,
            "the new file can't be used: going on with what it held before"
        );
    }
}

fn unreadable(path: &Path, error: io::Error) -> Refused {
    Refused::Unreadable(path.display().to_string(), error)
}

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_secs(10);
/// So many looks are about an hour.
const REMINDER: u32 = 360;

#[cfg(test)]
mod tests {
    use domain::clock::from_unix;
    use seal::pki::{self, CertifiedKey, Usage};

    use super::*;

    const CERTIFICATE: Variable = Variable { name: "ANP_CERT_FILE", default: None, meaning: "" };
    const KEY: Variable = Variable { name: "ANP_KEY_FILE", default: None, meaning: "" };
    const OCSP: Variable = Variable { name: "ANP_OCSP_FILE", default: None, meaning: "" };
    const AUTHORITY: Variable = Variable { name: "ANP_AUTHORITY_FILE", default: None, meaning: "" };

    fn now() -> Timestamp {
        from_unix(1_800_000_000)
    }

    /// A folder with a certificate, and what was read of it.
    struct Folder {
        path: PathBuf,
        authority: pki::Authority,
    }

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("anp-files-{}-{name}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            let (authority, stored) = pki::Authority::generate(now()).unwrap();
            fs::write(path.join("authority.pem"), &stored.certificate_pem).unwrap();
            Self { path, authority }
        }

        fn issue(&self, name: &str) -> CertifiedKey {
            self.authority.issue(&[name.to_owned()], Usage::Server, now(), time::Duration::days(1)).unwrap()
        }

        fn write(&self, pair: &CertifiedKey) {
            fs::write(self.path.join("pem"), &pair.certificate_pem).unwrap();
            fs::write(self.path.join("key"), &*pair.key_pem).unwrap();
        }

        fn settings(&self) -> Settings {
            let path = |name: &str| self.path.join(name).display().to_string();
            Settings::new([
                (CERTIFICATE.name.to_owned(), path("pem")),
                (KEY.name.to_owned(), path("key")),
                (OCSP.name.to_owned(), path("ocsp")),
                (AUTHORITY.name.to_owned(), path("authority.pem")),
            ])
        }

        fn read(&self) -> (Files, Arc<Shown>) {
            let mut files = Files::default();
            let named = Named { certificate: &CERTIFICATE, key: &KEY, ocsp: Some(&OCSP) };
            let shown = files.identity(&mut self.settings(), named).unwrap();
            (files, shown)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.path);
        }
    }

    fn names(shown: &Shown) -> Vec<String> {
        shown.certificate().unwrap().names
    }

    #[test]
    fn new_files_are_taken_while_the_program_runs_and_same_ones_are_not() {
        let folder = Folder::new("taken");
        folder.write(&folder.issue("one.example"));
        let (mut files, shown) = folder.read();
        files.look(now());
        assert_eq!(shown.changes(), 1);
        folder.write(&folder.issue("two.example"));
        files.look(now());
        assert_eq!(names(&shown), ["two.example"]);
        fs::write(folder.path.join("ocsp"), [0x30, 0]).unwrap();
        files.look(now());
        assert_eq!(shown.changes(), 3, "an OCSP response that came was not taken");
    }

    #[test]
    fn broken_cut_foreign_ended_and_missing_files_change_nothing() {
        let folder = Folder::new("broken");
        folder.write(&folder.issue("one.example"));
        let (mut files, shown) = folder.read();
        let other = folder.issue("other.example");
        let mut refused = |certificate: Option<&str>, at: Timestamp| {
            match certificate {
                Some(text) => fs::write(folder.path.join("pem"), text).unwrap(),
                None => fs::remove_file(folder.path.join("pem")).unwrap(),
            }
            for _ in 0..3 {
                files.look(at);
                assert_eq!(names(&shown), ["one.example"], "{certificate:?}");
            }
        };
        // The key of another certificate is what a change looks like half-way.
        refused(Some(&other.certificate_pem), now());
        refused(Some(&other.certificate_pem[..300]), now());
        refused(Some("nonsense"), now());
        refused(Some(""), now());
        refused(None, now());
        assert_eq!(shown.failures(), 5, "each was to be complained of once");
        folder.write(&other);
        files.look(now() + time::Duration::days(2));
        assert_eq!(names(&shown), ["one.example"], "a certificate that has ended was taken");
        files.look(now());
        assert_eq!(names(&shown), ["other.example"]);
        assert_eq!(shown.failures(), 0);
    }

    #[test]
    fn authorities_are_taken_and_broken_ones_are_not() {
        let folder = Folder::new("authorities");
        let (mut files, mut settings) = (Files::default(), folder.settings());
        let trusted = files.authorities(&mut settings, &AUTHORITY).unwrap();
        fs::write(folder.path.join("authority.pem"), "nonsense").unwrap();
        files.look(now());
        let before = trusted.changes();
        let (_, stored) = pki::Authority::generate(now()).unwrap();
        fs::write(folder.path.join("authority.pem"), &stored.certificate_pem).unwrap();
        files.look(now());
        assert_eq!(trusted.changes(), before + 1);
    }

    #[test]
    fn files_that_can_not_be_used_are_named_at_start() {
        let folder = Folder::new("start");
        let mut settings = folder.settings();
        let named = Named { certificate: &CERTIFICATE, key: &KEY, ocsp: None };
        assert!(Files::default().identity(&mut settings, named).is_none());
        let problems = settings.finish([&CERTIFICATE, &KEY, &OCSP, &AUTHORITY]).unwrap_err().0;
        assert!(problems[0].starts_with(CERTIFICATE.name), "{problems:?}");
    }
}

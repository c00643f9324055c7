//! The folder that `up` keeps everything in, and what its first start makes.
//!
//! Nothing that exists is ever written again, so that a start that was interrupted is completed by the next one.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use data_encoding::BASE64URL_NOPAD;
use domain::{Timestamp, clock::Entropy};
use seal::{
    enrolment::EnrolmentKey,
    pki::{Authority, CertifiedKey, Part, Usage},
    token::SigningKey,
};
use serve::config::{Settings, Variable};
use time::Duration;
use zeroize::Zeroizing;

/// How long the certificate for `localhost` is valid.
const EDGE_LIFETIME: Duration = Duration::days(30);
/// One older than this is replaced, at a start and while `up` serves.
const RENEW_AFTER: Duration = Duration::days(10);
/// How long the parts of one process may ask for their first certificates; anew with each start.
const ENROLMENT_LIFETIME: Duration = Duration::days(365);

/// The folder.
#[derive(Clone, Debug)]
pub(crate) struct DataDir {
    root: PathBuf,
}

/// Held while a process serves from the folder; released with the process.
pub(crate) struct Lock {
    _file: fs::File,
}

impl DataDir {
    /// Opens the folder for serving: makes what is missing in it and locks it against a second server.
    pub(crate) fn prepare(
        root: &Path,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> anyhow::Result<(Self, Lock)> {
        let directory = Self::at(root).with_context(|| unwritable(root))?;
        let lock = directory.lock()?;
        directory.make_secrets(entropy).with_context(|| unwritable(root))?;
        directory.make_authority(now, entropy).with_context(|| unwritable(root))?;
        directory.renew_edge(now).with_context(|| unwritable(root))?;
        directory.enrol(now, entropy).with_context(|| unwritable(root))?;
        Ok((directory, lock))
    }

    /// Opens the folder of a server that was started before, for commands beside it.
    pub(crate) fn existing(root: &Path) -> Option<Self> {
        let root = fs::canonicalize(root).ok()?;
        root.join(SECRETS).join("key-pepper").exists().then_some(Self { root })
    }

    fn at(root: &Path) -> io::Result<Self> {
        for part in PARTS {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(root.join(part))?;
            // The folder may have been there before, open to others.
            fs::set_permissions(root.join(part), fs::Permissions::from_mode(0o700))?;
        }
        // Absolute, so that what is printed can be used from another folder.
        Ok(Self { root: fs::canonicalize(root)? })
    }

    fn lock(&self) -> anyhow::Result<Lock> {
        let path = self.root.join("lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.with_context(|| unwritable(&self.root))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(fs::TryLockError::WouldBlock) => bail!(
                "another process serves from {}: stop it, or choose another folder with --data-dir",
                self.root.display()
            ),
            Err(fs::TryLockError::Error(error)) => Err(error).with_context(|| unwritable(&self.root)),
        }
    }

    /// Returns the path of `name` in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Returns the certificate of the local authority.
    pub(crate) fn authority_file(&self) -> PathBuf {
        self.path(AUTHORITY)
    }

    /// Returns the file of the demo's API key.
    pub(crate) fn demo_key_file(&self) -> PathBuf {
        self.path("demo/api-key")
    }

    /// Tells `settings` where everything in the folder is; what the environment says goes first.
    pub(crate) fn configure(&self, settings: &mut Settings) {
        use api::config as api;
        use control_plane::config as control_plane;
        use gateway::config as gateway;
        let files: [(&Variable, &str); 20] = [
            (&control_plane::CERT_FILE, "pki/edge.pem"),
            (&control_plane::KEY_FILE, "pki/edge.key"),
            (&control_plane::AUTHORITY_FILE, AUTHORITY),
            (&control_plane::AUTHORITY_KEY_FILE, AUTHORITY_KEY),
            (&control_plane::MASTER_KEY_FILE, CONTROL_PLANE_MASTER_KEY),
            (&control_plane::SIGNING_KEY_FILE, "secrets/policy-signing-key"),
            (&control_plane::PEPPER_FILE, "secrets/key-pepper"),
            (&gateway::CERT_FILE, "pki/edge.pem"),
            (&gateway::KEY_FILE, "pki/edge.key"),
            (&gateway::ENROLMENT_FILE, "secrets/gateway-enrolment"),
            (&gateway::AUTHORITY_FILE, AUTHORITY),
            (&gateway::POLICY_PUBLIC_KEY_FILE, "secrets/policy-public-key"),
            (&gateway::SNAPSHOT_FILE, "gateway/policy-snapshot"),
            (&gateway::KEY_PEPPER_FILE, "secrets/key-pepper"),
            (&gateway::CONTEXT_KEY_FILE, "secrets/context-key"),
            (&api::ENROLMENT_FILE, "secrets/api-enrolment"),
            (&api::AUTHORITY_FILE, AUTHORITY),
            (&api::CONTEXT_PUBLIC_KEY_FILE, "secrets/context-public-key"),
            (&api::MASTER_KEY_FILE, "secrets/master-key"),
            (&api::DATABASE_URL, "api.db"),
        ];
        for (variable, name) in files {
            let path = self.path(name).display().to_string();
            let is_database = variable.name == api::DATABASE_URL.name;
            settings.set_default(variable, if is_database { format!("sqlite://{path}") } else { path });
        }
        self.configure_database(settings);
        // Moved together: whoever moves a part's address need not tell the gateway too.
        for (part, dialled) in [
            (&api::ADDR, &gateway::UPSTREAM_ADDR),
            (&control_plane::FEED_ADDR, &gateway::POLICY_ADDR),
            (&control_plane::AUTHORITY_ADDR, &gateway::AUTHORITY_ADDR),
            (&control_plane::AUTHORITY_ADDR, &api::AUTHORITY_ADDR),
        ] {
            if let Some(address) = settings.read::<String>(part) {
                settings.set_default(dialled, address);
            }
        }
    }

    /// Tells `settings` where the control-plane database and the pepper are: all that onboarding needs.
    pub(crate) fn configure_database(&self, settings: &mut Settings) {
        use control_plane::config as control_plane;
        let database = format!("sqlite://{}", self.path("control-plane.db").display());
        settings.set_default(&control_plane::DATABASE_URL, database);
        let pepper = self.path("secrets/key-pepper").display().to_string();
        settings.set_default(&control_plane::PEPPER_FILE, pepper);
        let master_key = self.path(CONTROL_PLANE_MASTER_KEY).display().to_string();
        settings.set_default(&control_plane::MASTER_KEY_FILE, master_key);
    }

    fn make_secrets(&self, entropy: &dyn Entropy) -> anyhow::Result<()> {
        let names =
            ["master-key", "control-plane-master-key", "key-pepper", "policy-signing-key", "context-key"];
        for name in names {
            let path = self.root.join(SECRETS).join(name);
            if !path.exists() {
                create(&path, &BASE64URL_NOPAD.encode(&*SigningKey::new_seed(entropy)))?;
            }
        }
        for (private, public) in
            [("policy-signing-key", "policy-public-key"), ("context-key", "context-public-key")]
        {
            let path = self.root.join(SECRETS).join(public);
            if !path.exists() {
                let seed = fs::read_to_string(self.root.join(SECRETS).join(private))?;
                let seed = BASE64URL_NOPAD.decode(seed.trim().as_bytes()).context("a damaged key file")?;
                create(&path, &SigningKey::from_seed(&seed)?.verifying_key().to_text())?;
            }
        }
        Ok(())
    }

    /// Makes the private authority. Its key is on disk sealed only.
    fn make_authority(&self, now: Timestamp, entropy: &dyn Entropy) -> anyhow::Result<()> {
        let (certificate, sealed) = (self.authority_file(), self.path(AUTHORITY_KEY));
        let master_key = self.control_plane_master_key()?;
        let seal = |key_pem: &str| -> anyhow::Result<()> {
            let text = control_plane::config::seal_authority(key_pem, &master_key, entropy)?;
            Ok(replace(&sealed, &text)?)
        };
        let in_clear = self.path("pki/authority.key");
        if !certificate.exists() {
            // The certificate is written last: without it, the next start makes a new authority.
            let (_, stored) = Authority::generate(now)?;
            seal(&stored.key_pem)?;
            replace(&certificate, &stored.certificate_pem)?;
        } else if in_clear.exists() {
            // Earlier versions kept it so, and certificates of the parts with it.
            seal(&Zeroizing::new(fs::read_to_string(&in_clear)?))?;
        }
        for name in FORMER {
            match fs::remove_file(self.path(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Replaces the certificate for `localhost` where it is old or of another authority.
    pub(crate) fn renew_edge(&self, now: Timestamp) -> anyhow::Result<()> {
        let certificate = self.path("pki/edge.pem");
        if is_fresh(&certificate, &self.authority_file(), now) {
            return Ok(());
        }
        let sealed = fs::read_to_string(self.path(AUTHORITY_KEY))?;
        let authority = control_plane::config::open_authority(&sealed, &self.control_plane_master_key()?);
        let authority =
            authority.context("the authority's key does not open with control-plane-master-key")?;
        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let CertifiedKey { certificate_pem, key_pem } =
            authority.issue(&names, Usage::Server, now, EDGE_LIFETIME)?;
        replace(&self.path("pki/edge.key"), &key_pem)?;
        replace(&certificate, &certificate_pem)?;
        Ok(())
    }

    /// Lets the parts that start from this folder ask for their first certificates.
    fn enrol(&self, now: Timestamp, entropy: &dyn Entropy) -> anyhow::Result<()> {
        let key = EnrolmentKey::new(&self.control_plane_master_key()?)?;
        for part in [Part::Gateway, Part::Api] {
            let (text, _) = key.enrol(part, false, now, now + ENROLMENT_LIFETIME, entropy);
            replace(&self.path(&format!("secrets/{}-enrolment", part.as_str())), &text)?;
        }
        Ok(())
    }

    fn control_plane_master_key(&self) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        let text = Zeroizing::new(fs::read_to_string(self.path(CONTROL_PLANE_MASTER_KEY))?);
        BASE64URL_NOPAD.decode(text.trim().as_bytes()).map(Zeroizing::new).context("a damaged key file")
    }
}

/// The folder itself first: once it is closed, nobody else changes anything in it.
const PARTS: [&str; 5] = ["", SECRETS, PKI, GATEWAY, DEMO];
const SECRETS: &str = "secrets";
const PKI: &str = "pki";
const GATEWAY: &str = "gateway";
const DEMO: &str = "demo";
const AUTHORITY: &str = "pki/authority.pem";
const AUTHORITY_KEY: &str = "pki/authority.sealed";
const CONTROL_PLANE_MASTER_KEY: &str = "secrets/control-plane-master-key";
/// What earlier versions kept in clear, and nothing reads any more.
const FORMER: [&str; 7] = [
    "pki/authority.key",
    "pki/gateway.pem",
    "pki/gateway.key",
    "pki/api.pem",
    "pki/api.key",
    "pki/policy-feed.pem",
    "pki/policy-feed.key",
];

/// Tells whether a certificate was made after the authority and lately enough.
fn is_fresh(certificate: &Path, authority: &Path, now: Timestamp) -> bool {
    let written = |path: &Path| {
        let modified = fs::metadata(path).and_then(|metadata| metadata.modified()).ok()?;
        Some(Timestamp::from(modified))
    };
    match (written(certificate), written(authority)) {
        (Some(certificate), Some(authority)) => {
            certificate >= authority
                && (now - RENEW_AFTER..=now + Duration::minutes(5)).contains(&certificate)
        }
        _ => false,
    }
}

fn unwritable(root: &Path) -> String {
    format!(
        "can't use {} as data directory: make it writable for this user, or choose another with --data-dir",
        root.display()
    )
}

/// Writes a file that must not exist, readable by its owner only.
fn create(path: &Path, contents: &str) -> io::Result<()> {
    write(path, contents, false)
}

/// Writes a file readable by its owner only, in one step, whatever was there.
pub(crate) fn replace(path: &Path, contents: &str) -> io::Result<()> {
    write(path, contents, true)
}

fn write(path: &Path, contents: &str, replace: bool) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    // What a crash may have left; made anew so that it is ours, for us only, and no link to elsewhere.
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&unfinished)?;
    file.write_all(contents.as_bytes())?;
    file.sync_all()?;
    if replace {
        fs::rename(&unfinished, path)
    } else {
        // A hard link fails where a file exists, so that no secret in use is ever replaced.
        fs::hard_link(&unfinished, path)?;
        fs::remove_file(&unfinished)
    }
}

#[cfg(test)]
mod tests {
    use domain::clock::from_unix;
    use seal::entropy::SystemEntropy;

    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("anp-data-dir-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        path
    }

    fn now() -> Timestamp {
        use domain::clock::Clock as _;
        serve::clock::SystemClock.now()
    }

    #[test]
    fn the_second_start_changes_no_file() {
        let root = scratch("twice");
        let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
        let names = [
            "secrets/master-key",
            "secrets/key-pepper",
            "pki/authority.pem",
            "pki/edge.pem",
            "pki/authority.sealed",
        ];
        drop(DataDir::prepare(&root, now(), &SystemEntropy).unwrap());
        let first = names.map(read);
        drop(DataDir::prepare(&root, now(), &SystemEntropy).unwrap());
        assert_eq!(names.map(read), first);
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn secrets_are_for_their_owner_only() {
        let root = scratch("modes");
        let (directory, _lock) = DataDir::prepare(&root, now(), &SystemEntropy).unwrap();
        for name in
            ["secrets/master-key", "secrets/context-key", "pki/authority.sealed", "secrets/gateway-enrolment"]
        {
            let mode = fs::metadata(directory.path(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn a_folder_that_was_open_to_others_is_closed_and_no_link_in_it_followed() {
        let (root, elsewhere) = (scratch("open"), scratch("elsewhere"));
        fs::create_dir_all(root.join(SECRETS)).unwrap();
        fs::write(&elsewhere, "kept").unwrap();
        for part in ["", SECRETS] {
            fs::set_permissions(root.join(part), fs::Permissions::from_mode(0o777)).unwrap();
        }
        std::os::unix::fs::symlink(&elsewhere, root.join("secrets/master-key.unfinished")).unwrap();
        drop(DataDir::prepare(&root, now(), &SystemEntropy).unwrap());
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "kept");
        for part in PARTS {
            let mode = fs::metadata(root.join(part)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{part}");
        }
        fs::remove_dir_all(&root).unwrap();
        fs::remove_file(&elsewhere).unwrap();
    }

    #[test]
    fn a_second_server_is_refused_and_told_why() {
        let root = scratch("lock");
        let (_directory, _lock) = DataDir::prepare(&root, now(), &SystemEntropy).unwrap();
        let error = DataDir::prepare(&root, now(), &SystemEntropy).err().unwrap();
        assert!(format!("{error:#}").contains("--data-dir"), "{error:#}");
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn old_certificates_are_replaced_and_the_authority_kept() {
        let root = scratch("renew");
        drop(DataDir::prepare(&root, now(), &SystemEntropy).unwrap());
        let before = fs::read_to_string(root.join("pki/edge.pem")).unwrap();
        let authority = fs::read_to_string(root.join(AUTHORITY)).unwrap();
        drop(DataDir::prepare(&root, now() + RENEW_AFTER + Duration::hours(1), &SystemEntropy).unwrap());
        assert_ne!(fs::read_to_string(root.join("pki/edge.pem")).unwrap(), before);
        assert_eq!(fs::read_to_string(root.join(AUTHORITY)).unwrap(), authority);
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn the_authoritys_key_is_nowhere_in_clear_also_not_from_an_earlier_version() {
        let root = scratch("sealed");
        let (directory, lock) = DataDir::prepare(&root, now(), &SystemEntropy).unwrap();
        // As an earlier version left it.
        let (_, earlier) = Authority::generate(now()).unwrap();
        fs::write(root.join("pki/authority.key"), &*earlier.key_pem).unwrap();
        fs::write(root.join(AUTHORITY), &earlier.certificate_pem).unwrap();
        fs::write(root.join("pki/gateway.key"), "key").unwrap();
        // Files of one moment have one time; the authority's is the later one.
        let edge = OpenOptions::new().write(true).open(root.join("pki/edge.pem")).unwrap();
        let written = edge.metadata().unwrap().modified().unwrap();
        edge.set_modified(written - std::time::Duration::from_secs(1)).unwrap();
        drop((directory, lock));
        let (directory, _lock) = DataDir::prepare(&root, now(), &SystemEntropy).unwrap();
        for entry in fs::read_dir(root.join("pki")).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            assert!(!text.contains("PRIVATE KEY") || path.ends_with("edge.key"), "{path:?}");
        }
        let sealed = fs::read_to_string(directory.path(AUTHORITY_KEY)).unwrap();
        let key = directory.control_plane_master_key().unwrap();
        assert!(control_plane::config::open_authority(&sealed, &key).is_some());
        assert!(control_plane::config::open_authority(&sealed, &[0; 32]).is_none());
        let edge = fs::read_to_string(root.join("pki/edge.pem")).unwrap();
        let trusted = serve::trust::Authorities::new(&earlier.certificate_pem).unwrap();
        let vouched =
            trusted.vouch(&edge, serve::trust::Used::ToServe, "localhost", (b"", b""), now()).unwrap_err();
        assert!(vouched.to_string().contains("not signed by the certificate's key"), "{vouched}");
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn an_unusable_folder_is_named() {
        let error = DataDir::prepare(Path::new("/proc/nowhere"), from_unix(0), &SystemEntropy).err().unwrap();
        assert!(format!("{error:#}").contains("/proc/nowhere"));
    }
}

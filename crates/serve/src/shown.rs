//! What a part shows of itself in a TLS handshake: a certificate and its key, replaced while the part runs.
//!
//! A handshake takes what is there at that moment; connections that stand are not touched by a change.

use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use rustls::{
    SignatureScheme,
    client::ResolvesClientCert,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use crate::{
    certificate::Certificate,
    tls::{Error, Identity, provider, unusable},
};

/// A certificate and its key, or nothing yet.
#[derive(Default)]
pub struct Shown {
    current: RwLock<Option<Current>>,
    changes: AtomicU64,
    failures: AtomicU32,
}

#[derive(Clone)]
struct Current {
    key: Arc<CertifiedKey>,
    certificate: Certificate,
}

impl Shown {
    /// Returns one that shows nothing yet: handshakes fail until something is there.
    pub fn nothing_yet() -> Arc<Self> {
        Arc::default()
    }

    /// Returns one that shows `identity`.
    ///
    /// # Errors
    /// [`Error`] when certificate and key can't be used or don't fit.
    pub fn new(identity: &Identity) -> Result<Arc<Self>, Error> {
        let shown = Self::nothing_yet();
        shown.replace(identity, None)?;
        Ok(shown)
    }

    /// Shows `identity` from now on, with an OCSP response (DER, RFC 6960) stapled to it if there is one. What can't be
    /// used changes nothing.
    ///
    /// # Errors
    /// [`Error`] when certificate and key can't be used or don't fit.
    pub fn replace(&self, identity: &Identity, ocsp: Option<Vec<u8>>) -> Result<(), Error> {
        let current = read(identity, ocsp)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(current);
        self.changes.fetch_add(1, Ordering::Release);
        self.failures.store(0, Ordering::Relaxed);
        Ok(())
    }

    /// Returns what the certificate says, if there is one.
    pub fn certificate(&self) -> Option<Certificate> {
        self.current().map(|current| current.certificate)
    }

    /// Returns how often it was replaced: another number, another certificate.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Notes that a newer certificate was due and did not come.
    pub fn renewal_failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how often in a row a newer certificate was due and did not come.
    pub fn failures(&self) -> u32 {
        self.failures.load(Ordering::Relaxed)
    }

    fn current(&self) -> Option<Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn key(&self) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().map(|current| Arc::clone(&current.key))
    }
}

fn read(identity: &Identity, ocsp: Option<Vec<u8>>) -> Result<Current, Error> {
    let chain = CertificateDer::pem_slice_iter(identity.certificate_pem.as_bytes());
    let chain = chain.collect::<Result<Vec<_>, _>>()?;
    let first = chain.first().ok_or_else(|| unusable("no certificate in the file"))?;
    let certificate = Certificate::from_der(first).ok_or_else(|| unusable("not an X.509 certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes())?;
    let mut key = CertifiedKey::from_der(chain, key, &provider()).map_err(unusable)?;
    key.ocsp = ocsp;
    Ok(Current { key: Arc::new(key), certificate })
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.key()
    }
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.key()
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").field("certificate", &self.certificate()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use domain::clock::from_unix;
    use seal::pki::{Authority, Usage};

    use super::*;

    fn identity(authority: &Authority, name: &str) -> Identity {
        let now = from_unix(1_800_000_000);
        let issued =
            authority.issue(&[name.to_owned()], Usage::Server, now, time::Duration::days(1)).unwrap();
        Identity { certificate_pem: issued.certificate_pem, key_pem: issued.key_pem.to_string() }
    }

    #[test]
    fn what_can_not_be_used_changes_nothing() {
        let (authority, _) = Authority::generate(from_unix(1_800_000_000)).unwrap();
        let (one, other) = (identity(&authority, "one.example"), identity(&authority, "other.example"));
        let shown = Shown::new(&one).unwrap();
        let mixed = Identity { certificate_pem: other.certificate_pem.clone(), key_pem: one.key_pem.clone() };
        let cut = Identity { certificate_pem: other.certificate_pem[..200].to_owned(), ..other.clone() };
        let none = Identity { certificate_pem: String::new(), ..other.clone() };
        for broken in [mixed, cut, none] {
            assert!(shown.replace(&broken, None).is_err());
            assert_eq!(shown.certificate().unwrap().names, ["one.example"]);
            assert_eq!(shown.changes(), 1);
        }
        shown.replace(&other, Some(vec![1])).unwrap();
        assert_eq!(shown.certificate().unwrap().names, ["other.example"]);
        assert_eq!(shown.key().unwrap().ocsp.as_deref(), Some([1].as_slice()));
    }
}

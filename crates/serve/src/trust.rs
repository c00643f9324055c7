//! Whose certificates a part accepts from other parts: those of our authority, for a name. Replaced while the part runs.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::{
        WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};

use crate::tls::{Error, provider, unusable};

/// The authorities whose certificates are accepted.
#[derive(Debug)]
pub struct Authorities {
    current: RwLock<Current>,
    changes: AtomicU64,
}

#[derive(Clone, Debug)]
struct Current {
    servers: Arc<WebPkiServerVerifier>,
    clients: Arc<dyn ClientCertVerifier>,
}

impl Authorities {
    /// Returns the authorities in `pem`: one, or while one is replaced by another both.
    ///
    /// # Errors
    /// [`Error`] when one can't be used or there is none.
    pub fn new(pem: &str) -> Result<Arc<Self>, Error> {
        Ok(Arc::new(Self { current: RwLock::new(read(pem)?), changes: AtomicU64::new(0) }))
    }

    /// Accepts those of the authorities in `pem` from now on. What can't be used changes nothing.
    ///
    /// # Errors
    /// [`Error`] when one can't be used or there is none.
    pub fn replace(&self, pem: &str) -> Result<(), Error> {
        let current = read(pem)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
        self.changes.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// Returns how often they were replaced.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    fn current(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn read(pem: &str) -> Result<Current, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots.add(certificate?).map_err(unusable)?;
    }
    if roots.is_empty() {
        return Err(unusable("no authority in the file"));
    }
    let roots = Arc::new(roots);
    let servers = WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), provider());
    let clients = WebPkiClientVerifier::builder_with_provider(roots, provider());
    Ok(Current { servers: servers.build().map_err(unusable)?, clients: clients.build().map_err(unusable)? })
}

impl ServerCertVerifier for Authorities {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.current().servers.verify_server_cert(end_entity, intermediates, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.current().servers.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.current().servers.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.current().servers.supported_verify_schemes()
    }
}

/// Accepts clients whose certificate is of the authorities **and** for one of the names.
#[derive(Debug)]
pub(crate) struct NamedClients {
    authorities: Arc<Authorities>,
    names: Vec<ServerName<'static>>,
}

impl NamedClients {
    pub(crate) fn new(authorities: &Arc<Authorities>, names: &[&str]) -> Result<Self, Error> {
        let names = names
            .iter()
            .map(|name| ServerName::try_from((*name).to_owned()).map_err(unusable))
            .collect::<Result<_, _>>()?;
        Ok(Self { authorities: Arc::clone(authorities), names })
    }
}

impl ClientCertVerifier for NamedClients {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // Our parts have one certificate each and need no hint.
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let chain = self.authorities.current().clients;
        let verified = chain.verify_client_cert(end_entity, intermediates, now)?;
        let certificate =
            webpki::EndEntityCert::try_from(end_entity).map_err(|_| CertificateError::BadEncoding)?;
        if self.names.iter().any(|name| certificate.verify_is_valid_for_subject_name(name).is_ok()) {
            Ok(verified)
        } else {
            Err(CertificateError::NotValidForName.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.authorities.current().clients.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.authorities.current().clients.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.current().clients.supported_verify_schemes()
    }
}

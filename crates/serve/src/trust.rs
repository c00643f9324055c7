//! Whose certificates a part accepts from other parts: those of our authority, for a name. Replaced while the part runs.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::Timestamp;

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

/// What a certificate is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Used {
    /// To serve.
    ToServe,
    /// To call another part.
    ToCall,
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

    /// Tells whether the certificate in `pem` is of the authorities, in its time, for `name` and for what it is used for,
    /// and whether its key made `signature` (ECDSA P-256, SHA-256) of `message`.
    ///
    /// # Errors
    /// [`Error`] when one of these does not hold.
    pub fn vouch(
        &self,
        pem: &str,
        used: Used,
        name: &str,
        (message, signature): (&[u8], &[u8]),
        now: Timestamp,
    ) -> Result<(), Error> {
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes())?;
        self.accept(std::slice::from_ref(&certificate), used, name, now)?;
        let parsed = webpki::EndEntityCert::try_from(&certificate).map_err(unusable)?;
        let algorithms = provider().signature_verification_algorithms;
        let mut of_the_scheme = algorithms
            .mapping
            .iter()
            .filter(|(scheme, _)| *scheme == SignatureScheme::ECDSA_NISTP256_SHA256)
            .flat_map(|(_, algorithms)| *algorithms);
        if of_the_scheme.any(|algorithm| parsed.verify_signature(*algorithm, message, signature).is_ok()) {
            Ok(())
        } else {
            Err(unusable("not signed by the certificate's key"))
        }
    }

    /// Tells whether the first certificate in `chain` is of the authorities, in its time, for `name` and for what it is
    /// used for.
    ///
    /// # Errors
    /// [`Error`] when one of these does not hold.
    pub fn accept(
        &self,
        chain: &[CertificateDer<'_>],
        used: Used,
        name: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (certificate, issuers) = chain.split_first().ok_or_else(|| unusable("no certificate"))?;
        let seconds = u64::try_from(now.unix_timestamp()).unwrap_or_default();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let name = ServerName::try_from(name.to_owned()).map_err(unusable)?;
        let current = self.current();
        match used {
            Used::ToServe => {
                let servers = current.servers;
                servers.verify_server_cert(certificate, issuers, &name, &[], now).map_err(unusable)?;
            }
            Used::ToCall => {
                current.clients.verify_client_cert(certificate, issuers, now).map_err(unusable)?;
            }
        }
        let parsed = webpki::EndEntityCert::try_from(certificate).map_err(unusable)?;
        parsed.verify_is_valid_for_subject_name(&name).map_err(unusable)
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

#[cfg(test)]
mod tests {
    use domain::clock::from_unix;
    use seal::pki::{API_NAME, Authority, GATEWAY_NAME, Usage};

    use super::*;

    const NOW: i64 = 1_800_000_000;

    /// Returns a certificate of a day, made at [`NOW`].
    fn issue(authority: &Authority, name: &str, usage: Usage) -> CertificateDer<'static> {
        let day = time::Duration::DAY;
        let issued = authority.issue(&[name.to_owned()], usage, from_unix(NOW), day).unwrap();
        CertificateDer::from_pem_slice(issued.certificate_pem.as_bytes()).unwrap()
    }

    #[test]
    fn who_calls_is_accepted_by_name_use_time_and_authority_only() {
        let (authority, stored) = Authority::generate(from_unix(NOW)).unwrap();
        let (rogue, _) = Authority::generate(from_unix(NOW)).unwrap();
        let named =
            NamedClients::new(&Authorities::new(&stored.certificate_pem).unwrap(), &[GATEWAY_NAME]).unwrap();
        let accepted = |certificate: &CertificateDer<'_>, at: i64| {
            let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at).unwrap()));
            named.verify_client_cert(certificate, &[], now).is_ok()
        };
        let genuine = issue(&authority, GATEWAY_NAME, Usage::Client);
        assert!(accepted(&genuine, NOW));
        assert!(accepted(&genuine, NOW + 86_400));
        assert!(!accepted(&genuine, NOW + 86_401), "it has ended");
        assert!(!accepted(&genuine, NOW - 3_600), "it has not begun");
        assert!(!accepted(&issue(&authority, API_NAME, Usage::Client), NOW), "another part's");
        assert!(!accepted(&issue(&authority, GATEWAY_NAME, Usage::Server), NOW), "for another use");
        assert!(!accepted(&issue(&rogue, GATEWAY_NAME, Usage::Client), NOW), "of another authority");
    }

    #[test]
    fn who_serves_is_accepted_by_name_use_time_and_authority_only() {
        let (authority, stored) = Authority::generate(from_unix(NOW)).unwrap();
        let (rogue, _) = Authority::generate(from_unix(NOW)).unwrap();
        let trusted = Authorities::new(&stored.certificate_pem).unwrap();
        let accepted = |certificate: CertificateDer<'_>, at: i64| {
            trusted.accept(&[certificate], Used::ToServe, API_NAME, from_unix(at)).is_ok()
        };
        let genuine = issue(&authority, API_NAME, Usage::Server);
        assert!(accepted(genuine.clone(), NOW));
        assert!(!accepted(genuine, NOW + 86_401));
        assert!(!accepted(issue(&authority, GATEWAY_NAME, Usage::Server), NOW));
        assert!(!accepted(issue(&authority, API_NAME, Usage::Client), NOW));
        assert!(!accepted(issue(&rogue, API_NAME, Usage::Server), NOW));
        // An authority that is replaced stands beside its successor for a while.
        let (next, stored_next) = Authority::generate(from_unix(NOW)).unwrap();
        let both = format!("{}{}", stored.certificate_pem, stored_next.certificate_pem);
        trusted.replace(&both).unwrap();
        let of_both = [&authority, &next].map(|authority| issue(authority, API_NAME, Usage::Server));
        for certificate in of_both {
            assert!(trusted.accept(&[certificate], Used::ToServe, API_NAME, from_unix(NOW)).is_ok());
        }
    }
}

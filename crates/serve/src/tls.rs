//! TLS 1.3 settings. Peers behind the edge are accepted by name, not by any certificate of the authority.

use std::sync::Arc;

use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
    server::{
        WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    version::TLS13,
};

/// TLS settings could not be made of the files given.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file holds no certificate or no private key in PEM.
    #[error("not a PEM file of the kind needed: {0}")]
    Pem(#[from] rustls_pki_types::pem::Error),
    /// The certificate and the key don't fit, or an authority can't be used.
    #[error("unusable certificate or key: {0}")]
    Unusable(String),
}

/// A certificate chain and its private key, both PEM.
#[derive(Clone)]
pub struct Identity {
    /// The certificate, then its issuers.
    pub certificate_pem: String,
    /// The private key.
    pub key_pem: String,
}

/// Which clients a server talks to.
#[derive(Clone, Copy, Debug)]
pub enum Clients<'a> {
    /// Anybody; callers show who they are later.
    Anybody,
    /// Only who shows a certificate of this authority (PEM) for one of these DNS names.
    Named {
        /// The authority's certificate, PEM.
        authority_pem: &'a str,
        /// The accepted names.
        names: &'a [&'a str],
    },
}

/// Returns the settings of a server that offers `protocols` by ALPN.
///
/// # Errors
/// [`Error`] when certificate, key or authority can't be used.
pub fn server(identity: &Identity, clients: Clients<'_>, protocols: &[&str]) -> Result<ServerConfig, Error> {
    let builder = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])
        .map_err(unusable)?;
    let builder = match clients {
        Clients::Anybody => builder.with_no_client_auth(),
        Clients::Named { authority_pem, names } => {
            builder.with_client_cert_verifier(Arc::new(NamedClients::new(authority_pem, names)?))
        }
    };
    let (chain, key) = chain_and_key(identity)?;
    let mut config = builder.with_single_cert(chain, key).map_err(unusable)?;
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    Ok(config)
}

/// Returns the settings of a client that trusts `authority_pem` only and shows `identity` if there is one.
///
/// # Errors
/// [`Error`] when certificate, key or authority can't be used.
pub fn client(identity: Option<&Identity>, authority_pem: &str) -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])
        .map_err(unusable)?
        .with_root_certificates(roots(authority_pem)?);
    match identity {
        None => Ok(builder.with_no_client_auth()),
        Some(identity) => {
            let (chain, key) = chain_and_key(identity)?;
            builder.with_client_auth_cert(chain, key).map_err(unusable)
        }
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn unusable(error: impl std::fmt::Display) -> Error {
    Error::Unusable(error.to_string())
}

fn chain_and_key(
    identity: &Identity,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Error> {
    let chain =
        CertificateDer::pem_slice_iter(identity.certificate_pem.as_bytes()).collect::<Result<Vec<_>, _>>()?;
    Ok((chain, PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes())?))
}

fn roots(authority_pem: &str) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority_pem.as_bytes()) {
        roots.add(certificate?).map_err(unusable)?;
    }
    if roots.is_empty() { Err(Error::Unusable("no authority in the file".to_owned())) } else { Ok(roots) }
}

/// Accepts clients whose certificate is of the authority **and** for one of the names.
#[derive(Debug)]
struct NamedClients {
    chain: Arc<dyn ClientCertVerifier>,
    names: Vec<ServerName<'static>>,
}

impl NamedClients {
    fn new(authority_pem: &str, names: &[&str]) -> Result<Self, Error> {
        let chain = WebPkiClientVerifier::builder_with_provider(Arc::new(roots(authority_pem)?), provider())
            .build()
            .map_err(unusable)?;
        let names = names
            .iter()
            .map(|name| ServerName::try_from((*name).to_owned()).map_err(unusable))
            .collect::<Result<_, _>>()?;
        Ok(Self { chain, names })
    }
}

impl ClientCertVerifier for NamedClients {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chain.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let verified = self.chain.verify_client_cert(end_entity, intermediates, now)?;
        let certificate =
            webpki::EndEntityCert::try_from(end_entity).map_err(|_| rustls::CertificateError::BadEncoding)?;
        if self.names.iter().any(|name| certificate.verify_is_valid_for_subject_name(name).is_ok()) {
            Ok(verified)
        } else {
            Err(rustls::CertificateError::NotValidForName.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

//! Reads the certificate that somebody serves with: for people who look after it. Nobody is believed, and nothing is sent
//! but a greeting.

use std::{io, sync::Arc, time::Duration};

use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;

use crate::tls::{Oldest, provider, unusable};

/// Returns the certificates that are shown at `address`, a host and a port, to who asks for `name`: that of the server
/// first.
///
/// # Errors
/// When nobody answers, not in time, or not in TLS.
pub async fn certificates_at(address: &str, name: &str) -> io::Result<Vec<CertificateDer<'static>>> {
    timeout(DEADLINE, ask(address, name)).await?
}

async fn ask(address: &str, name: &str) -> io::Result<Vec<CertificateDer<'static>>> {
    let config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&Oldest::Tls12.versions())
        .map_err(|error| io::Error::other(unusable(error)))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Onlooker))
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
    let stream = TcpStream::connect(address).await?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let shown = stream.get_ref().1.peer_certificates().unwrap_or_default();
    Ok(shown.iter().map(|certificate| certificate.clone().into_owned()).collect())
}

/// Takes any certificate, to look at it. Of no use for anything that sends something.
#[derive(Debug)]
struct Onlooker;

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}

/// For the connection and the handshake.
const DEADLINE: Duration = Duration::from_secs(5);

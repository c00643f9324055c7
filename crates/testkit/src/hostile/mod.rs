//! What hostile clients send: bytes that no client library lets out, and more of them than anybody needs.
//!
//! The corpora lie in `attack/corpus`. Tests send them to a gateway of their own, `cargo xtask attack` to a started system.

pub mod corpus;
pub mod flood;
pub mod http1;
pub mod http2;

use std::{io, net::SocketAddr, sync::Arc};

use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};

/// A gateway under attack.
#[derive(Clone, Debug)]
pub struct Target {
    address: SocketAddr,
    name: ServerName<'static>,
    tls: ClientConfig,
}

impl Target {
    /// Returns the gateway at `address` that proves to be `name` by a certificate of `authority_pem`.
    ///
    /// # Errors
    /// `InvalidInput` for what is no name or no authority.
    pub fn new(address: SocketAddr, name: &str, authority_pem: &str) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        for authority in CertificateDer::pem_slice_iter(authority_pem.as_bytes()) {
            roots.add(authority.map_err(invalid)?).map_err(invalid)?;
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(invalid)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { address, name: ServerName::try_from(name.to_owned()).map_err(invalid)?, tls })
    }

    /// Opens a connection that offers `protocol` by ALPN.
    ///
    /// # Errors
    /// Those of the connection and of its handshake.
    pub async fn connect(&self, protocol: &str) -> io::Result<TlsStream<TcpStream>> {
        let mut tls = self.tls.clone();
        tls.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        TlsConnector::from(Arc::new(tls)).connect(self.name.clone(), stream).await
    }
}

fn invalid(error: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error.to_string())
}

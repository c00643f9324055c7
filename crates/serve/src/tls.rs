//! TLS settings. Peers behind the edge are accepted by name, not by any certificate of the authority.

use std::sync::Arc;

use rustls::{
    ClientConfig, ServerConfig, SupportedProtocolVersion,
    crypto::{CryptoProvider, aws_lc_rs},
    server::NoServerSessionStorage,
    version::{TLS12, TLS13},
};

use crate::{
    shown::Shown,
    trust::{Authorities, NamedClients},
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
    /// Only who shows a certificate of these authorities for one of these DNS names.
    Named {
        /// The authorities.
        authorities: &'a Arc<Authorities>,
        /// The accepted names.
        names: &'a [&'a str],
    },
}

/// The oldest version that a server speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Oldest {
    /// TLS 1.2 too, for clients that know no other.
    Tls12,
    /// TLS 1.3 and nothing else.
    #[default]
    Tls13,
}

impl Oldest {
    pub(crate) fn versions(self) -> Vec<&'static SupportedProtocolVersion> {
        match self {
            Self::Tls12 => vec![&TLS12, &TLS13],
            Self::Tls13 => vec![&TLS13],
        }
    }
}

impl std::str::FromStr for Oldest {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "1.2" => Ok(Self::Tls12),
            "1.3" => Ok(Self::Tls13),
            _ => Err("must be 1.3 or 1.2"),
        }
    }
}

/// Returns the settings of a server that shows `shown` and offers `protocols` by ALPN, TLS 1.3 only.
///
/// # Errors
/// [`Error`] when a name is not one.
pub fn server(shown: &Arc<Shown>, clients: Clients<'_>, protocols: &[&str]) -> Result<ServerConfig, Error> {
    server_from(Oldest::Tls13, shown, clients, protocols)
}

/// Like [`server`], from the version `oldest` on.
///
/// # Errors
/// [`Error`] when a name is not one.
pub fn server_from(
    oldest: Oldest,
    shown: &Arc<Shown>,
    clients: Clients<'_>,
    protocols: &[&str],
) -> Result<ServerConfig, Error> {
    let builder = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&oldest.versions())
        .map_err(unusable)?;
    let resolver = Arc::clone(shown);
    let mut config = match clients {
        Clients::Anybody => builder.with_no_client_auth().with_cert_resolver(resolver),
        Clients::Named { authorities, names } => {
            let named = Arc::new(NamedClients::new(authorities, names)?);
            let mut config = builder.with_client_cert_verifier(named).with_cert_resolver(resolver);
            // A resumed session is not verified again: a certificate would open doors after its end.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
            config
        }
    };
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    Ok(config)
}

/// Returns the settings of a client that trusts `authority_pem` only and shows `identity` if there is one.
///
/// # Errors
/// [`Error`] when certificate, key or authority can't be used.
pub fn client(identity: Option<&Identity>, authority_pem: &str) -> Result<ClientConfig, Error> {
    let shown = identity.map(Shown::new).transpose()?;
    outgoing(shown.as_ref(), &Authorities::new(authority_pem)?)
}

/// Returns the settings of a client that trusts `authorities` only and shows `shown` if there is one, TLS 1.3 only.
///
/// # Errors
/// [`Error`] when the crypto provider can't be used.
pub fn outgoing(shown: Option<&Arc<Shown>>, authorities: &Arc<Authorities>) -> Result<ClientConfig, Error> {
    let trusted: Arc<Authorities> = Arc::clone(authorities);
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&Oldest::Tls13.versions())
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(trusted);
    Ok(match shown {
        None => builder.with_no_client_auth(),
        Some(shown) => {
            let resolver: Arc<Shown> = Arc::clone(shown);
            builder.with_client_cert_resolver(resolver)
        }
    })
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

pub(crate) fn unusable(error: impl std::fmt::Display) -> Error {
    Error::Unusable(error.to_string())
}

#[cfg(test)]
mod tests {
    use domain::clock::Clock as _;
    use rustls::{ClientConnection, HandshakeKind, ServerConnection, pki_types::ServerName};
    use seal::pki::{API_NAME, Authority, GATEWAY_NAME, Usage};

    use super::*;

    struct Parts {
        authority: Authority,
        authorities: Arc<Authorities>,
    }

    impl Parts {
        fn new() -> Self {
            // TLS looks at the real clock.
            let (authority, stored) = Authority::generate(crate::clock::SystemClock.now()).unwrap();
            Self { authority, authorities: Authorities::new(&stored.certificate_pem).unwrap() }
        }

        fn shown(&self, name: &str, usage: Usage) -> Arc<Shown> {
            let now = crate::clock::SystemClock.now();
            let issued = self.authority.issue(&[name.to_owned()], usage, now, time::Duration::DAY).unwrap();
            let identity =
                Identity { certificate_pem: issued.certificate_pem, key_pem: issued.key_pem.to_string() };
            Shown::new(&identity).unwrap()
        }

        fn client(&self) -> Arc<ClientConfig> {
            Arc::new(outgoing(Some(&self.shown(GATEWAY_NAME, Usage::Client)), &self.authorities).unwrap())
        }

        fn server(&self, clients: Clients<'_>) -> Arc<ServerConfig> {
            Arc::new(server(&self.shown(API_NAME, Usage::Server), clients, &[]).unwrap())
        }
    }

    /// Returns how the two shook hands, with whatever comes after it delivered.
    fn meet(
        client: &Arc<ClientConfig>,
        server: &Arc<ServerConfig>,
    ) -> Result<Option<HandshakeKind>, rustls::Error> {
        let name = ServerName::try_from(API_NAME).unwrap();
        let mut client = ClientConnection::new(Arc::clone(client), name).unwrap();
        let mut server = ServerConnection::new(Arc::clone(server)).unwrap();
        for _ in 0..6 {
            let mut sent = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut sent).unwrap();
            }
            server.read_tls(&mut &sent[..]).unwrap();
            server.process_new_packets()?;
            let mut sent = Vec::new();
            while server.wants_write() {
                server.write_tls(&mut sent).unwrap();
            }
            client.read_tls(&mut &sent[..]).unwrap();
            client.process_new_packets()?;
        }
        Ok(client.handshake_kind())
    }

    #[test]
    fn sessions_between_the_parts_are_never_resumed() {
        let parts = Parts::new();
        let named = Clients::Named { authorities: &parts.authorities, names: &[GATEWAY_NAME] };
        for (clients, second) in [(Clients::Anybody, HandshakeKind::Resumed), (named, HandshakeKind::Full)] {
            let (client, server) = (parts.client(), parts.server(clients));
            assert_eq!(meet(&client, &server), Ok(Some(HandshakeKind::Full)));
            assert_eq!(meet(&client, &server), Ok(Some(second)), "{clients:?}");
        }
    }

    #[test]
    fn older_tls_is_not_spoken_between_the_parts() {
        let parts = Parts::new();
        let named = Clients::Named { authorities: &parts.authorities, names: &[GATEWAY_NAME] };
        let trusted = Arc::clone(&parts.authorities);
        let old = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS12])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(trusted)
            .with_client_cert_resolver(parts.shown(GATEWAY_NAME, Usage::Client));
        assert!(meet(&Arc::new(old), &parts.server(named)).is_err());
    }
}

//! What is counted of connections, before there is a request on them.

use std::io;

use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use rustls::ProtocolVersion;

/// What is counted of one listener's connections. The default is counted nowhere.
#[derive(Clone, Debug, Default)]
pub struct Connections {
    open: Gauge,
    handshakes: [Counter; Version::ALL.len()],
    failures: [Counter; Failure::ALL.len()],
    broken: Counter,
}

/// A connection, counted as open until it is dropped.
#[derive(Debug)]
pub struct Counted(Gauge);

/// The version of TLS that was agreed on.
#[derive(Clone, Copy)]
enum Version {
    Tls12,
    Tls13,
}

impl Version {
    const ALL: [Self; 2] = [Self::Tls12, Self::Tls13];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Tls12 => "1.2",
            Self::Tls13 => "1.3",
        }
    }
}

/// Why there was no TLS connection.
#[derive(Clone, Copy)]
enum Failure {
    /// The client broke off.
    BrokenOff,
    /// The client showed no certificate where one is needed, or one that is not accepted.
    Certificate,
    /// The client refused what was shown to it, or said why it gave up.
    Alert,
    /// No version or cipher in common, or no TLS at all.
    Protocol,
    /// It took too long.
    Timeout,
}

impl Failure {
    const ALL: [Self; 5] = [Self::BrokenOff, Self::Certificate, Self::Alert, Self::Protocol, Self::Timeout];

    const fn as_str(self) -> &'static str {
        match self {
            Self::BrokenOff => "broken-off",
            Self::Certificate => "certificate",
            Self::Alert => "alert",
            Self::Protocol => "protocol",
            Self::Timeout => "timeout",
        }
    }

    fn of(error: &io::Error) -> Self {
        use rustls::Error;
        match error.get_ref().and_then(|error| error.downcast_ref()) {
            None => Self::BrokenOff,
            Some(Error::InvalidCertificate(_) | Error::NoCertificatesPresented) => Self::Certificate,
            Some(Error::AlertReceived(_)) => Self::Alert,
            Some(_) => Self::Protocol,
        }
    }
}

impl Connections {
    /// Makes the series of each listener.
    pub fn register<const N: usize>(registry: &mut Registry, listeners: [&'static str; N]) -> [Self; N] {
        let open = Family::<[(&'static str, &'static str); 1], Gauge>::default();
        let handshakes = Family::<[(&'static str, &'static str); 2], Counter>::default();
        let failures = Family::<[(&'static str, &'static str); 2], Counter>::default();
        let broken = Family::<[(&'static str, &'static str); 1], Counter>::default();
        let all = listeners.map(|name| {
            let listener = ("listener", name);
            Self {
                open: open.get_or_create_owned(&[listener]),
                handshakes: Version::ALL.map(|version| {
                    handshakes.get_or_create_owned(&[listener, ("version", version.as_str())])
                }),
                failures: Failure::ALL
                    .map(|failure| failures.get_or_create_owned(&[listener, ("reason", failure.as_str())])),
                broken: broken.get_or_create_owned(&[listener]),
            }
        });
        registry.register("connections_open", "Connections at the moment, by listener", open);
        registry.register("tls_handshakes", "TLS handshakes that succeeded, by version", handshakes);
        registry.register("tls_handshake_failures", "TLS handshakes that failed, by reason", failures);
        registry.register(
            "connections_broken",
            "Connections that ended early after their handshake: unreadable HTTP, a client gone, or one too slow",
            broken,
        );
        all
    }

    /// Counts a connection that was accepted.
    pub(crate) fn opened(&self) -> Counted {
        self.open.inc();
        Counted(self.open.clone())
    }

    pub(crate) fn shook_hands(&self, version: Option<ProtocolVersion>) {
        let version = if version == Some(ProtocolVersion::TLSv1_2) { Version::Tls12 } else { Version::Tls13 };
        self.handshakes[version as usize].inc();
    }

    pub(crate) fn failed(&self, error: &io::Error) {
        self.failures[Failure::of(error) as usize].inc();
    }

    pub(crate) fn too_slow(&self) {
        self.failures[Failure::Timeout as usize].inc();
    }

    pub(crate) fn broke(&self) {
        self.broken.inc();
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

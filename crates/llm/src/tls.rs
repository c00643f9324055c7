//! The TLS side of the connection to the provider: rustls on aws-lc-rs, roots as configured.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::{Error, Misconfiguration, settings::Roots};

/// Returns a client configuration that trusts `roots`; `None` trusts nobody, for plain http.
pub(crate) fn config(roots: Option<&Roots>) -> Result<ClientConfig, Error> {
    const FAULT: Error = Error::Misconfigured(Misconfiguration::Roots);
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| FAULT)?;
    let builder = match roots {
        None => builder.with_root_certificates(RootCertStore::empty()),
        Some(Roots::Platform) => builder.with_platform_verifier().map_err(|_| FAULT)?,
        Some(Roots::File(path)) => {
            let mut store = RootCertStore::empty();
            for certificate in CertificateDer::pem_file_iter(path).map_err(|_| FAULT)? {
                store.add(certificate.map_err(|_| FAULT)?).map_err(|_| FAULT)?;
            }
            if store.is_empty() {
                return Err(FAULT);
            }
            builder.with_root_certificates(store)
        }
    };
    Ok(builder.with_no_client_auth())
}

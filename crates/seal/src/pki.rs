//! The local certificate authority and the certificates of the parts (ECDSA P-256).
//!
//! Each part has one name; peers accept a name, not just any certificate of the authority.

use domain::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PublicKeyData,
};
use serde::{Deserialize, Serialize};
use time::Duration;
use zeroize::Zeroizing;

/// The name under which the gateway shows itself to the parts behind it.
pub const GATEWAY_NAME: &str = "gateway.nutrition-pro.internal";
/// The name under which the API application serves.
pub const API_NAME: &str = "api.nutrition-pro.internal";
/// The name under which the control plane serves its policy feed.
pub const CONTROL_PLANE_NAME: &str = "control-plane.nutrition-pro.internal";

/// How long a new authority is valid.
const AUTHORITY_LIFETIME: Duration = Duration::days(3_650);
/// Certificates begin to be valid this much earlier, for clocks that are behind.
const BACKDATE: Duration = Duration::minutes(5);

/// A certificate and its private key, both PEM.
pub struct CertifiedKey {
    /// The certificate.
    pub certificate_pem: String,
    /// The private key, PKCS#8.
    pub key_pem: Zeroizing<String>,
}

/// One of the parts that know each other by certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Calls the other two.
    Gateway,
    /// Serves the gateway.
    Api,
    /// Serves gateways, and everybody who needs a certificate.
    ControlPlane,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Gateway, Self::Api, Self::ControlPlane];

    /// Returns its word in commands and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Api => "api",
            Self::ControlPlane => "control-plane",
        }
    }

    /// Returns the DNS name in its certificate.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gateway => GATEWAY_NAME,
            Self::Api => API_NAME,
            Self::ControlPlane => CONTROL_PLANE_NAME,
        }
    }

    /// Returns what its certificate is for, and for nothing else.
    pub const fn usage(self) -> Usage {
        match self {
            Self::Gateway => Usage::Client,
            Self::Api | Self::ControlPlane => Usage::Server,
        }
    }
}

/// What a certificate may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// To serve.
    Server,
    /// To call another part.
    Client,
}

/// A certificate could not be made: an unusable name, or a key that is none.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a certificate: {0}")]
pub struct Error(#[from] rcgen::Error);

/// A certificate authority that issues the certificates of the parts.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Makes a new authority, valid from `now`, and returns it with what is to be stored.
    ///
    /// # Errors
    /// [`Error`] when the key generator fails.
    pub fn generate(now: Timestamp) -> Result<(Self, CertifiedKey), Error> {
        let key = KeyPair::generate()?;
        let key_pem = Zeroizing::new(key.serialize_pem());
        let certificate_pem = authority_params(now).self_signed(&key)?.pem();
        Ok((
            Self { issuer: Issuer::new(authority_params(now), key) },
            CertifiedKey { certificate_pem, key_pem },
        ))
    }

    /// Returns the authority whose private key is `key_pem`.
    ///
    /// # Errors
    /// [`Error`] when that is not a private key.
    pub fn from_key_pem(key_pem: &str) -> Result<Self, Error> {
        // Name, usages and key identifier are the same for every authority: the dates of its own certificate are not used when it signs.
        let params = authority_params(Timestamp::UNIX_EPOCH + BACKDATE);
        Ok(Self { issuer: Issuer::new(params, KeyPair::from_pem(key_pem)?) })
    }

    /// Issues a certificate for `names` (DNS names or IP addresses), valid from `now` for `lifetime`.
    ///
    /// # Errors
    /// [`Error`] when a name is not one.
    pub fn issue(
        &self,
        names: &[String],
        usage: Usage,
        now: Timestamp,
        lifetime: Duration,
    ) -> Result<CertifiedKey, Error> {
        let key = KeyPair::generate()?;
        let certificate_pem = self.certify(&key, names, None, usage, now - BACKDATE, now + lifetime)?;
        Ok(CertifiedKey { certificate_pem, key_pem: Zeroizing::new(key.serialize_pem()) })
    }

    /// Issues a certificate of `lifetime` in all for a part whose public key is `key`, which names the enrolment that it
    /// goes back to. It began a little before `now`, for clocks that are behind.
    ///
    /// # Errors
    /// [`Error`] when the certificate can't be signed.
    pub(crate) fn certify_part(
        &self,
        part: Part,
        enrolment: &str,
        key: &impl PublicKeyData,
        now: Timestamp,
        lifetime: Duration,
    ) -> Result<String, Error> {
        let begins = now - BACKDATE.min(lifetime / 4);
        let names = [part.name().to_owned()];
        self.certify(key, &names, Some(enrolment), part.usage(), begins, begins + lifetime)
    }

    fn certify(
        &self,
        key: &impl PublicKeyData,
        names: &[String],
        unit: Option<&str>,
        usage: Usage,
        begins: Timestamp,
        ends: Timestamp,
    ) -> Result<String, Error> {
        let mut params = CertificateParams::new(names.to_vec())?;
        params.distinguished_name = common_name(names.first().map_or("nutrition-pro", String::as_str));
        if let Some(unit) = unit {
            params.distinguished_name.push(DnType::OrganizationalUnitName, unit);
        }
        params.not_before = begins;
        params.not_after = ends;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![match usage {
            Usage::Server => ExtendedKeyUsagePurpose::ServerAuth,
            Usage::Client => ExtendedKeyUsagePurpose::ClientAuth,
        }];
        params.use_authority_key_identifier_extension = true;
        Ok(params.signed_by(key, &self.issuer)?.pem())
    }
}

fn authority_params(now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name("AI Nutrition-Pro local authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = now - BACKDATE;
    params.not_after = now + AUTHORITY_LIFETIME;
    params
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished_name = DistinguishedName::new();
    distinguished_name.push(DnType::CommonName, name);
    distinguished_name
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority")
    }
}

impl std::fmt::Debug for CertifiedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CertifiedKey")
    }
}

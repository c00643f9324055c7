//! The caller context: made by the gateway for one request, accepted by the API application once (threat A1).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;
use domain::{
    Timestamp,
    caller::{Caller, CallerContext},
    clock::Entropy,
};

use crate::{
    Error,
    token::{Purpose, SigningKey, VerifyingKey},
};

/// The header that carries the context. The gateway strips it from what clients send.
pub const HEADER: &str = "anp-context";

/// No genuine context is longer than this many bytes.
const MAX_LENGTH: usize = 8_192;

/// How many contexts of the last minute are remembered; beyond it requests are refused, never let in unchecked.
const MAX_REMEMBERED: usize = 1_000_000;

/// The request that a context is bound to.
#[derive(Clone, Copy, Debug)]
pub struct BoundRequest<'a> {
    /// The method, upper case.
    pub method: &'a str,
    /// Path and query, exactly as forwarded.
    pub target: &'a str,
    /// The body, exactly as forwarded.
    pub body: &'a [u8],
}

/// Signs the context of one request, and returns the header's value.
pub fn sign(
    key: &SigningKey,
    caller: Caller,
    request: &BoundRequest<'_>,
    request_id: &str,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> String {
    let mut nonce = [0; 16];
    entropy.fill(&mut nonce);
    let context = CallerContext {
        caller,
        method: request.method.to_owned(),
        target: request.target.to_owned(),
        body_digest: body_digest(request.body),
        request_id: request_id.to_owned(),
        nonce: BASE64URL_NOPAD.encode(&nonce),
        issued_at: now.unix_timestamp(),
    };
    key.sign(Purpose::CallerContext, &context)
}

/// Accepts each genuine context once, within its time, for the request that it is bound to.
#[derive(Debug)]
pub struct Verifier {
    key: VerifyingKey,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    expiry_by_nonce: HashMap<String, i64>,
    last_sweep: i64,
}

impl Verifier {
    /// Returns a verifier of what the owner of `key` signs.
    pub fn new(key: VerifyingKey) -> Self {
        Self { key, seen: Mutex::default() }
    }

    /// Returns the context in `header`.
    ///
    /// # Errors
    /// [`Error::DoesNotOpen`] when it is not genuine or is bound to another request, [`Error::OutsideItsTime`] when it
    /// is older or newer than [`CallerContext::LIFETIME_SECONDS`], [`Error::UsedBefore`] when it comes again.
    pub fn verify(
        &self,
        header: &str,
        request: &BoundRequest<'_>,
        now: Timestamp,
    ) -> Result<CallerContext, Error> {
        if header.len() > MAX_LENGTH {
            return Err(Error::DoesNotOpen);
        }
        let context: CallerContext = self.key.verify(Purpose::CallerContext, header)?;
        if context.method != request.method
            || context.target != request.target
            || context.body_digest != body_digest(request.body)
        {
            return Err(Error::DoesNotOpen);
        }
        let now = now.unix_timestamp();
        if context.issued_at.abs_diff(now) > CallerContext::LIFETIME_SECONDS.unsigned_abs() {
            return Err(Error::OutsideItsTime);
        }
        self.remember(&context, now)?;
        Ok(context)
    }

    fn remember(&self, context: &CallerContext, now: i64) -> Result<(), Error> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if now.abs_diff(seen.last_sweep) >= CallerContext::LIFETIME_SECONDS.unsigned_abs() {
            seen.expiry_by_nonce.retain(|_, expiry| *expiry >= now);
            seen.last_sweep = now;
        }
        if seen.expiry_by_nonce.len() >= MAX_REMEMBERED {
            return Err(Error::UsedBefore);
        }
        let expiry = context.issued_at + CallerContext::LIFETIME_SECONDS;
        match seen.expiry_by_nonce.insert(context.nonce.clone(), expiry) {
            None => Ok(()),
            Some(_) => Err(Error::UsedBefore),
        }
    }
}

fn body_digest(body: &[u8]) -> String {
    BASE64URL_NOPAD.encode(digest::digest(&digest::SHA256, body).as_ref())
}

#[cfg(test)]
mod tests {
    use domain::{clock::from_unix, ids::Id, policy::Environment, scope::Scopes};

    use super::*;
    use crate::entropy::SystemEntropy;

    const NOW: i64 = 1_800_000_000;
    const REQUEST: BoundRequest<'_> =
        BoundRequest { method: "POST", target: "/api/v1/generations?x=1", body: b"{}" };

    fn caller() -> Caller {
        Caller {
            tenant: Id::new(from_unix(NOW), &SystemEntropy),
            application: Id::new(from_unix(NOW), &SystemEntropy),
            key: "k".to_owned(),
            environment: Environment::Live,
            scopes: Scopes::all(),
            key_expires_at: None,
        }
    }

    fn pair() -> (SigningKey, Verifier) {
        let key = SigningKey::from_seed(&*SigningKey::new_seed(&SystemEntropy)).unwrap();
        let verifier = Verifier::new(key.verifying_key());
        (key, verifier)
    }

    fn signed(key: &SigningKey) -> String {
        sign(key, caller(), &REQUEST, "r-1", from_unix(NOW), &SystemEntropy)
    }

    #[test]
    fn a_context_is_accepted_once() {
        let (key, verifier) = pair();
        let header = signed(&key);
        assert_eq!(verifier.verify(&header, &REQUEST, from_unix(NOW)).unwrap().request_id, "r-1");
        assert_eq!(verifier.verify(&header, &REQUEST, from_unix(NOW + 1)), Err(Error::UsedBefore));
    }

    #[test]
    fn a_context_can_not_be_replayed_after_the_memory_is_swept() {
        let (key, verifier) = pair();
        let header = signed(&key);
        verifier.verify(&header, &REQUEST, from_unix(NOW)).unwrap();
        for later in [29, 30, 31, 60, 61] {
            assert!(verifier.verify(&header, &REQUEST, from_unix(NOW + later)).is_err(), "{later} s");
            verifier.verify(&sign_at(&key, NOW + later), &REQUEST, from_unix(NOW + later)).unwrap();
        }
    }

    fn sign_at(key: &SigningKey, now: i64) -> String {
        sign(key, caller(), &REQUEST, "r", from_unix(now), &SystemEntropy)
    }

    #[test]
    fn a_context_is_bound_to_its_request() {
        let (key, verifier) = pair();
        let header = signed(&key);
        for other in [
            BoundRequest { method: "PUT", ..REQUEST },
            BoundRequest { target: "/api/v1/generations", ..REQUEST },
            BoundRequest { body: b"{ }", ..REQUEST },
        ] {
            assert_eq!(verifier.verify(&header, &other, from_unix(NOW)), Err(Error::DoesNotOpen));
        }
    }

    #[test]
    fn a_context_too_old_or_too_new_is_refused() {
        let (key, verifier) = pair();
        for off in [-31, 31] {
            assert_eq!(
                verifier.verify(&signed(&key), &REQUEST, from_unix(NOW + off)),
                Err(Error::OutsideItsTime)
            );
        }
    }

    #[test]
    fn another_gateway_is_refused() {
        let (_, verifier) = pair();
        let (rogue, _) = pair();
        assert_eq!(verifier.verify(&signed(&rogue), &REQUEST, from_unix(NOW)), Err(Error::DoesNotOpen));
    }
}

//! Signs what tenants' webhooks are told, as Standard Webhooks 1.0 has it: HMAC-SHA-256 over id, time and body.
//!
//! The secret of a webhook is derived from the control plane's master key and the webhook's id: it is shown once to who
//! adds the webhook and stored nowhere. A webhook gets another secret by being added anew.

use std::fmt;

use aws_lc_rs::hmac;
use data_encoding::{BASE64, HEXLOWER};
use domain::{Timestamp, ids::WebhookId};
use zeroize::Zeroizing;

use crate::Error;

/// The header that tells one message from another; a message that is sent again has the same.
pub const ID: &str = "webhook-id";
/// The header with the seconds since 1970 at which the message was sent.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signature.
pub const SIGNATURE: &str = "webhook-signature";

/// What the secrets of webhooks are derived from.
pub struct WebhookKey(hmac::Key);

/// Signs the messages of one webhook.
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

impl WebhookKey {
    /// Returns the key that is derived from the control plane's master key.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] when that has not 32 bytes.
    pub fn new(master_key: &[u8]) -> Result<Self, Error> {
        if master_key.len() != 32 {
            return Err(Error::UnusableKey);
        }
        let master_key = hmac::Key::new(hmac::HMAC_SHA256, master_key);
        let derived = hmac::sign(&master_key, b"ai-nutrition-pro webhook key v1");
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref())))
    }

    /// Returns the secret of a webhook: the same each time.
    pub fn secret(&self, webhook: WebhookId) -> WebhookSecret {
        let secret = hmac::sign(&self.0, &[b"secret\0".as_slice(), webhook.uuid().as_bytes()].concat());
        WebhookSecret(Zeroizing::new(secret.as_ref().to_vec()))
    }

    /// Returns the id under which a webhook is told of an event: the same each time, and nothing is learned from it about
    /// the events of others.
    pub fn message_id(&self, webhook: WebhookId, event: i64) -> String {
        let (webhook, event) = (webhook.uuid(), event.to_be_bytes());
        let parts = [b"message\0".as_slice(), webhook.as_bytes(), &event].concat();
        format!("msg_{}", HEXLOWER.encode(&hmac::sign(&self.0, &parts).as_ref()[..16]))
    }
}

impl WebhookSecret {
    /// Returns the secret as receivers' libraries take it. Shown once, to who adds the webhook.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("whsec_{}", BASE64.encode(&self.0)))
    }

    /// Returns the value of [`SIGNATURE`].
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.0));
        context.update(format!("{id}.{}.", at.unix_timestamp()).as_bytes());
        context.update(body);
        format!("v1,{}", BASE64.encode(context.sign().as_ref()))
    }
}

impl fmt::Debug for WebhookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookKey")
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret")
    }
}

#[cfg(test)]
mod tests {
    use domain::clock::from_unix;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        // From the tests of the reference libraries.
        let secret =
            WebhookSecret(Zeroizing::new(BASE64.decode(b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()));
        let body = br#"{"test": 2432232314}"#;
        assert_eq!(
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", from_unix(1_614_265_330), body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        assert_eq!(*secret.reveal(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }

    #[test]
    fn secrets_and_ids_are_of_one_webhook_and_one_master_key() {
        let key = WebhookKey::new(&[1; 32]).unwrap();
        let id = |number| WebhookId::from_uuid(Uuid::from_u128(number));
        assert_eq!(key.secret(id(1)).reveal(), key.secret(id(1)).reveal());
        assert_ne!(key.secret(id(1)).reveal(), key.secret(id(2)).reveal());
        let other = WebhookKey::new(&[2; 32]).unwrap();
        assert_ne!(key.secret(id(1)).reveal(), other.secret(id(1)).reveal());
        assert_eq!(key.message_id(id(1), 7), key.message_id(id(1), 7));
        assert_ne!(key.message_id(id(1), 7), key.message_id(id(1), 8));
        assert_ne!(key.message_id(id(1), 7), key.message_id(id(2), 7));
        assert!(WebhookKey::new(&[1; 31]).is_err());
    }
}

//! Over TLS: only the configured issuer is trusted.

use std::{path::Path, sync::Arc};

use llm::{Cause, Client, Error, Misconfiguration, settings::Roots};
use testkit::scripted_llm::{Script, ScriptedLlm};

use crate::support::{Half, ask, client_with, settings};

fn roots(directory: &Path, pem: &str) -> Roots {
    let path = directory.join("ca.pem");
    std::fs::write(&path, pem).unwrap();
    Roots::File(path)
}

#[tokio::test]
async fn a_private_issuer_in_a_file_is_trusted() {
    let directory = tempfile::tempdir().unwrap();
    let server = ScriptedLlm::start_tls(Script::text("over TLS")).await;
    let roots = roots(directory.path(), server.ca_pem().unwrap());
    assert!(server.base_url().starts_with("https://"));
    assert_eq!(ask(&client_with(&server, |settings| settings.roots = roots)).await.unwrap().text, "over TLS");
}

#[tokio::test]
async fn another_issuer_is_not_trusted_and_sees_no_prompt() {
    let directory = tempfile::tempdir().unwrap();
    let other = ScriptedLlm::start_tls(Script::text("x")).await;
    let server = ScriptedLlm::start_tls(Script::text("x")).await;
    let roots = roots(directory.path(), other.ca_pem().unwrap());
    let error = ask(&client_with(&server, |settings| settings.roots = roots)).await.unwrap_err();
    assert_eq!(error, Error::Unavailable { cause: Cause::Connect, retry_after: None });
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn the_systems_issuers_do_not_vouch_for_a_private_one() {
    let server = ScriptedLlm::start_tls(Script::text("x")).await;
    let mut settings = settings(&server.base_url());
    settings.roots = Roots::Platform;
    // A machine without any issuers refuses at the start already.
    if let Ok(client) = Client::new(settings, Arc::new(Half)) {
        let error = ask(&client).await.unwrap_err();
        assert_eq!(error, Error::Unavailable { cause: Cause::Connect, retry_after: None });
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn roots_that_cannot_be_used_are_refused_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let missing = Roots::File(directory.path().join("missing.pem"));
    for bad in [missing, roots(directory.path(), "no certificate in here")] {
        let mut settings = settings("https://llm.example/v1");
        settings.roots = bad;
        let error = Client::new(settings, Arc::new(Half)).unwrap_err();
        assert_eq!(error, Error::Misconfigured(Misconfiguration::Roots));
    }
}

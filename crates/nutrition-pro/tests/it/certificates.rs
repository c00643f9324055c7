//! Certificates that change under a running system.

use std::{fs, path::Path, time::Instant};

use domain::clock::Clock as _;
use seal::pki::{Authority, Usage};
use serve::clock::SystemClock;

use crate::program::{Caller, PATIENCE, Up};

/// Makes another authority in `folder`, and a certificate of it for this machine.
fn other_certificate(folder: &Path) -> (String, String) {
    let now = SystemClock.now();
    let (authority, stored) = Authority::generate(now).unwrap();
    fs::write(folder.join("other.pem"), &stored.certificate_pem).unwrap();
    let names = ["localhost", "127.0.0.1"].map(str::to_owned);
    let issued = authority.issue(&names, Usage::Server, now, time::Duration::DAY).unwrap();
    (issued.certificate_pem, issued.key_pem.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_files_are_taken_while_it_serves_and_broken_ones_are_complained_of() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &[("RUST_LOG", "info")], &[]);
    let (key, gateway) = (up.key(), up.summary["gateway_url"].as_str().unwrap().to_owned());
    let (certificate, private) = other_certificate(folder.path());
    let pki = |name: &str| folder.path().join("pki").join(name);

    // The certificate of the key that is there, cut off: what a crash of whoever renews it leaves.
    let first = fs::read_to_string(pki("edge.pem")).unwrap();
    fs::write(pki("edge.pem"), &first[..first.len() / 2]).unwrap();
    let start = Instant::now();
    while !up.process.log().contains("the new file can't be used") {
        assert!(start.elapsed() < PATIENCE, "{}", up.process.log());
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(up.caller(&key).get("/me").await.0, 200);

    fs::write(pki("edge.key"), private).unwrap();
    fs::write(pki("edge.pem"), certificate).unwrap();
    let authority = folder.path().join("other.pem").display().to_string();
    Caller::new(&gateway, &authority, &key).wait_for_status(200).await;
    // Who trusts the authority from before gets no connection any more.
    assert!(up.caller(&key).request(reqwest::Method::GET, "/me").send().await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_parts_renew_their_certificates_by_those_that_they_have() {
    let folder = tempfile::tempdir().unwrap();
    let short = [("RUST_LOG", "info"), ("ANP_AUTHORITY_CERTIFICATE_SECONDS", "20")];
    let up = Up::start(folder.path(), &short, &[]);
    let caller = up.caller(&up.key());
    let start = Instant::now();
    let renewed = |part: &str| {
        let log = up.process.log();
        let by_certificate = format!("\"part\":\"{part}\",\"right\":\"certificate\"");
        log.lines().filter(|line| line.contains(&by_certificate)).count()
    };
    while renewed("gateway") == 0 || renewed("api") == 0 {
        assert!(start.elapsed() < PATIENCE, "{}", up.process.log());
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    caller.wait_for_status(200).await;
}

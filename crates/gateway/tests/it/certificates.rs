//! Certificates that are replaced while the gateway serves, and what TLS it speaks with callers.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use domain::clock::Clock as _;
use gateway::Config;
use rustls::{
    DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, ServerName, UnixTime},
    version::{TLS12, TLS13},
};
use seal::pki::{self, Usage};
use serve::{shown::Shown, tls::Oldest, trust::Authorities};
use tokio::{io::AsyncReadExt as _, net::TcpStream};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{
    client::Client,
    harness::{Served, World, identity, issue, within},
};

/// What the gateway shows and believes, taken out of its configuration as it started.
#[derive(Clone)]
struct Handles {
    edge: Arc<Shown>,
    internal: Arc<Shown>,
    authorities: Arc<Authorities>,
}

/// Has the next gateway's certificates handed out.
fn hand_out(world: &mut World) -> Arc<Mutex<Option<Handles>>> {
    let slot = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&slot);
    world.change = Box::new(move |config: &mut Config| {
        *kept.lock().unwrap() = Some(Handles {
            edge: Arc::clone(&config.edge),
            internal: Arc::clone(&config.internal),
            authorities: Arc::clone(&config.authorities),
        });
    });
    slot
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_are_replaced_under_load_and_no_request_fails() {
    const CHANGES: u32 = 40;
    let mut world = World::new().await;
    let slot = hand_out(&mut world);
    let (served, key) = world.start_with_key().await;
    let handles = slot.lock().unwrap().clone().unwrap();
    let (done, answered) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let mut callers = Vec::new();
    for connects_anew in [false, false, true] {
        let (done, answered) = (Arc::clone(&done), Arc::clone(&answered));
        let (address, authority) = (served.running.address, world.authority_pem.clone());
        let key = key.clone();
        callers.push(tokio::spawn(async move {
            let mut client = Client::new(address, &authority);
            while done.load(Ordering::SeqCst) == 0 {
                let answer = client.get("/api/v1/me", &key).await;
                assert_eq!(answer.status, 200, "{answer:?}");
                answered.fetch_add(1, Ordering::SeqCst);
                if connects_anew {
                    client = Client::new(address, &authority);
                }
            }
        }));
    }
    for _ in 0..CHANGES {
        let before = answered.load(Ordering::SeqCst);
        let edge = issue(&world.authority, &["localhost", "127.0.0.1"], Usage::Server);
        handles.edge.replace(&identity(&edge), None).unwrap();
        let internal = issue(&world.authority, &[pki::GATEWAY_NAME], Usage::Client);
        handles.internal.replace(&identity(&internal), None).unwrap();
        handles.authorities.replace(&world.authority_pem).unwrap();
        within(async {
            while answered.load(Ordering::SeqCst) < before + 3 {
                assert!(callers.iter().all(|caller| !caller.is_finished()), "a request failed");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }
    done.store(1, Ordering::SeqCst);
    for caller in callers {
        within(caller).await.unwrap();
    }
    // Each new certificate was used: connections from before it are not.
    let connects = connects_of(&served).await;
    assert!(connects >= CHANGES, "{connects} connections for {CHANGES} certificates");
}

async fn connects_of(served: &Served) -> u32 {
    let mut stream = TcpStream::connect(served.operations).await.unwrap();
    let request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, request).await.unwrap();
    let mut text = String::new();
    within(stream.read_to_string(&mut text)).await.unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("anp_gateway_upstream_connects_total "));
    line.unwrap().trim().parse().unwrap()
}

#[tokio::test]
async fn without_a_certificate_the_gateway_is_not_ready_and_with_one_it_serves() {
    let mut world = World::new().await;
    let slot = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&slot);
    world.change = Box::new(move |config: &mut Config| {
        config.internal = Shown::nothing_yet();
        *kept.lock().unwrap() = Some(Arc::clone(&config.internal));
    });
    let version = world.publish(|_| {});
    let mut served = world.start_closed().await;
    let readyz = async || {
        let mut stream = TcpStream::connect(served.operations).await.unwrap();
        let request = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n";
        tokio::io::AsyncWriteExt::write_all(&mut stream, request).await.unwrap();
        let mut text = String::new();
        within(stream.read_to_string(&mut text)).await.unwrap();
        text
    };
    assert!(readyz().await.contains(" 503 "));
    let shown = slot.lock().unwrap().clone().unwrap();
    let wrong = issue(&world.authority, &[pki::API_NAME], Usage::Client);
    shown.replace(&identity(&wrong), None).unwrap();
    assert!(readyz().await.contains("no policy is in force"), "the feed took another part's certificate");
    let right = issue(&world.authority, &[pki::GATEWAY_NAME], Usage::Client);
    shown.replace(&identity(&right), None).unwrap();
    within(served.readiness.wait_for(version)).await;
    let mut stream = TcpStream::connect(served.operations).await.unwrap();
    let request = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, request).await.unwrap();
    let mut text = String::new();
    within(stream.read_to_string(&mut text)).await.unwrap();
    assert!(text.contains(" 200 "), "{text}");
}

#[tokio::test]
async fn after_the_end_of_its_certificate_the_gateway_is_not_ready() {
    let world = World::new().await;
    let served = world.start().await;
    let ends = serve::clock::SystemClock.now() + time::Duration::days(1_001);
    world.clock.advance((ends - world.clock.now()).whole_seconds());
    let mut stream = TcpStream::connect(served.operations).await.unwrap();
    let request = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, request).await.unwrap();
    let mut text = String::new();
    within(stream.read_to_string(&mut text)).await.unwrap();
    assert!(text.contains(" 503 ") && text.contains("a certificate has ended"), "{text}");
}

/// Takes any certificate, and keeps the OCSP response that came with it.
#[derive(Debug, Default)]
struct Onlooker(Mutex<Vec<u8>>);

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        ocsp: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.0.lock().unwrap() = ocsp.to_vec();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// Connects with one version of TLS, and returns the connection and the OCSP response that came with it.
async fn connect(
    served: &Served,
    version: &'static rustls::SupportedProtocolVersion,
    protocols: &[&str],
) -> std::io::Result<(TlsStream<TcpStream>, Vec<u8>)> {
    let onlooker = Arc::new(Onlooker::default());
    let verifier: Arc<Onlooker> = Arc::clone(&onlooker);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(served.running.address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let stream = within(TlsConnector::from(Arc::new(config)).connect(name, stream)).await?;
    let ocsp = onlooker.0.lock().unwrap().clone();
    Ok((stream, ocsp))
}

#[tokio::test]
async fn tls_1_2_is_spoken_where_it_is_set_and_nowhere_else() {
    let mut world = World::new().await;
    let strict = world.start().await;
    assert!(connect(&strict, &TLS12, &[]).await.is_err());
    assert!(connect(&strict, &TLS13, &[]).await.is_ok());
    world.change = Box::new(|config| config.oldest = Oldest::Tls12);
    let lenient = world.start().await;
    let (stream, _) = connect(&lenient, &TLS12, &["h2"]).await.unwrap();
    assert_eq!(stream.get_ref().1.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_2));
    assert!(connect(&lenient, &TLS13, &[]).await.is_ok());
}

#[tokio::test]
async fn both_protocols_are_agreed_on_and_no_other() {
    let world = World::new().await;
    let served = world.start().await;
    for (offered, agreed) in [
        (&["h2", "http/1.1"][..], Some("h2")),
        (&["http/1.1"], Some("http/1.1")),
        (&["h2"], Some("h2")),
        (&[], None),
    ] {
        let (stream, _) = connect(&served, &TLS13, offered).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), agreed.map(str::as_bytes), "{offered:?}");
    }
    assert!(connect(&served, &TLS13, &["spdy/3"]).await.is_err());
}

#[tokio::test]
async fn an_ocsp_response_is_stapled_while_there_is_one() {
    let mut world = World::new().await;
    let slot = hand_out(&mut world);
    let served = world.start().await;
    let handles = slot.lock().unwrap().clone().unwrap();
    assert_eq!(connect(&served, &TLS13, &[]).await.unwrap().1, b"");
    let edge = identity(&issue(&world.authority, &["localhost"], Usage::Server));
    handles.edge.replace(&edge, Some(vec![0x30, 0x03, 0x0a, 0x01, 0x00])).unwrap();
    assert_eq!(connect(&served, &TLS13, &[]).await.unwrap().1, [0x30, 0x03, 0x0a, 0x01, 0x00]);
}

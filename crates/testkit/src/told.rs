//! Asks a role's operations port, as Prometheus and an orchestrator do.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Asks for `path` and returns the status and the body.
///
/// # Panics
/// When nobody answers in plain HTTP.
pub async fn ask(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.expect("somebody listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("the request is taken");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("an answer");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    (head.get(9..12).and_then(|status| status.parse().ok()).expect("a status"), body.to_owned())
}

/// Returns every series with its value.
///
/// # Panics
/// When what is told is not the text format of Prometheus.
pub async fn series(address: SocketAddr) -> BTreeMap<String, f64> {
    let (status, text) = ask(address, "/metrics").await;
    assert_eq!(status, 200, "{text}");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.map(|line| line.rsplit_once(' ').expect("a name and a value"));
    pairs.map(|(name, value)| (name.to_owned(), value.parse().expect("a number"))).collect()
}

/// Waits until each of `expected` has its value: what is counted at the end of something is counted a moment after its
/// peer knows of it.
///
/// # Panics
/// When that takes more than twenty seconds.
pub async fn counts(address: SocketAddr, expected: &[(&str, f64)]) {
    for _ in 0..1_000 {
        let series = series(address).await;
        if expected.iter().all(|(name, value)| series.get(*name) == Some(value)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let series = series(address).await;
    let differ: Vec<_> = expected.iter().map(|(name, value)| (name, value, series.get(*name))).collect();
    assert!(differ.is_empty(), "{differ:#?}");
}

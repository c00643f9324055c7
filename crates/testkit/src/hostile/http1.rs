//! Raw bytes over HTTP/1.1, and what comes back.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

use super::Target;

/// One attack of the corpus.
#[derive(Clone, Debug)]
pub struct Attack {
    /// What it does.
    pub name: &'static str,
    /// The statuses that it must get, `2xx` for any of those.
    pub answers: Vec<&'static str>,
    /// Whether the gateway must end the connection.
    pub closed: bool,
    /// What is sent.
    pub bytes: Vec<u8>,
}

/// What came back of an attack.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Each answer.
    pub answers: Vec<Answer>,
    /// Whether the gateway ended the connection.
    pub closed: bool,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, as they came.
    pub head: String,
    /// Its body.
    pub body: Vec<u8>,
}

impl Attack {
    /// Sends the attack, and behind it a request without a key where the connection is to go on. Returns what is wrong
    /// with what comes back; nothing if it is as it must be.
    ///
    /// # Errors
    /// Those of the connection and its handshake.
    pub async fn replay(&self, target: &Target) -> io::Result<Option<String>> {
        let seen = self.send(target).await?;
        let statuses: Vec<_> = seen.answers.iter().map(|answer| answer.status).collect();
        Ok((!self.is_met(&seen)).then(|| {
            format!(
                "{}: expected {:?}, closed {}; got {statuses:?}, closed {}",
                self.name, self.answers, self.closed, seen.closed
            )
        }))
    }

    /// Sends the same, and returns what comes back.
    ///
    /// # Errors
    /// Those of the connection and its handshake.
    pub async fn send(&self, target: &Target) -> io::Result<Seen> {
        let mut stream = target.connect("http/1.1").await?;
        let probe: &[u8] = if self.closed { b"" } else { PROBE };
        // Whoever is refused early may lose the connection before all is written.
        drop(stream.write_all(&[&self.bytes, probe].concat()).await);
        let mut bytes = Vec::new();
        let end = timeout(LONGEST, stream.read_to_end(&mut bytes)).await;
        Ok(Seen { answers: answers(&bytes), closed: end.is_ok() })
    }

    fn is_met(&self, seen: &Seen) -> bool {
        let probe = (!self.closed).then_some("401");
        let expected: Vec<_> = self.answers.iter().copied().chain(probe).collect();
        let fits = |(expected, answer): (&&str, &Answer)| match *expected {
            "2xx" => (200..300).contains(&answer.status),
            exact => exact == answer.status.to_string(),
        };
        seen.closed && expected.len() == seen.answers.len() && expected.iter().zip(&seen.answers).all(fits)
    }
}

/// Returns each answer in `bytes`. All of the gateway's but streams say how long they are.
fn answers(mut bytes: &[u8]) -> Vec<Answer> {
    let mut answers = Vec::new();
    while let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        bytes = &bytes[end + 4..];
        let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_default();
        let lower = head.to_ascii_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let (body, rest) = bytes.split_at(length.unwrap_or(0).min(bytes.len()));
        answers.push(Answer { status, head, body: body.to_vec() });
        bytes = rest;
    }
    answers
}

/// It has no key: whatever it gets but a refusal for that, it did not ask for.
const PROBE: &[u8] = b"GET /api/v1/me HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n";
/// A connection on which nothing is due is kept longer than this.
const LONGEST: Duration = Duration::from_secs(8);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_too_many_or_an_open_end_is_seen() {
        let attack = |closed| Attack { name: "a", answers: vec!["400"], closed, bytes: Vec::new() };
        let seen = |text: &str, closed| Seen { answers: answers(text.as_bytes()), closed };
        let bad = "HTTP/1.1 400 Bad Request\r\n\r\n";
        assert!(attack(true).is_met(&seen(bad, true)));
        assert!(!attack(true).is_met(&seen(bad, false)));
        assert!(!attack(true).is_met(&seen(&format!("{bad}HTTP/1.1 200 OK\r\n\r\n"), true)));
        assert!(attack(false).is_met(&seen(&format!("{bad}HTTP/1.1 401 Unauthorized\r\n\r\n"), true)));
        assert!(!attack(false).is_met(&seen(&format!("{bad}HTTP/1.1 200 OK\r\n\r\n"), true)));
        assert!(!attack(false).is_met(&seen(bad, true)));
    }
}

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
    /// The status of each answer.
    pub statuses: Vec<u16>,
    /// Whether the gateway ended the connection.
    pub closed: bool,
}

impl Attack {
    /// Sends the attack, and behind it a request without a key where the connection is to go on. Returns what is wrong
    /// with what comes back; nothing if it is as it must be.
    ///
    /// # Errors
    /// Those of the connection and its handshake.
    pub async fn replay(&self, target: &Target) -> io::Result<Option<String>> {
        let mut stream = target.connect("http/1.1").await?;
        let probe: &[u8] = if self.closed { b"" } else { PROBE };
        // Whoever is refused early may lose the connection before all is written.
        drop(stream.write_all(&[&self.bytes, probe].concat()).await);
        let mut text = Vec::new();
        let end = timeout(LONGEST, stream.read_to_end(&mut text)).await;
        let seen = Seen { statuses: statuses(&text), closed: end.is_ok() };
        Ok((!self.is_met(&seen)).then(|| {
            format!(
                "{}: expected {:?}, closed {}; got {:?}, closed {}",
                self.name, self.answers, self.closed, seen.statuses, seen.closed
            )
        }))
    }

    fn is_met(&self, seen: &Seen) -> bool {
        let probe = (!self.closed).then_some("401");
        let expected: Vec<_> = self.answers.iter().copied().chain(probe).collect();
        let fits = |(expected, status): (&&str, &u16)| match *expected {
            "2xx" => (200..300).contains(status),
            exact => exact == status.to_string(),
        };
        seen.closed && expected.len() == seen.statuses.len() && expected.iter().zip(&seen.statuses).all(fits)
    }
}

/// Returns the status of each answer in `text`. Bodies of answers hold no line that begins like one.
pub fn statuses(text: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(text);
    let answers = text.split("HTTP/1.").skip(1);
    answers.filter_map(|answer| answer.get(2..5)?.parse().ok()).collect()
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
        let seen = |text: &str, closed| Seen { statuses: statuses(text.as_bytes()), closed };
        let bad = "HTTP/1.1 400 Bad Request\r\n\r\n";
        assert!(attack(true).is_met(&seen(bad, true)));
        assert!(!attack(true).is_met(&seen(bad, false)));
        assert!(!attack(true).is_met(&seen(&format!("{bad}HTTP/1.1 200 OK\r\n\r\n"), true)));
        assert!(attack(false).is_met(&seen(&format!("{bad}HTTP/1.1 401 Unauthorized\r\n\r\n"), true)));
        assert!(!attack(false).is_met(&seen(&format!("{bad}HTTP/1.1 200 OK\r\n\r\n"), true)));
        assert!(!attack(false).is_met(&seen(bad, true)));
    }
}

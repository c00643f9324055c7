//! The corpora: one attack a line, with the answer that it must get. The files tell how they are written.

use super::{
    http1,
    http2::{self, Outcome},
};

/// What stands for the gateway's own things in an attack.
#[derive(Clone, Copy, Debug)]
pub struct Fill<'a> {
    /// An API key that may do everything.
    pub key: &'a str,
    /// A path that takes a POST of `body`.
    pub post: &'a str,
    /// A body that is served.
    pub body: &'a str,
}

/// The target of the request that must never be carried out.
pub const SMUGGLED: &str = "/api/v1/usage";

impl Fill<'_> {
    fn fill(&self, text: &str) -> Vec<u8> {
        let smuggled =
            format!("GET {SMUGGLED} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\r\n", self.key);
        let filled = [
            (
                "{get}",
                ":method: GET|:scheme: https|:authority: a|:path: /api/v1/me|authorization: Bearer {key}",
            ),
            (
                "{posting}",
                ":method: POST|:scheme: https|:authority: a|:path: {post}|authorization: Bearer {key}|content-type: application/json",
            ),
            ("{smuggled}", &smuggled),
            ("{smuggled-length}", &smuggled.len().to_string()),
            ("{smuggled-hex}", &format!("{:x}", smuggled.len())),
            ("{key}", self.key),
            ("{post}", self.post),
            ("{body}", self.body),
            ("{length}", &self.body.len().to_string()),
            ("{hex}", &format!("{:x}", self.body.len())),
        ];
        unescaped(&filled.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value)))
    }
}

/// Returns every attack over HTTP/1.1.
pub fn http1(fill: Fill<'_>) -> Vec<http1::Attack> {
    lines(include_str!("../../../../attack/corpus/http1.tsv"))
        .map(|[name, answers, end, bytes]| http1::Attack {
            name,
            answers: answers.split(',').filter(|answer| *answer != "-").collect(),
            closed: end == "closed",
            bytes: fill.fill(bytes),
        })
        .collect()
}

/// Returns every attack over HTTP/2.
pub fn http2(fill: Fill<'_>) -> Vec<http2::Attack> {
    lines(include_str!("../../../../attack/corpus/http2.tsv"))
        .map(|[name, outcome, headers, body]| http2::Attack {
            name,
            outcome: Outcome::expected(outcome),
            headers: fill.fill(headers).split(|byte| *byte == b'|').map(header).collect(),
            body: fill.fill(body),
        })
        .collect()
}

/// A name may begin with a colon.
fn header(line: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let colon = line.iter().skip(1).position(|byte| *byte == b':').map_or(line.len(), |place| place + 1);
    let value = line.get(colon + 1..).unwrap_or_default();
    (line[..colon].to_vec(), value.strip_prefix(b" ").unwrap_or(value).to_vec())
}

fn lines(file: &'static str) -> impl Iterator<Item = [&'static str; 4]> {
    let attacks = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    attacks.map(|line| {
        let fields: Vec<_> = line.split('\t').collect();
        fields.try_into().unwrap_or_else(|_| unreachable!("a line without four fields: {line}"))
    })
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let (unescaped, taken) = match (byte, after) {
            (b'\\', [b'r', ..]) => (b'\r', 1),
            (b'\\', [b'n', ..]) => (b'\n', 1),
            (b'\\', [b't', ..]) => (b'\t', 1),
            (b'\\', [b'0', ..]) => (0, 1),
            (b'\\', [b'\\', ..]) => (b'\\', 1),
            (b'\\', [b'x', high, low, ..]) => (hex(*high) << 4 | hex(*low), 3),
            _ => (*byte, 0),
        };
        bytes.push(unescaped);
        rest = &after[taken..];
    }
    bytes
}

fn hex(digit: u8) -> u8 {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILL: Fill<'_> = Fill { key: "K", post: "/p", body: "{}" };

    #[test]
    fn attacks_are_read_as_they_are_written() {
        assert_eq!(unescaped(r"a\r\n\t\0\x7f\\x"), b"a\r\n\t\0\x7f\\x");
        assert_eq!(FILL.fill("{post} {length} {hex}{body}"), b"/p 2 2{}");
        assert_eq!(header(b":path: /a:b"), (b":path".to_vec(), b"/a:b".to_vec()));
        assert_eq!(header(b"x"), (b"x".to_vec(), Vec::new()));
    }

    #[test]
    fn no_two_attacks_are_the_same() {
        let over_http1: Vec<_> = http1(FILL).iter().map(|attack| attack.name).collect();
        let over_http2: Vec<_> = http2(FILL).iter().map(|attack| attack.name).collect();
        for names in [over_http1, over_http2] {
            let different: std::collections::BTreeSet<_> = names.iter().collect();
            assert_eq!(different.len(), names.len());
            assert!(names.len() > 50);
        }
    }
}

//! Frames of HTTP/2 by hand (RFC 9113): headers as they are given, without a look at what they say.

use std::{fmt, io, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::client::TlsStream;

use super::Target;

/// One attack of the corpus.
#[derive(Clone, Debug)]
pub struct Attack {
    /// What it does.
    pub name: &'static str,
    /// How it must end.
    pub outcome: Outcome,
    /// Names and values, in order.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The body; none is announced where it is empty.
    pub body: Vec<u8>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With an answer that says that it was carried out.
    Served,
    /// With an answer of this status.
    Refused(u16),
    /// With a reset of its stream.
    Reset,
    /// With the end of the connection.
    Ended,
    /// Not at all.
    Pending,
}

impl Outcome {
    pub(super) fn expected(text: &str) -> Self {
        match text {
            "2xx" => Self::Served,
            "reset" => Self::Reset,
            "ended" => Self::Ended,
            status => status.parse().map_or(Self::Pending, Self::Refused),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Served => f.write_str("2xx"),
            Self::Refused(status) => write!(f, "{status}"),
            Self::Reset => f.write_str("a reset"),
            Self::Ended => f.write_str("the end of the connection"),
            Self::Pending => f.write_str("nothing"),
        }
    }
}

impl Attack {
    /// Sends the attack, then a request without a key on the same connection. Returns what is wrong with what comes
    /// back; nothing if it is as it must be.
    ///
    /// # Errors
    /// Those of the connection and its handshake.
    pub async fn replay(&self, target: &Target) -> io::Result<Option<String>> {
        let mut connection = Connection::open(target, &[]).await?;
        let mut bytes = headers(1, &self.headers, self.body.is_empty());
        if !self.body.is_empty() {
            bytes.extend(frame(DATA, END_STREAM, 1, &self.body));
        }
        connection.send(&bytes).await?;
        let seen = connection.outcome(1).await;
        if seen != self.outcome {
            return Ok(Some(format!("{}: expected {}; got {seen}", self.name, self.outcome)));
        }
        if seen == Outcome::Ended {
            return Ok(None);
        }
        connection.send(&headers(3, &plain(None), true)).await?;
        let next = connection.outcome(3).await;
        let wrong = || format!("{}: the next request got {next} in place of 401", self.name);
        Ok((next != Outcome::Refused(401)).then(wrong))
    }
}

/// The headers of a request that is in order, with a key or without.
pub fn plain(key: Option<&str>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let plain =
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/api/v1/me")].into_iter();
    let key = key.map(|key| ("authorization", format!("Bearer {key}")));
    let mut headers: Vec<_> = plain.map(|(name, value)| (name.into(), value.into())).collect();
    headers.extend(key.map(|(name, value)| (name.into(), value.into())));
    headers
}

/// A connection after the preface.
#[derive(Debug)]
pub struct Connection {
    /// What the gateway sends.
    pub reader: ReadHalf<TlsStream<TcpStream>>,
    /// What is sent to it.
    pub writer: WriteHalf<TlsStream<TcpStream>>,
}

/// One frame.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its type.
    pub kind: u8,
    /// Its flags.
    pub flags: u8,
    /// Its stream.
    pub stream: u32,
    /// What it carries.
    pub payload: Vec<u8>,
}

impl Connection {
    /// Opens a connection and says the preface with these settings.
    ///
    /// # Errors
    /// Those of the connection and its handshake.
    pub async fn open(target: &Target, settings: &[(u16, u32)]) -> io::Result<Self> {
        let (reader, writer) = tokio::io::split(target.connect("h2").await?);
        let mut connection = Self { reader, writer };
        let settings: Vec<u8> = settings
            .iter()
            .flat_map(|(name, value)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat())
            .collect();
        connection.send(&[PREFACE, &frame(SETTINGS, 0, 0, &settings)].concat()).await?;
        Ok(connection)
    }

    /// Sends `bytes` as they are.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes).await?;
        self.writer.flush().await
    }

    /// Reads one frame, and acknowledges what asks for it.
    ///
    /// # Errors
    /// Those of the connection; `UnexpectedEof` at its end.
    pub async fn read(&mut self) -> io::Result<Frame> {
        let frame = read_frame(&mut self.reader).await?;
        if matches!(frame.kind, SETTINGS | PING) && frame.flags & ACK == 0 {
            let payload: &[u8] = if frame.kind == PING { &frame.payload } else { &[] };
            // A connection that ends is seen by the next read.
            drop(self.send(&self::frame(frame.kind, ACK, 0, payload)).await);
        }
        Ok(frame)
    }

    /// Reads until the request on `stream` is over.
    pub async fn outcome(&mut self, stream: u32) -> Outcome {
        let mut status = None;
        let mut body = Vec::new();
        let over = async {
            loop {
                let Ok(frame) = self.read().await else { return Outcome::Ended };
                match frame.kind {
                    GOAWAY if frame.payload.get(4..8) != Some(&[0; 4]) => return Outcome::Ended,
                    RESET if frame.stream == stream => return Outcome::Reset,
                    HEADERS if frame.stream == stream => status = status_in(&frame.payload),
                    DATA if frame.stream == stream => body.extend(&frame.payload),
                    _ => continue,
                }
                if frame.flags & END_STREAM != 0 {
                    return match status.or_else(|| status_in_problem(&body)) {
                        Some(200..300) => Outcome::Served,
                        Some(status) => Outcome::Refused(status),
                        None => Outcome::Pending,
                    };
                }
            }
        };
        timeout(LONGEST, over).await.unwrap_or(Outcome::Pending)
    }
}

/// Reads one frame.
///
/// # Errors
/// Those of the connection; `UnexpectedEof` at its end.
pub async fn read_frame(reader: &mut ReadHalf<TlsStream<TcpStream>>) -> io::Result<Frame> {
    let mut head = [0; 9];
    reader.read_exact(&mut head).await?;
    let [high, middle, low, kind, flags, stream @ ..] = head;
    let mut payload = vec![0; usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low)];
    reader.read_exact(&mut payload).await?;
    Ok(Frame { kind, flags, stream: u32::from_be_bytes(stream) & 0x7fff_ffff, payload })
}

/// Returns the bytes of a frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Returns a frame of headers; `last`: no body follows.
pub fn headers(stream: u32, list: &[(Vec<u8>, Vec<u8>)], last: bool) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | if last { END_STREAM } else { 0 }, stream, &block(list))
}

/// Returns headers as literals that are not indexed, without Huffman's code (RFC 7541, section 6.2.2).
pub fn block(list: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let text = |bytes: &[u8]| [&integer(bytes.len()), bytes].concat();
    list.iter().flat_map(|(name, value)| [vec![0], text(name), text(value)].concat()).collect()
}

/// An integer with a prefix of seven bits (RFC 7541, section 5.1).
fn integer(value: usize) -> Vec<u8> {
    let Some(mut rest) = value.checked_sub(127) else { return vec![u8::try_from(value).unwrap_or(126)] };
    let mut bytes = vec![127];
    while rest >= 128 {
        bytes.push(u8::try_from(rest % 128).unwrap_or_default() | 128);
        rest /= 128;
    }
    bytes.push(u8::try_from(rest).unwrap_or_default());
    bytes
}

/// The status in a block of headers that begins with it: an entry of the static table, or three digits.
fn status_in(block: &[u8]) -> Option<u16> {
    const STATIC: [u16; 7] = [200, 204, 206, 304, 400, 404, 500];
    match block {
        [entry @ 0x88..=0x8e, ..] => STATIC.get(usize::from(entry - 0x88)).copied(),
        [0x48 | 0x08, 0x03, digits @ ..] => std::str::from_utf8(digits.get(..3)?).ok()?.parse().ok(),
        [0x48 | 0x08, coded, rest @ ..] => digits(rest.get(..usize::from(coded & 0x7f))?),
        _ => None,
    }
}

/// Three digits in Huffman's code: 0 to 2 have five bits, the others six (RFC 7541, appendix B).
fn digits(coded: &[u8]) -> Option<u16> {
    let mut bits = coded.iter().flat_map(|byte| (0..8).rev().map(move |place| u16::from(byte >> place & 1)));
    let mut status = 0;
    for _ in 0..3 {
        let mut code = bits.by_ref().take(5).fold(0, |code, bit| code << 1 | bit);
        if code > 2 {
            code = (code << 1 | bits.next()?).checked_sub(0x19)? + 3;
        }
        status = status * 10 + code;
    }
    Some(status)
}

fn status_in_problem(body: &[u8]) -> Option<u16> {
    let problem: serde_json::Value = serde_json::from_slice(body).ok()?;
    problem["status"].as_u64().and_then(|status| u16::try_from(status).ok())
}

/// What a client says first.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Types of frames.
pub const DATA: u8 = 0;
/// Headers of a request.
pub const HEADERS: u8 = 1;
/// The weight of a stream.
pub const PRIORITY: u8 = 2;
/// The end of a stream that goes wrong.
pub const RESET: u8 = 3;
/// Settings of the connection.
pub const SETTINGS: u8 = 4;
/// A sign of life.
pub const PING: u8 = 6;
/// The end of the connection.
pub const GOAWAY: u8 = 7;
/// Leave to send more.
pub const WINDOW: u8 = 8;
/// More headers.
pub const CONTINUATION: u8 = 9;
/// No body follows.
pub const END_STREAM: u8 = 1;
/// No more headers follow.
pub const END_HEADERS: u8 = 4;
/// An acknowledgement.
pub const ACK: u8 = 1;
/// Longer than any answer takes.
const LONGEST: Duration = Duration::from_secs(8);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_read_however_they_are_written() {
        assert_eq!(status_in(&[0x88]), Some(200));
        assert_eq!(status_in(&[0x8d, 1, 2]), Some(404));
        assert_eq!(status_in(b"\x48\x03401"), Some(401));
        // RFC 7541, appendix C.6.1: 302.
        assert_eq!(status_in(&[0x48, 0x82, 0x64, 0x02]), Some(302));
        assert_eq!(status_in(&[0xbe]), None);
    }

    #[test]
    fn headers_are_written_as_they_are() {
        let long = vec![b'a'; 1_337 + 127];
        assert_eq!(integer(long.len())[..2], [127, 0x80 | (1_337 % 128) as u8]);
        assert_eq!(block(&[(b"n".to_vec(), b"v".to_vec())]), b"\x00\x01n\x01v");
    }
}

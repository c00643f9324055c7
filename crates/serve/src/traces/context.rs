//! Where a span stands in its trace, as it travels from part to part (W3C Trace Context, Recommendation of 23 November 2021).

use domain::clock::Entropy;
use http::HeaderMap;

use super::TRACEPARENT;

/// A trace, a span in it, and whether it is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    trace: [u8; 16],
    span: [u8; 8],
    sampled: bool,
}

impl Context {
    /// Reads the one `traceparent` in `headers`; whatever has not exactly the form of version 00 counts as absent.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(TRACEPARENT).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        Self::parse(value.as_bytes())
    }

    /// Reads the form of version 00, `00-<trace>-<span>-<flags>` in lower case.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text: &[u8; 55] = text.try_into().ok()?;
        if !text.starts_with(b"00-") || text[35] != b'-' || text[52] != b'-' {
            return None;
        }
        let (trace, span, [flags]) = (hex(&text[3..35])?, hex(&text[36..52])?, hex::<1>(&text[53..])?);
        (trace != [0; 16] && span != [0; 8]).then_some(Self { trace, span, sampled: flags & 1 == 1 })
    }

    /// Returns the context of a new span below `parent`, or of the first span of a new trace.
    pub(super) fn below(parent: Option<&Self>, entropy: &dyn Entropy) -> Self {
        let (mut trace, mut span) = ([0; 16], [0; 8]);
        entropy.fill(&mut span);
        // All zeros mean no span and no trace.
        span[0] |= 1;
        match parent {
            Some(parent) => trace = parent.trace,
            None => {
                entropy.fill(&mut trace);
                trace[0] |= 1;
            }
        }
        Self { trace, span, sampled: true }
    }

    /// Tells whether who sent it records the trace.
    pub const fn is_sampled(&self) -> bool {
        self.sampled
    }

    /// Returns the trace's id.
    pub const fn trace(&self) -> [u8; 16] {
        self.trace
    }

    /// Returns the span's id.
    pub const fn span(&self) -> [u8; 8] {
        self.span
    }

    /// Returns the header's value.
    pub fn to_text(self) -> String {
        let (trace, span) = (u128::from_be_bytes(self.trace), u64::from_be_bytes(self.span));
        format!("00-{trace:032x}-{span:016x}-{:02x}", u8::from(self.sampled))
    }
}

fn hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    /// The example of the recommendation.
    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn the_form_of_version_00_is_read_and_written() {
        let context = Context::parse(EXAMPLE.as_bytes()).unwrap();
        assert!(context.is_sampled());
        assert_eq!(context.to_text(), EXAMPLE);
        assert!(!Context::parse(EXAMPLE.replace("-01", "-00").as_bytes()).unwrap().is_sampled());
        assert!(Context::parse(EXAMPLE.replace("-01", "-03").as_bytes()).unwrap().is_sampled());
    }

    #[test]
    fn any_other_form_counts_as_absent() {
        for bad in [
            "",
            "00",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
            "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
        ] {
            assert_eq!(Context::parse(bad.as_bytes()), None, "{bad}");
        }
        let mut twice = HeaderMap::new();
        twice.append(TRACEPARENT, HeaderValue::from_static(EXAMPLE));
        assert!(Context::from_headers(&twice).is_some());
        twice.append(TRACEPARENT, HeaderValue::from_static(EXAMPLE));
        assert_eq!(Context::from_headers(&twice), None);
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_as_it_was(text in "00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", other: Vec<u8>) {
            if let Some(context) = Context::parse(text.as_bytes()) {
                prop_assert_eq!(context.to_text(), text);
            }
            let _ = Context::parse(&other);
        }
    }
}

//! Refuses requests that two readers could read in two ways (request smuggling, threats A1 and D6).
//!
//! hyper has refused most of them before: bad header names, folded headers, differing `Content-Length`, a
//! `Transfer-Encoding` that does not end in `chunked`. What it reads in one of two ways without a word is seen by
//! [`serve::heads`]. Behind us everything is framed anew.

use std::net::Ipv6Addr;

use domain::problem::{Code, Problem};
use http::{HeaderName, Request, Version, header, uri::Scheme};
use serve::heads::Ambiguous;

use crate::refusal::Refusal;

pub(crate) fn check<B>(request: &Request<B>) -> Result<(), Refusal> {
    let headers = request.headers();
    let mut hosts = headers.get_all(header::HOST).iter();
    let (host, second_host) = (hosts.next(), hosts.next());
    let unambiguous = request.extensions().get::<Ambiguous>().is_none()
        && second_host.is_none()
        && match request.version() {
            // Absolute targets are for proxies; one here could name another host than `Host` does.
            Version::HTTP_11 => {
                host.is_some_and(|host| is_host(host.as_bytes())) && request.uri().authority().is_none()
            }
            Version::HTTP_2 => {
                request.uri().scheme() == Some(&Scheme::HTTPS)
                    && request.uri().authority().is_some_and(|authority| {
                        is_host(authority.as_str().as_bytes())
                            && host.is_none_or(|host| host.as_bytes() == authority.as_str().as_bytes())
                    })
            }
            _ => false,
        }
        // Any other coding would have to be undone before the body is what we read it as.
        && headers.get_all(header::TRANSFER_ENCODING).iter().all(|coding| {
            coding.as_bytes().eq_ignore_ascii_case(b"chunked")
        })
        && headers.get_all(header::TRANSFER_ENCODING).iter().count() <= 1
        && headers.get_all(header::CONTENT_LENGTH).iter().count() <= 1
        && !(headers.contains_key(header::TRANSFER_ENCODING) && headers.contains_key(header::CONTENT_LENGTH))
        && !LOOK_ALIKES.iter().any(|name| headers.contains_key(name));
    if unambiguous {
        Ok(())
    } else {
        let problem = Problem::new(Code::Malformed).detail("the request can be read in more than one way");
        Err(Refusal { close: true, ..problem.into() })
    }
}

/// Tells whether `text` is a host, perhaps with a port (RFC 3986, section 3.2): one name or address, and nothing that
/// somebody behind us could take for a list, a user or a path.
fn is_host(text: &[u8]) -> bool {
    let (host, rest) = match text.iter().position(|byte| *byte == b']') {
        Some(end) if text.starts_with(b"[") => text.split_at(end + 1),
        _ => text.split_at(text.iter().position(|byte| *byte == b':').unwrap_or(text.len())),
    };
    let is_named = match host {
        [b'[', address @ .., b']'] => {
            std::str::from_utf8(address).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
        }
        name => {
            !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte))
        }
    };
    let is_port = match rest {
        [] => true,
        [b':', port @ ..] => port.len() <= 5 && port.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    is_named && is_port
}

/// Names that become those of framing where somebody behind us writes `-` for `_` or the other way round.
static LOOK_ALIKES: [HeaderName; 2] =
    [HeaderName::from_static("transfer_encoding"), HeaderName::from_static("content_length")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_one_name_or_address_and_perhaps_a_port() {
        for host in
            ["a", "api.example", "api.example:8443", "10.0.0.1:1", "[::1]", "[2001:db8::1]:443", "a_b", "a:"]
        {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for bad in [
            "", ":1", "a, b", "a b", "a/b", "a@b", "a:b", "a:1:2", "a:123456", "[::1", "::1", "[]", "[a]",
            "[::1]a", "a\u{e9}", "a#b", "a?b", "a\\b", "a%00", "a:-1",
        ] {
            assert!(!is_host(bad.as_bytes()), "{bad}");
        }
    }
}

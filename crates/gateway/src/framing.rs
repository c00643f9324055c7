//! Refuses requests that two readers could read in two ways (request smuggling, threats A1 and D6).
//!
//! hyper has refused most of them before: bad header names, folded headers, differing `Content-Length`, a
//! `Transfer-Encoding` that does not end in `chunked`. Where both framing headers stand it goes by `Transfer-Encoding`
//! and closes the connection afterwards (RFC 9112, section 6.3). Behind us everything is framed anew.

use domain::problem::{Code, Problem};
use http::{Request, Version, header, uri::Scheme};

use crate::refusal::Refusal;

pub(crate) fn check<B>(request: &Request<B>) -> Result<(), Refusal> {
    let headers = request.headers();
    let mut hosts = headers.get_all(header::HOST).iter();
    let (host, second_host) = (hosts.next(), hosts.next());
    let unambiguous = second_host.is_none()
        && match request.version() {
            // Absolute targets are for proxies; one here could name another host than `Host` does.
            Version::HTTP_11 => host.is_some() && request.uri().authority().is_none(),
            Version::HTTP_2 => {
                request.uri().scheme() == Some(&Scheme::HTTPS)
                    && request.uri().authority().is_some_and(|authority| {
                        // RFC 9113, section 8.3.1: no user information in it.
                        !authority.as_str().contains('@')
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
        && !(headers.contains_key(header::TRANSFER_ENCODING) && headers.contains_key(header::CONTENT_LENGTH));
    if unambiguous {
        Ok(())
    } else {
        let problem = Problem::new(Code::Malformed).detail("the request can be read in more than one way");
        Err(Refusal { close: true, ..problem.into() })
    }
}

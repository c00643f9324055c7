//! Where browsers must not be told to come back over HTTPS only.
//!
//! `Strict-Transport-Security` (RFC 6797) holds for a host on all its ports. A developer who trusts the local authority
//! and opens `https://localhost:9443` once would lose every plain `http://localhost` of theirs for a year, so it is left
//! out there. Nothing is lost: nobody sits between a browser and its own machine, and no plain port is served.

use std::net::IpAddr;

use http::{Request, header};

/// Tells whether the request was made to a name or address of the machine it was made on.
pub fn is_this_machine<B>(request: &Request<B>) -> bool {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = request.uri().host().or(named).unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let host = host.trim_end_matches('.');
    let last = host.rsplit('.').next().unwrap_or_default();
    last.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine_are_told_from_others() {
        let to =
            |host: &str| is_this_machine(&Request::builder().uri("/").header("host", host).body(()).unwrap());
        for host in ["localhost", "LOCALHOST:9443", "planner.localhost:8443", "127.0.0.1:9443", "[::1]:9443"]
        {
            assert!(to(host), "{host}");
        }
        for host in
            ["console.example", "localhost.example:443", "10.0.0.1", "127.example", "[2001:db8::1]:443", ""]
        {
            assert!(!to(host), "{host}");
        }
        let http2 = Request::builder().uri("https://localhost:9443/").body(()).unwrap();
        assert!(is_this_machine(&http2));
    }
}

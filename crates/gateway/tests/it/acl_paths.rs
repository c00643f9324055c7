//! Targets that another reader would take for a path they are not (feature 7, threat A7): dots, slashes, encodings,
//! look-alike letters, forms that are for proxies. None reaches an operation.

use bytes::Bytes;
use domain::{clock::from_unix, scope::Scopes};
use gateway::acl::{Acl, Asked};
use http::{Method, Request, Uri, Version};
use http_body_util::Full;
use serde_json::Value;
use serve::contract::Contract;

use crate::{
    acl::DOCUMENT,
    harness::{NOW, PLENTY, SOME_ID, Served, World, within},
};

/// Returns what somebody might send in the hope that it is read as `path`.
fn tricks(path: &str) -> Vec<String> {
    let ids: Vec<_> = path.match_indices(SOME_ID).map(|(start, id)| start..start + id.len()).collect();
    let mut tricks = Vec::new();
    for (place, _) in path.match_indices('/') {
        let (before, after) = path.split_at(place);
        // In place of a slash, and around one.
        for slash in [
            "//",
            "///",
            "/./",
            "/.//",
            "/x/../",
            "/x/..//",
            "/%2e/",
            "/%2E/",
            "/x/%2e%2e/",
            "/x/.%2e/",
            "/x/..;/",
            "/x/%252e%252e/",
            "/;/",
            "/;x=1/",
            ";x=1/",
            "/..%2f",
            "%2f",
            "%2F",
            "/%2f",
            "%252f",
            "%5c",
            "\\",
            "/\\",
            "%c0%af",
            "%e0%80%af",
            "%u2215",
            "／",
            "∕",
            "⁄",
            "%ef%bc%8f",
            "/%00/",
            "/%20/",
            "/\u{200b}",
            "/%e2%80%8b",
            "/*/",
        ] {
            tricks.push(format!("{before}{slash}{}", &after[1..]));
        }
    }
    for end in [
        "/", "//", "/.", "/..", "/x/..", "/%2e", "%2f", ".", "..", ".json", ".html", "%20", "%00", "%09",
        "%0a", "%0d%0a", "%23", "%3f", "%3fx=1", ";", ";x=1", ";.css", "&x=1", "~", "*", ":", ",", "%",
        "%zz", "+", "\u{200b}", "\u{ad}",
    ] {
        tricks.push(format!("{path}{end}"));
    }
    for (place, letter) in path.char_indices().filter(|(_, letter)| letter.is_ascii_alphanumeric()) {
        let code = u32::from(letter);
        // What NFKC, case folding or the eye takes for the letter.
        let wide = char::from_u32(code + 0xfee0).unwrap();
        let mut alike = vec![
            wide.to_string(),
            percent(wide),
            format!("%{code:02x}"),
            format!("%{code:02X}"),
            format!("%25{code:02x}"),
            format!("%u00{code:02x}"),
        ];
        if letter.is_ascii_lowercase() {
            // A UUID may be written in either case: that leads to the operation that it names.
            if !ids.iter().any(|id| id.contains(&place)) {
                alike.push(letter.to_ascii_uppercase().to_string());
            }
            let bold = char::from_u32(0x1d41a + code - u32::from('a')).unwrap();
            alike.extend([bold.to_string(), percent(bold)]);
        }
        let other = match letter {
            'a' => "ªа",
            'c' => "сⅽ",
            'd' => "ⅾ",
            'e' => "ℯе",
            'i' => "ⁱіı",
            'k' => "\u{212a}",
            'l' => "ⅼ",
            'm' => "ⅿ",
            'o' => "ºо",
            'p' => "р",
            's' => "ſѕ",
            'v' => "ⅴᵛ",
            'x' => "ⅹ",
            '1' => "¹①١",
            '2' => "²",
            _ => "",
        };
        alike.extend(other.chars().flat_map(|other| [other.to_string(), percent(other)]));
        alike.push(format!("{letter}\u{301}"));
        for alike in alike {
            tricks.push(format!("{}{alike}{}", &path[..place], &path[place + 1..]));
        }
    }
    tricks
}

fn percent(letter: char) -> String {
    letter.to_string().bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[tokio::test]
async fn a_path_that_is_spelled_otherwise_leads_to_no_operation() {
    let world = World::new().await;
    let key = world.key(world.tenant(PLENTY, PLENTY), Scopes::all());
    let contract = Contract::parse(DOCUMENT).unwrap();
    let acl = Acl::new(&contract, &world.policy.lock().unwrap()).unwrap();
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let leads = |method: &Method, target: &str| {
        // What is no target at all, hyper refuses.
        let Ok(target) = target.parse() else { return None };
        let asked = Asked { key: Some(key.id()), method, target: &target, peer: [127, 0, 0, 1].into() };
        acl.decide(asked, from_unix(NOW)).operation.map(|operation| operation.id.clone())
    };
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.replace("{id}", SOME_ID).replace("{sid}", SOME_ID);
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_uppercase().parse().unwrap();
            assert_eq!(leads(&method, &path).as_deref(), operation["operationId"].as_str());
            for target in tricks(&path) {
                assert_eq!(leads(&method, &target), None, "{method} {target}");
                tried += 1;
            }
        }
    }
    assert!(tried > 10_000, "{tried}");
}

/// Sends a request line as it is, with a key that may do everything.
async fn send(served: &Served, key: &str, line: &[u8]) -> Vec<u16> {
    let rest = format!("\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n");
    served.client.raw(&[line, rest.as_bytes()].concat()).await.statuses()
}

async fn start() -> (World, Served, String) {
    let mut world = World::new().await;
    world.contract = DOCUMENT;
    world.change = Box::new(|config| config.requests.unidentified.requests = 100_000);
    let (served, key) = world.start_with_key().await;
    (world, served, key.reveal().to_owned())
}

#[tokio::test]
async fn a_path_that_is_spelled_otherwise_is_refused_at_the_socket() {
    let (world, served, key) = start().await;
    for target in tricks("/api/v1/me") {
        let statuses = send(&served, &key, format!("GET {target} HTTP/1.1").as_bytes()).await;
        assert!(statuses == [404] || statuses == [400], "{target}: {statuses:?}");
        assert!(world.api.take().is_empty(), "{target}");
    }
}

#[tokio::test]
async fn a_path_that_is_spelled_otherwise_is_refused_over_http2() {
    let (world, served, key) = start().await;
    let mut sender = served.client.http2().await;
    let mut send = async |target: &str| {
        let uri = format!("https://localhost{target}").parse::<Uri>().ok()?;
        let request =
            Request::get(uri).version(Version::HTTP_2).header("authorization", format!("Bearer {key}"));
        let request = request.body(Full::<Bytes>::default()).unwrap();
        sender.ready().await.unwrap();
        Some(within(sender.send_request(request)).await.map(|answer| answer.status().as_u16()))
    };
    assert_eq!(send("/api/v1/me").await.unwrap().unwrap(), 200);
    assert_eq!(world.api.take().len(), 1);
    let mut answered = 0;
    // Without a slash in front it would be a part of the host.
    for target in tricks("/api/v1/me").into_iter().filter(|target| target.starts_with('/')) {
        // What the client takes for no target was sent over HTTP/1.1; what the server takes for none ends its stream.
        let Some(Ok(status)) = send(&target).await else { continue };
        assert_eq!(status, 404, "{target}");
        answered += 1;
    }
    assert!(answered > 100, "{answered}");
    assert!(world.api.take().is_empty());
}

#[tokio::test]
async fn targets_that_are_no_paths_reach_no_operation() {
    let (world, served, key) = start().await;
    for (line, expected) in [
        ("GET https://localhost/api/v1/me HTTP/1.1", &[400][..]),
        ("GET http://localhost/api/v1/me HTTP/1.1", &[400]),
        ("GET HTTPS://localhost/api/v1/me HTTP/1.1", &[400]),
        ("GET https://api.nutrition-pro.internal/api/v1/me HTTP/1.1", &[400]),
        ("GET https://localhost@other/api/v1/me HTTP/1.1", &[400]),
        ("GET file:///api/v1/me HTTP/1.1", &[400]),
        ("GET localhost:443 HTTP/1.1", &[400]),
        ("GET localhost HTTP/1.1", &[400]),
        ("CONNECT localhost:443 HTTP/1.1", &[400]),
        ("CONNECT /api/v1/me HTTP/1.1", &[405]),
        ("OPTIONS * HTTP/1.1", &[404]),
        ("GET * HTTP/1.1", &[404]),
        ("GET */api/v1/me HTTP/1.1", &[400]),
        ("GET api/v1/me HTTP/1.1", &[400]),
        ("GET ../api/v1/me HTTP/1.1", &[400]),
        ("GET ?/api/v1/me HTTP/1.1", &[400, 404]),
        ("GET #/api/v1/me HTTP/1.1", &[400, 404]),
        ("GET /?/api/v1/me HTTP/1.1", &[404]),
        ("GET /#/api/v1/me HTTP/1.1", &[404]),
        ("GET  HTTP/1.1", &[400]),
        ("GET /api/v1/me /api/v1/usage HTTP/1.1", &[400]),
        ("GET /api/v1/me\0 HTTP/1.1", &[400]),
        ("GET /api/v1/\0me HTTP/1.1", &[400]),
        ("GET /api/v1/me\t HTTP/1.1", &[400]),
        ("GET /api/v1/me\r/x HTTP/1.1", &[400]),
        ("GET /api/v1/me\x0b HTTP/1.1", &[400]),
        ("GET /api/v1/me\x7f HTTP/1.1", &[400]),
        ("GET /api/v1/me?_method=DELETE HTTP/1.1", &[422]),
        ("GET /api/v1/me?x-http-method-override=DELETE HTTP/1.1", &[422]),
        ("GET /api/v1/me?/api/v1/usage HTTP/1.1", &[422]),
        ("G\0ET /api/v1/me HTTP/1.1", &[400]),
        ("GET\t/api/v1/me HTTP/1.1", &[400]),
        ("HEAD /api/v1/me HTTP/1.1", &[405]),
        ("OPTIONS /api/v1/me HTTP/1.1", &[405]),
        ("TRACE /api/v1/me HTTP/1.1", &[405]),
        ("ＧＥＴ /api/v1/me HTTP/1.1", &[400]),
        ("GET /api/v1/me", &[400]),
        ("PRI * HTTP/2.0", &[400]),
    ] {
        let statuses = send(&served, &key, line.as_bytes()).await;
        assert!(statuses.len() == 1 && expected.contains(&statuses[0]), "{line:?}: {statuses:?}");
        assert!(world.api.take().is_empty(), "{line:?}");
    }
    for bytes in [&b"\xff"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"\x80"] {
        let line = [b"GET /api/v1", bytes, b"me HTTP/1.1"].concat();
        let statuses = send(&served, &key, &line).await;
        assert!(statuses == [400] || statuses == [404], "{bytes:?}: {statuses:?}");
    }
    assert!(world.api.take().is_empty());
}

#[tokio::test]
async fn what_follows_a_number_sign_is_not_passed_on() {
    let (world, served, key) = start().await;
    assert_eq!(send(&served, &key, b"GET /api/v1/me#/../usage HTTP/1.1").await, [200]);
    let [arrived] = world.api.take().try_into().unwrap();
    assert_eq!((arrived.method.as_str(), arrived.target.as_str()), ("GET", "/api/v1/me"));
}

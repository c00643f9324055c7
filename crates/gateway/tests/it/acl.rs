//! The table of every decision about access, checked in as `acl.golden` (feature 7, threat A7).
//!
//! The table is made by the gateway's own decision over the public API's own document, and a running gateway is held
//! against each cell. `BLESS=1 cargo test -p gateway --test it acl` writes it anew; what changed shows in review.

use std::{collections::BTreeMap, fmt::Write as _, net::IpAddr};

use domain::{
    clock::from_unix,
    policy::{PolicySnapshot, TenantState},
    scope::{Scope, Scopes},
};
use gateway::acl::{Acl, Asked, Decision};
use http::Method;
use http_body_util::Full;
use seal::api_key::PlainKey;
use serde_json::{Value, json};
use serve::contract::{Access, Contract};

use crate::harness::{NOW, PLENTY, SOME_ID, World};

/// The document of the public API.
pub(crate) const DOCUMENT: &str = include_str!("../../../../openapi.json");

const GOLDEN: &str = include_str!("acl.golden");

/// Those of HTTP, those of its extensions, and names that only look like methods.
const METHODS: [&str; 16] = [
    "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PROPFIND", "PUT", "QUERY", "TRACE",
    "delete", "get", "patch", "post", "put",
];

/// Where the requests come from.
const PEER: &str = "127.0.0.1";

/// Everybody who may ask: nobody in particular, and a key of each kind with each set of scopes.
struct Cast {
    policy: PolicySnapshot,
    callers: Vec<Caller>,
}

struct Caller {
    kind: &'static str,
    scopes: &'static str,
    key: Option<PlainKey>,
}

impl Cast {
    fn of(world: &World) -> Self {
        let mut callers = vec![Caller { kind: "no key", scopes: "", key: None }];
        for kind in ["in force", "revoked", "expired", "tenant suspended", "another network"] {
            let tenant = world.tenant(PLENTY, PLENTY);
            let alone = Scope::ALL.map(|scope| (scope.as_str(), [scope].into_iter().collect()));
            for (name, scopes) in
                [("none", Scopes::none())].into_iter().chain(alone).chain([("all", Scopes::all())])
            {
                let key = world.key(tenant, scopes);
                let mut policy = world.policy.lock().unwrap();
                match kind {
                    "revoked" => policy.keys.last_mut().unwrap().revoked = true,
                    "expired" => policy.keys.last_mut().unwrap().expires_at = Some(NOW),
                    "tenant suspended" => policy.tenants.last_mut().unwrap().state = TenantState::Suspended,
                    "another network" => {
                        policy.keys.last_mut().unwrap().networks = vec!["203.0.113.0/24".parse().unwrap()];
                    }
                    _ => {}
                }
                callers.push(Caller { kind, scopes: name, key: Some(key) });
            }
        }
        Self { policy: world.policy.lock().unwrap().clone(), callers }
    }

    fn acl<'a>(&self, contract: &'a Contract) -> Acl<'a> {
        Acl::new(contract, &self.policy).unwrap()
    }
}

fn decide<'a>(acl: &Acl<'a>, caller: &Caller, method: &str, path: &str) -> Decision<'a> {
    let target = filled(path).parse().unwrap();
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let peer: IpAddr = PEER.parse().unwrap();
    let key = caller.key.as_ref().map(PlainKey::id);
    acl.decide(Asked { key, method: &method, target: &target, peer }, from_unix(NOW))
}

/// Returns a path of the document with ids in it.
fn filled(path: &str) -> String {
    path.replace("{id}", SOME_ID).replace("{sid}", SOME_ID)
}

fn outcome(decision: &Decision<'_>) -> String {
    let public = decision.operation.is_some_and(|operation| operation.access == Access::Public);
    match &decision.refused {
        None if public => "answered by the gateway".to_owned(),
        None => "permitted".to_owned(),
        Some(problem) => {
            let offered = decision.offered.as_ref().map(|methods| format!(", offered are {methods}"));
            format!("{} {}{}", problem.code.status(), problem.code.as_str(), offered.unwrap_or_default())
        }
    }
}

/// Returns what stands in the table for one path.
fn block(acl: &Acl<'_>, cast: &Cast, path: &str) -> String {
    let mut methods = BTreeMap::<(String, String), Vec<&str>>::new();
    for method in METHODS {
        let operation = decide(acl, &cast.callers[0], method, path).operation;
        let rows = rows(acl, cast, method, path);
        let id = operation.map_or("", |operation| operation.id.as_str()).to_owned();
        methods.entry((id, rows)).or_default().push(method);
    }
    let mut block = format!("{path}\n");
    for ((operation, rows), methods) in methods {
        writeln!(block, "  {} {operation}", methods.join(" ")).unwrap();
        block.push_str(&rows);
    }
    // A line never ends in blanks, also where no operation is named.
    block.lines().fold(String::new(), |block, line| block + line.trim_end() + "\n")
}

/// Returns one row for each kind of caller and outcome; each cell of the table is in exactly one.
fn rows(acl: &Acl<'_>, cast: &Cast, method: &str, path: &str) -> String {
    let mut cells: Vec<(&str, String, Vec<&str>)> = Vec::new();
    for caller in &cast.callers {
        let outcome = outcome(&decide(acl, caller, method, path));
        match cells.iter_mut().find(|(kind, other, _)| *kind == caller.kind && *other == outcome) {
            Some((_, _, scopes)) => scopes.push(caller.scopes),
            None => cells.push((caller.kind, outcome, vec![caller.scopes])),
        }
    }
    let (_, first, _) = &cells[0];
    let everybody = cells.iter().all(|(_, outcome, _)| outcome == first);
    if everybody {
        return format!("    {:<18}{first}\n", "whoever asks");
    }
    let all = Scope::ALL.len() + 2;
    cells.iter().fold(String::new(), |rows, (kind, outcome, scopes)| match scopes.as_slice() {
        [""] => format!("{rows}    {kind:<18}{outcome}\n"),
        every if every.len() == all => format!("{rows}    {kind:<18}{outcome}: whatever its scopes\n"),
        some => format!("{rows}    {kind:<18}{outcome}: {}\n", some.join(" ")),
    })
}

fn paths(document: &Value) -> Vec<&str> {
    document["paths"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn every_decision_about_access_is_the_one_in_the_golden_table() {
    let cast = Cast::of(&World::new().await);
    let contract = Contract::parse(DOCUMENT).unwrap();
    let acl = cast.acl(&contract);
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let blocks: Vec<_> = paths(&document).into_iter().map(|path| block(&acl, &cast, path)).collect();
    let table = format!("{HEADING}\n{}", blocks.join("\n"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/acl.golden"), &table).unwrap();
        return;
    }
    assert!(
        table == GOLDEN,
        "{}\nwrite it with: BLESS=1 cargo test -p gateway --test it acl",
        differing(&table)
    );
}

/// Returns the lines that stand in one of the two only.
fn differing(table: &str) -> String {
    let (before, after): (Vec<_>, Vec<_>) = (GOLDEN.lines().collect(), table.lines().collect());
    let gone = before.iter().filter(|line| !after.contains(line)).map(|line| format!("-{line}\n"));
    let new = after.iter().filter(|line| !before.contains(line)).map(|line| format!("+{line}\n"));
    gone.chain(new).collect()
}

#[tokio::test]
async fn a_running_gateway_decides_each_cell_of_the_table_alike() {
    let mut world = World::new().await;
    world.contract = DOCUMENT;
    world.change = Box::new(|config| config.requests.unidentified.requests = 1_000_000);
    let cast = Cast::of(&world);
    let contract = Contract::parse(DOCUMENT).unwrap();
    let acl = cast.acl(&contract);
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let served = world.start().await;
    let mut compared = 0;
    for path in paths(&document) {
        // The target of CONNECT is no path: see the tricks.
        for method in METHODS.into_iter().filter(|method| *method != "CONNECT") {
            for (place, caller) in cast.callers.iter().enumerate() {
                let decision = decide(&acl, caller, method, path);
                // Who asks for what is not offered is answered before it is known who it is: two may stand for all.
                if decision.operation.is_none() && place != 0 && place != 13 {
                    continue;
                }
                let request = served.client.request(method, &filled(path), caller.key.as_ref());
                let body = if contract_takes_body(&decision) { "{}" } else { "" };
                let request = request.header("content-type", "application/json");
                let answer = served.client.send(request.body(Full::from(body)).unwrap()).await;
                let what = format!("{method} {path} for {} {}", caller.kind, caller.scopes);
                let arrived = !world.api.take().is_empty();
                match &decision.refused {
                    Some(problem) => {
                        assert_eq!(answer.status.as_u16(), problem.code.status(), "{what}");
                        let code = (method != "HEAD").then(|| answer.problem().1);
                        assert!(code.is_none_or(|code| code == problem.code.as_str()), "{what}");
                        assert_eq!(answer.header("allow"), decision.offered.as_deref().unwrap_or_default());
                        assert!(!arrived, "{what}");
                    }
                    // `{}` may not fit; then the filter says so, which comes last.
                    None if !arrived => assert_eq!(answer.problem().1, "schema", "{what}"),
                    None => assert_eq!(answer.status, 200, "{what}"),
                }
                compared += 1;
            }
        }
    }
    assert!(compared > 1_600, "{compared}");
}

fn contract_takes_body(decision: &Decision<'_>) -> bool {
    decision.operation.is_some_and(serve::contract::Operation::takes_body)
}

#[tokio::test]
async fn each_single_flip_of_the_document_shows_in_the_golden_table() {
    let cast = Cast::of(&World::new().await);
    let document = bare(&serde_json::from_str(DOCUMENT).unwrap());
    let shows = |flipped: &Value, path: &str| {
        let contract = Contract::parse(&flipped.to_string()).unwrap();
        !GOLDEN.contains(&format!("\n{}", block(&cast.acl(&contract), &cast, path)))
    };
    let mut flips = 0;
    let mut must_show = |flipped: &Value, path: &str, what: String| {
        assert!(shows(flipped, path), "{what} does not show");
        flips += 1;
    };
    let scopes = || Scope::ALL.map(Scope::as_str).into_iter().chain(["public"]);
    for path in paths(&document) {
        assert!(!shows(&document, path), "{path} differs without a flip");
        for method in ["get", "post", "put", "patch", "delete"] {
            let operation = &document["paths"][path][method];
            for scope in scopes().filter(|scope| operation["x-scope"] != *scope) {
                let mut flipped = document.clone();
                let target = &mut flipped["paths"][path][method];
                if target.is_null() {
                    *target = another(&document["paths"][path]);
                }
                target["x-scope"] = scope.into();
                must_show(&flipped, path, format!("{method} {path} for {scope}"));
            }
            if operation.is_null() {
                continue;
            }
            let mut flipped = document.clone();
            flipped["paths"][path].as_object_mut().unwrap().remove(method);
            must_show(&flipped, path, format!("{method} {path} taken away"));
            let mut flipped = document.clone();
            flipped["paths"][path][method]["x-scope"] = Value::Null;
            assert!(Contract::parse(&flipped.to_string()).is_err(), "{method} {path} without a scope");
        }
    }
    // Each of five methods has twelve others than what it has: scopes, `public`, or not to be there.
    assert_eq!(flips, 60 * paths(&document).len());
}

/// Returns an operation that the path does not have, with the parameters of one that it has.
fn another(item: &Value) -> Value {
    let parameters = item.as_object().unwrap().values().next().unwrap()["parameters"].clone();
    json!({ "operationId": "another", "parameters": parameters })
}

/// Returns what of the document says who may do what: bodies and answers only take time.
fn bare(document: &Value) -> Value {
    let mut paths = document["paths"].clone();
    for operation in paths
        .as_object_mut()
        .unwrap()
        .values_mut()
        .flat_map(|item| item.as_object_mut().unwrap().values_mut())
    {
        let mut parameters = operation["parameters"].clone();
        if let Some(list) = parameters.as_array_mut() {
            list.retain(|parameter| parameter["in"] == "path");
        }
        *operation = json!({
            "operationId": operation["operationId"], "x-scope": operation["x-scope"], "parameters": parameters,
        });
    }
    json!({ "paths": paths })
}

const HEADING: &str = "\
Who may do what: the gateway's decision before limits and filter.
`in force` and the others are keys, then come the sets of scopes that the row is about; `any` and such are keys with
that scope alone. Made from openapi.json by tests/it/acl.rs; written by BLESS=1 cargo test -p gateway --test it acl.
";

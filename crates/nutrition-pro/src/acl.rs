//! `acl explain`: what the gateway would decide about a request, and what leads there.

use std::net::{IpAddr, Ipv4Addr};

use anyhow::Context as _;
use control_plane::{
    acl::{self, Standing},
    networks::IpNet,
};
use domain::{
    Timestamp,
    clock::Clock as _,
    policy::TenantState,
    problem::{Code, Problem},
    scope::{Scope, Scopes},
};
use gateway::acl::{Acl, Asked, Decision};
use http::{Method, Uri};
use serde_json::{Value, json};
use serve::{
    clock::SystemClock,
    contract::{Access, Contract, Operation},
};

use crate::{
    cli, exit,
    onboarding::{moment, open},
    roles, terminal,
};

/// Says what the gateway decides.
///
/// # Errors
/// [`exit::Usage`] for what can't be asked, [`exit::Refused`] after a refusal was told, and those of the database.
pub(crate) async fn run(command: cli::Acl) -> anyhow::Result<()> {
    let cli::Acl::Explain { key, method, path, network, target } = command;
    check_id(&key)?;
    let (method, uri) = (read_method(&method)?, read_path(&path)?);
    let now = SystemClock.now();
    let standing = acl::standing(&open(&target).await?, &key, now).await?;
    let from = Origin::new(network, &standing);
    let contract = Contract::parse(roles::OPENAPI).context("the OpenAPI document can't be enforced")?;
    let policy = Acl::new(&contract, &standing.policy).context("the policy can't be used")?;
    let asked = Asked { key: Some(&key), method: &method, target: &uri, peer: from.peer };
    let decision = policy.decide(asked, now);
    let steps = steps(&decision, &standing, &from);
    if target.json {
        terminal::say(&to_json(&decision, &standing, &from, &steps).to_string());
    } else {
        to_lines(&decision, &standing, &steps).iter().for_each(|line| terminal::say(line));
    }
    if decision.refused.is_some() { Err(exit::Refused.into()) } else { Ok(()) }
}

/// Where the request comes from.
struct Origin {
    peer: IpAddr,
    said: Option<IpAddr>,
}

impl Origin {
    /// Where nobody says it, it comes from where the key works.
    fn new(said: Option<IpAddr>, standing: &Standing) -> Self {
        let works = standing.key.as_ref().and_then(|(key, _)| key.networks.first());
        let works = works.map_or(Ipv4Addr::LOCALHOST.into(), IpNet::network);
        Self { peer: said.unwrap_or(works), said }
    }
}

/// One step on the way to the decision. The steps come in the gateway's order, up to the one that refuses.
struct Step {
    name: &'static str,
    passed: bool,
    finding: String,
}

const STEPS: [&str; 5] = ["route", "key", "tenant", "network", "scope"];

fn steps(decision: &Decision<'_>, standing: &Standing, from: &Origin) -> Vec<Step> {
    let code = decision.refused.as_ref().map(|problem| problem.code);
    let public = decision.operation.is_some_and(|operation| operation.access == Access::Public);
    let last = match code {
        None if public => 0,
        None => STEPS.len() - 1,
        Some(Code::KeyInvalid | Code::KeyRevoked | Code::KeyExpired) => 1,
        Some(Code::TenantSuspended) => 2,
        Some(Code::NetworkNotAllowed) => 3,
        Some(Code::ScopeMissing) => 4,
        Some(_) => 0,
    };
    let finding = |name| match (name, &standing.key) {
        ("route", _) => route(decision),
        (_, None) => "no key of the policy has this id".to_owned(),
        ("key", Some((key, _))) => match (code, key.revoked_at, key.expires_at) {
            (Some(Code::KeyRevoked), Some(at), _) => format!("revoked {}", moment(at)),
            (Some(Code::KeyExpired), _, Some(at)) => format!("ended {}", moment(at)),
            (_, _, end) => format!("in force{}", end.map(until).unwrap_or_default()),
        },
        ("tenant", Some((_, tenant))) => match tenant.state {
            TenantState::Active => format!("{} is active", tenant.id),
            TenantState::Suspended => format!("{} is suspended", tenant.id),
        },
        ("network", Some((key, _))) => {
            let networks: Vec<_> = key.networks.iter().map(ToString::to_string).collect();
            match (networks.is_empty(), from.said) {
                (true, _) => "the key works from everywhere".to_owned(),
                (false, Some(said)) => {
                    format!("it comes from {said}, the key works from {}", networks.join(", "))
                }
                (false, None) => {
                    format!("taken to come from where the key works, {}: say --network", networks.join(", "))
                }
            }
        }
        (_, Some((key, _))) => format!("the key holds {}", held(key.scopes)),
    };
    let names = STEPS.into_iter().enumerate().take(last + 1);
    names
        .map(|(at, name)| Step { name, passed: at < last || code.is_none(), finding: finding(name) })
        .collect()
}

fn route(decision: &Decision<'_>) -> String {
    match (decision.operation, &decision.refused, &decision.offered) {
        (Some(operation), _, _) => {
            format!("the operation {}, which needs {}", operation.id, needs(operation))
        }
        (None, _, Some(offered)) => format!("the path offers {offered} and no other method"),
        (None, Some(Problem { code: Code::NotFound, .. }), _) => "the path leads to no operation".to_owned(),
        (None, Some(problem), _) => problem.code.title().to_owned(),
        (None, None, _) => "the path leads to no operation".to_owned(),
    }
}

fn needs(operation: &Operation) -> String {
    match operation.access {
        Access::Public => "no key: the gateway answers it itself".to_owned(),
        Access::Scope(Scope::Any) => "a key, whatever its scopes".to_owned(),
        Access::Scope(scope) => format!("the scope {scope}"),
    }
}

fn held(scopes: Scopes) -> String {
    let names: Vec<_> = scopes.iter().map(Scope::as_str).collect();
    if names.is_empty() { "no scopes".to_owned() } else { names.join(", ") }
}

fn until(end: Timestamp) -> String {
    format!(" until {}", moment(end))
}

fn to_json(decision: &Decision<'_>, standing: &Standing, from: &Origin, steps: &[Step]) -> Value {
    let refused = decision.refused.as_ref();
    json!({
        "allowed": refused.is_none(),
        "status": refused.map(|problem| problem.code.status()),
        "code": refused.map(|problem| problem.code.as_str()),
        "operation": decision.operation.map(|operation| &operation.id),
        "scope": decision.operation.and_then(|operation| match operation.access {
            Access::Scope(scope) => Some(scope.as_str()),
            Access::Public => None,
        }),
        "policy_version": standing.policy.version,
        "from": from.said,
        "steps": steps.iter().map(|step| {
            json!({ "step": step.name, "passed": step.passed, "finding": step.finding })
        }).collect::<Vec<_>>(),
    })
}

fn to_lines(decision: &Decision<'_>, standing: &Standing, steps: &[Step]) -> Vec<String> {
    let answer = match &decision.refused {
        None => "allowed".to_owned(),
        Some(problem) => format!("refused: {} {}", problem.code.status(), problem.code.as_str()),
    };
    let first = format!("{answer}, by version {} of the policy", standing.policy.version);
    let rest = steps.iter().map(|step| {
        let mark = if step.passed { "passed" } else { "REFUSED" };
        format!("  {:<8} {mark:<8} {}", step.name, step.finding)
    });
    std::iter::once(first).chain(rest).collect()
}

/// Refuses what is no key's id, without a word of it.
fn check_id(text: &str) -> Result<(), exit::Usage> {
    let is_id = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
    if is_id {
        return Ok(());
    }
    let id = "KEY is a key's id, the part between the second and the third underscore; `key list` shows it";
    if text.contains('_') || text.len() > 16 {
        return Err(exit::Usage(format!(
            "{id}. A whole key does not belong on a command line: it stays in the shell's history, and other processes \
             can read it. If this was one, replace it: nutrition-pro key rotate ID --overlap-hours 0"
        )));
    }
    Err(exit::Usage(id.to_owned()))
}

fn read_method(text: &str) -> Result<Method, exit::Usage> {
    text.parse().map_err(|_| exit::Usage("METHOD is the name of a method, such as GET".to_owned()))
}

fn read_path(text: &str) -> Result<Uri, exit::Usage> {
    let uri = text.parse::<Uri>().ok().filter(|uri| text.starts_with('/') && uri.authority().is_none());
    uri.ok_or_else(|| {
        exit::Usage(
            "PATH is what follows the host in a URL, such as /api/v1/usage, encoded as it is sent".to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_id_is_taken_and_nothing_else_is_repeated() {
        assert!(check_id("abcdefghijklmnop").is_ok());
        for (text, warns) in [
            ("anp_live_abcdefghijklmnop_secretsecretsecretsecret_12345678", true),
            ("ANP_TEST_abcdefghijklmnop_SECRET", true),
            ("secretsecretsecretsecretsecret", true),
            ("abcdefghijklmno", false),
            ("abcdefghijklmno1", false),
            ("", false),
        ] {
            let told = check_id(text).unwrap_err().to_string();
            assert_eq!(told.contains("history"), warns, "{text}");
            assert!(text.is_empty() || !told.to_lowercase().contains("secret"), "{told}");
        }
    }

    #[test]
    fn a_path_is_one_as_it_stands_in_a_request() {
        for (text, expected) in [
            ("/api/v1/usage?from=2026-11-01", true),
            ("//host/api", true),
            ("https://host/api/v1/me", false),
            ("host:443", false),
            ("*", false),
            ("api/v1/me", false),
            ("/a b", false),
            ("", false),
        ] {
            assert_eq!(read_path(text).is_ok(), expected, "{text}");
        }
    }
}

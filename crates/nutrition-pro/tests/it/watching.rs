//! The dashboard and the alert rules in `deploy/`: what they ask for is what a running system tells.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use testkit::{
    scripted_llm::{Script, ScriptedLlm},
    told,
};

use crate::program::Up;

const RULES: &str = include_str!("../../../../deploy/prometheus/alerts.yml");
const DASHBOARD: &str = include_str!("../../../../deploy/grafana/nutrition-pro.json");
const MANUAL: &str = include_str!("../../../../docs/production.md");

/// A metric that is asked for, with the values that its labels must have one of.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Selector {
    metric: String,
    labels: Vec<(String, Vec<String>)>,
}

/// Returns every selector of a metric of ours in `text`.
fn selectors(text: &str) -> BTreeSet<Selector> {
    let mut found = BTreeSet::new();
    for role in ["gateway", "api", "control_plane"] {
        // A rule for all roles is one for each.
        let text = text.replace("anp_(gateway|api|control_plane)_", &format!("anp_{role}_"));
        for (start, _) in text.match_indices("anp_") {
            let rest = &text[start..];
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let (metric, rest) = rest.split_at(end);
            let matchers = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
            let labels = matchers.map_or(Vec::new(), |(matchers, _)| labels(matchers));
            found.insert(Selector { metric: metric.to_owned(), labels });
        }
    }
    found
}

fn labels(matchers: &str) -> Vec<(String, Vec<String>)> {
    let pairs = matchers.split(',').filter_map(|matcher| {
        let (name, value) = matcher.trim().split_once('=')?;
        let value = value.trim_start_matches('~').trim_matches('"');
        Some((name.to_owned(), value.split('|').map(str::to_owned).collect()))
    });
    // These are added by who scrapes.
    pairs.filter(|(name, _)| name != "instance" && name != "job").collect()
}

/// Returns the expressions of the dashboard and what its variables ask for.
fn expressions(dashboard: &Value) -> Vec<String> {
    let targets =
        dashboard["panels"].as_array().unwrap().iter().filter_map(|panel| panel["targets"].as_array());
    let mut expressions: Vec<_> =
        targets.flatten().map(|target| target["expr"].as_str().unwrap().to_owned()).collect();
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    expressions.extend(variables.iter().filter_map(|one| Some(one["definition"].as_str()?.to_owned())));
    expressions
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_metric_and_label_of_dashboard_and_alerts_is_told_by_a_running_system() {
    let llm = ScriptedLlm::start(Script::honest()).await;
    let folder = tempfile::tempdir().unwrap();
    let model = [("ANP_LLM_BASE_URL", &*llm.base_url()), ("ANP_LLM_MODEL", "scripted")];
    let up = Up::start(folder.path(), &model, &[]);
    let mut series = BTreeMap::new();
    for role in ["GATEWAY", "API", "CONTROL_PLANE"] {
        let address = up.environment[&format!("ANP_{role}_OPERATIONS_ADDR")].parse().unwrap();
        assert_eq!(told::ask(address, "/readyz").await, (200, "ok\n".to_owned()), "{role}");
        series.extend(told::series(address).await);
    }
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let asked = expressions(&dashboard).join("\n") + RULES;
    let selectors = selectors(&asked);
    assert!(selectors.len() > 30, "{selectors:#?}");
    for Selector { metric, labels } in &selectors {
        let named = series.keys().filter(|name| *name == metric || name.starts_with(&format!("{metric}{{")));
        assert!(named.clone().next().is_some(), "nobody tells {metric}");
        for (label, values) in labels {
            for value in values {
                let pair = format!("{label}=\"{value}\"");
                assert!(named.clone().any(|name| name.contains(&pair)), "{metric} is never told with {pair}");
            }
        }
    }
    // What it is grouped by is a label of what is asked for.
    for expression in expressions(&dashboard) {
        for by in expression.split("by (").skip(1) {
            for label in
                by.split(')').next().unwrap().split(", ").filter(|label| !["job", "instance"].contains(label))
            {
                let told = series.keys().any(|name| {
                    expression.contains(name.split('{').next().unwrap_or_default())
                        && name.contains(&format!("{label}=\""))
                });
                let of_all_roles = expression.contains("__name__");
                assert!(told || of_all_roles, "{label} in {expression}");
            }
        }
    }
}

#[test]
fn every_panel_says_what_it_shows_and_in_what_unit() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let (mut ids, mut titles, mut taken) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "an id stands twice: {panel}");
        assert!(titles.insert(panel["title"].as_str().unwrap()), "a title stands twice: {panel}");
        let [x, y, width, height] = ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap());
        assert!(width > 0 && height > 0 && x + width <= 24, "{panel}");
        for place in (x..x + width).flat_map(|x| (y..y + height).map(move |y| (x, y))) {
            assert!(taken.insert(place), "two panels lie on each other: {panel}");
        }
        if panel["type"] == "row" {
            continue;
        }
        assert!(panel["description"].as_str().is_some_and(|text| text.ends_with('.')), "{panel}");
        assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{panel}");
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{panel}");
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{panel}");
        let names: BTreeSet<_> = targets.iter().map(|target| target["refId"].as_str().unwrap()).collect();
        assert_eq!(names.len(), targets.len(), "{panel}");
        assert!(targets.iter().all(|target| target["datasource"]["uid"] == "${datasource}"), "{panel}");
    }
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    assert!(variables.iter().any(|one| one["name"] == "datasource" && one["type"] == "datasource"));
    assert_eq!(dashboard["uid"], "nutrition-pro");
}

#[test]
fn every_alert_has_a_severity_a_summary_and_a_line_in_the_manual() {
    let alerts: Vec<_> = RULES.split("- alert: ").skip(1).collect();
    assert!(alerts.len() >= 15, "{}", alerts.len());
    for alert in alerts {
        let name = alert.lines().next().unwrap();
        assert!(alert.contains("severity: page") || alert.contains("severity: ticket"), "{name}");
        assert!(alert.contains("summary: "), "{name}");
        assert!(MANUAL.contains(&format!("| `{name}` |")), "{name} is not in docs/production.md");
    }
}

#[test]
fn selectors_are_read_with_their_labels() {
    let text = "sum(rate(anp_api_a_total{instance=~\"$i\",b=~\"c|d\"}[5m])) > anp_gateway_e and {__name__=~\"anp_(gateway|api|control_plane)_f\"}";
    let found = selectors(text);
    let metrics: BTreeSet<_> = found.iter().map(|one| one.metric.as_str()).collect();
    assert_eq!(
        metrics,
        BTreeSet::from([
            "anp_api_a_total",
            "anp_gateway_e",
            "anp_gateway_f",
            "anp_api_f",
            "anp_control_plane_f"
        ])
    );
    let labelled = found.iter().find(|one| one.metric == "anp_api_a_total").unwrap();
    assert_eq!(labelled.labels, [("b".to_owned(), vec!["c".to_owned(), "d".to_owned()])]);
}

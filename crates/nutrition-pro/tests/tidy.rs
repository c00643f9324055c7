//! The map and the land agree: who may know whom, where heavy dependencies live, what every crate and file has.
//!
//! The arrows are read from the diagram in `ARCHITECTURE.md`, the truth from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[test]
fn the_workspace_is_tidy() {
    let workspace = Workspace::read();
    let drawn = Diagram::parse(&read(&root().join("ARCHITECTURE.md")));
    let problems = [
        undrawn_arrows(&workspace, &drawn),
        drawn_but_absent(&workspace, &drawn),
        testkit_outside_tests(&workspace),
        heavy_outside_home(&workspace),
        forbidden_in_graph(&workspace),
        crates_without_lints(&workspace),
        crates_without_readme(&workspace),
        files_without_a_job(&workspace),
        layers_upside_down(&root().join("crates/api/src")),
    ]
    .concat();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// Where a heavy dependency may be named. Tests may name it anywhere.
const HOMES: &[(&str, &[&str])] = &[
    ("anyhow", &["bench", "nutrition-pro", "xtask"]),
    ("askama", &["control-plane"]),
    ("axum", &["api", "control-plane", "gateway", "serve", "testkit"]),
    ("clap", &["nutrition-pro"]),
    ("jsonschema", &["serve"]),
    ("reqwest", &["control-plane", "llm", "nutrition-pro"]),
    ("sea-orm", &["api-db", "control-db", "database", "testkit"]),
    ("sea-orm-migration", &["api-db", "control-db", "database"]),
    ("sqlx", &["api-db", "control-db", "database", "testkit"]),
];

/// What a crate must not reach through any chain of dependencies.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("gateway", &["database", "libsqlite3-sys", "sea-orm", "sea-query", "sqlx", "sqlx-core"]),
    ("voice", &["axum", "hyper", "reqwest", "sea-orm", "sqlx", "tokio"]),
    ("domain", &["axum", "hyper", "reqwest", "sea-orm", "sqlx", "tokio"]),
    ("seal", &["axum", "hyper", "reqwest", "sea-orm", "sqlx", "tokio"]),
];

/// An arrow is allowed where the drawing leads from one crate to the other, directly or on the way.
fn undrawn_arrows(workspace: &Workspace, drawn: &Diagram) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, member) in &workspace.members {
        for other in workspace.own(&member.dependencies) {
            if !drawn.leads(name, other) {
                problems.push(format!("{name} → {other} is not drawn in ARCHITECTURE.md"));
            }
        }
        // Tests may use `testkit` and what it is made of, but no role knows another.
        for other in workspace.own(&member.dev_dependencies) {
            let from_testkit = other == "testkit" || drawn.leads("testkit", other);
            if other != name && !from_testkit && !drawn.leads(name, other) {
                problems.push(format!("tests of {name} → {other} is not drawn in ARCHITECTURE.md"));
            }
        }
    }
    problems
}

fn drawn_but_absent(workspace: &Workspace, drawn: &Diagram) -> Vec<String> {
    let mut problems = Vec::new();
    for (from, targets) in &drawn.arrows {
        let member = workspace.members.get(from);
        let absent =
            targets.iter().filter(|to| member.is_none_or(|member| !member.dependencies.contains(*to)));
        problems
            .extend(absent.map(|to| format!("{from} → {to} is drawn in ARCHITECTURE.md and does not exist")));
    }
    problems
}

fn testkit_outside_tests(workspace: &Workspace) -> Vec<String> {
    let uses = workspace.members.iter().filter(|(_, member)| member.dependencies.contains("testkit"));
    uses.map(|(name, _)| format!("{name} uses testkit outside its dev-dependencies")).collect()
}

fn heavy_outside_home(workspace: &Workspace) -> Vec<String> {
    let mut problems = Vec::new();
    for (heavy, homes) in HOMES {
        for (name, member) in &workspace.members {
            if member.dependencies.contains(*heavy) && !homes.contains(&name.as_str()) {
                problems.push(format!("{name} uses {heavy}, whose home is {}", homes.join(", ")));
            }
        }
    }
    problems
}

fn forbidden_in_graph(workspace: &Workspace) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, forbidden) in FORBIDDEN {
        let reached = workspace.reached_from(name);
        let found = forbidden.iter().filter(|other| reached.contains(**other));
        problems.extend(found.map(|other| format!("{name} reaches {other} through its dependencies")));
    }
    problems
}

fn crates_without_lints(workspace: &Workspace) -> Vec<String> {
    let members = workspace.members.iter();
    let without =
        members.filter(|(_, member)| !takes_workspace_lints(&read(&member.home.join("Cargo.toml"))));
    without.map(|(name, _)| format!("{name}: Cargo.toml lacks `[lints] workspace = true`")).collect()
}

fn takes_workspace_lints(manifest: &str) -> bool {
    let mut section = manifest.lines().map(str::trim).skip_while(|line| *line != "[lints]").skip(1);
    section.find(|line| !line.is_empty()).is_some_and(|line| line == "workspace = true")
}

fn crates_without_readme(workspace: &Workspace) -> Vec<String> {
    let without = workspace.members.iter().filter(|(_, member)| !member.home.join("README.md").is_file());
    without.map(|(name, _)| format!("{name} has no README.md")).collect()
}

fn files_without_a_job(workspace: &Workspace) -> Vec<String> {
    let files = workspace.members.values().flat_map(|member| rust_files(&member.home));
    let without = files.filter(|path| !says_its_job(&read(path)));
    without.map(|path| format!("{} does not begin with a `//!` sentence", path.display())).collect()
}

/// In the API role routes know use cases, use cases know wire types, and never the other way round.
fn layers_upside_down(source: &Path) -> Vec<String> {
    let mut problems = Vec::new();
    for path in rust_files(source) {
        let inside = path.strip_prefix(source).unwrap_or(&path).with_extension("");
        let module = inside.iter().next().and_then(|name| name.to_str()).unwrap_or_default();
        let source = read(&path);
        let known = modules_known(&source);
        let forbidden = known.iter().filter(|other| !may_know(module, other));
        problems.extend(forbidden.map(|other| format!("{} uses {other}", path.display())));
    }
    problems
}

fn may_know(module: &str, other: &str) -> bool {
    match module {
        "wire" => ["error", "limits", "wire"].contains(&other),
        "lib" | "openapi" | "role" | "routes" => true,
        _ => other != "routes",
    }
}

/// Returns the modules of its own crate that a file names after `crate::`, one by one or in braces.
fn modules_known(source: &str) -> BTreeSet<&str> {
    let mut known = BTreeSet::new();
    for after in source.split("crate::").skip(1) {
        let Some(inside) = after.strip_prefix('{') else {
            known.extend(after.split(|c: char| !c.is_alphanumeric() && c != '_').next());
            continue;
        };
        let (mut depth, mut start) = (1, 0);
        for (at, character) in inside.char_indices() {
            depth += i32::from(character == '{') - i32::from(character == '}');
            if depth == 0 || (depth == 1 && character == ',') {
                known.extend(inside[start..at].trim().split("::").next().filter(|name| !name.is_empty()));
                start = at + 1;
            }
            if depth == 0 {
                break;
            }
        }
    }
    known
}

fn says_its_job(source: &str) -> bool {
    source.starts_with("//! ") || source.starts_with("#![doc = include_str!(\"../README.md\")]")
}

/// The arrows of the diagram: solid for what is built in, dotted for what only tests and fuzzing use.
#[derive(Debug, Default)]
struct Diagram {
    arrows: BTreeMap<String, BTreeSet<String>>,
}

impl Diagram {
    /// Reads the lines `a & b --> c & d` of the first `mermaid` block.
    fn parse(document: &str) -> Self {
        let mut diagram = Self::default();
        let block = document.split("```mermaid").nth(1).and_then(|rest| rest.split("```").next());
        for line in block.unwrap_or_default().lines() {
            let Some((from, to)) = line.split_once("-->").or_else(|| line.split_once("-.->")) else {
                continue;
            };
            for from in from.split('&') {
                let targets = diagram.arrows.entry(from.trim().to_owned()).or_default();
                targets.extend(to.split('&').map(|name| name.trim().to_owned()));
            }
        }
        diagram
    }

    /// Tells whether following arrows from one crate reaches the other.
    fn leads(&self, from: &str, to: &str) -> bool {
        reach(&self.arrows, from).contains(to)
    }
}

/// What `cargo metadata` says.
#[derive(Debug, Default)]
struct Workspace {
    members: BTreeMap<String, Member>,
    /// What each package of the graph is built from, by name; what only its tests use is left out.
    graph: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug, Default)]
struct Member {
    home: PathBuf,
    dependencies: BTreeSet<String>,
    dev_dependencies: BTreeSet<String>,
}

impl Workspace {
    fn read() -> Self {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version=1", "--locked"])
            .current_dir(root())
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self::from_metadata(&serde_json::from_slice(&output.stdout).expect("metadata is JSON"))
    }

    fn from_metadata(metadata: &Value) -> Self {
        let members: BTreeSet<&str> =
            items(&metadata["workspace_members"]).filter_map(Value::as_str).collect();
        let mut workspace = Self::default();
        let mut name_of = BTreeMap::new();
        for package in items(&metadata["packages"]) {
            name_of.insert(text(&package["id"]), text(&package["name"]));
            if members.contains(text(&package["id"])) {
                workspace.members.insert(text(&package["name"]).to_owned(), Member::from_metadata(package));
            }
        }
        for node in items(&metadata["resolve"]["nodes"]) {
            let built_from = items(&node["deps"])
                .filter(|dependency| items(&dependency["dep_kinds"]).any(|kind| kind["kind"] != "dev"))
                .filter_map(|dependency| name_of.get(text(&dependency["pkg"])))
                .map(|name| (*name).to_owned());
            let name = name_of.get(text(&node["id"])).copied().unwrap_or_default();
            workspace.graph.entry(name.to_owned()).or_default().extend(built_from);
        }
        workspace
    }

    /// Those of `names` that are crates of this workspace.
    fn own<'a>(&'a self, names: &'a BTreeSet<String>) -> impl Iterator<Item = &'a str> {
        names.iter().map(String::as_str).filter(|name| self.members.contains_key(*name))
    }

    fn reached_from(&self, name: &str) -> BTreeSet<&str> {
        reach(&self.graph, name)
    }
}

impl Member {
    fn from_metadata(package: &Value) -> Self {
        let manifest = Path::new(text(&package["manifest_path"]));
        let mut member = Self { home: manifest.parent().unwrap_or(manifest).to_owned(), ..Self::default() };
        for dependency in items(&package["dependencies"]) {
            let for_tests = dependency["kind"] == "dev";
            let names = if for_tests { &mut member.dev_dependencies } else { &mut member.dependencies };
            names.insert(text(&dependency["name"]).to_owned());
        }
        member
    }
}

/// Everything that following the arrows from `start` leads to.
fn reach<'a>(arrows: &'a BTreeMap<String, BTreeSet<String>>, start: &str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut next: Vec<&str> = targets(arrows, start).collect();
    while let Some(name) = next.pop() {
        if seen.insert(name) {
            next.extend(targets(arrows, name));
        }
    }
    seen
}

fn targets<'a>(arrows: &'a BTreeMap<String, BTreeSet<String>>, from: &str) -> impl Iterator<Item = &'a str> {
    arrows.get(from).into_iter().flatten().map(String::as_str)
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

mod checks {
    //! Each check, shown red on a bad workspace.

    use serde_json::json;

    use super::*;

    type Crate = (&'static str, &'static [&'static str], &'static [&'static str]);

    /// A workspace of crates with their dependencies and their dev-dependencies.
    fn workspace(crates: &[Crate]) -> Workspace {
        let mut packages = Vec::new();
        for (name, normal, dev) in crates {
            let normal = normal.iter().map(|other| json!({ "name": other, "kind": null }));
            let dev = dev.iter().map(|other| json!({ "name": other, "kind": "dev" }));
            let dependencies: Vec<Value> = normal.chain(dev).collect();
            packages.push(json!({
                "id": name, "name": name, "manifest_path": "/none/Cargo.toml", "dependencies": dependencies,
            }));
        }
        let members: Vec<&str> = crates.iter().map(|(name, ..)| *name).collect();
        Workspace::from_metadata(&json!({ "workspace_members": members, "packages": packages }))
    }

    fn drawn() -> Diagram {
        Diagram::parse(
            "# Map\n```mermaid\nflowchart LR\n  api & gateway --> serve\n  serve --> domain\n  \
             testkit -.-> api-db\n```\n",
        )
    }

    #[test]
    fn an_arrow_that_is_not_drawn_is_red() {
        let land =
            workspace(&[("api", &["serve"], &[]), ("gateway", &["api"], &[]), ("serve", &["api"], &[])]);
        assert_eq!(undrawn_arrows(&land, &drawn()).len(), 2);
    }

    #[test]
    fn an_arrow_along_the_drawing_is_allowed() {
        let land =
            workspace(&[("api", &["serve", "domain"], &[]), ("serve", &[], &[]), ("domain", &[], &[])]);
        assert!(undrawn_arrows(&land, &drawn()).is_empty());
    }

    #[test]
    fn a_role_in_another_roles_tests_is_red() {
        let land = workspace(&[
            ("api", &[], &["gateway", "testkit", "api-db"]),
            ("gateway", &[], &[]),
            ("testkit", &[], &[]),
            ("api-db", &[], &[]),
        ]);
        assert_eq!(undrawn_arrows(&land, &drawn()).len(), 1);
    }

    #[test]
    fn an_arrow_that_is_only_drawn_is_red() {
        let land = workspace(&[("api", &["serve"], &[]), ("serve", &["domain"], &[]), ("domain", &[], &[])]);
        assert_eq!(drawn_but_absent(&land, &drawn()).len(), 2, "gateway → serve and testkit → api-db");
    }

    #[test]
    fn testkit_in_a_build_is_red() {
        assert_eq!(testkit_outside_tests(&workspace(&[("api", &["testkit"], &[])])).len(), 1);
        assert!(testkit_outside_tests(&workspace(&[("api", &[], &["testkit"])])).is_empty());
    }

    #[test]
    fn a_heavy_dependency_away_from_home_is_red() {
        let land = workspace(&[("voice", &["axum"], &[]), ("api", &["axum", "clap"], &[])]);
        assert_eq!(heavy_outside_home(&land).len(), 2);
    }

    #[test]
    fn a_database_anywhere_below_the_gateway_is_red() {
        let mut land = Workspace::default();
        for (from, to) in [("gateway", "serve"), ("serve", "cache"), ("cache", "libsqlite3-sys")] {
            land.graph.entry(from.to_owned()).or_default().insert(to.to_owned());
        }
        assert_eq!(forbidden_in_graph(&land).len(), 1);
    }

    #[test]
    fn what_only_tests_use_is_not_built_in() {
        let land = Workspace::from_metadata(&json!({
            "packages": [{ "id": "1", "name": "gateway" }, { "id": "2", "name": "sqlx" }],
            "resolve": { "nodes": [{ "id": "1", "deps": [{ "pkg": "2", "dep_kinds": [{ "kind": "dev" }] }] }] },
        }));
        assert!(forbidden_in_graph(&land).is_empty());
    }

    #[test]
    fn a_crate_with_lints_of_its_own_is_red() {
        assert!(takes_workspace_lints("[package]\nname = \"x\"\n\n[lints]\nworkspace = true\n"));
        assert!(!takes_workspace_lints("[lints.rust]\nunsafe_code = \"allow\"\n"));
        assert!(!takes_workspace_lints("[lints]\nworkspace = false\n"));
    }

    #[test]
    fn a_crate_without_a_readme_is_red() {
        assert_eq!(crates_without_readme(&workspace(&[("api", &[], &[])])).len(), 1);
    }

    #[test]
    fn a_file_that_does_not_say_its_job_is_red() {
        assert!(says_its_job("//! Keys.\n\nfn main() {}"));
        assert!(says_its_job("#![doc = include_str!(\"../README.md\")]\n"));
        assert!(!says_its_job("// Keys.\n"));
        assert!(!says_its_job("use std::fmt;\n//! Late.\n"));
    }

    #[test]
    fn modules_are_read_from_braces_too() {
        let source = "use crate::{\n    answer::Answer,\n    gate::{self, Vouched},\n    limits, samples,\n};\nfn f() { crate::work::run() }";
        let expected = ["answer", "gate", "limits", "samples", "work"];
        assert_eq!(modules_known(source), BTreeSet::from(expected));
    }

    #[test]
    fn a_use_case_that_knows_a_route_is_red() {
        assert!(!may_know("samples", "routes") && !may_know("wire", "samples"));
        assert!(may_know("routes", "samples") && may_know("samples", "wire") && may_know("wire", "limits"));
    }

    #[test]
    fn a_missing_diagram_draws_nothing() {
        assert!(Diagram::parse("# Map\n").arrows.is_empty());
    }
}

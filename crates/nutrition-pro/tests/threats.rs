//! The threat register: every threat has an entry, and an entry that claims something names tests that exist.
//! So does the map where it says what happens when a part fails.
//!
//! `threats/README.md` is made from the entries: `BLESS=1 cargo test -p nutrition-pro --test threats` writes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

#[test]
fn the_register_is_complete_and_true() {
    let threats = register();
    let sources = test_sources(&root());
    let untrue = threats.iter().flat_map(|(file, threat)| problems(file, threat, &sources));
    let problems: Vec<String> = missing(&threats).into_iter().chain(untrue).collect();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn the_index_is_what_the_entries_say() {
    let path = root().join("threats/README.md");
    let wanted = index(&register());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &wanted).expect("threats/ can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, wanted, "write it with: BLESS=1 cargo test -p nutrition-pro --test threats");
}

/// `ARCHITECTURE.md` says what happens when a part fails, and which test shows it.
#[test]
fn the_map_names_tests_that_exist() {
    let map = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("there is a map");
    let named = tests_named_in(&map);
    assert!(named.len() >= 20, "{named:?}");
    let sources = test_sources(&root());
    let absent: Vec<_> = named.iter().filter(|name| !sources.iter().any(|source| source.has(name))).collect();
    assert!(absent.is_empty(), "there is no test {absent:?}");
}

/// Returns every `crate::module::test_name` in backticks of the table "Shown by".
fn tests_named_in(map: &str) -> Vec<&str> {
    let table = map.split("| Shown by |").nth(1).and_then(|rest| rest.split("\n\n").next());
    let code = table.unwrap_or_default().split('`').skip(1).step_by(2);
    code.filter(|text| text.contains("::")).collect()
}

/// One file of `threats/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Threat {
    id: String,
    name: String,
    component: String,
    /// What we do against it, planned or done.
    controls: Vec<String>,
    state: State,
    /// `crate::module::test_name` of each test that replays the attack.
    tests: Vec<String>,
    /// What is missing, where the state is partial.
    gap: Option<String>,
    /// What was taken away from the code, one thing at a time, to see the tests fail.
    bites: Option<String>,
    /// Controls that come later although the attack is refused without them, where the state is closed.
    later: Option<String>,
}

/// How far the controls of a threat are proven.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum State {
    /// No test replays the attack.
    Open,
    /// Tests replay a part of the attack; `gap` says what is missing.
    Partial,
    /// Tests replay the whole attack, and fail with a control taken away.
    Closed,
}

/// Every threat by the name of its file.
fn register() -> BTreeMap<String, Threat> {
    let mut threats = BTreeMap::new();
    for entry in std::fs::read_dir(root().join("threats")).expect("there is a register") {
        let path = entry.expect("the register can be listed").path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let stem = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).expect("an entry can be read");
            let threat = basic_toml::from_str(&text).map_err(|error| format!("{stem}: {error}"));
            threats.insert(stem, threat.expect("an entry has the form of the others"));
        }
    }
    threats
}

/// The ids of the design's threats: 8 of the application, 7 of the deployment, 7 of the build, 22 more.
fn ids() -> impl Iterator<Item = String> {
    [('A', 8), ('D', 7), ('B', 7), ('X', 22)]
        .into_iter()
        .flat_map(|(letter, count)| (1..=count).map(move |number| format!("{letter}{number}")))
}

fn missing(threats: &BTreeMap<String, Threat>) -> Vec<String> {
    let absent = ids().filter(|id| !threats.contains_key(id)).map(|id| format!("{id} has no entry"));
    let unknown = threats.keys().filter(|id| ids().all(|known| known != **id));
    absent.chain(unknown.map(|id| format!("{id} is no known threat"))).collect()
}

fn problems(file: &str, threat: &Threat, sources: &[TestSource]) -> Vec<String> {
    let mut problems = Vec::new();
    if threat.id != file {
        problems.push(format!("{file}: its id is {}", threat.id));
    }
    if threat.name.is_empty() || threat.component.is_empty() || threat.controls.is_empty() {
        problems.push(format!("{file}: name, component and controls are needed"));
    }
    if threat.state != State::Open && threat.tests.is_empty() {
        problems.push(format!("{file}: a threat that is not open names the tests that replay its attack"));
    }
    if (threat.state == State::Partial) != threat.gap.as_ref().is_some_and(|gap| !gap.is_empty()) {
        problems
            .push(format!("{file}: `gap` says what is missing where the state is partial, and only there"));
    }
    if threat.state == State::Closed && threat.bites.is_none() {
        problems.push(format!(
            "{file}: `bites` says what was taken away to see the tests of a closed threat fail"
        ));
    }
    if threat.state != State::Closed && threat.later.is_some() {
        problems.push(format!("{file}: `later` is for closed threats, `gap` for partial ones"));
    }
    if threat.state == State::Open && threat.bites.is_some() {
        problems.push(format!("{file}: `bites` needs tests that bite"));
    }
    let notes = [&threat.gap, &threat.bites, &threat.later].into_iter().flatten();
    if notes.clone().any(|note| note.trim().is_empty()) {
        problems.push(format!("{file}: a note that says nothing"));
    }
    let absent = threat.tests.iter().filter(|name| !sources.iter().any(|source| source.has(name)));
    problems.extend(absent.map(|name| format!("{file}: there is no test {name}")));
    problems
}

/// The register's table for readers.
fn index(threats: &BTreeMap<String, Threat>) -> String {
    let mut text = String::from(INTRODUCTION);
    let count = |state| threats.values().filter(|threat| threat.state == state).count();
    let (closed, partial, open) = (count(State::Closed), count(State::Partial), count(State::Open));
    writeln!(text, "{closed} closed, {partial} partial, {open} open.\n").expect("a String takes every text");
    text.push_str(
        "| Threat | Component | State | Tests | Seen to fail | What is missing |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for threat in ids().filter_map(|id| threats.get(&id)) {
        let Threat { id, name, component, .. } = threat;
        let state = format!("{:?}", threat.state).to_lowercase();
        let (tests, bites) = (threat.tests.len(), if threat.bites.is_some() { "yes" } else { "" });
        let missing = match (&threat.gap, &threat.later) {
            (Some(gap), _) => gap.clone(),
            (None, Some(later)) => format!("later: {later}"),
            (None, None) => String::new(),
        };
        writeln!(
            text,
            "| [{id}]({id}.toml) {name} | {component} | {state} | {tests} | {bites} | {missing} |"
        )
        .expect("a String takes every text");
    }
    text
}

const INTRODUCTION: &str = "# Threat register

One file for each threat: A of the application, D of the deployment, B of the build, X what other models lack.
A threat is closed when tests replay its whole attack and fail with a control taken away; partial when they replay a part, and the gap is named; open otherwise.
`bites` says what was taken away from the code, one thing at a time, to see the tests fail.
`later` names controls that are not built yet although the attack is refused without them.
This page is made from the files and checked by `crates/nutrition-pro/tests/threats.rs`, which also checks that the named tests exist.

";

/// One source file with its tests.
struct TestSource {
    /// The crate's name as code writes it.
    krate: String,
    /// What may stand between the crate and the test: directories, the file's name, modules within.
    modules: Vec<String>,
    tests: Vec<String>,
}

impl TestSource {
    fn read(krate: &str, path: &Path, text: &str) -> Self {
        let mut modules: Vec<String> =
            path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let declared = text.lines().filter_map(|line| line.trim_start().strip_prefix("mod "));
        modules.extend(declared.map(|name| name.trim_end_matches([' ', '{', ';']).to_owned()));
        Self { krate: krate.replace('-', "_"), modules, tests: tests_of(text) }
    }

    /// Tells whether `crate::module::test_name` is a test of this file.
    fn has(&self, name: &str) -> bool {
        let parts: Vec<&str> = name.split("::").collect();
        let [krate, modules @ .., test] = parts.as_slice() else { return false };
        self.krate == *krate
            && modules.iter().all(|module| self.modules.iter().any(|known| known == module))
            && self.tests.iter().any(|known| known == test)
    }
}

/// Names of the functions that stand right below a `#[test]` or the like, or in a block that runs on both engines.
fn tests_of(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut marked = false;
    let mut block: Option<usize> = None;
    for line in text.lines() {
        let (indent, line) = (line.len() - line.trim_start().len(), line.trim());
        let in_block = block.is_some_and(|outer| indent == outer + 4);
        if line == "on_both_engines! {" {
            block = Some(indent);
        } else if line == "}" && block == Some(indent) {
            block = None;
        } else if line.starts_with("#[") {
            let attribute = line.trim_start_matches("#[").split(['(', ']']).next().unwrap_or_default();
            marked |= attribute == "test" || attribute.ends_with("::test");
        } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| marked || in_block) {
            names.push(rest.split(['(', '<']).next().unwrap_or_default().to_owned());
            marked = false;
        } else if !line.starts_with("//") {
            marked = false;
        }
    }
    names
}

fn test_sources(root: &Path) -> Vec<TestSource> {
    let crates = std::fs::read_dir(root.join("crates")).expect("there are crates");
    let members = crates.map(|entry| entry.expect("crates can be listed").path()).chain([root.join("xtask")]);
    let mut sources = Vec::new();
    for member in members {
        let krate =
            member.file_name().expect("a crate's directory has a name").to_string_lossy().into_owned();
        for path in rust_files(&member) {
            let text = std::fs::read_to_string(&path).expect("a source file can be read");
            let inside = path.strip_prefix(&member).expect("it was found there");
            sources.push(TestSource::read(&krate, inside, &text));
        }
    }
    sources
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
    //! Each check, shown red on a bad entry.

    use super::*;

    const SOURCE: &str = "
        mod tests {
            #[test]
            fn revoked_key_is_refused() {}

            /// Not a test.
            fn helper() {}

            #[tokio::test(flavor = \"multi_thread\")]
            // Why it is so.
            async fn slow_body_is_cut() {}
        }
        on_both_engines! {
            async fn foreign_row_is_absent(engine: Engine) {
                fn inner() {}
            }
        }
        fn after() {}
    ";

    fn judge(file: &str, entry: &str) -> Vec<String> {
        let threat = basic_toml::from_str(entry).expect("the form is right");
        problems(file, &threat, &[TestSource::read("serve", Path::new("src/body.rs"), SOURCE)])
    }

    fn entry(state: &str, tests: &str, notes: &str) -> Vec<String> {
        let head = "id = \"A1\"\nname = \"n\"\ncomponent = \"c\"\ncontrols = [\"k\"]";
        judge("A1", &format!("{head}\nstate = \"{state}\"\ntests = [{tests}]\n{notes}"))
    }

    const BITES: &str = "bites = \"k taken away\"";

    #[test]
    fn a_named_test_is_found_with_its_modules() {
        assert!(entry("closed", "\"serve::body::tests::revoked_key_is_refused\"", BITES).is_empty());
        assert!(entry("closed", "\"serve::body::slow_body_is_cut\"", BITES).is_empty());
        assert!(entry("closed", "\"serve::body::foreign_row_is_absent\"", BITES).is_empty());
    }

    #[test]
    fn a_claim_without_a_test_is_red() {
        assert_eq!(entry("closed", "", BITES).len(), 1);
        assert_eq!(entry("partial", "", "gap = \"the rest\"").len(), 1);
    }

    #[test]
    fn a_test_that_does_not_exist_is_red() {
        for name in ["body::helper", "body::inner", "body::after", "other::slow_body_is_cut"] {
            assert_eq!(entry("closed", &format!("\"serve::{name}\""), BITES).len(), 1, "{name}");
        }
        assert_eq!(entry("closed", "\"gateway::body::slow_body_is_cut\"", BITES).len(), 1);
    }

    #[test]
    fn partial_needs_a_gap_and_only_partial_has_one() {
        let test = "\"serve::body::slow_body_is_cut\"";
        assert_eq!(entry("partial", test, "").len(), 1);
        assert!(entry("partial", test, "gap = \"the rest\"").is_empty());
        assert_eq!(entry("closed", test, &format!("gap = \"the rest\"\n{BITES}")).len(), 1);
    }

    #[test]
    fn closed_needs_a_control_that_was_taken_away() {
        let test = "\"serve::body::slow_body_is_cut\"";
        assert_eq!(entry("closed", test, "").len(), 1);
        assert!(!entry("closed", test, "bites = \" \"").is_empty());
        assert!(entry("partial", test, &format!("gap = \"the rest\"\n{BITES}")).is_empty());
        assert_eq!(entry("open", "", BITES).len(), 1);
    }

    #[test]
    fn only_closed_has_a_later() {
        let test = "\"serve::body::slow_body_is_cut\"";
        assert!(entry("closed", test, &format!("later = \"more\"\n{BITES}")).is_empty());
        assert_eq!(entry("partial", test, "gap = \"the rest\"\nlater = \"more\"").len(), 1);
        assert_eq!(entry("open", "", "later = \"more\"").len(), 1);
    }

    #[test]
    fn an_entry_under_another_name_or_without_controls_is_red() {
        let head = "id = \"A1\"\nname = \"n\"\ncomponent = \"c\"\nstate = \"open\"\ntests = []";
        assert_eq!(judge("A2", &format!("{head}\ncontrols = [\"k\"]")).len(), 1);
        assert_eq!(judge("A1", &format!("{head}\ncontrols = []")).len(), 1);
    }

    #[test]
    fn tests_are_read_from_the_map() {
        let map = "`a::b::c`\n| Who | Shown by |\n| --- | --- |\n| `x` | `d::e::f`, `g::h` |\n| y | no test |\n\n`i::j`";
        assert_eq!(tests_named_in(map), ["d::e::f", "g::h"]);
        assert!(tests_named_in("no table").is_empty());
    }

    #[test]
    fn a_threat_without_an_entry_is_red() {
        assert_eq!(missing(&BTreeMap::new()).len(), 44);
    }

    #[test]
    fn a_state_of_another_name_does_not_parse() {
        assert!(basic_toml::from_str::<Threat>("state = \"done\"").is_err());
    }
}

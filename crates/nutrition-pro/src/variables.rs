//! Every setting of every role, for the check of unknown names and for the README.

use std::fmt::Write as _;

use serve::config::{Settings, Variable};

/// The settings that are no role's own.
const OWN: &[Variable] = &[
    Variable {
        name: "ANP_DATA_DIR",
        default: Some("data"),
        meaning: "the folder in which `up` keeps databases, keys and certificates",
    },
    Variable {
        name: "ANP_MIGRATE_DATABASE_URL",
        default: None,
        meaning: "database that `migrate` works on, with its owner's role",
    },
    Variable {
        name: "ANP_MIGRATE_PASSWORD_FILE",
        default: None,
        meaning: "password of that owner, if it has one",
    },
];

/// Returns every setting, role by role.
pub(crate) fn all() -> impl Iterator<Item = &'static Variable> {
    [OWN, gateway::config::VARIABLES, control_plane::config::VARIABLES, api::config::VARIABLES]
        .into_iter()
        .flatten()
}

/// Returns the settings of this process.
pub(crate) fn from_environment() -> Settings {
    Settings::new(std::env::vars())
}

/// Returns the table of settings in Markdown, as the README holds it.
pub(crate) fn table() -> String {
    let mut table = "| variable | default | meaning |\n| --- | --- | --- |\n".to_owned();
    let mut seen = std::collections::BTreeSet::new();
    for Variable { name, default, meaning } in all().filter(|variable| seen.insert(variable.name)) {
        let default = default.map_or(String::new(), |default| format!("`{default}`"));
        let _ = writeln!(table, "| `{name}` | {default} | {meaning} |");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_holds_every_setting() {
        let readme = include_str!("../../../README.md");
        assert!(readme.contains(&table()), "put the output of `nutrition-pro settings` into README.md");
    }
}

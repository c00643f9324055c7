//! Files with secrets: who may read them. Their content is not looked at.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::json;
use serve::config::{Settings, Variable};

use super::{Report, Role, State};

/// Tells of each file with a secret that the role is configured with.
pub(super) fn look(role: Role, settings: &mut Settings, report: &mut Report) {
    let files: &[&Variable] = match role {
        Role::Gateway => {
            use ::gateway::config as c;
            &[
                &c::KEY_PEPPER_FILE,
                &c::CONTEXT_KEY_FILE,
                &c::KEY_FILE,
                &c::CLIENT_KEY_FILE,
                &c::ENROLMENT_FILE,
                &c::IDENTITY_FILE,
            ]
        }
        Role::Api => {
            use api::config as c;
            &[
                &c::MASTER_KEY_FILE,
                &c::DATABASE_PASSWORD_FILE,
                &c::LLM_API_KEY_FILE,
                &c::KEY_FILE,
                &c::ENROLMENT_FILE,
                &c::IDENTITY_FILE,
            ]
        }
        Role::ControlPlane => {
            use control_plane::config as c;
            &[
                &c::MASTER_KEY_FILE,
                &c::AUTHORITY_KEY_FILE,
                &c::SIGNING_KEY_FILE,
                &c::PEPPER_FILE,
                &c::DATABASE_PASSWORD_FILE,
                &c::KEY_FILE,
                &c::FEED_KEY_FILE,
            ]
        }
    };
    for variable in files {
        if let Some(path) = settings.read::<String>(variable) {
            tell(variable.name, &path, report);
        }
    }
}

fn tell(setting: &str, path: &str, report: &mut Report) {
    // What is missing is said by who reads the settings; a certificate that is kept comes with the first renewal.
    let Ok(metadata) = fs::metadata(path) else { return };
    let mode = metadata.permissions().mode() & 0o777;
    let (state, told) = match mode {
        mode if mode & 0o007 != 0 => (State::Failed, "everybody on this machine may read it"),
        mode if mode & 0o070 != 0 => (State::Warning, "its group may read it"),
        _ => (State::Good, "a file for its owner only"),
    };
    let details = json!({ "mode": format!("{mode:04o}") });
    report.add_with(state, "secret", setting, format!("{told} ({mode:04o})"), details);
}

#[cfg(test)]
mod tests {
    use domain::clock::from_unix;

    use super::*;

    #[test]
    fn who_else_may_read_a_secret_is_told_and_the_secret_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        fs::write(&file, "canary").unwrap();
        for (mode, expected) in [(0o600, State::Good), (0o640, State::Warning), (0o644, State::Failed)] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            let mut report = Report { now: from_unix(0), findings: Vec::new() };
            tell("ANP_KEY_FILE", &file.display().to_string(), &mut report);
            assert_eq!(report.findings[0].state, expected, "{mode:o}");
            assert!(!super::super::to_json(&report).to_string().contains("canary"));
        }
    }
}

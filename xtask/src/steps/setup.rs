//! Set-up: installs the Debian packages that the tests need where they are missing.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::env::Workspace;
use crate::process;
use crate::report::{Tally, say};

/// Something the machine must have, how to see that it has it, and the Debian package that brings it.
struct Need {
    package: &'static str,
    present: fn() -> bool,
}

const NEEDS: &[Need] = &[
    Need { package: "postgresql", present: has_postgresql },
    Need { package: "redis-server", present: has_valkey },
    Need { package: "python3", present: || process::succeeds("python3", &["--version"]) },
    Need {
        package: "python3-venv",
        present: || process::succeeds("python3", &["-c", "import ensurepip, venv"]),
    },
    Need { package: "git", present: || process::succeeds("git", &["--version"]) },
    Need { package: "g++", present: || process::succeeds("c++", &["--version"]) },
];

/// Installs what is missing, as root or with a `sudo` that asks nothing.
pub(super) fn run(_: &Workspace) -> anyhow::Result<Tally> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(Tally::one());
    }
    let by_hand = format!("apt-get install {}", missing.join(" "));
    install(&missing).with_context(|| format!("the tests need packages; install them with: {by_hand}"))?;
    let still = self::missing();
    if !still.is_empty() {
        bail!("still missing after the installation: {}", still.join(" "));
    }
    Ok(Tally::noted(format!("installed {}", missing.join(" "))))
}

fn missing() -> Vec<&'static str> {
    NEEDS.iter().filter(|need| !(need.present)()).map(|need| need.package).collect()
}

/// Installs Debian packages, as root or with a `sudo` that asks nothing.
pub(crate) fn install(packages: &[&str]) -> anyhow::Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    if !process::succeeds("apt-get", &["--version"]) {
        bail!("no apt-get on this machine");
    }
    let quiet = ["install", "--yes", "--quiet", "--no-install-recommends"];
    // An old package list is the usual reason for a failed installation, a failed update rarely is one.
    if let Err(error) = process::run(apt_get()?.args(["update", "--quiet"])) {
        say(&format!("going on with the package list there is: {error:#}"));
    }
    process::run(apt_get()?.args(quiet).args(packages))
}

fn apt_get() -> anyhow::Result<Command> {
    let environment = ["DEBIAN_FRONTEND=noninteractive", "apt-get"];
    let user = process::output(Command::new("id").arg("-u"))?;
    let mut command = if user.trim() == "0" {
        Command::new("env")
    } else if process::succeeds("sudo", &["-n", "true"]) {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "env"]);
        sudo
    } else {
        bail!("neither root nor a sudo that works without a password");
    };
    command.args(environment);
    Ok(command)
}

/// Either will do: they speak the same protocol.
fn has_valkey() -> bool {
    ["valkey-server", "redis-server"].iter().any(|program| process::succeeds(program, &["--version"]))
}

/// Debian keeps the server's programs off the search path, one directory per version.
fn has_postgresql() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    process::succeeds("initdb", &["--version"])
        || versions.map(|version| version.path()).any(|path| path.join(Path::new("bin/initdb")).is_file())
}

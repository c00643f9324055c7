//! The binary that the image holds: static, optimised for size and speed, without paths of this machine.

use anyhow::Context as _;

use crate::env::Workspace;
use crate::{process, report};

/// Builds `target/x86_64-unknown-linux-gnu/dist/nutrition-pro`, where the Dockerfile looks for it.
pub(crate) fn build(workspace: &Workspace) -> anyhow::Result<()> {
    let home = std::env::var_os("HOME").context("no home directory")?;
    // A named target keeps the flags away from build scripts and macros, which can not be static.
    let arguments =
        ["build", "--locked", "--package", "nutrition-pro", "--profile", "dist", "--target", TARGET];
    let flags = [
        "-Ctarget-feature=+crt-static",
        // The system call alone: an empty root has no /dev to fall back to.
        r#"--cfg=getrandom_backend="linux_getrandom""#,
        &format!("--remap-path-prefix={}=/source", workspace.root.display()),
        &format!("--remap-path-prefix={}=/home", home.to_string_lossy()),
    ];
    let target = workspace.root.join("target");
    process::run(
        process::cargo_command(workspace, &arguments)
            // Parted by a character that stands in no path.
            .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
            .env("CARGO_TARGET_DIR", &target),
    )?;
    report::say(&format!("built {}", target.join(TARGET).join("dist/nutrition-pro").display()));
    Ok(())
}

/// The machines that run the image.
const TARGET: &str = "x86_64-unknown-linux-gnu";

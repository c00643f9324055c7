//! Where things are: the checkout, the target directory, the tools' own corner of it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// The checkout that this run works on.
pub(crate) struct Workspace {
    /// The repository's root.
    pub(crate) root: PathBuf,
    /// Cargo's target directory, the one that this program itself was built into.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Finds the checkout from what `cargo run` says, its target directory from where this program lies.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let home = std::env::var_os("CARGO_MANIFEST_DIR").context("start it with `cargo xtask`")?;
        let root = Path::new(&home).parent().context("xtask lies in the workspace")?;
        let program = std::env::current_exe().context("cannot tell where this program lies")?;
        let target = program.ancestors().nth(2).context("cargo puts programs two levels below its target")?;
        Ok(Self { root: root.to_owned(), target: target.to_owned() })
    }

    /// The directory of tools that this program installs for itself; made when missing.
    pub(crate) fn tools(&self) -> anyhow::Result<PathBuf> {
        made(self.target.join("tools"))
    }

    /// A scratch directory for one step; made when missing.
    pub(crate) fn scratch(&self, name: &str) -> anyhow::Result<PathBuf> {
        made(self.target.join("xtask").join(name))
    }
}

/// The cargo that called us, so that every step uses the pinned tool chain.
pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// How many processors this machine lends us.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

fn made(directory: PathBuf) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
    Ok(directory)
}

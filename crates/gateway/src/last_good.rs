//! The last good policy on disk, signed as it came, so that a start does not need the control plane.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use crate::feed::MAX_TOKEN_BYTES;

/// The file of the last good policy.
#[derive(Clone, Debug)]
pub(crate) struct LastGood(PathBuf);

impl LastGood {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Returns what is on disk, unverified.
    pub(crate) fn read(&self) -> io::Result<String> {
        let mut token = String::new();
        File::open(&self.0)?.take(MAX_TOKEN_BYTES as u64).read_to_string(&mut token)?;
        Ok(token)
    }

    /// Replaces what is on disk: a crash leaves the old policy or the new one, never half of one.
    pub(crate) fn write(&self, token: &str) -> io::Result<()> {
        let mut new = self.0.clone().into_os_string();
        new.push(".new");
        let new = PathBuf::from(new);
        // What a crash may have left; made anew so that the mode is ours.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(token.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &self.0)?;
        let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_was_written_is_read_back_and_is_for_the_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy");
        let file = LastGood::new(path.clone());
        assert_eq!(file.read().unwrap_err().kind(), io::ErrorKind::NotFound);
        file.write("one").unwrap();
        fs::write(folder.path().join("policy.new"), "left by a crash").unwrap();
        file.write("two").unwrap();
        assert_eq!(file.read().unwrap(), "two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

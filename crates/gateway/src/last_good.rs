//! The last good policy on disk, as it came, so that a start does not need the control plane.
//!
//! The signed index lies in a file, its pages beside it in a folder, each under its digest. Pages are written before
//! the index that names them, and removed after the one that no longer does.

use std::{
    collections::HashSet,
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use seal::policy::{Digest, Index};

use crate::feed::{MAX_INDEX_BYTES, MAX_PAGE_BYTES};

/// The file of the last good policy, and the folder of its pages.
#[derive(Clone, Debug)]
pub(crate) struct LastGood {
    index: PathBuf,
    pages: PathBuf,
}

impl LastGood {
    pub(crate) fn new(index: PathBuf) -> Self {
        let pages = with_suffix(&index, ".pages");
        Self { index, pages }
    }

    /// Returns the signed index on disk, unverified.
    pub(crate) fn read_index(&self) -> io::Result<String> {
        let mut token = String::new();
        File::open(&self.index)?.take(MAX_INDEX_BYTES as u64).read_to_string(&mut token)?;
        Ok(token)
    }

    /// Returns a page on disk, unverified.
    pub(crate) fn read_page(&self, digest: Digest) -> io::Result<Vec<u8>> {
        let mut json = Vec::new();
        File::open(self.page(digest))?.take(MAX_PAGE_BYTES as u64).read_to_end(&mut json)?;
        Ok(json)
    }

    /// Puts a page where an index to come will look for it.
    pub(crate) fn write_page(&self, digest: Digest, json: &[u8]) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.pages)?;
        replace(&self.page(digest), json)
    }

    /// Replaces the index on disk: a crash leaves the old policy or the new one, never half of one. Then removes the
    /// pages that no index names any more.
    pub(crate) fn write_index(&self, token: &str, index: &Index) -> io::Result<()> {
        if self.pages.exists() {
            File::open(&self.pages)?.sync_all()?;
        }
        replace(&self.index, token.as_bytes())?;
        let folder = self.index.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        self.sweep(index)
    }

    fn sweep(&self, index: &Index) -> io::Result<()> {
        let named: HashSet<OsString> =
            index.tenants.iter().chain(&index.keys).map(|digest| digest.to_string().into()).collect();
        for file in fs::read_dir(&self.pages)? {
            let file = file?;
            if !named.contains(&file.file_name()) {
                fs::remove_file(file.path())?;
            }
        }
        Ok(())
    }

    fn page(&self, digest: Digest) -> PathBuf {
        self.pages.join(digest.to_string())
    }
}

fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    let new = with_suffix(path, ".new");
    // What a crash may have left; made anew so that the mode is ours.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(contents)?;
    file.sync_all()?;
    fs::rename(&new, path)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn index(pages: &[&str]) -> Index {
        let keys = pages.iter().map(|page| Digest::of(page.as_bytes())).collect();
        Index { version: 1, issued_at: 0, tenants: Vec::new(), keys, limits: Vec::new() }
    }

    #[test]
    fn what_was_written_is_read_back_and_is_for_the_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy");
        let disk = LastGood::new(path.clone());
        assert_eq!(disk.read_index().unwrap_err().kind(), io::ErrorKind::NotFound);
        for (token, pages) in [("one", ["a", "b"]), ("two", ["b", "c"])] {
            fs::write(folder.path().join("policy.new"), "left by a crash").unwrap();
            for page in pages {
                disk.write_page(Digest::of(page.as_bytes()), page.as_bytes()).unwrap();
            }
            disk.write_index(token, &index(&pages)).unwrap();
        }
        assert_eq!(disk.read_index().unwrap(), "two");
        assert_eq!(disk.read_page(Digest::of(b"b")).unwrap(), b"b");
        assert!(disk.read_page(Digest::of(b"a")).is_err(), "no index names it any more");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&folder.path().join("policy.pages")), 0o700);
        assert_eq!(mode(&disk.page(Digest::of(b"c"))), 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        assert_eq!(fs::read_dir(folder.path().join("policy.pages")).unwrap().count(), 2);
    }
}

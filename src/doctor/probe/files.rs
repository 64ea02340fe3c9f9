//! What can be seen of a file from outside.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::doctor::clientpass::File;

/// The folders on the way to a path, from the root, and what is at its end; as far as they are there.
pub(super) fn way(path: &Path) -> Vec<File> {
    let mut way: Vec<&Path> = path.ancestors().collect();
    way.reverse();
    way.into_iter().map_while(file).collect()
}

/// Mode and owner of what is there.
pub(super) fn file(path: &Path) -> Option<File> {
    let seen = fs::metadata(path).ok()?;
    let path = path.display().to_string();
    Some(File { path, mode: seen.mode() & 0o7777, uid: seen.uid(), gid: seen.gid() })
}

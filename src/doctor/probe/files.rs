//! What can be seen of a file from outside.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::doctor::clientpass::File;

/// Mode and owner of what is there.
pub(super) fn file(path: &Path) -> Option<File> {
    let seen = fs::metadata(path).ok()?;
    let path = path.display().to_string();
    Some(File { path, mode: seen.mode() & 0o7777, uid: seen.uid(), gid: seen.gid() })
}

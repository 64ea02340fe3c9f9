//! Copies of the file: a backup made beside whoever uses it, and one put back so that nothing ended revives.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::connection::{CACHE, connect, unavailable};
use super::differences::Differences;
use crate::store::engine::EngineError;
use crate::store::migrate;

/// Tables whose rows are in no backup: what opens something by itself, what is kept only until it is answered or
/// delivered, and where members were, which nobody may keep for longer than the policy says.
const LEFT_OUT: [&str; 9] = [
    "sessions",
    "setup_tokens",
    "invitations",
    "ownership_offers",
    "client_setup_links",
    "idempotency_keys",
    "outbox",
    "log_ins",
    "totals",
];
const COMPARE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/restore/compare.sql"));
const REPLAY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/restore/replay_ends.sql"));

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a file of this name.
    #[error("{0} is there already; name another file")]
    Exists(String),
    /// A file cannot be read or written.
    #[error("{0}: {1}")]
    File(String, io::Error),
    /// It is not a backup.
    #[error("{0} is no backup of clientpass: {1}")]
    NoBackup(String, String),
    /// A database cannot be read or written.
    #[error("{0}: {1}; move it away to restore without it")]
    Live(String, EngineError),
    /// The copy cannot be made.
    #[error(transparent)]
    Database(#[from] EngineError),
}

/// Whether the data that were there knew the same organizations, so that all their ends are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ends {
    /// They did, and have been replayed; they differed from the backup in this.
    Replayed(Differences),
    /// There is nothing that knows what has ended since the backup.
    Unknown,
}

/// Copies the database in `source` into a new file, as it is at this moment; `source` may be written meanwhile.
pub fn back_up(source: &Path, target: &Path) -> Result<(), BackupError> {
    create(target)?;
    let copied = copy_rows(source, target).map_err(BackupError::from).and_then(|()| settle(target));
    if copied.is_err() {
        drop(fs::remove_file(target));
    }
    copied
}

fn copy_rows(source: &Path, target: &Path) -> Result<(), EngineError> {
    let copy = connect(target, OpenFlags::SQLITE_OPEN_READ_WRITE, CACHE)?;
    // Nobody else has the file, and one that is not finished is removed.
    copy.pragma_update(None, "journal_mode", "OFF").map_err(unavailable)?;
    copy.pragma_update(None, "foreign_keys", false).map_err(unavailable)?;
    migrate::sqlite(&copy)?;
    attach(&copy, source)?;

    // One transaction, so one snapshot.
    copy.execute_batch("BEGIN").map_err(unavailable)?;
    for table in tables(&copy).map_err(unavailable)? {
        copy.execute_batch(&format!("DELETE FROM main.{table}")).map_err(unavailable)?;
        if !LEFT_OUT.contains(&table.as_str()) {
            let columns = columns(&copy, &table).map_err(unavailable)?;
            let rows = format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM live.{table}");
            copy.execute_batch(&rows).map_err(unavailable)?;
        }
    }

    copy.execute_batch("COMMIT").map_err(unavailable)
}

fn tables(copy: &Connection) -> rusqlite::Result<Vec<String>> {
    let listed =
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    copy.prepare(listed)?.query_map([], |row| row.get(0))?.collect()
}

/// The columns that are kept, with commas between; what is computed from them is not written.
fn columns(copy: &Connection, table: &str) -> rusqlite::Result<String> {
    let listed = "SELECT group_concat(name, ', ') FROM pragma_table_info(?1)";
    copy.query_row(listed, [table], |row| row.get(0))
}

/// Makes of a backup the database that takes the place of `live`, in a file of its own beside it.
pub fn prepare(backup: &Path, candidate: &Path, live: &Path) -> Result<Ends, BackupError> {
    remove(candidate)?;
    // `fs::copy` would give it the mode of the backup.
    let mut copied = create(candidate)?;
    File::open(backup)
        .and_then(|mut backup| io::copy(&mut backup, &mut copied))
        .map_err(|why| BackupError::File(shown(backup), why))?;

    let copy = checked(backup, candidate)?;
    for table in LEFT_OUT {
        copy.execute_batch(&format!("DELETE FROM {table}")).map_err(unavailable)?;
    }

    if !live.exists() {
        return Ok(Ends::Unknown);
    }
    replay(&copy, live).map_err(|why| BackupError::Live(shown(live), why))
}

/// A copy that is whole and of a version that this program knows.
fn checked(backup: &Path, candidate: &Path) -> Result<Connection, BackupError> {
    let odd = |why: String| BackupError::NoBackup(shown(backup), why);
    let copy =
        connect(candidate, OpenFlags::SQLITE_OPEN_READ_WRITE, CACHE).map_err(|why| odd(why.to_string()))?;
    copy.pragma_update(None, "foreign_keys", false).map_err(unavailable)?;
    let found: String =
        copy.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|why| odd(why.to_string()))?;
    if found != "ok" {
        return Err(odd(found));
    }

    copy.query_row("SELECT count(*) FROM schema_migrations", [], |_| Ok(()))
        .map_err(|why| odd(why.to_string()))?;
    migrate::sqlite(&copy).map_err(|why| odd(why.to_string()))?;
    Ok(copy)
}

fn replay(copy: &Connection, live: &Path) -> Result<Ends, EngineError> {
    // An older program may have made it; and its log is emptied when this connection closes.
    migrate::sqlite(&connect(live, OpenFlags::SQLITE_OPEN_READ_WRITE, CACHE)?)?;
    attach(copy, live)?;

    let same =
        "SELECT EXISTS (SELECT 1 FROM main.organizations WHERE id IN (SELECT id FROM live.organizations))";
    let same: bool = copy.query_row(same, [], |row| row.get(0)).map_err(unavailable)?;
    let mut ends = Ends::Unknown;
    if same {
        copy.execute_batch(&format!("BEGIN; {COMPARE}; {REPLAY}; COMMIT")).map_err(unavailable)?;
        ends = Ends::Replayed(Differences::read(copy).map_err(unavailable)?);
    }

    copy.execute_batch("DETACH live").map_err(unavailable)?;
    Ok(ends)
}

/// Puts a prepared database in the place of `live`: whoever looks finds the old one or the new one, whole. Neither
/// is open any more.
pub fn replace(candidate: &Path, live: &Path) -> Result<(), BackupError> {
    for of in [candidate, live] {
        // A log that is still there belongs to a database that was not closed, and would be taken for the new one's.
        let log = with_ending(of, "-wal");
        if log.metadata().is_ok_and(|log| log.len() > 0) {
            let why = io::Error::other("is not empty; start clientpass once, stop it, and try again");
            return Err(BackupError::File(shown(&log), why));
        }
    }

    settle(candidate)?;
    fs::rename(candidate, live).map_err(|why| BackupError::File(shown(live), why))?;
    for ending in ["-wal", "-shm"] {
        drop(fs::remove_file(with_ending(live, ending)));
    }
    settle(live)
}

/// Removes a prepared database that is not wanted any more.
pub fn remove(candidate: &Path) -> Result<(), BackupError> {
    for path in ["", "-wal", "-shm", "-journal"].map(|ending| with_ending(candidate, ending)) {
        match fs::remove_file(&path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => {
                return Err(BackupError::File(shown(&path), why));
            }
            _ => {}
        }
    }
    Ok(())
}

fn create(path: &Path) -> Result<File, BackupError> {
    File::options().write(true).create_new(true).mode(0o600).open(path).map_err(|why| match why.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists(shown(path)),
        _ => BackupError::File(shown(path), why),
    })
}

/// Waits until a file and its name are on disk.
fn settle(path: &Path) -> Result<(), BackupError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let synced = File::open(path)
        .and_then(|file| file.sync_all())
        .and_then(|()| File::open(folder.unwrap_or(Path::new(".")))?.sync_all());
    synced.map_err(|why| BackupError::File(shown(path), why))
}

fn attach(connection: &Connection, path: &Path) -> Result<(), EngineError> {
    let path = path.to_str().ok_or_else(|| EngineError::Unavailable("its path is not UTF-8".into()))?;
    connection.execute("ATTACH $1 AS live", [path]).map(drop).map_err(unavailable)
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    PathBuf::from(path)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

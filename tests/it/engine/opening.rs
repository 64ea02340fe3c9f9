//! Opening a data directory: one owner, its own keyring, a schema that is known, files for nobody else.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use clientpass::app::{self, Core, Environment, StartError};
use clientpass::config::Config;
use clientpass::service::Argon2Params;
use clientpass::store::engine::EngineError;
use rusqlite::Connection;
use tempfile::TempDir;

use super::now;
use crate::support::TestApp;
use crate::support::entropy::CountedEntropy;
use crate::support::time::TestTime;

/// A parent folder; the data directory in it is still to be made.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn config(&self) -> Config {
        let mut config = Config::default();
        config.storage.data_dir = self.0.path().join("made/data");
        config
    }

    fn data(&self, name: &str) -> std::path::PathBuf {
        self.config().storage.data_dir.join(name)
    }

    fn open(&self) -> Result<Core, StartError> {
        open(&self.config(), 0)
    }
}

/// Opens with random bytes that begin at `seed`, so that two installations differ.
fn open(config: &Config, seed: u8) -> Result<Core, StartError> {
    let entropy = CountedEntropy::default();
    clientpass::entropy::Entropy::fill(&entropy, &mut vec![0; 32 * usize::from(seed) + 1]).unwrap();
    let outside = Environment {
        time: Arc::new(TestTime::new()),
        entropy: Arc::new(entropy),
        wrap_engine: None,
        argon2: Argon2Params { memory_kib: 64, passes: 1, at_once: 1 },
    };
    now(app::open(config, &outside))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn one_process_owns_a_data_directory() {
    let place = Place::new();
    let first = place.open().unwrap();
    let second = place.open().map(drop).unwrap_err();
    assert!(matches!(second, StartError::InUse(_)), "{second}");
    assert!(second.to_string().contains("in use by another clientpass"), "{second}");
    drop(first);
    assert!(place.open().is_ok());
}

#[test]
fn what_serves_owns_its_data_directory() {
    let app = TestApp::start();
    let mut config = Config::default();
    config.storage.data_dir = app.data_dir().to_path_buf();
    assert!(matches!(open(&config, 0).map(drop), Err(StartError::InUse(_))));
    app.http().get("/readyz").expect(200);
}

#[test]
fn a_database_of_a_newer_program_is_refused_and_left_alone() {
    let place = Place::new();
    drop(place.open().unwrap());
    let newer = Connection::open(place.data("clientpass.sqlite")).unwrap();
    newer.execute("INSERT INTO schema_migrations (version) VALUES (999)", []).unwrap();
    drop(newer);
    let before = fs::read(place.data("clientpass.sqlite")).unwrap();
    let refused = place.open().map(drop).unwrap_err();
    assert!(matches!(refused, StartError::Database(EngineError::Unreadable(_))), "{refused}");
    assert!(refused.to_string().contains("version 999"), "{refused}");
    assert!(refused.to_string().contains("start the newer clientpass"), "{refused}");
    assert_eq!(fs::read(place.data("clientpass.sqlite")).unwrap(), before);
}

#[test]
fn another_keyring_is_refused() {
    let (place, other) = (Place::new(), Place::new());
    drop(place.open().unwrap());
    drop(open(&other.config(), 9).unwrap());
    let own = fs::read(place.data("keyring.json")).unwrap();
    fs::copy(other.data("keyring.json"), place.data("keyring.json")).unwrap();
    let refused = place.open().map(drop).unwrap_err();
    assert!(refused.to_string().contains("does not belong to this database"), "{refused}");
    fs::write(place.data("keyring.json"), own).unwrap();
    assert!(place.open().is_ok(), "its own is good as before");
}

#[test]
fn data_without_their_keyring_are_refused_and_get_no_new_one() {
    let place = Place::new();
    drop(place.open().unwrap());
    fs::remove_file(place.data("keyring.json")).unwrap();
    let refused = place.open().map(drop).unwrap_err();
    assert!(matches!(refused, StartError::Half(..)), "{refused}");
    assert!(refused.to_string().contains("put it back"), "{refused}");
    assert!(!place.data("keyring.json").exists());
}

/// Or a service whose disk was not mounted begins anew, and refuses everybody as unknown.
#[test]
fn a_keyring_without_its_data_is_refused_and_gets_no_new_ones() {
    let place = Place::new();
    let mut config = place.config();
    config.storage.keyring = Some(place.0.path().join("keyring.json"));
    drop(open(&config, 0).unwrap());
    fs::remove_dir_all(&config.storage.data_dir).unwrap();
    let refused = open(&config, 0).map(drop).expect_err("it began anew beside an old keyring");
    assert!(matches!(refused, StartError::Half(..)), "{refused}");
    assert!(!config.storage.database_path().exists());
}

#[test]
fn a_keyring_that_says_nothing_is_refused() {
    let place = Place::new();
    drop(place.open().unwrap());
    fs::write(place.data("keyring.json"), "{}").unwrap();
    assert!(matches!(place.open().map(drop), Err(StartError::Keyring(_))));
}

#[test]
fn nobody_else_can_read_the_data() {
    let place = Place::new();
    let opened = place.open().unwrap();
    now(opened.services.setup.new_token()).unwrap();
    assert_eq!(mode(&place.config().storage.data_dir), 0o700);
    let files: Vec<_> = fs::read_dir(place.config().storage.data_dir).unwrap().map(Result::unwrap).collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        assert_eq!(mode(&file.path()), 0o600, "{}", file.path().display());
    }
}

#[test]
fn a_keyring_elsewhere_is_as_private() {
    let place = Place::new();
    let mut config = place.config();
    config.storage.keyring = Some(place.0.path().join("keyring.json"));
    drop(open(&config, 0).unwrap());
    assert_eq!(mode(&place.0.path().join("keyring.json")), 0o600);
    assert!(!place.data("keyring.json").exists());
}

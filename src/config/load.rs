//! The configuration from all that says something about it: the file, over it the environment, over it the command
//! line. They are merged as TOML values, and become a [`Config`] once.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_path_to_error::Segment;
use toml::{Table, Value};

use super::environment::{self, WrongVariable};
use super::secret_source;
use super::settings::{settings, variable};
use super::{Config, DatabaseUrl};
use crate::domain::secret::Secret;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {0}: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// The file says something that it should not.
    #[error("the configuration {0} cannot be used: {1}")]
    Wrong(PathBuf, String),
    /// A variable says something that it should not.
    #[error("the environment variable {0}")]
    Variable(#[from] WrongVariable),
    /// What was said, taken together, is no configuration.
    #[error("the configuration cannot be used: {0}")]
    Together(String),
}

/// What is said beside the file.
#[derive(Clone, Default)]
pub struct Overlay {
    /// The variables of the environment.
    pub variables: Vec<(OsString, OsString)>,
    /// Those among them that the command line has read.
    pub read: Vec<String>,
    /// What the command line says, by the names of settings: `server.listen`.
    pub arguments: Vec<(&'static str, String)>,
}

/// Reads the configuration; without a file and an overlay it is the default.
pub fn load(file: Option<&Path>, overlay: Overlay) -> Result<Config, ConfigError> {
    let mut merged = file.map_or_else(|| Ok(Table::new()), read_file)?;
    let variables = overlay.variables.into_iter();
    let environment = environment::read(variables, &settings::<Config>(), &overlay.read)?;
    merge(&mut merged, environment.clone());

    let mut arguments = Table::new();
    for (path, value) in overlay.arguments {
        let path: Vec<&str> = path.split('.').collect();
        environment::put(&mut arguments, &path, Value::String(value));
    }
    merge(&mut merged, arguments);

    let config = serde_path_to_error::deserialize(Value::Table(merged));
    let mut config: Config = config.map_err(|error| blame(file, &environment, &error))?;
    read_database_url(&mut config).map_err(ConfigError::Together)?;
    Ok(config)
}

fn read_file(file: &Path) -> Result<Table, ConfigError> {
    let text = fs::read_to_string(file).map_err(|why| ConfigError::Unreadable(file.into(), why))?;
    toml::from_str(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(1, |before| before.matches('\n').count() + 1);
        ConfigError::Wrong(file.into(), format!("line {line}: {}", error.message()))
    })
}

/// Lays one table over another. A secret that one gives as it is and the other in a file is the upper one's.
fn merge(lower: &mut Table, upper: Table) {
    for key in upper.keys() {
        let pair = key.strip_suffix("_file").map_or_else(|| format!("{key}_file"), str::to_owned);
        if !upper.contains_key(&pair) {
            lower.remove(&pair);
        }
    }

    for (key, value) in upper {
        match (lower.get_mut(&key), value) {
            (Some(Value::Table(lower)), Value::Table(upper)) => merge(lower, upper),
            (_, value) => drop(lower.insert(key, value)),
        }
    }
}

/// Says who has said what is wrong.
fn blame(
    file: Option<&Path>,
    environment: &Table,
    error: &serde_path_to_error::Error<toml::de::Error>,
) -> ConfigError {
    let keys = error.path().iter().filter_map(|segment| match segment {
        Segment::Map { key } | Segment::Enum { variant: key } => Some(key.as_str()),
        Segment::Seq { .. } | Segment::Unknown => None,
    });
    let keys: Vec<&str> = keys.collect();

    let why = error.inner().message();
    let root = Value::Table(environment.clone());

    let said = keys.iter().try_fold(&root, |within, key| within.get(*key));
    match (said, file) {
        (Some(Value::Table(within)), _) if !within.is_empty() => {
            let file = file.map_or_else(|| "no file".to_owned(), |file| file.display().to_string());
            let (section, variables) = (keys.join("."), variable(&keys));
            ConfigError::Together(format!("[{section}] {why} (said by {file} and {variables}_…)"))
        }
        (Some(_), _) => WrongVariable { name: variable(&keys), why: format!("cannot be used: {why}") }.into(),
        (None, Some(file)) => ConfigError::Wrong(file.into(), format!("{}: {why}", error.path())),
        (None, None) => ConfigError::Together(format!("{}: {why}", error.path())),
    }
}

/// The address of the database, from its file if it is in one.
fn read_database_url(config: &mut Config) -> Result<(), String> {
    let storage = &mut config.storage;
    let given = storage.database_url.take().map(|url| Secret::new(url.0));
    let file = storage.database_url_file.as_deref();
    let read = secret_source::read("database_url", given.as_ref(), file);
    let read = read.map_err(|why| format!("[storage] {why}"))?;
    storage.database_url = read.map(|url| DatabaseUrl(url.expose().trim().to_owned()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::{Kind, Setting};

    /// The file and the variable `CLIENTPASS_…` of one setting.
    struct Scene {
        folder: tempfile::TempDir,
        base: Table,
    }

    impl Scene {
        /// Sections that are off without an address have one; a file is there for those that are read at once.
        fn set(all: &[Setting]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("read"), "postgres://db.example.org/clientpass\n").unwrap();
            let mut base = Table::new();

            let optional = all.iter().filter(|setting| matches!(*setting.path, ["doors" | "metrics", ..]));
            for setting in optional.filter(|setting| setting.path.ends_with(&["listen"])) {
                environment::put(&mut base, &setting.path, "unix:/run/base".into());
            }
            Self { folder, base }
        }

        fn by_file(&self, said: &Table) -> Result<Config, ConfigError> {
            let file = self.folder.path().join("clientpass.toml");
            fs::write(&file, said.to_string()).unwrap();
            load(Some(&file), Overlay::default())
        }

        fn by_variable(&self, setting: &Setting, value: &str) -> Config {
            let file = self.folder.path().join("base.toml");
            fs::write(&file, self.base.to_string()).unwrap();
            let variables = vec![(setting.variable().into(), value.into())];
            load(Some(&file), Overlay { variables, ..Overlay::default() }).unwrap()
        }

        /// A value that makes a difference, as the file has it and as the variable has it.
        fn sample(&self, setting: &Setting) -> (Config, String) {
            let read = self.folder.path().join("read").display().to_string();
            let texts = [&read, "unix:/run/x", "127.0.0.1:9", "defer", "json", "0600", "caldav"];
            let texts = texts.into_iter().chain([
                "mail.example.org",
                "https://example.org",
                "https://dav.example.org/",
            ]);
            let two = |one: &str| (Value::from(vec![one, "2001:db8::/32"]), format!("{one},2001:db8::/32"));
            let samples: Vec<(Value, String)> = match setting.kind {
                Kind::Boolean => vec![(true.into(), "true".into()), (false.into(), "false".into())],
                Kind::Number => [7, 403].map(|number| (Value::from(number), number.to_string())).to_vec(),
                Kind::NumberOrText => vec![(7.into(), "7".into())],
                Kind::Text => texts.map(|text| (Value::from(text), text.to_owned())).collect(),
                Kind::Texts => vec![two("192.0.2.0/24")],
                Kind::Tables => vec![],
            };

            let base = self.by_file(&self.base).unwrap();
            let tried = samples.into_iter().filter_map(|(value, text)| {
                let mut said = self.base.clone();
                environment::put(&mut said, &setting.path, value);
                Some((self.by_file(&said).ok().filter(|config| *config != base)?, text))
            });
            tried.into_iter().next().unwrap_or_else(|| panic!("no sample suits {}", setting.variable()))
        }
    }

    #[test]
    fn every_setting_of_the_file_has_its_variable() {
        let all = settings::<Config>();

        let scene = Scene::set(&all);
        let (tables, others): (Vec<_>, Vec<_>) = all.iter().partition(|setting| setting.kind == Kind::Tables);
        let tables: Vec<String> = tables.into_iter().map(Setting::variable).collect();
        assert_eq!(
            tables,
            ["CLIENTPASS_DOORS_NGINX_MAIL_ROUTES", "CLIENTPASS_MAIL_DOMAINS", "CLIENTPASS_ON_END"]
        );

        for setting in &others {
            let (config, value) = scene.sample(setting);
            assert_eq!(scene.by_variable(setting, &value), config, "{}={value}", setting.variable());
        }

        let mut names: Vec<String> = others.iter().map(|setting| setting.variable()).collect();
        names.sort();
        names.dedup();
        assert!(names.len() == others.len() && names.len() > 60, "{names:?}");
        assert!(names.contains(&"CLIENTPASS_DOORS_DOVECOT_LISTEN".to_owned()), "{names:?}");
    }
}

//! Where a secret of the configuration comes from: it is given as it is, or in a file, never both.

use std::fs;
use std::path::{Path, PathBuf};

use crate::domain::secret::Secret;

/// Where a secret comes from. Its settings are called `key` and `key_file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// The configuration holds it.
    Value(Secret),
    /// A file holds it.
    File(PathBuf),
}

impl SecretSource {
    /// What the settings `key` and `key_file` say; nothing if neither is there. An error names the settings.
    pub fn of(key: &str, value: Option<&Secret>, file: Option<&Path>) -> Result<Option<Self>, String> {
        match (value, file) {
            (Some(_), Some(_)) => Err(format!("takes {key} or {key}_file, not both: remove one")),
            (Some(value), None) => Ok(Some(Self::Value(value.clone()))),
            (None, Some(file)) => Ok(Some(Self::File(file.to_owned()))),
            (None, None) => Ok(None),
        }
    }

    /// The secret, read from its file without the end of the line. An error says which file, never what is in it.
    pub fn read(&self) -> Result<Secret, String> {
        let file = match self {
            Self::Value(secret) => return Ok(secret.clone()),
            Self::File(file) => file,
        };

        let text =
            fs::read_to_string(file).map_err(|why| format!("cannot read {}: {why}", file.display()))?;
        let secret = Secret::new(text.trim_end_matches(['\r', '\n']).to_owned());
        if secret.expose().is_empty() {
            return Err(format!("{} is empty: write the secret into it", file.display()));
        }
        Ok(secret)
    }
}

/// The secret that the settings `key` and `key_file` give, if one does.
pub fn read(key: &str, value: Option<&Secret>, file: Option<&Path>) -> Result<Option<Secret>, String> {
    SecretSource::of(key, value, file)?.map(|source| source.read()).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_given_or_in_a_file_and_never_both() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        fs::write(&file, "in the file \r\n").unwrap();

        let given = Secret::new("given".into());
        let of = |value: Option<&Secret>, file: Option<&Path>| read("key", value, file);

        assert_eq!(of(Some(&given), None).unwrap(), Some(given.clone()));
        assert_eq!(of(None, Some(&file)).unwrap(), Some(Secret::new("in the file ".into())));
        assert_eq!(of(None, None).unwrap(), None);
        assert_eq!(of(Some(&given), Some(&file)).unwrap_err(), "takes key or key_file, not both: remove one");

        assert!(of(None, Some(Path::new("/nowhere/at/all"))).unwrap_err().contains("/nowhere/at/all"));
        fs::write(&file, "\n").unwrap();
        assert!(of(None, Some(&file)).unwrap_err().ends_with("is empty: write the secret into it"));
    }
}

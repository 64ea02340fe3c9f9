//! Environment variables: `CLIENTPASS_<SECTION>_<KEY>` for every setting, in the names of the file.

use std::ffi::{OsStr, OsString};

use toml::{Table, Value};

use super::settings::{Kind, Setting, variable};

/// A variable that cannot be used, and what to do about it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {why}")]
pub struct WrongVariable {
    /// The name of the variable, so that it can be found.
    pub name: String,
    /// What is wrong, and what to do.
    pub why: String,
}

/// As many letters may be wrong in a name that is taken for another.
const NEAR: usize = 2;

/// What the variables set. `others` are those of the command line; whatever else begins with `CLIENTPASS_` is refused
/// where it looks like a setting, and left alone where it does not: tests and scripts have such, and Kubernetes makes
/// some.
pub(super) fn read(
    variables: impl Iterator<Item = (OsString, OsString)>,
    settings: &[Setting],
    others: &[String],
) -> Result<Table, WrongVariable> {
    let mut table = Table::new();
    let ours = variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let mut ours: Vec<_> = ours.filter(|(name, _)| name.starts_with("CLIENTPASS_")).collect();
    ours.sort();

    for (name, value) in ours {
        if let Some(setting) = settings.iter().find(|setting| setting.variable() == name) {
            match parse(setting.kind, &value) {
                Ok(value) => put(&mut table, &setting.path, value),
                Err(why) => return Err(WrongVariable { name, why }),
            }
        } else if !others.contains(&name) {
            refuse_if_meant(&name, settings, others)?;
        }
    }

    Ok(table)
}

/// Puts a value where its path leads.
pub(super) fn put(table: &mut Table, path: &[impl AsRef<str>], value: Value) {
    match path {
        [] => {}
        [key] => drop(table.insert(key.as_ref().to_owned(), value)),
        [section, path @ ..] => {
            let within = table.entry(section.as_ref()).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(within) = within {
                put(within, path, value);
            }
        }
    }
}

fn parse(kind: Kind, value: &OsStr) -> Result<Value, String> {
    let text = value.to_str().ok_or("is not UTF-8: write text")?;
    if text.is_empty() && kind != Kind::Tables {
        return Err("is empty: give it a value, or unset it".into());
    }

    match kind {
        Kind::Boolean => text.parse().map(Value::Boolean).map_err(|_| "must be true or false".into()),
        Kind::Number => {
            text.parse().map(Value::Integer).map_err(|_| "must be a whole number such as 10".into())
        }
        Kind::Text => Ok(Value::String(text.into())),
        Kind::NumberOrText => Ok(text.parse().map_or_else(|_| Value::String(text.into()), Value::Integer)),
        Kind::Texts => texts(text),
        Kind::Tables => Err("sets tables: write them in the configuration file, and unset this".into()),
    }
}

/// A list as a file has it, or with commas between what has none itself.
fn texts(text: &str) -> Result<Value, String> {
    if !text.trim_start().starts_with('[') {
        return Ok(text.split(',').map(|one| Value::String(one.trim().into())).collect::<Vec<_>>().into());
    }
    let wrong = || r#"must be a list: a,b or ["a", "b"]"#.to_owned();
    text.trim().parse().ok().filter(Value::is_array).ok_or_else(wrong)
}

fn refuse_if_meant(name: &str, settings: &[Setting], others: &[String]) -> Result<(), WrongVariable> {
    let refuse = |why: String| Err(WrongVariable { name: name.to_owned(), why });
    let known = settings.iter().map(Setting::variable).chain(others.iter().cloned());

    let near = known.map(|known| (strsim::osa_distance(name, &known), known)).min();
    if let Some((_, known)) = near.filter(|(distance, _)| *distance <= NEAR) {
        return refuse(format!("is no setting; {known} is: correct the name, or unset it"));
    }

    let sections = settings.iter().filter_map(|setting| setting.path.first());
    let mut within = sections.filter(|section| name.starts_with(&format!("{}_", variable(&[section]))));
    match within.next() {
        Some(section) => refuse(format!(
            "is no setting of [{section}]: correct the name, which is CLIENTPASS_, the section and the key of the \
             configuration file, or unset it"
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::config::settings::settings;

    fn given(name: &str, value: &str) -> Result<Table, String> {
        let variables = std::iter::once((OsString::from(name), OsString::from(value)));
        read(variables, &settings::<Config>(), &["CLIENTPASS_LISTEN".into()])
            .map_err(|wrong| wrong.to_string())
    }

    fn refused(name: &str, value: &str) -> String {
        let why = given(name, value).unwrap_err();
        why.strip_prefix(&format!("{name} ")).unwrap_or_else(|| panic!("{why}")).to_owned()
    }

    #[test]
    fn a_value_is_read_by_the_type_of_its_setting() {
        for (name, value, toml) in [
            ("CLIENTPASS_DOORS_DOVECOT_LISTEN", "unix:/run/x", "[doors.dovecot]\nlisten = \"unix:/run/x\""),
            ("CLIENTPASS_DOORS_NGINX_MAIL_REQUIRE_KEY", "true", "[doors.nginx_mail]\nrequire_key = true"),
            ("CLIENTPASS_SERVER_WORKERS", "3", "[server]\nworkers = 3"),
            ("CLIENTPASS_DOORS_LDAP_GROUP", "8", "[doors.ldap]\ngroup = 8"),
            ("CLIENTPASS_DOORS_LDAP_GROUP", "mail", "[doors.ldap]\ngroup = \"mail\""),
            ("CLIENTPASS_DOORS_LDAP_MODE", "0600", "[doors.ldap]\nmode = \"0600\""),
            ("CLIENTPASS_NET_NO_PROXY", "a, 10.0.0.0/8", "[net]\nno_proxy = [\"a\", \"10.0.0.0/8\"]"),
            ("CLIENTPASS_NET_NO_PROXY", "[\"a,b\"]", "[net]\nno_proxy = [\"a,b\"]"),
            ("CLIENTPASS_NET_NO_PROXY", " [] ", "[net]\nno_proxy = []"),
        ] {
            assert_eq!(given(name, value).unwrap(), toml.parse::<Table>().unwrap(), "{name}");
        }
    }

    #[test]
    fn a_value_of_another_type_is_refused_and_not_shown() {
        for (name, value, says) in [
            ("CLIENTPASS_SERVER_ALLOW_REMOTE_WITHOUT_TLS", "yes", "must be true or false"),
            ("CLIENTPASS_SERVER_WORKERS", "many", "must be a whole number such as 10"),
            ("CLIENTPASS_SERVER_TLS_KEY", "", "is empty: give it a value, or unset it"),
            ("CLIENTPASS_NET_NO_PROXY", "[a]", r#"must be a list: a,b or ["a", "b"]"#),
            ("CLIENTPASS_NET_NO_PROXY", "[\"a\"]\nx = 1", r#"must be a list: a,b or ["a", "b"]"#),
            ("CLIENTPASS_ON_END", "x", "sets tables: write them in the configuration file, and unset this"),
        ] {
            assert_eq!(refused(name, value), says);
        }
    }

    #[test]
    fn a_name_that_looks_like_a_setting_is_refused() {
        for (name, says) in [
            ("CLIENTPASS_SERVER_LISTN", "CLIENTPASS_SERVER_LISTEN is"),
            ("CLIENTPASS_SEVRER_LISTEN", "CLIENTPASS_SERVER_LISTEN is"),
            ("CLIENTPASS_LISTENS", "CLIENTPASS_LISTEN is"),
            ("CLIENTPASS_LIMITS_EVERYTHING", "is no setting of [limits]"),
            ("CLIENTPASS_ON_END_0_URL", "is no setting of [on_end]"),
            ("CLIENTPASS_SERVER_TLS_KEY_FILE", "is no setting of [server]"),
        ] {
            assert!(refused(name, "x").contains(says), "{name}");
        }
    }

    /// What tests, benchmarks, scripts of mail servers and Kubernetes call theirs.
    #[test]
    fn other_names_are_left_alone() {
        for name in
            ["LISTEN", "TEST_DATABASE_URL", "MODEL_CASES", "FUZZ_SEED", "BENCH_CONFIG", "KILLS", "KEEP"]
                .into_iter()
                .chain([
                    "REQUIRE_REAL",
                    "ADDRESS",
                    "ASK",
                    "KEY",
                    "KEY_FILE",
                    "KEY_HEADER_FILE",
                    "SOCKET",
                    "URL",
                ])
                .chain(["VERDICT", "SERVICE_HOST", "PORT", "PORT_8600_TCP_ADDR"])
        {
            assert_eq!(given(&format!("CLIENTPASS_{name}"), "x").unwrap(), Table::new(), "{name}");
        }
    }
}

//! The script by which Dovecot asks clientpass: its address and its key.

use super::addresses::{find_any_certificate, judge_listening, takes_any_certificate};
use super::kinds_of_asking as asking;
use super::passdbs::Passdb;
use super::text::Section;
use crate::doctor::Findings;

/// What the script takes where nothing is set.
const URL: &str = "http://127.0.0.1:8600";
const KEY_FILE: &str = "/etc/dovecot/clientpass.key";

pub(super) fn judge(passdb: &Passdb<'_>, found: &mut Findings) {
    let whole = passdb.whole;
    let url = set(passdb.section, whole, "url").unwrap_or(URL);
    judge_listening("the script", url, false, found);

    if !url.starts_with("https://") {
        return;
    }
    if takes_any_certificate(whole) {
        find_any_certificate("the script", "ssl_client_require_valid_cert = yes", found);
    }

    let given = |name| whole.get(name).is_some_and(|set| !set.is_empty());
    if !whole.is_2_4() && !given("ssl_client_ca_file") && !given("ssl_client_ca_dir") {
        found.find(
            &asking::NO_AUTHORITY,
            "the script asks over https, and Dovecot knows no authority",
            "ssl_client_ca_dir = /etc/ssl/certs",
        );
    }
}

/// The file with the script.
pub(super) fn file(passdb: &Section) -> Option<&str> {
    let arguments = || passdb.get("args")?.split_whitespace().find_map(|word| word.strip_prefix("file="));
    passdb.get("lua_file").or_else(arguments)
}

/// The file with the service key.
pub(super) fn key_file<'a>(passdb: &'a Section, whole: &'a Section) -> &'a str {
    set(passdb, whole, "key_file").unwrap_or(KEY_FILE)
}

/// A setting of the script: 2.4 hands it over, 2.3 has it in the environment.
fn set<'a>(passdb: &'a Section, whole: &'a Section, name: &str) -> Option<&'a str> {
    if whole.is_2_4() {
        return passdb.of_kind("lua_settings").find_map(|settings| settings.get(name));
    }
    let variable = format!("CLIENTPASS_{}=", name.to_uppercase());
    let mut words = whole.get("import_environment")?.split_whitespace();
    words.find_map(|word| word.strip_prefix(variable.as_str()))
}

//! Whether Dovecot asks where clientpass listens for it: by its script, by the OAuth2 password grant, by LDAP.

use super::passdbs::{driver_of, file_of, sections};
use super::text::Section;
use super::{Printed, kinds};
use crate::doctor::opened::{Asks, Door, Opened, address_of};
use crate::doctor::{About, Finding, Findings, Kind};

/// A way in which Dovecot asks, by the name of its driver.
struct Way {
    driver: &'static str,
    door: Door,
    /// How its addresses begin.
    schemes: &'static [&'static str],
    /// The line by which it asks at an address.
    line: fn(&str) -> String,
}

const WAYS: [Way; 3] = [
    Way {
        driver: "lua",
        door: Door::Api,
        schemes: &["http://", "https://"],
        line: |listen| format!("url = http://{listen}     # 2.3: CLIENTPASS_URL=… in import_environment"),
    },
    Way {
        driver: "oauth2",
        door: Door::OAuth2,
        schemes: &["http://", "https://"],
        line: |listen| format!("grant_url = http://{listen}/oauth2/grant"),
    },
    Way {
        driver: "ldap",
        door: Door::Ldap,
        schemes: &["ldap://", "ldaps://"],
        line: |listen| format!("uris = ldap://{listen}"),
    },
];

/// Where the script asks if nothing else is said.
const SCRIPT_DEFAULT: &str = "http://127.0.0.1:8600";

const KINDS: (&Kind, &Kind) = (&kinds::DOOR_NOT_OPEN, &kinds::DOOR_ELSEWHERE);

/// Judges where every passdb asks that is clientpass's.
pub fn judge(printed: Printed<'_>, opened: &Opened) -> Vec<Finding> {
    let (whole, files) = (Section::read(printed.whole), printed.settings());
    let mut found = Findings::about(About::Dovecot);

    for passdb in sections(&whole) {
        let driver = driver_of(passdb);
        let Some(way) = WAYS.iter().find(|way| way.driver == driver) else { continue };

        // Dovecot 2.3 has the settings of the grant and of LDAP in files of their own.
        let beside = file_of(passdb).and_then(|path| files.iter().find(|(known, _)| known == path));
        let mut values = passdb.values();
        values.extend(beside.into_iter().flat_map(|(_, settings)| settings.values()));
        let wants_us = values.iter().any(|value| value.contains("clientpass"));

        if driver == "lua" && wants_us {
            values = vec![script_url(&whole, passdb)];
        }
        for at in addresses(&values, way.schemes) {
            let asks = Asks { door: way.door, at: &at, wants_us };
            opened.judge(asks, KINDS, &format!("passdb {driver}"), way.line, &mut found);
        }
    }

    found.all()
}

/// Where the script asks: Dovecot 2.4 hands its settings over, 2.3 has the environment for it.
fn script_url<'a>(whole: &'a Section, passdb: &'a Section) -> &'a str {
    let own = passdb.find("lua_settings", "").find_map(|settings| settings.get("url"));
    let environment = || {
        let words = whole.get("import_environment").unwrap_or("").split_whitespace();
        words.filter_map(|word| word.strip_prefix("CLIENTPASS_URL=")).next_back()
    };
    own.or_else(environment).unwrap_or(SCRIPT_DEFAULT)
}

/// The hosts and ports of all addresses among the values that begin so, each once.
fn addresses(values: &[&str], schemes: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in values.iter().flat_map(|value| value.split([' ', ','])) {
        let Some(scheme) = schemes.iter().find(|scheme| word.starts_with(**scheme)) else { continue };
        let rest = word.strip_prefix(scheme).unwrap_or(word);
        let at = address_of(scheme.trim_end_matches("://"), rest);
        if !found.contains(&at) {
            found.push(at);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::super::Harm;
    use super::*;

    fn opened(doors: &[(Door, &str)]) -> Opened {
        Opened { doors: doors.iter().map(|(door, at)| (*door, (*at).to_owned())).collect(), answers: None }
    }

    fn found(whole: &str, grant: Option<&str>, opened: &Opened) -> Vec<Finding> {
        let path = "/etc/dovecot/oauth2.conf.ext".to_owned();
        let named = grant.map(|text| super::super::files::Named {
            path,
            text: Some(text.into()),
            way: None,
            reader: None,
        });
        judge(Printed { files: named.as_slice(), ..Printed::of(whole) }, opened)
    }

    #[track_caller]
    fn one(found: &[Finding], what: &str, change: &str) {
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!((found[0].code, found[0].harm), ("dovecot_door_not_open", Harm::KeepsOut), "{found:#?}");
        assert!(found[0].what.contains(what) && found[0].change.starts_with(change), "{found:#?}");
    }

    const LUA_2_3: &str = "import_environment = TZ CLIENTPASS_URL=http://127.0.0.1:8600 LISTEN_PID\n\
                           passdb {\n  driver = lua\n  args = file=/etc/dovecot/clientpass.lua blocking=yes\n}\n";
    const LUA_2_4: &str = "passdb lua {\n  lua_file = /etc/dovecot/clientpass.lua\n  lua_settings {\n    \
                           url = http://127.0.0.1:8600/\n  }\n}\n";

    #[test]
    fn the_script_asks_where_the_api_listens_or_that_is_found() {
        let (here, moved) =
            (opened(&[(Door::Api, "127.0.0.1:8600")]), opened(&[(Door::Api, "127.0.0.1:8700")]));
        let without = LUA_2_3.replace("CLIENTPASS_URL=http://127.0.0.1:8600 ", "");
        for text in [LUA_2_3, LUA_2_4, &without] {
            assert_eq!(found(text, None, &here), [], "{text}");
            let what = "passdb lua asks at 127.0.0.1:8600, and [server] listens on 127.0.0.1:8700";
            one(&found(text, None, &moved), what, "url = http://127.0.0.1:8700");
        }

        // Where it says so itself it asks elsewhere.
        assert_eq!(found(&LUA_2_3.replace("8600", "8700"), None, &moved), []);
        let tls = opened(&[(Door::Api, "127.0.0.1:443")]);
        assert_eq!(found(&LUA_2_3.replace("http://127.0.0.1:8600", "https://127.0.0.1"), None, &tls), []);

        // Whatever a script of somebody else's asks.
        assert_eq!(found(&LUA_2_3.replace("clientpass.lua", "own.lua"), None, &moved), []);
        // Another machine may have one.
        assert_eq!(found(&LUA_2_4.replace("127.0.0.1", "192.0.2.7"), None, &moved), []);
    }

    #[test]
    fn the_grant_asks_where_its_door_is_open_or_that_is_found() {
        let whole = "passdb {\n  driver = oauth2\n  args = /etc/dovecot/oauth2.conf.ext\n}\n";
        let grant = "grant_url = http://127.0.0.1:8602/oauth2/grant\nscope = clientpass\n";
        let inline = "passdb oauth2 {\n  oauth2 {\n    grant_url = http://127.0.0.1:8602/oauth2/grant\n    \
                      introspection_url = http://127.0.0.1:8602/oauth2/none\n    scope = clientpass\n  }\n}\n";

        let open = opened(&[(Door::OAuth2, "127.0.0.1:8602")]);
        let shut = opened(&[(Door::Api, "127.0.0.1:8600")]);
        let moved = opened(&[(Door::OAuth2, "127.0.0.1:8612")]);
        for (whole, grant) in [(whole, Some(grant)), (inline, None)] {
            assert_eq!(found(whole, grant, &open), []);
            one(
                &found(whole, grant, &shut),
                "there is no [doors.oauth2]",
                "[doors.oauth2] listen = \"127.0.0.1:8602\"",
            );
            one(
                &found(whole, grant, &moved),
                "listens on 127.0.0.1:8612",
                "grant_url = http://127.0.0.1:8612/",
            );
        }
        // What is not known is not judged.
        assert_eq!(found(whole, None, &shut), []);
    }

    #[test]
    fn ldap_asks_where_its_door_is_open_or_that_is_found() {
        let text = "passdb ldap {\n  ldap_uris = ldap://127.0.0.1:8389\n  ldap_base = dc=clientpass\n}\n";
        assert_eq!(found(text, None, &opened(&[(Door::Ldap, "127.0.0.1:8389")])), []);
        let shut = found(text, None, &opened(&[]));
        one(&shut, "there is no [doors.ldap]", "[doors.ldap] listen = \"127.0.0.1:8389\"");

        for (uri, listen) in [("ldap://127.0.0.1", "127.0.0.1:389"), ("ldaps://127.0.0.1", "127.0.0.1:636")] {
            let text = text.replace("ldap://127.0.0.1:8389", uri);
            assert_eq!(found(&text, None, &opened(&[(Door::Ldap, listen)])), [], "{uri}");
            one(&found(&text, None, &opened(&[])), listen, "[doors.ldap]");
        }

        let moved = opened(&[(Door::Ldap, "127.0.0.1:8399")]);
        one(&found(text, None, &moved), "[doors.ldap] listens on", "uris = ldap://127.0.0.1:8399");
        // A directory that has nothing to do with clientpass.
        let other = "passdb ldap {\n  ldap_uris = ldap://localhost\n  ldap_base = dc=example\n}\n";
        assert_eq!(found(other, None, &moved), []);
    }

    #[test]
    fn somebody_who_answers_there_is_a_warning() {
        let mut here = opened(&[(Door::Api, "127.0.0.1:8700")]);
        here.answers = Some(|at| at == "127.0.0.1:8600");
        for text in [LUA_2_3, LUA_2_4] {
            let found = found(text, None, &here);
            let codes: Vec<_> = found.iter().map(|one| (one.code, one.harm)).collect();
            assert_eq!(codes, [("dovecot_door_elsewhere", Harm::WillHurt)], "{found:#?}");
        }
    }
}

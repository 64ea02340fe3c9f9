//! Dovecot's sources of passwords, in the order in which they are tried.

use super::grant;
use super::text::Section;
use crate::doctor::Findings;

/// A source of passwords.
struct Passdb<'a> {
    section: &'a Section,
    ours: bool,
    /// The file that the OAuth2 grant of 2.3 has its settings in, if it was looked at.
    grant: Option<&'a Section>,
}

/// All passdbs of a configuration, in the order in which they are tried.
pub(super) struct Passdbs<'a>(Vec<Passdb<'a>>);

impl<'a> Passdbs<'a> {
    pub(super) fn of(whole: &'a Section, grant: Option<&'a Section>, ours: &[String]) -> Self {
        let mut sections = Vec::new();
        collect(whole, &mut sections);

        let named =
            |value: &str| value.contains("clientpass") || ours.iter().any(|at| value.contains(at.as_str()));

        let passdb = |section: &'a Section| {
            let mut passdb = Passdb { section, ours: false, grant: None };
            passdb.grant = grant.filter(|_| passdb.driver() == "oauth2" && section.get("args").is_some());
            let values = [Some(section), passdb.grant].into_iter().flatten().flat_map(Section::values);
            passdb.ours = values.chain([section.name.as_str()]).any(named);
            passdb
        };

        Self(sections.into_iter().map(passdb).collect())
    }

    pub(super) fn any_is_ours(&self) -> bool {
        self.0.iter().any(|passdb| passdb.ours)
    }

    pub(super) fn ours_are_scripts(&self) -> bool {
        self.0.iter().filter(|passdb| passdb.ours).all(|passdb| passdb.driver() == "lua")
    }

    /// Whether one reads the system's own passwords.
    pub(super) fn any_needs_root(&self) -> bool {
        self.0.iter().any(|passdb| ["pam", "shadow", "passwd", "bsdauth"].contains(&passdb.driver()))
    }

    pub(super) fn judge(&self, offered: &[String], found: &mut Findings) {
        let before = self.0.iter().take_while(|passdb| !passdb.ours);
        for passdb in before.filter(|passdb| passdb.lets_in()) {
            passdb.says_that_it_comes_first(found);
        }

        let last = self.0.len().saturating_sub(1);
        for (at, passdb) in self.0.iter().enumerate().filter(|(_, passdb)| passdb.ours) {
            passdb.judge_results(at < last, found);
            passdb.judge_arguments(found);
            passdb.judge_filters(offered, found);
            passdb.judge_driver(found);
        }

        if self.0.last().is_some_and(|passdb| passdb.ours) {
            found.note("dovecot_no_next_passdb", (
                "no passdb comes after that of clientpass",
                "members who sign in elsewhere, while secure login is off, are told to try again later; nothing is \
                 wrong where there are none",
                "passdb { driver = passwd-file  args = /dev/null }     # after it; knows nobody",
            ));
        }
    }
}

/// The names in a list.
pub(super) fn words(list: &str) -> Vec<String> {
    let list = list.to_lowercase();
    list.split([' ', ',']).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Those for one protocol or network are tried before the others.
fn collect<'a>(section: &'a Section, into: &mut Vec<&'a Section>) {
    for inner in
        section.sections.iter().filter(|inner| ["protocol", "remote", "local"].contains(&inner.kind.as_str()))
    {
        collect(inner, into);
    }
    into.extend(section.sections.iter().filter(|inner| inner.kind == "passdb"));
}

impl Passdb<'_> {
    /// `lua` of `driver = lua`, or of `passdb lua {`.
    fn driver(&self) -> &str {
        // 2.4 names a passdb as it likes, and its driver beside, or both in one.
        let driver = self.section.get("driver").or_else(|| self.section.get("passdb_driver"));
        driver.unwrap_or(&self.section.name)
    }

    /// Whether who has the right password here is in, with no other source tried.
    fn lets_in(&self) -> bool {
        let set = |key| self.section.is(key, "yes");
        let stops = self.section.get("result_success").unwrap_or("return-ok").starts_with("return");
        let mechanisms = self.section.get("mechanisms").or_else(|| self.section.get("mechanisms_filter"));
        let passwords = mechanisms
            .is_none_or(|list| words(list).iter().any(|name| ["plain", "login"].contains(&name.as_str())));
        stops && passwords && !set("deny") && !set("master") && self.driver() != "anonymous"
    }

    fn says_that_it_comes_first(&self, found: &mut Findings) {
        let what = format!("passdb {} is asked before clientpass", self.driver());
        let why = "it lets the account password in although secure login is on, and nobody here hears of it";
        let change = "read mail-servers/dovecot's file first: conf.d/05-clientpass.conf, before !include auth-*.conf.ext";

        if self.section.get("username_filter").is_some_and(|filter| !filter.is_empty()) {
            found.warning("dovecot_order", (&format!("{what}, for some logins"), why, change));
        } else {
            found.error("dovecot_order", (&what, why, change));
        }
    }

    fn judge_results(&self, others_follow: bool, found: &mut Findings) {
        let refusal = "after clientpass has refused a password the next passdb is asked, and lets the account password \
                       in although secure login is on";
        let silence = "while clientpass cannot answer the next passdb is asked: account passwords get in, and everybody \
                       else is told that the password is wrong";
        for (key, code, why) in [
            ("result_failure", "dovecot_goes_on_after_refusal", refusal),
            ("result_internalfail", "dovecot_goes_on_after_fault", silence),
        ] {
            let set = self.section.get(key).unwrap_or("continue");
            let final_anyway = key == "result_failure" && self.says_itself_what_is_final();
            if ["return-fail", "return"].contains(&set) || final_anyway {
                continue;
            }

            let what = format!("{key} = {set} of clientpass's passdb");
            let change = if key == "result_failure" && self.driver() == "oauth2" {
                "scope = clientpass     # in the settings of the grant; or: result_failure = return-fail"
                    .into()
            } else {
                format!("{key} = return-fail")
            };

            if others_follow || set == "return-ok" {
                found.error(code, (&what, why, &change));
            } else {
                found.warning(code, (&what, why, &change));
            }
        }
    }

    /// By the grant clientpass says which refusal is final. What was not looked at gets a finding of its own.
    fn says_itself_what_is_final(&self) -> bool {
        self.driver() == "oauth2" && self.grant_settings().is_none_or(grant::knows_what_is_final)
    }

    /// Those of the OAuth2 grant: its own, or those of the file that it names.
    fn grant_settings(&self) -> Option<&Section> {
        if self.section.get("args").is_some() { self.grant } else { Some(self.section) }
    }

    fn judge_driver(&self, found: &mut Findings) {
        match self.driver() {
            "oauth2" => grant::judge(self.grant_settings(), found),
            "ldap" => found.note(
                "dovecot_ldap_waits",
                (
                    "Dovecot asks clientpass by LDAP",
                    "it has no time limit there: while clientpass hangs every login waits for a minute",
                    "passdb { driver = lua ... }     # mail-servers/dovecot: three seconds",
                ),
            ),
            _ => {}
        }
    }

    fn judge_arguments(&self, found: &mut Findings) {
        let arguments = self.section.get("args").unwrap_or("");

        if arguments.split_whitespace().any(|word| word.starts_with("cache_key=")) {
            found.error("dovecot_cache_key", (
                "cache_key= in the args of clientpass's passdb",
                "empty, it makes the auth process of Dovecot 2.3 crash at every login; with something in it, revoked \
                 passwords live on in the cache",
                "args = file=/etc/dovecot/clientpass.lua blocking=yes",
            ));
        }

        let waits = self.driver() == "lua"
            && self.section.get("args").is_some()
            && !arguments.contains("blocking=yes");

        if waits || self.section.is("use_worker", "no") {
            found.warning(
                "dovecot_one_at_a_time",
                (
                    "clientpass is asked in the auth process itself",
                    "one slow answer holds up every login on this server",
                    if waits {
                        "args = file=/etc/dovecot/clientpass.lua blocking=yes"
                    } else {
                        "use_worker = yes"
                    },
                ),
            );
        }
    }

    /// `offered` are the mechanisms that carry a password.
    fn judge_filters(&self, offered: &[String], found: &mut Findings) {
        for key in ["mechanisms", "mechanisms_filter"] {
            let asked = words(self.section.get(key).unwrap_or(""));
            if !asked.is_empty() && offered.iter().any(|name| !asked.contains(name)) {
                found.error("dovecot_mechanisms_filter", (
                    &format!("{key} of clientpass's passdb leaves out some that are offered"),
                    "a mechanism that is left out is not refused but goes to the next passdb, and the account password \
                     with it",
                    &format!("#{key} ="),
                ));
            }
        }
    }
}

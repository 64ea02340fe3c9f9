//! The Debian package, packed from what the tests have built: what it installs, and that it fits together.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::clientpass::Ran;
use crate::support::{find_program, runnable};

const HOME: &str = env!("CARGO_MANIFEST_DIR");

/// What is missing to pack one.
fn missing() -> Option<String> {
    let needed = ["dpkg-deb", "python3", "ldd"];
    let lacking = needed.into_iter().find(|program| find_program(program).is_none());
    lacking.map(|program| format!("{program} is not installed"))
}

/// The package, unpacked.
struct Unpacked {
    folder: TempDir,
}

impl Unpacked {
    fn new() -> Self {
        let folder = TempDir::with_prefix("package-").unwrap();
        let pack = Path::new(HOME).join("packaging/pack");
        let ran = Ran::of(Command::new(pack).arg(env!("CARGO_BIN_EXE_clientpass")).arg(folder.path()));
        assert_eq!(ran.code, Some(0), "{ran:?}");

        let (file, root) = (ran.printed.trim(), folder.path().join("root"));
        // With its folder DEBIAN.
        let ran = Ran::of(Command::new("dpkg-deb").arg("--raw-extract").arg(file).arg(&root));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("root").join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
    }

    fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap_or_else(|why| panic!("{name}: {why}")).permissions().mode()
            & 0o7777
    }

    fn clientpass(&self, arguments: &[&str]) -> Ran {
        Ran::of(Command::new(self.path("usr/bin/clientpass")).env_clear().args(arguments))
    }
}

#[test]
fn the_package_installs_what_the_configurations_of_mail_servers_speak_of() {
    if !runnable(missing()) {
        return;
    }
    let package = Unpacked::new();

    for (name, mode) in [
        ("usr/bin/clientpass", 0o755),
        ("etc/clientpass/clientpass.toml", 0o644),
        ("lib/systemd/system/clientpass.service", 0o644),
        ("usr/lib/sysusers.d/clientpass.conf", 0o644),
        ("usr/lib/tmpfiles.d/clientpass.conf", 0o644),
        ("usr/share/man/man1/clientpass.1.gz", 0o644),
        ("usr/share/man/man1/clientpass-config-check.1.gz", 0o644),
        ("usr/share/bash-completion/completions/clientpass", 0o644),
        ("usr/share/doc/clientpass/mail-servers/README.md", 0o644),
        ("usr/share/doc/clientpass/mail-servers/caddy/Caddyfile", 0o644),
        ("usr/share/doc/clientpass/mail-servers/dovecot/clientpass.lua", 0o644),
        ("usr/share/doc/clientpass/mail-servers/fail2ban/filter.d/clientpass.conf", 0o644),
        ("usr/share/doc/clientpass/changelog.gz", 0o644),
        ("usr/share/doc/clientpass/mail-servers/prosody/mod_auth_clientpass.lua", 0o644),
        ("usr/share/doc/clientpass/changelog.Debian.gz", 0o644),
        ("usr/share/doc/clientpass/copyright", 0o644),
        ("DEBIAN/postinst", 0o755),
    ] {
        assert_eq!(package.mode(name), mode, "{name}");
    }

    assert_eq!(package.read("DEBIAN/conffiles"), "/etc/clientpass/clientpass.toml\n");
    let control = package.read("DEBIAN/control");
    for field in ["Package: clientpass\n", "libc6", "Section: mail\n"] {
        assert!(control.contains(field), "{field:?} is missing:\n{control}");
    }
    for script in ["postinst", "prerm", "postrm"] {
        let path = package.path(&format!("DEBIAN/{script}"));
        let ran = Ran::of(Command::new("sh").arg("-n").arg(&path));
        assert_eq!(ran.code, Some(0), "{script}: {ran:?}");
    }
}

#[test]
fn the_configuration_of_the_package_can_be_used_as_it_is() {
    if !runnable(missing()) {
        return;
    }
    let package = Unpacked::new();
    let file = package.path("etc/clientpass/clientpass.toml").display().to_string();
    let ran = package.clientpass(&["--config", &file, "config", "check"]);
    assert_eq!((ran.code, ran.printed.as_str()), (Some(0), "the configuration can be used\n"), "{ran:?}");
}

#[test]
fn the_unit_starts_what_is_installed_and_is_closed_to_what_it_does_not_need() {
    if !runnable(missing().or_else(|| {
        find_program("systemd-analyze").is_none().then(|| "systemd-analyze is not installed".into())
    })) {
        return;
    }
    let package = Unpacked::new();
    let unit = package.path("lib/systemd/system/clientpass.service");

    // An exposure of 2.0 is the most.
    let security = ["security", "--no-pager", "--offline=yes", "--threshold=20"];
    let ran = Ran::of(Command::new("systemd-analyze").args(security).arg(&unit));
    assert_eq!(ran.code, Some(0), "{}", ran.printed);

    let text = fs::read_to_string(&unit).unwrap();
    let start = text.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let words: Vec<&str> = start.split(' ').collect();
    assert!(package.path(words[0].trim_start_matches('/')).is_file(), "{start}");
    assert!(package.path(words[2].trim_start_matches('/')).is_file(), "{start}");
    // The command line itself: what is wrong with it is said before anything is read.
    let ran = package.clientpass(&[&words[3..], &["--help"]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn secrets_are_named_where_the_unit_puts_them_and_their_folder_is_there() {
    if !runnable(missing()) {
        return;
    }
    let package = Unpacked::new();
    let unit = package.read("lib/systemd/system/clientpass.service");
    let loaded: Vec<&str> = unit.lines().filter_map(|line| line.strip_prefix("LoadCredential=")).collect();
    let [credential] = loaded[..] else { panic!("{loaded:?}") };
    let (name, folder) = credential.split_once(':').unwrap();

    // Without the folder the service would not start.
    let made = package.read("usr/lib/tmpfiles.d/clientpass.conf");
    assert!(made.contains(&format!("\nd {folder} 0700 root root -\n")), "{made}");

    let begins = format!("\"/run/credentials/clientpass.service/{name}_");
    let configuration = package.read("etc/clientpass/clientpass.toml");
    let settings = configuration.lines().filter_map(|line| line.trim_start_matches('#').split_once(" = "));
    let files: Vec<_> = settings.filter(|(setting, _)| setting.ends_with("_file")).collect();
    assert!(files.len() > 5, "{files:?}");
    for (setting, file) in files {
        assert!(file.starts_with(&begins), "{setting} = {file}");
    }
}

/// Names of metrics in a text, as they are registered: without what Prometheus adds.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let names = words.filter(|word| word.starts_with("clientpass_"));
    let bare = |name: &str| {
        let endings = ["_total", "_bucket", "_sum", "_count"];
        endings.into_iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned()
    };
    names.map(bare).collect()
}

/// The names under which metrics are registered. One that nothing was counted of yet is not at `/metrics`.
fn registered() -> BTreeSet<String> {
    let files = fs::read_dir(Path::new(HOME).join("src/telemetry")).unwrap();
    let source: String = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let calls = source.split("register").skip(1);
    let named = calls.filter_map(|call| call.split_once('"')?.1.split_once('"').map(|(name, _)| name));
    named.map(|name| format!("clientpass_{name}")).collect()
}

#[test]
fn alerts_and_dashboard_ask_for_metrics_that_there_are() {
    let there = registered();
    for file in ["packaging/prometheus/clientpass.rules.yml", "packaging/grafana/clientpass.json"] {
        let asked = metrics_in(&fs::read_to_string(Path::new(HOME).join(file)).unwrap());
        assert!(asked.len() > 4, "{file}: {asked:?}");
        let unknown: Vec<_> = asked.difference(&there).collect();
        assert!(unknown.is_empty(), "{file} asks for {unknown:?}; there are {there:?}");
    }
}

#[test]
fn prometheus_takes_the_alerts() {
    if !runnable(find_program("promtool").is_none().then(|| "promtool is not installed".into())) {
        return;
    }
    let rules = Path::new(HOME).join("packaging/prometheus/clientpass.rules.yml");
    let ran = Ran::of(Command::new("promtool").args(["check", "rules"]).arg(&rules));
    assert_eq!(ran.code, Some(0), "{ran:?}");

    let folder = tempfile::tempdir().unwrap();
    let cases = folder.path().join("cases.yml");
    fs::write(&cases, ALERTED.replace("RULES", &rules.display().to_string())).unwrap();
    let ran = Ran::of(Command::new("promtool").args(["test", "rules"]).arg(cases));
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

/// What is seen, and what is told of it: a notice that does not get through, and a database that is waited for.
const ALERTED: &str = r#"
rule_files: [RULES]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: clientpass_outbox_oldest_seconds{kind="doveadm",target="dovecot",instance="one"}
        values: 0 0+60x60
      - series: clientpass_outbox_oldest_seconds{kind="webhook",target="hook",instance="one"}
        values: 0+0x60
    alert_rule_test:
      - {eval_time: 15m, alertname: ClientpassEndsNotDelivered, exp_alerts: []}
      - eval_time: 40m
        alertname: ClientpassEndsNotDelivered
        exp_alerts:
          - exp_labels: {severity: warning, kind: doveadm, target: dovecot}
            exp_annotations:
              summary: "dovecot (doveadm) has not heard of an end for 39m 0s"
              description: "Sessions of mail clients whose password has ended may still be open there. The log says why (event=end_notice_failed)."
  - interval: 1m
    input_series:
      - series: clientpass_database_wait_seconds_bucket{instance="one",path="write",le="0.131072"}
        values: 0+0x60
      - series: clientpass_database_wait_seconds_bucket{instance="one",path="write",le="0.524288"}
        values: 0+600x60
      - series: clientpass_database_wait_seconds_bucket{instance="one",path="write",le="+Inf"}
        values: 0+600x60
      - series: clientpass_database_wait_seconds_count{instance="one",path="write"}
        values: 0+600x60
      - series: clientpass_database_wait_seconds_bucket{instance="one",path="point",le="0.000008"}
        values: 0+600x60
      - series: clientpass_database_wait_seconds_bucket{instance="one",path="point",le="+Inf"}
        values: 0+600x60
      - series: clientpass_database_wait_seconds_count{instance="one",path="point"}
        values: 0+600x60
    promql_expr_test:
      - expr: count(ALERTS{alertname="ClientpassWaitsForItsDatabase",alertstate="firing",path="write"})
        eval_time: 30m
        exp_samples: [{labels: "{}", value: 1}]
      - expr: count(ALERTS{alertname="ClientpassWaitsForItsDatabase"})
        eval_time: 30m
        exp_samples: [{labels: "{}", value: 1}]
"#;

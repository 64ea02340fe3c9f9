//! A private nginx that asks a running clientpass, with the configuration this repository ships.

use std::fs::{self, Permissions};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::postfix::once;
use super::{find_program, poll, stop};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers");
const MAIL: &str = "/usr/lib/nginx/modules/ngx_mail_module.so";
const PATIENCE: Duration = Duration::from_secs(15);

/// What is not about clientpass.
const CONFIGURATION: &str = "\
user root;
worker_processes 2;
pid DIR/pid;
error_log DIR/log info;
events {
    worker_connections 1024;
}
";

/// A running nginx; dropping it stops it and removes its directory.
pub struct Nginx {
    dir: TempDir,
    master: Child,
}

impl Nginx {
    /// Starts one with this configuration and these files beside it; `DIR/` is where they are. Returns when these
    /// ports are open.
    ///
    /// # Panics
    ///
    /// Where it does not come up; the message holds its log.
    pub fn start(configuration: &str, files: &[(&str, String)], ports: &[u16]) -> Self {
        let dir = TempDir::with_prefix("clientpass-nginx-").unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();

        let write = |name: &str, text: &str| {
            fs::write(dir.path().join(name), text.replace("DIR/", &format!("{}/", dir.path().display())))
                .unwrap();
        };
        for (name, text) in files {
            write(name, text);
        }
        write("nginx.conf", &format!("{}{CONFIGURATION}{configuration}", load_mail()));

        let master = Command::new(find_program("nginx").unwrap())
            .arg("-p")
            .arg(dir.path())
            .args(["-c", "nginx.conf", "-g", "daemon off;", "-e", "stderr"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(dir.path().join("stderr")).unwrap())
            .spawn()
            .unwrap();

        let nginx = Self { dir, master };
        let open = |port: &u16| TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).is_ok();
        assert!(poll(PATIENCE, || ports.iter().all(open)), "nginx does not come up:\n{}", nginx.log());
        nginx
    }

    /// A file in its directory.
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        let text = |name| fs::read_to_string(self.dir.path().join(name)).unwrap_or_default();
        ["stderr", "log"].map(text).concat()
    }
}

/// A line that loads the mail module, where that is one of its own; it has to be the first.
fn load_mail() -> String {
    if Path::new(MAIL).exists() { format!("load_module {MAIL};\n") } else { String::new() }
}

/// A shipped file, `nginx-mail/clientpass-mail.conf`, with these changes.
///
/// # Panics
///
/// Where what is changed is not there exactly once.
pub fn shipped(name: &str, changes: &[(&str, &str)]) -> String {
    let text = fs::read_to_string(Path::new(SHIPPED).join(name)).unwrap();
    changes.iter().fold(text, |text, (shipped, here)| once(&text, shipped, here))
}

/// What is missing here to run it, or nothing.
pub fn missing() -> Option<String> {
    if find_program("nginx").is_none() {
        return Some("the program nginx is not installed (Debian: nginx)".into());
    }
    (!Path::new(MAIL).exists()).then(|| format!("{MAIL} is not installed (Debian: libnginx-mod-mail)"))
}

impl Drop for Nginx {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what nginx logged:\n{}", self.log());
        }
        if stop(&mut self.master, PATIENCE).is_none() {
            drop(self.master.kill());
            drop(self.master.wait());
        }
    }
}

//! Thunderbird, which finds the mail servers of a new account by our autoconfig: its own search, asked over Marionette.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::clientpass::Clientpass;
use crate::support::{free_port, poll, runnable, stop};

/// The program itself: what Debian has in the path is a script around it.
const PROGRAM: &str = "/usr/lib/thunderbird/thunderbird";
/// It starts in two seconds on an idle machine.
const PATIENCE: Duration = Duration::from_secs(120);

const MAIL: &str = "[mail]\nname = \"Example Mail\"\nimap = \"imap.example.org\"\npop3 = \"pop.example.org\"\n\
                    smtp = \"smtp.example.org:587\"\n";

/// What Thunderbird does when somebody sets up an account: it looks for `autoconfig.` of the domain and for the
/// well-known path, and puts the address in the place of what stands for it.
const FIND: &str = r#"
const [address, done] = arguments;
const from = name => ChromeUtils.importESModule(`resource:///modules/accountcreation/${name}.sys.mjs`)[name];
(async () => {
  const found = await from("FetchConfig").fromISP(address.split("@")[1], address, new AbortController().signal);
  from("AccountConfig").replaceVariables(found, "Alice", address);
  const server = ({type, hostname, port, socketType, auth, username}) => ({type, hostname, port, socketType, auth, username});
  done({name: found.displayName, incoming: [found.incoming, ...found.incomingAlternatives].map(server),
        outgoing: [found.outgoing, ...found.outgoingAlternatives].map(server)});
})().catch(why => done(`${why} ${why.errors ?? ""}`));
"#;

/// A running Thunderbird with a profile of its own; dropping it stops it.
struct Thunderbird {
    process: Child,
    stream: BufReader<TcpStream>,
    commands: u64,
    _profile: TempDir,
}

impl Thunderbird {
    /// Starts it. Whatever it fetches it asks of `proxy`, so no name has to be found.
    fn start(proxy: SocketAddr) -> Self {
        let folder = TempDir::with_prefix("thunderbird-").unwrap();
        let marionette = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let (host, port) = (json!(proxy.ip()), json!(proxy.port()));
        let preferences = [
            ("marionette.port", json!(marionette.port())),
            ("network.proxy.type", json!(1)),
            ("network.proxy.http", host.clone()),
            ("network.proxy.http_port", port.clone()),
            ("network.proxy.ssl", host),
            ("network.proxy.ssl_port", port),
        ];
        let lines = preferences.map(|(name, value)| format!("user_pref(\"{name}\", {value});\n"));
        fs::write(folder.path().join("user.js"), lines.concat()).unwrap();

        let log = File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new(PROGRAM);
        command.args([
            "--headless",
            "--marionette",
            "--remote-allow-system-access",
            "--no-remote",
            "--profile",
        ]);
        command.arg(folder.path()).env("HOME", folder.path()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut process = command.spawn().unwrap();

        let mut stream = None;
        poll(PATIENCE, || {
            stream = TcpStream::connect(marionette).ok();
            stream.is_some() || process.try_wait().unwrap().is_some()
        });
        let log = fs::read_to_string(folder.path().join("log")).unwrap();
        let stream = stream.unwrap_or_else(|| panic!("Thunderbird does not come up: {log}"));
        stream.set_read_timeout(Some(PATIENCE)).unwrap();

        let mut started = Self { process, stream: BufReader::new(stream), commands: 0, _profile: folder };
        started.read();
        started.asked("WebDriver:NewSession", &json!({}));
        started.asked("Marionette:SetContext", &json!({"value": "chrome"}));
        started
    }

    /// Gives it a command, and returns what it answers.
    fn asked(&mut self, command: &str, parameters: &Value) -> Value {
        self.commands += 1;
        let message = json!([0, self.commands, command, parameters]).to_string();
        write!(self.stream.get_mut(), "{}:{message}", message.len()).unwrap();
        let answer = self.read();
        assert!(answer[2].is_null(), "{command}: {answer}");
        answer[3]["value"].clone()
    }

    /// A message: how long it is, a colon, and JSON.
    fn read(&mut self) -> Value {
        let mut length = Vec::new();
        self.stream.read_until(b':', &mut length).unwrap();
        let length: usize = std::str::from_utf8(&length).unwrap().trim_end_matches(':').parse().unwrap();
        let mut message = vec![0; length];
        self.stream.read_exact(&mut message).unwrap();
        serde_json::from_slice(&message).unwrap()
    }

    fn finds(&mut self, address: &str) -> Value {
        let milliseconds = u64::try_from(PATIENCE.as_millis()).unwrap();
        let parameters = json!({"script": FIND, "args": [address], "scriptTimeout": milliseconds});
        self.asked("WebDriver:ExecuteAsyncScript", &parameters)
    }
}

impl Drop for Thunderbird {
    fn drop(&mut self) {
        if stop(&mut self.process, Duration::from_secs(20)).is_none() {
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }
}

#[test]
fn thunderbird_finds_the_mail_servers_by_autoconfig() {
    if !runnable((!Path::new(PROGRAM).is_file()).then(|| "Thunderbird is not installed".into())) {
        return;
    }
    let (mut clientpass, _) = Clientpass::installed();
    clientpass.restart_with(MAIL);

    let found = Thunderbird::start(clientpass.address()).finds("alice@example.org");
    // Its own numbers: 3 for TLS from the beginning and 2 for STARTTLS, 3 for a password in the clear inside of that.
    let server = |kind: &str, host: &str, port: u16, security: u8| {
        let host = format!("{host}.example.org");
        json!({"type": kind, "hostname": host, "port": port, "socketType": security, "auth": 3, "username": "alice@example.org"})
    };
    let expected = json!({
        "name": "Example Mail",
        "incoming": [server("imap", "imap", 993, 3), server("pop3", "pop", 995, 3)],
        "outgoing": [server("smtp", "smtp", 587, 2)],
    });
    assert_eq!(found, expected);
}

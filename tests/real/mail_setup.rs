//! What mail clients are told, read by programs of others: OpenSSL verifies profiles, libxml2 judges autoconfig by its
//! schema, Python reads property lists.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use clientpass::domain::secret::Secret;
use clientpass::mail_setup::mobileconfig::{self, ProfileIds};
use clientpass::mail_setup::profile_signature::ProfileSigner;
use clientpass::mail_setup::{Account, HttpsUrl, MailServers, Server};
use clientpass::net::tls::{Certificates, Files};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::clientpass::{Clientpass, Ran};
use crate::support::{find_program, runnable};

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real/mail_setup/autoconfig-1.1.rng");

fn has(program: &str) -> bool {
    runnable(find_program(program).is_none().then(|| format!("{program} is not installed")))
}

fn run(program: &str, arguments: &[&str]) -> Ran {
    Ran::of(Command::new(find_program(program).unwrap()).args(arguments))
}

fn servers() -> MailServers {
    MailServers {
        imap: Server::parse("imap.example.org", 993).ok(),
        smtp: Server::parse("smtp.example.org:587", 465).ok(),
        caldav: HttpsUrl::parse("https://dav.example.org/cal/").ok(),
        ..MailServers::default()
    }
}

fn profile() -> Secret {
    let ids = ProfileIds {
        member: Uuid::from_u128(1).into(),
        client_password: Uuid::from_u128(2).into(),
        uuids: [3, 4, 5, 6].map(Uuid::from_u128),
    };
    let password = Secret::new("abcde-fghij".into());
    let account =
        Account { login: "alice@example.org", display_name: "Alice <\u{674e}>", password: &password };
    mobileconfig::profile(&servers(), account, &ids, "Example & Co").unwrap()
}

/// A folder with a certificate, its key, and what is signed with them.
struct Scene {
    folder: TempDir,
}

impl Scene {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn named(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// A certificate that OpenSSL makes, which signs itself.
    fn certify(&self, kind: &[&str]) {
        let (certificate, key) = (self.named("certificate.pem"), self.named("key.pem"));
        let made = ["req", "-x509", "-nodes", "-subj", "/O=Example/CN=mail.example.org", "-days", "2"];
        let files = ["-keyout", &key, "-out", &certificate];
        let made = run("openssl", &[&made, kind, &files[..]].concat());
        assert_eq!(made.code, Some(0), "{made:?}");
    }

    fn signer(&self) -> Result<ProfileSigner, String> {
        fs::set_permissions(self.path("key.pem"), fs::Permissions::from_mode(0o600)).unwrap();
        let files = Files { certificate: self.path("certificate.pem"), key: self.path("key.pem") };
        let certificates = Arc::new(Certificates::load(files).unwrap());
        ProfileSigner::new(move || certificates.current()).map_err(|why| why.to_string())
    }

    fn sign(&self) -> Vec<u8> {
        self.signer().unwrap().sign(&profile(), Clientpass::now()).unwrap().to_vec()
    }

    /// What OpenSSL makes of a message, and the content if it verifies.
    fn verify(&self, message: &[u8], trusted: &Path) -> Result<Vec<u8>, String> {
        fs::write(self.path("signed"), message).unwrap();
        let (signed, content) = (self.named("signed"), self.named("content"));
        let trusted = trusted.display().to_string();
        let asked = ["cms", "-verify", "-inform", "DER", "-binary", "-purpose", "any"];
        let files = ["-in", &signed, "-CAfile", &trusted, "-out", &content];
        let ran = run("openssl", &[&asked[..], &files].concat());
        if ran.code == Some(0) { Ok(fs::read(content).unwrap()) } else { Err(ran.complained) }
    }
}

#[test]
fn openssl_verifies_a_profile_and_notices_what_was_altered() {
    if !has("openssl") {
        return;
    }
    for kind in [
        &["-newkey", "rsa:2048"][..],
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    ] {
        let scene = Scene::new();
        scene.certify(kind);
        let signed = scene.sign();
        let trusted = scene.path("certificate.pem");
        let content = scene.verify(&signed, &trusted).unwrap_or_else(|why| panic!("{kind:?}: {why}"));
        assert_eq!(content, profile().expose().as_bytes(), "{kind:?}");

        let at = signed.windows(11).position(|bytes| bytes == b"abcde-fghij").unwrap();
        let mut altered = signed;
        altered[at] = b'x';
        assert!(scene.verify(&altered, &trusted).is_err(), "{kind:?}");
    }
}

#[test]
fn a_key_that_devices_do_not_verify_is_refused() {
    if !has("openssl") {
        return;
    }
    let scene = Scene::new();
    scene.certify(&["-newkey", "ed25519"]);
    let why = scene.signer().unwrap_err();
    assert!(why.contains("RSA, or ECDSA on P-256 or P-384"), "{why}");
}

/// Who verifies trusts the root only: what is between is in the message.
#[test]
fn the_whole_chain_is_in_the_message() {
    if !has("openssl") {
        return;
    }
    let authority = |name: &str| {
        let mut parameters = CertificateParams::new([]).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
        (parameters, KeyPair::generate().unwrap())
    };
    let (root, root_key) = authority("Root");
    let (middle, middle_key) = authority("Middle");
    let key = KeyPair::generate().unwrap();
    let root_certificate = root.self_signed(&root_key).unwrap();
    let root = Issuer::from_params(&root, &root_key);
    let middle_certificate = middle.signed_by(&middle_key, &root).unwrap();
    let middle = Issuer::from_params(&middle, &middle_key);
    let own = CertificateParams::new(["mail.example.org".to_owned()]).unwrap();
    let own = own.signed_by(&key, &middle).unwrap();

    let scene = Scene::new();
    let chain = format!("{}{}", own.pem(), middle_certificate.pem());
    fs::write(scene.path("certificate.pem"), chain).unwrap();
    fs::write(scene.path("key.pem"), key.serialize_pem()).unwrap();
    fs::write(scene.path("root.pem"), root_certificate.pem()).unwrap();
    let content = scene.verify(&scene.sign(), &scene.path("root.pem")).unwrap();
    assert_eq!(content, profile().expose().as_bytes());
}

#[test]
fn python_reads_the_profile_as_a_property_list() {
    if !has("python3") {
        return;
    }
    let scene = Scene::new();
    fs::write(scene.path("profile"), profile().expose()).unwrap();
    let program = "import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))";
    let read = run("python3", &["-c", program, &scene.named("profile")]).json();
    assert_eq!(read["PayloadOrganization"], "Example & Co");
    assert_eq!(read["PayloadRemovalDisallowed"], false);

    let [mail, calendars] = &read["PayloadContent"].as_array().unwrap()[..] else { panic!("{read}") };
    for (key, value) in [
        ("EmailAccountName", json!("Alice <\u{674e}>")),
        ("IncomingMailServerPortNumber", json!(993)),
        ("IncomingPassword", json!("abcde-fghij")),
        ("OutgoingMailServerPortNumber", json!(587)),
        ("OutgoingMailServerUseSSL", json!(true)),
    ] {
        assert_eq!(mail[key], value, "{key}");
    }
    assert_eq!(calendars["CalDAVPrincipalURL"], "/cal/");
}

const MAIL: &str = "[mail]\nimap = \"imap.example.org\"\npop3 = \"pop.example.org:110\"\nsmtp = \"smtp.example.org\"\n\
                    caldav = \"https://dav.example.org/\"\nname = \"Example <Co>\"\n";

#[test]
fn autoconfig_is_valid_by_its_schema() {
    if !has("xmllint") {
        return;
    }
    let (mut clientpass, _) = Clientpass::installed();
    clientpass.restart_with(MAIL);
    let get = |path: &str| {
        let answer = ureq::get(format!("{}{path}", clientpass.url())).call();
        answer.unwrap().body_mut().read_to_string().unwrap()
    };

    let scene = Scene::new();
    for path in ["/mail/config-v1.1.xml?emailaddress=a@example.org", "/mail/config-v1.1.xml"] {
        fs::write(scene.path("said.xml"), get(path)).unwrap();
        let judged = run("xmllint", &["--noout", "--relaxng", SCHEMA, &scene.named("said.xml")]);
        assert_eq!(judged.code, Some(0), "{judged:?}");
    }

    // The schema refuses something.
    fs::write(scene.path("said.xml"), get("/mail/config-v1.1.xml").replace(">SSL<", ">TLS<")).unwrap();
    assert_ne!(run("xmllint", &["--noout", "--relaxng", SCHEMA, &scene.named("said.xml")]).code, Some(0));
}

#[test]
fn records_for_dns_need_no_database_and_name_what_is_configured() {
    let (clientpass, _) = Clientpass::installed();
    fs::write(clientpass.beside("mail.toml"), MAIL).unwrap();
    let file = clientpass.beside("mail.toml").display().to_string();
    let command = ["--config", &file, "--data-dir", "/nowhere", "dns-records"];
    let run = |more: &[&str]| {
        let binary = env!("CARGO_BIN_EXE_clientpass");
        Ran::of(Command::new(binary).env_clear().args([&command, more].concat()))
    };

    let zone = run(&["Example.org"]);
    assert_eq!(zone.code, Some(0), "{zone:?}");
    assert!(
        zone.printed.contains("_imaps._tcp.example.org. 3600 IN SRV 0 1 993 imap.example.org.\n"),
        "{zone:?}"
    );
    assert!(zone.printed.contains("_imap._tcp.example.org. 3600 IN SRV 0 0 0 .\n"), "{zone:?}");

    let json = run(&["example.org", "--json"]).json();
    let records = json["records"].as_array().unwrap();
    let pop3 = |record: &&Value| record["name"] == "_pop3._tcp.example.org.";
    assert_eq!(records.iter().find(pop3).unwrap()["data"], "0 1 110 pop.example.org.");

    run(&["exa mple"]).refused(&["is no domain"]);
    let nothing = clientpass.run(&["dns-records", "example.org"]);
    nothing.refused(&["no mail server for example.org", "[mail]"]);
}

/// A certificate for this machine, and its key as the service takes it.
fn for_localhost() -> Scene {
    let scene = Scene::new();
    let name = ["-addext", "subjectAltName=DNS:localhost"];
    scene.certify(&[&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], &name[..]].concat());
    fs::set_permissions(scene.path("key.pem"), fs::Permissions::from_mode(0o600)).unwrap();
    scene
}

/// What a browser of Alice's does with the binary over TLS: it makes a client password and fetches the profile.
fn fetched(clientpass: &Clientpass, tls: &Scene, token: &str) -> Vec<u8> {
    let origin = format!("https://localhost:{}", clientpass.address().port());
    let (trusted, cookie) = (tls.named("certificate.pem"), format!("Cookie: __Host-session={token}"));
    let curl = |more: &[&str]| {
        let always = ["--silent", "--show-error", "--cacert", &trusted, "-H", "Sec-Fetch-Site: same-origin"];
        let ran = run("curl", &[&always[..], more].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.printed
    };

    let form = "kind=phone&label=Phone&protocols=imap&protocols=smtp";
    let page = curl(&["-H", &cookie, "--data", form, &format!("{origin}/passwords/new?kind=phone")]);
    let behind =
        page.split_once(&format!("{origin}/set-up/")).unwrap_or_else(|| panic!("no link in {page}")).1;
    let link = format!("{origin}/set-up/{}", behind.split('"').next().unwrap());
    curl(&["--data", "", "--output", &tls.named("fetched"), &link]);
    fs::read(tls.path("fetched")).unwrap()
}

#[test]
fn openssl_verifies_what_the_binary_hands_out() {
    if !has("openssl") || !has("curl") {
        return;
    }
    let (mut clientpass, home) = Clientpass::installed();
    let alice = home.member("alice").secured(Clientpass::now());
    let (tls, own) = (for_localhost(), for_localhost());
    let files = format!(
        "profile_certificate = \"{}\"\nprofile_key = \"{}\"\n",
        own.named("certificate.pem"),
        own.named("key.pem")
    );

    // By the certificate that is for profiles; where there is none, by that of TLS.
    for (config, signer, stranger) in [(format!("{MAIL}{files}"), &own, &tls), (MAIL.to_owned(), &tls, &own)]
    {
        let file = clientpass.beside("clientpass.toml");
        fs::write(&file, config).unwrap();
        let (file, certificate, key) =
            (file.display().to_string(), tls.named("certificate.pem"), tls.named("key.pem"));
        clientpass.with_options(&["--config", &file, "--tls-certificate", &certificate, "--tls-key", &key]);
        clientpass.stop();
        clientpass.start();

        let signed = fetched(&clientpass, &tls, alice.http.token());
        let content = tls.verify(&signed, &signer.path("certificate.pem")).unwrap();
        let content = String::from_utf8(content).unwrap();
        assert!(
            content.contains("<key>IncomingPassword</key>") && content.contains(&alice.login),
            "{content}"
        );
        assert!(tls.verify(&signed, &stranger.path("certificate.pem")).is_err());
    }
}

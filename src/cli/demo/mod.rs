//! `clientpass demo`: a throw-away service that plays the main job through, and keeps serving with mail clients of its own.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use super::serve;
use super::terminal::say;
use crate::app::{self, Environment, Running};
use crate::clock::Clock;
use crate::config::Config;
use crate::config::doors::Doors;
use crate::domain::secret::Secret;

mod mail_clients;
mod story;
mod typed;

use mail_clients::{MailClients, THUNDERBIRD};
use story::{ALICE, BOB, Story, Told};

/// What the demo can be told.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Stop when the story is told, instead of serving on
    #[arg(long)]
    stop: bool,
}

/// Plays the story, then serves until it is stopped; the data are removed.
pub fn run(config: &Config, options: &Options, listen: Option<SocketAddr>) -> Result<(), String> {
    let folder = Folder::make()?;
    let mut config = config.clone();
    config.storage.data_dir.clone_from(&folder.0);
    config.storage.keyring = None;
    (config.server.tls_certificate, config.server.tls_key) = (None, None);
    config.server.public_url = None;
    config.doors = Doors::default();
    config.server.listen = listen.unwrap_or_else(|| free_address(config.server.listen));

    actix_web::rt::System::new().block_on(async {
        let outside = Environment::system();
        let hangups = serve::hangups()?;
        let running = app::start(&config, &outside).await.map_err(|error| error.to_string())?;
        say(&format!("A throw-away clientpass on {}\n", running.url()));

        let clock = Clock::new(outside.time);
        let clients = MailClients { services: Arc::clone(&running.services), clock: clock.clone() };
        let story = Story { services: &running.services, clients: &clients, clock };
        let told = story.tell().await.map_err(|error| format!("the demo could not go on: {error}"))?;
        if options.stop {
            running.handle().stop();
            return running.run().await.map_err(|error| error.to_string());
        }

        invite(&running, &told);
        play_on(&clients, told);
        serve::serve(running, hangups).await
    })
}

/// The usual address, or any if that is taken.
fn free_address(preferred: SocketAddr) -> SocketAddr {
    if TcpListener::bind(preferred).is_ok() { preferred } else { SocketAddr::new(preferred.ip(), 0) }
}

/// A folder that goes away with the demo.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("clientpass-demo-{}", std::process::id()));
        std::fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Has the mail clients come again and again: those of the story, and one that takes what is typed here.
fn play_on(clients: &MailClients, told: Told) {
    let (laptop, phone) = (clients.clone(), clients.clone());
    actix_web::rt::spawn(async move { laptop.come_often(story::LAPTOP, &told.laptop).await });
    actix_web::rt::spawn(async move { phone.come_now_and_then(story::PHONE, &told.phone).await });

    if typed::can_be_read() {
        let lines = typed::lines();
        let clients = clients.clone();
        actix_web::rt::spawn(async move { clients.come_with_what_is_typed(lines).await });
    }
}

fn invite(running: &Running, told: &Told) {
    let (url, key, laptop) = (running.url(), told.mail_server_key.expose(), told.laptop.expose());
    let codes: Vec<&str> = told.codes.iter().take(3).map(Secret::expose).collect();
    say(&format!(
        "\nIt keeps serving until Ctrl-C. The pages: {url}/\n\n  \
         {bob}     account password: {bobs}\n                      \
         a member with secure login on; second step, each good once:\n                      {codes}\n                      \
         or an authenticator with the key {seed}\n  \
         {alice}   account password: {alices}\n                      \
         the owner; no second step yet, so see how one is set up\n\n\
         Bob's laptop asks for mail every few seconds, and his phone still tries the password that is dead: see Overview.",
        bob = BOB.login,
        bobs = BOB.password,
        codes = codes.join("\n                      "),
        seed = told.seed.expose(),
        alice = ALICE.login,
        alices = ALICE.password,
    ));

    if typed::can_be_read() {
        say(&format!(
            "Make a client password as Bob, paste it here and press Enter: {THUNDERBIRD} signs in with it, again and again."
        ));
    }

    say(&format!(
        "\nOr be the mail server:\n\n  \
         curl -s {url}/v1/verify -H 'Authorization: Bearer {key}' \\\n       \
         -H 'Content-Type: application/json' \\\n       \
         -d '{{\"login\":\"{login}\",\"password\":\"{laptop}\",\"protocol\":\"imap\"}}'\n\n\
         Then change a letter of the password. Everything else: {url}/openapi.yaml",
        login = BOB.login,
    ));
}

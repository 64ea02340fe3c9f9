//! `clientpass serve`: starts the service, says what to do next, stops gracefully.

use std::io::IsTerminal;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::service_manager;
use super::setup_link::link;
use super::terminal::say;
use crate::app::{self, Environment, Running};
use crate::config::Config;
use crate::domain::secret::Secret;

/// Serves until SIGTERM or SIGINT.
pub fn run(config: &Config) -> Result<(), String> {
    actix_web::rt::System::new().block_on(async {
        let hangups = hangups()?;
        let running = app::start(config, &Environment::system()).await.map_err(|error| error.to_string())?;
        let token = running.services.setup.new_token().await.map_err(|error| error.to_string())?;
        greet(config, &running, token.as_ref());
        serve(running, hangups).await
    })
}

/// SIGHUP from here on. It is asked for before anything listens: whoever sees that and has a new certificate would else
/// end the process.
pub fn hangups() -> Result<Signal, String> {
    signal(SignalKind::hangup()).map_err(|error| error.to_string())
}

/// Serves until a signal, then lets requests in flight finish. SIGHUP reads the files of TLS anew.
pub async fn serve(running: Running, mut hangups: Signal) -> Result<(), String> {
    let failed = |error: std::io::Error| error.to_string();
    let handle = running.handle();
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;

    let reload = running.reloader();
    actix_web::rt::spawn(async move {
        while hangups.recv().await.is_some() {
            reload();
        }
    });

    actix_web::rt::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!(event = "stopping");
        service_manager::is_stopping();
        handle.stop();
    });

    actix_web::rt::spawn(service_manager::keep_alive(running.clock()));
    service_manager::is_ready();
    running.run().await.map_err(failed)?;
    tracing::info!(event = "stopped");
    Ok(())
}

fn greet(config: &Config, running: &Running, token: Option<&Secret>) {
    tracing::info!(event = "serving", address = %running.address, version = env!("CARGO_PKG_VERSION"));
    let url = running.url();
    let data = match config.storage.database_url {
        Some(_) => "PostgreSQL".into(),
        None => config.storage.data_dir.display().to_string(),
    };

    say(&format!("clientpass {} listens on {} ({url})", env!("CARGO_PKG_VERSION"), running.address));
    for (door, address) in &running.doors {
        tracing::info!(event = "door_open", door, %address);
        let whom = if *door == "metrics" { "Prometheus" } else { "mail servers" };
        say(&format!("{whom}: {door} on {address}"));
    }

    say(&format!("data: {data} (keep {} apart from backups of it)", config.storage.keyring_path().display()));
    match token {
        None => {
            let pages = running.pages().map(|pages| format!("{pages}/"));
            let pages = pages.unwrap_or_else(|| "off until server.public_url is set".into());
            say(&format!("pages: {pages}   API: {url}/openapi.yaml   ready: {url}/readyz"));
        }
        Some(token) => invite(running.pages(), token),
    }
}

/// Says how an organization is made.
fn invite(pages: Option<&str>, token: &Secret) {
    // Standard output of a systemd service is a log, and the link must not be in one.
    let into_a_log = std::env::var_os("JOURNAL_STREAM").is_some() && !std::io::stdout().is_terminal();
    match pages {
        None => say(
            "There is no organization yet, and the pages are off until server.public_url says where browsers reach them: \
             set it and start again.",
        ),
        Some(_) if into_a_log => {
            say(
                "There is no organization yet. For a link that makes one run, as this user: clientpass setup-link",
            );
        }
        Some(pages) => {
            say("\nThere is no organization yet. Open this link within an hour; it works once:");
            say(&format!("  {}", link(pages, token)));
            say("Another one: clientpass setup-link");
        }
    }
    say("Without a browser: stop the service and run, as this user: clientpass init --help");
}

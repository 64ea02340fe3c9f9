//! The command line: each command calls the service, none has rules.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::Config;
use crate::telemetry;

mod demo;
mod init;
mod serve;

/// Gives every mail client its own password, and takes it back at once.
#[derive(Debug, Parser)]
#[command(name = "clientpass", version, after_help = EXAMPLES)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  clientpass                                  serve on 127.0.0.1:8600, data in ./clientpass-data
  clientpass --data-dir /var/lib/clientpass   the same, data elsewhere
  clientpass demo                             see the main job played through";

/// Options that every command understands.
#[derive(Debug, clap::Args)]
struct Global {
    /// Configuration file (TOML)
    #[arg(long, global = true, env = "CLIENTPASS_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the database [default: clientpass-data]
    #[arg(long, global = true, env = "CLIENTPASS_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Keyring file [default: keyring.json in the data directory]
    #[arg(long, global = true, env = "CLIENTPASS_KEYRING", value_name = "FILE")]
    keyring: Option<PathBuf>,
    /// Where the REST API listens [default: 127.0.0.1:8600]
    #[arg(long, global = true, env = "CLIENTPASS_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// What is logged, e.g. warn or clientpass=debug,info
    #[arg(long, global = true, env = "CLIENTPASS_LOG", value_name = "FILTER")]
    log: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve (what happens without a command)
    #[command(
        after_help = "Example:\n  clientpass serve --listen 127.0.0.1:8600 --data-dir /var/lib/clientpass"
    )]
    Serve,
    /// Make the first organization with its owner and keys; prints one line of JSON
    #[command(
        after_help = "Example:\n  clientpass init --organization Example --domain example.org --owner alice@example.org\n\nExit code 1, and nothing changed, if the data directory is not empty."
    )]
    Init(init::Wish),
    /// Start a throw-away service, play the main job through, keep serving
    #[command(
        after_help = "Example:\n  clientpass demo\n\nThe data lie in a folder that is removed at the end."
    )]
    Demo(demo::Options),
    /// Print completions for a shell
    #[command(after_help = "Example:\n  clientpass completions bash > /etc/bash_completion.d/clientpass")]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

impl Global {
    fn config(&self) -> Result<Config, String> {
        let mut config = Config::load(self.config.as_deref()).map_err(|error| error.to_string())?;
        if let Some(folder) = &self.data_dir {
            config.storage.data_dir.clone_from(folder);
        }
        if let Some(keyring) = &self.keyring {
            config.storage.keyring = Some(keyring.clone());
        }
        if let Some(listen) = self.listen {
            config.server.listen = listen;
        }
        if let Some(level) = &self.log {
            config.log.level.clone_from(level);
        }
        Ok(config)
    }
}

/// Runs the command that the arguments name. Exit code 0 when done, 1 when refused or failed, 2 for wrong
/// arguments or configuration.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let config = match arguments.global.config() {
        Ok(config) => config,
        Err(why) => return fail(2, &why),
    };
    let quiet = matches!(arguments.command, Some(Command::Init(_) | Command::Demo(_)));
    let level = if quiet && arguments.global.log.is_none() { "warn" } else { &config.log.level };
    if telemetry::start_logging(config.log.format, level).is_none() {
        return fail(2, "the log filter is no filter; info, or clientpass=debug,info, is one");
    }
    let done = match arguments.command {
        None | Some(Command::Serve) => serve::run(&config),
        Some(Command::Init(wish)) => init::run(&config, &wish),
        Some(Command::Demo(options)) => demo::run(&config, &options, arguments.global.listen),
        Some(Command::Completions { shell }) => {
            clap_complete::generate(shell, &mut Arguments::command(), "clientpass", &mut std::io::stdout());
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => fail(1, &why),
    }
}

#[allow(clippy::print_stderr, reason = "this is where a person reads why")]
fn fail(code: u8, why: &str) -> ExitCode {
    eprintln!("clientpass: {why}");
    ExitCode::from(code)
}

/// Says something to the person at the terminal. A closed pipe is no reason to stop serving.
fn say(text: &str) {
    use std::io::Write as _;
    drop(writeln!(std::io::stdout(), "{text}"));
}

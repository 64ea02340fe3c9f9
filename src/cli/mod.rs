//! The command line: each command calls the service, none has rules.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::Config;
use crate::config::load::{Overlay, load};
use crate::telemetry;

mod admin;
mod backup;
mod config;
mod demo;
mod dns_records;
mod doctor;
mod health;
mod init;
mod keys;
mod order;
mod process;
mod restore;
mod scan;
mod serve;
mod service_keys;
mod service_manager;
mod setup_link;
mod terminal;

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
  clientpass --database-url postgres://clientpass@db.example.org/clientpass?sslmode=require
                                              several nodes on one PostgreSQL; each needs a copy of the keyring
  clientpass demo                             see the main job played through, and the pages
  clientpass scan .                           find our secrets where none belongs

Settings:
  Every setting of the configuration file has an environment variable, CLIENTPASS_<SECTION>_<KEY>: [doors.dovecot]
  listen is CLIENTPASS_DOORS_DOVECOT_LISTEN. Lists are a,b or [\"a\", \"b\"]; tables by name or in lists are only in the file.
  Variables are stronger than the file, the options above and their own variables stronger than both.";

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
    /// `PostgreSQL` database, e.g. `postgres://clientpass@db.example.org/clientpass?sslmode=require`
    #[arg(long, global = true, env = "CLIENTPASS_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,
    /// File that holds the URL of the PostgreSQL database
    #[arg(
        long,
        global = true,
        env = "CLIENTPASS_DATABASE_URL_FILE",
        value_name = "FILE",
        conflicts_with = "database_url"
    )]
    database_url_file: Option<PathBuf>,
    /// Where the REST API listens [default: 127.0.0.1:8600]
    #[arg(long, global = true, env = "CLIENTPASS_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Certificate of the REST API with its chain (PEM); SIGHUP reads it anew
    #[arg(long, global = true, env = "CLIENTPASS_TLS_CERTIFICATE", value_name = "FILE")]
    tls_certificate: Option<PathBuf>,
    /// Key of that certificate (PEM), which only its owner may read
    #[arg(long, global = true, env = "CLIENTPASS_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,
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
    Init(init::Options),
    /// Print a new link to the page where the first organization is made
    #[command(after_help = setup_link::EXAMPLES)]
    SetupLink(setup_link::Options),
    /// List the keys of the keyring, add a pepper, retire the older one
    #[command(after_help = keys::EXAMPLES)]
    Keys(keys::Options),
    /// List service keys, make one, end one: also where no operator key is left
    #[command(after_help = service_keys::EXAMPLES)]
    ServiceKeys(service_keys::Options),
    /// Administer an organization: departments, roles, ownership, policy
    #[command(after_help = admin::EXAMPLES)]
    Admin(admin::Options),
    /// Look for our secrets in files, folders, archives and histories
    #[command(after_help = scan::EXAMPLES)]
    Scan(scan::Options),
    /// Copy the database into a new file, while clientpass serves or not
    #[command(after_help = backup::EXAMPLES)]
    Backup(backup::Options),
    /// Put a backup in the place of the data, without reviving what has ended
    #[command(after_help = restore::EXAMPLES)]
    Restore(restore::Options),
    /// Start a throw-away service, play the main job through, keep serving
    #[command(
        after_help = "Example:\n  clientpass demo\n\nIt prints whom you may sign in as on its pages. Paste a client password that you make there, and a mail client\nsigns in with it. The data lie in a folder that is removed at the end."
    )]
    Demo(demo::Options),
    /// Say what is misconfigured, the mail server's side included
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(doctor::Options),
    /// Print what DNS must say of a domain so that mail clients find its mail
    #[command(after_help = dns_records::EXAMPLES)]
    DnsRecords(dns_records::Options),
    /// Say whether the service would start with this configuration
    Config(config::Options),
    /// Say by the exit code whether the service answers
    #[command(after_help = health::EXAMPLES)]
    Health(health::Options),
    /// Write the manual pages into a folder
    #[command(after_help = "Example:\n  clientpass man /usr/local/share/man/man1")]
    Man {
        /// The folder, which is there
        folder: PathBuf,
    },
    /// Print completions for a shell
    #[command(after_help = "Example:\n  clientpass completions bash > /etc/bash_completion.d/clientpass")]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

impl Global {
    fn config(&self) -> Result<Config, String> {
        load(self.config.as_deref(), self.overlay()?).map_err(|error| error.to_string())
    }

    /// What the environment and the command line say.
    fn overlay(&self) -> Result<Overlay, String> {
        let read = Arguments::command();
        let read = read.get_arguments().filter_map(clap::Arg::get_env).filter_map(OsStr::to_str);

        let files = [
            ("storage.data_dir", &self.data_dir),
            ("storage.keyring", &self.keyring),
            ("storage.database_url_file", &self.database_url_file),
            ("server.tls_certificate", &self.tls_certificate),
            ("server.tls_key", &self.tls_key),
        ];

        let given = files.into_iter().filter_map(|(setting, file)| Some((setting, file.as_ref()?)));
        let text = |(setting, file): (_, &PathBuf)| {
            let name = file.to_str().ok_or_else(|| format!("{}: name it in UTF-8", file.display()))?;
            Ok::<_, String>((setting, name.to_owned()))
        };
        let files = given.map(text).collect::<Result<Vec<_>, _>>()?;

        let others = [
            ("storage.database_url", self.database_url.clone()),
            ("server.listen", self.listen.map(|address| address.to_string())),
            ("log.level", self.log.clone()),
        ];
        let others = others.into_iter().filter_map(|(setting, value)| Some((setting, value?)));

        Ok(Overlay {
            variables: std::env::vars_os().collect(),
            read: read.map(str::to_owned).collect(),
            arguments: files.into_iter().chain(others).collect(),
        })
    }
}

/// Runs the command that the arguments name. Exit code 0 when done, 1 when refused or failed, 2 for wrong
/// arguments or configuration.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let config = match arguments.global.config() {
        Ok(config) => config,
        Err(why) => return without_configuration(&arguments, &why),
    };

    let quiet = !matches!(arguments.command, None | Some(Command::Serve));
    let level = if quiet && arguments.global.log.is_none() { "warn" } else { &config.log.level };
    if telemetry::start_logging(config.log.format, level).is_none() {
        return fail(2, "the log filter is no filter; info, or clientpass=debug,info, is one");
    }

    process::forbid_core_dumps();
    let done = match arguments.command {
        None | Some(Command::Serve) => serve::run(&config),
        Some(Command::Init(options)) => init::run(&config, &options),
        Some(Command::SetupLink(options)) => setup_link::run(&config, &options),
        Some(Command::Keys(options)) => keys::run(&config, &options),
        Some(Command::ServiceKeys(options)) => service_keys::run(&config, options),
        Some(Command::Admin(options)) => admin::run(&config, options),
        Some(Command::Scan(options)) => return scan::run(&config, &options),
        Some(Command::Backup(options)) => backup::run(&config, &options),
        Some(Command::Restore(options)) => restore::run(&config, &options),
        Some(Command::Demo(options)) => demo::run(&config, &options, arguments.global.listen),
        Some(Command::Doctor(options)) => {
            doctor::run(Ok(&config), arguments.global.config.as_deref(), &options)
        }
        Some(Command::DnsRecords(options)) => dns_records::run(&config, &options),
        Some(Command::Config(options)) => config::run(&config, &options),
        Some(Command::Health(options)) => health::run(&config, &options),
        Some(Command::Man { folder }) => clap_mangen::generate_to(Arguments::command(), &folder)
            .map_err(|why| format!("{}: {why}", folder.display())),
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

/// Nothing runs with a configuration that cannot be read; the doctor says it as a finding.
fn without_configuration(arguments: &Arguments, why: &str) -> ExitCode {
    match &arguments.command {
        Some(Command::Doctor(options)) => match doctor::run(Err(why), None, options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(found) => fail(1, &found),
        },
        _ => fail(2, why),
    }
}

#[allow(clippy::print_stderr, reason = "this is where a person reads why")]
fn fail(code: u8, why: &str) -> ExitCode {
    eprintln!("clientpass: {why}");
    ExitCode::from(code)
}

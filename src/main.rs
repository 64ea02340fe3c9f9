//! `clientpass`: arguments → configuration → the service → exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    clientpass::cli::main()
}

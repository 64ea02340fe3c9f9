//! What is printed.

/// Prints something for a program: one line of JSON.
pub fn print_json(report: &impl serde::Serialize) -> Result<(), String> {
    say(&serde_json::to_string(report).map_err(|error| error.to_string())?);
    Ok(())
}

/// Says something to the person at the terminal. A closed pipe is no reason to stop serving.
pub fn say(text: &str) {
    use std::io::Write as _;
    drop(writeln!(std::io::stdout(), "{text}"));
}

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

/// Says something beside what a program may read: on standard error.
pub fn note(text: &str) {
    use std::io::Write as _;
    drop(writeln!(std::io::stderr(), "{text}"));
}

/// The text of a file; of `-`, what standard input gives.
pub fn read(file: &str) -> Result<String, String> {
    if file == "-" {
        return std::io::read_to_string(std::io::stdin()).map_err(|error| format!("standard input: {error}"));
    }
    std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))
}

/// The bytes of a file; of `-`, what standard input gives.
pub fn read_bytes(file: &str) -> Result<Vec<u8>, String> {
    if file == "-" {
        let mut bytes = Vec::new();
        let read = std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes);
        return read.map(|_| bytes).map_err(|error| format!("standard input: {error}"));
    }
    std::fs::read(file).map_err(|error| format!("{file}: {error}"))
}

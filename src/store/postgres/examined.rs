//! What is known of a server that was asked.

/// What lies between a server and its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooler {
    /// Nothing.
    None,
    /// A pooler that keeps one session for each connection.
    KeepsSessions,
    /// A pooler that gives each transaction another session; `clientpass` does not start behind it.
    SharesSessions,
    /// Pgpool-II, which hands our start parameters on as if nothing were between.
    Pgpool {
        /// Whether it answers reads from standbys or from memory; also where it does not say.
        reads_elsewhere: bool,
    },
}

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// What its `version()` says.
    pub version: String,
    /// What lies between.
    pub pooler: Pooler,
    /// Settings by name, as they are for a connection of ours, and under `following` how many standbys there are; none
    /// where it has no such thing.
    pub settings: Vec<(String, String)>,
}

//! clientpass itself: what was seen of its files, its service, its database and its sockets, judged.

use super::{About, Finding, Findings};

mod data;
mod engine;
mod facts;
pub(super) mod kinds;
mod network;

pub use facts::{
    Between, Database, Durability, Facts, File, Listening, Product, Refused, SecretFile, Serving, Socket,
    User,
};
pub(super) use facts::{PASS, READ, WRITE, open_to_all};

/// Judges what was seen.
pub fn judge(seen: &Facts) -> Vec<Finding> {
    let mut found = Findings::about(About::Clientpass);
    refused(seen, &mut found);
    data::judge(seen, &mut found);
    network::judge(seen, &mut found);
    serving(seen, &mut found);
    found.all()
}

/// What is to be said of a configuration that cannot be read, for this reason.
pub fn unreadable(why: &str) -> Vec<Finding> {
    let mut found = Findings::about(About::Clientpass);
    found.find(
        &kinds::CONFIGURATION_UNREADABLE,
        why,
        "put it right, and run clientpass doctor again: nothing else was looked at",
    );
    found.all()
}

fn refused(seen: &Facts, found: &mut Findings) {
    for refused in &seen.refused {
        found.find(&kinds::START_REFUSED, &refused.why, &refused.change);
    }
}

fn serving(seen: &Facts, found: &mut Findings) {
    let Some(serving) = &seen.serving else {
        found.find(
            &kinds::NOT_SERVING,
            "no clientpass serves this data directory, or none that answers this user",
            "systemctl start clientpass     # or name another with --data-dir or --config",
        );
        return clock(seen, 0, found);
    };

    if let Some(why) = &seen.unreachable {
        found.find(
            &kinds::UNREACHABLE,
            &format!("it serves, and nobody can answer at {}: {why}", seen.listening.address),
            "server.listen, or the configuration that this command was given",
        );
    }

    if serving.dumps_core == Some(true) {
        found.find(
            &kinds::CORE_DUMPS,
            "the process that serves may leave its memory in a core dump",
            "LimitCORE=0     # of the systemd unit",
        );
    }

    network::addresses(serving, found);
    clock(seen, serving.ahead_seconds, found);
}

fn clock(seen: &Facts, ahead: u64, found: &mut Findings) {
    if ahead > 60 {
        found.find(
            &kinds::CLOCK_AHEAD,
            &format!("the system's clock is {ahead} s behind what it has been"),
            "set the system's clock right; if it is right now, wait",
        );
    }

    if seen.clock_synchronized == Some(false) {
        found.find(
            &kinds::CLOCK_ALONE,
            "nothing keeps the system's clock right",
            "apt-get install systemd-timesyncd     # or chrony",
        );
    }
}

#[cfg(test)]
mod tests;

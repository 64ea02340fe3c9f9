//! Settings of this process in the operating system: its memory is nobody's to read.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Keys and secrets in memory never reach the disk in a core dump, nor another process of the same user by
/// tracing. A system that refuses is no reason not to serve.
pub fn forbid_core_dumps() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let limited = setrlimit(Resource::Core, none);
    let hidden = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    if let Err(error) = limited.and(hidden) {
        tracing::warn!(event = "core_dumps_possible", %error);
    }
}

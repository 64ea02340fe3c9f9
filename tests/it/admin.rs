//! Orders of whoever owns the data directory: the keyring, the control socket, backup and restore.

mod administering;
mod backup;
mod command_line;
mod control;
mod keys;
mod lists;
mod lost;
mod restore;
mod restoring_guards;
mod restoring_jobs;
mod restoring_nothing;
mod retiring;
mod revoking;
mod service_keys;
mod setup_link;

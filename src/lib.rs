//! clientpass gives every mail client its own password, and takes it back at once.
//!
//! A mail account protected by a second sign-in step still has to serve mail clients that know only a login and
//! a password. clientpass issues one generated password per client, and mail servers ask it at every login.
//! While a member's *secure login* is on, mail clients get in with a client password only; when it goes off,
//! every client password of the member is dead at that moment and for ever.
//!
//! # The map
//!
//! Data flow one way: door → service → store → engine; decisions are made in the domain.
//!
//! ```text
//!     main.rs        arguments → exit code
//!     lib.rs         this map
//!     cli/           the commands: serve, init, setup-link, keys, admin, backup, restore, doctor, demo; each calls
//!                    the service, none has rules
//!     app/           the composition root: engine → store → service → doors; start, drain, stop
//!     config/        one struct per section of the TOML file; unknown keys are refused
//!     clock.rs       time, never going back; injected everywhere
//!     entropy.rs     randomness; injected everywhere
//!     keyring/       the keys outside the database: peppers and the sealing key
//!     telemetry/     logs and metrics, and what is never logged
//!     domain/        the rules, pure: no async, no I/O, no SQL, no HTTP
//!     service/       use cases, one file each; the only caller of the store
//!     store/         the only place that knows tables; below it the engine, a port with SQLite or PostgreSQL behind it
//!     doors/         mail servers ask: Dovecot, LDAP, OAuth 2.0, nginx; bytes become calls of the service
//!     api/           programs ask: the REST API, and where mail is
//!     pages/         people ask: what a browser shows
//!     http/          what those share that are asked over HTTP: middleware, bodies, queries, problems, idempotency
//!     net/           listeners, connections, TLS, and requests that we make ourselves
//!     mail_setup/    what mail clients are told of where mail is, in the form that each of them reads
//!     jobs/          what runs by itself
//!     notify/        mail servers and programs are told that client passwords have ended
//!     control/       the control socket: commands beside a process that serves
//!     doctor/        what is misconfigured, ours and the mail server's side; doctor/probe looks, the others judge
//! ```
//!
//! The statements lie in `sql/query`, one in a file, the schema in `sql/schema`. What this page says about the
//! tree is checked by a test. `docs/architecture.md` says more: what each room may use, the way of a check and of a
//! change, the rules that always hold, where a new thing goes, and what the words mean.

pub mod api;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod doctor;
pub mod domain;
pub mod doors;
pub mod entropy;
pub mod http;
pub mod jobs;
pub mod keyring;
pub mod mail_setup;
pub mod net;
pub mod notify;
pub mod pages;
pub mod service;
pub mod store;
pub mod telemetry;

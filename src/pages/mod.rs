//! What people see in a browser: pages made here, with plain forms. A page calls the services as the API does and has no
//! rule of its own; templates lie beside the code that fills them, texts in `texts/`.
//!
//! ```text
//!   request -> middleware: is it ours? -> visit: who, in which language -> page -> services
//!                    ^                                                      |
//!                    +--- a page that says it, or asks for a proof <-- error
//! ```

mod activity;
mod admin;
pub mod assets;
pub mod brand;
mod cookies;
mod error;
mod form;
mod frame;
mod help;
mod holds;
mod icons;
mod invitation;
pub mod language;
mod log_ins;
mod middleware;
mod once;
mod onward;
mod overview;
mod passkey;
mod passkey_options;
mod passwords;
mod policy_words;
mod problem;
mod proof;
mod qr;
mod routes;
mod security;
mod set_up;
mod setup;
mod sign_in;
mod site;
mod start;
mod submitted;
pub mod texts;
mod visit;

pub use routes::{PAGES, Page, configure};
pub use site::Site;

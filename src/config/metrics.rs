//! `[metrics]`: an address of their own, where no key is needed.

use serde::Deserialize;

use super::doors::{Account, Listen, Mode, Socket, socket_section};

socket_section! {
    /// `[metrics]`: listens for Prometheus, on a socket as doors have one.
    Metrics {}
}

//! `[metrics]`: an address of their own, where no key is asked for.

use serde::Deserialize;

use super::doors::{Account, Listen, Mode, Socket, socket_section};

socket_section! {
    /// `[metrics]`
    Metrics {}
}

//! Orders of whoever owns the data directory.

use crate::app::{self, Environment};
use crate::config::Config;
use crate::service::admin::{AdminCommand, AdminReply};

/// Gives an order to the process that serves, or carries it out where none does.
pub fn order(config: &Config, order: &AdminCommand) -> Result<AdminReply, String> {
    actix_web::rt::System::new().block_on(app::execute(config, &Environment::system(), order))
}

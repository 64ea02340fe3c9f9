//! Orders of whoever owns the data directory.

use crate::app::{self, Environment};
use crate::config::Config;
use crate::service::admin::{Order, Report};

/// Gives an order to the process that serves, or carries it out where none does.
pub fn order(config: &Config, order: &Order) -> Result<Report, String> {
    actix_web::rt::System::new().block_on(app::carry_out(config, &Environment::system(), order))
}

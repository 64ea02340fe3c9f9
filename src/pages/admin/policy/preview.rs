//! Whom a policy would cut off, as it is shown before it is saved.

use crate::domain::policy::Policy;
use crate::pages::admin::office::Order;
use crate::service::Error;

/// Whom it would cut off.
pub struct Preview {}

/// Looks at whom a policy would cut off.
#[allow(clippy::unused_async)]
pub async fn of(_order: &Order, _policy: &Policy) -> Result<Preview, Error> {
    Ok(Preview {})
}

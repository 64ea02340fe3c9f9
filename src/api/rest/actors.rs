//! Who has done something, as the API shows it.

use crate::domain::audit_form::ActorForm;

/// An actor as the API shows one.
pub type ActorBody = ActorForm;

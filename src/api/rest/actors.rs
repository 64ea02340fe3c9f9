//! Who has done something, as the API shows it.

use serde::Serialize;

use crate::domain::audit::Actor;

/// An actor as the API shows one.
#[derive(Serialize)]
pub struct ActorBody {
    kind: &'static str,
    id: Option<String>,
}

impl From<Actor> for ActorBody {
    fn from(actor: Actor) -> Self {
        Self { kind: actor.kind(), id: actor.id().map(|id| id.to_string()) }
    }
}

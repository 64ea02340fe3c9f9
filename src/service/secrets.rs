//! New secrets: each random, shown once, and kept as its verifier.

use std::fmt;
use std::sync::Arc;

use super::Error;
use super::ids::Ids;
use crate::clock::Clock;
use crate::domain::ids::OrganizationId;
use crate::domain::secret::{CanonicalSecret, Secret, Token, TokenKind, generate_recovery_code};
use crate::domain::service_key::{KeyRole, ServiceKey};
use crate::entropy::{Entropy, NoEntropy};
use crate::keyring::Keyring;
use crate::store::Verifier;
use crate::store::service_keys::NewServiceKey;

/// Makes secrets of every kind, with their verifiers.
#[derive(Clone)]
pub(super) struct Secrets {
    ids: Ids,
    clock: Clock,
    entropy: Arc<dyn Entropy>,
    keyring: Arc<Keyring>,
}

impl Secrets {
    pub(super) const fn new(
        ids: Ids,
        clock: Clock,
        entropy: Arc<dyn Entropy>,
        keyring: Arc<Keyring>,
    ) -> Self {
        Self { ids, clock, entropy, keyring }
    }

    /// A fresh token and its verifier, with the pepper of that.
    pub(super) fn token(&self, kind: TokenKind) -> Result<(Token, (i64, Verifier)), NoEntropy> {
        let token = Token::generate(kind, &mut |dest| self.entropy.fill(dest))?;
        let verifier = self.keyring.verifier(token.text().expose());
        Ok((token, verifier))
    }

    /// A fresh secret with its verifier and the pepper of that.
    pub(super) fn client_password(&self) -> Result<(CanonicalSecret, i64, [u8; 32]), Error> {
        let secret = CanonicalSecret::generate(&mut |dest| self.entropy.fill(dest))?;
        let (pepper_id, verifier) = self.keyring.verifier(secret.letters());
        Ok((secret, pepper_id, verifier))
    }

    pub(super) fn service_key(
        &self,
        role: KeyRole,
        organization_id: Option<OrganizationId>,
        label: String,
    ) -> Result<(NewServiceKey, Secret), Error> {
        let (token, (pepper_id, verifier)) = self.token(TokenKind::ServiceKey)?;
        let (id, created_at) = (self.ids.next()?, self.clock.now());
        let (last_used_at, leak_reported_at) = (None, None);
        let key = ServiceKey { id, role, organization_id, label, created_at, last_used_at, leak_reported_at };
        Ok((NewServiceKey { verifier, pepper_id, key }, token.text().clone()))
    }

    /// 25 letters, 117 bits: a recovery code, or a password for who has not chosen one.
    pub(super) fn recovery_code(&self) -> Result<Secret, NoEntropy> {
        generate_recovery_code(&mut |dest| self.entropy.fill(dest))
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

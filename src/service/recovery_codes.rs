//! Recovery codes: ten that are new, and what is kept of them.

use std::sync::Arc;

use super::Error;
use super::parts::Parts;
use super::secrets::Secrets;
use crate::domain::second_factor::RECOVERY_CODES;
use crate::domain::secret::{Secret, recognise_recovery_code};
use crate::keyring::Keyring;
use crate::service::sign_in_codes::recovery_text;
use crate::store::Verifier;

/// Makes recovery codes.
#[derive(Clone)]
pub(super) struct RecoveryCodes {
    keyring: Arc<Keyring>,
    secrets: Secrets,
}

impl RecoveryCodes {
    pub(super) fn new(parts: &Parts) -> Self {
        Self { keyring: Arc::clone(&parts.keyring), secrets: parts.secrets.clone() }
    }

    /// Ten codes, and what is kept of each.
    pub(super) fn ten(&self) -> Result<(Vec<Secret>, Vec<Verifier>), Error> {
        let codes =
            (0..RECOVERY_CODES).map(|_| self.secrets.recovery_code()).collect::<Result<Vec<_>, _>>()?;
        let verifiers = codes.iter().map(|code| self.verifier(code)).collect();
        Ok((codes, verifiers))
    }

    fn verifier(&self, code: &Secret) -> Verifier {
        let letters = recognise_recovery_code(code.expose());
        let text = letters.map_or_else(String::new, |letters| recovery_text(&letters));
        let [newest, _] = self.keyring.lasting_verifiers(&text);
        newest
    }
}

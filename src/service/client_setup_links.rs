//! Set-up links: a client password that was just made gets onto a phone by a link that is fetched once.
//!
//! ```text
//!   good --fetched--> gone: the secret is in the answer
//!     +--5 minutes, or what ends the client password--> dead, and deleted within a minute
//! ```
//!
//! The secret lies sealed until then, under a key that follows from the keyring and the token of the link. Of the token
//! there is an HMAC only, so neither the database nor the keyring nor both together open it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::audit_trail::AuditTrail;
use super::authority::Authorizer;
use super::client_passwords::Issued;
use super::parts::Parts;
use super::secrets::Secrets;
use super::{Call, Error};
use crate::clock::{Clock, Timestamp};
use crate::domain::audit::{Action, Actor, Target};
use crate::domain::ids::{ClientPasswordId, MemberId, RequestId};
use crate::domain::permission::MemberPermission;
use crate::domain::protocol::ProtocolSet;
use crate::domain::secret::{Secret, Token, TokenKind};
use crate::entropy::Entropy;
use crate::keyring::Keyring;
use crate::store::client_setup_links::{FoundClientSetupLink, NewClientSetupLink};
use crate::store::record::Origin;
use crate::store::{ClientSetupLinkStore, Unmet, Verifiers};

/// How long a link is good.
const LIFETIME: Duration = Duration::from_secs(300);

/// A link that was made.
#[derive(Clone, Debug)]
pub struct ClientSetupLink {
    /// What stands at the end of the link; shown this once.
    pub token: Secret,
    /// From when on it is no longer good.
    pub expires_at: Timestamp,
}

/// What is set up by a link that is good.
#[derive(Clone, Debug)]
pub struct ToSetUp {
    /// From when on the link is no longer good.
    pub expires_at: Timestamp,
    /// The client password whose secret it brings.
    pub client_password_id: ClientPasswordId,
    /// The first of the client passwords that it comes from by rotating.
    pub lineage: ClientPasswordId,
    /// What the member calls it.
    pub label: String,
    /// Protocols that it opens.
    pub protocols: ProtocolSet,
    /// The member who has it.
    pub member_id: MemberId,
    /// The login, a mail address.
    pub login: String,
    /// The name that people see.
    pub display_name: String,
    /// The name of the organization.
    pub organization_name: String,
}

/// What a link was fetched for: the secret of the client password, and what it sets up.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The secret in groups of letters, as it was shown.
    pub secret: Secret,
    /// What it sets up.
    pub of: ToSetUp,
}

/// Makes links to client passwords that were just made, and gives their secrets to whoever has the link, once.
#[derive(Clone)]
pub struct ClientSetupLinks {
    audit: AuditTrail,
    authorizer: Authorizer,
    clock: Clock,
    entropy: Arc<dyn Entropy>,
    keyring: Arc<Keyring>,
    secrets: Secrets,
    store: ClientSetupLinkStore,
}

impl ClientSetupLinks {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            clock: parts.clock.clone(),
            entropy: Arc::clone(&parts.entropy),
            keyring: Arc::clone(&parts.keyring),
            secrets: parts.secrets.clone(),
            store: parts.store.client_setup_links(),
        }
    }

    /// Makes the link to a client password that this call has just made. An earlier one to it is no longer good.
    pub async fn create(&self, call: &Call, issued: &Issued) -> Result<ClientSetupLink, Error> {
        let id = issued.client_password.id;
        // What made the client password was counted, and has claimed the key that the call came with.
        let call = Call { counted: true, claim: None, ..*call };

        self.authorizer
            .judged(&call, async |call| {
                let (member, _, authority) =
                    self.authorizer.known_password(call, id, MemberPermission::Issue).await?;

                let (token, _) = self.secrets.token(TokenKind::ClientSetup)?;
                let [verifier, _] = self.keyring.lasting_verifiers(token.text().expose());
                let (context, secret) = (context(&token), issued.secret.expose().as_bytes());
                let sealed = self.keyring.seal_in(&context, id.uuid(), secret, self.entropy.as_ref())?;
                let new = NewClientSetupLink {
                    client_password_id: id,
                    member_id: member.id,
                    verifier,
                    sealed,
                    lifetime: LIFETIME,
                };

                let change = self.audit.member_entry(call, authority, Action::SetupLinkCreated, &member)?;
                let change = change.target(Target::ClientPassword(id));
                let expires_at = self.store.create(&new, &change.0).await??;
                self.audit.committed(&change);
                Ok(ClientSetupLink { token: token.text().clone(), expires_at })
            })
            .await
    }

    /// What this link sets up, if it is good; it stays so.
    pub async fn find(&self, token: &Secret) -> Result<Option<ToSetUp>, Error> {
        let Some(token) = recognised(token) else { return Ok(None) };
        let found = self.found(&self.verifiers(&token)).await?;
        Ok(found.map(|(of, _)| of))
    }

    /// The secret behind this link, if it is good; it is used up.
    pub async fn fetch(&self, token: &Secret, request_id: RequestId) -> Result<Option<Fetched>, Error> {
        let Some(token) = recognised(token) else { return Ok(None) };
        let verifiers = self.verifiers(&token);
        let Some((of, found)) = self.found(&verifiers).await? else { return Ok(None) };
        // Opened before it is deleted: what cannot be opened is not used up.
        let secret = self.opened(&token, &found)?;

        let (member, actor) = (found.member_id, Actor::Member(found.member_id));
        let change =
            self.audit.entry_by(Origin::System, actor, Some(request_id), Action::SetupLinkFetched)?;
        let change = change.in_organization(found.organization_id).of_member(member);
        let change = change.target(Target::ClientPassword(found.client_password_id));

        match self.store.take(&verifiers, &found, &change.0).await? {
            Ok(()) => self.audit.committed(&change),
            // Somebody else was first, or it has ended meanwhile.
            Err(Unmet::Nothing) => return Ok(None),
            Err(unmet) => return Err(unmet.into()),
        }
        Ok(Some(Fetched { secret, of }))
    }

    fn verifiers(&self, token: &Token) -> Verifiers {
        self.keyring.lasting_verifiers(token.text().expose())
    }

    async fn found(&self, verifiers: &Verifiers) -> Result<Option<(ToSetUp, FoundClientSetupLink)>, Error> {
        let found = self.store.find(verifiers, self.clock.now()).await?;
        Ok(found.map(|found| (to_set_up(&found), found)))
    }

    fn opened(&self, token: &Token, found: &FoundClientSetupLink) -> Result<Secret, Error> {
        let opened = self.keyring.open_in(&context(token), found.client_password_id.uuid(), &found.sealed);
        let text = opened.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok());
        let text = text.ok_or_else(|| Error::Unavailable("a sealed client password cannot be opened".into()));
        Ok(Secret::new(text?.to_owned()))
    }
}

impl fmt::Debug for ClientSetupLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSetupLinks")
    }
}

fn recognised(token: &Secret) -> Option<Token> {
    Token::recognise(token.expose()).filter(|token| token.kind() == TokenKind::ClientSetup)
}

/// Who has the token can open what was sealed, with the keyring.
fn context(token: &Token) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([b"client set-up link\n", token.text().expose().as_bytes()].concat())
}

fn to_set_up(found: &FoundClientSetupLink) -> ToSetUp {
    ToSetUp {
        expires_at: found.expires_at,
        client_password_id: found.client_password_id,
        lineage: found.lineage,
        label: found.label.clone(),
        protocols: found.protocols,
        member_id: found.member_id,
        login: found.login.clone(),
        display_name: found.display_name.clone(),
        organization_name: found.organization_name.clone(),
    }
}

//! What is said on a connection: a request comes, and is answered, refused, or passed on as a question. No bytes, no
//! sockets, no time.
//!
//! ```text
//!                     +-- a bind as a member: in, or not --+
//!                     v                                    |
//!   every bind --> anonymous --- key of a mail server --> mail server: may look logins up
//! ```
//!
//! A bind makes the connection anonymous the moment it comes (RFC 4513 section 4), and only the last one that came
//! makes it anything else.

use std::collections::BTreeMap;
use std::sync::Arc;

use ldap3_proto::proto::{
    LdapBindCred, LdapBindRequest, LdapExtendedRequest, LdapMsg, LdapOp, LdapResultCode, LdapSearchRequest,
};

use super::bind_target::{BindNames, BindTarget, is_service_key};
use super::message::Request;
use super::response;
use super::search::{self, Lookup};
use crate::domain::secret::Secret;
use crate::doors::authenticator::KeyError;
use crate::service::credential_checks::CheckOutcome;

/// What holds for all connections of the door.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The forms of names, and what each says.
    pub bind_names: BindNames,
    /// Whether there is a certificate.
    pub has_tls: bool,
    /// Whether nobody binds without TLS.
    pub need_tls: bool,
    /// Whether nobody binds but behind a mail server's key.
    pub need_key: bool,
}

/// What comes of a request or an answer.
#[derive(Debug)]
pub enum Action {
    /// Send these messages.
    Say(Vec<LdapMsg>),
    /// Have this looked up or checked, and pass the result to [`Session::answered`].
    Ask(Ask),
    /// Send this, and speak TLS from then on.
    Secure(LdapMsg),
    /// Send this, if anything, and close.
    End(Option<LdapMsg>),
}

/// A question to the service. Each has the number of its request.
#[derive(Debug)]
pub enum Ask {
    /// Is this the key of a mail server?
    Key(i32, Secret),
    /// May this login have mail with this password? Asked behind this key.
    Check(i32, Option<Secret>, BindTarget, Secret),
    /// Is this somebody's login? Asked behind this key.
    Find(i32, Secret, String),
}

/// The result of a question to the service.
#[derive(Debug)]
pub enum Reply {
    /// Whether it is a key.
    Key(i32, Result<(), KeyError>),
    /// The outcome of the check, from which the result code is made.
    Checked(i32, Result<CheckOutcome, KeyError>),
    /// The login in its own writing, if somebody has it.
    Found(i32, Result<Option<String>, KeyError>),
}

/// Who is on the connection.
#[derive(Debug)]
enum Who {
    Anonymous,
    /// With its key, which has to be valid at every use.
    MailServer(Secret),
    Member(String),
}

/// What an answer is waited for.
#[derive(Debug)]
enum Waiting {
    /// A bind, with how many had come; and the key, if it was one.
    Bind(u64, Option<Secret>),
    Search(Lookup),
    Abandoned,
}

/// The state of one connection: who is bound, and which requests are not answered yet.
#[derive(Debug)]
pub struct Session {
    rules: Arc<Rules>,
    secure: bool,
    who: Who,
    binds: u64,
    waiting: BTreeMap<i32, Waiting>,
}

const NOT_READABLE: &str = "bind as cn=service-key with the key of a mail server first";
const ONE_LOGIN: &str =
    "a search names one login: (mail=...), (uid=...) or (cn=...), below a base of this directory";
const KEY_NEEDED: &str =
    "bind as cn=service-key first, on this connection, or set doors.ldap.allow_remote = true";
const KEY_ENDED: &str = "the key of this connection has ended";
const NO_TLS: &str = "begin TLS first";
const ODD_NAME: &str = "this name has no form of doors.ldap.names, or its service is not understood";

impl Session {
    /// A connection that has just begun.
    pub fn new(rules: Arc<Rules>) -> Self {
        Self { rules, secure: false, who: Who::Anonymous, binds: 0, waiting: BTreeMap::new() }
    }

    /// TLS has begun. Whoever there was before is gone.
    pub fn secured(&mut self) {
        self.secure = true;
        self.who = Who::Anonymous;
    }

    /// A request has come.
    pub fn request(&mut self, request: Request) -> Action {
        let Request { id, op, critical } = request;

        if self.waiting.contains_key(&id) {
            return disconnect("this number is in use");
        }
        if critical && !matches!(op, LdapOp::UnbindRequest | LdapOp::AbandonRequest(_)) {
            return not_done(id, &op, LdapResultCode::UnavailableCriticalExtension, "");
        }

        match op {
            LdapOp::BindRequest(bind) => self.bind(id, bind),
            LdapOp::UnbindRequest => Action::End(None),
            LdapOp::SearchRequest(search) => self.search(id, &search),
            LdapOp::AbandonRequest(other) => self.abandon(other),
            LdapOp::ExtendedRequest(extended) => self.extended(id, &extended),
            other => {
                not_done(id, &other, LdapResultCode::UnwillingToPerform, "this can be asked, not changed")
            }
        }
    }

    fn bind(&mut self, id: i32, bind: LdapBindRequest) -> Action {
        let before = std::mem::replace(&mut self.who, Who::Anonymous);
        self.binds += 1;

        let say = |code, text| Action::Say(vec![response::bound(id, code, text)]);
        if self.rules.need_tls && !self.secure {
            return say(LdapResultCode::ConfidentialityRequired, NO_TLS);
        }

        if bind.version != 3 {
            return say(LdapResultCode::ProtocolError, "only version 3 is spoken");
        }

        let LdapBindCred::Simple(password) = bind.cred else {
            return say(LdapResultCode::AuthMethodNotSupported, "");
        };

        let password = Secret::new(password);
        match (bind.dn.is_empty(), password.expose().is_empty()) {
            (true, true) => say(LdapResultCode::Success, ""),
            // RFC 4513 5.1.2 would have unwillingToPerform, which mail servers take for a fault. It is a wrong
            // password.
            (false, true) => say(LdapResultCode::InvalidCredentials, ""),
            _ if is_service_key(&bind.dn) => {
                self.waiting.insert(id, Waiting::Bind(self.binds, Some(password.clone())));
                Action::Ask(Ask::Key(id, password))
            }
            _ => self.bind_member(id, before, &bind.dn, password),
        }
    }

    fn bind_member(&mut self, id: i32, before: Who, name: &str, password: Secret) -> Action {
        let unwilling = |text: &'static str| {
            tracing::warn!(event = "ldap_set_up_wrongly", text);
            Action::Say(vec![response::bound(id, LdapResultCode::UnwillingToPerform, text)])
        };

        let key = if let Who::MailServer(key) = before { Some(key) } else { None };
        if self.rules.need_key && key.is_none() {
            return unwilling(KEY_NEEDED);
        }

        let Some(asked) = self.rules.bind_names.target(name) else { return unwilling(ODD_NAME) };

        self.waiting.insert(id, Waiting::Bind(self.binds, None));
        Action::Ask(Ask::Check(id, key, asked, password))
    }

    fn search(&mut self, id: i32, search: &LdapSearchRequest) -> Action {
        if search::is_root(search) {
            let root = search::root(id, search, self.rules.has_tls);
            let done = response::searched(id, LdapResultCode::Success, "");
            return Action::Say(root.into_iter().chain([done]).collect());
        }

        let say = |code, text| Action::Say(vec![response::searched(id, code, text)]);
        let Who::MailServer(key) = &self.who else {
            return say(LdapResultCode::InsufficentAccessRights, NOT_READABLE);
        };
        let Some(lookup) = Lookup::of(search, &self.rules.bind_names.forms) else {
            return say(LdapResultCode::UnwillingToPerform, ONE_LOGIN);
        };

        let ask = Ask::Find(id, key.clone(), lookup.login.clone());
        self.waiting.insert(id, Waiting::Search(lookup));
        Action::Ask(ask)
    }

    /// Nothing more is said about a search. Other operations cannot be abandoned (RFC 4511 section 4.11).
    fn abandon(&mut self, id: i32) -> Action {
        if let Some(waiting @ Waiting::Search(_)) = self.waiting.get_mut(&id) {
            *waiting = Waiting::Abandoned;
        }
        Action::Say(Vec::new())
    }

    fn extended(&mut self, id: i32, extended: &LdapExtendedRequest) -> Action {
        let say = |code, name, value| Action::Say(vec![response::extended(id, code, name, value)]);

        match (extended.name.as_str(), &extended.value) {
            (response::WHO_AM_I, None) => say(LdapResultCode::Success, None, Some(self.who_am_i())),
            (response::START_TLS, None) if self.rules.has_tls => {
                let name = Some(response::START_TLS);
                if self.secure || !self.waiting.is_empty() {
                    return say(LdapResultCode::OperationsError, name, None);
                }
                Action::Secure(response::extended(id, LdapResultCode::Success, name, None))
            }
            _ => say(LdapResultCode::ProtocolError, None, None),
        }
    }

    fn who_am_i(&self) -> String {
        match &self.who {
            Who::Anonymous => String::new(),
            Who::MailServer(_) => "dn:cn=service-key".into(),
            Who::Member(login) => format!("u:{login}"),
        }
    }

    /// A question has been answered.
    pub fn answered(&mut self, came: Reply) -> Vec<LdapMsg> {
        match came {
            Reply::Key(id, key) => self.key_answered(id, key),
            Reply::Checked(id, outcome) => self.checked(id, outcome),
            Reply::Found(id, found) => self.found(id, found),
        }
    }

    fn key_answered(&mut self, id: i32, key: Result<(), KeyError>) -> Vec<LdapMsg> {
        let waiting = self.waiting.remove(&id);

        let code = match key {
            Ok(()) => LdapResultCode::Success,
            Err(KeyError::Wrong) => LdapResultCode::InvalidCredentials,
            Err(KeyError::Unavailable) => LdapResultCode::Unavailable,
        };

        if let (Ok(()), Some(Waiting::Bind(at, Some(key)))) = (key, waiting) {
            self.become_if_last(at, Who::MailServer(key));
        }

        vec![response::bound(id, code, "")]
    }

    fn checked(&mut self, id: i32, outcome: Result<CheckOutcome, KeyError>) -> Vec<LdapMsg> {
        let waiting = self.waiting.remove(&id);

        let (code, text) = match &outcome {
            Ok(outcome) => (response::verdict(outcome), ""),
            Err(why) => without_key(*why),
        };

        if let (Ok(CheckOutcome::Accept(accepted)), Some(Waiting::Bind(at, _))) = (outcome, waiting) {
            self.become_if_last(at, Who::Member(accepted.login));
        }

        vec![response::bound(id, code, text)]
    }

    fn found(&mut self, id: i32, found: Result<Option<String>, KeyError>) -> Vec<LdapMsg> {
        let Some(Waiting::Search(lookup)) = self.waiting.remove(&id) else { return Vec::new() };

        match found {
            Ok(login) => {
                let entry = login.map(|login| lookup.entry(id, &login));
                entry.into_iter().chain([response::searched(id, LdapResultCode::Success, "")]).collect()
            }
            Err(why) => {
                let (code, text) = without_key(why);
                vec![response::searched(id, code, text)]
            }
        }
    }

    fn become_if_last(&mut self, at: u64, who: Who) {
        if at == self.binds {
            self.who = who;
        }
    }
}

/// What is said where the key of a connection is not valid any more: never "wrong password".
fn without_key(why: KeyError) -> (LdapResultCode, &'static str) {
    match why {
        KeyError::Wrong => (LdapResultCode::UnwillingToPerform, KEY_ENDED),
        KeyError::Unavailable => (LdapResultCode::Unavailable, ""),
    }
}

fn not_done(id: i32, op: &LdapOp, code: LdapResultCode, text: &str) -> Action {
    Action::Say(response::not_done(id, op, code, text).into_iter().collect())
}

/// The end, for what cannot be understood (RFC 4511 section 4.1.1).
pub fn disconnect(why: &str) -> Action {
    Action::End(Some(response::disconnection(LdapResultCode::ProtocolError, why)))
}

#[cfg(test)]
mod tests {
    use super::super::dn_template::Form;
    use super::*;
    use crate::domain::protocol::Protocol;
    use crate::domain::verdict::Reason;
    use ldap3_proto::parse_ldap_filter_str;
    use ldap3_proto::proto::{LdapDerefAliases, LdapSearchScope};

    fn rules() -> Rules {
        let forms = ["uid={login},service={protocol},ip={ip},dc=clientpass", "uid={login},dc=clientpass"];
        let forms = forms.iter().map(|form| Form::parse(form).unwrap()).collect();
        let bind_names = BindNames { forms, plain: true, protocol: Protocol::Imap };
        Rules { bind_names, has_tls: true, need_tls: false, need_key: false }
    }

    fn session() -> Session {
        Session::new(Arc::new(rules()))
    }

    fn bind(id: i32, dn: &str, password: &str) -> Request {
        let cred = LdapBindCred::Simple(password.into());
        let op = LdapOp::BindRequest(LdapBindRequest { version: 3, dn: dn.into(), cred });
        Request { id, op, critical: false }
    }

    fn find(id: i32) -> Request {
        let op = LdapOp::SearchRequest(LdapSearchRequest {
            base: String::new(),
            scope: LdapSearchScope::Subtree,
            aliases: LdapDerefAliases::Never,
            sizelimit: 0,
            timelimit: 0,
            typesonly: false,
            filter: parse_ldap_filter_str("(uid=a)").unwrap(),
            attrs: Vec::new(),
        });

        Request { id, op, critical: false }
    }

    fn extended(id: i32, name: &str) -> Request {
        let op = LdapOp::ExtendedRequest(LdapExtendedRequest { name: name.into(), value: None });
        Request { id, op, critical: false }
    }

    fn code_of(message: &LdapMsg) -> (i32, LdapResultCode) {
        let result = match &message.op {
            LdapOp::BindResponse(bound) => &bound.res,
            LdapOp::ExtendedResponse(extended) => &extended.res,
            LdapOp::SearchResultDone(result) | LdapOp::DelResponse(result) => result,
            other => panic!("{other:?}"),
        };
        (message.msgid, result.code.clone())
    }

    #[track_caller]
    fn said(action: Action) -> (i32, LdapResultCode) {
        match action {
            Action::Say(messages) => code_of(messages.last().expect("nothing was said")),
            other => panic!("{other:?}"),
        }
    }

    /// Binds as a mail server.
    fn keyed(session: &mut Session) {
        assert!(matches!(session.request(bind(1, "cn=service-key", "a key")), Action::Ask(Ask::Key(1, _))));
        let messages = session.answered(Reply::Key(1, Ok(())));
        assert_eq!(code_of(&messages[0]), (1, LdapResultCode::Success));
    }

    fn rejected(id: i32) -> Reply {
        Reply::Checked(id, Ok(CheckOutcome::Reject(Reason::InvalidCredentials)))
    }

    #[test]
    fn every_bind_makes_the_connection_anonymous_at_once() {
        for next in
            [bind(2, "uid=a,dc=clientpass", "wrong"), bind(2, "", ""), bind(2, "cn=service-key", "wrong")]
        {
            let mut session = session();
            keyed(&mut session);

            assert!(matches!(session.request(find(9)), Action::Ask(Ask::Find(..))));
            let action = session.request(next);
            assert_eq!(
                said(session.request(find(3))),
                (3, LdapResultCode::InsufficentAccessRights),
                "{action:?}"
            );
        }
    }

    #[test]
    fn only_the_last_bind_that_came_makes_it_anything() {
        let mut session = session();
        assert!(matches!(session.request(bind(1, "cn=service-key", "a key")), Action::Ask(_)));
        assert!(matches!(session.request(bind(2, "uid=a,dc=clientpass", "x")), Action::Ask(_)));
        assert_eq!(code_of(&session.answered(rejected(2))[0]), (2, LdapResultCode::InvalidCredentials));
        assert_eq!(code_of(&session.answered(Reply::Key(1, Ok(())))[0]), (1, LdapResultCode::Success));
        assert_eq!(said(session.request(find(3))), (3, LdapResultCode::InsufficentAccessRights));
    }

    #[test]
    fn a_bind_behind_a_key_is_asked_with_it() {
        let mut session = session();
        keyed(&mut session);

        let action = session.request(bind(2, "uid=a,service=smtp,ip=::1,dc=clientpass", "x"));
        let Action::Ask(Ask::Check(2, Some(key), asked, password)) = action else { panic!("{action:?}") };
        assert_eq!((key.expose(), password.expose()), ("a key", "x"));
        assert_eq!(asked.protocol, Protocol::Smtp);

        let next = session.request(bind(3, "uid=a,dc=clientpass", "x"));
        assert!(matches!(next, Action::Ask(Ask::Check(3, None, _, _))), "the key was for one bind");
    }

    #[test]
    fn where_a_key_or_tls_is_needed_nothing_is_asked_without() {
        let mut session = Session::new(Arc::new(Rules { need_tls: true, need_key: true, ..rules() }));

        for (id, dn, password) in [(1, "", ""), (2, "uid=a,dc=clientpass", "x"), (3, "cn=service-key", "x")] {
            assert_eq!(
                said(session.request(bind(id, dn, password))),
                (id, LdapResultCode::ConfidentialityRequired)
            );
        }

        let begun = session.request(extended(4, response::START_TLS));
        assert!(
            matches!(begun, Action::Secure(message) if code_of(&message) == (4, LdapResultCode::Success))
        );
        session.secured();
        assert_eq!(said(session.request(bind(5, "", ""))), (5, LdapResultCode::Success));

        let unkeyed = said(session.request(bind(6, "uid=a,dc=clientpass", "x")));
        assert_eq!(unkeyed, (6, LdapResultCode::UnwillingToPerform));
        assert!(matches!(session.request(bind(7, "cn=service-key", "x")), Action::Ask(Ask::Key(..))));
    }

    #[test]
    fn tls_begins_once_and_while_nothing_is_asked() {
        let mut session = session();
        assert!(matches!(session.request(bind(1, "a@example.org", "x")), Action::Ask(_)));

        assert_eq!(
            said(session.request(extended(2, response::START_TLS))),
            (2, LdapResultCode::OperationsError)
        );

        session.answered(rejected(1));
        keyed(&mut session);
        assert!(matches!(session.request(extended(3, response::START_TLS)), Action::Secure(_)));
        session.secured();
        assert_eq!(said(session.request(find(4))), (4, LdapResultCode::InsufficentAccessRights));

        assert_eq!(
            said(session.request(extended(5, response::START_TLS))),
            (5, LdapResultCode::OperationsError)
        );

        let mut without = Session::new(Arc::new(Rules { has_tls: false, ..rules() }));
        assert_eq!(
            said(without.request(extended(1, response::START_TLS))),
            (1, LdapResultCode::ProtocolError)
        );
    }

    #[test]
    fn an_abandoned_search_has_no_answer_and_a_bind_is_not_abandoned() {
        let mut session = session();
        keyed(&mut session);
        assert!(matches!(session.request(find(2)), Action::Ask(_)));

        for id in [2, 77] {
            let abandon = Request { id: 3, op: LdapOp::AbandonRequest(id), critical: true };
            assert!(matches!(session.request(abandon), Action::Say(messages) if messages.is_empty()));
        }

        assert!(session.answered(Reply::Found(2, Ok(Some("a".into())))).is_empty());
        assert!(matches!(session.request(bind(4, "a@example.org", "x")), Action::Ask(_)));
        session.request(Request { id: 5, op: LdapOp::AbandonRequest(4), critical: false });
        assert_eq!(code_of(&session.answered(rejected(4))[0]), (4, LdapResultCode::InvalidCredentials));
    }

    #[test]
    fn a_number_in_use_ends_the_connection() {
        let mut session = session();
        assert!(matches!(session.request(bind(1, "a@example.org", "x")), Action::Ask(_)));
        let ended = session.request(bind(1, "a@example.org", "x"));
        assert!(
            matches!(ended, Action::End(Some(message)) if code_of(&message) == (0, LdapResultCode::ProtocolError))
        );
    }

    #[test]
    fn what_must_be_obeyed_and_is_not_known_is_not_done() {
        let mut session = session();
        let request = Request { critical: true, ..bind(1, "a@example.org", "x") };
        assert_eq!(said(session.request(request)), (1, LdapResultCode::UnavailableCriticalExtension));
        let delete = Request { id: 2, op: LdapOp::DelRequest("uid=a".into()), critical: false };
        assert_eq!(said(session.request(delete)), (2, LdapResultCode::UnwillingToPerform));
    }

    #[test]
    fn a_key_that_has_ended_or_cannot_be_asked_is_no_wrong_password() {
        for (why, code) in [
            (KeyError::Wrong, LdapResultCode::UnwillingToPerform),
            (KeyError::Unavailable, LdapResultCode::Unavailable),
        ] {
            let mut session = session();
            keyed(&mut session);
            assert!(matches!(session.request(find(2)), Action::Ask(_)));
            assert_eq!(code_of(&session.answered(Reply::Found(2, Err(why)))[0]), (2, code.clone()));
            assert!(matches!(session.request(bind(3, "a@example.org", "x")), Action::Ask(_)));
            assert_eq!(code_of(&session.answered(Reply::Checked(3, Err(why)))[0]), (3, code));
        }
    }
}

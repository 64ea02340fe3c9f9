//! What must hold for every mail server in front of clientpass, whatever it is.

use std::time::Duration;

use serde_json::json;

use super::actors::{Installation, Person};
use super::clientpass::Clientpass;
use super::mail_client::Told;
use super::{poll, signal};

/// A mail server, and what its mail clients are told.
pub struct Server<'a> {
    /// What it speaks: `imap`, `pop3`, `smtp`, `webdav`.
    pub protocols: &'a [&'static str],
    /// Logs in over one of them.
    pub log_in: &'a (dyn Fn(&str, &str, &[u8]) -> Told + Sync),
    /// How long it may take, after an outage, until it asks again.
    pub patience: Duration,
}

impl Server<'_> {
    /// What is told over each protocol, at the same time.
    fn each(&self, login: &str, password: &str) -> Vec<Told> {
        std::thread::scope(|scope| {
            let ask = |protocol| scope.spawn(move || (self.log_in)(protocol, login, password.as_bytes()));
            let asked: Vec<_> = self.protocols.iter().copied().map(ask).collect();
            asked.into_iter().map(|told| told.join().unwrap()).collect()
        })
    }

    /// Fails unless this is told over every protocol.
    ///
    /// # Panics
    ///
    /// Where it is not.
    #[track_caller]
    pub fn all(&self, person: &Person, password: &str, expected: Told) {
        let all = vec![expected; self.protocols.len()];
        assert_eq!(self.each(&person.login, password), all, "{:?} with {password:?}", self.protocols);
    }

    /// The right secret is in; wrong, revoked, and the account password while secure login is on are out.
    ///
    /// # Panics
    ///
    /// Where it is otherwise.
    #[track_caller]
    pub fn verdicts(&self, at: &Installation) {
        let (alice, bob) = (secured(at, "alice"), secured(at, "bob"));
        let (phone, lost) = (alice.issue("phone"), alice.issue("lost phone"));

        self.all(&alice, &lost.secret, Told::In);
        alice.http.delete(&lost.path("")).expect(204);
        self.all(&alice, &lost.secret, Told::WrongPassword);
        self.all(&alice, &phone.secret, Told::In);
        self.all(&alice, &alice.password, Told::WrongPassword);
        self.all(&alice, "made up", Told::WrongPassword);
        self.all(&bob, &phone.secret, Told::WrongPassword);

        for protocol in self.protocols {
            let one = bob.issue_with(&json!({"label": protocol, "protocols": [protocol]}));
            let expected =
                self.protocols.iter().map(|of| if of == protocol { Told::In } else { Told::WrongPassword });
            let expected: Vec<_> = expected.collect();
            assert_eq!(self.each(&bob.login, &one.secret), expected, "{protocol}");
        }

        let other = bob.issue_with(&json!({"label": "xmpp", "protocols": ["xmpp"]}));
        self.all(&bob, &other.secret, Told::WrongPassword);
        let there = bob.issue_with(&json!({"label": "there", "networks": ["192.0.2.0/24"]}));
        self.all(&bob, &there.secret, Told::WrongPassword);
        let here = bob.issue_with(&json!({"label": "here", "networks": ["127.0.0.0/8"]}));
        self.all(&bob, &here.secret, Told::In);
    }

    /// While clientpass is gone, or hangs, nobody hears of a wrong password; afterwards all is as before, without
    /// touching the mail server.
    ///
    /// # Panics
    ///
    /// Where it is otherwise.
    #[track_caller]
    pub fn outages(&self, clientpass: &mut Clientpass, at: &Installation) {
        let carol = secured(at, "carol");
        let phone = carol.issue("phone");
        self.all(&carol, &phone.secret, Told::In);

        clientpass.kill();
        for password in ["made up", &phone.secret, &carol.password] {
            self.all(&carol, password, Told::Later);
        }
        clientpass.start();
        self.recovers(&carol, &phone.secret);
        self.all(&carol, "made up", Told::WrongPassword);

        assert!(signal(clientpass.pid(), "STOP"));
        std::thread::scope(|scope| {
            let hung = scope.spawn(|| self.all(&carol, &phone.secret, Told::Later));
            let _ = scope.spawn(|| self.all(&carol, "made up", Told::Later));
            hung.join().unwrap();
        });

        assert!(signal(clientpass.pid(), "CONT"));
        self.recovers(&carol, &phone.secret);
        self.delayed(clientpass, &carol, &phone.secret);
    }

    /// Until it is asked again, "later" is told, and nothing else.
    #[track_caller]
    fn recovers(&self, person: &Person, secret: &str) {
        let recovered = poll(self.patience, || {
            let told = self.each(&person.login, secret);
            assert!(!told.contains(&Told::WrongPassword), "{told:?}");
            told.iter().all(|told| *told == Told::In)
        });
        assert!(recovered, "nobody is in again");
    }

    /// An answer that comes late is an answer.
    #[track_caller]
    fn delayed(&self, clientpass: &Clientpass, carol: &Person, secret: &str) {
        assert!(signal(clientpass.pid(), "STOP"));
        std::thread::scope(|scope| {
            let late = scope.spawn(|| self.all(carol, secret, Told::In));
            poll(Duration::from_secs(2), || false);
            assert!(signal(clientpass.pid(), "CONT"));
            late.join().unwrap();
        });
    }

    /// Each byte that a protocol allows arrives as it was typed; what its mail server refuses by itself is named, and
    /// the longest password that it hands on, in bytes.
    ///
    /// # Panics
    ///
    /// Where it is otherwise.
    #[track_caller]
    pub fn odd_passwords(&self, at: &Installation, refused: &[&str], longest: usize) {
        let words =
            ["with space", "100%41%25 %", "plus+plus", "\"quote\\", "ä€😀", "{}$@`;,'=&/:", "\t", "\u{1}"];

        // Each with a member of its own: so many wrong ones of one login would be too many.
        for (number, odd) in words.into_iter().enumerate() {
            let dave = at.member(&format!("dave{number}"));
            let password = format!("{odd} and then {odd}");
            at.operator.put(&dave.path("/password"), &json!({"password": password})).expect(200);
            let expected = if refused.contains(&odd) { Told::WrongPassword } else { Told::In };
            self.all(&dave, &password, expected);
            self.all(&dave, &password.replacen(odd, "x", 1), Told::WrongPassword);
        }

        let dave = at.member("dave");
        for bytes in [&b"\xe4\xff"[..], &vec![b'x'; longest]] {
            for protocol in self.protocols {
                assert_eq!((self.log_in)(protocol, &dave.login, bytes), Told::WrongPassword, "{protocol}");
            }
        }
    }

    /// So many logins on fifty connections at a time, half of them with what was revoked: each is told the right thing.
    ///
    /// # Panics
    ///
    /// Where one is not.
    #[track_caller]
    pub fn crowd(&self, at: &Installation, logins: usize) {
        let people: Vec<_> = (0..10).map(|n| secured(at, &format!("member{n}"))).collect();
        let secrets: Vec<_> =
            people.iter().map(|one| (one.issue("phone"), one.issue("lost phone"))).collect();
        for (person, (_, lost)) in people.iter().zip(&secrets) {
            person.http.delete(&lost.path("")).expect(204);
        }

        std::thread::scope(|scope| {
            for thread in 0..50 {
                let (people, secrets) = (&people, &secrets);
                scope.spawn(move || {
                    for n in 0..logins / 50 {
                        let (who, right) = ((thread + n) % 10, (thread / 10 + n) % 2 == 0);
                        let (phone, lost) = &secrets[who];
                        let secret = if right { phone } else { lost };
                        let protocol = self.protocols[(thread + n) % self.protocols.len()];

                        let told = (self.log_in)(protocol, &people[who].login, secret.secret.as_bytes());
                        let expected = if right { Told::In } else { Told::WrongPassword };
                        assert_eq!(told, expected, "{protocol}, {n} of {thread}");
                    }
                });
            }
        });
    }
}

fn secured(at: &Installation, name: &str) -> Person {
    at.member(name).secured(Clientpass::now())
}

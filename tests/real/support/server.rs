//! What must hold for every mail server in front of clientpass, whatever it is: right from wrong, clientpass gone, back
//! and hanging, and many at once. `--no-capture` shows how long each took.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use clientpass::clock::{SystemTimeSource as Stopwatch, TimeSource as _};
use serde_json::json;

use super::actors::{ClientPassword, Installation, Person};
use super::clientpass::Clientpass;
use super::mail_client::Told;
use super::{poll, signal};

/// Logins that [`Server::crowd`] has on their way at the same time.
const AT_ONCE: usize = 200;
/// After so long clientpass says that it cannot answer, if its database has not answered by then.
const CANNOT_ANSWER: Duration = Duration::from_millis(900);
/// People of [`Server::crowd`]: Dovecot lets one of them in only ten times at once from one address.
const PEOPLE: usize = 20;

/// A mail server, and what its mail clients are told.
pub struct Server<'a> {
    name: &'a str,
    protocols: &'a [&'static str],
    log_in: &'a (dyn Fn(&str, &str, &[u8]) -> Told + Sync),
    patience: Duration,
    silence: Silence,
    later: Told,
    knows_address: bool,
}

/// What a mail server does with a mail client while clientpass takes a question and says nothing.
#[derive(Clone, Copy)]
enum Silence {
    /// It gives up, and says so within this.
    GivesUp(Duration),
    /// It waits, as long as the mail client does.
    Waits,
}

impl<'a> Server<'a> {
    /// One that speaks these protocols (`imap`, `pop3`, `smtp`, `webdav`), and how to log in over one of them. The name
    /// says what it is and how it asks, for the times that are printed.
    pub fn new(
        name: &'a str,
        protocols: &'a [&'static str],
        log_in: &'a (dyn Fn(&str, &str, &[u8]) -> Told + Sync),
    ) -> Self {
        Self {
            name,
            protocols,
            log_in,
            patience: Duration::ZERO,
            silence: Silence::GivesUp(Duration::MAX),
            later: Told::Later,
            knows_address: true,
        }
    }

    /// It may take so long, after an outage, until it asks again.
    pub fn asks_again_within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// It waits for no answer longer than this.
    pub fn gives_up_within(self, limit: Duration) -> Self {
        Self { silence: Silence::GivesUp(limit), ..self }
    }

    /// It waits for an answer without a limit of its own.
    pub fn waits(self) -> Self {
        Self { silence: Silence::Waits, ..self }
    }

    /// It has one word for "no" and none for "later".
    pub fn has_no_later(self) -> Self {
        Self { later: Told::WrongPassword, ..self }
    }

    /// It does not hand on from where a mail client comes.
    pub fn knows_no_address(self) -> Self {
        Self { knows_address: false, ..self }
    }

    /// All that must hold, with so many logins of [`Self::crowd`].
    ///
    /// # Panics
    ///
    /// Where it does not.
    #[track_caller]
    pub fn holds(&self, clientpass: &mut Clientpass, at: &Installation, logins: usize) {
        self.verdicts(at);
        self.outages(clientpass, at);
        self.crowd(at, logins);
    }

    /// What is told over each protocol, at the same time.
    fn each(&self, login: &str, password: &str) -> Vec<Told> {
        thread::scope(|scope| {
            let ask = |protocol| scope.spawn(move || (self.log_in)(protocol, login, password.as_bytes()));
            let asked: Vec<_> = self.protocols.iter().copied().map(ask).collect();
            asked.into_iter().map(|told| told.join().unwrap()).collect()
        })
    }

    #[track_caller]
    fn told(&self, login: &str, password: &str, expected: Told) {
        let all = vec![expected; self.protocols.len()];
        assert_eq!(self.each(login, password), all, "{:?} with {password:?}", self.protocols);
    }

    /// Fails unless this is told over every protocol.
    ///
    /// # Panics
    ///
    /// Where it is not.
    #[track_caller]
    pub fn all(&self, person: &Person, password: &str, expected: Told) {
        self.told(&person.login, password, expected);
    }

    /// How long this takes, which is printed.
    #[track_caller]
    fn timed(&self, what: &str, asked: impl FnOnce()) -> Duration {
        let begun = Stopwatch::new();
        asked();
        let took = begun.monotonic();
        println!("{} | {what} | {} ms", self.name, took.as_millis());
        took
    }

    /// The right secret is in; wrong, revoked, out of scope, somebody else's, and the account password while secure login
    /// is on are out.
    ///
    /// # Panics
    ///
    /// Where it is otherwise.
    #[track_caller]
    pub fn verdicts(&self, at: &Installation) {
        self.timed("right from wrong", || {
            let alice = secured(at, "alice");
            let phone = self.right_and_wrong(&alice);
            self.scopes(at, &phone);
            self.account_passwords(at, &alice, &phone);
        });
    }

    /// A client password that is left.
    #[track_caller]
    fn right_and_wrong(&self, alice: &Person) -> ClientPassword {
        let (phone, lost) = (alice.issue("phone"), alice.issue("lost phone"));
        self.all(alice, &lost.secret, Told::In);
        alice.http.delete(&lost.path("")).expect(204);
        self.all(alice, &lost.secret, Told::WrongPassword);
        self.all(alice, &phone.secret, Told::In);
        self.all(alice, "made up", Told::WrongPassword);
        // The next source knows this one, where there is one.
        self.told("nobody@example.org", "theirs", Told::WrongPassword);
        phone
    }

    /// Protocols and networks that a client password is for.
    #[track_caller]
    fn scopes(&self, at: &Installation, alices: &ClientPassword) {
        let bob = secured(at, "bob");
        self.all(&bob, &alices.secret, Told::WrongPassword);

        for protocol in self.protocols {
            let one = bob.issue_with(&json!({"label": protocol, "protocols": [protocol]}));
            let expected =
                self.protocols.iter().map(|of| if of == protocol { Told::In } else { Told::WrongPassword });
            let expected: Vec<_> = expected.collect();
            assert_eq!(self.each(&bob.login, &one.secret), expected, "{protocol}");
        }

        let other = if self.protocols.contains(&"xmpp") { "imap" } else { "xmpp" };
        let other = bob.issue_with(&json!({"label": other, "protocols": [other]}));
        self.all(&bob, &other.secret, Told::WrongPassword);
        let there = bob.issue_with(&json!({"label": "there", "networks": ["192.0.2.0/24"]}));
        self.all(&bob, &there.secret, Told::WrongPassword);
        let here = bob.issue_with(&json!({"label": "here", "networks": ["127.0.0.0/8"]}));
        self.all(&bob, &here.secret, if self.knows_address { Told::In } else { Told::WrongPassword });
    }

    /// The account password opens what it may while secure login is off, and what died then stays dead.
    #[track_caller]
    fn account_passwords(&self, at: &Installation, alice: &Person, phone: &ClientPassword) {
        self.all(alice, &alice.password, Told::WrongPassword);
        alice.secure_login(false);
        self.all(alice, &phone.secret, Told::WrongPassword);
        self.all(alice, &alice.password, Told::In);
        alice.secure_login(true);
        self.all(alice, &phone.secret, Told::WrongPassword);
        self.all(alice, &alice.password, Told::WrongPassword);

        let frank = at.member("frank");
        self.all(&frank, &frank.password, Told::In);
        self.all(&frank, "made up", Told::WrongPassword);
    }

    /// While clientpass is gone, or hangs, nobody hears of a wrong password; afterwards all is as before, without
    /// touching the mail server.
    ///
    /// # Panics
    ///
    /// Where it is otherwise.
    #[track_caller]
    pub fn outages(&self, clientpass: &mut Clientpass, at: &Installation) {
        let erin = secured(at, "erin");
        let phone = erin.issue("phone");
        self.all(&erin, &phone.secret, Told::In);

        clientpass.kill();
        for password in ["made up", &phone.secret, &erin.password] {
            self.timed("told while it is gone", || self.all(&erin, password, self.later));
        }
        clientpass.start();
        self.recovers("in again after it was gone", &erin, &phone.secret);
        self.all(&erin, "made up", Told::WrongPassword);

        if let Silence::GivesUp(limit) = self.silence {
            self.hangs(clientpass, &erin, &phone.secret, limit);
        }
        self.delayed(clientpass, &erin, &phone.secret);
    }

    /// Nobody waits for ever for an answer that does not come.
    #[track_caller]
    fn hangs(&self, clientpass: &Clientpass, erin: &Person, secret: &str, limit: Duration) {
        assert!(signal(clientpass.pid(), "STOP"));
        let took = self.timed("told while it hangs", || {
            thread::scope(|scope| {
                let hung = scope.spawn(|| self.all(erin, secret, self.later));
                let _ = scope.spawn(|| self.all(erin, "made up", self.later));
                hung.join().unwrap();
            });
        });
        assert!(took < limit, "it took {took:?}");

        assert!(signal(clientpass.pid(), "CONT"));
        self.recovers("in again after it hung", erin, secret);
    }

    /// Until it is asked again, "later" is told, and nothing else.
    #[track_caller]
    fn recovers(&self, what: &str, person: &Person, secret: &str) {
        let took = self.timed(what, || {
            let recovered = poll(self.patience, || {
                let told = self.each(&person.login, secret);
                assert!(told.iter().all(|told| [Told::In, self.later].contains(told)), "{told:?}");
                told.iter().all(|told| *told == Told::In)
            });
            assert!(recovered, "nobody is in again");
        });
        // A mail client may have been held up for longer than it was tried.
        assert!(self.patience.is_zero() || took < self.patience, "it took {took:?}");
    }

    /// An answer that comes late is an answer.
    #[track_caller]
    fn delayed(&self, clientpass: &Clientpass, erin: &Person, secret: &str) {
        assert!(signal(clientpass.pid(), "STOP"));
        self.timed("in after it stood still for two seconds", || {
            thread::scope(|scope| {
                let late = scope.spawn(|| self.all(erin, secret, Told::In));
                // By the clock: what the steps of `poll` take beside their pauses would add up.
                let begun = Stopwatch::new();
                let mut early = false;
                while !early && begun.monotonic() < Duration::from_secs(2) {
                    early = poll(Duration::from_millis(20), || late.is_finished());
                }
                assert!(signal(clientpass.pid(), "CONT"));
                late.join().unwrap();
                assert!(!early, "answered by whom?");
            });
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

    /// So many logins, [`AT_ONCE`] at a time, half of them with what is revoked, somebody else's or an account password: each
    /// is told the right thing.
    ///
    /// # Panics
    ///
    /// Where one is not.
    #[track_caller]
    pub fn crowd(&self, at: &Installation, logins: usize) {
        let crowd: Vec<_> = (0..PEOPLE).map(|number| Crowded::new(at, number)).collect();
        let begin = Barrier::new(AT_ONCE);

        self.timed(&format!("{logins} logins, {AT_ONCE} at once"), || {
            let done: Vec<_> = thread::scope(|scope| {
                let log_in = |first: usize| {
                    let (crowd, begin) = (&crowd, &begin);
                    scope.spawn(move || {
                        begin.wait();
                        let numbers = (first..logins).step_by(AT_ONCE);
                        numbers.map(|number| self.one_of(crowd, number)).collect::<Vec<_>>()
                    })
                };
                let all: Vec<_> = (0..AT_ONCE).map(log_in).collect();
                all.into_iter().flat_map(|one| one.join().unwrap()).collect()
            });

            let slowest = done.iter().map(|(took, _)| took.as_millis()).max().unwrap_or_default();
            println!("{} | the slowest of them | {slowest} ms", self.name);
            let wrong: Vec<_> = done.into_iter().filter_map(|(_, wrong)| wrong).collect();
            assert!(wrong.is_empty(), "{} were told something else: {wrong:#?}", wrong.len());
        });
    }

    /// One login of a crowd: how long it took, and what it was told if that is not what it should be.
    fn one_of(&self, crowd: &[Crowded], number: usize) -> (Duration, Option<String>) {
        let (who, round) = (number % PEOPLE, number / PEOPLE);
        let (right, turn) = (round % 2 == 0, round / 2);
        let (me, neighbour) = (&crowd[who], &crowd[(who + 1) % PEOPLE]);
        let wrong = [&me.lost, &neighbour.phone, &me.person.password];
        let secret = if right { &me.phone } else { wrong[(turn + who) % wrong.len()] };
        let protocol = self.protocols[turn % self.protocols.len()];

        let expected = if right { Told::In } else { Told::WrongPassword };
        let log_in = || {
            let begun = Stopwatch::new();
            let told = (self.log_in)(protocol, &me.person.login, secret.as_bytes());
            (begun.monotonic(), told)
        };
        let (mut took, mut told) = log_in();
        for _ in 0..2 {
            // So many at once may be too many for a small machine, which is what is to be said then.
            if told == Told::Later && took > CANNOT_ANSWER {
                (took, told) = log_in();
            }
        }
        let other = (told != expected).then(|| format!("{told:?}, not {expected:?}: {number} by {protocol}"));
        (took, other)
    }
}

/// Somebody in a crowd.
struct Crowded {
    person: Person,
    /// The secret of a client password.
    phone: String,
    /// Of one that has ended.
    lost: String,
}

impl Crowded {
    fn new(at: &Installation, number: usize) -> Self {
        let person = secured(at, &format!("member{number}"));
        let (phone, lost) = (person.issue("phone"), person.issue("lost phone"));
        person.http.delete(&lost.path("")).expect(204);
        Self { person, phone: phone.secret, lost: lost.secret }
    }
}

fn secured(at: &Installation, name: &str) -> Person {
    at.member(name).secured(Clientpass::now())
}

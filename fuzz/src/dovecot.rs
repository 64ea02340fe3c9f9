//! What comes in through the door that speaks Dovecot's authentication protocol: lines, and the messages in them.

use clientpass::domain::login::Login;
use clientpass::doors::dovecot::line::{Given, Line, Message, Reply, escape, unescape, write};
use clientpass::doors::dovecot::sasl::{Credentials, Exchange, Turn};

/// A response ends its line; what is said back is one line, of as many words as it should be, and reads as it was
/// meant.
pub fn line(input: &[u8]) {
    if let Ok(Line::Auth(auth)) = Line::parse(input) {
        // After AUTH, the id and the mechanism.
        let parameters = input.split(|byte| *byte == b'\t').skip(3);
        let responses = parameters.filter(|word| word.starts_with(b"resp="));
        assert_eq!(responses.count(), usize::from(auth.initial.is_some()));
        assert!(auth.mechanism == auth.mechanism.to_ascii_uppercase());
    }
    let mut word = Vec::new();
    escape(input, &mut word);
    assert_eq!(unescape(&word), input);

    let refused = write(7, Reply::Fail { login: input, code: Some("temp_fail") });
    let (end, words) = refused.split_last().unwrap();
    assert!(*end == b'\n' && !words.iter().any(|byte| b"\n\r\0".contains(byte)), "it is not one line");
    let words: Vec<&[u8]> = words.split(|byte| *byte == b'\t').collect();
    assert_eq!(words.len(), if input.is_empty() { 3 } else { 4 }, "a word broke out of its place");

    let challenge = write(7, Reply::Cont(input));
    let message =
        if input.is_empty() { Given::Nothing } else { Given::Message(Message::new(input.to_vec())) };
    assert_eq!(Line::parse(&challenge[..challenge.len() - 1]), Ok(Line::Cont { id: 7, message }));
}

/// Whom PLAIN lets in is in the message as it stands, and nobody acts for somebody else.
pub fn plain(input: &[u8]) {
    let Turn::Credentials(Credentials { login, password }) =
        Exchange::Plain.begin(Some(Message::new(input.to_vec())))
    else {
        return;
    };
    let spoken = [b"\0", login.as_slice(), b"\0", &password[..]].concat();
    let other = input.strip_suffix(spoken.as_slice()).expect("it is not what was said");
    let form = |login| std::str::from_utf8(login).map(Login::presented);
    assert!(
        other.is_empty() || other == login || form(other) == form(&login),
        "in the name of somebody else"
    );
    assert!(!login.contains(&0) && !password.contains(&0));
}

/// The first line is the login, the second the password, whether the first came at once or was asked for.
pub fn login(input: &[u8]) {
    let mut lines = input.splitn(2, |byte| *byte == b'\n');
    let mut line = || Message::new(lines.next().unwrap_or_default().to_vec());
    let (name, password) = (line(), line());
    let asked = match Exchange::Login.begin(None) {
        Turn::Challenge(b"Username:", exchange) => exchange.next(name.clone()),
        other => panic!("{other:?}"),
    };
    let at_once = Exchange::Login.begin(Some(name.clone()));
    let turns = if name.is_empty() { vec![asked] } else { vec![asked, at_once] };
    for turn in turns {
        let Turn::Challenge(b"Password:", exchange) = turn else { panic!("{turn:?}") };
        let Turn::Credentials(found) = exchange.next(password.clone()) else { panic!("no credentials") };
        assert_eq!(found, Credentials { login: name.to_vec(), password: password.clone() });
    }
}

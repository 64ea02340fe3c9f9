//! What mail clients send before they know a password.

use clientpass::domain::organization::DomainName;
use clientpass::mail_setup::autodiscover;

/// What is read is an address of one line and its domain; written as XML again, it is read as the same.
pub fn autodiscover(input: &[u8]) {
    let Ok(read) = autodiscover::read(input) else { return };
    let (_, domain) = read.address.rsplit_once('@').expect("it is an address");
    assert_eq!(DomainName::parse("domain", domain).expect("it has a domain").as_str(), read.domain);
    assert!(!read.address.contains(|c: char| c.is_control() || c.is_whitespace()), "{:?}", read.address);

    let escaped: Vec<String> = read.address.chars().map(|c| format!("&#{};", u32::from(c))).collect();
    let escaped = escaped.concat();
    let written =
        format!("<Autodiscover><Request><EMailAddress>{escaped}</EMailAddress></Request></Autodiscover>");
    assert_eq!(autodiscover::read(written.as_bytes()), Ok(read));
}

//! What the lists of restrictions of an smtpd come to: for strangers, who may send to nobody but its own domains, and for
//! whoever is signed in, who may send to everybody.

use super::kinds;
use super::smtpd::Smtpd;
use crate::doctor::Findings;
use crate::doctor::networks::is_wide;

/// Lists that are gone through before mail to another server is taken; each must let it pass.
const LISTS: [&str; 5] = [
    "smtpd_client_restrictions",
    "smtpd_helo_restrictions",
    "smtpd_sender_restrictions",
    "smtpd_relay_restrictions",
    "smtpd_recipient_restrictions",
];
/// Those that keep strangers from sending to everybody.
const RELAYING: [&str; 2] = ["smtpd_relay_restrictions", "smtpd_recipient_restrictions"];
/// What Postfix has itself where none is set, by its documentation since 3.0.
const RELAY_BY_ITSELF: [&str; 3] =
    ["permit_mynetworks", "permit_sasl_authenticated", "defer_unauth_destination"];
/// What ends a list for mail to another server, unless something before it has let it pass.
const REFUSE: [&str; 5] =
    ["reject", "defer", "reject_unauth_destination", "defer_unauth_destination", "defer_if_permit"];

/// Judges every smtpd that other machines reach.
pub(super) fn judge_strangers(smtpd: &Smtpd<'_>, found: &mut Findings) {
    let [relay, _] = RELAYING;
    // One that goes by the defaults of Postfix 2 has another way to refuse, of which nothing is printed.
    if smtpd.is_inner() || !smtpd.sets(relay) && smtpd.is_of_postfix_2() {
        return;
    }

    let decisions: Vec<_> = RELAYING.iter().map(|list| first(smtpd, list, Sender::Stranger)).collect();
    let because = decisions.iter().flatten().next().map_or("nothing that refuses", String::as_str);
    let change = "smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination     # \
                  and in mynetworks your own machines only";

    if !RELAYING.iter().any(|list| first(smtpd, list, Sender::Anybody).is_some_and(|word| refuses(&word))) {
        // Of classes of its own it is not known what is in them.
        if smtpd.get("smtpd_restriction_classes").is_empty() {
            let what = format!("the restrictions of {} refuse nobody", smtpd.place());
            found.find(&kinds::TAKES_NO_MAIL, &what, change);
        }
    } else if !decisions.iter().flatten().any(|word| refuses(word)) {
        let what = format!("the restrictions of {} have {because} for strangers", smtpd.place());
        found.find(&kinds::OPEN_RELAY, &what, change);
    }
}

fn refuses(word: &str) -> bool {
    REFUSE.contains(&word)
}

/// Who wants to send to another server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// Somebody of whom nothing is known: not even whether `mynetworks` names them.
    Anybody,
    /// Somebody from anywhere, with a certificate of anybody.
    Stranger,
    /// A member who has signed in.
    Member,
}

/// Judges an smtpd that asks for passwords.
pub(super) fn judge_members(smtpd: &Smtpd<'_>, found: &mut Findings) {
    // What comes from this machine has been let in elsewhere.
    if smtpd.is_inner() {
        return;
    }

    for list in LISTS {
        if let Some(word) = first(smtpd, list, Sender::Member).filter(|word| refuses(word)) {
            found.find(
                &kinds::REFUSES_MEMBERS,
                &format!(
                    "{list} of {} has {word}, and no permit_sasl_authenticated before it",
                    smtpd.place()
                ),
                &format!("{list} = permit_sasl_authenticated, {word}     # and what was before it"),
            );
        }
    }
}

/// The first word of a list that decides about mail to another server.
fn first(smtpd: &Smtpd<'_>, list: &str, sender: Sender) -> Option<String> {
    let known = sender != Sender::Anybody;
    let wide = known && smtpd.words("mynetworks").iter().any(|network| is_wide(network));
    let asked = ["smtpd_tls_ask_ccert", "smtpd_tls_req_ccert"].iter().any(|key| smtpd.is(key, "yes"));

    let decides = |word: &str| match word {
        "permit" => true,
        "permit_sasl_authenticated" => sender == Sender::Member,
        "permit_mynetworks" => wide,
        "permit_tls_all_clientcerts" => known && asked,
        word => refuses(word),
    };

    let [relay, _] = RELAYING;
    let words = if list == relay && !smtpd.sets(relay) && !smtpd.is_of_postfix_2() {
        RELAY_BY_ITSELF.map(str::to_owned).to_vec()
    } else {
        smtpd.words(list)
    };
    let tried = words.iter().enumerate().filter(|(at, _)| {
        // What follows that is only logged.
        let before = at.checked_sub(1).and_then(|before| words.get(before));
        before.is_none_or(|before| before != "warn_if_reject")
    });
    tried.map(|(_, word)| word).find(|word| decides(word)).cloned()
}

#[cfg(test)]
mod tests {
    use crate::doctor::Harm;
    use crate::doctor::postfix::tests::{MAIN, MASTER, found};

    const OPEN: (&str, Harm) = ("postfix_open_relay", Harm::LetsIn);
    const NONE: (&str, Harm) = ("postfix_takes_no_mail", Harm::KeepsOut);
    const REFUSED: (&str, Harm) = ("postfix_refuses_members", Harm::KeepsOut);

    /// What is found with these settings, of submission alone.
    #[track_caller]
    fn with(settings: &str) -> Vec<(&'static str, Harm)> {
        let own = MAIN.lines().filter(|line| {
            let key = line.split('=').next().unwrap_or("");
            !settings.lines().any(|setting| setting.split('=').next() == Some(key))
        });
        let main = format!("{}\n{settings}", own.collect::<Vec<_>>().join("\n"));
        let submission = MASTER.lines().filter(|line| line.starts_with("submission")).collect::<String>();
        found(&main, &submission).iter().map(|one| (one.code, one.harm)).collect()
    }

    #[test]
    fn an_open_relay_is_found() {
        let relay = "smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination";
        assert_eq!(with(relay), []);
        assert_eq!(with(&format!("{relay}\nmynetworks = 127.0.0.0/8, 0.0.0.0/0")), [OPEN]);
        assert_eq!(with("mynetworks = [::]/0"), [OPEN]);

        // Another list refuses them.
        let other =
            "mynetworks = 0.0.0.0/0\nsmtpd_recipient_restrictions = permit_sasl_authenticated, reject";
        assert_eq!(with(other), []);
        let neither = "mynetworks = 0.0.0.0/0\nsmtpd_recipient_restrictions = permit_mynetworks reject";
        assert_eq!(with(neither), [OPEN]);

        let any = "smtpd_relay_restrictions = permit_tls_all_clientcerts permit_sasl_authenticated reject";
        assert_eq!(with(any), []);
        for asked in ["smtpd_tls_ask_ccert", "smtpd_tls_req_ccert"] {
            assert_eq!(with(&format!("{any}\n{asked} = yes")), [OPEN]);
        }
    }

    #[test]
    fn an_open_relay_is_found_by_the_list_that_postfix_has_itself() {
        let submission: String = MASTER.lines().filter(|line| line.starts_with("submission")).collect();
        let unset = MAIN.lines().filter(|line| !line.starts_with("smtpd_relay_restrictions"));
        let unset = unset.collect::<Vec<_>>().join("\n");
        let codes =
            |main: &str| found(main, &submission).iter().map(|one| (one.code, one.harm)).collect::<Vec<_>>();
        assert_eq!(codes(&unset), []);

        let wide = unset.replacen("mynetworks = 127.0.0.0/8", "mynetworks = 0.0.0.0/0", 1);
        assert_eq!(codes(&wide), [OPEN]);
        assert_eq!(
            codes(&format!("{wide}\nsmtpd_recipient_restrictions = permit_sasl_authenticated, reject")),
            []
        );
        // Of Postfix 2 it is not known.
        let old = wide.replacen("compatibility_level = 3.6\n", "", 1);
        assert_eq!(codes(&old), []);
        assert_eq!(codes(&format!("{old}\nsmtpd_relay_restrictions = permit_mynetworks, reject")), [OPEN]);
        // An empty list is one that is set.
        assert_eq!(codes(&format!("{wide}\nsmtpd_relay_restrictions =")), [NONE]);
    }

    #[test]
    fn one_that_only_this_machine_reaches_is_no_relay() {
        let main = MAIN.replace("127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128", "0.0.0.0/0");
        let inner = "127.0.0.1:10025 inet n - n - - smtpd -o smtpd_sasl_auth_enable=no\n";
        let codes = |master: &str| found(&main, master).iter().map(|one| one.code).collect::<Vec<_>>();
        assert_eq!(codes(inner), ["postfix_asks_nobody"]);
        assert_eq!(codes(&inner.replace("127.0.0.1:", "")), ["postfix_asks_nobody", "postfix_open_relay"]);
        let own = format!("{main}inet_interfaces = loopback-only\n");
        assert_eq!(found(&own, &inner.replace("127.0.0.1:", "")).len(), 1);

        let open = ["postfix_asks_nobody", "postfix_open_relay"];
        let on = |interfaces: &str, address: &str| {
            let main = format!("{main}inet_interfaces = {interfaces}\n");
            found(&main, &inner.replace("127.0.0.1:", address)).iter().map(|one| one.code).collect::<Vec<_>>()
        };
        assert_eq!(on("192.0.2.1", ""), open);
        assert_eq!(on("127.0.0.1, 192.0.2.1", ""), open);
        assert_eq!(on("127.0.0.1, ::1", ""), open[..1]);
        // An address of its own holds, whatever the others listen on.
        assert_eq!(on("loopback-only", "192.0.2.1:"), open);
        assert_eq!(on("all", "127.0.0.1:"), open[..1]);
    }

    #[test]
    fn one_that_postfix_does_not_start_is_found() {
        for list in [
            "smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated",
            "smtpd_relay_restrictions = permit_sasl_authenticated, permit, reject_unauth_destination",
            "smtpd_relay_restrictions = permit_sasl_authenticated, warn_if_reject reject_unauth_destination",
            "smtpd_relay_restrictions =",
        ] {
            assert_eq!(with(list), [NONE], "{list}");
        }
        let classes =
            "smtpd_restriction_classes = own\nsmtpd_relay_restrictions = permit_sasl_authenticated, own";
        assert_eq!(with(classes), []);
        let second =
            "smtpd_relay_restrictions =\nsmtpd_recipient_restrictions = permit_sasl_authenticated, reject";
        assert_eq!(with(second), []);
    }

    #[test]
    fn lists_that_refuse_whoever_has_signed_in_are_found() {
        for list in [
            "smtpd_relay_restrictions = permit_mynetworks, defer_unauth_destination",
            "smtpd_relay_restrictions = reject_unauth_destination permit_sasl_authenticated",
            "smtpd_client_restrictions = permit_mynetworks, reject",
            "smtpd_sender_restrictions = defer",
            "smtpd_helo_restrictions = reject",
            "smtpd_client_restrictions = defer_if_permit",
            "smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:10023, reject_unauth_destination",
        ] {
            assert_eq!(with(list), [REFUSED], "{list}");
        }
        // What comes from this machine has been let in elsewhere.
        let inner = "127.0.0.1:10587 inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes \
                     -o smtpd_client_restrictions=reject\n";
        assert_eq!(found(MAIN, inner), []);

        for harmless in [
            "smtpd_client_restrictions = permit_mynetworks, permit_sasl_authenticated, reject",
            "smtpd_client_restrictions = reject_rbl_client zen.example.org",
            "smtpd_sender_restrictions = warn_if_reject reject",
            "mua = permit_sasl_authenticated, reject\nsmtpd_client_restrictions = ${mua}",
            "mua = $wide, reject\nwide = permit_sasl_authenticated\nsmtpd_client_restrictions = $(mua)",
        ] {
            assert_eq!(with(harmless), [], "{harmless}");
        }
    }
}

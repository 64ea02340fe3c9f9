//! What the doctor finds of nginx.

use super::kinds_of_mail as mail;
use crate::doctor::kind::{Harm, Kind};
use crate::doctor::opened::{elsewhere, not_open};

/// All of them, in the order of the doctor's page.
pub(crate) static ALL: &[&Kind] = &[
    &REMOTE_VERIFIER_OF_MAIL,
    &REMOTE_VERIFIER,
    &SPOOFED_ADDRESS,
    &EVERYBODY_IS_A_PROXY,
    &SPOOFED_PROTOCOL,
    &ERROR_PAGE_LETS_IN,
    &VERDICT_CACHED,
    &SATISFY_ANY,
    &LOGIN_LOST,
    &WAY_PAST_CLIENTPASS,
    &UNGUARDED,
    &REFUSAL_LEADS_PAST,
    &REWRITE_LEADS_PAST,
    &QUESTION_GOES_TO_PAGES,
    &mail::EVERYBODY_IS_A_PROXY,
    &mail::NEXT_SOURCE_NOT_ASKED,
    &CLEARTEXT,
    &CLEARTEXT_OF_PAGES,
    &PAGES_CACHED,
    &NO_AUTH_HTTP,
    &LOGIN_NOT_SET,
    &mail::KEY_LOST,
    &mail::NO_PASSWORDS_OFFERED,
    &CLEARTEXT_BEFORE_STARTTLS,
    &TIMEOUT,
    &TIMEOUT_OF_PAGES,
    &METHODS,
    &BODY,
    &KEY_FROM_CLIENT,
    &PASSWORD_HANDED_ON,
    &FAULTS_ARE_500,
    &mail::ASKS_SOMEBODY_ELSE,
    &mail::KEY_ELSEWHERE,
    &mail::METHODS_WITHOUT_PASSWORD,
    &mail::SMTP_NOT_SIGNED_IN,
    &mail::BACKEND_ERRORS_HIDDEN,
    &BALANCER_ADDRESS,
    &OPEN_WITHIN_GUARDED,
    &QUESTION_NOT_INTERNAL,
    &ASKS_NOBODY,
    &DOOR_NOT_OPEN,
    &DOOR_ELSEWHERE,
    &FORWARDED_FOR_FROM_CLIENT,
    &PROXY_NOT_TRUSTED,
    &FORWARDED_FOR_LOST,
    &QUESTION_NOT_LOOKED_AT,
];

pub(super) static REMOTE_VERIFIER_OF_MAIL: Kind = Kind {
    code: "nginx_remote_verifier",
    harm: Harm::LetsIn,
    found: "`auth_http` of the mail proxy asks another machine",
    why: "nginx speaks no TLS here: passwords and the service key cross the network readable, and who answers in its \
          place lets everybody in",
    change: "a clientpass or a TLS tunnel on this machine",
};

pub(super) static REMOTE_VERIFIER: Kind = Kind {
    code: "nginx_remote_verifier",
    harm: Harm::LetsIn,
    found: "the location that `auth_request` names asks another machine without TLS",
    why: "passwords cross the network readable, and who answers in its place lets everybody in",
    change: "`https` with `proxy_ssl_verify on`, or a clientpass on this machine",
};

pub(super) static SPOOFED_ADDRESS: Kind = Kind {
    code: "nginx_spoofed_address",
    harm: Harm::LetsIn,
    found: "the question to clientpass takes `X-Real-IP` from the client, or leaves it as it came",
    why: "a client password that is bound to networks is let in from everywhere, and guesses are counted for \
          addresses that are none",
    change: "`proxy_set_header X-Real-IP $remote_addr;`",
};

pub(super) static EVERYBODY_IS_A_PROXY: Kind = Kind {
    code: "nginx_everybody_is_a_proxy",
    harm: Harm::LetsIn,
    found: "`set_real_ip_from` names every address",
    why: "whoever writes the header is where they say: a client password that is bound to networks is let in from \
          everywhere",
    change: "name the proxies in front, and nothing else",
};

pub(super) static SPOOFED_PROTOCOL: Kind = Kind {
    code: "nginx_spoofed_protocol",
    harm: Harm::LetsIn,
    found: "the question to clientpass takes `X-Clientpass-Protocol` from the client, or leaves it as it came",
    why: "a client password for calendars opens files, and the other way round",
    change: "`proxy_set_header X-Clientpass-Protocol`, with what each location is",
};

pub(super) static ERROR_PAGE_LETS_IN: Kind = Kind {
    code: "nginx_error_page_lets_in",
    harm: Harm::LetsIn,
    found: "an `error_page` that makes a success of an error holds for the question to clientpass",
    why: "auth_request lets everybody in whom clientpass refuses, or while it is down",
    change: "an `error_page` in the location that asks: then no other holds there",
};

pub(super) static VERDICT_CACHED: Kind = Kind {
    code: "nginx_verdict_cached",
    harm: Harm::LetsIn,
    found: "`proxy_cache` holds for the question to clientpass",
    why: "one member's answer is given to the next, and a revoked password lives on",
    change: "`proxy_cache off;` in the location that asks",
};

pub(super) static SATISFY_ANY: Kind = Kind {
    code: "nginx_satisfy_any",
    harm: Harm::LetsIn,
    found: "`satisfy any` holds where clientpass is asked",
    why: "an address or another source of passwords lets in whom clientpass has refused",
    change: "`satisfy all;`",
};

pub(super) static LOGIN_LOST: Kind = Kind {
    code: "nginx_login_lost",
    harm: Harm::LetsIn,
    found: "a guarded location hands requests on without the login that clientpass gave",
    why: "what sets headers outside holds only where a location sets none itself: whoever is signed in as one member \
          names another in the header that the application believes",
    change: "include `clientpass-location.conf`, as in `mail-servers/nginx-auth-request`",
};

pub(super) static WAY_PAST_CLIENTPASS: Kind = Kind {
    code: "nginx_way_past_clientpass",
    harm: Harm::LetsIn,
    found: "a location hands requests on to a guarded application, and asks nobody",
    why: "whoever comes there says who they are, without a password",
    change: "`return 403;`, or the guard",
};

pub(super) static CLEARTEXT: Kind = Kind {
    code: "nginx_cleartext",
    harm: Harm::Discloses,
    found: "a mail server of nginx has no TLS where other machines reach it",
    why: "whoever is on the way reads them, and a client password works until somebody notices",
    change: "`listen … ssl;` or `starttls only;`",
};

pub(super) static CLEARTEXT_OF_PAGES: Kind = Kind {
    code: "nginx_cleartext",
    harm: Harm::Discloses,
    found: "a web server that asks for passwords can be reached without TLS",
    why: "whoever is on the way reads them, and they come with every request",
    change: "`listen 443 ssl;`, and no listen without it",
};

pub(super) static NO_AUTH_HTTP: Kind = Kind {
    code: "nginx_no_auth_http",
    harm: Harm::KeepsOut,
    found: "a mail server of nginx has no `auth_http`",
    why: "nobody can log in",
    change: "`auth_http`: where `[doors.nginx_mail]` listens",
};

pub(super) static CLEARTEXT_BEFORE_STARTTLS: Kind = Kind {
    code: "nginx_cleartext",
    harm: Harm::WillHurt,
    found: "a mail server of nginx takes passwords before STARTTLS too",
    why: "whoever is on the way reads them, and a client password works until somebody notices",
    change: "`starttls only;`",
};

pub(super) static TIMEOUT: Kind = Kind {
    code: "nginx_timeout",
    harm: Harm::WillHurt,
    found: "`auth_http_timeout` is more than ten seconds, or its default",
    why: "while clientpass does not answer every login hangs so long, and mail clients give up before",
    change: "`auth_http_timeout 5s;`",
};

pub(super) static TIMEOUT_OF_PAGES: Kind = Kind {
    code: "nginx_timeout",
    harm: Harm::WillHurt,
    found: "`proxy_read_timeout` of the question to clientpass is more than ten seconds, or its default",
    why: "while clientpass does not answer every request hangs so long",
    change: "`proxy_read_timeout 5s;`",
};

pub(super) static METHODS: Kind = Kind {
    code: "nginx_methods",
    harm: Harm::WillHurt,
    found: "the mail proxy offers `apop` or `cram-md5`",
    why: "mail clients prefer it, and it needs a password that can be read back, which clientpass has none of: they \
          are refused",
    change: "`plain` and `login` alone",
};

pub(super) static BODY: Kind = Kind {
    code: "nginx_body",
    harm: Harm::WillHurt,
    found: "the question to clientpass carries the body of the request",
    why: "uploads wait for it, or fail",
    change: "`proxy_pass_request_body off;`",
};

pub(super) static KEY_FROM_CLIENT: Kind = Kind {
    code: "nginx_key_from_client",
    harm: Harm::WillHurt,
    found: "the question to clientpass leaves `X-Clientpass-Key` as it came from the client",
    why: "clientpass believes it, or says that it cannot answer",
    change: "`proxy_set_header X-Clientpass-Key`, with the key or empty",
};

pub(super) static PASSWORD_HANDED_ON: Kind = Kind {
    code: "nginx_password_handed_on",
    harm: Harm::WillHurt,
    found: "a guarded location hands the password on to the application",
    why: "the application, and its log, has what opens mail",
    change: "`proxy_set_header Authorization \"\";`",
};

pub(super) static FAULTS_ARE_500: Kind = Kind {
    code: "nginx_faults_are_500",
    harm: Harm::WillHurt,
    found: "`auth_request` stands without an `error_page` that makes a 503 of 500",
    why: "when clientpass cannot answer nginx says 500; calendar and file clients take that for a broken server, and \
          some for a lost resource",
    change: "`error_page 500 502 504 = …;`, with a location that answers 503",
};

pub(super) static ASKS_NOBODY: Kind = Kind {
    code: "nginx_asks_nobody",
    harm: Harm::Know,
    found: "nginx has neither a mail block nor an `auth_request`",
    why: "it has neither a mail block nor an auth_request",
    change: "see `mail-servers/nginx-auth-request` and `mail-servers/nginx-mail`",
};

pub(super) static DOOR_NOT_OPEN: Kind = not_open(
    "nginx_door_not_open",
    "nginx asks clientpass at an address at which the configuration of clientpass opens no door for it",
);

pub(super) static DOOR_ELSEWHERE: Kind = elsewhere(
    "nginx_door_elsewhere",
    "nginx asks for clientpass at an address at which somebody answers, and the configuration of clientpass opens \
            no door there",
);

pub(super) static FORWARDED_FOR_FROM_CLIENT: Kind = Kind {
    code: "nginx_forwarded_for_from_client",
    harm: Harm::LetsIn,
    found: "nginx hands requests on to the API or the pages of clientpass, is in `server.trusted_proxies`, and leaves \
            `X-Forwarded-For` as it came from the client",
    why: "whoever guesses at sign-in says another address each time, and is never slowed for it; members and the audit \
          log are shown addresses that are none",
    change: "`proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;`",
};

pub(super) static PROXY_NOT_TRUSTED: Kind = Kind {
    code: "nginx_proxy_not_trusted",
    harm: Harm::WillHurt,
    found: "nginx hands requests on to the API or the pages of clientpass from an address that is not in \
            `server.trusted_proxies`",
    why: "nobody behind it has an address: guesses at sign-in are slowed for all of them together, and whoever guesses \
          delays everybody else",
    change: "`server.trusted_proxies`, with the address from which nginx comes",
};

pub(super) static FORWARDED_FOR_LOST: Kind = Kind {
    code: "nginx_forwarded_for_lost",
    harm: Harm::WillHurt,
    found: "nginx hands requests on to the API or the pages of clientpass, and drops `X-Forwarded-For`",
    why: "nobody behind it has an address: guesses at sign-in are slowed for all of them together, and whoever guesses \
          delays everybody else",
    change: "`proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;`",
};

pub(super) static UNGUARDED: Kind = Kind {
    code: "nginx_unguarded",
    harm: Harm::LetsIn,
    found: "a location reaches the application, or shows the files, that another one has guarded, and asks nobody; \
          one with a regular expression does so for paths of the guarded one",
    why: "whoever comes there needs no password",
    change: "the guard there too, `location ^~` for the guarded path, or `auth_request off` where everybody is \
          meant",
};

pub(super) static REFUSAL_LEADS_PAST: Kind = Kind {
    code: "nginx_refusal_leads_past",
    harm: Harm::LetsIn,
    found: "an `error_page` for 401, 403, 413, 500 or another answer that comes before the verdict leads from a \
          guarded location to one that asks nobody",
    why: "whoever clientpass refuses, or whoever sends too much, is served there",
    change: "an `error_page` that leads to an answer, or to a location with a guard of its own",
};

pub(super) static REWRITE_LEADS_PAST: Kind = Kind {
    code: "nginx_rewrite_leads_past",
    harm: Harm::LetsIn,
    found: "a `rewrite` in a guarded location leads to a location that asks nobody",
    why: "nginx changes the path before it asks, and then goes by the other location: nobody is ever asked",
    change: "`rewrite … break`, or the guard in the location that it leads to",
};

pub(super) static QUESTION_GOES_TO_PAGES: Kind = Kind {
    code: "nginx_question_goes_to_pages",
    harm: Harm::LetsIn,
    found: "`auth_request` names a path for which there is no location, so that one with pages answers",
    why: "whatever those answer with success lets everybody in",
    change: "the location that `auth_request` names, as in `clientpass-server.conf`",
};

pub(super) static PAGES_CACHED: Kind = Kind {
    code: "nginx_pages_cached",
    harm: Harm::Discloses,
    found: "a cache holds for guarded pages, and its key does not say whose they are",
    why: "a page of one member is shown to the next",
    change: "`proxy_cache off;`, or the login in `proxy_cache_key`",
};

pub(super) static LOGIN_NOT_SET: Kind = Kind {
    code: "nginx_login_not_set",
    harm: Harm::KeepsOut,
    found: "a location inside a guarded one has an `auth_request_set` of its own that does not set the login",
    why: "nginx forgets there what is set outside: the application hears of no login",
    change: "`auth_request_set` of the login beside the others",
};

pub(super) static BALANCER_ADDRESS: Kind = Kind {
    code: "nginx_balancer_address",
    harm: Harm::WillHurt,
    found: "a server listens with `proxy_protocol`, and clientpass hears the address of the balancer",
    why: "a client password that is bound to networks is refused everywhere, and whoever guesses delays everybody \
          else",
    change: "`set_real_ip_from` with the balancer's address; in `http` also `real_ip_header proxy_protocol;`",
};

pub(super) static OPEN_WITHIN_GUARDED: Kind = Kind {
    code: "nginx_open_within_guarded",
    harm: Harm::WillHurt,
    found: "a location among guarded ones says `auth_request off`, names a single page, or shows files of a guarded \
          folder",
    why: "it is open to everybody; whoever puts something there later may not know",
    change: "the guard, unless everybody is meant",
};

pub(super) static QUESTION_NOT_INTERNAL: Kind = Kind {
    code: "nginx_question_not_internal",
    harm: Harm::WillHurt,
    found: "the location that `auth_request` names can be asked from outside",
    why: "whoever comes there tries passwords past the log of the application, and hears ids",
    change: "`internal;`",
};

pub(super) static QUESTION_NOT_LOOKED_AT: Kind = Kind {
    code: "nginx_question_not_looked_at",
    harm: Harm::Know,
    found: "`auth_request` names a path for which no location was found",
    why: "what it asks was not looked at; where there is none every request is answered 500",
    change: "a location with that very path",
};

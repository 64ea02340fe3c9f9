//! How clientpass is reached: the API, its doors, their sockets, and the proxies whose word is taken.

use super::facts::{Facts, File, Listening, PASS, Serving, Socket, User, WRITE, open_to_all};
use super::kinds;
use crate::doctor::Findings;

/// Judges what was seen of it.
pub(super) fn judge(seen: &Facts, found: &mut Findings) {
    listening(seen, found);

    if let Some(block) = &seen.trusted_strangers {
        found.find(
            &kinds::TRUSTED_STRANGERS,
            &format!(
                "server.trusted_proxies names {block}: whoever is in it says itself which address it has"
            ),
            "server.trusted_proxies = [\"192.0.2.10/32\"]     # the proxies in front, and nothing else",
        );
    }

    for door in &seen.open_doors {
        found.find(
            &kinds::DOOR_OPEN,
            &format!("{door} can be reached from other machines, and has no TLS"),
            &format!("{door}: listen on a unix socket or on 127.0.0.1, beside the mail server that asks"),
        );
    }

    for door in &seen.keyless_doors {
        found.find(
            &kinds::DOOR_WITHOUT_KEY,
            &format!("{door} can be reached from other machines, and takes questions without a key"),
            &format!(
                "{door}: require_key = true     # and a service key of role mail_server where it is asked"
            ),
        );
    }

    for socket in &seen.sockets {
        reach(socket, found);
    }
}

fn listening(seen: &Facts, found: &mut Findings) {
    let Listening { address, remote, tls, allowed_without_tls } = &seen.listening;
    if *remote && !tls {
        let what = format!("{address} can be reached from other machines and there is no TLS");
        let change =
            "server.tls_certificate and server.tls_key, or server.listen = \"127.0.0.1:8600\" behind a proxy";
        if *allowed_without_tls {
            found.find(&kinds::NO_TLS_ALLOWED, &what, change);
        } else {
            found.find(&kinds::NO_TLS, &what, change);
        }
    }

    if let Some(why) = &seen.tls_fault {
        found.find(&kinds::TLS_UNUSABLE, why, "server.tls_certificate, server.tls_key");
    }
}

/// Whoever has no address shares a place with all who have none.
pub(super) fn addresses(serving: &Serving, found: &mut Findings) {
    if let Some(requester) = serving.without_address.first() {
        found.find(
            &kinds::NO_CLIENT_ADDRESS,
            &format!("account passwords are tried through {requester}, and the client's address is not passed"),
            "client_ip of /v1/verify, ip= in the LDAP bind name, X-Real-IP: have the mail server pass the address; \
             saslauthd cannot",
        );
    }

    for peer in &serving.untrusted_proxies {
        found.find(
            &kinds::PROXY_NOT_TRUSTED,
            &format!("{peer} sends X-Forwarded-For and is not trusted, so nobody behind it has an address"),
            &format!("server.trusted_proxies = [\"{peer}\"]     # if it is your proxy"),
        );
    }
}

fn reach(socket: &Socket, found: &mut Findings) {
    if socket.way.last().is_none_or(|last| last.path != socket.path) {
        found.find(
            &kinds::SOCKET_MISSING,
            &format!("there is no socket {}", socket.path),
            "the door's listen; its folder has to be there before the service starts",
        );
        return;
    }

    if open_to_all(&socket.way, WRITE) {
        let mode = socket.way.last().map_or(0, |socket| socket.mode);
        found.find(
            &kinds::SOCKET_OPEN,
            &format!("everybody on this machine may use the socket {}: it has mode {mode:04o}", socket.path),
            "mode = \"0660\"     # of the door, and group = the one that the mail server runs in",
        );
    }

    let wanted = |file: &File| if file.path == socket.path { WRITE } else { PASS };
    let blocked = |user: &User| socket.way.iter().find(|file| !user.may(file, wanted(file)));
    let blocked: Vec<(&User, &File)> =
        socket.users.iter().filter_map(|user| blocked(user).map(|file| (user, file))).collect();

    // Of those that are on this machine, one is meant.
    if let (Some((user, file)), true) = (blocked.first(), blocked.len() == socket.users.len()) {
        found.find(
            &kinds::SOCKET_CLOSED,
            &format!("{} cannot reach the socket {}: {} is closed to it", user.name, socket.path, file.path),
            "owner, group and mode of the door, or of the folder",
        );
    }
}

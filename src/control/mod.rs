//! The control socket: orders of whoever owns the data directory, to the process that serves.
//!
//! ```text
//!   one line of JSON in:   {"order":"retire_pepper","id":1,"end":false}
//!   one line of JSON out:  {"done":{…}} or {"refused":"why, and what to do"}
//! ```
//!
//! The file has mode 0600 in a folder of mode 0700, and the system says which user is at the other end.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use crate::clock::Clock;
use crate::service::admin::{Admin, AdminCommand, AdminReply, Where};

/// Longest order, in bytes: room for 10,000 logins of the longest. Nobody but root and the own user can send one.
const MAX_ORDER: usize = 4 << 20;
/// An order that has not come after this time does not come.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// After the system has refused a connection it is tried again.
const PAUSE: Duration = Duration::from_millis(200);

/// An answer on its way.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Done(AdminReply),
    Refused(String),
}

/// Listens. Whoever calls has the data directory for themselves, so a socket that is there is a dead one.
pub fn listen(path: &Path) -> io::Result<UnixListener> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Takes orders until it is aborted, for a process whose pages browsers find there, if it has any.
pub async fn serve(listener: UnixListener, admin: Arc<Admin>, pages: Option<String>, clock: Clock) {
    let pages: Option<Arc<str>> = pages.map(Arc::from);
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                actix_web::rt::spawn(answer(stream, Arc::clone(&admin), pages.clone(), clock.clone()));
            }
            Err(error) => {
                tracing::warn!(event = "control_not_accepted", %error);
                clock.sleep(PAUSE).await;
            }
        }
    }
}

async fn answer(mut stream: UnixStream, admin: Arc<Admin>, pages: Option<Arc<str>>, clock: Clock) {
    let answered = tokio::select! {
        order = take(&mut stream) => match order {
            Ok(order) => execute(&admin, &order, pages.as_deref()).await,
            Err(why) => Answer::Refused(why),
        },
        () = clock.sleep(READ_TIMEOUT) => Answer::Refused("no order has come".into()),
    };

    let sent = match serde_json::to_vec(&answered) {
        Ok(line) => send(&mut stream, line).await,
        Err(error) => Err(error.into()),
    };
    if let Err(error) = sent {
        tracing::warn!(event = "control_not_answered", %error);
    }
}

async fn execute(admin: &Admin, order: &AdminCommand, pages: Option<&str>) -> Answer {
    match admin.execute(order, Where::Serving { pages }).await {
        Ok(report) => Answer::Done(report),
        Err(why) => Answer::Refused(why),
    }
}

async fn take(stream: &mut UnixStream) -> Result<AdminCommand, String> {
    let peer = stream.peer_cred().map_err(|error| error.to_string())?.uid();
    // Read in any case: what is unread when a socket closes takes the answer away.
    let mut line = String::new();
    let mut reader = BufReader::new(stream).take(MAX_ORDER as u64);
    reader.read_line(&mut line).await.map_err(|error| error.to_string())?;

    if !may_order(peer, rustix::process::geteuid().as_raw()) {
        tracing::warn!(event = "control_refused", uid = peer);
        return Err("only root and the user that clientpass runs as may give orders".into());
    }

    serde_json::from_str(&line).map_err(|error| format!("this is no order: {error}"))
}

fn may_order(peer: u32, own: u32) -> bool {
    peer == own || peer == 0
}

async fn send(stream: &mut UnixStream, mut line: Vec<u8>) -> io::Result<()> {
    line.push(b'\n');
    stream.write_all(&line).await?;
    stream.shutdown().await
}

/// Gives an order to the process that serves, and waits for what becomes of it.
pub async fn ask(path: &Path, order: &AdminCommand) -> Result<AdminReply, String> {
    let failed = |error: io::Error| {
        format!(
            "the data directory is in use, and {} does not answer ({error}): another command has it, or clientpass is \
             just being started or stopped; try again",
            path.display()
        )
    };

    let line = serde_json::to_vec(order).map_err(|error| error.to_string())?;
    if line.len() >= MAX_ORDER {
        return Err(format!(
            "this is too much for one command, {} bytes of at most {MAX_ORDER}: do it in parts",
            line.len()
        ));
    }
    let mut stream = UnixStream::connect(path).await.map_err(failed)?;
    send(&mut stream, line).await.map_err(failed)?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).await.map_err(failed)?;

    match serde_json::from_str(&line) {
        Ok(Answer::Done(report)) => Ok(report),
        Ok(Answer::Refused(why)) => Err(why),
        Err(_) => Err(
            "clientpass was stopped, or is of another version, before it had answered; look what has become \
                       of the order"
                .into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::may_order;

    #[test]
    fn root_and_the_own_user_may_give_orders_and_nobody_else() {
        assert!(may_order(1000, 1000) && may_order(0, 1000) && may_order(0, 0));
        assert!(!may_order(1001, 1000) && !may_order(1000, 0));
    }
}

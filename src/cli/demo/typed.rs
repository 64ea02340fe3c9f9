//! What is typed where the demo runs, line by line.

use std::io::{BufRead as _, IsTerminal as _, stdin};

use rustix::process::getpgrp;
use rustix::termios::tcgetpgrp;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Whether it may be read: a process in the background that reads from its terminal is stopped.
pub fn can_be_read() -> bool {
    !stdin().is_terminal() || tcgetpgrp(stdin()).is_ok_and(|foreground| foreground == getpgrp())
}

/// The lines as they come. A thread of its own waits for them, which ends with the process.
pub fn lines() -> UnboundedReceiver<String> {
    let (tell, told) = unbounded_channel();
    std::thread::spawn(move || {
        for line in stdin().lock().lines().map_while(Result::ok) {
            if tell.send(line).is_err() {
                return;
            }
        }
    });
    told
}

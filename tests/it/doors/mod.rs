//! The doors of mail servers, over real sockets.

mod opening;

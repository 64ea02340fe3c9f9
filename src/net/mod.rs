//! The network: what listens, what is connected, TLS, and requests that we make ourselves.

pub mod connections;
pub mod http_client;
pub mod http_server;
pub mod listener;
pub mod local_client;
pub mod stream_server;
pub mod tls;
pub mod tls_stream;

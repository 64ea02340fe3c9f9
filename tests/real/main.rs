//! The service against real mail servers.

//! LDAP: simple binds, and the search for one login before them.

pub mod answer;
pub mod dn;
pub mod filter;
pub mod form;
pub mod message;
pub mod naming;
pub mod search;
pub mod session;

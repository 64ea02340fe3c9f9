//! What the tests share: an application of their own, and actors who make requests.

pub mod actors;
pub mod app;
pub mod contract;
pub mod database;
pub mod entropy;
pub mod faulty;
pub mod ldap;
pub mod proxy;
pub mod receiver;
pub mod time;

pub use actors::{Answer, ClientPassword, Http, Installation, Person};
pub use app::{Options, TestApp};

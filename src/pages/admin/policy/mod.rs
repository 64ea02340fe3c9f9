//! The policy: what members may, in plain words, with a look at what a change would cut off before it is saved.
//!
//! ```text
//!   Policy -> typed -> the form -> typed -> meant -> Policy
//!      |                                               |
//!      +---------> said <----- what would change ------+
//! ```

mod meant;
pub mod page;
mod preview;
mod said;
mod typed;
mod what_if;

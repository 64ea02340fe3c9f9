//! How often account passwords and second-factor codes may be tried: leaky buckets (GCRA, ITU-T I.371), the quotas
//! that a login has in several of them, and what is remembered in bounded memory.

mod quotas;
mod rate_limiter;
mod recent;

pub use quotas::{CODES, LoginQuotas, PASSWORDS, QuotaKind, Quotas};
pub use rate_limiter::{Quota, RateLimiter};
pub use recent::Recent;

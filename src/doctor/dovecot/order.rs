//! What is judged of sources of passwords by where they stand: before clientpass, after it, or as clientpass's own.

use super::passdbs::{Passdb, Passdbs};
use super::{kinds, others, ours};
use crate::doctor::Findings;

/// `offered` are the mechanisms that carry a password; `unknown` is whether logins that clientpass does not know are left
/// to the next passdb.
pub(super) fn judge(passdbs: &Passdbs<'_>, offered: &[String], unknown: bool, found: &mut Findings) {
    let all = passdbs.all();
    let before: Vec<&Passdb<'_>> = all.iter().take_while(|passdb| !passdb.ours).collect();
    let after = all.iter().skip(before.len()).filter(|passdb| !passdb.ours);

    for passdb in &before {
        others::judge_before(passdb, found);
    }
    for passdb in after {
        others::judge_after(passdb, found);
        if unknown {
            others::judge_short_logins(passdb, found);
        }
    }
    for passdb in all.iter().filter(|passdb| !passdb.ours) {
        others::judge(passdb, found);
    }

    let last = all.len().saturating_sub(1);
    for (at, passdb) in all.iter().enumerate().filter(|(_, passdb)| passdb.ours) {
        ours::judge(passdb, ours::Around { before: &before, others_follow: at < last, offered }, found);
    }

    if all.last().is_some_and(|passdb| passdb.ours) {
        found.find(
            &kinds::NO_NEXT_PASSDB,
            "no passdb comes after that of clientpass",
            "passdb { driver = passwd-file  args = /dev/null }     # after it; knows nobody",
        );
    }
}

//! In what a backup and the data that it takes the place of did not agree, and what came of it.

use rusqlite::{Connection, Row};
use uuid::Uuid;

/// Organizations that both know, and members in whom they differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Every organization that both know.
    pub organizations: Vec<RestoredOrganization>,
    /// Members who have not left, and are not in both as they are now.
    pub members: Vec<DifferingMember>,
}

/// An organization after a restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoredOrganization {
    /// The id that it has in both.
    pub id: Uuid,
    /// Members who are not in the backup, so are no more.
    pub lost_members: i64,
}

/// A member after a restore. Of three values the first is the backup's, the second that of the data in place, the last
/// what it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DifferingMember {
    /// The id of the member, the same in both.
    pub id: Uuid,
    /// The organization that the member belongs to.
    pub organization_id: Uuid,
    /// Rank of the role.
    pub role: [i64; 3],
    /// The name of the state.
    pub state: [String; 3],
    /// Whether secure login is on.
    pub secure_login: [bool; 3],
    /// Whether the account password was another in the backup; it is the one in place.
    pub account_password: bool,
    /// Whether the confirmed factors were others in the backup; they are those in place.
    pub factors: bool,
    /// Client passwords that are not in the backup, and opened mail.
    pub lost_client_passwords: i64,
}

const ORGANIZATIONS: &str = "\
SELECT o.id, (SELECT count(*) FROM live.members l WHERE l.organization_id = o.id AND l.state <> 'left' \
              AND l.id NOT IN (SELECT id FROM main.members))
FROM main.organizations o JOIN live.organizations b ON b.id = o.id ORDER BY o.id";

const MEMBERS: &str = "\
SELECT m.id, m.organization_id, d.backup_role, d.live_role, m.role, d.backup_state, d.live_state, m.state,
       d.backup_secure_login, d.live_secure_login, m.secure_login, d.account_password, d.factors,
       d.lost_client_passwords
FROM temp.differing_members d JOIN main.members m ON m.id = d.id ORDER BY m.id";

impl Differences {
    /// After `sql/restore` has run, as long as the data in place are attached.
    pub(super) fn read(copy: &Connection) -> rusqlite::Result<Self> {
        let organization =
            |row: &Row| Ok(RestoredOrganization { id: id(row, 0)?, lost_members: row.get(1)? });
        let organizations =
            copy.prepare(ORGANIZATIONS)?.query_map([], organization)?.collect::<Result<_, _>>()?;
        let members = copy.prepare(MEMBERS)?.query_map([], member)?.collect::<Result<_, _>>()?;
        Ok(Self { organizations, members })
    }
}

fn member(row: &Row) -> rusqlite::Result<DifferingMember> {
    Ok(DifferingMember {
        id: id(row, 0)?,
        organization_id: id(row, 1)?,
        role: three(row, 2)?,
        state: three(row, 5)?,
        secure_login: three(row, 8)?,
        account_password: row.get(11)?,
        factors: row.get(12)?,
        lost_client_passwords: row.get(13)?,
    })
}

/// Three columns from `first` on.
fn three<T: rusqlite::types::FromSql>(row: &Row, first: usize) -> rusqlite::Result<[T; 3]> {
    Ok([row.get(first)?, row.get(first + 1)?, row.get(first + 2)?])
}

fn id(row: &Row, column: usize) -> rusqlite::Result<Uuid> {
    row.get::<_, [u8; 16]>(column).map(Uuid::from_bytes)
}

//! Lists as files: a line of JSON for each item (NDJSON), or a table for spreadsheets (CSV, RFC 4180).
//!
//! Labels, names of clients and names of people come from strangers. A spreadsheet computes whatever begins like a formula,
//! so a cell that does gets an apostrophe before it: then it is text.

use serde_json::Value;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table with a line of names.
    Csv,
    /// An object a line.
    Ndjson,
}

impl Format {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Csv, Self::Ndjson];

    /// Its name, which is also how names of such files end.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    /// From its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The media type, without parameters.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// The same as it is said of an answer.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        }
    }
}

/// A column of a table: its name, and where its value is in the object (RFC 6901).
pub type Column = (&'static str, &'static str);

/// The columns of client passwords. The login is the member's, which the object does not have.
pub const CLIENT_PASSWORDS: &[Column] = &[
    ("id", "/id"),
    ("member_id", "/member_id"),
    ("login", "/login"),
    ("label", "/label"),
    ("protocols", "/protocols"),
    ("networks", "/networks"),
    ("state", "/state"),
    ("created_at", "/created_at"),
    ("expires_at", "/expires_at"),
    ("ended_at", "/ended_at"),
    ("ended_reason", "/ended_reason"),
    ("ends_at", "/ends_at"),
    ("ends_because", "/ends_because"),
    ("last_used_at", "/last_used/at"),
    ("last_used_protocol", "/last_used/protocol"),
    ("last_used_ip", "/last_used/ip"),
    ("last_used_client", "/last_used/client"),
    ("stale_use_at", "/stale_use/at"),
    ("stale_use_protocol", "/stale_use/protocol"),
    ("stale_use_ip", "/stale_use/ip"),
    ("stale_use_count", "/stale_use/count"),
    ("replaces", "/replaces"),
    ("replaced_by", "/replaced_by"),
];

/// The columns of members.
pub const MEMBERS: &[Column] = &[
    ("id", "/id"),
    ("login", "/login"),
    ("display_name", "/display_name"),
    ("role", "/role"),
    ("state", "/state"),
    ("sign_in", "/sign_in"),
    ("secure_login", "/secure_login/enabled"),
    ("secure_login_since", "/secure_login/since"),
    ("secure_login_required", "/secure_login/required"),
    ("secure_login_required_from", "/secure_login/required_from"),
    ("department_ids", "/department_ids"),
    ("admin_department_ids", "/admin_department_ids"),
    ("created_at", "/created_at"),
];

/// The columns of audit events.
pub const AUDIT_EVENTS: &[Column] = &[
    ("id", "/id"),
    ("seq", "/seq"),
    ("at", "/at"),
    ("actor_kind", "/actor/kind"),
    ("actor_id", "/actor/id"),
    ("action", "/action"),
    ("member_id", "/member_id"),
    ("targets", "/targets"),
    ("reason", "/reason"),
    ("details", "/details"),
    ("request_id", "/request_id"),
];

/// What stands before the first item.
pub fn head(format: Format, columns: &[Column]) -> String {
    match format {
        Format::Ndjson => String::new(),
        Format::Csv => line(columns.iter().map(|(name, _)| (*name).to_owned())),
    }
}

/// An item as a line.
pub fn item(format: Format, columns: &[Column], item: &Value) -> String {
    match format {
        Format::Ndjson => format!("{item}\n"),
        Format::Csv => line(columns.iter().map(|(_, place)| cell(item.pointer(place)))),
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let mut line = cells.collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

/// A value as a cell; of several texts one after the other. What has more in it stays JSON.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text_cell(text),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            text_cell(&items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "))
        }
        Some(other) => text_cell(&other.to_string()),
    }
}

/// A text as a cell that no spreadsheet computes.
pub fn text_cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let quoted = text.replace('"', "\"\"");
    format!("\"{}{quoted}\"", if is_formula { "'" } else { "" })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cell_is_text_whatever_is_in_it() {
        for (text, shown) in [
            ("My phone", "\"My phone\""),
            ("a,b\"c\"", "\"a,b\"\"c\"\"\""),
            ("=HYPERLINK(1)", "\"'=HYPERLINK(1)\""),
            ("@sum", "\"'@sum\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("＝1", "\"'＝1\""),
            ("two\nlines", "\"two\nlines\""),
            ("2 = 1 + 1", "\"2 = 1 + 1\""),
            ("", "\"\""),
        ] {
            assert_eq!(text_cell(text), shown);
        }
    }

    #[test]
    fn an_item_is_a_line_of_either_form() {
        let columns = &[("id", "/id"), ("names", "/names"), ("at", "/use/at"), ("more", "/more")];
        let one = json!({"id": 7, "names": ["a", "=b"], "use": null, "more": {"x": "y"}});
        assert_eq!(head(Format::Csv, columns), "id,names,at,more\r\n");
        assert_eq!(item(Format::Csv, columns, &one), "7,\"a =b\",,\"{\"\"x\"\":\"\"y\"\"}\"\r\n");
        assert_eq!(head(Format::Ndjson, columns), "");
        assert_eq!(item(Format::Ndjson, columns, &one), format!("{one}\n"));
    }
}

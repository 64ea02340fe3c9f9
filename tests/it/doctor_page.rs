//! `docs/doctor.md` says what the doctor finds, and nothing else.

use clientpass::doctor::page::markdown;

#[test]
fn the_doctors_page_is_made_of_the_table_of_its_findings() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/doctor.md")).unwrap();
    let made = markdown();
    let differs = page.lines().zip(made.lines()).find(|(page, made)| page != made);
    assert_eq!(differs, None, "make the page anew: clientpass doctor --kinds > docs/doctor.md");
    assert_eq!(page.lines().count(), made.lines().count(), "clientpass doctor --kinds > docs/doctor.md");
}

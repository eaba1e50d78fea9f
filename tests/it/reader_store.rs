//! What the store remembers for the reader: how the visits of each day went.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use jiff::Timestamp;
use rusqlite::Connection;
use tintinh::model::alarm::AlarmKind;
use tintinh::model::portal::PortalId;
use tintinh::query::article::day;
use tintinh::store::FILE_NAME;
use tintinh::store::ObservedFailure;
use tintinh::store::Store;
use tintinh::store::VisitDay;
use tintinh::store::VisitObservations;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn failure(source: &str, kind: Option<AlarmKind>) -> ObservedFailure {
    ObservedFailure { source: source.to_owned(), message: "m".to_owned(), kind, evidence: None }
}

/// A visit with these failures; well as a whole or not.
fn visit(is_well: bool, failed: Vec<ObservedFailure>, new: bool) -> VisitObservations {
    let well = if is_well { vec![String::new()] } else { Vec::new() };
    VisitObservations { pages: Vec::new(), new, failed, well }
}

#[tokio::test]
async fn visits_are_counted_by_day_and_by_how_they_went() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let portal = PortalId::new("p").unwrap();
    // Before midnight in +07:00, and after it.
    let (first, second) = (at("2026-11-24T16:59:00Z"), at("2026-11-24T17:01:00Z"));
    for (seen, now) in [
        (visit(true, Vec::new(), true), first),
        (visit(true, Vec::new(), false), first),
        (visit(true, vec![failure("a", None)], false), first),
        (visit(false, vec![failure("", None)], false), second),
        (visit(true, vec![failure("a", Some(AlarmKind::ClosedByRobots))], false), second),
        // It was cut off.
        (visit(false, Vec::new(), false), second),
    ] {
        store.observe(&portal, seen, now).await.unwrap();
    }
    let days = store.visit_days(0).await.unwrap();
    let of = |at| VisitDay { day: day(at), ..VisitDay::default() };
    let wanted = [
        (portal.clone(), VisitDay { well: 2, partly: 1, new: 1, ..of(first) }),
        (portal.clone(), VisitDay { failed: 1, closed: 1, ..of(second) }),
    ];
    assert_eq!(days, wanted);
    assert_eq!(store.visit_days(day(second)).await.unwrap(), wanted[1..]);
    // What is older than is ever shown is forgotten.
    let later = at("2027-02-24T17:01:00Z");
    store.observe(&portal, visit(true, Vec::new(), false), later).await.unwrap();
    assert_eq!(store.visit_days(0).await.unwrap(), [(portal, VisitDay { well: 1, ..of(later) })]);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test makes the database of an older program")]
async fn a_database_of_the_format_before_counts_from_now_on() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path()).await.unwrap());
    let path = folder.path().join(FILE_NAME);
    // Without what the formats 12 (visits by day), 13 (the backlog's mark) and 14 (attachments) added.
    let older = "DROP TABLE visit_days; ALTER TABLE links DROP COLUMN backlog; DROP TABLE attachments; DROP TABLE attachment_days; PRAGMA user_version = 11";
    Connection::open(&path).unwrap().execute_batch(older).unwrap();
    assert!(Store::open_read_only(folder.path()).await.is_err(), "it is upgraded by the service alone");
    let store = Store::open(folder.path()).await.unwrap();
    store
        .observe(&PortalId::new("p").unwrap(), visit(true, Vec::new(), true), at("2026-11-24T00:00:00Z"))
        .await
        .unwrap();
    assert_eq!(store.visit_days(0).await.unwrap().len(), 1);
    assert!(folder.path().join("tintinh.v11.backup.db").exists());
}

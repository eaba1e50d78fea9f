//! Leases, walks and settlements as a visit relies on them; databases that are refused.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use jiff::SignedDuration;
use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::json;
use tintinh::discover::Step;
use tintinh::model::failure::Failure;
use tintinh::model::failure::FailureClass;
use tintinh::model::link::Discovery;
use tintinh::model::link::Hints;
use tintinh::model::link::Link;
use tintinh::model::link::SourceKind;
use tintinh::model::origin::OriginMemory;
use tintinh::model::origin::RobotsMemory;
use tintinh::model::origin::UnterminatedBody;
use tintinh::model::outcome::Outcome;
use tintinh::model::outcome::Rejection;
use tintinh::model::pace::Pace;
use tintinh::model::page::Revalidation;
use tintinh::model::page::Validators;
use tintinh::model::portal::GroupId;
use tintinh::model::portal::PortalId;
use tintinh::model::portal::SourceId;
use tintinh::model::record::Record;
use tintinh::model::record::WithdrawalReason;
use tintinh::model::request::Expect;
use tintinh::model::request::Request;
use tintinh::store::Article;
use tintinh::store::FILE_NAME;
use tintinh::store::Lease;
use tintinh::store::Registration;
use tintinh::store::Settlement;
use tintinh::store::SourceMove;
use tintinh::store::SourcePage;
use tintinh::store::Store;
use tintinh::store::StoreError;
use tintinh::store::StoredValidators;
use tintinh::store::VisitEnd;
use tintinh::store::WalkEnd;
use tintinh::store::WalkFailure;
use tintinh::text::fingerprint::article_id;
use tintinh::url::PageUrl;

use crate::cluster::Home;
use crate::cluster::is_on_postgres;

const LEASE: Duration = Duration::from_mins(10);

pub(crate) fn at(minutes: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
}

fn portal(id: &str) -> PortalId {
    PortalId::new(id).unwrap()
}

pub(crate) fn source() -> SourceId {
    SourceId::new("tin").unwrap()
}

/// A store that knows the portals `a` and `b` of one group, and `c` of another.
async fn store() -> (Home, Store) {
    let folder = Home::new(module_path!());
    let store = Store::open(&folder.address).await.unwrap();
    registered(&store).await;
    (folder, store)
}

/// Registers the portals of these tests.
pub(crate) async fn registered(store: &Store) {
    let group = |id: &str, group: &str| Registration { portal: portal(id), group: GroupId::new(group).unwrap() };
    store.register(&[group("a", "chung"), group("b", "chung"), group("c", "rieng")], at(0)).await.unwrap();
}

pub(crate) async fn claim(store: &Store, minute: i64) -> Option<Lease> {
    store.claim(&[portal("a"), portal("b"), portal("c")], at(minute), LEASE).await.unwrap()
}

pub(crate) fn link(number: u32) -> Link {
    let url = PageUrl::parse(&format!("http://a.example/bai-{number}.html")).unwrap();
    let discovery = Discovery { source: source(), kind: SourceKind::Listing, url: url.clone(), guid: None };
    Link { url, hints: Hints::default(), discovery }
}

/// The address of the one source.
pub(crate) fn address() -> PageUrl {
    PageUrl::parse("http://a.example/tin").unwrap()
}

fn record(id: &str, number: u32) -> Box<Record> {
    let record = json!({
        "schema_version": 1, "id": id, "revision": 1, "portal": "a", "outlet": "A", "url": "http://a.example/",
        "final_url": "http://a.example/", "canonical_url": "http://a.example/", "title": "Tiêu đề", "content_text": format!("Thân bài {number}"),
        "content_html": "<p>Thân bài</p>", "language": "vi", "date_fetched": "2025-07-01T08:00:00+07:00",
        "content_hash": format!("{number:032}"), "discovery": {"kind": "listing", "url": "http://a.example/tin"},
        "http": {"status": 200, "charset": "utf-8"}, "extraction": {"rules": [], "version": "0", "origins": {}}
    });
    Box::new(serde_json::from_value(record).unwrap())
}

pub(crate) fn settlement(id: &str) -> Settlement {
    Settlement { id: id.to_owned(), outcome: Outcome::Unchanged, answered: None, not_before: None, raw: None }
}

/// An article whose text says its number.
pub(crate) fn article(id: &str, number: u32) -> Article {
    Article { record: record(id, number), credit: None, is_misnamed: false, is_moved: false }
}

pub(crate) fn named(links: impl IntoIterator<Item = Link>) -> Vec<(String, Link)> {
    links.into_iter().map(|link| (article_id(&link.url.canonical()), link)).collect()
}

fn end(minute: i64) -> VisitEnd {
    VisitEnd { next_due: at(minute), last_request: Some(at(0)), failure: None, unfinished: false, idle: false }
}

#[tokio::test]
async fn a_group_is_leased_to_one_visit_and_a_lease_is_given_once() {
    let (_folder, store) = store().await;
    let first = claim(&store, 0).await.unwrap();
    let second = claim(&store, 0).await.unwrap();
    assert_eq!((first.portal.as_str(), second.portal.as_str()), ("a", "c"));
    assert_eq!(claim(&store, 0).await, None, "b waits for its group");
    assert_eq!(store.next_due(&[portal("b")]).await.unwrap(), Some(first.until));
    store.end_visit(&first, end(60), at(1)).await.unwrap();
    let third = claim(&store, 1).await.unwrap();
    assert_eq!((third.portal.as_str(), third.last_request), ("b", Some(at(0))), "the group's last request is kept");
    let reopened = claim(&store, 10).await;
    assert_eq!(reopened.unwrap().portal, second.portal, "a lease that ran out is given again");
}

#[tokio::test]
async fn a_lost_lease_writes_nothing() {
    let (_folder, store) = store().await;
    let old = claim(&store, 0).await.unwrap();
    store.begin_walk(&old, &source(), &address(), at(0)).await.unwrap();
    store.take_up(&old, &source(), named([link(1)]), false, at(0)).await.unwrap();
    let pending = store.next_link(&old, &[], at(0)).await.unwrap().unwrap();
    let refused =
        |result: Result<(), StoreError>| assert!(matches!(result, Err(StoreError::LeaseLost(_))), "{result:?}");
    // It ran out.
    refused(store.settle_article(&old, settlement(&pending.id), article("x", 1), at(10)).await.map(drop));
    // It was given to another.
    let new = store.claim(std::slice::from_ref(&old.portal), at(10), LEASE).await.unwrap().unwrap();
    assert!(new.fence > old.fence);
    refused(store.settle(&old, settlement(&pending.id), at(9)).await);
    refused(store.end_visit(&old, end(60), at(9)).await);
    refused(store.take_up(&old, &source(), named([link(2)]), false, at(9)).await.map(drop));
    assert_eq!(store.outbox(10, &[]).await.unwrap().rows, []);
    assert_eq!(store.next_link(&new, &[], at(10)).await.unwrap().unwrap(), pending, "found pending, as it was");
}

#[tokio::test]
async fn a_settlement_is_written_with_its_record_and_outbox_row() {
    let (_folder, store) = store().await;
    let lease = claim(&store, 0).await.unwrap();
    store.begin_walk(&lease, &source(), &address(), at(0)).await.unwrap();
    store.take_up(&lease, &source(), named([link(1), link(2)]), false, at(0)).await.unwrap();
    let first = store.next_link(&lease, &[], at(0)).await.unwrap().unwrap();
    store.settle_article(&lease, settlement(&first.id), article("x", 1), at(0)).await.unwrap();
    let second = store.next_link(&lease, &[], at(0)).await.unwrap().unwrap();
    assert_ne!(second.id, first.id, "what is settled is not pending");
    store.settle_article(&lease, settlement(&second.id), article("x", 2), at(0)).await.unwrap();
    let rows = store.outbox(10, &[]).await.unwrap().rows;
    let keys: Vec<(&str, u32)> = rows.iter().map(|row| (row.id.as_str(), row.revision)).collect();
    assert_eq!(keys, [("x", 1), ("x", 2)], "in the order of settling");
    store.delivered(&[rows[0].sequence]).await.unwrap();
    assert_eq!(store.outbox(10, &[]).await.unwrap().rows, rows[1..]);
    assert_eq!(store.find_record("x").await.unwrap().unwrap().revision, 2);
}

#[tokio::test]
async fn what_an_unfinished_walk_brought_still_counts_as_new() {
    let (_folder, store) = store().await;
    let lease = claim(&store, 0).await.unwrap();
    let take_up = async |numbers: &[u32]| {
        let links = numbers.iter().map(|number| link(*number));
        store.take_up(&lease, &source(), named(links), false, at(0)).await.unwrap()
    };
    assert_eq!(store.begin_walk(&lease, &source(), &address(), at(0)).await.unwrap(), 1);
    let sighted = take_up(&[1, 2]).await;
    assert_eq!((sighted.new, sighted.new_to_source), (2, 2));
    // The process is killed here, and the walk begins again.
    assert!(store.source_state(&lease.portal, &source()).await.unwrap().unfinished);
    assert_eq!(store.begin_walk(&lease, &source(), &address(), at(0)).await.unwrap(), 1);
    let sighted = take_up(&[1, 2]).await;
    assert_eq!((sighted.new, sighted.new_to_source), (0, 2), "so that the walk goes on to the next page");
    store.end_walk(&lease, &source(), walk_end(), at(0)).await.unwrap();
    assert_eq!(store.begin_walk(&lease, &source(), &address(), at(0)).await.unwrap(), 2);
    let sighted = take_up(&[1, 2, 3]).await;
    assert_eq!((sighted.new, sighted.new_to_source), (1, 1));
}

fn walk_end() -> WalkEnd {
    WalkEnd { address: address(), not_before: None, moved: None, pace: Pace::default(), renewed: Vec::new() }
}

#[tokio::test]
async fn what_a_source_gave_and_said_is_kept() {
    let (_folder, store) = store().await;
    let lease = claim(&store, 0).await.unwrap();
    let number = store.begin_walk(&lease, &source(), &address(), at(0)).await.unwrap();
    let etag = Validators { etag: Some(b"\"\xff1\"".to_vec()), last_modified: None };
    let final_url = PageUrl::parse("http://a.example/danh-sach").unwrap();
    let given =
        StoredValidators { revalidation: Revalidation { url: final_url.clone(), validators: etag }, full_at: at(0) };
    let page = SourcePage {
        url: address().to_string(),
        body_hash: "00".to_owned(),
        walk: number,
        next: vec![Step { request: Request::get(address(), Expect::Html), number: 1 }],
    };
    store.keep_page(&lease, &source(), page.clone(), given.clone(), at(0)).await.unwrap();
    let moved =
        SourceMove { to: PageUrl::parse("http://a.example/moi").unwrap(), days: 2, last_day: "2026-11-24".to_owned() };
    let wishes = Pace { skip_days: 3, ..Pace::default() };
    let end = WalkEnd { not_before: Some(at(9)), moved: Some(moved.clone()), pace: wishes, ..walk_end() };
    store.end_walk(&lease, &source(), end, at(1)).await.unwrap();
    let state = store.source_state(&lease.portal, &source()).await.unwrap();
    assert_eq!((&state.pages, &state.given), (&vec![page], &vec![given.clone()]), "byte for byte");
    assert_eq!((state.not_before, state.moved, state.pace), (Some(at(9)), Some(moved), wishes));
    // An answer that gives nothing takes away what was given.
    let nothing = StoredValidators {
        revalidation: Revalidation { url: final_url, validators: Validators::default() },
        full_at: at(2),
    };
    let failed = WalkFailure {
        address: address(),
        failure: Failure { class: FailureClass::Permanent, message: "410".to_owned(), retry_after: None },
        not_before: None,
        is_gone: true,
        forget_move: true,
        renewed: vec![nothing.clone()],
    };
    store.fail_walk(&lease, &source(), failed.clone(), at(2)).await.unwrap();
    let state = store.source_state(&lease.portal, &source()).await.unwrap();
    assert_eq!((state.given, state.gone_since, state.moved, state.failures), (vec![nothing], Some(at(2)), None, 1));
    // What was learned of another address is forgotten.
    let address = PageUrl::parse("http://a.example/khac").unwrap();
    store.fail_walk(&lease, &source(), WalkFailure { address, is_gone: false, ..failed }, at(3)).await.unwrap();
    let state = store.source_state(&lease.portal, &source()).await.unwrap();
    assert_eq!((state.gone_since, state.failures, state.pace), (None, 1, Pace::default()));
}

/// Links settled at `first_seen`, each with what its settlement planned.
async fn settled(store: &Store, first_seen: i64, numbers: &[u32], outcome: &Outcome, planned: Option<i64>) {
    let lease = claim(store, first_seen).await.unwrap();
    store.begin_walk(&lease, &source(), &address(), at(first_seen)).await.unwrap();
    let links = named(numbers.iter().copied().map(link));
    store.take_up(&lease, &source(), links.clone(), false, at(first_seen)).await.unwrap();
    for (id, _) in links {
        let settlement = Settlement { outcome: outcome.clone(), not_before: planned.map(at), ..settlement(&id) };
        store.settle(&lease, settlement, at(first_seen)).await.unwrap();
    }
    store.end_visit(&lease, VisitEnd { next_due: at(0), ..end(0) }, at(first_seen)).await.unwrap();
}

/// When each link is asked again, in minutes.
async fn plans(store: &Store, numbers: &[u32]) -> Vec<Option<i64>> {
    let mut plans = Vec::new();
    for number in numbers {
        let found = store.find_link(link(*number).url.as_str()).await.unwrap().unwrap();
        plans.push(found.not_before.map(|moment| moment.as_second() / 60));
    }
    plans
}

/// Ages that are added reach articles whose looks had ended, and those that wait for a later age; each at its own age.
#[tokio::test]
async fn added_ages_reach_articles_whose_looks_had_ended() {
    let (_folder, store) = store().await;
    let ages = |minutes: &[u64]| minutes.iter().map(|age| Duration::from_mins(*age)).collect::<Vec<_>>();
    store.plan_looks(&ages(&[10]), at(0)).await.unwrap();
    settled(&store, 0, &[1], &Outcome::Unchanged, None).await;
    settled(&store, 100, &[2, 3], &Outcome::Gone(WithdrawalReason::NotFound), None).await;
    let image = Rejection::WrongType("image/png".to_owned());
    settled(&store, 100, &[4], &Outcome::Rejected(image), None).await;
    settled(&store, 110, &[5], &Outcome::Unchanged, Some(500)).await;
    settled(&store, 110, &[6], &Outcome::Unchanged, Some(115)).await;
    let failure = Failure::new(FailureClass::Permanent, "x", None);
    settled(&store, 110, &[7], &Outcome::Failed(failure), Some(900)).await;
    let all = [1, 2, 3, 4, 5, 6, 7];
    let before = [None, None, None, None, Some(500), Some(115), Some(900)];
    assert_eq!(store.plan_looks(&ages(&[10]), at(120)).await.unwrap(), 0);
    assert_eq!(plans(&store, &all).await, before);
    // The first is older than the last age, the fourth will never be an article, the sixth is due, the seventh failed.
    assert_eq!(store.plan_looks(&ages(&[10, 60, 90]), at(120)).await.unwrap(), 3);
    let after = [None, Some(160), Some(160), None, Some(170), Some(115), Some(900)];
    assert_eq!(plans(&store, &all).await, after);
    assert_eq!(store.plan_looks(&ages(&[10, 60, 90]), at(120)).await.unwrap(), 0);
    // Ages that are taken away leave the plans that were made.
    assert_eq!(store.plan_looks(&ages(&[10]), at(120)).await.unwrap(), 0);
    assert_eq!(plans(&store, &all).await, after);
}

#[tokio::test]
async fn origins_are_remembered() {
    let (folder, store) = store().await;
    let robots = RobotsMemory { fetched: at(1), body: Bytes::from_static(b"User-agent: *\n\xff") };
    let unended = vec![UnterminatedBody { path: "/a".into(), body: "0f".into(), times: 2 }];
    let (origin, rest_until) = ("http://a.example".to_owned(), Some(at(60)));
    let memory = OriginMemory { origin, rest_until, refusals: 2, robots: Some(robots), unended };
    let (origin, unended) = ("http://b.example".to_owned(), Vec::new());
    let other = OriginMemory { origin, rest_until: None, refusals: 0, robots: None, unended };
    store.keep_origins(vec![memory.clone(), other.clone()]).await.unwrap();
    let memory = OriginMemory { rest_until: None, refusals: 0, ..memory };
    store.keep_origins(vec![memory.clone()]).await.unwrap();
    drop(store);
    assert_eq!(Store::open(&folder.address).await.unwrap().origins().await.unwrap(), [memory, other]);
}

#[expect(clippy::disallowed_methods, reason = "the test makes a state that no verb of the store makes")]
fn sql(folder: &Path, statements: &str) {
    Connection::open(folder.join(FILE_NAME)).unwrap().execute_batch(statements).unwrap();
}

#[tokio::test]
async fn databases_that_cannot_be_trusted_are_refused_and_left_alone() {
    // Of a server's, `postgres_faults` tells.
    if is_on_postgres(module_path!()) {
        return;
    }
    let (folder, opened) = store().await;
    drop(opened);
    sql(folder.path(), "PRAGMA user_version = 999;");
    let newer = Store::open(folder.path()).await.unwrap_err();
    assert!(matches!(newer, StoreError::TooNew { found: 999, .. }), "{newer}");
    assert!(newer.to_string().contains("a newer one"), "{newer}");

    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(FILE_NAME), "this is no database, but long enough to be one ".repeat(100)).unwrap();
    let before = fs::read(folder.path().join(FILE_NAME)).unwrap();
    let error = Store::open(folder.path()).await.unwrap_err();
    assert!(error.to_string().contains("database"), "{error}");
    assert_eq!(fs::read(folder.path().join(FILE_NAME)).unwrap(), before);
}

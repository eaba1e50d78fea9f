//! Pages each of which breaks the program in another way stand first on their portal's list: each costs itself alone.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use crate::sites::Fault;
use crate::sites::FaultKind;
use serde_json::Value;
use tintinh::store::Store;

use crate::doctor::check_healthy;
use crate::doctor::connection;
use crate::doctor::sql;
use crate::world::World;
use crate::world::by_key;
use crate::world::end_of;

const PORTAL: &str = "demo-khanhmau";

/// How a portal stands.
async fn status(world: &World) -> Value {
    let status: Value = serde_json::from_str(&world.run_well(&["status", "--json"]).await).unwrap();
    status["portals"].as_array().unwrap().iter().find(|portal| portal["portal"] == PORTAL).unwrap().clone()
}

/// Addresses in the order in which a visit works on them.
fn links(world: &World) -> Vec<String> {
    let connection = connection(world);
    let mut statement = connection.prepare("SELECT url FROM links WHERE outcome = 'recorded' ORDER BY number").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// A portal's world, and what it gives where nothing goes wrong.
async fn healthy() -> (World, Vec<String>) {
    let world = World::new().await;
    world.only(&[PORTAL]);
    world.run_well(&["fetch"]).await;
    let links = links(&world);
    assert!(links.len() > 5, "{links:?}");
    (world, links)
}

/// The database refuses a record by a rule, and another because it is too large; a page is larger than any may be; the program panics on a fourth and does
/// not come to an end on a fifth. None of them keeps the others from being recorded, and each says what is wrong with it.
#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_with_a_page_costs_that_page_alone() {
    let (whole, links) = healthy().await;
    let world = World::new().await;
    world.only(&[PORTAL]);
    drop(Store::open(&world.path().join("state")).await.unwrap());
    let trigger = |name: &str, url: &str, does: &str| {
        let of_page = format!("json_extract(new.json, '$.url') = '{url}'");
        sql(&world, &format!("CREATE TRIGGER {name} BEFORE INSERT ON records WHEN {of_page} BEGIN {does}; END"));
    };
    trigger("refuses", &links[0], "SELECT raise(ABORT, 'no such letters here')");
    trigger("overflows", &links[1], "SELECT length(zeroblob(2000000000))");
    let (host, path) = links[2].strip_prefix("http://").unwrap().split_once('/').unwrap();
    world.sites.set_fault(host, Some(Fault::below(&format!("/{path}"), FaultKind::Endless)));
    let mut command = world.command(&["fetch"]);
    // A page that does not come is not read: the fourth is the third that is.
    command.env("TINTINH_FAILPOINTS", "extract=panic@3;extract=hang@4");
    let done = end_of(command.spawn().unwrap()).await;
    assert_eq!(done.code, Some(1), "{done:#?}");
    let too_large = format!("{host}: the answer has more than");
    let reasons = [
        "the store refused the record: the database refused: no such letters here",
        "the store refused the record: the database refused: string or blob too big",
        too_large.as_str(),
        "bug in extraction: failpoint extract: panic",
        "bug in extraction: it ran longer than 60 s",
    ];
    // The others are recorded, and what SQLite said is logged.
    assert_eq!(world.records().len(), links.len() - reasons.len(), "{done:#?}");
    assert!(reasons.iter().all(|reason| done.err.contains(reason)), "{}", done.err);
    let portal = status(&world).await;
    assert_eq!((&portal["quarantined"], &portal["failed"]), (&5.into(), &0.into()), "{portal:#}");
    let text = world.run_well(&["status"]).await;
    for (url, reason) in links.iter().zip(reasons) {
        assert!(text.contains(&format!("{PORTAL}: set aside: {url}: {reason}")), "{text}");
        let is_it = |one: &Value| one["url"] == **url && one["reason"].as_str().unwrap().starts_with(reason);
        assert!(portal["set_aside"].as_array().unwrap().iter().any(is_it), "{portal:#}");
        let explained = world.run_well(&["explain", url]).await;
        assert!(explained.contains(&format!("outcome   quarantined: {reason}")), "{explained}");
        assert!(explained.contains("attempts  1 failed in a row"), "{explained}");
    }
    // The next visit does not come back to them.
    world.run_well(&["fetch"]).await;
    assert_eq!(status(&world).await["quarantined"], 5);
    // Once what is wrong is mended, those that came are read from the pages that were kept.
    sql(&world, "DROP TRIGGER refuses; DROP TRIGGER overflows");
    world.sites.set_fault(host, None);
    let asked = world.sites.log().len();
    world.run_well(&["retry"]).await;
    let asked: Vec<_> = world.sites.log()[asked..].iter().map(|request| request.path.clone()).collect();
    assert_eq!(asked, [format!("/{path}")], "only the page that never came is asked for");
    assert_eq!(by_key(&world.records()), by_key(&whole.records()));
    let portal = status(&world).await;
    assert_eq!((&portal["quarantined"], &portal["set_aside"]), (&0.into(), &Value::Array(Vec::new())), "{portal:#}");
    check_healthy(&world).await;
}

/// What is stored of the first link cannot be read back, and the rows of the second cannot be changed at all.
#[tokio::test(flavor = "multi_thread")]
async fn rows_that_cannot_be_read_or_written_hold_up_no_others() {
    let (world, links) = healthy().await;
    sql(
        &world,
        "UPDATE links SET state = 'pending', not_before = 0, settled = 0, etag = NULL; UPDATE portals SET next_due = 0, continued = 1",
    );
    sql(&world, &format!("UPDATE links SET link = '{{\"url\":' WHERE url = '{}'", links[0]));
    let frozen = format!("BEFORE UPDATE ON links WHEN old.url = '{}'", links[1]);
    sql(&world, &format!("CREATE TRIGGER frozen {frozen} BEGIN SELECT raise(ABORT, 'frozen'); END"));
    let before = world.sites.log().len();
    let done = world.run(&["fetch"]).await;
    assert_eq!(done.code, Some(1), "{done:#?}");
    assert!(done.err.contains(&format!("skipped an article of {PORTAL}: {}", links[0])), "{}", done.err);
    assert!(
        done.err.contains(&format!(
            "skipped an article of {PORTAL}: {}: the store refused the record: the database refused: frozen",
            links[1]
        )),
        "{}",
        done.err
    );
    let asked = world.sites.log().len() - before;
    assert!(asked >= links.len() - 1, "{asked} requests: all others were looked at");
    let portal = status(&world).await;
    assert_eq!((&portal["quarantined"], &portal["last_error"]), (&1.into(), &Value::Null), "{portal:#}");
    let told = world.run(&["doctor"]).await;
    assert!(told.out.contains("cannot be read"), "{told:#?}");
    let explained = world.run_well(&["explain", &links[0]]).await;
    assert!(explained.contains("how it was found cannot be read from the store"), "{explained}");
    // Its source shows it again: what cannot be read gives way.
    sql(
        &world,
        "DROP TRIGGER frozen; DELETE FROM source_pages; DELETE FROM source_validators; UPDATE portals SET next_due = 0, continued = 0",
    );
    world.run_well(&["fetch"]).await;
    assert_eq!(status(&world).await["quarantined"], 0);
    check_healthy(&world).await;
}

/// A store that is ill as a whole is no matter of a page: the visit ends, and no attempt is counted.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_ill_counts_no_attempt() {
    for trouble in ["ENOSPC", "EIO", "CORRUPT"] {
        let world = World::new().await;
        world.only(&[PORTAL]);
        let (whole, _) = healthy().await;
        let mut command = world.command(&["fetch"]);
        // From the third settled page on.
        command.env("TINTINH_FAILPOINTS", format!("store.commit={trouble}@12.."));
        let done = end_of(command.spawn().unwrap()).await;
        assert!(done.code.is_some_and(|code| code > 1), "{trouble}: {done:#?}");
        let attempts: i64 =
            connection(&world).query_row("SELECT coalesce(sum(attempts), 0) FROM links", [], |row| row.get(0)).unwrap();
        assert_eq!(attempts, 0, "{trouble}");
        world.run_well(&["fetch"]).await;
        assert_eq!(by_key(&world.records()), by_key(&whole.records()), "{trouble}");
    }
}

/// A record that cannot be read back, and a row of the outbox with it, take no others with them.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_read_is_left_out_alone() {
    let (world, links) = healthy().await;
    let bad = format!("(SELECT id FROM records WHERE json_extract(json, '$.url') = '{}')", links[0]);
    sql(
        &world,
        &format!(
            "CREATE TEMP TABLE bad AS SELECT id FROM {bad}; UPDATE records SET json = CAST(X'7b22ff' AS TEXT) WHERE id IN (SELECT id FROM bad)"
        ),
    );
    let done = world.run(&["export"]).await;
    assert_eq!(done.code, Some(1), "{done:#?}");
    assert_eq!(done.out.lines().count(), links.len() - 1, "{done:#?}");
    assert!(done.err.contains("left out 1 record that cannot be read"), "{}", done.err);
    assert!(world.run(&["explain", &links[0]]).await.out.contains("its newest record cannot be read"));
    assert_eq!(world.run(&["doctor"]).await.code, Some(1));
    world.run_well(&["doctor", "--repair"]).await;
    check_healthy(&world).await;
    assert_eq!(world.run_well(&["export"]).await.lines().count(), links.len());
}

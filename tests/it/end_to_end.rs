//! The sample portals, ingested by the program as a process of its own: what it writes, and what it asks for.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::sites::LoggedRequest;
use jiff::SignedDuration;
use serde_json::Value;
use tintinh::clock::Clock;
use tintinh::commands::fetch::visit_once;
use tintinh::config::Config;
use tintinh::demo::Expected;
use tintinh::demo::expected;
use tintinh::demo::expected_later;
use tintinh::engine::Job;
use tintinh::engine::Report;
use tintinh::engine::Until;
use tintinh::model::record::Record;

use crate::world::World;
use crate::world::answer_of;
use crate::world::by_key;
use crate::world::records_below;
use crate::world::run;

/// Where a record differs from what the sample portal was made of.
fn differences(record: &Record, wanted: &Expected) -> Vec<String> {
    let mut all = Vec::new();
    let mut compare = |field: &str, found: &dyn Debug, wanted_value: &dyn Debug| {
        let (found, wanted_value) = (format!("{found:?}"), format!("{wanted_value:?}"));
        if found != wanted_value {
            all.push(format!("{} {field}:\n  found  {found}\n  wanted {wanted_value}", wanted.url));
        }
    };
    compare("portal", &record.portal, &wanted.portal);
    compare("title", &record.title, &wanted.title);
    compare("date", &record.date_published, &wanted.published);
    compare("lead", &record.summary.as_deref().unwrap_or_default(), &wanted.lead);
    compare("text", &record.content_text.split("\n\n").collect::<Vec<_>>(), &wanted.paragraphs);
    let captions: Vec<&str> = record.images.iter().filter_map(|image| image.caption.as_deref()).collect();
    compare("captions", &captions, &wanted.captions);
    compare("byline", &record.byline, &wanted.byline);
    compare("source line", &record.credit.as_ref().map(|credit| &credit.text), &wanted.source_line.as_ref());
    let found: Vec<&str> = record.attachments.iter().map(|file| file.url.as_str()).collect();
    compare("attachments", &found, &wanted.attachments.iter().map(|file| &file.url).collect::<Vec<_>>());
    all
}

/// Checks that these records are those of these articles, each once.
fn check_all(records: &[Record], wanted: &[Expected]) {
    let found: BTreeMap<&str, &Record> = records.iter().map(|record| (record.url.as_str(), record)).collect();
    let urls: BTreeSet<&str> = wanted.iter().map(|one| one.url.as_str()).collect();
    assert_eq!(found.keys().copied().collect::<BTreeSet<_>>(), urls);
    assert_eq!(records.len(), wanted.len());
    let all: Vec<String> = wanted.iter().flat_map(|one| differences(found[one.url.as_str()], one)).collect();
    assert!(all.is_empty(), "{} differences\n{}", all.len(), all.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_portal_is_ingested_as_written() {
    let world = World::of(module_path!(), Duration::ZERO).await;
    world.run_well(&["fetch"]).await;
    check_all(&world.records(), &expected());
    let other = World::of(module_path!(), Duration::ZERO).await;
    assert_ne!(other.sites.resolve(), world.sites.resolve(), "other ports");
    other.run_well(&["fetch"]).await;
    assert_eq!(by_key(&other.records()), by_key(&world.records()), "addresses, and so ids, do not depend on ports");
}

/// The files of records, byte for byte.
fn contents(world: &World) -> BTreeMap<PathBuf, Vec<u8>> {
    world.record_files().into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Checks that a request carried the validators that its answer has; says whether it has some.
async fn check_conditions(world: &World, asked: &LoggedRequest) -> bool {
    let (_, headers, _) = answer_of(&world.sites, &asked.host, &asked.path).await;
    let pairs = [("etag", "if-none-match"), ("last-modified", "if-modified-since")];
    for (validator, condition) in pairs {
        let sent = asked.header(condition);
        assert_eq!(sent, headers.get(validator).map(String::as_str), "{condition} of {}{}", asked.host, asked.path);
    }
    pairs.iter().any(|(validator, _)| headers.contains_key(*validator))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_writes_nothing_twice_and_asks_with_conditions() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    let first = run(&["demo", dir]).await;
    assert_eq!(first.code, Some(0), "{first:#?}");
    let records = by_key(&records_below(&folder.path().join("records")));
    assert!(first.out.contains(&format!("\n{} records written in this run", records.len())), "{}", first.out);
    let second = run(&["demo", dir]).await;
    assert_eq!(second.code, Some(0), "{second:#?}");
    assert!(second.out.contains("\n0 records written in this run"), "{}", second.out);
    assert_eq!(by_key(&records_below(&folder.path().join("records"))), records, "not on other ports either");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_asks_with_the_validators_that_the_servers_gave() {
    let world = World::of(module_path!(), Duration::ZERO).await;
    world.run_well(&["fetch"]).await;
    let before = contents(&world);
    let asked_before = world.sites.log().len();
    world.run_well(&["fetch"]).await;
    assert_eq!(contents(&world), before, "nothing is written again");
    let asked = world.sites.log().split_off(asked_before);
    let articles: BTreeSet<String> = world.records().iter().map(|record| record.url.clone()).collect();
    let mut conditional = 0;
    for one in asked.iter().filter(|one| one.method == "GET" && one.path != "/robots.txt") {
        assert!(!articles.contains(&format!("http://{}{}", one.host, one.path)), "an article so soon again: {one:?}");
        conditional += usize::from(check_conditions(&world, one).await);
    }
    assert!(conditional >= 3, "{conditional} of {} requests were for something with validators", asked.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_or_edited_later_is_found_and_the_rest_left_alone() {
    let world = World::of(module_path!(), Duration::ZERO).await;
    let clock = Clock::simulated("2025-07-01T05:00:00Z".parse().unwrap());
    let first = visit(&world, &clock).await;
    assert_eq!(first.delivered, expected().len() as u64);
    let before = by_key(&world.records());
    let asked_before = world.sites.log().len();
    world.sites.advance();
    clock.jump(SignedDuration::from_hours(3));
    let second = visit(&world, &clock).await;
    let later = expected_later();
    check_later(&world, &before, &later);
    let edited = later.iter().filter(|one| one.revised).count() as u64;
    assert_eq!(second.delivered, (later.len() - expected().len()) as u64 + edited);
    check_revisits(&world, asked_before).await;
    // Nothing is due before a day has passed.
    let asked_before = world.sites.log().len();
    let third = visit(&world, &clock).await;
    assert_eq!(third.delivered, 0);
    let articles: BTreeSet<String> = later.iter().map(|one| one.url.clone()).collect();
    let asked = world.sites.log().split_off(asked_before);
    assert!(asked.iter().all(|one| !articles.contains(&format!("http://{}{}", one.host, one.path))), "{asked:#?}");
}

/// One visit of each portal at a simulated time.
async fn visit(world: &World, clock: &Clock) -> Report {
    let config = Config::load(&world.path().join("config")).unwrap_or_else(|errors| panic!("{errors}"));
    let portals = config.portals.iter().map(|portal| portal.outlet.portal.clone()).collect();
    let job = Job { until: Until::Idle, portals: Some(portals), backfill: None, by_hand: true };
    visit_once(config, clock.clone(), job, Arc::new(|_| {})).await.unwrap()
}

/// Checks that all earlier records are still there, and that each edited article has a second revision that names the first.
fn check_later(world: &World, before: &BTreeMap<(String, u32), Value>, later: &[Expected]) {
    let records = world.records();
    let now = by_key(&records);
    assert!(before.iter().all(|(key, value)| now.get(key) == Some(value)), "earlier records stay as they were");
    let urls: BTreeSet<&str> = records.iter().map(|record| record.url.as_str()).collect();
    assert_eq!(urls, later.iter().map(|one| one.url.as_str()).collect());
    let newest = |url: &str| records.iter().filter(|record| record.url == url).max_by_key(|record| record.revision);
    for one in later {
        let record = newest(&one.url).unwrap();
        assert_eq!(record.revision, if one.revised { 2 } else { 1 }, "{}", one.url);
        let first = records.iter().find(|first| first.id == record.id && first.revision == 1).unwrap();
        assert_eq!(record.previous.as_ref(), one.revised.then_some(&first.content_hash), "{}", one.url);
        assert_eq!(first.content_hash == record.content_hash, !one.revised, "{}", one.url);
    }
}

/// Checks that articles that were known were asked for with the validators of their first answer.
async fn check_revisits(world: &World, asked_before: usize) {
    let known: BTreeSet<String> = expected().iter().map(|one| one.url.clone()).collect();
    let log = world.sites.log().split_off(asked_before);
    let revisits: Vec<&LoggedRequest> =
        log.iter().filter(|one| known.contains(&format!("http://{}{}", one.host, one.path))).collect();
    let of = |host: &'static str| revisits.iter().filter(move |one| one.host.starts_with(host));
    assert!(of("gialai").count() > 5 && of("gialai").all(|one| one.header("if-none-match").is_some()));
    assert!(of("daknong").count() > 5);
    for one in of("daknong") {
        let (_, headers, _) = answer_of(&world.sites, &one.host, &one.path).await;
        assert_eq!(one.header("if-modified-since").is_some(), headers.contains_key("last-modified"), "{}", one.path);
    }
    assert!(of("khanhmau").count() > 3 && of("khanhmau").all(|one| one.header("if-none-match").is_none()));
}

//! Sinks of the configuration: what receivers on loopback and programs are given, and what each of their answers does.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use rusqlite::Connection;
use rustix::process::Signal;
use serde_json::Value;
use tintinh::clock::Clock;
use tintinh::config::Config;
use tintinh::delivery::forward;
use tintinh::delivery::forward::Forwarder;
use tintinh::delivery::forward::Step;
use tintinh::model::cursor::Cursor;
use tintinh::model::cursor::StoreName;
use tintinh::model::portal::SinkId;
use tintinh::model::secret::Secret;
use tintinh::model::secret::SigningKey;
use tintinh::model::settings::Destination;
use tintinh::model::sink::SinkFailure;
use tintinh::model::sink::SinkMode;
use tintinh::model::sink::SinkPayload;
use tintinh::model::sink::SinkPlace;
use tintinh::model::sink::SinkSettings;
use tintinh::model::sink::SinkTarget;
use tintinh::sink::places::SinkPlaces;
use tintinh::sink::signature;
use tintinh::store::FILE_NAME;
use tintinh::url::PageUrl;
use tokio::time::Instant;

use crate::server::Seen;
use crate::server::Server;
use crate::server::Step as Answer;
use crate::server::answer;
use crate::service::Service;
use crate::stream::Desk;
use crate::world::World;
use crate::world::until;

/// A secret as receivers know it.
pub(crate) const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u";
/// The one that comes after it.
pub(crate) const NEXT_SECRET: &str = "whsec_bm1sa2ppaGdmZWRjYmE5ODc2NTQzMjEw";

fn key(secret: &str) -> SigningKey {
    SigningKey::new(&Secret::new(secret.to_owned())).unwrap()
}

/// The records that a request carries.
pub(crate) fn records(seen: &Seen) -> Vec<Value> {
    let body: Value = serde_json::from_slice(&seen.body).unwrap();
    assert_eq!(body["type"], "records.written");
    body["data"]["records"].as_array().unwrap().clone()
}

/// The numbers of the records of some requests, in the order in which they came.
pub(crate) fn sequences(seen: &[Seen]) -> Vec<u64> {
    seen.iter().flat_map(records).map(|record| record["sequence"].as_u64().unwrap()).collect()
}

/// A sink over a store of its own, a step at a time, by a clock that tests set.
struct Bench {
    desk: Desk,
    places: SinkPlaces,
    clock: Clock,
    settings: SinkSettings,
}

impl Bench {
    /// A store with so many records, none of which was sent.
    async fn new(records: u32, target: SinkTarget) -> Bench {
        let desk = Desk::new().await;
        for number in 0..records {
            desk.write(&format!("a{number}"), number).await;
        }
        let settings = SinkSettings {
            id: SinkId::new("archive").unwrap(),
            target,
            payload: SinkPayload::Full,
            batch: 4,
            batch_bytes: 1 << 20,
        };
        let places = SinkPlaces::new(desk.folder.path());
        let start = desk.store.stream_ends().await.unwrap().0;
        assert!(forward::begin(&places, &settings.id, &start).unwrap());
        assert!(!forward::begin(&places, &settings.id, &desk.end().await).unwrap(), "a place that is there stays");
        let clock = Clock::simulated("2026-11-29T23:00:00Z".parse::<Timestamp>().unwrap());
        Bench { desk, places, clock, settings }
    }

    async fn with_webhook(records: u32, server: &Server) -> Bench {
        Bench::new(records, webhook(server, Duration::from_secs(10))).await
    }

    fn forwarder(&self) -> Forwarder {
        let (store, places) = (self.desk.store.clone(), self.places.clone());
        Forwarder::new(store, places, self.settings.clone(), "tintinh/0", self.clock.clone()).unwrap()
    }

    fn place(&self) -> SinkPlace {
        self.places.read(&self.settings.id).unwrap().unwrap()
    }

    fn pass(&self, time: Duration) {
        self.clock.jump(SignedDuration::try_from(time).unwrap());
    }
}

fn webhook(server: &Server, timeout: Duration) -> SinkTarget {
    let url = PageUrl::parse(&format!("http://{}/hook", server.address)).unwrap();
    let destination = Destination { url, timeout, allow_addresses: vec!["127.0.0.0/8".to_owned()] };
    SinkTarget::Webhook { destination, keys: vec![key(SECRET), key(NEXT_SECRET)] }
}

/// Steps until nothing waits; returns how many batches were taken.
async fn drain(forwarder: &Forwarder) -> usize {
    let mut batches = 0;
    loop {
        match forwarder.step().await.unwrap() {
            Step::Taken => batches += 1,
            Step::Idle => return batches,
            other => panic!("{other:?}"),
        }
    }
}

fn failure(step: &Step) -> &SinkFailure {
    let Step::Failed(failure) = step else { panic!("{step:?}") };
    failure
}

fn header(seen: &Seen, name: &str) -> String {
    String::from_utf8(seen.header(name).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_sent_every_record_in_order_in_signed_batches() {
    let server = Server::start(|_| answer("200 OK", &[], "")).await;
    let bench = Bench::with_webhook(10, &server).await;
    assert_eq!(drain(&bench.forwarder()).await, 3, "of four records each");
    let seen = server.seen();
    assert_eq!(sequences(&seen), (1..=10).collect::<Vec<u64>>());
    for seen in &seen {
        assert_eq!(header(seen, "content-type"), "application/json");
        let (id, time) = (header(seen, "webhook-id"), header(seen, "webhook-timestamp"));
        assert_eq!(time, bench.clock.now().as_second().to_string());
        let signed = signature::sign(&[key(SECRET), key(NEXT_SECRET)], &id, time.parse().unwrap(), &seen.body);
        assert_eq!(header(seen, "webhook-signature"), signed);
        let body: Value = serde_json::from_slice(&seen.body).unwrap();
        assert_eq!((&body["data"]["sink"], &body["data"]["missing"]), (&"archive".into(), &Value::Null));
        assert_eq!(body["timestamp"], records(seen).last().unwrap()["date_fetched"]);
    }
    let place = bench.place();
    assert_eq!((place.cursor, place.taken, place.missing), (bench.desk.end().await, 10, 0));
    bench.desk.write("late", 1).await;
    assert_eq!(drain(&bench.forwarder()).await, 1, "a process that starts anew goes on");
    assert_eq!(sequences(&server.seen()[3..]), [11]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_fails_comes_again_as_it_was_after_longer_and_longer_waits() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let script = move |_: &Seen| match count.fetch_add(1, Ordering::SeqCst) {
        0..3 => answer("500 Error", &[], "no"),
        3 => answer("503 Busy", &["Retry-After: 3600"], ""),
        4 => answer("302 Found", &["Location: /other"], ""),
        _ => answer("200 OK", &[], ""),
    };
    let server = Server::start(script).await;
    let mut bench = Bench::with_webhook(3, &server).await;
    let (mut waits, mut since) = (Vec::new(), None);
    for attempt in 1..=5 {
        // Each by a process of its own; records that come meanwhile wait, and so does a larger batch.
        let forwarder = bench.forwarder();
        let step = forwarder.step().await.unwrap();
        let failed = failure(&step).clone();
        assert_eq!((failed.attempts, failed.since), (attempt, *since.get_or_insert(failed.since)), "{failed:?}");
        assert_eq!(forwarder.step().await.unwrap(), Step::Waiting(failed.clone()));
        let wait = Duration::try_from(failed.next.duration_since(bench.clock.now())).unwrap();
        bench.pass(wait);
        waits.push(wait.as_secs_f64());
        bench.desk.write(&format!("late{attempt}"), 1).await;
        bench.settings.batch = 100;
    }
    assert_eq!(bench.place().failing.unwrap().message.split(':').next(), Some("HTTP status 302"));
    // A machine under load takes a part of a second between the failure and the look at the clock.
    let expect = [2.0, 4.0, 8.0, 3600.0, 32.0];
    let is_near = |(wait, expect): (&f64, &f64)| (expect - 0.9..expect * 1.1).contains(wait);
    assert!(waits.iter().zip(&expect).all(is_near), "{waits:?}");
    assert_eq!(drain(&bench.forwarder()).await, 2);
    let seen = server.seen();
    assert_eq!(sequences(&seen[5..]), (1..=8).collect::<Vec<u64>>());
    for again in &seen[1..6] {
        assert_eq!(header(again, "webhook-id"), header(&seen[0], "webhook-id"));
        assert_eq!(again.body, seen[0].body);
    }
    assert_ne!(header(&seen[6], "webhook-id"), header(&seen[0], "webhook-id"));
    assert!(seen[5].header("webhook-timestamp") != seen[0].header("webhook-timestamp"), "each try has its own time");
    assert_eq!(bench.place().failing, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn waits_end_at_hours_and_a_receiver_that_hangs_is_a_failure() {
    let server = Server::start(|_| vec![Answer::Hang]).await;
    let bench = Bench::new(1, webhook(&server, Duration::from_secs(1))).await;
    let begun = Instant::now();
    let step = bench.forwarder().step().await.unwrap();
    assert!(failure(&step).message.contains("longer than 1 s"), "{step:?}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let longest = tintinh::schedule::LONGEST_SINK_RETRY;
    let now = bench.clock.now();
    let wait = |attempts, asked| {
        Duration::try_from(tintinh::schedule::sink_retry_at("a", attempts, asked, now).duration_since(now)).unwrap()
    };
    assert!(wait(13, None) < longest && wait(14, None) >= longest);
    for attempts in [20, 33, u32::MAX] {
        assert!((longest..longest + longest / 9).contains(&wait(attempts, None)), "{attempts}");
    }
    assert_eq!(wait(1, Some(Duration::from_hours(9999))), tintinh::schedule::LONGEST_RETRY_AFTER);
}

#[tokio::test(flavor = "multi_thread")]
async fn gone_is_gone_until_the_operator_says_otherwise() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let gone = move |_: &Seen| match count.fetch_add(1, Ordering::SeqCst) {
        0 => answer("410 Gone", &[], ""),
        _ => answer("200 OK", &[], ""),
    };
    let server = Server::start(gone).await;
    let bench = Bench::with_webhook(2, &server).await;
    let forwarder = bench.forwarder();
    assert_eq!(forwarder.step().await.unwrap(), Step::Gone);
    for _ in 0..3 {
        bench.pass(Duration::from_hours(24));
        assert_eq!(forwarder.step().await.unwrap(), Step::Off(SinkMode::Gone));
    }
    assert_eq!(server.seen().len(), 1);
    bench.places.update(&bench.settings.id, |place| Some(SinkPlace { mode: SinkMode::On, ..place? })).unwrap();
    assert_eq!(drain(&forwarder).await, 1);
    assert_eq!(sequences(&server.seen()[1..]), [1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_named_during_a_batch_holds() {
    let places: Arc<std::sync::OnceLock<(SinkPlaces, Cursor)>> = Arc::default();
    let named = Arc::clone(&places);
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let server = Server::start(move |_| {
        if count.fetch_add(1, Ordering::SeqCst) == 1 {
            let (places, start) = named.get().unwrap();
            places.set(&SinkId::new("archive").unwrap(), &SinkPlace::at(start.clone())).unwrap();
        }
        answer("200 OK", &[], "")
    })
    .await;
    let bench = Bench::with_webhook(6, &server).await;
    places.set((bench.places.clone(), bench.place().cursor)).unwrap();
    assert_eq!(drain(&bench.forwarder()).await, 4);
    assert_eq!(sequences(&server.seen()), [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_of_another_stream_is_a_failure_that_says_what_helps() {
    let server = Server::start(|_| answer("200 OK", &[], "")).await;
    let bench = Bench::with_webhook(2, &server).await;
    let end = bench.desk.end().await;
    for (cursor, why) in [
        (Cursor::behind(StoreName::new(7), 1, "", 0), "another store"),
        (Cursor::behind(end.store, 99, "", 0), "ahead of the database"),
        (Cursor::behind(end.store, 2, "other", 1), "another record"),
    ] {
        bench.places.set(&bench.settings.id, &SinkPlace::at(cursor)).unwrap();
        let step = bench.forwarder().step().await.unwrap();
        let message = &failure(&step).message;
        assert!(message.contains(why) && message.contains("tintinh sink replay archive"), "{message}");
    }
    fs::write(bench.desk.folder.path().join("sinks/archive.json"), "torn").unwrap();
    assert!(bench.forwarder().step().await.is_err(), "nothing is guessed");
    assert!(server.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "the test makes a state that no verb of the store makes")]
async fn what_retention_removed_before_it_was_sent_is_told() {
    let server = Server::start(|_| answer("200 OK", &[], "")).await;
    let bench = Bench::with_webhook(12, &server).await;
    assert_eq!(bench.forwarder().step().await.unwrap(), Step::Taken);
    let database = Connection::open(bench.desk.folder.path().join(FILE_NAME)).unwrap();
    let remove = "PRAGMA foreign_keys = OFF; DELETE FROM records WHERE sequence IN (5, 6, 8);
        INSERT INTO facts (name, value) VALUES ('removed_sequence', 8)";
    database.execute_batch(remove).unwrap();
    drain(&bench.forwarder()).await;
    let seen = server.seen();
    assert_eq!(sequences(&seen), [1, 2, 3, 4, 7, 9, 10, 11, 12]);
    let missing = |seen: &Seen| serde_json::from_slice::<Value>(&seen.body).unwrap()["data"]["missing"].clone();
    assert_eq!(seen.iter().map(missing).collect::<Vec<_>>(), [Value::Null, 3.into(), Value::Null]);
    assert_eq!((bench.place().taken, bench.place().missing), (9, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_are_bounded_in_bytes_and_thin_records_have_no_texts() {
    let server = Server::start(|_| answer("200 OK", &[], "")).await;
    let mut bench = Bench::with_webhook(6, &server).await;
    let one = serde_json::to_string(&records_of(&bench).await[0]).unwrap().len() as u64;
    bench.settings.batch_bytes = one * 5 / 2;
    assert_eq!(drain(&bench.forwarder()).await, 3, "two in each");
    bench.settings.batch_bytes = 10;
    bench.settings.payload = SinkPayload::Thin;
    bench.places.set(&bench.settings.id, &SinkPlace::at(bench.desk.store.stream_ends().await.unwrap().0)).unwrap();
    assert_eq!(drain(&bench.forwarder()).await, 6, "each alone");
    assert_eq!(sequences(&server.seen()), [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
    let thin = &records(&server.seen()[3])[0];
    assert_eq!((&thin["id"], &thin["url"]), (&"a0".into(), &"http://ban.example/a0".into()));
    assert!(thin.get("content_text").is_none() && thin.get("content_html").is_none(), "{thin}");
}

async fn records_of(bench: &Bench) -> Vec<tintinh::model::record::Record> {
    let (start, _) = bench.desk.store.stream_ends().await.unwrap();
    bench.desk.store.stream_after(&tintinh::store::RecordFilter::default(), &start, 100).await.unwrap().found.records
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_has_what_it_ended_well_with() {
    let folder = tempfile::tempdir().unwrap();
    let (taken, refuse) = (folder.path().join("taken"), folder.path().join("refuse"));
    let script = format!(
        "if [ -e {refuse} ]; then echo no room >&2; exit 7; fi; cat >> {taken}",
        refuse = refuse.display(),
        taken = taken.display()
    );
    let command = ["/bin/sh", "-c", &script].map(str::to_owned).to_vec();
    let bench = Bench::new(6, SinkTarget::Command { command, timeout: Duration::from_secs(20) }).await;
    fs::write(&refuse, "").unwrap();
    let step = bench.forwarder().step().await.unwrap();
    assert!(failure(&step).message.ends_with("exit status: 7: no room"), "{step:?}");
    fs::remove_file(&refuse).unwrap();
    bench.pass(Duration::from_secs(3));
    assert_eq!(drain(&bench.forwarder()).await, 2);
    let lines = fs::read_to_string(&taken).unwrap();
    let numbers = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["sequence"].as_u64().unwrap());
    assert_eq!(numbers.collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
}

/// A sink of `tintinh.toml`.
pub(crate) fn table(world: &World, id: &str, server: &Server, more: &str) -> String {
    fs::write(world.config("hook-secret"), format!("{SECRET}\n{NEXT_SECRET}\n")).unwrap();
    format!(
        "[[sink]]\nid = \"{id}\"\nkind = \"webhook\"\nurl = \"http://{}/hook\"\nsecret_file = \"hook-secret\"\n\
         allow_addresses = [\"127.0.0.0/8\"]\n{more}\n",
        server.address
    )
}

fn sink_status(status: &str, id: &str) -> Value {
    let status: Value = serde_json::from_str(status).unwrap();
    status["sinks"].as_array().unwrap().iter().find(|sink| sink["id"] == id).unwrap().clone()
}

/// A receiver that never answers holds up neither another one nor the record files.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_sends_to_each_and_none_delays_another() {
    let world = World::new().await;
    let (fast, hanging) =
        (Server::start(|_| answer("204 No Content", &[], "")).await, Server::start(|_| vec![Answer::Hang]).await);
    world.add(&table(&world, "hanging", &hanging, "timeout = \"10m\""));
    world.add(&table(&world, "fast", &fast, "batch = 7"));
    let mut service = Service::start(&world);
    until("READY=1", || service.said("READY=1")).await;
    let wanted = tintinh::demo::expected().len();
    until("all records in the files", || crate::service::count(&world) == wanted).await;
    until("all records at the other receiver", || sequences(&fast.seen()).len() == wanted).await;
    assert_eq!(sequences(&fast.seen()), (1..=wanted as u64).collect::<Vec<_>>());
    until("a request at the one that hangs", || hanging.seen().len() == 1).await;
    let status = world.run_well(&["status", "--json"]).await;
    let of_hanging = sink_status(&status, "hanging");
    assert_eq!((&of_hanging["waiting"], &of_hanging["taken"]), (&wanted.into(), &0.into()), "{of_hanging:#}");
    assert_eq!(sink_status(&status, "fast")["state"], "on");
    let words = world.run_well(&["status"]).await;
    assert!(words.contains("sink fast is on, up to date\n"), "{words}");

    // Beside the running service.
    let paused = world.run_well(&["sink", "pause", "fast"]).await;
    assert!(paused.contains("resume fast"), "{paused}");
    let replayed = world.run_well(&["sink", "replay", "fast", "--from", "start"]).await;
    assert!(replayed.contains("goes on after"), "{replayed}");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(sequences(&fast.seen()).len(), wanted, "it is paused");
    world.run_well(&["sink", "resume", "fast"]).await;
    until("all records once more", || sequences(&fast.seen()).len() == 2 * wanted).await;
    let list = world.run_well(&["sink", "list"]).await;
    assert!(list.lines().count() == 3 && list.contains("hanging") && list.contains("webhook"), "{list}");
    let unknown = world.run(&["sink", "pause", "fasd"]).await;
    assert!(unknown.code == Some(2) && unknown.err.contains("did you mean `fast`?"), "{unknown:#?}");

    // A reload: the one that hangs is left, and a new one gets what comes from now on.
    let text = fs::read_to_string(world.config("tintinh.toml")).unwrap();
    fs::write(world.config("tintinh.toml"), text.replace("\"hanging\"", "\"late\"").replace("timeout = \"10m\"", ""))
        .unwrap();
    service.signal(Signal::HUP);
    until("READY=1 after the reload", || service.count("READY=1") == 2).await;
    let late = sink_status(&world.run_well(&["status", "--json"]).await, "late");
    assert_eq!((&late["waiting"], &late["state"]), (&0.into(), &"on".into()), "{late:#}");
    let begun = Instant::now();
    service.signal(Signal::TERM);
    assert_eq!(service.end().await.0.code, Some(0));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_shot_sends_too_and_what_fails_for_long_is_an_alarm_until_it_works() {
    let world = World::new().await;
    world.only(&["demo-gialai"]);
    let works = Arc::new(AtomicUsize::new(0));
    let switch = Arc::clone(&works);
    let script = move |_: &Seen| match switch.load(Ordering::SeqCst) {
        0 => answer("500 Error", &[], ""),
        _ => answer("200 OK", &[], ""),
    };
    let server = Server::start(script).await;
    world.add(&table(&world, "archive", &server, ""));
    let done = world.run(&["fetch"]).await;
    assert!(done.err.contains("the sink archive failed and is tried again at"), "{done:#?}");
    let status = world.run_well(&["status", "--json"]).await;
    assert_eq!(sink_status(&status, "archive")["last_error"], "HTTP status 500");
    assert!(!status.contains("sink-failing"), "not yet: {status}");

    let path = world.path().join("state/sinks/archive.json");
    let mut place: SinkPlace = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let failing = place.failing.as_mut().unwrap();
    failing.since -= SignedDuration::from_hours(25);
    failing.next = failing.since;
    fs::write(&path, serde_json::to_vec(&place).unwrap()).unwrap();
    world.run_well(&["fetch"]).await;
    let alarms = |status: &str| serde_json::from_str::<Value>(status).unwrap()["alarms"].as_array().unwrap().clone();
    let raised = alarms(&world.run_well(&["status", "--json"]).await);
    assert_eq!(
        (raised.len(), &raised[0]["alarm"], &raised[0]["subject"]),
        (1, &"sink-failing".into(), &"archive".into())
    );
    assert!(raised[0]["message"].as_str().unwrap().contains("2 times in a row: HTTP status 500"), "{raised:#?}");

    works.store(1, Ordering::SeqCst);
    world.run_well(&["sink", "resume", "archive"]).await;
    world.run_well(&["fetch"]).await;
    assert!(alarms(&world.run_well(&["status", "--json"]).await).is_empty());
    let taken = sink_status(&world.run_well(&["status", "--json"]).await, "archive")["taken"].clone();
    assert_eq!(taken, world.records().len());
}

#[test]
fn what_is_wrong_with_a_sink_is_told_at_its_place_without_its_secret() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("portals")).unwrap();
    let check = |table: &str, secret: &str, expect: &str| {
        fs::write(folder.path().join("secret"), secret).unwrap();
        fs::write(folder.path().join("tintinh.toml"), table).unwrap();
        let report = Config::load(folder.path()).unwrap_err().to_string();
        assert!(report.contains(expect), "{expect} is not in\n{report}");
        assert!(!report.contains("c2Vj"), "{report}");
    };
    let hook = "[[sink]]\nkind = \"webhook\"\nid = \"a\"\nurl = \"https://a.example/\"\nsecret_file = \"secret\"\n";
    check(hook, "", "tintinh.toml:5:15");
    check(hook, "whsec_c2Vj", "secret 1: a secret has 24 to 64 bytes behind its base64, and this one has 3");
    check(hook, &format!("{SECRET}\nc2VjcmV0"), "secret 2: a secret begins with `whsec_`");
    check(hook, &format!("{SECRET}\n").repeat(5), "more than 4 lines");
    check(&hook.replace("\"secret\"", "\"none\""), "", "No such file");
    check(&format!("{hook}{hook}"), SECRET, "two sinks are called `a`");
    check(&hook.replace("https://", "https://u:p@"), SECRET, "`url` holds a password");
    check(&hook.replace("https://", "ftp://"), SECRET, "only http and https");
    check(&format!("{hook}command = [\"/bin/cat\"]\n"), SECRET, "`command` does not fit kind = \"webhook\"");
    check("[[sink]]\nkind = \"command\"\nid = \"a\"\n", "", "needs `command`");
    check("[[sink]]\nkind = \"command\"\nid = \"a\"\ncommand = []\n", "", "`command` is empty");
    check("[[sink]]\nkind = \"command\"\nid = \"a\"\ncommand = [\"cat\"]\n", "", "`cat` is no absolute path");
    check(&format!("{hook}batch = 0\n"), SECRET, "from 1 to 200");
}

//! Alarms, end to end: each is raised once, when it is due, with its page as evidence, and over when its reason is.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crate::sites::Fault;
use crate::sites::FaultKind;
use jiff::Timestamp;
use rustix::process::Signal;
use serde_json::Value;
use tintinh::archive::PageStore;

use crate::country::Country;
use crate::country::Life;
use crate::country::hours;
use crate::country::monday;
use crate::country::office;
use crate::service::Service;
use crate::world::World;
use crate::world::until;

/// Visits every two hours.
const SETTINGS: &str = "[defaults]\nevery = \"2h\"\nevery_max = \"2h\"\ndelay = \"1s\"\n";

/// How late a visit may find what is due: its rhythm and a tenth of jitter, and the visit itself.
const SLACK: Duration = Duration::from_mins(140);

fn country(lives: Vec<(&str, Life)>) -> Country {
    Country::new(
        monday(),
        SETTINGS,
        lives.into_iter().map(|(id, life)| (id.to_owned(), life)).collect::<BTreeMap<_, _>>(),
    )
}

fn at(hour: u64) -> Timestamp {
    monday() + hours(hour)
}

/// One alarm of a country that had these lives, raised and over within the slack after these hours.
async fn check(life: Life, days: u64, name: &str, raised: (u64, Duration), over: Option<u64>) -> Country {
    let country = country(vec![("a", life), ("b", Life { articles: office(9), ..Life::default() })]);
    country.serve(hours(days * 24)).await;
    let alarms = country.alarms();
    assert_eq!(alarms.len(), 1, "{alarms:#?}");
    let (found, began, ended) = &alarms[0];
    assert_eq!(found, name);
    let in_time = |moment: Timestamp, due: u64, slack: Duration| (at(due)..at(due) + slack).contains(&moment);
    assert!(in_time(*began, raised.0, raised.1), "raised at {began}, due at {}", at(raised.0));
    assert_eq!(ended.is_some(), over.is_some(), "{alarms:#?}");
    if let (Some(moment), Some(due)) = (ended, over) {
        assert!(in_time(*moment, due, SLACK), "over at {moment}, due at {}", at(due));
    }
    country
}

#[tokio::test(start_paused = true)]
async fn silence_is_told_after_five_times_the_usual_gap() {
    // Nothing from the third Friday's 16:00 on: its usual gap is a night of 16 h.
    let silent = (2 * 7 + 4) * 24 + 16;
    let articles: Vec<Timestamp> = office(3).into_iter().chain([at(24 * 25)]).collect();
    // A night as visits see it is longer by as much as one of them comes late, and it counts five times.
    let raised = (silent + 80, SLACK * 5);
    check(Life { articles, ..Life::default() }, 26, "a portal-silent", raised, Some(24 * 25)).await;
}

#[tokio::test(start_paused = true)]
async fn what_fails_for_a_day_is_told_and_over_when_it_works_again() {
    let outage = (at(100), at(160));
    // The source's back-off has grown to a day by then; its next look is when it is over.
    let life = Life { articles: office(2), outages: vec![outage], ..Life::default() };
    let country = country(vec![("a", life)]);
    country.serve(hours(13 * 24)).await;
    let alarms = country.alarms();
    let names: Vec<&str> = alarms.iter().map(|(name, _, _)| name.as_str()).collect();
    assert_eq!(names, ["a portal-failing", "a source-failing tin"], "{alarms:#?}");
    for (_, raised, over) in &alarms {
        // The outage is met by the first visit after its beginning, and told a day later whatever the back-off says.
        assert!((at(124)..at(127)).contains(raised), "{alarms:#?}");
        assert!(over.is_some_and(|moment| (at(160)..at(186)).contains(&moment)), "{alarms:#?}");
    }
    assert_eq!(country.records()["a"], 91, "nothing was lost");
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_is_told_at_its_second_time_with_the_page() {
    let life = Life { articles: office(3), emptied: vec![(at(59), at(70))], ..Life::default() };
    let country = country(vec![("a", life)]);
    country.serve(hours(21 * 24)).await;
    let alarms = country.alarms();
    assert_eq!(alarms.len(), 1, "{alarms:#?}");
    let (name, raised, over) = &alarms[0];
    assert_eq!(name, "a listing-empty tin");
    assert!((at(59)..at(63)).contains(raised) && over.is_some(), "{alarms:#?}");
}

/// A new feed may well be empty: nothing is told of it before a day has passed. What stands in it then is read.
#[tokio::test(start_paused = true)]
async fn a_feed_that_stays_empty_is_told_after_a_day_like_a_failure() {
    let empty_from =
        |hour: u64| Life { articles: office(2), emptied: vec![(at(0), at(hour))], feed: true, ..Life::default() };
    let country = country(vec![("a", empty_from(20)), ("b", empty_from(60))]);
    country.serve(hours(14 * 24)).await;
    let alarms = country.alarms();
    let (name, raised, over) = &alarms[0];
    assert_eq!((name.as_str(), alarms.len()), ("b source-failing tin", 1), "{alarms:#?}");
    assert!((at(24)..at(24) + SLACK).contains(raised), "{alarms:#?}");
    assert!(over.is_some_and(|over| (at(60)..at(60) + SLACK).contains(&over)), "{alarms:#?}");
    assert!(country.records().values().all(|records| *records > 10), "{:?}", country.records());
}

/// robots.txt is kept for a day, so that long may pass before it is seen that it closes the source or opens it again.
#[tokio::test(start_paused = true)]
async fn a_source_that_robots_txt_closes_is_told_at_once_and_asked_again_after_a_day() {
    let life = Life { articles: office(3), closed: vec![(at(72), at(120))], ..Life::default() };
    let country = country(vec![("a", life)]);
    country.serve(hours(10 * 24)).await;
    let alarms = country.alarms();
    let (name, raised, over) = &alarms[0];
    assert_eq!(name, "a closed-by-robots tin", "{alarms:#?}");
    assert!((at(72)..at(72 + 27)).contains(raised), "{alarms:#?}");
    assert!(over.is_some_and(|over| (at(120)..at(120 + 27)).contains(&over)), "{alarms:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_redesign_is_told_with_the_field_its_rule_and_a_page() {
    let life = Life { articles: office(3), redesigned: Some(at(24 * 14)), ..Life::default() };
    let country = country(vec![("a", life), ("b", Life { articles: office(3), ..Life::default() })]);
    country.serve(hours(21 * 24)).await;
    let alarms = country.alarms();
    let names: Vec<&str> = alarms.iter().map(|(name, _, _)| name.as_str()).collect();
    assert_eq!(names, ["a rule-stopped title", "a field-lost date", "a rule-stopped body"], "{alarms:#?}");
    for (_, raised, over) in &alarms {
        // By the fifth or sixth page that is read that Monday, those that are looked at again included.
        assert!((at(24 * 14 + 8)..at(24 * 14 + 14)).contains(raised), "{alarms:#?}");
        assert_eq!(*over, None);
    }
    let open = country.store().await.open_alarms().await.unwrap();
    assert!(
        open[0].message.contains("the rules of a for title stopped matching (portal a: .tieu-de): found on "),
        "{open:#?}"
    );
    let config = country.config();
    let pages = PageStore::reader(&config.state_dir.join("pages"), config.pages);
    for alarm in &open {
        let page = pages.read(alarm.evidence.as_ref().unwrap()).await.unwrap().unwrap();
        assert!(String::from_utf8(page.body.to_vec()).unwrap().contains("class='x1'"), "the page that shows it");
    }
}

/// What the operator's command was told, as (alarm, state, portal).
fn told(path: &std::path::Path) -> Vec<(String, String, String)> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |line: &str| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(line).map(|told| (word(&told["alarm"]), word(&told["state"]), word(&told["portal"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_command_is_told_once_of_each_and_again_where_it_failed() {
    let world = World::new().await;
    world.only(&["demo-hoabinh"]);
    let (script, sent) = (world.path().join("tell"), world.path().join("sent"));
    // It fails the first time, and hangs the second time.
    let text = format!(
        "#!/bin/sh\necho x >> {0}.tries\ncase $(wc -l < {0}.tries) in 1) exit 1;; 2) sleep 100;; esac\ncat >> {0}\n",
        sent.display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    world.add(&format!("[alarms]\ncommand = [\"{}\"]\ntimeout = \"1s\"\n", script.display()));
    world.sites.set_fault("hoabinh.tintinh.test", Some(Fault::everywhere(FaultKind::Stub)));
    // What was a feed is a page of 48 bytes; it is told at its second time in a row.
    world.run(&["fetch"]).await;
    assert_eq!(told(&sent), []);
    for _failed_tries in 0..2 {
        let done = world.run(&["fetch"]).await;
        assert!(done.err.contains("the alarm command failed; the next run tries again"), "{done:#?}");
    }
    world.run(&["fetch"]).await;
    let raised = ("feed-is-html".to_owned(), "raised".to_owned(), "demo-hoabinh".to_owned());
    assert_eq!(told(&sent), std::slice::from_ref(&raised));
    let status = world.run_well(&["status"]).await;
    assert!(status.contains("feed-is-html") && status.contains("demo-hoabinh"), "{status}");
    world.sites.set_fault("hoabinh.tintinh.test", None);
    world.run_well(&["fetch"]).await;
    assert_eq!(told(&sent), [raised, ("feed-is-html".to_owned(), "over".to_owned(), "demo-hoabinh".to_owned())]);
    assert!(!world.run_well(&["status"]).await.contains("feed-is-html"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_is_told_once_by_each_that_it_names() {
    let world = World::new().await;
    world.only(&["demo-hoabinh"]);
    let sent = world.path().join("sent");
    let mut lines = String::new();
    for id in ["ban", "so"] {
        let file = sent.with_extension(id).display().to_string();
        let _ = write!(
            lines,
            "[[notify]]\nid = {id:?}\nkind = \"command\"\ncommand = [\"/bin/sh\", \"-c\", 'cat >> \"$0\"', {file:?}]\n"
        );
    }
    world.add(&format!("{lines}[alarms]\nto = [\"ban\", \"so\"]\n"));
    world.sites.set_fault("hoabinh.tintinh.test", Some(Fault::everywhere(FaultKind::Stub)));
    for _visit in 0..3 {
        world.run(&["fetch"]).await;
    }
    world.sites.set_fault("hoabinh.tintinh.test", None);
    for _visit in 0..2 {
        world.run(&["fetch"]).await;
    }
    for id in ["ban", "so"] {
        let text = fs::read_to_string(sent.with_extension(id)).unwrap();
        let subjects: Vec<String> = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["subject"].as_str().unwrap().to_owned())
            .collect();
        let [raised, over] = ["raised", "over"].map(|state| format!("[tintinh] {state}: feed-is-html of demo-hoabinh"));
        assert_eq!(subjects, [raised, over], "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_of_the_service_is_told_although_its_store_cannot_be_written() {
    let world = World::new().await;
    let (script, sent) = (world.path().join("tell"), world.path().join("sent"));
    fs::write(&script, format!("#!/bin/sh\ncat >> {}\n", sent.display())).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    world.add(&format!("[alarms]\ncommand = [\"{}\"]\n", script.display()));
    let mut service = Service::start_with(&world, &[("TINTINH_FAILPOINTS", "store.commit=ENOSPC@20..21")]);
    until("both words", || {
        service.count("");
        told(&sent).len() == 2
    })
    .await;
    service.signal(Signal::TERM);
    assert_eq!(service.end().await.0.code, Some(0));
    let words = told(&sent).into_iter().map(|(alarm, state, _)| format!("{alarm} {state}")).collect::<Vec<_>>();
    assert_eq!(words, ["store-paused raised", "store-paused over"]);
}

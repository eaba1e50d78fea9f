//! When portals are visited: in their hours, as often as something is likely, whatever the clock does, and none later because of others.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use tintinh::model::portal::GroupId;
use tintinh::model::portal::PortalId;
use tintinh::store::Registration;
use tintinh::store::Store;
use tintinh::store::VisitEnd;

use crate::country::Country;
use crate::country::Life;
use crate::country::hours;
use crate::country::monday;
use crate::country::office;

const MINUTE: i64 = 60;

fn country(settings: &str, life: Life) -> Country {
    Country::new(monday(), &format!("[defaults]\ndelay = \"1s\"\n{settings}"), BTreeMap::from([("a".to_owned(), life)]))
}

/// The hour in +07:00 and the day since Monday of each moment.
fn hours_of(moments: impl IntoIterator<Item = Timestamp>) -> Vec<(i64, i64)> {
    let since = moments.into_iter().map(|moment| moment.as_second() - monday().as_second());
    since.map(|second| (second.div_euclid(24 * 3600), second.rem_euclid(24 * 3600) / 3600)).collect()
}

#[tokio::test(start_paused = true)]
async fn visits_come_by_day_and_seldom_by_night_once_a_portal_is_known() {
    let country = country("every = \"30m\"\n", Life { articles: office(5), ..Life::default() });
    country.serve(hours(28 * 24)).await;
    let visits = hours_of(country.asked("a").recent);
    let count = |days: std::ops::Range<i64>, of_day: std::ops::Range<i64>| {
        visits.iter().filter(|(day, hour)| days.contains(day) && of_day.contains(hour)).count()
    };
    // The first week has its rhythm day and night: 48 visits a day, less the jitter.
    assert!((285..=345).contains(&count(0..7, 0..24)), "{}", count(0..7, 0..24));
    // In the fourth one, working hours have theirs, and nights and the weekend a visit in some four hours.
    assert!(count(21..26, 9..17) >= 5 * 13, "{}", count(21..26, 9..17));
    assert!((5..=20).contains(&count(21..26, 0..7)), "{}", count(21..26, 0..7));
    assert!((8..=16).contains(&count(26..28, 0..24)), "{}", count(26..28, 0..24));
    // Every article is met, and each within the bound.
    assert_eq!(country.records()["a"], 1 + 4 * 45);
    let (longest, _) = country.asked("a").longest[0].unwrap();
    assert!(longest <= hours(4).mul_f64(1.1) + Duration::from_mins(5), "{longest:?}");
    assert_eq!(country.alarms(), []);
}

#[tokio::test(start_paused = true)]
async fn quiet_hours_are_kept_by_visits_by_retries_and_by_starts() {
    let life = Life {
        articles: office(2),
        outages: vec![(monday() + hours(20), monday() + hours(30))],
        lines: "quiet = [\"22:00-05:30\", \"12:00-13:00\"]".to_owned(),
        ..Life::default()
    };
    // The first start is in quiet hours, and so is the second.
    let country = country("every = \"20m\"\n", life);
    country.serve(hours(3 * 24)).await;
    country.serve(hours(4 * 24)).await;
    let asked = country.asked("a");
    assert!(asked.times > 7 * 30, "{}", asked.times);
    for moment in &asked.recent {
        let minute = (moment.as_second() - monday().as_second()).rem_euclid(24 * 3600) / MINUTE;
        let is_quiet = !(5 * 60 + 30..22 * 60).contains(&minute) || (12 * 60..13 * 60).contains(&minute);
        assert!(!is_quiet, "asked at {moment}");
    }
    let mornings = asked.recent.iter().filter(|moment| {
        let minute = (moment.as_second() - monday().as_second()).rem_euclid(24 * 3600) / MINUTE;
        (5 * 60 + 30..6 * 60).contains(&minute)
    });
    assert!(mornings.count() >= 6, "each day begins with its first half hour");
}

#[tokio::test(start_paused = true)]
async fn clocks_that_are_set_back_or_forward_stop_nothing_and_make_no_storm() {
    let life = Life { articles: office(60), ..Life::default() };
    let country = country("every = \"30m\"\nevery_max = \"30m\"\n", life);
    let visits = async |time: Duration| {
        let before = country.asked("a").times;
        country.serve(time).await;
        country.asked("a").times - before
    };
    let day = || SignedDuration::from_hours(24);
    let usual = visits(hours(6)).await;
    assert!((11..=14).contains(&usual), "{usual}");
    // While it runs: back by an hour and by a day, forward by a day and by a year; and while it is down.
    for jump in [SignedDuration::from_hours(-1), -day(), day(), day() * 365, -day() * 365] {
        let before = country.asked("a").times;
        let within = async {
            tokio::time::sleep(hours(2)).await;
            country.clock().jump(jump);
            tokio::time::sleep(hours(4)).await;
        };
        country.serve_and(within).await;
        let made = country.asked("a").times - before;
        assert!((10..=15).contains(&made), "{made} after a jump of {jump:?}");
        country.clock().jump(-jump);
        let made = visits(hours(6)).await;
        assert!((10..=15).contains(&made), "{made} after a start {:?} later", -jump);
    }
}

/// The machine sleeps for a week: that nothing new was seen meanwhile is no silence of the portal.
#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_does_not_call_its_portals_silent() {
    let country = country("every = \"30m\"\n", Life { articles: office(8), ..Life::default() });
    country.serve(hours(14 * 24)).await;
    let asleep = async {
        tokio::time::sleep(hours(9)).await;
        country.clock().jump(SignedDuration::from_hours(10 * 24));
        tokio::time::sleep(hours(48)).await;
    };
    country.serve_and(asleep).await;
    assert_eq!(country.alarms(), []);
    // Twenty are on the list when it wakes, and more come.
    assert!(country.records()["a"] > 92 + 20, "it catches up");
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// The bound that `tintinh::engine` documents: among 10,000 portals of which some never have done, none has its second turn before each had its first.
#[tokio::test]
async fn no_portal_waits_for_a_second_turn_of_another() {
    const PORTALS: usize = 10_000;
    const AT_ONCE: usize = 32;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let ids: Vec<PortalId> = (0..PORTALS).map(|n| PortalId::new(&format!("p{n:05}")).unwrap()).collect();
    let of = |id: &PortalId| Registration { portal: id.clone(), group: GroupId::new(id.as_str()).unwrap() };
    store.register(&ids.iter().map(of).collect::<Vec<_>>(), at(0)).await.unwrap();
    let mut turns = BTreeSet::new();
    // A hundred of all is enough to see the order; the rest is the weight of numbers.
    let among: Vec<PortalId> = ids.iter().step_by(100).cloned().collect();
    for round in 0_i64..3 {
        let mut had = BTreeSet::new();
        while had.len() < among.len() {
            let now = at(1000 * (round + 1) + i64::try_from(had.len()).unwrap());
            let mut leases = Vec::new();
            while leases.len() < AT_ONCE.min(among.len() - had.len()) {
                let lease = store.claim(&among, now, Duration::from_mins(10)).await.unwrap().unwrap();
                assert!(had.insert(lease.portal.clone()), "{} had its turn in round {round}", lease.portal);
                leases.push(lease);
            }
            for lease in leases {
                turns.insert((round, lease.portal.clone()));
                // None has done: each is due again at once.
                let end = VisitEnd { next_due: now, last_request: None, failure: None, unfinished: true, idle: false };
                store.end_visit(&lease, end, now).await.unwrap();
            }
        }
    }
    assert_eq!(turns.len(), 3 * among.len());
}

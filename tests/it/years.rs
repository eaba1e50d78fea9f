//! A country for a long time: portals with outages, pauses and empty lists, each visited within its bound, each alarm raised when it is due and none
//! beside. A month of fifty portals in every test run; a year of two hundred by `tests/soak/year.sh`, which also holds the memory.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use jiff::Timestamp;

use crate::country::Country;
use crate::country::Life;
use crate::country::SentRequest;
use crate::country::Span;
use crate::country::hours;
use crate::country::monday;

const SETTINGS: &str = "[defaults]\nevery = \"4h\"\nevery_max = \"8h\"\ndelay = \"1s\"\n[revisit]\nafter = []\n";

/// The longest time between two looks: `every_max` and a tenth of jitter, and some minutes for the visit and those before it.
const BOUND: Duration = Duration::from_mins(8 * 66 + 10);

/// Where the looks failed: the longest back-off and its tenth as well.
const BOUND_AFTER_FAILURE: Duration = Duration::from_mins(24 * 66 + 8 * 66 + 10);

/// How late an alarm may be that time alone raises: the round of the watch.
const ROUND: Duration = Duration::from_mins(6);

fn at(hour: u64) -> Timestamp {
    monday() + hours(hour)
}

fn day(day: u64) -> u64 {
    day * 24
}

/// What is due of a portal: the alarm's name, and the first and the last moment at which it may be raised.
type Due = (String, Timestamp, Timestamp);

/// A kind of portal, by its number.
fn life(number: u64, days: u64) -> (Life, Vec<Due>) {
    let id = id(number);
    let hour = 8 + number % 9;
    let mut life = Life::default();
    let mut due = Vec::new();
    let outage = |life: &mut Life, from: u64, length: u64| life.outages.push((at(from), at(from + length)));
    match number % 10 {
        // Six hours each month: nobody is told.
        1 => (10..days.saturating_sub(3)).step_by(30).for_each(|from| outage(&mut life, day(from) + number % 24, 6)),
        // Three days each quarter: told a day after the first look that failed.
        2 => {
            for from in (15..days.saturating_sub(6)).step_by(90) {
                outage(&mut life, day(from) + number % 24, 72);
                let first = at(day(from) + number % 24);
                for name in ["portal-failing", "source-failing tin"] {
                    due.push((format!("{id} {name}"), first + hours(24), first + BOUND + hours(24) + ROUND));
                }
            }
        }
        // Empty lists every other month, for as long as two looks may be away: told at the second one in a row.
        4 => {
            for from in (12..days.saturating_sub(3)).step_by(60) {
                let first = at(day(from) + number % 24);
                let two_looks = BOUND + hours(5);
                life.emptied.push((first, first + two_looks));
                due.push((format!("{id} listing-empty tin"), first, first + two_looks));
            }
        }
        _ => {}
    }
    let pauses: Vec<Span> = match number % 10 {
        // Three weeks without a word every four months: told after five times its usual gap of a day.
        3 => (14..days.saturating_sub(22)).step_by(120).map(|from| (at(day(from)), at(day(from + 21)))).collect(),
        _ => Vec::new(),
    };
    for (from, _) in &pauses {
        // The last article comes on the Friday before, or on the day before; a look may meet it and its forerunner early or late.
        let five = hours(5 * 24);
        due.push((format!("{id} portal-silent"), *from - hours(72) + five - BOUND * 5, *from + five + BOUND * 6));
    }
    // One of the day before: an empty list is a failure.
    let before = std::iter::once(monday() - hours(9));
    let all = (0..days)
        .filter(|day| day % 7 < 5)
        .flat_map(|of| (0..=number % 3).map(move |more| at(day(of) + hour) + Duration::from_mins(more * 7)))
        .filter(|moment| !pauses.iter().any(|(from, to)| (*from..*to).contains(moment)));
    life.articles = before.chain(all).collect();
    (life, due)
}

fn id(number: u64) -> String {
    format!("p{number:03}")
}

/// Bytes of this process that lie in memory.
fn resident() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = pages.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default() * 4096
}

/// Lives so many days; gives the memory after each week.
async fn live(portals: u64, days: u64) -> Vec<u64> {
    let all: Vec<(Life, Vec<Due>)> = (0..portals).map(|number| life(number, days)).collect();
    let lives: BTreeMap<String, Life> = (0..).map(id).zip(all.iter().map(|(life, _)| life.clone())).collect();
    let country = Country::new(monday(), SETTINGS, lives);
    let memory = async {
        let mut weeks = Vec::new();
        for _ in 0..days / 7 {
            tokio::time::sleep(hours(day(7))).await;
            weeks.push(resident());
        }
        weeks
    };
    let memory = country.serve_and(memory).await;
    check_visits(&country, portals);
    check_alarms(&country, all.iter().flat_map(|(_, due)| due.clone()).collect());
    let published: BTreeMap<String, u64> =
        (0..).map(id).zip(all.iter().map(|(life, _)| life.articles.len() as u64)).collect();
    check_records(&country, &published, days);
    memory
}

fn check_visits(country: &Country, portals: u64) {
    for id in (0..portals).map(id) {
        let SentRequest { longest, times, .. } = country.asked(&id);
        assert!(times > 0, "{id} was never visited");
        for (longest, bound) in longest.into_iter().zip([BOUND, BOUND_AFTER_FAILURE]) {
            if let Some((gap, from)) = longest {
                assert!(gap <= bound, "{id} was left alone for {gap:?} from {from}");
            }
        }
    }
}

/// Each alarm that is due was raised once in its time, and no other.
fn check_alarms(country: &Country, mut due: Vec<Due>) {
    let mut wrong = Vec::new();
    for (name, raised, over) in country.alarms() {
        match due.iter().position(|(expected, from, to)| *expected == name && (*from..*to).contains(&raised)) {
            Some(found) => {
                due.swap_remove(found);
                if over.is_none() {
                    wrong.push(format!("{name}, raised {raised}, is not over"));
                }
            }
            None => wrong.push(format!("{name} was raised at {raised}, and was not due")),
        }
    }
    wrong.extend(due.iter().map(|(name, from, to)| format!("{name} was due from {from} to {to}")));
    assert_eq!(wrong, Vec::<String>::new());
}

/// What was published is recorded, but for what the last visit could not know of.
fn check_records(country: &Country, published: &BTreeMap<String, u64>, days: u64) {
    let records = country.records();
    for (id, published) in published {
        let recorded = records.get(id).copied().unwrap_or_default();
        assert!(recorded <= *published && recorded + 3 >= *published, "{id}: {recorded} of {published} in {days} days");
    }
}

#[tokio::test(start_paused = true)]
async fn a_month_of_fifty_portals() {
    live(50, 42).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "tests/soak/year.sh runs it"]
async fn a_year_of_two_hundred_portals() {
    let weeks = live(200, 371).await;
    let (week, year) = (weeks[0], weeks[weeks.len() - 1]);
    let mebibytes: Vec<u64> = weeks.iter().map(|bytes| bytes >> 20).collect();
    #[expect(clippy::cast_precision_loss, reason = "a ratio to show")]
    let ratio = year as f64 / week as f64;
    eprintln!("a year of 200 portals: MiB after each week {mebibytes:?}, {ratio:.2} times as much at the end");
    assert!(ratio <= 1.2, "memory grew {ratio:.2} times");
}

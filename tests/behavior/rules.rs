//! The rules of a citizen of the web, counted over a log. What a rule needs to know of a source it takes from the log itself: the
//! validators that were given, what robots.txt and feeds said, which address redirected where.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::tz::Offset;

use super::log::Entry;

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// What a crawler promises, and what the log is of.
#[derive(Debug, Clone)]
pub struct Promises {
    /// The sources' addresses, without their scheme.
    pub sources: Vec<String>,
    /// Least time between two looks at one address.
    pub every: Duration,
    /// Least time between the end of a request and the start of the next to a host.
    pub delay: Duration,
    /// What `User-Agent` must hold: who asks.
    pub contact: String,
}

/// Something that the crawler did wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub url: String,
    /// What.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} at {} {}: {}", self.rule, self.at, self.url, self.what)
    }
}

/// The rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Validators are sent back exactly as last given, and only to the address that gave them.
    ExactValidators,
    /// Where there are validators, a page is asked for unconditionally once a day at most.
    OneFullLookADay,
    /// One look at an address in `every` at most.
    Rhythm,
    /// `max-age`, `Expires`, `ttl` and `sy:*` are lower bounds, up to a day.
    Freshness,
    /// No look at hours and on days that the feed wants to be skipped.
    Skips,
    /// `Retry-After` is obeyed for the whole origin.
    RetryAfter,
    /// 429 without it: a minute, doubling to a day, for the whole origin.
    BackOff,
    /// After a failure a minute passes at least.
    NoImmediateRetry,
    /// A permanent redirect counts after three days, and not before; a temporary one never.
    Moves,
    /// What is gone is not asked for again.
    Gone,
    /// What is not found is asked for ever less often.
    NotFound,
    /// No cookies, no `Referer`, no credentials.
    NoTraces,
    /// Only addresses that a source names: no favicon, no extra query.
    OnlyWhatIsLinked,
    /// A `User-Agent` that says who asks.
    SaysWhoAsks,
    /// One request at a time for a host, the delay and `Crawl-delay` between two.
    OneAtATime,
    /// robots.txt first, once a day, and obeyed.
    Robots,
}

/// All violations of a log.
pub fn check(log: &[Entry], promises: &Promises) -> Vec<Violation> {
    let mut log: Vec<&Entry> = log.iter().collect();
    log.sort_by_key(|entry| entry.begun);
    let mut found = Vec::new();
    for url in group(&log, Entry::url).values() {
        validators(url, &mut found);
        rhythm(url, promises, &mut found);
        gone(url, promises, &mut found);
        wishes(url, promises, &mut found);
    }
    for host in group(&log, |entry| entry.host.clone()).values() {
        rests(host, &mut found);
        one_at_a_time(host, promises, &mut found);
        robots(host, &mut found);
        moves(host, promises, &mut found);
        links(host, promises, &mut found);
    }
    for entry in &log {
        traces(entry, promises, &mut found);
    }
    found.sort_by_key(|violation| violation.at);
    found
}

fn group<'a>(log: &[&'a Entry], key: impl Fn(&Entry) -> String) -> BTreeMap<String, Vec<&'a Entry>> {
    let mut groups: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
    for entry in log {
        groups.entry(key(entry)).or_default().push(entry);
    }
    groups
}

fn violation(rule: Rule, entry: &Entry, what: impl Into<String>) -> Violation {
    Violation { rule, at: entry.begun, url: entry.url(), what: what.into() }
}

fn is_robots(entry: &Entry) -> bool {
    entry.path == "/robots.txt" || entry.path == "/r.txt"
}

/// From one moment to a later one.
fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or_default()
}

fn validators(entries: &[&Entry], found: &mut Vec<Violation>) {
    let (mut tag, mut date): (Option<String>, Option<String>) = (None, None);
    let mut full_at: Option<Timestamp> = None;
    for entry in entries.iter().filter(|entry| !is_robots(entry)) {
        let sent = (entry.asked_with("if-none-match"), entry.asked_with("if-modified-since"));
        let is_exact = sent.0.is_none_or(|sent| tag.as_deref() == Some(sent))
            && sent.1.is_none_or(|sent| date.as_deref() == Some(sent));
        if !is_exact {
            found.push(violation(Rule::ExactValidators, entry, format!("sent {sent:?}, given {tag:?} {date:?}")));
        }
        let had_some = tag.is_some() || date.is_some();
        let is_early = full_at.is_some_and(|full_at| between(full_at, entry.begun) < DAY);
        if !entry.is_conditional() && had_some && is_early {
            found.push(violation(Rule::OneFullLookADay, entry, format!("the last one was at {full_at:?}")));
        }
        let given = |name| entry.answered_with(name).map(str::to_owned);
        match entry.status {
            200 => {
                (tag, date) = (given("etag"), given("last-modified"));
                full_at = Some(entry.begun);
            }
            304 => {
                tag = given("etag").or(tag);
                date = given("last-modified").or(date);
            }
            _ => {}
        }
    }
}

fn rhythm(entries: &[&Entry], promises: &Promises, found: &mut Vec<Violation>) {
    for pair in entries.windows(2).filter(|pair| !is_robots(pair[0])) {
        let passed = between(pair[0].begun, pair[1].begun);
        if pair[0].failed() {
            if between(pair[0].ended, pair[1].begun) < MINUTE {
                found.push(violation(
                    Rule::NoImmediateRetry,
                    pair[1],
                    format!("{passed:?} after status {}", pair[0].status),
                ));
            }
        } else if passed < promises.every {
            found.push(violation(Rule::Rhythm, pair[1], format!("{passed:?} after the last look")));
        }
    }
}

fn gone(entries: &[&Entry], promises: &Promises, found: &mut Vec<Violation>) {
    let is_source = entries.first().is_some_and(|entry| promises.sources.contains(&entry.url()));
    let mut in_a_row = 0_u32;
    for pair in entries.windows(2).filter(|_| is_source) {
        in_a_row = if pair[0].status == 404 { in_a_row + 1 } else { 0 };
        if pair[0].status == 410 {
            found.push(violation(Rule::Gone, pair[1], "it had answered 410"));
        }
        let least = (2 * HOUR * 2_u32.pow(in_a_row.saturating_sub(1).min(6))).min(DAY);
        let passed = between(pair[0].ended, pair[1].begun);
        if in_a_row > 0 && passed < least {
            found.push(violation(Rule::NotFound, pair[1], format!("{passed:?} after the {in_a_row}th 404 in a row")));
        }
    }
}

/// What a source says of its own pace.
#[derive(Debug, Default)]
struct Wishes {
    at_least: Duration,
    skip_hours: Vec<i8>,
    skip_days: Vec<String>,
}

fn wishes(entries: &[&Entry], promises: &Promises, found: &mut Vec<Violation>) {
    let is_source = entries.first().is_some_and(|entry| promises.sources.contains(&entry.url()));
    let mut feed = Wishes::default();
    let mut stale_at: Option<Timestamp> = None;
    for entry in entries.iter().filter(|_| is_source) {
        if let Some(stale_at) = stale_at.filter(|stale_at| entry.begun < *stale_at) {
            found.push(violation(Rule::Freshness, entry, format!("fresh until {stale_at}")));
        }
        let civil = Offset::UTC.to_datetime(entry.begun);
        let day = format!("{:?}", civil.weekday());
        if feed.skip_hours.contains(&civil.hour()) || feed.skip_days.contains(&day) {
            found.push(violation(Rule::Skips, entry, format!("on {day} at {}", civil.time())));
        }
        if entry.status == 200 {
            feed = Wishes::of(&entry.body);
        }
        if matches!(entry.status, 200 | 304) {
            let asked = max_age(entry).max(Some(feed.at_least)).and_then(|fresh| entry.ended.checked_add(fresh).ok());
            let expires = if max_age(entry).is_some() { None } else { expires(entry) };
            stale_at = asked.max(expires).map(|stale| stale.min(entry.ended + SignedDuration::from_hours(24)));
        }
    }
}

impl Wishes {
    fn of(feed: &str) -> Wishes {
        let elements = |name: &str| -> Vec<String> {
            let (start, end) = (format!("<{name}>"), format!("</{name}>"));
            feed.split(&start).skip(1).filter_map(|rest| Some(rest.split_once(&end)?.0.to_owned())).collect()
        };
        let ttl = elements("ttl").first().and_then(|ttl| ttl.parse().ok()).map_or(Duration::ZERO, Duration::from_mins);
        let daily = elements("sy:updatePeriod").iter().any(|period| period == "daily");
        Wishes {
            at_least: ttl.max(if daily { DAY } else { Duration::ZERO }),
            skip_hours: elements("hour").iter().filter_map(|hour| hour.parse().ok()).collect(),
            skip_days: elements("day"),
        }
    }
}

fn max_age(entry: &Entry) -> Option<Duration> {
    let seconds = entry.answered_with("cache-control")?.split("max-age=").nth(1)?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn expires(entry: &Entry) -> Option<Timestamp> {
    let expires = httpdate::parse_http_date(entry.answered_with("expires")?).ok()?;
    let seconds = expires.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}

fn rests(entries: &[&Entry], found: &mut Vec<Violation>) {
    let mut asked: Option<(Timestamp, Rule)> = None;
    let mut refusals = 0_u32;
    for entry in entries {
        if let Some((until, rule)) = asked.filter(|(until, _)| entry.begun < *until) {
            found.push(violation(rule, entry, format!("the server asked for no requests until {until}")));
        }
        asked = match (entry.status, entry.rest()) {
            (429 | 503, Some(rest)) => Some((entry.ended + SignedDuration::try_from(rest).unwrap(), Rule::RetryAfter)),
            (429, None) => {
                refusals += 1;
                let pause = MINUTE.saturating_mul(2_u32.saturating_pow(refusals - 1)).min(DAY);
                Some((entry.ended + SignedDuration::try_from(pause).unwrap(), Rule::BackOff))
            }
            (503, None) => None,
            _ => {
                refusals = 0;
                None
            }
        };
    }
}

fn one_at_a_time(entries: &[&Entry], promises: &Promises, found: &mut Vec<Violation>) {
    let mut delay = promises.delay;
    for pair in entries.windows(2) {
        if pair[0].path == "/robots.txt" {
            let asked =
                pair[0].body.split("Crawl-delay:").nth(1).and_then(|rest| rest.split_whitespace().next()?.parse().ok());
            delay = promises.delay.max(asked.map_or(Duration::ZERO, Duration::from_secs));
        }
        let is_over = pair[1].begun >= pair[0].ended;
        if !is_over || between(pair[0].ended, pair[1].begun) < delay {
            let passed = pair[1].begun.duration_since(pair[0].ended);
            found.push(violation(Rule::OneAtATime, pair[1], format!("{passed:?} after the end of {}", pair[0].path)));
        }
    }
}

fn robots(entries: &[&Entry], found: &mut Vec<Violation>) {
    let mut last: Option<&Entry> = None;
    let mut rules: Option<Vec<String>> = None;
    for entry in entries {
        if is_robots(entry) {
            let is_early =
                |last: &&Entry| last.path == entry.path && !last.failed() && between(last.begun, entry.begun) < DAY;
            if last.is_some_and(|last| is_early(&last)) {
                found.push(violation(Rule::Robots, entry, "asked for twice within a day"));
            }
            if !matches!(entry.status, 0 | 300..) || (400..500).contains(&entry.status) {
                rules = Some(
                    entry.body.lines().filter_map(|line| line.strip_prefix("Disallow: ")).map(str::to_owned).collect(),
                );
            }
            last = Some(entry);
            continue;
        }
        let is_known = last.is_some_and(|last| last.failed() || between(last.begun, entry.begun) <= DAY + HOUR);
        match &rules {
            Some(rules) if is_known => {
                if let Some(rule) = rules.iter().find(|rule| is_disallowed(rule, &entry.path)) {
                    found.push(violation(Rule::Robots, entry, format!("disallowed by {rule:?}")));
                }
            }
            Some(_) => found.push(violation(Rule::Robots, entry, "robots.txt is older than a day")),
            None => found.push(violation(Rule::Robots, entry, "robots.txt was not got")),
        }
    }
}

/// Rules with one wildcard at most, as the sources have them.
fn is_disallowed(rule: &str, path: &str) -> bool {
    match rule.split_once('*') {
        Some((start, end)) => path.strip_prefix(start).is_some_and(|rest| rest.contains(end)),
        None => !rule.is_empty() && path.starts_with(rule),
    }
}

fn moves(entries: &[&Entry], promises: &Promises, found: &mut Vec<Violation>) {
    // By address: where it led for good, and on which days.
    let mut led: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    let mut redirected_now: Option<String> = None;
    for entry in entries.iter().filter(|entry| !is_robots(entry)) {
        let path = entry.path.clone();
        let has_moved = |(target, days): &(String, Vec<String>)| days.len() >= 3 && *target != path;
        if led.get(&path).is_some_and(has_moved) && promises.sources.contains(&entry.url()) {
            found.push(violation(Rule::Moves, entry, "it had moved for good on three days"));
        }
        let came_by_redirect = redirected_now.as_ref() == Some(&path);
        let is_target = led.values().any(|(target, _)| *target == path) || path == "/elsewhere.xml";
        let is_allowed = led.values().any(|(target, days)| *target == path && days.len() >= 3);
        if is_target && !came_by_redirect && !is_allowed {
            found.push(violation(Rule::Moves, entry, "asked for directly, although it had not moved there for good"));
        }
        redirected_now =
            entry.answered_with("location").map(str::to_owned).filter(|_| (300..400).contains(&entry.status));
        match (entry.status, &redirected_now) {
            (301 | 308, Some(target)) => {
                let day = Offset::constant(7).to_datetime(entry.begun).date().to_string();
                let (known, days) = led.entry(path).or_default();
                if known != target {
                    (*known, *days) = (target.clone(), Vec::new());
                }
                if !days.contains(&day) {
                    days.push(day);
                }
            }
            (200..=399, _) => drop(led.remove(&path)),
            _ => {}
        }
    }
}

/// Only what the sources' feeds name, and where redirects lead.
fn links(entries: &[&Entry], promises: &Promises, found: &mut Vec<Violation>) {
    let mut known: Vec<String> = promises.sources.clone();
    for entry in entries {
        if !is_robots(entry) && !known.contains(&entry.url()) {
            found.push(violation(Rule::OnlyWhatIsLinked, entry, "nothing names it"));
        }
        let location = entry.answered_with("location").map(|path| format!("{}{path}", entry.host));
        let linked =
            entry.body.split("<link>http://").skip(1).filter_map(|rest| Some(rest.split_once("</link>")?.0.to_owned()));
        let new: Vec<String> = location.into_iter().chain(linked).filter(|url| !known.contains(url)).collect();
        known.extend(new);
    }
}

fn traces(entry: &Entry, promises: &Promises, found: &mut Vec<Violation>) {
    for header in ["cookie", "referer", "authorization"] {
        if let Some(value) = entry.asked_with(header) {
            found.push(violation(Rule::NoTraces, entry, format!("{header}: {value}")));
        }
    }
    if !entry.asked_with("user-agent").is_some_and(|agent| agent.contains(&promises.contact)) {
        found.push(violation(Rule::SaysWhoAsks, entry, format!("{:?}", entry.asked_with("user-agent"))));
    }
}

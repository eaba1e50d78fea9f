//! Six portals over a month of simulated time: one is enabled late, one is out of order for two days; stories are copied, changed, moved and withdrawn; the
//! service is restarted, and is down when a digest is due. Seven watches are told everything once and within their rhythm, over killed processes, too.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

mod kills;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use tempfile::TempDir;
use tintinh::clock::Clock;
use tintinh::config::Config;
use tintinh::fetch::transport::Exchange;
use tintinh::fetch::transport::Transport;
use tintinh::fetch::transport::WireRequest;
use tintinh::fetch::transport::WireResponse;
use tintinh::notify::Notifier;
use tintinh::text::fingerprint::hash_parts;

use crate::support::live;
use crate::support::reopened;
use crate::watch_messages::Queued;
use crate::watch_messages::queued;
use crate::watch_messages::told;

/// 07:00 in Vietnam.
const BEGUN: &str = "2026-03-02T00:00:00Z";
const DAYS: i64 = 30;
const PORTALS: i64 = 6;
/// Hours between two articles of a portal.
const RHYTHM: i64 = 6;
/// Entries of a feed: five days, so that what a first visit finds is young enough to be told.
const LISTED: i64 = 20;
/// The portal that is enabled on the tenth day.
const LATE: i64 = 5;
const LATE_FROM: i64 = 240;
/// The portal that answers 503 on two days.
const BROKEN: i64 = 4;
const BROKEN_HOURS: std::ops::Range<i64> = 287..336;
/// Hours in which the service is down while a digest is due.
const DOWN: (i64, i64) = (478, 482);
/// Minutes between two rounds of the watches.
const ROUND: i64 = 20;
/// Hours from an article's publication or change until it must be told at once: two visits, and what a portal's rhythm adds.
const LATEST: i64 = 5;

const SETTINGS: &str = "state_dir = \"../state\"\nrecords_dir = \"../records\"\n[defaults]\nevery = \"2h\"\nevery_max = \"2h\"\ndelay = \"1s\"\n\
    [revisit]\nafter = [\"12h\", \"1d\", \"2d\", \"3d\", \"4d\"]\n[search]\nenabled = false\n\
    [[notify]]\nid = \"ban\"\nkind = \"command\"\ncommand = [\"/bin/false\"]\n[[notify]]\nid = \"so\"\nkind = \"command\"\ncommand = [\"/bin/false\"]\n";

/// Watches: id, and what their files say.
const WATCHES: [(&str, &str); 7] = [
    ("tinh-gon", "any = [\"tinh gon bo may\"]\nrhythm = \"daily 07:00\"\nto = [\"ban\", \"so\"]"),
    ("khong-co", "any = [\"=chuyện không có\"]\nrhythm = \"daily 07:00\"\nto = [\"ban\"]"),
    ("chay-rung", "any = [\"cháy rừng\"]\nevents = [\"new\"]\nrhythm = \"at once\"\nto = [\"ban\"]"),
    ("dang-lai", "all = [\"chay\", \"rung\"]\nevents = [\"reprint\"]\nrhythm = \"hourly\"\nto = [\"ban\"]"),
    ("sap-nhap", "any = [\"sáp nhập xã\"]\nevents = [\"revision\"]\nrhythm = \"hourly\"\nto = [\"so\"]"),
    (
        "da-go",
        "any = [\"số liệu nháp\"]\nevents = [\"withdrawn\"]\nrhythm = \"daily 16:30\"\nto = [\"so\"]\nlanguage = \"en\"",
    ),
    (
        "cong-3",
        "any = [\"tinh gọn bộ máy\"]\nportals = [\"p3\"]\nnone = [\"mua to\"]\nrhythm = \"at once\"\nto = [\"ban\"]",
    ),
];

fn hour(hour: i64) -> Timestamp {
    BEGUN.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour)
}

/// Hours by which portals are apart: the second one repeats the first one's texts two visits later.
const APART: [i64; 6] = [0, 4, 2, 3, 1, 5];

/// The hour at which an article is published.
fn published(portal: i64, number: i64) -> i64 {
    number * RHYTHM + APART[usize::try_from(portal).unwrap()]
}

fn has_reform(number: i64) -> bool {
    number % 5 == 0
}
fn has_fire(portal: i64, number: i64) -> bool {
    portal == 0 && number % 10 == 5 || is_copy(portal, number)
}
/// The second portal repeats the first one's text.
fn is_copy(portal: i64, number: i64) -> bool {
    portal == 1 && number % 10 == 5
}
fn is_changed(portal: i64, number: i64) -> bool {
    portal == 2 && number % 8 == 3
}
fn is_moved(portal: i64, number: i64) -> bool {
    portal == 2 && number % 8 == 4
}
fn is_withdrawn(portal: i64, number: i64) -> bool {
    portal == 3 && number % 8 == 7
}

/// The portals. They write down the time at each request, so that a process that takes over from a killed one goes on from there.
struct Portals {
    clock: Clock,
    folder: std::path::PathBuf,
}

impl Portals {
    fn answer(&self, request: &WireRequest) -> WireResponse {
        let now = self.clock.now();
        fs::write(self.folder.join("now"), now.to_string()).unwrap();
        let hours = now.duration_since(hour(0)).as_hours();
        let portal: i64 = request.url.host().trim_start_matches('p').split('.').next().unwrap().parse().unwrap();
        if portal == BROKEN && BROKEN_HOURS.contains(&hours) {
            return WireResponse::new(503);
        }
        let path = request.url.as_url().path();
        let number = |prefix: &str| path.strip_prefix(prefix)?.strip_suffix(".html")?.parse::<i64>().ok();
        let newest = (hours - published(portal, 0)).div_euclid(RHYTHM);
        match (path, number("/bai/"), number("/tin-tuc/")) {
            ("/tin.xml", ..) => WireResponse::ok("application/rss+xml", feed(portal, newest, hours)),
            (_, Some(number), None) | (_, None, Some(number)) if number <= newest => {
                let right = path_of(portal, number, hours);
                if right != path {
                    return WireResponse {
                        headers: vec![("location".to_owned(), right.into_bytes())],
                        ..WireResponse::new(301)
                    };
                }
                article(portal, number, hours - published(portal, number))
            }
            _ => WireResponse::new(404),
        }
    }
}

impl Transport for Portals {
    fn exchange<'a>(&'a self, request: &'a WireRequest) -> Exchange<'a> {
        Box::pin(async move { Ok(self.answer(request)) })
    }
}

fn path_of(portal: i64, number: i64, hours: i64) -> String {
    let moved = is_moved(portal, number) && hours - published(portal, number) >= 36;
    format!("/{}/{number}.html", if moved { "tin-tuc" } else { "bai" })
}

fn url(portal: i64, number: i64) -> String {
    format!("http://p{portal}.example/bai/{number}.html")
}

fn title(portal: i64, number: i64) -> String {
    let portal = if is_copy(portal, number) { 0 } else { portal };
    format!("Bản tin {portal} số {number}")
}

fn feed(portal: i64, newest: i64, hours: i64) -> String {
    let items = (newest - LISTED + 1..=newest).rev().map(|number| {
        let date = hour(published(portal, number)).strftime("%a, %d %b %Y %H:%M:%S +0000");
        let path = path_of(portal, number, hours);
        format!(
            "<item><title>{}</title><link>http://p{portal}.example{path}</link><pubDate>{date}</pubDate></item>",
            title(portal, number)
        )
    });
    format!("<rss version=\"2.0\"><channel><title>P</title>{}</channel></rss>", items.collect::<String>())
}

fn article(portal: i64, number: i64, age: i64) -> WireResponse {
    if is_withdrawn(portal, number) && age >= 30 {
        return WireResponse::new(410);
    }
    let own = if is_copy(portal, number) { 0 } else { portal };
    let words: Vec<String> =
        (0..90).map(|word| hash_parts([&*format!("{own} {number} {word}")])[..5].to_owned()).collect();
    let mut sentences: Vec<String> = words.chunks(15).map(|words| format!("Câu {}.", words.join(" "))).collect();
    for (is_there, sentence) in [
        (has_reform(number), "Xã bàn việc TINH GỌN bộ máy trong năm."),
        (portal == 3 && number % 10 == 0, "Trời mưa to cả buổi."),
        (has_fire(portal, number), "Cháy rừng đã được dập tắt."),
        (is_changed(portal, number) && age >= 26, "Việc sáp nhập xã được đưa ra bàn."),
        (is_withdrawn(portal, number), "Đây là số liệu nháp."),
    ] {
        if is_there {
            sentences.insert(2, sentence.to_owned());
        }
    }
    let title = title(portal, number);
    let text = sentences.join(" ");
    WireResponse::ok(
        "text/html; charset=utf-8",
        format!(
            "<html><head><title>{title}</title></head><body><h1>{title}</h1><div class=\"than\"><p>{text}</p></div></body></html>"
        ),
    )
}

fn portal_file(portal: i64) -> String {
    format!(
        "name = \"Cổng {portal}\"\nhome = \"http://p{portal}.example/\"\n[[source]]\nid = \"tin\"\nkind = \"feed\"\n\
         url = \"http://p{portal}.example/tin.xml\"\n[[article]]\ntitle = [\"h1\"]\nbody = [\"div.than\"]\n"
    )
}

/// A folder with the configuration, in memory where there is such a folder.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let config = folder.path().join("config");
    for name in ["portals", "watch"] {
        fs::create_dir_all(config.join(name)).unwrap();
    }
    fs::write(config.join("tintinh.toml"), SETTINGS).unwrap();
    for portal in (0..PORTALS).filter(|portal| *portal != LATE) {
        fs::write(config.join(format!("portals/p{portal}.toml")), portal_file(portal)).unwrap();
    }
    for (id, keys) in WATCHES {
        fs::write(config.join(format!("watch/{id}.toml")), format!("name = \"{id}\"\n{keys}\n")).unwrap();
    }
    folder
}

/// The service, from the moment at which it last asked for something until an hour of the month.
async fn serve(folder: &Path, until: i64) {
    let begun = fs::read_to_string(folder.join("now")).map_or(hour(0), |now| now.parse().unwrap());
    let config = Arc::new(Config::load(&folder.join("config")).unwrap_or_else(|errors| panic!("{errors}")));
    let clock = Clock::simulated(begun);
    let portals = Arc::new(Portals { clock: clock.clone(), folder: folder.to_owned() });
    let context = reopened(&config, &clock, portals).await;
    let notifier = Notifier::open(&config.state_dir, context.store.clone()).await.unwrap();
    // The first round comes before the first visit, as in the service.
    notifier.round(&config, clock.now()).await.unwrap();
    let rounds = tokio::spawn({
        let (notifier, config) = (notifier.clone(), Arc::clone(&config));
        async move {
            loop {
                tokio::time::sleep(Duration::from_secs(60 * u64::try_from(ROUND).unwrap())).await;
                notifier.round(&config, clock.now()).await.unwrap();
            }
        }
    });
    let left = hour(until).duration_since(begun).try_into().unwrap_or(Duration::ZERO);
    live(config, context, left).await;
    rounds.abort();
}

/// The whole month, or what is left of it.
async fn month(folder: &Path) {
    let now = || fs::read_to_string(folder.join("now")).map_or(hour(0), |now| now.parse::<Timestamp>().unwrap());
    for until in [LATE_FROM, DOWN.0, DAYS * 24] {
        if until == LATE_FROM || now() >= hour(LATE_FROM - 2) {
            let late = folder.join(format!("config/portals/p{LATE}.toml"));
            if until > LATE_FROM && !late.exists() {
                fs::write(late, portal_file(LATE)).unwrap();
            }
        }
        if until > DOWN.0 && now() < hour(DOWN.1) {
            fs::write(folder.join("now"), hour(DOWN.1).to_string()).unwrap();
        }
        if now() < hour(until) - SignedDuration::from_hours(1) {
            serve(folder, until).await;
        }
    }
}

/// What must have been told of the articles of a month: channel, watch, event, address, and the hour of the reason.
fn expected() -> Vec<(&'static str, &'static str, &'static str, String, i64)> {
    let mut all = Vec::new();
    for portal in 0..PORTALS {
        let first = if portal == LATE { LATE_FROM } else { 0 };
        for number in 0..(DAYS * 24) / RHYTHM {
            let at = published(portal, number);
            // What the first visit may have found, and what the last ones may not.
            if at <= first {
                continue;
            }
            let address = url(portal, number);
            let mut tell = |channel, watch, event, at| all.push((channel, watch, event, address.clone(), at));
            if has_reform(number) && !is_copy(portal, number) {
                tell("ban", "tinh-gon", "new", at);
                tell("so", "tinh-gon", "new", at);
                if portal == 3 && number % 10 != 0 {
                    tell("ban", "cong-3", "new", at);
                }
            }
            if has_fire(portal, number) {
                if is_copy(portal, number) {
                    tell("ban", "dang-lai", "reprint", at);
                } else {
                    tell("ban", "chay-rung", "new", at);
                }
            }
            if is_changed(portal, number) {
                // It is changed after 26 hours, and the next look finds it.
                tell("so", "sap-nhap", "revision", at + 26);
            }
            if is_withdrawn(portal, number) {
                // It is gone after 30 hours, which must be found twice, a day apart.
                tell("so", "da-go", "withdrawn", at + 54);
                if has_reform(number) {
                    tell("ban", "tinh-gon", "withdrawn", at + 54);
                    tell("so", "tinh-gon", "withdrawn", at + 54);
                    if number % 10 != 0 {
                        tell("ban", "cong-3", "withdrawn", at + 54);
                    }
                }
            }
        }
    }
    all
}

fn check(folder: &Path) {
    let messages = queued(folder);
    let mut told = told(&messages);
    let end = DAYS * 24;
    for (channel, watch, event, address, at) in expected() {
        let key = (channel.to_owned(), watch.to_owned(), event.to_owned(), address.clone());
        let moments = told.remove(&key).unwrap_or_default();
        // A digest may come a day later; the last ones come after the month.
        let slack = LATEST + if watch == "tinh-gon" || watch == "da-go" { 24 } else { 1 };
        if at + slack + 24 > end && moments.is_empty() {
            continue;
        }
        let [moment] = moments.as_slice() else { panic!("{key:?} of hour {at} was told {} times", moments.len()) };
        let hours = moment.duration_since(hour(at)).as_hours();
        let broken = if address.contains(&format!("p{BROKEN}.")) && BROKEN_HOURS.contains(&at) { 60 } else { 0 };
        let down = if (DOWN.0 - 30..DOWN.1).contains(&at) { DOWN.1 - DOWN.0 } else { 0 };
        // Articles are looked at once a day in these days.
        let look = if matches!(event, "revision" | "withdrawn") { 26 } else { 0 };
        assert!((0..=slack + broken + down + look).contains(&hours), "{key:?}: {hours} h after hour {at}");
    }
    // What is left was published before the end, but told earlier than it had to be: nothing else.
    assert_eq!(told.keys().collect::<Vec<_>>(), Vec::<&(String, String, String, String)>::new());
    check_rhythm(&messages);
    check_coverage(&messages);
}

/// One digest a day for each recipient, at its time; hourly ones at full hours.
fn check_rhythm(messages: &[Queued]) {
    let digests = |channel: &str, prefix: &str| -> Vec<Timestamp> {
        let those = messages.iter().filter(|queued| {
            let names = queued.message["subject"].as_str().unwrap();
            queued.channel == channel && names.starts_with(prefix) && queued.message["data"]["digest"].is_array()
        });
        those.map(|queued| queued.made).collect()
    };
    for (channel, prefix, minute) in
        [("ban", "[điểm báo] khong-co, tinh-gon", 0), ("so", "[điểm báo] tinh-gon", 0), ("so", "[digest] da-go", 570)]
    {
        let moments = digests(channel, prefix);
        let days: Vec<i64> = moments.iter().map(|moment| moment.duration_since(hour(0)).as_hours() / 24).collect();
        let first = i64::from(minute == 0);
        let count = i64::try_from(days.len()).unwrap();
        assert_eq!(days, (first..count + first).collect::<Vec<_>>(), "{channel} {prefix}");
        assert!(count >= DAYS - 1 - first, "{channel} {prefix}: {count} digests");
        for moment in moments {
            let late = moment.duration_since(hour(0)).as_mins().rem_euclid(24 * 60) - minute;
            let is_down = moment.duration_since(hour(DOWN.1)).abs() <= SignedDuration::from_hours(1);
            assert!((0..=2 * ROUND).contains(&late) || is_down, "{channel} {prefix} at {moment}");
        }
    }
}

/// The digests of the days on which a portal was out of order name it, with the reason; the others do not.
fn check_coverage(messages: &[Queued]) {
    let mut named = 0;
    for queued in messages.iter().filter(|queued| queued.message["data"]["unread"].is_array()) {
        let hours = queued.made.duration_since(hour(0)).as_hours();
        let unread: Vec<&str> = queued.message["data"]["unread"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        let text = queued.message["text"].as_str().unwrap();
        // A portal is asked every two hours, and less often after failures.
        if (BROKEN_HOURS.start + 3..BROKEN_HOURS.end).contains(&hours) {
            assert_eq!(unread, ["Cổng 4"], "hour {hours}: {text}");
            assert!(text.contains("HTTP 503"), "{text}");
            named += 1;
        } else if !(BROKEN_HOURS.start..BROKEN_HOURS.end + 24).contains(&hours) {
            assert_eq!(unread, Vec::<&str>::new(), "hour {hours}: {text}");
        }
    }
    assert!(named >= 4, "{named} digests name it");
}

#[tokio::test(start_paused = true)]
async fn over_a_month_everything_is_told_once_and_in_time() {
    let folder = folder();
    month(folder.path()).await;
    check(folder.path());
}

//! A country of portals made of values, on paused time: what each publishes and what goes wrong with it is a function of the time, so that
//! months pass in moments and every alarm has the moment at which it is due.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use tempfile::TempDir;
use tintinh::archive::PageStore;
use tintinh::clock::Clock;
use tintinh::config::Config;
use tintinh::daemon;
use tintinh::delivery::Delivery;
use tintinh::engine::Engine;
use tintinh::engine::Job;
use tintinh::engine::Setup;
use tintinh::engine::Shutdown;
use tintinh::engine::Until;
use tintinh::fetch::Fetcher;
use tintinh::fetch::transport::Exchange;
use tintinh::fetch::transport::Transport;
use tintinh::fetch::transport::WireRequest;
use tintinh::fetch::transport::WireResponse;
use tintinh::model::alarm::Alarm;
use tintinh::sink::jsonl::JsonLines;
use tintinh::store::Store;
use tintinh::visit::Event;
use tintinh::visit::VisitContext;
use tokio::sync::watch;

const HTML: &str = "text/html; charset=utf-8";

/// Articles on a list's one page.
const LISTED: usize = 20;

/// From a moment to another.
pub(crate) type Span = (Timestamp, Timestamp);

/// What a portal publishes, and what goes wrong with it.
#[derive(Debug, Default, Clone)]
pub(crate) struct Life {
    /// When each article is published, rising.
    pub(crate) articles: Vec<Timestamp>,
    /// When the server answers 503.
    pub(crate) outages: Vec<Span>,
    /// When the list shows nothing.
    pub(crate) emptied: Vec<Span>,
    /// When robots.txt disallows the list.
    pub(crate) closed: Vec<Span>,
    /// From when on pages are built in another way.
    pub(crate) redesigned: Option<Timestamp>,
    /// Whether the list is a feed.
    pub(crate) feed: bool,
    /// Further lines of the portal's file.
    pub(crate) lines: String,
}

fn within(spans: &[Span], now: Timestamp) -> bool {
    spans.iter().any(|(from, to)| (*from..*to).contains(&now))
}

/// The country, as the network of a [`Fetcher`].
struct Web {
    clock: Clock,
    lives: BTreeMap<String, Life>,
    asked: Mutex<BTreeMap<String, SentRequest>>,
}

/// When a portal's list was asked for.
#[derive(Debug, Default, Clone)]
pub(crate) struct SentRequest {
    pub(crate) last: Option<Timestamp>,
    pub(crate) times: u64,
    /// The longest time between two, with its beginning: without an outage in it, and with one.
    pub(crate) longest: [Option<(Duration, Timestamp)>; 2],
    /// Those of the last four weeks: what a test remembers of a year must not look like growth of the service.
    pub(crate) recent: VecDeque<Timestamp>,
}

const RECENT: SignedDuration = SignedDuration::from_hours(28 * 24);

impl SentRequest {
    fn note(&mut self, life: &Life, now: Timestamp) {
        if let Some(last) = self.last {
            let gap = Duration::try_from(now.duration_since(last)).unwrap_or_default();
            let failed = life.outages.iter().chain(&life.emptied).any(|(from, to)| *from <= now && last <= *to);
            let longest = &mut self.longest[usize::from(failed)];
            *longest = (*longest).max(Some((gap, last)));
        }
        self.last = Some(now);
        self.times += 1;
        self.recent.push_back(now);
        while self.recent.front().is_some_and(|moment| now.duration_since(*moment) > RECENT) {
            self.recent.pop_front();
        }
    }
}

impl Web {
    fn answer(&self, request: &WireRequest) -> WireResponse {
        let now = self.clock.now();
        let id = request.url.host().strip_suffix(".example").unwrap_or_default().to_owned();
        let Some(life) = self.lives.get(&id) else { return WireResponse::new(404) };
        let path = request.url.as_url().path();
        if path == "/tin" {
            self.asked.lock().unwrap().entry(id.clone()).or_default().note(life, now);
        }
        if within(&life.outages, now) {
            return WireResponse::new(503);
        }
        let published = life.articles.partition_point(|moment| *moment <= now);
        match path {
            "/robots.txt" if within(&life.closed, now) => {
                WireResponse::ok("text/plain", "User-agent: *\nDisallow: /tin\n")
            }
            "/tin" if life.feed => {
                let shown = if within(&life.emptied, now) { 0 } else { published };
                feed(request, shown)
            }
            "/tin" if within(&life.emptied, now) => WireResponse::ok(HTML, "<html><body><ul></ul></body></html>"),
            "/tin" => list(request, published),
            _ => match path.strip_prefix("/bai-").and_then(|rest| rest.strip_suffix(".html")?.parse::<usize>().ok()) {
                Some(number) if number < published => {
                    article(&id, number, life.articles[number], life.redesigned.is_some_and(|moment| moment <= now))
                }
                _ => WireResponse::new(404),
            },
        }
    }
}

impl Transport for Web {
    fn exchange<'a>(&'a self, request: &'a WireRequest) -> Exchange<'a> {
        Box::pin(async move { Ok(self.answer(request)) })
    }
}

fn list(request: &WireRequest, published: usize) -> WireResponse {
    listed(request, published, HTML, ["<html><body><ul>", "</ul></body></html>"], |number| {
        format!("<li class='item'><a href='/bai-{number}.html'>Tiêu đề bài số {number}</a></li>")
    })
}

fn feed(request: &WireRequest, published: usize) -> WireResponse {
    let around = ["<rss version='2.0'><channel><title>Tin</title>", "</channel></rss>"];
    listed(request, published, "application/rss+xml", around, |number| {
        format!("<item><title>Tiêu đề bài số {number}</title><link>/bai-{number}.html</link></item>")
    })
}

/// The newest articles, each as an item, with a validator.
fn listed(
    request: &WireRequest,
    published: usize,
    kind: &str,
    [head, foot]: [&str; 2],
    item: impl Fn(usize) -> String,
) -> WireResponse {
    let etag = format!("\"{published}\"");
    if request.header("if-none-match") == Some(etag.as_bytes()) {
        return WireResponse::new(304).with_header("ETag", etag);
    }
    let items: String = (published.saturating_sub(LISTED)..published).rev().map(item).collect();
    WireResponse::ok(kind, format!("{head}{items}{foot}")).with_header("ETag", etag)
}

fn article(id: &str, number: usize, published: Timestamp, redesigned: bool) -> WireResponse {
    let (title, date, body) = if redesigned { ("x1", "x2", "x3") } else { ("tieu-de", "ngay", "than") };
    let date_text = if redesigned { String::new() } else { tintinh::text::date::rfc3339(published) };
    let text = format!(
        "<html><head><title>Bài {number:05} của {id}</title></head><body><div class='{title}'>Bài {number:05} của {id}</div>\
         <span class='{date}'>{date_text}</span><div class='{body}'><p>Nội dung của bài viết số {number} ở cổng {id}, dài vừa đủ để được coi \
         là một đoạn văn của bài.</p><p>Đoạn thứ hai của bài {number} nói thêm về việc ở xã, để bài có hơn một đoạn.</p></div></body></html>"
    );
    WireResponse::ok(HTML, text).with_header("ETag", format!("\"{number} {redesigned}\""))
}

/// A country with a service over it.
pub(crate) struct Country {
    folder: TempDir,
    web: Arc<Web>,
    clock: Clock,
    /// Alarms that were raised and that were over, with the moment.
    alarms: Arc<Mutex<Vec<(Timestamp, Alarm)>>>,
}

impl Country {
    /// Portals by id; their settings are added to `tintinh.toml`. Time is paused and begins at `epoch`.
    pub(crate) fn new(epoch: Timestamp, settings: &str, lives: BTreeMap<String, Life>) -> Country {
        // Syncs are not what is looked at here, and memory has none.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        fs::create_dir_all(folder.path().join("config/portals")).unwrap();
        let settings = format!("contact = \"mailto:a@b.example\"\nstate_dir = \"../state\"\n{settings}");
        fs::write(folder.path().join("config/tintinh.toml"), settings).unwrap();
        for (id, life) in &lives {
            fs::write(folder.path().join(format!("config/portals/{id}.toml")), portal(id, life)).unwrap();
        }
        let clock = Clock::simulated(epoch);
        let web = Arc::new(Web { clock: clock.clone(), lives, asked: Mutex::default() });
        Country { folder, web, clock, alarms: Arc::default() }
    }

    pub(crate) fn config(&self) -> Config {
        Config::load(&self.folder.path().join("config")).unwrap_or_else(|errors| panic!("{errors}"))
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What was asked of a portal's list.
    pub(crate) fn asked(&self, id: &str) -> SentRequest {
        self.web.asked.lock().unwrap().get(id).cloned().unwrap_or_default()
    }

    /// Runs the service for a while.
    pub(crate) async fn serve(&self, time: Duration) {
        self.serve_and(tokio::time::sleep(time)).await;
    }

    /// Runs the service until something ends.
    pub(crate) async fn serve_and<T>(&self, meanwhile: impl Future<Output = T>) -> T {
        let config = self.config();
        let store = Store::open(&config.state_dir).await.unwrap();
        store.free_leases(self.clock.now()).await.unwrap();
        store.register(&daemon::registrations(&config), self.clock.now()).await.unwrap();
        let fetcher = Fetcher::with_transport(config.fetch.clone(), self.clock.clone(), self.web.clone());
        let pages = PageStore::open(&config.state_dir.join("pages"), config.pages.clone()).unwrap();
        let sink = JsonLines::open(&config.records_dir).unwrap();
        let (clock, alarms) = (self.clock.clone(), Arc::clone(&self.alarms));
        let reporter = Arc::new(move |event| {
            if let Event::Alarm(alarm) = event {
                alarms.lock().unwrap().push((clock.now(), alarm));
            }
        });
        let context =
            VisitContext { store: store.clone(), fetcher: fetcher.clone(), pages, clock: self.clock.clone(), reporter };
        let (_sender, setup) = watch::channel(Setup { config: Arc::new(config), fetcher });
        let (tell, told) = watch::channel(false);
        let (_hurry, cut) = watch::channel(false);
        let job = Job { until: Until::Shutdown, portals: None, backfill: None, by_hand: false };
        let run = Engine::new(context, Delivery::new(store, sink), setup).run(job, Shutdown { told, cut });
        let stop = async {
            let value = meanwhile.await;
            tell.send_replace(true);
            value
        };
        let (done, value) = tokio::join!(run, stop);
        done.unwrap();
        value
    }

    /// What the store says, beside or after the service.
    pub(crate) async fn store(&self) -> Store {
        Store::open_read_only(&self.config().state_dir).await.unwrap()
    }

    /// The alarms that were raised so far, as (portal, name, subject), with the moments at which they were raised and over.
    pub(crate) fn alarms(&self) -> Vec<(String, Timestamp, Option<Timestamp>)> {
        let mut told: BTreeMap<i64, (String, Timestamp, Option<Timestamp>)> = BTreeMap::new();
        for (moment, alarm) in self.alarms.lock().unwrap().iter() {
            let portal = alarm.key.portal.as_ref().map(ToString::to_string).unwrap_or_default();
            let name = format!("{portal} {} {}", alarm.key.kind.name(), alarm.key.subject).trim().to_owned();
            match alarm.cleared {
                None => assert!(told.insert(alarm.number, (name, *moment, None)).is_none(), "raised once: {alarm:?}"),
                Some(_) => told.get_mut(&alarm.number).unwrap().2 = Some(*moment),
            }
        }
        told.into_values().collect()
    }

    /// Records by portal.
    pub(crate) fn records(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for path in tintinh::sink::survey::files(&self.config().records_dir).unwrap() {
            let portal = path.ancestors().nth(3).unwrap().file_name().unwrap().to_str().unwrap().to_owned();
            let lines = fs::read_to_string(&path).unwrap().lines().count() as u64;
            *counts.entry(portal).or_default() += lines;
        }
        counts
    }
}

fn portal(id: &str, life: &Life) -> String {
    let lines = &life.lines;
    let list = if life.feed {
        "kind = \"feed\""
    } else {
        "kind = \"listing\"\nselect = { item = [\"li.item\"], link = [\"a\"] }"
    };
    format!(
        "name = \"Cổng {id}\"\nhome = \"http://{id}.example/\"\n{lines}\n
[[source]]\nid = \"tin\"\nurl = \"http://{id}.example/tin\"\n{list}\n
[[article]]\ntitle = [\".tieu-de\"]\nbody = [\"div.than\"]\ndate = [\"span.ngay\"]\n"
    )
}

/// A Monday, 00:00 in Vietnam.
pub(crate) fn monday() -> Timestamp {
    "2025-06-29T17:00:00Z".parse().unwrap()
}

pub(crate) fn hours(count: u64) -> Duration {
    Duration::from_hours(count)
}

/// One article an hour from 8 to 16 o'clock on the five working days of so many weeks, and one of the day before.
pub(crate) fn office(weeks: u64) -> Vec<Timestamp> {
    let days = (0..weeks * 7).filter(|day| day % 7 < 5);
    let all = days.flat_map(|day| (8..17).map(move |hour| monday() + hours(day * 24 + hour)));
    std::iter::once(monday() - hours(9)).chain(all).collect()
}

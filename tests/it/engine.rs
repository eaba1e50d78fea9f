//! The engine over a web made of values, on paused time: hours pass in moments, and every request has its second.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fmt::Write;
use std::fs;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use jiff::SignedDuration;
use tempfile::TempDir;
use tintinh::archive::PageStore;
use tintinh::clock::Clock;
use tintinh::config::Config;
use tintinh::daemon;
use tintinh::delivery::Delivery;
use tintinh::engine::Engine;
use tintinh::engine::EngineError;
use tintinh::engine::Job;
use tintinh::engine::Report;
use tintinh::engine::Setup;
use tintinh::engine::Shutdown;
use tintinh::engine::Until;
use tintinh::fetch::Fetcher;
use tintinh::fetch::transport::Values;
use tintinh::fetch::transport::WireResponse;
use tintinh::model::portal::PortalId;
use tintinh::sink::jsonl::JsonLines;
use tintinh::store::Store;
use tintinh::visit::Event;
use tintinh::visit::Reporter;
use tintinh::visit::VisitContext;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::world::records_below;

const HTML: &str = "text/html; charset=utf-8";

/// An engine's surroundings.
pub(crate) struct Works {
    folder: TempDir,
    pub(crate) web: Arc<Values>,
    clock: Clock,
    tell: watch::Sender<bool>,
    hurry: watch::Sender<bool>,
    shutdown: Shutdown,
}

impl Works {
    /// Portals of one listing each, by id and further lines of their files.
    pub(crate) fn new(settings: &str, portals: &[(&str, &str)]) -> Works {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("config/portals")).unwrap();
        let settings = format!("contact = \"mailto:a@b.example\"\nstate_dir = \"../state\"\n{settings}");
        fs::write(folder.path().join("config/tintinh.toml"), settings).unwrap();
        for (id, lines) in portals {
            fs::write(folder.path().join(format!("config/portals/{id}.toml")), portal(id, lines)).unwrap();
        }
        let (tell, told) = watch::channel(false);
        let (hurry, cut) = watch::channel(false);
        let clock = Clock::simulated("2025-07-01T05:00:00Z".parse().unwrap());
        Works { folder, web: Arc::default(), clock, tell, hurry, shutdown: Shutdown { told, cut } }
    }

    fn config(&self) -> Config {
        Config::load(&self.folder.path().join("config")).unwrap_or_else(|errors| panic!("{errors}"))
    }

    async fn run(&self, until: Until, backfill: Option<u32>, reporter: Reporter) -> Result<Report, EngineError> {
        let config = self.config();
        let portals: Vec<PortalId> = config.portals.iter().map(|portal| portal.outlet.portal.clone()).collect();
        let store = Store::open(&config.state_dir).await.unwrap();
        store.free_leases(self.clock.now()).await.unwrap();
        store.register(&daemon::registrations(&config), self.clock.now()).await.unwrap();
        if until == Until::Idle {
            store.make_due(&portals, self.clock.now()).await.unwrap();
        }
        let fetcher = Fetcher::with_transport(config.fetch.clone(), self.clock.clone(), self.web.clone());
        let pages = PageStore::open(&config.state_dir.join("pages"), config.pages.clone()).unwrap();
        let sink = JsonLines::open(&config.records_dir).unwrap();
        let clock = self.clock.clone();
        let context = VisitContext { store: store.clone(), fetcher: fetcher.clone(), pages, clock, reporter };
        let (_sender, setup) = watch::channel(Setup { config: Arc::new(config), fetcher });
        let job = Job { until, portals: None, backfill, by_hand: until == Until::Idle };
        Engine::new(context, Delivery::new(store, sink), setup).run(job, self.shutdown.clone()).await
    }

    pub(crate) async fn once(&self) -> Report {
        self.run(Until::Idle, None, Arc::new(|_| {})).await.unwrap()
    }

    /// The service for a while.
    async fn serve(&self, time: Duration) -> Report {
        let tell = self.tell.clone();
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            tell.send_replace(true);
        });
        self.run(Until::Shutdown, None, Arc::new(|_| {})).await.unwrap()
    }

    /// The titles of all records, sorted.
    pub(crate) fn titles(&self) -> Vec<String> {
        let records = records_below(&self.folder.path().join("state/records"));
        let mut titles: Vec<String> = records.into_iter().map(|record| record.title).collect();
        titles.sort();
        titles
    }

    /// When an address was asked for, in seconds since a moment.
    fn times(&self, url: &str, since: Instant) -> Vec<u64> {
        let asked = self.web.asked().into_iter().filter(|asked| asked.request.url.as_str() == url);
        asked.map(|asked| asked.at.duration_since(since).as_secs()).collect()
    }

    /// A list with so many articles on each of so many pages.
    pub(crate) fn publish(&self, id: &str, pages: usize, articles: usize) {
        for page in 1..=pages {
            let mut items = String::new();
            for number in (page - 1) * articles..page * articles {
                write!(items, "<li class='item'><a href='/bai-{number}.html'>Tiêu đề bài số {number}</a></li>")
                    .unwrap();
                self.article(id, number);
            }
            let list = format!("<html><body><h1>Tin tức</h1><ul>{items}</ul></body></html>");
            self.web.get(&format!("http://{id}.example/tin?trang={page}"), WireResponse::ok(HTML, list.clone()));
            if page == 1 {
                self.web.get(&format!("http://{id}.example/tin"), WireResponse::ok(HTML, list));
            }
        }
    }

    fn article(&self, id: &str, number: usize) {
        self.web.get(&article_url(id, number), WireResponse::ok(HTML, article(id, number)));
    }
}

fn portal(id: &str, lines: &str) -> String {
    format!(
        "name = \"Cổng {id}\"\nhome = \"http://{id}.example/\"\n{lines}\n
[[source]]\nkind = \"listing\"\nurl = \"http://{id}.example/tin\"\nselect = {{ item = [\"li.item\"], link = [\"a\"] }}
paging = {{ by = \"query\", parameter = \"trang\", first = 1 }}\n
[[article]]\ntitle = [\"h1\"]\nbody = [\"div.than\"]\ndate = [\"span.ngay\"]\n"
    )
}

fn article_url(id: &str, number: usize) -> String {
    format!("http://{id}.example/bai-{number}.html")
}

fn article(id: &str, number: usize) -> String {
    format!(
        "<html><head><title>Cổng {id}</title></head><body><h1>Bài {number:03} của {id}</h1><span class='ngay'>30/06/2025 08:00</span>\
         <div class='than'><p>Nội dung của bài viết số {number} ở cổng {id}, dài vừa đủ để được coi là một đoạn văn của bài.</p></div></body></html>"
    )
}

fn titles_of(id: &str, numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("Bài {number:03} của {id}")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_portal_with_a_delay_longer_than_a_visit_gets_on() {
    let works = Works::new("[engine]\nvisit_time = \"1m\"", &[("a", "delay = \"1h\"")]);
    works.publish("a", 1, 3);
    let begun = Instant::now();
    let report = works.once().await;
    assert_eq!(works.titles(), titles_of("a", 0..3), "{report:?}");
    assert_eq!(works.times("http://a.example/robots.txt", begun), [0]);
    assert_eq!(works.times("http://a.example/tin", begun), [3600]);
    // The list's second page is not there, and ends it.
    assert_eq!(works.times("http://a.example/bai-2.html", begun), [5 * 3600]);
}

/// How many articles a portal of twelve settles in a row, where visits are made one at a time and another portal waits for its turn.
async fn settled_in_a_row(settings: &str, latency: Duration) -> usize {
    let portal = "delay = \"0s\"";
    let mut works = Works::new(&format!("[engine]\nconcurrency = 1\n{settings}"), &[("a", portal), ("b", portal)]);
    works.web = Arc::new(Values::with_latency(latency));
    works.publish("a", 1, 12);
    works.publish("b", 1, 12);
    let settled: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = Arc::clone(&settled);
    let reporter: Reporter = Arc::new(move |event| {
        if let Event::Settled { portal, .. } = event {
            log.lock().unwrap().push(portal.to_string());
        }
    });
    works.run(Until::Idle, None, reporter).await.unwrap();
    assert_eq!(works.titles().len(), 24, "what is left is taken up by the next visit");
    let settled = settled.lock().unwrap();
    settled.iter().take_while(|portal| **portal == settled[0]).count()
}

#[tokio::test(start_paused = true)]
async fn a_visit_is_bounded_in_articles_and_time() {
    assert_eq!(settled_in_a_row("visit_articles = 5", Duration::from_millis(1)).await, 5);
    // Two requests for robots.txt and the list, one for its second page, which is not there.
    assert_eq!(settled_in_a_row("visit_time = \"1m\"", Duration::from_secs(10)).await, 3);
    assert_eq!(settled_in_a_row("", Duration::from_millis(1)).await, 12);
}

#[tokio::test(start_paused = true)]
async fn a_walk_is_bounded_in_pages() {
    let works = Works::new("", &[("a", "delay = \"1s\"")]);
    works.publish("a", 12, 1);
    works.serve(Duration::from_mins(30)).await;
    let lists = works.web.pages_asked().iter().filter(|url| url.contains("/tin")).count();
    assert_eq!((lists, works.titles()), (5, titles_of("a", 0..5)), "`pages` of a listing are 5 by default");
}

#[tokio::test(start_paused = true)]
async fn a_backfill_reads_every_page_once_and_then_every_article() {
    let works = Works::new("", &[("a", "delay = \"30s\"")]);
    works.publish("a", 120, 1);
    let report = works.run(Until::Idle, Some(100), Arc::new(|_| {})).await.unwrap();
    assert_eq!(works.titles(), titles_of("a", 0..100), "{report:?}");
    let mut asked = works.web.pages_asked();
    let count = asked.len();
    asked.sort();
    asked.dedup();
    assert_eq!((asked.len(), count), (200, 200), "nothing is asked for twice");
    assert_eq!(report.delivered, 100);
}

#[tokio::test(start_paused = true)]
async fn one_group_is_asked_one_request_at_a_time() {
    let group = "group = \"chung\"\ndelay = \"7s\"";
    let works = Works::new("", &[("a", group), ("b", group), ("c", "delay = \"7s\"")]);
    for id in ["a", "b", "c"] {
        works.publish(id, 1, 4);
    }
    works.once().await;
    let asked = works.web.asked();
    let mut times: Vec<Instant> =
        asked.iter().filter(|asked| asked.request.url.host() != "c.example").map(|asked| asked.at).collect();
    times.sort();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_secs(7)), "{times:?}");
    assert_eq!(works.titles().len(), 12);
}

#[tokio::test(start_paused = true)]
async fn what_fails_or_is_gone_is_asked_for_again() {
    let works = Works::new("[defaults]\nevery = \"30m\"\ndelay = \"1s\"", &[("a", "")]);
    works.publish("a", 1, 3);
    works.web.forget("GET", &article_url("a", 0));
    works.web.get(&article_url("a", 0), WireResponse::new(503));
    works.article("a", 0);
    works.web.forget("GET", &article_url("a", 1));
    works.web.get(&article_url("a", 1), WireResponse::new(404));
    works.article("a", 1);
    let begun = Instant::now();
    works.serve(Duration::from_hours(3)).await;
    assert_eq!(works.titles(), titles_of("a", 0..3));
    let failed = works.times(&article_url("a", 0), begun);
    assert!((1500..2200).contains(&failed[1]), "with the next visit: {failed:?}");
    let gone = works.times(&article_url("a", 1), begun);
    assert!((7200..9300).contains(&gone[1]), "at the age of two hours: {gone:?}");
    let lists = works.times("http://a.example/tin", begun).len();
    assert!((5..=7).contains(&lists), "{lists} visits in 3 h, every 30 min");
}

#[tokio::test(start_paused = true)]
async fn a_one_shot_visits_each_portal_once_however_often_it_is_due() {
    let works = Works::new("[defaults]\nevery = \"1s\"\ndelay = \"2s\"", &[("a", ""), ("b", "")]);
    works.publish("a", 1, 3);
    works.publish("b", 1, 3);
    works.once().await;
    let lists = works.web.pages_asked().iter().filter(|url| url.ends_with("/tin")).count();
    assert_eq!((lists, works.titles().len()), (2, 6));
}

/// A list that fails is asked for at growing distances, and until it answers its portal does not count as well.
#[tokio::test(start_paused = true)]
async fn a_portal_whose_source_is_put_off_does_not_count_as_well() {
    let works = Works::new("[defaults]\nevery = \"30m\"\ndelay = \"1s\"", &[("a", "")]);
    for _ in 0..7 {
        works.web.get("http://a.example/tin", WireResponse::new(500));
    }
    works.publish("a", 1, 2);
    let begun = Instant::now();
    works.serve(Duration::from_mins(20)).await;
    let store = Store::open_read_only(&works.config().state_dir).await.unwrap();
    let status = store.status().await.unwrap().remove(0);
    assert!(status.failures >= 4 && status.last_success.is_none(), "{status:?}");
    assert!(status.last_error.unwrap().contains("500"));
    works.tell.send_replace(false);
    works.serve(Duration::from_hours(3)).await;
    let status = store.status().await.unwrap().remove(0);
    assert!(status.failures == 0 && status.last_error.is_none() && status.last_success.is_some(), "{status:?}");
    assert_eq!(works.titles(), titles_of("a", 0..2));
    let times = works.times("http://a.example/tin", begun);
    let gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).take(6).collect();
    let doubled = [60, 120, 240, 480, 960, 1920];
    assert!(gaps.iter().zip(doubled).all(|(gap, due)| (due..due * 5 / 4 + 5).contains(gap)), "{gaps:?}");
}

/// A lease runs out under a visit when the clock jumps: what it holds then is refused, and found by the next one.
#[tokio::test(start_paused = true)]
async fn a_lost_lease_writes_nothing_and_loses_nothing() {
    let works = Works::new("[defaults]\ndelay = \"1s\"", &[("a", ""), ("b", "")]);
    works.publish("a", 1, 3);
    works.publish("b", 1, 3);
    let clock = works.clock.clone();
    let jump: Reporter = Arc::new(move |event| {
        if matches!(&event, Event::SourceRead { portal, .. } if portal.as_str() == "a") {
            clock.jump(SignedDuration::from_hours(2));
        }
    });
    let report = works.run(Until::Idle, None, jump).await.unwrap();
    let failures = &report.portals[&PortalId::new("a").unwrap()].failures;
    assert!(failures[0].message.contains("lease of a is lost"), "{report:?}");
    assert!(!works.titles().iter().any(|title| title.ends_with('a')));
    works.once().await;
    assert_eq!(works.titles().len(), 6);
}

/// A bug outside of the stages that are guarded one by one.
#[tokio::test(start_paused = true)]
async fn a_panic_in_a_visit_puts_its_portal_off_and_leaves_the_others_alone() {
    let works = Works::new("[defaults]\ndelay = \"1s\"", &[("a", ""), ("b", "")]);
    works.publish("a", 1, 3);
    works.publish("b", 1, 3);
    let panic: Reporter = Arc::new(|event| {
        assert!(!matches!(&event, Event::Settled { portal, .. } if portal.as_str() == "a"), "a bug of the test");
    });
    let report = works.run(Until::Idle, None, panic).await.unwrap();
    let failed = report.portals[&PortalId::new("a").unwrap()].failed.as_ref().unwrap();
    assert!(failed.message.starts_with("bug in visit"), "{failed:?}");
    // What was settled before it stays.
    assert_eq!(works.titles(), [titles_of("a", 0..1), titles_of("b", 0..3)].concat());
    works.once().await;
    assert_eq!(works.titles().len(), 6);
}

/// A visit that does not end: its thread is blocked.
fn blocking() -> Reporter {
    Arc::new(|event| {
        if matches!(event, Event::SourceRead { .. }) {
            std::thread::sleep(Duration::from_secs(8));
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn visits_that_do_not_end_are_cut_off_after_their_grace() {
    let works = Works::new("[engine]\nshutdown_grace = \"200ms\"\n[defaults]\ndelay = \"0s\"", &[("a", "")]);
    works.publish("a", 1, 3);
    let tell = works.tell.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        tell.send_replace(true);
    });
    let begun = Instant::now();
    let report = works.run(Until::Idle, None, blocking()).await.unwrap();
    assert!(report.interrupted && begun.elapsed() < Duration::from_secs(7), "{report:?} {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_second_signal_cuts_visits_off_at_once() {
    let works = Works::new("[engine]\nshutdown_grace = \"10m\"\n[defaults]\ndelay = \"0s\"", &[("a", "")]);
    works.publish("a", 1, 3);
    let (tell, hurry) = (works.tell.clone(), works.hurry.clone());
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        tell.send_replace(true);
        tokio::time::sleep(Duration::from_millis(300)).await;
        hurry.send_replace(true);
    });
    let begun = Instant::now();
    let report = works.run(Until::Idle, None, blocking()).await.unwrap();
    assert!(report.interrupted && begun.elapsed() < Duration::from_secs(7), "{report:?} {:?}", begun.elapsed());
}

/// What the readers make of a page changes with rules, with what is learned of a site and with every release; a revision is what the site changed.
#[tokio::test(start_paused = true)]
async fn a_page_that_is_read_otherwise_is_no_revision() {
    let works = Works::new("[defaults]\nevery = \"30m\"\ndelay = \"1s\"", &[("a", "")]);
    works.publish("a", 1, 2);
    let changed = article("a", 1).replace("dài vừa đủ", "nay đã được sửa, dài vừa đủ");
    works.web.get(&article_url("a", 1), WireResponse::ok(HTML, changed));
    works.once().await;
    let path = works.folder.path().join("config/portals/a.toml");
    let rules = fs::read_to_string(&path).unwrap().replace("title = [\"h1\"]", "title = [\"span.ngay\"]");
    fs::write(&path, rules).unwrap();
    works.serve(Duration::from_hours(3)).await;
    let mut records: Vec<(String, u32, String)> = records_below(&works.folder.path().join("state/records"))
        .into_iter()
        .map(|record| (record.url, record.revision, record.title))
        .collect();
    records.sort();
    let record = |number, revision, title: &str| (article_url("a", number), revision, title.to_owned());
    let expected = [record(0, 1, "Bài 000 của a"), record(1, 1, "Bài 001 của a"), record(1, 2, "30/06/2025 08:00")];
    assert_eq!(records, expected);
    assert_eq!(works.web.pages_asked().iter().filter(|url| **url == article_url("a", 0)).count(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_learned_of_a_host_is_kept_over_restarts() {
    let works = Works::new("[defaults]\nevery = \"30m\"\ndelay = \"1s\"", &[("a", "")]);
    works.publish("a", 1, 2);
    works.once().await;
    let learned = async || {
        let store = Store::open_read_only(&works.config().state_dir).await.unwrap();
        assert_eq!(store.site_memory("b.example").await.unwrap(), None);
        store.site_memory("a.example").await.unwrap().unwrap().articles()
    };
    assert_eq!(learned().await, 2);
    // The articles are asked for again after two hours: they teach nothing twice.
    works.serve(Duration::from_hours(3)).await;
    assert_eq!(learned().await, 2);
    works.web.forget("GET", "http://a.example/tin");
    works.publish("a", 1, 3);
    works.tell.send_replace(false);
    works.serve(Duration::from_hours(1)).await;
    assert_eq!(learned().await, 3);
}

/// An article's address answers with a notice.
fn notice(works: &Works, number: usize, answer: WireResponse) {
    let url = article_url("a", number);
    works.web.forget("GET", &url);
    works.web.get(&url, answer);
}

fn notice_page() -> WireResponse {
    let text = "Để phục vụ bạn đọc tốt hơn, cổng chuyển sang giao diện mới từ hôm nay, mong bạn đọc thông cảm và quay lại sau ít ngày.";
    WireResponse::ok(HTML, format!("<html><body><h1>Thư ngỏ</h1><div class='than'><p>{text}</p></div></body></html>"))
}

#[tokio::test(start_paused = true)]
async fn links_that_end_at_one_text_are_a_wall_and_give_no_record() {
    for redirects in [false, true] {
        let works = Works::new("", &[("a", "delay = \"0s\"")]);
        works.publish("a", 1, 4);
        works.web.get("http://a.example/thu-ngo", notice_page());
        for number in 0..4 {
            let to = WireResponse::new(302).with_header("Location", "/thu-ngo");
            notice(&works, number, if redirects { to } else { notice_page() });
        }
        let report = works.once().await;
        let summary = report.portals.values().next().unwrap();
        assert_eq!((works.titles().len(), summary.blocked), (0, 2), "{report:?}");
        // The wall is gone.
        for number in 0..4 {
            works.web.forget("GET", &article_url("a", number));
            works.article("a", number);
        }
        tokio::time::sleep(Duration::from_hours(2)).await;
        works.once().await;
        assert_eq!(works.titles(), titles_of("a", 0..4));
    }
}

#[tokio::test(start_paused = true)]
async fn a_notice_in_the_place_of_two_articles_takes_no_other_with_it() {
    let works = Works::new("", &[("a", "delay = \"0s\"")]);
    works.publish("a", 1, 5);
    notice(&works, 1, notice_page());
    notice(&works, 3, notice_page());
    let report = works.once().await;
    assert_eq!(report.portals.values().next().unwrap().rejected, 2, "{report:?}");
    assert_eq!(works.titles(), [0, 2, 4].map(|number| titles_of("a", number..number + 1)).concat());
    // One alone is what the site calls it.
    let works = Works::new("", &[("a", "delay = \"0s\"")]);
    works.publish("a", 1, 3);
    notice(&works, 1, notice_page());
    works.once().await;
    assert_eq!(works.titles(), ["Bài 000 của a", "Bài 002 của a", "Thư ngỏ"]);
}

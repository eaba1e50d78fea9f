//! The fifty portals of the month, and what happens to their articles. Nothing here knows how watches work.

use std::fs;
use std::io::Write;
use std::ops::Range;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Mutex;

use jiff::SignedDuration;
use jiff::Timestamp;
use tintinh::clock::Clock;
use tintinh::fetch::FetchError;
use tintinh::fetch::transport::Exchange;
use tintinh::fetch::transport::Transport;
use tintinh::fetch::transport::WireRequest;
use tintinh::fetch::transport::WireResponse;
use tintinh::text::fingerprint::hash_parts;

use crate::copies::text;

/// 07:00 in Vietnam.
const BEGUN: &str = "2026-03-02T00:00:00Z";
pub(super) const PORTALS: i64 = 50;
/// Entries of a feed, and of a page of a list.
const LISTED: i64 = 3;
/// Portals that are enabled in the second week.
pub(super) const LATE: Range<i64> = 40..42;
pub(super) const LATE_FROM: i64 = 243;
/// Portals whose feed is out of order for some hours: with a status, or without an answer.
pub(super) const OUTAGES: [(i64, Range<i64>, Option<u16>); 4] =
    [(42, 287..336, Some(503)), (43, 100..141, None), (44, 500..560, Some(404)), (42, 600..612, Some(403))];
/// The portal with two feeds, of which one is out of order.
pub(super) const HALF: i64 = 45;
const HALF_HOURS: Range<i64> = 200..262;
/// Its second feed, which begins behind so many articles of the first one.
const BEHIND: &str = "/khac.xml";
const OLDER: i64 = 8;
/// Portals whose rules are changed, and whose pages are read again.
pub(super) const REREAD: Range<i64> = 46..48;
/// Portals with a list, whose old pages are read by a backfill.
pub(super) const LISTS: Range<i64> = 48..50;

/// How much happens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) days: i64,
    /// Hours between two articles of a portal.
    pub(super) rhythm: i64,
    /// Hours between two visits.
    pub(super) every: i64,
}

/// Phrases as watches have them, and sentences in which they stand. On each page, [`sentence`] writes them in its own way.
pub(super) const MARKERS: [(&str, &str); 14] = [
    ("tinh gon bo may", "Xã bàn việc TINH GỌN bộ máy trong năm."),
    ("cháy rừng", "Vụ cháy rừng đã được dập tắt."),
    ("Hạn mặn", "Năm nay ha\u{323}n ma\u{306}\u{323}n đến sớm."),
    ("=đồ gỗ", "Hàng “Đồ gỗ” bán chạy."),
    ("do go", "Cụ vừa đỡ gỗ lên xe."),
    ("covid-19", "Ca COVID 19 cuối cùng đã khỏi."),
    ("ngân sách", "Ngân sách được duyệt."),
    ("học phí", "Thu học-phí theo quý."),
    ("quảng cáo", "Mục này là quảng cáo."),
    ("sáp nhập thôn", "Việc sáp nhập thôn được đưa ra bàn."),
    ("số liệu nháp", "Đây là số liệu nháp."),
    ("hộp thư ý kiến", "Mời gửi hộp thư ý kiến của tòa soạn."),
    ("07/3", "Hạn chót là ngày 7/3 tới."),
    ("chuyện chưa hề có", "Không bài nào có câu này: chuyện chưa hề có."),
];
pub(super) const REFORM: usize = 0;
pub(super) const FIRE: usize = 1;
pub(super) const DROUGHT: usize = 2;
pub(super) const FURNITURE: usize = 3;
pub(super) const WOOD: usize = 4;
pub(super) const COVID: usize = 5;
pub(super) const BUDGET: usize = 6;
pub(super) const FEES: usize = 7;
pub(super) const ADVERTISEMENT: usize = 8;
pub(super) const CHANGE: usize = 9;
pub(super) const DRAFT: usize = 10;
pub(super) const BOX: usize = 11;
pub(super) const DEADLINE: usize = 12;
pub(super) const NEVER: usize = 13;
/// Those that stand in any article, one in five.
const ANYWHERE: [usize; 10] = [REFORM, FIRE, DROUGHT, FURNITURE, WOOD, COVID, BUDGET, FEES, ADVERTISEMENT, DEADLINE];

/// An article: its portal and number.
pub(super) type Article = (i64, i64);

/// What becomes of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Plain,
    /// It repeats another one.
    Copy(Article),
    /// It repeats another one, is dated before it, and is listed after it: it becomes the head of the story.
    Earlier(Article),
    /// It has the whole text of which two others, that were stories of their own, have a part each.
    Both(Article, Article),
    /// A sentence is added.
    Changed,
    /// It gets another address, to which the old one leads.
    Moved,
    Withdrawn,
    /// It is listed long after its date.
    Stale,
}

pub(super) fn fate((portal, number): Article) -> Fate {
    let is_odd = number.rem_euclid(2) == 1;
    match portal {
        0..=15 if is_odd && portal % 2 == 1 => Fate::Copy((portal - 1, number)),
        16..=21 if is_odd => Fate::Moved,
        16..=21 => Fate::Changed,
        22..=27 if !is_odd => Fate::Withdrawn,
        30 | 33 if is_odd => Fate::Both((portal - 2, number), (portal - 1, number)),
        35 | 37 if is_odd => Fate::Earlier((portal - 1, number)),
        38 | 39 if !is_odd => Fate::Stale,
        _ => Fate::Plain,
    }
}

/// What stands in an article when it is new. A copy has what the original has.
pub(super) fn markers(article: Article) -> Vec<usize> {
    match fate(article) {
        Fate::Copy(original) | Fate::Earlier(original) => return markers(original),
        _ => {}
    }
    let (portal, number) = whole_of(article).unwrap_or(article);
    let has = |marker: &usize| {
        let hash = hash_parts([&*format!("{portal} {number} {marker}")]);
        u32::from_str_radix(&hash[..4], 16).unwrap() % 5 == 0
    };
    // What stands in all three of a story must not make them alike.
    let most = if whole_of(article).is_some() { 2 } else { ANYWHERE.len() };
    let mut all: Vec<usize> = ANYWHERE.into_iter().filter(has).take(most).collect();
    all.extend((fate(article) == Fate::Withdrawn).then_some(DRAFT));
    all
}

/// The article that has the whole text, of one of three that turn out to be one story.
fn whole_of((portal, number): Article) -> Option<Article> {
    let whole = (28..=33).contains(&portal).then_some((portal + 2 - (portal - 28) % 3, number))?;
    matches!(fate(whole), Fate::Both(..)).then_some(whole)
}

pub(super) fn hour(hour: i64) -> Timestamp {
    BEGUN.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour)
}

pub(super) fn url((portal, number): Article) -> String {
    format!("http://p{portal}.example/bai/{number}.html")
}

impl Size {
    /// The hour at which an article is listed: those that belong together come one after the other.
    pub(super) fn listed(self, (portal, number): Article) -> i64 {
        let (group, place) = match portal {
            0..=15 | 34..=37 => (portal / 2, portal % 2),
            28..=33 => ((portal - 28) / 3 + 8, (portal - 28) % 3),
            _ => (portal, 0),
        };
        number * self.rhythm + (group * 5) % self.rhythm + place * (self.every + 3)
    }

    /// The hour that an article's page names as its date.
    pub(super) fn dated(self, article: Article) -> i64 {
        match fate(article) {
            Fate::Earlier(original) => self.listed(original) - 3,
            Fate::Stale => self.listed(article) - 20 * 24,
            _ => self.listed(article),
        }
    }

    /// The articles on the first page of a portal's list at an hour.
    pub(super) fn on_list(self, portal: i64, path: &str, hours: i64) -> RangeInclusive<i64> {
        let newest = self.newest(portal, hours) - if path == BEHIND { OLDER } else { 0 };
        newest - LISTED + 1..=newest
    }

    /// The newest article of a portal at an hour.
    pub(super) fn newest(self, portal: i64, hours: i64) -> i64 {
        (hours - self.listed((portal, 0))).div_euclid(self.rhythm)
    }
}

/// The portals. They write down each request, and the time, so that a process that takes over from a killed one goes on from there.
pub(super) struct Portals {
    clock: Clock,
    folder: PathBuf,
    size: Size,
    log: Mutex<fs::File>,
}

impl Portals {
    pub(super) fn new(clock: Clock, folder: PathBuf, size: Size) -> Portals {
        let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
        Portals { clock, folder, size, log: Mutex::new(log) }
    }

    /// The answer; `None` is no answer at all.
    fn answer(&self, request: &WireRequest) -> Option<WireResponse> {
        let now = self.clock.now();
        fs::write(self.folder.join("now"), now.to_string()).unwrap();
        let hours = now.duration_since(hour(0)).as_hours();
        let portal: i64 = request.url.host().trim_start_matches('p').split('.').next().unwrap().parse().unwrap();
        let path = request.url.as_url().path();
        let (answer, is_changed) = self.page(portal, path, request.url.as_url().query(), hours);
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        writeln!(self.log.lock().unwrap(), "{} {status} {portal} {path} {is_changed}", now.as_millisecond()).unwrap();
        answer
    }

    fn page(&self, portal: i64, path: &str, query: Option<&str>, hours: i64) -> (Option<WireResponse>, bool) {
        let size = self.size;
        let outage = OUTAGES.iter().find(|(broken, times, _)| *broken == portal && times.contains(&hours));
        if let Some((_, _, status)) = outage {
            return (status.map(WireResponse::new), false);
        }
        let newest = size.newest(portal, hours);
        let number = |prefix: &str| path.strip_prefix(prefix)?.strip_suffix(".html")?.parse::<i64>().ok();
        let answer = match (path, number("/bai/").or_else(|| number("/tin-tuc/"))) {
            (BEHIND, _) if HALF_HOURS.contains(&hours) => WireResponse::new(503),
            ("/tin.xml" | BEHIND, _) => WireResponse::ok("application/rss+xml", self.feed(portal, path, hours)),
            ("/danh-sach", _) => {
                let page = query.and_then(|query| query.strip_prefix("page=")?.parse().ok()).unwrap_or(1);
                WireResponse::ok("text/html; charset=utf-8", list(portal, newest - LISTED * (page - 1)))
            }
            (_, Some(number)) if number <= newest => {
                let right = size.path_of((portal, number), hours);
                if right != path {
                    let headers = vec![("location".to_owned(), right.into_bytes())];
                    return (Some(WireResponse { headers, ..WireResponse::new(301) }), false);
                }
                let age = hours - size.listed((portal, number));
                let is_changed = fate((portal, number)) == Fate::Changed && age >= 26;
                return (Some(self.article((portal, number), age)), is_changed);
            }
            _ => WireResponse::new(404),
        };
        (Some(answer), false)
    }

    fn feed(&self, portal: i64, path: &str, hours: i64) -> String {
        let items = self.size.on_list(portal, path, hours).rev().map(|number| {
            let article = (portal, number);
            let date = hour(self.size.dated(article)).strftime("%a, %d %b %Y %H:%M:%S +0000");
            let (title, path) = (title(article), self.size.path_of(article, hours));
            format!(
                "<item><title>{title}</title><link>http://p{portal}.example{path}</link><pubDate>{date}</pubDate></item>"
            )
        });
        format!("<rss version=\"2.0\"><channel><title>P</title>{}</channel></rss>", items.collect::<String>())
    }

    fn article(&self, article: Article, age: i64) -> WireResponse {
        if fate(article) == Fate::Withdrawn && age >= 30 {
            return WireResponse::new(410);
        }
        let mut sentences = sentences(article);
        if fate(article) == Fate::Changed && age >= 26 {
            sentences.insert(3, sentence(CHANGE, article));
        }
        let (title, date) = (title(article), hour(self.size.dated(article)));
        let text = sentences.iter().map(|sentence| format!("<p>{sentence}</p>")).collect::<String>();
        let letters = if REREAD.contains(&article.0) {
            format!("<div class=\"hop\"><p>{}</p></div>", sentence(BOX, article))
        } else {
            String::new()
        };
        WireResponse::ok(
            "text/html; charset=utf-8",
            format!(
                "<html><head><title>{title}</title><meta property=\"article:published_time\" content=\"{date}\"></head>\
                 <body><h1>{title}</h1><div class=\"bai\"><div class=\"than\">{text}</div>{letters}</div></body></html>"
            ),
        )
    }
}

impl Size {
    fn path_of(self, article: Article, hours: i64) -> String {
        let is_moved = fate(article) == Fate::Moved && hours - self.listed(article) >= 36;
        format!("/{}/{}.html", if is_moved { "tin-tuc" } else { "bai" }, article.1)
    }
}

impl Transport for Portals {
    fn exchange<'a>(&'a self, request: &'a WireRequest) -> Exchange<'a> {
        let refused = || FetchError::Connect("connection refused".to_owned());
        Box::pin(async move { self.answer(request).ok_or_else(refused) })
    }
}

fn title(article: Article) -> String {
    match fate(article) {
        Fate::Copy(original) | Fate::Earlier(original) => title(original),
        _ => {
            let (portal, number) = whole_of(article).unwrap_or(article);
            format!("Bản tin {portal} kỳ {}", shown(number))
        }
    }
}

/// So many sentences of an article's own.
fn own_sentences((portal, number): Article, count: u64) -> Vec<String> {
    let seed = u64::from_str_radix(&hash_parts([&*format!("{portal} {number}")])[..12], 16).unwrap();
    text(seed, count).split("\n\n").map(str::to_owned).collect()
}

/// A marker's sentence on one page. None stands on two pages of a site word for word: what a site repeats on half of its pages is taken for a part
/// of its frame, and not for text.
fn sentence(marker: usize, (portal, number): Article) -> String {
    format!("Mục {portal}, bài {}: {}", shown(number), MARKERS[marker].1)
}

/// The number of an article as readers see it. None is below zero: without its sign it would be another one's.
fn shown(number: i64) -> i64 {
    number + 100
}

/// The text: sentences of its own, with the sentences of its markers between them.
fn sentences(article: Article) -> Vec<String> {
    if let Fate::Copy(original) | Fate::Earlier(original) = fate(article) {
        return sentences(original);
    }
    let mut all = match whole_of(article) {
        None => own_sentences(article, 10),
        Some(whole) => {
            let (text, own) = (own_sentences(whole, 20), own_sentences(article, 4));
            match (article.0 - 28) % 3 {
                0 => [&text[..13], &own[..]].concat(),
                1 => [&own[..], &text[7..]].concat(),
                _ => text,
            }
        }
    };
    for (place, marker) in markers(article).into_iter().enumerate() {
        all.insert(2 + place, sentence(marker, whole_of(article).unwrap_or(article)));
    }
    all
}

fn list(portal: i64, newest: i64) -> String {
    let items = (newest - LISTED + 1..=newest).rev().map(|number| {
        let article = (portal, number);
        format!("<li><a href=\"{}\">{}</a></li>", url(article), title(article))
    });
    format!("<html><body><h1>Tin</h1><ul class=\"ds\">{}</ul></body></html>", items.collect::<String>())
}

/// The file of a portal; `has_box`: by the rules with which its pages are read again.
pub(super) fn portal_file(portal: i64, has_box: bool) -> String {
    let province = if portal <= 10 { "province = \"vinh-phuc\"\n" } else { "" };
    let feed = |id: &str, path: &str| {
        format!("[[source]]\nid = \"{id}\"\nkind = \"feed\"\nurl = \"http://p{portal}.example/{path}\"\n")
    };
    let sources = match portal {
        portal if LISTS.contains(&portal) => format!(
            "[[source]]\nid = \"tin\"\nkind = \"listing\"\nurl = \"http://p{portal}.example/danh-sach\"\npages = 1\nselect = {{ item = [\"ul.ds li\"] }}\n\
             paging = {{ by = \"query\", parameter = \"page\", first = 1 }}\n"
        ),
        HALF => feed("tin", "tin.xml") + &feed("khac", "khac.xml"),
        _ => feed("tin", "tin.xml"),
    };
    let body = if has_box { "div.bai" } else { "div.than" };
    format!(
        "name = \"Cổng {portal}\"\nhome = \"http://p{portal}.example/\"\n{province}{sources}[[article]]\ntitle = [\"h1\"]\nbody = [\"{body}\"]\n"
    )
}

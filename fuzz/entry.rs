//! What is fuzzed: each function takes any bytes and must neither panic nor break a promise of the function that it calls. They are called by the
//! targets of cargo-fuzz beside this file, and by `tests/it/fuzz.rs` in every test run.

use std::sync::LazyLock;

use bytes::Bytes;
use jiff::Timestamp;
use regex::RegexSet;
use tintinh::coding;
use tintinh::config::Config;
use tintinh::config::Portal;
use tintinh::discover;
use tintinh::discover::Reader;
use tintinh::discover::Source;
use tintinh::discover::feed::FeedRules;
use tintinh::discover::sitemap::SitemapRules;
use tintinh::fetch::robots::Robots;
use tintinh::html::charset;
use tintinh::html::charset::Markup;
use tintinh::model::link::Discovery;
use tintinh::model::link::Hints;
use tintinh::model::link::Link;
use tintinh::model::link::SourceKind;
use tintinh::model::page::HttpFacts;
use tintinh::model::page::Page;
use tintinh::model::portal::SourceId;
use tintinh::reading;
use tintinh::reading::Input;
use tintinh::text::date;
use tintinh::text::date::DateOrder;
use tintinh::url::PageUrl;

/// What takes any bytes.
pub(crate) type Target = fn(&[u8]);

/// All of them by name, as the targets and the folders of seeds are called.
#[allow(dead_code, reason = "each target of cargo-fuzz calls one of them")]
pub(crate) const ALL: &[(&str, Target)] = &[
    ("article", article),
    ("charset", charset),
    ("dates", dates),
    ("decode", decode),
    ("feed", feed),
    ("json", json),
    ("listing", listing),
    ("robots", robots),
    ("sitemap", sitemap),
    ("url", url),
];

static CONFIG: LazyLock<Config> = LazyLock::new(Config::shipped);

/// Sources of the shipped portals, and plain ones of the kinds that none of them has.
static SOURCES: LazyLock<Vec<(Portal, Source)>> = LazyLock::new(|| {
    let portals = CONFIG.portals.iter();
    portals.flat_map(|portal| portal.sources.iter().map(|source| (portal.clone(), source.clone()))).collect()
});

fn page(url: &PageUrl, content_type: Option<&str>, body: &[u8]) -> Page {
    let http = HttpFacts { status: 200, content_type: content_type.map(str::to_owned), ..HttpFacts::default() };
    let (url, body) = (url.clone(), Bytes::copy_from_slice(body));
    Page { url: url.clone(), final_url: url, fetched: Timestamp::UNIX_EPOCH, http, body, exchanges: Vec::new() }
}

/// Reads the bytes as the first page of every source of a kind.
fn read_sources(kind: SourceKind, body: &[u8]) {
    for (portal, source) in SOURCES.iter().filter(|(_, source)| source.kind() == kind) {
        let step = source.first_step();
        let page = page(&step.request.url, None, body);
        let found = discover::discover(source, &portal.scope, &step, &page);
        for link in &found.links {
            assert!(link.url.as_str().starts_with("http"), "{}", link.url);
        }
    }
}

fn plain_source(kind: SourceKind) -> Source {
    let reader = match kind {
        SourceKind::Sitemap => {
            Reader::Sitemap(SitemapRules { url: SITE.clone(), include: RegexSet::empty(), follow: RegexSet::empty() })
        }
        _ => Reader::Feed(FeedRules {
            url: SITE.clone(),
            date_order: DateOrder::DayFirst,
            distrust_minutes: false,
            content_is_article: true,
        }),
    };
    Source { id: SourceId::new("plain").expect("a name"), max_pages: 5, section: None, reader }
}

static SITE: LazyLock<PageUrl> =
    LazyLock::new(|| PageUrl::parse("https://vinhphuc.gov.vn/tin.xml").expect("an address"));

fn read_plain(kind: SourceKind, body: &[u8]) {
    let source = plain_source(kind);
    let step = source.first_step();
    let found = discover::read(&source, &step, &page(&SITE, None, body));
    assert!(found.links.len() <= 1_000_000);
}

/// An RSS, RDF, Atom or JSON feed.
pub(crate) fn feed(data: &[u8]) {
    read_plain(SourceKind::Feed, data);
}

/// A sitemap or an index of them, maybe gzipped.
pub(crate) fn sitemap(data: &[u8]) {
    read_plain(SourceKind::Sitemap, data);
}

/// An HTML list, by the rules of every shipped portal.
pub(crate) fn listing(data: &[u8]) {
    read_sources(SourceKind::Listing, data);
}

/// The answer of a JSON list API.
pub(crate) fn json(data: &[u8]) {
    read_sources(SourceKind::Json, data);
}

/// An article's page, by the rules of a shipped portal, from bytes to record; the first byte chooses the portal.
pub(crate) fn article(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else { return };
    let portal = &CONFIG.portals[usize::from(*choice) % CONFIG.portals.len()];
    let url = portal.outlet.home.join("/tin-tuc/bai-1.html").expect("an address");
    let discovery = Discovery {
        source: SourceId::new("tin").expect("a name"),
        kind: SourceKind::Listing,
        url: url.clone(),
        guid: None,
    };
    let link = Link { url: url.clone(), hints: Hints::default(), discovery };
    let page = page(&url, Some("text/html"), body);
    if let Ok(record) = reading::read(Input::new(&link, &page), &CONFIG.page_rules(portal)).record {
        assert!(!record.title.is_empty(), "a record has a title");
        let json = serde_json::to_string(&record).expect("a record is JSON");
        assert!(!json.contains('\n'), "a record is one line");
        assert!(
            !record.content_html.to_lowercase().contains("<script"),
            "nothing is executed: {}",
            record.content_html
        );
    }
}

/// A date in any of the ways that pages print them.
pub(crate) fn dates(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut found = Vec::new();
    for order in [DateOrder::DayFirst, DateOrder::MonthFirst] {
        found.extend(date::read(&text, order));
        found.extend(date::read_roles(&text, order).into_iter().map(|(_, dated)| dated));
    }
    found.extend(date::find_labelled(&text));
    for dated in found {
        let written = date::rfc3339(dated.at);
        assert!(written.ends_with("+07:00") && written.parse::<Timestamp>().is_ok(), "{written}");
    }
}

/// An address, and a reference to be resolved against it.
pub(crate) fn url(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (first, second) = text.split_once('\n').unwrap_or((&text, ""));
    for read in [PageUrl::parse(first), SITE.join(first)] {
        let Ok(url) = read else { continue };
        let canonical = url.canonical();
        assert_eq!(canonical.canonical(), canonical, "of {url}");
        assert_eq!(PageUrl::parse(url.as_str()).expect("what was parsed parses again"), url);
        if let Ok(joined) = url.join(second) {
            drop(joined.canonical());
            drop(date::read_url(&joined));
        }
    }
}

/// A robots.txt, and a path behind its first line.
pub(crate) fn robots(data: &[u8]) {
    let robots = Robots::parse(data);
    let path = String::from_utf8_lossy(data.split(|byte| *byte == b'\n').next().unwrap_or_default()).into_owned();
    for token in ["tintinh", "other"] {
        let rules = robots.for_agent(token);
        drop(rules.verdict(&path));
        drop(rules.verdict("/"));
    }
    assert!(robots.sitemaps().len() <= 10_000);
}

/// Bytes in any charset, with what HTTP said of them before the first zero.
pub(crate) fn charset(data: &[u8]) {
    let (said, body) = match data.iter().position(|byte| *byte == 0) {
        Some(end) => (std::str::from_utf8(&data[..end]).ok(), &data[end + 1..]),
        None => (None, data),
    };
    for markup in [Markup::Html, Markup::Xml] {
        let decoded = charset::decode(body, said, markup);
        assert!(decoded.text.len() <= body.len() * 4 + 16, "{} of {}", decoded.text.len(), body.len());
    }
}

/// Bytes after decompression at most.
const MOST: u64 = 1 << 20;

/// A compressed body; the first byte says how it is said to be.
pub(crate) fn decode(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else { return };
    let codings: &[&[u8]] = match choice % 6 {
        0 => &[b"gzip"],
        1 => &[b"deflate"],
        2 => &[b"br"],
        3 => &[b"zstd"],
        4 => &[b"gzip", b"gzip"],
        _ => &[],
    };
    if let Ok(decoded) = coding::decode(Bytes::copy_from_slice(body), codings.iter().copied(), MOST) {
        assert!(decoded.len() as u64 <= MOST.max(body.len() as u64));
    }
}

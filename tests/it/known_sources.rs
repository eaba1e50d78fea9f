//! Every source of the catalogue, served its family's sample on loopback: links, and records of the articles behind them.
//!
//! No site is asked. Each outlet's host is answered by a server in this process, with feeds, sitemaps and lists at the catalogue's addresses
//! and articles in its family's markup, by the templates of `tests/families`. The table goes to standard output:
//! `cargo test --test it known_sources -- --nocapture`.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use jiff::ToSpan;
use jiff::civil::DateTime;
use serde_json::Value;
use serde_json::json;
use tintinh::commands::links::How;
use tintinh::commands::links::links_of;
use tintinh::config::Catalogue;
use tintinh::config::Config;
use tintinh::config::catalogue::Entry;
use tintinh::config::catalogue::KnownKind;
use tintinh::config::catalogue::KnownSource;
use tintinh::onboard::known;
use tintinh::text::vietnamese::fold_ascii;
use tintinh::url::PageUrl;

use crate::families;
use crate::families::template::Template;
use crate::onboarding::Web;
use crate::onboarding::body_f1;
use crate::onboarding::reply;
use crate::server::Step;

/// Articles of a host, and of one source.
const OF_HOST: usize = 6;
const OF_SOURCE: usize = 3;

/// What must be right, of a hundred.
const LEAST: usize = 95;

/// The template of articles by the platform; a platform that is not here has a template of its own name.
const TEMPLATES: [(&str, &str); 7] = [
    ("", "laravel"),
    ("bacninh-portlet", "liferay-bacninh"),
    ("dotnetnuke", "dnn-easynews"),
    ("drupal", "drupal-9"),
    ("nukeviet", "nukeviet-4"),
    ("wordpress", "wp-classic"),
    ("tandan", "sharepoint-tandan"),
];

/// Families with a template for lists; the others share one.
const LISTS: [&str; 9] = ["news-a", "news-b", "news-c", "news-d", "news-e", "news-f", "vccorp", "vnpt-portal", "vhv"];

/// An article as its host has it.
#[derive(Clone)]
struct Article {
    path: String,
    /// The text, its kind and its place among those of its kind.
    text: Value,
    kind: usize,
    own: usize,
}

/// What a host answers.
struct Site {
    family: String,
    host: String,
    articles: Vec<Article>,
    sources: Vec<KnownSource>,
}

/// How a family writes the addresses of articles.
fn path_of(family: &str, slug: &str, id: usize) -> String {
    match family {
        "news-b" => format!("/{slug}-post{id}.html"),
        "news-c" => format!("/kinh-te/202603/{slug}-{:07x}/", id * 97),
        "news-d" => format!("/{slug}-a{id}.html"),
        "news-f" => format!("/{slug}-{id}.htm"),
        "vccorp" => format!("/{slug}-1022603{id:08}.htm"),
        "vnpt-portal" => format!("/tin-hoat-dong/{slug}-{id}"),
        "vhv" => format!("/tin-tuc/{slug}.html"),
        "liferay-6" | "liferay-7" => format!("/-/asset_publisher/k3xW/content/{slug}"),
        "wordpress" => format!("/{slug}/"),
        "nukeviet" => format!("/vi/news/tin-tuc/{slug}-{id}.html"),
        "dotnetnuke" => format!("/tabid/255/post/{id}/{slug}.aspx"),
        _ => format!("/{slug}-{id}.html"),
    }
}

fn slug(title: &str) -> String {
    let folded = fold_ascii(title);
    folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

impl Site {
    fn of(entry: &Entry, place: usize, texts: &[Vec<Value>; 2]) -> Site {
        let family = entry.family.as_ref().map_or_else(String::new, ToString::to_string);
        let articles = (0..OF_HOST).map(|number| {
            let kind = usize::from(number % 3 == 2);
            let own = (place + number) % texts[kind].len();
            let text = texts[kind][own].clone();
            let path = path_of(&family, &slug(text["title"].as_str().unwrap()), 318_000 + 40 * kind + own);
            Article { path, text, kind, own }
        });
        let sources = entry.sources.iter().filter(|source| source.kind.as_source().is_some()).cloned();
        Site { host: entry.home.host().to_owned(), articles: articles.collect(), sources: sources.collect(), family }
    }

    /// The articles that the source of that place shows.
    fn shown(&self, place: usize) -> Vec<&Article> {
        (0..OF_SOURCE).map(|number| &self.articles[(place + number) % OF_HOST]).collect()
    }

    fn answer(&self, path: &str, texts: &[Vec<Value>; 2]) -> Option<Vec<Step>> {
        let is_at = |source: &KnownSource| path_and_query(&source.url) == path;
        if let Some(place) = self.sources.iter().position(is_at) {
            let (kind, body) = self.source(place);
            return Some(reply("200 OK", kind, body.as_bytes()));
        }
        if let Some(place) = path.strip_prefix("/sitemap-part-").and_then(|rest| rest.strip_suffix(".xml")) {
            return Some(reply("200 OK", "text/xml", self.urlset(place.parse().unwrap(), false).as_bytes()));
        }
        let article = self.articles.iter().find(|article| article.path == path)?;
        let name =
            TEMPLATES.iter().find(|(family, _)| *family == self.family).map_or(self.family.as_str(), |(_, name)| name);
        let template = Template::read(&folder().join(format!("{name}.html")));
        let page = template.fill(&families::context(&template, texts, article.kind, article.own));
        Some(reply("200 OK", "text/html; charset=utf-8", page.as_bytes()))
    }

    fn source(&self, place: usize) -> (&'static str, String) {
        let source = &self.sources[place];
        match source.kind {
            KnownKind::Feed => ("application/rss+xml", self.feed(place)),
            KnownKind::Sitemap if source.url.as_url().path().contains("news") => ("text/xml", self.urlset(place, true)),
            KnownKind::Sitemap => {
                let host = &self.host;
                let part = format!("<sitemap><loc>http://{host}/sitemap-part-{place}.xml</loc></sitemap>");
                (
                    "text/xml",
                    format!(
                        "<?xml version=\"1.0\"?><sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{part}</sitemapindex>"
                    ),
                )
            }
            KnownKind::Listing | KnownKind::Directory => ("text/html; charset=utf-8", self.list(place)),
        }
    }

    /// RSS; that of the government's papers has the month first, without a zone.
    fn feed(&self, place: usize) -> String {
        let mut items = String::new();
        for article in self.shown(place) {
            let at: DateTime = article.text["published"].as_str().unwrap().parse().unwrap();
            let date = if self.family == "vccorp" {
                let (hour, half) =
                    (if at.hour() % 12 == 0 { 12 } else { at.hour() % 12 }, if at.hour() < 12 { "AM" } else { "PM" });
                format!("{}/{}/{} {hour}:{:02}:00 {half}", at.month(), at.day(), at.year(), at.minute())
            } else {
                at.strftime("%a, %d %b %Y %H:%M:%S +0700").to_string()
            };
            let (host, path) = (&self.host, &article.path);
            let (title, lead) = (escaped(&article.text["title"]), escaped(&article.text["lead"]));
            write!(items, "<item><title>{title}</title><link>http://{host}{path}</link><description>&lt;p&gt;{lead}&lt;/p&gt;</description><pubDate>{date}</pubDate></item>").unwrap();
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\"><channel><title>{}</title><link>http://{0}/</link><description></description>{items}</channel></rss>",
            self.host
        )
    }

    /// A sitemap; that for news has titles as some write them: a CDATA section, escaped.
    fn urlset(&self, place: usize, is_news: bool) -> String {
        let mut urls = String::new();
        for article in self.shown(place) {
            let (host, path, date) = (&self.host, &article.path, article.text["published"].as_str().unwrap());
            let news = format!(
                "<news:news><news:publication_date>{date}:00+07:00</news:publication_date><news:title>&lt;![CDATA[{}]]&gt;</news:title></news:news>",
                escaped(&article.text["title"])
            );
            let news = if is_news { news } else { format!("<lastmod>{date}:00+07:00</lastmod>") };
            write!(urls, "<url><loc>http://{host}{path}</loc>{news}</url>").unwrap();
        }
        format!(
            "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\">{urls}</urlset>"
        )
    }

    fn list(&self, place: usize) -> String {
        let name = LISTS.into_iter().find(|name| *name == self.family).unwrap_or("plain");
        let template = Template::read(&folder().join("lists").join(format!("{name}.html")));
        let menu = ["Chính trị", "Kinh tế", "Xã hội", "Văn hóa", "Giáo dục", "Thể thao", "Bạn đọc"];
        let menu: Vec<Value> = menu.iter().map(|name| json!({"name": name, "href": slug(name)})).collect();
        let brief = |article: &&Article| {
            let mut text = article.text.clone();
            text["href"] = json!(article.path);
            text["id"] = json!(article.own);
            text
        };
        let shown = self.shown(place);
        let articles: Vec<Value> = shown.iter().map(brief).collect();
        template.fill(
            &json!({"section": "Tin tức", "published": families::template::TODAY, "menu": menu, "articles": articles}),
        )
    }
}

fn escaped(text: &Value) -> String {
    text.as_str().unwrap_or_default().replace('&', "&amp;").replace('<', "&lt;")
}

fn path_and_query(url: &PageUrl) -> String {
    let url = url.as_url();
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/families")
}

/// What became of a family.
#[derive(Default)]
struct Row {
    outlets: usize,
    sources: usize,
    with_links: usize,
    articles: usize,
    records: usize,
    titles: usize,
    days: usize,
    body: f64,
}

#[tokio::test(flavor = "multi_thread")]
async fn each_source_of_the_catalogue_gives_links_and_records() {
    let catalogue = Catalogue::shipped();
    let texts = families::texts();
    let has_source = |entry: &&Entry| entry.sources.iter().any(|source| source.kind.as_source().is_some());
    let entries: Vec<&Entry> = catalogue.entries().iter().filter(has_source).collect();
    let sites: HashMap<String, Site> = entries
        .iter()
        .enumerate()
        .map(|(place, entry)| (entry.id.to_string(), Site::of(entry, place, &texts)))
        .collect();
    let by_host: HashMap<String, String> =
        entries.iter().flat_map(|entry| entry.hosts.iter().map(|host| (host.clone(), entry.id.to_string()))).collect();
    let sites = std::sync::Arc::new(sites);
    let hosts: Vec<&str> = by_host.keys().map(String::as_str).collect();
    let (served, of_host) = (std::sync::Arc::clone(&sites), by_host.clone());
    let web = Web::new(&hosts, move |host, path| served[of_host.get(host)?].answer(path, &families::texts())).await;
    for entry in &entries {
        let all: Vec<&KnownSource> = entry.sources.iter().collect();
        // Nobody has the certificates of these hosts.
        let text = known::draft(entry, &all, &[]).to_toml().replace("\"https://", "\"http://");
        fs::write(web.config().join("portals").join(format!("{}.toml", entry.id)), text).unwrap();
    }
    let config = Config::load(&web.config()).unwrap_or_else(|errors| panic!("{errors}"));
    let done = web.run(&["fetch"]).await;
    assert!(!done.err.contains("cannot be resolved"), "{}", done.err);
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let records = web.records();
    // A site links to itself with or without `www.`.
    let bare = |url: &str| url.replacen("://www.", "://", 1);
    let records: HashMap<String, _> = records.iter().map(|record| (bare(record.url.as_str()), record)).collect();
    for entry in &entries {
        let site = &sites[entry.id.as_str()];
        let row = rows.entry(site.family.clone()).or_default();
        row.outlets += 1;
        links(&config, entry, site, row);
        for article in &site.articles[..OF_HOST.min(site.sources.len() + OF_SOURCE - 1)] {
            row.articles += 1;
            let url = format!("http://{}{}", site.host, article.path);
            let Some(record) = records.get(&bare(&url)) else {
                println!("no record of {url}");
                continue;
            };
            row.records += 1;
            let day = record.date_published.as_ref().map(|at| at.parse::<jiff::Timestamp>().unwrap() + 7.hours());
            let day = day.map(|at| at.to_string()[..10].to_owned());
            let is_titled = record.title == article.text["title"].as_str().unwrap();
            let is_dated = day.as_deref() == article.text["published"].as_str().map(|at| &at[..10]);
            if !is_titled || !is_dated {
                println!("{url}: {} {day:?}", record.title);
            }
            row.titles += usize::from(is_titled);
            row.days += usize::from(is_dated);
            let paragraphs = article.text["body"].as_array().unwrap().iter().map(|text| text.as_str().unwrap());
            let f1 = body_f1(&record.content_text, &paragraphs.collect::<Vec<_>>().join(" "));
            if f1 < 0.95 {
                println!("{url}: body {f1:.3}");
            }
            row.body += f1;
        }
    }
    judge(&rows);
}

/// The links that each source of an entry gives by itself.
fn links(config: &Config, entry: &Entry, site: &Site, row: &mut Row) {
    let portal = config.portal(&entry.id).unwrap();
    assert_eq!(portal.sources.len(), site.sources.len(), "{}", entry.id);
    for (place, source) in portal.sources.iter().enumerate() {
        let url = source.first_step().request.url;
        let (kind, mut body) = site.source(place);
        if body.contains("<sitemapindex") {
            body = site.urlset(place, false);
        }
        let found = links_of(&body.into_bytes().into(), Some(kind), &url, How::Source(source), &config.platforms);
        let is_there = |article: &&Article| found.links.iter().any(|link| link.url.as_url().path() == article.path);
        row.sources += 1;
        if site.shown(place).iter().all(is_there) {
            row.with_links += 1;
        } else {
            println!("{}: not all links of {url}", entry.id);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred")]
fn judge(rows: &BTreeMap<String, Row>) {
    println!("{:18}outlets sources  links articles records  title    day   body", "family");
    for (family, row) in rows {
        let name = if family.is_empty() { "(none)" } else { family };
        let share = |of: usize| of as f64 / row.articles as f64;
        let Row { outlets, sources, with_links, articles, records, .. } = row;
        let (title, day, body) = (share(row.titles), share(row.days), row.body / *articles as f64);
        println!(
            "{name:18}{outlets:7} {sources:7} {with_links:6} {articles:8} {records:7} {title:6.3} {day:6.3} {body:6.3}"
        );
    }
    for (family, row) in rows {
        assert_eq!(row.with_links, row.sources, "links of {family}");
        for right in [row.records, row.titles, row.days] {
            assert!(right * 100 >= LEAST * row.articles, "{family}: {right} of {}", row.articles);
        }
        assert!(row.body * 100.0 >= (LEAST * row.articles) as f64, "{family}: bodies");
    }
}

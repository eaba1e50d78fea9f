//! `tintinh add`: from an address to a portal that works.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

mod awkward;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use serde_json::Value;
use tempfile::TempDir;
use tintinh::demo::Expected;
use tintinh::demo::expected;
use tintinh::model::record::Record;
use url::Url;

use crate::server::Seen;
use crate::server::Server;
use crate::server::Step;
use crate::support::conformance;
use crate::support::shared;
use crate::world::Done;
use crate::world::World;
use crate::world::end_of;
use crate::world::program;
use crate::world::records_below;

/// What an article should be read as.
struct Truth {
    title: String,
    day: Option<String>,
    body: String,
}

/// How well records agree with what is true.
#[derive(Debug, Default)]
struct Score {
    expected: usize,
    found: usize,
    titles: usize,
    days: usize,
    body: f64,
}

impl Score {
    fn add(&mut self, truth: &BTreeMap<String, Truth>, records: &[Record]) {
        self.expected += truth.len();
        let by_url: HashMap<&str, &Record> = records.iter().map(|record| (record.url.as_str(), record)).collect();
        for (url, truth) in truth {
            let Some(record) = by_url.get(url.as_str()) else {
                eprintln!("not found: {url}");
                continue;
            };
            self.found += 1;
            let day = record.date_published.as_ref().map(|date| date[..10].to_owned());
            if record.title != truth.title || day != truth.day {
                eprintln!("{url}: {} {day:?} for {} {:?}", record.title, truth.title, truth.day);
            }
            self.titles += usize::from(record.title == truth.title);
            self.days += usize::from(day == truth.day);
            self.body += body_f1(&record.content_text, &truth.body);
        }
    }

    /// Each figure at least 95 %.
    fn check(&self, name: &str) {
        conformance(&format!("{name}-found"), self.found, self.expected);
        conformance(&format!("{name}-titles"), self.titles, self.found);
        conformance(&format!("{name}-days"), self.days, self.found);
        let part = |count: usize| f64::from(u32::try_from(count).unwrap());
        let (found, body) = (part(self.found), self.body / part(self.found));
        println!("{name}: body F1 {body:.3}");
        assert!(found >= part(self.expected) * 0.95, "{self:?}");
        assert!(part(self.titles) >= found * 0.95, "{self:?}");
        assert!(part(self.days) >= found * 0.95, "{self:?}");
        assert!(body >= 0.95, "{body}");
    }
}

/// F1 over words.
pub(crate) fn body_f1(found: &str, wanted: &str) -> f64 {
    let mut left: HashMap<&str, i32> = HashMap::new();
    for word in wanted.split_whitespace() {
        *left.entry(word).or_default() += 1;
    }
    let (mut both, mut all) = (0_u32, 0_u32);
    for word in found.split_whitespace() {
        all += 1;
        let count = left.entry(word).or_default();
        both += u32::from(*count > 0);
        *count -= 1;
    }
    let wanted = u32::try_from(wanted.split_whitespace().count()).unwrap();
    if all + wanted == 0 { 1.0 } else { f64::from(2 * both) / f64::from(all + wanted) }
}

fn truth_of(one: &Expected) -> Truth {
    Truth {
        title: one.title.clone(),
        day: one.published.as_ref().map(|date| date[..10].to_owned()),
        body: one.paragraphs.join("\n"),
    }
}

/// Every sample portal is onboarded from its front page's address alone, with and without the rules of CMS families, and fetched.
#[tokio::test(flavor = "multi_thread")]
async fn sample_portals_work_from_their_address_alone() {
    for generic in [false, true] {
        let world = World::new().await;
        world.only(&[]);
        let mut by_host: BTreeMap<&str, BTreeMap<String, Truth>> = BTreeMap::new();
        let all = expected();
        for one in &all {
            by_host.entry(one.host).or_default().insert(one.url.clone(), truth_of(one));
        }
        // How this list goes on is in no link and no script of its page, so that only its first page is read.
        let shown = by_host.remove("ninhmau.tintinh.test").unwrap();
        for host in by_host.keys().copied().chain(["ninhmau.tintinh.test"]) {
            let address = format!("http://{host}/");
            let mut arguments = vec!["add", &address, "--yes"];
            arguments.extend(generic.then_some("--generic"));
            let told = world.run_well(&arguments).await;
            assert_eq!(
                told.contains("no link to further pages"),
                host.starts_with("ninhmau") || host.starts_with("gialai"),
                "{told}"
            );
            let asked: Vec<String> = world
                .sites
                .log()
                .into_iter()
                .filter(|one| one.host.starts_with(host) && one.method == "GET")
                .map(|one| one.path)
                .collect();
            let once: BTreeSet<&String> = asked.iter().collect();
            assert_eq!(asked.len(), once.len(), "each address once: {asked:?}");
        }
        world.run(&["fetch", "--backfill", "10"]).await;
        let records = world.records();
        let mut score = Score::default();
        for truth in by_host.values() {
            score.add(truth, &records);
        }
        let of_first_page = shown.keys().filter(|url| records.iter().any(|record| record.url == **url)).count();
        assert_eq!(of_first_page, 3);
        score.check(if generic { "onboarding-samples-generic" } else { "onboarding-samples" });
    }
}

/// A web of several hosts behind one server, and a folder of configuration that leads to it.
pub(crate) struct Web {
    folder: TempDir,
    server: Server,
}

impl Web {
    /// Answers by host and path; what is not there is 404.
    pub(crate) async fn new(
        hosts: &[&str],
        answer: impl Fn(&str, &str) -> Option<Vec<Step>> + Send + Sync + 'static,
    ) -> Web {
        let server = Server::start(move |seen: &Seen| {
            let host = String::from_utf8(seen.header("host").unwrap_or_default()).unwrap_or_default();
            let host = host.split(':').next().unwrap_or_default().to_owned();
            answer(&host, &seen.path()).unwrap_or_else(|| reply("404 Not Found", "text/html", b"<h1>404</h1>"))
        })
        .await;
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("config/portals")).unwrap();
        let resolve: Vec<String> = hosts.iter().map(|host| format!("\"{host}\" = \"{}\"", server.address)).collect();
        let text = format!(
            "contact = \"mailto:a@b.example\"\nstate_dir = \"../state\"\nrecords_dir = \"../records\"\n
             [fetch]\nallow_addresses = [\"127.0.0.0/8\"]\nconnect_timeout = \"2s\"\ntotal_timeout = \"20s\"\nresolve = {{ {} }}\n
             [engine]\nvisit_articles = 2000\nmin_free = \"0 B\"\n[defaults]\ndelay = \"0s\"\n",
            resolve.join(", ")
        );
        fs::write(folder.path().join("config/tintinh.toml"), text).unwrap();
        Web { folder, server }
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Done {
        let mut command = program(arguments);
        command.arg("--config").arg(self.folder.path().join("config"));
        end_of(command.spawn().unwrap()).await
    }

    /// The folder of its configuration.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        records_below(&self.folder.path().join("records"))
    }

    fn portals(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join("config/portals")).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

pub(crate) fn reply(status: &str, kind: &str, body: &[u8]) -> Vec<Step> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    vec![Step::Send([head.as_bytes(), body].concat())]
}

#[expect(clippy::unnecessary_wraps, reason = "a site's answers are optional, this one of them")]
fn html(body: &str) -> Option<Vec<Step>> {
    Some(reply("200 OK", "text/html; charset=utf-8", body.as_bytes()))
}

/// Real pages of Vietnamese portals, served as the sites they come from: a front page, a list with pages, and the articles.
#[tokio::test(flavor = "multi_thread")]
async fn suites_onboarding_of_real_pages() {
    let Some(folder) = shared("corpus/vn-dev") else { return };
    let mut sites: BTreeMap<String, Vec<(String, Value)>> = BTreeMap::new();
    for line in fs::read_to_string(folder.join("truth.jsonl")).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let url = row["url"].as_str().unwrap().to_owned();
        let host = Url::parse(&url).unwrap().host_str().unwrap().to_owned();
        sites.entry(host).or_default().push((url, row));
    }
    let mut pages: HashMap<(String, String), Vec<u8>> = HashMap::new();
    for (host, rows) in &sites {
        serve(host, rows, &folder, &mut pages);
    }
    let hosts: Vec<&str> = sites.keys().map(String::as_str).collect();
    let web = Web::new(&hosts, move |host, path| {
        let body = pages.get(&(host.to_owned(), path.to_owned()))?;
        Some(reply("200 OK", "text/html; charset=utf-8", body))
    })
    .await;
    let mut score = Score::default();
    for (host, rows) in &sites {
        let done = web.run(&["add", &format!("http://{host}/"), "--yes", "--generic"]).await;
        assert_eq!(done.code, Some(0), "{done:#?}");
        let id = host.strip_suffix(".gov.vn").unwrap();
        web.run(&["fetch", id, "--backfill", "100"]).await;
        let truth = rows.iter().map(|(url, row)| (url.clone(), truth_of_row(row))).collect();
        score.add(&truth, &web.records());
    }
    score.check("onboarding-vn-dev");
}

fn truth_of_row(row: &Value) -> Truth {
    let lines = |name: &str| {
        row[name].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    Truth {
        title: row["title"].as_str().unwrap().to_owned(),
        day: row["published"].as_str().map(|date| date[..10].to_owned()),
        body: lines("body").join("\n"),
    }
}

/// The pages of a site: ten articles on each page of its one list.
fn serve(host: &str, rows: &[(String, Value)], folder: &Path, pages: &mut HashMap<(String, String), Vec<u8>>) {
    let key = |path: &str| (host.to_owned(), path.to_owned());
    let menu = "<ul class='menu'><li><a href='/'>Trang chủ</a></li><li><a href='/tin-tuc'>Tin tức - Sự kiện</a></li>\
                <li><a href='/gioi-thieu'>Giới thiệu</a></li></ul>";
    let count = rows.len().div_ceil(10);
    for (number, chunk) in rows.chunks(10).enumerate() {
        let mut items = String::new();
        for (url, row) in chunk {
            let title = row["title"].as_str().unwrap().replace('<', "&lt;");
            write!(items, "<div class='item'><h3><a href='{url}'>{title}</a></h3></div>").unwrap();
        }
        let numbers: String = (1..=count).map(|page| format!("<a href='/tin-tuc?page={page}'>{page}</a> ")).collect();
        let list = format!(
            "<html><head><title>{host}</title></head><body>{menu}<div class='list'>{items}</div><div class='pager'>{numbers}</div></body></html>"
        );
        if number == 0 {
            pages.insert(key("/"), list.replace(&numbers, "").into_bytes());
            pages.insert(key("/tin-tuc"), list.clone().into_bytes());
        }
        pages.insert(key(&format!("/tin-tuc?page={}", number + 1)), list.into_bytes());
    }
    for (url, row) in rows {
        let file = folder.join("pages").join(format!("{}.html.gz", row["id"].as_str().unwrap()));
        let mut body = Vec::new();
        flate2::read::MultiGzDecoder::new(fs::File::open(file).unwrap()).read_to_end(&mut body).unwrap();
        let url = Url::parse(url).unwrap();
        pages.insert(key(&url[url::Position::BeforePath..url::Position::AfterQuery]), body);
    }
}

/// An article's page, made up.
fn article(number: usize) -> String {
    let text = format!(
        "Ngày {number}/6, Ủy ban nhân dân xã tổ chức hội nghị số {number} để bàn việc sửa kênh mương, làm đường nội đồng và chăm sóc cây trồng vụ hè thu. "
    );
    format!(
        "<html><head><title>Xã Mẫu</title></head><body><h1 class='tieu-de'>Hội nghị bàn việc đồng áng lần thứ {number}</h1>\
         <span class='ngay'>{number:02}/06/2025 08:00</span><div class='noi-dung'><p>{}</p><p>{}</p></div></body></html>",
        text.repeat(2),
        text.replace("sửa kênh", "nạo vét kênh").repeat(2)
    )
}

/// A list of six articles, with a menu that leads to it.
fn list(prefix: &str) -> String {
    let items: String = (1..=6).map(|number| format!("<li><a href='{prefix}/bai-{number}.html'>Hội nghị bàn việc đồng áng lần thứ {number}</a> <i>0{number}/06/2025</i></li>")).collect();
    format!(
        "<html><head><title>Xã Mẫu</title></head><body><ul class='menu'><li><a href='/tin'>Tin tức</a></li></ul><ul class='ds'>{items}</ul></body></html>"
    )
}

fn number_of(path: &str) -> Option<usize> {
    path.strip_prefix("/bai-")?.strip_suffix(".html")?.parse().ok().filter(|number| *number <= 6)
}

const FEED: &str = "<rss version='2.0'><channel><title>Xã Mẫu</title>\
    <item><title>Hội nghị bàn việc đồng áng lần thứ 1</title><link>/bai-1.html</link></item>\
    <item><title>Hội nghị bàn việc đồng áng lần thứ 2</title><link>/bai-2.html</link></item>\
    <item><title>Hội nghị bàn việc đồng áng lần thứ 3</title><link>/bai-3.html</link></item></channel></rss>";

/// A file that is there is replaced with a diff and a copy, by a person's leave alone.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_shown_as_a_diff_and_kept() {
    let web = Web::new(&["a.test"], |_, path| match path {
        "/" | "/tin" => html(&list("")),
        _ => html(&article(number_of(path)?)),
    })
    .await;
    let look = ["add", "http://a.test/", "--id", "a"];
    let unasked = web.run(&look).await;
    assert_eq!(unasked.code, Some(2), "{unasked:#?}");
    assert!(unasked.err.contains("--yes") && web.portals().is_empty());
    assert_eq!(web.server.seen().len(), 0, "nobody can answer, so nothing is asked for");
    let dry = web.run(&["add", "http://a.test/", "--id", "a", "--dry-run"]).await;
    assert!(
        dry.out.contains("[[source]]") && dry.out.contains("nothing was written") && web.portals().is_empty(),
        "{dry:#?}"
    );
    assert_eq!(web.run(&["add", "http://a.test/", "--id", "a", "--yes"]).await.code, Some(0));
    let file = web.folder.path().join("config/portals/a.toml");
    let text = fs::read_to_string(&file).unwrap().replace("name = \"", "name = \"Của tôi: ");
    fs::write(&file, &text).unwrap();
    let again = web.run(&["add", "http://a.test/", "--id", "a", "--yes"]).await;
    assert!(again.out.contains("-name = \"Của tôi: Xã Mẫu\"\n+name = \"Xã Mẫu\""), "{}", again.out);
    assert_eq!(fs::read_to_string(file.with_extension("toml.1.bak")).unwrap(), text);
    assert_eq!(web.run(&["check"]).await.code, Some(0), "a copy is no portal");
}

/// An address that the catalogue knows is its province's, though nobody named the entry.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_the_catalogue_is_its_provinces() {
    let web = Web::new(&["hoabinh.gov.vn", "a.test"], |_, path| match path {
        "/" | "/tin" => html(&list("")),
        _ => html(&article(number_of(path)?)),
    })
    .await;
    let file = |id: &str| fs::read_to_string(web.folder.path().join(format!("config/portals/{id}.toml"))).unwrap();
    let done = web.run(&["add", "http://hoabinh.gov.vn/", "--yes"]).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert!(done.err.contains("a part of another, whose portal is phutho"), "{}", done.err);
    assert!(file("hoabinh").contains("province = \"hoa-binh\"\n"), "{}", file("hoabinh"));
    let again = web.run(&["add", "http://hoabinh.gov.vn/", "--yes"]).await;
    assert!(again.err.contains("portal hoabinh already covers hoabinh.gov.vn"), "{}", again.err);
    assert_eq!(web.run(&["add", "http://a.test/", "--yes", "--id", "a"]).await.code, Some(0));
    assert!(!file("a").contains("province"), "{}", file("a"));
}

/// An article after the redesign.
fn redesigned(number: usize) -> String {
    let old = article(number);
    let (_, text) = old.split_once("<div class='noi-dung'>").unwrap();
    format!(
        "<html><head><title>Xã Mẫu</title></head><body><div class='bai'><h2 class='ten-bai'>Hội nghị bàn việc đồng áng lần thứ {number}</h2>\
         <p class='thoi-gian'>{:02}/06/2025 08:00</p><section class='than-bai'>{}</section></div></body></html>",
        number % 30 + 1,
        text.replace("</div></body></html>", "")
    )
}

fn long_list(count: usize) -> String {
    let items: String = (1..=count)
        .rev()
        .map(|number| format!("<li><a href='/bai-{number}.html'>Hội nghị bàn việc đồng áng lần thứ {number}</a></li>"))
        .collect();
    format!(
        "<html><head><title>Xã Mẫu</title></head><body><ul class='menu'><li><a href='/tin'>Tin tức</a></li></ul><ul class='ds'>{items}</ul></body></html>"
    )
}

/// The same site with new markup: the visit that meets it raises an alarm, new rules are learned without a hand, and old pages are read by
/// the old ones.
#[tokio::test(flavor = "multi_thread")]
async fn a_redesign_is_told_and_learned() {
    let stage = Arc::new(AtomicUsize::new(1));
    let of_site = Arc::clone(&stage);
    let web = Web::new(&["a.test"], move |_, path| {
        let stage = of_site.load(Ordering::Relaxed);
        let count = [0, 40, 52, 60][stage];
        match path {
            "/" | "/tin" => html(&long_list(count)),
            _ => {
                let number: usize = path.strip_prefix("/bai-")?.strip_suffix(".html")?.parse().ok()?;
                html(&if stage == 1 {
                    article(number).replace(&format!("{number:02}/06"), &format!("{:02}/06", number % 30 + 1))
                } else {
                    redesigned(number)
                })
            }
        }
    })
    .await;
    assert_eq!(web.run(&["add", "http://a.test/", "--id", "a", "--yes"]).await.code, Some(0));
    assert_eq!(web.run(&["fetch"]).await.code, Some(0));
    assert_eq!(web.records().len(), 40);
    let live = web.run(&["check", "--live", "a"]).await;
    assert_eq!(live.code, Some(0), "{live:#?}");
    assert!(live.out.contains("portal a: h1.tieu-de: 4 of 4") && !live.out.contains("never matches"), "{}", live.out);
    let alarms = async || -> Vec<String> {
        let status: Value = serde_json::from_str(&web.run(&["status", "--json"]).await.out).unwrap();
        let all = status["alarms"].as_array().unwrap().iter();
        let name = |alarm: &Value| {
            format!("{} {}", alarm["alarm"].as_str().unwrap_or_default(), alarm["subject"].as_str().unwrap_or_default())
        };
        all.map(name).collect()
    };
    assert_eq!(alarms().await, Vec::<String>::new());
    let file = web.folder.path().join("old.html");
    fs::write(&file, article(7)).unwrap();

    stage.store(2, Ordering::Relaxed);
    web.run(&["fetch"]).await;
    assert!(!alarms().await.is_empty(), "within one visit");
    let live = web.run(&["check", "--live", "a"]).await;
    assert!(live.out.contains("h1.tieu-de: 0 of 4  (never matches)"), "{}", live.out);
    let dry = web.run(&["relearn", "a", "--dry-run"]).await;
    assert!(
        dry.out.contains("+title = [\"h2.ten-bai\"]")
            && dry.out.contains("+until = ")
            && dry.out.contains("nothing was written"),
        "{dry:#?}"
    );
    assert_eq!(web.run(&["relearn", "a", "--yes"]).await.code, Some(0));
    assert_eq!(web.run(&["check"]).await.code, Some(0));

    stage.store(3, Ordering::Relaxed);
    web.run(&["fetch"]).await;
    let records = web.records();
    assert_eq!(records.len(), 60);
    let new: Vec<&Record> =
        records.iter().filter(|record| record.extraction.origins["title"] == "portal a: h2.ten-bai").collect();
    assert_eq!(new.len(), 8, "the newest articles are read by the new rules");
    for record in new {
        let number = record.url.trim_start_matches("http://a.test/bai-").trim_end_matches(".html");
        assert_eq!(record.title, format!("Hội nghị bàn việc đồng áng lần thứ {number}"));
        assert!(record.date_published.is_some() && record.content_text.contains("chăm sóc cây trồng vụ hè thu"));
    }
    let old = web.run(&["extract", file.to_str().unwrap(), "--portal", "a", "--url", "http://a.test/bai-7.html"]).await;
    let old: Value = serde_json::from_str(&old.out).unwrap();
    assert_eq!(old["extraction"]["origins"]["title"], "portal a: h1.tieu-de");
    let again = web.run(&["relearn", "a", "--yes"]).await;
    assert_eq!(again.code, Some(1), "nothing is better now: {again:#?}");
}

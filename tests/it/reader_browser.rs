//! The reader in a real browser: Debian's chromium, driven by its own driver. `tests/browser.sh` installs both, and axe-core.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use fantoccini::Client;
use fantoccini::ClientBuilder;
use fantoccini::Locator;
use fantoccini::actions::InputSource;
use fantoccini::actions::KeyAction;
use fantoccini::actions::KeyActions;
use fantoccini::wd::WebDriverCompatibleCommand;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::Value;
use serde_json::json;
use tintinh::model::record::Record;
use tokio::process::Child;
use tokio::process::Command;
use url::Url;

use crate::reader::Served;
use crate::reader::record;
use crate::reader::visited;
use crate::reader::watched;
use crate::sites::Fault;
use crate::sites::FaultKind;
use crate::support::present;
use crate::world::World;

/// Widths of a phone, a tablet and a desk.
const WIDTHS: [u32; 3] = [360, 768, 1440];

/// A browser over a reader.
struct Browser {
    client: Client,
    base: String,
    _driver: Child,
}

/// A command of Chromium's driver beyond the standard's.
#[derive(Debug)]
struct Own(&'static str, Value);

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.0))
    }

    fn method_and_body(&self, _: &Url) -> (axum::http::Method, Option<String>) {
        (axum::http::Method::POST, Some(self.1.to_string()))
    }
}

impl Browser {
    /// `None` where there is no browser.
    async fn start(served: &Served) -> Option<Browser> {
        if !["chromium", "chromedriver"].into_iter().all(present) {
            eprintln!("`tests/browser.sh` installs it");
            return None;
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let options = json!({
            "goog:chromeOptions": {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        });
        let address = format!("http://127.0.0.1:{port}");
        for _ in 0..100 {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(options.as_object().unwrap().clone());
            if let Ok(client) = builder.connect(&address).await {
                return Some(Browser { client, base: format!("http://{}", served.address), _driver: driver });
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("chromedriver does not answer");
    }

    async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.unwrap();
    }

    async fn cdp(&self, command: &str, parameters: Value) -> Value {
        self.client.issue_cmd(Own("goog/cdp/execute", json!({ "cmd": command, "params": parameters }))).await.unwrap()
    }

    async fn screen(&self, width: u32, scheme: &str) {
        let metrics = json!({ "width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.cdp("Emulation.setEmulatedMedia", features).await;
    }

    async fn keys(&self, keys: &str) {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for key in keys.chars() {
            actions = actions.then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key });
        }
        self.client.perform_actions(actions).await.unwrap();
    }

    async fn text(&self) -> String {
        self.client.find(Locator::Css("main")).await.unwrap().text().await.unwrap()
    }

    async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url[url::Position::BeforePath..].to_owned()
    }

    async fn click(&self, selector: &str) {
        self.client.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    /// Waits until there is an element: a form leads to its page again.
    async fn wait_for(&self, selector: &str) {
        let wait = self.client.wait().at_most(Duration::from_secs(10));
        wait.for_element(Locator::Css(selector)).await.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Looks at pages on every screen: nothing overflows, and nobody is kept out.
    async fn look_at(&self, pages: &[(&str, String)], kind: &str, schemes: &[&str]) {
        for (name, path) in pages {
            self.go(path).await;
            for scheme in schemes {
                for width in WIDTHS {
                    self.screen(width, scheme).await;
                    let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
                    assert_eq!(self.script(overflow).await, 0, "{path} at {width}");
                    self.shot(&format!("{name}-{width}-{scheme}-{kind}")).await;
                }
                self.findings(&format!("{path} {scheme} {kind}")).await;
            }
        }
    }

    async fn script(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    async fn logged(&self, kind: &str) -> Vec<Value> {
        let log = self.client.issue_cmd(Own("se/log", json!({ "type": kind }))).await.unwrap();
        log.as_array().cloned().unwrap_or_default()
    }

    /// What the console said is wrong, since the last time.
    async fn complaints(&self) -> Vec<Value> {
        let is_bad = |entry: &Value| ["SEVERE", "WARNING"].contains(&entry["level"].as_str().unwrap_or_default());
        self.logged("browser").await.into_iter().filter(is_bad).collect()
    }

    /// The addresses of all requests since the last time.
    async fn requests(&self) -> Vec<String> {
        let entries = self.logged("performance").await;
        let message = |entry: &Value| serde_json::from_str::<Value>(entry["message"].as_str()?).ok();
        let sent = entries
            .iter()
            .filter_map(message)
            .filter(|message| message["message"]["method"] == "Network.requestWillBeSent");
        sent.filter_map(|message| Some(message["message"]["params"]["request"]["url"].as_str()?.to_owned())).collect()
    }

    /// Asserts that nothing complained and nobody else was asked.
    async fn was_calm(&self, place: &str) {
        let complaints = self.complaints().await;
        assert!(complaints.is_empty(), "{place}: {complaints:#?}");
        for url in self.requests().await {
            let is_own = url.starts_with(&self.base)
                || ["data:", "chrome", "about:", "blob:"].iter().any(|scheme| url.starts_with(scheme));
            assert!(is_own, "{place} asked {url}");
        }
    }

    /// Serious findings of axe-core, if it is there.
    async fn findings(&self, place: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/axe/package/axe.min.js");
        let Ok(axe) = fs::read_to_string(&path) else {
            let absent = format!("skipped: {} is absent; `tests/browser.sh` installs it", path.display());
            assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{absent}");
            eprintln!("{absent}");
            return;
        };
        self.script(&axe).await;
        let run = "const done = arguments[0]; axe.run().then(found => done(found.violations\
            .filter(one => ['serious', 'critical'].includes(one.impact))\
            .map(one => [one.id, one.nodes.map(node => node.html + ' ' + node.failureSummary)])), error => done([String(error)]));";
        let found = self.client.execute_async(run, Vec::new()).await.unwrap();
        assert_eq!(found, json!([]), "{place}: {found:#}");
    }

    async fn shot(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{name}.png")), self.client.screenshot().await.unwrap()).unwrap();
    }

    async fn end(self) {
        self.client.close().await.unwrap();
    }
}

/// The world's records.
fn records(served: &Served) -> Vec<Record> {
    served.get("/newest.jsonl").body.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_finds_the_way_by_mouse_and_by_keys() {
    let world = World::new().await;
    world.sites.set_fault("daknong.tintinh.test", Some(Fault::everywhere(FaultKind::Status(500))));
    let served = Served::over(visited(&world).await).await;
    let Some(browser) = Browser::start(&served).await else { return };
    browser.screen(1440, "light").await;
    browser.go("/").await;
    browser.was_calm("the front page").await;
    // A story's first source: one click from the list.
    let copied = "a[href^='/story/']";
    while browser.client.find(Locator::Css(copied)).await.is_err() {
        browser.click("a[rel=next]").await;
    }
    browser.click(copied).await;
    assert!(browser.text().await.contains("đăng đầu tiên"), "{}", browser.text().await);
    // What changed in an article: one click from its page.
    let changed = records(&served).into_iter().find(|record| record.revision == 2).unwrap();
    browser.go(&format!("/article/{}", changed.id)).await;
    browser.click("a[href*='changes=1']").await;
    assert!(browser.client.find(Locator::Css("ins")).await.is_ok());
    // Search without accents, by the keyboard alone.
    browser.keys("/").await;
    let words = tintinh::text::vietnamese::fold(&changed.title);
    browser.client.active_element().await.unwrap().send_keys(&format!("{words}\u{e007}")).await.unwrap();
    assert!(browser.path().await.starts_with("/search?q="), "{}", browser.path().await);
    assert!(browser.client.find(Locator::Css("mark")).await.is_ok());
    browser.keys("j").await;
    browser.keys("s").await;
    browser.wait_for(".item.selected.starred").await;
    browser.keys("m").await;
    browser.wait_for(".item.selected.starred.read").await;
    browser.keys("o").await;
    assert!(browser.path().await.starts_with("/article/"), "{}", browser.path().await);
    browser.go("/").await;
    browser.keys("jjk?").await;
    assert_eq!(browser.script("return document.getElementById('help').open").await, true);
    // Whether a portal is read: one click from every page.
    browser.go("/").await;
    browser.click("nav a[href='/coverage']").await;
    assert!(browser.text().await.contains("6/7"), "{}", browser.text().await);
    // The other language stays.
    browser.click("footer a[hreflang=en]").await;
    assert!(browser.text().await.contains("could not be read"));
    browser.go("/").await;
    assert!(browser.text().await.contains("Newest"));
    browser.was_calm("all pages").await;
    // Everything can be reached without scripts by Tab: the first stop leads over the menu.
    browser.keys("\u{e004}").await;
    assert_eq!(browser.script("return document.activeElement.className").await, "skip");
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_fits_every_screen_and_everybody() {
    let world = World::new().await;
    world.sites.set_fault("daknong.tintinh.test", Some(Fault::everywhere(FaultKind::Status(500))));
    let served = Served::over(watched(&world).await).await;
    let Some(browser) = Browser::start(&served).await else { return };
    // Some stories are read and some starred.
    browser.go("/").await;
    for keys in ["jm", "jjs", "jjjm", "jjjs"] {
        browser.keys(keys).await;
        browser.wait_for(".item.selected").await;
        browser.go("/").await;
    }
    let records = records(&served);
    let changed = records.iter().find(|record| record.revision == 2).unwrap();
    let file = records
        .iter()
        .find(|record| !record.attachments.is_empty() && !record.images.is_empty())
        .unwrap_or(&records[0]);
    let is_copied = |record: &&Record| served.get(&format!("/article/{}", record.id)).body.contains("href=\"/story/");
    let copied = records.iter().find(is_copied).unwrap();
    let pages = [
        ("newest", "/".to_owned()),
        ("filtered", "/newest?province=gia-lai".to_owned()),
        ("story", format!("/story/{}", copied.id)),
        ("article", format!("/article/{}", file.id)),
        ("changes", format!("/article/{}?changes=1", changed.id)),
        ("search", "/search?q=xa".to_owned()),
        ("watches", "/watch".to_owned()),
        ("watch", "/watch/xa".to_owned()),
        ("starred", "/newest?only=starred".to_owned()),
        ("coverage", "/coverage".to_owned()),
        ("nothing", "/newest?day=2001-01-01".to_owned()),
    ];
    for language in ["vi", "en"] {
        browser.go(&format!("/?lang={language}")).await;
        browser.look_at(&pages, language, &["light", "dark"]).await;
    }
    browser.was_calm("all pages").await;
    browser.end().await;
}

/// Every page over records that were made.
fn pages(records: usize) -> Vec<(&'static str, String)> {
    let last = records.max(1);
    vec![
        ("newest", "/".to_owned()),
        ("filtered", "/newest?province=gia-lai&only=unread".to_owned()),
        ("starred", "/newest?only=starred".to_owned()),
        ("story", format!("/story/{last:032x}")),
        ("article", format!("/article/{last:032x}")),
        ("search", "/search".to_owned()),
        ("found", "/search?q=tin".to_owned()),
        ("watches", "/watch".to_owned()),
        ("coverage", "/coverage".to_owned()),
    ]
}

/// A record whose text is no copy of another's.
fn distinct(number: usize) -> Record {
    let word = |at: usize| {
        let hash = tintinh::text::fingerprint::hash_parts([number.to_string().as_str(), at.to_string().as_str()]);
        hash.get(..4).unwrap().to_owned()
    };
    let text: Vec<String> = (0..40).map(word).collect();
    let text = text.join(" ");
    record(number, &json!({ "content_text": text, "content_html": format!("<p>{text}</p>"), "summary": text }))
}

async fn look_at_records(count: usize) {
    let served = Served::with((1..=count).map(distinct).collect(), "").await;
    let Some(browser) = Browser::start(&served).await else { return };
    browser.look_at(&pages(count), &format!("with-{count}"), &["light"]).await;
    // Without records there is no article and no story: the answer 404 is all that the console has to say.
    let complaints = browser.complaints().await;
    let is_absent = |entry: &Value| entry["message"].as_str().is_some_and(|text| text.contains("404"));
    assert!(complaints.iter().all(|entry| count == 0 && is_absent(entry)), "{complaints:#?}");
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_stands_without_records() {
    look_at_records(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_stands_with_one_record() {
    look_at_records(1).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: tests/soak/reader.sh"]
async fn every_page_stands_with_200_000_records() {
    look_at_records(200_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_script_of_a_site_runs_and_nobody_else_is_asked() {
    let attacks = [
        "<script>document.title='hit'</script>",
        "\"><img src=http://evil.example/x onerror=document.title='hit'>",
        "</title><svg/onload=document.title='hit'>",
        "javascript:document.title='hit'",
    ];
    let attacked = |(number, attack): (usize, &&str)| {
        let field = *attack;
        let image = json!([{"url": "http://127.0.0.2:9/a.png", "caption": field}]);
        record(
            number + 1,
            &json!({ "title": field, "summary": field, "content_text": field, "url": field, "section": field,
            "byline": field, "images": image, "credit": {"text": field},
            "blocks": [{"type": "paragraph", "text": field, "html": field}, {"type": "image", "index": 0}] }),
        )
    };
    let served = Served::with(attacks.iter().enumerate().map(attacked).collect(), "").await;
    let Some(browser) = Browser::start(&served).await else { return };
    let mut pages = vec!["/".to_owned(), "/search?q=document".to_owned()];
    pages.extend(
        (1..=attacks.len()).flat_map(|number| [format!("/article/{number:032x}"), format!("/story/{number:032x}")]),
    );
    for path in &pages {
        browser.go(path).await;
        assert_ne!(browser.client.title().await.unwrap(), "hit", "{path}");
        assert_eq!(browser.script("return document.scripts.length").await, 1, "{path}");
        browser.was_calm(path).await;
    }
    browser.end().await;
}

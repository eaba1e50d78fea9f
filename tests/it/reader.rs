//! The reader's pages over HTTP, with nothing, one article and many, with a portal that fails, and with what attacks a page.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use tempfile::TempDir;
use tintinh::clock::Clock;
use tintinh::config::Config;
use tintinh::model::record::Record;
use tintinh::notify::Notifier;
use tintinh::search::SearchIndex;
use tintinh::store::Store;
use tintinh::web::reader::Reader;
use tokio::net::TcpListener;

use crate::sites::Fault;
use crate::sites::FaultKind;
use crate::world::World;

/// A reader that is served.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    folder: Option<TempDir>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The values of cookies that it sets, as `name=value`.
    pub(crate) fn cookies(&self) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let set = lines.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        set.filter_map(|(_, value)| value.split(';').next()).collect()
    }
}

impl Served {
    /// Over the state of a configuration that is there.
    pub(crate) async fn over(config: Config) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, config) = (config.state_dir.clone(), Arc::new(config));
        let reader = Reader::new(&state, Clock::System, move || Arc::clone(&config));
        tokio::spawn(reader.serve(listener));
        let served = Served { address, folder: None };
        served.wait_for(|page| !page.body.contains("Đang nạp")).await;
        if served.get("/").status == 303 {
            // Who is not let in does not see whether all is there.
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        served
    }

    /// Over records, with more in its configuration.
    pub(crate) async fn with(records: Vec<Record>, more: &str) -> Served {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config");
        fs::create_dir_all(config.join("portals")).unwrap();
        fs::write(config.join("tintinh.toml"), format!("state_dir = \"../state\"\n{more}\n")).unwrap();
        fs::write(config.join("web-password"), "mật khẩu dài\n").unwrap();
        fs::write(config.join("portals/tinh.toml"), PORTAL).unwrap();
        let config = Config::load(&config).unwrap();
        let store = Store::open(&config.state_dir).await.unwrap();
        store.adopt(records, false).await.unwrap();
        store.number_old().await.unwrap();
        SearchIndex::open(&config.state_dir).await.unwrap().fill(&store, u64::MAX, |_| ()).await.unwrap();
        let served = Served::over(config).await;
        Served { folder: Some(folder), ..served }
    }

    /// Waits until the front page is as it should be.
    pub(crate) async fn wait_for(&self, is_so: impl Fn(&Answer) -> bool) {
        for _ in 0..300 {
            if is_so(&self.get("/")) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{:?}", self.get("/"));
    }

    /// The folder of its state, where it has one of its own.
    pub(crate) fn state(&self) -> std::path::PathBuf {
        self.folder.as_ref().unwrap().path().join("state")
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "")
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[&str], body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let has_host = headers.iter().any(|header| header.starts_with("Host:"));
        let host = if has_host { String::new() } else { format!("Host: {}\r\n", self.address) };
        let lines: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        stream.write_all(format!("{method} {path} HTTP/1.1\r\n{host}{lines}{length}\r\n{body}").as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|part| part == b"\r\n\r\n").unwrap_or(bytes.len());
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = bytes.get(end + 4..).unwrap_or_default();
        let is_chunked = head.to_lowercase().contains("transfer-encoding: chunked");
        let body = if is_chunked { unchunked(body) } else { body.to_vec() };
        Answer { status, head, body: String::from_utf8(body).unwrap() }
    }
}

/// A body that came in parts (RFC 9112, section 7.1); whole, or it is not taken.
fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let end = rest.windows(2).position(|part| part == b"\r\n").expect("the size of a part");
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return whole;
        }
        whole.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
}

const PORTAL: &str = "name = \"Cổng thông tin điện tử tỉnh Gia Lai\"\nhome = \"https://tinh.example/\"\nprovince = \"gia-lai\"\n\
    verified = \"a test\"\n[[source]]\nkind = \"feed\"\nurl = \"https://tinh.example/rss\"\n";

/// A record of a portal; `more` is laid over it.
pub(crate) fn record(number: usize, more: &Value) -> Record {
    let text = format!("Bài số {number} kể về việc thứ {number} ở xã {number}. Ngày {number} có nắng.");
    let mut value = json!({
        "schema_version": 1, "id": format!("{number:032x}"), "revision": 1, "portal": "tinh", "province": "gia-lai",
        "outlet": "Cổng thông tin điện tử tỉnh Gia Lai", "url": format!("https://tinh.example/{number}"),
        "final_url": format!("https://tinh.example/{number}"), "canonical_url": format!("https://tinh.example/{number}"),
        "title": format!("Tin thứ {number} của tỉnh"), "summary": format!("Sapo của tin {number}."), "content_text": text,
        "content_html": format!("<p>{text}</p>"), "language": "vi", "date_fetched": "2026-11-24T08:00:00+07:00",
        "date_published": format!("2026-11-{:02}T07:{:02}:00+07:00", 1 + number % 23, number % 60),
        "content_hash": format!("{number:032x}"), "discovery": {"kind": "feed", "url": "https://tinh.example/rss"},
        "http": {"status": 200, "charset": "utf-8"},
        "extraction": {"rules": ["generic"], "version": "0", "origins": {"title": "generic"}},
    });
    for (key, field) in more.as_object().into_iter().flatten() {
        value[key] = field.clone();
    }
    serde_json::from_value(value).unwrap()
}

/// The configuration of a world whose portals were visited.
pub(crate) async fn visited(world: &World) -> Config {
    world.run(&["fetch"]).await;
    world.sites.advance();
    world.run(&["fetch"]).await;
    Config::load(&world.path().join("config")).unwrap()
}

/// The same, with a watch that finds what came with the second visit.
pub(crate) async fn watched(world: &World) -> Config {
    let settings = fs::read_to_string(world.config("tintinh.toml")).unwrap();
    let channel = "[[notify]]\nid = \"ban\"\nkind = \"command\"\ncommand = [\"/bin/true\"]\n";
    fs::write(world.config("tintinh.toml"), format!("{settings}\n{channel}")).unwrap();
    fs::create_dir_all(world.config("watch")).unwrap();
    for (id, name) in [("xa", "Làng xã"), ("khong", "Không có gì")] {
        let phrase = if id == "xa" { "xã" } else { "chữ không ở đâu có" };
        let watch = format!("name = \"{name}\"\nany = [\"{phrase}\"]\nto = [\"ban\"]\nmax_age = \"3650d\"\n");
        fs::write(world.config(&format!("watch/{id}.toml")), watch).unwrap();
    }
    world.run(&["fetch"]).await;
    let config = Config::load(&world.path().join("config")).unwrap_or_else(|errors| panic!("{errors}"));
    let store = Store::open(&config.state_dir).await.unwrap();
    let notifier = Notifier::open(&config.state_dir, store).await.unwrap();
    notifier.round(&config, Clock::System.now()).await.unwrap();
    world.sites.advance();
    world.run(&["fetch"]).await;
    notifier.round(&config, Clock::System.now()).await.unwrap();
    config
}

/// Every page of an empty reader, as an address.
const PAGES: [&str; 7] =
    ["/", "/newest?day=2026-11-24", "/newest?only=unread", "/search", "/search?q=tin", "/watch", "/coverage"];

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_reader_says_why_it_is_empty() {
    let served = Served::with(Vec::new(), "").await;
    for (path, words) in [
        ("/", "Chưa có tin nào."),
        ("/?lang=en", "There are no stories yet."),
        ("/newest?day=2026-11-24", "Không có tin nào khớp"),
        ("/search?q=tin", "Không có kết quả."),
        ("/search", "Gõ vài từ"),
        ("/coverage", "chưa lần nào"),
        ("/watch", "Chưa có mục theo dõi nào."),
        ("/newest?only=starred", "Không có tin nào khớp"),
    ] {
        let answer = served.get(path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.body.contains(words), "{path}: {}", answer.body);
    }
    for (path, status) in [
        ("/article/none", 404),
        ("/story/none", 404),
        ("/nothing", 404),
        ("/newest?day=x", 400),
        ("/newest?only=x", 400),
        ("/watch/none", 404),
    ] {
        let answer = served.get(path);
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.body.contains("<h1>") || answer.body.contains("class=\"what\""), "{path}: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_safe_and_small() {
    let served = Served::with((1..100).map(|number| record(number, &json!({}))).collect(), "").await;
    let others = ["/article/none", "/style.css", "/keys.js", "/newest.atom", "/portals.json"];
    for path in PAGES.iter().chain(&others) {
        let answer = served.get(path);
        let policy = answer.header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("connection"), Some("close"), "{path}");
        assert!(!answer.body.contains(" style=") && !answer.body.contains(" onclick="), "{path}");
    }
    let page = served.get("/");
    assert_eq!(page.body.matches("<article").count(), 30);
    assert!(page.body.len() <= 60_000, "{}", page.body.len());
    assert!(served.get("/style.css").body.len() <= 15_000);
    assert_eq!(served.ask("DELETE", "/", &[], "").status, 405);
    assert_eq!(served.ask("POST", "/login", &[], "a=b").status, 405);
    assert_eq!(served.ask("POST", "/mark", &[], "read=1").status, 403);
    assert_eq!(served.ask("HEAD", "/", &[], "").body, "");
    // The list goes on to its end, each story once.
    let (mut seen, mut path) = (0, "/".to_owned());
    loop {
        let answer = served.get(&path);
        seen += answer.body.matches("<article").count();
        let Some((_, rest)) = answer.body.split_once("rel=\"next\" href=\"") else { break };
        path = rest.split('"').next().unwrap().replace("&amp;", "&");
    }
    assert_eq!(seen, 99);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_article_is_shown_with_all_that_it_has() {
    let one = record(
        7,
        &json!({
            "date_precision": "day", "date_published": "2021-03-15T00:00:00+07:00", "section": "Thời sự",
            "byline": "Tin, ảnh: Ngô Tấm", "credit": {"text": "Theo Báo Mẫu"}, "kind": "document",
            "attachments": [{"url": "https://tinh.example/a.pdf", "title": "Toàn văn", "mime_type": "application/pdf",
                "size_in_bytes": 1_234_567}],
            "document": {"number": "12/QĐ-UBND", "signer": "Lê Mẫu", "issued": "2021-03-12"},
            "images": [{"url": "https://tinh.example/a.jpg", "caption": "Cầu mới."},
                {"url": "http://192.168.0.1/reboot", "caption": "Ở nơi khác."}],
            "blocks": [{"type": "paragraph", "text": "Đoạn một."}, {"type": "heading", "level": 2, "text": "Mục"},
                {"type": "image", "index": 0}, {"type": "table", "rows": [["a", "b"]]}],
        }),
    );
    let served = Served::with(vec![one], "").await;
    let path = format!("/article/{:032x}", 7);
    let shown = served.get(&path);
    for text in [
        "15/03/2021<",
        "Thời sự",
        "Ngô Tấm",
        "Theo Báo Mẫu",
        "Toàn văn",
        "PDF",
        "1,2 MB",
        "12/QĐ-UBND",
        "12/03/2021",
        "Cầu mới.",
        "<h2>Mục</h2>",
        "<td>a</td>",
        "Bản ghi này",
        "Văn bản",
        "Sapo của tin 7.",
        "Hiện ảnh",
    ] {
        assert!(shown.body.contains(text), "{text} is not in {}", shown.body);
    }
    assert!(
        !shown.body.contains("15/03/2021 00:00") && !shown.body.contains("<img"),
        "no time, no image: {}",
        shown.body
    );
    let open = served.get(&format!("{path}?images=1"));
    assert!(open.body.contains("<img src=\"https://tinh.example/a.jpg\""), "{}", open.body);
    assert!(!open.body.contains("<img src=\"http://192.168.0.1"), "only the portal's hosts: {}", open.body);
    let policy = open.header("content-security-policy").unwrap();
    assert!(policy.contains("img-src 'self' data: https://tinh.example;"), "{policy}");
    let english = served.ask("GET", &path, &["Cookie: lang=en"], "");
    assert!(english.body.contains("15 Mar 2021") && english.body.contains("lang=\"en\""), "{}", english.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn images_are_never_or_always_loaded_where_the_configuration_says_so() {
    let images = json!({ "images": [{"url": "https://tinh.example/a.jpg", "caption": "Cầu."}] });
    let path = format!("/article/{:032x}?images=1", 1);
    let never = Served::with(vec![record(1, &images)], "[web]\nimages = \"never\"").await;
    assert!(!never.get(&path).body.contains("<img"));
    let always = Served::with(vec![record(1, &images)], "[web]\nimages = \"always\"").await;
    assert!(always.get(path.trim_end_matches("?images=1")).body.contains("<img"));
}

#[tokio::test(flavor = "multi_thread")]
async fn stories_changes_search_and_a_portal_that_fails_are_shown() {
    let world = World::new().await;
    world.sites.set_fault("daknong.tintinh.test", Some(Fault::everywhere(FaultKind::Status(500))));
    let served = Served::over(visited(&world).await).await;
    let front = served.get("/");
    assert!(front.body.contains("1 cổng không đọc được"), "{}", front.body);
    // Yesterday's news of one province is two clicks away, and filters show their counts.
    let province = served.get("/newest?province=gia-lai");
    assert!(province.body.contains("Gia Lai ×") && !province.body.contains("Hòa Bình (mẫu)</span><span>"));
    // The first source of a copied story.
    let all = served.get("/newest.jsonl");
    let records: Vec<Record> = all.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let is_in_story =
        |record: &&Record| served.get(&format!("/article/{}", record.id)).body.contains("Đăng lại ở 1 nơi");
    let head = records.iter().find(is_in_story).expect("a story with a copy");
    let story = served.get(&format!("/story/{}", head.id));
    assert!(story.body.contains("đăng đầu tiên") && story.body.contains("đăng lại · trùng"), "{}", story.body);
    assert_eq!(story.body.matches("<li ").count(), 2);
    // What changed in an article.
    let changed = records.iter().find(|record| record.revision == 2).expect("a changed article");
    let marked = served.get(&format!("/article/{}?changes=1", changed.id));
    assert!(marked.body.contains("<ins") && marked.body.contains("id=\"change\""), "{}", marked.body);
    let old = served.get(&format!("/article/{}?revision=1", changed.id));
    assert!(old.body.contains("Đây là một bản cũ.") && !old.body.contains("<ins"), "{}", old.body);
    // Search without accents.
    let words: String = tintinh::text::vietnamese::fold(&head.title);
    let query = url::form_urlencoded::byte_serialize(words.as_bytes()).collect::<String>();
    let found = served.get(&format!("/search?q={query}"));
    assert!(found.body.contains("<mark>") && found.body.contains("/story/"), "{}", found.body);
    assert!(served.get("/search?q=%22abc").body.contains("Không hiểu câu tìm"));
    // Whether a portal is read.
    let coverage = served.get("/coverage");
    assert!(coverage.body.contains("6/7") && coverage.body.contains("HTTP status 500"), "{}", coverage.body);
    assert_eq!(coverage.body.matches("class=\"strip\"").count(), 7);
    assert!(coverage.body.contains("class=\"fail\"") && coverage.body.contains("class=\"well\""));
    let portals: Value = serde_json::from_str(&served.get("/portals.json").body).unwrap();
    let failing =
        portals["portals"].as_array().unwrap().iter().find(|portal| portal["portal"] == "demo-daknong").unwrap();
    assert!(failing["failures"].as_u64().unwrap() > 0 && failing["days"].as_array().unwrap().len() == 30, "{failing}");
    // A record that comes is shown without a restart.
    world.sites.set_fault("daknong.tintinh.test", None);
    world.run(&["fetch", "demo-daknong"]).await;
    served.wait_for(|page| page.body.contains("portal=demo-daknong")).await;
}

/// Texts that would be markup where a template let them through.
const ATTACKS: [&str; 5] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "</title><script src=//evil.example/x.js></script>",
    "javascript:alert(1)",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_a_site_sent_is_never_markup() {
    let attacked = |(number, attack): (usize, &&str)| {
        let field = *attack;
        record(
            number + 1,
            &json!({
                "title": field, "summary": field, "content_text": field, "byline": field, "section": field, "outlet": field,
                "credit": {"text": field}, "url": field, "date_raw": field, "province": field, "tags": [field],
                "blocks": [{"type": "paragraph", "text": field, "html": field}, {"type": "quote", "text": field},
                    {"type": "list", "ordered": true, "items": [field]}, {"type": "table", "rows": [[field]]}],
                "images": [{"caption": field, "credit": field}], "document": {"number": field, "issued": field},
                "extraction": {"rules": [field], "version": field, "origins": {field: field}, "warnings": [field]},
            }),
        )
    };
    let served = Served::with(ATTACKS.iter().enumerate().map(attacked).collect(), "").await;
    let mut pages = vec!["/".to_owned(), "/search?q=alert+1".to_owned(), "/coverage".to_owned()];
    for number in 1..=ATTACKS.len() {
        pages.extend([format!("/article/{number:032x}"), format!("/story/{number:032x}")]);
    }
    for attack in ATTACKS {
        let quoted: String = url::form_urlencoded::byte_serialize(attack.as_bytes()).collect();
        pages.extend(["/search?q=", "/?section=", "/?province=", "/?day="].map(|path| format!("{path}{quoted}")));
    }
    for path in pages {
        let body = served.get(&path).body;
        assert_eq!(body.matches("<script").count(), 1, "{path}: the reader's own alone: {body}");
        for bad in ["<img", "<svg/", "onload=alert(1)>", "href=\"javascript:", "onerror=alert(1)>\""] {
            assert!(!body.contains(bad), "{path}: {bad} in {body}");
        }
    }
}

/// The demo's folder is served to who has a terminal alone; a pipe gets the records and the end.
#[tokio::test(flavor = "multi_thread")]
async fn the_demo_ends_at_once_in_a_pipe_and_stays_on_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let done = crate::world::end_of(
        crate::world::program(&["demo", folder.path().join("a").to_str().unwrap()]).spawn().unwrap(),
    )
    .await;
    assert!(done.code == Some(0) && !done.out.contains("in a browser"), "{done:?}");
    if !crate::support::present("script") {
        return;
    }
    let log = folder.path().join("log");
    for (flags, stays) in [("--no-web", false), ("", true)] {
        let dir = folder.path().join("b");
        // The shell itself must not end by the Ctrl-C.
        let demo = format!("exec {} demo {flags} {}", env!("CARGO_BIN_EXE_tintinh"), dir.display());
        let mut child = tokio::process::Command::new("script")
            .args(["-qfec", &demo])
            .arg(&log)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let said = |path: &Path| fs::read_to_string(path).unwrap_or_default();
        if stays {
            // The terminal's log grows in pieces: the address is whole once the slash behind it is there.
            let address = || {
                let text = said(&log);
                let (address, _) = text.split_once("in a browser")?.1.split_once("http://")?.1.split_once('/')?;
                address.parse().ok()
            };
            crate::world::until("the address", || address().is_some()).await;
            let served = Served { address: address().unwrap(), folder: None };
            served.wait_for(|page| page.body.contains("<article")).await;
            let mut input = child.stdin.take().unwrap();
            // Ctrl-C, as a terminal sends it.
            tokio::io::AsyncWriteExt::write_all(&mut input, b"\x03").await.unwrap();
        }
        let ended = tokio::time::timeout(Duration::from_mins(1), child.wait()).await.expect("it ends").unwrap();
        assert!(ended.success(), "{flags}: {ended:?} {}", said(&log));
        assert_eq!(said(&log).contains("in a browser"), stays);
    }
}

//! The Google Reader API: what apps send, and what they must get.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use tintinh::config::Config;
use tintinh::marks::ItemId;
use tintinh::model::record::Record;
use tintinh::store::Store;

use crate::reader::Answer;
use crate::reader::Served;
use crate::reader::record;
use crate::reader::watched;
use crate::reader_marks::Visitor;
use crate::world::World;

const READ: &str = "user/-/state/com.google/read";
const STARRED: &str = "user/-/state/com.google/starred";
const ALL: &str = "user/-/state/com.google/reading-list";

/// An app.
pub(crate) struct App<'a> {
    served: &'a Served,
    base: &'static str,
    header: String,
}

impl<'a> App<'a> {
    /// Logged in.
    pub(crate) fn new(served: &'a Served, password: &str) -> App<'a> {
        App::at(served, "/api/greader.php", password)
    }

    fn at(served: &'a Served, base: &'static str, password: &str) -> App<'a> {
        let answer = login(served, base, password);
        assert_eq!(answer.status, 200, "{answer:?}");
        let key = answer.body.lines().find_map(|line| line.strip_prefix("Auth=")).unwrap();
        App { served, base, header: format!("Authorization: GoogleLogin auth={key}") }
    }

    fn get(&self, call: &str) -> Answer {
        self.served.ask("GET", &format!("{}/reader/api/0/{call}", self.base), &[&self.header], "")
    }

    fn json(&self, call: &str) -> Value {
        let answer = self.get(call);
        assert_eq!(answer.status, 200, "{call}: {answer:?}");
        serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{call}: {error}: {}", answer.body))
    }

    fn post(&self, call: &str, form: &str) -> Answer {
        self.served.ask("POST", &format!("{}/reader/api/0/{call}", self.base), &[&self.header], form)
    }

    /// All ids of a stream, by pages of so many; `between` happens after each page.
    fn ids(&self, stream: &str, more: &str, size: usize, mut between: impl FnMut(usize)) -> Vec<String> {
        let (mut ids, mut next, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let value = self.json(&format!("stream/items/ids?s={stream}&n={size}{more}{next}"));
            let part = value["itemRefs"].as_array().unwrap();
            assert!(part.len() <= size);
            ids.extend(part.iter().map(|one| one["id"].as_str().expect("a text: numbers lose digits").to_owned()));
            pages += 1;
            match value["continuation"].as_str() {
                Some(place) => next = format!("&c={place}"),
                None => return ids,
            }
            between(pages);
        }
    }

    fn all(&self, stream: &str) -> Vec<String> {
        self.ids(stream, "", 1000, |_| {})
    }
}

fn login(served: &Served, base: &str, password: &str) -> Answer {
    let form: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("Email", "me"), ("Passwd", password), ("service", "reader")])
        .finish();
    served.ask("POST", &format!("{base}/accounts/ClientLogin"), &[], &form)
}

/// Adds records to a store, with their places in the stream.
async fn add(store: &Store, records: Vec<Record>) {
    store.adopt(records, false).await.unwrap();
    store.number_old().await.unwrap();
}

fn short(number: usize) -> String {
    ItemId::of_article(&format!("{number:032x}")).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_log_in_by_the_password_and_stay_so() {
    let served = Served::with(vec![record(1, &json!({}))], "[web]\npassword_file = \"web-password\"").await;
    assert_eq!(served.get("/api/greader.php/reader/api/0/user-info").status, 401);
    let wrong = login(&served, "", "x");
    assert!(wrong.status == 401 && wrong.header("x-reader-google-bad-token") == Some("true"), "{wrong:?}");
    let app = App::at(&served, "", "mật khẩu dài");
    assert_eq!(app.json("user-info")["userName"], "tintinh");
    assert_eq!(app.all(ALL), [short(1)]);
    // The key of the feeds' addresses opens no app's door, nor the other way round.
    let other = served.ask("GET", "/reader/api/0/user-info", &["Authorization: GoogleLogin auth=tintinh/x"], "");
    assert_eq!(other.status, 401);
    let as_json = served.ask(
        "POST",
        "/accounts/ClientLogin?output=json",
        &[],
        "Email=a&Passwd=m%E1%BA%ADt%20kh%E1%BA%A9u%20d%C3%A0i",
    );
    let key = serde_json::from_str::<Value>(&as_json.body).unwrap()["Auth"].as_str().unwrap().to_owned();
    assert!(app.header.ends_with(&key), "a key lasts as long as its password");
    // The token of a change may be absent or `x`, but no other one.
    let token = app.get("token").body;
    assert_eq!(token.len(), 57);
    for (token, status) in [(token.as_str(), 200), ("", 200), ("x", 200), ("y", 401)] {
        let form = format!("i={}&a={READ}&T={token}", short(1));
        assert_eq!(app.post("edit-tag", &form).status, status, "{token}");
    }
    assert_eq!(app.get("edit-tag").status, 405);
    for _ in 0..9 {
        login(&served, "", "x");
    }
    assert_eq!(login(&served, "", "mật khẩu dài").status, 429, "guessing is slow");
    let public = Served::with(Vec::new(), "[web]\npublic = true").await;
    assert_eq!(login(&public, "", "").status, 403, "nobody's marks");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_password_no_web_page_is_taken_for_an_app() {
    let served = Served::with(vec![record(1, &json!({}))], "").await;
    let form = format!("i={}&a={READ}", short(1));
    assert_eq!(served.ask("POST", "/reader/api/0/edit-tag", &[], &form).status, 401, "a form of a page has no header");
    let elsewhere = ["Host: tin.example", "Authorization: GoogleLogin auth=x"];
    assert_eq!(served.ask("GET", "/reader/api/0/user-info", &elsewhere, "").status, 403);
    let app = App::new(&served, "any");
    assert_eq!(app.post("edit-tag", &form).body, "OK");
    assert_eq!(served.get("/api/greader.php").body, "OK");
    assert_eq!(served.get("/reader/api/0/nothing").status, 401);
    assert_eq!(app.get("nothing").status, 404);
    for (call, form) in [("edit-tag", "i=x&a=b"), ("stream/items/ids?c=x", ""), ("stream/items/ids?n=x", "")] {
        assert_eq!(app.post(call, form).status, 400, "{call}");
    }
    let refused: Value =
        serde_json::from_str(&app.post("subscription/quickadd", "quickadd=http://a.example/").body).unwrap();
    assert_eq!(refused["numResults"], 0);
    assert!(refused["error"].as_str().unwrap().contains("tintinh add"));
    assert_eq!(app.post("subscription/edit", "ac=unsubscribe&s=feed/tinh").status, 403);
    assert_eq!(app.post("edit-tag", &format!("i={}&a=user/-/label/x", short(1))).status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_are_set_in_both_forms_and_seen_everywhere() {
    let served = Served::with((1..=4).map(|number| record(number, &json!({}))).collect(), "").await;
    let app = App::new(&served, "any");
    let long = ItemId::of_article(&format!("{:032x}", 2)).long();
    assert_eq!(app.post("edit-tag", &format!("i={}&i={long}&a={READ}", short(1))).body, "OK");
    assert_eq!(
        app.post("edit-tag", &format!("i={}&a={STARRED}&a=user/-/state/com.google/broadcast", short(3))).body,
        "OK"
    );
    assert_eq!(app.all(&format!("{ALL}&xt={READ}")), [short(4), short(3)]);
    assert_eq!(app.all(&format!("{ALL}&it={READ}")), [short(2), short(1)]);
    assert_eq!(app.all(&format!("feed/tinh&xt={READ}&r=o")), [short(3), short(4)]);
    assert_eq!(app.all(STARRED), [short(3)]);
    assert_eq!(app.all("user/1005/state/com.google/starred"), [short(3)]);
    assert_eq!(app.all("user/-/label/Gia%20Lai").len(), 4);
    for nothing in ["feed/none", "user/-/label/none", "user/-/state/com.google/like"] {
        assert_eq!(app.all(nothing), [""; 0], "{nothing}");
    }
    let counts = app.json("unread-count");
    assert_eq!(counts["max"], 2);
    let of = |id: &str| {
        counts["unreadcounts"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()["count"].clone()
    };
    assert_eq!((of("feed/tinh"), of("user/-/label/Gia Lai"), of(ALL)), (json!(2), json!(2), json!(2)));
    // The reader's own pages show the same marks.
    let visitor = Visitor::new(&served);
    let page = visitor.see("/").body;
    assert_eq!((page.matches("item read").count(), page.matches("item starred").count()), (2, 1));
    visitor.press("/", "unread", &format!("{:032x}", 1));
    assert_eq!(app.all(READ), [short(2)]);
    // Newsboat's way to mark as unread.
    let form = format!("i={long}&r={READ}&a=user/-/state/com.google/kept-unread&ac=edit&T=x");
    assert_eq!(app.post("edit-tag", &form).body, "OK");
    assert_eq!(app.all(READ), [""; 0]);
    assert_eq!(app.post("mark-all-as-read", "s=feed/tinh&ts=1").body, "OK");
    assert_eq!(app.all(READ).len(), 0, "what came later than the moment is not read");
    assert_eq!(app.post("mark-all-as-read", "s=user/-/label/Gia Lai&ts=1999999999000000").body, "OK");
    assert_eq!(app.all(READ).len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn articles_have_what_apps_look_for() {
    let one = record(
        7,
        &json!({ "title": "A & B <c>", "attachments": [{"url": "https://tinh.example/a.pdf", "mime_type": "application/pdf", "size_in_bytes": 5}],
            "authors": [{"name": "Lê Mẫu"}], "date_published": "2026-11-02T07:00:00+07:00" }),
    );
    let served = Served::with(vec![one, record(8, &json!({}))], "").await;
    let app = App::new(&served, "any");
    app.post("edit-tag", &format!("i={}&a={READ}&a={STARRED}", short(7)));
    let id = ItemId::of_article(&format!("{:032x}", 7)).long();
    let check = |item: &Value| {
        assert_eq!(item["id"], id);
        assert_eq!(item["title"], "A & B <c>");
        assert_eq!(
            (&item["canonical"][0]["href"], &item["alternate"][0]["href"]),
            (&json!("https://tinh.example/7"), &json!("https://tinh.example/7"))
        );
        assert_eq!(item["published"], 1_793_577_600);
        assert_eq!(item["author"], "Lê Mẫu");
        assert_eq!(item["origin"]["streamId"], "feed/tinh");
        assert_eq!(item["enclosure"][0]["href"], "https://tinh.example/a.pdf");
        let content = item["summary"]["content"].as_str().unwrap();
        assert!(content.contains("Sapo của tin 7.") && content.contains("Bài số 7"), "{content}");
        let usec = item["timestampUsec"].as_str().unwrap();
        assert_eq!(usec, format!("{}000", item["crawlTimeMsec"].as_str().unwrap()));
        let categories: Vec<&str> =
            item["categories"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        assert_eq!(categories, [ALL, READ, STARRED, "user/-/label/Gia Lai"]);
    };
    let contents =
        app.json(&format!("stream/contents/{}?it={READ}&n=1", "user%2F-%2Fstate%2Fcom.google%2Freading-list"));
    assert_eq!(contents["id"], ALL);
    check(&contents["items"][0]);
    check(&app.json(&format!("stream/contents?s={STARRED}"))["items"][0]);
    for form in [format!("i={}&i={}", short(7), short(99)), format!("i={id}"), format!("i={:016x}a", 0)] {
        let answer = app.post("stream/items/contents", &form);
        if form.ends_with("0a") {
            assert_eq!(answer.status, 400, "{form}");
            continue;
        }
        let items: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(items["items"].as_array().unwrap().len(), 1, "what is not known is left out: {items}");
        check(&items["items"][0]);
    }
    let feeds = app.json("subscription/list");
    assert_eq!(feeds["subscriptions"][0]["id"], "feed/tinh");
    assert_eq!(feeds["subscriptions"][0]["categories"][0], json!({ "id": "user/-/label/Gia Lai", "label": "Gia Lai" }));
    assert_eq!(
        app.json("tag/list")["tags"][1],
        json!({ "id": "user/-/label/Gia Lai", "sortid": "gia-lai", "type": "folder" })
    );
    let xml = app.get("tag/list?output=xml").body;
    assert!(
        xml.contains("<list name=\"tags\"><object><string name=\"id\">user/-/state/com.google/starred</string>"),
        "{xml}"
    );
    // Newsboat reads Atom.
    let atom =
        served.ask("GET", "/reader/atom/feed%2Ftinh?n=1&it=user/-/state/com.google/read", &[&app.header], "").body;
    for text in
        [id.as_str(), "label=\"read\"", "label=\"starred\"", "Bài số 7", "A &amp; B &lt;c&gt;", "<gr:continuation>"]
    {
        assert!(atom.contains(text) != (text == "<gr:continuation>"), "{text}: {atom}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paging_misses_none_and_has_none_twice_while_articles_come() {
    let later = |number: usize| {
        record(number, &json!({ "date_fetched": format!("2026-11-25T08:{:02}:00+07:00", number % 60) }))
    };
    let served = Served::with((1..=40).map(|number| record(number, &distinct(number))).collect(), "").await;
    let app = App::new(&served, "any");
    let before: BTreeSet<String> = app.all(ALL).into_iter().collect();
    assert_eq!(before.len(), 40);
    let store = Store::open(&served.state()).await.unwrap();
    let runtime = tokio::runtime::Handle::current();
    let mut came = Vec::new();
    let mut grow = |page: usize| {
        let number = 100 + page;
        // A later copy of an article that was not passed on yet, dated before it: it becomes the head of their story.
        let (copied, portal) = (distinct(5), format!("khac{page}"));
        let url = format!("https://{portal}.example/1");
        let copy = record(
            200 + page,
            &json!({
                "title": "Tin thứ 5 của tỉnh", "portal": portal, "outlet": format!("Báo {page}"), "url": url, "final_url": url, "canonical_url": url,
                "content_text": copied["content_text"], "content_html": copied["content_html"], "date_fetched": "2026-11-25T09:00:00+07:00",
                "date_published": "2026-10-01T07:00:00+07:00",
            }),
        );
        let new = later(number);
        tokio::task::block_in_place(|| runtime.block_on(add(&store, vec![new, copy])));
        came.push(short(number));
        for _ in 0..200 {
            if app.all(ALL).contains(&short(number)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{number} does not come");
    };
    let mut ids = app.ids(ALL, "", 15, |page| {
        if page < 3 {
            grow(page);
        }
    });
    ids.sort();
    let set: BTreeSet<String> = ids.iter().cloned().collect();
    assert_eq!((ids.len(), &set), (40, &before), "each of those that were there, once");
    let oldest_first = app.ids(ALL, "&r=o", 15, |page| {
        if page == 1 {
            grow(3);
        }
    });
    let set: BTreeSet<String> = oldest_first.iter().cloned().collect();
    assert_eq!(set.len(), oldest_first.len());
    assert!(before.is_subset(&set) && came.iter().all(|id| set.contains(id)), "what comes is behind");
    // What came since a moment.
    let since = app.all(&format!("{ALL}&ot=1795564800"));
    assert_eq!(since.len(), 3, "the copies are no stories of their own: {since:?}");
    assert_eq!(app.all("feed/khac1"), [short(201)], "but they stand in their own feeds");
    let members = served.get(&format!("/story/{:032x}.jsonl", 5)).body;
    assert_eq!(members.lines().count(), 4, "{members}");
    assert_eq!(app.all(&format!("{ALL}&nt=1795564800")).len(), 40);
}

/// A text that is no copy of another's.
fn distinct(number: usize) -> Value {
    let text = crate::copies::text(number as u64, 12);
    json!({ "content_text": text, "content_html": format!("<p>{text}</p>") })
}

#[tokio::test(flavor = "multi_thread")]
async fn watches_are_tags_and_stories_stand_once() {
    let world = World::new().await;
    let config = watched(&world).await;
    let served = Served::over(config).await;
    let app = App::new(&served, "any");
    let tagged = app.all("user/-/label/L%C3%A0ng%20x%C3%A3");
    assert!(!tagged.is_empty());
    let tags = app.json("tag/list");
    assert!(
        tags["tags"].as_array().unwrap().iter().any(|tag| tag["id"] == "user/-/label/Làng xã" && tag["type"] == "tag"),
        "{tags}"
    );
    let form = format!("i={}", tagged[0]);
    let item: Value = serde_json::from_str(&app.post("stream/items/contents", &form).body).unwrap();
    assert!(item["items"][0]["categories"].as_array().unwrap().contains(&json!("user/-/label/Làng xã")), "{item}");
    let all = app.all(ALL);
    let stories: usize = served.get("/newest.jsonl").body.lines().count();
    assert_eq!(all.len(), stories, "a story stands once");
    let by_feed: usize = app.json("subscription/list")["subscriptions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|feed| app.all(feed["id"].as_str().unwrap()).len())
        .sum();
    assert!(by_feed > all.len(), "a copy stands in its own portal's feed");
    // Marks outlast the loss of the database.
    app.post("edit-tag", &format!("i={}&i={}&a={READ}", all[0], all[9]));
    app.post("edit-tag", &format!("i={}&a={STARRED}", all[5]));
    let mut marked = (app.all(READ), app.all(STARRED));
    drop(served);
    let config = Config::load(&world.path().join("config")).unwrap();
    for name in ["tintinh.db", "tintinh.db-wal", "tintinh.db-shm"] {
        let _ = std::fs::remove_file(config.state_dir.join(name));
    }
    world.run(&["doctor", "--repair"]).await;
    let served = Served::over(config).await;
    let app = App::new(&served, "any");
    let mut again = (app.all(READ), app.all(STARRED));
    for ids in [&mut marked.0, &mut again.0] {
        ids.sort();
    }
    assert_eq!(again, marked);
}

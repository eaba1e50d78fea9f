//! Marks in the reader: set by forms of its own pages alone, for whole stories, and there after a restart and a rebuild.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use serde_json::json;
use tintinh::config::Config;
use tintinh::model::record::Record;
use tintinh::store::Store;

use crate::reader::Answer;
use crate::reader::Served;
use crate::reader::record;
use crate::reader::visited;
use crate::world::World;

/// A visitor with a browser that keeps cookies.
pub(crate) struct Visitor<'a> {
    served: &'a Served,
    cookie: String,
}

impl<'a> Visitor<'a> {
    pub(crate) fn new(served: &'a Served) -> Visitor<'a> {
        let cookie =
            served.get("/").cookies().into_iter().find(|cookie| cookie.starts_with("visitor=")).unwrap().to_owned();
        Visitor { served, cookie: format!("Cookie: {cookie}") }
    }

    pub(crate) fn see(&self, path: &str) -> Answer {
        self.served.ask("GET", path, &[&self.cookie], "")
    }

    /// Presses a button of a page.
    pub(crate) fn press(&self, path: &str, name: &str, id: &str) -> Answer {
        let page = self.see(path);
        let button = format!("name=\"{name}\" value=\"{id}\"");
        assert!(page.body.contains(&button), "{path} has no {button}: {}", page.body);
        let token = page.body.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        self.served.ask("POST", "/mark", &[&self.cookie], &format!("token={token}&to={path}&{name}={id}"))
    }
}

fn id(number: usize) -> String {
    format!("{number:032x}")
}

fn numbered(number: usize) -> Record {
    record(number, &json!({}))
}

#[tokio::test(flavor = "multi_thread")]
async fn stories_are_marked_by_forms_and_listed_by_marks() {
    let served = Served::with((1..=3).map(numbered).collect(), "").await;
    let visitor = Visitor::new(&served);
    let done = visitor.press("/", "read", &id(2));
    assert_eq!((done.status, done.header("location")), (303, Some(format!("/#a-{}", id(2)).as_str())));
    assert_eq!(visitor.press(&format!("/article/{}", id(3)), "star", &id(3)).status, 303);
    let count = |path: &str| visitor.see(path).body.matches("<article").count();
    assert_eq!((count("/newest?only=unread"), count("/newest?only=starred")), (2, 1));
    let page = visitor.see("/").body;
    assert!(page.contains("class=\"item read\"") && page.contains("class=\"item starred\""), "{page}");
    assert!(visitor.see("/search?q=tin").body.contains("class=\"item read\""));
    assert_eq!(served.get("/newest.atom?only=starred").body.matches("<entry>").count(), 1);
    assert_eq!(visitor.press("/", "unread", &id(2)).status, 303);
    assert_eq!(visitor.press("/newest?only=starred", "unstar", &id(3)).status, 303);
    assert_eq!((count("/newest?only=unread"), count("/newest?only=starred")), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_page_sets_no_marks() {
    let served = Served::with(vec![numbered(1)], "").await;
    let visitor = Visitor::new(&served);
    let token =
        visitor.see("/").body.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let body = format!("token={token}&to=/&read={}", id(1));
    // A form of another site comes without the cookie, or with none of the tokens that belong to it.
    assert_eq!(served.ask("POST", "/mark", &[], &body).status, 403);
    assert_eq!(served.ask("POST", "/mark", &["Cookie: visitor=x"], &body).status, 403);
    assert_eq!(served.ask("POST", "/mark", &[&visitor.cookie], &format!("token=x&read={}", id(1))).status, 403);
    assert_eq!(visitor.see("/newest?only=unread").body.matches("<article").count(), 1);
    let away =
        served.ask("POST", "/mark", &[&visitor.cookie], &format!("{body}&to=//evil.example/").replace("to=/&", ""));
    assert_eq!(away.header("location"), Some(format!("/#a-{}", id(1)).as_str()), "a form leads nowhere else");
    // Where everybody may read, nobody marks.
    let public = Served::with(vec![numbered(1)], "[web]\npublic = true").await;
    assert!(!public.get("/").body.contains("name=\"star\""));
    assert_eq!(public.ask("POST", "/mark", &[&visitor.cookie], &body).status, 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_are_of_stories_and_outlast_a_rebuild() {
    let world = World::new().await;
    let config = visited(&world).await;
    let served = Served::over(config).await;
    let visitor = Visitor::new(&served);
    let lines = served.get("/newest.jsonl").body;
    let records: Vec<Record> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let has_copy = |record: &&Record| served.get(&format!("/article/{}", record.id)).body.contains("Đăng lại ở 1 nơi");
    let head = records.iter().find(has_copy).expect("a story with a copy");
    let story = served.get(&format!("/story/{}.jsonl", head.id)).body;
    let copy: Record =
        story.lines().map(|line| serde_json::from_str::<Record>(line).unwrap()).find(|one| one.id != head.id).unwrap();
    // Who has read the copy has read the story.
    visitor.press(&format!("/article/{}", copy.id), "read", &copy.id);
    visitor.press(&format!("/article/{}", head.id), "star", &head.id);
    for article in [&head.id, &copy.id] {
        let page = visitor.see(&format!("/article/{article}")).body;
        assert!(page.contains("name=\"unread\"") && page.contains("name=\"unstar\""), "{page}");
    }
    // The database is lost, and comes back from the files of records.
    let config = Config::load(&world.path().join("config")).unwrap();
    drop(served);
    for name in ["tintinh.db", "tintinh.db-wal", "tintinh.db-shm"] {
        let _ = std::fs::remove_file(config.state_dir.join(name));
    }
    assert!(!Store::is_there(&config.state_dir), "the database has another name");
    world.run(&["doctor", "--repair"]).await;
    let served = Served::over(config).await;
    let visitor = Visitor::new(&served);
    assert!(visitor.see("/newest?only=starred").body.contains(&head.id));
    for article in [&head.id, &copy.id] {
        let page = visitor.see(&format!("/article/{article}")).body;
        assert!(page.contains("name=\"unread\"") && page.contains("name=\"unstar\""), "{page}");
    }
    // A mark is removed from all articles of a story.
    visitor.press(&format!("/article/{}", head.id), "unread", &head.id);
    assert!(visitor.see(&format!("/article/{}", copy.id)).body.contains("name=\"read\""));
}

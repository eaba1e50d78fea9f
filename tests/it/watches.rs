//! Watches over a store: a story is told once, however its articles come together; what is too much is one summary; digests keep their rhythm;
//! silence is told once.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::path::PathBuf;

use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;
use tintinh::clock::Clock;
use tintinh::config::Config;
use tintinh::notify;
use tintinh::notify::Notifier;
use tintinh::search::SearchIndex;
use tintinh::watch::Event;

use crate::copies::Page;
use crate::copies::VisitContext;
use crate::copies::at;
use crate::copies::text;

/// A store, and somebody who is told by a command that writes down what it gets.
pub(crate) struct Desk {
    folder: TempDir,
    pub(crate) visits: VisitContext,
    pub(crate) notifier: Notifier,
    config: Config,
}

impl Desk {
    /// With a watch for the title of all pages, of some events and rhythm.
    async fn new(keys: &str) -> Desk {
        Desk::with("", keys).await
    }

    /// Told in another way.
    pub(crate) async fn with(channel: &str, keys: &str) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config");
        for name in ["portals", "watch"] {
            fs::create_dir_all(config.join(name)).unwrap();
        }
        let told = folder.path().join("told");
        let told = told.display().to_string();
        let command = format!("kind = \"command\"\ncommand = [\"/bin/sh\", \"-c\", 'cat >> \"$0\"', {told:?}]\n");
        let channel = if channel.is_empty() { &command } else { channel };
        let settings = format!("state_dir = \"../state\"\n[[notify]]\nid = \"ban\"\n{channel}");
        fs::write(config.join("tintinh.toml"), settings).unwrap();
        for id in ["a", "b", "c"] {
            let portal = format!(
                "name = \"Báo {id}\"\nhome = \"http://{id}.example/\"\n[[source]]\nid = \"tin\"\nkind = \"feed\"\nurl = \"http://{id}.example/tin\"\n"
            );
            fs::write(config.join("portals").join(format!("{id}.toml")), portal).unwrap();
        }
        fs::write(config.join("watch/lang.toml"), watch_file("Làng", keys)).unwrap();
        let config = Config::load(&config).unwrap_or_else(|errors| panic!("{errors}"));
        let visits = VisitContext::new().await;
        fs::create_dir_all(folder.path().join("state")).unwrap();
        let notifier = Notifier::open(&folder.path().join("state"), visits.store.clone()).await.unwrap();
        Desk { folder, visits, notifier, config }
    }

    /// Writes the file of another watch for the same phrase, or removes one, and reads the configuration again.
    fn set_watch(&mut self, id: &str, text: Option<String>) {
        let folder = self.folder.path().join("config");
        let path = folder.join(format!("watch/{id}.toml"));
        match text {
            Some(text) => fs::write(path, text).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
        self.config = Config::load(&folder).unwrap_or_else(|errors| panic!("{errors}"));
    }

    fn told_file(&self) -> PathBuf {
        self.folder.path().join("told")
    }

    /// A round of the service, at an hour.
    pub(crate) async fn round(&self, hour: i64) {
        self.round_at(at(hour)).await;
    }

    pub(crate) async fn round_at(&self, moment: Timestamp) {
        let clock = Clock::simulated(moment);
        self.notifier.round(&self.config, moment).await.unwrap();
        self.notifier.send_waiting(&self.config, &clock).await.unwrap();
    }

    /// The messages so far.
    fn messages(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.told_file()).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The subjects that came since the last time.
    fn subjects(&self) -> Vec<String> {
        let subjects = self.messages().iter().map(|message| message["subject"].as_str().unwrap().to_owned()).collect();
        let _ = fs::remove_file(self.told_file());
        subjects
    }
}

fn watch_file(name: &str, keys: &str) -> String {
    let phrases = if keys.contains("any = ") { "" } else { "any = [\"lang ven song\"]\n" };
    format!("name = \"{name}\"\n{phrases}to = [\"ban\"]\n{keys}\n")
}

const NEW: &str = "[Làng] Chuyện trong làng ven sông";

#[tokio::test(flavor = "multi_thread")]
async fn a_story_is_told_once_whatever_becomes_of_its_articles() {
    let desk = Desk::new("rhythm = \"at once\"").await;
    desk.round(0).await;
    let settle = async |portal, path, text: String, hour| {
        desk.visits.settle(&Page::new(portal, path, text).published(hour), hour).await;
        desk.round(hour).await;
        desk.subjects()
    };
    let both = format!("{}\n\n{}", text(1, 12), text(2, 12));
    assert_eq!(settle("a", "/1", text(1, 12), 1).await, [NEW]);
    assert_eq!(settle("b", "/1", text(1, 12), 2).await, [""; 0], "a copy");
    assert_eq!(settle("b", "/2", text(2, 12), 3).await, [NEW], "another story");
    // A later article has the texts of both: the stories are one from now on.
    assert_eq!(settle("c", "/3", both, 4).await, [""; 0], "stories that were told become one");
    assert_eq!(settle("c", "/4", text(2, 12), 5).await, [""; 0], "a copy of what was told as another story");
    // An article that is older than its copies becomes the head.
    assert_eq!(settle("a", "/5", text(3, 12), 7).await, [NEW]);
    desk.visits.settle(&Page::new("b", "/5", text(3, 12)).published(-9), 8).await;
    desk.round(8).await;
    let id = tintinh::text::fingerprint::article_id(&Page::new("b", "/5", String::new()).url());
    assert_eq!(desk.visits.store.stories_of(vec![id.clone()]).await.unwrap()[0].head, id, "it is the head");
    assert_eq!(desk.subjects(), [""; 0], "the head changed");
    assert_eq!(settle("c", "/5", text(3, 12), 9).await, [""; 0]);
    // The same rounds again tell nothing, and neither does another process.
    desk.round(10).await;
    assert_eq!(desk.subjects(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn reprints_tell_who_copied_whom() {
    let desk = Desk::new("rhythm = \"at once\"\nevents = [\"new\", \"reprint\"]").await;
    desk.round(0).await;
    desk.visits.settle(&Page::new("a", "/1", text(1, 12)).published(1), 1).await;
    desk.round(1).await;
    desk.visits.settle(&Page::new("b", "/2", text(1, 12)).published(2), 2).await;
    desk.round(2).await;
    let messages = desk.messages();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1]["data"]["event"], "reprint");
    assert_eq!(messages[1]["data"]["article"]["repeats"][1]["url"], "http://a.example/1");
    assert!(messages[1]["text"].as_str().unwrap().contains("Đăng lại bài của a: http://a.example/1"), "{messages:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_stories_at_once_are_one_summary_an_hour() {
    let desk = Desk::new("rhythm = \"at once\"").await;
    desk.round(0).await;
    for number in 0..25 {
        let path: &'static str = format!("/{number}").leak();
        desk.visits.settle(&Page::new("a", path, text(100 + number, 12)).published(1), 1).await;
    }
    desk.round(1).await;
    let subjects = desk.subjects();
    assert_eq!(subjects.len(), 1, "{subjects:?}");
    assert!(subjects[0].starts_with("[điểm báo] Làng · 25 tin · "), "{subjects:?}");
    desk.visits.settle(&Page::new("b", "/late", text(200, 12)).published(1), 1).await;
    desk.round_at(at(1) + SignedDuration::from_mins(30)).await;
    assert_eq!(desk.subjects(), [""; 0], "it waits for the next summary");
    desk.round_at(at(2) + SignedDuration::from_mins(1)).await;
    assert_eq!(desk.subjects(), [NEW], "the hour is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daily_digest_comes_at_its_time_with_or_without_news() {
    // 00:00 UTC is 07:00 in Vietnam.
    let desk = Desk::new("rhythm = \"daily 07:00\"").await;
    desk.round(1).await;
    desk.visits.settle(&Page::new("a", "/1", text(1, 12)).published(3), 3).await;
    desk.visits.settle(&Page::new("b", "/1", text(1, 12)).published(4), 4).await;
    for hour in 3..24 {
        desk.round(hour).await;
    }
    assert_eq!(desk.subjects(), [""; 0]);
    desk.round(24).await;
    desk.round(25).await;
    let text = desk.messages()[0]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("Đăng lại ở 1 nơi: b"), "{text}");
    assert!(text.contains("không đọc được: Báo a (chưa đến lượt đọc)"), "{text}");
    assert_eq!(desk.subjects(), ["[điểm báo] Làng · 1 tin · 02/07/2025"]);
    for hour in 26..=48 {
        desk.round(hour).await;
    }
    assert_eq!(desk.subjects(), ["[điểm báo] Làng · không có tin mới · 03/07/2025"]);
    // A service that was down at the time tells once when it is back.
    desk.round(24 * 5 + 7).await;
    assert_eq!(desk.subjects().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_finds_nothing_for_sixty_days_is_told_once() {
    let desk = Desk::new("rhythm = \"hourly\"").await;
    for day in 0..70 {
        desk.round(day * 24).await;
    }
    assert_eq!(desk.subjects(), ["[Làng] 60 ngày không có tin khớp"]);
    desk.visits.settle(&Page::new("a", "/1", text(1, 12)), 71 * 24).await;
    desk.round(71 * 24).await;
    desk.round(71 * 24 + 1).await;
    assert_eq!(desk.subjects().len(), 1);
    for day in 72..140 {
        desk.round(day * 24).await;
    }
    assert_eq!(desk.subjects(), ["[Làng] 60 ngày không có tin khớp"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_told_with_the_nearest_texts_of_search() {
    let desk = Desk::new("rhythm = \"hourly\"\nany = [\"lang ven bien\"]").await;
    desk.round(0).await;
    desk.visits.settle(&Page::new("a", "/1", text(1, 12)).published(1), 1).await;
    let index = SearchIndex::open(&desk.folder.path().join("state")).await.unwrap();
    index.fill(&desk.visits.store, u64::MAX, |_| {}).await.unwrap();
    desk.round(61 * 24).await;
    let [message] = desk.messages().try_into().unwrap();
    assert_eq!(message["data"]["nearest"][0]["url"], "http://a.example/1", "{message}");
    let said = message["text"].as_str().unwrap();
    assert!(
        said.contains("Những tin gần nhất với các cụm từ đang theo dõi:") && said.contains("http://a.example/1"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_article_is_told_to_whoever_wants_old_ones_alone() {
    let mut desk = Desk::new("rhythm = \"at once\"").await;
    desk.set_watch("lau", Some(watch_file("Lâu", "rhythm = \"at once\"\nmax_age = \"30d\"")));
    desk.round(0).await;
    desk.visits.settle(&Page::new("a", "/1", text(1, 12)).published(-8 * 24), 1).await;
    desk.round(1).await;
    assert_eq!(desk.subjects(), ["[Lâu] Chuyện trong làng ven sông"]);
    // Two watches of one channel get a message each in one round.
    desk.visits.settle(&Page::new("a", "/2", text(2, 12)).published(-6 * 24), 2).await;
    desk.round(2).await;
    let mut subjects = desk.subjects();
    subjects.sort();
    assert_eq!(subjects, [NEW, "[Lâu] Chuyện trong làng ven sông"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_watch_that_is_gone_is_told_if_it_comes_back_soon() {
    let mut desk = Desk::new("rhythm = \"daily 07:00\"").await;
    desk.round(1).await;
    desk.visits.settle(&Page::new("a", "/1", text(1, 12)).published(2), 2).await;
    desk.round(3).await;
    // Under another name, it is another watch: it begins anew.
    desk.set_watch("lang", None);
    desk.set_watch("khac", Some(watch_file("Khác", "rhythm = \"daily 07:00\"")));
    desk.round(4).await;
    desk.visits.settle(&Page::new("a", "/2", text(2, 12)).published(5), 5).await;
    desk.round(24).await;
    assert_eq!(desk.subjects(), ["[điểm báo] Khác · 1 tin · 02/07/2025"]);
    desk.set_watch("khac", None);
    desk.set_watch("lang", Some(watch_file("Làng", "rhythm = \"daily 07:00\"")));
    desk.round(25).await;
    assert_eq!(desk.subjects(), [""; 0], "not before its time");
    desk.round(48).await;
    assert_eq!(desk.subjects(), ["[điểm báo] Làng · 1 tin · 03/07/2025"], "the story that waited");
    // Long after, what waited is no news, and the time without the file was no silence of the watch.
    desk.visits.settle(&Page::new("a", "/3", text(3, 12)).published(49), 49).await;
    desk.round(50).await;
    desk.set_watch("lang", None);
    for day in 3..70 {
        desk.round(day * 24 + 3).await;
        desk.notifier.forget_old(at(day * 24 + 3)).await.unwrap();
    }
    desk.set_watch("lang", Some(watch_file("Làng", "rhythm = \"daily 07:00\"")));
    desk.round(70 * 24 + 4).await;
    assert_eq!(desk.subjects(), [""; 0]);
    desk.round(71 * 24).await;
    assert_eq!(desk.subjects(), ["[điểm báo] Làng · không có tin mới · 10/09/2025"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_stops_nothing() {
    for rhythm in ["daily 07:00", "hourly", "at once"] {
        let desk = Desk::new(&format!("rhythm = \"{rhythm}\"")).await;
        // Before the clock is right, it is two months ahead; a flood and a failure are noted then.
        let ahead = 60 * 24;
        desk.round(ahead - 30).await;
        for number in 0..25 {
            let path: &'static str = format!("/{number}").leak();
            desk.visits.settle(&Page::new("a", path, text(300 + number, 12)).published(ahead), ahead).await;
        }
        fs::create_dir(desk.told_file()).unwrap();
        desk.round(ahead + 1).await;
        fs::remove_dir(desk.told_file()).unwrap();
        desk.round(1).await;
        desk.subjects();
        desk.visits.settle(&Page::new("b", "/new", text(2, 12)).published(2), 2).await;
        for hour in 2..=26 {
            desk.round(hour).await;
        }
        let said =
            desk.messages().iter().filter(|message| message.to_string().contains("http://b.example/new")).count();
        assert_eq!(said, 1, "{rhythm}: {:?}", desk.subjects());
    }
}

/// As after a correction by network time, or a restart whose clock was not right yet.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_behind_a_digest_makes_no_second_one() {
    for (rhythm, length) in [("daily 07:00", 24), ("hourly", 1)] {
        let desk = Desk::new(&format!("rhythm = \"{rhythm}\"")).await;
        desk.round_at(at(0)).await;
        desk.visits.settle(&Page::new("a", "/1", text(1, 12)).published(0), 0).await;
        let minutes = |count: i64| jiff::SignedDuration::from_mins(count);
        let mut first = at(0);
        while desk.subjects().is_empty() {
            first += minutes(15);
            assert!(first < at(30), "{rhythm}: no digest came");
            desk.round_at(first).await;
        }
        desk.round_at(first - minutes(10)).await;
        desk.visits.settle(&Page::new("a", "/2", text(2, 12)).published(0), 0).await;
        desk.round_at(first).await;
        desk.round_at(first + minutes(60 * length - 15)).await;
        assert_eq!(desk.subjects(), [""; 0], "{rhythm}");
        desk.round_at(first + minutes(60 * length)).await;
        assert_eq!(desk.subjects().len(), 1, "{rhythm}: the next one comes in time");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_gone_keeps_its_messages_for_a_week() {
    let mut desk = Desk::new("rhythm = \"at once\"").await;
    desk.round(0).await;
    fs::create_dir(desk.told_file()).unwrap();
    desk.visits.settle(&Page::new("a", "/1", text(1, 12)).published(1), 1).await;
    desk.round(1).await;
    let main = desk.folder.path().join("config/tintinh.toml");
    let text = fs::read_to_string(&main).unwrap();
    fs::write(&main, text.replace("id = \"ban\"", "id = \"khac\"")).unwrap();
    let refused = Config::load(&desk.folder.path().join("config")).unwrap_err().to_string();
    assert!(refused.contains("there is no [[notify]] with the id `ban`"), "{refused}");
    desk.set_watch("lang", Some(watch_file("Làng", "rhythm = \"at once\"").replace("\"ban\"", "\"khac\"")));
    desk.round(24 * 6).await;
    assert_eq!(desk.notifier.backlog().await.unwrap()[0].messages, 1);
    desk.round(24 * 8).await;
    assert_eq!(desk.notifier.backlog().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_tells_what_a_watch_would_have_told() {
    let desk = Desk::new("").await;
    for (portal, path, seed, hour) in [("a", "/1", 1, 1), ("b", "/1", 1, 2), ("a", "/2", 2, 3)] {
        desk.visits.settle(&Page::new(portal, path, text(seed, 12)).published(hour), hour).await;
    }
    let replays = notify::replay(&desk.visits.store, &desk.config.watches, at(0)).await.unwrap();
    let [replay] = replays.as_slice() else { panic!() };
    let told: Vec<(Event, &str, u64)> =
        replay.entries.iter().map(|(event, entry)| (*event, entry.url.as_str(), entry.copy_count)).collect();
    assert_eq!(told, [(Event::New, "http://a.example/1", 1), (Event::New, "http://a.example/2", 0)]);
    assert_eq!(replay.hits, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_command_is_tried_again_and_holds_up_no_round() {
    let desk = Desk::new("rhythm = \"at once\"").await;
    desk.round(0).await;
    // The command cannot write where a folder stands.
    fs::create_dir(desk.told_file()).unwrap();
    desk.visits.settle(&Page::new("a", "/1", text(1, 12)).published(1), 1).await;
    desk.round(1).await;
    let backlog = desk.notifier.backlog().await.unwrap();
    assert_eq!((backlog[0].channel.as_str(), backlog[0].messages), ("ban", 1));
    assert!(backlog[0].error.as_ref().unwrap().contains("exit status"), "{backlog:?}");
    fs::remove_dir(desk.told_file()).unwrap();
    desk.round_at(at(1) + SignedDuration::from_secs(10)).await;
    assert_eq!(desk.subjects(), [""; 0], "it rests");
    desk.round_at(at(1) + SignedDuration::from_secs(31)).await;
    assert_eq!(desk.subjects(), [NEW]);
    assert_eq!(desk.notifier.backlog().await.unwrap(), []);
}

/// What is wrong with a configuration that has a watch of some keys.
fn problems(keys: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    for name in ["portals", "watch"] {
        fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    let settings = "[alarms]\nto = [\"bann\"]\n[[notify]]\nid = \"ban\"\nkind = \"mail\"\nserver = \"mail.example\"\nfrom = \"x\"\nrecipients = [\"a@b\"]\n";
    fs::write(folder.path().join("tintinh.toml"), settings).unwrap();
    fs::write(folder.path().join("watch/lang.toml"), keys).unwrap();
    Config::load(folder.path()).unwrap_err().to_string()
}

#[test]
fn files_of_watches_are_checked_as_all_others() {
    let all = problems(
        "name = \"X\"\nany = [\"–\"]\nto = [\"bann\"]\nrhythm = \"daily 25:00\"\nevents = [\"old\"]\nportals = [\"p\"]\nprovinces = [\"vinh-phuk\"]\nfeilds = []\n",
    );
    for said in [
        "`x` is no mail address",
        "there is no [[notify]] with the id `bann`",
        "`–` has no word",
        "`daily 25:00` is no rhythm",
        "`old` is not a value of `events`",
        "there is no portal `p`",
        "there is no province `vinh-phuk`",
        "unknown key `feilds`",
        "did you mean `fields`?",
        "watch/lang.toml:2:",
    ] {
        assert!(all.contains(said), "{said}\n{all}");
    }
    let none = problems("name = \"X\"\nnone = [\"x\"]\nto = [\"ban\"]\n");
    assert!(none.contains("the watch has no phrases"), "{none}");
}

//! Search: what is found and in which order, and that the index follows the records, whatever happens to them, to it, and to the process.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use serde_json::json;
use tempfile::TempDir;
use tintinh::model::record::Record;
use tintinh::query::Query;
use tintinh::search::Hit;
use tintinh::search::Order;
use tintinh::search::SearchIndex;
use tintinh::search::Wish;
use tintinh::store::Store;
use tintinh::text::vietnamese::fold_ascii;
use tokio::time::Instant;

use crate::crash::slow_world;
use crate::doctor::check_healthy;
use crate::doctor::sql;
use crate::world::World;
use crate::world::end_of;

/// The share of headlines whose text must come first, or be near it, in the mean: without pairs of syllables it is less than half.
const LEAST_MRR: f64 = 0.9;

/// Processes killed over a folder.
const KILLS: u32 = 5;

/// A record of a made-up portal.
fn record(id: usize, revision: u32, title: &str, body: &str) -> Record {
    let value = json!({
        "schema_version": 1, "id": format!("{id:032x}"), "revision": revision, "portal": "suoi", "province": "suoi-mo", "outlet": "Suối Mơ",
        "url": format!("http://suoi.example/{id}"), "final_url": "http://suoi.example/", "canonical_url": format!("http://suoi.example/{id}"),
        "title": title, "content_text": body, "content_html": "", "language": "vi", "date_fetched": "2025-11-24T08:00:00+07:00",
        "date_published": format!("2025-11-{:02}T08:00:00+07:00", id % 28 + 1), "content_hash": format!("{id:030x}{revision:02x}"),
        "discovery": {"kind": "feed", "url": "http://suoi.example/rss"}, "http": {"status": 200, "charset": "utf-8"},
        "extraction": {"rules": [], "version": "0", "origins": {}},
    });
    serde_json::from_value(value).unwrap()
}

/// Puts records into a store, behind those that are there.
async fn take_in(store: &Store, records: Vec<Record>) {
    store.adopt(records, false).await.unwrap();
    store.number_old().await.unwrap();
}

/// A store of some records, and its index.
struct Archive {
    folder: TempDir,
    store: Store,
    index: SearchIndex,
}

impl Archive {
    async fn new(records: Vec<Record>) -> Archive {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        take_in(&store, records).await;
        let index = SearchIndex::open(folder.path()).await.unwrap();
        let archive = Archive { folder, store, index };
        archive.fill().await;
        archive
    }

    async fn fill(&self) {
        assert!(self.index.fill(&self.store, u64::MAX, |_| ()).await.unwrap().is_whole);
        assert_eq!(self.index.disagreements(&self.store).await.unwrap(), Vec::<String>::new());
    }

    async fn hits(&self, query: &str, order: Order) -> Vec<Hit> {
        let query = Query::parse(query).unwrap();
        self.index.find(&self.store, &query, Wish { limit: 10, order }).await.unwrap()
    }

    /// The numbers of the articles found.
    async fn find(&self, query: &str) -> Vec<usize> {
        numbers(&self.hits(query, Order::Rank).await)
    }
}

fn numbers(hits: &[Hit]) -> Vec<usize> {
    hits.iter().map(|hit| usize::from_str_radix(&hit.article.id, 16).unwrap()).collect()
}

/// Headlines with texts in other words. The syllables of each stand in many of the texts, next to others and with other accents.
fn stories() -> Vec<(String, String)> {
    let things = [
        ("cầu bến đá", "chiếc cầu qua bến đá"),
        ("cấu kiện đã bền", "các cấu kiện nay đã bền"),
        ("bản đồ số", "bản đồ bằng số"),
        ("bán đỗ số một", "bán đỗ loại số một"),
        ("chế biến gỗ", "xưởng chế biến gỗ"),
        ("biên chế ngành", "biên chế của ngành"),
        ("vùng biển phía nam", "vùng biển ở phía nam"),
        ("vụng cây năm nay", "vụng cây của năm nay"),
    ];
    let acts = [
        ("được xây mới", "sẽ được xây mới trong vụ này"),
        ("giảm một nửa", "đã giảm còn một nửa so với trước"),
        ("mở rộng sang xã bên", "mở rộng dần sang xã bên cạnh"),
        ("thu phí", "bắt đầu thu phí của người qua lại"),
        ("vào mùa", "vừa vào mùa, người dân mừng"),
    ];
    let filler = "Người dân trong xã cho biết năm nay mọi việc đã khác. Số liệu của ngành chưa đủ, các bên sẽ họp lại. Một nửa số vùng còn mới, \
                  nhà bán đá và gỗ ở bến nam nói chế độ cũ đã hết.";
    let mut all = Vec::new();
    for (thing, in_text) in things {
        for (act, acts_in_text) in acts {
            all.push((format!("{thing} {act}"), format!("{filler}\n\nTheo đó, {in_text} {acts_in_text}.\n\n{filler}")));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn headlines_find_their_texts_with_and_without_accents() {
    let stories = stories();
    let records = stories.iter().enumerate().map(|(id, (_, body))| record(id, 1, "", body)).collect();
    let archive = Archive::new(records).await;
    let mut sums = [0.0, 0.0];
    for (id, (title, _)) in stories.iter().enumerate() {
        for (sum, query) in sums.iter_mut().zip([fold_ascii(title), title.clone()]) {
            let found = archive.find(&query).await;
            *sum += found.iter().position(|one| *one == id).map_or(0.0, |rank| 1.0 / (rank + 1) as f64);
        }
    }
    let [without, with] = sums.map(|sum| sum / stories.len() as f64);
    assert!(without >= LEAST_MRR && with >= without, "{without:.3} without accents, {with:.3} with");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_of_queries_is_what_it_says() {
    let mut notice = record(6, 1, "Thông báo lịch cắt điện", "Lịch cắt điện của tuần.");
    notice.document = Some(serde_json::from_value(json!({"number": "05/2025/QĐ-UBND"})).unwrap());
    notice.kind = tintinh::model::article::PageKind::Document;
    let mut other = record(7, 1, "Bản đồ nước", "Lịch tưới.");
    other.portal = "khe".to_owned();
    let archive = Archive::new(vec![
        record(0, 1, "Họp về bản đồ", "Bản đồ mới của xã được vẽ lại theo ảnh."),
        record(1, 1, "Chợ quê", "Người ta bán đỏ đen ở chợ, không có bản nào."),
        record(2, 1, "Tinh giản biên chế", "Tỉnh sẽ tinh giản biên chế trong hai năm."),
        record(3, 1, "Chế độ ăn", "Chế độ ăn ở biên giới. Tình hình gian nan."),
        notice,
        other,
    ])
    .await;
    for (query, expect) in [
        ("ban do", vec![0, 7, 1]),
        ("bán đỏ", vec![1, 0, 7]),
        ("=bản =đồ", vec![0, 7]),
        ("\"ban do moi\"", vec![0]),
        ("\"do ban\"", vec![]),
        ("bien che", vec![2, 3]),
        ("ban do -nuoc", vec![0, 1]),
        ("ban do -\"ban do nuoc\"", vec![0, 1]),
        ("ban do portal:khe", vec![7]),
        ("ban do portal:khe portal:suoi -portal:suoi", vec![7]),
        ("ban province:\"Suối Mơ\" from:2025-11-02 to:2025-11-05", vec![1]),
        ("kind:document", vec![6]),
        ("number:5/2025", vec![6]),
        ("number:05/2025/qd-ubnd cat dien", vec![6]),
        ("number:5/20", vec![]),
        ("from:2025-11-07", vec![7, 6]),
        ("khe-zzz portal:suoi", vec![]),
    ] {
        assert_eq!(archive.find(query).await, expect, "{query}");
    }
    let by_day = archive.hits("ban", Order::Date).await;
    assert_eq!(numbers(&by_day), [7, 1, 0], "the newest first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_is_one_line_with_the_number_of_its_copies() {
    let (_, body) = &stories()[0];
    let body = body.repeat(3);
    let archive = Archive::new((0..4).map(|id| record(id, 1, "Cầu mới", &body)).collect()).await;
    let hits = archive.hits("cau moi", Order::Rank).await;
    assert_eq!(hits.iter().map(|hit| hit.articles).collect::<Vec<_>>(), [4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn revisions_and_what_is_forgotten_reach_the_index() {
    let archive = Archive::new((0..5).map(|id| record(id, 1, "Tin", &format!("chữ thứ {id}"))).collect()).await;
    assert_eq!(archive.find("chu").await.len(), 5);
    take_in(&archive.store, vec![record(3, 2, "Tin", "nội dung khác hẳn")]).await;
    archive.fill().await;
    assert_eq!((archive.find("chu thu 3").await.contains(&3), archive.find("khac han").await), (false, vec![3]));
    let mut withdrawn = record(4, 2, "Tin", "chữ thứ 4");
    withdrawn.withdrawn =
        Some(serde_json::from_value(json!({"at": "2025-11-25T08:00:00+07:00", "reason": "gone"})).unwrap());
    take_in(&archive.store, vec![withdrawn]).await;
    for _ in 0..2 {
        assert!(
            !archive.find("chu thu 4").await.contains(&4),
            "what is withdrawn is not shown, even before the index follows"
        );
        archive.fill().await;
    }
    let later = "2100-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(archive.store.forget_articles(later, 2, |_| {}).await.unwrap(), 2);
    let left: BTreeSet<usize> = archive.find("tin").await.into_iter().collect();
    assert!(left.len() < 4, "what is forgotten is not shown, even before the index follows");
    assert_eq!(archive.index.disagreements(&archive.store).await.unwrap().len(), 1);
    archive.fill().await;
    assert_eq!(archive.find("tin").await.into_iter().collect::<BTreeSet<_>>(), left);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_another_or_an_older_database_is_put_right() {
    let older = Archive::new((0..3).map(|id| record(id, 1, "Tin cũ", "một")).collect()).await;
    let newer = Archive::new((2..7).map(|id| record(id, 1, "Tin mới", "hai")).collect()).await;
    for (store, title) in [(&older.store, "Tin cũ"), (&newer.store, "Tin mới"), (&older.store, "Tin cũ")] {
        newer.index.fill(store, u64::MAX, |_| ()).await.unwrap();
        assert_eq!(newer.index.disagreements(store).await.unwrap(), Vec::<String>::new());
        let query = Query::parse("tin").unwrap();
        let hits = newer.index.find(store, &query, Wish { limit: 10, order: Order::Rank }).await.unwrap();
        assert!(hits.len() >= 3 && hits.iter().all(|hit| hit.article.title == title), "{hits:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_fill_one_index() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    take_in(&store, (0..900).map(|id| record(id, 1, "Tin", &format!("bài {id}"))).collect()).await;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let (store, folder) = (store.clone(), folder.path().to_owned());
        all.spawn(async move {
            let index = SearchIndex::open(&folder).await.unwrap();
            index.fill(&store, u64::MAX, |_| ()).await.unwrap().articles
        });
    }
    assert_eq!(all.join_all().await.into_iter().sum::<u64>(), 900, "each article is taken in once");
    let archive = Archive { index: SearchIndex::open(folder.path()).await.unwrap(), store, folder };
    archive.fill().await;
    assert!(archive.folder.path().join(tintinh::search::FILE_NAME).exists());
}

/// What the program prints for a query, each line as an object.
async fn found(world: &World, query: &str) -> Vec<Value> {
    let out = world.run_well(&["search", "--json", "--limit", "100", query]).await;
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_is_found_at_the_terminal() {
    let world = World::new().await;
    let nothing = world.run(&["search", "cầu"]).await;
    assert!(nothing.code == Some(0) && nothing.err.contains("nothing has been fetched yet"), "{nothing:#?}");
    world.run_well(&["fetch"]).await;
    let title = &world.records()[0].title;
    for query in [format!("\"{title}\""), fold_ascii(title)] {
        assert!(found(&world, &query).await.iter().any(|hit| hit["title"] == title.as_str()), "{query}");
    }
    let copy = world
        .records()
        .into_iter()
        .find(|record| record.duplicate.is_some())
        .expect("the sample portals copy each other");
    let query = fold_ascii(&copy.title);
    assert!(
        found(&world, &query)
            .await
            .iter()
            .any(|hit| hit["story"] == copy.duplicate.as_ref().unwrap().of.as_str() && hit["copies"] == 1)
    );
    assert!(world.run_well(&["search", &query]).await.contains("(+1 copy)"));
    let out = world.run_well(&["search", "xã", "mới", "--by", "date"]).await;
    let wide = out.lines().filter(|line| !line.trim_start().starts_with("http")).find(|line| line.chars().count() > 80);
    assert!(wide.is_none() && out.contains("[xã]"), "{wide:?} in\n{out}");
    let wrong = world.run(&["search", "cầu kind:film"]).await;
    assert_eq!(wrong.code, Some(2), "{wrong:#?}");
    assert!(wrong.err.contains("  cầu kind:film\n           ^^^^\n"), "{}", wrong.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_or_damaged_index_is_made_anew() {
    let world = World::new().await;
    world.run_well(&["fetch"]).await;
    let (path, all) = (world.path().join("state/search.db"), found(&world, "xa").await);
    assert!(!all.is_empty());
    fs::remove_file(&path).unwrap();
    assert_eq!(found(&world, "xa").await, all, "search makes a new one");
    fs::write(&path, [b'x'; 9000]).unwrap();
    let refused = world.run(&["search", "xa"]).await;
    assert!(refused.code == Some(1) && refused.err.contains("doctor --repair"), "{refused:#?}");
    let checked = world.run(&["doctor"]).await;
    assert!(checked.code == Some(1) && checked.out.contains("search index"), "{checked:#?}");
    world.run_well(&["doctor", "--repair"]).await;
    assert_eq!(found(&world, "xa").await, all);
    fs::write(&path, [b'x'; 9000]).unwrap();
    world.run_well(&["fetch"]).await;
    assert_eq!(found(&world, "xa").await, all, "so does a run, which has the state for itself");
    check_healthy(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_what_the_index_lacks() {
    let world = World::new().await;
    world.run_well(&["fetch"]).await;
    let index = rusqlite_at(&world);
    index.execute("DELETE FROM articles WHERE number = (SELECT min(number) FROM articles)", []).unwrap();
    let checked = world.run(&["doctor"]).await;
    assert!(checked.code == Some(1) && checked.out.contains("search index"), "{checked:#?}");
    index.execute("DELETE FROM terms WHERE rowid NOT IN (SELECT number FROM articles)", []).unwrap();
    let checked = world.run(&["doctor"]).await;
    assert!(checked.out.contains("lacks the newest text of 1 article"), "{checked:#?}");
    world.run_well(&["fetch"]).await;
    check_healthy(&world).await;
    // What is wrong with the database itself is told once.
    sql(&world, "DELETE FROM articles WHERE id = (SELECT min(id) FROM articles)");
    assert!(!world.run(&["doctor"]).await.out.contains("search index"));
}

#[expect(clippy::disallowed_methods, reason = "the test makes what no verb of the index does")]
fn rusqlite_at(world: &World) -> rusqlite::Connection {
    rusqlite::Connection::open(world.path().join("state/search.db")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_upkeep_search_itself_takes_in_what_is_new() {
    let world = World::new().await;
    world.add("[search]\nenabled = false\n");
    world.run_well(&["fetch"]).await;
    assert!(!world.path().join("state/search.db").exists());
    assert!(!found(&world, "xã").await.is_empty());
}

/// Kills processes at moments of their work over a folder: at each, what the index has is what the database had, and in the end it has all.
async fn kill_over(kills: u32) {
    let undisturbed = slow_world().await;
    let begun = Instant::now();
    undisturbed.run_well(&["fetch"]).await;
    let run = begun.elapsed();
    let mut world = slow_world().await;
    let mut hit = 0;
    for kill in 0..kills {
        if kill % KILLS == 0 {
            world = slow_world().await;
        }
        // From the first records to the filling of the index, which comes last.
        let mut child = world.command(&["fetch"]).spawn().unwrap();
        let share = f64::from(kill % KILLS + 1) / f64::from(KILLS) * (0.5 + f64::from(kill) / f64::from(kills) / 2.0);
        tokio::time::sleep(run.mul_f64(share)).await;
        child.start_kill().unwrap();
        hit += u32::from(end_of(child).await.code.is_none());
        if world.path().join("state").exists() {
            check_healthy(&world).await;
        }
        if kill % KILLS == KILLS - 1 {
            world.catch_up().await;
            check_whole(&world).await;
        }
    }
    assert!(hit >= kills / 2, "only {hit} of {kills} processes were still running");
}

/// The index has every article of the records, and nothing else.
async fn check_whole(world: &World) {
    check_healthy(world).await;
    let store = Store::open_read_only(&world.path().join("state")).await.unwrap();
    let index = SearchIndex::open_read_only(&world.path().join("state")).await.unwrap();
    assert!(!index.is_behind(&store).await.unwrap());
    let articles: BTreeSet<String> = world.records().into_iter().map(|record| record.id).collect();
    let indexed: Vec<String> = {
        let connection = rusqlite_at(world);
        let mut statement = connection.prepare("SELECT id FROM articles").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(indexed.into_iter().collect::<BTreeSet<_>>(), articles);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_five_moments_index_and_records_agree() {
    kill_over(KILLS).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/soak/search-kills.sh runs it"]
async fn killed_at_fifty_moments_index_and_records_agree() {
    kill_over(50).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_and_after_a_commit_of_the_index_nothing_is_lost() {
    for place in ["search.commit", "search.committed"] {
        let world = World::new().await;
        let mut command = world.command(&["fetch"]);
        command.env("TINTINH_FAILPOINTS", format!("{place}=kill@1"));
        assert_eq!(end_of(command.spawn().unwrap()).await.code, None, "{place}");
        check_healthy(&world).await;
        world.run_well(&["search", "xã"]).await;
        check_whole(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_holds_up_no_writer() {
    let archive = Archive::new((0..50).map(|id| record(id, 1, "Tin", &format!("bài {id}"))).collect()).await;
    let reader = Store::open_read_only(archive.folder.path()).await.unwrap();
    let index = archive.index.clone();
    let query = tokio::spawn(async move {
        let query = Query::parse("tin bai").unwrap();
        for _ in 0..20 {
            index.find(&reader, &query, Wish { limit: 10, order: Order::Rank }).await.unwrap();
        }
    });
    // A writer that waited for a reader would fail after its time to wait.
    for id in 50..70 {
        take_in(&archive.store, vec![record(id, 1, "Tin", "bài sau")]).await;
    }
    query.await.unwrap();
    archive.fill().await;
}

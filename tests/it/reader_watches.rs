//! What watches found, as pages and as feeds.

use serde_json::Value;
use tintinh::model::record::Record;

use crate::reader::Served;
use crate::reader::watched;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn what_watches_found_is_a_page_and_a_feed() {
    let world = World::new().await;
    let served = Served::over(watched(&world).await).await;
    let all = served.get("/watch");
    assert_eq!(all.status, 200);
    for text in ["Làng xã", "Không có gì", "khớp", "class=\"item", "chưa lần nào", "7 ngày qua"] {
        assert!(all.body.contains(text), "{text} is not in {}", all.body);
    }
    let none = served.get("/watch/khong").body;
    assert!(none.contains("Chưa tìm thấy gì.") && !none.contains("class=\"item"), "{none}");
    let own = served.get("/watch/xa?lang=en").body;
    assert!(own.contains("matched") && !own.contains("href=\"/watch/xa\""), "a page does not name itself: {own}");
    let lines = served.get("/watch/xa.jsonl").body;
    let found: Vec<Record> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!found.is_empty());
    let has_phrase = |record: &Record| {
        let text =
            format!("{} {} {}", record.title, record.summary.as_deref().unwrap_or_default(), record.content_text);
        text.to_lowercase().contains("xã")
    };
    assert!(found.iter().all(has_phrase));
    for ending in ["atom", "rss", "json"] {
        let feed = served.get(&format!("/watch/xa.{ending}"));
        assert_eq!(feed.status, 200, "{ending}");
        assert!(feed.body.contains(&found[0].title.replace('&', "&amp;")), "{ending}: {}", feed.body);
        assert_eq!(served.get(&format!("/watch.{ending}")).status, 200);
        assert_eq!(served.get(&format!("/watch/none.{ending}")).status, 404);
    }
    let feed: Value = serde_json::from_str(&served.get("/watch/xa.json").body).unwrap();
    let items = feed["items"].as_array().unwrap();
    let ids: std::collections::BTreeSet<&str> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), items.len(), "each article once");
    assert_eq!(served.get("/watch/xa?after=x").status, 400);
}

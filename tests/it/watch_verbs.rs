//! `watch test`, `watch list`, `digest` and `notify test`, as processes over the sample portals.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;

use serde_json::Value;

use crate::world::World;

/// A watch for an article of the sample portals, told by a command that writes down what it gets.
async fn watched() -> (World, String, String) {
    let world = World::new().await;
    world.run_well(&["fetch"]).await;
    let records = world.records();
    let record = records.iter().find(|record| record.revision == 1 && record.title.split(' ').count() > 5).unwrap();
    let phrase: Vec<&str> = record.title.split_whitespace().take(5).collect();
    let told = world.path().join("told").display().to_string();
    world.add(&format!(
        "[[notify]]\nid = \"ban\"\nkind = \"command\"\ncommand = [\"/bin/sh\", \"-c\", 'cat >> \"$0\"', {told:?}]\n"
    ));
    let watch = format!("name = \"Một chuyện\"\nany = [{:?}]\nto = [\"ban\"]\n", phrase.join(" "));
    fs::create_dir_all(world.config("watch")).unwrap();
    fs::write(world.config("watch/chuyen.toml"), watch).unwrap();
    (world, record.title.clone(), record.url.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_is_tried_listed_and_digested_by_its_verbs() {
    let (world, title, url) = watched().await;
    let tried = world.run_well(&["watch", "test", "chuyen", "--since", "2000-01-01"]).await;
    assert!(tried.contains(&format!("new  {title}\n")) && tried.contains(&url), "{tried}");
    assert!(tried.contains("chuyen: 1 message since 1 Jan 2000, 0.0 a day; "), "{tried}");
    let none = world.run_well(&["watch", "test", "chuyen", "--since", "2099-01-01"]).await;
    assert!(none.starts_with("chuyen: 0 messages since 1 Jan 2099"), "{none}");
    let wrong = world.run(&["watch", "test", "chuyn"]).await;
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("there is no watch `chuyn`") && wrong.err.contains("`chuyen`"), "{}", wrong.err);

    let listed = world.run_well(&["watch", "list"]).await;
    assert!(
        listed
            .starts_with("chuyen  Một chuyện\n    ·············· 0 in 14 days, not served yet; daily 07:00, to ban\n"),
        "{listed}"
    );
    world.run_well(&["fetch"]).await;
    let listed = world.run_well(&["watch", "list"]).await;
    assert!(listed.contains("nothing since "), "what was there before the watch is not told: {listed}");
    assert!(!world.path().join("told").exists());

    let text = world.run_well(&["digest", "chuyen", "--since", "2000-01-01"]).await;
    assert!(text.contains("Một chuyện · ") && text.contains(&url) && text.contains("Đọc được "), "{text}");
    assert!(!text.contains('<'), "{text}");
    let html = world.run_well(&["digest", "--since", "2000-01-01", "--format", "html"]).await;
    assert!(
        html.starts_with("<!DOCTYPE html>") && html.contains(&format!("<a href=\"{url}\"")) && html.contains("<b>"),
        "{html}"
    );
    let markdown = world.run_well(&["digest", "chuyen", "--since", "2000-01-01", "--format", "md"]).await;
    assert!(markdown.starts_with("# Một chuyện · ") && markdown.contains(&format!("]({url})")), "{markdown}");
    let nothing = world.run_well(&["digest", "chuyen", "--since", "2099-01-01"]).await;
    assert!(nothing.starts_with("Không có tin nào khớp “Một chuyện”") && nothing.lines().count() == 2, "{nothing}");
    let wrong = world.run(&["digest", "chuyen", "--since", "hôm qua"]).await;
    assert!(wrong.code == Some(2) && wrong.err.contains("or 12h, or 30d"), "{}", wrong.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_message_is_sent_or_the_reason_is_told() {
    let (world, ..) = watched().await;
    let said = world.run_well(&["notify", "test", "ban"]).await;
    assert_eq!(said, "sent by ban (command)\n");
    let told: Value = serde_json::from_str(&fs::read_to_string(world.path().join("told")).unwrap()).unwrap();
    assert_eq!(told["subject"], "[tintinh] Thư thử của ban · test message");
    assert!(told["text"].as_str().unwrap().contains("Ế, ỗ, ượ, Đ"), "{told}");
    let wrong = world.run(&["notify", "test", "bann"]).await;
    assert!(wrong.code == Some(2) && wrong.err.contains("there is no [[notify]] with the id `bann`"), "{}", wrong.err);
    world.add("[[notify]]\nid = \"hong\"\nkind = \"command\"\ncommand = [\"/bin/false\"]\n");
    let failed = world.run(&["notify", "test", "hong"]).await;
    assert!(failed.code == Some(1) && failed.err.contains("hong was not told"), "{failed:?}");
    // A program that is not there is told of before anybody needs it.
    world.add("[[notify]]\nid = \"mat\"\nkind = \"command\"\ncommand = [\"/khong/co\"]\n");
    let checked = world.run_well(&["check"]).await;
    assert!(checked.contains("nobody will be told by `mat`") && checked.contains("tintinh.toml:"), "{checked}");
}

//! `tintinh check --live --report`: what a user sends in as a correction of the catalogue, and what stays with him.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fmt::Write;
use std::fs;

use serde_json::Value;

use crate::onboarding::Web;
use crate::onboarding::reply;

const ENTRY: &str = r#"name = "Báo Xã Mẫu"
kind = "newspaper"
home = "http://baomau.test/"
hosts = ["baomau.test"]
family = "news-a"
verified = false
evidence = "a test"
[[source]]
kind = "listing"
url = "http://baomau.test/kinh-te"
seen = "code"
year = 2026
evidence = "a public repository"
[[source]]
kind = "feed"
url = "http://baomau.test/rss/xa-hoi"
seen = "code"
evidence = "a public repository"
[[source]]
kind = "feed"
url = "http://baomau.test/rss/khong-co"
seen = "code"
evidence = "a public repository"
"#;

fn article(number: usize) -> String {
    let paragraph =
        "Bà con các thôn góp công nạo vét kênh mương, bảo đảm nước tưới cho vụ lúa mới trên các cánh đồng. ";
    format!(
        "<html><head><meta charset=utf-8><title>Xã Mẫu</title></head><body><article class='entry'>\
         <h1 class='block-sc-title'>Nạo vét đoạn kênh thứ {number} trước vụ lúa</h1>\
         <span class='block-sc-publish-time'>{number:02}/03/2026 08:30</span><p class='block-sc-sapo'>Việc làm xong trong ngày.</p>\
         <div class='b-maincontent'><p>{}</p><p>{}</p></div></article></body></html>",
        paragraph.repeat(3),
        paragraph.repeat(2)
    )
}

fn list() -> String {
    let mut items = String::new();
    for n in 1..=8 {
        write!(items, "<div class='b-grid'><h3><a href='/kenh-{}.html'>Nạo vét đoạn kênh thứ {n} trước vụ lúa</a></h3><span>{n:02}/03/2026</span></div>", 70_000 + n).unwrap();
    }
    format!("<html><body><div>{items}</div></body></html>")
}

async fn web() -> Web {
    let html = |body: &str| Some(reply("200 OK", "text/html; charset=utf-8", body.as_bytes()));
    let web = Web::new(&["baomau.test", "www.baomau.test", "noibo.test"], move |_, path| match path {
        "/kinh-te" | "/" | "/rieng?khoa=bi-mat" => html(&list()),
        "/rss/xa-hoi" => html("<!DOCTYPE html><html><body>Đang kiểm tra trình duyệt</body></html>"),
        _ => {
            let number = path.strip_prefix("/kenh-")?.strip_suffix(".html")?.parse::<usize>().ok()?;
            html(&article(number - 70_000))
        }
    })
    .await;
    fs::create_dir(web.config().join("catalogue")).unwrap();
    fs::write(web.config().join("catalogue/baomau.toml"), ENTRY).unwrap();
    web
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_names_what_works_and_what_does_not_and_nothing_of_the_user() {
    let web = web().await;
    let enabled = web.run(&["enable", "baomau"]).await;
    assert_eq!(enabled.code, Some(0), "{enabled:#?}");
    // The user's own: a name, a source with a key, a rule, a portal that nobody else knows.
    let text = fs::read_to_string(web.config().join("portals/baomau.toml")).unwrap();
    let own = "\n[[source]]\nid = \"cua-toi\"\nkind = \"listing\"\nurl = \"http://baomau.test/rieng?khoa=bi-mat\"\n\n[[article]]\nlead = [\"p.cua-toi\"]\n";
    fs::remove_file(web.config().join("portals/baomau.toml")).unwrap();
    fs::write(
        web.config().join("portals/ten-rieng.toml"),
        format!("{text}{own}").replace("name = \"Báo Xã Mẫu\"", "name = \"Báo của tôi\""),
    )
    .unwrap();
    let other = "name = \"Nội bộ\"\nhome = \"http://noibo.test/\"\nenabled = false\n[[source]]\nkind = \"listing\"\nurl = \"http://noibo.test/\"\n";
    fs::write(web.config().join("portals/noibo.toml"), other).unwrap();
    let path = web.config().join("report.jsonl");
    let done = web.run(&["check", "--live", "--all", "--report", path.to_str().unwrap()]).await;
    assert_eq!(done.code, Some(1), "a feed is HTML, another is not there: {done:#?}");
    assert!(done.out.contains("noibo, "), "disabled portals are tried by --all: {}", done.out);
    assert!(done.out.lines().all(|line| line.chars().count() <= 80 || line.contains("BROKEN")), "{}", done.out);
    assert!(done.out.contains("2 left out: not of the catalogue"), "{}", done.out);
    let report = fs::read_to_string(&path).unwrap();
    for secret in
        ["127.0.0.1", "ten-rieng", "của tôi", "cua-toi", "bi-mat", "noibo", "report.jsonl", "a@b.example", "/tmp"]
    {
        assert!(!report.contains(secret), "{secret}: {report}");
    }
    let lines: Vec<Value> = report.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |url: &str| lines.iter().find(|line| line["url"] == format!("http://baomau.test{url}")).unwrap();
    let list = of("/kinh-te");
    assert_eq!((&list["entry"], &list["links"], &list["problem"]), (&"baomau".into(), &8.into(), &Value::Null));
    assert_eq!((&list["newest"], &list["in_catalogue"]), (&"2026-03-08".into(), &true.into()));
    assert_eq!(of("/rss/xa-hoi")["problem"], "an HTML page instead of a feed");
    assert_eq!(of("/rss/khong-co")["problem"], "HTTP 404");
    let articles = lines.iter().find(|line| line["articles"].is_number()).unwrap();
    assert_eq!(
        (&articles["family"], &articles["articles"], &articles["read"]),
        (&"news-a".into(), &4.into(), &4.into())
    );
    assert_eq!(articles["rules"]["title"]["news-a: h1.block-sc-title"], serde_json::json!([4, 4]));
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_never_match_fail_the_look_but_what_articles_may_lack_does_not() {
    let web = web().await;
    let file = |rules: &str| {
        format!(
            "name = \"x\"\nhome = \"http://baomau.test/\"\n[[source]]\nkind = \"listing\"\nurl = \"http://baomau.test/kinh-te\"\n[[article]]\n{rules}\n"
        )
    };
    let run = async |rules: &str| {
        fs::write(web.config().join("portals/x.toml"), file(rules)).unwrap();
        web.run(&["check", "--live"]).await
    };
    let good = run("title = [\"h1.cu\", \"h1.block-sc-title\"]\nauthor = [\".tac-gia\"]").await;
    assert_eq!(good.code, Some(0), "{good:#?}");
    let bad = run("title = [\"h1.cu\"]").await;
    assert_eq!(bad.code, Some(1), "{bad:#?}");
    assert!(bad.out.contains("title: no rule of the portal or its platform matches"), "{}", bad.out);
}

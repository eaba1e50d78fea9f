//! Sites that are awkward to onboard.

use super::FEED;
use super::Web;
use super::article;
use super::html;
use super::list;
use super::number_of;
use super::reply;
use tintinh::model::record::Record;

use crate::server::Step;

/// A site that is awkward, and what is said of it; nothing where it is onboarded all the same.
type Awkward = (&'static str, fn(&str) -> Option<Vec<Step>>, Option<&'static str>);

const AWKWARD: &[Awkward] = &[
    ("gone", |_| None, Some("HTTP 404")),
    ("broken", |_| Some(reply("500 Internal Server Error", "text/html", b"<h1>500</h1>")), Some("500")),
    ("forbidden", |_| Some(reply("403 Forbidden", "text/html", b"<h1>403</h1>")), Some("403")),
    (
        "robots",
        |path| {
            if path == "/robots.txt" {
                Some(reply("200 OK", "text/plain", b"User-agent: *\nDisallow: /"))
            } else {
                html(&list(""))
            }
        },
        Some("robots.txt disallows it"),
    ),
    (
        "moved",
        |path| {
            let moved = b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.test/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec();
            if path == "/robots.txt" { None } else { Some(vec![Step::Send(moved)]) }
        },
        Some("elsewhere.test"),
    ),
    (
        "challenge",
        |path| {
            if path == "/robots.txt" {
                None
            } else {
                html(
                    "<html><body><script>document.cookie=\"D1N=41ee2a83fb9d0f3b3a1c\"+\"; path=/\";window.location.reload(true);</script></body></html>",
                )
            }
        },
        Some("challenge"),
    ),
    (
        "stub",
        |path| if path == "/robots.txt" { None } else { html("<html><body>It works!</body></html>") },
        Some("stub"),
    ),
    (
        "shell",
        |path| {
            if path == "/" {
                html(&format!(
                    "<html><head><title>Xã Mẫu</title><script src='/app.js'></script></head><body><div id='root'></div>{}</body></html>",
                    "<!-- -->".repeat(200)
                ))
            } else {
                None
            }
        },
        Some("scripts fill"),
    ),
    (
        "brochure",
        |path| {
            if path == "/" {
                html(&format!(
                    "<html><head><title>Xã Mẫu</title></head><body><h1>Giới thiệu chung</h1>{}</body></html>",
                    "<p>Xã Mẫu nằm ở phía nam của huyện, có mười hai thôn và hơn sáu nghìn dân.</p>".repeat(9)
                ))
            } else {
                None
            }
        },
        Some("no feed, no sitemap and no readable list"),
    ),
    (
        "others",
        |path| if path == "/" || path == "/tin" { html(&list("http://elsewhere.test")) } else { None },
        Some("no feed, no sitemap and no readable list"),
    ),
    (
        "empty-list",
        |path| if path == "/" || path == "/tin" { html(&list("/mat")) } else { None },
        Some("none of the articles could be fetched"),
    ),
    (
        "lists-of-lists",
        |path| if path == "/robots.txt" || path == "/sitemap.xml" { None } else { html(&list("")) },
        Some("are articles with a title and a text"),
    ),
    ("hangs", |_| Some(vec![Step::Hang]), Some("gave no page")),
    ("resets", |_| Some(vec![Step::Reset]), Some("gave no page")),
    (
        "binary",
        |path| {
            if path == "/robots.txt" {
                None
            } else {
                Some(reply("200 OK", "text/html", &[0x89, b'P', b'N', b'G', 0, 1, 2, 0, 0, 7, 0, 0, 0].repeat(400)))
            }
        },
        Some("error:"),
    ),
    (
        "plain-list",
        |path| match path {
            "/" | "/tin" => html(&list("")),
            _ => html(&article(number_of(path)?)),
        },
        None,
    ),
    (
        "feed-as-html",
        |path| match path {
            "/" => html(
                "<html><head><title>Xã Mẫu</title></head><body><h1>Cổng thông tin xã Mẫu</h1><a href='/tin.aspx'>RSS</a></body></html>",
            ),
            "/tin.aspx" => html(FEED),
            _ => html(&article(number_of(path)?)),
        },
        None,
    ),
    (
        "only-json",
        |path| match path {
            "/" => {
                let row = |number: usize| {
                    format!(
                        "{{\"tieuDe\": \"Hội nghị bàn việc đồng áng lần thứ {number}\", \"duongDan\": \"/bai-{number}.html\"}}"
                    )
                };
                let rows: Vec<String> = (1..=6).map(row).collect();
                Some(reply("200 OK", "application/json", format!("{{\"ketQua\": [{}]}}", rows.join(",")).as_bytes()))
            }
            _ => html(&article(number_of(path)?)),
        },
        None,
    ),
    (
        "only-a-sitemap",
        |path| match path {
            "/" => html(&format!(
                "<html><head><title>Xã Mẫu</title></head><body><h1>Xin chào</h1><p>{}</p></body></html>",
                "Xã Mẫu nằm bên dòng sông Mẫu hiền hòa, có nghề dệt chiếu lâu đời. ".repeat(12)
            )),
            "/sitemap.xml" => Some(reply(
                "200 OK",
                "application/xml",
                format!(
                    "<urlset>{}</urlset>",
                    (1..=6).map(|number| format!("<url><loc>/bai-{number}.html</loc></url>")).collect::<String>()
                )
                .as_bytes(),
            )),
            _ => html(&article(number_of(path)?)),
        },
        None,
    ),
    (
        "refreshed",
        |path| match path {
            "/" => html(
                "<html><head><meta http-equiv='refresh' content='0; url=/vi'><title>Xã Mẫu</title></head><body>Đang chuyển hướng, xin chờ trong giây lát</body></html>",
            ),
            "/vi" | "/tin" => html(&list("")),
            _ => html(&article(number_of(path)?)),
        },
        None,
    ),
    (
        "feed-that-is-html",
        |path| match path {
            "/" | "/tin" => html(
                &list("").replace("<head>", "<head><link rel=alternate type='application/rss+xml' href='/rss.xml'>"),
            ),
            "/rss.xml" => html(
                "<html><body><h1>Không tìm thấy trang</h1><p>Trang bạn tìm không có ở đây, xin quay về trang chủ</p></body></html>",
            ),
            _ => html(&article(number_of(path)?)),
        },
        None,
    ),
    (
        "some-articles-gone",
        |path| match path {
            "/" | "/tin" => html(&list("")),
            _ => html(&article(number_of(path).filter(|number| number % 2 == 0)?)),
        },
        None,
    ),
];

/// Twenty awkward sites: each is onboarded so that it works, or gets a clear account with a next step, and then nothing is written.
#[tokio::test(flavor = "multi_thread")]
async fn awkward_sites_get_an_account_and_no_file_that_does_not_work() {
    let hosts: Vec<String> = AWKWARD.iter().map(|(name, ..)| format!("{name}.test")).collect();
    let names: Vec<&str> = hosts.iter().map(String::as_str).collect();
    let web = Web::new(&names, |host, path| {
        let (_, answer, _) = AWKWARD.iter().find(|(name, ..)| host == format!("{name}.test"))?;
        answer(path)
    })
    .await;
    for (name, _, refused) in AWKWARD {
        let done = web.run(&["add", &format!("http://{name}.test/"), "--yes"]).await;
        let file = format!("{name}.test.toml");
        if let Some(words) = refused {
            assert_eq!(done.code, Some(1), "{name}: {done:#?}");
            assert!(
                done.err.contains(words) && done.err.contains("help:") && done.err.contains("nothing was written"),
                "{name}: {}",
                done.err
            );
            assert!(!web.portals().contains(&file), "{name}");
        } else {
            assert_eq!(done.code, Some(0), "{name}: {done:#?}");
            let before = web.records().len();
            web.run(&["fetch", &format!("{name}.test")]).await;
            let new: Vec<Record> = web.records().split_off(before.min(web.records().len()));
            let own = web.records().into_iter().filter(|record| record.url.contains(name)).count();
            assert!(own >= 3, "{name}: {own} records, {} new", new.len());
        }
    }
    let refused = web.run(&["add", "http://plain-list.test/", "--yes"]).await;
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(refused.err.contains("already covers plain-list.test"), "{}", refused.err);
    let unanswered = web.run(&["add", "http://khong-co.invalid/", "--yes"]).await;
    assert_eq!(unanswered.code, Some(1), "{unanswered:#?}");
}

//! Who may read: names of this machine, a password, the key of feeds; and what a slow client holds.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;
use tokio::time::Instant;

use base64ct::Encoding;
use serde_json::json;
use tintinh::config::Config;

use crate::reader::Answer;
use crate::reader::Served;
use crate::reader::record;

const PASSWORD: &str = "[web]\npassword_file = \"web-password\"";

async fn locked() -> Served {
    Served::with(vec![record(1, &json!({}))], PASSWORD).await
}

/// The token of a form.
fn token(answer: &Answer) -> String {
    answer.body.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

fn log_in(served: &Served, password: &str, to: &str) -> Answer {
    let form = served.get(&format!("/login?to={to}"));
    let cookie = format!("Cookie: {}", form.cookies()[0]);
    let password: String = url::form_urlencoded::byte_serialize(password.as_bytes()).collect();
    let body = format!("token={}&password={password}&to={to}", token(&form));
    let kind = "Content-Type: application/x-www-form-urlencoded";
    served.ask("POST", "/login", &[&cookie, kind], &body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_another_machine_is_refused() {
    let served = Served::with(vec![record(1, &json!({}))], "").await;
    for (host, status) in [
        ("localhost:8780", 200),
        ("127.0.0.1", 200),
        ("[::1]:8780", 200),
        ("evil.example", 421),
        ("evil.example:8780", 421),
        ("127.0.0.1.evil.example", 421),
    ] {
        for path in ["/", "/newest.json", "/style.css"] {
            let answer = served.ask("GET", path, &[&format!("Host: {host}")], "");
            assert_eq!(answer.status, status, "{host}{path}");
        }
    }
    let public = Served::with(vec![record(1, &json!({}))], "[web]\npublic = true").await;
    assert_eq!(public.ask("GET", "/", &["Host: tin.example"], "").status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_opens_a_session_which_a_form_ends() {
    let served = locked().await;
    let front = served.get("/newest?province=gia-lai");
    assert_eq!(front.status, 303);
    assert_eq!(front.header("location"), Some("/login?to=%2Fnewest%3Fprovince%3Dgia-lai"));
    assert_eq!(served.get("/style.css").status, 200);
    assert_eq!(served.get("/article/none").status, 303, "what there is is not told");
    let wrong = log_in(&served, "x", "/");
    assert!(wrong.status == 403 && wrong.body.contains("Mật khẩu không đúng."), "{wrong:?}");
    let right = log_in(&served, "mật khẩu dài", "/coverage");
    assert_eq!((right.status, right.header("location")), (303, Some("/coverage")));
    let set = right.head.lines().find(|line| line.to_lowercase().starts_with("set-cookie: session=")).unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
    let session = right.cookies()[0].to_owned();
    let cookie = format!("Cookie: {session}");
    let page = served.ask("GET", "/", &[&cookie], "");
    assert!(page.status == 200 && page.body.contains("<article"), "{page:?}");
    // A form of another session, or none, ends nothing.
    let kind = "Content-Type: application/x-www-form-urlencoded";
    assert_eq!(served.ask("POST", "/logout", &[&cookie, kind], "token=x").status, 403);
    let out = served.ask("POST", "/logout", &[&cookie, kind], &format!("token={}", token(&page)));
    assert!(out.status == 303 && out.head.contains("session=; Path=/; Max-Age=0"), "{out:?}");
    // A login leads nowhere else.
    let away = log_in(&served, "mật khẩu dài", "//evil.example/");
    assert_eq!(away.header("location"), Some("/"));
    // Without the cookie of its form a login is another site's.
    let form = served.get("/login");
    let body = format!("token={}&password=x", token(&form));
    assert_eq!(served.ask("POST", "/login", &[kind], &body).status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_take_the_password_or_a_key_and_guessing_is_slow() {
    let served = locked().await;
    let refused = served.get("/newest.atom");
    assert!(refused.status == 401 && refused.header("www-authenticate").unwrap().starts_with("Basic"), "{refused:?}");
    let basic = |password: &str| {
        let text = base64ct::Base64::encode_string(format!("me:{password}").as_bytes());
        served.ask("GET", "/newest.atom", &[&format!("Authorization: Basic {text}")], "")
    };
    assert_eq!(basic("mật khẩu dài").status, 200);
    let right = log_in(&served, "mật khẩu dài", "/");
    let page = served.ask("GET", "/", &[&format!("Cookie: {}", right.cookies()[0])], "");
    let key = page.body.split("/newest.atom?key=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(served.get(&format!("/newest.atom?key={key}")).status, 200);
    assert_eq!(served.get(&format!("/newest.atom?key={key}x")).status, 401);
    assert_eq!(served.get(&format!("/?key={key}")).status, 303, "the key is for feeds");
    for _ in 0..9 {
        assert_eq!(basic("x").status, 401);
    }
    basic("x");
    assert_eq!(basic("mật khẩu dài").status, 429);
    assert_eq!(log_in(&served, "mật khẩu dài", "/").status, 429);
    assert_eq!(served.get(&format!("/newest.atom?key={key}")).status, 200, "who has a key is not locked out");
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_hold_up_nobody() {
    let served = Served::with(vec![record(1, &json!({}))], "").await;
    let slow: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(served.address).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nHost: loc").unwrap();
            stream
        })
        .collect();
    let begun = Instant::now();
    assert_eq!(served.get("/").status, 200);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    drop(slow);
}

#[test]
fn the_configuration_keeps_the_reader_to_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("portals")).unwrap();
    std::fs::write(folder.path().join("pw"), "a\n").unwrap();
    for (text, problem) in [
        ("listen = \"127.0.0.1:8780\"", None),
        ("listen = \"[::1]:8780\"", None),
        ("listen = \"0.0.0.0:8780\"", Some("no loopback address")),
        ("listen = \"0.0.0.0:8780\"\npublic = true", None),
        ("listen = \"0.0.0.0:8780\"\npassword_file = \"pw\"", None),
        ("password_file = \"absent\"", Some("password_file")),
        ("password_file = \"pw\"\npublic = true", Some("everybody may read")),
        ("images = \"maybe\"", Some("maybe")),
    ] {
        std::fs::write(folder.path().join("tintinh.toml"), format!("[web]\n{text}\n")).unwrap();
        let read = Config::load(folder.path()).err().map(|errors| errors.to_string());
        match problem {
            None => assert_eq!(read, None, "{text}"),
            Some(words) => assert!(read.as_deref().is_some_and(|read| read.contains(words)), "{text}: {read:?}"),
        }
    }
}

//! The reader behind the proxies that `docs/reader.md` shows, with the very lines that stand there.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use crate::reader::Served;
use crate::reader::record;
use crate::support::present;

/// A block of the page.
fn example(language: &str) -> String {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reader.md")).unwrap();
    page.split(&format!("```{language}\n")).nth(1).unwrap().split("```").next().unwrap().to_owned()
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Asks by curl for a page of `tin.example.org` on a port; head and body.
fn curl(scheme: &str, port: u16, path: &str, more: &[&str]) -> String {
    let done = Command::new("curl")
        .args(["-sik", "--resolve", &format!("tin.example.org:{port}:127.0.0.1")])
        .args(more)
        .arg(format!("{scheme}://tin.example.org:{port}{path}"))
        .output()
        .unwrap();
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// What must hold behind any proxy.
fn check(scheme: &str, port: u16) {
    let front = (0..100).map(|_| {
        std::thread::sleep(Duration::from_millis(100));
        curl(scheme, port, "/", &[])
    });
    let front = front.into_iter().find(|answer| !answer.is_empty()).expect("the proxy answers");
    assert!(front.contains(" 303") && front.to_lowercase().contains("location: /login"), "{front}");
    let login = curl(scheme, port, "/login", &[]);
    assert_eq!(login.contains("; Secure"), scheme == "https", "{login}");
    let feed = curl(scheme, port, "/newest.atom", &["-u", "me:mật khẩu dài"]);
    assert!(feed.contains(" 200") && feed.contains("<entry>"), "{feed}");
    assert!(feed.contains(&format!("href=\"{scheme}://tin.example.org")), "{feed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_as_the_page_shows_it() {
    if !["nginx", "openssl", "curl"].into_iter().all(present) {
        return;
    }
    let served = Served::with(vec![record(1, &json!({}))], "[web]\npassword_file = \"web-password\"").await;
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let path = |name: &str| folder.path().join(name).display().to_string();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=tin.example.org", "-days", "2"])
        .args(["-keyout", &path("tin.key"), "-out", &path("tin.pem")])
        .output()
        .unwrap();
    assert!(made.status.success());
    let lines = example("nginx")
        .replace("listen 443 ssl", &format!("listen 127.0.0.1:{port} ssl"))
        .replace("/etc/ssl/tin.pem", &path("tin.pem"))
        .replace("/etc/ssl/tin.key", &path("tin.key"))
        .replace("127.0.0.1:8780", &served.address.to_string());
    let temporary =
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|name| format!("{name}_temp_path {};", path(name)));
    let whole =
        format!("pid {};\nevents {{}}\nhttp {{ access_log off; {} {lines} }}\n", path("pid"), temporary.join(" "));
    fs::write(path("nginx.conf"), whole).unwrap();
    let mut nginx = tokio::process::Command::new("nginx")
        .args(["-c", &path("nginx.conf"), "-e", &path("log"), "-g", "daemon off; master_process off;"])
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    tokio::task::spawn_blocking(move || check("https", port)).await.unwrap();
    nginx.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn caddy_as_the_page_shows_it() {
    if !["caddy", "curl"].into_iter().all(present) {
        return;
    }
    let served = Served::with(vec![record(1, &json!({}))], "[web]\npassword_file = \"web-password\"").await;
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    // A certificate of the internet's cannot be had on loopback.
    let site = example("caddy")
        .replace("tin.example.org {", &format!("http://tin.example.org:{port} {{"))
        .replace("127.0.0.1:8780", &served.address.to_string());
    let file = folder.path().join("Caddyfile");
    fs::write(&file, format!("{{\n    admin off\n}}\n{site}")).unwrap();
    let mut caddy = tokio::process::Command::new("caddy")
        .args(["run", "--adapter", "caddyfile", "--config", &file.display().to_string()])
        .env("HOME", folder.path())
        .env_remove("XDG_DATA_HOME")
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    tokio::task::spawn_blocking(move || check("http", port)).await.unwrap();
    caddy.kill().await.unwrap();
}

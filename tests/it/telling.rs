//! Messages as their recipients get them: mail by a real server that Python's `email` reads, webhooks and ntfy by receivers on loopback, each in order
//! and out of order.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU16;
use std::sync::atomic::Ordering;

use jiff::SignedDuration;
use serde_json::Value;
use tintinh::model::secret::Secret;
use tintinh::model::secret::SigningKey;
use tintinh::sink::signature::sign;
use tokio::io::AsyncBufReadExt;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::io::BufReader;
use tokio::io::Lines;
use tokio::net::TcpListener;
use tokio::process::Child;
use tokio::process::ChildStdout;
use tokio::process::Command;

use crate::copies::Page;
use crate::copies::at;
use crate::copies::text;
use crate::support::present;
use crate::tls::authority;
use crate::watches::Desk;

const WATCH: &str = "rhythm = \"at once\"";

/// A mail server of Python's, as a process.
struct MailServer {
    port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl MailServer {
    /// `None` where Python or the package index is not there; under `CI=true` that is an error.
    async fn start(mode: &str, files: &[&Path]) -> Option<MailServer> {
        if !present("python3") {
            return None;
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let installed = Command::new(root.join("tests/mail/setup.sh")).status().await.unwrap();
        if !installed.success() {
            assert!(!present("false"), "skipped: aiosmtpd cannot be installed");
            return None;
        }
        let mut command = Command::new(root.join("target/mail/bin/python"));
        command.arg(root.join("tests/mail/server.py")).arg(mode).args(files);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.next_line().await.unwrap().expect("it says its port").parse().unwrap();
        Some(MailServer { port, lines, _process: process })
    }

    async fn mail(&mut self) -> Value {
        let line = tokio::time::timeout(std::time::Duration::from_mins(1), self.lines.next_line()).await;
        serde_json::from_str(&line.expect("it comes in time").unwrap().expect("a mail")).unwrap()
    }
}

fn mail(port: u16, more: &str) -> String {
    format!(
        "kind = \"mail\"\nserver = \"127.0.0.1\"\nport = {port}\nfrom = \"Điểm báo Tà Xùa <diembao@taxua.example>\"\n\
         recipients = [\"Lò Thị Pá <pa@nalau.example>\", \"phong@nalau.example\"]\n{more}\n"
    )
}

/// A story comes at an hour.
async fn story(desk: &Desk, hour: i64) {
    let path: &'static str = format!("/{hour}").leak();
    let seed = 50 + u64::try_from(hour).unwrap();
    desk.visits.settle(&Page::new("a", path, text(seed, 12)).published(hour), hour).await;
    desk.round(hour).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_arrives_as_it_was_meant() {
    let Some(mut server) = MailServer::start("ok", &[]).await else { return };
    let desk = Desk::with(&mail(server.port, "tls = \"none\""), WATCH).await;
    desk.round(0).await;
    story(&desk, 1).await;
    let mail = server.mail().await;
    assert_eq!(mail["subject"], "[Làng] Chuyện trong làng ven sông");
    assert_eq!(mail["from"], "Điểm báo Tà Xùa <diembao@taxua.example>");
    assert_eq!(mail["to"], "Lò Thị Pá <pa@nalau.example>, phong@nalau.example");
    assert_eq!(mail["recipients"], serde_json::json!(["pa@nalau.example", "phong@nalau.example"]));
    assert_eq!(
        (mail["type"].as_str(), mail["automatic"].as_str()),
        (Some("multipart/alternative"), Some("auto-generated"))
    );
    assert_eq!(mail["ascii_head"], true, "headers are encoded");
    assert!(mail["longest_line"].as_u64().unwrap() <= 998, "RFC 5322, section 2.1.1");
    assert_eq!(mail["defects"], serde_json::json!([]));
    assert!(mail["id"].as_str().unwrap().ends_with("@taxua.example>"), "{mail}");
    assert!(mail["plain"].as_str().unwrap().contains("Chuyện trong *làng ven sông*"), "{mail}");
    assert!(mail["html"].as_str().unwrap().contains("<b>làng ven sông</b>"), "{mail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_is_encrypted_by_a_certificate_that_is_trusted_or_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let root = authority::root();
    let order = authority::Order { hosts: vec!["localhost"], ..authority::Order::default() };
    let own = authority::make(&order, Some(&root));
    let [issuer, certificate, key] = ["root.pem", "own.pem", "key.pem"].map(|name| folder.path().join(name));
    fs::write(&issuer, root.certificate.to_pem().unwrap()).unwrap();
    fs::write(&certificate, own.certificate.to_pem().unwrap()).unwrap();
    fs::write(&key, own.key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    let Some(mut server) = MailServer::start("ok", &[&certificate, &key]).await else { return };
    let trusting = mail(server.port, &format!("extra_ca = {:?}", issuer.display().to_string()));
    let desk = Desk::with(&trusting.replace("127.0.0.1", "localhost"), WATCH).await;
    desk.round(0).await;
    story(&desk, 1).await;
    assert_eq!(server.mail().await["encrypted"], true);
    let desk = Desk::with(&mail(server.port, "").replace("127.0.0.1", "localhost"), WATCH).await;
    desk.round(0).await;
    story(&desk, 1).await;
    let backlog = desk.notifier.backlog().await.unwrap();
    assert!(backlog[0].error.as_ref().unwrap().contains("certificate"), "{backlog:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_that_is_put_off_waits_and_mail_that_is_refused_is_given_up() {
    let Some(server) = MailServer::start("later", &[]).await else { return };
    let desk = Desk::with(&mail(server.port, "tls = \"none\""), WATCH).await;
    desk.round(0).await;
    story(&desk, 1).await;
    story(&desk, 2).await;
    for hour in 3..100 {
        desk.round(hour).await;
    }
    let backlog = desk.notifier.backlog().await.unwrap();
    assert_eq!(backlog[0].messages, 2, "{backlog:?}");
    assert!(backlog[0].error.as_ref().unwrap().contains("451"), "{backlog:?}");
    let Some(server) = MailServer::start("refuse", &[]).await else { return };
    let desk = Desk::with(&mail(server.port, "tls = \"none\""), WATCH).await;
    desk.round(0).await;
    story(&desk, 1).await;
    story(&desk, 2).await;
    let backlog = desk.notifier.backlog().await.unwrap();
    assert_eq!(backlog[0].messages, 2, "{backlog:?}");
    assert!(backlog[0].error.as_ref().unwrap().contains("550"), "{backlog:?}");
    for hour in 3..20 {
        desk.round(hour).await;
    }
    assert_eq!(desk.notifier.backlog().await.unwrap(), [], "given up after some refusals");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_recipient_that_is_refused_keeps_the_mail_from_no_other() {
    let Some(mut server) = MailServer::start("refuse-one", &[]).await else { return };
    let recipients = mail(server.port, "tls = \"none\"").replace("phong@nalau", "gone@nalau");
    let desk = Desk::with(&recipients, WATCH).await;
    desk.round(0).await;
    story(&desk, 1).await;
    let mail = server.mail().await;
    assert_eq!(mail["recipients"], serde_json::json!(["pa@nalau.example"]));
    assert_eq!(mail["to"], "Lò Thị Pá <pa@nalau.example>, gone@nalau.example", "everybody sees whom it was meant for");
    assert_eq!(desk.notifier.backlog().await.unwrap(), [], "it is not sent again to those who have it");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_with_accents_is_told_of_where_the_server_cannot_take_it() {
    let Some(server) = MailServer::start("ok", &[]).await else { return };
    let desk = Desk::with(&mail(server.port, "tls = \"none\"").replace("<pa@", "<pá@"), WATCH).await;
    desk.round(0).await;
    story(&desk, 1).await;
    let backlog = desk.notifier.backlog().await.unwrap();
    assert!(backlog[0].error.as_ref().unwrap().contains("SMTPUTF8"), "{backlog:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_hangs_is_left_after_the_timeout() {
    let Some(server) = MailServer::start("hang", &[]).await else { return };
    let desk = Desk::with(&mail(server.port, "tls = \"none\"\ntimeout = \"1s\""), WATCH).await;
    desk.round(0).await;
    story(&desk, 1).await;
    let backlog = desk.notifier.backlog().await.unwrap();
    assert!(backlog[0].error.as_ref().unwrap().contains("1 s"), "{backlog:?}");
}

/// A receiver of HTTP requests: what it got, and what it answers. Status 0 hangs.
#[derive(Clone)]
struct Receiver {
    port: u16,
    status: Arc<AtomicU16>,
    got: Arc<Mutex<Vec<(String, String)>>>,
}

impl Receiver {
    async fn start(status: u16) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Receiver {
            port: listener.local_addr().unwrap().port(),
            status: Arc::new(AtomicU16::new(status)),
            got: Arc::default(),
        };
        let own = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let own = own.clone();
                tokio::spawn(async move { own.answer(stream).await });
            }
        });
        receiver
    }

    async fn answer(&self, mut stream: tokio::net::TcpStream) {
        let mut bytes = Vec::new();
        let (head, length) = loop {
            let mut piece = [0; 4096];
            let read = stream.read(&mut piece).await.unwrap();
            bytes.extend_from_slice(&piece[..read]);
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_ascii_lowercase();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
                let length: usize = length.parse().unwrap();
                while bytes.len() < end + 4 + length {
                    let read = stream.read(&mut piece).await.unwrap();
                    bytes.extend_from_slice(&piece[..read]);
                }
                break (String::from_utf8(bytes[..end].to_vec()).unwrap(), end + 4);
            }
        };
        self.got.lock().unwrap().push((head, String::from_utf8(bytes[length..].to_vec()).unwrap()));
        match self.status.load(Ordering::Relaxed) {
            0 => tokio::time::sleep(std::time::Duration::from_hours(1)).await,
            status => {
                let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    }

    fn got(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.got.lock().unwrap())
    }
}

fn http(kind: &str, port: u16) -> String {
    format!(
        "kind = {kind:?}\nurl = \"http://127.0.0.1:{port}/diem-bao\"\nallow_addresses = [\"127.0.0.0/8\"]\ntimeout = \"1s\"\n"
    )
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .find_map(|line| line.split_once(": ").filter(|(own, _)| own.eq_ignore_ascii_case(name)))
        .map(|(_, value)| value)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_and_ntfy_get_a_message_each() {
    let receiver = Receiver::start(200).await;
    let folder = tempfile::tempdir().unwrap();
    let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u";
    fs::write(folder.path().join("secret"), format!("{secret}\n")).unwrap();
    let signed = format!(
        "{}secret_file = {:?}\n",
        http("webhook", receiver.port),
        folder.path().join("secret").display().to_string()
    );
    let desk = Desk::with(&signed, WATCH).await;
    desk.round(0).await;
    story(&desk, 1).await;
    let [(head, body)] = receiver.got().try_into().unwrap();
    assert!(head.starts_with("POST /diem-bao HTTP/1.1"), "{head}");
    assert!(header(&head, "webhook-id").unwrap().starts_with("msg_"), "{head}");
    assert!(header(&head, "webhook-timestamp").unwrap().parse::<i64>().is_ok(), "{head}");
    let key = SigningKey::new(&Secret::new(secret.to_owned())).unwrap();
    let timestamp = header(&head, "webhook-timestamp").unwrap().parse().unwrap();
    let right = sign(&[key], header(&head, "webhook-id").unwrap(), timestamp, body.as_bytes());
    assert_eq!(header(&head, "webhook-signature"), Some(right.as_str()));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["data"]["article"]["url"], "http://a.example/1");
    assert_eq!(body["subject"], "[Làng] Chuyện trong làng ven sông");

    let ntfy = Receiver::start(200).await;
    let desk = Desk::with(&http("ntfy", ntfy.port), WATCH).await;
    desk.round(0).await;
    story(&desk, 1).await;
    let [(head, body)] = ntfy.got().try_into().unwrap();
    assert!(header(&head, "title").unwrap().starts_with("=?UTF-8?B?"), "{head}");
    assert_eq!(header(&head, "click"), Some("http://a.example/1"));
    assert!(body.contains("Chuyện trong *làng ven sông*") && body.len() <= 4096, "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_in_trouble_gets_every_message_once_it_is_well() {
    for trouble in [500, 0] {
        let receiver = Receiver::start(trouble).await;
        let desk = Desk::with(&http("webhook", receiver.port), WATCH).await;
        desk.round(0).await;
        story(&desk, 1).await;
        story(&desk, 2).await;
        assert_eq!(desk.notifier.backlog().await.unwrap()[0].messages, 2);
        let ids: Vec<String> =
            receiver.got().iter().map(|(head, _)| header(head, "webhook-id").unwrap().to_owned()).collect();
        assert!(!ids.is_empty() && ids.iter().all(|id| *id == ids[0]), "the second waits for the first: {ids:?}");
        receiver.status.store(204, Ordering::Relaxed);
        desk.round(5).await;
        desk.round(6).await;
        let got = receiver.got();
        assert_eq!(got.len(), 2);
        assert_eq!(header(&got[0].0, "webhook-id"), Some(ids[0].as_str()), "a message keeps its name");
        assert_eq!(desk.notifier.backlog().await.unwrap(), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_wants_no_more_gets_no_more_of_a_message() {
    for kind in ["ntfy", "webhook"] {
        let receiver = Receiver::start(410).await;
        let desk = Desk::with(&http(kind, receiver.port), WATCH).await;
        desk.round(0).await;
        story(&desk, 1).await;
        desk.round_at(at(1) + SignedDuration::from_hours(3)).await;
        assert_eq!(receiver.got().len(), 1, "{kind}");
        assert_eq!(desk.notifier.backlog().await.unwrap(), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_of_this_machine_are_not_asked_unless_that_is_allowed() {
    let receiver = Receiver::start(200).await;
    let forbidden = http("webhook", receiver.port).replace("allow_addresses", "# allow_addresses");
    let desk = Desk::with(&forbidden, WATCH).await;
    desk.round(0).await;
    story(&desk, 1).await;
    assert_eq!(receiver.got(), []);
    assert!(desk.notifier.backlog().await.unwrap()[0].error.as_ref().unwrap().contains("not a public address"));
}

//! Attachments: what is read of documents of our own and of hostile ones, and how the queue fetches, reads and keeps it.
//!
//! The documents of `tests/attachments/samples` were made by `tests/attachments/documents.py`; `tests/attachments/figures.sh` makes and reads all of
//! them, and prints a table.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

mod hostile;
mod upkeep;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;
use tintinh::model::portal::GroupId;
use tintinh::model::portal::PortalId;
use tintinh::model::record::Record;
use tintinh::model::record::RevisionReason;
use tintinh::store::AttachmentWish;
use tintinh::store::Registration;
use tintinh::store::Store;

use crate::server::Seen;
use crate::server::Server;
use crate::server::Step;
use crate::server::answer;
use crate::server::not_found;
use crate::support::present;
use crate::world::end_of;
use crate::world::program;
use crate::world::records_below;

/// Programs that read documents. Without them there is nothing to test.
const PROGRAMS: [&str; 6] = ["prlimit", "pdfinfo", "pdftotext", "pdftoppm", "tesseract", "catdoc"];

/// Notices of the made-up portal.
const NOTICES: usize = 50;

/// Notices whose document is a scan.
const SCANNED: [usize; 2] = [7, 31];

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/attachments/samples")
}

fn are_present() -> bool {
    PROGRAMS.iter().all(|program| present(program))
}

/// What `tintinh attachment --json` says of a file, or its exit code and message.
async fn read(path: &Path) -> Result<Value, (Option<i32>, String)> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(&["attachment", "--json", path.to_str().unwrap()]);
    let done = end_of(command.env("TMPDIR", folder.path()).spawn().unwrap()).await;
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "folders of programs are removed");
    if done.code == Some(0) { Ok(serde_json::from_str(&done.out).unwrap()) } else { Err((done.code, done.err)) }
}

async fn read_bytes(bytes: &[u8]) -> Result<Value, (Option<i32>, String)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tệp -x.pdf");
    fs::write(&path, bytes).unwrap();
    read(&path).await
}

fn text_of(read: &Value) -> String {
    let pages = read["pages"].as_array().unwrap();
    pages.iter().map(|page| page["text"].as_str().unwrap()).collect::<Vec<_>>().join("\u{c}")
}

fn plain(text: &str) -> Vec<char> {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect()
}

/// The edit distance of two texts, divided by the length of the wanted one.
fn character_error(wanted: &str, found: &str) -> f64 {
    let (wanted, found) = (plain(wanted), plain(found));
    let mut row: Vec<usize> = (0..=found.len()).collect();
    for (at, letter) in wanted.iter().enumerate() {
        let mut before = std::mem::replace(&mut row[0], at + 1);
        for (place, other) in found.iter().enumerate() {
            let same = before + usize::from(letter != other);
            before = row[place + 1];
            row[place + 1] = same.min(before + 1).min(row[place] + 1);
        }
    }
    row[found.len()] as f64 / wanted.len() as f64
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_of_our_own_are_read() {
    if !are_present() {
        return;
    }
    // A text layer is read as it is; a scan of 150 dpi may have one wrong letter in a hundred.
    for (name, most, is_scan) in [
        ("decision", 0.0, false),
        ("columns", 0.0, false),
        ("stamped", 0.01, true),
        ("notice", 0.01, true),
        ("turned", 0.01, true),
    ] {
        let found = read(&samples().join(format!("{name}.pdf"))).await.unwrap();
        let wanted = fs::read_to_string(samples().join(format!("{name}.txt"))).unwrap();
        let error = character_error(&wanted, &text_of(&found));
        assert!(error <= most, "{name}: {error:.4}\n{}", text_of(&found));
        assert_eq!((found["ocr"].as_bool(), found["kind"].as_str()), (Some(is_scan), Some("pdf")), "{name}");
        assert_eq!(found["confidence"].as_f64().is_some_and(|mean| mean > 85.0), is_scan, "{name}");
        if matches!(name, "decision" | "stamped") {
            let document = &found["document"];
            assert_eq!(document["number"], "1274/QĐ-UBND");
            assert_eq!(document["issuer"], "ỦY BAN NHÂN DÂN TỈNH SÔNG MẪU");
            assert_eq!((&document["signer"], &document["issued"]), (&"Lương Khánh Toàn".into(), &"2025-08-14".into()));
        }
        if name == "notice" {
            assert!(text_of(&found).contains("Lô 3\tXóm Cửa Ải\t210,0\t1.903.700.000\n"), "{}", text_of(&found));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn office_documents_are_read() {
    if !are_present() {
        return;
    }
    for kind in ["xls", "xlsx"] {
        let found = read(&samples().join(format!("table.{kind}"))).await.unwrap();
        assert_eq!(found["kind"], *kind);
        assert_eq!(text_of(&found), "Nội dung\tNăm 2025\nGiáo dục\t1310\nThủy lợi, đê điều\t1757", "{kind}");
    }
    for kind in ["doc", "docx"] {
        let found = read(&samples().join(format!("letter.{kind}"))).await.unwrap();
        assert_eq!((&found["kind"], &found["document"]["type"]), (&kind.into(), &"Kế hoạch".into()));
        for part in ["Trồng 120 héc ta rừng phòng hộ ven biển.", "Số hộ", "Xã Hải Đường"] {
            assert!(text_of(&found).contains(part), "{kind}: {}", text_of(&found));
        }
    }
    let rtf = read_bytes(br"{\rtf1\ansi THONG BAO\par Trong rung}").await.unwrap();
    assert_eq!((&rtf["kind"], text_of(&rtf).contains("Trong rung")), (&"doc".into(), true));
}

/// The unit's filter of system calls denies these to the service and its programs.
#[tokio::test(flavor = "multi_thread")]
async fn it_works_under_the_filter_of_the_unit() {
    if !are_present() || !present("strace") {
        return;
    }
    let denied =
        "setrlimit,setpriority,ioprio_set,sched_setaffinity,sched_setscheduler,sched_setparam,mbind,set_mempolicy";
    let inject = format!("inject={denied}:error=EPERM");
    let file = samples().join("stamped.pdf");
    let mut command = tokio::process::Command::new("strace");
    command.args(["-f", "-qq", "-e", "trace=none", "-e", &inject, env!("CARGO_BIN_EXE_tintinh"), "attachment"]);
    let done = command.arg(&file).output().await.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(String::from_utf8_lossy(&done.stdout).contains("Lương Khánh Toàn"));
}

/// A PDF of some pages with lines of ASCII.
fn pdf(pages: &[String]) -> Vec<u8> {
    let kids: String = (0..pages.len()).map(|page| format!("{} 0 R ", 4 + page * 2)).collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Count {}/Kids[{kids}]>>", pages.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    for (number, page) in pages.iter().enumerate() {
        let lines: String = page.lines().map(|line| format!("({line}) Tj T* ")).collect();
        let content = format!("BT /F1 12 Tf 14 TL 72 760 Td {lines}ET");
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents {} 0 R>>",
            5 + number * 2
        ));
        objects.push(format!("<</Length {}>>stream\n{content}\nendstream", content.len()));
    }
    of_objects(&objects.into_iter().map(String::into_bytes).collect::<Vec<_>>())
}

/// A PDF of these objects, numbered from 1; the first is its root.
fn of_objects(objects: &[Vec<u8>]) -> Vec<u8> {
    let (mut out, mut places) = (b"%PDF-1.7\n".to_vec(), Vec::new());
    for (number, object) in objects.iter().enumerate() {
        places.push(out.len());
        writeln!(out, "{} 0 obj", number + 1).unwrap();
        out.extend_from_slice(object);
        out.extend_from_slice(b"\nendobj\n");
    }
    let start = out.len();
    write!(out, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for place in places {
        writeln!(out, "{place:010} 00000 n ").unwrap();
    }
    write!(out, "trailer<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1).unwrap();
    out
}

/// A portal of notices with documents, on loopback, and the program's folder.
struct Portal {
    folder: TempDir,
    server: Server,
    /// Documents by number, where they are not as at first.
    changed: Arc<Mutex<BTreeMap<usize, Vec<u8>>>>,
}

fn notice(number: usize) -> String {
    let word = ["hồ chứa", "đường liên xã", "trường mầm non", "trạm bơm", "chợ phiên"][number % 5];
    let text = format!(
        "<p>Ủy ban nhân dân thông báo số {number} về việc niêm yết công khai danh sách nhận hỗ trợ của công trình {word} trên địa bàn.</p>\
         <p>Mọi ý kiến gửi về bộ phận một cửa trong giờ làm việc, trước ngày {} của tháng sau; tài liệu số {number} đính kèm.</p>",
        number % 28 + 1
    );
    format!(
        "<!DOCTYPE html><html lang=\"vi\"><head><meta charset=\"utf-8\"><title>Thông báo số {number} về {word}</title></head><body>\
         <article><h1>Thông báo số {number} về {word}</h1>{text}<p><a href=\"/tep/{number}.pdf\">Thông báo {number}.pdf</a></p></article></body></html>"
    )
}

fn document(number: usize) -> Vec<u8> {
    if SCANNED.contains(&number) {
        return fs::read(samples().join("stamped.pdf")).unwrap();
    }
    pdf(&[format!("So: {number}/TB-UBND\nTHONG BAO\nNiem yet cong khai tai lieu ma{number} o tru so")])
}

impl Portal {
    async fn new() -> Portal {
        let changed: Arc<Mutex<BTreeMap<usize, Vec<u8>>>> = Arc::default();
        let own = Arc::clone(&changed);
        let server = Server::start(move |seen| respond(seen, &own.lock().unwrap())).await;
        let folder = tempfile::tempdir().unwrap();
        let address = server.address;
        let main = format!(
            "contact = \"mailto:a@thongbao.example\"\nstate_dir = \"../state\"\nrecords_dir = \"../records\"\n\
             [fetch]\nallow_addresses = [\"127.0.0.0/8\"]\nallow_ports = [{}]\nresolve = {{ \"thongbao.example\" = \"{address}\" }}\n\
             [engine]\nvisit_articles = 100\n[defaults]\ndelay = \"0s\"\n[attachments]\nfetch = [\"pdf\"]\n[revisit]\nafter = [\"1h\"]\n",
            address.port()
        );
        let portal = "name = \"Thông báo\"\nhome = \"http://thongbao.example/\"\n[[source]]\nkind = \"feed\"\nurl = \"http://thongbao.example/rss\"\n";
        fs::create_dir_all(folder.path().join("config/portals")).unwrap();
        fs::write(folder.path().join("config/tintinh.toml"), main).unwrap();
        fs::write(folder.path().join("config/portals/thongbao.toml"), portal).unwrap();
        Portal { folder, server, changed }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> tokio::process::Command {
        let mut command = program(arguments);
        command.arg("--config").arg(self.path("config"));
        command
    }

    async fn run(&self, arguments: &[&str]) -> String {
        let done = end_of(self.command(arguments).spawn().unwrap()).await;
        assert_eq!(done.code, Some(0), "{done:#?}");
        done.out
    }

    fn records(&self) -> Vec<Record> {
        records_below(&self.path("records"))
    }

    /// Requests for a document.
    fn requests(&self, number: usize) -> usize {
        self.server.seen().iter().filter(|seen| seen.path() == format!("/tep/{number}.pdf")).count()
    }

    /// Each article has its page's record, then one revision with its document's text; nothing is there twice.
    fn check_whole(&self) {
        let records = self.records();
        let keys: BTreeSet<(&str, u32)> = records.iter().map(|record| (record.id.as_str(), record.revision)).collect();
        assert_eq!((records.len(), keys.len()), (NOTICES * 2, NOTICES * 2));
        for record in records.iter().filter(|record| record.revision == 2) {
            assert_eq!(record.reason, Some(RevisionReason::Attachment));
            let file = &record.attachments[0];
            let text = fs::read_to_string(self.path("state").join(file.text.as_deref().unwrap())).unwrap();
            assert!(!text.is_empty() && !record.content_text.contains(text.lines().next().unwrap()), "{text}");
            assert_eq!((file.pages, file.mime_type.as_str()), (Some(1), "application/pdf"));
            assert!(file.size_in_bytes > Some(500) && file.sha256.as_ref().is_some_and(|hash| hash.len() == 64));
        }
    }
}

fn respond(seen: &Seen, changed: &BTreeMap<usize, Vec<u8>>) -> Vec<Step> {
    let path = seen.path();
    if path == "/rss" {
        let items: String = (1..=NOTICES)
            .map(|number| {
                format!(
                    "<item><title>Thông báo số {number}</title><link>http://thongbao.example/tb/{number}</link></item>"
                )
            })
            .collect();
        return answer(
            "200 OK",
            &["Content-Type: application/rss+xml"],
            format!("<rss version=\"2.0\"><channel>{items}</channel></rss>"),
        );
    }
    let numbered = |before: &str, after: &str| path.strip_prefix(before)?.strip_suffix(after)?.parse::<usize>().ok();
    if let Some(number) = numbered("/tb/", "") {
        return answer("200 OK", &["Content-Type: text/html; charset=utf-8"], notice(number));
    }
    if let Some(number) = numbered("/tep/", ".pdf") {
        let bytes = changed.get(&number).cloned().unwrap_or_else(|| document(number));
        return answer("200 OK", &["Content-Type: application/pdf"], bytes);
    }
    not_found()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_of_notices_is_read_found_and_shown() {
    if !are_present() {
        return;
    }
    let portal = Portal::new().await;
    portal.run(&["fetch"]).await;
    portal.check_whole();
    let scanned = portal.records().into_iter().filter(|record| record.attachments[0].ocr).collect::<Vec<_>>();
    assert_eq!(scanned.len(), SCANNED.len());
    assert!(scanned[0].attachments[0].confidence > Some(80));
    let document = scanned[0].document.as_ref().unwrap();
    assert_eq!(
        (document.number.as_deref(), document.signer.as_deref()),
        (Some("1274/QĐ-UBND"), Some("Lương Khánh Toàn"))
    );
    // "cấp nước sạch" stands in the scan alone, and "niêm yết công khai" in every article.
    for (query, at_least) in
        [("cấp nước sạch", 1), ("cap nuoc sach in:attachment", 1), ("\"cấp nước sạch\"", 1), ("ma23", 1)]
    {
        let found = portal.run(&["search", query, "--json"]).await;
        assert!(found.lines().count() >= at_least, "{query}: {found}");
    }
    let found = portal.run(&["search", "cấp nước sạch in:attachment", "--json"]).await;
    assert!(found.contains("nước sạch⟧"), "{found}");
    assert_eq!(portal.run(&["search", "\"một cửa\" in:attachment", "--json"]).await, "");
    // What is known is not fetched again before its time, and a second visit writes nothing.
    portal.run(&["fetch"]).await;
    portal.check_whole();
    assert_eq!((1..=NOTICES).map(|number| portal.requests(number)).max(), Some(1));
}

/// A changed file is a revision; one that became a page of HTML, or is gone, takes nothing away.
#[expect(clippy::disallowed_methods, reason = "the test makes files due, which no verb does")]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes_is_a_revision_of_its_article() {
    if !are_present() {
        return;
    }
    let portal = Portal::new().await;
    portal.run(&["fetch"]).await;
    let changes = [
        (3, pdf(&["So: 3/TB-UBND\nTHONG BAO\nBan sua doi thay the ban truoc cua van ban".to_owned()])),
        (4, b"<!DOCTYPE html><p>503</p>".to_vec()),
    ];
    portal.changed.lock().unwrap().extend(changes);
    let due = "UPDATE attachments SET state = 'fetch', not_before = 0";
    rusqlite::Connection::open(portal.path("state/tintinh.db")).unwrap().execute(due, []).unwrap();
    portal.run(&["fetch"]).await;
    let records = portal.records();
    let third: Vec<&Record> = records.iter().filter(|record| record.revision == 3).collect();
    assert_eq!(third.len(), 1);
    let before = records.iter().find(|record| record.id == third[0].id && record.revision == 2).unwrap();
    assert_ne!(third[0].attachments[0].sha256, before.attachments[0].sha256);
    assert_eq!((third[0].reason, &third[0].content_hash), (Some(RevisionReason::Attachment), &before.content_hash));
    assert_eq!(portal.requests(4), 2);
    assert!(portal.run(&["search", "thay the ban truoc", "--json"]).await.contains("\"score\""));
}

/// The process is killed at five moments of the queue: no text is lost, and none is written twice.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_five_moments_no_text_is_lost_and_none_written_twice() {
    if !are_present() {
        return;
    }
    let portal = Portal::new().await;
    let mut killed = 0;
    for points in [
        "attachment.read=kill@1",
        "attachment.text=kill@5",
        "store.commit=kill@40",
        "store.committed=kill@30",
        "attachment.read=kill@9",
    ] {
        let mut command = portal.command(&["fetch"]);
        command.env("TINTINH_FAILPOINTS", points);
        killed += usize::from(end_of(command.spawn().unwrap()).await.code.is_none());
    }
    assert_eq!(killed, 5);
    portal.run(&["fetch"]).await;
    portal.check_whole();
}

/// Files of a portal that no longer asks for any, or whose quiet hours have begun, hold up no others, however many they are.
#[expect(clippy::disallowed_methods, reason = "the test fills the queue, which otherwise takes a thousand articles")]
#[tokio::test]
async fn files_that_nobody_asks_for_hold_up_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let [off, on] = ["off", "on"].map(|id| PortalId::new(id).unwrap());
    let group = |portal: &PortalId| GroupId::new(portal.as_str()).unwrap();
    let registrations = [&off, &on].map(|id| Registration { portal: id.clone(), group: group(id) });
    let (now, due) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1));
    store.register(&registrations, due).await.unwrap();
    let fill = "WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 1500)
        INSERT INTO attachments (portal, article, url, not_before, first_seen)
        SELECT 'off', 'o' || n, 'http://off.example/' || n || '.pdf', -1, 0 FROM n;
        INSERT INTO attachments (portal, article, url, not_before, first_seen) VALUES ('on', 'a', 'http://on.example/1.pdf', 0, 0);";
    rusqlite::Connection::open(folder.path().join("tintinh.db")).unwrap().execute_batch(fill).unwrap();
    let wish = AttachmentWish {
        portals: vec![on.clone()],
        per_day: 10,
        before_visit: Duration::from_secs(20),
        lease: Duration::from_mins(1),
    };
    let (job, lease) = store.claim_attachment(wish.clone(), now).await.unwrap().unwrap();
    assert_eq!((job.url.as_str(), &lease.portal), ("http://on.example/1.pdf", &on));
    assert_eq!(store.claim_attachment(wish.clone(), now).await.unwrap(), None, "its portal is leased");
    let (job, _) = store.claim_attachment(AttachmentWish { portals: vec![off], ..wish }, now).await.unwrap().unwrap();
    assert_eq!(job.url.as_str(), "http://off.example/1.pdf");
}

/// Nothing is fetched where nothing is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn by_default_no_attachment_is_fetched() {
    let portal = Portal::new().await;
    let main = portal.path("config/tintinh.toml");
    let text = fs::read_to_string(&main).unwrap().replace("fetch = [\"pdf\"]\n", "");
    fs::write(&main, text).unwrap();
    portal.run(&["fetch"]).await;
    assert_eq!(portal.records().len(), NOTICES);
    assert!(portal.server.seen().iter().all(|seen| !seen.path().starts_with("/tep/")));
}

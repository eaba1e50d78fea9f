//! Pages of archives and folders, imported: they give the records of a visit, however damaged the archive, and nothing is asked of anybody.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;
use tintinh::archive::warc::fields::Fields;
use tintinh::archive::warc::http::ResponseHead;
use tintinh::archive::warc::read;
use tintinh::archive::warc::read::Found;
use tintinh::archive::warc::read::Receiver;
use tokio::io::AsyncWriteExt;

use crate::support::conformance;
use crate::support::shared;
use crate::world::Done;
use crate::world::World;
use crate::world::end_of;
use crate::world::program;
use crate::world::records_below;

/// A folder with a configuration of two portals, and its records.
struct Importer {
    folder: TempDir,
}

fn article(number: usize) -> String {
    let words = ["rừng", "xã", "sông", "cầu", "chợ", "làng", "đường", "lúa", "vườn", "đồi", "mưa", "nắng"];
    let word = |at: usize| words[(number * 7 + at * (number % 5 + 1)) % words.len()];
    let text: String = (0..9)
        .map(|n| {
            format!(
                "<p>Đoạn {n}, bài {number}: {} bên {}, {} qua {}, ở số {}.</p>",
                word(n),
                word(n + 1),
                word(n + 2),
                word(n + 3),
                n * number
            )
        })
        .collect();
    format!(
        "<!doctype html><html lang=\"vi\"><head><meta charset=\"utf-8\"><title>Chuyện số {number}: {} và {}</title></head><body><h1>Chuyện số {number}: {} và {}</h1>\
         <time datetime=\"2026-05-{:02}T08:00:00+07:00\"></time><article>{text}</article></body></html>",
        word(1),
        word(2),
        word(1),
        word(2),
        number % 28 + 1
    )
}

fn gzip(plain: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain.as_ref()).unwrap();
    encoder.finish().unwrap()
}

fn response(url: &str, day: u32, body: impl AsRef<[u8]>) -> Vec<u8> {
    let block = [b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", body.as_ref()].concat();
    let head = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-06-{day:02}T00:00:00Z\r\nContent-Length: {}\r\n\r\n",
        block.len()
    );
    [head.as_bytes(), &block, b"\r\n\r\n"].concat()
}

impl Importer {
    fn new() -> Importer {
        let folder = tempfile::tempdir().unwrap();
        let portals = folder.path().join("config/portals");
        fs::create_dir_all(&portals).unwrap();
        let root = folder.path().display();
        let main = format!(
            "contact = \"mailto:a@b.example\"\nstate_dir = \"{root}/state\"\nrecords_dir = \"{root}/records\"\n"
        );
        fs::write(folder.path().join("config/tintinh.toml"), main).unwrap();
        for id in ["mot", "hai"] {
            let portal = format!(
                "name = \"Báo {id}\"\nhome = \"http://{id}.example/\"\nhosts = [\"{id}.example\"]\n[[source]]\nkind = \"sitemap\"\nurl = \"http://{id}.example/s.xml\"\n"
            );
            fs::write(portals.join(format!("{id}.toml")), portal).unwrap();
        }
        Importer { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), bytes).unwrap();
        self.path(name).display().to_string()
    }

    async fn import(&self, arguments: &[&str]) -> Done {
        self.import_with("", arguments).await
    }

    async fn import_with(&self, points: &str, arguments: &[&str]) -> Done {
        let config = self.path("config").display().to_string();
        let mut command = program(&[&["--config", &config, "import"], arguments].concat());
        if !points.is_empty() {
            command.env("TINTINH_FAILPOINTS", points);
        }
        end_of(command.spawn().unwrap()).await
    }

    /// The titles of all records, in order.
    fn titles(&self) -> Vec<String> {
        let mut titles: Vec<String> =
            records_below(&self.path("records")).into_iter().map(|record| record.title).collect();
        titles.sort();
        titles
    }

    /// All records without what depends on the moment of the import.
    fn records(&self) -> BTreeMap<(String, u32), Value> {
        let records = records_below(&self.path("records")).into_iter();
        records.map(|record| ((record.id.clone(), record.revision), without_way(&record))).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "the test looks at what no verb of the store shows")]
fn database(importer: &Importer) -> Connection {
    Connection::open(importer.path("state/tintinh.db")).unwrap()
}

/// A record without what depends on where its page came from.
fn without_way(record: &tintinh::model::record::Record) -> Value {
    let mut value = serde_json::to_value(record).unwrap();
    for field in ["raw", "discovery", "sequence", "date_fetched", "http"] {
        value.as_object_mut().unwrap().remove(field);
    }
    value
}

/// The sample portals' pages, visited and then imported from the archive of that visit.
#[tokio::test(flavor = "multi_thread")]
async fn an_archive_gives_the_records_of_the_visit_that_made_it() {
    let world = World::new().await;
    world.only(&["demo-gialai", "demo-hoabinh"]);
    world.run_well(&["fetch"]).await;
    let visited = world.records();
    let pages = world.path().join("state/pages").display().to_string();
    let (state, records) = (world.path().join("other/state"), world.path().join("other/records"));
    let asked = world.sites.log().len();
    let arguments =
        ["--state-dir", state.to_str().unwrap(), "--records-dir", records.to_str().unwrap(), "import", &pages];
    let done = world.run(&arguments).await;
    assert_eq!(world.sites.log().len(), asked, "no request is sent");
    let imported = records_below(&records);
    let text = |records: &[tintinh::model::record::Record]| {
        let mut all: Vec<_> = records
            .iter()
            .map(|one| (one.id.clone(), one.url.clone(), one.title.clone(), one.content_text.clone()))
            .collect();
        all.sort();
        all
    };
    assert_eq!(text(&imported), text(&visited), "{done:#?}");
    let again = world.run(&arguments).await;
    assert!(again.out.contains(" 0 new ") && records_below(&records).len() == imported.len(), "{again:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_and_portals_choose_before_anything_is_read() {
    let importer = Importer::new();
    let url = |host: &str, number: usize| format!("http://{host}/tin/{number}.html");
    let all: Vec<u8> = (1..=6)
        .flat_map(|number| {
            let host = ["mot.example", "hai.example", "la.example"][number % 3];
            gzip(response(&url(host, number), u32::try_from(number).unwrap(), article(number)))
        })
        .collect();
    let file = importer.write("all.warc.gz", &all);
    let done =
        importer.import(&[&file, "--host", "mot.example", "--since", "2026-06-02", "--until", "2026-06-05"]).await;
    assert!(done.code == Some(0) && done.out.starts_with("1 page read: 1 new"), "{done:#?}");
    assert!(done.out.contains("5 records skipped: of a host or date that was not asked for"), "{done:#?}");
    let done = importer.import(&[&file]).await;
    assert!(done.out.contains("hosts of no portal: la.example 2"), "{done:#?}");
    assert_eq!(importer.titles().len(), 4);
    let done = importer.import(&[&file, "--portal", "hai"]).await;
    assert!(done.out.starts_with("6 pages read: 2 new"), "{done:#?}");
    let records = records_below(&importer.path("records"));
    let strange: Vec<_> = records.iter().filter(|record| record.url.contains("la.example")).collect();
    assert!(strange.len() == 2 && strange.iter().all(|record| record.portal == "hai"), "{strange:#?}");
    // The dates are those of the page. When it was stored is no date of it.
    let one = records.iter().find(|record| record.url == url("hai.example", 1)).unwrap();
    assert_eq!(one.date_published.as_deref(), Some("2026-05-02T08:00:00+07:00"));
    assert_eq!(one.date_fetched, "2026-06-01T07:00:00+07:00");
    // No watch tells about them, and no look is planned.
    let told: i64 = database(&importer)
        .query_row("SELECT count(*) FROM links WHERE NOT backlog OR state = 'pending'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(told, 0);
    let refused = importer.import(&[&file, "--portal", "ba"]).await;
    assert!(refused.code == Some(2) && refused.err.contains("there is no portal `ba`"), "{refused:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn older_pages_change_nothing_and_later_ones_are_revisions() {
    let importer = Importer::new();
    let url = "http://mot.example/tin/1.html";
    let longer = |extra: &str| article(1).replace("</article>", &format!("<p>{extra}</p></article>"));
    let middle =
        importer.write("b.warc.gz", gzip(response(url, 10, longer("Sáng nay, mọi người đã về đến nhà an toàn."))));
    let early = importer.write("a.warc.gz", gzip(response(url, 5, article(1))));
    let late =
        importer.write("c.warc.gz", gzip(response(url, 15, longer("Chiều nay, đường vào xã đã thông xe trở lại."))));
    assert!(importer.import(&[&middle]).await.out.starts_with("1 page read: 1 new"));
    let done = importer.import(&[&early]).await;
    assert!(done.out.contains("1 page older than the page that is known"), "{done:#?}");
    let done = importer.import(&[&late]).await;
    assert!(done.out.contains("1 revision"), "{done:#?}");
    assert_eq!(importer.titles().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_archives_lose_only_what_is_damaged() {
    let importer = Importer::new();
    let one = |number: usize| response(&format!("http://mot.example/tin/{number}.html"), 1, article(number));
    let cut = gzip(one(2));
    let broken = [gzip(one(1)), cut[..cut.len() / 2].to_vec(), gzip(one(3)), gzip(one(4))[..60].to_vec()].concat();
    let file = importer.write("broken.warc.gz", broken);
    let done = importer.import(&[&file]).await;
    assert!(done.code == Some(0) && done.out.starts_with("2 pages read: 2 new"), "{done:#?}");
    assert!(done.out.contains("records skipped: damaged"), "{done:#?}");
    let digest = |text: &str| {
        String::from_utf8(one(5)).unwrap().replace("WARC-Date", &format!("WARC-Block-Digest: sha1:{text}\r\nWARC-Date"))
    };
    let wrong = importer.write("wrong.warc", digest("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    let done = importer.import(&[&wrong]).await;
    assert!(done.out.contains("1 record skipped: without the digest that it should have"), "{done:#?}");
    // No version, no length, bare line feeds.
    let old = String::from_utf8(one(6)).unwrap().replace("HTTP/1.1 200 OK", "HTTP 200");
    let old: String =
        old.lines().filter(|line| !line.starts_with("Content-Length")).map(|line| format!("{line}\n")).collect();
    let old = importer.write("old.warc", [old.as_bytes(), &one(7)].concat());
    let done = importer.import(&[&old]).await;
    assert!(done.out.starts_with("2 pages read: 2 new"), "{done:#?}");
    let none = importer.write("none.warc.gz", "<html>");
    let done = importer.import(&[&none]).await;
    assert!(done.code == Some(1) && done.out.contains("it is not a WARC file"), "{done:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn saved_pages_and_standard_input_are_sources_too() {
    let importer = Importer::new();
    let saved = importer.path("saved");
    fs::create_dir_all(saved.join("deep")).unwrap();
    fs::write(saved.join("a.html"), article(1)).unwrap();
    fs::write(saved.join("deep/b.html.gz"), gzip(article(2))).unwrap();
    fs::write(saved.join("not-listed.html"), article(3)).unwrap();
    let saved = saved.display().to_string();
    let refused = importer.import(&[&saved]).await;
    assert!(refused.code == Some(2) && refused.err.contains("--urls"), "{refused:#?}");
    let urls =
        importer.write("saved/urls.json", r#"{"a": "http://mot.example/a.html", "b": "http://hai.example/b.html#x"}"#);
    let done = importer.import(&[&saved]).await;
    assert!(done.out.starts_with("2 pages read: 2 new"), "{done:#?}");
    let done = importer.import(&[&saved, "--urls", &urls]).await;
    assert!(done.out.starts_with("2 pages read: 0 new"), "{done:#?}");

    let config = importer.path("config").display().to_string();
    let mut command = program(&["--config", &config, "import", "-"]);
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(&gzip(response("http://mot.example/tin/9.html", 1, article(9)))).await.unwrap();
    drop(input);
    let done = end_of(child).await;
    assert!(done.out.starts_with("1 page read: 1 new"), "{done:#?}");
}

/// The step has 256 pages, so that three of them are written.
#[tokio::test(flavor = "multi_thread")]
async fn killed_and_continued_it_gives_the_same_records() {
    let all: Vec<u8> = (0..600)
        .flat_map(|number| {
            let host = ["mot.example", "hai.example"][number % 2];
            gzip(response(&format!("http://{host}/tin/{number}.html"), 1, article(number)))
        })
        .collect();
    let undisturbed = Importer::new();
    let file = undisturbed.write("all.warc.gz", &all);
    let done = undisturbed.import(&[&file, "--quiet"]).await;
    assert!(done.code == Some(0) && done.out.starts_with("600 pages read"), "{done:#?}");
    let killed = Importer::new();
    let file = killed.write("all.warc.gz", &all);
    // The first commits open the store; then comes one for each step.
    let mut kills = 0;
    for point in ["store.committed=kill@3", "store.commit=kill@3", "store.committed=kill@4", "sink.write=kill@1"] {
        kills += usize::from(killed.import_with(point, &[&file, "--quiet"]).await.code.is_none());
    }
    assert!(kills >= 3, "{kills} kills");
    killed.import(&[&file, "--quiet"]).await;
    assert_eq!(killed.records(), undisturbed.records());
}

/// Collects the records of an archive with the length of their decoded payload.
#[derive(Default)]
struct Payloads(Vec<String>);

impl Receiver for Payloads {
    fn wants(&mut self, fields: &Fields) -> bool {
        matches!(fields.get("WARC-Type"), Some("response" | "resource" | "revisit"))
    }

    fn take(&mut self, found: Found, _: u64) -> bool {
        match found {
            Found::Record(fields, block) => {
                let head = ResponseHead::read(&block).filter(|_| fields.get("WARC-Type") != Some("resource"));
                let body = block.slice(head.as_ref().map_or(0, |head| head.length)..);
                let body = head.map_or(Ok(body.clone()), |head| head.decode(body, 1 << 20));
                let body = body.map_or("cut".to_owned(), |body| body.len().to_string());
                let kind = fields.get("WARC-Type").unwrap();
                self.0.push(format!("{kind} {} {body}", fields.uri("WARC-Target-URI").unwrap()));
            }
            Found::Damaged => self.0.push("damaged".to_owned()),
            Found::Skipped | Found::TooLarge => {}
        }
        true
    }
}

/// warcio's own files, with the bad ones: what is in them, by warcio's account of the same files.
#[test]
fn warc_files_of_others() {
    let Some(folder) = shared("conformance/warc/warcio/test/data") else { return };
    let page = "response http://example.com/ 1270";
    let expected: &[(&str, &[&str])] = &[
        ("example.warc", &[page, "revisit http://example.com/ 0"]),
        ("example.warc.gz", &[page, "revisit http://example.com/ 0"]),
        ("example-bad-non-chunked.warc.gz", &[page, "revisit http://example.com/ 0"]),
        ("example-digest.warc", &[]),
        ("example-iana.org-chunked.warc", &["response http://www.iana.org/ 7223"]),
        ("example-resource.warc.gz", &["resource http://example.com/ 1303"]),
        ("example-space-in-target-uri.warc.gz", &["resource file:///example with spaces.png 70"]),
        // The packed body has lost its last bytes.
        ("example-trunc.warc", &["response http://example.com/ cut", "damaged"]),
        (
            "example-wget-bad-target-uri.warc.gz",
            &[
                page,
                "resource metadata://gnu.org/software/wget/warc/wget_arguments.txt 49",
                "resource metadata://gnu.org/software/wget/warc/wget.log 471",
            ],
        ),
        (
            "post-test.warc.gz",
            &[
                "response http://httpbin.org/post 545",
                "response http://httpbin.org/post 552",
                "response http://httpbin.org/post?foo=bar 551",
            ],
        ),
        // Its records are spread over several members; warcio gives up there.
        ("example-wrong-chunks.warc.gz", &["damaged"]),
    ];
    let mut passed = 0;
    for (name, expect) in expected {
        let mut payloads = Payloads::default();
        read::read(fs::File::open(folder.join(name)).unwrap(), 1 << 20, &mut payloads).unwrap();
        let is_right = payloads.0 == *expect;
        passed += usize::from(is_right);
        if !is_right {
            eprintln!("{name}: {:?}, not {expect:?}", payloads.0);
        }
    }
    for arc in ["bad.arc", "example.arc", "example.arc.gz", "example-space-in-url.arc"] {
        let error = read::read(fs::File::open(folder.join(arc)).unwrap(), 1 << 20, &mut Payloads::default());
        let is_refused = error.is_err() || is_packed(&folder.join(arc));
        passed += usize::from(is_refused);
    }
    conformance("warc", passed, expected.len() + 4);
    assert_eq!(passed, expected.len() + 4);
}

/// A packed file may have archives of any kind in its members: one of another kind is read as damaged.
fn is_packed(path: &Path) -> bool {
    let mut payloads = Payloads::default();
    let _ = read::read(fs::File::open(path).unwrap(), 1 << 20, &mut payloads);
    payloads.0.iter().all(|found| found == "damaged")
}

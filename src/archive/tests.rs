use std::fs::File;
use std::net::IpAddr;
use std::net::Ipv4Addr;

use bytes::Bytes;

use super::*;
use crate::archive::warc::fields::Fields;
use crate::model::exchange::Truncation;
use crate::model::page::HttpFacts;

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n";

fn exchange(url: &PageUrl, at: Timestamp, body: impl Into<Bytes>) -> Exchange {
    Exchange {
        url: url.clone(),
        at,
        request: Bytes::from_static(b"GET /x HTTP/1.1\r\nhost: a.vn\r\n\r\n"),
        head: Bytes::from_static(HEAD.as_bytes()),
        body: body.into(),
        address: Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7))),
        is_http2: false,
        truncated: None,
    }
}

fn page(day: &str, body: impl Into<Bytes>) -> Page {
    let url = PageUrl::parse("https://a.vn/x").unwrap();
    let fetched = format!("{day}T01:00:00Z").parse().unwrap();
    let body = body.into();
    let content_type = Some("text/html".to_owned());
    Page {
        url: url.clone(),
        final_url: url.clone(),
        fetched,
        http: HttpFacts { status: 200, content_type, tls: Some("TLSv1_3".to_owned()), ..HttpFacts::default() },
        body: body.clone(),
        exchanges: vec![exchange(&url, fetched, body)],
    }
}

/// The page as it is read back, without the request.
fn read_back(page: &Page) -> Page {
    let exchanges = page.exchanges.last().map(|last| Exchange { request: Bytes::new(), ..last.clone() });
    Page { exchanges: exchanges.into_iter().collect(), ..page.clone() }
}

fn settings(max_bytes: u64) -> PageStoreSettings {
    PageStoreSettings { keep: Some(Duration::from_hours(48)), max_bytes, durable: false }
}

fn store(dir: &Path, max_bytes: u64) -> PageStore {
    PageStore::open(dir, settings(max_bytes)).unwrap()
}

fn append(store: &PageStore, page: &Page) -> RawRef {
    store.append_now(page, None).unwrap().place
}

/// Returns the records of the only file.
fn records(dir: &Path) -> Vec<(Fields, Vec<u8>)> {
    let files: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [file] = &files[..] else { panic!("{files:?}") };
    let bytes = std::fs::read(file).unwrap();
    let (mut rest, mut records) = (&bytes[..], Vec::new());
    while !rest.is_empty() {
        let mut one = flate2::bufread::GzDecoder::new(rest);
        std::io::copy(&mut one, &mut std::io::sink()).unwrap();
        let after = one.into_inner();
        let record = member::read(&rest[..rest.len() - after.len()]).unwrap();
        records.push((record.fields, record.block));
        rest = after;
    }
    records
}

fn kinds(dir: &Path) -> Vec<String> {
    records(dir).iter().map(|(fields, _)| fields.get("WARC-Type").unwrap().to_owned()).collect()
}

#[test]
fn what_is_appended_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), 1 << 20);
    let mut moved = page("2025-07-01", "hai");
    moved.url = PageUrl::parse("http://a.vn/cu").unwrap();
    moved.http.moved_to = Some(moved.final_url.clone());
    moved.http.doubt = Some("it came three times".to_owned());
    let redirect = Exchange { truncated: Some(Truncation::Unspecified), ..exchange(&moved.url, moved.fetched, "") };
    moved.exchanges.insert(0, redirect);
    let mut in_source = page("2025-07-02", "ba");
    in_source.exchanges.clear();
    in_source.http.tls = None;
    let pages = [page("2025-07-01", "một"), moved, in_source.clone(), page("2025-07-02", "")];
    let places: Vec<RawRef> = pages.iter().map(|page| append(&store, page)).collect();
    for (page, place) in pages.iter().zip(&places).rev() {
        assert_eq!(store.read_now(place).unwrap().as_ref(), Some(&read_back(page)));
    }
    assert_eq!(store.read_now(&RawRef { file: "2020-01-01.1.warc.gz".to_owned(), offset: 0 }).unwrap(), None);
    assert!(store.read_now(&RawRef { file: places[0].file.clone(), offset: 3 }).is_err());
    let about = store.read_now(&RawRef { file: places[0].file.clone(), offset: 0 }).unwrap_err();
    assert!(about.to_string().contains("is a warcinfo, not a page"), "{about}");
}

#[test]
fn records_name_each_other_and_their_digests() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), 1 << 20);
    let page = page("2025-07-01", "một");
    let kept = store.append_now(&page, None).unwrap();
    store
        .write(
            &Entry {
                bytes: evidence::of_reading(
                    &page.final_url,
                    &kept.record_id,
                    &[("record", "77".to_owned())],
                    page.fetched,
                )
                .unwrap(),
                ..Entry::default()
            },
            page.fetched,
        )
        .unwrap();
    let records = records(folder.path());
    let [about, response, request, reading] = &records[..] else { panic!("{records:?}") };
    assert_eq!(about.0.get("WARC-Filename"), Some(kept.place.file.as_str()));
    let id = response.0.get("WARC-Record-ID");
    assert_eq!((request.0.get("WARC-Concurrent-To"), reading.0.get("WARC-Concurrent-To")), (id, id));
    assert_eq!(response.0.get("WARC-IP-Address"), Some("192.0.2.7"));
    assert_eq!(response.0.get("WARC-Payload-Digest"), Some(warc::digest::sha1(&["một".as_bytes()]).as_str()));
    assert_eq!(response.1, [HEAD.as_bytes(), "một".as_bytes()].concat());
    assert_eq!(request.1, page.exchanges[0].request);
    assert_eq!(reading.1, b"record: 77\r\n");
    for (fields, block) in &records {
        assert_eq!(warc::digest::verify(fields.get("WARC-Block-Digest").unwrap(), &[block]), Some(true), "{fields:?}");
        assert_eq!(fields.length(), Some(block.len() as u64));
    }
}

#[test]
fn a_page_that_repeats_itself_is_stored_once_until_it_may_be_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), 1 << 20);
    let first = page("2025-07-01", "một");
    let place = append(&store, &first);
    let soon = |hours: i64, body: &'static str| {
        let fetched = first.fetched + jiff::SignedDuration::from_hours(hours);
        let exchanges = vec![exchange(&first.url, fetched, body)];
        Page { fetched, exchanges, body: Bytes::from(body), ..first.clone() }
    };
    assert_eq!(store.append_now(&soon(1, "một"), Some(&place)).unwrap().place, place);
    assert_ne!(store.append_now(&soon(2, "hai"), Some(&place)).unwrap().place, place, "other bytes");
    let revisits: Vec<Fields> = records(folder.path())
        .into_iter()
        .map(|(fields, _)| fields)
        .filter(|fields| fields.get("WARC-Profile").is_some())
        .collect();
    let [revisit] = &revisits[..] else { panic!("{revisits:?}") };
    assert_eq!(revisit.get("WARC-Type"), Some("revisit"));
    assert_eq!(revisit.get("WARC-Refers-To-Target-URI"), Some("https://a.vn/x"));
    assert_eq!(revisit.get("WARC-Refers-To-Date"), Some("2025-07-01T01:00:00Z"));
    assert!(revisit.get("WARC-Profile").unwrap().ends_with("/identical-payload-digest"));
    assert_ne!(store.append_now(&soon(25, "một"), Some(&place)).unwrap().place, place, "the first one goes soon");
    let elsewhere = Page { url: PageUrl::parse("https://a.vn/y").unwrap(), ..soon(1, "một") };
    assert_ne!(store.append_now(&elsewhere, Some(&place)).unwrap().place, place, "another address");
}

/// This happens when a page on which the program failed is tried again: the archive must not say that it was fetched once more.
#[test]
fn a_page_that_was_read_back_is_not_stored_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), 1 << 20);
    let first = store.append_now(&page("2025-07-01", "một"), None).unwrap();
    append(&store, &page("2025-07-02", "hai"));
    let files = store.files().unwrap();
    let again = store.read_now(&first.place).unwrap().unwrap();
    assert_eq!(store.append_now(&again, Some(&first.place)).unwrap(), first);
    assert_eq!(store.files().unwrap(), files);
}

#[tokio::test]
async fn an_unchanged_page_is_noted_with_what_it_refers_to() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), 1 << 20);
    let first = page("2025-07-01", "một");
    let place = append(&store, &first);
    let head = Bytes::from_static(b"HTTP/1.1 304 Not Modified\r\netag: \"1\"\r\n\r\n");
    let exchanges = vec![Exchange { head, ..exchange(&first.url, first.fetched, "") }];
    let unchanged = Unchanged {
        url: first.url.clone(),
        validators: crate::model::page::Validators::default(),
        fresh_for: None,
        moved_to: None,
        exchanges,
    };
    store.append_unchanged(&unchanged, &place).await.unwrap();
    let gone = RawRef { file: "2020-01-01.1.warc.gz".to_owned(), offset: 0 };
    store.append_unchanged(&unchanged, &gone).await.unwrap();
    assert_eq!(kinds(folder.path()), ["warcinfo", "response", "request", "revisit", "metadata", "request"]);
    let (revisit, block) = records(folder.path()).swap_remove(3);
    assert!(revisit.get("WARC-Profile").unwrap().ends_with("/server-not-modified"));
    assert_eq!(revisit.get("WARC-Refers-To-Date"), Some("2025-07-01T01:00:00Z"));
    assert_eq!(block, b"");
    let (_, headers) = records(folder.path()).swap_remove(4);
    assert!(String::from_utf8_lossy(&headers).contains("status-line: HTTP/1.1 304 Not Modified\r\netag: \"1\"\r\n"));
}

#[tokio::test]
async fn a_cut_response_is_evidence_and_no_page() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), 1 << 20);
    let first = page("2025-07-01", "một");
    let cut = Exchange { truncated: Some(Truncation::Length), ..exchange(&first.url, first.fetched, "<html") };
    store.append_cut(vec![cut]).await.unwrap();
    let about = File::open(folder.path().join("2025-07-01.1.warc.gz.open")).unwrap();
    let mut one = flate2::bufread::GzDecoder::new(std::io::BufReader::new(about));
    std::io::copy(&mut one, &mut std::io::sink()).unwrap();
    let offset = one.get_mut().stream_position().unwrap();
    let error = store.read_now(&RawRef { file: "2025-07-01.1.warc.gz".to_owned(), offset }).unwrap_err();
    assert!(error.to_string().contains("the page is cut (length)"), "{error}");
}

#[test]
fn a_torn_tail_is_cut_off_at_start_and_its_place_is_not_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let open = folder.path().join("2025-07-01.1.warc.gz.open");
    let first = page("2025-07-01", "một");
    let place = append(&store(folder.path(), 1 << 20), &first);
    let whole = std::fs::metadata(&open).unwrap().len();
    append(&store(folder.path(), 1 << 20), &page("2025-07-01", "hai"));
    let both = std::fs::read(&open).unwrap();
    for torn in
        [&both[..both.len() - 1], &both[..usize::try_from(whole).unwrap() + 5], &[&both[..], &[0; 4096]].concat()]
    {
        let again = tempfile::tempdir().unwrap();
        std::fs::write(again.path().join("2025-07-01.1.warc.gz.open"), torn).unwrap();
        let store = store(again.path(), 1 << 20);
        let closed = std::fs::read(again.path().join("2025-07-01.1.warc.gz")).unwrap();
        assert!(closed.len() as u64 >= whole && both.starts_with(&closed));
        assert_eq!(store.read_now(&place).unwrap(), Some(read_back(&first)));
        assert_eq!(append(&store, &first).file, "2025-07-01.2.warc.gz");
    }
    // An open file whose records are complete is continued.
    assert_eq!(append(&store(folder.path(), 1 << 20), &first).file, place.file);
}

#[test]
fn a_file_is_closed_with_its_day() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), 1 << 20);
    let first = page("2025-07-01", "một");
    let place = append(&store, &first);
    assert_eq!(append(&store, &page("2025-07-02", "hai")).file, "2025-07-02.1.warc.gz");
    assert!(folder.path().join("2025-07-01.1.warc.gz").exists());
    assert_eq!(store.read_now(&place).unwrap(), Some(read_back(&first)));
    store.prune_now("2025-07-03T02:00:00Z".parse().unwrap()).unwrap();
    assert!(folder.path().join("2025-07-02.1.warc.gz").exists(), "also where nothing is appended");
}

#[test]
fn pages_of_older_versions_are_read_until_they_are_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let old = Page { exchanges: Vec::new(), ..page("2025-07-01", "một") };
    std::fs::write(folder.path().join("2025-07-01.1.zst"), frames::write(&old)).unwrap();
    let store = store(folder.path(), 1 << 20);
    let place = RawRef { file: "2025-07-01.1.zst".to_owned(), offset: 0 };
    assert_eq!(store.read_now(&place).unwrap(), Some(old.clone()));
    // A page of the old format has no record to refer to.
    let again = page("2025-07-01", "một");
    assert_eq!(store.append_now(&again, Some(&place)).unwrap().place.file, "2025-07-01.2.warc.gz");
    store.prune_now("2025-07-04T02:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(store.read_now(&place).unwrap(), None);
}

#[tokio::test]
async fn evidence_stays_when_the_store_is_crowded_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), 1 << 20);
    let place = store.keep(&page("2025-07-01", "bằng chứng")).await.unwrap();
    append(&store, &page("2025-07-01", "bài"));
    store.prune_now("2026-01-01T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(store.bytes().await.unwrap(), 0);
    assert_eq!(store.read(&place).await.unwrap().unwrap().body, "bằng chứng".as_bytes());
    let outside = RawRef { file: format!("../{}", place.file), ..place };
    assert_eq!(store.read(&outside).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_that_are_kept_at_once_are_each_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), 1 << 20);
    let bodies: Vec<String> = (0..200).map(|number| format!("bài {number}")).collect();
    let keep = |body: &String| {
        let (store, page) = (store.clone(), page("2025-07-01", body.clone()));
        tokio::spawn(async move { store.keep(&page).await.unwrap() })
    };
    let tasks: Vec<_> = bodies.iter().map(keep).collect();
    for (body, task) in bodies.iter().zip(tasks) {
        assert_eq!(store.read(&task.await.unwrap()).await.unwrap().unwrap().body, body.as_bytes());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_that_wait_for_the_disk_share_its_syncs() {
    let folder = tempfile::tempdir().unwrap();
    let settings = PageStoreSettings { durable: true, ..settings(1 << 20) };
    let store = PageStore::open(folder.path(), settings).unwrap();
    let tasks: Vec<_> = (0..50)
        .map(|number| {
            let (store, page) = (store.clone(), page("2025-07-01", format!("bài {number}")));
            tokio::spawn(async move {
                store.append(&page, None).await.unwrap();
                store.secure().await.unwrap();
                assert!(*store.synced.lock().await >= 1);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*store.synced.lock().await, 50);
}

#[test]
fn age_is_bounded_unless_pages_are_kept_for_ever() {
    for keep in [Some(Duration::from_hours(48)), None] {
        let folder = tempfile::tempdir().unwrap();
        let store = PageStore::open(folder.path(), PageStoreSettings { keep, ..settings(4096) }).unwrap();
        for day in ["2025-07-01", "2025-07-02", "2025-07-03", "2025-07-04"] {
            append(&store, &page(day, noise(7, 1500)));
        }
        std::fs::write(folder.path().join("notes.warc.gz"), "not ours").unwrap();
        let freed = store.prune_now("2025-07-04T02:00:00Z".parse().unwrap()).unwrap();
        let days = store.files().unwrap().len();
        assert_eq!((freed > 0, days), if keep.is_some() { (false, 1) } else { (false, 4) }, "{keep:?}");
        assert!(folder.path().join("notes.warc.gz").exists());
    }
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), 1 << 20);
    for day in ["2025-07-01", "2025-07-02", "2025-07-03", "2025-07-04"] {
        append(&store, &page(day, "bài"));
    }
    assert!(store.prune_now("2025-07-04T02:00:00Z".parse().unwrap()).unwrap() > 0);
    let days: Vec<String> = store.files().unwrap().into_iter().map(|stored| stored.name.day).collect();
    assert_eq!(days, ["2025-07-02", "2025-07-03", "2025-07-04"]);
}

/// Returns letters that hardly compress.
fn noise(seed: u64, length: usize) -> String {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes.iter().map(|byte| char::from(b'A' + byte % 64)).collect()
}

#[test]
fn bytes_are_bounded_while_it_fills_and_the_newest_stay() {
    const MAX: u64 = 1 << 20;
    let folder = tempfile::tempdir().unwrap();
    let mut places = Vec::new();
    for number in 0..400 {
        // Each start of the program continues with the file of the day.
        let store = store(folder.path(), MAX);
        let body = noise(number, 10_000);
        places.push((append(&store, &page("2025-07-01", body.clone())), body));
        assert!(store.files().unwrap().iter().map(|stored| stored.bytes).sum::<u64>() <= MAX, "after {number} pages");
    }
    let store = store(folder.path(), MAX);
    let kept = |place: &RawRef| store.read_now(place).unwrap();
    let (newest, body) = places.last().unwrap();
    assert_eq!(kept(newest).unwrap().body, body.as_bytes());
    assert_eq!(kept(&places[0].0), None);
    let count = places.iter().filter(|(place, _)| kept(place).is_some()).count();
    assert!(count > 85 && count < 140, "{count} of 400 pages of 8 KB in 1 MiB");
    let huge = page("2025-07-01", noise(1, 2 << 20));
    assert!(matches!(store.append_now(&huge, None), Err(ArchiveError::TooLarge { .. })));
    assert!(kept(newest).is_some(), "what does not fit takes nothing with it");
}

#[tokio::test]
async fn the_page_of_a_moment_is_found_also_where_it_was_only_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), 1 << 20);
    let of = |hours: i64, body: &'static str| {
        let first = page("2025-07-01", body);
        let fetched = first.fetched + jiff::SignedDuration::from_hours(hours);
        Page { fetched, exchanges: vec![exchange(&first.url, fetched, body)], ..first }
    };
    let first = append(&store, &of(0, "một"));
    let repeated = store.append_now(&of(20, "một"), Some(&first)).unwrap().place;
    let changed = append(&store, &of(40, "hai"));
    assert_eq!(repeated, first);
    let found = async |hours: i64, url: &str| store.find(vec![url.to_owned()], of(hours, "").fetched).await.unwrap();
    assert_eq!(found(-1, "https://a.vn/x").await, None);
    assert_eq!(found(1, "https://a.vn/x").await, Some(first.clone()));
    assert_eq!(found(21, "https://a.vn/x").await, Some(first.clone()), "it was noted again in the file of another day");
    assert_eq!(found(99, "https://a.vn/x").await, Some(changed));
    assert_eq!(found(99, "https://a.vn/y").await, None);
    let stored = store.stored(&first).await.unwrap().unwrap();
    assert_eq!((stored.holds(), stored.decoded()), (Some(true), Bytes::from("một")));
}

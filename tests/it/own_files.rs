//! Files of the program's own, whose names everybody knows: a symbolic link that lies there is not written through.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use tintinh::archive::PageStore;
use tintinh::archive::Reading;
use tintinh::commands::common;
use tintinh::files;
use tintinh::model::cursor::Cursor;
use tintinh::model::cursor::StoreName;
use tintinh::model::portal::PortalId;
use tintinh::model::portal::SinkId;
use tintinh::model::settings::PageStoreSettings;
use tintinh::model::sink::SinkPlace;
use tintinh::reading::saved;
use tintinh::sink::OutgoingRecord;
use tintinh::sink::jsonl::JsonLines;
use tintinh::sink::places::SinkPlaces;
use tintinh::url::PageUrl;

/// A file of somebody else's, and links to it at these places.
fn precious(folder: &Path, places: &[&str]) -> impl Fn(&str) {
    let file = folder.join("precious");
    fs::write(&file, "what others wrote\n").unwrap();
    for place in places {
        let place = folder.join(place);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        symlink(&file, place).unwrap();
    }
    move |what| assert_eq!(fs::read_to_string(&file).unwrap(), "what others wrote\n", "{what}")
}

#[tokio::test]
async fn links_in_the_way_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let places = [
        "lock",
        "note.new",
        "pages/reading/p",
        "pages/2025-07-01.1.warc.gz.open",
        "records/p/2025/07/01.jsonl",
        "sinks/.lock",
    ];
    let is_untouched = precious(root, &places);
    let refused = common::lock(root).unwrap_err();
    assert!(format!("{refused:#}").contains("lock"), "{refused:#}");
    is_untouched("lock");

    // What was half written is thrown away, and so is a link in its place.
    files::replace(&root.join("note"), b"ours").unwrap();
    assert_eq!(fs::read(root.join("note")).unwrap(), b"ours");
    is_untouched("note.new");

    let settings = PageStoreSettings { keep: Some(Duration::from_hours(48)), max_bytes: 1 << 20, durable: false };
    let pages = PageStore::open(&root.join("pages"), settings).unwrap();
    let portal = PortalId::new("p").unwrap();
    pages.begin_reading(Reading { portal: portal.clone(), link: "x".to_owned(), page: None }).await;
    is_untouched("the note of a page being read");
    let fetched = "2025-07-01T05:00:00Z".parse().unwrap();
    let url = PageUrl::parse("https://tinh.example/tin").unwrap();
    assert!(pages.append(&saved::page(url, "page", fetched), None).await.is_err());
    is_untouched("a file of pages");

    let place = SinkPlace::at(Cursor::start(StoreName::new(1)));
    assert!(SinkPlaces::new(root).set(&SinkId::new("archive").unwrap(), &place).is_err());
    is_untouched("the lock of the sinks' places");

    let mut sink = JsonLines::open(&root.join("records")).unwrap();
    let delivery = OutgoingRecord { portal, id: "a".to_owned(), revision: 1, fetched, json: "{}".to_owned() };
    assert!(sink.deliver(&[delivery]).is_err());
    is_untouched("a file of records");
}

#[test]
fn a_lock_keeps_what_its_file_holds() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lock"), "a word of an operator").unwrap();
    let lock = common::lock(folder.path()).unwrap();
    assert!(common::lock(folder.path()).is_err(), "it is held");
    drop(lock);
    assert_eq!(fs::read_to_string(folder.path().join("lock")).unwrap(), "a word of an operator");
}

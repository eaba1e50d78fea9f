//! `tintinh extract`: a record of each page of a folder.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;

use serde_json::Value;

use crate::commands::golden;
use crate::commands::lines;
use crate::commands::recorded;
use crate::fetch_behavior::gzip;
use crate::world::Done;
use crate::world::run;

/// A folder of recorded pages under other names, one of them compressed, and the file that gives their addresses.
fn page_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut urls = serde_json::Map::new();
    fs::create_dir(folder.path().join("pages")).unwrap();
    for (number, portal) in ["dienbien", "gialai", "khanhhoa"].iter().enumerate() {
        let (page, url) = recorded(portal);
        let bytes = fs::read(page).unwrap();
        let (name, bytes) = if number == 1 { ("html.gz", gzip(&bytes)) } else { ("html", bytes) };
        fs::write(folder.path().join(format!("pages/{number}-{portal}.{name}")), bytes).unwrap();
        urls.insert(format!("{number}-{portal}"), Value::String(url));
    }
    fs::write(folder.path().join("pages/notes.txt"), "no page").unwrap();
    fs::write(folder.path().join("urls.json"), Value::Object(urls).to_string()).unwrap();
    folder
}

#[tokio::test]
async fn extract_prints_a_record_of_each_page_in_order() {
    let folder = page_folder();
    let (pages, urls) = (folder.path().join("pages"), folder.path().join("urls.json"));
    let (pages, urls) = (pages.to_str().unwrap(), urls.to_str().unwrap());
    let done = run(&["extract", pages, "--urls", urls]).await;
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    let found = lines(&done);
    assert_eq!(found.len(), 3);
    for (line, (name, portal)) in found.iter().zip([
        ("0-dienbien.html", "dienbien"),
        ("1-gialai.html.gz", "gialai"),
        ("2-khanhhoa.html", "khanhhoa"),
    ]) {
        assert_eq!(line["source"], format!("{pages}/{name}"));
        for field in ["title", "date_published", "id", "portal"] {
            assert_eq!(line[field], golden(portal)[field], "{portal} {field}");
        }
    }
    let one_core = run(&["extract", pages, "--urls", urls, "--jobs", "1"]).await;
    let without_time = |done: &Done| {
        let mut all = lines(done);
        for line in &mut all {
            line.as_object_mut().unwrap().remove("date_fetched");
        }
        all
    };
    assert_eq!(without_time(&one_core), without_time(&done), "with any number of threads");
}

#[tokio::test]
async fn extract_takes_a_portal_none_and_what_the_markup_shows() {
    let (page, url) = recorded("gialai");
    let rules = async |arguments: &[&str]| {
        let done = run(&[&["extract", page.as_str()], arguments].concat()).await;
        assert_eq!(done.code, Some(0), "{done:#?}");
        lines(&done)[0]["extraction"]["rules"].clone()
    };
    let named = rules(&["--portal", "gialai"]).await;
    assert_eq!(rules(&["--url", &url]).await, named, "told by the host");
    assert!(named.to_string().contains("portal gialai"), "{named}");
    let by_markup = rules(&[]).await;
    assert!(by_markup.to_string().contains("platform vhv") && !by_markup.to_string().contains("portal"), "{by_markup}");
    let generic = rules(&["--generic", "--url", &url]).await;
    assert!(!generic.to_string().contains("platform") && !generic.to_string().contains("portal"), "{generic}");
}

#[tokio::test]
async fn a_page_that_cannot_be_read_takes_no_other_with_it() {
    let folder = page_folder();
    let pages = folder.path().join("pages");
    let bytes = gzip(b"<html><body><p>x</p></body></html>");
    fs::write(pages.join("0-broken.html.gz"), &bytes[..bytes.len() / 2]).unwrap();
    fs::write(pages.join("3-empty.html"), "").unwrap();
    let done = run(&["extract", pages.to_str().unwrap()]).await;
    assert_eq!(done.code, Some(1), "{done:#?}");
    assert!(done.err.contains("0-broken.html.gz"), "{}", done.err);
    let found = lines(&done);
    assert_eq!(found.len(), 4, "{}", done.out);
    assert!(found[3]["rejected"].is_string(), "an empty page is no article: {}", found[3]);
}

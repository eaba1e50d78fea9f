//! Real pages as records: no element of their HTML is empty, and no image is nothing.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;

use regex::Regex;
use tintinh::commands::extract;
use tintinh::config::Config;
use tintinh::model::article::Image;
use tintinh::model::record::Record;
use tintinh::reading::Input;
use tintinh::reading::saved;
use tintinh::url::PageUrl;

use crate::support::conformance;
use crate::support::shared;

/// The records that `tintinh extract` gives of every `step`th page of a corpus.
fn records(corpus: &str, step: usize) -> Option<Vec<Record>> {
    let folder = shared(&format!("corpus/{corpus}"))?;
    let urls: BTreeMap<String, String> = serde_json::from_slice(&fs::read(folder.join("urls.json")).unwrap()).unwrap();
    let (config, now) = (Config::shipped(), "2026-01-01T00:00:00Z".parse().unwrap());
    let mut records = Vec::new();
    for (id, url) in urls.into_iter().step_by(step) {
        let mut body = Vec::new();
        let file = fs::File::open(folder.join(format!("pages/{id}.html.gz"))).unwrap();
        flate2::read::MultiGzDecoder::new(file).read_to_end(&mut body).unwrap();
        let page = saved::page(PageUrl::parse(&url).unwrap(), body, now);
        let link = saved::link_to(&page.url);
        records.extend(extract::read_saved(&config, None, false, Input::new(&link, &page)).unwrap().record.ok());
    }
    Some(records)
}

fn is_nothing(image: &Image) -> bool {
    image.url.is_none() && image.caption.is_none()
}

#[track_caller]
fn check(corpus: &str, step: usize, least: usize) {
    let Some(records) = records(corpus, step) else { return };
    assert!(records.len() >= least, "{corpus}: {} records", records.len());
    let empty = Regex::new(r"<(a|b|i|u|em|strong|span|sup|sub|p|li|h[1-6]|figure|figcaption)\b[^>]*>\s*</").unwrap();
    let is_whole = |record: &&Record| !empty.is_match(&record.content_html) && !record.images.iter().any(is_nothing);
    let whole = records.iter().filter(is_whole).count();
    conformance(&format!("{corpus}-records-without-empty-elements"), whole, records.len());
    let broken = records.iter().find(|record| !is_whole(record));
    assert!(broken.is_none(), "{}\n{}", broken.unwrap().url, broken.unwrap().content_html);
}

#[test]
fn records_of_portals_hold_nothing_empty() {
    check("vn-dev", 1, 150);
}

#[test]
fn records_of_the_world_hold_nothing_empty() {
    // `extract_suites` reads all of these pages; here a part of them does.
    check("articles-dev", 4, 190);
    check("articles-dev2", 4, 190);
}

//! What is recognised in a page's place, over real pages that are none of it.

use std::fs;
use std::io::Read;

use bytes::Bytes;
use tintinh::model::page::HttpFacts;
use tintinh::model::page::Page;
use tintinh::obstacle;
use tintinh::url::PageUrl;

use crate::discover_suites::files;
use crate::support::shared;

/// Two recordings of the corpora are of Incapsula, and of nothing else.
const CHALLENGES: [&str; 2] = ["hdate-m0902.html.gz", "hdate-m0935.html.gz"];

/// Articles, notices that are but an attachment, and lists: none is taken for an obstacle.
#[test]
fn real_pages_are_let_pass() {
    for folder in ["corpus/vn-dev/pages", "corpus/vn-dev/listings", "corpus/articles-dev/pages"] {
        let Some(folder) = shared(folder) else { return };
        let (mut asked, mut taken) = (0, Vec::new());
        for path in files(&folder) {
            let mut body = Vec::new();
            flate2::read::MultiGzDecoder::new(fs::File::open(&path).unwrap()).read_to_end(&mut body).unwrap();
            if body.is_empty() {
                // The recorder got nothing.
                continue;
            }
            let url = PageUrl::parse("http://tinh.example/").unwrap();
            let page = Page {
                url: url.clone(),
                final_url: url,
                fetched: "2026-11-24T00:00:00Z".parse().unwrap(),
                http: HttpFacts { status: 200, content_type: Some("text/html".to_owned()), ..HttpFacts::default() },
                body: Bytes::from(body),
                exchanges: Vec::new(),
            };
            asked += 1;
            let sighting = obstacle::find(&page);
            if CHALLENGES.iter().any(|name| path.ends_with(name)) {
                assert!(sighting.unwrap().kind.stands_before_the_site());
            } else if let Some(sighting) = sighting {
                taken.push(format!("{}: {sighting}", path.display()));
            }
        }
        assert!(asked > 60 && taken.is_empty(), "{} of {asked}: {taken:#?}", taken.len());
    }
}

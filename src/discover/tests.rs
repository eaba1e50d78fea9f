use regex::RegexSet;

use super::testing::*;
use super::*;
use crate::discover::sitemap::SitemapRules;
use crate::text::date::DateOrder;

#[test]
fn links_keep_to_the_scope_and_stand_once() {
    let rules =
        SitemapRules { url: url("https://a.vn/sitemap.txt"), include: RegexSet::empty(), follow: RegexSet::empty() };
    let source = Source { section: Some("Kinh tế".to_owned()), ..source(Reader::Sitemap(rules)) };
    let scope =
        Scope { hosts: vec!["a.vn".to_owned(), "*.a.vn".to_owned()], exclude: RegexSet::new(["^/thutuc/"]).unwrap() };
    let body = "https://a.vn/1\nhttps://b.vn/2\nhttps://a.vn/1#x\nhttps://a.vn/thutuc/3\nhttps://x.a.vn/4\n\
                https://b.vn/sitemap2.xml\nhttps://a.vn/sitemap3.xml";
    let step = source.first_step();
    let found = discover(&source, &scope, &step, &page(&step.request.url, body));
    assert_eq!(rows(&found), ["/1 | - | -", "/4 | - | -"]);
    assert_eq!(next_urls(&found), ["https://a.vn/sitemap3.xml"]);
    assert_eq!((found.out_of_scope, found.links[0].hints.section.as_deref()), (2, Some("Kinh tế")));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_give_something(parts in proptest::collection::vec(proptest::sample::select(FRAGMENTS), 0..40), noise in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40)) {
        let at = url("https://a.vn/x");
        let mut body = parts.concat().into_bytes();
        body.extend(noise);
        let readers = [
            Reader::Sitemap(SitemapRules { url: at.clone(), include: RegexSet::empty(), follow: RegexSet::empty() }),
            Reader::Listing(Box::new(listing::ListingRules::generic(at.clone()))),
            Reader::Feed(feed::FeedRules { url: at.clone(), date_order: DateOrder::default(), distrust_minutes: true, content_is_article: true }),
        ];
        for reader in readers {
            let found = read_first(reader, &body);
            proptest::prop_assert!(found.warnings.len() <= MAX_WARNINGS);
        }
    }
}

/// Fragments that break readers of markup.
const FRAGMENTS: &[&str] = &[
    "<rss version='2.0'>",
    "<channel>",
    "<item>",
    "</item>",
    "<title>",
    "</title>",
    "<link>/1",
    "</link>",
    "<guid>",
    "<entry",
    "<feed>",
    "<urlset>",
    "<url><loc>/2",
    "</loc></url>",
    "<sitemap>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<!DOCTYPE x [",
    "<!ENTITY a \"",
    "]>",
    "&amp;",
    "&#x;",
    "&#55357;",
    "&",
    ";",
    "<",
    ">",
    "\"",
    "'",
    "=",
    "<?xml",
    "?>",
    "<a href='/3'>Một hai ba bốn năm</a>",
    "12/03/2021",
    "\u{feff}",
    "{\"items\":[",
    "{\"url\":\"/4\"}",
    "]}",
    "<div class='x'>",
    "</div>",
    "ế",
    "\0",
    " ",
];

#[test]
fn kinds_are_told_by_the_first_bytes() {
    let check = |body: &[u8], expect: Kind| assert_eq!(sniff(body), expect, "{}", String::from_utf8_lossy(body));
    check(b"\xef\xbb\xbf<?xml version='1.0'?><rss>", Kind::Feed);
    check(b"<\0r\0s\0s\0", Kind::Feed);
    check(b"<a:feed xmlns:a='x'>", Kind::Feed);
    check(b"{\"version\": \"https://jsonfeed.org/version/1\"", Kind::Feed);
    check(b"<?xml version='1.0'?><urlset>", Kind::Sitemap);
    check(b"https://a.vn/1\n", Kind::Sitemap);
    check(b"\x1f\x8b\x08", Kind::Sitemap);
    check(b"<!DOCTYPE html><html><body><rss>", Kind::Html);
    check(b"\xef\xbb\xbf [{\"url\": 1}]", Kind::Json);
    check(b"jQuery1_2({\"data\": []})", Kind::Json);
    check(b"<!-- [if IE] --><p>{}", Kind::Html);
    check(b"Error [x] of {y}", Kind::Html);
    check(b"OK", Kind::Html);
    check(b"", Kind::Html);
}

#[test]
fn a_parameter_is_set_in_its_place() {
    let check = |from: &str, expect: &str| assert_eq!(with_parameter(&url(from), "page", "3").as_str(), expect);
    check("http://a.vn/x", "http://a.vn/x?page=3");
    check("http://a.vn/x?a=1&page=2&b=%20", "http://a.vn/x?a=1&page=3&b=%20");
    check("http://a.vn/x?page=1&page=2", "http://a.vn/x?page=3");
}

use std::io::Write;

use super::*;
use crate::discover::Reader;
use crate::discover::testing::*;

fn rules() -> SitemapRules {
    SitemapRules { url: url("https://tinh.example/sitemap.xml"), include: RegexSet::empty(), follow: RegexSet::empty() }
}

fn sitemap(body: impl AsRef<[u8]>) -> Found {
    read_first(Reader::Sitemap(rules()), body)
}

#[test]
fn addresses_and_news_are_read() {
    let found = sitemap(
        "\u{feff}<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc> https://tinh.example/1?a=1&amp;b=2 </loc>\
         <lastmod>2021-03-15T08:05:00+07:00</lastmod><image:image><image:loc>https://tinh.example/a.jpg</image:loc></image:image></url>\
         <URL><LOC><![CDATA[https://tinh.example/2]]></LOC><news:news><news:publication_date>2021-03-16</news:publication_date>\
         <news:title>Khai hội &amp; mở cửa</news:title><news:keywords>lễ hội, du lịch</news:keywords></news:news></URL></urlset>",
    );
    assert_eq!(rows(&found), ["/1?a=1&b=2 | - | -", "/2 | Khai hội & mở cửa | 2021-03-16"]);
    assert_eq!(shown(found.links[0].hints.modified.as_ref()), "2021-03-15T08:05");
    assert_eq!(found.links[1].hints.tags, ["lễ hội", "du lịch"]);
}

#[test]
fn indexes_are_followed_the_last_changed_first() {
    let index = |dates: [&str; 3]| {
        let entry = |(number, date): (usize, &str)| {
            format!("<sitemap><loc>/s{number}.xml</loc><lastmod>{date}</lastmod></sitemap>")
        };
        let entries: String = dates.into_iter().enumerate().map(entry).collect();
        sitemap(format!(
            "<sitemapindex>{entries}<sitemap><loc>/sitemap.xml</loc><lastmod>2020-01-01</lastmod></sitemap></sitemapindex>"
        ))
    };
    let urls = |numbers: [usize; 3]| numbers.map(|number| format!("https://tinh.example/s{number}.xml"));
    assert_eq!(next_urls(&index(["2021-01-01", "2021-03-01", "2021-02-01"])), urls([1, 2, 0]));
    assert_eq!(next_urls(&index(["2021-01-01", "", "2021-02-01"])), urls([0, 1, 2]));
    assert_eq!(index(["2021-01-01", "", ""]).next[0].number, 1);
}

#[test]
fn flat_sitemaps_mix_pages_and_sitemaps() {
    let body =
        "<urlset><url><loc>/a.html</loc></url><url><loc>/tin.xml</loc></url><url><loc>/tin.xml.gz</loc></url></urlset>";
    let found = sitemap(body);
    assert_eq!((rows(&found).len(), next_urls(&found).len()), (1, 2));
    let chosen = SitemapRules {
        include: RegexSet::new(["^/b"]).unwrap(),
        follow: RegexSet::new([r"^/.*\.gz$"]).unwrap(),
        ..rules()
    };
    let found = read_first(Reader::Sitemap(chosen), body);
    assert_eq!((rows(&found).len(), next_urls(&found)), (0, vec!["https://tinh.example/tin.xml.gz"]));
}

#[test]
fn a_frozen_lastmod_is_not_believed() {
    let entries = |count: usize| {
        (0..count)
            .map(|n| format!("<url><loc>/{n}</loc><lastmod>2024-05-01</lastmod></url>"))
            .collect::<Vec<_>>()
            .concat()
    };
    let found = sitemap(format!("<urlset>{}</urlset>", entries(12)));
    assert!(found.links.iter().all(|link| link.hints.modified.is_none()));
    assert_eq!(found.warnings, ["`lastmod` is 2024-05-01 nearly everywhere: not believed"]);
    let found = sitemap(format!("<urlset>{}</urlset>", entries(3)));
    assert!(found.links.iter().all(|link| link.hints.modified.is_some()));
}

#[test]
fn packed_and_plain_ones_are_read() {
    let mut packed = Vec::new();
    for part in ["<urlset><url><loc>/1</loc></url>", "<url><loc>/2</loc></url></urlset>"] {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(part.as_bytes()).unwrap();
        packed.extend(encoder.finish().unwrap());
    }
    assert_eq!(sitemap(&packed).links.len(), 2);
    assert_eq!(sitemap(&packed[..packed.len() - 25]).links.len(), 1, "a cut member keeps what stood before");
    assert_eq!(sitemap("https://tinh.example/1\r\n\r\nhttps://tinh.example/2\n").links.len(), 2);
    assert_eq!(sitemap("<rss version='2.0'><channel><item><link>/1</link></item></channel></rss>").links.len(), 1);
}

#[test]
fn lines_that_are_no_address_and_entities_that_nobody_resolved_are_passed_over() {
    let text =
        "Các trang:\nhttps://tinh.example/1\n\n# hết http://x\n/2\nhttps://tinh.example/3 mới\nhttp://tinh.example/4";
    assert_eq!(rows(&sitemap(text)), ["/1 | - | -", "/4 | - | -"]);
    assert_eq!(crate::discover::sniff(text.as_bytes()), crate::discover::Kind::Sitemap);
    let entries = "<url><loc>&nguon;</loc></url><url><loc>https://tinh.example/&x;/a</loc></url><url><loc>/1?a=1&amp;amp;b=2</loc></url>";
    let found = sitemap(format!("<!DOCTYPE urlset [<!ENTITY nguon SYSTEM 'file:///x'>]><urlset>{entries}</urlset>"));
    assert_eq!(rows(&found), ["/1?a=1&b=2 | - | -"]);
    assert!(found.warnings.contains(&"entries without a usable address: 2".to_owned()), "{:?}", found.warnings);
}

#[test]
fn cdata_that_was_escaped_is_taken_off() {
    let found = sitemap(
        "<urlset><url><loc>&lt;![CDATA[https://tinh.example/1]]&gt;</loc><news:news><news:title>&lt;![CDATA[ Mùa &amp; vụ ]]&gt;</news:title>\
         <news:publication_date>&lt;![CDATA[2021-03-16]]&gt;</news:publication_date></news:news></url></urlset>",
    );
    assert_eq!(rows(&found), ["/1 | Mùa & vụ | 2021-03-16"]);
}

#[test]
fn a_bomb_is_refused() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![b' '; 1024 * 1024];
    (0..60).for_each(|_| encoder.write_all(&zeros).unwrap());
    let reason = sitemap(encoder.finish().unwrap()).broken.unwrap();
    assert!(reason.starts_with("a sitemap of more than"), "{reason}");
}

#[test]
fn what_is_no_sitemap_is_named() {
    let check = |body: &str, expect: &str| assert_eq!(sitemap(body).broken.as_deref(), Some(expect), "{body}");
    check("", "an empty answer instead of a sitemap");
    check("<html><body>x</body></html>", "an HTML page instead of a sitemap");
    check("Not found", "neither XML nor a list of addresses instead of a sitemap");
    check("<error/>", "a document of `error` instead of a sitemap");
    assert!(sitemap([0x1f, 0x8b, 0, 0]).broken.is_some());
    assert_eq!(sitemap("<urlset></urlset>").broken, None);
}

#[test]
fn addresses_are_bounded() {
    let entry = |name: &str, number: usize| format!("<{name}><loc>http://a.example/{number}</loc></{name}>");
    let entries = |name: &str, count: usize| (0..count).map(|number| entry(name, number)).collect::<String>();
    let pages = sitemap(format!("<urlset>{}</urlset>", entries("url", MAX_ADDRESSES + 5)));
    assert_eq!(pages.links.len(), MAX_ADDRESSES);
    assert!(
        pages.warnings.iter().any(|warning| warning.starts_with("more than 50000 addresses")),
        "{:?}",
        pages.warnings
    );
    let lines = (0..=MAX_ADDRESSES).map(|number| format!("http://a.example/{number}\n")).collect::<String>();
    let plain = sitemap(lines);
    assert_eq!((plain.links.len(), plain.warnings.len()), (MAX_ADDRESSES, 1), "{:?}", plain.warnings);
    let index = sitemap(format!("<sitemapindex>{}</sitemapindex>", entries("sitemap", MAX_SITEMAPS + 5)));
    assert_eq!(index.next.len(), MAX_SITEMAPS);
    assert!(
        index.warnings.iter().any(|warning| warning.starts_with("more than 1000 sub-sitemaps")),
        "{:?}",
        index.warnings
    );
}

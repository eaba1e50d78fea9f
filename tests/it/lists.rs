//! List pages as the makes of Vietnamese sites write them, read without rules: `tests/lists`, in our own words.
//!
//! Each has menus, side boxes and pagers. The comment at its end, which is cut off before, names the page's address and the links of its list,
//! on front pages with the rubric of each.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use bytes::Bytes;
use regex::Regex;
use tintinh::commands::links::How;
use tintinh::commands::links::links_of;
use tintinh::discover::listing::ListingRules;
use tintinh::url::PageUrl;

use crate::world::end_of;
use crate::world::program;

type Links = BTreeMap<String, Option<String>>;

/// The page, its address and its links with their rubrics.
fn read(path: &Path) -> (String, PageUrl, Links) {
    let text = fs::read_to_string(path).unwrap();
    let (page, told) = text.rsplit_once("<!-- ").unwrap();
    let mut lines = told.trim_end().trim_end_matches("-->").lines();
    let url = PageUrl::parse(lines.next().unwrap()).unwrap();
    let link = |line: &str| match line.split_once(' ') {
        Some((link, section)) => (link.to_owned(), Some(section.to_owned())),
        None => (line.to_owned(), None),
    };
    (page.to_owned(), url, lines.map(link).collect())
}

/// The pages, in the order of their names.
fn pages() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lists");
    let mut pages: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    assert_eq!(pages.len(), 12);
    pages
}

/// What is read off a page without rules.
fn found(body: String, url: &PageUrl) -> Links {
    let rules = ListingRules::generic(url.clone());
    let found = links_of(&Bytes::from(body), Some("text/html; charset=utf-8"), url, How::Listing(&rules), &[]);
    found.links.into_iter().map(|link| (link.url.to_string(), link.hints.section)).collect()
}

#[test]
fn lists_of_every_make_are_read_without_rules() {
    for path in pages() {
        let (body, url, expected) = read(&path);
        assert_eq!(found(body, &url), expected, "{}", path.display());
    }
}

/// Sentences of the pages' teasers.
const TEASERS: [&str; 8] = [
    "Sau ba tháng thi công, tuyến đường dài gần hai cây số đã được đưa vào sử dụng, bà con rất phấn khởi.",
    "Công trình do nhân dân góp công, ngân sách xã hỗ trợ xi măng và cát sỏi.",
    "Đây là hoạt động thường niên nhằm chăm lo cho người dân vùng khó khăn của địa phương.",
    "Theo lãnh đạo địa phương, việc này sẽ được nhân rộng ra các thôn còn lại trong năm tới.",
    "Ngành chức năng khuyến cáo người dân chủ động theo dõi thông tin và không chủ quan.",
    "Sáng nay, đông đảo cán bộ và nhân dân đã có mặt từ rất sớm để tham dự.",
    "Nhiều hộ cho biết thu nhập tăng gần gấp đôi so với cách làm cũ.",
    "Đoàn đã trao đổi thẳng thắn, làm rõ những vướng mắc và thống nhất cách tháo gỡ.",
];

/// No single sign makes a list: without teasers, dates, images or widths of columns nearly all links are found, and hardly others.
#[test]
fn lists_are_told_by_what_is_left() {
    let without = |pattern: &str| {
        let pattern = Regex::new(pattern).unwrap();
        move |page: String| pattern.replace_all(&page, "").into_owned()
    };
    let teasers = TEASERS.map(regex::escape).join("|");
    let dates =
        r"\(?(?:\d\d:\d\d - )?\d\d/\d\d/2025(?: (?:- )?\d\d:\d\d(?::00 SA)?)?\)?|2025-\d\d-\d\dT\d\d:\d\d:00\+07:00";
    let widths = r"\bcol-(?:lg|md|sm|xs)-\d+|\btd-pb-span\d+";
    for pattern in [teasers.as_str(), dates, widths, "<img[^>]*>"] {
        let (mut both, mut all) = (0, 0);
        for path in pages() {
            let (body, url, expected) = read(&path);
            let links = found(without(pattern)(body), &url);
            both += 2 * links.keys().filter(|link| expected.contains_key(*link)).count();
            all += links.len() + expected.len();
        }
        assert!(both * 100 >= all * 97, "{both} of {all} without {pattern}");
    }
}

/// What `tintinh links` tells of a document: its exit code, the addresses it prints, and what it says beside them.
async fn told(body: &str) -> (Option<i32>, Vec<String>, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), body).unwrap();
    let arguments = ["links", file.path().to_str().unwrap(), "--url", "https://xamau.example/trang"];
    let done = end_of(program(&arguments).spawn().unwrap()).await;
    let url = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["url"].as_str().unwrap().to_owned();
    (done.code, done.out.lines().map(url).collect(), done.err)
}

#[tokio::test]
async fn links_prints_the_parts_of_a_sitemap_index() {
    let index =
        "<sitemapindex><sitemap><loc>/tin-1.xml</loc></sitemap><sitemap><loc>/tin-2.xml</loc></sitemap></sitemapindex>";
    let (code, urls, err) = told(index).await;
    assert_eq!(urls, ["https://xamau.example/tin-1.xml", "https://xamau.example/tin-2.xml"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn links_reads_json_whatever_its_names_are() {
    let row = |n: u32| {
        format!(r#"{{"node":{{"headline":"Bà con xã Mẫu vào vụ cấy","path":"/tin/{n}","createdAt":1778692950}}}}"#)
    };
    let (code, urls, _) = told(&format!(r#"{{"data":{{"all":{{"edges":[{},{}]}}}}}}"#, row(1), row(2))).await;
    assert_eq!(
        (code, urls.as_slice()),
        (Some(0), ["/tin/1", "/tin/2"].map(|path| format!("https://xamau.example{path}")).as_slice())
    );
}

#[tokio::test]
async fn links_that_finds_nothing_says_so_and_fails() {
    let about = format!(
        "<html><body><nav><a href='/'>Trang chủ</a></nav>{}</body></html>",
        "<p>Xã Mẫu có mười thôn.</p>".repeat(80)
    );
    for body in [
        about.as_str(),
        "<urlset></urlset>",
        "<rss version='2.0'><channel><title>Tin</title></channel></rss>",
        "{\"rows\": []}",
    ] {
        let (code, urls, err) = told(body).await;
        assert_eq!((code, urls.len()), (Some(1), 0), "{body}");
        assert!(err.contains("no links found in ") || err.contains("warning: "), "{body}: {err}");
    }
}

use super::*;
use crate::discover::Reader;
use crate::discover::testing::*;

fn rules() -> FeedRules {
    FeedRules {
        url: url("https://tinh.example/rss/tin.rss"),
        date_order: DateOrder::DayFirst,
        distrust_minutes: false,
        content_is_article: false,
    }
}

fn feed(body: impl AsRef<[u8]>) -> Found {
    read_first(Reader::Feed(rules()), body)
}

fn item(inside: &str) -> Found {
    feed(format!("<rss version='2.0'><channel><title>Kênh</title><item>{inside}</item></channel></rss>"))
}

#[test]
fn every_format_is_read() {
    let check = |body: &str| {
        let found = feed(body);
        assert_eq!(rows(&found), ["/tin/1 | Hội nghị & triển lãm | 2021-03-15T08:05"], "{body}\n{:?}", found.warnings);
    };
    let rest = "<title>Hội nghị &amp; triển lãm</title><link>https://tinh.example/tin/1</link>";
    check(&format!(
        "<rss version='2.0'><channel><item>{rest}<pubDate>Mon, 15 Mar 2021 08:05:00 +0700</pubDate></item></channel></rss>"
    ));
    check(&format!("<rss><item>{rest}<pubDate>15/03/2021 08:05</pubDate></item></rss>"));
    check(&format!(
        "<RSS VERSION='0.91'><CHANNEL><ITEM>{rest}<PUBDATE>15/03/2021 08:05</PUBDATE></ITEM></CHANNEL></RSS>"
    ));
    check(&format!(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><channel/><item>{rest}\
         <dc:date>2021-03-15T01:05:00Z</dc:date></item></rdf:RDF>"
    ));
    check(
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>Hội nghị &amp;amp; triển lãm</title>\
         <link rel='self' href='/x'/><link rel='alternate' type='text/html' href='/tin/1'/>\
         <published>2021-03-15T08:05:00+07:00</published></entry></feed>",
    );
    check(
        "{\"items\":[{\"id\":7,\"url\":\"/tin/1\",\"title\":\"Hội nghị &amp; triển lãm\",\"date_published\":\"2021-03-15T08:05:00+07:00\"}]}",
    );
}

#[test]
fn broken_feeds_keep_their_whole_items() {
    let good = "<item><title>Tin thứ nhất</title><link>https://tinh.example/1</link></item>";
    let check = |body: String, count: usize| {
        let found = feed(&body);
        assert_eq!(found.links.len(), count, "{body} {:?}", found.warnings);
        assert_eq!(found.links[0].hints.title.as_deref(), Some("Tin thứ nhất"));
        assert!(!found.warnings.is_empty());
    };
    check(
        format!(
            "<rss version='2.0'><channel>{good}<item><title>A & B < C</title><link>/2?a=1&b=2</link></item></channel></rss>"
        ),
        2,
    );
    check(
        format!("<rss version='2.0'><channel>{good}<item><title>A<br>B</title><link>/2</link></item></channel></rss>"),
        2,
    );
    check(format!("<rss version='2.0'><channel>{good}<item><title>A</titel><link>/2</link></item></channel></rss>"), 1);
    check(format!("<rss version='2.0'><channel>{good}<item><title>A</title><link>/2</li"), 1);
    check(
        format!(
            "<rss version='2.0'><channel>{good}<item><title>&#0;&#xD83D;&nbsp;A</title><link>/2</link></item></channel></rss>"
        ),
        2,
    );
    check(
        format!(
            "<rss version=\"2.0\"><channel>{good}<item><title>{}</title><link>/2</link></item></channel></rss>",
            "<b>".repeat(200)
        ),
        2,
    );
}

#[test]
fn addresses_are_chosen() {
    let check = |inside: &str, expect: &[&str]| {
        let found = item(inside);
        let urls: Vec<&str> = found.links.iter().map(|link| link.url.as_str()).collect();
        assert_eq!(urls, expect, "{inside}");
    };
    check("<link>\n /a b/tin-1.html \n</link>", &["https://tinh.example/a%20b/tin-1.html"]);
    check(
        "<link>https://feed.example/x</link><feedburner:origLink>https://tinh.example/1</feedburner:origLink>",
        &["https://tinh.example/1"],
    );
    check("<guid>https://tinh.example/1</guid>", &["https://tinh.example/1"]);
    check("<guid isPermaLink='false'>https://tinh.example/1</guid>", &[]);
    check("<link/><guid isPermaLink='true'>https://tinh.example/1</guid>", &["https://tinh.example/1"]);
    check("<link>javascript:alert(1)</link>", &[]);
    check("<link xml:base='https://goc.example/a/'>1</link>", &["https://goc.example/a/1"]);
    check("<link>https://tinh.example/tin?a=1&amp;b=2#top</link>", &["https://tinh.example/tin?a=1&b=2"]);
}

#[test]
fn hints_are_plain_text() {
    let found = item(
        "<title><![CDATA[Đại hội &quot;điểm&quot; <b>xã</b>]]></title><link>/1</link><guid isPermaLink='false'>\n news_12 \n</guid>\
         <description>&lt;img src='/a.jpg'&gt;&lt;p&gt;Sáng 5/3,&amp;nbsp;Tỉnh ủy&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;</description>\
         <content:encoded><![CDATA[<p>Toàn văn &amp; ảnh</p>]]></content:encoded><dc:creator>Minh Thu</dc:creator>\
         <category>Kinh tế</category><category>Nông nghiệp</category><media:thumbnail url='/a.jpg'/>",
    );
    let link = &found.links[0];
    assert_eq!(link.hints.title.as_deref(), Some("Đại hội \"điểm\" xã"));
    assert_eq!(link.hints.summary.as_deref(), Some("Sáng 5/3, Tỉnh ủy"));
    assert_eq!(link.hints.content_html.as_deref(), Some("<p>Toàn văn &amp; ảnh</p>"));
    assert_eq!(
        (link.hints.authors.as_slice(), link.hints.section.as_deref()),
        (&["Minh Thu".to_owned()][..], Some("Kinh tế"))
    );
    assert_eq!(link.hints.image.as_ref().map(PageUrl::as_str), Some("https://tinh.example/a.jpg"));
    assert_eq!(link.discovery.guid.as_deref(), Some("news_12"));
}

#[test]
fn dates_keep_their_print_and_lose_what_is_not_believed() {
    let body = "<rss version='2.0'><channel><item><link>/1</link><pubDate>Mon, 15 Mar 2021 23:03:09 +0700</pubDate></item>\
                <item><link>/2</link><pubDate>hôm qua</pubDate></item><item><link>/3</link><pubDate></pubDate></item></channel></rss>";
    let found = feed(body);
    let date = found.links[0].hints.date.clone().unwrap();
    assert_eq!((date.raw.as_str(), found.links[0].hints.modified.is_none()), ("Mon, 15 Mar 2021 23:03:09 +0700", true));
    assert_eq!(rows(&found)[1..], ["/2 | - | -", "/3 | - | -"]);
    assert_eq!(found.warnings, ["no date: hôm qua"]);
    let distrusting = FeedRules { distrust_minutes: true, ..rules() };
    assert_eq!(rows(&read_first(Reader::Feed(distrusting), body))[0], "/1 | - | 2021-03-15");
}

#[test]
fn paged_feeds_go_on() {
    let body = "<feed xmlns='http://www.w3.org/2005/Atom'><link rel='next' href='?page=2'/><entry><link href='/1'/></entry></feed>";
    assert_eq!(next_urls(&feed(body)), ["https://tinh.example/rss/tin.rss?page=2"]);
    let own = body.replace("?page=2", "tin.rss");
    assert!(feed(own).next.is_empty());
    assert_eq!(next_urls(&feed("{\"items\":[],\"next_url\":\"/f?p=2\"}")), ["https://tinh.example/f?p=2"]);
}

#[test]
fn what_a_program_printed_before_the_feed_is_stepped_over() {
    let rss = "<?xml version='1.0'?><rss version='2.0'><channel><item><title>Tin</title><link>/1</link></item></channel></rss>";
    for before in [
        "<br />\n<b>Deprecated</b>: each() in <b>/srv/a.php</b> on line <b>9</b><br />\n",
        "<style type='text/css'>p > b { color: red }</style>",
        "<font color=red>Lỗi & cảnh báo</font><hr>",
        "<!-- <div> <rss> -->",
    ] {
        let found = feed(format!("{before}{rss}"));
        assert_eq!(rows(&found), ["/1 | Tin | -"], "{before} {:?}", found.warnings);
        assert_eq!(
            crate::discover::sniff(format!("{before}{rss}").as_bytes()),
            crate::discover::Kind::Feed,
            "{before}"
        );
    }
    let json = "{\"items\":[{\"url\":\"/1\",\"title\":\"Tin\"}],\"version\":\"https://jsonfeed.org/version/1\"}";
    assert_eq!(rows(&feed(format!("<br />Notice: x in y<br />{json}"))), ["/1 | Tin | -"]);
}

#[test]
fn elements_are_known_by_their_namespace() {
    let urls = |body: &str| rows(&feed(body)).join(" ; ");
    assert_eq!(
        urls(
            "<k:feed xmlns:k='http://www.w3.org/2005/Atom'><k:entry><k:title>Tin</k:title><k:link href='/1'/></k:entry></k:feed>"
        ),
        "/1 | Tin | -"
    );
    assert_eq!(
        urls(
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:s='http://purl.org/rss/1.0/' xmlns:ct='http://purl.org/rss/1.0/modules/content/'>\
             <s:item><s:title>Tin</s:title><s:link>/1</s:link><ct:items><rdf:li><ct:item rdf:about='http://a.example/x.png'/></rdf:li></ct:items></s:item></rdf:RDF>"
        ),
        "/1 | Tin | -"
    );
    assert_eq!(
        urls(
            "<rss version='2.0' xmlns:cms='https://cms.example/ns' xmlns:m='http://search.yahoo.com/mrss/'><channel><item><m:title>Ảnh</m:title>\
             <cms:title>Mã 7</cms:title><cms:item><cms:link>/x</cms:link></cms:item><title>Tin</title><link>/1</link></item></channel></rss>"
        ),
        "/1 | Tin | -"
    );
}

#[test]
fn of_the_links_of_an_entry_the_page_in_the_feeds_language_is_chosen() {
    let check = |language: &str, links: &str, expect: &str| {
        let body = format!("<feed xmlns='http://www.w3.org/2005/Atom' {language}><entry>{links}</entry></feed>");
        assert_eq!(rows(&feed(&body)).concat(), format!("{expect} | - | -"), "{links}");
    };
    let both = "<link hreflang='en-US' href='/en'/><link hreflang='vi-VN' href='/vi'/>";
    check("", both, "/vi");
    check("xml:lang='en'", both, "/en");
    check(
        "",
        "<link rel='http://www.iana.org/assignments/relation/self' href='/s'/><link rel='HTTP://www.iana.org/assignments/link-relations/alternate' href='/1'/>",
        "/1",
    );
    check("", "<link type='application/pdf' href='/1.pdf'/><link type='application/xhtml+xml' href='/1'/>", "/1");
    check("", "<link href='/1'/><link href='/2'/>", "/1");
}

#[test]
fn packed_titles_are_unpacked() {
    let found = feed(
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title mode='base64'>TMO6YSBj\naGnDqm0=</title><link rel='alternate' href='/1'/></entry></feed>",
    );
    assert_eq!(rows(&found), ["/1 | Lúa chiêm | -"], "{:?}", found.warnings);
}

#[test]
fn a_day_above_twelve_tells_the_order_for_the_whole_feed() {
    let dates = |dates: [&str; 2]| {
        let items: String = dates
            .iter()
            .map(|date| format!("<item><link>/{0}</link><pubDate>{date}</pubDate></item>", date.len()))
            .collect();
        rows(&feed(format!("<rss version='2.0'><channel>{items}</channel></rss>")))
    };
    assert_eq!(dates(["3/5/2021", "3/15/2021 8:05"]), ["/8 | - | 2021-03-05", "/14 | - | 2021-03-15T08:05"]);
    assert_eq!(dates(["3/5/2021", "15/3/2021 8:05"]), ["/8 | - | 2021-05-03", "/14 | - | 2021-03-15T08:05"]);
    let american = ["9/26/2026 9:20:00 AM", "10/2/2026 12:05:00 PM"];
    assert_eq!(dates(american), ["/20 | - | 2026-09-26T09:20", "/21 | - | 2026-10-02T12:05"]);
    assert_eq!(dates(["13/5/2021", "3/15/2021 8:05"]), ["/9 | - | 2021-05-13", "/14 | - | 2021-03-15T08:05"]);
}

#[test]
fn a_zone_that_is_not_known_is_told() {
    let found = item("<link>/1</link><pubDate>Mon, 15 Mar 2021 08:05:00 XQT</pubDate>");
    assert_eq!(rows(&found), ["/1 | - | 2021-03-15"]);
    assert_eq!(found.warnings, ["a zone that is not known, only the day is kept: Mon, 15 Mar 2021 08:05:00 XQT"]);
}

#[test]
fn an_entity_that_is_not_resolved_makes_no_address() {
    let found = feed(
        "<!DOCTYPE rss [<!ENTITY goc 'https://a.example'>]><rss version='2.0'><channel><item><link>&goc;/1</link></item><item><link>/2?a=1&amp;b=2;c</link></item></channel></rss>",
    );
    assert_eq!(rows(&found), ["/2?a=1&b=2;c | - | -"]);
}

#[test]
fn what_is_no_feed_is_named() {
    let check = |body: &str, expect: &str| assert_eq!(feed(body).broken.as_deref(), Some(expect), "{body}");
    check("", "an empty answer instead of a feed");
    check(" \n", "an empty answer instead of a feed");
    check("<!DOCTYPE html><html><body>404</body></html>", "an HTML page instead of a feed");
    check("OK", "neither XML nor JSON instead of a feed");
    check("<urlset></urlset>", "a document of `urlset` instead of a feed");
    check("{\"a\":1}", "JSON without `items` instead of a feed");
    assert_eq!(feed("<rss version='2.0'><channel></channel></rss>").broken, None);
}

/// Invalid JSON costs only the invalid characters, not the feed, and causes a warning.
#[test]
fn a_wrong_sign_loses_no_entry() {
    let check = |title: &str, expect: &str| {
        let found =
            feed(format!("{{\"items\":[{{\"url\":\"/tin/1\",\"title\":\"{title}\"}},{{\"url\":\"/tin/2\"}},]}}"));
        let titles: Vec<_> = found.links.iter().map(|link| link.hints.title.as_deref()).collect();
        assert_eq!(titles, [Some(expect), None], "{title}");
        assert!(found.warnings.iter().any(|warning| warning.starts_with("JSON mended: ")), "{:?}", found.warnings);
    };
    check("Chợ \\ud83d Tết", "Chợ \u{fffd} Tết");
    check("Chợ \\ude00\\ud83d Tết", "Chợ \u{fffd}\u{fffd} Tết");
    check("Chợ\tTết\u{1}", "Chợ Tết");
    check("Hội thi \"Tay nghề\" năm nay", "Hội thi \"Tay nghề\" năm nay");
}

#[test]
fn depth_does_not_reach_the_recursive_reader() {
    let deep = format!(
        "<rss version='2.0'><channel><item><link>/1</link>{}</item></channel></rss>",
        "<media:group>".repeat(20_000)
    );
    let found = feed(deep);
    assert_eq!(found.links.len(), 1);
    assert!(found.warnings.iter().any(|warning| warning.starts_with("feed-rs gives up")), "{:?}", found.warnings);
}

#[test]
fn entries_are_bounded() {
    let items = "<item><link>/1</link></item>".repeat(MAX_ENTRIES + 10);
    let found = feed(format!("<rss version='2.0'><channel>{items}</channel></rss>"));
    assert_eq!(found.warnings, ["entries left out: 10, since at most 5000 are read"]);
}

//! Tests of robots.txt files.

use super::*;
use crate::url::PageUrl;

fn verdict(robots: &[u8], path: &str) -> Verdict {
    Robots::parse(robots).for_agent("tintinh").verdict(path)
}

fn check(robots: &str, path: &str, allowed: bool) {
    let verdict = verdict(robots.as_bytes(), path);
    assert_eq!(verdict == Verdict::Allowed, allowed, "{robots:?} {path}: {verdict:?}");
}

#[test]
fn groups() {
    check("", "/a", true);
    check("User-agent: *\nDisallow: /", "/a", false);
    check("User-agent: *\rDisallow: /\r", "/a", false);
    check("User-agent: *\nDisallow:", "/a", true);
    check("Disallow: /\nUser-agent: x", "/a", true);
    check("User-agent: *\nDisallow: /\n\nUser-agent: TinTinh/1.0\nDisallow: /b", "/a", true);
    check("User-agent: tintinh\nDisallow: /a\nUser-agent: *\nAllow: /\nUser-agent: tintinh\nDisallow: /b", "/b", false);
    check("User-agent: tintin\nDisallow: /", "/a", true);
    check("User-agent: tintinh-images\nDisallow: /", "/a", true);
    check("User-agent: a\nSitemap: x\nUser-agent: *\n# c\nfoo: bar\nDisallow: /a # why", "/a", false);
    check("\u{feff}user-agent : *\n disallow\t:\t/a", "/a", false);
    check("User-agent: *\nDisallow: /a\0\0", "/a", false);
    check("<html><body>User-agent: *\nDisallow: /</body></html>", "/a", true);
}

/// Whatever a user-agent line names, the rules below it do not belong to the group above.
#[test]
fn every_user_agent_line_begins_or_continues_a_group() {
    for other in [
        "008",
        "360Spider",
        "*Foo*",
        "\"*\"",
        "'tintinh'",
        "Яндекс",
        "",
        "/",
        "(compatible)",
        "*bot",
        "+",
        "\u{a0}tintinh",
    ] {
        check(&format!("User-agent: *\nDisallow: /b\nUser-agent: {other}\nDisallow: /"), "/a", true);
        check(&format!("User-agent: tintinh\nDisallow: /b\nUser-agent: {other}\nDisallow: /a"), "/a", true);
        check(&format!("User-agent: {other}\nUser-agent: *\nDisallow: /a"), "/a", false);
        check(&format!("User-agent: *\nUser-agent: {other}\nDisallow: /a"), "/a", false);
        check(&format!("User-agent: {other}\nDisallow: /a"), "/a", true);
    }
}

#[test]
fn what_large_crawlers_forgive() {
    check("User-agent *\nDisallow /a", "/a", false);
    check("User-agents: *\nDisallowed: /a", "/a", false);
    check("User-agent: * everyone\nDisallow: /a", "/a", false);
    check("User-agent: *\nDisallow /a and more", "/a", true);
    check("User-agent: *\nDisallow: /a\0/b", "/ac", false);
    check("User-agent: *\nNoindex: /a\nHost: x\nDisallow:/a", "/a", false);
    check(": /\nUser-agent: *\n: /a", "/a", true);
}

#[test]
fn patterns() {
    let disallow = |pattern: &str, path: &str, matches: bool| {
        check(&format!("User-agent: *\nDisallow: {pattern}"), path, !matches);
    };
    disallow("/a", "/ab?c", true);
    disallow("/A", "/ab", false);
    disallow("/*.pdf$", "/x/y.pdf", true);
    disallow("/*.pdf$", "/x/y.pdf?z", false);
    disallow("/a*b*c", "/aXbYb-c-d", true);
    disallow("/a$b", "/a$b", true);
    disallow("/a%24", "/a$", true);
    disallow("/a%2A", "/a*", true);
    disallow("/a%2A", "/ab", false);
    disallow("/a%2fb", "/a/b", false);
    disallow("/a%2fb", "/a%2Fb", true);
    disallow("/tìm", "/t%c3%acm", true);
    disallow("/t*m", "/t%C3%ACm", true);
    disallow("/%7etin", "/~tin", true);
    disallow("/%zz%", "/%zz%", true);
    disallow("*", "/", true);
    disallow("$", "/", false);
    disallow("a", "/a", false);
    check("User-agent: *\nDisallow: /\nAllow: /a/index.html", "/a/", true);
    check("User-agent: *\nDisallow: /\nAllow: /a/index.html", "/a/b", false);
    disallow("/a*$", "/abc", true);
    disallow("/*a$", "/abca", true);
    disallow("/a*a$", "/a", false);
    disallow("/**b", "/ab", true);
    check("User-agent: *\nDisallow: /a\nAllow: /a", "/a", true);
    check("User-agent: *\nAllow: /a\nDisallow: /a/b", "/a/b", false);
    check("User-agent: *\nDisallow: /a*\nAllow: /a/b", "/a/b", true);
}

#[test]
fn delays_and_sitemaps() {
    let robots = Robots::parse(
        b"Sitemap: https://a.example/1.xml\nUser-agent: a\nCrawl-delay: 2\nUser-agent: tintinh\nDisallow: /x\nCrawl-delay: 1.5\n\
          site-map: /2.xml\nUser-agent: *\nCrawl-delay: 9\n",
    );
    let seconds = |agent: &str| robots.for_agent(agent).crawl_delay.map(|delay| delay.as_secs_f64());
    assert_eq!(seconds("a"), Some(2.0));
    assert_eq!(seconds("tintinh"), Some(1.5));
    assert_eq!(seconds("other"), Some(9.0));
    assert_eq!(robots.sitemaps(), ["https://a.example/1.xml", "/2.xml"]);
}

#[test]
fn only_the_beginning_counts() {
    let filled = |length: usize, rest: &str| {
        let mut robots = b"User-agent: *\nDisallow: /b\n".to_vec();
        robots.resize(length, b'\n');
        robots.extend_from_slice(rest.as_bytes());
        robots
    };
    assert_eq!(verdict(&filled(MAX_BYTES, "Disallow: /"), "/a"), Verdict::Allowed);
    let line = "Disallow: /ab";
    // A line counts if the limit does not cut it. The end of the file or line may come directly after the limit.
    for (before, after, allowed) in
        [(0, "", false), (0, "\nx", false), (0, "\r\n", false), (0, "c\n", true), (1, "", true), (2, "c", true)]
    {
        let robots = filled(MAX_BYTES - line.len() + before, &format!("{line}{after}"));
        assert_eq!(verdict(&robots, "/ab") == Verdict::Allowed, allowed, "{before} {after:?}");
        assert_eq!(verdict(&robots, "/a"), Verdict::Allowed);
        assert!(matches!(verdict(&robots, "/b"), Verdict::Disallowed(_)));
    }
    assert_eq!(verdict(&vec![b'a'; MAX_BYTES + 1], "/a"), Verdict::Allowed);
    let many = "Sitemap: https://a.example/s.xml\n".repeat(MAX_SITEMAPS + 1);
    assert_eq!(Robots::parse(many.as_bytes()).sitemaps().len(), MAX_SITEMAPS);
    let long = format!("User-agent: *\nDisallow: /{}\n", "a".repeat(MAX_LINE));
    let cut = "a".repeat(MAX_LINE - "Disallow: /".len());
    assert_eq!(verdict(long.as_bytes(), &format!("/{cut}")), Verdict::Disallowed(format!("Disallow: /{cut}")));
}

/// A regular expression, or a matcher that tries all possibilities, takes minutes for this.
#[test]
fn wildcards_cost_nothing() {
    let robots = format!("User-agent: *\nDisallow: /{}b", "*a".repeat(200));
    check(&robots, &format!("/{}", "a".repeat(2000)), true);
    let robots = format!("User-agent: *\n{}", "Disallow: /*a*a*b$\n".repeat(20_000));
    check(&robots, &format!("/{}", "a".repeat(2000)), true);
    let robots = format!("User-agent: *\n{}", format!("Disallow: *{}b\n", "a".repeat(8_000)).repeat(60));
    check(&robots, &format!("/{}", "a".repeat(16_000)), true);
}

proptest::proptest! {
    #[test]
    fn any_bytes_give_a_verdict(robots: Vec<u8>, path: String) {
        let _ = verdict(&robots, &path);
    }

    #[test]
    fn a_path_is_matched_by_itself(path in "/[a-z0-9/?=&%*$ìăơ-]{0,30}") {
        let literal = path.replace('%', "%25").replace('*', "%2A").replace('$', "%24");
        if literal == literal.trim() {
            let robots = format!("User-agent: *\nDisallow: {literal}$");
            let url = PageUrl::parse(&format!("http://a.example{}", path.replace('%', "%25"))).unwrap();
            let path = &url.as_url()[url::Position::BeforePath..url::Position::AfterQuery];
            proptest::prop_assert!(matches!(verdict(robots.as_bytes(), path), Verdict::Disallowed(_)));
        }
    }
}

//! Reads what a front page reveals about a site's sources: feeds, sections, APIs, the site's name. Pure.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use scraper::ElementRef;

use crate::html::refresh;
use crate::html::tree;
use crate::onboard::paging;
use crate::text::unicode;
use crate::text::vietnamese::fold_ascii;
use crate::url::PageUrl;

/// Maximum number of feeds taken from a page.
const MAX_FEEDS: usize = 12;

/// Maximum number of sections taken from a page.
const MAX_SECTIONS: usize = 12;

/// Maximum number of words in a section's name.
const SECTION_WORDS: usize = 6;

/// Number of words below which a page with scripts is an empty shell.
const SHELL_WORDS: usize = 60;

/// The clues of a page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Clues {
    /// The site's own name.
    pub name: Option<String>,
    /// URLs of feeds, the most certain first.
    pub feeds: Vec<PageUrl>,
    /// Pages that may list feeds ("RSS").
    pub directories: Vec<PageUrl>,
    /// Pages that may list articles, with their names: links in menus.
    pub sections: Vec<(PageUrl, String)>,
    /// The JSON API of `WordPress` (`rel="https://api.w.org/"`).
    pub wordpress_api: Option<PageUrl>,
    /// Lists that scripts request from the portal's own API: the API's URL and the list's path (as on vinhphuc.gov.vn).
    pub script_lists: Vec<(PageUrl, String)>,
    /// Whether the page has almost no text, but scripts that would fill it.
    pub is_shell: bool,
    /// Where the page redirects a browser at once (`http-equiv=refresh`).
    pub refresh: Option<PageUrl>,
}

static FEED_PATH: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)(?:\.rss|\.atom|/feed/?|/rss/?|/atom/?|(?:rss|feed|atom|index)\.xml)$|/rss/.+|[?&](?:format=feed|op=rss|feed=rss)";
    Regex::new(pattern).expect("a constant pattern")
});

/// Names of news sections, folded.
static NEWS: LazyLock<Regex> = LazyLock::new(|| {
    let words = "tin|tin tuc|thoi su|su kien|chinh tri|kinh te|van hoa|xa hoi|thong bao|hoat dong|giao duc|y te|du lich|the thao|quoc phong|an ninh|\
                 phap luat|nong nghiep|chi dao|dieu hanh|lanh dao|doan the|moi truong|khoa hoc|cong nghe|chuyen doi so|cai cach|nong thon|xay dung dang|\
                 doi song|diem bao|bai viet|news|press|article|articles|blog|thoi tiet|dan toc|ton giao|dau tu|doanh nghiep";
    Regex::new(&format!(r"(?:^|\b)(?:{words})(?:\b|$)")).expect("a constant pattern")
});

/// Names of sections without news, folded.
static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    let words = "gioi thieu|lien he|thu tuc|van ban|lich|hoi dap|gop y|so do|dang nhap|dang ky|video|clip|album|thu vien|anh|english|trang chu|cong khai|\
                 dich vu cong|du thao|danh ba|to chuc|chuc nang|tim kiem|rss|sitemap|login|contact|about|gallery|tuyen dung|mua sam|ban do|cong dan|khieu nai";
    Regex::new(&format!(r"^(?:{words})\b|\b(?:login|dang nhap|van ban|thu tuc|khieu nai)\b"))
        .expect("a constant pattern")
});

/// A list's path in a script that uses SharePoint's own API for lists.
static LIST_PATH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"["'](/[^"'\s<>]*?/Lists/[A-Za-z0-9_-]+)["']"#).expect("a constant pattern"));
static LIST_API: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"["']((?:https?://[^"'\s]+)?/[^"'\s]*/QUERYDATA)["']"#).expect("a constant pattern"));

static OWN_LIST: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(/.*?/Lists/[A-Za-z0-9_-]+)/").expect("a constant pattern"));

/// Reads the clues of a page.
pub fn read(root: ElementRef<'_>, url: &PageUrl) -> Clues {
    let elements = || root.descendants().filter_map(ElementRef::wrap);
    let base = elements().find(|element| element.value().name() == "base");
    let base = base.and_then(|base| url.join(base.attr("href")?).ok()).unwrap_or_else(|| url.clone());
    let mut clues = Clues { name: name(root), ..Clues::default() };
    for element in elements() {
        match element.value().name() {
            "link" => clues.link(element, &base),
            "a" => clues.anchor(element, &base, url),
            "meta" => clues.meta(element, &base),
            "script" => clues.script(element, &base, url),
            _ => {}
        }
    }
    clues.wordpress(elements(), &base);
    clues.tidy(url);
    let has_scripts = elements().any(|element| element.value().name() == "script");
    clues.is_shell = has_scripts && words(root) < SHELL_WORDS && clues.sections.is_empty();
    clues
}

fn words(root: ElementRef<'_>) -> usize {
    tree::line(root).split(' ').filter(|word| !word.is_empty()).count()
}

/// Returns the site's name: its `og:site_name`, or else the page's title without words such as "Trang chủ".
fn name(root: ElementRef<'_>) -> Option<String> {
    let elements = || root.descendants().filter_map(ElementRef::wrap);
    let said = elements().find(|element| element.attr("property") == Some("og:site_name"));
    let said = said.and_then(|element| element.attr("content")).map(unicode::clean);
    let title = || elements().find(|element| element.value().name() == "title").map(tree::line);
    said.filter(|name| !name.is_empty()).or_else(|| {
        let title = title()?;
        // "Trang chủ - Cổng thông tin …"
        let is_home = |part: &str| matches!(fold_ascii(part).as_str(), "trang chu" | "home" | "index" | "default");
        let parts =
            || [" | ", " - ", " – "].into_iter().filter_map(|sign| title.split_once(sign).zip(title.rsplit_once(sign)));
        let without_first = parts().find(|((first, _), _)| is_home(first)).map(|((_, rest), _)| rest);
        let without_last = || parts().find(|(_, (_, last))| is_home(last)).map(|(_, (rest, _))| rest);
        let name = unicode::clean(without_first.or_else(without_last).unwrap_or(&title));
        Some(name).filter(|name| !name.is_empty())
    })
}

impl Clues {
    fn link(&mut self, element: ElementRef<'_>, base: &PageUrl) {
        let (Some(rel), Some(url)) = (element.attr("rel"), target(element, base)) else { return };
        let rel = rel.to_ascii_lowercase();
        let kind = element.attr("type").unwrap_or_default().to_ascii_lowercase();
        if rel.split(' ').any(|word| word == "alternate") && is_feed_type(&kind) {
            self.feeds.push(url);
        } else if rel == "https://api.w.org/" {
            self.wordpress_api = Some(url);
        }
    }

    fn anchor(&mut self, element: ElementRef<'_>, base: &PageUrl, page: &PageUrl) {
        let Some(url) = target(element, base).filter(|url| url.bare_host() == page.bare_host()) else { return };
        let text = tree::line(element);
        let shown = [text.as_str(), element.attr("title").unwrap_or_default()].map(fold_ascii);
        let path = url.as_url()[url::Position::BeforePath..].to_owned();
        let says_rss = shown.iter().any(|text| text == "rss" || text.starts_with("rss ") || text.ends_with(" rss"));
        if is_feed_type(&element.attr("type").unwrap_or_default().to_ascii_lowercase()) || FEED_PATH.is_match(&path) {
            self.feeds.push(url);
        } else if says_rss || path.to_ascii_lowercase().contains("rss") {
            self.directories.push(url);
        } else if !url.canonical().eq(&page.canonical()) && !paging::is_of_pager(element) {
            self.section(url, &text);
        }
    }

    fn section(&mut self, url: PageUrl, text: &str) {
        let folded = fold_ascii(text);
        let count = text.split(' ').filter(|word| !word.is_empty()).count();
        let path = fold_ascii(&url.as_url().path().replace(['-', '_', '/'], " "));
        let is_news = NEWS.is_match(&folded) || NEWS.is_match(&path);
        let is_file = url.as_url().path().rsplit('.').next().is_some_and(|ending| {
            matches!(ending, "pdf" | "doc" | "docx" | "xls" | "xlsx" | "jpg" | "png" | "zip" | "rar")
        });
        let is_name = text.chars().any(char::is_alphabetic);
        if (1..=SECTION_WORDS).contains(&count) && is_name && is_news && !OTHER.is_match(&folded) && !is_file {
            self.sections.push((url, text.to_owned()));
        }
    }

    fn meta(&mut self, element: ElementRef<'_>, base: &PageUrl) {
        if element.attr("http-equiv").is_some_and(|name| name.eq_ignore_ascii_case("refresh")) {
            let said = element.attr("content").and_then(refresh::read);
            self.refresh = said.and_then(|(_, reference)| base.join(reference?).ok());
        }
    }

    fn script(&mut self, element: ElementRef<'_>, base: &PageUrl, page: &PageUrl) {
        let text: String = element.text().collect();
        let Some(api) = LIST_API.captures(&text).and_then(|found| base.join(found.get(1)?.as_str()).ok()) else {
            return;
        };
        let named: Vec<String> =
            LIST_PATH.captures_iter(&text).filter_map(|found| Some(found.get(1)?.as_str().to_owned())).collect();
        // If the script names no list, it uses the list to which this page belongs.
        let own = || OWN_LIST.captures(page.as_url().path()).and_then(|found| Some(found.get(1)?.as_str().to_owned()));
        let lists = if named.is_empty() { own().into_iter().collect() } else { named };
        self.script_lists.extend(lists.into_iter().map(|path| (api.clone(), path)));
    }

    /// Recognizes `WordPress` by images and styles in `wp-content`. Its API and its feed are at known URLs, whether or not the page links to them.
    fn wordpress<'a>(&mut self, mut elements: impl Iterator<Item = ElementRef<'a>>, base: &PageUrl) {
        let own = |element: ElementRef<'_>| {
            let path = element.attr("src").or_else(|| element.attr("href")).and_then(|text| base.join(text).ok())?;
            let is_own = path.bare_host() == base.bare_host();
            // The site may be in a subfolder: /bao/wp-content/…
            let (below, _) = path.as_url().path().split_once("wp-content/")?;
            is_own.then(|| below.to_owned())
        };
        let Some(below) = elements.find_map(own) else { return };
        if self.wordpress_api.is_none() {
            self.wordpress_api = base.join(&format!("{below}wp-json/")).ok();
        }
        self.feeds.extend(base.join(&format!("{below}feed/")));
    }

    /// Removes duplicate URLs and limits the lists.
    fn tidy(&mut self, page: &PageUrl) {
        let mut seen = HashSet::from([page.canonical()]);
        self.feeds.retain(|url| seen.insert(url.canonical()));
        self.directories.retain(|url| seen.insert(url.canonical()));
        self.sections.retain(|(url, _)| seen.insert(url.canonical()));
        self.feeds.truncate(MAX_FEEDS);
        self.directories.truncate(2);
        self.sections.truncate(MAX_SECTIONS);
        let mut lists = HashSet::new();
        self.script_lists.retain(|(_, path)| lists.insert(path.clone()));
        self.script_lists.truncate(MAX_FEEDS);
    }
}

fn is_feed_type(kind: &str) -> bool {
    ["application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"].contains(&kind)
}

fn target(element: ElementRef<'_>, base: &PageUrl) -> Option<PageUrl> {
    let href = element.attr("href")?.trim();
    let is_address =
        !href.is_empty() && !href.starts_with('#') && !href.to_ascii_lowercase().starts_with("javascript:");
    is_address.then(|| base.join(href).ok()).flatten().map(|url| {
        let text = url.as_str().split('#').next().unwrap_or_default().to_owned();
        PageUrl::parse(&text).unwrap_or(url)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(html: &str) -> Clues {
        let url = PageUrl::parse("https://tinh.example/").unwrap();
        read(tree::parse(html).html.root_element(), &url)
    }

    fn paths(urls: &[PageUrl]) -> Vec<&str> {
        urls.iter().map(|url| &url.as_url()[url::Position::BeforePath..]).collect()
    }

    #[test]
    fn feeds_are_found_where_they_are_named() {
        let clues = of("<link rel=alternate type='application/rss+xml' href='/feed'><a href='/feed'>RSS</a>\
             <a href='/rss/tintuc.rss'>Tin tức</a><a href='/Pages/rss.aspx'>Kênh RSS</a><a href='http://b.example/rss/x.rss'>x</a>");
        assert_eq!(paths(&clues.feeds), ["/feed", "/rss/tintuc.rss"]);
        assert_eq!(paths(&clues.directories), ["/Pages/rss.aspx"]);
    }

    #[test]
    fn sections_are_links_of_menus_that_name_news() {
        let clues = of(
            "<ul><li><a href='/'>Trang chủ</a><li><a href='/gioi-thieu'>Giới thiệu</a><li><a href='/kinh-te'>Kinh tế</a>\
             <li><a href='/kinh-te#top'>Kinh tế</a><li><a href='/c/12'>Thời sự - Chính trị</a><li><a href='/van-ban'>Văn bản chỉ đạo</a>\
             <li><a href='/tin-tuc/hop-hoi-dong-nhan-dan'>Hội đồng nhân dân tỉnh họp phiên thường kỳ tháng tám</a></ul>",
        );
        let sections: Vec<PageUrl> = clues.sections.iter().map(|(url, _)| url.clone()).collect();
        assert_eq!(paths(&sections), ["/kinh-te", "/c/12"]);
    }

    #[test]
    fn pagers_name_no_sections() {
        let clues = of("<ul class=menu><li><a href='/tin-tuc'>Tin tức</a></ul><a href='/tin-tuc?page=2'>Trang 2</a>\
             <a href='/tin-tuc?page=9'>Trang cuối</a><a href='/tin-tuc?page=2'>Tiếp theo</a><a href='/tin-tuc/page/2'>Next</a>\
             <div class='phan-trang'><span><a href='/tin-tuc/t3'>Ba</a></span></div><nav class=page-nav><a href='/tin-tuc/t4'>Bốn</a></nav>");
        assert_eq!(clues.sections.len(), 1, "{:?}", clues.sections);
    }

    #[test]
    fn a_wordpress_site_has_its_api_and_feed_whether_it_names_them_or_not() {
        let clues = of("<link rel=stylesheet href='/wp-content/themes/a/style.css'>");
        assert_eq!(paths(&clues.feeds), ["/feed/"]);
        assert_eq!(clues.wordpress_api.as_ref().map(PageUrl::as_str), Some("https://tinh.example/wp-json/"));
        let clues =
            of("<link rel='https://api.w.org/' href='/?rest_route=/'><img src='/tin/wp-content/uploads/a.jpg'>");
        assert_eq!(paths(&clues.feeds), ["/tin/feed/"]);
        assert_eq!(clues.wordpress_api.as_ref().map(PageUrl::as_str), Some("https://tinh.example/?rest_route=/"));
        assert_eq!(of("<img src='https://khac.example/wp-content/a.jpg'>").feeds, []);
    }

    #[test]
    fn names_shells_refreshes_and_lists_of_scripts() {
        assert_eq!(
            of("<title>Trang chủ - Cổng thông tin điện tử tỉnh X</title>").name.as_deref(),
            Some("Cổng thông tin điện tử tỉnh X")
        );
        assert!(of("<script src='app.js'></script><div id=root></div>").is_shell);
        let refresh = of("<meta http-equiv=Refresh content='0; url=/vi/'>").refresh;
        assert_eq!(paths(&refresh.into_iter().collect::<Vec<_>>()), ["/vi/"]);
        let lists =
            of("<script>$.post('/API/ds/QUERYDATA', {UrlList: '/ct/Lists/KinhTe', start: 0})</script>").script_lists;
        assert_eq!(
            lists.first().map(|(api, path)| (api.as_str(), path.as_str())),
            Some(("https://tinh.example/API/ds/QUERYDATA", "/ct/Lists/KinhTe"))
        );
    }
}

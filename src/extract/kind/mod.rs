//! Classifies pages that are not articles: front page, list, error, print view and so on. It needs several clear signs together, because a
//! notice of two lines with a PDF is an article.

mod entries;
mod feed;

use std::ops::Range;

use crate::extract::outline::Element;
use crate::extract::outline::Kind as LineKind;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;
use crate::extract::structured;
use crate::extract::structured::Property;
use crate::extract::structured::StructuredValue;
use crate::model::article::PageKind;
use crate::text::vietnamese::fold_ascii;
use crate::url::PageUrl;

/// What the page's readers found before its kind is decided.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct KindEvidence<'s> {
    pub(super) url: &'s PageUrl,
    pub(super) canonical: Option<&'s PageUrl>,
    pub(super) title: Option<&'s str>,
    /// Number of words of the body.
    pub(super) words: u32,
    /// The line of the headline, and the lines of the body without it.
    pub(super) title_line: Option<usize>,
    pub(super) lines: &'s [usize],
    /// Whether there is a date that is not from the URL.
    pub(super) dated: bool,
    /// Whether there is no date, not even in the URL.
    pub(super) undated: bool,
    /// Whether the URL, the metadata or a hint confirms the headline, not just the page's layout.
    pub(super) vouched: bool,
    pub(super) attachments: usize,
    pub(super) images: usize,
    pub(super) is_document: bool,
    /// Whether an article rule found the body.
    pub(super) by_rule: bool,
    /// The line of the chosen date, if the page prints it.
    pub(super) date_line: Option<usize>,
    /// Whether there is an author.
    pub(super) authored: bool,
    /// Whether the date is machine-readable.
    pub(super) dated_by_machines: bool,
}

/// A body with fewer words has almost no content.
const FEW_WORDS: u32 = 40;

/// Number of teasers from which a page may be a list, and from which one with almost no text probably is.
const FEW_TEASERS: usize = 4;
const MANY_TEASERS: usize = 8;

/// Almost no article has this many teasers around it.
const TOO_MANY_TEASERS: usize = 24;

/// Minimum number of images of a gallery.
const MANY_IMAGES: usize = 4;

/// Returns the kind of a page.
pub(super) fn of(outline: &Outline<'_>, said: &[StructuredValue], seen: KindEvidence<'_>) -> PageKind {
    if seen.is_document {
        return PageKind::Document;
    }
    if seen.by_rule && seen.words > 0 {
        return PageKind::Article;
    }
    if is_print(outline, seen) {
        return PageKind::Print;
    }
    if is_error(seen) {
        return PageKind::Error;
    }
    if is_front(seen.url) && (!seen.dated_by_machines || seen.words < FEW_WORDS || teasers(outline).0 >= FEW_TEASERS) {
        return PageKind::Home;
    }
    if feed::is_feed(outline, said, seen) || entries::is_list(outline, seen) || list_score(outline, said, seen) >= 2.0 {
        return if is_search(seen.url) { PageKind::Search } else { PageKind::List };
    }
    if seen.words < FEW_WORDS && seen.attachments == 0 {
        return of_media(outline, said, seen);
    }
    PageKind::Article
}

/// `/in/…` or `?print=1`, if the canonical URL is another one.
fn is_print(outline: &Outline<'_>, seen: KindEvidence<'_>) -> bool {
    let noindex = outline.head.iter().any(|meta| {
        meta.attr("name").is_some_and(|name| name.eq_ignore_ascii_case("robots"))
            && meta.attr("content").is_some_and(|content| content.to_ascii_lowercase().contains("noindex"))
    });
    let address = seen.url.as_str().to_ascii_lowercase();
    let named = ["/print/", "print=", "/print-", "/savefile/", "op=print", "/in-trang", "printview", "tmpl=component"]
        .iter()
        .any(|sign| address.contains(sign));
    let elsewhere = seen.canonical.is_some_and(|canonical| canonical.canonical() != seen.url.canonical());
    elsewhere && (noindex || named)
}

/// Titles of error pages.
const ERRORS: &[&str] = &[
    "404",
    "not found",
    "page not found",
    "error",
    "khong tim thay",
    "khong tim thay trang",
    "trang khong ton tai",
    "trang ban yeu cau khong ton tai",
    "loi",
    "thong bao loi",
    "dang bao tri",
    "website dang bao tri",
    "under construction",
    "dang xay dung",
    "site under maintenance",
    "access denied",
    "forbidden",
    "403 forbidden",
    "500 internal server error",
    "bai viet khong ton tai",
    "noi dung khong ton tai",
    "runtime error",
    "server error in '/' application.",
    "service unavailable",
];

fn is_error(seen: KindEvidence<'_>) -> bool {
    let Some(title) = seen.title else { return false };
    let key = fold_ascii(title);
    let key = key.trim_matches(|c: char| !c.is_alphanumeric() && c != '.');
    seen.words < FEW_WORDS * 2
        && (ERRORS.contains(&key)
            || key.starts_with("404 ")
            || key.starts_with("error 404")
            || key.starts_with("404 -"))
}

/// Whether a URL is a site's front page, whatever its tracking parameters.
pub(super) fn is_front(url: &PageUrl) -> bool {
    let url = url.canonical();
    let path = url.as_url().path().trim_end_matches('/').to_ascii_lowercase();
    let home = matches!(
        path.as_str(),
        "" | "/vi"
            | "/en"
            | "/index.html"
            | "/index.php"
            | "/index.htm"
            | "/default.aspx"
            | "/home"
            | "/trang-chu"
            | "/web/guest"
            | "/web/guest/home"
            | "/pages/default.aspx"
    );
    home && url.as_url().query().is_none()
}

fn is_search(url: &PageUrl) -> bool {
    let address = url.as_str().to_ascii_lowercase();
    ["/search", "/tim-kiem", "/timkiem", "?s=", "&s=", "?q=", "&q=", "keyword=", "tukhoa="]
        .iter()
        .any(|sign| address.contains(sign))
}

/// Scores how much a page looks like a list. Linked headlines against prose, the metadata and the URL count. A date, a file or a confirmed
/// headline count against it.
fn list_score(outline: &Outline<'_>, said: &[StructuredValue], seen: KindEvidence<'_>) -> f32 {
    let (teasers, linked) = teasers(outline);
    if teasers < FEW_TEASERS {
        return -1.0;
    }
    let share = linked as f32 / (linked + seen.words).max(1) as f32;
    let text = match share {
        0.9.. => 2.0,
        0.75.. => 1.0,
        0.5.. => 0.0,
        _ => -1.5,
    };
    let bare = match teasers {
        _ if seen.words >= FEW_WORDS => 0.0,
        ..MANY_TEASERS => 0.0,
        MANY_TEASERS..TOO_MANY_TEASERS => 1.0,
        _ => 2.0,
    };
    let led = if led_share(outline, seen.lines) >= 0.5 { 2.5 } else { 0.0 };
    let title = seen.title.map_or(0, |title| title.split_whitespace().count());
    let named = if title <= SHORT_TITLE { 0.7 } else { 0.0 };
    let pager = if outline.elements.iter().any(|element| element.words.any(Words::PAGER) && element.lines.len() >= 2) {
        0.5
    } else {
        0.0
    };
    let article = [(seen.dated, 1.2), (seen.attachments > 0, 1.2), (seen.vouched && title > SHORT_TITLE, 1.2)];
    let article: f32 = article.into_iter().filter(|(sign, _)| *sign).map(|(_, worth)| worth).sum();
    text + bare + led + named + pager + kind_said(said) + of_address(seen.url) - article
}

/// Returns the share of lines of text that directly follow a linked headline. Such lines are a list's summaries.
fn led_share(outline: &Outline<'_>, lines: &[usize]) -> f32 {
    let line = |at: usize| outline.lines.get(at);
    let text: Vec<usize> =
        lines.iter().copied().filter(|at| line(*at).is_some_and(|line| !line.is_image() && line.words >= 5)).collect();
    let is_led = |at: usize| {
        let mut before = (at.saturating_sub(LINES_BEFORE)..at).rev().filter_map(line).filter(|line| !line.is_image());
        let near = before.find(|line| line.words >= 5 || line.link_density() > 0.7);
        near.is_some_and(|line| line.words >= 4 && line.link_density() > 0.7)
    };
    if text.len() < FEW_TEASERS {
        0.0
    } else {
        text.iter().filter(|at| is_led(**at)).count() as f32 / text.len() as f32
    }
}

/// Scores the URL. Lists have short URLs and typical names; articles have numbers, dates and the words of their headline.
fn of_address(url: &PageUrl) -> f32 {
    let url = url.as_url();
    let path = url.path().to_ascii_lowercase();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let is_list = |part: &str| {
        matches!(
            part,
            "page"
                | "category"
                | "categories"
                | "tag"
                | "tags"
                | "topic"
                | "topics"
                | "archive"
                | "archives"
                | "chuyen-muc"
                | "danh-muc"
                | "collections"
                | "browse"
                | "author"
        )
    };
    let last = parts.last().copied().unwrap_or_default();
    let before = parts.get(..parts.len().saturating_sub(1)).unwrap_or_default();
    if before.iter().any(|part| is_list(part)) && last.len() < 40
        || url.query_pairs().any(|(key, _)| matches!(&*key, "page" | "trang" | "catid" | "paged"))
    {
        return OF_LIST;
    }
    let number = |text: &str| text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() >= 5);
    let id = url
        .query_pairs()
        .any(|(key, value)| key.to_ascii_lowercase().ends_with("id") && value.chars().any(|c| c.is_ascii_digit()));
    let words = last.split(['-', '_']).filter(|word| word.chars().any(char::is_alphabetic)).count();
    if words >= SLUG_OF_ARTICLE || number(last) || id {
        -1.5
    } else if url.query().is_none() && words < SLUG_OF_ARTICLE && !last.contains(|c: char| c.is_ascii_digit()) {
        0.7
    } else {
        0.0
    }
}

/// Score of a URL that names a list.
const OF_LIST: f32 = 1.5;

/// Number of words from which the last part of a URL is a headline. Names of sections have up to six syllables.
const SLUG_OF_ARTICLE: usize = 7;

/// Maximum number of words of a title that may be the name of a section.
const SHORT_TITLE: usize = 5;

/// Number of lines before a summary that are searched for its headline. Dates and authors may stand between them.
const LINES_BEFORE: usize = 4;

/// Whether JSON-LD describes more than a page as such. The date of a "`WebPage`" is not that of an article.
pub(super) fn describes_content(said: &[StructuredValue]) -> bool {
    structured::all(said, Property::Kind)
        .any(|said| said.origin == structured::JSON_LD && !said.value.ends_with("Page"))
}

/// Scores the kind that the metadata names. The most specific word counts.
fn kind_said(said: &[StructuredValue]) -> f32 {
    let worth = |kind: &str| {
        if kind.contains("article") || kind.contains("blogposting") {
            -2.0
        } else if ["collection", "itemlist", "searchresults", "product.group"].iter().any(|word| kind.contains(word)) {
            1.5
        } else {
            0.0_f32
        }
    };
    let kinds = structured::all(said, Property::Kind).map(|said| worth(&said.value.to_ascii_lowercase()));
    kinds.fold(0.0, |most: f32, worth| if worth.abs() > most.abs() { worth } else { most })
}

/// Returns the number of lines that are linked headlines of other pages, outside menus and footers, and their number of words.
fn teasers(outline: &Outline<'_>) -> (usize, u32) {
    let frames = frames(outline);
    let lines = outline.lines.iter();
    let teasers = lines.filter(|line| {
        line.is_linked_headline()
            && !matches!(line.kind, LineKind::Row { .. })
            && frames.get(line.element) != Some(&true)
    });
    teasers.fold((0, 0), |(count, words), line| (count + 1, words + line.words))
}

/// Names of the places around an article.
const FRAME: Words =
    Words::NAV.or(Words::FOOTER).or(Words::BREADCRUMB).or(Words::SHARE).or(Words::COMMENT).or(Words::MODAL);

/// For each element, whether it is in a menu, a footer or the like.
fn frames(outline: &Outline<'_>) -> Vec<bool> {
    in_small(outline, is_frame)
}

fn is_frame(element: &Element<'_>) -> bool {
    element.words.any(FRAME) || matches!(element.tag, Tag::Nav | Tag::Footer)
}

/// For each element, whether it is or is in a place of a kind. A place with most of the page is not, whatever its name.
fn in_small(outline: &Outline<'_>, is_kind: impl Fn(&Element<'_>) -> bool) -> Vec<bool> {
    outline.inherited(false, |above, element| {
        let small = element.lines.len() * 2 <= outline.lines.len();
        small && (above || is_kind(element))
    })
}

/// Returns the kind of a page with almost no text, by what it shows.
fn of_media(outline: &Outline<'_>, said: &[StructuredValue], seen: KindEvidence<'_>) -> PageKind {
    let kinds: Vec<String> =
        structured::all(said, Property::Kind).map(|said| said.value.to_ascii_lowercase()).collect();
    let says = |word: &str| kinds.iter().any(|kind| kind.contains(word));
    if says("article") {
        PageKind::Article
    } else if says("event") {
        PageKind::Event
    } else if says("video") || shows_player(outline, seen) {
        PageKind::Video
    } else if seen.images >= MANY_IMAGES {
        PageKind::Gallery
    } else {
        PageKind::Article
    }
}

/// Maximum number of players on a page that are checked.
const MAX_PLAYERS: usize = 50;

/// Whether a player is where the article is.
fn shows_player(outline: &Outline<'_>, seen: KindEvidence<'_>) -> bool {
    let is_player = |element: &(usize, &Element<'_>)| {
        let node = element.1.node;
        let source = node.attr("src").or(node.attr("data-src")).unwrap_or_default();
        let hosts = ["youtube.", "youtu.be", "vimeo.", "dailymotion.", "/embed/"];
        match node.value().name() {
            "video" => true,
            "iframe" => hosts.iter().any(|host| source.contains(host)),
            _ => false,
        }
    };
    let players = outline.elements.iter().enumerate().filter(is_player).take(MAX_PLAYERS);
    players.map(|(at, _)| at).any(|player| is_in_article(outline, seen, player))
}

/// Whether a player belongs to the article: between its headline and its end, or next to them without a heading of its own. With its own
/// heading, it is a box of the frame.
fn is_in_article(outline: &Outline<'_>, seen: KindEvidence<'_>, player: usize) -> bool {
    let own = || seen.title_line.into_iter().chain(seen.lines.iter().copied());
    let Some(at) = outline.elements.get(player).map(|element| element.lines.start) else { return false };
    let (first, last) = (own().min().unwrap_or(at), own().max().unwrap_or(at));
    let holds = |element: &Element<'_>| element.holds(first, last);
    let below = || outline.path(player).filter_map(|at| outline.elements.get(at)).take_while(|element| !holds(element));
    let frame = FRAME | Words::SIDE | Words::RELATED | Words::WIDGET | Words::AD;
    let framed = |element: &Element<'_>| {
        element.lines.len() * 2 <= outline.lines.len()
            && (element.words.any(frame) || matches!(element.tag, Tag::Nav | Tag::Footer | Tag::Aside))
    };
    if below().any(framed) {
        return false;
    }
    let headed = |lines: Range<usize>| {
        outline
            .lines
            .get(lines)
            .unwrap_or_default()
            .iter()
            .any(|line| outline.is_heading(line) || line.link_density() > 0.7)
    };
    if at > last {
        // A separate column is one of the page's boxes. Without text, no element shows where the article ends.
        let article =
            outline.lines.get(first).filter(|_| first < last).and_then(|line| {
                outline.path(line.element).find(|above| outline.elements.get(*above).is_some_and(holds))
            });
        article.is_none_or(|article| outline.is_within(player, article)) && !headed(last + 1..at)
    } else if at <= first {
        !below().last().is_some_and(|branch| headed(branch.lines.clone()))
    } else {
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::extract::sample;
    use crate::model::article::PageKind;
    use crate::model::link::Hints;

    const HEAD: &str = "<h1>Thông báo lịch tiêm phòng dại đợt hai ở xóm Đồi</h1>";
    const NOTICE: &str = "<p>Đội thú y tiêm tại sân đình từ 7 giờ sáng ngày 12, bà con nhớ mang theo sổ.</p>";
    const PLAYER: &str = "<iframe src=\"https://www.youtube.com/embed/k3\"></iframe>";

    fn kind_of(html: &str) -> PageKind {
        sample::read("https://xomdoi.example/tin/8812", "", &Hints::default(), html).kind
    }

    #[test]
    fn a_player_beside_a_notice_leaves_it_an_article() {
        let notice = format!("<div class=\"ct\">{HEAD}<div class=\"nd\">{NOTICE}</div></div>");
        for beside in [
            format!("{notice}<div class=\"sidebar\">{PLAYER}</div>"),
            format!("{notice}<div class=\"col-3\"><h3>Truyền hình</h3>{PLAYER}</div>"),
            format!("{notice}<div class=\"col-3\">{PLAYER}</div>"),
            format!("<div class=\"col-3\"><div class=\"title\">Phóng sự</div>{PLAYER}</div>{notice}"),
            format!("{HEAD}{NOTICE}<h4>Truyền hình</h4><video src=\"/a.mp4\"></video>"),
        ] {
            assert_eq!(kind_of(&beside), PageKind::Article, "{beside}");
        }
    }

    #[test]
    fn a_player_in_the_articles_place_makes_a_video() {
        for page in [
            format!("<div class=\"ct\">{HEAD}{PLAYER}<div class=\"nd\">{NOTICE}</div></div>"),
            format!(
                "<div class=\"ct\">{HEAD}<p>Ngày 3/9</p><div>{PLAYER}</div></div><div class=\"foot\">Xóm Đồi</div>"
            ),
            format!("<div class=\"player\">{PLAYER}</div><div class=\"ct\">{HEAD}{NOTICE}</div>"),
        ] {
            assert_eq!(kind_of(&page), PageKind::Video, "{page}");
        }
    }
}

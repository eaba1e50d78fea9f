//! Recognizes pages that consist of entries: cards of goods, staff or events, rows of documents, items of a directory. An entry is one of several
//! small elements that look the same and lead to other pages.

use std::ops::Range;

use foldhash::HashMap;
use html5ever::local_name;

use crate::extract::kind::KindEvidence;
use crate::extract::kind::OF_LIST;
use crate::extract::kind::SHORT_TITLE;
use crate::extract::kind::in_small;
use crate::extract::kind::is_frame;
use crate::extract::kind::of_address;
use crate::extract::outline::Element;
use crate::extract::outline::Kind as LineKind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;
use crate::html::tree;

/// Minimum number of elements that look the same, and maximum number of words of each.
const LEAST_ALIKE: usize = 4;
const MOST_OF_ENTRY: u32 = 90;

/// Minimum number of cards of a list.
const LEAST_CARDS: usize = 5;

/// Maximum number of words of the text outside entries, and its maximum for each entry if the headline is too long for the name of a section. A
/// page with more text is an article with cards below it, unless the cards have twice as many words.
const INTRODUCTION: u32 = 150;
const PER_ENTRY: u32 = 10;

/// Maximum number of paragraphs before the first card, and minimum number of words of a paragraph.
const MOST_PARAGRAPHS: usize = 2;
const LEAST_OF_PARAGRAPH: u32 = 8;

/// Minimum number of entries of a list without cards, and its words for each word beside it.
const LEAST_ENTRIES: usize = 8;
const MOSTLY: u32 = 3;

/// A page at a list's URL, without a date, is a list if its text is shorter: a script fills it. The limit is higher if it has some cards.
const NEXT_TO_NOTHING: u32 = 100;
const DESCRIPTION: u32 = 450;

/// Whether the content of a page is a list of entries, and nothing marks it as an article: a date or an author of its own, a file, the URL.
pub(super) fn is_list(outline: &Outline<'_>, seen: KindEvidence<'_>) -> bool {
    let address = of_address(seen.url);
    let is_named = address >= OF_LIST;
    if address < 0.0 || seen.attachments > 0 || seen.authored || seen.dated_by_machines && !is_named {
        return false;
    }
    let entries = Entries::of(outline, seen);
    if seen.date_line.is_some_and(|at| entries.first.is_none_or(|first| at < first)) {
        return false;
    }
    let title = seen.title.map_or(0, |title| title.split_whitespace().count());
    let of_all = PER_ENTRY.saturating_mul(u32::try_from(entries.count).unwrap_or(u32::MAX));
    let room = if title <= SHORT_TITLE { INTRODUCTION } else { INTRODUCTION.min(of_all) };
    let is_introduced = entries.paragraphs <= MOST_PARAGRAPHS && entries.own <= room.max(entries.of_cards / 2);
    let is_of_cards = entries.cards >= LEAST_CARDS && is_introduced;
    let is_of_entries = entries.count >= LEAST_ENTRIES && (entries.own + entries.beside) * MOSTLY <= entries.words;
    let least = if entries.cards > 0 { DESCRIPTION } else { NEXT_TO_NOTHING };
    is_of_cards || is_of_entries || seen.undated && is_named && entries.own < least
}

/// The entries after the headline.
#[derive(Debug, Default)]
struct Entries {
    count: usize,
    /// Number of entries with a picture or more than one line.
    cards: usize,
    /// The line of the first one.
    first: Option<usize>,
    /// Number of words of all entries, and of cards.
    words: u32,
    of_cards: u32,
    /// Number of words of the text outside entries, and of other lines outside them that are not links.
    own: u32,
    beside: u32,
    /// Number of paragraphs of the text before the first entry.
    paragraphs: usize,
}

impl Entries {
    fn of(outline: &Outline<'_>, seen: KindEvidence<'_>) -> Entries {
        let from = seen.title_line.map_or(0, |title| title + 1);
        let is_side = |element: &Element<'_>| element.words.any(Words::SIDE) || element.tag == Tag::Aside;
        let apart = in_small(outline, |element| is_frame(element) || is_side(element));
        let is_main = |element: usize| apart.get(element) != Some(&true);
        let mut entries = Entries::default();
        let mut covered = vec![false; outline.lines.len()];
        let rows = rows(outline, from, &is_main).into_iter().map(|at| (at..at + 1, false));
        for (lines, is_card) in rows.chain(elements(outline, from, &is_main)) {
            let words: u32 = outline.lines.get(lines.clone()).unwrap_or_default().iter().map(words).sum();
            entries.count += 1;
            entries.words += words;
            entries.cards += usize::from(is_card);
            entries.of_cards += if is_card { words } else { 0 };
            entries.first = Some(entries.first.map_or(lines.start, |first| first.min(lines.start)));
            covered.get_mut(lines).unwrap_or_default().fill(true);
        }
        let lines = outline.lines.iter().zip(outline.are_among(seen.lines)).zip(covered).enumerate();
        for (at, ((line, is_text), _)) in lines.filter(|(_, ((line, _), covered))| !covered && !is_pointer(line)) {
            if is_text {
                entries.own += words(line);
                let is_before = entries.first.is_none_or(|first| at < first);
                entries.paragraphs += usize::from(is_before && words(line) >= LEAST_OF_PARAGRAPH);
            } else if at >= from && is_main(line.element) {
                entries.beside += words(line);
            }
        }
        entries
    }
}

fn words(line: &Line<'_>) -> u32 {
    if line.is_image() { 0 } else { line.words }
}

fn is_pointer(line: &Line<'_>) -> bool {
    line.link_density() > 0.7
}

/// Whether a line of text begins with a link, or most of it is one.
fn leads_away(line: &Line<'_>) -> bool {
    line.link_density() > 0.5 || line.links().next().is_some_and(|(run, _)| run.range().start == 0)
}

/// Returns the rows with a link, of tables that have several.
fn rows(outline: &Outline<'_>, from: usize, is_main: &dyn Fn(usize) -> bool) -> Vec<usize> {
    let mut tables: HashMap<usize, Vec<usize>> = HashMap::default();
    for (at, line) in outline.lines.iter().enumerate().skip(from) {
        if let LineKind::Row { table, .. } = line.kind
            && line.linked > 0
            && line.words <= MOST_OF_ENTRY
            && is_main(line.element)
        {
            tables.entry(table).or_default().push(at);
        }
    }
    tables.into_values().filter(|rows| rows.len() >= LEAST_ALIKE).flatten().collect()
}

/// Sums over the lines before each line, and over the elements before each element.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    words: u32,
    /// Number of lines of text, and of those that lead to other pages.
    texts: u32,
    leading: u32,
    pictures: u32,
}

/// The tag of an element and a class without numbers.
type Look<'o> = (&'o str, &'o str);

/// Returns the lines of each element that is an entry, and whether it is a card. The outermost elements count.
fn elements(
    outline: &Outline<'_>,
    from: usize,
    is_main: &dyn Fn(usize) -> bool,
) -> impl Iterator<Item = (Range<usize>, bool)> {
    let mut sums = vec![Sums::default()];
    for line in &outline.lines {
        let mut sum = sums.last().copied().unwrap_or_default();
        let is_text = !line.is_image() && line.words > 0;
        sum.words += words(line);
        sum.texts += u32::from(is_text);
        sum.leading += u32::from(is_text && leads_away(line));
        sum.pictures += u32::from(line.is_image());
        sums.push(sum);
    }
    let mut links = vec![0_u32];
    links.extend(outline.elements.iter().scan(0, |count, element| {
        *count += u32::from(is_link(element));
        Some(*count)
    }));
    let up_to = |line: usize| sums.get(line).copied().unwrap_or_default();
    let links_up_to = |element: usize| links.get(element).copied().unwrap_or_default();
    let looks = |at: usize| outline.elements.get(at).map_or(("", ""), look);
    let mut groups: HashMap<[Look<'_>; 3], Vec<(usize, bool)>> = HashMap::default();
    for (at, element) in outline.elements.iter().enumerate() {
        let (before, after) = (up_to(element.lines.start), up_to(element.lines.end));
        let told = after.words - before.words;
        let (texts, leading) = (after.texts - before.texts, after.leading - before.leading);
        let is_card = texts > 1 || after.pictures > before.pictures;
        // A paragraph, or a link within a line, is text unless most of it is a link.
        let is_inside_text = matches!(element.tag, Tag::P | Tag::Link) || !is_card;
        let may_be = matches!(
            element.tag,
            Tag::Div | Tag::Section | Tag::Article | Tag::Item | Tag::Link | Tag::Cell | Tag::Row | Tag::P | Tag::Other
        );
        if may_be
            && element.lines.start >= from
            && (1..=MOST_OF_ENTRY).contains(&told)
            && (!is_inside_text || leading == texts || element.tag == Tag::Link && texts > 1)
            && (links_up_to(element.end) > links_up_to(at) || opens_by_script(element))
            && is_main(at)
        {
            let above = outline.elements.get(element.parent).map_or(0, |parent| parent.parent);
            let group = groups.entry([looks(at), looks(element.parent), looks(above)]).or_default();
            group.push((at, is_card));
        }
    }
    let mut found: Vec<(usize, bool)> =
        groups.into_values().filter(|group| group.len() >= LEAST_ALIKE).flatten().collect();
    found.sort_unstable();
    // Several links in one line are one entry.
    let (mut end, mut next) = (0, 0);
    found.into_iter().filter_map(move |(at, is_card)| {
        let element = outline.elements.get(at).filter(|element| at >= end && element.lines.start >= next)?;
        (end, next) = (element.end, element.lines.end);
        Some((element.lines.clone(), is_card))
    })
}

/// Whether an element is a link to another page.
fn is_link(element: &Element<'_>) -> bool {
    let reference = || tree::attribute(element.node.value(), &local_name!("href"));
    element.tag == Tag::Link && reference().is_some_and(|reference| !reference.starts_with('#'))
}

/// Whether a script makes the element a link.
fn opens_by_script(element: &Element<'_>) -> bool {
    ["data-href", "data-url", "data-link", "onclick"]
        .iter()
        .any(|name| tree::attribute(element.node.value(), *name).is_some())
}

fn look<'o>(element: &Element<'o>) -> Look<'o> {
    let own = element.node.value();
    let class = tree::attribute(own, &local_name!("class")).unwrap_or_default();
    let has_number = |class: &&str| class.bytes().any(|byte| byte.is_ascii_digit());
    (own.name(), class.split_whitespace().find(|class| !has_number(class)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use crate::extract::sample;
    use crate::model::article::PageKind;
    use crate::model::link::Hints;

    const INTRODUCTION: &str =
        "<p>Xưởng nhận đặt thuyền nan, thuyền ván và mủng tre, giao tận bến cho khách ở mọi huyện ven phá.</p>";

    fn kind_at(path: &str, head: &str, body: &str) -> PageKind {
        let html = format!("<head>{head}</head><div class=\"k\">{body}</div>");
        sample::read(&format!("https://benphao.example/{path}"), "", &Hints::default(), &html).kind
    }

    fn kind_of(body: &str) -> PageKind {
        kind_at("xuong/thuyen", "", body)
    }

    fn many(count: usize, part: &str) -> String {
        (0..count).map(|n| part.replace('#', &n.to_string())).collect()
    }

    fn shelf(count: usize) -> String {
        many(count, "<div class=\"o\"><img src=\"/t#.jpg\"><a href=\"/t#\">Thuyền nan số #</a><p>Dài # mét</p></div>")
    }

    #[test]
    fn pages_of_entries_are_lists() {
        for (what, part) in [
            (
                "goods",
                "<div class=\"o\"><img src=\"/t#.jpg\"><a href=\"/t#\">Thuyền nan số #</a><p>Dài # mét</p></div>",
            ),
            (
                "staff",
                "<div class=\"v\"><img src=\"/n#.jpg\"><h3>Người thợ #</h3><p>Đóng thuyền</p><a href=\"mailto:t#@x.example\">Thư</a></div>",
            ),
            (
                "winners",
                "<div><span>Hạng #</span><h3>Thuyền đua số #</h3><p>Trại cụ Phúc</p><a href=\"/g#\">Xem</a></div>",
            ),
            (
                "cards opened by a script",
                "<div class=\"c\" data-href=\"/c#\"><h3>Chuyện bến số #</h3><p>Người gác bến kể chuyện con nước tháng #.</p></div>",
            ),
            (
                "a link around each card",
                "<a class=\"t\" href=\"/t#\"><div>Lò số #</div><div>Lò nung than, đủ cho # mẻ.</div></a>",
            ),
            (
                "courses",
                "<div class=\"k\"><h3>Lớp số #</h3><p>Học # buổi, từ chọn gỗ, uốn ván tới trét chai, có thợ già kèm từng người.</p><a href=\"/l#\">Chi tiết</a></div>",
            ),
            (
                "links with a description",
                "<li><a href=\"https://b#.example\">Bến số #</a> – bến đò ngang, chạy từ # giờ tới tối</li>",
            ),
            ("issues", "<li><a href=\"/b#\">Bản tin số #</a> — tháng #</li>"),
        ] {
            assert_eq!(
                kind_of(&format!("<h1>Thuyền nan</h1>{INTRODUCTION}{}", many(12, part))),
                PageKind::List,
                "{what}"
            );
        }
        let row =
            "<tr><td>#</td><td><a href=\"/tt#\">Thủ tục cấp giấy đóng thuyền loại #</a></td><td>Đường thủy</td></tr>";
        let table = format!(
            "<h1>Thủ tục đường thủy</h1><table><tr><th>STT</th><th>Tên</th><th>Lĩnh vực</th></tr>{}</table>",
            many(12, row)
        );
        assert_eq!(kind_of(&table), PageKind::List);
    }

    #[test]
    fn the_date_of_a_page_as_such_does_not_make_its_list_an_article() {
        let dated = |kind: &str| {
            let head = format!(
                "<meta property=\"og:type\" content=\"article\"><script type=\"application/ld+json\">\
                 {{\"@type\":\"{kind}\",\"datePublished\":\"2026-03-12T08:00:00+07:00\"}}</script>"
            );
            kind_at("xuong/thuyen", &head, &format!("<h1>Thuyền nan của xưởng</h1>{INTRODUCTION}{}", shelf(12)))
        };
        assert_eq!(dated("WebPage"), PageKind::List);
        assert_eq!(dated("NewsArticle"), PageKind::Article);
    }

    #[test]
    fn a_short_undated_page_at_a_lists_url_is_a_list() {
        let page = format!("<h1>Thuyền nan</h1>{INTRODUCTION}<div id=\"hang\"></div>");
        assert_eq!(kind_at("category/thuyen", "", &page), PageKind::List);
        assert_eq!(kind_at("xuong/thuyen", "", &page), PageKind::Article);
    }

    #[test]
    fn articles_with_entries_stay_articles() {
        let head = "<h1>Thuyền nan</h1>";
        let dated = format!("{head}<div>Ngày đăng: 12/03/2026 08:00</div>{INTRODUCTION}{}", shelf(12));
        let signed = format!("{head}<p class=\"author\">Nguyễn Thị Hạ</p>{INTRODUCTION}{}", shelf(12));
        let file = format!("{head}{INTRODUCTION}<p><a href=\"/f/gia.pdf\">Bảng giá.pdf</a></p>{}", shelf(6));
        let few = format!("{head}{INTRODUCTION}{}", shelf(3));
        let names = format!("{head}<ol>{}</ol>", many(20, "<li>Chủ thuyền số #, được # điểm</li>"));
        for (what, page) in [("dated", dated), ("signed", signed), ("file", file), ("few", few), ("names", names)] {
            assert_eq!(kind_of(&page), PageKind::Article, "{what}");
        }
        let slug = format!("{head}{INTRODUCTION}{}", many(12, "<li><a href=\"/t#\">Thuyền nan số #</a></li>"));
        assert_eq!(kind_at("xuong-dong-thuyen-nan-ben-phao-mo-cua-lai", "", &slug), PageKind::Article);
    }

    #[test]
    fn the_links_of_one_line_are_one_entry() {
        let tags = many(20, "<a href=\"/k#\">thuyền #</a> ");
        assert_eq!(kind_of(&format!("<h1>Thuyền nan</h1>{INTRODUCTION}<p>{tags}</p>")), PageKind::Article);
    }
}

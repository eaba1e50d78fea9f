//! Recognizes pages that consist of links: a shelf of goods, a directory, a list of courses. They have an introduction of a paragraph or two, and
//! few teasers with more than a name.

use std::collections::HashMap;

use crate::extract::kind::KindEvidence;
use crate::extract::kind::SHORT_TITLE;
use crate::extract::kind::frames;
use crate::extract::kind::kind_said;
use crate::extract::kind::of_address;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::structured::StructuredValue;
use crate::html::tree;

/// Minimum number of link lines, and of pictures, of a shelf.
const LEAST_LINKS: usize = 8;
const LEAST_PICTURES: usize = 3;

/// Maximum number of words of an introduction, and its maximum share of the words outside menus.
const INTRODUCTION: u32 = 300;
const MOST_OF_PAGE: f32 = 0.65;

/// Minimum number of links of a directory, and the maximum share of text in its words.
const MANY_LINKS: usize = 25;
const NEXT_TO_NOTHING: f32 = 0.1;

/// Whether an undated page consists mostly of links, its text is short, and neither its URL nor a file suggests an article.
pub(super) fn is_index(outline: &Outline<'_>, said: &[StructuredValue], seen: KindEvidence<'_>) -> bool {
    if !seen.undated || seen.attachments > 0 || of_address(seen.url) <= 0.0 {
        return false;
    }
    let frames = frames(outline);
    let title = seen.title.map_or(0, |title| title.split_whitespace().count());
    let is_named = title <= SHORT_TITLE && kind_said(said) >= 0.0;
    if is_named && is_grid(outline, &frames, seen) {
        return true;
    }
    if seen.words >= INTRODUCTION {
        return false;
    }
    let (mut words, mut links, mut pictures) = (0, 0, 0);
    for line in outline.lines.iter().filter(|line| frames.get(line.element) != Some(&true)) {
        words += line.words;
        links += usize::from(line.link_density() > 0.7);
        pictures += usize::from(line.is_image());
    }
    let share = seen.words as f32 / words.max(1) as f32;
    let is_shelf = is_named && share < MOST_OF_PAGE && links >= LEAST_LINKS && pictures >= LEAST_PICTURES;
    is_shelf || share < NEXT_TO_NOTHING && links >= MANY_LINKS
}

/// Minimum number of members of a grid, maximum number of words of each, and maximum number of words of text outside them. A page with more text
/// is an article with a list below it.
const LEAST_OF_GRID: usize = 6;
const MOST_OF_MEMBER: u32 = 60;
const MOST_BESIDE: u32 = 60;

/// Whether nearly all of a page's content is in sibling elements of one kind, each small and with a link or a picture: staff, goods, courses.
fn is_grid(outline: &Outline<'_>, frames: &[bool], seen: KindEvidence<'_>) -> bool {
    let mut is_text = vec![false; outline.lines.len()];
    for at in seen.lines {
        if let Some(slot) = is_text.get_mut(*at) {
            *slot = true;
        }
    }
    // Number of words, marks and words of text before each line.
    let mut before = vec![(0_u32, 0_u32, 0_u32)];
    for (line, is_text) in outline.lines.iter().zip(is_text) {
        let (words, marks, text) = before.last().copied().unwrap_or_default();
        let is_mark = line.is_image() || line.link_density() > 0.7;
        before.push((words + line.words, marks + u32::from(is_mark), text + if is_text { line.words } else { 0 }));
    }
    let up_to = |line: usize| before.get(line.min(before.len() - 1)).copied().unwrap_or_default();
    // The members, their words, and the words of text among them.
    let mut groups: HashMap<(usize, &str, &str), (usize, u32, u32)> = HashMap::new();
    for (at, element) in outline.elements.iter().enumerate().filter(|(at, _)| frames.get(*at) != Some(&true)) {
        let (from, to) = (up_to(element.lines.start), up_to(element.lines.end));
        let told = to.0 - from.0;
        let may_be = matches!(element.tag, Tag::Div | Tag::Section | Tag::Article | Tag::Item | Tag::Link | Tag::Cell);
        if may_be && at != element.parent && to.1 > from.1 && (1..=MOST_OF_MEMBER).contains(&told) {
            let key = (
                element.parent,
                element.node.value().name(),
                tree::attribute(element.node.value(), "class").unwrap_or_default(),
            );
            let group = groups.entry(key).or_default();
            *group = (group.0 + 1, group.1 + told, group.2 + to.2 - from.2);
        }
    }
    groups.values().any(|(count, told, text)| {
        let beside = seen.words.saturating_sub(*text);
        *count >= LEAST_OF_GRID && beside <= MOST_BESIDE.min(*told)
    })
}

#[cfg(test)]
mod tests {
    use crate::extract::sample;
    use crate::model::article::PageKind;
    use crate::model::link::Hints;

    const INTRODUCTION: &str =
        "<p>Xưởng nhận đặt thuyền nan, thuyền ván và mủng tre, giao tận bến cho khách ở mọi huyện ven phá.</p>";

    fn kind_of(body: &str) -> PageKind {
        let html = format!("<div class=\"k\">{body}</div>");
        sample::read("https://benphao.example/xuong/thuyen", "", &Hints::default(), &html).kind
    }

    fn shelf(count: usize) -> String {
        (0..count).map(|n| format!("<div class=\"o\"><img src=\"/t{n}.jpg\"><a href=\"/t{n}\">Thuyền nan số {n}</a><p>Dài {n} mét</p></div>")).collect()
    }

    #[test]
    fn a_shelf_without_prices_is_a_list() {
        assert_eq!(kind_of(&format!("<h1>Thuyền nan</h1>{INTRODUCTION}{}", shelf(12))), PageKind::List);
        assert_eq!(kind_of(&format!("<h1>Thuyền nan</h1>{INTRODUCTION}{}", shelf(3))), PageKind::Article);
    }

    #[test]
    fn small_parts_of_one_kind_are_a_list() {
        let part = |n: usize| {
            format!("<div class=\"v\"><img src=\"/n{n}.jpg\"><h3>Người thợ {n}</h3><p>Đóng thuyền</p></div>")
        };
        let staff: String = (0..7).map(part).collect();
        assert_eq!(kind_of(&format!("<h1>Thợ của xưởng</h1>{INTRODUCTION}{staff}")), PageKind::List);
    }

    #[test]
    fn a_dated_notice_beside_links_is_an_article() {
        let dated = format!("<h1>Thuyền nan</h1><div>Ngày đăng: 12/03/2026 08:00</div>{INTRODUCTION}{}", shelf(12));
        assert_eq!(kind_of(&dated), PageKind::Article);
    }
}

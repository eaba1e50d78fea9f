//! Pages that are there for their links: a shelf of goods, a directory, a list of courses. They introduce themselves in a paragraph or two, and
//! have few teasers that tell more than a name.

use crate::extract::kind::KindEvidence;
use crate::extract::kind::SHORT_TITLE;
use crate::extract::kind::frames;
use crate::extract::kind::kind_said;
use crate::extract::kind::of_address;
use crate::extract::outline::Outline;
use crate::extract::structured::StructuredValue;

/// Lines that are links, and pictures, from which on a page may be a shelf.
const LEAST_LINKS: usize = 8;
const LEAST_PICTURES: usize = 3;

/// Words of an introduction at most, and the share of the words outside of menus that it has at most.
const INTRODUCTION: u32 = 300;
const MOST_OF_PAGE: f32 = 0.65;

/// Links of a directory at least, and the share of its words that are text at most.
const MANY_LINKS: usize = 25;
const NEXT_TO_NOTHING: f32 = 0.1;

/// Whether most of an undated page are links, its text is short, and neither its address nor a file reads like an article's.
pub(super) fn is_index(outline: &Outline<'_>, said: &[StructuredValue], seen: KindEvidence<'_>) -> bool {
    if !seen.undated || seen.attachments > 0 || seen.words >= INTRODUCTION || of_address(seen.url) <= 0.0 {
        return false;
    }
    let frames = frames(outline);
    let (mut words, mut links, mut pictures) = (0, 0, 0);
    for line in outline.lines.iter().filter(|line| frames.get(line.element) != Some(&true)) {
        words += line.words;
        links += usize::from(line.link_density() > 0.7);
        pictures += usize::from(line.is_image());
    }
    let share = seen.words as f32 / words.max(1) as f32;
    let title = seen.title.map_or(0, |title| title.split_whitespace().count());
    let is_named = title <= SHORT_TITLE && kind_said(said) >= 0.0;
    let is_shelf = is_named && share < MOST_OF_PAGE && links >= LEAST_LINKS && pictures >= LEAST_PICTURES;
    is_shelf || share < NEXT_TO_NOTHING && links >= MANY_LINKS
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
    fn a_dated_notice_beside_links_is_an_article() {
        let dated = format!("<h1>Thuyền nan</h1><div>Ngày đăng: 12/03/2026 08:00</div>{INTRODUCTION}{}", shelf(12));
        assert_eq!(kind_of(&dated), PageKind::Article);
    }
}

//! Removes lines before and after a text that were chosen but are not part of it.

use std::ops::Range;

use html5ever::local_name;

use crate::extract::body::phrases;
use crate::extract::date_lines;
use crate::extract::lines::last;
use crate::extract::outline::Element;
use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;
use crate::html::tree;

/// Deselects lines at the text's edges that are not text.
pub(super) fn trim(outline: &Outline<'_>, chosen: &mut [bool]) {
    drop_labelled(outline, chosen);
    drop_about(outline, chosen);
    drop_behind(outline, chosen);
    drop_headless(outline, chosen);
    drop_head(outline, chosen);
    drop_foot(outline, chosen);
}

/// Maximum number of lines and words of a labelled box, and of words of a label.
const LINES_OF_LABELLED: usize = 10;
const MOST_OF_LABELLED: u32 = 80;
const MOST_OF_LABEL: u32 = 6;

/// Drops small boxes that begin with a label alone: "Read more" above a teaser, "Recommended content" above a note that a video is not loaded.
fn drop_labelled(outline: &Outline<'_>, chosen: &mut [bool]) {
    for element in outline.elements.iter().filter(|element| is_box(element.tag)) {
        let range = outline.lines_of(element);
        let lines = outline.lines.get(range.clone()).unwrap_or_default();
        let is_small = (2..=LINES_OF_LABELLED).contains(&lines.len())
            && lines.iter().filter(|line| !line.is_image()).map(|line| line.words).sum::<u32>() <= MOST_OF_LABELLED;
        let label = lines.iter().find(|line| !line.is_image()).filter(|line| line.words <= MOST_OF_LABEL);
        if is_small && label.is_some_and(|label| phrases::is_label(&label.text)) {
            chosen.get_mut(range).unwrap_or_default().fill(false);
        }
    }
}

/// Whether an element with this tag can be a box within a text.
fn is_box(tag: Tag) -> bool {
    matches!(tag, Tag::Div | Tag::Section | Tag::Article | Tag::Aside | Tag::Quote | Tag::Figure | Tag::Other)
}

/// Drops sections below the text about those who wrote it, each up to the next heading.
fn drop_about(outline: &Outline<'_>, chosen: &mut [bool]) {
    let mut paragraphs = 0;
    let mut is_about = false;
    for (line, chosen) in outline.lines.iter().zip(chosen).filter(|(_, chosen)| **chosen) {
        if matches!(line.kind, Kind::Heading(_)) {
            is_about = paragraphs >= PARAGRAPHS_OF_HEAD && phrases::is_about(&line.text);
        } else {
            paragraphs += usize::from(line.words >= LEAST_OF_PARAGRAPH);
        }
        *chosen = !is_about;
    }
}

/// Number of every ten words of a text that must be in its own place.
const OWN_PLACE: u32 = 8;

/// Minimum number of lines of a text in its own place. A notice of two paragraphs may have a place for each.
const LEAST_OF_PLACE: u32 = 4;

/// Minimum number of words of a prose paragraph, and maximum number of such paragraphs in a box after the text. A box with more is part of the
/// article (questions and answers, notes).
const PROSE: u32 = 10;
const MOST_OF_BOX: usize = 8;

/// Drops lines after the place that contains nearly all of the text: a note on the author, an offer, teasers with long summaries. Another place of
/// the same class, or one named an article's body, continues the text.
fn drop_behind(outline: &Outline<'_>, chosen: &mut [bool]) {
    let counts = Counts::of(outline, chosen);
    let (words, _) = counts.of_lines(&(0..outline.lines.len()));
    let holds = |element: &Element<'_>| {
        let (own, lines) = counts.of_lines(&element.lines);
        is_place(element.tag) && own > 0 && own * 10 >= words * OWN_PLACE && lines >= LEAST_OF_PLACE
    };
    // Among the elements that qualify, the innermost comes last.
    let Some(place) = outline.elements.iter().rposition(holds) else { return };
    let Some(own) = outline.elements.get(place) else { return };
    let mut at = place;
    while let Some(parent) = outline.elements.get(at).map(|element| element.parent).filter(|parent| *parent != at) {
        let behind = at_end(outline, at)..at_end(outline, parent);
        let mut next = behind.start;
        while let Some(element) = outline.elements.get(next).filter(|_| next < behind.end) {
            let is_like = element.tag == own.tag
                && tree::attribute(element.node.value(), &local_name!("class"))
                    == tree::attribute(own.node.value(), &local_name!("class"));
            if !is_like && !element.words.any(Words::BODY) {
                drop_box(outline, &element.lines, chosen);
            }
            next = element.end.max(next + 1);
        }
        at = parent;
    }
}

/// Returns one past the last descendant of an element.
fn at_end(outline: &Outline<'_>, at: usize) -> usize {
    outline.elements.get(at).map_or(at, |element| element.end)
}

/// Deselects the lines of a box, unless it has too much prose.
fn drop_box(outline: &Outline<'_>, lines: &Range<usize>, chosen: &mut [bool]) {
    let lines = lines.start..lines.end.min(chosen.len());
    let is_prose = |at: usize| outline.lines.get(at).is_some_and(|line| line.words >= PROSE);
    let prose = lines.clone().filter(|at| chosen.get(*at) == Some(&true) && is_prose(*at)).count();
    if prose <= MOST_OF_BOX {
        chosen.get_mut(lines).unwrap_or_default().fill(false);
    }
}

/// Whether an element with this tag can be a text's own place.
fn is_place(tag: Tag) -> bool {
    matches!(tag, Tag::Html | Tag::Body | Tag::Main | Tag::Article | Tag::Section | Tag::Div | Tag::Form | Tag::Other)
}

/// The number of words and lines of text before each line of the page.
struct Counts(Vec<(u32, u32)>);

impl Counts {
    fn of(outline: &Outline<'_>, chosen: &[bool]) -> Counts {
        let mut counts = Vec::with_capacity(chosen.len() + 1);
        let mut sum = (0, 0);
        counts.push(sum);
        for (line, chosen) in outline.lines.iter().zip(chosen) {
            let is_text = *chosen && !line.is_image();
            sum = (sum.0 + if is_text { line.words } else { 0 }, sum.1 + u32::from(is_text));
            counts.push(sum);
        }
        Counts(counts)
    }

    fn of_lines(&self, lines: &Range<usize>) -> (u32, u32) {
        let at = |line: usize| self.0.get(line.min(self.0.len() - 1)).copied().unwrap_or_default();
        let (start, end) = (at(lines.start), at(lines.end));
        (end.0.saturating_sub(start.0), end.1.saturating_sub(start.1))
    }
}

/// Minimum number of words of a paragraph, and number of paragraphs within which an article's head may end. A lead may precede the date.
const LEAST_OF_PARAGRAPH: u32 = 12;
const PARAGRAPHS_OF_HEAD: usize = 2;

/// Drops lines before the text or after its lead that only say when it was written, by whom, and how long it takes to read.
fn drop_head(outline: &Outline<'_>, chosen: &mut [bool]) {
    let mut paragraphs = 0;
    for (line, chosen) in outline.lines.iter().zip(chosen).filter(|(_, chosen)| **chosen) {
        let dates = line.words <= LEAST_OF_PARAGRAPH && date_lines::is_date_line(line);
        if dates
            || date_lines::is_line_of_date(line)
            || phrases::is_byline(&line.text, line.words)
            || last::is_system_byline(&line.text)
        {
            *chosen = false;
        } else if line.words >= LEAST_OF_PARAGRAPH {
            paragraphs += 1;
        }
        if paragraphs == PARAGRAPHS_OF_HEAD {
            return;
        }
    }
}

/// Maximum number of lines at a text's end that are checked.
const MOST_OF_FOOT: usize = 4;

/// Drops pointers, offers, the names of those who helped, and bare URLs at the end of a text.
fn drop_foot(outline: &Outline<'_>, chosen: &mut [bool]) {
    let line = |at: usize| outline.lines.get(at);
    for at in (0..chosen.len()).rev().filter(|at| chosen.get(*at) == Some(&true)).take(MOST_OF_FOOT).collect::<Vec<_>>()
    {
        let introduced = line(at.saturating_sub(1)).is_some_and(|before| before.text.ends_with(':'));
        let ends = |line: &Line<'_>| {
            phrases::worth(&line.text, line.words) < 0.0
                || phrases::is_help(&line.text, line.words)
                || (phrases::is_address(&line.text) && !introduced)
        };
        if !line(at).is_some_and(ends) {
            return;
        }
        if let Some(slot) = chosen.get_mut(at) {
            *slot = false;
        }
    }
}

/// Drops subheadings whose text was not chosen: at the end, before another subheading if lines between them were left out, and above pointers to other
/// articles. A text that consists only of headings is kept.
fn drop_headless(outline: &Outline<'_>, chosen: &mut [bool]) {
    let heading = |at: usize| {
        let line = outline.lines.get(at).filter(|line| matches!(line.kind, Kind::Heading(_)));
        line.is_some_and(|line| !fills_item(outline, line))
    };
    let left_out = |at: usize| outline.lines.get(at).is_some_and(|line| !line.is_image() && line.words > 2);
    let is_text = |(at, chosen): (usize, &bool)| *chosen && !heading(at);
    if !chosen.iter().enumerate().any(is_text) {
        return;
    }
    let mut next_is_heading = true;
    let mut left_out_since = true;
    for at in (0..chosen.len()).rev() {
        if chosen.get(at) != Some(&true) {
            left_out_since |= left_out(at);
            continue;
        }
        if heading(at) && (next_is_heading && left_out_since || heads_pointers(outline, at, chosen)) {
            if let Some(slot) = chosen.get_mut(at) {
                *slot = false;
            }
            continue;
        }
        next_is_heading = heading(at);
        left_out_since = false;
    }
}

/// Number of pointers below a heading that make it theirs.
const LEAST_POINTERS: usize = 2;

/// Whether the first lines below a heading link to other articles and were left out.
fn heads_pointers(outline: &Outline<'_>, at: usize, chosen: &[bool]) -> bool {
    let below = outline.lines.iter().zip(chosen).skip(at + 1).filter(|(line, _)| !line.is_image());
    let pointers = below.take_while(|(line, chosen)| !**chosen && line.is_linked_headline());
    pointers.take(LEAST_POINTERS).count() == LEAST_POINTERS
}

/// Whether a line is all of a list's item. Some editors set items as headings.
fn fills_item(outline: &Outline<'_>, line: &Line<'_>) -> bool {
    let mut around = outline.path(line.element).filter_map(|at| outline.elements.get(at));
    around.find(|element| element.tag == Tag::Item).is_some_and(|item| item.lines.len() == 1)
}

#[cfg(test)]
mod tests {
    use crate::extract::sample::MORE;
    use crate::extract::sample::TEXT;
    use crate::extract::sample::text_of;

    #[test]
    fn what_stands_behind_the_texts_own_place_is_none_of_it() {
        for behind in [
            "<div class=\"k7\"><h4>Người viết</h4><p>Lò Thị Én sống ở Cồn Lau từ nhỏ và viết cho trang tin này đã mười năm.</p></div>",
            "<div class=\"k8\"><h3>Nhận tin mỗi sáng</h3><p>Để lại thư điện tử, sáng nào chúng tôi cũng gửi bạn năm tin, Cồn Lau có gì cũng kể.</p></div>",
        ] {
            let text = text_of(&format!("<div class=\"c\">{TEXT}{}</div>{behind}", MORE.repeat(2)));
            assert!(
                text.contains("luật đường thủy") && !text.contains("Cồn Lau từ") && !text.contains("mỗi sáng"),
                "{text}"
            );
        }
    }

    #[test]
    fn sections_and_notes_behind_it_are_the_articles() {
        let another = format!(
            "<div class=\"c\">{TEXT}{MORE}</div><div class=\"c\"><p>Vé tháng bán ở quầy đầu bến, nhà nào có người đi học được giảm nửa giá.</p></div>"
        );
        assert!(text_of(&another).contains("Vé tháng"), "a place of the same name");
        let named = another.replacen("<div class=\"c\"><p>Vé", "<div class=\"article-text\"><p>Vé", 1);
        assert!(text_of(&named).contains("Vé tháng"), "a place that is named an article's");
        let answers: String = (0..9)
            .map(|n| format!("<p>Câu trả lời thứ {n} nói rõ giờ chạy, giá vé và nơi chờ của từng chuyến.</p>"))
            .collect();
        let long = format!("<div class=\"c\">{TEXT}{MORE}</div><div class=\"q\"><h2>Hỏi đáp</h2>{answers}</div>");
        assert!(text_of(&long).contains("Câu trả lời thứ 8"), "questions and answers");
    }

    #[test]
    fn a_text_in_headings_alone_is_kept() {
        let lines = "<div class=\"c\"><h3>Chuyến đầu rời bến lúc năm giờ sáng, chuyến cuối về lúc tám giờ tối mỗi ngày.</h3>\
            <h3>Xe máy trả ba nghìn, xe đạp trả một nghìn, người đi bộ không phải mua vé.</h3></div>";
        assert!(text_of(lines).contains("người đi bộ"));
    }

    #[test]
    fn labelled_boxes_and_sections_about_the_author_are_none_of_it() {
        let box_of = |label: &str| {
            format!(
                "<div class=\"k\"><p>{label}</p><p>Bến sông Vàm vừa mở thêm một quầy bán vé cho khách đi chợ.</p></div>"
            )
        };
        let text = text_of(&format!("<div class=\"c\">{TEXT}{}{MORE}</div>", box_of("Đọc thêm:")));
        assert!(text.contains("luật đường thủy") && !text.contains("Vàm"), "{text}");
        let text = text_of(&format!("<div class=\"c\">{TEXT}{}{MORE}</div>", box_of("Ông lái phà kể")));
        assert!(text.contains("Vàm"), "no label");
        let about = "<h3>Về tác giả</h3><p>Lò Thị Én sống ở Cồn Lau từ nhỏ và viết cho trang tin này đã mười năm.</p>";
        let text = text_of(&format!("<div class=\"c\">{TEXT}{MORE}{about}</div>"));
        assert!(text.contains("luật đường thủy") && !text.contains("Lò Thị Én"), "{text}");
    }

    #[test]
    fn items_set_as_headings_are_text() {
        let items: String =
            ["Xe đạp", "Xe thồ", "Người đi bộ"].map(|item| format!("<li><h3>{item}</h3></li>")).concat();
        let text = text_of(&format!("<div class=\"c\">{TEXT}<ul>{items}</ul></div>"));
        assert!(text.contains("Xe thồ") && text.contains("Người đi bộ"), "{text}");
    }

    #[test]
    fn helpers_named_in_the_last_line_are_none_of_it() {
        let help = "<p>Additional reporting by Lê Văn Mùa</p>";
        assert!(!text_of(&format!("<div class=\"c\">{TEXT}{MORE}{help}</div>")).contains("Additional reporting"));
    }
}

//! Detects where the article ends: the site's own boxes after a list of other articles, and articles appended below.

use std::ops::Range;

use html5ever::local_name;

use crate::extract::body::Body;
use crate::extract::body::BodyContext;
use crate::extract::lines::frame;
use crate::extract::lines::frame::Frame;
use crate::extract::outline::Element;
use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;
use crate::html::tree;

/// Minimum number of linked headlines of other pages between an article and one of the site's own boxes.
const LEAST_OTHERS: usize = 3;

/// Maximum number of words of the site's own boxes. A longer text is the article, whatever is around it.
const MOST_OF_BOXES: u32 = 400;

/// The score of a line in such a box. No prose can make up for it.
const FRAME: f32 = -9.0;

/// Returns the log-odds of the lines, with those of the site's own boxes set against being text. `None` if no chosen line is in such a box.
///
/// Sites describe themselves in boxes below the article ("About us", a poll). Those read like prose and are longer than a notice of two lines. Two
/// signs identify them: a list of other articles between the text (or its headline) and the box, and a heading of the box's own.
pub(super) fn odds(outline: &Outline<'_>, known: &BodyContext<'_>, found: &Body) -> Option<Vec<f32>> {
    let title = known.title_line?;
    let chosen = || (title + 1..outline.lines.len()).filter(|at| found.chosen.get(*at) == Some(&true));
    // Number of other articles' headlines before each line.
    let mut others = vec![0_usize];
    for line in &outline.lines {
        others.push(others.last().copied().unwrap_or(0) + usize::from(line.is_linked_headline()));
    }
    let count = |at: usize| others.get(at).copied().unwrap_or(0);
    let mut last = title;
    let mut words = 0;
    let mut boxes: Vec<Range<usize>> = Vec::new();
    for at in chosen() {
        let known = boxes.last().is_some_and(|lines| lines.contains(&at));
        let far = |at: usize| count(at).saturating_sub(count(last + 1)) >= LEAST_OTHERS;
        let found = if known || !far(at) { None } else { headed_box(outline, at, last) };
        // What holds the list as well is a column of the page.
        let found = found.filter(|lines| far(lines.start));
        boxes.extend(found.clone());
        if known || found.is_some() {
            words += outline.lines.get(at).map_or(0, |line| line.words);
        } else {
            last = at;
        }
    }
    if words > MOST_OF_BOXES {
        boxes.clear();
    }
    let taken = |lines: &Range<usize>| found.chosen.get(lines.clone()).is_some_and(|chosen| chosen.contains(&true));
    boxes.extend(
        appended(outline, title)
            .into_iter()
            .chain(remarks(outline, title))
            .chain(consent(outline, title))
            .filter(taken),
    );
    if boxes.is_empty() {
        return None;
    }
    let mut odds = known.memory.to_vec();
    odds.resize(outline.lines.len(), 0.0);
    // All of their lines. Otherwise the next pass would choose other lines of the same box.
    for lines in boxes {
        odds.get_mut(lines).unwrap_or_default().fill(FRAME);
    }
    Some(odds)
}

/// Maximum number of headings after the article's that are checked.
const MOST_HEADINGS: usize = 50;

/// Maximum number of ancestors of a headline that are checked.
const MOST_AROUND: usize = 16;

/// Minimum number of words of a line of prose.
const PROSE: u32 = 12;

fn is_prose(line: &Line<'_>) -> bool {
    line.words >= PROSE && line.link_density() < 0.5
}

/// Maximum number of lines of an article before its headline: a section's name, a picture.
const LINES_BEFORE: usize = 3;

/// Returns the lines of other articles that the page appends below its own for endless scrolling. Each is in an element with the tag or class of
/// the article's own element, and has its own headline.
fn appended(outline: &Outline<'_>, title: usize) -> Vec<Range<usize>> {
    let Some(line) = outline.lines.get(title) else { return Vec::new() };
    let Kind::Heading(level) = line.kind else { return Vec::new() };
    let around = |element: usize| outline.path(element).filter_map(|at| outline.elements.get(at));
    let may_be = |element: &&Element<'_>| {
        element.tag == Tag::Article
            || (element.tag == Tag::Div && tree::attribute(element.node.value(), &local_name!("class")).is_some())
    };
    // An element with only the headline is not an article but part of the theme's grid.
    let tells = |element: &&Element<'_>| {
        let behind = title + 1..element.lines.end.min(outline.lines.len());
        outline.lines.get(behind).is_some_and(|lines| lines.iter().any(is_prose))
    };
    let own: Vec<&Element<'_>> = around(line.element).filter(may_be).take(MOST_AROUND).filter(tells).collect();
    let headings = outline.lines.iter().enumerate().skip(title + 1);
    let headings = headings.filter_map(|(at, line)| match line.kind {
        Kind::Heading(other) if !line.is_link() => Some((at, line, other)),
        _ => None,
    });
    let mut found: Vec<Range<usize>> =
        own.iter().find(|own| own.tag == Tag::Article).map(|own| articles_after(outline, own)).unwrap_or_default();
    for (at, line, other) in headings.take(MOST_HEADINGS) {
        if found.last().is_some_and(|lines| lines.contains(&at)) {
            continue;
        }
        let heads = |element: &&Element<'_>| element.lines.start > title && at <= element.lines.start + LINES_BEFORE;
        // An element inside the article's is a section of it.
        let is_like = |own: &&Element<'_>, element: &Element<'_>| {
            let level = if own.tag == Tag::Article { level + 1 } else { level };
            // Two articles with headings of the same rank are separate, whatever their class.
            let is_twin = own.tag == Tag::Article && other < level;
            own.tag == element.tag
                && !own.lines.contains(&at)
                && other <= level
                && (is_twin
                    || tree::attribute(own.node.value(), &local_name!("class"))
                        == tree::attribute(element.node.value(), &local_name!("class")))
        };
        let is_article = |element: &&Element<'_>| own.iter().any(|own| is_like(own, element));
        let element = around(line.element).take_while(heads).take(MOST_AROUND).filter(is_article).last();
        found.extend(element.map(|element| outline.lines_of(element)));
    }
    found
}

/// Returns the lines of the `<article>` elements after the article's own and outside it. If they have more than twice its prose, they are its
/// sections.
fn articles_after(outline: &Outline<'_>, own: &Element<'_>) -> Vec<Range<usize>> {
    let is_other = |element: &&Element<'_>| element.tag == Tag::Article && element.lines.start >= own.lines.end;
    let prose = |lines: &Range<usize>| {
        let lines = outline.lines.get(lines.clone()).unwrap_or_default().iter();
        lines.filter(|line| is_prose(line)).map(|line| line.words).sum::<u32>()
    };
    let others: Vec<Range<usize>> =
        outline.elements.iter().filter(is_other).map(|other| outline.lines_of(other)).take(MOST_HEADINGS).collect();
    let told: u32 = others.iter().map(prose).sum();
    if told <= 2 * prose(&outline.lines_of(own)) { others } else { Vec::new() }
}

/// Maximum number of words of the comments' heading.
const MOST_OF_HEAD: u32 = 6;

/// Returns the lines of readers' comments in places not named so: the outermost box after the headline that begins with a comments heading.
fn remarks(outline: &Outline<'_>, title: usize) -> Vec<Range<usize>> {
    let heads = |at: &usize| {
        let line = outline.lines.get(*at).filter(|line| line.words <= MOST_OF_HEAD && outline.is_heading(line));
        line.is_some_and(|line| frame::read(without_count(&line.text)) == Some(Frame::Comments))
    };
    let box_of = |at: usize| {
        let line = outline.lines.get(at)?;
        let around = outline.path(line.element).filter_map(|above| outline.elements.get(above));
        let headed = around.take_while(|element| element.lines.start == at).last()?;
        Some(at..headed.lines.end.min(outline.lines.len()))
    };
    (title + 1..outline.lines.len()).filter(heads).take(MOST_HEADINGS).filter_map(box_of).collect()
}

/// Maximum number of words of a consent box, and of lines that ask for consent that are checked.
const MOST_OF_CONSENT: u32 = 150;
const MOST_ASKING: usize = 50;

/// Words about consent that occur together with "cookie".
const ASKED: &[&str] = &[
    "đồng ý",
    "chấp nhận",
    "đối tác",
    "quyền riêng tư",
    "consent",
    "accept",
    "partners",
    "privacy",
    "zustimm",
    "akzept",
    "partenaires",
    "acept",
    "privacidad",
];

/// Returns the lines of boxes outside the headline's element that ask for consent to cookies, whatever their name.
fn consent(outline: &Outline<'_>, title: usize) -> Vec<Range<usize>> {
    let asks = |line: &Line<'_>| {
        line.text.len() <= MOST_OF_LINE && names_cookies(&line.text) && {
            let text = line.text.to_lowercase();
            ASKED.iter().any(|asked| text.contains(asked))
        }
    };
    let box_of = |line: &Line<'_>| {
        let around = outline.path(line.element).filter_map(|above| outline.elements.get(above));
        let outermost = around.take_while(|element| !element.lines.contains(&title)).last()?;
        let lines = outline.lines_of(outermost);
        let words: u32 = outline.lines.get(lines.clone())?.iter().map(|line| line.words).sum();
        (outermost.tag != Tag::P && words <= MOST_OF_CONSENT).then_some(lines)
    };
    outline.lines.iter().filter(|line| asks(line)).take(MOST_ASKING).filter_map(box_of).collect()
}

/// Whether a text contains "cookie" in any letter case.
fn names_cookies(text: &str) -> bool {
    let is_word = |at: usize| {
        let word = at.checked_sub(3).and_then(|start| text.as_bytes().get(start..at + 3));
        word.is_some_and(|word| word.eq_ignore_ascii_case(b"cookie"))
    };
    memchr::memchr2_iter(b'k', b'K', text.as_bytes()).any(is_word)
}

/// Maximum number of bytes of a line that asks for consent.
const MOST_OF_LINE: usize = 1000;

/// "Ý kiến bạn đọc (30)" → "Ý kiến bạn đọc".
fn without_count(text: &str) -> &str {
    text.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_whitespace() || matches!(c, '(' | ')' | ':'))
}

/// Returns the lines of the outermost box that contains a line but not the article, if it has a heading before the line.
fn headed_box(outline: &Outline<'_>, at: usize, article: usize) -> Option<Range<usize>> {
    let line = outline.lines.get(at)?;
    let boxes = || outline.path(line.element).filter_map(|above| outline.elements.get(above));
    let behind = || boxes().take_while(|element| element.lines.start > article);
    // A heading alone is a subheading of the text.
    let outermost = behind().last().filter(|element| !matches!(element.tag, Tag::Heading(_)))?;
    // A list of other articles may also be above the text itself.
    if behind().any(|element| element.words.any(Words::BODY)) {
        return None;
    }
    let heads = outline.lines.get(outermost.lines.start..=at).unwrap_or_default();
    let end = outermost.lines.end.min(outline.lines.len());
    heads.iter().any(|line| outline.is_heading(line)).then_some(outermost.lines.start..end)
}

#[cfg(test)]
mod tests {
    use crate::extract::sample;
    use crate::model::article::Block;
    use crate::model::link::Hints;

    const HEADLINE: &str = "Thông báo lịch cắt nước khu vực chợ Gò tháng 9";
    const NOTICE: &str = "Từ 8 giờ đến 11 giờ ngày 14, khu vực chợ Gò tạm ngừng cấp nước để thay van.";
    const ABOUT: &str = "<p>Xã Gò Chợ nằm ở ngã ba sông, được lập từ ba làng nghề, có chợ họp mỗi tháng sáu phiên và bến thuyền lâu đời.</p>\
        <p>Dân trong xã sống bằng nghề dệt chiếu, trồng rau và buôn bán; đường về huyện dài mười hai cây số, xe khách chạy cả ngày.</p>";

    fn text_of(below: &str) -> String {
        let html =
            format!("<title>{HEADLINE}</title><div class=\"c\"><h1>{HEADLINE}</h1><div>{NOTICE}</div></div>{below}");
        let read = sample::read(
            "https://gocho.example/tin/thong-bao-lich-cat-nuoc-khu-vuc-cho-go",
            "",
            &Hints::default(),
            &html,
        );
        let texts = read.blocks.iter().filter_map(|block| match block {
            Block::Paragraph { text, .. } => Some(text.as_str()),
            _ => None,
        });
        texts.chain(read.lead.as_ref().map(|lead| lead.value.as_str())).collect::<Vec<_>>().join(" ")
    }

    fn others(count: usize) -> String {
        (0..count).map(|n| format!("<li><a href=\"/{n}\">Chợ Gò mở thêm dãy hàng số {n}</a></li>")).collect()
    }

    #[test]
    fn a_notice_is_not_lost_for_the_sites_text_about_itself() {
        let text = text_of(&format!("<ul>{}</ul><div class=\"r\"><h3>Về xã nhà</h3>{ABOUT}</div>", others(5)));
        assert_eq!(text, NOTICE);
    }

    #[test]
    fn a_text_that_is_named_so_goes_on_behind_others() {
        let rest = format!(
            "<div class=\"w\"><h3>Xem thêm phim</h3><ul>{}</ul><div class=\"article-body\">{ABOUT}</div></div>",
            others(5)
        );
        assert!(text_of(&rest).contains("ngã ba sông"));
    }

    #[test]
    fn comments_and_consent_are_left_out_whatever_their_places_are_called() {
        let comment = |n: usize| {
            format!(
                "<div class=\"m\"><p>Nhà tôi ở đầu chợ, lần cắt nước thứ {n} rồi, mong thợ làm nhanh cho bà con còn buôn bán.</p></div>"
            )
        };
        let comments: String = (0..20).map(comment).collect();
        assert_eq!(text_of(&format!("<div class=\"k3\"><h3>Ý kiến bạn đọc (20)</h3>{comments}</div>")), NOTICE);
        let asks = "<div class=\"k9\"><h2>Quyền riêng tư</h2><p>Chúng tôi và các đối tác dùng cookie để đo lượng người xem và nhớ lựa chọn của bạn.</p>\
            <p>Bạn có thể nhận hoặc từ chối, và đổi ý vào bất cứ lúc nào ở cuối trang này.</p></div>";
        assert_eq!(text_of(asks), NOTICE);
    }

    #[test]
    fn a_section_behind_a_few_pointers_is_the_articles() {
        let section = format!("<ul>{}</ul><div><h3>Nước về lại</h3>{ABOUT}</div>", others(1));
        assert!(text_of(&section).contains("ngã ba sông"));
        let plain = format!("<ul>{}</ul>{ABOUT}", others(5));
        assert!(text_of(&plain).contains("ngã ba sông"), "no heading of its own");
    }

    #[test]
    fn a_subheading_behind_a_table_of_contents_is_the_articles() {
        let contents: String =
            (1..6).map(|n| format!("<li><a href=\"#p{n}\">Phần thứ {n} của thông báo cắt nước</a></li>")).collect();
        let text = text_of(&format!("<ul>{contents}</ul><h2>Nước về lại lúc nào</h2>{ABOUT}"));
        assert!(text.contains("ngã ba sông"), "{text}");
    }

    #[test]
    fn articles_after_the_pages_own_are_others() {
        let other = |n: usize| {
            format!(
                "<article><h3><a href=\"/{n}\">Chợ Gò {n}</a></h3><p>Chợ Gò dời phiên thứ {n} sang bãi mới, có mái che và chỗ gửi xe cho người ở xa.</p></article>"
            )
        };
        let html = format!(
            "<title>{HEADLINE}</title><article><h1>{HEADLINE}</h1><p>{NOTICE}</p>{ABOUT}</article><div>{}</div>",
            (0..4).map(other).collect::<String>()
        );
        let read = sample::read("https://gocho.example/tin/1", "", &Hints::default(), &html);
        let text = serde_json::to_string(&read.blocks).unwrap();
        assert!(text.contains("ngã ba sông") && !text.contains("bãi mới"), "{text}");
    }
}

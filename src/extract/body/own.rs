//! Locates the article by its position after the headline.

use std::ops::Range;

use crate::extract::date_lines;
use crate::extract::lines::frame;
use crate::extract::lines::frame::Frame;
use crate::extract::outline::Element;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;

/// Maximum number of lines between a headline and its text: date, author, buttons, pictures with captions.
const MOST_BETWEEN: usize = 24;

/// Minimum number of words of content in a place besides the headline. A byline and a section's name have fewer.
const LEAST_TOLD: u32 = 12;

/// Maximum number of lines and words of a small element. Its name describes its content.
const SMALL: usize = 4;
const MOST_OF_SMALL: u32 = 30;

/// Names of elements between a headline and its text.
const HEAD: Words = Words::DATE
    .or(Words::UPDATED)
    .or(Words::AUTHOR)
    .or(Words::SOURCE)
    .or(Words::META)
    .or(Words::SHARE)
    .or(Words::TOOLS)
    .or(Words::TAGS)
    .or(Words::BREADCRUMB)
    .or(Words::CAPTION)
    .or(Words::HIDDEN)
    .or(Words::KICKER)
    .or(FRAME);

/// Names of elements after a text.
const FRAME: Words = Words::NAV
    .or(Words::FOOTER)
    .or(Words::SIDE)
    .or(Words::RELATED)
    .or(Words::COMMENT)
    .or(Words::AD)
    .or(Words::OFFER)
    .or(Words::BIO)
    .or(Words::PAGER);

/// Names of elements between a headline and its text that contain sentences of their own.
const ELSE: Words = Words::OFFER
    .or(Words::AD)
    .or(Words::CAPTION)
    .or(Words::COMMENT)
    .or(Words::RELATED)
    .or(Words::BIO)
    .or(Words::HIDDEN);

/// Names of elements that only follow a text, never stand beside it or between its parts.
const END: Words = Words::FOOTER.or(Words::RELATED).or(Words::COMMENT).or(Words::BIO);

/// Returns the lines after the headline in the smallest place that contains it and some content; none if no headline is known. They end where
/// comments or other articles begin, which their place's name or heading shows.
pub(super) fn lines(outline: &Outline<'_>, title: Option<usize>) -> Range<usize> {
    let Some((title, line)) = title.and_then(|at| Some((at, outline.lines.get(at)?))) else { return 0..0 };
    let mut told = 0;
    let mut first = None;
    let mut next = title + 1;
    for holder in outline.path(line.element) {
        let Some(element) = outline.elements.get(holder) else { break };
        while next < element.lines.end.min(title + MOST_BETWEEN) && told < LEAST_TOLD {
            if let Some(line) = outline.lines.get(next).filter(|line| tells(outline, line, title)) {
                told += line.words;
                first = first.or(Some(next));
            }
            next += 1;
        }
        if told >= LEAST_TOLD {
            return first.map_or(0..0, |first| first..end(outline, holder, first));
        }
    }
    0..0
}

/// Whether a line after the headline is content and not part of the article's head.
fn tells(outline: &Outline<'_>, line: &Line<'_>, title: usize) -> bool {
    // A sentence is content, whatever the name of its section.
    let names = if line.words < LEAST_TOLD { HEAD } else { ELSE };
    let is_head = |element: &Element<'_>| element.words.any(names) && is_small(outline, element);
    let mut above = outline.path(line.element).filter_map(|at| outline.elements.get(at));
    let inside = above.by_ref().take_while(|element| !element.lines.contains(&title));
    !line.is_image()
        && line.link_density() < 0.5
        && !line.form.caption
        && !line.form.author
        && !date_lines::shows_date(line)
        && !inside.take(SMALL).any(is_head)
}

/// Whether an element has few lines and few words.
fn is_small(outline: &Outline<'_>, element: &Element<'_>) -> bool {
    let lines = outline.lines.get(outline.lines_of(element)).unwrap_or_default();
    lines.len() <= SMALL && lines.iter().map(|line| line.words).sum::<u32>() <= MOST_OF_SMALL
}

/// Returns the end of the text after a line in a place: the beginning of the first part of the frame that no paragraph follows.
fn end(outline: &Outline<'_>, holder: usize, first: usize) -> usize {
    let Some(element) = outline.elements.get(holder) else { return first };
    let mut end = element.lines.end;
    let parts = outline.elements.get(holder + 1..element.end).unwrap_or_default().iter().rev();
    for part in parts.filter(|part| part.parent == holder && part.lines.start > first) {
        if part.words.any(END) && !part.words.any(Words::BODY) || part.tag == Tag::Footer {
            end = part.lines.start;
        } else if part.tag == Tag::P {
            break;
        }
    }
    let end = end.min(outline.lines.len());
    let heads = |line: &Line<'_>| {
        line.words <= MOST_OF_HEAD
            && outline.is_heading(line)
            && matches!(frame::read(&line.text), Some(Frame::ListHead | Frame::Comments))
    };
    let head = outline.lines.get(first..end).unwrap_or_default().iter().position(heads);
    head.map_or(end, |head| first + head)
}

/// Maximum number of words of a list's heading.
const MOST_OF_HEAD: u32 = 8;

#[cfg(test)]
mod tests {
    use crate::extract::sample;
    use crate::model::link::Hints;

    const HEADLINE: &str = "Hội hò khoan đêm rằm ở bến Ván";
    const PROSE: &str = "<p>Trống nổi từ chập tối, hai bên bờ đã kín người đứng xem các giáp chèo thuyền ra giữa sông.</p>\
        <p>Năm nay có bốn giáp dự hội, giáp nào cũng cử đôi trai gái hát hay nhất ra đối đáp tới khuya.</p>\
        <p>Giải nhất là một vuông lụa đào do nghệ nhân trong làng tự tay dệt suốt mùa đông vừa rồi.</p>";

    fn text_of(below: &str) -> String {
        let head =
            format!("<title>{HEADLINE}</title><article><h1>{HEADLINE}</h1><div class=\"date\">14/02/2026 20:15</div>");
        let html = format!("{head}{below}</article>");
        let url = "https://benvan.example/tin/hoi-ho-khoan-dem-ram-o-ben-van-118.html";
        let read = sample::read(url, "", &Hints::default(), &html);
        let text = serde_json::to_string(&read.blocks).unwrap();
        text + &read.lead.map(|lead| lead.value).unwrap_or_default()
    }

    #[test]
    fn verse_and_lists_are_an_articles_text() {
        let verse = "<div class=\"x\"><p>Thuyền ai thấp thoáng ngoài xa</p><p>Câu hò buông lửng qua nhà nhà quen</p>\
            <p>Đò đưa khách lạ lên đèn</p><p>Người về còn nhớ tiếng kèn sang sông</p></div>";
        assert!(text_of(verse).contains("Người về còn nhớ"), "verse");
        let list = "<div class=\"x\"><ul><li>Giáp Đông: giải nhất</li><li>Giáp Đoài: giải nhì</li><li>Giáp Nam: giải ba</li>\
            <li>Giáp Bắc: giải phong trào</li></ul></div>";
        assert!(text_of(list).contains("Giáp Bắc"), "list");
    }

    #[test]
    fn a_name_of_the_frame_bars_no_whole_article() {
        assert!(text_of(&format!("<div class=\"modal-wrap\"><div>{PROSE}</div></div>")).contains("vuông lụa đào"));
        assert!(text_of(&format!("<div role=\"tablist\"><div>{PROSE}</div></div>")).contains("vuông lụa đào"), "tabs");
        let parts: Vec<String> =
            PROSE.split_inclusive("</p>").map(|part| format!("<div class=\"nav-part\">{part}</div>")).collect();
        assert!(text_of(&parts.concat()).contains("vuông lụa đào"), "in sections");
    }

    #[test]
    fn a_list_that_the_text_announces_is_its_own() {
        let papers: String =
            (1..5).map(|n| format!("<li><a href=\"/vb/{n}\">Thể lệ vòng hát thứ {n} của hội</a></li>")).collect();
        let announced =
            format!("<div class=\"x\"><p>Ban tổ chức đã công bố các văn bản sau:</p><ul>{papers}</ul>{PROSE}</div>");
        assert!(text_of(&announced).contains("vòng hát thứ 3"));
        let related = format!("<div class=\"x\">{PROSE}<p>Tin liên quan:</p><ul>{papers}</ul></div>");
        assert!(!text_of(&related).contains("vòng hát thứ 3"), "other articles");
    }

    #[test]
    fn documents_cited_and_items_that_say_where_to_read_on_are_text() {
        let papers: String = (1..5)
            .map(|n| format!("<li><a href=\"/vb/{n}\">Quyết định số {n}/QĐ-UBND về việc mở hội năm thứ {n}</a></li>"))
            .collect();
        let cited = format!(
            "<div class=\"x\">{PROSE}<ul>{papers}</ul><p>Các giáp treo quyết định ở đình làng từ đầu tháng chạp cho mọi người cùng đọc.</p></div>"
        );
        assert!(text_of(&cited).contains("3/QĐ-UBND"));
        let items: String = (1..5)
            .map(|n| format!("<li><p>Điệu thứ {n} hát lúc thuyền vừa rời bến, người cầm lái xướng trước và cả thuyền xô theo.</p><p>Nghe: <a href=\"/d{n}\">Điệu rời bến {n}</a></p></li>"))
            .collect();
        assert!(text_of(&format!("<div class=\"x\">{PROSE}<ol>{items}</ol></div>")).contains("Điệu rời bến 2"));
    }

    #[test]
    fn what_a_player_or_an_editor_leaves_is_no_text() {
        let player =
            "<audio controls src=\"/h.mp3\">Máy của bạn không phát được âm thanh, hãy tải tệp về để nghe.</audio>";
        let pasted = PROSE.replace("</p>", "&lt;o:p&gt;&lt;/o:p&gt;</p>");
        let text = text_of(&format!("<div class=\"x\">{player}{pasted}</div>"));
        assert!(text.contains("vuông lụa đào") && !text.contains("tải tệp về") && !text.contains("o:p"), "{text}");
    }

    #[test]
    fn more_comments_than_text_are_not_the_article() {
        let comment = |n: usize| {
            format!(
                "<li class=\"comment\"><p>Tôi xem hội lần thứ {n} rồi mà lần nào cũng thấy tiếc vì đêm ngắn quá, mong sang năm kéo dài thêm.</p></li>"
            )
        };
        let comments: String = (0..40).map(comment).collect();
        let text = text_of(&format!("{PROSE}<ol class=\"comments\">{comments}</ol>"));
        assert!(text.contains("Trống nổi") && !text.contains("đêm ngắn quá"));
    }

    #[test]
    fn the_next_article_below_is_another() {
        let next = "<article><h2>Chợ phiên Đồng Lác dời sang bãi mới</h2><p>Từ phiên sau, bà con họp chợ ở bãi đất phía sau trạm bơm cho khỏi vướng đường xe.</p>\
            <p>Xã đã san nền, dựng mái tôn và chia lô, ai có chỗ cũ được bốc thăm chỗ mới trước.</p>\
            <p>Riêng dãy hàng trâu bò vẫn họp ở bờ đê như trước, tới khi làm xong chuồng mới.</p></article>";
        let text = text_of(&format!("<div>{PROSE}</div></article>{next}<article>"));
        assert!(text.contains("Trống nổi") && !text.contains("trạm bơm"));
    }

    #[test]
    fn what_only_dates_or_draws_a_rule_is_no_text() {
        let text = text_of(&format!(
            "<p>Đăng lúc: 20:15 14/02/2026</p>{PROSE}<p>-----</p><p>Đêm hội tan lúc quá nửa đêm, trăng vẫn sáng.</p>"
        ));
        assert!(text.contains("trăng vẫn sáng") && !text.contains("Đăng lúc") && !text.contains("---"));
    }

    #[test]
    fn stanzas_are_one_text_and_a_twin_article_is_another() {
        let verse = "<div><p>Thuyền ai thấp thoáng<br>ngoài xa bãi dâu<br>câu hò buông lửng<br>qua nhà nhà quen</p>\
            <p>Đò đưa khách lạ<br>lên đèn bến Ván<br>người về còn nhớ<br>tiếng kèn sang sông</p></div>";
        assert!(text_of(verse).contains("thấp thoáng") && text_of(verse).contains("sang sông"));
        let next = "<article class=\"next\"><h1>Chợ phiên Đồng Lác dời sang bãi mới</h1>\
            <p>Từ phiên sau, bà con họp chợ ở bãi đất phía sau trạm bơm cho khỏi vướng đường xe.</p>\
            <p>Xã đã san nền, dựng mái tôn và chia lô, ai có chỗ cũ được bốc thăm chỗ mới trước.</p></article>";
        assert!(!text_of(&format!("{PROSE}</article>{next}<article>")).contains("trạm bơm"));
    }

    #[test]
    fn a_part_that_is_shown_on_demand_is_text() {
        let hidden =
            "<p>Giáp nào thua phải đãi cả làng một bữa cháo cá, nấu ngay trên bến bằng chiếc nồi đồng mười quai.</p>";
        let more = format!("<div class=\"x\">{PROSE}<div class=\"more\" style=\"display:none\">{hidden}</div></div>");
        assert!(text_of(&more).contains("cháo cá"));
        let popup = format!("<div class=\"x\">{PROSE}<div class=\"popup\" style=\"display:none\">{hidden}</div></div>");
        assert!(!text_of(&popup).contains("cháo cá"));
        for part in [
            format!("<div class=\"x\"><div>{PROSE}</div><div hidden><div>{hidden}</div></div></div>"),
            format!("<div class=\"x\">{PROSE}{}</div>", hidden.replace("<p>", "<p style=\"display:none\">").repeat(2)),
            format!("<div role=\"tabpanel\">{PROSE}</div><div role=\"tabpanel\" hidden>{hidden}</div>"),
            format!(
                "<div class=\"x\">{PROSE}<div class=\"accordion\"><h3>Lệ làng</h3><div hidden>{hidden}</div></div></div>"
            ),
            format!("<div class=\"x\">{PROSE}<template>{hidden}</template></div>"),
        ] {
            assert!(text_of(&part).contains("cháo cá"), "{part}");
        }
        let unseen = "<p>Thể lệ xem <a href=\"/t\">tại đây</a><span class=\"sr-only\"> (mở trang khác)</span> trước ngày hội.</p>";
        let text = text_of(&format!("<div class=\"x\">{PROSE}{unseen}</div>"));
        assert!(text.contains("trước ngày hội") && !text.contains("mở trang khác"));
    }
}

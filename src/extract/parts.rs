//! Lines → the parts of an article: lead, body, captions, byline, source line, tail.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::model::article::Credit;
use crate::model::article::Image;
use crate::text::unicode;
use crate::text::vietnamese::fold;
use crate::url::PageUrl;

/// Characters of a caption at most.
const MAX_CAPTION: usize = 250;

/// Characters of a caption that only its place below an image shows.
const MAX_PLAIN_CAPTION: usize = 140;

/// Characters of a byline or a source line at most: it is a SHORT last line.
const MAX_LINE: usize = 100;

/// Lines at the end among which byline and source line are looked for.
const LAST_LINES: usize = 4;

/// What the lines are.
#[derive(Debug, Default)]
pub(super) struct Parts<'a> {
    pub(super) lead: Option<String>,
    pub(super) body: Vec<Line<'a>>,
    pub(super) byline: Option<String>,
    pub(super) credit: Option<Credit>,
    pub(super) dropped: Vec<String>,
}

/// Tells the parts apart. `lead` is what a rule or the page gave; captions go to their images.
pub(super) fn part<'a>(mut lines: Vec<Line<'a>>, images: &mut [Image], title: &str, lead: Option<String>) -> Parts<'a> {
    let mut parts = Parts::default();
    drop_tail(&mut lines, &mut parts.dropped);
    let vietnamese = is_vietnamese(&lines);
    take_last_lines(&mut lines, &mut parts, vietnamese);
    let lines = take_captions(lines, images, &mut parts.dropped);
    let mut lines = without_title(lines, title, &mut parts.dropped);
    drop_doubled(&mut lines, &mut parts.dropped);
    parts.lead = match lead {
        Some(lead) => {
            remove_repeated_lead(&mut lines, &lead);
            Some(lead)
        }
        None => bold_lead(&mut lines),
    };
    parts.lead = parts.lead.filter(|lead| fold(lead) != fold(title));
    parts.body = lines;
    parts
}

// --- tail ---

/// Lines that are never text, whatever stands around them; compared folded, without bullets and final signs.
const NEVER_TEXT: &[&str] = &[
    "in trang",
    "in bài viết",
    "bản in",
    "gửi email",
    "gửi bài viết",
    "gửi phản hồi",
    "quay lại",
    "trở lại",
    "về đầu trang",
    "lên đầu trang",
    "chia sẻ",
    "facebook",
    "twitter",
    "zalo",
    "tweet",
    "xem tiếp",
    "xem chi tiết",
    "xem chi tiết tại đây",
    "chi tiết xem tại đây",
    "tin đang được cập nhật",
    "tải về",
    "tải xuống",
    "đánh giá bài viết",
    "bình luận",
    "gửi bình luận",
    "ý kiến bạn đọc",
    "xem cỡ chữ",
    "đọc bài viết",
    "nghe đọc bài",
];

/// Heads of lists of other articles: what follows is not this article's.
const LIST_HEADS: &[&str] = &[
    "các tin đã đưa",
    "các tin đã đưa ngày",
    "tin đã đưa",
    "các tin khác",
    "tin khác",
    "tin mới hơn",
    "tin cũ hơn",
    "những tin mới hơn",
    "những tin cũ hơn",
    "các tin mới hơn",
    "các tin cũ hơn",
    "tin liên quan",
    "tin bài liên quan",
    "bài viết liên quan",
    "các bài viết liên quan",
    "tin cùng chuyên mục",
    "cùng chuyên mục",
    "bài viết khác",
    "các bài viết khác",
    "tin tức khác",
    "tin mới nhất",
    "tin mới",
    "tin nổi bật",
    "tin đọc nhiều",
    "xem nhiều",
    "bài đọc nhiều",
    "có thể bạn quan tâm",
];

/// Beginnings of counters and notes of the frame.
const FRAME_BEGINNINGS: &[&str] = &[
    "lượt xem:",
    "số lượt xem",
    "số lượt người xem",
    "số lượt truy cập",
    "lượt truy cập",
    "lượt đọc:",
    "số lần xem",
    "đã xem:",
    "đánh giá:",
    "tổng số điểm của bài viết",
    "bản quyền thuộc",
    "ghi rõ nguồn",
    "® ghi rõ nguồn",
    "©",
    "từ khóa:",
    "tags:",
];

/// A line without bullets, stars and final signs, folded.
fn bare(text: &str) -> String {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || "-•»>*+|".contains(c));
    fold(text.trim_end_matches(|c: char| c.is_whitespace() || ":.…»>|".contains(c)))
}

fn is_frame(line: &Line<'_>) -> bool {
    static NEVER: LazyLock<Vec<String>> = LazyLock::new(|| NEVER_TEXT.iter().map(|text| fold(text)).collect());
    static BEGINNINGS: LazyLock<Vec<String>> =
        LazyLock::new(|| FRAME_BEGINNINGS.iter().map(|text| fold(text)).collect());
    if line.is_image() || line.text.chars().count() > MAX_LINE {
        return false;
    }
    let folded = fold(&line.text);
    NEVER.contains(&bare(&line.text)) || BEGINNINGS.iter().any(|beginning| folded.starts_with(beginning))
}

fn is_list_head(line: &Line<'_>) -> bool {
    static HEADS: LazyLock<Vec<String>> = LazyLock::new(|| LIST_HEADS.iter().map(|text| fold(text)).collect());
    !line.is_image() && line.text.chars().count() < 40 && HEADS.contains(&bare(&line.text))
}

/// Cuts the list of other articles at the end, and the frame's lines wherever they stand.
fn drop_tail(lines: &mut Vec<Line<'_>>, dropped: &mut Vec<String>) {
    if let Some(head) = lines.iter().position(is_list_head) {
        // A subheading "Tin mới" in the middle of prose is no tail: what follows must be short or links.
        let prose = |line: &&Line<'_>| !line.is_link() && line.text.chars().count() > 200;
        if lines.iter().skip(head).filter(prose).count() == 0 {
            dropped.extend(lines.drain(head..).map(|line| line.text));
        }
    }
    lines.retain(|line| {
        let frame = is_frame(line);
        if frame {
            dropped.push(line.text.clone());
        }
        !frame
    });
}

/// Words from which on a line that comes twice is doubled by the theme and not by the author.
const DOUBLED: u32 = 6;

/// Drops what comes again word for word, as where a page holds its text once for each width of the screen.
fn drop_doubled(lines: &mut Vec<Line<'_>>, dropped: &mut Vec<String>) {
    let mut seen: HashSet<String> = HashSet::new();
    lines.retain(|line| {
        let doubled = line.words >= DOUBLED
            && !line.is_image()
            && !matches!(line.kind, Kind::Row { .. })
            && !seen.insert(line.text.clone());
        if doubled {
            dropped.push(line.text.clone());
        }
        !doubled
    });
}

/// Whether the text is Vietnamese: one letter in thirty or more is one that only Vietnamese has.
fn is_vietnamese(lines: &[Line<'_>]) -> bool {
    let own = |c: &char| matches!(c, 'ă' | 'đ' | 'ơ' | 'ư' | '\u{1ea0}'..='\u{1ef9}');
    let (mut letters, mut vietnamese) = (0_usize, 0_usize);
    for line in lines.iter().take(40) {
        letters += line.text.chars().filter(|c| c.is_alphabetic()).count();
        vietnamese += line.text.chars().filter(own).count();
    }
    vietnamese * 30 >= letters.max(1)
}

// --- byline and source line ---

fn take_last_lines(lines: &mut Vec<Line<'_>>, parts: &mut Parts<'_>, vietnamese: bool) {
    for _ in 0..LAST_LINES {
        while lines.last().is_some_and(|line| !line.is_image() && !line.text.chars().any(char::is_alphanumeric)) {
            lines.pop();
        }
        let Some(last) = lines.last().filter(|line| !line.is_image()) else { return };
        let below_image = lines.len() >= 2 && lines.get(lines.len() - 2).is_some_and(Line::is_image);
        if parts.credit.is_none()
            && let Some(credit) = credit_of(&last.text)
        {
            parts.credit = Some(credit);
        } else if parts.byline.is_none()
            && (is_byline(&last.text) || (vietnamese && !below_image && is_signature(last)))
        {
            parts.byline = Some(last.text.clone());
        } else {
            return;
        }
        lines.pop();
    }
}

/// Whether a line after the text may be its byline or its source line.
pub(super) fn may_sign(line: &Line<'_>) -> bool {
    !line.is_image() && (is_byline(&line.text) || credit_of(&line.text).is_some())
}

/// The source line in a short last line: "Theo Báo Đắk Nông", "Nguồn: TTXVN", "(Nguồn VOV)", a bare address.
pub(super) fn credit_of(text: &str) -> Option<Credit> {
    static SOURCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)^[\s(\[*-]*(?:nguồn(?:\s+(?:tin|bài|trích|theo))?\s*[:.]?\s+|nguồn\s*:|trích\s+(?:từ\s+)?(?:nguồn\s*)?:?\s*|theo\s*:\s*|theo\s+)(.+?)[\s)\].;*-]*$").ok()
    });
    let text = text.trim();
    if text.chars().count() > MAX_LINE {
        return None;
    }
    if let Ok(url) = PageUrl::parse(text.trim_start_matches("Nguồn:").trim_start_matches("Nguồn").trim())
        && !text.trim_start_matches("Nguồn").contains(' ')
    {
        return Some(Credit { text: text.to_owned(), outlet: Some(url.host().to_owned()), url: Some(url) });
    }
    let captures = SOURCE.as_ref()?.captures(text)?;
    let outlet = captures.get(1)?.as_str().trim();
    let by_theo = fold(text.trim_start_matches(['(', '[', '*', '-', ' '])).starts_with("theo ");
    if outlet.is_empty() || (by_theo && !is_outlet(outlet)) || (!by_theo && outlet.split(' ').count() > 14) {
        return None;
    }
    Some(Credit { text: text.to_owned(), outlet: Some(outlet.to_owned()), url: PageUrl::parse(outlet).ok() })
}

/// Whether what follows "Theo" is a name and no sentence: short, without commas, beginning with a capital, a digit-free host, or a word for
/// an outlet.
fn is_outlet(text: &str) -> bool {
    const OUTLETS: &[&str] = &["báo", "cổng", "trang", "website", "đài", "tạp chí", "bản tin", "ttxvn", "hệ thống"];
    let words = text.split_whitespace().count();
    let folded = fold(text);
    let begins = text.chars().next().is_some_and(char::is_uppercase);
    let host = text.contains('.') && !text.contains(". ") && words == 1;
    let outlet = OUTLETS.iter().any(|word| folded.starts_with(&fold(word)));
    let sentence = text.contains(", ")
        || text.ends_with(':')
        || text.ends_with(',')
        || folded.starts_with("đó")
        || folded.starts_with("thống kê");
    !sentence && words <= 10 && (begins || host || outlet || folded.contains("online"))
}

/// "Tin, ảnh: Ngô Tấm – Khánh Hiền", "Bài và ảnh: Đức Hùng", "Tác giả: …", "T/h: …".
pub(super) fn is_byline(text: &str) -> bool {
    static BYLINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let works = r"(?:tin|bài|ảnh|hình|video|clip|đồ họa|bài viết|tin bài|hình ảnh)";
        let joined = format!(r"{works}(?:\s*(?:,|và|&|-|–|/|\+)?\s*{works})*");
        let roles = r"(?:tác giả|người viết|thực hiện|biên tập|tổng hợp|biên soạn|t/h|th|sưu tầm|người đưa tin|phóng viên|pv|ctv|btv)";
        Regex::new(&format!(r"(?i)^[\s(\[*]*(?:(?:{joined}|{roles})(?:\s*\([^)]*\))?\s*:\s*\S.*|{joined}\s+\p{{Lu}}[^.!?]*|(?:{works}\s*(?:,|và|&|-|–|/)\s*{works})\s+\S[^.!?]*)$")).ok()
    });
    let text = text.trim();
    // `(?i)` makes \p{Lu} match small letters too, so the name's capital is looked at by hand.
    let capital = text
        .split_whitespace()
        .skip(1)
        .any(|word| word.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_uppercase));
    text.chars().count() <= MAX_LINE
        && capital
        && text.split_whitespace().count() <= 16
        && BYLINE.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// A bare name as the last line: a few capitalized words, set apart by its form.
fn is_signature(line: &Line<'_>) -> bool {
    let text = line.text.trim_matches(|c: char| matches!(c, '(' | ')' | '*' | '.' | ' '));
    let words: Vec<&str> =
        text.split([' ', '-', '–', ',', '&']).filter(|word| !word.is_empty() && *word != "và").collect();
    let named = words
        .iter()
        .all(|word| word.chars().next().is_some_and(char::is_uppercase) && !word.chars().any(|c| c.is_ascii_digit()));
    let sentence = line.text.ends_with([':', '?', '!', ';']) || line.text.contains(':');
    let acronym = words.len() == 1 && text.chars().all(char::is_uppercase) && text.chars().count() <= 6;
    let apart = line.form.right || line.form.bold || line.form.italic || line.form.centered;
    named
        && !sentence
        && !words.is_empty()
        && text.chars().count() <= 40
        && ((words.len() <= 8 && words.len() >= 2) || acronym || line.form.right)
        && (apart || words.len() <= 4)
}

/// The names of a byline, without roles and works; nobody's names ("admin") are left out.
pub(super) fn names_of(byline: &str) -> Vec<String> {
    const NOBODY: &[&str] = &[
        "admin",
        "administrator",
        "webmaster",
        "bbt",
        "ban biên tập",
        "pv",
        "ctv",
        "btv",
        "phóng viên",
        "tổng hợp",
        "quản trị",
    ];
    let after = byline.split_once(':').map_or(byline, |(_, names)| names);
    let after = after.trim_matches(|c: char| matches!(c, '(' | ')' | '*' | '[' | ']' | ' '));
    static WORKS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)^(?:(?:tin|bài|ảnh|và|,|-|–|&|/)\s*)+(\s|$)").ok());
    let bare = WORKS.as_ref().map_or_else(|| after.to_owned(), |works| works.replace(after, "").into_owned());
    bare.split([',', '-', '–', ';', '/', '&'])
        .flat_map(|name| name.split(" và "))
        .map(|name| unicode::clean(name.trim_matches(|c: char| !c.is_alphabetic())))
        .filter(|name| {
            !name.is_empty()
                && !NOBODY.contains(&name.to_lowercase().as_str())
                && name.chars().next().is_some_and(char::is_uppercase)
        })
        .collect()
}

// --- captions ---

/// Moves the captions below images to them.
fn take_captions<'a>(lines: Vec<Line<'a>>, images: &mut [Image], dropped: &mut Vec<String>) -> Vec<Line<'a>> {
    let mut kept: Vec<Line<'a>> = Vec::with_capacity(lines.len());
    let count = lines.len();
    for (number, line) in lines.into_iter().enumerate() {
        let image = kept.last().and_then(|before| match before.kind {
            Kind::Image(index) => Some(index),
            _ => None,
        });
        let last = number + 1 == count;
        let shown = match (image, &line.kind) {
            (Some(index), Kind::Paragraph | Kind::Heading(_)) if is_caption(&line, last) => Some(index),
            (_, Kind::Paragraph) if line.form.caption => images.len().checked_sub(1),
            _ => None,
        };
        match shown.and_then(|index| images.get_mut(index)) {
            Some(image) if image.caption.is_none() => {
                image.credit = photo_credit(&line.text);
                image.caption = Some(line.text);
            }
            // A caption given twice, as by `alt` and `figcaption`.
            Some(image) if image.caption.as_deref().map(fold) == Some(fold(&line.text)) => {}
            // A caption whose image is lost, or the second of one image.
            _ if line.form.caption => dropped.push(line.text),
            _ => kept.push(line),
        }
    }
    kept
}

fn is_caption(line: &Line<'_>, last: bool) -> bool {
    let length = line.text.chars().count();
    if line.form.caption {
        return true;
    }
    if length > MAX_CAPTION || line.text.ends_with(':') || is_numbered(&line.text) {
        return false;
    }
    let credit = photo_credit(&line.text).is_some();
    let set_apart = line.form.centered || line.form.italic || line.form.in_table;
    let open_end = !line.text.ends_with(['.', '!', '?', '…', ';']);
    let sentences = line.text.matches(". ").count();
    credit || (set_apart && sentences <= 1) || (!last && !line.form.bold && sentences == 0 && open_end)
}

/// "5) …", "12. …": the head of a part of the text.
fn is_numbered(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < text.len() && rest.starts_with([')', '.']) && rest.chars().nth(1).is_some_and(char::is_whitespace)
}

/// Whom the photo is by: "Ảnh: TTXVN", "(Ảnh Minh họa)", "Nguồn: Internet" at the end of a caption.
fn photo_credit(text: &str) -> Option<String> {
    static PHOTO: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)(?:^|[\s(.\-–/])(?:ảnh|hình|nguồn)\s*:\s*([^()]{2,60}?)[\s).]*$").ok());
    PHOTO.as_ref()?.captures(text)?.get(1).map(|name| name.as_str().trim().to_owned())
}

// --- lead ---

fn without_title<'a>(mut lines: Vec<Line<'a>>, title: &str, dropped: &mut Vec<String>) -> Vec<Line<'a>> {
    let title = fold(title);
    if let Some(at) =
        lines.iter().take(3).position(|line| !line.is_image() && fold(&line.text) == title && !title.is_empty())
    {
        dropped.push(lines.remove(at).text);
    }
    lines
}

/// Takes out the lines at the beginning that the lead repeats.
fn remove_repeated_lead(lines: &mut Vec<Line<'_>>, lead: &str) {
    let lead = fold(lead);
    while let Some(at) = lines.iter().position(|line| !line.is_image()) {
        let Some(line) = lines.get(at) else { return };
        let text = fold(&line.text);
        let repeats = text.chars().count() > 20 && lead.contains(&text);
        if at > 2 || !repeats {
            return;
        }
        lines.remove(at);
    }
}

/// The bold first paragraph or paragraphs are the lead, where text follows that is not bold.
fn bold_lead(lines: &mut Vec<Line<'_>>) -> Option<String> {
    const LEAST: usize = 40;
    let texts: Vec<usize> = (0..lines.len()).filter(|at| lines.get(*at).is_some_and(|line| !line.is_image())).collect();
    let is_lead = |at: &usize| {
        lines.get(*at).is_some_and(|line| {
            line.form.bold
                && matches!(line.kind, Kind::Paragraph | Kind::Heading(_))
                && line.text.chars().count() >= LEAST
        })
    };
    let lead: Vec<usize> = texts.iter().copied().take_while(is_lead).take(4).collect();
    let rest_is_plain = texts.iter().skip(lead.len()).any(|at| lines.get(*at).is_some_and(|line| !line.form.bold));
    if lead.is_empty() || !rest_is_plain {
        return None;
    }
    let text: Vec<String> = lead.iter().filter_map(|at| lines.get(*at)).map(|line| line.text.clone()).collect();
    for at in lead.iter().rev() {
        lines.remove(*at);
    }
    Some(text.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_lines() {
        for (text, outlet) in [
            ("Theo Báo Quê Lúa", "Báo Quê Lúa"),
            ("Nguồn: TTXVN", "TTXVN"),
            ("(Nguồn Cổng TTĐT Chính phủ)", "Cổng TTĐT Chính phủ"),
            ("Theo tinhnha online", "tinhnha online"),
            ("Theo baotinh.vn", "baotinh.vn"),
        ] {
            assert_eq!(credit_of(text).and_then(|credit| credit.outlet).as_deref(), Some(outlet), "{text}");
        }
        for text in [
            "Theo đó, các xã sẽ họp lại.",
            "Theo thống kê của huyện",
            "Theo ông Nam, vụ này được mùa",
            "Nguồn nước về muộn khiến bà con lo lắng nhiều hơn mọi năm trước đây ở các bản vùng cao",
        ] {
            assert_eq!(credit_of(text), None, "{text}");
        }
    }

    #[test]
    fn bylines_and_their_names() {
        for (text, names) in [
            ("Tin, ảnh: Lê Na – Hà Vy", vec!["Lê Na", "Hà Vy"]),
            ("Bài và ảnh: Đỗ Quân", vec!["Đỗ Quân"]),
            ("Tác giả: Trần An", vec!["Trần An"]),
            ("T/h: PV", vec![]),
        ] {
            assert!(is_byline(text), "{text}");
            assert_eq!(names_of(text), names, "{text}");
        }
        for text in [
            "Tin vui đến với bà con.",
            "Bài học: phải giữ rừng để giữ nước cho cả vùng hạ du rộng lớn và cho các thế hệ mai sau cùng hưởng",
        ] {
            assert!(!is_byline(text), "{text}");
        }
    }
}

//! Decides whether an article that was fetched again has changed.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::dedup::document::Document;
use crate::dedup::relate::Strictness;
use crate::dedup::relate::Subject;
use crate::model::record::Record;
use crate::text::vietnamese::fold_ascii;
use crate::url::path_of;

/// Maximum number of words of a line of the page's frame: a counter, a clock, a related article's headline.
const FRAME_LINE: usize = 30;
/// Maximum number of words of a counter's or clock's line.
const COUNTER_LINE: usize = 14;
/// Minimum number of lines of a list of related articles.
const RELATED: usize = 2;

/// Number of syllables from which an article cannot shrink to a word or two, unless its page is a different one.
const ARTICLE: usize = 60;
/// Maximum number of syllables of a page that only says that it has no content.
const EMPTY_PAGE: usize = 30;
/// Maximum number of syllables of an error page.
const ERROR_PAGE: usize = 150;
/// Share of a text that is in the previous one, below which the two are unrelated.
const UNRELATED: f64 = 0.2;

/// The relation of an article's new text to the previous one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The same, except for whitespace and the page's frame.
    Nothing,
    /// A new revision.
    Revision,
    /// Another headline and another text: a revision, unless another article has the same text.
    Replaced,
    /// Not an article: an error, a challenge, an empty page; the text names the sign.
    NotAnArticle(String),
    /// Another article, returned by another URL: its `rel=canonical` is wrong.
    AnotherArticle,
}

/// Compares a fetched article with the newest revision.
pub fn change(before: &Record, now: &Record) -> Change {
    let (old, new) = (Document::of(before, None), Document::of(now, None));
    let share =
        Subject::new(&new, &[]).relation_to(&old, Strictness::None).map_or(0.0, |relation| relation.containment);
    let is_unrelated = share < UNRELATED && old.title != new.title && old.text.len() >= ARTICLE;
    if is_unrelated && let Some(sign) = sign_of_no_article(now, new.text.len()) {
        return Change::NotAnArticle(sign);
    }
    if is_unrelated && before.final_url != now.final_url {
        return Change::AnotherArticle;
    }
    if is_unrelated {
        return Change::Replaced;
    }
    let is_same = before.title == now.title && files(before) == files(now) && same_but_for_frame(before, now);
    if is_same { Change::Nothing } else { Change::Revision }
}

/// Returns the URLs of a record's files without their queries, which contain sessions and times on some sites.
fn files(record: &Record) -> BTreeSet<&str> {
    let addresses = record.attachments.iter().map(|attachment| attachment.url.as_str());
    addresses.map(path_of).collect()
}

/// Phrases of pages that are returned with status 200 instead of an article; folded.
const ERRORS: &[&str] = &[
    "404",
    "not found",
    "khong tim thay",
    "khong ton tai",
    "da bi xoa",
    "da bi go",
    "loi he thong",
    "bao tri",
    "dang nhap",
    "tu choi truy cap",
    "access denied",
    "forbidden",
    "captcha",
    "robot",
    "vui long thu lai",
    "unavailable",
    "bad gateway",
    "time-out",
    "timeout",
    "server error",
    "runtime error",
    "javascript",
    "cookie",
    "firewall",
    "request rejected",
];

fn sign_of_no_article(record: &Record, syllables: usize) -> Option<String> {
    if syllables <= EMPTY_PAGE && record.attachments.is_empty() {
        return Some("the article's text is gone".to_owned());
    }
    let text = fold_ascii(&format!("{} {}", record.title, record.content_text));
    let sign = ERRORS.iter().find(|sign| text.contains(**sign)).filter(|_| syllables <= ERROR_PAGE)?;
    Some(format!("the article's text is gone, and \"{sign}\" stands there"))
}

/// Whether two texts are the same except for lines of the page's frame.
pub(super) fn same_but_for_frame(before: &Record, now: &Record) -> bool {
    let (old, new) = (Lines::of(before), Lines::of(now));
    let (gone, come) = (old.without(&new), new.without(&old));
    let is_frame = |line: &str, lines: &Lines, others: &[&str]| {
        lines.is_related(line) || is_counter(line, others) || counts_from_now(line, others)
    };
    gone.iter().all(|line| is_frame(line, &old, &come)) && come.iter().all(|line| is_frame(line, &new, &gone))
}

/// A text's lines with normalized whitespace, the lead first.
struct Lines {
    all: Vec<String>,
    /// Those after the last sentence, if there are several.
    tail: BTreeSet<String>,
}

impl Lines {
    fn of(record: &Record) -> Lines {
        let texts = [record.summary.as_deref().unwrap_or_default(), &record.content_text];
        let one_form = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines = texts.into_iter().flat_map(str::lines).map(one_form).filter(|line| !line.is_empty());
        let all: Vec<String> = lines.collect();
        let body = all.iter().rposition(|line| is_sentence(line)).map_or(0, |last| last + 1);
        let tail = all.get(body..).filter(|tail| tail.len() >= RELATED && body > 0).unwrap_or_default();
        Lines { tail: tail.iter().cloned().collect(), all }
    }

    /// Returns the lines that the other text does not contain, or contains less often.
    fn without<'a>(&'a self, other: &'a Lines) -> Vec<&'a str> {
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        for line in &other.all {
            *known.entry(line).or_default() += 1;
        }
        let is_new = |line: &&str| match known.get_mut(*line) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        };
        self.all.iter().map(String::as_str).filter(is_new).collect()
    }

    /// Whether a line belongs to a list of headlines after the text.
    fn is_related(&self, line: &str) -> bool {
        self.tail.contains(line) && line.split(' ').count() <= FRAME_LINE
    }
}

fn is_sentence(line: &str) -> bool {
    line.trim_end_matches(['"', '”', '’', ')', ' ']).ends_with(['.', '!', '?', '…', ';', ':'])
}

/// Words of counters and clocks; folded.
const COUNTERS: &[&str] = &[
    "luot xem",
    "luot doc",
    "luot truy cap",
    "so luot",
    "da xem",
    "da doc",
    "truy cap",
    "views",
    "view",
    "online",
    "dang xem",
    "luot thich",
    "binh luan",
    "danh gia",
    "cap nhat",
    "hom nay",
    "bay gio",
    "gmt",
];

/// Whether a line is a counter or a clock: short, equal to a line of the other text except for its numbers, and made of such words.
fn is_counter(line: &str, others: &[&str]) -> bool {
    let is_figure = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | ':' | '/');
    let shape = |line: &str| line.split(is_figure).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("#");
    let is_short = line.split(' ').count() <= COUNTER_LINE;
    let folded = fold_ascii(line);
    is_short
        && (COUNTERS.iter().any(|word| folded.contains(word)) || is_clock(&folded))
        && others.iter().any(|other| shape(other) == shape(line) || is_clock(&fold_ascii(other)))
}

/// Whether a line says how long ago or in how much time something happens, and the other text has the same line with another time.
fn counts_from_now(line: &str, others: &[&str]) -> bool {
    let shape = |line: &str| {
        let folded = fold_ascii(line);
        FROM_NOW.is_match(&folded).then(|| FROM_NOW.replace_all(&folded, "~").into_owned())
    };
    let is_short = line.split(' ').count() <= FRAME_LINE;
    let own = if is_short { shape(line) } else { None };
    own.is_some_and(|own| others.iter().any(|other| shape(other).as_ref() == Some(&own)))
}

/// Relative times in folded letters: "3 giờ trước", "cách đây hai ngày", "còn 29 ngày nữa", "vừa xong", "2 hours ago".
static FROM_NOW: LazyLock<Regex> = LazyLock::new(|| {
    let number =
        r"(?:\d+|mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi|vai|an?|one|two|three|four|five|six|seven|eight|nine|ten)";
    let unit =
        r"(?:giay|phut|gio|tieng|ngay|hom|tuan|thang|nam|(?:sec|second|min|minute|hr|hour|day|week|month|year)s?)";
    let span = format!(r"{number}\s{unit}(?:\sdong\sho)?(?:\s{number}\s{unit})?");
    let behind = r"(?:truoc(?:\sday)?|nua|qua|ago|left|remaining|to\sgo|from\snow)";
    let before = r"(?:cach\sday|con(?:\slai)?)(?:\skhoang)?";
    let words = r"vua\sxong|vua\smoi|moi\sday|hom\s(?:nay|qua|kia)|just\snow|moments\sago|yesterday|today";
    Regex::new(&format!(r"\b(?:(?:{before}\s)?{span}\s{behind}|{before}\s{span}|{words})\b"))
        .expect("a constant pattern")
});

/// Whether a folded line is only a date or a time.
fn is_clock(folded: &str) -> bool {
    const WORDS: &[&str] = &[
        "thu", "hai", "ba", "tu", "nam", "sau", "bay", "chu", "nhat", "ngay", "thang", "gio", "phut", "giay", "luc",
        "am", "pm", "sa", "ch", "h",
    ];
    let mut words = folded.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    folded.contains(|c: char| c.is_ascii_digit()) && words.all(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEXT: &str = "Sáng 12/3, Ủy ban nhân dân huyện tổ chức hội nghị tổng kết công tác trồng rừng của năm trước, bàn kế hoạch của \
        năm nay và nghe ý kiến của các chủ rừng về giống cây, đường vào rừng, việc phòng cháy trong mùa khô sắp tới.\n\n\
        Theo báo cáo, toàn huyện trồng được 4,6 nghìn héc ta rừng, vượt hai phần mười so với kế hoạch; tỷ lệ cây sống trên chín phần mười.";

    fn record(title: &str, text: &str) -> Record {
        let record = json!({
            "schema_version": 1, "id": "x", "revision": 1, "portal": "a", "outlet": "A", "url": "http://a.example/1",
            "final_url": "http://a.example/1", "canonical_url": "http://a.example/1", "title": title, "content_text": text,
            "content_html": "", "language": "vi", "date_fetched": "2025-07-01T08:00:00+07:00", "content_hash": "",
            "discovery": {"kind": "listing", "url": "http://a.example/tin"}, "http": {"status": 200, "charset": "utf-8"},
            "extraction": {"rules": [], "version": "0", "origins": {}}
        });
        serde_json::from_value(record).unwrap()
    }

    #[track_caller]
    fn check(before: &str, now: &str, expect: &Change) {
        assert_eq!(change(&record("Tổng kết trồng rừng", before), &record("Tổng kết trồng rừng", now)), *expect);
    }

    #[test]
    fn the_frame_is_no_change() {
        let with = |tail: &str| format!("{TEXT}\n\n{tail}");
        check(TEXT, &TEXT.replace(' ', "  ").replace("\n\n", " \n"), &Change::Nothing);
        check(&with("Lượt xem: 17"), &with("Lượt xem: 1.020"), &Change::Nothing);
        check(&with("Thứ Hai, 01/07/2025 08:00"), &with("Chủ nhật, ngày 7 tháng 7 năm 2025"), &Change::Nothing);
        check(
            &with("Khai mạc lễ hội\n\nThông xe cầu mới"),
            &with("Mưa lớn ở vùng núi\n\nKhai mạc lễ hội"),
            &Change::Nothing,
        );
        check(TEXT, &with("Khai mạc lễ hội\n\nThông xe cầu mới"), &Change::Nothing);
    }

    #[test]
    fn time_counted_from_now_is_no_change() {
        for (before, now) in [
            ("3 giờ trước", "4 giờ trước"),
            ("55 phút trước", "1 giờ trước"),
            ("Vừa xong", "2 phút trước"),
            ("Đăng cách đây hai ngày", "Đăng cách đây 1 tuần"),
            ("Chỉ còn 10 ngày nữa đến hạn nộp hồ sơ", "Chỉ còn 9 ngày nữa đến hạn nộp hồ sơ"),
            ("Còn 5 ngày", "Còn 4 ngày"),
            ("Posted an hour ago", "Posted 2 hours ago"),
            ("3 days left", "1 day left"),
        ] {
            check(&format!("{TEXT}\n\n{before}"), &format!("{TEXT}\n\n{now}"), &Change::Nothing);
        }
        for (before, now) in [
            ("Còn 5 hộ chưa có nước.", "Còn 4 hộ chưa có nước."),
            ("Lớp học kéo dài 3 ngày.", "Lớp học kéo dài 5 ngày."),
            ("Đăng cách đây 2 ngày, theo Sở", "Đăng cách đây 2 ngày, theo huyện"),
        ] {
            check(&format!("{TEXT}\n\n{before}"), &format!("{TEXT}\n\n{now}"), &Change::Revision);
        }
    }

    #[test]
    fn words_are_a_change() {
        check(TEXT, &TEXT.replace("4,6 nghìn", "4,9 nghìn"), &Change::Revision);
        check(TEXT, &format!("{TEXT}\n\nTin đang được cập nhật."), &Change::Revision);
        check(TEXT, TEXT.split("\n\n").next().unwrap(), &Change::Revision);
        check(&format!("{TEXT}\n\nCó 17 người dự."), &format!("{TEXT}\n\nCó 18 người dự."), &Change::Revision);
        let renamed = change(&record("Tổng kết trồng rừng", TEXT), &record("Tổng kết công tác trồng rừng", TEXT));
        assert_eq!(renamed, Change::Revision);
    }

    #[test]
    fn other_files_are_a_change_and_other_sessions_are_none() {
        let with = |url: &str| {
            let mut record = record("Thông báo", "Xem chi tiết tại đây");
            record.attachments = serde_json::from_value(json!([{"url": url, "mime_type": "application/pdf"}])).unwrap();
            record
        };
        assert_eq!(change(&with("http://a.example/1.pdf?t=1"), &with("http://a.example/1.pdf?t=2")), Change::Nothing);
        assert_eq!(change(&with("http://a.example/1.pdf"), &with("http://a.example/2.pdf")), Change::Revision);
    }

    #[test]
    fn an_error_page_is_no_revision() {
        let before = record("Tổng kết trồng rừng", TEXT);
        let gone = change(&before, &record("Thông báo", "Trang này trống."));
        assert!(matches!(gone, Change::NotAnArticle(_)), "{gone:?}");
        let long = "Xin lỗi quý vị, trang mà quý vị yêu cầu không tìm thấy trên máy chủ của chúng tôi. ".repeat(4);
        let error = change(&before, &record("Lỗi", &long));
        assert!(matches!(&error, Change::NotAnArticle(sign) if sign.contains("khong tim thay")), "{error:?}");
    }

    #[test]
    fn another_article_at_another_address_is_told() {
        let before = record("Tổng kết trồng rừng", TEXT);
        let other = "Chiều qua, đội bóng của xã thắng ba trận liền và vào chung kết giải của huyện, khán giả đến sân rất đông và cổ vũ đến \
            phút cuối cùng dù trời mưa to, huấn luyện viên nói rằng các cầu thủ trẻ đã chơi hơn sức mình và xứng đáng với kết quả này.";
        let mut now = record("Đội bóng của xã vào chung kết", other);
        assert_eq!(change(&before, &now), Change::Replaced, "an id that was given again");
        now.final_url = "http://a.example/2".to_owned();
        assert_eq!(change(&before, &now), Change::AnotherArticle);
    }
}

//! Beginnings of lines that point elsewhere or offer something, in the languages of the press pages we have seen. They are not article text. Each
//! begins lines of at least two unrelated sites, or is the wording of Vietnamese portals and newspapers.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use aho_corasick::Anchored;
use aho_corasick::Input;
use aho_corasick::StartKind;

use crate::text::unicode;

/// Pointers to other articles. A line with such a beginning is one, with or without a link.
const POINTERS: &[&str] = &[
    "read more",
    "also read",
    "read next",
    "read:",
    "related:",
    "related article",
    "related stories",
    "related reading",
    "see also",
    "more from",
    "more on this",
    "more:",
    "watch:",
    "watch more",
    "you may also like",
    "you might also like",
    "recommended",
    "editor's pick",
    "editors' pick",
    "don't miss",
    "up next",
    "continue reading",
    "keep reading",
    "what to read next",
    "in case you missed it",
    "xem thêm",
    "đọc thêm",
    "tin liên quan",
    "bài liên quan",
    "mời bạn đọc",
    "mời quý độc giả",
    "lesen sie auch",
    "lesen sie mehr",
    "mehr zum thema",
    "empfohlener redaktioneller inhalt",
    "mehr dazu",
    "auch interessant",
    "lire aussi",
    "à lire",
    "lire la suite",
    "lee también",
    "leer más",
    "te puede interesar",
    "leggi anche",
    "saiba mais",
    "veja também",
    "mehr lesen",
    "weiterlesen",
    "czytaj także",
    "czytaj więcej",
    "czytaj też",
    "zobacz także",
    "читайте также",
];

/// Offers and tools of the page.
const OFFERS: &[&str] = &[
    "sign up",
    "subscribe",
    "follow us",
    "follow @",
    "follow the ",
    "follow me ",
    "comments",
    "click here",
    "click to",
    "share this",
    "share on",
    "join our",
    "join us",
    "get the latest",
    "get our",
    "download our",
    "download the app",
    "advertisement",
    "loading",
    "log in",
    "sign in",
    "create an account",
    "already a subscriber",
    "already have an account",
    "support our",
    "support independent",
    "help us",
    "we may earn",
    "if you buy something",
    "©",
    "copyright ©",
    "copyright:",
    "all rights reserved",
    "filed under",
    "posted in",
    "tags:",
    "từ khóa:",
    "từ khoá:",
    "tagged",
    "print this",
    "email this",
    "save this",
    "report an error",
    "leave a comment",
    "leave a reply",
    "post a comment",
    "view comments",
    "show comments",
    "comments are closed",
    "your email address will not",
    "story continues",
    "anzeige",
    "werbung",
    "publicité",
    "publicidad",
    "pubblicità",
    "iklan",
    "reklam",
    "quảng cáo",
    "theo dõi",
    "chia sẻ",
    "đăng ký nhận",
    "please enable javascript",
    "cookies",
    "we use cookies",
    "this site uses cookies",
    "skip to",
    "back to top",
    "jump to",
    "table of contents",
];

/// Words before the author's name in a line before the text.
const BY: &[&str] = &["by", "von", "por", "par", "door", "bởi"];

/// Maximum number of words of a byline.
const MOST_OF_BYLINE: u32 = 8;

/// Reading times.
const READING_TIMES: &[&str] = &[
    "min read",
    "mins read",
    "minute read",
    "minutes read",
    "reading time",
    "temps de lecture",
    "lesezeit",
    "tempo de leitura",
    "tiempo de lectura",
    "phút đọc",
    "thời gian đọc",
];

/// Whether a line says who wrote the text, or how long it takes to read.
pub(super) fn is_byline(text: &str, words: u32) -> bool {
    if words > MOST_OF_BYLINE {
        return false;
    }
    let lower = text.to_lowercase();
    let (first, rest) = lower.split_once(' ').unwrap_or_default();
    let names =
        || text.split_whitespace().skip(1).filter(|word| word.chars().next().is_some_and(char::is_uppercase)).count();
    let is_name = || names() >= 2 && !text.ends_with(['.', '!', '?', ':']);
    READING_TIMES.iter().any(|time| lower.contains(time)) || (BY.contains(&first) && !rest.is_empty() && is_name())
}

/// Headings of sections about those who wrote the text or answer for it.
const ABOUT: &[&str] = &["about the author", "disclaimer", "über den autor", "về tác giả"];

/// Whether a line is nothing but a pointer's or an offer's phrase, so that it labels what is below it.
pub(super) fn is_label(text: &str) -> bool {
    let lower = bare(text);
    [POINTERS, OFFERS].into_iter().flatten().any(|phrase| phrase.trim_end_matches(':') == lower)
}

/// Whether a heading begins a section about those who wrote the text.
pub(super) fn is_about(text: &str) -> bool {
    text.len() <= HEAD * 2 && ABOUT.contains(&bare(text).as_str())
}

fn bare(text: &str) -> String {
    text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

/// Beginnings and endings of last lines that name those who helped: "Additional reporting by …", "… contributed to this report."
const HELPING: &[&str] =
    &["additional reporting", "reporting by", "with reporting by", "with reports from", "with files from"];
const HELPED: &str = "contributed";

/// Maximum number of words after [`HELPED`]: "to this report", "reporting from Hong Kong".
const MOST_HELPED: usize = 6;

/// Whether a last line names those who helped the author.
pub(super) fn is_help(text: &str, words: u32) -> bool {
    if words > MOST_WORDS {
        return false;
    }
    let lower = text.trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let helped = || {
        let (_, rest) = lower.rsplit_once(HELPED)?;
        let rest = rest.trim_start();
        Some(rest.starts_with("reporting") || rest.starts_with("to this "))
            .filter(|_| rest.split(' ').count() <= MOST_HELPED)
    };
    HELPING.iter().any(|help| lower.starts_with(help)) || helped() == Some(true)
}

/// Whether a line is only a URL.
pub(super) fn is_address(text: &str) -> bool {
    let host = |text: &str| text.split_once('.').is_some_and(|(name, rest)| !name.is_empty() && rest.contains('/'));
    !text.contains(char::is_whitespace) && (text.contains("://") || host(text))
}

/// Maximum number of words of such a line. A longer line has content.
const MOST_WORDS: u32 = 30;

/// Number of characters of a line that are compared. The longest beginning has fewer.
const HEAD: usize = 40;

/// Returns the log-odds of a line's beginning.
pub(super) fn worth(text: &str, words: u32) -> f32 {
    if words > MOST_WORDS {
        return 0.0;
    }
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '©');
    let mut head = String::with_capacity(HEAD);
    for c in text.chars().take(HEAD) {
        unicode::push_lower(if c == '’' { '\'' } else { c }, &mut head);
    }
    let begins = |phrases: &AhoCorasick| phrases.is_match(Input::new(&head).anchored(Anchored::Yes));
    if begins(&POINTING) {
        -3.0
    } else if begins(&OFFERING) {
        -2.5
    } else {
        0.0
    }
}

static POINTING: LazyLock<AhoCorasick> = LazyLock::new(|| beginnings(POINTERS));
static OFFERING: LazyLock<AhoCorasick> = LazyLock::new(|| beginnings(OFFERS));

/// Builds a matcher that finds whether a text begins with one of the phrases, in one pass.
fn beginnings(phrases: &[&str]) -> AhoCorasick {
    AhoCorasick::builder().start_kind(StartKind::Anchored).build(phrases).expect("constant patterns")
}

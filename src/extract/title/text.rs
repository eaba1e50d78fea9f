//! Titles as texts: their letters, their parts between dashes and bars, and what sites put before and after a headline.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use aho_corasick::MatchKind;

use crate::text::unicode;
use crate::text::vietnamese::fold_ascii;
use crate::text::work;
use crate::url::PageUrl;

/// Separators between a headline and the names of its site and section. A bar, a guillemet or two colons are rare inside a headline.
const SEPARATORS: &[&str] = &[" | ", " - ", " – ", " — ", " · ", " » ", " « ", " :: ", " • ", " / ", "|", " > ", " › "];

/// Maximum number of words of a site's name.
pub(super) const MAX_NAME_WORDS: u32 = 16;

/// Beginnings of Vietnamese sites' names, folded. Provinces, departments and newspapers use them on any host (portals by Decree 42/2022, newspapers
/// by their licences).
const SITE_BEGINNINGS: &[&str] = &[
    "cong thong tin",
    "cong ttdt",
    "cong tt dt",
    "trang thong tin",
    "trang ttdt",
    "trang tin",
    "trang dien tu",
    "website",
    "bao dien tu",
    "tap chi dien tu",
    "cong dich vu",
];

/// Number of letters of the longest of [`PAGE_NAMES`].
pub(super) const MAX_PAGE_NAME: usize = 16;

/// Names of a page or of a kind of page, not of an article.
const PAGE_NAMES: &[&str] = &[
    "trang chu",
    "chi tiet",
    "chi tiet tin",
    "chi tiet tin tuc",
    "chi tiet bai viet",
    "chi tiet noi dung",
    "chi tiet thong bao",
    "tin tuc chi tiet",
    "noi dung chi tiet",
    "noi dung bai viet",
    "noi dung",
    "bai viet",
    "tin tuc",
    "tin bai",
    "tin tuc su kien",
    "tin tuc va su kien",
    "tin trong tinh",
    "xem tin",
    "xem chi tiet",
    "thong bao",
    "home",
    "homepage",
    "home page",
    "news",
    "news detail",
    "detail",
    "details",
    "article",
    "untitled",
    "untitled document",
    "welcome",
];

/// Returns only the letters and digits, in lower case. They are equal in two printings of one headline.
pub(in crate::extract) fn letters(text: &str) -> String {
    work::step(text.len());
    let mut key = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        // Words of ASCII letters are appended whole.
        let (word, after) = rest.split_at(rest.bytes().take_while(u8::is_ascii_alphanumeric).count());
        key.push_str(word);
        let mut chars = after.chars();
        let Some(c) = chars.next() else { break };
        if !c.is_ascii() && unicode::is_alphanumeric(c) {
            unicode::push_lower(c, &mut key);
        }
        rest = chars.as_str();
    }
    key.make_ascii_lowercase();
    key
}

/// Returns the end of a text that has the given number of letters, with the quotation mark before it. None if no word begins there.
pub(super) fn last_letters(text: &str, count: usize) -> Option<&str> {
    let mut letters = text.char_indices().rev().filter(|(_, c)| c.is_alphanumeric());
    let (at, _) = letters.nth(count.checked_sub(1)?)?;
    let before = text.get(..at)?;
    let before = before.trim_end_matches(['"', '\'', '“', '„', '«', '‘', '(', '[']);
    let begins_word = !before.ends_with(char::is_alphanumeric);
    text.get(before.len()..).filter(|_| begins_word)
}

/// Returns the words of a short text, folded. None if it has more words than a name.
fn plain_words(text: &str) -> Option<String> {
    // There may be punctuation between the words.
    if text.split_whitespace().nth(3 * MAX_NAME_WORDS as usize / 2).is_some() {
        return None;
    }
    let folded = fold_ascii(text);
    let mut words = folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let plain = words.by_ref().take(MAX_NAME_WORDS as usize).collect::<Vec<_>>().join(" ");
    words.next().is_none().then_some(plain)
}

/// Whether a text is the name of a kind of page: "Chi tiết tin".
pub(super) fn is_name_of_a_page(text: &str) -> bool {
    plain_words(text).is_some_and(|plain| PAGE_NAMES.contains(&plain.as_str()))
}

/// Whether a text begins like a site's name: "Cổng thông tin điện tử …".
pub(super) fn is_name_of_a_site(text: &str) -> bool {
    let begins = |plain: &str, beginning: &&str| {
        plain.strip_prefix(*beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let is_site = |plain: String| SITE_BEGINNINGS.iter().any(|beginning| begins(&plain, beginning)) || is_place(&plain);
    plain_words(text).is_some_and(is_site) || is_paper(text)
}

/// Whether a text is the name of a paper or a station: "Báo Nậm Rốm điện tử", "Đài Phát thanh - Truyền hình Cồn Lau".
fn is_paper(text: &str) -> bool {
    const HEADS: &[&str] = &["báo ", "đài ", "tạp chí "];
    const KINDS: &[&str] = &["điện", "tử", "online", "và", "phát", "thanh", "truyền", "hình", "-", "–"];
    const MOST_WORDS: usize = 10;
    let lower = text.to_lowercase();
    let Some(head) = HEADS.iter().find(|head| lower.starts_with(**head)) else { return false };
    let rest = text.get(head.len()..).unwrap_or_default();
    let is_own = |word: &str| word.starts_with(char::is_uppercase) || KINDS.contains(&word.to_lowercase().as_str());
    text.starts_with(char::is_uppercase)
        && rest.split_whitespace().count() <= MOST_WORDS
        && rest.split_whitespace().all(is_own)
}

/// Whether folded words are the name of a province or district, which follows the name of its site: "Tỉnh Cồn Lau".
fn is_place(plain: &str) -> bool {
    const LEVELS: &[&str] = &["tinh ", "huyen ", "thanh pho ", "thi xa "];
    const MOST_OF_A_NAME: usize = 3;
    let name = LEVELS.iter().find_map(|level| plain.strip_prefix(level));
    name.is_some_and(|name| (1..=MOST_OF_A_NAME).contains(&name.split(' ').count()))
}

/// Maximum number of separators of a page's title that are considered.
const MAX_CUTS: usize = 16;

/// Returns where each separator of a title begins and ends. If separators overlap, the first counts; if they begin together, the longest.
fn borders(title: &str) -> Vec<(usize, usize)> {
    static SEARCH: LazyLock<AhoCorasick> = LazyLock::new(|| {
        AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(SEPARATORS).expect("constant patterns")
    });
    SEARCH.find_iter(title).map(|found| (found.start(), found.end())).take(MAX_CUTS).collect()
}

/// Returns the parts of a page's title that may be the headline: all beginnings, all ends, and the single parts.
pub(super) fn segments(title: &str) -> Vec<String> {
    let cuts = borders(title);
    let mut parts: Vec<String> = vec![title.to_owned()];
    parts.extend(cuts.iter().rev().filter_map(|(start, _)| title.get(..*start)).map(str::to_owned));
    parts.extend(cuts.iter().filter_map(|(_, end)| title.get(*end..)).map(str::to_owned));
    parts.extend(cuts.windows(2).filter_map(|pair| title.get(pair.first()?.1..pair.get(1)?.0)).map(str::to_owned));
    parts
}

/// Removes names from both ends of a title, and returns whether there were any. `is_site` recognizes the site's name, `is_name` the name of anything
/// but an article.
pub(super) fn without_names<'t>(
    title: &'t str,
    is_site: &dyn Fn(&str) -> bool,
    is_name: &dyn Fn(&str) -> bool,
) -> (&'t str, bool) {
    let mut rest = title.trim();
    let mut was_cut = false;
    for _ in 0..MAX_CUTS {
        let cuts = borders(rest);
        // The shortest part comes first. Parts further inside follow in the next round.
        let behind = cuts.iter().rev().find(|(_, end)| rest.get(*end..).is_some_and(is_name));
        let before = cuts.iter().find(|(start, _)| rest.get(..*start).is_some_and(is_name));
        // Headlines contain colons themselves, so the part before it must be the site's name.
        let colon = rest.split_once(": ").filter(|(name, _)| is_site(name));
        let shorter = match (behind, before, colon) {
            (Some((start, _)), ..) => rest.get(..*start),
            (None, Some((_, end)), _) => rest.get(*end..),
            (None, None, Some((_, after))) => Some(after),
            (None, None, None) => None,
        };
        let Some(shorter) = shorter.map(str::trim).filter(|shorter| !shorter.is_empty()) else { break };
        (rest, was_cut) = (shorter, true);
    }
    (rest, was_cut)
}

/// Maximum number of words of a section's name between a headline and its site's name, and minimum number of words of that headline.
const MOST_OF_RUBRIC: usize = 3;
const LEAST_OF_HEADLINE: usize = 5;

/// Removes the section's name after the headline from a `<title>` whose site's name is already removed: "Nước về bản Lóng xa - Xã hội".
pub(super) fn without_rubric(title: &str) -> &str {
    let words = |text: &str| text.split_whitespace().count();
    let last = borders(title).pop();
    let parts = last.and_then(|(start, end)| Some((title.get(..start)?.trim_end(), title.get(end..)?)));
    match parts {
        Some((headline, rubric))
            if words(rubric) <= MOST_OF_RUBRIC
                && words(headline) >= LEAST_OF_HEADLINE
                && !rubric.contains(|c: char| c.is_ascii_digit()) =>
        {
            headline
        }
        _ => title,
    }
}

/// Removes navigation symbols from both ends of a headline: "‹ Tin vui", "► Tin vui |".
pub(super) fn without_signs(title: &str) -> &str {
    title.trim_matches(|c: char| matches!(c, '‹' | '›' | '•' | '·' | '|' | '▸' | '►' | '▶' | '→' | '←' | '>' | ' '))
}

/// Removes parentheses with a date, or empty ones, from the end of a headline: "Tin vui (12/3/2021 08:00)", "Tin vui ( )". If `<title>` has the same
/// ones, they belong to the headline.
pub(super) fn without_date(title: &str, page_title: &str) -> String {
    let trimmed = title.trim_end();
    let Some(open) = trimmed.strip_suffix(')').and_then(|inner| inner.rfind('(')) else { return title.to_owned() };
    let inside = trimmed.get(open + 1..trimmed.len() - 1).unwrap_or_default();
    let digits = inside.chars().filter(char::is_ascii_digit).count();
    // Two years are a period that belongs to the headline.
    let years = inside.split(|c: char| !c.is_ascii_digit()).filter(|number| number.len() == 4).count();
    // `T` and `Z` are part of a machine-readable timestamp.
    let date = years <= 1
        && inside
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, ' ' | '/' | '-' | '.' | ':' | ',' | '|' | '+' | 'T' | 'Z'))
        && (digits == 0 || digits >= 6);
    let before = trimmed.get(..open).unwrap_or_default().trim_end();
    let own = digits > 0 && page_title.contains(trimmed);
    if date && !own && !before.is_empty() { before.to_owned() } else { title.to_owned() }
}

/// Maximum number of words of a URL that are compared with a headline's.
const MAX_SLUG: usize = 64;

/// Returns the words of the last part of a URL that has more than two words. `is_section` recognizes earlier parts that name a section.
pub(super) fn slug(url: &PageUrl, is_section: &dyn Fn(&str) -> bool) -> Vec<String> {
    let segments = url.as_url().path_segments().into_iter().flatten().rev().filter(|part| !part.is_empty());
    let mut named = segments.enumerate().filter(|(_, part)| part.matches(['-', '_', '+']).count() >= 2);
    let part = named.find(|(at, part)| *at == 0 || !is_section(part)).map_or("", |(_, part)| part);
    let part = part.split('.').next().unwrap_or(part);
    let decoded = url::form_urlencoded::parse(format!("x={part}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    let folded = fold_ascii(&decoded);
    folded
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && !word.bytes().all(|byte| byte.is_ascii_digit()))
        .take(MAX_SLUG)
        .map(str::to_owned)
        .collect()
}

/// Maximum length in bytes of a line that names the site's owner.
pub(super) const MAX_OWNER: usize = 400;

/// Signs of a line that names the owner, in each letter case that such lines have.
static OWNED: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let signs = ["©", "copyright", "all rights reserved", "(c)", "bản quyền", "Bản quyền", "BẢN QUYỀN", "Bản Quyền"];
    AhoCorasick::builder().ascii_case_insensitive(true).build(signs).expect("constant patterns")
});

/// Returns the letters of the site's owner from a line of its footer: "© 2026 The Brook Courier. All rights reserved."
pub(super) fn owner_of(text: &str) -> Option<String> {
    const AROUND: &[&str] = &["©", "(c)", "copyright", "bản quyền thuộc về", "bản quyền của", "bản quyền", "by"];
    if !OWNED.is_match(text) {
        return None;
    }
    let lower = text.to_lowercase();
    let is_around = |c: char| c.is_ascii_digit() || c.is_whitespace() || matches!(c, ',' | '-' | '–' | ':' | '|');
    let mut rest = lower.as_str();
    while let Some(shorter) = AROUND.iter().find_map(|word| rest.trim_start_matches(is_around).strip_prefix(word)) {
        rest = shorter;
    }
    let rest = rest.trim_start_matches(is_around);
    let end = [". ", ", ", " | ", " - ", " – ", "all rights", "©"].iter().filter_map(|end| rest.find(end)).min();
    let name = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
    Some(letters(name)).filter(|_| name.split_whitespace().count() <= MAX_NAME_WORDS as usize)
}

/// `www.vnexpress.net` → `vnexpressnet`, `vnexpress`.
pub(super) fn host_names(url: &PageUrl) -> Vec<String> {
    let host = url.host().trim_start_matches("www.");
    let first = host.split('.').next().unwrap_or(host);
    vec![letters(host), letters(first)]
}

//! Converts titles and teasers of feeds and lists into one line of plain text.

use regex::Regex;
use std::sync::LazyLock;

use crate::html::tree;
use crate::text::date;
use crate::text::date::Dated;
use crate::text::legacy;
use crate::text::unicode;

/// Maximum number of times that a text is unescaped. Feeds escape their HTML once, and some twice.
const MAX_LAYERS: usize = 2;

/// Maximum number of characters of a title. A longer line is not a title.
const MAX_TITLE: usize = 1_000;

/// Maximum number of characters of a teaser. It is only a hint; the article's page has the whole lead.
const MAX_SUMMARY: usize = 10_000;

/// Maximum number of bytes that are read for a teaser. Some feeds put the whole article there.
const MAX_MARKUP: usize = 256 * 1024;

static TAG: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"<(?:/?[a-zA-Z][^<>]*|!--.*)>").expect("a constant pattern"));
static REFERENCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"&(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]+);").expect("a constant pattern"));

static UNRESOLVED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"&[^\s&;=/?]{1,60};").expect("a constant pattern"));

/// Returns a title as one line without tags and references. None if nothing is left. Tags that appear only after references are decoded are kept as
/// words, because the title talks about them.
pub(crate) fn title(text: &str) -> Option<String> {
    plain(text, true).filter(|title| is_title(title))
}

/// Whether a line is short enough for a title.
pub(crate) fn is_title(line: &str) -> bool {
    line.len() <= MAX_TITLE || line.chars().count() <= MAX_TITLE
}

/// Returns a teaser as one line without tags and references, cut if it is far too long. None if nothing is left.
pub(crate) fn summary(text: &str) -> Option<String> {
    let mut line = plain(text, false)?;
    if let Some((end, _)) = line.char_indices().nth(MAX_SUMMARY) {
        line.truncate(end);
    }
    Some(line)
}

/// Whether a text contains an HTML tag.
pub(crate) fn has_tags(text: &str) -> bool {
    TAG.is_match(text)
}

/// Decodes markup that was escaped once too often: text with escaped tags and no real ones. Other text is returned as it is.
pub(crate) fn unescaped_markup(text: &str) -> String {
    if !text.contains("&lt;") || has_tags(text) {
        return text.to_owned();
    }
    let decoded = unicode::decode_entities(text);
    if has_tags(&decoded) { decoded } else { text.to_owned() }
}

/// Returns the content of a CDATA section that was escaped as a whole, so that its marks became text. Other text is only trimmed.
pub(crate) fn without_cdata(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix("<![CDATA[").and_then(|inner| inner.strip_suffix("]]>")).map_or(text, str::trim)
}

/// Adds a warning that a date lost its time because its zone is unknown. The same warning is added only once.
pub(crate) fn warn_of_zone(dated: &Dated, warnings: &mut Vec<String>) {
    warnings.extend(date::zone_warning(dated).filter(|warning| !warnings.contains(warning)));
}

/// Whether a URL contains an entity reference that was not resolved. A `;` may also separate query parameters, so a reference contains no `=`.
pub(crate) fn is_unresolved(address: &str) -> bool {
    UNRESOLVED.is_match(address)
}

fn plain(text: &str, decoded_tags_are_words: bool) -> Option<String> {
    let mut text = without_cdata(head(text, MAX_MARKUP)).to_owned();
    let mut decoded = false;
    for _ in 0..=MAX_LAYERS {
        if has_tags(&text) && !(decoded && decoded_tags_are_words) {
            // This decodes the references too.
            decoded = true;
            text = tree::line(tree::parse(&text).html.root_element());
        } else if REFERENCE.is_match(&text) {
            decoded = true;
            text = unicode::decode_entities(&text);
        } else {
            break;
        }
    }
    // Repair before cleaning, because a legacy set may use the soft hyphen as a letter.
    let repaired = legacy::repair(&text).map(|repaired| repaired.text);
    let line = unicode::clean(&repaired.unwrap_or(text));
    (!line.is_empty()).then_some(line)
}

/// Returns the longest prefix of at most this many bytes.
pub(crate) fn head(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_lose_their_markup() {
        let check = |input: &str, expect: Option<&str>| assert_eq!(title(input).as_deref(), expect, "{input}");
        check("Tin <b>mới</b>", Some("Tin mới"));
        check("Thẻ &lt;b&gt; của HTML", Some("Thẻ <b> của HTML"));
        check("<i>Thẻ</i> &lt;b&gt; &amp;amp; &lt;5 chữ", Some("Thẻ <b> & <5 chữ"));
        check("<![CDATA[Tin <b>mới</b>]]>", Some("Tin mới"));
        check("H&ocirc;m nay &amp;amp; mai", Some("Hôm nay & mai"));
        check("1 < 2 & 3 > 2", Some("1 < 2 & 3 > 2"));
        check(" \u{a0} ", None);
        check("Trung &shy;&not;ng nhi&Ouml;m v&ocirc;", Some("Trung ương nhiệm vụ"));
    }

    #[test]
    fn content_is_unescaped_once() {
        let check = |input: &str, expect: &str| assert_eq!(unescaped_markup(input), expect, "{input}");
        check("&lt;p&gt;a &amp;amp; b&lt;/p&gt;", "<p>a &amp; b</p>");
        check("<p>1 &lt; 2 &lt;b&gt;</p>", "<p>1 &lt; 2 &lt;b&gt;</p>");
        check("1 &lt; 2", "1 &lt; 2");
    }

    #[test]
    fn titles_and_teasers_are_bounded() {
        let letters = |count: usize| "ơ".repeat(count);
        assert_eq!(title(&letters(MAX_TITLE)), Some(letters(MAX_TITLE)));
        assert_eq!(title(&letters(MAX_TITLE + 1)), None);
        assert_eq!(summary(&letters(MAX_SUMMARY + 1)), Some(letters(MAX_SUMMARY)));
        assert_eq!(summary(&format!("{}<b>xa</b>", " ".repeat(MAX_MARKUP))), None);
        let escaped =
            (0..=MAX_LAYERS + 1).fold("<b>".to_owned(), |text, _| text.replace('&', "&amp;").replace('<', "&lt;"));
        assert_eq!(summary(&escaped).as_deref(), Some("&lt;b>"));
    }
}

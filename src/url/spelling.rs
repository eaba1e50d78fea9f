//! Reduces a URL to what remains without the parts that sites write differently for one article. The result is a hint for finding a known article,
//! never a proof.

use crate::text::fingerprint::hash_parts;
use crate::text::vietnamese::fold_ascii;
use crate::url::PageUrl;

/// First labels of hosts that show the same site for telephones, or under its former name.
const HOSTS: &[&str] = &["www", "m", "mobile", "wap", "amp", "touch"];
/// Parts of a path that request another view of the same article.
const VIEWS: &[&str] = &["amp", "m", "mobile", "print", "ban-in", "in-bai", "printview"];
/// Parts of a path that name the program that responds, or the folder's own page.
const PROGRAMS: &[&str] = &["index.php", "index.html", "index.htm", "index.aspx", "index.jsp", "default.aspx"];
/// Extensions of a last part that depend on a site's settings.
const ENDINGS: &[&str] = &[".html", ".htm", ".shtml", ".xhtml", ".php", ".aspx", ".asp", ".jsp", ".amp", ".print"];
/// Parameters whose value names a view.
const VIEW_PARAMETERS: &[&str] = &["format", "output", "outputtype", "layout", "device", "view", "task", "m", "mobile"];
const VIEW_VALUES: &[&str] = &["amp", "print", "mobile", "m", "1"];
/// Joomla's parameters that name the menu from which an article was reached, if `id` is also present.
const WAYS: &[&str] = &["itemid", "catid"];

/// A URL without the parts that sites write differently for one article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelling {
    /// The hash of the remaining parts. It is equal for two URLs that may be one.
    pub key: i64,
    /// Whether it requests another view of the article: for print, for telephones, for AMP.
    pub is_view: bool,
}

impl Spelling {
    /// Creates the spelling of a URL.
    pub fn of(url: &PageUrl) -> Spelling {
        let (text, is_view) = reduced(&url.canonical());
        let hash = hash_parts([text.as_str()]);
        // 16 hex digits always fit. Their highest bit makes the number negative.
        let key = hash.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default();
        Spelling { key: key.cast_signed(), is_view }
    }
}

/// Returns the remaining parts of a canonical URL, and whether it requested another view.
fn reduced(url: &PageUrl) -> (String, bool) {
    let mut is_view = false;
    let host = reduced_host(url.host(), &mut is_view);
    let path = fold_ascii(&unescaped(url.as_url().path()));
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && !PROGRAMS.contains(part)) {
        let bare = without_endings(part);
        if VIEWS.contains(&bare) || part == ".amp" {
            is_view = true;
        } else {
            is_view |= bare.len() < part.len() && (part.contains(".amp") || part.contains(".print"));
            parts.push(bare);
        }
    }
    let mut query = url.as_url().query().map(|query| fold_ascii(&unescaped(query))).unwrap_or_default();
    if !query.is_empty() {
        query = reduced_query(&query, &mut is_view);
    }
    (format!("{host}/{}?{query}", parts.join("/")), is_view)
}

fn reduced_host<'a>(host: &'a str, is_view: &mut bool) -> &'a str {
    let mut host = host;
    while let Some((label, rest)) = host.split_once('.')
        && HOSTS.contains(&label)
        && rest.contains('.')
    {
        *is_view |= label != "www";
        host = rest;
    }
    host
}

fn without_endings(part: &str) -> &str {
    let mut bare = part;
    while let Some(shorter) =
        ENDINGS.iter().find_map(|ending| bare.strip_suffix(ending)).filter(|bare| !bare.is_empty())
    {
        bare = shorter;
    }
    bare
}

fn reduced_query(query: &str, is_view: &mut bool) -> String {
    let pairs: Vec<(&str, &str)> = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    let has_id = pairs.iter().any(|(name, _)| *name == "id");
    let mut kept = Vec::new();
    for (name, value) in pairs {
        if VIEW_PARAMETERS.contains(&name) && VIEW_VALUES.contains(&value) {
            *is_view = true;
        } else if !(has_id && WAYS.contains(&name)) {
            kept.push(format!("{name}={}", number_before_slug(value)));
        }
    }
    kept.sort();
    kept.join("&")
}

/// Returns the number before a slug: `77:cau-treo` and `77-cau-treo` → `77`. Editors change the slug after the number.
fn number_before_slug(value: &str) -> &str {
    let digits = value.len() - value.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match value.split_at_checked(digits) {
        Some((number, slug)) if !number.is_empty() && slug.starts_with([':', '-']) => number,
        _ => value,
    }
}

/// Decodes escapes. Bytes that are not UTF-8 are useless here.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let escaped = match (first, behind) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        bytes.push(escaped.unwrap_or(first));
        rest = rest.get(if escaped.is_some() { 3 } else { 1 }..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelling(url: &str) -> Spelling {
        Spelling::of(&PageUrl::parse(url).unwrap())
    }

    #[test]
    fn one_article_is_spelled_in_many_ways() {
        let plain = spelling("http://xa.example/tin/cau-treo-12");
        for (url, is_view) in [
            ("https://www.xa.example/tin/cau-treo-12/", false),
            ("http://xa.example/Tin/Cau-Treo-12", false),
            ("http://xa.example/tin/c%E1%BA%A7u-treo-12.html?utm_source=x", false),
            ("http://xa.example/index.php/tin/cau-treo-12", false),
            ("http://m.xa.example/tin/cau-treo-12", true),
            ("http://xa.example/amp/tin/cau-treo-12", true),
            ("http://xa.example/tin/cau-treo-12/amp/", true),
            ("http://xa.example/tin/cau-treo-12.amp.html", true),
            ("http://xa.example/tin/cau-treo-12?format=amp", true),
            ("http://xa.example/print/tin/cau-treo-12", true),
            ("http://xa.example/tin/cau-treo-12/print.html", true),
        ] {
            assert_eq!(spelling(url), Spelling { key: plain.key, is_view }, "{url}");
        }
        let joomla = spelling("http://xa.example/index.php?option=com_content&view=article&id=77");
        for url in [
            "http://xa.example/index.php?option=com_content&view=article&id=77:cau-treo",
            "http://xa.example/?Itemid=3&id=77:cau-treo-suoi-da&option=com_content&view=article",
            "http://xa.example/index.php?id=77-cau-treo&option=com_content&view=article&catid=9:tin",
        ] {
            assert_eq!(spelling(url), joomla, "{url}");
        }
    }

    #[test]
    fn other_articles_are_spelled_otherwise() {
        for (one, other) in [
            ("http://xa.example/tin/cau-treo-12", "http://xa.example/tin/cau-treo-13"),
            ("http://xa.example/2025/le-hoi", "http://xa.example/2026/le-hoi"),
            ("http://xa.example/?option=com_content&id=77", "http://xa.example/?option=com_k2&id=77"),
            ("http://xa.example/lists/a/view.aspx?itemid=7", "http://xa.example/lists/a/view.aspx?itemid=8"),
            ("http://xa.example/tin?p=1", "http://xa.example/tin?p=2"),
            ("http://m.example/1", "http://example/1"),
            ("http://dong.xa.example/1", "http://xa.example/1"),
        ] {
            assert_ne!(spelling(one).key, spelling(other).key, "{one} {other}");
        }
    }
}

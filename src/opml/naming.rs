//! Names derived from the titles of feeds.

use std::collections::BTreeSet;

use crate::text::vietnamese::fold_ascii;

/// Maximum number of characters of an id derived from a title. Ids are file names, and appear in tables.
const MAX_SLUG: usize = 40;

/// Minimum number of letters of a host that must contain a name, or be contained in it. Two letters are in most words.
const LEAST_NAME: usize = 5;

/// Characters that separate a site's name from that of its feed.
const SEPARATORS: [char; 10] = ['-', '–', '—', '|', ':', '·', '»', '/', '>', ','];

/// Returns an id derived from a title, cut at a word: "Cổng TTĐT tỉnh Lào Cai" → `cong-ttdt-tinh-lao-cai`. None if no letter or digit is left.
pub(super) fn slug(title: &str) -> Option<String> {
    let folded = fold_ascii(title);
    let words = folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = String::new();
    for word in words {
        if slug.is_empty() {
            slug.extend(word.chars().take(MAX_SLUG));
        } else if slug.len() + 1 + word.len() <= MAX_SLUG {
            slug.push('-');
            slug.push_str(word);
        } else {
            break;
        }
    }
    Some(slug).filter(|slug| !slug.is_empty())
}

/// Returns the name, with the lowest number that makes it unique if it is taken. It is taken from then on.
pub(super) fn unused(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut free = name.to_owned();
    let mut number = 2;
    while taken.contains(&free) {
        free = format!("{name}-{number}");
        number += 1;
    }
    taken.insert(free.clone());
    free
}

/// Returns the common beginning of several titles, up to a character that separates it from the rest, or the title if there is only one.
pub(super) fn common(titles: &[&str]) -> Option<String> {
    let (first, others) = titles.split_first()?;
    let shared = |length: usize, other: &&str| {
        let same = first.chars().zip(other.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
        length.min(same)
    };
    let mut end = others.iter().fold(first.len(), shared);
    if end < first.len() {
        // A text that ends within a word or phrase is not a name.
        end = first[..end].rfind(SEPARATORS).unwrap_or(0);
    }
    let name = one_line(first[..end].trim_end_matches(|c: char| c.is_whitespace() || SEPARATORS.contains(&c)));
    Some(name).filter(|name| !name.is_empty())
}

/// Returns the first part of a text that names the site's host: "Báo Lào Cai - Thời sự" at baolaocai.vn gives "Báo Lào Cai".
pub(super) fn of_host<'a>(texts: impl Iterator<Item = &'a str>, host: &str) -> Option<String> {
    let labels: Vec<String> = host.split('.').map(|label| label.replace('-', "")).collect();
    let names = |part: &&str| {
        let squashed: String = fold_ascii(part).chars().filter(char::is_ascii_alphanumeric).collect();
        let is_named = |label: &String| label.contains(&squashed) || squashed.contains(label);
        let mut long = labels.iter().filter(|label| label.len() >= LEAST_NAME);
        squashed.len() >= LEAST_NAME && long.any(is_named)
    };
    let mut parts = texts.flat_map(|text| text.split(SEPARATORS)).map(str::trim);
    parts.find(names).map(one_line)
}

/// Returns a feed's title without the site's name before it, if something is left.
pub(super) fn without<'a>(title: &'a str, site: &str) -> &'a str {
    let rest = title
        .strip_prefix(site)
        .map(|rest| rest.trim_start_matches(|c: char| c.is_whitespace() || SEPARATORS.contains(&c)));
    rest.filter(|rest| !rest.is_empty()).unwrap_or(title)
}

/// Returns a text without line breaks and control characters, for comments and names.
pub(super) fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_make_ids() {
        let check = |title: &str, expect: Option<&str>| assert_eq!(slug(title).as_deref(), expect, "{title}");
        check("Cổng TTĐT tỉnh Lào Cai", Some("cong-ttdt-tinh-lao-cai"));
        check("Tin mới nhất – VnExpress RSS", Some("tin-moi-nhat-vnexpress-rss"));
        check("…!", None);
        check("新闻", None);
        check(&"dài ".repeat(30), Some("dai-dai-dai-dai-dai-dai-dai-dai-dai-dai"));
        check(&"x".repeat(100), Some(&"x".repeat(40)));
        let mut taken = BTreeSet::from(["a".to_owned(), "a-2".to_owned()]);
        assert_eq!(
            (unused("a", &mut taken), unused("a", &mut taken), unused("b", &mut taken)),
            ("a-3".into(), "a-4".into(), "b".into())
        );
    }

    #[test]
    fn sites_are_named_by_what_their_feeds_have_in_common() {
        let check = |titles: &[&str], expect: Option<&str>| assert_eq!(common(titles).as_deref(), expect, "{titles:?}");
        check(&["Báo Lào Cai - Thời sự", "Báo Lào Cai - Kinh tế"], Some("Báo Lào Cai"));
        check(&["Báo Lào Cai"], Some("Báo Lào Cai"));
        check(&["Báo Lào Cai", "Báo Lào Cai"], Some("Báo Lào Cai"));
        check(&["Kinh tế", "Kinh doanh"], None);
        check(&["Báo | Đắk Lắk", "Báo | Đắk Nông"], Some("Báo"));
        check(&[], None);
        let of_host = |texts: &[&str], host| super::of_host(texts.iter().copied(), host);
        assert_eq!(of_host(&["Thời sự", "Báo Lào Cai"], "baolaocai.vn").as_deref(), Some("Báo Lào Cai"));
        assert_eq!(of_host(&["Hòa Bình - Tin tức"], "hoabinh.gov.vn").as_deref(), Some("Hòa Bình"));
        assert_eq!(of_host(&["Sở Y tế Mẫu Sơn"], "soyte.mauson.gov.vn").as_deref(), Some("Sở Y tế Mẫu Sơn"));
        assert_eq!(of_host(&["Thời sự", "Tin"], "baolaocai.vn"), None);
        assert_eq!(without("Báo Lào Cai - Thời sự", "Báo Lào Cai"), "Thời sự");
        assert_eq!(without("Báo Lào Cai", "Báo Lào Cai"), "Báo Lào Cai");
    }
}

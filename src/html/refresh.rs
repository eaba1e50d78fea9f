//! Reads the value of `<meta http-equiv="refresh" content="…">` (HTML Standard, section 4.2.5.3).

/// Returns the delay in seconds and the URL reference to load. The reference is None if the page reloads itself.
///
/// ```
/// use tintinh::html::refresh::read;
/// assert_eq!(read("0; URL='/vi/'"), Some((0, Some("/vi/"))));
/// assert_eq!(read("300"), Some((300, None)));
/// assert_eq!(read("soon"), None);
/// ```
pub fn read(content: &str) -> Option<(u32, Option<&str>)> {
    let content = content.trim_start();
    let end = content.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(content.len());
    let (digits, rest) = content.split_at(end);
    if digits.is_empty() && !rest.starts_with('.') {
        return None;
    }
    let seconds = if digits.is_empty() { 0 } else { digits.parse().unwrap_or(u32::MAX) };
    let rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let rest = rest.trim_start().trim_start_matches([';', ',']).trim_start();
    let is_named = rest.get(..3).is_some_and(|name| name.eq_ignore_ascii_case("url"));
    let named = rest.get(3..).filter(|_| is_named).and_then(|rest| rest.trim_start().strip_prefix('='));
    let reference = named.unwrap_or(rest).trim();
    let quote = reference.chars().next().filter(|first| matches!(first, '"' | '\''));
    let reference = match quote {
        Some(quote) => reference[1..].split(quote).next().unwrap_or_default(),
        None => reference,
    };
    Some((seconds, Some(reference).filter(|reference| !reference.is_empty())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_browsers_take() {
        let check = |content: &str, seconds: u32, reference: Option<&str>| {
            assert_eq!(read(content), Some((seconds, reference)), "{content}");
        };
        check("0;url=/a", 0, Some("/a"));
        check(" 3 ; URL = \"/a b\" ", 3, Some("/a b"));
        check("0,url=/a?url=b", 0, Some("/a?url=b"));
        check("1.5; /a", 1, Some("/a"));
        check(".5;/a", 0, Some("/a"));
        check("5;", 5, None);
        check("99999999999999", u32::MAX, None);
        check("0; url=", 0, None);
        assert_eq!(read(""), None);
        assert_eq!(read("url=/a"), None);
    }
}

//! Reads tags and declarations as written. Quotes and ends may be missing.

/// Maximum length of a tag in bytes. A longer one counts as text. This keeps the pass linear for tags that never end.
const MAX_TAG: usize = 8 * 1024;

/// Maximum number of attributes of a tag. Honest tags have under 40 (the namespaces of the root).
const MAX_ATTRIBUTES: usize = 200;

/// A start tag.
pub(super) struct StartTag<'a> {
    pub(super) name: &'a str,
    /// Values as written, without decoding references. Each name occurs once.
    pub(super) attributes: Vec<(&'a str, String)>,
    pub(super) empty: bool,
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':')
}

/// Reads a name at the beginning of a text. Returns it and the text after it.
pub(super) fn name_of(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return None;
    }
    let end = text.find(|c: char| !is_name_char(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let plain = name.matches(':').count() <= 1 && !name.ends_with(':');
    plain.then_some((name, rest))
}

/// Reads an end tag. Returns its name and the text after it.
pub(super) fn end_tag(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = name_of(text.strip_prefix("</")?.trim_start())?;
    let end = rest.find(['>', '<'])?;
    let after = &rest[end..];
    Some((name, after.strip_prefix('>').unwrap_or(after)))
}

/// Reads a start tag. None if the `<` does not begin one.
pub(super) fn start_tag(text: &str) -> Option<(StartTag<'_>, &str)> {
    let (name, mut rest) = name_of(text.strip_prefix('<')?)?;
    if !rest.starts_with(|c: char| c.is_whitespace() || matches!(c, '/' | '>')) {
        return None;
    }
    let mut tag = StartTag { name, attributes: Vec::new(), empty: false };
    loop {
        if text.len() - rest.len() > MAX_TAG {
            return None;
        }
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('>') {
            return Some((tag, after));
        }
        if let Some(after) = rest.strip_prefix("/>") {
            tag.empty = true;
            return Some((tag, after));
        }
        if rest.is_empty() || rest.starts_with('<') {
            return None;
        }
        rest = attribute(rest, &mut tag)?;
    }
}

/// Reads one attribute, or skips one character that cannot begin one.
fn attribute<'a>(text: &'a str, tag: &mut StartTag<'a>) -> Option<&'a str> {
    let Some((name, rest)) = name_of(text) else {
        let mut chars = text.chars();
        chars.next();
        return Some(chars.as_str());
    };
    let after_name = rest.trim_start();
    let (value, rest) = match after_name.strip_prefix('=') {
        Some(value) => attribute_value(value.trim_start())?,
        None => ("", rest),
    };
    let known = tag.attributes.iter().any(|(other, _)| *other == name);
    if !known && tag.attributes.len() < MAX_ATTRIBUTES {
        tag.attributes.push((name, value.to_owned()));
    }
    Some(rest)
}

fn attribute_value(text: &str) -> Option<(&str, &str)> {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            let end = quoted.bytes().take(MAX_TAG).position(|byte| byte == quote as u8)?;
            return Some((&quoted[..end], &quoted[end + 1..]));
        }
    }
    let end = text.bytes().take(MAX_TAG).position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'>' | b'<'))?;
    let (value, rest) = text.split_at(end);
    match value.strip_suffix('/').filter(|_| rest.starts_with('>')) {
        Some(value) => Some((value, &text[end - 1..])),
        None => Some((value, rest)),
    }
}

/// Returns the text after a `<!DOCTYPE …>` with its internal subset. None if it does not end.
pub(super) fn after_declaration(text: &str) -> Option<&str> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) => quote = quote.filter(|_| open != c),
            (None, '"' | '\'') => quote = Some(c),
            (None, '<' | '[') => depth += 1,
            (None, ']') => depth = depth.saturating_sub(1),
            (None, '>') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(&text[at + 1..]);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_bounded() {
        let attributes = |count: usize| (0..count).map(|n| format!(" a{n}='1'")).collect::<String>();
        let tag = format!("<a{}>", attributes(MAX_ATTRIBUTES + 9));
        assert_eq!(start_tag(&tag).map(|(tag, _)| tag.attributes.len()), Some(MAX_ATTRIBUTES));
        let long = format!("<a{}>", attributes(MAX_TAG / 4));
        assert!(start_tag(&long).is_none());
    }
}

//! Converts text to HTML, with the oddities of real portals, and fills templates.

use std::fmt::Write;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_canonical;

use crate::demo::story::Writing;

/// Returns a text as HTML in one of the encodings.
pub(crate) fn written(text: &str, writing: Writing) -> String {
    let escaped = htmlize::escape_attribute(text);
    match writing {
        Writing::Plain => escaped.into_owned(),
        Writing::Nfd => escaped.nfd().collect(),
        Writing::Entities => escaped.chars().map(entity).collect(),
        Writing::Spaces => spaced(&escaped),
    }
}

/// Encodes a letter as the portals' editors do: Latin-1 letters become entities, a tone on top of them stays a combining mark.
fn entity(letter: char) -> String {
    if let Some(name) = latin1(letter) {
        return name.to_owned();
    }
    let mut parts = Vec::new();
    decompose_canonical(letter, |part| parts.push(part));
    if let [base, shape @ ('\u{302}' | '\u{303}'), tone] = parts[..]
        && let Some(name) = unicode_normalization::char::compose(base, shape).and_then(latin1)
    {
        return format!("{name}{tone}");
    }
    letter.to_string()
}

fn latin1(letter: char) -> Option<&'static str> {
    let name = match letter {
        'à' => "&agrave;",
        'á' => "&aacute;",
        'â' => "&acirc;",
        'ã' => "&atilde;",
        'è' => "&egrave;",
        'é' => "&eacute;",
        'ê' => "&ecirc;",
        'ì' => "&igrave;",
        'í' => "&iacute;",
        'ò' => "&ograve;",
        'ó' => "&oacute;",
        'ô' => "&ocirc;",
        'õ' => "&otilde;",
        'ù' => "&ugrave;",
        'ú' => "&uacute;",
        'ý' => "&yacute;",
        'Đ' => "&#272;",
        '“' => "&ldquo;",
        '”' => "&rdquo;",
        _ => return None,
    };
    Some(name)
}

/// Makes every fifth space a no-break space, and puts a zero-width space before the text and after each sentence.
fn spaced(text: &str) -> String {
    let mut out = String::from("\u{200b}");
    for (index, word) in text.split(' ').enumerate() {
        match index {
            0 => {}
            index if index % 5 == 0 => out.push_str("&nbsp;"),
            _ => out.push(' '),
        }
        out.push_str(word);
        if word.ends_with('.') {
            out.push('\u{200b}');
        }
    }
    out
}

/// Replaces `{{names}}` in a template by values in one pass, so that values are never searched. A name without a value is removed.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{")
        && let Some((name, after)) = after.split_once("}}")
    {
        out.push_str(before);
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            out.push_str(value);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Joins the results of `render` for each item.
pub(crate) fn each<T>(items: impl IntoIterator<Item = T>, render: impl Fn(T) -> String) -> String {
    items.into_iter().fold(String::new(), |mut out, item| {
        // Writing into a string cannot fail.
        let _ = writeln!(out, "{}", render(item));
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_same_text_in_each_way() {
        let check = |writing, expect: &str| assert_eq!(written("Trồng ổi. Đưa & <ý>", writing), expect);
        check(Writing::Plain, "Trồng ổi. Đưa &amp; &lt;ý&gt;");
        check(Writing::Entities, "Tr&ocirc;\u{300}ng &ocirc;\u{309}i. &#272;ưa &amp; &lt;&yacute;&gt;");
        check(Writing::Nfd, "Tro\u{302}\u{300}ng o\u{302}\u{309}i. \u{110}u\u{31b}a &amp; &lt;y\u{301}&gt;");
        check(Writing::Spaces, "\u{200b}Trồng ổi.\u{200b} Đưa &amp; &lt;ý&gt;");
    }

    #[test]
    fn fills_in_one_pass() {
        let check = |template, expect: &str| assert_eq!(fill(template, &[("a", "{{b}}"), ("b", "x")]), expect);
        check("<p>{{a}}</p>{{b}}{{c}}.", "<p>{{b}}</p>x.");
        check("open {{a", "open {{a");
    }
}

//! XML as portals send it → XML that any reader takes.
//!
//! Feeds and sitemaps are repaired before they are read: bare `&` and `<`, HTML entities, references to no character,
//! control characters, unquoted attributes, unclosed and unmatched tags, undeclared prefixes, a truncated end. Document type
//! declarations are dropped, so that nothing is ever expanded or loaded. The pass is a loop with a stack of its own: no input
//! makes it recurse.

use crate::text::unicode;

/// Deepest nesting that is handed to a recursive reader. feed-rs overflows a 2 MiB stack at about 1,000 levels; honest
/// feeds have under 20.
pub(crate) const MAX_DEPTH: usize = 64;

/// Tags open at the same time at most; deeper ones are dropped, their text stays.
const MAX_OPEN: usize = 512;

/// Attributes of one tag at most; an honest one has under 40 (the namespaces of the root).
const MAX_ATTRIBUTES: usize = 200;

/// Bytes of one tag at most: what begins a longer one is text. Keeps the pass linear on tags that never end.
const MAX_TAG: usize = 8 * 1024;

/// Longest name of an entity with `&` and `;`: `&CounterClockwiseContourIntegral;`.
const MAX_REFERENCE: usize = 40;

/// Namespaces that feeds use without declaring them.
const NAMESPACES: [(&str, &str); 8] = [
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("content", "http://purl.org/rss/1.0/modules/content/"),
    ("media", "http://search.yahoo.com/mrss/"),
    ("atom", "http://www.w3.org/2005/Atom"),
    ("feedburner", "http://rssnamespace.org/feedburner/ext/1.0"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
];

/// Elements that hold one article each: cut off where the document ends inside them.
const ENTRIES: [&str; 4] = ["item", "entry", "url", "sitemap"];

/// HTML elements without content, found unescaped in descriptions.
const VOID: [&str; 4] = ["br", "hr", "img", "wbr"];

/// Well-formed XML without declaration, comments and document type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sound {
    /// The document; empty where there was no tag at all.
    pub(crate) text: String,
    /// The root element's name in lower case, without its prefix.
    pub(crate) root: String,
    /// Deepest nesting.
    pub(crate) depth: usize,
    /// What had to be repaired, each kind once.
    pub(crate) warnings: Vec<String>,
}

/// Repairs a document.
pub(crate) fn repair(text: &str) -> Sound {
    let mut repair = Repair { rest: text, ..Repair::default() };
    while !repair.rest.is_empty() {
        repair.step();
    }
    repair.finish()
}

/// An open element.
struct Open<'a> {
    name: &'a str,
    /// Where its start tag begins in the output.
    start: usize,
}

#[derive(Default)]
struct Repair<'a> {
    rest: &'a str,
    out: String,
    open: Vec<Open<'a>>,
    root: Option<String>,
    root_closed: bool,
    endless_declaration: bool,
    depth: usize,
    warnings: Vec<String>,
}

impl<'a> Repair<'a> {
    fn step(&mut self) {
        let text_end = self.rest.find('<').unwrap_or(self.rest.len());
        if text_end > 0 {
            let (text, rest) = self.rest.split_at(text_end);
            self.rest = rest;
            self.text(text);
        } else if let Some(rest) = self.rest.strip_prefix("<!--") {
            self.rest = rest.split_once("-->").map_or("", |(_, after)| after);
        } else if let Some(rest) = self.rest.strip_prefix("<![CDATA[") {
            let (text, after) = rest.split_once("]]>").unwrap_or((rest, ""));
            self.rest = after;
            self.literal(text);
        } else if self.rest.starts_with("<!") {
            self.declaration();
        } else if let Some(rest) = self.rest.strip_prefix("<?") {
            self.rest = rest.split_once('>').map_or("", |(_, after)| after);
        } else if let Some((name, after)) = end_tag(self.rest) {
            self.rest = after;
            self.end(name);
        } else if let Some((tag, after)) = start_tag(self.rest) {
            self.rest = after;
            self.start(tag);
        } else {
            self.rest = &self.rest[1..];
            self.literal("<");
            self.warn("`<` stands unescaped in text");
        }
    }

    /// Skips a document type. Where one never ends, only its first `>` is looked for from then on: one long search is enough.
    fn declaration(&mut self) {
        let after = if self.endless_declaration { None } else { after_declaration(self.rest) };
        self.endless_declaration |= after.is_none();
        self.rest = after.unwrap_or_else(|| self.rest.split_once('>').map_or("", |(_, after)| after));
    }

    fn warn(&mut self, what: &str) {
        if !self.warnings.iter().any(|known| known == what) {
            self.warnings.push(what.to_owned());
        }
    }

    /// Text with references.
    fn text(&mut self, text: &str) {
        if self.open.is_empty() {
            return;
        }
        if unescape_into(text, &mut self.out) {
            self.warn("bad character references");
        }
    }

    /// Text without references: `CDATA`.
    fn literal(&mut self, text: &str) {
        if !self.open.is_empty() {
            escape_into(text, &mut self.out);
        }
    }

    fn start(&mut self, tag: StartTag<'a>) {
        if self.root_closed {
            return;
        }
        let local = local(tag.name).to_ascii_lowercase();
        if self.root.is_none() {
            self.start_root(&tag, local);
            return;
        }
        self.close_implied(&local);
        if self.open.len() >= MAX_OPEN {
            self.warn("nested too deeply");
            return;
        }
        let start = self.out.len();
        self.write_start(tag.name, &tag.attributes);
        if tag.empty || VOID.contains(&local.as_str()) {
            self.out.push_str("/>");
            self.depth = self.depth.max(self.open.len() + 1);
        } else {
            self.out.push('>');
            self.push(tag.name, start);
        }
    }

    fn push(&mut self, name: &'a str, start: usize) {
        self.open.push(Open { name, start });
        self.depth = self.depth.max(self.open.len());
    }

    /// The root is written so that feed-rs knows it: `<rss>` in lower case with the one version it reads fully, without a
    /// default namespace, with the prefixes that are used without declaration.
    fn start_root(&mut self, tag: &StartTag<'a>, local: String) {
        let feed = matches!(local.as_str(), "rss" | "rdf" | "feed");
        let mut attributes: Vec<(&str, String)> = tag.attributes.clone();
        if local == "rss" {
            if !attributes.iter().any(|(name, value)| *name == "version" && value.starts_with(['2', '0'])) {
                self.warn("`<rss>` without a version that is known");
            }
            attributes.retain(|(name, _)| *name != "version");
            attributes.push(("version", "2.0".to_owned()));
        }
        if feed && !tag.name.contains(':') || local == "rdf" {
            attributes.retain(|(name, _)| *name != "xmlns");
        }
        let name = if local == "rss" && !tag.name.contains(':') { "rss" } else { tag.name };
        self.write_start(name, &attributes);
        for (prefix, namespace) in NAMESPACES {
            let declaration = format!("xmlns:{prefix}");
            if !attributes.iter().any(|(name, _)| *name == declaration) {
                self.out.push_str(&format!(" {declaration}=\"{namespace}\""));
            }
        }
        self.root = Some(local);
        self.out.push('>');
        self.push(name, 0);
        if tag.empty {
            self.end(name);
        }
    }

    fn write_start(&mut self, name: &str, attributes: &[(&str, String)]) {
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in attributes {
            self.out.push(' ');
            self.out.push_str(attribute);
            self.out.push_str("=\"");
            unescape_into(value, &mut self.out);
            self.out.push('"');
        }
    }

    /// Closes what a start tag shows to be over: an entry before the next, a paragraph before the next.
    fn close_implied(&mut self, local_name: &str) {
        if matches!(local_name, "p" | "li" | "option") {
            if self.open.last().is_some_and(|open| local(open.name).eq_ignore_ascii_case(local_name)) {
                self.close_top();
            }
        } else if ENTRIES.contains(&local_name) {
            let outer = self.open.iter().position(|open| local(open.name).eq_ignore_ascii_case(local_name));
            // `<url>` is also an element inside `<image>` and inside foreign modules: only a direct repetition counts there.
            if let Some(outer) = outer.filter(|at| local_name != "url" && local_name != "sitemap" || *at == 1) {
                self.warn("an entry is not closed");
                self.close_to(outer);
            }
        }
    }

    fn end(&mut self, name: &str) {
        let exact = self.open.iter().rposition(|open| open.name == name);
        let found = exact.or_else(|| self.open.iter().rposition(|open| open.name.eq_ignore_ascii_case(name)));
        match found {
            Some(at) => {
                if at + 1 < self.open.len() {
                    self.warn("tags are not closed");
                }
                self.close_to(at);
            }
            None if VOID.contains(&name.to_ascii_lowercase().as_str()) => {}
            None => self.warn("end tags without start tags"),
        }
    }

    fn close_to(&mut self, at: usize) {
        while self.open.len() > at {
            self.close_top();
        }
    }

    fn close_top(&mut self) {
        if let Some(open) = self.open.pop() {
            self.out.push_str("</");
            self.out.push_str(open.name);
            self.out.push('>');
        }
        self.root_closed = self.open.is_empty();
    }

    fn finish(mut self) -> Sound {
        if !self.open.is_empty() {
            self.warn("the document ends early");
    let cut = self.open.iter().position(|open| {
                open.start > 0 && ENTRIES.contains(&local(open.name).to_ascii_lowercase().as_str())
            });
            if let Some(cut) = cut {
                // Half an entry may hold half an address: it is left out.
                let start = self.open.get(cut).map_or(0, |open| open.start);
                self.out.truncate(start);
                self.open.truncate(cut);
            }
            self.close_to(0);
        }
        Sound { text: self.out, root: self.root.unwrap_or_default(), depth: self.depth, warnings: self.warnings }
    }
}

/// The part of a name after its prefix.
pub(crate) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

struct StartTag<'a> {
    name: &'a str,
    /// Values as written, references not decoded; each name once.
    attributes: Vec<(&'a str, String)>,
    empty: bool,
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':')
}

fn name_of(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return None;
    }
    let end = text.find(|c: char| !is_name_char(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let plain = name.matches(':').count() <= 1 && !name.ends_with(':');
    plain.then_some((name, rest))
}

fn end_tag(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = name_of(text.strip_prefix("</")?.trim_start())?;
    let end = rest.find(['>', '<'])?;
    let after = &rest[end..];
    Some((name, after.strip_prefix('>').unwrap_or(after)))
}

/// Reads a start tag; `None` where the `<` begins none.
fn start_tag(text: &str) -> Option<(StartTag<'_>, &str)> {
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

/// Reads one attribute, or skips one character that begins none.
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

/// What follows a `<!DOCTYPE …>` with its internal subset; `None` where it does not end.
fn after_declaration(text: &str) -> Option<&str> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
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

/// Whether a character may stand in XML 1.0 text (section 2.2).
fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// Writes text so that it stands for itself; characters that XML does not have are left out.
pub(crate) fn escape_into(text: &str, out: &mut String) {
    for c in text.chars().filter(|c| is_xml_char(*c)) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}

/// Decodes references and escapes the result again; says whether one was bad.
fn unescape_into(text: &str, out: &mut String) -> bool {
    let mut bad = false;
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        escape_into(&rest[..at], out);
        rest = &rest[at..];
        let (value, after, good) = reference(rest);
        escape_into(&value, out);
        bad |= !good;
        rest = after;
    }
    escape_into(rest, out);
    bad
}

/// The text of the reference that begins here, what follows it, and whether it was a good one.
fn reference(text: &str) -> (String, &str, bool) {
    let end = text.bytes().take(MAX_REFERENCE).position(|byte| byte == b';');
    let Some(end) = end.filter(|end| {
        text.as_bytes()[1..*end].iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'#') && *end > 1
    }) else {
        return ("&".to_owned(), text.get(1..).unwrap_or_default(), false);
    };
    let (whole, after) = text.split_at(end + 1);
    if let Some(code) = code_of(whole) {
        if let Some(low) = surrogate_pair(code, after) {
            return low;
        }
        let refused = code == 0 || char::from_u32(code).is_none_or(|c| !is_xml_char(c));
        return if refused { (String::new(), after, false) } else { (unicode::decode_entities(whole), after, true) };
    }
    let decoded = unicode::decode_entities(whole);
    let good = decoded != whole;
    (decoded, after, good)
}

fn code_of(reference: &str) -> Option<u32> {
    let digits = reference.strip_prefix("&#")?.strip_suffix(';')?;
    match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    }
}

/// Two references to the halves of a surrogate pair, as some .NET feeds write them.
fn surrogate_pair(high: u32, after: &str) -> Option<(String, &str, bool)> {
    if !(0xD800..0xDC00).contains(&high) {
        return None;
    }
    let end = after.bytes().take(MAX_REFERENCE).position(|byte| byte == b';')?;
    let (second, rest) = after.split_at(end + 1);
    let low = code_of(second).filter(|low| (0xDC00..0xE000).contains(low))?;
    let c = char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))?;
    Some((c.to_string(), rest, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands inside the root after repair.
    fn inside(text: &str) -> String {
        let sound = repair(text).text;
        let (_, body) = sound.split_once('>').unwrap();
        body.rsplit_once("</").unwrap().0.to_owned()
    }

    #[test]
    fn lexical_faults_are_repaired() {
        let check = |input: &str, expect: &str| assert_eq!(inside(&format!("<a>{input}</a>")), expect, "{input}");
        check("Tin & ảnh", "Tin &amp; ảnh");
        check("1 < 2 <= 3", "1 &lt; 2 &lt;= 3");
        check("&nbsp;&agrave;", "\u{a0}à");
        check("&vô;", "&amp;vô;");
        check("&#0;&#55357;&#56397;&#9999999;x", "👍x".replace('👍', "\u{1F44D}").as_str());
        check("\u{0}\u{8}x", "x");
        check("<![CDATA[a<b>&amp;]]>", "a&lt;b&gt;&amp;amp;");
        check("<!-- <b> -->x", "x");
        check("<b c=d e='f' e=\"g\" h>i</b>", "<b c=\"d\" e=\"f\" h=\"\">i</b>");
        check("<p>x<br>y<p>z", "<p>x<br/>y</p><p>z</p>");
        check("<b><i>x</b></i>", "<b><i>x</i></b>");
    }

    #[test]
    fn half_an_entry_is_left_out() {
        let text = "<rss><channel><item><link>http://a/1</link></item><item><link>http://a/2";
        assert!(repair(text).text.ends_with("</item></channel></rss>"));
        assert!(!repair(text).text.contains("a/2"));
    }

    #[test]
    fn the_root_is_made_known() {
        let sound = repair("<?xml version='1.0' encoding='utf-16'?><!DOCTYPE x [<!ENTITY a \"b>\">]><RSS xmlns='x'></RSS>");
        assert!(sound.text.starts_with("<rss version=\"2.0\""), "{}", sound.text);
        assert_eq!((sound.root.as_str(), sound.text.contains("ENTITY"), sound.text.contains("xmlns=")), ("rss", false, false));
    }

    #[test]
    fn depth_is_counted_and_bounded() {
        assert_eq!(repair(&"<a>".repeat(70)).depth, 70);
        assert_eq!(repair(&"<a>".repeat(100_000)).depth, MAX_OPEN);
    }
}

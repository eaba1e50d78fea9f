//! Repairs the XML that portals send, so that any reader accepts it.
//!
//! Feeds and sitemaps are repaired before they are read: bare `&` and `<`, HTML entities, references to invalid characters, control characters,
//! unquoted attributes, unclosed and unmatched tags, undeclared prefixes, a truncated end. Document type declarations are dropped, so that nothing is
//! ever expanded or loaded. The repair is a loop with its own stack: no input makes it recurse.

mod names;
mod reference;
mod tag;

pub(crate) use names::Names;
pub(crate) use names::root_of;
pub(crate) use reference::escape_into;
use reference::unescape_into;
use tag::StartTag;
use tag::after_declaration;
use tag::end_tag;
use tag::start_tag;

/// Maximum nesting of a document that is passed to a recursive reader. feed-rs overflows a 2 MiB stack at about 1,000 levels; honest feeds have under
/// 20.
pub(crate) const MAX_DEPTH: usize = 64;

/// Maximum number of open tags. Deeper tags are dropped, but their text is kept.
const MAX_OPEN: usize = 512;

/// Maximum total length in bytes of all `xml:base` values that apply to an element. Readers prepend them to each URL below it.
const MAX_BASES: usize = 512;

/// Namespaces that feeds use without declaring them, with their usual prefixes.
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

/// Elements that hold one article each. If the document ends inside one, it is cut off.
const ENTRIES: [&str; 4] = ["item", "entry", "url", "sitemap"];

/// HTML elements without content that occur unescaped in descriptions.
const VOID: [&str; 4] = ["br", "hr", "img", "wbr"];

/// Well-formed XML without declaration, comments and document type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WellFormedXml {
    /// The document. Empty if it had no tag at all.
    pub(crate) text: String,
    /// The root element's name in lower case, without its prefix.
    pub(crate) root: String,
    /// The deepest nesting.
    pub(crate) depth: usize,
    /// The repairs, each kind once.
    pub(crate) warnings: Vec<String>,
}

/// Repairs a document.
pub(crate) fn repair(text: &str) -> WellFormedXml {
    let start = root_of(text).map_or(0, |(start, _)| start);
    let mut repair = Repair { rest: text.get(start..).unwrap_or(text), ..Repair::default() };
    if !text.get(..start).is_none_or(names::is_prologue) {
        repair.warn("something was printed before the document");
    }
    while !repair.rest.is_empty() {
        repair.step();
    }
    repair.finish()
}

/// An open element.
struct OpenElement<'a> {
    name: &'a str,
    /// Where the start tag begins in the output.
    start: usize,
    /// Total length in bytes of the `xml:base` values that apply inside.
    bases: usize,
}

#[derive(Default)]
struct Repair<'a> {
    rest: &'a str,
    out: String,
    open: Vec<OpenElement<'a>>,
    names: Names,
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
            self.start(&tag);
        } else {
            self.rest = &self.rest[1..];
            self.literal("<");
            self.warn("`<` stands unescaped in text");
        }
    }

    /// Skips a document type declaration. Once a declaration has no end, later ones are only searched for their first `>`: one long search is enough.
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

    /// Writes text with references.
    fn text(&mut self, text: &str) {
        if self.open.is_empty() {
            return;
        }
        if unescape_into(text, &mut self.out) {
            self.warn("bad character references");
        }
    }

    /// Writes text without references, as in `CDATA`.
    fn literal(&mut self, text: &str) {
        if !self.open.is_empty() {
            escape_into(text, &mut self.out);
        }
    }

    fn start(&mut self, tag: &StartTag<'a>) {
        if self.root_closed {
            return;
        }
        let local = local(tag.name).to_ascii_lowercase();
        if self.root.is_none() {
            self.start_root(tag, local);
            return;
        }
        self.names.declare(&tag.attributes);
        self.close_implied(tag.name, &local);
        if self.open.len() >= MAX_OPEN {
            self.warn("nested too deeply");
            return;
        }
        let start = self.out.len();
        let name = self.names.usual(tag.name);
        let bases = self.write_start(&name, &tag.attributes);
        let void = VOID.contains(&local.as_str());
        if void && !tag.empty {
            self.warn("HTML stands unescaped");
        }
        if tag.empty || void {
            self.out.push_str("/>");
            self.depth = self.depth.max(self.open.len() + 1);
        } else {
            self.out.push('>');
            self.push(OpenElement { name: tag.name, start, bases });
        }
    }

    fn push(&mut self, open: OpenElement<'a>) {
        self.open.push(open);
        self.depth = self.depth.max(self.open.len());
    }

    /// Writes the root so that feed-rs recognizes it: `<rss>` in lower case with the only version that feed-rs reads fully, without a default
    /// namespace, and with declarations of the prefixes that are often undeclared.
    fn start_root(&mut self, tag: &StartTag<'a>, local: String) {
        let feed = matches!(local.as_str(), "rss" | "rdf" | "feed");
        self.names = Names::of_root(tag.name, &tag.attributes);
        let own_name = self.names.usual(tag.name);
        let mut attributes: Vec<(&str, String)> = tag.attributes.clone();
        if local == "rss" {
            if !attributes.iter().any(|(name, value)| *name == "version" && value.starts_with(['2', '0'])) {
                self.warn("`<rss>` without a version that is known");
            }
            attributes.retain(|(name, _)| *name != "version");
            attributes.push(("version", "2.0".to_owned()));
        }
        if feed && !own_name.contains(':') || local == "rdf" {
            attributes.retain(|(name, _)| *name != "xmlns");
        }
        let bases = self.write_start(if local == "rss" { "rss" } else { &own_name }, &attributes);
        for (prefix, namespace) in NAMESPACES {
            let declaration = format!("xmlns:{prefix}");
            if !attributes.iter().any(|(name, _)| *name == declaration) {
                self.write_attribute(&declaration, namespace);
            }
        }
        self.root = Some(local);
        self.out.push('>');
        self.push(OpenElement { name: tag.name, start: 0, bases });
        if tag.empty {
            self.end(tag.name);
        }
    }

    /// Writes a start tag without its closing `>`. Returns the total length in bytes of the `xml:base` values that apply inside.
    fn write_start(&mut self, name: &str, attributes: &[(&str, String)]) -> usize {
        let mut bases = self.open.last().map_or(0, |open| open.bases);
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in attributes {
            if attribute.eq_ignore_ascii_case("xml:base") {
                if bases + value.len() > MAX_BASES {
                    self.warn("an `xml:base` that is too long is left out");
                    continue;
                }
                bases += value.len();
            }
            self.write_attribute(attribute, value);
        }
        bases
    }

    fn write_attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        unescape_into(value, &mut self.out);
        self.out.push('"');
    }

    /// Closes elements that a start tag implicitly ends: an entry before the next entry, a paragraph before the next paragraph.
    fn close_implied(&mut self, name: &str, local_name: &str) {
        if matches!(local_name, "p" | "li" | "option") {
            if self.open.last().is_some_and(|open| local(open.name).eq_ignore_ascii_case(local_name)) {
                self.close_top();
            }
        } else if ENTRIES.contains(&local_name) && !self.names.is_foreign(name) {
            let same = |open: &OpenElement<'_>| {
                local(open.name).eq_ignore_ascii_case(local_name) && !self.names.is_foreign(open.name)
            };
            let outer = self.open.iter().position(same);
            // `<url>` also occurs inside `<image>` and in foreign modules, so it only counts directly below the root.
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
            let name = if self.open.is_empty() && self.root.as_deref() == Some("rss") {
                "rss".into()
            } else {
                self.names.usual(open.name)
            };
            self.out.push_str(&name);
            self.out.push('>');
        }
        self.root_closed = self.open.is_empty();
    }

    fn finish(mut self) -> WellFormedXml {
        if !self.open.is_empty() {
            self.warn("the document ends early");
            let cut = self
                .open
                .iter()
                .position(|open| open.start > 0 && ENTRIES.contains(&local(open.name).to_ascii_lowercase().as_str()));
            if let Some(cut) = cut {
                // An incomplete entry may have an incomplete URL, so it is left out.
                let start = self.open.get(cut).map_or(0, |open| open.start);
                self.out.truncate(start);
                self.open.truncate(cut);
            }
            self.close_to(0);
        }
        WellFormedXml {
            text: self.out,
            root: self.root.unwrap_or_default(),
            depth: self.depth,
            warnings: self.warnings,
        }
    }
}

/// Returns the part of a name after its prefix.
pub(crate) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the content of the root after repair.
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
        check("&#0;&#55357;&#56397;&#9999999;x", "\u{1F44D}x");
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
        let sound =
            repair("<?xml version='1.0' encoding='utf-16'?><!DOCTYPE x [<!ENTITY a \"b>\">]><RSS xmlns='x'></RSS>");
        assert!(sound.text.starts_with("<rss version=\"2.0\""), "{}", sound.text);
        assert_eq!(
            (sound.root.as_str(), sound.text.contains("ENTITY"), sound.text.contains("xmlns=")),
            ("rss", false, false)
        );
    }

    #[test]
    fn bases_are_bounded_together() {
        let long = "x".repeat(300);
        let text = format!("<feed xml:base='/{long}/'><entry xml:base='/{long}/'><link href='a'/></entry></feed>");
        let sound = repair(&text);
        assert_eq!(sound.text.matches("xml:base").count(), 1, "{}", sound.text);
        assert_eq!(sound.warnings, ["an `xml:base` that is too long is left out"]);
    }

    #[test]
    fn depth_is_counted_and_bounded() {
        assert_eq!(repair(&"<a>".repeat(70)).depth, 70);
        assert_eq!(repair(&"<a>".repeat(100_000)).depth, MAX_OPEN);
    }
}

//! A reader that finds entries whatever the document around them. It compares names without case and by the usual prefixes, declared or not, and
//! finds entries at any depth.

use base64ct::Base64;
use base64ct::Encoding;
use quick_xml::Reader;
use quick_xml::events::BytesStart;
use quick_xml::events::Event;

use crate::discover::feed::Entry;
use crate::discover::feed::Feed;
use crate::discover::feed::pacing;
use crate::discover::feed::pacing::PacingElements;
use crate::discover::xml;
use crate::url::PageUrl;

/// Prefixes of relations that are written as URLs (RFC 4287, section 4.2.7.2).
const IANA: [&str; 4] = [
    "http://www.iana.org/assignments/relation/",
    "https://www.iana.org/assignments/relation/",
    "http://www.iana.org/assignments/link-relations/",
    "https://www.iana.org/assignments/link-relations/",
];

/// Maximum number of an entry's authors, categories and URLs, each. A record has no more.
const MAX_TEXTS: usize = 100;

/// Returns the entries of a repaired document, in its order. Never fails; the list may be empty.
pub(super) fn read(text: &str, base: &PageUrl) -> Feed {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut state = State::new(base);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => state.start(&tag, false),
            Ok(Event::Empty(tag)) => {
                state.start(&tag, true);
                state.end("");
            }
            Ok(Event::End(tag)) => state.end(tag.name().as_ref()),
            Ok(Event::Text(text)) => state.text(&text),
            Ok(Event::GeneralRef(name)) => state.reference(&name),
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    state.feed.pace = state.pacing.pace();
    state.feed
}

/// An open element of an entry.
struct Element {
    /// The name in lower case, with its prefix.
    name: String,
    depth: usize,
    attributes: Vec<(String, String)>,
    text: String,
    /// Whether the element has child elements. Then `markup` is its value.
    has_markup: bool,
    markup: String,
}

struct State {
    feed: Feed,
    names: xml::Names,
    /// The language of the feed (`xml:lang`), without its region.
    language: String,
    /// URLs of the current entry, with their ranks.
    links: Vec<(LinkRank, String)>,
    depth: usize,
    /// The `xml:base` values that apply, with the depth at which each was set.
    bases: Vec<(usize, PageUrl)>,
    entry: Option<(usize, Entry)>,
    element: Option<Element>,
    /// Inside `<author>`: the text of `<name>`.
    name: Option<(usize, String)>,
    /// Outside entries: an element that states how often to request the feed.
    pacing_element: Option<(usize, String, String)>,
    pacing: PacingElements,
}

impl State {
    fn new(base: &PageUrl) -> State {
        State {
            feed: Feed::default(),
            names: xml::Names::default(),
            language: "vi".to_owned(),
            links: Vec::new(),
            depth: 0,
            bases: vec![(0, base.clone())],
            entry: None,
            element: None,
            name: None,
            pacing_element: None,
            pacing: PacingElements::default(),
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, empty: bool) {
        self.depth += 1;
        let name = tag.name().as_ref().to_ascii_lowercase();
        let attributes = attributes(tag);
        self.push_base(&attributes);
        self.take_declarations(&attributes);
        if let Some(element) = &mut self.element {
            element.has_markup = true;
            write_tag(&mut element.markup, &name, &attributes, empty);
            if xml::local(&name) == "name" {
                self.name = Some((self.depth, String::new()));
            }
        } else if matches!(name.as_str(), "media:group" | "media:content") && self.entry.is_some() {
            self.media(&name, &attributes);
        } else if self.entry.is_some() {
            self.element = Some(Element {
                name,
                depth: self.depth,
                attributes,
                text: String::new(),
                has_markup: false,
                markup: String::new(),
            });
        } else if matches!(xml::local(&name), "item" | "entry") && !self.names.is_foreign(&name) {
            let about = value(&attributes, "rdf:about").filter(|about| about.starts_with("http"));
            // Microsoft's CDF has the properties of an entry in attributes.
            let entry = Entry {
                guid: about.map(str::to_owned),
                links: value(&attributes, "href").and_then(|href| self.absolute(href)).into_iter().collect(),
                modified: value(&attributes, "lastmod").map(str::to_owned),
                ..Entry::default()
            };
            self.entry = Some((self.depth, entry));
        } else if pacing::is_pacing_element(&name) {
            self.pacing_element = Some((self.depth, name, String::new()));
        } else if xml::local(&name) == "link" && value(&attributes, "rel") == Some("next") {
            let next = value(&attributes, "href").and_then(|href| self.absolute(href));
            self.feed.next = self.feed.next.take().or(next);
        }
    }

    /// Handles an end tag. `name` is empty for an empty element.
    fn end(&mut self, name: &str) {
        if let Some((_, author)) = self.name.take_if(|(depth, _)| *depth == self.depth) {
            self.entry_mut(|entry| push_text(&mut entry.authors, &author));
        }
        if let Some((_, name, text)) = self.pacing_element.take_if(|(depth, ..)| *depth == self.depth) {
            self.pacing.take(&name, text.trim());
        }
        if self.element.as_ref().is_some_and(|element| element.depth == self.depth) {
            if let Some(element) = self.element.take() {
                self.finish(&element);
            }
        } else if let Some(element) = &mut self.element {
            if !name.is_empty() {
                element.markup.push_str("</");
                element.markup.push_str(&name.to_ascii_lowercase());
                element.markup.push('>');
            }
        } else if self.entry.as_ref().is_some_and(|(depth, _)| *depth == self.depth)
            && let Some((_, mut entry)) = self.entry.take()
        {
            // The sort is stable, so equal links keep their order.
            self.links.sort_by_key(|(rank, _)| *rank);
            entry.links.extend(self.links.drain(..).map(|(_, link)| link));
            self.feed.entries.push(entry);
        }
        self.bases.retain(|(depth, _)| *depth < self.depth || *depth == 0);
        self.depth = self.depth.saturating_sub(1);
    }

    fn text(&mut self, text: &str) {
        if let Some((_, name)) = &mut self.name {
            name.push_str(text);
        }
        if let Some((_, _, pacing_element)) = &mut self.pacing_element {
            pacing_element.push_str(text);
        }
        if let Some(element) = &mut self.element {
            element.text.push_str(text);
            xml::escape_into(text, &mut element.markup);
        }
    }

    /// Handles a reference. After the repair, only XML's predefined references are left.
    fn reference(&mut self, name: &str) {
        let text = match name {
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "quot" => "\"",
            "apos" => "'",
            _ => return,
        };
        self.text(text);
    }

    fn entry_mut(&mut self, change: impl FnOnce(&mut Entry)) {
        if let Some((_, entry)) = &mut self.entry {
            change(entry);
        }
    }

    fn push_base(&mut self, attributes: &[(String, String)]) {
        let base = value(attributes, "xml:base").and_then(|base| self.bases.last()?.1.join(base).ok());
        if let Some(base) = base {
            self.bases.push((self.depth, base));
        }
    }

    fn take_declarations(&mut self, attributes: &[(String, String)]) {
        self.names.declare(attributes);
        if let Some(language) =
            value(attributes, "xml:lang").filter(|tag| self.entry.is_none() && !tag.trim().is_empty())
        {
            self.language = primary(language);
        }
    }

    /// Resolves a reference against the innermost `xml:base` or the feed's own URL.
    fn absolute(&self, reference: &str) -> Option<String> {
        let reference = super::without_blanks(reference);
        if reference.is_empty() {
            return None;
        }
        let (_, base) = self.bases.last()?;
        base.join(&reference).ok().map(String::from)
    }

    fn media(&mut self, name: &str, attributes: &[(String, String)]) {
        let is_image = value(attributes, "medium") == Some("image")
            || value(attributes, "type").is_some_and(|kind| kind.starts_with("image/"));
        if name == "media:content" && is_image {
            let url = value(attributes, "url").map(str::to_owned);
            self.entry_mut(|entry| entry.image = entry.image.take().or(url));
        }
    }

    fn finish(&mut self, element: &Element) {
        let url = |name: &str| value(&element.attributes, name).and_then(|reference| self.absolute(reference));
        let href = url("href");
        let (prefix, local) = element.name.split_once(':').unwrap_or(("", &element.name));
        let text_url = self.absolute(&element.text);
        let source_url = url("url");
        let value_of = || element.value();
        let is_foreign = self.names.is_foreign(&element.name) && !matches!(prefix, "dc" | "dcterms" | "atom");
        let rank = element.rank(&self.language);
        let Some((_, entry)) = &mut self.entry else { return };
        entry.was_base64 |= element.decoded_base64().is_some();
        match (prefix, local) {
            ("feedburner" | "pheedo", "origlink") => entry.original_link = entry.original_link.take().or(text_url),
            ("media", "thumbnail") => entry.image = entry.image.take().or(source_url),
            ("media", "title") => entry.other_title = entry.other_title.take().or_else(|| Some(value_of())),
            ("media" | "itunes" | "podcast" | "georss" | "slash" | "wfw" | "thr", _) => {}
            (_, "title" | "link" | "guid" | "id" | "pubdate" | "published" | "updated") if is_foreign => {}
            (_, "title") => first(&mut entry.title, value_of()),
            (_, "link") if self.links.len() < MAX_TEXTS => {
                self.links.extend(rank.and_then(|rank| Some((rank, href.or(text_url)?))));
            }
            (_, "guid" | "id") => {
                entry.guid = Some(element.text.clone());
                entry.guid_is_opaque = value(&element.attributes, "ispermalink") == Some("false");
            }
            (_, "pubdate" | "published" | "issued" | "created" | "date") => {
                first(&mut entry.published, element.text.clone());
            }
            (_, "updated" | "modified" | "lastbuilddate") => first(&mut entry.modified, element.text.clone()),
            ("content", _) | (_, "encoded" | "content" | "fullitem" | "body") => entry.content = Some(value_of()),
            (_, "description" | "summary" | "abstract" | "tagline" | "info") => first(&mut entry.summary, value_of()),
            (_, "author" | "creator") if !element.has_markup => push_text(&mut entry.authors, &element.text),
            (_, "category" | "subject") => {
                let label = value(&element.attributes, "label").or_else(|| value(&element.attributes, "term"));
                push_text(&mut entry.categories, label.unwrap_or(&element.text));
            }
            (_, "enclosure") if value(&element.attributes, "type").is_some_and(|kind| kind.starts_with("image/")) => {
                entry.image = entry.image.take().or(source_url);
            }
            (_, "image" | "thumb" | "thumbnail") => entry.image = entry.image.take().or(text_url),
            _ => {}
        }
    }
}

impl Element {
    /// Returns the text, or the markup if there are child elements.
    fn value(&self) -> String {
        if self.has_markup { self.markup.clone() } else { self.decoded_base64().unwrap_or_else(|| self.text.clone()) }
    }

    /// Decodes the text of Atom 0.3's `mode="base64"`.
    fn decoded_base64(&self) -> Option<String> {
        value(&self.attributes, "mode").filter(|mode| mode.eq_ignore_ascii_case("base64"))?;
        let packed: String = self.text.split_whitespace().collect();
        String::from_utf8(Base64::decode_vec(&packed).ok()?).ok()
    }

    /// Returns how well a `<link>` fits as the article's page. None if it is something else (RFC 4287, section 4.2.7).
    fn rank(&self, language: &str) -> Option<LinkRank> {
        let kind = value(&self.attributes, "type").unwrap_or_default().to_ascii_lowercase();
        let rel = value(&self.attributes, "rel").unwrap_or_default().trim().to_ascii_lowercase();
        let is_page = kind.is_empty() || kind.contains("html") || kind == "text/plain";
        // RSS writes its only URL as text.
        let is_text = value(&self.attributes, "href").is_none();
        let relation = IANA.iter().find_map(|iri| rel.strip_prefix(iri)).unwrap_or(&rel);
        if !matches!(relation, "" | "alternate") || !(is_page || is_text) {
            return None;
        }
        Some(match value(&self.attributes, "hreflang").map(primary) {
            _ if is_text => LinkRank::Own,
            Some(own) if own == language => LinkRank::Own,
            None => LinkRank::Unsaid,
            Some(_) => LinkRank::Other,
        })
    }
}

/// How well a URL fits, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LinkRank {
    Own,
    Unsaid,
    Other,
}

/// Returns the primary language of a tag, without region and script.
fn primary(tag: &str) -> String {
    tag.trim().split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

fn attributes(tag: &BytesStart<'_>) -> Vec<(String, String)> {
    let mut known = Vec::new();
    for attribute in tag.attributes().with_checks(false).flatten() {
        let name = attribute.key.as_ref().to_ascii_lowercase();
        let raw = attribute.value.as_ref();
        let value = quick_xml::escape::unescape(raw).map_or_else(|_| raw.to_owned(), std::borrow::Cow::into_owned);
        known.push((name, value));
    }
    known
}

fn value<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

fn first(field: &mut Option<String>, text: String) {
    if field.as_ref().is_none_or(|known| known.trim().is_empty()) && !text.trim().is_empty() {
        *field = Some(text);
    }
}

fn push_text(texts: &mut Vec<String>, text: &str) {
    let text = text.trim();
    if !text.is_empty() && texts.len() < MAX_TEXTS && !texts.iter().any(|known| known == text) {
        texts.push(text.to_owned());
    }
}

fn write_tag(markup: &mut String, name: &str, attributes: &[(String, String)], empty: bool) {
    markup.push('<');
    markup.push_str(name);
    for (attribute, value) in attributes {
        markup.push(' ');
        markup.push_str(attribute);
        markup.push_str("=\"");
        xml::escape_into(value, markup);
        markup.push('"');
    }
    markup.push_str(if empty { "/>" } else { ">" });
}

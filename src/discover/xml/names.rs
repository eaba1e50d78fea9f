//! Names of elements: where the document begins, and which namespace a prefix stands for.
//!
//! An element is identified by its namespace. A prefix that a document chose itself is replaced by the usual one, and the root's prefix is removed.
//! Readers then need to know only one spelling of each name.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::discover::xml::NAMESPACES;
use crate::discover::xml::local;
use crate::discover::xml::tag::after_declaration;
use crate::discover::xml::tag::name_of;

/// Maximum number of bytes before the document that are searched: notices and warnings of a program, a style sheet.
const MAX_PROLOGUE: usize = 64 * 1024;

/// Maximum number of prefixes that a document may declare. Honest documents declare under 30.
const MAX_PREFIXES: usize = 200;

/// Root elements of feeds and sitemaps.
const ROOTS: [&str; 5] = ["rss", "rdf", "feed", "urlset", "sitemapindex"];

/// The namespace of RSS 1.0's own elements, which some write with a prefix.
const RSS_1: &str = "http://purl.org/rss/1.0/";

/// Returns where a feed or a sitemap begins, and the name of its root in lower case, without its prefix. Skips what a program printed before it, and
/// all comments. None if there is none, or if the text is an HTML page.
pub(crate) fn root_of(text: &str) -> Option<(usize, String)> {
    let mut at = 0;
    while at < MAX_PROLOGUE {
        at += text.get(at..)?.find('<')?;
        let rest = text.get(at..)?;
        if let Some(comment) = rest.strip_prefix("<!--") {
            at += 4 + comment.find("-->")?;
            continue;
        }
        if rest.get(..14).is_some_and(|begin| begin.eq_ignore_ascii_case("<!doctype html")) {
            return None;
        }
        if let Some((name, _)) = name_of(rest.get(1..)?) {
            let local = local(name).to_ascii_lowercase();
            if ROOTS.contains(&local.as_str()) {
                return Some((at, local));
            }
            if matches!(local.as_str(), "html" | "head" | "body") {
                return None;
            }
        }
        at += 1;
    }
    None
}

/// Whether a text is allowed before the root: whitespace, declarations, comments.
pub(super) fn is_prologue(text: &str) -> bool {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    while !rest.is_empty() {
        let after = if let Some(comment) = rest.strip_prefix("<!--") {
            comment.split_once("-->").map(|(_, after)| after)
        } else if rest.starts_with("<!") {
            after_declaration(rest)
        } else if rest.starts_with("<?") {
            rest.split_once('>').map(|(_, after)| after)
        } else {
            return false;
        };
        rest = after.unwrap_or_default().trim_start();
    }
    true
}

/// The meaning of a document's prefixes.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Prefixes that are replaced by another or removed.
    usual: BTreeMap<String, &'static str>,
    /// Prefixes of namespaces other than the document's own.
    foreign: BTreeSet<String>,
}

impl Names {
    pub(super) fn of_root(root: &str, attributes: &[(&str, String)]) -> Names {
        let mut names = Names::default();
        names.foreign.extend(NAMESPACES.iter().map(|(prefix, _)| (*prefix).to_owned()));
        if let Some((prefix, name)) = root.split_once(':')
            && ROOTS.contains(&name.to_ascii_lowercase().as_str())
            && !name.eq_ignore_ascii_case("rdf")
        {
            names.usual.insert(prefix.to_owned(), "");
        }
        names.declare(attributes);
        names
    }

    /// Records the namespace declarations of a start tag. They apply until the end of the document.
    pub(crate) fn declare(&mut self, attributes: &[(impl AsRef<str>, String)]) {
        for (name, namespace) in attributes {
            let Some(prefix) = name.as_ref().strip_prefix("xmlns:") else { continue };
            if self.usual.contains_key(prefix) || self.foreign.len() + self.usual.len() >= MAX_PREFIXES {
                continue;
            }
            let namespace = namespace.trim();
            let known = NAMESPACES.iter().find(|(_, known)| *known == namespace).map(|(usual, _)| *usual);
            if namespace == RSS_1 {
                self.usual.insert(prefix.to_owned(), "");
                self.foreign.remove(prefix);
            } else {
                self.foreign.insert(prefix.to_owned());
                if let Some(usual) = known.filter(|usual| *usual != prefix) {
                    self.usual.insert(prefix.to_owned(), usual);
                }
            }
        }
    }

    /// Returns a name as the readers know it.
    pub(super) fn usual<'n>(&self, name: &'n str) -> Cow<'n, str> {
        match name.split_once(':').and_then(|(prefix, local)| Some((self.usual.get(prefix)?, local))) {
            None => name.into(),
            Some((&"", local)) => local.into(),
            Some((prefix, local)) => format!("{prefix}:{local}").into(),
        }
    }

    /// Whether an element belongs to another namespace than the document's own elements.
    pub(crate) fn is_foreign(&self, name: &str) -> bool {
        name.split_once(':').is_some_and(|(prefix, _)| self.foreign.contains(prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_begins_at_its_root() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(root_of(text).map(|(_, name)| name).as_deref(), expect, "{text}");
        };
        check("<?xml version='1.0'?><rss>", Some("rss"));
        check("<p>Lỗi <i>dòng 7</i></p><hr/><?xml version='1.0'?><x:Feed>", Some("feed"));
        check("<!-- <html> <rss> --><urlset>", Some("urlset"));
        check("<!doctype HTML><rss>", None);
        check("<html><rss>", None);
        check("<!-- <rss>", None);
        check("chữ", None);
        assert!(is_prologue("\u{feff} <?xml version='1.0'?> <!-- <b> --> <!DOCTYPE rss [<!ENTITY a \"b>\">]>"));
        assert!(!is_prologue("<br />"));
    }

    #[test]
    fn prefixes_give_way_to_the_usual_ones() {
        let declared = [
            ("xmlns:m", "http://search.yahoo.com/mrss/".to_owned()),
            ("xmlns:cms", "https://cms.example/ns".to_owned()),
            ("xmlns:goc", RSS_1.to_owned()),
        ];
        let names = Names::of_root("k:rss", &declared);
        let usual =
            ["k:item", "m:title", "cms:item", "goc:item", "lạ:item", "item"].map(|name| names.usual(name).into_owned());
        assert_eq!(usual, ["item", "media:title", "cms:item", "item", "lạ:item", "item"]);
        assert!(names.is_foreign("cms:item") && names.is_foreign("dc:item") && !names.is_foreign("lạ:item"));
    }
}

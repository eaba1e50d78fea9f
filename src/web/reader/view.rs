//! The parameters of a request, and the addresses of pages.

use std::collections::HashMap;

use axum::http::HeaderMap;
use axum::http::Uri;
use axum::http::header;
use axum::http::uri::Authority;
use jiff::Timestamp;
use url::form_urlencoded;

use crate::text::language::Language;
use crate::web::words::Word;

/// Maximum bytes of a query string that are read.
const MOST_QUERY: usize = 4096;

/// The format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Page,
    Atom,
    Rss,
    Json,
    Lines,
}

impl Format {
    const ENDINGS: [(&'static str, Format); 4] =
        [(".atom", Format::Atom), (".rss", Format::Rss), (".json", Format::Json), (".jsonl", Format::Lines)];

    /// The extension of its addresses.
    pub(super) fn ending(self) -> &'static str {
        Format::ENDINGS.iter().find(|(_, format)| *format == self).map_or("", |(ending, _)| ending)
    }
}

/// A parsed request.
#[derive(Debug, Clone)]
pub(super) struct View {
    /// The path without the extension of the format.
    pub(super) path: String,
    pub(super) format: Format,
    /// The query's key-value pairs, each key once.
    pub(super) query: Vec<(String, String)>,
    pub(super) language: Language,
    /// Whether the address itself sets the language.
    pub(super) names_language: bool,
    pub(super) now: Timestamp,
    /// The scheme and host of the request.
    pub(super) origin: String,
    pub(super) is_secure: bool,
    pub(super) cookies: HashMap<String, String>,
    /// The text in the browser's cookie, which nobody else knows.
    pub(super) visitor: String,
    /// The form token of a logged-in visitor.
    pub(super) logout: Option<String>,
    /// The token of forms that set marks; `None` if the visitor may not.
    pub(super) form: Option<String>,
    /// The key for feeds, if they need one.
    pub(super) feed_key: Option<String>,
}

impl View {
    pub(super) fn new(uri: &Uri, headers: &HeaderMap, now: Timestamp) -> View {
        // The reader's paths are ASCII; a path with escapes is not one of them.
        let path = uri.path();
        let ended = Format::ENDINGS.iter().find_map(|(ending, format)| Some((path.strip_suffix(ending)?, *format)));
        let (path, format) = ended.map_or((path, Format::Page), |(stem, format)| (stem, format));
        let text = uri.query().filter(|query| query.len() <= MOST_QUERY).unwrap_or_default();
        let mut query: Vec<(String, String)> = Vec::new();
        for (key, value) in form_urlencoded::parse(text.as_bytes()) {
            if !value.is_empty() && !query.iter().any(|(known, _)| *known == key) {
                query.push((key.into_owned(), value.into_owned()));
            }
        }
        let cookies = cookies(headers);
        let tag = query.iter().find(|(key, _)| key == "lang").map(|(_, tag)| tag.as_str());
        let named = tag.and_then(Language::of_tag);
        let kept = cookies.get("lang").and_then(|tag| Language::of_tag(tag));
        let is_secure = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
        let host = uri.authority().map(Authority::as_str).or_else(|| headers.get(header::HOST)?.to_str().ok());
        let host = host.filter(|host| host.parse::<Authority>().is_ok()).unwrap_or("localhost");
        let origin = format!("{}://{host}", if is_secure { "https" } else { "http" });
        let (language, path) = (named.or(kept).unwrap_or_default(), path.to_owned());
        query.retain(|(key, _)| key != "lang");
        View {
            path,
            format,
            query,
            language,
            names_language: named.is_some(),
            now,
            origin,
            is_secure,
            cookies,
            visitor: String::new(),
            logout: None,
            form: None,
            feed_key: None,
        }
    }

    /// The parts of the path.
    pub(super) fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// A word in the view's language.
    pub(super) fn word(&self, word: Word) -> &'static str {
        self.language.of(word)
    }

    /// A value from the query string.
    pub(super) fn asked(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// The address with changed values. An empty value removes its key. Paging starts over.
    pub(super) fn with(&self, changes: &[(&str, &str)]) -> String {
        address(&self.path, &self.changed(changes))
    }

    /// Its own address.
    pub(super) fn own(&self) -> String {
        address(&self.path, &self.query.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect::<Vec<_>>())
    }

    /// The address of the view as a feed.
    pub(super) fn feed(&self, format: Format) -> String {
        let mut pairs = self.changed(&[]);
        pairs.extend(self.feed_key.as_deref().map(|key| ("key", key)));
        if self.language != Language::default() {
            pairs.push(("lang", self.language.tag()));
        }
        let path = if self.path == "/" { "/newest" } else { &self.path };
        address(&format!("{path}{}", format.ending()), &pairs)
    }

    /// The address in another language.
    pub(super) fn in_language(&self, language: Language) -> String {
        let mut pairs: Vec<(&str, &str)> =
            self.query.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        pairs.push(("lang", language.tag()));
        address(&self.path, &pairs)
    }

    fn changed<'a>(&'a self, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let is_kept =
            |key: &str| !["after", "key"].contains(&key) && !changes.iter().any(|(changed, _)| *changed == key);
        let kept = self.query.iter().filter(|(key, _)| is_kept(key)).map(|(key, value)| (key.as_str(), value.as_str()));
        kept.chain(changes.iter().copied().filter(|(_, value)| !value.is_empty())).collect()
    }
}

/// A path with a query.
pub(super) fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    if pairs.is_empty() {
        return path.to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}

fn cookies(headers: &HeaderMap) -> HashMap<String, String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// An address outside the reader; empty unless it is a web address, since it could be a script.
pub(super) fn outside(url: &str) -> &str {
    if url.starts_with("https://") || url.starts_with("http://") { url } else { "#" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(uri: &str, cookie: &str) -> View {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, cookie.parse().unwrap());
        View::new(&uri.parse().unwrap(), &headers, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn an_address_holds_the_whole_state() {
        let view = view("/newest.atom?province=gia-lai&day=2026-11-29&after=1_2&empty=&lang=en", "a=b; lang=vi");
        assert_eq!((view.format, view.path.as_str(), view.language), (Format::Atom, "/newest", Language::English));
        assert_eq!(view.with(&[("day", "")]), "/newest?province=gia-lai");
        assert_eq!(view.with(&[("portal", "a b")]), "/newest?province=gia-lai&day=2026-11-29&portal=a+b");
        assert_eq!(view.feed(Format::Json), "/newest.json?province=gia-lai&day=2026-11-29&lang=en");
        assert_eq!(view.in_language(Language::Vietnamese), "/newest?province=gia-lai&day=2026-11-29&after=1_2&lang=vi");
    }

    #[test]
    fn the_language_is_kept_in_a_cookie() {
        assert_eq!(view("/", "lang=en").language, Language::English);
        assert_eq!(view("/", "lang=xx").language, Language::Vietnamese);
        assert_eq!(view("/?lang=vi", "lang=en").language, Language::Vietnamese);
    }
}

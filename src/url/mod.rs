//! URLs of pages: parsed once, absolute, `http` or `https`, with a host.
//!
//! The rest of the program passes on [`PageUrl`]; a URL is a `String` only in input and output. [`PageUrl::canonical`] returns the URL on which an
//! article's identity is based, and an [`Identity`] reduces it to what identifies the article in a CMS family.

mod canonical;
mod identity;
mod spelling;

pub use crate::url::identity::Identity;
pub use crate::url::identity::PathRule;
pub use crate::url::identity::PathRuleError;
pub use crate::url::spelling::Spelling;

use serde::Deserialize;
use serde::Serialize;
use thiserror::Error;
use url::Url;

use crate::text::work;

/// Maximum length of a URL in characters when it is written out. RFC 9110, section 4.1, recommends support for 8,000.
pub const MAX_LENGTH: usize = 8_192;

/// An absolute `http` or `https` URL with a host.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PageUrl(Url);

/// Why a text is not a [`PageUrl`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UrlError {
    /// The URL Standard's parser refuses the text.
    #[error("not a URL: {0}")]
    Syntax(#[from] url::ParseError),
    /// Neither `http` nor `https` (`javascript:`, `mailto:`, `file:` …).
    #[error("the scheme is `{0}`, only http and https are pages")]
    Scheme(String),
    /// A URL without a host (`http:///guest`).
    #[error("the address names no host")]
    NoHost,
    /// Longer than [`MAX_LENGTH`].
    #[error("the address has {0} characters, more than {MAX_LENGTH}")]
    TooLong(usize),
}

impl PageUrl {
    /// Parses an absolute URL. Whitespace around it is removed.
    ///
    /// # Errors
    /// [`UrlError`] if the text is not an absolute URL of a page.
    pub fn parse(text: &str) -> Result<PageUrl, UrlError> {
        PageUrl::admit(Url::parse(text.trim())?)?.bounded()
    }

    /// Resolves a reference found in the page with this URL (RFC 3986, section 5). Whitespace around it is removed.
    ///
    /// # Errors
    /// [`UrlError`] if the result is not a URL of a page.
    pub fn join(&self, reference: &str) -> Result<PageUrl, UrlError> {
        work::step(self.as_str().len() + reference.len());
        PageUrl::admit(self.0.join(reference.trim())?)?.bounded()
    }

    fn bounded(self) -> Result<PageUrl, UrlError> {
        match self.as_str().len() {
            length if length > MAX_LENGTH => Err(UrlError::TooLong(length)),
            _ => Ok(self),
        }
    }

    fn admit(url: Url) -> Result<PageUrl, UrlError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlError::Scheme(url.scheme().to_owned()));
        }
        match url.host_str() {
            Some(host) if !host.is_empty() => Ok(PageUrl(url)),
            _ => Err(UrlError::NoHost),
        }
    }

    /// Returns the URL as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the URL as the `url` crate's type, for access to its parts.
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// Returns the host, in lower case and punycode.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Returns the host without `www.`, because most sites are available with and without it.
    pub fn bare_host(&self) -> &str {
        without_www(self.host())
    }

    /// Returns scheme, host and port, for which a robots.txt is valid (`https://host` or `https://host:8443`).
    pub fn origin(&self) -> String {
        [self.0.scheme(), "://", &self.0[url::Position::BeforeHost..url::Position::AfterPort]].concat()
    }

    /// Returns the URL without its fragment, which is never sent (RFC 9110, section 7.1).
    #[must_use]
    pub fn without_fragment(mut self) -> PageUrl {
        self.0.set_fragment(None);
        self
    }

    /// Returns the URL on which identity is based.
    ///
    /// It has NFC and one form of percent-encoding (RFC 3986, section 6.2.2), with `+` in a query as `%20`; no fragment, no user, no default port and
    /// no final dot of the host; single slashes; no session in path or query; no parameters of tracking and print views, and of Liferay's portlets
    /// only those that identify the article. The remaining parameters are sorted. The path keeps its case and its final slash, because servers
    /// distinguish them.
    #[must_use]
    pub fn canonical(&self) -> PageUrl {
        PageUrl(canonical::canonical(&self.0))
    }
}

impl std::fmt::Display for PageUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl TryFrom<String> for PageUrl {
    type Error = UrlError;
    fn try_from(text: String) -> Result<PageUrl, UrlError> {
        PageUrl::parse(&text)
    }
}

impl From<PageUrl> for String {
    fn from(url: PageUrl) -> String {
        url.0.into()
    }
}

/// Returns a reference up to its query or fragment.
pub fn path_of(reference: &str) -> &str {
    let end = memchr::memchr2(b'?', b'#', reference.as_bytes());
    reference.get(..end.unwrap_or(reference.len())).unwrap_or_default()
}

/// Returns the last part of a reference's path, if it is the same after resolving: no characters that would be encoded differently, no dots to
/// follow.
pub fn plain_name(reference: &str) -> Option<&str> {
    let path = path_of(reference);
    // A search of the standard library costs more to begin than such a short text to go through.
    let first = |pair: &[u8; 2]| path.as_bytes().array_windows().position(|here| here == pair);
    let path = match first(b"//").and_then(|at| path.split_at_checked(at)) {
        Some((scheme, rest)) if scheme.is_empty() || scheme.ends_with(':') => rest.get(2..)?.split_once('/')?.1,
        _ => path,
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
    let name = path.trim_end_matches('/').rsplit('/').next().filter(|name| !name.is_empty());
    name.filter(|_| {
        path.bytes().all(is_plain)
            && !path.starts_with('.')
            && path.as_bytes().array_windows().all(|here| here != b"/.")
    })
}

/// Returns a host's name without `www.`, because most sites are available with and without it.
pub fn without_www(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_plain_reference_is_that_of_its_address() {
        let page = PageUrl::parse("https://xa.example/tin/1.html").unwrap();
        let plain = ["2.html", "/tin/2.html?x=1", "//b.example/2/", "https://b.example/a/b#c", "a//b", "a/b.c/"];
        for reference in plain {
            let joined = page.join(reference).unwrap();
            let last = joined.as_url().path().trim_end_matches('/').rsplit('/').next();
            assert_eq!(plain_name(reference), last, "{reference}");
        }
        let others = [
            "",
            "#x",
            "?x",
            "/",
            "//b.example",
            "https://b.example",
            "https:",
            "..",
            "a/..",
            "./b",
            "a/./b",
            "a%2e",
            "á",
            " a",
            "a\\b",
        ];
        for reference in others {
            assert_eq!(plain_name(reference), None, "{reference}");
        }
    }

    #[test]
    fn what_is_no_page() {
        assert_eq!(PageUrl::parse("javascript:void(0)"), Err(UrlError::Scheme("javascript".to_owned())));
        assert!(PageUrl::parse("http:///").is_err());
        assert!(PageUrl::parse("/tin").is_err());
        let base = PageUrl::parse("https://a.vn/x/y").unwrap();
        let long = |length: usize| format!("https://a.vn/{}", "z".repeat(length - "https://a.vn/".len()));
        assert_eq!(PageUrl::parse(&long(MAX_LENGTH)).unwrap().as_str(), long(MAX_LENGTH));
        assert_eq!(PageUrl::parse(&long(MAX_LENGTH + 1)), Err(UrlError::TooLong(MAX_LENGTH + 1)));
        assert_eq!(base.join(&"á".repeat(MAX_LENGTH / 2)), Err(UrlError::TooLong(15 + MAX_LENGTH * 3)));
        assert_eq!(base.join(" ../z ").unwrap().as_str(), "https://a.vn/z");
    }
}

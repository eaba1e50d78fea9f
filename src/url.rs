//! Addresses of pages: parsed once, absolute, `http` or `https`, with a host.
//!
//! [`PageUrl`] is what the rest of the program passes on; a `String` holding an address is only found in what came from
//! outside and in what goes out. [`PageUrl::canonical`] gives the address that an article's identity is made of.

use serde::Deserialize;
use serde::Serialize;
use thiserror::Error;
use url::Url;

/// Characters of an address at most, once it is written out; RFC 9110, section 4.1, wants 8,000 to be borne with.
pub const MAX_LENGTH: usize = 8_192;

/// An absolute `http` or `https` address with a host.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PageUrl(Url);

/// Why a text is no [`PageUrl`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UrlError {
    /// The URL Standard's parser refuses the text.
    #[error("not a URL: {0}")]
    Syntax(#[from] url::ParseError),
    /// Neither `http` nor `https` (`javascript:`, `mailto:`, `file:` …).
    #[error("the scheme is `{0}`, only http and https are pages")]
    Scheme(String),
    /// An address without a host (`http:///guest`).
    #[error("the address names no host")]
    NoHost,
    /// Longer than [`MAX_LENGTH`].
    #[error("the address has {0} characters, more than {MAX_LENGTH}")]
    TooLong(usize),
}

impl PageUrl {
    /// Parses an absolute address; blanks around it are dropped.
    ///
    /// # Errors
    /// [`UrlError`] where the text is no absolute address of a page.
    pub fn parse(text: &str) -> Result<PageUrl, UrlError> {
        PageUrl::admit(Url::parse(text.trim())?)?.bounded()
    }

    /// Resolves a reference as found in a page of this address (RFC 3986, section 5); blanks around it are dropped.
    ///
    /// # Errors
    /// [`UrlError`] where the result is no address of a page.
    pub fn join(&self, reference: &str) -> Result<PageUrl, UrlError> {
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

    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address as the `url` crate's type, for those who read its parts.
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// The host, in lower case and punycode.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Scheme, host and port: what a robots.txt speaks for (`https://host` or `https://host:8443`).
    pub fn origin(&self) -> String {
        [self.0.scheme(), "://", &self.0[url::Position::BeforeHost..url::Position::AfterPort]].concat()
    }

    /// The address without its fragment, which is the reader's business and never sent (RFC 9110, section 7.1).
    #[must_use]
    pub fn without_fragment(mut self) -> PageUrl {
        self.0.set_fragment(None);
        self
    }

    /// The address that identity is made of: NFC and one form of percent-encoding (RFC 3986, section 6.2.2), no fragment, no
    /// user, no default port, no session or tracking parameters, no parameters of Liferay's portlets but those that name the article,
    /// the remaining parameters sorted. The path keeps its case and its final slash: servers tell them apart.
    #[must_use]
    pub fn canonical(&self) -> PageUrl {
        let mut url = self.0.clone();
        url.set_fragment(None);
        // Neither call can fail on an address with a host, and what they would leave behind is only an uglier key.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        if matches!((url.scheme(), url.port()), ("https", Some(80)) | ("http", Some(443))) {
            let _ = url.set_port(None);
        }
        let path = one_encoding(without_session(self.0.path()).as_str());
        url.set_path(&path);
        let query = canonical_query(self.0.query().unwrap_or_default());
        url.set_query(if query.is_empty() { None } else { Some(&query) });
        PageUrl(url)
    }
}

/// Parameters that say how a visitor came, not what is shown. A trailing `*` stands for any ending.
const TRACKING: &[&str] = &[
    "utm_*", "fbclid", "gclid", "dclid", "msclkid", "yclid", "zarsrc", "zalo*", "mc_cid", "mc_eid", "_ga", "_gl",
    "igshid", "ref_src", "spm",
];

/// Parameters that hold a session.
const SESSION: &[&str] = &["jsessionid", "phpsessid", "aspsessionid*", "sessionid", "cfid", "cftoken", "__vpsession"];

/// Liferay's own parameters (state of a portlet), and those among them that name what is shown.
const LIFERAY: &[&str] =
    &["p_p_*", "p_l_back_url*", "p_r_p_*", "_101_*", "_com_liferay_*", "redirect", "inheritredirect"];
const LIFERAY_IDENTITY: &[&str] = &["urltitle", "articleid", "assetentryid", "groupid", "entryid", "type"];

fn matches_any(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == *pattern,
    })
}

fn is_noise(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let names_the_article = LIFERAY_IDENTITY.iter().any(|word| name.rsplit('_').next() == Some(word));
    matches_any(TRACKING, &name) || matches_any(SESSION, &name) || (matches_any(LIFERAY, &name) && !names_the_article)
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !is_noise(pair.split('=').next().unwrap_or_default()))
        .map(one_encoding)
        .collect();
    pairs.sort();
    pairs.join("&")
}

/// `/a;jsessionid=0F3A/b` → `/a/b`.
fn without_session(path: &str) -> String {
    let kept = path.split('/').map(|segment| match segment.to_ascii_lowercase().find(";jsessionid=") {
        Some(at) => segment.get(..at).unwrap_or(segment),
        None => segment,
    });
    kept.collect::<Vec<_>>().join("/")
}

/// Upper-case hex, unreserved characters bare, text in NFC; what is no UTF-8 stays as it is.
fn one_encoding(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut bare = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let run = escaped_run(bytes.get(at..).unwrap_or_default());
        if run.is_empty() {
            bare.push(char::from(byte));
            at += 1;
            continue;
        }
        at += run.len() * 3;
        match std::str::from_utf8(&run) {
            Ok(decoded) => unescape(decoded, &mut bare),
            Err(_) => run.iter().for_each(|byte| push_escaped(*byte, &mut bare)),
        }
    }
    // A mark may be escaped and its letter not, so NFC comes after all is bare.
    let mut out = String::with_capacity(bare.len());
    for c in crate::text::unicode::nfc(&bare).chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| push_escaped(byte, &mut out));
        }
    }
    out
}

/// The bytes of the `%xx` that stand at the beginning.
fn escaped_run(bytes: &[u8]) -> Vec<u8> {
    let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    bytes
        .chunks_exact(3)
        .map_while(|chunk| match chunk {
            [b'%', high, low] => Some(hex(*high)? << 4 | hex(*low)?),
            _ => None,
        })
        .collect()
}

/// Letters and unreserved signs come bare; the rest of ASCII means something in an address and stays escaped.
fn unescape(text: &str, out: &mut String) {
    for c in text.chars() {
        match u8::try_from(c) {
            Ok(byte) if byte.is_ascii() && !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~')) => {
                push_escaped(byte, out);
            }
            _ => out.push(c),
        }
    }
}

fn push_escaped(byte: u8, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(HEX[usize::from(byte >> 4)]));
    out.push(char::from(HEX[usize::from(byte & 15)]));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &str) {
        assert_eq!(PageUrl::parse(input).unwrap().canonical().as_str(), expect);
    }

    #[test]
    fn canonical_addresses() {
        check("HTTPS://VinhPhuc.gov.vn:443/Lists/A.aspx?ItemID=7#top", "https://vinhphuc.gov.vn/Lists/A.aspx?ItemID=7");
        check("http://a.vn/x?utm_source=zalo&b=2&a=1&fbclid=Iw", "http://a.vn/x?a=1&b=2");
        check("http://a.vn/x;jsessionid=0F3A.node1/y?", "http://a.vn/x/y");
        check("https://a.vn/tin-tức/bài%2dviết", "https://a.vn/tin-t%E1%BB%A9c/b%C3%A0i-vi%E1%BA%BFt");
        check("https://a.vn/tu%CC%9B%CC%81c", "https://a.vn/t%E1%BB%A9c");
        check("https://a.vn/%2f%e1?x=%7e", "https://a.vn/%2F%E1?x=~");
        check(
            "https://a.vn/-/asset_publisher/k/content/slug?p_p_state=maximized&_101_INSTANCE_k_urlTitle=slug&redirect=%2F",
            "https://a.vn/-/asset_publisher/k/content/slug?_101_INSTANCE_k_urlTitle=slug",
        );
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

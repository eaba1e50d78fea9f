//! Brings all spellings of a URL to one.

use url::Url;

use crate::text::unicode::nfc;

/// See [`PageUrl::canonical`](crate::url::PageUrl::canonical).
pub(super) fn canonical(given: &Url) -> Url {
    let mut url = given.clone();
    url.set_fragment(None);
    // None of these calls can fail for a URL with a host. If one did, the result would only be an uglier key.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if matches!((url.scheme(), url.port()), ("https", Some(80)) | ("http", Some(443))) {
        let _ = url.set_port(None);
    }
    if let Some(host) = given.host_str().and_then(|host| host.strip_suffix('.')) {
        let _ = url.set_host(Some(host.trim_end_matches('.')));
    }
    url.set_path(&single_slashes(&without_session(&one_encoding(given.path(), PATH_BARE))));
    let query = canonical_query(given.query().unwrap_or_default());
    url.set_query(if query.is_empty() { None } else { Some(&query) });
    url
}

/// Parameters that say how a visitor came, not what is shown. A `*` at the beginning or end matches anything there.
const TRACKING: &[&str] = &[
    // Campaigns: Google Analytics, Matomo, Adobe, HubSpot, Marketo, Mailchimp, Klaviyo, Vero and partners' programs.
    "utm_*",
    "mtm_*",
    "pk_*",
    "piwik_*",
    "_ga",
    "_gl",
    "s_cid",
    "s_kwcid",
    "_hsenc",
    "_hsmi",
    "hsctatracking",
    "mkt_tok",
    "mc_cid",
    "mc_eid",
    "_ke",
    "vero_*",
    "oly_*",
    "wt_mc",
    "cmpid",
    "clickid",
    "*_affiliate",
    "partnerid",
    "aftr_source",
    // Clicks in a network: Google, Facebook, Microsoft, Yandex, Twitter, TikTok, Instagram, LinkedIn, Zalo, Cốc Cốc.
    "gclid",
    "gclsrc",
    "srsltid",
    "dclid",
    "wbraid",
    "gbraid",
    "fbclid",
    "fb_*",
    "msclkid",
    "yclid",
    "twclid",
    "ttclid",
    "igshid",
    "igsh",
    "li_fat_id",
    "zarsrc",
    "zalo*",
    "gidzl",
    "md5sum_zalo",
    "coccoc*",
    "ref_src",
    "spm",
];

/// Parameters that contain a session.
const SESSION: &[&str] =
    &["jsessionid", "phpsessid", "aspsessionid*", "sessionid", "session_id", "cfid", "cftoken", "__vpsession"];

/// Parameters whose value is a session only if it looks like one. Elsewhere, `sid` is a section's number.
const MAYBE_SESSION: &[&str] = &["sid", "sess"];

/// Parameters that request another view of the same article, if their value is empty or means yes.
const VIEW: &[&str] = &["print", "printable", "isprint", "printview", "amp", "isdlg"];

/// Liferay's own parameters (state of a portlet), and those among them that identify what is shown.
const LIFERAY: &[&str] =
    &["p_p_*", "p_l_back_url*", "p_r_p_*", "_101_*", "_com_liferay_*", "redirect", "inheritredirect"];
const LIFERAY_IDENTITY: &[&str] = &["urltitle", "articleid", "assetentryid", "groupid", "entryid", "type"];

fn matches_any(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| match (pattern.strip_suffix('*'), pattern.strip_prefix('*')) {
        (Some(beginning), _) => name.starts_with(beginning),
        (None, Some(ending)) => name.ends_with(ending),
        (None, None) => name == *pattern,
    })
}

/// Whether a parameter says nothing about what is shown.
fn is_noise(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let (name, value) = (name.to_ascii_lowercase(), value.to_ascii_lowercase());
    let names_the_article = LIFERAY_IDENTITY.iter().any(|word| name.rsplit('_').next() == Some(word));
    matches_any(TRACKING, &name)
        || matches_any(SESSION, &name)
        || (MAYBE_SESSION.contains(&name.as_str()) && is_session(&value))
        || (VIEW.contains(&name.as_str()) && matches!(value.as_str(), "" | "1" | "true" | "yes"))
        || (name == "tmpl" && matches!(value.as_str(), "component" | "print"))
        || (matches_any(LIFERAY, &name) && !names_the_article)
}

/// Whether a value looks like a session of PHP and others: 26 to 40 characters, with both letters and digits.
fn is_session(value: &str) -> bool {
    let both = value.contains(|c: char| c.is_ascii_digit()) && value.contains(|c: char| c.is_ascii_alphabetic());
    (26..=40).contains(&value.len()) && both && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn canonical_query(query: &str) -> String {
    // `&amp;` in a URL is an entity that was escaped once too often.
    let pairs = query.split('&').map(|pair| pair.trim_start_matches("amp;"));
    let mut kept: Vec<String> = pairs.map(one_form).filter(|pair| !pair.is_empty() && !is_noise(pair)).collect();
    kept.sort();
    kept.join("&")
}

fn one_form(pair: &str) -> String {
    // A name without a value equals a name with an empty one.
    let pair = match pair.split_once('=') {
        Some((name, "")) => name,
        _ => pair,
    };
    one_encoding(&pair.replace('+', "%20"), QUERY_BARE)
}

/// Removes sessions from a path: `/a;jsessionid=0F3A/b` → `/a/b`, and ASP.NET's `/(S(4hqa0555fwsecu455xqckv45))/b` → `/b`.
fn without_session(path: &str) -> String {
    let bare = path.split('/').map(|segment| match segment.to_ascii_lowercase().find(";jsessionid=") {
        Some(at) => segment.get(..at).unwrap_or(segment),
        None => segment,
    });
    bare.filter(|segment| !is_cookieless(segment)).collect::<Vec<_>>().join("/")
}

/// Whether a segment is an ASP.NET session: 24 letters and digits in brackets, alone or after letters that name their kind.
fn is_cookieless(segment: &str) -> bool {
    let Some(inner) = segment.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else { return false };
    let is_ticket = |text: &str| text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let marked = inner.split_terminator(')').all(|part| {
        part.split_once('(').is_some_and(|(mark, ticket)| {
            mark.len() == 1 && mark.bytes().all(|byte| byte.is_ascii_alphabetic()) && is_ticket(ticket)
        })
    });
    is_ticket(inner) || (!inner.is_empty() && marked)
}

/// Joins repeated slashes: `//a///b` → `/a/b`. After a colon, the path contains another URL, whose slashes are kept.
fn single_slashes(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        let repeats = c == '/' && out.ends_with('/') && !out.ends_with(":/");
        if !repeats {
            out.push(c);
        }
    }
    out
}

/// Characters without a special meaning in a path, besides letters, digits and the unreserved characters. Some programs escape them, some do not.
const PATH_BARE: &str = "-._~!$'()*,:@";
const QUERY_BARE: &str = "-._~!$'()*,:@/?";

/// Normalizes percent-encoding: upper-case hex, characters without a special meaning bare, text in NFC. Bytes that are not UTF-8 are unchanged.
fn one_encoding(text: &str, bare: &str) -> String {
    let mut out = CanonicalBuilder { done: String::with_capacity(text.len()), plain: String::new(), bare };
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let run = escaped_run(bytes.get(at..).unwrap_or_default());
        if run.is_empty() {
            // A percent sign that escapes nothing is a literal one.
            if byte == b'%' {
                out.push_escape(byte);
            } else {
                out.plain.push(char::from(byte));
            }
            at += 1;
            continue;
        }
        at += run.len() * 3;
        match std::str::from_utf8(&run) {
            Ok(decoded) => out.push_decoded(decoded),
            Err(_) => run.iter().for_each(|byte| out.push_escape(*byte)),
        }
    }
    out.flush();
    out.done
}

/// A URL that is being brought to its one spelling.
struct CanonicalBuilder<'a> {
    done: String,
    /// Text since the last escape, not yet in NFC: a mark may have been escaped while its letter was not. A mark cannot join an escape.
    plain: String,
    bare: &'a str,
}

impl CanonicalBuilder<'_> {
    /// Adds decoded text. Letters, digits and characters without a special meaning are bare; the rest of ASCII has a meaning in a URL and stays
    /// escaped.
    fn push_decoded(&mut self, text: &str) {
        for c in text.chars() {
            match u8::try_from(c) {
                Ok(byte) if byte.is_ascii() && !(c.is_ascii_alphanumeric() || self.bare.contains(c)) => {
                    self.push_escape(byte);
                }
                _ => self.plain.push(c),
            }
        }
    }

    fn push_escape(&mut self, byte: u8) {
        self.flush();
        push_escaped(byte, &mut self.done);
    }

    fn flush(&mut self) {
        for c in nfc(&std::mem::take(&mut self.plain)).chars() {
            // WHATWG's URL Standard escapes the apostrophe in queries, and would escape it again.
            let stays_escaped = !c.is_ascii() || (c == '\'' && self.bare == QUERY_BARE);
            if stays_escaped {
                c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| push_escaped(byte, &mut self.done));
            } else {
                self.done.push(c);
            }
        }
    }
}

/// Returns the bytes of the `%xx` at the beginning.
fn escaped_run(bytes: &[u8]) -> Vec<u8> {
    let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let escape = |chunk: &[u8]| match chunk {
        [b'%', high, low] => Some(hex(*high)? << 4 | hex(*low)?),
        _ => None,
    };
    bytes.chunks_exact(3).map_while(escape).collect()
}

fn push_escaped(byte: u8, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(HEX[usize::from(byte >> 4)]));
    out.push(char::from(HEX[usize::from(byte & 15)]));
}

#[cfg(test)]
mod tests {
    use crate::url::PageUrl;

    fn check(input: &str, expect: &str) {
        let once = PageUrl::parse(input).unwrap().canonical();
        assert_eq!(once.as_str(), expect);
        assert_eq!(once.canonical(), once);
    }

    #[test]
    fn spellings_of_one_address() {
        check("HTTPS://VinhPhuc.gov.vn:443/Lists/A.aspx?ItemID=7#top", "https://vinhphuc.gov.vn/Lists/A.aspx?ItemID=7");
        check("https://a.vn./x", "https://a.vn/x");
        check("https://a.vn//tin//x", "https://a.vn/tin/x");
        check("https://a.vn/web/2013/https://b.vn//x", "https://a.vn/web/2013/https://b.vn/x");
        check("https://a.vn/tin-tức/bài%2dviết", "https://a.vn/tin-t%E1%BB%A9c/b%C3%A0i-vi%E1%BA%BFt");
        check("https://a.vn/tu%CC%9B%CC%81c", "https://a.vn/t%E1%BB%A9c");
        check("https://a.vn/%1e%cc%88", "https://a.vn/%1E%CC%88");
        check("https://a.vn/%2f%e1?x=%7e", "https://a.vn/%2F%E1?x=~");
        check("https://a.vn/?b=x+y&amp;a=x%20y", "https://a.vn/?a=x%20y&b=x%20y");
    }

    #[test]
    fn tracking_sessions_and_views_fall() {
        check("http://a.vn/x?utm_source=zalo&b=2&a=1&fbclid=Iw&gidzl=q", "http://a.vn/x?a=1&b=2");
        check("http://a.vn/x;jsessionid=0F3A.node1/y?", "http://a.vn/x/y");
        check("http://a.vn/(S(4hqa0555fwsecu455xqckv45))/x.aspx", "http://a.vn/x.aspx");
        check("http://a.vn/(tin)/x.aspx", "http://a.vn/(tin)/x.aspx");
        check("http://a.vn/?sid=9682993c8daa2c5497996114facdc805&id=4", "http://a.vn/?id=4");
        check("http://a.vn/?sid=4", "http://a.vn/?sid=4");
        check("http://a.vn/x?print=1&id=3", "http://a.vn/x?id=3");
        check("http://a.vn/x?tmpl=component&print=1&id=3", "http://a.vn/x?id=3");
        check("http://a.vn/x?print=12", "http://a.vn/x?print=12");
        check(
            "https://a.vn/-/asset_publisher/k/content/slug?p_p_state=maximized&_101_INSTANCE_k_urlTitle=slug&redirect=%2F",
            "https://a.vn/-/asset_publisher/k/content/slug?_101_INSTANCE_k_urlTitle=slug",
        );
    }
}

//! Recognizes responses with status 200 that are not content pages: challenges, firewalls, logins, sites under construction, error pages, stubs,
//! files of another type.
//!
//! This layer is pure and cheap. Most pages have enough text of their own (outside links, forms and scripts) and pass once that is found, because an
//! article may mention "404" or "under construction". Only pages with less text are searched for signs.

mod consent;
mod onward;
mod outline;
mod signs;

use std::borrow::Cow;

use crate::html::charset;
use crate::html::charset::Markup;
use crate::html::document::Document;
use crate::model::obstacle::Obstacle;
use crate::model::obstacle::Sighting;
use crate::model::page::Page;
use crate::obstacle::onward::RedirectTarget;
use crate::obstacle::outline::Outline;
use crate::obstacle::signs::Sign;
use crate::text::unicode;
use crate::url::PageUrl;

/// Maximum number of own characters of a page for which signs count. Challenges and error pages explain themselves in a paragraph or two.
const LITTLE_TEXT: usize = 1_200;

/// Maximum number of own characters for which a sign counts anywhere in the text, not only in a title or heading.
const VERY_LITTLE_TEXT: usize = 500;

/// Size in bytes below which a page that shows nothing is a stub: a site that is not ready yet, or a script that loads something else.
const STUB_BYTES: usize = 512;

/// Maximum size in bytes of a page that is checked for scripts that set a cookie and reload, whatever its words.
const SMALL_PAGE: usize = 16 * 1024;

/// Maximum number of links of a page that only redirects: "click here if nothing happens".
const FEW_LINKS: usize = 3;

/// Maximum number of bytes of a page that are searched for a redirect.
const LOOKED_AT: usize = 512 << 10;

/// Returns where a page redirects at once, by `http-equiv=refresh` or by a script that does nothing else. None if that is a test of the visitor: a
/// script that uses cookies, or a page that reloads itself.
pub fn sends_on_to(page: &Page) -> Option<PageUrl> {
    let body = page.body.get(..page.body.len().min(LOOKED_AT)).unwrap_or_default();
    let is_small = body.len() <= SMALL_PAGE;
    if binary_type(body).is_some() || !(is_small || signs::may_refresh(body)) {
        return None;
    }
    let text = charset::decode(body, page.http.content_type.as_deref(), Markup::Html).text;
    match onward::find(&Outline::of(&text)?, page, is_small) {
        Some(RedirectTarget::To(target)) => Some(target),
        Some(RedirectTarget::ToItself) | None => None,
    }
}

/// Returns the obstacle for one text that answers for several articles: links with different titles lead to it.
pub fn one_for_all() -> Sighting {
    sighting(Obstacle::OneForAll, "links with other titles lead to the same text")
}

/// Finds the obstacle that a page is, if it is one.
pub fn find(page: &Page) -> Option<Sighting> {
    find_in(&Document::new(&page.body, page.http.content_type.as_deref()), page)
}

/// Like [`find`], for a document that other stages read too.
pub fn find_in(document: &Document<'_>, page: &Page) -> Option<Sighting> {
    let body = page.body.as_ref();
    if let Some(kind) = binary_type(body) {
        return Some(sighting(Obstacle::Binary, kind));
    }
    let is_small = body.len() <= SMALL_PAGE;
    let text = &document.decoded().text;
    let outline = Outline::of(text)?;
    by_script(&outline, is_small)
        .or_else(|| by_words(&outline, text))
        .or_else(|| consent::find(&outline))
        .or_else(|| by_form(&outline, page))
        .or_else(|| by_sending_on(&outline, page, is_small))
        .or_else(|| (body.len() < STUB_BYTES && outline.shows_nothing()).then(|| stub(body.len())))
}

fn sighting(kind: Obstacle, sign: impl Into<String>) -> Sighting {
    Sighting { kind, sign: sign.into() }
}

fn stub(bytes: usize) -> Sighting {
    sighting(Obstacle::Stub, format!("{bytes} bytes without content"))
}

/// Finds a page that only redirects and was not followed. A visit follows one redirect of this kind, and only within the portal.
fn by_sending_on(outline: &Outline, page: &Page, is_small: bool) -> Option<Sighting> {
    Some(match onward::find(outline, page, is_small)? {
        RedirectTarget::To(target) => sighting(Obstacle::Moved, format!("it redirects its reader to {target}")),
        RedirectTarget::ToItself => sighting(Obstacle::Challenge, "a page that only reloads itself"),
    })
}

/// Finds a page that is nearly all script and either sets a cookie and reloads or belongs to a known bot protection.
fn by_script(outline: &Outline, is_small: bool) -> Option<Sighting> {
    if outline.own_text.len() > VERY_LITTLE_TEXT {
        return None;
    }
    let is_bare = is_small && outline.links == 0;
    if let Some(guard) = signs::guard_in(&outline.scripts, is_bare) {
        return Some(sighting(Obstacle::Challenge, guard));
    }
    let script = &outline.scripts;
    let sets_cookie = script.to_ascii_lowercase().contains("cookie");
    let loads_again = ["location.reload", "location.href", "location.replace", "location=", "location ="];
    let loads_again = outline.refresh.is_some() || loads_again.iter().any(|call| script.contains(call));
    (is_bare && sets_cookie && loads_again)
        .then(|| sighting(Obstacle::Challenge, "a script that sets a cookie and reloads"))
}

/// Finds a sign among the words: in the title or a heading of a page with little text, or anywhere in a page with very little.
fn by_words(outline: &Outline, markup: &str) -> Option<Sighting> {
    let titles = plain(&outline.titles);
    let own = plain(&outline.own_text);
    let is_short = own.chars().count() <= VERY_LITTLE_TEXT;
    signs::first_met(&titles, &own, is_short.then_some(markup)).map(Sign::sighting)
}

/// Finds a login: a page with little text asks for a password, and was reached by a redirect to a login, says so in a title, or has no links.
fn by_form(outline: &Outline, page: &Page) -> Option<Sighting> {
    if !outline.asks_password || outline.own_text.chars().count() > VERY_LITTLE_TEXT {
        return None;
    }
    let path = page.final_url.as_url().path().to_ascii_lowercase();
    let was_led = page.final_url != page.url
        && ["login", "signin", "sign-in", "dang-nhap", "dangnhap", "authenticate", "/cas/"]
            .iter()
            .any(|word| path.contains(word));
    let titles = plain(&outline.titles);
    let says_so = ["đăng nhập", "dang nhap", "login", "log in", "sign in"].iter().any(|word| titles.contains(word));
    (was_led || says_so || outline.links == 0).then(|| sighting(Obstacle::Login, "it asks for a password"))
}

/// Returns the text as one line in lower case, with references decoded.
fn plain(text: &str) -> String {
    let decoded: Cow<'_, str> = if text.contains('&') { unicode::decode_entities(text).into() } else { text.into() };
    unicode::clean(&decoded).to_lowercase()
}

/// Returns the type of a file that is not text, by its first bytes or by control characters, which texts do not contain.
fn binary_type(body: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 14] = [
        (b"%PDF-", "application/pdf"),
        (b"PK\x03\x04", "application/zip"),
        (b"\xd0\xcf\x11\xe0", "application/msword"),
        (b"\x89PNG", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"Rar!", "application/vnd.rar"),
        (b"7z\xbc\xaf", "application/x-7z-compressed"),
        (b"RIFF", "a RIFF file"),
        (b"ID3", "audio/mpeg"),
        (b"{\\rtf", "application/rtf"),
        (b"\x7fELF", "a program"),
        (b"wOFF", "font/woff"),
        (b"OggS", "application/ogg"),
    ];
    if let Some((_, kind)) = MAGIC.iter().find(|(magic, _)| body.starts_with(magic)) {
        return Some(kind);
    }
    if body.get(4..8) == Some(b"ftyp") {
        return Some("video/mp4");
    }
    let head = body.get(..body.len().min(4096)).unwrap_or_default();
    let is_control = |byte: &&u8| **byte < 9 || (14..32).contains(*byte);
    let controls = head.iter().filter(is_control).count();
    // Half of the bytes of UTF-16 text are zero. The legacy sets put a few letters on control characters.
    (controls * 10 > head.len() && !charset::is_utf16(body)).then_some("application/octet-stream")
}

#[cfg(test)]
mod tests;

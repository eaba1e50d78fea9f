//! Pages with status 200 that are no page: challenges, firewalls, logins, sites under construction, error pages, stubs, files of another type.
//!
//! Pure, and cheap: most pages have text of their own (outside of links, forms and scripts), and are let pass where that is found: an article
//! may speak of a "404" or of being "under construction". What is short of it is searched for the signs.

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

/// Characters of its own that a page with a sign may have: challenges and error pages explain themselves in a paragraph or two.
const LITTLE_TEXT: usize = 1_200;

/// Characters of its own below which a sign anywhere in them counts, not only one in a title or heading.
const VERY_LITTLE_TEXT: usize = 500;

/// A page smaller than this that shows nothing is a stub: a site not ready yet, a script that loads something else.
const STUB_BYTES: usize = 512;

/// Pages up to this size are looked at for scripts that set a cookie and load again, whatever words they have.
const SMALL_PAGE: usize = 16 * 1024;

/// Links that a page may have which only sends its reader on: "click here if nothing happens".
const FEW_LINKS: usize = 3;

/// Bytes of a page that are looked at for where it sends its reader.
const LOOKED_AT: usize = 512 << 10;

/// Where a page sends its reader at once, by `http-equiv=refresh` or by a script that does nothing else; nothing where that is a test of the
/// visitor: a script that knows cookies, or a page that loads itself again.
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

/// What stands in the places of articles: different links, each with a title of its own, end at one text.
pub fn one_for_all() -> Sighting {
    sighting(Obstacle::OneForAll, "links with other titles lead to the same text")
}

/// Finds what stands in a page's place, if anything does.
pub fn find(page: &Page) -> Option<Sighting> {
    find_in(&Document::new(&page.body, page.http.content_type.as_deref()), page)
}

/// The same where others look at the page too.
pub fn find_in(document: &Document<'_>, page: &Page) -> Option<Sighting> {
    let body = page.body.as_ref();
    if let Some(kind) = binary_type(body) {
        return Some(sighting(Obstacle::Binary, kind));
    }
    let is_small = body.len() <= SMALL_PAGE;
    let text = &document.decoded().text;
    let outline = Outline::of(text)?;
    if !is_small && !signs::may_be_in(body) && !signs::may_refresh(body) {
        return None;
    }
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

/// A page that is there to send its reader on, and was not followed: once is enough, and only within the portal.
fn by_sending_on(outline: &Outline, page: &Page, is_small: bool) -> Option<Sighting> {
    Some(match onward::find(outline, page, is_small)? {
        RedirectTarget::To(target) => sighting(Obstacle::Moved, format!("it redirects its reader to {target}")),
        RedirectTarget::ToItself => sighting(Obstacle::Challenge, "a page that only reloads itself"),
    })
}

/// A page that is nearly all script, which sets a cookie and loads the page again, or belongs to a known guard.
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

/// A sign among the words: in the title or a heading of a page with little text, or anywhere in one with very little.
fn by_words(outline: &Outline, markup: &str) -> Option<Sighting> {
    let titles = plain(&outline.titles);
    let own = plain(&outline.own_text);
    let is_short = own.chars().count() <= VERY_LITTLE_TEXT;
    signs::SIGNS.iter().find(|sign| sign.is_met(&titles, &own, is_short, markup)).map(Sign::sighting)
}

/// A password is asked for, and there is little else; or the request was led to a login.
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

/// Lower case, references decoded, one line.
fn plain(text: &str) -> String {
    let decoded: Cow<'_, str> = if text.contains('&') { unicode::decode_entities(text).into() } else { text.into() };
    unicode::clean(&decoded).to_lowercase()
}

/// The type of a file that is none of text, by its first bytes; or by control characters, which texts do without.
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
    // Texts in UTF-16 are half zeros; the old sets have a few letters among the control characters.
    (controls * 10 > head.len() && !charset::is_utf16(body)).then_some("application/octet-stream")
}

#[cfg(test)]
mod tests;

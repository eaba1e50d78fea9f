//! Finds pages that only redirect, by `http-equiv=refresh` or by a script that does nothing else.

use std::sync::LazyLock;

use regex::Regex;

use crate::html::refresh;
use crate::model::page::Page;
use crate::obstacle::FEW_LINKS;
use crate::obstacle::VERY_LITTLE_TEXT;
use crate::obstacle::outline::Outline;
use crate::text::unicode;
use crate::url::PageUrl;

/// Maximum delay of a redirect in seconds. With a longer delay, the page is meant to be read.
const SOON: u32 = 15;

/// Where a page redirects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RedirectTarget {
    /// To another page.
    To(PageUrl),
    /// To itself: it admits visitors who return, by a cookie or after a delay.
    ToItself,
}

/// Finds the redirect of a page with little text. A script that uses cookies is a test of the visitor, not a redirect.
pub(super) fn find(outline: &Outline, page: &Page, is_small: bool) -> Option<RedirectTarget> {
    let letters = outline.own_text.chars().count();
    if outline.scripts.to_ascii_lowercase().contains("cookie") {
        return None;
    }
    let is_bare = is_small && letters <= VERY_LITTLE_TEXT && outline.links <= FEW_LINKS;
    by_refresh(outline, page, is_bare).or_else(|| is_bare.then(|| by_script(&outline.scripts, page)).flatten())
}

fn by_refresh(outline: &Outline, page: &Page, is_bare: bool) -> Option<RedirectTarget> {
    let content = unicode::decode_entities(outline.refresh.as_deref()?);
    let (seconds, reference) = refresh::read(&content)?;
    let target = match reference {
        Some(reference) => page.final_url.join(reference).ok()?.without_fragment(),
        None => page.final_url.clone(),
    };
    if target == page.final_url {
        is_bare.then_some(RedirectTarget::ToItself)
    } else {
        (seconds <= SOON).then_some(RedirectTarget::To(target))
    }
}

/// Finds a script that sets the location to a constant as soon as it runs. A script that waits for a click, or that is in a function nobody calls,
/// does not count.
fn by_script(script: &str, page: &Page) -> Option<RedirectTarget> {
    static WAITS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?i)click|submit|function\s+[a-z_$]").expect("a constant pattern"));
    static RUNS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?i)\bonload\b|\bsettimeout\s*\(").expect("a constant pattern"));
    static AGAIN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\blocation\s*\.\s*reload\s*\(|location(?:\.href)?\s*=\s*[\w.]*location\b")
            .expect("a constant pattern")
    });
    let waits = WAITS.is_match(script) && !RUNS.is_match(script);
    if waits {
        return None;
    }
    if AGAIN.is_match(script) {
        return Some(RedirectTarget::ToItself);
    }
    let mut targets = constants(script);
    let first = targets.next()?;
    // If there are several targets, it cannot be decided here which one applies.
    if targets.any(|other| other != first) {
        return None;
    }
    let target = page.final_url.join(&first.replace("\\/", "/")).ok()?.without_fragment();
    Some(if target == page.final_url { RedirectTarget::ToItself } else { RedirectTarget::To(target) })
}

/// Returns the string constants that the location is set to. A constant must be the whole value.
fn constants(script: &str) -> impl Iterator<Item = &str> {
    static SETS: LazyLock<Regex> = LazyLock::new(|| {
        let who = r"(?:^|[^\w.])(?:(?:window|document|self|top|parent|this)\s*\.\s*)*";
        let how = r"location(?:\s*\.\s*(?:href|replace|assign))?\s*(?:=|\()\s*";
        Regex::new(&format!(r#"(?i){who}{how}(?:"([^"<>\s]+)"|'([^'<>\s]+)')"#)).expect("a constant pattern")
    });
    let found = SETS.captures_iter(script);
    found.filter_map(|found| {
        let behind = script.get(found.get(0)?.end()..)?.trim_start();
        let is_whole = !behind.starts_with(['+', '.', '?', '[', '|', '&']);
        let text = found.get(1).or(found.get(2))?.as_str();
        let is_plain = !text.replace("\\/", "/").contains('\\');
        (is_whole && is_plain).then_some(text)
    })
}

//! Reads sitemaps: `urlset`, `sitemapindex`, the news extension, plain lists of URLs, gzip (sitemaps.org 0.9; Google's news sitemaps).

use std::collections::HashMap;
use std::io::Read;

use quick_xml::Reader;
use quick_xml::events::Event;
use regex::RegexSet;

use crate::discover::Found;
use crate::discover::Place;
use crate::discover::feed;
use crate::discover::feed::FeedRules;
use crate::discover::plain;
use crate::discover::xml;
use crate::html::charset;
use crate::html::charset::Markup;
use crate::model::link::Hints;
use crate::model::request::Expect;
use crate::text::date;
use crate::text::date::DateOrder;
use crate::text::unicode;
use crate::url::PageUrl;

/// Maximum number of URLs in a sitemap: the protocol's own limit.
const MAX_ADDRESSES: usize = 50_000;

/// Maximum number of sub-sitemaps of an index that are followed. A visit reads 50 of them.
const MAX_SITEMAPS: usize = 1_000;

/// Maximum size in bytes of a decompressed sitemap: the protocol's own limit.
const MAX_BYTES: u64 = 50 * 1024 * 1024;

/// Minimum number of entries that must share a `lastmod` before it counts as the time when the sitemap was generated.
const FROZEN_ENTRIES: usize = 10;

/// The rules for reading a sitemap.
#[derive(Debug, Clone)]
pub struct SitemapRules {
    /// The sitemap's URL.
    pub url: PageUrl,
    /// Patterns that match path and query or the whole URL. Only URLs that match one of them are articles. If empty, all URLs but sub-sitemaps are.
    pub include: RegexSet,
    /// Patterns of the same kind for sub-sitemaps. Only those that match one of them are followed. If empty, all are.
    pub follow: RegexSet,
}

/// A `<url>` or `<sitemap>` as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Entry {
    is_sitemap: bool,
    loc: String,
    lastmod: Option<String>,
    title: Option<String>,
    published: Option<String>,
    keywords: Option<String>,
}

/// Reads a sitemap.
pub(super) fn read(rules: &SitemapRules, place: &Place<'_>) -> Found {
    let mut warnings = Vec::new();
    let body = match inflated(&place.page.body, &mut warnings) {
        Ok(body) => body,
        Err(reason) => return Found::broken(reason),
    };
    let decoded = charset::decode(&body, place.page.http.content_type.as_deref(), Markup::Xml);
    warnings.extend(decoded.warnings);
    let text = decoded.text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Found::broken("an empty answer instead of a sitemap");
    }
    if !text.starts_with('<') && xml::root_of(text).is_none() {
        return text_sitemap(rules, place, text, warnings);
    }
    let sound = xml::repair(text);
    match sound.root.as_str() {
        "urlset" | "sitemapindex" | "url" | "sitemap" => {
            warnings.extend(sound.warnings.iter().map(|warning| format!("sitemap repaired: {warning}")));
            found(rules, place, entries(&sound.text), warnings)
        }
        "rss" | "rdf" | "feed" => {
            let feed = FeedRules {
                url: rules.url.clone(),
                date_order: DateOrder::default(),
                distrust_minutes: false,
                content_is_article: false,
            };
            feed::read_sound(&feed, place, &sound, warnings)
        }
        "html" => Found::broken("an HTML page instead of a sitemap"),
        root => Found::broken(format!("a document of `{root}` instead of a sitemap")),
    }
}

/// Decompresses the body if its first bytes are gzip's. File names and headers say nothing reliable about it.
fn inflated<'a>(body: &'a [u8], warnings: &mut Vec<String>) -> Result<std::borrow::Cow<'a, [u8]>, String> {
    if !body.starts_with(&[0x1f, 0x8b]) {
        return Ok(body.into());
    }
    let mut out = Vec::new();
    let result = flate2::read::MultiGzDecoder::new(body).take(MAX_BYTES + 1).read_to_end(&mut out);
    if let Err(error) = result {
        if out.is_empty() {
            return Err(format!("broken gzip instead of a sitemap: {error}"));
        }
        warnings.push(format!("the gzip data ends early: {error}"));
    }
    if out.len() as u64 > MAX_BYTES {
        return Err(format!("a sitemap of more than {MAX_BYTES} bytes"));
    }
    Ok(out.into())
}

/// Whether a line of a plain list is a URL. Headings and remarks are not.
pub(super) fn is_address_line(line: &str) -> bool {
    let line = line.trim();
    (line.starts_with("http://") || line.starts_with("https://")) && !line.contains(char::is_whitespace)
}

fn text_sitemap(rules: &SitemapRules, place: &Place<'_>, text: &str, warnings: Vec<String>) -> Found {
    let lines = text.lines().map(str::trim);
    let addresses = lines.filter(|line| is_address_line(line));
    let entries: Vec<Entry> =
        addresses.map(|line| Entry { loc: line.to_owned(), ..Entry::default() }).take(MAX_ADDRESSES + 1).collect();
    if entries.is_empty() {
        return Found::broken("neither XML nor a list of addresses instead of a sitemap");
    }
    found(rules, place, entries, warnings)
}

/// Returns the entries of a repaired document. Only direct children of an entry (or of its `news:news`) count, so that URLs of images and videos are
/// left out. Prefixes are ignored.
fn entries(text: &str) -> Vec<Entry> {
    let mut reader = Reader::from_str(text);
    let mut entries: Vec<Entry> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut value = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                let name = tag.name().as_ref().to_ascii_lowercase();
                let name = xml::local(&name).to_owned();
                if matches!(name.as_str(), "url" | "sitemap") && path.len() <= 1 {
                    // One entry more than the limit is kept, which shows that there were more.
                    if entries.len() > MAX_ADDRESSES {
                        break;
                    }
                    entries.push(Entry { is_sitemap: name == "sitemap", ..Entry::default() });
                }
                path.push(name);
                value.clear();
            }
            Ok(Event::End(_)) => {
                if let Some(entry) = entries.last_mut() {
                    entry.set(&path, &value);
                }
                path.pop();
                value.clear();
            }
            Ok(Event::Text(text)) => value.push_str(&text),
            Ok(Event::GeneralRef(name)) => {
                let reference = format!("&{};", &*name);
                value.push_str(&quick_xml::escape::unescape(&reference).unwrap_or_default());
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    entries.retain(|entry| !entry.loc.is_empty());
    entries
}

impl Entry {
    fn set(&mut self, path: &[String], value: &str) {
        let value = plain::without_cdata(value);
        let [.., parent, name] = path else { return };
        if value.is_empty() {
            return;
        }
        let text = || Some(value.to_owned());
        match (parent.as_str(), name.as_str()) {
            ("url" | "sitemap", "loc") if self.loc.is_empty() => value.clone_into(&mut self.loc),
            ("url" | "sitemap", "lastmod") => self.lastmod = self.lastmod.take().or(text()),
            // Some indexes write the URL without `<loc>`.
            (_, "url" | "sitemap") if self.loc.is_empty() && value.starts_with("http") => {
                value.clone_into(&mut self.loc);
            }
            ("news", "title") => self.title = text(),
            ("news", "publication_date") => self.published = text(),
            ("news", "keywords") => self.keywords = text(),
            _ => {}
        }
    }
}

fn found(rules: &SitemapRules, place: &Place<'_>, mut entries: Vec<Entry>, warnings: Vec<String>) -> Found {
    let mut found = Found { warnings, ..Found::default() };
    if entries.len() > MAX_ADDRESSES {
        found.warnings.push(format!("more than {MAX_ADDRESSES} addresses: the rest is left out"));
        entries.truncate(MAX_ADDRESSES);
    }
    if let Some(frozen) = frozen_lastmod(&entries) {
        found.warnings.push(format!("`lastmod` is {frozen} nearly everywhere: not believed"));
        for entry in &mut entries {
            entry.lastmod = None;
        }
    }
    let mut sitemaps = Vec::new();
    let mut bad = 0;
    for entry in entries {
        let Some(url) = address(place.base(), &entry.loc) else {
            bad += 1;
            continue;
        };
        if entry.is_sitemap || names_a_sitemap(&url) {
            if chosen(&rules.follow, &url) {
                sitemaps.push((url, entry.lastmod));
            }
        } else if chosen(&rules.include, &url) {
            let hints = hints(entry, &mut found.warnings);
            found.links.push(place.link(url, hints, None));
        }
    }
    if bad > 0 {
        found.warnings.push(format!("entries without a usable address: {bad}"));
    }
    follow(place, sitemaps, &mut found);
    found
}

/// Returns the URL of a `<loc>`. References are decoded again, because some sitemaps escape twice. A text with an unresolved reference is not a URL.
fn address(base: &PageUrl, loc: &str) -> Option<PageUrl> {
    let loc = unicode::decode_entities(loc);
    if plain::is_unresolved(&loc) { None } else { base.join(&loc).ok() }
}

fn chosen(patterns: &RegexSet, url: &PageUrl) -> bool {
    let path_and_query = &url.as_url()[url::Position::BeforePath..url::Position::AfterQuery];
    patterns.is_empty() || patterns.is_match(path_and_query) || patterns.is_match(url.as_str())
}

/// Schedules the sub-sitemaps: most recently changed first if all state a date, otherwise in the index's order.
fn follow(place: &Place<'_>, mut sitemaps: Vec<(PageUrl, Option<String>)>, found: &mut Found) {
    let changes: Vec<_> =
        sitemaps.iter().map(|(_, raw)| date::read_value(raw.as_deref()?, DateOrder::DayFirst)).collect();
    if changes.iter().all(Option::is_some) {
        let mut dated: Vec<_> = sitemaps.into_iter().zip(changes).collect();
        dated.sort_by_key(|(_, date)| std::cmp::Reverse(date.as_ref().map(|date| date.at)));
        sitemaps = dated.into_iter().map(|(sitemap, _)| sitemap).collect();
    }
    if sitemaps.len() > MAX_SITEMAPS {
        found.warnings.push(format!("more than {MAX_SITEMAPS} sub-sitemaps: the rest is left out"));
        sitemaps.truncate(MAX_SITEMAPS);
    }
    let own = [&place.page.url, &place.page.final_url];
    for (url, _) in sitemaps {
        let known = own.contains(&&url) || found.next.iter().any(|step| step.request.url == url);
        if !known {
            found.next.push(place.next_page(url, Expect::Sitemap));
        }
    }
}

fn hints(entry: Entry, warnings: &mut Vec<String>) -> Hints {
    let mut read = |raw: Option<String>| {
        let dated = date::read_value(&raw?, DateOrder::DayFirst)?;
        plain::warn_of_zone(&dated, warnings);
        Some(dated)
    };
    let tags = entry.keywords.as_deref().unwrap_or_default();
    Hints {
        title: entry.title.as_deref().and_then(plain::title),
        date: read(entry.published),
        modified: read(entry.lastmod),
        tags: tags.split(',').filter_map(plain::title).collect(),
        ..Hints::default()
    }
}

/// Whether an entry of a `urlset` is itself a sitemap. Flat sitemaps mix both.
fn names_a_sitemap(url: &PageUrl) -> bool {
    let path = url.as_url().path().to_ascii_lowercase();
    let path = path.strip_suffix(".gz").unwrap_or(&path);
    path.rsplit_once('.').is_some_and(|(_, extension)| extension == "xml")
}

/// Returns the `lastmod` that at least nine of ten entries share.
fn frozen_lastmod(entries: &[Entry]) -> Option<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let dates = entries.iter().filter_map(|entry| entry.lastmod.as_deref());
    dates.for_each(|date| *counts.entry(date).or_default() += 1);
    let all: usize = counts.values().sum();
    let (most, count) = counts.into_iter().max_by_key(|(date, count)| (*count, *date))?;
    (count >= FROZEN_ENTRIES && count * 10 >= all * 9).then(|| most.to_owned())
}

#[cfg(test)]
mod tests;

//! Feeds: RSS 0.9x to 2.0, RDF, Atom, JSON Feed.
//!
//! Two readers read each XML feed. feed-rs knows the formats. `tolerant` keeps what feed-rs drops (the dates as printed, `feedburner:origLink`,
//! `isPermaLink`, undeclared prefixes, items outside the channel). If feed-rs fails or finds another number of entries, only the result of `tolerant`
//! is used. JSON Feed has its own reader, because feed-rs rejects a whole feed for one numeric ID.

mod date;
mod json_feed;
mod pacing;
mod strict;
mod tolerant;

use jiff::Timestamp;

use crate::discover::Found;
use crate::discover::Place;
use crate::discover::plain;
use crate::discover::xml;
use crate::discover::xml::WellFormedXml;
use crate::html::charset;
use crate::html::charset::Markup;
use crate::model::link::Hints;
use crate::model::link::Link;
use crate::model::pace::Pace;
use crate::model::request::Expect;
use crate::text::date::DateOrder;
use crate::text::date::Dated;
use crate::text::date::Precision;
use crate::text::date::shown_order;
use crate::text::unicode;
use crate::url::PageUrl;

/// Maximum number of entries read per feed. Feeds of portals have 10 to 200.
const MAX_ENTRIES: usize = 5_000;

/// The rules for reading a feed.
#[derive(Debug, Clone)]
pub struct FeedRules {
    /// The feed's URL.
    pub url: PageUrl,
    /// Which number of a date is the day.
    pub date_order: DateOrder,
    /// Whether to cut dates to the day because their minutes are wrong (`NukeViet`'s RSS prints the month instead of the minutes). The hour is right,
    /// so the day is right too, except around midnight.
    pub distrust_minutes: bool,
    /// Whether `content:encoded` is the whole article, so that its page need not be fetched.
    pub content_is_article: bool,
}

/// An entry as the feed has it. Only XML's own escapes are removed from text and markup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Entry {
    title: Option<String>,
    /// The title of the entry's media object, for entries without a title.
    other_title: Option<String>,
    /// The article's URLs, best first. They are absolute if the feed states a base.
    links: Vec<String>,
    /// The URL before a feed service replaced it with its own.
    original_link: Option<String>,
    guid: Option<String>,
    /// Whether the feed says that the GUID is not a URL.
    guid_is_opaque: bool,
    published: Option<String>,
    modified: Option<String>,
    summary: Option<String>,
    content: Option<String>,
    authors: Vec<String>,
    categories: Vec<String>,
    image: Option<String>,
    /// Whether a text was encoded with `mode="base64"`, which feed-rs does not decode.
    was_base64: bool,
}

/// A feed as read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Feed {
    entries: Vec<Entry>,
    /// The next page (RFC 5005, `rel=next`; `next_url` of JSON Feed).
    next: Option<String>,
    /// How often the feed asks to be requested.
    pace: Pace,
}

/// Whether a document that is not XML is a JSON Feed. The version may be at its end.
pub(super) fn is_json_feed(head: &str, body: &[u8]) -> bool {
    let html = head.get(..256).unwrap_or(head).to_ascii_lowercase();
    let is_page = html.contains("<html") || html.contains("<!doctype");
    !is_page && head.contains('{') && memchr::memmem::find(body, b"jsonfeed.org").is_some()
}

/// Reads a feed.
pub(super) fn read(rules: &FeedRules, place: &Place<'_>) -> Found {
    let body = &place.page.body;
    let content_type = place.page.http.content_type.as_deref();
    let first =
        body.iter().find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xEF | 0xBB | 0xBF | 0xFE | 0xFF | 0));
    let Some(first) = first else {
        return Found::broken("an empty answer instead of a feed");
    };
    let mut decoded = charset::decode(body, content_type, if *first == b'{' { Markup::Json } else { Markup::Xml });
    if let Some(json) = json_feed::within(&decoded.text) {
        return match json_feed::read(json, &mut decoded.warnings) {
            Ok(feed) => found(rules, place, feed, decoded.warnings),
            Err(reason) => Found::broken(reason),
        };
    }
    read_sound(rules, place, &xml::repair(&decoded.text), decoded.warnings)
}

/// Reads a feed whose XML was repaired.
pub(super) fn read_sound(
    rules: &FeedRules,
    place: &Place<'_>,
    sound: &WellFormedXml,
    mut warnings: Vec<String>,
) -> Found {
    if sound.text.is_empty() {
        return Found::broken("neither XML nor JSON instead of a feed");
    }
    let mut feed = tolerant::read(&sound.text, place.base());
    let known = matches!(sound.root.as_str(), "rss" | "rdf" | "feed" | "entry" | "channel" | "item");
    if !known && feed.entries.is_empty() {
        return Found::broken(match sound.root.as_str() {
            "html" => "an HTML page instead of a feed".to_owned(),
            root => format!("a document of `{root}` instead of a feed"),
        });
    }
    warnings.extend(sound.warnings.iter().map(|warning| format!("feed repaired: {warning}")));
    match strict::read(sound, place.base()) {
        Ok(entries) if entries.len() == feed.entries.len() => {
            for (entry, other) in feed.entries.iter_mut().zip(entries) {
                entry.take_over(other);
            }
        }
        Ok(entries) => warnings.push(format!("feed-rs finds {} of {} entries", entries.len(), feed.entries.len())),
        Err(reason) => warnings.push(format!("feed-rs gives up: {reason}")),
    }
    found(rules, place, feed, warnings)
}

impl Entry {
    /// Takes the texts that feed-rs read and fills in what is missing. feed-rs stops at the first tag inside a title or a description, so a longer
    /// text of the tolerant reader is kept.
    fn take_over(&mut self, strict: Entry) {
        let texts =
            [(&mut self.title, strict.title), (&mut self.summary, strict.summary), (&mut self.content, strict.content)];
        for (own, read) in texts {
            if self.was_base64 && own.is_some() {
                continue;
            }
            let length = own.as_ref().map_or(0, |own| own.trim().len());
            if let Some(read) = read.filter(|read| read.trim().len() >= length) {
                *own = Some(read);
            }
        }
        self.image = self.image.take().or(strict.image);
        let lists = [
            (&mut self.links, strict.links),
            (&mut self.authors, strict.authors),
            (&mut self.categories, strict.categories),
        ];
        for (own, read) in lists {
            if own.is_empty() {
                *own = read;
            }
        }
    }

    /// Returns the article's URL: the original link, a link, or a GUID that is a URL.
    fn address(&self, base: &PageUrl) -> Option<PageUrl> {
        // A text with an unresolved entity is not a usable URL.
        let absolute =
            |text: &String| if plain::is_unresolved(text) { None } else { base.join(&without_blanks(text)).ok() };
        if let Some(url) = self.original_link.as_ref().and_then(absolute) {
            return Some(url);
        }
        if let Some(url) = self.links.iter().filter(|link| !link.trim().is_empty()).find_map(absolute) {
            return Some(url);
        }
        let guid = self.guid.as_ref().filter(|guid| !self.guid_is_opaque && guid.trim().starts_with("http"))?;
        PageUrl::parse(&without_blanks(guid)).ok()
    }
}

/// Removes whitespace around a URL and line breaks and tabs inside it, which are only layout.
fn without_blanks(text: &str) -> String {
    text.trim().chars().filter(|c| !matches!(c, '\n' | '\r' | '\t')).collect()
}

fn found(rules: &FeedRules, place: &Place<'_>, feed: Feed, warnings: Vec<String>) -> Found {
    let mut found = Found { warnings, pace: feed.pace, ..Found::default() };
    let total = feed.entries.len();
    let mut without_url = 0;
    let dates =
        || feed.entries.iter().take(MAX_ENTRIES).flat_map(|entry| [&entry.published, &entry.modified]).flatten();
    let shown = shown_order(dates().map(String::as_str));
    let rules = &FeedRules { date_order: shown.unwrap_or(rules.date_order), ..rules.clone() };
    for entry in feed.entries.into_iter().take(MAX_ENTRIES) {
        match link(rules, place, entry, &mut found.warnings) {
            Some(link) => found.links.push(link),
            None => without_url += 1,
        }
    }
    if total > MAX_ENTRIES {
        found.warnings.push(format!("entries left out: {}, since at most {MAX_ENTRIES} are read", total - MAX_ENTRIES));
    }
    if without_url > 0 {
        found.warnings.push(format!("entries without an address: {without_url}"));
    }
    if let Some(next) = feed.next.and_then(|next| place.base().join(&next).ok())
        && next != place.page.url
        && next != place.page.final_url
    {
        found.next.push(place.next_page(next, Expect::Feed));
    }
    found
}

fn link(rules: &FeedRules, place: &Place<'_>, entry: Entry, warnings: &mut Vec<String>) -> Option<Link> {
    let base = place.base();
    let url = entry.address(base)?;
    let mut dated = |raw: &Option<String>| read_date(rules, place, raw.as_deref()?, warnings);
    let date = dated(&entry.published);
    let modified = dated(&entry.modified).filter(|modified| Some(modified) != date.as_ref());
    let content_html = entry.content.as_deref().map(plain::unescaped_markup).filter(|html| !html.trim().is_empty());
    let image = entry.image.as_ref().and_then(|image| base.join(image).ok());
    let hints = Hints {
        title: entry.title.as_deref().and_then(plain::title).or_else(|| plain::title(entry.other_title.as_deref()?)),
        date,
        modified,
        summary: entry.summary.as_deref().and_then(plain::summary),
        content_is_article: rules.content_is_article && content_html.is_some(),
        content_html,
        authors: entry.authors.iter().filter_map(|author| plain::title(author)).collect(),
        section: entry.categories.first().and_then(|category| plain::title(category)),
        tags: entry.categories.iter().filter_map(|category| plain::title(category)).collect(),
        image,
        credit: None,
    };
    let guid = entry.guid.map(|guid| unicode::clean(&guid)).filter(|guid| !guid.is_empty());
    Some(place.link(url, hints, guid))
}

fn read_date(rules: &FeedRules, place: &Place<'_>, raw: &str, warnings: &mut Vec<String>) -> Option<Dated> {
    let raw = raw.trim();
    if raw.is_empty() {
        return None;
    }
    let read = date::read(raw, rules.date_order, place.page.fetched);
    if let Some(dated) = &read {
        plain::warn_of_zone(dated, warnings);
    }
    match read {
        Some(dated) if rules.distrust_minutes => Some(cut_to_day(dated)),
        Some(dated) => Some(dated),
        None => {
            let warning = format!("no date: {}", plain::head(raw, 60));
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
            None
        }
    }
}

/// Cuts a moment to its day in Vietnam, which has used +07:00 all year since 1975.
fn cut_to_day(dated: Dated) -> Dated {
    const DAY: i64 = 24 * 60 * 60;
    const OFFSET: i64 = 7 * 60 * 60;
    let second = dated.at.as_second();
    let midnight = second - (second + OFFSET).rem_euclid(DAY);
    match Timestamp::from_second(midnight) {
        Ok(at) => Dated { at, precision: Precision::Day, raw: dated.raw, offset: None },
        Err(_) => dated,
    }
}

#[cfg(test)]
mod tests;

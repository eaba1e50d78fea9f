//! Messages: one for a story, a digest for what was found since the last one, and what is told once in a long time. A message is made as a
//! `Page`, which is written as plain text, HTML or Markdown.

mod html;
mod markdown;
mod phrasing;
mod plain;

use std::ops::Range;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use crate::text::date::rfc3339;
use crate::text::language::Language;
use crate::text::language::local;
use crate::watch::Event;
use crate::watch::Watch;
use crate::watch::changes::Change;
use crate::watch::coverage::Coverage;
use crate::watch::entry::Entry;
use crate::watch::message::phrasing::Phrasing;
use crate::watch::phrase;
use crate::watch::phrase::Phrase;

/// Stories that a message shows of one watch; the others are counted.
pub const MOST_SHOWN: usize = 50;

/// Characters of a subject's headline.
const MOST_SUBJECT: usize = 90;

/// A message as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// One line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As a whole HTML page.
    pub html: String,
    /// For machines.
    pub data: Value,
}

/// What was found for one watch.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<'a> {
    /// The watch.
    pub watch: &'a Watch,
    /// What to tell, by event.
    pub entries: Vec<(Event, Entry)>,
    /// Stories beside these, which are only counted.
    pub unlisted: usize,
}

impl Found<'_> {
    fn counts(&self) -> Counts {
        let listed = Counts::of(self.entries.iter());
        Counts { new: listed.new + self.unlisted, ..listed }
    }
}

/// The time that a digest covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its begin.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
}

/// A text with what of it is bold, in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Marked {
    pub(crate) text: String,
    pub(crate) bold: Vec<Range<usize>>,
}

impl Marked {
    fn of(text: &str, phrases: &[&Phrase]) -> Marked {
        Marked { text: text.to_owned(), bold: phrase::places(text, phrases.iter().copied()) }
    }

    /// Its pieces, and which of them are bold.
    pub(crate) fn pieces(&self) -> Vec<(&str, bool)> {
        let (mut pieces, mut done) = (Vec::new(), 0);
        for bold in &self.bold {
            pieces.push((self.text.get(done..bold.start).unwrap_or_default(), false));
            pieces.push((self.text.get(bold.clone()).unwrap_or_default(), true));
            done = bold.end;
        }
        pieces.push((self.text.get(done..).unwrap_or_default(), false));
        pieces.retain(|(piece, _)| !piece.is_empty());
        pieces
    }
}

/// A message before it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) language: Language,
    pub(crate) subject: String,
    /// The heading of a digest.
    pub(crate) heading: Option<String>,
    /// What was found, and what could not be read.
    pub(crate) intro: Vec<String>,
    pub(crate) sections: Vec<PageSection>,
    /// How to change the watch.
    pub(crate) closing: Vec<String>,
}

/// What a page says of one watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageSection {
    /// The watch's name and counts; `None` where the page has one watch alone.
    pub(crate) heading: Option<String>,
    /// By their headings; that of new stories has none.
    pub(crate) groups: Vec<(Option<&'static str>, Vec<Item>)>,
    /// How many more there are.
    pub(crate) more: Option<String>,
}

/// A story on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) title: Marked,
    pub(crate) url: String,
    /// Outlet, time.
    pub(crate) meta: String,
    pub(crate) texts: Vec<Marked>,
    /// A changed sentence: its label, and what it says.
    pub(crate) changes: Vec<(&'static str, Marked)>,
    /// Who copied it, who withdrew it.
    pub(crate) notes: Vec<String>,
}

/// Whether an address leads to a page: nothing else that a site wrote may be a link.
fn is_web(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// The message about one story.
pub fn of_story(watch: &Watch, event: Event, entry: Entry, now: Timestamp) -> Message {
    let words = Phrasing::of(watch.language);
    let data =
        json!({ "watch": watch.id, "name": watch.name, "event": event.name(), "at": rfc3339(now), "article": entry });
    let subject = format!("[{}] {}{}", watch.name, words.prefix(event), cut(&entry.title));
    let found = Found { watch, entries: vec![(event, entry)], unlisted: 0 };
    let page = Page {
        language: watch.language,
        subject,
        heading: None,
        intro: Vec::new(),
        sections: vec![section(&found, words, false)],
        closing: vec![words.how_to_change(&[watch])],
    };
    written(&page, data)
}

/// The digest of what was found for some watches of one language; the same message tells of a flood.
pub fn digest(found: &[Found<'_>], period: Period, coverage: &Coverage) -> Message {
    let page = digest_page(found, period, coverage);
    let of = |found: &Found<'_>| {
        let entries = found.entries.iter().map(|(event, entry)| json!({ "event": event.name(), "article": entry }));
        json!({ "watch": found.watch.id, "name": found.watch.name, "entries": entries.collect::<Vec<_>>(), "unlisted": found.unlisted })
    };
    let unread = |unread: &crate::watch::coverage::Unread| json!({ "name": unread.name, "reason": unread.trouble.in_words(page.language), "last_read": unread.last_read.map(rfc3339) });
    let data = json!({
        "from": rfc3339(period.from), "until": rfc3339(period.until),
        "digest": found.iter().map(of).collect::<Vec<_>>(),
        "portals": coverage.portals, "unread": coverage.unread.iter().map(unread).collect::<Vec<_>>(),
        "partly_read": coverage.partly.iter().map(unread).collect::<Vec<_>>(),
    });
    written(&page, data)
}

/// A digest as Markdown.
pub fn digest_markdown(found: &[Found<'_>], period: Period, coverage: &Coverage) -> String {
    markdown::write(&digest_page(found, period, coverage))
}

/// That a watch has found nothing for a long time, with the nearest texts.
pub fn of_silence(watch: &Watch, days: i64, nearest: &[Entry], now: Timestamp) -> Message {
    let words = Phrasing::of(watch.language);
    let items: Vec<Item> = nearest.iter().map(|entry| item(watch, Event::New, entry, words)).collect();
    let data =
        json!({ "watch": watch.id, "name": watch.name, "silent_days": days, "at": rfc3339(now), "nearest": nearest });
    let page = Page {
        language: watch.language,
        subject: format!("[{}] {}", watch.name, words.silent_subject(days)),
        heading: None,
        intro: vec![words.silent(watch, days, !items.is_empty())],
        sections: vec![PageSection { heading: None, groups: vec![(None, items)], more: None }],
        closing: vec![words.how_to_change(&[watch])],
    };
    written(&page, data)
}

/// The message that `tintinh notify test` sends.
pub fn of_test(id: &str, now: Timestamp) -> Message {
    let data = json!({ "test": id, "at": rfc3339(now) });
    let page = Page {
        language: Language::Vietnamese,
        subject: format!("[tintinh] Thư thử của {id} · test message"),
        heading: None,
        intro: phrasing::test(id, now),
        sections: Vec::new(),
        closing: Vec::new(),
    };
    written(&page, data)
}

/// An alarm, whose text is English as everywhere.
pub fn of_alarm(subject: String, text: String, data: Value) -> Message {
    let page = Page {
        language: Language::English,
        subject,
        heading: None,
        intro: vec![text],
        sections: Vec::new(),
        closing: Vec::new(),
    };
    written(&page, data)
}

fn written(page: &Page, data: Value) -> Message {
    Message { subject: page.subject.clone(), text: plain::write(page), html: html::write(page), data }
}

fn digest_page(found: &[Found<'_>], period: Period, coverage: &Coverage) -> Page {
    let language = found.first().map(|found| found.watch.language).unwrap_or_default();
    let words = Phrasing::of(language);
    let watches: Vec<&Watch> = found.iter().map(|found| found.watch).collect();
    let counts = found.iter().map(Found::counts).fold(Counts::default(), Counts::and);
    let names = words.names(&watches);
    let is_daily = watches.iter().all(|watch| watch.rhythm.is_daily());
    let day = if is_daily { language.day(local(period.until).date()) } else { language.minute(period.until) };
    let is_one = found.len() == 1;
    let shown = found.iter().filter(|found| is_one || !found.entries.is_empty());
    let nothing: Vec<&Watch> = found.iter().filter(|found| found.entries.is_empty()).map(|found| found.watch).collect();
    let mut intro = vec![format!("{} {}", words.found(&names, counts, period), words.coverage(coverage))];
    if !is_one && !nothing.is_empty() && counts.all() > 0 {
        intro.push(words.nothing_for(&nothing));
    }
    Page {
        language,
        subject: format!("[{}] {} · {} · {day}", words.digest, cut(&names), words.counts(counts)),
        heading: (counts.all() > 0).then(|| {
            let name = if is_one { names.clone() } else { words.digest_heading.to_owned() };
            format!("{name} · {}", language.weekday(local(period.until).date()))
        }),
        intro,
        sections: shown.map(|found| section(found, words, !is_one)).collect(),
        closing: vec![words.how_to_change(&watches)],
    }
}

/// How many of each event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) new: usize,
    pub(crate) revised: usize,
    pub(crate) withdrawn: usize,
    pub(crate) reprints: usize,
}

impl Counts {
    fn of<'a>(entries: impl Iterator<Item = &'a (Event, Entry)>) -> Counts {
        entries.fold(Counts::default(), |mut counts, (event, _)| {
            match event {
                Event::New => counts.new += 1,
                Event::Revision => counts.revised += 1,
                Event::Withdrawn => counts.withdrawn += 1,
                Event::Reprint => counts.reprints += 1,
            }
            counts
        })
    }

    fn and(self, other: Counts) -> Counts {
        Counts {
            new: self.new + other.new,
            revised: self.revised + other.revised,
            withdrawn: self.withdrawn + other.withdrawn,
            reprints: self.reprints + other.reprints,
        }
    }

    fn all(self) -> usize {
        self.new + self.revised + self.withdrawn + self.reprints
    }
}

fn section(found: &Found<'_>, words: &Phrasing, has_heading: bool) -> PageSection {
    let counts = found.counts();
    let mut groups = Vec::new();
    let mut left = MOST_SHOWN;
    for (event, heading) in [
        (Event::New, None),
        (Event::Revision, Some(words.revised)),
        (Event::Withdrawn, Some(words.withdrawn)),
        (Event::Reprint, Some(words.reprinted)),
    ] {
        let of_event = found.entries.iter().filter(|(own, _)| *own == event);
        let is_all = of_event.clone().count() == counts.all();
        let items: Vec<Item> =
            in_order(of_event).into_iter().take(left).map(|entry| item(found.watch, event, entry, words)).collect();
        left -= items.len();
        if !items.is_empty() {
            // A message about one story needs no heading, nor does what the section's heading has named.
            groups.push((heading.filter(|_| counts.all() > 1 && !(has_heading && is_all)), items));
        }
    }
    let hidden = counts.all().saturating_sub(MOST_SHOWN);
    PageSection {
        heading: has_heading.then(|| format!("{} · {}", found.watch.name, words.counts(counts))),
        groups,
        more: (hidden > 0).then(|| words.more(hidden, found.watch)),
    }
}

/// The most copied first, then the newest.
fn in_order<'a>(entries: impl Iterator<Item = &'a (Event, Entry)>) -> Vec<&'a Entry> {
    let mut all: Vec<&Entry> = entries.map(|(_, entry)| entry).collect();
    all.sort_by(|one, other| {
        other
            .copy_count
            .cmp(&one.copy_count)
            .then_with(|| other.published.cmp(&one.published))
            .then_with(|| one.id.cmp(&other.id))
    });
    all
}

fn item(watch: &Watch, event: Event, entry: &Entry, words: &Phrasing) -> Item {
    let phrases: Vec<&Phrase> = watch.any.iter().chain(&watch.all).collect();
    let marked = |text: &str| Marked::of(text, &phrases);
    let texts = match event {
        Event::New | Event::Reprint => {
            // What stands further down in the text does not go on from the lead.
            let excerpt = entry.excerpt.as_ref().map(|text| format!("[…] {}", text.trim_start_matches("… ")));
            let texts = [Some(entry.lead.clone()), excerpt].into_iter().flatten();
            texts.filter(|text| !text.is_empty()).map(|text| marked(&text)).collect()
        }
        // What a changed article said before is no news, and what is gone is not repeated.
        Event::Revision | Event::Withdrawn => Vec::new(),
    };
    let changes = if event == Event::Revision { entry.changes.as_slice() } else { &[] };
    let label = |change: &Change| match (change.old.is_empty(), change.new.is_empty()) {
        (true, _) => vec![(words.added, marked(&change.new))],
        (_, true) => vec![(words.removed, marked(&change.old))],
        _ => vec![(words.before, marked(&change.old)), (words.now, marked(&change.new))],
    };
    Item {
        title: marked(&entry.title),
        url: entry.url.clone(),
        meta: words.meta(entry, event),
        texts,
        changes: changes.iter().flat_map(label).collect(),
        notes: words.notes(entry, event),
    }
}

/// A text of a subject, cut between words.
fn cut(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(MOST_SUBJECT) else { return text.to_owned() };
    let head = text.get(..end).unwrap_or(text);
    format!("{} …", head.rsplit_once(' ').map_or(head, |(head, _)| head))
}

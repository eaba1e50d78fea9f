//! The template that the pages of one site share, learned from its articles as they pass.
//!
//! A line that occurs on one article and again, at the same place, on another belongs to the frame, not to either's text. A place (an element by
//! its tag, names and ancestors) that held the text, the headline or the date on other articles of the site is likely to hold it on this one. Both
//! are counted over distinct articles: reading a page twice, or an article under two URLs, teaches nothing new.
//!
//! The result is evidence next to the page's own (it is added to the log-odds of lines), and it is bounded in number and in age. After [`WINDOW`]
//! articles all counts are halved, so that a redesign is forgotten within as many. The idea that repetition over a site's pages reveals its
//! template is from Bar-Yossef and Rajagopalan (2002) and Gibson, Punera and Tomkins (2005).

use std::collections::VecDeque;

use foldhash::HashMap;
use html5ever::local_name;
use serde::Deserialize;
use serde::Serialize;

use crate::extract::outline::Element;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::html::tree;
use crate::text::unicode;
use crate::url::PageUrl;

/// Number of articles after which all counts are halved.
pub const WINDOW: u32 = 64;

/// Minimum number of articles before a site's memory is used.
pub const LEAST_ARTICLES: u32 = 2;

/// Maximum number of lines' marks in one site's memory.
const MAX_LINES: usize = 16_384;

/// Maximum number of places in one site's memory.
const MAX_PLACES: usize = 2048;

/// Maximum number of lines of one page that are learned.
const MAX_TAUGHT: usize = 4000;

/// What is known about a site.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SiteMemory {
    /// Number of distinct articles, halved together with all other counts.
    articles: u32,
    /// Marks of the last articles: URL and headline.
    last: VecDeque<(u64, u64)>,
    /// Number of articles with each line: by its text alone, and by its text and place.
    lines: HashMap<u64, u16>,
    places: HashMap<u64, Place>,
}

/// What a place contained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Place {
    /// Number of articles that have it.
    articles: u16,
    /// Number of words of text, and of other words.
    text: u32,
    other: u32,
    /// Number of articles whose headline, and whose date, was there.
    title: u16,
    date: u16,
}

/// What one article teaches.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    address: u64,
    headline: u64,
    lines: Vec<TaughtField>,
    title: Option<u64>,
    date: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct TaughtField {
    /// The mark of its text.
    text: u64,
    place: u64,
    words: u16,
    /// Whether it was chosen as the article's.
    taken: bool,
}

/// The places of a page's elements.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<u64>);

/// What was read, and where on the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Read<'r> {
    pub(super) url: &'r PageUrl,
    pub(super) headline: Option<&'r str>,
    /// The lines of text.
    pub(super) chosen: &'r [usize],
    /// The elements of the headline and of the date.
    pub(super) title: Option<usize>,
    pub(super) date: Option<usize>,
}

/// A site's memory as it applies to one page.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageMemory<'m> {
    memory: &'m SiteMemory,
    /// 1 if the page is among the learned articles, else 0.
    own: u16,
}

impl SiteMemory {
    /// Learns from an article. Returns whether it was new.
    pub fn learn(&mut self, lesson: &Lesson) -> bool {
        let known = |(address, headline): &(u64, u64)| *address == lesson.address || *headline == lesson.headline;
        if lesson.lines.is_empty() || self.last.iter().any(known) {
            return false;
        }
        if self.articles >= WINDOW {
            self.halve();
        }
        self.articles += 1;
        self.last.push_back((lesson.address, lesson.headline));
        if self.last.len() > 2 * WINDOW as usize {
            self.last.pop_front();
        }
        let mut lines: Vec<u64> =
            lesson.lines.iter().flat_map(|taught| [taught.text, placed(taught.text, taught.place)]).collect();
        lines.sort_unstable();
        lines.dedup();
        for line in lines {
            let count = self.lines.entry(line).or_default();
            *count = count.saturating_add(1);
        }
        let mut places: HashMap<u64, Place> = HashMap::default();
        for taught in &lesson.lines {
            let place = places.entry(taught.place).or_insert(Place { articles: 1, ..Place::default() });
            let words = u32::from(taught.words.min(MOST_WORDS));
            if taught.taken { place.text += words } else { place.other += words }
        }
        if let Some(place) = lesson.title {
            places.entry(place).or_insert(Place { articles: 1, ..Place::default() }).title = 1;
        }
        if let Some(place) = lesson.date {
            places.entry(place).or_insert(Place { articles: 1, ..Place::default() }).date = 1;
        }
        for (place, new) in places {
            let known = self.places.entry(place).or_default();
            known.articles = known.articles.saturating_add(new.articles);
            known.text = known.text.saturating_add(new.text);
            known.other = known.other.saturating_add(new.other);
            known.title = known.title.saturating_add(new.title);
            known.date = known.date.saturating_add(new.date);
        }
        self.keep_bounds();
        true
    }

    /// Whether the memory could change how a lesson's article is read: a chosen line is on other articles too, or the headline was not where the
    /// site's headlines are.
    pub fn may_change(&self, lesson: &Lesson) -> bool {
        let recalled = self.recall_by_address(lesson.address);
        recalled.is_some_and(|recalled| {
            let title = recalled.misplaced(lesson, lesson.title, |place| place.title);
            let date = recalled.misplaced(lesson, lesson.date, |place| place.date);
            title
                || date
                || lesson.lines.iter().any(|taught| {
                    let odds = recalled.odds(taught.text, taught.place, u32::from(taught.words));
                    doubts(odds, taught.taken)
                })
        })
    }

    /// Returns the number of distinct articles, after halving.
    pub fn articles(&self) -> u32 {
        self.articles
    }

    /// Returns what is known for a page. None before enough articles were seen.
    pub(super) fn recall(&self, url: &PageUrl) -> Option<PageMemory<'_>> {
        self.recall_by_address(mark_of_url(url))
    }

    fn recall_by_address(&self, address: u64) -> Option<PageMemory<'_>> {
        let own = u16::from(self.last.iter().any(|(known, _)| *known == address));
        let recalled = PageMemory { memory: self, own };
        (recalled.articles() >= LEAST_ARTICLES).then_some(recalled)
    }

    fn halve(&mut self) {
        self.articles /= 2;
        self.lines.retain(|_, count| {
            *count /= 2;
            *count > 0
        });
        self.places.retain(|_, place| {
            place.articles /= 2;
            place.text /= 2;
            place.other /= 2;
            place.title /= 2;
            place.date /= 2;
            place.articles > 0
        });
    }

    /// Drops the rarest entries first.
    fn keep_bounds(&mut self) {
        let mut least = 1;
        while self.lines.len() > MAX_LINES {
            self.lines.retain(|_, count| *count > least);
            least += 1;
        }
        let mut least = 1;
        while self.places.len() > MAX_PLACES {
            self.places.retain(|_, place| place.articles > least);
            least += 1;
        }
    }
}

/// Maximum number of words of one line that count for its place.
const MOST_WORDS: u16 = 50;

/// A line with this score or less certainly belongs to the frame, whatever its place.
pub(super) const SURE: f32 = FRAME + 1.5;

/// Whether the memory contradicts the reading of a line.
pub(super) fn doubts(odds: f32, text: bool) -> bool {
    if text { odds <= -DOUBT } else { odds >= DOUBT }
}

/// Minimum evidence for or against a line before a page is read again.
const DOUBT: f32 = 0.8;

/// Number of articles with a long frame line after which nothing can make it text.
const SURELY: u16 = 3;

/// Score of such a line. No prose can make up for it.
const FRAME: f32 = -9.0;

/// Number of words from which a line does not recur by chance.
const LONG: u32 = 6;

impl PageMemory<'_> {
    fn articles(&self) -> u32 {
        self.memory.articles.saturating_sub(u32::from(self.own))
    }

    /// Returns the number of other articles with a line, and their share.
    fn repeated(&self, line: u64) -> (u16, f32) {
        let count = self.memory.lines.get(&line).copied().unwrap_or(0).saturating_sub(self.own);
        (count, f32::from(count) / self.articles().max(1) as f32)
    }

    /// Returns the log-odds that a line is text. `text` is its mark without its place.
    fn odds(&self, text: u64, place: u64, words: u32) -> f32 {
        let worth = |mark: u64| match self.repeated(mark) {
            (0, _) => 0.0,
            (1, _) if words < LONG => -0.3,
            (1, _) => -1.2,
            (count, share) if count >= SURELY && share >= 0.5 && words >= LONG => FRAME,
            (_, share) => -1.2 - 2.5 * share.min(1.0),
        };
        let of_place = self.of_place(place);
        let here = worth(placed(text, place));
        // Other pages' lists of latest articles contain the article's first paragraph, but its own place holds text.
        let elsewhere = if of_place > 0.0 { 0.0 } else { worth(text) };
        here.min(elsewhere) + of_place
    }

    fn of_place(&self, place: u64) -> f32 {
        let Some(place) = self.memory.places.get(&place).filter(|place| place.articles > self.own + 1) else {
            return 0.0;
        };
        let trust = (f32::from(place.articles) / 5.0).min(1.0);
        let odds = ((place.text as f32 + 10.0) / (place.other as f32 + 10.0)).ln();
        (0.5 * odds).clamp(-1.0, 1.0) * trust
    }

    /// Returns the log-odds that each line is text.
    pub(super) fn of_lines(&self, outline: &Outline<'_>, places: &Places) -> Vec<f32> {
        let of_line = |line: &Line<'_>| {
            let place = places.of(line.element);
            if line.is_image() { 0.0 } else { self.odds(mark_of(&line.text), place, line.words) }
        };
        outline.lines.iter().map(of_line).collect()
    }

    /// Scores a line as the headline by the site's habits.
    pub(super) fn of_title(&self, line: &Line<'_>, places: &Places) -> f32 {
        let place = places.of(line.element);
        let (count, share) = self.repeated(placed(mark_of(&line.text), place));
        let again = if count >= 2 { -1.0 - 2.0 * share.min(1.0) } else { 0.0 };
        again + self.habit(place, |place| place.title)
    }

    /// Scores an element as the date's by the site's habits.
    pub(super) fn of_date(&self, element: usize, places: &Places) -> f32 {
        self.habit(places.of(element), |place| place.date)
    }

    /// Whether something was found outside the site's usual place, although the page has that place.
    fn misplaced(&self, lesson: &Lesson, found: Option<u64>, held: fn(&Place) -> u16) -> bool {
        let usual = |place: u64| self.habit(place, held) > 0.0;
        !found.is_some_and(usual) && lesson.lines.iter().any(|taught| usual(taught.place))
    }

    /// Scores a place that held something on most articles that have it.
    fn habit(&self, place: u64, held: fn(&Place) -> u16) -> f32 {
        let Some(place) = self.memory.places.get(&place) else { return 0.0 };
        let (held, all) = (held(place).saturating_sub(self.own), place.articles.saturating_sub(self.own));
        if held < 2 || held * 2 < all { 0.0 } else { 1.5 * (f32::from(held) / 4.0).min(1.0) }
    }
}

impl Places {
    pub(super) fn of_page(outline: &Outline<'_>) -> Places {
        let mut places: Vec<u64> = Vec::with_capacity(outline.elements.len());
        for (at, element) in outline.elements.iter().enumerate() {
            let above = if element.parent == at { None } else { places.get(element.parent) };
            places.push(mark_of_place(above.copied().unwrap_or(EMPTY), element));
        }
        Places(places)
    }

    fn of(&self, element: usize) -> u64 {
        self.0.get(element).copied().unwrap_or(EMPTY)
    }

    /// Returns what a page teaches after it was read.
    pub(super) fn lesson(&self, outline: &Outline<'_>, read: Read<'_>) -> Lesson {
        let taken = outline.are_among(read.chosen);
        let lines = outline.lines.iter().zip(&taken).filter(|(line, _)| !line.is_image() && line.words > 0);
        let taught = lines.take(MAX_TAUGHT).map(|(line, taken)| TaughtField {
            text: mark_of(&line.text),
            place: self.of(line.element),
            words: u16::try_from(line.words).unwrap_or(u16::MAX),
            taken: *taken,
        });
        let address = mark_of_url(read.url);
        Lesson {
            address,
            headline: read.headline.map_or(address, mark_of),
            lines: taught.collect(),
            title: read.title.map(|element| self.of(element)),
            date: read.date.map(|element| self.of(element)),
        }
    }
}

// --- marks: FNV-1a (Fowler, Noll, Vo), 64 bits ---

const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

fn mix(mark: u64, byte: u8) -> u64 {
    (mark ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

/// Returns the mark of a text, by its letters and digits.
fn mark_of(text: &str) -> u64 {
    let mut mark = EMPTY;
    let wide = |mark: u64, c: char| u32::from(c).to_le_bytes().into_iter().fold(mark, mix);
    for c in text.chars().filter(|c| unicode::is_alphanumeric(*c)) {
        mark = match unicode::lower_of(c) {
            Some(lower) if c.is_ascii() => mix(mark, lower as u8),
            Some(lower) => wide(mark, lower),
            None => c.to_lowercase().fold(mark, wide),
        };
    }
    mark
}

/// Returns the mark of a line at its place. "Giới thiệu" in the menu of every page is not the headline of one.
fn placed(text: u64, place: u64) -> u64 {
    place.to_le_bytes().iter().fold(text, |mark, byte| mix(mark, *byte))
}

fn mark_of_url(url: &PageUrl) -> u64 {
    url.canonical().as_str().bytes().fold(EMPTY, mix)
}

/// Returns the mark of a place, by its tag and names. Names with digits belong to one page, and those of the whole page describe its number or its
/// type.
fn mark_of_place(above: u64, element: &Element<'_>) -> u64 {
    let own = element.node.value();
    let mut mark = own.name().bytes().fold(mix(above, b'/'), mix);
    if matches!(element.tag, Tag::Html | Tag::Body) {
        return mark;
    }
    let names = tree::attribute(own, &local_name!("class"))
        .into_iter()
        .flat_map(str::split_ascii_whitespace)
        .chain(tree::attribute(own, &local_name!("id")));
    for name in names.filter(|name| !name.bytes().any(|byte| byte.is_ascii_digit())) {
        mark = name.bytes().fold(mix(mark, b'.'), mix);
    }
    mark
}

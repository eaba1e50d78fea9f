//! Evidence from each line by itself.

use std::ops::Range;

use foldhash::HashMap;
use foldhash::HashMapExt;

use crate::extract::body::BodyContext;
use crate::extract::body::phrases;
use crate::extract::lines::frame;
use crate::extract::lines::last;
use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::title::letters;
use crate::text::document;
use crate::text::work;

/// Evidence from one line, in log-odds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Evidence {
    /// From its length, its sentences and its tag.
    pub(super) form: f32,
    /// From its links, and from words that point elsewhere.
    pub(super) links: f32,
    /// From the page's machine-readable body.
    pub(super) said: f32,
}

impl Evidence {
    pub(super) fn sum(self) -> f32 {
        self.form + self.links + self.said
    }
}

/// Returns the evidence from each line. `follows` are the lines after the headline.
pub(super) fn of_lines(outline: &Outline<'_>, known: &BodyContext<'_>, follows: &Range<usize>) -> Vec<Evidence> {
    let said = known.said.map(MachineBody::of);
    let agreement = said.as_ref().map_or(0.0, |said| said.agreement(outline));
    let judge = |line: &Line<'_>| {
        let by_form = of_line(line);
        match &said {
            // The machine-readable body may lack lists and quotations, so absence counts less than presence.
            Some(said) if agreement >= LEAST_AGREEMENT && !line.is_image() => {
                // Some machine-readable bodies include the pointers between paragraphs.
                let held = if line.is_link() { 0.0 } else { 4.0 };
                Evidence { said: if said.holds(line) { held } else { -1.0 }, ..by_form }
            }
            _ => by_form,
        }
    };
    let mut judged: Vec<Evidence> = outline.lines.iter().map(judge).collect();
    for at in introduced(outline, follows) {
        if let Some(evidence) = judged.get_mut(at) {
            evidence.links = 0.0;
        }
    }
    judged
}

/// Minimum number of words of a line that introduces a list.
const LEAST_OF_INTRODUCTION: u32 = 4;

/// Returns lines of links that are the text's own list, not pointers to other articles. The text introduces them ("The documents are:"), or they
/// cite documents by number and the text continues after them.
fn introduced(outline: &Outline<'_>, follows: &Range<usize>) -> Vec<usize> {
    let mut found = Vec::new();
    let mut before: Option<&Line<'_>> = None;
    let mut introduces = None;
    let tells =
        |at: &usize| outline.lines.get(*at).is_some_and(|line| line.words >= LEAST_OF_PROSE && line.linked == 0);
    let last_told = follows.clone().rev().find(tells).unwrap_or(follows.start);
    for at in follows.clone() {
        let Some(line) = outline.lines.get(at).filter(|line| !line.is_image()) else { continue };
        if line.link_density() < 0.6 {
            before = Some(line);
            introduces = None;
        } else if *introduces.get_or_insert_with(|| before.is_some_and(|before| is_introduction(outline, before)))
            || (at < last_told && document::read(&line.text).is_some())
        {
            found.push(at);
        }
    }
    found
}

/// Minimum number of words of a paragraph.
const LEAST_OF_PROSE: u32 = 12;

fn is_introduction(outline: &Outline<'_>, line: &Line<'_>) -> bool {
    line.words >= LEAST_OF_INTRODUCTION
        && line.text.ends_with(':')
        && !outline.is_heading(line)
        && phrases::worth(&line.text, line.words) >= 0.0
        && frame::read(&line.text).is_none()
}

/// Returns the evidence from form and links alone.
fn of_line(line: &Line<'_>) -> Evidence {
    if line.is_image() || line.words == 0 {
        return Evidence::default();
    }
    // A row is short by nature, and its meaning depends on its table.
    let is_row = matches!(line.kind, Kind::Row { .. });
    let words = if is_row { line.words.max(LEAST_OF_ROW) } else { line.words };
    let length: f32 = match words {
        1..=2 => -1.4,
        3..=5 => -1.0,
        6..=9 => -0.4,
        10..=15 => 0.4,
        16..=24 => 1.2,
        25..=40 => 1.9,
        _ => 2.4,
    };
    let links = line.link_density();
    let linked = if line.is_link() {
        // A line that is entirely a link points to another article, however long its title is.
        -3.0 - length.max(0.0) * 0.5
    } else if words < 15 {
        -2.5 * links
    } else {
        -1.6 * links * links.sqrt()
    };
    let form = match line.kind {
        Kind::Heading(1) => -1.0,
        Kind::Heading(_) => -0.2,
        Kind::Item { .. } => -0.5,
        Kind::Row { .. } => -0.4,
        Kind::Quote => 0.4,
        Kind::Paragraph | Kind::Image(_) => 0.0,
    };
    let phrase = phrases::worth(&line.text, words);
    // "Also read: …" followed by the link.
    let labelled =
        if (phrase < 0.0 && line.linked * 2 >= line.words) || is_labelled_pointer(line) { LABELLED } else { 0.0 };
    Evidence { form: length + form + sentences(&line.text, words), links: linked + phrase + labelled, said: 0.0 }
}

/// Maximum number of words of a pointer's label, and minimum number of words of the headline after it.
const MOST_OF_LABEL: usize = 3;
const LEAST_LINKED: u32 = 5;

/// Whether a line is a short label with a colon and a link as long as a headline: "Dig deeper: The winter the light failed". Labels of sources and
/// people are excluded, and one-word labels may belong to any field.
fn is_labelled_pointer(line: &Line<'_>) -> bool {
    let labelled = || {
        let (run, _) = line.links().next()?;
        let label = line.text.get(..run.range().start)?.trim_end().strip_suffix(':')?;
        let words = label.split_whitespace().count();
        Some((2..=MOST_OF_LABEL).contains(&words) && last::read(&line.text).is_none())
    };
    line.kind == Kind::Paragraph
        && line.linked >= LEAST_LINKED
        && line.words as usize <= line.linked as usize + MOST_OF_LABEL
        && labelled() == Some(true)
}

/// Score of a phrase that points elsewhere, if a link follows it.
const LABELLED: f32 = -1.5;

/// Minimum number of words that a table row counts for.
const LEAST_OF_ROW: u32 = 10;

/// Scores punctuation. Sentences end in a period and contain commas; menus have neither.
fn sentences(text: &str, words: u32) -> f32 {
    let last = text.chars().rev().find(|c| !matches!(c, '"' | '”' | '’' | '\'' | ')' | '»' | '“' | ']'));
    let ends = last.is_some_and(|c| matches!(c, '.' | '!' | '?' | '…' | ':' | ';' | '。' | '！' | '？' | '।'));
    let commas = text.matches([',', ';', '，', '、', '،']).count().min(4);
    let stop = if ends { if words >= 4 { 0.8 } else { 0.3 } } else { -0.2 };
    stop + 0.15 * commas as f32
}

/// Minimum share of the machine-readable body that the lines must contain for it to be trusted.
const LEAST_AGREEMENT: f32 = 0.5;

/// The page's machine-readable body, reduced to letters and digits.
struct MachineBody {
    letters: String,
    /// The first position of each stretch of [`STRETCH`] bytes, so that a line is looked up and not searched for; and, for each position, the next
    /// one of the same stretch.
    places: HashMap<[u8; STRETCH], usize>,
    next: Vec<Option<usize>>,
}

/// Minimum number of bytes of letters of a line that can be recognized.
const STRETCH: usize = 8;

/// Maximum number of positions of a stretch that are checked. A more frequent stretch says nothing.
const MAX_PLACES: usize = 400;

impl MachineBody {
    fn of(text: &str) -> MachineBody {
        let letters = letters(&crate::text::unicode::decode_entities(text));
        let stretches = letters.as_bytes().array_windows::<STRETCH>();
        let mut places = HashMap::with_capacity(stretches.len());
        let mut next: Vec<Option<usize>> =
            stretches.enumerate().rev().map(|(at, stretch)| places.insert(*stretch, at)).collect();
        next.reverse();
        MachineBody { letters, places, next }
    }

    fn holds(&self, line: &Line<'_>) -> bool {
        let letters = letters(&line.text);
        let first = letters.as_bytes().first_chunk().and_then(|stretch| self.places.get(stretch).copied());
        let places = std::iter::successors(first, |at| self.next.get(*at).copied().flatten());
        places.take(MAX_PLACES).any(|at| {
            let rest = self.letters.as_bytes().get(at..).unwrap_or_default();
            work::step(1);
            rest.starts_with(letters.as_bytes())
        })
    }

    /// Returns the share of the body that the page shows.
    fn agreement(&self, outline: &Outline<'_>) -> f32 {
        if self.letters.len() < 200 {
            return 0.0;
        }
        let shown: usize = outline.lines.iter().filter(|line| self.holds(line)).map(|line| line.text.len()).sum();
        shown as f32 / self.letters.len() as f32
    }
}

//! What a line says by itself.

use std::collections::HashMap;
use std::ops::Range;

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

/// What a line says by itself, in log-odds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Evidence {
    /// By its length, its sentences and its tag.
    pub(super) form: f32,
    /// By its links, and by words that point elsewhere.
    pub(super) links: f32,
    /// By the body that the page gives to machines.
    pub(super) said: f32,
}

impl Evidence {
    pub(super) fn sum(self) -> f32 {
        self.form + self.links + self.said
    }
}

/// What each line says by itself.
/// `follows` are the lines that follow the headline.
pub(super) fn of_lines(outline: &Outline<'_>, known: &BodyContext<'_>, follows: &Range<usize>) -> Vec<Evidence> {
    let said = known.said.map(MachineBody::of);
    let agreement = said.as_ref().map_or(0.0, |said| said.agreement(outline));
    let judge = |line: &Line<'_>| {
        let by_form = of_line(line);
        match &said {
            // The page's own body may leave out lists and quotations, so absence says less than presence.
            Some(said) if agreement >= LEAST_AGREEMENT && !line.is_image() => {
                // Some bodies for machines hold the pointers between paragraphs as well.
                let held = if line.is_link() { 1.0 } else { 4.0 };
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

/// Words of a line that introduces a list at least.
const LEAST_OF_INTRODUCTION: u32 = 4;

/// Lines of links that are the text's own list, and no pointers to other articles: it introduces them ("The documents are:"), or they cite
/// documents by their numbers and the text goes on behind them.
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

/// Words of a paragraph at least.
const LEAST_OF_PROSE: u32 = 12;

fn is_introduction(outline: &Outline<'_>, line: &Line<'_>) -> bool {
    line.words >= LEAST_OF_INTRODUCTION
        && line.text.ends_with(':')
        && !outline.is_heading(line)
        && phrases::worth(&line.text, line.words) >= 0.0
        && frame::read(&line.text).is_none()
}

/// By form and links alone.
fn of_line(line: &Line<'_>) -> Evidence {
    if line.is_image() || line.words == 0 {
        return Evidence::default();
    }
    // A row is short by nature, and what it says depends on its table.
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
        // A whole line that leads elsewhere is a pointer to another article, however long its title is.
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
    // "Also read: …" with the link behind it.
    let labelled =
        if (phrase < 0.0 && line.linked * 2 >= line.words) || is_labelled_pointer(line) { LABELLED } else { 0.0 };
    Evidence { form: length + form + sentences(&line.text, words), links: linked + phrase + labelled, said: 0.0 }
}

/// Words of the label of a pointer at most, and of the headline behind it at least.
const MOST_OF_LABEL: usize = 3;
const LEAST_LINKED: u32 = 5;

/// Whether a line is a short label with a colon and a link of the length of a headline: "Dig deeper: The winter the light failed". Labels of
/// sources and people are known, and those of one word may be any field.
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

/// What it is worth that a phrase that points elsewhere has a link beside it.
const LABELLED: f32 = -1.5;

/// Words that a row of a table counts for at least.
const LEAST_OF_ROW: u32 = 10;

/// Sentences end in a stop, and have commas; menus have neither.
fn sentences(text: &str, words: u32) -> f32 {
    let last = text.chars().rev().find(|c| !matches!(c, '"' | '”' | '’' | '\'' | ')' | '»' | '“' | ']'));
    let ends = last.is_some_and(|c| matches!(c, '.' | '!' | '?' | '…' | ':' | ';' | '。' | '！' | '？' | '।'));
    let commas = text.matches([',', ';', '，', '、', '،']).count().min(4);
    let stop = if ends { if words >= 4 { 0.8 } else { 0.3 } } else { -0.2 };
    stop + 0.15 * commas as f32
}

/// Share of the page's own body that must be found among the lines for it to be believed.
const LEAST_AGREEMENT: f32 = 0.5;

/// The body that the page gives to machines, as letters and digits alone.
struct MachineBody {
    letters: String,
    /// Where each stretch of [`STRETCH`] bytes stands first, so that a line is looked up and not searched for; and for each place the next of
    /// the same stretch.
    places: HashMap<[u8; STRETCH], usize>,
    next: Vec<Option<usize>>,
}

/// Bytes of letters that a line has at least to be told again.
const STRETCH: usize = 8;

/// Places of one stretch that are looked at: what a text says more often tells nothing.
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

    /// How much of it the page shows.
    fn agreement(&self, outline: &Outline<'_>) -> f32 {
        if self.letters.len() < 200 {
            return 0.0;
        }
        let shown: usize = outline.lines.iter().filter(|line| self.holds(line)).map(|line| line.text.len()).sum();
        shown as f32 / self.letters.len() as f32
    }
}

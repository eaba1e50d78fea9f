//! The keys of every file, one row for each. The reader takes a key by its row. The JSON Schemas and `config/tintinh.toml` are generated from the
//! rows. A key's bounds, words, defaults and texts are here and nowhere else.

mod attachments;
mod pages;
mod sinks;
mod store;
mod table;
mod telling;

use std::time::Duration;

pub(super) use crate::config::keys::table::CANDIDATE;
pub(super) use crate::config::keys::table::CATALOGUE;
pub(super) use crate::config::keys::table::JSON_PAGING;
pub(super) use crate::config::keys::table::LISTING_PAGING;
pub(super) use crate::config::keys::table::MAIN;
pub(super) use crate::config::keys::table::PLATFORM;
pub(super) use crate::config::keys::table::PORTAL;
pub(super) use crate::config::keys::telling::WATCH;
use crate::config::units;

/// All kinds of files.
pub(super) const FILES: [&File; 5] = [&MAIN, &PORTAL, &PLATFORM, &WATCH, &CATALOGUE];

const SECOND: Duration = Duration::from_secs(1);
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const HOUR: Duration = Duration::from_hours(1);
/// An upper bound for ages and durations. It only ensures that the number is intended.
const TEN_YEARS: Duration = Duration::from_hours(3650 * 24);
/// 1 to 64 characters of a-z, 0-9, `-`, `_` and `.`, beginning with a letter or digit.
const NAME: Kind = Kind::Form("^[a-z0-9][a-z0-9_.-]{0,63}$");
const PORT: Kind = Kind::Number(1, 65_535);

/// A kind of file.
#[derive(Debug)]
pub(super) struct File {
    /// The stem of its schema: `schema/<name>.json`.
    pub(super) name: &'static str,
    /// The path of such files in the config folder.
    pub(super) path: &'static str,
    /// A description.
    pub(super) doc: &'static str,
    /// The keys above its first table, and its tables.
    pub(super) keys: &'static [Key],
}

/// A key of a table.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    /// The kind of its value.
    pub(super) kind: Kind,
    /// Its meaning. The first sentence can stand alone, and begins with a word that is lower case within a sentence.
    pub(super) doc: &'static str,
    /// The default: a text without its quotes, everything else as TOML; empty if there is none, or if it depends on other keys.
    pub(super) default: &'static str,
    /// A value as TOML, optionally followed by a remark; empty if the kind provides one.
    pub(super) example: &'static str,
    /// Whether it is required, in tables that it fits.
    pub(super) is_required: bool,
    /// Whether its value decides which other keys of its table fit.
    pub(super) is_switch: bool,
    /// The values of the table's switch that it fits; empty if it fits all.
    pub(super) fits: &'static [&'static str],
}

/// The kind of a value. Bounds are inclusive.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number(i64, i64),
    /// A duration: whole numbers with the units ms, s, m, h or d.
    Duration(Duration, Duration),
    /// A duration, or this word instead.
    DurationOr(&'static str, Duration, Duration),
    /// A size in bytes: a whole number with B, KiB, MiB or GiB.
    Size(u64, u64),
    /// A day, written without quotes.
    Day,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A text.
    Text,
    /// A text with a syntax that the reader fully checks. The regular expression is for the schema.
    Form(&'static str),
    /// A URL of a page.
    Address,
    /// A text or a list of texts.
    Texts,
    /// Where a value of a page is: the first candidate that matches counts. See [`CANDIDATE`].
    Candidates,
    /// A list with a minimum and a maximum length.
    List(&'static Kind, usize, usize),
    /// A table whose keys are names, and whose values are texts.
    Map,
    /// A table or list that is sent as JSON.
    Json,
    /// A table: `[key]` or `key = { … }`.
    Table(&'static [Key]),
    /// A list of tables: `[[key]]`.
    Tables(&'static [Key]),
    /// A table of one of these shapes.
    OneOf(&'static [&'static [Key]]),
}

/// Returns a list of any length.
const fn list(of: &'static Kind) -> Kind {
    Kind::List(of, 0, usize::MAX)
}

/// Returns the words of pairs of a word and its meaning.
const fn words<T, const N: usize>(pairs: &[(&'static str, T); N]) -> [&'static str; N] {
    let mut words = [""; N];
    let mut at = 0;
    while at < N {
        words[at] = pairs[at].0;
        at += 1;
    }
    words
}

/// A row.
const fn key(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, doc, default: "", example: "", is_required: false, is_switch: false, fits: &[] }
}

impl Key {
    const fn default(self, default: &'static str) -> Key {
        Key { default, ..self }
    }

    const fn example(self, example: &'static str) -> Key {
        Key { example, ..self }
    }

    const fn required(self, example: &'static str) -> Key {
        Key { example, is_required: true, ..self }
    }

    const fn switch(self) -> Key {
        Key { is_required: true, is_switch: true, ..self }
    }

    const fn fits(self, fits: &'static [&'static str]) -> Key {
        Key { fits, ..self }
    }

    const fn doc(self, doc: &'static str) -> Key {
        Key { doc, ..self }
    }

    /// Returns the key with an example, as written in a file.
    pub(super) fn assignment(&self) -> String {
        match self.kind {
            Kind::Tables(_) => format!("[[{}]]", self.name),
            Kind::Table(_) if self.example.is_empty() => format!("[{}]", self.name),
            kind => match self.example {
                "" => format!("{} = {}", self.name, kind.example()),
                example => format!("{} = {example}", self.name),
            },
        }
    }

    /// Returns the default as TOML; None if there is none.
    pub(super) fn default_toml(&self) -> Option<String> {
        match self.kind {
            _ if self.default.is_empty() => None,
            Kind::Flag | Kind::Number(..) | Kind::List(..) => Some(self.default.to_owned()),
            _ => Some(format!("\"{}\"", self.default)),
        }
    }

    /// Returns its meaning for use within a sentence.
    pub(super) fn in_a_sentence(&self) -> String {
        let sentence = self.doc.split_once(". ").map_or(self.doc.trim_end_matches('.'), |(first, _)| first);
        let mut letters = sentence.chars();
        let first = letters.next().into_iter().flat_map(char::to_lowercase);
        first.chain(letters).collect()
    }

    /// Returns its meaning and its bounds.
    pub(super) fn full_doc(&self) -> String {
        let mut doc = self.doc.to_owned();
        if !self.fits.is_empty() {
            doc = format!("{doc} Only for {}.", self.fits.join(", "));
        }
        if let Some(bounds) = self.kind.bounds() {
            doc = format!("{doc} From {bounds}.");
        }
        doc
    }
}

impl Kind {
    /// Returns the bounds, as written in hints and in the schema.
    pub(super) fn bounds(&self) -> Option<String> {
        match *self {
            Kind::Number(least, most) => Some(format!("{least} to {most}")),
            Kind::Duration(least, most) => {
                Some(format!("{} to {}", units::show_duration(least), units::show_duration(most)))
            }
            Kind::DurationOr(word, least, most) => {
                Some(format!("{} to {}, or \"{word}\"", units::show_duration(least), units::show_duration(most)))
            }
            Kind::Size(least, most) => Some(format!("{} to {}", units::show_size(least), units::show_size(most))),
            Kind::List(of, _, usize::MAX) => of.bounds(),
            Kind::List(of, _, most) => Some(format!("{}, {most} at most", of.bounds()?)),
            _ => None,
        }
    }

    /// Returns a value as TOML.
    fn example(&self) -> String {
        match *self {
            Kind::Flag => "true".to_owned(),
            Kind::Number(least, _) => least.to_string(),
            Kind::Duration(..) | Kind::DurationOr(..) => "\"1h\"".to_owned(),
            Kind::Size(..) => "\"16 MiB\"".to_owned(),
            Kind::Day => "2019-01-01, without quotes".to_owned(),
            Kind::Word(words) => format!("\"{}\"", words.first().unwrap_or(&"")),
            Kind::Address => "\"https://example.vn/path\"".to_owned(),
            Kind::Candidates => "\"h1.title\" or \"time @datetime\"".to_owned(),
            Kind::List(of, ..) => format!("[{}]", of.example()),
            Kind::Map | Kind::Json | Kind::Table(_) | Kind::Tables(_) | Kind::OneOf(_) => "{ … }".to_owned(),
            Kind::Text | Kind::Form(_) | Kind::Texts => "\"…\"".to_owned(),
        }
    }

    /// Returns the possible tables of a value.
    fn shapes(&self) -> &[&'static [Key]] {
        match self {
            Kind::Table(keys) | Kind::Tables(keys) => std::slice::from_ref(keys),
            Kind::OneOf(shapes) => shapes,
            _ => &[],
        }
    }
}

impl File {
    /// Returns the tables of the file that have such a key, in words. An empty one is the file itself, above its first table.
    pub(super) fn homes(&self, is_meant: impl Fn(&Key) -> bool) -> Vec<String> {
        let mut homes = Vec::new();
        collect_homes(self.keys, "", &is_meant, &mut homes);
        homes.dedup();
        homes
    }
}

fn collect_homes(keys: &[Key], place: &str, is_meant: &dyn Fn(&Key) -> bool, homes: &mut Vec<String>) {
    for row in keys {
        if is_meant(row) {
            homes.push(place.to_owned());
        }
        let below = match (row.kind, place) {
            (Kind::Tables(_), _) => format!("[[{}]]", row.name),
            (Kind::Table(_), "") => format!("[{}]", row.name),
            _ => format!("`{}` of {place}", row.name),
        };
        for shape in row.kind.shapes() {
            collect_homes(shape, &below, is_meant, homes);
        }
    }
}

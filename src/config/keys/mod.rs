//! The keys of every file, a row each. The reader takes a key by its row, the JSON Schemas and `config/tintinh.toml` are made of the rows:
//! a bound, a word, a default or a sentence about a key stands here and nowhere else.

mod table;

use std::time::Duration;

pub(super) use crate::config::keys::table::CANDIDATE;
pub(super) use crate::config::keys::table::CATALOGUE;
pub(super) use crate::config::keys::table::JSON_PAGING;
pub(super) use crate::config::keys::table::LISTING_PAGING;
pub(super) use crate::config::keys::table::MAIN;
pub(super) use crate::config::keys::table::PLATFORM;
pub(super) use crate::config::keys::table::PORTAL;
use crate::config::units;

/// All kinds of files.
pub(super) const FILES: [&File; 4] = [&MAIN, &PORTAL, &PLATFORM, &CATALOGUE];

/// A kind of file.
#[derive(Debug)]
pub(super) struct File {
    /// The stem of its schema: `schema/<name>.json`.
    pub(super) name: &'static str,
    /// Where such files lie in the config folder.
    pub(super) path: &'static str,
    /// What it is.
    pub(super) doc: &'static str,
    /// The keys above its first table, and its tables.
    pub(super) keys: &'static [Key],
}

/// A key of a table.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    /// What its value is.
    pub(super) kind: Kind,
    /// What it means. The first sentence can stand alone, and begins with a word that is written small within a sentence.
    pub(super) doc: &'static str,
    /// What holds where it is absent: a text without its quotes, all else as TOML; empty where that is nothing, or depends on other keys.
    pub(super) default: &'static str,
    /// A value as TOML, maybe with a remark behind it; empty where the kind gives one.
    pub(super) example: &'static str,
    /// Whether it must be there, in tables that it fits.
    pub(super) is_required: bool,
    /// Whether its word decides which other keys of its table fit.
    pub(super) is_switch: bool,
    /// The words of the table's switch that it fits; empty where it fits all.
    pub(super) fits: &'static [&'static str],
}

/// What a value is. Bounds are inclusive.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number(i64, i64),
    /// A duration: whole numbers with a unit of ms, s, m, h or d.
    Duration(Duration, Duration),
    /// A size in bytes: a whole number with B, KiB, MiB or GiB.
    Size(u64, u64),
    /// A day, written without quotes.
    Day,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A text.
    Text,
    /// A text of a form that the reader knows in full; the regular expression is for the schema.
    Form(&'static str),
    /// An address of a page.
    Address,
    /// A text or a list of texts.
    Texts,
    /// Where a value of a page stands: the first candidate that matches counts. See [`CANDIDATE`].
    Candidates,
    /// A list of so many at least and at most.
    List(&'static Kind, usize, usize),
    /// A table whose keys are names, and whose values are texts.
    Map,
    /// A table or list that is sent on as JSON.
    Json,
    /// A table: `[key]` or `key = { … }`.
    Table(&'static [Key]),
    /// A list of tables: `[[key]]`.
    Tables(&'static [Key]),
    /// A table of one of these shapes.
    OneOf(&'static [&'static [Key]]),
}

/// A list of any length.
const fn list(of: &'static Kind) -> Kind {
    Kind::List(of, 0, usize::MAX)
}

/// The words of a list of words and what they stand for.
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

    /// How the key stands in a file.
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

    /// The default as TOML; absent where there is none.
    pub(super) fn default_toml(&self) -> Option<String> {
        match self.kind {
            _ if self.default.is_empty() => None,
            Kind::Flag | Kind::Number(..) | Kind::List(..) => Some(self.default.to_owned()),
            _ => Some(format!("\"{}\"", self.default)),
        }
    }

    /// What it means, within a sentence.
    pub(super) fn in_a_sentence(&self) -> String {
        let sentence = self.doc.split_once(". ").map_or(self.doc.trim_end_matches('.'), |(first, _)| first);
        let mut letters = sentence.chars();
        let first = letters.next().into_iter().flat_map(char::to_lowercase);
        first.chain(letters).collect()
    }

    /// What it means and what its bounds are.
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
    /// The bounds as a hint and the schema say them.
    pub(super) fn bounds(&self) -> Option<String> {
        match *self {
            Kind::Number(least, most) => Some(format!("{least} to {most}")),
            Kind::Duration(least, most) => {
                Some(format!("{} to {}", units::show_duration(least), units::show_duration(most)))
            }
            Kind::Size(least, most) => Some(format!("{} to {}", units::show_size(least), units::show_size(most))),
            Kind::List(of, _, usize::MAX) => of.bounds(),
            Kind::List(of, _, most) => Some(format!("{}, {most} at most", of.bounds()?)),
            _ => None,
        }
    }

    /// A value as TOML.
    fn example(&self) -> String {
        match *self {
            Kind::Flag => "true".to_owned(),
            Kind::Number(least, _) => least.to_string(),
            Kind::Duration(..) => "\"1h\"".to_owned(),
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

    /// The shapes of tables that a value may be.
    fn shapes(&self) -> &[&'static [Key]] {
        match self {
            Kind::Table(keys) | Kind::Tables(keys) => std::slice::from_ref(keys),
            Kind::OneOf(shapes) => shapes,
            _ => &[],
        }
    }
}

impl File {
    /// The tables of the file that have such a key, in words; an empty one is the file itself, above its first table.
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

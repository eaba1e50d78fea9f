//! `[[source]]` of an entry: where somebody found an outlet's articles, and how reliable that is.

use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::model::link::SourceKind;
use crate::url::PageUrl;

/// A URL from which somebody read articles. Nobody in this project has requested it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSource {
    /// The kind of source.
    pub kind: KnownKind,
    /// The URL.
    pub url: PageUrl,
    /// The section of its articles, if it has one.
    pub section: Option<String>,
    /// How it became known.
    pub seen: Observation,
    /// The year of the newest evidence, if it is known.
    pub year: Option<i16>,
    /// The source of this information.
    pub evidence: String,
}

/// What is at a known URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KnownKind {
    /// A feed.
    Feed,
    /// A sitemap or an index of them.
    Sitemap,
    /// A page with a list of articles.
    Listing,
    /// A page that lists the site's feeds. It is not a source itself.
    Directory,
}

impl KnownKind {
    /// The kinds with their words in files, in the order in which their numbers are shown.
    pub const WORDS: [(&'static str, KnownKind); 4] = [
        ("feed", KnownKind::Feed),
        ("sitemap", KnownKind::Sitemap),
        ("listing", KnownKind::Listing),
        ("directory", KnownKind::Directory),
    ];

    /// Returns its word in files.
    pub fn as_str(self) -> &'static str {
        match self.as_source() {
            Some(kind) => kind.as_str(),
            None => "directory",
        }
    }

    /// Returns the kind of source that reads it. There is none for a directory.
    pub fn as_source(self) -> Option<SourceKind> {
        match self {
            KnownKind::Feed => Some(SourceKind::Feed),
            KnownKind::Sitemap => Some(SourceKind::Sitemap),
            KnownKind::Listing => Some(SourceKind::Listing),
            KnownKind::Directory => None,
        }
    }
}

/// How a source became known, the most reliable first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Observation {
    /// Somebody requested it and saw articles.
    Measured,
    /// A page of the site links to it.
    Linked,
    /// The site's own directory of feeds names it.
    Directory,
    /// The site's robots.txt names it.
    Robots,
    /// A public program reads it.
    Code,
    /// Only URLs of its articles were seen.
    Address,
}

impl Observation {
    /// The values with their words in files.
    pub const WORDS: [(&'static str, Observation); 6] = [
        ("measured", Observation::Measured),
        ("linked", Observation::Linked),
        ("directory", Observation::Directory),
        ("robots", Observation::Robots),
        ("code", Observation::Code),
        ("address", Observation::Address),
    ];

    /// Returns its word in files.
    pub fn as_str(self) -> &'static str {
        Observation::WORDS.iter().find(|(_, seen)| *seen == self).map_or("", |(word, _)| word)
    }

    /// Returns its meaning as the beginning of a sentence.
    pub fn in_words(self) -> &'static str {
        match self {
            Observation::Measured => "somebody fetched it and saw articles",
            Observation::Linked => "a page of the site links to it",
            Observation::Directory => "the site's own directory names it",
            Observation::Robots => "the site's robots.txt names it",
            Observation::Code => "a public program reads it",
            Observation::Address => "articles with addresses of this form were seen",
        }
    }
}

/// The kind of outlet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum OutletKind {
    /// The portal of a province, or of an authority of one.
    #[default]
    Portal,
    /// A province's newspaper.
    Newspaper,
    /// A broadcaster.
    Broadcaster,
    /// A party's committee.
    Party,
    /// A ministry or another authority of the country.
    Ministry,
    /// A newspaper of the whole country.
    National,
}

impl OutletKind {
    /// The kinds with their words in files.
    pub const WORDS: [(&'static str, OutletKind); 6] = [
        ("portal", OutletKind::Portal),
        ("newspaper", OutletKind::Newspaper),
        ("broadcaster", OutletKind::Broadcaster),
        ("party", OutletKind::Party),
        ("ministry", OutletKind::Ministry),
        ("national", OutletKind::National),
    ];

    /// Returns its word in files.
    pub fn as_str(self) -> &'static str {
        OutletKind::WORDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

/// Reads a `[[source]]` of an entry.
pub(super) fn read(mut table: Table<'_>, hosts: &[String]) -> Option<KnownSource> {
    let kind = table.read("kind", |value| value.choice(&KnownKind::WORDS));
    let url = table.read("url", |value| {
        let url = value.url(None)?;
        let is_own = hosts.is_empty() || hosts.iter().any(|host| crate::url::without_www(host) == url.bare_host());
        if !is_own {
            value.problem(format!("`{}` is not one of `hosts`", url.host()), "add it to `hosts`");
        }
        Some(url)
    });
    let section = table.read("section", Value::owned);
    let seen = table.read("seen", |value| value.choice(&Observation::WORDS));
    let year = table.read("year", Value::number);
    let evidence = table.read("evidence", Value::owned);
    table.finish();
    Some(KnownSource { kind: kind?, url: url?, section, seen: seen?, year, evidence: evidence? })
}

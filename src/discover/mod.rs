//! A page of a source → the links in it, and where to look next. Pure, and total: any bytes give a [`Found`].

pub mod feed;
pub mod json;
pub mod listing;
pub mod sitemap;

use crate::model::link::Link;
use crate::model::link::SourceKind;
use crate::model::page::Page;
use crate::model::portal::Scope;
use crate::model::portal::SourceId;
use crate::model::request::Request;

/// A source of a portal, with its rules compiled.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name within the portal.
    pub id: SourceId,
    /// Pages of it that one visit reads at most (`pages`).
    pub max_pages: u32,
    /// The rubric that its links get where they name none (`section`).
    pub section: Option<String>,
    /// What it is and how to read it.
    pub reader: Reader,
}

/// How a source is read.
#[derive(Debug, Clone)]
pub enum Reader {
    /// RSS, RDF, Atom, JSON Feed.
    Feed(feed::FeedRules),
    /// A sitemap or an index of them.
    Sitemap(sitemap::SitemapRules),
    /// An HTML list.
    Listing(Box<listing::ListingRules>),
    /// A JSON list API.
    Json(Box<json::JsonRules>),
}

/// A request of a walk over a source's pages.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What to ask for.
    pub request: Request,
    /// 0 for the first page of the source, one more for each page after it.
    pub number: u32,
}

/// What a page of a source holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Links within the portal's scope, in the page's order, each address once.
    pub links: Vec<Link>,
    /// Further pages of the source, to be asked for in this order while the walk goes on.
    pub next: Vec<Step>,
    /// Links left out because their host is none of the portal's or their path is excluded.
    pub out_of_scope: usize,
    /// What was odd: repaired feeds, rows without an address, a date that could not be read.
    pub warnings: Vec<String>,
    /// Set where the answer is not what the source should give (HTML for a feed, no JSON, an error page): a reason.
    pub broken: Option<String>,
}

impl Source {
    /// The source's kind.
    pub fn kind(&self) -> SourceKind {
        match self.reader {
            Reader::Feed(_) => SourceKind::Feed,
            Reader::Sitemap(_) => SourceKind::Sitemap,
            Reader::Listing(_) => SourceKind::Listing,
            Reader::Json(_) => SourceKind::Json,
        }
    }

    /// The first page to ask for.
    pub fn first_step(&self) -> Step {
        todo!()
    }
}

/// Reads one page of a source.
pub fn discover(_source: &Source, _scope: &Scope, _step: &Step, _page: &Page) -> Found {
    todo!()
}

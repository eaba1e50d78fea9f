//! What the engine asks of the place where articles are kept: the store's tables, or the memory of `tintinh dedup`.

use crate::dedup::document::Document;
use crate::dedup::relate::Relation;
use crate::dedup::sketch::Key;
use crate::model::record::DuplicateKind;

/// An article's number on its shelf, rising in the order of arrival.
pub type Number = u32;

/// Articles of one key that are looked at: behind so many the key tells nothing, or its text is known well.
pub const HOLDERS: usize = 64;

/// Share of the shorter text from which a copy is a close one: below it the rest may be a text of its own.
const CLOSE: f64 = 0.9;

/// An article that holds a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyHolder {
    /// The article.
    pub article: Number,
    /// The head of its cluster, itself where it is alone.
    pub head: Number,
    /// What it is of the head; nothing where it is the head itself.
    pub kind: Option<DuplicateKind>,
    /// Whether it is the head, or nearly all of it or of the head is shared.
    pub is_close: bool,
    /// The hash of its site.
    pub site: u32,
    /// How many keys it was put down with.
    pub keys: u32,
}

/// What a cluster knows of a member without its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// The article.
    pub article: Number,
    /// Milliseconds since 1970 at which it was published.
    pub published: Option<i64>,
    /// The hash of its site.
    pub site: u32,
    /// The hash of the site that it credits; 0 where it credits none.
    pub credit: u32,
}

/// Where an article stands: in which cluster, and as what of its head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusterPosition {
    /// The head of the cluster.
    pub head: Number,
    /// What the article is of the head; nothing where it is the head itself.
    pub relation: Option<Relation>,
}

impl ClusterPosition {
    /// What an index says of an article that stands so.
    pub fn holder(self, article: Number, site: u32, keys: u32) -> KeyHolder {
        let is_close = self.relation.is_none_or(|relation| relation.containment.max(relation.reverse) >= CLOSE);
        let kind = self.relation.map(|relation| relation.kind);
        KeyHolder { article, head: self.head, kind, is_close, site, keys }
    }
}

/// A place where articles are kept. All methods may do IO.
pub trait Shelf {
    /// Why it does not do what it is asked.
    type Error;

    /// Told which keys are about to be asked for.
    fn prepare(&mut self, _keys: &[Key]) {}

    /// Appends the articles that hold a key, [`HOLDERS`] at most.
    ///
    /// # Errors
    /// Where the shelf fails; likewise below.
    fn holders(&mut self, key: Key, found: &mut Vec<KeyHolder>) -> Result<(), Self::Error>;

    /// The article's text; nothing where it is no longer kept.
    ///
    /// # Errors
    /// Where the shelf fails.
    fn document(&mut self, article: Number) -> Result<Option<Document>, Self::Error>;

    /// Members of the cluster with this head, the head among them, so many at most.
    ///
    /// # Errors
    /// Where the shelf fails.
    fn members(&mut self, head: Number, limit: usize) -> Result<Vec<Member>, Self::Error>;

    /// Puts an article down under its keys; `None` makes it a cluster of its own.
    ///
    /// # Errors
    /// Where the shelf fails.
    fn put(
        &mut self,
        document: &Document,
        keys: &[Key],
        standing: Option<ClusterPosition>,
    ) -> Result<Number, Self::Error>;

    /// Changes where an article stands.
    ///
    /// # Errors
    /// Where the shelf fails.
    fn stand(&mut self, article: Number, standing: ClusterPosition) -> Result<(), Self::Error>;
}

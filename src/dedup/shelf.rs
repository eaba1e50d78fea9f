//! The interface between the engine and the place where articles are kept: the store's tables, or the memory of `tintinh dedup`.

use crate::dedup::document::Document;
use crate::dedup::relate::Relation;
use crate::dedup::sketch::Key;
use crate::model::record::DuplicateKind;

/// An article's number on its shelf, increasing in the order of arrival.
pub type Number = u32;

/// Maximum number of articles of one key that are examined. With more, the key is not informative, or its text is well known.
pub const HOLDERS: usize = 64;

/// Share of the shorter text from which a copy is a close one. Below it, the rest may be a text of its own.
const CLOSE: f64 = 0.9;

/// An article that holds a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyHolder {
    /// The article.
    pub article: Number,
    /// The head of its cluster; the article itself if it is alone.
    pub head: Number,
    /// Its relation to the head; none if it is the head itself.
    pub kind: Option<DuplicateKind>,
    /// Whether it is the head, or shares almost all of its own text or of the head's.
    pub is_close: bool,
    /// The hash of its site.
    pub site: u32,
    /// Number of keys with which it was stored.
    pub keys: u32,
}

/// What a cluster stores about a member besides its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// The article.
    pub article: Number,
    /// Milliseconds since 1970 at which it was published.
    pub published: Option<i64>,
    /// The hash of its site.
    pub site: u32,
    /// The hash of the site that it credits; 0 if it credits none.
    pub credit: u32,
}

/// An article's position: its cluster, and its relation to the head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusterPosition {
    /// The head of the cluster.
    pub head: Number,
    /// The article's relation to the head; none if it is the head itself.
    pub relation: Option<Relation>,
}

impl ClusterPosition {
    /// Returns the index entry of an article in this position.
    pub fn holder(self, article: Number, site: u32, keys: u32) -> KeyHolder {
        let is_close = self.relation.is_none_or(|relation| relation.containment.max(relation.reverse) >= CLOSE);
        let kind = self.relation.map(|relation| relation.kind);
        KeyHolder { article, head: self.head, kind, is_close, site, keys }
    }
}

/// A place where articles are kept. All methods may do IO.
pub trait Shelf {
    /// The error of a method.
    type Error;

    /// Receives the keys that are needed next.
    fn prepare(&mut self, _keys: &[Key]) {}

    /// Appends the articles that hold a key, at most [`HOLDERS`].
    ///
    /// # Errors
    /// If the shelf fails; likewise below.
    fn holders(&mut self, key: Key, found: &mut Vec<KeyHolder>) -> Result<(), Self::Error>;

    /// Returns the article's text; None if it is no longer kept.
    ///
    /// # Errors
    /// If the shelf fails.
    fn document(&mut self, article: Number) -> Result<Option<Document>, Self::Error>;

    /// Returns at most `limit` members of the cluster with this head, including the head.
    ///
    /// # Errors
    /// If the shelf fails.
    fn members(&mut self, head: Number, limit: usize) -> Result<Vec<Member>, Self::Error>;

    /// Stores an article under its keys. None makes it a cluster of its own.
    ///
    /// # Errors
    /// If the shelf fails.
    fn put(
        &mut self,
        document: &Document,
        keys: &[Key],
        standing: Option<ClusterPosition>,
    ) -> Result<Number, Self::Error>;

    /// Changes an article's position.
    ///
    /// # Errors
    /// If the shelf fails.
    fn stand(&mut self, article: Number, standing: ClusterPosition) -> Result<(), Self::Error>;
}

//! The shelf of `tintinh dedup`. Data that is needed of every article is in memory, about 80 bytes each. Texts are in temporary files, and so is the
//! index when it exceeds its share of memory.

use std::io;
use std::path::Path;

use crate::dedup::document::Document;
use crate::dedup::postings::Postings;
use crate::dedup::shelf::ClusterPosition;
use crate::dedup::shelf::HOLDERS;
use crate::dedup::shelf::KeyHolder;
use crate::dedup::shelf::Member;
use crate::dedup::shelf::Number;
use crate::dedup::shelf::Shelf;
use crate::dedup::sketch::Key;
use crate::file_dedup::blobs::Blobs;
use crate::file_dedup::runs::Runs;

/// The shelf.
#[derive(Debug)]
pub struct FileShelf {
    articles: Vec<Article>,
    documents: Blobs,
    postings: Postings,
    runs: Runs,
    /// Number of bytes that the postings may take in memory.
    memory: usize,
    /// Numbers returned by the runs; a buffer that is reused.
    held: Vec<Number>,
}

#[derive(Debug, Clone, Copy)]
struct Article {
    standing: ClusterPosition,
    /// The next member of its cluster. The members form a ring.
    next: Number,
    keys: u32,
    member: Member,
}

impl FileShelf {
    /// Creates an empty shelf, with its files in a folder and `memory` bytes for the index.
    ///
    /// # Errors
    /// If temporary files cannot be created in the folder.
    pub fn new(folder: &Path, memory: usize) -> io::Result<FileShelf> {
        Ok(FileShelf {
            articles: Vec::new(),
            documents: Blobs::new(folder)?,
            postings: Postings::default(),
            runs: Runs::new(folder),
            memory,
            held: Vec::new(),
        })
    }

    /// Returns the number of its articles.
    pub fn len(&self) -> usize {
        self.articles.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.articles.is_empty()
    }

    /// Returns the bytes of the index in memory and in files, and the bytes of texts in files.
    pub fn bytes(&self) -> (u64, u64) {
        (self.postings.bytes() as u64 + self.runs.bytes(), self.documents.bytes())
    }

    /// Returns an article's position.
    pub fn standing(&self, article: Number) -> Option<ClusterPosition> {
        self.article(article).map(|article| article.standing)
    }

    fn article(&self, number: Number) -> Option<&Article> {
        self.articles.get(index(number))
    }

    fn article_mut(&mut self, number: Number) -> Option<&mut Article> {
        self.articles.get_mut(index(number))
    }

    /// Returns the members of a ring, beginning with this one.
    fn ring(&self, first: Number) -> impl Iterator<Item = Number> {
        std::iter::successors(Some(first), move |number| {
            self.article(*number).map(|article| article.next).filter(|next| *next != first)
        })
    }

    /// Joins two rings.
    fn join_rings(&mut self, one: Number, other: Number) {
        let (Some(first), Some(second)) = (self.article(one), self.article(other)) else { return };
        let (first, second) = (first.next, second.next);
        if let Some(article) = self.article_mut(one) {
            article.next = second;
        }
        if let Some(article) = self.article_mut(other) {
            article.next = first;
        }
    }
}

fn index(number: Number) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl Shelf for FileShelf {
    type Error = io::Error;

    fn prepare(&mut self, keys: &[Key]) {
        self.postings.touch(keys);
    }

    fn holders(&mut self, key: Key, found: &mut Vec<KeyHolder>) -> io::Result<()> {
        self.held.clear();
        self.held.extend(self.postings.holders(key).take(HOLDERS));
        self.runs.holders(key, &mut self.held)?;
        found.extend(self.held.iter().filter_map(|number| {
            let article = self.articles.get(index(*number))?;
            Some(article.standing.holder(*number, article.member.site, article.keys))
        }));
        Ok(())
    }

    fn document(&mut self, article: Number) -> io::Result<Option<Document>> {
        Ok(Document::from_bytes(&self.documents.read(index(article))?))
    }

    fn members(&mut self, head: Number, limit: usize) -> io::Result<Vec<Member>> {
        Ok(self.ring(head).take(limit).filter_map(|number| Some(self.article(number)?.member)).collect())
    }

    fn put(&mut self, document: &Document, keys: &[Key], standing: Option<ClusterPosition>) -> io::Result<Number> {
        let article = Number::try_from(self.articles.len()).ok().filter(|number| *number < Number::MAX);
        let article = article.ok_or_else(|| io::Error::other("more than four billion articles"))?;
        self.documents.push(&document.to_bytes())?;
        let Document { published, site, credit, .. } = *document;
        self.articles.push(Article {
            standing: standing.unwrap_or(ClusterPosition { head: article, relation: None }),
            next: article,
            keys: u32::try_from(keys.len()).unwrap_or(u32::MAX),
            member: Member { article, published, site, credit },
        });
        if let Some(standing) = standing {
            self.join_rings(standing.head, article);
        }
        for key in keys {
            self.postings.insert(*key, article);
        }
        if self.postings.bytes() > self.memory {
            self.runs.push(self.postings.drain())?;
        }
        Ok(article)
    }

    fn stand(&mut self, article: Number, standing: ClusterPosition) -> io::Result<()> {
        if !self.ring(standing.head).any(|member| member == article) {
            self.join_rings(standing.head, article);
        }
        if let Some(article) = self.article_mut(article) {
            article.standing = standing;
        }
        Ok(())
    }
}

//! Finds the clusters that a new article belongs to, by their heads.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::dedup::document::Document;
use crate::dedup::relate::Relation;
use crate::dedup::relate::Strictness;
use crate::dedup::relate::Subject;
use crate::dedup::shelf::ClusterPosition;
use crate::dedup::shelf::HOLDERS;
use crate::dedup::shelf::KeyHolder;
use crate::dedup::shelf::Number;
use crate::dedup::shelf::Shelf;
use crate::dedup::sketch;
use crate::dedup::sketch::Key;
use crate::dedup::sketch::SHINGLE;
use crate::model::record::DuplicateKind;

/// Number of different stories with a shingle from which it is a set phrase.
const SET_PHRASE: usize = 8;
/// The same number on one site, from which it is part of the template: a disclaimer, an address, a formula.
const TEMPLATE: usize = 4;
/// Minimum number of keys that an article must share with another to be compared with it; one is enough if it has very few ...
const SHARED_KEYS: usize = 2;
/// ... and one in this many of the keys of the article with fewer keys. Fewer keys are kept of the middle of a long text than of the beginning of the
/// short text that was cut from there.
const ONE_KEY_IN: usize = 20;
/// Maximum number of clusters that an article is compared with, those with most shared keys first.
const CLUSTERS: usize = 24;
/// Minimum share of a text that is in a reprint of the head, with which it belongs to the story whatever its share in the head.
const WHOLLY: f64 = 0.9;

/// The result of a search for an article.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchResult {
    /// The keys under which to store it: those that are informative, and not held by more articles than are examined.
    pub keys: Vec<Key>,
    /// The clusters that it belongs to, the most similar one first.
    pub clusters: Vec<(Number, Relation)>,
}

impl SearchResult {
    /// Returns the article's position: in the cluster that it is most similar to.
    pub fn standing(&self) -> Option<ClusterPosition> {
        self.clusters.first().map(|(head, relation)| ClusterPosition { head: *head, relation: Some(*relation) })
    }
}

/// Searches for an article's copies. `except` is the article itself if it is already on the shelf.
///
/// # Errors
/// If the shelf fails.
pub fn search<S: Shelf>(shelf: &mut S, document: &Document, except: Option<Number>) -> Result<SearchResult, S::Error> {
    let looked_up = IndexHits::of(shelf, document, except)?;
    let mut clusters = Vec::new();
    let candidates = looked_up.candidates();
    if !candidates.is_empty() {
        let subject = Subject::new(document, &looked_up.common);
        for nearest in candidates {
            if let Some(relation) = relation_to_cluster(shelf, &subject, &nearest)? {
                clusters.push((nearest.head, relation));
            }
        }
    }
    clusters.sort_by(|(_, one), (_, other)| rank(other).total_cmp(&rank(one)));
    Ok(SearchResult { keys: looked_up.open, clusters })
}

/// Ranks a relation: a reprint before a part, then by the shares of both texts.
fn rank(relation: &Relation) -> f64 {
    let whole = if relation.kind == DuplicateKind::Reprint { 2.0 } else { 0.0 };
    whole + relation.containment + relation.reverse
}

/// Returns the relation to a cluster, by its head. A copy of a copy may differ much from the head. It belongs to the cluster if it is still half of
/// it, and an article that is entirely a part of a reprint belongs to the story.
fn relation_to_cluster<S: Shelf>(
    shelf: &mut S,
    subject: &Subject<'_>,
    nearest: &KeyHolder,
) -> Result<Option<Relation>, S::Error> {
    let Some(first) = shelf.document(nearest.head)? else { return Ok(None) };
    if let Some(relation) = subject.relation_to(&first, Strictness::Strict) {
        return Ok(Some(relation));
    }
    if nearest.kind != Some(DuplicateKind::Reprint) {
        return Ok(None);
    }
    let Some(member) = shelf.document(nearest.article)? else { return Ok(None) };
    Ok(match subject.relation_to(&member, Strictness::Strict) {
        Some(Relation { kind: DuplicateKind::Reprint, .. }) => subject.relation_to(&first, Strictness::Loose),
        Some(Relation { kind: DuplicateKind::Excerpt, containment, .. }) if containment >= WHOLLY => {
            subject.relation_to(&first, Strictness::None)
        }
        _ => None,
    })
}

/// What the index says about an article.
#[derive(Debug, Default)]
struct IndexHits {
    /// Number of informative keys.
    telling: usize,
    /// Those of them that have room for another holder.
    open: Vec<Key>,
    /// The parts of the text that many articles share.
    common: Vec<Range<usize>>,
    /// Number of shared keys by article, with what is known about it.
    shared: BTreeMap<Number, (KeyHolder, usize)>,
}

impl IndexHits {
    fn of<S: Shelf>(shelf: &mut S, document: &Document, except: Option<Number>) -> Result<IndexHits, S::Error> {
        let mut looked_up = IndexHits::default();
        let mut holders = Vec::with_capacity(64);
        let mut was_common = false;
        let keys = sketch::keys(&document.text);
        shelf.prepare(&keys.iter().map(|(key, _)| *key).collect::<Vec<Key>>());
        for (key, at) in keys {
            holders.clear();
            shelf.holders(key, &mut holders)?;
            holders.retain(|holder| Some(holder.article) != except);
            let is_common = is_common(&holders, document.site);
            if is_common {
                looked_up.note_common(at, was_common);
            } else {
                looked_up.note(key, &holders, 1);
            }
            was_common = is_common;
        }
        if let Some(key) = sketch::title_key(&document.title) {
            holders.clear();
            shelf.holders(key, &mut holders)?;
            holders.retain(|holder| Some(holder.article) != except);
            if !is_common(&holders, document.site) {
                looked_up.note(key, &holders, SHARED_KEYS);
            }
        }
        Ok(looked_up)
    }

    fn note(&mut self, key: Key, holders: &[KeyHolder], weight: usize) {
        self.telling += 1;
        if holders.len() < HOLDERS {
            self.open.push(key);
        }
        for holder in holders {
            self.shared.entry(holder.article).or_insert((*holder, 0)).1 += weight;
        }
    }

    /// Marks a part as common. If two adjacent shingles are common, so is everything between them.
    fn note_common(&mut self, at: usize, goes_on: bool) {
        match self.common.last_mut().filter(|_| goes_on) {
            Some(range) => range.end = at + SHINGLE,
            None => self.common.push(at..at + SHINGLE),
        }
    }

    /// Returns the clusters to be examined, each by the member that shares most keys.
    fn candidates(&self) -> Vec<KeyHolder> {
        let is_near = |(holder, shared): &&(KeyHolder, usize)| {
            let fewer = self.telling.min(usize::try_from(holder.keys).unwrap_or(usize::MAX));
            (*shared >= SHARED_KEYS || fewer <= ONE_KEY_IN) && *shared * ONE_KEY_IN >= fewer
        };
        let mut best: BTreeMap<Number, (usize, KeyHolder)> = BTreeMap::new();
        for (holder, shared) in self.shared.values().filter(is_near) {
            let entry = best.entry(holder.head).or_insert((0, *holder));
            if *shared > entry.0 {
                *entry = (*shared, *holder);
            }
        }
        let mut all: Vec<(usize, KeyHolder)> = best.into_values().collect();
        all.sort_by_key(|(shared, holder)| (std::cmp::Reverse(*shared), holder.head));
        all.into_iter().take(CLUSTERS).map(|(_, holder)| holder).collect()
    }
}

/// Whether a key is shared by so many different stories that it is not informative.
fn is_common(holders: &[KeyHolder], site: u32) -> bool {
    if holders.len() < TEMPLATE {
        return false;
    }
    let stories = |among: &mut dyn Iterator<Item = &KeyHolder>| {
        // A distant copy may be a story of its own that shares a template with the head.
        let story = |holder: &KeyHolder| if holder.is_close { holder.head } else { holder.article };
        let mut heads: Vec<Number> = among.map(story).collect();
        heads.sort_unstable();
        heads.dedup();
        heads.len()
    };
    stories(&mut holders.iter()) >= SET_PHRASE
        || (site != 0 && stories(&mut holders.iter().filter(|holder| holder.site == site)) >= TEMPLATE)
}

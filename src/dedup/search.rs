//! A new article → the clusters that it belongs to, by their heads.

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

/// Different stories that share a shingle from which it is a set phrase.
const SET_PHRASE: usize = 8;
/// The same on one site, where it is a part of the template: a disclaimer, an address, a formula.
const TEMPLATE: usize = 4;
/// Keys that an article must share with another to be held against it, one where it has but few ...
const SHARED_KEYS: usize = 2;
/// ... and one in so many of the keys of the one that has fewer: of the middle of a long text fewer are kept than of the head of the short one
/// that was cut from there.
const ONE_KEY_IN: usize = 20;
/// Clusters that an article is held against at most, those with most shared keys first.
const CLUSTERS: usize = 24;
/// Share of a text that stands in a reprint of the head, from which it is a part of the story whatever the head has of it.
const WHOLLY: f64 = 0.9;

/// What was found for an article.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchResult {
    /// The keys to put it down under: those that tell something, and are not held by more than are looked at.
    pub keys: Vec<Key>,
    /// The clusters that it belongs to, the one that it is most like first.
    pub clusters: Vec<(Number, Relation)>,
}

impl SearchResult {
    /// Where the article stands by that: with the cluster that it is most like.
    pub fn standing(&self) -> Option<ClusterPosition> {
        self.clusters.first().map(|(head, relation)| ClusterPosition { head: *head, relation: Some(*relation) })
    }
}

/// Looks for an article's copies. `except` is the article itself where it is on the shelf already.
///
/// # Errors
/// Where the shelf fails.
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

/// A reprint before a part, then by what is shared of either.
fn rank(relation: &Relation) -> f64 {
    let whole = if relation.kind == DuplicateKind::Reprint { 2.0 } else { 0.0 };
    whole + relation.containment + relation.reverse
}

/// A cluster is entered by its head. A copy of a copy may have gone far from it: it is let in where it is still half of it, and what is wholly
/// a part of a reprint is a part of the story.
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

/// What the index says of an article.
#[derive(Debug, Default)]
struct IndexHits {
    /// How many keys tell something.
    telling: usize,
    /// Those of them that have room for another holder.
    open: Vec<Key>,
    /// The parts of the text that many articles share.
    common: Vec<Range<usize>>,
    /// Shared keys by article, with what is known of it.
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

    /// Between two shingles in a row that many share, all is shared.
    fn note_common(&mut self, at: usize, goes_on: bool) {
        match self.common.last_mut().filter(|_| goes_on) {
            Some(range) => range.end = at + SHINGLE,
            None => self.common.push(at..at + SHINGLE),
        }
    }

    /// Clusters to be looked at, each by the member that shares most.
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

/// Whether so many different stories share a key that it tells nothing.
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

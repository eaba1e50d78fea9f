//! Clusters: a story, its head and its copies. An added article joins the clusters it belongs to, and may become their head.

use crate::dedup::document::Document;
use crate::dedup::relate::Relation;
use crate::dedup::relate::Strictness;
use crate::dedup::relate::Subject;
use crate::dedup::search;
use crate::dedup::search::SearchResult;
use crate::dedup::shelf::ClusterPosition;
use crate::dedup::shelf::Member;
use crate::dedup::shelf::Number;
use crate::dedup::shelf::Shelf;
use crate::model::record::DuplicateKind;

/// Maximum number of members of a cluster that are compared with a new head. A larger cluster keeps its head.
const REGROUPED: usize = 128;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Time within which a story grows. A longer text of a later day is the whole text from which the shorter one was cut.
const GROWTH: i64 = 14 * DAY;

/// The result of adding an article.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterUpdate {
    /// Its number.
    pub article: Number,
    /// Its relation to the head that its cluster had before; none if it is a story of its own.
    pub standing: Option<ClusterPosition>,
}

/// Searches for an article's copies and adds it to them.
///
/// # Errors
/// If the shelf fails.
pub fn take_in<S: Shelf>(shelf: &mut S, document: &Document) -> Result<ClusterUpdate, S::Error> {
    let found = search::search(shelf, document, None)?;
    place(shelf, document, &found)
}

/// Adds an article to the copies that were found.
///
/// # Errors
/// If the shelf fails.
pub fn place<S: Shelf>(shelf: &mut S, document: &Document, found: &SearchResult) -> Result<ClusterUpdate, S::Error> {
    let standing = found.standing();
    let article = shelf.put(document, &found.keys, standing)?;
    join(shelf, article, &found.clusters)?;
    Ok(ClusterUpdate { article, standing })
}

/// Moves an article that was a story of its own to the copies that were found for its new text.
///
/// # Errors
/// If the shelf fails.
pub fn move_in<S: Shelf>(shelf: &mut S, article: Number, found: &SearchResult) -> Result<(), S::Error> {
    if let Some(standing) = found.standing() {
        shelf.stand(article, standing)?;
        join(shelf, article, &found.clusters)?;
    }
    Ok(())
}

/// Returns the relation of a member of a cluster to its head, of which it is known to be a copy.
pub fn relation_of_member(member: &Document, head: &Document) -> Option<Relation> {
    Subject::new(member, &[]).relation_to(head, Strictness::None)
}

/// Decides who becomes the head of the cluster that an article has joined, and joins the other clusters that the article shows to be the same story.
fn join<S: Shelf>(shelf: &mut S, article: Number, clusters: &[(Number, Relation)]) -> Result<(), S::Error> {
    let Some((first, relation)) = clusters.first() else { return Ok(()) };
    let mut head = settle_head(shelf, *first, article, relation.kind, &[])?;
    let is_reprint = |(_, relation): &&(Number, Relation)| relation.kind == DuplicateKind::Reprint;
    for (other, _) in clusters.iter().skip(1).filter(is_reprint).filter(|_| relation.kind == DuplicateKind::Reprint) {
        head = merge(shelf, head, *other, article)?;
    }
    Ok(())
}

/// Merges two clusters if an article is a reprint of both: under one of their heads if the heads are similar, else under the article, if it is
/// similar to all members. Returns the new head.
fn merge<S: Shelf>(shelf: &mut S, head: Number, other: Number, article: Number) -> Result<Number, S::Error> {
    let (Some(theirs), Some(ours)) = (shelf.document(other)?, shelf.document(head)?) else { return Ok(head) };
    let joining = shelf.members(other, REGROUPED + 1)?;
    if let Some(relation) = Subject::new(&theirs, &[]).relation_to(&ours, Strictness::Loose) {
        return settle_head(shelf, head, other, relation.kind, &joining);
    }
    let mut members = shelf.members(head, REGROUPED + 1)?;
    members.extend(joining);
    Ok(if regroup(shelf, &members, article)? { article } else { head })
}

/// Chooses between the head of a cluster and an article with this relation to it, and compares all members with the chosen one, including those that
/// are `joining`. Returns the new head. If a member is not a copy of it, nothing changes.
fn settle_head<S: Shelf>(
    shelf: &mut S,
    head: Number,
    rival: Number,
    kind: DuplicateKind,
    joining: &[Member],
) -> Result<Number, S::Error> {
    let mut members = shelf.members(head, REGROUPED + 1)?;
    members.extend(joining);
    let of = |number: Number| members.iter().find(|member| member.article == number);
    let (Some(new), Some(old)) = (of(rival), of(head)) else { return Ok(head) };
    let is_changed = outranks(new, old, kind, &members);
    let chosen = if is_changed { rival } else { head };
    let is_done = (is_changed || !joining.is_empty()) && regroup(shelf, &members, chosen)?;
    Ok(if is_done { chosen } else { head })
}

/// Makes a cluster of members with this head, if all of them are its copies. Returns whether they are.
fn regroup<S: Shelf>(shelf: &mut S, members: &[Member], head: Number) -> Result<bool, S::Error> {
    let Some(first) = shelf.document(head)?.filter(|_| members.len() <= REGROUPED) else { return Ok(false) };
    let mut standings = vec![(head, ClusterPosition { head, relation: None })];
    for member in members.iter().filter(|member| member.article != head) {
        let Some(document) = shelf.document(member.article)? else { return Ok(false) };
        let relation = Subject::new(&document, &[]).relation_to(&first, Strictness::Loose);
        let Some(relation) = relation else { return Ok(false) };
        standings.push((member.article, ClusterPosition { head, relation: Some(relation) }));
    }
    for (article, standing) in standings {
        shelf.stand(article, standing)?;
    }
    Ok(true)
}

/// Whether an article with this relation to its cluster's head should replace the head.
///
/// The outlet that copies credit comes first. Otherwise, it is the earliest copy by date of publication; an unknown date does not come before a known
/// one. But a longer text that was published weeks later, or at an unknown time, is not an extension of the shorter text: the shorter one was cut
/// from it.
fn outranks(new: &Member, old: &Member, kind: DuplicateKind, members: &[Member]) -> bool {
    let is_credited =
        |site: u32| site != 0 && members.iter().any(|member| member.credit == site && member.site != site);
    if new.site != old.site && is_credited(new.site) != is_credited(old.site) {
        return is_credited(new.site);
    }
    let dates = new.published.zip(old.published);
    let is_earlier = dates.is_some_and(|(new, old)| is_before(new, old));
    let grew = dates.is_some_and(|(new, old)| (new - old).abs() <= GROWTH);
    match kind {
        DuplicateKind::Reprint => is_earlier,
        DuplicateKind::Excerpt => is_earlier && grew,
        DuplicateKind::Extended => is_earlier || !grew,
    }
}

/// Whether a moment is before another. Midnight means a day without a time, which is neither before nor after the other moments of that day.
fn is_before(one: i64, other: i64) -> bool {
    const ZONE: i64 = 7 * 60 * 60 * 1000;
    let day = |moment: i64| (moment + ZONE).div_euclid(DAY);
    let is_midnight = |moment: i64| (moment + ZONE).rem_euclid(DAY) == 0;
    if is_midnight(one) || is_midnight(other) { day(one) < day(other) } else { one < other }
}

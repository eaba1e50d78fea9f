//! Marks on the shelf. A story is one thing to its readers: it has a mark if any of its articles has.

use std::collections::HashMap;
use std::collections::HashSet;

use crate::marks::ItemId;
use crate::marks::Mark;
use crate::marks::MarkSets;
use crate::web::reader::shelf::Row;
use crate::web::reader::shelf::Shelf;

/// The marks of stories.
pub(in crate::web) struct StoryMarks<'a> {
    sets: &'a MarkSets,
    /// The heads of stories of several articles with each mark.
    read: HashSet<i64>,
    starred: HashSet<i64>,
}

impl StoryMarks<'_> {
    /// Whether the story of a row has a mark.
    pub(super) fn has(&self, row: &Row, mark: Mark) -> bool {
        if row.is_alone {
            return self.sets.has(row.item, mark);
        }
        match mark {
            Mark::Read => self.read.contains(&row.head),
            Mark::Starred => self.starred.contains(&row.head),
        }
    }
}

impl Shelf {
    /// The marks of its stories.
    pub(in crate::web) fn story_marks<'a>(&self, sets: &'a MarkSets) -> StoryMarks<'a> {
        let heads = |mark| {
            let rows = self.rows.iter().filter(|row| !row.is_alone && sets.has(row.item, mark));
            rows.map(|row| row.head).collect()
        };
        StoryMarks { sets, read: heads(Mark::Read), starred: heads(Mark::Starred) }
    }

    /// Whether each of some articles is read and starred, with its story.
    pub(in crate::web) fn marks_of(&self, sets: &MarkSets, items: &[ItemId]) -> Vec<(bool, bool)> {
        let heads = self.heads_among(items);
        let (mut read, mut starred) = (HashSet::new(), HashSet::new());
        for row in self.rows_of(&heads) {
            read.extend(sets.has(row.item, Mark::Read).then_some(row.head));
            starred.extend(sets.has(row.item, Mark::Starred).then_some(row.head));
        }
        let of = |item: &ItemId| match heads.get(item) {
            Some(head) => (read.contains(head), starred.contains(head)),
            // It is alone, on the shelf no more, or not yet.
            None => (sets.has(*item, Mark::Read), sets.has(*item, Mark::Starred)),
        };
        items.iter().map(of).collect()
    }

    /// Some articles with all others of their stories.
    pub(in crate::web) fn with_stories(&self, items: &[ItemId]) -> Vec<ItemId> {
        let others = self.rows_of(&self.heads_among(items)).into_iter().map(|row| row.item);
        let all: HashSet<ItemId> = items.iter().copied().chain(others).collect();
        all.into_iter().collect()
    }

    /// The heads of those articles that are not alone in their stories.
    fn heads_among(&self, items: &[ItemId]) -> HashMap<ItemId, i64> {
        let mut wanted = items.to_vec();
        wanted.sort_unstable();
        let rows = self.rows.iter().filter(|row| !row.is_alone && wanted.binary_search(&row.item).is_ok());
        rows.map(|row| (row.item, row.head)).collect()
    }

    /// All articles of the stories of some heads. A page asks for some tens among 200,000, so they are searched and not hashed.
    fn rows_of(&self, heads: &HashMap<ItemId, i64>) -> Vec<&Row> {
        let mut wanted: Vec<i64> = heads.values().copied().collect();
        wanted.sort_unstable();
        self.rows.iter().filter(|row| !row.is_alone && wanted.binary_search(&row.head).is_ok()).collect()
    }
}

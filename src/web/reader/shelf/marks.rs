//! Marks on the shelf. Readers see a story as one thing: it has a mark if any of its articles has it.

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
    /// The heads of multi-article stories with each mark.
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
    /// The marks of the shelf's stories.
    pub(in crate::web) fn story_marks<'a>(&self, sets: &'a MarkSets) -> StoryMarks<'a> {
        let heads = |mark| {
            let rows = self.rows.iter().filter(|row| !row.is_alone && sets.has(row.item, mark));
            rows.map(|row| row.head).collect()
        };
        StoryMarks { sets, read: heads(Mark::Read), starred: heads(Mark::Starred) }
    }

    /// Whether each article is read and starred, counting its whole story.
    pub(in crate::web) fn marks_of(&self, sets: &MarkSets, items: &[ItemId]) -> Vec<(bool, bool)> {
        let heads = self.heads_among(items);
        let (mut read, mut starred) = (HashSet::new(), HashSet::new());
        for row in self.rows_of(&heads) {
            read.extend(sets.has(row.item, Mark::Read).then_some(row.head));
            starred.extend(sets.has(row.item, Mark::Starred).then_some(row.head));
        }
        let of = |item: &ItemId| match heads.get(item) {
            Some(head) => (read.contains(head), starred.contains(head)),
            // The article is alone in its story, or not on the shelf.
            None => (sets.has(*item, Mark::Read), sets.has(*item, Mark::Starred)),
        };
        items.iter().map(of).collect()
    }

    /// The articles together with all others of their stories.
    pub(in crate::web) fn with_stories(&self, items: &[ItemId]) -> Vec<ItemId> {
        let others = self.rows_of(&self.heads_among(items)).into_iter().map(|row| row.item);
        let all: HashSet<ItemId> = items.iter().copied().chain(others).collect();
        all.into_iter().collect()
    }

    /// The heads of the articles whose stories have several articles.
    fn heads_among(&self, items: &[ItemId]) -> HashMap<ItemId, i64> {
        let mut wanted = items.to_vec();
        wanted.sort_unstable();
        let rows = self.rows.iter().filter(|row| !row.is_alone && wanted.binary_search(&row.item).is_ok());
        rows.map(|row| (row.item, row.head)).collect()
    }

    /// All articles of the stories with these heads. A page asks for some tens among 200,000, so a search is used, not a hash.
    fn rows_of(&self, heads: &HashMap<ItemId, i64>) -> Vec<&Row> {
        let mut wanted: Vec<i64> = heads.values().copied().collect();
        wanted.sort_unstable();
        self.rows.iter().filter(|row| !row.is_alone && wanted.binary_search(&row.head).is_ok()).collect()
    }
}

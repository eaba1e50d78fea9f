//! Streams: the stories of selected articles in order of arrival, each once.
//!
//! Of a story's articles in a stream, the one found first represents the story. Later articles never take another's place, so a stream that is read
//! part by part while articles arrive misses none and repeats none.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use crate::marks::ItemId;
use crate::marks::Mark;
use crate::web::reader::shelf::Facet;
use crate::web::reader::shelf::Place;
use crate::web::reader::shelf::Row;
use crate::web::reader::shelf::Shelf;
use crate::web::reader::shelf::marks::StoryMarks;

/// The articles that a stream selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) enum Source {
    All,
    Portal(String),
    Province(String),
    Items(HashSet<ItemId>),
    Nothing,
}

/// What is requested of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) struct Wanted {
    pub(in crate::web) of: Source,
    pub(in crate::web) not_of: Vec<Source>,
    /// Marks that a story must have or must not have.
    pub(in crate::web) marks: Vec<(Mark, bool)>,
    /// The range of times found, in milliseconds since 1970.
    pub(in crate::web) from: i64,
    pub(in crate::web) until: i64,
    pub(in crate::web) is_oldest_first: bool,
}

impl Wanted {
    /// All stories of a source, most recently found first.
    pub(in crate::web) fn of(of: Source) -> Wanted {
        Wanted { of, not_of: Vec::new(), marks: Vec::new(), from: i64::MIN, until: i64::MAX, is_oldest_first: false }
    }
}

/// A story in a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) struct StreamItem {
    pub(in crate::web) item: ItemId,
    pub(in crate::web) number: i64,
    /// When it was found, in milliseconds since 1970.
    pub(in crate::web) seen: i64,
    pub(in crate::web) portal: Arc<str>,
    pub(in crate::web) is_read: bool,
    pub(in crate::web) is_starred: bool,
}

impl StreamItem {
    /// Its place in the stream.
    pub(in crate::web) fn place(&self) -> Place {
        Place { at: self.seen, number: self.number }
    }
}

/// The unread stories of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::web) struct UnreadCount {
    pub(in crate::web) count: u64,
    /// When the newest story was found, in milliseconds since 1970.
    pub(in crate::web) newest: i64,
}

/// A source with its names resolved to numbers.
enum Numbered<'a> {
    All,
    Facet(usize, u32),
    Items(&'a HashSet<ItemId>),
    Nothing,
}

impl Numbered<'_> {
    fn has(&self, row: &Row) -> bool {
        match self {
            Numbered::All => true,
            Numbered::Facet(facet, name) => row.facets.get(*facet) == Some(name),
            Numbered::Items(items) => items.contains(&row.item),
            Numbered::Nothing => false,
        }
    }
}

impl Shelf {
    /// The part of a stream after a place, and whether more follows.
    pub(in crate::web) fn stream(
        &self,
        wanted: &Wanted,
        marks: &StoryMarks<'_>,
        behind: Option<Place>,
        limit: usize,
    ) -> (Vec<StreamItem>, bool) {
        let rows = self.stories(wanted, marks);
        let is_behind = |row: &&&Row| {
            let place = Place { at: row.seen, number: row.number };
            behind.is_none_or(|behind| if wanted.is_oldest_first { place > behind } else { place < behind })
        };
        let part: Vec<&Row> = if wanted.is_oldest_first {
            rows.iter().filter(is_behind).take(limit + 1).copied().collect()
        } else {
            rows.iter().rev().filter(is_behind).take(limit + 1).copied().collect()
        };
        let has_more = part.len() > limit;
        (part.into_iter().take(limit).map(|row| self.stream_item(row, marks)).collect(), has_more)
    }

    /// The ids of all stories of a stream, unbounded, because ids are small.
    pub(in crate::web) fn stream_ids(&self, wanted: &Wanted, marks: &StoryMarks<'_>) -> Vec<ItemId> {
        self.stories(wanted, marks).into_iter().map(|row| row.item).collect()
    }

    /// The stories of some articles, as far as they are on the shelf, in the requested order.
    pub(in crate::web) fn stream_items(&self, items: &[ItemId], marks: &StoryMarks<'_>) -> Vec<StreamItem> {
        let wanted: HashSet<ItemId> = items.iter().copied().collect();
        let known: HashMap<ItemId, &Row> =
            self.rows.iter().filter(|row| wanted.contains(&row.item)).map(|row| (row.item, row)).collect();
        items.iter().filter_map(|item| known.get(item)).map(|row| self.stream_item(row, marks)).collect()
    }

    /// Unread counts: in total, per portal and per province.
    pub(in crate::web) fn unread(&self, marks: &StoryMarks<'_>) -> HashMap<(Option<Facet>, Arc<str>), UnreadCount> {
        let mut counts: HashMap<(Option<Facet>, u32), UnreadCount> = HashMap::new();
        let mut seen: HashSet<(Option<Facet>, u32, i64)> = HashSet::new();
        for row in &self.rows {
            let keys = [
                (Some(Facet::Portal), row.facet(Facet::Portal)),
                (Some(Facet::Province), row.facet(Facet::Province)),
                (None, 0),
            ];
            let is_unread = !marks.has(row, Mark::Read);
            for (facet, name) in keys {
                let count = counts.entry((facet, name)).or_default();
                count.newest = count.newest.max(row.seen);
                let is_first = row.is_alone || seen.insert((facet, name, row.head));
                count.count += u64::from(is_unread && is_first);
            }
        }
        counts.into_iter().map(|((facet, name), count)| ((facet, self.name(name)), count)).collect()
    }

    /// The portals that have articles on the shelf.
    pub(in crate::web) fn portals(&self) -> HashSet<Arc<str>> {
        let numbers: HashSet<u32> = self.rows.iter().map(|row| row.facet(Facet::Portal)).collect();
        numbers.into_iter().map(|number| self.name(number)).collect()
    }

    /// The requested stories in order of arrival.
    fn stories(&self, wanted: &Wanted, marks: &StoryMarks<'_>) -> Vec<&Row> {
        let of = self.numbered(&wanted.of);
        let not_of: Vec<Numbered<'_>> = wanted.not_of.iter().map(|source| self.numbered(source)).collect();
        let mut seen: HashSet<i64> = HashSet::new();
        let rows = self.arrival().iter().filter_map(|at| self.rows.get(*at as usize));
        rows.filter(|row| of.has(row) && !not_of.iter().any(|source| source.has(row)))
            .filter(|row| row.is_alone || seen.insert(row.head))
            .filter(|row| (wanted.from..=wanted.until).contains(&row.seen))
            .filter(|row| wanted.marks.iter().all(|(mark, is_set)| marks.has(row, *mark) == *is_set))
            .collect()
    }

    /// The indexes of all rows in order of arrival.
    fn arrival(&self) -> &[u32] {
        self.arrival.get_or_init(|| {
            let mut order: Vec<u32> = (0..u32::try_from(self.rows.len()).unwrap_or(u32::MAX)).collect();
            order.sort_unstable_by_key(|at| self.rows.get(*at as usize).map(|row| (row.seen, row.number)));
            order
        })
    }

    fn numbered<'a>(&self, source: &'a Source) -> Numbered<'a> {
        let facet = |facet: Facet, name: &String| match self.names.numbers.get(name.as_str()) {
            Some(number) => Numbered::Facet(facet.index(), *number),
            None => Numbered::Nothing,
        };
        match source {
            Source::All => Numbered::All,
            Source::Portal(name) => facet(Facet::Portal, name),
            Source::Province(name) => facet(Facet::Province, name),
            Source::Items(items) => Numbered::Items(items),
            Source::Nothing => Numbered::Nothing,
        }
    }

    fn stream_item(&self, row: &Row, marks: &StoryMarks<'_>) -> StreamItem {
        StreamItem {
            item: row.item,
            number: row.number,
            seen: row.seen,
            portal: self.name(row.facet(Facet::Portal)),
            is_read: marks.has(row, Mark::Read),
            is_starred: marks.has(row, Mark::Starred),
        }
    }

    fn name(&self, number: u32) -> Arc<str> {
        self.names.texts.get(number as usize).cloned().unwrap_or_else(|| "".into())
    }
}

impl Row {
    fn facet(&self, facet: Facet) -> u32 {
        self.facets.get(facet.index()).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marks::MarkSets;
    use crate::store::ArticlePlace;

    fn shelf(places: &[(i64, i64, i64, &str)]) -> Shelf {
        let mut shelf = Shelf::new();
        for (number, head, seen, portal) in places {
            let place = ArticlePlace {
                id: format!("{number:032x}"),
                number: *number,
                head: *head,
                seen: *seen,
                at: -seen,
                portal: (*portal).to_owned(),
                ..ArticlePlace::default()
            };
            let row = shelf.row(&place);
            shelf.rows.push(row);
        }
        shelf.settle();
        shelf
    }

    #[test]
    fn a_story_stands_by_what_was_found_first_in_the_order_of_finding() {
        // Article 3 is the head of the story of 1 and 3, although it was found last.
        let shelf = shelf(&[(1, 3, 10, "p"), (2, 2, 20, "p"), (3, 3, 30, "q")]);
        let sets = MarkSets::default();
        let marks = shelf.story_marks(&sets);
        let numbers = |wanted: &Wanted, behind, limit| {
            let (items, has_more) = shelf.stream(wanted, &marks, behind, limit);
            (items.iter().map(|item| item.number).collect::<Vec<_>>(), has_more)
        };
        assert_eq!(numbers(&Wanted::of(Source::All), None, 9), (vec![2, 1], false));
        assert_eq!(numbers(&Wanted::of(Source::All), None, 1), (vec![2], true));
        assert_eq!(numbers(&Wanted::of(Source::All), Some(Place { at: 20, number: 2 }), 1), (vec![1], false));
        assert_eq!(numbers(&Wanted::of(Source::Portal("q".to_owned())), None, 9), (vec![3], false), "its own copy");
        let oldest = Wanted { is_oldest_first: true, ..Wanted::of(Source::All) };
        assert_eq!(numbers(&oldest, Some(Place { at: 10, number: 1 }), 9), (vec![2], false));
        let without = Wanted { not_of: vec![Source::Portal("p".to_owned())], ..Wanted::of(Source::All) };
        assert_eq!(numbers(&without, None, 9), (vec![3], false));
        assert_eq!(numbers(&Wanted { from: 11, until: 20, ..Wanted::of(Source::All) }, None, 9), (vec![2], false));
        assert_eq!(numbers(&Wanted::of(Source::Portal("absent".to_owned())), None, 9), (vec![], false));
        let counts = shelf.unread(&marks);
        assert_eq!(counts[&(None, "".into())], UnreadCount { count: 2, newest: 30 });
        assert_eq!(counts[&(Some(Facet::Portal), "p".into())].count, 2);
    }
}

//! An in-memory index of every article by day, province, portal, section, kind and story, so that a list and the counts of all its filters take one
//! pass over some numbers.
//!
//! 200,000 articles take about 20 MB. Older articles are not on the shelf; search finds them.

mod marks;
mod streams;

use std::collections::HashMap;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::sync::OnceLock;

use crate::marks::ItemId;
use crate::marks::Mark;
use crate::marks::MarkSets;
use crate::query::article::day;
use crate::store::ArticlePlace;
use crate::store::Store;
use crate::store::StoreError;
pub(in crate::web) use crate::web::reader::shelf::streams::Source;
pub(in crate::web) use crate::web::reader::shelf::streams::StreamItem;
pub(in crate::web) use crate::web::reader::shelf::streams::Wanted;

/// Maximum articles on the shelf: the most recent ones.
pub(super) const MOST_ARTICLES: usize = 200_000;

/// Articles read in one transaction.
const BATCH: u32 = 2000;

/// Maximum characters of a section's name.
const MOST_NAME: usize = 80;

/// The dimensions of filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::web) enum Facet {
    Province,
    Portal,
    Section,
    Kind,
}

impl Facet {
    pub(super) const ALL: [Facet; 4] = [Facet::Province, Facet::Portal, Facet::Section, Facet::Kind];

    fn index(self) -> usize {
        match self {
            Facet::Province => 0,
            Facet::Portal => 1,
            Facet::Section => 2,
            Facet::Kind => 3,
        }
    }

    /// Its key in addresses.
    pub(super) fn key(self) -> &'static str {
        match self {
            Facet::Province => "province",
            Facet::Portal => "portal",
            Facet::Section => "section",
            Facet::Kind => "kind",
        }
    }
}

/// An article on the shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) struct Row {
    at: i64,
    number: i64,
    head: i64,
    item: ItemId,
    /// When the article was found, in milliseconds since 1970.
    seen: i64,

    day: i32,
    revision: u32,
    /// Name numbers, in the order of [`Facet::ALL`].
    facets: [u32; 4],
    is_withdrawn: bool,
    /// Whether it is the only article of its story.
    is_alone: bool,
}

/// Names and their numbers. The empty name is 0.
#[derive(Debug, Clone, Default)]
struct Names {
    texts: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Names {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let (number, text): (u32, Arc<str>) = (u32::try_from(self.texts.len()).unwrap_or(u32::MAX), text.into());
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }
}

/// The filters of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// A day, in days since 1970.
    pub(super) day: Option<i64>,
    /// Names, in the order of [`Facet::ALL`].
    pub(super) facets: [Option<String>; 4],
    /// Only stories with this mark, or only those without it.
    pub(super) only: Option<(Mark, bool)>,
}

impl Filter {
    pub(super) fn of(&self, facet: Facet) -> Option<&str> {
        self.facets.get(facet.index())?.as_deref()
    }

    pub(super) fn set(&mut self, facet: Facet, name: Option<String>) {
        if let Some(place) = self.facets.get_mut(facet.index()) {
            *place = name.filter(|name| !name.is_empty());
        }
    }
}

/// The place of a story in a list, after which the list continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::web) struct Place {
    pub(in crate::web) at: i64,
    pub(in crate::web) number: i64,
}

impl Place {
    /// Parses the form used in addresses: `<milliseconds>_<number>`.
    pub(in crate::web) fn parse(text: &str) -> Option<Place> {
        let (at, number) = text.split_once('_')?;
        Some(Place { at: at.parse().ok()?, number: number.parse().ok()? })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}_{}", self.at, self.number)
    }
}

/// A story in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) place: Place,
    /// Number of other articles in the story.
    pub(super) copies: u64,
    pub(super) day: i64,
    pub(super) revision: u32,
    pub(super) is_withdrawn: bool,
}

/// The result of a filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// The stories on the page.
    pub(super) stories: Vec<Listed>,
    /// The number of all matching stories.
    pub(super) total: u64,
    /// Whether more stories follow the page.
    pub(super) has_more: bool,
    /// The number of stories for each value of a dimension with the other filters applied, largest first.
    pub(super) counts: [Vec<(Arc<str>, u64)>; 4],
    /// The number of stories per day, newest first.
    pub(super) days: Vec<(i64, u64)>,
    /// The numbers of unread and of starred stories with the other filters applied.
    pub(super) unread: u64,
    pub(super) starred: u64,
}

/// The shelf at one point in time.
#[derive(Debug, Clone, Default)]
pub(in crate::web) struct Shelf {
    /// Newest first.
    rows: Vec<Row>,
    names: Names,
    /// The last record that the shelf includes.
    last: i64,
    /// The number of articles in each story that has several.
    members: HashMap<i64, u32>,
    /// Whether older articles are still loading.
    pub(super) is_loading: bool,
    /// The indexes of all rows in order of arrival, built on first use.
    arrival: OnceLock<Vec<u32>>,
}

impl Shelf {
    /// An empty shelf.
    pub(super) fn new() -> Shelf {
        let mut shelf = Shelf { is_loading: true, ..Shelf::default() };
        shelf.names.number("");
        shelf
    }

    /// Reads all articles, newest records first. Calls `show` with the shelf so far from time to time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn load(store: &Store, show: impl Fn(Shelf)) -> Result<Shelf, StoreError> {
        let mut shelf = Shelf::new();
        let (mut before, mut shown) = (i64::MAX, 0);
        while shelf.rows.len() < MOST_ARTICLES {
            let places = store.places_before(before, BATCH).await?;
            let Some(last) = places.last() else { break };
            before = last.sequence;
            let is_end = places.len() < BATCH as usize;
            for place in places {
                shelf.last = shelf.last.max(place.sequence);
                let row = shelf.row(&place);
                shelf.rows.push(row);
            }
            if is_end {
                break;
            }
            // Show the first batch at once, then again at each doubling: sorting takes time.
            if shelf.rows.len() >= shown * 2 {
                shown = shelf.rows.len();
                let mut part = shelf.clone();
                part.settle();
                show(part);
            }
        }
        shelf.is_loading = false;
        shelf.settle();
        Ok(shelf)
    }

    /// The shelf with the records added since; `None` if there are none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn renewed(&self, store: &Store) -> Result<Option<Shelf>, StoreError> {
        let mut places = store.places_after(self.last, BATCH).await?;
        let Some(last) = places.last().map(|place| place.sequence) else { return Ok(None) };
        // If an article has two new records, the later one is its newest; the query returns only that one.
        places.sort_by_key(|place| place.number);
        let mut renewed = self.clone();
        renewed.last = last;
        let known: HashMap<i64, i64> = renewed.rows.iter().map(|row| (row.number, row.head)).collect();
        let left = places.iter().filter_map(|place| known.get(&place.number));
        // A new or changed article may have merged or split stories.
        let touched: HashSet<i64> = places.iter().map(|place| place.head).chain(left.copied()).collect();
        let old_members = known.iter().filter(|(_, head)| touched.contains(head)).map(|(number, _)| *number).collect();
        let mut heads: HashMap<i64, i64> = store.heads_of(old_members).await?.into_iter().collect();
        heads.extend(store.members_of(touched.into_iter().collect()).await?);
        let mut changed: HashMap<i64, ArticlePlace> = places.into_iter().map(|place| (place.number, place)).collect();
        let mut rows = std::mem::take(&mut renewed.rows);
        for row in &mut rows {
            if let Some(place) = changed.remove(&row.number) {
                *row = renewed.row(&place);
            }
            if let Some(head) = heads.get(&row.number) {
                row.head = *head;
            }
        }
        for place in changed.into_values() {
            rows.push(renewed.row(&place));
        }
        renewed.rows = rows;
        renewed.settle();
        Ok(Some(renewed))
    }

    fn row(&mut self, place: &ArticlePlace) -> Row {
        let section: String = place.section.chars().take(MOST_NAME).collect();
        let moment = jiff::Timestamp::from_millisecond(place.at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Row {
            at: place.at,
            number: place.number,
            head: place.head,
            item: ItemId::of_article(&place.id),
            seen: place.seen,
            day: i32::try_from(day(moment)).unwrap_or_default(),
            revision: place.revision,
            facets: [&place.province, &place.portal, &section, &place.kind].map(|text| self.names.number(text)),
            is_withdrawn: place.is_withdrawn,
            is_alone: true,
        }
    }

    /// Sorts the rows, drops the oldest, and counts the articles of stories.
    fn settle(&mut self) {
        self.arrival = OnceLock::new();
        self.rows.sort_unstable_by_key(|row| std::cmp::Reverse((row.at, row.number)));
        self.rows.truncate(MOST_ARTICLES);
        let mut members: HashMap<i64, u32> = HashMap::new();
        // A single-article story needs no entry: it is its own head.
        for row in self.rows.iter().filter(|row| row.head != row.number) {
            *members.entry(row.head).or_insert(1) += 1;
        }
        for row in &mut self.rows {
            row.is_alone = !members.contains_key(&row.head);
        }
        self.members = members;
    }

    /// The stories of some articles, as far as they are on the shelf.
    pub(super) fn listed_of(&self, items: &[ItemId]) -> HashMap<ItemId, Listed> {
        let mut wanted = items.to_vec();
        wanted.sort_unstable();
        let rows = self.rows.iter().filter(|row| wanted.binary_search(&row.item).is_ok());
        rows.map(|row| (row.item, self.listed(row))).collect()
    }

    /// The number of articles on the shelf.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The stories that match a filter, after a place. Each is shown by its head if that matches, else by its first matching article.
    pub(super) fn list(&self, filter: &Filter, marks: &MarkSets, behind: Option<Place>, limit: usize) -> Listing {
        let mut wanted = [None; 4];
        for (want, name) in wanted.iter_mut().zip(&filter.facets) {
            // A name that no article has matches nothing.
            *want = name.as_deref().map(|name| self.names.numbers.get(name).copied().unwrap_or(u32::MAX));
        }
        let day = filter.day.map(|day| i32::try_from(day).unwrap_or(i32::MAX));
        let shown = self.shown(wanted, day);
        let marks = self.story_marks(marks);
        let is_wanted = |row: &Row| filter.only.is_none_or(|(mark, is_set)| marks.has(row, mark) == is_set);
        let mut listing = Listing::default();
        // Name numbers have no gaps and days are sorted, so counting needs no lookup.
        let mut counts: [Vec<u64>; 4] = std::array::from_fn(|_| vec![0; self.names.texts.len()]);
        let mut seen: HashSet<(usize, u32, i64)> = HashSet::new();
        for row in &self.rows {
            let misses = misses(row, wanted, day);
            let is_shown = misses == 0 && (row.is_alone || shown.get(&row.head) == Some(&row.number));
            if is_shown {
                listing.unread += u64::from(!marks.has(row, Mark::Read));
                listing.starred += u64::from(marks.has(row, Mark::Starred));
            }
            if !is_wanted(row) {
                continue;
            }
            // Count each story once per value.
            let mut is_first = |dimension: usize, value: u32| row.is_alone || seen.insert((dimension, value, row.head));
            let dimensions = row.facets.iter().zip(&mut counts).enumerate();
            for (dimension, (value, counts)) in dimensions {
                if misses & !(1 << dimension) == 0
                    && is_first(dimension, *value)
                    && let Some(count) = counts.get_mut(*value as usize)
                {
                    *count += 1;
                }
            }
            if misses & !DAY == 0 && is_first(4, u32::from_ne_bytes(row.day.to_ne_bytes())) {
                match listing.days.last_mut().filter(|(day, _)| *day == i64::from(row.day)) {
                    Some((_, count)) => *count += 1,
                    None => listing.days.push((row.day.into(), 1)),
                }
            }
            if !is_shown {
                continue;
            }
            listing.total += 1;
            let place = Place { at: row.at, number: row.number };
            if behind.is_none_or(|behind| place < behind) {
                if listing.stories.len() < limit {
                    listing.stories.push(self.listed(row));
                } else {
                    listing.has_more = true;
                }
            }
        }
        listing.counts = counts.map(|counts| self.named(counts));
        listing
    }

    fn listed(&self, row: &Row) -> Listed {
        Listed {
            place: Place { at: row.at, number: row.number },
            copies: self.members.get(&row.head).map_or(0, |members| u64::from(*members) - 1),
            day: row.day.into(),
            revision: row.revision,
            is_withdrawn: row.is_withdrawn,
        }
    }

    /// For stories with several articles, the number of the article that represents the story.
    fn shown(&self, wanted: [Option<u32>; 4], day: Option<i32>) -> HashMap<i64, i64> {
        let mut shown: HashMap<i64, (bool, i64, i64)> = HashMap::new();
        for row in self.rows.iter().filter(|row| !row.is_alone) {
            if misses(row, wanted, day) != 0 {
                continue;
            }
            let rank = (row.number != row.head, row.at, row.number);
            shown.entry(row.head).and_modify(|best| *best = rank.min(*best)).or_insert(rank);
        }
        shown.into_iter().map(|(head, (_, _, number))| (head, number)).collect()
    }

    fn named(&self, counts: Vec<u64>) -> Vec<(Arc<str>, u64)> {
        let named = self.names.texts.iter().cloned().zip(counts);
        let mut named: Vec<_> = named.filter(|(name, count)| !name.is_empty() && *count > 0).collect();
        named.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        named
    }
}

/// The bit for the day.
const DAY: u8 = 1 << 4;

/// The filters that a row fails, one bit each.
fn misses(row: &Row, wanted: [Option<u32>; 4], day: Option<i32>) -> u8 {
    let facets = row.facets.iter().zip(wanted).enumerate();
    let missed = facets.filter(|(_, (value, wanted))| wanted.is_some_and(|wanted| wanted != **value));
    let missed: u8 = missed.map(|(at, _)| 1 << at).sum();
    missed | if day.is_some_and(|day| day != row.day) { DAY } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn shelf(places: &[(i64, i64, i64, &str, &str)]) -> Shelf {
        let mut shelf = Shelf::new();
        for (number, head, hours, province, portal) in places {
            let place = ArticlePlace {
                id: format!("{number:016x}"),
                number: *number,
                head: *head,
                sequence: *number,
                at: hours * HOUR,
                province: (*province).to_owned(),
                portal: (*portal).to_owned(),
                kind: "article".to_owned(),
                revision: 1,
                ..ArticlePlace::default()
            };
            let row = shelf.row(&place);
            shelf.rows.push(row);
        }
        shelf.settle();
        shelf
    }

    fn numbers(listing: &Listing) -> Vec<i64> {
        listing.stories.iter().map(|story| story.place.number).collect()
    }

    #[test]
    fn a_story_stands_once_by_its_head_or_by_what_fits() {
        let shelf = shelf(&[(1, 1, 30, "a", "p"), (2, 1, 31, "b", "q"), (3, 3, 60, "a", "p"), (4, 1, 62, "b", "r")]);
        let all = shelf.list(&Filter::default(), &MarkSets::default(), None, 30);
        assert_eq!((numbers(&all), all.total), (vec![3, 1], 2));
        assert_eq!(all.stories[1].copies, 2);
        let mut filter = Filter::default();
        filter.set(Facet::Province, Some("b".to_owned()));
        let some = shelf.list(&filter, &MarkSets::default(), None, 30);
        assert_eq!(numbers(&some), [2], "the earliest that fits");
        assert_eq!(
            *some.counts[0],
            [("a".into(), 2), ("b".into(), 1)],
            "counts of a dimension do not heed its own filter"
        );
        assert_eq!(*some.counts[1], [("q".into(), 1), ("r".into(), 1)]);
        filter.set(Facet::Portal, Some("p".to_owned()));
        assert_eq!(shelf.list(&filter, &MarkSets::default(), None, 30).total, 0);
        let day = Filter { day: Some(2), ..Filter::default() };
        assert_eq!(
            numbers(&shelf.list(&day, &MarkSets::default(), None, 30)),
            [4, 3],
            "60 h and 62 h are 2.8 days in +07:00"
        );
    }

    #[test]
    fn a_list_goes_on_behind_a_place() {
        let shelf = shelf(&[(1, 1, 1, "", "p"), (2, 2, 2, "", "p"), (3, 3, 2, "", "p")]);
        let first = shelf.list(&Filter::default(), &MarkSets::default(), None, 2);
        assert_eq!((numbers(&first), first.has_more), (vec![3, 2], true));
        let last = first.stories.last().map(|story| story.place);
        let second = shelf.list(&Filter::default(), &MarkSets::default(), last, 2);
        assert_eq!((numbers(&second), second.has_more), (vec![1], false));
    }
}

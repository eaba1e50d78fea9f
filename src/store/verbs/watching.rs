//! What watches read of the store: the stream with what each record changed, and the story of an article.

use jiff::Timestamp;
use rusqlite::params;

use crate::model::cursor::Cursor;
use crate::model::record::DuplicateKind;
use crate::model::record::Record;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::json_at;
use crate::store::verbs::stream;
use crate::store::verbs::stream::StreamBounds;
use crate::store::verbs::view::RecordFilter;

/// Records of one page at most: each may come with the revision before it.
const PAGE: u64 = 100;

/// Articles of a story that are looked at: a story of more is told by its first ones.
const MOST_MEMBERS: u32 = 200;

/// A record, with what tells whether it is news.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSighting {
    /// The record.
    pub record: Record,
    /// The revision before it, where there is one that can be read.
    pub previous: Option<Record>,
    /// Whether its source's first walk or a backfill brought it.
    pub is_backlog: bool,
}

/// A piece of the stream.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchPage {
    /// Its records; those that cannot be read are left out.
    pub sightings: Vec<StoredSighting>,
    /// The place behind it.
    pub next: Cursor,
    /// Whether the stream ends there.
    pub is_last: bool,
}

/// An article of a story.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryPlace {
    /// `id` of the record.
    pub id: String,
    /// The outlet's name.
    pub outlet: String,
    /// The portal's id.
    pub portal: String,
    /// The article's address.
    pub url: String,
    /// How it repeats the head; `None` of the head.
    pub kind: Option<DuplicateKind>,
}

/// The story of an article, as it is now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoryView {
    /// `id` of its head.
    pub head: String,
    /// Its articles, the head first, then in the order in which they were found.
    pub places: Vec<StoryPlace>,
}

impl StoryView {
    /// Returns the ids of its articles, and that of the article whose story it is, which may not be among them.
    pub fn ids_with(&self, article: &str) -> Vec<String> {
        self.places.iter().map(|place| place.id.as_str()).chain([article]).map(str::to_owned).collect()
    }
}

impl Store {
    /// Reads on in the stream of all records.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn sightings_after(&self, after: &Cursor) -> Result<WatchPage, StoreError> {
        let after = after.clone();
        self.read(move |tx| sightings_after(tx, after)).await
    }

    /// The place in the stream before the first record that was fetched at a moment or later, as far as numbers follow time.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn place_at(&self, moment: Timestamp) -> Result<Cursor, StoreError> {
        self.read(move |tx| place_at(tx, moment)).await
    }

    /// The stories of some articles, in their order; empty where one is not known.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn stories_of(&self, ids: Vec<String>) -> Result<Vec<StoryView>, StoreError> {
        self.read(move |tx| ids.iter().map(|id| story_of(tx, id)).collect()).await
    }
}

fn sightings_after(tx: &Transaction<'_>, after: Cursor) -> Result<WatchPage, StoreError> {
    let bounds = StreamBounds { records: PAGE, ..StreamBounds::default() };
    let page = stream::read_on(tx, &RecordFilter::default(), after, bounds)?;
    let sighting = |record: Record| -> Result<StoredSighting, StoreError> {
        Ok(StoredSighting { previous: before(tx, &record)?, is_backlog: is_backlog(tx, &record.id)?, record })
    };
    let sightings = page.found.records.into_iter().map(sighting).collect::<Result<_, _>>()?;
    Ok(WatchPage { sightings, next: page.next, is_last: page.is_last })
}

/// The revision before a record.
fn before(tx: &Transaction<'_>, record: &Record) -> Result<Option<Record>, StoreError> {
    let Some(revision) = record.revision.checked_sub(1).filter(|revision| *revision > 0) else { return Ok(None) };
    let mut statement = tx.prepare_cached("SELECT json FROM records WHERE id = ?1 AND revision = ?2")?;
    let mut rows = statement.query(params![record.id, revision])?;
    // What cannot be read says nothing of what was changed.
    Ok(rows.next()?.and_then(|row| json_at(&row, 0).ok()))
}

/// Whether the link that first showed an article came with the backlog.
fn is_backlog(tx: &Transaction<'_>, article: &str) -> Result<bool, StoreError> {
    let first = tx
        .prepare_cached("SELECT backlog FROM links WHERE article = ?1 ORDER BY number LIMIT 1")?
        .query_row([article], |row| row.get(0))
        .optional()?;
    Ok(first.unwrap_or(false))
}

fn place_at(tx: &Transaction<'_>, moment: Timestamp) -> Result<Cursor, StoreError> {
    let (start, end) = stream::ends(tx)?;
    // The last number whose record is older; records that were removed leave gaps.
    let (mut low, mut high) = (0, end.sequence);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        let found: Option<(u64, Option<String>)> = tx
            .prepare_cached(
                "SELECT sequence, CASE WHEN json_valid(json) THEN json_extract(json, '$.date_fetched') END FROM records
                 WHERE sequence >= ?1 AND sequence <= ?2 ORDER BY sequence LIMIT 1",
            )?
            .query_row([middle, high], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match found {
            None => high = middle - 1,
            Some((number, fetched)) => {
                let fetched = fetched.and_then(|text| text.parse::<Timestamp>().ok());
                if fetched.is_none_or(|fetched| fetched < moment) { low = number } else { high = middle - 1 }
            }
        }
    }
    stream::behind(tx, start.store, low)
}

fn story_of(tx: &Transaction<'_>, id: &str) -> Result<StoryView, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT c.id, c.kind, r.portal, json_extract(r.json, '$.outlet'), json_extract(r.json, '$.url')
         FROM copies c JOIN articles a ON a.id = c.id JOIN records r ON r.id = a.id AND r.revision = a.revision
         WHERE c.head = (SELECT head FROM copies WHERE id = ?1) AND json_valid(r.json)
         ORDER BY c.head <> c.number, c.number LIMIT ?2",
    )?;
    let mut rows = statement.query(params![id, MOST_MEMBERS])?;
    let mut story = StoryView::default();
    while let Some(row) = rows.next()? {
        let kind: Option<String> = row.get(1)?;
        let text = |column| row.get::<Option<String>>(column).map(Option::unwrap_or_default);
        story.places.push(StoryPlace {
            id: row.get(0)?,
            kind: kind.and_then(|kind| serde_json::from_value(kind.into()).ok()),
            portal: row.get(2)?,
            outlet: text(3)?,
            url: text(4)?,
        });
    }
    story.head = story.places.first().map(|head| head.id.clone()).unwrap_or_default();
    Ok(story)
}

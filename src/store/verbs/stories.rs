//! What readers see: the places of articles among days, provinces and stories, records by number, and revisions one by one. Every verb has a bound.

use jiff::Timestamp;
use rusqlite::params;
use serde::de::DeserializeOwned;

use crate::alarms::silence::Gap;
use crate::model::portal::PortalId;
use crate::model::record::Duplicate;
use crate::model::record::DuplicateKind;
use crate::model::record::Record;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::BATCH_BYTES;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Row;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::json_at;
use crate::store::verbs::columns::learned;
use crate::store::verbs::columns::moment;
use crate::store::verbs::index::kind_of;

/// Articles of a story that are read at most: a page shows no more.
const MOST_MEMBERS: u32 = 100;

/// Revisions of an article that are listed at most.
const MOST_REVISIONS: u32 = 100;

/// An article's place in lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArticlePlace {
    /// Its id.
    pub id: String,
    /// Its number among all articles, which does not change.
    pub number: i64,
    /// The number of its story's head.
    pub head: i64,
    /// `sequence` of its newest record.
    pub sequence: i64,
    /// When it was published, else found, in milliseconds since 1970; never later than it was found.
    pub at: i64,
    /// When it was found, in milliseconds since 1970.
    pub seen: i64,
    /// The portal's id.
    pub portal: String,
    /// The province's key; empty if there is none.
    pub province: String,
    /// The rubric; empty if there is none.
    pub section: String,
    /// The kind's word, as records have it.
    pub kind: String,
    /// `revision` of its newest record.
    pub revision: u32,
    /// Whether it was withdrawn.
    pub is_withdrawn: bool,
}

/// An article of a story.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryArticle<T> {
    /// What was read of its newest record.
    pub record: T,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// When it was found.
    pub seen: Timestamp,
    /// What it is of the story's head; `None` for the head.
    pub relation: Option<(DuplicateKind, f64)>,
    /// Whether another article of the story names its outlet as the source.
    pub is_credited: bool,
}

/// A story.
#[derive(Debug, Clone, PartialEq)]
pub struct Story<T> {
    /// Its articles in the order of their publication, the head among them; 100 at most.
    pub articles: Vec<StoryArticle<T>>,
    /// How many there are.
    pub count: u64,
}

/// A revision of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionNote {
    /// Its number.
    pub revision: u32,
    /// When it was fetched, as its record says.
    pub fetched: String,
    /// Whether it says that the article was withdrawn.
    pub is_withdrawal: bool,
}

/// When a portal has something new.
#[derive(Debug, Clone, PartialEq)]
pub struct PortalRhythm {
    /// The portal.
    pub portal: PortalId,
    /// When it last had.
    pub last_new: Timestamp,
    /// The longest gaps of its last days with something new.
    pub gaps: Vec<Gap>,
}

impl Store {
    /// The places of the articles whose newest records come after a number of the stream, in its order.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn places_after(&self, sequence: i64, limit: u32) -> Result<Vec<ArticlePlace>, StoreError> {
        self.read(move |tx| places(tx, "r.sequence > ?1 ORDER BY r.sequence LIMIT ?2", sequence, limit)).await
    }

    /// Those that come before a number, the last one first.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn places_before(&self, sequence: i64, limit: u32) -> Result<Vec<ArticlePlace>, StoreError> {
        self.read(move |tx| places(tx, "r.sequence < ?1 ORDER BY r.sequence DESC LIMIT ?2", sequence, limit)).await
    }

    /// Numbers of the articles of stories, each with its head's.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn members_of(&self, heads: Vec<i64>) -> Result<Vec<(i64, i64)>, StoreError> {
        self.read(move |tx| {
            let mut statement = tx.prepare_cached("SELECT number, head FROM copies WHERE head = ?1")?;
            let mut found = Vec::new();
            for head in heads {
                let rows = statement.query_map([head], |row| Ok((row.get(0)?, row.get(1)?)))?;
                found.extend(rows.collect::<Result<Vec<_>, _>>()?);
            }
            Ok(found)
        })
        .await
    }

    /// The heads of some articles by number.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn heads_of(&self, numbers: Vec<i64>) -> Result<Vec<(i64, i64)>, StoreError> {
        self.read(move |tx| {
            let mut statement = tx.prepare_cached("SELECT head FROM copies WHERE number = ?1")?;
            let head = |number: &i64| -> Result<_, StoreError> {
                Ok(statement.query_row([number], |row| row.get(0)).optional()?.map(|head| (*number, head)))
            };
            numbers.iter().map(head).filter_map(Result::transpose).collect()
        })
        .await
    }

    /// Newest records by the articles' numbers, as much of each as is asked for, with the copies known now; none for what is gone or cannot be
    /// read; 32 MiB and one more at most.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn by_number<T>(&self, numbers: Vec<i64>) -> Result<Vec<(i64, T, Option<Duplicate>)>, StoreError>
    where
        T: DeserializeOwned + Send + 'static,
    {
        self.read(move |tx| by_number(tx, &numbers)).await
    }

    /// The numbers of articles by id, as far as they are known.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn numbers_of(&self, ids: Vec<String>) -> Result<Vec<i64>, StoreError> {
        self.read(move |tx| {
            let mut statement = tx.prepare_cached("SELECT number FROM copies WHERE id = ?1")?;
            let number = |id: &String| statement.query_row([id], |row| row.get(0)).optional();
            Ok(ids.iter().map(number).filter_map(Result::transpose).collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The story of an article.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn story_of<T>(&self, id: &str) -> Result<Option<Story<T>>, StoreError>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let id = id.to_owned();
        self.read(move |tx| story_of(tx, &id)).await
    }

    /// How many articles the story of an article has; 0 if the article is not known.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn story_size(&self, id: &str) -> Result<u64, StoreError> {
        let id = id.to_owned();
        self.read(move |tx| head_of(tx, &id)?.map_or(Ok(0), |head| size_of(tx, head))).await
    }

    /// The revisions of an article, the last one first.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn revision_notes(&self, id: &str) -> Result<Vec<RevisionNote>, StoreError> {
        let id = id.to_owned();
        self.read(move |tx| revision_notes(tx, &id)).await
    }

    /// A revision of an article, or its newest one, if it is known and can be read.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn revision(&self, id: &str, revision: Option<u32>) -> Result<Option<Record>, StoreError> {
        let id = id.to_owned();
        self.read(move |tx| {
            let mut statement = tx.prepare_cached(
                "SELECT json, sequence FROM records
                 WHERE id = ?1 AND revision = coalesce(CAST(?2 AS BIGINT), (SELECT revision FROM articles WHERE id = ?1))",
            )?;
            let mut rows = statement.query(params![id, revision])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let sequence = row.get(1)?;
            Ok(json_at::<Record>(&row, 0).ok().map(|record| Record { sequence, ..record }))
        })
        .await
    }

    /// When each portal last had something new, and its usual gaps.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn rhythms(&self) -> Result<Vec<PortalRhythm>, StoreError> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached("SELECT portal, last_new, gaps FROM rhythms ORDER BY portal")?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let gaps = learned(&row.get::<String>(2)?).unwrap_or_default();
                let last_new = moment(row.get(1)?);
                let portal = PortalId::new(&row.get::<String>(0)?).ok();
                found.extend(portal.map(|portal| PortalRhythm { portal, last_new, gaps }));
            }
            Ok(found)
        })
        .await
    }
}

fn places(tx: &Transaction<'_>, which: &str, sequence: i64, limit: u32) -> Result<Vec<ArticlePlace>, StoreError> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT c.number, c.head, r.sequence, c.published, c.seen, r.portal, r.revision, a.withdrawn IS NOT NULL,
             CASE WHEN json_valid(r.json) THEN json_extract(r.json, '$.province', '$.section', '$.kind') END, c.id
         FROM records r JOIN articles a ON a.id = r.id AND a.revision = r.revision JOIN copies c ON c.id = r.id
         WHERE {which}"
    ))?;
    let mut rows = statement.query(params![sequence, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(place(&row)?);
    }
    Ok(found)
}

fn place(row: &Row<'_>) -> Result<ArticlePlace, StoreError> {
    let (published, seen): (Option<i64>, i64) = (row.get(3)?, row.get(4)?);
    let facets: Option<String> = row.get(8)?;
    let [province, section, kind]: [Option<String>; 3] =
        facets.and_then(|facets| serde_json::from_str(&facets).ok()).unwrap_or_default();
    Ok(ArticlePlace {
        id: row.get(9)?,
        number: row.get(0)?,
        head: row.get(1)?,
        sequence: row.get(2)?,
        at: published.map_or(seen, |published| published.min(seen)),
        seen,
        portal: row.get(5)?,
        revision: row.get(6)?,
        is_withdrawn: row.get(7)?,
        province: province.unwrap_or_default(),
        section: section.unwrap_or_default(),
        kind: kind.unwrap_or_default(),
    })
}

fn by_number<T: DeserializeOwned>(
    tx: &Transaction<'_>,
    numbers: &[i64],
) -> Result<Vec<(i64, T, Option<Duplicate>)>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT r.json, h.id, c.kind, c.containment FROM copies c JOIN articles a ON a.id = c.id
             JOIN records r ON r.id = a.id AND r.revision = a.revision JOIN copies h ON h.number = c.head
         WHERE c.number = ?1",
    )?;
    let (mut found, mut bytes) = (Vec::new(), 0);
    for number in numbers {
        let mut rows = statement.query([number])?;
        let Some(row) = rows.next()? else { continue };
        bytes += row.get_ref(0)?.as_bytes().map_or(0, <[u8]>::len);
        let kind: Option<String> = row.get(2)?;
        let duplicate = match kind {
            Some(word) => Some(Duplicate { of: row.get(1)?, kind: kind_of(&word), containment: row.get(3)? }),
            None => None,
        };
        found.extend(json_at::<T>(&row, 0).ok().map(|record| (*number, record, duplicate)));
        if bytes >= BATCH_BYTES {
            break;
        }
    }
    Ok(found)
}

/// The number of the head of an article's story.
fn head_of(tx: &Transaction<'_>, id: &str) -> Result<Option<i64>, StoreError> {
    Ok(tx.prepare_cached("SELECT head FROM copies WHERE id = ?1")?.query_row([id], |row| row.get(0)).optional()?)
}

/// How many articles the story of a head has.
fn size_of(tx: &Transaction<'_>, head: i64) -> Result<u64, StoreError> {
    Ok(tx.prepare_cached("SELECT count(*) FROM copies WHERE head = ?1")?.query_row([head], |row| row.get(0))?)
}

fn story_of<T: DeserializeOwned>(tx: &Transaction<'_>, id: &str) -> Result<Option<Story<T>>, StoreError> {
    let Some(head) = head_of(tx, id)? else { return Ok(None) };
    let count = size_of(tx, head)?;
    let mut statement = tx.prepare_cached(
        "SELECT r.json, c.published, c.seen, c.kind, c.containment,
             c.site IN (SELECT o.credit FROM copies o WHERE o.head = ?1 AND o.credit <> 0 AND o.number <> c.number)
         FROM copies c JOIN articles a ON a.id = c.id JOIN records r ON r.id = a.id AND r.revision = a.revision
         WHERE c.head = ?1 ORDER BY coalesce(c.published, c.seen), c.number LIMIT ?2",
    )?;
    let mut rows = statement.query(params![head, MOST_MEMBERS])?;
    let mut articles = Vec::new();
    while let Some(row) = rows.next()? {
        let Ok(record) = json_at::<T>(&row, 0) else { continue };
        let kind: Option<String> = row.get(3)?;
        articles.push(StoryArticle {
            record,
            published: row.get::<Option<i64>>(1)?.map(moment),
            seen: moment(row.get(2)?),
            relation: match kind {
                Some(word) => Some((kind_of(&word), row.get(4)?)),
                None => None,
            },
            is_credited: row.get(5)?,
        });
    }
    Ok(Some(Story { articles, count }))
}

fn revision_notes(tx: &Transaction<'_>, id: &str) -> Result<Vec<RevisionNote>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT revision, CASE WHEN json_valid(json) THEN json_extract(json, '$.date_fetched') END,
             CASE WHEN json_valid(json) THEN json_extract(json, '$.withdrawn') IS NOT NULL ELSE FALSE END
         FROM records WHERE id = ?1 ORDER BY revision DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![id, MOST_REVISIONS], |row| {
        let fetched: Option<String> = row.get(1)?;
        Ok(RevisionNote { revision: row.get(0)?, fetched: fetched.unwrap_or_default(), is_withdrawal: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

//! The index of near-duplicates: a [`Shelf`] over one transaction.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::params;
use serde::Deserialize;

use crate::dedup::cluster;
use crate::dedup::document::Document;
use crate::dedup::document::Parts;
use crate::dedup::relate::Relation;
use crate::dedup::search;
use crate::dedup::search::SearchResult;
use crate::dedup::shelf::ClusterPosition;
use crate::dedup::shelf::HOLDERS;
use crate::dedup::shelf::KeyHolder;
use crate::dedup::shelf::Member;
use crate::dedup::shelf::Number;
use crate::dedup::shelf::Shelf;
use crate::dedup::sketch;
use crate::dedup::sketch::Key;
use crate::model::record::Duplicate;
use crate::model::record::DuplicateKind;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Row;
use crate::store::engine::SqlResult;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::json_at;
use crate::store::verbs::columns::millis;
use crate::store::verbs::columns::to_json;
use crate::store::verbs::tombstones;

/// Maximum number of articles that leave the index when one is added. More than one, so that a shortened window takes effect.
const LEAVING: u32 = 4;

/// Maximum number of articles of one site in one story that are compared with a new one of the site. A site rarely publishes a story twice.
const SAME_SITE: u32 = 4;

impl Store {
    /// Returns the contradictions between articles, records and the index of near-duplicates: one sentence each, none in a consistent database. Reads
    /// all of it.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn disagreements(&self) -> Result<Vec<String>, StoreError> {
        self.read(disagreements).await
    }
}

/// The shelf while one article is added.
pub(super) struct Index<'a> {
    tx: &'a Transaction<'a>,
    /// The article's id.
    id: &'a str,
    /// When it was seen.
    seen: Timestamp,
    /// Its number and its new text, if the text is not written yet.
    renewed: Option<(Number, Document)>,
    /// Holders that were read together, by key: on PostgreSQL a question for each key would be forty round trips.
    holders: Option<HashMap<Key, Vec<KeyHolder>>>,
}

impl<'a> Index<'a> {
    pub(super) fn new(tx: &'a Transaction<'a>, id: &'a str, seen: Timestamp) -> Index<'a> {
        Index { tx, id, seen, renewed: None, holders: None }
    }

    /// Searches for copies of an article that is not in the index.
    pub(super) fn search(&mut self, document: &Document) -> Result<SearchResult, StoreError> {
        self.read_holders(document)?;
        search::search(self, document, None)
    }

    /// Returns the articles of a site in the story of which the new article is a reprint, the newest first.
    pub(super) fn reprints_of_site(&mut self, found: &SearchResult, site: u32) -> Result<Vec<String>, StoreError> {
        let is_reprint = |(_, relation): &&(Number, Relation)| relation.kind == DuplicateKind::Reprint;
        let Some((head, _)) = found.clusters.first().filter(is_reprint) else { return Ok(Vec::new()) };
        let mut statement = self
            .tx
            .prepare_cached("SELECT id FROM copies WHERE head = ?1 AND site = ?2 ORDER BY number DESC LIMIT ?3")?;
        let rows = statement.query_map(params![head, site, SAME_SITE], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Stores an article's position among its copies.
    pub(super) fn place(&mut self, document: &Document, found: &SearchResult) -> Result<(), StoreError> {
        cluster::place(self, document, found)?;
        Ok(())
    }

    /// Searches for other copies of the new text of an article.
    pub(super) fn search_again(&mut self, new: &Document) -> Result<SearchResult, StoreError> {
        let number = self.own_place()?.map(|(number, _)| number);
        self.renewed = number.map(|number| (number, new.clone()));
        self.read_holders(new)?;
        search::search(self, new, number)
    }

    /// Replaces an article's text by the one for which copies were searched. An article with its own story may turn out to be a copy. A copy stays in
    /// its story, whose head may also have changed.
    pub(super) fn replace(
        &mut self,
        old: &Document,
        new: &Document,
        found: &SearchResult,
    ) -> Result<Option<Duplicate>, StoreError> {
        let Some((number, head)) = self.own_place()? else { return Ok(None) };
        self.remove(number, old)?;
        self.insert_keys(number, &found.keys)?;
        self.tx
            .prepare_cached("UPDATE copies SET site = ?2, credit = ?3, published = ?4, keys = ?5 WHERE number = ?1")?
            .execute(params![number, new.site, new.credit, new.published, found.keys.len()])?;
        let is_alone = head == number && self.members(number, 2)?.len() == 1;
        if is_alone {
            cluster::move_in(self, number, found)?;
        } else if head != number
            && let Some(relation) = self.document(head)?.and_then(|head| cluster::relation_of_member(new, &head))
        {
            self.stand(number, ClusterPosition { head, relation: Some(relation) })?;
        }
        self.standing(number)
    }

    /// Returns what an article is a copy of, as stated in records.
    pub(super) fn duplicate(&self, standing: ClusterPosition) -> Result<Option<Duplicate>, StoreError> {
        let Some(Relation { kind, containment, .. }) = standing.relation else { return Ok(None) };
        let of: String = self
            .tx
            .prepare_cached("SELECT id FROM copies WHERE number = ?1")?
            .query_row([standing.head], |row| row.get(0))?;
        Ok(Some(Duplicate { of, kind, containment: (containment * 10_000.0).round() / 10_000.0 }))
    }

    fn standing(&self, number: Number) -> Result<Option<Duplicate>, StoreError> {
        let standing = self
            .tx
            .prepare_cached("SELECT head, kind, containment, reverse FROM copies WHERE number = ?1")?
            .query_row([number], |row| standing_at(row, 0))?;
        self.duplicate(standing)
    }

    /// Returns the article's number and that of its head.
    fn own_place(&self) -> Result<Option<(Number, Number)>, StoreError> {
        let mut statement = self.tx.prepare_cached("SELECT number, head FROM copies WHERE id = ?1")?;
        Ok(statement.query_row([self.id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    /// Reads the holders of all keys of a text together, where each question is a round trip.
    fn read_holders(&mut self, document: &Document) -> Result<(), StoreError> {
        if !self.tx.is_shared() {
            return Ok(());
        }
        let keys = all_keys(document);
        let mut found: HashMap<Key, Vec<KeyHolder>> = keys.iter().map(|key| (*key, Vec::new())).collect();
        let mut statement = self.tx.prepare_cached(
            "SELECT c.number, c.site, c.keys, c.head, c.kind, c.containment, c.reverse, k.key
             FROM (SELECT CAST(value AS BIGINT) AS key FROM json_each(?1)) k CROSS JOIN LATERAL (
                 SELECT article FROM shingles WHERE key = k.key ORDER BY article LIMIT ?2
             ) s JOIN copies c ON c.number = s.article ORDER BY k.key, c.number",
        )?;
        let keyed = |row: &Row<'_>| Ok((row.get::<Key>(7)?, holder_at(row)?));
        for row in statement.query_map(params![to_json(&keys)?, HOLDERS], keyed)? {
            let (key, holder) = row?;
            found.entry(key).or_default().push(holder);
        }
        self.holders = Some(found);
        Ok(())
    }

    fn insert_keys(&self, number: Number, keys: &[Key]) -> Result<(), StoreError> {
        if self.tx.is_shared() {
            self.tx
                .prepare_cached(
                    "INSERT INTO shingles (key, article) SELECT CAST(value AS BIGINT), ?2 FROM json_each(?1)
                     ON CONFLICT DO NOTHING",
                )?
                .execute(params![to_json(&keys)?, number])?;
            return Ok(());
        }
        let mut statement =
            self.tx.prepare_cached("INSERT INTO shingles (key, article) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
        for key in keys {
            statement.execute(params![key, number])?;
        }
        Ok(())
    }

    /// Removes an article's text from the index. The article keeps its position.
    fn remove(&self, number: Number, document: &Document) -> Result<(), StoreError> {
        if self.tx.is_shared() {
            self.tx
                .prepare_cached(
                    "DELETE FROM shingles WHERE key IN (SELECT CAST(value AS BIGINT) FROM json_each(?1)) AND article = ?2",
                )?
                .execute(params![to_json(&all_keys(document))?, number])?;
        } else {
            let mut statement = self.tx.prepare_cached("DELETE FROM shingles WHERE key = ?1 AND article = ?2")?;
            for key in all_keys(document) {
                statement.execute(params![key, number])?;
            }
        }
        self.tx.prepare_cached("UPDATE copies SET keys = 0 WHERE number = ?1")?.execute([number])?;
        Ok(())
    }

    /// Removes the oldest articles that were seen before a moment.
    pub(super) fn forget_before(&mut self, moment: Timestamp) -> Result<(), StoreError> {
        let oldest: Vec<Number> = {
            let mut statement = self
                .tx
                .prepare_cached("SELECT number FROM copies WHERE keys > 0 AND seen < ?1 ORDER BY seen LIMIT ?2")?;
            let rows = statement.query_map(params![millis(moment), LEAVING], |row| row.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        for number in oldest {
            if let Some(document) = self.document(number)? {
                self.remove(number, &document)?;
            }
        }
        Ok(())
    }
}

/// Returns the keys under which a text may be stored.
fn all_keys(document: &Document) -> Vec<Key> {
    let keys = sketch::keys(&document.text).into_iter().map(|(key, _)| key);
    keys.chain(sketch::title_key(&document.title)).collect()
}

impl Shelf for Index<'_> {
    type Error = StoreError;

    fn holders(&mut self, key: Key, found: &mut Vec<KeyHolder>) -> Result<(), StoreError> {
        if let Some(known) = self.holders.as_ref().and_then(|holders| holders.get(&key)) {
            found.extend_from_slice(known);
            return Ok(());
        }
        let mut statement = self.tx.prepare_cached(
            "SELECT c.number, c.site, c.keys, c.head, c.kind, c.containment, c.reverse
             FROM shingles s JOIN copies c ON c.number = s.article WHERE s.key = ?1 ORDER BY s.article LIMIT ?2",
        )?;
        for holder in statement.query_map(params![key, HOLDERS], holder_at)? {
            found.push(holder?);
        }
        Ok(())
    }

    fn document(&mut self, article: Number) -> Result<Option<Document>, StoreError> {
        if let Some((number, document)) = &self.renewed
            && *number == article
        {
            return Ok(Some(document.clone()));
        }
        let found = self
            .tx
            .prepare_cached(
                "SELECT r.json FROM copies c JOIN articles a ON a.id = c.id
                     JOIN records r ON r.id = a.id AND r.revision = a.revision WHERE c.number = ?1",
            )?
            .query_row([article], |row| Ok(json_at::<Compared>(row, 0).ok()))
            .optional()?;
        // A text that cannot be read counts as empty; it does not affect the article that is searched for.
        match found {
            Some(compared) => Ok(compared.map(|compared| compared.document())),
            None => tombstones::sketch_of(self.tx, article),
        }
    }

    fn members(&mut self, head: Number, limit: usize) -> Result<Vec<Member>, StoreError> {
        let mut statement = self.tx.prepare_cached(
            "SELECT number, published, site, credit FROM copies WHERE head = ?1 ORDER BY number LIMIT ?2",
        )?;
        let member = |row: &Row<'_>| {
            Ok(Member { article: row.get(0)?, published: row.get(1)?, site: row.get(2)?, credit: row.get(3)? })
        };
        let members = statement.query_map(params![head, limit], member)?;
        Ok(members.collect::<Result<_, _>>()?)
    }

    fn put(
        &mut self,
        document: &Document,
        keys: &[Key],
        standing: Option<ClusterPosition>,
    ) -> Result<Number, StoreError> {
        let number: Number = self
            .tx
            .prepare_cached("SELECT coalesce(max(number), 0) + 1 FROM copies")?
            .query_row([], |row| row.get(0))?;
        let relation = standing.and_then(|standing| standing.relation);
        self.tx
            .prepare_cached(
                "INSERT INTO copies (number, id, site, credit, published, seen, keys, head, kind, containment, reverse)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                number,
                self.id,
                document.site,
                document.credit,
                document.published,
                millis(self.seen),
                keys.len(),
                standing.map_or(number, |standing| standing.head),
                relation.map(|relation| word(relation.kind)),
                relation.map(|relation| relation.containment),
                relation.map(|relation| relation.reverse),
            ])?;
        self.insert_keys(number, keys)?;
        Ok(number)
    }

    fn stand(&mut self, article: Number, standing: ClusterPosition) -> Result<(), StoreError> {
        let relation = standing.relation;
        self.tx
            .prepare_cached("UPDATE copies SET head = ?2, kind = ?3, containment = ?4, reverse = ?5 WHERE number = ?1")?
            .execute(params![
                article,
                standing.head,
                relation.map(|relation| word(relation.kind)),
                relation.map(|relation| relation.containment),
                relation.map(|relation| relation.reverse),
            ])?;
        Ok(())
    }
}

/// Reads a holder from the columns number, site, keys and those of its position.
fn holder_at(row: &Row<'_>) -> SqlResult<KeyHolder> {
    Ok(standing_at(row, 3)?.holder(row.get(0)?, row.get(1)?, row.get(2)?))
}

/// Reads a position from the columns head, kind, containment and reverse.
fn standing_at(row: &Row<'_>, first: usize) -> SqlResult<ClusterPosition> {
    let kind: Option<String> = row.get(first + 1)?;
    let relation = match kind.as_deref() {
        None => None,
        Some(word) => {
            let kind = kind_of(word);
            Some(Relation { kind, containment: row.get(first + 2)?, reverse: row.get(first + 3)? })
        }
    };
    Ok(ClusterPosition { head: row.get(first)?, relation })
}

const WORDS: [(DuplicateKind, &str); 3] =
    [(DuplicateKind::Reprint, "reprint"), (DuplicateKind::Excerpt, "excerpt"), (DuplicateKind::Extended, "extended")];

fn word(kind: DuplicateKind) -> &'static str {
    WORDS.iter().find(|(known, _)| *known == kind).map_or("reprint", |(_, word)| word)
}

/// The column's constraint allows no other word.
pub(super) fn kind_of(text: &str) -> DuplicateKind {
    WORDS.iter().find(|(_, word)| *word == text).map_or(DuplicateKind::Reprint, |(kind, _)| *kind)
}

/// The parts of a record that are compared.
#[derive(Deserialize)]
struct Compared {
    portal: String,
    title: String,
    summary: Option<String>,
    content_text: String,
    date_published: Option<Timestamp>,
    document: Option<Named>,
    #[serde(default)]
    attachments: Vec<Address>,
}

#[derive(Deserialize)]
struct Named {
    number: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    url: String,
}

impl Compared {
    fn document(&self) -> Document {
        let parts = Parts {
            site: &self.portal,
            title: &self.title,
            lead: self.summary.as_deref().unwrap_or_default(),
            body: &self.content_text,
            published: self.date_published.map(Timestamp::as_millisecond),
            number: self.document.as_ref().and_then(|document| document.number.as_deref()),
            credit: None,
        };
        Document::new(parts, self.attachments.iter().map(|file| file.url.as_str()))
    }
}

/// Removes an article from the index permanently, unless copies refer to it. Returns whether it was removed.
pub(super) fn leave(tx: &Transaction<'_>, id: &str) -> Result<bool, StoreError> {
    let mut index = Index::new(tx, id, Timestamp::UNIX_EPOCH);
    let Some((number, head)) = index.own_place()? else { return Ok(true) };
    if head == number && index.members(number, 2)?.len() > 1 {
        return Ok(false);
    }
    match index.document(number)? {
        Some(document) => index.remove(number, &document)?,
        // Its text can no longer be read, so its keys are found by a scan of all.
        None => drop(tx.execute("DELETE FROM shingles WHERE article = ?1", [number])?),
    }
    tx.prepare_cached("DELETE FROM copies WHERE number = ?1")?.execute([number])?;
    Ok(true)
}

/// Indexes the articles that have no position in the index, in the order of their arrival: those of a database from before the index, and those that
/// were not added by a settle.
pub(in crate::store) fn fill(tx: &Transaction<'_>) -> Result<(), StoreError> {
    let mut statement = tx.prepare(
        "SELECT a.id, a.first_seen, r.json FROM articles a LEFT JOIN records r ON r.id = a.id AND r.revision = a.revision
         WHERE NOT EXISTS (SELECT 1 FROM copies c WHERE c.id = a.id) ORDER BY a.first_seen, a.id",
    )?;
    let mut rows = statement.stream([])?;
    while let Some(row) = rows.next()? {
        let (id, seen): (String, i64) = (row.get(0)?, row.get(1)?);
        let document = match json_at::<Compared>(&row, 2) {
            Ok(compared) => compared.document(),
            Err(_) => match tombstones::of(tx, &id)? {
                Some(tombstone) => tombstone.sketch,
                // A record that cannot be read has no keys. The doctor reports it.
                None => continue,
            },
        };
        let mut index = Index::new(tx, &id, crate::store::verbs::columns::moment(seen));
        let found = index.search(&document)?;
        index.place(&document, &found)?;
    }
    Ok(())
}

/// Returns the contradictions between articles, records and index: one sentence each, none in a consistent database.
pub(super) fn disagreements(tx: &Transaction<'_>) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    for (question, answer) in QUESTIONS {
        let mut statement = tx.prepare(question)?;
        for id in statement.query_map([], |row| row.get::<String>(0))? {
            found.push(format!("{}: {answer}", id?));
        }
    }
    let mut statement = tx.prepare("SELECT article, count(*) FROM shingles GROUP BY article")?;
    let rows = statement.query_map([], |row| Ok((row.get::<Number>(0)?, row.get::<usize>(1)?)))?;
    let held: BTreeMap<Number, usize> = rows.collect::<Result<_, _>>()?;
    let mut statement = tx.prepare("SELECT number, id, keys FROM copies WHERE keys > 0")?;
    let mut rows = statement.stream([])?;
    while let Some(row) = rows.next()? {
        let (number, id, noted): (Number, String, usize) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let own = own_keys(tx, number, &id)?;
        let all = held.get(&number).copied().unwrap_or(0);
        if own != noted || all != noted {
            found.push(format!("{id}: {noted} keys noted, {own} of its text and {all} in all are in the index"));
        }
    }
    Ok(found)
}

const QUESTIONS: [(&str, &str); 5] = [
    (
        "SELECT a.id FROM articles a LEFT JOIN copies c ON c.id = a.id WHERE c.id IS NULL",
        "an article without a place among the copies",
    ),
    (
        "SELECT a.id FROM articles a LEFT JOIN records r ON r.id = a.id AND r.revision = a.revision 
         WHERE r.id IS NULL AND NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.id = a.id)",
        "an article without its newest record",
    ),
    (
        "SELECT r.id FROM records r LEFT JOIN articles a ON a.id = r.id WHERE a.id IS NULL OR r.revision > a.revision",
        "a record without its article, or of a later revision than its article's",
    ),
    (
        "SELECT c.id FROM copies c LEFT JOIN copies h ON h.number = c.head WHERE h.number IS NULL OR h.head <> h.number",
        "a copy of an article that is no head",
    ),
    (
        "SELECT CAST(s.article AS TEXT) FROM shingles s LEFT JOIN copies c ON c.number = s.article AND c.keys > 0
         WHERE c.number IS NULL GROUP BY s.article",
        "shingles of an article that is not in the index",
    ),
];

/// Returns how many of the keys of an article's newest text are in the index.
fn own_keys(tx: &Transaction<'_>, number: Number, id: &str) -> Result<usize, StoreError> {
    let document = Index::new(tx, id, Timestamp::UNIX_EPOCH).document(number)?.unwrap_or_default();
    let keys: BTreeSet<Key> = all_keys(&document).into_iter().collect();
    let mut statement = tx.prepare_cached("SELECT count(*) FROM shingles WHERE key = ?1 AND article = ?2")?;
    keys.into_iter().map(|key| Ok(statement.query_row(params![key, number], |row| row.get::<usize>(0))?)).sum()
}

//! Articles of archives, imported together: each step is written as a whole, with the place that it reached.

use jiff::Timestamp;
use rusqlite::params;

use crate::dedup::Verdict;
use crate::extract::template::SiteMemory;
use crate::model::link::Link;
use crate::model::outcome::Outcome;
use crate::model::portal::PortalId;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Part;
use crate::store::engine::Transaction;
use crate::store::engine::part;
use crate::store::verbs::addresses;
use crate::store::verbs::columns::moment;
use crate::store::verbs::facts;
use crate::store::verbs::links;
use crate::store::verbs::memory;
use crate::store::verbs::settle;
use crate::store::verbs::settle::Article;
use crate::store::verbs::settle::Settlement;

/// An article of an archive.
#[derive(Debug, Clone)]
pub struct ImportedArticle {
    /// Its portal.
    pub portal: PortalId,
    /// The key of its link.
    pub id: String,
    /// Its link, which is stored if it is new.
    pub link: Link,
    /// The article.
    pub article: Article,
}

/// A step of an import.
#[derive(Debug, Default)]
pub struct ImportStep {
    /// Articles in the order of the archive.
    pub articles: Vec<ImportedArticle>,
    /// What was learned about hosts.
    pub memories: Vec<(String, SiteMemory)>,
    /// The name of the run over a file, and the number of its records that are done.
    pub place: Option<(String, i64)>,
    /// Whether watches send no message about new articles.
    pub is_backlog: bool,
}

/// What became of an imported article.
#[derive(Debug)]
pub enum ImportVerdict {
    /// It was compared with all others.
    Settled(Verdict),
    /// A later page of it is known.
    Older,
    /// The store refused it.
    Refused(StoreError),
}

impl Store {
    /// Writes a step. Returns what became of each article, in their order.
    ///
    /// # Errors
    /// [`StoreError::Sql`]; nothing is written then.
    pub async fn import(&self, step: ImportStep, now: Timestamp) -> Result<Vec<ImportVerdict>, StoreError> {
        let window = self.window;
        self.write(move |tx| {
            let ImportStep { articles, memories, place, is_backlog } = step;
            let mut verdicts = Vec::new();
            for article in articles {
                let settled = part(tx, || take_in(tx, article, is_backlog, window, now))?;
                verdicts.push(match settled {
                    Part::Done(verdict) => verdict,
                    Part::Refused(error) => ImportVerdict::Refused(error),
                });
            }
            for (host, memory) in &memories {
                memory::keep(tx, host, memory, now)?;
            }
            if let Some((run, records)) = &place {
                facts::set(tx, run, *records)?;
            }
            Ok(verdicts)
        })
        .await
    }

    /// Returns how many records of a file an interrupted run has done.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn import_place(&self, run: &str) -> Result<i64, StoreError> {
        let run = run.to_owned();
        self.read(move |tx| Ok(facts::read(tx, &run)?.unwrap_or(0))).await
    }

    /// Forgets the places of runs that are finished.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn end_import(&self, runs: Vec<String>) -> Result<(), StoreError> {
        self.write(move |tx| {
            for run in &runs {
                tx.execute("DELETE FROM facts WHERE name = ?1", [run])?;
            }
            Ok(())
        })
        .await
    }
}

fn take_in(
    tx: &Transaction<'_>,
    imported: ImportedArticle,
    is_backlog: bool,
    window: std::time::Duration,
    now: Timestamp,
) -> Result<ImportVerdict, StoreError> {
    let ImportedArticle { portal, id, link, article } = imported;
    let known = settle::newest(tx, &addresses::article_of(tx, &article.record.id)?)?;
    let moment_of = |text: &str| text.parse::<Timestamp>().ok();
    if let Some(known) = known
        && moment_of(&known.date_fetched) > moment_of(&article.record.date_fetched)
    {
        return Ok(ImportVerdict::Older);
    }
    // A link that a source lists keeps its URL and its next look.
    let planned: Option<Option<i64>> = tx
        .prepare_cached(
            "SELECT CASE WHEN state = 'pending' THEN not_before END FROM links WHERE portal = ?1 AND id = ?2",
        )?
        .query_row(params![portal.as_str(), id], |row| row.get(0))
        .optional()?;
    if planned.is_none() {
        links::insert_imported(tx, &portal, &id, &link, is_backlog, now)?;
    }
    let not_before = planned.flatten().map(moment);
    let settlement = Settlement { id, outcome: Outcome::Recorded, answered: None, not_before, raw: None };
    settle::settle_article_of(tx, &portal, settlement, article, window, now).map(ImportVerdict::Settled)
}

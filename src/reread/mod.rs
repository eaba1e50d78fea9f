//! Reads stored pages again with the current rules and program, reports the changes, and writes them as revisions. Pages are read on all cores and
//! written in order of arrival.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use jiff::Timestamp;
use tokio::runtime::Handle;

use crate::archive::PageStore;
use crate::config::Config;
use crate::config::Portal;
use crate::extract::template::SiteMemory;
use crate::in_order::in_order;
use crate::model::link::Discovery;
use crate::model::link::Link;
use crate::model::page::Page;
use crate::model::portal::PortalId;
use crate::model::portal::SourceId;
use crate::model::record::Record;
use crate::reading;
use crate::reading::Input;
use crate::reading::NoRecord;
use crate::reading::PageRules;
use crate::reading::reread;
use crate::store::KeptArticle;
use crate::store::RereadPlace;
use crate::store::Store;
use crate::store::StoreError;
use crate::text::fingerprint::hash_parts;
use crate::url::PageUrl;

/// Number of articles of one round. They are read together, and their revisions are written in one transaction. The number is small, so that a
/// running service waits only briefly.
const ROUND: u32 = 128;

/// Maximum number of changed records that are shown as samples.
pub const SAMPLES: usize = 5;

/// What to read, and with what.
#[derive(Clone, Copy)]
pub struct Reread<'a> {
    /// The current rules.
    pub config: &'a Config,
    /// The articles.
    pub store: &'a Store,
    /// Their pages.
    pub pages: &'a PageStore,
    /// Only articles published since this moment are read.
    pub since: Option<Timestamp>,
    /// Whether revisions are written.
    pub writes: bool,
    /// Number of threads that read.
    pub jobs: usize,
}

/// The result of reading again.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Articles whose page gave the same record again.
    pub unchanged: u64,
    /// Articles with a change.
    pub changed: u64,
    /// Articles whose page is no longer in the store.
    pub without_page: u64,
    /// Articles whose page would now give no record. They keep their record.
    pub refused: u64,
    /// Articles whose page or record could not be read.
    pub failed: u64,
    /// Revisions written.
    pub written: u64,
    /// How often each field changed.
    pub fields: BTreeMap<&'static str, u64>,
    /// The first changed records, before and after.
    pub samples: Vec<(Record, Record)>,
    /// Whether it was stopped before the end.
    pub interrupted: bool,
}

/// The result for an article.
enum Again {
    Same,
    Changed(Box<(Record, Record, Vec<&'static str>)>),
    WithoutPage,
    Refused,
    Failed,
}

impl<'a> Reread<'a> {
    /// Returns the number of a portal's articles that are left to read, and the position after which they begin, so that an interrupted run
    /// continues.
    ///
    /// # Errors
    /// [`StoreError`] if the store is lost.
    pub async fn left(&self, portal: &Portal) -> Result<(u64, i64), StoreError> {
        let after = if self.writes { self.store.reread_place(&self.run_of(portal)).await?.unwrap_or(0) } else { 0 };
        Ok((self.store.articles_after(&portal.outlet.portal, self.since, after).await?, after))
    }

    /// Returns the name of a run. Runs with other rules, or another program, start from the beginning.
    fn run_of(&self, portal: &Portal) -> String {
        let rules = format!("{:?}", self.config.page_rules(portal));
        let since = format!("{:?}", self.since);
        let version = env!("CARGO_PKG_VERSION");
        format!("reread {} {}", portal.outlet.portal, hash_parts([version, &rules, &since]))
    }

    /// Reads the pages of a portal's articles after a position, and adds to the outcome. `is_stopped` is called between rounds, and `advance` with
    /// the number of pages that were read.
    ///
    /// # Errors
    /// [`StoreError`] if the store is lost. What was written is kept.
    pub async fn read_portal(
        &self,
        portal: &'a Portal,
        after: i64,
        outcome: &mut Outcome,
        is_stopped: impl Fn() -> bool,
        advance: impl Fn(u64),
    ) -> Result<(), StoreError> {
        let id = &portal.outlet.portal;
        let reader = Reader {
            reread: self,
            rules: self.config.page_rules(portal),
            memories: Mutex::default(),
            handle: Handle::current(),
        };
        let mut place = RereadPlace { run: self.run_of(portal), after };
        loop {
            if is_stopped() {
                outcome.interrupted = true;
                return Ok(());
            }
            let articles = self.store.next_articles(id, self.since, place.after, ROUND).await?;
            let Some(last) = articles.last() else { break };
            place.after = last.number;
            let mut revisions = Vec::new();
            tokio::task::block_in_place(|| {
                in_order(
                    &articles,
                    self.jobs,
                    |article| reader.read_alone(article),
                    |again| {
                        revisions.extend(outcome.add(again));
                        true
                    },
                );
            });
            if self.writes {
                let credited = |record: Record| {
                    let credit = self.config.credited(&record);
                    (record, credit)
                };
                let revisions: Vec<(Record, Option<PortalId>)> = revisions.into_iter().map(credited).collect();
                outcome.written +=
                    self.store.revise(revisions, place.clone(), crate::clock::Clock::System.now()).await?;
            }
            advance(u64::try_from(articles.len()).unwrap_or_default());
        }
        if self.writes {
            self.store.end_reread(&place.run).await?;
        }
        Ok(())
    }
}

impl Outcome {
    /// Counts an article; returns its new record if it changed.
    fn add(&mut self, again: Again) -> Option<Record> {
        match again {
            Again::Same => self.unchanged += 1,
            Again::WithoutPage => self.without_page += 1,
            Again::Refused => self.refused += 1,
            Again::Failed => self.failed += 1,
            Again::Changed(changed) => {
                let (stored, new, fields) = *changed;
                self.changed += 1;
                for field in fields {
                    *self.fields.entry(field).or_default() += 1;
                }
                if self.samples.len() < SAMPLES {
                    let written = Record { revision: new.revision + 1, ..new.clone() };
                    self.samples.push((stored, written));
                }
                return Some(new);
            }
        }
        None
    }
}

/// Reads the pages of one portal.
struct Reader<'a> {
    reread: &'a Reread<'a>,
    rules: PageRules<'a>,
    /// What is known about the portal's hosts.
    memories: Mutex<HashMap<String, Arc<SiteMemory>>>,
    handle: Handle,
}

impl Reader<'_> {
    /// A page on which a stage panics does not affect the others; the panic is already reported.
    fn read_alone(&self, article: &KeptArticle) -> Again {
        catch_unwind(AssertUnwindSafe(|| self.read(article))).unwrap_or(Again::Failed)
    }

    fn read(&self, article: &KeptArticle) -> Again {
        let Ok(stored) = serde_json::from_str::<Record>(&article.json) else { return Again::Failed };
        let page = match stored.raw.as_ref().map(|place| self.reread.pages.read_now(place)) {
            Some(Ok(Some(page))) if page.final_url.as_str() == stored.final_url => page,
            Some(Err(_)) => return Again::Failed,
            _ => return Again::WithoutPage,
        };
        let Some(link) = article.link.clone().or_else(|| link_of(&stored)) else { return Again::Failed };
        let memory = self.memory_of(page.final_url.host());
        let Ok(with_memory) = self.record_of(&stored, &link, &page, Some(&memory)) else { return Again::Refused };
        let fields = reread::differences(&stored, &with_memory);
        if fields.is_empty() {
            return Again::Same;
        }
        let without = self.record_of(&stored, &link, &page, None);
        if without.is_ok_and(|without| reread::lies_between(&stored, &with_memory, &without)) {
            return Again::Same;
        }
        Again::Changed(Box::new((stored, with_memory, fields)))
    }

    fn record_of(
        &self,
        stored: &Record,
        link: &Link,
        page: &Page,
        memory: Option<&SiteMemory>,
    ) -> Result<Record, NoRecord> {
        let fresh = reading::read(Input { memory, ..Input::new(link, page) }, &self.rules).record?;
        Ok(reread::renewed(stored, fresh, &link.hints))
    }

    fn memory_of(&self, host: &str) -> Arc<SiteMemory> {
        let mut memories = self.memories.lock().unwrap_or_else(PoisonError::into_inner);
        let known = memories.entry(host.to_owned()).or_insert_with(|| {
            let memory = self.handle.block_on(self.reread.store.site_memory(host));
            // A memory that cannot be read is learned again.
            Arc::new(memory.ok().flatten().unwrap_or_default())
        });
        Arc::clone(known)
    }
}

/// Returns a link for a record whose own link was forgotten.
fn link_of(record: &Record) -> Option<Link> {
    let discovery = Discovery {
        source: SourceId::new("file").ok()?,
        kind: record.discovery.kind,
        url: PageUrl::parse(&record.discovery.url).ok()?,
        guid: record.discovery.guid.clone(),
    };
    Some(Link { url: PageUrl::parse(&record.url).ok()?, hints: crate::model::link::Hints::default(), discovery })
}

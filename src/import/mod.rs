//! Imports pages from archives and folders. They are read, compared and recorded like fetched ones, but no request is sent.
//!
//! A file is read once, in steps of bounded size. The pages of a step are read on all cores. Pages of one host are read in order, since each adds to
//! what is known about its site. The step is then written in one transaction, together with the position it reached. A run that is interrupted or
//! killed therefore continues after its last step and gives the same records.

mod pages;
mod reading;
mod source;

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::config::Config;
use crate::dedup::Verdict;
pub use crate::import::pages::HostPattern;
use crate::import::pages::Skip;
use crate::import::pages::Step;
use crate::import::reading::Reader;
pub use crate::import::source::Source;
pub use crate::import::source::archives;
use crate::model::failure::panic_text;
use crate::model::portal::PortalId;
use crate::store::ImportStep;
use crate::store::ImportVerdict;
use crate::store::Store;
use crate::store::StoreError;

/// What to import, and how.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// Only pages of these hosts; empty: all.
    pub hosts: Vec<HostPattern>,
    /// Only pages that were stored since this moment.
    pub since: Option<Timestamp>,
    /// Only pages that were stored before this moment.
    pub until: Option<Timestamp>,
    /// The portal for pages whose host belongs to none.
    pub portal: Option<PortalId>,
    /// Number of threads that read.
    pub jobs: usize,
    /// Whether watches tell about new articles.
    pub tells: bool,
}

/// The result of an import.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Pages that were read.
    pub pages: u64,
    /// Records of new articles, copies included.
    pub new: u64,
    /// Of these, copies of known ones.
    pub copies: u64,
    /// Revisions of known articles.
    pub revisions: u64,
    /// Pages that show nothing new.
    pub unchanged: u64,
    /// Pages of articles for which a later page is known.
    pub older: u64,
    /// Pages that are not articles, by reason.
    pub rejected: BTreeMap<String, u64>,
    /// Pages that could not be read or written.
    pub failed: u64,
    /// Records of archives that were not read, by reason.
    pub skipped: BTreeMap<Skip, u64>,
    /// Hosts that belong to no portal, with their numbers of pages. Only the first ones are counted.
    pub unknown_hosts: BTreeMap<String, u64>,
    /// Files that could not be read to their end, with the reason.
    pub broken_files: Vec<String>,
    /// Whether the import was stopped before its end.
    pub interrupted: bool,
}

/// Maximum hosts without a portal that are counted.
const MAX_UNKNOWN: usize = 1000;

/// An import into a store.
pub struct Import<'a> {
    /// The rules.
    pub config: &'a Config,
    /// The store.
    pub store: &'a Store,
    /// What to import.
    pub options: ImportOptions,
}

impl Import<'_> {
    /// Imports one source and adds to the outcome. `is_stopped` is called between steps. `advance` gets the number of bytes of the source read so far
    /// and the number of pages.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails. What was written is kept.
    pub async fn run(
        &self,
        source: &Source,
        outcome: &mut Outcome,
        is_stopped: impl Fn() -> bool,
        advance: impl Fn(u64, u64),
    ) -> Result<(), StoreError> {
        let run = source.run_name(&self.options);
        let done = match &run {
            Some(run) => self.store.import_place(run).await?,
            None => 0,
        };
        let (send, mut receive) = mpsc::channel(1);
        let (own, filter) = (source.clone(), pages::Filter::new(self.config, &self.options));
        let read = tokio::task::spawn_blocking(move || own.read(filter, done, &send));
        let reader = Reader::new(self.config, self.store, self.options.jobs);
        while let Some(step) = receive.recv().await {
            if is_stopped() {
                outcome.interrupted = true;
                return Ok(());
            }
            let position = step.position;
            self.write(&reader, step, run.clone(), outcome).await?;
            advance(position, outcome.pages);
        }
        match read.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => outcome.broken_files.push(format!("{source}: {error}")),
            Err(error) => {
                let reason = error.try_into_panic().map_or_else(|error| error.to_string(), |panic| panic_text(&*panic));
                outcome.broken_files.push(format!("{source}: bug in the import: {reason}"));
            }
        }
        Ok(())
    }

    /// Forgets the positions of runs over some sources, since all of them are finished.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails.
    pub async fn end(&self, sources: &[Source]) -> Result<(), StoreError> {
        self.store.end_import(sources.iter().filter_map(|source| source.run_name(&self.options)).collect()).await
    }

    async fn write(
        &self,
        reader: &Reader<'_>,
        step: Step,
        run: Option<String>,
        outcome: &mut Outcome,
    ) -> Result<(), StoreError> {
        for (reason, count) in step.skipped {
            *outcome.skipped.entry(reason).or_default() += count;
        }
        for (host, count) in step.unknown_hosts {
            if outcome.unknown_hosts.len() < MAX_UNKNOWN || outcome.unknown_hosts.contains_key(&host) {
                *outcome.unknown_hosts.entry(host).or_default() += count;
            }
        }
        outcome.pages += step.pages.len() as u64;
        let read = tokio::task::block_in_place(|| reader.read(step.pages));
        outcome.failed += read.failed;
        for reason in read.rejected {
            *outcome.rejected.entry(reason).or_default() += 1;
        }
        let write = ImportStep {
            articles: read.articles,
            memories: read.memories,
            place: run.map(|run| (run, step.records)),
            is_backlog: !self.options.tells,
        };
        for verdict in self.store.import(write, Clock::System.now()).await? {
            outcome.count(verdict);
        }
        Ok(())
    }
}

impl Outcome {
    fn count(&mut self, verdict: ImportVerdict) {
        match verdict {
            ImportVerdict::Settled(Verdict::New) => self.new += 1,
            ImportVerdict::Settled(Verdict::Duplicate(_)) => {
                self.new += 1;
                self.copies += 1;
            }
            ImportVerdict::Settled(Verdict::Revision { .. }) => self.revisions += 1,
            ImportVerdict::Settled(Verdict::Unchanged) => self.unchanged += 1,
            ImportVerdict::Settled(Verdict::NotAnArticle(sign)) => *self.rejected.entry(sign).or_default() += 1,
            ImportVerdict::Older => self.older += 1,
            ImportVerdict::Refused(error) => {
                tracing::error!("the store refused an imported article: {error}");
                self.failed += 1;
            }
        }
    }
}

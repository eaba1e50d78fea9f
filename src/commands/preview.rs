//! `tintinh fetch --dry-run`: prints what a visit would find. Reads the sources, writes nothing.

use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::Arc;

use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::EXIT_FAILED;
use crate::commands::link_lines::json_lines;
use crate::commands::link_lines::no_page;
use crate::commands::output;
use crate::config::Config;
use crate::config::Portal;
use crate::discover;
use crate::discover::Found;
use crate::discover::Source;
use crate::discover::Step;
use crate::fetch::Fetched;
use crate::fetch::Fetcher;
use crate::fetch::Session;
use crate::model::link::Link;
use crate::model::link::SourceKind;
use crate::model::portal::PortalId;
use crate::store::Store;
use crate::store::StoreError;

/// Reads the sources of portals and prints the links that are not in the store, without duplicates.
///
/// # Errors
/// [`CommandError`]; sources that fail are reported, with exit code 1.
pub async fn run(config: &Config, chosen: &[PortalId], backfill: Option<u32>) -> Result<ExitCode, CommandError> {
    let fetcher = Fetcher::new(config.fetch.clone(), Clock::System).map_err(anyhow::Error::from)?;
    let store = if Store::is_there(config.store_address()) {
        Some(Store::open_read_only(config.store_address()).await.map_err(lost)?)
    } else {
        None
    };
    let mut failed = false;
    for portal in chosen.iter().filter_map(|id| config.portal(id)) {
        let session = fetcher.session(portal.scope.clone(), portal.delay, None).with_tls(Arc::clone(&portal.tls));
        let mut preview = Preview { session, store: store.as_ref(), config, portal, backfill, printed: Vec::new() };
        for source in &portal.sources {
            match preview.walk(source).await {
                Ok(()) => {}
                Err(PreviewError::Source(reason)) => {
                    output::warn(&format!("{}  {}: {reason}", portal.outlet.portal, source.id));
                    failed = true;
                }
                Err(PreviewError::Command(error)) => return Err(error),
            }
        }
    }
    Ok(if failed { ExitCode::from(EXIT_FAILED) } else { ExitCode::SUCCESS })
}

fn lost(error: StoreError) -> CommandError {
    CommandError::Store(error.into())
}

/// Why a source's links were not printed.
enum PreviewError {
    /// The source could not be read, and why.
    Source(String),
    /// The store could not be read, or the output could not be written.
    Command(CommandError),
}

impl From<CommandError> for PreviewError {
    fn from(error: CommandError) -> PreviewError {
        PreviewError::Command(error)
    }
}

struct Preview<'a> {
    session: Session,
    store: Option<&'a Store>,
    config: &'a Config,
    portal: &'a Portal,
    backfill: Option<u32>,
    /// The ids of the links printed so far: the sources of one portal overlap.
    printed: Vec<String>,
}

impl Preview<'_> {
    /// Reads a source's pages as a visit does, as long as they bring something new.
    async fn walk(&mut self, source: &Source) -> Result<(), PreviewError> {
        let mut steps = VecDeque::from([source.first_step()]);
        for _ in 0..self.backfill.unwrap_or(source.max_pages).max(1) {
            let Some(step) = steps.pop_front() else { break };
            let found = self.read(source, &step).await.map_err(PreviewError::Source)?;
            let fresh = self.fresh(found.links).await?;
            output::json(&json_lines(&fresh))?;
            if !fresh.is_empty() || source.kind() == SourceKind::Sitemap || self.backfill.is_some() {
                steps.extend(found.next);
            }
        }
        Ok(())
    }

    async fn read(&mut self, source: &Source, step: &Step) -> Result<Found, String> {
        let page = match self.session.fetch(&step.request, &[]).await {
            Ok(Fetched::Page(page)) => page,
            // A numbered list ends where a page is missing.
            Ok(Fetched::Gone(_)) if step.number > 0 => return Ok(Found::default()),
            Ok(other) => return Err(no_page(&step.request.url, &other)),
            Err(error) => return Err(error.message(self.session.host())),
        };
        let found = discover::discover(source, &self.portal.scope, step, &page);
        match found.broken {
            Some(reason) => Err(format!("{}: {reason}", step.request.url)),
            None => Ok(found),
        }
    }

    /// The links that are new both to the store and to this preview.
    async fn fresh(&mut self, links: Vec<Link>) -> Result<Vec<Link>, CommandError> {
        let ids: Vec<String> = links.iter().map(|link| self.config.article_id(self.portal, &link.url)).collect();
        let mut known = match self.store {
            Some(store) => store.known_links(&self.portal.outlet.portal, &ids).await.map_err(lost)?,
            None => Vec::new(),
        };
        known.append(&mut self.printed);
        let fresh = links.into_iter().zip(ids).filter(|(_, id)| !known.contains(id)).collect::<Vec<_>>();
        known.extend(fresh.iter().map(|(_, id)| id.clone()));
        self.printed = known;
        Ok(fresh.into_iter().map(|(link, _)| link).collect())
    }
}

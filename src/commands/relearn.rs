//! `tintinh relearn`: learns new rules for a portal whose pages have changed.

use std::process::ExitCode;

use anyhow::Context;

use crate::archive::PageStore;
use crate::cli::Cli;
use crate::cli::RelearnArgs;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::EXIT_FAILED;
use crate::commands::common;
use crate::commands::extract;
use crate::commands::live;
use crate::commands::output;
use crate::commands::portal_file;
use crate::commands::portal_file::WritePermission;
use crate::config::Config;
use crate::config::Portal;
use crate::model::link::Link;
use crate::model::page::Page;
use crate::onboard;
use crate::onboard::live::LiveTrial;
use crate::onboard::relearn;
use crate::onboard::relearn::Pages;
use crate::onboard::relearn::Proposal;
use crate::store::Store;
use crate::text::date::rfc3339;

/// Maximum stored pages for testing new rules.
const MOST_KEPT: u32 = 12;

/// Learns, shows the change, and writes it.
///
/// # Errors
/// [`CommandError`]; exit code 1 with an explanation if nothing better is found.
pub fn run(cli: &Cli, args: &RelearnArgs) -> Result<ExitCode, CommandError> {
    portal_file::can_ask(WritePermission { yes: args.yes, dry_run: args.dry_run })?;
    let (config, _console) = common::open_config(cli)?;
    let portal = extract::named_portal(&config, &args.portal)?;
    let dir = common::config_dir(cli);
    let missing = || CommandError::Usage(format!("there is no file for {} in {}", args.portal, dir.display()));
    let path = Config::portal_files(&dir).remove(&portal.outlet.portal).ok_or_else(missing)?;
    let old = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let (live, kept) = common::block_on(async { Ok(look_at(&config, portal).await?) })?;
    let lists: Vec<&Page> = live.sources.iter().filter_map(|source| source.page.as_ref()).collect();
    let day = rfc3339(Clock::System.now()).get(..10).unwrap_or_default().to_owned();
    let pages = Pages { fresh: fresh_pages(&live), kept };
    let proposal = match relearn::propose(&config, &dir, portal, &old, pages, &lists, &day) {
        Ok(proposal) => proposal,
        Err(reason) => {
            output::warn(&format!(
                "error: {reason}\n  = help: see what each rule finds: tintinh check --live {}",
                args.portal
            ));
            return Ok(ExitCode::from(EXIT_FAILED));
        }
    };
    let Proposal { text, fresh, kept } = &proposal;
    output::print(&format!(
        "today's pages  before: {}\n               after:  {}\nkept pages     before: {}\n               after:  {}\n",
        fresh.0, fresh.1, kept.0, kept.1
    ))?;
    if portal_file::offer(&path, text, WritePermission { yes: args.yes, dry_run: args.dry_run })? {
        output::print(&format!(
            "what the new rules read otherwise on stored pages: tintinh reread {} --dry-run\n",
            args.portal
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The portal's current state, and its stored pages.
async fn look_at(config: &Config, portal: &Portal) -> anyhow::Result<(LiveTrial, Vec<(Link, Page)>)> {
    let mut probe = live::look_at(config, portal)?;
    let live = onboard::live::look(&mut probe, config, portal).await;
    Ok((live, kept_pages(config, portal).await?))
}

fn fresh_pages(live: &LiveTrial) -> Vec<(Link, Page)> {
    let pages = live.articles.iter().filter(|article| !article.link.hints.content_is_article);
    pages.filter_map(|article| Some((article.link.clone(), article.page.as_ref().ok()?.clone()))).collect()
}

/// The portal's latest stored pages.
async fn kept_pages(config: &Config, portal: &Portal) -> anyhow::Result<Vec<(Link, Page)>> {
    if !Store::is_there(config.store_address()) {
        return Ok(Vec::new());
    }
    let store = Store::open_read_only(config.store_address()).await?;
    let pages = PageStore::reader(&config.state_dir.join("pages"), config.pages.clone());
    let mut found = Vec::new();
    for (link, place) in store.kept_pages(&portal.outlet.portal, MOST_KEPT).await? {
        if let Some(page) = pages.read(&place).await? {
            found.push((link, page));
        }
    }
    Ok(found)
}

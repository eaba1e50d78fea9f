//! `tintinh retry`: reads quarantined pages again after a fix to the program or the rules.

use std::process::ExitCode;

use crate::cli::Cli;
use crate::cli::RetryArgs;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::fetch;
use crate::commands::output;
use crate::config::Config;
use crate::engine::Job;
use crate::engine::Until;
use crate::model::portal::PortalId;
use crate::store::Selection;
use crate::store::Store;
use crate::text::count::counted;

/// Makes links pending again and, if no service runs, reads them.
///
/// # Errors
/// [`CommandError`]; exit code 1 if pages fail again.
pub fn run(cli: &Cli, args: &RetryArgs) -> Result<ExitCode, CommandError> {
    let (config, _) = common::open_config(cli)?;
    let selection = selection(&config, args);
    if !Store::is_there(config.store_address()) {
        return Err(CommandError::Usage("nothing has been fetched yet, so there is nothing to read again".to_owned()));
    }
    common::block_on(async {
        let taken = take_up(&config, selection).await.map_err(CommandError::Store)?;
        let links: u64 = taken.iter().map(|(_, links)| links).sum();
        if links == 0 {
            output::print("no page is waiting to be read again\n")?;
            return Ok(ExitCode::SUCCESS);
        }
        // The process that holds the lock reads the pending links.
        if common::lock(&config.state_dir).is_err() {
            output::print(&format!("the running service reads {} again within a minute\n", counted(links, "page")))?;
            return Ok(ExitCode::SUCCESS);
        }
        let portals = taken.into_iter().map(|(portal, _)| portal).collect();
        let job = Job { until: Until::Idle, portals: Some(portals), backfill: None, by_hand: true };
        let clock = Clock::of_process(config.store.url.is_some());
        let report = fetch::visit_once(config, clock, job, fetch::reporter(None, cli.quiet)).await?;
        output::print(&fetch::table(&report, output::columns()))?;
        Ok(fetch::exit_code(&report))
    })
}

async fn take_up(config: &Config, selection: Selection) -> anyhow::Result<Vec<(PortalId, u64)>> {
    let store = Store::open(config.store_address()).await?;
    Ok(store.take_up_again(selection, Clock::System.now()).await?)
}

/// A portal's name selects its pages; anything else selects one link.
fn selection(config: &Config, args: &RetryArgs) -> Selection {
    let portal = |word: &String| PortalId::new(word).ok().filter(|id| config.portal(id).is_some());
    Selection {
        portals: args.what.iter().filter_map(portal).collect(),
        links: args
            .what
            .iter()
            .filter(|word| portal(word).is_none())
            .map(|word| common::key_of(config, word))
            .collect(),
        failed: args.failed,
        rejected: args.rejected,
    }
}

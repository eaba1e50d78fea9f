//! `tintinh status`: how portals and sources stand. Reads beside a running service.

use std::process::ExitCode;

use comfy_table::Table;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use crate::archive::PageStore;
use crate::cli::Cli;
use crate::cli::StatusArgs;
use crate::commands::CommandError;
use crate::commands::output;
use crate::commands::workshop;
use crate::config::Config;
use crate::store::FILE_NAME;
use crate::store::PortalStatus;
use crate::store::Store;
use crate::text::date::rfc3339;

/// Prints the status.
///
/// # Errors
/// [`CommandError`].
pub fn run(cli: &Cli, args: &StatusArgs) -> Result<ExitCode, CommandError> {
    let (config, _) = workshop::open_config(cli)?;
    if !config.state_dir.join(FILE_NAME).exists() {
        let none = format!("nothing was fetched yet: there is no database in {}\n", config.state_dir.display());
        output::print(&if args.json { in_json(&[], 0, 0) } else { none })?;
        return Ok(ExitCode::SUCCESS);
    }
    let text = workshop::block_on(async { status(&config, args.json).await.map_err(CommandError::Store) })?;
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

async fn status(config: &Config, as_json: bool) -> anyhow::Result<String> {
    let store = Store::open_read_only(&config.state_dir).await?;
    let portals = store.status().await?;
    let waiting = store.outbox_length().await?;
    let pages = PageStore::reader(&config.state_dir.join("pages"), config.pages.clone()).bytes()?;
    if as_json {
        return Ok(in_json(&portals, waiting, pages));
    }
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header([
        "portal",
        "records",
        "waiting",
        "left out",
        "failed",
        "blocked",
        "quarantined",
        "last success",
        "next visit",
        "",
    ]);
    for portal in &portals {
        table.add_row(row(portal));
    }
    let table = table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    Ok(format!("{table}\n{waiting} records wait for their sink; raw pages: {} KiB\n", pages / 1024))
}

fn in_json(portals: &[PortalStatus], waiting: u64, pages: u64) -> String {
    let portals: Vec<Value> = portals.iter().map(portal_json).collect();
    format!("{}\n", json!({ "portals": portals, "outbox": waiting, "pages_bytes": pages }))
}

fn row(portal: &PortalStatus) -> Vec<String> {
    let numbers = [portal.records, portal.waiting, portal.rejected, portal.failed, portal.blocked, portal.quarantined];
    let mut cells = vec![portal.portal.to_string()];
    cells.extend(numbers.iter().map(u64::to_string));
    cells.push(portal.last_success.map_or_else(|| "never".to_owned(), rfc3339));
    cells.push(rfc3339(portal.next_due));
    let sources = portal.sources.iter().filter_map(|(id, state)| Some(format!("{id}: {}", state.last_error.as_ref()?)));
    let moved =
        portal.sources.iter().filter_map(|(id, state)| Some(format!("{id}: moved to {}", state.moved.as_ref()?.to)));
    cells.push(portal.last_error.clone().into_iter().chain(sources).chain(moved).next().unwrap_or_default());
    cells
}

fn portal_json(portal: &PortalStatus) -> Value {
    let time = |moment: Option<Timestamp>| moment.map(rfc3339);
    let sources: Vec<Value> = portal
        .sources
        .iter()
        .map(|(id, state)| {
            json!({
                "id": id, "failures": state.failures, "unfinished": state.unfinished,
                "last_success": time(state.last_success), "not_before": time(state.not_before), "last_error": state.last_error,
                "gone_since": time(state.gone_since), "moved_to": state.moved.as_ref().map(|moved| moved.to.as_str()),
            })
        })
        .collect();
    json!({
        "portal": portal.portal, "records": portal.records, "links": portal.links, "waiting": portal.waiting,
        "rejected": portal.rejected, "failed": portal.failed, "blocked": portal.blocked, "quarantined": portal.quarantined, "failures": portal.failures,
        "last_visit": time(portal.last_visit), "last_success": time(portal.last_success), "next_due": rfc3339(portal.next_due),
        "leased_until": time(portal.leased_until), "last_error": portal.last_error, "sources": sources,
    })
}

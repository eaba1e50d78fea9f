//! `tintinh status`: the state of portals, sources and the service. Works while a service is running.

use std::fmt::Write;
use std::process::ExitCode;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::archive::PageStore;
use crate::cli::Cli;
use crate::cli::StatusArgs;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::moments::ago;
use crate::commands::moments::next_visit;
use crate::commands::output;
use crate::commands::portal_status;
use crate::commands::sheet;
use crate::commands::sheet::Column;
use crate::commands::sheet::Row;
use crate::commands::sink;
use crate::config::Config;
use crate::model::portal::PortalId;
use crate::overview;
use crate::overview::Overview;
use crate::overview::PortalDetail;
use crate::overview::SinkStatus;
use crate::store::IndexSize;
use crate::store::PortalStatus;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::WorkerLease;
use crate::text::count::counted;
use crate::text::date::rfc3339;
use crate::text::visible;
use crate::web;

/// The columns, with the order in which a narrow terminal drops them.
const COLUMNS: [Column; 10] = [
    Column { head: "portal", rank: 0 },
    Column { head: "records", rank: 2 },
    Column { head: "waiting", rank: 4 },
    Column { head: "left out", rank: 8 },
    Column { head: "failed", rank: 3 },
    Column { head: "blocked", rank: 5 },
    Column { head: "quarantined", rank: 6 },
    Column { head: "last success", rank: 9 },
    Column { head: "last new", rank: 7 },
    Column { head: "next visit", rank: 1 },
];

const WORKER_COLUMNS: [Column; 4] = [
    Column { head: "worker", rank: 0 },
    Column { head: "holds", rank: 0 },
    Column { head: "since", rank: 1 },
    Column { head: "until", rank: 2 },
];

/// Prints the status, once or repeatedly.
///
/// # Errors
/// [`CommandError`].
pub fn run(cli: &Cli, args: &StatusArgs) -> Result<ExitCode, CommandError> {
    let (config, _) = common::open_config(cli)?;
    let portals = portals(&config, &args.portals)?;
    loop {
        let text = look(&config, &portals, args)?;
        if args.watch.is_some() && !args.json {
            output::clear()?;
        }
        match (args.json, args.wide) {
            (true, _) => output::json(&text)?,
            (false, true) => output::print(&text)?,
            (false, false) => output::print_fitted(&text)?,
        }
        let Some(seconds) = args.watch else { return Ok(ExitCode::SUCCESS) };
        std::thread::sleep(Duration::from_secs(seconds));
    }
}

fn portals(config: &Config, names: &[String]) -> Result<Vec<PortalId>, CommandError> {
    let known = |name: &String| {
        let id = PortalId::new(name).ok().filter(|id| config.portal(id).is_some());
        id.ok_or_else(|| CommandError::Usage(format!("there is no portal `{name}` in the configuration")))
    };
    names.iter().map(known).collect()
}

/// The text to print.
fn look(config: &Config, portals: &[PortalId], args: &StatusArgs) -> Result<String, CommandError> {
    if !Store::is_there(config.store_address()) {
        let nothing = json!({ "portals": [], "alarms": [], "outbox": 0, "sinks": [], "pages_bytes": 0 });
        return Ok(if args.json { format!("{nothing}\n") } else { common::nothing_fetched(config) + "\n" });
    }
    if args.workers {
        return common::block_on(workers(config, args.json));
    }
    let service = service(config);
    common::block_on(async {
        let (mut overview, details) = gather(config, portals).await.map_err(CommandError::Store)?;
        if !portals.is_empty() {
            overview.portals.retain(|portal| portals.contains(&portal.portal));
            overview.alarms.retain(|alarm| alarm.key.portal.as_ref().is_some_and(|id| portals.contains(id)));
        }
        if args.json {
            return Ok(in_json(&overview, &details, &service));
        }
        let width = if args.wide { None } else { output::columns() };
        let shown = details.iter().map(|detail| portal_status::in_words(config, &overview, detail));
        Ok(in_words(&overview, &shown.collect::<String>(), &service, width))
    })
}

/// Who holds what since when.
async fn workers(config: &Config, as_json: bool) -> Result<String, CommandError> {
    let lost = |error: StoreError| CommandError::Store(error.into());
    let store = Store::open_read_only(config.store_address()).await.map_err(lost)?;
    let held = store.workers().await.map_err(lost)?;
    let holding = |lease: &WorkerLease| lease.portal.as_ref().map_or("the lead".to_owned(), ToString::to_string);
    if as_json {
        let row = |lease: &WorkerLease| {
            json!({ "worker": lease.worker, "portal": lease.portal.as_ref().map(PortalId::as_str),
            "since": rfc3339(lease.since), "until": rfc3339(lease.until) })
        };
        return Ok(format!("{}\n", json!({ "leases": held.iter().map(row).collect::<Vec<_>>() })));
    }
    if held.is_empty() {
        return Ok("no worker holds anything\n".to_owned());
    }
    let row = |lease: &WorkerLease| Row {
        cells: vec![lease.worker.clone(), holding(lease), rfc3339(lease.since), rfc3339(lease.until)],
        remark: String::new(),
    };
    let rows: Vec<Row> = held.iter().map(row).collect();
    Ok(sheet::draw(&WORKER_COLUMNS, &rows, output::columns()).0)
}

async fn gather(config: &Config, portals: &[PortalId]) -> anyhow::Result<(Overview, Vec<PortalDetail>)> {
    let store = Store::open_read_only(config.store_address()).await?;
    let pages = PageStore::reader(&config.state_dir.join("pages"), config.pages.clone());
    let overview = overview::gather(config, &store, &pages, Clock::System.now()).await?;
    let mut details = Vec::new();
    for portal in portals {
        details.push(overview::portal_detail(&store, portal).await?);
    }
    Ok((overview, details))
}

/// Whether a service is running, and its own report if it publishes its health.
fn service(config: &Config) -> String {
    if !overview::is_worked_on(&config.state_dir) {
        return "not running".to_owned();
    }
    let said = config.metrics.listen.and_then(|address| web::ask(address, "/readyz").ok());
    said.map_or_else(|| "running".to_owned(), |text| text.trim().to_owned())
}

fn in_json(overview: &Overview, details: &[PortalDetail], service: &str) -> String {
    let mut value = overview.to_json();
    value["service"] = service.into();
    if !details.is_empty() {
        value["details"] = details.iter().map(|detail| detail.value.clone()).collect();
    }
    format!("{value}\n")
}

/// The table, the portals' `details`, and the notes about all of them.
fn in_words(overview: &Overview, details: &str, service: &str, width: Option<usize>) -> String {
    let rows: Vec<Row> = overview.portals.iter().map(|portal| row(overview, portal, details.is_empty())).collect();
    let (mut text, left_out) = sheet::draw(&COLUMNS, &rows, width);
    if !left_out.is_empty() {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "not shown (--wide shows all): {}", left_out.join(", "));
    }
    text.push_str(details);
    if details.is_empty() {
        text.extend(overview.portals.iter().map(set_aside));
    }
    for portal in overview.portals.iter().filter(|portal| portal.withdrawn > 0) {
        let _ = writeln!(text, "{}: {} withdrawn", portal.portal, counted(portal.withdrawn, "article"));
    }
    for alarm in &overview.alarms {
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "alarm {} since {}: {}",
            alarm.key.kind.name(),
            rfc3339(alarm.raised),
            visible::line(&alarm.message)
        );
    }
    let space = &overview.space;
    match overview.outbox {
        0 => {}
        1 => text.push_str("1 record waits to be written\n"),
        many => {
            let _ = writeln!(text, "{many} records wait to be written");
        }
    }
    let queue = overview.attachments;
    if queue.waiting > 0 {
        text.push_str(&counted(queue.waiting, "attachment"));
        text.push_str(if queue.waiting == 1 { " waits" } else { " wait" });
        for (count, what) in [(queue.failed, "failed"), (queue.quarantined, "set aside")] {
            if count > 0 {
                let _ = write!(text, ", {count} {what}");
            }
        }
        let _ = writeln!(text, "; {} s of processor time today", queue.cpu_today.as_secs());
    }
    for sink in &overview.sinks {
        let _ = writeln!(text, "{}", sink_line(sink, overview.at));
    }
    let _ = writeln!(text, "service: {service}");
    let _ = writeln!(
        text,
        "database: {}, log: {}; raw pages: {}; free: {} for the state, {} for records",
        size(space.database),
        size(space.log),
        size(space.pages),
        size(space.state_free),
        size(space.records_free)
    );
    text.push_str(&overview.index.map(index_line).unwrap_or_default());
    text
}

/// The state of a sink.
fn sink_line(sink: &SinkStatus, now: Timestamp) -> String {
    let waiting = match sink.waiting {
        0 => "up to date".to_owned(),
        1 => "1 record waits".to_owned(),
        many => format!("{many} records wait"),
    };
    let remark = sink::remark(sink, now);
    let remark = if remark.is_empty() { remark } else { format!(": {remark}") };
    format!("sink {} is {}, {waiting}{remark}", sink.id, sink.state())
}

/// Why links of a portal were set aside.
fn set_aside(portal: &PortalStatus) -> String {
    let shown = portal.set_aside.iter();
    let mut text = shown.fold(String::new(), |mut text, link| {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{}: set aside: {}: {}", portal.portal, link.url, link.reason);
        text
    });
    let more = portal.quarantined.saturating_sub(portal.set_aside.len() as u64);
    if more > 0 {
        let _ = writeln!(text, "{}: … and {more} more", portal.portal);
    }
    text
}

fn index_line(index: IndexSize) -> String {
    let IndexSize { articles, copies, indexed, bytes } = index;
    let each = bytes / articles.max(1);
    format!(
        "{}, {}; {indexed} in the index, {each} bytes per article\n",
        counted(articles, "article"),
        if copies == 1 { "1 of them a copy".to_owned() } else { format!("{copies} of them copies") }
    )
}

/// A portal's row, with its last error if nothing below explains it.
fn row(overview: &Overview, portal: &PortalStatus, has_word: bool) -> Row {
    let numbers = [portal.records, portal.waiting, portal.rejected, portal.failed, portal.blocked, portal.quarantined];
    let ago = |moment: Option<Timestamp>| moment.map_or_else(|| "never".to_owned(), |moment| ago(overview.at, moment));
    let mut cells = vec![portal.portal.to_string()];
    cells.extend(numbers.iter().map(u64::to_string));
    cells.extend([ago(portal.last_success), ago(portal.last_new), next_visit(overview, portal)]);
    let sources = portal.sources.iter().filter_map(|(id, state)| Some(format!("{id}: {}", state.last_error.as_ref()?)));
    let moved =
        portal.sources.iter().filter_map(|(id, state)| Some(format!("{id}: moved to {}", state.moved.as_ref()?.to)));
    let word = portal.last_error.clone().into_iter().chain(sources).chain(moved).next().filter(|_| has_word);
    Row { cells, remark: visible::line(&word.unwrap_or_default()).into_owned() }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes >> 10),
        1_048_576..10_737_418_240 => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes >> 30),
    }
}

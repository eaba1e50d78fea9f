//! `tintinh status`: the state of portals, sources and the service. Reads beside a running service.

use std::fmt::Write;
use std::process::ExitCode;
use std::time::Duration;

use comfy_table::Table;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use crate::archive::PageStore;
use crate::cli::Cli;
use crate::cli::StatusArgs;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::output;
use crate::config::Config;
use crate::model::portal::PortalId;
use crate::overview;
use crate::overview::Overview;
use crate::store::IndexSize;
use crate::store::PortalStatus;
use crate::store::Store;
use crate::text::count::counted;
use crate::text::date::rfc3339;
use crate::text::visible;
use crate::web;

/// Prints the status, once or repeatedly.
///
/// # Errors
/// [`CommandError`].
pub fn run(cli: &Cli, args: &StatusArgs) -> Result<ExitCode, CommandError> {
    let (config, _) = common::open_config(cli)?;
    let portals = portals(&config, &args.portals)?;
    let Some(seconds) = args.watch else {
        output::json_or_words(args.json, &look(&config, &portals, args.json)?)?;
        return Ok(ExitCode::SUCCESS);
    };
    loop {
        let text = look(&config, &portals, args.json)?;
        if !args.json {
            output::clear()?;
        }
        output::json_or_words(args.json, &text)?;
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
fn look(config: &Config, portals: &[PortalId], as_json: bool) -> Result<String, CommandError> {
    if !Store::is_there(&config.state_dir) {
        let nothing = json!({ "portals": [], "alarms": [], "outbox": 0, "pages_bytes": 0 });
        let none = format!("nothing has been fetched yet: there is no database in {}\n", config.state_dir.display());
        return Ok(if as_json { format!("{nothing}\n") } else { none });
    }
    let service = service(config);
    common::block_on(async {
        let (mut overview, details) = gather(config, portals).await.map_err(CommandError::Store)?;
        if !portals.is_empty() {
            overview.portals.retain(|portal| portals.contains(&portal.portal));
            overview.alarms.retain(|alarm| alarm.key.portal.as_ref().is_some_and(|id| portals.contains(id)));
        }
        Ok(if as_json { in_json(&overview, &details, &service) } else { in_words(&overview, &details, &service) })
    })
}

async fn gather(config: &Config, portals: &[PortalId]) -> anyhow::Result<(Overview, Vec<Value>)> {
    let store = Store::open_read_only(&config.state_dir).await?;
    let pages = PageStore::reader(&config.state_dir.join("pages"), config.pages.clone());
    let overview = overview::gather(config, &store, &pages, Clock::System.now()).await?;
    let mut details = Vec::new();
    for portal in portals {
        details.push(overview::portal_detail(&store, portal).await?);
    }
    Ok((overview, details))
}

/// Whether a service runs, and its own report if it serves its health.
fn service(config: &Config) -> String {
    if !overview::is_worked_on(&config.state_dir) {
        return "not running".to_owned();
    }
    let said = config.metrics.listen.and_then(|address| web::ask(address, "/readyz").ok());
    said.map_or_else(|| "running".to_owned(), |text| text.trim().to_owned())
}

fn in_json(overview: &Overview, details: &[Value], service: &str) -> String {
    let mut value = overview.to_json();
    value["service"] = service.into();
    if !details.is_empty() {
        value["details"] = details.into();
    }
    format!("{value}\n")
}

fn in_words(overview: &Overview, details: &[Value], service: &str) -> String {
    let mut text = table(overview);
    // Writing into a string cannot fail.
    for detail in details {
        let _ = write!(text, "{}", detail_in_words(detail));
    }
    for portal in &overview.portals {
        text.push_str(&set_aside(portal));
    }
    for portal in overview.portals.iter().filter(|portal| portal.withdrawn > 0) {
        let _ = writeln!(text, "{}: {} withdrawn", portal.portal, counted(portal.withdrawn, "article"));
    }
    for alarm in &overview.alarms {
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

fn table(overview: &Overview) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    let head = [
        "portal",
        "records",
        "waiting",
        "left out",
        "failed",
        "blocked",
        "quarantined",
        "last success",
        "last new",
        "next visit",
        "",
    ];
    table.set_header(head);
    for portal in &overview.portals {
        table.add_row(row(overview, portal));
    }
    let lines: Vec<String> = table.to_string().lines().map(|line| line.trim_end().to_owned()).collect();
    format!("{}\n", lines.join("\n"))
}

fn row(overview: &Overview, portal: &PortalStatus) -> Vec<String> {
    let numbers = [portal.records, portal.waiting, portal.rejected, portal.failed, portal.blocked, portal.quarantined];
    let ago = |moment: Option<Timestamp>| moment.map_or_else(|| "never".to_owned(), |moment| ago(overview.at, moment));
    let mut cells = vec![portal.portal.to_string()];
    cells.extend(numbers.iter().map(u64::to_string));
    cells.extend([ago(portal.last_success), ago(portal.last_new), next_visit(overview, portal)]);
    let sources = portal.sources.iter().filter_map(|(id, state)| Some(format!("{id}: {}", state.last_error.as_ref()?)));
    let moved =
        portal.sources.iter().filter_map(|(id, state)| Some(format!("{id}: moved to {}", state.moved.as_ref()?.to)));
    let word = portal.last_error.clone().into_iter().chain(sources).chain(moved).next().unwrap_or_default();
    cells.push(visible::line(&word).into_owned());
    cells
}

fn next_visit(overview: &Overview, portal: &PortalStatus) -> String {
    let overdue = overview.overdue(portal);
    match portal.leased_until {
        Some(_) => "under way".to_owned(),
        None if !overview.is_enabled(&portal.portal) => "disabled".to_owned(),
        None if overdue > Duration::from_mins(1) => format!("overdue {}", span(overdue)),
        None => match Duration::try_from(portal.next_due.duration_since(overview.at)) {
            Ok(wait) => format!("in {}", span(wait)),
            Err(_) => "now".to_owned(),
        },
    }
}

fn ago(now: Timestamp, moment: Timestamp) -> String {
    Duration::try_from(now.duration_since(moment))
        .map_or_else(|_| "just now".to_owned(), |past| format!("{} ago", span(past)))
}

/// A duration in its largest unit: an operator wants to know whether it is minutes or days.
fn span(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes >> 10),
        1_048_576..10_737_418_240 => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes >> 30),
    }
}

/// What was found on a portal's last pages, one line per field and rule.
fn detail_in_words(detail: &Value) -> String {
    let mut text =
        format!("{}: its last pages ({} remembered)\n", detail["portal"].as_str().unwrap_or_default(), detail["pages"]);
    for (field, shares) in detail["fields"].as_object().into_iter().flatten() {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "  {field}: found on {} of {}", shares["found"], shares["of"]);
        for (origin, count) in shares["by"].as_object().into_iter().flatten() {
            let _ = writeln!(text, "    {count} by {origin}");
        }
    }
    text
}

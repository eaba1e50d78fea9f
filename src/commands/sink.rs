//! `tintinh sink`: manages the configured sinks. A running service notices a change within a second.

use std::process::ExitCode;

use jiff::Timestamp;

use crate::cli::Cli;
use crate::cli::Position;
use crate::cli::SinkCommand;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::moments;
use crate::commands::output;
use crate::commands::sheet;
use crate::commands::sheet::Column;
use crate::commands::sheet::Row;
use crate::commands::stream;
use crate::config::Config;
use crate::delivery::places;
use crate::model::portal::SinkId;
use crate::model::sink::SinkFailure;
use crate::model::sink::SinkMode;
use crate::model::sink::SinkPlace;
use crate::overview;
use crate::overview::SinkStatus;
use crate::sink::SinkError;
use crate::sink::places::SinkPlaces;
use crate::store::Store;
use crate::store::StoreError;
use crate::text::visible;

/// The columns, with the order in which a narrow terminal drops them.
const COLUMNS: [Column; 8] = [
    Column { head: "sink", rank: 0 },
    Column { head: "kind", rank: 5 },
    Column { head: "state", rank: 0 },
    Column { head: "waiting", rank: 1 },
    Column { head: "taken", rank: 3 },
    Column { head: "missing", rank: 4 },
    Column { head: "last taken", rank: 2 },
    Column { head: "cursor", rank: 6 },
];

/// Runs a command of `sink`.
///
/// # Errors
/// [`CommandError::Usage`] if there is no such sink, or a cursor belongs to another stream; [`CommandError::Store`] if a place cannot be written.
pub fn run(cli: &Cli, command: &SinkCommand) -> Result<ExitCode, CommandError> {
    let (config, _) = common::open_config(cli)?;
    match command {
        SinkCommand::List => list(&config)?,
        SinkCommand::Pause(args) => {
            let id = named(&config, &args.id)?;
            change(&config, &id, |place| SinkPlace { mode: SinkMode::Paused, ..place })?;
            output::print(&format!("the sink {id} is paused; `tintinh sink resume {id}` sends again\n"))?;
        }
        SinkCommand::Resume(args) => {
            let id = named(&config, &args.id)?;
            let now = Clock::System.now();
            change(&config, &id, move |place| SinkPlace {
                mode: SinkMode::On,
                // The failed batch is sent next, unchanged.
                failing: place.failing.map(|failing| SinkFailure { attempts: 0, next: now, ..failing }),
                ..place
            })?;
            output::print(&format!("the sink {id} is sent what waits for it, by the service or the next fetch\n"))?;
        }
        SinkCommand::Replay(args) => replay(&config, &named(&config, &args.id)?, args.from.clone())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn named(config: &Config, name: &str) -> Result<SinkId, CommandError> {
    let ids = || config.sinks.iter().map(|sink| sink.id.as_str());
    let found = config.sinks.iter().find(|sink| sink.id.as_str() == name);
    found.map(|sink| sink.id.clone()).ok_or_else(|| {
        let hint = || match ids().collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => "it has none: `[[sink]]` in tintinh.toml makes one".to_owned(),
            all => format!("it has: {all}"),
        };
        common::unknown(&format!("the configuration has no sink `{name}`"), name, ids(), hint)
    })
}

fn failed(error: SinkError) -> CommandError {
    CommandError::Store(error.into())
}

/// Does something with the places of the sinks, on a blocking thread.
async fn on_places<T: Send + 'static>(
    config: &Config,
    work: impl FnOnce(SinkPlaces) -> Result<T, SinkError> + Send + 'static,
) -> Result<T, CommandError> {
    let lost = |error: StoreError| CommandError::Store(error.into());
    let places = if config.store.url.is_some() {
        places::of(&config.state_dir, &Store::open(config.store_address()).await.map_err(lost)?)
    } else {
        SinkPlaces::new(&config.state_dir)
    };
    tokio::task::spawn_blocking(move || work(places)).await.map_err(anyhow::Error::from)?.map_err(failed)
}

/// Changes the place of a sink that already has one.
fn change(
    config: &Config,
    id: &SinkId,
    change: impl FnOnce(SinkPlace) -> SinkPlace + Send + 'static,
) -> Result<(), CommandError> {
    let sink = id.clone();
    let is_there = common::block_on(on_places(config, move |places| {
        let mut is_there = false;
        let kept = |place: Option<SinkPlace>| {
            is_there = place.is_some();
            place.map(change)
        };
        places.update(&sink, kept)?;
        Ok(is_there)
    }))?;
    if is_there {
        return Ok(());
    }
    let hint = format!("start the service, or name one: tintinh sink replay {id} --from start");
    Err(CommandError::Usage(format!("the sink {id} has no place yet; {hint}")))
}

fn replay(config: &Config, id: &SinkId, from: Position) -> Result<(), CommandError> {
    let sink = id.clone();
    let cursor = common::block_on(async {
        let Some(store) = common::store_to_read(config).await? else {
            return Err(CommandError::Usage(common::nothing_fetched(config)));
        };
        let cursor = stream::begin(config, &store, from).await?;
        on_places(config, move |places| {
            // Keeps the sink's mode and history. A file that cannot be read is started over.
            let known = places.read(&sink).unwrap_or_default().unwrap_or_else(|| SinkPlace::at(cursor.clone()));
            places.set(&sink, &SinkPlace { cursor: cursor.clone(), failing: None, ..known })?;
            Ok(cursor)
        })
        .await
    })?;
    output::print(&format!("the sink {id} goes on after {cursor}\n"))
}

fn list(config: &Config) -> Result<(), CommandError> {
    if config.sinks.is_empty() {
        return output::print("the configuration has no sinks: `[[sink]]` in tintinh.toml makes one\n");
    }
    let sinks = common::block_on(async {
        let Some(store) = common::store_to_read(config).await? else { return Ok(None) };
        overview::sinks(config, &store).await.map(Some).map_err(stream::lost)
    })?;
    let Some(sinks) = sinks else { return output::print(&(common::nothing_fetched(config) + "\n")) };
    let now = Clock::System.now();
    let rows: Vec<Row> = sinks.iter().map(|sink| row(sink, now)).collect();
    let (text, _) = sheet::draw(&COLUMNS, &rows, output::columns());
    output::print(&text)
}

fn row(sink: &SinkStatus, now: Timestamp) -> Row {
    let place = sink.known();
    let last = place.and_then(|place| place.last_taken);
    let cells = vec![
        sink.id.to_string(),
        sink.kind.to_owned(),
        sink.state().to_owned(),
        sink.waiting.to_string(),
        place.map_or(0, |place| place.taken).to_string(),
        place.map_or(0, |place| place.missing).to_string(),
        last.map_or_else(|| "-".to_owned(), |last| moments::ago(now, last)),
        place.map_or_else(|| "-".to_owned(), |place| place.cursor.to_string()),
    ];
    Row { cells, remark: remark(sink, now) }
}

/// Why a sink has stopped; empty if it has not.
pub(super) fn remark(sink: &SinkStatus, now: Timestamp) -> String {
    let text = match &sink.place {
        Err(error) => error.clone(),
        Ok(None) => "it begins when the service starts".to_owned(),
        Ok(Some(place)) => match (&place.failing, place.mode) {
            (_, SinkMode::Gone) => {
                format!("its receiver wants no more (410): `tintinh sink resume {}` sends again", sink.id)
            }
            (Some(failing), SinkMode::On) => {
                let since = moments::ago(now, failing.since);
                let next = moments::wait(now, failing.next)
                    .map_or_else(String::new, |wait| format!("; next try in {}", moments::span(wait)));
                format!("first failed {since}: {}{next}", failing.message)
            }
            _ => String::new(),
        },
    };
    visible::line(&text).into_owned()
}

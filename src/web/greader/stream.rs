//! Streams: their names, the request parameters, and their articles. Articles are written part by part, so the memory for an answer does not grow
//! with its length.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::body::Bytes;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use http_body_util::channel::Channel;
use http_body_util::channel::Sender;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use crate::config::catalogue::province_name;
use crate::marks::Mark;
use crate::model::record::Record;
use crate::web::greader::Refusal;
use crate::web::greader::atom;
use crate::web::greader::items;
use crate::web::greader::items::Surroundings;
use crate::web::greader::lists;
use crate::web::greader::request::Asked;
use crate::web::reader::Reader;
use crate::web::reader::shelf::Place;
use crate::web::reader::shelf::Source;
use crate::web::reader::shelf::StreamItem;
use crate::web::reader::shelf::Wanted;

/// Default number of articles per answer.
const USUAL: usize = 20;

/// Maximum ids per answer.
const MOST_IDS: usize = 10_000;

/// Maximum articles per answer; the rest follows by continuation.
const MOST_CONTENTS: usize = 1000;

/// Articles held in memory at a time.
const PART: usize = 10;

/// A stream by its name.
pub(super) struct Stream {
    name: String,
    title: String,
    pub(super) source: Source,
    /// The marks that select the stream's articles.
    marks: Vec<(Mark, bool)>,
}

/// A stream or state name with the user replaced by `-`: apps also send the user's number.
pub(super) fn named(name: &str) -> String {
    match name.strip_prefix("user/").and_then(|rest| rest.split_once('/')) {
        Some((_, rest)) => format!("user/-/{rest}"),
        None => name.to_owned(),
    }
}

/// The stream with this name. An unknown stream has no articles.
///
/// # Errors
/// If the hits of watches cannot be read.
pub(super) async fn source(reader: &Reader, name: &str) -> Result<Stream, Refusal> {
    let name = named(name);
    let stream = |title: &str, source, marks| Stream { name: name.clone(), title: title.to_owned(), source, marks };
    if let Some(portal) = name.strip_prefix("feed/") {
        let title = reader.outlet(portal).unwrap_or_else(|| portal.to_owned());
        return Ok(stream(&title, Source::Portal(portal.to_owned()), Vec::new()));
    }
    if let Some(label) = name.strip_prefix(lists::LABEL) {
        let config = reader.config();
        if let Some(province) = lists::provinces(&config).find(|province| province_name(province) == label) {
            return Ok(stream(label, Source::Province(province.to_owned()), Vec::new()));
        }
        let watch = config.watches.iter().find(|watch| lists::tag(&config, watch) == name);
        let source = match watch {
            Some(watch) => Source::Items(reader.watch_tags().await?.items_of(watch.id.as_str())),
            None => Source::Nothing,
        };
        return Ok(stream(label, source, Vec::new()));
    }
    Ok(match name.strip_prefix("user/-/state/com.google/") {
        Some("reading-list") => stream("tintinh", Source::All, Vec::new()),
        Some(state) => match mark(state) {
            Some(mark) => stream(state, Source::All, vec![mark]),
            None => stream(state, Source::Nothing, Vec::new()),
        },
        None => stream(&name, Source::Nothing, Vec::new()),
    })
}

/// The mark that a state stands for.
fn mark(state: &str) -> Option<(Mark, bool)> {
    match state {
        "read" => Some((Mark::Read, true)),
        "unread" | "kept-unread" => Some((Mark::Read, false)),
        "starred" => Some((Mark::Starred, true)),
        _ => None,
    }
}

/// Converts a moment to milliseconds: apps send seconds, milliseconds, microseconds or nanoseconds.
pub(super) fn millis(moment: i64) -> i64 {
    match moment {
        ..100_000_000_000 => moment.saturating_mul(1000),
        100_000_000_000..100_000_000_000_000 => moment,
        100_000_000_000_000..100_000_000_000_000_000 => moment / 1000,
        _ => moment / 1_000_000,
    }
}

/// Reads the request's stream parameters: `xt`, `it`, `ot`, `nt` and `r=o`.
async fn wanted(reader: &Reader, asked: &Asked, stream: &Stream) -> Result<Wanted, Refusal> {
    let mut wanted = Wanted::of(stream.source.clone());
    wanted.marks.clone_from(&stream.marks);
    for name in asked.all("it") {
        match source(reader, name).await? {
            Stream { marks, source: Source::All, .. } => wanted.marks.extend(marks),
            _ => wanted.of = Source::Nothing,
        }
    }
    for name in asked.all("xt") {
        let stream = source(reader, name).await?;
        match stream.marks.first() {
            Some((mark, is_set)) => wanted.marks.push((*mark, !is_set)),
            None => wanted.not_of.push(stream.source),
        }
    }
    wanted.from = asked.number("ot")?.map_or(i64::MIN, millis);
    // Include the whole second.
    wanted.until = asked.number("nt")?.map_or(i64::MAX, |moment| millis(moment).saturating_add(999));
    wanted.is_oldest_first = asked.first("r") == Some("o");
    Ok(wanted)
}

/// Part of a stream and the place where the next part starts.
async fn part(
    reader: &Reader,
    asked: &Asked,
    stream: &Stream,
    most: usize,
) -> Result<(Vec<StreamItem>, Option<String>), Refusal> {
    let wanted = wanted(reader, asked, stream).await?;
    let limit = asked.number("n")?.and_then(|number| usize::try_from(number).ok()).filter(|number| *number > 0);
    let place = |text: &str| Place::parse(text).ok_or_else(|| Refusal::Bad(format!("c={text}")));
    let behind = asked.first("c").map(place).transpose()?;
    let (shelf, marks) = (reader.shelf(), reader.marks_file().await?);
    let limit = limit.unwrap_or(USUAL).min(most);
    let (items, has_more) = marks.look(|sets| shelf.stream(&wanted, &shelf.story_marks(sets), behind, limit));
    let next = items.last().filter(|_| has_more).map(|last| last.place().to_string());
    Ok((items, next))
}

/// The ids of a stream (`stream/items/ids`). They are strings, because JSON numbers lose digits beyond 2^53.
///
/// # Errors
/// [`Refusal`].
pub(super) async fn ids(reader: &Reader, asked: &Asked) -> Result<Value, Refusal> {
    let stream = source(reader, asked.first("s").unwrap_or(lists::READING_LIST)).await?;
    let (items, next) = part(reader, asked, &stream, MOST_IDS).await?;
    let reference = |item: &StreamItem| json!({ "id": item.item.to_string(), "directStreamIds": [lists::feed(&item.portal)], "timestampUsec": (item.seen * 1000).to_string() });
    let mut value = json!({ "items": [], "itemRefs": items.iter().map(reference).collect::<Vec<_>>() });
    if let Some(next) = next {
        value["continuation"] = next.into();
    }
    Ok(value)
}

/// The articles of a stream (`stream/contents/…`). The stream's name is in the path or in `s`.
///
/// # Errors
/// [`Refusal`].
pub(super) async fn contents(reader: &Arc<Reader>, asked: &Asked, name: &str) -> Result<Response, Refusal> {
    let name = Some(name).filter(|name| !name.is_empty()).or(asked.first("s")).unwrap_or(lists::READING_LIST);
    if matches!(asked.first("output"), Some("atom" | "xml")) {
        return atom(reader, asked, name).await;
    }
    let stream = source(reader, name).await?;
    let (items, next) = part(reader, asked, &stream, MOST_CONTENTS).await?;
    json_of(reader, asked, &stream, items, next).await
}

/// A stream as Atom (`reader/atom/…`).
///
/// # Errors
/// [`Refusal`].
pub(super) async fn atom(reader: &Arc<Reader>, asked: &Asked, name: &str) -> Result<Response, Refusal> {
    let stream = source(reader, name).await?;
    let (items, next) = part(reader, asked, &stream, MOST_CONTENTS).await?;
    let head = atom::head(&stream.name, &stream.title, newest(&items), next.as_deref());
    let around = surroundings(reader).await?;
    let entry = move |item: &StreamItem, record: &Record| {
        let whole = Record { content_html: items::whole(record), ..record.clone() };
        atom::entry(item, &whole, &around.categories(item, record))
    };
    Ok(streamed(reader, "application/atom+xml; charset=utf-8", [head.as_str(), "", atom::TAIL], items, entry))
}

/// Articles by id (`stream/items/contents`).
///
/// # Errors
/// [`Refusal`].
pub(super) async fn items(reader: &Arc<Reader>, asked: &Asked) -> Result<Response, Refusal> {
    let asked_for = asked.items()?;
    let skipped = asked.number("c")?.and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
    let here = asked_for.iter().skip(skipped).take(MOST_CONTENTS).copied().collect::<Vec<_>>();
    let next = skipped + here.len();
    let (shelf, marks) = (reader.shelf(), reader.marks_file().await?);
    let items = marks.look(|sets| shelf.stream_items(&here, &shelf.story_marks(sets)));
    let stream = source(reader, lists::READING_LIST).await?;
    json_of(reader, asked, &stream, items, (next < asked_for.len()).then(|| next.to_string())).await
}

async fn json_of(
    reader: &Arc<Reader>,
    asked: &Asked,
    stream: &Stream,
    items: Vec<StreamItem>,
    next: Option<String>,
) -> Result<Response, Refusal> {
    let origin = reader.origin(&asked.uri, &asked.headers);
    let updated = newest(&items);
    let mut head = json!({
        "direction": "ltr", "id": stream.name, "title": stream.title, "self": [{ "href": format!("{origin}{}", asked.uri) }],
        "updated": updated.as_second(), "updatedUsec": updated.as_microsecond().to_string(),
    });
    if let Some(next) = next {
        head["continuation"] = next.into();
    }
    // The articles are the last field, because they are written one by one.
    let head = head.to_string();
    let head = format!("{},\"items\":[", head.strip_suffix('}').unwrap_or(&head));
    let around = surroundings(reader).await?;
    let entry = move |item: &StreamItem, record: &Record| Ok(around.json(item, record).to_string().into_bytes());
    Ok(streamed(reader, "application/json; charset=utf-8", [head.as_str(), ",", "]}"], items, entry))
}

async fn surroundings(reader: &Reader) -> Result<Surroundings, Refusal> {
    Ok(Surroundings { config: reader.config(), tags: reader.watch_tags().await? })
}

fn newest(items: &[StreamItem]) -> Timestamp {
    let newest = items.iter().map(|item| item.seen).max().unwrap_or_default();
    Timestamp::from_millisecond(newest).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Writes an answer while it is sent: a head, the articles with separators, and a tail. It is cut off if the database fails.
fn streamed<E>(
    reader: &Arc<Reader>,
    kind: &'static str,
    [head, between, tail]: [&str; 3],
    items: Vec<StreamItem>,
    entry: E,
) -> Response
where
    E: Fn(&StreamItem, &Record) -> io::Result<Vec<u8>> + Send + Sync + 'static,
{
    let (mut sender, body) = Channel::<Bytes, io::Error>::new(1);
    let (reader, between, tail) = (Arc::clone(reader), between.to_owned(), tail.to_owned());
    let head = head.to_owned().into_bytes();
    tokio::spawn(async move {
        let written = write(&reader, &mut sender, head, &between, &items, &entry).await;
        match written {
            // If the client has gone away, the tail is not needed.
            Ok(()) => drop(sender.send_data(Bytes::from(tail)).await),
            Err(error) => {
                tracing::debug!("an answer to an app was cut off: {error}");
                sender.abort(error);
            }
        }
    });
    ([(header::CONTENT_TYPE, kind)], Body::new(body)).into_response()
}

async fn write<E>(
    reader: &Reader,
    sender: &mut Sender<Bytes, io::Error>,
    head: Vec<u8>,
    between: &str,
    items: &[StreamItem],
    entry: &E,
) -> io::Result<()>
where
    E: Fn(&StreamItem, &Record) -> io::Result<Vec<u8>>,
{
    let mut is_first = true;
    sender.send_data(Bytes::from(head)).await.map_err(io::Error::other)?;
    for part in items.chunks(PART) {
        let numbers = part.iter().map(|item| item.number).collect();
        let records = reader.records(numbers).await.map_err(io::Error::other)?;
        let mut text = Vec::new();
        for item in part {
            // Skip articles that retention deleted meanwhile.
            let Some(record) = records.get(&item.number) else { continue };
            if !std::mem::replace(&mut is_first, false) {
                text.extend_from_slice(between.as_bytes());
            }
            text.extend(entry(item, record)?);
        }
        sender.send_data(Bytes::from(text)).await.map_err(io::Error::other)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_each_unit() {
        for moment in [1_700_000_000, 1_700_000_000_000, 1_700_000_000_000_000, 1_700_000_000_000_000_000] {
            assert_eq!(millis(moment), 1_700_000_000_000);
        }
        assert_eq!((millis(0), millis(i64::MIN)), (0, i64::MIN));
    }

    #[test]
    fn the_user_may_be_named() {
        assert_eq!(named("user/1005/state/com.google/read"), "user/-/state/com.google/read");
        assert_eq!(named("feed/gia-lai"), "feed/gia-lai");
    }
}

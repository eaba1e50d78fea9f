//! Views as feeds, as record lines, and the state of all portals as JSON.

use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::header;
use axum::response::Response;

use crate::model::record::Record;
use crate::web::feeds;
use crate::web::feeds::Entry;
use crate::web::feeds::Feed;
use crate::web::reader::Failure;
use crate::web::reader::Reader;
use crate::web::reader::answers;
use crate::web::reader::newest;
use crate::web::reader::search;
use crate::web::reader::search::Outcome;
use crate::web::reader::view::Format;
use crate::web::reader::view::View;
use crate::web::reader::watches;
use crate::web::words::Word;

/// Records per part of an export.
const LINES: usize = 200;

/// A list of records, and the address of the next part.
struct List {
    title: String,
    entries: Vec<Entry>,
    next: Option<String>,
}

/// Answers a request for a feed.
///
/// # Errors
/// [`Failure`].
pub(super) async fn feed(reader: &Reader, view: &View, headers: &HeaderMap) -> Result<Response, Failure> {
    let list = match view.segments().as_slice() {
        ["newest"] => newest(reader, view).await?,
        ["search"] => found(reader, view).await?,
        ["story", id] => story(reader, view, id).await?,
        ["article", id] => revisions(reader, view, id).await?,
        ["coverage"] => alarms(reader, view).await?,
        ["watch"] => hits(reader, view, None).await?,
        ["watch", id] => hits(reader, view, Some(id)).await?,
        ["portals"] if view.format == Format::Json => return portals(reader, view, headers).await,
        _ => return Err(Failure::NotFound),
    };
    if view.format == Format::Lines {
        return Ok(lines(view, headers, &list));
    }
    let absolute = |path: &str| format!("{}{path}", view.origin);
    let feed = Feed {
        title: format!("{} · tintinh", list.title),
        language: view.language.tag(),
        page: absolute(&view.with(&[])),
        own: absolute(&view.feed(view.format)),
        next: list.next.as_deref().map(|next| absolute(&feed_address(view, next))),
        entries: list.entries,
    };
    let (kind, body) = match view.format {
        Format::Atom => ("application/atom+xml; charset=utf-8", feeds::atom(&feed)),
        Format::Rss => ("application/rss+xml; charset=utf-8", feeds::rss(&feed)),
        _ => ("application/feed+json; charset=utf-8", Ok(feeds::json(&feed))),
    };
    // Writing to memory cannot fail.
    Ok(answers::conditional(headers, kind, Some(feed.updated()), body.map_err(|_| Failure::Busy)?))
}

/// Converts the address of a page to that of its feed.
fn feed_address(view: &View, page: &str) -> String {
    let (path, query) = page.split_once('?').unwrap_or((page, ""));
    let key = view.feed_key.as_ref().map(|key| format!("&key={key}")).unwrap_or_default();
    format!("{path}{}?{query}{key}", view.format.ending())
}

async fn newest(reader: &Reader, view: &View) -> Result<List, Failure> {
    let limit = if view.format == Format::Lines { LINES } else { newest::PAGE };
    let filter = newest::filter(view)?;
    let listing = reader.list(&reader.shelf(), &filter, newest::place(view)?, limit).await;
    let numbers = listing.stories.iter().map(|story| story.place.number).collect();
    Ok(List {
        title: newest::heading(view, &filter),
        entries: records(reader, numbers).await?,
        next: newest::next(view, &listing),
    })
}

async fn found(reader: &Reader, view: &View) -> Result<List, Failure> {
    let title = format!("{}: {}", view.word(Word::Search), view.asked("q").unwrap_or_default());
    let Outcome::Found(found) = search::find(reader, view).await? else {
        return Ok(List { title, entries: Vec::new(), next: None });
    };
    let (hits, next) =
        if view.format == Format::Lines { (found.hits.as_slice(), None) } else { search::section(view, &found) };
    let ids = hits.iter().map(|hit| hit.article.id.clone()).collect();
    let numbers = reader.pool.take().await?.numbers_of(ids).await?;
    Ok(List { title, entries: records(reader, numbers).await?, next })
}

/// The newest records of the articles, with the copies known now.
async fn records(reader: &Reader, numbers: Vec<i64>) -> Result<Vec<Entry>, Failure> {
    let records = reader.pool.take().await?.by_number::<Record>(numbers).await?;
    let entry =
        |(_, record, duplicate)| Entry::Record { record: Box::new(Record { duplicate, ..record }), is_revision: false };
    Ok(records.into_iter().map(entry).collect())
}

async fn story(reader: &Reader, view: &View, id: &str) -> Result<List, Failure> {
    let story = reader.pool.take().await?.story_of::<Record>(id).await?.ok_or(Failure::NotFound)?;
    let head = story.articles.iter().find(|article| article.relation.is_none()).or(story.articles.first());
    let title = head.map(|article| article.record.title.clone()).unwrap_or_default();
    let entry = |record| Entry::Record { record: Box::new(record), is_revision: false };
    let entries = story.articles.into_iter().rev().map(|article| entry(article.record)).collect();
    Ok(List { title: format!("{}: {title}", view.word(Word::Story)), entries, next: None })
}

async fn revisions(reader: &Reader, view: &View, id: &str) -> Result<List, Failure> {
    let store = reader.pool.take().await?;
    let notes = store.revision_notes(id).await?;
    let mut entries = Vec::new();
    for note in notes.iter().take(newest::PAGE) {
        let record = store.revision(id, Some(note.revision)).await?;
        entries.extend(record.map(|record| Entry::Record { record: Box::new(record), is_revision: true }));
    }
    let title = entries.iter().find_map(|entry| match entry {
        Entry::Record { record, .. } => Some(record.title.clone()),
        Entry::Note { .. } => None,
    });
    let title = title.ok_or(Failure::NotFound)?;
    Ok(List { title: format!("{}: {title}", view.word(Word::Revisions)), entries, next: None })
}

/// The hits of one watch or of all watches: the newest record of each article, once.
async fn hits(reader: &Reader, view: &View, watch: Option<&str>) -> Result<List, Failure> {
    let limit = if view.format == Format::Lines { LINES } else { newest::PAGE };
    let page = watches::hits(reader, view, watch, limit).await?;
    let title = watches::title(view, page.watch.as_ref());
    let mut ids: Vec<String> = Vec::new();
    for hit in page.hits {
        if !ids.contains(&hit.article) {
            ids.push(hit.article);
        }
    }
    let numbers = reader.pool.take().await?.numbers_of(ids).await?;
    Ok(List { title, entries: records(reader, numbers).await?, next: page.next })
}

async fn alarms(reader: &Reader, view: &View) -> Result<List, Failure> {
    let coverage = reader.coverage().await?;
    let entry = |alarm: &crate::model::alarm::Alarm| {
        let portal = alarm.key.portal.as_ref().map(|portal| format!("{portal}: ")).unwrap_or_default();
        Entry::Note {
            id: format!("alarm-{}", alarm.number),
            title: format!("{portal}{}", view.language.alarm(alarm.key.kind)),
            text: alarm.message.clone(),
            page: format!("{}/coverage", view.origin),
            at: alarm.raised,
        }
    };
    let entries = coverage.alarms.iter().rev().take(newest::PAGE).map(entry).collect();
    Ok(List { title: view.word(Word::Coverage).to_owned(), entries, next: None })
}

async fn portals(reader: &Reader, view: &View, headers: &HeaderMap) -> Result<Response, Failure> {
    let value = reader.coverage().await?.to_json(view.now);
    Ok(answers::conditional(headers, "application/json; charset=utf-8", None, value.to_string().into_bytes()))
}

/// One line of JSON per record, as in the record files. The `Link` header (RFC 8288) names the next part.
fn lines(view: &View, headers: &HeaderMap, list: &List) -> Response {
    let mut body = Vec::new();
    for entry in &list.entries {
        if let Entry::Record { record, .. } = entry {
            // A record always serializes to JSON.
            let _ = serde_json::to_writer(&mut body, record);
            body.push(b'\n');
        }
    }
    let mut response = answers::conditional(headers, "application/x-ndjson; charset=utf-8", None, body);
    let next = list.next.as_deref().map(|next| format!("<{}{}>; rel=\"next\"", view.origin, feed_address(view, next)));
    if let Some(link) = next.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

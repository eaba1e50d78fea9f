//! The pages of watches and their hits.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use maud::Markup;
use maud::html;
use tokio::time::Instant;

use crate::marks::ItemId;
use crate::notify::FoundHit;
use crate::notify::WatchStatus;
use crate::text::language::local;
use crate::watch::Event;
use crate::watch::Watch;
use crate::web::dates;
use crate::web::reader::Failure;
use crate::web::reader::Reader;
use crate::web::reader::frame;
use crate::web::reader::frame::Frame;
use crate::web::reader::frame::Tab;
use crate::web::reader::marks;
use crate::web::reader::marks::MarkStates;
use crate::web::reader::newest;
use crate::web::reader::newest::Brief;
use crate::web::reader::shelf::Listed;
use crate::web::reader::view::View;
use crate::web::words::Word;

/// Number of days for which hits are counted.
const DAYS: i64 = 7;

/// Maximum watches listed.
const MOST_WATCHES: usize = 200;

/// Maximum hits, over all watches, that become tags; the most recent ones.
const MOST_TAGGED: u32 = 50_000;

/// How long one look at the hits is reused.
const FRESH: Duration = Duration::from_secs(5);

/// A page of hits.
pub(super) struct HitPage {
    /// The watch, if the page is about one.
    pub(super) watch: Option<Watch>,
    /// Newest first.
    pub(super) hits: Vec<FoundHit>,
    /// The address of the earlier hits.
    pub(super) next: Option<String>,
}

/// The hits of one watch or of all configured watches, as the address asks.
///
/// # Errors
/// [`Failure`].
pub(super) async fn hits(reader: &Reader, view: &View, watch: Option<&str>, limit: usize) -> Result<HitPage, Failure> {
    let config = reader.config();
    let known = watch.map(|id| config.watches.iter().find(|known| known.id.as_str() == id));
    let watch = known.map(|known| known.cloned().ok_or(Failure::NotFound)).transpose()?;
    let before = view.asked("after").map_or(Ok(i64::MAX), |text| text.parse().map_err(|_| Failure::BadRequest))?;
    let asked = u32::try_from(limit + 1).unwrap_or(u32::MAX);
    let mut hits = reader.found.before(watch.as_ref().map(|watch| watch.id.as_str()), before, asked).await?;
    let has_more = hits.len() > limit;
    hits.truncate(limit);
    let next = hits.last().filter(|_| has_more).map(|last| view.with(&[("after", &last.number.to_string())]));
    Ok(HitPage { watch, hits, next })
}

/// The display data of the found articles.
struct Shown<'a> {
    briefs: HashMap<&'a str, &'a Brief>,
    listed: HashMap<ItemId, Listed>,
    states: &'a MarkStates,
}

/// The title of a list of hits.
pub(super) fn title(view: &View, watch: Option<&Watch>) -> String {
    watch.map_or_else(|| view.word(Word::Watches).to_owned(), |watch| watch.name.clone())
}

/// The page of one watch or of all watches.
///
/// # Errors
/// [`Failure`].
pub(super) async fn page(reader: &Reader, view: &View, id: Option<&str>) -> Result<Markup, Failure> {
    let page = hits(reader, view, id, newest::PAGE).await?;
    let config = reader.config();
    let watches: Vec<&Watch> = config.watches.iter().take(MOST_WATCHES).collect();
    let since = view.now.saturating_sub(SignedDuration::from_hours(24 * DAYS)).unwrap_or(Timestamp::MIN);
    let ids = watches.iter().map(|watch| watch.id.to_string()).collect();
    let statuses = reader.found.statuses(ids, since).await?;
    let articles = page.hits.iter().map(|hit| hit.article.clone()).collect();
    let store = reader.pool.take().await?;
    let numbers = store.numbers_of(articles).await?;
    let briefs: Vec<Brief> = store.by_number(numbers).await?.into_iter().map(|(_, brief, _)| brief).collect();
    drop(store);
    let briefs: HashMap<&str, &Brief> = briefs.iter().map(|brief| (brief.id.as_str(), brief)).collect();
    let states = MarkStates::of(reader, view, briefs.keys().copied()).await;
    let items: Vec<ItemId> = briefs.keys().map(|id| ItemId::of_article(id)).collect();
    let listed = reader.shelf().listed_of(&items);
    let heading = title(view, page.watch.as_ref());
    let found: usize = match id {
        None => statuses.iter().map(|status| status.found.len()).sum(),
        Some(id) => {
            let own = watches.iter().zip(&statuses).find(|(watch, _)| watch.id.as_str() == id);
            own.map_or(0, |(_, status)| status.found.len())
        }
    };
    let body = html! {
        div.head {
            h1 { (heading) }
            @if !watches.is_empty() {
                p.n { (view.word(Word::LastDays)) ": " (view.language.number(found as u64)) }
                a.to-filters href="#filters" { (view.word(Word::AllWatches)) }
            }
        }
        @if watches.is_empty() { (frame::empty(view, Word::NoWatches, Word::NoWatchesWhy)) }
        @else {
            div.columns {
                div.list {
                        @if page.hits.is_empty() { (frame::empty(view, Word::NoHits, Word::NoHitsWhy)) }
                    (list(view, reader, &page, &watches, &Shown { briefs, listed, states: &states }))
                    div.more {
                        @if let Some(next) = &page.next { a rel="next" href=(next) { (view.word(Word::Older)) " →" } }
                        (marks::all_read(view, &states))
                    }
                }
                (aside(view, &watches, &statuses, id))
                (marks::form(view, &states))
            }
        }
    };
    let frame = Frame { title: &heading, tab: Tab::Watches, has_feeds: !watches.is_empty() };
    Ok(frame::page(view, &frame, &body))
}

/// The stories found, grouped by day. A story that several watches found at once appears once.
fn list(view: &View, reader: &Reader, page: &HitPage, watches: &[&Watch], shown: &Shown<'_>) -> Markup {
    let today = local(view.now).date();
    let mut groups: Vec<(&FoundHit, Vec<&str>)> = Vec::new();
    for hit in &page.hits {
        let same = |(one, _): &&mut (&FoundHit, _)| one.article == hit.article && one.event == hit.event;
        match groups.iter_mut().find(same) {
            Some((_, of)) => of.push(&hit.watch),
            None => groups.push((hit, vec![&hit.watch])),
        }
    }
    let name = |id: &str| watches.iter().find(|watch| watch.id.as_str() == id).map(|watch| watch.name.as_str());
    let mut last_day = None;
    html! {
        @for (hit, of) in &groups {
            @if let Some(brief) = shown.briefs.get(hit.article.as_str()) {
                @let day = local(hit.found).date();
                @if last_day.replace(day) != Some(day) {
                    h2.day { span { (dates::day_heading(view.language, day, today)) } }
                }
                p.meta.hit {
                    span class=(if hit.event == Event::Withdrawn { "warn" } else { "tag" }) { (view.language.event(hit.event)) }
                    span { (view.word(Word::FoundAt)) " " (dates::published(view.language, hit.found, None, view.now).text) }
                    @if page.watch.is_none() { @for id in of { a href={ "/watch/" (id) } { (name(id).unwrap_or(id)) } } }
                }
                (newest::item(view, reader, brief, shown.listed.get(&ItemId::of_article(&brief.id)), shown.states))
            }
        }
    }
}

/// All watches, with their hit counts.
fn aside(view: &View, watches: &[&Watch], statuses: &[WatchStatus], shown: Option<&str>) -> Markup {
    html! {
        aside.filters #filters aria-label=(view.word(Word::AllWatches)) {
            h2 { (view.word(Word::AllWatches)) " (" (watches.len()) ")" }
            ul {
                @for (watch, status) in watches.iter().zip(statuses) {
                    @let is_held = shown == Some(watch.id.as_str());
                    @let href = if is_held { "/watch".to_owned() } else { format!("/watch/{}", watch.id) };
                    li {
                        a href=(href) aria-current=[is_held.then_some("true")] {
                            span { (watch.name) } span.n { (view.language.number(status.found.len() as u64)) }
                        }
                        p.quiet { (view.word(Word::LastFound)) ": " (last_found(view, status)) }
                    }
                }
            }
        }
    }
}

fn last_found(view: &View, status: &WatchStatus) -> String {
    let never = || view.word(Word::Never).to_owned();
    status.last_found.map_or_else(never, |at| dates::published(view.language, at, None, view.now).text)
}

/// Which articles each watch found; apps show them as tags.
#[derive(Debug, Default)]
pub(in crate::web) struct WatchTags {
    by_watch: HashMap<String, HashSet<ItemId>>,
}

impl WatchTags {
    /// The articles that a watch found.
    pub(in crate::web) fn items_of(&self, watch: &str) -> HashSet<ItemId> {
        self.by_watch.get(watch).cloned().unwrap_or_default()
    }

    /// Whether a watch found an article.
    pub(in crate::web) fn has(&self, watch: &str, item: ItemId) -> bool {
        self.by_watch.get(watch).is_some_and(|items| items.contains(&item))
    }
}

impl Reader {
    /// The latest hits of watches. The result is reused for some seconds.
    ///
    /// # Errors
    /// If the file of hits cannot be read.
    pub(in crate::web) async fn watch_tags(&self) -> Result<Arc<WatchTags>, Failure> {
        let mut known = self.tags.lock().await;
        if let Some((_, tags)) = known.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return Ok(Arc::clone(tags));
        }
        let mut tags = WatchTags::default();
        for (watch, article) in self.found.articles(MOST_TAGGED).await? {
            tags.by_watch.entry(watch).or_default().insert(ItemId::of_article(&article));
        }
        let tags = Arc::new(tags);
        *known = Some((Instant::now(), Arc::clone(&tags)));
        Ok(tags)
    }
}

//! The reader: stories, sources and unreadable portals, as pages and as feeds (`docs/reader.md`).
//!
//! It reads through its own connections (`pool`), keeps an index of the latest articles in memory (`shelf`), and bounds each answer in stories, bytes
//! and time. Nothing that a site sent is ever markup here: templates escape all of it, and the policy of each page allows only the reader's own
//! script.

mod access;
mod answers;
mod article;
mod coverage;
mod frame;
mod index;
mod login;
mod marks;
mod newest;
mod note;
mod pool;
mod publish;
mod search;
pub(super) mod shelf;
mod story;
mod view;
mod visitors;
mod watches;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::Uri;
use axum::http::header;
use axum::response::Response;
use tokio::sync::Mutex;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::config::Config;
use crate::marks::MarkError;
use crate::marks::MarkSets;
use crate::marks::Marks;
use crate::model::record::Record;
use crate::model::secret::Secret;
use crate::model::settings::ImageSetting;
use crate::model::settings::StoreAddress;
use crate::notify::FoundHits;
use crate::store::StoreError;
use crate::web::reader::access::Access;
pub(super) use crate::web::reader::access::Attempt;
pub(super) use crate::web::reader::answers::Failure;
use crate::web::reader::coverage::Coverage;
use crate::web::reader::index::Index;
use crate::web::reader::pool::Pool;
use crate::web::reader::shelf::Filter;
use crate::web::reader::shelf::Listing;
use crate::web::reader::shelf::Place;
use crate::web::reader::shelf::Shelf;
use crate::web::reader::view::Format;
use crate::web::reader::view::View;
pub(super) use crate::web::reader::visitors::app_key;
pub(super) use crate::web::reader::watches::WatchTags;

/// Time limit for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Interval between two checks for new records.
const ROUND: Duration = Duration::from_secs(2);

/// Interval at which the shelf is rebuilt, which drops articles that retention deleted.
const RENEWAL: Duration = Duration::from_hours(24);

/// How long one look at the portals serves all requests. A later request starts a new look but does not wait for it.
const LOOK: Duration = Duration::from_secs(10);

/// Age from which a look is too old to show, because nobody has asked since.
const OLD_LOOK: Duration = Duration::from_mins(1);

/// How long a browser keeps the language, in seconds.
const YEAR: i64 = 365 * 24 * 3600;

/// Everything that pages are made from.
pub struct Reader {
    clock: Clock,
    config: Box<dyn Fn() -> Arc<Config> + Send + Sync>,
    pool: Pool,
    search: Index,
    access: Access,
    shelf: RwLock<Arc<Shelf>>,
    coverage: Mutex<Option<(Instant, Arc<Coverage>)>>,
    is_coverage_asked: AtomicBool,
    state: Box<Path>,
    found: FoundHits,
    marks: OnceCell<Marks>,
    tags: Mutex<Option<(Instant, Arc<WatchTags>)>>,
}

impl Reader {
    /// A reader of the database in a state folder. It calls `config` for the current configuration on each use.
    pub fn new(state: &Path, clock: Clock, config: impl Fn() -> Arc<Config> + Send + Sync + 'static) -> Arc<Reader> {
        let address = StoreAddress { folder: state.to_owned(), server: config().store.clone() };
        Arc::new(Reader {
            clock,
            config: Box::new(config),
            pool: Pool::new(address),
            search: Index::new(state),
            access: Access::new(),
            shelf: RwLock::new(Arc::new(Shelf::new())),
            coverage: Mutex::default(),
            is_coverage_asked: AtomicBool::default(),
            state: state.into(),
            found: FoundHits::new(state),
            marks: OnceCell::new(),
            tags: Mutex::default(),
        })
    }

    /// Takes in new records, forever. A failure is logged once; pages then show what is known.
    pub(super) async fn keep_up(self: Arc<Reader>) {
        let (mut is_failing, mut filled) = (false, None::<Instant>);
        loop {
            let done = match self.fill_shelf(&mut filled).await {
                Ok(()) => self.renew_coverage().await,
                failed => failed,
            };
            if let Err(error) = &done {
                if !is_failing {
                    tracing::warn!("the reader cannot read the database: {error}");
                }
                self.pool.renew();
            }
            is_failing = done.is_err();
            tokio::time::sleep(ROUND).await;
        }
    }

    async fn fill_shelf(&self, filled: &mut Option<Instant>) -> Result<(), StoreError> {
        let store = self.pool.take().await?;
        if filled.is_none_or(|filled| filled.elapsed() >= RENEWAL) {
            let is_first = filled.is_none();
            let loading = Shelf::load(&store, |part| {
                if is_first {
                    self.put_shelf(part);
                }
            });
            self.put_shelf(loading.await?);
            *filled = Some(Instant::now());
        }
        while let Some(renewed) = self.shelf().renewed(&store).await? {
            self.put_shelf(renewed);
        }
        Ok(())
    }

    fn put_shelf(&self, filled: Shelf) {
        *self.shelf.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(filled);
    }

    pub(super) fn shelf(&self) -> Arc<Shelf> {
        Arc::clone(&self.shelf.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Checks a password that an app sent.
    pub(super) fn attempt(&self, password: &Secret, given: &[u8]) -> Attempt {
        self.access.attempt(password, given, self.clock.now())
    }

    /// The scheme and host that a request uses.
    pub(super) fn origin(&self, uri: &Uri, headers: &HeaderMap) -> String {
        View::new(uri, headers, self.clock.now()).origin
    }

    /// The newest records of the articles with these numbers.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn records(&self, numbers: Vec<i64>) -> Result<HashMap<i64, Record>, StoreError> {
        let records = self.pool.take().await?.by_number::<Record>(numbers).await?;
        Ok(records.into_iter().map(|(number, record, duplicate)| (number, Record { duplicate, ..record })).collect())
    }

    /// The marks file, opened on first use.
    ///
    /// # Errors
    /// [`MarkError`]; the next call tries again.
    pub(super) async fn marks_file(&self) -> Result<&Marks, MarkError> {
        self.marks.get_or_try_init(|| Marks::open(&self.state)).await
    }

    /// The marks; `None` if they cannot be read. Lists then appear without marks.
    async fn marks(&self) -> Option<&Marks> {
        self.marks_file().await.inspect_err(|error| tracing::debug!("pages have no marks: {error}")).ok()
    }

    /// The stories that match a filter.
    async fn list(&self, known: &Shelf, filter: &Filter, behind: Option<Place>, limit: usize) -> Listing {
        match self.marks().await {
            Some(marks) => marks.look(|sets| known.list(filter, sets, behind, limit)),
            None => known.list(filter, &MarkSets::default(), behind, limit),
        }
    }

    fn is_full(&self) -> bool {
        self.shelf().len() >= shelf::MOST_ARTICLES
    }

    pub(super) fn config(&self) -> Arc<Config> {
        (self.config)()
    }

    /// The state of the portals. If the last look is too old, all requests wait for one new look.
    async fn coverage(&self) -> Result<Arc<Coverage>, StoreError> {
        self.is_coverage_asked.store(true, Ordering::Relaxed);
        let mut known = self.coverage.lock().await;
        if let Some((_, coverage)) = known.as_ref().filter(|(at, _)| at.elapsed() < OLD_LOOK) {
            return Ok(Arc::clone(coverage));
        }
        let coverage = self.look().await?;
        *known = Some((Instant::now(), Arc::clone(&coverage)));
        Ok(coverage)
    }

    /// Looks again if somebody has asked since the last look.
    async fn renew_coverage(&self) -> Result<(), StoreError> {
        let is_old = self.coverage.lock().await.as_ref().is_some_and(|(at, _)| at.elapsed() >= LOOK);
        if is_old && self.is_coverage_asked.swap(false, Ordering::Relaxed) {
            let coverage = self.look().await?;
            *self.coverage.lock().await = Some((Instant::now(), coverage));
        }
        Ok(())
    }

    async fn look(&self) -> Result<Arc<Coverage>, StoreError> {
        let store = self.pool.take().await?;
        Ok(Arc::new(Coverage::gather(&self.config(), &store, self.clock.now()).await?))
    }

    /// The name of a portal's outlet.
    pub(super) fn outlet(&self, portal: &str) -> Option<String> {
        let id = crate::model::portal::PortalId::new(portal).ok()?;
        self.config().portal(&id).map(|portal| portal.outlet.name.clone())
    }

    /// Whether a portal is visited.
    fn is_enabled(&self, portal: &str) -> bool {
        let id = crate::model::portal::PortalId::new(portal).ok();
        id.is_some_and(|id| self.config().portal(&id).is_some_and(|portal| portal.enabled))
    }

    /// Whether a page loads images.
    fn shows_images(&self, view: &View) -> bool {
        match self.config().web.images {
            ImageSetting::Always => true,
            ImageSetting::Click => view.asked("images").is_some(),
            ImageSetting::Never => false,
        }
    }

    /// Whether a page offers to load its images.
    fn asks_for_images(&self) -> bool {
        self.config().web.images == ImageSetting::Click
    }
}

/// Answers a request for a page, a feed or a form.
pub(super) async fn answer(reader: &Reader, request: Request) -> Response {
    let mut view = View::new(request.uri(), request.headers(), reader.clock.now());
    // Forms on pages without a login are bound to a text in the browser's cookie.
    let visitor = view.cookies.get("visitor").filter(|kept| !kept.is_empty()).cloned();
    let (visitor, is_new) = visitor.map_or_else(|| (access::random(), true), |kept| (kept, false));
    view.visitor = visitor.clone();
    let (mut response, images) = visitors::answer(reader, view.clone(), request).await;
    answers::secure(&mut response, &images);
    if view.names_language {
        answers::set_cookie(&mut response, &view, "lang", view.language.tag(), YEAR);
    }
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == answers::HTML);
    if is_new && is_page {
        answers::set_cookie(&mut response, &view, "visitor", &visitor, YEAR);
    }
    response
}

/// Sets the headers that every answer has.
pub(super) fn secure(response: &mut Response) {
    answers::secure(response, &[]);
}

/// The answer for an admitted visitor, and the origins from which it may load images.
async fn admitted(reader: &Reader, view: &View, headers: &HeaderMap) -> (Response, Vec<String>) {
    let made = match tokio::time::timeout(PATIENCE, route(reader, view, headers)).await {
        Ok(made) => made,
        Err(_) => Err(Failure::Busy),
    };
    made.unwrap_or_else(|failure| {
        if matches!(failure, Failure::Store(_)) {
            reader.pool.renew();
        }
        (answers::failed(view, &failure), Vec::new())
    })
}

async fn route(reader: &Reader, view: &View, headers: &HeaderMap) -> Result<(Response, Vec<String>), Failure> {
    if view.format != Format::Page {
        return Ok((publish::feed(reader, view, headers).await?, Vec::new()));
    }
    let markup = match view.segments().as_slice() {
        [] | ["newest"] => newest::page(reader, view).await?,
        ["story", id] => story::page(reader, view, id).await?,
        ["search"] => search::page(reader, view).await?,
        ["coverage"] => coverage::page(reader, view).await?,
        ["watch"] => watches::page(reader, view, None).await?,
        ["watch", id] => watches::page(reader, view, Some(id)).await?,
        ["article", id] => {
            let (markup, images) = article::page(reader, view, id).await?;
            return Ok((answers::page(&markup), images));
        }
        _ => return Err(Failure::NotFound),
    };
    Ok((answers::page(&markup), Vec::new()))
}

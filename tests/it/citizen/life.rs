//! The service over the sources, in process and on paused time: all of it as in earnest but the network, which is the sources themselves.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tempfile::TempDir;
use tintinh::archive::PageStore;
use tintinh::clock::Clock;
use tintinh::config::Config;
use tintinh::daemon;
use tintinh::delivery::Delivery;
use tintinh::engine::Engine;
use tintinh::engine::Job;
use tintinh::engine::Setup;
use tintinh::engine::Shutdown;
use tintinh::engine::Until;
use tintinh::fetch::FetchError;
use tintinh::fetch::Fetcher;
use tintinh::fetch::transport::Exchange;
use tintinh::fetch::transport::Transport;
use tintinh::fetch::transport::WireRequest;
use tintinh::fetch::transport::WireResponse;
use tintinh::sink::jsonl::JsonLines;
use tintinh::store::PortalStatus;
use tintinh::store::Store;
use tintinh::visit::VisitContext;
use tokio::sync::watch;

use crate::behavior::log::Entry;
use crate::behavior::log::text_of;
use crate::behavior::rules::Promises;
use crate::behavior::site;
use crate::behavior::site::SentRequest;
use crate::behavior::site::Source;
use crate::behavior::site::Web;
use crate::behavior::tcp;

/// A Monday.
const BEGUN: &str = "2026-11-02T00:00:00Z";
const CONTACT: &str = "mailto:a@b.example";

/// The sources as a way to exchange, with a log.
pub(crate) struct Observed {
    pub(crate) web: Web,
    pub(crate) clock: Clock,
    pub(crate) log: Mutex<Vec<Entry>>,
    /// The domain below which these sources are, so that there can be several webs: `s01.a.example` is the source `s01.example`.
    pub(crate) below: String,
}

impl Observed {
    pub(crate) fn new(web: Web, clock: Clock, below: &str) -> Observed {
        Observed { web, clock, log: Mutex::default(), below: below.to_owned() }
    }

    /// A text of the sources with the names under which they are here.
    pub(crate) fn named_here(&self, text: &str) -> String {
        text.replace(".example", &self.below)
    }

    pub(crate) async fn answer(&self, request: &WireRequest) -> Result<WireResponse, FetchError> {
        let begun = self.clock.now();
        let path = request.url.as_url()[url::Position::BeforePath..].to_owned();
        let (tag, since) = (request.header("if-none-match"), request.header("if-modified-since"));
        let host = request.url.host().replace(&self.below, ".example");
        let mut answer = self.web.answer(SentRequest { host: &host, path: &path, tag, since }, begun);
        answer.body = self.named_here(&answer.body);
        tokio::time::sleep(answer.latency).await;
        let headers = request.headers.iter().map(|(name, value)| (name.clone(), text_of(value))).collect();
        let place = (request.url.host().to_owned(), request.method.to_owned(), path);
        self.log.lock().unwrap().push(tcp::entry(begun, self.clock.now(), place, headers, &answer));
        let Some(status) = answer.status else { return Err(FetchError::Cut("the connection was reset".to_owned())) };
        let headers = answer.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        // Of what is no page the network reads no body.
        let body = if status == 200 { Bytes::from(answer.body) } else { Bytes::new() };
        Ok(WireResponse { headers, body, ..WireResponse::new(status) })
    }
}

impl Transport for Observed {
    fn exchange<'a>(&'a self, request: &'a WireRequest) -> Exchange<'a> {
        Box::pin(self.answer(request))
    }
}

/// A service's life: its sources, its folder, its time.
pub(crate) struct Life {
    folder: TempDir,
    config: Config,
    observed: Arc<Observed>,
}

impl Life {
    /// With those of the fifty sources that are wanted.
    pub(crate) fn new(wanted: impl Fn(&Source) -> bool) -> Life {
        let begun: Timestamp = BEGUN.parse().unwrap();
        let web = Web::new(begun, wanted);
        // In memory where there is such a folder: a month is a hundred thousand commits.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        write_config(&folder.path().join("config"), &web);
        let config = Config::load(&folder.path().join("config")).unwrap_or_else(|errors| panic!("{errors}"));
        let observed = Arc::new(Observed::new(web, Clock::simulated(begun), ".example"));
        Life { folder, config, observed }
    }

    /// Runs the service for a while, from its start to its end, as after a restart of the machine.
    pub(crate) async fn serve(&self, time: Duration) {
        let (tell, told) = watch::channel(false);
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            tell.send_replace(true);
        });
        self.run(Until::Shutdown, told).await;
    }

    /// `tintinh fetch`, by hand.
    pub(crate) async fn fetch_by_hand(&self) {
        let (_tell, told) = watch::channel(false);
        self.run(Until::Idle, told).await;
    }

    async fn run(&self, until: Until, told: watch::Receiver<bool>) {
        let clock = self.observed.clock.clone();
        let store = Store::open(&self.config.state_dir).await.unwrap();
        store.free_leases(clock.now()).await.unwrap();
        store.register(&daemon::registrations(&self.config), clock.now()).await.unwrap();
        if until == Until::Idle {
            let portals: Vec<_> = self.config.portals.iter().map(|portal| portal.outlet.portal.clone()).collect();
            store.make_due(&portals, clock.now()).await.unwrap();
        }
        let fetcher =
            Fetcher::with_transport(self.config.fetch.clone(), clock.clone(), Arc::clone(&self.observed) as _);
        let pages = PageStore::open(&self.config.state_dir.join("pages"), self.config.pages.clone()).unwrap();
        let sink = JsonLines::open(&self.config.records_dir).unwrap();
        let context =
            VisitContext { store: store.clone(), fetcher: fetcher.clone(), pages, clock, reporter: Arc::new(|_| {}) };
        let (_setup, setup) = watch::channel(Setup { config: Arc::new(self.config.clone()), fetcher });
        let (_hurry, cut) = watch::channel(false);
        let job = Job { until, portals: None, backfill: None, by_hand: until == Until::Idle };
        Engine::new(context, Delivery::new(store, sink), setup).run(job, Shutdown { told, cut }).await.unwrap();
    }

    pub(crate) fn web(&self) -> &Web {
        &self.observed.web
    }

    pub(crate) fn log(&self) -> Vec<Entry> {
        self.observed.log.lock().unwrap().clone()
    }

    /// The exchanges for one path.
    pub(crate) fn asked_for(&self, path: &str) -> Vec<Entry> {
        self.log().into_iter().filter(|entry| entry.path == path).collect()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.observed.clock.now()
    }

    pub(crate) fn records(&self) -> PathBuf {
        self.folder.path().join("state/records")
    }

    /// How the portals stand.
    pub(crate) async fn status(&self) -> Vec<PortalStatus> {
        Store::open_read_only(&self.config.state_dir).await.unwrap().status().await.unwrap()
    }

    /// What the program promises in its documentation.
    pub(crate) fn promises(&self) -> Promises {
        let sources = self.web().sources().iter();
        Promises {
            sources: sources.map(|source| format!("{}{}", source.host, source.path)).collect(),
            every: Duration::from_hours(1),
            delay: Duration::from_secs(5),
            contact: CONTACT.to_owned(),
        }
    }
}

fn write_config(folder: &Path, web: &Web) {
    fs::create_dir_all(folder.join("portals")).unwrap();
    let settings = format!(
        "contact = \"{CONTACT}\"\nstate_dir = \"../state\"\n[engine]\nconcurrency = 16\n[defaults]\nevery_max = \"1h\"\n"
    );
    fs::write(folder.join("tintinh.toml"), settings).unwrap();
    for (id, file) in site::portals(web) {
        fs::write(folder.join(format!("portals/{id}.toml")), file).unwrap();
    }
}

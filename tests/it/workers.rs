//! Eight workers on one database, over five hundred portals, in this process and on paused time: what the portals are asked breaks no rule, and the
//! records are those of one worker.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

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
use tintinh::fetch::Fetcher;
use tintinh::fetch::transport::Exchange;
use tintinh::fetch::transport::Transport;
use tintinh::fetch::transport::WireRequest;
use tintinh::model::record::Record;
use tintinh::model::settings::StoreAddress;
use tintinh::model::settings::StoreSettings;
use tintinh::sink::jsonl::JsonLines;
use tintinh::store::Store;
use tintinh::visit::VisitContext;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::behavior::log::Entry;
use crate::behavior::rules;
use crate::behavior::rules::Promises;
use crate::behavior::rules::Rule;
use crate::behavior::site;
use crate::behavior::site::Web;
use crate::citizen::life::Observed;
use crate::cluster;
use crate::world::lasting;
use crate::world::records_below;

/// A Monday.
const BEGUN: &str = "2026-11-02T00:00:00Z";

/// How long the workers run.
const TIME: Duration = Duration::from_mins(70);

/// Twelve webs of 42 hosts each.
const TOWNS: usize = 12;

/// The webs as a way to exchange.
struct Country {
    towns: Vec<Observed>,
}

impl Country {
    fn new(towns: usize) -> Country {
        let begun: Timestamp = BEGUN.parse().unwrap();
        let clock = Clock::simulated(begun);
        let town = |number| Observed::new(Web::new(begun, |_| true), clock.clone(), &format!(".t{number}.example"));
        Country { towns: (0..towns).map(town).collect() }
    }

    fn clock(&self) -> Clock {
        self.towns[0].clock.clone()
    }

    fn log(&self) -> Vec<Entry> {
        self.towns.iter().flat_map(|town| town.log.lock().unwrap().clone()).collect()
    }

    fn promises(&self) -> Promises {
        let sources = |town: &Observed| -> Vec<String> {
            let names = town.web.sources().iter().map(|source| format!("{}{}", source.host, source.path));
            names.map(|name| town.named_here(&name)).collect()
        };
        Promises {
            sources: self.towns.iter().flat_map(sources).collect(),
            every: Duration::from_hours(1),
            delay: Duration::from_secs(5),
            contact: "mailto:a@b.example".to_owned(),
        }
    }

    /// Writes the configuration, which is that of all workers.
    fn write_config(&self, folder: &Path) {
        fs::create_dir_all(folder.join("portals")).unwrap();
        let settings = "contact = \"mailto:a@b.example\"\nstate_dir = \"../state\"\n[engine]\nconcurrency = 64\n[defaults]\nevery_max = \"1h\"\n[pages]\ndurable = false\n";
        fs::write(folder.join("tintinh.toml"), settings).unwrap();
        for (number, town) in self.towns.iter().enumerate() {
            for (id, file) in site::portals(&town.web) {
                fs::write(folder.join(format!("portals/{id}-t{number}.toml")), town.named_here(&file)).unwrap();
            }
        }
    }
}

impl Transport for Country {
    fn exchange<'a>(&'a self, request: &'a WireRequest) -> Exchange<'a> {
        let town = self.towns.iter().find(|town| request.url.host().ends_with(&town.below)).unwrap();
        Box::pin(town.answer(request))
    }
}

/// Workers over one country.
struct Crew {
    folder: TempDir,
    country: Arc<Country>,
    server: StoreSettings,
}

impl Crew {
    fn new(towns: usize, server: StoreSettings) -> Crew {
        let country = Arc::new(Country::new(towns));
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        country.write_config(&folder.path().join("config"));
        Crew { folder, country, server }
    }

    /// Lets so many workers work for a time, all of them from its beginning.
    async fn work(&self, workers: usize, time: Duration) {
        let config = Config::load(&self.folder.path().join("config")).unwrap_or_else(|errors| panic!("{errors}"));
        let mut crew = JoinSet::new();
        for number in 0..workers {
            let state_dir = self.folder.path().join(format!("worker-{number}"));
            let records_dir = state_dir.join("records");
            let config = Config { state_dir, records_dir, store: self.server.clone(), ..config.clone() };
            crew.spawn(work(config, Arc::clone(&self.country), time));
        }
        crew.join_all().await;
    }

    /// What was delivered by all workers.
    fn records(&self) -> Vec<Record> {
        records_below(self.folder.path())
    }
}

async fn work(config: Config, country: Arc<Country>, time: Duration) {
    let clock = country.clock();
    fs::create_dir_all(&config.state_dir).unwrap();
    let address = StoreAddress { folder: config.state_dir.clone(), server: config.store.clone() };
    let store = Store::open(address).await.unwrap();
    store.free_leases(clock.now()).await.unwrap();
    store.register(&daemon::registrations(&config), clock.now()).await.unwrap();
    let fetcher = Fetcher::with_transport(config.fetch.clone(), clock.clone(), country);
    let pages = PageStore::open(&config.state_dir.join("pages"), config.pages.clone()).unwrap();
    let sink = JsonLines::open(&config.records_dir).unwrap();
    let context =
        VisitContext { store: store.clone(), fetcher: fetcher.clone(), pages, clock, reporter: Arc::new(|_| {}) };
    let (_setup, setup) = watch::channel(Setup { config: Arc::new(config), fetcher });
    let (_hurry, cut) = watch::channel(false);
    let (tell, told) = watch::channel(false);
    tokio::spawn(async move {
        tokio::time::sleep(time).await;
        tell.send_replace(true);
    });
    let job = Job { until: Until::Shutdown, portals: None, backfill: None, by_hand: false };
    Engine::new(context, Delivery::new(store, sink), setup).run(job, Shutdown { told, cut }).await.unwrap();
}

/// Records of what the sources had published when the workers began, by id and revision: everybody had the time to read that.
fn from_the_start(crew: &Crew) -> BTreeMap<(String, u32), serde_json::Value> {
    let begun = BEGUN.parse().unwrap();
    let known = |town: &Observed| -> BTreeSet<String> {
        let mut urls = BTreeSet::new();
        for source in town.web.sources() {
            let host = town.named_here(&source.host);
            let range = town.web.published(source, begun);
            urls.extend(range.map(|article| format!("http://{host}/a/{}-{article}.html", source.number)));
        }
        urls
    };
    let wanted: BTreeSet<String> = crew.country.towns.iter().flat_map(known).collect();
    let mut all = BTreeMap::new();
    for record in crew.records().iter().filter(|record| wanted.contains(&record.url)) {
        let known = all.insert((record.id.clone(), record.revision), lasting(record));
        assert_eq!(known, None, "delivered twice");
    }
    all
}

/// The breaches of rules that concern a host, as several workers might commit them.
fn breaches(country: &Country) -> Vec<String> {
    let log = country.log();
    let found = rules::check(&log, &country.promises());
    let of_hosts =
        [Rule::OneAtATime, Rule::RetryAfter, Rule::BackOff, Rule::Robots, Rule::NoImmediateRetry, Rule::Rhythm];
    found.iter().filter(|one| of_hosts.contains(&one.rule)).map(ToString::to_string).collect()
}

#[tokio::test(start_paused = true)]
async fn eight_workers_over_five_hundred_portals_are_as_polite_as_one_and_find_the_same() {
    let Some(many) = cluster::schema() else { return };
    let crew = Crew::new(TOWNS, many);
    crew.work(8, TIME).await;
    let requests = crew.country.log().len();
    eprintln!("8 workers, {requests} requests to {} portals", TOWNS * 42);
    assert_eq!(breaches(&crew.country), Vec::<String>::new());
    let asked: BTreeSet<String> = crew.country.log().iter().map(|entry| entry.host.clone()).collect();
    assert_eq!(asked.len(), TOWNS * 42, "all were asked");
    // One worker, as one process is by default: on SQLite.
    let alone = Crew::new(TOWNS, StoreSettings::default());
    alone.work(1, TIME).await;
    let (found, wanted) = (from_the_start(&crew), from_the_start(&alone));
    eprintln!("{} records of what was there at the start", wanted.len());
    assert!(wanted.len() > TOWNS * 42, "{}", wanted.len());
    assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
    assert_eq!(found, wanted);
}

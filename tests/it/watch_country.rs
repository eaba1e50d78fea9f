//! Fifty portals over a month of simulated time: some are enabled late, some are out of order for hours or days; stories are copied, changed, moved and
//! withdrawn, two that were told become one, and some get another head; pages are read again by other rules, old pages by a backfill; the service is
//! restarted, and is down when digests are due. Twenty watches are told everything once and within their rhythm, and each digest names the portals
//! that could not be read. What must be told is known by the world that makes the articles (`oracle`), which does not use the code under test.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

mod oracle;
mod watches;
mod world;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;
use tintinh::archive::PageStore;
use tintinh::clock::Clock;
use tintinh::config::Config;
use tintinh::engine::Job;
use tintinh::engine::Until;
use tintinh::model::portal::PortalId;
use tintinh::notify::Notifier;
use tintinh::reread::Outcome;
use tintinh::reread::Reread;
use tintinh::store::Store;
use tintinh::visit::VisitContext;
use tokio::runtime::Runtime;

use crate::support::live;
use crate::support::reopened;
use crate::support::work_off;
use crate::watch_messages::queued;
use crate::watch_messages::told;

use oracle::Log;
use world::LATE;
use world::LATE_FROM;
use world::LISTS;
use world::PORTALS;
use world::Portals;
use world::REREAD;
use world::Size;
use world::hour;
use world::portal_file;

/// As much as a test suite has time for, and twice as many articles with three times as many visits.
const SHORT: Size = Size { days: 30, rhythm: 48, every: 12 };
const FULL: Size = Size { days: 30, rhythm: 24, every: 4 };
/// Hours in which the service is down while digests are due.
const DOWN: (i64, i64) = (478, 482);
/// Minutes between two rounds of the watches.
const ROUND: i64 = 20;
/// Hours at which pages are read again, and old ones by a backfill.
const REREAD_AT: i64 = 361;
const BACKFILL_AT: i64 = 410;
/// Pages of the lists that the backfill reads.
const PAGES: u32 = 8;

fn settings(size: Size) -> String {
    let every = size.every;
    format!(
        "state_dir = \"../state\"\nrecords_dir = \"../records\"\n[defaults]\nevery = \"{every}h\"\nevery_max = \"{every}h\"\ndelay = \"1s\"\n\
         [revisit]\nafter = [\"2d\", \"4d\"]\n[search]\nenabled = false\n\
         [[notify]]\nid = \"ban\"\nkind = \"command\"\ncommand = [\"/bin/false\"]\n[[notify]]\nid = \"so\"\nkind = \"command\"\ncommand = [\"/bin/false\"]\n"
    )
}

/// A folder with the configuration, in memory where there is such a folder.
fn folder(size: Size) -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let config = folder.path().join("config");
    for name in ["portals", "watch"] {
        fs::create_dir_all(config.join(name)).unwrap();
    }
    fs::write(config.join("tintinh.toml"), settings(size)).unwrap();
    for portal in 0..PORTALS {
        let text = portal_file(portal, false);
        let disabled = if LATE.contains(&portal) { "enabled = false\n" } else { "" };
        fs::write(config.join(format!("portals/p{portal}.toml")), format!("{disabled}{text}")).unwrap();
    }
    for asks in &watches::WATCHES {
        fs::write(config.join(format!("watch/{}.toml", asks.id)), asks.file()).unwrap();
    }
    folder
}

/// What the service needs, at the moment at which a process of it last asked for something.
struct Service {
    config: Arc<Config>,
    context: VisitContext,
}

/// The moment at which the service last asked for something.
fn now(folder: &Path) -> Timestamp {
    fs::read_to_string(folder.join("now")).map_or(hour(0), |now| now.parse().unwrap())
}

impl Service {
    async fn start(folder: &Path, size: Size) -> Service {
        let config = Arc::new(Config::load(&folder.join("config")).unwrap_or_else(|errors| panic!("{errors}")));
        let clock = Clock::simulated(now(folder));
        let portals = Arc::new(Portals::new(clock.clone(), folder.to_owned(), size));
        let context = reopened(&config, &clock, portals).await;
        Service { config, context }
    }
}

/// The service, until an hour of the month.
async fn serve(folder: &Path, size: Size, until: i64) {
    let service = Service::start(folder, size).await;
    let (config, clock) = (Arc::clone(&service.config), service.context.clock.clone());
    let notifier = Notifier::open(&config.state_dir, service.context.store.clone()).await.unwrap();
    // The first round comes before the first visit, as in the service.
    notifier.round(&config, clock.now()).await.unwrap();
    let rounds = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(60 * u64::try_from(ROUND).unwrap())).await;
            notifier.round(&config, clock.now()).await.unwrap();
        }
    });
    let left = hour(until).duration_since(service.context.clock.now()).try_into().unwrap_or(Duration::ZERO);
    live(service.config, service.context, left).await;
    rounds.abort();
}

/// Old pages of the lists, as `tintinh fetch --backfill` reads them.
async fn backfill(folder: &Path, size: Size) {
    let service = Service::start(folder, size).await;
    let clock = service.context.clock.clone();
    let begun = folder.join("backfill-begun");
    if !begun.exists() {
        fs::write(begun, clock.now().to_string()).unwrap();
    }
    let portals: Vec<PortalId> = LISTS.map(|portal| PortalId::new(&format!("p{portal}")).unwrap()).collect();
    service.context.store.make_due(&portals, clock.now()).await.unwrap();
    let job = Job { until: Until::Idle, portals: Some(portals), backfill: Some(PAGES), by_hand: true };
    work_off(service.config, service.context, job, None).await;
    fs::write(folder.join("backfilled"), clock.now().to_string()).unwrap();
}

/// Pages of some portals read again by other rules, as `tintinh reread` does: on threads of its own.
fn read_again(folder: &Path) {
    for portal in REREAD {
        fs::write(folder.join(format!("config/portals/p{portal}.toml")), portal_file(portal, true)).unwrap();
    }
    let config = Config::load(&folder.join("config")).unwrap_or_else(|errors| panic!("{errors}"));
    let work = async {
        let store = Store::open(&config.state_dir).await.unwrap();
        let pages = PageStore::reader(&config.state_dir.join("pages"), config.pages.clone());
        let reread = Reread { config: &config, store: &store, pages: &pages, since: None, writes: true, jobs: 1 };
        for portal in REREAD {
            let id = PortalId::new(&format!("p{portal}")).unwrap();
            let portal = config.portals.iter().find(|portal| portal.outlet.portal == id).unwrap();
            let (_, after) = reread.left(portal).await.unwrap();
            reread.read_portal(portal, after, &mut Outcome::default(), || false, |_| {}).await.unwrap();
        }
    };
    std::thread::scope(|scope| scope.spawn(|| Runtime::new().unwrap().block_on(work)).join()).unwrap();
    fs::write(folder.join("reread"), now(folder).to_string()).unwrap();
}

/// Revisions that came of reading again.
#[expect(clippy::disallowed_methods, reason = "the test looks at the database itself")]
fn reread_revisions(folder: &Path) -> u64 {
    let connection = Connection::open(folder.join("state").join(tintinh::store::FILE_NAME)).unwrap();
    let count = "SELECT count(*) FROM records WHERE json ->> '$.reason' = 'reread'";
    connection.query_row(count, [], |row| row.get(0)).unwrap()
}

/// The whole month, or what is left of it.
async fn month(folder: &Path, size: Size) {
    for until in [LATE_FROM, REREAD_AT, BACKFILL_AT, DOWN.0, size.days * 24] {
        if now(folder) < hour(until) - SignedDuration::from_hours(1) {
            serve(folder, size, until).await;
        }
        match until {
            LATE_FROM => {
                for portal in LATE {
                    fs::write(folder.join(format!("config/portals/p{portal}.toml")), portal_file(portal, false))
                        .unwrap();
                }
            }
            REREAD_AT if !folder.join("reread").exists() => read_again(folder),
            BACKFILL_AT if !folder.join("backfilled").exists() => backfill(folder, size).await,
            _ if until == DOWN.0 && now(folder) < hour(DOWN.1) => {
                fs::write(folder.join("now"), hour(DOWN.1).to_string()).unwrap();
            }
            _ => {}
        }
    }
}

/// `slack`: what killed processes may delay.
fn check(folder: &Path, size: Size, slack: SignedDuration) {
    let messages = queued(folder);
    let log = Log::read(folder, size, slack);
    log.check_world();
    assert!(reread_revisions(folder) >= 10);
    log.check(&mut told(&messages));
    log.check_coverage(&messages);
    oracle::check_rhythm(&messages, size);
}

#[tokio::test(start_paused = true)]
async fn over_a_month_everything_is_told_once_and_in_time() {
    let folder = folder(SHORT);
    month(folder.path(), SHORT).await;
    check(folder.path(), SHORT, SignedDuration::ZERO);
}

#[tokio::test(start_paused = true)]
#[ignore = "tests/soak/watch-month.sh runs it"]
async fn over_a_month_of_many_articles_everything_is_told_once_and_in_time() {
    let folder = folder(FULL);
    month(folder.path(), FULL).await;
    check(folder.path(), FULL, SignedDuration::ZERO);
}

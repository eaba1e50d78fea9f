//! The two engines of the store beside each other: claims a second with eight clients over many portals, and processor time for each settled article.
//! Run with `cargo bench --bench store [-- PORTALS ARTICLES]`; needs PostgreSQL (`tests/postgres/install.sh`).
#![allow(clippy::unwrap_used, reason = "a bench says what is wrong by panicking")]
#![allow(dead_code, reason = "the tests use the rest of the cluster")]

#[path = "../tests/it/cluster.rs"]
mod cluster;

use std::time::Duration;

use cluster::Cluster;
use jiff::Timestamp;
use serde_json::json;
use tintinh::machine;
use tintinh::model::link::Discovery;
use tintinh::model::link::Hints;
use tintinh::model::link::Link;
use tintinh::model::link::SourceKind;
use tintinh::model::outcome::Outcome;
use tintinh::model::portal::GroupId;
use tintinh::model::portal::PortalId;
use tintinh::model::portal::SourceId;
use tintinh::model::settings::StoreAddress;
use tintinh::model::settings::StoreSettings;
use tintinh::store::Article;
use tintinh::store::PortalFilter;
use tintinh::store::Registration;
use tintinh::store::Settlement;
use tintinh::store::Store;
use tintinh::url::PageUrl;
use tokio::time::Instant;

const CLIENTS: usize = 8;
/// How long claims are counted.
const TIME: Duration = Duration::from_secs(10);
const LEASE: Duration = Duration::from_hours(1);

#[tokio::main]
async fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let (portals, articles) = (numbers.first().copied().unwrap_or(100_000), numbers.get(1).copied().unwrap_or(2000));
    // With its promises of durability, as in earnest.
    let Some(cluster) = Cluster::start("") else { return };
    for server in [StoreSettings::default(), cluster.schema()] {
        let name = if server.url.is_some() { "PostgreSQL" } else { "SQLite" };
        claims(name, &server, portals).await;
    }
    for server in [StoreSettings::default(), cluster.schema()] {
        let name = if server.url.is_some() { "PostgreSQL" } else { "SQLite" };
        settles(name, &server, articles, &cluster).await;
    }
}

fn now() -> Timestamp {
    "2026-11-02T00:00:00Z".parse().unwrap()
}

fn portal(number: usize) -> PortalId {
    PortalId::new(&format!("p{number}")).unwrap()
}

async fn opened(server: &StoreSettings) -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let address = StoreAddress { folder: folder.path().to_owned(), server: server.clone() };
    let store = Store::open(address).await.unwrap();
    (folder, store)
}

async fn registered(store: &Store, portals: usize) {
    let all: Vec<Registration> = (0..portals)
        .map(|number| Registration { portal: portal(number), group: GroupId::new(&format!("p{number}")).unwrap() })
        .collect();
    store.register(&all, now()).await.unwrap();
}

async fn claims(name: &str, server: &StoreSettings, portals: usize) {
    let (folder, store) = opened(server).await;
    let begun = Instant::now();
    registered(&store, portals).await;
    let took = begun.elapsed();
    let among: PortalFilter = (0..portals).map(portal).collect();
    let mut clients = tokio::task::JoinSet::new();
    let begun = Instant::now();
    for client in 0..CLIENTS {
        let (among, shared, server, folder) =
            (among.clone(), store.clone(), server.clone(), folder.path().join(client.to_string()));
        clients.spawn(async move {
            // Clients of SQLite are one process.
            let own = StoreAddress { folder, server };
            let store = if own.server.url.is_some() { Store::open(own).await.unwrap() } else { shared };
            let mut claimed = Vec::new();
            while begun.elapsed() < TIME
                && let Some(lease) = store.claim(among.clone(), now(), LEASE).await.unwrap()
            {
                claimed.push(lease.portal);
            }
            claimed
        });
    }
    let all: Vec<PortalId> = clients.join_all().await.into_iter().flatten().collect();
    let distinct: std::collections::BTreeSet<&PortalId> = all.iter().collect();
    assert_eq!(distinct.len(), all.len(), "a portal was claimed twice");
    let rate = all.len() as f64 / begun.elapsed().as_secs_f64();
    println!(
        "{name}: {portals} portals registered in {:.1} s; {CLIENTS} clients: {rate:.0} claims/s",
        took.as_secs_f64()
    );
}

/// A text of two hundred syllables by a number; every tenth repeats the one before.
fn text(number: usize) -> String {
    let seed = if number % 10 == 9 { number - 1 } else { number };
    let word = |at: usize| {
        let hash = blake3::hash(format!("{seed} {at}").as_bytes());
        format!("t{}", u16::from_le_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]) % 5000)
    };
    (0..200).map(word).collect::<Vec<_>>().join(" ")
}

fn article(id: &str, number: usize) -> Article {
    let url = format!("http://p{}.example/bai-{number}.html", number % 10);
    let record = json!({
        "schema_version": 1, "id": id, "revision": 1, "portal": format!("p{}", number % 10), "outlet": "A", "url": url, "final_url": url,
        "canonical_url": url, "title": format!("Tiêu đề {number}"), "content_text": text(number),
        "content_html": format!("<p>{}</p>", text(number)), "language": "vi", "date_fetched": "2026-11-02T07:00:00+07:00",
        "content_hash": format!("{number:032}"), "discovery": {"kind": "listing", "url": "http://a.example/tin"},
        "http": {"status": 200, "charset": "utf-8"}, "extraction": {"rules": [], "version": "0", "origins": {}}
    });
    Article { record: serde_json::from_value(record).unwrap(), credit: None, is_misnamed: false, is_moved: false }
}

/// The processor time of a cluster's processes, in seconds.
fn server_cpu(cluster: &Cluster) -> f64 {
    let mut ticks = 0;
    let postmaster = cluster.postmaster();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let Some((head, rest)) = stat.rsplit_once(") ") else { continue };
        let fields: Vec<u64> = rest.split(' ').map(|field| field.parse().unwrap_or_default()).collect();
        if head.split(' ').next() == Some(&postmaster) || fields[1].to_string() == postmaster {
            // Own time, and that of connections that have ended.
            ticks += fields[11..15].iter().sum::<u64>();
        }
    }
    ticks as f64 / 100.0
}

async fn settles(name: &str, server: &StoreSettings, articles: usize, cluster: &Cluster) {
    let (_folder, store) = opened(server).await;
    registered(&store, 10).await;
    let source = SourceId::new("tin").unwrap();
    let address = PageUrl::parse("http://a.example/tin").unwrap();
    let mut leases = Vec::new();
    for _ in 0..10 {
        leases.push(store.claim((0..10).map(portal).collect::<PortalFilter>(), now(), LEASE).await.unwrap().unwrap());
    }
    for lease in &leases {
        store.begin_walk(lease, &source, &address, now()).await.unwrap();
    }
    let (cpu, servers, begun) = (machine::usage().cpu, server_cpu(cluster), Instant::now());
    for number in 0..articles {
        let lease = leases.iter().find(|lease| lease.portal == portal(number % 10)).unwrap();
        let url = PageUrl::parse(&format!("http://p{}.example/bai-{number}.html", number % 10)).unwrap();
        let id = format!("{number:032x}");
        let discovery = Discovery { source: source.clone(), kind: SourceKind::Listing, url: url.clone(), guid: None };
        let link = Link { url, hints: Hints::default(), discovery };
        store.take_up(lease, &source, vec![(id.clone(), link)], false, now()).await.unwrap();
        let pending = store.next_link(lease, &[], now()).await.unwrap().unwrap();
        let settlement =
            Settlement { id: pending.id, outcome: Outcome::Recorded, answered: None, not_before: None, raw: None };
        store.settle_article(lease, settlement, article(&id, number), now()).await.unwrap();
    }
    let each = |seconds: f64| seconds * 1000.0 / articles as f64;
    println!(
        "{name}: {articles} articles taken up and settled, for each {:.2} ms of processor time, {:.2} ms of the server's, {:.2} ms in all",
        each(machine::usage().cpu.saturating_sub(cpu).as_secs_f64()),
        each(server_cpu(cluster) - servers),
        each(begun.elapsed().as_secs_f64())
    );
}

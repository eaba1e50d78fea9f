//! What a worker on PostgreSQL does when the connection is cut, the server restarts, or another program upgraded the tables. A proxy of the tests
//! cuts where it is told.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::io::Read;
use std::io::Write;
use std::net::Shutdown;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use tempfile::TempDir;
use tintinh::model::settings::StoreAddress;
use tintinh::model::settings::StoreSettings;
use tintinh::store::Lease;
use tintinh::store::Store;
use tintinh::store::StoreError;
use tintinh::store::StoreProblem;

use crate::cluster::Cluster;
use crate::store_behavior::address;
use crate::store_behavior::article;
use crate::store_behavior::at;
use crate::store_behavior::claim;
use crate::store_behavior::link;
use crate::store_behavior::named;
use crate::store_behavior::registered;
use crate::store_behavior::settlement;
use crate::store_behavior::source;

/// Where a connection is cut: at the next COMMIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// The server does not receive it.
    Before,
    /// The server receives a part of it.
    Within,
    /// The server receives it, and its answer is lost.
    After,
}

/// Passes connections on to a server.
struct Proxy {
    port: u16,
    cut: Arc<Mutex<Option<Cut>>>,
}

/// The message that ends a transaction (simple query, as in the protocol's chapter of PostgreSQL's manual).
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

impl Proxy {
    fn start(server: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, cut) = (listener.local_addr().unwrap().port(), Arc::new(Mutex::new(None)));
        let asked = Arc::clone(&cut);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                let is_deaf = Arc::new(Mutex::new(false));
                let (from, to, deaf) = (server.try_clone().unwrap(), client.try_clone().unwrap(), Arc::clone(&is_deaf));
                std::thread::spawn(move || pass(from, to, |_| Passed::All, &deaf));
                let asked = Arc::clone(&asked);
                std::thread::spawn(move || pass(client, server, |bytes| verdict(bytes, &asked), &is_deaf));
            }
        });
        Proxy { port, cut }
    }

    fn cut(&self, at: Cut) {
        *self.cut.lock().unwrap() = Some(at);
    }
}

/// How much of some bytes is passed on.
enum Passed {
    All,
    /// So many; then both ends are closed.
    Some(usize),
    /// All; their answer is not.
    Unanswered,
}

fn verdict(bytes: &[u8], asked: &Mutex<Option<Cut>>) -> Passed {
    let Some(place) = bytes.windows(COMMIT.len()).position(|window| window == COMMIT) else { return Passed::All };
    match asked.lock().unwrap().take() {
        None => Passed::All,
        Some(Cut::Before) => Passed::Some(place),
        Some(Cut::Within) => Passed::Some(place + 7),
        Some(Cut::After) => Passed::Unanswered,
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, verdict: impl Fn(&[u8]) -> Passed, is_deaf: &Mutex<bool>) {
    let mut buffer = vec![0; 65_536];
    loop {
        let read = from.read(&mut buffer).unwrap_or(0);
        let bytes = &buffer[..read];
        if read == 0 || *is_deaf.lock().unwrap() {
            break;
        }
        let passed = verdict(bytes);
        if let Passed::Unanswered = passed {
            *is_deaf.lock().unwrap() = true;
        }
        let count = if let Passed::Some(count) = passed { count } else { read };
        if to.write_all(&bytes[..count]).is_err() || count < read {
            break;
        }
    }
    for stream in [from, to] {
        let _ = stream.shutdown(Shutdown::Both);
    }
}

async fn open(server: StoreSettings) -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(StoreAddress { folder: folder.path().to_owned(), server }).await.unwrap();
    registered(&store).await;
    (folder, store)
}

async fn with_a_link(store: &Store) -> Lease {
    let lease = claim(store, 0).await.unwrap();
    store.begin_walk(&lease, &source(), &address(), at(0)).await.unwrap();
    store.take_up(&lease, &source(), named([link(1)]), false, at(0)).await.unwrap();
    lease
}

#[tokio::test]
async fn a_connection_that_is_cut_at_a_commit_loses_nothing_and_doubles_nothing() {
    let Some(cluster) = Cluster::start("") else { return };
    for cut in [Cut::Before, Cut::Within, Cut::After] {
        let proxy = Proxy::start(cluster.port());
        let direct = cluster.schema();
        let schema = direct.url.as_ref().unwrap().rsplit("%3D").next().unwrap().to_owned();
        let (_folder, store) = open(Cluster::address(proxy.port, &schema)).await;
        let lease = with_a_link(&store).await;
        let pending = store.next_link(&lease, &[], at(0)).await.unwrap().unwrap();
        proxy.cut(cut);
        let error = store.settle_article(&lease, settlement(&pending.id), article("x", 1), at(0)).await.unwrap_err();
        assert_eq!(error.problem(), Some(StoreProblem::Unreachable), "{cut:?}: {error}");
        assert!(error.problem().unwrap().may_pass(), "the service pauses and goes on");
        // The server may still be at it.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let left = store.next_link(&lease, &[], at(0)).await.unwrap();
        assert_eq!(left.is_none(), cut == Cut::After, "{cut:?}: what was not written is still to be done");
        if let Some(left) = left {
            assert_eq!(left, pending);
            store.settle_article(&lease, settlement(&left.id), article("x", 1), at(0)).await.unwrap();
        }
        let rows = store.outbox(10, &[]).await.unwrap().rows;
        assert_eq!(rows.iter().map(|row| (row.sequence, row.id.as_str())).collect::<Vec<_>>(), [(1, "x")], "{cut:?}");
        assert_eq!(store.disagreements().await.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_server_that_restarts_is_found_again() {
    let Some(cluster) = Cluster::start("") else { return };
    let (_folder, store) = open(cluster.schema()).await;
    let lease = with_a_link(&store).await;
    for mode in ["fast", "immediate"] {
        cluster.restart(mode);
        // Idle connections are gone; nothing was in the midst of one, so no verb notices.
        assert!(store.next_link(&lease, &[], at(0)).await.unwrap().is_some(), "{mode}");
    }
    let pending = store.next_link(&lease, &[], at(0)).await.unwrap().unwrap();
    store.settle_article(&lease, settlement(&pending.id), article("x", 1), at(0)).await.unwrap();
    cluster.restart("immediate");
    assert_eq!(store.outbox_length().await.unwrap(), 1, "what was committed is durable");
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_with_a_reason() {
    let Some(cluster) = Cluster::start("-c fsync=off") else { return };
    let settings = cluster.schema();
    let (_folder, store) = open(settings.clone()).await;
    drop(store);
    let schema = settings.url.as_ref().unwrap().rsplit("%3D").next().unwrap().to_owned();
    cluster.run(&format!("UPDATE {schema}.format SET number = 99"));
    let folder = tempfile::tempdir().unwrap();
    let address = StoreAddress { folder: folder.path().to_owned(), server: settings };
    let newer = Store::open(&address).await.unwrap_err();
    assert!(matches!(newer, StoreError::TooNew { found: 99, .. }), "{newer}");
    cluster.run("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
    let url = format!("postgres://tintinh@127.0.0.1:{}/latin", cluster.port());
    let other = StoreAddress { server: StoreSettings { url: Some(url), password: None }, ..address.clone() };
    let error = Store::open(&other).await.unwrap_err().to_string();
    assert!(error.contains("LATIN1"), "{error}");
    let url = format!("postgres://tintinh@127.0.0.1:{}/none", cluster.port());
    let other = StoreAddress { server: StoreSettings { url: Some(url), password: None }, ..address };
    let error = Store::open(&other).await.unwrap_err();
    assert_eq!(error.problem(), Some(StoreProblem::Unreachable), "{error}");
    assert!(error.to_string().contains("does not exist"), "{error}");
}

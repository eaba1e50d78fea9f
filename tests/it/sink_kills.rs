//! The service is killed at moments of its work, with a slow webhook, one that fails at times, and the record files.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::crash::slow_world;
use crate::server::Seen;
use crate::server::Server;
use crate::server::Step;
use crate::server::answer;
use crate::service::Service;
use crate::sinks::records;
use crate::sinks::sequences;
use crate::sinks::table;
use crate::world::World;
use crate::world::by_key;
use crate::world::end_of;
use crate::world::until;

/// Processes killed over a folder.
const KILLS: u32 = 5;

/// A receiver, and what it has taken: requests that it answered with 200.
struct Receiver {
    server: Server,
    taken: Arc<std::sync::Mutex<Vec<Seen>>>,
}

impl Receiver {
    /// Refuses each so-manieth request (0: none), and answers after a pause.
    async fn start(refuses: usize, pause: Duration) -> Receiver {
        let taken: Arc<std::sync::Mutex<Vec<Seen>>> = Arc::default();
        let (asked, log) = (AtomicUsize::new(0), Arc::clone(&taken));
        let script = move |seen: &Seen| {
            let number = asked.fetch_add(1, Ordering::SeqCst) + 1;
            if refuses > 0 && number.is_multiple_of(refuses) {
                return answer("500 Error", &[], "");
            }
            log.lock().unwrap().push(seen.clone());
            let ok = answer("200 OK", &[], "");
            if pause.is_zero() { ok } else { [vec![Step::Drip(b"H".to_vec(), pause)], rest(ok)].concat() }
        };
        Receiver { server: Server::start(script).await, taken }
    }

    fn taken(&self) -> Vec<Seen> {
        self.taken.lock().unwrap().clone()
    }

    fn keys(&self) -> BTreeSet<(String, u64)> {
        let key = |record: Value| (record["id"].as_str().unwrap().to_owned(), record["revision"].as_u64().unwrap());
        self.taken().iter().flat_map(records).map(key).collect()
    }

    /// Every record at least once; each comes for the first time behind all that were written before it.
    fn check(&self, wanted: &BTreeSet<(String, u64)>, name: &str) {
        assert_eq!(&self.keys(), wanted, "{name}");
        let (mut known, mut last) = (BTreeSet::new(), 0);
        for number in sequences(&self.taken()) {
            if known.insert(number) {
                assert!(number > last, "{name}: {number} came behind {last}");
                last = number;
            }
        }
    }
}

/// An answer without its first byte.
fn rest(steps: Vec<Step>) -> Vec<Step> {
    let cut = |step: Step| if let Step::Send(bytes) = step { Step::Send(bytes[1..].to_vec()) } else { step };
    steps.into_iter().map(cut).collect()
}

/// A world with two webhooks, each of which is sent four records at once.
async fn world_with(slow: &Receiver, failing: &Receiver) -> World {
    let world = slow_world().await;
    world.add(&table(&world, "slow", &slow.server, "batch = 4"));
    world.add(&table(&world, "failing", &failing.server, "batch = 4"));
    world
}

async fn kill_over(kills: u32) {
    let mut hit = 0;
    for _folder in 0..kills / KILLS {
        let slow = Receiver::start(0, Duration::from_millis(150)).await;
        let failing = Receiver::start(3, Duration::ZERO).await;
        let world = world_with(&slow, &failing).await;
        for kill in 0..KILLS {
            let mut service = Service::start(&world);
            until("READY=1", || service.said("READY=1")).await;
            let seen = slow.server.seen().len() + failing.server.seen().len();
            // Behind the start, in the midst of a batch: at once, or after some more requests.
            until("work", || slow.server.seen().len() + failing.server.seen().len() >= seen + 1 + kill as usize % 3)
                .await;
            tokio::time::sleep(Duration::from_millis(u64::from(kill) * 31)).await;
            let mut child = service.child;
            child.start_kill().unwrap();
            hit += u32::from(end_of(child).await.code.is_none());
        }
        // A portal that was cut off may have a rest; it is asked for by hand.
        world.catch_up().await;
        let wanted = tintinh::demo::expected().len();
        assert_eq!(world.records().len(), wanted);
        let service = Service::start(&world);
        let keys: BTreeSet<(String, u64)> =
            by_key(&world.records()).into_keys().map(|(id, revision)| (id, revision.into())).collect();
        until("all records at both", || slow.keys() == keys && failing.keys() == keys).await;
        service.signal(Signal::TERM);
        assert_eq!(service.end().await.0.code, Some(0));
        slow.check(&keys, "the slow one");
        failing.check(&keys, "the one that fails at times");
        let doubled = sequences(&slow.taken()).len() + sequences(&failing.taken()).len() - 2 * wanted;
        eprintln!("{doubled} of {} records came twice", 2 * wanted);
    }
    assert!(hit >= kills * 4 / 5, "only {hit} of {kills} processes were still running");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_five_moments_each_sink_gets_every_record_in_order() {
    kill_over(KILLS).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/soak/sinks.sh runs it"]
async fn killed_at_fifty_moments_each_sink_gets_every_record_in_order() {
    kill_over(50).await;
}

/// Between a receiver's answer and the note of it, a batch is sent again under the same id.
#[tokio::test(flavor = "multi_thread")]
async fn killed_before_a_batch_is_noted_it_comes_again_under_its_id() {
    let receiver = Receiver::start(0, Duration::ZERO).await;
    let world = World::new().await;
    world.add(&table(&world, "archive", &receiver.server, "batch = 4"));
    let mut command = world.command(&["fetch"]);
    command.env("TINTINH_FAILPOINTS", "forward.given=kill@2");
    assert_eq!(end_of(command.spawn().unwrap()).await.code, None);
    assert_eq!(receiver.taken().len(), 2);
    world.run_well(&["fetch"]).await;
    let seen = receiver.taken();
    assert_eq!(seen[1].header("webhook-id"), seen[2].header("webhook-id"));
    assert_eq!(seen[1].body, seen[2].body);
    let wanted = tintinh::demo::expected().len();
    assert_eq!(sequences(&seen).len(), wanted + 4);
}

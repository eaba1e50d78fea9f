//! Pages on which the program itself fails: set aside with a copy, told, and read again when it was mended. The others go on.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use crate::sites::Fault;
use crate::sites::FaultKind;
use serde_json::Value;
use tintinh::demo::expected;

use crate::doctor::check_healthy;
use crate::service::Service;
use crate::world::Done;
use crate::world::World;
use crate::world::by_key;
use crate::world::end_of;
use crate::world::until;

/// A run with failpoints.
async fn run_failing(world: &World, arguments: &[&str], points: &str) -> Done {
    let mut command = world.command(arguments);
    command.env("TINTINH_FAILPOINTS", points);
    end_of(command.spawn().unwrap()).await
}

async fn status(world: &World) -> Value {
    serde_json::from_str(&world.run_well(&["status", "--json"]).await).unwrap()
}

fn quarantined(status: &Value) -> u64 {
    status["portals"].as_array().unwrap().iter().map(|portal| portal["quarantined"].as_u64().unwrap()).sum()
}

fn alarms(status: &Value) -> Vec<&str> {
    status["alarms"].as_array().unwrap().iter().map(|alarm| alarm["alarm"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_sets_its_page_aside_and_a_retry_reads_the_copy() {
    let world = World::new().await;
    let wanted = expected().len();
    let done = run_failing(&world, &["fetch"], "extract=panic@5..6").await;
    assert_eq!(done.code, Some(1), "{done:#?}");
    assert!(done.err.contains("bug in extraction: failpoint extract: panic"), "{}", done.err);
    assert_eq!(world.records().len(), wanted - 2, "the visits went on");
    let before = status(&world).await;
    assert_eq!(quarantined(&before), 2, "{before:#}");
    assert!(!alarms(&before).is_empty() && alarms(&before).iter().all(|alarm| *alarm == "quarantine"), "{before:#}");
    let text = world.run_well(&["status"]).await;
    assert!(text.contains("in quarantine; `tintinh status` shows why, and `tintinh retry demo-"), "{text}");
    // Nothing is asked of the portals again: the copies are read.
    for host in world.sites.resolve().into_keys() {
        world.sites.set_fault(&host, Some(Fault::everywhere(FaultKind::Status(500))));
    }
    let asked = world.sites.log().len();
    let again = run_failing(&world, &["retry"], "extract=panic@1").await;
    assert_eq!(again.code, Some(1), "one fails again: {again:#?}");
    assert_eq!(quarantined(&status(&world).await), 1);
    world.run_well(&["retry"]).await;
    assert_eq!(world.sites.log().len(), asked, "no request was sent");
    let after = status(&world).await;
    assert_eq!((quarantined(&after), alarms(&after)), (0, Vec::new()), "{after:#}");
    assert_eq!(by_key(&world.records()).len(), wanted);
    assert!(world.run_well(&["retry"]).await.contains("no page is waiting"));
    check_healthy(&world).await;
}

/// No panic but an end of the whole process, as of a stack that overflows: the third time the page is not tried again.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_ends_the_process_is_set_aside_at_the_third_time() {
    let world = World::new().await;
    world.only(&["demo-khanhmau"]);
    let wanted = expected().iter().filter(|one| one.portal == "demo-khanhmau").count();
    // The last page but one; it is read last from then on.
    for failing in [format!("extract=kill@{}", wanted - 1), "extract=kill@2".to_owned(), "extract=kill@1".to_owned()] {
        assert_eq!(run_failing(&world, &["fetch"], &failing).await.code, None, "{failing}");
    }
    assert_eq!(world.records().len(), wanted - 1);
    let done = world.run(&["fetch"]).await;
    assert!(done.err.contains("set aside: the process ended 3 times while it read this page"), "{}", done.err);
    assert_eq!(world.records().len(), wanted - 1);
    assert_eq!(quarantined(&status(&world).await), 1);
    let done = world.run(&["retry"]).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert_eq!(world.records().len(), wanted);
    check_healthy(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_on_which_the_program_fails_is_told_at_once_and_read_by_a_retry() {
    let world = World::new().await;
    world.only(&["demo-gialai"]);
    let done = run_failing(&world, &["fetch"], "discover=panic@1").await;
    assert_eq!(done.code, Some(1), "{done:#?}");
    let before = status(&world).await;
    assert_eq!(alarms(&before), ["quarantine"], "{before:#}");
    assert!(before["alarms"][0]["evidence"]["file"].as_str().unwrap().starts_with("evidence/"), "{before:#}");
    world.run_well(&["retry"]).await;
    let wanted = expected().iter().filter(|one| one.portal == "demo-gialai").count();
    assert_eq!(world.records().len(), wanted);
    assert_eq!(alarms(&status(&world).await), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_service_does_the_reading_itself() {
    let world = World::new().await;
    world.only(&["demo-gialai"]);
    run_failing(&world, &["fetch"], "extract=panic@1").await;
    let mut service = Service::start(&world);
    until("READY=1", || service.said("READY=1")).await;
    let said = world.run_well(&["retry", "demo-gialai"]).await;
    assert!(said.contains("the running service reads 1 page again"), "{said}");
    // Anything wakes it; else it wakes once a minute by itself.
    service.signal(rustix::process::Signal::HUP);
    let wanted = expected().iter().filter(|one| one.portal == "demo-gialai").count();
    until("the page", || {
        service.count("");
        crate::service::count(&world) == wanted
    })
    .await;
    service.signal(rustix::process::Signal::TERM);
    assert_eq!(service.end().await.0.code, Some(0));
}

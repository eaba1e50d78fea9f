//! What a service tells of itself: metrics, health, readiness; the dashboard and the alert rules that are shipped, held to the metrics.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]
#![expect(clippy::float_cmp, reason = "counts are whole numbers")]

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::sites::Fault;
use crate::sites::FaultKind;
use regex::Regex;
use rustix::process::Signal;
use serde_json::Value;
use tintinh::demo::expected;

use crate::service::Service;
use crate::service::count;
use crate::support::present;
use crate::world::World;
use crate::world::until;

/// A port that nobody holds just now.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A world whose service serves its metrics.
async fn served(more: &str) -> (World, SocketAddr) {
    let world = World::new().await;
    let address = free_address();
    world.add(&format!("[metrics]\nlisten = \"{address}\"\n{more}"));
    (world, address)
}

/// Status and body of an answer.
fn get(address: SocketAddr, path: &str, headers: &str) -> (u16, String) {
    get_as(&address.to_string(), address, path, headers)
}

/// Likewise, where who asks calls the service so.
fn get_as(host: &str, address: SocketAddr, path: &str, headers: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n").as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// The value of a series, by its name and labels as they are written.
fn value(metrics: &str, series: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{series} is not in\n{metrics}")).parse().unwrap()
}

async fn up(service: &mut Service, address: SocketAddr) {
    until("the port", || {
        service.count("");
        TcpStream::connect(address).is_ok()
    })
    .await;
}

fn monitoring() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/monitoring")
}

/// The names that an expression asks for.
fn asked(text: &str) -> BTreeSet<String> {
    let name = Regex::new(r"\b(?:tintinh|process)_[a-z0-9_]+").unwrap();
    name.find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_tell_of_visits_and_portals_and_rules_and_dashboard_ask_for_what_is_there() {
    let (world, address) = served("").await;
    world.sites.set_fault("gialai.tintinh.test", Some(Fault::everywhere(FaultKind::Status(500))));
    let mut service = Service::start(&world);
    let wanted = expected().iter().filter(|one| one.portal != "demo-gialai").count();
    until("all records", || count(&world) == wanted).await;
    up(&mut service, address).await;
    until("the visits' end", || {
        let (_, metrics) = get(address, "/metrics", "");
        value(&metrics, "tintinh_visit_duration_seconds_count") >= 7.0
    })
    .await;
    // What was looked at in the store serves for some seconds.
    tokio::time::sleep(Duration::from_secs(11)).await;
    let (status, metrics) = get(address, "/metrics", "");
    assert_eq!(status, 200);
    assert!(metrics.ends_with("# EOF\n"), "whole: {metrics}");
    assert_eq!(value(&metrics, "tintinh_portals"), 7.0);
    assert_eq!(value(&metrics, "tintinh_state{state=\"running\"}"), 1.0);
    assert_eq!(value(&metrics, "tintinh_outbox_records"), 0.0);
    assert_eq!(value(&metrics, "tintinh_attachments_waiting"), 0.0);
    assert_eq!(value(&metrics, "tintinh_visits_total{portal=\"demo-gialai\",result=\"failed\"}"), 1.0);
    assert_eq!(value(&metrics, "tintinh_portal_failures{portal=\"demo-gialai\"}"), 1.0);
    let records = world.records().iter().filter(|record| record.portal == "demo-hoabinh").count();
    #[expect(clippy::cast_precision_loss, reason = "some ten")]
    let records = records as f64;
    assert_eq!(value(&metrics, "tintinh_portal_records{portal=\"demo-hoabinh\"}"), records);
    assert_eq!(value(&metrics, "tintinh_links_total{portal=\"demo-hoabinh\",outcome=\"new\"}"), records);
    assert!(
        value(&metrics, "process_resident_memory_bytes") > 1e6
            && value(&metrics, "tintinh_free_bytes{folder=\"state\"}") > 1e6
    );
    assert!(value(&metrics, "tintinh_portal_last_success_timestamp_seconds{portal=\"demo-hoabinh\"}") > 1.7e9);

    // A metric has a line of its own, or at least its type, before the first series of it is there.
    let typed =
        metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")).map(|line| line.split_once(' ').unwrap());
    let mut known: BTreeSet<String> = typed
        .flat_map(|(name, kind)| match kind {
            "counter" => vec![format!("{name}_total")],
            "histogram" => ["bucket", "sum", "count"].map(|part| format!("{name}_{part}")).to_vec(),
            _ => vec![name.to_owned()],
        })
        .collect();
    // It has no line where no alarm is open; a test beside the code holds it to its name.
    known.insert("tintinh_alarm".to_owned());
    for file in ["alerts.yml", "grafana-dashboard.json"] {
        let text = fs::read_to_string(monitoring().join(file)).unwrap();
        let missing: Vec<String> = asked(&text).into_iter().filter(|name| !known.contains(name)).collect();
        assert!(missing.is_empty(), "{file} asks for {missing:?}");
    }
    let text = fs::read_to_string(monitoring().join("grafana-dashboard.json")).unwrap();
    let board: Value = serde_json::from_str(&text).unwrap();
    let shown = asked(&text);
    let not_shown: Vec<&String> =
        known.iter().filter(|name| name.starts_with("tintinh_portal_") && !shown.contains(*name)).collect();
    assert_eq!(not_shown, ["tintinh_portal_next_visit_timestamp_seconds"]);
    let mut ids: Vec<i64> =
        board["panels"].as_array().unwrap().iter().map(|panel| panel["id"].as_i64().unwrap()).collect();
    ids.dedup();
    assert!(ids.len() >= 15, "panels: {ids:?}");

    let status = world.run_well(&["status"]).await;
    assert!(status.contains("service: running"), "{status}");
    service.signal(Signal::TERM);
    assert_eq!(service.end().await.0.code, Some(0));
    assert!(world.run_well(&["status"]).await.contains("service: not running"));
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_follows_the_pauses_and_health_the_engines_progress() {
    let (world, address) = served("").await;
    let points = world.path().join("failpoints");
    fs::write(&points, "").unwrap();
    let mut service = Service::start_with(&world, &[("TINTINH_FAILPOINTS", points.to_str().unwrap())]);
    up(&mut service, address).await;
    assert_eq!(get(address, "/healthz", ""), (200, "alive\n".to_owned()));
    fs::write(&points, "store.commit=ENOSPC").unwrap();
    until("the pause", || get(address, "/readyz", "").0 == 503).await;
    let (_, why) = get(address, "/readyz", "");
    assert!(why.starts_with("paused: the disk is full: free some space"), "{why}");
    assert_eq!(get(address, "/healthz", "").0, 200, "who waits is alive");
    let (_, metrics) = get(address, "/metrics", "");
    assert_eq!(value(&metrics, "tintinh_state{state=\"paused\"}"), 1.0);
    let status = world.run_well(&["status"]).await;
    assert!(status.contains("service: paused: the disk is full"), "{status}");
    fs::write(&points, "").unwrap();
    until("the end of the pause", || get(address, "/readyz", "") == (200, "running\n".to_owned())).await;
    service.signal(Signal::TERM);
    assert_eq!(service.end().await.0.code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_keeps_others_out_of_the_metrics_and_is_shown_nowhere() {
    let (world, address) = served("token_file = \"metrics-token\"\n").await;
    let wrong = world.run(&["check"]).await;
    assert_eq!(wrong.code, Some(2), "{wrong:#?}");
    assert!(wrong.err.contains("metrics-token: No such file") && wrong.err.contains("LoadCredential="), "{wrong:#?}");
    fs::write(world.config("metrics-token"), "một-chuỗi-bí-mật\n").unwrap();
    let mut command = world.command(&["run", "-vv", "--log-format", "json"]);
    // More than a pipe holds is logged.
    let log = world.path().join("log");
    command.stderr(fs::File::create(&log).unwrap());
    let child = command.spawn().unwrap();
    until("the port", || TcpStream::connect(address).is_ok()).await;
    assert_eq!(get(address, "/metrics", "").0, 401);
    assert_eq!(get(address, "/metrics", "Authorization: Bearer other\r\n").0, 401);
    assert_eq!(get(address, "/metrics", "Authorization: Bearer một-chuỗi-bí-mật\r\n").0, 200);
    assert_eq!(get(address, "/readyz", "").0, 200, "what only says how it stands is open");
    until("all records", || count(&world) == expected().len()).await;
    let pid = rustix::process::Pid::from_raw(child.id().unwrap().try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, Signal::TERM).unwrap();
    let done = crate::world::end_of(child).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    let logged = fs::read_to_string(&log).unwrap();
    assert!(!logged.contains("bí-mật") && !done.out.contains("bí-mật"), "the secret is in the log");
    assert!(logged.lines().count() > 100, "{logged}");
    for line in logged.lines() {
        let logged: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(logged["level"].is_string() && logged["fields"]["message"].is_string(), "{line}");
    }
    let shown = world.run_well(&["check"]).await;
    assert!(!shown.contains("bí-mật"), "{shown}");
}

/// systemd hands secrets over in a folder of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_bare_name_is_looked_for_among_the_units_credentials() {
    let (world, address) = served("token_file = \"token\"\n").await;
    let credentials = tempfile::tempdir().unwrap();
    fs::write(credentials.path().join("token"), "from-systemd").unwrap();
    let folder = credentials.path().to_str().unwrap();
    let mut service = Service::start_with(&world, &[("CREDENTIALS_DIRECTORY", folder)]);
    up(&mut service, address).await;
    assert_eq!(get(address, "/metrics", "Authorization: Bearer from-systemd\r\n").0, 200);
    service.signal(Signal::TERM);
    assert_eq!(service.end().await.0.code, Some(0));
}

/// Whoever opens connections and says nothing, sends without end or asks for what is not there wears nobody out.
#[tokio::test(flavor = "multi_thread")]
async fn the_port_cannot_be_worn_out_and_visits_go_on() {
    let (world, address) = served("").await;
    let mut service = Service::start(&world);
    up(&mut service, address).await;
    let mut silent: Vec<TcpStream> = (0..40).map(|_| TcpStream::connect(address).unwrap()).collect();
    for stream in &mut silent[..15] {
        stream.write_all(b"GET /metrics HTTP/1.1\r\nX-Endless: ").unwrap();
    }
    until("all records", || count(&world) == expected().len()).await;
    silent[0].set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    // Each connection has its half minute, whatever it does.
    let mut answer = Vec::new();
    let _ = silent[0].read_to_end(&mut answer);
    drop(silent);
    until("an answer", || get(address, "/readyz", "").0 == 200).await;
    assert_eq!(get(address, "/../../etc/passwd", "").0, 404);
    let body = "x".repeat(1 << 20);
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 405"), "{answer}");
    service.signal(Signal::TERM);
    assert_eq!(service.end().await.0.code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_told_and_visits_do_not_wait_for_it() {
    let (world, address) = served("").await;
    let _holder = TcpListener::bind(address).unwrap();
    let mut service = Service::start(&world);
    until("all records", || {
        service.count("");
        count(&world) == expected().len()
    })
    .await;
    service.signal(Signal::TERM);
    let (done, _) = service.end().await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert!(done.err.contains(&format!("metrics are not served, cannot listen on {address}")), "{}", done.err);
}

/// A page in a browser whose name was made to lead here sends that name.
#[tokio::test(flavor = "multi_thread")]
async fn who_calls_the_service_by_a_foreign_name_is_told_nothing() {
    let (world, address) = served("").await;
    let mut service = Service::start(&world);
    up(&mut service, address).await;
    for path in ["/metrics", "/healthz", "/readyz", "/nowhere"] {
        let (status, told) = get_as("tin.example", address, path, "");
        assert_eq!(status, 421, "{path}");
        assert!(told.contains("localhost") && !told.contains("tintinh_"), "{told}");
        assert_eq!(get_as(&format!("tin.example:{}", address.port()), address, path, "").0, 421, "{path}");
    }
    for host in [format!("localhost:{}", address.port()), address.to_string(), "127.0.0.1".to_owned()] {
        assert_eq!(get_as(&host, address, "/readyz", "").0, 200, "{host}");
    }
    service.signal(Signal::TERM);
    service.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn others_than_this_machine_are_not_served() {
    let world = World::new().await;
    world.add("[metrics]\nlisten = \"0.0.0.0:9464\"\n");
    let settings = fs::read_to_string(world.config("tintinh.toml")).unwrap();
    let done = world.run(&["check"]).await;
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.err.contains("0.0.0.0 is no loopback address; others need `token_file`"), "{done:#?}");
    // Who knows the token may ask from elsewhere, as from beside a container.
    fs::write(world.config("tintinh.toml"), settings.replace("listen =", "token_file = \"t\"\nlisten =")).unwrap();
    fs::write(world.config("t"), "a-token").unwrap();
    assert_eq!(world.run(&["check"]).await.code, Some(0));
}

#[test]
fn promtool_finds_the_rules_right_and_their_tests_pass() {
    if !present("promtool") {
        return;
    }
    for arguments in
        [["check", "rules", "alerts.yml"], ["check", "config", "prometheus.yml"], ["test", "rules", "alerts.test.yml"]]
    {
        let done = Command::new("promtool").args(arguments).current_dir(monitoring()).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{arguments:?}: {said}");
    }
    // Each rule has a test.
    let rules = fs::read_to_string(monitoring().join("alerts.yml")).unwrap();
    let tests = fs::read_to_string(monitoring().join("alerts.test.yml")).unwrap();
    let names: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(names.len() >= 9, "{names:?}");
    for name in names {
        assert!(tests.contains(&format!("alertname: {name}")), "{name} has no test");
    }
}

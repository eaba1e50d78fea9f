//! `tintinh run` as a service: its end, its reload, its messages to systemd, its unit.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::sites::Fault;
use crate::sites::FaultKind;
use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::kill_process;
use tintinh::demo::expected;
use tokio::process::Child;
use tokio::time::Instant;

use crate::support::present;
use crate::world::Done;
use crate::world::World;
use crate::world::by_key;
use crate::world::end_of;
use crate::world::until;

const SLOW: Duration = Duration::from_millis(20);

/// A running service, with the socket that it sends its messages to.
pub(crate) struct Service {
    pub(crate) child: Child,
    socket: UnixDatagram,
    /// All messages so far.
    pub(crate) messages: Vec<String>,
}

impl Service {
    /// Starts the service of a world, with a watchdog that wants a sign of life every 200 ms.
    pub(crate) fn start(world: &World) -> Service {
        Service::start_with(world, &[])
    }

    /// Starts it with more in its environment.
    pub(crate) fn start_with(world: &World, environment: &[(&str, &str)]) -> Service {
        Service::start_under(world, &[], environment)
    }

    /// Starts it under another program.
    pub(crate) fn start_under(world: &World, under: &[&str], environment: &[(&str, &str)]) -> Service {
        let path = world.path().join("notify");
        // One that a service of this world had before is gone with it.
        let _ = fs::remove_file(&path);
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_nonblocking(true).unwrap();
        let mut command = world.command_under(under, &["run", "--log-format", "text"]);
        command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000").envs(environment.iter().copied());
        Service { child: command.spawn().unwrap(), socket, messages: Vec::new() }
    }

    /// Whether a message of this line has come since the service began.
    pub(crate) fn said(&mut self, line: &str) -> bool {
        self.count(line) > 0
    }

    pub(crate) fn count(&mut self, line: &str) -> usize {
        let mut bytes = [0; 4096];
        while let Ok(length) = self.socket.recv(&mut bytes) {
            self.messages.push(String::from_utf8(bytes[..length].to_vec()).unwrap());
        }
        self.messages.iter().filter(|message| message.lines().any(|said| said == line)).count()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().unwrap().try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    pub(crate) async fn end(self) -> (Done, Vec<String>) {
        (end_of(self.child).await, self.messages)
    }
}

/// Records that are written so far.
pub(crate) fn count(world: &World) -> usize {
    world.record_files().iter().map(|path| crate::world::lines_of(path).len()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_systemd_that_it_is_ready_alive_reloading_and_stopping() {
    let world = World::new().await;
    let mut service = Service::start(&world);
    until("READY=1", || service.said("READY=1")).await;
    until("a watchdog's sign of life", || service.count("WATCHDOG=1") >= 5).await;
    until("all records", || count(&world) == expected().len()).await;
    let ready = service.messages.iter().find(|message| message.contains("READY=1")).unwrap();
    assert!(ready.lines().any(|line| line == "STATUS=running, 7 portals"), "{ready}");
    service.signal(Signal::HUP);
    until("RELOADING=1", || service.said("RELOADING=1")).await;
    until("READY=1 after the reload", || service.count("READY=1") == 2).await;
    let reloading = service.messages.iter().find(|message| message.contains("RELOADING=1")).unwrap();
    assert!(reloading.contains("MONOTONIC_USEC="), "as sd_notify(3) wants it: {reloading}");
    service.signal(Signal::TERM);
    until("STOPPING=1", || service.said("STOPPING=1")).await;
    let (done, messages) = service.end().await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert!(!messages.iter().any(|message| message.contains("ERRNO") || message.contains("failed")), "{messages:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_it_in_the_midst_of_visits_and_nothing_is_lost() {
    for signal in [Signal::TERM, Signal::INT] {
        let world = World::with_delay(SLOW).await;
        let service = Service::start(&world);
        until("some records", || count(&world) > 3).await;
        let begun = Instant::now();
        service.signal(signal);
        let (done, _) = service.end().await;
        assert_eq!(done.code, Some(0), "{done:#?}");
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        assert!(count(&world) < expected().len(), "it was not done");
        world.catch_up().await;
        let keys = by_key(&world.records());
        assert_eq!(keys.len(), expected().len());
    }
}

/// The moment between the look at what is due and the wait for it is short; one in twenty meets it.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_comes_with_the_start_is_not_slept_through() {
    let world = World::new().await;
    world.only(&["demo-gialai"]);
    world.run_well(&["fetch"]).await;
    for _ in 0..20 {
        let mut service = Service::start(&world);
        until("READY=1", || service.said("READY=1")).await;
        let begun = Instant::now();
        service.signal(Signal::TERM);
        assert_eq!(service.end().await.0.code, Some(0));
        assert!(begun.elapsed() < Duration::from_secs(20), "it was told {:?} ago", begun.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_does_not_keep_it() {
    let world = World::new().await;
    world.only(&["demo-gialai"]);
    world.sites.set_fault("gialai.tintinh.test", Some(Fault::everywhere(FaultKind::Hang)));
    let service = Service::start(&world);
    until("the request that hangs", || world.sites.log().iter().any(|asked| asked.path == "/sitemap.xml")).await;
    let begun = Instant::now();
    service.signal(Signal::TERM);
    let (done, _) = service.end().await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_shot_that_is_interrupted_says_so() {
    let world = World::with_delay(SLOW).await;
    let service = Service { child: world.command(&["fetch"]).spawn().unwrap(), ..Service::start_nothing() };
    until("some records", || count(&world) > 3).await;
    service.signal(Signal::INT);
    let (done, _) = service.end().await;
    assert_eq!(done.code, Some(1), "{done:#?}");
    assert!(done.out.contains("interrupted: the next run continues with what is left"), "{}", done.out);
    assert!(done.out.contains("demo-vinhphuc") || done.out.contains("demo-daknong"), "the table: {}", done.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_takes_over_what_is_right_and_refuses_what_is_wrong() {
    let world = World::new().await;
    let portal = world.config("portals/demo-gialai.toml");
    let text = fs::read_to_string(&portal).unwrap();
    fs::remove_file(&portal).unwrap();
    let mut service = Service::start(&world);
    let without = expected().iter().filter(|one| one.portal != "demo-gialai").count();
    until("the records of six portals", || count(&world) == without).await;

    fs::write(&portal, text.replace("every =", "evry =")).unwrap();
    service.signal(Signal::HUP);
    until("the status", || service.said("STATUS=running; the last reload failed (see the log)")).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(count(&world), without, "the old configuration stays");

    fs::write(&portal, &text).unwrap();
    world.set("total_timeout = \"20s\"", "total_timeout = \"19s\"");
    world.set("records_dir = \"../records\"", "records_dir = \"../elsewhere\"");
    service.signal(Signal::HUP);
    until("seven portals", || service.said("STATUS=running, 7 portals")).await;
    until("the records of the seventh", || count(&world) == expected().len()).await;
    assert!(!world.path().join("elsewhere").exists(), "open files stay where they are");

    service.signal(Signal::TERM);
    let (done, _) = service.end().await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    let wrong = done.err.split("was not reloaded").nth(1).unwrap_or_default();
    for part in ["unknown key `evry`", "portals/demo-gialai.toml:8:1", "did you mean `every`?"] {
        assert!(wrong.contains(part), "{part}: {}", done.err);
    }
    assert!(done.err.contains("`records_dir` changed: this takes effect at the next start"), "{}", done.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_on_one_state_folder_is_refused() {
    let world = World::new().await;
    let mut service = Service::start(&world);
    until("READY=1", || service.said("READY=1")).await;
    for verb in ["fetch", "run"] {
        let done = world.run(&[verb]).await;
        assert_eq!(done.code, Some(3), "{done:#?}");
        assert!(done.err.contains("another tintinh uses"), "{}", done.err);
        assert!(done.err.contains("--state-dir"), "with a hint: {}", done.err);
    }
    // Reading beside it is no harm.
    assert!(world.run_well(&["status"]).await.contains("demo-vinhphuc"));
    until("all records", || count(&world) == expected().len()).await;
    service.signal(Signal::TERM);
    assert_eq!(service.end().await.0.code, Some(0));
    world.run_well(&["fetch"]).await;
}

/// An engine that is stuck, in itself or in its store, gives no sign of life, so that systemd kills it: the process is there, and does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_watchdog_is_not_fed_by_an_engine_that_is_stuck() {
    for place in ["engine.turn", "store.commit"] {
        let world = World::with_delay(SLOW).await;
        let points = world.path().join("failpoints");
        fs::write(&points, "").unwrap();
        let mut service = Service::start_with(&world, &[("TINTINH_FAILPOINTS", points.to_str().unwrap())]);
        until("signs of life", || service.count("WATCHDOG=1") >= 3).await;
        fs::write(&points, format!("{place}=hang")).unwrap();
        // The engine comes by there within its next turn.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let fed = service.count("WATCHDOG=1");
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(service.count("WATCHDOG=1"), fed, "{place}");
        assert!(service.child.try_wait().unwrap().is_none(), "{place}: the process is there");
        service.signal(Signal::ABORT);
        let (done, _) = service.end().await;
        assert!(done.code.is_none() && done.err.contains("the watchdog is not notified"), "{place}: {done:#?}");
        world.catch_up().await;
        assert_eq!(by_key(&world.records()).len(), expected().len(), "{place}");
    }
}

impl Service {
    /// A socket that nobody writes to.
    fn start_nothing() -> Service {
        let child = tokio::process::Command::new("true").kill_on_drop(true).spawn().unwrap();
        Service { child, socket: UnixDatagram::unbound().unwrap(), messages: Vec::new() }
    }
}

/// The unit with the program that is tested in the place of the installed one, which systemd's checker wants to see.
fn unit(folder: &Path) -> std::path::PathBuf {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/tintinh.service")).unwrap();
    assert!(text.contains("ExecStart=tintinh "));
    let path = folder.join("tintinh.service");
    fs::write(&path, text.replace("=tintinh ", &format!("={} ", env!("CARGO_BIN_EXE_tintinh")))).unwrap();
    path
}

#[test]
fn the_unit_pleases_systemd() {
    if !present("systemd-analyze") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let unit = unit(folder.path());
    let verified = Command::new("systemd-analyze").arg("verify").arg(&unit).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    assert!(verified.status.success() && said.is_empty(), "{said}");
    // 1.5 of 10; lower is better. Few services of a distribution come below 4.
    let arguments = ["security", "--offline=yes", "--threshold=15"];
    let secure = Command::new("systemd-analyze").args(arguments).arg(&unit).output().unwrap();
    assert!(secure.status.success(), "{}", String::from_utf8_lossy(&secure.stdout));
}

#[test]
fn the_unit_says_what_the_program_does() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/tintinh.service")).unwrap();
    let values = |key: &str| -> Vec<&str> {
        text.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
    };
    let value = |key: &str| values(key)[0];
    let command = |line: &str| {
        let arguments = line.split(' ').map(|argument| argument.replace("%S", "/var/lib"));
        <tintinh::cli::Cli as clap::Parser>::try_parse_from(arguments).unwrap().command
    };
    assert_eq!(value("Type"), "notify");
    let [check, reload] = values("ExecReload")[..] else { panic!("a check, then the signal") };
    assert!(matches!(command(check), tintinh::cli::Command::Check(_)), "systemd stops at the first line that fails");
    assert_eq!(reload, "/bin/sh -c 'kill -HUP $MAINPID'");
    let codes = format!("{} {}", tintinh::commands::EXIT_CONFIG, tintinh::commands::EXIT_DAMAGED);
    assert_eq!(value("RestartPreventExitStatus"), codes);
    assert_eq!(value("StateDirectory"), "tintinh");
    assert!(matches!(command(value("ExecStart")), tintinh::cli::Command::Run));
    let reads = |line: &str| line.split(' ').skip(1).take(4).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(reads(check), reads(value("ExecStart")), "what is checked is what is run");
}

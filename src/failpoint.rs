//! Failpoints: places between two writes at which tests make the program die or the system return an error, to examine what is left on disk.
//!
//! They exist only in debug builds and do nothing unless the environment variable `TINTINH_FAILPOINTS` names them: a list of
//! `place=action@first..last`, separated by `;`, or the path of a file with such a list, which may be changed while the program runs. Actions are
//! `kill` (SIGKILL), `panic`, `hang` (for an hour), and the name of an error: `ENOSPC`, `EIO`, `EROFS`, `EMFILE`, `CORRUPT`. `@2` is the second time
//! that the place is reached, `@2..` every time from then on, and no `@` every time.

use std::io;

/// All places, in the order in which an article reaches them.
pub const PLACES: &[&str] = &[
    "store.open",
    "store.migrate",
    "store.backup",
    "engine.turn",
    "store.commit",
    "store.committed",
    "discover",
    "archive.append",
    "archive.appended",
    "archive.sync",
    "extract",
    "sink.folder",
    "sink.created",
    "sink.torn",
    "sink.write",
    "sink.sync",
    "sink.synced",
    "forward.given",
    "attachment.read",
    "attachment.text",
    "search.commit",
    "search.committed",
    "notify.commit",
    "notify.committed",
    "doctor.rewrite",
    "doctor.rename",
];

/// Does what the environment requests for this place.
///
/// # Errors
/// The error that the environment requests; never in a release build.
#[cfg(debug_assertions)]
pub fn reach(place: &'static str) -> io::Result<()> {
    debug::reach(place)
}

/// Does nothing: failpoints are for tests.
///
/// # Errors
/// None.
#[cfg(not(debug_assertions))]
#[inline]
pub fn reach(_place: &'static str) -> io::Result<()> {
    Ok(())
}

#[cfg(debug_assertions)]
mod debug {
    use std::collections::BTreeMap;
    use std::io;
    use std::sync::LazyLock;
    use std::sync::Mutex;
    use std::sync::PoisonError;
    use std::time::Duration;

    /// Returns the value of the environment variable, which is read once.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests ask through the environment, and there are no settings in debug builds alone"
    )]
    static ASKED: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("TINTINH_FAILPOINTS").ok());

    /// How often each place was reached.
    static REACHED: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

    pub(super) fn reach(place: &'static str) -> io::Result<()> {
        debug_assert!(super::PLACES.contains(&place), "{place} is none of the places");
        let Some(asked) = ASKED.as_deref() else { return Ok(()) };
        let number = {
            let mut reached = REACHED.lock().unwrap_or_else(PoisonError::into_inner);
            let count = reached.entry(place).or_default();
            *count += 1;
            *count
        };
        let list = if asked.starts_with('/') { std::fs::read_to_string(asked)? } else { asked.to_owned() };
        match list.split([';', '\n']).find_map(|entry| action(entry.trim(), place, number)) {
            Some(action) => act(place, action),
            None => Ok(()),
        }
    }

    /// Returns the action of an entry, if it is for this place and this time.
    pub(super) fn action<'a>(entry: &'a str, place: &str, number: u64) -> Option<&'a str> {
        let (action, times) =
            entry.strip_prefix(place)?.strip_prefix('=').map(|rest| rest.split_once('@').unwrap_or((rest, "1..")))?;
        let (first, last) = times.split_once("..").unwrap_or((times, times));
        let (first, last) = (first.parse().unwrap_or(1), last.parse().unwrap_or(u64::MAX));
        (first..=last).contains(&number).then_some(action)
    }

    #[expect(clippy::panic, reason = "it is what the test asks for")]
    fn act(place: &str, action: &str) -> io::Result<()> {
        match action {
            "kill" => {
                let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
                std::thread::sleep(Duration::from_mins(1));
                Ok(())
            }
            "hang" => {
                std::thread::sleep(Duration::from_hours(1));
                Ok(())
            }
            "ENOSPC" => Err(rustix::io::Errno::NOSPC.into()),
            "EIO" => Err(rustix::io::Errno::IO.into()),
            "EROFS" => Err(rustix::io::Errno::ROFS.into()),
            "EMFILE" => Err(rustix::io::Errno::MFILE.into()),
            "CORRUPT" => Err(io::Error::new(io::ErrorKind::InvalidData, format!("asked for at {place}"))),
            _ => panic!("failpoint {place}: {action}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(debug_assertions)]
    #[test]
    fn an_entry_names_a_place_and_its_times() {
        use super::debug::action;
        assert_eq!(action("sink.write=kill@2", "sink.write", 1), None);
        assert_eq!(action("sink.write=kill@2", "sink.write", 2), Some("kill"));
        assert_eq!(action("sink.write=kill@2", "sink.write", 3), None);
        assert_eq!(action("sink.write=EIO@2..", "sink.write", 9), Some("EIO"));
        assert_eq!(action("sink.write=EIO@2..3", "sink.write", 4), None);
        assert_eq!(action("sink.write=EIO", "sink.write", 1), Some("EIO"));
        assert_eq!(action("sink.write=EIO", "sink", 1), None);
    }
}

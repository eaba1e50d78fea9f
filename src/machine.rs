//! The machine's free resources, and what this process uses.

use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

/// What this process uses, according to `/proc/self` (proc(5)).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// Resident memory in bytes.
    pub resident_bytes: u64,
    /// Open file descriptors.
    pub descriptors: u64,
    /// Threads.
    pub threads: u64,
    /// CPU time in user and system mode.
    pub cpu: Duration,
}

/// Returns the number of bytes that an unprivileged process may still write to the file system of a folder.
///
/// # Errors
/// If the folder does not exist.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(folder)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Returns the width of the terminal of a file descriptor in columns. None if it is not a terminal or does not know its width.
pub fn terminal_columns(of: impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(of).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// Returns what this process uses. Values that cannot be read are zero.
pub fn usage() -> Usage {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default()
    };
    Usage {
        resident_bytes: number("VmRSS") * 1024,
        threads: number("Threads"),
        descriptors: std::fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count() as u64).saturating_sub(1),
        cpu: cpu_time(),
    }
}

/// Returns the CPU time by `clock_gettime(CLOCK_PROCESS_CPUTIME_ID)`.
fn cpu_time() -> Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(spent).unwrap_or_default()
}

/// Returns the CPU time of the programs that this process started and that have ended (`cutime` and `cstime` of `proc_pid_stat(5)`).
pub fn children_cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in parentheses, may contain spaces.
    let fields = stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().skip(13).take(2)).into_iter().flatten();
    let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_and_what_is_taken() {
        assert!(free_bytes(Path::new("/")).unwrap() > 0);
        assert!(free_bytes(Path::new("/no/such/folder")).is_err());
        let usage = usage();
        assert!(usage.resident_bytes > 1 << 20 && usage.descriptors >= 3 && usage.threads >= 1, "{usage:?}");
        assert!(usage.cpu > Duration::ZERO);
    }
}

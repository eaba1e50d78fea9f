//! Runs a command of the operator: no shell, bounded time, JSON on its standard input.

use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::process::Child;
use tokio::process::Command;

/// Maximum number of bytes of a command's output that are kept for the log.
const MOST_SAID: u64 = 2000;

/// Environment variables of this process that are not passed to a command: messages to systemd may only come from this process.
const NOT_PASSED_ON: &[&str] = &["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "TINTINH_FAILPOINTS"];

/// Why a command failed.
#[derive(Debug, Error)]
pub enum HookError {
    /// The program does not exist or cannot be run.
    #[error("cannot run {program}: {cause}")]
    Start {
        /// The program.
        program: String,
        /// The system's error.
        cause: std::io::Error,
    },
    /// It did not end in time and was killed, together with the processes that it had started.
    #[error("{program} ran longer than {} s and was killed", timeout.as_secs())]
    Timeout {
        /// The program.
        program: String,
        /// Its time limit.
        timeout: Duration,
    },
    /// It exited with a failure.
    #[error("{program} ended with {status}: {said}")]
    Failed {
        /// The program.
        program: String,
        /// `exit status: 1`, `signal: 9 (SIGKILL)`.
        status: String,
        /// The beginning of what it wrote to its standard error.
        said: String,
    },
}

/// Runs a command to its end. Exit code 0 means success.
///
/// # Errors
/// [`HookError`]. Everything that it started is then killed.
pub async fn run(command: &[String], input: &str, timeout: Duration) -> Result<(), HookError> {
    let Some((program, arguments)) = command.split_first() else { return Ok(()) };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    // The command gets its own process group, so that the processes that it starts can be killed with it.
    command.process_group(0).kill_on_drop(true);
    for name in NOT_PASSED_ON {
        command.env_remove(name);
    }
    let mut child = command.spawn().map_err(|cause| HookError::Start { program: program.clone(), cause })?;
    let group = child.id();
    let ended = tokio::time::timeout(timeout, converse(&mut child, input)).await;
    kill_group(group);
    match ended {
        Err(_) => Err(HookError::Timeout { program: program.clone(), timeout }),
        Ok(Err(cause)) => Err(HookError::Start { program: program.clone(), cause }),
        Ok(Ok((status, _))) if status.success() => Ok(()),
        Ok(Ok((status, said))) => Err(HookError::Failed { program: program.clone(), status: status.to_string(), said }),
    }
}

/// Writes its input and reads its output.
async fn converse(child: &mut Child, input: &str) -> std::io::Result<(std::process::ExitStatus, String)> {
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A command need not read its input.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
    };
    let read = async {
        let mut said = Vec::new();
        if let Some(stderr) = stderr {
            let mut beginning = stderr.take(MOST_SAID);
            beginning.read_to_end(&mut said).await?;
            // The rest must be read, or the command would wait for a reader.
            tokio::io::copy(&mut beginning.into_inner(), &mut tokio::io::sink()).await?;
        }
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&said).trim().to_owned())
    };
    let ((), said, status) = tokio::join!(write, read, child.wait());
    Ok((status?, said?))
}

/// Kills what a command left running. If it left nothing, the group no longer exists.
fn kill_group(group: Option<u32>) {
    let group = group.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    fn shell(script: &str) -> Vec<String> {
        ["/bin/sh", "-c", script].map(str::to_owned).to_vec()
    }

    const TIME: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_command_is_given_its_input_and_its_word_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("told");
        run(&shell(&format!("cat > {}", path.display())), "{\"a\":1}", TIME).await.unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"a\":1}");
        let failed = run(&shell("echo no mail server >&2; exit 3"), "", TIME).await.unwrap_err();
        assert_eq!(failed.to_string(), "/bin/sh ended with exit status: 3: no mail server");
        let missing = run(&["/no/such/program".to_owned()], "", TIME).await.unwrap_err();
        assert!(missing.to_string().starts_with("cannot run /no/such/program"), "{missing}");
        run(&[], "", TIME).await.unwrap();
    }

    #[tokio::test]
    async fn a_command_that_says_much_or_reads_nothing_still_ends() {
        run(&shell("head -c 300000 /dev/zero >&2"), &"x".repeat(300_000), TIME).await.unwrap();
    }

    #[tokio::test]
    async fn a_command_that_does_not_end_is_killed_with_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        let begun = Instant::now();
        let script = format!("sleep 300 & echo $! > {}; wait", path.display());
        let error = run(&shell(&script), "", Duration::from_secs(2)).await.unwrap_err();
        assert!(matches!(error, HookError::Timeout { .. }), "{error}");
        assert!(begun.elapsed() < TIME);
        let child = std::fs::read_to_string(&path).unwrap();
        let stat = || std::fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
        // The process is gone, or is a zombie that nobody has waited for yet.
        while !(stat().is_empty() || stat().contains(") Z ")) {
            assert!(begun.elapsed() < TIME, "{}", stat());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

//! Runs a program to its end: no shell, bounded time, bounded output. [`hook`](crate::hook) runs the operator's commands with it, and
//! [`converter`](crate::converter) the programs that read documents.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitStatus;
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::process::Child;
use tokio::process::Command;

/// Maximum number of bytes of a program's standard error that are kept for the log.
const MOST_SAID: u64 = 2000;

/// Environment variables of this process that are not passed to a program: messages to systemd may only come from this process.
const NOT_PASSED_ON: &[&str] = &["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "TINTINH_FAILPOINTS"];

/// A program to run.
#[derive(Debug, Clone)]
pub struct Program<'a> {
    /// Its path, or a name that is looked up in `PATH`.
    pub program: &'a str,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Its working directory; `None`: that of this process.
    pub folder: Option<&'a Path>,
    /// What it gets on its standard input.
    pub input: &'a [u8],
    /// Environment variables in addition to those of this process.
    pub environment: &'a [(&'a str, &'a str)],
    /// Its time limit. Then it is killed, together with the processes that it started.
    pub timeout: Duration,
    /// Maximum number of bytes of its standard output that are kept. The rest is read and dropped.
    pub most_output: u64,
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// Its standard output, or the beginning of it.
    pub output: Vec<u8>,
    /// The beginning of its standard error.
    pub said: String,
}

/// Why a program did not end by itself.
#[derive(Debug, Error)]
pub enum ProcessError {
    /// It does not exist or cannot be run.
    #[error("cannot run it: {0}")]
    Start(#[source] std::io::Error),
    /// It did not end in time and was killed.
    #[error("it ran longer than {} s and was killed", .0.as_secs())]
    Timeout(Duration),
}

/// Runs a program to its end.
///
/// # Errors
/// [`ProcessError`]. Everything that it started is then killed.
pub async fn run(program: Program<'_>) -> Result<Ended, ProcessError> {
    let mut command = Command::new(program.program);
    command.args(&program.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // It gets its own process group, so that the processes that it starts can be killed with it.
    command.process_group(0).kill_on_drop(true).envs(program.environment.iter().copied());
    for name in NOT_PASSED_ON {
        command.env_remove(name);
    }
    if let Some(folder) = program.folder {
        command.current_dir(folder);
    }
    let mut child = command.spawn().map_err(ProcessError::Start)?;
    // Dropped with this future: an interrupted task leaves no process behind.
    let group = Group(child.id());
    let ended = tokio::time::timeout(program.timeout, converse(&mut child, program.input, program.most_output)).await;
    drop(group);
    match ended {
        Err(_) => Err(ProcessError::Timeout(program.timeout)),
        Ok(ended) => ended.map_err(ProcessError::Start),
    }
}

/// Writes a program's input and reads its output.
async fn converse(child: &mut Child, input: &[u8], most: u64) -> std::io::Result<Ended> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A program need not read its input.
            let _ = stdin.write_all(input).await;
        }
    };
    let ((), output, said, status) =
        tokio::join!(write, beginning(stdout, most), beginning(stderr, MOST_SAID), child.wait());
    Ok(Ended { status: status?, output: output?, said: String::from_utf8_lossy(&said?).trim().to_owned() })
}

/// Reads a stream to its end, and keeps its beginning.
async fn beginning(stream: Option<impl AsyncRead + Unpin>, most: u64) -> std::io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let Some(stream) = stream else { return Ok(kept) };
    let mut first = stream.take(most);
    first.read_to_end(&mut kept).await?;
    // The rest must be read, or the program would wait for a reader.
    tokio::io::copy(&mut first.into_inner(), &mut tokio::io::sink()).await?;
    Ok(kept)
}

/// The process group of a program. Processes that it left running are killed at the end. If it left none, the group no longer exists.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let group = self.0.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

//! Runs a command of the operator: no shell, bounded time, JSON on its standard input.

use std::time::Duration;

use thiserror::Error;

use crate::process;
use crate::process::ProcessError;
use crate::process::Program;

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
    let ended = process::run(Program {
        program,
        arguments: arguments.iter().map(Into::into).collect(),
        folder: None,
        input: input.as_bytes(),
        environment: &[],
        timeout,
        most_output: 0,
    });
    match ended.await {
        Err(ProcessError::Timeout(timeout)) => Err(HookError::Timeout { program: program.clone(), timeout }),
        Err(ProcessError::Start(cause)) => Err(HookError::Start { program: program.clone(), cause }),
        Ok(ended) if ended.status.success() => Ok(()),
        Ok(ended) => {
            let status = ended.status.to_string();
            Err(HookError::Failed { program: program.clone(), status, said: ended.said })
        }
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

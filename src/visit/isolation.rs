//! Confines a failure to one link or source: a stage that panics or hangs, or a row that the store refuses.

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::pin::pin;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;

use crate::model::failure::Failure;
use crate::model::failure::FailureClass;
use crate::model::failure::panic_text;
use crate::store::StoreError;
use crate::visit::FetchOutcome;
use crate::visit::StepError;

/// Time limit of a pure stage. The worst page of `benches/hostile` takes two seconds, so even a machine that is thirty times slower finishes in
/// time.
pub const STAGE_TIME: Duration = Duration::from_mins(1);

/// Runs a pure stage on a blocking thread. A panic or a timeout there is a bug in tintinh, distinct from everything that a site can cause. A
/// thread that hangs cannot be stopped; it is abandoned.
pub(super) async fn stage<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    match tokio::time::timeout(STAGE_TIME, tokio::task::spawn_blocking(work)).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            let reason = error.try_into_panic().map_or_else(|error| error.to_string(), |panic| panic_text(&*panic));
            Err(bug(FailureClass::Bug, format!("bug in {name}: {reason}")))
        }
        Err(_) => {
            let seconds = STAGE_TIME.as_secs();
            Err(bug(FailureClass::Hang, format!("bug in {name}: it ran longer than {seconds} s")))
        }
    }
}

/// Runs the part of a visit that concerns one link or source. A panic in it, or rows that the store refuses, fail only that part.
///
/// # Errors
/// [`FetchOutcome::Broken`] for such a failure; [`StepError::Store`] if the store itself fails.
pub(super) async fn isolated<T>(work: impl Future<Output = Result<T, StepError>>) -> Result<T, StepError> {
    let mut work = pin!(work);
    let poll = |context: &mut Context<'_>| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    };
    match poll_fn(poll).await {
        Ok(Err(StepError::Store(error))) if error.is_of_rows() => Err(FetchOutcome::Broken(refused(&error)).into()),
        Ok(done) => done,
        Err(panic) => {
            let message = format!("bug in the visit: {}", panic_text(&*panic));
            Err(FetchOutcome::Broken(bug(FailureClass::Bug, message)).into())
        }
    }
}

/// Returns the failure of a write whose rows the store refused. None if it succeeded.
///
/// # Errors
/// [`StoreError`] if the store itself fails.
pub(super) fn refusal(written: Result<(), StoreError>) -> Result<Option<Failure>, StoreError> {
    match written {
        Ok(()) => Ok(None),
        Err(error) if error.is_of_rows() => Ok(Some(refused(&error))),
        Err(error) => Err(error),
    }
}

/// Returns the failure for an error of the store.
pub(super) fn refused(error: &StoreError) -> Failure {
    bug(FailureClass::Bug, format!("the store refused the record: {error}"))
}

fn bug(class: FailureClass, message: String) -> Failure {
    Failure::new(class, message, class.sets_aside().then_some("`tintinh retry` reads it again at once"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ill(code: i32) -> StoreError {
        rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None).into()
    }

    #[tokio::test]
    async fn what_breaks_in_a_part_is_a_failure_of_it_unless_the_store_is_ill() {
        let broken = |done: Result<u32, StepError>| match done {
            Err(StepError::Fetch(FetchOutcome::Broken(failure))) => failure,
            other => panic!("{other:?}"),
        };
        let fails = |error: StoreError| isolated(async { Err(error.into()) });
        let panics = async {
            tokio::task::yield_now().await;
            Ok("mười".parse::<u32>().unwrap())
        };
        let failure = broken(isolated(panics).await);
        assert_eq!(failure.class, FailureClass::Bug);
        assert!(
            failure.message.starts_with("bug in the visit: ") && failure.message.contains("InvalidDigit"),
            "{failure:?}"
        );
        let failure = broken(fails(ill(rusqlite::ffi::SQLITE_TOOBIG)).await);
        assert!(failure.message.starts_with("the store refused the record: the database refused: "), "{failure:?}");
        let full: Result<u32, StepError> = fails(ill(rusqlite::ffi::SQLITE_FULL)).await;
        assert!(matches!(full, Err(StepError::Store(_))));
        assert_eq!(isolated(async { Ok(1) }).await.unwrap(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stage_that_does_not_end_is_left_to_itself() {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let stage = tokio::spawn(stage("extraction", move || ended.recv()));
        tokio::task::yield_now().await;
        tokio::time::advance(STAGE_TIME * 2).await;
        let failure = stage.await.unwrap().unwrap_err();
        assert_eq!(failure.class, FailureClass::Hang);
        assert!(failure.message.starts_with("bug in extraction: it ran longer than 60 s; set aside"), "{failure:?}");
        drop(end);
    }
}

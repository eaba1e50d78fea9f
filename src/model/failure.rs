//! What went wrong, by what it means for the next try.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

/// A failure, kept with the link or source it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What it means for the next try.
    pub class: FailureClass,
    /// One line for people: where, what, what happens next, and what would help.
    pub message: String,
    /// How long the server asked us to stay away (`Retry-After`).
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// A failure whose message says what happens next; `cause` names the host or address first, `hint` the key or the person that helps.
    pub fn new(class: FailureClass, cause: impl fmt::Display, hint: Option<&str>) -> Failure {
        Failure::asked_to_wait(class, None, cause, hint)
    }

    /// The same of a server that may have said how long to stay away.
    pub fn asked_to_wait(
        class: FailureClass,
        retry_after: Option<Duration>,
        cause: impl fmt::Display,
        hint: Option<&str>,
    ) -> Failure {
        let next = class.next();
        let wait = retry_after.map(|wait| format!(", no sooner than in {} s, as it asks", wait.as_secs()));
        let hint = hint.map(|hint| format!(" ({hint})"));
        let message = format!("{cause}; {next}{}{}", wait.unwrap_or_default(), hint.unwrap_or_default());
        Failure { class, message, retry_after }
    }
}

/// What a failure means for the next try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// Timeout, DNS, reset, 429, 5xx, cut body: again after a back-off, never given up.
    Transient,
    /// Wrong type, too large, redirect loop, private address: again when rules change, or after a long pause.
    Permanent,
    /// A panic in a stage or a broken invariant: quarantined with its page.
    Bug,
}

impl FailureClass {
    /// What happens next, as messages say it: `schedule::retry_at` in words.
    fn next(self) -> &'static str {
        match self {
            FailureClass::Transient => "tried again later",
            FailureClass::Permanent => "tried again in a week",
            FailureClass::Bug => "put aside with its page, and tried again in a week",
        }
    }
}

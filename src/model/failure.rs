//! Failures, by how they affect the next attempt.

use std::any::Any;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

/// A failure, stored with its link or source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// How it affects the next attempt.
    pub class: FailureClass,
    /// One line for people: where, what, what happens next, and what helps.
    pub message: String,
    /// How long the server asked us to stay away (`Retry-After`).
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// Creates a failure whose message says what happens next. `cause` begins with the host or URL; `hint` is the key or the person that helps.
    pub fn new(class: FailureClass, cause: impl fmt::Display, hint: Option<&str>) -> Failure {
        Failure::asked_to_wait(class, None, cause, hint)
    }

    /// Like [`Failure::new`], for a server that may have asked us to stay away.
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

/// How a failure affects the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// Timeout, DNS, reset, 429, 5xx, cut body: retried after a back-off, without end.
    Transient,
    /// Wrong type, redirect loop, private address: retried when rules change, or after a long pause.
    Permanent,
    /// Larger than the program accepts: quarantined until someone raises the limit.
    TooLarge,
    /// A panic in a stage, a broken invariant, a value that the store refuses: quarantined with its page.
    Bug,
    /// A stage that did not end in time: quarantined with its page, which is never retried automatically, since its thread cannot be
    /// stopped.
    Hang,
}

impl FailureClass {
    /// Whether the page is set aside for a person: it will not recover by itself.
    pub fn sets_aside(self) -> bool {
        matches!(self, FailureClass::TooLarge | FailureClass::Bug | FailureClass::Hang)
    }

    /// Returns what happens next, for messages: `schedule::retry_at` in words.
    fn next(self) -> &'static str {
        match self {
            FailureClass::Transient => "tried again later",
            FailureClass::Permanent => "tried again in a week",
            FailureClass::TooLarge => "set aside, and tried again in a week",
            FailureClass::Bug => "set aside with its page, and tried again in a week",
            FailureClass::Hang => "set aside with its page",
        }
    }
}

/// Returns the message of a panic.
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without a text".to_owned())
}

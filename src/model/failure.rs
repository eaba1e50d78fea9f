//! What went wrong, by what it means for the next try.

use std::any::Any;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

/// A failure, kept with the link or source it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What it means for the next try.
    pub class: FailureClass,
    /// One line for people: what, where, and what would help.
    pub message: String,
    /// How long the server asked us to stay away (`Retry-After`).
    pub retry_after: Option<Duration>,
}

/// What a failure means for the next try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// Timeout, DNS, reset, 429, 5xx, cut body: again after a back-off, never given up.
    Transient,
    /// Wrong type, redirect loop, private address: again when rules change, or after a long pause.
    Permanent,
    /// More than the program takes of one page: quarantined, until somebody raises the bound.
    TooLarge,
    /// A panic in a stage, a broken invariant, a value that the store refuses: quarantined with its page.
    Bug,
    /// A stage that did not end in time: quarantined with its page, which is never tried again by itself, since the thread cannot be ended.
    Hang,
}

impl FailureClass {
    /// Whether the page is set aside for somebody to look at: it will not be well by itself.
    pub fn sets_aside(self) -> bool {
        matches!(self, FailureClass::TooLarge | FailureClass::Bug | FailureClass::Hang)
    }
}

/// What a panic says.
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without a text".to_owned())
}

//! Limits the log lines of each portal, so that none floods the log. Further lines are counted, and their number is logged.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::Instant;
use tracing::Event;
use tracing::Level;
use tracing::Subscriber;
use tracing::field::Field;
use tracing::field::Visit;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// The time in which lines are counted.
pub const WINDOW: Duration = Duration::from_mins(1);

/// Lets a number of lines of each portal pass per minute. Errors always pass. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Limit {
    lines: u32,
    counts: Arc<Mutex<Counts>>,
}

#[derive(Debug, Default)]
struct Counts {
    began: Option<Instant>,
    by_portal: BTreeMap<String, u32>,
    /// Number of omitted lines that are not logged yet.
    left_out: BTreeMap<String, u64>,
}

impl Limit {
    /// Creates a limit of this many lines per minute of each portal; 0 means no limit.
    pub fn new(lines: u32) -> Limit {
        Limit { lines, counts: Arc::default() }
    }

    /// Returns how many lines of each portal were omitted since the last call.
    pub fn take_left_out(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner).left_out)
    }

    fn passes(&self, portal: String, now: Instant) -> bool {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.began.is_none_or(|began| now.duration_since(began) >= WINDOW) {
            counts.began = Some(now);
            counts.by_portal.clear();
        }
        let count = counts.by_portal.entry(portal.clone()).or_default();
        *count += 1;
        let passes = *count <= self.lines;
        if !passes {
            *counts.left_out.entry(portal).or_default() += 1;
        }
        passes
    }
}

impl<S: Subscriber> Layer<S> for Limit {
    fn event_enabled(&self, event: &Event<'_>, _context: Context<'_, S>) -> bool {
        if self.lines == 0 || *event.metadata().level() == Level::ERROR {
            return true;
        }
        let mut named = PortalVisitor::default();
        event.record(&mut named);
        named.portal.is_none_or(|portal| self.passes(portal, Instant::now()))
    }
}

/// Finds the portal that an event names.
#[derive(Default)]
struct PortalVisitor {
    portal: Option<String>,
}

impl Visit for PortalVisitor {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "portal" {
            let mut text = String::new();
            // Writing into a string cannot fail.
            let _ = write!(text, "{value:?}");
            self.portal = Some(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn a_portal_has_its_lines_and_the_rest_is_counted() {
        let limit = Limit::new(2);
        let lines: Arc<Mutex<Vec<u8>>> = Arc::default();
        let seen = Arc::clone(&lines);
        let write = move || Written(Arc::clone(&seen));
        let format = tracing_subscriber::fmt::layer().with_writer(write).without_time();
        let subscriber = tracing_subscriber::registry().with(limit.clone()).with(format);
        tracing::subscriber::with_default(subscriber, || {
            for number in 0..5 {
                tracing::warn!(portal = %"a", "line {number}");
                tracing::info!(portal = %"b", "line {number}");
                tracing::info!("of nobody");
            }
            tracing::error!(portal = %"a", "an error");
        });
        let text = String::from_utf8(lines.lock().unwrap().clone()).unwrap();
        let count = |what: &str| text.matches(what).count();
        assert_eq!((count("line"), count("of nobody"), count("an error")), (4, 5, 1), "{text}");
        assert_eq!(limit.take_left_out(), [("a".to_owned(), 3), ("b".to_owned(), 3)].into());
        assert_eq!(limit.take_left_out(), BTreeMap::new());
    }

    #[tokio::test(start_paused = true)]
    async fn the_next_minute_begins_anew() {
        let limit = Limit::new(1);
        assert!(limit.passes("a".to_owned(), Instant::now()) && !limit.passes("a".to_owned(), Instant::now()));
        tokio::time::advance(WINDOW).await;
        assert!(limit.passes("a".to_owned(), Instant::now()));
    }

    /// A writer into a vector.
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
}

//! What robots.txt files said, kept for a while and bounded.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::Timestamp;

use crate::fetch::FetchError;
use crate::fetch::robots::Rules;

/// How long an answer holds (RFC 9309, section 2.4).
const KEPT: Duration = Duration::from_hours(24);
/// How long an unreachable robots.txt is not asked for again, so that a visit's links do not each wait for it.
const KEPT_UNREACHABLE: Duration = Duration::from_mins(5);
/// Origins kept; the oldest goes first. There are some hundred portals.
const MAX_ORIGINS: usize = 4_096;

/// Rules by origin.
#[derive(Debug, Default)]
pub(super) struct RobotsCache {
    origins: Mutex<HashMap<String, Entry>>,
}

/// What is known of an origin's robots.txt.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// The rules for us.
    pub(super) rules: Rules,
    /// Addresses of sitemaps, as written.
    pub(super) sitemaps: Vec<String>,
}

#[derive(Debug, Clone)]
struct Entry {
    until: Timestamp,
    /// The last good answer; it is used further while the file is unreachable (section 2.4).
    known: Option<Arc<Known>>,
    failure: Option<FetchError>,
}

impl RobotsCache {
    /// What is known at a time, if it need not be asked for.
    pub(super) fn get(&self, origin: &str, now: Timestamp) -> Option<Result<Arc<Known>, FetchError>> {
        let origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = origins.get(origin).filter(|entry| now < entry.until)?;
        Some(entry.answer())
    }

    /// Keeps what asking gave, and says what holds now.
    pub(super) fn put(
        &self,
        origin: &str,
        now: Timestamp,
        asked: Result<Known, FetchError>,
    ) -> Result<Arc<Known>, FetchError> {
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = origins.remove(origin).and_then(|entry| entry.known);
        let (kept, known, failure) = match asked {
            Ok(known) => (KEPT, Some(Arc::new(known)), None),
            Err(failure) => (KEPT_UNREACHABLE, earlier, Some(failure)),
        };
        if origins.len() >= MAX_ORIGINS {
            let oldest = origins.iter().min_by_key(|(_, entry)| entry.until).map(|(oldest, _)| oldest.clone());
            oldest.map(|oldest| origins.remove(&oldest));
        }
        let entry = Entry { until: now.saturating_add(kept).unwrap_or(now), known, failure };
        let answer = entry.answer();
        origins.insert(origin.to_owned(), entry);
        answer
    }
}

impl Entry {
    fn answer(&self) -> Result<Arc<Known>, FetchError> {
        match (&self.known, &self.failure) {
            (Some(known), _) => Ok(Arc::clone(known)),
            (None, Some(failure)) => Err(failure.clone()),
            (None, None) => Err(FetchError::RobotsUnreachable { reason: "not asked for".into(), retry_after: None }),
        }
    }
}

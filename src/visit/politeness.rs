//! Decides from the stored state when a source may be requested, which validators to send, and when its URL counts as moved.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::pace::Pace;
use crate::model::page::Page;
use crate::model::page::Revalidation;
use crate::model::page::Unchanged;
use crate::schedule;
use crate::store::SourceMove;
use crate::store::SourcePage;
use crate::store::SourceState;
use crate::store::StoredValidators;
use crate::text::language::local;
use crate::url::PageUrl;

/// What a source's first page says about the next request.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct SourceHints {
    pub(super) fresh_for: Option<Duration>,
    pub(super) moved_to: Option<PageUrl>,
    pub(super) pace: Pace,
}

impl SourceHints {
    pub(super) fn of_page(page: &Page) -> SourceHints {
        SourceHints { fresh_for: page.http.fresh_for, moved_to: page.http.moved_to.clone(), pace: Pace::default() }
    }

    pub(super) fn of_unchanged(unchanged: &Unchanged, pace: Pace) -> SourceHints {
        SourceHints { fresh_for: unchanged.fresh_for, moved_to: unchanged.moved_to.clone(), pace }
    }
}

/// Returns the stored state, if it belongs to the source's current URL.
pub(super) fn of_address(state: SourceState, address: &PageUrl) -> SourceState {
    match &state.address {
        // The state of an earlier version has no URL.
        Some(known) if known != address.as_str() => {
            let SourceState { pages, given, walk, unfinished, last_success, .. } = state;
            SourceState { pages, given, walk, unfinished, last_success, ..SourceState::default() }
        }
        _ => state,
    }
}

/// Returns the earliest next request from `now`: as planned, but at least one interval after the last one (so that a visit that is early for another
/// reason does not request it again), and never at a time that the source wants to be skipped.
pub(super) fn earliest(state: &SourceState, every: Duration, now: Timestamp) -> Timestamp {
    let rhythm = state.last_success.and_then(|last| last.saturating_add(every).ok());
    let planned = state.not_before.max(rhythm).map_or(now, |planned| planned.max(now));
    schedule::out_of_skips(planned, state.pace)
}

/// Returns the validators to send, by the URL that gave them. None for URLs that are due for a full request, which detects wrong validators.
pub(super) fn revalidations(given: &[StoredValidators], now: Timestamp) -> Vec<Revalidation> {
    let is_due = |given: &&StoredValidators| {
        let passed = Duration::try_from(now.duration_since(given.full_at)).unwrap_or_default();
        passed >= schedule::FULL_LOOK
    };
    let usable = given.iter().filter(|given| !is_due(given) && !given.revalidation.validators.is_empty());
    usable.map(|given| given.revalidation.clone()).collect()
}

/// Returns the validators of a full response.
pub(super) fn given_by(page: &Page) -> StoredValidators {
    let revalidation = Revalidation { url: page.final_url.clone(), validators: page.http.validators.clone() };
    StoredValidators { revalidation, full_at: page.fetched }
}

/// Returns the validators after a 304, which update the earlier ones.
pub(super) fn renewed_by(unchanged: &Unchanged, known: &[StoredValidators]) -> Option<StoredValidators> {
    let known = known.iter().find(|given| given.revalidation.url == unchanged.url)?;
    let revalidation = Revalidation { url: unchanged.url.clone(), validators: unchanged.validators.clone() };
    (revalidation != known.revalidation).then_some(StoredValidators { revalidation, full_at: known.full_at })
}

/// Whether a page changed but its validators did not.
pub(super) fn lied(
    before: Option<&SourcePage>,
    known: &[StoredValidators],
    page: &SourcePage,
    given: &StoredValidators,
) -> bool {
    let same = known.iter().any(|known| known.revalidation == given.revalidation);
    same && !given.revalidation.validators.is_empty() && before.is_some_and(|before| before.body_hash != page.body_hash)
}

/// Returns the URL to request instead of the source's, once it has permanently redirected on enough days.
pub(super) fn moved_for_good(state: &SourceState) -> Option<&PageUrl> {
    state.moved.as_ref().filter(|moved| moved.days >= schedule::MOVED_DAYS).map(|moved| &moved.to)
}

/// Counts the days on which a source's URL permanently redirects. Once the new URL is in use, it remains so.
pub(super) fn moved(state: &SourceState, to: Option<&PageUrl>, now: Timestamp) -> Option<SourceMove> {
    let today = local(now).date().to_string();
    match (to, &state.moved) {
        (Some(to), Some(known)) if known.to == *to => {
            let days = known.days + u32::from(known.last_day != today);
            Some(SourceMove { to: to.clone(), days, last_day: today })
        }
        (Some(to), _) => Some(SourceMove { to: to.clone(), days: 1, last_day: today }),
        (None, known) => known.clone().filter(|known| known.days >= schedule::MOVED_DAYS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::page::Validators;

    fn url(text: &str) -> PageUrl {
        PageUrl::parse(text).unwrap()
    }

    #[test]
    fn three_days_make_a_move() {
        let mut state = SourceState::default();
        let mut look = |to: Option<&str>, at: &str| {
            let to = to.map(url);
            state.moved = moved(&state, to.as_ref(), at.parse().unwrap());
            moved_for_good(&state).map(ToString::to_string)
        };
        let new = "http://tinh.example/new";
        assert_eq!(look(Some(new), "2026-11-24T01:00:00Z"), None);
        assert_eq!(look(Some(new), "2026-11-24T10:00:00Z"), None);
        // 17:00 in UTC is midnight.
        assert_eq!(look(Some(new), "2026-11-24T17:00:00Z"), None);
        assert_eq!(look(Some(new), "2026-11-25T17:00:00Z").as_deref(), Some(new));
        assert_eq!(look(None, "2026-11-26T17:00:00Z").as_deref(), Some(new));
        assert_eq!(look(Some("http://tinh.example/newer"), "2026-11-27T17:00:00Z"), None);
        assert_eq!(look(None, "2026-11-28T17:00:00Z"), None);
        assert_eq!(look(Some(new), "2026-11-29T17:00:00Z"), None);
    }

    #[test]
    fn a_day_after_the_last_full_answer_nothing_is_sent_back() {
        let validators = Validators { etag: Some(b"\"1\"".to_vec()), last_modified: None };
        let revalidation = Revalidation { url: url("http://a.example/"), validators };
        let given =
            StoredValidators { revalidation: revalidation.clone(), full_at: "2026-11-24T00:00:00Z".parse().unwrap() };
        let at = |now: &str| revalidations(std::slice::from_ref(&given), now.parse().unwrap());
        assert_eq!(at("2026-11-24T23:59:59Z"), [revalidation]);
        assert_eq!(at("2026-11-25T00:00:00Z"), []);
    }

    #[test]
    fn another_address_starts_anew() {
        let state = SourceState {
            address: Some("http://a.example/old".to_owned()),
            gone_since: Some(Timestamp::UNIX_EPOCH),
            failures: 3,
            walk: 7,
            ..SourceState::default()
        };
        assert_eq!(of_address(state.clone(), &url("http://a.example/old")), state);
        let anew = of_address(state, &url("http://a.example/new"));
        assert_eq!((anew.gone_since, anew.failures, anew.walk), (None, 0, 7));
    }
}

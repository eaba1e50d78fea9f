//! When a source may be asked, what is sent back to it, and when its address counts as moved: decisions about what the store remembers.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::Offset;

use crate::discover::Step;
use crate::model::pace::Pace;
use crate::model::page::Page;
use crate::model::page::Revalidation;
use crate::model::page::Unchanged;
use crate::schedule;
use crate::store::Moved;
use crate::store::SourcePage;
use crate::store::SourceState;
use crate::text::fingerprint;
use crate::url::PageUrl;

/// Days are counted where the portals are.
const HOUSE: Offset = Offset::constant(7);

/// What an answer says of itself that concerns the next look.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Said {
    pub(super) fresh_for: Option<Duration>,
    pub(super) moved_to: Option<PageUrl>,
    pub(super) pace: Pace,
}

impl Said {
    pub(super) fn of_page(page: &Page) -> Said {
        Said { fresh_for: page.http.fresh_for, moved_to: page.http.moved_to.clone(), pace: Pace::default() }
    }

    pub(super) fn of_unchanged(unchanged: &Unchanged) -> Said {
        Said { fresh_for: unchanged.fresh_for, moved_to: unchanged.moved_to.clone(), pace: Pace::default() }
    }
}

/// Whether a source's address answered 410 and still is the same.
pub(super) fn is_stopped(state: &SourceState, address: &PageUrl) -> bool {
    state.gone_since.is_some() && state.address.as_deref() == Some(address.as_str())
}

/// The earliest next look: what was planned, and no sooner than a portal's rhythm after the last one, so that a visit that is made early for
/// another reason does not ask again.
pub(super) fn earliest(state: &SourceState, every: Duration) -> Option<Timestamp> {
    let rhythm = state.last_success.filter(|_| !state.unfinished).and_then(|last| last.saturating_add(every).ok());
    state.not_before.max(rhythm)
}

/// What to send back for a page, unless it is time to get it in full and see whether its validators lie.
pub(super) fn revalidation(page: &SourcePage, now: Timestamp) -> Option<&Revalidation> {
    let full_at = page.full_at?;
    let passed = Duration::try_from(now.duration_since(full_at)).unwrap_or_default();
    page.revalidation.as_ref().filter(|_| passed < schedule::FULL_LOOK)
}

/// What is kept of a page that was got in full.
pub(super) fn kept(step: &Step, page: &Page, walk: i64) -> SourcePage {
    SourcePage {
        url: step.request.url.as_str().to_owned(),
        revalidation: Revalidation::new(&page.final_url, &page.http.validators),
        full_at: Some(page.fetched),
        body_hash: Some(fingerprint::hash_bytes(&page.body)),
        walk,
        next: Vec::new(),
    }
}

/// Whether a page changed without a change of its validators.
pub(super) fn lied(known: &SourcePage, now: &SourcePage) -> bool {
    known.revalidation.is_some() && known.revalidation == now.revalidation && known.body_hash != now.body_hash
}

/// The address that is asked in a source's place: where it redirected for good on enough days.
pub(super) fn moved_for_good(state: &SourceState) -> Option<&PageUrl> {
    state.moved.as_ref().filter(|moved| moved.days >= schedule::MOVED_DAYS).map(|moved| &moved.to)
}

/// The days on which a source's address redirects for good, counted on. Where the new address is asked already, it stays so.
pub(super) fn moved(state: &SourceState, to: Option<&PageUrl>, now: Timestamp) -> Option<Moved> {
    let today = HOUSE.to_datetime(now).date().to_string();
    match (to, &state.moved) {
        (Some(to), Some(known)) if known.to == *to => {
            let days = known.days + u32::from(known.last_day != today);
            Some(Moved { to: to.clone(), days, last_day: today })
        }
        (Some(to), _) => Some(Moved { to: to.clone(), days: 1, last_day: today }),
        (None, known) => known.clone().filter(|known| known.days >= schedule::MOVED_DAYS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let page = SourcePage {
            url: String::new(),
            revalidation: Some(Revalidation {
                url: url("http://a.example/"),
                validators: crate::model::page::Validators::default(),
            }),
            full_at: Some("2026-11-24T00:00:00Z".parse().unwrap()),
            body_hash: None,
            walk: 1,
            next: Vec::new(),
        };
        assert!(revalidation(&page, "2026-11-24T23:59:59Z".parse().unwrap()).is_some());
        assert!(revalidation(&page, "2026-11-25T00:00:00Z".parse().unwrap()).is_none());
    }
}

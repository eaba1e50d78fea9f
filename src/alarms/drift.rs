//! Detects that a portal's pages no longer match the rules that were written for them.
//!
//! For each page that was read, an observation records which rule or heuristic gave title, date, lead and body. The last pages are compared with
//! those before. Suppose a field was found with the share *p* before and *k* times on the last *n* pages. It has drifted if *k* or fewer would happen
//! by chance less than once in a million times (the lower tail of the binomial distribution). A field that was on every page is reported after five
//! or six pages, and one that was on half of them after twenty.

use jiff::SignedDuration;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::model::alarm::AlarmKey;
use crate::model::alarm::AlarmKind;
use crate::model::alarm::Reason;
use crate::model::portal::PortalId;
use crate::model::record::RawRef;

/// Number of a portal's pages that are remembered.
pub const REMEMBERED: usize = 220;

/// Minimum and maximum number of last pages that are compared. With fewer, a few pages of another kind would raise an alarm.
const RECENT: std::ops::RangeInclusive<usize> = 6..=40;

/// Minimum number of pages before them.
const LEAST_BEFORE: usize = 30;

/// Maximum probability that chance causes what counts as a change.
const CHANCE: f64 = 1e-6;

/// Share of pages below which a field is not usual for a portal.
const USUAL: f64 = 0.2;

/// Time after which a change that nobody acted on counts as usual.
const BECOMES_USUAL: SignedDuration = SignedDuration::from_hours(60 * 24);

/// Number of last pages that decide whether a change is over, and how many of them must be as before.
const OVER: (usize, usize) = (6, 4);

/// An observation of a page that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// When the page was read.
    pub at: Timestamp,
    /// Why the page gave no record. None if it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<String>,
    /// The origin of the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The origin of the publication date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The origin of the lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<String>,
    /// The origin of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Number of letters in the body.
    pub letters: u32,
    /// The page's place in the page store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<RawRef>,
}

/// A field that is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchedField {
    /// The headline.
    Title,
    /// The publication date.
    Date,
    /// The lead.
    Lead,
    /// The body.
    Body,
}

impl WatchedField {
    /// All fields.
    pub const ALL: [WatchedField; 4] =
        [WatchedField::Title, WatchedField::Date, WatchedField::Lead, WatchedField::Body];

    /// Returns the field's name.
    pub fn name(self) -> &'static str {
        match self {
            WatchedField::Title => "title",
            WatchedField::Date => "date",
            WatchedField::Lead => "lead",
            WatchedField::Body => "body",
        }
    }

    /// Returns the origin of the field on a page.
    pub fn origin(self, page: &Observation) -> Option<&str> {
        match self {
            WatchedField::Title => page.title.as_deref(),
            WatchedField::Date => page.date.as_deref(),
            WatchedField::Lead => page.lead.as_deref(),
            WatchedField::Body => page.body.as_deref(),
        }
    }
}

/// Whether an origin is a rule of a portal or a platform, not a heuristic or a hint.
pub fn is_rule(origin: &str) -> bool {
    origin.starts_with("portal ") || origin.starts_with("platform ")
}

/// Returns the reasons for alarms that a portal's last pages (oldest first) give.
pub(super) fn reasons(
    portal: &PortalId,
    pages: &[Observation],
    raised: &dyn Fn(AlarmKind, &str) -> Option<Timestamp>,
    now: Timestamp,
) -> Vec<Reason> {
    let open = |kind, subject: &str| match raised(kind, subject) {
        Some(raised) if now.duration_since(raised) > BECOMES_USUAL => AlarmState::TooLong,
        Some(raised) => AlarmState::Since(raised),
        None => AlarmState::No,
    };
    let read: Vec<&Observation> = pages.iter().filter(|page| page.rejected.is_none()).collect();
    let evidence = pages.iter().rev().find_map(|page| page.page.clone());
    let mut found = Vec::new();
    let mut push = |kind, subject: &str, message: String| {
        let key = AlarmKey::of_portal(kind, portal, subject);
        found.push(Reason { key, message, evidence: evidence.clone() });
    };
    for field in WatchedField::ALL {
        let name = field.name();
        let is_found: Vec<bool> = read.iter().map(|page| field.origin(page).is_some()).collect();
        let by_rule: Vec<bool> = read.iter().map(|page| field.origin(page).is_some_and(is_rule)).collect();
        if let Some(change) = missing(&is_found, open(AlarmKind::FieldLost, name)) {
            push(AlarmKind::FieldLost, name, format!("{name} of {portal}'s pages: {change}"));
        } else if let Some(change) = missing(&by_rule, open(AlarmKind::RuleStopped, name)) {
            let rule = most_frequent(&read, field);
            push(
                AlarmKind::RuleStopped,
                name,
                format!("the rules of {portal} for {name} stopped matching ({rule}): {change}"),
            );
        }
    }
    if let Some(change) = shrunk(&read, open(AlarmKind::BodyShrunk, "")) {
        push(AlarmKind::BodyShrunk, "", format!("bodies of {portal}'s pages: {change}"));
    }
    let accepted: Vec<bool> = pages.iter().map(|page| page.rejected.is_none()).collect();
    if let Some(change) = missing(&accepted, open(AlarmKind::PagesRejected, "")) {
        let reason = pages.iter().rev().find_map(|page| page.rejected.as_deref()).unwrap_or_default();
        push(AlarmKind::PagesRejected, "", format!("articles on {portal}'s pages: {change}; the last: {reason}"));
    }
    found
}

/// Whether an alarm is open, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AlarmState {
    No,
    Since(Timestamp),
    TooLong,
}

/// Returns the rule that gave a field most often.
fn most_frequent<'a>(pages: &[&'a Observation], field: WatchedField) -> &'a str {
    let mut rules: Vec<&str> = pages.iter().filter_map(|page| field.origin(page)).filter(|o| is_rule(o)).collect();
    rules.sort_unstable();
    let longest = rules.chunk_by(|one, other| one == other).max_by_key(|chunk| chunk.len());
    longest.and_then(|chunk| chunk.first().copied()).unwrap_or_default()
}

/// Describes how something is missing on the last pages. None if it is not missing or, if an alarm is open, no longer missing.
fn missing(there: &[bool], open: AlarmState) -> Option<String> {
    let hits = |pages: &[bool]| pages.iter().filter(|there| **there).count();
    let said = |recent: &[bool], before: &[bool]| {
        format!(
            "found on {} of the last {}, before on {} of {}",
            hits(recent),
            recent.len(),
            hits(before),
            before.len()
        )
    };
    if open != AlarmState::No {
        let (before, recent) = there.split_at(there.len().saturating_sub(OVER.0));
        let is_over = hits(recent) >= OVER.1 || open == AlarmState::TooLong;
        return (!is_over).then(|| said(recent, before));
    }
    RECENT.take_while(|recent| there.len() >= recent + LEAST_BEFORE).find_map(|recent| {
        let (before, recent) = there.split_at(there.len() - recent);
        let usual = share(hits(before), before.len());
        (usual >= USUAL && at_most(hits(recent), recent.len(), usual) < CHANCE).then(|| said(recent, before))
    })
}

/// Describes how bodies have become shorter: nearly all of the last ones are below the length that nine of ten exceeded before, and their median is
/// below half.
fn shrunk(pages: &[&Observation], open: AlarmState) -> Option<String> {
    let letters: Vec<u32> = pages.iter().map(|page| page.letters).collect();
    let said = |recent: &[u32], before: &[u32]| {
        let (now, then) = (quantile(recent, 2), quantile(before, 2));
        format!("the median is {now} letters on the last {}, and was {then} on {} before", recent.len(), before.len())
    };
    if let AlarmState::Since(raised) = open {
        let before = letters.get(..pages.partition_point(|page| page.at < raised)).unwrap_or_default();
        let recent = letters.get(letters.len().saturating_sub(OVER.0)..).unwrap_or_default();
        // Without earlier pages in memory, it is impossible to say that bodies are as before.
        let is_over = !before.is_empty() && quantile(recent, 2) * 2 >= quantile(before, 2);
        return (!is_over).then(|| said(recent, before));
    }
    if open == AlarmState::TooLong {
        return None;
    }
    RECENT.take_while(|recent| letters.len() >= recent + LEAST_BEFORE).find_map(|recent| {
        let (before, recent) = letters.split_at(letters.len() - recent);
        let tenth = quantile(before, 10);
        let longer = recent.iter().filter(|length| **length >= tenth).count();
        let is_short = at_most(longer, recent.len(), 0.9) < CHANCE * 2.0;
        (is_short && quantile(recent, 2) * 2 < quantile(before, 2)).then(|| said(recent, before))
    })
}

/// Returns the value below which one in `one_of` values lies: 2 gives the median.
fn quantile(values: &[u32], one_of: usize) -> u32 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / one_of).copied().unwrap_or_default()
}

/// Estimates the share of hits by Laplace's rule of succession, so that no share is certain.
fn share(hits: usize, of: usize) -> f64 {
    (to_float(hits) + 1.0) / (to_float(of) + 2.0)
}

/// Returns the probability of at most `hits` hits in `tries` tries with the probability `p`: the lower tail of the binomial distribution.
fn at_most(hits: usize, tries: usize, p: f64) -> f64 {
    let (mut term, mut sum) = ((1.0 - p).powf(to_float(tries)), 0.0);
    for hit in 0..=hits {
        sum += term;
        term *= (to_float(tries) - to_float(hit)) / (to_float(hit) + 1.0) * p / (1.0 - p);
    }
    sum
}

#[expect(clippy::cast_precision_loss, reason = "numbers of pages are small")]
fn to_float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(title: &str, date: Option<&str>, letters: u32) -> Observation {
        Observation {
            at: Timestamp::UNIX_EPOCH,
            rejected: None,
            title: Some(title.to_owned()),
            date: date.map(str::to_owned),
            lead: None,
            body: Some("generic".to_owned()),
            letters,
            page: None,
        }
    }

    fn rejected() -> Observation {
        Observation { rejected: Some("no content".to_owned()), title: None, body: None, ..page("", None, 0) }
    }

    /// Returns the alarms that would be raised or stay open.
    fn kinds(pages: &[Observation], open: &[(AlarmKind, &str)]) -> Vec<String> {
        kinds_at(pages, open, day(2))
    }

    fn day(number: i64) -> Timestamp {
        Timestamp::from_second(number * 86_400).unwrap()
    }

    /// Like [`kinds`], at a given moment. Open alarms were raised on day 1, before which all pages were read.
    fn kinds_at(pages: &[Observation], open: &[(AlarmKind, &str)], now: Timestamp) -> Vec<String> {
        let raised = |kind, subject: &str| open.contains(&(kind, subject)).then(|| day(1));
        let reasons = reasons(&PortalId::new("p").unwrap(), pages, &raised, now);
        reasons
            .iter()
            .map(|reason| format!("{} {}", reason.key.kind.name(), reason.key.subject).trim().to_owned())
            .collect()
    }

    const NONE: [&str; 0] = [];
    const RULE: &str = "platform vhv: h1.title-detail";

    #[test]
    fn a_rule_that_stops_matching_is_told_after_some_pages_and_over_when_rules_match_again() {
        let mut pages = vec![page(RULE, None, 900); 60];
        assert_eq!(kinds(&pages, &[]), NONE);
        pages.extend(vec![page("og:title", None, 900); 4]);
        assert_eq!(kinds(&pages, &[]), NONE, "four pages may be of another kind");
        pages.extend(vec![page("og:title", None, 900); 2]);
        assert_eq!(kinds(&pages, &[]), ["rule-stopped title"]);
        let reasons = reasons(&PortalId::new("p").unwrap(), &pages, &|_, _| None, day(2));
        assert!(
            reasons[0]
                .message
                .contains("(platform vhv: h1.title-detail): found on 0 of the last 6, before on 60 of 60"),
            "{reasons:?}"
        );
        let open = [(AlarmKind::RuleStopped, "title")];
        pages.extend(vec![page("portal p: h2", None, 900); 3]);
        assert_eq!(kinds(&pages, &open), ["rule-stopped title"]);
        pages.push(page("portal p: h2", None, 900));
        assert_eq!(kinds(&pages, &open), NONE, "the operator gave it a new rule");
    }

    #[test]
    fn a_field_that_is_on_half_of_the_pages_is_missed_later() {
        let half = |number: usize| page(RULE, (number.is_multiple_of(2)).then_some("generic"), 900);
        let mut pages: Vec<Observation> = (0..100).map(half).collect();
        pages.extend(vec![page(RULE, None, 900); 12]);
        assert_eq!(kinds(&pages, &[]), NONE);
        pages.extend(vec![page(RULE, None, 900); 12]);
        assert_eq!(kinds(&pages, &[]), ["field-lost date"]);
        pages.extend(vec![page(RULE, None, 900); REMEMBERED]);
        let remembered = &pages[pages.len() - REMEMBERED..];
        let open = [(AlarmKind::FieldLost, "date")];
        assert_eq!(kinds_at(remembered, &open, day(60)), ["field-lost date"], "nobody has done anything about it");
        assert_eq!(kinds_at(remembered, &open, day(62)), NONE, "pages without dates have become usual");
        assert_eq!(kinds_at(remembered, &[], day(62)), NONE);
    }

    #[test]
    fn bodies_that_shrink_and_pages_that_are_rejected_are_told() {
        let mut pages: Vec<Observation> = (0..60).map(|number| page(RULE, None, 600 + number * 20)).collect();
        pages.extend((0..6).map(|number| page(RULE, None, 90 + number)));
        assert_eq!(kinds(&pages, &[]), ["body-shrunk"]);
        pages.extend(vec![page(RULE, None, 1000); 4]);
        assert_eq!(kinds(&pages, &[(AlarmKind::BodyShrunk, "")]), NONE);
        pages.extend(vec![rejected(); 6]);
        assert_eq!(kinds(&pages, &[]), ["pages-rejected"]);
    }

    /// The pages of these portals do not change: each has each field by chance, and bodies have all lengths.
    #[test]
    fn chance_raises_no_alarms() {
        let mut state: u64 = 1;
        // Knuth's MMIX generator: the same numbers on every run.
        let mut chance = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 33).unwrap()) / f64::from(1_u32 << 31)
        };
        let mut raised = 0;
        for portal in 0..10 {
            let usual = f64::from(portal) / 10.0 + 0.05;
            let mut pages = Vec::new();
            for _ in 0..200 {
                let title = if chance() < usual { RULE } else { "og:title" };
                let length = 100.0 * (chance() * 5.0).exp();
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "it is between 100 and 15,000"
                )]
                pages.push(page(title, (chance() < usual).then_some("generic"), length as u32));
                raised += kinds(&pages[pages.len().saturating_sub(REMEMBERED)..], &[]).len();
            }
        }
        assert_eq!(raised, 0, "of 2,000 looks");
    }

    #[test]
    fn the_tail_of_the_binomial_distribution() {
        assert!((at_most(0, 6, 0.9) - 1e-6).abs() < 1e-12);
        assert!((at_most(2, 4, 0.5) - 11.0 / 16.0).abs() < 1e-12);
        assert!((at_most(4, 4, 0.3) - 1.0).abs() < 1e-12);
    }
}

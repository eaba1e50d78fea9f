//! Decides whether two URLs of a portal show one article: it was moved, its URL was corrected, or it is listed at several.
//!
//! The texts must always agree. How much depends on the URLs. If one leads to the other, if the source gives both the same identifier, or if they
//! only differ in spelling, the text may have been edited meanwhile. If the URLs show nothing, the text must be the same. Numbers and dates
//! distinguish one notice, bulletin or yearly report from the next.

use crate::dedup::align::Alignment;
use crate::dedup::document::Document;
use crate::dedup::guard;
use crate::dedup::relate::MIN_OWN_TEXT;
use crate::dedup::relate::Subject;
use crate::dedup::revision;
use crate::model::record::Record;
use crate::text::folded::Syllable;

/// Minimum share of each text that is in the other, if only the texts are evidence of one article.
const SAME: f64 = 0.9;
/// Minimum share of one of the texts, if the URLs are evidence as well.
const RELATED: f64 = 0.5;
/// Maximum number of corrected figures in an article whose URL and date are evidence.
const CORRECTED_FIGURES: usize = 1;
/// Maximum number of places in an edited article at which words replace others, or one in this many common syllables. A form that was filled in for
/// another case has such places in each of its sentences.
const REPLACED: usize = 3;
const SYLLABLES_OF_A_REPLACEMENT: usize = 100;
/// Maximum number of days between two dates of one article, unless its text is exactly the same.
const DAYS: i64 = 31;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// The evidence for one article besides the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The URLs: one permanently leads to the other, they only differ in spelling, or the source gives both the same identifier.
    Address,
    /// None.
    TextAlone,
}

/// Whether a page shows a known article of the same portal at another URL.
pub fn is_one_article(known: &Record, now: &Record, evidence: Evidence) -> bool {
    let (old, new) = (Document::of(known, None), Document::of(now, None));
    known.kind == now.kind && are_one(&old, &new, || revision::same_but_for_frame(known, now), evidence)
}

/// The same for an article of which only the sketch is kept.
pub fn is_one_text(known: &Document, now: &Document, evidence: Evidence) -> bool {
    are_one(known, now, || false, evidence)
}

fn are_one(old: &Document, new: &Document, is_same_but_for_frame: impl Fn() -> bool, evidence: Evidence) -> bool {
    let is_other_by_facts = guard::conflict(new, old) || other_numbers(&new.title, &old.title) || other_files(new, old);
    if old.site != new.site || is_other_by_facts {
        return false;
    }
    let dates = Dates::of(old, new);
    let is_long = new.text.len().min(old.text.len()) >= MIN_OWN_TEXT;
    // A line that only has a date counts as frame, so the dates of publication must agree.
    let has_same_lines = || is_long && dates.are_equal() && is_same_but_for_frame();
    let is_same_title = new.title == old.title;
    if !new.text.is_empty() && (new.text == old.text || has_same_lines()) {
        return match evidence {
            Evidence::Address => is_same_title || (is_long && are_alike(&new.title, &old.title)),
            Evidence::TextAlone => is_telling(new) && dates.allow(is_same_title),
        };
    }
    if !is_long {
        // In texts of a few words, each word matters. Only a page without any text is recognized by its headline and files.
        let is_bare = new.text.is_empty() && old.text.is_empty() && is_same_title && is_telling(new);
        return is_bare && (dates.are_equal() || evidence == Evidence::Address);
    }
    let alignment = Subject::new(new, &[]).beside(old);
    let agreement = Agreement::of(new, old, &alignment);
    if agreement.is_other {
        return false;
    }
    match evidence {
        Evidence::Address => {
            let allowed = if dates.are_equal() { CORRECTED_FIGURES } else { 0 };
            let is_same = agreement.of_new.min(agreement.of_old) >= SAME;
            dates.days.is_none_or(|days| days <= DAYS)
                && agreement.of_new.max(agreement.of_old) >= RELATED
                && (is_same || are_alike(&new.title, &old.title))
                && agreement.changed_figures <= allowed
        }
        Evidence::TextAlone => {
            dates.are_equal()
                && is_same_title
                && agreement.of_new.min(agreement.of_old) >= SAME
                && agreement.changed_names == 0
                && numbers(&new.text) == numbers(&old.text)
        }
    }
}

/// The dates of publication of two articles.
struct Dates {
    /// Whole days between them, if both are known.
    days: Option<i64>,
    is_equal: bool,
}

impl Dates {
    fn of(one: &Document, other: &Document) -> Dates {
        let between = one.published.zip(other.published).map(|(one, other)| (one - other).abs());
        // If one of two pages only shows the day, its hour is midnight in +07:00.
        let is_midnight = |moment: i64| (moment + 7 * 60 * 60 * 1000).rem_euclid(DAY) == 0;
        let has_day_alone = one.published.is_some_and(is_midnight) || other.published.is_some_and(is_midnight);
        Dates {
            days: between.map(|between| between / DAY),
            is_equal: between.is_some_and(|between| between == 0 || (has_day_alone && between < DAY)),
        }
    }

    fn are_equal(&self) -> bool {
        self.is_equal
    }

    /// Whether the dates allow a text that is exactly the same to be one article. If they are unknown, the headline decides.
    fn allow(&self, is_same_title: bool) -> bool {
        self.is_equal || (self.days.is_none() && is_same_title)
    }
}

/// How much two texts agree.
struct Agreement {
    /// The share of the new text that is in the old one.
    of_new: f64,
    /// The share of the old text that is in the new one.
    of_old: f64,
    changed_figures: usize,
    changed_names: usize,
    /// Whether they are one form for two cases, or have too many replaced words to be one text.
    is_other: bool,
}

impl Agreement {
    fn of(new: &Document, old: &Document, alignment: &Alignment) -> Agreement {
        let in_new: usize = alignment.stretches.iter().map(|stretch| stretch.a_end - stretch.a).sum();
        let in_old: usize = alignment.stretches.iter().map(|stretch| stretch.b_end - stretch.b).sum();
        #[expect(clippy::cast_precision_loss, reason = "syllables of a text")]
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        let gaps = alignment.gaps.iter();
        let replaced = gaps.clone().filter(|gap| !gap.a.is_empty() && !gap.b.is_empty()).count();
        Agreement {
            of_new: share(in_new, new.text.len()),
            of_old: share(in_old, old.text.len()),
            changed_figures: gaps.clone().map(|gap| guard::changed_figures(new, old, gap)).sum(),
            changed_names: gaps.filter(|gap| guard::are_other_names(new, old, gap)).count(),
            is_other: replaced > REPLACED.max(in_new / SYLLABLES_OF_A_REPLACEMENT)
                || guard::other_figures(new, old, alignment)
                || guard::other_case(new, old, alignment, in_new)
                || guard::other_subject(new, old, alignment)
                || guard::other_issue(new, old, in_new),
        }
    }
}

/// Whether an article has enough text of its own to be distinguished from others by it.
fn is_telling(document: &Document) -> bool {
    document.text.len() >= MIN_OWN_TEXT || guard::is_telling_notice(document)
}

fn other_files(one: &Document, other: &Document) -> bool {
    !one.attachments.is_empty() && !other.attachments.is_empty() && one.attachments.is_disjoint(&other.attachments)
}

/// Whether two headlines contain different numbers.
fn other_numbers(one: &[Syllable], other: &[Syllable]) -> bool {
    let (one, other) = (numbers(one), numbers(other));
    !one.is_empty() && !other.is_empty() && one != other
}

/// Returns the numbers of a text, sorted.
fn numbers(text: &[Syllable]) -> Vec<Syllable> {
    let mut numbers: Vec<Syllable> = text.iter().copied().filter(|syllable| syllable.is_number()).collect();
    numbers.sort_unstable();
    numbers
}

/// Whether half of the longer headline is in the other.
fn are_alike(one: &[Syllable], other: &[Syllable]) -> bool {
    let common = one.iter().filter(|syllable| other.contains(syllable)).count();
    common * 2 >= one.len().max(other.len())
}

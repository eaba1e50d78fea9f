//! Distinguishes articles with similar texts: other document numbers, other files, other figures, another issue of a series.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::dedup::align::Alignment;
use crate::dedup::align::Gap;
use crate::dedup::document::Document;
use crate::dedup::sketch::TELLING_TITLE;
use crate::text::folded::Syllable;

/// Minimum number of replaced figures with which a text is a form that was filled in again: a bulletin of prices, a forecast, a week's plan. A
/// corrected copy has one or two.
const OTHER_FIGURES: usize = 3;
/// The minimum share of these figures among all figures of the common stretches, as one in this number.
const ONE_FIGURE_IN: usize = 4;

/// Minimum number of differently filled blanks of a form, including figures. An edited copy has a corrected figure or two and no other name.
const FILLED_IN: usize = 3;
const FILLED_IN_FIGURES: usize = 2;
/// The minimum number of filled blanks as one in this many common syllables, because long forms have more blanks.
const SYLLABLES_OF_A_BLANK: usize = 100;
/// Maximum number of edits for each of these figures. Texts full of typing errors have other figures by chance.
const EDITS_OF_A_FIGURE: usize = 3;
/// Minimum number of syllables in one place that count as a name.
const SYLLABLES_OF_A_NAME: usize = 2;

/// Number of common syllables of their own below which articles with different files are different notices.
const OWN_WORDS_OF_A_NOTICE: usize = 150;

/// Maximum number of syllables of the text that a site repeats below every article.
const LONGEST_TEMPLATE: usize = 200;

/// Share of the shorter text in the other one below which both texts have words of their own.
const OWN_BESIDE: f64 = 0.9;

/// Whether two articles are about different documents, or are two issues of a series according to their headlines.
pub(super) fn conflict(one: &Document, other: &Document) -> bool {
    let are_apart = |one: &BTreeSet<u32>, other: &BTreeSet<u32>| one.is_disjoint(other);
    let other_titles = !one.titular.is_empty() && !other.titular.is_empty() && are_apart(&one.titular, &other.titular);
    // The beginning of one text may be anywhere in the other, as a section in a round-up.
    let other_heads = !one.leading.is_empty()
        && !other.leading.is_empty()
        && are_apart(&one.leading, &other.numbers)
        && are_apart(&other.leading, &one.numbers);
    other_titles || other_heads || other_number_in_title(&one.title, &other.title)
}

/// Whether two headlines have the same words with other numbers: "… tuần 24 …" and "… tuần 25 …".
fn other_number_in_title(one: &[Syllable], other: &[Syllable]) -> bool {
    let numbers = |title: &[Syllable]| title.iter().copied().filter(|part| part.is_number()).collect::<Vec<_>>();
    let words = |title: &[Syllable]| title.iter().copied().filter(|part| !part.is_number()).collect::<Vec<_>>();
    let (ours, theirs) = (numbers(one), numbers(other));
    !ours.is_empty() && !theirs.is_empty() && ours != theirs && words(one) == words(other)
}

/// Whether two texts are one form with other figures. In the alignment, `a` is `one` and `b` is `other`.
pub(super) fn other_figures(one: &Document, other: &Document, alignment: &Alignment) -> bool {
    let changed: usize = alignment.gaps.iter().map(|gap| changed_figures(one, other, gap)).sum();
    let figures = |range: Range<usize>| count_numbers(one.text.get(range).unwrap_or_default());
    let all: usize = alignment.stretches.iter().map(|stretch| figures(stretch.a..stretch.a_end)).sum();
    changed >= OTHER_FIGURES && changed * ONE_FIGURE_IN >= all
}

/// Returns the number of figures of an edit that are replaced by others. Only equal numbers of figures count, because "2.000" and "2000" are the
/// same.
pub(super) fn changed_figures(one: &Document, other: &Document, gap: &Gap) -> usize {
    let ours = count_numbers(one.text.get(gap.a.clone()).unwrap_or_default());
    let theirs = count_numbers(other.text.get(gap.b.clone()).unwrap_or_default());
    if ours == theirs { ours } else { 0 }
}

/// Whether an edit replaces words by others, not counting figures.
pub(super) fn are_other_names(one: &Document, other: &Document, gap: &Gap) -> bool {
    let words = |text: &[Syllable]| text.iter().copied().filter(|syllable| !syllable.is_number()).collect::<Vec<_>>();
    let ours = words(one.text.get(gap.a.clone()).unwrap_or_default());
    let theirs = words(other.text.get(gap.b.clone()).unwrap_or_default());
    ours.len().min(theirs.len()) >= SYLLABLES_OF_A_NAME && ours != theirs
}

fn count_numbers(text: &[Syllable]) -> usize {
    text.iter().filter(|syllable| syllable.is_number()).count()
}

/// Whether two texts are one form that was filled in for different cases, even if it repeats many figures of laws. Then figures and names of people
/// and places differ, and little else. Copies are edited in other places.
pub(super) fn other_case(one: &Document, other: &Document, alignment: &Alignment, shared: usize) -> bool {
    let figures: usize = alignment.gaps.iter().map(|gap| changed_figures(one, other, gap)).sum();
    let names = alignment.gaps.iter().filter(|gap| are_other_names(one, other, gap)).count();
    let filled_in = figures + names;
    figures >= FILLED_IN_FIGURES
        && names > 0
        && filled_in >= FILLED_IN.max(shared / SYLLABLES_OF_A_BLANK)
        && figures * EDITS_OF_A_FIGURE >= alignment.gaps.len()
}

/// Whether two texts are one form about different subjects: in the place where one text has the words of its headline, the other has the words of its
/// own headline. Copies that were given another headline have the same words in that place.
pub(super) fn other_subject(one: &Document, other: &Document, alignment: &Alignment) -> bool {
    let names = |title: &[Syllable], against: &[Syllable], edit: &[Syllable]| {
        edit.iter().any(|syllable| title.contains(syllable) && !against.contains(syllable))
    };
    one.title != other.title
        && alignment.gaps.iter().any(|gap| {
            let ours = one.text.get(gap.a.clone()).unwrap_or_default();
            let theirs = other.text.get(gap.b.clone()).unwrap_or_default();
            names(&one.title, &other.title, ours) && names(&other.title, &one.title, theirs)
        })
}

/// Whether two articles of one site, each with words of its own, are different according to their headlines. What they share may be the text that the
/// site repeats below every article.
pub(super) fn other_article_of_a_site(one: &Document, other: &Document, contained: f64, shared: usize) -> bool {
    let common = one.title.iter().filter(|syllable| other.title.contains(syllable)).count();
    let is_one_title = common * 2 >= one.title.len().max(other.title.len()) && common > 0;
    one.site != 0 && one.site == other.site && contained < OWN_BESIDE && shared < LONGEST_TEMPLATE && !is_one_title
}

/// Whether two articles with this number of common syllables are notices with different files.
pub(super) fn other_issue(one: &Document, other: &Document, shared: usize) -> bool {
    shared < OWN_WORDS_OF_A_NOTICE
        && !one.attachments.is_empty()
        && !other.attachments.is_empty()
        && one.attachments.is_disjoint(&other.attachments)
}

/// Whether two articles of a few words are one notice: an informative headline, a common file, and no word that only one of them has.
pub(super) fn same_notice(one: &Document, other: &Document) -> bool {
    is_telling_notice(one)
        && one.title == other.title
        && one.text == other.text
        && !one.attachments.is_disjoint(&other.attachments)
}

/// Whether the headline and files of an article of a few words identify it.
pub(super) fn is_telling_notice(document: &Document) -> bool {
    document.title.len() >= TELLING_TITLE && !document.attachments.is_empty()
}

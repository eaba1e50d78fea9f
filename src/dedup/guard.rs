//! What tells two articles apart whose texts are alike: other documents' numbers, other files, other figures, another issue of a series.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::dedup::align::Alignment;
use crate::dedup::align::Gap;
use crate::dedup::document::Document;
use crate::dedup::sketch::TELLING_TITLE;
use crate::text::folded::Syllable;

/// Figures in one another's place from which a text is a form filled in anew: a bulletin of prices, a forecast, a week's plan. A copy that
/// was corrected has one or two.
const OTHER_FIGURES: usize = 3;
/// And the share of all figures of the common stretches that they are at least, as one in so many.
const ONE_FIGURE_IN: usize = 4;

/// Blanks of a form that were filled in otherwise, figures among them; one edited copy has a corrected figure or two and no other name.
const FILLED_IN: usize = 3;
const FILLED_IN_FIGURES: usize = 2;
/// And one in so many common syllables: long forms have more blanks.
const SYLLABLES_OF_A_BLANK: usize = 100;
/// Edits for each of those figures at most: texts full of slips have other figures by chance.
const EDITS_OF_A_FIGURE: usize = 3;
/// Syllables in one place that are taken for a name, at least.
const SYLLABLES_OF_A_NAME: usize = 2;

/// Common syllables of their own below which articles with other files are other notices.
const OWN_WORDS_OF_A_NOTICE: usize = 150;

/// Syllables of what a site says below every article, at most.
const LONGEST_TEMPLATE: usize = 200;

/// Share of the shorter text in the other below which both have words of their own.
const OWN_BESIDE: f64 = 0.9;

/// Whether two articles are on other documents, or are two of a series by their headlines.
pub(super) fn conflict(one: &Document, other: &Document) -> bool {
    let are_apart = |one: &BTreeSet<u32>, other: &BTreeSet<u32>| one.is_disjoint(other);
    let other_titles = !one.titular.is_empty() && !other.titular.is_empty() && are_apart(&one.titular, &other.titular);
    // What one text begins with may stand anywhere in the other, as a section stands in a round-up.
    let other_heads = !one.leading.is_empty()
        && !other.leading.is_empty()
        && are_apart(&one.leading, &other.numbers)
        && are_apart(&other.leading, &one.numbers);
    other_titles || other_heads || other_number_in_title(&one.title, &other.title)
}

/// "… tuần 24 …" and "… tuần 25 …": the same words around other numbers.
fn other_number_in_title(one: &[Syllable], other: &[Syllable]) -> bool {
    let numbers = |title: &[Syllable]| title.iter().copied().filter(|part| part.is_number()).collect::<Vec<_>>();
    let words = |title: &[Syllable]| title.iter().copied().filter(|part| !part.is_number()).collect::<Vec<_>>();
    let (ours, theirs) = (numbers(one), numbers(other));
    !ours.is_empty() && !theirs.is_empty() && ours != theirs && words(one) == words(other)
}

/// Whether two texts are one form with other figures in it: `a` of the alignment is `one`, `b` is `other`.
pub(super) fn other_figures(one: &Document, other: &Document, alignment: &Alignment) -> bool {
    let changed: usize = alignment.gaps.iter().map(|gap| changed_figures(one, other, gap)).sum();
    let figures = |range: Range<usize>| count_numbers(one.text.get(range).unwrap_or_default());
    let all: usize = alignment.stretches.iter().map(|stretch| figures(stretch.a..stretch.a_end)).sum();
    changed >= OTHER_FIGURES && changed * ONE_FIGURE_IN >= all
}

/// Figures of an edit in whose place others stand: as many, for "2.000" and "2000" are one.
pub(super) fn changed_figures(one: &Document, other: &Document, gap: &Gap) -> usize {
    let ours = count_numbers(one.text.get(gap.a.clone()).unwrap_or_default());
    let theirs = count_numbers(other.text.get(gap.b.clone()).unwrap_or_default());
    if ours == theirs { ours } else { 0 }
}

/// Whether an edit puts some words in the place of others, figures aside.
pub(super) fn are_other_names(one: &Document, other: &Document, gap: &Gap) -> bool {
    let words = |text: &[Syllable]| text.iter().copied().filter(|syllable| !syllable.is_number()).collect::<Vec<_>>();
    let ours = words(one.text.get(gap.a.clone()).unwrap_or_default());
    let theirs = words(other.text.get(gap.b.clone()).unwrap_or_default());
    ours.len().min(theirs.len()) >= SYLLABLES_OF_A_NAME && ours != theirs
}

fn count_numbers(text: &[Syllable]) -> usize {
    text.iter().filter(|syllable| syllable.is_number()).count()
}

/// Whether two texts are one form that was filled in for other cases, however many figures of laws it repeats: what differs are figures and
/// names of people and places, and little else. Copies are edited in other places.
pub(super) fn other_case(one: &Document, other: &Document, alignment: &Alignment, shared: usize) -> bool {
    let figures: usize = alignment.gaps.iter().map(|gap| changed_figures(one, other, gap)).sum();
    let names = alignment.gaps.iter().filter(|gap| are_other_names(one, other, gap)).count();
    let filled_in = figures + names;
    figures >= FILLED_IN_FIGURES
        && names > 0
        && filled_in >= FILLED_IN.max(shared / SYLLABLES_OF_A_BLANK)
        && figures * EDITS_OF_A_FIGURE >= alignment.gaps.len()
}

/// Whether two texts are one form on other subjects: each has in its headline what its text has in the place of what the other's has in
/// its own. Copies that were given another headline have the same words in one place.
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

/// Whether two articles of one site that each have words of their own are two by their headlines: what they share may be what the site says
/// below every article.
pub(super) fn other_article_of_a_site(one: &Document, other: &Document, contained: f64, shared: usize) -> bool {
    let common = one.title.iter().filter(|syllable| other.title.contains(syllable)).count();
    let is_one_title = common * 2 >= one.title.len().max(other.title.len()) && common > 0;
    one.site != 0 && one.site == other.site && contained < OWN_BESIDE && shared < LONGEST_TEMPLATE && !is_one_title
}

/// Whether two articles with so many common syllables are notices on other files.
pub(super) fn other_issue(one: &Document, other: &Document, shared: usize) -> bool {
    shared < OWN_WORDS_OF_A_NOTICE
        && !one.attachments.is_empty()
        && !other.attachments.is_empty()
        && one.attachments.is_disjoint(&other.attachments)
}

/// Whether two articles of a few words are one notice: a telling headline, a common file, and no word that the other has not.
pub(super) fn same_notice(one: &Document, other: &Document) -> bool {
    is_telling_notice(one)
        && one.title == other.title
        && one.text == other.text
        && !one.attachments.is_disjoint(&other.attachments)
}

/// Whether an article of a few words says by headline and files what it is.
pub(super) fn is_telling_notice(document: &Document) -> bool {
    document.title.len() >= TELLING_TITLE && !document.attachments.is_empty()
}

//! Two articles → what one is of the other, or nothing.

use std::cell::OnceCell;

use crate::dedup::align::Alignment;
use crate::dedup::align::Seeds;
use crate::dedup::align::Stretch;
use crate::dedup::align::align;
use crate::dedup::document::Document;
use crate::dedup::guard;
use crate::model::record::DuplicateKind;
use crate::text::folded::Syllable;

/// Syllables of its own, beside what many articles share, that a text must have in common with another: on one real host 205 pairs of
/// different notices share their whole body ("Xem chi tiết tại đây").
pub const MIN_OWN_TEXT: usize = 40;

/// Share of the shorter text that stands in the other, at least. Copies with another lead keep 0.73 and more of it.
const CONTAINED: f64 = 0.68;

/// Syllables of the stretch in which a shared syllable stands on average, at least: copies are cut in a few places, and reports that quote
/// one another share crumbs of a sentence or two.
const LONG_STRETCHES: usize = 64;

/// The same for what is contained nearly whole, as short texts are.
const SHORT_STRETCHES: usize = 24;
const NEARLY_WHOLE: f64 = 0.95;

/// Share of a stretch's syllables that are equal, at least.
const FAITHFUL: f64 = 0.8;

/// What suffices for two copies of a cluster that both stand near to a third.
const LOOSELY_CONTAINED: f64 = 0.5;

/// Share of the longer text that the shorter one has, from which it is a reprint and no excerpt, leads aside.
const REPRINT: f64 = 0.8;

/// Syllables of a lead at most: one that was replaced or dropped makes no excerpt.
const LEAD: usize = 80;

/// How much is asked of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// Between an article and one that it is to join.
    Strict,
    /// Between members of a cluster that is known to be one.
    Loose,
    /// Between texts of which it is known: only the figures are wanted.
    None,
}

/// What an article is of another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Relation {
    /// In which way it repeats the other.
    pub kind: DuplicateKind,
    /// The share of it that stands in the other.
    pub containment: f64,
    /// The share of the other that stands in it.
    pub reverse: f64,
}

impl Relation {
    /// What the other is of it.
    #[must_use]
    pub fn reversed(self) -> Relation {
        let kind = match self.kind {
            DuplicateKind::Reprint => DuplicateKind::Reprint,
            DuplicateKind::Excerpt => DuplicateKind::Extended,
            DuplicateKind::Extended => DuplicateKind::Excerpt,
        };
        Relation { kind, containment: self.reverse, reverse: self.containment }
    }
}

/// An article made ready to be held against others.
#[derive(Debug)]
pub struct Subject<'a> {
    document: &'a Document,
    /// Made when first needed.
    seeds: OnceCell<Seeds>,
    /// Before each place of the text, how many syllables up to there are its own.
    own: Vec<usize>,
}

impl<'a> Subject<'a> {
    /// `common` holds the parts of the text that many articles share, in order.
    pub fn new(document: &'a Document, common: &[std::ops::Range<usize>]) -> Subject<'a> {
        let mut own = vec![0; document.text.len() + 1];
        let (mut count, mut ranges) = (0, common.iter().peekable());
        for (at, before) in own.iter_mut().enumerate() {
            *before = count;
            while ranges.next_if(|range| range.end <= at).is_some() {}
            count += usize::from(ranges.peek().is_none_or(|range| at < range.start));
        }
        Subject { document, seeds: OnceCell::new(), own }
    }

    /// What the subject is of another article.
    pub fn relation_to(&self, other: &Document, bar: Strictness) -> Option<Relation> {
        if bar != Strictness::None && guard::conflict(self.document, other) {
            return None;
        }
        let alignment = self.beside(other);
        let overlap = Overlap::of(self, other, &alignment.stretches);
        if bar == Strictness::None {
            return Some(overlap.figures());
        }
        let is_other = || {
            guard::other_figures(self.document, other, &alignment)
                || guard::other_case(self.document, other, &alignment, overlap.shared)
                || guard::other_subject(self.document, other, &alignment)
                || guard::other_issue(self.document, other, overlap.shared)
                || guard::other_article_of_a_site(self.document, other, overlap.contained(), overlap.shared)
        };
        overlap.relation(bar).filter(|_| !is_other()).or_else(|| self.notice(other))
    }

    /// The two texts side by side, this one as `a`. The shorter one is walked, so that what the longer one says again is not counted again.
    pub(super) fn beside(&self, other: &Document) -> Alignment {
        let text = &self.document.text;
        if text.len() < other.text.len() {
            return align(text, &other.text, &Seeds::of(&other.text));
        }
        align(&other.text, text, self.seeds.get_or_init(|| Seeds::of(text))).turned()
    }

    /// Notices of a few words are told by all else: headline, files, and the words there are.
    fn notice(&self, other: &Document) -> Option<Relation> {
        let is_short = |text: &[Syllable]| text.len() < MIN_OWN_TEXT;
        let same = is_short(&self.document.text) && is_short(&other.text) && guard::same_notice(self.document, other);
        same.then_some(Relation { kind: DuplicateKind::Reprint, containment: 1.0, reverse: 1.0 })
    }

    fn own_in(&self, range: std::ops::Range<usize>) -> usize {
        let before = |place: usize| self.own.get(place).copied().unwrap_or(0);
        before(range.end).saturating_sub(before(range.start))
    }
}

/// How far two texts are the same. The subject is `a` of the stretches.
#[derive(Debug)]
struct Overlap {
    own: Side,
    other: Side,
    /// Syllables of their own that they share.
    shared: usize,
    equal: usize,
    spanned: usize,
    /// Sum of the squares of the stretches' lengths.
    squares: usize,
}

/// A text, and which of its syllables stand in the other.
#[derive(Debug, Clone, Copy)]
struct Side {
    /// Syllables that are its own.
    length: usize,
    /// Of these, those that stand in the other.
    shared: usize,
    /// Syllables at its head that do not, where they may be a lead.
    lead: usize,
}

impl Side {
    fn new(length: usize, shared: usize, is_shared: &[bool]) -> Side {
        let lead = is_shared.iter().take(LEAD).filter(|is_shared| !**is_shared).count();
        Side { length, shared, lead: if lead <= length / 3 { lead } else { 0 } }
    }

    fn share(self) -> f64 {
        ratio(self.shared, self.length)
    }

    fn without_lead(self) -> usize {
        self.length - self.lead
    }
}

impl Overlap {
    fn of(subject: &Subject<'_>, other: &Document, stretches: &[Stretch]) -> Overlap {
        let text = &subject.document.text;
        let (mut in_other, mut in_subject) = (vec![false; text.len()], vec![false; other.text.len()]);
        let mut common = 0;
        for stretch in stretches {
            in_other.get_mut(stretch.a..stretch.a_end).unwrap_or_default().fill(true);
            in_subject.get_mut(stretch.b..stretch.b_end).unwrap_or_default().fill(true);
            common += stretch.length() - subject.own_in(stretch.a..stretch.a_end);
        }
        let in_subject_all = in_subject.iter().filter(|is_shared| **is_shared).count();
        let is_own = |at: usize| subject.own_in(at..at + 1) == 1;
        let shared = in_other.iter().enumerate().filter(|(at, is_shared)| **is_shared && is_own(*at)).count();
        Overlap {
            own: Side::new(subject.own_in(0..text.len()), shared, &in_other),
            other: Side::new(
                other.text.len().saturating_sub(common),
                in_subject_all.saturating_sub(common),
                &in_subject,
            ),
            shared: shared.min(in_subject_all.saturating_sub(common)),
            equal: stretches.iter().map(|stretch| stretch.equal).sum(),
            spanned: stretches.iter().map(Stretch::length).sum(),
            squares: stretches.iter().map(|stretch| stretch.length().pow(2)).sum(),
        }
    }

    fn relation(&self, bar: Strictness) -> Option<Relation> {
        let contained = self.contained();
        let mean = self.squares / self.spanned.max(1);
        let is_long = mean >= LONG_STRETCHES || (contained >= NEARLY_WHOLE && mean >= SHORT_STRETCHES);
        let is_near = match bar {
            Strictness::Strict => contained >= CONTAINED && is_long && ratio(self.equal, self.spanned) >= FAITHFUL,
            Strictness::Loose => contained >= LOOSELY_CONTAINED,
            Strictness::None => true,
        };
        (is_near && self.shared >= MIN_OWN_TEXT).then(|| self.figures())
    }

    /// The larger of the two shares, which is that of the shorter text.
    fn contained(&self) -> f64 {
        self.own.share().max(self.other.share())
    }

    fn figures(&self) -> Relation {
        Relation { kind: self.kind(), containment: self.own.share(), reverse: self.other.share() }
    }

    fn kind(&self) -> DuplicateKind {
        let (own, other) = (self.own.without_lead(), self.other.without_lead());
        if ratio(own.min(other), own.max(other)) >= REPRINT {
            DuplicateKind::Reprint
        } else if own < other {
            DuplicateKind::Excerpt
        } else {
            DuplicateKind::Extended
        }
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole.max(1))
}

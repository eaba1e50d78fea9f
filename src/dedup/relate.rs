//! Determines the relation of two articles, if there is one.

use std::cell::OnceCell;

use crate::dedup::align::Alignment;
use crate::dedup::align::Seeds;
use crate::dedup::align::Stretch;
use crate::dedup::align::align;
use crate::dedup::document::Document;
use crate::dedup::guard;
use crate::model::record::DuplicateKind;
use crate::text::folded::Syllable;

/// Minimum number of syllables of its own, excluding what many articles share, that a text must have in common with another. On one real host, 205
/// pairs of different notices share their whole body ("Xem chi tiết tại đây").
pub const MIN_OWN_TEXT: usize = 40;

/// Minimum share of the shorter text that is in the other. Copies with another lead keep at least 0.73 of it.
const CONTAINED: f64 = 0.68;

/// Minimum average length in syllables of the stretch that a shared syllable is in. Copies are cut in a few places; reports that quote one another
/// share fragments of a sentence or two.
const LONG_STRETCHES: usize = 64;

/// The same minimum for a text that is almost entirely contained, as short texts are.
const SHORT_STRETCHES: usize = 24;
const NEARLY_WHOLE: f64 = 0.95;

/// Minimum share of a stretch's syllables that are equal.
const FAITHFUL: f64 = 0.8;

/// Minimum share for two copies in a cluster that are both close to a third one.
const LOOSELY_CONTAINED: f64 = 0.5;

/// Minimum length of the shorter text as a share of the longer one, not counting leads, with which it is a reprint and not an excerpt.
const REPRINT: f64 = 0.8;

/// Maximum number of syllables of a lead. A replaced or dropped lead does not make an excerpt.
const LEAD: usize = 80;

/// The requirements for a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// Between an article and one that it may join.
    Strict,
    /// Between members of an established cluster.
    Loose,
    /// Between texts with a known relation, if only the figures are needed.
    None,
}

/// The relation of an article to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Relation {
    /// How it repeats the other.
    pub kind: DuplicateKind,
    /// Its share that is in the other.
    pub containment: f64,
    /// The share of the other that is in it.
    pub reverse: f64,
}

impl Relation {
    /// Returns the relation of the other to it.
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

/// An article prepared for comparison with others.
#[derive(Debug)]
pub struct Subject<'a> {
    document: &'a Document,
    /// Created when first needed.
    seeds: OnceCell<Seeds>,
    /// For each position of the text, the number of its own syllables before it.
    own: Vec<usize>,
}

impl<'a> Subject<'a> {
    /// Creates a subject. `common` are the parts of the text that many articles share, in order.
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

    /// Returns the relation of the subject to another article.
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

    /// Returns the alignment of the two texts, with this one as `a`. It walks over the shorter one, so that repetitions in the longer one are not
    /// counted again.
    pub(super) fn beside(&self, other: &Document) -> Alignment {
        let text = &self.document.text;
        if text.len() < other.text.len() {
            return align(text, &other.text, &Seeds::of(&other.text));
        }
        align(&other.text, text, self.seeds.get_or_init(|| Seeds::of(text))).turned()
    }

    /// Returns the relation of notices of a few words, by headline, files and the words that exist.
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

/// How much two texts are the same. The subject is `a` of the stretches.
#[derive(Debug)]
struct Overlap {
    own: Side,
    other: Side,
    /// Number of shared syllables of their own.
    shared: usize,
    equal: usize,
    spanned: usize,
    /// The sum of the squares of the stretches' lengths.
    squares: usize,
}

/// A text, and how many of its syllables are in the other.
#[derive(Debug, Clone, Copy)]
struct Side {
    /// Number of its own syllables.
    length: usize,
    /// Number of those that are in the other.
    shared: usize,
    /// Number of syllables at its beginning that are not in the other, if they may be a lead.
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

    /// Returns the larger of the two shares, which is that of the shorter text.
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

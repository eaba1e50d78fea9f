//! Aligns two texts: finds the parts that are the same, with small edits allowed.
//!
//! Each changed syllable reduces a containment of shingles, and quotations raise it in reports that share nothing else. In an alignment, copies are
//! long stretches with a changed word here and there, and independent texts share only fragments. So stretches are measured: runs of equal syllables
//! joined over short gaps, as long as enough of the syllables are equal.

use std::ops::Range;

use crate::text::folded::Syllable;

/// Number of equal syllables at the beginning of a stretch.
const SEED: usize = 3;
/// Maximum number of syllables on either side of an edit inside a stretch.
const GAP: usize = 4;
/// Number of equal syllables after a gap that show that the stretch continues.
const RESUME: usize = 2;
/// Minimum number of equal syllables of a stretch. Set phrases and names of offices are shorter.
const STRETCH: usize = 10;
/// Minimum number of equal syllables out of four syllables of a stretch, on either side.
const EQUAL_OF_FOUR: usize = 3;
/// Maximum number of occurrences of a seed that are tried.
const TRIES: usize = 12;
/// Maximum number of syllables on either side between two stretches that still count as an edit: one name instead of another.
const WIDE_GAP: usize = 16;

/// A stretch of one text that is also in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Where it begins in the first text.
    pub a: usize,
    /// Where it ends in the first text.
    pub a_end: usize,
    /// Where it begins in the second text.
    pub b: usize,
    /// Where it ends in the second text.
    pub b_end: usize,
    /// Number of equal syllables.
    pub equal: usize,
}

impl Stretch {
    fn is_one(&self) -> bool {
        let longer = self.length().max(self.b_end - self.b);
        self.equal >= STRETCH && self.equal * 4 >= longer * EQUAL_OF_FOUR
    }

    /// Returns the number of its syllables in the first text.
    pub fn length(&self) -> usize {
        self.a_end - self.a
    }
}

/// A place where one text differs from the other, between two places that are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The syllables of the first text.
    pub a: Range<usize>,
    /// The syllables of the second text in their place.
    pub b: Range<usize>,
}

/// The alignment of two texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alignment {
    /// The stretches of `a` that are also in `b`, in the order of `a`, without overlap in `a`.
    pub stretches: Vec<Stretch>,
    /// The edits inside stretches, and short ones between two stretches.
    pub gaps: Vec<Gap>,
}

impl Alignment {
    /// Returns the alignment with the texts exchanged.
    #[must_use]
    pub fn turned(self) -> Alignment {
        let turned = |stretch: Stretch| Stretch {
            a: stretch.b,
            a_end: stretch.b_end,
            b: stretch.a,
            b_end: stretch.a_end,
            equal: stretch.equal,
        };
        Alignment {
            stretches: self.stretches.into_iter().map(turned).collect(),
            gaps: self.gaps.into_iter().map(|gap| Gap { a: gap.b, b: gap.a }).collect(),
        }
    }
}

/// The occurrences of each seed of a text, for lookups by the seeds of others.
#[derive(Debug)]
pub struct Seeds {
    /// The position of the last seed of a slot plus one; 0 if there is none.
    slots: Vec<u32>,
    /// The same for the previous seed, by position.
    before: Vec<u32>,
}

impl Seeds {
    /// Creates the seeds of a text.
    pub fn of(text: &[Syllable]) -> Seeds {
        let count = text.len().saturating_sub(SEED - 1);
        let mut seeds = Seeds { slots: vec![0; (count * 2).next_power_of_two()], before: vec![0; count] };
        for (at, seed) in text.windows(SEED).enumerate() {
            let slot = seeds.slot(seed);
            if let (Some(last), Some(before)) = (seeds.slots.get_mut(slot), seeds.before.get_mut(at)) {
                *before = *last;
                *last = u32::try_from(at + 1).unwrap_or(0);
            }
        }
        seeds
    }

    fn slot(&self, seed: &[Syllable]) -> usize {
        let packed = seed.iter().fold(0_u64, |packed, syllable| (packed << 16) | u64::from(syllable.0));
        let hash = packed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        usize::try_from(hash).unwrap_or(0) & (self.slots.len() - 1)
    }

    fn places(&self, seed: &[Syllable]) -> impl Iterator<Item = usize> {
        let mut next = self.slots.get(self.slot(seed)).copied().unwrap_or(0);
        std::iter::from_fn(move || {
            let place = usize::try_from(next).ok()?.checked_sub(1)?;
            next = self.before.get(place).copied().unwrap_or(0);
            Some(place)
        })
    }
}

/// Aligns two texts. `seeds` are those of `b`.
pub fn align(a: &[Syllable], b: &[Syllable], seeds: &Seeds) -> Alignment {
    let mut found = Alignment::default();
    let (mut at, mut expected) = (0, 0);
    while let Some(seed) = a.get(at..at + SEED) {
        let place = longest(a, b, at, seeds.places(seed), expected);
        let known_gaps = found.gaps.len();
        let stretch = place.map(|place| extend(a, b, at, place, &mut found.gaps));
        match stretch.filter(Stretch::is_one) {
            None => {
                found.gaps.truncate(known_gaps);
                at += 1;
            }
            Some(stretch) => {
                (at, expected) = (stretch.a_end, stretch.b_end);
                found.gaps.extend(found.stretches.last().and_then(|last| between(last, &stretch)));
                found.stretches.push(stretch);
            }
        }
    }
    found
}

/// Returns the gap between two stretches that are adjacent in both texts, if it is short.
fn between(last: &Stretch, next: &Stretch) -> Option<Gap> {
    let gap = Gap { a: last.a_end..next.a, b: last.b_end..next.b };
    let is_short = |range: &Range<usize>| range.start <= range.end && range.len() <= WIDE_GAP;
    (is_short(&gap.a) && is_short(&gap.b)).then_some(gap)
}

/// Returns the occurrence of a seed with the longest continuation. Of equal ones, it is the one nearest to the end of the last stretch.
fn longest(
    a: &[Syllable],
    b: &[Syllable],
    at: usize,
    places: impl Iterator<Item = usize>,
    expected: usize,
) -> Option<usize> {
    let length = |place: usize| run(a, b, at, place);
    let tried = places.take(TRIES).map(|place| (length(place), place)).filter(|(length, _)| *length >= SEED);
    tried.max_by_key(|(length, place)| (*length, std::cmp::Reverse(place.abs_diff(expected)))).map(|(_, place)| place)
}

/// Returns the number of equal syllables from two positions on.
fn run(a: &[Syllable], b: &[Syllable], at: usize, place: usize) -> usize {
    let (Some(a), Some(b)) = (a.get(at..), b.get(place..)) else { return 0 };
    a.iter().zip(b).take_while(|(one, other)| one == other).count()
}

/// Returns the stretch from two positions on, and appends its edits to `gaps`.
fn extend(a: &[Syllable], b: &[Syllable], at: usize, place: usize, gaps: &mut Vec<Gap>) -> Stretch {
    let mut stretch = Stretch { a: at, a_end: at, b: place, b_end: place, equal: 0 };
    loop {
        let length = run(a, b, stretch.a_end, stretch.b_end);
        stretch.equal += length;
        stretch.a_end += length;
        stretch.b_end += length;
        let Some((in_a, in_b)) = gap(a, b, stretch.a_end, stretch.b_end) else { return stretch };
        let edit = Gap { a: stretch.a_end..stretch.a_end + in_a, b: stretch.b_end..stretch.b_end + in_b };
        (stretch.a_end, stretch.b_end) = (edit.a.end, edit.b.end);
        gaps.push(edit);
    }
}

/// Returns the smallest gap after which both texts continue equally.
fn gap(a: &[Syllable], b: &[Syllable], at: usize, place: usize) -> Option<(usize, usize)> {
    let goes_on = |in_a: usize, in_b: usize| {
        let (one, other) = (a.get(at + in_a..at + in_a + RESUME), b.get(place + in_b..place + in_b + RESUME));
        one.is_some() && one == other
    };
    // One syllable replaced by another is by far the most frequent edit. Among gaps of one size, the even one is tried first.
    for total in 1..=GAP * 2 {
        for uneven in (total % 2..=total.min(GAP * 2 - total)).step_by(2) {
            let less = (total - uneven) / 2;
            for (in_a, in_b) in [(less, less + uneven), (less + uneven, less)] {
                if goes_on(in_a, in_b) {
                    return Some((in_a, in_b));
                }
            }
        }
    }
    None
}

//! Which parts of two texts are the same, small edits allowed.
//!
//! A containment of shingles falls with each changed syllable, and quotations lift it in reports that share nothing else. Laid side by side,
//! copies are long stretches with a changed word here and there; own words are crumbs. So stretches are what is measured: runs of equal
//! syllables joined over gaps of a few, as long as enough of them are equal.

use std::ops::Range;

use crate::text::folded::Syllable;

/// Syllables that a stretch begins with, all equal.
const SEED: usize = 3;
/// Syllables on either side at most that an edit inside a stretch takes.
const GAP: usize = 4;
/// Equal syllables behind a gap that show that the stretch goes on.
const RESUME: usize = 2;
/// Equal syllables of a stretch at least: set phrases and names of offices are shorter.
const STRETCH: usize = 10;
/// Of four syllables of a stretch, on either side, those that are equal at least.
const EQUAL_OF_FOUR: usize = 3;
/// Places of one seed that are tried.
const TRIES: usize = 12;
/// Syllables on either side at most between two stretches that is still an edit: a name in another's place.
const WIDE_GAP: usize = 16;

/// A stretch of one text that stands in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Where it begins in the one.
    pub a: usize,
    /// Where it ends.
    pub a_end: usize,
    /// Where it begins in the other.
    pub b: usize,
    /// Where it ends.
    pub b_end: usize,
    /// Syllables that are equal.
    pub equal: usize,
}

impl Stretch {
    fn is_one(&self) -> bool {
        let longer = self.length().max(self.b_end - self.b);
        self.equal >= STRETCH && self.equal * 4 >= longer * EQUAL_OF_FOUR
    }

    /// Syllables of the one.
    pub fn length(&self) -> usize {
        self.a_end - self.a
    }
}

/// Where one text has something else than the other: between two places that are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The syllables of the one.
    pub a: Range<usize>,
    /// Those of the other in their place.
    pub b: Range<usize>,
}

/// Two texts side by side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alignment {
    /// The stretches of `a` that stand in `b`, in the order of `a`, without overlap there.
    pub stretches: Vec<Stretch>,
    /// The edits inside of stretches, and short ones between two.
    pub gaps: Vec<Gap>,
}

impl Alignment {
    /// The same with the texts in each other's place.
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

/// The places of each seed of a text, to be looked up by the seeds of others.
#[derive(Debug)]
pub struct Seeds {
    /// One more than the place of the last seed of a slot; 0 where there is none.
    slots: Vec<u32>,
    /// The same for the seed before, by place.
    before: Vec<u32>,
}

impl Seeds {
    /// Of a text.
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

/// Lays two texts side by side. `seeds` are those of `b`.
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

/// What lies between two stretches that follow each other in both texts, where it is short.
fn between(last: &Stretch, next: &Stretch) -> Option<Gap> {
    let gap = Gap { a: last.a_end..next.a, b: last.b_end..next.b };
    let is_short = |range: &Range<usize>| range.start <= range.end && range.len() <= WIDE_GAP;
    (is_short(&gap.a) && is_short(&gap.b)).then_some(gap)
}

/// Among the places of a seed the one where most goes on; of equals, the one nearest to where the last stretch ended.
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

/// Equal syllables from two places on.
fn run(a: &[Syllable], b: &[Syllable], at: usize, place: usize) -> usize {
    let (Some(a), Some(b)) = (a.get(at..), b.get(place..)) else { return 0 };
    a.iter().zip(b).take_while(|(one, other)| one == other).count()
}

/// The stretch from two places on; its edits are put behind `gaps`.
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

/// The smallest gap behind which both texts go on alike.
fn gap(a: &[Syllable], b: &[Syllable], at: usize, place: usize) -> Option<(usize, usize)> {
    let goes_on = |in_a: usize, in_b: usize| {
        let (one, other) = (a.get(at + in_a..at + in_a + RESUME), b.get(place + in_b..place + in_b + RESUME));
        one.is_some() && one == other
    };
    // One syllable for another is the most frequent edit by far; among gaps of one size, the even one goes first.
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

//! Articles for the benches: real ones where the shared test data is there, else made of syllables, and as many more as are wanted.

use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;

/// The texts of `corpus/dedup/background.jsonl.gz` in the shared test data (`TINTINH_SHARED`, `../shared` by default), else 20,000 texts of 560
/// pseudo-random syllables.
#[expect(clippy::disallowed_methods, reason = "benches are told by the environment where the data is")]
pub(crate) fn background() -> Vec<String> {
    let root = std::env::var("TINTINH_SHARED")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let Ok(bytes) = std::fs::read(root.join("corpus/dedup/background.jsonl.gz")) else { return made() };
    let mut lines = String::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut lines).expect("gzip");
    let text = |line: &str| serde_json::from_str::<Value>(line).ok()?.get("text")?.as_str().map(str::to_owned);
    lines.lines().filter_map(text).collect()
}

fn made() -> Vec<String> {
    eprintln!("the shared test data is absent: texts are made of pseudo-random syllables");
    let syllable =
        |number: u64| format!("{}{}", ["b", "c", "đ", "g", "h", "l", "m"][(number % 7) as usize], number / 7 % 700);
    let text = |seed: u64| {
        let mut dice = Dice(seed);
        // The square makes some syllables much more frequent than others, as in a language.
        let words = (0..560).map(|_| syllable(dice.roll(70) * dice.roll(70)));
        words.collect::<Vec<_>>().join(" ")
    };
    (0..20_000).map(text).collect()
}

/// `SplitMix64`: the same numbers for the same seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

/// One of as many articles as are wanted, by deterministic edits of the background: round by round all words are others, each word the
/// same other one throughout a round, so that a round has the repetitions and the set phrases of the background and no text in common with other
/// rounds; one in ten is a copy of an article of its round, two per cent of whose words were replaced.
pub(crate) fn article(background: &[String], number: usize) -> String {
    let (round, place) = (number / background.len(), number % background.len());
    let is_copy = place % 10 == 9;
    let source = if is_copy { &background[place - 5] } else { &background[place] };
    let mut dice = Dice(number as u64);
    let mut text = String::with_capacity(source.len() + 64);
    for word in source.split(' ') {
        if is_copy && dice.roll(50) == 0 {
            text.push_str("khác");
        } else {
            text.push_str(word);
            if round > 0 && word.chars().next().is_some_and(char::is_alphanumeric) {
                text.push_str(&round.to_string());
            }
        }
        text.push(' ');
    }
    text
}

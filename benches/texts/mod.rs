//! Articles for the benches: real ones where the shared test data is there, else made of syllables, and as many more as are wanted.

use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;

/// The texts of `corpus/dedup/background.jsonl.gz` in the shared test data (`TINTINH_SHARED`, `../shared` by default), else 20,000 texts of 560
/// pseudo-random syllables.
pub(crate) fn background() -> Vec<String> {
    let Some(lines) = lines("corpus/dedup/background.jsonl.gz") else { return made() };
    lines.iter().filter_map(|line| line.get("text")?.as_str().map(str::to_owned)).collect()
}

/// The lines of a file of the shared test data, compressed or not; `None` if it is absent.
#[expect(clippy::disallowed_methods, reason = "benches are told by the environment where the data is")]
pub(crate) fn lines(file: &str) -> Option<Vec<Value>> {
    let root = std::env::var("TINTINH_SHARED")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let path = root.join(file);
    let bytes = std::fs::read(&path).ok()?;
    let mut lines = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut lines).expect("gzip");
    } else {
        lines = String::from_utf8(bytes).expect("UTF-8");
    }
    Some(lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
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

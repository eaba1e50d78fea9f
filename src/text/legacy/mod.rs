//! The 8-bit character sets in which Vietnamese was written before Unicode, and the repair of texts decoded with the wrong set.
//!
//! # Decode before you clean
//! These sets put letters on code points that a cleaner strips: TCVN3's `ư` is the soft hyphen, VISCII's `Õ` is the no-break space. [`repair`] must
//! therefore run on text whose character references are decoded and which is otherwise unchanged. [`clean`] comes after it.
//!
//! # How detection works
//! `encoding_rs` knows only windows-1258, and other detectors report TCVN3 under that name. So each reading is tried, and the words that it changes
//! are checked against the spelling of Vietnamese ([`syllable`]). A reading must make nearly all of them right, and clearly more than were right
//! before. If two different readings score equally well, the text is left as it is. A few letters of a legacy set inside a Unicode sentence
//! (`Q§-BTC`) stay as published.
//!
//! [`clean`]: crate::text::unicode::clean
//! [`syllable`]: crate::text::syllable

mod measure;
mod misread;
mod table;

use std::sync::LazyLock;

use measure::Measure;
pub use misread::Reading;
pub use misread::Repaired;
pub use misread::repair;
pub(crate) use misread::repair_utf8;

use crate::text::unicode;

/// Maximum number of bytes of a document that detection examines.
const LOOKED_AT: usize = 64 * 1024;

/// Minimum margin in score by which a set must beat windows-1252.
pub(crate) const MARGIN: isize = 3;

/// An 8-bit character set for Vietnamese.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Charset {
    /// TCVN 5712 as the ABC fonts use it. Capitals with a tone have the codes of lower-case letters.
    Tcvn3,
    /// TCVN 5712:1993 (VN1), with all its capitals.
    Tcvn5712,
    /// VISCII 1.1 (RFC 1456).
    Viscii,
    /// The set of the Vietnamese Professionals Society.
    Vps,
    /// VNI for Windows. Most marks are separate bytes.
    Vni,
    /// Microsoft's set. Tones are separate bytes.
    Windows1258,
}

impl Charset {
    /// All sets. If two are alike and fit equally well, the first one is reported.
    pub const ALL: [Charset; 6] =
        [Charset::Windows1258, Charset::Tcvn3, Charset::Tcvn5712, Charset::Viscii, Charset::Vps, Charset::Vni];

    /// Returns the name used in records, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Charset::Tcvn3 => "tcvn3",
            Charset::Tcvn5712 => "tcvn5712-1",
            Charset::Viscii => "viscii",
            Charset::Vps => "vps",
            Charset::Vni => "vni",
            Charset::Windows1258 => "windows-1258",
        }
    }

    /// Returns the set for a label that the Encoding Standard does not know: names of IANA, glibc and old browsers.
    pub fn for_label(label: &str) -> Option<Charset> {
        let label = label.trim().to_ascii_lowercase().replace('_', "-");
        Some(match label.strip_prefix("x-viet-").or_else(|| label.strip_prefix("x-")).unwrap_or(&label) {
            "tcvn3" | "abc" | "tcvn3-abc" => Charset::Tcvn3,
            "tcvn" | "tcvn-5712" | "tcvn5712" | "tcvn5712-1" | "tcvn5712-1:1993" | "vn-1" => Charset::Tcvn5712,
            "viscii" | "viscii1.1-1" | "csviscii" => Charset::Viscii,
            "vps" => Charset::Vps,
            "vni" => Charset::Vni,
            _ => return None,
        })
    }

    /// Whether a byte cannot occur in a text of this set. TCVN3 uses neither the capitals of TCVN 5712 nor the Western letters in their positions.
    /// The quotes and symbols of windows-1252 may occur in any set.
    fn lacks(self, byte: u8) -> bool {
        let is_capital = matches!(
            byte,
            0..=0x08 | 0x0E..=0x1F | 0x83 | 0x8A | 0x8C | 0x8E | 0x99..=0x9A | 0x9C | 0x9E..=0x9F | 0xC0..=0xC5 | 0xCD | 0xD9..=0xDB | 0xE0 | 0xF0 | 0xFF
        );
        self == Charset::Tcvn3 && is_capital
    }

    /// Whether both sets are the same or variants of TCVN 5712. A byte that is a dash or quote in one and a capital in the other is then taken as the
    /// dash or quote.
    fn is_like(self, other: Charset) -> bool {
        let is_tcvn = |charset| matches!(charset, Charset::Tcvn3 | Charset::Tcvn5712);
        self == other || (is_tcvn(self) && is_tcvn(other))
    }

    /// Decodes any bytes to NFC. Bytes that are not letters of the set are read as windows-1252.
    pub fn decode(self, bytes: &[u8]) -> String {
        let text = match self {
            Charset::Windows1258 => encoding_rs::WINDOWS_1258.decode_without_bom_handling(bytes).0.into_owned(),
            Charset::Vni => return table::vni(bytes),
            Charset::Tcvn3 => decode_by(&TCVN3, bytes),
            Charset::Tcvn5712 => decode_by(&TCVN5712, bytes),
            Charset::Viscii => decode_by(&VISCII, bytes),
            Charset::Vps => decode_by(&VPS, bytes),
        };
        unicode::nfc(&text)
    }
}

static TCVN3: LazyLock<Vec<char>> = LazyLock::new(|| table::TCVN3.chars());
static TCVN5712: LazyLock<Vec<char>> = LazyLock::new(|| table::TCVN5712.chars());
static VISCII: LazyLock<Vec<char>> = LazyLock::new(|| table::VISCII.chars());
static VPS: LazyLock<Vec<char>> = LazyLock::new(|| table::VPS.chars());

fn decode_by(chars: &[char], bytes: &[u8]) -> String {
    bytes.iter().map(|byte| chars.get(usize::from(*byte)).copied().unwrap_or('\u{fffd}')).collect()
}

/// Detects the set of a Vietnamese text. None for ASCII, for other languages, and for texts that read equally well as windows-1252.
///
/// This function does not look for UTF-8. Rule out UTF-8 first.
pub fn detect(bytes: &[u8]) -> Option<Charset> {
    let head = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let beyond_ascii = |byte: &u8| *byte >= 0x80 || (*byte < 0x20 && !byte.is_ascii_whitespace());
    if !head.iter().any(beyond_ascii) {
        return None;
    }
    let western: String = head.iter().map(|byte| table::windows_1252(*byte)).collect();
    let readings = Charset::ALL.into_iter().map(|charset| Trial {
        reading: charset,
        text: charset.decode(head),
        strays: head.iter().filter(|byte| charset.lacks(**byte)).count(),
    });
    best(&western, readings, Charset::is_like).map(|(charset, _)| charset)
}

/// A reading and the text that it produces.
struct Trial<T> {
    reading: T,
    text: String,
    /// The number of bytes that the set does not have.
    strays: usize,
}

/// Returns the one reading that convinces, beats the original text and beats all readings with another result. Of `alike` readings with the same
/// score, the first wins.
fn best<T: Copy>(
    original: &str,
    trials: impl Iterator<Item = Trial<T>>,
    alike: impl Fn(T, T) -> bool,
) -> Option<(T, String)> {
    let before = Measure::of(original);
    if before.convinces() {
        return None;
    }
    let mut best: Option<(isize, Trial<T>)> = None;
    let mut tied = false;
    for trial in trials {
        let mut measure = Measure::of(&trial.text);
        measure.wrong += trial.strays;
        let score = measure.score();
        // Words must become right; it is not enough that symbols vanish.
        if !measure.convinces() || score < before.score() + MARGIN || measure.weight <= before.weight {
            continue;
        }
        match &best {
            Some((known, _)) if *known > score => {}
            Some((known, other)) if *known == score => {
                tied |= other.text != trial.text && !alike(other.reading, trial.reading);
            }
            _ => {
                best = Some((score, trial));
                tied = false;
            }
        }
    }
    best.filter(|_| !tied).map(|(_, trial)| (trial.reading, trial.text))
}

#[cfg(test)]
mod tests;

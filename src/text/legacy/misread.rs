//! Repairs text whose bytes were decoded with the wrong character set.

use crate::text::legacy::Charset;
use crate::text::legacy::Trial;
use crate::text::legacy::best;
use crate::text::legacy::measure;
use crate::text::legacy::table::windows_1252;
use crate::text::unicode;

use std::collections::HashMap;
use std::sync::LazyLock;

/// Maximum number of characters on which the readings are tried. A text is damaged in one way throughout, and it may be long.
const LOOKED_AT: usize = 16 * 1024;

/// A repaired text, in NFC but not cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// The text as it was meant.
    pub text: String,
    /// The wrong decoding that was undone.
    pub reading: Reading,
}

/// A wrong decoding: bytes of one set that were read as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reading {
    written: TrueEncoding,
    read: WrongEncoding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum TrueEncoding {
    /// UTF-8 that was read wrongly and encoded again this many times.
    Utf8 {
        times: usize,
    },
    Old(Charset),
}

/// The set that the bytes were read as. ISO-8859-1 is undone like windows-1252.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum WrongEncoding {
    Western,
    Windows1258,
}

impl Reading {
    /// Returns the true set and the wrong one in lower case: "tcvn3 read as windows-1252".
    pub fn describe(self) -> String {
        let written = match self.written {
            TrueEncoding::Utf8 { .. } => "utf-8",
            TrueEncoding::Old(charset) => charset.name(),
        };
        let read = match self.read {
            WrongEncoding::Western => "windows-1252",
            WrongEncoding::Windows1258 => "windows-1258",
        };
        format!("{written} read as {read}")
    }

    /// Undoes this wrong decoding wherever it may have happened, without checking whether the text improves. Meant for the short texts (titles,
    /// captions) of a page on which [`repair`] found the decoding.
    pub fn undo(self, text: &str) -> String {
        let times = if let TrueEncoding::Utf8 { times } = self.written { times } else { 1 };
        (1..times).fold(self.undo_once(text), |undone, _| self.undo_once(&undone))
    }

    /// Whether both true encodings are variants of the same set. Any two readings of UTF-8 are alike.
    fn is_like(self, other: Reading) -> bool {
        match (self.written, other.written) {
            (TrueEncoding::Utf8 { .. }, TrueEncoding::Utf8 { .. }) => true,
            (TrueEncoding::Old(one), TrueEncoding::Old(other)) => one.is_like(other),
            _ => false,
        }
    }

    /// Returns the number of the text's bytes that the true set does not have.
    fn strays(self, text: &str) -> usize {
        let TrueEncoding::Old(charset) = self.written else { return 0 };
        let mut bytes = Vec::new();
        text.chars().filter(|c| !c.is_ascii()).for_each(|c| {
            self.read.bytes_of(c, &mut bytes);
        });
        bytes.into_iter().filter(|byte| charset.lacks(*byte)).count()
    }

    fn undo_once(self, text: &str) -> String {
        let text = if self.read == WrongEncoding::Windows1258 { unicode::nfc(text) } else { text.to_owned() };
        let mut undone = String::with_capacity(text.len());
        let mut bytes = Vec::new();
        for c in text.chars() {
            if !self.read.bytes_of(c, &mut bytes) {
                self.flush(&mut bytes, &mut undone);
                undone.push(c);
            }
        }
        self.flush(&mut bytes, &mut undone);
        unicode::nfc(&undone)
    }

    fn flush(self, bytes: &mut Vec<u8>, into: &mut String) {
        match self.written {
            TrueEncoding::Old(charset) => into.push_str(&charset.decode(bytes)),
            TrueEncoding::Utf8 { .. } => push_utf8(bytes, self.read, into),
        }
        bytes.clear();
    }
}

/// Repairs a text that was decoded with the wrong set. None if the text is right or the answer is uncertain.
///
/// The text's character references must be decoded, and it must not be cleaned yet. Pass a block or more: the result for a whole page is more
/// reliable than for a title. Use [`Reading::undo`] for short texts.
///
/// ```
/// use tintinh::text::legacy::repair;
/// assert_eq!(repair("Trung \u{ad}¬ng, nhiÖm vô").unwrap().text, "Trung ương, nhiệm vụ");
/// assert_eq!(repair("QuyÕt ®Þnh cña ñy ban").unwrap().reading.describe(), "tcvn3 read as windows-1252");
/// assert_eq!(repair("Căn cứ Quyết định số 48/2006/Q§-BTC"), None);
/// assert_eq!(repair("Le préfet a reçu hier les élus"), None);
/// assert_eq!(repair("It\u{e2}\u{80}\u{99}s the dam\u{e2}\u{80}\u{99}s café").unwrap().text, "It’s the dam’s café");
/// ```
pub fn repair(text: &str) -> Option<Repaired> {
    let may_be_vietnamese = measure::may_be_vietnamese(text) && measure::is_damaged(text);
    let repaired = may_be_vietnamese.then(|| repair_by(text, READINGS.iter().copied())).flatten();
    repaired.or_else(|| {
        let reading = Reading { written: TrueEncoding::Utf8 { times: 1 }, read: WrongEncoding::Western };
        is_encoded_again(text).then(|| Repaired { text: reading.undo(text), reading })
    })
}

/// Minimum number of control characters that show that UTF-8 was encoded again.
const LEAST_CONTROLS: usize = 2;

/// Whether a text in any language has UTF-8 that was read as ISO-8859-1: the quotation mark `’` has become `â` and two control characters, which no
/// text contains.
fn is_encoded_again(text: &str) -> bool {
    let is_lead = |c: char| matches!(c, 'â' | 'Â' | 'Ã');
    // The first byte of these control characters in UTF-8.
    let controls = memchr::memchr_iter(0xc2, text.as_bytes()).filter(|at| {
        let (before, from) = text.split_at(*at);
        from.starts_with(|c| matches!(c, '\u{80}'..='\u{9f}')) && before.ends_with(is_lead)
    });
    controls.take(LEAST_CONTROLS).count() == LEAST_CONTROLS
}

/// Like [`repair`], for whole documents with their markup. Only looks for UTF-8 that was encoded again.
pub(crate) fn repair_utf8(text: &str) -> Option<Repaired> {
    let readings = READINGS.iter().copied().filter(|reading| matches!(reading.written, TrueEncoding::Utf8 { .. }));
    repair_by(text, readings)
}

fn repair_by(text: &str, readings: impl Iterator<Item = Reading>) -> Option<Repaired> {
    let head_end = text.char_indices().nth(LOOKED_AT).map_or(text.len(), |(end, _)| end);
    let head = text.get(..head_end).unwrap_or(text);
    let possible = readings.filter(|reading| reading.read.can_give(head));
    let tried = possible.map(|reading| Trial { reading, text: reading.undo(head), strays: reading.strays(head) });
    let (reading, found) = best(head, tried, Reading::is_like)?;
    let text = if head_end == text.len() { found } else { reading.undo(text) };
    Some(Repaired { text, reading })
}

/// The readings that are tried. If a text has only letters and tones that windows-1258 also has, its two readings give the same result.
const READINGS: [Reading; 15] = {
    const fn reading(written: TrueEncoding, read: WrongEncoding) -> Reading {
        Reading { written, read }
    }
    use Charset::Tcvn3;
    use Charset::Tcvn5712;
    use Charset::Viscii;
    use Charset::Vni;
    use Charset::Vps;
    use TrueEncoding::Old;
    use WrongEncoding::Western;
    use WrongEncoding::Windows1258;
    const fn utf8(times: usize) -> TrueEncoding {
        TrueEncoding::Utf8 { times }
    }
    [
        reading(utf8(1), Western),
        reading(utf8(1), Windows1258),
        reading(utf8(2), Western),
        reading(utf8(3), Western),
        reading(Old(Tcvn3), Western),
        reading(Old(Tcvn3), Windows1258),
        reading(Old(Tcvn5712), Western),
        reading(Old(Tcvn5712), Windows1258),
        reading(Old(Viscii), Western),
        reading(Old(Viscii), Windows1258),
        reading(Old(Vps), Western),
        reading(Old(Vps), Windows1258),
        reading(Old(Vni), Western),
        reading(Old(Vni), Windows1258),
        reading(Old(Charset::Windows1258), Western),
    ]
};

/// Decodes UTF-8 where the bytes are valid, and keeps the characters they were read as where they are not. A no-break space, the second byte of `à`,
/// may have become a space.
fn push_utf8(bytes: &[u8], read: WrongEncoding, into: &mut String) {
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        into.push_str(chunk.valid());
        let blank_follows = chunks.peek().is_some_and(|next| next.valid().starts_with(' '));
        match chunk.invalid() {
            [0xC3] if blank_follows => into.push('à'),
            invalid => into.extend(invalid.iter().map(|byte| read.char_of(*byte))),
        }
    }
}

impl WrongEncoding {
    /// Whether a text can be the result of this reading: windows-1258 has no Icelandic letters.
    fn can_give(self, text: &str) -> bool {
        self == WrongEncoding::Western || !text.contains(['Ð', 'ð', 'Þ', 'þ'])
    }

    /// Appends the bytes that a character was read from. Returns `false` if there are none.
    fn bytes_of(self, c: char, bytes: &mut Vec<u8>) -> bool {
        if c.is_ascii() {
            bytes.push(c as u8);
            return true;
        }
        match self {
            WrongEncoding::Western => WESTERN.get(&c).map(|byte| bytes.push(*byte)).is_some(),
            WrongEncoding::Windows1258 => push_windows_1258(c, bytes),
        }
    }

    fn char_of(self, byte: u8) -> char {
        match self {
            WrongEncoding::Western => windows_1252(byte),
            WrongEncoding::Windows1258 => windows_1258(byte),
        }
    }
}

fn windows_1258(byte: u8) -> char {
    let bytes = [byte];
    encoding_rs::WINDOWS_1258.decode_without_bom_handling(&bytes).0.chars().next().unwrap_or('\u{fffd}')
}

/// Appends the bytes of a character. A letter with a tone was two bytes: the letter with its shape mark, then the tone.
fn push_windows_1258(c: char, bytes: &mut Vec<u8>) -> bool {
    if let Some(byte) = WINDOWS_1258.get(&c) {
        bytes.push(*byte);
        return true;
    }
    let (tones, rest) = parts(c);
    let byte_of = |part: char| if part.is_ascii() { Some(part as u8) } else { WINDOWS_1258.get(&part).copied() };
    let whole: Option<Vec<u8>> = unicode::nfc(&rest).chars().chain(tones.chars()).map(byte_of).collect();
    let whole = whole.filter(|whole| !whole.is_empty());
    bytes.extend(whole.iter().flatten());
    whole.is_some()
}

/// Returns the tone marks of a letter, and the letter without them.
fn parts(c: char) -> (String, String) {
    let mut decomposed = Vec::new();
    unicode_normalization::char::decompose_canonical(c, |part| decomposed.push(part));
    decomposed.into_iter().partition(|part| matches!(part, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}'))
}

/// Maps characters to the byte they were read from: windows-1252, the control characters of ISO-8859-1, and the variants that PDF readers produce for
/// some of them.
static WESTERN: LazyLock<HashMap<char, u8>> = LazyLock::new(|| {
    let controls = (0x80..=0x9F).map(|byte| (char::from(byte), byte));
    let letters = (0x80..=0xFF).map(|byte| (windows_1252(byte), byte));
    let others = [('\u{2212}', 0xAD), ('\u{2219}', 0xB7), ('\u{3bc}', 0xB5)];
    controls.chain(letters).chain(others).collect()
});

static WINDOWS_1258: LazyLock<HashMap<char, u8>> =
    LazyLock::new(|| (0x80..=0xFF).map(|byte| (windows_1258(byte), byte)).collect());

//! Tables of the 8-bit sets. The code points are facts from TCVN 5712:1993, RFC 1456 (VISCII) and the fonts of VPS and VNI.

use std::sync::LazyLock;

/// A set with one byte per letter. It lists the bytes that differ from windows-1252.
pub(super) struct Table {
    high: &'static [&'static str; 8],
    low: &'static [(u8, char)],
}

/// Placeholder for a byte that means the same as in windows-1252.
const SAME: char = '.';

/// TCVN3, the set of the ABC fonts (`.VnTime`): the lower-case letters of TCVN 5712 and seven capitals. A capital with a tone has the byte of its
/// lower-case letter; the font (`.VnTimeH`) displays it as a capital. Unused bytes are windows-1252, mainly quotes and dashes.
pub(super) const TCVN3: Table = Table {
    high: &[
        "................",
        "................",
        ".ĂÂÊÔƠƯĐăâêôơưđ.",
        ".....àảãáạ.ằẳẵắ.",
        "......ặầẩẫấậè.ẻẽ",
        "éẹềểễếệìỉ...ĩíịò",
        ".ỏõóọồổỗốộờởỡớợù",
        ".ủũúụừửữứựỳỷỹýỵ.",
    ],
    low: &[],
};

/// TCVN 5712:1993, VN1: all letters, some on the codes of control characters, and marks that follow their letter.
pub(super) const TCVN5712: Table = Table {
    high: &[
        "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨ",
        "ÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ",
        ".ĂÂÊÔƠƯĐăâêôơưđẰ",
        "\u{300}\u{309}\u{303}\u{301}\u{323}àảãáạẲằẳẵắẴ",
        "ẮẦẨẪẤỀặầẩẫấậèỂẻẽ",
        "éẹềểễếệìỉỄẾỒĩíịò",
        "Ổỏõóọồổỗốộờởỡớợù",
        "ỖủũúụừửữứựỳỷỹýỵỐ",
    ],
    low: &[
        (0x01, 'Ú'),
        (0x02, 'Ụ'),
        (0x04, 'Ừ'),
        (0x05, 'Ử'),
        (0x06, 'Ữ'),
        (0x11, 'Ứ'),
        (0x12, 'Ự'),
        (0x13, 'Ỳ'),
        (0x14, 'Ỷ'),
        (0x15, 'Ỹ'),
        (0x16, 'Ý'),
        (0x17, 'Ỵ'),
    ],
};

/// VISCII 1.1 (RFC 1456).
pub(super) const VISCII: Table = Table {
    high: &[
        "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐ",
        "ỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ",
        "Õắằặấầẩậẽẹếềểễệố",
        "ồổỗỠƠộờởịỰỨỪỬơớƯ",
        "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳ",
        "ĐứÒÓÔạỷừửÙÚỹỵÝỡư",
        "àáâãảăữẫèéêẻìíĩỉ",
        "đựòóôõỏọụùúũủýợỮ",
    ],
    low: &[(0x02, 'Ẳ'), (0x05, 'Ẵ'), (0x06, 'Ẫ'), (0x14, 'Ỷ'), (0x19, 'Ỹ'), (0x1e, 'Ỵ')],
};

/// VPS, the set of the Vietnamese Professionals Society's fonts.
pub(super) const VPS: Table = Table {
    high: &[
        "ÀẢÃẤẦẨọỗĂếềểệẮẰẲ",
        "Ế..ỀỂỄỐỒỔỖýỷỵỚỜỞ",
        ".ắằẳẵặỠớÙờởỡŨỨợỪ",
        "ổỬỲỸÍÌộỈĨÓửữÒỎÕự",
        "ầÁÂấẩẫậđẻÉÊẹỉễịỹ",
        "ƯỦồốÔỏơÈừứÚũưÝẺ.",
        "àáâãảạă.èéêẽìí.ĩ",
        "ẴĐòóôõ.Ơụùúủ.ỶẼỳ",
    ],
    low: &[
        (0x02, 'Ạ'),
        (0x03, 'Ậ'),
        (0x04, 'Ặ'),
        (0x05, 'Ẹ'),
        (0x06, 'Ệ'),
        (0x10, 'Ị'),
        (0x11, 'Ọ'),
        (0x12, 'Ộ'),
        (0x13, 'Ợ'),
        (0x14, 'Ụ'),
        (0x15, 'Ự'),
        (0x19, 'Ỵ'),
        (0x1c, 'Ẫ'),
        (0x1d, 'Ữ'),
    ],
};

impl Table {
    /// Returns the meaning of each byte: the set's letter or, if it has none, the character of windows-1252.
    pub(super) fn chars(&self) -> Vec<char> {
        (0..=255).map(|byte| self.char_of(byte)).collect()
    }

    fn char_of(&self, byte: u8) -> char {
        let row = usize::from(byte >> 4);
        let letter = match row.checked_sub(8) {
            Some(row) => self.high.get(row).and_then(|row| row.chars().nth(usize::from(byte & 15))),
            None => self.low.iter().find(|(low, _)| *low == byte).map(|(_, letter)| *letter),
        };
        letter.filter(|letter| *letter != SAME).unwrap_or_else(|| windows_1252(byte))
    }
}

/// Decodes a byte as windows-1252. Its five unassigned bytes are control characters, as in the Encoding Standard.
pub(super) fn windows_1252(byte: u8) -> char {
    WINDOWS_1252.get(usize::from(byte)).copied().unwrap_or('\u{fffd}')
}

static WINDOWS_1252: LazyLock<Vec<char>> = LazyLock::new(|| {
    let bytes: Vec<u8> = (0..=255).collect();
    encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes).0.chars().collect()
});

/// Decodes VNI for Windows: `đ ơ ư` and `i` with a tone are single bytes. Other marks are a second byte after their letter.
pub(super) fn vni(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        let single = vni_single(*first);
        let base = single.unwrap_or_else(|| windows_1252(*first));
        let marks = after.first().and_then(|second| vni_marks(base, *second));
        text.push(base);
        text.push_str(marks.unwrap_or_default());
        rest = if marks.is_some() { after.get(1..).unwrap_or_default() } else { after };
    }
    crate::text::unicode::nfc(&text)
}

fn vni_single(byte: u8) -> Option<char> {
    Some(match byte {
        0xD1 => 'Đ',
        0xF1 => 'đ',
        0xD4 => 'Ơ',
        0xF4 => 'ơ',
        0xD6 => 'Ư',
        0xF6 => 'ư',
        0xCD => 'Í',
        0xED => 'í',
        0xCC => 'Ì',
        0xEC => 'ì',
        0xC6 => 'Ỉ',
        0xE6 => 'ỉ',
        0xD3 => 'Ĩ',
        0xF3 => 'ĩ',
        0xD2 => 'Ị',
        0xF2 => 'ị',
        0xCE => 'Ỵ',
        0xEE => 'ỵ',
        _ => return None,
    })
}

/// Returns the marks that a byte adds to the letter before it, or None if that letter cannot have them. The bytes of upper-case marks are 0x20 lower,
/// and texts mix both.
fn vni_marks(base: char, byte: u8) -> Option<&'static str> {
    let marks = match byte | 0x20 {
        0xF9 => "\u{301}",
        0xF8 => "\u{300}",
        0xFB => "\u{309}",
        0xF5 => "\u{303}",
        0xEF => "\u{323}",
        0xE2 => "\u{302}",
        0xE1 => "\u{302}\u{301}",
        0xE0 => "\u{302}\u{300}",
        0xE5 => "\u{302}\u{309}",
        0xE3 => "\u{302}\u{303}",
        0xE4 => "\u{302}\u{323}",
        0xEA => "\u{306}",
        0xE9 => "\u{306}\u{301}",
        0xE8 => "\u{306}\u{300}",
        0xFA => "\u{306}\u{309}",
        0xFC => "\u{306}\u{303}",
        0xEB => "\u{306}\u{323}",
        _ => return None,
    };
    let fits = match base.to_ascii_lowercase() {
        'a' => true,
        'e' | 'o' => !marks.starts_with('\u{306}'),
        'i' | 'u' | 'y' | 'ơ' | 'ư' | 'Ơ' | 'Ư' => !marks.starts_with(['\u{302}', '\u{306}']),
        _ => false,
    };
    (byte >= 0xC0 && fits).then_some(marks)
}

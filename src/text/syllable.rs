//! Recognizes Vietnamese syllables by their spelling. This is how the crate tells a right decoding from a wrong one.
//!
//! The spelling is regular: an onset, a rime and one of six tones. Rimes that end in a stop allow only two of the tones. The rules accept some 18,000
//! syllables, of which about 7,000 are words. No dictionary is needed, and names that follow the rules are accepted too.

use std::sync::LazyLock;

/// Maximum number of letters in a syllable: one more than the longest one (`nghiêng`) has.
const LONGEST: usize = 8;

/// Rimes without their tones, as they are spelled after all onsets but `qu`.
const RIMES: &str = "a ac ach ai ak am an ang anh ao ap at au ay ăc ăk ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây \
     e ec em en eng eo ep et ê êch ên ênh êm êp êt êu \
     i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu y yêm yên yêng yêt yêu \
     o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong op ot \
     ô ôc ôi ôk ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt \
     u ua uân uâng uât uây uc uê uênh uêch ui um un ung uôc uôi uôm uôn uông uôt uơ up ut uy uya uych uyên uyêt uynh uyt uyu \
     ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu";

/// Rimes after `qu`. The `u` belongs to the onset.
const RIMES_AFTER_QU: &str = "a ac ach ai an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt ân âng ât ây e en eo et ê ên ênh êch êt i in inh \
     ich it ôc ơ ơn y ych yên yêt ynh yt";

/// Onsets. Longer ones come before their own prefixes.
const ONSETS: [&str; 27] = [
    "ngh", "ng", "nh", "gh", "gi", "kh", "ph", "qu", "th", "tr", "ch", "b", "c", "d", "đ", "g", "h", "k", "l", "m",
    "n", "p", "r", "s", "t", "v", "x",
];

/// Whether a word can be a Vietnamese syllable. The word must be composed (NFC). It may be in any letter case and have its tone mark on any vowel.
///
/// ```
/// use tintinh::text::syllable::is_syllable;
/// assert!(is_syllable("nghiêng") && is_syllable("HòA") && is_syllable("quốc") && is_syllable("trinh"));
/// assert!(!is_syllable("héi") && !is_syllable("café") && !is_syllable("đuợc") && !is_syllable("mat"));
/// ```
pub fn is_syllable(word: &str) -> bool {
    let mut letters = Letters::default();
    let mut tone = None;
    for c in word.chars() {
        let Some((letter, own_tone)) = letter(c) else { return false };
        if !letters.push(letter) || (own_tone > 0 && tone.replace(own_tone).is_some()) {
            return false;
        }
    }
    let tone = tone.unwrap_or(0);
    splits(letters.as_slice())
        .any(|(onset, rime)| fits(onset, rime) && allows_tone(rime, tone) && SPELLING.has(onset, rime))
}

/// Returns a letter, in lower case and without its tone, as one byte, and the tone: 0 for none, then grave, acute, hook, tilde, dot.
///
/// ASCII letters are their own codes. The codes of `ă â đ ê ô ơ ư` are the digits 1 to 7.
fn letter(c: char) -> Option<(u8, u8)> {
    if c.is_ascii() {
        return c.is_ascii_alphabetic().then(|| (u8::try_from(c).unwrap_or(0).to_ascii_lowercase(), 0));
    }
    let place = place_of(c)?;
    SPELLING.letters.get(place).copied().filter(|(letter, _)| *letter != 0)
}

/// Returns a non-ASCII letter's index in the table: Latin-1 to Latin Extended-B, then Latin Extended Additional.
fn place_of(c: char) -> Option<usize> {
    const FIRST: usize = 0xC0;
    const END: usize = 0x1B1;
    match c as usize {
        code @ FIRST..END => Some(code - FIRST),
        code @ 0x1EA0..0x1EFA => Some(code - 0x1EA0 + END - FIRST),
        _ => None,
    }
}

/// The letters of a word. Words longer than any syllable do not fit.
#[derive(Default)]
struct Letters {
    bytes: [u8; LONGEST],
    count: usize,
}

impl Letters {
    fn push(&mut self, letter: u8) -> bool {
        let Some(place) = self.bytes.get_mut(self.count) else { return false };
        *place = letter;
        self.count += 1;
        true
    }

    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.count).unwrap_or_default()
    }
}

/// Returns all ways to split a word into onset and rime. The onset may be empty.
fn splits(word: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let with_onset = SPELLING.onsets.iter().filter_map(move |onset| Some((word.get(..onset.len())?, onset)));
    let matching = with_onset.filter(|(head, onset)| head == onset).map(move |(head, _)| word.split_at(head.len()));
    matching.chain(std::iter::once((&[][..], word)))
}

/// Whether an onset can be written before a rime: `c g ng` precede back vowels, `k gh ngh` precede front vowels.
fn fits(onset: &[u8], rime: &[u8]) -> bool {
    let before_front = matches!(rime.first(), Some(b'e' | b'4' | b'i' | b'y'));
    match onset {
        b"c" | b"g" | b"ng" => !before_front || (onset == b"g" && rime.first() == Some(&b'i')),
        b"k" | b"gh" | b"ngh" => before_front,
        _ => true,
    }
}

/// Whether a rime can have a tone. Rimes that end in a stop take the acute or the dot. Final `k` occurs only in names of the highlands, which need no
/// tone.
fn allows_tone(rime: &[u8], tone: u8) -> bool {
    const ACUTE: u8 = 2;
    const DOT: u8 = 5;
    match rime {
        [.., b'c' | b'p' | b't'] | [.., b'c', b'h'] => matches!(tone, ACUTE | DOT),
        _ => true,
    }
}

struct Spelling {
    letters: Vec<(u8, u8)>,
    onsets: Vec<Vec<u8>>,
    /// Sorted, for binary search.
    rimes: Vec<u64>,
    rimes_after_qu: Vec<u64>,
}

static SPELLING: LazyLock<Spelling> = LazyLock::new(Spelling::new);

impl Spelling {
    fn new() -> Spelling {
        let set = |words: &str| {
            let mut set: Vec<u64> = words.split_whitespace().map(|word| packed(&coded(word))).collect();
            set.sort_unstable();
            set
        };
        Spelling {
            letters: letters(),
            onsets: ONSETS.iter().map(|onset| coded(onset)).collect(),
            rimes: set(RIMES),
            rimes_after_qu: set(RIMES_AFTER_QU),
        }
    }

    fn has(&self, onset: &[u8], rime: &[u8]) -> bool {
        let rimes = if onset == b"qu" { &self.rimes_after_qu } else { &self.rimes };
        rimes.binary_search(&packed(rime)).is_ok()
    }
}

/// Packs up to eight letters into one number.
fn packed(letters: &[u8]) -> u64 {
    letters.iter().fold(0, |packed, letter| packed << 8 | u64::from(*letter))
}

/// The letters that take tones: the plain letter, then one form per tone; lower case, then upper case.
const VOWELS: [(u8, &str); 12] = [
    (b'a', "aàáảãạAÀÁẢÃẠ"),
    (b'1', "ăằắẳẵặĂẰẮẲẴẶ"),
    (b'2', "âầấẩẫậÂẦẤẨẪẬ"),
    (b'e', "eèéẻẽẹEÈÉẺẼẸ"),
    (b'4', "êềếểễệÊỀẾỂỄỆ"),
    (b'i', "iìíỉĩịIÌÍỈĨỊ"),
    (b'o', "oòóỏõọOÒÓỎÕỌ"),
    (b'5', "ôồốổỗộÔỒỐỔỖỘ"),
    (b'6', "ơờớởỡợƠỜỚỞỠỢ"),
    (b'u', "uùúủũụUÙÚỦŨỤ"),
    (b'7', "ưừứửữựƯỪỨỬỮỰ"),
    (b'y', "yỳýỷỹỵYỲÝỶỸỴ"),
];

fn letters() -> Vec<(u8, u8)> {
    let mut letters = vec![(0, 0); place_of('\u{1EF9}').map_or(0, |last| last + 1)];
    let mut set = |c, letter| {
        if let Some(place) = place_of(c).and_then(|place| letters.get_mut(place)) {
            *place = letter;
        }
    };
    for (base, forms) in VOWELS {
        for (form, tone) in forms.chars().zip((0..6).cycle()) {
            set(form, (base, tone));
        }
    }
    // Some texts use U+00D0 for U+0110.
    "đĐðÐ".chars().for_each(|c| set(c, (b'3', 0)));
    letters
}

/// Encodes a word of the lists above in one-byte letters. The lists use no other letters.
fn coded(word: &str) -> Vec<u8> {
    let plain = [('ă', b'1'), ('â', b'2'), ('đ', b'3'), ('ê', b'4'), ('ô', b'5'), ('ơ', b'6'), ('ư', b'7')];
    word.chars().map(|c| plain.iter().find(|(letter, _)| *letter == c).map_or(c as u8, |(_, code)| *code)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_as_they_are_written() {
        let text = "Trưởng ban tổ chức nói rõ những hạn chế cần khắc phục: một bộ phận cán bộ còn thiếu kinh nghiệm thực tiễn, \
                    việc giải đáp vướng mắc còn chậm; khuya khoắt, ngoằn ngoèo, khuỷu tay, quý, quyển, quốc, gì, giếng, giặt, yêu, ỷ, uống, \
                    thuỷ, thủy, xoong, huýt, khuếch, nghĩa, ghế, kỹ, Đắk, QUẢNG, hoà, hòa, oà, rượu, hươu, nguyệt, loắt choắt";
        for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty() && !word.is_ascii()) {
            assert!(is_syllable(word), "{word}");
        }
    }

    #[test]
    fn what_is_none() {
        for word in [
            "héi",
            "nghÞ",
            "trùc",
            "tuyÕn",
            "préfet",
            "élus",
            "Bürger",
            "mañana",
            "às",
            "kế\u{ad}",
            "gê",
            "kà",
            "đuợc",
            "áà",
            "",
            "nghiêngg",
        ] {
            assert!(!is_syllable(word), "{word}");
        }
    }
}

//! Decodes bytes into text. In order of priority: BOM, HTTP header, the document's own declaration, detection.
//!
//! This follows the WHATWG Encoding Standard, with exceptions that real portals need. A label is ignored if the bytes are clearly UTF-8 or clearly in
//! one of the legacy Vietnamese sets ([`legacy`]). UTF-16 is recognized without a BOM. Text that was encoded as UTF-8 twice is decoded twice.

use std::borrow::Cow;
use std::sync::LazyLock;

use chardetng::EncodingDetector;
use chardetng::Iso2022JpDetection;
use chardetng::Utf8Detection;
use encoding_rs::Encoding;
use encoding_rs::UTF_8;
use encoding_rs::UTF_16BE;
use encoding_rs::UTF_16LE;
use encoding_rs::WINDOWS_1258;

use crate::text::legacy;
use crate::text::legacy::Charset;
use crate::text::unicode;

/// Number of bytes that are searched for a declaration. The HTML Standard's 1,024 are too few for portals that put scripts first.
pub const DECLARATION_BYTES: usize = 4096;

/// Maximum number of bytes that detection examines.
const DETECTION_BYTES: usize = 64 * 1024;

/// Maximum number of unusual characters that may be valid UTF-8 by chance: two letters of VISCII can form one of N'Ko.
const CHANCE_LETTERS: usize = 3;

/// Minimum number of intact non-ASCII characters per broken sequence in UTF-8. A title that was cut inside a character breaks one. In another
/// character set, nearly all non-ASCII bytes would be invalid UTF-8.
const WHOLE_FOR_A_BROKEN: usize = 2;

/// Decoded text, its charset and warnings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without its BOM.
    pub text: String,
    /// The charset's WHATWG name in lower case.
    pub charset: String,
    /// Irregularities, such as a wrong label or replaced bytes.
    pub warnings: Vec<String>,
}

/// The type of document, which determines where its charset is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markup {
    /// HTML: `<meta charset>` and its older form.
    Html,
    /// XML: `<?xml encoding?>`.
    Xml,
    /// JSON: always UTF-8 (RFC 8259).
    Json,
}

/// Decodes a body.
pub fn decode(body: &[u8], content_type: Option<&str>, markup: Markup) -> Decoded {
    if let Some((encoding, length)) = Encoding::for_bom(body) {
        return read(body.get(length..).unwrap_or_default(), encoding, Vec::new());
    }
    if let Some(encoding) = unmarked_utf16(body) {
        return read(body, encoding, Vec::new());
    }
    let label = content_type.and_then(header_label).or_else(|| declared_label(body, markup));
    let mut warnings = Vec::new();
    match choose(body, label.as_deref(), &mut warnings) {
        Decoder::Standard(encoding) => read(body, encoding, warnings),
        Decoder::Legacy(charset) => read_legacy(body, charset, markup, warnings),
    }
}

/// The decoder of a body.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Decoder {
    Standard(&'static Encoding),
    Legacy(Charset),
}

impl Decoder {
    fn name(self) -> &'static str {
        match self {
            Decoder::Standard(encoding) => encoding.name(),
            Decoder::Legacy(charset) => charset.name(),
        }
    }
}

fn choose(body: &[u8], label: Option<&str>, warnings: &mut Vec<String>) -> Decoder {
    let named = label.and_then(|label| Encoding::for_label(label.trim().as_bytes()));
    let legacy = label.and_then(Charset::for_label);
    if is_plainly_utf8(body) {
        if let Some(label) = label.filter(|_| named != Some(UTF_8)) {
            warnings.push(format!("declared {label}, but is UTF-8"));
        }
        return Decoder::Standard(UTF_8);
    }
    match (named, legacy) {
        (_, Some(charset)) => Decoder::Legacy(charset),
        (Some(encoding), None) => hold_to_label(body, encoding, warnings),
        (None, None) => {
            if let Some(label) = label {
                warnings.push(format!("declared the unknown charset {label:?}"));
            }
            undeclared(body)
        }
    }
}

fn undeclared(body: &[u8]) -> Decoder {
    if std::str::from_utf8(body).is_ok() {
        legacy::detect(body).map_or(Decoder::Standard(UTF_8), of_legacy)
    } else if is_nearly_utf8(body) {
        Decoder::Standard(UTF_8)
    } else {
        detect(body)
    }
}

/// Returns the encoding that a label names, unless the bytes are clearly something else.
fn hold_to_label(body: &[u8], encoding: &'static Encoding, warnings: &mut Vec<String>) -> Decoder {
    let found = if encoding == UTF_8 {
        (!is_nearly_utf8(body)).then(|| detect(body))
    } else if encoding == UTF_16LE || encoding == UTF_16BE {
        Some(detect(body))
    } else if is_western(encoding) {
        legacy::detect(body).map(of_legacy)
    } else {
        None
    };
    match found.filter(|found| *found != Decoder::Standard(encoding)) {
        Some(found) => {
            warnings.push(format!("declared {}, but looks like {}", encoding.name(), found.name()));
            found
        }
        None => Decoder::Standard(encoding),
    }
}

/// Whether legacy Vietnamese text was published under this label. Such pages relied on fonts to show it.
fn is_western(encoding: &'static Encoding) -> bool {
    matches!(
        encoding.name(),
        "windows-1252" | "windows-1258" | "windows-1250" | "ISO-8859-2" | "macintosh" | "x-user-defined"
    )
}

fn of_legacy(charset: Charset) -> Decoder {
    match charset {
        Charset::Windows1258 => Decoder::Standard(WINDOWS_1258),
        other => Decoder::Legacy(other),
    }
}

fn read(body: &[u8], encoding: &'static Encoding, mut warnings: Vec<String>) -> Decoded {
    let (text, had_errors) = encoding.decode_without_bom_handling(body);
    if had_errors {
        warnings.push(format!("bytes that are no {} were replaced", encoding.name()));
    }
    let text = if encoding == WINDOWS_1258 { unicode::nfc(&text) } else { text.into_owned() };
    let charset = encoding.name().to_ascii_lowercase();
    if encoding == UTF_8
        && may_be_encoded_twice(&text)
        && let Some(repaired) = legacy::repair_utf8(&text)
    {
        warnings.push(repaired.reading.describe());
        return Decoded { text: repaired.text, charset, warnings };
    }
    Decoded { text, charset, warnings }
}

/// Whether a text has letters of U+1E00 to U+1EFF whose UTF-8 was read as windows-1252. Every Vietnamese text uses these letters.
fn may_be_encoded_twice(text: &str) -> bool {
    // The bytes that both variants begin with.
    memchr::memmem::find_iter(text.as_bytes(), b"\xc3\xa1\xc2")
        .any(|at| matches!(text.as_bytes().get(at + 3), Some(0xba | 0xbb)))
}

fn read_legacy(body: &[u8], charset: Charset, markup: Markup, warnings: Vec<String>) -> Decoded {
    let text = match markup {
        Markup::Html => charset.decode(&without_references(body)),
        Markup::Xml | Markup::Json => charset.decode(body),
    };
    Decoded { text, charset: charset.name().to_owned(), warnings }
}

/// Replaces character references to the upper half of windows-1252 by the bytes that they stood for: editors wrote `&shy;` for TCVN3's `ư`. No-break
/// spaces and guillemets are kept, because they are meant as such.
fn without_references(body: &[u8]) -> Cow<'_, [u8]> {
    REFERENCE.replace_all(body, |found: &regex::bytes::Captures<'_>| {
        let written = found.get(0).map_or(&[][..], |reference| reference.as_bytes());
        byte_of_reference(written).map_or_else(|| written.to_vec(), |byte| vec![byte])
    })
}

fn byte_of_reference(written: &[u8]) -> Option<u8> {
    let decoded = unicode::decode_entities(std::str::from_utf8(written).ok()?);
    let mut chars = decoded.chars();
    let (c, rest) = (chars.next()?, chars.next());
    if c.is_ascii() || rest.is_some() || matches!(c, '\u{a0}' | '«' | '»') {
        return None;
    }
    let (bytes, _, unmappable) = encoding_rs::WINDOWS_1252.encode(&decoded);
    bytes.first().copied().filter(|_| !unmappable)
}

static REFERENCE: LazyLock<regex::bytes::Regex> = LazyLock::new(|| {
    regex::bytes::Regex::new(r"&(?:#[0-9]{3}|#[xX][0-9a-fA-F]{2}|[A-Za-z]{2,6}[0-9]{0,2});")
        .expect("a constant pattern")
});

fn header_label(content_type: &str) -> Option<String> {
    let lower = content_type.to_ascii_lowercase();
    let (_, after) = lower.split_once("charset")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    value_of(value)
}

/// Returns a value up to its closing quote, whitespace or separator.
fn value_of(text: &str) -> Option<String> {
    let text = text.trim_start_matches(['"', '\'']);
    let value: String =
        text.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':')).collect();
    (!value.is_empty()).then_some(value)
}

fn declared_label(body: &[u8], markup: Markup) -> Option<String> {
    let head = body.get(..DECLARATION_BYTES.min(body.len())).unwrap_or_default();
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    match markup {
        Markup::Json => None,
        Markup::Xml => {
            let (declaration, _) = head.split_once("<?xml")?.1.split_once("?>")?;
            value_of(declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start())
        }
        Markup::Html => head.split("<meta").skip(1).find_map(|meta| {
            let tag = meta.split('>').next().unwrap_or_default();
            value_of(tag.split_once("charset")?.1.trim_start().strip_prefix('=')?.trim_start())
        }),
    }
}

/// Whether a body is UTF-16, with or without a BOM.
pub fn is_utf16(body: &[u8]) -> bool {
    let marked = Encoding::for_bom(body).is_some_and(|(encoding, _)| encoding != UTF_8);
    marked || unmarked_utf16(body).is_some()
}

/// Recognizes UTF-16 without a BOM. Markup is mostly ASCII, so every other byte is zero.
fn unmarked_utf16(body: &[u8]) -> Option<&'static Encoding> {
    let head = body.get(..body.len().min(512)).unwrap_or_default();
    let (mut even, mut odd) = (0, 0);
    for pair in head.chunks_exact(2) {
        even += usize::from(pair.first() == Some(&0));
        odd += usize::from(pair.get(1) == Some(&0));
    }
    let pairs = head.len() / 2;
    match (even * 2 > pairs, odd * 2 > pairs) {
        (true, false) => Some(UTF_16BE),
        (false, true) => Some(UTF_16LE),
        _ => None,
    }
}

/// Whether a body is valid UTF-8 with non-ASCII characters. No other set looks like that by chance, except for a few characters of scripts that our
/// portals do not use.
fn is_plainly_utf8(body: &[u8]) -> bool {
    let Ok(text) = simdutf8::basic::from_utf8(body) else { return false };
    let mut letters = beyond_ascii(text);
    letters.clone().any(is_usual) || letters.nth(CHANCE_LETTERS).is_some()
}

/// Returns the characters of a text that are not ASCII.
fn beyond_ascii(text: &str) -> impl Iterator<Item = char> + Clone {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.get(Encoding::ascii_valid_up_to(rest.as_bytes())..).unwrap_or_default();
        let first = rest.chars().next()?;
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
        Some(first)
    })
}

/// Whether a character is Latin or general punctuation.
fn is_usual(c: char) -> bool {
    matches!(c, '\u{a0}'..='\u{24f}' | '\u{1e00}'..='\u{206f}' | '\u{20ab}' | '\u{feff}')
}

/// Whether a body is UTF-8 with few broken characters. They are compared with the intact ones, because a feed may be short and consist of cut titles.
fn is_nearly_utf8(body: &[u8]) -> bool {
    let (mut whole, mut broken) = (0_usize, 0_usize);
    for chunk in body.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    broken * WHOLE_FOR_A_BROKEN <= whole
}

/// Detects the encoding: a legacy Vietnamese set if the words are Vietnamese in it, otherwise by the frequencies of the bytes.
fn detect(body: &[u8]) -> Decoder {
    if let Some(charset) = legacy::detect(body) {
        return of_legacy(charset);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let head = body.get(..DETECTION_BYTES.min(body.len())).unwrap_or_default();
    detector.feed(head, head.len() == body.len());
    Decoder::Standard(detector.guess(Some(b"vn"), Utf8Detection::Allow))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &[u8], content_type: Option<&str>, markup: Markup, text: &str, charset: &str) {
        let decoded = decode(body, content_type, markup);
        assert_eq!((decoded.text.as_str(), decoded.charset.as_str()), (text, charset));
    }

    #[test]
    fn the_strongest_sign_wins() {
        check("\u{feff}Huế".as_bytes(), Some("text/html; charset=windows-1252"), Markup::Html, "Huế", "utf-8");
        check(b"caf\xe9", Some("text/html; Charset=\"ISO-8859-1\""), Markup::Html, "café", "windows-1252");
        check(
            b"<meta http-equiv=x content='text/html; charset=iso-8859-1'>\xe9",
            None,
            Markup::Html,
            "<meta http-equiv=x content='text/html; charset=iso-8859-1'>é",
            "windows-1252",
        );
        check("Huế".as_bytes(), Some("text/html; charset=iso-8859-1"), Markup::Html, "Huế", "utf-8");
        check(
            "<?xml version='1.0' encoding='utf-16'?><a>Huế</a>".as_bytes(),
            None,
            Markup::Xml,
            "<?xml version='1.0' encoding='utf-16'?><a>Huế</a>",
            "utf-8",
        );
    }

    #[test]
    fn utf_16_needs_no_mark() {
        let bytes: Vec<u8> = "<rss>Tin Huế</rss>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&bytes, None, Markup::Xml, "<rss>Tin Huế</rss>", "utf-16le");
        let bytes: Vec<u8> = "<rss>Tin Huế</rss>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        check(&bytes, Some("text/xml; charset=utf-8"), Markup::Xml, "<rss>Tin Huế</rss>", "utf-16be");
    }

    #[test]
    fn one_wrong_byte_does_not_change_the_charset() {
        let mut bytes = "Tỉnh Vĩnh Phúc ".repeat(50).into_bytes();
        bytes.push(0xe1);
        let decoded = decode(&bytes, None, Markup::Html);
        assert_eq!(decoded.charset, "utf-8");
        let decoded = decode(&bytes, Some("text/html; charset=utf-8"), Markup::Html);
        assert_eq!(decoded.charset, "utf-8");
        assert_eq!(decoded.warnings.len(), 1);
    }

    #[test]
    fn letters_that_were_cut_do_not_change_the_charset_of_a_short_feed() {
        let mut bytes = b"<item><title>".to_vec();
        bytes.extend("Chợ phiên vùng cao mở cửa trở l".as_bytes());
        bytes.extend(b"\xe1\xba...</title></item><item><title>");
        bytes.extend("Họp bàn chuyện làm đường li".as_bytes());
        bytes.extend(b"\xc3...</title></item>");
        for declared in [None, Some("application/rss+xml; charset=utf-8")] {
            let decoded = decode(&bytes, declared, Markup::Xml);
            assert_eq!(decoded.charset, "utf-8");
            assert!(decoded.text.contains("mở cửa trở l\u{fffd}..."), "{}", decoded.text);
        }
        let western = encoding_rs::WINDOWS_1252.encode("Café à la crème, déjà goûté").0.into_owned();
        assert_ne!(decode(&western, Some("text/xml; charset=utf-8"), Markup::Xml).charset, "utf-8");
    }

    #[test]
    fn old_vietnamese_sets_are_told_by_their_words() {
        let plain = "<p>Quyết định của ủy ban nhân dân tỉnh được ban hành hôm nay</p>";
        let tcvn3 =
            b"<p>Quy\xd5t \xae\xdenh c\xf1a \xf1y ban nh\xa9n d\xa9n t\xd8nh \xae\xad\xeec ban h\xb5nh h\xabm nay</p>";
        check(tcvn3, None, Markup::Html, plain, "tcvn3");
        check(tcvn3, Some("text/html; charset=iso-8859-1"), Markup::Html, plain, "tcvn3");
        check(tcvn3, Some("text/html; charset=utf-8"), Markup::Html, plain, "tcvn3");
        let referring = b"<p>Quy&Otilde;t &reg;&THORN;nh c&ntilde;a \xf1y ban nh&copy;n d&#169;n t\xd8nh &#xAE;&shy;&icirc;c ban h&micro;nh h\xabm nay</p>";
        check(referring, None, Markup::Html, plain, "tcvn3");
        check(b"m\xe6 &amp; &lt;", Some("text/html; charset=viscii"), Markup::Html, "mữ &amp; &lt;", "viscii");
        let german = encoding_rs::WINDOWS_1252.encode("Der Bürgermeister eröffnete die Straße").0.into_owned();
        check(
            &german,
            Some("text/html; charset=windows-1252"),
            Markup::Html,
            "Der Bürgermeister eröffnete die Straße",
            "windows-1252",
        );
    }

    #[test]
    fn utf_8_in_utf_8_is_decoded_twice() {
        let plain = "<item><title>Đại hội đại biểu nhân dân các dân tộc</title></item>";
        let once = encoding_rs::WINDOWS_1252.decode_without_bom_handling(plain.as_bytes()).0.into_owned();
        check(once.as_bytes(), None, Markup::Xml, plain, "utf-8");
    }
}

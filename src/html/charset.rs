//! Bytes → text: BOM, then the HTTP header, then the document's own declaration, then detection.
//!
//! After the WHATWG Encoding Standard, with two departures that real portals need: a label is not believed where the bytes are
//! plainly UTF-8, and UTF-16 is recognised without its mark.

use chardetng::EncodingDetector;
use chardetng::Iso2022JpDetection;
use chardetng::Utf8Detection;
use encoding_rs::Encoding;
use encoding_rs::UTF_8;
use encoding_rs::UTF_16BE;
use encoding_rs::UTF_16LE;

use crate::text::unicode;

/// Bytes in which a declaration is looked for; the HTML Standard's 1,024 are too few for portals that put scripts first.
pub const DECLARATION_BYTES: usize = 4096;

/// Bytes that detection looks at.
const DETECTION_BYTES: usize = 64 * 1024;

/// A page declared UTF-8 may have one wrong byte in so many, as from a title cut in the middle of a letter.
const WRONG_BYTES_ONE_IN: usize = 200;

/// Text, and how it was come by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without its BOM.
    pub text: String,
    /// The charset's WHATWG name, in lower case.
    pub charset: String,
    /// What was odd: a label that lied, bytes that were replaced.
    pub warnings: Vec<String>,
}

/// What is decoded: decides which declaration is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markup {
    /// `<meta charset>` and its old form.
    Html,
    /// `<?xml encoding?>`.
    Xml,
    /// UTF-8 by RFC 8259.
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
    let named = label.as_deref().and_then(|label| Encoding::for_label(label.trim().as_bytes()));
    let mut warnings = Vec::new();
    let encoding = match named {
        Some(encoding) if encoding != UTF_8 && is_plainly_utf8(body) => {
            warnings.push(format!("declared {}, but is UTF-8", encoding.name()));
            UTF_8
        }
        Some(encoding) if encoding == UTF_8 && !is_nearly_utf8(body) => {
            let found = detect(body);
            warnings.push(format!("declared UTF-8, but looks like {}", found.name()));
            found
        }
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => {
            warnings.push(format!("declared {}, but is not", encoding.name()));
            detect(body)
        }
        Some(encoding) => encoding,
        None => {
            if let Some(label) = label {
                warnings.push(format!("declared the unknown charset {label:?}"));
            }
            if is_nearly_utf8(body) { UTF_8 } else { detect(body) }
        }
    };
    read(body, encoding, warnings)
}

fn read(body: &[u8], encoding: &'static Encoding, mut warnings: Vec<String>) -> Decoded {
    let (text, had_errors) = encoding.decode_without_bom_handling(body);
    if had_errors {
        warnings.push(format!("bytes that are no {} were replaced", encoding.name()));
    }
    let text = if encoding.name() == "windows-1258" { unicode::nfc(&text) } else { text.into_owned() };
    Decoded { text, charset: encoding.name().to_ascii_lowercase(), warnings }
}

fn header_label(content_type: &str) -> Option<String> {
    let lower = content_type.to_ascii_lowercase();
    let (_, after) = lower.split_once("charset")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    value_of(value)
}

/// A value up to its quote, blank or separator.
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

/// UTF-16 without its mark: markup is mostly ASCII, so every other byte is zero.
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

/// Valid UTF-8 with letters beyond ASCII: no other set looks so by chance.
fn is_plainly_utf8(body: &[u8]) -> bool {
    !body.is_ascii() && std::str::from_utf8(body).is_ok()
}

fn is_nearly_utf8(body: &[u8]) -> bool {
    if std::str::from_utf8(body).is_ok() {
        return true;
    }
    let wrong = body.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count();
    wrong * WRONG_BYTES_ONE_IN <= body.len().max(WRONG_BYTES_ONE_IN)
        && (wrong == 0 || body.utf8_chunks().any(|chunk| !chunk.valid().is_ascii()))
}

fn detect(body: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let head = body.get(..DETECTION_BYTES.min(body.len())).unwrap_or_default();
    detector.feed(head, head.len() == body.len());
    detector.guess(Some(b"vn"), Utf8Detection::Allow)
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
}

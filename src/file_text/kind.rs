//! What a file is, by its content: its name and its media type may say anything.

use memchr::memmem;

use crate::file_text::office;
use crate::model::file_kind::FileKind;

/// Number of bytes within which a PDF says that it is one.
const HEAD: usize = 1024;

/// The first bytes of an OLE2 file, in which Word and Excel saved until 2003.
const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Returns the kind of a file.
///
/// # Errors
/// What the file is instead, as part of a sentence.
pub fn kind_of(bytes: &[u8]) -> Result<FileKind, &'static str> {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let begins =
        |with: &[u8]| head.trim_ascii_start().get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
    let holds = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        memmem::find(bytes, &name).is_some()
    };
    if bytes.is_empty() {
        return Err("empty");
    }
    if begins(b"<!doctype html") || begins(b"<html") || begins(b"<head") || begins(b"<script") {
        return Err("a page of HTML");
    }
    if memmem::find(head, b"%PDF-").is_some() {
        return Ok(FileKind::Pdf);
    }
    if begins(b"{\\rtf") {
        return Ok(FileKind::Doc);
    }
    if bytes.starts_with(OLE) {
        // Names of streams in the directory of the file.
        return match () {
            () if holds("WordDocument") => Ok(FileKind::Doc),
            () if holds("Workbook") || holds("Book") => Ok(FileKind::Xls),
            () => Err("an OLE2 file that is neither of Word nor of Excel"),
        };
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return office::kind_of(bytes);
    }
    if bytes.starts_with(b"Rar!") || bytes.starts_with(b"7z\xbc\xaf") {
        return Err("an archive");
    }
    if begins(b"<") {
        return Err("XML or HTML");
    }
    Err("of no kind whose text can be read")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_and_not_the_name() {
        for (bytes, expect) in [
            (&b"%PDF-1.7\n"[..], Ok(FileKind::Pdf)),
            (b"\xef\xbb\xbfjunk %PDF-1.2", Ok(FileKind::Pdf)),
            (b"\n <!DOCTYPE html><title>%PDF-</title>", Err("a page of HTML")),
            (b"{\\rtf1 x}", Ok(FileKind::Doc)),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 W\0o\0r\0k\0b\0o\0o\0k\0", Ok(FileKind::Xls)),
            (b"Rar!\x1a\x07", Err("an archive")),
            (b"", Err("empty")),
            (b"PK\x03\x04 cut", Err("a ZIP archive that cannot be read")),
        ] {
            assert_eq!(kind_of(bytes), expect, "{bytes:?}");
        }
    }
}

//! Reads a photo's credit from the end of a caption.

use std::sync::LazyLock;

use regex::Regex;

use crate::extract::lines::bare;
use crate::extract::lines::names;
use crate::text::vietnamese::fold;

/// The parts of a caption.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaptionParts {
    /// What the picture shows. None if the line is only the credit.
    pub shows: Option<String>,
    /// The credit as printed: "Đỗ Tuấn Anh", "TTXVN". None for "Ảnh minh họa".
    pub credit: Option<String>,
    /// Whether the credit mentions a picture, not just a source.
    pub of_picture: bool,
}

/// Maximum length in bytes of "(Ảnh mang tính chất minh họa)" and similar captions.
const MAX_ILLUSTRATION: usize = 64;

/// Reads the credit of a caption. None if there is none.
///
/// ```
/// use tintinh::extract::lines::caption;
/// let read = caption::read("Cây thông chắn ngang đường. Ảnh: Duy Khôi.").unwrap();
/// assert_eq!(read.shows.as_deref(), Some("Cây thông chắn ngang đường."));
/// assert_eq!(read.credit.as_deref(), Some("Duy Khôi"));
/// ```
pub fn read(text: &str) -> Option<CaptionParts> {
    static CREDIT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)(?:^|[\s(.\-–/])((?:ảnh|hình|nguồn|photo|image)(?:\s+(?:ảnh|minh h[oọ]a|minh ho[aạ]|video|tư liệu))?)\s*:\s*([^()]{2,60}?)[\s).]*$").expect("a constant pattern")
    });
    let text = text.trim();
    if is_illustration(text) {
        return Some(CaptionParts { of_picture: true, ..CaptionParts::default() });
    }
    if let Some((shows, rest)) = text.strip_suffix("cung cấp").and_then(|before| before.rsplit_once("Ảnh ")) {
        return Some(CaptionParts { shows: shown(shows), credit: Some(rest.trim().to_owned()), of_picture: true });
    }
    // The regular expression is searched from the end, which costs more than this check.
    if !text.contains(':') {
        return None;
    }
    let captures = CREDIT.captures(text)?;
    let word = captures.get(1)?;
    let credit = captures.get(2)?.as_str().trim();
    let of_picture = !fold(word.as_str()).starts_with(&fold("nguồn"));
    Some(CaptionParts { shows: shown(text.get(..word.start())?), credit: Some(credit.to_owned()), of_picture })
}

/// Whether a text only says that the picture is an illustration: "Ảnh minh họa", "(Ảnh mang tính chất minh họa)".
fn is_illustration(text: &str) -> bool {
    if text.len() > MAX_ILLUSTRATION {
        return false;
    }
    let key = crate::text::vietnamese::fold_ascii(bare(text));
    matches!(
        key.as_str(),
        "anh minh hoa"
            | "hinh minh hoa"
            | "anh mang tinh chat minh hoa"
            | "anh chi mang tinh minh hoa"
            | "anh tu lieu"
            | "hinh anh minh hoa"
            | "anh mang tinh minh hoa"
    )
}

/// Returns the text before the credit. A name alone ("Thu Linh / VOV online") is the photographer, not what the picture shows.
fn shown(before: &str) -> Option<String> {
    let shows = before.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '(' | '-' | '–' | '/' | '|')).trim();
    let reporter = shows
        .split('/')
        .next()
        .is_some_and(|name| names::is_person(name.trim()) && name.split_whitespace().count() <= 3);
    (!shows.is_empty() && !reporter).then(|| shows.to_owned())
}

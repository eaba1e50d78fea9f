//! Numbers of legal documents (số, ký hiệu) as they are printed, with their typing errors: "12/QĐ-UBND", "48/2006/QĐ-BTC", "27-NQ/TW",
//! "1267/UBND-NC".
//!
//! The format follows Decree 30/2020/NĐ-CP, appendix I: number, year (some kinds only), type, issuer, unit. The Party writes `number-type/issuer`.

use std::sync::LazyLock;

use regex::Captures;
use regex::Regex;

/// The parts of a document's number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentNumber {
    /// "12", "30a", "T-25". Leading zeros are kept.
    pub number: String,
    /// The year, if the number contains one.
    pub year: Option<String>,
    /// The abbreviation of the type: "QĐ".
    pub kind: Option<&'static str>,
    /// The abbreviation of the issuer: "UBND". A joint circular has several, joined by hyphens.
    pub issuer: Option<String>,
    /// The unit that drafted the document: "NC".
    pub unit: Option<String>,
    /// The whole number in canonical form.
    pub canonical: String,
}

impl DocumentNumber {
    /// Returns the full name of the type: "Quyết định".
    pub fn kind_name(&self) -> Option<&'static str> {
        TYPES.iter().find(|(abbreviation, _)| Some(*abbreviation) == self.kind).map(|(_, name)| *name)
    }
}

/// Abbreviations of types, each with its full name.
const TYPES: &[(&str, &str)] = &[
    ("NĐ", "Nghị định"),
    ("QĐ", "Quyết định"),
    ("NQ", "Nghị quyết"),
    ("CT", "Chỉ thị"),
    ("TT", "Thông tư"),
    ("TTLT", "Thông tư liên tịch"),
    ("TB", "Thông báo"),
    ("KH", "Kế hoạch"),
    ("BC", "Báo cáo"),
    ("CĐ", "Công điện"),
    ("HD", "Hướng dẫn"),
    ("KL", "Kết luận"),
    ("TTr", "Tờ trình"),
    ("PL", "Pháp lệnh"),
    ("L", "Lệnh"),
    ("VBHN", "Văn bản hợp nhất"),
    ("GP", "Giấy phép"),
    ("GPTTĐT", "Giấy phép trang thông tin điện tử"),
    ("SL", "Sắc lệnh"),
    ("LCT", "Lệnh công bố"),
    ("CTr", "Chương trình"),
    ("QC", "Quy chế"),
    ("QyĐ", "Quy định"),
    ("ĐA", "Đề án"),
    ("PA", "Phương án"),
    ("GM", "Giấy mời"),
    ("BB", "Biên bản"),
];

/// Returns the first document number in a text.
///
/// ```
/// use tintinh::text::document;
/// let read = document::read("Quyết định 284 /QĐ – TTg").unwrap();
/// assert_eq!(read.canonical, "284/QĐ-TTg");
/// assert_eq!(read.kind_name(), Some("Quyết định"));
/// assert_eq!(document::read("nhiệm kỳ 2021-2026, trực 24/24 giờ"), None);
/// ```
pub fn read(text: &str) -> Option<DocumentNumber> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
        let part = r"[A-ZĐ][A-Za-zĐ]*\d{0,3}";
        Regex::new(&format!(
            r"(?:^|[^\w/.-])(?P<number>(?:[A-Z]-)?\d{{1,5}}[a-z]?)\s*(?P<join>[/-])\s*(?:(?P<year>(?:19|20)\d\d)\s*/\s*)?(?P<parts>{part}(?:\s*[-–/]\s*(?:{part}|\d{{1,3}}\b))*)"
        ))
        .expect("a constant pattern")
    });
    // Characters that replace Đ in practice: the Icelandic letter, and a leftover of TCVN3.
    let text: String = text.chars().map(|c| if matches!(c, 'Ð' | '§') { 'Đ' } else { c }).collect();
    NUMBER.captures_iter(&text).find_map(|captures| of_parts(&captures))
}

fn of_parts(captures: &Captures<'_>) -> Option<DocumentNumber> {
    let number = captures.name("number")?.as_str().to_owned();
    let year = captures.name("year").map(|year| year.as_str().to_owned());
    let party = captures.name("join")?.as_str() == "-" && year.is_none();
    let letters: Vec<&str> = captures.name("parts")?.as_str().split(['-', '–', '/']).map(str::trim).collect();
    let (first, rest) = letters.split_first()?;
    let mut read = DocumentNumber { number, year, ..DocumentNumber::default() };
    if let Some(kind) = kind_of(first) {
        read.kind = Some(kind);
        // A joint circular has several issuers. Every other type has one, and possibly a unit.
        let issuers = if kind == "TTLT" { rest.len() } else { 1 };
        let (issuers, unit) = rest.split_at(issuers.min(rest.len()));
        read.issuer = (!issuers.is_empty())
            .then(|| issuers.iter().map(|issuer| with_stroke(issuer)).collect::<Vec<_>>().join("-"));
        read.unit = (!unit.is_empty()).then(|| unit.join("-"));
        let alone = read.issuer.is_none() && read.year.is_none();
        if alone && kind != "SL" {
            return None;
        }
    } else {
        let issuer = with_stroke(first);
        let assembly = is_assembly(&issuer);
        // An official letter names its unit; a law names the assembly that passed it.
        if party
            || (rest.is_empty() && !(assembly && read.year.is_some()))
            || first.chars().any(|c| c.is_ascii_digit()) && !assembly
        {
            return None;
        }
        read.issuer = Some(if assembly { issuer.replace("QHI", "QH1") } else { issuer });
        read.unit = (!rest.is_empty()).then(|| rest.join("-"));
    }
    read.canonical = canonical(&read, party);
    Some(read)
}

fn canonical(read: &DocumentNumber, party: bool) -> String {
    let head = match &read.year {
        Some(year) => format!("{}/{year}", read.number),
        None => read.number.clone(),
    };
    let kind = read.kind.unwrap_or_default();
    if party {
        return format!("{head}-{kind}/{}", read.issuer.as_deref().unwrap_or_default());
    }
    let tail = [Some(kind).filter(|kind| !kind.is_empty()), read.issuer.as_deref(), read.unit.as_deref()];
    format!("{head}/{}", tail.into_iter().flatten().collect::<Vec<_>>().join("-"))
}

/// Returns the type for an abbreviation. `D` is accepted for `Đ` if no type is spelled with `D`.
fn kind_of(part: &str) -> Option<&'static str> {
    let known = |part: &str| {
        TYPES.iter().find(|(abbreviation, _)| *abbreviation == part).map(|(abbreviation, _)| *abbreviation)
    };
    known(part).or_else(|| known(&part.replace('D', "Đ")))
}

/// `HDNN` → `HĐNN`: old machines print the councils' `HĐ` without the stroke.
fn with_stroke(issuer: &str) -> String {
    issuer.strip_prefix("HD").map_or_else(|| issuer.to_owned(), |rest| format!("HĐ{rest}"))
}

/// Whether the issuer is the National Assembly or its Standing Committee with the number of the term: "QH15", "UBTVQH14". Scans may read "QHI5".
fn is_assembly(issuer: &str) -> bool {
    let term = issuer.strip_prefix("UBTVQH").or_else(|| issuer.strip_prefix("QH"));
    term.is_some_and(|term| !term.is_empty() && term.chars().all(|c| c.is_ascii_digit() || c == 'I'))
}

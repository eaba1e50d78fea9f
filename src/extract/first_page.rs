//! Reads the first page of a document: number, kind, issuer, signer and dates, in the form of Decree 30/2020/NĐ-CP, appendix I.

use crate::extract::document::day;
use crate::model::article::Document;
use crate::text::document;
use crate::text::vietnamese::fold_ascii;

/// Number of lines of a document's head, which contains number, place and day.
const HEAD: usize = 24;

/// Number of lines below an office that may contain its holder's name. Seals and signatures may produce lines of their own.
const BELOW_OFFICE: usize = 8;

/// Kinds of documents as their titles name them. Used if the number does not show the kind.
const TITLES: &[&str] = &[
    "Quyết định",
    "Nghị quyết",
    "Chỉ thị",
    "Kế hoạch",
    "Thông báo",
    "Báo cáo",
    "Tờ trình",
    "Công điện",
    "Hướng dẫn",
    "Giấy mời",
    "Quy chế",
    "Quy định",
    "Chương trình",
    "Đề án",
    "Phương án",
    "Biên bản",
];

/// The state's name and motto, folded. They are next to the issuer's name.
const MOTTO: &[&str] = &["cong hoa xa hoi", "doc lap - tu do", "doc lap tu do", "dang cong san viet nam"];

/// Beginnings of the names of offices that sign, folded.
const OFFICES: &[&str] = &[
    "chu tich",
    "pho chu tich",
    "giam doc",
    "pho giam doc",
    "tong giam doc",
    "bo truong",
    "thu truong",
    "chanh van phong",
    "pho chanh van phong",
    "truong ban",
    "pho truong ban",
    "truong phong",
    "bi thu",
    "pho bi thu",
    "cuc truong",
    "chi cuc truong",
    "thu tuong",
    "hieu truong",
    "kt.",
    "tm.",
    "tl.",
    "tuq.",
];

/// Reads the first page. None if it has neither a number nor a kind: then it is not a document in this form.
pub fn read(page: &str) -> Option<Document> {
    let lines: Vec<&str> = page.lines().flat_map(|line| line.split('\t')).map(str::trim).collect();
    let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    let head = lines.get(..HEAD).unwrap_or(&lines);
    let numbered = head.iter().enumerate().find_map(|(at, line)| Some((at, number_in(line)?)));
    let (place, number) = numbered.map_or((None, None), |(at, number)| (Some(at), Some(number)));
    let kind = number.as_ref().and_then(document::DocumentNumber::kind_name);
    let kind = kind.or_else(|| head.iter().find_map(|line| titled(line))).map(str::to_owned);
    if number.is_none() && kind.is_none() {
        return None;
    }
    let issued = head.iter().find_map(|line| dated(line));
    Some(Document {
        number: number.map(|number| number.canonical),
        kind,
        issuer: issuer(head.get(..place.unwrap_or(0)).unwrap_or_default()),
        signer: signer(&lines),
        effective: effective(page, issued.as_deref()),
        issued,
    })
}

/// "Số: 12/QĐ-UBND", possibly with the day beside it.
fn number_in(line: &str) -> Option<document::DocumentNumber> {
    let folded = fold_ascii(line.get(..line.floor_char_boundary(12)).unwrap_or_default());
    folded.starts_with("so").then(|| document::read(line)).flatten()
}

/// Returns the kind that a title in its own line names.
fn titled(line: &str) -> Option<&'static str> {
    if line.split_whitespace().count() > 3 || line.chars().any(char::is_lowercase) {
        return None;
    }
    let folded = fold_ascii(line);
    TITLES.iter().copied().find(|title| folded.starts_with(&fold_ascii(title)))
}

/// "Sông Mẫu, ngày 14 tháng 8 năm 2025".
fn dated(line: &str) -> Option<String> {
    let folded = fold_ascii(line);
    let is_day = ["ngay", "thang", "nam"].iter().all(|word| folded.contains(word));
    // A day in a sentence belongs to another document.
    (is_day && line.split_whitespace().count() <= 14).then(|| day(line)).flatten()
}

/// Returns the issuer: the last office named above the number. "UBND TỈNH SÔNG MẪU / SỞ Y TẾ" is the department, while "ỦY BAN NHÂN DÂN / TỈNH
/// SÔNG MẪU" is one name in two lines.
fn issuer(above: &[&str]) -> Option<String> {
    let names: Vec<String> = above.iter().filter_map(|line| without_motto(line)).collect();
    let (last, rest) = names.split_last()?;
    let of_place = ["tinh ", "thanh pho ", "huyen ", "xa ", "phuong ", "dac khu ", "quan ", "thi xa "];
    let folded = fold_ascii(last);
    let is_place = of_place.iter().any(|place| folded.starts_with(place));
    match rest.last() {
        Some(above) if is_place => Some(format!("{above} {last}")),
        _ => Some(last.clone()),
    }
}

/// Returns the uppercase part of a line without the state's name or motto, which may be next to it.
fn without_motto(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_motto = |rest: &[&str]| {
        let folded = fold_ascii(&rest.join(" "));
        MOTTO.iter().any(|motto| folded.starts_with(motto))
    };
    let end = (0..words.len()).find(|at| is_motto(words.get(*at..).unwrap_or_default())).unwrap_or(words.len());
    let own = words.get(..end)?.join(" ");
    let letters = own.chars().filter(|c| c.is_alphabetic()).count();
    (letters >= 4 && !own.chars().any(char::is_lowercase)).then_some(own)
}

/// Returns the name below the last office that signs.
fn signer(lines: &[&str]) -> Option<String> {
    let is_office = |line: &&str| -> bool {
        let folded = fold_ascii(line);
        !line.chars().any(char::is_lowercase) && OFFICES.iter().any(|office| folded.starts_with(office))
    };
    let at = lines.iter().rposition(is_office)?;
    let below = lines.get(at + 1..)?.iter().take(BELOW_OFFICE);
    below.copied().find(|line| is_name(line)).map(str::to_owned)
}

/// Whether a line is two to five capitalized words.
fn is_name(line: &str) -> bool {
    let is_word = |word: &str| {
        let mut chars = word.chars();
        chars.next().is_some_and(char::is_uppercase) && chars.all(char::is_lowercase)
    };
    let words: Vec<&str> = line.split_whitespace().collect();
    (2..=5).contains(&words.len()) && words.iter().all(|word| is_word(word))
}

/// "có hiệu lực kể từ ngày 01/9/2025", "… kể từ ngày ký".
fn effective(page: &str, issued: Option<&str>) -> Option<String> {
    let words: Vec<&str> = page.split_whitespace().collect();
    let folded: Vec<String> = words.iter().map(|word| fold_ascii(word)).collect();
    let at = folded.windows(3).position(|three| three.iter().map(String::as_str).eq(["co", "hieu", "luc"]))?;
    let rest = words.get(at + 3..(at + 16).min(words.len()))?;
    let key = fold_ascii(&rest.join(" "));
    if key.split(['.', ';']).next().is_some_and(|sentence| sentence.contains(&fold_ascii("từ ngày ký"))) {
        return issued.map(str::to_owned);
    }
    key.contains("tu ngay").then(|| day(&rest.join(" "))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_says_what_it_is() {
        let page = "ỦY BAN NHÂN DÂN\nTỈNH SÔNG MẪU\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nSố: 1274/QĐ-UBND\n\
                    Sông Mẫu, ngày 14 tháng 8 năm 2025\nQUYẾT ĐỊNH\nVề việc phê duyệt phương án\n\
                    Căn cứ Luật số 72/2025/QH15 ngày 16 tháng 6 năm 2025;\nĐiều 2. Quyết định này có hiệu lực kể từ ngày ký.\nCHỦ TỊCH\nLương Khánh Toàn";
        let read = read(page).unwrap();
        assert_eq!(read.number.as_deref(), Some("1274/QĐ-UBND"));
        assert_eq!(read.kind.as_deref(), Some("Quyết định"));
        assert_eq!(read.issuer.as_deref(), Some("ỦY BAN NHÂN DÂN TỈNH SÔNG MẪU"));
        assert_eq!(read.signer.as_deref(), Some("Lương Khánh Toàn"));
        assert_eq!((read.issued.as_deref(), read.effective.as_deref()), (Some("2025-08-14"), Some("2025-08-14")));
    }

    #[test]
    fn heads_in_two_columns_and_in_parts() {
        let page = "UBND TỈNH HẢI MẪU CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSỞ Y TẾ Độc lập - Tự do - Hạnh phúc\n\
                    Số: 61/TB-SYT Hải Mẫu, ngày 03 tháng 02 năm 2026\nTHÔNG BÁO\n\
                    Quy định có hiệu lực thi hành từ ngày 01/3/2026.\nKT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC\n(đã ký)\nĐào Thị Hồng Nhung";
        let read = read(page).unwrap();
        assert_eq!((read.number.as_deref(), read.issuer.as_deref()), (Some("61/TB-SYT"), Some("SỞ Y TẾ")));
        assert_eq!((read.issued.as_deref(), read.effective.as_deref()), (Some("2026-02-03"), Some("2026-03-01")));
        assert_eq!(read.signer.as_deref(), Some("Đào Thị Hồng Nhung"));
    }

    #[test]
    fn nothing_is_invented() {
        assert_eq!(read("Bản tin nông thôn mới\nCầu treo khánh thành ngày 14 tháng 8 năm 2025."), None);
        let invitation = read("GIẤY MỜI\nDự hội nghị tổng kết").unwrap();
        assert_eq!(invitation, Document { kind: Some("Giấy mời".to_owned()), ..Document::default() });
        // A number in a sentence belongs to another document.
        assert_eq!(read("Căn cứ Quyết định số 12/QĐ-UBND ngày 01 tháng 3 năm 2024 của tỉnh"), None);
    }
}

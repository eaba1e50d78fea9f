//! Reads the last lines of an article: who wrote it, and where it was taken from.

use std::sync::LazyLock;

use foldhash::HashSet;
use regex::Regex;

use crate::extract::lines::MAX_LINE;
use crate::extract::lines::bare;
use crate::extract::lines::names;
use crate::text::vietnamese::fold;
use crate::text::vietnamese::fold_ascii;

/// The content of a short last line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signature {
    /// Whether it is a source line ("Theo …") and not a byline.
    pub is_source: bool,
    /// The people it names.
    pub people: Vec<String>,
    /// The outlet it names.
    pub outlet: Option<String>,
}

/// Reads a line like those at the end of an article.
///
/// ```
/// use tintinh::extract::lines::last;
/// let line = last::read("Minh Trang (TTXVN)").unwrap();
/// assert_eq!((line.people, line.outlet.as_deref()), (vec!["Minh Trang".to_owned()], Some("TTXVN")));
/// assert_eq!(last::read("Theo đó, mức hỗ trợ sẽ tăng."), None);
/// ```
pub fn read(text: &str) -> Option<Signature> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_LINE || text.ends_with(['?', '!', ':']) {
        return None;
    }
    source(text).or_else(|| byline(text))
}

/// Reads a line that the markup marks as the author or the source. There, an office may sign as well as a person.
pub fn read_named(text: &str, is_source: bool) -> Option<Signature> {
    let name = bare(text);
    let fits = names::begins_high(name) && !name.contains(['?', '!', ':']) && !name.contains(". ");
    let named = || {
        let people = names::people(name).filter(|people| !is_source && !people.is_empty());
        let outlet = people.is_none().then(|| name.to_owned());
        Signature { is_source, people: people.unwrap_or_default(), outlet }
    };
    read(text).or_else(|| (fits && text.chars().count() <= MAX_LINE).then(named))
}

/// Whether a line names the author in the words of content systems: "Viết bởi Lan Chi".
pub(in crate::extract) fn is_system_byline(text: &str) -> bool {
    let name = without_preposition(text);
    name != text.trim() && read_named(name, false).is_some_and(|read| !read.people.is_empty())
}

/// Removes the words before a name: "bởi Lan Chi", "Viết bởi: Lan Chi" → "Lan Chi".
pub(in crate::extract) fn without_preposition(text: &str) -> &str {
    const WORDS: &[&str] = &["Viết bởi", "Đăng bởi", "Bởi", "bởi", "By", "by"];
    let rest = WORDS.iter().find_map(|word| text.trim().strip_prefix(word)).filter(|rest| rest.starts_with([' ', ':']));
    rest.map_or(text, |rest| rest.trim_start_matches([' ', ':']))
        .trim_end_matches([' ', '-', '–', '|', '•', ','])
        .trim()
}

/// Whether the first words show that a line is a byline ("Tin, ảnh: …", "Tác giả: …"), whoever it names.
pub fn begins_byline(text: &str) -> bool {
    byline_of_works(bare(text)).is_some()
}

// --- source lines ---

fn source(text: &str) -> Option<Signature> {
    static SOURCE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^(nguồn(?:\s+(?:tin|bài|ảnh|trích|theo))?(?:\s+từ)?\s*[:.]?\s+|nguồn(?:\s+(?:tin|bài))?(?:\s+từ)?\s*:\s*|trích\s+(?:từ\s+)?(?:nguồn\s*)?:\s*|tổng hợp\s+(?:từ\s+)?|theo\s*:\s*|theo\s+)(.+)$").expect("a constant pattern")
    });
    let whole = bare(text);
    if names::is_outlet_alone(whole) {
        return Some(Signature { is_source: true, outlet: Some(whole.to_owned()), ..Signature::default() });
    }
    let captures = SOURCE.captures(whole)?;
    let word = fold(captures.get(1)?.as_str());
    let rest = bare(captures.get(2)?.as_str());
    if word.starts_with("tổng hợp") && !text.starts_with('(') {
        return None;
    }
    let by_theo = word.starts_with("theo");
    if by_theo && names::has_family_name(rest) && names::is_person(rest) {
        return Some(Signature { is_source: true, people: vec![rest.to_owned()], outlet: None });
    }
    if let Some((person, outlet)) = in_brackets(rest).filter(|(person, _)| by_theo && !person.is_empty()) {
        return Some(Signature { is_source: true, people: vec![person.to_owned()], outlet: Some(outlet.to_owned()) });
    }
    let lowered = rest.chars().next().is_some_and(char::is_lowercase);
    let fits = if by_theo { names::is_outlet(rest) } else { is_named_source(rest, text) };
    // "Nguồn nước sạch …" is a sentence.
    let sentence =
        !by_theo && lowered && !names::is_host(rest) && !fold(whole).starts_with("nguồn:") && !names::is_outlet(rest);
    (fits && !sentence).then(|| Signature { is_source: true, outlet: Some(rest.to_owned()), ..Signature::default() })
}

fn is_named_source(rest: &str, line: &str) -> bool {
    let words = rest.split_whitespace().count();
    words <= 14
        && !rest.contains(':')
        && (!line.trim_end().ends_with('.') || words <= 8)
        && rest.chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_alphanumeric())
        || names::is_outlet(rest)
}

/// "QV (TTXVN)" → "QV", "TTXVN".
fn in_brackets(text: &str) -> Option<(&str, &str)> {
    let (before, inside) = text.trim_end_matches('.').strip_suffix(')')?.rsplit_once('(')?;
    Some((before.trim(), inside.trim()))
}

// --- bylines ---

fn byline(text: &str) -> Option<Signature> {
    let whole = bare(text);
    byline_of_works(whole).or_else(|| byline_of_verb(whole)).or_else(|| byline_of_names(text.trim()))
}

/// "Tin, ảnh: …", "Bài và ảnh …", "Tác giả: …", "T/h: …", "Phóng sự ảnh của …". Typing errors in the punctuation are tolerated.
fn byline_of_works(text: &str) -> Option<Signature> {
    static WORKS: LazyLock<Regex> = LazyLock::new(|| {
        let work = r"(?:tin|bai viet|bai|anh|hinh anh|hinh|video|clip|do hoa|phong su anh|phong su)";
        let works = format!(r"{work}(?:\s*(?:,|va|&|-|–|/|\+)?\s*{work})*");
        let roles = r"(?:tac gia(?: bai viet)?|nguoi viet|thuc hien|bien tap|tong hop|bien soan|t/h|th|suu tam|nguoi dua tin|phong vien|nguoi dang)";
        Regex::new(&format!(r"^(?:(?P<works>{works})\s*(?P<mark>:|cua\s|\s)|(?P<roles>{roles})\s*:)\s*(?P<rest>.+)$"))
            .expect("a constant pattern")
    });
    let folded = fold_ascii(text);
    // Folding composed text keeps its number of characters, so positions in both texts agree.
    let captures = WORKS.captures(&folded)?;
    let rest_at = folded.get(..captures.name("rest")?.start())?.chars().count();
    let rest = text.char_indices().nth(rest_at).and_then(|(at, _)| text.get(at..))?.trim();
    let (rest, outlet) = match in_brackets(rest) {
        Some((before, inside)) if !before.is_empty() => (before, Some(inside.to_owned())),
        _ => (rest, None),
    };
    let marked = captures.name("roles").is_some() || captures.name("mark").is_some_and(|mark| mark.as_str() == ":");
    let several =
        captures.name("works").is_some_and(|works| works.as_str().trim().contains([' ', ',', '/', '&', '+', '-']));
    let people = names::people(rest);
    match people {
        Some(people) if marked || several || is_list_of_names(rest) => {
            Some(Signature { is_source: false, people, outlet })
        }
        // "Tin, ảnh: Văn phòng UBND huyện" is signed by an office.
        None if marked
            && (several || captures.name("roles").is_some())
            && names::begins_high(rest)
            && rest.split_whitespace().count() <= 8
            && !rest.contains(['.', '?', '!', '%']) =>
        {
            Some(Signature { is_source: false, people: Vec::new(), outlet: outlet.or_else(|| Some(rest.to_owned())) })
        }
        _ => None,
    }
}

/// Whether a text is a list of at least two names, which may follow a bare "Tin".
fn is_list_of_names(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['–', ',', '-', '&']).map(str::trim).collect();
    parts.len() >= 2 && parts.iter().all(|part| names::is_person(part))
}

/// "Lê Tùng (ghi)", "XUÂN LONG thực hiện", "An Bình Tổng hợp", "(Tổng hợp)".
fn byline_of_verb(text: &str) -> Option<Signature> {
    const VERBS: &[&str] = &[
        "ghi",
        "tổng hợp",
        "dịch",
        "lược dịch",
        "biên dịch",
        "thực hiện",
        "sưu tầm",
        "st",
        "lược ghi",
        "biên soạn",
        "phản hồi",
        "t/h",
        "th",
    ];
    /// The verbs with their keys.
    static KEYS: LazyLock<Vec<(&str, String)>> =
        LazyLock::new(|| VERBS.iter().map(|verb| (*verb, fold(verb))).collect());
    let folded = fold(text);
    let is_verb = |text: &str| KEYS.iter().any(|(_, key)| key == text);
    if is_verb(&folded) {
        return Some(Signature::default());
    }
    let (name, verb) = if let Some((before, inside)) = in_brackets(text) {
        (before, fold(inside))
    } else {
        let ends = |key: &str| folded.strip_suffix(key).is_some_and(|before| before.ends_with(' '));
        let (verb, key) = KEYS.iter().find(|(_, key)| ends(key))?;
        let at = text.char_indices().rev().nth(verb.chars().count() - 1).map(|(at, _)| at)?;
        (text.get(..at)?.trim(), key.clone())
    };
    let people = names::people(name).filter(|people| !people.is_empty())?;
    is_verb(&verb).then_some(Signature { is_source: false, people, outlet: None })
}

/// Bare names: "Ngô Tấm – Khánh Hiền", "Minh Trang (TTXVN)", "Hà Thu (theo CNBC)", "Phan Yến Theo BBC", "Nhóm PV / VOV Online".
fn byline_of_names(text: &str) -> Option<Signature> {
    let text =
        text.trim_start_matches(['-', '*', ' ']).trim_end_matches(|c: char| c.is_ascii_digit() || c.is_whitespace());
    let (text, theo) = split_theo(text);
    let (text, inside) = match in_brackets(text) {
        Some((before, inside)) if !before.is_empty() => (before, Some(inside)),
        _ => (text, None),
    };
    let (text, slashed) = match text.split_once('/').or_else(|| split_station(text)) {
        Some((before, after)) => (before.trim(), Some(after.trim())),
        None => (text, None),
    };
    let slashed = slashed.filter(|outlet| !outlet.is_empty());
    let inside = inside
        .map(|inside| inside.trim_start_matches("Theo ").trim_start_matches("theo ").trim_start_matches("Theo: "));
    let outlets: Vec<&str> = slashed.into_iter().chain(inside).chain(theo).collect();
    let outlet = (!outlets.is_empty()).then(|| outlets.join("; "));
    let folded = fold(text);
    for group in ["nhóm phóng viên", "nhóm pv", "ban thời sự", "ban biên tập", "bbt", "phòng viên", "pv", "ctv", "btv"]
    {
        let Some(rest) = folded.strip_prefix(&fold(group)) else { continue };
        if rest.is_empty() {
            return Some(Signature { is_source: false, people: Vec::new(), outlet });
        }
        if rest.starts_with(' ') && group.starts_with("nhóm") {
            let named = text
                .char_indices()
                .nth(group.chars().count())
                .and_then(|(at, _)| text.get(at..))
                .map(|rest| rest.trim().to_owned());
            return Some(Signature { is_source: false, people: Vec::new(), outlet: outlet.or(named) });
        }
    }
    let people = names::people(text).filter(|people| !people.is_empty())?;
    let backed = outlet.is_some() || people.len() >= 2;
    let one = people.first().is_some_and(|name| is_plain_name(name));
    (backed || one).then_some(Signature { is_source: false, people, outlet })
}

/// "Vương Hợp – ĐTT." → "Vương Hợp", "ĐTT". An acronym is a station or a paper; an office is recognized by its words.
fn split_station(text: &str) -> Option<(&str, &str)> {
    let (before, after) = text.rsplit_once(['–', '-', '—'])?;
    let station = after.trim().trim_end_matches('.');
    (names::is_acronym(station) || names::is_office(station)).then_some((before, station))
}

/// "Phan Yến Theo BBC" → "Phan Yến", "BBC".
fn split_theo(text: &str) -> (&str, Option<&str>) {
    match text.split_once(" Theo ").or_else(|| text.split_once(" theo ")) {
        Some((before, after)) if !after.contains(' ') || names::begins_high(after) => {
            (before.trim(), Some(after.trim()))
        }
        _ => (text, None),
    }
}

/// Whether a name without anything beside it looks like a person's: two to four words, not a title or an office ("Sở Tư Pháp", "Phó ban").
fn is_plain_name(name: &str) -> bool {
    const NO_NAMES: &[&str] = &[
        "sở",
        "phó",
        "trưởng",
        "bộ",
        "ủy",
        "ủy ban",
        "chủ",
        "giám",
        "thứ",
        "hội",
        "đoàn",
        "đảng",
        "văn phòng",
        "tin",
        "người",
        "vui",
        "xem",
        "phụ",
        "thông",
        "quyết",
        "kế",
        "ảnh",
        "phòng",
        "trung",
        "khu",
        "xã",
        "huyện",
        "tỉnh",
        "thị",
    ];
    static KEYS: LazyLock<HashSet<String>> = LazyLock::new(|| NO_NAMES.iter().map(|word| fold(word)).collect());
    let words: Vec<&str> = name.split_whitespace().collect();
    let first = words.first().map(|word| fold(word)).unwrap_or_default();
    let initials = words.iter().all(|word| word.ends_with('.') || word.chars().count() == 1);
    ((2..=4).contains(&words.len()) || initials && words.len() >= 2) && !KEYS.contains(&first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_line_may_say_from() {
        for line in
            ["Nguồn tin từ: Đài phát thanh huyện", "Nguồn tin từ Báo Lâm Viên", "Nguồn: Lâm Viên Online<o:p></o:p>"]
        {
            let read = read(line).filter(|read| read.is_source);
            assert!(read.is_some_and(|read| read.outlet.is_some_and(|outlet| !outlet.contains(['<', ':']))), "{line}");
        }
        assert_eq!(read("Nguồn tin từ cơ sở cho thấy mực nước đang lên nhanh."), None);
    }

    #[test]
    fn a_station_signs_behind_a_name() {
        let line = read("Thế Vinh – ĐPT.").unwrap();
        assert_eq!((line.people, line.outlet.as_deref()), (vec!["Thế Vinh".to_owned()], Some("ĐPT")));
        let line = read("Lệ Hằng - Phòng VHTT").unwrap();
        assert_eq!((line.people, line.outlet.as_deref()), (vec!["Lệ Hằng".to_owned()], Some("Phòng VHTT")));
        assert_eq!(read("Tiến độ – KHCN"), None);
    }

    #[test]
    fn an_office_signs_where_the_markup_says_so() {
        assert_eq!(read("Văn phòng HĐND - UBND xã Đồi Sim"), None);
        let named = read_named("Văn phòng HĐND - UBND xã Đồi Sim", false).unwrap();
        assert_eq!((named.is_source, named.people.len()), (false, 0));
        assert_eq!(read_named("Lê Thảo Nhi", false).unwrap().people, ["Lê Thảo Nhi"]);
        assert!(read_named("Tạp chí Rừng và Biển", true).unwrap().is_source);
        assert_eq!(read_named("bài cùng người viết", false), None);
    }
}

//! Names of people and of outlets in short lines.

use std::sync::LazyLock;

use foldhash::HashSet;

use crate::text::vietnamese::fold;
use crate::text::vietnamese::fold_ascii;
use crate::url::PageUrl;

/// Words at the beginning of outlets' names.
const OUTLET_HEADS: &[&str] = &[
    "báo",
    "cổng",
    "trang",
    "website",
    "web",
    "đài",
    "tạp chí",
    "bản tin",
    "hệ thống",
    "kênh",
    "truyền hình",
    "trung tâm",
    "thông tấn",
    "cục",
    "bộ",
    "sở",
    "ubnd",
];

/// First words of offices' names. None of them is a family name.
const OFFICE_HEADS: &[&str] = &[
    "ban",
    "phòng",
    "văn phòng",
    "hội",
    "huyện",
    "tỉnh",
    "xã",
    "ủy ban",
    "công an",
    "liên đoàn",
    "thành phố",
    "chi cục",
];

/// Words inside outlets' names.
const OUTLET_WORDS: &[&str] = &[
    "online",
    "điện tử",
    "news",
    "times",
    "post",
    "press",
    "daily",
    "tv",
    "net",
    "vov",
    "vtv",
    "ttxvn",
    "tin tức",
    "thời báo",
    "phát thanh",
];

/// Agencies that sign with only their name.
const AGENCIES: &[&str] = &[
    "ttxvn",
    "vov",
    "vtv",
    "vtc",
    "vietnam +",
    "vietnam+",
    "vietnamplus",
    "vnexpress",
    "vne",
    "afp",
    "ap",
    "reuters",
    "bbc",
    "cnn",
    "rfi",
    "rfa",
    "voa",
    "xinhua",
    "tân hoa xã",
    "tass",
    "sputnik",
    "yonhap",
    "kyodo",
    "nhân dân",
    "ndđt",
    "qđnd",
    "antđ",
    "hnm",
    "hnmo",
    "sggp",
    "ttxvn/tin tức",
    "tin tức",
    "chinhphu.vn",
    "baochinhphu.vn",
    "dân trí",
    "vietnamnet",
    "tuổi trẻ",
    "thanh niên",
    "lao động",
    "tiền phong",
];

/// Family names. A name of two to four words that begins with one is a person's.
const FAMILY_NAMES: &[&str] = &[
    "nguyễn", "trần", "lê", "phạm", "hoàng", "huỳnh", "phan", "vũ", "võ", "đặng", "bùi", "đỗ", "hồ", "ngô", "dương",
    "lý", "đinh", "đoàn", "trịnh", "trương", "mai", "tô", "hà", "cao", "lương", "lưu", "tạ", "thái", "châu", "đào",
    "tống", "vương", "quách", "kiều", "nông", "lò", "giàng", "vàng", "hầu", "thào", "sùng", "hoa", "khúc", "từ", "văn",
    "la", "bế", "lục", "ma", "triệu", "chu", "cù", "đàm", "bạch", "chử", "cầm", "doãn", "giáp", "hứa", "khổng", "lâm",
    "lại", "lã", "lường", "lữ", "mạc", "nghiêm", "phùng", "quàng", "sầm", "thạch", "thân", "tòng", "tôn", "tăng",
    "ung", "viên", "vừ", "điêu",
];

/// Words for people's roles. They are never part of a name.
pub(super) const ROLES: &[&str] = &[
    "pv",
    "ctv",
    "btv",
    "phóng viên",
    "cộng tác viên",
    "biên tập viên",
    "nhóm",
    "nhóm pv",
    "nhóm phóng viên",
    "ban",
    "bbt",
    "ban biên tập",
    "phòng",
    "tổ",
    "admin",
    "administrator",
    "webmaster",
    "quản trị",
    "quản trị viên",
    "pt",
    "tổng hợp",
];

/// Whether a text is the name of an outlet as written after "Theo" or "Nguồn".
pub(super) fn is_outlet(text: &str) -> bool {
    let folded = fold(text);
    let words = text.split_whitespace().count();
    let sentence = text.ends_with([':', ',', '!', '?'])
        || text.contains(". ")
        || folded.starts_with("đó")
        || folded.starts_with("thống kê");
    let begins = text.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_uppercase);
    let lists = text
        .split(", ")
        .all(|part| part.chars().next().is_some_and(char::is_uppercase) && part.split_whitespace().count() <= 3);
    let comma = text.contains(", ") && !lists;
    !sentence
        && !comma
        && words <= 10
        && (is_host(text) || is_agency(&folded) || has_head(&folded) || has_word(&folded) || (begins && words <= 6))
}

/// Whether a whole line is only an outlet's name: an agency, "Báo …", a host.
pub(super) fn is_outlet_alone(text: &str) -> bool {
    let folded = fold(text);
    let words = text.split_whitespace().count();
    let paper =
        folded.starts_with("báo ") && (2..=5).contains(&words) && text.split_whitespace().skip(1).all(begins_high);
    is_host(text) || is_agency(&folded) || paper
}

/// Whether the first word shows that a name is an outlet's or an office's and not a person's.
pub(in crate::extract) fn is_office(name: &str) -> bool {
    let folded = fold(name);
    let head = |head: &str| folded.strip_prefix(head).is_some_and(|rest| rest.starts_with(' '));
    has_head(&folded) || OFFICE_HEADS.iter().any(|known| head(known))
}

fn is_agency(folded: &str) -> bool {
    static KEYS: LazyLock<Vec<String>> = LazyLock::new(|| AGENCIES.iter().map(|name| fold(name)).collect());
    KEYS.iter().any(|agency| agency == folded)
}

fn has_head(folded: &str) -> bool {
    static KEYS: LazyLock<Vec<String>> =
        LazyLock::new(|| OUTLET_HEADS.iter().map(|head| format!("{} ", fold(head))).collect());
    KEYS.iter().any(|head| folded.starts_with(head.as_str()))
}

fn has_word(folded: &str) -> bool {
    static KEYS: LazyLock<Vec<String>> =
        LazyLock::new(|| OUTLET_WORDS.iter().map(|word| format!(" {} ", fold(word))).collect());
    let padded = format!(" {folded} ");
    KEYS.iter().any(|word| padded.contains(word.as_str()))
}

/// Whether a text is a host: `chinhphu.vn`, `http://baodaknong.org.vn/`, but not `thethao 247`.
pub(super) fn is_host(text: &str) -> bool {
    if text.contains(char::is_whitespace) {
        return false;
    }
    let letters = |part: &str| part.len() >= 2 && part.chars().all(|c| c.is_ascii_alphabetic());
    PageUrl::parse(text).is_ok()
        || text
            .rsplit_once('.')
            .is_some_and(|(before, last)| before.len() >= 2 && letters(last) && last.len() <= 4 && before.is_ascii())
}

/// Returns the people in a list of names. None if some part is not a name. Roles ("PV", "CTV") are removed and name nobody.
pub(super) fn people(text: &str) -> Option<Vec<String>> {
    let mut people = Vec::new();
    for part in text
        .replace(" và ", ",")
        .split([',', ';', '–', '&', '/'])
        .flat_map(|part| part.split(" - "))
        .flat_map(|part| part.split("- "))
    {
        let part = part.trim().trim_end_matches('.');
        if part.is_empty() {
            continue;
        }
        let name = without_role(part);
        if name.is_empty() {
            continue;
        }
        if !is_person(name) {
            return None;
        }
        // "V. T." keeps its last period.
        let initials = text.trim().ends_with(&format!("{name}."))
            && name.ends_with(|c: char| c.is_uppercase())
            && name.contains('.');
        people.push(if initials { format!("{name}.") } else { name.to_owned() });
    }
    Some(people)
}

/// Removes a role from the beginning of a name: "CTV Cường Trần" → "Cường Trần", "PV" → nothing.
pub(super) fn without_role(text: &str) -> &str {
    /// The keys of the roles with their lengths in characters, the longest first.
    static KEYS: LazyLock<Vec<(String, usize)>> = LazyLock::new(|| {
        let mut keys: Vec<(String, usize)> = ROLES.iter().map(|role| (fold(role), role.chars().count())).collect();
        keys.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
        keys
    });
    let folded = fold(text);
    let is_role = |key: &str| folded.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    let Some((_, length)) = KEYS.iter().find(|(key, _)| is_role(key)) else { return text };
    let at = text.char_indices().nth(*length).map_or(text.len(), |(at, _)| at);
    text.get(at..).unwrap_or_default().trim_start()
}

/// Whether a text is a person's name: one to five capitalized words without digits, no acronym and no word of an outlet.
pub(super) fn is_person(name: &str) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    let folded = fold(name);
    let mut before_single = false;
    let named = words.iter().all(|word| {
        // "K hánh": one space too many.
        let fits = begins_high(word) || before_single;
        before_single = word.chars().count() == 1;
        fits
    });
    let signs = name.contains(['?', '!', ':', '"', '“', '(', ')', '%']) || name.chars().any(|c| c.is_ascii_digit());
    (1..=5).contains(&words.len())
        && name.chars().count() <= 40
        && named
        && !signs
        && !has_head(&folded)
        && !has_word(&folded)
        && !words.iter().any(|word| is_acronym(word))
}

/// Whether a name begins with a family name. No outlet's name does.
pub(in crate::extract) fn has_family_name(name: &str) -> bool {
    static KEYS: LazyLock<HashSet<String>> = LazyLock::new(|| FAMILY_NAMES.iter().map(|family| fold(family)).collect());
    let mut words = name.split_whitespace();
    let Some(first) = words.next() else { return false };
    (1..=3).contains(&words.take(4).count()) && KEYS.contains(&fold(first))
}

/// Whether a word is an acronym without vowels: "TCD", "TTXVN". Initials have periods.
pub(super) fn is_acronym(word: &str) -> bool {
    let vowel = |c: char| matches!(fold_ascii(&c.to_string()).as_str(), "a" | "e" | "i" | "o" | "u" | "y");
    word.chars().count() >= 3 && word.chars().all(char::is_uppercase) && !word.chars().any(vowel)
}

pub(super) fn begins_high(word: &str) -> bool {
    word.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_uppercase)
}

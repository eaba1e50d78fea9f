//! Authors' names in bylines: splits them, removes roles, and recognizes texts that are not names.

use crate::extract::authors::asides::is_weekday;
use crate::extract::lines::names;
use crate::extract::title::letters;
use crate::text::unicode;
use crate::text::vietnamese::fold_ascii;

/// Names that are not people's: accounts that content systems create, desks, and placeholders for an empty field. Each is the author of pages of
/// at least two unrelated sites, or is the wording of public software for an account or an empty field.
const NOBODY: &[&str] = &[
    "admin",
    "administrator",
    "webmaster",
    "editor",
    "editors",
    "staff",
    "staffwriter",
    "newsdesk",
    "redaktion",
    "redaction",
    "redaccion",
    "author",
    "team",
    "press",
    "user",
    "root",
    "bbt",
    "banbientap",
    "pv",
    "ctv",
    "btv",
    "phongvien",
    "tonghop",
    "quantri",
    "quantritrang",
    "anonymous",
    "unknown",
    "contributor",
    "blog",
    "news",
    "nachrichten",
    "noticias",
    "actualites",
    "agencies",
    "agency",
    "jobs",
    "home",
    "magazine",
    "online",
    "editorialteam",
    "noauthor",
    "unknownauthor",
    "authorunknown",
    "none",
    "null",
    "undefined",
    "default",
    "test",
    "na",
    "superuser",
    "superadmin",
    "siteadmin",
    "khongcotacgia",
    "khongtacgia",
    "chuacotacgia",
    "khongro",
    "khongten",
    "andanh",
    "khuyetdanh",
    "dangcapnhat",
    "chuacapnhat",
    "quantrivien",
];

/// Words after a name that are not part of it: degrees, and suffixes that distinguish a son from his father.
const AFFIXES: &[&str] = &[
    "phd", "dphil", "md", "mba", "msc", "dds", "rn", "esq", "jr", "sr", "ii", "iii", "ths", "ncs", "pgs", "gsts",
    "pgsts",
];

/// Words that name an organization, not a person.
const OF_A_HOUSE: &[&str] = &[
    "the",
    "news",
    "post",
    "times",
    "daily",
    "gazette",
    "journal",
    "tribune",
    "herald",
    "magazine",
    "media",
    "press",
    "blog",
    "tv",
    "radio",
    "group",
    "house",
    "online",
    "network",
    "review",
    "report",
    "today",
    "team",
    "bao",
    "dai",
    "trang",
    "cong",
    "so",
    "uy",
    "ban",
    "phong",
    "xa",
    "huyen",
    "tinh",
    "tap",
    "kenh",
    "website",
    "foundation",
    "clinic",
    "institute",
    "university",
    "association",
    "society",
    "council",
    "center",
    "centre",
    "museum",
    "college",
    "hospital",
    "academy",
    "bank",
    "company",
    "inc",
    "llc",
    "ltd",
    "gmbh",
    "ag",
    "verlag",
    "verein",
    "club",
    "books",
    "staff",
    "editors",
    "solutions",
    "services",
    "agency",
    "zeitung",
    "anzeiger",
    "tageblatt",
    "nachrichten",
    "agentur",
    "nachrichtenagentur",
    "redaktion",
];

/// Splits a byline into names: "By Jane Roe and John Doe, AP" → "Jane Roe", "John Doe", "AP".
pub(super) fn split(byline: &str) -> Vec<String> {
    const LEADS: &[&str] = &[
        "by",
        "posted by",
        // Blogger's wording in its languages.
        "eingestellt von",
        "publié par",
        "publicado por",
        "pubblicato da",
        "gepost door",
        "geplaatst door",
        "diposting oleh",
        "von",
        "par",
        "por",
        "di",
        "door",
        "af",
        "av",
        "text",
        "words by",
        "written by",
        "story by",
        "author",
        "tác giả",
        "nhóm phóng viên",
        "phóng viên",
        "biên tập viên",
        "cộng tác viên",
        "nhà báo",
        "nhóm pv",
        "pv",
        "btv",
        "ctv",
        "theo",
        "bài",
        "tin",
        "oleh",
        "viết bởi",
        "đăng bởi",
        "được đăng bởi",
        "bởi",
        "autorin/autor",
        "autorin",
        "autoren",
        "autor",
        "auteur",
        "interview",
        "thực hiện",
    ];
    const JOINTS: &[&str] = &[
        " and ", " und ", " et ", " y ", " và ", " e ", " en ", " og ", " och ", " oraz ", " dan ", " & ", ";", ",",
        "|", " with ", "/", "\n", " – ", " - ", " • ", " · ",
    ];
    let mut rest = unicode::clean(byline);
    for lead in LEADS {
        let lower = rest.to_lowercase();
        if let Some(after) = lower.strip_prefix(lead)
            && after.starts_with([' ', ':'])
        {
            let at = rest.char_indices().nth(lead.chars().count()).map_or(rest.len(), |(at, _)| at);
            let tail = rest.split_off(at);
            rest = String::from(tail.trim_start_matches([' ', ':']));
        }
    }
    if let Some((last, first)) =
        rest.split_once(", ").filter(|(last, first)| !last.contains(' ') && !first.contains([' ', ',']))
    {
        // Libraries put the family name first: "Roe, Jane".
        return vec![format!("{first} {last}")];
    }
    let mut parts = vec![rest];
    for joint in JOINTS {
        parts = parts.into_iter().flat_map(|part| part.split(joint).map(str::to_owned).collect::<Vec<_>>()).collect();
    }
    parts
        .into_iter()
        .map(|part| part.trim_matches(SIGNS).to_owned())
        .filter(|part| !part.is_empty() && !is_weekday(part))
        .collect()
}

/// Characters between a name and the removed text after it.
const SIGNS: &[char] = &[' ', '•', '·', '|', '-', '–', ','];

/// Words for roles, and words of the page around a byline.
const ROLES: &[&str] = &[
    "written",
    "by",
    "reporter",
    "writer",
    "editor",
    "staff",
    "correspondent",
    "blogger",
    "contributor",
    "contributing",
    "columnist",
    "producer",
    "team",
    "agency",
    "agencies",
    "desk",
    "newsroom",
    "redaktion",
    "redakteur",
    "twitter",
    "facebook",
    "follow",
    "posted",
    "published",
    "updated",
    "publiziert",
    "veröffentlicht",
    "aktualisiert",
    "author",
    "about",
    "jobs",
    "hire",
    "politik",
    "news",
    "culture",
    "tech",
    "senior",
    "chief",
    "analyst",
    "photographer",
    "foto",
    "photo",
    "image",
    "bild",
    "ảnh",
    "tin",
    "bài",
    "love",
    "more",
    "read",
    "share",
    "view",
    "all",
    "posts",
    "articles",
    "profile",
    "email",
    "contact",
    "bio",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "admin",
    "guest",
    "special",
    "associated",
    "press",
    "online",
    "기자",
    "특파원",
    "記者",
    "投稿者",
    "著者",
    "作者",
    "編集部",
    "记者",
];

/// Removes the role after a name: "Jane Roe Tech Reporter" → "Jane Roe".
pub(super) fn without_role(name: &str) -> &str {
    let mut rest = name;
    // A group without a named member is not a person: "The Harbour Team".
    if rest.rsplit(' ').next().is_some_and(is_group) {
        return rest;
    }
    while let Some((before, last)) = rest.rsplit_once(' ').filter(|(_, last)| is_role(last)) {
        let _ = last;
        rest = before.trim_end();
    }
    rest
}

/// Words for groups that sign together. A person among them has a name before the word "editor".
fn is_group(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    matches!(word.as_str(), "team" | "staff" | "editors" | "desk" | "newsroom" | "agencies" | "redaktion" | "press")
}

fn is_role(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    ROLES.contains(&word.as_str())
}

/// Whether a text can be a name at all: one to six words, no digits, no address, and not one of the outlet's names.
pub(super) fn is_name(name: &str, organizations: &[String]) -> bool {
    let key = letters(name);
    let words = name.split_whitespace().count();
    let address = name.contains("http")
        || name.contains('@')
        || name.contains(".com")
        || name.contains("www.")
        || name.contains('/')
        || name.split_whitespace().any(is_host);
    let outlet = |organization: &String| {
        !organization.is_empty()
            && (*organization == key
                || (key.len() > 4 && organization.contains(&key))
                || (organization.len() > 4 && key.contains(organization.as_str()) && !is_of_a_person(name)))
    };
    (1..=6).contains(&words)
        && name.chars().count() >= 3
        && !address
        && !name.chars().any(|c| c.is_ascii_digit())
        && !is_user_name(name)
        && !names::is_office(name)
        && !name.rsplit(' ').next().is_some_and(|last| matches!(last.to_lowercase().as_str(), "admin" | "webmaster"))
        && !(name.starts_with(char::is_lowercase) && name.contains(char::is_uppercase) && !is_person(name))
        && !NOBODY.contains(&fold_ascii(&key).as_str())
        && !is_account(name)
        && !is_weekday(name)
        && !AFFIXES.contains(&key.as_str())
        && !organizations.iter().any(outlet)
}

/// "Default Author", "Staff Writer": only words that name nobody. An agency signs as "Associated Press".
fn is_account(name: &str) -> bool {
    let is_nobody = |word: &str| word != "press" && NOBODY.contains(&word);
    let folded = fold_ascii(name);
    folded.split_whitespace().any(is_nobody) && folded.split_whitespace().all(|word| is_nobody(word) || is_role(word))
}

/// "songnuoc.example": the name of a site.
fn is_host(word: &str) -> bool {
    let is_top = |top: &str| (2..=4).contains(&top.len()) && top.bytes().all(|byte| byte.is_ascii_lowercase());
    word.rsplit_once('.').is_some_and(|(before, top)| before.chars().count() > 2 && is_top(top))
}

/// Whether a name ends with a legal form of companies, possibly followed by its seat.
pub(super) fn is_firm(name: &str) -> bool {
    let last = name.rsplit(' ').next().map(letters).unwrap_or_default();
    matches!(last.as_str(), "gmbh" | "ag" | "kg" | "inc" | "llc" | "ltd" | "pc" | "corp" | "ev" | "plc" | "sarl")
        || name.ends_with("e. V.")
        || name.split(' ').any(|word| word == "für")
}

/// Whether a word of a name shows that it is an organization's.
pub(super) fn is_of_a_house(name: &str) -> bool {
    let folded = fold_ascii(name);
    let words = || folded.split_whitespace();
    words().count() > 1 && (words().any(|word| OF_A_HOUSE.contains(&word)) || words().any(is_group))
}

/// "lesothotimez", "megan-leanda-berry": login names. Agencies sign with a few lowercase letters ("dpa").
fn is_user_name(name: &str) -> bool {
    !name.contains(' ')
        && name.chars().count() > 4
        && name.chars().all(|c| c.is_lowercase() || matches!(c, '-' | '_' | '.'))
}

/// Whether a printed text looks like a person's name: two to five capitalized words, none of them a word found around bylines. A single word is as
/// often a section or a weekday.
pub(super) fn is_person(name: &str) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    let capital =
        |word: &&str| word.chars().find(|c| c.is_alphabetic()).is_some_and(|c| c.is_uppercase() || !c.is_lowercase());
    let small = |word: &&str| {
        matches!(
            word.to_lowercase().as_str(),
            "de" | "van"
                | "von"
                | "der"
                | "den"
                | "da"
                | "di"
                | "la"
                | "le"
                | "al"
                | "bin"
                | "del"
                | "dos"
                | "du"
                | "ten"
                | "ter"
                | "el"
                | "y"
        )
    };
    // Chinese and Korean names have no spaces: 윤가람, 王小明.
    let dense = words.len() == 1
        && name.chars().all(|c| unicode::is_dense(c) || ('가'..='힣').contains(&c))
        && (2..=5).contains(&name.chars().count());
    (dense || (2..=5).contains(&words.len()))
        && !name.contains(['(', '?', '!', ':'])
        && !words.iter().any(|word| is_role(word))
        && words.iter().all(|word| capital(word) || small(word))
        // "Eingestellt von" precedes its name.
        && words.last().is_none_or(capital)
}

/// Whether no word of a name is an organization's. Then a site of this name belongs to its writer.
pub(super) fn is_of_a_person(name: &str) -> bool {
    let folded = fold_ascii(name);
    is_person(name) && !folded.split_whitespace().any(|word| OF_A_HOUSE.contains(&word))
}

/// Whether a one-word name can be a pen name, if the page says that its author has it: it is capitalized or in a script without case.
pub(super) fn is_pen_name(name: &str) -> bool {
    let alone = !name.contains(char::is_whitespace)
        && name.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’' | '.'));
    alone && !is_role(name) && name.chars().next().is_some_and(|c| !c.is_lowercase())
}

//! Who wrote it, where the page names a person: machine-readable authors, a byline near the headline. Better nobody than the publisher.

use std::collections::HashSet;

use scraper::ElementRef;

use crate::extract::lines::names;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;
use crate::extract::structured;
use crate::extract::structured::About;
use crate::extract::structured::Said;
use crate::extract::title::letters;
use crate::text::unicode;
use crate::url::PageUrl;

/// Characters of a byline at most.
const MAX_BYLINE: usize = 120;

/// Nodes of an element that is a byline at most.
const MAX_BYLINE_NODES: usize = 200;

/// Names that a page gives to machines and that are looked at.
const MAX_NAMES: usize = 100;

/// Names that are nobody's.
const NOBODY: &[&str] = &[
    "admin",
    "administrator",
    "webmaster",
    "editor",
    "editors",
    "staff",
    "staffwriter",
    "staffreporter",
    "newsdesk",
    "redaktion",
    "redaktionsteam",
    "redaction",
    "redaccion",
    "redacao",
    "redazione",
    "author",
    "guest",
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
    "wpadmin",
    "blog",
    "news",
    "nachrichten",
    "noticias",
    "actualites",
    "notizie",
    "agencies",
    "agency",
    "jobs",
    "home",
    "magazine",
    "online",
    "editorialteam",
    "editorialstaff",
    "newsstaff",
    "webteam",
];

/// The authors that the page gives.
pub(super) fn find(outline: &Outline<'_>, said: &[Said], body: Option<(usize, usize)>, url: &PageUrl) -> Vec<String> {
    let organizations: Vec<String> = structured::all(said, About::Publisher)
        .chain(structured::all(said, About::Site))
        .map(|said| letters(&said.value))
        .chain(url.host().trim_start_matches("www.").split('.').take(1).map(letters))
        .collect();
    let origins = ["json-ld", "meta", "microdata", "dublin-core"];
    let by_machine = origins.iter().map(|origin| {
        let values = structured::all(said, About::Author).filter(|said| said.origin == *origin);
        // Microdata is read off the page as it is shown, so it is believed no more than a byline.
        let believed = |name: &String| is_name(name, &organizations) && (*origin != "microdata" || is_person(name));
        unique(values.flat_map(|said| split(&said.value)).take(MAX_NAMES).filter(believed))
    });
    let found = by_machine.into_iter().find(|names| !names.is_empty());
    found.unwrap_or_else(|| printed(outline, body, &organizations))
}

fn unique(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut known = HashSet::new();
    names.filter(|name| known.insert(letters(name))).collect()
}

/// Lines before the body in which a byline is looked for, and after it.
const NEAR: (usize, usize) = (15, 4);

/// Names near the body: in an element that is called a byline, in a link to an author's page, or in a line that begins with "By".
fn printed(outline: &Outline<'_>, body: Option<(usize, usize)>, organizations: &[String]) -> Vec<String> {
    let near = |line: usize| body.is_none_or(|(first, last)| line + NEAR.0 >= first && line <= last + NEAR.1);
    let frame = Words::COMMENT
        | Words::RELATED
        | Words::SIDE
        | Words::NAV
        | Words::FOOTER
        | Words::BIO
        | Words::TEASER
        | Words::CAPTION
        | Words::SHARE;
    let placed = || {
        let elements = outline.elements.iter().enumerate();
        elements
            .filter(|(at, element)| near(element.lines.start) && !outline.words_above(*at).any(frame))
            .map(|(_, element)| element)
    };
    let fits = |text: &String| !text.is_empty() && text.chars().nth(MAX_BYLINE).is_none();
    let persons = |text: String| {
        let names = split(&text).into_iter().map(|name| without_role(&name).to_owned());
        unique(names.filter(|name| is_person(name) && is_name(name, organizations)))
    };
    let linked = placed()
        .filter(|element| element.tag == Tag::Link && leads_to_author(element.node))
        .map(|element| spaced(element.node));
    let named = placed().filter(|element| element.words.any(Words::AUTHOR)).map(|element| spaced(element.node));
    let lines = outline
        .lines
        .iter()
        .enumerate()
        .filter(|(at, line)| near(*at) && line.words <= 8 && begins_byline(&line.text))
        .map(|(_, line)| line.text.clone());
    let first = |mut texts: Box<dyn Iterator<Item = String> + '_>| {
        texts.find_map(|text| Some(persons(text)).filter(|names| !names.is_empty()))
    };
    first(Box::new(named.filter(fits)))
        .or_else(|| first(Box::new(linked.filter(fits))))
        .or_else(|| first(Box::new(lines.filter(fits))))
        .unwrap_or_default()
}

/// `rel=author`, or the address of an author's page.
fn leads_to_author(link: ElementRef<'_>) -> bool {
    const FOLDERS: &[&str] = &[
        "/author/",
        "/authors/",
        "/autor/",
        "/autoren/",
        "/auteur/",
        "/profile/author",
        "/by/",
        "/journalist/",
        "/staff/",
        "/tac-gia/",
    ];
    let rel = link
        .attr("rel")
        .is_some_and(|rel| rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("author")));
    rel || link.attr("href").is_some_and(|href| FOLDERS.iter().any(|folder| href.contains(folder)))
}

fn begins_byline(text: &str) -> bool {
    const LEADS: &[&str] = &[
        "by ",
        "von ",
        "par ",
        "por ",
        "di ",
        "door ",
        "written by ",
        "words by ",
        "story by ",
        "tác giả",
        "autor:",
        "author:",
        "text:",
        "oleh ",
    ];
    let head: String = text.chars().take(12).flat_map(char::to_lowercase).collect();
    LEADS.iter().any(|lead| head.starts_with(lead))
}

/// The text of a small element with blanks between its pieces: themes part "By" and the name by a margin alone.
fn spaced(element: ElementRef<'_>) -> String {
    if element.descendants().nth(MAX_BYLINE_NODES).is_some() {
        return String::new();
    }
    unicode::clean(&element.text().collect::<Vec<_>>().join(" "))
}

/// Cuts a byline into names: "By Jane Roe and John Doe, AP" → "Jane Roe", "John Doe", "AP".
fn split(byline: &str) -> Vec<String> {
    const LEADS: &[&str] = &[
        "by",
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
        "theo",
        "bài",
        "tin",
        "oleh",
        "autor",
        "auteur",
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
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// Words that say what somebody is, and words of the page around a byline.
const ROLES: &[&str] = &[
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
    "admin",
    "guest",
    "special",
    "associated",
    "press",
    "online",
];

/// A name without the role after it: "Jane Roe Tech Reporter" → "Jane Roe".
fn without_role(name: &str) -> &str {
    let mut rest = name;
    while let Some((before, last)) = rest.rsplit_once(' ').filter(|(_, last)| is_role(last)) {
        let _ = last;
        rest = before.trim_end();
    }
    rest
}

fn is_role(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    ROLES.contains(&word.as_str())
}

/// Whether a text may be a name at all: one to six words, no digits, no address, and none of the outlet's names.
fn is_name(name: &str, organizations: &[String]) -> bool {
    let key = letters(name);
    let words = name.split_whitespace().count();
    let address = name.contains("http")
        || name.contains('@')
        || name.contains(".com")
        || name.contains("www.")
        || name.contains('/');
    let outlet = |organization: &String| {
        !organization.is_empty() && (*organization == key || (key.len() > 4 && organization.contains(&key)))
    };
    (1..=6).contains(&words)
        && name.chars().count() >= 3
        && !address
        && !name.chars().any(|c| c.is_ascii_digit())
        && !is_user_name(name)
        && !names::is_office(name)
        && !name.rsplit(' ').next().is_some_and(|last| matches!(last.to_lowercase().as_str(), "admin" | "webmaster"))
        && !(name.starts_with(char::is_lowercase) && name.contains(char::is_uppercase) && !is_person(name))
        && !NOBODY.contains(&fold_letters(&key).as_str())
        && !organizations.iter().any(outlet)
}

/// "lesothotimez", "megan-leanda-berry": names that somebody logs in with. Agencies sign with a few small letters ("dpa").
fn is_user_name(name: &str) -> bool {
    !name.contains(' ')
        && name.chars().count() > 4
        && name.chars().all(|c| c.is_lowercase() || matches!(c, '-' | '_' | '.'))
}

/// Whether a printed text looks like a person's name: two to five words, each with a capital, and none of the words around bylines. A
/// single word is as often a rubric or a weekday.
fn is_person(name: &str) -> bool {
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
    (2..=5).contains(&words.len())
        && !name.contains(['(', '?', '!', ':'])
        && !words.iter().any(|word| is_role(word))
        && words.iter().all(|word| capital(word) || small(word))
}

fn fold_letters(key: &str) -> String {
    crate::text::vietnamese::fold_ascii(key)
}

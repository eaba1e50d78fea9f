//! Who wrote it, where the page names a person: machine-readable authors, a byline near the headline. Better nobody than the publisher.

use crate::extract::outline::Outline;
use crate::extract::outline::vocabulary::Words;
use crate::extract::structured;
use crate::extract::structured::About;
use crate::extract::structured::Said;
use crate::extract::title::letters;
use crate::html::tree;
use crate::text::unicode;
use crate::url::PageUrl;

/// Characters of a byline at most.
const MAX_BYLINE: usize = 120;

/// Names that are nobody's.
const NOBODY: &[&str] = &[
    "admin", "administrator", "webmaster", "editor", "editors", "staff", "staffwriter", "staffreporter", "newsdesk", "redaktion", "redaktionsteam", "redaction", "redaccion", "redacao", "redazione",
    "author", "guest", "team", "press", "user", "root", "bbt", "banbientap", "pv", "ctv", "btv", "phongvien", "tonghop", "quantri", "quantritrang", "anonymous", "unknown", "contributor", "wpadmin",
    "editorialteam", "editorialstaff", "newsstaff", "webteam",
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
        names(values.flat_map(|said| split(&said.value)), &organizations)
    });
    let found = by_machine.into_iter().find(|names| !names.is_empty());
    found.unwrap_or_else(|| names(printed(outline, body), &organizations))
}

fn names(candidates: impl Iterator<Item = String>, organizations: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in candidates.filter(|name| is_person(name, organizations)) {
        if !names.iter().any(|known| letters(known) == letters(&name)) {
            names.push(name);
        }
    }
    names
}

/// Names in an element that is called a byline and stands near the body.
fn printed(outline: &Outline<'_>, body: Option<(usize, usize)>) -> impl Iterator<Item = String> {
    let near = |line: usize| body.is_none_or(|(first, last)| line + 15 >= first && line <= last + 5);
    let frame = Words::COMMENT | Words::RELATED | Words::SIDE | Words::NAV | Words::FOOTER | Words::BIO | Words::TEASER;
    let texts: Vec<String> = outline
        .elements
        .iter()
        .enumerate()
        .filter(|(at, element)| element.words.any(Words::AUTHOR) && near(element.lines.start) && !outline.words_above(*at).any(frame))
        .map(|(_, element)| tree::line(element.node))
        .filter(|text| !text.is_empty() && text.chars().nth(MAX_BYLINE).is_none())
        .take(1)
        .collect();
    texts.into_iter().flat_map(|text| split(&text))
}

/// Cuts a byline into names: "By Jane Roe and John Doe, AP" → "Jane Roe", "John Doe", "AP".
fn split(byline: &str) -> Vec<String> {
    const LEADS: &[&str] = &["by", "von", "par", "por", "di", "door", "af", "av", "text", "words by", "written by", "story by", "author", "tác giả", "theo", "bài", "tin", "oleh", "autor", "auteur"];
    const JOINTS: &[&str] = &[" and ", " und ", " et ", " y ", " và ", " e ", " en ", " & ", ";", ",", "|", " with ", "/", "\n", " – ", " - ", " • ", " · "];
    let mut rest = unicode::clean(byline);
    for lead in LEADS {
        let lower = rest.to_lowercase();
        if let Some(after) = lower.strip_prefix(lead)
            && after.starts_with([' ', ':'])
        {
            let at = rest.char_indices().nth(lead.chars().count()).map_or(rest.len(), |(at, _)| at);
            rest = rest.get(at..).unwrap_or_default().trim_start_matches([' ', ':']).to_owned();
        }
    }
    let mut parts = vec![rest];
    for joint in JOINTS {
        parts = parts.into_iter().flat_map(|part| part.split(joint).map(str::to_owned).collect::<Vec<_>>()).collect();
    }
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// Whether a text looks like a person's name: one to five words, each with a capital, no digits, and none of the outlet's names.
fn is_person(name: &str, organizations: &[String]) -> bool {
    let key = letters(name);
    let words: Vec<&str> = name.split_whitespace().collect();
    let capital = |word: &&str| word.chars().find(|c| c.is_alphabetic()).is_some_and(|c| c.is_uppercase() || !c.is_lowercase());
    let small = |word: &&str| matches!(word.to_lowercase().as_str(), "de" | "van" | "von" | "der" | "den" | "da" | "di" | "la" | "le" | "al" | "bin" | "del" | "dos" | "du" | "ten" | "ter" | "el" | "y");
    let address = name.contains("http") || name.contains('@') || name.contains(".com") || name.contains("www.");
    (1..=5).contains(&words.len())
        && name.chars().count() >= 3
        && !address
        && !name.chars().any(|c| c.is_ascii_digit())
        && !NOBODY.contains(&fold_letters(&key).as_str())
        && !organizations.iter().any(|organization| !organization.is_empty() && (*organization == key || (key.len() > 4 && organization.contains(&key))))
        && words.iter().all(|word| capital(word) || small(word))
}

fn fold_letters(key: &str) -> String {
    crate::text::vietnamese::fold_ascii(key)
}

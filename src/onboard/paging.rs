//! Recognizes from a list's links how to reach its further pages. Pure.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;
use scraper::ElementRef;

use crate::config::quoted;
use crate::html::tree;
use crate::text::vietnamese::fold_ascii;
use crate::url::PageUrl;

/// Maximum number of links of a page that are examined.
const MAX_LINKS: usize = 5_000;

/// Maximum number of ancestors of a link that may be its pager.
const PAGER_REACH: usize = 4;

/// A paging method, as the portal's file writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The value of the key `paging`.
    pub toml: String,
    /// The evidence.
    pub evidence: String,
}

static PAGE_PARAMETER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:page|p|pg|paged|trang|pageindex|page_index|pagenumber|pageno|pageid|currentpage|.*_cur)$")
        .expect("a constant pattern")
});
/// The words of pagers, folded.
static PAGE_TEXT: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^(?:(?:trang|page) (?:dau|truoc|cuoi|\d+)|(?:dau|truoc|cuoi|first|prev|previous|last)(?: page)?)$";
    Regex::new(pattern).expect("a constant pattern")
});
static PAGER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)pag(?:er|ing|inat|enav|e-nav|e_nav)|phan-?trang|phân trang").expect("a constant pattern")
});

static START_PARAMETER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)^(?:start|offset|skip|from|startrow)$").expect("a constant pattern"));
static SIZE_PARAMETER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:limit|length|size|count|take|top|rows|per_?page|page_?size)$").expect("a constant pattern")
});
static PAGE_PATH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)^(.*?/(?:page|trang|p)[-/])(\d{1,4})(/?|\.html?)$").expect("a constant pattern"));

/// Returns guesses, the most certain first. Numbered URLs come before links to the next page, because they can be requested without the pages in
/// between.
pub fn guesses(root: ElementRef<'_>, list: &PageUrl) -> Vec<Guess> {
    let links: Vec<(ElementRef<'_>, String)> = root
        .descendants()
        .filter_map(ElementRef::wrap)
        .filter(|element| matches!(element.value().name(), "a" | "link"))
        .filter_map(|element| Some((element, element.attr("href")?.to_owned())))
        .take(MAX_LINKS)
        .collect();
    let numbered = by_query(&links, list).into_iter().chain(by_path(&links, list));
    numbered.chain(by_post_back(&links)).chain(by_next_link(&links)).collect()
}

/// Finds links to the list's own path that differ in one number of the query.
fn by_query(links: &[(ElementRef<'_>, String)], list: &PageUrl) -> Option<Guess> {
    let mut numbers: HashMap<String, Vec<u32>> = HashMap::new();
    for (_, href) in links {
        let Ok(url) = list.join(href) else { continue };
        if url.host() != list.host() || !same_path(&url, list) {
            continue;
        }
        for (name, value) in url.as_url().query_pairs() {
            if let Ok(number) = value.parse::<u32>()
                && PAGE_PARAMETER.is_match(&name)
            {
                numbers.entry(name.into_owned()).or_default().push(number);
            }
        }
    }
    let (parameter, mut found) = numbers.into_iter().max_by_key(|(name, found)| (found.len(), name.clone()))?;
    found.sort_unstable();
    found.dedup();
    let smallest_step = found.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(1);
    // If the numbers rise by five or more, they count rows. Pages are counted from 1, or from 0 if there is a link to page 1 but none to page 2.
    let step = if smallest_step >= 5 && found.len() > 1 { smallest_step } else { 1 };
    let first = if step > 1 { 0 } else { u32::from(found.first() != Some(&1) || found.contains(&2)) };
    let name = if parameter.ends_with("_cur") { "*_cur".to_owned() } else { parameter };
    let steps = if step > 1 { format!(", step = {step}") } else { String::new() };
    Some(Guess {
        toml: format!("{{ by = \"query\", parameter = {name:?}, first = {first}{steps} }}"),
        evidence: format!("links with {name}={}", list_of(&found)),
    })
}

/// Returns the paging of a JSON list whose own URL counts its pages (`page=1`) or rows (`start=0&limit=20`), as the file writes it.
pub fn counted(list: &PageUrl) -> Option<String> {
    let pairs: Vec<(String, u32)> = list
        .as_url()
        .query_pairs()
        .filter_map(|(name, value)| Some((name.into_owned(), value.parse().ok()?)))
        .collect();
    let named = |pattern: &Regex| pairs.iter().find(|(name, _)| pattern.is_match(name));
    if let Some((name, first)) = named(&PAGE_PARAMETER) {
        return Some(format!("{{ by = \"page\", parameter = {}, first = {first} }}", quoted(name)));
    }
    let ((start, _), (_, size)) = (named(&START_PARAMETER)?, named(&SIZE_PARAMETER)?);
    Some(format!("{{ by = \"offset\", parameter = {}, size = {size} }}", quoted(start)))
}

fn same_path(url: &PageUrl, list: &PageUrl) -> bool {
    url.as_url().path().trim_end_matches('/') == list.as_url().path().trim_end_matches('/')
}

fn list_of(numbers: &[u32]) -> String {
    numbers.iter().take(5).map(u32::to_string).collect::<Vec<_>>().join(", ")
}

/// Finds links that append a page's number to the list's path.
fn by_path(links: &[(ElementRef<'_>, String)], list: &PageUrl) -> Option<Guess> {
    let own = list.as_url().path().trim_end_matches('/');
    for (_, href) in links {
        let Ok(url) = list.join(href) else { continue };
        let path = url.as_url().path().to_owned();
        let Some(found) = PAGE_PATH.captures(&path).filter(|_| url.host() == list.host()) else { continue };
        let (before, after) = (found.get(1)?.as_str(), found.get(3)?.as_str());
        let stem = own.strip_suffix(".html").unwrap_or(own);
        if let Some(more) = before.strip_prefix(stem).filter(|more| more.starts_with('/')) {
            return Some(Guess {
                toml: format!("{{ by = \"path\", pattern = \"{more}{{page}}{after}\", first = 1 }}"),
                evidence: format!("a link to {path}"),
            });
        }
    }
    None
}

/// Finds a pager of ASP.NET web forms.
fn by_post_back(links: &[(ElementRef<'_>, String)]) -> Option<Guess> {
    let (next, _) = links.iter().find(|(element, href)| href.contains("__doPostBack") && is_next(*element))?;
    let select = selector_of(*next)?;
    Some(Guess {
        toml: format!("{{ by = \"do-post-back\", select = [{select:?}] }}"),
        evidence: "a link of ASP.NET's web forms to the next page".to_owned(),
    })
}

/// Finds a link that is labeled as leading to the next page.
fn by_next_link(links: &[(ElementRef<'_>, String)]) -> Option<Guess> {
    if links.iter().any(|(element, _)| element.attr("rel") == Some("next")) {
        let toml = "{ by = \"next-link\", select = [\"[rel=next]\"] }".to_owned();
        return Some(Guess { toml, evidence: "rel=next".to_owned() });
    }
    let is_plain = |href: &str| !href.starts_with('#') && !href.to_ascii_lowercase().starts_with("javascript:");
    let (next, _) = links.iter().find(|(element, href)| is_plain(href) && is_next(*element))?;
    let select = selector_of(*next)?;
    Some(Guess {
        toml: format!("{{ by = \"next-link\", select = [{select:?}] }}"),
        evidence: format!("the link “{}”", tree::line(*next)),
    })
}

/// Whether a link leads to another page of the list on which it is.
pub fn is_of_pager(link: ElementRef<'_>) -> bool {
    let pager = |element: ElementRef<'_>| {
        let names = [element.attr("class"), element.attr("id"), element.attr("aria-label")];
        names.into_iter().flatten().any(|name| PAGER.is_match(name))
    };
    let around = link.ancestors().filter_map(ElementRef::wrap).take(PAGER_REACH);
    is_next(link) || PAGE_TEXT.is_match(&fold_ascii(&tree::line(link))) || around.into_iter().any(pager)
}

fn is_next(element: ElementRef<'_>) -> bool {
    let words = [
        "trang sau",
        "trang tiep",
        "tiep",
        "tiep theo",
        "sau",
        "next",
        "next page",
        "trang ke",
        "older posts",
        "cu hon",
    ];
    let signs = [">", "»", "›", "→", ">>"];
    let said = [
        Some(tree::line(element)),
        element.attr("title").map(str::to_owned),
        element.attr("aria-label").map(str::to_owned),
    ];
    let is_named =
        element.value().classes().any(|class| ["next", "next-page", "next-pages", "pager-next"].contains(&class));
    let says = |text: &String| {
        signs.contains(&text.as_str()) || words.contains(&fold_ascii(text).trim_matches([' ', '>', '»', '›']).trim())
    };
    element.value().name() == "a" && (is_named || said.iter().flatten().any(says))
}

/// Returns a selector by the link's own class or by the class of its container.
fn selector_of(element: ElementRef<'_>) -> Option<String> {
    let usable = |class: &&str| {
        class.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            && !["active", "btn", "page-link"].contains(class)
    };
    let own = element.value().classes().find(|class| class.contains("next"));
    if let Some(class) = own.filter(usable) {
        return Some(format!("a.{class}"));
    }
    let mut above = element.ancestors().filter_map(ElementRef::wrap).take(3);
    let next = above.find_map(|above| {
        above
            .value()
            .classes()
            .find(|class| class.contains("next"))
            .map(|class| (above.value().name().to_owned(), class.to_owned()))
    });
    if let Some((name, class)) = next {
        return Some(format!("{name}.{class} a"));
    }
    // This is usually the last link of its pager.
    let mut above = element.ancestors().filter_map(ElementRef::wrap).take(3);
    let pager = above.find_map(|above| {
        let class = above.value().classes().find(usable).map(|class| format!("{}.{class}", above.value().name()));
        class.or_else(|| above.attr("id").filter(|id| usable(id)).map(|id| format!("#{id}")))
    });
    let title = element.attr("title").map(|title| format!("a[title=\"{}\"]", title.replace('"', "")));
    Some(format!("{} {}", pager?, title.unwrap_or_else(|| "a:last-of-type".to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(html: &str, list: &str) -> Option<String> {
        let url = PageUrl::parse(list).unwrap();
        guesses(tree::parse(html).html.root_element(), &url).into_iter().next().map(|guess| guess.toml)
    }

    #[test]
    fn ways_of_paging() {
        let check =
            |html: &str, list: &str, expect: Option<&str>| assert_eq!(first(html, list).as_deref(), expect, "{html}");
        let list = "https://a.example/tin";
        check(
            "<a href='?page=2'>2</a><a href='?page=3'>3</a>",
            list,
            Some("{ by = \"query\", parameter = \"page\", first = 1 }"),
        );
        check(
            "<a href='/tin?PageIndex=1'>2</a>",
            list,
            Some("{ by = \"query\", parameter = \"PageIndex\", first = 0 }"),
        );
        check("<a href='/khac?page=2'>2</a>", list, None);
        check(
            "<a href='/tin?_101_cur=2&x=1'>2</a>",
            list,
            Some("{ by = \"query\", parameter = \"*_cur\", first = 1 }"),
        );
        check("<a href='/tin/page/2/'>2</a>", list, Some("{ by = \"path\", pattern = \"/page/{page}/\", first = 1 }"));
        check("<a class=next-pages href='/x'>›</a>", list, Some("{ by = \"next-link\", select = [\"a.next-pages\"] }"));
        check("<link rel=next href='/x'>", list, Some("{ by = \"next-link\", select = [\"[rel=next]\"] }"));
        check(
            "<div class=pager><a href=\"javascript:__doPostBack('a','b')\">Trang sau</a></div>",
            list,
            Some("{ by = \"do-post-back\", select = [\"div.pager a:last-of-type\"] }"),
        );
        check("<a href='/bai'>Một bài viết</a>", list, None);
    }

    #[test]
    fn addresses_of_apis_count_pages_or_rows() {
        let check = |query: &str, expect: Option<&str>| {
            let url = PageUrl::parse(&format!("https://tinh.example/api?{query}")).unwrap();
            assert_eq!(counted(&url).as_deref(), expect, "{query}");
        };
        check("pageSize=20&pageIndex=0", Some("{ by = \"page\", parameter = \"pageIndex\", first = 0 }"));
        check("offset=0&limit=20", Some("{ by = \"offset\", parameter = \"offset\", size = 20 }"));
        check("offset=0", None);
        check("page=all", None);
    }
}

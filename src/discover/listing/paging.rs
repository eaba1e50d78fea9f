//! Finds the next page of a list.

use std::sync::LazyLock;

use regex::Regex;
use scraper::ElementRef;

use crate::discover::Place;
use crate::discover::Step;
use crate::discover::listing::ListingRules;
use crate::discover::listing::Paging;
use crate::discover::listing::form;
use crate::discover::listing::is_address;
use crate::discover::with_parameter;
use crate::html::select::Candidate;
use crate::model::request::Expect;
use crate::model::request::Payload;
use crate::model::request::Request;
use crate::url::PageUrl;

/// Maximum number of links of a page that are searched for a pager's.
const MAX_LINKS: usize = 10_000;

/// `__doPostBack('target','argument')`, and its long form with options, as scripts write it.
static POST_BACK: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(?:__doPostBack\(|WebForm_PostBackOptions\()\s*['"]([^'"]*)['"]\s*,\s*['"]([^'"]*)['"]"#;
    Regex::new(pattern).expect("a constant pattern")
});

/// Returns the step to the next page of a list that had items.
pub(super) fn next(rules: &ListingRules, place: &Place<'_>, root: ElementRef<'_>, base: &PageUrl) -> Option<Step> {
    let done = place.step.number.saturating_add(1);
    match &rules.paging {
        Paging::None => None,
        Paging::Query { parameter, first, step } => {
            let number = first.checked_add(done.checked_mul(*step)?)?;
            let (url, parameter) = match parameter.strip_prefix('*') {
                Some(suffix) => linked_parameter(root, base, suffix)?,
                None => (rules.url.clone(), parameter.clone()),
            };
            get(place, with_parameter(&url, &parameter, &number.to_string()))
        }
        Paging::Path { pattern, first } => {
            let number = first.checked_add(done)?.to_string();
            get(place, path_page(&rules.url, &pattern.replace("{page}", &number))?)
        }
        Paging::NextLink(candidates) => get(place, next_link(candidates, root, base)?),
        Paging::Post { url, form, first, .. } => {
            let number = first.checked_add(done)?.to_string();
            let form = fill(form, &number, place, root);
            Some(post(place, url.clone(), form))
        }
        Paging::DoPostBack(candidates) => post_back(candidates, place, root, base),
    }
}

/// Requests a page by GET, unless it is the page that was just read.
fn get(place: &Place<'_>, url: PageUrl) -> Option<Step> {
    let own = url == place.page.url || url == place.page.final_url;
    (!own).then(|| place.next_page(url, Expect::Html))
}

fn post(place: &Place<'_>, url: PageUrl, form: Vec<(String, String)>) -> Step {
    place.next_step(Request { url, payload: Payload::Form(form), expect: Expect::Html })
}

/// Returns a link of the page whose query has a parameter with this ending, and the parameter's full name. Liferay's pagers need the portlet's other
/// parameters too. If several parameters have this ending, the one that occurs in most links is used.
fn linked_parameter(root: ElementRef<'_>, base: &PageUrl, suffix: &str) -> Option<(PageUrl, String)> {
    let mut known: Vec<(PageUrl, String, usize)> = Vec::new();
    let links = root.descendants().filter_map(ElementRef::wrap).filter_map(|element| element.attr("href"));
    for url in links.take(MAX_LINKS).filter(|href| is_address(href)).filter_map(|href| base.join(href).ok()) {
        let names = url.as_url().query_pairs().map(|(name, _)| name.into_owned());
        let Some(name) = names.into_iter().find(|name| name.ends_with(suffix)) else { continue };
        match known.iter_mut().find(|(_, other, _)| *other == name) {
            Some((_, _, count)) => *count += 1,
            None => known.push((url, name, 1)),
        }
    }
    let most = known.iter().map(|(_, _, count)| *count).max()?;
    known.into_iter().find(|(_, _, count)| *count == most).map(|(url, name, _)| (url, name))
}

/// Resolves a pattern whose number is filled in. A pattern that begins with `/` is appended to the first page's path (`/tin-tuc/` and `/page/2` give
/// `/tin-tuc/page/2`). Any other is resolved as a reference of that page, so that a whole URL works too.
fn path_page(first: &PageUrl, filled: &str) -> Option<PageUrl> {
    if !filled.starts_with('/') || filled.starts_with("//") {
        return first.join(filled).ok();
    }
    let path = first.as_url().path().trim_end_matches('/');
    first.join(&format!("{path}{filled}")).ok()
}

fn next_link(candidates: &[Candidate], root: ElementRef<'_>, base: &PageUrl) -> Option<PageUrl> {
    candidates.iter().find_map(|candidate| {
        let attribute = candidate.attribute.as_deref().unwrap_or("href");
        let references = root.select(&candidate.selector).filter_map(|element| element.attr(attribute));
        references.filter(|reference| is_address(reference)).find_map(|reference| base.join(reference).ok())
    })
}

/// Fills in a form: `{page}` with the number, `{input:NAME}` with the first page's field. Fragments have no such fields, so later pages take the
/// value from the same position of the previous request.
fn fill(form: &[(String, String)], number: &str, place: &Place<'_>, root: ElementRef<'_>) -> Vec<(String, String)> {
    let before = match &place.step.request.payload {
        Payload::Form(pairs) => pairs.as_slice(),
        Payload::Get | Payload::Json(_) => &[],
    };
    let filled = form.iter().enumerate().map(|(at, (name, template))| {
        let kept = before.get(at).filter(|(other, _)| other == name).map(|(_, value)| value.as_str());
        (name.clone(), fill_value(template, number, kept, root))
    });
    filled.collect()
}

fn fill_value(template: &str, number: &str, kept: Option<&str>, root: ElementRef<'_>) -> String {
    let Some((before, rest)) = template.split_once("{input:") else { return template.replace("{page}", number) };
    let Some((name, after)) = rest.split_once('}') else { return template.replace("{page}", number) };
    match (form::field(root, name), kept) {
        (Some(value), _) => format!("{before}{value}{after}").replace("{page}", number),
        (None, Some(kept)) => kept.to_owned(),
        (None, None) => format!("{before}{after}").replace("{page}", number),
    }
}

fn post_back(candidates: &[Candidate], place: &Place<'_>, root: ElementRef<'_>, base: &PageUrl) -> Option<Step> {
    let mut elements = candidates.iter().flat_map(|candidate| root.select(&candidate.selector));
    let (element, target, argument) = elements.find_map(|element| {
        let script = [element.attr("href"), element.attr("onclick")]
            .into_iter()
            .flatten()
            .find_map(|text| POST_BACK.captures(text))?;
        Some((element, script.get(1)?.as_str().to_owned(), script.get(2)?.as_str().to_owned()))
    })?;
    let form = form::around(root, element)?;
    let mut entries = form::entries(form);
    entries.retain(|(name, _)| name != "__EVENTTARGET" && name != "__EVENTARGUMENT");
    entries.insert(0, ("__EVENTTARGET".to_owned(), target));
    entries.insert(1, ("__EVENTARGUMENT".to_owned(), argument));
    let action = form.attr("action").map(str::trim).filter(|action| !action.is_empty());
    let url = match action {
        Some(action) => base.join(action).ok()?,
        None => place.page.final_url.clone(),
    };
    Some(post(place, url, entries))
}

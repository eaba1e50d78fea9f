//! Reads HTML lists.

mod block;
mod form;
mod generic;
mod paging;
mod place;
mod way;

use std::collections::HashMap;

use ego_tree::NodeId;
use scraper::ElementRef;

use crate::discover::Found;
use crate::discover::Place;
use crate::discover::json;
use crate::discover::listing::block::Blocks;
use crate::discover::plain;
use crate::html::charset;
use crate::html::charset::Markup;
use crate::html::select::Candidate;
use crate::html::tree;
use crate::model::link::Hints;
use crate::text::date;
use crate::text::date::DateOrder;
use crate::text::date::Dated;
use crate::text::json::Json;
use crate::text::unicode;
use crate::text::work;
use crate::url::PageUrl;

/// Maximum number of items read per page. Lists of portals have 10 to 100.
const MAX_ITEMS: usize = 2_000;

/// Maximum length in bytes of a text that may be a title, and maximum number of nodes of a link that are searched for one.
const MAX_TEXT: usize = 4096;
const MAX_NODES: usize = 1000;

/// Size in bytes below which a page without any link is a stub: "OK", a placeholder from before the site was ready, a script that sets a cookie and
/// reloads.
const STUB_BYTES: usize = 1_024;

/// The rules for reading an HTML list. Selectors are lists of candidates; the first one that matches is used.
#[derive(Debug, Clone)]
pub struct ListingRules {
    /// The URL of the first page.
    pub url: PageUrl,
    /// One element per article. If empty, each element of `link` is an article, together with the largest block around it that contains no other one.
    /// If `link` is empty too, the generic reader (repeated link blocks, scored) is used.
    pub item: Vec<Candidate>,
    /// Inside an item: the element whose `href` (or named attribute) is the URL. If empty, the first link with text, which may be the item itself.
    pub link: Vec<Candidate>,
    /// Inside an item: the headline. If empty, the link's text without the date.
    pub title: Vec<Candidate>,
    /// Inside an item: the date. If empty, a `<time>`, or a short text that is little more than a date.
    pub date: Vec<Candidate>,
    /// Inside an item: the teaser.
    pub summary: Vec<Candidate>,
    /// Inside an item: the teaser's image. Without an attribute, `src` and the lazy `data-*` forms are tried.
    pub image: Vec<Candidate>,
    /// Inside an item: the section.
    pub section: Vec<Candidate>,
    /// Whether the selectors belong to a CMS family and not to this list. A family is often recognized by URLs alone, and its sites design their own
    /// front pages. If the selectors find nothing on a first page, that page is read without them.
    pub is_of_family: bool,
    /// Which number of a date is the day.
    pub date_order: DateOrder,
    /// How to find the next page.
    pub paging: Paging,
}

impl ListingRules {
    /// Creates rules without selectors: a single page, read by the generic reader.
    pub fn generic(url: PageUrl) -> ListingRules {
        ListingRules {
            url,
            item: Vec::new(),
            link: Vec::new(),
            title: Vec::new(),
            date: Vec::new(),
            summary: Vec::new(),
            image: Vec::new(),
            section: Vec::new(),
            is_of_family: false,
            date_order: DateOrder::default(),
            paging: Paging::None,
        }
    }
}

/// How to find the next page of an HTML list.
#[derive(Debug, Clone)]
pub enum Paging {
    /// One page only.
    None,
    /// A query parameter holds the page's number (`?page=2`, Liferay's `_101_INSTANCE_x_cur=2`).
    Query {
        /// The parameter. `*_cur` means the parameter with this ending in the page's links.
        parameter: String,
        /// The first page's number.
        first: u32,
        /// The difference between the numbers of two consecutive pages.
        step: u32,
    },
    /// A pattern gives the URL of a page; `{page}` is its number. A pattern that begins with `/` is appended to the first page's path: `/page/{page}`
    /// after `/tin-tuc/` is `/tin-tuc/page/2`. Any other pattern is a reference relative to the first page. For a path from the site's root, write
    /// the whole URL.
    Path {
        /// The pattern.
        pattern: String,
        /// The first page's number.
        first: u32,
    },
    /// The page links to the next one.
    NextLink(Vec<Candidate>),
    /// Further pages are HTML fragments, requested by POST of a form (`UIArticleInMenu`).
    Post {
        /// The URL to post to.
        url: PageUrl,
        /// The form. In a value, `{page}` is the page's number, and `{input:NAME}` is the value of the first page's hidden field. Later pages reuse
        /// the value of the previous request, so one value contains either of them, not both.
        form: Vec<(String, String)>,
        /// The first page's number. The first POST requests `first + 1`.
        first: u32,
        /// RFC 6901 pointer to the fragment in a JSON response (`/d`). None if the response itself is the fragment.
        pointer: Option<String>,
    },
    /// ASP.NET web forms: the link's `__doPostBack('target','argument')` with the page's hidden fields.
    DoPostBack(Vec<Candidate>),
}

/// Reads one page of a list.
pub(super) fn read(rules: &ListingRules, place: &Place<'_>) -> Found {
    let decoded = charset::decode(&place.page.body, place.page.http.content_type.as_deref(), Markup::Html);
    let mut warnings = decoded.warnings;
    let html = match fragment(rules, place, &decoded.text, &mut warnings) {
        Ok(html) => html,
        Err(reason) => return Found::broken(reason),
    };
    let tree = tree::parse(&html);
    warnings.extend(tree.truncated.map(|bound| format!("page cut: {bound}")));
    let root = tree.html.root_element();
    let base = base_of(root, place.base());
    let mut found = Found { warnings, ..Found::default() };
    let without_rules = || generic::items(root, &base, rules.date_order);
    let mut items = match (rules.item.as_slice(), rules.link.as_slice()) {
        ([], []) => without_rules(),
        ([], links) => linked_items(rules, links, root, &base),
        (_, _) => items(rules, root, &base),
    };
    if items.is_empty() && rules.is_of_family && place.step.number == 0 {
        items = without_rules();
    }
    let mut undated = 0;
    for item in items {
        undated += usize::from(item.hints.date.is_none() && item.date_text.is_some());
        found.links.push(place.link(item.url, item.hints, None));
    }
    if undated > 0 {
        found.warnings.push(format!("items whose date could not be read: {undated}"));
    }
    if found.links.is_empty() {
        found.broken = unfit(root, &html, place);
    } else {
        found.next.extend(paging::next(rules, place, root, &base));
    }
    found
}

/// An item as read.
pub(super) struct Item {
    url: PageUrl,
    hints: Hints,
    /// The text found in place of a date.
    date_text: Option<String>,
}

/// Returns the HTML of a response: the response itself, or the value at the rules' pointer in a JSON response.
fn fragment(rules: &ListingRules, place: &Place<'_>, text: &str, warnings: &mut Vec<String>) -> Result<String, String> {
    let Paging::Post { pointer: Some(pointer), .. } = &rules.paging else { return Ok(text.to_owned()) };
    if place.step.number == 0 || text.trim_start().starts_with('<') {
        return Ok(text.to_owned());
    }
    let Json { value: root, fault } = json::parse(text)?;
    warnings.extend(fault);
    let value = json::pointer(&root, pointer);
    let html = value.as_deref().and_then(serde_json::Value::as_str);
    html.map(str::to_owned).ok_or_else(|| format!("no text at `{pointer}` of the answer"))
}

/// Returns why a page without items is not a list. An empty list is valid, so only pages that cannot be lists get a reason.
fn unfit(root: ElementRef<'_>, html: &str, place: &Place<'_>) -> Option<String> {
    let first_page = place.step.number == 0;
    let trimmed = html.trim_start();
    if trimmed.is_empty() {
        return first_page.then(|| "an empty answer instead of a list".to_owned());
    }
    if trimmed.starts_with("<?xml") && !trimmed.contains("<html") {
        return Some("XML instead of an HTML list".to_owned());
    }
    let linked = root.descendants().filter_map(ElementRef::wrap).any(|element| element.attr("href").is_some());
    (first_page && !linked && html.len() < STUB_BYTES)
        .then(|| format!("a stub of {} bytes instead of a list", html.len()))
}

/// Returns the URL against which references are resolved (`<base href>`).
fn base_of(root: ElementRef<'_>, page: &PageUrl) -> PageUrl {
    let base = root.descendants().filter_map(ElementRef::wrap).find(|element| element.value().name() == "base");
    base.and_then(|base| page.join(base.attr("href")?).ok()).unwrap_or_else(|| page.clone())
}

fn items(rules: &ListingRules, root: ElementRef<'_>, base: &PageUrl) -> Vec<Item> {
    let matches = |candidate: &Candidate| root.select(&candidate.selector).collect::<Vec<_>>();
    let elements = rules.item.iter().map(matches).find(|elements| !elements.is_empty()).unwrap_or_default();
    let mut hidden = Hidden::default();
    let shown = elements.into_iter().filter(|element| !hidden.holds(*element));
    shown.filter_map(|element| item(rules, element, base)).take(MAX_ITEMS).collect()
}

/// Returns items for rules without `item`: the links, with the blocks around them.
fn linked_items(rules: &ListingRules, links: &[Candidate], root: ElementRef<'_>, base: &PageUrl) -> Vec<Item> {
    let linked = |candidate: &Candidate| {
        let attribute = candidate.attribute.clone().unwrap_or_else(|| "href".to_owned());
        let mut hidden = Hidden::default();
        let shown = root.select(&candidate.selector).filter(|element| !hidden.holds(*element)).take(MAX_ITEMS);
        let urls = shown.filter_map(|element| Some((element, article_url(base, element.attr(&attribute)?)?)));
        urls.collect::<Vec<_>>()
    };
    let found = links.iter().map(linked).find(|found| !found.is_empty()).unwrap_or_default();
    let blocks = Blocks::new(found.iter().map(|(link, url)| (*link, url)));
    let items = found.iter().map(|(link, url)| read_item(rules, blocks.around(*link), *link, url.clone(), base));
    items.collect()
}

fn item(rules: &ListingRules, element: ElementRef<'_>, base: &PageUrl) -> Option<Item> {
    let (anchor, href) = anchor(rules, element)?;
    let url = article_url(base, &href)?;
    Some(read_item(rules, element, anchor, url, base))
}

fn read_item(
    rules: &ListingRules,
    element: ElementRef<'_>,
    anchor: ElementRef<'_>,
    url: PageUrl,
    base: &PageUrl,
) -> Item {
    let (date_text, date) = match rules.date.as_slice() {
        [] => block::date_near(element, anchor, rules.date_order),
        candidates => date_of(candidates, rules.date_order, element),
    };
    let title = match rules.title.as_slice() {
        [] => link_title(anchor, date_text.as_deref()),
        candidates => value(candidates, element).and_then(|title| plain::title(&without(&title, date_text.as_deref()))),
    };
    let hints = Hints {
        title: title.or_else(|| link_title(anchor, date_text.as_deref())),
        date,
        summary: value(&rules.summary, element).and_then(|summary| plain::summary(&summary)),
        section: value(&rules.section, element).and_then(|section| plain::title(&section)),
        image: image(&rules.image, element).and_then(|image| base.join(&image).ok()),
        ..Hints::default()
    };
    Item { url, hints, date_text }
}

/// Returns the element that links to the article, and its URL as written.
fn anchor<'a>(rules: &ListingRules, item: ElementRef<'a>) -> Option<(ElementRef<'a>, String)> {
    for candidate in &rules.link {
        let attribute = candidate.attribute.as_deref().unwrap_or("href");
        let own = candidate.selector.matches(&item).then_some(item);
        let found = item.select(&candidate.selector).chain(own).find_map(|element| {
            let text = element.attr(attribute).filter(|text| !text.trim().is_empty())?;
            let cut = candidate.pattern.as_ref().map(|pattern| cut_out(pattern, text));
            Some((element, cut.unwrap_or_else(|| Some(text.to_owned()))?))
        });
        if found.is_some() {
            return found;
        }
    }
    if !rules.link.is_empty() {
        return None;
    }
    let links = || {
        let below = item.descendants().filter_map(ElementRef::wrap);
        below.filter(|element| element.value().name() == "a" && element.attr("href").is_some_and(is_address))
    };
    let chosen = links().find(|link| !tree::line(*link).is_empty()).or_else(|| links().next())?;
    Some((chosen, chosen.attr("href")?.to_owned()))
}

fn cut_out(pattern: &regex::Regex, text: &str) -> Option<String> {
    let found = pattern.captures(text)?;
    found.get(1).or_else(|| found.get(0)).map(|part| part.as_str().to_owned())
}

/// Returns the first value of a list of candidates.
fn value(candidates: &[Candidate], item: ElementRef<'_>) -> Option<String> {
    candidates.iter().find_map(|candidate| candidate.value(item))
}

/// Returns the date as printed and as read: the first value that is a date.
fn date_of(candidates: &[Candidate], order: DateOrder, item: ElementRef<'_>) -> (Option<String>, Option<Dated>) {
    let mut printed = None;
    for candidate in candidates {
        for text in candidate.values(item) {
            if let Some(dated) = date::read(&text, order) {
                return (Some(text), Some(dated));
            }
            printed = printed.or(Some(text));
        }
    }
    (printed, None)
}

/// Returns the title of a link: its text without the date, or its `title` if the text is cut off or missing, or its image's `alt`.
fn link_title(anchor: ElementRef<'_>, date_text: Option<&str>) -> Option<String> {
    let mut below = anchor.descendants().take(MAX_NODES).filter_map(ElementRef::wrap);
    // A card is a single link around headline, teaser and date.
    let headline = below.find(|element| is_heading(*element)).map(|heading| without(&short(heading), date_text));
    let text = headline.filter(|text| !text.is_empty()).unwrap_or_else(|| without(&short(anchor), date_text));
    let attribute = anchor.attr("title").and_then(plain::title);
    if let Some(stem) = cut_stem(&text) {
        return attribute.filter(|title| unicode::clean(title).starts_with(stem)).or(Some(text));
    }
    if !text.is_empty() {
        return Some(text).filter(|title| plain::is_title(title));
    }
    let image = || {
        let mut below = anchor.descendants().take(MAX_NODES).filter_map(ElementRef::wrap);
        below.find_map(|element| element.attr("alt").and_then(plain::title))
    };
    attribute.or_else(image)
}

fn is_heading(element: ElementRef<'_>) -> bool {
    matches!(element.value().name(), "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

/// Returns the text before the ellipsis of a text that was cut off.
fn cut_stem(text: &str) -> Option<&str> {
    let stem = text.strip_suffix('…').or_else(|| text.strip_suffix("..."))?;
    Some(stem.trim_end_matches(['.', '…', ' ']))
}

/// Removes the date from a title.
fn without(title: &str, date_text: Option<&str>) -> String {
    let date_text = date_text.map(unicode::clean).filter(|text| !text.is_empty());
    let Some(date_text) = date_text else { return unicode::clean(title) };
    let title = unicode::clean(title);
    match title.rfind(&date_text) {
        Some(at) => {
            let (before, rest) = title.split_at(at);
            unicode::clean(&format!("{before} {}", rest.get(date_text.len()..).unwrap_or_default()))
        }
        None => title,
    }
}

/// Returns an image's URL: the named attribute, or else the lazy forms before `src`, which often holds a placeholder.
fn image(candidates: &[Candidate], item: ElementRef<'_>) -> Option<String> {
    candidates.iter().find_map(|candidate| match candidate.attribute {
        Some(_) => candidate.value(item),
        None => item.select(&candidate.selector).find_map(image_source),
    })
}

fn image_source(element: ElementRef<'_>) -> Option<String> {
    let attributes = ["data-src", "data-original", "data-lazy-src", "data-lazy", "src"];
    let value = attributes.into_iter().find_map(|name| {
        element.attr(name).map(str::trim).filter(|value| !value.is_empty() && !value.starts_with("data:"))
    });
    value.map(str::to_owned).or_else(|| {
        let first = element.attr("srcset").or_else(|| element.attr("data-srcset"))?.split(',').next()?;
        first.split_whitespace().next().map(str::to_owned)
    })
}

/// Whether a reference may lead to an article: not a script, an email address or an anchor on the same page.
fn is_address(reference: &str) -> bool {
    let reference = reference.trim();
    let scheme = reference.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let other_scheme = scheme.is_some_and(|scheme| {
        scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
            && scheme != "http"
            && scheme != "https"
    });
    !reference.is_empty() && !reference.starts_with('#') && !other_scheme
}

fn article_url(base: &PageUrl, reference: &str) -> Option<PageUrl> {
    is_address(reference).then(|| base.join(reference).ok()).flatten()
}

/// Returns the text of an element, or an empty string if it is too long for a title.
fn short(element: ElementRef<'_>) -> String {
    tree::short_line(element, MAX_TEXT).unwrap_or_default()
}

/// Knows which elements are hidden or inside a hidden one. Each element is checked once, no matter how many elements it contains.
#[derive(Default)]
pub(super) struct Hidden(HashMap<NodeId, bool>);

impl Hidden {
    /// Whether an element is hidden.
    pub(super) fn holds(&mut self, element: ElementRef<'_>) -> bool {
        let (mut is_hidden, mut path) = (false, Vec::new());
        for around in std::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap)) {
            work::step(1);
            if let Some(known) = self.0.get(&around.id()) {
                is_hidden = *known;
                break;
            }
            path.push(around);
        }
        for around in path.into_iter().rev() {
            is_hidden = is_hidden || hides(around);
            self.0.insert(around.id(), is_hidden);
        }
        is_hidden
    }
}

fn hides(element: ElementRef<'_>) -> bool {
    let hides = |style: &str| {
        work::step(style.len());
        let style = style.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
        style.contains("display:none") || style.contains("visibility:hidden")
    };
    element.attr("hidden").is_some() || element.attr("style").is_some_and(hides)
}

#[cfg(test)]
mod tests;

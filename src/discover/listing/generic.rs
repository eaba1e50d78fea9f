//! Lists without rules: repeated link blocks, scored.
//!
//! Links are grouped by the way that leads to them (tags and classes from the body down). A group scores by its titles'
//! lengths, by how many of its items have a date of their own, and by where it stands. The best group is the list.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::LazyLock;

use ego_tree::NodeId;
use regex::Regex;
use scraper::ElementRef;

use crate::discover::listing::Item;
use crate::discover::listing::MAX_ITEMS;
use crate::discover::listing::article_url;
use crate::discover::listing::is_hidden;
use crate::discover::listing::link_title;
use crate::html::tree;
use crate::model::link::Hints;
use crate::text::date;
use crate::text::date::DateOrder;
use crate::text::date::Dated;
use crate::url::PageUrl;

/// Links of one page that are looked at.
const MAX_LINKS: usize = 10_000;

/// Words of a title at least: menus have one to four, headlines six and more.
const TITLE_WORDS: usize = 5;

/// Characters of a title from which on length says nothing more.
const TITLE_LENGTH: usize = 60;

/// Characters of a text that is a date and no sentence.
const DATE_LENGTH: usize = 48;

/// Letters beside a date at most: "Chủ nhật, ", "Ngày đăng: ", "Cập nhật lúc: ".
const DATE_LETTERS: usize = 24;

/// Elements of one item that are looked at for a date.
const MAX_ITEM_ELEMENTS: usize = 300;

/// Share of the best group's score that makes another group a part of the list.
const SHARE: f64 = 0.5;

/// Names of what is no list of articles, in classes, ids and roles.
static ASIDE: LazyLock<Regex> = LazyLock::new(|| {
    let names = "menu|nav|foot|sidebar|side-bar|aside|breadcrumb|related|lienquan|lien-quan|tinkhac|tin-khac|header|banner|\
                 weblink|lienket|lien-ket|xemnhieu|xem-nhieu|docnhieu|doc-nhieu|popular|most|pag(?:er|ing|ination)|social|share|tags?$";
    Regex::new(&format!("(?i)(?:{names})")).expect("a constant pattern")
});

/// How many elements around a lone link are its block.
const LONE_REACH: usize = 2;

/// A link that may be an item's, with its address.
type Anchor<'a> = (ElementRef<'a>, PageUrl);

/// Items of the page, in its order.
pub(super) fn items(root: ElementRef<'_>, base: &PageUrl, order: DateOrder) -> Vec<Item> {
    let mut groups = groups(root, base);
    let mut scored: Vec<(f64, Vec<Item>)> = Vec::new();
    for group in groups.drain(..) {
        let weight = place_weight(&group);
        let items = group_items(&group, order);
        scored.push((weight * score(&items), items));
    }
    let best = scored.iter().map(|(score, _)| *score).fold(0.0, f64::max);
    if best <= 0.0 {
        return Vec::new();
    }
    let best_dated =
        scored.iter().find(|(score, _)| *score >= best).is_some_and(|(_, items)| dated_share(items) >= SHARE);
    let parts = scored
        .into_iter()
        .filter(|(score, items)| *score >= best || *score >= best * SHARE && dated_share(items) >= SHARE && best_dated);
    parts.flat_map(|(_, items)| items).take(MAX_ITEMS).collect()
}

/// Links by the way to them, in the page's order.
fn groups<'a>(root: ElementRef<'a>, base: &PageUrl) -> Vec<Vec<Anchor<'a>>> {
    let mut groups: Vec<Vec<Anchor<'a>>> = Vec::new();
    let mut by_way: HashMap<String, usize> = HashMap::new();
    let links = root.descendants().filter_map(ElementRef::wrap).filter(|element| element.value().name() == "a");
    for element in links.take(MAX_LINKS) {
        let Some(url) = element.attr("href").and_then(|href| article_url(base, href)) else { continue };
        let foreign = url.host().trim_start_matches("www.") != base.host().trim_start_matches("www.");
        if foreign || url.as_url().path() == "/" || url == *base || is_hidden(element) {
            continue;
        }
        let at = *by_way.entry(way(element)).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push((element, url)),
            None => groups.push(vec![(element, url)]),
        }
    }
    groups
}

/// Tags and classes from the body down to a link. Digits and words for a place in the row (`odd`, `first`) say nothing.
fn way(link: ElementRef<'_>) -> String {
    let mut way = String::new();
    for element in std::iter::once(link).chain(link.ancestors().filter_map(ElementRef::wrap)) {
        let name = element.value().name();
        if name == "body" {
            break;
        }
        way.push('>');
        way.push_str(name);
        let row = ["odd", "even", "first", "last", "active", "alt"];
        let mut classes: Vec<&str> = element.value().classes().filter(|class| !row.contains(class)).collect();
        classes.sort_unstable();
        for class in classes {
            way.push('.');
            way.extend(class.chars().filter(|c| !c.is_ascii_digit()));
        }
    }
    way
}

/// What the place of a group says: little for what stands in menus, footers and boxes aside.
fn place_weight(group: &[Anchor<'_>]) -> f64 {
    let Some((first, _)) = group.first() else { return 0.0 };
    let mut weight = 1.0_f64;
    for element in first.ancestors().filter_map(ElementRef::wrap) {
        let name = element.value().name();
        if matches!(name, "body" | "html") {
            break;
        }
        let names = [element.attr("class"), element.attr("id"), element.attr("role")];
        if matches!(name, "main" | "article") || element.attr("role") == Some("main") {
            weight *= 1.5;
        } else if matches!(name, "nav" | "footer" | "header" | "aside") {
            weight *= 0.1;
        } else if names.into_iter().flatten().any(|name| ASIDE.is_match(name)) {
            weight *= 0.4;
        }
    }
    weight
}

fn score(items: &[Item]) -> f64 {
    let headline =
        |item: &Item| item.hints.title.as_deref().is_some_and(|title| title.split(' ').count() >= TITLE_WORDS);
    let length = |item: &Item| item.hints.title.as_deref().map_or(0, |title| title.chars().count()).min(TITLE_LENGTH);
    let headlines = items.iter().filter(|item| headline(item)).count();
    let total: usize = items.iter().filter(|item| headline(item)).map(length).sum();
    if headlines == 0 {
        return 0.0;
    }
    let share = ratio(headlines, items.len());
    ratio(total, TITLE_LENGTH).sqrt() * share * (1.0 + 3.0 * dated_share(items))
}

fn dated_share(items: &[Item]) -> f64 {
    ratio(items.iter().filter(|item| item.hints.date.is_some()).count(), items.len())
}

/// Counts here are far below 2^32.
fn ratio(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole.max(1))
}

/// One item for each address of a group.
fn group_items(group: &[Anchor<'_>], order: DateOrder) -> Vec<Item> {
    let blocks = Blocks::new(group);
    let mut items: Vec<Item> = Vec::new();
    let mut known: HashMap<&PageUrl, usize> = HashMap::new();
    for (link, url) in group {
        let (date_text, date) = date_near(blocks.around(*link), *link, order);
        let title = link_title(*link, date_text.as_deref());
        if let Some(item) = known.get(url).and_then(|at| items.get_mut(*at)) {
            let longer = title.as_ref().map(String::len) > item.hints.title.as_ref().map(String::len);
            if longer {
                item.hints.title = title;
            }
            item.hints.date = item.hints.date.take().or(date);
            continue;
        }
        known.insert(url, items.len());
        items.push(Item { url: url.clone(), hints: Hints { title, date, ..Hints::default() }, date_text });
    }
    items
}

/// The blocks of a page's items.
pub(super) struct Blocks {
    /// Elements around links of more than one address.
    shared: HashSet<NodeId>,
}

impl Blocks {
    /// Of links with their addresses.
    pub(super) fn new(links: &[(ElementRef<'_>, PageUrl)]) -> Blocks {
        let mut first: HashMap<NodeId, &PageUrl> = HashMap::new();
        let mut shared = HashSet::new();
        for (link, url) in links {
            for ancestor in link.ancestors() {
                let other = *first.entry(ancestor.id()).or_insert(url) != url;
                if other && !shared.insert(ancestor.id()) {
                    // All further out were marked with it.
                    break;
                }
            }
        }
        Blocks { shared }
    }

    /// The largest element around a link that holds no other item; a lone link's is its nearest block.
    pub(super) fn around<'a>(&self, link: ElementRef<'a>) -> ElementRef<'a> {
        let around = link.ancestors().filter_map(ElementRef::wrap);
        let own = around.take_while(|element| {
            !self.shared.contains(&element.id()) && !matches!(element.value().name(), "body" | "html")
        });
        let reach = if self.shared.is_empty() { LONE_REACH } else { usize::MAX };
        own.take(reach).last().unwrap_or(link)
    }
}

/// The date of an item: of a `<time>`, else the first short text that is one; inside the link itself before around it.
pub(super) fn date_near(
    block: ElementRef<'_>,
    link: ElementRef<'_>,
    order: DateOrder,
) -> (Option<String>, Option<Dated>) {
    for scope in [link, block] {
        let below = || scope.descendants().take(MAX_ITEM_ELEMENTS);
        let times = below().filter_map(ElementRef::wrap).filter(|element| element.value().name() == "time");
        for time in times {
            let text = tree::line(time);
            let printed =
                time.attr("datetime").into_iter().chain([text.as_str()]).find_map(|raw| date::read(raw, order));
            if printed.is_some() {
                return (Some(text), printed);
            }
        }
        let elements = below().filter_map(ElementRef::wrap).filter(|element| element.id() != link.id());
        let nodes = below().filter_map(|node| node.value().as_text().map(|text| text.to_string()));
        for text in elements
            .filter(|element| element.text().map(str::len).sum::<usize>() <= 2 * DATE_LENGTH)
            .map(tree::line)
            .chain(nodes)
        {
            if let Some(dated) = date_only(&text, order) {
                return (Some(text), Some(dated));
            }
        }
    }
    (None, None)
}

/// A text that is a date and hardly anything else.
fn date_only(text: &str, order: DateOrder) -> Option<Dated> {
    let text = text.trim();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let short = text.chars().count() <= DATE_LENGTH;
    (short && (6..=16).contains(&digits) && letters <= DATE_LETTERS).then(|| date::read(text, order)).flatten()
}

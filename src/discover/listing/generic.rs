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
use crate::discover::listing::block::Blocks;
use crate::discover::listing::block::LONE_REACH;
use crate::discover::listing::block::date_near;
use crate::discover::listing::is_heading;
use crate::discover::listing::is_hidden;
use crate::discover::listing::link_title;
use crate::model::link::Hints;
use crate::text::date::DateOrder;
use crate::url::PageUrl;

/// Links of one page that are looked at.
const MAX_LINKS: usize = 10_000;

/// Words of a title at least: menus have one to four, headlines six and more.
const TITLE_WORDS: usize = 5;

/// Characters of a title from which on length says nothing more.
const TITLE_LENGTH: usize = 60;

/// Share of the best group's score that makes another group a part of the list.
const SHARE: f64 = 0.5;

/// Names of what is no list of articles, in classes, ids and roles.
static ASIDE: LazyLock<Regex> = LazyLock::new(|| {
    let names = "menu|nav|foot|sidebar|side-bar|aside|breadcrumb|related|lienquan|lien-quan|tinkhac|tin-khac|(?:^|site-?|page-?|top-?|main-?)header|banner|\
                 weblink|lienket|lien-ket|xemnhieu|xem-nhieu|docnhieu|doc-nhieu|popular|most|pag(?:er|ing|ination)|social|share|tags?$";
    Regex::new(&format!("(?i)(?:{names})")).expect("a constant pattern")
});

/// Characters of titles from which on the links are teasers, not headlines.
const TEASER_LENGTH: usize = 160;

/// A link that may be an item's, with its address.
type Anchor<'a> = (ElementRef<'a>, PageUrl);

/// Links that the same way leads to.
struct Group<'a> {
    items: Vec<Item>,
    /// The number of each item's first link in the page.
    places: Vec<usize>,
    /// The smallest element around all the links.
    container: Option<ElementRef<'a>>,
    /// How much an item of it looks like an article, on average.
    quality: f64,
    score: f64,
}

/// Items of the page, in its order.
pub(super) fn items(root: ElementRef<'_>, base: &PageUrl, order: DateOrder) -> Vec<Item> {
    let links = links(root, base);
    let mut groups: Vec<Group<'_>> = groups(&links).iter().map(|places| Group::new(&links, places, order)).collect();
    // Stable: of equal ones the first in the page leads, titles before teasers.
    groups.sort_by(|one, other| other.score.total_cmp(&one.score));
    let Some(best) = groups.first().filter(|best| best.score > 0.0) else { return Vec::new() };
    let (quality, score, dated) = (best.quality, best.score, best.dated_share() >= SHARE);
    let around = best.container.map(|container| container.parent().and_then(ElementRef::wrap).unwrap_or(container));
    let around = around.map(|element| element.id());
    let is_part = |group: &Group<'_>| {
        let near = group.score >= score * SHARE || group.container.is_some_and(|own| is_within(own, around));
        group.score >= score || dated && near && group.quality >= quality * SHARE && group.dated_share() >= SHARE
    };
    let mut found: Vec<(usize, Item)> = Vec::new();
    let mut known = HashSet::new();
    for group in groups.into_iter().filter(is_part) {
        let items = group.places.into_iter().zip(group.items);
        found.extend(items.filter(|(_, item)| known.insert(item.url.clone())));
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, item)| item).take(MAX_ITEMS).collect()
}

fn is_within(element: ElementRef<'_>, around: Option<NodeId>) -> bool {
    around.is_some() && element.ancestors().any(|ancestor| Some(ancestor.id()) == around)
}

/// The page's links to other pages of its host that are shown.
fn links<'a>(root: ElementRef<'a>, base: &PageUrl) -> Vec<Anchor<'a>> {
    let links = root.descendants().filter_map(ElementRef::wrap).filter(|element| element.value().name() == "a");
    let resolved = links.take(MAX_LINKS).filter_map(|link| Some((link, article_url(base, link.attr("href")?)?)));
    let other_page = |url: &PageUrl| url.bare_host() == base.bare_host() && url.as_url().path() != "/" && url != base;
    resolved.filter(|(link, url)| other_page(url) && !is_hidden(*link)).collect()
}

/// Numbers of the links by the way to them, in the page's order.
fn groups(links: &[Anchor<'_>]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut by_way: HashMap<String, usize> = HashMap::new();
    for (place, (link, _)) in links.iter().enumerate() {
        let at = *by_way.entry(way(*link)).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(place),
            None => groups.push(vec![place]),
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

impl<'a> Group<'a> {
    fn new(links: &[Anchor<'a>], places: &[usize], order: DateOrder) -> Group<'a> {
        let anchors: Vec<(usize, &Anchor<'a>)> = places.iter().filter_map(|at| Some((*at, links.get(*at)?))).collect();
        let blocks = Blocks::new(anchors.iter().map(|(_, (link, url))| (*link, url)));
        let container = anchors.first().and_then(|(_, (link, _))| blocks.container(*link));
        let (places, items) = group_items(&anchors, &blocks, order);
        let mut group = Group { items, places, container, quality: 0.0, score: 0.0 };
        let headed = anchors.first().is_some_and(|(_, (link, _))| is_headed(*link));
        group.weigh(headed);
        group
    }

    fn weigh(&mut self, headed: bool) {
        let titles = || self.items.iter().filter_map(|item| item.hints.title.as_deref());
        let headlines = || titles().filter(|title| title.split(' ').count() >= TITLE_WORDS);
        let count = headlines().count();
        if count == 0 {
            return;
        }
        let lengths: Vec<usize> = headlines().map(|title| title.chars().count()).collect();
        let useful: usize = lengths.iter().map(|length| (*length).min(TITLE_LENGTH)).sum();
        let teasers = lengths.iter().sum::<usize>() > TEASER_LENGTH * count;
        let form = if teasers { 0.5 } else { 1.0 } * if headed { 1.3 } else { 1.0 };
        let share = ratio(count, self.items.len());
        let place = self.container.map_or(1.0, place_weight);
        let each = form * place * share * (1.0 + 3.0 * self.dated_share());
        self.quality = each * ratio(useful, count * TITLE_LENGTH);
        self.score = each * ratio(useful, TITLE_LENGTH).sqrt();
    }

    fn dated_share(&self) -> f64 {
        ratio(self.items.iter().filter(|item| item.hints.date.is_some()).count(), self.items.len())
    }
}

/// What the place of a group says: little for what stands in menus, footers and boxes aside. Only elements around the
/// whole group count: an item's own parts may be called anything.
fn place_weight(container: ElementRef<'_>) -> f64 {
    let mut weight = 1.0_f64;
    for element in std::iter::once(container).chain(container.ancestors().filter_map(ElementRef::wrap)) {
        let name = element.value().name();
        if matches!(name, "body" | "html") {
            break;
        }
        let names = [element.attr("class"), element.attr("id"), element.attr("role")];
        if name == "main" || element.attr("role") == Some("main") {
            weight *= 1.5;
        } else if matches!(name, "nav" | "footer" | "aside") || name == "header" && !is_in_content(element) {
            weight *= 0.1;
        } else if names.into_iter().flatten().any(|name| ASIDE.is_match(name)) {
            weight *= 0.4;
        }
    }
    weight
}

/// Whether an element is a part of an article or of the main content: a `<header>` there heads an item, not the page.
fn is_in_content(element: ElementRef<'_>) -> bool {
    let mut around = element.ancestors().filter_map(ElementRef::wrap);
    around.any(|element| matches!(element.value().name(), "main" | "article" | "section" | "li"))
}

/// Counts here are far below 2^32.
fn ratio(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole.max(1))
}

/// One item for each address of a group, with the number of its first link.
fn group_items(anchors: &[(usize, &Anchor<'_>)], blocks: &Blocks, order: DateOrder) -> (Vec<usize>, Vec<Item>) {
    let mut places = Vec::new();
    let mut items: Vec<Item> = Vec::new();
    let mut known: HashMap<&PageUrl, usize> = HashMap::new();
    for (place, (link, url)) in anchors {
        let (date_text, date) = date_near(blocks.around(*link), *link, order);
        let title = link_title(*link, date_text.as_deref());
        if let Some(item) = known.get(url).and_then(|at| items.get_mut(*at)) {
            if title.as_ref().map(String::len) > item.hints.title.as_ref().map(String::len) {
                item.hints.title = title;
            }
            item.hints.date = item.hints.date.take().or(date);
            continue;
        }
        known.insert(url, items.len());
        places.push(*place);
        items.push(Item { url: url.clone(), hints: Hints { title, date, ..Hints::default() }, date_text });
    }
    (places, items)
}

/// Whether a link stands in a heading or holds one.
fn is_headed(link: ElementRef<'_>) -> bool {
    let around = link.ancestors().filter_map(ElementRef::wrap).take(LONE_REACH);
    around.chain(link.descendants().filter_map(ElementRef::wrap)).any(is_heading)
}

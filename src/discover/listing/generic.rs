//! Reads lists without rules: repeated link blocks, scored.
//!
//! Links are grouped by the path of elements that leads to them. A group's score depends on the lengths of its titles, on how many of its items have
//! their own date, teaser or image, and on its position. The group with the best score is the list. Another group is part of the list if it is inside
//! the list or in blocks like it, has equally rich items, shares blocks with the list's items, or has a heading that continues the list. Side boxes
//! have poorer items, are narrower, or have a heading that identifies them.

use std::collections::HashMap;
use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::ElementRef;

use crate::discover::listing::Hidden;
use crate::discover::listing::Item;
use crate::discover::listing::MAX_ITEMS;
use crate::discover::listing::MAX_NODES;
use crate::discover::listing::article_url;
use crate::discover::listing::block::Blocks;
use crate::discover::listing::block::LONE_REACH;
use crate::discover::listing::block::date_near;
use crate::discover::listing::is_heading;
use crate::discover::listing::link_title;
use crate::discover::listing::place;
use crate::discover::listing::place::Relation;
use crate::discover::listing::place::Weights;
use crate::discover::listing::short;
use crate::discover::listing::way::Anchor;
use crate::discover::listing::way::Ways;
use crate::model::link::Hints;
use crate::text::date::DateOrder;
use crate::url::PageUrl;

/// Maximum number of links of a page that are examined.
const MAX_LINKS: usize = 10_000;

/// Maximum total length in bytes of their URLs. A short reference may resolve to a long URL.
const MAX_ADDRESSES: usize = 8 * 1024 * 1024;

/// Minimum number of words of a title. Menus have one to four, headlines six or more.
const TITLE_WORDS: usize = 5;

/// Number of characters beyond which a longer title adds nothing to the score.
const TITLE_LENGTH: usize = 60;

/// Minimum number of words of a title that is in a heading or has its own date.
const SURE_WORDS: usize = 2;

/// Maximum average number of links to the same URL in a group. With more, they are a label shared by many items: an article has its image, its title
/// and a link to the full text.
const MAX_LINKS_TO_ONE: usize = 3;

/// Maximum number of groups that are considered as the best one.
const RIVALS: usize = 8;

/// Factor for the score of a group whose heading is that of a side box.
const ASIDE_WEIGHT: f64 = 0.3;

/// Minimum share of the best group's score that makes another group part of the list.
const SHARE: f64 = 0.5;

/// Average number of characters of titles above which the links are teasers, not headlines.
const TEASER_LENGTH: usize = 160;

/// Minimum number of characters of a text that may be a teaser.
const TEASER_LEAST: usize = 40;

/// Maximum number of nodes of an item that are searched for a teaser, and for an image.
const TEASER_NODES: usize = 400;

/// Number of items below which a group is hardly a list.
const FEW: usize = 3;

/// Links with the same path of elements.
struct Group<'a> {
    rows: Vec<Row<'a>>,
    /// The smallest element around all the links.
    container: Option<ElementRef<'a>>,
    /// The weight of its position.
    place: f64,
    /// How much its average title looks like an article's.
    titles: f64,
    /// How much its average item looks like an article.
    quality: f64,
    score: f64,
    /// Whether its heading continues the list.
    goes_on: bool,
}

/// An item and its position.
struct Row<'a> {
    item: Item,
    /// The index of its first link in the page.
    place: usize,
    /// Its first link.
    link: ElementRef<'a>,
    /// The block that belongs to the item.
    block: ElementRef<'a>,
    has_teaser: bool,
    has_image: bool,
}

/// The blocks of a list's rows, and all their ancestors.
struct RowBlocks {
    own: HashSet<NodeId>,
    around: HashSet<NodeId>,
}

impl RowBlocks {
    fn new<'a, 'b: 'a>(rows: impl Iterator<Item = &'a Row<'b>>) -> RowBlocks {
        let mut blocks = RowBlocks { own: HashSet::new(), around: HashSet::new() };
        for row in rows {
            blocks.own.insert(row.block.id());
            let mut around = row.block.ancestors();
            // All further ancestors were inserted together with this one.
            while around.next().is_some_and(|element| blocks.around.insert(element.id())) {}
        }
        blocks
    }

    fn hold(&self, row: &Row<'_>) -> bool {
        row.block.ancestors().any(|around| self.own.contains(&around.id()))
    }

    fn are_within(&self, row: &Row<'_>) -> bool {
        self.around.contains(&row.block.id())
    }
}

/// Returns the items of the page, in its order.
pub(super) fn items(root: ElementRef<'_>, base: &PageUrl, order: DateOrder) -> Vec<Item> {
    let links = links(root, base);
    let long = Blocks::new(links.iter().filter(|(link, _)| is_long(&short(*link))).map(|(link, url)| (*link, url)));
    let ways = Ways::new(&long).groups(&links);
    let mut weights = Weights::default();
    let group = |places: &Vec<usize>| Group::new(&links, places, &long, order, &mut weights);
    let mut groups: Vec<Group<'_>> = ways.iter().map(group).collect();
    // The sort is stable: groups with equal scores stay in the page's order, titles before teasers.
    groups.sort_by(|one, other| other.score.total_cmp(&one.score));
    let Some(best) = best(&groups) else { return Vec::new() };
    let best = groups.remove(best);
    let (mut parts, rest): (Vec<Group<'_>>, Vec<Group<'_>>) = groups.into_iter().partition(|group| best.takes(group));
    let blocks = RowBlocks::new(std::iter::once(&best).chain(&parts).flat_map(|part| &part.rows));
    parts.extend(rest.into_iter().filter(|group| best.shares_blocks_with(group, &blocks)));
    let mut known = HashSet::new();
    let mut rows: Vec<Row<'_>> = std::iter::once(best).chain(parts).flat_map(|group| group.rows).collect();
    rows.retain(|row| known.insert(row.item.url.clone()));
    rows.sort_by_key(|row| row.place);
    rows.truncate(MAX_ITEMS);
    under_headings(rows)
}

/// Returns the index of the best group: the first, unless one that is not much worse is in a wider column next to it.
fn best(groups: &[Group<'_>]) -> Option<usize> {
    let first = groups.first().filter(|first| first.score > 0.0)?;
    let is_wider = |group: &Group<'_>| match (group.container, first.container) {
        (Some(own), Some(other)) => place::relation(own, other) == Relation::Narrow,
        _ => false,
    };
    let near = groups.iter().take_while(|group| group.score >= first.score * SHARE);
    Some(near.take(RIVALS).position(is_wider).unwrap_or(0))
}

/// Returns the items that are not in side boxes. If the items are in several boxes, the heading of its box becomes an item's section.
fn under_headings(rows: Vec<Row<'_>>) -> Vec<Item> {
    let blocks = Blocks::new(rows.iter().map(|row| (row.link, &row.item.url)));
    let is_item = |element: ElementRef<'_>| blocks.holds_any(element);
    let heading = |row: &Row<'_>| {
        place::heading(blocks.around(row.link), &is_item).filter(|heading| !place::is_on_heading(heading))
    };
    let headings: Vec<Option<String>> = rows.iter().map(heading).collect();
    let headed: Vec<(Option<String>, Item)> = headings.into_iter().zip(rows.into_iter().map(|row| row.item)).collect();
    let is_aside = |heading: &Option<String>| heading.as_deref().is_some_and(place::is_aside_heading);
    let keeps_all = headed.iter().all(|(heading, _)| is_aside(heading));
    let headings: HashSet<&String> = headed.iter().filter_map(|(heading, _)| heading.as_ref()).collect();
    let in_boxes = headings.iter().filter(|heading| !place::is_aside_heading(heading)).count() > 1;
    let kept = headed.into_iter().filter(|(heading, _)| keeps_all || !is_aside(heading));
    let named = kept.map(|(heading, mut item)| {
        item.hints.section = heading.filter(|_| in_boxes);
        item
    });
    named.collect()
}

/// Returns the page's visible links to other pages of its host.
fn links<'a>(root: ElementRef<'a>, base: &PageUrl) -> Vec<Anchor<'a>> {
    let links = root.descendants().filter_map(ElementRef::wrap).filter(|element| element.value().name() == "a");
    let resolved = links.take(MAX_LINKS).filter_map(|link| Some((link, article_url(base, link.attr("href")?)?)));
    let is_home = |url: &PageUrl| url.as_url().path() == "/" && url.as_url().query().is_none();
    let other_page = |url: &PageUrl| url.bare_host() == base.bare_host() && !is_home(url) && url != base;
    let mut left = MAX_ADDRESSES;
    let fits = |(_, url): &Anchor<'a>| {
        let rest = left.checked_sub(url.as_str().len());
        left = rest.unwrap_or_default();
        rest.is_some()
    };
    let mut hidden = Hidden::default();
    resolved.take_while(fits).filter(|(link, url)| other_page(url) && !hidden.holds(*link)).collect()
}

/// Whether a link's text is as long as a headline.
fn is_long(text: &str) -> bool {
    words(text) >= TITLE_WORDS
}

/// Counts the words of a text. For scripts without spaces, the number is estimated from the letters.
fn words(text: &str) -> usize {
    let mut dense = 0;
    for c in text.chars() {
        dense += match c {
            // Chinese, Japanese, Korean: two letters per word.
            '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => 2,
            // Thai, Lao, Burmese, Khmer: four letters per word.
            '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => 1,
            _ => 0,
        };
    }
    text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count() + dense / 4
}

impl<'a> Group<'a> {
    fn new(
        links: &[Anchor<'a>],
        places: &[usize],
        long: &Blocks,
        order: DateOrder,
        weights: &mut Weights,
    ) -> Group<'a> {
        let anchors: Vec<(usize, &Anchor<'a>)> = places.iter().filter_map(|at| Some((*at, links.get(*at)?))).collect();
        let blocks = Blocks::new(anchors.iter().map(|(_, (link, url))| (*link, url)));
        let container = anchors.first().and_then(|(_, (link, _))| blocks.container(*link));
        let rows = rows(&anchors, &blocks, long, order);
        let place = container.map_or(1.0, |container| weights.of(container));
        let mut group = Group { rows, container, place, titles: 0.0, quality: 0.0, score: 0.0, goes_on: false };
        let headed = anchors.first().is_some_and(|(_, (link, _))| is_headed(*link));
        // A short link in the heading or date line of a box of headlines names the box, not an article.
        let names_boxes = group.rows.iter().any(|row| long.holds_many(row.block));
        let is_sure = !names_boxes && (headed || group.share(is_dated) >= SHARE);
        if anchors.len() <= MAX_LINKS_TO_ONE * group.rows.len() {
            group.weigh(headed, if is_sure { SURE_WORDS } else { TITLE_WORDS });
        }
        let first = group.rows.first().filter(|_| group.score > 0.0);
        let heading = first.and_then(|row| place::heading(row.block, &|_| false)).unwrap_or_default();
        group.goes_on = place::is_on_heading(&heading);
        if place::is_aside_heading(&heading) {
            group.score *= ASIDE_WEIGHT;
            group.place *= ASIDE_WEIGHT;
        }
        group
    }

    fn weigh(&mut self, headed: bool, least_words: usize) {
        let titles = || self.rows.iter().filter_map(|row| row.item.hints.title.as_deref());
        let headlines: HashSet<&str> = titles().filter(|title| words(title) >= least_words).collect();
        let count = headlines.len();
        if count == 0 {
            return;
        }
        let lengths: Vec<usize> = headlines.iter().map(|title| title.chars().count()).collect();
        let useful: usize = lengths.iter().map(|length| (*length).min(TITLE_LENGTH)).sum();
        let teasers = lengths.iter().sum::<usize>() > TEASER_LENGTH * count;
        let form = if teasers { 0.5 } else { 1.0 } * if headed { 1.3 } else { 1.0 };
        // A title that many rows share is a label.
        let share = ratio(count, self.rows.len());
        let each = form
            * self.place
            * share
            * (1.0 + 3.0 * self.share(is_dated) + 2.0 * self.share(has_teaser) + self.share(has_image));
        let length = ratio(useful, count * TITLE_LENGTH);
        self.titles = form * share * length;
        self.quality = each * length;
        let many = if self.rows.len() < FEW { 0.5 } else { 1.0 };
        self.score = each * many * ratio(useful, TITLE_LENGTH).sqrt();
    }

    /// Whether another group is part of the list for which this group is the best one.
    fn takes(&self, other: &Group<'a>) -> bool {
        let (Some(own), Some(others)) = (self.container, other.container) else { return false };
        if other.score <= 0.0 || other.place < self.place * SHARE {
            return false;
        }
        let keeps = |of: fn(&Row<'_>) -> bool| self.share(of) < SHARE || other.share(of) >= SHARE;
        // If the items have images and no teasers, an image counts as much as a teaser.
        let by_images = self.share(has_teaser) < SHARE && self.share(has_image) >= SHARE;
        let adds = if by_images { has_image } else { has_teaser };
        let is_rich = other.share(adds) >= SHARE && keeps(is_dated);
        let is_good = other.quality >= self.quality * SHARE;
        match place::relation(own, others) {
            Relation::Within => keeps(is_dated) && is_good || is_rich || other.goes_on,
            Relation::Alike => keeps(is_dated) && keeps(has_teaser) && keeps(has_image) && is_good,
            Relation::Beside => is_rich || other.goes_on,
            Relation::Apart => is_rich,
            Relation::Narrow => false,
        }
    }

    /// Whether another group's items are inside blocks of the list or contain them. On front pages, the first article of a block has a teaser, and
    /// the others are only titles.
    fn shares_blocks_with(&self, other: &Group<'a>, blocks: &RowBlocks) -> bool {
        let share =
            |of: &dyn Fn(&Row<'a>) -> bool| ratio(other.rows.iter().filter(|row| of(row)).count(), other.rows.len());
        let has_own = [is_dated, has_teaser, has_image].into_iter().any(|of| other.share(of) >= SHARE);
        other.score > 0.0
            && other.titles >= self.titles * SHARE
            && other.place >= self.place * SHARE
            && (share(&|row| blocks.hold(row)) >= SHARE || has_own && share(&|row| blocks.are_within(row)) >= SHARE)
    }

    /// Returns the share of rows with a property.
    fn share(&self, of: fn(&Row<'_>) -> bool) -> f64 {
        ratio(self.rows.iter().filter(|row| of(row)).count(), self.rows.len())
    }
}

fn is_dated(row: &Row<'_>) -> bool {
    row.item.hints.date.is_some()
}

fn has_teaser(row: &Row<'_>) -> bool {
    row.has_teaser
}

fn has_image(row: &Row<'_>) -> bool {
    row.has_image
}

fn is_image(element: ElementRef<'_>) -> bool {
    matches!(element.value().name(), "img" | "picture")
}

/// Divides two counts. Counts are far below 2^32 here.
fn ratio(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole.max(1))
}

/// Returns one row for each URL of a group.
///
/// `long` are the links that look like headlines. If a row's block also contains such a link to another URL, only the block around the row's own link
/// belongs to the row.
fn rows<'a>(anchors: &[(usize, &Anchor<'a>)], blocks: &Blocks, long: &Blocks, order: DateOrder) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    let mut known: HashMap<&PageUrl, usize> = HashMap::new();
    for (place, (link, url)) in anchors {
        let block = blocks.around(*link);
        let own = if long.holds_many(block) { long.around(*link) } else { block };
        let (date_text, date) = date_near(own, *link, order);
        let title = link_title(*link, date_text.as_deref());
        if let Some(row) = known.get(url).and_then(|at| rows.get_mut(*at)) {
            let hints = &mut row.item.hints;
            if title.as_ref().map(String::len) > hints.title.as_ref().map(String::len) {
                hints.title = title;
            }
            hints.date = hints.date.take().or(date);
            continue;
        }
        known.insert(url, rows.len());
        let has_image = own.descendants().take(TEASER_NODES).filter_map(ElementRef::wrap).any(is_image);
        let has_teaser = teases(own, title.as_deref().unwrap_or_default());
        let hints = Hints { title, date, ..Hints::default() };
        rows.push(Row {
            item: Item { url: url.clone(), hints, date_text },
            place: *place,
            link: *link,
            block,
            has_teaser,
            has_image,
        });
    }
    rows
}

/// Whether a block contains a longer text besides its title.
fn teases(block: ElementRef<'_>, title: &str) -> bool {
    let texts = block.descendants().take(TEASER_NODES).filter_map(|node| {
        let is_code = node
            .parent()
            .and_then(ElementRef::wrap)
            .is_some_and(|element| matches!(element.value().name(), "script" | "style" | "noscript" | "template"));
        node.value().as_text().filter(|_| !is_code)
    });
    let mut texts = texts.map(|text| text.trim()).filter(|text| text.chars().nth(TEASER_LEAST).is_some());
    texts.any(|text| !text.contains(title) && !title.contains(text))
}

/// Whether a link is inside a heading or contains one.
fn is_headed(link: ElementRef<'_>) -> bool {
    let around = link.ancestors().filter_map(ElementRef::wrap).take(LONE_REACH);
    around.chain(link.descendants().take(MAX_NODES).filter_map(ElementRef::wrap)).any(is_heading)
}

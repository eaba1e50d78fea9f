//! The reader for pages without rules: where the body stands, what its title is, when it was published.

use std::collections::HashMap;

use ego_tree::NodeId;
use scraper::ElementRef;

use crate::html::tree;
use crate::text::date;
use crate::text::date::DateOrder;
use crate::text::date::Dated;
use crate::text::unicode;
use crate::text::vietnamese::fold_ascii;

/// Words in `class` and `id` that speak for the article.
const FOR: &[&str] = &[
    "content", "article", "detail", "body", "entry", "post", "news", "noidung", "chitiet", "baiviet", "main", "text",
    "story",
];

/// Words that speak for the frame.
const AGAINST: &[&str] = &[
    "menu",
    "nav",
    "footer",
    "header",
    "sidebar",
    "related",
    "comment",
    "share",
    "social",
    "banner",
    "advert",
    "widget",
    "breadcrumb",
    "tinkhac",
    "lienquan",
    "tag",
    "rating",
    "pager",
    "pagination",
    "login",
    "search",
    "copyright",
    "popup",
];

/// A paragraph counts from so many characters on.
const LEAST_PARAGRAPH: usize = 40;

/// The element that holds most of the prose: each paragraph's weight goes to its parent whole and to its grandparent by half, less what
/// stands in links.
pub(super) fn body(root: ElementRef<'_>) -> Option<ElementRef<'_>> {
    let mut scores: HashMap<NodeId, f64> = HashMap::new();
    for element in root.descendent_elements() {
        if !holds_prose(element) || hidden_above(element) {
            continue;
        }
        let weight = weight_of(element);
        if weight <= 0.0 {
            continue;
        }
        let mut share = 1.0;
        for above in element.ancestors().filter_map(ElementRef::wrap).take(3) {
            *scores.entry(above.id()).or_insert(0.0) += weight * share;
            share /= 2.0;
        }
    }
    let scored = root.descendent_elements().filter_map(|element| {
        let score = scores.get(&element.id())? * vocabulary(element) * (1.0 - link_density(element));
        (score > 0.0).then_some((score, element))
    });
    scored.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, element)| element)
}

/// A paragraph, or any element that holds text of its own and no blocks.
fn holds_prose(element: ElementRef<'_>) -> bool {
    match element.value().name() {
        "p" | "pre" | "blockquote" => true,
        "div" | "td" | "section" | "article" | "span" | "font" | "h2" | "h1" => {
            let own: usize = element
                .children()
                .filter_map(|child| child.value().as_text())
                .map(|text| text.trim().chars().count())
                .sum();
            own >= LEAST_PARAGRAPH
        }
        _ => false,
    }
}

fn hidden_above(element: ElementRef<'_>) -> bool {
    tree::is_hidden(element) || element.ancestors().filter_map(ElementRef::wrap).any(tree::is_hidden)
}

#[expect(clippy::cast_precision_loss, reason = "a score of some thousands of characters")]
fn weight_of(element: ElementRef<'_>) -> f64 {
    let text = tree::line(element);
    let length = text.chars().count();
    if length < LEAST_PARAGRAPH {
        return 0.0;
    }
    let commas = text.matches([',', ';']).count();
    (1.0 + commas as f64 + (length as f64 / 100.0).min(6.0)) * (1.0 - link_density(element))
}

#[expect(clippy::cast_precision_loss, reason = "a share")]
fn link_density(element: ElementRef<'_>) -> f64 {
    let length = |element: ElementRef<'_>| element.text().map(|text| text.trim().len()).sum::<usize>();
    let linked: usize = element.descendent_elements().filter(|below| below.value().name() == "a").map(length).sum();
    (linked as f64 / (length(element).max(1)) as f64).min(1.0)
}

fn vocabulary(element: ElementRef<'_>) -> f64 {
    let own = element.value();
    let words = format!("{} {}", own.attr("class").unwrap_or_default(), own.attr("id").unwrap_or_default())
        .to_ascii_lowercase();
    let count = |list: &[&str]| list.iter().filter(|word| words.contains(**word)).count();
    let frame = matches!(own.name(), "nav" | "footer" | "aside" | "header");
    match (count(FOR), count(AGAINST)) {
        _ if frame => 0.2,
        (0, 0) => 1.0,
        (_, 0) => 1.3,
        (0, _) => 0.3,
        (..) => 0.8,
    }
}

/// The headline: the heading, or element whose class says title, that stands nearest before the body, or else within its beginning. The
/// text of `<title>` backs a candidate that it contains.
pub(super) fn title(root: ElementRef<'_>, body: Option<ElementRef<'_>>, hint: Option<&str>) -> Option<String> {
    let page_title =
        root.descendent_elements().find(|element| element.value().name() == "title").map(tree_text).unwrap_or_default();
    let (page_title, hint) = (fold_ascii(&page_title), hint.map(fold_ascii));
    let order: HashMap<NodeId, usize> =
        root.descendent_elements().enumerate().map(|(at, element)| (element.id(), at)).collect();
    let body_at = body.and_then(|body| order.get(&body.id()).copied()).unwrap_or(usize::MAX);
    let mut best: Option<(i64, String)> = None;
    for element in root.descendent_elements() {
        let Some(rank) = title_rank(element) else { continue };
        let text = tree::line(element);
        let length = text.chars().count();
        if !(12..=300).contains(&length) || hidden_above(element) {
            continue;
        }
        let at = order.get(&element.id()).copied().unwrap_or(0);
        let folded = fold_ascii(&text);
        let distance = i64::try_from(body_at.abs_diff(at)).unwrap_or(i64::MAX).min(400);
        let after = i64::from(at > body_at + 40) * 200;
        let backed = i64::from(page_title.contains(&folded)) * 150 + i64::from(hint.as_ref() == Some(&folded)) * 400;
        let linked = i64::from(link_density(element) > 0.5) * 150;
        let score = rank + backed - distance / 2 - after - linked;
        if best.as_ref().is_none_or(|(known, _)| score > *known) {
            best = Some((score, text));
        }
    }
    best.map(|(_, text)| text)
}

fn tree_text(element: ElementRef<'_>) -> String {
    unicode::clean(&element.text().collect::<String>())
}

fn title_rank(element: ElementRef<'_>) -> Option<i64> {
    let own = element.value();
    let words = format!("{} {}", own.attr("class").unwrap_or_default(), own.attr("id").unwrap_or_default())
        .to_ascii_lowercase();
    let named = words.contains("title") || words.contains("tieude") || words.contains("headline");
    let rank = match own.name() {
        "h1" => 120,
        "h2" => 90,
        "h3" => 60,
        "h4" => 30,
        "p" | "div" | "span" | "td" if named => 60,
        _ => return None,
    };
    Some(rank + i64::from(named) * 40)
}

/// The date of publication: a `time` element or one whose class says so, or a labelled line, near the title or the body; never in the
/// header, the footer or a list. `None` is a real answer.
pub(super) fn published(root: ElementRef<'_>, body: Option<ElementRef<'_>>, order: DateOrder) -> Option<Dated> {
    const NAMES: &[&str] = &["date", "time", "ngay", "publish", "posted", "created"];
    let near: Vec<NodeId> =
        body.map(|body| body.ancestors().take(4).map(|node| node.id()).collect()).unwrap_or_default();
    let mut found: Option<(i32, Dated)> = None;
    for element in root.descendent_elements() {
        let own = element.value();
        let words = format!("{} {}", own.attr("class").unwrap_or_default(), own.attr("id").unwrap_or_default())
            .to_ascii_lowercase();
        let named = own.name() == "time" || NAMES.iter().any(|name| words.contains(name));
        if in_frame(element) || (!named && element.has_children() && element.child_elements().next().is_some()) {
            continue;
        }
        let text = own.attr("datetime").map_or_else(|| tree::line(element), str::to_owned);
        if text.is_empty() || text.chars().count() > 120 {
            continue;
        }
        let dated = if named { date::read(&text, order) } else { date::find_labelled(&text) };
        let Some(dated) = dated else { continue };
        let close = element.ancestors().any(|node| {
            near.contains(&node.id())
                && ElementRef::wrap(node)
                    .is_some_and(|above| above.value().name() != "body" && above.value().name() != "html")
        });
        let score = i32::from(close) * 10 + i32::from(own.name() == "time") * 2 + i32::from(named);
        if (close || !named || own.name() == "time") && found.as_ref().is_none_or(|(known, _)| score > *known) {
            found = Some((score, dated));
        }
    }
    found.map(|(_, dated)| dated)
}

fn in_frame(element: ElementRef<'_>) -> bool {
    const FRAME: &[&str] = &[
        "footer",
        "header",
        "nav",
        "sidebar",
        "related",
        "tinkhac",
        "lienquan",
        "date-today",
        "datetime-now",
        "clock",
        "copyright",
        "menu",
        "comment",
    ];
    std::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap)).any(|above| {
        let own = above.value();
        let words = format!("{} {}", own.attr("class").unwrap_or_default(), own.attr("id").unwrap_or_default())
            .to_ascii_lowercase();
        !matches!(own.name(), "body" | "html")
            && (matches!(own.name(), "footer" | "nav" | "li" | "aside")
                || FRAME.iter().any(|word| words.contains(word)))
            || tree::is_hidden(above)
    })
}

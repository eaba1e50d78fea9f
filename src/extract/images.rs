//! Images as the page has them → addresses.

use scraper::ElementRef;

use crate::extract::outline::Room;
use crate::model::article::Image;
use crate::url::PageUrl;

/// Attributes that hold an image's address, lazy loaders' first: `src` is a placeholder where they stand.
const SOURCES: &[&str] = &[
    "data-original",
    "data-src",
    "data-lazy-src",
    "data-original-src",
    "data-lazy",
    "data-url",
    "data-image",
    "data-hi-res-src",
    "data-full-src",
    "src",
];

/// Attributes that hold several addresses with their widths.
const SETS: &[&str] = &["data-srcset", "data-lazy-srcset", "srcset"];

/// Names of files that hold a place and show nothing.
const SPACERS: &[&str] = &["/blank.gif", "/spacer.gif", "/pixel.gif", "/transparent.gif", "/1x1.gif", "/clear.gif"];

/// An image. One whose bytes are embedded, or whose address is lost, has no address; tracking pixels and spacers are none at all.
pub(super) fn image(node: ElementRef<'_>, base: &PageUrl, room: &mut Room) -> Option<Image> {
    let tiny = |name: &str| {
        node.attr(name).and_then(|size| size.trim_end_matches("px").parse::<u32>().ok()).is_some_and(|size| size <= 3)
    };
    if tiny("width") || tiny("height") {
        return None;
    }
    let plain = SOURCES.iter().filter_map(|name| node.attr(name)).map(str::trim).filter(|source| !source.is_empty());
    let sets = SETS.iter().filter_map(|name| largest(node.attr(name)?));
    let picture = node.parent().and_then(ElementRef::wrap).filter(|parent| parent.value().name() == "picture");
    let picture = picture.into_iter().flat_map(|picture| {
        picture
            .child_elements()
            .filter_map(|source| largest(source.attr("srcset").or(source.attr("data-srcset"))?))
            .collect::<Vec<_>>()
    });
    let url = plain.chain(sets).chain(picture).find_map(|source| room.join(base, source));
    let spacer = url
        .as_ref()
        .is_some_and(|url| SPACERS.iter().any(|name| url.as_url().path().to_ascii_lowercase().ends_with(name)));
    (!spacer).then_some(Image { url, caption: None, credit: None })
}

/// The address with the greatest width in a `srcset` (HTML Standard, section 4.8.4.2.1).
fn largest(set: &str) -> Option<&str> {
    let candidates = set.split(", ").filter_map(|candidate| {
        let mut parts = candidate.trim().trim_end_matches(',').split_whitespace();
        let url = parts.next()?;
        let size = parts.next().and_then(|size| size.trim_end_matches(['w', 'x']).parse::<f32>().ok()).unwrap_or(1.0);
        Some((size, url))
    });
    candidates.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, url)| url)
}

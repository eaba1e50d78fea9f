//! Resolves the page's images to URLs, and decides which of them are the article's.

use std::ops::Range;

use html5ever::local_name;
use scraper::ElementRef;

use crate::extract::outline::AddressBudget;
use crate::extract::outline::Element;
use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::picture;
use crate::extract::structured;
use crate::extract::structured::Property;
use crate::extract::structured::StructuredValue;
use crate::html::tree;
use crate::model::article::Image;
use crate::url::PageUrl;
use crate::url::path_of;

/// Lazy loaders' attributes with an image's URL in any form. If one is present, `src` is a placeholder.
const LAZY: &[&str] = &[
    "data-original",
    "data-src",
    "data-lazy-src",
    "data-original-src",
    "data-lazy",
    "data-hi-res-src",
    "data-full-src",
];

/// Attributes with the URL of an image or of a page. Used if no other attribute names a picture.
const VAGUE: &[&str] = &["data-url", "data-image"];

/// Parts of attribute names that stand for a smaller or another picture.
const SMALLER: &[&str] = &["thumb", "small", "low", "blur", "placeholder", "preview", "poster", "avatar", "srcset"];

/// Minimum width in pixels of the largest size that takes precedence over all other attributes.
const WIDE: f32 = 300.0;

/// Attributes with several URLs and their widths.
const SETS: &[&str] = &["data-srcset", "data-lazy-srcset", "srcset"];

/// File endings of pictures.
const ENDINGS: &[&str] = &[".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".jfif", ".bmp"];

/// File endings of photos.
const PHOTOS: &[&str] = &[".jpg", ".jpeg", ".webp", ".avif", ".jfif"];

/// Words in file names of placeholders that show nothing.
const STAND_INS: &[&str] = &[
    "blank",
    "spacer",
    "pixel",
    "transparent",
    "1x1",
    "clear",
    "placeholder",
    "loading",
    "loader",
    "spinner",
    "lazyload",
];

/// Names of portraits of writers and commenters.
const PORTRAITS: &[&str] = &["avatar", "avatars"];

/// Words in the names of folders and files with the page's icons and its writers' portraits.
const SIGNS: &[&str] = &["icon", "icons", "ico", "avatar", "avatars", "emoji", "emojis", "sprite", "sprites", "arrow"];

/// Words in the names of folders with writers' portraits.
const WRITERS: &[&str] = &["author", "authors", "profile", "profiles"];

/// Maximum width and height in pixels of an icon.
const SIGN: u32 = 64;

/// Maximum width or height of a tracking pixel or a rule.
const TINY: u32 = 3;

/// Reads an image. An embedded image, or one whose URL is missing, has no URL. None for tracking pixels and spacers.
pub(super) fn image(node: ElementRef<'_>, base: &PageUrl, room: &mut AddressBudget) -> Option<Image> {
    if node.value().name() == "noscript" {
        return picture::of_noscript(node, |image| self::image(image, base, room)).flatten();
    }
    let is_tiny = |name: &str| size(node, name).is_some_and(|size| size <= TINY);
    // An image with several sizes fills its place, and its own size says nothing.
    if tree::attribute(node.value(), &local_name!("sizes")).is_none() && (is_tiny("width") || is_tiny("height")) {
        return None;
    }
    let mut stand_in = false;
    let url = references(node).into_iter().find_map(|reference| {
        if is_stand_in(reference) {
            stand_in |= !reference.starts_with("data:");
            return None;
        }
        let larger = linked_file(node).filter(|file| key_of(file) == key_of(reference));
        // A URL without a path is a page's.
        room.join(base, larger.unwrap_or(reference)).filter(|url| url.as_url().path() != "/")
    });
    let url = url.or_else(|| without_script(node).and_then(|reference| room.join(base, &reference)));
    let is_spacer = stand_in
        && url.is_none()
        && tree::attribute(node.value(), &local_name!("alt")).is_none_or(|alt| alt.trim().is_empty());
    (!is_spacer).then_some(Image { url, caption: None, credit: None })
}

/// Returns the possible references of an image, best first: the largest of several sizes, then lazy loaders' attributes, then `src`.
fn references(node: ElementRef<'_>) -> Vec<&str> {
    let lazy = LAZY.iter().filter_map(|name| tree::attribute(node.value(), *name));
    let other = node.value().attrs().filter(|(name, value)| {
        name.starts_with("data-") && !SMALLER.iter().any(|part| name.contains(part)) && is_picture_file(value)
    });
    let vague = VAGUE.iter().filter_map(|name| tree::attribute(node.value(), *name));
    let picture = node.parent().and_then(ElementRef::wrap).filter(|parent| parent.value().name() == "picture");
    let sources = || picture.into_iter().flat_map(|picture| picture.child_elements()).filter(|child| *child != node);
    let wide = std::iter::once(node).chain(sources().filter(|source| is_same_picture(*source))).flat_map(sets_of);
    let mut wide: Vec<(f32, &str)> = wide.filter(|(width, _)| *width >= WIDE).collect();
    wide.sort_by(|one, other| other.0.total_cmp(&one.0));
    let sets = |node| sets_of(node).map(|(_, reference)| reference);
    let plain = lazy
        .chain(other.map(|(_, value)| value))
        .chain(sets(node))
        .chain(tree::attribute(node.value(), &local_name!("src")));
    let all =
        wide.into_iter().map(|(_, reference)| reference).chain(plain).chain(sources().flat_map(sets)).chain(vague);
    all.map(str::trim).filter(|reference| !reference.is_empty()).collect()
}

/// Returns the picture file that an image links to.
fn linked_file(node: ElementRef<'_>) -> Option<&str> {
    let mut around = node.ancestors().take(LINK_LEVELS).filter_map(ElementRef::wrap);
    around.find(|above| above.value().name() == "a")?.attr("href").filter(|href| is_picture_file(href))
}

/// Returns the largest entry of each set of an image or a source, with its width.
fn sets_of(element: ElementRef<'_>) -> impl Iterator<Item = (f32, &str)> {
    SETS.iter().filter_map(move |name| largest(tree::attribute(element.value(), *name)?))
}

/// Whether a source is the full picture: not in a format that some browsers lack, and not cropped for small screens.
fn is_same_picture(source: ElementRef<'_>) -> bool {
    let says = |name: &str, part: &str| tree::attribute(source.value(), name).is_some_and(|value| value.contains(part));
    !says("type", "webp") && !says("type", "avif") && !says("media", "max-width")
}

/// Returns the reference of the picture in a `<noscript>` right after an image, which replaces the image.
fn without_script(node: ElementRef<'_>) -> Option<String> {
    let shown = |image: ElementRef<'_>| references(image).into_iter().find(|at| !is_stand_in(at)).map(str::to_owned);
    picture::of_noscript(picture::noscript_of(node)?, shown).flatten()
}

/// Whether a reference names no picture but the page or a placeholder file.
fn is_stand_in(reference: &str) -> bool {
    let lower = reference.get(..reference.floor_char_boundary(16)).unwrap_or_default().to_ascii_lowercase();
    lower.starts_with(['#', '?'])
        || ["about:", "data:", "javascript:", "blob:"].iter().any(|scheme| lower.starts_with(scheme))
        || reference.contains(['{', '}'])
        || has_word(file_of(reference), STAND_INS)
}

/// Returns the last part of a path.
fn file_of(reference: &str) -> &str {
    path_of(reference).rsplit('/').next().unwrap_or_default()
}

fn has_word(text: &str, words: &[&str]) -> bool {
    let mut parts = text.split(|c: char| !c.is_ascii_alphanumeric());
    parts.any(|part| words.iter().any(|word| part.eq_ignore_ascii_case(word)))
}

fn is_picture_file(value: &str) -> bool {
    let path = path_of(value.trim());
    !value.trim().contains(' ') && ENDINGS.iter().any(|ending| ends_with(path, ending))
}

fn ends_with(path: &str, ending: &str) -> bool {
    let end = path.len().checked_sub(ending.len()).and_then(|at| path.get(at..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(ending))
}

fn size(node: ElementRef<'_>, name: &str) -> Option<u32> {
    tree::attribute(node.value(), name)?.trim().trim_end_matches("px").parse().ok()
}

/// Returns the URL with the greatest width in a `srcset` (HTML Standard, section 4.8.4.2.1). Commas inside URLs do not separate.
fn largest(set: &str) -> Option<(f32, &str)> {
    let mut best: Option<(f32, &str)> = None;
    let mut rest = set;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.is_empty() {
            break;
        }
        let reference = word.trim_end_matches(',');
        let (descriptor, after) =
            if reference.len() < word.len() { ("", after) } else { after.split_once(',').unwrap_or((after, "")) };
        let width = descriptor.trim().trim_end_matches(['w', 'x']).parse::<f32>().unwrap_or(1.0);
        if best.is_none_or(|(known, _)| width > known) {
            best = Some((width, reference));
        }
        rest = after;
    }
    best
}

/// Distinguishes the article's pictures from others.
pub(super) struct Pictures<'p> {
    outline: &'p Outline<'p>,
    base: &'p PageUrl,
    /// The page's machine-readable pictures, by [`key_of`].
    said: Vec<String>,
    /// Whether a URL is the page's own.
    is_own: &'p dyn Fn(&str) -> bool,
}

impl<'p> Pictures<'p> {
    pub(super) fn of(
        outline: &'p Outline<'p>,
        base: &'p PageUrl,
        said: &[StructuredValue],
        is_own: &'p dyn Fn(&str) -> bool,
    ) -> Pictures<'p> {
        let said = structured::all(said, Property::Image).map(|said| key_of(&said.value));
        let names_one = |key: &String| key.len() >= LEAST_KEY && !has_word(key, &["logo"]);
        Pictures { outline, base, said: said.filter(names_one).collect(), is_own }
    }

    /// Returns the line of the machine-readable picture above the text: the nearest one outside the frame.
    pub(super) fn cover(&self, first: usize, is_framed: &dyn Fn(usize) -> bool) -> Option<usize> {
        if self.said.is_empty() {
            return None;
        }
        let before = self.outline.lines.get(first.saturating_sub(COVER_REACH)..first)?;
        let images = before.iter().rev().zip((0..first).rev()).filter(|(line, _)| line.is_image());
        images.filter(|(line, _)| self.is_said(line) && !is_framed(line.element)).map(|(_, at)| at).next()
    }

    /// Whether a picture is in a figure.
    pub(super) fn is_figure(&self, line: &Line<'_>) -> bool {
        let mut around = self.outline.path(line.element).take(3).filter_map(|at| self.outline.elements.get(at));
        around.any(|element| element.tag == Tag::Figure)
    }

    /// Whether a picture is a photo without a link, by its file ending. The page's icons are drawings.
    pub(super) fn is_photo(&self, line: &Line<'_>) -> bool {
        let mut around =
            self.outline.path(line.element).take(LINK_LEVELS).filter_map(|at| self.outline.elements.get(at));
        !around.any(|element| element.tag == Tag::Link) && self.shown(line, is_photo).unwrap_or_default()
    }

    /// Whether a picture is one of the page's icons or a writer's portrait.
    pub(super) fn is_sign(&self, line: &Line<'_>) -> bool {
        self.shown(line, is_sign).unwrap_or_default()
    }

    /// Whether a picture belongs to a teaser, shows a writer or is a banner: it links to another page that is not the picture's own. A caption
    /// shows that it is the article's, unless the caption has the same link.
    pub(super) fn leads_elsewhere(&self, line: &Line<'_>, caption: Option<&Line<'_>>) -> bool {
        let around = self.outline.path(line.element).take(LINK_LEVELS).filter_map(|at| self.outline.elements.get(at));
        let mut targets = around
            .filter(|element| element.tag == Tag::Link)
            .filter_map(|element| tree::attribute(element.node.value(), &local_name!("href")));
        let links = |caption: &Line<'_>, href: &str| caption.links().any(|(_, link)| link == href);
        let is_none = |href: &str| caption.is_none_or(|caption| self.is_of_site(href) && links(caption, href));
        targets.next().is_some_and(|href| self.is_elsewhere(href) && is_none(href) && !self.is_of_picture(line, href))
    }

    /// Whether a picture is next to another article's headline: the smallest place with more than pictures has no text of this article, and has a
    /// link to another page. A picture with a caption in its figure is complete. Next to a captioned one without a figure, links to other sites
    /// are its sources.
    pub(super) fn is_beside_link(&self, line: &Line<'_>, caption: Option<&Line<'_>>, text: &[bool]) -> bool {
        if caption.is_some() && self.is_figure(line) {
            return false;
        }
        let lines = |range: Range<usize>| {
            let inside = self.outline.lines.get(range.clone()).unwrap_or_default();
            range.zip(inside).filter(|(_, line)| !is_of_picture(line))
        };
        let around = self.outline.path(line.element).filter_map(|at| self.outline.elements.get(at));
        let around = around.take(TEASER_LEVELS).take_while(|element| element.lines.len() <= TEASER_LINES);
        let mut places = around.map(|element| element.lines.clone());
        let Some(place) = places.find(|range| lines(range.clone()).next().is_some()) else { return false };
        let is_other = |href: &str| self.is_elsewhere(href) && (caption.is_none() || self.is_of_site(href));
        let is_teaser = |line: &Line<'_>| line.is_link() && line.links().any(|(_, href)| is_other(href));
        !lines(place.clone()).any(|(at, _)| text.get(at) == Some(&true))
            && lines(place).any(|(_, line)| is_teaser(line))
    }

    /// Whether an element contains only pictures and their captions.
    pub(super) fn is_all(&self, element: &Element<'_>) -> bool {
        let lines = self.outline.lines.get(element.lines.clone()).unwrap_or_default();
        lines.len() <= TEASER_LINES && lines.iter().all(is_of_picture)
    }

    pub(super) fn has_caption(&self, element: &Element<'_>) -> bool {
        let lines = self.outline.lines.get(element.lines.clone()).unwrap_or_default();
        lines.iter().take(TEASER_LINES).any(|line| line.form.caption)
    }

    fn is_elsewhere(&self, href: &str) -> bool {
        !href.starts_with('#') && !href.starts_with("javascript:") && !is_picture_file(href) && !(self.is_own)(href)
    }

    fn is_of_site(&self, href: &str) -> bool {
        self.base.join(href).is_ok_and(|url| url.bare_host() == self.base.bare_host())
    }

    /// Whether a link leads to the picture's own page, which has a similar name: `/anh/cho-phien-ba-ha-3.html` and `cho-phien-ba-ha-3_w600.jpg`.
    fn is_of_picture(&self, line: &Line<'_>, href: &str) -> bool {
        let target = key_of(path_of(href).trim_end_matches('/'));
        let is_named =
            |key: &String| key.strip_prefix(&target).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        target.split('-').count() >= LEAST_NAME
            && self.shown(line, keys_of).is_some_and(|keys| keys.iter().any(is_named))
    }

    /// Whether a picture is one of the machine-readable ones.
    fn is_said(&self, line: &Line<'_>) -> bool {
        let said =
            |node: ElementRef<'_>| references(node).iter().any(|reference| self.said.contains(&key_of(reference)));
        self.shown(line, said).unwrap_or_default()
    }

    /// Applies a function to the image of a line.
    fn shown<T>(&self, line: &Line<'_>, ask: impl FnOnce(ElementRef<'_>) -> T) -> Option<T> {
        let Kind::Image(at) = line.kind else { return None };
        let node = self.outline.pictures.get(at)?.node;
        if node.value().name() == "noscript" { picture::of_noscript(node, ask) } else { Some(ask(node)) }
    }
}

/// Whether a line is a picture or a caption.
fn is_of_picture(line: &Line<'_>) -> bool {
    line.is_image() || line.form.caption
}

fn is_photo(node: ElementRef<'_>) -> bool {
    let file = references(node).into_iter().find(|reference| !is_stand_in(reference)).map(path_of);
    file.is_some_and(|file| PHOTOS.iter().any(|ending| ends_with(file, ending)))
}

fn is_sign(node: ElementRef<'_>) -> bool {
    let small = |name: &str| size(node, name).is_some_and(|size| (1..=SIGN).contains(&size));
    let source = references(node).into_iter().find(|reference| !is_stand_in(reference)).unwrap_or_default();
    let path = path_of(source);
    let is_drawn = path.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("svg"));
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    let is_portrait =
        tree::attribute(node.value(), &local_name!("class")).is_some_and(|names| has_word(names, PORTRAITS));
    let named = is_portrait || has_word(path, SIGNS) || has_word(folders, WRITERS);
    named || is_drawn || (small("width") && small("height"))
}

/// Maximum number of elements between an image and its link.
const LINK_LEVELS: usize = 3;

/// Maximum number of lines of a teaser, and of elements between its picture and it.
const TEASER_LINES: usize = 8;
const TEASER_LEVELS: usize = 8;

/// Number of lines before the text that are searched for the page's own picture, which may be above the headline.
const COVER_REACH: usize = 60;

/// Minimum number of characters of a file name that identifies a picture, and of words of a name that its page shares.
const LEAST_KEY: usize = 5;
const LEAST_NAME: usize = 3;

/// Returns the file names of an image.
fn keys_of(node: ElementRef<'_>) -> Vec<String> {
    let unscripted = without_script(node);
    references(node).into_iter().chain(unscripted.as_deref()).map(key_of).collect()
}

/// Returns a picture's file name without its ending and its size: `anh-600x400.jpg` → `anh`.
fn key_of(reference: &str) -> String {
    let file = file_of(reference).to_ascii_lowercase();
    let stem = file.rsplit_once('.').map_or(file.as_str(), |(stem, _)| stem);
    let is_size = |part: &str| {
        let digits = |text: &str| (2..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        part.split_once('x').is_some_and(|(width, height)| digits(width) && digits(height))
    };
    stem.split(['-', '_']).filter(|part| !is_size(part)).collect::<Vec<_>>().join("-")
}

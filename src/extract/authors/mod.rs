//! Finds the authors where the page names a person, in machine-readable data or in a byline near the headline. Nobody is better than the
//! publisher.

mod asides;
mod name;
#[cfg(test)]
mod tests;

use foldhash::HashSet;
use html5ever::local_name;
use scraper::ElementRef;

use crate::extract::date_lines;
use crate::extract::lines::names;
use crate::extract::outline::Element;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;
use crate::extract::structured;
use crate::extract::structured::Property;
use crate::extract::structured::StructuredValue;
use crate::extract::title::letters;
use crate::html::tree;
use crate::text::date;
use crate::text::date::DateOrder;
use crate::text::unicode;
use crate::url::PageUrl;

/// Maximum number of characters of a byline.
const MAX_BYLINE: usize = 120;

/// Number of lines before and after the body that are searched for a byline, and before it in which a side column belongs to the article.
const NEAR: (usize, usize) = (15, 4);
const BESIDE: usize = 6;

/// Maximum number of words of a line that holds a date and an author.
const MAX_META: u32 = 24;

/// Maximum number of nodes of a byline's element.
const MAX_BYLINE_NODES: usize = 200;

/// Maximum number of machine-readable names that are checked.
const MAX_NAMES: usize = 100;

/// Maximum number of words of a line that may show an author.
const MAX_SHOWN: u32 = 40;

/// Maximum number of pieces of a byline that are checked.
const MAX_PIECES: usize = 16;

/// Returns the authors that the page names.
pub(super) fn find(
    outline: &Outline<'_>,
    said: &[StructuredValue],
    body: Option<(usize, usize)>,
    url: &PageUrl,
) -> Vec<String> {
    let page = Page {
        outline,
        body,
        end: body.map_or(0, |(first, last)| end_of_text(outline, first, last)),
        frames: frames(outline, body),
        organizations: organizations(outline, said, url),
    };
    let origins = ["json-ld", "meta", "dublin-core", structured::VENDOR];
    let by_machine = origins.iter().map(|origin| {
        let values = structured::all(said, Property::Author).filter(|said| said.origin == *origin);
        let is_believed = |name: &String| *origin != structured::VENDOR || name::is_person(name);
        unique(values.flat_map(|said| page.names_said(&said.value)).take(MAX_NAMES).filter(is_believed))
    });
    match by_machine.into_iter().find(|names| !names.is_empty()) {
        // The metadata names only an organization. A person that the page shows is preferred.
        Some(names) if names.iter().all(|name| name::is_of_a_house(name)) => {
            Some(page.printed()).filter(|printed| !printed.is_empty()).unwrap_or(names)
        }
        Some(names) => page.since_first_shown(names),
        None => page.printed(),
    }
}

/// Returns, for each element, the names of the places around it that do not contain the whole article.
fn frames(outline: &Outline<'_>, body: Option<(usize, usize)>) -> Vec<Words> {
    let is_own = |element: &Element<'_>| body.is_some_and(|(first, last)| element.holds(first, last));
    // An article may have its own footer, next to the element that contains only the text.
    let own = || outline.elements.iter().filter(|element| is_own(element));
    let text = own().next_back().map_or(0..0, |element| element.lines.clone());
    let mut articles = own().filter(|element| element.words.any(Words::ARTICLE) && element.lines != text);
    let article = articles.next_back().map_or(0..0, |element| element.lines.clone());
    let places = outline.inherited((Words::NONE, Words::NONE), |(above, own), element| {
        if is_own(element) {
            return (Words::NONE, own | element.words);
        }
        // Share buttons and the author stand in one row.
        let is_row = element.words.any(Words::AUTHOR) && element.words.any(Words::SHARE);
        // If the article itself is in a card, the card's head is not a teaser.
        let words = if own.any(Words::TEASER) { element.words.without(Words::TEASER) } else { element.words };
        let is_foot = article.contains(&element.lines.start) && element.lines.end <= article.end;
        let words = if is_foot { words.without(Words::FOOTER) } else { words };
        (if is_row { above } else { above | words }, own)
    });
    places.into_iter().map(|(above, _)| above).collect()
}

/// Maximum number of lines, after the last line of a text, of boxes in the same element.
const MOST_BEHIND: usize = 24;

/// Returns the last line of the element that contains the text. Boxes of other articles may follow the text there.
pub(super) fn end_of_text(outline: &Outline<'_>, first: usize, last: usize) -> usize {
    let end = outline.end_around(first, last).saturating_sub(1);
    if end > last + MOST_BEHIND { last } else { end.max(last) }
}

/// Returns the letters of the outlet's names. A site named after its writer has none.
fn organizations(outline: &Outline<'_>, said: &[StructuredValue], url: &PageUrl) -> Vec<String> {
    let links = outline.elements.iter().filter(|element| element.tag == Tag::Link && says_author(element.node));
    let shown = links.map(|link| spaced(link.node)).take(MAX_NAMES);
    let persons: Vec<String> =
        structured::all(said, Property::Author).map(|said| said.value.clone()).chain(shown).take(MAX_NAMES).collect();
    let own = structured::all(said, Property::Site).filter(|site| {
        let key = letters(&site.value);
        persons.iter().any(|person| letters(person) == key)
    });
    let persons = persons.iter().chain(own.map(|site| &site.value));
    let writers: Vec<String> = persons.filter(|name| name::is_of_a_person(name)).map(|name| letters(name)).collect();
    structured::all(said, Property::Publisher)
        .chain(structured::all(said, Property::Site))
        .map(|said| letters(&said.value))
        .chain(name_of(url.host()).map(letters))
        .filter(|key| !key.is_empty() && !writers.iter().any(|writer| key.starts_with(writer.as_str())))
        .collect()
}

/// Returns the part of a host that names the site: before the top-level domain and registry labels. Anything before it is a section or a user.
fn name_of(host: &str) -> Option<&str> {
    const REGISTRIES: &[&str] = &["co", "com", "gov", "edu", "org", "net", "ac", "gob", "info"];
    host.rsplit('.').skip(1).find(|part| !REGISTRIES.contains(part))
}

fn unique(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut known = HashSet::default();
    names.filter(|name| known.insert(letters(name))).collect()
}

/// The input of the search for authors.
struct Page<'p, 'o> {
    outline: &'p Outline<'o>,
    body: Option<(usize, usize)>,
    /// See [`end_of_text`].
    end: usize,
    /// See [`frames`].
    frames: Vec<Words>,
    organizations: Vec<String>,
}

impl<'o> Page<'_, 'o> {
    /// Returns the names in a machine-readable value. A URL names nobody.
    fn names_said(&self, value: &str) -> Vec<String> {
        if value.contains("://") || value.starts_with('@') || self.organizations.contains(&letters(value)) {
            return Vec::new();
        }
        let parts = name::split(value);
        // The outlet's name is followed by its places.
        if parts.first().is_some_and(|first| self.organizations.contains(&letters(first))) {
            return Vec::new();
        }
        if parts.first().is_some_and(|first| name::is_firm(first)) {
            return Vec::new();
        }
        let names: Vec<String> = parts.into_iter().filter(|part| name::is_name(part, &self.organizations)).collect();
        // Anything next to a person is a degree, an agency or a section.
        let has_person = names.iter().any(|name| name::is_person(name));
        names.into_iter().filter(|name| !has_person || name::is_person(name)).collect()
    }

    /// Returns the names from the first one that the page shows near the text, if it shows any. Those before it are the publisher's.
    fn since_first_shown(&self, mut names: Vec<String>) -> Vec<String> {
        if names.len() > 1 {
            let lines =
                self.outline.lines.iter().enumerate().filter(|(at, line)| self.is_near(*at) && line.words <= MAX_SHOWN);
            let near: String = lines.map(|(_, line)| letters(&line.text)).collect();
            let first = names.iter().position(|name| near.contains(&letters(name))).unwrap_or(0);
            names.drain(..first);
        }
        names
    }

    fn is_near(&self, line: usize) -> bool {
        self.body.is_none_or(|(first, _)| line + NEAR.0 >= first && line <= self.end + NEAR.1)
    }

    /// Whether a line is inside the text. Names there are of people in the story.
    fn is_in_text(&self, line: usize) -> bool {
        self.body.is_some_and(|(first, last)| line > first && line < last)
    }

    /// Returns names near the body: before it first, then after it, where names of other articles' authors may follow.
    fn printed(&self) -> Vec<String> {
        let first = self.body.map_or(usize::MAX, |(first, _)| first);
        let before = self.printed_where(&|line| line <= first);
        if before.is_empty() { self.printed_where(&|line| line > first) } else { before }
    }

    /// Returns names from an element that is named a byline, a link to an author's page, or a line that begins with "By".
    fn printed_where(&self, is_there: &dyn Fn(usize) -> bool) -> Vec<String> {
        let is_named = |element: &Element<'o>| element.words.any(Words::AUTHOR);
        let is_author = |element: &Element<'o>| {
            element.tag == Tag::Link
                && leads_to_author(element.node)
                && (says_author(element.node) || !self.is_in_text(element.lines.start))
        };
        let named = self.placed(is_there, &is_named);
        let linked = self.placed(is_there, &is_author);
        let lines = self.outline.lines.iter().enumerate();
        let lines = lines
            .filter(|(at, line)| is_there(*at) && self.is_near(*at) && line.words <= 12 && begins_byline(&line.text))
            .map(|(_, line)| {
                let pieces = name::split(&asides::without_asides(&line.text));
                (line.words, self.among(&pieces), pieces.len())
            })
            // A sentence may begin like this too.
            .filter(|(words, names, pieces)| *words <= 8 || names.len() == *pieces);
        let within = self.outline.lines.iter().enumerate();
        let within = within
            .filter(|(at, line)| is_there(*at) && self.is_near(*at) && !self.is_in_text(*at) && line.words <= MAX_META);
        named
            .map(|element| self.of_element(element.node))
            .chain(linked.map(|element| self.of_link(element.node)))
            .chain(lines.map(|(_, names, _)| names))
            .chain(within.clone().filter_map(|(_, line)| Some(self.persons(name_behind_date(&line.text)?))))
            .chain(
                self.placed(is_there, &|element| self.stands_by_the_date(element)).map(|at| self.of_element(at.node)),
            )
            .chain(within.map(|(_, line)| self.beside_date(&line.text)))
            .chain(self.labelled(is_there))
            .find(|names| !names.is_empty())
            .unwrap_or_default()
    }

    /// Returns the names in the line after one that only says "Author".
    fn labelled(&self, is_there: &dyn Fn(usize) -> bool) -> impl Iterator<Item = Vec<String>> {
        let pairs = self.outline.lines.iter().zip(self.outline.lines.iter().skip(1)).enumerate();
        let mut labels = pairs.filter(|(_, (label, _))| is_author_label(&label.text));
        let first = labels.next();
        // A label that occurs several times belongs to the items of a list.
        let only = first.filter(|_| labels.next().is_none());
        let only = only.filter(|(at, (_, name))| is_there(*at) && self.is_near(*at) && name.words <= MOST_OF_NAMES);
        only.into_iter().map(|(_, (_, name))| self.persons(&name.text))
    }

    /// Returns the names in a line that contains only them and a date: "Nguyên Minh - 07/03/2026 08:47".
    fn beside_date(&self, text: &str) -> Vec<String> {
        if text.len() > MAX_BYLINE || !date_lines::may_date(text) {
            return Vec::new();
        }
        let pieces = name::split(&asides::without_asides(text));
        let names = self.among(&pieces);
        let are_persons = names.iter().all(|name| names::has_family_name(name));
        let has_date = || date::read(text, DateOrder::DayFirst).is_some();
        if are_persons && pieces.len() == names.len() && has_date() { names } else { Vec::new() }
    }

    /// Whether an element above the text contains only a name, next to one that contains only the date.
    fn stands_by_the_date(&self, element: &Element<'o>) -> bool {
        let is_above = self.body.is_some_and(|(first, _)| element.lines.start <= first);
        is_above && is_beside_date(element.node)
    }

    /// Returns wanted elements near the body that do not belong to another article. A side column next to the article's head is the article's
    /// own.
    fn placed<'f>(
        &'f self,
        is_there: &'f dyn Fn(usize) -> bool,
        is_wanted: &'f dyn Fn(&Element<'o>) -> bool,
    ) -> impl Iterator<Item = &'f Element<'o>> {
        const FRAME: Words = Words::COMMENT
            .or(Words::RELATED)
            .or(Words::NAV)
            .or(Words::BIO)
            .or(Words::TEASER)
            .or(Words::CAPTION)
            .or(Words::SHARE);
        let elements = self.outline.elements.iter().enumerate();
        elements
            .filter(move |(at, element)| {
                let line = element.lines.start;
                if !self.is_near(line) || !is_there(line) || !is_wanted(element) {
                    return false;
                }
                let beside = self.body.is_some_and(|(first, _)| line <= first && line + BESIDE >= first);
                let frame = if beside { FRAME } else { FRAME.or(Words::SIDE).or(Words::FOOTER) };
                !self.frames.get(*at).is_some_and(|above| above.any(frame))
            })
            .map(|(_, element)| element)
    }

    /// Returns the names in an element that is named a byline: those in its first piece that has any, and those that "and" joins to it. The
    /// pieces after them are a role, a day or a place.
    fn of_element(&self, element: ElementRef<'o>) -> Vec<String> {
        if element.descendants().nth(MAX_BYLINE_NODES).is_some() {
            return Vec::new();
        }
        if let Some(content) = tree::attribute(element.value(), &local_name!("content"))
            .filter(|_| tree::attribute(element.value(), &local_name!("itemprop")).is_some())
        {
            return self.persons(content);
        }
        let whole = spaced(element);
        let is_short = whole.chars().nth(MAX_BYLINE).is_none();
        let pieces = texts(element).map(unicode::clean).filter(|piece| !piece.is_empty()).take(MAX_PIECES);
        let mut names: Vec<String> = Vec::new();
        let mut is_joined = true;
        for piece in pieces {
            let found = if is_joined { self.persons(&piece) } else { Vec::new() };
            let ends = !names.is_empty() && found.is_empty() && !is_joint(&piece);
            if ends {
                break;
            }
            is_joined = names.is_empty() && found.is_empty() || is_joint(&piece) || ends_in_joint(&piece);
            names.extend(found);
        }
        if names.is_empty() && is_short { self.persons(&whole) } else { unique(names.into_iter()) }
    }

    /// Returns the name in a link to an author's page. If the link says that it is the author, a single word is a pen name.
    fn of_link(&self, link: ElementRef<'o>) -> Vec<String> {
        let text = spaced(link);
        let names = if text.chars().nth(MAX_BYLINE).is_none() { self.persons(&text) } else { Vec::new() };
        let pen_name = || says_author(link) && name::is_pen_name(&text) && name::is_name(&text, &self.organizations);
        if names.is_empty() && pen_name() { vec![text] } else { names }
    }

    fn persons(&self, text: &str) -> Vec<String> {
        self.among(&name::split(&asides::without_asides(text)))
    }

    /// Returns the persons among the pieces of a byline.
    fn among(&self, pieces: &[String]) -> Vec<String> {
        let names = pieces.iter().map(|piece| name::without_role(piece).to_owned());
        unique(names.filter(|name| name::is_person(name) && name::is_name(name, &self.organizations)))
    }
}

/// Whether a piece of a byline only joins names.
fn is_joint(piece: &str) -> bool {
    matches!(
        piece.to_lowercase().as_str(),
        "and" | "und" | "et" | "y" | "và" | "e" | "en" | "og" | "och" | "&" | "," | ";" | "–" | "-" | "|"
    )
}

fn ends_in_joint(piece: &str) -> bool {
    piece.ends_with([',', '&']) || piece.rsplit_once(' ').is_some_and(|(_, last)| matches!(last, "and" | "und" | "và"))
}

/// `rel=author`, or the URL of an author's page. At least two unrelated sites use each of these folders.
fn leads_to_author(link: ElementRef<'_>) -> bool {
    const FOLDERS: &[&str] = &[
        "/author/",
        "/editors/",
        "/contributor/",
        "/authors/",
        "/autor/",
        "/autoren/",
        "/auteur/",
        "/by/",
        "/journalist/",
        "/staff/",
        "/people/",
        "/person/",
        "/team/",
        "/contributors/",
        "/reporters/",
        "/tac-gia/",
        "/phong-vien/",
    ];
    says_author(link)
        || tree::attribute(link.value(), &local_name!("href"))
            .is_some_and(|href| FOLDERS.iter().any(|folder| href.contains(folder)))
}

/// Whether a link says that it leads to the author.
fn says_author(link: ElementRef<'_>) -> bool {
    tree::attribute(link.value(), &local_name!("rel"))
        .is_some_and(|rel| rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("author")))
}

/// Whether an element contains only a name that begins with a family name, and one of its neighbors only a date.
pub(super) fn is_beside_date(element: ElementRef<'_>) -> bool {
    let is_short = |element: &ElementRef<'_>| element.descendants().nth(MOST_OF_ONE).is_none();
    if !is_short(&element) {
        return false;
    }
    let name = spaced(element);
    let before = element.prev_siblings().filter_map(ElementRef::wrap).take(NEIGHBORS);
    let behind = element.next_siblings().filter_map(ElementRef::wrap).take(NEIGHBORS);
    names::has_family_name(&name)
        && name::is_person(&name)
        && before
            .chain(behind)
            .filter(is_short)
            .map(spaced)
            .any(|text| date_lines::may_date(&text) && date_lines::is_date(&text))
}

/// Maximum number of neighbors of an element that are searched for a date, and of nodes of an element that contains only a name or only a date.
const NEIGHBORS: usize = 3;
const MOST_OF_ONE: usize = 12;

/// Returns the name in a line with a date: "Đăng ngày 12-05-2026 bởi Lan Chi trong Tin tức".
pub(super) fn name_behind_date(text: &str) -> Option<&str> {
    let (before, rest) = text.split_once(" bởi ")?;
    let is_dated = date_lines::may_date(before);
    let ends = [" trong ", " vào ", " lúc ", " tại ", " | ", " - ", " – ", " • "];
    let end = ends.iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
    rest.get(..end).filter(|_| is_dated).map(str::trim)
}

/// Maximum number of words of a line of names.
const MOST_OF_NAMES: u32 = 12;

/// Whether a line is an author's label. The name is in the next line.
fn is_author_label(text: &str) -> bool {
    const LONGEST: usize = 20;
    const LABELS: &[&str] = &[
        "author",
        "authors",
        "tác giả",
        "người viết",
        "autor",
        "autorin",
        "autoren",
        "autorin/autor",
        "auteur",
        "by",
        "written by",
        "von",
        "par",
        "por",
        "bởi",
    ];
    text.len() <= LONGEST && LABELS.contains(&text.trim_end_matches([':', ' ']).to_lowercase().as_str())
}

fn begins_byline(text: &str) -> bool {
    const LEADS: &[&str] = &[
        "by ",
        "by:",
        "posted by ",
        "von ",
        "par ",
        "por ",
        "di ",
        "door ",
        "written by ",
        "words by ",
        "story by ",
        "tác giả",
        "autor:",
        "author:",
        "auteur",
        "text:",
        "oleh ",
        "viết bởi",
        "đăng bởi",
        "bởi ",
        "người viết:",
        "autorin",
        "autoren ",
        "interview:",
        "thực hiện:",
    ];
    let text = asides::parted(text);
    let head: String = text.chars().take(12).flat_map(char::to_lowercase).collect();
    LEADS.iter().any(|lead| head.starts_with(lead))
}

/// Returns the text of a small element with spaces between its pieces. Themes separate "By" from the name by a margin alone.
fn spaced(element: ElementRef<'_>) -> String {
    if element.descendants().nth(MAX_BYLINE_NODES).is_some() {
        return String::new();
    }
    unicode::clean(&texts(element).collect::<Vec<_>>().join(" "))
}

/// Returns the texts that an element shows. Some elements contain their own styles, which are skipped.
fn texts(element: ElementRef<'_>) -> impl Iterator<Item = &str> {
    element.descendants().filter_map(|node| {
        let is_code = || {
            let above = node.parent().and_then(ElementRef::wrap);
            above.is_some_and(|above| matches!(above.value().name(), "style" | "script" | "noscript" | "template"))
        };
        node.value().as_text().filter(|_| !is_code()).map(|text| &**text)
    })
}

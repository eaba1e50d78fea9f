//! Evidence for the headline: the page's metadata, its `<title>`, its URL, the list that linked to it. And evidence against it: the site's names and
//! the links to other pages.

use foldhash::HashMap;
use foldhash::HashSet;
use html5ever::local_name;
use scraper::ElementRef;

use crate::extract::date_lines;
use crate::extract::outline::Element;
use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Picture;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;
use crate::extract::structured;
use crate::extract::structured::Property;
use crate::extract::structured::StructuredValue;
use crate::extract::title::text::MAX_NAME_WORDS;
use crate::extract::title::text::MAX_OWNER;
use crate::extract::title::text::MAX_PAGE_NAME;
use crate::extract::title::text::host_names;
use crate::extract::title::text::is_name_of_a_page;
use crate::extract::title::text::is_name_of_a_site;
use crate::extract::title::text::last_letters;
use crate::extract::title::text::letters;
use crate::extract::title::text::owner_of;
use crate::extract::title::text::segments;
use crate::extract::title::text::slug;
use crate::extract::title::text::without_names;
use crate::extract::title::text::without_rubric;
use crate::html::tree;
use crate::text::unicode;
use crate::text::vietnamese::fold_ascii;
use crate::url::PageUrl;
use crate::url::path_of;
use crate::url::plain_name;

/// Maximum number of words of a section's name, and the number up to which a link's text is surely not a headline.
const MAX_SECTION_WORDS: usize = 10;
const SURE_SECTION_WORDS: usize = 7;

/// Maximum length in bytes of a list item that shows its day.
const MAX_DATED: usize = 400;

/// Maximum number of the page's query parameters that are searched for in a link's.
const MAX_PAIRS: usize = 16;

/// Minimum number of words of a headline that only `<title>` names.
const LEAST_WORDS: usize = 4;

/// Minimum number of letters of a part of the host that names the site, and the maximum difference in length to the site's name.
const LEAST_OF_HOST: usize = 7;
const MOST_OF_ENDING: usize = 3;

/// Maximum number of titles in the metadata that are compared word by word.
const MAX_VOICES: usize = 4;

/// Minimum number of words of a URL that contains a headline, and the weight of a shorter one.
const LEAST_OF_SLUG: usize = 5;
const OF_SHORT_SLUG: f32 = 1.0;

/// Minimum share of the URL's words in a text that makes it the URL's headline.
const OF_WHOLE: f32 = 0.8;

/// Minimum share of common words that makes a text another wording of the headline.
const OF_ONE_HEADLINE: f32 = 0.4;

/// Minimum length in bytes of the letters of a headline that is only the end of its heading.
const LEAST_END: usize = 12;

/// Maximum length in bytes of a reference to the front page and of its picture's `alt`, and maximum number of ancestors of the picture up to its
/// link.
const MAX_HOME: usize = 128;
const MAX_ALT: usize = 256;
const LOGO_DEPTH: usize = 3;

/// The evidence that candidates are compared with.
pub(in crate::extract) struct TitleEvidence<'w> {
    said: Vec<MachineTitle>,
    segments: Vec<String>,
    page_title_key: String,
    /// `<title>` without the names of the site and of sections.
    rest: PageTitleRest,
    slug: Vec<String>,
    sites: Vec<String>,
    /// The parts of the host.
    hosts: Vec<String>,
    /// The site's names in the frame of the page.
    frame: HashSet<String>,
    /// The letters of the texts of links to other pages, with their number of words.
    links: HashMap<String, usize>,
    hint: Option<String>,
    /// The words of the metadata's titles and of the rest of `<title>`.
    said_words: Vec<HashSet<String>>,
    /// Length in bytes of the longest text among the evidence.
    longest: usize,
    url: &'w PageUrl,
}

/// A title in the page's metadata.
pub(super) struct MachineTitle {
    key: String,
    pub(super) weight: f32,
    /// Whether it equals `<title>` or a part of it.
    pub(super) agrees: bool,
    pub(super) value: String,
    pub(super) origin: &'static str,
}

/// The rest of `<title>`.
#[derive(Debug, Default)]
pub(super) struct PageTitleRest {
    pub(super) value: String,
    key: String,
    /// Whether a name was removed. Then the rest is most likely the headline.
    pub(super) was_cut: bool,
    /// Whether it can be a headline at all.
    pub(super) is_good: bool,
}

impl<'w> TitleEvidence<'w> {
    pub(in crate::extract) fn of(
        outline: &Outline<'_>,
        said: &[StructuredValue],
        hint: Option<&str>,
        site: &str,
        url: &'w PageUrl,
    ) -> TitleEvidence<'w> {
        let weight = |origin| match origin {
            "json-ld" => 3.0,
            "microdata" | "og" => 2.5,
            _ => 1.5,
        };
        let segments: Vec<String> = segments(&outline.page_title).iter().map(|segment| letters(segment)).collect();
        let titles = structured::all(said, Property::Title);
        let sites = structured::all(said, Property::Site).chain(structured::all(said, Property::Publisher));
        let mut evidence = TitleEvidence {
            said: titles
                .map(|said| {
                    let key = letters(&said.value);
                    let agrees = segments.contains(&key);
                    let weight = weight(said.origin);
                    MachineTitle { key, weight, agrees, value: said.value.clone(), origin: said.origin }
                })
                .collect(),
            segments,
            page_title_key: letters(&outline.page_title),
            rest: PageTitleRest::default(),
            // A URL that names a kind of page says nothing about the headline.
            slug: Some(slug(url, &|part| leads_to(outline, part)))
                .filter(|words| !is_name_of_a_page(&words.join(" ")))
                .unwrap_or_default(),
            sites: sites.map(|said| letters(&said.value)).chain([letters(site)]).chain(host_names(url)).collect(),
            hosts: url.host().split('.').map(letters).filter(|part| part.len() >= LEAST_OF_HOST).collect(),
            frame: names_in_frame(outline, url).collect(),
            links: links(outline, url),
            hint: hint.map(letters).filter(|hint| !hint.is_empty()),
            said_words: Vec::new(),
            longest: 0,
            url,
        };
        evidence.rest = evidence.rest_of_title(&outline.page_title);
        let said = evidence.said.iter().map(|said| said.value.as_str()).take(MAX_VOICES);
        let rest = Some(evidence.rest.value.as_str()).filter(|_| evidence.rest.is_good);
        evidence.said_words = said.chain(rest).map(words_of).collect();
        evidence.longest = evidence.length_of_longest();
        evidence
    }

    fn rest_of_title(&self, title: &str) -> PageTitleRest {
        let (value, was_cut) = self.without_names(title);
        let value = if was_cut { without_rubric(value) } else { value };
        let is_good = !self.is_name(value) && value.split_whitespace().count() >= LEAST_WORDS;
        PageTitleRest { value: value.to_owned(), key: letters(value), was_cut, is_good }
    }

    /// Removes the names of the site and of sections from both ends of a title. Returns whether there were any.
    pub(super) fn without_names<'t>(&self, title: &'t str) -> (&'t str, bool) {
        without_names(title, &|part| self.is_site(part), &|part| self.is_name(part))
    }

    /// Removes the site's name from both ends of a heading.
    pub(super) fn without_site<'t>(&self, text: &'t str) -> &'t str {
        let is_site = |part: &str| self.is_site(part) && !self.is_of_slug(part);
        // If `<title>` repeats a text with a colon, it is a headline, unless the part before the colon is the site's own name.
        let is_said_whole = || self.segments.contains(&letters(text));
        let is_owner = |part: &str| is_site(part) && (!is_said_whole() || self.sites.contains(&letters(part)));
        without_names(text, &is_owner, &is_site).0
    }

    /// Whether a part of a title is the site's name.
    fn is_site(&self, part: &str) -> bool {
        let key = letters(part);
        self.sites.contains(&key) || self.frame.contains(&key) || self.is_of_host(&key)
    }

    /// Whether a part of the host equals a text except for an ending: "Nậm Rốm Tires" on `tires.namromtire.example`.
    fn is_of_host(&self, key: &str) -> bool {
        let is_like = |name: &String| {
            let (short, long) = if name.len() < key.len() { (name.as_str(), key) } else { (key, name.as_str()) };
            short.len() >= LEAST_OF_HOST && long.len() - short.len() <= MOST_OF_ENDING && long.starts_with(short)
        };
        self.hosts.iter().any(is_like)
    }

    /// Whether a part of a title is the name of the site or of a section.
    fn is_name(&self, part: &str) -> bool {
        let key = letters(part);
        let named =
            self.is_site(part) || self.section(&key).is_some() || is_name_of_a_page(part) || is_name_of_a_site(part);
        key.is_empty() || (named && !self.is_of_slug(part))
    }

    /// Whether the URL has the words of a text. A headline may be linked from other pages of its site, and repeated in their frame.
    fn is_of_slug(&self, text: &str) -> bool {
        self.slug_share(text) >= 0.5
    }

    /// Returns the number of words of a link to another page that has this text.
    fn section(&self, key: &str) -> Option<usize> {
        self.links.get(key).copied()
    }

    /// Whether a link leads to the page itself.
    pub(in crate::extract) fn is_own(&self, reference: &str) -> bool {
        is_own(self.url, reference)
    }

    pub(super) fn said(&self) -> &[MachineTitle] {
        &self.said
    }

    pub(super) fn rest(&self) -> &PageTitleRest {
        &self.rest
    }

    /// Returns the support for a text, and the part of it that names take away. None if the support is less than `least`. Most lines have no
    /// support, so their names need not be checked.
    pub(super) fn support(&self, text: &str, least: f32) -> Option<(f32, f32)> {
        // A text that is longer than all evidence has no support.
        let may_be_longer = least > 0.0 && text.len() > self.longest;
        if may_be_longer && text.chars().filter(|c| unicode::is_alphanumeric(*c)).nth(self.longest).is_some() {
            return None;
        }
        let key = letters(text);
        if key.is_empty() {
            return Some((-5.0, 0.0)).filter(|_| least <= -5.0);
        }
        let said = self.said.iter().filter(|said| said.key == key).map(|said| said.weight).fold(0.0, f32::max);
        let is_rest = self.rest.is_good && (self.rest.was_cut || self.said.is_empty());
        let segment = if is_rest && self.rest.key == key {
            3.0
        } else if self.segments.contains(&key) {
            2.0
        } else if key.chars().count() > 15 && self.page_title_key.contains(&key) {
            1.0
        } else {
            0.0
        };
        let hint = if self.hint.as_deref() == Some(&key) { 4.0 } else { 0.0 };
        if said + segment + hint < least {
            return None;
        }
        let names = self.against(&key, text);
        // For the name of a site or a section, `<title>` does not count.
        let segment = if names < 0.0 { 0.0 } else { segment };
        Some((said + segment + hint + names, names)).filter(|(support, _)| *support >= least)
    }

    /// Returns the length in bytes of the longest text among the evidence.
    fn length_of_longest(&self) -> usize {
        let said = self.said.iter().map(|said| &said.key).chain(&self.segments).chain(&self.hint);
        said.chain([&self.page_title_key, &self.rest.key]).map(String::len).max().unwrap_or(0)
    }

    /// Returns what counts against a text: it is the name of the site or of another page.
    pub(super) fn of_names(&self, text: &str) -> f32 {
        self.against(&letters(text), text)
    }

    fn against(&self, key: &str, text: &str) -> f32 {
        if self.sites.iter().any(|site| site == key) {
            return -5.0;
        }
        let is_short = || key.chars().nth(MAX_PAGE_NAME).is_none();
        let against = if self.frame.contains(key) || (is_short() && is_name_of_a_page(text)) {
            -5.0
        } else if let Some(words) = self.section(key) {
            if words <= SURE_SECTION_WORDS { -3.0 } else { -1.0 }
        } else {
            return 0.0;
        };
        // Links to other pages may have the page's own title, and its frame may repeat it.
        let is_own = self.said.iter().any(|said| said.key == key)
            || self.is_of_slug(text)
            || (against > -5.0 && self.kinship(text) >= OF_ONE_HEADLINE);
        if is_own { 0.0 } else { against }
    }

    /// Whether more than the page's `<title>` names a text. On many portals, `<title>` is the site's name.
    pub(in crate::extract) fn vouch(&self, text: &str) -> bool {
        self.is_named(&letters(text)) || self.is_of_slug(text)
    }

    /// Whether the metadata or the list has exactly this text.
    pub(super) fn is_named(&self, key: &str) -> bool {
        self.said.iter().any(|said| said.key == key) || self.hint.as_deref() == Some(key)
    }

    /// Whether any evidence has exactly this text.
    pub(super) fn names(&self, text: &str) -> bool {
        let key = letters(text);
        !key.is_empty() && (self.is_named(&key) || (self.rest.is_good && self.rest.key == key))
    }

    /// Whether `<title>` begins with a text and continues with another part.
    pub(super) fn opens_page_title(&self, text: &str) -> bool {
        let key = letters(text);
        !key.is_empty()
            && self.page_title_key.starts_with(&key)
            && self.segments.iter().skip(1).any(|part| *part == key)
    }

    /// Returns a text as the metadata spells it, if that separates words that the heading joins.
    pub(super) fn spelled(&self, text: String) -> String {
        let key = letters(&text);
        let words = text.split_whitespace().count();
        let mut said = self.said.iter().filter(|said| said.key == key && !key.is_empty());
        said.find(|said| said.value.split_whitespace().count() > words).map_or(text, |said| said.value.clone())
    }

    /// Returns the end of a heading that the metadata names as the headline. The text before it is a kicker or a date. `og:title` takes precedence,
    /// because other metadata includes the kicker.
    pub(super) fn end_of<'t>(&self, text: &'t str) -> Option<&'t str> {
        let key = letters(text);
        let is_shared = self.said.iter().any(|said| said.origin == "og");
        let said = self.said.iter().filter(|said| !is_shared || said.origin == "og").map(|said| said.key.as_str());
        let long = said.filter(|said| said.len() >= LEAST_END && said.len() < key.len() && key.ends_with(*said));
        long.filter_map(|said| last_letters(text, said.chars().count())).max_by_key(|end| end.len())
    }

    /// Whether a text has nearly all words of the URL, beginning with the first.
    pub(super) fn is_slug(&self, text: &str) -> bool {
        let first = text.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty());
        self.slug.len() > SURE_SECTION_WORDS
            && first.is_some_and(|first| self.slug.first().is_some_and(|slug| *slug == fold_ascii(first)))
            && self.slug_share(text) >= OF_WHOLE
    }

    /// Returns the share of words that a text has in common with some evidence. Search engines get another wording of the headline than readers.
    pub(super) fn kinship(&self, text: &str) -> f32 {
        let folded = fold_ascii(text);
        let mut own: Vec<&str> = words_in(&folded).collect();
        own.sort_unstable();
        own.dedup();
        let share = |said: &HashSet<String>| {
            let all = said.len().max(own.len());
            let shared = || own.iter().filter(|word| said.contains(**word)).count();
            if all < LEAST_WORDS { 0.0 } else { shared() as f32 / all as f32 }
        };
        self.said_words.iter().map(share).fold(0.0, f32::max)
    }

    /// Returns the support of the URL for a text.
    pub(super) fn of_slug(&self, text: &str) -> f32 {
        // A few words may be the section's.
        let weight = if self.slug.len() < LEAST_OF_SLUG { OF_SHORT_SLUG } else { 2.0 };
        weight * self.slug_share(text)
    }

    /// Returns the share of words that a text has in common with the last part of the URL.
    pub(super) fn slug_share(&self, text: &str) -> f32 {
        if self.slug.len() < 3 {
            return 0.0;
        }
        let folded = fold_ascii(text);
        let words: Vec<&str> =
            folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let shared = self.slug.iter().filter(|word| words.contains(&word.as_str())).count();
        shared as f32 / self.slug.len().max(words.len()).max(1) as f32
    }
}

/// Returns the words of a text, folded.
fn words_of(text: &str) -> HashSet<String> {
    words_in(&fold_ascii(text)).map(str::to_owned).collect()
}

fn words_in(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !unicode::is_alphanumeric(c)).filter(|word| !word.is_empty())
}

/// Returns the site's names in the frame of the page: lines of its footer, and links to the front page.
fn names_in_frame<'o>(outline: &'o Outline<'_>, url: &'o PageUrl) -> impl Iterator<Item = String> + 'o {
    let mut covered = 0;
    let feet = outline.elements.iter().filter(move |element| {
        let is_foot =
            (element.tag == Tag::Footer || element.words.any(Words::FOOTER)) && !has_headline(outline, element);
        let is_new = is_foot && !element.words.any(Words::ARTICLE) && element.lines.end > covered;
        // A footer inside a footer has no lines of its own.
        covered = if is_new { element.lines.end } else { covered };
        is_new
    });
    let feet = feet.filter_map(|element| outline.lines.get(element.lines.clone())).flatten();
    let mut is_home = once_each(|reference| is_home(url, reference));
    let home = outline.lines.iter().filter(|line| line.is_link()).filter(move |line| {
        line.words <= MAX_NAME_WORDS && line.links().next().is_some_and(|(_, reference)| is_home(reference))
    });
    let short = |line: &&Line<'_>| (2..=MAX_NAME_WORDS).contains(&line.words) && !line.is_image();
    let lines = feet.filter(short).chain(home).map(|line| letters(&line.text));
    let owners =
        outline.lines.iter().filter(|line| line.text.len() <= MAX_OWNER).filter_map(|line| owner_of(&line.text));
    lines.chain(owners).chain(names_of_logo(outline, url)).filter(|key| !key.is_empty())
}

/// Whether a place contains an `<h1>`. Then it is the article's, whatever its name.
fn has_headline(outline: &Outline<'_>, element: &Element<'_>) -> bool {
    let lines = outline.lines_of(element);
    outline.lines.get(lines).is_some_and(|lines| lines.iter().any(|line| line.kind == Kind::Heading(1)))
}

/// Returns the `alt` texts of pictures that lead to the front page.
fn names_of_logo<'o>(outline: &'o Outline<'_>, url: &'o PageUrl) -> impl Iterator<Item = String> + 'o {
    let is_home = |reference: &str| reference.len() <= MAX_HOME && is_home(url, reference);
    let alt = move |picture: &Picture<'_>| {
        let link = picture.node.ancestors().take(LOGO_DEPTH).filter_map(ElementRef::wrap);
        let mut link = link.filter(|above| above.value().name() == "a");
        let leads_home =
            link.next().is_some_and(|link| tree::attribute(link.value(), &local_name!("href")).is_some_and(is_home));
        tree::attribute(picture.node.value(), &local_name!("alt"))
            .filter(|alt| leads_home && alt.len() <= MAX_ALT)
            .map(letters)
    };
    outline.pictures.iter().filter_map(alt)
}

/// Returns the short texts of links to other pages, with their number of words.
fn links(outline: &Outline<'_>, url: &PageUrl) -> HashMap<String, usize> {
    let (mut found, mut own) = (HashMap::default(), HashSet::default());
    let mut is_own = once_each(|reference| is_own(url, reference));
    for line in outline.lines.iter().filter(|line| line.linked > 0 && !line.is_image()) {
        // A link with a day beside it leads to an article, maybe to this one under another URL.
        let is_dated = line.text.len() <= MAX_DATED && date_lines::shows_date(line);
        for (run, reference) in line.links() {
            let text = line.text.get(run.range()).unwrap_or_default();
            let words = text.split_whitespace().take(MAX_SECTION_WORDS + 1).count();
            if words > MAX_SECTION_WORDS {
                continue;
            }
            if is_own(reference) {
                own.insert(letters(text));
            } else if !is_dated {
                found.entry(letters(text)).or_insert(words);
            }
        }
    }
    found.retain(|text, _| !own.contains(text));
    found
}

/// Whether a reference leads to the page itself. It may have more query parameters than the page's URL.
fn is_own(url: &PageUrl, reference: &str) -> bool {
    let page = url.as_url();
    let name = page.path().trim_end_matches('/').rsplit('/').next();
    if plain_name(reference).is_some_and(|other| Some(other) != name) {
        return false;
    }
    url.join(reference).is_ok_and(|joined| {
        let own = joined.as_url();
        own.path().trim_end_matches('/') == page.path().trim_end_matches('/')
            && page.query_pairs().take(MAX_PAIRS).all(|pair| own.query_pairs().any(|other| other == pair))
    })
}

/// Whether a reference leads to the front page.
fn is_home(url: &PageUrl, reference: &str) -> bool {
    plain_name(reference).is_none()
        && url.join(reference).is_ok_and(|at| at.as_url().path() == "/" && at.as_url().query().is_none())
}

/// Whether a link of the page leads to a page of this name. Then the name is a section's, not an article's.
fn leads_to(outline: &Outline<'_>, name: &str) -> bool {
    let ends = |href: &str| {
        let path = path_of(href).trim_end_matches('/');
        path.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('/'))
    };
    outline
        .elements
        .iter()
        .filter(|element| element.tag == Tag::Link)
        .filter_map(|link| tree::attribute(link.node.value(), &local_name!("href")))
        .any(ends)
}

/// Asks a question once per reference, however many lines its link spans.
fn once_each<'l>(ask: impl Fn(&str) -> bool) -> impl FnMut(&'l str) -> bool {
    let mut last: Option<(&'l str, bool)> = None;
    move |reference| match last {
        Some((known, answer)) if std::ptr::eq(known, reference) => answer,
        _ => last.insert((reference, ask(reference))).1,
    }
}

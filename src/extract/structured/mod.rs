//! What a page says of itself for machines: JSON-LD, microdata, `OpenGraph`, Dublin Core, the metas of vendors. Candidates only: on portals
//! `og:title` and `<title>` are often the site's name.

mod json_ld;

use std::collections::HashMap;

use scraper::ElementRef;

use crate::extract::outline::Outline;
use crate::extract::outline::vocabulary::Words;
use crate::html::tree;
use crate::text::unicode;

/// What a machine-readable value is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum About {
    Title,
    Lead,
    Body,
    Published,
    Modified,
    Author,
    Section,
    Tags,
    Image,
    Language,
    /// The page's type: "`NewsArticle`", "article", "website".
    Kind,
    /// The site's own name.
    Site,
    Publisher,
    /// The page's own address.
    Address,
}

/// A value with the place it came from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    pub(super) about: About,
    pub(super) origin: &'static str,
    pub(super) value: String,
}

/// The origin of a date that is called no more than that: it may be any date of the page.
pub(super) const VAGUE: &str = "meta date";

/// The origin of what an element of the page says by its `itemprop`, or a meta by the same name.
pub(super) const MICRODATA: &str = "microdata";

/// The origin of what a meta says that no standard names.
pub(super) const VENDOR: &str = "vendor's meta";

/// Values of one kind that a page says at most, and bytes of one that is no body; an article has one or two. Each is compared with the lines.
const MAX_VALUES: usize = 100;
const MAX_VALUE: usize = 4096;

/// Names of `<meta>` (`name`, `property` or `itemprop`, in lower case) by what they are about, best first within one.
const METAS: &[(&str, About, &str)] = &[
    ("article:published_time", About::Published, "meta"),
    ("og:article:published_time", About::Published, "meta"),
    ("datepublished", About::Published, MICRODATA),
    ("datecreated", About::Published, MICRODATA),
    ("og:published_time", About::Published, "meta"),
    ("og:pubdate", About::Published, "meta"),
    ("pubdate", About::Published, "meta"),
    ("publishdate", About::Published, "meta"),
    ("publish-date", About::Published, "meta"),
    ("publish_date", About::Published, "meta"),
    ("published-date", About::Published, "meta"),
    ("published_date", About::Published, "meta"),
    ("publication_date", About::Published, "meta"),
    ("publication-date", About::Published, "meta"),
    ("article.published", About::Published, "meta"),
    ("article_date_original", About::Published, "meta"),
    ("originalpublicationdate", About::Published, "meta"),
    ("parsely-pub-date", About::Published, "meta"),
    ("sailthru.date", About::Published, "meta"),
    ("cxenseparse:recs:publishtime", About::Published, "meta"),
    ("bt:pubdate", About::Published, "meta"),
    ("dc.date.issued", About::Published, "dublin-core"),
    ("dcterms.issued", About::Published, "dublin-core"),
    ("dc.date.created", About::Published, "dublin-core"),
    ("dcterms.created", About::Published, "dublin-core"),
    ("dcterms.date", About::Published, VAGUE),
    ("dc.date", About::Published, VAGUE),
    ("citation_publication_date", About::Published, "meta"),
    ("citation_date", About::Published, "meta"),
    ("prism.publicationdate", About::Published, "meta"),
    ("displaydate", About::Published, "meta"),
    ("date", About::Published, VAGUE),
    ("article:modified_time", About::Modified, "meta"),
    ("og:updated_time", About::Modified, "meta"),
    ("datemodified", About::Modified, MICRODATA),
    ("last-modified", About::Modified, "meta"),
    ("lastmod", About::Modified, "meta"),
    ("dcterms.modified", About::Modified, "dublin-core"),
    ("dc.date.modified", About::Modified, "dublin-core"),
    ("headline", About::Title, MICRODATA),
    ("og:title", About::Title, "og"),
    ("twitter:title", About::Title, "twitter"),
    ("dc.title", About::Title, "dublin-core"),
    ("dcterms.title", About::Title, "dublin-core"),
    ("sailthru.title", About::Title, "meta"),
    ("parsely-title", About::Title, "meta"),
    ("citation_title", About::Title, "meta"),
    ("title", About::Title, "meta"),
    ("og:description", About::Lead, "og"),
    ("description", About::Lead, "meta"),
    ("twitter:description", About::Lead, "twitter"),
    ("dc.description", About::Lead, "dublin-core"),
    ("author", About::Author, "meta"),
    ("article:author", About::Author, "meta"),
    ("parsely-author", About::Author, "meta"),
    ("sailthru.author", About::Author, "meta"),
    ("dc.creator", About::Author, "dublin-core"),
    ("dcterms.creator", About::Author, "dublin-core"),
    ("citation_author", About::Author, "meta"),
    ("byl", About::Author, "meta"),
    ("byline", About::Author, "meta"),
    ("article:section", About::Section, "meta"),
    ("section", About::Section, "meta"),
    ("article:tag", About::Tags, "meta"),
    ("news_keywords", About::Tags, "meta"),
    ("keywords", About::Tags, "meta"),
    ("og:image", About::Image, "og"),
    ("twitter:image", About::Image, "twitter"),
    ("og:type", About::Kind, "og"),
    ("og:site_name", About::Site, "og"),
    ("application-name", About::Site, "meta"),
    ("og:locale", About::Language, "og"),
    // Save Page WE notes where a page came from.
    ("savepage-url", About::Address, "meta"),
    ("og:url", About::Address, "og"),
    ("mainentityofpage", About::Address, MICRODATA),
    ("twitter:url", About::Address, "twitter"),
];

/// All that is said; within JSON-LD in its order, then the metas in the order of their names' worth, then microdata.
pub(super) fn read(outline: &Outline<'_>) -> Vec<Said> {
    let mut said = Vec::new();
    for script in &outline.json_ld {
        json_ld::read(script, &mut said);
    }
    let mut metas: Vec<(usize, Said)> = outline.head.iter().filter_map(|meta| from_meta(*meta)).collect();
    metas.sort_by_key(|(worth, _)| *worth);
    said.extend(metas.into_iter().map(|(_, said)| said));
    microdata(outline, &mut said);
    bounded(said)
}

fn bounded(mut said: Vec<Said>) -> Vec<Said> {
    let mut counts: HashMap<About, usize> = HashMap::new();
    said.retain_mut(|said| {
        let count = counts.entry(said.about).or_default();
        *count += 1;
        if said.about != About::Body {
            said.value.truncate(said.value.floor_char_boundary(MAX_VALUE));
        }
        *count <= MAX_VALUES
    });
    said
}

fn from_meta(meta: ElementRef<'_>) -> Option<(usize, Said)> {
    let own = meta.value();
    if own.name() != "meta" {
        return None;
    }
    let name = tree::attribute(own, "property")
        .or(tree::attribute(own, "name"))
        .or(tree::attribute(own, "itemprop"))?
        .trim()
        .to_ascii_lowercase();
    let known = METAS.iter().position(|(known, _, _)| *known == name);
    let (worth, about, origin) = match known.and_then(|worth| Some((worth, METAS.get(worth)?))) {
        Some((worth, (_, about, origin))) => (worth, *about, *origin),
        None => (METAS.len(), by_name(&name)?, VENDOR),
    };
    let value =
        text(tree::attribute(own, "content").or(tree::attribute(own, "value")).or(tree::attribute(own, "itemid"))?);
    (!value.is_empty()).then_some((worth, Said { about, origin, value }))
}

/// What a meta of a vendor's own name is about, where the words of the name say that it is a date or an author: "x-published-date", "tacgia".
fn by_name(name: &str) -> Option<About> {
    let has = |known: &[&str]| name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| known.contains(&word));
    if has(&["modified", "updated", "revised", "lastmod", "modifieddate", "datemodified", "lastmodified"]) {
        Some(About::Modified)
    } else if has(&["pubdate", "published", "publishdate", "publisheddate", "datepublished", "publishtime", "pubtime"])
        || has(&["publish", "publication", "pub", "issue", "issued", "posted", "release", "created", "creation"])
            && has(&["date", "time", "datetime", "at", "on"])
    {
        Some(About::Published)
    } else if has(&["author", "authors", "byline", "tacgia", "authorname"])
        && !has(&[
            "id",
            "url",
            "uri",
            "link",
            "image",
            "img",
            "avatar",
            "email",
            "twitter",
            "facebook",
            "type",
            "slug",
            "institution",
            "affiliation",
            "orcid",
        ])
    {
        Some(About::Author)
    } else {
        None
    }
}

/// Cleaned, after the references that many sites escape twice.
fn text(value: &str) -> String {
    if value.contains('&') { unicode::clean(&unicode::decode_entities(value)) } else { unicode::clean(value) }
}

/// Attributes in which a content system names the article that an element shows: Liferay 7, for its counters.
const TITLE_ATTRIBUTES: &[&str] = &["data-analytics-asset-title"];

/// Elements with `itemprop`. Only what belongs to the page's own article counts; teasers carry the same names, so the first wins.
fn microdata(outline: &Outline<'_>, said: &mut Vec<Said>) {
    let properties = [(Words::TITLE, About::Title), (Words::DATE, About::Published), (Words::UPDATED, About::Modified)];
    let named = outline
        .elements
        .iter()
        .find_map(|element| TITLE_ATTRIBUTES.iter().find_map(|name| tree::attribute(element.node.value(), name)));
    said.extend(named.map(text).map(|value| Said { about: About::Title, origin: MICRODATA, value }));
    for element in outline.elements.iter().filter(|element| element.words.any(Words::ITEMPROP)) {
        let Some(property) = element.node.attr("itemprop") else { continue };
        let named = crate::extract::outline::vocabulary::of_itemprop(property);
        let Some((_, about)) = properties.iter().find(|(word, _)| named.any(*word)) else { continue };
        let attributes = ["content", "datetime"];
        let given = attributes
            .iter()
            .find_map(|name| tree::attribute(element.node.value(), name))
            .map(text)
            .filter(|value| !value.is_empty());
        let value = given.or_else(|| tree::short_line(element.node, MAX_VALUE)).unwrap_or_default();
        if !value.is_empty() && value.chars().count() < 400 {
            said.push(Said { about: *about, origin: MICRODATA, value });
        }
    }
}

/// The first value about something.
pub(super) fn first(said: &[Said], about: About) -> Option<&str> {
    said.iter().find(|said| said.about == about).map(|said| said.value.as_str())
}

/// All values about something.
pub(super) fn all(said: &[Said], about: About) -> impl Iterator<Item = &Said> {
    said.iter().filter(move |said| said.about == about)
}

//! The page's machine-readable data: JSON-LD, microdata, `OpenGraph`, Dublin Core, vendors' metas. These are only candidates: on portals,
//! `og:title` and `<title>` are often the site's name.

mod json_ld;

use foldhash::HashMap;
use html5ever::local_name;
use scraper::ElementRef;

use crate::extract::outline::Outline;
use crate::extract::outline::vocabulary::Words;
use crate::html::tree;
use crate::text::unicode;

/// The subject of a machine-readable value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Property {
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
    /// The site's name.
    Site,
    Publisher,
    /// The page's own URL.
    Address,
}

/// A value and its origin.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StructuredValue {
    pub(super) about: Property,
    pub(super) origin: &'static str,
    pub(super) value: String,
}

/// The origin of a date that is named only "date". It may be any date of the page.
pub(super) const VAGUE: &str = "meta date";

/// The origin of a value from JSON-LD.
pub(super) const JSON_LD: &str = "json-ld";

/// The origin of a value from an element's `itemprop`, or from a meta of the same name.
pub(super) const MICRODATA: &str = "microdata";

/// The origin of a value from a meta that no standard defines.
pub(super) const VENDOR: &str = "vendor's meta";

/// Maximum number of values of one kind, and of bytes of a value other than a body. An article has one or two values. Each is compared with the
/// lines.
const MAX_VALUES: usize = 100;
const MAX_VALUE: usize = 4096;

/// Names of `<meta>` (`name`, `property` or `itemprop`, in lower case) by subject, best first within a subject.
const METAS: &[(&str, Property, &str)] = &[
    ("article:published_time", Property::Published, "meta"),
    ("og:article:published_time", Property::Published, "meta"),
    ("datepublished", Property::Published, MICRODATA),
    ("datecreated", Property::Published, MICRODATA),
    ("og:published_time", Property::Published, "meta"),
    ("og:pubdate", Property::Published, "meta"),
    ("pubdate", Property::Published, "meta"),
    ("publishdate", Property::Published, "meta"),
    ("publish-date", Property::Published, "meta"),
    ("publish_date", Property::Published, "meta"),
    ("published-date", Property::Published, "meta"),
    ("published_date", Property::Published, "meta"),
    ("publication_date", Property::Published, "meta"),
    ("publication-date", Property::Published, "meta"),
    ("article.published", Property::Published, "meta"),
    ("article_date_original", Property::Published, "meta"),
    ("originalpublicationdate", Property::Published, "meta"),
    ("parsely-pub-date", Property::Published, "meta"),
    ("sailthru.date", Property::Published, "meta"),
    ("cxenseparse:recs:publishtime", Property::Published, "meta"),
    ("bt:pubdate", Property::Published, "meta"),
    ("dc.date.issued", Property::Published, "dublin-core"),
    ("dcterms.issued", Property::Published, "dublin-core"),
    ("dc.date.created", Property::Published, "dublin-core"),
    ("dcterms.created", Property::Published, "dublin-core"),
    ("dcterms.date", Property::Published, VAGUE),
    ("dc.date", Property::Published, VAGUE),
    ("citation_publication_date", Property::Published, "meta"),
    ("citation_date", Property::Published, "meta"),
    ("prism.publicationdate", Property::Published, "meta"),
    ("displaydate", Property::Published, "meta"),
    ("date", Property::Published, VAGUE),
    ("article:modified_time", Property::Modified, "meta"),
    ("og:updated_time", Property::Modified, "meta"),
    ("datemodified", Property::Modified, MICRODATA),
    ("last-modified", Property::Modified, "meta"),
    ("lastmod", Property::Modified, "meta"),
    ("dcterms.modified", Property::Modified, "dublin-core"),
    ("dc.date.modified", Property::Modified, "dublin-core"),
    ("headline", Property::Title, MICRODATA),
    ("og:title", Property::Title, "og"),
    ("twitter:title", Property::Title, "twitter"),
    ("dc.title", Property::Title, "dublin-core"),
    ("dcterms.title", Property::Title, "dublin-core"),
    ("sailthru.title", Property::Title, "meta"),
    ("parsely-title", Property::Title, "meta"),
    ("citation_title", Property::Title, "meta"),
    ("title", Property::Title, "meta"),
    ("og:description", Property::Lead, "og"),
    ("description", Property::Lead, "meta"),
    ("twitter:description", Property::Lead, "twitter"),
    ("dc.description", Property::Lead, "dublin-core"),
    ("author", Property::Author, "meta"),
    ("article:author", Property::Author, "meta"),
    ("parsely-author", Property::Author, "meta"),
    ("sailthru.author", Property::Author, "meta"),
    ("dc.creator", Property::Author, "dublin-core"),
    ("dcterms.creator", Property::Author, "dublin-core"),
    ("citation_author", Property::Author, "meta"),
    ("byl", Property::Author, "meta"),
    ("byline", Property::Author, "meta"),
    ("article:section", Property::Section, "meta"),
    ("section", Property::Section, "meta"),
    ("article:tag", Property::Tags, "meta"),
    ("news_keywords", Property::Tags, "meta"),
    ("keywords", Property::Tags, "meta"),
    ("og:image", Property::Image, "og"),
    ("twitter:image", Property::Image, "twitter"),
    ("og:type", Property::Kind, "og"),
    ("og:site_name", Property::Site, "og"),
    ("application-name", Property::Site, "meta"),
    ("og:locale", Property::Language, "og"),
    // Save Page WE stores the URL of a saved page here.
    ("savepage-url", Property::Address, "meta"),
    ("og:url", Property::Address, "og"),
    ("mainentityofpage", Property::Address, MICRODATA),
    ("twitter:url", Property::Address, "twitter"),
];

/// Returns all values: JSON-LD in its order, then the metas by the rank of their names, then microdata.
pub(super) fn read(outline: &Outline<'_>) -> Vec<StructuredValue> {
    let mut said = Vec::new();
    for script in &outline.json_ld {
        json_ld::read(script, &mut said);
    }
    let mut metas: Vec<(usize, StructuredValue)> = outline.head.iter().filter_map(|meta| from_meta(*meta)).collect();
    metas.extend(labelled_author(outline));
    metas.sort_by_key(|(worth, _)| *worth);
    said.extend(metas.into_iter().map(|(_, said)| said));
    microdata(outline, &mut said);
    bounded(said)
}

fn bounded(mut said: Vec<StructuredValue>) -> Vec<StructuredValue> {
    let mut counts: HashMap<Property, usize> = HashMap::default();
    said.retain_mut(|said| {
        let count = counts.entry(said.about).or_default();
        *count += 1;
        if said.about != Property::Body {
            said.value.truncate(said.value.floor_char_boundary(MAX_VALUE));
        }
        *count <= MAX_VALUES
    });
    said
}

fn from_meta(meta: ElementRef<'_>) -> Option<(usize, StructuredValue)> {
    let own = meta.value();
    if own.name() != "meta" {
        return None;
    }
    let name = tree::attribute(own, &local_name!("property"))
        .or(tree::attribute(own, &local_name!("name")))
        .or(tree::attribute(own, &local_name!("itemprop")))?
        .trim()
        .to_ascii_lowercase();
    let known = METAS.iter().position(|(known, _, _)| *known == name);
    let (worth, about, origin) = match known.and_then(|worth| Some((worth, METAS.get(worth)?))) {
        Some((worth, (_, about, origin))) => (worth, *about, *origin),
        None => (METAS.len(), by_name(&name)?, VENDOR),
    };
    let value = text(
        tree::attribute(own, &local_name!("content"))
            .or(tree::attribute(own, &local_name!("value")))
            .or(tree::attribute(own, &local_name!("itemid")))?,
    );
    (!value.is_empty()).then_some((worth, StructuredValue { about, origin, value }))
}

/// Returns the author from a pair of metas that plugins of `WordPress` and `Ghost` write for previews: "Written by", "Jane Roe".
fn labelled_author(outline: &Outline<'_>) -> Option<(usize, StructuredValue)> {
    const LABELS: &[&str] = &[
        "written by",
        "verfasst von",
        "geschrieben von",
        "écrit par",
        "escrito por",
        "scritto da",
        "geschreven door",
        "được viết bởi",
        "viết bởi",
    ];
    let content = |name: &str| {
        let named = |meta: &&ElementRef<'_>| {
            let own = meta.value();
            tree::attribute(own, &local_name!("name")).or(tree::attribute(own, &local_name!("property"))) == Some(name)
        };
        outline
            .head
            .iter()
            .find(named)
            .and_then(|meta| tree::attribute(meta.value(), &local_name!("content")))
            .map(text)
    };
    let is_label = |label: &String| LABELS.contains(&label.to_lowercase().trim_end_matches(':'));
    let pairs = [("twitter:label1", "twitter:data1"), ("twitter:label2", "twitter:data2")];
    let value = pairs.iter().find_map(|(label, data)| content(label).filter(is_label).and_then(|_| content(data)))?;
    Some((METAS.len(), StructuredValue { about: Property::Author, origin: "meta", value }))
}

/// Returns the subject of a vendor's meta whose name contains the words for a date or an author: "x-published-date", "tacgia".
fn by_name(name: &str) -> Option<Property> {
    let has = |known: &[&str]| name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| known.contains(&word));
    if has(&["modified", "updated", "revised", "lastmod", "modifieddate", "datemodified", "lastmodified"]) {
        Some(Property::Modified)
    } else if has(&["pubdate", "published", "publishdate", "publisheddate", "datepublished", "publishtime", "pubtime"])
        || has(&["publish", "publication", "pub", "issue", "issued", "posted", "release", "created", "creation"])
            && has(&["date", "time", "datetime", "at", "on"])
    {
        Some(Property::Published)
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
        Some(Property::Author)
    } else {
        None
    }
}

/// Cleans a value after decoding its character references, which many sites escape twice.
fn text(value: &str) -> String {
    if value.contains('&') { unicode::clean(&unicode::decode_entities(value)) } else { unicode::clean(value) }
}

/// Attributes in which a content system names an element's article: Liferay 7, for its counters.
const TITLE_ATTRIBUTES: &[&str] = &["data-analytics-asset-title"];

/// Reads elements with `itemprop`. Teasers carry the same names, so the first one wins, which is the page's own article.
fn microdata(outline: &Outline<'_>, said: &mut Vec<StructuredValue>) {
    let properties =
        [(Words::TITLE, Property::Title), (Words::DATE, Property::Published), (Words::UPDATED, Property::Modified)];
    let named = outline
        .elements
        .iter()
        .find_map(|element| TITLE_ATTRIBUTES.iter().find_map(|name| tree::attribute(element.node.value(), *name)));
    said.extend(named.map(text).map(|value| StructuredValue { about: Property::Title, origin: MICRODATA, value }));
    for element in outline.elements.iter().filter(|element| element.words.any(Words::ITEMPROP)) {
        let Some(property) = tree::attribute(element.node.value(), &local_name!("itemprop")) else { continue };
        let named = crate::extract::outline::vocabulary::of_itemprop(property);
        let Some((_, about)) = properties.iter().find(|(word, _)| named.any(*word)) else { continue };
        let attributes = ["content", "datetime"];
        let given = attributes
            .iter()
            .find_map(|name| tree::attribute(element.node.value(), *name))
            .map(text)
            .filter(|value| !value.is_empty());
        let value = given.or_else(|| tree::short_line(element.node, MAX_VALUE)).unwrap_or_default();
        if !value.is_empty() && value.chars().count() < 400 {
            said.push(StructuredValue { about: *about, origin: MICRODATA, value });
        }
    }
}

/// Returns the first value of a subject.
pub(super) fn first(said: &[StructuredValue], about: Property) -> Option<&str> {
    said.iter().find(|said| said.about == about).map(|said| said.value.as_str())
}

/// Returns all values of a subject.
pub(super) fn all(said: &[StructuredValue], about: Property) -> impl Iterator<Item = &StructuredValue> {
    said.iter().filter(move |said| said.about == about)
}

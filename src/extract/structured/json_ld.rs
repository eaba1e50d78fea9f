//! Reads JSON-LD in pages. It finds articles among other content, and tolerates common mistakes.

use foldhash::HashMap;
use serde_json::Map;
use serde_json::Value;

use crate::extract::structured::JSON_LD;
use crate::extract::structured::Property;
use crate::extract::structured::StructuredValue;
use crate::html::tree;
use crate::text::json;
use crate::text::unicode;

/// Types that are articles (schema.org).
const ARTICLES: &[&str] = &[
    "Article",
    "NewsArticle",
    "BlogPosting",
    "Report",
    "ReportageNewsArticle",
    "AnalysisNewsArticle",
    "OpinionNewsArticle",
    "BackgroundNewsArticle",
    "ReviewNewsArticle",
    "AskPublicNewsArticle",
    "LiveBlogPosting",
    "SocialMediaPosting",
    "TechArticle",
    "ScholarlyArticle",
    "AdvertiserContentArticle",
    "SatiricalArticle",
    "MedicalScholarlyArticle",
    "Legislation",
    "LegislationObject",
];

/// Types of whole pages. Their dates and titles are less reliable than an article's, so they come after.
const PAGES: &[&str] = &[
    "WebPage",
    "ItemPage",
    "AboutPage",
    "CollectionPage",
    "QAPage",
    "FAQPage",
    "VideoObject",
    "Event",
    "Recipe",
    "Product",
    "MedicalWebPage",
];

/// Maximum depth of nesting.
const MAX_LEVELS: u32 = 8;

/// Reads one script.
pub(super) fn read(script: &str, said: &mut Vec<StructuredValue>) {
    let Ok(json) = json::read(script) else { return };
    let mut objects = Vec::new();
    collect(&json.value, 0, &mut objects);
    let mut names: Names<'_> = HashMap::default();
    for object in objects.iter().filter(|object| object.contains_key("name")) {
        if let Some(id) = object.get("@id").and_then(Value::as_str) {
            names.entry(id).or_insert(object);
        }
    }
    for object in objects.iter().filter(|object| is_a(object, ARTICLES)) {
        article(object, &names, said);
    }
    for object in objects.iter().filter(|object| is_a(object, PAGES)) {
        page(object, said);
    }
}

/// The named things, by their `@id`.
type Names<'j> = HashMap<&'j str, &'j Map<String, Value>>;

/// Collects all objects, outer first.
fn collect<'a>(value: &'a Value, level: u32, objects: &mut Vec<&'a Map<String, Value>>) {
    if level > MAX_LEVELS {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, level + 1, objects)),
        Value::Object(fields) => {
            objects.push(fields);
            for (name, inner) in fields {
                // Properties about other articles are not about this one.
                let other = matches!(
                    name.as_str(),
                    "isPartOf"
                        | "hasPart"
                        | "itemListElement"
                        | "mentions"
                        | "citation"
                        | "comment"
                        | "relatedLink"
                        | "isBasedOn"
                );
                if !other && (inner.is_object() || inner.is_array()) {
                    collect(inner, level + 1, objects);
                }
            }
        }
        _ => {}
    }
}

fn is_a(object: &Map<String, Value>, types: &[&str]) -> bool {
    let known = |kind: &str| types.contains(&kind.rsplit('/').next().unwrap_or(kind));
    match object.get("@type") {
        Some(Value::String(kind)) => known(kind),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).any(known),
        _ => false,
    }
}

fn article(object: &Map<String, Value>, names: &Names<'_>, said: &mut Vec<StructuredValue>) {
    let texts = [
        ("headline", Property::Title),
        ("name", Property::Title),
        ("description", Property::Lead),
        ("datePublished", Property::Published),
        ("dateCreated", Property::Published),
        ("dateModified", Property::Modified),
        ("inLanguage", Property::Language),
    ];
    for (name, about) in texts {
        push(object.get(name), about, said);
    }
    if let Some(kind) = object.get("@type").and_then(first_text) {
        said.push(StructuredValue { about: Property::Kind, origin: JSON_LD, value: kind });
    }
    for name in ["mainEntityOfPage", "url", "@id"] {
        let address = object.get(name).map(|value| value.get("@id").or(value.get("url")).unwrap_or(value));
        push(address, Property::Address, said);
    }
    if let Some(body) = object.get("articleBody").or(object.get("text")).and_then(Value::as_str) {
        said.push(StructuredValue { about: Property::Body, origin: JSON_LD, value: body.to_owned() });
    }
    for name in ["articleSection", "keywords"] {
        let about = if name == "keywords" { Property::Tags } else { Property::Section };
        many(object.get(name), &mut |value| push(Some(value), about, said));
    }
    many(object.get("image"), &mut |image| {
        push(Some(image.get("url").or(image.get("contentUrl")).unwrap_or(image)), Property::Image, said);
    });
    many(object.get("author").or(object.get("creator")), &mut |author| person(author, names, said));
    if let Some(publisher) = object.get("publisher").and_then(|publisher| named(publisher, names)) {
        said.push(StructuredValue { about: Property::Publisher, origin: JSON_LD, value: publisher });
    }
}

fn page(object: &Map<String, Value>, said: &mut Vec<StructuredValue>) {
    for (name, about) in [
        ("datePublished", Property::Published),
        ("dateModified", Property::Modified),
        ("uploadDate", Property::Published),
    ] {
        push(object.get(name), about, said);
    }
    if let Some(Value::String(kind)) = object.get("@type") {
        said.push(StructuredValue { about: Property::Kind, origin: JSON_LD, value: kind.clone() });
    }
}

fn many<'a>(value: Option<&'a Value>, each: &mut dyn FnMut(&'a Value)) {
    match value {
        Some(Value::Array(items)) => items.iter().for_each(each),
        Some(value) => each(value),
        None => {}
    }
}

/// Adds an author that is a person or has no type. Organizations are publishers.
fn person(author: &Value, names: &Names<'_>, said: &mut Vec<StructuredValue>) {
    let organization = author.as_object().is_some_and(|object| {
        is_a(object, &["Organization", "NewsMediaOrganization", "Corporation", "Brand", "WebSite"])
    });
    let about = if organization { Property::Publisher } else { Property::Author };
    if let Some(name) = named(author, names) {
        said.push(StructuredValue { about, origin: JSON_LD, value: name });
    }
}

/// Returns the name of a thing. One that is only a reference is looked up by its `@id`.
fn named(value: &Value, names: &Names<'_>) -> Option<String> {
    match value {
        Value::String(name) => Some(clean(name)),
        Value::Object(fields) => {
            let own = fields.get("name").and_then(first_text);
            let referred = || names.get(fields.get("@id")?.as_str()?)?.get("name").and_then(first_text);
            // Some sites split the name: "givenName", "familyName".
            let parted = || {
                let part = |name| fields.get(name).and_then(first_text);
                Some(format!("{} {}", part("givenName")?, part("familyName")?))
            };
            own.or_else(referred).or_else(parted).map(|name| clean(&name))
        }
        _ => None,
    }
    .filter(|name| !name.is_empty())
}

fn first_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => items.iter().find_map(|item| item.as_str().map(str::to_owned)),
        _ => None,
    }
}

fn push(value: Option<&Value>, about: Property, said: &mut Vec<StructuredValue>) {
    if let Some(value) = value.and_then(first_text).map(|text| clean(&text)).filter(|text| !text.is_empty()) {
        said.push(StructuredValue { about, origin: JSON_LD, value });
    }
}

/// Decodes character references, which are escaped once or twice in JSON-LD, and removes tags from values.
fn clean(text: &str) -> String {
    let text = unicode::decode_entities(&unicode::decode_entities(text));
    if text.contains('<') && text.contains('>') {
        tree::line(tree::parse(&text).html.root_element())
    } else {
        unicode::clean(&text)
    }
}

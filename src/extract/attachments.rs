//! Documents to download, in whatever way a portal offers them.

use std::collections::HashSet;
use std::sync::LazyLock;

use ego_tree::NodeId;
use regex::Regex;
use scraper::ElementRef;

use crate::html::tree;
use crate::model::article::Attachment;
use crate::text::unicode;
use crate::url::PageUrl;

/// Endings of documents, and their media types.
const TYPES: &[(&str, &str)] = &[
    ("pdf", "application/pdf"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("rtf", "application/rtf"),
    ("zip", "application/zip"),
    ("rar", "application/vnd.rar"),
    ("7z", "application/x-7z-compressed"),
];

/// Reads the documents below an element.
pub(super) fn read(container: ElementRef<'_>, base: &PageUrl, skip: &HashSet<NodeId>, found: &mut Vec<Attachment>) {
    for element in std::iter::once(container).chain(container.descendent_elements()) {
        let Some(offer) = offer_of(element) else { continue };
        let left_out = || element.ancestors().any(|above| skip.contains(&above.id()));
        if skip.contains(&element.id()) || left_out() {
            continue;
        }
        if let Some(attachment) = attachment(&offer, element, base)
            && !found.iter().any(|known| known.url == attachment.url)
        {
            found.push(attachment);
        }
    }
}

/// The address of a document that an element offers, and its title where the offer names it.
struct Offer {
    reference: String,
    title: Option<String>,
}

fn offer_of(element: ElementRef<'_>) -> Option<Offer> {
    let own = element.value();
    if let Some(script) = own.attr("onclick")
        && let Some(offer) = offer_in_script(script)
    {
        return Some(offer);
    }
    match own.name() {
        "a" => own.attr("href").map(|href| Offer { reference: href.to_owned(), title: None }),
        "iframe" | "embed" | "object" => {
            let source = own.attr("src").or(own.attr("data"))?;
            let viewed = source.split_once("file=").map(|(_, file)| percent_decoded(file.split('&').next().unwrap_or(file)));
            Some(Offer { reference: viewed.unwrap_or_else(|| source.to_owned()), title: own.attr("title").map(unicode::clean) })
        }
        _ => None,
    }
}

/// `downloadFile('Kế hoạch.pdf', '/upload/kh.pdf')`
fn offer_in_script(script: &str) -> Option<Offer> {
    static DOWNLOAD: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(?i)download\w*\(\s*['"]([^'"]*)['"]\s*,\s*['"]([^'"]+)['"]"#).ok());
    let captures = DOWNLOAD.as_ref()?.captures(script)?;
    let title = captures.get(1).map(|name| unicode::clean(name.as_str()));
    Some(Offer { reference: captures.get(2)?.as_str().to_owned(), title })
}

fn percent_decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn attachment(offer: &Offer, element: ElementRef<'_>, base: &PageUrl) -> Option<Attachment> {
    if !TYPES.iter().any(|(ending, _)| may_end_in(&offer.reference, ending)) {
        return None;
    }
    let url = base.join(&offer.reference).ok()?;
    let path = url.as_url().path().to_ascii_lowercase();
    let (_, ending) = path.rsplit_once('.')?;
    let (_, mime_type) = TYPES.iter().find(|(known, _)| *known == ending)?;
    let shown = || Some(tree::line(element));
    let title = offer.title.clone().or_else(shown).filter(|title| !title.is_empty());
    Some(Attachment { url, title, mime_type: (*mime_type).to_owned(), size_in_bytes: None, sha256: None })
}

/// A cheap look before the address is parsed.
fn may_end_in(reference: &str, ending: &str) -> bool {
    let path = reference.split(['?', '#']).next().unwrap_or(reference).trim_end();
    path.len() > ending.len() && path.is_char_boundary(path.len() - ending.len()) && path.get(path.len() - ending.len()..).is_some_and(|end| end.eq_ignore_ascii_case(ending))
}

//! Documents to download, in whatever way a portal offers them.

use std::collections::HashSet;
use std::sync::LazyLock;

use ego_tree::NodeId;
use regex::Regex;
use scraper::ElementRef;

use crate::html::tree;
use crate::model::article::Attachment;
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
        if skip.contains(&element.id()) || element.ancestors().any(|above| skip.contains(&above.id())) {
            continue;
        }
        if let Some((reference, title)) = reference_of(element)
            && let Some(attachment) = attachment(&reference, title, base)
            && !found.iter().any(|known| known.url == attachment.url)
        {
            found.push(attachment);
        }
    }
}

/// The address of a document that an element offers, with its title.
fn reference_of(element: ElementRef<'_>) -> Option<(String, Option<String>)> {
    static DOWNLOAD: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(?i)download\w*\(\s*['"]([^'"]*)['"]\s*,\s*['"]([^'"]+)['"]"#).ok());
    let own = element.value();
    if let Some(captures) = own.attr("onclick").and_then(|script| DOWNLOAD.as_ref()?.captures(script)) {
        let title =
            captures.get(1).map(|name| crate::text::unicode::clean(name.as_str())).filter(|name| !name.is_empty());
        return Some((captures.get(2)?.as_str().to_owned(), title));
    }
    let title = Some(tree::line(element)).filter(|text| !text.is_empty());
    match own.name() {
        "a" => Some((own.attr("href")?.to_owned(), title)),
        "iframe" | "embed" | "object" => {
            let source = own.attr("src").or(own.attr("data"))?;
            let viewed =
                source.split_once("file=").map(|(_, file)| percent_decoded(file.split('&').next().unwrap_or(file)));
            Some((viewed.unwrap_or_else(|| source.to_owned()), own.attr("title").map(str::to_owned)))
        }
        _ => None,
    }
}

fn percent_decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn attachment(reference: &str, title: Option<String>, base: &PageUrl) -> Option<Attachment> {
    let url = base.join(reference).ok()?;
    let path = url.as_url().path().to_ascii_lowercase();
    let ending = path.rsplit_once('.').map(|(_, ending)| ending)?;
    let (_, mime_type) = TYPES.iter().find(|(known, _)| *known == ending)?;
    Some(Attachment { url, title, mime_type: (*mime_type).to_owned(), size_in_bytes: None, sha256: None })
}

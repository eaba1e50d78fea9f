//! Finds documents to download, however a portal offers them.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use ego_tree::NodeId;
use foldhash::HashMap;
use foldhash::HashSet;
use html5ever::local_name;
use regex::Regex;
use scraper::ElementRef;

use crate::extract::lines::frame;
use crate::extract::lines::frame::Frame;
use crate::extract::outline::AddressBudget;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;
use crate::html::tree;
use crate::model::article::Attachment;
use crate::text::unicode;
use crate::text::vietnamese::fold_ascii;
use crate::text::work;
use crate::url::PageUrl;
use crate::url::path_of;

/// File extensions of documents and their media types.
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

/// Number of lines after the text within which documents may belong to the article.
const LINES_AFTER: usize = 12;

/// Number of ancestors of a document that are searched for one named as a list of files.
const FILES_DEPTH: usize = 6;

/// The position of an article on its page.
#[derive(Debug, Clone, Copy)]
pub(super) struct ArticlePlace {
    /// The element that contains the body.
    pub(super) container: Option<usize>,
    /// The first line of the article: its headline or the first line of its text.
    pub(super) first: usize,
    /// The last line of the article.
    pub(super) last: usize,
}

/// The documents found, each once.
pub(super) struct Attachments<'p> {
    base: &'p PageUrl,
    known: HashSet<PageUrl>,
    pub(super) room: AddressBudget,
    pub(super) found: Vec<Attachment>,
}

impl<'p> Attachments<'p> {
    /// Creates an empty list. References are resolved against `base` as far as there is `room`.
    pub(super) fn new(base: &'p PageUrl, room: AddressBudget) -> Attachments<'p> {
        Attachments { base, known: HashSet::default(), room, found: Vec::new() }
    }

    /// Reads the documents in an element that a rule names.
    pub(super) fn read(&mut self, place: ElementRef<'_>, skip: &HashSet<NodeId>) {
        for element in std::iter::once(place).chain(place.descendent_elements()) {
            if let Some(offer) = offer_of(element)
                && !element.ancestors().any(|above| skip.contains(&above.id()))
                && !skip.contains(&element.id())
            {
                self.take(offer, element);
            }
        }
    }

    /// Reads the documents in an article's body, and those outside the frame between its headline and a few lines after its end.
    pub(super) fn read_around(&mut self, outline: &Outline<'_>, at: ArticlePlace, skip: &HashSet<NodeId>) {
        let Some(root) = outline.elements.first().map(|element| element.node) else { return };
        let mut indices: HashMap<NodeId, usize> = HashMap::default();
        for element in root.descendent_elements() {
            work::step(1);
            let Some(offer) = offer_of(element).filter(DocumentOffer::is_document) else { continue };
            if self.room.is_short {
                return;
            }
            if indices.is_empty() {
                indices.extend(outline.elements.iter().enumerate().map(|(at, element)| (element.node.id(), at)));
            }
            let mut above = std::iter::once(element.id()).chain(element.ancestors().map(|above| above.id()));
            if above.clone().any(|id| skip.contains(&id)) {
                continue;
            }
            if above.find_map(|id| indices.get(&id)).is_some_and(|place| at.holds(outline, *place)) {
                self.take(offer, element);
            }
        }
    }

    fn take(&mut self, offer: DocumentOffer, element: ElementRef<'_>) {
        if !offer.is_document() {
            return;
        }
        let Some(url) = self.room.join(self.base, &offer.reference) else { return };
        // Liferay puts an id after the file's name.
        let told = url.as_url().path().rsplit('/').take(2).find_map(ending_of);
        let Some(mime_type) = told.or(offer.named) else { return };
        if !self.known.contains(&url) && self.room.take(&url) {
            self.known.insert(url.clone());
            self.found.push(attachment(url, mime_type, offer.title, element));
        }
    }
}

impl ArticlePlace {
    /// Whether the content of an element belongs to the article.
    fn holds(self, outline: &Outline<'_>, element: usize) -> bool {
        const FRAME_OF_FILES: Words =
            Words::NAV.or(Words::FOOTER).or(Words::SIDE).or(Words::COMMENT).or(Words::AD).or(Words::MODAL);
        const FRAME: Words = FRAME_OF_FILES.or(Words::RELATED).or(Words::TEASER).or(Words::WIDGET);
        if self.container.is_some_and(|container| outline.is_within(element, container)) {
            return true;
        }
        let Some(line) = outline.elements.get(element).map(|element| element.lines.start) else { return false };
        if line < self.first || line > self.last + LINES_AFTER {
            return false;
        }
        // A box of the article that is named for files is not a list of other articles, and may follow one.
        let own_files = outline
            .path(element)
            .take(FILES_DEPTH)
            .any(|at| outline.elements.get(at).is_some_and(|element| element.words.any(Words::FILES)))
            && self.is_in_article(outline, element);
        let between = self.last + 1..line;
        let ended = outline
            .lines
            .get(between)
            .unwrap_or_default()
            .iter()
            .any(|line| frame::read(&line.text) == Some(Frame::ListHead));
        // Elements that contain the article too are the frame of the page, not of this link.
        let container = self.container.unwrap_or_default();
        let own = outline.path(element).take_while(|at| !outline.is_within(container, *at) || *at == container);
        // If the headline is a piece of a page builder, everything on the page is.
        let is_built = outline.lines.get(self.first).is_some_and(|line| {
            outline
                .path(line.element)
                .filter_map(|at| outline.elements.get(at))
                .any(|near| near.words.any(Words::WIDGET))
        });
        let frame = if own_files || is_built { FRAME_OF_FILES } else { FRAME };
        (own_files || !ended)
            && !own
                .filter_map(|at| outline.elements.get(at))
                .any(|element| element.words.any(frame) || matches!(element.tag, Tag::Nav | Tag::Footer | Tag::Aside))
    }

    /// Whether the smallest element that contains both the text and another element is named an article.
    fn is_in_article(self, outline: &Outline<'_>, element: usize) -> bool {
        let mut around = outline.path(element).filter_map(|at| outline.elements.get(at));
        around
            .find(|element| element.holds(self.first, self.last))
            .is_some_and(|both| both.words.any(Words::ARTICLE) || both.tag == Tag::Article)
    }
}

/// The URL of a document that an element offers, and its title if the offer names it.
struct DocumentOffer {
    reference: String,
    title: Option<String>,
    /// The media type by the title's file ending, if the URL shows none.
    named: Option<&'static str>,
}

impl DocumentOffer {
    fn at(reference: String, title: Option<String>) -> DocumentOffer {
        DocumentOffer { reference, title, named: None }
    }

    fn is_document(&self) -> bool {
        self.named.is_some() || may_be_document(&self.reference)
    }
}

/// Attributes from which scripts read a document's URL.
const DATA: &[&str] =
    &["data-url", "data-src", "data-href", "data-file", "data-pdf", "data-link", "data-pdf-url", "data-file-url"];

fn offer_of(element: ElementRef<'_>) -> Option<DocumentOffer> {
    let own = element.value();
    if let Some(offer) = tree::attribute(own, &local_name!("onclick")).and_then(offer_in_script) {
        return Some(offer);
    }
    match own.name() {
        "a" => {
            let reference = tree::attribute(own, &local_name!("href")).unwrap_or_default();
            if let Some(script) = reference.strip_prefix("javascript:") {
                return offer_in_script(script);
            }
            if may_be_document(reference) {
                return Some(DocumentOffer::at(reference.to_owned(), None));
            }
            return named_download(element, reference);
        }
        "iframe" | "embed" | "object" => {
            let source = tree::attribute(own, &local_name!("src")).or(tree::attribute(own, &local_name!("data")))?;
            let title = tree::attribute(own, &local_name!("title")).map(unicode::clean);
            return Some(DocumentOffer::at(viewed(source).unwrap_or_else(|| source.to_owned()), title));
        }
        "img" | "script" | "link" | "source" | "video" | "audio" => return None,
        _ => {}
    }
    let is_data = |name: &str| name.starts_with("data-") && DATA.contains(&name);
    let data = own.attrs().find(|(name, value)| is_data(name) && may_be_document(value))?;
    Some(DocumentOffer::at(data.1.to_owned(), None))
}

/// A link whose URL says "download" but names no file, if its text is a file name: NukeViet's `?download=1&id=0`, DotNetNuke's
/// `LinkClick.aspx?fileticket=…`.
fn named_download(link: ElementRef<'_>, reference: &str) -> Option<DocumentOffer> {
    static SIGNS: LazyLock<AhoCorasick> = LazyLock::new(|| {
        let signs = ["download", "fileticket", "getfile", "taive", "tai-ve", "tai-file"];
        AhoCorasick::builder().ascii_case_insensitive(true).build(signs).expect("constant patterns")
    });
    if !SIGNS.is_match(reference.get(..reference.len().min(MAX_REFERENCE))?) {
        return None;
    }
    let name = tree::short_line(link, MAX_NAME)?;
    let named = ending_of(name.trim_end_matches(|c: char| !c.is_alphanumeric()))?;
    Some(DocumentOffer {
        reference: reference.to_owned(),
        title: Some(without_verb(&name).to_owned()),
        named: Some(named),
    })
}

/// "Tải về: Mẫu đơn.doc" → "Mẫu đơn.doc".
fn without_verb(name: &str) -> &str {
    let verb = |(verb, _): &(&str, &str)| says_nothing(verb);
    name.split_once(':').filter(verb).map_or(name, |(_, rest)| rest.trim())
}

/// The document that a viewer shows: PDF.js (`?file=`), Google (`?url=`), Office (`?src=`).
fn viewed(source: &str) -> Option<String> {
    let (_, query) = source.split_once('?')?;
    let query = query.split('#').next().unwrap_or(query).replace('+', "%2B");
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, value) = pairs
        .find(|(key, value)| matches!(&*key.to_ascii_lowercase(), "file" | "url" | "src") && may_be_document(value))?;
    Some(value.into_owned())
}

/// `downloadFile('Kế hoạch.pdf', '/upload/kh.pdf')`, `window.open("/upload/kh.pdf")`: the last quoted URL of a document, and the quoted text
/// before it unless it is a path.
fn offer_in_script(script: &str) -> Option<DocumentOffer> {
    static QUOTED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"'([^']*)'|"([^"]*)""#).expect("a constant pattern"));
    let quoted: Vec<&str> = QUOTED
        .captures_iter(script)
        .filter_map(|captures| captures.get(1).or(captures.get(2)))
        .map(|text| text.as_str())
        .collect();
    let at = quoted.iter().rposition(|text| may_be_document(text))?;
    let title = at.checked_sub(1).and_then(|before| quoted.get(before)).filter(|title| !title.contains('/'));
    Some(DocumentOffer::at((*quoted.get(at)?).to_owned(), title.map(|title| unicode::clean(title))))
}

/// Maximum length in bytes of a document's name.
const MAX_NAME: usize = 2048;

fn attachment(url: PageUrl, mime_type: &str, title: Option<String>, element: ElementRef<'_>) -> Attachment {
    let title = title.or_else(|| tree::short_line(element, MAX_NAME));
    let title = title.filter(|title| !title.is_empty() && !says_nothing(title)).or_else(|| file_name(&url));
    Attachment::offered(url, title, mime_type)
}

/// Link texts that say nothing about a document.
fn says_nothing(text: &str) -> bool {
    const PHRASES: &[&str] = &[
        "tai day",
        "xem tai day",
        "xem chi tiet tai day",
        "xem chi tiet",
        "chi tiet",
        "tai ve",
        "tai xuong",
        "tai file",
        "tai tep",
        "download",
        "here",
        "click here",
        "xem",
        "xem file",
        "view",
        "pdf",
        "link",
        "o day",
        "day",
        "file dinh kem",
        "tep dinh kem",
        "xem truoc",
        "mo file",
    ];
    let key = fold_ascii(text);
    PHRASES.contains(&key.trim_matches(|c: char| !c.is_alphanumeric()))
}

/// Returns the part of a URL that names the file, decoded.
fn file_name(url: &PageUrl) -> Option<String> {
    let part = url.as_url().path().split('/').rev().find(|part| ending_of(part).is_some())?;
    let form = format!("x={}", part.replace('&', "%26"));
    let (_, name) = url::form_urlencoded::parse(form.as_bytes()).next()?;
    Some(unicode::clean(&name)).filter(|name| !name.is_empty())
}

fn ending_of(part: &str) -> Option<&'static str> {
    let (name, ending) = part.rsplit_once('.')?;
    let known = TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending))?;
    (!name.is_empty()).then_some(known.1)
}

/// Whether the path of a reference is that of a document, before the reference is parsed.
pub(super) fn may_be_document(reference: &str) -> bool {
    let path = path_of(reference).trim();
    path.len() <= MAX_REFERENCE && path.rsplit('/').take(2).any(|part| ending_of(part).is_some())
}

/// Whether a line only offers a document: the file's name as a link, or a label and a link.
pub(super) fn is_offer(line: &Line<'_>) -> bool {
    let mut links = line.links();
    let Some((run, _)) =
        links.find(|(_, reference)| may_be_document(reference) || reference.starts_with("javascript:"))
    else {
        return false;
    };
    let label = fold_ascii(line.text.get(..run.range().start).unwrap_or_default());
    let label = label.trim_matches(|c: char| !c.is_alphanumeric());
    let rest = line.text.get(run.range().end..).unwrap_or_default();
    let name = line.text.get(run.range()).unwrap_or_default();
    let labelled = LABELS.contains(&label);
    let named = ending_of(name.trim_end_matches(|c: char| !c.is_alphanumeric())).is_some();
    let alone = !rest.chars().any(char::is_alphabetic) || links.next().is_some();
    alone && (labelled || (label.is_empty() && named))
}

/// Whether a row of a table names a file: one of its cells contains nothing else.
pub(super) fn is_row_of_file(cells: &[String]) -> bool {
    let mut short = cells.iter().filter(|cell| cell.len() <= MAX_NAME);
    short.any(|cell| ending_of(cell.trim_end_matches(|c: char| !c.is_alphanumeric())).is_some())
}

/// Labels before a link to a document.
const LABELS: &[&str] = &[
    "tep dinh kem",
    "file dinh kem",
    "tap tin dinh kem",
    "tai lieu dinh kem",
    "van ban dinh kem",
    "dinh kem",
    "tai ve",
    "tai file",
    "attachment",
    "attachments",
];

/// Maximum length in bytes of a reference.
const MAX_REFERENCE: usize = 2048;

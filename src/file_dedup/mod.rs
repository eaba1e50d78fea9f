//! Deduplicates a file of articles, in bounded memory.

pub mod blobs;
pub mod input;
pub mod runs;
pub mod shelf;

use crate::config::Config;
use crate::dedup::cluster;
use crate::dedup::document::Document;
use crate::dedup::document::Parts;
use crate::dedup::document::credited_host;
use crate::dedup::relate::Relation;
use crate::dedup::relate::Strictness;
use crate::dedup::relate::Subject;
use crate::dedup::shelf::ClusterPosition;
use crate::dedup::shelf::Number;
use crate::dedup::shelf::Shelf;
use crate::file_dedup::blobs::Blobs;
use crate::file_dedup::input::Line;
use crate::file_dedup::shelf::FileShelf;
use crate::model::record::DuplicateKind;
use crate::text::date;
use crate::url::PageUrl;
use serde_json::Value;
use serde_json::json;
use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::io::Write;
use std::path::Path;

/// The deduplication of one file.
///
/// ```
/// use tintinh::config::Config;
/// use tintinh::file_dedup::FileJob;
///
/// let text = "Sáng nay xã thông cầu mới qua suối, bà con hai bản không còn phải đi vòng ba cây số để ra chợ và đến trường. \
///     Cây cầu dài bốn mươi mét do dân góp công, huyện góp xi măng, làm trong năm tháng mùa khô. Trưởng bản cho biết mùa lũ tới học \
///     sinh không phải nghỉ học, xe chở ngô chạy thẳng ra đường lớn.";
/// let config = Config::shipped();
/// let mut job = FileJob::new(&config, &std::env::temp_dir(), 64 << 20).unwrap();
/// for url in ["https://a.example/1", "https://b.example/2"] {
///     let line = format!(r#"{{"id": "{url}", "url": "{url}", "title": "Thông cầu mới", "content_text": "{text}"}}"#);
///     job.take(line.as_bytes()).unwrap();
/// }
/// let mut verdicts = Vec::new();
/// job.print(&mut verdicts).unwrap();
/// let verdicts = String::from_utf8(verdicts).unwrap();
/// assert!(verdicts.lines().next().unwrap().contains("new"), "{verdicts}");
/// assert!(verdicts.lines().nth(1).unwrap().contains("duplicate"), "{verdicts}");
/// ```
pub struct FileJob<'a> {
    config: &'a Config,
    shelf: FileShelf,
    /// Each article's id as JSON, by its number.
    ids: Blobs,
    lines: Vec<LineKind>,
    /// The newest line of each URL or id.
    known: HashMap<u64, Number>,
    /// The previous line and the containment of a revision, by its number.
    revisions: HashMap<Number, (Number, f64)>,
    /// What is wrong with lines that are not articles, by the number of the line.
    invalid: HashMap<usize, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineKind {
    Empty,
    Article,
    Invalid,
}

impl<'a> FileJob<'a> {
    /// Returns the number of lines so far.
    pub fn lines(&self) -> usize {
        self.lines.len()
    }

    /// Returns the number of lines that are not articles.
    pub fn invalid(&self) -> usize {
        self.invalid.len()
    }

    /// Creates a job with its temporary files in `folder` and `memory` bytes for the index.
    ///
    /// # Errors
    /// If temporary files cannot be created in the folder.
    pub fn new(config: &'a Config, folder: &Path, memory: usize) -> io::Result<FileJob<'a>> {
        Ok(FileJob {
            config,
            shelf: FileShelf::new(folder, memory)?,
            ids: Blobs::new(folder)?,
            lines: Vec::new(),
            known: HashMap::new(),
            revisions: HashMap::new(),
            invalid: HashMap::new(),
        })
    }

    /// Adds a line.
    ///
    /// # Errors
    /// If temporary files fail.
    pub fn take(&mut self, line: &[u8]) -> io::Result<()> {
        if line.trim_ascii().is_empty() {
            self.lines.push(LineKind::Empty);
            return Ok(());
        }
        let text = simdutf8::basic::from_utf8(line).map_err(|error| error.to_string());
        let read = text.and_then(|text| serde_json::from_str::<Line<'_>>(text).map_err(|error| error.to_string()));
        let named = read.and_then(|article| match article.id {
            Value::String(_) | Value::Number(_) => Ok(article),
            _ => Err("`id` must be a string or a number".to_owned()),
        });
        match named {
            Ok(article) => {
                self.lines.push(LineKind::Article);
                self.take_article(&article)
            }
            Err(reason) => {
                self.refuse(reason);
                Ok(())
            }
        }
    }

    /// Records a line that is not an article.
    pub fn refuse(&mut self, reason: String) {
        self.invalid.insert(self.lines.len(), reason);
        self.lines.push(LineKind::Invalid);
    }

    fn take_article(&mut self, line: &Line<'_>) -> io::Result<()> {
        let url = line.url.as_ref().and_then(|url| PageUrl::parse(url).ok());
        let document = self.document(line, url.as_ref());
        self.ids.push(line.id.to_string().as_bytes())?;
        let key = self.identity(line, url.as_ref());
        let article = match self.known.get(&key).copied() {
            Some(before) => self.take_again(&document, before)?,
            None => cluster::take_in(&mut self.shelf, &document)?.article,
        };
        self.known.insert(key, article);
        Ok(())
    }

    fn document(&self, line: &Line<'_>, url: Option<&PageUrl>) -> Document {
        fn text<'b>(field: Option<&'b Cow<'_, str>>) -> &'b str {
            field.map_or("", |text| text)
        }
        let site_of = |url: &PageUrl| {
            let portal = self.config.portal_of(url).map(|portal| portal.outlet.portal.to_string());
            portal.unwrap_or_else(|| url.bare_host().to_owned())
        };
        let site = line.portal.as_ref().map(ToString::to_string).or_else(|| url.map(site_of)).unwrap_or_default();
        let published = line.date_published.as_ref().and_then(|date| date::read(date, date::DateOrder::DayFirst));
        let credit = credit_of(line).map(|url| site_of(&url)).filter(|credit| *credit != site);
        let parts = Parts {
            site: &site,
            title: text(line.title.as_ref()),
            lead: text(line.summary.as_ref()),
            body: &line.content_text,
            published: published.map(|dated| dated.at.as_millisecond()),
            number: line.document.as_ref().and_then(|document| document.number.as_deref()),
            credit: credit.as_deref(),
        };
        let files = line.attachments.iter().flatten().filter_map(|attachment| attachment.url.as_deref());
        Document::new(parts, files)
    }

    /// Returns what two lines of one article share: what identifies it in its URL, else its id.
    fn identity(&self, line: &Line<'_>, url: Option<&PageUrl>) -> u64 {
        let named = url.map(|url| {
            let identity = self.config.portal_of(url).and_then(|portal| self.config.identity(portal));
            identity.and_then(|identity| identity.of(url)).unwrap_or_else(|| url.canonical())
        });
        let text = named.map_or_else(|| line.id.to_string(), |url| crate::text::fingerprint::article_id(&url));
        blake3::hash(text.as_bytes()).as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }

    /// Adds another line of an article: an identical one, or a revision. It belongs to the story of the previous line.
    fn take_again(&mut self, document: &Document, before: Number) -> io::Result<Number> {
        let head = self.shelf.standing(before).map_or(before, |standing| standing.head);
        let (Some(old), Some(first)) = (self.shelf.document(before)?, self.shelf.document(head)?) else {
            return Ok(cluster::take_in(&mut self.shelf, document)?.article);
        };
        let subject = Subject::new(document, &[]);
        let same = Relation { kind: DuplicateKind::Reprint, containment: 1.0, reverse: 1.0 };
        let is_same =
            document.title == old.title && document.text == old.text && document.attachments == old.attachments;
        let to_head =
            if is_same && head == before { Some(same) } else { subject.relation_to(&first, Strictness::None) };
        let standing = ClusterPosition { head, relation: to_head.or(Some(same)) };
        if is_same {
            return self.shelf.put(document, &[], Some(standing));
        }
        let keys = crate::dedup::search::search(&mut self.shelf, document, None)?.keys;
        let article = self.shelf.put(document, &keys, Some(standing))?;
        let share = subject.relation_to(&old, Strictness::None).map_or(0.0, |relation| relation.containment);
        self.revisions.insert(article, (before, share));
        Ok(article)
    }

    /// Prints the verdicts, in the order of the lines.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut article = 0;
        for (number, kind) in self.lines.iter().enumerate() {
            let verdict = match kind {
                LineKind::Empty => continue,
                LineKind::Invalid => {
                    json!({ "verdict": "invalid", "line": number + 1, "error": self.invalid.get(&number) })
                }
                LineKind::Article => {
                    article += 1;
                    self.verdict(article - 1)?
                }
            };
            writeln!(out, "{verdict}")?;
        }
        Ok(())
    }

    fn verdict(&self, article: Number) -> io::Result<Value> {
        let id = self.id(article)?;
        if let Some((before, share)) = self.revisions.get(&article) {
            return Ok(
                json!({ "id": id, "verdict": "revision", "of": self.id(*before)?, "containment": rounded(*share) }),
            );
        }
        Ok(match self.shelf.standing(article) {
            Some(ClusterPosition { head, relation: Some(relation) }) => json!({
                "id": id, "verdict": "duplicate", "of": self.id(head)?, "kind": relation.kind,
                "containment": rounded(relation.containment),
            }),
            _ => json!({ "id": id, "verdict": "new" }),
        })
    }

    fn id(&self, article: Number) -> io::Result<Value> {
        let json = self.ids.read(usize::try_from(article).map_err(io::Error::other)?)?;
        serde_json::from_slice(&json).map_err(io::Error::other)
    }
}

/// Returns the site that a line credits: by its source line's URL or host, else by the text's last line.
fn credit_of(line: &Line<'_>) -> Option<PageUrl> {
    let credit = line.credit.as_ref();
    let address = credit.and_then(|credit| PageUrl::parse(credit.url.as_ref()?).ok());
    let host = || {
        let stated = credit.and_then(|credit| credit.text.as_deref()).and_then(credited_host);
        let host = stated.or_else(|| credited_host(&line.content_text))?;
        PageUrl::parse(&format!("http://{host}/")).ok()
    };
    address.or_else(host)
}

/// Rounds to four decimal places.
fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

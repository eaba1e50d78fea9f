//! The sites as values: their properties, and their responses to requests.

mod daknong;
mod dongmau;
mod gialai;
mod hoabinh;
mod khanhmau;
mod ninhmau;
mod parts;
mod vinhphuc;

use std::time::Duration;
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::demo::story;
use crate::demo::story::ArticleAnswer;
use crate::demo::story::Stage;
use crate::demo::story::Story;
use crate::text::date::VIETNAM;
use htmlize::escape_attribute;

/// All sample portals.
pub(crate) const SITES: &[Site] =
    &[vinhphuc::SITE, hoabinh::SITE, gialai::SITE, daknong::SITE, dongmau::SITE, ninhmau::SITE, khanhmau::SITE];

/// A sample portal.
#[derive(Debug)]
pub(crate) struct Site {
    /// The portal's id, and the stem of its configuration file.
    pub(crate) id: &'static str,
    /// Its host name.
    pub(crate) host: &'static str,
    /// Its short name, as `reprint_of` uses it.
    pub(crate) key: &'static str,
    /// Its articles as JSON.
    articles: &'static str,
    /// Its portal file.
    pub(crate) config: &'static str,
    /// Its `robots.txt`.
    robots: &'static str,
    /// Whether it compresses responses.
    pub(crate) gzip: bool,
    /// The validators of its article pages.
    validators: Validators,
    /// Returns path and query of an article's page.
    pub(crate) path: fn(&Story) -> String,
    /// Returns an article's page; the other articles are for its lists.
    page: fn(&Story, &[Story]) -> String,
    /// Returns the response of every other URL: lists, feeds, the front page.
    other: fn(&SiteRequest, &[Story]) -> Option<Reply>,
}

/// The validators of article pages for conditional requests (RFC 9110, section 8.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Validators {
    Nothing,
    Etag,
    LastModified,
}

/// A request to a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SiteRequest {
    post: bool,
    path: String,
    /// Path and query as sent.
    target: String,
    query: Vec<(String, String)>,
    form: Vec<(String, String)>,
}

/// A site's response, before conditions and compression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// `Content-Type`.
    pub(crate) kind: &'static str,
    pub(crate) body: Vec<u8>,
    /// Whether to send an `ETag` (a hash of the body).
    pub(crate) etag: bool,
    /// `Last-Modified`.
    pub(crate) modified: Option<SystemTime>,
    /// `Location` of a redirect.
    pub(crate) location: Option<String>,
}

const HTML: &str = "text/html; charset=utf-8";

/// The smallest GIF, used for every image.
const GIF: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

/// A PDF without a page, used for every document.
const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// The response of a firewall instead of a page: a script that sets a cookie and reloads.
const CHALLENGE: &str = "<html><body><script>document.cookie=\"D1N=7d3c0f2a91b84e56\"+\"; path=/; expires=Fri, 31-Dec-2027 23:55:55 GMT\";window.location.reload(true);</script></body></html>";

impl Site {
    /// Returns the stories in a state, with reprints filled in, the newest first.
    pub(crate) fn stories(&self, stage: Stage) -> Vec<Story> {
        let mut stories = story::stories(self.articles, stage);
        for story in &mut stories {
            if let Some(original) = story.reprint_of.as_ref().and_then(|(key, slug)| original(key, slug)) {
                story.lead = original.lead;
                story.body = original.body;
                story.byline = original.byline;
            }
        }
        stories
    }

    /// Returns the absolute URL of an article's page.
    pub(crate) fn url(&self, story: &Story) -> String {
        format!("http://{}{}", self.host, (self.path)(story))
    }

    /// Responds to a request.
    pub(crate) fn reply(&self, ask: &SiteRequest, stories: &[Story]) -> Reply {
        if ask.path == "/robots.txt" {
            return Reply::new("text/plain", self.robots);
        }
        if let Some(story) = stories.iter().find(|story| (self.path)(story) == ask.target) {
            return self.article(story, stories);
        }
        (self.other)(ask, stories).or_else(|| asset(&ask.path)).unwrap_or_else(Reply::missing)
    }

    fn article(&self, story: &Story, stories: &[Story]) -> Reply {
        match story.fate {
            ArticleAnswer::Missing => return Reply::missing(),
            ArticleAnswer::Challenge => return Reply::new("text/html", CHALLENGE),
            ArticleAnswer::Shown | ArticleAnswer::Disallowed => {}
        }
        let mut reply = Reply::new(HTML, (self.page)(story, stories));
        match self.validators {
            Validators::Nothing => {}
            Validators::Etag => reply.etag = true,
            Validators::LastModified => reply.modified = story.published.map(|at| modified(at, story.revised)),
        }
        reply
    }
}

fn original(key: &str, slug: &str) -> Option<Story> {
    let site = SITES.iter().find(|site| site.key == key)?;
    story::stories(site.articles, Stage::First).into_iter().find(|story| story.slug == slug)
}

fn asset(path: &str) -> Option<Reply> {
    let (_, extension) = path.rsplit_once('.')?;
    match extension {
        "jpg" | "png" | "gif" => Some(Reply::new("image/gif", GIF)),
        "pdf" => Some(Reply::new("application/pdf", PDF)),
        _ => None,
    }
}

/// Converts a time in Vietnam (+07:00 all year) to the system's. It is a day later for an edited article.
fn modified(at: DateTime, revised: bool) -> SystemTime {
    let later = if revised { at.tomorrow().unwrap_or(at) } else { at };
    let seconds = VIETNAM.to_timestamp(later).map_or(0, Timestamp::as_second);
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}

impl Reply {
    pub(crate) fn new(kind: &'static str, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status: 200, kind, body: body.into(), etag: false, modified: None, location: None }
    }

    fn html(body: String) -> Reply {
        Reply::new(HTML, body)
    }

    fn missing() -> Reply {
        let page = "<html><head><title>404 - File or directory not found.</title></head><body><h1>Trang bạn tìm không tồn tại</h1></body></html>";
        Reply { status: 404, ..Reply::new(HTML, page) }
    }
}

impl SiteRequest {
    pub(crate) fn new(method: &str, path: &str, query: Option<&str>, body: &[u8]) -> SiteRequest {
        let pairs = |bytes: &[u8]| url::form_urlencoded::parse(bytes).into_owned().collect();
        SiteRequest {
            post: method == "POST",
            path: path.to_owned(),
            target: query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")),
            query: pairs(query.unwrap_or_default().as_bytes()),
            form: pairs(body),
        }
    }

    fn field<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
        pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns a field of the posted form.
    fn posted(&self, name: &str) -> Option<&str> {
        SiteRequest::field(&self.form, name)
    }

    /// Returns a parameter of the query.
    fn parameter(&self, name: &str) -> Option<&str> {
        SiteRequest::field(&self.query, name)
    }
}

/// Returns a link to each of the stories, for the lists next to and below an article.
fn links(stories: &[Story], count: usize, path: fn(&Story) -> String) -> String {
    crate::demo::writing::each(stories.iter().take(count), |story| {
        format!("<li><a href=\"{}\">{}</a></li>", escape_attribute(path(story)), escape_attribute(&story.title))
    })
}

//! The expected results of a run over the sample portals, derived from the same data as the pages.

use jiff::civil::DateTime;

use crate::demo::site::SITES;
use crate::demo::site::Site;
use crate::demo::story::ArticleAnswer;
use crate::demo::story::Stage;
use crate::demo::story::Story;
use crate::url::PageUrl;

/// One article as it should be recorded. Texts are NFC with single spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The portal's id.
    pub portal: &'static str,
    /// The site's host name.
    pub host: &'static str,
    /// The URL of its page.
    pub url: String,
    /// The headline.
    pub title: String,
    /// When it was published, RFC 3339 with `+07:00`, to the second or the minute that the site shows; absent if it shows nothing.
    pub published: Option<String>,
    /// The lead; empty if there is none.
    pub lead: String,
    /// The paragraphs of the body, without lead, captions, byline and source line.
    pub paragraphs: Vec<String>,
    /// The captions of its images.
    pub captions: Vec<String>,
    /// "Tin, ảnh: …"
    pub byline: Option<String>,
    /// "Theo …"
    pub source_line: Option<String>,
    /// Documents to download.
    pub attachments: Vec<ExpectedFile>,
    /// The URL of the article at another portal that this one repeats.
    pub reprint_of: Option<String>,
    /// Whether it is an edited text (only in [`expected_later`]).
    pub revised: bool,
}

/// A document to download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedFile {
    /// The link's text.
    pub title: String,
    /// Its URL, absolute and percent-encoded.
    pub url: String,
}

/// Returns the articles to be found at first: everything that the sites show and allow.
pub fn expected() -> Vec<Expected> {
    all(Stage::First)
}

/// Returns the articles to be found after [`crate::demo::Sites::advance`], including those of the first state.
pub fn expected_later() -> Vec<Expected> {
    all(Stage::Later)
}

fn all(stage: Stage) -> Vec<Expected> {
    let of_site = |site: &'static Site| {
        let shown = site.stories(stage).into_iter().filter(|story| story.fate == ArticleAnswer::Shown);
        shown.map(move |story| expect(site, story))
    };
    SITES.iter().flat_map(of_site).collect()
}

fn expect(site: &'static Site, story: Story) -> Expected {
    let url = site.url(&story);
    Expected {
        portal: site.id,
        host: site.host,
        title: story.title.clone(),
        published: story.published.map(zoned),
        paragraphs: story.paragraphs().map(str::to_owned).collect(),
        captions: story.captions().map(str::to_owned).collect(),
        attachments: story.files.iter().filter_map(|file| attachment(&url, &file.title, &file.path)).collect(),
        reprint_of: story.reprint_of.as_ref().and_then(|(key, slug)| original(key, slug)),
        revised: story.revised,
        lead: story.lead,
        byline: story.byline,
        source_line: story.source_line,
        url,
    }
}

fn zoned(at: DateTime) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+07:00").to_string()
}

/// Returns an attachment. A link to the front page is dead and not a document.
fn attachment(page: &str, title: &str, path: &str) -> Option<ExpectedFile> {
    if path == "/" {
        return None;
    }
    let url = PageUrl::parse(page).and_then(|page| page.join(path)).ok()?;
    Some(ExpectedFile { title: title.to_owned(), url: url.as_str().to_owned() })
}

fn original(key: &str, slug: &str) -> Option<String> {
    let site = SITES.iter().find(|site| site.key == key)?;
    let story = site.stories(Stage::First).into_iter().find(|story| story.slug == slug)?;
    Some(site.url(&story))
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;
    use crate::demo::site::SiteRequest;

    /// Returns the text of a page, roughly: tags become spaces, entities letters, zero-width spaces nothing.
    fn text(html: &str) -> String {
        let mut out = String::new();
        for piece in html.split('<') {
            out.push(' ');
            out.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
        }
        let out = out.replace("&nbsp;", " ").replace('\u{200b}', "");
        let mut decoded = String::new();
        let mut rest = out.as_str();
        while let Some((before, after)) = rest.split_once('&') {
            let (name, after) = after.split_once(';').unwrap_or(("", after));
            decoded.push_str(before);
            decoded.push_str(&letter(name));
            rest = after;
        }
        decoded.push_str(rest);
        decoded.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn letter(name: &str) -> String {
        let (base, mark) = name.split_at(1);
        match (name, mark) {
            ("lt", _) => "<".to_owned(),
            ("gt", _) => ">".to_owned(),
            ("amp", _) => "&".to_owned(),
            ("quot", _) => "\"".to_owned(),
            ("ldquo", _) => "“".to_owned(),
            ("rdquo", _) => "”".to_owned(),
            ("#272", _) => "Đ".to_owned(),
            (_, "grave") => format!("{base}\u{300}"),
            (_, "acute") => format!("{base}\u{301}"),
            (_, "circ") => format!("{base}\u{302}"),
            (_, "tilde") => format!("{base}\u{303}"),
            _ => panic!("&{name};"),
        }
    }

    #[test]
    fn pages_show_what_is_expected() {
        for stage in [Stage::First, Stage::Later] {
            for site in SITES {
                let stories = site.stories(stage);
                for story in stories.iter().filter(|story| story.fate == ArticleAnswer::Shown) {
                    let path = (site.path)(story);
                    let (before, query) = path.split_once('?').map_or((path.as_str(), None), |(p, q)| (p, Some(q)));
                    let reply = site.reply(&SiteRequest::new("GET", before, query, &[]), &stories);
                    assert_eq!(reply.status, 200, "{path}");
                    let page = text(std::str::from_utf8(&reply.body).unwrap());
                    let wanted = expect(site, story.clone());
                    let lines =
                        [&wanted.title, &wanted.lead].into_iter().chain(&wanted.paragraphs).chain(&wanted.captions);
                    for line in lines.chain(&wanted.byline).chain(&wanted.source_line) {
                        assert!(page.contains(line.as_str()), "{path}: {line}\n{page}");
                    }
                }
            }
        }
    }

    #[test]
    fn each_site_has_enough_to_find() {
        for site in SITES {
            let of = |all: Vec<Expected>| all.into_iter().filter(|one| one.portal == site.id).collect::<Vec<_>>();
            let (first, later) = (of(expected()), of(expected_later()));
            assert!(first.len() >= 6, "{}: {}", site.id, first.len());
            assert!(later.len() > first.len(), "{}", site.id);
            assert_eq!(later.iter().filter(|one| one.revised).count(), 1, "{}", site.id);
            assert!(first.iter().all(|one| !one.revised));
        }
    }

    #[test]
    fn a_reprint_names_its_original() {
        let all = expected();
        let reprint = all.iter().find(|one| one.reprint_of.is_some()).unwrap();
        let original = all.iter().find(|one| Some(&one.url) == reprint.reprint_of.as_ref()).unwrap();
        assert_eq!(original.paragraphs, reprint.paragraphs);
        assert_ne!(original.portal, reprint.portal);
    }
}

//! Tries a portal with its file: what each source returns, and what the rules find on a few of its articles.

use std::collections::BTreeMap;
use std::collections::HashSet;

use jiff::Timestamp;

use crate::config::Config;
use crate::config::Portal;
use crate::discover;
use crate::model::link::Link;
use crate::model::link::SourceKind;
use crate::model::page::Page;
use crate::model::portal::SourceId;
use crate::model::record::Record;
use crate::model::request::Expect;
use crate::onboard::look::ProbeFailure;
use crate::onboard::look::SiteProbe;
use crate::reading;
use crate::reading::Input;
use crate::url::PageUrl;

/// Maximum number of articles to try.
pub const MAX_ARTICLES: usize = 4;

/// Fields that every article has.
const CORE_FIELDS: [&str; 3] = ["title", "date_published", "content_text"];

/// The result of a source.
#[derive(Debug)]
pub struct SourceSeen {
    /// Its name within the portal.
    pub id: SourceId,
    /// Its kind.
    pub kind: SourceKind,
    /// Its URL.
    pub url: PageUrl,
    /// Its links, or the reason why there are none.
    pub links: Result<Vec<Link>, String>,
    /// The reason in words that reveal nothing about this machine.
    pub public: Option<String>,
    /// Number of links to other hosts or excluded paths.
    pub out_of_scope: usize,
    /// Warnings.
    pub warnings: Vec<String>,
    /// Its first page.
    pub page: Option<Page>,
}

/// The result of an article.
#[derive(Debug)]
pub struct ArticleSeen {
    /// How it was found.
    pub link: Link,
    /// Its page, or the reason why there is none.
    pub page: Result<Page, String>,
    /// Its record, or the reason why it is not an article.
    pub record: Result<Record, String>,
}

/// The results of a portal.
#[derive(Debug)]
pub struct LiveTrial {
    /// The sources, in the file's order.
    pub sources: Vec<SourceSeen>,
    /// A few of its articles.
    pub articles: Vec<ArticleSeen>,
    /// How often each candidate of the rules was tried and how often it found something, by field and rule.
    pub candidates: BTreeMap<(String, String), (usize, usize)>,
}

impl LiveTrial {
    /// Whether every source returned links, at least one article was read (if any was tried), and the rules for the core fields match.
    pub fn is_well(&self) -> bool {
        let lists = self.sources.iter().all(|source| source.links.as_ref().is_ok_and(|links| !links.is_empty()));
        let is_read = self.articles.is_empty() || self.articles.iter().any(|article| article.record.is_ok());
        lists && is_read && self.unmatched().is_empty()
    }

    /// Returns the core fields for which rules exist but found nothing on any article. Authors and sources do not count, because a few articles may
    /// all lack them.
    pub fn unmatched(&self) -> Vec<&str> {
        let of_field = |field: &str| {
            let counts = self.candidates.iter().filter(move |((of, _), _)| of == field).map(|(_, (_, found))| *found);
            counts.fold(None, |most: Option<usize>, found| Some(most.unwrap_or(0).max(found)))
        };
        CORE_FIELDS.into_iter().filter(|field| of_field(field) == Some(0)).collect()
    }
}

/// Tries a portal: the first page of each source, and a few articles.
pub async fn look(look: &mut SiteProbe, config: &Config, portal: &Portal) -> LiveTrial {
    let mut sources = Vec::new();
    for source in &portal.sources {
        let step = source.first_step();
        let mut seen = SourceSeen {
            id: source.id.clone(),
            kind: source.kind(),
            url: step.request.url.clone(),
            links: Err(String::new()),
            public: None,
            out_of_scope: 0,
            warnings: Vec::new(),
            page: None,
        };
        match look.ask(&step.request).await {
            Err(refusal) => {
                seen.public = Some(refusal.public);
                seen.links = Err(refusal.message);
            }
            Ok(page) => {
                let found = discover::discover(source, &portal.scope, &step, &page);
                seen.out_of_scope = found.out_of_scope;
                seen.warnings = found.warnings;
                let is_index = found.links.is_empty() && !found.next.is_empty();
                seen.links = match found.broken {
                    Some(reason) => Err(reason),
                    None if is_index => {
                        let parts = first_part(look, source, portal, &found.next).await;
                        parts.map_err(|refusal| {
                            seen.public = Some(refusal.public);
                            refusal.message
                        })
                    }
                    None => Ok(found.links),
                };
                if let (Err(reason), None) = (&seen.links, &seen.public) {
                    seen.public = Some(reason.clone());
                }
                seen.page = Some(Page::clone(&page));
            }
        }
        sources.push(seen);
    }
    let articles = articles(look, config, portal, &sources).await;
    let candidates = candidates(config, portal, &articles);
    LiveTrial { sources, articles, candidates }
}

/// Returns the links of the first sitemaps of an index, which has no links of its own.
async fn first_part(
    look: &mut SiteProbe,
    source: &discover::Source,
    portal: &Portal,
    parts: &[discover::Step],
) -> Result<Vec<Link>, ProbeFailure> {
    let mut links = Vec::new();
    for part in parts.iter().take(3) {
        let page = look.ask(&part.request).await?;
        links.extend(discover::discover(source, &portal.scope, part, &page).links);
    }
    Ok(links)
}

async fn articles(look: &mut SiteProbe, config: &Config, portal: &Portal, sources: &[SourceSeen]) -> Vec<ArticleSeen> {
    let mut queues: Vec<std::slice::Iter<'_, Link>> =
        sources.iter().filter_map(|source| source.links.as_ref().ok()).map(|links| links.iter()).collect();
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    loop {
        let before = seen.len();
        for queue in &mut queues {
            let Some(link) = queue.find(|link| seen.insert(link.url.canonical())) else { continue };
            if found.len() < MAX_ARTICLES {
                found.push(article(look, config, portal, link).await);
            }
        }
        if seen.len() == before || found.len() >= MAX_ARTICLES {
            return found;
        }
    }
}

async fn article(look: &mut SiteProbe, config: &Config, portal: &Portal, link: &Link) -> ArticleSeen {
    let page = match reading::page_in_source(link, Timestamp::UNIX_EPOCH) {
        Some(page) => Ok(page),
        None => match look.get(&link.url, Expect::Html).await {
            Ok(page) => Ok(Page::clone(&page)),
            Err(refusal) => Err(refusal.message),
        },
    };
    let record = match &page {
        Err(reason) => Err(reason.clone()),
        Ok(page) => {
            let read = reading::read(Input::new(link, page), &config.page_rules(portal));
            read.record.map_err(|reason| reason.to_string())
        }
    };
    ArticleSeen { link: link.clone(), page, record }
}

/// Counts how often each candidate of the rules was tried and found something. A candidate after one that finds something is not tried.
fn candidates(
    config: &Config,
    portal: &Portal,
    articles: &[ArticleSeen],
) -> BTreeMap<(String, String), (usize, usize)> {
    let rules = config.page_rules(portal);
    let mut all: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    for article in articles {
        let Ok(page) = &article.page else { continue };
        let input = Input { explain: true, ..Input::new(&article.link, page) };
        let (extracted, _) = reading::without_record(input, &rules.articles);
        let by_rule = |origin: &str| origin.starts_with("portal ") || origin.starts_with("platform ");
        for candidate in extracted.candidates.into_iter().filter(|one| by_rule(&one.origin)) {
            let count = all.entry((candidate.field.to_owned(), candidate.origin)).or_default();
            count.0 += 1;
            count.1 += usize::from(candidate.value.is_some());
        }
    }
    all
}

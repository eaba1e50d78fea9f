//! Surveys a site, from the front page to sources, articles and the portal's file.

mod search;
mod settle;

use std::collections::HashSet;

use jiff::Timestamp;

use crate::config::Config;
use crate::config::draft::PortalDraft;
use crate::discover;
use crate::discover::Kind;
use crate::extract::document_of;
use crate::model::link::Link;
use crate::model::page::Page;
use crate::model::portal::PlatformId;
use crate::model::portal::PortalId;
use crate::model::record::Record;
use crate::model::request::Expect;
use crate::onboard::clues;
use crate::onboard::clues::Clues;
use crate::onboard::look::ProbeFailure;
use crate::onboard::look::SiteProbe;
use crate::onboard::sources::WorkingSource;
use crate::reading;
use crate::text::date::rfc3339;
use crate::url::PageUrl;

/// Maximum number of articles that are read.
pub const MAX_ARTICLES: usize = 6;

/// Maximum number of sections that are fetched to detect a family.
const MAX_DETECTED: usize = 2;

/// What to survey, and how.
#[derive(Debug, Clone)]
pub struct SurveyRequest {
    /// The URL that the operator gave.
    pub url: PageUrl,
    /// The portal's ID, if given. Otherwise it is derived from the host.
    pub id: Option<PortalId>,
    /// The portal's name, if known.
    pub name: Option<String>,
    /// The province's key, if known.
    pub province: Option<String>,
    /// Known hosts of the portal, besides the URL's host.
    pub hosts: Vec<String>,
    /// Whether to ignore platforms.
    pub generic: bool,
}

/// The result of a survey.
#[derive(Debug)]
pub struct Survey {
    /// The portal's file.
    pub draft: PortalDraft,
    /// Its sources.
    pub sources: Vec<WorkingSource>,
    /// URLs that are not sources, with the reason.
    pub left_out: Vec<(PageUrl, String)>,
    /// Articles and their records, read with the file's rules.
    pub articles: Vec<(PageUrl, Option<Record>)>,
    /// Notes.
    pub notes: Vec<String>,
    /// Number of requests sent.
    pub requests: u64,
}

/// Why there is no file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoPortal {
    /// What was found instead.
    pub account: String,
    /// What to do next, one sentence each.
    pub next: Vec<String>,
    /// URLs that were tried, with their results.
    pub tried: Vec<(PageUrl, String)>,
    /// Number of requests sent.
    pub requests: u64,
}

/// Surveys a site.
///
/// # Errors
/// [`NoPortal`] if no file would work.
pub async fn survey(
    look: &mut SiteProbe,
    config: &Config,
    wanted: &SurveyRequest,
    now: Timestamp,
) -> Result<Survey, NoPortal> {
    let mut work = Work {
        look,
        config,
        wanted,
        tried: Vec::new(),
        left_out: Vec::new(),
        notes: Vec::new(),
        lists_do_not_fit: false,
    };
    match work.run(now).await {
        Ok(found) => Ok(found),
        Err((account, next)) => Err(NoPortal { account, next, tried: work.left_out, requests: work.look.requests() }),
    }
}

type Failure = (String, Vec<String>);

struct Work<'a> {
    look: &'a mut SiteProbe,
    config: &'a Config,
    wanted: &'a SurveyRequest,
    tried: Vec<WorkingSource>,
    left_out: Vec<(PageUrl, String)>,
    notes: Vec<String>,
    /// Whether a list was read without the rules of its platform, because they do not fit it.
    lists_do_not_fit: bool,
}

impl Work<'_> {
    async fn run(&mut self, now: Timestamp) -> Result<Survey, Failure> {
        let mut front = self.front().await?;
        let mut draft = self.begin(&front, now);
        let clues = match discover::sniff(&front.body) {
            Kind::Html => {
                let mut clues = read_clues(&front);
                if let Some(next) = clues.refresh.clone().filter(|next| next.bare_host() == front.final_url.bare_host())
                    && let Ok(page) = self.look.get(&next, Expect::Html).await
                {
                    front = Page::clone(&page);
                    clues = read_clues(&front);
                }
                clues
            }
            kind => {
                self.given_source(&draft, kind, &front).await;
                Clues::default()
            }
        };
        if let Some(name) = self.wanted.name.clone().or_else(|| clues.name.clone()) {
            draft.name = name;
        }
        if self.look.is_legacy() {
            draft.tls = Some("legacy".to_owned());
            self.notes.push("the server speaks only old TLS, so the file sets tls = \"legacy\"".to_owned());
        }
        draft.platform = self.platform_of(&front);
        for (url, _) in clues.sections.iter().take(MAX_DETECTED) {
            // Front pages are made by hand. Only the pages of lists and articles show the platform.
            if draft.platform.is_none()
                && !self.wanted.generic
                && let Ok(page) = self.look.get(url, Expect::Html).await
            {
                draft.platform = self.platform_of(&page);
            }
        }
        self.find_sources(&mut draft, &front, &clues).await;
        if self.tried.is_empty() {
            return Err(self.nothing(&clues));
        }
        let samples = self.articles().await;
        self.finish(draft, samples, now)
    }

    /// Fetches the page at the given URL.
    async fn front(&mut self) -> Result<Page, Failure> {
        match self.look.get(&self.wanted.url, Expect::Html).await {
            Ok(page) => Ok(Page::clone(&page)),
            Err(ProbeFailure { message, hint, .. }) => {
                let account = format!("{} gave no page: {message}", self.wanted.url);
                Err((account, hint.map(str::to_owned).into_iter().collect()))
            }
        }
    }

    fn begin(&self, front: &Page, now: Timestamp) -> PortalDraft {
        let day = rfc3339(now).get(..10).unwrap_or_default().to_owned();
        let home = front.final_url.join("/").unwrap_or_else(|_| front.final_url.clone());
        let mut hosts = vec![front.final_url.host().to_owned()];
        let asked = self.wanted.url.host().to_owned();
        if !hosts.contains(&asked) {
            hosts.push(asked);
        }
        let id = self.wanted.id.clone().unwrap_or_else(|| PortalId::of_site(&front.final_url));
        PortalDraft {
            name: front.final_url.bare_host().to_owned(),
            id,
            remarks: vec![format!(
                "Written by `tintinh add {}` on {day} from what the site showed; read it once before you rely on it.",
                self.wanted.url
            )],
            province: self.wanted.province.clone(),
            home,
            hosts,
            platform: None,
            tls: None,
            verified: format!("looked at on {day} by `tintinh add`"),
            sources: Vec::new(),
            rules: Vec::new(),
        }
    }

    fn platform_of(&mut self, page: &Page) -> Option<PlatformId> {
        if self.wanted.generic {
            return None;
        }
        self.config.detect(document_of(page).root()).map(|platform| platform.id.clone())
    }

    fn nothing(&self, clues: &Clues) -> Failure {
        let account = if clues.is_shell {
            format!("{} is an empty page that scripts fill; it has no links to read", self.wanted.url)
        } else {
            format!("{} has no feed, no sitemap and no readable list of articles", self.wanted.url)
        };
        let mut next = vec![
            "try the address of a section with a list of news, as your browser shows it: tintinh add ADDRESS"
                .to_owned(),
            "see what a page holds: tintinh links ADDRESS".to_owned(),
        ];
        if clues.is_shell {
            next.insert(0, "look in the browser's network tools for the request that fetches the list, and write a source of kind = \"json\" (docs/rules.md)".to_owned());
        }
        (account, next)
    }

    /// Fetches a few articles, from all sources in turn.
    async fn articles(&mut self) -> Vec<(Link, Page)> {
        let mut queues: Vec<Vec<Link>> = self.tried.iter().map(|one| newest_first(&one.links)).collect();
        let mut chosen = Vec::new();
        let mut seen: HashSet<PageUrl> = self.tried.iter().map(|one| one.page.final_url.canonical()).collect();
        while chosen.len() < MAX_ARTICLES && queues.iter().any(|queue| !queue.is_empty()) {
            for queue in &mut queues {
                if queue.is_empty() || chosen.len() >= MAX_ARTICLES {
                    continue;
                }
                let link = queue.remove(0);
                if !seen.insert(link.url.canonical()) {
                    continue;
                }
                if let Some(page) = reading::page_in_source(&link, Timestamp::UNIX_EPOCH) {
                    chosen.push((link, page));
                    continue;
                }
                match self.look.get(&link.url, Expect::Html).await {
                    Ok(page) => chosen.push((link, Page::clone(&page))),
                    Err(refusal) => self.left_out.push((link.url, refusal.message)),
                }
            }
        }
        chosen
    }
}

fn read_clues(page: &Page) -> Clues {
    clues::read(document_of(page).root(), &page.final_url)
}

/// Sorts the newest links first. Those without a date keep their order at the end.
fn newest_first(links: &[Link]) -> Vec<Link> {
    let mut links = links.to_vec();
    links.sort_by_key(|link| std::cmp::Reverse(link.hints.date.as_ref().map(|dated| dated.at)));
    links
}

//! The look as a whole: front page → sources → articles → the portal's file.

use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;

use crate::config::Config;
use crate::config::Portal;
use crate::config::draft::PortalDraft;
use crate::config::draft::SourceDraft;
use crate::config::quoted;
use crate::discover;
use crate::discover::Kind;
use crate::extract::template::SiteMemory;
use crate::extract::tree_of;
use crate::model::article::PageKind;
use crate::model::link::Link;
use crate::model::link::SourceKind;
use crate::model::page::Page;
use crate::model::portal::PlatformId;
use crate::model::portal::PortalId;
use crate::model::record::Record;
use crate::model::request::Expect;
use crate::onboard::clues;
use crate::onboard::clues::Clues;
use crate::onboard::look::Look;
use crate::onboard::look::Refusal;
use crate::onboard::rules;
use crate::onboard::rules::Sample;
use crate::onboard::sources;
use crate::onboard::sources::Tried;
use crate::reading;
use crate::text::date::rfc3339;
use crate::url::PageUrl;

/// Articles that are looked at.
pub const MAX_ARTICLES: usize = 6;

/// Lists of sections that are looked at.
const MAX_LISTS: usize = 7;

/// Sections on which a family is looked for.
const MAX_DETECTED: usize = 2;

/// Feeds that are looked at.
const MAX_FEEDS: usize = 6;

/// Places where feeds stand that nobody names.
const WELL_KNOWN: [&str; 4] = ["/feed/", "/rss.xml", "/rss", "/feed.xml"];

/// What is to be looked at, and how.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The address that the operator gave.
    pub url: PageUrl,
    /// The portal's id, where it is given; else it is made of the host.
    pub id: Option<PortalId>,
    /// The portal's name, where it is known.
    pub name: Option<String>,
    /// The province's key, where it is known.
    pub province: Option<String>,
    /// Hosts that are known to be the portal's, beside that of the address.
    pub hosts: Vec<String>,
    /// Whether platforms are left out of account.
    pub generic: bool,
}

/// What was found.
#[derive(Debug)]
pub struct Survey {
    /// The portal's file.
    pub draft: PortalDraft,
    /// The sources that it has.
    pub sources: Vec<Tried>,
    /// Addresses that are no sources, with the reason.
    pub left_out: Vec<(PageUrl, String)>,
    /// Articles that were read, by the file's rules.
    pub articles: Vec<(PageUrl, Option<Record>)>,
    /// What else is to be told.
    pub notes: Vec<String>,
    /// Requests that were sent.
    pub requests: u64,
}

/// Why there is no file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoPortal {
    /// What was found instead.
    pub account: String,
    /// What to do next, one sentence each.
    pub next: Vec<String>,
    /// Addresses that were tried, with what they gave.
    pub tried: Vec<(PageUrl, String)>,
    /// Requests that were sent.
    pub requests: u64,
}

/// Looks at a site.
///
/// # Errors
/// [`NoPortal`] where no file would work.
pub async fn survey(look: &mut Look, config: &Config, wanted: &Wanted, now: Timestamp) -> Result<Survey, NoPortal> {
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
    look: &'a mut Look,
    config: &'a Config,
    wanted: &'a Wanted,
    tried: Vec<Tried>,
    left_out: Vec<(PageUrl, String)>,
    notes: Vec<String>,
    /// A list was read without the rules of its platform, which do not fit it.
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
            self.notes.push("the server speaks TLS of old only: the portal's file says tls = \"legacy\"".to_owned());
        }
        draft.platform = self.platform_of(&front);
        for (url, _) in clues.sections.iter().take(MAX_DETECTED) {
            // Front pages are made by hand; what lists and articles are made by shows in them alone.
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

    /// The page at the address given.
    async fn front(&mut self) -> Result<Page, Failure> {
        match self.look.get(&self.wanted.url, Expect::Html).await {
            Ok(page) => Ok(Page::clone(&page)),
            Err(Refusal { message, hint }) => {
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
        let id = self.wanted.id.clone().unwrap_or_else(|| id_of(&front.final_url));
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
        let tree = tree_of(page);
        self.config.detect(tree.html.root_element()).map(|platform| platform.id.clone())
    }

    /// The address given is itself a feed or a sitemap.
    async fn given_source(&mut self, draft: &PortalDraft, kind: Kind, front: &Page) {
        let kind = if kind == Kind::Feed { SourceKind::Feed } else { SourceKind::Sitemap };
        self.attempt(draft, kind, &front.final_url, "", "the address given").await;
    }

    async fn attempt(&mut self, draft: &PortalDraft, kind: SourceKind, url: &PageUrl, name: &str, evidence: &str) {
        let id = sources::id_of(name, url, &self.tried);
        let section = Some(name.to_owned()).filter(|name| !name.is_empty() && kind == SourceKind::Listing);
        let remarks = vec![evidence.to_owned()];
        self.try_draft(draft, SourceDraft { id, kind, url: url.clone(), section, keys: Vec::new(), remarks }).await;
    }

    async fn try_draft(&mut self, portal: &PortalDraft, draft: SourceDraft) {
        let url = draft.url.clone();
        let is_generic_better = draft.kind == SourceKind::Listing && portal.platform.is_some();
        let plain = is_generic_better.then(|| draft.clone());
        match sources::try_source(self.look, self.config, portal, draft).await {
            Ok(tried) => self.tried.push(tried),
            Err(refusal) => {
                // A family's selectors may not be this site's.
                let without = PortalDraft { platform: None, ..portal.clone() };
                if let Some(draft) = plain
                    && let Ok(tried) = sources::try_source(self.look, self.config, &without, draft).await
                {
                    self.notes
                        .push(format!("{url} is read without the lists' rules of its platform, which do not fit it"));
                    self.lists_do_not_fit = true;
                    self.tried.push(tried);
                    return;
                }
                self.left_out.push((url, refusal.message));
            }
        }
    }

    async fn find_sources(&mut self, draft: &mut PortalDraft, front: &Page, clues: &Clues) {
        self.find_script_lists(draft, clues).await;
        if let Some(source) = clues.wordpress_api.as_ref().and_then(|api| sources::wordpress(api, &self.tried)) {
            self.try_draft(draft, source).await;
        }
        self.find_feeds(draft, clues).await;
        for (url, name) in clues.sections.iter().take(MAX_LISTS) {
            if self.look.has_room(MAX_ARTICLES as u64 + 2) {
                self.attempt(draft, SourceKind::Listing, url, name, &format!("“{name}” in the front page's menu"))
                    .await;
            }
        }
        if discover::sniff(&front.body) == Kind::Html {
            self.attempt(draft, SourceKind::Listing, &front.final_url, "", "the page at the address given").await;
        }
        self.find_sitemaps(draft).await;
    }

    /// Lists that the scripts of the front page, or of a section's page, ask an API for.
    async fn find_script_lists(&mut self, draft: &PortalDraft, clues: &Clues) {
        let mut lists = clues.script_lists.clone();
        for (url, _) in clues.sections.iter().take(MAX_LISTS) {
            if self.look.has_room(MAX_ARTICLES as u64 + 4)
                && let Ok(page) = self.look.get(url, Expect::Html).await
            {
                lists.extend(read_clues(&page).script_lists);
            }
        }
        let mut seen = HashSet::new();
        for (api, list) in lists.into_iter().filter(|(_, list)| seen.insert(list.clone())).take(MAX_FEEDS) {
            let source = sources::script_list(&api, &list, &draft.home, &self.tried);
            self.try_draft(draft, source).await;
        }
    }

    async fn find_feeds(&mut self, draft: &PortalDraft, clues: &Clues) {
        let mut feeds = clues.feeds.clone();
        for directory in &clues.directories {
            if let Ok(page) = self.look.get(directory, Expect::Html).await {
                match discover::sniff(&page.body) {
                    Kind::Html => feeds.extend(read_clues(&page).feeds),
                    Kind::Feed => feeds.push(directory.clone()),
                    Kind::Sitemap => {}
                }
            }
        }
        let mut seen = HashSet::new();
        feeds.retain(|url| seen.insert(url.canonical()));
        for url in feeds.iter().take(MAX_FEEDS) {
            self.attempt(draft, SourceKind::Feed, url, "", "named in the front page or its list of feeds").await;
        }
        if feeds.len() > MAX_FEEDS {
            self.notes.push(format!(
                "{} feeds more are named by the site; only {MAX_FEEDS} were looked at",
                feeds.len() - MAX_FEEDS
            ));
        }
        if clues.sections.is_empty() && self.tried.is_empty() {
            for path in WELL_KNOWN {
                if let Ok(url) = draft.home.join(path)
                    && self.tried.is_empty()
                {
                    self.attempt(draft, SourceKind::Feed, &url, "", "a well-known place").await;
                }
            }
        }
    }

    /// Sitemaps: those that robots.txt names, else the well-known one where nothing else shows what is new.
    async fn find_sitemaps(&mut self, draft: &PortalDraft) {
        let named = self.look.sitemaps(&draft.home).await;
        let guessed = draft.home.join("/sitemap.xml").ok().filter(|_| named.is_empty() && self.tried.is_empty());
        for url in named.into_iter().take(2).chain(guessed) {
            if self.look.has_room(MAX_ARTICLES as u64 + 1) {
                self.attempt(
                    draft,
                    SourceKind::Sitemap,
                    &url,
                    "sitemap",
                    "named in robots.txt, or at its well-known place",
                )
                .await;
            }
        }
    }

    fn nothing(&self, clues: &Clues) -> Failure {
        let account = if clues.is_shell {
            format!("{} is an empty page that scripts fill: there are no links in it to read", self.wanted.url)
        } else {
            format!("{} shows no feed, no sitemap and no list of articles that could be read", self.wanted.url)
        };
        let mut next = vec![
            "try the address of a section that lists news, as your browser shows it: tintinh add ADDRESS".to_owned(),
            "see what a page holds: tintinh links ADDRESS".to_owned(),
        ];
        if clues.is_shell {
            next.insert(0, "look in the browser's network tools for the request that fetches the list, and write a source of kind = \"json\" (docs/rules.md)".to_owned());
        }
        (account, next)
    }

    /// A few articles, of all sources in turn.
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

    fn finish(&mut self, mut draft: PortalDraft, pages: Vec<(Link, Page)>, now: Timestamp) -> Result<Survey, Failure> {
        if pages.is_empty() {
            let account = "links were found, and none of the articles could be fetched".to_owned();
            return Err((account, vec!["try again later: tintinh add … asks anew".to_owned()]));
        }
        if draft.platform.is_none() {
            draft.platform = pages.first().and_then(|(_, page)| self.platform_of(page));
        }
        let (samples, memory) = rules::read_without_rules(pages);
        self.keep_to_articles(&samples);
        let (chosen, left) = sources::choose(std::mem::take(&mut self.tried));
        self.left_out.extend(left);
        draft.sources = chosen.iter().map(|one| one.draft.clone()).collect();
        let portal = self.settle_rules(&mut draft, &samples, &memory, &chosen)?;
        let records = rules::records(self.config, &portal, &samples, &memory);
        let chosen = self.drop_what_gives_no_articles(&mut draft, chosen, &samples, &records);
        let read = records.iter().flatten().count();
        if chosen.is_empty() || !enough(read, samples.len()) {
            let account = format!(
                "{read} of {} pages that the links lead to are articles with a title and a text",
                samples.len()
            );
            let next = vec![
                "try the address of a section that lists news: tintinh add ADDRESS".to_owned(),
                "see why a page is no article: tintinh explain FILE --url ADDRESS".to_owned(),
            ];
            return Err((account, next));
        }
        let requests = self.look.requests();
        let day = rfc3339(now).get(..10).unwrap_or_default().to_owned();
        draft.verified = format!(
            "looked at on {day} by `tintinh add`: {} sources, {read} of {} articles read, {requests} requests",
            chosen.len(),
            samples.len()
        );
        self.read(&draft)?;
        let articles = samples.into_iter().zip(records).map(|(sample, record)| (sample.link.url, record)).collect();
        Ok(Survey {
            draft,
            sources: chosen,
            left_out: std::mem::take(&mut self.left_out),
            articles,
            notes: std::mem::take(&mut self.notes),
            requests,
        })
    }

    /// A sitemap names all pages of a site: where the articles that other sources show share the head or the end of their paths, only such are
    /// taken from it.
    fn keep_to_articles(&mut self, samples: &[Sample]) {
        let of_lists: HashSet<&PageUrl> = self
            .tried
            .iter()
            .filter(|one| one.draft.kind != SourceKind::Sitemap)
            .flat_map(|one| one.links.iter().map(|link| &link.url))
            .collect();
        let paths: Vec<&str> = of_lists.iter().map(|url| url.as_url().path()).collect();
        let known: Vec<&str> = samples
            .iter()
            .filter(|sample| sample.extracted.kind == PageKind::Article)
            .map(|sample| sample.link.url.as_url().path())
            .collect();
        let Some(pattern) = sources::shape_of(if paths.is_empty() { &known } else { &paths }) else { return };
        for one in self.tried.iter_mut().filter(|one| one.draft.kind == SourceKind::Sitemap) {
            let before = one.links.len();
            one.links.retain(|link| pattern.is_match(link.url.as_url().path()));
            if one.links.len() >= sources::LEAST_LINKS {
                one.draft.keys.push(format!("include = [{}]", quoted(pattern.as_str())));
                one.draft
                    .remarks
                    .push(format!("{} of them have the shape of the articles' addresses", one.links.len()));
            } else {
                one.draft.remarks.push(format!("none of {before} has the shape of the articles' addresses"));
            }
        }
    }

    /// The platform where its rules read the pages as well as no rules do; else rules that were learned.
    fn settle_rules(
        &mut self,
        draft: &mut PortalDraft,
        samples: &[Sample],
        memory: &SiteMemory,
        chosen: &[Tried],
    ) -> Result<Portal, Failure> {
        if let Some(platform) = draft.platform.clone() {
            let portal = self.read(draft)?;
            let records = rules::records(self.config, &portal, samples, memory);
            let mark = format!("platform {platform}");
            let by_platform = |record: &&Record| {
                record.extraction.origins.get("content_text").is_some_and(|origin| origin.starts_with(&mark))
            };
            let fitting = records.iter().flatten().filter(by_platform).count();
            if enough(fitting, samples.len()) {
                return Ok(portal);
            }
            let keeps_lists = chosen.iter().any(|one| one.draft.kind == SourceKind::Listing) && !self.lists_do_not_fit;
            self.notes.push(format!(
                "the platform {platform} is recognized, and its rules for articles fit {fitting} of {} pages",
                samples.len()
            ));
            if !keeps_lists {
                draft.platform = None;
            }
        }
        let lists: Vec<&Page> =
            chosen.iter().filter(|one| one.draft.kind == SourceKind::Listing).map(|one| &one.page).collect();
        let pages: Vec<Sample> =
            samples.iter().filter(|sample| !sample.link.hints.content_is_article).cloned().collect();
        draft.rules = rules::learn(&pages, &lists);
        self.read(draft)
    }

    fn read(&self, draft: &PortalDraft) -> Result<Portal, Failure> {
        let name = format!("{}.toml", draft.id);
        self.config
            .read_portal(Path::new(""), &draft.id, &name, &draft.to_toml())
            .map_err(|errors| (format!("the file that was drafted is wrong, which is a bug:\n{errors}"), Vec::new()))
    }

    /// Sources of whose links some were looked at and none is an article.
    fn drop_what_gives_no_articles(
        &mut self,
        draft: &mut PortalDraft,
        chosen: Vec<Tried>,
        samples: &[Sample],
        records: &[Option<Record>],
    ) -> Vec<Tried> {
        let mut kept = Vec::new();
        for one in chosen {
            let urls: HashSet<&PageUrl> = one.links.iter().map(|link| &link.url).collect();
            let of_it = samples.iter().zip(records).filter(|(sample, _)| urls.contains(&sample.link.url));
            let (all, read) =
                of_it.fold((0, 0), |(all, read), (_, record)| (all + 1, read + usize::from(record.is_some())));
            if all > 0 && read == 0 {
                self.left_out.push((
                    one.draft.url.clone(),
                    format!("{all} of its links were looked at, and none is an article"),
                ));
            } else {
                kept.push(one);
            }
        }
        draft.sources = kept.iter().map(|one| one.draft.clone()).collect();
        kept
    }
}

/// Half of the articles that were looked at, and one at least.
fn enough(part: usize, whole: usize) -> bool {
    part > 0 && part * 2 >= whole
}

fn read_clues(page: &Page) -> Clues {
    clues::read(tree_of(page).html.root_element(), &page.final_url)
}

/// The newest first, those without a date in their order.
fn newest_first(links: &[Link]) -> Vec<Link> {
    let mut links = links.to_vec();
    links.sort_by_key(|link| std::cmp::Reverse(link.hints.date.as_ref().map(|dated| dated.at)));
    links
}

/// `www.vinhphuc.gov.vn` → `vinhphuc`; `krongno.daknong.gov.vn` → `krongno.daknong`.
fn id_of(url: &PageUrl) -> PortalId {
    let host = url.bare_host();
    let endings = [".gov.vn", ".com.vn", ".org.vn", ".edu.vn", ".net.vn", ".vn", ".com", ".org", ".net"];
    let stem = endings.iter().find_map(|ending| host.strip_suffix(ending)).unwrap_or(host);
    let plain: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' })
        .take(64)
        .collect();
    PortalId::new(plain.trim_matches(['.', '-']))
        .or_else(|_| PortalId::new("portal"))
        .unwrap_or_else(|_| unreachable!("a constant name"))
}

//! Searches a site for sources: its scripts, APIs, feeds, sections and sitemaps.

use std::collections::HashSet;

use crate::config::draft::PortalDraft;
use crate::config::draft::SourceDraft;
use crate::discover;
use crate::discover::Kind;
use crate::discover::json::guess;
use crate::model::link::SourceKind;
use crate::model::page::Page;
use crate::model::request::Expect;
use crate::model::request::Request;
use crate::onboard::clues::Clues;
use crate::onboard::sources;
use crate::onboard::survey::MAX_ARTICLES;
use crate::onboard::survey::Work;
use crate::onboard::survey::read_clues;
use crate::url::PageUrl;

/// Maximum number of section lists that are tried.
const MAX_LISTS: usize = 7;

/// Maximum number of feeds that are tried.
const MAX_FEEDS: usize = 6;

/// Common paths of feeds that no page links to.
const WELL_KNOWN: [&str; 4] = ["/feed/", "/rss.xml", "/rss", "/feed.xml"];

/// The path of posts in `WordPress`'s API, and a query that leaves out what lists do not need.
const WORDPRESS_POSTS: &str = "wp/v2/posts";
const POSTS_QUERY: &str = "per_page=20&page=1&_fields=id,link,date,title,excerpt";

/// Returns the URL of the API's posts: `/wp-json/wp/v2/posts?…`, or `/?rest_route=/wp/v2/posts&…` if URLs are not rewritten.
fn posts_of(api: &PageUrl) -> Option<PageUrl> {
    let reference = match api.as_url().query() {
        Some(query) if query.starts_with("rest_route=") => {
            format!("?{}/{WORDPRESS_POSTS}&{POSTS_QUERY}", query.trim_end_matches('/'))
        }
        _ => format!("{WORDPRESS_POSTS}?{POSTS_QUERY}"),
    };
    api.join(&reference).ok()
}

impl Work<'_> {
    /// Tries the given URL as a source itself.
    pub(super) async fn given_source(&mut self, draft: &PortalDraft, kind: Kind, front: &Page) {
        const EVIDENCE: &str = "the address given";
        match kind {
            Kind::Feed => self.attempt(draft, SourceKind::Feed, &front.final_url, "", EVIDENCE).await,
            Kind::Sitemap => self.attempt(draft, SourceKind::Sitemap, &front.final_url, "", EVIDENCE).await,
            Kind::Json => self.attempt_json(draft, &front.final_url, "", EVIDENCE).await,
            Kind::Html => {}
        }
    }

    /// Tries a JSON list, whose rules are guessed from its rows.
    async fn attempt_json(&mut self, draft: &PortalDraft, url: &PageUrl, name: &str, evidence: &str) {
        let request = Request::get(url.clone(), Expect::Json);
        let guessed = match self.look.ask(&request).await {
            Ok(page) => {
                guess::rules(&request, &page).ok_or("JSON without rows that have an address and a title".to_owned())
            }
            Err(refusal) => Err(refusal.message),
        };
        match guessed {
            Ok(rules) => {
                let id = sources::id_of(name, url, &self.tried);
                self.try_draft(draft, sources::json_list(id, &rules, evidence)).await;
            }
            Err(reason) => self.left_out.push((url.clone(), reason)),
        }
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
                // The family's selectors may not fit this site.
                let without = PortalDraft { platform: None, ..portal.clone() };
                if let Some(draft) = plain
                    && let Ok(tried) = sources::try_source(self.look, self.config, &without, draft).await
                {
                    self.notes.push(format!("{url} is read without the list rules of its platform, which do not fit"));
                    self.lists_do_not_fit = true;
                    self.tried.push(tried);
                    return;
                }
                self.left_out.push((url, refusal.message));
            }
        }
    }

    pub(super) async fn find_sources(&mut self, draft: &mut PortalDraft, front: &Page, clues: &Clues) {
        self.find_script_lists(draft, clues).await;
        if let Some(posts) = clues.wordpress_api.as_ref().and_then(posts_of) {
            self.attempt_json(draft, &posts, "posts", "WordPress's own API").await;
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

    /// Tries the lists that scripts of the front page, or of a section's page, request from an API.
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
                    Kind::Sitemap | Kind::Json => {}
                }
            }
        }
        let mut seen = HashSet::new();
        feeds.retain(|url| seen.insert(url.canonical()));
        for url in feeds.iter().take(MAX_FEEDS) {
            self.attempt(draft, SourceKind::Feed, url, "", "named in the front page or its list of feeds").await;
        }
        if feeds.len() > MAX_FEEDS {
            self.notes
                .push(format!("the site names {} more feeds; only {MAX_FEEDS} were tried", feeds.len() - MAX_FEEDS));
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

    /// Tries the sitemaps listed in robots.txt, or the well-known one if there are none and nothing else was found.
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
}

//! Turns the pages of a step into articles.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use jiff::Timestamp;
use tokio::runtime::Handle;

use crate::coding;
use crate::config::Config;
use crate::extract::template::Lesson;
use crate::extract::template::SiteMemory;
use crate::import::pages::FoundPage;
use crate::in_order::in_order;
use crate::model::link::Link;
use crate::model::page::Page;
use crate::model::portal::PortalId;
use crate::obstacle;
use crate::reading;
use crate::reading::Input;
use crate::reading::Reading;
use crate::reading::saved;
use crate::store::ImportedArticle;
use crate::store::Pending;
use crate::store::Store;
use crate::visit::articles;
use crate::visit::decision::Decision;
use crate::visit::held::HeldArticles;
use crate::visit::held::HoldDecision;

/// Reads pages with the rules of their portals and what is known about their sites.
pub(super) struct Reader<'a> {
    config: &'a Config,
    store: &'a Store,
    jobs: usize,
    handle: Handle,
}

/// The result of reading the pages of a step.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// Articles in page order. Those that were held back come last.
    pub(super) articles: Vec<ImportedArticle>,
    pub(super) memories: Vec<(String, SiteMemory)>,
    /// The reason for each page that is not an article.
    pub(super) rejected: Vec<String>,
    pub(super) failed: u64,
}

/// The result of reading a page.
enum Given {
    Article(Box<ImportedArticle>),
    Rejected(String),
    Failed,
}

/// A host with its pages and their numbers in the step.
type Group = (String, Vec<(usize, FoundPage)>);

/// The results for a host's pages, and what is known about the host now, if that changed.
type GroupResult = (Vec<(usize, Given)>, Option<(String, SiteMemory)>);

impl<'a> Reader<'a> {
    pub(super) fn new(config: &'a Config, store: &'a Store, jobs: usize) -> Reader<'a> {
        Reader { config, store, jobs: jobs.max(1), handle: Handle::current() }
    }

    /// Reads the pages of a step, for threads that may block.
    pub(super) fn read(&self, pages: Vec<FoundPage>) -> Read {
        let mut by_host: BTreeMap<String, Vec<(usize, FoundPage)>> = BTreeMap::new();
        for (number, found) in pages.into_iter().enumerate() {
            by_host.entry(found.page.final_url.host().to_owned()).or_default().push((number, found));
        }
        let groups: Vec<Group> = by_host.into_iter().collect();
        let (mut given, mut read) = (Vec::new(), Read::default());
        in_order(
            &groups,
            self.jobs,
            |group| self.read_group(group),
            |(of_group, memory): GroupResult| {
                given.extend(of_group);
                read.memories.extend(memory);
                true
            },
        );
        given.sort_by_key(|(number, _)| *number);
        choose(given.into_iter().map(|(_, given)| given), &mut read);
        read
    }

    fn read_group(&self, (host, pages): &Group) -> GroupResult {
        let known = self.handle.block_on(self.store.site_memory(host)).ok().flatten();
        let (mut memory, mut is_new) = (known.unwrap_or_default(), false);
        let mut given = Vec::new();
        for (number, found) in pages {
            // A page on which a stage panics does not affect the others; the panic is already reported.
            let read = catch_unwind(AssertUnwindSafe(|| self.read_page(found, &memory)));
            let (one, lesson) = read.unwrap_or((Given::Failed, None));
            is_new |= lesson.is_some_and(|lesson| memory.learn(&lesson));
            given.push((*number, one));
        }
        (given, is_new.then(|| (host.clone(), memory)))
    }

    fn read_page(&self, found: &FoundPage, memory: &SiteMemory) -> (Given, Option<Lesson>) {
        let Some(portal) = self.config.portal(&found.portal) else { return (Given::Failed, None) };
        let max_bytes = self.config.fetch.max_body_bytes;
        let packed = found.page.body.clone();
        let body = match &found.head {
            Some(head) => head.decode(packed, max_bytes),
            None => coding::decode(packed, std::iter::empty(), max_bytes),
        };
        let page = match body {
            Ok(body) => Page { body, ..found.page.clone() },
            Err(error) => return (Given::Rejected(error.to_string()), None),
        };
        let link = saved::link_to(&page.url);
        let input = Input { memory: Some(memory), learn: true, ..Input::new(&link, &page) };
        let Reading { record, lesson, .. } = reading::read(input, &self.config.page_rules(portal));
        let record = match record {
            Ok(record) => record,
            Err(reason) => return (Given::Rejected(reason.to_string()), lesson),
        };
        let id = self.config.article_id(portal, &link.url);
        let article = articles::article_of(self.config, &link, &page, record);
        let imported = ImportedArticle { portal: found.portal.clone(), id, link, article };
        (Given::Article(Box::new(imported)), lesson)
    }
}

/// Sorts the results. As in a visit, a text that appears at different addresses is not an article.
fn choose(given: impl Iterator<Item = Given>, read: &mut Read) {
    let mut held: BTreeMap<PortalId, HeldArticles> = BTreeMap::new();
    let one_for_all = || obstacle::one_for_all().to_string();
    for given in given {
        let imported = match given {
            Given::Article(imported) => *imported,
            Given::Rejected(reason) => {
                read.rejected.push(reason);
                continue;
            }
            Given::Failed => {
                read.failed += 1;
                continue;
            }
        };
        let ImportedArticle { portal, id, link, article } = imported;
        let pending = pending(&id, &link);
        match held.entry(portal.clone()).or_default().meet(&pending, Decision::recorded(article)) {
            HoldDecision::Own(decision) => read.articles.extend(imported_of(portal, pending, *decision)),
            HoldDecision::Held => {}
            HoldDecision::OneForAll(other) => {
                read.rejected.push(one_for_all());
                read.rejected.extend(other.map(|_| one_for_all()));
            }
        }
    }
    for (portal, held) in held {
        let left = held.take_held().into_iter();
        read.articles.extend(left.filter_map(|(pending, decision)| imported_of(portal.clone(), pending, decision)));
    }
}

/// Returns a link in the form that a visit uses.
fn pending(id: &str, link: &Link) -> Pending {
    Pending {
        link: link.clone(),
        id: id.to_owned(),
        attempts: 0,
        settled: 0,
        first_seen: Timestamp::UNIX_EPOCH,
        raw: None,
        replay: false,
        article: None,
        gone_since: None,
        revalidation: None,
    }
}

fn imported_of(portal: PortalId, pending: Pending, decision: Decision) -> Option<ImportedArticle> {
    let Pending { id, link, .. } = pending;
    decision.article.map(|article| ImportedArticle { portal, id, link, article })
}

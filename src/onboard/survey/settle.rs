//! Turns the results into the portal's file: the sources that are kept, and the rules for its articles.

use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;

use crate::config::Portal;
use crate::config::draft::PortalDraft;
use crate::config::quoted;
use crate::extract::template::SiteMemory;
use crate::model::article::PageKind;
use crate::model::link::Link;
use crate::model::link::SourceKind;
use crate::model::page::Page;
use crate::model::record::Record;
use crate::onboard::rules;
use crate::onboard::rules::Sample;
use crate::onboard::sources;
use crate::onboard::sources::WorkingSource;
use crate::onboard::survey::Failure;
use crate::onboard::survey::Survey;
use crate::onboard::survey::Work;
use crate::text::count::counted;
use crate::text::date::rfc3339;
use crate::url::PageUrl;

impl Work<'_> {
    pub(super) fn finish(
        &mut self,
        mut draft: PortalDraft,
        pages: Vec<(Link, Page)>,
        now: Timestamp,
    ) -> Result<Survey, Failure> {
        if pages.is_empty() {
            let account = "links were found, but none of the articles could be fetched".to_owned();
            return Err((account, vec!["try again later: run tintinh add again".to_owned()]));
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
            let account = format!("only {read} of {} linked pages are articles with a title and a text", samples.len());
            let next = vec![
                "try the address of a section with a list of news: tintinh add ADDRESS".to_owned(),
                "see why a page is no article: tintinh explain FILE --url ADDRESS".to_owned(),
            ];
            return Err((account, next));
        }
        let requests = self.look.requests();
        let day = rfc3339(now).get(..10).unwrap_or_default().to_owned();
        draft.verified = format!(
            "looked at on {day} by `tintinh add`: {}, {read} of {} read, {}",
            counted(chosen.len(), "source"),
            counted(samples.len(), "article"),
            counted(requests, "request")
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

    /// Limits sitemaps to articles, because a sitemap lists all pages of a site. If the articles of other sources share the beginning or the end of
    /// their paths, only URLs of that shape are kept.
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

    /// Keeps the platform if its rules read enough of the pages. Otherwise learns rules.
    fn settle_rules(
        &mut self,
        draft: &mut PortalDraft,
        samples: &[Sample],
        memory: &SiteMemory,
        chosen: &[WorkingSource],
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
            .map_err(|errors| (format!("bug: the drafted file is wrong:\n{errors}"), Vec::new()))
    }

    /// Drops sources of which some links were tried and none was an article.
    fn drop_what_gives_no_articles(
        &mut self,
        draft: &mut PortalDraft,
        chosen: Vec<WorkingSource>,
        samples: &[Sample],
        records: &[Option<Record>],
    ) -> Vec<WorkingSource> {
        let mut kept = Vec::new();
        for one in chosen {
            let urls: HashSet<&PageUrl> = one.links.iter().map(|link| &link.url).collect();
            let of_it = samples.iter().zip(records).filter(|(sample, _)| urls.contains(&sample.link.url));
            let (all, read) =
                of_it.fold((0, 0), |(all, read), (_, record)| (all + 1, read + usize::from(record.is_some())));
            if all > 0 && read == 0 {
                self.left_out
                    .push((one.draft.url.clone(), format!("{all} of its links were tried, and none is an article")));
            } else {
                kept.push(one);
            }
        }
        draft.sources = kept.iter().map(|one| one.draft.clone()).collect();
        kept
    }
}

/// Whether at least half of the articles, and at least one, were read.
fn enough(part: usize, whole: usize) -> bool {
    part > 0 && part * 2 >= whole
}

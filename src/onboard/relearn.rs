//! Learns new rules for a portal whose pages have changed. They are learned from its current pages and written next to the old ones, which get an end
//! date.

use std::path::Path;

use crate::config::Config;
use crate::config::Portal;
use crate::config::draft::rules_toml;
use crate::extract::template::SiteMemory;
use crate::model::link::Link;
use crate::model::page::Page;
use crate::model::record::Record;
use crate::onboard::rules;
use crate::onboard::rules::Sample;
use crate::text::count::counted;

/// How well rules read a set of pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Number of pages.
    pub pages: usize,
    /// Number of pages that gave a record.
    pub records: usize,
    /// Number of records whose title came from a rule.
    pub titles: usize,
    /// Number of records whose date came from a rule.
    pub dates: usize,
    /// Number of records whose text came from a rule.
    pub texts: usize,
}

impl Score {
    fn of(records: &[Option<Record>]) -> Score {
        let by_rule = |field: &str| {
            let is_rule = |record: &&Record| {
                let origin = record.extraction.origins.get(field);
                origin.is_some_and(|origin| origin.starts_with("portal ") || origin.starts_with("platform "))
            };
            records.iter().flatten().filter(is_rule).count()
        };
        Score {
            pages: records.len(),
            records: records.iter().flatten().count(),
            titles: by_rule("title"),
            dates: by_rule("date_published"),
            texts: by_rule("content_text"),
        }
    }

    fn sum(self) -> usize {
        self.records + self.titles + self.dates + self.texts
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Score { pages, records, titles, dates, texts } = self;
        write!(
            formatter,
            "read {records} of {}; by rules: title {titles}, date {dates}, text {texts}",
            counted(pages, "page")
        )
    }
}

/// Proposed rules and their scores.
#[derive(Debug)]
pub struct Proposal {
    /// The new text of the portal's file.
    pub text: String,
    /// Scores on the current pages, with the old file and with the new one.
    pub fresh: (Score, Score),
    /// Scores on stored pages, with the old file and with the new one.
    pub kept: (Score, Score),
}

/// The article pages from which rules are learned and on which they are tested.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    /// Pages as the site shows them now.
    pub fresh: Vec<(Link, Page)>,
    /// Pages as they were when they were fetched.
    pub kept: Vec<(Link, Page)>,
}

/// Proposes rules. `lists` are pages that are not articles. `day` is today (`YYYY-MM-DD`).
///
/// # Errors
/// A sentence if nothing better was found.
pub fn propose(
    config: &Config,
    dir: &Path,
    portal: &Portal,
    old: &str,
    pages: Pages,
    lists: &[&Page],
    day: &str,
) -> Result<Proposal, String> {
    let (fresh, _) = rules::read_without_rules(pages.fresh);
    let (kept, _) = rules::read_without_rules(pages.kept);
    if fresh.is_empty() {
        return Err("none of its articles could be fetched, so there is nothing to learn from".to_owned());
    }
    let found = rules::learn(&fresh, lists);
    if found.is_empty() {
        return Err(format!("looked at {}, but no selector finds the same field on all", counted(fresh.len(), "page")));
    }
    let text = with_rules(old, &rules_toml(&found), day);
    let id = &portal.outlet.portal;
    let new = config
        .read_portal(dir, id, &format!("{id}.toml"), &text)
        .map_err(|errors| format!("bug: the drafted file is wrong:\n{errors}"))?;
    let scores = |samples: &[Sample]| {
        let score = |portal: &Portal| Score::of(&rules::records(config, portal, samples, &SiteMemory::default()));
        (score(portal), score(&new))
    };
    let proposal = Proposal { fresh: scores(&fresh), kept: scores(&kept), text };
    if proposal.fresh.1.sum() <= proposal.fresh.0.sum() {
        return Err(format!("the new rules read today's pages no better than the old ones ({})", proposal.fresh.0));
    }
    if proposal.kept.1.sum() < proposal.kept.0.sum() {
        let (before, after) = proposal.kept;
        return Err(format!("the new rules would read the kept pages worse: before {before}; after {after}"));
    }
    Ok(proposal)
}

/// Inserts new rules before the portal's own ones. Old rules without an end date get one. Comments are kept.
fn with_rules(old: &str, rules: &str, day: &str) -> String {
    let lines: Vec<&str> = old.lines().collect();
    let is_header = |line: &str| line.trim_start().starts_with('[');
    let is_article = |line: &str| line.trim_start().starts_with("[[article]]");
    let mut out: Vec<String> = Vec::new();
    let mut is_written = false;
    for (at, line) in lines.iter().enumerate() {
        if is_article(line) && !is_written {
            // The comments directly above belong to the old rules.
            let mut above = out.len();
            while above > 0 && out.get(above - 1).is_some_and(|line| line.trim_start().starts_with('#')) {
                above -= 1;
            }
            out.splice(above..above, rules.trim().lines().map(str::to_owned).chain([String::new()]));
            is_written = true;
        }
        out.push((*line).to_owned());
        let table = lines.iter().skip(at + 1).take_while(|line| !is_header(line));
        let has_end = || table.clone().any(|line| line.trim_start().starts_with("until"));
        if is_article(line) && !has_end() {
            out.push(format!("until = {day}"));
        }
    }
    if !is_written {
        out.push(String::new());
        out.extend(rules.trim().lines().map(str::to_owned));
    }
    out.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_rules_keep_their_date_and_comments_stay() {
        let old = "name = \"X\"\n\n# mine\n[[article]]\ntitle = [\"h1\"]\n\n[[article]]\nuntil = 2020-01-01\ntitle = [\"h2\"]\n";
        let new = with_rules(old, "\n# learned\n[[article]]\ntitle = [\"p.t\"]\n", "2026-11-25");
        assert_eq!(
            new,
            "name = \"X\"\n\n# learned\n[[article]]\ntitle = [\"p.t\"]\n\n# mine\n[[article]]\nuntil = 2026-11-25\ntitle = [\"h1\"]\n\n\
             [[article]]\nuntil = 2020-01-01\ntitle = [\"h2\"]\n"
        );
        assert!(
            with_rules("name = \"X\"\n", "[[article]]\ntitle = [\"p\"]", "2026-11-25")
                .ends_with("\n\n[[article]]\ntitle = [\"p\"]\n")
        );
    }
}

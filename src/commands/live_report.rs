//! The report of `tintinh check --live` for the authors of the catalogue: one JSON object per line, only about public addresses.
//!
//! A portal is named by its entry, a source by its address, a rule by its family. Names from the user's files, their other content, and anything
//! about this machine are left out.

use std::fmt::Write;

use jiff::Timestamp;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::config::Catalogue;
use crate::config::Portal;
use crate::onboard::live::LiveTrial;
use crate::onboard::live::SourceSeen;
use crate::text::count::counted;
use crate::text::date::rfc3339;
use crate::url::PageUrl;

/// A report under construction.
pub(super) struct Report<'a> {
    catalogue: &'a Catalogue,
    day: String,
    lines: Vec<Value>,
    /// Number of portals and sources left out.
    kept_back: usize,
}

impl<'a> Report<'a> {
    pub(super) fn new(catalogue: &'a Catalogue, now: Timestamp) -> Report<'a> {
        let day = rfc3339(now).get(..10).unwrap_or_default().to_owned();
        Report { catalogue, day, lines: Vec::new(), kept_back: 0 }
    }

    /// Adds the results for a portal, if it is in the catalogue.
    pub(super) fn add(&mut self, portal: &Portal, trial: &LiveTrial) {
        let Some(entry) = self.catalogue.entry_of(&portal.outlet.home) else {
            self.kept_back += 1;
            return;
        };
        for source in &trial.sources {
            let known = entry.sources.iter().any(|known| known.url.canonical() == source.url.canonical());
            let is_of_entry = self.catalogue.entry_of(&source.url).is_some_and(|other| other.id == entry.id);
            // A query string from the user's own file may contain a key.
            if !known && (!is_of_entry || source.url.as_url().query().is_some()) {
                self.kept_back += 1;
                continue;
            }
            let line = self.source(source, known);
            self.lines.push(with(line, "entry", json!(entry.id)));
        }
        let read = trial.articles.iter().filter(|article| article.record.is_ok()).count();
        let mut line = json!({
            "day": self.day,
            "articles": trial.articles.len(),
            "read": read,
            "family": portal.platform,
            "rules": family_rules(trial),
        });
        line = with(line, "entry", json!(entry.id));
        self.lines.push(line);
    }

    fn source(&self, source: &SourceSeen, known: bool) -> Value {
        let links = source.links.as_ref().map_or(&[][..], Vec::as_slice);
        let newest = links.iter().filter_map(|link| link.hints.date.as_ref()).map(|dated| dated.at).max();
        json!({
            "day": self.day,
            "kind": source.kind.as_str(),
            "url": source.url,
            "in_catalogue": known,
            "links": links.len(),
            "newest": newest.and_then(|at| rfc3339(at).get(..10).map(str::to_owned)),
            "problem": source.public.clone().or_else(|| links.is_empty().then(|| "no links".to_owned())),
            "example": links.first().map(|link| &link.url).map(PageUrl::as_str),
        })
    }

    /// The report, one JSON object per line.
    pub(super) fn text(&self) -> String {
        self.lines.iter().fold(String::new(), |mut text, line| {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{line}");
            text
        })
    }

    /// The summary shown to the user.
    pub(super) fn account(&self, path: &str) -> String {
        let lines = counted(self.lines.len(), "line");
        let kept_back = match self.kept_back {
            0 => String::new(),
            many => format!("{many} left out: not of the catalogue\n"),
        };
        format!("report: {lines} in {path}\n{kept_back}")
    }
}

/// For each rule of the family, the number of articles it was tried on and the number on which it matched.
fn family_rules(trial: &LiveTrial) -> Value {
    let of_family = trial.candidates.iter().filter(|((_, rule), _)| rule.starts_with("platform "));
    let mut fields: Map<String, Value> = Map::new();
    for ((field, rule), (tried, found)) in of_family {
        let rules = fields.entry(field.clone()).or_insert_with(|| json!({}));
        if let Value::Object(rules) = rules {
            rules.insert(rule.trim_start_matches("platform ").to_owned(), json!([tried, found]));
        }
    }
    Value::Object(fields)
}

fn with(mut line: Value, key: &str, value: Value) -> Value {
    if let Value::Object(fields) = &mut line {
        fields.insert(key.to_owned(), value);
    }
    line
}

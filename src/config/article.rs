//! `[[article]]` of portal and platform files → [`ArticleRules`].

use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::extract::rules::ArticleRules;
use crate::html::select::Candidate;

/// Reads all `[[article]]` tables, in the order of the file. `name` is what `explain` calls them.
pub(super) fn read_all(value: Option<Value<'_>>, name: &str, of_family: bool) -> Vec<ArticleRules> {
    let tables = value.map_or_else(Vec::new, |value| value.tables("ArticleTable"));
    tables.into_iter().map(|table| ArticleRules { of_family, ..read(table, name) }).collect()
}

fn read(mut table: Table<'_>, name: &str) -> ArticleRules {
    let since = table.take("since").and_then(|value| value.date());
    let until_value = table.take("until");
    let until = until_value.as_ref().and_then(Value::date);
    if let (Some(from), Some(to), Some(value)) = (since, until, &until_value)
        && from > to
    {
        value.problem(format!("these rules end on {to}, before they begin on {from}"), "swap `since` and `until`");
    }
    let rules = ArticleRules {
        name: name.to_owned(),
        of_family: false,
        since,
        until,
        title: candidates(&mut table, "title"),
        lead: candidates(&mut table, "lead"),
        body: candidates(&mut table, "body"),
        date: candidates(&mut table, "date"),
        modified: candidates(&mut table, "modified"),
        author: candidates(&mut table, "author"),
        source: candidates(&mut table, "source"),
        section: candidates(&mut table, "section"),
        tags: candidates(&mut table, "tags"),
        caption: candidates(&mut table, "caption"),
        attachment: candidates(&mut table, "attachment"),
        drop: table.take("drop").map_or_else(Vec::new, |value| value.selectors()),
        date_order: table.take("date_order").and_then(|value| value.date_order()).unwrap_or_default(),
    };
    table.finish();
    rules
}

/// The candidate list of a key; empty where it is absent.
pub(super) fn candidates(table: &mut Table<'_>, key: &'static str) -> Vec<Candidate> {
    table.take(key).map_or_else(Vec::new, |value| value.candidates())
}

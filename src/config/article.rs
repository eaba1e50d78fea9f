//! Reads `[[article]]` of portal and platform files into [`ArticleRules`].

use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::extract::rules::ArticleRules;

/// Reads all `[[article]]` tables of a file, in its order. `name` is their name in `explain`.
pub(super) fn read_all(file: &mut Table<'_>, name: &str, of_family: bool) -> Vec<ArticleRules> {
    file.all("article", |value| Some(ArticleRules { of_family, ..read(value.table()?, name) }))
}

fn read(mut table: Table<'_>, name: &str) -> ArticleRules {
    let since = table.read("since", Value::date);
    let until = table.read("until", |value| {
        let until = value.date()?;
        if let Some(since) = since.filter(|since| *since > until) {
            let message = format!("these rules end on {until}, before they begin on {since}");
            value.problem(message, "swap `since` and `until`");
        }
        Some(until)
    });
    let rules = ArticleRules {
        name: name.to_owned(),
        of_family: false,
        since,
        until,
        title: table.candidates("title"),
        lead: table.candidates("lead"),
        body: table.candidates("body"),
        date: table.candidates("date"),
        modified: table.candidates("modified"),
        author: table.candidates("author"),
        source: table.candidates("source"),
        section: table.candidates("section"),
        tags: table.candidates("tags"),
        caption: table.candidates("caption"),
        attachment: table.candidates("attachment"),
        drop: table.all("drop", Value::selector),
        date_order: table.read("date_order", Value::date_order).unwrap_or_default(),
    };
    table.finish();
    rules
}

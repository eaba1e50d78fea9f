//! `tintinh diff`: what changed between two revisions of an article, word by word.

use std::io::Write;
use std::process::ExitCode;

use serde_json::json;
use similar::DiffOp;

use crate::cli::Cli;
use crate::cli::DiffArgs;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::output;
use crate::config::Config;
use crate::model::record::Record;
use crate::text::changes;
use crate::text::visible;

/// Unchanged words shown on either side of a change.
const AROUND: usize = 8;

/// Maximum words of a field that are compared. At worst, the time grows with the product of both lengths: seconds for two unlike texts of this
/// length. Longer texts that differ are shown as replaced.
const MOST_WORDS: usize = 20_000;

/// Prints what changed.
///
/// # Errors
/// [`CommandError`], also if the article or the revision is unknown.
pub fn run(cli: &Cli, args: &DiffArgs) -> Result<ExitCode, CommandError> {
    let (config, _) = common::open_config(cli)?;
    let revisions = common::block_on(revisions(&config, &args.what))?;
    let Some((before, after)) = chosen(&revisions, args)? else {
        output::warn("it has only one revision, so nothing has changed");
        return Ok(ExitCode::SUCCESS);
    };
    let mut out = output::json_stream();
    output::written(
        if args.json { print_json(before, after, &mut out) } else { print(before, after, marks(), &mut out.0) }
            .and_then(|()| out.flush()),
    )?;
    Ok(ExitCode::SUCCESS)
}

async fn revisions(config: &Config, what: &str) -> Result<Vec<Record>, CommandError> {
    let lost = |error: crate::store::StoreError| CommandError::Store(error.into());
    let unknown = || {
        let dir = config.state_dir.display();
        CommandError::Usage(format!("there is no article `{what}` in {dir}; `tintinh export` lists all articles"))
    };
    let store = common::store_to_read(config).await?.ok_or_else(unknown)?;
    let id = store.find_article(&common::key_of(config, what)).await.map_err(lost)?.ok_or_else(unknown)?;
    let found = store.revisions(&id).await.map_err(lost)?;
    for unreadable in &found.unreadable {
        output::warn(&format!("{unreadable}; see `tintinh doctor`"));
    }
    Ok(found.records)
}

/// The two revisions to compare; `None` if there is only one.
fn chosen<'a>(revisions: &'a [Record], args: &DiffArgs) -> Result<Option<(&'a Record, &'a Record)>, CommandError> {
    let numbers = || revisions.iter().map(|record| record.revision.to_string()).collect::<Vec<_>>().join(", ");
    let of = |number: u32| {
        let found = revisions.iter().find(|record| record.revision == number);
        found.ok_or_else(|| CommandError::Usage(format!("there is no revision {number}; there are {}", numbers())))
    };
    let Some(newest) = revisions.last() else { return Ok(None) };
    let after = args.to.map_or(Ok(newest), of)?;
    let before = match args.from {
        Some(number) => Some(of(number)?),
        None => revisions.iter().rev().find(|record| record.revision < after.revision),
    };
    Ok(before.map(|before| (before, after)))
}

/// Marks around removed and added words.
#[derive(Clone, Copy)]
pub(super) struct Marks {
    gone: (&'static str, &'static str),
    come: (&'static str, &'static str),
}

const PLAIN: Marks = Marks { gone: ("[-", "-]"), come: ("{+", "+}") };
const COLORS: Marks = Marks { gone: ("\u{1b}[31m[-", "-]\u{1b}[0m"), come: ("\u{1b}[32m{+", "+}\u{1b}[0m") };

/// The marks that suit the output.
pub(super) fn marks() -> Marks {
    if output::is_terminal() { COLORS } else { PLAIN }
}

/// A place where words differ.
#[derive(Debug, PartialEq, Eq)]
struct Change<'a> {
    before: &'a [&'a str],
    gone: &'a [&'a str],
    come: &'a [&'a str],
    after: &'a [&'a str],
}

/// The fields of a record that people read, with their text.
fn fields(record: &Record) -> [(&'static str, String); 8] {
    let authors: Vec<&str> = record.authors.iter().map(|author| author.name.as_str()).collect();
    let files: Vec<&str> = record.attachments.iter().map(|file| file.url.as_str()).collect();
    [
        ("title", record.title.clone()),
        ("summary", record.summary.clone().unwrap_or_default()),
        ("content_text", record.content_text.clone()),
        ("date_published", record.date_published.clone().unwrap_or_default()),
        ("authors", authors.join("\n")),
        ("section", record.section.clone().unwrap_or_default()),
        ("tags", record.tags.join("\n")),
        ("attachments", files.join("\n")),
    ]
}

/// Splits a text into words. Ends of paragraphs count as words.
fn words(text: &str) -> Vec<&str> {
    text.split_inclusive('\n')
        .flat_map(|line| {
            let end = line.ends_with('\n').then_some("¶");
            line.split_whitespace().chain(end)
        })
        .collect()
}

fn found<'a>(before: &'a [&'a str], after: &'a [&'a str]) -> Vec<Change<'a>> {
    let ops = changes::compared(before, after, MOST_WORDS);
    let changed = ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
    changed
        .map(|op| {
            let (old, new) = (op.old_range(), op.new_range());
            Change {
                before: before.get(old.start.saturating_sub(AROUND)..old.start).unwrap_or_default(),
                gone: before.get(old.clone()).unwrap_or_default(),
                come: after.get(new).unwrap_or_default(),
                after: before.get(old.end..(old.end + AROUND).min(before.len())).unwrap_or_default(),
            }
        })
        .collect()
}

/// Prints what changed between two records.
pub(super) fn print(before: &Record, after: &Record, marks: Marks, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{} {}", after.id, after.url)?;
    writeln!(
        out,
        "revision {} ({}) → {} ({})",
        before.revision, before.date_fetched, after.revision, after.date_fetched
    )?;
    for ((name, old), (_, new)) in fields(before).iter().zip(fields(after).iter()) {
        let (old, new) = (words(old), words(new));
        let changes = found(&old, &new);
        if !changes.is_empty() {
            writeln!(out, "\n{name}")?;
        }
        for change in changes {
            writeln!(out, "  … {} …", shown(&change, marks))?;
        }
    }
    Ok(())
}

fn shown(change: &Change<'_>, marks: Marks) -> String {
    let marked = |words: &[&str], (open, close): (&str, &str)| {
        (!words.is_empty()).then(|| format!("{open}{}{close}", visible::line(&words.join(" "))))
    };
    let plain = |words: &[&str]| (!words.is_empty()).then(|| visible::line(&words.join(" ")).into_owned());
    let parts =
        [plain(change.before), marked(change.gone, marks.gone), marked(change.come, marks.come), plain(change.after)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn print_json(before: &Record, after: &Record, out: &mut dyn Write) -> std::io::Result<()> {
    for ((name, old), (_, new)) in fields(before).iter().zip(fields(after).iter()) {
        let (old, new) = (words(old), words(new));
        for change in found(&old, &new) {
            let object = json!({
                "id": after.id, "from": before.revision, "to": after.revision, "field": name, "before": change.before.join(" "),
                "removed": change.gone.join(" "), "added": change.come.join(" "), "after": change.after.join(" "),
            });
            writeln!(out, "{object}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, after: &str, expect: &[&str]) {
        let (before, after) = (words(before), words(after));
        let shown: Vec<String> = found(&before, &after).iter().map(|change| shown(change, PLAIN)).collect();
        assert_eq!(shown, expect);
    }

    #[test]
    fn words_that_changed_with_some_around() {
        check("a b c", "a b c", &[]);
        check("trồng 4,6 nghìn héc ta", "trồng 4,9 nghìn héc ta", &["trồng [-4,6-] {+4,9+} nghìn héc ta"]);
        check("một hai\nba", "một hai\nba bốn", &["một hai ¶ ba {+bốn+}"]);
        check("một hai\nba", "một  hai ba", &["một hai [-¶-] ba"]);
        check("", "mới", &["{+mới+}"]);
        let long: Vec<String> = (0..40).map(|number| number.to_string()).collect();
        let changed = long.iter().map(|word| if word == "20" { "x" } else { word }).collect::<Vec<_>>().join(" ");
        check(&long.join(" "), &changed, &["12 13 14 15 16 17 18 19 [-20-] {+x+} 21 22 23 24 25 26 27 28"]);
    }
}

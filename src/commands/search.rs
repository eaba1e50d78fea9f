//! `tintinh search`: finds stories by their words, with or without accents.

use std::io::Write;
use std::ops::Range;
use std::process::ExitCode;

use anyhow::Context;
use indicatif::ProgressBar;
use serde_json::Value;
use serde_json::json;

use crate::cli::Cli;
use crate::cli::SearchArgs;
use crate::cli::SearchOrder;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::output;
use crate::config::Config;
use crate::query::Query;
use crate::query::article::kind_word;
use crate::query::excerpt::Excerpt;
use crate::query::excerpt::Marker;
use crate::search::Hit;
use crate::search::Order;
use crate::search::SearchError;
use crate::search::SearchIndex;
use crate::search::Wish;
use crate::store::Store;
use crate::telemetry::Console;
use crate::text::visible;

/// Width of a terminal in columns.
const COLUMNS: usize = 80;

/// Indent of lines that belong to the line above.
const INDENT: &str = "    ";

/// Characters of an excerpt in JSON.
const LONG_EXCERPT: usize = 240;

/// Maximum articles indexed without a progress bar; more take some seconds.
const FEW: u64 = 2000;

/// Prints the matching stories.
///
/// # Errors
/// [`CommandError`], also if the query is invalid.
pub fn run(cli: &Cli, args: &SearchArgs) -> Result<ExitCode, CommandError> {
    let (config, console) = common::open_config(cli)?;
    let words = args.words.join(" ");
    let query = Query::parse(&words).map_err(|problem| CommandError::Usage(problem.show(&words)))?;
    let order = match args.by {
        SearchOrder::Rank => Order::Rank,
        SearchOrder::Date => Order::Date,
    };
    let wish = Wish { limit: args.limit.into(), order };
    let hits = common::block_on(find(&config, &query, wish, progress(cli, &console)))?;
    if hits.is_empty() {
        output::warn("nothing was found");
    }
    let mut out = output::json_stream();
    let marker = Marker::new(&query);
    let written = if args.json {
        hits.iter().try_for_each(|hit| writeln!(out, "{}", in_json(hit, &marker)))
    } else {
        let marks = if output::is_terminal() { COLORS } else { PLAIN };
        hits.iter().try_for_each(|hit| out.0.write_all(in_words(hit, &marker, marks).as_bytes()))
    };
    output::written(written.and_then(|()| out.flush()))?;
    Ok(ExitCode::SUCCESS)
}

/// Shows on a terminal how many articles have been indexed.
fn progress(cli: &Cli, console: &Console) -> Option<ProgressBar> {
    let is_shown = !cli.quiet && output::is_error_terminal();
    is_shown.then(|| console.bars().add(ProgressBar::no_length().with_message("articles taken into the search index")))
}

async fn find(config: &Config, query: &Query, wish: Wish, bar: Option<ProgressBar>) -> Result<Vec<Hit>, CommandError> {
    let Some(store) = common::store_to_read(config).await? else {
        output::warn(&common::nothing_fetched(config));
        return Ok(Vec::new());
    };
    let index = match opened(config, &store, bar).await {
        Err(error @ SearchError::Store(_)) => return Err(CommandError::Store(error.into())),
        index => index.context("cannot search; `tintinh doctor --repair` makes a damaged index anew")?,
    };
    Ok(index.find(&store, query, wish).await.context("cannot search")?)
}

/// The index, brought up to date with the store. Without write access, it is used as it is.
async fn opened(config: &Config, store: &Store, bar: Option<ProgressBar>) -> Result<SearchIndex, SearchError> {
    let state = &config.state_dir;
    let index = match SearchIndex::open(state).await {
        Ok(index) => index,
        Err(error) if error.is_damage() => return Err(error),
        Err(_) => {
            let index = SearchIndex::open_read_only(state).await?;
            if index.is_behind(store).await? {
                output::warn("the newest articles may be missing: the search index cannot be written by this user");
            }
            return Ok(index);
        }
    };
    let show = |articles: u64| {
        if let Some(bar) = bar.as_ref().filter(|_| articles > FEW) {
            bar.set_position(articles);
        }
    };
    let filled = index.fill(store, u64::MAX, show).await;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    filled.map(|_| index)
}

/// The marks around matched words and around less important text.
#[derive(Clone, Copy)]
struct Marks {
    found: (&'static str, &'static str),
    minor: (&'static str, &'static str),
}

const PLAIN: Marks = Marks { found: ("[", "]"), minor: ("", "") };
/// ECMA-48, SGR: bold, faint.
const COLORS: Marks = Marks { found: ("\x1b[1m", "\x1b[22m"), minor: ("\x1b[2m", "\x1b[22m") };

fn in_words(hit: &Hit, marker: &Marker, marks: Marks) -> String {
    let article = &hit.article;
    let head = format!("{}  {}  ", day(hit), article.portal);
    let copies = match hit.articles {
        1 => String::new(),
        2 => "  (+1 copy)".to_owned(),
        more => format!("  (+{} copies)", more - 1),
    };
    // Marks take up columns if they are letters.
    let left = COLUMNS.saturating_sub(head.chars().count() + copies.chars().count());
    let title = fitted(left, marks, |width| marker.title(article, width));
    let excerpt = fitted(COLUMNS - INDENT.len(), marks, |width| marker.excerpt(article, width));
    let (faint, plain) = marks.minor;
    let excerpt = if excerpt.is_empty() { excerpt } else { format!("{INDENT}{excerpt}\n") };
    format!("{head}{title}{copies}\n{excerpt}{INDENT}{faint}{}{plain}\n", visible::line(&article.url))
}

/// A line with its marks, cut to a width.
fn fitted(width: usize, marks: Marks, make: impl Fn(usize) -> Excerpt) -> String {
    let line = make(width);
    if marks.found.0.len() > 1 {
        return marked(&line, marks);
    }
    let room = line.marks.len() * 2;
    marked(&make(width.saturating_sub(room)), marks)
}

fn marked(line: &Excerpt, marks: Marks) -> String {
    let piece = |range: Range<usize>| visible::line(line.text.get(range).unwrap_or_default()).into_owned();
    let (mut text, mut done) = (String::new(), 0);
    for mark in &line.marks {
        text.push_str(&piece(done..mark.start));
        text.extend([marks.found.0, &piece(mark.clone()), marks.found.1]);
        done = mark.end;
    }
    text + &piece(done..line.text.len())
}

/// The date with the year first, so that a column of dates sorts.
fn day(hit: &Hit) -> &str {
    let article = &hit.article;
    article.date_published.as_deref().unwrap_or(&article.date_fetched).get(..10).unwrap_or_default()
}

fn in_json(hit: &Hit, marker: &Marker) -> Value {
    let article = &hit.article;
    let excerpt = marker.excerpt(article, LONG_EXCERPT);
    let mut value = json!({
        "id": article.id, "revision": article.revision, "portal": article.portal, "outlet": article.outlet, "url": article.url,
        "kind": kind_word(article.kind), "title": article.title, "date_fetched": article.date_fetched, "story": hit.story,
        "copies": hit.articles - 1, "score": (hit.score * 1000.0).round() / 1000.0, "excerpt": marked(&excerpt, BRACKETS),
    });
    for (name, known) in [
        ("province", article.province.as_deref()),
        ("date_published", article.date_published.as_deref()),
        ("document_number", article.number()),
    ] {
        if let Some(known) = known {
            value[name] = known.into();
        }
    }
    value
}

/// For machine-readable output: characters that rarely occur in text.
const BRACKETS: Marks = Marks { found: ("⟦", "⟧"), minor: ("", "") };

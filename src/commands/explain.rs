//! `tintinh explain`: which rule gave each field, and why an article was kept or dropped.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use crate::archive::PageStore;
use crate::cli::Cli;
use crate::cli::ExplainArgs;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::drawing;
use crate::commands::extract;
use crate::commands::output;
use crate::commands::page;
use crate::config::Config;
use crate::config::Portal;
use crate::extract::template::SiteMemory;
use crate::html::document::Document;
use crate::model::link::Link;
use crate::model::page::Page;
use crate::model::record::Record;
use crate::reading::Input;
use crate::reading::Reading;
use crate::reading::saved;
use crate::store::LinkStatus;
use crate::store::Store;
use crate::store::StoreError;
use crate::text::count::counted;
use crate::text::date::rfc3339;
use crate::url::PageUrl;

/// Maximum selectors suggested for one field.
const MOST_SUGGESTIONS: usize = 3;

/// Explains a saved page, or an article of the store.
///
/// # Errors
/// [`CommandError`]; also if the address is unknown.
pub fn run(cli: &Cli, args: &ExplainArgs) -> Result<ExitCode, CommandError> {
    let path = Path::new(&args.what);
    let text = if path.is_file() {
        of_file(&common::config_or_shipped(cli)?, path, args)?
    } else {
        let (config, _) = common::open_config(cli)?;
        if !Store::is_there(config.store_address()) {
            return Err(CommandError::Usage(format!(
                "there is no file `{}`, and nothing has been fetched into {} yet",
                args.what,
                config.state_dir.display()
            )));
        }
        common::block_on(of_stored(&config, args))?
    };
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn of_file(config: &Config, path: &Path, args: &ExplainArgs) -> Result<String, CommandError> {
    let body = extract::read_file(path).with_context(|| format!("cannot read {}", path.display()))?;
    let url = args.url.as_deref().map(PageUrl::parse).transpose();
    let url = url.map_err(|error| CommandError::Usage(format!("--url: {error}")))?;
    let portal = args.portal.as_deref().map(|name| extract::named_portal(config, name)).transpose()?;
    let document = Document::new(&body, None);
    let page = extract::page_of(path, url, body.clone(), &document, Clock::System.now());
    let link = saved::link_to(&page.url);
    of_page(config, portal, &link, &page, None, args.html.as_deref())
}

async fn of_stored(config: &Config, args: &ExplainArgs) -> Result<String, CommandError> {
    let what = args.what.as_str();
    let LinkFacts { link, record, unreadable } =
        find(config, &common::key_of(config, what)).await.map_err(|error| CommandError::Store(error.into()))?;
    if link.is_none() && record.is_none() && unreadable.is_none() {
        return Err(CommandError::Usage(format!(
            "`{what}` is neither a file nor a known article; `tintinh links` shows the links of a list"
        )));
    }
    let mut text = link.as_ref().map(of_link).unwrap_or_default();
    if let Some(record) = &record {
        let json = serde_json::to_string_pretty(record).context("cannot print the record")?;
        let _ = writeln!(text, "\nnewest record:\n{json}");
    }
    if let Some(error) = unreadable {
        let _ = writeln!(text, "\nits newest record cannot be read: {error}; run `tintinh doctor`");
    }
    let raw = link.as_ref().and_then(|link| link.raw.clone()).or_else(|| record.as_ref()?.raw.clone());
    let pages = PageStore::reader(&config.state_dir.join("pages"), config.pages.clone());
    let page = match &raw {
        Some(place) => pages.read(place).await.map_err(anyhow::Error::from)?,
        None => None,
    };
    if let (Some(place), true) = (&raw, page.is_some())
        && let Some(stored) = pages.stored(place).await.map_err(anyhow::Error::from)?
    {
        text.push('\n');
        text.push_str(&page::evidence(&stored));
    }
    match page {
        None => text.push_str("\nthe page store does not have its page\n"),
        Some(page) => {
            let portal = link.as_ref().and_then(|link| config.portal(&link.portal));
            let link = link.and_then(|status| status.link).unwrap_or_else(|| saved::link_to(&page.url));
            // A database of an older version has none.
            let memory = memory_of(config, page.final_url.host()).await.ok().flatten();
            text.push_str(&of_page(config, portal, &link, &page, memory.as_ref(), args.html.as_deref())?);
        }
    }
    Ok(text)
}

/// What the store knows about an article.
struct LinkFacts {
    link: Option<LinkStatus>,
    record: Option<Record>,
    /// Why its record cannot be read.
    unreadable: Option<StoreError>,
}

async fn find(config: &Config, what: &str) -> Result<LinkFacts, StoreError> {
    let store = Store::open_read_only(config.store_address()).await?;
    let link = store.find_link(what).await?;
    match store.find_record(what).await {
        Ok(record) => Ok(LinkFacts { link, record, unreadable: None }),
        Err(error) if error.is_of_rows() => Ok(LinkFacts { link, record: None, unreadable: Some(error) }),
        Err(error) => Err(error),
    }
}

async fn memory_of(config: &Config, host: &str) -> Result<Option<SiteMemory>, StoreError> {
    Store::open_read_only(config.store_address()).await?.site_memory(host).await
}

fn of_link(link: &LinkStatus) -> String {
    let reason = link.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let found = match &link.link {
        Some(Link { discovery, .. }) => format!("found by {} at {}", discovery.source, discovery.url),
        None => "how it was found cannot be read from the store".to_owned(),
    };
    let mut text = format!(
        "link      {}\nid        {}\nportal    {}, {found}\noutcome   {}{reason}\n",
        link.url,
        link.id,
        link.portal,
        link.outcome.as_deref().unwrap_or("not settled yet")
    );
    // Writing into a string cannot fail.
    if let Some(article) = link.article.as_ref().filter(|article| **article != link.id) {
        let _ = writeln!(text, "article   {article}");
    }
    if link.attempts > 0 {
        let _ = writeln!(text, "attempts  {} failed in a row", link.attempts);
    }
    if let Some(moment) = link.not_before {
        let _ = writeln!(text, "next look {}", rfc3339(moment));
    }
    text
}

fn of_page(
    config: &Config,
    portal: Option<&Portal>,
    link: &Link,
    page: &Page,
    memory: Option<&SiteMemory>,
    drawing: Option<&Path>,
) -> Result<String, CommandError> {
    let input = Input { memory, explain: true, ..Input::new(link, page) };
    let Reading { extracted, record, .. } = extract::read_saved(config, portal, false, input)?;
    let extracted = extracted.unwrap_or_default();
    if let Some(path) = drawing {
        let drawn = drawing::draw(&extracted, &page.final_url);
        std::fs::write(path, drawn).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let mut text = "\nas the rules of today read it (* = taken):\n".to_owned();
    for candidate in &extracted.candidates {
        let mark = if candidate.chosen { '*' } else { ' ' };
        let value = candidate.value.as_deref().unwrap_or("(nothing)");
        let score = candidate.score.map(|score| format!("{score:.1}")).unwrap_or_default();
        let _ = writeln!(text, "{mark} {:<15} {:<50} {score:>5} {value}", candidate.field, candidate.origin);
    }
    for suggestion in &extracted.selectors {
        let few = suggestion.selectors.iter().take(MOST_SUGGESTIONS).map(String::as_str).collect::<Vec<_>>();
        let _ = writeln!(text, "  a rule for {:<9} {}", suggestion.field, few.join(", "));
    }
    for line in &extracted.dropped {
        let _ = writeln!(text, "  dropped         {line}");
    }
    for warning in &extracted.warnings {
        let _ = writeln!(text, "  warning         {warning}");
    }
    match record {
        Ok(record) => text.push_str(&kept(&record)),
        Err(rejection) => {
            let _ = writeln!(text, "not kept: {rejection}");
        }
    }
    Ok(text)
}

fn kept(record: &Record) -> String {
    let mut text = format!(
        "kept: {} of text, {}, {}\n",
        counted(record.content_text.chars().count(), "character"),
        counted(record.images.len(), "image"),
        counted(record.attachments.len(), "attachment")
    );
    for (field, origin) in &record.extraction.origins {
        let _ = writeln!(text, "  {field:<15} from {origin}");
    }
    text
}

//! `tintinh explain`: which rule gave which field, why an article was kept or dropped.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use crate::archive::PageStore;
use crate::cli::Cli;
use crate::cli::ExplainArgs;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::extract;
use crate::commands::extract::Reading;
use crate::commands::workshop;
use crate::config::Config;
use crate::config::Portal;
use crate::model::page::Page;
use crate::store::FILE_NAME;
use crate::store::LinkStatus;
use crate::store::Store;
use crate::text::date::rfc3339;
use crate::url::PageUrl;

/// Explains a saved page, or an article of the store.
///
/// # Errors
/// [`CommandError`]; an address that nobody has met is one.
pub fn run(cli: &Cli, args: &ExplainArgs) -> Result<ExitCode, CommandError> {
    let path = Path::new(&args.what);
    if path.is_file() {
        let config = workshop::config_or_shipped(cli)?;
        return explain_file(&config, path, args);
    }
    let config = workshop::open_config(cli)?;
    if !config.state_dir.join(FILE_NAME).exists() {
        return Err(CommandError::Usage(format!(
            "there is no file `{}`, and nothing was fetched yet into {}",
            args.what,
            config.state_dir.display()
        )));
    }
    workshop::runtime()?.block_on(explain_stored(&config, &workshop::key_of(&config, &args.what)))
}

fn explain_file(config: &Config, path: &Path, args: &ExplainArgs) -> Result<ExitCode, CommandError> {
    let body = extract::read_file(path).with_context(|| format!("cannot read {}", path.display()))?;
    let url = args.url.as_deref().unwrap_or("https://unknown.invalid/page");
    let url = PageUrl::parse(url).map_err(|error| CommandError::Usage(format!("--url: {error}")))?;
    let portal = args.portal.as_deref().map(|name| extract::named_portal(config, name)).transpose()?;
    let page = extract::saved_page(url, body, Clock::System.now());
    print_reading(config, portal, &page)?;
    Ok(ExitCode::SUCCESS)
}

async fn explain_stored(config: &Config, what: &str) -> Result<ExitCode, CommandError> {
    let failed = |error: crate::store::StoreError| CommandError::Store(error.into());
    let store = Store::open_read_only(&config.state_dir).await.map_err(failed)?;
    let link = store.find_link(what).await.map_err(failed)?;
    let record = store.find_record(what).await.map_err(failed)?;
    if link.is_none() && record.is_none() {
        return Err(CommandError::Usage(format!(
            "`{what}` is neither a file nor an article that was met; see `tintinh links` for what a list holds"
        )));
    }
    if let Some(link) = &link {
        print_link(link);
    }
    if let Some(record) = &record {
        let json = serde_json::to_string_pretty(record).context("cannot print the record")?;
        println!("\nnewest record:\n{json}");
    }
    let raw = link.as_ref().and_then(|link| link.raw.clone()).or_else(|| record.and_then(|record| record.raw));
    let pages = PageStore::open(&config.state_dir.join("pages"), config.pages.clone()).map_err(anyhow::Error::from)?;
    match raw.map(|place| pages.read(&place)).transpose().map_err(anyhow::Error::from)?.flatten() {
        None => println!("\nits page is no longer in the page store"),
        Some(page) => {
            let portal = link.as_ref().and_then(|link| config.portal(&link.portal));
            print_reading(config, portal, &page)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print_link(link: &LinkStatus) {
    println!("link      {}", link.link.url);
    println!("id        {}", link.id);
    println!("portal    {}, found by {} at {}", link.portal, link.link.discovery.source, link.link.discovery.url);
    let reason = link.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    println!("outcome   {}{reason}", link.outcome.as_deref().unwrap_or("not settled yet"));
    if link.attempts > 0 {
        println!("attempts  {} failed in a row", link.attempts);
    }
    if let Some(moment) = link.not_before {
        println!("next look {}", rfc3339(moment));
    }
}

fn print_reading(config: &Config, portal: Option<&Portal>, page: &Page) -> anyhow::Result<()> {
    let Reading { extracted, record } = extract::read_saved(config, portal, false, page)?;
    println!("\nread by the rules of today (* = taken):");
    for candidate in &extracted.candidates {
        let mark = if candidate.chosen { '*' } else { ' ' };
        println!(
            "{mark} {:<15} {:<50} {}",
            candidate.field,
            candidate.origin,
            candidate.value.as_deref().unwrap_or("(nothing)")
        );
    }
    for line in &extracted.dropped {
        println!("  dropped         {line}");
    }
    for warning in &extracted.warnings {
        println!("  warning         {warning}");
    }
    match record {
        Ok(record) => {
            println!(
                "kept: {} characters of text, {} images, {} attachments",
                record.content_text.chars().count(),
                record.images.len(),
                record.attachments.len()
            );
            for (field, origin) in &record.extraction.origins {
                println!("  {field:<15} from {origin}");
            }
        }
        Err(rejection) => println!("not kept: {rejection}"),
    }
    Ok(())
}

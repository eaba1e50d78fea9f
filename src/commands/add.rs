//! `tintinh add`: makes a portal file from an address.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::ExitCode;
use std::time::Duration;

use comfy_table::Table;
use regex::RegexSet;

use crate::cli::AddArgs;
use crate::cli::Cli;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::EXIT_FAILED;
use crate::commands::common;
use crate::commands::output;
use crate::commands::portal_file;
use crate::commands::portal_file::WritePermission;
use crate::config::Catalogue;
use crate::config::Config;
use crate::config::Portal;
use crate::config::catalogue::Entry;
use crate::fetch::Fetcher;
use crate::model::portal::PortalId;
use crate::model::portal::Scope;
use crate::model::record::Record;
use crate::onboard::look::MAX_REQUESTS;
use crate::onboard::look::SiteProbe;
use crate::onboard::survey;
use crate::onboard::survey::NoPortal;
use crate::onboard::survey::Survey;
use crate::onboard::survey::SurveyRequest;
use crate::text::count::counted;
use crate::url::PageUrl;

/// The longest delay between two requests. This is one look of a few dozen requests, with a person waiting. `Crawl-delay` is obeyed.
const DELAY: Duration = Duration::from_secs(2);

/// Characters of a title in the preview.
const TITLE: usize = 38;

/// Looks, shows what was found, and writes the file.
///
/// # Errors
/// [`CommandError`]; if no portal can be made, exit code 1 with an explanation.
pub fn run(cli: &Cli, args: &AddArgs) -> Result<ExitCode, CommandError> {
    portal_file::can_ask(WritePermission { yes: args.yes, dry_run: args.dry_run })?;
    let (config, _console) = common::open_config(cli)?;
    let wanted = wanted(cli, &config, args)?;
    common::block_on(async {
        let mut probe = probe(&config, &wanted)?;
        match survey::survey(&mut probe, &config, &wanted, Clock::System.now()).await {
            Ok(found) => finish(cli, args, &found),
            Err(nothing) => {
                output::warn(&account(&nothing));
                Ok(ExitCode::from(EXIT_FAILED))
            }
        }
    })
}

fn wanted(cli: &Cli, config: &Config, args: &AddArgs) -> Result<SurveyRequest, CommandError> {
    let usage = CommandError::Usage;
    let catalogue = Catalogue::load(&common::config_dir(cli))?;
    let named = args.catalogue.as_ref().map(|id| entry(&catalogue, id)).transpose()?;
    let given = args.url.clone().or_else(|| named.map(|entry| entry.home.to_string())).unwrap_or_default();
    let address = if given.contains("://") { given.clone() } else { format!("https://{given}") };
    let url = PageUrl::parse(&address).map_err(|error| usage(format!("`{given}`: {error}")))?;
    // An address in the catalogue has its province, whether or not the entry was named.
    let known = named.or_else(|| catalogue.entry_of(&url));
    if let Some(Entry { id, succeeded_by: Some(successor), .. }) = known {
        tracing::warn!(
            "the province of {id} is now a part of another, whose portal is {successor}: this host may move or end"
        );
    }
    let name = |text: &String| PortalId::new(text).map_err(|error| usage(error.to_string()));
    let id = args.id.as_ref().map(name).transpose()?.or_else(|| named.map(|entry| entry.id.clone()));
    let of_catalogue = named.and_then(|entry| entry.province.as_deref()).or_else(|| catalogue.province_of(&url));
    let of_catalogue = of_catalogue.map(str::to_owned);
    let province = args.province.as_ref().map(name).transpose()?.map(|name| name.to_string()).or(of_catalogue);
    let is_other = |portal: &&Portal| id.as_ref().is_none_or(|id| *id != portal.outlet.portal);
    if let Some(portal) = config.portal_of(&url).filter(is_other) {
        let (host, own) = (url.host(), &portal.outlet.portal);
        let again = format!("`tintinh add {address} --id {own}` looks at it again");
        return Err(usage(format!("portal {own} already covers {host}; {again}")));
    }
    let hosts = known.map(|entry| entry.hosts.clone()).unwrap_or_default();
    Ok(SurveyRequest { url, id, name: args.name.clone(), province, hosts, generic: args.generic })
}

fn entry<'a>(catalogue: &'a Catalogue, id: &str) -> Result<&'a Entry, CommandError> {
    let found = PortalId::new(id).ok().and_then(|id| catalogue.get(&id));
    found.ok_or_else(|| CommandError::Usage(format!("`{id}` is not in the catalogue; see `tintinh catalogue`")))
}

fn probe(config: &Config, wanted: &SurveyRequest) -> anyhow::Result<SiteProbe> {
    let fetcher = Fetcher::new(config.fetch.clone(), Clock::System)?;
    let bare = wanted.url.bare_host();
    let mut hosts = vec![bare.to_owned(), format!("www.{bare}")];
    hosts.extend(wanted.hosts.iter().cloned());
    let scope = Scope { hosts, exclude: RegexSet::empty() };
    let session = fetcher.session(scope, config.fetch.delay.min(DELAY), None);
    Ok(SiteProbe::new(session, MAX_REQUESTS))
}

/// The report if there is nothing to write.
fn account(nothing: &NoPortal) -> String {
    let mut text = format!("error: {}\n", nothing.account);
    // Writing into a string cannot fail.
    for (url, reason) in &nothing.tried {
        let _ = writeln!(text, "  tried {url}: {reason}");
    }
    for next in &nothing.next {
        let _ = writeln!(text, "  = help: {next}");
    }
    let _ = writeln!(text, "nothing was written; sent {}", counted(nothing.requests, "request"));
    text
}

fn finish(cli: &Cli, args: &AddArgs, found: &Survey) -> Result<ExitCode, CommandError> {
    output::print(&preview(found))?;
    let text = found.draft.to_toml();
    let path = common::config_dir(cli).join("portals").join(format!("{}.toml", found.draft.id));
    if portal_file::offer(&path, &text, WritePermission { yes: args.yes, dry_run: args.dry_run })? {
        output::print(&format!("try it: tintinh fetch {}\n", found.draft.id))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The result, for a person.
fn preview(found: &Survey) -> String {
    let mut text = format!("{} ({}), {}\n", found.draft.name, found.draft.home, counted(found.requests, "request"));
    // Writing into a string cannot fail.
    if let Some(platform) = &found.draft.platform {
        let _ = writeln!(text, "platform: {platform}");
    }
    for source in &found.sources {
        let draft = &source.draft;
        let _ =
            writeln!(text, "{:<8} {:<24} {}: {}", draft.kind.as_str(), draft.id, draft.url, draft.remarks.join("; "));
    }
    let _ = writeln!(text, "\n{}", articles(&found.articles));
    for (url, reason) in &found.left_out {
        let _ = writeln!(text, "left out {url}: {reason}");
    }
    for note in &found.notes {
        let _ = writeln!(text, "note: {note}");
    }
    text
}

/// A table of articles: what was read from each, and below it by which rules.
pub(crate) fn articles(articles: &[(PageUrl, Option<Record>)]) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["date", "title", "lead", "words", "images"]);
    let mut rules: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    let mut remarks = String::new();
    // Writing into a string cannot fail.
    for (url, record) in articles {
        let Some(record) = record else {
            let _ = writeln!(remarks, "not an article: {url}");
            continue;
        };
        table.add_row(row(record));
        for (place, (field, _)) in FIELDS.iter().enumerate() {
            if let Some(origin) = record.extraction.origins.get(*field) {
                *rules.entry((place, origin)).or_default() += 1;
            }
        }
        for warning in &record.extraction.warnings {
            let _ = writeln!(remarks, "{url}: {warning}");
        }
    }
    let mut text: String = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    for ((place, origin), count) in rules {
        let _ = writeln!(text, "{} by {origin}: {count} of {}", FIELDS[place].1, articles.len());
    }
    text.push_str(&remarks);
    text.trim_end().to_owned()
}

/// Fields whose rule is shown, with the label for each.
const FIELDS: [(&str, &str); 3] = [("title", "title"), ("date_published", "date"), ("content_text", "text")];

fn row(record: &Record) -> [String; 5] {
    let title: String = record.title.chars().take(TITLE).collect();
    let minute = record.date_published.as_ref().and_then(|date| date.get(..16));
    [
        minute.unwrap_or("unknown").replace('T', " "),
        title,
        if record.summary.is_some() { "yes" } else { "" }.to_owned(),
        record.content_text.split_whitespace().count().to_string(),
        record.images.len().to_string(),
    ]
}

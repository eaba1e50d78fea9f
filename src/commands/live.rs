//! `tintinh check --live`: tries each source and rule of a portal.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::Context;

use crate::cli::CheckArgs;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::EXIT_FAILED;
use crate::commands::add;
use crate::commands::common;
use crate::commands::extract;
use crate::commands::live_report::Report;
use crate::commands::output;
use crate::config::Catalogue;
use crate::config::Config;
use crate::config::Portal;
use crate::fetch::Fetcher;
use crate::files;
use crate::model::link::Link;
use crate::onboard::live;
use crate::onboard::live::LiveTrial;
use crate::onboard::look::MAX_REQUESTS;
use crate::onboard::look::SiteProbe;
use crate::text::count::counted;
use crate::text::date::rfc3339;

/// Maximum line width in characters, as far as selectors allow.
const WIDTH: usize = 80;

/// Tries portals, by default all enabled ones, and prints what each source and rule finds.
///
/// # Errors
/// [`CommandError`]; exit code 1 if a source gives no links, no article can be read, or a rule never matches.
pub fn run(config: &Config, catalogue: &Catalogue, args: &CheckArgs) -> Result<ExitCode, CommandError> {
    let chosen: Vec<&Portal> = match args.portals.as_slice() {
        [] if args.all => config.portals.iter().collect(),
        [] => config.enabled().collect(),
        names => names.iter().map(|name| extract::named_portal(config, name)).collect::<Result<_, _>>()?,
    };
    let mut is_well = true;
    let mut report = args.report.as_ref().map(|_| Report::new(catalogue, Clock::System.now()));
    for portal in chosen {
        let (live, requests) = common::block_on(async { Ok(try_portal(config, portal).await?) })?;
        output::print(&told(portal, &live, requests))?;
        is_well &= live.is_well();
        if let Some(report) = &mut report {
            report.add(portal, &live);
        }
    }
    if let (Some(path), Some(report)) = (&args.report, report) {
        files::replace(path, report.text().as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
        output::print(&report.account(&path.display().to_string()))?;
    }
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAILED) })
}

async fn try_portal(config: &Config, portal: &Portal) -> anyhow::Result<(LiveTrial, u64)> {
    let mut look = look_at(config, portal)?;
    let live = live::look(&mut look, config, portal).await;
    Ok((live, look.requests()))
}

/// A probe of a portal with its file's hosts, delay and TLS.
pub(crate) fn look_at(config: &Config, portal: &Portal) -> anyhow::Result<SiteProbe> {
    let fetcher = Fetcher::new(config.fetch.clone(), Clock::System)?;
    let session = fetcher.session(portal.scope.clone(), portal.delay, None).with_tls(portal.tls.clone());
    let most = MAX_REQUESTS.max(portal.sources.len() as u64 * 2 + live::MAX_ARTICLES as u64 + 4);
    Ok(SiteProbe::new(session, most))
}

fn told(portal: &Portal, live: &LiveTrial, requests: u64) -> String {
    let mut text = format!("{}, {}\n", portal.outlet.portal, counted(requests, "request"));
    // Writing into a string cannot fail.
    for source in &live.sources {
        let _ = match &source.links {
            Ok(links) => {
                writeln!(
                    text,
                    "  {:<8} {:<24} {}",
                    source.kind.as_str(),
                    source.id.as_str(),
                    account(links, source.out_of_scope)
                )
            }
            Err(reason) => {
                writeln!(text, "  {:<8} {:<24} BROKEN: {reason}", source.kind.as_str(), source.id.as_str())
            }
        };
        for warning in &source.warnings {
            let _ = writeln!(text, "           warning: {warning}");
        }
    }
    let articles: Vec<_> =
        live.articles.iter().map(|one| (one.link.url.clone(), one.record.as_ref().ok().cloned())).collect();
    let _ = writeln!(text, "{}", add::articles(&articles));
    for article in &live.articles {
        if let Err(reason) = &article.record {
            let _ = writeln!(text, "  {}: {reason}", article.link.url);
        }
    }
    for ((field, rule), (tried, found)) in &live.candidates {
        let mark = if *found == 0 { "  (never matches)" } else { "" };
        let head = format!("  {field:<15} {rule}:");
        let count = format!(" {found} of {tried}{mark}");
        // After a long selector, the count goes on the next line.
        let fold = if head.chars().count() + count.chars().count() > WIDTH { "\n                 " } else { "" };
        let _ = writeln!(text, "{head}{fold}{count}");
    }
    for field in live.unmatched() {
        let _ = writeln!(text, "  {field}: no rule of the portal or its platform matches any of these articles");
    }
    text
}

fn account(links: &[Link], out_of_scope: usize) -> String {
    let dates: Vec<_> = links.iter().filter_map(|link| link.hints.date.as_ref()).collect();
    let newest = dates.iter().map(|dated| dated.at).max().map(rfc3339);
    let newest = newest.and_then(|date| Some(format!(", newest {}", date.get(..10)?))).unwrap_or_default();
    let others = if out_of_scope > 0 { format!(", {out_of_scope} out of scope") } else { String::new() };
    format!("{}, {} dated{newest}{others}", counted(links.len(), "link"), dates.len())
}

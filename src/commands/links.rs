//! `tintinh links`: prints the links in a page of a source, without a portal file.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use bytes::Bytes;
use regex::RegexSet;

use crate::cli::Cli;
use crate::cli::LinksArgs;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::EXIT_FAILED;
use crate::commands::common;
use crate::commands::extract;
use crate::commands::link_lines::json_line;
use crate::commands::link_lines::json_lines;
use crate::commands::link_lines::no_page;
use crate::commands::output;
use crate::config::Config;
use crate::config::Platform;
use crate::discover;
use crate::discover::Found;
use crate::discover::Kind;
use crate::discover::Reader;
use crate::discover::Source;
use crate::discover::Step;
use crate::discover::feed::FeedRules;
use crate::discover::json::JsonRules;
use crate::discover::json::guess;
use crate::discover::listing::ListingRules;
use crate::discover::sitemap::SitemapRules;
use crate::extract::document_of;
use crate::fetch::Fetched;
use crate::fetch::Fetcher;
use crate::model::page::Page;
use crate::model::portal::PlatformId;
use crate::model::portal::Scope;
use crate::model::portal::SourceId;
use crate::model::request::Expect;
use crate::model::request::Request;
use crate::reading::saved;
use crate::text::date::DateOrder;
use crate::url::PageUrl;

/// How to read the page.
#[derive(Debug, Clone, Copy)]
pub enum How<'a> {
    /// By the kind that its bytes show. A list is read by the platform that is recognized, otherwise without rules.
    Guess,
    /// As this source.
    Source(&'a Source),
    /// A list by these rules, whatever platform is recognized; other kinds by their bytes.
    Listing(&'a ListingRules),
}

/// Reads the links of a document.
///
/// Feeds, sitemaps and JSON lists give all their links. An HTML list gives only those on the page's own host, with or
/// without `www.`.
pub fn links_of(
    body: &Bytes,
    content_type: Option<&str>,
    url: &PageUrl,
    how: How<'_>,
    platforms: &[Platform],
) -> Found {
    let mut page = saved::page(url.clone(), body.clone(), Clock::System.now());
    page.http.content_type = content_type.map(str::to_owned);
    let reader = match how {
        How::Source(source) => source.reader.clone(),
        How::Guess => guess(&page, None, platforms),
        How::Listing(rules) => guess(&page, Some(rules), platforms),
    };
    let is_list = matches!(reader, Reader::Listing(_));
    let step = Step { request: Request::get(url.clone(), Expect::Html), number: 0 };
    let known = match how {
        How::Source(source) => Some((source.id.clone(), source.section.clone())),
        How::Guess | How::Listing(_) => None,
    };
    let named = known.map_or_else(|| SourceId::new("links").map(|id| (id, None)), Ok);
    let mut found = match named {
        Ok((id, section)) => discover::read(&Source { id, max_pages: 1, section, reader }, &step, &page),
        Err(error) => Found { broken: Some(error.to_string()), ..Found::default() },
    };
    if is_list {
        let own = url.bare_host();
        let before = found.links.len();
        found.links.retain(|link| link.url.bare_host() == own);
        found.out_of_scope = before - found.links.len();
    }
    found
}

/// Guesses from the first bytes how to read a document.
fn guess(page: &Page, listing: Option<&ListingRules>, platforms: &[Platform]) -> Reader {
    let url = page.url.clone();
    match discover::sniff(&page.body) {
        Kind::Feed => Reader::Feed(FeedRules {
            url,
            date_order: DateOrder::default(),
            distrust_minutes: false,
            content_is_article: false,
        }),
        Kind::Sitemap => Reader::Sitemap(SitemapRules { url, include: RegexSet::empty(), follow: RegexSet::empty() }),
        Kind::Json => {
            json_rules(page).map_or_else(|| html_list(page, listing, platforms), |rules| Reader::Json(Box::new(rules)))
        }
        Kind::Html => html_list(page, listing, platforms),
    }
}

/// JSON without a list of its own may contain one in HTML.
fn json_rules(page: &Page) -> Option<JsonRules> {
    guess::rules(&Request::get(page.url.clone(), Expect::Json), page)
}

fn html_list(page: &Page, listing: Option<&ListingRules>, platforms: &[Platform]) -> Reader {
    let rules = listing.cloned().or_else(|| recognized(page, platforms));
    let rules = rules.unwrap_or_else(|| ListingRules::generic(page.url.clone()));
    Reader::Listing(Box::new(ListingRules { url: page.url.clone(), ..rules }))
}

/// The list rules of the first platform that recognizes the page and has some.
fn recognized(page: &Page, platforms: &[Platform]) -> Option<ListingRules> {
    let document = document_of(page);
    let root = document.root();
    let mut with_list = platforms.iter().filter(|platform| platform.listing.is_some());
    with_list.find(|platform| platform.detection.matches(root))?.listing.clone()
}

/// The further sitemaps that a sitemap names, formatted like its links.
fn parts_of(found: &Found) -> String {
    let parts = found.next.iter().map(|step| &step.request).filter(|request| request.expect == Expect::Sitemap);
    parts.map(|request| json_line(&request.url, None, None)).collect()
}

/// Prints the links of a saved file, or of an address that is fetched once.
///
/// # Errors
/// [`CommandError`].
pub fn run(cli: &Cli, args: &LinksArgs) -> Result<ExitCode, CommandError> {
    let config = common::config_or_shipped(cli)?;
    let path = Path::new(&args.what);
    let page = if path.is_file() {
        let body = extract::read_file(path).with_context(|| format!("cannot read {}", path.display()))?;
        let url = args.url.as_deref().unwrap_or("https://unknown.invalid/");
        let url = PageUrl::parse(url).map_err(|error| CommandError::Usage(format!("--url: {error}")))?;
        saved::page(url, body, Clock::System.now())
    } else {
        let url = PageUrl::parse(&args.what)
            .map_err(|_| CommandError::Usage(format!("`{}` is neither a file nor an address", args.what)))?;
        common::block_on(fetch_once(&config, url))?
    };
    let found = links_by(&config, args, &page)?;
    for warning in found.warnings.iter().chain(&found.broken) {
        output::warn(&format!("warning: {warning}"));
    }
    let parts = parts_of(&found);
    output::json(&format!("{}{parts}", json_lines(&found.links)))?;
    let is_empty = found.links.is_empty() && parts.is_empty();
    if is_empty && found.broken.is_none() {
        output::warn(&format!("no links found in {}", args.what));
    }
    Ok(if is_empty || found.broken.is_some() { ExitCode::from(EXIT_FAILED) } else { ExitCode::SUCCESS })
}

fn links_by(config: &Config, args: &LinksArgs, page: &Page) -> Result<Found, CommandError> {
    let kind = page.http.content_type.as_deref();
    let read = |how: How<'_>| links_of(&page.body, kind, &page.final_url, how, &config.platforms);
    let platform = match (&args.platform, &args.portal) {
        (Some(name), _) => Some(named_platform(config, name)?),
        (None, Some(name)) => {
            let portal = extract::named_portal(config, name)?;
            let same = |source: &&Source| source.first_step().request.url == page.url;
            if let Some(source) = portal.sources.iter().find(same) {
                return Ok(read(How::Source(source)));
            }
            portal.platform.as_ref().and_then(|id| config.platform(id))
        }
        (None, None) => None,
    };
    Ok(match platform.and_then(|platform| platform.listing.as_ref()) {
        Some(listing) => read(How::Listing(listing)),
        None => read(How::Guess),
    })
}

fn named_platform<'a>(config: &'a Config, name: &str) -> Result<&'a Platform, CommandError> {
    let known = PlatformId::new(name).ok().and_then(|id| config.platform(&id));
    known.ok_or_else(|| {
        let names: Vec<&str> = config.platforms.iter().map(|platform| platform.id.as_str()).collect();
        CommandError::Usage(format!("there is no platform `{name}`; there are: {}", names.join(", ")))
    })
}

async fn fetch_once(config: &Config, url: PageUrl) -> Result<Page, CommandError> {
    let fetcher = Fetcher::new(config.fetch.clone(), Clock::System).map_err(anyhow::Error::from)?;
    let scope = Scope { hosts: vec![url.host().to_owned()], exclude: RegexSet::empty() };
    let tls = config.portal_of(&url).map(|portal| Arc::clone(&portal.tls)).unwrap_or_default();
    let mut session = fetcher.session(scope, config.fetch.delay, None).with_tls(tls);
    match session.fetch(&Request::get(url.clone(), Expect::Html), &[]).await {
        Ok(Fetched::Page(page)) => Ok(*page),
        Ok(other) => Err(anyhow::anyhow!("{}", no_page(&url, &other)).into()),
        Err(error) => Err(anyhow::anyhow!("{}", error.message(session.host())).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::select::Candidate;
    use crate::html::select::Detection;
    use crate::model::portal::PlatformId;

    fn platform() -> Platform {
        let candidates = |text: &str| vec![Candidate::parse(text, None).unwrap()];
        let rules = ListingRules::generic(PageUrl::parse("https://x.example/").unwrap());
        let detection = Detection { any: vec![scraper::Selector::parse("div.cms").unwrap()] };
        Platform {
            id: PlatformId::new("cms").unwrap(),
            name: String::new(),
            verified: String::new(),
            detection,
            rules: Vec::new(),
            identity: None,
            listing: Some(ListingRules { item: candidates("li.tin"), ..rules }),
        }
    }

    fn printed(body: &str, how: How<'_>) -> String {
        let url = PageUrl::parse("https://www.tinh.example/tin").unwrap();
        json_lines(&links_of(&Bytes::copy_from_slice(body.as_bytes()), None, &url, how, &[platform()]).links)
    }

    #[test]
    fn documents_are_told_apart() {
        let check = |body: &str, expect: &str| assert_eq!(printed(body, How::Guess), expect, "{body}");
        check(
            "<rss version='2.0'><channel><item><title>Tin</title><link>https://b.example/1</link>\
             <pubDate>15/03/2021 08:05</pubDate></item></channel></rss>",
            "{\"url\":\"https://b.example/1\",\"title\":\"Tin\",\"date\":\"2021-03-15T08:05:00+07:00\"}\n",
        );
        check(
            "<urlset><url><loc>/2</loc></url></urlset>",
            "{\"url\":\"https://www.tinh.example/2\",\"title\":null,\"date\":null}\n",
        );
        check("", "");
        check("<sitemapindex><sitemap><loc>/phan-1.xml</loc></sitemap></sitemapindex>", "");
        let url = PageUrl::parse("https://tinh.example/sitemap.xml").unwrap();
        let index = Bytes::from_static(b"<sitemapindex><sitemap><loc>/phan-1.xml</loc></sitemap></sitemapindex>");
        let parts = parts_of(&links_of(&index, None, &url, How::Guess, &[]));
        assert_eq!(parts, "{\"url\":\"https://tinh.example/phan-1.xml\",\"title\":null,\"date\":null}\n");
    }

    #[test]
    fn lists_keep_to_their_host_and_are_read_by_what_they_are() {
        let body = "<div class='cms'><li class='tin'><a href='https://tinh.example/1'>Tin</a></li>\
                    <li class='tin'><a href='https://b.example/2'>Nơi khác</a></li></div>";
        let line = "{\"url\":\"https://tinh.example/1\",\"title\":\"Tin\",\"date\":null}\n";
        assert_eq!(printed(body, How::Guess), line);
        assert_eq!(printed(&body.replace("cms", "khac"), How::Guess), "", "without rules a short title is none");
        let platform = platform();
        assert_eq!(printed(&body.replace("cms", "khac"), How::Listing(platform.listing.as_ref().unwrap())), line);
    }
}

//! `tintinh page`: prints a stored page as it was sent.

use std::fmt::Write as _;
use std::io::Write;
use std::process::ExitCode;

use crate::archive::PageStore;
use crate::archive::StoredPage;
use crate::cli::Cli;
use crate::cli::PageArgs;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::output;
use crate::config::Config;
use crate::model::record::RawRef;
use crate::store::StoreError;
use crate::text::date::rfc3339;

/// Prints the stored page of an article.
///
/// # Errors
/// [`CommandError`], also if the archive does not contain the page.
pub fn run(cli: &Cli, args: &PageArgs) -> Result<ExitCode, CommandError> {
    let (config, _) = common::open_config(cli)?;
    let stored = common::block_on(find(&config, args))?;
    if !cli.quiet {
        output::warn(evidence(&stored).trim_end());
    }
    let bytes = if args.headers {
        [stored.fields.to_lines().as_bytes(), b"\r\n", &stored.head].concat()
    } else if args.raw {
        [&stored.head[..], &stored.body].concat()
    } else {
        stored.decoded().to_vec()
    };
    if output::is_terminal() {
        output::print(&String::from_utf8_lossy(&bytes))?;
    } else {
        let mut out = output::stream();
        output::written(out.write_all(&bytes).and_then(|()| out.flush()))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn find(config: &Config, args: &PageArgs) -> Result<StoredPage, CommandError> {
    let refused = |error: StoreError| CommandError::Store(error.into());
    let archive = |error: crate::archive::ArchiveError| CommandError::Other(error.into());
    let key = common::key_of(config, &args.what);
    let (mut urls, mut last) = (vec![args.what.clone()], None);
    if let Some(store) = common::store_to_read(config).await? {
        if let Some(link) = store.find_link(&key).await.map_err(refused)? {
            urls.push(link.url.clone());
            last = link.raw;
        }
        // An unreadable record still has its link.
        if let Ok(Some(record)) = store.find_record(&key).await {
            urls.extend([record.url, record.final_url]);
            last = last.or(record.raw);
        }
    }
    let pages = PageStore::reader(&config.state_dir.join("pages"), config.pages.clone());
    let place: Option<RawRef> = match (args.at, last) {
        (None, Some(last)) => Some(last),
        (at, _) => pages.find(urls, at.unwrap_or_else(|| Clock::System.now())).await.map_err(archive)?,
    };
    let stored = match place {
        Some(place) => pages.stored(&place).await.map_err(archive)?,
        None => None,
    };
    stored.ok_or_else(|| {
        let when = args.at.map(|at| format!(" of {} or before", rfc3339(at))).unwrap_or_default();
        CommandError::Usage(format!(
            "the archive has no page{when} of `{}`; [pages] says how long pages are kept",
            args.what
        ))
    })
}

/// Describes a stored page: its time, its source, and its digest.
pub(super) fn evidence(stored: &StoredPage) -> String {
    let fields = &stored.fields;
    let at = fields.get("WARC-Date").and_then(|at| at.parse().ok()).map(rfc3339).unwrap_or_default();
    let server = fields.get("WARC-IP-Address").map(|address| format!(", server {address}")).unwrap_or_default();
    let mut text = format!("page      {} at {}\n", stored.place.file, stored.place.offset);
    // Writing into a string cannot fail.
    let _ = writeln!(text, "          {at} from {}{server}", stored.url());
    let digest = fields.get("WARC-Payload-Digest").unwrap_or("no digest");
    let holds = match stored.holds() {
        None => "stored by a version that made none",
        Some(true) => "it holds",
        Some(false) => "IT DOES NOT HOLD: the stored bytes were changed",
    };
    let _ = writeln!(text, "          {digest} ({holds})");
    if let Some(reason) = fields.get("WARC-Truncated") {
        let _ = writeln!(text, "          the page is cut ({reason})");
    }
    text
}

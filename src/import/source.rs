//! The sources of pages: archives, standard input, and folders of saved pages.

use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use tokio::sync::mpsc::Sender;

use crate::archive::warc::read;
use crate::import::ImportOptions;
use crate::import::pages::Collector;
use crate::import::pages::Filter;
use crate::import::pages::FoundPage;
use crate::import::pages::Step;
use crate::reading::saved;
use crate::text::fingerprint;
use crate::url::PageUrl;

/// Bytes at the start of a file that, with its size, identify it.
const IDENTITY: usize = 64 << 10;

/// Maximum bytes of an unpacked saved page.
const MAX_PAGE: u64 = 64 << 20;

/// A source of pages.
#[derive(Debug, Clone)]
pub enum Source {
    /// A WARC file, plain or compressed.
    Archive(PathBuf),
    /// Standard input: a WARC file. A run over it cannot be continued.
    Input,
    /// Saved pages with their URLs.
    Pages(Arc<Vec<(PathBuf, PageUrl)>>),
}

impl std::fmt::Display for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Archive(path) => path.display().fmt(formatter),
            Source::Input => formatter.write_str("standard input"),
            Source::Pages(pages) => write!(formatter, "{} saved pages", pages.len()),
        }
    }
}

/// Returns the archives that may have pages from the wanted period. The names of Common Crawl's news archives
/// (`CC-NEWS-20240501123000-00042.warc.gz`) give their start; each ends about when the next one starts.
pub fn archives(mut paths: Vec<PathBuf>, options: &ImportOptions) -> Vec<PathBuf> {
    paths.sort_by_key(|path| (path.parent().map(Path::to_owned), path.file_name().map(ToOwned::to_owned)));
    let begins: Vec<Option<Timestamp>> = paths.iter().map(|path| news_begin(path)).collect();
    let is_wanted = |at: usize| {
        let too_late = options.until.zip(begins[at]).is_some_and(|(until, begin)| begin >= until);
        // Two archives may overlap by some minutes, so the start of the one after the next counts.
        let end = begins.get(at + 2).copied().flatten();
        let too_early = begins[at].is_some() && options.since.zip(end).is_some_and(|(since, end)| end < since);
        !too_late && !too_early
    };
    let wanted: Vec<bool> = (0..paths.len()).map(is_wanted).collect();
    paths.into_iter().zip(wanted).filter(|(_, is_wanted)| *is_wanted).map(|(path, _)| path).collect()
}

fn news_begin(path: &Path) -> Option<Timestamp> {
    let name = path.file_name()?.to_str()?;
    let digits = name.strip_prefix("CC-NEWS-")?.get(..14)?;
    let moment = DateTime::strptime("%Y%m%d%H%M%S", digits).ok()?;
    TimeZone::UTC.to_timestamp(moment).ok()
}

impl Source {
    /// Returns the size in bytes, as far as it is known.
    pub fn size(&self) -> u64 {
        match self {
            Source::Archive(path) => std::fs::metadata(path).map_or(0, |metadata| metadata.len()),
            Source::Input => 0,
            Source::Pages(pages) => pages.len() as u64,
        }
    }

    /// Returns the name of a run over this source: the same file and the same selection of pages give the same name. None if the run cannot be
    /// continued.
    pub(super) fn run_name(&self, options: &ImportOptions) -> Option<String> {
        let source = match self {
            Source::Input => return None,
            Source::Archive(path) => {
                let mut begin = Vec::new();
                File::open(path).ok()?.take(IDENTITY as u64).read_to_end(&mut begin).ok()?;
                format!("{} {}", self.size(), fingerprint::hash_bytes(&begin))
            }
            Source::Pages(pages) => format!("{pages:?}"),
        };
        let chosen = format!("{:?} {:?} {:?} {:?}", options.hosts, options.since, options.until, options.portal);
        Some(format!("import {}", fingerprint::hash_parts([source.as_str(), &chosen])))
    }

    /// Reads the source and passes its pages on in steps. Skips the first records, which are done.
    pub(super) fn read(&self, filter: Filter, done: i64, send: &Sender<Step>) -> io::Result<()> {
        let mut collector = Collector::new(filter, done, send);
        let max_block = collector.max_block();
        let read = match self {
            Source::Archive(path) => File::open(path).and_then(|file| read::read(file, max_block, &mut collector)),
            Source::Input => read::read(io::stdin().lock(), max_block, &mut collector),
            Source::Pages(pages) => read_pages(pages, &mut collector),
        };
        collector.flush();
        read
    }
}

fn read_pages(pages: &[(PathBuf, PageUrl)], collector: &mut Collector<'_>) -> io::Result<()> {
    let mut first_error = Ok(());
    for (number, (path, url)) in pages.iter().enumerate() {
        let is_done = collector.is_done();
        collector.pass(number as u64 + 1);
        if is_done {
            continue;
        }
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        match saved_page(path).map_err(named) {
            Ok((fetched, body)) => match collector.filter().portal_of(url, fetched) {
                Ok(portal) => {
                    let page = saved::page(url.clone(), body, fetched);
                    if !collector.add(FoundPage { portal, page, head: None }) {
                        return Ok(());
                    }
                }
                Err(reason) => collector.skip_host(url, reason),
            },
            Err(error) => {
                collector.skip(crate::import::Skip::Damaged);
                first_error = first_error.and(Err(error));
            }
        }
    }
    first_error
}

/// Reads a saved page and the time at which it was saved. Unpacks it if it is compressed.
fn saved_page(path: &Path) -> io::Result<(Timestamp, Vec<u8>)> {
    let mut file = BufReader::new(File::open(path)?);
    let saved = file.get_ref().metadata()?.modified()?;
    let fetched = Timestamp::try_from(saved).map_err(io::Error::other)?;
    let is_packed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let mut body = Vec::new();
    if is_packed {
        flate2::bufread::MultiGzDecoder::new(file).take(MAX_PAGE).read_to_end(&mut body)?;
    } else {
        file.take(MAX_PAGE).read_to_end(&mut body)?;
    }
    Ok((fetched, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_archives_are_chosen_by_their_names() {
        let day = |day: u32| PathBuf::from(format!("/a/CC-NEWS-202405{day:02}120000-0000{day}.warc.gz"));
        let all: Vec<PathBuf> = (1..8).rev().map(day).chain([PathBuf::from("/a/other.warc")]).collect();
        let options = ImportOptions {
            since: Some("2024-05-05T00:00:00Z".parse().unwrap()),
            until: Some("2024-05-06T00:00:00Z".parse().unwrap()),
            ..ImportOptions::default()
        };
        assert_eq!(archives(all.clone(), &options), [day(3), day(4), day(5), PathBuf::from("/a/other.warc")]);
        assert_eq!(archives(all, &ImportOptions::default()).len(), 8);
    }
}

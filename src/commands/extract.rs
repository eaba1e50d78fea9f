//! `tintinh extract`: prints the records of saved pages. Needs no network and no store.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::io::Read;
use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use crate::cli::Cli;
use crate::cli::ExtractArgs;
use crate::clock::Clock;
use crate::coding;
use crate::commands::CommandError;
use crate::commands::EXIT_FAILED;
use crate::commands::common;
use crate::commands::output;
use crate::config::Config;
use crate::config::Portal;
use crate::extract;
use crate::extract::template;
use crate::extract::template::Lesson;
use crate::extract::template::SiteMemory;
use crate::html::document::Document;
use crate::in_order::in_order;
use crate::model::article::PageKind;
use crate::model::page::Page;
use crate::model::portal::Outlet;
use crate::model::portal::PortalId;
use crate::model::portal::Zone;
use crate::reading;
use crate::reading::Input;
use crate::reading::PageRules;
use crate::reading::Reading;
use crate::reading::saved;
use crate::url::PageUrl;

/// Maximum bytes of an unpacked page.
const MAX_PAGE: u64 = 64 * 1024 * 1024;

/// Prints a record for each file, in path order. A file that cannot be read is reported and does not affect the others.
///
/// # Errors
/// [`CommandError`] if a path does not exist or an argument is wrong.
pub fn command(cli: &Cli, args: &ExtractArgs) -> Result<ExitCode, CommandError> {
    let config = common::config_or_shipped(cli)?;
    let addresses = Addresses::of(args)?;
    let portal = match &args.portal {
        Some(name) => Some(named_portal(&config, name)?),
        None => None,
    };
    let mut files = Vec::new();
    let mut folders = HashSet::new();
    for path in &args.paths {
        collect(path, &is_page, &mut folders, &mut files)
            .map_err(|error| CommandError::Usage(format!("cannot read {}: {error}", path.display())))?;
    }
    let jobs = args.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)).max(1);
    let reader = Reader { addresses, config: &config, portal, generic: args.generic, now: Clock::System.now() };
    let sites = if args.no_site_memory { Sites::default() } else { Sites::learn(&reader, &files, jobs) };
    // A page on which a stage panics does not affect the others; the panic is already reported.
    let task = |path: &PathBuf| {
        catch_unwind(AssertUnwindSafe(|| sites.line_of(&reader, path))).unwrap_or_else(|_| Err(bug_at(path)))
    };
    let (mut failed, mut outcome) = (0, Ok(()));
    let mut out = output::json_stream();
    in_order(&files, jobs, task, |line| {
        match line {
            Ok(line) => outcome = output::written(out.write_all(line.as_bytes())),
            Err(error) => {
                failed += 1;
                output::warn(&format!("error: {error:#}"));
            }
        }
        outcome.is_ok()
    });
    outcome.and_then(|()| output::written(out.flush()))?;
    Ok(if failed > 0 { ExitCode::from(EXIT_FAILED) } else { ExitCode::SUCCESS })
}

fn bug_at(path: &Path) -> anyhow::Error {
    anyhow::anyhow!("bug in reading {}", path.display())
}

/// The portal with this name.
///
/// # Errors
/// [`CommandError::Usage`] if there is none.
pub fn named_portal<'a>(config: &'a Config, name: &str) -> Result<&'a Portal, CommandError> {
    let id = PortalId::new(name).map_err(|error| CommandError::Usage(error.to_string()))?;
    config.portal(&id).ok_or_else(|| CommandError::Usage(format!("there is no portal `{name}` in the configuration")))
}

struct Addresses {
    one: Option<PageUrl>,
    many: BTreeMap<String, String>,
}

impl Addresses {
    fn of(args: &ExtractArgs) -> Result<Addresses, CommandError> {
        let one = args.url.as_deref().map(PageUrl::parse).transpose();
        let one = one.map_err(|error| CommandError::Usage(format!("--url: {error}")))?;
        let many = match &args.urls {
            Some(path) => {
                let wrong = |error: &dyn std::fmt::Display| CommandError::Usage(format!("{}: {error}", path.display()));
                let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
                serde_json::from_str(&text).map_err(|error| wrong(&error))?
            }
            None => BTreeMap::new(),
        };
        Ok(Addresses { one, many })
    }

    /// The host of a file with a given address.
    fn site_of_file(&self, path: &Path) -> Option<String> {
        self.of_file(path).ok().flatten().map(|url| url.host().to_owned())
    }

    /// The address given for a file.
    fn of_file(&self, path: &Path) -> anyhow::Result<Option<PageUrl>> {
        let listed = self.many.get(&stem(path)).map(|url| PageUrl::parse(url)).transpose()?;
        Ok(listed.or_else(|| self.one.clone()))
    }
}

/// The page of a file, with the given address, otherwise with the address that the page names. `document` is the parsed body.
pub fn page_of(path: &Path, url: Option<PageUrl>, body: Bytes, document: &Document<'_>, now: Timestamp) -> Page {
    let Some(url) = url else {
        let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let name = match (stem(path), whole.parent()) {
            (name, Some(folder)) if name.eq_ignore_ascii_case("index") => stem(folder),
            (name, _) => name,
        };
        return saved::page_without_address(&whole.to_string_lossy(), &name, body, document, now);
    };
    saved::page(url, body, now)
}

/// A file's name without the extensions of a page.
pub fn stem(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let name = name.strip_suffix(".html").or(name.strip_suffix(".htm")).unwrap_or(name);
    name.to_owned()
}

/// The files below a path whose lower-case names are accepted.
///
/// # Errors
/// If a folder cannot be read.
pub fn files_below(path: &Path, accepts: &dyn Fn(&str) -> bool) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(path, accepts, &mut HashSet::new(), &mut files)?;
    Ok(files)
}

/// Collects such files. Each folder is read only once, so a link back to a folder ends the recursion.
fn collect(
    path: &Path,
    accepts: &dyn Fn(&str) -> bool,
    folders: &mut HashSet<PathBuf>,
    files: &mut Vec<PathBuf>,
) -> std::io::Result<()> {
    if !path.is_dir() {
        std::fs::metadata(path)?;
        files.push(path.to_owned());
        return Ok(());
    }
    if !folders.insert(std::fs::canonicalize(path)?) {
        return Ok(());
    }
    let mut entries =
        std::fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    entries.sort();
    for entry in entries {
        let name = entry.to_string_lossy().to_ascii_lowercase();
        if entry.is_dir() || accepts(&name) {
            collect(&entry, accepts, folders, files)?;
        }
    }
    Ok(())
}

/// Whether a file is a page, by its name in lower case.
#[expect(clippy::case_sensitive_file_extension_comparisons, reason = "the name is in lower case")]
pub fn is_page(name: &str) -> bool {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    name.ends_with(".html") || name.ends_with(".htm")
}

/// The bytes of a file, unpacked if its name ends in .gz.
///
/// # Errors
/// If it cannot be read or unpacked.
pub fn read_file(path: &Path) -> std::io::Result<Bytes> {
    let file = std::fs::File::open(path)?;
    // `take` hides the size, which would make the buffer grow by copying.
    let size = file.metadata()?.len().min(MAX_PAGE);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(MAX_PAGE).read_to_end(&mut bytes)?;
    if path.extension().is_some_and(|ending| ending == "gz") {
        bytes = coding::unpack_file(&bytes, MAX_PAGE)?;
    }
    Ok(bytes.into())
}

/// Reads files into lines of output.
struct Reader<'a> {
    addresses: Addresses,
    config: &'a Config,
    portal: Option<&'a Portal>,
    generic: bool,
    now: Timestamp,
}

impl Reader<'_> {
    /// The record of a file as a line and, if wanted, what the page teaches about its site.
    fn line_of(
        &self,
        path: &Path,
        memory: Option<&SiteMemory>,
        learn: bool,
    ) -> anyhow::Result<(String, Option<Lesson>)> {
        let body = read_file(path).with_context(|| format!("cannot read {}", path.display()))?;
        let document = Document::new(&body, None);
        let page = page_of(path, self.addresses.of_file(path)?, body.clone(), &document, self.now);
        let link = saved::link_to(&page.url);
        let input = Input { memory, learn, document: Some(&document), ..Input::new(&link, &page) };
        let reading = read_saved(self.config, self.portal, self.generic, input)?;
        let mut value = match reading.record {
            Ok(record) => serde_json::to_value(record)?,
            Err(rejection) => serde_json::json!({ "rejected": rejection.to_string() }),
        };
        if let Value::Object(fields) = &mut value {
            fields.insert("source".to_owned(), Value::String(path.display().to_string()));
        }
        Ok((format!("{value}\n"), reading.lesson))
    }
}

/// Pages of one site that are read first, to learn from.
const SAMPLE: usize = 24;

/// Maximum output lines of these pages that are kept, so that the pages need not be read again.
const MAX_KEPT: usize = 4096;

/// What the given pages have in common, by host.
#[derive(Default)]
struct Sites {
    memories: HashMap<String, SiteMemory>,
    kept: HashMap<PathBuf, (String, Lesson)>,
}

impl Sites {
    /// Learns from some pages of each site that has enough of them, spread evenly over its files.
    fn learn(reader: &Reader<'_>, files: &[PathBuf], jobs: usize) -> Sites {
        let mut by_host: BTreeMap<String, Vec<&PathBuf>> = BTreeMap::new();
        for path in files {
            if let Some(host) = reader.addresses.site_of_file(path) {
                by_host.entry(host).or_default().push(path);
            }
        }
        let enough = by_host.into_iter().filter(|(_, files)| files.len() > template::LEAST_ARTICLES as usize);
        let sample: Vec<(String, &PathBuf)> = enough
            .flat_map(|(host, files)| {
                let step = files.len().div_ceil(SAMPLE);
                files.into_iter().step_by(step).map(move |path| (host.clone(), path)).collect::<Vec<_>>()
            })
            .collect();
        let mut sites = Sites::default();
        let task = |(host, path): &(String, &PathBuf)| {
            let read = || reader.line_of(path, None, true);
            let read = catch_unwind(AssertUnwindSafe(read)).ok()?.ok()?;
            Some((host.clone(), (*path).clone(), read.0, read.1?))
        };
        in_order(&sample, jobs, task, |read| {
            if let Some((host, path, line, lesson)) = read {
                sites.memories.entry(host).or_default().learn(&lesson);
                if sites.kept.len() < MAX_KEPT {
                    sites.kept.insert(path, (line, lesson));
                }
            }
            true
        });
        sites
    }

    fn line_of(&self, reader: &Reader<'_>, path: &Path) -> anyhow::Result<String> {
        let memory = reader.addresses.site_of_file(path).and_then(|host| self.memories.get(&host));
        if let Some((line, lesson)) = self.kept.get(path)
            && !memory.is_some_and(|memory| memory.may_change(lesson))
        {
            return Ok(line.clone());
        }
        reader.line_of(path, memory, false).map(|(line, _)| line)
    }
}

/// Reads a saved page by the given portal, else by the portal of its host, else by the platform that its markup shows.
///
/// # Errors
/// None that a page can cause.
pub fn read_saved(
    config: &Config,
    portal: Option<&Portal>,
    generic: bool,
    input: Input<'_>,
) -> anyhow::Result<Reading> {
    let url = &input.page.final_url;
    let portal = portal.or_else(|| config.portal_of(url));
    let unknown = unknown_outlet(url)?;
    let own = extract::document_of(input.page);
    let document = input.document.unwrap_or(&own);
    let input = Input { document: Some(document), ..input };
    let rules = match portal {
        Some(portal) if !generic => config.page_rules(portal),
        _ => {
            let platform = if generic { None } else { config.detect(document.root()) };
            PageRules {
                outlet: &unknown,
                articles: platform.map(|platform| platform.rules.iter().collect()).unwrap_or_default(),
                identity: portal.and_then(|portal| config.identity(portal)).or_else(|| platform?.identity.as_ref()),
                kept: &PageKind::KEPT,
            }
        }
    };
    Ok(reading::read(input, &rules))
}

fn unknown_outlet(url: &PageUrl) -> anyhow::Result<Outlet> {
    Ok(Outlet {
        portal: PortalId::new("unknown")?,
        name: url.host().to_owned(),
        province: None,
        home: PageUrl::parse(&url.origin())?,
        language: "vi".to_owned(),
        zone: if url.host().rsplit('.').next() == Some("vn") { Zone::Vietnam } else { Zone::AsPublished },
    })
}

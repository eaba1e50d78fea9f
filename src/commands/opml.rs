//! `tintinh opml`: imports feeds from other feed readers and exports them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use crate::cli::Cli;
use crate::cli::OpmlCommand;
use crate::cli::OpmlImportArgs;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::output;
use crate::config::Catalogue;
use crate::config::Config;
use crate::config::Draft;
use crate::files;
use crate::model::portal::PortalId;
use crate::opml::plan;
use crate::opml::plan::Addition;
use crate::opml::plan::Plan;
use crate::opml::plan::PlanContext;
use crate::opml::reading;
use crate::opml::writing;

/// Maximum bytes of an OPML file: 10,000 feeds take about 3 MiB.
const MAX_BYTES: u64 = 16 << 20;

/// Runs a command of `opml`.
///
/// # Errors
/// [`CommandError::Config`] if the configuration is or would become invalid; [`CommandError::Usage`] if the file is not OPML.
pub fn run(cli: &Cli, command: &OpmlCommand) -> Result<ExitCode, CommandError> {
    match command {
        OpmlCommand::Export => export(cli),
        OpmlCommand::Import(args) => import(cli, args),
    }
}

fn export(cli: &Cli) -> Result<ExitCode, CommandError> {
    let config = Config::load_with(&common::config_dir(cli), &common::overrides(cli))?;
    let document = writing::document(&config, Clock::System.now()).context("cannot write OPML")?;
    output::print(&document)?;
    Ok(ExitCode::SUCCESS)
}

fn import(cli: &Cli, args: &OpmlImportArgs) -> Result<ExitCode, CommandError> {
    let dir = common::config_dir(cli);
    let overrides = common::overrides(cli);
    let config = Config::load_with(&dir, &overrides)?;
    let catalogue = Catalogue::load(&dir)?;
    let shown = args.file.display();
    let bytes = bytes_of(&args.file)?;
    let outlines = reading::read(&bytes).map_err(|error| CommandError::Usage(format!("{shown}:{error}")))?;
    let folder = args.dir.clone().unwrap_or_else(|| dir.join("portals"));
    let origin = args.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let around = PlanContext { config: &config, catalogue: &catalogue, taken: stems(&folder), origin: &origin };
    let plan = plan::plan(&outlines, &around);
    let files = Config::portal_files(&dir);
    let drafts = drafts(&plan, &folder, &files)?;
    Config::load_with_drafts(&dir, &overrides, &drafts)?;
    if !args.dry_run {
        write(&plan, &folder, &files)?;
    }
    output::print(&report(&plan, (&folder, &dir), &config, args.dry_run))?;
    Ok(ExitCode::SUCCESS)
}

/// Reads the file or standard input.
fn bytes_of(path: &Path) -> Result<Vec<u8>, CommandError> {
    let mut bytes = Vec::new();
    let reader: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        let opened = File::open(path);
        Box::new(opened.map_err(|error| CommandError::Usage(format!("cannot read {}: {error}", path.display())))?)
    };
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {}", path.display()))?;
    if bytes.len() as u64 > MAX_BYTES {
        let message = format!("{} is larger than {} MiB: is it OPML?", path.display(), MAX_BYTES >> 20);
        return Err(CommandError::Usage(message));
    }
    Ok(bytes)
}

/// The stems of the files in a folder. New files must not use them.
fn stems(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.filter_map(|entry| Some(entry.path().file_stem()?.to_string_lossy().into_owned())).collect()
}

fn path_of(addition: &Addition, folder: &Path) -> PathBuf {
    folder.join(format!("{}.toml", addition.portal))
}

/// The files as they will be written.
fn drafts(plan: &Plan, folder: &Path, files: &BTreeMap<PortalId, PathBuf>) -> Result<Vec<Draft>, CommandError> {
    let mut drafts = Vec::new();
    for addition in &plan.new {
        let path = path_of(addition, folder);
        drafts.push(Draft { id: addition.portal.clone(), path, text: addition.text.clone() });
    }
    for addition in &plan.joined {
        let path = file_of(addition, files)?;
        let before = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let text = format!("{before}{}", tail(&before, addition));
        drafts.push(Draft { id: addition.portal.clone(), path: path.clone(), text });
    }
    Ok(drafts)
}

fn file_of<'a>(addition: &Addition, files: &'a BTreeMap<PortalId, PathBuf>) -> Result<&'a PathBuf, CommandError> {
    let found = files.get(&addition.portal);
    Ok(found.with_context(|| format!("the file of portal {} no longer exists", addition.portal))?)
}

/// The text to append to a file, whose last line may lack its line end.
fn tail(before: &str, addition: &Addition) -> String {
    let end = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    format!("{end}{}", addition.text)
}

fn write(plan: &Plan, folder: &Path, files: &BTreeMap<PortalId, PathBuf>) -> Result<(), CommandError> {
    if !plan.new.is_empty() {
        files::make_folders(folder).context("cannot create the folder of new portals")?;
    }
    for addition in &plan.new {
        files::create(&path_of(addition, folder), addition.text.as_bytes()).context("cannot write a portal's file")?;
    }
    for addition in &plan.joined {
        let path = file_of(addition, files)?;
        let before = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        files::append(path, tail(&before, addition).as_bytes()).context("cannot add to a portal's file")?;
    }
    Ok(())
}

fn report(plan: &Plan, (folder, dir): (&Path, &Path), config: &Config, dry_run: bool) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    for addition in &plan.new {
        let _ = writeln!(text, "new portal {}: {}", addition.portal, feeds(addition.sources));
        if dry_run {
            let _ = writeln!(text, "--- {}\n{}", path_of(addition, folder).display(), addition.text);
        }
    }
    for addition in &plan.joined {
        let enabled = config.portal(&addition.portal).is_none_or(|portal| portal.enabled);
        let state = if enabled { "" } else { ", which is disabled" };
        let _ = writeln!(text, "portal {}{state}: {} more", addition.portal, feeds(addition.sources));
        if dry_run {
            let _ = writeln!(text, "--- at the end of its file\n{}", addition.text);
        }
    }
    for left in &plan.left_out {
        let _ = writeln!(text, "left out, line {}: {}: {}", left.line, left.feed, left.reason);
    }
    if !plan.new.is_empty() && !is_below(folder, &dir.join("portals")) {
        let _ =
            writeln!(text, "{} is not read: move the files into {}", folder.display(), dir.join("portals").display());
    }
    let taken: usize = plan.new.iter().chain(&plan.joined).map(|addition| addition.sources).sum();
    let verb = if dry_run { "would be imported" } else { "imported" };
    let _ = writeln!(text, "{} {verb}, {} left out", feeds(taken), plan.left_out.len());
    text
}

/// Whether `folder`, which need not exist, equals `other` or is below it.
fn is_below(folder: &Path, other: &Path) -> bool {
    let real = |path: &Path| {
        let there = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
        there.map(|(above, real)| real.join(path.strip_prefix(above).unwrap_or(Path::new(""))))
    };
    let absolute = |path: &Path| std::path::absolute(path).ok().and_then(|path| real(&path));
    absolute(folder).zip(absolute(other)).is_some_and(|(folder, other)| folder.starts_with(other))
}

fn feeds(number: usize) -> String {
    format!("{number} feed{}", if number == 1 { "" } else { "s" })
}

//! The arguments of the commands about known sources and their state.

use std::path::PathBuf;

use crate::config::catalogue::OutletKind;

/// Arguments of `catalogue`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh catalogue\n  tintinh catalogue 'phú thọ'\n  tintinh catalogue liferay --json\n\nAn outlet in the catalogue is only visited if it has a file in portals/. `tintinh enable ID` writes one. Somebody else saw or used the sources; the last columns say how and when (--json says who)."
)]
pub struct CatalogueArgs {
    /// Lists entries with this text in id, name, kind, province, host or family, whatever its case and accents. A province's code works, too.
    #[arg(value_name = "TEXT")]
    pub text: Option<String>,
    /// Prints full names, family, portal and URL, in lines of more than 80 characters.
    #[arg(long)]
    pub wide: bool,
    /// Prints one JSON object per line, with codes, successions, sources and evidence.
    #[arg(long, conflicts_with = "wide")]
    pub json: bool,
}

/// Arguments of `enable`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh enable baonghean nghean\n  tintinh enable --province nghe-an --dry-run\n  tintinh enable --kind newspaper\n  tintinh enable --all\n\nFetches nothing and overwrites nothing: configured portals are not changed. `tintinh check --live ID` tests the new files."
)]
pub struct EnableArgs {
    /// Entries of the catalogue, by their ids (see `tintinh catalogue`).
    #[arg(value_name = "ID", required_unless_present_any = ["province", "kind", "all"])]
    pub ids: Vec<String>,
    /// Enables the entries of a province (`nghe-an`), and of those that became part of it.
    #[arg(long, value_name = "KEY")]
    pub province: Option<String>,
    /// Enables the entries of a kind. With --province, only those of that province.
    #[arg(long, value_name = "KIND", value_parser = outlet_kind)]
    pub kind: Option<OutletKind>,
    /// Enables all entries with a known source.
    #[arg(long, conflicts_with_all = ["ids", "province", "kind"])]
    pub all: bool,
    /// Prints the files and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
}

fn outlet_kind(text: &str) -> Result<OutletKind, String> {
    let found = OutletKind::WORDS.iter().find(|(word, _)| *word == text);
    let words = OutletKind::WORDS.map(|(word, _)| word).join(", ");
    found.map(|(_, kind)| *kind).ok_or_else(|| format!("one of {words}"))
}

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Tests the portals: fetches the first page of each source and a few articles once, and prints what each rule finds. Exit code 1 if a
    /// source gives no links, no article can be read, or rules for titles, dates or texts never match.
    #[arg(long)]
    pub live: bool,
    /// Portals to test. Default: all enabled ones.
    #[arg(value_name = "PORTAL", requires = "live")]
    pub portals: Vec<String>,
    /// Tests disabled portals, too.
    #[arg(long, requires = "live", conflicts_with = "portals")]
    pub all: bool,
    /// Writes what worked and what did not, for the catalogue's authors (docs/catalogue.md). Contains nothing about this machine or your files.
    #[arg(long, value_name = "FILE", requires = "live")]
    pub report: Option<PathBuf>,
}

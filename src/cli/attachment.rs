//! The arguments of `attachment`.

use std::path::PathBuf;

/// Arguments of `attachment`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tintinh attachment quyet-dinh.pdf
  tintinh attachment quyet-dinh.pdf --json | jq .document

Exit code 1: the file has no text that can be read. Programs that are not installed are named.")]
pub struct AttachmentArgs {
    /// The file. Its content decides what it is, not its name.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Maximum number of pages of a PDF that are read.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub pages: u32,
    /// Prints one JSON object: kind, pages with their texts, and the facts of the document.
    #[arg(long)]
    pub json: bool,
}

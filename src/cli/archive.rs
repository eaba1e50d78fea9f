//! Arguments of `page` and `import`.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::cli::export;

/// Arguments of `page`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh page https://example.gov.vn/bai-1 > page.html\n  tintinh page https://example.gov.vn/bai-1 --at 2026-05-01\n  tintinh page 0123456789abcdef0123456789abcdef --headers\n\nThe page goes to standard output, and when and from where it came to standard error."
)]
pub struct PageArgs {
    /// An article's id, or the URL of a page.
    #[arg(value_name = "ID|URL")]
    pub what: String,
    /// The page as it was at this moment (2026-01-01T08:00:00+07:00), or at the end of this day (2026-01-01, 1/1/2026). Default: the last one.
    #[arg(long, value_name = "TIME", value_parser = export::end)]
    pub at: Option<Timestamp>,
    /// Prints the response as stored: its head, and its body with its content coding.
    #[arg(long, conflicts_with = "headers")]
    pub raw: bool,
    /// Prints only the fields of the archive's record and the response's head.
    #[arg(long)]
    pub headers: bool,
}

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Reads WARC files, plain and .gz, also damaged ones, and folders of saved pages with a list of their addresses (urls.json: an object \
that maps file names without extension to URLs). Pages belong to the portal of their host. Nothing is fetched, the pages stay where they are, and \
watches tell nothing about them. An interrupted import continues where it stopped. It may run beside the service.

Examples:
  tintinh import pages.warc.gz
  tintinh import /archive/cc-news --host '*.vn' --since 2024-01-01 --until 2025-01-01
  zstdcat pages.warc.zst | tintinh import - --portal baotinh
  tintinh import saved/ --urls urls.json"
)]
pub struct ImportArgs {
    /// WARC files, folders, or `-` for a WARC file from standard input.
    #[arg(value_name = "FILE|DIR|-", required = true)]
    pub paths: Vec<PathBuf>,
    /// Imports only pages of this host; `*.gov.vn` is gov.vn and all hosts below it. May be given several times.
    #[arg(long = "host", value_name = "PATTERN")]
    pub hosts: Vec<String>,
    /// Imports only pages that were stored since this day or moment.
    #[arg(long, value_name = "DATE", value_parser = export::moment)]
    pub since: Option<Timestamp>,
    /// Imports only pages that were stored until the end of this day, or before this moment.
    #[arg(long, value_name = "DATE", value_parser = export::end)]
    pub until: Option<Timestamp>,
    /// The portal of pages whose host belongs to none. Without it, they are left out and their hosts are listed.
    #[arg(long, value_name = "ID")]
    pub portal: Option<String>,
    /// A JSON object that maps the names of saved pages, without extension, to their URLs.
    #[arg(long, value_name = "FILE")]
    pub urls: Option<PathBuf>,
    /// Threads that read. Default: the number of cores.
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Lets watches tell about the imported articles.
    #[arg(long)]
    pub tell: bool,
}

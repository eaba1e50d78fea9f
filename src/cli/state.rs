//! The arguments of `status` and `store`.

use clap::Subcommand;

/// Arguments of `status`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh status\n  tintinh status vinhphuc\n  tintinh status --watch\n  tintinh status --json"
)]
pub struct StatusArgs {
    /// Shows only these portals, in full: sources and their last responses, pages that failed or wait, and by which rules fields were found.
    #[arg(value_name = "PORTAL")]
    pub portals: Vec<String>,
    /// Refreshes every N seconds (default: 2) until it is interrupted.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2", value_parser = clap::value_parser!(u64).range(1..))]
    pub watch: Option<u64>,
    /// Shows all columns, each portal on one line, however narrow the terminal is. This is the default for a pipe.
    #[arg(long)]
    pub wide: bool,
    /// Prints JSON.
    #[arg(long, conflicts_with = "wide")]
    pub json: bool,
    /// Shows which worker holds what since when, if several share a PostgreSQL database.
    #[arg(long, conflicts_with_all = ["portals", "wide"])]
    pub workers: bool,
}

/// The verbs of `store`.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Copies a store, from SQLite to PostgreSQL or back, and compares both. Stop all processes that use either. An interrupted copy goes on.
    Copy(StoreCopyArgs),
}

/// Arguments of `store copy`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A place is a state folder (SQLite) or the address of a PostgreSQL database, whose password is that of [store]. The target is empty or the part of such a copy. Raw pages and record files stay where they are.\n\nExamples:\n  tintinh store copy --from /var/lib/tintinh --to postgres://tintinh@db.example/tintinh\n  tintinh store copy --from postgres://tintinh@db.example/tintinh --to /srv/tintinh"
)]
pub struct StoreCopyArgs {
    /// The place of the store.
    #[arg(long, value_name = "PLACE")]
    pub from: String,
    /// The place of the copy.
    #[arg(long, value_name = "PLACE")]
    pub to: String,
}

//! The arguments of `search`.

use clap::ValueEnum;

/// Arguments of `search`.
#[derive(Debug, clap::Args)]
#[command(after_help = "A query consists of words, in any order, and of:
  \"một cụm từ\"    words next to each other
  -word, -\"words\"  without these words
  =đúng, =\"đúng\"  with exactly these accents
  portal:ID  province:KEY  kind:document  number:15/2025
  in:attachment   words of attachments alone
  from:DATE  to:DATE  (2025-07-01, 2025-07 or 2025)

Up to four words must all be there. Of more words, the rarer ones count more. Words with accents rank exact matches higher.
Quote the query for the shell, so that quotes and -words reach it.

Examples:
  tintinh search tinh gian bien che vinh phuc
  tintinh search --by date 'cháy rừng' province:gia-lai from:2025-03
  tintinh search --json 'number:15/2025/QĐ-UBND'
  tintinh search 'nước sạch -\"hà nội\"' --limit 50")]
pub struct SearchArgs {
    /// The query.
    #[arg(value_name = "WORDS", required = true)]
    pub words: Vec<String>,
    /// The order: the best first, or the newest first.
    #[arg(long, value_name = "ORDER", default_value = "rank")]
    pub by: SearchOrder,
    /// Maximum number of stories.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: u16,
    /// Prints a JSON object for each story. In its excerpt, ⟦ and ⟧ enclose the words found.
    #[arg(long)]
    pub json: bool,
}

/// The order of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SearchOrder {
    /// The best first.
    Rank,
    /// The newest first.
    Date,
}

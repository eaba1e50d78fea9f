//! The keys about files that articles offer: `[attachments]` in `tintinh.toml` and `attachments` in a portal's file.

use std::time::Duration;

use crate::config::keys::Key;
use crate::config::keys::Kind;
use crate::config::keys::key;
use crate::config::keys::list;
use crate::config::keys::words;
use crate::model::file_kind::FileKind;

const KINDS: [&str; 5] = words(&FileKind::WORDS);
const KIB: u64 = 1 << 10;
const GIB: u64 = 1 << 30;

#[rustfmt::skip]
pub(super) const ATTACHMENTS: &[Key] = &[
    key("fetch", list(&Kind::Word(&KINDS)),
        "Kinds of files that are fetched and read: `pdf`, `doc`, `docx`, `xls`, `xlsx`. A portal's file may say otherwise. What is found before this \
         is set is not fetched. See docs/attachments.md.").default("[]").example(r#"["pdf", "docx"]"#),
    key("max_bytes", Kind::Size(64 * KIB, GIB),
        "Maximum size of a file. It is held in memory, one at a time. Larger ones are set aside.").default("16 MiB"),
    key("per_day", Kind::Number(1, 100_000), "Maximum number of files of one portal that are requested in a day.").default("200"),
    key("max_pages", Kind::Number(1, 10_000), "Maximum number of pages of a PDF that are read.").default("100"),
    key("cpu_per_day", Kind::Duration(Duration::from_secs(1), Duration::from_hours(24 * 64)),
        "Maximum processor time that programs may take in a day to read files. A page that is a picture takes some two seconds. The rest waits \
         for the next day.").default("2h"),
];

#[rustfmt::skip]
pub(super) const OF_PORTAL: Key = key("attachments", list(&Kind::Word(&KINDS)),
    "Kinds of files offered by its articles that are fetched and read. Default: `fetch` of [attachments] in tintinh.toml.").example(r#"["pdf"]"#);

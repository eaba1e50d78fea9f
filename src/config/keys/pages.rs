//! The keys of `[pages]`.

use crate::config::keys::GIB;
use crate::config::keys::HOUR;
use crate::config::keys::Key;
use crate::config::keys::Kind;
use crate::config::keys::MIB;
use crate::config::keys::TEN_YEARS;
use crate::config::keys::key;

/// The value of `keep` in `[pages]` that replaces a duration.
const FOR_EVER: &str = "for ever";

#[rustfmt::skip]
pub(super) const PAGES: &[Key] = &[
    key("keep", Kind::DurationOr(FOR_EVER, HOUR, TEN_YEARS),
        "Pages older than this are deleted. \"for ever\" deletes none, and then `max_bytes` does not apply.").default("30d"),
    key("max_bytes", Kind::Size(MIB, 1024 * GIB), "Maximum size on disk. The oldest files are deleted first.").default("2 GiB"),
    key("durable", Kind::Flag,
        "Whether a page is on disk before its record is stored. Otherwise a power failure may take the last pages, though no record.").default("false"),
];

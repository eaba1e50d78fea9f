//! Text as portals write it: Unicode, Vietnamese spelling and folding, legacy character sets, dates, fingerprints.

pub mod changes;
mod char_table;
pub mod columns;
pub mod count;
pub mod date;
pub mod document;
pub mod fingerprint;
pub mod folded;
pub mod json;
pub mod language;
pub mod legacy;
pub mod syllable;
pub mod unicode;
pub mod vietnamese;
pub mod visible;
pub mod words;
pub(crate) mod work;

//! Text as the portals write it: Unicode, Vietnamese folding, dates, fingerprints.

pub mod date;
pub mod document;
pub mod fingerprint;
pub mod unicode;
pub mod vietnamese;

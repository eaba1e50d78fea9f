//! Text as the portals write it: Unicode, Vietnamese folding, dates, fingerprints.

pub mod date;
pub mod fingerprint;
pub mod syllables;
pub mod unicode;
pub mod vietnamese;

//! From an address to a portal's file: one polite look at a site, and what it tells.
//!
//! [`survey`] asks for a few pages, each once, and drafts a file: the sources that gave links, the articles that were read off them, and
//! rules where all of them agree on a selector. What is drafted is read by the very code that reads it later.

pub mod clues;
pub mod live;
pub mod look;
pub mod paging;
pub mod relearn;
pub mod rules;
pub mod sources;
pub mod survey;

//! Creates a portal's file for a URL by probing the site politely.
//!
//! [`survey`] fetches a few pages, each once, and drafts a file: the sources that gave links, the articles that were read from them, and
//! rules if all of them agree on a selector. The draft is read by the same code that reads the file later.

pub mod clues;
pub mod known;
pub mod live;
pub mod look;
pub mod paging;
pub mod relearn;
pub mod rules;
pub mod sources;
pub mod survey;

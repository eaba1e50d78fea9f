//! OPML: feeds of other readers made into portals, and portals into feeds for other readers.

mod naming;
pub(crate) mod plan;
pub(crate) mod reading;
pub(crate) mod writing;

//! OPML: converts feeds of other readers into portals, and portals into feeds for other readers.

mod naming;
pub(crate) mod plan;
pub(crate) mod reading;
pub(crate) mod writing;

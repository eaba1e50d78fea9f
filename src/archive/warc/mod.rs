//! WARC 1.1 (ISO 28500:2017): records written as one gzip member each, and records read back.

pub mod digest;
pub mod fields;
pub mod http;
pub(super) mod member;
pub mod read;

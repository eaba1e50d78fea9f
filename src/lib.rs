//! tintinh ("tin tỉnh", news of the provinces).
#![allow(missing_docs, dead_code, unused_imports, clippy::todo)]
pub mod text;
pub mod url;

pub mod html;
pub mod model;

pub mod dedup;
pub mod discover;
pub mod extract;
pub mod normalize;
pub mod schedule;

pub mod archive;
pub mod clock;
pub mod config;
pub mod fetch;
pub mod sink;
pub mod store;
pub mod commands;

pub mod demo;

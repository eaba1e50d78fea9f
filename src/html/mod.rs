//! HTML as bytes become text and a bounded tree: what discovery and extraction share. Pure, and total.

pub mod charset;
pub mod document;
pub mod refresh;
pub mod select;
mod tokenizer;
pub mod tree;

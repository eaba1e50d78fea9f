//! From HTML bytes to text and a bounded tree, for discovery and extraction. Pure and total: any input gives a result.

pub mod charset;
pub mod document;
pub mod refresh;
pub mod select;
mod tokenizer;
pub mod tree;

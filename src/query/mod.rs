//! Search without accents: the query language, the terms by which articles are found, the order of the results, and excerpts.
//!
//! [`text::vietnamese`](crate::text::vietnamese) folds texts and queries: `tinh gian bien che` finds `tinh giản biên chế`. An article is found by its
//! syllables and by its pairs of neighboring syllables. Pairs are terms of their own, because most syllables without accents are in most texts and
//! say little, while a pair says much. The first selection uses only these terms ([`plan`]). The best results are then sorted by their texts
//! ([`rank`]), which also takes account of exact accents, the title and the opening.

pub mod article;
pub mod excerpt;
pub mod parse;
pub mod plan;
pub mod rank;
pub mod syllable;

pub use crate::query::parse::Query;
pub use crate::query::parse::QueryProblem;

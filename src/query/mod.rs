//! Search without accents: the language of queries, the terms that articles are found by, the order of what was found, and excerpts.
//!
//! Texts and queries are folded by [`text::vietnamese`](crate::text::vietnamese): `tinh gian bien che` finds `tinh giản biên chế`. An article
//! is found by its syllables and by its pairs of neighbouring syllables, which are terms of their own: most syllables without accents are in
//! most texts, and say little; a pair says much. The first choice is made by these terms alone ([`plan`]). The best of it are then put in order
//! by their texts ([`rank`]), which also tell exact accents, the title and the opening apart from the rest.

pub mod article;
pub mod excerpt;
pub mod parse;
pub mod plan;
pub mod rank;
pub mod syllable;

pub use crate::query::parse::Query;
pub use crate::query::parse::QueryProblem;

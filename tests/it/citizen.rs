//! A month of fifty sources, on paused time and in this process: what they were asked breaks no rule, and nothing that they published is
//! missing. The checker itself is held to logs that break one rule each.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

mod checker;
pub(crate) mod life;
mod month;
mod promises;

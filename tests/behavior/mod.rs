//! A web of sources that behave as sources do, for trying a crawler's manners: what it is asked it remembers, and a checker counts what a
//! crawler does wrong by that log.
//!
//! It is usable alone: `cargo run --example behavior-server -- serve 127.0.0.1:8080 LOG.jsonl` serves it over TCP (the hosts are
//! `s01.example` and so on, by the `Host` header), and `… -- check LOG.jsonl` counts violations. In tests it is a [`Transport`] of the
//! fetcher, so that a month passes in moments on paused time.
//!
//! [`Transport`]: tintinh::fetch::transport::Transport
#![allow(dead_code, unreachable_pub, reason = "the tests and the server alone use different parts")]
#![allow(clippy::unwrap_used, reason = "support of tests says what is wrong by panicking")]

pub mod log;
pub mod rules;
pub mod site;
pub mod tcp;
